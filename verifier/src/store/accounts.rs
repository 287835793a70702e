//! Accounts and their devices.

use crate::fault::Fault;
use farthing_protocol::cose::Signed;
use farthing_protocol::device::DeviceCertificate;
use farthing_protocol::id::{AccountId, DeviceId, Digest};
use farthing_protocol::key::PublicKey;
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, params};

/// A device as the verifier knows it.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) number: i64,
    pub(crate) account: i64,
    pub(crate) account_id: AccountId,
    pub(crate) certificate: DeviceCertificate,
    pub(crate) revoked: bool,
}

impl Device {
    /// True when the device may do what needs `permission`, at `time`.
    pub(crate) fn may(&self, permission: u8, time: Time) -> bool {
        !self.revoked
            && self.certificate.scope.allows(permission)
            && self.certificate.scope.expires.is_none_or(|expires| time < expires)
    }
}

pub(crate) fn device(db: &Connection, id: &DeviceId) -> Result<Option<Device>, Fault> {
    let found = db
        .prepare_cached(
            "SELECT d.number, d.account, a.id, d.certificate, d.revoked_seq IS NOT NULL
             FROM devices d JOIN accounts a ON a.number = d.account WHERE d.id = ?1",
        )?
        .query_row([id.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, Vec<u8>>(3)?, row.get(4)?))
        })
        .optional()?;
    let Some((number, account, account_id, certificate, revoked)) = found else { return Ok(None) };
    let certificate = Signed::<DeviceCertificate>::parse(&certificate).map_err(Fault::damaged)?.claims().clone();
    Ok(Some(Device { number, account, account_id: AccountId::new(account_id), certificate, revoked }))
}

/// An account's row number and the hash of what enrolled it.
pub(crate) fn enrolled(db: &Connection, id: &AccountId) -> rusqlite::Result<Option<(i64, Digest)>> {
    db.prepare_cached("SELECT number, enrolment_hash FROM accounts WHERE id = ?1 AND role = 3")?
        .query_row([id.as_bytes()], |row| Ok((row.get(0)?, Digest::new(row.get(1)?))))
        .optional()
}

pub(crate) fn account_id(db: &Connection, number: i64) -> rusqlite::Result<AccountId> {
    db.prepare_cached("SELECT id FROM accounts WHERE number = ?1")?
        .query_row([number], |row| row.get(0).map(AccountId::new))
}

pub(crate) fn account_key(db: &Connection, number: i64) -> Result<PublicKey, Fault> {
    let bytes: Vec<u8> = db
        .prepare_cached("SELECT account_key FROM accounts WHERE number = ?1 AND role = 3")?
        .query_row([number], |row| row.get(0))?;
    farthing_protocol::cbor::decode(&bytes).map_err(Fault::damaged)
}

pub(crate) fn list(db: &Connection, number: i64) -> rusqlite::Result<Vec<u8>> {
    db.prepare_cached("SELECT list FROM accounts WHERE number = ?1 AND role = 3")?.query_row([number], |row| row.get(0))
}

/// What a new account is made of.
pub(crate) struct NewAccount<'a> {
    pub(crate) key: &'a PublicKey,
    pub(crate) enrolment_hash: Digest,
    pub(crate) enrolment: &'a [u8],
    pub(crate) list: &'a [u8],
    pub(crate) opened: Time,
}

pub(crate) fn insert(db: &Connection, new: &NewAccount<'_>) -> rusqlite::Result<i64> {
    db.prepare_cached(
        "INSERT INTO accounts (id, role, account_key, enrolment_hash, enrolment, list, opened_ms)
         VALUES (?1, 3, ?2, ?3, ?4, ?5, ?6)",
    )?
    .insert(params![
        new.key.account_id().as_bytes(),
        farthing_protocol::cbor::encode(new.key),
        new.enrolment_hash.as_bytes(),
        new.enrolment,
        new.list,
        super::int(new.opened.as_ms()),
    ])
}

pub(crate) fn insert_device(db: &Connection, id: &DeviceId, account: i64, certificate: &[u8]) -> rusqlite::Result<i64> {
    db.prepare_cached("INSERT INTO devices (id, account, certificate) VALUES (?1, ?2, ?3)")?.insert(params![
        id.as_bytes(),
        account,
        certificate
    ])
}
