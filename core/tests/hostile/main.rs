//! A verifier that lies or is broken: what it cannot achieve. The verifier hears every call and decides it; the wallet
//! hears something else.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod answers;
mod bytes;
mod debits;
mod entries;
mod epochs;
mod finality;
mod heads;
#[path = "../world/mod.rs"]
mod world;
