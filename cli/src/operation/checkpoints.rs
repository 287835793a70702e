//! The operations about checkpoints: what the verifier tells this wallet and others.

use crate::failure::Failure;
use data_encoding::HEXLOWER;
use farthing_core::checkpoints::Standing;
use farthing_core::{Error, Wallet};
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::{Signed, SignedBytes};
use serde::{Deserialize, Serialize};

/// The newest checkpoint, and how things stand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CheckpointView {
    pub(crate) standing: String,
    pub(crate) epoch: Option<u64>,
    pub(crate) entries: Option<u64>,
    pub(crate) at: Option<String>,
    pub(crate) log_root: Option<String>,
    pub(crate) hash: Option<String>,
    pub(crate) cose: Option<String>,
}

/// A stable name, as scripts see it.
pub(super) const fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Agreed => "agreed",
        Standing::Unaccounted => "unaccounted",
        Standing::Contradicted => "contradicted",
    }
}

pub(super) async fn checkpoint(wallet: &Wallet, other: Option<&str>) -> Result<CheckpointView, Failure> {
    let standing = match other {
        Some(hex) => {
            let bytes = HEXLOWER.decode(hex.as_bytes()).map_err(|_| Failure::internal("the bytes cannot be read"))?;
            wallet.compare_checkpoint(&bytes).await?
        }
        None => wallet.standing()?,
    };
    let newest = wallet.checkpoint()?;
    let signed = newest.as_ref().map(|bytes| Signed::<Checkpoint>::parse(bytes.as_slice())).transpose();
    let signed = signed.map_err(Error::from)?;
    let claims = signed.as_ref().map(Signed::claims);
    let sealed = claims.and_then(Checkpoint::sealed);
    Ok(CheckpointView {
        standing: name(standing).to_owned(),
        epoch: claims.map(|claims| claims.epoch.get()),
        entries: sealed.map(|sealed| sealed.size),
        at: claims.map(|claims| claims.time.to_rfc3339()),
        log_root: sealed.map(|sealed| sealed.log.to_hex()),
        hash: signed.as_ref().map(|signed| signed.hash().to_hex()),
        cose: newest.as_ref().map(hex),
    })
}

fn hex(bytes: &SignedBytes) -> String {
    HEXLOWER.encode(bytes.as_slice())
}
