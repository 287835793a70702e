//! The verifier: keeps the ledger, decides orders, carries sealed messages, and learns only what it needs to.
//!
//! A tour:
//!
//! - [`Verifier`] is synchronous and knows no network: it answers calls on one SQLite connection. The server and the
//!   simulation run this very code.
//! - [`Setup`] and [`Keys`] make a ledger; [`OpenError`] says why one cannot be opened.
//! - [`operator`] holds what only the operator does: invites, issues, fees, the guarantee fund.
//! - [`server`] puts it on the network; [`commands`] are the operator's commands as data.
//! - [`audit`] recomputes everything from the entries, and trusts nothing that is not signed.
//! - [`crash`] names the points at which kill tests end the process.
//!
//! ```
//! use farthing_protocol::{http::Call, key::Ed25519Key, money::{Asset, Code}, time::{Moment, Span, Time}};
//! use farthing_verifier::{Keys, Setup, Verifier};
//! let now = Moment { wall: Time::from_ms(1_800_000_000_000), monotonic: Span::from_ms(0) };
//! let usd = Asset::new(Code::new("USD")?, 6)?;
//! let setup = Setup::open("http://127.0.0.1:7878", usd, 10_000_000);
//! let database = rusqlite::Connection::open_in_memory()?;
//! let (root, keys) = (Ed25519Key::from_seed([1; 32]), Keys::from_seeds([2; 32], [3; 32]));
//! let mut verifier = Verifier::create(database, &setup, &root, keys, now)?;
//! let reply = verifier.answer(&Call::get("/v1/verifier", ""), "127.0.0.1:7878", now);
//! assert_eq!(reply.status, 200);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod act;
mod act_sweep;
mod allowance;
pub mod audit;
mod call;
mod clock;
pub mod commands;
mod context;
pub mod crash;
mod devices;
mod enrol;
mod entries;
mod epoch;
mod events;
mod fault;
mod issue;
mod keys;
mod mailbox;
pub mod operator;
mod order;
mod proofs;
mod read;
mod refusal;
mod rendezvous;
mod seal;
pub mod server;
mod setup;
mod status;
mod store;
mod sweep;
mod tab;
mod topic;
mod verifier;

pub use act::ACTS_PER_DAY;
pub use call::Prepared;
pub use clock::Doubt;
pub use epoch::{CERTIFY_MAX, Opened, Reopening};
pub use keys::{KeyFileError, Keys, load_root, save_root};
pub use seal::{SEAL_ENTRIES, SEAL_EVERY};
pub use setup::{ISSUER_LIMIT, OPEN_PER_DAY, Setup};
pub use store::{OpenError, SCHEMA_VERSION, check_ledger, identify_ledger};
pub use verifier::Verifier;
