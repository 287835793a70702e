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
//! act = (
//!   0: 1,
//!   1: bstr .size 32,         ; verifier
//!   2: bstr .size 16,         ; account
//!   3: bstr .size 16,         ; device
//!   4: bstr .size 16,         ; id, a UUIDv7; the same bytes again get the same answer
//!   5: time,                  ; created
//! )
//! ```
//!
//! Types `handle-register`, `handle-bind`, `handle-cancel`, signed by the device's session key.
//!
//! ```
//! use farthing_protocol::{Malformed, cbor::V1, cose::Object as _, handle::HandleCancel, id::*, time::Time};
//! let act = HandleCancel {
//!     version: V1, verifier: VerifierId::new([1; 32]), account: AccountId::new([2; 16]), device: DeviceId::new([3; 16]),
//!     id: ActId::new([0; 16]), created: Time::from_ms(1), handle: Handle::new([4; 16]),
//! };
//! assert!(matches!(act.check(), Err(Malformed::Value(_))), "the id must be a UUIDv7 of its time");
//! ```

use crate::cbor::V1;
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{AccountId, ActId, DeviceId, Digest, Handle, Locator, RequestRef, VerifierId};
use crate::key::PublicKey;
use crate::limits::HANDLE_STOCK;
use crate::money::Amount;
use crate::time::Time;
use minicbor::{Decode, Encode};

/// Puts fresh one-time handles in stock.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HandleRegister {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// At this verifier.
    #[n(1)]
    pub verifier: VerifierId,
    /// Of this account.
    #[n(2)]
    pub account: AccountId,
    /// By this device.
    #[n(3)]
    pub device: DeviceId,
    /// The act's id.
    #[n(4)]
    pub id: ActId,
    /// When it was made.
    #[n(5)]
    pub created: Time,
    /// The handles, each with a payee key of its own.
    #[n(6)]
    pub handles: Vec<StockedHandle>,
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

/// Binds a handle to a request.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HandleBind {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// At this verifier.
    #[n(1)]
    pub verifier: VerifierId,
    /// Of this account.
    #[n(2)]
    pub account: AccountId,
    /// By this device.
    #[n(3)]
    pub device: DeviceId,
    /// The act's id.
    #[n(4)]
    pub id: ActId,
    /// When it was made.
    #[n(5)]
    pub created: Time,
    /// The handle, from the stock.
    #[n(6)]
    pub handle: Handle,
    /// The exact amount that will be credited, or any.
    #[n(7)]
    pub amount: Option<Amount>,
    /// Nothing is credited at this time or later.
    #[n(8)]
    pub expires: Time,
    /// Where the ciphertext lies.
    #[n(9)]
    pub locator: Locator,
    /// SHA-256 of the ciphertext.
    #[n(10)]
    pub content: Digest,
    /// The reference that the paying order must carry.
    #[n(11)]
    pub reference: RequestRef,
}

/// Cancels a handle: nothing will be credited to it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HandleCancel {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// At this verifier.
    #[n(1)]
    pub verifier: VerifierId,
    /// Of this account.
    #[n(2)]
    pub account: AccountId,
    /// By this device.
    #[n(3)]
    pub device: DeviceId,
    /// The act's id.
    #[n(4)]
    pub id: ActId,
    /// When it was made.
    #[n(5)]
    pub created: Time,
    /// The handle.
    #[n(6)]
    pub handle: Handle,
}

fn id_holds_time(id: &ActId, created: Time) -> Result<(), Malformed> {
    if id.time() == Some(created) { Ok(()) } else { Err(Malformed::Value("an act's id is a UUIDv7 of its time")) }
}

impl Object for HandleRegister {
    const TYPE: &'static str = "handle-register";

    fn check(&self) -> Result<(), Malformed> {
        if self.handles.is_empty() || self.handles.len() > HANDLE_STOCK {
            return Err(Malformed::Value("1 to 20 handles are registered at once"));
        }
        // One payee key for two handles would tell a payer that they are of one payee.
        let twice = |a: &StockedHandle, b: &StockedHandle| a.handle == b.handle || a.payee == b.payee;
        let later = |n: usize| self.handles.iter().skip(n + 1);
        if self.handles.iter().enumerate().any(|(n, a)| later(n).any(|b| twice(a, b))) {
            return Err(Malformed::Value("each handle has a payee key of its own"));
        }
        id_holds_time(&self.id, self.created)
    }
}

impl Object for HandleBind {
    const TYPE: &'static str = "handle-bind";

    fn check(&self) -> Result<(), Malformed> {
        if self.amount.is_some_and(|a| a.is_zero()) {
            return Err(Malformed::Value("a request asks for more than zero, or leaves it open"));
        }
        if self.expires <= self.created {
            return Err(Malformed::Value("a request expires after it is made"));
        }
        if self.expires.since(self.created) > crate::limits::REQUEST_LIFE_MAX {
            return Err(Malformed::Value("a request lives at most 30 days"));
        }
        id_holds_time(&self.id, self.created)
    }
}

impl Object for HandleCancel {
    const TYPE: &'static str = "handle-cancel";

    fn check(&self) -> Result<(), Malformed> {
        id_holds_time(&self.id, self.created)
    }
}
