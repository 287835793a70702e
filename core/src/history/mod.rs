//! A verifier that lost a part of its history: what of ours it does not have any more, and how a wallet goes on.
//!
//! A verifier whose disk was lost is restored from a backup. That opens an *epoch*, with a new signing key that the root has
//! certified and a checkpoint that names the one before: everybody sees it, and nobody can be shown it by anyone else. What
//! was decided after the backup is not in the ledger any more. The receipts of it are still good: they prove what is owed.
//!
//! ```text
//!                         a head below the highest one
//!          ┌────────────────────────────────────────────────────────▶ Behind
//!          │ ◀───────────── a head as high as the highest ever ───────── │
//!          │                                                             │ a new epoch
//!        Whole ──────────── a new epoch, nothing of ours lost ──▶ Whole  │ (the same two ways)
//!          │                                                             ▼
//!          │ a new epoch that opens before something known;   ┌──────▶ Lost ─── accept ──▶ Accepted
//!          │ a receipt of ours, or `before_epoch` for an      │          ▲                    │
//!          └ order of ours, that comes later ─────────────────┘          └─── a new epoch ────┘
//! ```
//!
//! | state | paying | stored | after a kill | ends |
//! |---|---|---|---|---|
//! | `Whole` | goes on | | | |
//! | `Behind` | stops | the highest head; that it was not reached | is behind until a head is high enough | by itself, see `Trust::raise` |
//! | `Lost` | stops | the epoch, with each lost payment, in one commit | found again in the list; a kill before the commit finds the epoch anew with the next status | by the person's [`accept`] |
//! | `Accepted` | goes on | each payment marked as lost and off the balance, in one commit | accepted, or still to be accepted | with the next epoch |
//!
//! In every state receipts are read and counted as they come. Each receipt is judged by [`Lineage`] when an epoch opens and when it
//! arrives, so it does not matter whether it is early, late or comes twice. In `Lost` the list grows by what comes late; in
//! `Accepted` what comes late is lost at once: its receipt is kept, and it never counts.
//!
//! An order from before the epoch that the verifier does not have is answered with `before_epoch`: nobody will ever know
//! more of it. It is lost too, and holds its amount until that is accepted. The problem is not signed, but the time at which
//! the epoch opened is: an order that is younger is never given up for it.
//!
//! A request of ours whose payment is lost can be paid anew: the ledger, which decides what may be spent, does not have
//! the payment, and who paid it has the money back. Its handle is not given to another request, since the link of this one
//! is out there.

mod lineage;
mod record;

pub use lineage::Lineage;
pub use record::LostRecord;

use crate::checkpoints;
use crate::crash;
use crate::engine::{Engine, Trust};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::generation;
use crate::store::{
    ArtifactKind, Change, Cursor, Direction, LossState, PaymentId, PaymentRecord, PaymentState, RequestState, all_kept,
    kept,
};
use crate::{offline, tab};
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::limits::AMOUNT_MAX;
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::time::Time;
use std::collections::BTreeMap;

/// What was lost, and what that makes between the verifier and us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// The payments, newest first. Those without a receipt were under way.
    pub payments: Vec<PaymentRecord>,
    /// Sums of those with a receipt, per asset, ascending.
    pub owed: Vec<Owed>,
}

/// Sums of one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// What we had received, by credits and issues.
    pub received: Amount,
    /// What we had paid, with the fees.
    pub paid: Amount,
}

impl Loss {
    fn of(mut payments: Vec<PaymentRecord>) -> Result<Self, Error> {
        payments.sort_by_key(|payment| core::cmp::Reverse(payment.id));
        let mut sums: BTreeMap<Asset, (u64, u64)> = BTreeMap::new();
        for payment in payments.iter().filter(|payment| payment.state == PaymentState::Settled) {
            let (received, paid) = sums.entry(payment.amount.asset()).or_default();
            let sum = if payment.direction == Direction::Out { paid } else { received };
            // Shown like balances, which stop there, too.
            *sum = sum.saturating_add(payment.total().value()).min(AMOUNT_MAX);
        }
        let owed = sums.into_iter().map(|(asset, (received, paid))| {
            Ok(Owed { received: Amount::new(received, asset)?, paid: Amount::new(paid, asset)? })
        });
        Ok(Self { payments, owed: owed.collect::<Result<_, Error>>()? })
    }
}

/// Payments that are looked at together when an epoch opens.
const PAGE: usize = 500;

/// Goes over into an epoch that the verifier has opened: finds out what of ours it lost, in one commit with the epoch itself.
///
/// # Errors
/// [`WalletError::VerifierMisbehaved`] when the epoch does not follow from what was known, and what the store says.
pub(crate) fn enter(engine: &mut Engine, known: &Trust, newer: Trust, at: Time) -> Result<(), Error> {
    let mut trust = known.clone().enter(newer)?;
    let lineage = trust.lineage();
    let epoch = trust.highest().0;
    let mut changes = vec![Change::Event { at, kind: EventKind::EpochChanged(epoch.get()) }];
    let mut judged = judge_all(engine, &trust, &lineage, at)?;
    let (tabs, lost) = tab::judge_all(engine.store(), &lineage, epoch, at)?;
    judged.changes.extend(tabs);
    judged.lost |= lost;
    let (allowances, lost) = offline::judge_all(engine.store(), &lineage, epoch, at)?;
    judged.changes.extend(allowances);
    judged.lost |= lost;
    let last = known.highest().1;
    let head_is_there = known.lineage().epoch_of(last).is_none_or(|epoch| lineage.has(epoch, last));
    if judged.lost || !head_is_there {
        trust.set_loss(LossState::Open);
    }
    if trust.lost_history() && !known.lost_history() {
        changes.push(Change::Event { at, kind: EventKind::HistoryLost });
    }
    changes.extend(judged.changes);
    // Handles that were registered since are unknown there, and those that were used since are in stock again.
    changes.extend(generation::doubt(engine.store())?);
    if lineage.parent() != Some(known.highest().0) {
        // It goes on from where it was before what we read last: what is there again must be read again. Each entry counts once.
        changes.push(Change::Cursor(Cursor::default()));
    }
    crash::point(crash::EPOCH_BEFORE_STORE);
    engine.enter(trust, changes)?;
    crash::point(crash::EPOCH_AFTER_STORE);
    Ok(())
}

/// Changes, and whether something is lost that was not.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) changes: Vec<Change>,
    pub(crate) lost: bool,
}

/// Judges every payment that has a receipt.
fn judge_all(engine: &Engine, trust: &Trust, lineage: &Lineage, at: Time) -> Result<Judged, Error> {
    let mut judged = Judged::default();
    let mut before: Option<PaymentId> = None;
    loop {
        let page = engine.store().history(before.as_ref(), PAGE)?;
        for payment in &page {
            let Some(bytes) = engine.store().artifact(&payment.id, ArtifactKind::Receipt)? else { continue };
            let receipt = Signed::<Receipt>::parse(&bytes)?;
            let is_there = lineage.has(receipt.claims().epoch, receipt.claims().seq);
            let pending = kept::<LostRecord>(engine.store(), payment.id.as_bytes())?.is_some();
            let kind = match (is_there, pending, payment.lost.is_some()) {
                (false, false, false) => {
                    judged.lost = true;
                    judged.changes.push(Change::put(&LostRecord::new(payment.id, trust.highest().0)));
                    reopen(engine, payment, &mut judged.changes)?;
                    EventKind::PaymentLost(payment.id)
                }
                (true, true, _) | (true, _, true) => {
                    judged.changes.extend(found(engine, payment)?);
                    EventKind::PaymentFound(payment.id)
                }
                _ => continue,
            };
            judged.changes.push(Change::Event { at, kind });
        }
        before = page.last().map(|payment| payment.id);
        if page.len() < PAGE {
            return Ok(judged);
        }
    }
}

/// The request that a lost payment had paid can be paid again.
fn reopen(engine: &Engine, payment: &PaymentRecord, changes: &mut Vec<Change>) -> Result<(), Error> {
    let Some(id) = payment.request else { return Ok(()) };
    if let Some(mut request) = engine.store().request(&id)?.filter(|request| request.payment == Some(payment.id)) {
        request.payment = None;
        request.state = RequestState::Open;
        changes.push(Change::Request(request));
    }
    Ok(())
}

/// What a payment changes that the verifier has again.
fn found(engine: &Engine, payment: &PaymentRecord) -> Result<Vec<Change>, Error> {
    let mut changes = vec![Change::forget::<LostRecord>(payment.id.as_bytes())];
    if payment.lost.is_some() {
        changes.push(Change::Payment(PaymentRecord { lost: None, ..payment.clone() }));
        changes.push(Change::Balance { asset: payment.amount.asset(), delta: units(payment)? });
    }
    let request = payment.request.map(|id| engine.store().request(&id)).transpose()?.flatten();
    if let Some(mut request) = request.filter(|request| request.payment.is_none()) {
        request.payment = Some(payment.id);
        request.state = RequestState::Paid;
        changes.push(Change::Request(request));
    }
    Ok(changes)
}

/// What changes when the verifier has applied an order again that it had lost. Our verifier refuses such an order, whatever
/// its clock says: it names fees that are not in force any more. One that counts its fees on from the backup can take it for
/// new. The payment is the same one, and counts once; its receipt is the newer one, which is in the ledger.
///
/// # Errors
/// What the store says.
pub(crate) fn applied_again(
    engine: &Engine,
    payment: &PaymentRecord,
    receipt: &Verified<Receipt>,
) -> Result<Vec<Change>, Error> {
    let is_there = engine.trust().is_some_and(|trust| trust.lineage().has(receipt.epoch, receipt.seq));
    if !is_there || payment.state != PaymentState::Settled || !is_lost(engine, payment)? {
        return Ok(Vec::new());
    }
    let mut changes = found(engine, payment)?;
    let record = PaymentRecord { lost: None, at: receipt.time, seq: Some(receipt.seq), ..payment.clone() };
    changes.push(Change::Payment(record));
    let bytes = receipt.bytes().to_vec();
    changes.push(Change::Artifact { payment: payment.id, kind: ArtifactKind::Receipt, bytes: bytes.into() });
    changes.push(Change::Event { at: receipt.time, kind: EventKind::PaymentFound(payment.id) });
    Ok(changes)
}

/// What a settled payment adds to the balance.
fn units(payment: &PaymentRecord) -> Result<i64, Error> {
    let units = i64::try_from(payment.total().value()).map_err(|_| Error::Wallet(WalletError::Internal))?;
    Ok(if payment.direction == Direction::Out { -units } else { units })
}

/// Whether a settled payment is lost, and its person has not accepted that yet.
///
/// # Errors
/// What the store says.
pub(crate) fn is_being_lost(engine: &Engine, payment: &PaymentRecord) -> Result<bool, Error> {
    Ok(payment.state == PaymentState::Settled && kept::<LostRecord>(engine.store(), payment.id.as_bytes())?.is_some())
}

/// Judges the changes that a receipt brings to the payment that it proves.
///
/// # Errors
/// What the store says.
pub(crate) fn judge(
    engine: &Engine,
    id: &PaymentId,
    mut changes: Vec<Change>,
    receipt: &Verified<Receipt>,
) -> Result<Judged, Error> {
    let trust = engine.trust().ok_or(WalletError::Internal)?;
    if changes.is_empty() {
        return Ok(Judged::default());
    }
    if trust.lineage().has(receipt.epoch, receipt.seq) {
        if kept::<LostRecord>(engine.store(), id.as_bytes())?.is_some() {
            // It was not known what had become of it.
            changes.push(Change::forget::<LostRecord>(id.as_bytes()));
        }
        return Ok(Judged { changes, lost: false });
    }
    let epoch = trust.highest().0;
    let accepted = trust.loss() == Some(LossState::Accepted);
    changes.retain(|change| match change {
        Change::Balance { .. } => !accepted,
        // It pays no request: that can be paid again.
        Change::Request(_) | Change::Event { kind: EventKind::RequestPaid(..), .. } => false,
        _ => true,
    });
    for change in &mut changes {
        if let Change::Payment(payment) = change {
            payment.lost = accepted.then_some(epoch);
        }
    }
    if !accepted {
        changes.push(Change::put(&LostRecord::new(*id, epoch)));
    }
    changes.push(Change::Event { at: receipt.time, kind: EventKind::PaymentLost(*id) });
    Ok(Judged { changes, lost: !accepted })
}

/// Makes judged changes durable; a loss stops all payments with them.
///
/// # Errors
/// What the store says.
pub(crate) fn apply(engine: &mut Engine, judged: Judged, at: Time) -> Result<(), Error> {
    let mut changes = judged.changes;
    if judged.lost {
        if engine.trust().is_some_and(|trust| !trust.lost_history()) {
            changes.push(Change::Event { at, kind: EventKind::HistoryLost });
        }
        // Should the store fail now, nothing is paid until this process ends: that loses nothing.
        engine.open_loss();
    }
    engine.apply(changes)
}

/// The verifier cannot say what became of an order, because its epoch opened later. `payment` is as it is to be stored otherwise.
///
/// # Errors
/// What the store says.
pub(crate) fn undecidable(engine: &mut Engine, mut payment: PaymentRecord) -> Result<(), Error> {
    let Some((opened, epoch, loss)) = engine.trust().map(|t| (t.epoch_opened(), t.highest().0, t.loss())) else {
        return engine.apply(vec![Change::Payment(payment)]);
    };
    let id = payment.id;
    if payment.at >= opened || kept::<LostRecord>(engine.store(), id.as_bytes())?.is_some() {
        return engine.apply(vec![Change::Payment(payment)]);
    }
    let mut judged =
        Judged { changes: vec![Change::Event { at: opened, kind: EventKind::PaymentLost(id) }], lost: true };
    if loss == Some(LossState::Accepted) {
        payment.lost = Some(epoch);
        judged.lost = false;
    } else {
        judged.changes.push(Change::put(&LostRecord::new(id, epoch)));
    }
    judged.changes.push(Change::Payment(payment));
    apply(engine, judged, opened)
}

/// Goes on with what the verifier has: what it lost does not count any more. Its receipts stay. Without a loss it changes nothing.
///
/// Ask the verifier for everything that it still has before: what is known then is what is lost.
///
/// # Errors
/// [`WalletError::HistoryLost`] while the verifier is behind within its epoch: that is a fault, and nothing to accept.
pub fn accept(engine: &mut Engine, at: Time) -> Result<Loss, Error> {
    let trust = engine.trust().ok_or(WalletError::NotEnrolled)?;
    if trust.is_behind() {
        return Err(WalletError::HistoryLost.into());
    }
    let mut accepted = trust.clone();
    let mut changes = checkpoints::accepted(engine.store())?;
    let Some(loss) = open(engine)? else {
        if !changes.is_empty() {
            changes.push(Change::Event { at, kind: EventKind::LossAccepted });
            engine.apply(changes)?;
        }
        return Ok(Loss::default());
    };
    accepted.set_loss(LossState::Accepted);
    for payment in &loss.payments {
        if payment.state == PaymentState::Settled {
            changes.push(Change::Balance { asset: payment.amount.asset(), delta: -units(payment)? });
        }
        changes.push(Change::Payment(PaymentRecord { lost: Some(accepted.highest().0), ..payment.clone() }));
        changes.push(Change::forget::<LostRecord>(payment.id.as_bytes()));
    }
    changes.push(Change::Event { at, kind: EventKind::LossAccepted });
    crash::point(crash::LOSS_BEFORE_STORE);
    engine.enter(accepted, changes)?;
    crash::point(crash::LOSS_AFTER_STORE);
    Ok(loss)
}

/// The loss that stops all payments until it is accepted.
///
/// # Errors
/// What the store says.
pub fn open(engine: &Engine) -> Result<Option<Loss>, Error> {
    if engine.trust().and_then(Trust::loss) != Some(LossState::Open) {
        return Ok(None);
    }
    let payments = all_kept::<LostRecord>(engine.store())?.into_iter();
    let payments = payments.map(|lost| Ok(engine.store().payment(&lost.payment)?.ok_or(WalletError::Internal)?));
    Loss::of(payments.collect::<Result<_, Error>>()?).map(Some)
}

/// Whether the verifier has lost a payment, accepted or not.
///
/// # Errors
/// What the store says.
pub fn is_lost(engine: &Engine, payment: &PaymentRecord) -> Result<bool, Error> {
    Ok(payment.lost.is_some() || kept::<LostRecord>(engine.store(), payment.id.as_bytes())?.is_some())
}

/// Everything that the verifier ever lost and does not have again, accepted or not.
///
/// # Errors
/// What the store says.
pub fn ever(engine: &Engine) -> Result<Loss, Error> {
    let mut lost = Vec::new();
    let mut before: Option<PaymentId> = None;
    loop {
        let page = engine.store().history(before.as_ref(), PAGE)?;
        before = page.last().map(|payment| payment.id);
        let last = page.len() < PAGE;
        for payment in page {
            if is_lost(engine, &payment)? {
                lost.push(payment);
            }
        }
        if last {
            return Loss::of(lost);
        }
    }
}
