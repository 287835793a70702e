//! Offline receipt: the verifier's word that a claim came in time, and what of it is the payee's in any case.
//!
//! ```cddl
//! offline-receipt = {
//!   0: 1,
//!   1: uint, 2: uint,         ; epoch, seq: its position in the ledger; seq is 1 or more
//!   3: bstr .size 32,         ; hash of the checkpoint that opened the epoch
//!   4: time,                  ; ledger time
//!   5: bstr .size 16,         ; allowance
//!   6: bstr .size 32,         ; hash of the voucher
//!   7: bstr .size 32,         ; payee key hash
//!   8: amount,                ; what it is for, more than zero
//!   9: units,                 ; of it, what the guarantee fund has paid; at most member 8
//!   10: bstr .size 32,        ; hash of the claim
//! }
//! ```
//!
//! Type `offline-receipt`, signed by the signing key: the answer to an `offline-claim`. What it guarantees is paid with this position; the rest
//! is not, until the settlement.

use super::AllowanceId;
use crate::cbor::V1;
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{Digest, Epoch, PayeeKeyHash, Seq};
use crate::money::{Amount, Units};
use crate::receipt::check_seq;
use crate::time::Time;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OfflineReceipt {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The ledger's epoch.
    #[n(1)]
    pub epoch: Epoch,
    /// The position in the ledger.
    #[n(2)]
    pub seq: Seq,
    /// The hash of the checkpoint that opened the epoch.
    #[n(3)]
    pub checkpoint: Digest,
    /// Ledger time when the claim was taken.
    #[n(4)]
    pub time: Time,
    /// Which allowance.
    #[n(5)]
    pub allowance: AllowanceId,
    /// Which voucher.
    #[n(6)]
    pub voucher: Digest,
    /// Who claims.
    #[n(7)]
    pub payee_key: PayeeKeyHash,
    /// What the voucher is for. Nobody has this yet.
    #[n(8)]
    pub amount: Amount,
    /// What of it the guarantee fund has paid.
    #[n(9)]
    pub guaranteed: Units,
    /// The claim that it answers.
    #[n(10)]
    pub claim: Digest,
}

impl Object for OfflineReceipt {
    const TYPE: &'static str = "offline-receipt";

    fn check(&self) -> Result<(), Malformed> {
        check_seq(self.seq)?;
        if self.amount.is_zero() || self.guaranteed > self.amount.units() {
            return Err(Malformed::Value("a claim is for more than zero, and no more of it is guaranteed"));
        }
        Ok(())
    }
}
