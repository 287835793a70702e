//! Payee's word: whose account a payee key is.
//!
//! ```cddl
//! payee-account = {
//!   0: 1,
//!   1: bstr .size 32,         ; the verifier
//!   2: bstr .size 16,         ; account
//! }
//! ```
//!
//! Type `payee-account`, signed by the payee key of an offline request. It goes to the verifier alone, in the claim: who photographs a
//! request learns its key and cannot sign this, and a verifier that has lost what it knew of the key needs nothing else to pay it.
//!
//! ```
//! use farthing_protocol::{cbor::V1, cose::Signed, id::*, key::{BareKey, Ed25519Key, Signer as _}, offline::PayeeAccount};
//! let payee = Ed25519Key::from_seed([7; 32]);
//! let (verifier, account) = (VerifierId::new([1; 32]), AccountId::new([2; 16]));
//! let word = Signed::sign(PayeeAccount { version: V1, verifier, account }, &payee)?;
//! let key = BareKey::of(payee.public()).ok_or("no Ed25519 key")?;
//! assert!(PayeeAccount::says(word.bytes(), &key, &verifier, &account));
//! assert!(!PayeeAccount::says(word.bytes(), &key, &verifier, &AccountId::new([3; 16])));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::V1;
use crate::cose::{Object, Signed};
use crate::error::Malformed;
use crate::id::{AccountId, VerifierId};
use crate::key::BareKey;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PayeeAccount {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// At this verifier.
    #[n(1)]
    pub verifier: VerifierId,
    /// Requests by the key that signs this are this account's.
    #[n(2)]
    pub account: AccountId,
}

impl PayeeAccount {
    /// Whether these bytes are the word of this key that its requests are the account's.
    #[must_use]
    pub fn says(bytes: &[u8], payee: &BareKey, verifier: &VerifierId, account: &AccountId) -> bool {
        let word = Signed::<Self>::parse(bytes).ok().and_then(|word| word.verify(&payee.public()).ok());
        word.is_some_and(|word| (word.verifier, word.account) == (*verifier, *account))
    }
}

impl Object for PayeeAccount {
    const TYPE: &'static str = "payee-account";

    fn check(&self) -> Result<(), Malformed> {
        Ok(())
    }
}
