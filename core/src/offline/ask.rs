//! Requests that are made without network, at the payee (docs/protocol.md 6.33).
//!
//! The payee key is that of a one-time handle in stock, so that whoever pays learns no lasting key. With each request lies its word
//! that it is ours, which goes out with the claim alone. For a day it is the same key: by it the payer's phone notices that it paid this
//! shop just now, and vouchers for it that leave one another out contradict each other. It stays in stock: a request made with network
//! may use it, too, and then another one is taken.

use super::payee::{OfflineHandle, OwnOfflineRequest};
use super::record::ONE;
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::payment::carried::own_time;
use crate::payment::draft::check_amount;
use crate::store::{self, Change, HandleState};
use farthing_protocol::cbor::{self, Bytes, V1};
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::details::{Details, Disclosure, Item, Memo};
use farthing_protocol::id::{Digest, Handle};
use farthing_protocol::key::{BareKey, Ed25519Key, Signer as _};
use farthing_protocol::limits::HANDLE_STOCK;
use farthing_protocol::money::Amount;
use farthing_protocol::offline::{Challenge, Frame, OfflineRequest, PayeeAccount, VerifierPrefix};
use farthing_protocol::time::{Moment, Span, Time};

/// For how long requests are for the same handle: a day at the market.
const HANDLE_LIFE: Span = Span::from_h(24);
/// For how long a request can be paid, unless the payee says.
pub const OFFLINE_REQUEST_LIFE: Span = Span::from_min(15);
/// For how long it can be paid at most: nobody waits longer at a till.
const REQUEST_LIFE_MAX: Span = Span::from_h(24);
/// How long a request that nobody paid is kept after it has expired: clocks without network are wrong.
const REQUEST_KEPT: Span = Span::from_h(48);

/// What a payee asks for without network.
#[derive(Clone, Debug)]
pub struct OfflineWish {
    /// How much.
    pub amount: Amount,
    /// A few sentences, shown beside the request.
    pub memo: Option<Memo>,
    /// What is sold; must add up to the amount.
    pub items: Vec<Item>,
    /// How long it can be paid.
    pub life: Span,
}

/// A request that can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedOffline {
    /// Its hash.
    pub id: Digest,
    /// How much it asks for.
    pub amount: Amount,
    /// When it expires.
    pub expires: Time,
    /// What is shown.
    pub frame: Frame,
}

/// Makes and stores a request; calls nobody.
///
/// # Errors
/// [`WalletError::OfflineNotReady`] before this wallet was connected once; [`WalletError::MessageTooLong`],
/// [`WalletError::ClockBehind`], and what is wrong with the amount.
pub fn ask(engine: &mut Engine, wish: &OfflineWish, now: Moment) -> Result<AskedOffline, Error> {
    engine.check_can_pay()?;
    let time = own_time(engine, now)?;
    let amount = check_amount(engine, wish.amount)?;
    let mut changes = forgotten(engine, now)?;
    let (handle, used) = handle(engine, time)?;
    changes.extend(used);
    let payee: Ed25519Key = engine.keys().payee_key(&handle);
    let items = (!wish.items.is_empty()).then(|| wish.items.clone());
    if let Some(items) = &items {
        Item::check_bill(items, Some(amount))?;
    }
    let name = engine.profile().name.clone();
    let details = Details { memo: wish.memo.clone(), items, payer: name };
    let details = (details != Details::default()).then(|| Disclosure::new(details, engine.rng()));
    let request = OfflineRequest {
        version: V1,
        challenge: Challenge::generate(engine.rng()),
        verifier: VerifierPrefix::from(&engine.profile().verifier),
        payee: BareKey::of(payee.public()).ok_or(WalletError::Internal)?,
        amount,
        expires: time.plus(wish.life.min(REQUEST_LIFE_MAX)),
        details: details.as_ref().map(Disclosure::hash),
    };
    let request = Signed::sign(request, &payee)?;
    let profile = engine.profile();
    let word = PayeeAccount { version: V1, verifier: profile.verifier, account: profile.account };
    let word = Signed::sign(word, &payee)?;
    let record = OwnOfflineRequest {
        version: V1,
        id: request.hash(),
        bytes: SignedBytes::new(request.bytes().to_vec())?,
        details,
        amount,
        expires: request.claims().expires,
        voucher: None,
        payee: Bytes::new(word.bytes().to_vec())?,
    };
    let asked = shown(&record)?;
    changes.push(Change::put(&record));
    engine.apply(changes)?;
    Ok(asked)
}

/// A request of ours, as it can be shown again.
///
/// # Errors
/// [`WalletError::RequestIdUnknown`].
pub fn asked(engine: &Engine, id: &Digest) -> Result<AskedOffline, Error> {
    let record: OwnOfflineRequest = store::kept(engine.store(), id.as_bytes())?.ok_or(WalletError::RequestIdUnknown)?;
    shown(&record)
}

fn shown(record: &OwnOfflineRequest) -> Result<AskedOffline, Error> {
    let request = Bytes::new(record.bytes.as_slice().to_vec())?;
    let frame = match &record.details {
        Some(details) => Frame::Detailed(request, Bytes::new(cbor::encode(details)).map_err(|_| TOO_LONG)?),
        None => Frame::Request(request),
    };
    frame.text().map_err(|_| TOO_LONG)?;
    Ok(AskedOffline { id: record.id, amount: record.amount, expires: record.expires, frame })
}

const TOO_LONG: Error = Error::Wallet(WalletError::MessageTooLong);

/// The handle that requests are for now, and the change by which that is remembered.
fn handle(engine: &Engine, time: Time) -> Result<(Handle, Option<Change>), Error> {
    let known = store::kept::<OfflineHandle>(engine.store(), ONE)?;
    if let Some(known) = known.as_ref().filter(|known| time.since(known.since) < HANDLE_LIFE)
        && engine.store().handle(&known.handle)?.is_some_and(|record| record.state == HandleState::Stocked)
    {
        return Ok((known.handle, None));
    }
    // The last of the stock: requests that are made with network take the first.
    let stocked = engine.store().handles(HandleState::Stocked, HANDLE_STOCK)?.pop().map(|record| record.handle);
    match (stocked, known) {
        (Some(handle), _) => {
            let record = OfflineHandle { version: V1, handle, since: time };
            Ok((handle, Some(Change::put(&record))))
        }
        // Of a handle that was ever this account's the verifier knows.
        (None, Some(known)) => Ok((known.handle, None)),
        (None, None) => Err(WalletError::OfflineNotReady.into()),
    }
}

/// The changes by which requests are gone that nobody can pay any more: by the verifier's time, since a customer may stand here with
/// the payment while this phone believes that it is next year.
fn forgotten(engine: &Engine, now: Moment) -> Result<Vec<Change>, Error> {
    let Some(time) = engine.time(now) else { return Ok(Vec::new()) };
    let all: Vec<OwnOfflineRequest> = store::all_kept(engine.store())?;
    let old = all.iter().filter(|request| request.expires.plus(REQUEST_KEPT) <= time);
    Ok(old.map(|request| Change::forget::<OwnOfflineRequest>(request.id.as_bytes())).collect())
}
