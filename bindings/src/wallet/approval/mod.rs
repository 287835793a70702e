//! Confirming a draft: with a person's yes where somebody asks for it, and by a key in hardware where there is one.
//!
//! The caller waits for the person itself. When it goes away, the question goes with it, and a draft is left. What comes after the
//! yes is done to its end.

mod offline;

use super::{Wallet, closed};
use crate::approval::{ApprovalFailure, Approved, Approver, PATIENCE};
use crate::convert;
use crate::failure::Failure;
use crate::records::{Draft, Payment};
use crate::runtime::while_wanted;
use crate::tabs::{Tab, TabDraft, tab_id};
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::payment::{Approval, Proposal, Proposed};
use farthing_core::tab::{TabApproval, TabProposal, TabProposed};
use farthing_protocol::id::Digest;
use std::sync::Arc;

/// What the person is asked.
enum Question<Draft, Proposal, Done> {
    /// Nothing: it was confirmed before.
    Confirmed(Box<Done>),
    /// Whether to pay; the key is here.
    Pay(Box<Draft>),
    /// Whether to sign.
    Sign(Box<Draft>, Box<Proposal>),
}

#[uniffi::export]
impl Wallet {
    /// Has a draft approved as it was shown, stores the signed payment, and begins to send it. The same draft gives the same
    /// payment, however often it is confirmed.
    pub async fn confirm(&self, id: String, shown: String) -> Result<Payment, Failure> {
        let approval = Approval::from_parts(convert::payment_id(&id)?, digest(&shown)?);
        if self.approver.is_none() {
            return self.confirmed(approval).await;
        }
        match self.question(approval).await? {
            Question::Confirmed(payment) => Ok(*payment),
            Question::Pay(draft) => {
                said_yes(self.ask(|approver| async move { approver.approve(*draft, None).await }).await?)?;
                self.confirmed(approval).await
            }
            Question::Sign(draft, proposal) => {
                let message = proposal.message().to_vec();
                let asked = self.ask(|approver| async move { approver.approve(*draft, Some(message)).await });
                let agreed = proposal.signed(&signature(asked.await?)?)?;
                with_wallet!(self, |wallet| {
                    let id = wallet.confirm_signed(agreed).await?;
                    Ok(Payment::from(&wallet.payment(&id)?))
                })
            }
        }
    }

    /// Has the draft of a tab, or of a change, approved as it was shown, stores what was signed, and begins to send it. The same
    /// draft gives the same tab, however often it is confirmed.
    pub async fn confirm_tab(&self, id: String, shown: String) -> Result<Tab, Failure> {
        let approval = TabApproval::from_parts(tab_id(&id)?, digest(&shown)?);
        if self.approver.is_none() {
            return self.confirmed_tab(approval).await;
        }
        match self.tab_question(approval).await? {
            Question::Confirmed(tab) => Ok(*tab),
            Question::Pay(draft) => {
                said_yes(self.ask(|approver| async move { approver.approve_tab(*draft, None).await }).await?)?;
                self.confirmed_tab(approval).await
            }
            Question::Sign(draft, proposal) => {
                let message = proposal.message().to_vec();
                let asked = self.ask(|approver| async move { approver.approve_tab(*draft, Some(message)).await });
                let agreed = proposal.signed(&signature(asked.await?)?)?;
                with_wallet!(self, |wallet| {
                    let id = wallet.confirm_tab_signed(agreed).await?;
                    Ok(Tab::from(&wallet.tab(&id)?))
                })
            }
        }
    }
}

impl Wallet {
    async fn confirmed(&self, approval: Approval) -> Result<Payment, Failure> {
        with_wallet!(self, |wallet| {
            let id = wallet.confirm(approval).await?;
            Ok(Payment::from(&wallet.payment(&id)?))
        })
    }

    async fn confirmed_tab(&self, approval: TabApproval) -> Result<Tab, Failure> {
        with_wallet!(self, |wallet| {
            let id = wallet.confirm_tab(approval).await?;
            Ok(Tab::from(&wallet.tab(&id)?))
        })
    }

    async fn question(&self, approval: Approval) -> Result<Question<Draft, Proposal, Payment>, Failure> {
        with_wallet!(self, |wallet| {
            let id = approval.payment();
            let confirmed = |id| Ok(Question::Confirmed(Box::new(Payment::from(&wallet.payment(id)?))));
            // A person is not asked about what cannot be paid.
            let proposal = match wallet.propose(approval).await? {
                Proposed::Already(id) => return confirmed(&id),
                Proposed::ToSign(proposal) => proposal,
            };
            let draft = match wallet.draft(&id) {
                Ok(draft) => Box::new(Draft::from(&draft)),
                // Confirmed by somebody else just now: the same draft gives the same payment.
                Err(Error::Wallet(WalletError::NotADraft)) => return confirmed(&id),
                Err(error) => return Err(error),
            };
            Ok(if wallet.signs_here() { Question::Pay(draft) } else { Question::Sign(draft, proposal) })
        })
    }

    async fn tab_question(&self, approval: TabApproval) -> Result<Question<TabDraft, TabProposal, Tab>, Failure> {
        with_wallet!(self, |wallet| {
            let id = approval.tab();
            let confirmed = |id| Ok(Question::Confirmed(Box::new(Tab::from(&wallet.tab(id)?))));
            let proposal = match wallet.propose_tab(approval).await? {
                TabProposed::Already(id) => return confirmed(&id),
                TabProposed::ToSign(proposal) => proposal,
            };
            let draft = match wallet.tab_draft(&id) {
                Ok(draft) => Box::new(TabDraft::from(&draft)),
                Err(Error::Wallet(WalletError::NotADraft)) => return confirmed(&id),
                Err(error) => return Err(error),
            };
            Ok(if wallet.signs_here() { Question::Pay(draft) } else { Question::Sign(draft, proposal) })
        })
    }

    /// No lock is held while the person decides.
    async fn ask<Asked>(
        &self,
        ask: impl FnOnce(Arc<dyn Approver>) -> Asked + Send + 'static,
    ) -> Result<Approved, Failure>
    where
        Asked: Future<Output = Result<Approved, ApprovalFailure>> + Send + 'static,
    {
        let approver = self.approver.as_ref().map(Arc::clone).ok_or_else(|| Error::from(WalletError::Internal))?;
        let mut closing = self.closing.subscribe();
        while_wanted(async move {
            tokio::select! {
                biased;
                _ = closing.wait_for(|closing| *closing) => Err(closed()),
                answer = tokio::time::timeout(PATIENCE, ask(approver)) => {
                    Ok(answer.unwrap_or(Err(ApprovalFailure::TimedOut))?)
                }
            }
        })
        .await
    }
}

fn digest(shown: &str) -> Result<Digest, Failure> {
    Digest::from_hex(shown).ok_or_else(|| WalletError::NotWhatWasApproved.into())
}

/// Where the wallet's own key signs, a signature is no yes.
fn said_yes(approved: Approved) -> Result<(), Failure> {
    match approved {
        Approved::Confirmed => Ok(()),
        Approved::Signed { .. } => Err(WalletError::ApprovalUnsigned.into()),
    }
}

/// Where the key in hardware signs, only a signature is a yes.
fn signature(approved: Approved) -> Result<Vec<u8>, Failure> {
    match approved {
        Approved::Confirmed => Err(WalletError::ApprovalUnsigned.into()),
        Approved::Signed { signature } => Ok(signature),
    }
}
