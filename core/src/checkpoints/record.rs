//! What is stored of checkpoints.

use crate::store::{Kept, PaymentId, Table};
use farthing_protocol::contradiction::Contradiction;
use farthing_protocol::cose::SignedBytes;
use farthing_protocol::id::{AccountId, Digest};
use minicbor::{Decode, Encode};

/// The newest checkpoint that is believed. One record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KnownCheckpoint {
    /// The checkpoint; none before the first.
    #[n(0)]
    pub newest: Option<SignedBytes>,
    /// One that the verifier signed and does not account for.
    #[n(1)]
    pub unaccounted: Option<SignedBytes>,
    /// True while what the verifier says of our account is not what our receipts add up to.
    #[n(2)]
    pub differs: Option<bool>,
    /// A payment whose receipt the verifier does not show in its log.
    #[n(3)]
    pub missing: Option<PaymentId>,
}

impl KnownCheckpoint {
    /// True while the verifier owes an account of something that it signed.
    #[must_use]
    pub const fn is_unaccounted(&self) -> bool {
        self.unaccounted.is_some() || self.missing.is_some()
    }

    /// The key of the one record.
    pub const KEY: &'static [u8] = &[0];
}

impl Kept for KnownCheckpoint {
    const TABLE: Table = Table::CHECKPOINT;

    fn key(&self) -> Vec<u8> {
        Self::KEY.to_vec()
    }
}

/// A checkpoint that somebody told us, to be held against the verifier's chain. One per account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct HeardCheckpoint {
    /// Who told it.
    #[n(0)]
    pub from: AccountId,
    /// The checkpoint, truly signed by the verifier.
    #[n(1)]
    pub checkpoint: SignedBytes,
}

impl Kept for HeardCheckpoint {
    const TABLE: Table = Table::HEARD_CHECKPOINTS;

    fn key(&self) -> Vec<u8> {
        self.from.as_bytes().to_vec()
    }
}

/// Which checkpoint an account was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ToldCheckpoint {
    /// Who was told.
    #[n(0)]
    pub to: AccountId,
    /// SHA-256 of the checkpoint's bytes.
    #[n(1)]
    pub bytes: Digest,
}

impl ToldCheckpoint {
    pub(super) fn of(to: AccountId, checkpoint: &SignedBytes) -> Self {
        Self { to, bytes: Digest::of(checkpoint.as_slice()) }
    }
}

impl Kept for ToldCheckpoint {
    const TABLE: Table = Table::TOLD_CHECKPOINTS;

    fn key(&self) -> Vec<u8> {
        self.to.as_bytes().to_vec()
    }
}

/// A proof that the verifier signed two histories. Kept for ever.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ContradictionRecord {
    /// The proof.
    #[n(0)]
    pub contradiction: Contradiction,
    /// The person goes on all the same.
    #[n(1)]
    pub accepted: bool,
}

impl Kept for ContradictionRecord {
    const TABLE: Table = Table::CONTRADICTIONS;

    fn key(&self) -> Vec<u8> {
        Digest::of(&self.contradiction.encode()).as_bytes().to_vec()
    }
}
