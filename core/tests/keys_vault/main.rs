//! Vaults: one contract for every store, and what can happen to each.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test's own functions fail as the test does"
)]

mod contract;
#[cfg(target_os = "linux")]
mod keyring;
mod passphrase;
#[cfg(target_os = "linux")]
mod prompter;
#[cfg(target_os = "linux")]
mod session;
