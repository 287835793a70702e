//! Runs seeds, and replays one with its trace.

use anyhow::{Context as _, bail};
use clap::Parser;
use farthing_simulation::{Counts, Family, run};
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

/// Wallets and a verifier in one seeded world.
///
/// Example: farthing-simulation --seeds 500
#[derive(Debug, Parser)]
#[command(name = "farthing-simulation", version)]
struct Arguments {
    /// What the worlds are about: a family's name, or `all`.
    #[arg(long, default_value = "payments")]
    family: String,
    /// How many seeds to run.
    #[arg(long, default_value_t = 500)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Stops at the first seed that fails.
    #[arg(long)]
    first: bool,
    /// Runs this seed alone, and writes what happens to stdout.
    #[arg(long)]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match families(&arguments.family).and_then(|families| families.into_iter().try_for_each(|f| one(f, &arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn families(name: &str) -> anyhow::Result<Vec<Family>> {
    if name == "all" {
        return Ok(Family::ALL.to_vec());
    }
    let known = || Family::ALL.map(Family::name).join(", ");
    Ok(vec![Family::named(name).with_context(|| format!("no such family; there are {}", known()))?])
}

fn one(family: Family, arguments: &Arguments) -> anyhow::Result<()> {
    match arguments.seed {
        Some(seed) => replay(family, seed),
        None => many(family, arguments),
    }
}

fn say(line: &str) {
    // A reader that went away has seen enough.
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn replay(family: Family, seed: u64) -> anyhow::Result<()> {
    match run(family, seed, Some(say)) {
        Ok(report) => {
            say(&format!("seed {seed} holds; digest {}; {:?}", report.digest, report.counts));
            Ok(())
        }
        Err(failure) => bail!("{failure}"),
    }
}

/// A line of the table: its name, and which count it shows.
type Row = (&'static str, fn(&Counts) -> u64);

fn many(family: Family, arguments: &Arguments) -> anyhow::Result<()> {
    let (from, seeds) = (arguments.from, arguments.seeds);
    let started = Instant::now();
    let (mut counts, mut failures) = (Vec::new(), 0_u64);
    for seed in from..from.saturating_add(seeds) {
        match run(family, seed, None) {
            Ok(report) => counts.push(report.counts),
            Err(failure) => {
                failures += 1;
                say(&failure.to_string());
                if arguments.first {
                    bail!("stopped at seed {seed}");
                }
            }
        }
    }
    let ms = u64::try_from(started.elapsed().as_millis()).context("too long")?.max(1);
    say(&format!(
        "{}: {seeds} seeds in {}.{:03} s, {} a minute",
        family.name(),
        ms / 1000,
        ms % 1000,
        seeds.saturating_mul(60_000) / ms
    ));
    let rows: [Row; 15] = [
        ("key events", |c| c.key_events),
        ("steps", |c| c.steps),
        ("deliveries", |c| c.deliveries),
        ("lost", |c| c.lost),
        ("doubled", |c| c.doubled),
        ("unreachable", |c| c.unreachable),
        ("wallet crashes", |c| c.wallet_crashes),
        ("verifier crashes", |c| c.verifier_crashes),
        ("failed commits", |c| c.failed_commits),
        ("clock steps", |c| c.clock_steps),
        ("clocks accepted", |c| c.clocks_accepted),
        ("requests", |c| c.requests),
        ("settled", |c| c.settled),
        ("refused", |c| c.refused),
        ("expired", |c| c.expired),
    ];
    say(&format!("{:<17}{:>9}{:>8}{:>8}{:>8}{:>8}", "per seed", "total", "mean", "least", "median", "most"));
    for (name, of) in rows {
        let mut all: Vec<u64> = counts.iter().map(of).collect();
        all.sort_unstable();
        let total: u64 = all.iter().sum();
        let at = |index: usize| all.get(index).copied().unwrap_or(0);
        let mean = total.checked_div(all.len() as u64).unwrap_or(0);
        let (median, most) = (at(all.len() / 2), at(all.len().saturating_sub(1)));
        say(&format!("{name:<17}{total:>9}{mean:>8}{:>8}{median:>8}{most:>8}", at(0)));
    }
    let key: u64 = counts.iter().map(|c| c.key_events).sum();
    say(&format!("{}: {key}", family.key_events()));
    if key == 0 {
        bail!("{}: not once in {seeds} seeds: {}", family.name(), family.key_events());
    }
    if failures > 0 {
        bail!("{}: {failures} of {seeds} seeds failed", family.name());
    }
    Ok(())
}
