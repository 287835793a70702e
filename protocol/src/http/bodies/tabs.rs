//! Bodies of claims: many holds in one call.
//!
//! ```cddl
//! claims-body = [claims: [1*64 signed]]
//! claim-outcomes = [outcomes: [1*64 outcome]]        ; in the order of the claims
//! outcome = [1, claim-receipt: signed] / [2, refusal: signed] / [3, problem: 200..299]
//! ```
//!
//! A call with several claims is no claim of its own: each is decided by itself, as if it had come alone, and may come again in
//! another company.

use super::decodes;
use crate::cose::SignedBytes;
use crate::limits::{CALL_BODY_MAX, CLAIMS_PER_CALL, REPLY_BODY_MAX};
use minicbor::{Decode, Encode};

/// Claims of one account, or of several.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ClaimsBody {
    /// Signed `claim`s.
    #[n(0)]
    pub claims: Vec<SignedBytes>,
}

/// What became of each of them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ClaimOutcomes {
    /// As many as claims were sent, in their order.
    #[n(0)]
    pub outcomes: Vec<ClaimOutcome>,
}

/// What became of one claim.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum ClaimOutcome {
    /// It was applied, or changed nothing: a signed `claim-receipt`.
    #[n(1)]
    Receipt(#[n(0)] SignedBytes),
    /// It was refused, for ever: a signed `refusal`.
    #[n(2)]
    Refusal(#[n(0)] SignedBytes),
    /// Nothing was decided: the number of a [`crate::code::ProblemCode`], which this program may not know yet.
    #[n(3)]
    Problem(
        #[n(0)]
        #[cbor(decode_with = "crate::cbor::number")]
        u16,
    ),
}

impl ClaimOutcome {
    fn is_in_limits(&self) -> bool {
        match self {
            Self::Receipt(_) | Self::Refusal(_) => true,
            Self::Problem(number) => (200..300).contains(number),
        }
    }
}

decodes! {
    ClaimsBody (CALL_BODY_MAX): |b| (1..=CLAIMS_PER_CALL).contains(&b.claims.len());
    ClaimOutcomes (REPLY_BODY_MAX): |b| {
        (1..=CLAIMS_PER_CALL).contains(&b.outcomes.len()) && b.outcomes.iter().all(ClaimOutcome::is_in_limits)
    };
}
