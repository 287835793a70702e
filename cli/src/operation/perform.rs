//! Carries operations out on an open wallet.

use super::views::{BalancesView, CancelledView, LookView, RequestView, StatusView, SyncedView};
use super::{
    Operation, adding, carried, checkpoints, devices, losing, offline, payments, people, reading, route, tabs, watching,
};
use crate::failure::Failure;
use farthing_core::contacts;
use farthing_core::error::WalletError;
use farthing_core::export::tabs::{TabOfferView, TabView};
use farthing_core::export::views::{AmountView, AnchorsView, ItemView, PaymentView};
use farthing_core::generation::Copies;
use farthing_core::payment::{RequestTerms, Target};
use farthing_core::scan::{Scanned, text};
use farthing_core::store::ProfileState;
use farthing_core::{Error, Wallet};
use farthing_protocol::alias::Alias;
use farthing_protocol::cose::Signed;
use farthing_protocol::details::{Item, Memo, Name};
use farthing_protocol::money::Amount;
use farthing_protocol::offline::Frame;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::{Request, RequestId};
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;
use serde::Serialize;
use serde_json::{Value, json};

/// Carries out one operation. Whatever changes state goes on to its end even when the caller goes away.
pub(crate) async fn perform(wallet: &Wallet, operation: Operation) -> Result<Value, Failure> {
    match operation {
        Operation::Status => value(&status(wallet).await?),
        Operation::Balances => {
            let balances = wallet.balances()?;
            value(&BalancesView { balances: balances.iter().map(Into::into).collect() })
        }
        Operation::Request { amount, memo, items, life_ms, standing } => {
            value(&request(wallet, amount, memo, items, life_ms, standing).await?)
        }
        Operation::Cancel { id } => {
            let state = wallet.cancel(request_id(&id)?).await?;
            value(&CancelledView { id, state: state.as_str().to_owned() })
        }
        Operation::Look { target } => value(&look(wallet, &target).await?),
        Operation::Prepare { target, amount, memo } => {
            value(&payments::prepare(wallet, &target, amount.as_deref(), memo.as_deref()).await?)
        }
        Operation::Discard { id } => {
            wallet.discard(&payments::payment_id(&id)?)?;
            Ok(Value::Null)
        }
        Operation::Confirm { id, shown } => payments::confirm(wallet, &id, &shown).await.map(|()| Value::Null),
        Operation::Outcome { id, wait_ms } => value(&payments::outcome(wallet, &id, wait_ms).await?),
        Operation::History { before, limit } => {
            let before = before.map(|id| payments::payment_id(&id)).transpose()?;
            let found = wallet.history(before.as_ref(), limit)?;
            let views = found.iter().map(|payment| payments::view(wallet, payment));
            value(&views.collect::<Result<Vec<_>, _>>()?)
        }
        Operation::Receipt { id } => value(&reading::receipt(wallet, &id)?),
        Operation::Anchors => value(&wallet.read(AnchorsView::of)?),
        Operation::Route { target, amount } => value(&route::route(wallet, &target, amount.as_deref())?),
        Operation::Carried(operation) => carried::perform(wallet, operation).await,
        Operation::Tab(operation) => tabs::perform(wallet, operation).await,
        Operation::Offline(operation) => offline::perform(wallet, operation).await,
        Operation::Export => value(&reading::contents(wallet)?),
        Operation::ExportFile { name } => value(&reading::file(wallet, &name)?),
        Operation::PairShow => value(&people::show(wallet).await?),
        Operation::PairScan { link } => value(&people::scan(wallet, &link).await?),
        Operation::PairCode { id, wait_ms } => value(&people::code(wallet, &id, wait_ms).await?),
        Operation::PairConfirm { id, same } => people::confirm(wallet, &id, same).await.map(|()| Value::Null),
        Operation::PairContact { id, wait_ms } => value(&people::paired(wallet, &id, wait_ms).await?),
        Operation::Write { contact, text } => people::write(wallet, &contact, &text).await.map(|()| Value::Null),
        Operation::SendRequest { contact, id } => {
            wallet.send_request(&people::name(&contact)?, &request_id(&id)?).await?;
            Ok(Value::Null)
        }
        Operation::Notes { contact } => value(&people::notes(wallet, &contact)?),
        Operation::Contacts => value(&people::contacts(wallet)?),
        Operation::ChangeContact { name, wish } => value(&people::change(wallet, &name, &wish)?),
        Operation::Devices => value(&devices::list(wallet).await?),
        Operation::DeviceShow { scope, phrase } => value(&adding::show(wallet, &scope, phrase).await?),
        Operation::DeviceConfirm { id, same, scope, phrase } => {
            value(&adding::confirm(wallet, &id, same, &scope, phrase).await?)
        }
        Operation::Revoke { device, phrase } => value(&devices::revoke(wallet, &device, phrase).await?),
        Operation::Aliases { register } => value(&devices::aliases(wallet, register.as_deref()).await?),
        Operation::KeepsPhrase => value(&devices::keeps_phrase(wallet)?),
        Operation::ForgetPhrase => devices::forget_phrase(wallet).map(|()| Value::Null),
        Operation::Checkpoint { other } => value(&checkpoints::checkpoint(wallet, other.as_deref()).await?),
        Operation::AcceptLoss => value(&losing::accept(wallet).await?),
        Operation::Sync { wait_ms } => value(&sync(wallet, wait_ms).await?),
        Operation::Watch { after, known, wait_ms } => value(&watching::watch(wallet, after, known, wait_ms).await?),
    }
}

pub(super) fn value<T: Serialize>(view: &T) -> Result<Value, Failure> {
    serde_json::to_value(view).map_err(|e| Failure::internal(format!("an answer cannot be written: {e}")))
}

/// The status says more when the verifier can be asked, and is right without it.
async fn status(wallet: &Wallet) -> Result<StatusView, Failure> {
    // Without an answer only the clock and news of lost history are missing.
    let _ = wallet.refresh().await;
    let _ = wallet.check_in().await;
    let status = wallet.status()?;
    let pending = wallet.read(|engine| engine.store().unfinished(PENDING_MAX)).map_err(Error::from)?;
    let profile = status.profile;
    Ok(StatusView {
        account: profile.account.to_hex(),
        device: profile.device.to_hex(),
        handle: profile.alias.to_string(),
        name: profile.name.map(|name| name.to_string()),
        verifier: profile.verifier.to_hex(),
        url: profile.url.to_string(),
        // Said by the command, which sees the folder.
        vault: String::new(),
        enrolled: !matches!(profile.state, ProfileState::Enrolling(_) | ProfileState::Restoring),
        pending: pending.iter().map(PaymentView::from).collect(),
        tabs: wallet.read(TabView::unanswered)?,
        acts: status.acts,
        clock_offset_ms: status.clock_offset_ms,
        history_lost: status.history_lost,
        account_forgotten: status.account_forgotten,
        standing: checkpoints::name(status.standing).to_owned(),
        state: profile.state.as_str().to_owned(),
        copies: match status.copies {
            Copies::Alone => "alone",
            Copies::Found => "found",
            Copies::Known => "known",
        }
        .to_owned(),
        devices: wallet.device_count()?,
        loss: losing::open(wallet)?,
    })
}

/// Payments that a status lists: more are never pending at once, since each lives minutes.
const PENDING_MAX: usize = 1_000;

/// Reads an amount in the verifier's assets, asking for them when they were never heard.
pub(super) async fn amount(wallet: &Wallet, text: &str) -> Result<Amount, Failure> {
    if wallet.assets().is_empty() {
        wallet.refresh().await?;
    }
    Ok(Amount::parse(text, &wallet.assets()).map_err(Error::from)?)
}

pub(super) fn memo(text: &str) -> Result<Memo, Failure> {
    Memo::typed(text)
        .map_err(|_| Failure::usage("a memo is text of at most 1024 bytes, without control characters or line breaks"))
}

pub(super) fn request_id(text: &str) -> Result<RequestId, Failure> {
    RequestId::from_hex(&text.trim().to_ascii_lowercase()).ok_or_else(|| {
        Failure::usage("the id of a request or an offer has 32 hex digits, as it was shown when it was made")
    })
}

/// What can be paid: a contact by our own name, otherwise what the text is.
pub(super) fn target(wallet: &Wallet, text: &str) -> Result<Target, Failure> {
    if let Some(alias) = alias_of_contact(wallet, text)? {
        return Ok(Target::Alias(alias));
    }
    match text::recognise(text).map_err(Error::from)? {
        Scanned::Request(pointer) => Ok(Target::Request(pointer)),
        Scanned::Alias(alias) => Ok(Target::Alias(alias)),
        // With network a whole request is paid as any: what is paid is what lies at the verifier.
        Scanned::Frame(frame) => match *frame {
            Frame::Whole(request) => whole(wallet, request.as_slice()),
            _ => Err(Error::from(WalletError::NotAPayee).into()),
        },
        _ => Err(Error::from(WalletError::NotAPayee).into()),
    }
}

/// The alias of the contact who has this name here.
pub(super) fn alias_of_contact(wallet: &Wallet, text: &str) -> Result<Option<Alias>, Failure> {
    let Ok(name) = Name::typed(text) else { return Ok(None) };
    Ok(wallet.read(|engine| contacts::by_name(engine.store(), &name))?.map(|contact| contact.alias))
}

fn whole(wallet: &Wallet, request: &[u8]) -> Result<Target, Failure> {
    let request = Signed::<Request>::parse(request).map_err(|_| Error::from(WalletError::RequestAltered))?;
    Ok(Target::Request(Pointer::to(wallet.profile().url.as_str(), &request).map_err(Error::from)?))
}

async fn request(
    wallet: &Wallet,
    amount_text: Option<String>,
    memo_text: Option<String>,
    item_texts: Vec<(String, String)>,
    life_ms: u64,
    standing: bool,
) -> Result<RequestView, Failure> {
    let mut items = Vec::new();
    for (name, text) in item_texts {
        let name = Text::typed(&name)
            .map_err(|_| Failure::usage("an item's name is text of 1 to 64 bytes, without control characters"))?;
        items.push(Item { name, amount: amount(wallet, &text).await? });
    }
    let amount = match (amount_text, items.split_first()) {
        (Some(text), _) => Some(amount(wallet, &text).await?),
        (None, Some((first, rest))) => {
            let sum = rest.iter().try_fold(first.amount, |sum, item| sum.checked_add(&item.amount));
            Some(sum.map_err(Error::from)?)
        }
        (None, None) => None,
    };
    let memo = memo_text.as_deref().map(memo).transpose()?;
    let terms = RequestTerms { amount, memo, items, life: Span::from_ms(life_ms) };
    let made = if standing { wallet.standing_request(terms).await? } else { wallet.request(terms).await? };
    Ok(RequestView {
        id: made.id.to_hex(),
        link: made.link,
        amount: amount.as_ref().map(Into::into),
        expires: made.expires.to_rfc3339(),
    })
}

async fn look(wallet: &Wallet, text: &str) -> Result<LookView, Failure> {
    use farthing_core::payment::Looked;
    let target = target(wallet, text)?;
    let kind = if matches!(target, Target::Request(_)) { "request" } else { "alias" };
    match wallet.look(target.clone()).await {
        Ok(Looked::Request(request)) => {
            let details = json!({
                "id": request.id.to_hex(),
                "payee_name": request.payee_name.as_ref().map(ToString::to_string),
                "amount": request.amount.as_ref().map(AmountView::from),
                "memo": request.memo.as_ref().map(ToString::to_string),
                "items": request.items.iter().flatten().map(ItemView::from).collect::<Vec<_>>(),
                "created": request.created.to_rfc3339(),
                "expires": request.expires.to_rfc3339(),
                "verifier": request.verifier.to_hex(),
                "payee_key": request.payee.payee_key_hash().to_hex(),
            });
            Ok(LookView { kind: kind.to_owned(), genuine: true, details })
        }
        Ok(Looked::Alias { record, known }) => {
            let details = json!({
                "alias": record.alias.as_str(),
                "trust": if known { "known" } else { "unverified" },
                "created": record.created.to_rfc3339(),
                "payee_key": record.payee.payee_key_hash().to_hex(),
            });
            Ok(LookView { kind: kind.to_owned(), genuine: true, details })
        }
        Err(Error::Wallet(WalletError::OffersTab)) => match target {
            Target::Request(pointer) => look_at_offer(wallet, pointer).await,
            Target::Alias(_) => Err(Error::from(WalletError::Internal).into()),
        },
        // A sure no is an answer, too; what could not be found out is an error.
        Err(Error::Wallet(
            why @ (WalletError::RequestAltered | WalletError::PayeeKeyChanged | WalletError::ForeignRequest),
        )) => Ok(LookView {
            kind: kind.to_owned(),
            genuine: false,
            details: json!({ "problem": why.kind(), "message": why.to_string() }),
        }),
        Err(error) => Err(error.into()),
    }
}

async fn look_at_offer(wallet: &Wallet, pointer: Pointer) -> Result<LookView, Failure> {
    let offer = wallet.look_offer(pointer).await?;
    let mut details = json!(TabOfferView::of(&offer));
    if let Some(details) = details.as_object_mut() {
        // What is known of offers in this wallet alone.
        details.retain(|name, _| !["own", "state", "from", "link", "tab", "code"].contains(&name.as_str()));
        details.insert("verifier".to_owned(), json!(offer.verifier.to_hex()));
        details.insert("payee_key".to_owned(), json!(offer.payee.payee_key_hash().to_hex()));
    }
    Ok(LookView { kind: "offer".to_owned(), genuine: true, details })
}

async fn sync(wallet: &Wallet, wait_ms: u64) -> Result<SyncedView, Failure> {
    let synced = wallet.sync(Span::from_ms(wait_ms)).await?;
    let resolved = synced.resolved.iter().map(|id| payments::view(wallet, &wallet.payment(id)?));
    Ok(SyncedView {
        resolved: resolved.collect::<Result<_, Failure>>()?,
        received: synced.received,
        rejected: synced.rejected,
        pending: synced.unfinished,
        loss: losing::open(wallet)?,
    })
}
