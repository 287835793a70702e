//! Device keys: stable for a handle, different between handles, and stored in one form only.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test's own functions fail as the test does"
)]

use farthing_core::keys::{
    SystemEntropy,
    device::{DeviceKeys, DeviceKeysError},
    vault::Secret,
};
use farthing_protocol::{id::Handle, key::Signer as _, sealed};
use proptest::prelude::*;
use zeroize::Zeroizing;

fn secret(bytes: &[u8]) -> Secret {
    Secret::new(Zeroizing::new(bytes.to_vec())).unwrap()
}

/// `{0: 1, 1: 0x11…, 2: 0x22…, 3: 0x33…}`, written by hand from the CDDL.
fn stored() -> Vec<u8> {
    [&[0xa4, 0, 1, 1, 0x58, 32][..], &[0x11; 32], &[2, 0x58, 32], &[0x22; 32], &[3, 0x58, 32], &[0x33; 32]].concat()
}

#[test]
fn the_stored_form_is_the_one_of_the_cddl() {
    let keys = DeviceKeys::from_secret(&secret(&stored())).unwrap();
    assert_eq!(keys.to_secret().as_bytes(), stored());
    assert_eq!(keys.act().seed()[..], [0x11; 32]);
    assert_eq!(keys.session().seed()[..], [0x22; 32]);
    let handle = Handle::new([0x44; 16]);
    let expected = sealed::derive(&[], &[0x33; 32], &[b"farthing/1/payee-key", &[0x44; 16]]);
    assert_eq!(keys.payee_key(&handle).seed(), expected);
}

#[test]
fn each_handle_has_keys_of_its_own() {
    let mut rng = SystemEntropy::new();
    let keys = DeviceKeys::generate(&mut rng);
    let (one, two) = (Handle::generate(&mut rng), Handle::generate(&mut rng));
    assert_eq!(keys.payee_key(&one).public(), keys.payee_key(&one).public());
    assert_ne!(keys.payee_key(&one).public(), keys.payee_key(&two).public());
    assert_eq!(keys.payee_hpke(&one).public(), keys.payee_hpke(&one).public());
    assert_ne!(keys.payee_hpke(&one).public(), keys.payee_hpke(&two).public());
    assert_ne!(keys.act().public(), keys.session().public());
    let message = sealed::hpke_seal(keys.payee_hpke(&one).public(), b"info", b"aad", b"memo", &mut rng).unwrap();
    assert_eq!(keys.payee_hpke(&one).open(b"info", b"aad", &message).unwrap()[..], b"memo"[..]);
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", DeviceKeys::from_secret(&secret(&stored())).unwrap());
    for part in ["1111", "2222", "3333", "17, 17", "34, 34", "51, 51"] {
        assert!(!shown.contains(part), "{shown}");
    }
    assert!(shown.contains("redacted"));
}

#[test]
fn every_cut_and_every_longer_form_is_refused() {
    let stored = stored();
    for end in 0..stored.len() {
        assert_eq!(DeviceKeys::from_secret(&secret(&stored[..end])).unwrap_err(), DeviceKeysError::Damaged);
    }
    let longer = [&stored[..], &[0]].concat();
    assert_eq!(DeviceKeys::from_secret(&secret(&longer)).unwrap_err(), DeviceKeysError::Damaged);
    // The version as 0x18 0x01: the same value, not its shortest form.
    let wide = [&stored[..2], &[0x18, 1], &stored[3..]].concat();
    assert_eq!(DeviceKeys::from_secret(&secret(&wide)).unwrap_err(), DeviceKeysError::Damaged);
    let mut newer = stored;
    newer[2] = 2;
    assert_eq!(DeviceKeys::from_secret(&secret(&newer)).unwrap_err(), DeviceKeysError::Newer { version: 2 });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_never_panics_and_is_exact(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(keys) = DeviceKeys::from_secret(&secret(&bytes)) {
            let again = keys.to_secret();
            prop_assert_eq!(again.as_bytes(), bytes);
        }
    }
}
