//! What messaging and contacts' devices store. Sessions are vodozemac's own form, random, and read back in `tests/messaging`.

use super::stored::{Forms, signed};
use farthing_core::contacts::DeviceListRecord;
use farthing_core::events::EventKind;
use farthing_core::messaging::{
    Mailbox, Note, NoteBody, NoteState, OlmAccount, Outgoing, OutgoingState, Peer, PendingAct, Pickle, SeenBucket,
};
use farthing_core::store::PaymentId;
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::details::{Details, Memo, Salt};
use farthing_protocol::envelope::{Body, Envelope, EnvelopeId, Told};
use farthing_protocol::id::{AccountId, ActId, DeviceId, Digest, Epoch, MessageNumber};
use farthing_protocol::text::Text;
use farthing_protocol::time::{Span, Time};
use zeroize::Zeroizing;

/// The same bytes in every run.
struct Counting(u8);
impl rand_core::TryRng for Counting {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.0 = self.0.wrapping_add(1);
        Ok(u32::from(self.0))
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.try_next_u32().map(u64::from)
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0 = self.0.wrapping_add(1);
        bytes.fill(self.0);
        Ok(())
    }
}
impl rand_core::TryCryptoRng for Counting {}

pub(super) fn add(forms: &mut Forms, at: Time) {
    let (account, device) = (AccountId::new([21; 16]), DeviceId::new([22; 16]));
    let mut olm = OlmAccount::generate(&mut Counting(0));
    forms.add("olm account, fresh", &olm);
    olm.make_one_time(2, at, &mut Counting(1));
    olm.make_fallback(Span::from_h(1), at, &mut Counting(3));
    olm.make_fallback(Span::from_h(1), at.plus(Span::from_h(2)), &mut Counting(4));
    forms.add("olm account", &olm);
    let act = PendingAct { id: ActId::new([23; 16]), created: at, signed: signed(24) };
    let sessions = vec![Pickle::new(Zeroizing::new(vec![25; 3]))];
    forms.add("peer, fresh", &Peer::new(account, device));
    let claim = Some(act.clone());
    let (renewed, resent) = (Some(at), Some(at));
    forms.add("peer", &Peer { version: V1, account, device, sessions, claim, renew: true, renewed, resent });
    let details = Details { memo: Some(Memo::new("two tacos").unwrap()), items: None, payer: None };
    let told = Told { order: Digest::of(b"order"), salt: Salt::new([26; 32]), details };
    let note = Text::new("at the corner").unwrap();
    let bodies = [
        Body::PairConfirm(signed(27)),
        Body::Told(told),
        Body::Request(signed(28)),
        Body::Note(note.clone()),
        Body::Fresh,
        Body::Checkpoint(signed(34)),
        Body::Offer(signed(51)),
        Body::Voucher(signed(55)),
    ];
    let id = EnvelopeId::new([29; 16]);
    for (n, body) in bodies.into_iter().enumerate() {
        let envelope = Envelope { version: V1, id, time: at, body };
        let (state, tries) = (OutgoingState::Made, 0);
        let made = Outgoing { version: V1, account, device: None, envelope, state, tries, not_before: None };
        forms.add(&format!("outgoing, body {}", n + 1), &made);
        let content = Bytes::new(vec![30; 3]).unwrap();
        for state in [OutgoingState::Encrypted { act: act.clone(), content }, OutgoingState::Sent(at)] {
            if n == 4 {
                let (device, not_before) = (Some(device), Some(at));
                let outgoing = Outgoing { device, state: state.clone(), tries: 3, not_before, ..made.clone() };
                let name = if matches!(state, OutgoingState::Sent(_)) { "sent" } else { "encrypted" };
                forms.add(&format!("outgoing, {name}"), &outgoing);
            }
        }
    }
    forms.add("mailbox, fresh", &Mailbox::new());
    let number = MessageNumber::new;
    forms.add(
        "mailbox",
        &Mailbox {
            version: V1,
            epoch: Epoch::new(2),
            read: number(9),
            acknowledged: number(6),
            held: vec![number(7)],
            strangers: 1,
            unreadable: 2,
            prekeys_asked: Some(at),
        },
    );
    let marks = vec![[31; 16].into()];
    forms.add("marks of what was read", &SeenBucket { version: V1, number: 1, marks });
    for state in [NoteState::Received, NoteState::Waiting, NoteState::Sent, NoteState::Undelivered] {
        let body = NoteBody::Text(note.clone());
        forms.add(&format!("note, {}", state.as_str()), &Note { version: V1, account, at, id, state, body });
    }
    let (state, body) = (NoteState::Received, NoteBody::Request(signed(28)));
    forms.add("note, request", &Note { version: V1, account, at, id, state, body });
    let (list, certificates) = (signed(32), vec![signed(33)]);
    forms.add("devices of a contact", &DeviceListRecord { version: V1, account, list, certificates });
}

pub(super) fn events(payment: PaymentId) -> Vec<EventKind> {
    let (account, device, id) = (AccountId::new([21; 16]), DeviceId::new([22; 16]), EnvelopeId::new([29; 16]));
    vec![
        EventKind::MessageReceived(account, id),
        EventKind::MessageSent(account, id),
        EventKind::MessageUndelivered(account, id, 246),
        EventKind::MessageUnreadable(account),
        EventKind::MemoReceived(payment),
        EventKind::ContactDeviceAdded(account, device),
    ]
}
