//! What can be wrong with bytes from elsewhere, and with a signature over them.
//!
//! ```
//! use farthing_protocol::{Malformed, cose::Signed, head::Head};
//! assert_eq!(Signed::<Head>::parse(&[0x84]).unwrap_err(), Malformed::Truncated);
//! assert_eq!(Malformed::Truncated.kind(), "truncated");
//! ```

use crate::key::Kid;

/// Bytes that are not a valid object. Nothing of them was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// Not well-formed CBOR, a wrong type, or a member that is missing.
    #[error("not well-formed, or a member is missing or of the wrong type")]
    Cbor,
    /// The bytes end before the object does.
    #[error("the bytes end too early")]
    Truncated,
    /// Well-formed, but not the one deterministic encoding: order, lengths, duplicate or unknown members.
    #[error("not the deterministic encoding, or an unknown member")]
    NotCanonical,
    /// An object of a version that this program does not know.
    #[error("an unknown version of the object; a newer program may read it")]
    UnknownVersion,
    /// More bytes than an object of this type may have.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Text that is not NFC, too long, or holds control or bidirectional characters.
    #[error("text that is too long, not NFC, or holds control characters")]
    Text,
    /// A COSE header other than exactly `{alg, kid}`, or an algorithm outside the profile.
    #[error("a COSE header outside the profile")]
    Header,
    /// A public key that is not of the profile's shape.
    #[error("not a public key of the profile")]
    Key,
    /// A value outside its limits; the text names it.
    #[error("{0}")]
    Value(&'static str),
    /// A sealed message that is not for this key, or was altered.
    #[error("sealed for another key, or altered")]
    CannotOpen,
}

impl Malformed {
    /// The stable name, in snake case, by which vectors and the specification (chapter 17) know the fault.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Cbor => "cbor",
            Self::Truncated => "truncated",
            Self::NotCanonical => "not_canonical",
            Self::UnknownVersion => "unknown_version",
            Self::TooLarge { .. } => "too_large",
            Self::Text => "text",
            Self::Header => "header",
            Self::Key => "key",
            Self::Value(_) => "value",
            Self::CannotOpen => "cannot_open",
        }
    }
}

/// A well-formed object that the given key does not vouch for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unverified {
    /// The object names another key.
    #[error("signed by key {found}, expected {expected}")]
    WrongKey {
        /// The key that was expected.
        expected: Kid,
        /// The key that the object names.
        found: Kid,
    },
    /// The header's algorithm is not that of the key's own record.
    #[error("the algorithm is not the key's")]
    WrongAlgorithm,
    /// An ES256 signature with s > n/2, of which everybody can make the twin.
    #[error("an ES256 signature with high s")]
    HighS,
    /// The signature does not match.
    #[error("the signature does not match")]
    BadSignature,
}

impl Unverified {
    /// The stable name, in snake case, by which vectors and the specification (chapter 17) know the fault.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::WrongKey { .. } => "wrong_key",
            Self::WrongAlgorithm => "wrong_algorithm",
            Self::HighS => "high_s",
            Self::BadSignature => "bad_signature",
        }
    }
}

/// A signature could not be made. The reason stays with the signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signing key could not be used")]
pub struct SignError;

impl From<Malformed> for minicbor::decode::Error {
    fn from(fault: Malformed) -> Self {
        Self::custom(fault)
    }
}
