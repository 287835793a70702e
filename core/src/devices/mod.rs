//! The account's devices: the list of them, restoring the account on a new one, revoking one, adding one.
//!
//! One account key, which is in nobody's pocket but on paper, signs certificates and lists. What a list leaves out is
//! revoked, for ever; what is on it may do what its certificate's scope says, and the verifier sees to that (wire
//! decisions 5 and 11, ADR 0012). The states of a restore are in `restore.rs`; those of another change:
//!
//! ```text
//! ReadDevices ─▶ signed ● stored ─▶ sent ─ 200 ─▶ ● list and certificates known
//!       ▲                            │
//!       └── signed anew ◀── list_conflict: another device was faster
//! ```
//!
//! | killed | afterwards |
//! |---|---|
//! | before it is stored | nothing happened |
//! | stored, sent or not | the next sync sends the same bytes; the verifier answers them as the first time |
//! | answered, not noted | the same |
//!
//! This device learns that it was revoked from the ledger (the entry of the list), from any answer that says so, and from
//! the refusal of an order. Then it is in the state `Revoked`: it pays nothing, and keeps and exports what it knows.

mod change;
pub mod join;
pub mod limits;
mod list;
mod record;
pub(crate) mod relist;
mod restore;

pub use change::{ChangeDevices, NewDevice, PostDevices};
pub(crate) use list::{Devices, known, newer};
pub use list::{ReadDevices, revoked};
pub use record::{KnownDevice, OwnDevices, PendingChange, Purpose};
pub use restore::{FoundAccount, RestoreOptions, begin, find};
pub(crate) use restore::{again, devices_of};

pub(crate) use record::list_by;
