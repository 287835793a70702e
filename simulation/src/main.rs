//! Runs seeds, and replays one with its trace.

use anyhow::{Context as _, bail};
use clap::Parser;
use farthing_simulation::{Counts, Crowd, Family, Play, Storage, run};
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
    #[arg(long, default_value = "storm")]
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
    /// How many worlds at once; without it as many as there are cores.
    #[arg(long)]
    threads: Option<usize>,
    /// Keeps wallets in SQLCipher files.
    #[arg(long)]
    files: bool,
    /// Runs this seed alone, and writes what happens to stdout.
    #[arg(long)]
    seed: Option<u64>,
}

impl Arguments {
    const fn storage(&self) -> Storage {
        if self.files { Storage::Files } else { Storage::Memory }
    }
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
        Some(seed) => replay(Play { family, seed, storage: arguments.storage() }),
        None => many(family, arguments),
    }
}

fn say(line: &str) {
    // A reader that went away has seen enough.
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn replay(play: Play) -> anyhow::Result<()> {
    match run(play, Some(say)) {
        Ok(report) => {
            say(&format!("{play} holds; digest {}; {:?}", report.digest, report.counts));
            Ok(())
        }
        Err(failure) => bail!("{failure}"),
    }
}

fn many(family: Family, arguments: &Arguments) -> anyhow::Result<()> {
    let seeds = arguments.from..arguments.from.saturating_add(arguments.seeds);
    let usual = Crowd::new(family, seeds);
    let threads = arguments.threads.unwrap_or(usual.threads);
    let crowd = Crowd { storage: arguments.storage(), threads, first: arguments.first, ..usual };
    let started = Instant::now();
    let all = crowd.run();
    let ms = u64::try_from(started.elapsed().as_millis()).context("too long")?.max(1);
    for failure in &all.failed {
        say(&failure.to_string());
    }
    let seeds = (all.held.len() + all.failed.len()) as u64;
    say(&format!(
        "{}: {seeds} seeds in {}.{:03} s on {threads} threads, {} a second",
        family.name(),
        ms / 1000,
        ms % 1000,
        seeds.saturating_mul(1000) / ms
    ));
    say(&format!("{:<17}{:>9}{:>8}{:>8}{:>8}{:>8}", "per seed", "total", "mean", "least", "median", "most"));
    let counts: Vec<Counts> = all.held.iter().map(|report| report.counts).collect();
    for (name, of) in Counts::ROWS {
        let mut each: Vec<u64> = counts.iter().map(of).collect();
        each.sort_unstable();
        let total: u64 = each.iter().sum();
        let at = |index: usize| each.get(index).copied().unwrap_or(0);
        let mean = total.checked_div(each.len() as u64).unwrap_or(0);
        let (median, most) = (at(each.len() / 2), at(each.len().saturating_sub(1)));
        say(&format!("{name:<17}{total:>9}{mean:>8}{:>8}{median:>8}{most:>8}", at(0)));
    }
    let key: u64 = counts.iter().map(|c| c.key_events).sum();
    say(&format!("{}: {key}", family.key_events()));
    if let Some(failure) = all.failed.first() {
        bail!(
            "{}: {} of {seeds} seeds failed, the first of them {}",
            family.name(),
            all.failed.len(),
            failure.play.seed
        );
    }
    if key == 0 {
        bail!("{}: not once in {seeds} seeds: {}", family.name(), family.key_events());
    }
    Ok(())
}
