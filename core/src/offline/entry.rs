//! What an entry of the ledger about allowances changes here, after checking that it is ours and what it says it is.
//!
//! | kind | at | the balance |
//! |---|---|---|
//! | allowance | payer | cap and fee are set aside |
//! | offline claim | payee | what is guaranteed is there |
//! | settled | payer | what nobody claimed is back; what was missing was taken |
//! | share | payee | its share is there, with what was guaranteed |

use super::payee::{TakenOffline, TakenState, UnreadSettlement};
use super::record::{AllowanceState, OwnAllowance, Said, find, live, saved};
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::payment::entry::{Taken, act_key};
use crate::store::{Ahead, Change, Cursor};
use crate::tab::entry::{receipt_of, session_key};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Object, Signed, SignedBytes, Verified};
use farthing_protocol::http::{Entry, EntryKind};
use farthing_protocol::id::DeviceId;
use farthing_protocol::offline::{
    Allowance, AllowanceId, AllowanceOrder, OfflineClaim, OfflineReceipt, OfflineRequest, OfflineVoucher, Settlement,
};

const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);

/// Checks an entry about an allowance and says what it changes. `ahead` is what earlier entries of the same page change.
///
/// # Errors
/// [`WalletError::VerifierMisbehaved`] when it cannot be ours: it is then not counted.
pub(crate) fn take(engine: &Engine, entry: &Entry, ahead: &[Change]) -> Result<Taken, Error> {
    let ahead = Ahead::new(engine.store(), ahead);
    match entry.kind {
        EntryKind::Allowance => placed(engine, entry, &ahead),
        EntryKind::OfflineClaim => receipt(engine, entry, &ahead),
        EntryKind::Settled => settlement(engine, entry, &ahead),
        EntryKind::Share => share(engine, entry, &ahead),
        _ => Err(MISBEHAVED),
    }
}

/// The device of the account that made what an entry about an allowance is the answer to.
pub(crate) fn device_of(entry: &Entry) -> Option<DeviceId> {
    let bytes = entry.cause.as_ref()?.as_slice();
    match entry.kind {
        EntryKind::Allowance => Signed::<AllowanceOrder>::parse(bytes).map(|order| order.claims().device).ok(),
        EntryKind::OfflineClaim => Signed::<OfflineClaim>::parse(bytes).map(|claim| claim.claims().device).ok(),
        _ => None,
    }
}

fn said<T: Object>(object: &Verified<T>, place: Cursor) -> Result<Option<Said>, Error> {
    Ok(Some(Said { bytes: SignedBytes::new(object.bytes().to_vec())?, place, counts: true }))
}

/// What another place or other bytes said of the same is kept apart from what counts: it was said once.
fn is_known(known: Option<&Said>, bytes: &[u8]) -> Result<bool, Error> {
    match known.filter(|said| said.counts) {
        Some(said) if said.bytes.as_slice() == bytes => Ok(true),
        Some(_) => Err(MISBEHAVED),
        None => Ok(false),
    }
}

fn units(before: i64, after: i64, asset: farthing_protocol::money::Asset) -> Option<Change> {
    (before != after).then(|| Change::Balance { asset, delta: after.saturating_sub(before) })
}

fn placed(engine: &Engine, entry: &Entry, ahead: &Ahead<'_>) -> Result<Taken, Error> {
    let (allowance, is_there) = receipt_of::<Allowance>(engine, entry)?;
    let order = Signed::<AllowanceOrder>::parse(entry.cause.as_ref().ok_or(MISBEHAVED)?.as_slice());
    let order = order.map_err(|_| MISBEHAVED)?;
    let key = act_key(engine, &order.claims().device)?;
    let order = order.verify(&key).map_err(|_| MISBEHAVED)?;
    let profile = engine.profile();
    let fee = entry.fee.filter(|fee| fee.asset() == allowance.cap.asset()).ok_or(MISBEHAVED)?;
    if (order.verifier, order.account) != (profile.verifier, profile.account)
        || AllowanceId::of(order.signed()) != allowance.allowance
        || !is_of(&allowance, &order)
    {
        return Err(MISBEHAVED);
    }
    let reserved = allowance.cap.checked_add(&fee).map_err(|_| MISBEHAVED)?;
    let own = match find::<OwnAllowance>(ahead, allowance.allowance.as_bytes())? {
        Some(own) if own.reserved == reserved => own,
        // Its fees are those that its person was shown.
        Some(_) => return Err(MISBEHAVED),
        None => elsewhere(engine, &order, &allowance, reserved),
    };
    if !is_there {
        return Ok(Taken::default());
    }
    if own.state == AllowanceState::Refused {
        // The opposite of a final word: nothing is counted by it.
        let rejected = Change::Event { at: allowance.time, kind: EventKind::EntryRejected(entry.seq.get()) };
        return Ok(Taken { changes: vec![rejected], rejected: true, ..Taken::default() });
    }
    let settled = own.state == AllowanceState::Ordering;
    let changes = opened(own, &allowance)?;
    Ok(Taken { settled: settled && !changes.is_empty(), changes, ..Taken::default() })
}

/// Whether an allowance is the one that was ordered.
fn is_of(allowance: &Allowance, order: &AllowanceOrder) -> bool {
    allowance.key == order.key
        && allowance.cap == order.cap
        && allowance.per_voucher == order.per_voucher
        && allowance.spend_until == order.spend_until
        && allowance.claim_until() == order.claim_until
}

/// One that another device of the account ordered, or this one before its folder was put back: nothing is signed from it here.
fn elsewhere(
    engine: &Engine,
    order: &AllowanceOrder,
    allowance: &Allowance,
    reserved: farthing_protocol::money::Amount,
) -> OwnAllowance {
    let device = Some(order.device).filter(|device| *device != engine.profile().device);
    let frozen = device.is_none();
    OwnAllowance { reserved, device, frozen, ..OwnAllowance::ordered(order, allowance.allowance, allowance.time) }
}

/// The changes that the verifier's word for an allowance brings; none when it was known.
///
/// # Errors
/// [`WalletError::VerifierMisbehaved`] when it is not the one that was ordered.
pub(super) fn opened(mut own: OwnAllowance, allowance: &Verified<Allowance>) -> Result<Vec<Change>, Error> {
    let fits = allowance.allowance == own.id
        && allowance.key == own.key
        && allowance.cap == own.cap
        && allowance.per_voucher == own.per_voucher
        && allowance.spend_until == own.spend_until
        && allowance.claim_until() == own.claim_until;
    if !fits {
        return Err(MISBEHAVED);
    }
    let before = own.counted()?;
    if is_known(own.allowance.as_ref(), allowance.bytes())? {
        return Ok(if own.order.take().is_some() { Vec::from(saved(&own)) } else { Vec::new() });
    }
    own.allowance = said(allowance, Cursor { epoch: allowance.epoch, seq: allowance.seq })?;
    (own.state, own.order, own.code, own.lost) = (AllowanceState::Open, None, None, None);
    let (id, asset, after) = (own.id, own.cap.asset(), own.counted()?);
    let mut changes = Vec::from(saved(&own));
    changes.extend(units(before, after, asset));
    changes.push(Change::Event { at: allowance.time, kind: EventKind::AllowanceOpened(id) });
    Ok(changes)
}

fn settlement(engine: &Engine, entry: &Entry, ahead: &Ahead<'_>) -> Result<Taken, Error> {
    let (settlement, is_there) = receipt_of::<Settlement>(engine, entry)?;
    let own = find::<OwnAllowance>(ahead, settlement.allowance.as_bytes())?.ok_or(MISBEHAVED)?;
    let fee = entry.fee.filter(|fee| fee.asset() == own.cap.asset()).ok_or(MISBEHAVED)?;
    // The fee is of what was paid out of what was set aside, and at most that of the cap, which the person was shown.
    let fee_most = own.reserved.checked_sub(&own.cap).map_err(|_| MISBEHAVED)?;
    let fee_fits = fee.value() <= fee_most.value() && (settlement.totals.reserve > 0 || fee.is_zero());
    if settlement.line.is_some() || settlement.cap != own.cap || own.allowance.is_none() || !fee_fits {
        return Err(MISBEHAVED);
    }
    if !is_there || is_known(own.settlement.as_ref(), settlement.bytes())? {
        return Ok(Taken::default());
    }
    let before = own.counted()?;
    let own = OwnAllowance {
        settlement: said(&settlement, Cursor { epoch: settlement.epoch, seq: settlement.seq })?,
        state: AllowanceState::Settled,
        fee: Some(fee),
        order: None,
        code: None,
        ..own
    };
    let mut changes = Vec::from(saved(&own));
    changes.extend(units(before, own.counted()?, own.cap.asset()));
    let mut claimed = live::<TakenOffline>(engine.store())?.into_iter().chain(ahead.put::<TakenOffline>()?);
    if claimed.any(|taken| taken.allowance == own.id) {
        // Another device of the account was paid from it: its lines are read, no entry tells of them.
        let place = Cursor { epoch: settlement.epoch, seq: settlement.seq };
        changes.push(Change::put(&UnreadSettlement { version: V1, allowance: own.id, place }));
    }
    changes.push(Change::Event { at: settlement.time, kind: EventKind::AllowanceSettled(own.id) });
    Ok(Taken { changes, ..Taken::default() })
}

impl OwnAllowance {
    /// What it adds to the balance by what counts: what is set aside is taken off, what comes back is put on again.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`] for sums that do not fit together.
    pub(super) fn counted(&self) -> Result<i64, Error> {
        let counts = |said: &Option<Said>| said.as_ref().is_some_and(|said| said.counts);
        let signed = |units: u64| i64::try_from(units).map_err(|_| MISBEHAVED);
        if !counts(&self.allowance) {
            return Ok(0);
        }
        let aside = signed(self.reserved.value())?;
        let Some(settlement) = self.settled()?.filter(|_| counts(&self.settlement)) else { return Ok(-aside) };
        let fee = self.fee.map_or(0, |fee| fee.value());
        let taken = signed(settlement.totals.reserve)? + signed(fee)? + signed(settlement.totals.balance)?;
        let left = aside - signed(settlement.totals.reserve)? - signed(fee)?;
        if left < 0 { Err(MISBEHAVED) } else { Ok(-taken) }
    }

    /// Its settlement.
    ///
    /// # Errors
    /// When the record is damaged.
    pub fn settled(&self) -> Result<Option<Settlement>, Error> {
        let parsed = self.settlement.as_ref().map(|said| Signed::<Settlement>::parse(said.bytes.as_slice()));
        Ok(parsed.transpose()?.map(|settlement| settlement.claims().clone()))
    }
}

fn receipt(engine: &Engine, entry: &Entry, ahead: &Ahead<'_>) -> Result<Taken, Error> {
    let (receipt, is_there) = receipt_of::<OfflineReceipt>(engine, entry)?;
    let claim = Signed::<OfflineClaim>::parse(entry.cause.as_ref().ok_or(MISBEHAVED)?.as_slice());
    let claim = claim.map_err(|_| MISBEHAVED)?;
    let key = session_key(engine, &claim.claims().device)?;
    let claim = claim.verify(&key).map_err(|_| MISBEHAVED)?;
    let profile = engine.profile();
    if (claim.verifier, claim.account) != (profile.verifier, profile.account) || receipt.claim != claim.hash() {
        return Err(MISBEHAVED);
    }
    let taken = match find::<TakenOffline>(ahead, receipt.voucher.as_bytes())? {
        Some(taken) => taken,
        None => by_another(engine, &claim, &receipt)?,
    };
    if !is_there {
        return Ok(Taken::default());
    }
    let changes = claimed(taken, &receipt)?;
    Ok(Taken { received: !changes.is_empty(), changes, ..Taken::default() })
}

/// A payment that another device of the account took, or this one before its folder was put back.
fn by_another(
    engine: &Engine,
    claim: &Verified<OfflineClaim>,
    receipt: &OfflineReceipt,
) -> Result<TakenOffline, Error> {
    let voucher = Signed::<OfflineVoucher>::parse(claim.voucher.as_slice()).map_err(|_| MISBEHAVED)?;
    let request = Signed::<OfflineRequest>::parse(claim.request.as_slice()).map_err(|_| MISBEHAVED)?;
    if voucher.claims().request != request.hash() || voucher.hash() != receipt.voucher {
        return Err(MISBEHAVED);
    }
    Ok(TakenOffline {
        version: V1,
        id: receipt.voucher,
        state: TakenState::Taken,
        allowance: receipt.allowance,
        shown: None,
        voucher: SignedBytes::new(claim.voucher.as_slice().to_vec())?,
        request: SignedBytes::new(claim.request.as_slice().to_vec())?,
        details: None,
        amount: request.claims().amount,
        at: receipt.time,
        claim_until: None,
        claim: None,
        receipt: None,
        settlement: None,
        code: None,
        device: Some(claim.device).filter(|device| *device != engine.profile().device),
        payee: claim.payee.clone(),
    })
}

/// The changes that the receipt of a claim brings; none when it was known.
///
/// # Errors
/// [`WalletError::VerifierMisbehaved`] when it is not of this payment.
pub(super) fn claimed(mut taken: TakenOffline, receipt: &Verified<OfflineReceipt>) -> Result<Vec<Change>, Error> {
    let voucher = Signed::<OfflineVoucher>::parse(taken.voucher.as_slice())?;
    let request = Signed::<OfflineRequest>::parse(taken.request.as_slice())?;
    let fits = receipt.voucher == taken.id
        && receipt.allowance == voucher.claims().allowance
        && receipt.amount == taken.amount
        && receipt.payee_key == request.claims().payee.public().payee_key_hash();
    if !fits {
        return Err(MISBEHAVED);
    }
    let known = taken.receipt.as_ref().is_some_and(|said| said.counts);
    if known && receipt.guaranteed <= super::risk::guaranteed(&taken)? {
        // Of a claim that was made anew nothing more is guaranteed: the fund pays once.
        return Ok(if taken.claim.take().is_some() { Vec::from(saved(&taken)) } else { Vec::new() });
    }
    let before = taken.counted()?;
    taken.receipt = said(receipt, Cursor { epoch: receipt.epoch, seq: receipt.seq })?;
    if !taken.state.is_over() || taken.state == TakenState::Refused {
        taken.state = TakenState::Claimed;
    }
    (taken.claim, taken.code) = (None, None);
    let mut changes = Vec::from(saved(&taken));
    changes.extend(units(before, taken.counted()?, taken.amount.asset()));
    changes.push(Change::Event { at: receipt.time, kind: EventKind::OfflineClaimed(taken.id) });
    Ok(changes)
}

fn share(engine: &Engine, entry: &Entry, ahead: &Ahead<'_>) -> Result<Taken, Error> {
    let (whole, is_there) = receipt_of::<Settlement>(engine, entry)?;
    let trust = engine.trust().ok_or(WalletError::Internal)?;
    let own = trust.verify_placed::<Settlement>(entry.cause.as_ref().ok_or(MISBEHAVED)?.as_slice())?;
    // With its line and otherwise the same.
    let line = own.line.as_ref().ok_or(MISBEHAVED)?;
    if *whole != (Settlement { line: None, ..own.signed().claims().clone() }) {
        return Err(MISBEHAVED);
    }
    let taken = find::<TakenOffline>(ahead, line.voucher.as_bytes())?.ok_or(MISBEHAVED)?;
    if !is_there {
        return Ok(Taken::default());
    }
    let mut changes = settled(taken, &own)?;
    if !changes.is_empty() {
        // There may be further lines of ours.
        let place = Cursor { epoch: own.epoch, seq: own.seq };
        changes.push(Change::put(&UnreadSettlement { version: V1, allowance: own.allowance, place }));
    }
    Ok(Taken { received: !changes.is_empty(), changes, ..Taken::default() })
}

/// The changes that a settlement with our line brings; none when it was known. That the share is the one in proportion was asked when the
/// settlement was read.
///
/// # Errors
/// [`WalletError::VerifierMisbehaved`] when the line is not this payment's.
pub(super) fn settled(mut taken: TakenOffline, settlement: &Verified<Settlement>) -> Result<Vec<Change>, Error> {
    let line = settlement.line.as_ref().ok_or(MISBEHAVED)?;
    let request = Signed::<OfflineRequest>::parse(taken.request.as_slice())?;
    let fits = line.voucher == taken.id
        && settlement.allowance == taken.allowance
        && line.amount.of(settlement.cap.asset()) == taken.amount
        && line.payee_key == request.claims().payee.public().payee_key_hash()
        && taken.receipt.as_ref().is_some_and(|said| said.counts);
    if !fits {
        return Err(MISBEHAVED);
    }
    if is_known(taken.settlement.as_ref(), settlement.bytes())? {
        return Ok(Vec::new());
    }
    let before = taken.counted()?;
    taken.settlement = said(settlement, Cursor { epoch: settlement.epoch, seq: settlement.seq })?;
    (taken.state, taken.claim) = (TakenState::Settled, None);
    let after = taken.counted()?;
    if after < before {
        // What the fund has paid is the payee's in any case.
        return Err(MISBEHAVED);
    }
    let mut changes = Vec::from(saved(&taken));
    changes.extend(units(before, after, taken.amount.asset()));
    changes.push(Change::Event { at: settlement.time, kind: EventKind::OfflineSettled(taken.id) });
    Ok(changes)
}

impl TakenOffline {
    /// What of it has arrived, by what counts.
    pub(super) fn counted(&self) -> Result<i64, Error> {
        let line = self.settled()?.filter(|_| self.settlement.as_ref().is_some_and(|said| said.counts));
        let units = match line.and_then(|settlement| settlement.line) {
            Some(line) => line.paid(),
            None => super::risk::guaranteed(self)?.get(),
        };
        i64::try_from(units).map_err(|_| MISBEHAVED)
    }

    /// The settlement with its line.
    ///
    /// # Errors
    /// When the record is damaged.
    pub fn settled(&self) -> Result<Option<Settlement>, Error> {
        let parsed = self.settlement.as_ref().map(|said| Signed::<Settlement>::parse(said.bytes.as_slice()));
        Ok(parsed.transpose()?.map(|settlement| settlement.claims().clone()))
    }
}
