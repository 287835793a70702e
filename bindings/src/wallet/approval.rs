//! Confirming a draft: with a person's yes where somebody asks for it, and by a key in hardware where there is one.
//!
//! The caller waits for the person itself. When it goes away, the question goes with it, and a draft is left. What comes after the
//! yes is done to its end.

use super::{Wallet, closed};
use crate::approval::{ApprovalFailure, Approved, PATIENCE};
use crate::convert;
use crate::failure::Failure;
use crate::records::{Draft, Payment};
use crate::runtime::while_wanted;
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::payment::{Approval, Proposed};
use farthing_protocol::id::Digest;
use std::sync::Arc;

/// What the person is asked.
enum Question {
    /// Nothing: it was confirmed before.
    Confirmed(Box<Payment>),
    /// Whether to pay; the key is here.
    Pay(Box<Draft>),
    /// Whether to sign.
    Sign(Box<Draft>, Box<farthing_core::payment::Proposal>),
}

#[uniffi::export]
impl Wallet {
    /// Has a draft approved as it was shown, stores the signed payment, and begins to send it. The same draft gives the same
    /// payment, however often it is confirmed.
    pub async fn confirm(&self, id: String, shown: String) -> Result<Payment, Failure> {
        let shown = Digest::from_hex(&shown).ok_or(WalletError::NotWhatWasApproved)?;
        let approval = Approval::from_parts(convert::payment_id(&id)?, shown);
        if self.approver.is_none() {
            return self.confirmed(approval).await;
        }
        match self.question(approval).await? {
            Question::Confirmed(payment) => Ok(*payment),
            Question::Pay(draft) => match self.ask(*draft, None).await? {
                Approved::Confirmed => self.confirmed(approval).await,
                Approved::Signed { .. } => Err(WalletError::ApprovalUnsigned.into()),
            },
            Question::Sign(draft, proposal) => match self.ask(*draft, Some(proposal.message().to_vec())).await? {
                Approved::Confirmed => Err(WalletError::ApprovalUnsigned.into()),
                Approved::Signed { signature } => {
                    let agreed = proposal.signed(&signature)?;
                    with_wallet!(self, |wallet| {
                        let id = wallet.confirm_signed(agreed).await?;
                        Ok(Payment::from(&wallet.payment(&id)?))
                    })
                }
            },
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

    async fn question(&self, approval: Approval) -> Result<Question, Failure> {
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

    /// No lock is held while the person decides.
    async fn ask(&self, draft: Draft, message: Option<Vec<u8>>) -> Result<Approved, Failure> {
        let approver = self.approver.as_ref().map(Arc::clone).ok_or_else(|| Error::from(WalletError::Internal))?;
        let mut closing = self.closing.subscribe();
        while_wanted(async move {
            tokio::select! {
                biased;
                _ = closing.wait_for(|closing| *closing) => Err(closed()),
                answer = tokio::time::timeout(PATIENCE, approver.approve(draft, message)) => {
                    Ok(answer.unwrap_or(Err(ApprovalFailure::TimedOut))?)
                }
            }
        })
        .await
    }
}
