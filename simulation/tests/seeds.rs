//! What continuous integration runs: 500 seeds, the seeds that once found something, and that a seed replays exactly.

#![allow(clippy::panic, reason = "tests' own functions fail as tests do")]

use farthing_simulation::{Counts, Report, run};

/// Seeds that found a fault when they were first run, with what it was. Plans change as the simulation grows, so
/// that a seed need not find the same again; they stay because they cost nothing.
const KEPT: &[(u64, &str)] = &[
    (3, "a wallet's clock stayed ahead for ever after the verifier's time had stood still"),
    (11, "the handle of a request that failed filled the verifier's stock for ever"),
    (17, "an act was made hours ahead by a clock that did not go back"),
    (52, "a status that was overtaken by one with newer fees was taken for a cheat"),
    (143, "a register act that was answered twice put handles back in stock that were in use"),
    (166, "a wallet without handles registered more than the verifier takes, and called it a cheat"),
    (296, "a wallet came to rest only after the verifier's time had caught up"),
];

/// How many seeds continuous integration runs.
const SEEDS: u64 = 500;

fn lives(seed: u64) -> Report {
    run(seed, None).unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn five_hundred_seeds_hold() {
    let counts: Vec<Counts> = (0..SEEDS).map(|seed| lives(seed).counts).collect();
    let mean = |of: fn(&Counts) -> u64| counts.iter().map(of).sum::<u64>() / SEEDS;
    let total = |of: fn(&Counts) -> u64| counts.iter().map(of).sum::<u64>();
    // A simulation in which little happens holds any law.
    assert!(mean(|c| c.deliveries) >= 60, "{} deliveries", mean(|c| c.deliveries));
    assert!(mean(|c| c.settled) >= 4, "{} payments", mean(|c| c.settled));
    for (name, total) in [
        ("lost", total(|c| c.lost)),
        ("doubled", total(|c| c.doubled)),
        ("wallet crashes", total(|c| c.wallet_crashes)),
        ("verifier crashes", total(|c| c.verifier_crashes)),
        ("failed commits", total(|c| c.failed_commits)),
        ("clocks accepted", total(|c| c.clocks_accepted)),
        ("refused", total(|c| c.refused)),
        ("expired", total(|c| c.expired)),
    ] {
        assert!(total > 20, "{name}: {total}");
    }
}

#[test]
fn kept_seeds_hold() {
    for (seed, found) in KEPT {
        if let Err(failure) = run(*seed, None) {
            panic!("once found: {found}\n{failure}");
        }
    }
}

/// The memory databases of two runs have other names, and nothing else differs: not in SQLCipher, either.
#[test]
fn a_seed_replays_exactly() {
    for seed in [0, 1, 2, 25, 77] {
        let (first, again) = (lives(seed), lives(seed));
        assert_eq!(first.digest, again.digest, "seed {seed}");
        assert_eq!(first.counts, again.counts, "seed {seed}");
    }
    assert_ne!(lives(1).digest, lives(2).digest);
}
