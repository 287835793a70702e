//! Holds as they are now, and the positions that made them so.

use super::{int, uint};
use farthing_protocol::id::{AccountId, DeviceId, Handle, Seq};
use farthing_protocol::tab::{Bounds, Hold, HoldId, HoldState, HoldVersion};
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// A hold as stored, with what belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct HoldRow {
    pub(crate) number: i64,
    pub(crate) id: HoldId,
    /// The payer's.
    pub(crate) account: i64,
    pub(crate) account_id: AccountId,
    pub(crate) payee: i64,
    pub(crate) payee_id: AccountId,
    pub(crate) asset: i64,
    pub(crate) state: HoldState,
    pub(crate) version: HoldVersion,
    pub(crate) cap: u64,
    pub(crate) claimed: u64,
    pub(crate) spend_until: Time,
    pub(crate) claim_until: Time,
    /// The position of the newest hold receipt.
    pub(crate) receipt: i64,
    /// That of the newest claim receipt.
    pub(crate) claim: Option<i64>,
    /// When it was placed.
    pub(crate) placed: Time,
    /// The signed order.
    pub(crate) order: Vec<u8>,
}

const HOLD: &str =
    "SELECT h.number, h.hold, h.account, a.id, h.payee, p.id, h.asset, h.state, h.version, h.cap, h.claimed,
       h.spend_until_ms, h.claim_until_ms, h.receipt_seq, h.claim_seq, t.time_ms, j.signed
     FROM holds h JOIN accounts a ON a.number = h.account JOIN accounts p ON p.number = h.payee
       JOIN transactions t ON t.seq = h.seq LEFT JOIN tab_journal j ON j.seq = h.seq AND j.kind = 1";

fn read(row: &Row<'_>) -> rusqlite::Result<HoldRow> {
    let state = match row.get::<_, i64>(7)? {
        1 => HoldState::Open,
        2 => HoldState::Closed,
        _ => HoldState::Ended,
    };
    let time = |column| row.get(column).map(|ms| Time::from_ms(uint(ms)));
    Ok(HoldRow {
        number: row.get(0)?,
        id: HoldId::new(row.get(1)?),
        account: row.get(2)?,
        account_id: AccountId::new(row.get(3)?),
        payee: row.get(4)?,
        payee_id: AccountId::new(row.get(5)?),
        asset: row.get(6)?,
        state,
        version: HoldVersion::new(uint(row.get(8)?)),
        cap: uint(row.get(9)?),
        claimed: uint(row.get(10)?),
        spend_until: time(11)?,
        claim_until: time(12)?,
        receipt: row.get(13)?,
        claim: row.get(14)?,
        placed: time(15)?,
        order: row.get(16)?,
    })
}

pub(crate) fn find(db: &Connection, hold: &HoldId) -> rusqlite::Result<Option<HoldRow>> {
    db.prepare_cached(&format!("{HOLD} WHERE h.hold = ?1"))?.query_row([hold.as_bytes()], read).optional()
}

/// The hold of a row; with one of these numbers there always is one.
pub(crate) fn get(db: &Connection, number: i64) -> rusqlite::Result<HoldRow> {
    db.prepare_cached(&format!("{HOLD} WHERE h.number = ?1"))?.query_row([number], read)
}

/// Numbers of holds whose time is over and that nobody has ended, the oldest first.
pub(crate) fn due(db: &Connection, time: Time, max: usize) -> rusqlite::Result<Vec<i64>> {
    db.prepare_cached(
        "SELECT number FROM holds WHERE state <> 3 AND claim_until_ms <= ?1 ORDER BY claim_until_ms LIMIT ?2",
    )?
    .query_map([int(time.as_ms()), int(max as u64)], |row| row.get(0))?
    .collect()
}

/// An account's holds that have not ended: all, and those for one handle.
pub(crate) fn open(db: &Connection, account: i64, handle: i64, time: Time) -> rusqlite::Result<(u64, u64)> {
    db.prepare_cached(
        "SELECT count(*), count(*) FILTER (WHERE handle = ?2) FROM holds WHERE state <> 3 AND account = ?1 AND claim_until_ms > ?3",
    )?
    .query_row([account, handle, int(time.as_ms())], |row| Ok((uint(row.get(0)?), uint(row.get(1)?))))
}

/// A hold that is placed.
pub(crate) struct NewHold<'a> {
    pub(crate) hold: &'a Hold,
    pub(crate) account: i64,
    pub(crate) payee: i64,
    pub(crate) handle: i64,
    pub(crate) asset: i64,
    pub(crate) seq: Seq,
}

pub(crate) fn insert(db: &Connection, new: &NewHold<'_>) -> rusqlite::Result<i64> {
    let Bounds { version, cap, spend_until, claim_until } = new.hold.bounds;
    db.prepare_cached(
        "INSERT INTO holds (hold, account, payee, handle, asset, seq, state, version, cap, claimed, spend_until_ms, claim_until_ms,
           receipt_seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, 0, ?9, ?10, ?6)",
    )?
    .insert(params![
        new.hold.id.as_bytes(),
        new.account,
        new.payee,
        new.handle,
        new.asset,
        int(new.seq.get()),
        int(version.get()),
        int(cap.value()),
        int(spend_until.as_ms()),
        int(claim_until.as_ms()),
    ])
}

/// Which receipt a position of a hold has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Hold,
    Claim,
}

/// What a hold is after a position.
pub(crate) fn update(db: &Connection, number: i64, hold: &Hold, seq: Seq, told: Told) -> rusqlite::Result<()> {
    let state = match hold.state {
        HoldState::Open => 1,
        HoldState::Closed => 2,
        HoldState::Ended => 3,
    };
    let Bounds { version, cap, spend_until, claim_until } = hold.bounds;
    let (receipt, claim) = match told {
        Told::Hold => (Some(int(seq.get())), None),
        Told::Claim => (None, Some(int(seq.get()))),
    };
    db.prepare_cached(
        "UPDATE holds SET state = ?2, version = ?3, cap = ?4, claimed = ?5, spend_until_ms = ?6, claim_until_ms = ?7,
           receipt_seq = coalesce(?8, receipt_seq), claim_seq = coalesce(?9, claim_seq) WHERE number = ?1",
    )?
    .execute(params![
        number,
        state,
        int(version.get()),
        int(cap.value()),
        int(hold.claimed.value()),
        int(spend_until.as_ms()),
        int(claim_until.as_ms()),
        receipt,
        claim,
    ])
    .map(drop)
}

/// Notes that a position is a hold's, and its fee.
pub(crate) fn position(db: &Connection, seq: Seq, number: i64, fee: u64) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO hold_positions (seq, hold, fee) VALUES (?1, ?2, ?3)")?
        .execute([int(seq.get()), number, int(fee)])
        .map(drop)
}

/// The receipt at a position.
pub(crate) fn receipt(db: &Connection, seq: i64) -> rusqlite::Result<Vec<u8>> {
    db.prepare_cached("SELECT receipt FROM transactions WHERE seq = ?1")?.query_row([seq], |row| row.get(0))
}

/// The handle that a hold is for, with the device whose one-time handle it is.
pub(crate) fn handle(db: &Connection, number: i64) -> rusqlite::Result<(Handle, Option<DeviceId>)> {
    db.prepare_cached(
        "SELECT n.handle, d.id FROM holds h JOIN handles n ON n.number = h.handle
         LEFT JOIN devices d ON d.number = n.device AND n.state <> 5 WHERE h.number = ?1",
    )?
    .query_row([number], |row| Ok((Handle::new(row.get(0)?), row.get::<_, Option<[u8; 16]>>(1)?.map(DeviceId::new))))
}

/// The number of the asset that a hold is of.
pub(crate) fn asset(db: &Connection, number: i64) -> rusqlite::Result<i64> {
    db.prepare_cached("SELECT asset FROM holds WHERE number = ?1")?.query_row([number], |row| row.get(0))
}
