//! An honest phone signs each number once (wire decision 28, docs/protocol.md 20.5): vault and database are held against each other, when
//! the wallet is opened and before anything is signed.
//!
//! | vault and database | then |
//! |---|---|
//! | equal | go on |
//! | the vault is one number ahead | that number is burnt: the database takes over the anchor, and what its payee may have been promised |
//! | anything else | frozen: nothing more is signed from this allowance |

use super::record::{OwnAllowance, live, saved};
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::keys::spending::{Promised, SpentSoFar};
use crate::keys::vault::{Spending, Vault};
use crate::store::Change;
use farthing_protocol::offline::{AllowanceId, Anchor, Resume};
use farthing_protocol::time::Time;

/// Holds all allowances against the vault, when a wallet is opened.
///
/// # Errors
/// What vault and store say.
pub fn resume(engine: &mut Engine, vault: &dyn Vault, at: Time) -> Result<(), Error> {
    let mut all: Vec<OwnAllowance> = live(engine.store())?;
    all.retain(|own| own.device.is_none() && !own.frozen);
    if all.is_empty() {
        return Ok(());
    }
    let spending = vault.spending()?.unwrap_or_default();
    let mut changes = Vec::new();
    for own in all {
        changes.extend(resumed(&own, &spending, at));
    }
    if changes.is_empty() { Ok(()) } else { engine.apply(changes) }
}

/// The allowance that is to be signed from, once vault and database tell the same of it.
///
/// # Errors
/// [`WalletError::AllowanceUnknown`], [`WalletError::AllowanceFrozen`].
pub(super) fn check_anchor(
    engine: &mut Engine,
    id: &AllowanceId,
    spending: &Spending,
    at: Time,
) -> Result<OwnAllowance, Error> {
    let find = |engine: &Engine| -> Result<OwnAllowance, Error> {
        Ok(super::record::allowance(engine.store(), id)?.ok_or(WalletError::AllowanceUnknown)?)
    };
    let changes = resumed(&find(engine)?, spending, at);
    if !changes.is_empty() {
        engine.apply(changes)?;
    }
    let own = find(engine)?;
    if own.frozen { Err(WalletError::AllowanceFrozen.into()) } else { Ok(own) }
}

/// The changes by which the database follows the vault, or stops.
fn resumed(own: &OwnAllowance, spending: &Spending, at: Time) -> Vec<Change> {
    if own.frozen || own.device.is_some() {
        return Vec::new();
    }
    let kept = spending.anchor(&own.id);
    let judged = kept.map_or(Resume::Frozen, |kept| kept.resume(&Anchor::from(own.spent)));
    let mut next = own.clone();
    match (judged, kept) {
        (Resume::GoOn, _) => Vec::new(),
        (Resume::Burnt, Some(kept)) => {
            next.burnt.extend(kept.last.map(|last| Promised { payee: last.payee, total: last.total }));
            next.spent = SpentSoFar::from(kept);
            Vec::from(saved(&next))
        }
        _ => {
            next.frozen = true;
            let mut changes = Vec::from(saved(&next));
            changes.push(Change::Event { at, kind: EventKind::AllowanceFrozen(own.id) });
            changes
        }
    }
}
