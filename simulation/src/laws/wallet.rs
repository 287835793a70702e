//! Laws of one wallet's memory, compared with the ledger.

use super::{Broken, Law, Ledger, Took, hold};
use farthing_core::events::{EventKind, EventSeq};
use farthing_core::store::{ArtifactKind, Direction, PaymentId, PaymentRecord, PaymentState, Store};
use farthing_protocol::cose::Signed;
use farthing_protocol::id::Digest;
use farthing_protocol::receipt::Receipt;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::tab::HoldId;
use std::collections::{BTreeMap, BTreeSet};

/// More than any run makes.
const ALL: usize = 100_000;

/// What was seen of a wallet's memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    /// The verifier was restored, or the account is used in two places: what this brings is no false alarm.
    pub(crate) allows_loss: bool,
    pub(crate) allows_others: bool,
    /// Folders are put back from old copies.
    pub(crate) allows_copies: bool,
    /// Somebody puts a whole phone back.
    pub(crate) allows_cheats: bool,
    /// How often another copy was noticed, and a loss accepted.
    pub(crate) copies_found: u64,
    pub(crate) losses_accepted: u64,
    /// Epochs that it has heard of.
    pub(crate) epochs: u64,
    events: u64,
    told: BTreeSet<PaymentId>,
    orders: BTreeMap<PaymentId, Digest>,
    finals: BTreeMap<PaymentId, PaymentRecord>,
    /// The total of the newest voucher that was taken, and what was delivered for, by hold.
    pub(crate) taken: BTreeMap<HoldId, (u64, u64)>,
    /// Payments without network that were taken, in their order.
    pub(crate) offline: Vec<Took>,
}

impl Book {
    /// Looks at everything.
    pub(crate) fn check(&mut self, store: &dyn Store, ledger: &Ledger) -> Result<(), Broken> {
        self.events(store)?;
        self.payments(store, ledger)
    }

    /// Payments that ended, by how.
    pub(crate) fn ended(&self, state: PaymentState, direction: Direction) -> usize {
        self.finals.values().filter(|p| p.state == state && p.direction == direction).count()
    }

    fn events(&mut self, store: &dyn Store) -> Result<(), Broken> {
        for event in store.events(EventSeq(self.events), ALL)? {
            let seq = event.seq.0;
            hold(Law::EventsWhole, seq == self.events + 1, || format!("event {seq} follows {}", self.events))?;
            self.events = seq;
            match event.kind {
                EventKind::PaymentSettled(id)
                | EventKind::PaymentRefused(id, _)
                | EventKind::PaymentExpired(id)
                | EventKind::Received(id)
                | EventKind::Issued(id) => {
                    hold(Law::EventsWhole, self.told.insert(id), || format!("payment {id} ends twice"))?;
                }
                EventKind::PaidElsewhere(_) if self.allows_others => {}
                // An old copy has an Olm account of its own: what was sealed for the other is not for it.
                EventKind::MessageUnreadable(_) if self.allows_copies => {}
                EventKind::OldCopy if self.allows_others => self.copies_found += 1,
                EventKind::HistoryLost | EventKind::HistoryBack | EventKind::PaymentLost(_) if self.allows_loss => {}
                EventKind::EpochChanged(_) if self.allows_loss => self.epochs += 1,
                EventKind::LossAccepted if self.allows_loss => self.losses_accepted += 1,
                EventKind::AllowanceFrozen(_) if self.allows_copies => {}
                EventKind::PayerContradicts(_) if self.allows_cheats => {}
                EventKind::AllowanceLost(_) | EventKind::OfflineLost(_) if self.allows_loss => {}
                EventKind::Revoked | EventKind::DeviceRevoked(_) if self.allows_others => {}
                EventKind::HistoryLost
                | EventKind::EntryRejected(_)
                | EventKind::PaidElsewhere(_)
                | EventKind::OldCopy
                | EventKind::EpochChanged(_)
                | EventKind::PaymentLost(_)
                | EventKind::LossAccepted
                | EventKind::Revoked
                | EventKind::DeviceRevoked(_)
                | EventKind::AllowanceFrozen(_)
                | EventKind::PayerContradicts(_)
                | EventKind::AllowanceLost(_)
                | EventKind::OfflineLost(_)
                | EventKind::MessageUndelivered(..)
                | EventKind::MessageUnreadable(_)
                // However it was killed and restored, the verifier is honest.
                | EventKind::TwoHistories
                | EventKind::CheckpointUnaccounted
                | EventKind::BalanceDiffers => {
                    return Err(Broken { law: Law::NoFalseAlarm, detail: event.kind.name().to_owned() });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn payments(&mut self, store: &dyn Store, ledger: &Ledger) -> Result<(), Broken> {
        let payments = store.history(None, ALL)?;
        let mut counted: i128 = 0;
        let mut there = BTreeSet::new();
        for payment in &payments {
            let id = payment.id;
            there.insert(id);
            let order = payment.order.ok_or(farthing_core::error::WalletError::Internal).map_err(|_| Broken {
                law: Law::StoredBeforeSent,
                detail: format!("payment {id} has left its draft without an order"),
            })?;
            let first = *self.orders.entry(id).or_insert(order);
            hold(Law::StoredBeforeSent, first == order, || format!("payment {id} has another order than before"))?;
            self.state(store, payment, &order, ledger)?;
            if payment.state == PaymentState::Settled && payment.lost.is_none() {
                counted += match payment.direction {
                    Direction::Out => -i128::from(payment.total().value()),
                    Direction::In | Direction::Issue => i128::from(payment.amount.value()),
                };
            }
        }
        let gone = self.orders.keys().find(|id| !there.contains(id));
        hold(Law::FinalIsFinal, gone.is_none(), || format!("payment {gone:?} is gone"))?;
        counted += super::tabs::counted(store)?;
        counted += super::cellar::counted(store)?;
        let balance: i128 = store.balances()?.iter().map(|(_, units)| i128::from(*units)).sum();
        hold(Law::ReceiptsRule, balance == counted, || format!("{balance} units, by receipts {counted}"))
    }

    fn state(
        &mut self,
        store: &dyn Store,
        payment: &PaymentRecord,
        order: &Digest,
        ledger: &Ledger,
    ) -> Result<(), Broken> {
        let id = payment.id;
        if let Some(before) = self.finals.get(&id) {
            // What was lost and accepted is marked; nothing else of it changes. Words can come later, from another device.
            let mut now = PaymentRecord { lost: before.lost, ..payment.clone() };
            if self.allows_loss && ledger.lost(order).is_some() {
                // The verifier lost it, and applied it again: elsewhere in the ledger.
                (now.at, now.seq) = (before.at, before.seq);
            }
            hold(Law::FinalIsFinal, *before == now, || format!("payment {id} was final and has changed"))?;
        }
        let receipt = ledger.receipt(order);
        match payment.state {
            PaymentState::Settled => {
                let kept = store.artifact(&id, ArtifactKind::Receipt)?;
                let stands = kept.as_deref() == receipt || kept.as_deref() == ledger.lost(order);
                hold(Law::ReceiptsRule, kept.is_some() && stands, || {
                    format!("the receipt of payment {id} does not stand in the ledger")
                })?;
                if let Some(bytes) = kept.filter(|_| !self.finals.contains_key(&id)) {
                    let receipt = Signed::<Receipt>::parse(&bytes)?;
                    let fits = receipt.claims().amount == payment.amount;
                    hold(Law::ReceiptsRule, fits, || format!("payment {id} counts another amount than its receipt"))?;
                }
            }
            PaymentState::Refused | PaymentState::Expired => {
                hold(Law::FinalIsFinal, receipt.is_none(), || format!("payment {id} was called off, and applied"))?;
                let bytes = store.artifact(&id, ArtifactKind::Refusal)?.unwrap_or_default();
                let refusal = Signed::<Refusal>::parse(&bytes)?;
                let fits = refusal.claims().order == *order && payment.code == Some(refusal.claims().code);
                hold(Law::FinalIsFinal, fits, || format!("the refusal of payment {id} is not its own"))?;
                let journaled = ledger.refusal(order).is_none_or(|journaled| journaled == bytes);
                hold(Law::FinalIsFinal, journaled || payment.state == PaymentState::Expired, || {
                    format!("the refusal of payment {id} is not the verifier's")
                })?;
            }
            PaymentState::Draft | PaymentState::Authorised | PaymentState::Sent => return Ok(()),
        }
        self.finals.entry(id).or_insert_with(|| payment.clone());
        Ok(())
    }
}
