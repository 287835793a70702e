//! Orders: checked outside the writer, decided in it, exactly once (wire decisions 7 to 12).
//!
//! ```text
//! bytes ─parse, limits─▶ Order ─device, signature, bundle─▶ OrderCall ─writer─▶ receipt | refusal | problem
//! ```
//!
//! Receipts and refusals are journaled with the money in one transaction; the same bytes get them again. A problem
//! decides nothing: the same bytes may be posted again.

pub(crate) mod rules;

use crate::context::{Context, clock_suspect};
use crate::crash;
use crate::fault::Fault;
use crate::refusal::{self, Reason};
use crate::store::accounts::Device;
use crate::store::handles;
use crate::store::journal::{self, Answer, OrderRow};
use crate::store::ledger::{self, FEES, Kind, Transaction};
use crate::store::spent;
use crate::verifier::Done;
use farthing_protocol::bundle::Bundle;
use farthing_protocol::carried::CarriedOrder;
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::code::{ProblemCode, RefusalCode};
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::{MEDIA_COSE, OrderBody, Reply};
use farthing_protocol::id::Digest;
use farthing_protocol::limits::{CREATED_AHEAD_MAX, REFUSAL_KEPT};
use farthing_protocol::order::{Body, Order};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::sealed::CannotOpen;
use farthing_protocol::time::Time;
use rules::{Asked, Judged, No};
use rusqlite::Connection;

/// An order with a true signature and its own bundle.
#[derive(Debug)]
pub(crate) struct OrderCall {
    order: Verified<Order>,
    bundle: Option<Vec<u8>>,
}

/// Everything that can be checked outside the writer.
pub(crate) fn prepare(db: &Connection, context: &Context, body: &[u8]) -> Result<OrderCall, Fault> {
    checked(db, context, OrderBody::decode(body)?)
}

/// The same of an order that somebody else has brought, who could not read it (docs/protocol.md 7.11).
pub(crate) fn prepare_carried(db: &Connection, context: &Context, body: &[u8]) -> Result<OrderCall, Fault> {
    let carried = CarriedOrder::decode(body)?;
    context.expect_verifier(&carried.verifier)?;
    let body = carried.open(context.keys.hpke()).map_err(|CannotOpen| ProblemCode::SealedElsewhere)?;
    checked(db, context, body)
}

fn checked(db: &Connection, context: &Context, body: OrderBody) -> Result<OrderCall, Fault> {
    let order = Signed::<Order>::parse(body.order.as_slice())?;
    let claims = order.claims();
    context.expect_verifier(&claims.verifier)?;
    let device = context.device(db, &claims.device, &claims.account)?;
    let order = order.verify(&device.certificate.act)?;
    let bundle = body.bundle.map(Bytes::into_vec);
    let Body::Payment(payment) = &order.body;
    check_bundle(payment.bundle.as_ref(), bundle.as_deref())?;
    Ok(OrderCall { order, bundle })
}

/// The bundle is there exactly when the order names one, and is that one.
pub(crate) fn check_bundle(named: Option<&Digest>, bundle: Option<&[u8]>) -> Result<(), Fault> {
    let fits = match (named, bundle) {
        (None, None) => true,
        (Some(named), Some(sent)) => Digest::of(sent) == *named && Bundle::decode(sent).is_ok(),
        _ => false,
    };
    if fits { Ok(()) } else { Err(ProblemCode::BundleMismatch.into()) }
}

/// Whether an order that is not in the journal can be judged now.
pub(crate) enum Arrived {
    InTime(Time),
    /// It was never applied. Not journaled: it is as true at any later time, and expired orders must not fill the store.
    Expired(Time),
}

/// What is asked of each order before it is judged (docs/protocol.md 13.1, 7 to 10). `time` is missing while the clock is doubted.
pub(crate) fn arrived(context: &Context, created: Time, expires: Time, time: Option<Time>) -> Result<Arrived, Fault> {
    let time = time.ok_or_else(clock_suspect)?;
    if created < context.epoch_opened {
        return Err(ProblemCode::BeforeEpoch.into());
    }
    if time >= expires {
        return Ok(Arrived::Expired(time));
    }
    if created > time.plus(CREATED_AHEAD_MAX) {
        return Err(ProblemCode::CreatedAhead.into());
    }
    Ok(Arrived::InTime(time))
}

/// The answer to an order that came too late.
pub(crate) fn expired(context: &Context, order: Digest, time: Time) -> Result<Done, Fault> {
    let refusal = refusal::sign(context, order, RefusalCode::ExpiredNeverApplied.into(), None, time)?;
    Ok(Done::quietly(Reply::refused(refusal)))
}

/// Decides an order, in the writer's transaction. `time` is missing while the clock is doubted.
pub(crate) fn decide(db: &Connection, context: &Context, call: &OrderCall, time: Option<Time>) -> Result<Done, Fault> {
    let order = &call.order;
    let device = context.device(db, &order.device, &order.account)?;
    // The journal comes before everything else, the device's status included (wire decision 7).
    if let Some(decided) = journal::order(db, device.account, &order.id)? {
        return if decided.hash == order.hash() {
            Ok(Done::quietly(reply(decided.answer)))
        } else {
            Err(ProblemCode::IdConflict.into())
        };
    }
    let time = match arrived(context, order.created, order.expires, time)? {
        Arrived::InTime(time) => time,
        Arrived::Expired(time) => return expired(context, order.hash(), time),
    };
    match judge(db, context, order, &device, time) {
        Ok(judged) => apply(db, context, call, &device, &judged, time),
        Err(No::Refuse(reason, attachment)) => refuse(db, context, order, &device, reason, attachment, time),
        Err(No::Fault(fault)) => Err(fault),
    }
}

/// Judges a payment, in the transaction.
fn judge(db: &Connection, context: &Context, order: &Order, device: &Device, time: Time) -> Result<Judged, No> {
    let Body::Payment(payment) = &order.body;
    let asked = Asked {
        fee_version: order.fee_version,
        payee: &payment.payee,
        payee_key: &payment.payee_key,
        amount: &payment.amount,
        reference: payment.reference,
        binds: true,
    };
    let judged = rules::judge(db, context, &asked, device, time)?;
    rules::check_funds(db, device.account, judged.asset, [&payment.amount, &judged.fee])?;
    Ok(judged)
}

/// The stored answer to an order, for who asks by id.
pub(crate) fn outcome(db: &Connection, account: i64, id: &farthing_protocol::id::OrderId) -> Result<Reply, Fault> {
    let decided = journal::order(db, account, id)?.ok_or(ProblemCode::OrderUnknown)?;
    Ok(reply(decided.answer))
}

pub(crate) fn reply(answer: Answer) -> Reply {
    match answer {
        Answer::Receipt(bytes) => Reply::ok(MEDIA_COSE, bytes),
        Answer::Refusal(bytes) => Reply::refused(bytes),
    }
}

fn journal_row<'a>(order: &'a Verified<Order>, device: &Device, time: Time) -> OrderRow<'a> {
    OrderRow {
        account: device.account,
        id: order.id,
        hash: order.hash(),
        device: device.number,
        signed: order.bytes(),
        decided: time,
    }
}

/// Moves the money and writes all that belongs to it: one transaction, or nothing.
fn apply(
    db: &Connection,
    context: &Context,
    call: &OrderCall,
    device: &Device,
    judged: &Judged,
    time: Time,
) -> Result<Done, Fault> {
    let order = &call.order;
    let Body::Payment(payment) = &order.body;
    let seq = ledger::next_seq(db)?;
    let receipt = Receipt {
        version: V1,
        epoch: context.epoch,
        seq,
        checkpoint: context.checkpoint,
        time,
        amount: payment.amount,
        payee_key: payment.payee_key,
        reference: payment.reference,
        order: order.hash(),
        details: payment.details,
    };
    let receipt = Signed::sign(receipt, context.keys.signing())?;
    crash::point(crash::AFTER_REPLY_SIGN);
    let (amount, fee) = (payment.amount.value(), judged.fee.value());
    let (credit, on_top) = (crate::store::int(amount), crate::store::int(fee));
    let transaction = Transaction { seq, epoch: context.epoch, time, kind: Kind::Payment, receipt: receipt.bytes() };
    let postings = [(device.account, -(credit + on_top)), (judged.payee.account, credit), (FEES, on_top)];
    ledger::post(db, &transaction, judged.asset, &postings)?;
    ledger::show(db, device.account, seq, 2)?;
    ledger::show(db, judged.payee.account, seq, 1)?;
    journal::insert_applied(db, &journal_row(order, device, time), seq, judged.asset, amount, fee)?;
    spent::add(db, device.number, judged.asset, time, amount)?;
    if let Some(bundle) = &call.bundle {
        journal::insert_bundle(db, seq, bundle)?;
    }
    if judged.payee.state == handles::State::Bound {
        handles::burn(db, judged.payee.number, seq)?;
    }
    let touched = vec![device.account_id.into(), judged.payee.account_id.into()];
    Ok(Done { reply: Reply::ok(MEDIA_COSE, receipt.bytes().to_vec()), touched })
}

fn refuse(
    db: &Connection,
    context: &Context,
    order: &Verified<Order>,
    device: &Device,
    reason: Reason,
    attachment: Option<Vec<u8>>,
    time: Time,
) -> Result<Done, Fault> {
    let refusal = refusal::sign(context, order.hash(), reason, attachment, time)?;
    crash::point(crash::AFTER_REPLY_SIGN);
    journal::insert_refused(db, &journal_row(order, device, time), &refusal, order.expires.plus(REFUSAL_KEPT))?;
    Ok(Done::quietly(Reply::refused(refusal)))
}
