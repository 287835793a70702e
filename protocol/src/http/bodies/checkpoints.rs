//! Checkpoints and what proves that something is under them.
//!
//! ```cddl
//! checkpoint-status = [newest: signed / null, at: signed / null, around: [before: signed, after: signed] / null,
//!                      consistency: [0*64 bstr .size 32]]
//! entry-proof = [path: [0*64 bstr .size 32]]
//! account-proof = [checkpoint: signed, leaf: account-leaf, index: uint, size: uint, path: [0*64 bstr .size 32]]
//! ```

use super::{decodes, members};
use crate::account_leaf::AccountLeaf;
use crate::cose::SignedBytes;
use crate::id::Digest;
use crate::limits::{ASSETS_MAX, REPLY_BODY_MAX};
use crate::merkle::PATH_MAX;
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

/// How a place in the ledger leads to the newest periodic checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointStatus {
    /// The newest periodic checkpoint; none before the first.
    pub newest: Option<SignedBytes>,
    /// The periodic checkpoint at the place that was asked for.
    pub at: Option<SignedBytes>,
    /// Where there is none at that place: the two between which it lies, of which the later names the earlier.
    pub around: Option<Around>,
    /// Proves that the newest log begins with the one at that place.
    pub consistency: Vec<Digest>,
}

/// Two checkpoints of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Around {
    /// The earlier one.
    #[n(0)]
    pub before: SignedBytes,
    /// The one that names it.
    #[n(1)]
    pub after: SignedBytes,
}

/// Proves that a receipt is in the log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EntryProof {
    /// From the leaf up.
    #[n(0)]
    pub path: Vec<Digest>,
}

/// Proves what a checkpoint says of the caller's account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AccountProof {
    /// The newest periodic checkpoint before which the account changed.
    #[n(0)]
    pub checkpoint: SignedBytes,
    /// What it says of the account.
    #[n(1)]
    pub leaf: AccountLeaf,
    /// Which leaf it is.
    #[n(2)]
    pub index: u64,
    /// Of how many.
    #[n(3)]
    pub size: u64,
    /// From the leaf up.
    #[n(4)]
    pub path: Vec<Digest>,
}

impl<C> Encode<C> for CheckpointStatus {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(4)?.encode(&self.newest)?.encode(&self.at)?.encode(&self.around)?.encode(&self.consistency)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for CheckpointStatus {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        members(d, 4)?;
        Ok(Self { newest: d.decode()?, at: d.decode()?, around: d.decode()?, consistency: d.decode()? })
    }
}

decodes! {
    CheckpointStatus (REPLY_BODY_MAX): |b| {
        b.consistency.len() <= PATH_MAX && !(b.at.is_some() && b.around.is_some())
    };
    EntryProof (REPLY_BODY_MAX): |b| b.path.len() <= PATH_MAX;
    AccountProof (REPLY_BODY_MAX): |b| {
        let balances = &b.leaf.balances;
        b.path.len() <= PATH_MAX
            && balances.len() <= ASSETS_MAX
            && balances.iter().zip(balances.iter().skip(1)).all(|(a, b)| a.asset < b.asset)
    };
}
