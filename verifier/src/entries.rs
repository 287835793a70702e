//! An account's ledger, page by page: what the payee's wallet counts money by.

use crate::context::Context;
use crate::fault::Fault;
use crate::read::Reading;
use crate::store::{int, ledger, uint};
use farthing_protocol::cbor::Bytes;
use farthing_protocol::cose::Signed;
use farthing_protocol::http::{EntriesPage, Entry, EntryKind, MEDIA_CBOR, Reply};
use farthing_protocol::id::{DeviceId, Epoch, Handle, Nonce, OrderId, Seq};
use farthing_protocol::money::Amount;
use farthing_protocol::order::{Body, Order};
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
        "SELECT t.epoch, e.seq, e.kind, t.receipt, o.signed, i.signed, b.bundle, o.id, o.asset, o.fee, l.signed,
           h.handle, d.id
         FROM entries e JOIN transactions t ON t.seq = e.seq
         LEFT JOIN orders o ON o.seq = e.seq
         LEFT JOIN issues i ON i.seq = e.seq
         LEFT JOIN lists l ON l.seq = e.seq
         LEFT JOIN handles h ON h.seq = e.seq AND e.kind = 1
         LEFT JOIN devices d ON d.number = h.device
         LEFT JOIN bundles b ON b.seq = e.seq AND e.kind = 1
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
        entries.push(entry(db, row)?);
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

fn entry(db: &Connection, row: &Row<'_>) -> Result<Entry, Fault> {
    let kind = match row.get::<_, i64>(2)? {
        1 => EntryKind::Credit,
        2 => EntryKind::Debit,
        3 => EntryKind::Issue,
        _ => EntryKind::Devices,
    };
    let bytes = |column| row.get::<_, Option<Vec<u8>>>(column);
    // The payer's order names its account and device: the payee does not get it (law 4).
    let cause = match kind {
        EntryKind::Credit => None,
        EntryKind::Debit => bytes(4)?,
        EntryKind::Issue => bytes(5)?,
        EntryKind::Devices => bytes(10)?,
    };
    let (order, handle, device) = match kind {
        EntryKind::Credit => {
            let order = row.get::<_, Option<[u8; 16]>>(7)?.map(OrderId::new);
            let device = row.get::<_, Option<[u8; 16]>>(12)?.map(DeviceId::new);
            (order, Some(paid_handle(row)?), device)
        }
        EntryKind::Debit | EntryKind::Issue | EntryKind::Devices => (None, None, None),
    };
    let fee = match (kind, row.get::<_, Option<i64>>(8)?, row.get::<_, Option<i64>>(9)?) {
        (EntryKind::Debit, Some(asset), Some(fee)) => {
            let amount = Amount::new(uint(fee), ledger::asset(db, asset)?);
            Some(amount.map_err(|_| Fault::Damaged("a fee above the largest amount"))?)
        }
        _ => None,
    };
    Ok(Entry {
        epoch: Epoch::new(uint(row.get(0)?)),
        seq: Seq::new(uint(row.get(1)?)),
        kind,
        receipt: Bytes::new(row.get(3)?)?,
        cause: cause.map(Bytes::new).transpose()?,
        bundle: bytes(6)?.map(Bytes::new).transpose()?,
        order,
        fee,
        handle,
        device,
    })
}

/// The handle that a credit was paid to. A one-time handle knows its position; an alias's stands in the order alone.
fn paid_handle(row: &Row<'_>) -> Result<Handle, Fault> {
    if let Some(once) = row.get::<_, Option<[u8; 16]>>(11)? {
        return Ok(Handle::new(once));
    }
    let order = Signed::<Order>::parse(&row.get::<_, Vec<u8>>(4)?).map_err(Fault::damaged)?;
    let Body::Payment(payment) = &order.claims().body;
    Ok(payment.payee)
}
