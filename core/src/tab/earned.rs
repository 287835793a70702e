//! What an entry of a tab changes at its payee: a hold that was placed for us, changed or closed, what we claimed, and its end.

use super::entry::{MISBEHAVED, if_same, in_time, position, receipt_of, receipt_record, session_key};
use super::offer::OfferRecord;
use super::receipts::{HoldOf, TabReceipt};
use super::record::{EarnedTab, TabId, TabState, of_hold, saved};
use super::standing::{Standing, follows};
use crate::engine::Engine;
use crate::error::Error;
use crate::events::EventKind;
use crate::payment::entry::{Taken, message, message_key};
use crate::store::{self, Ahead, Change, Cursor};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::Entry;
use farthing_protocol::money::Amount;
use farthing_protocol::tab::{Claim, ClaimReceipt, HoldOffer, HoldReceipt, HoldRelease, Voucher, accepts};

/// A hold that was placed for us, changed or closed.
pub(super) fn tab(engine: &Engine, entry: &Entry, ahead: &Ahead<'_>) -> Result<Taken, Error> {
    let (receipt, is_there) = receipt_of::<HoldReceipt>(engine, entry)?;
    let known = of_hold::<EarnedTab>(ahead, &receipt.hold)?;
    let place = Cursor { epoch: receipt.epoch, seq: receipt.seq };
    if !is_there {
        return Ok(Taken::default());
    }
    let Some(mut tab) = known else { return placed(engine, entry, &receipt) };
    if place <= tab.standing.place {
        let other = place == tab.standing.place && tab.standing.receipt.as_slice() != receipt.bytes();
        return if other { Err(MISBEHAVED) } else { Ok(Taken::default()) };
    }
    // A release of our own may have been answered before an earlier change was read.
    let ended = tab.standing.ended.is_some();
    if (ended && place > tab.standing.claim_place) || !follows(&tab.standing.hold()?, &receipt) {
        return Err(MISBEHAVED);
    }
    tab.standing = tab.standing.changed(receipt.signed(), receipt.cap)?;
    let closed = receipt.closed.is_some();
    let kind = if closed { EventKind::TabClosed(tab.id) } else { EventKind::TabChanged(tab.id) };
    tab.state = match (ended, closed) {
        (true, _) => TabState::Ended,
        (false, true) => TabState::Closed,
        (false, false) => TabState::Open,
    };
    let mut changes = Vec::from(saved(&tab));
    changes.push(Change::put(&receipt_record(tab.id, &receipt, None)?));
    changes.push(Change::Event { at: receipt.time, kind });
    Ok(Taken { changes, ..Taken::default() })
}

fn placed(engine: &Engine, entry: &Entry, receipt: &Verified<HoldReceipt>) -> Result<Taken, Error> {
    if receipt.cause.as_bytes() != receipt.hold.as_bytes() {
        return Err(MISBEHAVED);
    }
    let key = message_key(engine, entry, &receipt.payee_key)?;
    let handle = entry.handle.ok_or(MISBEHAVED)?;
    let id = TabId::of_hold(receipt.placed, &receipt.hold);
    let disclosure = key.and_then(|key| message(entry, &receipt.payee_key, &receipt.details, &key));
    let mut changes = Vec::new();
    let (mut offer, mut differs) = (None, false);
    // An offer that this device did not make is another's to judge; it is of this account all the same.
    if let Some(accepted) = OfferRecord::by_reference(engine.store(), receipt.reference.as_ref())? {
        let signed = Signed::<HoldOffer>::parse(accepted.published.bytes.as_slice())?;
        (offer, differs) = (Some(accepted.published.id), !accepts(receipt, &signed));
        // Whoever places a hold for an alias names what it likes: only the offer's own handle is used up by it.
        if accepted.is_used_by(receipt)? {
            if accepted.tab.is_some_and(|other| other != id) {
                // A single offer is accepted once.
                return Err(MISBEHAVED);
            }
            changes.push(Change::put(&accepted.accepted(id)));
        }
    }
    let none = Amount::zero(receipt.cap.asset());
    let tab = EarnedTab {
        version: V1,
        id,
        state: TabState::Open,
        hold: receipt.hold,
        handle,
        device: entry.device,
        offer,
        differs,
        details: disclosure.map(|disclosure| disclosure.details),
        standing: Standing::placed(receipt.signed(), receipt.cap)?,
        voucher: None,
        total: none,
        claim: None,
        release: None,
        payer: None,
        code: None,
        lost: None,
        due: None,
    };
    changes.extend(saved(&tab));
    changes.extend([
        Change::put(&HoldOf { version: V1, hold: receipt.hold, tab: id, earned: true }),
        Change::put(&receipt_record(id, receipt, None)?),
        Change::Event { at: receipt.time, kind: EventKind::TabOpened(id) },
    ]);
    Ok(Taken { changes, ..Taken::default() })
}

/// What we claimed, or the end.
pub(super) fn claim(engine: &Engine, entry: &Entry, ahead: &Ahead<'_>) -> Result<Taken, Error> {
    let (receipt, is_there) = receipt_of::<ClaimReceipt>(engine, entry)?;
    let tab = of_hold::<EarnedTab>(ahead, &receipt.hold)?.ok_or(MISBEHAVED)?;
    if !is_there {
        return Ok(Taken::default());
    }
    let known = ahead.kept::<TabReceipt>(&TabReceipt::key_of(&tab.id, &position(&receipt)))?;
    if known.is_some() {
        // The answer to our own claim came first.
        return if_same(known, &receipt);
    }
    let cause = entry.cause.as_ref().map(|cause| cause.as_slice());
    if !answers(engine, &receipt, cause)? {
        return Err(MISBEHAVED);
    }
    Ok(Taken { changes: credited(engine, tab, &receipt)?, ..Taken::default() })
}

/// Whether a claim-receipt answers this claim or release of a device of ours, or ended by time.
fn answers(engine: &Engine, receipt: &ClaimReceipt, cause: Option<&[u8]>) -> Result<bool, Error> {
    let ours = (engine.profile().verifier, engine.profile().account);
    let (Some(bytes), Some(hash)) = (cause, receipt.cause) else {
        return Ok(cause.is_none() && receipt.cause.is_none());
    };
    if receipt.ended.is_some() {
        let release = Signed::<HoldRelease>::parse(bytes).map_err(|_| MISBEHAVED)?;
        let key = session_key(engine, &release.claims().device)?;
        let release = release.verify(&key).map_err(|_| MISBEHAVED)?;
        return Ok(release.hash() == hash
            && (release.verifier, release.account) == ours
            && release.hold == receipt.hold
            && release.total == receipt.total);
    }
    let claim = Signed::<Claim>::parse(bytes).map_err(|_| MISBEHAVED)?;
    let key = session_key(engine, &claim.claims().device)?;
    let claim = claim.verify(&key).map_err(|_| MISBEHAVED)?;
    let voucher = Signed::<Voucher>::parse(claim.voucher.as_slice()).map_err(|_| MISBEHAVED)?;
    Ok(claim.hash() == hash
        && (claim.verifier, claim.account) == ours
        && claim.total == receipt.total
        && receipt.voucher == Some(voucher.hash())
        && voucher.claims().hold == receipt.hold)
}

/// The changes that a claim-receipt brings whose place was not counted yet.
///
/// # Errors
/// [`WalletError::VerifierMisbehaved`](crate::error::WalletError::VerifierMisbehaved) when it does not fit to the hold.
pub(super) fn credited(
    engine: &Engine,
    mut tab: EarnedTab,
    receipt: &Verified<ClaimReceipt>,
) -> Result<Vec<Change>, Error> {
    let hold = tab.standing.hold()?;
    if receipt.hold != tab.hold || receipt.payee_key != hold.payee_key || !in_time(engine, receipt, &hold) {
        return Err(MISBEHAVED);
    }
    let asset = hold.cap.asset();
    tab.standing = tab.standing.claimed(receipt, Amount::zero(asset))?;
    let id = tab.id;
    let mut changes = vec![Change::put(&receipt_record(id, receipt, None)?)];
    if tab.standing.ended.is_some() {
        tab.state = TabState::Ended;
        (tab.claim, tab.release) = (None, None);
    }
    if !receipt.amount.is_zero() {
        let delta = i64::try_from(receipt.amount.value()).map_err(|_| MISBEHAVED)?;
        changes.push(Change::Balance { asset, delta });
    }
    let kind = if receipt.ended.is_some() { EventKind::TabEnded(id) } else { EventKind::TabClaimed(id) };
    changes.extend(saved(&tab));
    changes.push(Change::Event { at: receipt.time, kind });
    Ok(changes)
}

/// The offer with this reference.
impl OfferRecord {
    fn by_reference(
        store: &dyn crate::store::Store,
        reference: Option<&farthing_protocol::id::RequestRef>,
    ) -> Result<Option<Self>, Error> {
        let Some(reference) = reference else { return Ok(None) };
        let all: Vec<Self> = store::all_kept(store)?;
        Ok(all.into_iter().find(|offer| offer.published.reference == *reference))
    }
}
