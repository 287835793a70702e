//! Paying without network: the payee posts what the payer has signed.

use super::Wallet;
use crate::error::{Error, WalletError};
use crate::payment::carried::{hand_over, prepare_whole, take_answer};
use crate::payment::{Agreed, Approval, Authorise, Carried, Carry, Draft, Outcome, Propose, Proposed};
use crate::store::PaymentId;
use crate::sync::PullEntries;
use farthing_protocol::carried::CarriedOrder;
use farthing_protocol::details::Memo;
use farthing_protocol::money::Amount;
use farthing_protocol::request::RequestId;

impl Wallet {
    /// A request of ours, whole: for a payer who has no network to fetch what its link points to.
    ///
    /// # Errors
    /// [`WalletError::RequestIdUnknown`].
    pub fn whole_request(&self, id: &RequestId) -> Result<Vec<u8>, Error> {
        let record = self.inner.engine().store().request(id)?.ok_or(WalletError::RequestIdUnknown)?;
        Ok(record.bytes.into_vec())
    }

    /// Prepares a payment to a request that is here as a whole. Calls nobody.
    ///
    /// # Errors
    /// Why it cannot be paid; nothing was signed.
    pub fn prepare_whole(&self, request: &[u8], amount: Option<Amount>, memo: Option<Memo>) -> Result<Draft, Error> {
        let id = prepare_whole(&mut self.inner.engine(), request, amount, memo, self.inner.clocks.now())?;
        self.draft(&id)
    }

    /// Signs an approved draft for the payee to post. Calls nobody: the payee may post it, or `sync`, and it is paid once.
    ///
    /// # Errors
    /// Why not; then it is still a draft.
    pub async fn confirm_carried(&self, approval: Approval) -> Result<PaymentId, Error> {
        self.run(Authorise::carried(approval)).await
    }

    /// Makes the order of an approved draft, to be signed by the key in hardware, for the payee to post. Calls nobody, and stores nothing.
    ///
    /// # Errors
    /// Why there can be none.
    pub async fn propose_carried(&self, approval: Approval) -> Result<Proposed, Error> {
        self.run(Propose::carried(approval)).await
    }

    /// Stores what was proposed and signed, for the payee to post. Calls nobody.
    ///
    /// # Errors
    /// Why not; then it is still a draft.
    pub async fn confirm_carried_signed(&self, agreed: Agreed) -> Result<PaymentId, Error> {
        self.run(Authorise::carried_agreed(agreed)).await
    }

    /// What the payee is to post: a payment that was confirmed and is not decided, sealed to the verifier.
    ///
    /// # Errors
    /// [`WalletError::PaymentUnknown`], [`WalletError::NotADraft`] for one that is over.
    pub fn carried_order(&self, id: &PaymentId) -> Result<CarriedOrder, Error> {
        hand_over(&mut self.inner.engine(), id)
    }

    /// Posts an order that a payer without network has handed over, and reads the entry that it made.
    ///
    /// # Errors
    /// Why it was not decided; it can be brought again. A refusal is no error: the payer wants to see it.
    pub async fn carry(&self, order: CarriedOrder) -> Result<Carried, Error> {
        let carried = self.run(Carry::new(order)).await?;
        // The receipt is enough to deliver for; the entry is for the history, and comes with the next sync otherwise.
        let _ = self.run(PullEntries::new()).await;
        Ok(carried)
    }

    /// Takes the verifier's answer from the payee's phone. Calls nobody.
    ///
    /// # Errors
    /// [`WalletError::NotAnAnswer`], [`WalletError::VerifierMisbehaved`].
    pub fn take_answer(&self, answer: &[u8]) -> Result<Outcome, Error> {
        let outcome = take_answer(&mut self.inner.engine(), answer)?;
        self.inner.changed.notify_waiters();
        Ok(outcome)
    }
}
