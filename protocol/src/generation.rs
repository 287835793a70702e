//! Generations: how a copy of a wallet's folder is noticed (wire decision 19).
//!
//! ```cddl
//! generation = { act,
//!   6: uint,                  ; number: how often the folder was opened to write
//!   7: bstr .size 16,         ; mark: random, fresh with each number
//!   ? 8: true,                ; this device's one-time handles in stock are dropped
//! }
//! ```
//!
//! Type `generation`, a session act ([`crate::act`]). The verifier keeps the highest of each device; a lower number, or the
//! same with another mark, comes from a copy. Two copies that both went on have the same number, but not the same mark.
//!
//! ```
//! use farthing_protocol::generation::{Generation, GenerationNumber, Mark};
//! let generation = |number, mark| Generation { number: GenerationNumber::new(number), mark: Mark::new([mark; 16]) };
//! assert!(generation(4, 1).may_follow(&generation(3, 9)));
//! assert!(generation(3, 9).may_follow(&generation(3, 9)), "the same again");
//! assert!(!generation(3, 8).may_follow(&generation(3, 9)), "a copy that was opened as often");
//! ```

use crate::act::act;
use crate::cbor::{Yes, byte_newtype, counter_newtype};
use crate::id::random;
use minicbor::{Decode, Encode};

counter_newtype!(
    /// Counts how often a wallet's folder was opened to write.
    GenerationNumber
);
byte_newtype!(
    /// Random bytes, fresh with each number, by which two copies of one folder differ.
    Mark, 16
);
random!(Mark);

/// A number with its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Generation {
    /// The number.
    #[n(0)]
    pub number: GenerationNumber,
    /// Its mark.
    #[n(1)]
    pub mark: Mark,
}

impl Generation {
    /// True when this is `known` again, or later; anything else comes from an old copy.
    #[must_use]
    pub fn may_follow(&self, known: &Self) -> bool {
        self.number > known.number || self == known
    }
}

act! {
    /// Tells the verifier a device's generation.
    GenerationAct = "generation", |_| Ok(());
    {
        /// How often the folder was opened to write.
        #[n(6)]
        number: GenerationNumber,
        /// Random, fresh with each number.
        #[n(7)]
        mark: Mark,
        /// The device's one-time handles in stock are dropped: the other copy knows their keys, too, and could bind them.
        #[n(8)]
        drop_stock: Option<Yes>,
    }
}

impl GenerationAct {
    /// Number and mark.
    #[must_use]
    pub const fn generation(&self) -> Generation {
        Generation { number: self.number, mark: self.mark }
    }
}
