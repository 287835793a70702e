//! What a restored verifier has lost of tabs (13.5, 19.6): a hold that was placed in the lost part is unknown, and its vouchers with
//! it; a claim that was lost can be made again, with the same voucher.
//!
//! The receipts that are left are folded anew, and the balance follows. All receipts are kept: they prove what is owed.

use super::receipts::TabReceipt;
use super::record::{EarnedTab, PaidTab, Stored, TabId, TabState, saved};
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
        let Some((before, after)) = judged.fold(&tab.id, tab.standing.take())? else { continue };
        let units = |standing: Option<&Standing>| standing.map_or(Ok(0), Standing::paid_units);
        let delta = units(after.as_ref())? - units(before.as_ref())?;
        tab.state = state(after.as_ref())?;
        tab.lost = after.is_none().then_some(epoch);
        tab.standing = after;
        judged.changed(&tab, (before.as_ref(), tab.standing.as_ref()), tab.total.asset(), delta);
    }
    for mut tab in store::all_kept::<EarnedTab>(store)? {
        let before = tab.lost.is_none().then(|| tab.standing.clone());
        let Some((before, after)) = judged.fold(&tab.id, before)? else { continue };
        let units = |standing: Option<&Standing>| standing.map_or(Ok(0), Standing::earned_units);
        let delta = units(after.as_ref())? - units(before.as_ref())?;
        tab.state = state(after.as_ref())?;
        tab.lost = after.is_none().then_some(epoch);
        // The act was perhaps decided in the lost part, and is unknown now: another one is made.
        (tab.claim, tab.release, tab.code) = (None, None, None);
        tab.standing = after.clone().unwrap_or_else(|| tab.standing.unclaimed());
        judged.changed(&tab, (before.as_ref(), after.as_ref()), tab.total.asset(), delta);
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

/// How a tab stood, and how it stands by the receipts that are left.
type Folded = (Option<Standing>, Option<Standing>);

impl Folding<'_> {
    /// `None` when nothing is different.
    fn fold(&self, tab: &TabId, before: Option<Standing>) -> Result<Option<Folded>, Error> {
        let mut receipts = TabReceipt::all(self.store, tab)?;
        receipts.retain(|receipt| self.lineage.has(receipt.place.epoch, receipt.place.seq));
        let after = Standing::of(&receipts)?;
        Ok((after != before).then_some((before, after)))
    }

    fn changed<T: Stored>(
        &mut self,
        tab: &T,
        (before, after): (Option<&Standing>, Option<&Standing>),
        asset: Asset,
        delta: i64,
    ) {
        let places = |standing: &Standing| (standing.place, standing.claim_place);
        let found = after.is_some() && before.map(places) <= after.map(places);
        let id = tab.place().0;
        self.lost |= !found;
        let kind = if found { EventKind::TabFound(id) } else { EventKind::TabLost(id) };
        self.changes.extend(saved(tab));
        self.changes.push(Change::Balance { asset, delta });
        self.changes.push(Change::Event { at: self.at, kind });
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
