//! The records of a store, as both implementations keep them.
//!
//! Each encodes to canonical CBOR like the protocol's objects, so that a stored form has one shape and a snapshot.

mod payment;
mod profile;
mod request;

pub use payment::{ArtifactKind, Direction, PayeeRecord, PaymentId, PaymentRecord, PaymentState};
pub use profile::{AliasPin, Cursor, LossState, Profile, ProfileState, TrustRecord};
pub use request::{ActKind, ActRecord, HandleRecord, HandleState, RequestRecord, RequestState};
