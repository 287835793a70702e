//! The part of the audit that is about device lists: each follows the one before, and devices are what they make of them.

use super::{Authority, Finding, expect, has_people, has_tabs, mismatch, signed_by};
use crate::store::uint;
use farthing_protocol::cose::Verified;
use farthing_protocol::device::{DeviceCertificate, DeviceList};
use farthing_protocol::id::{DeviceId, Digest};
use farthing_protocol::key::PublicKey;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// What the lists say of a device: its certificate, and from where on it is revoked.
type Listed = BTreeMap<DeviceId, (Digest, Option<u64>)>;

/// Goes through the lists of an account, from the one of its enrolment on, and compares its devices.
pub(super) fn check(
    db: &Connection,
    authority: &Authority,
    account: i64,
    key: &PublicKey,
    first: Verified<DeviceList>,
    enrolled: Digest,
) -> Result<(), Finding> {
    let what = format!("the device list of account number {account}");
    expect(first.verifier == authority.verifier, || format!("{what} is for another verifier"))?;
    let only_enrolled = first.devices.iter().map(|listed| listed.certificate).eq([enrolled]);
    expect(only_enrolled, || format!("{what} does not begin with the device that enrolled"))?;
    let mut listed = Listed::new();
    follow(&mut listed, &first, 0, &what)?;
    let mut last = first;
    for (seq, bytes) in later(db, account)? {
        let list = signed_by::<DeviceList>(&bytes, key, &what)?;
        let follows =
            list.verifier == authority.verifier && list.account == last.account && list.counter > last.counter;
        expect(follows, || format!("{what} at {seq} does not follow the one before"))?;
        follow(&mut listed, &list, seq, &what)?;
        last = list;
    }
    compare(db, account, key, &listed)
}

fn later(db: &Connection, account: i64) -> Result<Vec<(u64, Vec<u8>)>, Finding> {
    if !has_people(db)? {
        return Ok(Vec::new());
    }
    let mut statement = db.prepare_cached("SELECT seq, signed FROM lists WHERE account = ?1 ORDER BY seq")?;
    let found = statement.query_map([account], |row| Ok((uint(row.get(0)?), row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Who is left out is revoked, and stays so; a device keeps its certificate.
fn follow(listed: &mut Listed, list: &DeviceList, seq: u64, what: &str) -> Result<(), Finding> {
    for (device, (_, revoked)) in listed.iter_mut() {
        if revoked.is_none() && !list.devices.iter().any(|row| row.device == *device) {
            *revoked = Some(seq);
        }
    }
    for row in &list.devices {
        let known = listed.entry(row.device).or_insert((row.certificate, None));
        expect(*known == (row.certificate, None), || format!("{what} at {seq} names a device that it must not"))?;
    }
    Ok(())
}

fn compare(db: &Connection, account: i64, key: &PublicKey, listed: &Listed) -> Result<(), Finding> {
    let mut statement = db.prepare_cached("SELECT id, certificate, revoked_seq FROM devices WHERE account = ?1")?;
    let mut found = statement.query([account])?;
    let mut seen = 0;
    while let Some(row) = found.next()? {
        let id = DeviceId::new(row.get(0)?);
        let what = format!("device {id}");
        let certificate = signed_by::<DeviceCertificate>(&row.get::<_, Vec<u8>>(1)?, key, &what)?;
        expect(certificate.device() == id && certificate.account == *key, || format!("{what} is another"))?;
        let stored = (certificate.signed().bytes_hash(), row.get::<_, Option<i64>>(2)?.map(uint));
        expect(listed.get(&id) == Some(&stored), || format!("{what} is not what the lists make of it"))?;
        seen += 1;
    }
    expect(seen == listed.len(), || "a listed device is missing".to_owned())
}

/// Nothing was done by a device that was revoked, and nothing of it is left to be used.
pub(super) fn nothing_extra(db: &Connection) -> Result<(), Finding> {
    for (what, sql) in [
        (
            "a revoked device paid",
            "SELECT 1 FROM orders o JOIN devices d ON d.number = o.device WHERE o.seq > d.revoked_seq",
        ),
        (
            "a revoked device has handles in stock",
            "SELECT 1 FROM handles h JOIN devices d ON d.number = h.device WHERE h.state = 1 AND d.revoked_seq IS NOT NULL",
        ),
    ] {
        expect(!db.prepare(sql)?.exists([])?, || what.to_owned())?;
    }
    if has_tabs(db)? {
        let acted = "SELECT 1 FROM tab_journal j JOIN devices d ON d.number = j.device WHERE j.seq > d.revoked_seq";
        expect(!db.prepare(acted)?.exists([])?, || "a revoked device did something with a hold".to_owned())?;
    }
    if has_people(db)? {
        let extra = "SELECT 1 FROM lists l JOIN transactions t ON t.seq = l.seq WHERE t.kind <> 3";
        if db.prepare(extra)?.exists([])? {
            return Err(mismatch("a device list stands at a position of another kind"));
        }
    }
    Ok(())
}
