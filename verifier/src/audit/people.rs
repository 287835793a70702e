//! The part of the audit that is about accounts: who signed that they exist, what may act for them, and their handles.

use super::{Authority, Finding, expect, mismatch, parse, rows, signed_by};
use crate::store::uint;
use farthing_protocol::alias::AliasRecord;
use farthing_protocol::cbor;
use farthing_protocol::cose::Object;
use farthing_protocol::device::{DeviceCertificate, DeviceList};
use farthing_protocol::enrolment::Enrolment;
use farthing_protocol::handle::{HandleBind, HandleCancel, HandleRegister};
use farthing_protocol::id::{AccountId, DeviceId, Digest, Handle};
use farthing_protocol::key::PublicKey;
use rusqlite::{Connection, OptionalExtension as _, params};

/// Goes through accounts, devices, acts and handles. Answers with the number of wallets' accounts.
pub(super) fn check(db: &Connection, authority: &Authority) -> Result<u64, Finding> {
    let internal = rows::<(i64, [u8; 16], i64)>(db, "SELECT number, id, role FROM accounts WHERE role <> 3", |r| {
        Ok((r.get(0)?, r.get(1)?, r.get(2)?))
    })?;
    let named = |name: &[u8]| Digest::of(name).first_16();
    let expected = vec![(1, named(b"farthing/1/issuer"), 1), (2, named(b"farthing/1/fees"), 2)];
    expect(internal == expected, || "there is not exactly one issuer and one fee account".to_owned())?;
    let accounts = rows::<(i64, [u8; 16], Vec<u8>, Vec<u8>, Vec<u8>)>(
        db,
        "SELECT number, id, account_key, enrolment, list FROM accounts WHERE role = 3",
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)),
    )?;
    for (number, id, key, enrolment, list) in &accounts {
        let id = AccountId::new(*id);
        let what = format!("account {id}");
        let key: PublicKey = cbor::decode(key).map_err(|e| mismatch(format!("{what}: {e}")))?;
        expect(key.account_id() == id, || format!("{what} has another key"))?;
        let enrolment = signed_by::<Enrolment>(enrolment, &key, &what)?;
        let list = signed_by::<DeviceList>(list, &key, &what)?;
        expect(enrolment.account == key && list.account == id && enrolment.verifier == authority.verifier, || {
            format!("{what} was enrolled as another")
        })?;
        devices(db, *number, &key, &list)?;
    }
    acts(db, authority)?;
    handles(db)?;
    contents(db)?;
    Ok(accounts.len() as u64)
}

fn devices(db: &Connection, account: i64, key: &PublicKey, list: &DeviceList) -> Result<(), Finding> {
    let mut statement = db.prepare_cached("SELECT id, certificate, revoked_seq FROM devices WHERE account = ?1")?;
    let mut found = statement.query([account])?;
    let mut active = 0;
    while let Some(row) = found.next()? {
        let id = DeviceId::new(row.get(0)?);
        let what = format!("device {id}");
        let certificate = signed_by::<DeviceCertificate>(&row.get::<_, Vec<u8>>(1)?, key, &what)?;
        expect(certificate.device() == id && certificate.account == *key, || format!("{what} is another"))?;
        let hash = certificate.signed().bytes_hash();
        let listed = list.devices.iter().any(|l| l.device == id && l.certificate == hash);
        let revoked = row.get::<_, Option<i64>>(2)?.is_some();
        expect(listed != revoked, || format!("{what} is active and not in the list, or the other way round"))?;
        active += usize::from(!revoked);
    }
    expect(active == list.devices.len(), || "a listed device is missing".to_owned())
}

/// The session key of the device behind a row.
fn session(db: &Connection, device: i64) -> Result<(PublicKey, AccountId), Finding> {
    let (bytes, account): (Vec<u8>, [u8; 16]) = db
        .prepare_cached(
            "SELECT d.certificate, a.id FROM devices d JOIN accounts a ON a.number = d.account WHERE d.number = ?1",
        )?
        .query_row([device], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((parse::<DeviceCertificate>(&bytes, "a device")?.claims().session, AccountId::new(account)))
}

fn acts(db: &Connection, authority: &Authority) -> Result<(), Finding> {
    let mut statement = db.prepare(
        "SELECT a.id, acts.id, acts.device, acts.signed FROM acts JOIN accounts a ON a.number = acts.account",
    )?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let (key, owner) = session(db, row.get(2)?)?;
        let bytes: Vec<u8> = row.get(3)?;
        let (account, id) = (AccountId::new(row.get(0)?), row.get::<_, [u8; 16]>(1)?);
        let what = "an act on a handle";
        let header = if let Ok(act) = signed_by::<HandleRegister>(&bytes, &key, what) {
            registered(db, &act)?;
            (act.verifier, act.account, *act.id.as_bytes())
        } else if let Ok(act) = signed_by::<HandleBind>(&bytes, &key, what) {
            bound(db, &act)?;
            (act.verifier, act.account, *act.id.as_bytes())
        } else {
            let act = signed_by::<HandleCancel>(&bytes, &key, what)?;
            (act.verifier, act.account, *act.id.as_bytes())
        };
        expect(header == (authority.verifier, account, id) && owner == account, || format!("{what} is another's"))?;
    }
    Ok(())
}

fn registered(db: &Connection, act: &HandleRegister) -> Result<(), Finding> {
    for stocked in &act.handles {
        let found: Option<(Vec<u8>, [u8; 16])> = db
            .prepare_cached(
                "SELECT h.payee_key, a.id FROM handles h JOIN accounts a ON a.number = h.account WHERE h.handle = ?1",
            )?
            .query_row([stocked.handle.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let same = found == Some((cbor::encode(&stocked.payee), *act.account.as_bytes()));
        expect(same, || "a registered handle is missing or has another payee".to_owned())?;
    }
    Ok(())
}

fn bound(db: &Connection, act: &HandleBind) -> Result<(), Finding> {
    let (code, scale, amount) = match &act.amount {
        Some(a) => (Some(a.asset().code.as_str().to_owned()), Some(i64::from(a.asset().scale())), Some(a.value())),
        None => (None, None, None),
    };
    let same = db
        .prepare_cached(
            "SELECT 1 FROM handles h LEFT JOIN assets s ON s.number = h.asset
             WHERE h.handle = ?1 AND h.state IN (2, 3, 4) AND h.expires_ms = ?2 AND h.reference = ?3
               AND h.amount IS ?4 AND s.code IS ?5 AND s.scale IS ?6",
        )?
        .exists(params![
            act.handle.as_bytes(),
            crate::store::int(act.expires.as_ms()),
            act.reference.as_bytes(),
            amount.map(crate::store::int),
            code,
            scale,
        ])?;
    expect(same, || "a handle is not bound as its payee signed".to_owned())
}

/// Every handle stands there because somebody signed it.
fn handles(db: &Connection) -> Result<(), Finding> {
    let mut states = std::collections::HashMap::new();
    let mut note = |bytes: &[u8]| -> bool {
        if let Ok(act) = parse::<HandleRegister>(bytes, "") {
            act.claims().handles.iter().for_each(|stocked| {
                states.entry(stocked.handle).or_insert([false; 3])[0] = true;
            });
        } else if let Ok(act) = parse::<HandleBind>(bytes, "") {
            states.entry(act.claims().handle).or_insert([false; 3])[1] = true;
        } else if let Ok(act) = parse::<HandleCancel>(bytes, "") {
            states.entry(act.claims().handle).or_insert([false; 3])[2] = true;
        }
        true
    };
    for bytes in rows::<Vec<u8>>(db, "SELECT signed FROM acts", |row| row.get(0))? {
        note(&bytes);
    }
    // What nobody can pay any more has lost its acts to the sweep, all or some. Where money came or can come, they stay.
    let sql =
        "SELECT handle, state, state = 4 OR (state = 2 AND expires_ms <= (SELECT time_ms FROM ledger)) FROM handles";
    for (handle, state, dead) in rows::<([u8; 16], i64, bool)>(db, sql, |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))? {
        let handle = Handle::new(handle);
        let signed = states.get(&handle).copied().unwrap_or_default();
        let holds = match (state, signed) {
            (5, _) => alias(db, &handle)?,
            (1, signed) => signed == [true, false, false],
            (2, [_, _, cancelled]) if dead => !cancelled,
            (4, _) if dead => true,
            (_, signed) => signed == [true, true, false],
        };
        expect(holds, || "a handle is in a state that nobody signed".to_owned())?;
    }
    Ok(())
}

fn alias(db: &Connection, handle: &Handle) -> Result<bool, Finding> {
    let found: Option<(String, Vec<u8>, Vec<u8>)> = db
        .prepare_cached(
            "SELECT a.alias, a.record, h.payee_key FROM aliases a JOIN handles h ON h.number = a.handle WHERE h.handle = ?1",
        )?
        .query_row([handle.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((text, record, payee)) = found else { return Ok(false) };
    let record = parse::<AliasRecord>(&record, "an alias")?;
    let key = record.claims().payee;
    let record = record.verify(&key).map_err(|error| mismatch(format!("an alias: {error}")))?;
    record.check().map_err(|error| mismatch(format!("an alias: {error}")))?;
    Ok(record.alias.as_str() == text && record.alias.handle() == *handle && cbor::encode(&record.payee) == payee)
}

/// Every ciphertext is one that a payee signed for.
fn contents(db: &Connection) -> Result<(), Finding> {
    let stored =
        rows::<([u8; 16], Vec<u8>, i64)>(db, "SELECT locator, content, expires_ms FROM request_contents", |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })?;
    if stored.is_empty() {
        return Ok(());
    }
    let mut signed = std::collections::HashSet::new();
    for bytes in rows::<Vec<u8>>(db, "SELECT signed FROM acts", |row| row.get(0))? {
        if let Ok(act) = parse::<HandleBind>(&bytes, "") {
            let act = act.claims();
            signed.insert((*act.locator.as_bytes(), act.content, act.expires.as_ms()));
        }
    }
    for (locator, content, expires) in stored {
        let known = signed.contains(&(locator, Digest::of(&content), uint(expires)));
        expect(known, || "a request's ciphertext is not the one that its payee signed for".to_owned())?;
    }
    Ok(())
}
