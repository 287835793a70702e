//! Wallets and a verifier in one seeded world: their real decisions, under loss, duplication, reordering and restart.
//!
//! A tour:
//!
//! - [`run`] lives through one seed of a [`Family`]: people request and pay, messages get lost, come twice, late, or in another order;
//!   processes die before, inside and after their commits; clocks are wrong. After each step the [`Law`]s are checked, and
//!   at the end, when all is well again, that everyone knows the same.
//! - [`Report`] says what happened, with a digest over all of it: the same seed gives the same digest.
//! - [`Failure`] says which law was broken at which step, and how to see it again.
//!
//! There is no thread, no tokio, no real clock and no socket here, and never a second copy of a rule: wallets are
//! `farthing_core`'s engine and operations, the verifier is `farthing_verifier`'s, over SQLite in memory.
//!
//! ```
//! use farthing_simulation::{Family, Play, Storage, run};
//! let play = Play { family: Family::Payments, seed: 1, storage: Storage::Memory };
//! let report = run(play, None).map_err(|failure| failure.to_string())?;
//! assert_eq!(report.digest, run(play, None).map_err(|failure| failure.to_string())?.digest);
//! # Ok::<(), String>(())
//! ```

mod cast;
mod cellar;
mod clocks;
mod content;
mod crowd;
mod days;
mod disk;
mod errand;
mod event;
mod family;
mod laws;
mod meeting;
mod network;
mod operator;
mod people;
mod plan;
mod play;
mod purse;
mod queue;
mod random;
mod report;
mod server;
mod settle;
mod storm;
mod sync;
mod tabs;
mod trace;
mod turns;
mod world;

pub use content::Storage;
pub use crowd::{Crowd, Crowded};
pub use family::Family;
pub use laws::Law;
pub use play::Play;
pub use report::{Counts, Failure, Report, Row};

use laws::Broken;
use std::panic::{AssertUnwindSafe, catch_unwind};
use world::World;

/// Lives through one seed. `sink` is given each line of the trace, where there is one.
///
/// # Errors
/// [`Failure`] when a law was broken.
pub fn run(play: Play, sink: Option<fn(&str)>) -> Result<Report, Box<Failure>> {
    let none = |broken: Broken| Box::new(Failure::new(play, 0, broken, Vec::new()));
    let mut world = World::new(play, sink).map_err(none)?;
    // Nothing of the world is used after a panic but its counters and its trace.
    let lived = catch_unwind(AssertUnwindSafe(|| world.live())).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let detail = said.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        Err(Broken { law: Law::NoPanic, detail: detail.unwrap_or_default() })
    });
    match lived {
        Ok(()) => Ok(world.report()),
        Err(broken) => Err(Box::new(world.failure(broken))),
    }
}
