//! Checkpoint: opens an epoch, or says by Merkle roots what the ledger was at a position (wire decisions 4 and 30).
//!
//! ```cddl
//! checkpoint = {
//!   0: 1,
//!   1: bstr .size 32,         ; verifier
//!   2: uint,                  ; epoch
//!   3: uint,                  ; the first seq after what it speaks of: that it opens, or that its roots do not cover
//!   ? 4: bstr .size 32,       ; hash of the previous checkpoint; absent in the first of all
//!   5: [* bstr .size 32],     ; roots: over all receipts, over the accounts that changed; none in an opening checkpoint
//!   6: time,                  ; when it was signed: orders made earlier are of an earlier epoch
//! }
//! ```
//!
//! Type `checkpoint`, signed by a signing key. Its hash is SHA-256 of its Sig_structure; heads and receipts name the opening one
//! of their epoch by it.
//!
//! ```text
//! epoch 1:   opening ◀── periodic ◀── periodic ◀── …        each names the one before it of its epoch,
//!               ▲                                           so none can be left out or made twice
//! epoch 2:   opening ◀── periodic ◀── …                     openings name each other
//! ```
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
use crate::verifier_certificate::VerifierCertificate;
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
    /// The first ledger position of the epoch; in a periodic one, the first that its roots do not cover.
    #[n(3)]
    pub first_seq: Seq,
    /// The checkpoint before: of an opening one the opening before, of a periodic one the one before it in its epoch.
    #[n(4)]
    pub previous: Option<Digest>,
    /// Merkle roots, of the receipts' log and of the accounts that changed; none in an opening checkpoint.
    #[n(5)]
    pub roots: Vec<Digest>,
    /// When it was signed.
    #[n(6)]
    pub time: Time,
}

/// Roots that one checkpoint may carry: over receipts and over balances, with room for two more.
const ROOTS_MAX: usize = 4;

impl Checkpoint {
    /// What a periodic checkpoint says: `None` for an opening one, and for one with roots that are not known here.
    #[must_use]
    pub fn sealed(&self) -> Option<Sealed> {
        let [log, accounts] = self.roots.as_slice() else { return None };
        let size = self.first_seq.get().checked_sub(1).filter(|size| *size > 0)?;
        Some(Sealed { size, log: *log, accounts: *accounts })
    }

    /// Where it stands among all periodic checkpoints of a ledger; each place has one.
    #[must_use]
    pub const fn place(&self) -> (Epoch, Seq) {
        (self.epoch, self.first_seq)
    }

    /// True when the key of this certificate may sign it.
    #[must_use]
    pub fn is_within(&self, certificate: &VerifierCertificate) -> bool {
        certificate.epoch == self.epoch
            && certificate.first_seq <= self.first_seq
            && certificate.not_before <= self.time
            && self.time < certificate.not_after
    }
}

/// What a periodic checkpoint says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Leaves of the log: the positions 1 to this one, each with its receipt.
    pub size: u64,
    /// The root over the receipts' bytes, in the order of the ledger.
    pub log: Digest,
    /// The root over the accounts that changed since the periodic checkpoint before.
    pub accounts: Digest,
}

impl Object for Checkpoint {
    const TYPE: &'static str = "checkpoint";

    fn check(&self) -> Result<(), Malformed> {
        if self.roots.len() <= ROOTS_MAX { Ok(()) } else { Err(Malformed::Value("a checkpoint has at most 4 roots")) }
    }
}
