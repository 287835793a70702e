//! What came of a run.

use crate::laws::{Broken, Law};
use crate::play::Play;

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
    /// Orders that the verifier applied, also what was lost afterwards.
    pub payments: u64,
    /// Writes of wallets that failed, or found no space, while the process lived on.
    pub failed_writes: u64,
    /// Times that a phone had no network for a while.
    pub partitions: u64,
    /// Folders that were put back from an old copy.
    pub folders_put_back: u64,
    /// Times that the verifier was restored from a backup.
    pub disks_lost: u64,
    /// Times that its key was replaced.
    pub keys_replaced: u64,
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
    /// Nights between busy minutes.
    pub nights: u64,
    /// Holds that were placed.
    pub holds: u64,
    /// Vouchers that were taken.
    pub vouchers: u64,
    /// Claims that moved something.
    pub claims: u64,
    /// Vouchers that showed a payer what it had forgotten.
    pub caught_up: u64,
    /// Allowances that were set aside.
    pub allowances: u64,
    /// Payments that were signed without network.
    pub paid_offline: u64,
    /// Payments that were taken without network.
    pub taken_offline: u64,
    /// Claims of them that were taken.
    pub offline_claims: u64,
    /// Allowances that were settled.
    pub settlements: u64,
    /// Payments that were recognised as contradicting others.
    pub contradictions: u64,
    /// How often what the family is about has happened.
    pub key_events: u64,
}

/// A line of a table: its name, and which count it shows.
pub type Row = (&'static str, fn(&Counts) -> u64);

impl Counts {
    /// Their names, for a table.
    pub const ROWS: [Row; 32] = [
        ("key events", |c| c.key_events),
        ("steps", |c| c.steps),
        ("deliveries", |c| c.deliveries),
        ("payments", |c| c.payments),
        ("lost", |c| c.lost),
        ("doubled", |c| c.doubled),
        ("unreachable", |c| c.unreachable),
        ("wallet crashes", |c| c.wallet_crashes),
        ("verifier crashes", |c| c.verifier_crashes),
        ("failed commits", |c| c.failed_commits),
        ("failed writes", |c| c.failed_writes),
        ("partitions", |c| c.partitions),
        ("folders put back", |c| c.folders_put_back),
        ("disks lost", |c| c.disks_lost),
        ("keys replaced", |c| c.keys_replaced),
        ("clock steps", |c| c.clock_steps),
        ("clocks accepted", |c| c.clocks_accepted),
        ("requests", |c| c.requests),
        ("settled", |c| c.settled),
        ("refused", |c| c.refused),
        ("expired", |c| c.expired),
        ("nights", |c| c.nights),
        ("holds", |c| c.holds),
        ("vouchers", |c| c.vouchers),
        ("claims", |c| c.claims),
        ("caught up", |c| c.caught_up),
        ("allowances", |c| c.allowances),
        ("paid offline", |c| c.paid_offline),
        ("taken offline", |c| c.taken_offline),
        ("offline claims", |c| c.offline_claims),
        ("settlements", |c| c.settlements),
        ("contradictions", |c| c.contradictions),
    ];
}

/// A run in which every law held.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was played.
    pub play: Play,
    /// Stands for everything that happened.
    pub digest: String,
    /// How often what happened.
    pub counts: Counts,
}

/// A run in which a law was broken.
#[derive(Debug, thiserror::Error)]
#[error(
    "{play}, step {step}: broken: {law}\n  {detail}\n  last steps:\n    {}\n  again, with a trace: cargo run -p farthing-simulation -- {play}",
    .tail.join("\n    ")
)]
pub struct Failure {
    /// What was played.
    pub play: Play,
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
    pub(crate) fn new(play: Play, step: u64, broken: Broken, tail: Vec<String>) -> Self {
        Self { play, step, law: broken.law, detail: broken.detail, tail }
    }
}
