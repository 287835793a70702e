//! Answers of the operations on tabs. Vouchers and receipts are in hex here; people see vouchers as text.

use crate::failure::Failure;
use data_encoding::HEXLOWER;
use farthing_core::export::tabs::{MeterView, TabReceiptView, TabView};
use farthing_core::export::views::{AmountView, PartyView};
use farthing_protocol::cose::SignedBytes;
use serde::{Deserialize, Serialize};

/// What a person must see before a tab is opened or changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TabDraftView {
    pub(crate) id: String,
    /// It changes a tab that is there.
    pub(crate) changes: bool,
    pub(crate) payee: PartyView,
    pub(crate) price: Option<AmountView>,
    pub(crate) unit: Option<String>,
    pub(crate) meter: Option<MeterView>,
    pub(crate) cap: AmountView,
    pub(crate) fee: AmountView,
    /// What is set aside by it: of a change, so much more.
    pub(crate) set_aside: AmountView,
    pub(crate) lasts_ms: u64,
    pub(crate) grace_ms: u64,
    pub(crate) offer_memo: Option<String>,
    pub(crate) memo: Option<String>,
    pub(crate) expires: Option<String>,
    pub(crate) warnings: Vec<String>,
    /// Stands for all of this when it is confirmed.
    pub(crate) shown: String,
}

/// What became of an order, a change or a closing.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TabOutcomeView {
    pub(crate) tab: TabView,
    /// Absent when it was applied.
    pub(crate) failure: Option<Failure>,
}

/// A drop that was paid.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PaidDropView {
    pub(crate) id: String,
    pub(crate) total: AmountView,
    pub(crate) left: AmountView,
    pub(crate) voucher: String,
    /// It is in the mailbox of a contact.
    pub(crate) sent: bool,
}

/// A drop that was offered to its payee over a connection.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DirectDropView {
    pub(crate) drop: PaidDropView,
    /// Absent when the payee has stored it.
    pub(crate) failure: Option<Failure>,
}

/// What is answered to what was posted.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AnsweredView {
    /// The HTTP status.
    pub(crate) status: u16,
    /// In hex.
    pub(crate) answer: String,
    /// Of which something was taken.
    pub(crate) taken: Option<TakenView>,
    /// What is stored of the tab now, where the answer is that it was taken: with this, or with what was posted before.
    pub(crate) total: Option<AmountView>,
}

/// What became of a voucher that was shown.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TakenView {
    pub(crate) id: String,
    /// `in` for a payer's voucher, `out` for one of ours that the payee has shown back.
    pub(crate) direction: String,
    pub(crate) total: AmountView,
    /// So much more than was known before.
    pub(crate) added: AmountView,
    pub(crate) left: AmountView,
    /// The newest voucher, where the payer is behind it.
    pub(crate) newest: Option<String>,
}

/// What was claimed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ClaimedView {
    /// Per currency.
    pub(crate) amounts: Vec<AmountView>,
    pub(crate) claimed: Vec<ClaimedTabView>,
    pub(crate) refused: Vec<RefusedClaimView>,
    /// How many claims were not decided: they are stored, and sent again by `sync`.
    pub(crate) waiting: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ClaimedTabView {
    pub(crate) id: String,
    pub(crate) amount: AmountView,
    /// What was claimed in all.
    pub(crate) total: AmountView,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RefusedClaimView {
    pub(crate) id: String,
    pub(crate) code: u16,
    pub(crate) kind: String,
    pub(crate) message: String,
}

/// A tab, with the proofs.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ShownTabView {
    #[serde(flatten)]
    pub(crate) tab: TabView,
    /// The newest that we took.
    pub(crate) voucher: Option<String>,
    pub(crate) receipts: Vec<TabReceiptView>,
}

pub(super) fn hex(bytes: &SignedBytes) -> String {
    HEXLOWER.encode(bytes.as_slice())
}
