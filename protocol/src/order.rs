//! Order: a device moves value (wire decisions 7 to 12).
//!
//! ```cddl
//! order = {
//!   0: 1,
//!   1: bstr .size 16,         ; id, a UUIDv7 whose time is created
//!   2: bstr .size 32,         ; verifier
//!   3: bstr .size 16,         ; account
//!   4: bstr .size 16,         ; device
//!   5: time, 6: time,         ; created, expires: at most 10 min later
//!   7: uint,                  ; fee version
//!   8: body,
//! }
//! body = [1, payment]         ; further kinds of order get further numbers
//! payment = {
//!   0: bstr .size 16,         ; payee's handle
//!   1: bstr .size 32,         ; payee key hash
//!   2: amount,                ; more than zero
//!   ? 3: bstr .size 32,       ; request reference
//!   4: bstr .size 32,         ; details hash
//!   ? 5: bstr .size 32,       ; SHA-256 of the bundle
//! }
//! ```
//!
//! Type `order`, signed by the device's act key. Its hash is SHA-256 of its Sig_structure, never of its signature.
//!
//! ```
//! use farthing_protocol::{Malformed, cbor::V1, cose::Object as _, id::*, money::*, order::{Body, Order, Payment}, time::Time};
//! let usd = Asset::new(Code::new("USD")?, 6)?;
//! let order = Order {
//!     version: V1, id: OrderId::new([0; 16]), verifier: VerifierId::new([1; 32]), account: AccountId::new([2; 16]),
//!     device: DeviceId::new([3; 16]), created: Time::from_ms(1), expires: Time::from_ms(120_001), fee_version: FeeVersion::new(1),
//!     body: Body::Payment(Payment {
//!         payee: Handle::new([4; 16]), payee_key: PayeeKeyHash::new([5; 32]), amount: Amount::new(20_000, usd)?,
//!         reference: None, details: DetailsHash::new([6; 32]), bundle: None,
//!     }),
//! };
//! assert!(matches!(order.check(), Err(Malformed::Value(_))), "the id must be a UUIDv7 of its time");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::V1;
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{
    AccountId, DetailsHash, DeviceId, Digest, FeeVersion, Handle, OrderId, PayeeKeyHash, RequestRef, VerifierId,
};
use crate::limits::ORDER_LIFE_MAX;
use crate::money::Amount;
use crate::time::Time;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Order {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Made once, stored before it is first sent.
    #[n(1)]
    pub id: OrderId,
    /// Who decides it.
    #[n(2)]
    pub verifier: VerifierId,
    /// Who pays.
    #[n(3)]
    pub account: AccountId,
    /// By which device.
    #[n(4)]
    pub device: DeviceId,
    /// When it was made, by the verifier's time.
    #[n(5)]
    pub created: Time,
    /// Never applied at this time or later.
    #[n(6)]
    pub expires: Time,
    /// The fee schedule that the payer saw.
    #[n(7)]
    pub fee_version: FeeVersion,
    /// What it does.
    #[n(8)]
    pub body: Body,
}

/// What an order does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Body {
    /// Pays a handle.
    #[n(1)]
    Payment(#[n(0)] Payment),
}

/// A payment to a handle.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Payment {
    /// Where the money goes.
    #[n(0)]
    pub payee: Handle,
    /// Whose it must be.
    #[n(1)]
    pub payee_key: PayeeKeyHash,
    /// How much the payee gets; the fee comes on top.
    #[n(2)]
    pub amount: Amount,
    /// Which request it answers.
    #[n(3)]
    pub reference: Option<RequestRef>,
    /// Memo, items and names, salted and hashed.
    #[n(4)]
    pub details: DetailsHash,
    /// The sealed message that comes with it.
    #[n(5)]
    pub bundle: Option<Digest>,
}

impl Object for Order {
    const TYPE: &'static str = "order";

    fn check(&self) -> Result<(), Malformed> {
        check_made(&self.id, self.created, self.expires)?;
        let Body::Payment(payment) = &self.body;
        if payment.amount.is_zero() {
            return Err(Malformed::Value("an order moves more than zero"));
        }
        Ok(())
    }
}

/// What every order says of its making: the id is of its time, and it expires soon.
pub(crate) fn check_made(id: &OrderId, created: Time, expires: Time) -> Result<(), Malformed> {
    if id.time() != Some(created) {
        return Err(Malformed::Value("an order's id is a UUIDv7 of its time"));
    }
    if expires <= created || expires.since(created) > ORDER_LIFE_MAX {
        return Err(Malformed::Value("an order expires within 10 minutes of its making"));
    }
    Ok(())
}
