//! The CBOR bodies of calls and answers. Each is an array, canonical like everything else.
//!
//! ```cddl
//! verifier-status = [certificates: [1*64 signed], checkpoint: signed, fee-schedule: signed, head: signed]   ; newest certificate first
//! enrolment-body = [enrolment: signed, certificate: signed, list: signed, handles: signed, alias: signed]
//! bind-body = [handle-bind: signed, content: bstr .size (0..4096)]
//! publish-body = [request-publish: signed, content: bstr .size (0..4096)]
//! alias-body = [alias-register: signed, alias-record: signed]
//! order-body = [order: signed, bundle: sealed / null, code: tstr .regexp "[0-9]{6,8}" / null]
//! signed = bstr .size (0..8192)
//! sealed = bstr .size (0..8192)
//! ```
//!
//! Those of the ledger, of devices, of messages and of tabs stand beside this.

mod account;
mod checkpoints;
mod devices;
mod entries;
mod messages;
mod offline;
mod tabs;

pub use account::{AccountStatus, AssetBalance};
pub use checkpoints::{AccountProof, Around, CheckpointStatus, EntryProof};
pub use devices::{DevicesBody, DevicesStatus};
pub use entries::{EntriesPage, Entry, EntryKind};
pub use messages::{ClaimedPrekey, MessageBody, MessagesPage, QueuedMessage};
pub use offline::SettlementsPage;
pub use tabs::{ClaimOutcome, ClaimOutcomes, ClaimsBody};

use crate::cbor::Bytes;
use crate::cose::{Signed, SignedBytes};
use crate::error::Malformed;
use crate::head::Head;
use crate::limits::{BUNDLE_MAX, CALL_BODY_MAX, CERTIFICATES_MAX, REPLY_BODY_MAX, REQUEST_CONTENT_MAX};
use crate::text::Text;
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

/// The head that an answer to a signed read begins with, before the rest is judged: who signed it says which keys must be known.
#[must_use]
pub fn head_of(body: &[u8]) -> Option<Signed<Head>> {
    let mut d = Decoder::new(body);
    d.array().ok()?;
    let head: SignedBytes = d.decode().ok()?;
    Signed::parse(head.as_slice()).ok()
}

/// Defines how whole bodies are read: with their limit and a check.
macro_rules! decodes {
    ($($name:ident ($max:ident): $check:expr;)+) => {$(
        impl $name {
            /// Reads the body.
            ///
            /// # Errors
            /// [`Malformed`](crate::Malformed).
            pub fn decode(bytes: &[u8]) -> Result<Self, $crate::error::Malformed> {
                if bytes.len() > $max {
                    return Err($crate::error::Malformed::TooLarge { limit: $max });
                }
                let body: Self = $crate::cbor::decode(bytes)?;
                let check: fn(&Self) -> bool = $check;
                if check(&body) {
                    Ok(body)
                } else {
                    Err($crate::error::Malformed::Value("a part of the body is out of its limits or its order"))
                }
            }

            /// The body's bytes.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                $crate::cbor::encode(self)
            }
        }
    )+};
}
use decodes;

/// What everyone may know of a verifier: unsigned read, signed contents.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct VerifierStatus {
    /// Certificates, newest first: receipts may still be signed by an earlier key.
    #[n(0)]
    pub certificates: Vec<SignedBytes>,
    /// The checkpoint that opened the epoch.
    #[n(1)]
    pub checkpoint: SignedBytes,
    /// The fee schedule in force.
    #[n(2)]
    pub fee_schedule: SignedBytes,
    /// The head, with the caller's nonce.
    #[n(3)]
    pub head: SignedBytes,
}

/// Opens an account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EnrolmentBody {
    /// A signed `enrolment`.
    #[n(0)]
    pub enrolment: SignedBytes,
    /// A signed `device-certificate`.
    #[n(1)]
    pub certificate: SignedBytes,
    /// A signed `device-list`.
    #[n(2)]
    pub list: SignedBytes,
    /// A signed `handle-register`.
    #[n(3)]
    pub handles: SignedBytes,
    /// A signed `alias-record`.
    #[n(4)]
    pub alias: SignedBytes,
}

/// Binds a handle to a request and stores the request's ciphertext.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BindBody {
    /// A signed `handle-bind`.
    #[n(0)]
    pub bind: SignedBytes,
    /// The ciphertext.
    #[n(1)]
    pub content: Bytes<REQUEST_CONTENT_MAX>,
}

/// Stores a standing request's ciphertext.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PublishBody {
    /// A signed `request-publish`.
    #[n(0)]
    pub publish: SignedBytes,
    /// The ciphertext.
    #[n(1)]
    pub content: Bytes<REQUEST_CONTENT_MAX>,
}

/// Gives the account a further alias.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AliasBody {
    /// A signed `alias-register`.
    #[n(0)]
    pub register: SignedBytes,
    /// The signed `alias-record` that it names.
    #[n(1)]
    pub record: SignedBytes,
}

/// An order, its bundle, and a second factor's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderBody {
    /// A signed `order`.
    pub order: SignedBytes,
    /// The bundle that the order names.
    pub bundle: Option<Bytes<BUNDLE_MAX>>,
    /// A one-time code (RFC 6238), where one was asked for: 6 to 8 digits.
    pub code: Option<Text<8>>,
}

/// An array of exactly so many members. A derived array would leave out nulls at its end, so that the
/// same body had two forms; here absence is always written as null.
fn members(d: &mut Decoder<'_>, count: u64) -> Result<(), DecodeError> {
    if d.array()? == Some(count) { Ok(()) } else { Err(Malformed::Cbor.into()) }
}

impl<C> Encode<C> for OrderBody {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(3)?.encode(&self.order)?.encode(&self.bundle)?.encode(&self.code)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for OrderBody {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        members(d, 3)?;
        Ok(Self { order: d.decode()?, bundle: d.decode()?, code: one_time_code(d)? })
    }
}

fn one_time_code(d: &mut Decoder<'_>) -> Result<Option<Text<8>>, DecodeError> {
    let Some(code) = d.decode::<Option<&str>>()? else { return Ok(None) };
    if (6..=8).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()) {
        Ok(Some(Text::new(code)?))
    } else {
        Err(Malformed::Value("a one-time code has 6 to 8 digits").into())
    }
}

decodes! {
    VerifierStatus (REPLY_BODY_MAX): |b| (1..=CERTIFICATES_MAX).contains(&b.certificates.len());
    EnrolmentBody (CALL_BODY_MAX): |_| true;
    BindBody (CALL_BODY_MAX): |_| true;
    PublishBody (CALL_BODY_MAX): |_| true;
    AliasBody (CALL_BODY_MAX): |_| true;
    OrderBody (CALL_BODY_MAX): |_| true;
}
