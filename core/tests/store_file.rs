//! The encrypted file: what happens to it outside our control, and that it can keep a secret.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use farthing_core::events::EventKind;
use farthing_core::store::{Change, DatabaseKey, PaymentId, SqlCipherStore, Store, StoreError, StoreLocation};
use farthing_protocol::id::Digest;
use farthing_protocol::time::Time;
use std::path::{Path, PathBuf};

fn at(path: &Path) -> StoreLocation {
    StoreLocation { path: Some(path.to_owned()), vfs: None }
}

fn key() -> DatabaseKey {
    DatabaseKey::new([3; 32])
}

fn made(dir: &tempfile::TempDir) -> PathBuf {
    let path = dir.path().join("wallet.db");
    let mut store = SqlCipherStore::create(at(&path), key()).unwrap();
    let id = PaymentId::of_receipt(Time::from_ms(1), &Digest::of(b"x"));
    store.apply(&[Change::Event { at: Time::from_ms(1), kind: EventKind::Received(id) }]).unwrap();
    store.pause().unwrap();
    path
}

#[test]
fn another_key_opens_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir);
    let opened = SqlCipherStore::open(at(&path), DatabaseKey::new([4; 32])).map(|_| ());
    assert!(matches!(opened, Err(StoreError::Damaged(_))), "{opened:?}");
    assert!(SqlCipherStore::open(at(&path), key()).is_ok());
}

#[test]
fn a_file_that_is_missing_is_never_made_by_opening() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.db");
    assert_eq!(SqlCipherStore::open(at(&path), key()).map(|_| ()), Err(StoreError::Missing));
    assert!(!path.exists());
    let path = made(&dir);
    assert_eq!(SqlCipherStore::create(at(&path), key()).map(|_| ()), Err(StoreError::Conflict));
}

#[test]
fn every_altered_page_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir);
    let good = std::fs::read(&path).unwrap();
    for page in 0..good.len() / 4096 {
        let mut bad = good.clone();
        let at_byte = page * 4096 + 100;
        if let Some(byte) = bad.get_mut(at_byte) {
            *byte ^= 1;
        }
        std::fs::write(&path, &bad).unwrap();
        let read = SqlCipherStore::open(at(&path), key()).and_then(|store| {
            store.events(farthing_core::events::EventSeq(0), 10)?;
            store.history(None, 10)?;
            store.requests(10)?;
            store.balances()?;
            store.acts(10)?;
            store.unfinished(10)?;
            store.profile()
        });
        // Pages of tables that hold nothing yet are not read; those that are read must be refused.
        assert!(matches!(read, Ok(None) | Err(StoreError::Damaged(_))), "page {page}: {read:?}");
        if page == 0 {
            assert!(read.is_err(), "the first page is always read");
        }
    }
}

#[test]
fn a_newer_or_foreign_file_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir);
    let hex = "03".repeat(32);
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch(&format!("PRAGMA key = \"x'{hex}'\"; PRAGMA user_version = 99;")).unwrap();
    drop(raw);
    let opened = SqlCipherStore::open(at(&path), key()).map(|_| ());
    assert_eq!(opened, Err(StoreError::Newer { found: 99, known: 3 }));
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch(&format!("PRAGMA key = \"x'{hex}'\"; PRAGMA user_version = 1; PRAGMA application_id = 5;"))
        .unwrap();
    drop(raw);
    assert!(matches!(SqlCipherStore::open(at(&path), key()).map(|_| ()), Err(StoreError::Damaged(_))));
}

#[test]
fn a_full_disk_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir);
    let before = {
        let store = SqlCipherStore::open(at(&path), key()).unwrap();
        store.events(farthing_core::events::EventSeq(0), 100).unwrap().len()
    };
    // SQLite answers SQLITE_FULL when a database may not grow, as on a full disk.
    let dir2 = tempfile::tempdir().unwrap();
    let full = dir2.path().join("wallet.db");
    std::fs::copy(&path, &full).unwrap();
    let hex = "03".repeat(32);
    let raw = rusqlite::Connection::open(&full).unwrap();
    raw.execute_batch(&format!("PRAGMA key = \"x'{hex}'\";")).unwrap();
    let pages: i64 = raw.query_row("PRAGMA page_count", [], |r| r.get(0)).unwrap();
    raw.execute_batch(&format!("PRAGMA max_page_count = {pages}")).unwrap();
    let filled = raw.execute_batch("CREATE TABLE filler (b BLOB); INSERT INTO filler VALUES (zeroblob(1000000));");
    assert!(matches!(StoreError::from(filled.unwrap_err()), StoreError::Full));
    drop(raw);
    let store = SqlCipherStore::open(at(&full), key()).unwrap();
    assert_eq!(store.events(farthing_core::events::EventSeq(0), 100).unwrap().len(), before);
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("wallet.db");
    let id = PaymentId::of_receipt(Time::from_ms(1), &Digest::of(b"x"));
    let event = [Change::Event { at: Time::from_ms(1), kind: EventKind::Received(id) }];
    let check = |when: &str| {
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let file = file.unwrap();
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{when}: {:?}", file.file_name());
        }
        std::fs::read_dir(dir.path()).unwrap().count()
    };
    let mut store = SqlCipherStore::create(at(&path), key()).unwrap();
    store.apply(&event).unwrap();
    assert_eq!(check("made"), 3, "the file, its log and its index");
    store.pause().unwrap();
    store.resume().unwrap();
    store.apply(&event).unwrap();
    assert_eq!(check("resumed"), 3);
    drop(store);
    let mut store = SqlCipherStore::open(at(&path), key()).unwrap();
    store.apply(&event).unwrap();
    assert_eq!(check("opened"), 3);
}

/// For root nothing is read-only, so there the test runs once more, as a user without rights.
#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_says_so() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65_534;
    let dir = tempfile::tempdir().unwrap();
    if std::fs::metadata(dir.path()).unwrap().uid() == 0 {
        // Where everybody may find it.
        let program = dir.path().join("test");
        std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut again = std::process::Command::new(program);
        again.args(["--exact", "a_folder_that_cannot_be_written_says_so"]).uid(NOBODY).gid(NOBODY);
        let said = again.env("TMPDIR", "/tmp").current_dir("/").output().unwrap();
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(said.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let set = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let path = made(&dir);
    let event = [Change::Event { at: Time::from_ms(1), kind: EventKind::EntryRejected(1) }];

    // The folder: neither log nor index can be made beside the file.
    set(dir.path(), 0o555);
    let opened = SqlCipherStore::open(at(&path), key()).map(drop);
    let made_new = SqlCipherStore::create(at(&dir.path().join("new.db")), key()).map(drop);
    set(dir.path(), 0o755);
    assert_eq!((opened, made_new), (Err(StoreError::ReadOnly), Err(StoreError::ReadOnly)));
    assert_eq!(StoreError::ReadOnly.to_string(), "the wallet's folder cannot be written: check its permissions");

    // The file.
    set(&path, 0o400);
    let written = SqlCipherStore::open(at(&path), key()).and_then(|mut store| store.apply(&event));
    assert_eq!(written, Err(StoreError::ReadOnly));

    // A folder that may not be looked into holds perhaps a wallet: that is not "there is none".
    set(&path, 0o600);
    set(dir.path(), 0o000);
    let opened = SqlCipherStore::open(at(&path), key()).map(drop);
    set(dir.path(), 0o755);
    assert_eq!(opened, Err(StoreError::ReadOnly));

    let store = SqlCipherStore::open(at(&path), key()).unwrap();
    assert_eq!(store.events(farthing_core::events::EventSeq(0), 100).unwrap().len(), 1, "nothing was changed");
}
