//! The encrypted store: one SQLCipher file, opened with a raw 32-byte key from the vault.
//!
//! WAL with `synchronous=FULL`: an applied change survives a kill and a power cut, at the price of one sync. Temporary
//! data stays in memory, so that nothing is written in the clear.

use super::rows::{damaged, many, one, record};
use super::{
    ActRecord, AliasPin, ArtifactKind, Change, Cursor, DatabaseKey, HandleRecord, HandleState, PaymentId,
    PaymentRecord, PaymentState, Profile, Record, RequestRecord, Store, StoreError, Table, TrustRecord, schema, wiping,
};
use crate::events::{Event, EventSeq};
use farthing_cipher as _;
use farthing_protocol::alias::Alias;
use farthing_protocol::cbor;
use farthing_protocol::id::{Digest, Handle, PayeeKeyHash};
use farthing_protocol::money::{Asset, Code};
use farthing_protocol::request::RequestId;
use farthing_protocol::time::Time;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, Transaction, params};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the file is, and through which of SQLite's file systems.
#[derive(Clone, Debug)]
pub struct StoreLocation {
    /// The file; `None` is a private database in memory.
    pub path: Option<PathBuf>,
    /// The name of a registered VFS; `None` is SQLite's own. Tests count or break its calls.
    pub vfs: Option<String>,
}

/// The encrypted store.
pub struct SqlCipherStore {
    /// `None` while paused.
    connection: Option<Connection>,
    location: StoreLocation,
    key: DatabaseKey,
}

/// How long a statement waits for another process's lock. The wallet folder has one owner, so nobody should hold one for long.
const BUSY_WAIT: Duration = Duration::from_secs(2);

impl SqlCipherStore {
    /// Makes a new file; refuses one that is there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn create(location: StoreLocation, key: DatabaseKey) -> Result<Self, StoreError> {
        if let Some(path) = &location.path {
            make_private(path)?;
        }
        let connection = connect(&location, &key, OpenFlags::SQLITE_OPEN_CREATE)?;
        Ok(Self { connection: Some(connection), location, key })
    }

    /// Opens a file that is there; never makes one.
    ///
    /// # Errors
    /// [`StoreError::Missing`] without a file, [`StoreError::Damaged`] with another key, and the others.
    pub fn open(location: StoreLocation, key: DatabaseKey) -> Result<Self, StoreError> {
        // What cannot be looked at may be there.
        let found = location.path.as_ref().map_or(Ok(true), |path| path.try_exists()).map_err(|e| file_error(&e))?;
        if !found {
            return Err(StoreError::Missing);
        }
        let connection = connect(&location, &key, OpenFlags::empty())?;
        Ok(Self { connection: Some(connection), location, key })
    }

    fn connection(&self) -> Result<&Connection, StoreError> {
        self.connection.as_ref().ok_or(StoreError::Paused)
    }

    fn meta<T>(&self, name: &str) -> Result<Option<T>, StoreError>
    where
        T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()>,
    {
        one(self.connection()?, "SELECT record FROM meta WHERE name = ?1", [name])
    }
}

/// Makes the file for its owner alone before SQLite finds it, and so its log and index, which take over its mode: what is
/// encrypted still tells others when and how much is paid.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|e| file_error(&e))
}

/// What went wrong with a file.
pub(crate) fn file_error(error: &std::io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::AlreadyExists => StoreError::Conflict,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Io(error.to_string()),
    }
}

fn connect(location: &StoreLocation, key: &DatabaseKey, extra: OpenFlags) -> Result<Connection, StoreError> {
    wiping::install();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | extra;
    let memory = PathBuf::from(":memory:");
    let path = location.path.as_ref().unwrap_or(&memory);
    let mut connection = match &location.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str())?,
        None => Connection::open_with_flags(path, flags)?,
    };
    // Its own log would write to stderr, where scripts read our errors.
    connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    connection.execute_batch(&key.statement())?;
    connection.busy_timeout(BUSY_WAIT)?;
    // The first statement that reads the file, and so the first that finds out a wrong key.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = ON;
         PRAGMA trusted_schema = OFF;",
    )?;
    schema::migrate(&mut connection)?;
    tracing::debug!("store opened");
    Ok(connection)
}

fn write(transaction: &Transaction<'_>, change: &Change) -> Result<(), StoreError> {
    let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| -> Result<usize, StoreError> {
        Ok(transaction.prepare_cached(sql)?.execute(params)?)
    };
    const META: &str = "INSERT INTO meta (name, record) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET record = ?2";
    match change {
        Change::Profile(profile) => run(META, params!["profile", cbor::encode(profile)])?,
        Change::Trust(trust) => run(META, params!["trust", cbor::encode(trust)])?,
        Change::Cursor(cursor) => run(META, params!["cursor", cbor::encode(cursor)])?,
        Change::Payment(payment) => run(
            "INSERT INTO payments (id, state, order_hash, record) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET state = ?2, order_hash = ?3, record = ?4",
            params![
                payment.id.as_bytes(),
                row_state(payment),
                payment.order.as_ref().map(Digest::as_bytes),
                cbor::encode(payment)
            ],
        )?,
        Change::Artifact { payment, kind, bytes } => run(
            "INSERT INTO artifacts (payment, kind, bytes) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET bytes = ?3",
            params![payment.as_bytes(), *kind as i64, bytes.as_slice()],
        )?,
        Change::DropArtifact { payment, kind } => {
            run("DELETE FROM artifacts WHERE payment = ?1 AND kind = ?2", params![payment.as_bytes(), *kind as i64])?
        }
        Change::DropPayment(id) => run("DELETE FROM payments WHERE id = ?1", params![id.as_bytes()])?,
        Change::Request(request) => run(
            "INSERT INTO requests (id, payee_key, created, record) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET record = ?4",
            params![
                request.id.as_bytes(),
                request.payee_key.as_bytes(),
                request.created.as_ms() as i64,
                cbor::encode(request)
            ],
        )?,
        Change::Handle(handle) => run(
            "INSERT INTO handles (handle, payee_key, state, record) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (handle) DO UPDATE SET state = ?3, record = ?4",
            params![
                handle.handle.as_bytes(),
                handle.payee_key.as_bytes(),
                handle.state as i64 + 1,
                cbor::encode(handle)
            ],
        )?,
        Change::Pin(pin) => run(
            "INSERT INTO pins (alias, record) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET record = ?2",
            params![pin.alias.as_str(), cbor::encode(pin)],
        )?,
        Change::Balance { asset, delta } => run(
            "INSERT INTO balances (code, scale, units) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET units = units + ?3",
            params![asset.code.as_str(), asset.scale(), delta],
        )?,
        Change::Act(act) => run(
            "INSERT INTO acts (id, record) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET record = ?2",
            params![act.id.as_bytes(), cbor::encode(act)],
        )?,
        Change::DropAct(id) => run("DELETE FROM acts WHERE id = ?1", params![id.as_bytes()])?,
        Change::Put { table, key, record } => run(
            "INSERT INTO smalls (tab, key, record) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET record = ?3",
            params![table.number(), key, record.as_slice()],
        )?,
        Change::Drop { table, key } => {
            run("DELETE FROM smalls WHERE tab = ?1 AND key = ?2", params![table.number(), key])?
        }
        Change::Event { at, kind } => {
            run("INSERT INTO events (at, record) VALUES (?1, ?2)", params![at.as_ms() as i64, cbor::encode(kind)])?
        }
    };
    Ok(())
}

/// The state as the row has it, which only tells drafts, what is unfinished, and the rest: what the verifier lost is over,
/// whatever its state was.
fn row_state(payment: &PaymentRecord) -> i64 {
    let state = if payment.lost.is_some() { PaymentState::Expired } else { payment.state };
    state as i64 + 1
}

/// A small record's bytes, copied once, into what is wiped.
fn small(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record::from(row.get::<_, Vec<u8>>(0)?))
}

/// A limit as SQLite takes it.
fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

impl Store for SqlCipherStore {
    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let connection = self.connection.as_mut().ok_or(StoreError::Paused)?;
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for change in changes {
            write(&transaction, change)?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn profile(&self) -> Result<Option<Profile>, StoreError> {
        self.meta("profile")
    }

    fn trust(&self) -> Result<Option<TrustRecord>, StoreError> {
        self.meta("trust")
    }

    fn cursor(&self) -> Result<Cursor, StoreError> {
        Ok(self.meta("cursor")?.unwrap_or_default())
    }

    fn payment(&self, id: &PaymentId) -> Result<Option<PaymentRecord>, StoreError> {
        one(self.connection()?, "SELECT record FROM payments WHERE id = ?1", [id.as_bytes()])
    }

    fn payment_by_order(&self, order: &Digest) -> Result<Option<PaymentRecord>, StoreError> {
        one(self.connection()?, "SELECT record FROM payments WHERE order_hash = ?1", [order.as_bytes()])
    }

    fn unfinished(&self, limit: usize) -> Result<Vec<PaymentRecord>, StoreError> {
        many(
            self.connection()?,
            "SELECT record FROM payments WHERE state IN (2, 3) ORDER BY id LIMIT ?1",
            [rows(limit)],
        )
    }

    fn drafts(&self, before: &PaymentId, limit: usize) -> Result<Vec<PaymentId>, StoreError> {
        let drafts: Vec<PaymentRecord> = many(
            self.connection()?,
            "SELECT record FROM payments WHERE state = 1 AND id < ?1 ORDER BY id LIMIT ?2",
            params![before.as_bytes(), rows(limit)],
        )?;
        Ok(drafts.into_iter().map(|draft| draft.id).collect())
    }

    fn history(&self, before: Option<&PaymentId>, limit: usize) -> Result<Vec<PaymentRecord>, StoreError> {
        let before = before.map_or([0xff; 16], |b| *b.as_bytes());
        many(
            self.connection()?,
            "SELECT record FROM payments WHERE id < ?1 AND state <> 1 ORDER BY id DESC LIMIT ?2",
            params![before, rows(limit)],
        )
    }

    fn artifact(&self, payment: &PaymentId, kind: ArtifactKind) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM artifacts WHERE payment = ?1 AND kind = ?2";
        let mut statement = self.connection()?.prepare_cached(sql)?;
        Ok(statement.query_row(params![payment.as_bytes(), kind as i64], |row| row.get(0)).optional()?)
    }

    fn request(&self, id: &RequestId) -> Result<Option<RequestRecord>, StoreError> {
        one(self.connection()?, "SELECT record FROM requests WHERE id = ?1", [id.as_bytes()])
    }

    fn request_by_payee_key(&self, key: &PayeeKeyHash) -> Result<Option<RequestRecord>, StoreError> {
        one(self.connection()?, "SELECT record FROM requests WHERE payee_key = ?1", [key.as_bytes()])
    }

    fn requests(&self, limit: usize) -> Result<Vec<RequestRecord>, StoreError> {
        many(self.connection()?, "SELECT record FROM requests ORDER BY created DESC, id DESC LIMIT ?1", [rows(limit)])
    }

    fn handle(&self, handle: &Handle) -> Result<Option<HandleRecord>, StoreError> {
        one(self.connection()?, "SELECT record FROM handles WHERE handle = ?1", [handle.as_bytes()])
    }

    fn handle_by_payee_key(&self, key: &PayeeKeyHash) -> Result<Option<HandleRecord>, StoreError> {
        one(self.connection()?, "SELECT record FROM handles WHERE payee_key = ?1", [key.as_bytes()])
    }

    fn handles(&self, state: HandleState, limit: usize) -> Result<Vec<HandleRecord>, StoreError> {
        many(
            self.connection()?,
            "SELECT record FROM handles WHERE state = ?1 ORDER BY handle LIMIT ?2",
            params![state as i64 + 1, rows(limit)],
        )
    }

    fn pin(&self, alias: &Alias) -> Result<Option<AliasPin>, StoreError> {
        one(self.connection()?, "SELECT record FROM pins WHERE alias = ?1", [alias.as_str()])
    }

    fn balances(&self) -> Result<Vec<(Asset, i64)>, StoreError> {
        let mut statement =
            self.connection()?.prepare_cached("SELECT code, scale, units FROM balances ORDER BY code, scale")?;
        let mut found = statement.query([])?;
        let mut balances = Vec::new();
        while let Some(row) = found.next()? {
            let code = Code::new(&row.get::<_, String>(0)?).map_err(|_| damaged())?;
            balances.push((Asset::new(code, row.get(1)?).map_err(|_| damaged())?, row.get(2)?));
        }
        Ok(balances)
    }

    fn acts(&self, limit: usize) -> Result<Vec<ActRecord>, StoreError> {
        many(self.connection()?, "SELECT record FROM acts ORDER BY id LIMIT ?1", [rows(limit)])
    }

    fn events(&self, after: EventSeq, limit: usize) -> Result<Vec<Event>, StoreError> {
        let sql = "SELECT seq, at, record FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let mut statement = self.connection()?.prepare_cached(sql)?;
        let mut found = statement.query(params![i64::try_from(after.0).unwrap_or(i64::MAX), rows(limit)])?;
        let mut events = Vec::new();
        while let Some(row) = found.next()? {
            let (seq, at): (i64, i64) = (row.get(0)?, row.get(1)?);
            let kind = record(&row.get::<_, Vec<u8>>(2)?)?;
            let positive = |n: i64| u64::try_from(n).map_err(|_| damaged());
            events.push(Event { seq: EventSeq(positive(seq)?), at: Time::from_ms(positive(at)?), kind });
        }
        Ok(events)
    }

    fn small(&self, table: Table, key: &[u8]) -> Result<Option<Record>, StoreError> {
        let mut statement =
            self.connection()?.prepare_cached("SELECT record FROM smalls WHERE tab = ?1 AND key = ?2")?;
        Ok(statement.query_row(params![table.number(), key], small).optional()?)
    }

    fn smalls(&self, table: Table, after: &[u8], limit: usize) -> Result<Vec<Record>, StoreError> {
        let sql = "SELECT record FROM smalls WHERE tab = ?1 AND key > ?2 ORDER BY key LIMIT ?3";
        let mut statement = self.connection()?.prepare_cached(sql)?;
        let found = statement.query_map(params![table.number(), after, rows(limit)], small)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn pause(&mut self) -> Result<(), StoreError> {
        match self.connection.take().map(Connection::close) {
            None => Ok(()),
            Some(Ok(())) => {
                tracing::debug!("store closed");
                Ok(())
            }
            Some(Err((connection, error))) => {
                self.connection = Some(connection);
                Err(error.into())
            }
        }
    }

    fn resume(&mut self) -> Result<(), StoreError> {
        if self.connection.is_none() {
            self.connection = Some(connect(&self.location, &self.key, OpenFlags::empty())?);
        }
        Ok(())
    }
}
