//! Vouchers: the payer signs one for each drop, over the total so far; the payee keeps the greatest.
//!
//! A payer stores a ceiling before it signs up to it, and not each drop. So after a kill it may know a lower total than it signed,
//! and signs a lower one. That costs it nothing: the payee, which takes only greater ones, shows the newest it has, and the payer's
//! own signature tells where the tab stands. The same heals a wallet that was put back from an old copy.

use super::entry::greater;
use super::here::check_here;
use super::receipts::{HoldOf, VoucherKey};
use super::record::{EarnedTab, PaidTab, TabId, TabState, find, of_hold, saved};
use super::standing::half_of_grace;
use crate::crash;
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::messaging;
use crate::store::{self, Ahead, Change};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes, Verified};
use farthing_protocol::id::AccountId;
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::money::{Amount, AmountError};
use farthing_protocol::tab::{Bounds, HoldOffer, HoldReceipt, Voucher, VoucherFault};
use farthing_protocol::time::Moment;

/// Drops of the same amount that may be signed before the next ceiling is stored.
const DROPS_PER_CEILING: u64 = 64;

/// A drop that was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidDrop {
    /// From which tab.
    pub tab: TabId,
    /// What all drops come to.
    pub total: Amount,
    /// The signed voucher, for the payee.
    pub voucher: SignedBytes,
}

/// What became of a voucher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenVoucher {
    /// It is stored: so much more than before, nothing when it was known.
    Taken {
        /// Of which tab.
        tab: TabId,
        /// What it brings to the total before.
        gained: Amount,
        /// What all drops come to.
        total: Amount,
    },
    /// It is for less than the newest, which is to be shown to the payer: it has forgotten.
    Behind {
        /// Of which tab.
        tab: TabId,
        /// The newest voucher.
        newest: SignedBytes,
    },
}

/// Pays a drop: signs a voucher for so much more than before. Where the payee is a contact, it waits to be sent there, too.
///
/// # Errors
/// [`WalletError::TabUnknown`], [`WalletError::TabNotOpen`], [`WalletError::TabElsewhere`], [`WalletError::TabLimit`],
/// [`WalletError::TabTooLate`].
pub fn pay(engine: &mut Engine, id: &TabId, amount: &Amount, now: Moment) -> Result<PaidDrop, Error> {
    engine.check_can_pay()?;
    if amount.is_zero() {
        return Err(AmountError::Zero.into());
    }
    let Payable { tab, hold, key } = Payable::of(engine, id)?;
    let before = engine.total_of(&tab);
    let total = before.checked_add(amount)?;
    if total.value() > hold.cap.value() {
        return Err(WalletError::TabLimit.into());
    }
    // Of a time that was not heard the payee judges: what it does not take costs nothing.
    if engine.time(now).is_some_and(|time| !hold.bounds().may_spend(time)) {
        return Err(WalletError::TabTooLate.into());
    }
    let voucher = signed(&hold, total, &key)?;
    let mut changes = Vec::new();
    if let Some(contact) = tab.contact {
        // Stored with the message, so that it is not paid twice and not lost.
        changes.extend(messaging::voucher_to(engine, contact, &voucher, now)?);
        changes.extend(saved(&PaidTab { total, ceiling: greater(tab.ceiling, total), ..tab }));
    } else if total.value() > tab.ceiling.value() {
        let ahead = amount.value().saturating_mul(DROPS_PER_CEILING).saturating_add(before.value());
        let ceiling = Amount::new(ahead.min(hold.cap.value()), total.asset())?;
        changes.extend(saved(&PaidTab { total: before, ceiling, ..tab }));
    }
    if !changes.is_empty() {
        engine.apply(changes)?;
    }
    crash::point(crash::VOUCHER_AFTER_STORE);
    engine.signed_up_to(*id, total);
    Ok(PaidDrop { tab: *id, total, voucher: SignedBytes::new(voucher.bytes().to_vec())? })
}

/// The voucher over what was paid before, once more: for a payee that may not have it. Pays nothing.
///
/// # Errors
/// [`AmountError::Zero`] when nothing was paid yet; [`WalletError::TabUnknown`], [`WalletError::TabNotOpen`],
/// [`WalletError::TabElsewhere`].
pub fn show_again(engine: &Engine, id: &TabId) -> Result<PaidDrop, Error> {
    let Payable { tab, hold, key } = Payable::of(engine, id)?;
    let total = engine.total_of(&tab);
    if total.is_zero() {
        return Err(AmountError::Zero.into());
    }
    let voucher = signed(&hold, total, &key)?;
    Ok(PaidDrop { tab: *id, total, voucher: SignedBytes::new(voucher.bytes().to_vec())? })
}

/// A tab that vouchers can be signed of here.
struct Payable {
    tab: PaidTab,
    hold: HoldReceipt,
    key: Ed25519Key,
}

impl Payable {
    fn of(engine: &Engine, id: &TabId) -> Result<Self, Error> {
        let tab: PaidTab = find(engine.store(), id)?.ok_or(WalletError::TabUnknown)?;
        let hold = match &tab.standing {
            Some(standing) if tab.state == TabState::Open && tab.close.is_none() => standing.hold()?,
            _ => return Err(WalletError::TabNotOpen.into()),
        };
        let key: VoucherKey = store::kept(engine.store(), id.as_bytes())?.ok_or(WalletError::TabElsewhere)?;
        let key = key.key();
        if *key.public() != hold.voucher_key {
            return Err(WalletError::TabElsewhere.into());
        }
        Ok(Self { tab, hold, key })
    }
}

/// What can still be paid from a tab.
pub(crate) struct Rest {
    /// Of its cap.
    pub(crate) left: Amount,
    /// Until when.
    pub(crate) bounds: Bounds,
}

/// What can be paid from a tab by hand, and from here; `None` for one that is not open, is another device's, or that a meter pays from.
///
/// # Errors
/// What the store says.
pub(crate) fn rest(engine: &Engine, tab: &PaidTab) -> Result<Option<Rest>, Error> {
    let offer = tab.offer.as_ref().map(|offer| Signed::<HoldOffer>::parse(offer.as_slice())).transpose()?;
    if offer.is_some_and(|offer| offer.claims().terms.meter.is_some()) {
        return Ok(None);
    }
    match Payable::of(engine, &tab.id) {
        Ok(Payable { tab, hold, .. }) => {
            let total = engine.total_of(&tab);
            let left = hold.cap.checked_sub(&total).unwrap_or(Amount::zero(hold.cap.asset()));
            Ok(Some(Rest { left, bounds: hold.bounds() }))
        }
        Err(Error::Wallet(WalletError::TabNotOpen | WalletError::TabElsewhere)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn signed(hold: &HoldReceipt, total: Amount, key: &Ed25519Key) -> Result<Signed<Voucher>, Error> {
    let voucher = Voucher { version: V1, hold: hold.hold, hold_version: hold.hold_version, total };
    Ok(Signed::sign(voucher, key)?)
}

/// The changes by which totals are stored that only this process knows.
pub(crate) fn totals<'a>(engine: &Engine, of: impl Iterator<Item = &'a TabId>) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for id in of {
        let Some(tab) = find::<PaidTab>(engine.store(), id)? else { continue };
        let total = engine.total_of(&tab);
        if total != tab.total && !tab.state.is_over() {
            changes.extend(saved(&PaidTab { total, ceiling: greater(total, tab.ceiling), ..tab }));
        }
    }
    Ok(changes)
}

/// Takes a voucher that the payer has shown: stored when this returns, so that the payee may deliver.
///
/// # Errors
/// [`WalletError::TabUnknown`], [`WalletError::TabElsewhere`], [`WalletError::TabNotOpen`], [`WalletError::TabDiffers`],
/// [`WalletError::TabTooLate`], [`WalletError::VoucherNotGood`], [`WalletError::Revoked`], [`WalletError::DeviceExpired`];
/// [`WalletError::VoucherAhead`] also before this process has read the entries to their end, and when that was longer ago than
/// half of the grace.
pub fn take(engine: &mut Engine, bytes: &[u8], now: Moment) -> Result<TakenVoucher, Error> {
    let (taken, changes) = judge(engine, bytes, None, now)?;
    crash::point(crash::VOUCHER_BEFORE_TAKEN);
    if !changes.is_empty() {
        engine.apply(changes)?;
    }
    crash::point(crash::VOUCHER_AFTER_TAKEN);
    Ok(taken)
}

/// What a voucher is to the payee, and what it changes.
fn judge(
    engine: &Engine,
    bytes: &[u8],
    from: Option<AccountId>,
    now: Moment,
) -> Result<(TakenVoucher, Vec<Change>), Error> {
    const NOT_GOOD: Error = Error::Wallet(WalletError::VoucherNotGood);
    let voucher = Signed::<Voucher>::parse(bytes).map_err(|_| NOT_GOOD)?;
    let ahead = Ahead::new(engine.store(), &[]);
    let tab = of_hold::<EarnedTab>(&ahead, &voucher.claims().hold)?.ok_or(WalletError::TabUnknown)?;
    let hold = tab.standing.hold()?;
    let voucher: Verified<Voucher> = voucher.verify(&hold.voucher_key).map_err(|_| NOT_GOOD)?;
    check_here(engine, &tab, now)?;
    let id = tab.id;
    let newest = tab.newest();
    if let (Some(newest), Some(bytes)) = (&newest, &tab.voucher)
        && voucher.total.asset() == newest.total.asset()
        && voucher.total.value() <= newest.total.value()
    {
        let taken = if voucher.total == newest.total {
            TakenVoucher::Taken { tab: id, gained: Amount::zero(newest.total.asset()), total: newest.total }
        } else {
            TakenVoucher::Behind { tab: id, newest: bytes.clone() }
        };
        return Ok((taken, Vec::new()));
    }
    // From the storing of a release on there is nothing left to deliver for: the verifier may have applied it.
    if tab.state != TabState::Open || tab.release.is_some() {
        return Err(WalletError::TabNotOpen.into());
    }
    if tab.differs {
        return Err(WalletError::TabDiffers.into());
    }
    let time = engine.time(now).ok_or(WalletError::VoucherAhead)?;
    hold.takes(&voucher, newest.as_ref(), time).map_err(|fault| match fault {
        VoucherFault::LaterVersion | VoucherFault::AboveCap => WalletError::VoucherAhead,
        VoucherFault::TooLate => WalletError::TabTooLate,
        _ => WalletError::VoucherNotGood,
    })?;
    if !engine.looked_within(half_of_grace(&hold.bounds()), time) {
        // It may have been closed, and its grace be over.
        return Err(WalletError::VoucherAhead.into());
    }
    let total = voucher.total;
    // What was claimed was delivered for, also where the voucher of it is not here: by another copy of this wallet, or before it
    // was restored.
    let before = greater(tab.total, tab.standing.claimed);
    let gained = total.checked_sub(&before).unwrap_or(Amount::zero(total.asset()));
    let payer = tab.payer.or(from);
    let bytes = Some(SignedBytes::new(voucher.bytes().to_vec())?);
    // What is taken is delivered for; a meter says in the next moment what it measured instead.
    let due = tab.due.map(|due| due.checked_add(&gained)).transpose()?;
    let changes = Vec::from(saved(&EarnedTab { voucher: bytes, total, payer, due, ..tab }));
    Ok((TakenVoucher::Taken { tab: id, gained, total: greater(before, total) }, changes))
}

/// Takes over a voucher of our own that the payee has shown. True when it is greater than what was known here.
///
/// # Errors
/// [`WalletError::TabUnknown`], [`WalletError::VoucherNotGood`].
pub fn catch_up(engine: &mut Engine, bytes: &[u8], now: Moment) -> Result<bool, Error> {
    let changes = caught_up(engine, bytes, now)?;
    let greater = !changes.is_empty();
    if greater {
        engine.apply(changes)?;
    }
    Ok(greater)
}

fn caught_up(engine: &Engine, bytes: &[u8], now: Moment) -> Result<Vec<Change>, Error> {
    const NOT_GOOD: Error = Error::Wallet(WalletError::VoucherNotGood);
    let voucher = Signed::<Voucher>::parse(bytes).map_err(|_| NOT_GOOD)?;
    let ahead = Ahead::new(engine.store(), &[]);
    let tab = of_hold::<PaidTab>(&ahead, &voucher.claims().hold)?.ok_or(WalletError::TabUnknown)?;
    let hold = tab.standing.as_ref().ok_or(WalletError::TabNotOpen)?.hold()?;
    let voucher = voucher.verify(&hold.voucher_key).map_err(|_| NOT_GOOD)?;
    let (known, total) = (engine.total_of(&tab), voucher.total);
    if total.asset() != known.asset() || total.value() > hold.cap.value() {
        return Err(NOT_GOOD);
    }
    if total.value() <= known.value() || tab.state.is_over() {
        return Ok(Vec::new());
    }
    let (id, ceiling) = (tab.id, greater(tab.ceiling, total));
    let mut changes = Vec::from(saved(&PaidTab { total, ceiling, ..tab }));
    changes.push(Change::Event { at: engine.time_or_wall(now), kind: EventKind::TabCaughtUp(id) });
    Ok(changes)
}

/// The changes that a contact's voucher brings: to a tab that we earn by, or, from its payee, to one that we pay from. `None` while
/// its hold is not known here: the entries may still tell of it. What is not good changes nothing.
///
/// # Errors
/// What the store says.
pub(crate) fn by_message(
    engine: &mut Engine,
    from: AccountId,
    bytes: &[u8],
    now: Moment,
) -> Result<Option<Vec<Change>>, Error> {
    let Ok(voucher) = Signed::<Voucher>::parse(bytes) else { return Ok(Some(Vec::new())) };
    let Some(of) = store::kept::<HoldOf>(engine.store(), voucher.claims().hold.as_bytes())? else { return Ok(None) };
    let found = if of.earned { taken_by_message(engine, from, bytes, now) } else { caught_up(engine, bytes, now) };
    match found {
        Ok(changes) => Ok(Some(changes)),
        Err(error @ Error::Store(_)) => Err(error),
        // A version that the entries have not told of yet.
        Err(Error::Wallet(WalletError::VoucherAhead)) => Ok(None),
        Err(_) => Ok(Some(Vec::new())),
    }
}

fn taken_by_message(engine: &mut Engine, from: AccountId, bytes: &[u8], now: Moment) -> Result<Vec<Change>, Error> {
    let (taken, mut changes) = judge(engine, bytes, Some(from), now)?;
    match taken {
        TakenVoucher::Taken { tab, .. } if !changes.is_empty() => {
            let at = engine.time_or_wall(now);
            changes.push(Change::Event { at, kind: EventKind::VoucherReceived(tab) });
        }
        TakenVoucher::Behind { tab, newest } => {
            // Whoever only shows an old voucher of somebody else's is told nothing.
            let known: EarnedTab = find(engine.store(), &tab)?.ok_or(WalletError::Internal)?;
            if known.payer.is_none_or(|payer| payer == from) {
                let newest = Signed::<Voucher>::parse(newest.as_slice())?;
                changes.extend(messaging::voucher_to(engine, from, &newest, now)?);
            }
        }
        TakenVoucher::Taken { .. } => {}
    }
    Ok(changes)
}
