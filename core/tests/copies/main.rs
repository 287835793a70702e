//! Copies of a wallet's folder: real files, a real passphrase vault, a verifier over HTTP, two folders in every order.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "tests fail by panicking, and share by pub"
)]

#[path = "../world/mod.rs"]
mod world;

mod allowances;
mod contact;
mod folders;
