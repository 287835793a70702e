//! Payments: a draft that a person looks at, an order that is signed once, a receipt that settles it; and requests.
//!
//! ```text
//! prepare ─▶ Draft ──confirm──▶ Authorised ──sent──▶ Settled | Refused | Expired
//!              └─discard─▶ gone
//! ```
//!
//! `saga` has the diagram with every way a payment can go, and what resumes it after a kill; `authorise` is where it is signed.

pub mod aliases;
pub mod authorise;
mod cancel;
pub mod carried;
pub mod draft;
pub(crate) mod entry;
mod look;
pub(crate) mod published;
pub mod request;
pub mod saga;
mod send;

pub use aliases::{AliasState, OwnAlias, RegisterAlias};
pub use authorise::{Agreed, Approval, Authorise, Proposal, Propose, Proposed};
pub use cancel::CancelRequest;
pub use carried::{Carried, Carry, Said};
pub use draft::{Draft, Prepare, Trustworthiness, Warning};
pub use look::{Look, Looked, Target};
pub use request::{Asked, MadeRequest, MakeRequest, OfferWish, RequestTerms};
pub use send::{Outcome, SendOrder};
pub(crate) use send::{outcome_of, refusal_of, reply_of};
