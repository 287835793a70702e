//! Accounts and their devices.

use super::parsed::Parsed;
use super::{int, uint};
use crate::fault::Fault;
use farthing_protocol::cose::Signed;
use farthing_protocol::device::DeviceCertificate;
use farthing_protocol::generation::{Generation, GenerationNumber, Mark};
use farthing_protocol::id::{AccountId, DeviceId, Digest, Seq};
use farthing_protocol::key::PublicKey;
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::sync::Arc;

/// A device as the verifier knows it.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) number: i64,
    pub(crate) account: i64,
    pub(crate) account_id: AccountId,
    pub(crate) certificate: Arc<DeviceCertificate>,
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

/// A device by its id. `parsed` spares its certificate the parsing.
pub(crate) fn device(
    db: &Connection,
    parsed: &Parsed<DeviceCertificate>,
    id: &DeviceId,
) -> Result<Option<Device>, Fault> {
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
    let certificate = parsed.of(number, &certificate, |bytes| {
        Ok(Signed::<DeviceCertificate>::parse(bytes).map_err(Fault::damaged)?.claims().clone())
    })?;
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

/// The device list in force: the last one since enrolment, else the enrolment's.
pub(crate) fn list(db: &Connection, number: i64) -> rusqlite::Result<Vec<u8>> {
    db.prepare_cached(
        "SELECT coalesce((SELECT signed FROM lists WHERE account = ?1 ORDER BY seq DESC LIMIT 1), list)
         FROM accounts WHERE number = ?1 AND role = 3",
    )?
    .query_row([number], |row| row.get(0))
}

/// The receipt of the list in force; the enrolment's has none.
pub(crate) fn list_receipt(db: &Connection, number: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    db.prepare_cached(
        "SELECT t.receipt FROM lists l JOIN transactions t ON t.seq = l.seq WHERE l.account = ?1
         ORDER BY l.seq DESC LIMIT 1",
    )?
    .query_row([number], |row| row.get(0))
    .optional()
}

pub(crate) fn insert_list(db: &Connection, seq: Seq, account: i64, signed: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO lists (seq, account, signed) VALUES (?1, ?2, ?3)")?
        .execute(params![int(seq.get()), account, signed])
        .map(drop)
}

/// When the oldest of an account's last `max` lists after `since` was received; `None` when there are fewer.
pub(crate) fn listed_since(db: &Connection, account: i64, since: Time, max: u64) -> rusqlite::Result<Option<Time>> {
    db.prepare_cached(
        "SELECT t.time_ms FROM lists l JOIN transactions t ON t.seq = l.seq WHERE l.account = ?1 AND t.time_ms > ?2
         ORDER BY l.seq DESC LIMIT 1 OFFSET ?3",
    )?
    .query_row([account, int(since.as_ms()), int(max.saturating_sub(1))], |row| {
        row.get(0).map(|ms| Time::from_ms(uint(ms)))
    })
    .optional()
}

/// The bytes of the enrolment: the account key's counter is in it.
pub(crate) fn enrolment(db: &Connection, number: i64) -> rusqlite::Result<Vec<u8>> {
    db.prepare_cached("SELECT enrolment FROM accounts WHERE number = ?1 AND role = 3")?
        .query_row([number], |row| row.get(0))
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
        int(new.opened.as_ms()),
    ])
}

pub(crate) fn insert_device(db: &Connection, id: &DeviceId, account: i64, certificate: &[u8]) -> rusqlite::Result<i64> {
    db.prepare_cached("INSERT INTO devices (id, account, certificate) VALUES (?1, ?2, ?3)")?.insert(params![
        id.as_bytes(),
        account,
        certificate
    ])
}

/// A device that was on a list of an account.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) account: i64,
    pub(crate) certificate: Vec<u8>,
    pub(crate) revoked: bool,
}

/// A device by its id, its certificate as it came.
pub(crate) fn known(db: &Connection, id: &DeviceId) -> rusqlite::Result<Option<Known>> {
    db.prepare_cached("SELECT account, certificate, revoked_seq IS NOT NULL FROM devices WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| {
            Ok(Known { account: row.get(0)?, certificate: row.get(1)?, revoked: row.get(2)? })
        })
        .optional()
}

/// The devices of an account that may act.
pub(crate) fn active(db: &Connection, account: i64) -> rusqlite::Result<Vec<(i64, DeviceId)>> {
    db.prepare_cached("SELECT number, id FROM devices WHERE account = ?1 AND revoked_seq IS NULL")?
        .query_map([account], |row| Ok((row.get(0)?, DeviceId::new(row.get(1)?))))?
        .collect()
}

/// The certificates of an account's revoked devices, as they were revoked.
pub(crate) fn former(db: &Connection, account: i64) -> rusqlite::Result<Vec<Vec<u8>>> {
    db.prepare_cached(
        "SELECT certificate FROM devices WHERE account = ?1 AND revoked_seq IS NOT NULL ORDER BY revoked_seq, number",
    )?
    .query_map([account], |row| row.get(0))?
    .collect()
}

/// Devices that an account ever had.
pub(crate) fn devices_ever(db: &Connection, account: i64) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT count(*) FROM devices WHERE account = ?1")?
        .query_row([account], |row| row.get(0).map(uint))
}

pub(crate) fn is_revoked(db: &Connection, device: i64) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT revoked_seq IS NOT NULL FROM devices WHERE number = ?1")?
        .query_row([device], |row| row.get(0))
}

/// From this position on the device does nothing more.
pub(crate) fn revoke(db: &Connection, device: i64, seq: Seq) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE devices SET revoked_seq = ?2 WHERE number = ?1 AND revoked_seq IS NULL")?
        .execute([device, int(seq.get())])
        .map(drop)
}

/// The highest generation that a device told.
pub(crate) fn generation(db: &Connection, device: i64) -> rusqlite::Result<Option<Generation>> {
    db.prepare_cached("SELECT generation, mark FROM devices WHERE number = ?1 AND generation IS NOT NULL")?
        .query_row([device], |row| {
            Ok(Generation { number: GenerationNumber::new(uint(row.get(0)?)), mark: Mark::new(row.get(1)?) })
        })
        .optional()
}

pub(crate) fn set_generation(db: &Connection, device: i64, generation: &Generation) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE devices SET generation = ?2, mark = ?3 WHERE number = ?1")?
        .execute(params![device, int(generation.number.get()), generation.mark.as_bytes()])
        .map(drop)
}
