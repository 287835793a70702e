//! Seeds of each family, the seeds that once found something, and that a seed replays exactly.

#![allow(clippy::panic, reason = "tests' own functions fail as tests do")]

use farthing_simulation::{Counts, Crowd, Family, Play, Report, Storage, run};

/// Seeds that found a fault when they were first run, with what it was. Plans change as the simulation grows, so
/// that a seed need not find the same again; they stay because they cost nothing.
const KEPT: &[(Family, u64, &str)] = &[
    (Family::Payments, 3, "a wallet's clock stayed ahead for ever after the verifier's time had stood still"),
    (Family::Payments, 11, "the handle of a request that failed filled the verifier's stock for ever"),
    (Family::Payments, 17, "an act was made hours ahead by a clock that did not go back"),
    (Family::Payments, 52, "a status that was overtaken by one with newer fees was taken for a cheat"),
    (Family::Payments, 143, "a register act that was answered twice put handles back in stock that were in use"),
    (Family::Payments, 166, "a wallet without handles registered more than the verifier takes, and called it a cheat"),
    (Family::Payments, 296, "a wallet came to rest only after the verifier's time had caught up"),
    (Family::Payments, 4, "a killed wallet took its own earlier opening, late at the verifier, for another copy's"),
    (
        Family::Payments,
        365,
        "a request that was cancelled while a second answer to it was late failed inside the wallet",
    ),
    (Family::Copies, 12, "a stock that another copy had filled was never made anew: no handle was taken any more"),
    (Family::Copies, 66, "a credit was rejected: another copy had bound the handle, and this one's request had failed"),
    (Family::Copies, 92, "a stock that was dropped while it was filled up was blamed on the verifier"),
    (
        Family::Pairing,
        262,
        "a payment was replaced by one with a lower id, made when the verifier's clock had gone back",
    ),
    (Family::Verifier, 180, "a restored verifier gave new fees a version that it had used for others before"),
    (Family::Pairing, 68, "a meeting was looked at before the confirmation that waited was sent"),
    (Family::Enrolment, 0, "a balance was called another than the verifier's while an entry was still to be read"),
    (Family::Verifier, 268, "a verifier that had sealed nothing since it was restored was said to account for nothing"),
    (Family::Verifier, 194, "the first entry of an epoch was decided without being sealed"),
    (Family::Storm, 367, "a credit that a restored verifier had lost, and applied again, was not counted again"),
    (Family::Storm, 151, "the same, with folders that were put back from old copies"),
    (Family::Storm, 658, "fees of a restored verifier had the version of other fees that payers had been shown"),
    (
        Family::Storm,
        1232,
        "a request that a sync had failed and called off was blamed on a handle that was not in stock",
    ),
    (Family::Storm, 4308, "a status asked for before a restore, and overtaken by newer fees, was taken for a cheat"),
    (Family::Storm, 58, "a revoked phone never gave up an order that a restored verifier could not decide"),
    (
        Family::Tabs,
        422,
        "a claim above the cap that was left after a loss, and raised since, was blamed on the verifier",
    ),
    (
        Family::Cellar,
        16,
        "a restored verifier had lost whose a payee key was, and refused the claim of what an honest payer had paid",
    ),
    (Family::Cellar, 2, "a payee whose clock was a year ahead forgot the request that a customer had just paid"),
    (Family::Cellar, 244, "the answer to a revocation that the list had overtaken was taken for a cheat"),
];

/// How many seeds run with the tests: of payments, of each other family, and of storms, of which `scripts/simulate` lives
/// through many more.
const SEEDS: u64 = 500;
const SEEDS_OF_A_FAMILY: u64 = 300;
const STORMS: u64 = 100;
/// Worlds that keep tabs go on for days, and cost as much as storms.
const TABS: u64 = 60;
/// So do those without network.
const CELLARS: u64 = 60;

const fn play(family: Family, seed: u64) -> Play {
    Play { family, seed, storage: Storage::Memory }
}

fn live(family: Family, seeds: u64) -> Vec<Report> {
    let mut all = Crowd::new(family, 0..seeds).run();
    if let Some(failure) = all.failed.pop() {
        panic!("{failure}");
    }
    all.held
}

fn lives(play: Play) -> Report {
    run(play, None).unwrap_or_else(|failure| panic!("{failure}"))
}

/// A family in which what it is about hardly ever happens holds any law.
fn family_holds(family: Family, least: u64) {
    let happened: u64 = live(family, SEEDS_OF_A_FAMILY).iter().map(|report| report.counts.key_events).sum();
    assert!(happened >= least, "{}: {happened}", family.key_events());
}

#[test]
fn enrolments_hold() {
    family_holds(Family::Enrolment, 600);
}

#[test]
fn meetings_hold() {
    family_holds(Family::Pairing, 500);
}

#[test]
fn several_devices_hold() {
    family_holds(Family::Devices, 75);
}

#[test]
fn restored_accounts_hold() {
    family_holds(Family::Restore, 250);
}

#[test]
fn old_copies_hold() {
    family_holds(Family::Copies, 300);
}

#[test]
fn restored_verifiers_hold() {
    family_holds(Family::Verifier, 150);
}

#[test]
fn tabs_hold() {
    let counts: Vec<Counts> = live(Family::Tabs, TABS).iter().map(|report| report.counts).collect();
    let total = |of: fn(&Counts) -> u64| counts.iter().map(of).sum::<u64>();
    for (name, total, least) in [
        ("nights", total(|c| c.nights), TABS / 2),
        ("holds", total(|c| c.holds), 3 * TABS),
        ("vouchers", total(|c| c.vouchers), 6 * TABS),
        ("claims", total(|c| c.claims), 2 * TABS),
        ("caught up", total(|c| c.caught_up), TABS / 5),
        ("disks lost", total(|c| c.disks_lost), 1),
        ("folders put back", total(|c| c.folders_put_back), 1),
    ] {
        assert!(total >= least, "{name}: {total}");
    }
}

#[test]
fn cellars_hold() {
    let counts: Vec<Counts> = live(Family::Cellar, CELLARS).iter().map(|report| report.counts).collect();
    let total = |of: fn(&Counts) -> u64| counts.iter().map(of).sum::<u64>();
    for (name, total, least) in [
        ("nights", total(|c| c.nights), CELLARS / 2),
        ("allowances", total(|c| c.allowances), 3 * CELLARS),
        ("paid offline", total(|c| c.paid_offline), 7 * CELLARS),
        ("taken offline", total(|c| c.taken_offline), 5 * CELLARS),
        ("offline claims", total(|c| c.offline_claims), 5 * CELLARS),
        ("settlements", total(|c| c.settlements), 3 * CELLARS),
        ("contradictions", total(|c| c.contradictions), 1),
        ("disks lost", total(|c| c.disks_lost), 1),
        ("folders put back", total(|c| c.folders_put_back), CELLARS / 4),
    ] {
        assert!(total >= least, "{name}: {total}");
    }
}

#[test]
fn payments_hold() {
    let counts: Vec<Counts> = live(Family::Payments, SEEDS).iter().map(|report| report.counts).collect();
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
        assert!(total > 4, "{name}: {total}");
    }
}

/// What happens in worlds that go on for days alone.
const OF_DAYS: [&str; 11] = [
    "nights",
    "holds",
    "vouchers",
    "claims",
    "caught up",
    "allowances",
    "paid offline",
    "taken offline",
    "offline claims",
    "settlements",
    "contradictions",
];

/// What a storm is: everything at once, and enough of it in every single world.
#[test]
fn storms_hold_and_each_has_its_payments_and_deliveries() {
    let counts: Vec<Counts> = live(Family::Storm, STORMS).iter().map(|report| report.counts).collect();
    for seed in &counts {
        assert!(seed.deliveries >= 100 && seed.payments >= 8, "{seed:?}");
    }
    for (name, of) in Counts::ROWS.into_iter().filter(|(name, _)| !OF_DAYS.contains(name)) {
        assert!(counts.iter().any(|seed| of(seed) > 0), "{name}: never");
    }
}

/// The same promises over the real store.
#[test]
fn storms_over_files_hold() {
    let crowd = Crowd { storage: Storage::Files, ..Crowd::new(Family::Storm, 0..4) };
    let failed = crowd.run().failed.pop();
    assert!(failed.is_none(), "{failed:?}");
}

#[test]
fn kept_seeds_hold() {
    for (family, seed, found) in KEPT {
        if let Err(failure) = run(play(*family, *seed), None) {
            panic!("once found: {found}\n{failure}");
        }
    }
}

/// The memory databases of two runs have other names, and nothing else differs: not in SQLCipher, either.
#[test]
fn a_seed_replays_exactly() {
    let of_payments = [0, 1, 2, 25, 77].map(|seed| (Family::Payments, seed));
    for (family, seed) in of_payments.into_iter().chain(Family::ALL.map(|family| (family, 3))) {
        let (first, again) = (lives(play(family, seed)), lives(play(family, seed)));
        assert_eq!(first.digest, again.digest, "{}, seed {seed}", family.name());
        assert_eq!(first.counts, again.counts, "{}, seed {seed}", family.name());
    }
    assert_ne!(lives(play(Family::Payments, 1)).digest, lives(play(Family::Payments, 2)).digest);
}
