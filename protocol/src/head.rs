//! Head: how far the ledger is, now. The wallet's time source, and the only thing it compares
//! with the highest head it has seen (wire decision 4).
//!
//! ```cddl
//! head = {
//!   0: 1,
//!   1: uint, 2: uint,         ; epoch, seq of the last entry (0 when there is none)
//!   3: time,                  ; ledger time
//!   4: bstr .size 32,         ; hash of the last checkpoint
//!   5: bstr .size 16,         ; the caller's nonce
//! }
//! ```
//!
//! Type `head`, signed by the signing key.
//!
//! ```
//! use farthing_protocol::{cbor::V1, head::Head, id::*, time::Time};
//! let head = |epoch, seq| Head {
//!     version: V1, epoch: Epoch::new(epoch), seq: Seq::new(seq), time: Time::from_ms(1_800_000_000_000),
//!     checkpoint: Digest::new([0; 32]), nonce: Nonce::new([9; 16]),
//! };
//! assert!(head(1, 41).position() < head(1, 42).position(), "lower: the verifier lost history");
//! assert!(head(1, 42).position() < head(2, 1).position());
//! ```

use crate::cbor::V1;
use crate::cose::Object;
use crate::id::{Digest, Epoch, Nonce, Seq};
use crate::time::Time;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Head {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The epoch.
    #[n(1)]
    pub epoch: Epoch,
    /// The last entry's position.
    #[n(2)]
    pub seq: Seq,
    /// Ledger time.
    #[n(3)]
    pub time: Time,
    /// The last checkpoint's hash.
    #[n(4)]
    pub checkpoint: Digest,
    /// What the caller sent.
    #[n(5)]
    pub nonce: Nonce,
}

impl Object for Head {
    const TYPE: &'static str = "head";
}

impl Head {
    /// The position that must never go down.
    #[must_use]
    pub const fn position(&self) -> (Epoch, Seq) {
        (self.epoch, self.seq)
    }
}
