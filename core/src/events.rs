//! What shells observe: a durable log, pulled in order, at least once, over kills.

use crate::store::PaymentId;
use farthing_protocol::request::RequestId;
use farthing_protocol::time::Time;
use minicbor::{Decode, Encode};

/// A position in the event log; the first event is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventSeq(pub u64);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its position.
    pub seq: EventSeq,
    /// When, by the verifier's time as far as it was known.
    pub at: Time,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
#[non_exhaustive]
pub enum EventKind {
    /// The account is open.
    #[n(1)]
    Enrolled,
    /// A payment of ours was signed and stored.
    #[n(2)]
    PaymentAuthorised(#[n(0)] PaymentId),
    /// A payment of ours was applied.
    #[n(3)]
    PaymentSettled(#[n(0)] PaymentId),
    /// A payment of ours was refused, for ever, with this code.
    #[n(4)]
    PaymentRefused(#[n(0)] PaymentId, #[n(1)] u16),
    /// A payment of ours was never applied.
    #[n(5)]
    PaymentExpired(#[n(0)] PaymentId),
    /// Somebody paid us.
    #[n(6)]
    Received(#[n(0)] PaymentId),
    /// The operator issued money to us.
    #[n(7)]
    Issued(#[n(0)] PaymentId),
    /// A request of ours can be paid.
    #[n(8)]
    RequestOpen(#[n(0)] RequestId),
    /// A request of ours was paid by this payment.
    #[n(9)]
    RequestPaid(#[n(0)] RequestId, #[n(1)] PaymentId),
    /// A request of ours cannot be paid any more.
    #[n(10)]
    RequestCancelled(#[n(0)] RequestId),
    /// The verifier did not take a request of ours, with this code.
    #[n(11)]
    RequestFailed(#[n(0)] RequestId, #[n(1)] u16),
    /// The verifier lost history: nothing is paid until the person accepts it, or the verifier knows all of it again.
    #[n(12)]
    HistoryLost,
    /// The verifier sent an entry that cannot be ours; it was not counted. The number is the entry's seq.
    #[n(13)]
    EntryRejected(#[n(0)] u64),
    /// A payment that was not made here but from a copy of this wallet, as the ledger tells.
    #[n(14)]
    PaidElsewhere(#[n(0)] PaymentId),
    /// The verifier was restored from a backup and goes on in this epoch.
    #[n(60)]
    EpochChanged(#[n(0)] u64),
    /// The verifier does not have this payment any more, or cannot say what became of it.
    #[n(61)]
    PaymentLost(#[n(0)] PaymentId),
    /// The verifier has a payment again that it had lost.
    #[n(62)]
    PaymentFound(#[n(0)] PaymentId),
    /// The person goes on with what the verifier has.
    #[n(63)]
    LossAccepted,
    /// The verifier knows as much again as it ever did.
    #[n(64)]
    HistoryBack,
}

impl EventKind {
    /// A stable name, as scripts see it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::PaymentAuthorised(_) => "payment_authorised",
            Self::PaymentSettled(_) => "payment_settled",
            Self::PaymentRefused(..) => "payment_refused",
            Self::PaymentExpired(_) => "payment_expired",
            Self::Received(_) => "received",
            Self::Issued(_) => "issued",
            Self::RequestOpen(_) => "request_open",
            Self::RequestPaid(..) => "request_paid",
            Self::RequestCancelled(_) => "request_cancelled",
            Self::RequestFailed(..) => "request_failed",
            Self::HistoryLost => "history_lost",
            Self::EntryRejected(_) => "entry_rejected",
            Self::PaidElsewhere(_) => "paid_elsewhere",
            Self::EpochChanged(_) => "epoch_changed",
            Self::PaymentLost(_) => "payment_lost",
            Self::PaymentFound(_) => "payment_found",
            Self::LossAccepted => "loss_accepted",
            Self::HistoryBack => "history_back",
        }
    }
}
