//! What tabs come to: of a balance, and of what a device has spent within a day.

use super::receipts::TabReceipt;
use super::record::{EarnedTab, PaidTab, TabState, live};
use super::standing::Standing;
use crate::engine::Engine;
use crate::error::Error;
use crate::store::{self, Store};
use farthing_protocol::cose::Signed;
use farthing_protocol::id::Seq;
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::tab::HoldReceipt;
use farthing_protocol::time::Time;
use std::collections::BTreeMap;

/// Sums per asset.
#[derive(Debug, Default)]
pub(crate) struct Sums(BTreeMap<Asset, [u64; 3]>);

impl Sums {
    pub(crate) fn of(store: &dyn Store) -> Result<Self, Error> {
        let mut sums = Self::default();
        for tab in live::<PaidTab>(store)? {
            if let Some(order) = &tab.order {
                sums.add(0, &order.takes);
            }
            if let Some(standing) = &tab.standing {
                sums.add(1, &standing.left());
            }
        }
        for tab in live::<EarnedTab>(store)? {
            sums.add(2, &tab.unclaimed());
        }
        Ok(sums)
    }

    fn add(&mut self, which: usize, amount: &Amount) {
        let sums = self.0.entry(amount.asset()).or_default();
        if let Some(sum) = sums.get_mut(which) {
            // Of a few thousand amounts of at most 10^15 units each.
            *sum = sum.saturating_add(amount.value());
        }
    }

    /// What orders and changes without an answer would take, and what is set aside.
    pub(crate) fn held(&self, asset: Asset) -> (u64, u64) {
        self.0.get(&asset).map_or((0, 0), |[opening, aside, _]| (*opening, *aside))
    }

    /// What vouchers are good for and was not claimed.
    pub(crate) fn incoming(&self, asset: Asset) -> u64 {
        self.0.get(&asset).map_or(0, |[_, _, incoming]| *incoming)
    }
}

/// Whether a tab counts already of which an entry is still to be read.
///
/// # Errors
/// What the store says.
pub(crate) fn is_ahead(store: &dyn Store, read: Seq) -> Result<bool, Error> {
    let later = |standing: &Standing| standing.place.seq > read || standing.claim_place.seq > read;
    let paid: Vec<PaidTab> = store::all_kept(store)?;
    let earned: Vec<EarnedTab> = store::all_kept(store)?;
    let paid = paid.iter().filter(|tab| tab.lost.is_none()).filter_map(|tab| tab.standing.as_ref()).any(later);
    Ok(paid || earned.iter().filter(|tab| tab.lost.is_none()).any(|tab| later(&tab.standing)))
}

/// What this device has set aside since then: caps of holds, and what they were raised by.
pub(crate) fn spent(engine: &Engine, asset: Asset, since: Time) -> Result<u64, Error> {
    let mut sum = 0_u64;
    for tab in store::all_kept::<PaidTab>(engine.store())? {
        if tab.total.asset() != asset || tab.device.is_some() || tab.state == TabState::Draft {
            continue;
        }
        let Some(standing) = &tab.standing else {
            let opening = tab.order.as_ref().filter(|_| tab.state == TabState::Opening);
            sum = sum.saturating_add(opening.map_or(0, |order| order.cap.value()));
            continue;
        };
        if let Some(change) = &tab.order {
            sum = sum.saturating_add(change.cap.value().saturating_sub(standing.bounds()?.cap.value()));
        }
        if standing.hold()?.time <= since {
            continue;
        }
        let mut cap = 0;
        for receipt in TabReceipt::all(engine.store(), &tab.id)? {
            let Ok(hold) = Signed::<HoldReceipt>::parse(receipt.receipt.as_slice()) else { continue };
            let (time, now) = (hold.claims().time, hold.claims().cap.value());
            if time > since {
                sum = sum.saturating_add(now.saturating_sub(cap));
            }
            cap = now;
        }
    }
    Ok(sum)
}
