//! The HTTP calls, apart from any HTTP library: the verifier answers a [`Call`] with a [`Reply`], over a socket or,
//! in the simulation, directly.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `GET /v1/verifier?nonce=HEX` | | [`VerifierStatus`] |
//! | `POST /v1/enrolments` | [`EnrolmentBody`] | 204 |
//! | `POST /v1/handles` | a signed `handle-register` | 204 |
//! | `POST /v1/requests` | [`BindBody`] | 204 |
//! | `POST /v1/cancellations` | a signed `handle-cancel` | 204 |
//! | `POST /v1/aliases` | [`AliasBody`] | 204 |
//! | `POST /v1/publications` | [`PublishBody`] | 204 |
//! | `POST /v1/withdrawals` | a signed `request-withdraw` | 204 |
//! | `GET /v1/requests/{locator}` (signed) | | the ciphertext |
//! | `GET /v1/aliases/{alias}` (signed) | | a signed `alias-record` |
//! | `POST /v1/orders` | [`OrderBody`] | 200 with a signed `receipt`, 409 with a signed `refusal` |
//! | `GET /v1/orders/{id}` (signed) | | likewise |
//! | `POST /v1/devices` | [`DevicesBody`] | 200 with a signed `list-receipt` |
//! | `GET /v1/devices` (signed, also by the account key) | | [`DevicesStatus`] |
//! | `GET /v1/devices?account=HEX` (signed) | | [`DevicesStatus`] |
//! | `POST /v1/generations` | a signed `generation` | 204 |
//! | `POST /v1/rendezvous/{id}/{slot}` | at most 1 KiB | 204 |
//! | `GET /v1/rendezvous/{id}/{slot}?wait=MS` | | these bytes |
//! | `POST /v1/prekeys` | a signed `prekeys` | 204 |
//! | `POST /v1/claims` | a signed `prekey-claim` | [`ClaimedPrekey`] |
//! | `POST /v1/messages` | [`MessageBody`] | 204 |
//! | `GET /v1/messages?after=N&max=M&wait=MS` (signed) | | [`MessagesPage`] |
//! | `POST /v1/acknowledgements` | a signed `acknowledge` | 204 |
//! | `GET /v1/events` (signed) | | `text/event-stream` |
//! | `GET /v1/entries?epoch=N&seq=N&max=N&wait=MS` (signed) | | [`EntriesPage`] |
//! | `GET /v1/account` (signed) | | [`AccountStatus`] |
//! | `GET /v1/checkpoints?epoch=N&seq=N` (signed) | | [`CheckpointStatus`] |
//! | `GET /v1/checkpoints/entry?seq=N&size=N` (signed) | | [`EntryProof`] |
//! | `GET /v1/checkpoints/account` (signed) | | [`AccountProof`] |
//!
//! Everything else is a problem (RFC 9457), see [`Problem`].
//!
//! ```
//! use farthing_protocol::{code::ProblemCode, http::{Call, Problem, Reply}};
//! let call = Call::get("/v1/entries", "epoch=1&seq=0&max=100");
//! assert_eq!(call.parameter("max"), Some("100"));
//! let reply = Reply::problem(&Problem::new(ProblemCode::Busy).retry_after(2));
//! assert_eq!((reply.status, reply.retry_after_s), (503, Some(2)));
//! assert_eq!(Problem::from_json(&reply.body).unwrap().code, ProblemCode::Busy);
//! ```

mod bodies;
mod problem;
pub mod signature;

pub use crate::cose::SignedBytes;
pub use bodies::head_of;
pub use bodies::{
    AccountProof, AccountStatus, AliasBody, Around, AssetBalance, BindBody, CheckpointStatus, ClaimOutcome,
    ClaimOutcomes, ClaimedPrekey, ClaimsBody, DevicesBody, DevicesStatus, EnrolmentBody, EntriesPage, Entry, EntryKind,
    EntryProof, MessageBody, MessagesPage, OrderBody, PublishBody, QueuedMessage, SettlementsPage, VerifierStatus,
};
pub use problem::Problem;

/// The media type of an order with its bundle.
pub const MEDIA_ORDER: &str = "application/vnd.farthing.order+cbor";
/// The media type of one signed object (RFC 9052 §11).
pub const MEDIA_COSE: &str = "application/cose";
/// The media type of other CBOR (RFC 8949 §9.5).
pub const MEDIA_CBOR: &str = "application/cbor";
/// The media type of a ciphertext.
pub const MEDIA_OCTETS: &str = "application/octet-stream";
/// The media type of a stream of events (WHATWG HTML, 9.2).
pub const MEDIA_EVENTS: &str = "text/event-stream";
/// The media type of a problem (RFC 9457).
pub const MEDIA_PROBLEM: &str = "application/problem+json";

/// The two methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Acts.
    Post,
}

impl Method {
    /// As it stands in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// The headers of RFC 9421 and RFC 9530 that a signed read carries.
#[derive(Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    /// `Content-Digest`.
    pub content_digest: String,
    /// `Signature-Input`.
    pub signature_input: String,
    /// `Signature`.
    pub signature: String,
}

// Whoever has them can repeat the read while its `created` is fresh.
impl core::fmt::Debug for SignatureHeaders {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SignatureHeaders(redacted)")
    }
}

/// A call to a verifier.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// GET or POST.
    pub method: Method,
    /// The path, percent-encoded, without the query.
    pub path: String,
    /// The query without its question mark; empty when there is none.
    pub query: String,
    /// The `Content-Type`; empty without a body.
    pub media_type: String,
    /// The body; at most [`crate::limits::CALL_BODY_MAX`] bytes.
    pub body: Vec<u8>,
    /// Set on signed reads.
    pub signature: Option<SignatureHeaders>,
}

impl Call {
    /// A read.
    #[must_use]
    pub fn get(path: impl Into<String>, query: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            query: query.into(),
            media_type: String::new(),
            body: Vec::new(),
            signature: None,
        }
    }

    /// An act.
    #[must_use]
    pub fn post(path: impl Into<String>, media_type: &str, body: Vec<u8>) -> Self {
        Self {
            method: Method::Post,
            path: path.into(),
            query: String::new(),
            media_type: media_type.to_owned(),
            body,
            signature: None,
        }
    }

    /// The path as the table of this module has it, with `{}` for ids, locators and aliases: what may stand in a log.
    ///
    /// ```
    /// use farthing_protocol::http::Call;
    /// assert_eq!(Call::get("/v1/aliases/truck-7", "").template(), "/v1/aliases/{}");
    /// assert_eq!(Call::get("/v1/checkpoints/entry", "seq=1&size=2").template(), "/v1/checkpoints/entry");
    /// ```
    #[must_use]
    pub fn template(&self) -> String {
        let mut parts = self.path.split('/').skip(2);
        let room = parts.next().unwrap_or_default();
        let rest = parts.map(|part| if room == "checkpoints" { part } else { "{}" });
        std::iter::once("/v1").chain([room]).chain(rest).collect::<Vec<_>>().join("/")
    }

    /// The value of a query parameter that needs no percent-decoding, as all of Farthing's.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == name).map(|(_, v)| v))
    }
}

// A path can hold an alias or a locator, and bodies hold everything: neither belongs into logs in full.
impl core::fmt::Debug for Call {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Call({} {}, {} bytes)", self.method.as_str(), self.template(), self.body.len())
    }
}

/// A verifier's answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The `Content-Type`; empty without a body.
    pub media_type: String,
    /// `Retry-After`, in seconds.
    pub retry_after_s: Option<u32>,
    /// The body.
    pub body: Vec<u8>,
}

impl core::fmt::Debug for Reply {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Reply({} {}, {} bytes)", self.status, self.media_type, self.body.len())
    }
}

impl Reply {
    /// 204, done.
    #[must_use]
    pub const fn done() -> Self {
        Self { status: 204, media_type: String::new(), retry_after_s: None, body: Vec::new() }
    }

    /// 200 with a body.
    #[must_use]
    pub fn ok(media_type: &str, body: Vec<u8>) -> Self {
        Self { status: 200, media_type: media_type.to_owned(), retry_after_s: None, body }
    }

    /// 409 with a signed refusal.
    #[must_use]
    pub fn refused(body: Vec<u8>) -> Self {
        Self { status: 409, media_type: MEDIA_COSE.to_owned(), retry_after_s: None, body }
    }

    /// A problem.
    #[must_use]
    pub fn problem(problem: &Problem) -> Self {
        Self {
            status: problem.code.status(),
            media_type: MEDIA_PROBLEM.to_owned(),
            retry_after_s: problem.retry_after_s,
            body: problem.to_json().into_bytes(),
        }
    }
}
