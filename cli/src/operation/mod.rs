//! What a command asks of the wallet, as data: carried out by the process that owns the folder, wherever it was asked.
//!
//! Operations are small. Whatever talks to a person, and every file that is read or written, stays with the command,
//! so that a prompt in one terminal holds up nothing in another.

mod adding;
mod carried;
mod checkpoints;
pub(crate) mod devices;
mod losing;
pub(crate) mod offline;
mod payments;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]
mod payments_tests;
mod people;
mod perform;
mod reading;
mod route;
pub(crate) mod tabs;
pub(crate) mod views;
pub(crate) mod watching;

pub(crate) use adding::{AddedView, ScopeWish};
pub(crate) use carried::{AnsweredView, CarriedOperation, CarriedView};
pub(crate) use checkpoints::CheckpointView;
pub(crate) use devices::{KeptView, Words};
pub(crate) use offline::OfflineOperation;
pub(crate) use people::Wish;
pub(crate) use perform::perform;
pub(crate) use route::RouteView;
pub(crate) use tabs::{Offered, TabOperation};

use farthing_protocol::limits::RENDEZVOUS_KEPT;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One operation. Text that a person typed is read where the wallet is, since only it knows its verifier's assets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Operation {
    /// How the wallet stands: `StatusView`.
    Status,
    /// `BalancesView`.
    Balances,
    /// Makes a request: `RequestView`.
    Request { amount: Option<String>, memo: Option<String>, items: Vec<(String, String)>, life_ms: u64, standing: bool },
    /// Cancels a request, or an offer of a tab: `CancelledView`.
    Cancel { id: String },
    /// Looks at a request, an offer or an alias without paying it: `LookView`.
    Look { target: String },
    /// Stores a draft: `DraftView`.
    Prepare { target: String, amount: Option<String>, memo: Option<String> },
    /// Forgets a draft.
    Discard { id: String },
    /// Signs, stores and begins to send what was shown.
    Confirm { id: String, shown: String },
    /// How a payer without network pays this: `RouteView`.
    Route { target: String, amount: Option<String> },
    /// What concerns payers without network.
    Carried(CarriedOperation),
    /// Waits for the outcome: `OutcomeView`.
    Outcome { id: String, wait_ms: u64 },
    /// Payments, newest first: a list of `PaymentView`.
    History { before: Option<String>, limit: usize },
    /// A receipt, checked again: `ReceiptView`.
    Receipt { id: String },
    /// The verifier's signed objects and this wallet's public keys: `AnchorsView`.
    Anchors,
    /// What concerns tabs.
    Tab(TabOperation),
    /// What concerns money without network on both sides.
    Offline(OfflineOperation),
    /// Which files an export consists of: `ContentsView`.
    Export,
    /// One of them, in hex; `null` when it is not there any more.
    ExportFile { name: String },
    /// Makes a code by which another phone can become a device: `OfferView`.
    DeviceShow { scope: ScopeWish, phrase: Option<Words> },
    /// Whether both phones show the same code; after a yes, adds the phone: `AddedView`.
    DeviceConfirm { id: String, same: bool, scope: ScopeWish, phrase: Option<Words> },
    /// Makes a pairing code: `OfferView`.
    PairShow,
    /// Answers another's pairing code: `OfferView` without a link.
    PairScan { link: String },
    /// Waits for the check code of a pairing; `null` when there is none yet.
    PairCode { id: String, wait_ms: u64 },
    /// Whether both sides see the same check code.
    PairConfirm { id: String, same: bool },
    /// Waits for the contact that comes of a pairing: `PairedView`.
    PairContact { id: String, wait_ms: u64 },
    /// Writes to a contact.
    Write { contact: String, text: String },
    /// Sends a request of ours to a contact.
    SendRequest { contact: String, id: String },
    /// What was written between a contact and us, oldest first: a list of `NoteView`.
    Notes { contact: String },
    /// A list of `ContactView`.
    Contacts,
    /// Changes a contact: `ContactView`.
    ChangeContact { name: String, wish: Wish },
    /// The account's devices: `DevicesView`.
    Devices,
    /// Revokes a device: `RevokedView`. The phrase is the one that the wallet keeps, where none is given.
    Revoke { device: String, phrase: Option<Words> },
    /// Registers an alias, or none, and lists them: `AliasesView`.
    Aliases { register: Option<String> },
    /// Whether the wallet keeps its recovery phrase: `KeptView`.
    KeepsPhrase,
    /// Forgets the recovery phrase, which was confirmed.
    ForgetPhrase,
    /// The newest checkpoint; another's is held against it: `CheckpointView`.
    Checkpoint { other: Option<String> },
    /// Goes on without what the verifier lost: `LossView`.
    AcceptLoss,
    /// Resolves and fetches: `SyncedView`.
    Sync { wait_ms: u64 },
    /// Stays current, and waits for an event or a change of contact: `WatchedView`.
    Watch { after: Option<u64>, known: Option<watching::ContactView>, wait_ms: u64 },
}

impl Operation {
    /// True when doing it twice is as good as once. A confirmed draft stays one payment; a draft that nobody
    /// looks at again does nothing.
    pub(crate) const fn is_safe_to_repeat(&self) -> bool {
        match self {
            Self::Tab(operation) => operation.is_safe_to_repeat(),
            Self::Offline(operation) => operation.is_safe_to_repeat(),
            Self::Request { .. }
            | Self::Write { .. }
            | Self::SendRequest { .. }
            | Self::PairShow
            | Self::PairScan { .. }
            | Self::DeviceShow { .. }
            | Self::DeviceConfirm { .. } => false,
            _ => true,
        }
    }

    /// True when something may be stored that goes on after an interruption. A draft alone does nothing.
    pub(crate) const fn begins_something(&self) -> bool {
        match self {
            Self::Tab(operation) => operation.begins_something(),
            Self::Offline(operation) => operation.begins_something(),
            Self::Carried(operation) => operation.begins_something(),
            Self::Request { .. }
            | Self::Write { .. }
            | Self::SendRequest { .. }
            | Self::Revoke { .. }
            | Self::Aliases { register: Some(_) }
            | Self::Cancel { .. }
            | Self::Confirm { .. }
            | Self::PairConfirm { .. }
            | Self::DeviceConfirm { .. }
            | Self::AcceptLoss
            | Self::Sync { .. } => true,
            _ => false,
        }
    }

    /// True when nothing is lost by breaking it off: an owner that ends does not wait for it.
    pub(crate) const fn only_waits(&self) -> bool {
        matches!(self, Self::Watch { .. })
    }

    /// How long its answer may rightly take, beyond calls to the verifier.
    pub(crate) const fn wait(&self) -> Duration {
        match self {
            Self::Outcome { wait_ms, .. }
            | Self::Sync { wait_ms }
            | Self::Watch { wait_ms, .. }
            | Self::PairCode { wait_ms, .. }
            | Self::PairContact { wait_ms, .. } => Duration::from_millis(*wait_ms),
            Self::Tab(operation) => Duration::from_millis(operation.wait_ms()),
            Self::Offline(operation) => Duration::from_millis(operation.wait_ms()),
            // The other person may take as long as the verifier keeps what the two phones say.
            Self::DeviceConfirm { .. } => Duration::from_millis(RENDEZVOUS_KEPT.as_ms()),
            _ => Duration::ZERO,
        }
    }
}
