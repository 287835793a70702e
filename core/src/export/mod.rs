//! Everything that a wallet knows, as files, for people and other programs. No private key is in them.
//!
//! ```text
//! wallet.json                    profile, public keys, balances, payments, requests, tabs, allowances and what was taken without network
//!                                with all that was signed, events; what the verifier lost, and
//!                                the files that prove it (`lost`, with sums in `owed`)
//! ID.order.cose …                the signed files of each payment, by its id; a sealed message is ID.bundle.cbor
//! ID.request.cose                each request of ours, by its id
//! ID.offer.cose                  each offer of a tab of ours, by its id
//! tab-ID-EPOCH-SEQ.cose          each receipt of a tab, by the tab's id and its place in the ledger
//! tab-ID-voucher.cose            the newest voucher of a tab that we earn by
//! verifier-certificate-N.cose    the verifier's signing keys, newest first
//! checkpoint.cose, fee-schedule.cose
//! newest-checkpoint.cose         what the ledger was, as this wallet was told
//! contradiction-N.cbor           proofs that the verifier signed two histories, if it did
//! ```
//!
//! Who has the verifier's root checks a receipt with these alone: `farthing verify FILE --root HEX --certificate
//! verifier-certificate-1.cose`.
//!
//! [`contents`] says which files there are, [`file()`] makes one: so that no more than one is in memory, unless somebody wants
//! them all. What happens between two calls is in `wallet.json`, or not; what was signed does not change.
//!
//! ```
//! use farthing_core::export::FileName;
//! assert_eq!(FileName::parse("fee-schedule.cose"), Some(FileName::FeeSchedule));
//! ```

mod name;
pub mod offline;
pub mod tabs;
pub mod views;

pub use name::FileName;

use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::events::EventSeq;
use crate::store::{self, ArtifactKind, PaymentId, PaymentRecord, TrustRecord};
use crate::tab::{self, EarnedTab, OfferRecord, TabReceipt};
use crate::{checkpoints, history};
use offline::{AllowanceView, TakenView};
use serde_json::{Value, json};
use tabs::{TabOfferView, TabView};
use views::{AnchorsView, BalanceView, EventView, LossView, PaymentView, RequestView};

/// Payments and events that are read at once: payments can be made between two pages.
const PAGE: usize = 500;
/// Requests of an export; far above what one wallet makes, small enough for memory.
const REQUESTS_MAX: usize = 100_000;

/// Gives out the engine for moments.
pub trait Moments {
    /// Runs a closure with the engine.
    fn look<T>(&self, look: impl FnOnce(&Engine) -> T) -> T;
}

/// What an export consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The files; `wallet.json` is the last one.
    pub files: Vec<FileName>,
    /// Payments in `wallet.json`, drafts among them.
    pub payments: usize,
    /// Requests in it.
    pub requests: usize,
}

/// Which files there are.
///
/// # Errors
/// [`WalletError::NotEnrolled`] before the verifier was heard, and what the store says.
pub fn contents(of: &impl Moments) -> Result<Contents, Error> {
    let mut files = Vec::new();
    let mut payments = 0;
    each_payment(of, |engine, payment| {
        payments += 1;
        for (kind, _) in ArtifactKind::ALL {
            if engine.store().artifact(&payment.id, kind)?.is_some() {
                files.push(FileName::Artifact(payment.id, kind));
            }
        }
        Ok(())
    })?;
    files.extend(of.look(tabs::files)?);
    let requests = of.look(|engine| engine.store().requests(REQUESTS_MAX))?;
    files.extend(requests.iter().map(|request| FileName::Request(request.id)));
    of.look(|engine| {
        files.extend((1..=trust(engine)?.certificates.len()).map(FileName::Certificate));
        files.push(FileName::Checkpoint);
        if checkpoints::newest(engine.store())?.is_some() {
            files.push(FileName::NewestCheckpoint);
        }
        files.extend((1..=checkpoints::contradictions(engine.store())?.len()).map(FileName::Contradiction));
        files.extend([FileName::FeeSchedule, FileName::Wallet]);
        Ok(Contents { files, payments, requests: requests.len() })
    })
}

/// One of the files; `None` when it is not there any more, as that of a draft which was discarded.
///
/// # Errors
/// As of [`contents`].
pub fn file(of: &impl Moments, name: &FileName) -> Result<Option<Vec<u8>>, Error> {
    Ok(match name {
        FileName::Wallet => Some(wallet(of)?),
        FileName::Artifact(payment, kind) => of.look(|engine| engine.store().artifact(payment, *kind))?,
        FileName::Request(id) => {
            of.look(|engine| engine.store().request(id))?.map(|request| request.bytes.as_slice().to_vec())
        }
        FileName::TabReceipt(tab, place) => {
            let key = TabReceipt::key_of(tab, place);
            of.look(|engine| store::kept::<TabReceipt>(engine.store(), &key))?
                .map(|kept| kept.receipt.as_slice().to_vec())
        }
        FileName::Voucher(id) => of
            .look(|engine| tab::find::<EarnedTab>(engine.store(), id))?
            .and_then(|tab| Some(tab.voucher?.as_slice().to_vec())),
        FileName::Offer(id) => of
            .look(|engine| store::kept::<OfferRecord>(engine.store(), id.as_bytes()))?
            .map(|offer| offer.published.bytes.as_slice().to_vec()),
        FileName::Certificate(number) => {
            nth(*number, of.look(trust)?.certificates).map(|bytes| bytes.as_slice().to_vec())
        }
        FileName::Checkpoint => Some(of.look(trust)?.checkpoint.as_slice().to_vec()),
        FileName::FeeSchedule => Some(of.look(trust)?.fee_schedule.as_slice().to_vec()),
        FileName::NewestCheckpoint => {
            of.look(|engine| checkpoints::newest(engine.store()))?.map(|bytes| bytes.as_slice().to_vec())
        }
        FileName::Contradiction(number) => {
            nth(*number, of.look(|engine| checkpoints::contradictions(engine.store()))?).map(|proof| proof.encode())
        }
    })
}

/// Counted from 1, as people do.
fn nth<T>(number: usize, all: Vec<T>) -> Option<T> {
    all.into_iter().nth(number.checked_sub(1)?)
}

fn trust(engine: &Engine) -> Result<TrustRecord, Error> {
    engine.trust().ok_or(WalletError::NotEnrolled)?.to_record()
}

fn each_payment(
    of: &impl Moments,
    mut each: impl FnMut(&Engine, &PaymentRecord) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut before: Option<PaymentId> = None;
    loop {
        let page = of.look(|engine| {
            let page = engine.store().history(before.as_ref(), PAGE)?;
            page.iter().try_for_each(|payment| each(engine, payment))?;
            Ok::<_, Error>(page)
        })?;
        before = page.last().map(|payment| payment.id);
        if page.len() < PAGE {
            return Ok(());
        }
    }
}

fn events(of: &impl Moments) -> Result<Vec<EventView>, Error> {
    let mut all: Vec<EventView> = Vec::new();
    loop {
        let after = EventSeq(all.last().map_or(0, |event| event.seq));
        let page = of.look(|engine| engine.store().events(after, PAGE))?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page.iter().map(EventView::from));
    }
}

fn wallet(of: &impl Moments) -> Result<Vec<u8>, Error> {
    let mut payments = Vec::new();
    each_payment(of, |engine, payment| {
        payments.push(PaymentView::of(engine, payment)?);
        Ok(())
    })?;
    let requests = of.look(|engine| {
        let records = engine.store().requests(REQUESTS_MAX)?;
        records.iter().map(|record| RequestView::of(engine, record)).collect::<Result<Vec<_>, _>>()
    })?;
    let events = events(of)?;
    let described = of.look(|engine| {
        let (profile, anchors) = (engine.profile(), AnchorsView::of(engine)?);
        let balances: Vec<_> = engine.balances()?.iter().map(BalanceView::from).collect();
        let (allowances, taken) = (AllowanceView::all(engine)?, TakenView::all(engine)?);
        let (tabs, offers) = (TabView::all(engine, usize::MAX)?, TabOfferView::all(engine)?);
        let lost = LossView::of(engine, &history::ever(engine)?)?;
        Ok::<_, Error>(json!({
            "about": "Everything this Farthing wallet knows. No private keys and no recovery phrase are in it.",
            "version": 1,
            "profile": {
                "account": profile.account.to_hex(), "device": profile.device.to_hex(),
                "handle": profile.alias.to_string(), "name": profile.name.as_ref().map(ToString::to_string),
                "verifier": profile.verifier.to_hex(), "url": profile.url.to_string(),
            },
            "public_keys": { "account": anchors.account_key, "act": anchors.act_key, "session": anchors.session_key },
            "balances": balances, "payments": payments, "requests": requests, "tabs": tabs, "offers": offers,
            "allowances": allowances, "taken_offline": taken, "events": events,
            "lost": lost.payments.iter().map(proven).collect::<Value>(), "owed": lost.owed,
        }))
    })?;
    Ok(serde_json::to_vec_pretty(&described).map_err(|_| WalletError::Internal)?)
}

/// What the verifier lost, with the file that proves it: a receipt, or the order of what was under way.
fn proven(payment: &PaymentView) -> Value {
    let proof = if payment.state == "settled" { "receipt" } else { "order" };
    json!({
        "id": payment.id, "direction": payment.direction, "state": payment.state, "amount": payment.amount,
        "fee": payment.fee, "at": payment.at, "proof": format!("{}.{proof}.cose", payment.id),
    })
}
