//! Texts that people scan and type: ours, ours but damaged, and those of other programs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test's own functions fail as the test does"
)]

use farthing_core::scan::{
    ScanError, Scanned,
    text::{TEXT_MAX, recognise},
    voucher,
};
use farthing_protocol::{
    cbor::{Bytes, V1},
    cose::{Signed, SignedBytes},
    id::{InviteCode, VerifierId},
    invite::{self, Invite},
    key::Ed25519Key,
    money::{Amount, Asset, Code},
    offline::Frame,
    pairing::{Offering, Purpose},
    tab::{HoldId, HoldVersion, Voucher},
    text::Text,
};
use proptest::prelude::*;

const SECRET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn request() -> String {
    format!("https://verifier.example:8443/R#{SECRET}")
}

fn invite_link() -> String {
    let invite = Invite {
        version: V1,
        verifier: VerifierId::new([1; 32]),
        url: Text::new("https://verifier.example").unwrap(),
        code: Some(InviteCode::new([2; 16])),
        tls: None,
        expires: None,
    };
    invite::link(&Signed::sign(invite, &Ed25519Key::from_seed([3; 32])).unwrap())
}

fn scheme_of(text: &str) -> String {
    match recognise(text) {
        Err(ScanError::OtherScheme { scheme }) => scheme,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_request_link_is_a_request() {
    let upper_case_host = format!("HTTPS://Verifier.Example:8443/R#{SECRET}");
    let lower_case_secret = format!("https://verifier.example:8443/R#{}", SECRET.to_ascii_lowercase());
    for text in [request(), format!(" {}\n", request()), upper_case_host, lower_case_secret] {
        let Ok(Scanned::Request(pointer)) = recognise(&text) else { panic!("{text}") };
        assert_eq!(pointer.link(), request());
        assert!(!format!("{:?}", recognise(&text)).contains(SECRET), "a request's secret is not for logs");
    }
    let local = format!("http://127.0.0.1:8080/R#{SECRET}");
    assert!(matches!(recognise(&local), Ok(Scanned::Request(_))));
}

#[test]
fn an_invite_link_is_an_invite() {
    let Ok(Scanned::Invite(invite)) = recognise(&invite_link()) else { panic!() };
    assert_eq!(invite.claims().verifier, VerifierId::new([1; 32]));
    assert!(invite_link().len() < 1000, "{}", invite_link().len());
}

#[test]
fn a_pairing_link_is_a_pairing_code() {
    let link = pairing_link();
    let (url, secret) = link.split_once("/P#").unwrap();
    let small = format!("{url}/P#{}", secret.to_ascii_lowercase());
    for text in [link.clone(), small, link.replacen("https://verifier", "HTTPS://Verifier", 1)] {
        let Ok(Scanned::Pairing(offer)) = recognise(&text) else { panic!("{text}") };
        assert_eq!(offer.verifier, VerifierId::new([1; 32]));
    }
    let path = link.find("/P").unwrap() + 2;
    for end in path..link.len() {
        assert!(matches!(recognise(&link[..end]), Err(ScanError::Damaged { .. })), "{end}");
    }
}

fn pairing_link() -> String {
    let mut rng = farthing_core::keys::SystemEntropy::new();
    let offering = Offering::new(Purpose::Contact, VerifierId::new([1; 32]), None, &mut rng);
    offering.offer().link(&Text::new("https://verifier.example").unwrap())
}

#[test]
fn an_alias_is_an_alias_in_any_case() {
    for text in ["taco-truck", "Taco-Truck", " TACO-TRUCK\n"] {
        let Ok(Scanned::Alias(alias)) = recognise(text) else { panic!("{text}") };
        assert_eq!(alias.as_str(), "taco-truck");
    }
}

#[test]
fn what_is_cut_or_altered_is_damaged() {
    let request = request();
    let invite = invite_link();
    let foreign_host = invite.replacen("verifier.example", "other.example", 1);
    let mut bad = vec![
        format!("{request}A"),
        request.replace('A', "1"),
        request.replace("R#ABC", "R#ABC ABC"),
        request.replace('#', "%23"),
        format!("http://verifier.example/R#{SECRET}"),
        format!("https://{}/R#{SECRET}", "v".repeat(50)),
        foreign_host,
        invite.replace('#', "%23"),
    ];
    let path = request.find("/R").unwrap() + 2;
    bad.extend((path..request.len()).map(|end| request[..end].to_owned()));
    let path = invite.find("/I").unwrap() + 2;
    bad.extend((path..invite.len()).map(|end| invite[..end].to_owned()));
    for text in bad {
        assert!(matches!(recognise(&text), Err(ScanError::Damaged { .. })), "{text}: {:?}", recognise(&text));
    }
}

#[test]
fn other_schemes_are_named() {
    for (text, scheme) in [
        ("https://example.org/menu", "https"),
        ("https://example.org/shop/R#ABC", "https"),
        ("https://example.org", "https"),
        ("http://example.org/?a=/I#x", "http"),
        ("bitcoin:1BoatSLRHtKNngkdXEeobR76b53LETtpyT?amount=1", "bitcoin"),
        ("LIGHTNING:LNBC10U1P3PJ257PP5YZTKWJCZ5FTL5LAXKAV23ZMZEKAW37ZK6KMV80PK4XAEV5QHTZ7Q", "lightning"),
        ("lnbc10u1p3pj257pp5yztkwjcz5ftl5laxkav23zmzekaw37zk6kmv80pk4xaev5qhtz7qdpdwd3xger9", "lightning"),
        ("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP", "otpauth"),
        ("WIFI:S:cafe;T:WPA;P:secret;;", "wifi"),
        ("mailto:a@example.org", "mailto"),
        ("upi://pay?pa=a@bank", "upi"),
        ("00020101021129370016A000000677010111", "emv"),
        ("BCD\n002\n1\nSCT", "epc"),
        ("SPC\r\n0200\r\n1", "swiss"),
        ("BEGIN:VCARD\nEND:VCARD", "begin"),
        ("javascript:alert(1)", "javascript"),
    ] {
        assert_eq!(scheme_of(text), scheme, "{text}");
        let sentence = recognise(text).unwrap_err().to_string();
        assert!(sentence.contains("open it with the program it is for"), "{sentence}");
    }
}

#[test]
fn what_has_no_shape_is_not_ours() {
    for text in ["", " ", "hello world", "-a-", "ab", "émile", "4.50 USD", "::", "1abc:x"] {
        assert_eq!(recognise(text).unwrap_err(), ScanError::NotOurs, "{text}");
    }
    assert_eq!(recognise(&"a".repeat(TEXT_MAX)).unwrap_err(), ScanError::NotOurs);
    assert!(matches!(recognise(&"a".repeat(TEXT_MAX + 1)), Err(ScanError::TooLarge { .. })));
}

#[test]
fn a_vouchers_text_is_a_voucher() {
    let usd = Asset::new(Code::new("USD").unwrap(), 6).unwrap();
    let voucher = Voucher {
        version: V1,
        hold: HoldId::new([7; 32]),
        hold_version: HoldVersion::new(1),
        total: Amount::new(20_000, usd).unwrap(),
    };
    let signed = Signed::sign(voucher, &Ed25519Key::from_seed([3; 32])).unwrap();
    let text = voucher::text_of(&SignedBytes::new(signed.bytes().to_vec()).unwrap());
    let (start, end) = text.split_at(40);
    let frame = Frame::TabVoucher(Bytes::new(signed.bytes().to_vec()).unwrap()).text().unwrap();
    for shown in [text.clone(), text.to_ascii_lowercase(), format!(" {start}\n{end}\n"), frame.clone()] {
        let Ok(Scanned::Voucher(found)) = recognise(&shown) else { panic!("{shown}") };
        assert_eq!(found.as_slice(), signed.bytes());
    }
    for cut in [start, end, &text[1..]] {
        assert_eq!(recognise(cut).unwrap_err(), ScanError::NotOurs, "{cut}");
    }
    for cut in [&frame[..40], &frame[..3]] {
        assert!(matches!(recognise(cut), Err(ScanError::Damaged { .. })), "{cut}");
    }
}

/// What phones without network show each other keeps its blanks.
#[test]
fn a_frame_is_what_it_holds() {
    for frame in [
        Frame::Whole(Bytes::new(vec![7; 300]).unwrap()),
        Frame::Carried(Bytes::new(vec![0xa5; 5_000]).unwrap()),
        Frame::Answer(Bytes::new((0..=255).collect()).unwrap()),
    ] {
        let text = format!("\n{} \n", frame.text().unwrap());
        let Ok(Scanned::Frame(found)) = recognise(&text) else { panic!("{text}") };
        assert_eq!(*found, frame);
        assert!(matches!(
            recognise(&text.trim()[..text.len() / 2 + 1].to_lowercase()),
            Err(ScanError::OtherScheme { .. })
        ));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn recognising_never_panics(text in any::<String>(), near in "(https?|HTTPS)://\\PC{0,12}/[RI](#|%23)?[A-Za-z2-7\\PC]{0,40}") {
        let _ = recognise(&text);
        let _ = recognise(&near);
    }

    #[test]
    fn an_altered_invite_never_becomes_another(at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let link = invite_link();
        let mut altered = link.clone().into_bytes();
        let at = at.index(altered.len());
        altered[at] = byte;
        if let Ok(Scanned::Invite(invite)) = recognise(&String::from_utf8(altered).unwrap()) {
            // Changed bytes inside would not pass the signature, which is the caller's next step.
            let _ = invite.verify(farthing_protocol::key::Signer::public(&Ed25519Key::from_seed([3; 32])));
        }
    }
}
