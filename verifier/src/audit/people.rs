//! The part of the audit that is about accounts: who signed that they exist, what may act for them, and their handles.

use super::{Authority, Finding, devices, expect, has_allowances, has_tabs, mismatch, parse, rows, signed_by};
use crate::store::journal::ActKind;
use crate::store::uint;
use farthing_protocol::alias::AliasRecord;
use farthing_protocol::cbor;
use farthing_protocol::cose::Object;
use farthing_protocol::device::DeviceList;
use farthing_protocol::enrolment::Enrolment;
use farthing_protocol::handle::{HandleBind, HandleCancel, HandleRegister};
use farthing_protocol::id::{AccountId, Digest, Handle};
use farthing_protocol::key::PublicKey;
use farthing_protocol::publication::RequestPublish;
use rusqlite::{Connection, OptionalExtension as _};

/// Goes through accounts, devices, acts and handles. Answers with the number of wallets' accounts.
pub(super) fn check(db: &Connection, authority: &Authority) -> Result<u64, Finding> {
    let internal = rows::<(i64, [u8; 16], i64)>(
        db,
        "SELECT number, id, role FROM accounts WHERE role <> 3 ORDER BY number",
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?;
    let named = |name: &[u8]| Digest::of(name).first_16();
    let mut expected = vec![(1, named(b"farthing/1/issuer"), 1), (2, named(b"farthing/1/fees"), 2)];
    if has_tabs(db)? {
        expected.insert(0, (0, named(b"farthing/1/held"), 4));
    }
    if has_allowances(db)? {
        expected.insert(0, (-1, named(b"farthing/1/guarantee"), 5));
    }
    expect(internal == expected, || "there is not exactly one account of each kind of the verifier's own".to_owned())?;
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
        let same = enrolment.account == key
            && list.account == id
            && enrolment.verifier == authority.verifier
            && enrolment.list == list.signed().bytes_hash();
        expect(same, || format!("{what} was enrolled as another"))?;
        devices::check(db, authority, *number, &key, list, enrolment.certificate)?;
    }
    devices::nothing_extra(db)?;
    super::acts::check(db, authority)?;
    handles(db)?;
    contents(db)?;
    super::mail::check(db)?;
    Ok(accounts.len() as u64)
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
    for bytes in super::acts::signed(db, ActKind::Handle)? {
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
    for bytes in super::acts::signed(db, ActKind::Handle)? {
        if let Ok(act) = parse::<HandleBind>(&bytes, "") {
            let act = act.claims();
            signed.insert((*act.locator.as_bytes(), act.content, act.expires.as_ms()));
        }
    }
    for bytes in super::acts::signed(db, ActKind::Publish)? {
        let act = parse::<RequestPublish>(&bytes, "a standing request")?;
        let act = act.claims();
        signed.insert((*act.locator.as_bytes(), act.content, act.expires.as_ms()));
    }
    for (locator, content, expires) in stored {
        let known = signed.contains(&(locator, Digest::of(&content), uint(expires)));
        expect(known, || "a request's ciphertext is not the one that its payee signed for".to_owned())?;
    }
    Ok(())
}
