//! Device keys: stable for a handle, different between handles, and stored in one form only.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test's own functions fail as the test does"
)]

use farthing_core::keys::{
    SystemEntropy, derivation,
    device::{ActKey, DeviceKeys, DeviceKeysError},
    phrase::Phrase,
    vault::Secret,
};
use farthing_protocol::{
    id::{DeviceId, Handle},
    key::{Ed25519Key, HpkePublicKey, PublicKey, Signer as _},
    sealed,
};
use proptest::prelude::*;
use zeroize::Zeroizing;

fn secret(bytes: &[u8]) -> Secret {
    Secret::new(Zeroizing::new(bytes.to_vec())).unwrap()
}

/// `{0: version, 1: 0x11…, 2: 0x22…, 3: 0x33…}`, written by hand from the CDDL; for an account also `4: 0x44…`.
fn form(version: u8, seeds: u8) -> Vec<u8> {
    let mut form = vec![0xa1 + seeds, 0, version];
    for number in 1..=seeds {
        form.extend([&[number, 0x58, 32][..], &[0x11 * number; 32]].concat());
    }
    form
}

fn stored() -> Vec<u8> {
    form(2, 4)
}

fn keys(form: &[u8]) -> DeviceKeys {
    DeviceKeys::from_secret(&secret(form)).unwrap()
}

fn derived(seed: [u8; 32], handle: &Handle) -> Zeroizing<[u8; 32]> {
    sealed::derive(&[], &seed, &[b"farthing/1/payee-key", handle.as_bytes()])
}

#[test]
fn the_stored_form_is_the_one_of_the_cddl() {
    let handle = Handle::new([0x44; 16]);
    for (version, seeds, alias) in [(2, 4, Some([0x44; 32])), (2, 3, None), (1, 3, Some([0x33; 32]))] {
        let keys = keys(&form(version, seeds));
        assert_eq!(keys.to_secret().as_bytes(), form(version, seeds));
        let ActKey::Here(act) = keys.act() else { panic!("it is in the form") };
        assert_eq!(act.seed()[..], [0x11; 32]);
        assert_eq!(keys.session().seed()[..], [0x22; 32]);
        assert_eq!(keys.payee_key(&handle).seed(), derived([0x33; 32], &handle));
        let found = keys.alias_key(&handle).map(|key| key.seed());
        assert_eq!(found, alias.map(|seed| derived(seed, &handle)), "version {version}, {seeds} seeds");
    }
}

/// Calculated with another program from the phrase of the specification's vectors: `abandon` 23 times and `art`.
#[test]
fn a_phrase_gives_the_same_payee_keys_again() {
    let phrase = Phrase::parse(&format!("{}art", "abandon ".repeat(23))).unwrap();
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let (device, handle) = (DeviceId::new([0x55; 16]), Handle::new([0x44; 16]));
    let receive = derivation::receive_seed(&phrase);
    assert_eq!(hex(receive.as_bytes()), "e3349baf33b0fa81e6140b1bc32ed3e371e5b339a3018900bf7c904a62ba15fa");
    let own = receive.device(&device);
    assert_eq!(hex(own.as_bytes()), "73b63d909367f083ad2b34525a63badee06ede6a8b5d934df259367cdd0ef533");
    let (alias, one_time) = (receive.key(&handle).seed(), own.key(&handle).seed());
    assert_eq!(hex(&alias[..]), "321806fe5cd71ca6f96159bf5eae6c7b3a7330a5cc0beabeda3462c10e6f4eb2");
    assert_eq!(hex(&one_time[..]), "8732601709acc8649e5c11bbb31125272f419f8ee6fd8a12b010498268d32391");
}

#[test]
fn each_handle_has_keys_of_its_own() {
    let mut rng = SystemEntropy::new();
    let keys = DeviceKeys::of_phrase(&Phrase::generate(&mut rng), &mut rng);
    let (one, two) = (Handle::generate(&mut rng), Handle::generate(&mut rng));
    assert_eq!(keys.payee_key(&one).public(), keys.payee_key(&one).public());
    assert_ne!(keys.payee_key(&one).public(), keys.payee_key(&two).public());
    assert_ne!(keys.alias_key(&one).unwrap().public(), keys.payee_key(&one).public());
    assert_eq!(keys.payee_hpke(&one).public(), keys.payee_hpke(&one).public());
    assert_ne!(keys.payee_hpke(&one).public(), keys.payee_hpke(&two).public());
    assert_ne!(keys.act().public(), keys.session().public());
    let seal = |key: &HpkePublicKey| sealed::hpke_seal(key, b"i", b"a", b"memo", &mut SystemEntropy::new()).unwrap();
    let message = seal(keys.payee_hpke(&one).public());
    assert_eq!(keys.payee_hpke(&one).open(b"i", b"a", &message).unwrap()[..], b"memo"[..]);
    let message = seal(keys.alias_hpke(&one).unwrap().public());
    assert_eq!(keys.alias_hpke(&one).unwrap().open(b"i", b"a", &message).unwrap()[..], b"memo"[..]);
    assert!(keys.payee_hpke(&one).open(b"i", b"a", &message).is_err());
}

/// The owner reads what was paid to a cashier's handle; the cashier reads its own, and neither the alias's nor the owner's.
#[test]
fn a_device_without_the_phrase_knows_its_own_handles_only() {
    let mut rng = SystemEntropy::new();
    let owner = DeviceKeys::of_phrase(&Phrase::generate(&mut rng), &mut rng);
    let (act, session) = (Ed25519Key::generate(&mut rng), Ed25519Key::generate(&mut rng));
    let (owners, cashiers) = (owner.act().public().device_id(), act.public().device_id());
    let cashier = DeviceKeys::granted(act, session, owner.seed_of(&cashiers).unwrap());
    let handle = Handle::generate(&mut rng);
    let public = |key: Option<Ed25519Key>| key.map(|key| *key.public());
    assert_eq!(public(owner.payee_key_of(&cashiers, &handle)), Some(*cashier.payee_key(&handle).public()));
    assert_eq!(public(owner.payee_key_of(&owners, &handle)), Some(*owner.payee_key(&handle).public()));
    assert_eq!(public(cashier.payee_key_of(&cashiers, &handle)), Some(*cashier.payee_key(&handle).public()));
    assert_eq!(public(cashier.payee_key_of(&owners, &handle)), None);
    assert_eq!(public(cashier.alias_key(&handle)), None);
    assert!(cashier.payee_hpke_of(&owners, &handle).is_none() && cashier.alias_hpke(&handle).is_none());
    let again = DeviceKeys::from_secret(&cashier.to_secret()).unwrap();
    assert_eq!(again.payee_key(&handle).public(), cashier.payee_key(&handle).public());
}

/// A wallet of before keeps the key that its alias is known by.
#[test]
fn version_1_uses_its_one_seed_for_all() {
    let keys = keys(&form(1, 3));
    let handle = Handle::new([9; 16]);
    assert_eq!(keys.alias_key(&handle).unwrap().public(), keys.payee_key(&handle).public());
    assert!(keys.seed_of(&DeviceId::new([1; 16])).is_none());
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", DeviceKeys::from_secret(&secret(&stored())).unwrap());
    for part in ["1111", "2222", "3333", "4444", "17, 17", "34, 34", "51, 51", "68, 68"] {
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
    for wrong in [form(1, 4), form(2, 2), form(0, 3), form(0, 4)] {
        assert_eq!(DeviceKeys::from_secret(&secret(&wrong)).unwrap_err(), DeviceKeysError::Damaged);
    }
    let mut newer = stored;
    newer[2] = 4;
    assert_eq!(DeviceKeys::from_secret(&secret(&newer)).unwrap_err(), DeviceKeysError::Newer { version: 4 });
}

/// Version 3: in the place of the act key's seed is what checks its signatures, a COSE_Key of ES256 (RFC 9053 §7.1.1). The point is
/// the generator of P-256 (SEC 2 §2.4.2).
#[test]
fn an_act_key_that_is_elsewhere_is_kept_as_its_public_key() {
    let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
    let x = hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
    let y = hex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
    let point = [&[4][..], &x, &y].concat();
    let cose_key = [&hex("a401022001215820")[..], &x, &hex("225820"), &y].concat();
    for seeds in [3, 4] {
        let form = form(3, seeds);
        let form = [&form[..4], &cose_key, &form[4 + 2 + 32..]].concat();
        let keys = keys(&form);
        assert!(matches!(keys.act(), ActKey::Elsewhere(_)));
        assert_eq!(*keys.act().public(), PublicKey::es256_from_sec1(&point).unwrap());
        assert_eq!(keys.to_secret().as_bytes(), form);
        assert_eq!(keys.alias_key(&Handle::new([0x44; 16])).is_some(), seeds == 4);
    }
    assert_eq!(
        DeviceKeys::from_secret(&secret(&form(3, 4))).unwrap_err(),
        DeviceKeysError::Damaged,
        "a seed is no key"
    );
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
