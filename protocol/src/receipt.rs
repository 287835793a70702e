//! Receipt: the verifier's word that an order was applied. Money counts only on it (wire decision 4).
//!
//! ```cddl
//! receipt = {
//!   0: 1,
//!   1: uint, 2: uint,         ; epoch, seq: its position in the ledger; seq is 1 or more
//!   3: bstr .size 32,         ; hash of the last checkpoint
//!   4: time,
//!   5: amount,                ; what the payee got
//!   6: bstr .size 32,         ; payee key hash
//!   ? 7: bstr .size 32,       ; request reference
//!   8: bstr .size 32,         ; order hash, or issue hash
//!   9: bstr .size 32,         ; details hash
//! }
//! ```
//!
//! Type `receipt`, signed by the signing key. It names neither payer nor fee: the payer proves itself by opening the
//! order hash.
//!
//! ```
//! use farthing_protocol::{cbor::V1, cose::Signed, id::*, key::{Ed25519Key, Signer as _}, money::*, receipt::Receipt, time::Time};
//! let (verifier, usd) = (Ed25519Key::from_seed([7; 32]), Asset::new(Code::new("USD")?, 6)?);
//! let receipt = Receipt {
//!     version: V1, epoch: Epoch::new(1), seq: Seq::new(42), checkpoint: Digest::new([1; 32]), time: Time::from_ms(1_800_000_000_000),
//!     amount: Amount::new(4_500_000, usd)?, payee_key: PayeeKeyHash::new([2; 32]), reference: None,
//!     order: Digest::of(b"an order's Sig_structure"), details: DetailsHash::new([3; 32]),
//! };
//! let bytes = Signed::sign(receipt, &verifier)?.bytes().to_vec();
//! // Only what a key vouches for counts as money.
//! let paid = Signed::<Receipt>::parse(&bytes)?.verify(verifier.public())?;
//! assert_eq!(paid.amount.to_string(), "4.50 USD");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::V1;
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{DetailsHash, Digest, Epoch, PayeeKeyHash, RequestRef, Seq};
use crate::money::Amount;
use crate::time::Time;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Receipt {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The ledger's epoch.
    #[n(1)]
    pub epoch: Epoch,
    /// The position in the ledger.
    #[n(2)]
    pub seq: Seq,
    /// The last checkpoint's hash.
    #[n(3)]
    pub checkpoint: Digest,
    /// Ledger time when it was applied.
    #[n(4)]
    pub time: Time,
    /// What the payee got.
    #[n(5)]
    pub amount: Amount,
    /// Who got it.
    #[n(6)]
    pub payee_key: PayeeKeyHash,
    /// Which request it answers.
    #[n(7)]
    pub reference: Option<RequestRef>,
    /// Which order was applied.
    #[n(8)]
    pub order: Digest,
    /// Memo, items and names, salted and hashed.
    #[n(9)]
    pub details: DetailsHash,
}

impl Object for Receipt {
    const TYPE: &'static str = "receipt";

    fn check(&self) -> Result<(), Malformed> {
        if self.amount.is_zero() {
            return Err(Malformed::Value("a receipt is for more than zero"));
        }
        check_seq(self.seq)
    }
}

/// What holds for a position in the ledger wherever something was applied: 0 stands before the first entry.
pub(crate) fn check_seq(seq: Seq) -> Result<(), Malformed> {
    if seq == Seq::new(0) { Err(Malformed::Value("the ledger begins with seq 1")) } else { Ok(()) }
}
