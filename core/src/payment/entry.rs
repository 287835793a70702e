//! What one entry of the account's ledger changes here, after checking that it is ours and what it says it is.

use crate::devices::{KnownDevice, list_by, newer};
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::history::{self, Judged};
use crate::offline::entry as offline;
use crate::payment::send::{body_of, contradiction, names, settled};
use crate::store::{
    ArtifactKind, Change, Direction, HandleState, PayeeRecord, PaymentId, PaymentRecord, PaymentState, RequestRecord,
    RequestState,
};
use crate::tab::entry as tab;
use farthing_protocol::bundle::{Binding, Bundle};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::details::Disclosure;
use farthing_protocol::http::{Entry, EntryKind};
use farthing_protocol::id::{DetailsHash, DeviceId, PayeeKeyHash};
use farthing_protocol::issue::{self, Issue};
use farthing_protocol::key::{HpkePublicKey, PublicKey, Signer as _};
use farthing_protocol::list_receipt::ListReceipt;
use farthing_protocol::money::Amount;
use farthing_protocol::order::Order;
use farthing_protocol::receipt::Receipt;
use farthing_protocol::sealed::HpkeKey;

/// What an entry changes.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) changes: Vec<Change>,
    /// We were paid.
    pub(crate) received: bool,
    /// A payment of ours became final.
    pub(crate) settled: bool,
    /// It cannot be true: what was signed is kept as proof, and nothing is counted.
    pub(crate) rejected: bool,
    /// The verifier does not have it any more.
    pub(crate) lost: bool,
}

const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);

/// Checks an entry and says what it changes. `ahead` is what earlier entries of the same page change.
///
/// # Errors
/// [`WalletError::VerifierMisbehaved`] when it cannot be ours: it is then not counted.
pub(crate) fn take(engine: &Engine, entry: &Entry, ahead: &[Change]) -> Result<Taken, Error> {
    match entry.kind {
        EntryKind::Credit | EntryKind::Debit | EntryKind::Issue => payment(engine, entry),
        EntryKind::Devices => devices(engine, entry),
        EntryKind::Hold | EntryKind::Tab | EntryKind::Claim | EntryKind::Spent => tab::take(engine, entry, ahead),
        EntryKind::Allowance | EntryKind::OfflineClaim | EntryKind::Settled | EntryKind::Share => {
            offline::take(engine, entry, ahead)
        }
    }
}

fn payment(engine: &Engine, entry: &Entry) -> Result<Taken, Error> {
    let trust = engine.trust().ok_or(WalletError::Internal)?;
    let receipt = trust.verify_receipt(entry.receipt.as_slice())?;
    if (receipt.epoch, receipt.seq) != (entry.epoch, entry.seq) {
        return Err(MISBEHAVED);
    }
    let taken = match entry.kind {
        EntryKind::Credit => credit(engine, entry, &receipt),
        EntryKind::Debit => debit(engine, entry, &receipt),
        EntryKind::Issue => issued(engine, entry, &receipt),
        _ => Err(MISBEHAVED),
    }?;
    judged(engine, taken, &receipt)
}

/// An answer that was on its way while the verifier was restored can tell of what it has lost by now.
fn judged(engine: &Engine, taken: Taken, receipt: &Verified<Receipt>) -> Result<Taken, Error> {
    let settles = |change: &Change| match change {
        Change::Payment(payment) if payment.state == PaymentState::Settled => Some(payment.id),
        _ => None,
    };
    let Some(id) = taken.changes.iter().find_map(settles) else { return Ok(taken) };
    let Judged { changes, lost } = history::judge(engine, &id, taken.changes, receipt)?;
    Ok(Taken { changes, lost, ..taken })
}

/// The account has a new device list: signed by its key, and in force from this position on.
fn devices(engine: &Engine, entry: &Entry) -> Result<Taken, Error> {
    let receipt: Verified<ListReceipt> =
        engine.trust().ok_or(WalletError::Internal)?.verify(entry.receipt.as_slice())?;
    let bytes = entry.cause.as_ref().ok_or(MISBEHAVED)?.as_slice();
    let list = list_by(&engine.profile().account_key, bytes)?;
    let fits = (receipt.epoch, receipt.seq) == (entry.epoch, entry.seq)
        && receipt.list == list.signed().bytes_hash()
        && list.verifier == engine.profile().verifier;
    if !fits {
        return Err(MISBEHAVED);
    }
    let changes = newer(engine, &list, list.counter, &[], receipt.time)?;
    Ok(Taken { changes, ..Taken::default() })
}

/// True when an entry cannot be judged before the devices are read again: it is of one that joined since.
pub(crate) fn is_of_unknown_device(engine: &Engine, entry: &Entry) -> Result<bool, Error> {
    let order = match entry.kind {
        EntryKind::Debit => entry.cause.as_ref().and_then(|bytes| Signed::<Order>::parse(bytes.as_slice()).ok()),
        _ => None,
    };
    let made = tab::device_of(entry).or_else(|| offline::device_of(entry));
    let Some(device) = order.map(|order| order.claims().device).or(made).or(entry.device) else { return Ok(false) };
    Ok(device != engine.profile().device && KnownDevice::of(engine.store(), &device)?.is_none())
}

fn credit(engine: &Engine, entry: &Entry, receipt: &Verified<Receipt>) -> Result<Taken, Error> {
    let id = PaymentId::of_receipt(receipt.time, &receipt.order);
    if let Some(known) = known(engine, &id, receipt)? {
        // Counted before: a credit counts once per order hash.
        return again(engine, &known, receipt);
    }
    let key = message_key(engine, entry, &receipt.payee_key)?;
    let mut request = engine.store().request_by_payee_key(&receipt.payee_key)?;
    // Another copy of this wallet was faster with the same handle: what was paid is its request, and ours was not bound.
    let never_bound = |r: &RequestRecord| matches!(r.state, RequestState::Binding | RequestState::Failed);
    request = request.filter(|r| !never_bound(r) || receipt.reference == Some(r.reference));
    if let Some(request) = &request {
        check_request(request, receipt)?;
    }
    let disclosure = key.and_then(|key| message(entry, &receipt.payee_key, &receipt.details, &key));
    let mut payment = incoming(id, Direction::In, receipt);
    payment.request = request.as_ref().map(|r| r.id);
    payment.order_id = entry.order;
    if let Some(disclosure) = disclosure {
        payment.details = Some(disclosure.details);
        payment.salt = Some(disclosure.salt);
    }
    let mut changes = counted(payment, receipt)?;
    changes.push(Change::Event { at: receipt.time, kind: EventKind::Received(id) });
    if let Some(mut request) = request {
        let kind = EventKind::RequestPaid(request.id, id);
        request.state = RequestState::Paid;
        request.payment = Some(id);
        changes.push(Change::Request(request));
        changes.push(Change::Event { at: receipt.time, kind });
    }
    Ok(Taken { changes, received: true, ..Taken::default() })
}

fn known(engine: &Engine, id: &PaymentId, receipt: &Receipt) -> Result<Option<PaymentRecord>, Error> {
    match engine.store().payment(id)? {
        Some(known) => Ok(Some(known)),
        None => Ok(engine.store().payment_by_order(&receipt.order)?),
    }
}

/// An entry of a payment that was counted before says nothing new, unless the verifier had lost it and applied it again.
fn again(engine: &Engine, known: &PaymentRecord, receipt: &Verified<Receipt>) -> Result<Taken, Error> {
    let changes = history::applied_again(engine, known, receipt)?;
    Ok(Taken { changes, ..Taken::default() })
}

/// A credit to a single request carries its reference and its amount.
fn check_request(request: &RequestRecord, receipt: &Receipt) -> Result<(), Error> {
    let asked = Signed::<farthing_protocol::request::Request>::parse(request.bytes.as_slice())?.claims().amount;
    let fits = receipt.reference == Some(request.reference)
        && asked.is_none_or(|asked| asked == receipt.amount)
        && request.payment.is_none();
    if fits { Ok(()) } else { Err(MISBEHAVED) }
}

/// The key that the message of a credit, or of a tab that was placed, is sealed to, where this device has it.
///
/// Refuses a receipt for a payee key that is not ours: it is not our money. The key is made again from the seed, so that a
/// credit to another device of the account, to a copy of this wallet, or from before a restore counts as well. A device
/// that was made without the phrase cannot do that: it counts what the receipt says was paid to a device on its list.
pub(crate) fn message_key(engine: &Engine, entry: &Entry, payee: &PayeeKeyHash) -> Result<Option<HpkeKey>, Error> {
    let keys = engine.keys();
    if let Some(known) = engine.store().handle_by_payee_key(payee)? {
        return Ok(match known.state {
            HandleState::Alias => keys.alias_hpke(&known.handle),
            _ => Some(keys.payee_hpke(&known.handle)),
        });
    }
    let handle = entry.handle.ok_or(MISBEHAVED)?;
    let (key, hpke) = match &entry.device {
        Some(device) => (keys.payee_key_of(device, &handle), keys.payee_hpke_of(device, &handle)),
        None => (keys.alias_key(&handle), keys.alias_hpke(&handle)),
    };
    let known = match (&key, &entry.device) {
        (Some(key), _) => key.public().payee_key_hash() == *payee,
        (None, Some(device)) => KnownDevice::of(engine.store(), device)?.is_some(),
        (None, None) => true,
    };
    if known { Ok(hpke) } else { Err(MISBEHAVED) }
}

/// Opens the message that came with a credit. One that cannot be opened, or is not the one that the receipt
/// names, is left out: the money counts all the same.
pub(crate) fn message(entry: &Entry, payee: &PayeeKeyHash, details: &DetailsHash, key: &HpkeKey) -> Option<Disclosure> {
    let bundle = Bundle::decode(entry.bundle.as_ref()?.as_slice()).ok()?;
    let disclosure = bundle.open(key, &Binding { order: entry.order?, payee_key: *payee }).ok()?;
    (disclosure.hash() == *details).then_some(disclosure)
}

fn debit(engine: &Engine, entry: &Entry, receipt: &Verified<Receipt>) -> Result<Taken, Error> {
    if let Some(ours) = engine.store().payment_by_order(&receipt.order)? {
        if entry.fee != ours.fee {
            // More was taken than its payer agreed to, or less: that is not the order.
            return Err(MISBEHAVED);
        }
        if ours.state == PaymentState::Settled {
            return again(engine, &ours, receipt);
        }
        if ours.state.is_final() || !names(&ours, receipt) {
            // It was refused for ever, or is not what was ordered.
            return contradicted(engine, &ours.id, entry, receipt);
        }
        return Ok(Taken { changes: settled(engine, ours, receipt)?, settled: true, ..Taken::default() });
    }
    // Paid by another device of the account, or from a copy of this wallet: the order tells what, the entry the fee. It must
    // be signed by a device that the account key has certified, revoked or not.
    let bytes = entry.cause.as_ref().ok_or(MISBEHAVED)?.as_slice();
    let order = Signed::<Order>::parse(bytes).map_err(|_| MISBEHAVED)?;
    let key = act_key(engine, &order.claims().device)?;
    let order = order.verify(&key).map_err(|_| MISBEHAVED)?;
    let body = body_of(&order);
    let fits = order.hash() == receipt.order
        && order.verifier == engine.profile().verifier
        && order.account == engine.profile().account
        && body.amount == receipt.amount
        && body.payee_key == receipt.payee_key
        && body.reference == receipt.reference
        && body.details == receipt.details;
    let fee = entry.fee.filter(|f| f.asset() == body.amount.asset()).ok_or(MISBEHAVED)?;
    let known = &**engine.trust().ok_or(WalletError::Internal)?.fees();
    if !fits || (known.fee_version == order.fee_version && known.fee(&body.amount)? != fee) {
        return Err(MISBEHAVED);
    }
    let id = PaymentId::of_receipt(receipt.time, &receipt.order);
    let mut payment = incoming(id, Direction::Out, receipt);
    payment.device = Some(order.device).filter(|device| *device != engine.profile().device);
    payment.fee = Some(fee);
    payment.fee_version = Some(order.fee_version);
    payment.order_id = Some(order.id);
    payment.payee = Some(PayeeRecord {
        handle: body.payee,
        key: body.payee_key,
        // Its message was sealed by the copy; nothing will be sealed to it from here.
        hpke: HpkePublicKey::new([0; 32]),
        reference: body.reference,
        alias: None,
        name: None,
        pinned: false,
        expires: None,
    });
    let mut changes = counted(payment, receipt)?;
    changes.push(Change::Artifact { payment: id, kind: ArtifactKind::Order, bytes: bytes.to_vec().into() });
    changes.push(Change::Event { at: receipt.time, kind: EventKind::PaidElsewhere(id) });
    Ok(Taken { changes, settled: true, ..Taken::default() })
}

/// The key by which a device of the account signs orders.
pub(crate) fn act_key(engine: &Engine, device: &DeviceId) -> Result<PublicKey, Error> {
    let profile = engine.profile();
    if *device == profile.device {
        return Ok(*engine.keys().act().public());
    }
    let known = KnownDevice::of(engine.store(), device)?.ok_or(MISBEHAVED)?;
    Ok(known.certificate(&profile.account_key)?.act)
}

/// Keeps a receipt that cannot be true, and counts nothing by it.
fn contradicted(
    engine: &Engine,
    payment: &PaymentId,
    entry: &Entry,
    receipt: &Verified<Receipt>,
) -> Result<Taken, Error> {
    let mut changes: Vec<Change> = contradiction(engine, payment, receipt.bytes())?.into_iter().collect();
    changes.push(Change::Event { at: receipt.time, kind: EventKind::EntryRejected(entry.seq.get()) });
    Ok(Taken { changes, rejected: true, ..Taken::default() })
}

fn issued(engine: &Engine, entry: &Entry, receipt: &Verified<Receipt>) -> Result<Taken, Error> {
    let id = PaymentId::of_receipt(receipt.time, &receipt.order);
    if let Some(known) = known(engine, &id, receipt)? {
        return again(engine, &known, receipt);
    }
    let bytes = entry.cause.as_ref().ok_or(MISBEHAVED)?.as_slice();
    let issue: Verified<Issue> = engine.trust().ok_or(WalletError::Internal)?.verify(bytes)?;
    let fits = issue.hash() == receipt.order
        && issue.account == engine.profile().account
        && issue.verifier == engine.profile().verifier
        && issue.amount == receipt.amount
        && receipt.payee_key == engine.profile().account_key.payee_key_hash()
        && receipt.details == issue::details_hash(issue.signed());
    if !fits {
        return Err(MISBEHAVED);
    }
    let mut payment = incoming(id, Direction::Issue, receipt);
    payment.reason = Some(issue.reason.clone());
    let mut changes = counted(payment, receipt)?;
    changes.push(Change::Artifact { payment: id, kind: ArtifactKind::Issue, bytes: bytes.to_vec().into() });
    changes.push(Change::Event { at: receipt.time, kind: EventKind::Issued(id) });
    Ok(Taken { changes, received: true, ..Taken::default() })
}

/// A settled payment that we did not make here.
fn incoming(id: PaymentId, direction: Direction, receipt: &Receipt) -> PaymentRecord {
    PaymentRecord {
        version: V1,
        id,
        direction,
        state: PaymentState::Settled,
        amount: receipt.amount,
        fee: None,
        fee_version: None,
        payee: None,
        request: None,
        details: None,
        salt: None,
        order_id: None,
        order: Some(receipt.order),
        expires: None,
        at: receipt.time,
        seq: Some(receipt.seq),
        code: None,
        replaced_by: None,
        reason: None,
        device: None,
        lost: None,
    }
}

/// Stores a payment with its receipt and counts it.
fn counted(payment: PaymentRecord, receipt: &Verified<Receipt>) -> Result<Vec<Change>, Error> {
    let units = |amount: Amount| i64::try_from(amount.value()).map_err(|_| Error::Wallet(WalletError::Internal));
    let asset = payment.amount.asset();
    let delta = match payment.direction {
        Direction::Out => -units(payment.total())?,
        Direction::In | Direction::Issue => units(payment.amount)?,
    };
    let id = payment.id;
    Ok(vec![
        Change::Payment(payment),
        Change::Artifact { payment: id, kind: ArtifactKind::Receipt, bytes: receipt.bytes().to_vec().into() },
        Change::Balance { asset, delta },
    ])
}
