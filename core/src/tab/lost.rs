//! What a restored verifier has lost of tabs (13.5, 19.6): a hold that was placed in the lost part is unknown, and its vouchers with
//! it; a claim that was lost can be made again, with the same voucher.
//!
//! The receipts that are left are folded anew, and the balance follows. All receipts are kept: they prove what is owed.

use super::record::{EarnedTab, PaidTab, Stored, TabId, TabReceipt, TabState, saved};
use super::standing::Standing;
use crate::error::Error;
use crate::events::EventKind;
use crate::history::Lineage;
use crate::store::{self, Change, Store};
use farthing_protocol::id::Epoch;
use farthing_protocol::money::Asset;
use farthing_protocol::time::Time;

/// The changes that an epoch brings to tabs, and whether something of them is lost.
///
/// # Errors
/// What the store says.
pub(crate) fn judge_all(
    store: &dyn Store,
    lineage: &Lineage,
    epoch: Epoch,
    at: Time,
) -> Result<(Vec<Change>, bool), Error> {
    let mut judged = Folding { store, lineage, at, changes: Vec::new(), lost: false };
    for mut tab in store::all_kept::<PaidTab>(store)? {
        let Some(before) = tab.standing.take() else { continue };
        let Some(after) = judged.fold(&tab.id, &before)? else { continue };
        let units = |standing: &Standing| standing.paid_units();
        let delta = after.as_ref().map_or(Ok(0), units)? - before.paid_units()?;
        tab.state = state(after.as_ref())?;
        tab.lost = after.is_none().then_some(epoch);
        tab.standing = after;
        judged.changed(&tab, tab.id, before.reserved.asset(), delta);
    }
    for mut tab in store::all_kept::<EarnedTab>(store)? {
        let before = tab.standing.clone();
        let Some(after) = judged.fold(&tab.id, &before)?.filter(|after| after.is_some() || tab.lost.is_none()) else {
            continue;
        };
        let units = |standing: &Standing| standing.earned_units();
        let delta = after.as_ref().map_or(Ok(0), units)? - before.earned_units()?;
        tab.state = state(after.as_ref())?;
        tab.lost = after.is_none().then_some(epoch);
        // The act was perhaps decided in the lost part, and is unknown now: another one is made.
        (tab.claim, tab.release, tab.code) = (None, None, None);
        let asset = before.reserved.asset();
        tab.standing = after.unwrap_or_else(|| before.unclaimed());
        judged.changed(&tab, tab.id, asset, delta);
    }
    Ok((judged.changes, judged.lost))
}

fn state(standing: Option<&Standing>) -> Result<TabState, Error> {
    let Some(standing) = standing else { return Ok(TabState::Lost) };
    if standing.ended.is_some() {
        return Ok(TabState::Ended);
    }
    Ok(if standing.hold()?.closed.is_some() { TabState::Closed } else { TabState::Open })
}

struct Folding<'a> {
    store: &'a dyn Store,
    lineage: &'a Lineage,
    at: Time,
    changes: Vec<Change>,
    lost: bool,
}

impl Folding<'_> {
    /// How a tab stands by the receipts that the ledger still has; `None` when nothing is different.
    #[allow(clippy::option_option, reason = "nothing to say, and: nothing is left")]
    fn fold(&self, tab: &TabId, before: &Standing) -> Result<Option<Option<Standing>>, Error> {
        let mut receipts = TabReceipt::all(self.store, tab)?;
        receipts.retain(|receipt| self.lineage.has(receipt.place.epoch, receipt.place.seq));
        let after = Standing::of(&receipts)?;
        Ok((after.as_ref() != Some(before)).then_some(after))
    }

    fn changed<T: Stored>(&mut self, tab: &T, id: TabId, asset: Asset, delta: i64) {
        self.lost = true;
        self.changes.extend(saved(tab));
        self.changes.push(Change::Balance { asset, delta });
        self.changes.push(Change::Event { at: self.at, kind: EventKind::TabLost(id) });
    }
}

/// The changes by which orders of tabs that are open wait until they have expired: another copy of the folder may have them, too.
///
/// # Errors
/// What the store says.
pub(crate) fn held_back(store: &dyn Store) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for mut tab in super::record::live::<PaidTab>(store)? {
        if let Some(order) = &mut tab.order {
            order.held = true;
            changes.extend(saved(&tab));
        }
    }
    Ok(changes)
}
