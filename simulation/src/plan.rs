//! What goes wrong in a run, and how often. Each seed draws its own: some worlds lose a third of all messages, some
//! only crash, some are calm. A world in which everything fails all the time would never get far enough to be wrong.

use crate::family::Family;
use crate::random::Random;

/// Chances in a thousand, and spans in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// A message is lost, either way.
    pub(crate) loss: u64,
    /// A call reaches the verifier twice.
    pub(crate) duplicate: u64,
    /// A message takes up to minutes.
    pub(crate) late: u64,
    /// What a message usually takes at most.
    pub(crate) latency_ms: u64,
    /// How long a wallet waits for an answer.
    pub(crate) timeout_ms: u64,
    /// A wallet is killed, when it next does something.
    pub(crate) wallet_crash: u64,
    /// A wallet is killed at a write to its store: exactly before or after it.
    pub(crate) store_crash: u64,
    /// The verifier is killed around a commit.
    pub(crate) verifier_crash: u64,
    /// A commit fails, and the verifier lives on.
    pub(crate) failed_commit: u64,
    /// Wall clocks step.
    pub(crate) clock_step: u64,
    /// The operator changes the fees.
    pub(crate) fees: u64,
    /// How long people are at it.
    pub(crate) busy_ms: u64,
    /// The longest pause between two things that a person does.
    pub(crate) pause_ms: u64,
    /// The longest pause between two things that are the family's own.
    pub(crate) turn_ms: u64,
    /// A wallet's disk fills up, or fails, for some writes.
    pub(crate) disk_trouble: u64,
    /// Everything at once.
    pub(crate) is_storm: bool,
    /// The verifier's disk is lost, and restored from a backup.
    pub(crate) loses_disk: bool,
    /// A wallet's folder is copied, and an old copy used.
    pub(crate) copies: bool,
    /// An account is used on several phones.
    pub(crate) shares: bool,
    /// Phones are cut off for a while.
    pub(crate) parts: bool,
    /// People meet.
    pub(crate) meets: bool,
    /// A phone revokes another.
    pub(crate) revokes: bool,
    /// The verifier's key is replaced.
    pub(crate) certifies: bool,
    /// Somebody puts a whole phone back, so that it signs what it has signed before.
    pub(crate) cheats: bool,
}

impl Plan {
    /// Nothing goes wrong, and nobody does anything.
    pub(crate) const fn calm() -> Self {
        Self {
            loss: 0,
            duplicate: 0,
            late: 0,
            latency_ms: 20,
            timeout_ms: 10_000,
            wallet_crash: 0,
            store_crash: 0,
            verifier_crash: 0,
            failed_commit: 0,
            clock_step: 0,
            fees: 0,
            busy_ms: 0,
            pause_ms: 1_000,
            turn_ms: 60_000,
            disk_trouble: 0,
            is_storm: false,
            loses_disk: false,
            copies: false,
            shares: false,
            parts: false,
            meets: false,
            revokes: false,
            certifies: false,
            cheats: false,
        }
    }

    pub(crate) fn draw(family: Family, random: &mut Random) -> Self {
        let mut often = |up_to: u64| if random.chance(350) { 0 } else { random.between(1, up_to) };
        let (loss, duplicate, late) = (often(300), often(300), often(120));
        let (wallet_crash, store_crash) = (often(90), often(120));
        let (verifier_crash, failed_commit) = (often(150), often(80));
        let (clock_step, fees) = (often(250), often(300));
        let is_storm = family == Family::Storm || family.lasts_days();
        let disk_trouble = if is_storm { often(100) } else { 0 };
        // Other families have other things to do than to pay for long.
        let (busy_ms, pause_ms) = match family {
            Family::Storm => ((60_000, 120_000), (4_000, 20_000)),
            // Busy minutes, between which lie nights.
            Family::Tabs | Family::Cellar => ((150_000, 250_000), (4_000, 20_000)),
            Family::Payments => ((240_000, 600_000), (8_000, 40_000)),
            _ => ((150_000, 300_000), (15_000, 60_000)),
        };
        let mut drawn = |permille: u64| is_storm && random.chance(permille);
        let (loses_disk, copies) = (drawn(350), drawn(if family == Family::Cellar { 600 } else { 350 }));
        let (parts, meets, revokes, certifies) = (drawn(500), drawn(350), drawn(300), drawn(250));
        let cheats = family == Family::Cellar && random.chance(600);
        Self {
            loss,
            duplicate,
            late,
            latency_ms: random.between(10, if family.lasts_days() { 1_000 } else { 3_000 }),
            timeout_ms: random.between(4_000, 30_000),
            wallet_crash,
            store_crash,
            verifier_crash,
            failed_commit,
            clock_step,
            fees,
            busy_ms: random.between(busy_ms.0, busy_ms.1),
            pause_ms: random.between(pause_ms.0, pause_ms.1),
            turn_ms: match family {
                Family::Storm | Family::Tabs | Family::Cellar => 15_000,
                Family::Enrolment => 3_000,
                _ => 60_000,
            },
            disk_trouble,
            is_storm,
            loses_disk: loses_disk || family == Family::Verifier,
            copies: copies || family == Family::Copies,
            shares: is_storm || matches!(family, Family::Devices | Family::Restore | Family::Copies),
            parts,
            meets: meets && family == Family::Storm || family == Family::Pairing,
            revokes: revokes || family == Family::Devices,
            certifies,
            cheats: copies && cheats,
        }
    }

    /// How long a message takes.
    pub(crate) fn delay_ms(&self, random: &mut Random) -> u64 {
        if random.chance(self.late) { random.between(1_000, LATE_MS) } else { random.between(1, self.latency_ms) }
    }
}

/// The longest a message is on its way: past the life of the order in it.
const LATE_MS: u64 = 300_000;
