//! Contradiction: two checkpoints of one verifier that cannot both be of one ledger. It convinces whoever knows the root's hash.
//!
//! ```cddl
//! contradiction = {
//!   0: 1,
//!   1: [1*4 signed],          ; verifier certificates of the keys that signed
//!   2: signed,                ; a checkpoint
//!   3: signed,                ; one of the same epoch that has no room for it
//!   ? 4: signed,              ; the one that member 3 names as its previous
//! }
//! ```
//!
//! Nobody signs it: all that it holds is signed by the verifier. It proves two histories in one of two ways.
//!
//! ```text
//! one place, two checkpoints            left out of the chain
//!      ┌─ 2  (epoch, first seq)              4 ◀───────────── 3        3 names 4 as the one before it,
//!  ────┤                                       first seq  ▲            and 2 stands between them
//!      └─ 3  the same                                     2
//! ```
//!
//! A verifier signs one checkpoint at a place, and each is named by the next of its epoch. A restore opens another epoch, with
//! another key, so an honest one never makes such a pair.

use crate::cbor::{self, V1};
use crate::checkpoint::Checkpoint;
use crate::cose::{Signed, SignedBytes, Verified};
use crate::error::Malformed;
use crate::id::VerifierId;
use crate::limits::SIGNED_MAX;
use crate::verifier_certificate::{VerifierCertificate, verify_chain};
use minicbor::{Decode, Encode};

/// Certificates that one needs at most: of each checkpoint its own.
const CERTIFICATES_MAX: usize = 4;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Contradiction {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Certificates of the keys that signed.
    #[n(1)]
    pub certificates: Vec<SignedBytes>,
    /// A checkpoint.
    #[n(2)]
    pub one: SignedBytes,
    /// One that has no room for it.
    #[n(3)]
    pub other: SignedBytes,
    /// The one that `other` names as its previous.
    #[n(4)]
    pub before: Option<SignedBytes>,
}

/// A contradiction that holds.
#[derive(Clone, Debug)]
pub struct Proven {
    /// A checkpoint.
    pub one: Verified<Checkpoint>,
    /// One that has no room for it.
    pub other: Verified<Checkpoint>,
}

/// Why a contradiction proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// A part is not what it should be.
    #[error("a part of it cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// A part is not signed by this verifier.
    #[error("it holds something that this verifier did not sign")]
    NotSigned,
    /// All of it can be of one ledger.
    #[error("its checkpoints do not contradict each other")]
    NoContradiction,
}

impl Contradiction {
    /// Puts together what proves it. Whether it does, [`Self::prove`] says.
    ///
    /// # Errors
    /// [`Malformed::TooLarge`], which no objects that were read can cause.
    pub fn new(
        certificates: &[Verified<VerifierCertificate>],
        one: &Verified<Checkpoint>,
        other: &Verified<Checkpoint>,
        before: Option<&Verified<Checkpoint>>,
    ) -> Result<Self, Malformed> {
        let parts = [Some(one), Some(other), before];
        let signed = |c: &&Verified<VerifierCertificate>| {
            parts.iter().flatten().any(|part| part.signed().kid() == c.signing.kid() && part.is_within(c))
        };
        let certificates = certificates.iter().filter(signed).take(CERTIFICATES_MAX);
        Ok(Self {
            version: V1,
            certificates: certificates.map(|c| SignedBytes::new(c.bytes().to_vec())).collect::<Result<_, _>>()?,
            one: SignedBytes::new(one.bytes().to_vec())?,
            other: SignedBytes::new(other.bytes().to_vec())?,
            before: before.map(|part| SignedBytes::new(part.bytes().to_vec())).transpose()?,
        })
    }

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
        if bytes.len() > SIGNED_MAX {
            return Err(Malformed::TooLarge { limit: SIGNED_MAX });
        }
        let read: Self = cbor::decode(bytes)?;
        if (1..=CERTIFICATES_MAX).contains(&read.certificates.len()) {
            Ok(read)
        } else {
            Err(Malformed::Value("a contradiction has 1 to 4 certificates"))
        }
    }

    /// Checks that this verifier signed two histories.
    ///
    /// # Errors
    /// [`Unproven`].
    pub fn prove(&self, verifier: &VerifierId) -> Result<Proven, Unproven> {
        let mut certificates = Vec::new();
        for bytes in &self.certificates {
            let certificate = Signed::<VerifierCertificate>::parse(bytes.as_slice())?;
            certificates.push(verify_chain(certificate, verifier).map_err(|_| Unproven::NotSigned)?);
        }
        let signed = |bytes: &SignedBytes| {
            let signed = Signed::<Checkpoint>::parse(bytes.as_slice())?;
            let may = |c: &&Verified<VerifierCertificate>| {
                c.signing.kid() == signed.kid() && signed.claims().is_within(c) && signed.claims().verifier == *verifier
            };
            let key = certificates.iter().find(may).ok_or(Unproven::NotSigned)?.signing;
            signed.verify(&key).map_err(|_| Unproven::NotSigned)
        };
        let (one, other) = (signed(&self.one)?, signed(&self.other)?);
        let before = self.before.as_ref().map(signed).transpose()?;
        if contradict(&one, &other, before.as_ref()) {
            Ok(Proven { one, other })
        } else {
            Err(Unproven::NoContradiction)
        }
    }
}

/// Whether no ledger has all of these. `before` is the one that `other` names, where that is needed.
#[must_use]
pub fn contradict(
    one: &Verified<Checkpoint>,
    other: &Verified<Checkpoint>,
    before: Option<&Verified<Checkpoint>>,
) -> bool {
    if one.verifier != other.verifier || one.epoch != other.epoch || one.hash() == other.hash() {
        return false;
    }
    let opening = |checkpoint: &Checkpoint| checkpoint.roots.is_empty();
    // One epoch is opened once; and at one place the ledger is sealed once.
    if opening(one) && opening(other) {
        return true;
    }
    if opening(one) || opening(other) {
        return false;
    }
    let Some(before) = before else { return one.first_seq == other.first_seq };
    other.previous == Some(before.hash())
        && before.verifier == one.verifier
        && before.epoch == one.epoch
        && before.hash() != one.hash()
        && before.first_seq < one.first_seq
        && one.first_seq < other.first_seq
}
