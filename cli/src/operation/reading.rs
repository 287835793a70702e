//! The operations that only read: receipts, and what `verify` and `export` need.

use super::payments::payment_id;
use super::views::{AnchorsView, EventView, FileView, ItemView, OwnRequestView, ReceiptView, SignerView};
use crate::failure::Failure;
use data_encoding::HEXLOWER;
use farthing_core::error::WalletError;
use farthing_core::events::{Event, EventKind, EventSeq};
use farthing_core::store::{ArtifactKind, PaymentRecord, PaymentState, RequestRecord};
use farthing_core::{Error, Wallet};
use farthing_protocol::cbor;
use farthing_protocol::cose::Signed;
use farthing_protocol::key::Signer as _;
use farthing_protocol::receipt::Receipt;
use farthing_protocol::request::Request;
use std::time::Duration;

/// Requests that one answer lists; far above what one wallet makes, small enough for memory.
const REQUESTS_MAX: usize = 100_000;
/// Events that one answer lists.
const EVENTS_PAGE: usize = 1_000;

/// The stored receipt, checked against the stored certificates and the stored payment.
pub(super) fn receipt(wallet: &Wallet, id: &str) -> Result<ReceiptView, Failure> {
    let id = payment_id(id)?;
    let payment = wallet.payment(&id)?;
    let Some(bytes) = wallet.artifact(&id, ArtifactKind::Receipt)? else {
        return Err(no_receipt(&payment).about(&id.to_string()));
    };
    let receipt = Signed::<Receipt>::parse(&bytes)
        .map_err(|_| Failure::altered("the stored receipt is damaged").about(&id.to_string()))?;
    let checked = wallet.read(|engine| engine.trust().map(|trust| trust.verify_receipt(&bytes).is_ok()));
    let claims = receipt.claims();
    let fits = payment.order == Some(claims.order) && payment.amount == claims.amount;
    Ok(ReceiptView {
        id: id.to_string(),
        amount: (&claims.amount).into(),
        signed_by: SignerView { verifier: wallet.profile().verifier.to_hex(), kid: receipt.kid().to_hex() },
        valid: fits && checked == Some(true),
        at: claims.time.to_rfc3339(),
        epoch: claims.epoch.get(),
        seq: claims.seq.get(),
        order: claims.order.to_hex(),
        payee_key: claims.payee_key.to_hex(),
        reference: claims.reference.map(|reference| reference.to_hex()),
        details_hash: claims.details.to_hex(),
        checkpoint: claims.checkpoint.to_hex(),
        cose: HEXLOWER.encode(&bytes),
    })
}

/// A refused payment stays one: only for an open outcome a sync helps.
fn no_receipt(payment: &PaymentRecord) -> Failure {
    let none = Failure::from(Error::from(WalletError::NoReceipt)).with_action("none");
    match payment.state {
        _ if payment.lost.is_some() => none.with_message(
            "The verifier lost this payment before its receipt arrived; nobody knows whether it was made.",
        ),
        PaymentState::Authorised | PaymentState::Sent => Error::from(WalletError::OutcomeUnknown).into(),
        PaymentState::Refused => none.with_message("This payment was refused; there is no receipt for it."),
        PaymentState::Expired => {
            none.with_message("This payment expired before it was made; there is no receipt for it.")
        }
        _ => none,
    }
}

/// Only public keys and signed objects.
pub(super) fn anchors(wallet: &Wallet) -> Result<AnchorsView, Failure> {
    let hex = |bytes: &[u8]| HEXLOWER.encode(bytes);
    wallet.read(|engine| {
        let trust = engine.trust().map(farthing_core::engine::Trust::to_record).transpose()?;
        let trust = trust.ok_or(Error::Wallet(WalletError::NotEnrolled))?;
        Ok(AnchorsView {
            root: engine.profile().verifier.to_hex(),
            certificates: trust.certificates.iter().map(|c| hex(c.as_slice())).collect(),
            checkpoint: hex(trust.checkpoint.as_slice()),
            fee_schedule: hex(trust.fee_schedule.as_slice()),
            account_key: hex(&cbor::encode(&engine.profile().account_key)),
            act_key: hex(&cbor::encode(engine.keys().act().public())),
            session_key: hex(&cbor::encode(engine.keys().session().public())),
        })
    })
}

pub(super) fn artifacts(wallet: &Wallet, id: &str) -> Result<Vec<FileView>, Failure> {
    let id = payment_id(id)?;
    let mut files = Vec::new();
    for (kind, name) in ArtifactKind::ALL {
        if let Some(bytes) = wallet.artifact(&id, kind)? {
            files.push(FileView { kind: name.to_owned(), hex: HEXLOWER.encode(&bytes) });
        }
    }
    Ok(files)
}

pub(super) fn requests(wallet: &Wallet) -> Result<Vec<OwnRequestView>, Failure> {
    let records = wallet.requests(REQUESTS_MAX)?;
    records.iter().map(|record| own_request(wallet, record)).collect()
}

fn own_request(wallet: &Wallet, record: &RequestRecord) -> Result<OwnRequestView, Failure> {
    let signed = Signed::<Request>::parse(record.bytes.as_slice()).map_err(Error::from)?;
    let claims = signed.claims();
    Ok(OwnRequestView {
        id: record.id.to_hex(),
        state: record.state.as_str().to_owned(),
        link: wallet.made_request(&record.id).ok().map(|made| made.link),
        amount: claims.amount.as_ref().map(Into::into),
        memo: claims.memo.as_ref().map(ToString::to_string),
        items: claims.items.iter().flatten().map(ItemView::from).collect(),
        created: record.created.to_rfc3339(),
        expires: record.expires.to_rfc3339(),
        payment: record.payment.map(|id| id.to_string()),
        code: record.code,
        hex: HEXLOWER.encode(record.bytes.as_slice()),
    })
}

pub(super) async fn events(wallet: &Wallet, after: u64) -> Result<Vec<EventView>, Failure> {
    let events = wallet.events(EventSeq(after), EVENTS_PAGE, Duration::ZERO).await?;
    Ok(events.iter().map(event).collect())
}

pub(super) fn event(event: &Event) -> EventView {
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
        EventKind::RequestFailed(id, code) => (Some(id.to_hex()), Some(*code)),
        _ => (None, None),
    };
    EventView { seq: event.seq.0, at: event.at.to_rfc3339(), kind: event.kind.name().to_owned(), id, code }
}
