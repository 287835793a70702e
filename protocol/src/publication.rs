//! Standing requests: a request on an alias lies at the verifier until it expires or is withdrawn, and is paid any
//! number of times.
//!
//! ```cddl
//! request-publish = { act,
//!   6: bstr .size 16,         ; handle of one's own alias
//!   7: time,                  ; expires
//!   8: bstr .size 16,         ; locator of the ciphertext
//!   9: bstr .size 32,         ; SHA-256 of the ciphertext
//! }
//! request-withdraw = { act, 6: bstr .size 16 }  ; locator
//! ```
//!
//! Types `request-publish`, `request-withdraw`, session acts ([`crate::act`]). Nothing is bound: an alias's handle takes
//! any order, also after the request is gone.
//!
//! ```
//! use farthing_protocol::{act::Header, cose::Object as _, id::*, publication::RequestPublish, time::{Span, Time}};
//! # struct Fixed; // Not random: only for this example.
//! # impl rand_core::TryRng for Fixed {
//! #     type Error = core::convert::Infallible;
//! #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(7) }
//! #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(7) }
//! #     fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> { to.fill(7); Ok(()) }
//! # }
//! # impl rand_core::TryCryptoRng for Fixed {}
//! # let mut rng = rand_core::UnwrapErr(Fixed);
//! let created = Time::from_ms(1_800_000_000_000);
//! let header = Header {
//!     verifier: VerifierId::new([1; 32]), account: AccountId::new([2; 16]), device: DeviceId::new([3; 16]),
//!     id: ActId::generate(created, &mut rng), created,
//! };
//! let days = |n: u64| created.plus(Span::from_h(24 * n));
//! let publish = |until| RequestPublish::new(header, Handle::new([4; 16]), until, Locator::new([5; 16]), Digest::of(b""));
//! assert!(publish(days(366)).check().is_ok() && publish(days(367)).check().is_err());
//! ```

use crate::act::act;
use crate::error::Malformed;
use crate::id::{Digest, Handle, Locator};
use crate::limits::STANDING_LIFE_MAX;
use crate::time::Time;

act! {
    /// Puts the ciphertext of a standing request at its locator.
    RequestPublish = "request-publish", |act| {
        if act.expires <= act.created {
            return Err(Malformed::Value("a request expires after it is made"));
        }
        if act.expires.since(act.created) > STANDING_LIFE_MAX {
            return Err(Malformed::Value("a standing request lives at most 366 days"));
        }
        Ok(())
    };
    {
        /// The handle of one's own alias.
        #[n(6)]
        handle: Handle,
        /// The ciphertext is kept until then.
        #[n(7)]
        expires: Time,
        /// Where the ciphertext lies.
        #[n(8)]
        locator: Locator,
        /// SHA-256 of the ciphertext.
        #[n(9)]
        content: Digest,
    }
}

act! {
    /// Takes a standing request away before it expires.
    RequestWithdraw = "request-withdraw", |_| Ok(());
    {
        /// Where its ciphertext lies.
        #[n(6)]
        locator: Locator,
    }
}
