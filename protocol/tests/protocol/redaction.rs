//! What `Debug` shows reaches logs: nothing secret, nothing that people wrote, no address in full.

use farthing_protocol::cbor::V1;
use farthing_protocol::details::{Memo, Salt};
use farthing_protocol::envelope::{Body, Envelope, EnvelopeId, Told};
use farthing_protocol::http::{Call, Reply};
use farthing_protocol::id::{Digest, Handle, InviteCode, VerifierId};
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::pairing::{Answering, DeviceReceiveSeed, Offering, Purpose};
use farthing_protocol::pointer::{Pointer, PointerSecret};
use farthing_protocol::sealed::HpkeKey;
use farthing_protocol::text::Text;
use farthing_protocol::time::Time;

#[test]
fn debug_is_discreet() {
    let byte = 0xab_u8;
    let mut call = Call::post("/v1/aliases/truck-7", "text/plain", vec![byte; 64]);
    call.query = "secret".to_owned();
    let link = "https://pay.example.org/R#VOV2XK5LVOV2XK5LVOV2XK5LVOV2XK5L";
    let shown = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {call:?} {:?}",
        Ed25519Key::from_seed([byte; 32]),
        HpkeKey::from_seed(&[byte; 32]),
        Salt::new([byte; 32]),
        InviteCode::new([byte; 16]),
        PointerSecret::new([byte; 20]),
        Pointer::parse(link).unwrap(),
        Memo::new("truck-7 lunch").unwrap(),
        Handle::new([byte; 16]),
        Reply::ok("text/plain", vec![byte; 64]),
    );
    for leak in ["ababababab", "171, 171", "truck-7", "lunch", "secret ", "VOV2"] {
        let count = shown.matches(leak).count();
        // "secret redacted" is what two of them say.
        assert_eq!(
            count - if leak == "secret " { shown.matches("secret redacted").count() } else { 0 },
            0,
            "{leak}: {shown}"
        );
    }
}

/// Of a pairing neither secrets nor the code, of messages nothing that was written.
#[test]
fn people_are_discreet() {
    let mut random = rand_core::UnwrapErr(crate::vectors::Given(vec![0xab; 1000]));
    let offering = Offering::new(Purpose::Device, VerifierId::new([1; 32]), None, &mut random);
    let answering = Answering::new(offering.offer().clone(), &mut random).unwrap();
    let before = format!("{offering:?} {answering:?}");
    let (reveal, shower) = offering.accept(answering.message()).unwrap();
    let scanner = answering.learn(&reveal).unwrap();
    let code = shower.code().to_string();
    let told = Told { order: Digest::new([1; 32]), salt: Salt::new([0xab; 32]), details: Default::default() };
    let envelope = |body| Envelope { version: V1, id: EnvelopeId::new([1; 16]), time: Time::from_ms(1), body };
    let shown = format!(
        "{before} {shower:?} {scanner:?} {:?} {:?} {:?} {:?}",
        shower.code(),
        DeviceReceiveSeed::new(zeroize::Zeroizing::new([0xab; 32])),
        envelope(Body::Told(told)),
        envelope(Body::Note(Text::new("truck-7 lunch").unwrap())),
    );
    // The rendezvous is of the same bytes here; it is an address, and shown.
    let rendezvous = format!("({}", "ab".repeat(16));
    let shown = shown.replace(&rendezvous, "(rendezvous");
    for leak in ["abababab", "171, 171", "truck-7", "lunch", &code] {
        assert!(!shown.contains(leak), "{leak}: {shown}");
    }
}
