//! The language both sides of Farthing speak.
//!
//! Everything here is pure: no I/O, no clock, no global state. Time and randomness are passed in.
//! `docs/protocol.md` is the specification; its chapters follow these modules, and each module
//! that defines an object begins with the object's CDDL (RFC 8610).
//!
//! A tour, bottom up:
//!
//! - [`cbor`]: deterministic CBOR (RFC 8949 §4.2.1), refused when it is anything else.
//! - [`cose`]: [`cose::Signed`] is what arrived, [`cose::Verified`] is what a key vouches for.
//! - [`key`], [`id`], [`text`], [`time`], [`money`], [`limits`]: values that are valid once they exist.
//! - the signed objects, one module each, from [`verifier_certificate`] to [`refusal`]; what a device asks for are [`act`]s.
//! - [`sealed`], [`bundle`], [`mod@pointer`]: what only the payee, or who holds the QR, can read.
//! - [`carried`]: an order that somebody else posts.
//! - [`pairing`], [`prekeys`], [`message`], [`envelope`]: two people who met, and what they write to each other.
//! - [`tab`]: money by the drop: a hold, vouchers, claims, and the rules of all of it.
//! - [`offline`]: money without network: allowances, vouchers, proofs, and how they are settled.
//! - [`http`]: the calls, their signatures (RFC 9421), and unsigned problems (RFC 9457).
//! - [`code`]: every refusal and problem with its stable number.
//!
//! ```
//! use farthing_protocol::{key::{Ed25519Key, Signer}, head::Head, cose::Signed};
//! # use farthing_protocol::{id::*, time::Time, cbor::V1};
//! let key = Ed25519Key::from_seed([7; 32]);
//! let head = Head {
//!     version: V1, epoch: Epoch::new(1), seq: Seq::new(42), time: Time::from_ms(1_800_000_000_000),
//!     checkpoint: Digest::new([0; 32]), nonce: Nonce::new([9; 16]),
//! };
//! let sent = Signed::sign(head.clone(), &key)?;
//! let arrived = Signed::<Head>::parse(sent.bytes())?;
//! let known = arrived.verify(key.public())?;
//! assert_eq!(*known, head);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod account_leaf;
pub mod act;
pub mod alias;
pub mod bundle;
pub mod carried;
pub mod cbor;
pub mod checkpoint;
pub mod code;
pub mod contradiction;
pub mod cose;
pub mod details;
pub mod device;
pub mod enrolment;
pub mod envelope;
pub mod error;
pub mod fee_schedule;
pub mod generation;
pub mod handle;
pub mod head;
pub mod http;
pub mod id;
pub mod invite;
pub mod issue;
pub mod key;
pub mod limits;
mod link;
pub mod list_receipt;
pub mod merkle;
pub mod message;
pub mod money;
pub mod offline;
pub mod order;
pub mod pairing;
pub mod pointer;
pub mod prekeys;
pub mod publication;
pub mod receipt;
pub mod refusal;
pub mod request;
pub mod sealed;
pub mod tab;
pub mod text;
pub mod time;
pub mod verifier_certificate;

pub use error::{Malformed, SignError, Unverified};
