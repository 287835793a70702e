//! Olm behind our own types: keys that serve once, whole authentication codes, secrets that are not shown.

use farthing_core::keys::SystemEntropy;
use farthing_core::messaging::{ONE_TIME_KEYS_MAX, OlmAccount, OlmError, OlmSession, OlmText};
use farthing_protocol::cbor::Bytes;
use farthing_protocol::key::OlmKey;
use farthing_protocol::message::{Content, OlmType};
use farthing_protocol::time::{Span, Time};
use vodozemac::Curve25519PublicKey;
use vodozemac::olm::{Account, OlmMessage, SessionConfig};

const NOW: Time = Time::from_ms(1_800_000_000_000);

fn curve(key: OlmKey) -> Curve25519PublicKey {
    Curve25519PublicKey::from_bytes(*key.as_bytes())
}

#[test]
fn a_one_time_key_serves_once_and_a_fallback_key_until_it_is_replaced_twice() {
    let mut rng = SystemEntropy::new();
    let (ann, mut bob) = (OlmAccount::generate(&mut rng), OlmAccount::generate(&mut rng));
    let one_time = bob.make_one_time(1, NOW, &mut rng)[0];
    let fallback = bob.make_fallback(Span::from_h(1), NOW, &mut rng);
    let first = |key| ann.outbound(&bob.identity(), &key).unwrap().encrypt(b"hello").unwrap();
    let (by_one_time, by_fallback) = (first(one_time), first(fallback));
    let open = |bob: &mut OlmAccount, content| bob.inbound(&ann.identity(), &OlmText::of(content).unwrap()).map(|_| ());
    assert_eq!(open(&mut bob, &by_one_time), Ok(()));
    assert_eq!(open(&mut bob, &by_one_time), Err(OlmError::PrekeyGone));
    let mut later = NOW;
    for replaced in 0..3 {
        let expected = if replaced < 2 { Ok(()) } else { Err(OlmError::PrekeyGone) };
        assert_eq!(open(&mut bob, &by_fallback), expected, "replaced {replaced} times");
        later = later.plus(Span::from_h(1));
        bob.make_fallback(Span::from_h(1), later, &mut rng);
    }
}

#[test]
fn a_session_goes_on_from_what_was_stored() {
    let mut rng = SystemEntropy::new();
    let (ann, mut bob) = (OlmAccount::generate(&mut rng), OlmAccount::generate(&mut rng));
    let key = bob.make_one_time(1, NOW, &mut rng)[0];
    let mut to_bob = ann.outbound(&bob.identity(), &key).unwrap();
    let first = OlmText::of(&to_bob.encrypt(b"one").unwrap()).unwrap();
    let (mut to_ann, plaintext) = bob.inbound(&ann.identity(), &first).unwrap();
    assert_eq!(&plaintext[..], b"one");
    for n in 0..60_u8 {
        to_bob = OlmSession::from_pickle(&to_bob.pickle().unwrap()).unwrap();
        to_ann = OlmSession::from_pickle(&to_ann.pickle().unwrap()).unwrap();
        // Some messages get lost on the way: their keys are kept, up to a bound.
        let _lost = (to_ann.encrypt(b"lost").unwrap(), to_bob.encrypt(b"lost").unwrap());
        let answer = OlmText::of(&to_ann.encrypt(&[n]).unwrap()).unwrap();
        assert!(!answer.is_prekey());
        assert_eq!(to_bob.decrypt(&answer).unwrap()[..], [n]);
        assert!(to_bob.decrypt(&answer).is_err(), "once");
        let word = OlmText::of(&to_bob.encrypt(&[n]).unwrap()).unwrap();
        assert_eq!(to_ann.decrypt(&word).unwrap()[..], [n]);
    }
    let size = farthing_protocol::cbor::encode(&to_bob.pickle().unwrap()).len();
    assert!(size < 16 * 1024, "{size} bytes");
}

#[test]
fn another_identity_and_a_short_authentication_code_are_refused() {
    let mut rng = SystemEntropy::new();
    let (ann, mut bob) = (OlmAccount::generate(&mut rng), OlmAccount::generate(&mut rng));
    let key = bob.make_one_time(1, NOW, &mut rng)[0];
    let content = ann.outbound(&bob.identity(), &key).unwrap().encrypt(b"I am eve").unwrap();
    let eve = OlmAccount::generate(&mut rng).identity();
    assert_eq!(bob.inbound(&eve, &OlmText::of(&content).unwrap()).unwrap_err(), OlmError::Forged);
    let mallory = Account::new();
    for (config, accepted) in [(SessionConfig::version_1(), false), (SessionConfig::version_2(), true)] {
        let mut session = mallory.create_outbound_session(config, curve(bob.identity()), curve(key)).unwrap();
        let OlmMessage::PreKey(message) = session.encrypt(b"hello").unwrap() else { panic!() };
        let content = Content { kind: OlmType::PreKey, olm: Bytes::new(message.to_bytes()).unwrap() };
        let identity = OlmKey::new(mallory.curve25519_key().to_bytes());
        let opened = bob.inbound(&identity, &OlmText::of(&content).unwrap());
        assert_eq!(opened.is_ok(), accepted);
    }
}

#[test]
fn keys_are_bounded_and_secrets_are_not_shown() {
    let mut rng = SystemEntropy::new();
    let mut bob = OlmAccount::generate(&mut rng);
    for _ in 0..6 {
        bob.make_one_time(50, NOW, &mut rng);
    }
    assert_eq!(bob.one_time_left(), ONE_TIME_KEYS_MAX);
    assert!(farthing_protocol::cbor::encode(&bob).len() < 20 * 1024);
    let shown = format!("{bob:?}");
    assert!(shown.contains("redacted"));
    let session = bob.outbound(&bob.identity(), &bob.identity()).unwrap();
    assert!(format!("{:?}", session.pickle().unwrap()).contains("redacted"));
}
