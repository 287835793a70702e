//! Account leaf: what a periodic checkpoint says of one account (wire decision 30).
//!
//! ```cddl
//! account-leaf = [salt: bstr .size 32, account: bstr .size 16, last: uint, [0*32 [code: tstr, scale: 0..12, balance: uint]]]
//! ```
//!
//! A leaf of the second tree. The salt is different for each leaf and known to the verifier and the account's owner alone: who is
//! shown the leaf's hash in a proof of another's learns nothing by guessing accounts and balances (law 4).
//!
//! ```
//! use farthing_protocol::{account_leaf::{AccountLeaf, LeafSalt}, id::{AccountId, Seq}};
//! let leaf = AccountLeaf {
//!     salt: LeafSalt::new([1; 32]), account: AccountId::new([2; 16]), last: Seq::new(42), balances: Vec::new(),
//! };
//! let other = AccountLeaf { salt: LeafSalt::new([3; 32]), ..leaf.clone() };
//! assert_ne!(leaf.hash(), other.hash());
//! ```

use crate::cbor::{self, byte_newtype};
use crate::http::AssetBalance;
use crate::id::{AccountId, Digest, Seq};
use crate::merkle;
use minicbor::{Decode, Encode};

byte_newtype!(
    /// Hides what a leaf says from everybody who sees its hash.
    LeafSalt, 32
);

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AccountLeaf {
    /// Of this leaf alone.
    #[n(0)]
    pub salt: LeafSalt,
    /// Whose it is.
    #[n(1)]
    pub account: AccountId,
    /// The account's last position below the checkpoint's first seq.
    #[n(2)]
    pub last: Seq,
    /// What it held after that position, by ascending asset.
    #[n(3)]
    pub balances: Vec<AssetBalance>,
}

impl AccountLeaf {
    /// Its hash in the tree.
    #[must_use]
    pub fn hash(&self) -> Digest {
        merkle::leaf(&cbor::encode(self))
    }
}
