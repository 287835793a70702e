//! Proof: two vouchers that contradict each other, with all that shows whose they are. It convinces whoever knows the verifier's root.
//!
//! ```cddl
//! proof = {
//!   0: 1,
//!   1: signed,                ; verifier certificate of the key that signed the allowance
//!   2: bstr .size (0..220),   ; the allowance
//!   3: bstr .size (0..180),   ; a voucher of it
//!   4: bstr .size (0..180),   ; one that contradicts it
//!   ? 5: bstr .size (0..240), ; the request of member 3 …
//!   ? 6: bstr .size (0..240), ; … and of member 4, of one payee: where the payee's totals contradict each other
//! }
//! ```
//!
//! Nobody signs it: all that it holds is signed. It says that the phone with this key signed both, not why: a disk put back as it was
//! does it, too. It is a debt for what was bought, and no more.

use super::allowance::Allowance;
use super::contradict::{Contradiction, contradict, contradict_at_payee};
use super::request::OfflineRequest;
use super::voucher::OfflineVoucher;
use crate::cbor::{self, Bytes, V1};
use crate::cose::{Signed, SignedBytes, Verified};
use crate::error::{Malformed, Unverified};
use crate::id::VerifierId;
use crate::limits::{ALLOWANCE_MAX, OFFLINE_REQUEST_MAX, OFFLINE_VOUCHER_MAX, PROOF_MAX};
use crate::verifier_certificate::{VerifierCertificate, verify_chain};
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Proof {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The certificate of the key that signed the allowance.
    #[n(1)]
    pub certificate: SignedBytes,
    /// The allowance.
    #[n(2)]
    pub allowance: Bytes<ALLOWANCE_MAX>,
    /// A voucher of it.
    #[n(3)]
    pub one: Bytes<OFFLINE_VOUCHER_MAX>,
    /// One that contradicts it.
    #[n(4)]
    pub other: Bytes<OFFLINE_VOUCHER_MAX>,
    /// The request that `one` answers.
    #[n(5)]
    pub one_request: Option<Bytes<OFFLINE_REQUEST_MAX>>,
    /// The request that `other` answers.
    #[n(6)]
    pub other_request: Option<Bytes<OFFLINE_REQUEST_MAX>>,
}

/// A proof that holds.
#[derive(Clone, Debug)]
pub struct Proven {
    /// The allowance.
    pub allowance: Verified<Allowance>,
    /// A voucher of it.
    pub one: Verified<OfflineVoucher>,
    /// One that contradicts it.
    pub other: Verified<OfflineVoucher>,
    /// In what.
    pub contradiction: Contradiction,
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// A part is not what it should be.
    #[error("a part of it cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// A part is not signed by the key that it should be signed by.
    #[error("a part of it is not signed by whom it should be")]
    NotSigned,
    /// An honest wallet can have signed both.
    #[error("both payments can be honest")]
    NoContradiction,
}

impl From<Unverified> for Unproven {
    fn from(_: Unverified) -> Self {
        Self::NotSigned
    }
}

impl Proof {
    /// Its bytes, as a file holds them.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > PROOF_MAX {
            return Err(Malformed::TooLarge { limit: PROOF_MAX });
        }
        let read: Self = cbor::decode(bytes)?;
        if read.one_request.is_some() == read.other_request.is_some() {
            Ok(read)
        } else {
            Err(Malformed::Value("a proof has both requests, or none"))
        }
    }

    /// Checks that a payer of this verifier signed what cannot both be honest.
    ///
    /// # Errors
    /// [`Unproven`].
    pub fn prove(&self, verifier: &VerifierId) -> Result<Proven, Unproven> {
        let certificate = Signed::<VerifierCertificate>::parse(self.certificate.as_slice())?;
        let certificate = verify_chain(certificate, verifier)?;
        let allowance = Signed::<Allowance>::parse(self.allowance.as_slice())?.verify(&certificate.signing)?;
        if !allowance.is_within(&certificate) {
            return Err(Unproven::NotSigned);
        }
        let key = allowance.key.public();
        let voucher = |bytes: &Bytes<OFFLINE_VOUCHER_MAX>| -> Result<_, Unproven> {
            let voucher = Signed::<OfflineVoucher>::parse(bytes.as_slice())?.verify(&key)?;
            if voucher.allowance == allowance.allowance { Ok(voucher) } else { Err(Unproven::NotSigned) }
        };
        let (one, other) = (voucher(&self.one)?, voucher(&self.other)?);
        let found = match (&self.one_request, &self.other_request) {
            (Some(of_one), Some(of_other)) => {
                let (of_one, of_other) = (request(of_one, &one)?, request(of_other, &other)?);
                if of_one.payee != of_other.payee {
                    return Err(Unproven::NoContradiction);
                }
                contradict_at_payee(&one, &other)
            }
            _ => contradict(&one, &other),
        };
        let contradiction = found.ok_or(Unproven::NoContradiction)?;
        Ok(Proven { allowance, one, other, contradiction })
    }
}

/// The request that a voucher answers, signed by its payee.
fn request(bytes: &Bytes<OFFLINE_REQUEST_MAX>, voucher: &OfflineVoucher) -> Result<Verified<OfflineRequest>, Unproven> {
    let request = OfflineRequest::verify(Signed::parse(bytes.as_slice())?)?;
    if request.hash() == voucher.request { Ok(request) } else { Err(Unproven::NoContradiction) }
}
