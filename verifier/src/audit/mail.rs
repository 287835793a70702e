//! The part of the audit that is about what waits for somebody: standing requests, prekeys, messages, rendezvous. Every
//! row is one that a device signed for.

use super::{Finding, expect, has_people, mismatch, parse, rows};
use crate::act::ACT_KEPT;
use crate::store::journal::ActKind;
use crate::store::{int, uint};
use farthing_protocol::cose::{Object, Signed};
use farthing_protocol::generation::GenerationAct;
use farthing_protocol::id::{AccountId, Digest};
use farthing_protocol::limits::{ALIASES_MAX, PREKEYS_STOCK, RENDEZVOUS_KEPT};
use farthing_protocol::message::Message;
use farthing_protocol::prekeys::Prekeys;
use farthing_protocol::publication::RequestPublish;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

pub(super) fn check(db: &Connection) -> Result<(), Finding> {
    if !has_people(db)? {
        return Ok(());
    }
    publications(db)?;
    prekeys(db)?;
    messages(db)?;
    correspondents(db)?;
    generations(db)?;
    counts(db)
}

/// The act of a kind that a row names; signatures of all acts are checked where acts are.
fn act<T: Object>(db: &Connection, account: i64, id: [u8; 16], kind: ActKind) -> Result<(i64, Signed<T>), Finding> {
    let found: Option<(i64, Vec<u8>)> = db
        .prepare_cached("SELECT device, signed FROM acts WHERE account = ?1 AND id = ?2 AND kind = ?3")?
        .query_row(params![account, id, kind as i64], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (device, signed) = found.ok_or_else(|| mismatch("a row names an act that is not there, or of another kind"))?;
    Ok((device, parse(&signed, "an act")?))
}

fn publications(db: &Connection) -> Result<(), Finding> {
    let sql = "SELECT p.account, p.act, p.locator, p.expires_ms, c.content, p.expires_ms > (SELECT time_ms FROM ledger)
         FROM publications p LEFT JOIN request_contents c ON c.locator = p.locator";
    let read = |r: &Row<'_>| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?));
    for (account, id, locator, expires, content, lives) in
        rows::<(i64, [u8; 16], [u8; 16], i64, Option<Vec<u8>>, bool)>(db, sql, read)?
    {
        let (_, publish) = act::<RequestPublish>(db, account, id, ActKind::Publish)?;
        let publish = publish.claims();
        let there = content.map_or(!lives, |content| Digest::of(&content) == publish.content);
        let same = *publish.locator.as_bytes() == locator && publish.expires.as_ms() == uint(expires);
        expect(same && there, || "a standing request is not as its payee signed it".to_owned())?;
    }
    Ok(())
}

/// Keys in stock, fallback keys, and keys that were given away are of an upload of the very device; none is twice.
fn prekeys(db: &Connection) -> Result<(), Finding> {
    let sql = "SELECT device, account, act, place FROM prekeys
         UNION ALL SELECT device, account, act, NULL FROM fallbacks
         UNION ALL SELECT device, of_account, of_act, place FROM claims";
    let read = |r: &Row<'_>| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?));
    for (device, account, id, place) in rows::<(i64, i64, [u8; 16], Option<i64>)>(db, sql, read)? {
        let (uploaded_by, upload) = act::<Prekeys>(db, account, id, ActKind::Prekeys)?;
        let there = upload.claims().key_at(place.map(uint)).is_some();
        expect(uploaded_by == device && there, || "a prekey is not its device's".to_owned())?;
    }
    let twice = "SELECT 1 FROM (SELECT account, act, place FROM prekeys
           UNION ALL SELECT of_account, of_act, place FROM claims WHERE place IS NOT NULL)
         GROUP BY account, act, place HAVING count(*) > 1";
    expect(!db.prepare(twice)?.exists([])?, || "a one-time key was given away twice".to_owned())
}

fn messages(db: &Connection) -> Result<(), Finding> {
    let sql = "SELECT m.account, m.act, d.id, a.id, m.content, m.number <= d.last_message
         FROM messages m JOIN devices d ON d.number = m.device JOIN accounts a ON a.number = d.account";
    let mut statement = db.prepare(sql)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let (_, message) = act::<Message>(db, row.get(0)?, row.get(1)?, ActKind::Message)?;
        let message = message.claims();
        let same = *message.to_device.as_bytes() == row.get::<_, [u8; 16]>(2)?
            && *message.to_account.as_bytes() == row.get::<_, [u8; 16]>(3)?
            && message.content == Digest::of(&row.get::<_, Vec<u8>>(4)?)
            && row.get(5)?;
        expect(same, || "a message is not what its sender signed, or not for this mailbox".to_owned())?;
    }
    Ok(())
}

/// Who is noted to have written lately has written: older acts are forgotten.
fn correspondents(db: &Connection) -> Result<(), Finding> {
    let mut written = std::collections::BTreeSet::new();
    let sql = format!("SELECT account, signed FROM acts WHERE kind = {}", ActKind::Message as i64);
    for (account, bytes) in rows::<(i64, Vec<u8>)>(db, &sql, |r| Ok((r.get(0)?, r.get(1)?)))? {
        written.insert((account, parse::<Message>(&bytes, "a message")?.claims().to_account));
    }
    let sql = format!(
        "SELECT c.account, a.id FROM correspondents c JOIN accounts a ON a.number = c.other
         WHERE c.written_ms > (SELECT time_ms FROM ledger) - {}",
        ACT_KEPT.as_ms()
    );
    for (account, other) in rows::<(i64, [u8; 16])>(db, &sql, |r| Ok((r.get(0)?, r.get(1)?)))? {
        let known = written.contains(&(account, AccountId::new(other)));
        expect(known, || "an account is noted to have written, and did not".to_owned())?;
    }
    Ok(())
}

/// A device's generation is one that it told; that it told no higher one is seen where acts are.
fn generations(db: &Connection) -> Result<(), Finding> {
    let mut told = std::collections::BTreeSet::new();
    let sql = format!("SELECT device, signed FROM acts WHERE kind = {}", ActKind::Generation as i64);
    for (device, bytes) in rows::<(i64, Vec<u8>)>(db, &sql, |r| Ok((r.get(0)?, r.get(1)?)))? {
        let act = parse::<GenerationAct>(&bytes, "a generation")?;
        told.insert((device, act.claims().number.get(), *act.claims().mark.as_bytes()));
    }
    let sql = "SELECT number, generation, mark FROM devices WHERE generation IS NOT NULL";
    for (device, number, mark) in rows::<(i64, i64, [u8; 16])>(db, sql, |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))? {
        expect(told.contains(&(device, uint(number), mark)), || {
            "a device has a generation that it never told".to_owned()
        })?;
    }
    Ok(())
}

/// Nothing is above its limit, and nothing is left of what is gone.
fn counts(db: &Connection) -> Result<(), Finding> {
    let limit = |max: usize| int(max as u64);
    for (what, sql, limit) in [
        (
            "a device has too many prekeys in stock",
            "SELECT 1 FROM prekeys GROUP BY device HAVING count(*) > ?1",
            limit(PREKEYS_STOCK),
        ),
        (
            "an account has too many aliases",
            "SELECT 1 FROM handles WHERE state = 5 GROUP BY account HAVING count(*) > ?1",
            limit(ALIASES_MAX),
        ),
        (
            "a rendezvous is kept too long",
            "SELECT 1 FROM rendezvous WHERE expires_ms > ?1 + (SELECT time_ms FROM ledger)",
            int(RENDEZVOUS_KEPT.as_ms()),
        ),
        (
            "a revoked device has prekeys",
            "SELECT 1 FROM (SELECT device FROM prekeys UNION ALL SELECT device FROM fallbacks) k
             JOIN devices d ON d.number = k.device WHERE d.revoked_seq >= ?1",
            0,
        ),
        (
            "a rendezvous is empty",
            "SELECT 1 FROM rendezvous r LEFT JOIN slots s ON s.rendezvous = r.number WHERE s.slot IS NULL AND r.number >= ?1",
            0,
        ),
    ] {
        expect(!db.prepare(sql)?.exists([limit])?, || what.to_owned())?;
    }
    Ok(())
}
