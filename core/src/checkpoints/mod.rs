//! Whether the verifier tells everybody the same (wire decision 30): its periodic checkpoints, compared.
//!
//! A checkpoint says by Merkle roots what the ledger was. This wallet keeps the newest, and takes a newer one only with the proof
//! that its log begins with the known one. Contacts tell each other theirs, in messages; each is held against the own verifier's
//! chain. Two that cannot be of one ledger are a [`Contradiction`]: signed, and proof for anybody.
//!
//! ```text
//!                     a contact's checkpoint, or a newer one of the verifier's
//!  Agreed ───────────────────────────────────────────────────────────────────────┐
//!    ▲ ▲                                                                         ▼
//!    │ └────────── it leads to the newest one ─────────────────────────────── looked at
//!    │                                                                           │
//!    │ ◀──── the verifier accounts for it after all ── Unaccounted ◀── no proof ─┤
//!    │                                                                           │
//!    └──────────────── the person accepts ──────────── Contradicted ◀── proof ───┘
//! ```
//!
//! | state | paying | stored | after a kill | ends |
//! |---|---|---|---|---|
//! | `Agreed` | goes on | the newest checkpoint | the same read again | |
//! | looked at | goes on | the contact's checkpoint, with the message that brought it | looked at with the next sync | with the verifier's answer |
//! | `Unaccounted` | stops | the checkpoint that the verifier does not account for | asked for again with each sync | by itself, or by the person |
//! | `Contradicted` | stops | the proof, in one commit with its event | the same | by the person ([`crate::history::accept`]); the proof stays |
//!
//! What decides is signed by the pinned verifier. A checkpoint that somebody made up, of another verifier, of a superseded key, or
//! of an epoch whose end was lost decides nothing. A restored verifier opens an epoch and says what it goes on from: that is no
//! contradiction, and what it kept must be in its log as before.

mod check;
mod compare;
mod record;
mod steps;

pub use check::{CheckCheckpoints, Checked};
pub use record::{ContradictionRecord, HeardCheckpoint, KnownCheckpoint, ToldCheckpoint};

use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::messaging;
use crate::store::{self, Change, Kept as _, Store};
use compare::genuine;
use farthing_protocol::contradiction::Contradiction;
use farthing_protocol::cose::SignedBytes;
use farthing_protocol::id::AccountId;
use farthing_protocol::time::Time;

/// How the wallet stands to its verifier's checkpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// All that is known fits together.
    #[default]
    Agreed,
    /// The verifier does not account for a checkpoint that it signed: nothing is paid until it does.
    Unaccounted,
    /// The verifier signed two histories: nothing is paid until the person has accepted it.
    Contradicted,
}

/// The newest checkpoint, and what is wrong with it.
pub(crate) fn known(store: &dyn Store) -> Result<KnownCheckpoint, Error> {
    Ok(store::kept(store, KnownCheckpoint::KEY)?.unwrap_or_default())
}

/// How things stand.
///
/// # Errors
/// What the store says.
pub fn standing(store: &dyn Store) -> Result<Standing, Error> {
    let contradictions: Vec<ContradictionRecord> = store::all_kept(store)?;
    if contradictions.iter().any(|record| !record.accepted) {
        return Ok(Standing::Contradicted);
    }
    let unaccounted = known(store)?.is_unaccounted();
    Ok(if unaccounted { Standing::Unaccounted } else { Standing::Agreed })
}

/// Refuses to pay while the verifier does not tell everybody the same.
pub(crate) fn check_can_pay(store: &dyn Store) -> Result<(), Error> {
    match standing(store)? {
        Standing::Agreed => Ok(()),
        Standing::Unaccounted => Err(WalletError::CheckpointUnaccounted.into()),
        Standing::Contradicted => Err(WalletError::TwoHistories.into()),
    }
}

/// The newest checkpoint that this wallet believes.
///
/// # Errors
/// What the store says.
pub fn newest(store: &dyn Store) -> Result<Option<SignedBytes>, Error> {
    Ok(known(store)?.newest)
}

/// Every contradiction that was found, accepted or not.
///
/// # Errors
/// What the store says.
pub fn contradictions(store: &dyn Store) -> Result<Vec<Contradiction>, Error> {
    let records: Vec<ContradictionRecord> = store::all_kept(store)?;
    Ok(records.into_iter().map(|record| record.contradiction).collect())
}

/// True for a checkpoint with roots that this wallet's verifier signed.
#[must_use]
pub fn is_genuine(engine: &Engine, bytes: &[u8]) -> bool {
    engine.trust().is_some_and(|trust| genuine(trust, &engine.profile().verifier, bytes).is_some())
}

/// The changes by which a checkpoint that somebody told us is looked at with the next sync; none for what proves nothing, and
/// what is known. `bytes` may come from an enemy.
///
/// # Errors
/// What the store says.
pub fn heard(engine: &Engine, from: &AccountId, bytes: &[u8]) -> Result<Vec<Change>, Error> {
    let Some(trust) = engine.trust() else { return Ok(Vec::new()) };
    let Some(checkpoint) = genuine(trust, &engine.profile().verifier, bytes) else { return Ok(Vec::new()) };
    let known = known(engine.store())?;
    if known.newest.as_ref().is_some_and(|newest| newest.as_slice() == bytes) {
        return Ok(Vec::new());
    }
    let waiting: Option<HeardCheckpoint> = store::kept(engine.store(), from.as_bytes())?;
    let newer = waiting
        .and_then(|waiting| genuine(trust, &engine.profile().verifier, waiting.checkpoint.as_slice()))
        .is_none_or(|waiting| waiting.place() <= checkpoint.place());
    // Whatever is wrong with the older one is wrong with all that follow it.
    let record = HeardCheckpoint { from: *from, checkpoint: SignedBytes::new(bytes.to_vec())? };
    Ok(if newer { vec![Change::put(&record)] } else { Vec::new() })
}

/// The changes by which an account is told the newest checkpoint, together with something else that goes to it; none when it was
/// told, and while the outbox is full.
///
/// # Errors
/// What the store says.
pub(crate) fn tell(engine: &mut Engine, to: AccountId, at: Time) -> Result<Vec<Change>, Error> {
    let Some(newest) = newest(engine.store())? else { return Ok(Vec::new()) };
    let told = ToldCheckpoint::of(to, &newest);
    if store::kept::<ToldCheckpoint>(engine.store(), to.as_bytes())?.is_some_and(|known| known == told) {
        return Ok(Vec::new());
    }
    match messaging::checkpoint_to(engine, to, newest, at) {
        Ok(message) => Ok(vec![message, Change::put(&told)]),
        Err(Error::Wallet(WalletError::OutboxFull)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The changes by which the person goes on with this verifier: proofs are kept, and the next checkpoint is the first one known.
pub(crate) fn accepted(store: &dyn Store) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for record in store::all_kept::<ContradictionRecord>(store)?.into_iter().filter(|record| !record.accepted) {
        changes.push(Change::put(&ContradictionRecord { accepted: true, ..record }));
    }
    if standing(store)? != Standing::Agreed {
        changes.push(Change::put(&KnownCheckpoint::default()));
        for heard in store::all_kept::<HeardCheckpoint>(store)? {
            changes.push(Change::forget::<HeardCheckpoint>(&heard.key()));
        }
    }
    Ok(changes)
}
