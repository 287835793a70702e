//! What a restored verifier has lost of allowances (13.5, 20.10): one that was placed in the lost part is unknown, and its vouchers with
//! it; a claim that was lost is made again. All that was signed is kept: it says what is owed.

use super::payee::{FoundProof, TakenOffline, TakenState, UnreadSettlement};
use super::record::{AllowanceState, OwnAllowance, Said, saved};
use crate::error::Error;
use crate::events::EventKind;
use crate::history::Lineage;
use crate::store::{self, Change, Store};
use farthing_protocol::id::{Epoch, Seq};
use farthing_protocol::money::Asset;
use farthing_protocol::time::Time;

/// The changes that an epoch brings to allowances, and whether something of them is lost.
///
/// # Errors
/// What the store says.
pub(crate) fn judge_all(
    store: &dyn Store,
    lineage: &Lineage,
    epoch: Epoch,
    at: Time,
) -> Result<(Vec<Change>, bool), Error> {
    let (mut changes, mut lost) = (Vec::new(), false);
    for mut own in store::all_kept::<OwnAllowance>(store)? {
        let before = own.counted()?;
        let mut went = Went::default();
        went.judge(own.allowance.as_mut(), lineage);
        went.judge(own.settlement.as_mut(), lineage);
        if !went.changed {
            if own.state == AllowanceState::Revoked && own.revoke.is_some() {
                // The list was perhaps lost: the revocation is sent again, and nothing is signed meanwhile.
                own.state = AllowanceState::Open;
                changes.extend(saved(&own));
            }
            continue;
        }
        let counts = |said: &Option<Said>| said.as_ref().is_some_and(|said| said.counts);
        own.state = match (counts(&own.allowance), counts(&own.settlement)) {
            (false, _) => AllowanceState::Lost,
            (true, true) => AllowanceState::Settled,
            (true, false) => AllowanceState::Open,
        };
        own.lost = (own.state == AllowanceState::Lost).then_some(epoch);
        lost |= went.lost;
        let kind = if went.lost { EventKind::AllowanceLost(own.id) } else { EventKind::AllowanceFound(own.id) };
        changes.extend(saved(&own));
        changes.extend(balance(before, own.counted()?, own.cap.asset()));
        changes.push(Change::Event { at, kind });
    }
    for mut taken in store::all_kept::<TakenOffline>(store)? {
        let before = taken.counted()?;
        let mut went = Went::default();
        went.judge(taken.receipt.as_mut(), lineage);
        went.judge(taken.settlement.as_mut(), lineage);
        if !went.changed {
            continue;
        }
        let counts = |said: &Option<Said>| said.as_ref().is_some_and(|said| said.counts);
        taken.state = match (counts(&taken.receipt), counts(&taken.settlement)) {
            (_, true) => TakenState::Settled,
            (true, false) => TakenState::Claimed,
            (false, false) => TakenState::Taken,
        };
        // The act was perhaps decided in the lost part, and is unknown now: another one is made.
        (taken.claim, taken.code) = (None, None);
        lost |= went.lost;
        let kind = if went.lost { EventKind::OfflineLost(taken.id) } else { EventKind::OfflineClaimed(taken.id) };
        changes.extend(saved(&taken));
        changes.extend(balance(before, taken.counted()?, taken.amount.asset()));
        changes.push(Change::Event { at, kind });
    }
    for unread in store::all_kept::<UnreadSettlement>(store)? {
        if !lineage.has(unread.place.epoch, unread.place.seq) {
            // The settlement that comes in its place is another one.
            changes.push(Change::forget::<UnreadSettlement>(unread.allowance.as_bytes()));
        }
    }
    for proof in store::all_kept::<FoundProof>(store)?.into_iter().filter(|proof| proof.told) {
        // The list was perhaps lost: shown again, a proof changes nothing.
        changes.push(Change::put(&FoundProof { told: false, ..proof }));
    }
    Ok((changes, lost))
}

#[derive(Default)]
struct Went {
    changed: bool,
    lost: bool,
}

impl Went {
    fn judge(&mut self, said: Option<&mut Said>, lineage: &Lineage) {
        let Some(said) = said else { return };
        let is_there = lineage.has(said.place.epoch, said.place.seq);
        self.changed |= said.counts != is_there;
        self.lost |= said.counts && !is_there;
        said.counts = is_there;
    }
}

fn balance(before: i64, after: i64, asset: Asset) -> Option<Change> {
    (before != after).then(|| Change::Balance { asset, delta: after.saturating_sub(before) })
}

/// Whether an allowance counts already of which an entry is still to be read.
///
/// # Errors
/// What the store says.
pub(crate) fn is_ahead(store: &dyn Store, read: Seq) -> Result<bool, Error> {
    let later = |said: &Option<Said>| said.as_ref().is_some_and(|said| said.counts && said.place.seq > read);
    let own: Vec<OwnAllowance> = store::all_kept(store)?;
    let taken: Vec<TakenOffline> = store::all_kept(store)?;
    Ok(own.iter().any(|own| later(&own.allowance) || later(&own.settlement))
        || taken.iter().any(|taken| later(&taken.receipt) || later(&taken.settlement)))
}
