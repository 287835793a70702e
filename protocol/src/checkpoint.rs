//! Checkpoint: opens an epoch; later ones will carry Merkle roots over it (wire decisions 4 and 30).
//!
//! ```cddl
//! checkpoint = {
//!   0: 1,
//!   1: bstr .size 32,         ; verifier
//!   2: uint,                  ; epoch
//!   3: uint,                  ; first seq that it covers or opens
//!   ? 4: bstr .size 32,       ; hash of the previous checkpoint; absent in the first of all
//!   5: [* bstr .size 32],     ; roots; empty in an opening checkpoint
//!   6: time,                  ; when it was signed: orders made earlier are of an earlier epoch
//! }
//! ```
//!
//! Type `checkpoint`, signed by a signing key. Its hash, in heads and receipts, is SHA-256 of its Sig_structure.
//!
//! ```
//! use farthing_protocol::{cbor::V1, checkpoint::Checkpoint, cose::Signed, id::*, key::Ed25519Key, time::Time};
//! let first = Checkpoint {
//!     version: V1, verifier: VerifierId::new([1; 32]), epoch: Epoch::new(1), first_seq: Seq::new(1),
//!     previous: None, roots: Vec::new(), time: Time::from_ms(1_800_000_000_000),
//! };
//! let signed = Signed::sign(first.clone(), &Ed25519Key::from_seed([7; 32]))?;
//! let after_restore = Checkpoint { epoch: first.epoch.next(), previous: Some(signed.hash()), ..first };
//! assert_eq!(after_restore.epoch.get(), 2);
//! # Ok::<(), farthing_protocol::SignError>(())
//! ```

use crate::cbor::V1;
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{Digest, Epoch, Seq, VerifierId};
use crate::time::Time;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Checkpoint {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Whose ledger it is.
    #[n(1)]
    pub verifier: VerifierId,
    /// The epoch.
    #[n(2)]
    pub epoch: Epoch,
    /// The first ledger position of the epoch.
    #[n(3)]
    pub first_seq: Seq,
    /// The checkpoint before, if there was one.
    #[n(4)]
    pub previous: Option<Digest>,
    /// Merkle roots; none in an opening checkpoint.
    #[n(5)]
    pub roots: Vec<Digest>,
    /// When it was signed.
    #[n(6)]
    pub time: Time,
}

/// Roots that one checkpoint may carry: over receipts and over balances, with room for two more.
const ROOTS_MAX: usize = 4;

impl Object for Checkpoint {
    const TYPE: &'static str = "checkpoint";

    fn check(&self) -> Result<(), Malformed> {
        if self.roots.len() <= ROOTS_MAX { Ok(()) } else { Err(Malformed::Value("a checkpoint has at most 4 roots")) }
    }
}
