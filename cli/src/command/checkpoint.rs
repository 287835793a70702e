//! `farthing checkpoint`: what this wallet was told the ledger is, and whether somebody else was told the same.

use super::json;
use crate::args::Checkpoint;
use crate::context::Context;
use crate::failure::Failure;
use crate::files;
use crate::operation::{CheckpointView, Operation};
use crate::output::Output;
use crate::session::Session;
use crate::show;
use data_encoding::HEXLOWER;
use farthing_core::error::WalletError;
use farthing_protocol::limits::SIGNED_MAX;

pub(super) async fn run(args: Checkpoint, context: &Context) -> Result<Output, Failure> {
    let given = args.file.as_deref().map(|file| files::read(file, SIGNED_MAX)).transpose()?;
    let other = given.map(|bytes| HEXLOWER.encode(&bytes));
    let mut session = Session::open(context).await?;
    let view = session.ask::<CheckpointView>(Operation::Checkpoint { other }).await;
    session.close().await;
    let view = view?;
    if args.file.is_some() {
        match view.standing.as_str() {
            "contradicted" => return Err(farthing_core::Error::from(WalletError::TwoHistories).into()),
            "unaccounted" => return Err(farthing_core::Error::from(WalletError::CheckpointUnaccounted).into()),
            _ => {}
        }
    }
    if let Some(out) = &args.out {
        let hex =
            view.cose.as_ref().ok_or_else(|| Failure::internal("no checkpoint is known yet: run `farthing sync`"))?;
        let bytes = HEXLOWER.decode(hex.as_bytes()).map_err(|_| Failure::internal("the checkpoint cannot be read"))?;
        files::write_new(out, &bytes)?;
    }
    Ok(Output::new(&json(&view)?, show::checkpoint(&view)))
}
