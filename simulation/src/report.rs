//! What came of a run.

use crate::family::Family;
use crate::laws::{Broken, Law};

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Things that happened.
    pub steps: u64,
    /// Calls that reached the verifier.
    pub deliveries: u64,
    /// Calls and answers that were lost.
    pub lost: u64,
    /// Calls that were sent a second time by the network.
    pub doubled: u64,
    /// Calls that found no verifier running.
    pub unreachable: u64,
    /// Deaths of a wallet's process, at a write or between.
    pub wallet_crashes: u64,
    /// Deaths of the verifier's process, around a commit or between.
    pub verifier_crashes: u64,
    /// Commits that failed while the verifier lived on.
    pub failed_commits: u64,
    /// Steps of a wall clock.
    pub clock_steps: u64,
    /// Times that the operator accepted a doubted clock.
    pub clocks_accepted: u64,
    /// Requests that could be paid.
    pub requests: u64,
    /// Payments that were settled.
    pub settled: u64,
    /// Payments that were refused.
    pub refused: u64,
    /// Payments that were never applied.
    pub expired: u64,
    /// How often what the family is about has happened.
    pub key_events: u64,
}

/// A run in which every law held.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its family.
    pub family: Family,
    /// Its seed.
    pub seed: u64,
    /// Stands for everything that happened.
    pub digest: String,
    /// How often what happened.
    pub counts: Counts,
}

/// A run in which a law was broken.
#[derive(Debug, thiserror::Error)]
#[error(
    "family {family}, seed {seed}, step {step}: broken: {law}\n  {detail}\n  last steps:\n    {}\n  again, with a trace: cargo run -p farthing-simulation -- --family {family} --seed {seed}",
    .tail.join("\n    ")
)]
pub struct Failure {
    /// The name of its family.
    pub family: &'static str,
    /// Its seed.
    pub seed: u64,
    /// At which step.
    pub step: u64,
    /// Which law.
    pub law: Law,
    /// In what way.
    pub detail: String,
    /// What happened last.
    pub tail: Vec<String>,
}

impl Failure {
    pub(crate) fn new((family, seed): (Family, u64), step: u64, broken: Broken, tail: Vec<String>) -> Self {
        Self { family: family.name(), seed, step, law: broken.law, detail: broken.detail, tail }
    }
}
