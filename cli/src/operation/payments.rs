//! The operations of paying.

use super::perform::{amount, memo, target};
use super::views::{DraftView, OutcomeView};
use crate::failure::Failure;
use farthing_core::error::WalletError;
use farthing_core::export::views::PaymentView;
use farthing_core::payment::{Approval, Outcome};
use farthing_core::store::{Direction, PaymentId, PaymentRecord, PaymentState};
use farthing_core::{Error, Wallet};
use farthing_protocol::code::RefusalCode;
use farthing_protocol::id::Digest;
use std::time::Duration;

/// Payments that are looked through for one of the same request; who pays twice mostly does so at once.
const SEARCHED_MAX: usize = 1_000;

pub(super) fn payment_id(text: &str) -> Result<PaymentId, Failure> {
    PaymentId::parse(text).ok_or_else(|| Failure::usage("a payment's id is a UUID, as `farthing history` shows it"))
}

/// A payment with what its request says.
pub(super) fn view(wallet: &Wallet, payment: &PaymentRecord) -> Result<PaymentView, Failure> {
    Ok(wallet.read(|engine| PaymentView::of(engine, payment))?)
}

pub(super) async fn prepare(
    wallet: &Wallet,
    target_text: &str,
    amount_text: Option<&str>,
    memo_text: Option<&str>,
) -> Result<DraftView, Failure> {
    let target = target(wallet, target_text)?;
    let amount = match amount_text {
        Some(text) => Some(amount(wallet, text).await?),
        None => None,
    };
    let memo = memo_text.map(memo).transpose()?;
    Ok(DraftView::from(&wallet.prepare(target, amount, memo).await?))
}

pub(super) async fn confirm(wallet: &Wallet, id: &str, shown: &str) -> Result<(), Failure> {
    let shown = Digest::from_hex(shown).ok_or(Error::Wallet(WalletError::NotWhatWasApproved))?;
    wallet.confirm(Approval::from_parts(payment_id(id)?, shown)).await?;
    Ok(())
}

pub(super) async fn outcome(wallet: &Wallet, id: &str, wait_ms: u64) -> Result<OutcomeView, Failure> {
    let outcome = wallet.outcome(&payment_id(id)?, Duration::from_millis(wait_ms)).await?;
    told(wallet, outcome)
}

/// An outcome as it is told.
pub(super) fn told(wallet: &Wallet, outcome: Outcome) -> Result<OutcomeView, Failure> {
    let (Outcome::Settled(id) | Outcome::Refused { payment: id, .. } | Outcome::Unknown { payment: id, .. }) = &outcome;
    let id = *id;
    let payment = view(wallet, &wallet.payment(&id)?)?;
    let (failure, replacement) = match outcome {
        Outcome::Settled(_) => (None, None),
        Outcome::Refused { error, replaced_by, .. } => {
            // The draft with the new fee is only told of: paying is for the person to ask for again.
            let draft = match replaced_by.map(|id| wallet.draft(&id)).transpose() {
                // Told of before, in an answer that did not arrive.
                Err(Error::Wallet(WalletError::PaymentUnknown | WalletError::NotADraft)) => None,
                draft => draft?,
            };
            if let Some(draft) = &draft {
                wallet.discard(&draft.id)?;
            }
            let used = matches!(error, Error::Refused { code, .. } if code == RefusalCode::RequestUsed.number());
            let mut failure = Failure::from(error);
            if let Some(paid) = if used { paid_before(wallet, &wallet.payment(&id)?)? } else { None } {
                failure.message.push_str(&format!(" This wallet has paid it: payment {} of {}.", paid.id, paid.amount));
            }
            (Some(failure), draft.as_ref().map(Into::into))
        }
        Outcome::Unknown { .. } => (Some(unknown(&payment)), None),
    };
    Ok(OutcomeView { payment, failure, replacement })
}

/// The payment of this wallet, among its latest, that has used up the request.
fn paid_before(wallet: &Wallet, payment: &PaymentRecord) -> Result<Option<PaymentRecord>, Failure> {
    let reference = |payment: &PaymentRecord| payment.payee.as_ref().and_then(|payee| payee.reference);
    let Some(request) = reference(payment) else { return Ok(None) };
    let latest = wallet.history(None, SEARCHED_MAX)?;
    Ok(latest.into_iter().find(|other| {
        other.direction == Direction::Out
            && other.state == PaymentState::Settled
            && other.lost.is_none()
            && reference(other) == Some(request)
    }))
}

/// Why the outcome is not known, with what the last try was told.
fn unknown(payment: &PaymentView) -> Failure {
    let mut failure = Failure::from(Error::from(WalletError::OutcomeUnknown));
    if let Some(code) = payment.code {
        failure.message.push_str(&format!(" (The last try ended with code {code}.)"));
    }
    failure
}
