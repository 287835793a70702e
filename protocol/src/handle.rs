//! Handle acts: one-time handles are put in stock, bound to a request, or cancelled (wire decision 13).
//!
//! ```cddl
//! handle-register = { act, 6: [1*20 [handle: bstr .size 16, payee-key: public-key]] }
//! handle-bind = { act,
//!   6: bstr .size 16,         ; handle, from the stock
//!   ? 7: amount,              ; absent for an open request: the payer chooses
//!   8: time,                  ; expires: at this time or later nothing is credited
//!   9: bstr .size 16,         ; locator of the ciphertext
//!   10: bstr .size 32,        ; SHA-256 of the ciphertext
//!   11: bstr .size 32,        ; request reference that the order must carry
//! }
//! handle-cancel = { act, 6: bstr .size 16 }     ; handle
//! ```
//!
//! Types `handle-register`, `handle-bind`, `handle-cancel`, session acts ([`crate::act`]).
//!
//! ```
//! use farthing_protocol::{act::Header, cose::Object as _, handle::{HandleRegister, StockedHandle}, id::*, key::{Ed25519Key, Signer as _}, time::Time};
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
//! let stocked = |n| StockedHandle { handle: Handle::new([n; 16]), payee: *Ed25519Key::from_seed([n; 32]).public() };
//! assert_eq!(HandleRegister::new(header, vec![stocked(4), stocked(5)]).check(), Ok(()));
//! assert!(HandleRegister::new(header, vec![stocked(4), stocked(4)]).check().is_err());
//! ```

use crate::act::act;
use crate::error::Malformed;
use crate::id::{Digest, Handle, Locator, RequestRef};
use crate::key::PublicKey;
use crate::limits::{HANDLE_STOCK, REQUEST_LIFE_MAX};
use crate::money::Amount;
use crate::time::Time;
use minicbor::{Decode, Encode};

act! {
    /// Puts fresh one-time handles in stock.
    HandleRegister = "handle-register", |act| check_stocked(&act.handles);
    {
        /// The handles, each with a payee key of its own.
        #[n(6)]
        handles: Vec<StockedHandle>,
    }
}

/// A handle with the key that its request will be signed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct StockedHandle {
    /// The handle.
    #[n(0)]
    pub handle: Handle,
    /// Its payee key.
    #[n(1)]
    pub payee: PublicKey,
}

act! {
    /// Binds a handle to a request.
    HandleBind = "handle-bind", |act| {
        if act.amount.is_some_and(|a| a.is_zero()) {
            return Err(Malformed::Value("a request asks for more than zero, or leaves it open"));
        }
        if act.expires <= act.created {
            return Err(Malformed::Value("a request expires after it is made"));
        }
        if act.expires.since(act.created) > REQUEST_LIFE_MAX {
            return Err(Malformed::Value("a request lives at most 30 days"));
        }
        Ok(())
    };
    {
        /// The handle, from the stock.
        #[n(6)]
        handle: Handle,
        /// The exact amount that will be credited, or any.
        #[n(7)]
        amount: Option<Amount>,
        /// Nothing is credited at this time or later.
        #[n(8)]
        expires: Time,
        /// Where the ciphertext lies.
        #[n(9)]
        locator: Locator,
        /// SHA-256 of the ciphertext.
        #[n(10)]
        content: Digest,
        /// The reference that the paying order must carry.
        #[n(11)]
        reference: RequestRef,
    }
}

act! {
    /// Cancels a handle: nothing will be credited to it.
    HandleCancel = "handle-cancel", |_| Ok(());
    {
        /// The handle.
        #[n(6)]
        handle: Handle,
    }
}

fn check_stocked(handles: &[StockedHandle]) -> Result<(), Malformed> {
    if handles.is_empty() || handles.len() > HANDLE_STOCK {
        return Err(Malformed::Value("1 to 20 handles are registered at once"));
    }
    // One payee key for two handles would tell a payer that they are of one payee.
    let twice = |a: &StockedHandle, b: &StockedHandle| a.handle == b.handle || a.payee == b.payee;
    let later = |n: usize| handles.iter().skip(n + 1);
    if handles.iter().enumerate().any(|(n, a)| later(n).any(|b| twice(a, b))) {
        return Err(Malformed::Value("each handle has a payee key of its own"));
    }
    Ok(())
}
