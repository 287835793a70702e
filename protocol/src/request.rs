//! Request: a payee asks for money (wire decision 14).
//!
//! ```cddl
//! request = {
//!   0: 1,
//!   1: bstr .size 16,         ; id: 16 random bytes, so that the pointer cannot be guessed
//!   2: bstr .size 32,         ; verifier
//!   3: bstr .size 16,         ; handle
//!   4: public-key,            ; payee key: this request's own, or an alias's
//!   5: bstr .size 32,         ; HPKE key: likewise
//!   ? 6: amount,              ; absent: the payer chooses
//!   7: time, 8: time,         ; created, expires
//!   ? 9: tstr,                ; memo
//!   ? 10: [1*64 item],
//!   ? 11: tstr,               ; what the payee calls itself
//!   12: 0 / 1,                ; single, standing
//! }
//! ```
//!
//! Type `request`, signed by the payee key. A request's hash is SHA-256 over its whole bytes; its reference, which
//! is all that order, receipt and verifier see, is HKDF-SHA256(salt "", that hash, `farthing/1/request-ref`).
//!
//! ```
//! use farthing_protocol::{cbor::V1, cose::Signed, id::*, key::{Ed25519Key, Signer as _}, pointer::Pointer, request::*, sealed::HpkeKey, time::{Span, Time}};
//! let (key, now) = (Ed25519Key::from_seed([7; 32]), Time::from_ms(1_800_000_000_000));
//! let request = Request {
//!     version: V1, id: RequestId::new([1; 16]), verifier: VerifierId::new([2; 32]), handle: Handle::new([3; 16]),
//!     payee: *key.public(), hpke: *HpkeKey::from_seed(&[4; 32]).public(), amount: None, created: now,
//!     expires: now.plus(Span::from_min(15)), memo: None, items: None, payee_name: None, usage: Usage::Single,
//! };
//! let signed = Signed::sign(request, &key)?;
//! let pointer = Pointer::to("https://pay.example.org", &signed)?;
//! let opened = Pointer::parse(&pointer.link())?.open(&pointer.seal(&signed)?)?;
//! assert_eq!(opened.bytes(), signed.bytes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::{V1, byte_newtype};
use crate::cose::{Object, Signed};
use crate::details::{Item, Memo, Name};
use crate::error::Malformed;
use crate::id::{Handle, RequestRef, VerifierId, random};
use crate::key::{HpkePublicKey, PublicKey};
use crate::limits::{REQUEST_LIFE_MAX, STANDING_LIFE_MAX};
use crate::money::Amount;
use crate::sealed;
use crate::time::Time;
use minicbor::{Decode, Encode};

byte_newtype!(
    /// A request's id: 16 random bytes.
    RequestId, 16
);

random!(RequestId);

/// Whether a request can be paid once or often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Usage {
    /// Paid once; of two payers one is refused.
    #[n(0)]
    Single,
    /// Paid any number of times, by an alias.
    #[n(1)]
    Standing,
}

impl Usage {
    /// How long what is asked for or offered may live.
    pub(crate) fn check_life(self, created: Time, expires: Time) -> Result<(), Malformed> {
        let (life_max, too_long) = match self {
            Self::Single => (REQUEST_LIFE_MAX, "what is asked for once lives at most 30 days"),
            Self::Standing => (STANDING_LIFE_MAX, "what is asked for standing lives at most 366 days"),
        };
        if expires <= created {
            return Err(Malformed::Value("what is asked for expires after it is made"));
        }
        if expires.since(created) > life_max { Err(Malformed::Value(too_long)) } else { Ok(()) }
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Request {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// 16 random bytes.
    #[n(1)]
    pub id: RequestId,
    /// Where it can be paid.
    #[n(2)]
    pub verifier: VerifierId,
    /// Where the money goes.
    #[n(3)]
    pub handle: Handle,
    /// The key that signs it, and that the receipt must name.
    #[n(4)]
    pub payee: PublicKey,
    /// The key that the payer's message is sealed to.
    #[n(5)]
    pub hpke: HpkePublicKey,
    /// What is asked for; the payer chooses when it is absent.
    #[n(6)]
    pub amount: Option<Amount>,
    /// When it was made.
    #[n(7)]
    pub created: Time,
    /// It cannot be paid at this time or later.
    #[n(8)]
    pub expires: Time,
    /// A few sentences.
    #[n(9)]
    pub memo: Option<Memo>,
    /// What is sold.
    #[n(10)]
    pub items: Option<Vec<Item>>,
    /// What the payee calls itself; nobody has checked it.
    #[n(11)]
    pub payee_name: Option<Name>,
    /// Once or often.
    #[n(12)]
    pub usage: Usage,
}

impl Object for Request {
    const TYPE: &'static str = "request";

    fn check(&self) -> Result<(), Malformed> {
        if self.amount.is_some_and(|a| a.is_zero()) {
            return Err(Malformed::Value("a request asks for more than zero, or leaves it open"));
        }
        self.usage.check_life(self.created, self.expires)?;
        self.items.as_ref().map_or(Ok(()), |items| Item::check_bill(items, self.amount))
    }
}

/// The reference of a request: what the verifier sees instead of its hash.
#[must_use]
pub fn reference(request: &Signed<Request>) -> RequestRef {
    RequestRef::new(*sealed::derive(&[], request.bytes_hash().as_bytes(), &[b"farthing/1/request-ref"]))
}
