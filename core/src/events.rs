//! What shells observe: a durable log, pulled in order, at least once, over kills.

use crate::store::PaymentId;
use crate::tab::TabId;
use farthing_protocol::envelope::EnvelopeId;
use farthing_protocol::id::{AccountId, DeviceId, Digest, Handle};
use farthing_protocol::offline::AllowanceId;
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
    /// Another copy of this wallet's folder is in use, or was: what both could use is made anew.
    #[n(30)]
    OldCopy,
    /// This device was revoked: it pays nothing any more, and keeps what it knows.
    #[n(31)]
    Revoked,
    /// A device may act for the account that did not before.
    #[n(32)]
    DeviceAdded(#[n(0)] DeviceId),
    /// A device may not act for the account any more.
    #[n(33)]
    DeviceRevoked(#[n(0)] DeviceId),
    /// The account is restored, and everything of it was read.
    #[n(34)]
    Restored,
    /// An alias of ours can be paid.
    #[n(35)]
    AliasRegistered(#[n(0)] Handle),
    /// The verifier did not give us an alias, with this code.
    #[n(36)]
    AliasRefused(#[n(0)] Handle, #[n(1)] u16),
    /// A contact wrote to us.
    #[n(40)]
    MessageReceived(#[n(0)] AccountId, #[n(1)] EnvelopeId),
    /// A message of ours to a contact can be fetched by at least one of its devices.
    #[n(41)]
    MessageSent(#[n(0)] AccountId, #[n(1)] EnvelopeId),
    /// A message of ours reached none of a contact's devices, and is not tried any more; the last problem's code.
    #[n(42)]
    MessageUndelivered(#[n(0)] AccountId, #[n(1)] EnvelopeId, #[n(2)] u16),
    /// A message from this account could not be read; its device is told, and sends it again.
    #[n(43)]
    MessageUnreadable(#[n(0)] AccountId),
    /// Another device of ours has told what a payment was for.
    #[n(44)]
    MemoReceived(#[n(0)] PaymentId),
    /// A contact has a device that it did not have before; messages go to it, too.
    #[n(45)]
    ContactDeviceAdded(#[n(0)] AccountId, #[n(1)] DeviceId),
    /// Somebody became a contact; their own confirmation has not come yet.
    #[n(50)]
    ContactMet(#[n(0)] AccountId),
    /// A contact has confirmed that we met: both sides compared the codes.
    #[n(51)]
    ContactVerified(#[n(0)] AccountId),
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
    /// The verifier signed two histories of its ledger; the proof is kept, and nothing is paid until the person accepts it.
    #[n(65)]
    TwoHistories,
    /// The verifier does not account for a checkpoint that it signed; nothing is paid until it does.
    #[n(66)]
    CheckpointUnaccounted,
    /// The verifier accounts for it after all.
    #[n(67)]
    CheckpointAccounted,
    /// What a checkpoint says of our account is not what our receipts add up to.
    #[n(68)]
    BalanceDiffers,
    /// A hold was placed: by us, or for us.
    #[n(70)]
    TabOpened(#[n(0)] TabId),
    /// A tab was raised or prolonged.
    #[n(71)]
    TabChanged(#[n(0)] TabId),
    /// The payer has closed a tab: nothing more is spent from it, and the payee has its grace to claim.
    #[n(72)]
    TabClosed(#[n(0)] TabId),
    /// The payee has claimed from a tab.
    #[n(73)]
    TabClaimed(#[n(0)] TabId),
    /// A tab has ended: what was not claimed went back.
    #[n(74)]
    TabEnded(#[n(0)] TabId),
    /// What we asked for about a tab was refused, for ever, with this code: its opening, a change, a claim or its release.
    #[n(75)]
    TabRefused(#[n(0)] TabId, #[n(1)] u16),
    /// The hold's order was signed and stored.
    #[n(76)]
    TabAuthorised(#[n(0)] TabId),
    /// A voucher of a contact came by message, and was taken.
    #[n(77)]
    VoucherReceived(#[n(0)] TabId),
    /// The payee has shown a greater voucher of ours than was known here: the tab goes on from it.
    #[n(78)]
    TabCaughtUp(#[n(0)] TabId),
    /// The verifier does not have this tab any more, or not what became of it.
    #[n(79)]
    TabLost(#[n(0)] TabId),
    /// The verifier has a tab again that it had lost, or more of it.
    #[n(84)]
    TabFound(#[n(0)] TabId),
    /// An offer of ours can be accepted.
    #[n(80)]
    OfferOpen(#[n(0)] RequestId),
    /// An offer of ours cannot be accepted any more.
    #[n(81)]
    OfferCancelled(#[n(0)] RequestId),
    /// The verifier did not take an offer of ours, with this code.
    #[n(82)]
    OfferFailed(#[n(0)] RequestId, #[n(1)] u16),
    /// A contact has sent the offer of a tab.
    #[n(83)]
    OfferReceived(#[n(0)] AccountId, #[n(1)] RequestId),
    /// An allowance's order was signed and stored.
    #[n(90)]
    AllowanceAuthorised(#[n(0)] AllowanceId),
    /// An allowance was set aside: it can be spent from without network.
    #[n(91)]
    AllowanceOpened(#[n(0)] AllowanceId),
    /// An allowance's order, or its revocation, was refused, for ever, with this code.
    #[n(92)]
    AllowanceRefused(#[n(0)] AllowanceId, #[n(1)] u16),
    /// An allowance of ours is on the list of those of which nothing more is taken.
    #[n(93)]
    AllowanceRevoked(#[n(0)] AllowanceId),
    /// An allowance was settled: what nobody claimed is back.
    #[n(94)]
    AllowanceSettled(#[n(0)] AllowanceId),
    /// Vault and database do not tell the same of an allowance: nothing more is signed from it here.
    #[n(95)]
    AllowanceFrozen(#[n(0)] AllowanceId),
    /// The verifier does not have this allowance any more, or not what became of it.
    #[n(96)]
    AllowanceLost(#[n(0)] AllowanceId),
    /// The verifier has an allowance again that it had lost.
    #[n(97)]
    AllowanceFound(#[n(0)] AllowanceId),
    /// A payment was signed without network.
    #[n(98)]
    PaidOffline(#[n(0)] AllowanceId, #[n(1)] u64),
    /// A payment was taken without network; the hash of its voucher.
    #[n(100)]
    TakenOffline(#[n(0)] Digest),
    /// The verifier has taken the claim of one.
    #[n(101)]
    OfflineClaimed(#[n(0)] Digest),
    /// The verifier has refused the claim of one, for ever, with this code.
    #[n(102)]
    OfflineRefused(#[n(0)] Digest, #[n(1)] u16),
    /// One was settled: what its share is has arrived.
    #[n(103)]
    OfflineSettled(#[n(0)] Digest),
    /// The verifier does not have the claim of one any more: it is made again.
    #[n(104)]
    OfflineLost(#[n(0)] Digest),
    /// A payer's phone has signed two payments that cannot both be honest; the proof is kept.
    #[n(105)]
    PayerContradicts(#[n(0)] AllowanceId),
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
            Self::MessageReceived(..) => "message_received",
            Self::MessageSent(..) => "message_sent",
            Self::MessageUndelivered(..) => "message_undelivered",
            Self::MessageUnreadable(_) => "message_unreadable",
            Self::MemoReceived(_) => "memo_received",
            Self::ContactDeviceAdded(..) => "contact_device_added",
            Self::ContactMet(_) => "contact_met",
            Self::ContactVerified(_) => "contact_verified",
            Self::OldCopy => "old_copy",
            Self::Revoked => "revoked",
            Self::DeviceAdded(_) => "device_added",
            Self::DeviceRevoked(_) => "device_revoked",
            Self::Restored => "restored",
            Self::AliasRegistered(_) => "alias_registered",
            Self::AliasRefused(..) => "alias_refused",
            Self::EpochChanged(_) => "epoch_changed",
            Self::PaymentLost(_) => "payment_lost",
            Self::PaymentFound(_) => "payment_found",
            Self::LossAccepted => "loss_accepted",
            Self::HistoryBack => "history_back",
            Self::TwoHistories => "two_histories",
            Self::CheckpointUnaccounted => "checkpoint_unaccounted",
            Self::CheckpointAccounted => "checkpoint_accounted",
            Self::BalanceDiffers => "balance_differs",
            Self::TabOpened(_) => "tab_opened",
            Self::TabChanged(_) => "tab_changed",
            Self::TabClosed(_) => "tab_closed",
            Self::TabClaimed(_) => "tab_claimed",
            Self::TabEnded(_) => "tab_ended",
            Self::TabRefused(..) => "tab_refused",
            Self::TabAuthorised(_) => "tab_authorised",
            Self::VoucherReceived(_) => "voucher_received",
            Self::TabCaughtUp(_) => "tab_caught_up",
            Self::TabLost(_) => "tab_lost",
            Self::TabFound(_) => "tab_found",
            Self::OfferOpen(_) => "offer_open",
            Self::OfferCancelled(_) => "offer_cancelled",
            Self::OfferFailed(..) => "offer_failed",
            Self::OfferReceived(..) => "offer_received",
            Self::AllowanceAuthorised(_) => "allowance_authorised",
            Self::AllowanceOpened(_) => "allowance_opened",
            Self::AllowanceRefused(..) => "allowance_refused",
            Self::AllowanceRevoked(_) => "allowance_revoked",
            Self::AllowanceSettled(_) => "allowance_settled",
            Self::AllowanceFrozen(_) => "allowance_frozen",
            Self::AllowanceLost(_) => "allowance_lost",
            Self::AllowanceFound(_) => "allowance_found",
            Self::PaidOffline(..) => "paid_offline",
            Self::TakenOffline(_) => "taken_offline",
            Self::OfflineClaimed(_) => "offline_claimed",
            Self::OfflineRefused(..) => "offline_refused",
            Self::OfflineSettled(_) => "offline_settled",
            Self::OfflineLost(_) => "offline_lost",
            Self::PayerContradicts(_) => "payer_contradicts",
        }
    }
}
