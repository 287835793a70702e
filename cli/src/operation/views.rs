//! Answers of operations. Most of them are also what `--json` prints.

use super::losing::LossView;
use crate::failure::Failure;
use farthing_core::contacts::{Contact, ContactState};
use farthing_core::engine::Balance;
use farthing_core::payment::{Draft, Trustworthiness};
use farthing_core::store::{Direction, PaymentRecord};
use farthing_protocol::details::Item;
use farthing_protocol::money::Amount;
use farthing_protocol::time::Time;
use serde::{Deserialize, Serialize};

/// `{"value":"4500000","asset":"USD","scale":6,"text":"4.50 USD"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AmountView {
    pub(crate) value: String,
    pub(crate) asset: String,
    pub(crate) scale: u8,
    pub(crate) text: String,
}

impl From<&Amount> for AmountView {
    fn from(amount: &Amount) -> Self {
        Self {
            value: amount.value().to_string(),
            asset: amount.asset().code.as_str().to_owned(),
            scale: amount.asset().scale(),
            text: amount.to_string(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BalancesView {
    pub(crate) balances: Vec<BalanceView>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BalanceView {
    pub(crate) available: AmountView,
    pub(crate) held: AmountView,
    pub(crate) incoming: AmountView,
}

impl From<&Balance> for BalanceView {
    fn from(balance: &Balance) -> Self {
        Self {
            available: (&balance.available).into(),
            held: (&balance.held).into(),
            incoming: (&balance.incoming).into(),
        }
    }
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

/// Somebody, as far as known. A name is what they call themselves, or our own for a contact.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PartyView {
    pub(crate) name: Option<String>,
    pub(crate) alias: Option<String>,
    /// `request`, `unverified`, `known`, `met` and `verified` for contacts, `verifier`.
    pub(crate) trust: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ItemView {
    pub(crate) name: String,
    pub(crate) amount: AmountView,
}

impl From<&Item> for ItemView {
    fn from(item: &Item) -> Self {
        Self { name: item.name.to_string(), amount: (&item.amount).into() }
    }
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
        use farthing_core::payment::Warning;
        let warning = |warning: &Warning| match warning {
            Warning::UnverifiedPayee => "Nobody has checked who is behind this alias.".to_owned(),
            Warning::ExpiresSoon(seconds) => format!("The request expires in {seconds} s."),
        };
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
            warnings: draft.warnings.iter().map(warning).collect(),
            shown: draft.digest.to_hex(),
        }
    }
}

/// A payment, either way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PaymentView {
    pub(crate) id: String,
    /// `out`, `in`, `issue`.
    pub(crate) direction: String,
    pub(crate) state: String,
    pub(crate) amount: AmountView,
    /// `null` for what was received: the payer paid it.
    pub(crate) fee: Option<AmountView>,
    pub(crate) counterparty: PartyView,
    /// What the payer wrote.
    pub(crate) memo: Option<String>,
    /// What the payee wrote into the request.
    pub(crate) request_memo: Option<String>,
    pub(crate) items: Vec<ItemView>,
    pub(crate) at: String,
    /// The request of ours that was paid.
    pub(crate) request: Option<String>,
    /// The operator's reason for an issue.
    pub(crate) reason: Option<String>,
    /// The order's hash, as receipts name it.
    pub(crate) order: Option<String>,
    pub(crate) expires: Option<String>,
    pub(crate) seq: Option<u64>,
    /// Why it was refused, or why there is no answer yet.
    pub(crate) code: Option<u16>,
    /// The verifier does not have it any more.
    #[serde(default)]
    pub(crate) lost: bool,
}

impl From<&PaymentRecord> for PaymentView {
    fn from(payment: &PaymentRecord) -> Self {
        let direction = match payment.direction {
            Direction::Out => "out",
            Direction::In => "in",
            Direction::Issue => "issue",
        };
        let details = payment.details.as_ref();
        Self {
            id: payment.id.to_string(),
            direction: direction.to_owned(),
            state: payment.state.as_str().to_owned(),
            amount: (&payment.amount).into(),
            fee: payment.fee.as_ref().map(Into::into),
            counterparty: counterparty(payment),
            memo: details.and_then(|d| d.memo.as_ref()).map(ToString::to_string),
            request_memo: None,
            items: details.and_then(|d| d.items.as_ref()).into_iter().flatten().map(Into::into).collect(),
            at: payment.at.to_rfc3339(),
            request: payment.request.map(|id| id.to_hex()),
            reason: payment.reason.as_ref().map(ToString::to_string),
            order: payment.order.map(|order| order.to_hex()),
            expires: payment.expires.map(Time::to_rfc3339),
            seq: payment.seq.map(|seq| seq.get()),
            code: payment.code,
            lost: payment.lost.is_some(),
        }
    }
}

fn counterparty(payment: &PaymentRecord) -> PartyView {
    let unverified = Trustworthiness::UnverifiedAlias.as_str();
    match payment.direction {
        Direction::Out => {
            let payee = payment.payee.as_ref();
            let trust = match payee {
                Some(payee) if payee.alias.is_none() => Trustworthiness::Request.as_str(),
                Some(payee) if payee.pinned => Trustworthiness::KnownAlias.as_str(),
                _ => unverified,
            };
            PartyView {
                name: payee.and_then(|p| p.name.as_ref()).map(ToString::to_string),
                alias: payee.and_then(|p| p.alias.as_ref()).map(ToString::to_string),
                trust: trust.to_owned(),
            }
        }
        Direction::In => PartyView {
            name: payment.details.as_ref().and_then(|d| d.payer.as_ref()).map(ToString::to_string),
            alias: None,
            trust: unverified.to_owned(),
        },
        Direction::Issue => PartyView { name: None, alias: None, trust: "verifier".to_owned() },
    }
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

/// What `verify` needs of a wallet: nothing secret.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AnchorsView {
    pub(crate) root: String,
    pub(crate) certificates: Vec<String>,
    pub(crate) checkpoint: String,
    pub(crate) fee_schedule: String,
    pub(crate) account_key: String,
    pub(crate) act_key: String,
    pub(crate) session_key: String,
}

/// Signed bytes with the name of their kind, in hex.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FileView {
    pub(crate) kind: String,
    pub(crate) hex: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OwnRequestView {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) link: Option<String>,
    pub(crate) amount: Option<AmountView>,
    pub(crate) memo: Option<String>,
    pub(crate) items: Vec<ItemView>,
    pub(crate) created: String,
    pub(crate) expires: String,
    pub(crate) payment: Option<String>,
    pub(crate) code: Option<u16>,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub(crate) hex: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EventView {
    pub(crate) seq: u64,
    pub(crate) at: String,
    pub(crate) kind: String,
    pub(crate) id: Option<String>,
    pub(crate) code: Option<u16>,
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
