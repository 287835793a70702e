//! Commands that only read: audit, backup, key. They use a connection of their own, beside a running server.

use super::arguments;
use super::output::{Failure, Shown};
use data_encoding::HEXLOWER;
use farthing_protocol::cbor;
use farthing_protocol::id::Seq;
use farthing_protocol::key::PublicKey;
use farthing_verifier::audit::{self, Finding};
use farthing_verifier::server::{Folder, FolderError};
use rusqlite::Connection;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

/// Words of the check phrase: 66 bits, which nobody finds a second key for.
const PHRASE_WORDS: usize = 6;

fn open(data: &Path) -> Result<Connection, Failure> {
    if !Folder::ledger(data).exists() {
        return Err(FolderError::NoLedger(data.display().to_string()).into());
    }
    let connection = Folder::connect(data, None, false)?;
    farthing_verifier::identify_ledger(&connection)?;
    Ok(connection)
}

/// The ledger as it is now: a copy, so that a server beside it goes on undisturbed, or itself where there is no room.
fn snapshot(data: &Path) -> Result<Connection, Failure> {
    let live = open(data)?;
    let snapshot = match audit::snapshot(&live, data) {
        Ok(copy) => {
            audit::wait_for_idle_processors();
            copy
        }
        Err(_) => live,
    };
    farthing_verifier::check_ledger(&snapshot)?;
    Ok(snapshot)
}

pub(crate) fn finding(finding: Finding) -> Failure {
    match finding {
        Finding::Mismatch(_) => Failure::new(6, "mismatch", finding.to_string()),
        Finding::BeyondTheEnd { .. } => Failure::usage(finding.to_string()),
        Finding::Store(error) => farthing_verifier::OpenError::from(error).into(),
    }
}

/// An audit with its progress, for whoever looks.
pub(crate) fn audited(connection: &Connection, since: Seq) -> Result<audit::Report, Failure> {
    let shows = std::io::stderr().is_terminal();
    let mut progress = |done: u64, all: u64| {
        if shows && (done.is_multiple_of(1000) || done == all) {
            // Progress is only for whoever looks.
            let _ = write!(std::io::stderr(), "\r{done} of {all} entries");
        }
    };
    let report = audit::audit(connection, since, &mut progress);
    if shows {
        let _ = writeln!(std::io::stderr());
    }
    report.map_err(finding)
}

pub(crate) fn audit(arguments: &arguments::Audit) -> Result<Shown, Failure> {
    audit::step_back();
    let report = audited(&snapshot(&arguments.data.data)?, Seq::new(arguments.since))?;
    let texts = |of: &BTreeMap<String, i128>| -> serde_json::Map<_, _> {
        of.iter().map(|(asset, sum)| (asset.clone(), json!(sum.to_string()))).collect()
    };
    let sums = texts(&report.sums);
    let verdict = match arguments.since {
        0 => "every balance, signature and sum is right".to_owned(),
        since => format!(
            "every balance and sum is right; of positions, signatures were checked from {} on",
            since.saturating_add(1)
        ),
    };
    let text = format!(
        "{}, {}, {} up to position {}: {verdict}",
        counted(report.accounts, "account", "accounts"),
        counted(report.orders, "order", "orders"),
        counted(report.entries, "entry", "entries"),
        report.seq
    );
    Ok(Shown::new(
        text,
        json!({
            "accounts": report.accounts,
            "orders": report.orders,
            "entries": report.entries,
            "sums": sums,
            "allowances": report.allowances,
            "guarantee_fund": texts(&report.fund),
            "seq": report.seq,
            "since": arguments.since,
            "ok": true,
        }),
    ))
}

pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

pub(crate) fn backup(arguments: &arguments::Backup) -> Result<Shown, Failure> {
    audit::step_back();
    let connection = open(&arguments.data.data)?;
    let file = &arguments.file;
    // Made first, so that it is only its owner's and another file is never overwritten.
    let made = std::os::unix::fs::OpenOptionsExt::mode(std::fs::File::options().write(true).create_new(true), 0o600)
        .open(file)
        .map_err(|error| {
            let why = match error.kind() {
                std::io::ErrorKind::AlreadyExists => {
                    "exists already; a backup never overwrites, name another file".to_owned()
                }
                _ => error.to_string(),
            };
            Failure::new(2, "file", format!("{}: {why}", file.display()))
        })?;
    let copied = kept(&connection, file, &made);
    let copy = copied.inspect_err(|_| {
        // A half-made copy, or one of a damaged ledger, must not be taken for a backup.
        let _ = std::fs::remove_file(file);
    })?;
    let text = format!(
        "{} of epoch {} in {}. The signing key is not in it: a restore makes a new one, with the root key.",
        counted(copy.orders, "order", "orders"),
        copy.epoch,
        file.display()
    );
    Ok(Shown::new(text, json!({ "orders": copy.orders, "epoch": copy.epoch, "file": file.display().to_string() })))
}

/// Copies the ledger, looks at every page of the copy, and has it on the disk.
fn kept(ledger: &Connection, file: &Path, made: &std::fs::File) -> Result<audit::Copy, Failure> {
    let failed = |error: std::io::Error| Failure::new(1, "storage", format!("{}: {error}", file.display())).retryable();
    let copy = audit::copy(ledger, file).map_err(failed)?;
    let read_only = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let copied = Connection::open_with_flags(file, read_only).map_err(farthing_verifier::OpenError::from)?;
    farthing_verifier::check_ledger(&copied)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    made.sync_all().and_then(|()| std::fs::File::open(folder)?.sync_all()).map_err(failed)?;
    Ok(copy)
}

pub(crate) fn key(data: &Path) -> Result<Shown, Failure> {
    let root = audit::root(&open(data)?).map_err(finding)?;
    let cose_key = HEXLOWER.encode(&cbor::encode(&root));
    let phrase = check_phrase(&root);
    let verifier = root.verifier_id().to_hex();
    let text = format!("key {cose_key}\nverifier {verifier}\ncheck phrase {phrase}");
    Ok(Shown::new(text, json!({ "cose_key": cose_key, "verifier": verifier, "check_phrase": phrase })))
}

/// Words that two people can compare by voice: the first 66 bits of the key's thumbprint.
pub(crate) fn check_phrase(root: &PublicKey) -> String {
    let words = bip39::Language::English.word_list();
    let thumbprint = root.thumbprint();
    let bits: Vec<u8> =
        thumbprint.as_bytes().iter().flat_map(|byte| (0..8).rev().map(move |i| byte >> i & 1)).collect();
    bits.chunks(11)
        .take(PHRASE_WORDS)
        .map(|chunk| chunk.iter().fold(0, |n, bit| n * 2 + usize::from(*bit)))
        .filter_map(|index| words.get(index).copied())
        .collect::<Vec<_>>()
        .join(" ")
}
