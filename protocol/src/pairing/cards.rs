//! Contact card and pair confirmation: what two people who met sign for each other.
//!
//! ```cddl
//! contact-card = {
//!   0: 1,
//!   1: bstr .size 32,         ; transcript hash
//!   2: 1 / 2,                 ; the signer's role: shower, scanner
//!   3: bstr,                  ; device certificate, signed
//!   4: bstr,                  ; alias record, signed
//!   ? 5: tstr,                ; what the person calls itself
//!   6: time,                  ; created
//! }
//! pair-confirm = {
//!   0: 1,
//!   1: bstr .size 32,         ; transcript hash
//!   2: 1 / 2,                 ; the signer's role
//!   3: bstr .size 32,         ; SHA-256 of the shower's card's bytes
//!   4: bstr .size 32,         ; SHA-256 of the scanner's
//! }
//! ```
//!
//! Types `contact-card`, `pair-confirm`, signed by the session key of the device that pairs.

use super::{Role, TranscriptHash};
use crate::cbor::V1;
use crate::cose::{Object, SignedBytes};
use crate::details::Name;
use crate::id::Digest;
use crate::time::Time;
use minicbor::{Decode, Encode};

/// Who somebody is: account, device, and where it is paid.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ContactCard {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The pairing that it is for, and no other.
    #[n(1)]
    pub transcript: TranscriptHash,
    /// The signer's side.
    #[n(2)]
    pub role: Role,
    /// Its signed `device-certificate`, with account key, session key and Olm identity.
    #[n(3)]
    pub certificate: SignedBytes,
    /// Its signed `alias-record`.
    #[n(4)]
    pub alias: SignedBytes,
    /// What the person calls itself.
    #[n(5)]
    pub name: Option<Name>,
    /// When it was made.
    #[n(6)]
    pub created: Time,
}

impl Object for ContactCard {
    const TYPE: &'static str = "contact-card";
}

/// Says that one side saw both cards: the other may call it verified.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PairConfirm {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The pairing.
    #[n(1)]
    pub transcript: TranscriptHash,
    /// The signer's side.
    #[n(2)]
    pub role: Role,
    /// SHA-256 of the shower's card's bytes.
    #[n(3)]
    pub shower: Digest,
    /// SHA-256 of the scanner's card's bytes.
    #[n(4)]
    pub scanner: Digest,
}

impl Object for PairConfirm {
    const TYPE: &'static str = "pair-confirm";
}
