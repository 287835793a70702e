//! Between records and rows: every record is one canonical CBOR blob beside the columns that are searched.

use super::StoreError;
use farthing_protocol::cbor;
use minicbor::{Decode, Encode};
use rusqlite::{Connection, OptionalExtension as _, Params};

/// Reads one record.
pub(super) fn one<T>(connection: &Connection, sql: &str, params: impl Params) -> Result<Option<T>, StoreError>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    let bytes: Option<Vec<u8>> = connection.prepare_cached(sql)?.query_row(params, |row| row.get(0)).optional()?;
    bytes.as_deref().map(record).transpose()
}

/// Reads all records that a query finds.
pub(super) fn many<T>(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<T>, StoreError>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(record(row.get_ref(0)?.as_blob().map_err(|_| damaged())?)?);
    }
    Ok(found)
}

/// Reads a record's bytes.
pub(super) fn record<T>(bytes: &[u8]) -> Result<T, StoreError>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    cbor::decode(bytes).map_err(|_| damaged())
}

/// A row that no version of this program wrote.
pub(super) fn damaged() -> StoreError {
    StoreError::Damaged("a record cannot be read".to_owned())
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Damaged(error.to_string()),
            Some(Code::ReadOnly | Code::PermissionDenied) => Self::ReadOnly,
            Some(Code::DiskFull) => Self::Full,
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy,
            Some(Code::ConstraintViolation) => Self::Conflict,
            Some(Code::CannotOpen) => Self::Io("the database file cannot be opened".to_owned()),
            // SQLite's own words name tables and files, never values.
            _ => Self::Io(error.to_string()),
        }
    }
}
