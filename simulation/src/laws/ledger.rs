//! Laws of the verifier's database, read through a connection of our own.

use super::{Broken, Law, hold};
use farthing_protocol::cose::Signed;
use farthing_protocol::http::{MEDIA_COSE, Reply};
use farthing_protocol::id::{Digest, Handle};
use farthing_protocol::key::PublicKey;
use farthing_protocol::offline::{Allowance, OfflineReceipt, Settlement};
use farthing_protocol::order::{Body, Order};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::refusal::Answer;
use farthing_protocol::tab::{ClaimReceipt, HoldReceipt};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// The state of an alias in the verifier's table of handles.
const ALIAS: i64 = 5;

/// In the verifier's table of transactions: a device list, which has a position and moves nothing, and the positions of tabs.
const LIST: i64 = 3;
const HOLD: i64 = 4;
const CLAIM: i64 = 5;
/// Positions of allowances.
const ALLOWANCE: i64 = 6;
const OFFLINE_CLAIM: i64 = 7;
const SETTLEMENT: i64 = 8;

/// What was seen of the ledger, for ever; what a restored verifier lost, apart.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    signing: PublicKey,
    seq: i64,
    time_ms: i64,
    receipts: BTreeMap<Digest, Vec<u8>>,
    refusals: BTreeMap<Digest, Vec<u8>>,
    expired: BTreeSet<Digest>,
    ids: BTreeMap<([u8; 16], [u8; 16]), Digest>,
    paid: BTreeMap<Handle, i64>,
    /// Receipts that were true before the verifier was restored, and that nobody may forget.
    lost: BTreeMap<Digest, Vec<u8>>,
    applied: u64,
    /// Holds that were placed, and claims that moved something; also what was lost afterwards.
    tabs: (u64, u64),
    /// Allowances that were set aside, claims from them, and settlements; also what was lost afterwards.
    offline: (u64, u64, u64),
}

impl Ledger {
    pub(crate) const fn new(signing: PublicKey) -> Self {
        Self {
            signing,
            seq: 0,
            time_ms: 0,
            receipts: BTreeMap::new(),
            refusals: BTreeMap::new(),
            expired: BTreeSet::new(),
            ids: BTreeMap::new(),
            paid: BTreeMap::new(),
            lost: BTreeMap::new(),
            applied: 0,
            tabs: (0, 0),
            offline: (0, 0, 0),
        }
    }

    /// From now on `signing` signs.
    pub(crate) const fn signs_with(&mut self, signing: PublicKey) {
        self.signing = signing;
    }

    /// How many orders were applied, also those that were lost afterwards.
    pub(crate) const fn applied(&self) -> u64 {
        self.applied
    }

    /// How many holds were placed, and how many claims moved something.
    pub(crate) const fn tabs(&self) -> (u64, u64) {
        self.tabs
    }

    /// How many allowances were set aside, how many claims were taken, and how many allowances were settled.
    pub(crate) const fn offline(&self) -> (u64, u64, u64) {
        self.offline
    }

    /// The newest position.
    pub(crate) const fn seq(&self) -> i64 {
        self.seq
    }

    /// The receipt over an order or issue.
    pub(crate) fn receipt(&self, order: &Digest) -> Option<&[u8]> {
        self.receipts.get(order).map(Vec::as_slice)
    }

    /// What was known when the backup was made, with what has come since as lost. From now on `signing` signs.
    pub(crate) fn restored(&self, backup: Self, signing: PublicKey) -> Self {
        let since = self.receipts.iter().filter(|(order, _)| !backup.receipts.contains_key(order));
        let since = since.map(|(order, bytes)| (*order, bytes.clone()));
        let lost = self.lost.clone().into_iter().chain(since).collect();
        Self { signing, lost, applied: self.applied, tabs: self.tabs, offline: self.offline, ..backup }
    }

    /// The receipt over an order or issue that was lost.
    pub(crate) fn lost(&self, order: &Digest) -> Option<&[u8]> {
        self.lost.get(order).map(Vec::as_slice)
    }

    /// The refusal that was journaled for an order.
    pub(crate) fn refusal(&self, order: &Digest) -> Option<&[u8]> {
        self.refusals.get(order).map(Vec::as_slice)
    }

    /// Looks at everything that can have changed.
    pub(crate) fn check(&mut self, db: &Connection) -> Result<(), Broken> {
        sums(db)?;
        revoked(db)?;
        self.transactions(db)?;
        self.journal(db)
    }

    fn transactions(&mut self, db: &Connection) -> Result<(), Broken> {
        let mut statement = db.prepare_cached(
            "SELECT t.seq, t.time_ms, t.receipt, o.signed, t.kind FROM transactions t LEFT JOIN orders o ON o.seq = t.seq
             WHERE t.seq > ?1 ORDER BY t.seq",
        )?;
        let mut rows = statement.query([self.seq])?;
        while let Some(row) = rows.next()? {
            let (seq, time_ms): (i64, i64) = (row.get(0)?, row.get(1)?);
            hold(Law::DecidedOnce, seq == self.seq + 1, || format!("seq {seq} follows {}", self.seq))?;
            hold(Law::NeverAfterExpiry, time_ms >= self.time_ms, || format!("ledger time goes back at seq {seq}"))?;
            (self.seq, self.time_ms) = (seq, time_ms);
            let kind: i64 = row.get(4)?;
            let bytes: Vec<u8> = row.get(2)?;
            match kind {
                LIST => continue,
                HOLD => {
                    let receipt = Signed::<HoldReceipt>::parse(&bytes)?.verify(&self.signing)?;
                    self.tabs.0 += u64::from(receipt.cause.as_bytes() == receipt.hold.as_bytes());
                    continue;
                }
                CLAIM => {
                    let receipt = Signed::<ClaimReceipt>::parse(&bytes)?.verify(&self.signing)?;
                    self.tabs.1 += u64::from(!receipt.amount.is_zero());
                    continue;
                }
                ALLOWANCE => {
                    Signed::<Allowance>::parse(&bytes)?.verify(&self.signing)?;
                    self.offline.0 += 1;
                    continue;
                }
                OFFLINE_CLAIM => {
                    Signed::<OfflineReceipt>::parse(&bytes)?.verify(&self.signing)?;
                    self.offline.1 += 1;
                    continue;
                }
                SETTLEMENT => {
                    Signed::<Settlement>::parse(&bytes)?.verify(&self.signing)?;
                    self.offline.2 += 1;
                    continue;
                }
                _ => {}
            }
            let receipt = Signed::<Receipt>::parse(&bytes)?.verify(&self.signing)?;
            if let Some(order) = row.get::<_, Option<Vec<u8>>>(3)? {
                self.apply(db, seq, time_ms, &receipt, &order)?;
            }
            let twice = self.receipts.insert(receipt.order, bytes).is_some();
            hold(Law::DecidedOnce, !twice, || format!("the order of seq {seq} was applied before"))?;
        }
        Ok(())
    }

    fn apply(
        &mut self,
        db: &Connection,
        seq: i64,
        time_ms: i64,
        receipt: &Receipt,
        order: &[u8],
    ) -> Result<(), Broken> {
        let order = Signed::<Order>::parse(order)?;
        let hash = order.hash();
        self.applied += 1;
        let Body::Payment(payment) = &order.claims().body;
        hold(Law::DecidedOnce, receipt.order == hash && receipt.amount == payment.amount, || {
            format!("the receipt of seq {seq} is not over its order")
        })?;
        let in_time = u64::try_from(time_ms).is_ok_and(|ms| ms < order.claims().expires.as_ms());
        hold(Law::NeverAfterExpiry, in_time, || format!("seq {seq} was applied after the order expired"))?;
        let said_no = self.expired.contains(&hash) || self.refusals.contains_key(&hash);
        hold(Law::DecidedOnce, !said_no, || format!("seq {seq} applies an order that was refused"))?;
        let (state, expires): (i64, Option<i64>) = db
            .prepare_cached("SELECT state, expires_ms FROM handles WHERE handle = ?1")?
            .query_row([payment.payee.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if state == ALIAS {
            return Ok(());
        }
        let first = self.paid.insert(payment.payee, seq);
        hold(Law::OneReceiptPerHandle, first.is_none(), || format!("seq {seq} pays a handle that seq {first:?} paid"))?;
        let open = expires.is_some_and(|expires| time_ms < expires);
        hold(Law::NeverAfterExpiry, open, || format!("seq {seq} pays a request that had expired"))
    }

    fn journal(&mut self, db: &Connection) -> Result<(), Broken> {
        let mut statement = db.prepare_cached(
            "SELECT a.id, o.id, o.hash, o.refusal FROM orders o JOIN accounts a ON a.number = o.account ORDER BY o.number",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let key: ([u8; 16], [u8; 16]) = (row.get(0)?, row.get(1)?);
            let hash = Digest::new(row.get(2)?);
            let first = *self.ids.entry(key).or_insert(hash);
            hold(Law::DecidedOnce, first == hash, || "another order stands under the same id".to_owned())?;
            if let Some(refusal) = row.get::<_, Option<Vec<u8>>>(3)? {
                hold(Law::DecidedOnce, !self.receipts.contains_key(&hash), || {
                    "an applied order was refused".to_owned()
                })?;
                let kept = self.refusals.entry(hash).or_insert_with(|| refusal.clone());
                hold(Law::DecidedOnce, *kept == refusal, || "a journaled refusal has changed".to_owned())?;
            }
        }
        Ok(())
    }

    /// Looks at an answer to an order after its commit, whether or not it will arrive.
    pub(crate) fn answered(&mut self, order: &Digest, reply: &Reply) -> Result<(), Broken> {
        if !is_signed(reply) {
            return Ok(());
        }
        match Answer::parse(&reply.body)? {
            Answer::Receipt(receipt) => {
                let same = self.receipt(order) == Some(receipt.bytes());
                hold(Law::DecidedOnce, same, || "a receipt left that does not stand in the ledger".to_owned())
            }
            Answer::Refusal(refusal) if refusal.claims().code == EXPIRED => {
                self.expired.insert(*order);
                let applied = self.receipts.contains_key(order);
                hold(Law::DecidedOnce, !applied, || "an applied order was called expired".to_owned())
            }
            Answer::Refusal(refusal) => {
                let same = self.refusal(order) == Some(refusal.bytes());
                hold(Law::DecidedOnce, same, || "a refusal left that is not journaled".to_owned())
            }
        }
    }
}

/// Signed afresh each time it is asked for, with the time of the asking: the word is the same, the bytes are not.
const EXPIRED: u16 = farthing_protocol::code::RefusalCode::ExpiredNeverApplied.number();

/// A receipt or a refusal: final.
pub(crate) fn is_signed(reply: &Reply) -> bool {
    matches!(reply.status, 200 | 409) && reply.media_type == MEDIA_COSE
}

/// Nothing of a device is applied behind the list that leaves it out (wire decision 11).
fn revoked(db: &Connection) -> Result<(), Broken> {
    let late: i64 = db
        .prepare_cached(
            "SELECT count(*) FROM orders o JOIN devices d ON d.number = o.device WHERE o.seq > d.revoked_seq",
        )?
        .query_row([], |row| row.get(0))?;
    hold(Law::RevokedIsRevoked, late == 0, || format!("{late} orders of revoked devices were applied"))
}

/// Laws of the whole database, summed up each time.
fn sums(db: &Connection) -> Result<(), Broken> {
    let count = |sql: &str| -> Result<i64, rusqlite::Error> { db.prepare_cached(sql)?.query_row([], |row| row.get(0)) };
    let uneven = count("SELECT count(*) FROM (SELECT 1 FROM postings GROUP BY seq, asset HAVING sum(amount) <> 0)")?;
    hold(Law::Conservation, uneven == 0, || format!("{uneven} transactions do not sum to zero"))?;
    let other = count(
        "SELECT count(*) FROM balances b WHERE b.balance <>
         coalesce((SELECT sum(p.amount) FROM postings p WHERE p.account = b.account AND p.asset = b.asset), 0)",
    )?;
    hold(Law::Conservation, other == 0, || format!("{other} balances are not what was posted"))?;
    let total = count("SELECT coalesce(sum(balance), 0) FROM balances")?;
    hold(Law::Conservation, total == 0, || format!("all balances sum to {total}"))?;
    let debts = count("SELECT count(*) FROM balances WHERE balance < 0 AND account <> 1")?;
    hold(Law::NoDebt, debts == 0, || format!("{debts} accounts are negative"))
}
