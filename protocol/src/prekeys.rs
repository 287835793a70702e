//! Prekeys: what others need to begin an Olm session with a device that is not there (wire decision 18).
//!
//! ```cddl
//! prekeys = { act,
//!   6: [0*50 bstr .size 32],  ; one-time keys (Curve25519), each once
//!   7: bstr .size 32,         ; fallback key, none of the one-time keys
//! }
//! prekey-claim = { act,
//!   6: bstr .size 16,         ; account
//!   7: bstr .size 16,         ; device
//! }
//! ```
//!
//! Types `prekeys`, `prekey-claim`, session acts ([`crate::act`]). Whoever claims gets the whole signed object and the index
//! of the key that is its own, so that the verifier cannot hand out keys that the device never made.
//!
//! ```
//! use farthing_protocol::{act::Header, id::*, key::OlmKey, prekeys::Prekeys, time::Time};
//! let header = Header {
//!     verifier: VerifierId::new([1; 32]), account: AccountId::new([2; 16]), device: DeviceId::new([3; 16]),
//!     id: ActId::new([0; 16]), created: Time::from_ms(1),
//! };
//! let [first, second, fallback] = [1, 2, 3].map(|n| OlmKey::new([n; 32]));
//! let prekeys = Prekeys::new(header, vec![first, second], fallback);
//! assert_eq!((prekeys.key_at(Some(1)), prekeys.key_at(None), prekeys.key_at(Some(2))), (Some(second), Some(fallback), None));
//! ```

use crate::act::act;
use crate::error::Malformed;
use crate::id::{AccountId, DeviceId};
use crate::key::OlmKey;
use crate::limits::PREKEYS_PER_UPLOAD;

act! {
    /// Adds one-time keys to a device's stock and replaces its fallback key.
    Prekeys = "prekeys", |act| {
        if act.one_time.len() > PREKEYS_PER_UPLOAD {
            return Err(Malformed::Value("at most 50 one-time keys are uploaded at once"));
        }
        // A key that two claims get is no one-time key.
        let later = |n: usize| act.one_time.iter().skip(n + 1).chain([&act.fallback]);
        if act.one_time.iter().enumerate().any(|(n, a)| later(n).any(|b| a == b)) {
            return Err(Malformed::Value("each prekey is listed once"));
        }
        Ok(())
    };
    {
        /// Each is given out once.
        #[n(6)]
        one_time: Vec<OlmKey>,
        /// Given out while there is no one-time key.
        #[n(7)]
        fallback: OlmKey,
    }
}

impl Prekeys {
    /// The key that a claim was answered with: the one-time key with this index, without one the fallback key.
    #[must_use]
    pub fn key_at(&self, index: Option<u64>) -> Option<OlmKey> {
        match index {
            None => Some(self.fallback),
            Some(index) => usize::try_from(index).ok().and_then(|n| self.one_time.get(n)).copied(),
        }
    }
}

act! {
    /// Asks for a prekey of another device.
    PrekeyClaim = "prekey-claim", |_| Ok(());
    {
        /// The other device's account.
        #[n(6)]
        of_account: AccountId,
        /// The other device.
        #[n(7)]
        of_device: DeviceId,
    }
}
