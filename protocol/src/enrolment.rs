//! Enrolment: an account key opens its account at a verifier.
//!
//! ```cddl
//! enrolment = {
//!   0: 1,
//!   1: bstr .size 32,         ; verifier
//!   2: public-key,            ; account key
//!   3: uint,                  ; counter of the account key
//!   ? 4: bstr .size 16,       ; invite code; absent at an open verifier
//!   5: bstr .size 32,         ; SHA-256 of the device certificate's bytes
//!   6: bstr .size 32,         ; SHA-256 of the device list's bytes
//!   7: time,                  ; created
//! }
//! ```
//!
//! Type `enrolment`, signed by the account key. It is idempotent: the same account key with the same bytes again is
//! answered as the first time, and uses the invite once.
//!
//! ```
//! use farthing_protocol::{cbor::V1, cose::Signed, enrolment::Enrolment, id::*, key::{Ed25519Key, Signer as _}, time::Time};
//! let account = Ed25519Key::from_seed([1; 32]);
//! let enrolment = Enrolment {
//!     version: V1, verifier: VerifierId::new([2; 32]), account: *account.public(), counter: Counter::new(3), invite: None,
//!     certificate: Digest::of(b"the certificate's bytes"), list: Digest::of(b"the list's bytes"), created: Time::from_ms(1),
//! };
//! let sent = Signed::sign(enrolment, &account)?;
//! let key = sent.claims().account;
//! assert_eq!(sent.verify(&key)?.account.account_id(), account.public().account_id());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::V1;
use crate::cose::Object;
use crate::id::{Counter, Digest, InviteCode, VerifierId};
use crate::key::PublicKey;
use crate::time::Time;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Enrolment {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Where the account is opened.
    #[n(1)]
    pub verifier: VerifierId,
    /// The account key.
    #[n(2)]
    pub account: PublicKey,
    /// The account key's counter.
    #[n(3)]
    pub counter: Counter,
    /// From the invite.
    #[n(4)]
    pub invite: Option<InviteCode>,
    /// The first device's certificate.
    #[n(5)]
    pub certificate: Digest,
    /// The device list with it.
    #[n(6)]
    pub list: Digest,
    /// When it was made.
    #[n(7)]
    pub created: Time,
}

impl Object for Enrolment {
    const TYPE: &'static str = "enrolment";
}
