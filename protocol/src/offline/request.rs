//! Offline request: what a payee without network asks for, whole in one QR code.
//!
//! ```cddl
//! offline-request = {
//!   0: 1,
//!   1: bstr .size 16,         ; challenge, 16 random bytes
//!   2: bstr .size 16,         ; the first 16 bytes of the verifier's identity
//!   3: bstr .size 32,         ; payee key, Ed25519
//!   4: amount,                ; more than zero
//!   5: time,                  ; expires
//!   ? 6: bstr .size 32,       ; details hash, where the payee shows memo, items or a name with it
//! }
//! ```
//!
//! Type `offline-request`, signed by the payee key inside it. One request, one voucher. It is named by its
//! hash, whatever the signature: a payee that signs it twice has made one request.

use crate::cbor::{V1, byte_newtype};
use crate::cose::{Object, Signed, Verified};
use crate::error::{Malformed, Unverified};
use crate::id::{DetailsHash, VerifierId};
use crate::key::BareKey;
use crate::money::Amount;
use crate::offline::Challenge;
use crate::time::Time;
use minicbor::{Decode, Encode};

byte_newtype!(
    /// The first half of a verifier's identity: which of its wallets a payer may pay from. Nothing rests on it that the allowance does
    /// not say again in full.
    VerifierPrefix, 16
);

impl From<&VerifierId> for VerifierPrefix {
    fn from(verifier: &VerifierId) -> Self {
        let mut first = [0; 16];
        for (to, from) in first.iter_mut().zip(verifier.as_bytes()) {
            *to = *from;
        }
        Self(first)
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OfflineRequest {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The payee's random bytes: a voucher answers this sale and no other.
    #[n(1)]
    pub challenge: Challenge,
    /// At which verifier the payee has its account.
    #[n(2)]
    pub verifier: VerifierPrefix,
    /// Who asks.
    #[n(3)]
    pub payee: BareKey,
    /// For how much.
    #[n(4)]
    pub amount: Amount,
    /// At this time or later no voucher is signed for it, nor taken.
    #[n(5)]
    pub expires: Time,
    /// Memo, items and names, salted and hashed: they are shown beside the request, and the verifier does not see them.
    #[n(6)]
    pub details: Option<DetailsHash>,
}

impl OfflineRequest {
    /// True when the payee has its account at this verifier, as far as the request says.
    #[must_use]
    pub fn is_at(&self, verifier: &VerifierId) -> bool {
        self.verifier == VerifierPrefix::from(verifier)
    }

    /// Checks that the payee key inside signed it.
    ///
    /// # Errors
    /// [`Unverified`].
    pub fn verify(request: Signed<Self>) -> Result<Verified<Self>, Unverified> {
        let payee = request.claims().payee.public();
        request.verify(&payee)
    }
}

impl Object for OfflineRequest {
    const TYPE: &'static str = "offline-request";

    fn check(&self) -> Result<(), Malformed> {
        if self.amount.is_zero() { Err(Malformed::Value("a request is for more than zero")) } else { Ok(()) }
    }
}
