//! What an entry of a tab changes at its payer: a hold that was placed, changed or closed, what was claimed from it, and its end.
//!
//! The answer to an order and the entry of it are judged alike; whichever comes first counts.

use super::receipts::{HoldOf, TabReceipt, VoucherKey};
use super::record::{PaidTab, TabId, TabState, of_hold, saved};
use super::standing::{Standing, follows};
use crate::devices::KnownDevice;
use crate::engine::{Engine, Placed, Trust};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::payment::entry::{Taken, act_key};
use crate::store::{Ahead, Change, Cursor, PayeeRecord};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes, Verified};
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::http::{Entry, EntryKind};
use farthing_protocol::id::{DeviceId, FeeVersion};
use farthing_protocol::key::{HpkePublicKey, PublicKey, Signer as _};
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::tab::{
    Claim, ClaimReceipt, HoldChange, HoldClose, HoldOrder, HoldReceipt, HoldRelease, Voucher, fee_of_claimed,
    kept_until,
};

pub(super) const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);

/// Checks an entry of a tab and says what it changes. `ahead` is what earlier entries of the same page change.
///
/// # Errors
/// [`WalletError::VerifierMisbehaved`] when it cannot be ours: it is then not counted.
pub(crate) fn take(engine: &Engine, entry: &Entry, ahead: &[Change]) -> Result<Taken, Error> {
    let ahead = Ahead::new(engine.store(), ahead);
    match entry.kind {
        EntryKind::Hold => hold(engine, entry, &ahead),
        EntryKind::Spent => spent(engine, entry, &ahead),
        EntryKind::Tab => super::earned::tab(engine, entry, &ahead),
        EntryKind::Claim => super::earned::claim(engine, entry, &ahead),
        _ => Err(MISBEHAVED),
    }
}

/// The device of the account that made what an entry of a tab is the answer to.
pub(crate) fn device_of(entry: &Entry) -> Option<DeviceId> {
    let bytes = entry.cause.as_ref()?.as_slice();
    match entry.kind {
        EntryKind::Hold => Signed::<HoldOrder>::parse(bytes)
            .map(|order| order.claims().device)
            .or_else(|_| Signed::<HoldChange>::parse(bytes).map(|change| change.claims().device))
            .or_else(|_| Signed::<HoldClose>::parse(bytes).map(|close| close.claims().device))
            .ok(),
        EntryKind::Claim => Signed::<Claim>::parse(bytes)
            .map(|claim| claim.claims().device)
            .or_else(|_| Signed::<HoldRelease>::parse(bytes).map(|release| release.claims().device))
            .ok(),
        _ => None,
    }
}

/// The receipt of an entry: signed, certified, and of the entry's place. The second is whether the ledger still has that place:
/// an answer that was on its way while the verifier was restored can tell of what is lost by now.
pub(crate) fn receipt_of<T: Placed>(engine: &Engine, entry: &Entry) -> Result<(Verified<T>, bool), Error> {
    let trust = engine.trust().ok_or(WalletError::Internal)?;
    let receipt = trust.verify_placed::<T>(entry.receipt.as_slice())?;
    let (epoch, seq, _) = receipt.place();
    if (epoch, seq) == (entry.epoch, entry.seq) { Ok((receipt, is_there(trust, epoch, seq))) } else { Err(MISBEHAVED) }
}

fn is_there(trust: &Trust, epoch: farthing_protocol::id::Epoch, seq: farthing_protocol::id::Seq) -> bool {
    trust.lineage().has(epoch, seq)
}

/// The key by which a device of the account signs acts and reads.
pub(crate) fn session_key(engine: &Engine, device: &DeviceId) -> Result<PublicKey, Error> {
    let profile = engine.profile();
    if *device == profile.device {
        return Ok(*engine.keys().session().public());
    }
    let known = KnownDevice::of(engine.store(), device)?.ok_or(MISBEHAVED)?;
    Ok(known.certificate(&profile.account_key)?.session)
}

/// What a hold-receipt answers: of our account, by one of its devices, and as the receipt says.
enum Cause {
    Order(Box<Verified<HoldOrder>>),
    Change,
    Close,
}

impl Cause {
    fn of(engine: &Engine, receipt: &HoldReceipt, bytes: &[u8]) -> Result<Self, Error> {
        let ours = (engine.profile().verifier, engine.profile().account);
        let (hash, fits, cause) = if receipt.cause.as_bytes() == receipt.hold.as_bytes() {
            let order = Signed::<HoldOrder>::parse(bytes).map_err(|_| MISBEHAVED)?;
            let key = act_key(engine, &order.claims().device)?;
            let order = order.verify(&key).map_err(|_| MISBEHAVED)?;
            let fits = (order.verifier, order.account) == ours
                && order.payee_key == receipt.payee_key
                && order.voucher_key == receipt.voucher_key
                && order.bounds() == receipt.bounds()
                && order.reference == receipt.reference
                && order.details == receipt.details;
            (order.hash(), fits, Self::Order(Box::new(order)))
        } else if receipt.closed.is_some() {
            let close = Signed::<HoldClose>::parse(bytes).map_err(|_| MISBEHAVED)?;
            let key = session_key(engine, &close.claims().device)?;
            let close = close.verify(&key).map_err(|_| MISBEHAVED)?;
            let fits = (close.verifier, close.account) == ours && close.hold == receipt.hold;
            (close.hash(), fits, Self::Close)
        } else {
            let change = Signed::<HoldChange>::parse(bytes).map_err(|_| MISBEHAVED)?;
            let key = act_key(engine, &change.claims().device)?;
            let change = change.verify(&key).map_err(|_| MISBEHAVED)?;
            let fits = (change.verifier, change.account) == ours
                && change.hold == receipt.hold
                && change.bounds() == receipt.bounds();
            (change.hash(), fits, Self::Change)
        };
        if fits && hash == receipt.cause { Ok(cause) } else { Err(MISBEHAVED) }
    }
}

fn hold(engine: &Engine, entry: &Entry, ahead: &Ahead<'_>) -> Result<Taken, Error> {
    let (receipt, is_there) = receipt_of::<HoldReceipt>(engine, entry)?;
    let cause = Cause::of(engine, &receipt, entry.cause.as_ref().ok_or(MISBEHAVED)?.as_slice())?;
    let fee = entry.fee.filter(|fee| fee.asset() == receipt.cap.asset()).ok_or(MISBEHAVED)?;
    let tab = match (of_hold::<PaidTab>(ahead, &receipt.hold)?, cause) {
        (Some(tab), _) => tab,
        (None, Cause::Order(order)) => elsewhere(engine, &order, &receipt)?,
        (None, _) => return Err(MISBEHAVED),
    };
    if !is_there {
        return Ok(Taken::default());
    }
    if tab.state == TabState::Refused {
        // The opposite of a final word: kept as proof, and nothing is counted by it.
        let proof = Change::put(&receipt_record(tab.id, &receipt, None)?);
        let rejected = Change::Event { at: receipt.time, kind: EventKind::EntryRejected(entry.seq.get()) };
        return Ok(Taken { changes: vec![proof, rejected], rejected: true, ..Taken::default() });
    }
    let settled = tab.state == TabState::Opening;
    let changes = held(tab, &receipt, Some(fee))?.unwrap_or_default();
    Ok(Taken { settled: settled && !changes.is_empty(), changes, ..Taken::default() })
}

/// The record of a receipt.
pub(super) fn receipt_record<T: Placed>(
    tab: TabId,
    receipt: &Verified<T>,
    of_payer: Option<Amount>,
) -> Result<TabReceipt, Error> {
    let (epoch, seq, _) = receipt.place();
    let bytes = SignedBytes::new(receipt.bytes().to_vec())?;
    Ok(TabReceipt { version: V1, tab, place: Cursor { epoch, seq }, receipt: bytes, of_payer })
}

/// The changes that a hold-receipt brings to a tab that we pay from; `None` when it was known. The fee is of the entry; of an
/// answer it comes from the fees that our person was shown.
///
/// # Errors
/// [`WalletError::VerifierMisbehaved`] when it does not follow from what was known.
pub(super) fn held(
    mut tab: PaidTab,
    receipt: &Verified<HoldReceipt>,
    fee: Option<Amount>,
) -> Result<Option<Vec<Change>>, Error> {
    let due = tab.fees.map(|fees| fees.fee(&receipt.cap)).transpose().map_err(|_| MISBEHAVED)?;
    let fee = match (fee, due) {
        (Some(fee), Some(due)) if fee != due => return Err(MISBEHAVED),
        (Some(fee), _) | (None, Some(fee)) => fee,
        (None, None) => return Err(MISBEHAVED),
    };
    let reserved = receipt.cap.checked_add(&fee).map_err(|_| MISBEHAVED)?;
    let place = Cursor { epoch: receipt.epoch, seq: receipt.seq };
    let of_order = receipt.cause.as_bytes() == receipt.hold.as_bytes();
    let (standing, before) = match tab.standing.take() {
        None if of_order => (Standing::placed(receipt.signed(), reserved)?, 0),
        None => return Err(MISBEHAVED),
        Some(known) if place <= known.place => {
            let other = place == known.place && known.receipt.as_slice() != receipt.bytes();
            return if other { Err(MISBEHAVED) } else { Ok(None) };
        }
        Some(known) if known.ended.is_some() || !follows(&known.hold()?, receipt) => return Err(MISBEHAVED),
        Some(known) => {
            let before = known.paid_units()?;
            (known.changed(receipt.signed(), reserved)?, before)
        }
    };
    let (id, asset, delta) = (tab.id, receipt.cap.asset(), standing.paid_units()? - before);
    let kind = match (of_order, receipt.closed) {
        (true, _) => EventKind::TabOpened(id),
        (false, None) => EventKind::TabChanged(id),
        (false, Some(_)) => EventKind::TabClosed(id),
    };
    tab.state = if receipt.closed.is_some() { TabState::Closed } else { TabState::Open };
    if tab.order.as_ref().is_some_and(|order| order.hash == receipt.cause) {
        tab.order = None;
        tab.code = None;
    }
    if receipt.closed.is_some() {
        (tab.wish, tab.code) = (None, None);
    }
    tab.standing = Some(standing);
    tab.lost = None;
    tab.hold = Some(receipt.hold);
    let mut changes = Vec::from(saved(&tab));
    changes.extend([
        Change::put(&HoldOf { version: V1, hold: receipt.hold, tab: id, earned: false }),
        Change::put(&receipt_record(id, receipt, Some(reserved))?),
        Change::Balance { asset, delta },
        Change::Event { at: receipt.time, kind },
    ]);
    Ok(Some(changes))
}

/// A tab that another device of the account placed, or this one before its folder was put back from a copy.
fn elsewhere(engine: &Engine, order: &HoldOrder, receipt: &HoldReceipt) -> Result<PaidTab, Error> {
    let none = Amount::zero(order.cap.asset());
    Ok(PaidTab {
        version: V1,
        id: TabId::of_hold(receipt.placed, &receipt.hold),
        state: TabState::Opening,
        payee: PayeeRecord {
            handle: order.payee,
            key: order.payee_key,
            // Its message was sealed there; nothing will be sealed to it from here.
            hpke: HpkePublicKey::new([0; 32]),
            reference: order.reference,
            alias: None,
            name: None,
            pinned: false,
            expires: None,
        },
        wish: None,
        offer: None,
        details: None,
        salt: None,
        fee_version: order.fee_version,
        fees: terms(engine, order.fee_version, order.cap.asset())?,
        hold: Some(receipt.hold),
        order: None,
        close: None,
        standing: None,
        total: none,
        ceiling: none,
        at: receipt.time,
        code: None,
        contact: None,
        device: Some(order.device).filter(|device| *device != engine.profile().device),
        lost: None,
    })
}

/// The fees of a version in an asset, where they are known.
fn terms(engine: &Engine, version: FeeVersion, asset: Asset) -> Result<Option<Terms>, Error> {
    let fees = engine.trust().ok_or(WalletError::Internal)?.fees();
    let found = fees.terms.iter().find(|terms| terms.asset == asset);
    Ok(found.filter(|_| fees.fee_version == version).copied())
}

/// What the payee claimed, or the end.
fn spent(engine: &Engine, entry: &Entry, ahead: &Ahead<'_>) -> Result<Taken, Error> {
    let (receipt, is_there) = receipt_of::<ClaimReceipt>(engine, entry)?;
    let mut tab = of_hold::<PaidTab>(ahead, &receipt.hold)?.ok_or(MISBEHAVED)?;
    if !is_there {
        return Ok(Taken::default());
    }
    let standing = tab.standing.take().ok_or(MISBEHAVED)?;
    let known = ahead.kept::<TabReceipt>(&TabReceipt::key_of(&tab.id, &position(&receipt)))?;
    if known.is_some() {
        return if_same(known, &receipt);
    }
    let hold = standing.hold()?;
    let fee = entry.fee.filter(|fee| fee.asset() == hold.cap.asset()).ok_or(MISBEHAVED)?;
    // Amounts add up to the total: a payer hears of each claim, in their order.
    let in_order = standing.claimed.checked_add(&receipt.amount) == Ok(receipt.total);
    let due = match &tab.fees {
        Some(fees) => fee_of_claimed(&receipt.total, fees)
            .and_then(|after| after.checked_sub(&fee_of_claimed(&standing.claimed, fees)?))
            .map_err(|_| MISBEHAVED)?,
        None => fee,
    };
    let fits = receipt.payee_key == hold.payee_key
        && in_order
        && due == fee
        && (receipt.ended.is_none() || fee.is_zero())
        && in_time(engine, &receipt, &hold);
    if !fits || position(&receipt) <= standing.claim_place {
        return Err(MISBEHAVED);
    }
    if receipt.ended.is_none() {
        let voucher = entry.cause.as_ref().ok_or(MISBEHAVED)?.as_slice();
        let voucher = Signed::<Voucher>::parse(voucher).map_err(|_| MISBEHAVED)?;
        let voucher = voucher.verify(&hold.voucher_key).map_err(|_| MISBEHAVED)?;
        let shown = receipt.voucher == Some(voucher.hash())
            && voucher.hold == receipt.hold
            && voucher.total.asset() == receipt.total.asset()
            && voucher.total.value() >= receipt.total.value();
        if !shown {
            return Err(MISBEHAVED);
        }
        // By our own key: a copy of this folder may have signed more than is known here.
        tab.total = greater(tab.total, voucher.total);
        tab.ceiling = greater(tab.ceiling, voucher.total);
    }
    let before = standing.paid_units()?;
    let standing = standing.claimed(&receipt, fee)?;
    let (id, asset, delta) = (tab.id, hold.cap.asset(), standing.paid_units()? - before);
    let mut changes = vec![Change::put(&receipt_record(id, &receipt, Some(fee))?)];
    if standing.ended.is_some() {
        tab.state = TabState::Ended;
        (tab.order, tab.wish) = (None, None);
        changes.push(Change::forget::<VoucherKey>(id.as_bytes()));
        changes.push(Change::Balance { asset, delta });
    }
    let kind = if standing.ended.is_some() { EventKind::TabEnded(id) } else { EventKind::TabClaimed(id) };
    tab.standing = Some(standing);
    changes.extend(saved(&tab));
    changes.push(Change::Event { at: receipt.time, kind });
    Ok(Taken { changes, ..Taken::default() })
}

/// A claim is applied before the end of claiming, and what ends by time ends then. A hold that was placed before an epoch opened lives a
/// day from there; of an epoch that this wallet never saw only its claims can tell.
pub(super) fn in_time(engine: &Engine, receipt: &ClaimReceipt, hold: &HoldReceipt) -> bool {
    let opened = engine.trust().and_then(|trust| trust.opened(receipt.epoch));
    let kept = opened.map(|opened| kept_until(hold.placed, opened).is_some_and(|kept| receipt.time < kept));
    let in_time = hold.bounds().may_claim(receipt.time) || kept.unwrap_or(receipt.cause.is_some());
    if receipt.cause.is_some() { in_time } else { receipt.ended.is_some() && !in_time }
}

/// Nothing new, unless the same place says something else now.
pub(super) fn if_same(known: Option<TabReceipt>, receipt: &Verified<ClaimReceipt>) -> Result<Taken, Error> {
    let same = known.is_some_and(|known| known.receipt.as_slice() == receipt.bytes());
    if same { Ok(Taken::default()) } else { Err(MISBEHAVED) }
}

pub(super) const fn position(receipt: &ClaimReceipt) -> Cursor {
    Cursor { epoch: receipt.epoch, seq: receipt.seq }
}

/// The greater of two amounts of one asset.
pub(super) fn greater(one: Amount, other: Amount) -> Amount {
    if other.asset() == one.asset() && other.value() > one.value() { other } else { one }
}
