//! What devices do with an allowance once they have network again: the payee claims, the payer revokes.
//!
//! ```cddl
//! offline-claim = { act,
//!   6: bstr .size (0..180),   ; the signed offline-voucher
//!   7: bstr .size (0..240),   ; the signed offline-request that it answers
//!   8: bstr .size (0..160),   ; the signed payee-account: the word of the request's payee key
//! }
//! allowance-revoke = { act,
//!   6: bstr .size 16,         ; allowance
//! }
//! ```
//!
//! Types `offline-claim` and `allowance-revoke`, session acts ([`crate::act`]).
//!
//! ```
//! use farthing_protocol::{act::{Act as _, Header}, id::*, offline::{AllowanceId, AllowanceRevoke}, time::Time};
//! let header = Header {
//!     verifier: VerifierId::new([1; 32]), account: AccountId::new([2; 16]), device: DeviceId::new([3; 16]),
//!     id: ActId::new([0; 16]), created: Time::from_ms(1),
//! };
//! assert_eq!(AllowanceRevoke::new(header, AllowanceId::new([4; 16])).header(), header);
//! ```

use super::{AllowanceId, PayeeAccount};
use crate::act::act;
use crate::cbor::Bytes;
use crate::key::BareKey;
use crate::limits::{OFFLINE_REQUEST_MAX, OFFLINE_VOUCHER_MAX, PAYEE_ACCOUNT_MAX};

act! {
    /// Asks for what a voucher is for. It needs the request: only its payee may claim.
    OfflineClaim = "offline-claim", |_| Ok(());
    {
        /// The signed voucher.
        #[n(6)]
        voucher: Bytes<OFFLINE_VOUCHER_MAX>,
        /// The signed request.
        #[n(7)]
        request: Bytes<OFFLINE_REQUEST_MAX>,
        /// The signed word of the request's payee key for the account that claims.
        #[n(8)]
        payee: Bytes<PAYEE_ACCOUNT_MAX>,
    }
}

impl OfflineClaim {
    /// Whether the holder of this payee key, the request's, says that it is the claiming account's.
    #[must_use]
    pub fn is_of_payee(&self, payee: &BareKey) -> bool {
        PayeeAccount::says(self.payee.as_slice(), payee, &self.verifier, &self.account)
    }
}

act! {
    /// Tells everybody who listens to take no more vouchers of an allowance. It voids none: a payee without network cannot know.
    AllowanceRevoke = "allowance-revoke", |_| Ok(());
    {
        /// Which allowance.
        #[n(6)]
        allowance: AllowanceId,
    }
}
