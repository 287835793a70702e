//! What can happen to a passphrase file.

use super::contract::{anchor, contract, secret};
use farthing_core::keys::{
    SystemEntropy,
    passphrase::{Cost, PassphraseVault},
    vault::{MemoryVault, SECRET_MAX, SecretName, Vault, VaultError},
};
use farthing_protocol::id::Digest;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const PASSPHRASE: &str = "correct horse battery staple";

fn new_vault(folder: &TempDir) -> (PathBuf, PassphraseVault) {
    let path = folder.path().join("vault");
    let vault = PassphraseVault::create(&path, PASSPHRASE, Cost::FAST_FOR_TESTS, &mut SystemEntropy::new()).unwrap();
    (path, vault.with_state_folder(&state(folder)))
}

fn state(folder: &TempDir) -> PathBuf {
    folder.path().join("state")
}

#[test]
fn it_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let (path, vault) = new_vault(&folder);
    contract(&vault);
    drop(vault);
    let again = PassphraseVault::open(&path, PASSPHRASE).unwrap().with_state_folder(&state(&folder));
    assert_eq!(again.get(SecretName::DatabaseKey), Ok(Some(secret(1, 32))));
    assert_eq!(again.get(SecretName::Phrase), Ok(Some(secret(9, SECRET_MAX))));
    assert_eq!(again.anchor(), Ok(Some(anchor(u64::MAX))));
}

#[test]
fn debug_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (_, vault) = new_vault(&folder);
    let memory = MemoryVault::new();
    memory.put(SecretName::Phrase, &secret(0xab, 8)).unwrap();
    for shown in [format!("{vault:?}"), format!("{memory:?}"), format!("{:?}", secret(0xab, 8))] {
        assert!(!shown.contains("171") && !shown.contains("ab, ") && shown.contains("redacted"), "{shown}");
    }
}

#[test]
fn a_wrong_passphrase_is_not_damage_and_damage_is_not_a_wrong_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let (path, vault) = new_vault(&folder);
    vault.put(SecretName::DatabaseKey, &secret(7, 32)).unwrap();
    for wrong in ["", "correct horse battery stapl", "Correct horse battery staple"] {
        assert_eq!(PassphraseVault::open(&path, wrong).unwrap_err(), VaultError::WrongPassphrase);
        assert_eq!(vault.check(wrong), Err(VaultError::WrongPassphrase));
    }
    assert_eq!(vault.check(PASSPHRASE), Ok(()));
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        fs::write(&path, &altered).unwrap();
        assert_eq!(PassphraseVault::open(&path, PASSPHRASE).unwrap_err(), VaultError::Damaged, "byte {at}");
    }
    for end in (0..whole.len()).step_by(7) {
        fs::write(&path, &whole[..end]).unwrap();
        assert_eq!(PassphraseVault::open(&path, PASSPHRASE).unwrap_err(), VaultError::Damaged, "cut at {end}");
    }
    fs::write(&path, vec![0; 1 << 20]).unwrap();
    assert_eq!(PassphraseVault::open(&path, PASSPHRASE).unwrap_err(), VaultError::Damaged);
}

/// Whoever can write the file can make its digest right, but not its seals.
#[test]
fn a_forged_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, vault) = new_vault(&folder);
    vault.put(SecretName::DatabaseKey, &secret(7, 32)).unwrap();
    let whole = fs::read(&path).unwrap();
    let body = &whole[..whole.len() - 32];
    let forge = |path: &Path, body: &[u8]| {
        fs::write(path, [body, Digest::of(body).as_bytes()].concat()).unwrap();
        PassphraseVault::open(path, PASSPHRASE).unwrap_err()
    };
    for at in 15..body.len() {
        let mut altered = body.to_vec();
        altered[at] ^= 1;
        let error = forge(&path, &altered);
        assert!(matches!(error, VaultError::Damaged | VaultError::WrongPassphrase), "byte {at}: {error:?}");
    }
    // Secrets taken out: {4: {0: …, 1: …}} becomes {4: {0: …}}, and then {4: {}} in a file of version 1.
    let (id, key) = (1 + 3 + 12 + 2 + 1 + 32, 1 + 3 + 12 + 3 + 48);
    let secrets = body.len() - (2 + id + key);
    assert_eq!(body[secrets..secrets + 3], [4, 0xa2, 0]);
    assert_eq!(forge(&path, &[&body[..secrets], &[4, 0xa1], &body[secrets + 2..][..id]].concat()), VaultError::Damaged);
    assert_eq!(forge(&path, &[&body[..14], &[1], &body[15..secrets], &[4, 0xa0]].concat()), VaultError::Damaged);
    // A cost that would take 4 TiB: refused before anything is computed.
    let cost = 15 + 2;
    assert_eq!(body[cost..cost + 7], [0xa3, 0, 8, 1, 1, 2, 1]);
    let greedy = [&body[..cost + 2], &[0x1a, 0xff, 0xff, 0xff, 0xff], &body[cost + 3..]].concat();
    assert_eq!(forge(&path, &greedy), VaultError::Damaged);
    let mut newer = body.to_vec();
    newer[14] = 3;
    assert_eq!(forge(&path, &newer), VaultError::Newer { version: 3 });
}

#[test]
fn opening_never_makes_a_file_and_creating_never_overwrites_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    assert_eq!(PassphraseVault::open(&path, PASSPHRASE).unwrap_err(), VaultError::Missing);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    fs::write(&path, b"somebody's").unwrap();
    let mut rng = SystemEntropy::new();
    let made = PassphraseVault::create(&path, PASSPHRASE, Cost::FAST_FOR_TESTS, &mut rng);
    assert_eq!(made.unwrap_err(), VaultError::Exists);
    assert_eq!(fs::read(&path).unwrap(), b"somebody's");
    let nowhere = folder.path().join("no folder").join("vault");
    let made = PassphraseVault::create(&nowhere, PASSPHRASE, Cost::FAST_FOR_TESTS, &mut rng);
    assert!(matches!(made.unwrap_err(), VaultError::Unavailable(_)));
    assert!(matches!(PassphraseVault::open(folder.path(), PASSPHRASE).unwrap_err(), VaultError::Unavailable(_)));
}

#[test]
fn what_a_crash_leaves_beside_the_file_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let (path, vault) = new_vault(&folder);
    vault.put(SecretName::DatabaseKey, &secret(7, 32)).unwrap();
    let leftover = folder.path().join("vault.new");
    fs::write(&leftover, b"half a fi").unwrap();
    let again = PassphraseVault::open(&path, PASSPHRASE).unwrap();
    assert_eq!(again.get(SecretName::DatabaseKey), Ok(Some(secret(7, 32))));
    again.put(SecretName::DatabaseKey, &secret(8, 32)).unwrap();
    assert!(!leftover.exists());
    let reopened = PassphraseVault::open(&path, PASSPHRASE).unwrap();
    assert_eq!(reopened.get(SecretName::DatabaseKey), Ok(Some(secret(8, 32))));
}

#[test]
fn a_failed_write_leaves_the_old_vault() {
    let folder = tempfile::tempdir().unwrap();
    let (path, vault) = new_vault(&folder);
    vault.put(SecretName::DatabaseKey, &secret(7, 32)).unwrap();
    // A folder where the temporary file should be cannot be removed as a file.
    fs::create_dir(folder.path().join("vault.new")).unwrap();
    assert!(matches!(vault.put(SecretName::DatabaseKey, &secret(8, 32)), Err(VaultError::Unavailable(_))));
    assert_eq!(vault.get(SecretName::DatabaseKey), Ok(Some(secret(7, 32))));
    let again = PassphraseVault::open(&path, PASSPHRASE).unwrap();
    assert_eq!(again.get(SecretName::DatabaseKey), Ok(Some(secret(7, 32))));
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (path, vault) = new_vault(&folder);
    vault.put(SecretName::DatabaseKey, &secret(7, 32)).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_changed_passphrase_opens_and_the_old_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (path, vault) = new_vault(&folder);
    vault.put(SecretName::DatabaseKey, &secret(7, 32)).unwrap();
    assert_eq!(vault.change("wrong", "new", Cost::FAST_FOR_TESTS), Err(VaultError::WrongPassphrase));
    vault.change(PASSPHRASE, "n\u{e9}w", Cost::FAST_FOR_TESTS).unwrap();
    assert_eq!(vault.check("n\u{e9}w"), Ok(()));
    vault.put(SecretName::Phrase, &secret(8, 32)).unwrap();
    assert_eq!(PassphraseVault::open(&path, PASSPHRASE).unwrap_err(), VaultError::WrongPassphrase);
    // The same letters from a keyboard that composes them from two characters.
    let again = PassphraseVault::open(&path, "ne\u{301}w").unwrap();
    assert_eq!(again.get(SecretName::DatabaseKey), Ok(Some(secret(7, 32))));
    assert_eq!(again.get(SecretName::Phrase), Ok(Some(secret(8, 32))));
}

#[test]
fn nothing_in_the_file_is_readable() {
    let folder = tempfile::tempdir().unwrap();
    let (path, vault) = new_vault(&folder);
    vault.put(SecretName::DatabaseKey, &secret(0x77, 32)).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert!(!bytes.windows(4).any(|window| window == [0x77; 4]));
    assert!(!bytes.windows(7).any(|window| window == b"correct"));
}

#[test]
fn the_recommended_cost_works_and_costs_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    let started = std::time::Instant::now();
    PassphraseVault::create(&path, PASSPHRASE, Cost::RECOMMENDED, &mut SystemEntropy::new()).unwrap();
    println!("Argon2id at the recommended cost: {} ms", started.elapsed().as_millis());
    for (memory_kib, passes, lanes) in
        [(7, 1, 1), (8, 0, 1), (8, 1, 0), (256 * 1024 + 1, 1, 1), (64, 17, 1), (64, 1, 5)]
    {
        assert!(Cost::new(memory_kib, passes, lanes).is_err(), "{memory_kib} {passes} {lanes}");
    }
    assert_eq!(Cost::new(64 * 1024, 3, 1), Ok(Cost::RECOMMENDED));
}
