//! A verifier that tells two people different things, and wallets that find it out; and that an honest one is never accused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests fail by panicking")]

mod fork;
mod forks;
mod honest;
mod liars;
