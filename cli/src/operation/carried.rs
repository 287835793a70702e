//! The operations of paying without network: an order that the payee posts.

use super::payments::{self, payment_id};
use super::perform::{memo, request_id, value};
use super::views::{DraftView, OutcomeView};
use crate::failure::Failure;
use farthing_core::error::WalletError;
use farthing_core::export::views::{AmountView, PaymentView};
use farthing_core::payment::{Approval, Carried, Said};
use farthing_core::scan::{Scanned, text};
use farthing_core::{Error, Wallet};
use farthing_protocol::carried::CarriedOrder;
use farthing_protocol::cbor::Bytes;
use farthing_protocol::id::Digest;
use farthing_protocol::money::Amount;
use farthing_protocol::offline::Frame;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One of them. Only `Carry` calls the verifier.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CarriedOperation {
    /// A request of this wallet as a frame, whole: its text.
    Whole { id: String },
    /// Stores the draft of a payment to a whole request: `DraftView`.
    Prepare { request: String, amount: Option<String>, memo: Option<String> },
    /// Signs and stores what was shown.
    Confirm { id: String, shown: String },
    /// What the payee is to post: `CarriedView`.
    Show { id: String },
    /// Posts what a payer has handed over: `AnsweredView`.
    Carry { order: String },
    /// Takes the answer that the payee shows: `OutcomeView`.
    Take { answer: String },
}

impl CarriedOperation {
    pub(super) const fn begins_something(&self) -> bool {
        matches!(self, Self::Confirm { .. } | Self::Carry { .. })
    }
}

/// A payment that waits for the payee to post it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CarriedView {
    pub(crate) payment: PaymentView,
    /// The frame.
    pub(crate) order: String,
}

/// What the verifier said to another's order.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AnsweredView {
    /// The frame to show back; absent for an answer that no frame holds.
    pub(crate) answer: Option<String>,
    /// How much was paid; absent when it was refused.
    pub(crate) amount: Option<AmountView>,
    /// Whether this wallet was paid.
    pub(crate) to_us: bool,
    /// Why it was refused.
    pub(crate) failure: Option<Failure>,
}

pub(super) async fn perform(wallet: &Wallet, operation: CarriedOperation) -> Result<Value, Failure> {
    match operation {
        CarriedOperation::Whole { id } => {
            let bytes = Bytes::new(wallet.whole_request(&request_id(&id)?)?).map_err(Error::from)?;
            value(&shown(&Frame::Whole(bytes))?)
        }
        CarriedOperation::Prepare { request, amount, memo: memo_text } => {
            let Frame::Whole(request) = frame(&request)? else {
                return Err(Error::from(WalletError::NotAPayee).into());
            };
            // What this wallet has heard before: nobody is asked.
            let read = |text: &String| Amount::parse(text, &wallet.assets()).map_err(Error::from);
            let amount = amount.as_ref().map(read).transpose()?;
            let memo = memo_text.as_deref().map(memo).transpose()?;
            value(&DraftView::from(&wallet.prepare_whole(request.as_slice(), amount, memo)?))
        }
        CarriedOperation::Confirm { id, shown } => {
            let shown = Digest::from_hex(&shown).ok_or(Error::Wallet(WalletError::NotWhatWasApproved))?;
            wallet.confirm_carried(Approval::from_parts(payment_id(&id)?, shown)).await?;
            Ok(Value::Null)
        }
        CarriedOperation::Show { id } => {
            let id = payment_id(&id)?;
            let order = Bytes::new(wallet.carried_order(&id)?.encode()).map_err(Error::from)?;
            let order = shown(&Frame::Carried(order))?;
            value(&CarriedView { payment: payments::view(wallet, &wallet.payment(&id)?)?, order })
        }
        CarriedOperation::Carry { order } => {
            let Frame::Carried(order) = frame(&order)? else { return Err(Error::from(WalletError::NotAPayee).into()) };
            let order = CarriedOrder::decode(order.as_slice()).map_err(Error::from)?;
            value(&answered(&wallet.carry(order).await?))
        }
        CarriedOperation::Take { answer } => {
            let Frame::Answer(answer) = frame(&answer)? else {
                return Err(Error::from(WalletError::NotAnAnswer).into());
            };
            value(&outcome(wallet, answer.as_slice())?)
        }
    }
}

fn frame(typed: &str) -> Result<Frame, Failure> {
    match text::recognise(typed).map_err(Error::from)? {
        Scanned::Frame(frame) => Ok(*frame),
        _ => Err(Failure::usage("this is no payment without network: it begins with FQ:, FC: or FS:")),
    }
}

fn shown(frame: &Frame) -> Result<String, Failure> {
    Ok(frame.text().map_err(Error::from)?)
}

fn answered(carried: &Carried) -> AnsweredView {
    let answer = Bytes::new(carried.answer.clone()).ok().and_then(|answer| Frame::Answer(answer).text().ok());
    match &carried.said {
        Said::Paid { amount, to_us, .. } => {
            AnsweredView { answer, amount: Some(amount.into()), to_us: *to_us, failure: None }
        }
        Said::Refused(error) => {
            AnsweredView { answer, amount: None, to_us: false, failure: Some(Failure::from(error.clone())) }
        }
    }
}

fn outcome(wallet: &Wallet, answer: &[u8]) -> Result<OutcomeView, Failure> {
    let outcome = wallet.take_answer(answer)?;
    payments::told(wallet, outcome)
}
