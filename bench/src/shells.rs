//! The shells: what calls, pages and payments cost from other languages, beside the same without them.
//!
//! Each language has a program (`bench/shells`) that measures itself when it is asked to, in turns with its floor: an object of
//! uniffi's that does nothing, or the same done by Rust at the same verifier.

use crate::line::{Line, Target};
use crate::paying::Pair;
use crate::program::Program;
use crate::rounds::{Beside, Times};
use crate::server::{self, Process, new_ledger};
use crate::wallets::Home;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::runtime::Runtime;

/// What each wallet has behind it.
const PAYMENTS: usize = 1_000;
const PAGE: usize = 100;
/// Calls of a turn: some milliseconds.
const CALLS: usize = 1_000;
const CALL_ROUNDS: usize = 60;
const AWAITED: usize = 50;
const PAGES: usize = 10;
const PAGE_ROUNDS: usize = 60;
const PAY_ROUNDS: usize = 60;
/// Rounds until a just-in-time compiler has nothing left to do.
const WARM_UP: usize = 30;
const COLD_ROUNDS: usize = 15;

/// The program of a language, when it was built: beside this one.
fn built(language: &str) -> Option<PathBuf> {
    let path = std::env::current_exe().unwrap().with_file_name("shells").join(language);
    path.exists().then_some(path)
}

/// A language, by which its lines are named, and its targets.
struct Language {
    name: &'static str,
    page_most_ms: f64,
    /// More than the same in Rust.
    pay_most_us: f64,
}

const LANGUAGES: [Language; 2] = [
    Language { name: "kotlin", page_most_ms: 3.0, pay_most_us: 600.0 },
    Language { name: "swift", page_most_ms: 1.0, pay_most_us: 300.0 },
];

/// A step of a cold start, as the programs say it, and its line.
const STEPS: [(&str, &str); 6] = [
    ("started", "cold-start"),
    ("loaded", "cold-load"),
    ("opened", "cold-open"),
    ("prepared", "cold-prepare"),
    ("confirmed", "cold-confirm"),
    ("settled", "cold-settle"),
];

/// The lines of each language whose program was built.
pub(crate) fn lines(only: &dyn Fn(&str) -> bool) -> Vec<Line> {
    LANGUAGES.iter().flat_map(|language| language.lines(only)).filter(|line| only(&line.name)).collect()
}

impl Language {
    /// The name of a line of ours.
    fn line(&self, name: &str) -> String {
        format!("{}-{name}", self.name)
    }

    fn lines(&self, only: &dyn Fn(&str) -> bool) -> Vec<Line> {
        let warm = ["call", "awaited", "page", "pay"].iter().any(|name| only(&self.line(name)));
        let cold = STEPS.iter().map(|(_, name)| *name).chain(["cold"]).any(|name| only(&self.line(name)));
        if !warm && !cold {
            return Vec::new();
        }
        let Some(program) = built(self.name) else {
            eprintln!("bench: {} is left out: scripts/bench --shells builds its program", self.name);
            return Vec::new();
        };
        let town = Town::new(self.name);
        let mut lines = Vec::new();
        if warm {
            lines.extend(self.warm(&town, &program, only));
        }
        if cold {
            lines.extend(self.cold(&town, &program));
        }
        town.process.stop();
        lines
    }

    /// What a program that runs for long has.
    fn warm(&self, town: &Town, program: &Path, only: &dyn Fn(&str) -> bool) -> Vec<Line> {
        let pair = town.pair("rust");
        let (payer, payee) = (town.home("payer"), town.home("payee"));
        let mut program = Program::start(program, &["pair", &payer, &payee]);
        assert_eq!(program.answer(), "ready");
        let mut lines = Vec::new();
        let name = self.line("call");
        if only(&name) {
            let measured = in_turns(CALL_ROUNDS, || (program.ask("call", CALLS), program.ask("call-floor", CALLS)));
            let what = "a call across the boundary; floor: an empty uniffi object's";
            lines.push(Line::beside(&name, what, &measured, 1.2));
        }
        let name = self.line("awaited");
        if only(&name) {
            let measured =
                in_turns(CALL_ROUNDS, || (program.ask("await", AWAITED), program.ask("await-floor", AWAITED)));
            let what = "a call that reads the disk; floor: an empty awaited one";
            lines.push(Line::with_floor(&name, what, &measured, Target::Reported));
        }
        let name = self.line("page");
        if only(&name) {
            let measured = in_turns(PAGE_ROUNDS, || (program.ask("page", PAGES), pair.pages_ns(PAGE, PAGES)));
            let floor_ms = measured.floor.median_ns() / 1e6;
            let what = "a page of 100 payments; floor: in Rust";
            let target = Target::AtMost(self.page_most_ms);
            lines.push(Line::median_ms(&name, what, &measured.thing, target).over(floor_ms));
        }
        let name = self.line("pay");
        if only(&name) {
            let in_rust = || town.runtime.block_on(pair.pay()).as_nanos() as f64;
            let measured = in_turns(PAY_ROUNDS, || (program.ask("pay", 1), in_rust()));
            let what = "pay and receive; floor: in Rust, at the same verifier";
            lines.push(Line::with_floor(&name, what, &measured, Target::MoreThanFloor(self.pay_most_us)));
        }
        program.stop();
        lines
    }

    /// From nothing to the first payment, again and again: processes, and files that the system has in its cache.
    fn cold(&self, town: &Town, program: &Path) -> Vec<Line> {
        let home = town.home("cold");
        let pair = town.pair("cold-payee");
        let mut total = Times::default();
        let mut steps = vec![Times::default(); STEPS.len()];
        for round in 0..=COLD_ROUNDS {
            let link = town.runtime.block_on(pair.request());
            let began = Instant::now();
            let mut program = Program::start(program, &["cold", &home, &link]);
            let mut last = began;
            for ((said, _), times) in STEPS.iter().zip(&mut steps) {
                assert_eq!(program.answer(), *said);
                let now = Instant::now();
                // The first start finds nothing in the system's cache.
                if round > 0 {
                    times.add(now - last);
                }
                last = now;
            }
            if round > 0 {
                total.add(last - began);
            }
            program.stop();
        }
        let what = "from the program's start to its first payment, settled";
        let whole = Line::median_ms(&self.line("cold"), what, &total, Target::Reported);
        let parts = STEPS.iter().zip(&steps).map(|((said, name), times)| {
            let what = format!("of it, until {said}");
            Line::median_ms(&self.line(name), &what, times, Target::Reported)
        });
        std::iter::once(whole).chain(parts).collect()
    }
}

/// Turns of a thing and its floor, whose times are told, in nanoseconds.
fn in_turns(rounds: usize, mut turn: impl FnMut() -> (f64, f64)) -> Beside {
    let mut measured = Beside::default();
    for round in 0..WARM_UP + rounds {
        let (thing, floor) = turn();
        if round >= WARM_UP {
            measured.thing.add_ns(thing);
            measured.floor.add_ns(floor);
        }
    }
    measured
}

/// A verifier, and folders with wallets that have lived.
struct Town {
    folder: tempfile::TempDir,
    data: PathBuf,
    process: Process,
    runtime: Runtime,
}

impl Town {
    fn new(name: &str) -> Self {
        let folder = server::folder();
        let data = folder.path().join(format!("verifier-{name}"));
        drop(new_ledger(&data));
        let process = Process::start("serve", &data);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        Self { folder, data, process, runtime }
    }

    /// A folder whose wallet a program can open.
    fn home(&self, name: &str) -> String {
        let dir = self.folder.path().join(name);
        let invite = crate::wallets::invite(&self.data, self.process.address);
        self.runtime.block_on(Home::sealed_by_file(&dir).lived(&invite, PAYMENTS));
        dir.to_str().unwrap().to_owned()
    }

    /// The same in Rust.
    fn pair(&self, name: &str) -> Pair {
        let homes = ["payer", "payee"].map(|who| Home::sealed_by_file(&self.folder.path().join(name).join(who)));
        self.runtime.block_on(Pair::lived(homes, &self.data, &self.process, PAYMENTS))
    }
}
