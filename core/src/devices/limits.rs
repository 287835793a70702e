//! What this device may pay, as its certificate says. The verifier enforces it; here a person is told before anything is sent.
//!
//! Limits are on what payees get; fees come on top of them as they come on top of the amount.

use super::record::KnownDevice;
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::store::{Direction, PaymentRecord, PaymentState};
use crate::{offline, tab};
use farthing_protocol::device::Scope;
use farthing_protocol::id::Handle;
use farthing_protocol::money::Amount;
use farthing_protocol::time::{Span, Time};

/// What counts for the limit per day.
const DAY: Span = Span::from_h(24);
/// Payments that are looked through for the limit per day; the verifier counts all.
const PAYMENTS_MAX: usize = 10_000;

/// This device's scope; `None` while its certificate was never read, as on a wallet made by an earlier version.
///
/// # Errors
/// What the store says.
pub fn own_scope(engine: &Engine) -> Result<Option<Scope>, Error> {
    let profile = engine.profile();
    let Some(own) = KnownDevice::of(engine.store(), &profile.device)? else { return Ok(None) };
    Ok(Some(own.certificate(&profile.account_key)?.scope.clone()))
}

/// Checks a payment of `amount` to `payee` against this device's scope. `more` is what it counts for the day: of a tab that is
/// raised less than the whole, which is one order.
///
/// # Errors
/// [`WalletError::DeviceExpired`], [`WalletError::MayNotPay`], [`WalletError::PayeeNotAllowed`],
/// [`WalletError::OverOrderLimit`], [`WalletError::OverDayLimit`].
pub(crate) fn check(engine: &Engine, payee: &Handle, amount: &Amount, more: &Amount, time: Time) -> Result<(), Error> {
    let Some(scope) = own_scope(engine)? else { return Ok(()) };
    permitted(&scope, Some(payee), amount, time)?;
    within_a_day(engine, &scope, more, time)
}

/// The same for an allowance, which is one order and names no payee.
///
/// # Errors
/// As [`check`]; [`WalletError::PayeeNotAllowed`] wherever payees are named.
pub(crate) fn check_allowance(engine: &Engine, cap: &Amount, time: Time) -> Result<(), Error> {
    let Some(scope) = own_scope(engine)? else { return Ok(()) };
    permitted(&scope, None, cap, time)?;
    within_a_day(engine, &scope, cap, time)
}

fn within_a_day(engine: &Engine, scope: &Scope, more: &Amount, time: Time) -> Result<(), Error> {
    // An asset that a list does not name is not allowed: its limit is zero.
    let Some(limit) = scope.per_day.as_ref().map(|limits| limit(limits, more)) else { return Ok(()) };
    let since = time.minus(DAY);
    let aside = tab::spent(engine, more.asset(), since)?.saturating_add(offline::spent(engine, more.asset(), since)?);
    let spent = spent(engine, more, time)?.saturating_add(aside);
    if spent.saturating_add(more.value()) > limit {
        return Err(WalletError::OverDayLimit.into());
    }
    Ok(())
}

fn permitted(scope: &Scope, payee: Option<&Handle>, amount: &Amount, time: Time) -> Result<(), WalletError> {
    if scope.expires.is_some_and(|expires| expires <= time) {
        return Err(WalletError::DeviceExpired);
    }
    if !scope.allows(Scope::PAY) {
        return Err(WalletError::MayNotPay);
    }
    if scope.payees.as_ref().is_some_and(|only| payee.is_none_or(|payee| !only.contains(payee))) {
        return Err(WalletError::PayeeNotAllowed);
    }
    if scope.per_order.as_ref().is_some_and(|limits| amount.value() > limit(limits, amount)) {
        return Err(WalletError::OverOrderLimit);
    }
    Ok(())
}

fn limit(limits: &[Amount], amount: &Amount) -> u64 {
    limits.iter().find(|limit| limit.asset() == amount.asset()).map_or(0, Amount::value)
}

/// What this device has paid within a day, with what is on its way.
fn spent(engine: &Engine, amount: &Amount, time: Time) -> Result<u64, Error> {
    let since = time.minus(DAY);
    let counts = |payment: &&PaymentRecord| {
        payment.direction == Direction::Out
            && payment.amount.asset() == amount.asset()
            && !matches!(payment.state, PaymentState::Draft | PaymentState::Refused | PaymentState::Expired)
            && payment.at > since
            && payment.device.is_none_or(|device| device == engine.profile().device)
    };
    let found = engine.store().history(None, PAYMENTS_MAX)?;
    Ok(found.iter().filter(counts).fold(0, |sum, payment| sum.saturating_add(payment.amount.value())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use farthing_protocol::money::{Asset, Code};

    fn usd(units: u64) -> Amount {
        Amount::new(units, Asset::new(Code::new("USD").unwrap(), 2).unwrap()).unwrap()
    }

    fn euro(units: u64) -> Amount {
        Amount::new(units, Asset::new(Code::new("EUR").unwrap(), 2).unwrap()).unwrap()
    }

    #[test]
    fn a_scope_says_why_not() {
        let (shop, other) = (Handle::new([1; 16]), Handle::new([2; 16]));
        let scope = Scope {
            permissions: Scope::RECEIVE | Scope::PAY,
            per_order: Some(vec![usd(500)]),
            payees: Some(vec![shop]),
            expires: Some(Time::from_ms(1_000)),
            ..Scope::default()
        };
        let at = |ms, payee: &Handle, amount: &Amount| permitted(&scope, Some(payee), amount, Time::from_ms(ms));
        assert_eq!(at(999, &shop, &usd(500)), Ok(()));
        assert_eq!(at(999, &shop, &usd(501)), Err(WalletError::OverOrderLimit));
        assert_eq!(at(999, &shop, &euro(1)), Err(WalletError::OverOrderLimit));
        assert_eq!(at(999, &other, &usd(1)), Err(WalletError::PayeeNotAllowed));
        assert_eq!(permitted(&scope, None, &usd(1), Time::from_ms(0)), Err(WalletError::PayeeNotAllowed));
        assert_eq!(at(1_000, &shop, &usd(1)), Err(WalletError::DeviceExpired));
        let till = Scope { permissions: Scope::RECEIVE, ..Scope::default() };
        assert_eq!(permitted(&till, Some(&shop), &usd(1), Time::from_ms(0)), Err(WalletError::MayNotPay));
    }
}
