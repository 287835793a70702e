//! Paying without network a payee that has some: it posts what we have signed.

use super::Wallet;
use crate::convert;
use crate::failure::Failure;
use crate::offline::{self, CarriedPayment, CarriedReply, frame, shown};
use crate::records::{Draft, Money, Outcome, Payment};
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::store::PaymentId;
use farthing_protocol::carried::CarriedOrder;
use farthing_protocol::cbor::Bytes;
use farthing_protocol::offline::Frame;

#[uniffi::export]
impl Wallet {
    /// A request of ours as text, whole: for a payer that has no network to fetch what its link points to.
    pub async fn whole_request(&self, id: String) -> Result<String, Failure> {
        with_wallet!(self, |wallet| {
            let whole = Bytes::new(wallet.whole_request(&convert::request_id(&id)?)?)?;
            shown(&Frame::Whole(whole))
        })
    }

    /// Stores the draft of a payment to a whole request, for `confirm_carried`. Calls nobody.
    pub async fn prepare_whole(
        &self,
        request: String,
        amount: Option<Money>,
        memo: Option<String>,
    ) -> Result<Draft, Failure> {
        with_wallet!(self, |wallet| {
            let Frame::Whole(request) = frame(&request)? else { return Err(WalletError::NotAPayee.into()) };
            let amount = amount.as_ref().map(convert::amount).transpose()?;
            Ok(Draft::from(&wallet.prepare_whole(request.as_slice(), amount, convert::text(memo.as_ref())?)?))
        })
    }

    /// What the payee is to post, once more. Calls nobody.
    pub async fn carried_payment(&self, id: String) -> Result<CarriedPayment, Failure> {
        with_wallet!(self, |wallet| handed_over(wallet, &convert::payment_id(&id)?))
    }

    /// Posts what a payer without network has shown. A refusal is no failure: the payer wants to see it.
    pub async fn carry(&self, order: String) -> Result<CarriedReply, Failure> {
        with_wallet!(self, |wallet| {
            let Frame::Carried(order) = frame(&order)? else { return Err(WalletError::NotAPayee.into()) };
            Ok(offline::reply(wallet.carry(CarriedOrder::decode(order.as_slice())?).await?))
        })
    }

    /// Takes the verifier's answer, which the payee shows. Calls nobody.
    pub async fn take_answer(&self, answer: String) -> Result<Outcome, Failure> {
        with_wallet!(self, |wallet| {
            let Frame::Answer(answer) = frame(&answer)? else { return Err(WalletError::NotAnAnswer.into()) };
            let outcome = wallet.take_answer(answer.as_slice())?;
            convert::outcome(wallet, outcome)
        })
    }
}

/// What the payee is to post of a payment that was confirmed.
pub(super) fn handed_over(wallet: &farthing_core::Wallet, id: &PaymentId) -> Result<CarriedPayment, Error> {
    let order = Bytes::new(wallet.carried_order(id)?.encode())?;
    let text = shown(&Frame::Carried(order))?;
    Ok(CarriedPayment { payment: Payment::from(&wallet.payment(id)?), text })
}
