//! What can be lost of what was taken without network, and what its person is ready to lose (docs/protocol.md 20.8).

use super::payee::{LossLimit, TakenOffline, TakenState};
use super::record::live;
use crate::engine::Engine;
use crate::error::Error;
use crate::store::{self, Change, Store};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::Signed;
use farthing_protocol::limits::AMOUNT_MAX;
use farthing_protocol::money::{Amount, Asset, Units};
use farthing_protocol::offline::{AllowanceId, OfflineReceipt, at_risk};

/// What a wallet is ready to lose until its person says otherwise, in whole units of the asset: a lunch or two.
pub const LOSS_LIMIT_DEFAULT: u64 = 25;

/// What can be lost of payments that are not settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CouldLose {
    /// Of all payers.
    pub all: Amount,
    /// Of it, of this payer: of its allowance, since who it is nobody without network knows.
    pub of_payer: Amount,
    /// What its person is ready to lose.
    pub limit: Amount,
}

impl CouldLose {
    /// What can be lost now, with `more` of this allowance.
    ///
    /// # Errors
    /// What the store says.
    pub(super) fn with(store: &dyn Store, allowance: &AllowanceId, more: &Amount) -> Result<Self, Error> {
        let asset = more.asset();
        let taken = live::<TakenOffline>(store)?;
        let of_asset = taken.iter().filter(|taken| taken.amount.asset() == asset);
        let (mut all, mut of_payer) = (vec![(more.units(), Units::default())], vec![(more.units(), Units::default())]);
        for taken in of_asset {
            let at_stake = (taken.amount.units(), guaranteed(taken)?);
            all.push(at_stake);
            if taken.allowance == *allowance {
                of_payer.push(at_stake);
            }
        }
        let sum = |of: Vec<(Units, Units)>| Amount::new(at_risk(of).min(AMOUNT_MAX), asset);
        Ok(Self { all: sum(all)?, of_payer: sum(of_payer)?, limit: limit(store, asset)? })
    }

    /// Whether it is more than its person is ready to lose.
    #[must_use]
    pub const fn is_too_much(&self) -> bool {
        self.all.value() > self.limit.value()
    }
}

/// What of a payment is the payee's in any case.
pub(super) fn guaranteed(taken: &TakenOffline) -> Result<Units, Error> {
    let receipt = taken.receipt.as_ref().filter(|said| said.counts);
    let receipt = receipt.map(|said| Signed::<OfflineReceipt>::parse(said.bytes.as_slice())).transpose()?;
    Ok(receipt.map(|receipt| receipt.claims().guaranteed).unwrap_or_default())
}

/// What was taken without network and is not settled: so much, of which so much has arrived.
///
/// # Errors
/// What the store says.
pub fn unsettled(engine: &Engine, asset: Asset) -> Result<(Amount, Amount), Error> {
    let (mut sum, mut arrived) = (0_u64, 0_u64);
    for taken in live::<TakenOffline>(engine.store())?.iter().filter(|taken| taken.amount.asset() == asset) {
        sum = sum.saturating_add(taken.amount.value());
        arrived = arrived.saturating_add(guaranteed(taken)?.get());
    }
    Ok((Amount::new(sum.min(AMOUNT_MAX), asset)?, Amount::new(arrived.min(AMOUNT_MAX), asset)?))
}

/// What its person is ready to lose of an asset.
///
/// # Errors
/// What the store says.
pub fn limit(store: &dyn Store, asset: Asset) -> Result<Amount, Error> {
    let set: Vec<LossLimit> = store::all_kept(store)?;
    if let Some(set) = set.into_iter().find(|set| set.most.asset() == asset) {
        return Ok(set.most);
    }
    let whole = 10_u64.saturating_pow(u32::from(asset.scale()));
    Ok(Amount::new(LOSS_LIMIT_DEFAULT.saturating_mul(whole).min(AMOUNT_MAX), asset)?)
}

/// Sets what its person is ready to lose; zero takes nothing without network.
///
/// # Errors
/// What the store says.
pub fn set_limit(engine: &mut Engine, most: Amount) -> Result<(), Error> {
    engine.apply(vec![Change::put(&LossLimit { version: V1, most })])
}

/// Whether a payment still waits for the verifier.
pub(super) const fn is_unclaimed(taken: &TakenOffline) -> bool {
    matches!(taken.state, TakenState::Taken)
}
