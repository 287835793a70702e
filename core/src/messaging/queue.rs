//! Puts messages into the outbox.

use super::records::{Note, NoteBody, NoteState, Outgoing, OutgoingState, Peer};
use crate::checkpoints;
use crate::contacts::listed;
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::store::{self, Change, Direction, Kept as _, ProfileState, Store, StoreError};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::device::{DeviceCertificate, Scope};
use farthing_protocol::envelope::{Body, Envelope, EnvelopeId, Told};
use farthing_protocol::http::Entry;
use farthing_protocol::id::{AccountId, DeviceId};
use farthing_protocol::limits::DEVICES_MAX;
use farthing_protocol::tab::Voucher;
use farthing_protocol::time::{Moment, Time};

/// Messages that wait in the outbox: a day of a busy till without network.
pub const OUTBOX_MAX: usize = 1_000;
/// Messages that were sent and are kept for a recipient that lost its session.
pub(super) const SENT_MAX: usize = 1_000;

/// Which messages are tried though their pause after a failed try is not over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hurry {
    /// None.
    #[default]
    None,
    /// Those to this account: a person has just written to it, and what waits before that holds it up.
    To(AccountId),
    /// All: a person asked for it.
    All,
}

impl Hurry {
    pub(super) fn includes(self, account: &AccountId) -> bool {
        match self {
            Self::None => false,
            Self::To(hurried) => hurried == *account,
            Self::All => true,
        }
    }
}

/// The changes by which a message to all of an account's devices waits to be sent; apply them together with what it is about.
/// A note or request is kept for the person to see, too.
///
/// # Errors
/// [`WalletError::OutboxFull`], [`WalletError::MessageTooLong`], and what the store says.
pub fn queue(engine: &mut Engine, to: AccountId, body: Body, now: Moment) -> Result<Vec<Change>, Error> {
    let outgoing = outgoing(engine, to, None, body, now)?;
    let body = match &outgoing.envelope.body {
        Body::Note(text) => Some(NoteBody::Text(text.clone())),
        Body::Request(bytes) => Some(NoteBody::Request(bytes.clone())),
        Body::PairConfirm(_)
        | Body::Told(_)
        | Body::Fresh
        | Body::Checkpoint(_)
        | Body::Offer(_)
        | Body::Voucher(_) => None,
    };
    let (at, id) = (outgoing.envelope.time, outgoing.envelope.id);
    let mut changes = vec![Change::put(&outgoing)];
    if let Some(body) = body {
        let note = Note { version: V1, account: to, at, id, state: NoteState::Waiting, body };
        changes.extend(super::effects::kept(engine.store(), &note)?);
    }
    if to != engine.profile().account {
        changes.extend(checkpoints::tell(engine, to, at)?);
    }
    Ok(changes)
}

/// The changes by which a voucher waits to be sent. Of those of one tab only the greatest counts: one that still waits is not sent.
///
/// # Errors
/// [`WalletError::OutboxFull`], and what the store says.
pub(crate) fn voucher_to(
    engine: &mut Engine,
    to: AccountId,
    voucher: &Signed<Voucher>,
    now: Moment,
) -> Result<Vec<Change>, Error> {
    let of_tab = |outgoing: &Outgoing| match &outgoing.envelope.body {
        Body::Voucher(bytes) => {
            Signed::<Voucher>::parse(bytes.as_slice()).is_ok_and(|other| other.claims().hold == voucher.claims().hold)
        }
        _ => false,
    };
    let all: Vec<Outgoing> = store::all_kept(engine.store())?;
    let stale = all.iter().filter(|o| o.account == to && o.state == OutgoingState::Made && of_tab(o));
    let mut changes: Vec<Change> = stale.map(|outgoing| Change::forget::<Outgoing>(&outgoing.key())).collect();
    let body = Body::Voucher(SignedBytes::new(voucher.bytes().to_vec())?);
    changes.extend(queue(engine, to, body, now)?);
    Ok(changes)
}

/// Whether this voucher is in the mailbox of each device that it was for.
///
/// # Errors
/// What the store says.
pub(crate) fn has_arrived(store: &dyn Store, to: AccountId, voucher: &SignedBytes) -> Result<bool, StoreError> {
    let all: Vec<Outgoing> = store::all_kept(store)?;
    let mut copies = all.iter().filter(|o| o.account == to && o.envelope.body == Body::Voucher(voucher.clone()));
    let first = copies.next();
    Ok(first.is_some() && first.into_iter().chain(copies).all(|o| matches!(o.state, OutgoingState::Sent(_))))
}

/// The change by which a checkpoint waits to be sent.
pub(crate) fn checkpoint_to(
    engine: &mut Engine,
    to: AccountId,
    checkpoint: SignedBytes,
    at: Time,
) -> Result<Change, Error> {
    Ok(Change::put(&outgoing_at(engine, to, None, Body::Checkpoint(checkpoint), at)?))
}

/// The changes by which the account's devices that were made without the phrase learn what a payment was for. Of those that
/// can read it one tells: the device that made the request; for an alias the one with the lowest id.
///
/// None while the outbox is full: the money counts all the same.
pub(crate) fn tell_others(
    engine: &mut Engine,
    entry: &Entry,
    taken: &[Change],
    now: Moment,
) -> Result<Vec<Change>, Error> {
    let read = taken.iter().find_map(|change| match change {
        Change::Payment(payment) if payment.direction == Direction::In => {
            Some(Told { order: payment.order?, salt: payment.salt?, details: payment.details.clone()? })
        }
        _ => None,
    });
    // While a restored account is read, all of this was told before.
    let Some(told) = read.filter(|_| engine.profile().state == ProfileState::Ready) else { return Ok(Vec::new()) };
    let (own, this) = (engine.profile().account, engine.profile().device);
    let devices = listed(engine, &own)?;
    let full = |known: &DeviceCertificate| known.scope.allows(Scope::ADMINISTER);
    let first = devices.iter().filter(|known| full(known)).map(|known| known.device()).min();
    let teller = entry.device.or(first);
    if teller != Some(this) || !devices.iter().any(|known| known.device() != this && !full(known)) {
        return Ok(Vec::new());
    }
    match queue(engine, own, Body::Told(told), now) {
        Err(Error::Wallet(WalletError::OutboxFull | WalletError::MessageTooLong)) => Ok(Vec::new()),
        changes => changes,
    }
}

/// A message with a fresh id.
pub(super) fn outgoing(
    engine: &mut Engine,
    account: AccountId,
    device: Option<DeviceId>,
    body: Body,
    now: Moment,
) -> Result<Outgoing, Error> {
    let time = engine.time_or_wall(now);
    outgoing_at(engine, account, device, body, time)
}

fn outgoing_at(
    engine: &mut Engine,
    account: AccountId,
    device: Option<DeviceId>,
    body: Body,
    time: Time,
) -> Result<Outgoing, Error> {
    if waiting(engine.store())? >= OUTBOX_MAX {
        return Err(WalletError::OutboxFull.into());
    }
    let envelope = Envelope { version: V1, id: EnvelopeId::generate(engine.rng()), time, body };
    if envelope.to_plaintext().is_err() {
        return Err(WalletError::MessageTooLong.into());
    }
    Ok(Outgoing { version: V1, account, device, envelope, state: OutgoingState::Made, tries: 0, not_before: None })
}

fn waiting(store: &dyn Store) -> Result<usize, Error> {
    let all: Vec<Outgoing> = store::all_kept(store)?;
    Ok(all.iter().filter(|outgoing| !matches!(outgoing.state, OutgoingState::Sent(_))).count())
}

/// The changes by which a message is not tried any more, and the person is told once no device is left that it could reach.
pub(super) fn given_up(store: &dyn Store, outgoing: &Outgoing, code: u16, at: Time) -> Result<Vec<Change>, Error> {
    let mut changes = vec![Change::forget::<Outgoing>(&outgoing.key())];
    let (time, id) = (outgoing.envelope.time, outgoing.envelope.id);
    let prefix = [&time.as_ms().to_be_bytes()[..], id.as_bytes()].concat();
    let others: Vec<Outgoing> = store::kept_after(store, &prefix, DEVICES_MAX + 1)?;
    let left = others.iter().any(|other| other.envelope.id == id && other.device != outgoing.device);
    let note = store::kept::<Note>(store, &Note::key_of(&outgoing.account, time, &id))?;
    if let (false, Some(note)) = (left, note.filter(|note| note.state == NoteState::Waiting)) {
        changes.push(Change::put(&Note { state: NoteState::Undelivered, ..note }));
        changes.push(Change::Event { at, kind: EventKind::MessageUndelivered(outgoing.account, id, code) });
    }
    Ok(changes)
}

/// The changes by which a message is in a mailbox.
pub(super) fn sent(store: &dyn Store, outgoing: Outgoing, at: Time) -> Result<Vec<Change>, Error> {
    let (time, id, account) = (outgoing.envelope.time, outgoing.envelope.id, outgoing.account);
    let mut changes =
        vec![Change::put(&Outgoing { state: OutgoingState::Sent(at), tries: 0, not_before: None, ..outgoing })];
    let note = store::kept::<Note>(store, &Note::key_of(&account, time, &id))?;
    if let Some(note) = note.filter(|note| note.state == NoteState::Waiting) {
        changes.push(Change::put(&Note { state: NoteState::Sent, ..note }));
        changes.push(Change::Event { at, kind: EventKind::MessageSent(account, id) });
    }
    Ok(changes)
}

/// What is known of a device that we exchange messages with.
pub(super) fn peer(store: &dyn Store, account: AccountId, device: DeviceId) -> Result<Peer, Error> {
    let known = store::kept::<Peer>(store, device.as_bytes())?;
    Ok(known.unwrap_or_else(|| Peer::new(account, device)))
}
