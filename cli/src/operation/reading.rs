//! The operations that only read: receipts, and what an export consists of.

use super::payments::payment_id;
use super::views::{ContentsView, ReceiptView, SignerView};
use crate::failure::Failure;
use data_encoding::HEXLOWER;
use farthing_core::error::WalletError;
use farthing_core::export::{self, FileName};
use farthing_core::store::{ArtifactKind, PaymentRecord, PaymentState};
use farthing_core::{Error, Wallet};
use farthing_protocol::cose::Signed;
use farthing_protocol::receipt::Receipt;

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

/// Which files an export consists of.
pub(super) fn contents(wallet: &Wallet) -> Result<ContentsView, Failure> {
    let export::Contents { files, payments, requests } = export::contents(wallet)?;
    Ok(ContentsView { files: files.iter().map(ToString::to_string).collect(), payments, requests })
}

/// One of them, in hex; `null` when it is not there any more.
pub(super) fn file(wallet: &Wallet, name: &str) -> Result<Option<String>, Failure> {
    let name = FileName::parse(name).ok_or_else(|| Failure::internal("this is no file of an export"))?;
    Ok(export::file(wallet, &name)?.map(|bytes| HEXLOWER.encode(&bytes)))
}
