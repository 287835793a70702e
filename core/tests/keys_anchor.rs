//! The anchor of a passphrase vault: outside the wallet's folder, one for each wallet, and never guessed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's own functions fail as the test does")]

use farthing_core::keys::{
    SystemEntropy,
    passphrase::{Cost, PassphraseVault},
    vault::{Anchor, SecretName, Vault as _, VaultError},
};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const PASSPHRASE: &str = "correct horse";
/// A vault that a version without anchors wrote.
const OF_BEFORE: &[u8] = include_bytes!("data/vault_version_1.bin");

fn anchor(number: u64) -> Anchor {
    Anchor { number, mark: [0xa5; 16] }
}

fn create(folder: &TempDir, name: &str) -> PassphraseVault {
    let path = folder.path().join(name);
    let vault = PassphraseVault::create(&path, PASSPHRASE, Cost::FAST_FOR_TESTS, &mut SystemEntropy::new()).unwrap();
    vault.with_state_folder(&folder.path().join("state"))
}

fn open(folder: &TempDir, name: &str) -> PassphraseVault {
    let vault = PassphraseVault::open(&folder.path().join(name), PASSPHRASE).unwrap();
    vault.with_state_folder(&folder.path().join("state"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_copy_of_the_vault_has_the_same_anchor_and_another_wallet_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (create(&folder, "one"), create(&folder, "two"));
    fs::copy(folder.path().join("one"), folder.path().join("copy")).unwrap();
    one.set_anchor(&anchor(7)).unwrap();
    assert_eq!(open(&folder, "copy").anchor(), Ok(Some(anchor(7))));
    assert_eq!(two.anchor(), Ok(None));
    two.set_anchor(&anchor(1)).unwrap();
    assert_eq!(one.anchor(), Ok(Some(anchor(7))));
    // Another passphrase does not make another wallet.
    one.change(PASSPHRASE, "new", Cost::FAST_FOR_TESTS).unwrap();
    assert_eq!(one.anchor(), Ok(Some(anchor(7))));
}

#[test]
fn only_its_owner_may_read_it_and_its_form_is_the_one_of_the_cddl() {
    let folder = tempfile::tempdir().unwrap();
    create(&folder, "vault").set_anchor(&anchor(500)).unwrap();
    let anchors = folder.path().join("state/farthing/anchors");
    let file = files(&anchors).remove(0);
    assert_eq!(file.file_name().unwrap().len(), 32);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&anchors).unwrap().permissions().mode() & 0o777, 0o700);
    let form = [&[0xa3, 0, 1, 1, 0x19, 0x01, 0xf4, 2, 0x50][..], &[0xa5; 16]].concat();
    assert_eq!(fs::read(&file).unwrap(), form);
}

#[test]
fn what_cannot_be_read_is_an_error_and_not_a_missing_anchor() {
    let folder = tempfile::tempdir().unwrap();
    let vault = create(&folder, "vault");
    vault.set_anchor(&anchor(7)).unwrap();
    let anchors = folder.path().join("state/farthing/anchors");
    let file = files(&anchors).remove(0);
    let whole = fs::read(&file).unwrap();
    for end in 0..whole.len() {
        fs::write(&file, &whole[..end]).unwrap();
        assert!(matches!(vault.anchor(), Err(VaultError::AnchorDamaged { .. })), "cut at {end}");
    }
    fs::write(&file, vec![0; 5000]).unwrap();
    let error = vault.anchor().unwrap_err();
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
    let mut newer = whole;
    newer[2] = 2;
    fs::write(&file, &newer).unwrap();
    assert_eq!(vault.anchor(), Err(VaultError::Newer { version: 2 }));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(matches!(vault.anchor(), Err(VaultError::Unavailable(_))));
    assert!(matches!(vault.set_anchor(&anchor(8)), Err(VaultError::Unavailable(_))));
    fs::remove_dir(&file).unwrap();
    assert_eq!(vault.anchor(), Ok(None));
}

#[test]
fn a_vault_of_before_opens_and_gets_an_anchor() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    fs::write(&path, OF_BEFORE).unwrap();
    let vault = open(&folder, "vault");
    assert_eq!(vault.get(SecretName::DatabaseKey).unwrap().unwrap().as_bytes(), [7; 32]);
    assert_eq!(vault.anchor(), Ok(None));
    // Looking changes nothing.
    assert_eq!(fs::read(&path).unwrap(), OF_BEFORE);
    vault.set_anchor(&anchor(1)).unwrap();
    assert_eq!(open(&folder, "vault").anchor(), Ok(Some(anchor(1))));
    assert_eq!(open(&folder, "vault").get(SecretName::DatabaseKey).unwrap().unwrap().as_bytes(), [7; 32]);
}
