//! The person's yes, and the key in the phone's hardware that signs it.

use crate::failure::Failure;
use crate::offline::OfflineQuestion;
use crate::records::Draft;
use crate::tabs::TabDraft;
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::keys::vault::VaultError;
use farthing_protocol::key::PublicKey;
use std::sync::Arc;
use std::time::Duration;

/// A person who does not answer in this time does not. As long as a proposal can be signed.
pub(crate) const PATIENCE: Duration = Duration::from_millis(farthing_core::payment::authorise::APPROVAL_TIME.as_ms());

/// Why there is no yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ApprovalFailure {
    /// The person said no.
    #[error("declined")]
    Declined,
    /// Nobody answered.
    #[error("nobody answered")]
    TimedOut,
    /// The device is locked, or too many tries have locked the key.
    #[error("the key is locked")]
    Locked,
    /// The platform threw the key away, as when fingerprints change. The wallet receives, and cannot pay.
    #[error("the key was invalidated")]
    Invalidated,
    /// Anything else.
    #[error("the key is not available")]
    Unavailable,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for ApprovalFailure {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable
    }
}

impl From<ApprovalFailure> for VaultError {
    fn from(failure: ApprovalFailure) -> Self {
        match failure {
            ApprovalFailure::Declined => Self::Cancelled,
            ApprovalFailure::TimedOut => Self::TimedOut,
            ApprovalFailure::Locked => Self::Locked,
            ApprovalFailure::Invalidated => Self::KeyInvalidated,
            ApprovalFailure::Unavailable => {
                Self::Unavailable("the platform did not ask for the payment's authorisation".to_owned())
            }
        }
    }
}

impl From<ApprovalFailure> for Failure {
    fn from(failure: ApprovalFailure) -> Self {
        Error::from(VaultError::from(failure)).into()
    }
}

/// A yes.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Approved {
    /// By the person; the wallet signs with its own key.
    Confirmed,
    /// By the person, and signed by the key in hardware.
    Signed {
        /// An ES256 signature over the message: DER (RFC 3279), or r‖s.
        signature: Vec<u8>,
    },
}

/// Asks the person before a payment is signed, before money is set aside, and before what can be lost is taken.
///
/// It has two minutes for it; no lock is held meanwhile. When the call that asks is cancelled, so is this.
#[uniffi::export(foreign)]
#[async_trait::async_trait]
pub trait Approver: Send + Sync {
    /// The key in hardware that signs payments, when there is one: a point of P-256, uncompressed (SEC 1 §2.3.3, 65 bytes). It
    /// is asked when an account is made or restored, and the account's device has it from then on.
    ///
    /// # Errors
    /// Why the platform does not give it.
    fn spending_key(&self) -> Result<Option<Vec<u8>>, ApprovalFailure>;

    /// Shows a draft and asks. `message` is what the key in hardware is to sign, when the device has one: then only
    /// `Signed` is a yes, else only `Confirmed`.
    ///
    /// # Errors
    /// Why there is no yes.
    async fn approve(&self, draft: Draft, message: Option<Vec<u8>>) -> Result<Approved, ApprovalFailure>;

    /// The same, of a tab that is to be opened or changed.
    ///
    /// # Errors
    /// Why there is no yes.
    async fn approve_tab(&self, draft: TabDraft, message: Option<Vec<u8>>) -> Result<Approved, ApprovalFailure>;

    /// The same, of money without network. Only for an allowance is there ever something that the key in hardware is to sign.
    ///
    /// # Errors
    /// Why there is no yes.
    async fn approve_offline(
        &self,
        question: OfflineQuestion,
        message: Option<Vec<u8>>,
    ) -> Result<Approved, ApprovalFailure>;
}

/// The key that is to sign the payments of a device that is made now.
pub(crate) fn spending_key(approver: Option<&Arc<dyn Approver>>) -> Result<Option<PublicKey>, Error> {
    let point = approver.map_or(Ok(None), |approver| approver.spending_key()).map_err(VaultError::from)?;
    let key = point.map(|point| PublicKey::es256_from_sec1(&point)).transpose();
    Ok(key.map_err(|_| WalletError::ApprovalUnsigned)?)
}
