//! A list that the verifier has lost is put in force again.
//!
//! A verifier that was restored from a backup may know an older list: a device that was revoked since could act again, and one
//! that joined since is unknown. The account key signed the newer list, and every device of the account has it; so any of them
//! sends the same bytes again, without the phrase.

use super::record::{KnownDevice, OwnDevices, PendingChange, Purpose, list_by};
use crate::engine::Engine;
use crate::error::Error;
use crate::store::Change;
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::SignedBytes;
use farthing_protocol::http::DevicesBody;
use farthing_protocol::id::DeviceId;

/// The changes by which the known list is sent again, when the verifier shows an older one.
///
/// # Errors
/// [`crate::error::WalletError::VerifierMisbehaved`] when what it shows is not by the account key.
pub(crate) fn if_older(engine: &Engine, shown: &SignedBytes) -> Result<Vec<Change>, Error> {
    let Some(own) = OwnDevices::of(engine.store())? else { return Ok(Vec::new()) };
    let shown = list_by(&engine.profile().account_key, shown.as_slice())?;
    if shown.counter >= own.counter {
        return Ok(Vec::new());
    }
    pending(engine, &own, |device| shown.devices.iter().all(|row| row.device != *device))
}

/// The changes by which the known list is sent again to a verifier that does not know this device.
///
/// # Errors
/// What the store says.
pub(crate) fn if_unknown(engine: &Engine) -> Result<Vec<Change>, Error> {
    let Some(own) = OwnDevices::of(engine.store())? else { return Ok(Vec::new()) };
    let this = engine.profile().device;
    pending(engine, &own, |device| *device == this)
}

fn pending(engine: &Engine, own: &OwnDevices, is_new: impl Fn(&DeviceId) -> bool) -> Result<Vec<Change>, Error> {
    if PendingChange::of(engine.store())?.is_some() {
        // Whatever it is, it is newer.
        return Ok(Vec::new());
    }
    let mut certificates = Vec::new();
    for row in &own.list(&engine.profile().account_key)?.devices {
        if is_new(&row.device) {
            let Some(known) = KnownDevice::of(engine.store(), &row.device)? else { return Ok(Vec::new()) };
            certificates.push(known.certificate);
        }
    }
    let body = DevicesBody { list: own.list.clone(), certificates: certificates.clone(), handles: None }.encode();
    let change = PendingChange { version: V1, purpose: Purpose::Again, list: own.list.clone(), certificates, body };
    Ok(vec![Change::put(&change)])
}
