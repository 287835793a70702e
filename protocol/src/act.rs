//! Session acts: what a device asks of the verifier in its account's name, signed by its session key.
//!
//! ```cddl
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
//! Every act begins with these members and goes on with its own from 6. The journal's key is (account, id).
//!
//! ```
//! use farthing_protocol::{Malformed, act::{Act as _, Header}, cose::Object as _, handle::HandleCancel, id::*, time::Time};
//! let header = Header {
//!     verifier: VerifierId::new([1; 32]), account: AccountId::new([2; 16]), device: DeviceId::new([3; 16]),
//!     id: ActId::new([0; 16]), created: Time::from_ms(1),
//! };
//! let act = HandleCancel::new(header, Handle::new([4; 16]));
//! assert_eq!(act.header(), header);
//! assert!(matches!(act.check(), Err(Malformed::Value(_))), "the id must be a UUIDv7 of its time");
//! ```

use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{AccountId, ActId, DeviceId, VerifierId};
use crate::time::Time;

/// What every act says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// At this verifier.
    pub verifier: VerifierId,
    /// Of this account.
    pub account: AccountId,
    /// By this device.
    pub device: DeviceId,
    /// The act's id.
    pub id: ActId,
    /// When it was made.
    pub created: Time,
}

impl Header {
    /// The id of an act is made of its time: one that is not could be journaled far from where it is looked for.
    pub(crate) fn check(&self) -> Result<(), Malformed> {
        if self.id.time() == Some(self.created) {
            Ok(())
        } else {
            Err(Malformed::Value("an act's id is a UUIDv7 of its time"))
        }
    }
}

/// A session act.
pub trait Act: Object {
    /// Its first members.
    fn header(&self) -> Header;
}

/// Defines an act: its type's name, the members from 6 on, and a check of them.
macro_rules! act {
    (
        $(#[$meta:meta])* $name:ident = $type:literal, $check:expr;
        { $($(#[$member:meta])* $field:ident: $kind:ty,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
        #[cbor(map)]
        pub struct $name {
            /// Always 1.
            #[n(0)]
            pub version: $crate::cbor::V1,
            /// At this verifier.
            #[n(1)]
            pub verifier: $crate::id::VerifierId,
            /// Of this account.
            #[n(2)]
            pub account: $crate::id::AccountId,
            /// By this device.
            #[n(3)]
            pub device: $crate::id::DeviceId,
            /// The act's id.
            #[n(4)]
            pub id: $crate::id::ActId,
            /// When it was made.
            #[n(5)]
            pub created: $crate::time::Time,
            $($(#[$member])* pub $field: $kind,)+
        }

        impl $name {
            /// The act with this header and members of its own.
            #[must_use]
            pub const fn new(header: $crate::act::Header, $($field: $kind),+) -> Self {
                let $crate::act::Header { verifier, account, device, id, created } = header;
                Self { version: $crate::cbor::V1, verifier, account, device, id, created, $($field),+ }
            }
        }

        impl $crate::act::Act for $name {
            fn header(&self) -> $crate::act::Header {
                $crate::act::Header {
                    verifier: self.verifier,
                    account: self.account,
                    device: self.device,
                    id: self.id,
                    created: self.created,
                }
            }
        }

        impl $crate::cose::Object for $name {
            const TYPE: &'static str = $type;

            fn check(&self) -> Result<(), $crate::error::Malformed> {
                let members: fn(&Self) -> Result<(), $crate::error::Malformed> = $check;
                members(self)?;
                $crate::act::Act::header(self).check()
            }
        }
    };
}
pub(crate) use act;
