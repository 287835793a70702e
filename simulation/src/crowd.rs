//! Many seeds, on all cores: each world stays on one thread.

use crate::content::Storage;
use crate::family::Family;
use crate::play::Play;
use crate::report::{Failure, Report};
use crate::run;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::available_parallelism;

/// Which seeds, and how.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// What the worlds are about.
    pub family: Family,
    /// What wallets are kept in.
    pub storage: Storage,
    /// The seeds.
    pub seeds: Range<u64>,
    /// How many at once.
    pub threads: usize,
    /// No further seed is begun after one that fails.
    pub first: bool,
}

/// What came of them, by seed.
#[derive(Debug, Default)]
pub struct Crowded {
    /// Those in which every law held.
    pub held: Vec<Report>,
    /// Those in which one was broken.
    pub failed: Vec<Failure>,
}

impl Crowd {
    /// All seeds of a family, on all cores, whether or not one fails.
    #[must_use]
    pub fn new(family: Family, seeds: Range<u64>) -> Self {
        let threads = available_parallelism().map_or(1, usize::from);
        Self { family, storage: Storage::Memory, seeds, threads, first: false }
    }

    /// Lives through them.
    #[must_use]
    pub fn run(&self) -> Crowded {
        let (next, stopped) = (AtomicU64::new(self.seeds.start), AtomicBool::new(false));
        let mut all = Crowded::default();
        std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..self.threads.max(1)).map(|_| scope.spawn(|| self.some(&next, &stopped))).collect();
            for thread in threads {
                // A world's own panic is a failure of its seed; this one would be the runner's.
                let some = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                all.held.extend(some.held);
                all.failed.extend(some.failed);
            }
        });
        all.held.sort_by_key(|report| report.play.seed);
        all.failed.sort_by_key(|failure| failure.play.seed);
        all
    }

    fn some(&self, next: &AtomicU64, stopped: &AtomicBool) -> Crowded {
        let mut some = Crowded::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.seeds.end || stopped.load(Ordering::Relaxed) {
                return some;
            }
            match run(Play { family: self.family, seed, storage: self.storage }, None) {
                Ok(report) => some.held.push(report),
                Err(failure) => {
                    some.failed.push(*failure);
                    stopped.store(self.first, Ordering::Relaxed);
                }
            }
        }
    }
}
