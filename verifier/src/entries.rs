//! An account's ledger, page by page: what the payee's wallet counts money by.

use crate::context::Context;
use crate::fault::Fault;
use crate::read::Reading;
use crate::store::tab_journal::TabKind;
use crate::store::{allowances, holds, int, ledger, uint};
use farthing_protocol::cbor::Bytes;
use farthing_protocol::cose::{Object, Signed, SignedBytes};
use farthing_protocol::http::{EntriesPage, Entry, EntryKind, MEDIA_CBOR, Reply};
use farthing_protocol::id::{DeviceId, Epoch, Handle, Nonce, OrderId, Seq};
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::offline::{Allowance, Settlement};
use farthing_protocol::order::{Body, Order};
use farthing_protocol::tab::Claim;
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, Row};

/// The entries after a position, with a head of the same moment.
pub(crate) fn page(
    db: &Connection,
    context: &Context,
    account: i64,
    after: (Epoch, Seq),
    max: u64,
    nonce: Nonce,
    time: Time,
) -> Result<Reading, Fault> {
    let from = first_after(db, after)?;
    let mut statement = db.prepare_cached(
        "SELECT t.epoch, e.seq, e.kind, t.receipt, b.bundle, o.signed, o.id, o.asset, o.fee, i.signed, l.signed,
           h.handle, d.id, j.signed, j.id, j.kind, p.hold, p.fee, g.asset
         FROM entries e JOIN transactions t ON t.seq = e.seq
         LEFT JOIN orders o ON o.seq = e.seq
         LEFT JOIN issues i ON i.seq = e.seq
         LEFT JOIN lists l ON l.seq = e.seq
         LEFT JOIN hold_positions p ON p.seq = e.seq
         LEFT JOIN holds g ON g.number = p.hold
         LEFT JOIN tab_journal j ON j.seq = e.seq
         LEFT JOIN handles h ON h.seq = e.seq AND e.kind = 1
         LEFT JOIN devices d ON d.number = h.device
         LEFT JOIN bundles b ON b.seq = e.seq AND e.kind IN (1, 6)
         WHERE e.account = ?1 AND e.seq >= ?2 ORDER BY e.seq LIMIT ?3",
    )?;
    let mut rows = statement.query([account, from, int(max) + 1])?;
    let mut entries = Vec::new();
    let mut more = false;
    while let Some(row) = rows.next()? {
        if entries.len() as u64 == max {
            more = true;
            break;
        }
        entries.push(entry(db, row, account)?);
    }
    let nothing_yet = entries.is_empty();
    let page = EntriesPage { head: Bytes::new(context.head(db, time, nonce)?)?, entries, more };
    Ok(Reading { reply: Reply::ok(MEDIA_CBOR, page.encode()), nothing_yet })
}

/// The first seq after (epoch, seq), in the order of both: an epoch after a restore begins anew below the
/// positions that were lost.
fn first_after(db: &Connection, (epoch, seq): (Epoch, Seq)) -> Result<i64, Fault> {
    let next_epoch: Option<i64> = db
        .prepare_cached("SELECT first_seq FROM checkpoints WHERE epoch > ?1 ORDER BY epoch, first_seq LIMIT 1")?
        .query_row([int(epoch.get())], |row| row.get(0))
        .optional()?;
    let next = int(seq.next().get());
    Ok(next_epoch.map_or(next, |first| next.min(first)))
}

/// The number of a kind is what `entries` has.
const fn kind_of(number: i64) -> EntryKind {
    match number {
        1 => EntryKind::Credit,
        2 => EntryKind::Debit,
        3 => EntryKind::Issue,
        5 => EntryKind::Hold,
        6 => EntryKind::Tab,
        7 => EntryKind::Claim,
        8 => EntryKind::Spent,
        9 => EntryKind::Allowance,
        10 => EntryKind::OfflineClaim,
        11 => EntryKind::Settled,
        12 => EntryKind::Share,
        _ => EntryKind::Devices,
    }
}

fn entry(db: &Connection, row: &Row<'_>, account: i64) -> Result<Entry, Fault> {
    let kind = kind_of(row.get(2)?);
    let bytes = |column| row.get::<_, Option<Vec<u8>>>(column);
    let plain = Entry {
        epoch: Epoch::new(uint(row.get(0)?)),
        seq: Seq::new(uint(row.get(1)?)),
        kind,
        receipt: Bytes::new(row.get(3)?)?,
        cause: None,
        bundle: bytes(4)?.map(Bytes::new).transpose()?,
        order: None,
        fee: None,
        handle: None,
        device: None,
    };
    let cause = |column| Ok::<_, Fault>(bytes(column)?.map(Bytes::new).transpose()?);
    let order = |column| Ok::<_, Fault>(row.get::<_, Option<[u8; 16]>>(column)?.map(OrderId::new));
    Ok(match kind {
        // The payer's order names its account and device: the payee does not get it (law 4).
        EntryKind::Credit => {
            let (handle, device) = paid_handle(row)?;
            Entry { order: order(6)?, handle: Some(handle), device, ..plain }
        }
        EntryKind::Debit => {
            let fee = match (row.get::<_, Option<i64>>(7)?, row.get::<_, Option<i64>>(8)?) {
                (Some(asset), Some(fee)) => Some(amount(db, asset, fee)?),
                _ => None,
            };
            Entry { cause: cause(5)?, fee, ..plain }
        }
        EntryKind::Issue => Entry { cause: cause(9)?, ..plain },
        EntryKind::Devices => Entry { cause: cause(10)?, ..plain },
        EntryKind::Hold => Entry { cause: cause(13)?, fee: Some(fee_of_hold(db, row)?), ..plain },
        EntryKind::Tab => {
            let placed = row.get::<_, Option<i64>>(15)? == Some(TabKind::Place as i64);
            let (handle, device) = holds::handle(db, row.get(16)?)?;
            let order = if placed { order(14)? } else { None };
            Entry { order, handle: Some(handle), device, ..plain }
        }
        EntryKind::Claim => Entry { cause: cause(13)?, ..plain },
        // The claim names the payee's account and device: the payer gets the voucher in it, which it signed itself.
        EntryKind::Spent => {
            let claimed = row.get::<_, Option<i64>>(15)? == Some(TabKind::Claim as i64);
            let voucher = match bytes(13)?.filter(|_| claimed) {
                Some(claim) => Some(voucher_of(&claim)?),
                None => None,
            };
            Entry { cause: voucher, fee: Some(fee_of_hold(db, row)?), ..plain }
        }
        EntryKind::Allowance => {
            let cap = stored::<Allowance>(&plain)?.cap;
            let fee = moved(db, plain.seq, ledger::HELD)?.saturating_sub(cap.value());
            Entry { cause: cause(13)?, fee: Some(fee_in(fee, cap.asset())?), ..plain }
        }
        EntryKind::OfflineClaim => Entry { cause: cause(13)?, ..plain },
        EntryKind::Settled => {
            let asset = stored::<Settlement>(&plain)?.cap.asset();
            Entry { fee: Some(fee_in(moved(db, plain.seq, ledger::FEES)?, asset)?), ..plain }
        }
        EntryKind::Share => {
            let own = allowances::lines(db, plain.seq, account, 0, 1)?.pop();
            Entry { cause: own.map(Bytes::new).transpose()?, ..plain }
        }
    })
}

/// What an entry's receipt says.
fn stored<T: Object + Clone>(entry: &Entry) -> Result<T, Fault> {
    Ok(Signed::<T>::parse(entry.receipt.as_slice()).map_err(Fault::damaged)?.claims().clone())
}

/// What came to one of the verifier's own accounts at a position.
fn moved(db: &Connection, seq: Seq, account: i64) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT amount FROM postings WHERE seq = ?1 AND account = ?2")?
        .query_row([int(seq.get()), account], |row| row.get(0).map(uint))
        .optional()
        .map(Option::unwrap_or_default)
}

fn fee_in(units: u64, asset: Asset) -> Result<Amount, Fault> {
    Amount::new(units, asset).map_err(|_| Fault::Damaged("a fee above the largest amount"))
}

fn amount(db: &Connection, asset: i64, units: i64) -> Result<Amount, Fault> {
    fee_in(uint(units), ledger::asset(db, asset)?)
}

fn fee_of_hold(db: &Connection, row: &Row<'_>) -> Result<Amount, Fault> {
    amount(db, row.get(18)?, row.get(17)?)
}

fn voucher_of(claim: &[u8]) -> Result<SignedBytes, Fault> {
    let claim = Signed::<Claim>::parse(claim).map_err(Fault::damaged)?;
    Ok(Bytes::new(claim.claims().voucher.as_slice().to_vec())?)
}

/// The handle that a credit was paid to, with the device whose one-time handle it is: that one knows its position, an alias's stands in
/// the order alone.
fn paid_handle(row: &Row<'_>) -> Result<(Handle, Option<DeviceId>), Fault> {
    if let Some(once) = row.get::<_, Option<[u8; 16]>>(11)? {
        return Ok((Handle::new(once), row.get::<_, Option<[u8; 16]>>(12)?.map(DeviceId::new)));
    }
    let order = Signed::<Order>::parse(&row.get::<_, Vec<u8>>(5)?).map_err(Fault::damaged)?;
    let Body::Payment(payment) = &order.claims().body;
    Ok((payment.payee, None))
}
