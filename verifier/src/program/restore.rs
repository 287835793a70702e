//! `restore`: from a backup to a ledger that can be served, in a new epoch.
//!
//! ```text
//! checks ─▶ new key ─▶ copy, audit ─▶ new epoch in the copy ─▶ rename to ledger.db ─▶ key in its place
//! └──────────── no ledger in the folder; running it again begins anew ──────────┘└── a whole ledger ──┘
//! ```

use super::arguments::Restore;
use super::init::{LEDGER_LEFTOVERS, absolute};
use super::output::{Failure, Shown};
use super::{inspect, output, random};
use farthing_protocol::id::{Epoch, Seq};
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_verifier::crash::{self, operator as points};
use farthing_verifier::server::{Folder, now};
use farthing_verifier::{Keys, OpenError, Opened, Reopening, Verifier, audit, check_ledger, load_root};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

pub(crate) fn restore(arguments: &Restore, json: bool) -> Result<Shown, Failure> {
    let root = load_root(&arguments.root)?;
    let reopening = reopening(arguments)?;
    let backup = backup(&arguments.file, &root)?;
    let data = &arguments.data;
    let made = !data.exists();
    expect_empty(data)?;
    Folder::make(data)?;
    let folder = Folder::lock(data, "restore")?;
    // Once more: now nobody else can be at it.
    expect_empty(data)?;
    let unfinished = Unfinished { data: data.clone(), made };
    unfinished.clear()?;
    let keys = Keys::generate(&mut random::rng());
    folder.write_next_key(&keys)?;
    let (orders, opened) = make_ledger(&folder, &backup, &root, keys, &reopening)?;
    unfinished.keep();
    crash::point(points::RESTORE_IN_PLACE);
    folder.adopt_next_key()?;
    for warning in warnings(&opened) {
        output::warn(&warning, json);
    }
    let value = json!({
        "orders": orders,
        "epoch": opened.epoch.get(),
        "first_seq": opened.first_seq.get(),
        "kid": opened.kid.to_string(),
        "verifier": root.public().verifier_id().to_hex(),
        "url": opened.url,
        "time": opened.time.as_ms(),
        "backup_time": opened.backup_time.as_ms(),
    });
    Ok(Shown::new(told(data, orders, &opened), value))
}

fn reopening(arguments: &Restore) -> Result<Reopening, Failure> {
    let tls = match (&arguments.tls_cert, &arguments.tls_key) {
        (Some(certificate), Some(key)) => Some((absolute(certificate)?, absolute(key)?)),
        _ => None,
    };
    Ok(Reopening {
        epoch: arguments.epoch.map(Epoch::new),
        url: arguments.url.as_ref().map(|url| url.trim_end_matches('/').to_ascii_lowercase()),
        listen: arguments.listen.map(|address| address.to_string()),
        tls,
    })
}

/// Opens the backup, which must be a ledger of this root.
fn backup(file: &Path, root: &Ed25519Key) -> Result<Connection, Failure> {
    let unreadable = |why: String| Failure::new(2, "file", format!("{}: {why}", file.display()));
    let readable =
        std::fs::File::open(file).and_then(|opened| opened.metadata()).map_err(|e| unreadable(e.to_string()))?;
    if !readable.is_file() {
        return Err(unreadable("not a file".to_owned()));
    }
    if readable.len() == 0 {
        return Err(Failure::new(6, "damaged", format!("{}: empty, not a backup", file.display())));
    }
    let named = |error: OpenError| {
        let mut failure = Failure::from(error);
        failure.message = format!("{}: {}", file.display(), failure.message);
        failure
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(|error| named(error.into()))?;
    check_ledger(&connection).map_err(named)?;
    let belongs = audit::root(&connection).map_err(inspect::finding)?.verifier_id();
    if belongs != root.public().verifier_id() {
        return Err(named(OpenError::WrongRoot(belongs)));
    }
    Ok(connection)
}

/// Files that a killed restore may leave, under names that nothing else has. The ledger comes last of all, so beside
/// none of its own name they hold nothing that counts.
fn leftovers(data: &Path) -> impl Iterator<Item = PathBuf> {
    let journal = ["ledger.db.new-journal"];
    let names = LEDGER_LEFTOVERS.into_iter().chain(journal).map(|name| data.join(name)).collect::<Vec<_>>();
    names.into_iter().chain([Folder::next_signing_key(data)])
}

/// Refuses a folder that has anything of somebody else's in it: a key that is overwritten is lost.
fn expect_empty(data: &Path) -> Result<(), Failure> {
    let entries = match std::fs::read_dir(data) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::usage(format!("{}: {error}", data.display()))),
    };
    let ours: Vec<PathBuf> = leftovers(data).chain([data.join("lock")]).collect();
    for entry in entries {
        let path = entry?.path();
        if !ours.contains(&path) {
            let message = format!("{} is in the way: restore into a new or empty folder", path.display());
            return Err(Failure::new(2, "not_empty", message));
        }
    }
    Ok(())
}

/// What is in the folder while there is no ledger yet. Removed unless there came to be one: the corrected command must
/// not stumble over it.
struct Unfinished {
    data: PathBuf,
    made: bool,
}

impl Unfinished {
    fn clear(&self) -> Result<(), Failure> {
        for path in leftovers(&self.data) {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// The ledger is there.
    fn keep(mut self) {
        self.data.clear();
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.data.as_os_str().is_empty() {
            return;
        }
        // What cannot be removed changes nothing of the error that is shown, and a next restore looks again.
        let _ = self.clear();
        if self.made {
            let _ = std::fs::remove_file(self.data.join("lock"));
            let _ = std::fs::remove_dir(&self.data);
        }
    }
}

/// Made under another name, then renamed: a ledger is whole or not there. Answers with the number of orders.
fn make_ledger(
    folder: &Folder,
    backup: &Connection,
    root: &Ed25519Key,
    keys: Keys,
    reopening: &Reopening,
) -> Result<(u64, Opened), Failure> {
    let new = folder.path().join("ledger.db.new");
    let failed = |error: std::io::Error| Failure::new(1, "storage", format!("{}: {error}", new.display())).retryable();
    // SQLite gives its companion files the same mode.
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).map_err(failed)?;
    let copy = audit::copy(backup, &new).map_err(failed)?;
    crash::point(points::RESTORE_COPIED);
    let connection = Connection::open(&new).map_err(OpenError::from)?;
    // The copy itself, before anything is changed in it: nothing else will be served.
    inspect::audited(&connection, Seq::new(0))?;
    let (verifier, opened) = Verifier::restore(connection, root, keys, reopening, now())?;
    close(verifier.into_connection())?;
    std::fs::File::open(&new).and_then(|file| file.sync_all()).map_err(failed)?;
    crash::point(points::RESTORE_OPENED);
    std::fs::rename(&new, Folder::ledger(folder.path())).and_then(|()| folder.sync()).map_err(failed)?;
    Ok((copy.orders, opened))
}

/// Closes the file with all that was written inside it: a log beside it would not be renamed with it.
fn close(connection: Connection) -> Result<(), Failure> {
    let checkpoint = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], checkpoint).map_err(OpenError::from)?;
    if busy != 0 {
        return Err(Failure::new(1, "storage", "another program reads the new ledger; try again").retryable());
    }
    connection.close().map_err(|(_, error)| OpenError::from(error).into())
}

fn warnings(opened: &Opened) -> Vec<String> {
    let mut warnings = Vec::new();
    if opened.time == opened.backup_time {
        warnings.push(format!(
            "the clock of this machine stands before the backup's last time, {}; correct it before the server runs",
            opened.time.to_rfc3339()
        ));
    }
    let files = opened.tls.iter().flat_map(|(certificate, key)| [certificate, key]);
    for file in files.filter(|file| !Path::new(file).exists()) {
        warnings.push(format!("the TLS file {file} is not there; put it back, or give `run` another"));
    }
    warnings
}

/// What was done, what wallets will see, and what is left to do.
fn told(data: &Path, orders: u64, opened: &Opened) -> String {
    let seq = opened.first_seq;
    let before = seq.get().saturating_sub(1);
    let mut text = format!(
        "{} up to position {before} restored into {}; epoch {} is open\nreached at {}\nsigning key {}, certified by \
         the root; back up {} offline",
        inspect::counted(orders, "order", "orders"),
        data.display(),
        opened.epoch,
        opened.url,
        opened.kid,
        Folder::signing_key(data).display()
    );
    text.push_str(&format!(
        "\nThe backup knows nothing after {}; the epoch opened at {}, by the clock of this machine. If that is wrong, remove \
         the folder, correct the clock and restore again before the server runs.",
        opened.backup_time.to_rfc3339(),
        opened.time.to_rfc3339()
    ));
    text.push_str(&format!(
        "\nPayments after that time are not in this ledger. Wallets that have a receipt of an earlier epoch with position \
         {seq} or above say that the verifier lost history, list what is owed, and go on when their owners accept it; the others \
         notice nothing. Orders from before the epoch are not decided any more.\nTo settle a receipt that somebody shows: \
         `farthing verify` it against your root, look that its position is lost ({seq} or above in an earlier epoch) and not \
         settled yet, then `farthing-verifier fund` its payee.\nIf an epoch from {} on has ever served, wallets have seen it: \
         remove the folder and restore again with --epoch beyond it.",
        opened.epoch
    ));
    text
}
