//! Periodic checkpoints: what the ledger is, signed, so that people can compare (wire decision 30, docs/protocol.md 13.6).
//!
//! Made in the writer's transaction, over everything decided in it: with the epoch's first entry, then every
//! [`SEAL_ENTRIES`] entries, or after [`SEAL_EVERY`] when something changed. Nothing is done per order: a checkpoint reads the
//! receipts since the one before, some hundred older ones at most, and the balances of the accounts that changed.

use crate::context::Context;
use crate::fault::Fault;
use crate::keys::Keys;
use crate::store::log::Log;
use crate::store::savepoint::{begin, check_open, keep, undo};
use crate::store::seals::{self, Changed, SealedRow};
use crate::store::{OpenError, uint};
use crate::verifier::Verifier;
use crate::{crash, store::ledger};
use farthing_protocol::account_leaf::{AccountLeaf, LeafSalt};
use farthing_protocol::cbor::V1;
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::Signed;
use farthing_protocol::http::AssetBalance;
use farthing_protocol::id::{Digest, Seq};
use farthing_protocol::key::Signer as _;
use farthing_protocol::merkle::{self, Leaves};
use farthing_protocol::money::{Asset, Code};
use farthing_protocol::time::{Moment, Span, Time};
use rusqlite::{Connection, TransactionBehavior};

/// Entries after which a checkpoint is made: at full load several in a second, each some milliseconds.
pub const SEAL_ENTRIES: u64 = 1024;
/// How long after the last one the next is made when fewer entries came: by then two who were told different things can know.
/// A year of checkpoints is some 50 MB.
pub const SEAL_EVERY: Span = Span::from_min(5);

impl Verifier {
    /// The newest periodic checkpoint, as it was signed.
    ///
    /// # Errors
    /// The database's own.
    pub fn checkpoint(&self) -> rusqlite::Result<Option<Vec<u8>>> {
        Ok(seals::newest(&self.db)?.map(|(_, signed)| signed))
    }

    /// Makes a periodic checkpoint when it is time for one, or, with `at_once`, when there is anything new. True when it did.
    ///
    /// # Errors
    /// The database's own, or [`OpenError::Damaged`]; nothing was made then.
    pub fn seal(&mut self, now: Moment, at_once: bool) -> Result<bool, OpenError> {
        let Ok(time) = self.context.clock.read(now) else { return Ok(false) };
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let row = seals::row(&tx)?;
        if !(is_due(&row, time) || at_once && has_news(&row)) {
            return Ok(false);
        }
        ledger::persist_time(&tx, time)?;
        make(&tx, &self.context, &row, time).map_err(|fault| match fault {
            Fault::Store(error) => OpenError::from(error),
            other => OpenError::Damaged(other.to_string()),
        })?;
        tx.commit()?;
        Ok(true)
    }
}

/// An epoch speaks for itself with its first entry, not before.
const fn has_news(row: &SealedRow) -> bool {
    row.seq > row.sealed && row.seq >= row.opened
}

fn is_due(row: &SealedRow, time: Time) -> bool {
    has_news(row)
        && (row.sealed_ms == 0
            || row.seq - row.sealed >= SEAL_ENTRIES
            || time.since(Time::from_ms(row.sealed_ms)) >= SEAL_EVERY)
}

/// Makes one in the writer's transaction when it is time for it.
pub(crate) fn if_due(db: &Connection, context: &Context, time: Time) -> Result<(), Fault> {
    let row = seals::row(db)?;
    if is_due(&row, time) { make(db, context, &row, time) } else { Ok(()) }
}

/// The same at the end of a group, which does not fail with it, unless it is the epoch's first.
///
/// # Errors
/// The database's own: nothing of the group was decided.
pub(crate) fn group(db: &Connection, context: &Context, time: Time) -> rusqlite::Result<()> {
    begin(db)?;
    match if_due(db, context, time) {
        Ok(()) => keep(db),
        // Wallets count on it.
        Err(Fault::Store(error)) if is_first(db)? => Err(error),
        // What was decided is right without it; the next group tries again.
        Err(fault) => {
            tracing::error!(error = %fault, "no checkpoint could be made");
            check_open(db)?;
            undo(db)
        }
    }
}

/// Whether the epoch has none yet: its first entry is sealed with it, or not decided.
fn is_first(db: &Connection) -> rusqlite::Result<bool> {
    Ok(seals::row(db)?.sealed_ms == 0)
}

fn make(db: &Connection, context: &Context, row: &SealedRow, time: Time) -> Result<(), Fault> {
    let mut log = Log(db);
    log.grow(row.sealed, row.seq)?;
    let hashes = leaves(db, row.sealed, row.seq)?;
    let accounts = accounts_root(&hashes)?;
    let first_seq = Seq::new(row.seq).next();
    let checkpoint = Checkpoint {
        version: V1,
        verifier: context.verifier,
        epoch: context.epoch,
        first_seq,
        previous: Some(previous(db, context)?),
        roots: vec![merkle::root(row.seq, &mut log)?, accounts],
        time,
    };
    let signed = Signed::sign(checkpoint, context.keys.signing())?;
    let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.as_bytes().iter().copied()).collect();
    seals::insert(db, first_seq, context.epoch, signed.bytes(), &bytes)?;
    seals::set_sealed(db, row.seq, time.as_ms())?;
    crash::point(crash::SEAL_BEFORE_COMMIT);
    Ok(())
}

/// The hash of the checkpoint before it in its epoch.
fn previous(db: &Connection, context: &Context) -> Result<Digest, Fault> {
    match seals::before(db, context.epoch, Seq::new(u64::MAX >> 1))? {
        Some((_, bytes)) => Ok(Signed::<Checkpoint>::parse(&bytes).map_err(Fault::damaged)?.hash()),
        None => Err(Fault::Damaged("the epoch has no opening checkpoint")),
    }
}

/// The hashes of the accounts that changed after a position, as they are now, by ascending number.
fn leaves(db: &Connection, after: u64, upto: u64) -> Result<Vec<Digest>, Fault> {
    let secret = seals::secret(db)?;
    let first = Seq::new(upto).next();
    let changed = seals::changed(db, after, upto)?;
    changed.iter().map(|account| Ok(leaf(db, &secret, account, first, None)?.hash())).collect()
}

/// What a checkpoint says of an account: as it is now, or, with `from`, as it was before that position.
pub(crate) fn leaf(
    db: &Connection,
    secret: &Digest,
    account: &Changed,
    first: Seq,
    from: Option<Seq>,
) -> Result<AccountLeaf, Fault> {
    let mut balances = Vec::new();
    for (code, scale, units) in seals::balances(db, account.number, from)? {
        let code = Code::new(&code).map_err(Fault::damaged)?;
        let asset = Asset::new(code, scale).map_err(Fault::damaged)?;
        balances.push(AssetBalance { asset, balance: uint(units) });
    }
    Ok(leaf_of(secret, account, first, balances))
}

/// A leaf of these balances. Its salt follows from the ledger's secret, so that it need not be stored; nobody else can compute it.
pub(crate) fn leaf_of(secret: &Digest, account: &Changed, first: Seq, mut balances: Vec<AssetBalance>) -> AccountLeaf {
    balances.sort_by_key(|row| row.asset);
    let place = first.get().to_be_bytes();
    let parts: [&[u8]; 4] = [b"farthing/1/account-leaf", secret.as_bytes(), account.id.as_bytes(), &place];
    let salt = LeafSalt::new(*Digest::of_parts(&parts).as_bytes());
    AccountLeaf { salt, account: account.id, last: account.last, balances }
}

pub(crate) fn accounts_root(hashes: &[Digest]) -> Result<Digest, Fault> {
    merkle::root(hashes.len() as u64, &mut Leaves(hashes)).map_err(|_| Fault::Damaged("a tree without its leaves"))
}

/// Gives a ledger the secret of its salts: an Ed25519 signature over a text that is signed for nothing else is as random as
/// the key, and a simulation replays it.
pub(crate) fn keep_secret(db: &Connection, keys: &Keys) -> Result<(), OpenError> {
    let signature = keys.signing().sign(b"farthing/1/account-leaf-secret")?;
    Ok(seals::keep_secret(db, &Digest::of(signature.as_bytes()))?)
}
