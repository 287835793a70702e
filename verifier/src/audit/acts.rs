//! The part of the audit that is about session acts: each is signed by its device, and did what it says.

use super::{Authority, Finding, expect, has_people, mismatch, parse, signed_by};
use crate::store::accounts;
use crate::store::journal::ActKind;
use farthing_protocol::act::{Act, Header};
use farthing_protocol::alias::AliasRegister;
use farthing_protocol::cbor;
use farthing_protocol::device::DeviceCertificate;
use farthing_protocol::generation::GenerationAct;
use farthing_protocol::handle::{HandleBind, HandleCancel, HandleRegister};
use farthing_protocol::id::{AccountId, DeviceId, Digest};
use farthing_protocol::key::PublicKey;
use farthing_protocol::message::{Acknowledge, Message};
use farthing_protocol::prekeys::{PrekeyClaim, Prekeys};
use farthing_protocol::publication::{RequestPublish, RequestWithdraw};
use rusqlite::{Connection, OptionalExtension as _, params};

/// The acts of a kind; a ledger of an earlier schema has those on handles alone.
pub(super) fn signed(db: &Connection, kind: ActKind) -> Result<Vec<Vec<u8>>, Finding> {
    let sql = format!("SELECT signed FROM acts WHERE {} = ?1", kind_column(db)?);
    Ok(db.prepare(&sql)?.query_map([kind as i64], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn kind_column(db: &Connection) -> Result<&'static str, Finding> {
    Ok(if has_people(db)? { "kind" } else { "1" })
}

/// An act in the journal.
struct Journaled {
    account: i64,
    id: [u8; 16],
    device: i64,
    signed: Vec<u8>,
}

/// Goes through all acts.
pub(super) fn check(db: &Connection, authority: &Authority) -> Result<(), Finding> {
    let mut statement = db.prepare(&format!("SELECT account, id, device, signed, {} FROM acts", kind_column(db)?))?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let act = Journaled { account: row.get(0)?, id: row.get(1)?, device: row.get(2)?, signed: row.get(3)? };
        let device = session(db, act.device)?;
        let header = effect(db, &act, ActKind::of_number(row.get(4)?), &device.key)?;
        let same = header.verifier == authority.verifier
            && header.account == device.account
            && header.device == device.id
            && *header.id.as_bytes() == act.id
            && act.account == device.number;
        expect(same, || "an act is another's".to_owned())?;
    }
    Ok(())
}

/// Who acted.
struct Actor {
    key: PublicKey,
    id: DeviceId,
    account: AccountId,
    /// The account's row.
    number: i64,
}

fn session(db: &Connection, device: i64) -> Result<Actor, Finding> {
    let (bytes, account, number): (Vec<u8>, [u8; 16], i64) = db
        .prepare_cached(
            "SELECT d.certificate, a.id, a.number FROM devices d JOIN accounts a ON a.number = d.account
             WHERE d.number = ?1",
        )?
        .query_row([device], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let certificate = parse::<DeviceCertificate>(&bytes, "a device")?;
    let certificate = certificate.claims();
    Ok(Actor { key: certificate.session, id: certificate.device(), account: AccountId::new(account), number })
}

/// What an act did is what the rows say, as far as it can still be told.
fn effect(db: &Connection, act: &Journaled, kind: ActKind, key: &PublicKey) -> Result<Header, Finding> {
    fn of<T: Act + Clone>(act: &Journaled, key: &PublicKey) -> Result<T, Finding> {
        Ok((*signed_by::<T>(&act.signed, key, "an act")?).clone())
    }
    Ok(match kind {
        ActKind::Handle => on_handle(db, act, key)?,
        ActKind::Alias => {
            let alias = of::<AliasRegister>(act, key)?;
            registered_alias(db, act.account, &alias.record)?;
            alias.header()
        }
        ActKind::Generation => {
            let told = of::<GenerationAct>(act, key)?;
            let known = accounts::generation(db, act.device)?;
            let follows = known.is_some_and(|known| known.may_follow(&told.generation()));
            expect(follows, || "a device's generation is not the highest that it told".to_owned())?;
            told.header()
        }
        ActKind::Claim => {
            let claim = of::<PrekeyClaim>(act, key)?;
            claimed(db, act, &claim)?;
            claim.header()
        }
        ActKind::Message => {
            let message = of::<Message>(act, key)?;
            has_written(db, act.account, &message.to_account)?;
            message.header()
        }
        ActKind::Publish => of::<RequestPublish>(act, key)?.header(),
        ActKind::Withdraw => of::<RequestWithdraw>(act, key)?.header(),
        ActKind::Prekeys => of::<Prekeys>(act, key)?.header(),
        ActKind::Acknowledge => of::<Acknowledge>(act, key)?.header(),
    })
}

fn on_handle(db: &Connection, act: &Journaled, key: &PublicKey) -> Result<Header, Finding> {
    let what = "an act on a handle";
    if let Ok(act) = signed_by::<HandleRegister>(&act.signed, key, what) {
        registered(db, &act)?;
        return Ok(act.header());
    }
    if let Ok(act) = signed_by::<HandleBind>(&act.signed, key, what) {
        bound(db, &act)?;
        return Ok(act.header());
    }
    Ok(signed_by::<HandleCancel>(&act.signed, key, what)?.header())
}

fn registered_alias(db: &Connection, account: i64, record: &Digest) -> Result<(), Finding> {
    let mut statement =
        db.prepare_cached("SELECT a.record FROM handles h JOIN aliases a ON a.handle = h.number WHERE h.account = ?1")?;
    let mut found = statement.query([account])?;
    while let Some(row) = found.next()? {
        if Digest::of(&row.get::<_, Vec<u8>>(0)?) == *record {
            return Ok(());
        }
    }
    Err(mismatch("an alias is not its account's, or has another record"))
}

/// The answer of a claim is kept as long as the claim, and is of the device that was asked for.
fn claimed(db: &Connection, act: &Journaled, claim: &PrekeyClaim) -> Result<(), Finding> {
    let same = db
        .prepare_cached(
            "SELECT 1 FROM claims c JOIN devices d ON d.number = c.device JOIN accounts a ON a.number = d.account
             WHERE c.account = ?1 AND c.act = ?2 AND d.id = ?3 AND a.id = ?4",
        )?
        .exists(params![act.account, act.id, claim.of_device.as_bytes(), claim.of_account.as_bytes()])?;
    expect(same, || "a claim has no answer, or that of another device".to_owned())
}

fn has_written(db: &Connection, account: i64, other: &AccountId) -> Result<(), Finding> {
    let noted = db
        .prepare_cached(
            "SELECT 1 FROM accounts a LEFT JOIN correspondents c ON c.other = a.number AND c.account = ?1
             WHERE a.id = ?2 AND (a.number = ?1 OR c.other IS NOT NULL)",
        )?
        .exists(params![account, other.as_bytes()])?;
    expect(noted, || "an account has written to another, and it is not noted".to_owned())
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
