//! The keyring vault against a real GNOME Keyring, in every state that a person can bring it into.

use super::contract::{anchor, contract, secret};
use super::prompter::{self, Prompter};
use super::session::{LOGIN, Session};
use farthing_core::keys::{
    SystemEntropy,
    keyring::{KeyringVault, Surroundings},
    vault::{SECRET_MAX, SecretName, Vault as _, VaultError},
};
use std::{fs, path::PathBuf, thread, time::Duration};

fn around(session: &Session) -> Surroundings {
    Surroundings {
        bus: Some(session.address.clone()),
        screen: true,
        answer_wait: Duration::from_secs(60),
        person_wait: Duration::from_secs(60),
    }
}

fn path(session: &Session, name: &str) -> PathBuf {
    session.folder().join(name)
}

fn create(session: &Session, name: &str) -> KeyringVault {
    KeyringVault::create(&path(session, name), around(session), &mut SystemEntropy::new()).unwrap()
}

fn open(session: &Session, name: &str) -> KeyringVault {
    KeyringVault::open(&path(session, name), around(session)).unwrap()
}

#[test]
fn it_keeps_the_contract_and_outlives_a_restart_of_the_keyring() {
    let Some(mut session) = Session::with_keyring() else { return };
    contract(&create(&session, "one"));
    session.kill_keyring();
    assert!(matches!(open(&session, "one").get(SecretName::Phrase), Err(VaultError::Unavailable(_))));
    session.start_keyring(true);
    let again = open(&session, "one");
    assert_eq!(again.get(SecretName::DatabaseKey), Ok(Some(secret(1, 32))));
    assert_eq!(again.get(SecretName::Phrase), Ok(Some(secret(9, SECRET_MAX))));
    assert_eq!(again.anchor(), Ok(Some(anchor(u64::MAX))));
}

#[test]
fn wallets_in_one_keyring_do_not_meet() {
    let Some(session) = Session::with_keyring() else { return };
    let (one, two) = (create(&session, "one"), create(&session, "two"));
    one.put(SecretName::DatabaseKey, &secret(1, 32)).unwrap();
    one.set_anchor(&anchor(5)).unwrap();
    assert_eq!(two.get(SecretName::DatabaseKey), Ok(None));
    assert_eq!(two.anchor(), Ok(None));
    two.put(SecretName::DatabaseKey, &secret(2, 32)).unwrap();
    two.set_anchor(&anchor(6)).unwrap();
    // A copy of the folder has the same keys, and the same anchor.
    fs::copy(path(&session, "one"), path(&session, "copy")).unwrap();
    assert_eq!(open(&session, "copy").anchor(), Ok(Some(anchor(5))));
    two.erase().unwrap();
    assert!(!path(&session, "two").exists());
    assert_eq!(one.get(SecretName::DatabaseKey), Ok(Some(secret(1, 32))));
    assert_eq!(one.anchor(), Ok(Some(anchor(5))));
}

/// A person sees whose entries these are, and which: the file of the keyring has the labels, and no secret.
#[test]
fn entries_have_names_and_files_no_secret() {
    let Some(session) = Session::with_keyring() else { return };
    let vault = create(&session, "one");
    vault.put(SecretName::DatabaseKey, &secret(0x77, 32)).unwrap();
    let items =
        session.secrets(&["org.freedesktop.Secret.Service.SearchItems", "dict:string:string:application,farthing"]);
    assert_eq!(items.matches(LOGIN).count(), 1, "{items}");
    assert!(!session.files().any(|file| file.windows(8).any(|window| window == [0x77; 8])));
    let file = fs::read_to_string(path(&session, "one")).unwrap();
    assert!(file.starts_with("farthing keyring 1 ") && file.len() == 52, "{file}");
}

#[test]
fn an_entry_that_was_removed_is_absent_and_nothing_else_is() {
    let Some(session) = Session::with_keyring() else { return };
    let vault = create(&session, "one");
    vault.put(SecretName::DatabaseKey, &secret(1, 32)).unwrap();
    vault.put(SecretName::DeviceKeys, &secret(2, 32)).unwrap();
    let found = session.secrets(&["org.freedesktop.Secret.Service.SearchItems", "dict:string:string:name,1"]);
    let item = found.split('"').nth(1).unwrap().to_owned();
    session.call(&item, &["org.freedesktop.Secret.Item.Delete"]);
    assert_eq!(vault.get(SecretName::DatabaseKey), Ok(None));
    assert_eq!(vault.get(SecretName::DeviceKeys), Ok(Some(secret(2, 32))));
    // The collection gone is not the entry gone.
    session.call(LOGIN, &["org.freedesktop.Secret.Collection.Delete"]);
    assert_eq!(vault.get(SecretName::DeviceKeys), Err(VaultError::KeyringMissing));
    assert_eq!(vault.put(SecretName::DeviceKeys, &secret(3, 32)), Err(VaultError::KeyringMissing));
    assert_eq!(vault.anchor(), Err(VaultError::KeyringMissing));
}

/// With nobody to ask, a locked keyring is locked: for what it holds and for what it does not.
#[test]
fn a_locked_keyring_without_a_screen_is_locked() {
    let Some(session) = Session::with_keyring() else { return };
    let there = create(&session, "one");
    there.put(SecretName::DatabaseKey, &secret(1, 32)).unwrap();
    session.lock();
    let vault = KeyringVault::open(&path(&session, "one"), Surroundings { screen: false, ..around(&session) }).unwrap();
    assert_eq!(vault.get(SecretName::DatabaseKey), Err(VaultError::Locked));
    assert_eq!(vault.get(SecretName::Phrase), Err(VaultError::Locked));
    assert_eq!(vault.anchor(), Err(VaultError::Locked));
    assert_eq!(vault.put(SecretName::DatabaseKey, &secret(2, 32)), Err(VaultError::Locked));
    assert_eq!(vault.remove(SecretName::DatabaseKey), Err(VaultError::Locked));
    let new = Surroundings { screen: false, ..around(&session) };
    let made = KeyringVault::create(&path(&session, "two"), new, &mut SystemEntropy::new());
    assert_eq!(made.unwrap_err(), VaultError::Locked);
    assert!(!path(&session, "two").exists());
}

#[test]
fn a_dismissed_prompt_is_cancelled_and_one_that_nobody_answers_times_out() {
    let Some(session) = Session::with_keyring() else { return };
    let vault = create(&session, "one");
    vault.put(SecretName::DatabaseKey, &secret(1, 32)).unwrap();
    session.lock();
    let prompter = Prompter::start(&session.address, prompter::Person::Dismisses);
    assert_eq!(vault.get(SecretName::DatabaseKey), Err(VaultError::Cancelled));
    assert_eq!(vault.get(SecretName::Phrase), Err(VaultError::Cancelled));
    assert!(prompter.prompts() >= 2);
    drop(prompter);
    let prompter = Prompter::start(&session.address, prompter::Person::IsAway);
    let hurried = Surroundings { person_wait: Duration::from_secs(1), ..around(&session) };
    let hurried = KeyringVault::open(&path(&session, "one"), hurried).unwrap();
    assert_eq!(hurried.get(SecretName::DatabaseKey), Err(VaultError::TimedOut));
    assert_eq!(prompter.prompts(), 1);
}

/// Two callers at once: one waits for a person who does not come, the other is not held up by it.
#[test]
fn nobody_waits_for_another_ones_prompt() {
    let (Some(locked), Some(open_one)) = (Session::with_keyring(), Session::with_keyring()) else { return };
    let vault = create(&locked, "one");
    vault.put(SecretName::DatabaseKey, &secret(1, 32)).unwrap();
    locked.lock();
    let _away = Prompter::start(&locked.address, prompter::Person::IsAway);
    let slow = Surroundings { person_wait: Duration::from_secs(8), ..around(&locked) };
    let slow = KeyringVault::open(&path(&locked, "one"), slow).unwrap();
    let waiting = thread::spawn(move || slow.get(SecretName::DatabaseKey));
    create(&open_one, "two").put(SecretName::DatabaseKey, &secret(2, 32)).unwrap();
    assert!(!waiting.is_finished());
    assert_eq!(waiting.join().unwrap(), Err(VaultError::TimedOut));
}

#[test]
fn without_a_service_or_a_bus_it_says_so_and_offers_the_file() {
    let Some(session) = Session::start() else { return };
    let nowhere = Surroundings { bus: Some("unix:path=/nonexistent/bus".to_owned()), ..around(&session) };
    for surroundings in [around(&session), nowhere] {
        let made = KeyringVault::create(&path(&session, "one"), surroundings, &mut SystemEntropy::new());
        let error = made.unwrap_err();
        assert!(matches!(&error, VaultError::Unavailable(_)), "{error:?}");
        assert!(error.to_string().contains("passphrase file"), "{error}");
        assert!(!path(&session, "one").exists());
    }
}

/// The keyring dies between two calls, and while it asks.
#[test]
fn a_keyring_that_dies_is_unavailable_and_its_entries_are_not_absent() {
    let Some(mut session) = Session::with_keyring() else { return };
    let vault = create(&session, "one");
    vault.put(SecretName::DatabaseKey, &secret(1, 32)).unwrap();
    session.lock();
    let away = Prompter::start(&session.address, prompter::Person::IsAway);
    let asked = Surroundings { person_wait: Duration::from_secs(5), ..around(&session) };
    let asked = KeyringVault::open(&path(&session, "one"), asked).unwrap();
    let waiting = thread::spawn(move || asked.get(SecretName::DatabaseKey));
    while away.prompts() == 0 {
        thread::sleep(Duration::from_millis(20));
    }
    session.kill_keyring();
    let error = waiting.join().unwrap().unwrap_err();
    assert!(matches!(error, VaultError::Unavailable(_) | VaultError::TimedOut), "{error:?}");
    assert!(matches!(vault.get(SecretName::Phrase), Err(VaultError::Unavailable(_))));
    assert!(matches!(vault.anchor(), Err(VaultError::Unavailable(_))));
    session.start_keyring(true);
    assert_eq!(vault.get(SecretName::DatabaseKey), Ok(Some(secret(1, 32))));
}

#[test]
fn the_file_in_the_folder_is_read_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyring");
    let open = || KeyringVault::open(&path, Surroundings::of_this_process()).unwrap_err();
    assert_eq!(open(), VaultError::Missing);
    let id = "00112233445566778899aabbccddeeff";
    for damaged in
        ["", "farthing keyring 1 ", id, &format!("farthing keyring 1 {id}"), &format!("farthing keyring 1 {id}0\n")]
    {
        fs::write(&path, damaged).unwrap();
        assert_eq!(open(), VaultError::Damaged, "{damaged}");
    }
    fs::write(&path, format!("farthing keyring 2 {id} more\n")).unwrap();
    assert_eq!(open(), VaultError::Newer { version: 2 });
    let made = KeyringVault::create(&path, Surroundings::of_this_process(), &mut SystemEntropy::new());
    assert_eq!(made.unwrap_err(), VaultError::Exists);
}
