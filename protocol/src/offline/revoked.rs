//! Revoked allowances: what a payee that had network lately can know.
//!
//! ```cddl
//! revoked-allowances = {
//!   0: 1,
//!   1: bstr .size 32,         ; verifier
//!   2: uint,                  ; epoch
//!   3: time,                  ; ledger time: what was revoked before
//!   4: [0*512 bstr .size 8],  ; the first 8 bytes of each allowance, ascending, each once
//! }
//! ```
//!
//! Type `revoked-allowances`, signed by the signing key. It names those that were revoked, or proven to contradict themselves, and can still be
//! spent from; where they are more than 512, those that can be spent from the longest. It says nothing of what came after its time.

use super::AllowanceId;
use crate::cbor::{V1, byte_newtype};
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{Epoch, VerifierId};
use crate::limits::REVOKED_MAX;
use crate::time::Time;
use minicbor::{Decode, Encode};

byte_newtype!(
    /// The beginning of an allowance's name: enough to tell it from the few others that are revoked.
    AllowancePrefix, 8
);

impl From<&AllowanceId> for AllowancePrefix {
    fn from(allowance: &AllowanceId) -> Self {
        let mut first = [0; 8];
        for (to, from) in first.iter_mut().zip(allowance.as_bytes()) {
            *to = *from;
        }
        Self(first)
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RevokedAllowances {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Whose allowances.
    #[n(1)]
    pub verifier: VerifierId,
    /// The ledger's epoch.
    #[n(2)]
    pub epoch: Epoch,
    /// Ledger time when it was made.
    #[n(3)]
    pub time: Time,
    /// The beginnings of their names.
    #[n(4)]
    pub allowances: Vec<AllowancePrefix>,
}

impl RevokedAllowances {
    /// True when this allowance was revoked before the list was made.
    #[must_use]
    pub fn names(&self, allowance: &AllowanceId) -> bool {
        self.allowances.binary_search(&AllowancePrefix::from(allowance)).is_ok()
    }
}

impl Object for RevokedAllowances {
    const TYPE: &'static str = "revoked-allowances";

    fn check(&self) -> Result<(), Malformed> {
        if self.allowances.len() > REVOKED_MAX {
            return Err(Malformed::Value("a list names at most 512 revoked allowances"));
        }
        if self.allowances.is_sorted_by(|a, b| a < b) {
            Ok(())
        } else {
            Err(Malformed::Value("revoked allowances are ascending, each once"))
        }
    }
}
