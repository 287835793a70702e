//! Several devices of one account: restored, listed, revoked, added; aliases and standing requests.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

#[path = "../world/mod.rs"]
mod world;

mod aliases;
mod joined;
mod restore;
mod revoke;
