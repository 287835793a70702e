//! Money without network between wallets and the real verifier, in memory: what becomes of it, whoever dies, lies or forgets.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "tests fail by panicking, and their modules are nobody else's"
)]

mod cheats;
#[path = "../messaging/disk.rs"]
mod disk;
mod honest;
mod life;
mod losses;
mod market;
mod payee;
mod routes;
mod safe;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../messaging/town.rs"]
mod town;
