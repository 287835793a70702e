//! Audit: recomputes every balance from the entries and checks everything that is signed, trusting no column that a
//! signed object could contradict. Ends at the first mismatch.
//!
//! It reads one snapshot and needs no secret, so it can run beside the server, or on a backup.

mod acts;
mod allowances;
mod copy;
mod devices;
mod ledger;
mod mail;
mod people;
mod seals;
mod step_back;
mod tabs;

pub use copy::{Copy, copy, snapshot};
pub use step_back::{step_back, wait_for_idle_processors};

use crate::store::uint;
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::{Object, Signed, Verified};
use farthing_protocol::fee_schedule::FeeSchedule;
use farthing_protocol::id::{Digest, Epoch, Seq, VerifierId};
use farthing_protocol::key::{Kid, PublicKey};
use farthing_protocol::list_receipt::ListReceipt;
use farthing_protocol::receipt::Receipt;
use farthing_protocol::tab::{ClaimReceipt, HoldReceipt};
use farthing_protocol::time::Time;
use farthing_protocol::verifier_certificate::{VerifierCertificate, verify_chain};
use rusqlite::Connection;
use std::collections::BTreeMap;

/// What an audit went through, when all of it was right.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Wallets' accounts.
    pub accounts: u64,
    /// Orders that were applied or refused.
    pub orders: u64,
    /// Entries of accounts.
    pub entries: u64,
    /// Sum of all balances by asset: zero.
    pub sums: BTreeMap<String, i128>,
    /// The last position; a later audit can go on from here.
    pub seq: u64,
    /// Allowances, settled or not.
    pub allowances: u64,
    /// What the guarantee fund has, by asset.
    pub fund: BTreeMap<String, i128>,
}

/// What is set aside, by the number of the asset.
type Held = BTreeMap<i64, i128>;

/// What ended an audit.
#[derive(Debug, thiserror::Error)]
pub enum Finding {
    /// The ledger contradicts itself.
    #[error("the ledger does not hold: {0}")]
    Mismatch(String),
    /// Nothing follows: whoever asked has another ledger in mind, or a wrong number.
    #[error("the ledger ends at position {last}: an audit cannot go on from {since}")]
    BeyondTheEnd {
        /// From where the audit should have gone on.
        since: Seq,
        /// The ledger's last position.
        last: u64,
    },
    /// It cannot be read.
    #[error("the ledger cannot be read: {0}")]
    Store(#[from] rusqlite::Error),
}

/// A mismatch, in words.
fn mismatch(what: impl Into<String>) -> Finding {
    Finding::Mismatch(what.into())
}

/// Nothing, or the mismatch.
fn expect(holds: bool, what: impl FnOnce() -> String) -> Result<(), Finding> {
    if holds { Ok(()) } else { Err(Finding::Mismatch(what())) }
}

/// What the verifier itself has signed with, in which epochs, and under which terms.
struct Authority {
    verifier: VerifierId,
    /// By serial.
    certificates: Vec<Verified<VerifierCertificate>>,
    epochs: Vec<Verified<Checkpoint>>,
    fees: BTreeMap<u64, FeeSchedule>,
}

impl Authority {
    /// Reads what one of the verifier's keys must have signed.
    fn signed<T: Object>(&self, bytes: &[u8], what: &str) -> Result<Verified<T>, Finding> {
        let object = parse::<T>(bytes, what)?;
        let key = self.certificates.iter().map(|c| c.signing).find(|key| key.kid() == object.kid());
        let key = key.ok_or_else(|| mismatch(format!("{what} is signed by an unknown key")))?;
        object.verify(&key).map_err(|error| mismatch(format!("{what}: {error}")))
    }

    /// The checkpoint that opened an epoch.
    fn opening(&self, epoch: Epoch) -> Option<&Verified<Checkpoint>> {
        self.epochs.iter().find(|checkpoint| checkpoint.epoch == epoch)
    }

    /// The epoch is the one that the position belongs to, and the key the one in force there and then: a key that was
    /// superseded, lost or stolen signs nothing any more.
    fn in_force(&self, kid: Kid, at: &Position) -> Result<(), Finding> {
        let what = || format!("the receipt of {}", at.seq);
        let opening = self.epochs.iter().rfind(|checkpoint| checkpoint.first_seq <= at.seq);
        let same = opening.is_some_and(|c| c.epoch == at.epoch && c.hash() == at.checkpoint && c.time <= at.time);
        expect(same, || format!("{} is of another epoch", what()))?;
        let covers = |c: &&Verified<VerifierCertificate>| c.epoch == at.epoch && c.first_seq <= at.seq;
        let in_force = self
            .certificates
            .iter()
            .rfind(covers)
            .is_some_and(|c| c.signing.kid() == kid && c.not_before <= at.time && at.time < c.not_after);
        expect(in_force, || format!("{} is signed by a key that was not in force", what()))
    }
}

/// Where and when something stands in the ledger, as its receipt says.
struct Position {
    epoch: Epoch,
    seq: Seq,
    checkpoint: Digest,
    time: Time,
}

impl From<&ListReceipt> for Position {
    fn from(receipt: &ListReceipt) -> Self {
        Self { epoch: receipt.epoch, seq: receipt.seq, checkpoint: receipt.checkpoint, time: receipt.time }
    }
}

impl From<&Receipt> for Position {
    fn from(receipt: &Receipt) -> Self {
        Self { epoch: receipt.epoch, seq: receipt.seq, checkpoint: receipt.checkpoint, time: receipt.time }
    }
}

impl From<&HoldReceipt> for Position {
    fn from(receipt: &HoldReceipt) -> Self {
        Self { epoch: receipt.epoch, seq: receipt.seq, checkpoint: receipt.checkpoint, time: receipt.time }
    }
}

impl From<&ClaimReceipt> for Position {
    fn from(receipt: &ClaimReceipt) -> Self {
        Self { epoch: receipt.epoch, seq: receipt.seq, checkpoint: receipt.checkpoint, time: receipt.time }
    }
}

fn parse<T: Object>(bytes: &[u8], what: &str) -> Result<Signed<T>, Finding> {
    Signed::parse(bytes).map_err(|error| mismatch(format!("{what}: {error}")))
}

fn signed_by<T: Object>(bytes: &[u8], key: &PublicKey, what: &str) -> Result<Verified<T>, Finding> {
    parse::<T>(bytes, what)?.verify(key).map_err(|error| mismatch(format!("{what}: {error}")))
}

/// Goes through the whole ledger. Signatures of positions up to `since` are not checked again; balances always are.
///
/// # Errors
/// [`Finding::Mismatch`] with the first thing that is wrong, [`Finding::BeyondTheEnd`] when there is no `since`.
pub fn audit(db: &Connection, since: Seq, progress: &mut dyn FnMut(u64, u64)) -> Result<Report, Finding> {
    let snapshot = db.unchecked_transaction()?;
    let db: &Connection = &snapshot;
    file(db)?;
    let last = db.query_row("SELECT seq FROM ledger", [], |row| row.get(0)).map(uint)?;
    if since.get() > last {
        return Err(Finding::BeyondTheEnd { since, last });
    }
    let authority = authority(db)?;
    let mut report = Report { accounts: people::check(db, &authority)?, ..Report::default() };
    ledger::check(db, &authority, since, &mut report, progress)?;
    let mut held = Held::new();
    tabs::check(db, &authority, &mut held)?;
    report.allowances = allowances::check(db, &authority, &mut held)?;
    report.fund = allowances::fund(db)?;
    tabs::set_aside(db, held)?;
    seals::check(db, &authority)?;
    Ok(report)
}

/// The file itself: pages, indexes, references.
fn file(db: &Connection) -> Result<(), Finding> {
    let verdict: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    expect(verdict == "ok", || verdict)?;
    let dangling = db.prepare("PRAGMA foreign_key_check")?.exists([])?;
    expect(!dangling, || "a row refers to another that is not there".to_owned())
}

/// False for a backup of an earlier schema: it has none of what came with several devices, and is not changed to be
/// looked at.
fn has_people(db: &Connection) -> Result<bool, Finding> {
    Ok(db.table_exists(None, "lists")?)
}

/// False for a backup of an earlier schema, as above.
fn has_tabs(db: &Connection) -> Result<bool, Finding> {
    Ok(db.table_exists(None, "holds")?)
}

/// False for a backup of an earlier schema, as above.
fn has_allowances(db: &Connection) -> Result<bool, Finding> {
    Ok(db.table_exists(None, "allowances")?)
}

fn certificates(db: &Connection) -> Result<Vec<Verified<VerifierCertificate>>, Finding> {
    let verifier: [u8; 32] = db.query_row("SELECT verifier FROM ledger", [], |row| row.get(0))?;
    let verifier = VerifierId::new(verifier);
    let mut found = Vec::new();
    for row in rows::<(i64, Vec<u8>)>(db, "SELECT serial, signed FROM certificates ORDER BY serial", |r| {
        Ok((r.get(0)?, r.get(1)?))
    })? {
        let what = format!("certificate {}", row.0);
        let certificate =
            verify_chain(parse(&row.1, &what)?, &verifier).map_err(|error| mismatch(format!("{what}: {error}")))?;
        expect(certificate.serial.get() == uint(row.0), || format!("{what} has another serial"))?;
        found.push(certificate);
    }
    expect(!found.is_empty(), || "there is no certificate".to_owned())?;
    Ok(found)
}

/// The root key, from the certificates that it signed.
///
/// # Errors
/// [`Finding`].
pub fn root(db: &Connection) -> Result<PublicKey, Finding> {
    let newest = certificates(db)?.pop().ok_or_else(|| mismatch("there is no certificate"))?;
    Ok(newest.root)
}

fn authority(db: &Connection) -> Result<Authority, Finding> {
    let certificates = certificates(db)?;
    let verifier = certificates.first().map(|c| c.root.verifier_id()).ok_or_else(|| mismatch("no certificate"))?;
    let mut authority = Authority { verifier, certificates, epochs: Vec::new(), fees: BTreeMap::new() };
    for (version, bytes) in
        rows::<(i64, Vec<u8>)>(db, "SELECT version, signed FROM fee_schedules", |r| Ok((r.get(0)?, r.get(1)?)))?
    {
        let what = format!("fee schedule {version}");
        let fees = authority.signed::<FeeSchedule>(&bytes, &what)?;
        let version = uint(version);
        expect(fees.fee_version.get() == version && fees.verifier == verifier, || format!("{what} is another"))?;
        authority.fees.insert(version, (*fees).clone());
    }
    authority.epochs = checkpoints(db, &authority)?;
    assets(db, &authority)?;
    Ok(authority)
}

/// Each checkpoint names the one before and opens a later epoch; the last is the ledger's.
fn checkpoints(db: &Connection, authority: &Authority) -> Result<Vec<Verified<Checkpoint>>, Finding> {
    let mut epochs: Vec<Verified<Checkpoint>> = Vec::new();
    for (epoch, first_seq, bytes) in rows::<(i64, i64, Vec<u8>)>(
        db,
        "SELECT epoch, first_seq, signed FROM checkpoints ORDER BY epoch, first_seq",
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )? {
        let what = format!("the checkpoint of epoch {epoch}");
        let checkpoint = authority.signed::<Checkpoint>(&bytes, &what)?;
        let same = (checkpoint.verifier, checkpoint.epoch.get(), checkpoint.first_seq.get())
            == (authority.verifier, uint(epoch), uint(first_seq));
        expect(same, || format!("{what} is another"))?;
        let certified = authority.certificates.iter().any(|c| {
            c.signing.kid() == checkpoint.signed().kid()
                && c.epoch == checkpoint.epoch
                && c.first_seq <= checkpoint.first_seq
        });
        expect(certified, || format!("{what} is signed by a key of another epoch"))?;
        let follows = match epochs.last() {
            None => checkpoint.previous.is_none() && checkpoint.first_seq == Seq::new(1),
            Some(before) => {
                checkpoint.previous == Some(before.hash())
                    && checkpoint.epoch > before.epoch
                    && checkpoint.first_seq >= before.first_seq
                    && checkpoint.time >= before.time
            }
        };
        expect(follows, || format!("{what} does not follow the one before"))?;
        epochs.push(checkpoint);
    }
    let (epoch, opened, hash): (i64, i64, [u8; 32]) =
        db.query_row("SELECT epoch, epoch_opened_ms, checkpoint FROM ledger", [], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })?;
    let last = epochs.last().ok_or_else(|| mismatch("there is no checkpoint"))?;
    let same = last.hash() == Digest::new(hash) && last.epoch.get() == uint(epoch) && last.time.as_ms() == uint(opened);
    expect(same, || "the ledger's epoch is not that of its last checkpoint".to_owned())?;
    Ok(epochs)
}

/// The assets are those of the newest schedule: a scale never changes.
fn assets(db: &Connection, authority: &Authority) -> Result<(), Finding> {
    let stored =
        rows::<(String, u8)>(db, "SELECT code, scale FROM assets ORDER BY code", |r| Ok((r.get(0)?, r.get(1)?)))?;
    for fees in authority.fees.values() {
        let signed: Vec<_> = fees.assets().iter().map(|a| (a.code.as_str().to_owned(), a.scale())).collect();
        expect(signed == stored, || "the assets are not those of the fee schedule".to_owned())?;
    }
    expect(!authority.fees.is_empty(), || "there is no fee schedule".to_owned())
}

fn rows<T>(
    db: &Connection,
    sql: &str,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Finding> {
    Ok(db.prepare(sql)?.query_map([], read)?.collect::<Result<_, _>>()?)
}
