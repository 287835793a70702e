//! The journal of what was asked of holds and allowances: what was decided stays decided, refusals too.

use super::int;
use super::journal::{Answer, Decided};
use farthing_protocol::id::{Digest, Seq};
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, params};

/// What was asked. The number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TabKind {
    Place = 1,
    Change = 2,
    Close = 3,
    Release = 4,
    Claim = 5,
    Allow = 6,
    OfflineClaim = 7,
    Revoke = 8,
}

impl TabKind {
    /// The kind with a stored number; CHECKs keep others out.
    pub(crate) const fn of_number(number: i64) -> Self {
        match number {
            1 => Self::Place,
            2 => Self::Change,
            3 => Self::Close,
            4 => Self::Release,
            5 => Self::Claim,
            6 => Self::Allow,
            7 => Self::OfflineClaim,
            _ => Self::Revoke,
        }
    }
}

/// Who asked what, as the journal keeps it.
#[derive(Clone, Copy)]
pub(crate) struct TabRow<'a> {
    pub(crate) account: i64,
    pub(crate) id: [u8; 16],
    pub(crate) hash: Digest,
    pub(crate) device: i64,
    pub(crate) kind: TabKind,
    pub(crate) signed: &'a [u8],
    pub(crate) decided: Time,
}

/// What became of it.
pub(crate) enum Outcome<'a> {
    /// It made this position; with what counts to the device's limit per day.
    Position(Seq, Option<(i64, u64)>),
    /// It changed nothing: the receipt of this position answers it. Forgotten after a time.
    Unchanged(i64, Time),
    /// It was refused. Forgotten after a time.
    Refused(&'a [u8], Time),
}

/// What the journal says about (account, id).
pub(crate) fn find(db: &Connection, account: i64, id: &[u8; 16]) -> rusqlite::Result<Option<Decided>> {
    db.prepare_cached(
        "SELECT j.hash, t.receipt, j.refusal FROM tab_journal j LEFT JOIN transactions t ON t.seq = coalesce(j.seq, j.answer)
         WHERE j.account = ?1 AND j.id = ?2",
    )?
    .query_row(params![account, id], |row| {
        let answer = match row.get::<_, Option<Vec<u8>>>(1)? {
            Some(receipt) => Answer::Receipt(receipt),
            None => Answer::Refusal(row.get(2)?),
        };
        Ok(Decided { hash: Digest::new(row.get(0)?), answer })
    })
    .optional()
}

pub(crate) fn insert(db: &Connection, row: &TabRow<'_>, outcome: &Outcome<'_>) -> rusqlite::Result<()> {
    let (mut seq, mut counted, mut answer, mut refusal, mut sweep) = (None, None, None, None, None);
    match outcome {
        Outcome::Position(position, amount) => {
            seq = Some(int(position.get()));
            counted = *amount;
        }
        Outcome::Unchanged(position, until) => {
            answer = Some(*position);
            sweep = Some(int(until.as_ms()));
        }
        Outcome::Refused(bytes, until) => {
            refusal = Some(*bytes);
            sweep = Some(int(until.as_ms()));
        }
    }
    db.prepare_cached(
        "INSERT INTO tab_journal (account, id, hash, device, kind, signed, decided_ms, seq, answer, refusal, sweep_ms, asset, amount)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        row.account,
        row.id,
        row.hash.as_bytes(),
        row.device,
        row.kind as i64,
        row.signed,
        int(row.decided.as_ms()),
        seq,
        answer,
        refusal,
        sweep,
        counted.map(|(asset, _)| asset),
        counted.map(|(_, amount)| int(amount)),
    ])
    .map(drop)
}
