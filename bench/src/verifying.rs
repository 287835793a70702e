//! A verifier under load: how many payments it makes durable, what they cost, how long they take.

use crate::floors;
use crate::http;
use crate::line::{Line, Target};
use crate::load::{Answered, Pair, closed_loop, open_loop, signed};
use crate::rounds::Times;
use crate::server::{self, Process, new_ledger};
use std::path::Path;
use std::time::{Duration, Instant};

/// Connections, as many as there are payers.
pub(crate) const CONNECTIONS: usize = 64;
/// Turns of the thing and its floor.
pub(crate) const TURNS: usize = 3;
/// How long a turn is loaded.
pub(crate) const TURN: Duration = Duration::from_secs(4);
/// More than any machine answers in a second.
const PER_SECOND_MAX: usize = 20_000;
/// Of the peak, for latencies.
const PACE: f64 = 0.7;
/// How long latencies are measured.
const PACED: Duration = Duration::from_secs(8);

/// One thread for the load: it costs what it must, and no more.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

pub(crate) struct Peak {
    pub(crate) answered: Answered,
    cpu_us: f64,
}

/// As fast as it is answered.
pub(crate) fn peak(process: &Process, calls: Vec<Vec<Vec<u8>>>) -> Peak {
    let before = process.cpu();
    let answered = runtime().block_on(closed_loop(process.address, calls, TURN));
    assert_eq!(answered.statuses.len(), 1, "nothing but receipts: {:?}", answered.statuses);
    let cpu_us = (process.cpu() - before).as_secs_f64() * 1e6 / answered.paid() as f64;
    Peak { answered, cpu_us }
}

/// Calls for one connection, more than it can make in so many seconds.
pub(crate) fn each(seconds: f64) -> usize {
    (PER_SECOND_MAX as f64 * seconds) as usize / CONNECTIONS
}

/// A small ledger: the rate beside its floor, the cost, and latencies below the peak.
pub(crate) fn lines(only: &dyn Fn(&str) -> bool) -> Vec<Line> {
    if !["verifier-rate", "verifier-cpu", "verifier-p99", "verifier-p99-busy"].iter().any(|name| only(name)) {
        return Vec::new();
    }
    let folder = server::folder();
    let mut verifier = new_ledger(folder.path());
    let pairs = Pair::enrolled(&mut verifier, CONNECTIONS);
    drop(verifier);
    let process = Process::start("serve", folder.path());
    let floor = Process::start("serve-floor", folder.path());
    let key = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    let size = pairs[0].payment(farthing_verifier::server::now().wall).body.len();
    let floor_call = http::bytes_of(&floors::floor_call(&key, size), "x");
    let (mut rates, mut floors, mut cpu, mut floor_cpu) =
        (Times::default(), Times::default(), Times::default(), Times::default());
    for _ in 0..TURNS {
        let bare = peak(&floor, vec![vec![floor_call.clone(); each(TURN.as_secs_f64())]; CONNECTIONS]);
        let real = peak(&process, signed(&pairs, each(TURN.as_secs_f64())));
        rates.add_ns(real.answered.per_second());
        floors.add_ns(bare.answered.per_second());
        cpu.add_ns(real.cpu_us);
        floor_cpu.add_ns(bare.cpu_us);
    }
    floor.stop();
    let rate = rates.median_ns();
    let mut lines = Vec::new();
    if only("verifier-rate") {
        let what = "durable payments, 64 connections; floor: bare server";
        let line = Line::plain("verifier-rate", what, rate, "/s", Target::ShareOfFloor(0.8)).over(floors.median_ns());
        lines.push(Line { spread: Some((rates.at(0.0), rates.at(1.0))), ..line });
    }
    if only("verifier-cpu") {
        let what = "the verifier's processor time per payment";
        let line = Line::plain("verifier-cpu", what, cpu.median_ns(), "us", Target::AtMost(120.0));
        lines.push(line.over(floor_cpu.median_ns()));
    }
    if only("verifier-p99") {
        lines.push(paced(&process, &pairs, rate, "verifier-p99", "p99 at 70 % of the peak, open loop"));
    }
    if only("verifier-p99-busy") {
        let copy = folder.path().join("copy.db");
        let data = folder.path().to_str().unwrap();
        let mut audit = server::beside(&["audit", data]);
        let mut backup = server::beside(&["backup", data, copy.to_str().unwrap()]);
        let what = "the same during a backup and an audit";
        lines.push(paced(&process, &pairs, rate, "verifier-p99-busy", what));
        let _ = (backup.wait(), audit.kill(), audit.wait());
    }
    process.stop();
    lines
}

fn paced(process: &Process, pairs: &[Pair], rate: f64, name: &'static str, what: &str) -> Line {
    let per_second = rate * PACE;
    let each = (per_second * PACED.as_secs_f64()) as usize / CONNECTIONS;
    let answered = runtime().block_on(open_loop(process.address, signed(pairs, each), per_second));
    assert_eq!(answered.statuses.len(), 1, "nothing but receipts: {:?}", answered.statuses);
    let times = &answered.latencies;
    let line = Line::plain(name, what, times.at(0.99) / 1e6, "ms", Target::AtMost(15.0));
    Line { spread: Some((times.at(0.1) / 1e6, times.at(0.9) / 1e6)), ..line }
}

/// The hidden command: a ledger with so many payments, for a profile of what decides them.
pub(crate) fn grow(data: &Path, payments: usize) {
    let mut verifier = new_ledger(data);
    let pairs = Pair::enrolled(&mut verifier, CONNECTIONS);
    let began = Instant::now();
    crate::load::grow(&mut verifier, &pairs, payments);
    println!("{:.1} us", began.elapsed().as_secs_f64() * 1e6 / payments as f64);
}
