//! Messages between two wallets and the real verifier: what a line, a kill, an enemy and a lost session can do to them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "tests fail by panicking, and their modules are nobody else's"
)]

mod bounds;
mod disk;
mod enemies;
mod healing;
mod keys;
mod lists;
mod memos;
mod notes;
mod tills;
mod town;
