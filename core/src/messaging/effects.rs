//! What a message changes here.

use super::records::{Note, NoteBody, NoteState, Peer};
use super::renew;
use crate::checkpoints;
use crate::contacts::confirmed;
use crate::engine::Engine;
use crate::error::Error;
use crate::events::EventKind;
use crate::store::{self, ArtifactKind, Change, Direction, Kept as _, PaymentRecord, Store};
use crate::tab;
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::device::DeviceCertificate;
use farthing_protocol::envelope::{Body, Envelope, Told};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::request::Request;
use farthing_protocol::time::{Moment, Time};

/// Notes kept per contact, of both sides; the oldest go.
pub const NOTES_MAX: usize = 500;

/// What a message comes to.
pub(super) enum Effect {
    /// These changes, perhaps none.
    Changes(Vec<Change>),
    /// It is about a payment or a tab that is not here yet.
    Wait,
}

/// The changes that an envelope brings. `at` is when it came into the mailbox. What a sender may not say changes nothing.
pub(super) fn effect(
    engine: &mut Engine,
    from: &DeviceCertificate,
    peer: &mut Peer,
    envelope: &Envelope,
    at: Time,
    now: Moment,
) -> Result<Effect, Error> {
    let own = peer.account == engine.profile().account;
    if let (Body::Voucher(bytes), false) = (&envelope.body, own) {
        return tab::by_message(engine, peer.account, bytes.as_slice(), now).map(|changes| match changes {
            Some(changes) => Effect::Changes(changes),
            None => Effect::Wait,
        });
    }
    let (engine, store) = (&*engine, engine.store());
    let received = |body| {
        let state = NoteState::Received;
        let note = Note { version: V1, account: peer.account, at, id: envelope.id, state, body };
        let mut changes = kept(store, &note)?;
        changes.push(Change::Event { at, kind: EventKind::MessageReceived(note.account, note.id) });
        Ok::<_, Error>(changes)
    };
    let changes = match &envelope.body {
        Body::Fresh => renew::again(store, peer, at)?,
        Body::Told(told) if own => return self::told(store, told, at),
        Body::PairConfirm(bytes) if !own => confirmed(store, &peer.account, &from.session, bytes.as_slice(), at)?,
        Body::Note(text) if !own => received(NoteBody::Text(text.clone()))?,
        Body::Request(bytes) if !own && is_payable(engine, bytes) => received(NoteBody::Request(bytes.clone()))?,
        Body::Checkpoint(bytes) => checkpoints::heard(engine, &peer.account, bytes.as_slice())?,
        Body::Offer(bytes) if !own => tab::received(engine, peer.account, bytes, at)?,
        Body::Told(_) | Body::PairConfirm(_) | Body::Note(_) | Body::Request(_) | Body::Offer(_) | Body::Voucher(_) => {
            Vec::new()
        }
    };
    Ok(Effect::Changes(changes))
}

/// The changes by which a note is kept, and the oldest one of this contact goes when there are too many.
pub(super) fn kept(store: &dyn Store, note: &Note) -> Result<Vec<Change>, Error> {
    let mut all: Vec<Note> = store::kept_after(store, note.account.as_bytes(), NOTES_MAX)?;
    all.retain(|other| other.account == note.account);
    let oldest = all.first().filter(|_| all.len() >= NOTES_MAX).map(|old| Change::forget::<Note>(&old.key()));
    Ok(oldest.into_iter().chain([Change::put(note)]).collect())
}

/// A request at our verifier, by its own key. Whether it can still be paid is found out when it is paid.
fn is_payable(engine: &Engine, bytes: &SignedBytes) -> bool {
    let Ok(signed) = Signed::<Request>::parse(bytes.as_slice()) else { return false };
    let key = signed.claims().payee;
    signed.verify(&key).is_ok_and(|request| request.verifier == engine.profile().verifier)
}

/// Memo and items of a payment that this device cannot read itself: only those that its receipt names.
fn told(store: &dyn Store, told: &Told, at: Time) -> Result<Effect, Error> {
    let Some(payment) = store.payment_by_order(&told.order)? else { return Ok(Effect::Wait) };
    let receipt = store.artifact(&payment.id, ArtifactKind::Receipt)?;
    let named = receipt
        .and_then(|bytes| Signed::<Receipt>::parse(&bytes).ok())
        .is_some_and(|receipt| receipt.claims().details == told.hash());
    if !named || payment.direction != Direction::In || payment.details.is_some() {
        return Ok(Effect::Changes(Vec::new()));
    }
    let kind = EventKind::MemoReceived(payment.id);
    let (details, salt) = (Some(told.details.clone()), Some(told.salt));
    let payment = PaymentRecord { details, salt, ..payment };
    Ok(Effect::Changes(vec![Change::Payment(payment), Change::Event { at, kind }]))
}
