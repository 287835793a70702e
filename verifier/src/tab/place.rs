//! Holds are placed and changed by orders of a kind of their own: decided as payments are, with the cap as the amount.

use super::{Known, TabCall, decided_before, fee_of_cap, hold_receipt, known, refuse};
use crate::act;
use crate::context::Context;
use crate::fault::Fault;
use crate::order::rules::{self, Asked, Judged, No};
use crate::order::{Arrived, arrived, check_bundle, expired};
use crate::store::accounts::Device;
use crate::store::handles::{self, State};
use crate::store::holds::{self, NewHold};
use crate::store::ledger::{self, HELD, Kind, Transaction};
use crate::store::tab_journal::{self, Outcome, TabKind, TabRow};
use crate::store::{int, journal, spent};
use crate::verifier::Done;
use farthing_protocol::cbor::Bytes;
use farthing_protocol::code::{RefusalCode, TabRefusalCode};
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::{MEDIA_COSE, OrderBody, Reply};
use farthing_protocol::limits::{HOLDS_OPEN_MAX, HOLDS_PAIR_MAX, REFUSAL_KEPT};
use farthing_protocol::money::Amount;
use farthing_protocol::tab::{Hold, HoldChange, HoldError, HoldOrder};
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// A hold's order with a true signature and its own bundle.
#[derive(Debug)]
pub(crate) struct PlaceCall {
    order: Verified<HoldOrder>,
    bundle: Option<Vec<u8>>,
}

/// Everything that can be checked outside the writer.
pub(crate) fn prepare(db: &Connection, context: &Context, body: &[u8]) -> Result<TabCall, Fault> {
    let body = OrderBody::decode(body)?;
    let order = Signed::<HoldOrder>::parse(body.order.as_slice())?;
    let claims = order.claims();
    context.expect_verifier(&claims.verifier)?;
    let device = context.device(db, &claims.device, &claims.account)?;
    let order = order.verify(&device.certificate.act)?;
    let bundle = body.bundle.map(Bytes::into_vec);
    check_bundle(order.bundle.as_ref(), bundle.as_deref())?;
    Ok(TabCall::Place(Box::new(PlaceCall { order, bundle })))
}

/// The same for a change.
pub(crate) fn prepare_change(db: &Connection, context: &Context, body: &[u8]) -> Result<TabCall, Fault> {
    let change = Signed::<HoldChange>::parse(body)?;
    let claims = change.claims();
    context.expect_verifier(&claims.verifier)?;
    let device = context.device(db, &claims.device, &claims.account)?;
    Ok(TabCall::Change(change.verify(&device.certificate.act)?))
}

/// Decides a hold's order, in the writer's transaction.
pub(super) fn decide(db: &Connection, context: &Context, call: &PlaceCall, time: Option<Time>) -> Result<Done, Fault> {
    let order = &call.order;
    let device = context.device(db, &order.device, &order.account)?;
    if let Some(reply) = decided_before(db, device.account, order.id.as_bytes(), order.hash())? {
        return Ok(Done::quietly(reply));
    }
    let time = match arrived(context, order.created, order.expires, time)? {
        Arrived::InTime(time) => time,
        Arrived::Expired(time) => return expired(context, order.hash(), time),
    };
    let row = TabRow {
        account: device.account,
        id: *order.id.as_bytes(),
        hash: order.hash(),
        device: device.number,
        kind: TabKind::Place,
        signed: order.bytes(),
        decided: time,
    };
    act::count(db, context, device.account)?;
    match judge(db, context, order, &device, time) {
        Ok((judged, hold)) => apply(db, context, call, &row, &judged, &hold),
        Err(no) => no_to(db, context, no, &row, order.expires.plus(REFUSAL_KEPT)),
    }
}

pub(crate) fn no_to(db: &Connection, context: &Context, no: No, row: &TabRow<'_>, until: Time) -> Result<Done, Fault> {
    match no {
        No::Refuse(reason, attachment) => Ok(Done::quietly(refuse(db, context, row, reason, attachment, until)?)),
        No::Fault(fault) => Err(fault),
    }
}

fn judge(
    db: &Connection,
    context: &Context,
    order: &Verified<HoldOrder>,
    device: &Device,
    time: Time,
) -> Result<(Judged, Hold), No> {
    let asked = Asked {
        fee_version: order.fee_version,
        payee: &order.payee,
        payee_key: &order.payee_key,
        amount: &order.cap,
        reference: order.reference,
        binds: false,
    };
    let judged = rules::judge(db, context, &asked, device, time)?;
    // By handle: a refusal tells nobody which handles are of one account.
    let (all, of_pair) = holds::open(db, device.account, judged.payee.number, time).map_err(Fault::from)?;
    if all >= HOLDS_OPEN_MAX || of_pair >= HOLDS_PAIR_MAX {
        return Err(TabRefusalCode::TooManyHolds.into());
    }
    let fees = ledger::fees(db, &context.fees)?;
    let terms = *fees.claims().terms_of(order.cap.asset()).ok_or(RefusalCode::AssetUnknown)?;
    // Cap and fee above the largest amount are more than one hold has room for.
    let hold = Hold::place(order, terms).map_err(|_| RefusalCode::InsufficientFunds)?;
    rules::check_funds(db, device.account, judged.asset, [&order.cap, &judged.fee])?;
    Ok((judged, hold))
}

/// Sets the money aside and writes all that belongs to it.
fn apply(
    db: &Connection,
    context: &Context,
    call: &PlaceCall,
    row: &TabRow<'_>,
    judged: &Judged,
    hold: &Hold,
) -> Result<Done, Fault> {
    let order = &call.order;
    let (seq, time) = (ledger::next_seq(db)?, row.decided);
    let receipt = hold_receipt(context, order, hold, seq, time, order.hash(), time)?;
    let reserve = int(hold.held().map_err(super::amount_fault)?.value());
    let transaction = Transaction { seq, epoch: context.epoch, time, kind: Kind::Hold, receipt: receipt.bytes() };
    ledger::post(db, &transaction, judged.asset, &[(row.account, -reserve), (HELD, reserve)])?;
    let (payee, asset) = (judged.payee.account, judged.asset);
    let new = NewHold { hold, account: row.account, payee, handle: judged.payee.number, asset, seq };
    let number = holds::insert(db, &new)?;
    holds::position(db, seq, number, fee_of_cap(hold)?)?;
    ledger::show(db, row.account, seq, 5)?;
    ledger::show(db, payee, seq, 6)?;
    let cap = order.cap.value();
    tab_journal::insert(db, row, &Outcome::Position(seq, Some((asset, cap))))?;
    spent::add(db, row.device, asset, time, cap)?;
    if let Some(bundle) = &call.bundle {
        journal::insert_bundle(db, seq, bundle)?;
    }
    if judged.payee.state == State::Bound {
        handles::burn(db, judged.payee.number, seq)?;
    }
    let touched = vec![order.account.into(), judged.payee.account_id.into()];
    Ok(Done { reply: Reply::ok(MEDIA_COSE, receipt.bytes().to_vec()), touched })
}

/// Decides a change, in the writer's transaction.
pub(super) fn decide_change(
    db: &Connection,
    context: &Context,
    change: &Verified<HoldChange>,
    time: Option<Time>,
) -> Result<Done, Fault> {
    let device = context.device(db, &change.device, &change.account)?;
    if let Some(reply) = decided_before(db, device.account, change.id.as_bytes(), change.hash())? {
        return Ok(Done::quietly(reply));
    }
    let time = match arrived(context, change.created, change.expires, time)? {
        Arrived::InTime(time) => time,
        Arrived::Expired(time) => return expired(context, change.hash(), time),
    };
    let row = TabRow {
        account: device.account,
        id: *change.id.as_bytes(),
        hash: change.hash(),
        device: device.number,
        kind: TabKind::Change,
        signed: change.bytes(),
        decided: time,
    };
    act::count(db, context, device.account)?;
    let found = known(db, context, &change.hold, |hold| hold.account == device.account)?;
    let until = change.expires.plus(REFUSAL_KEPT);
    let (found, after, more) = match judge_change(db, change, &device, found, time) {
        Ok(judged) => judged,
        Err(no) => return no_to(db, context, no, &row, until),
    };
    let (seq, receipt) = found.tell_hold(db, context, &after, change.hash(), int(more.value()), time)?;
    let added = change.cap.value().saturating_sub(found.hold.bounds.cap.value());
    tab_journal::insert(db, &row, &Outcome::Position(seq, Some((found.row.asset, added))))?;
    if added > 0 {
        spent::add(db, device.number, found.row.asset, time, added)?;
    }
    Ok(found.done(receipt))
}

fn judge_change(
    db: &Connection,
    change: &Verified<HoldChange>,
    device: &Device,
    found: Option<Known>,
    time: Time,
) -> Result<(Known, Hold, Amount), No> {
    // The device and its limits come first; what a change of an unknown hold would pay, nobody knows.
    let before = found.as_ref().filter(|found| found.hold.bounds.cap.asset() == change.cap.asset());
    let added = change.cap.value().saturating_sub(before.map_or(0, |found| found.hold.bounds.cap.value()));
    rules::check_device(device, found.as_ref().map(|found| &found.order.payee), time)?;
    rules::check_limits(db, device, &change.cap, added, time)?;
    let found = found.ok_or(TabRefusalCode::HoldUnknown)?;
    let (after, more) = found.hold.change(change, time).map_err(|error| match error {
        HoldError::Refused(code) => No::from(code),
        HoldError::Amount(_) => RefusalCode::InsufficientFunds.into(),
    })?;
    rules::check_funds(db, device.account, found.row.asset, [&more])?;
    Ok((found, after, more))
}
