//! The rules that an order must meet, in the order in which they are tried. The first that fails is the refusal's code.
//!
//! A hold's order meets the same ones, with its cap as the amount; its changes meet those on the device and its limits, and an
//! allowance's order all but those on a payee.

use crate::context::Context;
use crate::fault::Fault;
use crate::refusal::Reason;
use crate::store::accounts::Device;
use crate::store::handles::{self, HandleRow, State};
use crate::store::ledger::{self, BALANCE_MAX};
use crate::store::spent;
use farthing_protocol::code::{OfflineRefusalCode, RefusalCode, TabRefusalCode};
use farthing_protocol::device::Scope;
use farthing_protocol::id::{Digest, FeeVersion, Handle, PayeeKeyHash, RequestRef};
use farthing_protocol::money::Amount;
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// What an order asks for.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) fee_version: FeeVersion,
    pub(crate) payee: &'a Handle,
    pub(crate) payee_key: &'a PayeeKeyHash,
    /// What the payee gets, or gets at most.
    pub(crate) amount: &'a Amount,
    pub(crate) reference: Option<RequestRef>,
    /// A request's amount can be paid by it; a hold pays none.
    pub(crate) binds: bool,
}

/// An order that may be applied, with what was looked up for it.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) payee: HandleRow,
    pub(crate) asset: i64,
    pub(crate) fee: Amount,
}

/// Why it may not.
pub(crate) enum No {
    /// For ever; with the object that changed, if one did.
    Refuse(Reason, Option<Vec<u8>>),
    /// Nothing is decided.
    Fault(Fault),
}

impl From<RefusalCode> for No {
    fn from(code: RefusalCode) -> Self {
        Self::Refuse(code.into(), None)
    }
}

impl From<TabRefusalCode> for No {
    fn from(code: TabRefusalCode) -> Self {
        Self::Refuse(code.into(), None)
    }
}

impl From<OfflineRefusalCode> for No {
    fn from(code: OfflineRefusalCode) -> Self {
        Self::Refuse(code.into(), None)
    }
}

impl<T: Into<Fault>> From<T> for No {
    fn from(fault: T) -> Self {
        Self::Fault(fault.into())
    }
}

/// Reads device status, scope, fee, handle and the payee's balance again, inside the transaction (wire decision 11). What is left to
/// ask is [`check_funds`].
pub(crate) fn judge(
    db: &Connection,
    context: &Context,
    asked: &Asked<'_>,
    device: &Device,
    time: Time,
) -> Result<Judged, No> {
    check_device(device, Some(asked.payee), time)?;
    let (asset, fee) = check_terms(db, context, device, asked.fee_version, asked.amount, time)?;
    let payee = payee(db, device, asked, asset, time)?;
    let (held, _) = ledger::balance(db, payee.account, asset).map_err(Fault::from)?;
    if i128::from(held) + i128::from(asked.amount.value()) > BALANCE_MAX {
        return Err(RefusalCode::PayeeFull.into());
    }
    Ok(Judged { payee, asset, fee })
}

/// The fees are those that the payer saw, and the amount is within the device's limits. Answers with the number of the asset, and the
/// fee.
pub(crate) fn check_terms(
    db: &Connection,
    context: &Context,
    device: &Device,
    fee_version: FeeVersion,
    amount: &Amount,
    time: Time,
) -> Result<(i64, Amount), No> {
    let fees = ledger::fees(db, &context.fees)?;
    if fee_version != fees.claims().fee_version {
        return Err(No::Refuse(RefusalCode::FeeChanged.into(), Some(fees.bytes().to_vec())));
    }
    let asset = check_limits(db, device, amount, amount.value(), time)?;
    // More than the largest amount on top is more than anybody has.
    let fee = fees.claims().fee(amount).map_err(|_| RefusalCode::InsufficientFunds)?;
    Ok((asset, fee))
}

/// The device may pay this handle now; a handle that is not known, if it may pay at all.
pub(crate) fn check_device(device: &Device, payee: Option<&Handle>, time: Time) -> Result<(), RefusalCode> {
    let scope = &device.certificate.scope;
    if device.revoked {
        return Err(RefusalCode::DeviceRevoked);
    }
    if scope.expires.is_some_and(|expires| time >= expires) {
        return Err(RefusalCode::DeviceExpired);
    }
    let forbidden = |payee: &Handle| scope.payees.as_ref().is_some_and(|only| !only.contains(payee));
    if scope.allows(Scope::PAY) && !payee.is_some_and(forbidden) { Ok(()) } else { Err(RefusalCode::ScopeForbids) }
}

/// The limits are on what payees get; fees come on top of them as they come on top of the amount. `new` is what was not counted
/// to the day before. Answers with the number of the asset.
pub(crate) fn check_limits(db: &Connection, device: &Device, amount: &Amount, new: u64, time: Time) -> Result<i64, No> {
    let scope = &device.certificate.scope;
    let asset = ledger::asset_number(db, &amount.asset()).map_err(Fault::from)?.ok_or(RefusalCode::AssetUnknown)?;
    // An asset that a list does not name is not allowed: its limit is zero.
    let limit = |list: &Vec<Amount>| list.iter().find(|l| l.asset() == amount.asset()).map_or(0, Amount::value);
    if scope.per_order.as_ref().is_some_and(|list| amount.value() > limit(list)) {
        return Err(RefusalCode::OrderLimit.into());
    }
    if let Some(list) = &scope.per_day {
        let spent = spent::within_a_day(db, device.number, asset, time).map_err(Fault::from)?;
        if i128::from(spent) + i128::from(new) > i128::from(limit(list)) {
            return Err(RefusalCode::DayLimit.into());
        }
    }
    Ok(asset)
}

fn payee(db: &Connection, device: &Device, asked: &Asked<'_>, asset: i64, time: Time) -> Result<HandleRow, No> {
    let handle = handles::find(db, asked.payee).map_err(Fault::from)?;
    let handle = handle.filter(|found| found.state != State::Stock).ok_or(RefusalCode::HandleUnknown)?;
    // A key's encoding is what its thumbprint is made of (RFC 9679).
    if Digest::of(&handle.payee_key).as_bytes() != asked.payee_key.as_bytes() {
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
    let bound = handle.asset.zip(handle.amount);
    if bound.is_some_and(|bound| !asked.binds || bound != (asset, crate::store::int(asked.amount.value()))) {
        return Err(RefusalCode::AmountMismatch.into());
    }
    // An alias has no reference of its own: a contact is paid without one (wire decision 14). A hold for one may accept a standing
    // offer, which the payee knows.
    if handle.reference == asked.reference || (handle.state == State::Alias && !asked.binds) {
        Ok(handle)
    } else {
        Err(RefusalCode::RequestMismatch.into())
    }
}

/// The account has what these add up to.
pub(crate) fn check_funds<const N: usize>(
    db: &Connection,
    account: i64,
    asset: i64,
    wanted: [&Amount; N],
) -> Result<(), No> {
    let (available, floor) = ledger::balance(db, account, asset).map_err(Fault::from)?;
    let wanted: i128 = wanted.iter().map(|amount| i128::from(amount.value())).sum();
    if i128::from(available) - wanted < i128::from(floor) {
        return Err(RefusalCode::InsufficientFunds.into());
    }
    Ok(())
}
