//! The rules an order must meet, in the order in which they are tried. The first that fails is the refusal's code.

use crate::context::Context;
use crate::fault::Fault;
use crate::store::accounts::Device;
use crate::store::handles::{self, HandleRow, State};
use crate::store::ledger::{self, BALANCE_MAX};
use crate::store::spent;
use farthing_protocol::code::RefusalCode;
use farthing_protocol::device::Scope;
use farthing_protocol::id::Digest;
use farthing_protocol::money::Amount;
use farthing_protocol::order::{Body, Order, Payment};
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// An order that may be applied, with what was looked up for it.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) payee: HandleRow,
    pub(super) asset: i64,
    pub(super) fee: Amount,
}

/// Why it may not.
pub(super) enum No {
    /// For ever; with the object that changed, if one did.
    Refuse(RefusalCode, Option<Vec<u8>>),
    /// Nothing is decided.
    Fault(Fault),
}

impl From<RefusalCode> for No {
    fn from(code: RefusalCode) -> Self {
        Self::Refuse(code, None)
    }
}

impl<T: Into<Fault>> From<T> for No {
    fn from(fault: T) -> Self {
        Self::Fault(fault.into())
    }
}

/// Reads device status, scope, fee, handle and balances again, inside the transaction (wire decision 11).
pub(super) fn judge(
    db: &Connection,
    context: &Context,
    order: &Order,
    device: &Device,
    time: Time,
) -> Result<Judged, No> {
    let Body::Payment(payment) = &order.body;
    let scope = &device.certificate.scope;
    check_device(device, scope, payment, time)?;
    let fees = ledger::fees(db, &context.fees)?;
    if order.fee_version != fees.claims().fee_version {
        return Err(No::Refuse(RefusalCode::FeeChanged, Some(fees.bytes().to_vec())));
    }
    let asset = ledger::asset_number(db, &payment.amount.asset()).map_err(Fault::from)?;
    let asset = asset.ok_or(RefusalCode::AssetUnknown)?;
    check_limits(db, device, scope, payment, asset, time)?;
    // More than the largest amount on top is more than anybody has.
    let fee = fees.claims().fee(&payment.amount).map_err(|_| RefusalCode::InsufficientFunds)?;
    let payee = payee(db, device, payment, asset, time)?;
    check_balances(db, device, &payee, payment, &fee, asset)?;
    Ok(Judged { payee, asset, fee })
}

fn check_device(device: &Device, scope: &Scope, payment: &Payment, time: Time) -> Result<(), RefusalCode> {
    if device.revoked {
        return Err(RefusalCode::DeviceRevoked);
    }
    if scope.expires.is_some_and(|expires| time >= expires) {
        return Err(RefusalCode::DeviceExpired);
    }
    let payee_allowed = scope.payees.as_ref().is_none_or(|only| only.contains(&payment.payee));
    if scope.allows(Scope::PAY) && payee_allowed { Ok(()) } else { Err(RefusalCode::ScopeForbids) }
}

/// The limits are on what payees get; fees come on top of them as they come on top of the amount.
fn check_limits(
    db: &Connection,
    device: &Device,
    scope: &Scope,
    payment: &Payment,
    asset: i64,
    time: Time,
) -> Result<(), No> {
    let value = payment.amount.value();
    // An asset that a list does not name is not allowed: its limit is zero.
    let limit =
        |list: &Vec<Amount>| list.iter().find(|limit| limit.asset() == payment.amount.asset()).map_or(0, Amount::value);
    if scope.per_order.as_ref().is_some_and(|list| value > limit(list)) {
        return Err(RefusalCode::OrderLimit.into());
    }
    if let Some(list) = &scope.per_day {
        let spent = spent::within_a_day(db, device.number, asset, time).map_err(Fault::from)?;
        if i128::from(spent) + i128::from(value) > i128::from(limit(list)) {
            return Err(RefusalCode::DayLimit.into());
        }
    }
    Ok(())
}

fn payee(db: &Connection, device: &Device, payment: &Payment, asset: i64, time: Time) -> Result<HandleRow, No> {
    let handle = handles::find(db, &payment.payee).map_err(Fault::from)?;
    let handle = handle.filter(|found| found.state != State::Stock).ok_or(RefusalCode::HandleUnknown)?;
    // A key's encoding is what its thumbprint is made of (RFC 9679).
    if Digest::of(&handle.payee_key).as_bytes() != payment.payee_key.as_bytes() {
        return Err(RefusalCode::PayeeKeyMismatch.into());
    }
    if handle.account == device.account {
        return Err(RefusalCode::OwnHandle.into());
    }
    match handle.state {
        State::Cancelled => return Err(RefusalCode::RequestCancelled.into()),
        State::Used => return Err(RefusalCode::RequestUsed.into()),
        State::Stock | State::Bound | State::Alias => {}
    }
    if handle.expires.is_some_and(|expires| time >= expires) {
        return Err(RefusalCode::RequestExpired.into());
    }
    let asked = handle.asset.zip(handle.amount);
    if asked.is_some_and(|asked| asked != (asset, crate::store::int(payment.amount.value()))) {
        return Err(RefusalCode::AmountMismatch.into());
    }
    // An alias has no reference of its own: a contact is paid without one (wire decision 14).
    if handle.reference != payment.reference {
        return Err(RefusalCode::RequestMismatch.into());
    }
    Ok(handle)
}

fn check_balances(
    db: &Connection,
    device: &Device,
    payee: &HandleRow,
    payment: &Payment,
    fee: &Amount,
    asset: i64,
) -> Result<(), No> {
    let value = i128::from(payment.amount.value());
    let (held, _) = ledger::balance(db, payee.account, asset).map_err(Fault::from)?;
    if i128::from(held) + value > BALANCE_MAX {
        return Err(RefusalCode::PayeeFull.into());
    }
    let (available, floor) = ledger::balance(db, device.account, asset).map_err(Fault::from)?;
    if i128::from(available) - value - i128::from(fee.value()) < i128::from(floor) {
        return Err(RefusalCode::InsufficientFunds.into());
    }
    Ok(())
}
