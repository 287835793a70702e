//! `checkpoint`: makes one now, and shows it, to be published where everybody sees the same.

use super::Outcome;
use crate::Verifier;
use crate::operator::OperatorError;
use data_encoding::HEXLOWER;
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::Signed;
use farthing_protocol::time::Moment;
use serde_json::{Value, json};

/// Without anything new it is the one that was made before; a ledger without entries has none.
pub(super) fn make(verifier: &mut Verifier, now: Moment) -> Result<Value, Outcome> {
    if verifier.clock_doubt().is_some() {
        return Err(OperatorError::ClockSuspect.into());
    }
    let made = verifier.seal(now, true).map_err(|error| Outcome::failed(&error.to_string()))?;
    let Some(bytes) = verifier.checkpoint().map_err(OperatorError::from)? else {
        return Err(Outcome::failed("the epoch has no entry yet, so there is nothing to say of it"));
    };
    let checkpoint = Signed::<Checkpoint>::parse(&bytes).map_err(|error| Outcome::failed(&error.to_string()))?;
    let claims = checkpoint.claims();
    let sealed = claims.sealed().ok_or_else(|| Outcome::failed("the stored checkpoint has no roots"))?;
    Ok(json!({
        "made": made,
        "epoch": claims.epoch.get(),
        "entries": sealed.size,
        "log_root": sealed.log.to_hex(),
        "accounts_root": sealed.accounts.to_hex(),
        "time": claims.time.as_ms(),
        "time_text": claims.time.to_rfc3339(),
        "hash": checkpoint.hash().to_hex(),
        "cose": HEXLOWER.encode(&bytes),
    }))
}
