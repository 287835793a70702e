//! The person's yes to what is done without network: to set an allowance aside, to pay from it, to take a payment, and to sign an order
//! that the payee posts.

use super::{Question, digest, said_yes, signature};
use crate::convert;
use crate::failure::Failure;
use crate::offline::{
    Allowance, AllowanceDraft, CarriedPayment, OfflineExamined, OfflineLook, OfflineOffer, OfflinePayment,
    OfflinePrompt, OfflineQuestion, TakenPayment, allowance_id,
};
use crate::records::Draft;
use crate::wallet::Wallet;
use crate::wallet::carried::handed_over;
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::offline::{
    AllowanceApproval, AllowanceProposal, AllowanceProposed, OfflineApproval, ShownPayment, ShownRequest, TakeApproval,
};
use farthing_core::payment::{Approval, Proposal, Proposed};
use farthing_core::store::PaymentId;

#[uniffi::export]
impl Wallet {
    /// Has the draft of an allowance approved as it was shown, stores what was signed, and begins to send it. The same draft gives
    /// the same allowance, however often it is confirmed.
    pub async fn confirm_allowance(&self, id: String, shown: String) -> Result<Allowance, Failure> {
        let id = convert::payment_id(&id)?;
        let approval = AllowanceApproval::from_parts(id, digest(&shown)?);
        if self.approver.is_none() {
            return self.confirmed_allowance(approval).await;
        }
        match self.allowance_question(approval, id).await? {
            Question::Confirmed(allowance) => Ok(*allowance),
            Question::Pay(draft) => {
                self.said_yes_to(OfflineQuestion::Allow { draft: *draft }).await?;
                self.confirmed_allowance(approval).await
            }
            Question::Sign(draft, proposal) => {
                let (question, message) = (OfflineQuestion::Allow { draft: *draft }, proposal.message().to_vec());
                let asked = self.ask(|approver| async move { approver.approve_offline(question, Some(message)).await });
                let agreed = proposal.signed(&signature(asked.await?)?)?;
                with_wallet!(self, |wallet| {
                    let id = wallet.confirm_allowance_signed(agreed).await?;
                    Allowance::of(&wallet.allowance(&id)?)
                })
            }
        }
    }

    /// Has what was looked at approved, and signs its payment, to be shown to the payee. Calls nobody. Asked again, it is the same
    /// payment. `allowance` and `shown` are the prompt's.
    pub async fn pay_offline(
        &self,
        request: String,
        allowance: String,
        shown: String,
    ) -> Result<OfflinePayment, Failure> {
        let approval = OfflineApproval::from_parts(
            ShownRequest::parse(request.trim())?,
            allowance_id(&allowance)?,
            digest(&shown)?,
        );
        if self.approver.is_some() {
            match self.payment_question(request, allowance, shown).await? {
                Asked::Before(payment) => return Ok(*payment),
                Asked::Now(prompt) => self.said_yes_to(OfflineQuestion::Pay { prompt: *prompt }).await?,
            }
        }
        with_wallet!(self, |wallet| OfflinePayment::of(&wallet.pay_offline(approval).await?))
    }

    /// Has what was examined approved, and takes it; it is stored when this returns. Calls nobody. `shown` is the offer's.
    pub async fn take_offline(&self, payment: String, shown: String) -> Result<TakenPayment, Failure> {
        let approval = TakeApproval::from_parts(ShownPayment::parse(payment.trim())?, digest(&shown)?);
        if self.approver.is_some() {
            match self.taking_question(payment, shown).await? {
                Asked::Before(taken) => return Ok(*taken),
                Asked::Now(offer) => self.said_yes_to(OfflineQuestion::Take { offer: *offer }).await?,
            }
        }
        with_wallet!(self, |wallet| TakenPayment::of(&wallet.take_offline(&approval)?))
    }

    /// Has a draft approved as it was shown, and signs and stores its payment for the payee to post. Calls nobody. The same draft
    /// gives the same payment, however often it is confirmed.
    pub async fn confirm_carried(&self, id: String, shown: String) -> Result<CarriedPayment, Failure> {
        let approval = Approval::from_parts(convert::payment_id(&id)?, digest(&shown)?);
        if self.approver.is_none() {
            return self.confirmed_carried(approval).await;
        }
        match self.carried_question(approval).await? {
            Question::Confirmed(payment) => Ok(*payment),
            Question::Pay(draft) => {
                said_yes(self.ask(|approver| async move { approver.approve(*draft, None).await }).await?)?;
                self.confirmed_carried(approval).await
            }
            Question::Sign(draft, proposal) => {
                let message = proposal.message().to_vec();
                let asked = self.ask(|approver| async move { approver.approve(*draft, Some(message)).await });
                let agreed = proposal.signed(&signature(asked.await?)?)?;
                with_wallet!(self, |wallet| handed_over(wallet, &wallet.confirm_carried_signed(agreed).await?))
            }
        }
    }
}

/// Whether somebody was asked before.
enum Asked<Before, Now> {
    Before(Box<Before>),
    Now(Box<Now>),
}

impl Wallet {
    /// A yes to which nothing is signed.
    async fn said_yes_to(&self, question: OfflineQuestion) -> Result<(), Failure> {
        said_yes(self.ask(|approver| async move { approver.approve_offline(question, None).await }).await?)
    }

    async fn confirmed_allowance(&self, approval: AllowanceApproval) -> Result<Allowance, Failure> {
        with_wallet!(self, |wallet| {
            let id = wallet.confirm_allowance(approval).await?;
            Allowance::of(&wallet.allowance(&id)?)
        })
    }

    async fn confirmed_carried(&self, approval: Approval) -> Result<CarriedPayment, Failure> {
        with_wallet!(self, |wallet| handed_over(wallet, &wallet.confirm_carried(approval).await?))
    }

    async fn allowance_question(
        &self,
        approval: AllowanceApproval,
        draft: PaymentId,
    ) -> Result<Question<AllowanceDraft, AllowanceProposal, Allowance>, Failure> {
        with_wallet!(self, |wallet| {
            let confirmed = |id| Ok(Question::Confirmed(Box::new(Allowance::of(&wallet.allowance(id)?)?)));
            // A person is not asked about what cannot be set aside.
            let proposal = match wallet.propose_allowance(approval).await? {
                AllowanceProposed::Already(id) => return confirmed(&id),
                AllowanceProposed::ToSign(proposal) => proposal,
            };
            let draft = match wallet.confirmed_allowance(&draft)? {
                // Confirmed by somebody else just now: the same draft gives the same allowance.
                Some(id) => return confirmed(&id),
                None => Box::new(AllowanceDraft::from(&wallet.allowance_draft(&draft)?)),
            };
            Ok(if wallet.signs_here() { Question::Pay(draft) } else { Question::Sign(draft, proposal) })
        })
    }

    async fn carried_question(&self, approval: Approval) -> Result<Question<Draft, Proposal, CarriedPayment>, Failure> {
        with_wallet!(self, |wallet| {
            let confirmed = |id| Ok(Question::Confirmed(Box::new(handed_over(wallet, id)?)));
            let proposal = match wallet.propose_carried(approval).await? {
                Proposed::Already(id) => return confirmed(&id),
                Proposed::ToSign(proposal) => proposal,
            };
            let draft = match wallet.draft(&approval.payment()) {
                Ok(draft) => Box::new(Draft::from(&draft)),
                Err(Error::Wallet(WalletError::NotADraft)) => return confirmed(&approval.payment()),
                Err(error) => return Err(error),
            };
            Ok(if wallet.signs_here() { Question::Pay(draft) } else { Question::Sign(draft, proposal) })
        })
    }

    async fn payment_question(
        &self,
        request: String,
        allowance: String,
        shown: String,
    ) -> Result<Asked<OfflinePayment, OfflinePrompt>, Failure> {
        Ok(match self.look_offline(request, Some(allowance)).await? {
            OfflineLook::Again { payment } => Asked::Before(Box::new(payment)),
            OfflineLook::New { prompt } if prompt.shown == shown => Asked::Now(Box::new(prompt)),
            OfflineLook::New { .. } => return Err(WalletError::NotWhatWasApproved.into()),
        })
    }

    async fn taking_question(
        &self,
        payment: String,
        shown: String,
    ) -> Result<Asked<TakenPayment, OfflineOffer>, Failure> {
        Ok(match self.examine_offline(payment).await? {
            OfflineExamined::Taken { payment } => Asked::Before(Box::new(payment)),
            OfflineExamined::Good { offer } if offer.shown == shown => Asked::Now(Box::new(offer)),
            OfflineExamined::Good { .. } => return Err(WalletError::NotWhatWasApproved.into()),
        })
    }
}
