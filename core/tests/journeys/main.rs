//! Payments whose surroundings change on the way: fees, payees' keys, clocks, certificates, and a wallet that ends at any step.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod carried;
mod clock;
mod pausing;
mod payees;
mod restored;
mod resume;
mod tabs;
mod terms;
mod tls;
#[path = "../world/mod.rs"]
mod world;
