//! Encrypted sessions and messages, beside bare vodozemac. Storage is not counted, and neither are pickles, which are what
//! is stored.

use crate::floors::{self, BareOlm};
use crate::line::Line;
use crate::rounds::beside;
use farthing_core::keys::SystemEntropy;
use farthing_core::messaging::{OlmAccount, OlmSession, OlmText};
use farthing_protocol::cbor::V1;
use farthing_protocol::envelope::{Body, Envelope, EnvelopeId};
use farthing_protocol::message::Content;
use farthing_protocol::text::Text;
use farthing_protocol::time::Time;
use std::hint::black_box;

const ROUNDS: usize = 200;
const TIMES: usize = 10;

struct Olm {
    ann: OlmAccount,
    bob: OlmAccount,
    rng: SystemEntropy,
}

impl Olm {
    /// As the floor's: the one-time key is made by the other side.
    fn session(&mut self, plaintext: &[u8]) -> (OlmSession, OlmSession) {
        let key = self.bob.make_one_time(1, Time::from_ms(1), &mut self.rng).remove(0);
        let mut ours = self.ann.outbound(&self.bob.identity(), &key).unwrap();
        let content = ours.encrypt(plaintext).unwrap();
        let (theirs, read) = self.bob.inbound(&self.ann.identity(), &OlmText::of(&content).unwrap()).unwrap();
        assert_eq!(&read[..], plaintext);
        (ours, theirs)
    }
}

/// What a person writes, in its envelope.
fn envelope() -> Envelope {
    Envelope {
        version: V1,
        id: EnvelopeId::generate(&mut SystemEntropy::new()),
        time: Time::from_ms(1_800_000_000_000),
        body: Body::Note(Text::new("see you at eight, bring the tent").unwrap()),
    }
}

/// Padded, encrypted, carried in its object, decrypted, read.
fn message(from: &mut OlmSession, to: &mut OlmSession, envelope: &Envelope) -> Envelope {
    let content = from.encrypt(&envelope.to_plaintext().unwrap()).unwrap();
    let carried = content.to_bytes().unwrap();
    let content = Content::from_bytes(&carried).unwrap();
    Envelope::from_plaintext(&to.decrypt(&OlmText::of(&content).unwrap()).unwrap()).unwrap()
}

pub(crate) fn lines(only: &dyn Fn(&str) -> bool) -> Vec<Line> {
    let mut rng = SystemEntropy::new();
    let (ann, bob) = (OlmAccount::generate(&mut rng), OlmAccount::generate(&mut rng));
    let (mut ours, mut bare) = (Olm { ann, bob, rng }, BareOlm::new());
    let envelope = envelope();
    let plaintext = envelope.to_plaintext().unwrap();
    let mut lines = Vec::new();
    if only("session-new") {
        let measured = beside(
            ROUNDS,
            TIMES,
            || drop(black_box(ours.session(&plaintext))),
            || drop(black_box(bare.session(&plaintext))),
        );
        let what = "a new session, both ends, first message; floor: vodozemac";
        lines.push(Line::beside("session-new", what, &measured, 1.5));
    }
    if only("message") {
        let (mut from, mut to) = ours.session(&plaintext);
        let (mut bare_from, mut bare_to) = bare.session(&plaintext);
        // Both sides have spoken, so that what follows are ordinary messages.
        assert_eq!(message(&mut to, &mut from, &envelope), envelope);
        floors::bare_message(&mut bare_to, &mut bare_from, &plaintext);
        let measured = beside(
            ROUNDS,
            TIMES,
            || drop(black_box(message(&mut from, &mut to, &envelope))),
            || assert_eq!(floors::bare_message(&mut bare_from, &mut bare_to, &plaintext), plaintext.len()),
        );
        let what = "a message there, read again; floor: vodozemac";
        lines.push(Line::beside("message", what, &measured, 1.5));
    }
    lines
}
