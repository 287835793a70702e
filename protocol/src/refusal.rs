//! Refusal: the verifier's final word that an order was not and will never be applied (wire decision 7).
//!
//! ```cddl
//! refusal = {
//!   0: 1,
//!   1: uint,                  ; epoch
//!   2: time,
//!   3: bstr .size 32,         ; order hash
//!   4: uint,                  ; code, from the table of refusals
//!   5: bool,                  ; a new order could succeed
//!   6: tstr,                  ; a sentence for a person, in English
//!   ? 7: bstr,                ; the object that changed: with fee_changed, the new fee schedule
//! }
//! ```
//!
//! Type `refusal`, signed by the signing key. A program that does not know the code still knows that it is final, and whether a
//! new order could succeed.
//!
//! ```
//! use farthing_protocol::{cbor::V1, code::RefusalCode, cose::Signed, id::*, key::Ed25519Key, refusal::{Answer, Refusal}, text::Text, time::Time};
//! let code = RefusalCode::RequestUsed;
//! let refusal = Refusal {
//!     version: V1, epoch: Epoch::new(1), time: Time::from_ms(1), order: Digest::new([1; 32]), code: code.number(),
//!     retryable: code.is_retryable(), message: Text::new(code.message())?, attachment: None,
//! };
//! let bytes = Signed::sign(refusal, &Ed25519Key::from_seed([7; 32]))?.bytes().to_vec();
//! assert!(matches!(Answer::parse(&bytes)?, Answer::Refusal(r) if r.claims().code == 103));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::{Bytes, V1};
use crate::cose::{Object, Signed};
use crate::error::Malformed;
use crate::id::{Digest, Epoch};
use crate::key::Kid;
use crate::limits::REASON_MAX;
use crate::receipt::Receipt;
use crate::text::Text;
use crate::time::Time;
use minicbor::{Decode, Encode};

/// Largest object that a refusal carries: it must fit, signed, into a signed object.
pub const ATTACHMENT_MAX: usize = 4096;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Refusal {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The ledger's epoch.
    #[n(1)]
    pub epoch: Epoch,
    /// Ledger time of the decision.
    #[n(2)]
    pub time: Time,
    /// Which order was refused.
    #[n(3)]
    pub order: Digest,
    /// Why, see [`crate::code::RefusalCode`].
    #[n(4)]
    #[cbor(decode_with = "crate::cbor::number")]
    pub code: u16,
    /// A new order could succeed.
    #[n(5)]
    pub retryable: bool,
    /// A sentence for a person.
    #[n(6)]
    pub message: Text<REASON_MAX>,
    /// The object that changed.
    #[n(7)]
    pub attachment: Option<Bytes<ATTACHMENT_MAX>>,
}

impl Object for Refusal {
    const TYPE: &'static str = "refusal";

    fn check(&self) -> Result<(), Malformed> {
        // Also a code that this program does not know yet is from the table of refusals.
        if (100..200).contains(&self.code) { Ok(()) } else { Err(Malformed::Value("a refusal's code is 100 to 199")) }
    }
}

/// A signed answer to an order: final, either way.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It was applied.
    Receipt(Signed<Receipt>),
    /// It was refused.
    Refusal(Signed<Refusal>),
}

impl Answer {
    /// Reads either object. Their members differ, so at most one of them parses; the signature then binds the type.
    ///
    /// # Errors
    /// [`Malformed`] when it is neither.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        match Signed::<Receipt>::parse(bytes) {
            Ok(receipt) => Ok(Self::Receipt(receipt)),
            Err(_) => Signed::<Refusal>::parse(bytes).map(Self::Refusal),
        }
    }

    /// The key that it says it is signed by.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        match self {
            Self::Receipt(receipt) => receipt.kid(),
            Self::Refusal(refusal) => refusal.kid(),
        }
    }
}
