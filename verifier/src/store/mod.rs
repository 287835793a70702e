//! One SQLite file: opened with suspicion, migrated by number, one module per table group.

pub(crate) mod accounts;
pub(crate) mod allowances;
pub(crate) mod guarantees;
pub(crate) mod handles;
pub(crate) mod holds;
pub(crate) mod invites;
pub(crate) mod journal;
pub(crate) mod ledger;
pub(crate) mod log;
pub(crate) mod messages;
pub(crate) mod parsed;
pub(crate) mod prekeys;
pub(crate) mod rates;
pub(crate) mod rendezvous;
pub(crate) mod savepoint;
pub(crate) mod seals;
pub(crate) mod spent;
pub(crate) mod tab_journal;

use farthing_cipher as _;
use farthing_protocol::id::VerifierId;
use rusqlite::{Connection, ErrorCode};

/// `FTH1`: tells a Farthing ledger from any other SQLite file.
const APPLICATION_ID: i64 = 0x4654_4831;
/// Each migration takes the schema one version up. Only append.
const MIGRATIONS: [&str; 6] = [
    include_str!("schema.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
];
/// The schema this program knows.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;
/// What the log may keep of the disk once it has begun anew, in bytes: it grows while somebody reads an old state.
const LOG_KEPT: u32 = 16 << 20;
/// Statements kept prepared per connection: all of them.
const STATEMENTS: usize = 224;

/// Why a ledger cannot be opened or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file is empty: `init` comes first.
    #[error("there is no ledger in this database yet; run `farthing-verifier init` first")]
    Empty,
    /// Making a ledger where something is already.
    #[error("the database is not empty; a ledger is only made in a new one")]
    NotEmpty,
    /// Another program's database.
    #[error("the file is a database of another program, not a Farthing ledger")]
    Foreign,
    /// Written by a newer version of this program.
    #[error("the ledger has schema {found}, this program knows {known}: it was written by a newer farthing-verifier")]
    Newer {
        /// The file's schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// A schema number that was never used.
    #[error("the ledger's schema {0} is unknown")]
    UnknownSchema(i64),
    /// Damaged file or contents.
    #[error("the ledger is damaged: {0}; restore a backup")]
    Damaged(String),
    /// The signing key is not the one that the certificate names.
    #[error("the signing key does not belong to this ledger: its certificate names another key")]
    WrongKey,
    /// The root key is not the one whose hash is this ledger's identity.
    #[error("the root key is another verifier's: this ledger belongs to {}", .0.to_hex())]
    WrongRoot(VerifierId),
    /// One more certificate would not fit into what wallets are shown.
    #[error("the ledger has {0} certificates, and this would be one more; see the limits in docs/operators.md")]
    CertificatesFull(usize),
    /// A setting is not valid; the text names it.
    #[error("{0}")]
    Setup(&'static str),
    /// SQLite failed otherwise.
    #[error("the database cannot be used: {0}")]
    Store(rusqlite::Error),
    /// The root or signing key failed.
    #[error(transparent)]
    Sign(#[from] farthing_protocol::SignError),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Damaged("the file is not an SQLite database".to_owned()),
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged("SQLite finds its pages corrupt".to_owned()),
            _ => Self::Store(error),
        }
    }
}

/// Makes the tables in an empty database.
pub(crate) fn create(connection: &mut Connection) -> Result<(), OpenError> {
    if !is_empty(connection)? {
        return Err(OpenError::NotEmpty);
    }
    configure(connection)?;
    migrate(connection, 0)
}

/// Checks that the database is a ledger of a known schema and not damaged, and brings it up to date.
pub(crate) fn open(connection: &mut Connection) -> Result<(), OpenError> {
    let found = check(connection)?;
    configure(connection)?;
    migrate(connection, found)
}

/// Checks that the database is a ledger that this program can read, without changing it.
///
/// # Errors
/// [`OpenError`], which says what it is instead.
pub fn check_ledger(connection: &Connection) -> Result<(), OpenError> {
    configure_reader(connection)?;
    check(connection).map(drop)
}

/// Checks the same, but looks at none of its pages: for a ledger that is being written to, before it is copied.
///
/// # Errors
/// [`OpenError`], which says what it is instead.
pub fn identify_ledger(connection: &Connection) -> Result<(), OpenError> {
    configure_reader(connection)?;
    identify(connection).map(drop)
}

/// The schema of a sound ledger.
fn check(connection: &Connection) -> Result<i64, OpenError> {
    let found = identify(connection)?;
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(OpenError::Damaged(verdict));
    }
    Ok(found)
}

/// The schema of what says that it is a ledger.
fn identify(connection: &Connection) -> Result<i64, OpenError> {
    if is_empty(connection)? {
        return Err(OpenError::Empty);
    }
    if number(connection, "PRAGMA application_id")? != APPLICATION_ID {
        return Err(OpenError::Foreign);
    }
    let found = number(connection, "PRAGMA user_version")?;
    if found > SCHEMA_VERSION {
        return Err(OpenError::Newer { found, known: SCHEMA_VERSION });
    }
    if found < 1 {
        return Err(OpenError::UnknownSchema(found));
    }
    Ok(found)
}

/// Sets up a further connection that only reads.
pub(crate) fn configure_reader(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch("PRAGMA query_only = ON")
}

fn is_empty(connection: &Connection) -> Result<bool, OpenError> {
    Ok(number(connection, "SELECT count(*) FROM sqlite_schema")? == 0)
}

pub(crate) fn configure(connection: &Connection) -> Result<(), OpenError> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    // In-memory databases answer "memory" here, which is as it should be. `fullfsync` matters on Apple systems only.
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA journal_size_limit = {LOG_KEPT};
         PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;"
    ))?;
    Ok(())
}

fn migrate(connection: &mut Connection, from: i64) -> Result<(), OpenError> {
    let skipped = usize::try_from(from).unwrap_or_default();
    if skipped == MIGRATIONS.len() {
        return Ok(());
    }
    // A table is made anew by dropping it, which its children must survive; this has no effect within a transaction.
    connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    let tx = connection.transaction()?;
    for sql in MIGRATIONS.iter().skip(skipped) {
        tx.execute_batch(sql)?;
    }
    if tx.prepare("PRAGMA foreign_key_check")?.exists([])? {
        return Err(OpenError::Damaged("a row refers to another that is not there".to_owned()));
    }
    tx.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}"))?;
    tx.commit()?;
    Ok(connection.execute_batch("PRAGMA foreign_keys = ON")?)
}

fn number(connection: &Connection, sql: &str) -> rusqlite::Result<i64> {
    connection.query_row(sql, [], |row| row.get(0))
}

/// A counter or time as SQLite has it. All of the protocol's stay below 2^63.
pub(crate) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A counter or time as it was stored; CHECKs keep negative ones out.
pub(crate) fn uint(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}
