//! Verifier certificate: the root key names a signing key and an HPKE key.
//!
//! ```cddl
//! verifier-certificate = {
//!   0: 1,                     ; version
//!   1: public-key,            ; root key; its thumbprint is the verifier's identity
//!   2: uint,                  ; serial; a higher one supersedes
//!   3: public-key,            ; signing key
//!   4: bstr .size 32,         ; HPKE key (X25519)
//!   5: uint,                  ; epoch in which the signing key signs
//!   6: uint,                  ; first seq it may sign
//!   7: time, 8: time,         ; not before, not after
//! }
//! ```
//!
//! Type `verifier-certificate`, signed by the root key, which can stay offline afterwards.
//!
//! ```
//! use farthing_protocol::{Unverified, cbor::V1, cose::Signed, id::*, key::*, sealed::HpkeKey, time::Time, verifier_certificate::*};
//! let (root, signing) = (Ed25519Key::from_seed([1; 32]), Ed25519Key::from_seed([2; 32]));
//! let certificate = VerifierCertificate {
//!     version: V1, root: *root.public(), serial: Counter::new(1), signing: *signing.public(),
//!     hpke: *HpkeKey::from_seed(&[3; 32]).public(), epoch: Epoch::new(1), first_seq: Seq::new(1),
//!     not_before: Time::from_ms(0), not_after: Time::MAX,
//! };
//! let signed = Signed::sign(certificate, &root)?;
//! assert!(verify_chain(signed.clone(), &root.public().verifier_id()).is_ok());
//! assert!(matches!(verify_chain(signed, &VerifierId::new([9; 32])), Err(Unverified::WrongKey { .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::V1;
use crate::cose::{Object, Signed, Verified};
use crate::error::{Malformed, Unverified};
use crate::id::{Counter, Epoch, Seq, VerifierId};
use crate::key::{HpkePublicKey, PublicKey};
use crate::time::Time;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct VerifierCertificate {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The root key.
    #[n(1)]
    pub root: PublicKey,
    /// A higher serial supersedes.
    #[n(2)]
    pub serial: Counter,
    /// The key that signs receipts, refusals, heads, checkpoints and fee schedules.
    #[n(3)]
    pub signing: PublicKey,
    /// The key that orders can be sealed to.
    #[n(4)]
    pub hpke: HpkePublicKey,
    /// The epoch in which the signing key signs.
    #[n(5)]
    pub epoch: Epoch,
    /// The first ledger position it may sign.
    #[n(6)]
    pub first_seq: Seq,
    /// Valid from this time on.
    #[n(7)]
    pub not_before: Time,
    /// Not valid at this time or later.
    #[n(8)]
    pub not_after: Time,
}

impl Object for VerifierCertificate {
    const TYPE: &'static str = "verifier-certificate";

    fn check(&self) -> Result<(), Malformed> {
        if self.not_before < self.not_after { Ok(()) } else { Err(Malformed::Value("the certificate is never valid")) }
    }
}

/// Checks a certificate against the pinned identity: the root key must have the pinned hash, and must
/// have signed. There is no other way to trust a verifier (wire decision 3).
///
/// # Errors
/// [`Unverified::WrongKey`] for another root, otherwise what the signature says.
pub fn verify_chain(
    certificate: Signed<VerifierCertificate>,
    pinned: &VerifierId,
) -> Result<Verified<VerifierCertificate>, Unverified> {
    let root = certificate.claims().root;
    if root.verifier_id() != *pinned {
        let expected = crate::key::Kid::from_slice(pinned.as_bytes().get(..8).unwrap_or_default());
        return Err(Unverified::WrongKey { expected: expected.unwrap_or(root.kid()), found: root.kid() });
    }
    certificate.verify(&root)
}
