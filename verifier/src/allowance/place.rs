//! An allowance is set aside by an order of a kind of its own: decided as a payment is, with the cap as the amount and nobody to pay yet
//! (docs/protocol.md 20.2).

use super::AllowanceCall;
use crate::act;
use crate::context::Context;
use crate::fault::Fault;
use crate::order::rules::{self, No};
use crate::order::{Arrived, arrived, check_bundle, expired};
use crate::store::accounts::Device;
use crate::store::allowances::{self, NewAllowance};
use crate::store::ledger::{self, HELD, Kind, Transaction};
use crate::store::tab_journal::{self, Outcome, TabKind, TabRow};
use crate::store::{int, spent};
use crate::tab::{decided_before, no_to};
use crate::verifier::Done;
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::code::{OfflineRefusalCode, ProblemCode, RefusalCode};
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::{MEDIA_COSE, OrderBody, Reply};
use farthing_protocol::limits::{ALLOWANCES_OPEN_MAX, REFUSAL_KEPT};
use farthing_protocol::money::Amount;
use farthing_protocol::offline::{Allowance, AllowanceId, AllowanceOrder};
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// Everything that can be checked outside the writer.
pub(crate) fn prepare(db: &Connection, context: &Context, body: &[u8]) -> Result<AllowanceCall, Fault> {
    let body = OrderBody::decode(body)?;
    let order = Signed::<AllowanceOrder>::parse(body.order.as_slice())?;
    let claims = order.claims();
    context.expect_verifier(&claims.verifier)?;
    let device = context.device(db, &claims.device, &claims.account)?;
    let order = order.verify(&device.certificate.act)?;
    check_bundle(None, body.bundle.map(Bytes::into_vec).as_deref())?;
    Ok(AllowanceCall::Place(Box::new(order)))
}

/// Decides an allowance's order, in the writer's transaction.
pub(super) fn decide(
    db: &Connection,
    context: &Context,
    order: &Verified<AllowanceOrder>,
    time: Option<Time>,
) -> Result<Done, Fault> {
    let device = context.device(db, &order.device, &order.account)?;
    if let Some(reply) = decided_before(db, device.account, order.id.as_bytes(), order.hash())? {
        return Ok(Done::quietly(reply));
    }
    let time = match arrived(context, order.created, order.expires, time)? {
        Arrived::InTime(time) => time,
        Arrived::Expired(time) => return expired(context, order.hash(), time),
    };
    // A name is given once.
    let id = AllowanceId::of(order.signed());
    if allowances::find(db, &id)?.is_some() {
        return Err(ProblemCode::IdConflict.into());
    }
    let row = TabRow {
        account: device.account,
        id: *order.id.as_bytes(),
        hash: order.hash(),
        device: device.number,
        kind: TabKind::Allow,
        signed: order.bytes(),
        decided: time,
    };
    act::count(db, context, device.account)?;
    match judge(db, context, order, &device, time) {
        Ok((asset, reserve)) => apply(db, context, order, &row, asset, &reserve),
        Err(no) => no_to(db, context, no, &row, order.expires.plus(REFUSAL_KEPT)),
    }
}

/// The number of the asset, and what is to be set aside.
fn judge(
    db: &Connection,
    context: &Context,
    order: &AllowanceOrder,
    device: &Device,
    time: Time,
) -> Result<(i64, Amount), No> {
    rules::check_device(device, None, time)?;
    // An allowance can be spent at anybody's.
    if device.certificate.scope.payees.is_some() {
        return Err(RefusalCode::ScopeForbids.into());
    }
    let (asset, fee) = rules::check_terms(db, context, device, order.fee_version, &order.cap, time)?;
    if allowances::open(db, device.account, time).map_err(Fault::from)? >= ALLOWANCES_OPEN_MAX {
        return Err(OfflineRefusalCode::TooManyAllowances.into());
    }
    // Cap and fee above the largest amount are more than one allowance has room for.
    let reserve = order.cap.checked_add(&fee).map_err(|_| RefusalCode::InsufficientFunds)?;
    rules::check_funds(db, device.account, asset, [&reserve])?;
    Ok((asset, reserve))
}

/// Sets the money aside and writes all that belongs to it.
fn apply(
    db: &Connection,
    context: &Context,
    order: &Verified<AllowanceOrder>,
    row: &TabRow<'_>,
    asset: i64,
    reserve: &Amount,
) -> Result<Done, Fault> {
    let (seq, time) = (ledger::next_seq(db)?, row.decided);
    let allowance = Allowance {
        version: V1,
        epoch: context.epoch,
        seq,
        time,
        allowance: AllowanceId::of(order.signed()),
        key: order.key,
        cap: order.cap,
        per_voucher: order.per_voucher,
        spend_until: order.spend_until,
        grace: order.claim_until.since(order.spend_until),
    };
    let signed = Signed::sign(allowance, context.keys.signing())?;
    crate::crash::point(crate::crash::AFTER_REPLY_SIGN);
    let reserve = int(reserve.value());
    let transaction = Transaction { seq, epoch: context.epoch, time, kind: Kind::Allowance, receipt: signed.bytes() };
    ledger::post(db, &transaction, asset, &[(row.account, -reserve), (HELD, reserve)])?;
    let new = NewAllowance {
        allowance: signed.claims().allowance,
        account: row.account,
        asset,
        seq,
        fee_version: order.fee_version,
        spend_until: order.spend_until,
        claim_until: order.claim_until,
    };
    let number = allowances::insert(db, &new)?;
    allowances::position(db, seq, row.account, number)?;
    ledger::show(db, row.account, seq, 9)?;
    let cap = order.cap.value();
    tab_journal::insert(db, row, &Outcome::Position(seq, Some((asset, cap))))?;
    spent::add(db, row.device, asset, time, cap)?;
    let touched = vec![order.account.into()];
    Ok(Done { reply: Reply::ok(MEDIA_COSE, signed.bytes().to_vec()), touched })
}
