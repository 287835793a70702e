//! Which device of the payee's account takes the vouchers of a tab (19.6). One alone does: each counts what it took itself, so that
//! two of them would deliver twice for the same drop, and one would release what another holds vouchers for.
//!
//! It is the device whose one-time handle the hold is for; of an alias, which is the whole account's, the one with the lowest id
//! among those that have all permissions. So it is with a one-time handle whose device was revoked: a till that was lost takes no
//! money with it that a payer can still show vouchers for.

use super::record::EarnedTab;
use crate::contacts::listed;
use crate::devices::KnownDevice;
use crate::devices::limits::own_scope;
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::store::ProfileState;
use farthing_protocol::device::Scope;
use farthing_protocol::id::DeviceId;
use farthing_protocol::time::Moment;

/// Refuses to act on a tab that is another device's to take vouchers of.
///
/// # Errors
/// [`WalletError::TabElsewhere`], [`WalletError::Revoked`], [`WalletError::DeviceExpired`], and what the store says.
pub(super) fn check_here(engine: &Engine, tab: &EarnedTab, now: Moment) -> Result<(), Error> {
    if engine.profile().state == ProfileState::Revoked {
        return Err(WalletError::Revoked.into());
    }
    let expires = own_scope(engine)?.and_then(|scope| scope.expires);
    if expires.zip(engine.time(now)).is_some_and(|(expires, time)| expires <= time) {
        // It could not claim.
        return Err(WalletError::DeviceExpired.into());
    }
    // A list that was never read is of this device alone.
    let is_here = taker(engine, tab)?.is_none_or(|device| device == engine.profile().device);
    if is_here { Ok(()) } else { Err(WalletError::TabElsewhere.into()) }
}

fn taker(engine: &Engine, tab: &EarnedTab) -> Result<Option<DeviceId>, Error> {
    if let Some(device) = tab.device
        && KnownDevice::of(engine.store(), &device)?.is_none_or(|known| known.revoked.is_none())
    {
        return Ok(Some(device));
    }
    let devices = listed(engine, &engine.profile().account)?;
    Ok(devices.iter().filter(|known| known.scope.allows(Scope::ADMINISTER)).map(|known| known.device()).min())
}
