//! Answers of operations. Most of them are also what `--json` prints.

use crate::failure::Failure;
use farthing_core::contacts::{Contact, ContactState};
use farthing_core::export::tabs::TabView;
use farthing_core::export::views::{AmountView, BalanceView, ItemView, LossView, PartyView, PaymentView};
use farthing_core::payment::{Draft, Warning};
use farthing_protocol::time::Time;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BalancesView {
    pub(crate) balances: Vec<BalanceView>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StatusView {
    pub(crate) account: String,
    pub(crate) device: String,
    pub(crate) handle: String,
    pub(crate) name: Option<String>,
    pub(crate) verifier: String,
    pub(crate) url: String,
    pub(crate) vault: String,
    pub(crate) enrolled: bool,
    /// Payments without a final answer.
    pub(crate) pending: Vec<PaymentView>,
    /// Tabs of which something has no answer.
    #[serde(default)]
    pub(crate) tabs: Vec<TabView>,
    /// Acts that the verifier has not answered: handles, requests, cancellations.
    pub(crate) acts: usize,
    /// How far this machine's clock is ahead of the verifier's; `null` while the verifier cannot be asked.
    pub(crate) clock_offset_ms: Option<i64>,
    pub(crate) history_lost: bool,
    pub(crate) account_forgotten: bool,
    /// Whether the verifier tells this wallet what it tells others: agreed, unaccounted, contradicted.
    #[serde(default)]
    pub(crate) standing: String,
    /// `enrolling`, `restoring`, `reading` (restored, its past not read to the end), `ready`, `revoked`.
    pub(crate) state: String,
    /// Other copies of this wallet's folder: `alone`, `found` (not settled yet), `known` (settled; both go on).
    pub(crate) copies: String,
    /// How many devices may act for the account; `null` before that was heard.
    pub(crate) devices: Option<usize>,
    /// What has to be accepted before anything is paid; `null` otherwise.
    #[serde(default)]
    pub(crate) loss: Option<LossView>,
}

/// What a person must see before saying yes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DraftView {
    pub(crate) id: String,
    pub(crate) payee: PartyView,
    pub(crate) amount: AmountView,
    pub(crate) fee: AmountView,
    pub(crate) total: AmountView,
    pub(crate) request_memo: Option<String>,
    pub(crate) memo: Option<String>,
    pub(crate) items: Vec<ItemView>,
    pub(crate) expires: Option<String>,
    pub(crate) warnings: Vec<String>,
    /// Stands for all of this when it is confirmed.
    pub(crate) shown: String,
}

impl From<&Draft> for DraftView {
    fn from(draft: &Draft) -> Self {
        Self {
            id: draft.id.to_string(),
            payee: PartyView {
                name: draft.contact.as_ref().or(draft.payee_name.as_ref()).map(ToString::to_string),
                alias: draft.alias.as_ref().map(ToString::to_string),
                trust: draft.trust.as_str().to_owned(),
            },
            amount: (&draft.amount).into(),
            fee: (&draft.fee).into(),
            total: (&draft.total).into(),
            request_memo: draft.request_memo.as_ref().map(ToString::to_string),
            memo: draft.memo.as_ref().map(ToString::to_string),
            items: draft.items.iter().map(Into::into).collect(),
            expires: draft.expires.map(Time::to_rfc3339),
            warnings: warnings(&draft.warnings),
            shown: draft.digest.to_hex(),
        }
    }
}

/// What to notice, in sentences.
pub(super) fn warnings(warnings: &[Warning]) -> Vec<String> {
    let sentence = |warning: &Warning| match warning {
        Warning::UnverifiedPayee => "Nobody has checked who is behind this alias.".to_owned(),
        Warning::ExpiresSoon(seconds) => format!("This expires in {seconds} s."),
    };
    warnings.iter().map(sentence).collect()
}

/// What became of a payment.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OutcomeView {
    pub(crate) payment: PaymentView,
    /// Absent when it is settled.
    pub(crate) failure: Option<Failure>,
    /// The draft with the new fee, when the fee has changed.
    pub(crate) replacement: Option<DraftView>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RequestView {
    pub(crate) id: String,
    pub(crate) link: String,
    pub(crate) amount: Option<AmountView>,
    pub(crate) expires: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CancelledView {
    pub(crate) id: String,
    pub(crate) state: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LookView {
    pub(crate) kind: String,
    pub(crate) genuine: bool,
    pub(crate) details: serde_json::Value,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SignerView {
    pub(crate) verifier: String,
    pub(crate) kid: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ReceiptView {
    pub(crate) id: String,
    pub(crate) amount: AmountView,
    pub(crate) signed_by: SignerView,
    pub(crate) valid: bool,
    pub(crate) at: String,
    pub(crate) epoch: u64,
    pub(crate) seq: u64,
    pub(crate) order: String,
    pub(crate) payee_key: String,
    pub(crate) reference: Option<String>,
    pub(crate) details_hash: String,
    pub(crate) checkpoint: String,
    pub(crate) cose: String,
}

/// What an export consists of.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ContentsView {
    pub(crate) files: Vec<String>,
    pub(crate) payments: usize,
    pub(crate) requests: usize,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SyncedView {
    /// Payments that became final.
    pub(crate) resolved: Vec<PaymentView>,
    /// How many credits and issues were new.
    pub(crate) received: u64,
    /// How many entries cannot be this wallet's, and were not counted.
    #[serde(default)]
    pub(crate) rejected: u64,
    /// How many payments still have no final answer.
    pub(crate) pending: usize,
    /// What the verifier lost, while it has to be accepted.
    #[serde(default)]
    pub(crate) loss: Option<LossView>,
}

/// Somebody one knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ContactView {
    pub(crate) name: String,
    pub(crate) verified: bool,
    /// Where they are paid.
    pub(crate) handle: String,
    /// `met` or `verified`.
    pub(crate) state: String,
    pub(crate) blocked: bool,
    pub(crate) calls_itself: Option<String>,
    pub(crate) account: String,
    pub(crate) met: String,
}

impl From<&Contact> for ContactView {
    fn from(contact: &Contact) -> Self {
        Self {
            name: contact.name.to_string(),
            verified: contact.state == ContactState::Verified,
            handle: contact.alias.to_string(),
            state: contact.state.as_str().to_owned(),
            blocked: contact.blocked,
            calls_itself: contact.calls_itself.as_ref().map(ToString::to_string),
            account: contact.account.to_hex(),
            met: contact.met.to_rfc3339(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ContactsView {
    pub(crate) contacts: Vec<ContactView>,
}

/// A pairing that has begun.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OfferView {
    pub(crate) id: String,
    /// What the QR code holds; absent for who scanned it.
    pub(crate) link: Option<String>,
}

/// What came of a pairing so far.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PairedView {
    pub(crate) contact: Option<ContactView>,
}

/// What a contact wrote, or we to the contact.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NoteView {
    pub(crate) at: String,
    pub(crate) own: bool,
    /// `received`; `waiting`, `sent`, `undelivered` for one's own.
    pub(crate) state: String,
    pub(crate) text: Option<String>,
    /// The link of a request that can be paid.
    pub(crate) request: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NotesView {
    pub(crate) notes: Vec<NoteView>,
}
