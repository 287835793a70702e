//! The part of the audit that is about money: positions, postings, balances, and the signed reason of each.

use super::{Authority, Finding, Position, Report, expect, has_tabs, mismatch, parse, rows};
use crate::store::ledger::Kind;
use crate::store::spent::{HOURS, SPENT_MAX};
use crate::store::{int, uint};
use farthing_protocol::cose::Verified;
use farthing_protocol::device::DeviceCertificate;
use farthing_protocol::id::{DeviceId, Digest, Epoch, Seq};
use farthing_protocol::issue::{Issue, details_hash};
use farthing_protocol::key::Kid;
use farthing_protocol::list_receipt::ListReceipt;
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::order::{Body, Order};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(
    db: &Connection,
    authority: &Authority,
    since: Seq,
    report: &mut Report,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Finding> {
    let twice = db.prepare("SELECT 1 FROM orders NOT INDEXED GROUP BY account, id HAVING count(*) > 1")?.exists([])?;
    expect(!twice, || "an order stands twice in the journal".to_owned())?;
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(uint);
    report.orders = count("SELECT count(*) FROM orders")?;
    report.entries = count("SELECT count(*) FROM entries")?;
    report.seq = count("SELECT seq FROM ledger")?;
    balances(db, report)?;
    positions(db, authority, since, report.seq, progress)?;
    refusals(db, authority)?;
    spent(db)?;
    nothing_extra(db)
}

/// Balances are what the postings add up to; postings of each position, and all balances, add up to zero.
fn balances(db: &Connection, report: &mut Report) -> Result<(), Finding> {
    let mut added: BTreeMap<(i64, i64), i128> = BTreeMap::new();
    let mut position: BTreeMap<i64, i128> = BTreeMap::new();
    let mut at = 0;
    let mut statement = db.prepare("SELECT seq, account, asset, amount FROM postings ORDER BY seq")?;
    let mut found = statement.query([])?;
    loop {
        let row = found.next()?;
        let seq = row.map(|row| row.get(0)).transpose()?;
        if seq != Some(at) {
            expect(position.values().all(|sum| *sum == 0), || format!("the postings of position {at} do not add up"))?;
            position.clear();
        }
        let Some(row) = row else { break };
        at = row.get(0)?;
        let (account, asset, amount): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
        *added.entry((account, asset)).or_default() += i128::from(amount);
        *position.entry(asset).or_default() += i128::from(amount);
    }
    let names: BTreeMap<i64, String> =
        rows(db, "SELECT number, code FROM assets", |r| Ok((r.get(0)?, r.get(1)?)))?.into_iter().collect();
    for name in names.values() {
        report.sums.insert(name.clone(), 0);
    }
    for (account, asset, balance, role) in rows::<(i64, i64, i64, i64)>(
        db,
        "SELECT b.account, b.asset, b.balance, a.role FROM balances b JOIN accounts a ON a.number = b.account",
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
    )? {
        let sum = added.remove(&(account, asset)).unwrap_or_default();
        expect(sum == i128::from(balance), || {
            format!("account number {account} holds {balance}, its entries add up to {sum}")
        })?;
        expect(role == 1 || balance >= 0, || format!("account number {account} is below zero"))?;
        if let Some(total) = names.get(&asset).and_then(|name| report.sums.get_mut(name)) {
            *total += i128::from(balance);
        }
    }
    expect(added.values().all(|sum| *sum == 0), || "an account has entries and no balance".to_owned())?;
    expect(report.sums.values().all(|sum| *sum == 0), || "the balances do not add up to zero".to_owned())
}

/// Positions follow each other without a gap, each with a signed receipt and a signed reason.
fn positions(
    db: &Connection,
    authority: &Authority,
    since: Seq,
    last: u64,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Finding> {
    let mut expected = 1;
    let mut statement = db.prepare("SELECT seq, epoch, time_ms, kind, receipt FROM transactions ORDER BY seq")?;
    let mut found = statement.query([])?;
    let mut time = 0;
    while let Some(row) = found.next()? {
        let seq = uint(row.get(0)?);
        expect(seq == expected, || format!("position {expected} is missing"))?;
        expected += 1;
        let row_time = uint(row.get(2)?);
        expect(row_time >= time, || format!("position {seq} is earlier than the one before"))?;
        time = row_time;
        if seq > since.get() {
            let (kid, at) = position(db, authority, seq, row.get(3)?, &row.get::<_, Vec<u8>>(4)?)?;
            let same = (at.seq.get(), at.epoch.get(), at.time.as_ms()) == (seq, uint(row.get(1)?), row_time);
            expect(same, || format!("the receipt of {seq} is another's"))?;
            authority.in_force(kid, &at)?;
        }
        progress(seq, last);
    }
    expect(expected == last + 1, || format!("the ledger says {last} positions, there are {}", expected - 1))
}

/// The signed receipt of a position, with what belongs to it: which key signed, and where it says that it stands.
fn position(
    db: &Connection,
    authority: &Authority,
    seq: u64,
    kind: i64,
    receipt: &[u8],
) -> Result<(Kid, Position), Finding> {
    let what = format!("the receipt of {seq}");
    if kind == Kind::List as i64 {
        let receipt = authority.signed::<ListReceipt>(receipt, &what)?;
        list(db, seq, &receipt)?;
        return Ok((receipt.signed().kid(), Position::from(&*receipt)));
    }
    if super::tabs::is_one(kind) {
        return super::tabs::position(db, authority, seq, kind, receipt);
    }
    if super::allowances::is_one(kind) {
        return super::allowances::position(db, authority, seq, kind, receipt);
    }
    let receipt = authority.signed::<Receipt>(receipt, &what)?;
    if kind == Kind::Payment as i64 {
        payment(db, authority, seq, &receipt)?;
    } else {
        issue(db, authority, seq, &receipt)?;
    }
    Ok((receipt.signed().kid(), Position::from(&*receipt)))
}

/// A device list moves nothing, and is shown to its account alone. What is in it is [`super::devices`]'s.
fn list(db: &Connection, seq: u64, receipt: &ListReceipt) -> Result<(), Finding> {
    let (account, signed): (i64, Vec<u8>) = db
        .prepare_cached("SELECT account, signed FROM lists WHERE seq = ?1")?
        .query_row([int(seq)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| mismatch(format!("position {seq} has no device list")))?;
    expect(receipt.list == Digest::of(&signed), || format!("the receipt of {seq} is not for its device list"))?;
    postings(db, seq, &BTreeSet::new())?;
    shown(db, seq, &[(account, 4)])
}

pub(super) fn asset_number(db: &Connection, asset: &Asset) -> Result<i64, Finding> {
    crate::store::ledger::asset_number(db, asset)?.ok_or_else(|| mismatch("an amount in an unknown asset"))
}

/// What an order in the journal says, its signature checked against its device's certificate.
fn order(authority: &Authority, row: &rusqlite::Row<'_>) -> Result<Verified<Order>, Finding> {
    let (account, id, hash): ([u8; 16], [u8; 16], [u8; 32]) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (device, certificate): ([u8; 16], Vec<u8>) = (row.get(3)?, row.get(4)?);
    let act = parse::<DeviceCertificate>(&certificate, "a device")?.claims().act;
    let order = super::signed_by::<Order>(&row.get::<_, Vec<u8>>(5)?, &act, "an order")?;
    let same = *order.account.as_bytes() == account
        && *order.id.as_bytes() == id
        && order.device == DeviceId::new(device)
        && order.hash() == Digest::new(hash)
        && order.verifier == authority.verifier;
    expect(same, || "an order in the journal is another's".to_owned())?;
    Ok(order)
}

const ORDER: &str = "SELECT a.id, o.id, o.hash, d.id, d.certificate, o.signed, o.account, o.amount, o.fee, o.refusal, o.asset, o.decided_ms, o.sweep_ms
     FROM orders o JOIN accounts a ON a.number = o.account JOIN devices d ON d.number = o.device";

/// An order that was made before the epoch opened is not decided in it (wire decision 7): it may have been decided
/// otherwise in the history that was lost.
pub(super) fn of_its_epoch(authority: &Authority, created: Time, epoch: Epoch) -> Result<(), Finding> {
    let opened = authority.opening(epoch).is_some_and(|checkpoint| created >= checkpoint.time);
    expect(opened, || format!("an order was decided in epoch {epoch}, and is older, or there is no such epoch"))
}

fn payment(db: &Connection, authority: &Authority, seq: u64, receipt: &Receipt) -> Result<(), Finding> {
    let mut statement = db.prepare_cached(&format!("{ORDER} WHERE o.seq = ?1"))?;
    let mut found = statement.query([int(seq)])?;
    let row = found.next()?.ok_or_else(|| mismatch(format!("position {seq} has no order")))?;
    let order = order(authority, row)?;
    let Body::Payment(payment) = &order.body;
    let same = receipt.order == order.hash()
        && receipt.amount == payment.amount
        && receipt.payee_key == payment.payee_key
        && receipt.reference == payment.reference
        && receipt.details == payment.details;
    expect(same, || format!("the receipt of {seq} is not for its order"))?;
    of_its_epoch(authority, order.created, receipt.epoch)?;
    let fees = authority.fees.get(&order.fee_version.get()).ok_or_else(|| mismatch("an unknown fee schedule"))?;
    let fee = fees.fee(&payment.amount).map_err(|e| mismatch(e.to_string()))?;
    let asset = asset_number(db, &payment.amount.asset())?;
    let columns = (row.get::<_, i64>(10)?, uint(row.get(7)?), uint(row.get(8)?), uint(row.get(11)?));
    expect(columns == (asset, payment.amount.value(), fee.value(), receipt.time.as_ms()), || {
        format!("the journal has another amount or fee for {seq}")
    })?;
    let payer: i64 = row.get(6)?;
    let payee = payee(db, seq, payment)?;
    moved(db, seq, asset, payer, payee, &payment.amount, &fee)?;
    shown(db, seq, &[(payer, 2), (payee, 1)])?;
    let bundle: Option<Vec<u8>> = db
        .prepare_cached("SELECT bundle FROM bundles WHERE seq = ?1")?
        .query_row([int(seq)], |r| r.get(0))
        .optional()?;
    expect(bundle.as_deref().map(Digest::of) == payment.bundle, || format!("the sealed message of {seq} is another"))
}

/// The payee's account; a one-time handle was used by this very position.
fn payee(db: &Connection, seq: u64, payment: &farthing_protocol::order::Payment) -> Result<i64, Finding> {
    let (account, state, used): (i64, i64, Option<i64>) = db
        .prepare_cached("SELECT account, state, seq FROM handles WHERE handle = ?1")?
        .query_row([payment.payee.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?
        .ok_or_else(|| mismatch(format!("position {seq} paid an unknown handle")))?;
    let once = state == 5 || (state == 3 && used == Some(int(seq)));
    expect(once, || format!("the one-time handle paid at {seq} was used by another payment too, or not burnt"))?;
    Ok(account)
}

/// The postings are exactly those of the order.
fn moved(
    db: &Connection,
    seq: u64,
    asset: i64,
    payer: i64,
    payee: i64,
    amount: &Amount,
    fee: &Amount,
) -> Result<(), Finding> {
    let (credit, on_top) = (int(amount.value()), int(fee.value()));
    let mut expected = BTreeSet::from([(payer, asset, -(credit + on_top)), (payee, asset, credit)]);
    if on_top != 0 {
        expected.insert((crate::store::ledger::FEES, asset, on_top));
    }
    postings(db, seq, &expected)
}

pub(super) fn postings(db: &Connection, seq: u64, expected: &BTreeSet<(i64, i64, i64)>) -> Result<(), Finding> {
    let found = db
        .prepare_cached("SELECT account, asset, amount FROM postings WHERE seq = ?1")?
        .query_map([int(seq)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<BTreeSet<(i64, i64, i64)>, _>>()?;
    expect(found == *expected, || format!("the postings of {seq} are not what was signed"))
}

pub(super) fn shown(db: &Connection, seq: u64, expected: &[(i64, i64)]) -> Result<(), Finding> {
    let mut found = 0;
    for (account, kind) in expected {
        let there = db
            .prepare_cached("SELECT 1 FROM entries WHERE account = ?1 AND seq = ?2 AND kind = ?3")?
            .exists(params![account, int(seq), kind])?;
        found += usize::from(there);
    }
    expect(found == expected.len(), || format!("an account does not see position {seq} as it is"))
}

fn issue(db: &Connection, authority: &Authority, seq: u64, receipt: &Receipt) -> Result<(), Finding> {
    let (id, account, account_id, signed): ([u8; 16], i64, [u8; 16], Vec<u8>) = db
        .prepare_cached(
            "SELECT i.id, i.account, a.id, i.signed FROM issues i JOIN accounts a ON a.number = i.account WHERE i.seq = ?1",
        )?
        .query_row([int(seq)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?
        .ok_or_else(|| mismatch(format!("position {seq} has no issue")))?;
    let issue = authority.signed::<Issue>(&signed, &format!("the issue of {seq}"))?;
    let same = *issue.id.as_bytes() == id
        && *issue.account.as_bytes() == account_id
        && issue.verifier == authority.verifier
        && receipt.order == issue.hash()
        && receipt.amount == issue.amount
        && receipt.details == details_hash(issue.signed());
    expect(same, || format!("the receipt of {seq} is not for its issue"))?;
    let asset = asset_number(db, &issue.amount.asset())?;
    let units = int(issue.amount.value());
    let expected = BTreeSet::from([(crate::store::ledger::ISSUER, asset, -units), (account, asset, units)]);
    postings(db, seq, &expected)?;
    shown(db, seq, &[(account, 3)])
}

fn refusals(db: &Connection, authority: &Authority) -> Result<(), Finding> {
    let mut statement = db.prepare(&format!("{ORDER} WHERE o.seq IS NULL"))?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let order = order(authority, row)?;
        let refusal = authority.signed::<Refusal>(&row.get::<_, Vec<u8>>(9)?, "a refusal")?;
        let kept = order.expires.plus(farthing_protocol::limits::REFUSAL_KEPT).as_ms();
        let same =
            refusal.order == order.hash() && refusal.time.as_ms() == uint(row.get(11)?) && kept == uint(row.get(12)?);
        expect(same, || "a refusal is another order's".to_owned())?;
        of_its_epoch(authority, order.created, refusal.epoch)?;
    }
    Ok(())
}

/// The running totals behind limits per day are what the orders add up to, in two parts that stay below 2^63.
fn spent(db: &Connection) -> Result<(), Finding> {
    // A backup of the first schema has none, and is not changed to be looked at.
    if !db.table_exists(None, "spent")? {
        return Ok(());
    }
    let tabs = if has_tabs(db)? {
        "UNION ALL SELECT device, asset, decided_ms, amount FROM tab_journal WHERE amount > 0"
    } else {
        ""
    };
    let due = format!(
        "WITH paid (device, asset, decided_ms, amount) AS (
           SELECT device, asset, decided_ms, amount FROM orders WHERE seq IS NOT NULL {tabs}),
         due (device, asset, hour, amount) AS (
         SELECT device, asset, decided_ms / 3600000,
           min(sum(amount / 1000000000) * 1000000000 + sum(amount % 1000000000), ?1)
         FROM paid GROUP BY device, asset, decided_ms / 3600000)"
    );
    let begin = "(SELECT time_ms FROM ledger) / 3600000 - ?2";
    for sql in [
        format!("{due} SELECT device, asset, hour, amount FROM spent WHERE hour >= {begin} EXCEPT SELECT * FROM due"),
        format!("{due} SELECT * FROM due WHERE hour >= {begin} EXCEPT SELECT device, asset, hour, amount FROM spent"),
    ] {
        let differs = db.prepare(&sql)?.exists(params![SPENT_MAX, int(HOURS)])?;
        expect(!differs, || "what a device paid in an hour is not what its orders add up to".to_owned())?;
    }
    Ok(())
}

/// No row says that money moved, or was shown, where no position does.
fn nothing_extra(db: &Connection) -> Result<(), Finding> {
    // A hold burns a handle and brings a sealed message as a payment does.
    let placed =
        if has_tabs(db)? { "SELECT seq FROM orders UNION ALL SELECT seq FROM holds" } else { "SELECT seq FROM orders" };
    for (what, sql) in [
        (
            "a sealed message",
            format!("SELECT 1 FROM bundles WHERE seq NOT IN (SELECT seq FROM ({placed}) WHERE seq IS NOT NULL)"),
        ),
        (
            "a used handle",
            format!(
                "SELECT 1 FROM handles WHERE state = 3 AND seq NOT IN (SELECT seq FROM ({placed}) WHERE seq IS NOT NULL)"
            ),
        ),
    ] {
        expect(!db.prepare(&sql)?.exists([])?, || format!("{what} belongs to no position"))?;
    }
    for (what, sql) in [
        ("an entry", "SELECT 1 FROM entries WHERE kind <> 12 GROUP BY seq HAVING count(*) > 2"),
        ("an issue", "SELECT 1 FROM issues i JOIN transactions t ON t.seq = i.seq WHERE t.kind <> 2"),
        ("an order", "SELECT 1 FROM orders o JOIN transactions t ON t.seq = o.seq WHERE t.kind <> 1"),
        (
            "an entry",
            "SELECT 1 FROM entries e JOIN transactions t ON t.seq = e.seq WHERE (e.kind = 3) <> (t.kind = 2) OR (e.kind = 4) <> (t.kind = 3)",
        ),
        (
            "an entry",
            "SELECT 1 FROM entries e JOIN transactions t ON t.seq = e.seq WHERE t.kind IN (2, 3) GROUP BY e.seq HAVING count(*) > 1",
        ),
    ] {
        expect(!db.prepare(sql)?.exists([])?, || format!("{what} belongs to no position"))?;
    }
    Ok(())
}
