//! List receipt: the verifier's word since which position a device list is in force.
//!
//! ```cddl
//! list-receipt = {
//!   0: 1,
//!   1: uint, 2: uint,         ; epoch, seq: its position in the ledger; seq is 1 or more
//!   3: bstr .size 32,         ; hash of the last checkpoint
//!   4: time,                  ; ledger time
//!   5: bstr .size 32,         ; SHA-256 of the list's bytes
//! }
//! ```
//!
//! Type `list-receipt`, signed by the signing key. A device that the list leaves out is revoked from this position on:
//! what it ordered before is in the ledger below it, and nothing of it comes after (wire decision 11).
//!
//! ```
//! use farthing_protocol::{cbor::V1, cose::Signed, id::*, key::{Ed25519Key, Signer as _}, list_receipt::ListReceipt, time::Time};
//! let (verifier, list) = (Ed25519Key::from_seed([7; 32]), Digest::of(b"the list's bytes"));
//! let receipt = ListReceipt {
//!     version: V1, epoch: Epoch::new(1), seq: Seq::new(43), checkpoint: Digest::new([1; 32]), time: Time::from_ms(1_800_000_000_000), list,
//! };
//! let bytes = Signed::sign(receipt, &verifier)?.bytes().to_vec();
//! assert_eq!(Signed::<ListReceipt>::parse(&bytes)?.verify(verifier.public())?.list, list);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::V1;
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{Digest, Epoch, Seq};
use crate::receipt::check_seq;
use crate::time::Time;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ListReceipt {
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
    /// Ledger time when it took effect.
    #[n(4)]
    pub time: Time,
    /// SHA-256 of the list's bytes.
    #[n(5)]
    pub list: Digest,
}

impl Object for ListReceipt {
    const TYPE: &'static str = "list-receipt";

    fn check(&self) -> Result<(), Malformed> {
        check_seq(self.seq)
    }
}
