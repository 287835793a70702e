//! Tabs between wallets and the real verifier, in memory: what becomes of the money, whoever dies, lies or forgets.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "tests fail by panicking, and their modules are nobody else's"
)]

mod answers;
mod deaths;
mod direct;
#[path = "../messaging/disk.rs"]
mod disk;
mod entries;
mod life;
mod losses;
mod metered;
mod payee;
mod people;
mod shop;
mod sums;
mod ticks;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../messaging/town.rs"]
mod town;
