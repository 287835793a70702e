//! From the core's types to what crosses, and back.

use crate::failure::{Failure, FailureInfo};
use crate::records::{
    Balance, Contact, Device, Direction, Draft, Event, Exported, Item, Loss, Money, Note, NoteState, Outcome, Owed,
    PairingOffer, Payment, PaymentState, Request, RequestState, Scope, Standing, Status, Synced, Trust, Warning,
};
use farthing_core as core;
use farthing_core::error::WalletError;
use farthing_core::events::EventKind;
use farthing_core::generation::Copies;
use farthing_core::store::{PaymentId, PaymentRecord, ProfileState};
use farthing_core::{Error, Wallet};
use farthing_protocol::alias::Alias;
use farthing_protocol::device::{Allowance, Limited};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::request::RequestId;
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;

pub(crate) fn money(amount: &Amount) -> Money {
    let asset = amount.asset();
    Money { value: amount.value(), code: asset.code.to_string(), scale: asset.scale(), text: amount.to_string() }
}

/// The other way: what it is of is checked by whoever takes it.
pub(crate) fn amount(money: &Money) -> Result<Amount, Error> {
    let asset = Code::new(&money.code).and_then(|code| Asset::new(code, money.scale))?;
    Ok(Amount::new(money.value, asset)?)
}

pub(crate) fn item(item: &farthing_protocol::details::Item) -> Item {
    Item { name: item.name.to_string(), amount: money(&item.amount) }
}

pub(crate) fn item_back(item: &Item) -> Result<farthing_protocol::details::Item, Error> {
    Ok(farthing_protocol::details::Item { name: Text::typed(&item.name)?, amount: amount(&item.amount)? })
}

pub(crate) fn text<const MAX: usize>(typed: Option<&String>) -> Result<Option<Text<MAX>>, Error> {
    Ok(typed.map(|typed| Text::typed(typed)).transpose()?)
}

pub(crate) fn payment_id(id: &str) -> Result<PaymentId, Error> {
    PaymentId::parse(id).ok_or_else(|| WalletError::PaymentUnknown.into())
}

pub(crate) fn request_id(id: &str) -> Result<RequestId, Error> {
    RequestId::from_hex(id).ok_or_else(|| WalletError::RequestIdUnknown.into())
}

impl From<&core::engine::Balance> for Balance {
    fn from(of: &core::engine::Balance) -> Self {
        Self { available: money(&of.available), held: money(&of.held), incoming: money(&of.incoming) }
    }
}

impl From<core::payment::Trustworthiness> for Trust {
    fn from(of: core::payment::Trustworthiness) -> Self {
        use core::payment::Trustworthiness as Of;
        match of {
            Of::Request => Self::Request,
            Of::UnverifiedAlias => Self::UnverifiedAlias,
            Of::KnownAlias => Self::KnownAlias,
            Of::MetContact => Self::MetContact,
            Of::VerifiedContact => Self::VerifiedContact,
        }
    }
}

impl From<&core::payment::Warning> for Warning {
    fn from(of: &core::payment::Warning) -> Self {
        match of {
            core::payment::Warning::UnverifiedPayee => Self::UnverifiedPayee,
            core::payment::Warning::ExpiresSoon(seconds) => Self::ExpiresSoon { seconds: *seconds },
        }
    }
}

impl From<&core::payment::Draft> for Draft {
    fn from(of: &core::payment::Draft) -> Self {
        Self {
            id: of.id.to_string(),
            shown: of.digest.to_hex(),
            trust: of.trust.into(),
            payee_name: of.payee_name.as_ref().map(ToString::to_string),
            contact: of.contact.as_ref().map(ToString::to_string),
            alias: of.alias.as_ref().map(ToString::to_string),
            amount: money(&of.amount),
            fee: money(&of.fee),
            total: money(&of.total),
            request_memo: of.request_memo.as_ref().map(ToString::to_string),
            items: of.items.iter().map(item).collect(),
            memo: of.memo.as_ref().map(ToString::to_string),
            expires_ms: of.expires.map(|time| time.as_ms()),
            warnings: of.warnings.iter().map(Warning::from).collect(),
        }
    }
}

impl From<core::store::PaymentState> for PaymentState {
    fn from(of: core::store::PaymentState) -> Self {
        use core::store::PaymentState as Of;
        match of {
            Of::Draft => Self::Draft,
            Of::Authorised => Self::Authorised,
            Of::Sent => Self::Sent,
            Of::Settled => Self::Settled,
            Of::Refused => Self::Refused,
            Of::Expired => Self::Expired,
        }
    }
}

impl From<&PaymentRecord> for Payment {
    fn from(of: &PaymentRecord) -> Self {
        use core::store::Direction as Of;
        let direction = match of.direction {
            Of::Out => Direction::Out,
            Of::In => Direction::In,
            Of::Issue => Direction::Issue,
        };
        let details = of.details.as_ref();
        let name = match of.direction {
            Of::Out => of.payee.as_ref().and_then(|payee| payee.name.as_ref()),
            Of::In | Of::Issue => details.and_then(|details| details.payer.as_ref()),
        };
        Self {
            id: of.id.to_string(),
            direction,
            state: of.state.into(),
            amount: money(&of.amount),
            fee: of.fee.as_ref().map(money),
            name: name.map(ToString::to_string),
            alias: of.payee.as_ref().and_then(|payee| payee.alias.as_ref()).map(ToString::to_string),
            memo: details.and_then(|details| details.memo.as_ref()).map(ToString::to_string),
            items: details.and_then(|details| details.items.as_ref()).into_iter().flatten().map(item).collect(),
            request: of.request.as_ref().map(|id| id.to_hex()),
            at_ms: of.at.as_ms(),
            seq: of.seq.map(|seq| seq.get()),
            code: of.code,
            replaced_by: of.replaced_by.as_ref().map(ToString::to_string),
            reason: of.reason.as_ref().map(ToString::to_string),
            lost: of.lost.is_some(),
        }
    }
}

/// An outcome with the payment as it is stored now.
pub(crate) fn outcome(wallet: &Wallet, of: core::payment::Outcome) -> Result<Outcome, Error> {
    use core::payment::Outcome as Of;
    let payment = |id: &PaymentId| wallet.payment(id).map(|payment| Payment::from(&payment));
    let info = |error: Error| -> FailureInfo { Failure::from(error).info().clone() };
    Ok(match of {
        Of::Settled(id) => Outcome::Settled { payment: payment(&id)? },
        Of::Refused { payment: id, error, .. } => Outcome::Refused { payment: payment(&id)?, why: info(error) },
        Of::Unknown { payment: id, because } => Outcome::Unknown { payment: payment(&id)?, because: info(because) },
    })
}

macro_rules! request_states {
    ($($state:ident)+) => {
        impl From<core::store::RequestState> for RequestState {
            fn from(of: core::store::RequestState) -> Self {
                match of { $(core::store::RequestState::$state => Self::$state,)+ }
            }
        }

        impl From<RequestState> for core::store::RequestState {
            fn from(of: RequestState) -> Self {
                match of { $(RequestState::$state => Self::$state,)+ }
            }
        }
    };
}

request_states! { Binding Open Paid Cancelling Cancelled Failed }

pub(crate) fn request(wallet: &Wallet, of: &core::store::RequestRecord) -> Result<Request, Error> {
    Ok(Request {
        id: of.id.to_hex(),
        state: of.state.into(),
        link: wallet.made_request(&of.id)?.link,
        expires_ms: of.expires.as_ms(),
        payment: of.payment.as_ref().map(ToString::to_string),
    })
}

impl From<&core::events::Event> for Event {
    fn from(of: &core::events::Event) -> Self {
        use EventKind as Of;
        let mut event = Self {
            seq: of.seq.0,
            at_ms: of.at.as_ms(),
            name: of.kind.name().to_owned(),
            payment: None,
            request: None,
            account: None,
            device: None,
            tab: None,
            offer: None,
            code: None,
        };
        match &of.kind {
            Of::PaymentAuthorised(id)
            | Of::PaymentSettled(id)
            | Of::PaymentExpired(id)
            | Of::Received(id)
            | Of::Issued(id)
            | Of::PaidElsewhere(id)
            | Of::MemoReceived(id)
            | Of::PaymentLost(id)
            | Of::PaymentFound(id) => event.payment = Some(id.to_string()),
            Of::PaymentRefused(id, code) => {
                event.payment = Some(id.to_string());
                event.code = Some(*code);
            }
            Of::RequestOpen(id) | Of::RequestCancelled(id) => event.request = Some(id.to_hex()),
            Of::RequestPaid(id, payment) => {
                event.request = Some(id.to_hex());
                event.payment = Some(payment.to_string());
            }
            Of::RequestFailed(id, code) => {
                event.request = Some(id.to_hex());
                event.code = Some(*code);
            }
            Of::DeviceAdded(device) | Of::DeviceRevoked(device) => event.device = Some(device.to_hex()),
            Of::AliasRefused(_, code) => event.code = Some(*code),
            Of::MessageReceived(account, _)
            | Of::MessageSent(account, _)
            | Of::MessageUnreadable(account)
            | Of::ContactMet(account)
            | Of::ContactVerified(account) => event.account = Some(account.to_hex()),
            Of::MessageUndelivered(account, _, code) => {
                event.account = Some(account.to_hex());
                event.code = Some(*code);
            }
            Of::ContactDeviceAdded(account, device) => {
                event.account = Some(account.to_hex());
                event.device = Some(device.to_hex());
            }
            Of::TabAuthorised(id)
            | Of::TabOpened(id)
            | Of::TabChanged(id)
            | Of::TabClosed(id)
            | Of::TabClaimed(id)
            | Of::TabEnded(id)
            | Of::VoucherReceived(id)
            | Of::TabCaughtUp(id)
            | Of::TabLost(id)
            | Of::TabFound(id) => event.tab = Some(id.to_string()),
            Of::TabRefused(id, code) => {
                event.tab = Some(id.to_string());
                event.code = Some(*code);
            }
            Of::OfferOpen(id) | Of::OfferCancelled(id) => event.offer = Some(id.to_hex()),
            Of::OfferFailed(id, code) => {
                event.offer = Some(id.to_hex());
                event.code = Some(*code);
            }
            Of::OfferReceived(account, id) => {
                event.account = Some(account.to_hex());
                event.offer = Some(id.to_hex());
            }
            // The name says all of it.
            _ => {}
        }
        event
    }
}

impl From<core::wallet::Synced> for Synced {
    fn from(of: core::wallet::Synced) -> Self {
        Self {
            resolved: of.resolved.iter().map(ToString::to_string).collect(),
            received: of.received,
            messages: of.messages,
            unfinished: of.unfinished as u64,
        }
    }
}

impl From<core::wallet::Exported> for Exported {
    fn from(of: core::wallet::Exported) -> Self {
        let core::wallet::Exported { files, payments, requests } = of;
        Self { files: files as u64, payments: payments as u64, requests: requests as u64 }
    }
}

impl From<core::wallet::Status> for Status {
    fn from(of: core::wallet::Status) -> Self {
        Self {
            verifier: of.profile.verifier.to_hex(),
            url: of.profile.url.to_string(),
            account: of.profile.account.to_hex(),
            device: of.profile.device.to_hex(),
            alias: of.profile.alias.to_string(),
            name: of.profile.name.as_ref().map(ToString::to_string),
            verifier_time_ms: of.verifier_time.map(|time| time.as_ms()),
            clock_offset_ms: of.clock_offset_ms,
            unfinished: of.unfinished as u64,
            history_lost: of.history_lost || of.account_forgotten,
            doubted: of.standing != core::checkpoints::Standing::Agreed,
            copied: of.copies != Copies::Alone,
            revoked: of.profile.state == ProfileState::Revoked,
        }
    }
}

impl From<&core::contacts::Contact> for Contact {
    fn from(of: &core::contacts::Contact) -> Self {
        Self {
            name: of.name.to_string(),
            own_name: of.calls_itself.as_ref().map(ToString::to_string),
            account: of.account.to_hex(),
            alias: of.alias.to_string(),
            verified: of.state == core::contacts::ContactState::Verified,
            blocked: of.blocked,
        }
    }
}

impl From<core::wallet::PairingOffer> for PairingOffer {
    fn from(of: core::wallet::PairingOffer) -> Self {
        Self { id: of.id.to_hex(), link: of.link }
    }
}

impl From<&core::messaging::Note> for Note {
    fn from(of: &core::messaging::Note) -> Self {
        use core::messaging::{NoteBody, NoteState as Of};
        let state = match of.state {
            Of::Received => NoteState::Received,
            Of::Waiting => NoteState::Waiting,
            Of::Sent => NoteState::Sent,
            Of::Undelivered => NoteState::Undelivered,
        };
        let text = match &of.body {
            NoteBody::Text(text) => Some(text.to_string()),
            NoteBody::Request(_) => None,
        };
        Self { id: of.id.to_hex(), at_ms: of.at.as_ms(), state, text }
    }
}

/// What a device is to be allowed.
pub(crate) fn limited(of: &Scope) -> Result<Limited, Error> {
    let amounts = |limits: &[Money]| limits.iter().map(amount).collect::<Result<Vec<_>, _>>();
    let payees = of.payees.iter().map(|alias| Alias::typed(alias));
    let allowance = Allowance {
        pay: of.pay,
        per_order: amounts(&of.per_order)?,
        per_day: amounts(&of.per_day)?,
        payees: payees.collect::<Result<_, _>>()?,
        life: of.life_s.map(Span::from_s),
    };
    Ok(Limited::new(allowance)?)
}

impl From<&core::wallet::Device> for Device {
    fn from(of: &core::wallet::Device) -> Self {
        use farthing_protocol::device::Scope;
        let limits = |limits: &Option<Vec<Amount>>| limits.iter().flatten().map(money).collect();
        Self {
            id: of.id.to_hex(),
            this: of.this,
            active: of.active,
            pays: of.scope.allows(Scope::PAY),
            administers: of.scope.allows(Scope::ADMINISTER),
            per_order: limits(&of.scope.per_order),
            per_day: limits(&of.scope.per_day),
            expires_ms: of.scope.expires.map(|time| time.as_ms()),
            created_ms: of.created.as_ms(),
            revoked_ms: of.revoked.map(|time| time.as_ms()),
        }
    }
}

impl From<&core::history::Loss> for Loss {
    fn from(of: &core::history::Loss) -> Self {
        let owed = |owed: &core::history::Owed| Owed { received: money(&owed.received), paid: money(&owed.paid) };
        Self { payments: of.payments.iter().map(Payment::from).collect(), owed: of.owed.iter().map(owed).collect() }
    }
}

impl From<core::checkpoints::Standing> for Standing {
    fn from(of: core::checkpoints::Standing) -> Self {
        use core::checkpoints::Standing as Of;
        match of {
            Of::Agreed => Self::Agreed,
            Of::Unaccounted => Self::Unaccounted,
            Of::Contradicted => Self::Contradicted,
        }
    }
}
