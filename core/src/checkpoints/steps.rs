//! What a check asks, and what it makes of the answers.

use super::compare::genuine;
use super::known;
use super::record::{HeardCheckpoint, KnownCheckpoint};
use crate::engine::{Engine, Trust};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::store::{Change, PaymentId, Store};
use crate::sync::SignedRead;
use crate::{offline, tab};
use farthing_protocol::account_leaf::AccountLeaf;
use farthing_protocol::cose::SignedBytes;
use farthing_protocol::http::{CheckpointStatus, Reply};
use farthing_protocol::id::Seq;
use farthing_protocol::time::Moment;

/// A receipt that must be in the log.
#[derive(Debug)]
pub(super) struct Ours {
    pub(super) payment: PaymentId,
    pub(super) seq: Seq,
    pub(super) receipt: Vec<u8>,
}

/// A checkpoint that is looked at.
#[derive(Debug)]
pub(super) enum Subject {
    /// A contact's.
    Contact(HeardCheckpoint),
    /// One that the verifier did not account for.
    Unaccounted(SignedBytes),
    /// The one that speaks of our account.
    Account(SignedBytes, AccountLeaf),
}

impl Subject {
    pub(super) const fn bytes(&self) -> &SignedBytes {
        match self {
            Self::Contact(heard) => &heard.checkpoint,
            Self::Unaccounted(checkpoint) | Self::Account(checkpoint, _) => checkpoint,
        }
    }
}

/// Asks how a checkpoint's place leads to the newest one.
pub(super) fn ask(
    engine: &mut Engine,
    of: Option<&SignedBytes>,
    now: Moment,
) -> Result<(SignedRead, farthing_protocol::http::Call), Error> {
    let of = of.and_then(|bytes| genuine(engine.trust()?, &engine.profile().verifier, bytes.as_slice()));
    let (epoch, first) = of.map(|of| of.place()).unwrap_or_default();
    SignedRead::new(engine, "/v1/checkpoints", format!("epoch={epoch}&seq={first}"), now)
}

pub(super) fn status(reply: &Reply) -> Result<CheckpointStatus, Error> {
    Ok(CheckpointStatus::decode(&reply.body).map_err(|_| WalletError::VerifierMisbehaved)?)
}

pub(super) fn trust(engine: &Engine) -> Result<&Trust, Error> {
    engine.trust().ok_or(Error::Wallet(WalletError::Internal))
}

/// The verifier accounts for something after all.
pub(super) fn accounted(engine: &mut Engine, now_known: &KnownCheckpoint, now: Moment) -> Result<(), Error> {
    let at = engine.time_or_wall(now);
    let event = Change::Event { at, kind: EventKind::CheckpointAccounted };
    let is_over = now_known.unaccounted.is_none() && now_known.missing.is_none();
    engine.apply(core::iter::once(Change::put(now_known)).chain(is_over.then_some(event)).collect())
}

/// The verifier does not account for something that it signed.
pub(super) fn unaccounted(
    engine: &mut Engine,
    now_known: &KnownCheckpoint,
    known: &KnownCheckpoint,
    now: Moment,
) -> Result<(), Error> {
    if known.is_unaccounted() {
        return Ok(());
    }
    let at = engine.time_or_wall(now);
    engine.apply(vec![Change::put(now_known), Change::Event { at, kind: EventKind::CheckpointUnaccounted }])
}

/// Compares what the verifier says of our account with what our receipts add up to, when both speak of the same position.
pub(super) fn balance(engine: &mut Engine, leaf: &AccountLeaf, now: Moment) -> Result<(), Error> {
    let cursor = engine.store().cursor()?;
    if cursor.seq != leaf.last || trust(engine)?.lost_history() {
        return Ok(());
    }
    let mut own = engine.store().balances()?;
    own.retain(|(_, units)| *units != 0);
    own.sort_by_key(|(asset, _)| *asset);
    let said: Vec<_> = leaf.balances.iter().map(|row| (row.asset, i64::try_from(row.balance).unwrap_or(-1))).collect();
    let known = known(engine.store())?;
    let differs = own != said;
    if differs == known.differs.unwrap_or_default() || (differs && is_ahead(engine.store(), cursor.seq)?) {
        return Ok(());
    }
    let at = engine.time_or_wall(now);
    let mut changes = vec![Change::put(&KnownCheckpoint { differs: Some(differs), ..known })];
    if differs {
        changes.push(Change::Event { at, kind: EventKind::BalanceDiffers });
    }
    engine.apply(changes)
}

/// Whether a payment or a tab counts already whose entry is still to be read: of one's own, the answer to the order comes first.
fn is_ahead(store: &dyn Store, read: Seq) -> Result<bool, Error> {
    const PAGE: usize = 100;
    if tab::is_ahead(store, read)? || offline::is_ahead(store, read)? {
        return Ok(true);
    }
    let mut before = None;
    loop {
        let page = store.history(before.as_ref(), PAGE)?;
        if page.iter().any(|payment| payment.lost.is_none() && payment.seq.is_some_and(|seq| seq > read)) {
            return Ok(true);
        }
        let Some(last) = page.last() else { return Ok(false) };
        before = Some(last.id);
    }
}
