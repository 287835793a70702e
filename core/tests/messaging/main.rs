//! Messages between two wallets and the real verifier: what a line, a kill, an enemy and a lost session can do to them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod bounds;
mod disk;
mod enemies;
mod healing;
mod memos;
mod notes;
mod town;
