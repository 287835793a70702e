//! What allowances come to: of a balance, and of what a device has spent within a day.

use super::record::{AllowanceState, OwnAllowance, Said, live};
use crate::engine::Engine;
use crate::error::Error;
use crate::store::{self, Store};
use farthing_protocol::money::Asset;
use farthing_protocol::time::Time;
use std::collections::BTreeMap;

/// Sums per asset.
#[derive(Debug, Default)]
pub(crate) struct Sums(BTreeMap<Asset, (u64, u64)>);

impl Sums {
    pub(crate) fn of(store: &dyn Store) -> Result<Self, Error> {
        let mut sums = Self::default();
        for own in live::<OwnAllowance>(store)? {
            let (ordered, aside) = sums.0.entry(own.reserved.asset()).or_default();
            let sum = if own.order.is_some() { ordered } else { aside };
            // Of a few amounts of at most 2 × 10^15 units each.
            *sum = sum.saturating_add(own.reserved.value());
        }
        Ok(sums)
    }

    /// What orders without an answer would take, and what is set aside.
    pub(crate) fn held(&self, asset: Asset) -> (u64, u64) {
        self.0.get(&asset).copied().unwrap_or_default()
    }
}

/// The caps of allowances that this device has ordered since then: a scope counts them when they are placed.
///
/// # Errors
/// What the store says.
pub(crate) fn spent(engine: &Engine, asset: Asset, since: Time) -> Result<u64, Error> {
    let counts = |own: &&OwnAllowance| {
        own.cap.asset() == asset && own.device.is_none() && own.state != AllowanceState::Refused && own.at > since
    };
    let all: Vec<OwnAllowance> = store::all_kept(engine.store())?;
    Ok(all.iter().filter(counts).fold(0, |sum, own| sum.saturating_add(own.cap.value())))
}

/// Allowances of which something waits to be sent.
///
/// # Errors
/// What the store says.
pub fn unsent(engine: &Engine) -> Result<Vec<farthing_protocol::offline::AllowanceId>, Error> {
    let all = live::<OwnAllowance>(engine.store())?.into_iter();
    Ok(all.filter(|own| own.order.is_some() || own.revoking().is_some()).map(|own| own.id).collect())
}

/// Whether money without network is anything to this wallet: then it looks at the list of revoked allowances.
///
/// # Errors
/// What the store says.
pub fn is_used(engine: &Engine) -> Result<bool, Error> {
    let counts = |said: &Said| said.counts;
    let own = live::<OwnAllowance>(engine.store())?;
    Ok(own.iter().any(|own| own.allowance.as_ref().is_some_and(counts))
        || engine.store().small(store::Table::OFFLINE_HANDLE, super::record::ONE)?.is_some())
}
