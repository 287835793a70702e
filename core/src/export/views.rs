//! The JSON of what a wallet knows, for people and scripts: in an export, and wherever a program prints it.
//!
//! ```
//! use farthing_core::export::views::AmountView;
//! use farthing_protocol::money::{Amount, Asset, Code};
//! let usd = Asset::new(Code::new("USD").unwrap(), 6).unwrap();
//! let view = AmountView::from(&Amount::new(4_500_000, usd).unwrap());
//! let json = r#"{"value":"4500000","asset":"USD","scale":6,"text":"4.50 USD"}"#;
//! assert_eq!(serde_json::to_string(&view).unwrap(), json);
//! ```

use crate::contacts;
use crate::engine::{self, Engine};
use crate::error::{Error, WalletError};
use crate::events::{self, EventKind};
use crate::history;
use crate::payment::Trustworthiness;
use crate::payment::request::made;
use crate::store::{ArtifactKind, Direction, PaymentRecord, RequestRecord};
use data_encoding::HEXLOWER;
use farthing_protocol::cbor;
use farthing_protocol::cose::Signed;
use farthing_protocol::details::Item;
use farthing_protocol::key::Signer as _;
use farthing_protocol::money::Amount;
use farthing_protocol::request::Request;
use farthing_protocol::time::Time;
use serde::{Deserialize, Serialize};

/// An amount, for people and programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmountView {
    /// In the smallest units: a number that no reader of JSON rounds.
    pub value: String,
    /// The asset's code.
    pub asset: String,
    /// Decimals of the asset.
    pub scale: u8,
    /// For people.
    pub text: String,
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

/// What there is of one asset.
#[derive(Debug, Serialize, Deserialize)]
pub struct BalanceView {
    /// Can be spent now.
    pub available: AmountView,
    /// Authorised, without a final answer, or set aside for tabs.
    pub held: AmountView,
    /// Vouchers of tabs that are not claimed.
    pub incoming: AmountView,
}

impl From<&engine::Balance> for BalanceView {
    fn from(balance: &engine::Balance) -> Self {
        Self {
            available: (&balance.available).into(),
            held: (&balance.held).into(),
            incoming: (&balance.incoming).into(),
        }
    }
}

/// Somebody, as far as known. A name is what they call themselves, or our own for a contact.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PartyView {
    /// The name.
    pub name: Option<String>,
    /// Where they are paid.
    pub alias: Option<String>,
    /// `request`, `unverified`, `known`, `met` and `verified` for contacts, `verifier`.
    pub trust: String,
}

/// A line of what is paid for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ItemView {
    /// What it is.
    pub name: String,
    /// What it costs.
    pub amount: AmountView,
}

impl From<&Item> for ItemView {
    fn from(item: &Item) -> Self {
        Self { name: item.name.to_string(), amount: (&item.amount).into() }
    }
}

/// A payment, either way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PaymentView {
    /// Its id.
    pub id: String,
    /// `out`, `in`, `issue`.
    pub direction: String,
    /// Where it stands.
    pub state: String,
    /// Without the fee.
    pub amount: AmountView,
    /// `null` for what was received: the payer paid it.
    pub fee: Option<AmountView>,
    /// Who is at the other end.
    pub counterparty: PartyView,
    /// What the payer wrote.
    pub memo: Option<String>,
    /// What the payee wrote into the request.
    pub request_memo: Option<String>,
    /// What was paid for.
    pub items: Vec<ItemView>,
    /// When.
    pub at: String,
    /// The request of ours that was paid.
    pub request: Option<String>,
    /// The operator's reason for an issue.
    pub reason: Option<String>,
    /// The order's hash, as receipts name it.
    pub order: Option<String>,
    /// From then on it is never applied.
    pub expires: Option<String>,
    /// Its position in the verifier's ledger.
    pub seq: Option<u64>,
    /// Why it was refused, or why there is no answer yet.
    pub code: Option<u16>,
    /// The verifier does not have it any more.
    #[serde(default)]
    pub lost: bool,
}

impl PaymentView {
    /// A payment with what its request says, and the contact that it is with.
    ///
    /// # Errors
    /// What the store says.
    pub fn of(engine: &Engine, payment: &PaymentRecord) -> Result<Self, Error> {
        let store = engine.store();
        let bytes = match (payment.direction, payment.request) {
            (Direction::Out, _) => store.artifact(&payment.id, ArtifactKind::Request)?,
            (_, Some(id)) => store.request(&id)?.map(|request| request.bytes.as_slice().to_vec()),
            _ => None,
        };
        let request = bytes.map(|bytes| Signed::<Request>::parse(&bytes)).transpose()?;
        let request_memo = request.as_ref().and_then(|r| r.claims().memo.as_ref()).map(ToString::to_string);
        let mut view = Self { request_memo, lost: history::is_lost(engine, payment)?, ..Self::from(payment) };
        let pinned = payment.payee.as_ref().filter(|payee| payee.pinned);
        if let Some((alias, key)) = pinned.and_then(|payee| Some((payee.alias.as_ref()?, &payee.key)))
            && let Some(contact) = contacts::by_payee(store, alias, key)?
        {
            view.counterparty.name = Some(contact.name.to_string());
            view.counterparty.trust = contact.state.as_str().to_owned();
        }
        Ok(view)
    }
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

/// A request of ours.
#[derive(Debug, Serialize, Deserialize)]
pub struct RequestView {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: String,
    /// What its QR code holds.
    pub link: Option<String>,
    /// What it asks for; `null` when the payer decides.
    pub amount: Option<AmountView>,
    /// What we wrote.
    pub memo: Option<String>,
    /// What it is for.
    pub items: Vec<ItemView>,
    /// When it was made.
    pub created: String,
    /// From then on it cannot be paid.
    pub expires: String,
    /// What paid it.
    pub payment: Option<String>,
    /// Why the verifier did not take it.
    pub code: Option<u16>,
}

impl RequestView {
    /// A request with what it says.
    ///
    /// # Errors
    /// [`Error::Malformed`] when what is stored is damaged.
    pub fn of(engine: &Engine, record: &RequestRecord) -> Result<Self, Error> {
        let signed = Signed::<Request>::parse(record.bytes.as_slice())?;
        let claims = signed.claims();
        Ok(Self {
            id: record.id.to_hex(),
            state: record.state.as_str().to_owned(),
            link: made(engine, record).ok().map(|made| made.link),
            amount: claims.amount.as_ref().map(Into::into),
            memo: claims.memo.as_ref().map(ToString::to_string),
            items: claims.items.iter().flatten().map(ItemView::from).collect(),
            created: record.created.to_rfc3339(),
            expires: record.expires.to_rfc3339(),
            payment: record.payment.map(|id| id.to_string()),
            code: record.code,
        })
    }
}

/// Something that happened.
#[derive(Debug, Serialize, Deserialize)]
pub struct EventView {
    /// Its position.
    pub seq: u64,
    /// When.
    pub at: String,
    /// What.
    pub kind: String,
    /// The payment, request, tab or offer that it is about.
    pub id: Option<String>,
    /// The number of a problem or refusal.
    pub code: Option<u16>,
}

impl From<&events::Event> for EventView {
    fn from(event: &events::Event) -> Self {
        let (id, code) = match &event.kind {
            EventKind::PaymentAuthorised(id)
            | EventKind::PaymentSettled(id)
            | EventKind::PaymentExpired(id)
            | EventKind::Received(id)
            | EventKind::Issued(id)
            | EventKind::PaymentLost(id)
            | EventKind::PaymentFound(id)
            | EventKind::PaidElsewhere(id) => (Some(id.to_string()), None),
            EventKind::PaymentRefused(id, code) => (Some(id.to_string()), Some(*code)),
            EventKind::RequestOpen(id) | EventKind::RequestPaid(id, _) | EventKind::RequestCancelled(id) => {
                (Some(id.to_hex()), None)
            }
            EventKind::RequestFailed(id, code) | EventKind::OfferFailed(id, code) => (Some(id.to_hex()), Some(*code)),
            EventKind::OfferOpen(id) | EventKind::OfferCancelled(id) | EventKind::OfferReceived(_, id) => {
                (Some(id.to_hex()), None)
            }
            EventKind::TabOpened(id)
            | EventKind::TabChanged(id)
            | EventKind::TabClosed(id)
            | EventKind::TabClaimed(id)
            | EventKind::TabEnded(id)
            | EventKind::TabAuthorised(id)
            | EventKind::VoucherReceived(id)
            | EventKind::TabCaughtUp(id)
            | EventKind::TabLost(id)
            | EventKind::TabFound(id) => (Some(id.to_string()), None),
            EventKind::TabRefused(id, code) => (Some(id.to_string()), Some(*code)),
            EventKind::AllowanceAuthorised(id)
            | EventKind::AllowanceOpened(id)
            | EventKind::AllowanceRevoked(id)
            | EventKind::AllowanceSettled(id)
            | EventKind::AllowanceFrozen(id)
            | EventKind::AllowanceLost(id)
            | EventKind::AllowanceFound(id)
            | EventKind::PaidOffline(id, _)
            | EventKind::PayerContradicts(id) => (Some(id.to_hex()), None),
            EventKind::AllowanceRefused(id, code) => (Some(id.to_hex()), Some(*code)),
            EventKind::TakenOffline(id)
            | EventKind::OfflineClaimed(id)
            | EventKind::OfflineSettled(id)
            | EventKind::OfflineLost(id) => (Some(id.to_hex()), None),
            EventKind::OfflineRefused(id, code) => (Some(id.to_hex()), Some(*code)),
            _ => (None, None),
        };
        Self { seq: event.seq.0, at: event.at.to_rfc3339(), kind: event.kind.name().to_owned(), id, code }
    }
}

/// What the verifier does not have any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LossView {
    /// The payments, newest first.
    pub payments: Vec<PaymentView>,
    /// By receipts, per asset.
    pub owed: Vec<OwedView>,
}

impl LossView {
    /// What is lost, with what the payments say.
    ///
    /// # Errors
    /// What the store says.
    pub fn of(engine: &Engine, loss: &history::Loss) -> Result<Self, Error> {
        let payments = loss.payments.iter().map(|payment| PaymentView::of(engine, payment));
        Ok(Self { payments: payments.collect::<Result<_, _>>()?, owed: loss.owed.iter().map(Into::into).collect() })
    }
}

/// Sums of one asset that the verifier has lost.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OwedView {
    /// What we had received.
    pub received: AmountView,
    /// What we had paid, with fees.
    pub paid: AmountView,
}

impl From<&history::Owed> for OwedView {
    fn from(owed: &history::Owed) -> Self {
        Self { received: (&owed.received).into(), paid: (&owed.paid).into() }
    }
}

/// What is needed to check an exported object: nothing secret.
#[derive(Debug, Serialize, Deserialize)]
pub struct AnchorsView {
    /// The verifier's identity.
    pub root: String,
    /// Its signing keys' certificates, newest first.
    pub certificates: Vec<String>,
    /// The checkpoint of its status.
    pub checkpoint: String,
    /// Its fees.
    pub fee_schedule: String,
    /// The account's key.
    pub account_key: String,
    /// The key that signs what moves value.
    pub act_key: String,
    /// The key that signs the rest.
    pub session_key: String,
}

impl AnchorsView {
    /// What is known of the verifier, and our public keys.
    ///
    /// # Errors
    /// [`WalletError::NotEnrolled`] before the verifier was heard.
    pub fn of(engine: &Engine) -> Result<Self, Error> {
        let hex = |bytes: &[u8]| HEXLOWER.encode(bytes);
        let trust = engine.trust().ok_or(WalletError::NotEnrolled)?.to_record()?;
        Ok(Self {
            root: engine.profile().verifier.to_hex(),
            certificates: trust.certificates.iter().map(|certificate| hex(certificate.as_slice())).collect(),
            checkpoint: hex(trust.checkpoint.as_slice()),
            fee_schedule: hex(trust.fee_schedule.as_slice()),
            account_key: hex(&cbor::encode(&engine.profile().account_key)),
            act_key: hex(&cbor::encode(engine.keys().act().public())),
            session_key: hex(&cbor::encode(engine.keys().session().public())),
        })
    }
}
