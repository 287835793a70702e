//! `scripts/load`: a verifier in bad weather. Payments at a pace over many connections, while it is backed up and audited
//! again and again, beside a client that reads slowly, one that never reads, and thousands that only listen.
//!
//! It must answer everything with a receipt or 503, keep its memory within bounds, and hold its audit at the end.

use crate::http::{Line, bytes_of};
use crate::load::Pair;
use crate::people::Person;
use crate::rounds::Times;
use crate::server::{self, Process, decide, new_ledger, verifier_id};
use farthing_protocol::http::Call;
use farthing_verifier::server::now;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt as _;

/// Between two bytes that the slow client reads.
const SLOWLY: Duration = Duration::from_millis(50);
/// Devices that are enrolled at once.
const AT_ONCE: usize = 1000;
/// What a listening connection may cost the server, and what everything else may, in MiB.
const PER_LISTENER_MIB: f64 = 0.05;
const MEMORY_MIB: f64 = 192.0;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    pub(crate) seconds: u64,
    pub(crate) connections: usize,
    pub(crate) idle: usize,
    pub(crate) per_second: f64,
}

/// The command. Ends with the figures as JSON, or with what went wrong.
pub(crate) fn load(weather: &Weather) {
    server::allow_open_files();
    let folder = server::folder();
    let mut verifier = new_ledger(folder.path());
    let pairs = Pair::enrolled(&mut verifier, weather.connections);
    let listeners = listeners(&mut verifier, weather.idle);
    drop(verifier);
    let process = Process::start("serve", folder.path());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let watched = watch_beside(folder.path(), &stop);
    let report = runtime.block_on(weather_on(weather, &process, pairs, listeners));
    stop.store(true, Ordering::Relaxed);
    let (audits, backups) = watched.join().unwrap();
    let most = process.resident_most_mib();
    process.stop();
    server::audit(folder.path());
    println!(
        "{}",
        serde_json::json!({
            "seconds": weather.seconds, "connections": weather.connections, "listening": report.listening,
            "statuses": report.statuses, "p50_ms": report.times.at(0.5) / 1e6, "p99_ms": report.times.at(0.99) / 1e6,
            "audits": audits, "backups": backups, "resident_mib": report.resident, "resident_most_mib": most,
            "slow_reader_answers": report.slow, "never_read_calls": report.unread,
        })
    );
    let odd: Vec<_> = report.statuses.keys().filter(|status| !matches!(**status, 200 | 503)).collect();
    assert!(odd.is_empty(), "answers that are neither a receipt nor 503: {odd:?}");
    assert_eq!(report.listening, weather.idle, "everybody who listened still does");
    let bound = MEMORY_MIB + weather.idle as f64 * PER_LISTENER_MIB;
    assert!(most <= bound, "{most} MiB are more than {bound}");
    assert!(audits > 0 && backups > 0 && report.slow > 0, "each ran beside it at least once");
}

/// People who only listen, enrolled.
fn listeners(verifier: &mut farthing_verifier::Verifier, count: usize) -> Vec<Person> {
    let people: Vec<Person> = (0..count).map(|number| Person::new(&format!("listener{number:06}"))).collect();
    for some in people.chunks(AT_ONCE) {
        let time = now().wall;
        let calls: Vec<_> = some.iter().map(|person| person.enrolment(verifier_id(), time, 1)).collect();
        decide(verifier, &calls);
    }
    people
}

/// Audits and backups, one after the other, until told to stop; how many of each.
fn watch_beside(data: &Path, stop: &Arc<AtomicBool>) -> std::thread::JoinHandle<(usize, usize)> {
    let (data, stop) = (data.to_owned(), Arc::clone(stop));
    std::thread::spawn(move || {
        let copy: PathBuf = data.join("copy.db");
        let (mut audits, mut backups) = (0, 0);
        while !stop.load(Ordering::Relaxed) {
            let place = data.to_str().unwrap();
            assert!(server::beside(&["audit", place]).wait().unwrap().success(), "the audit holds under load");
            audits += 1;
            assert!(server::beside(&["backup", place, copy.to_str().unwrap()]).wait().unwrap().success());
            backups += 1;
            std::fs::remove_file(&copy).unwrap();
        }
        (audits, backups)
    })
}

#[derive(Default)]
struct Report {
    statuses: BTreeMap<u16, u64>,
    times: Times,
    listening: usize,
    /// Memory at the end, in MiB.
    resident: f64,
    slow: usize,
    unread: usize,
}

async fn weather_on(weather: &Weather, process: &Process, pairs: Vec<Pair>, listeners: Vec<Person>) -> Report {
    let address = process.address;
    let listening = listen(address, listeners).await;
    let until = Instant::now() + Duration::from_secs(weather.seconds);
    let slow = tokio::spawn(read_slowly(address, until));
    let unread = tokio::spawn(never_read(address, until));
    let mut report = Report::default();
    let mut tasks = Vec::new();
    for (number, pair) in pairs.into_iter().enumerate() {
        tasks.push(tokio::spawn(pay_on(address, pair, number, *weather, until)));
    }
    for task in tasks {
        let (statuses, times) = task.await.unwrap();
        statuses.into_iter().for_each(|(status, count)| *report.statuses.entry(status).or_default() += count);
        report.times.extend(times);
    }
    report.listening = listening.load(Ordering::Relaxed);
    report.resident = process.resident_mib();
    report.slow = slow.await.unwrap();
    report.unread = unread.await.unwrap();
    report
}

/// One connection's share of the pace, each payment signed when it is due.
async fn pay_on(
    address: SocketAddr,
    pair: Pair,
    number: usize,
    weather: Weather,
    until: Instant,
) -> (BTreeMap<u16, u64>, Times) {
    let mut line = Line::open(address).await.unwrap();
    let (mut statuses, mut times) = (BTreeMap::new(), Times::default());
    let began = Instant::now();
    for turn in 0.. {
        let due = began + Duration::from_secs_f64((turn * weather.connections + number) as f64 / weather.per_second);
        if due >= until {
            break;
        }
        let call = bytes_of(&pair.payment(now().wall), "x");
        tokio::time::sleep_until(due.into()).await;
        let (status, _) = line.call(&call).await.unwrap();
        times.add(due.elapsed());
        *statuses.entry(status).or_default() += 1;
    }
    (statuses, times)
}

/// Opens a stream of events for each, reads what comes, and counts those that are open.
async fn listen(address: SocketAddr, people: Vec<Person>) -> Arc<AtomicUsize> {
    let (open, wanted) = (Arc::new(AtomicUsize::new(0)), people.len());
    // A few at a time: the places of calls that wait are limited, too.
    let places = Arc::new(tokio::sync::Semaphore::new(64));
    for person in people {
        let (open, place) = (Arc::clone(&open), Arc::clone(&places).acquire_owned().await.unwrap());
        tokio::spawn(async move {
            let mut line = Line::open(address).await.unwrap();
            let call = person.read(verifier_id(), &address.to_string(), "/v1/events", "", now().wall);
            line.send(&bytes_of(&call, &address.to_string())).await.unwrap();
            let mut stream = line.into_stream();
            let mut piece = [0; 512];
            let length = stream.read(&mut piece).await.unwrap();
            let head = String::from_utf8_lossy(&piece[..length]).into_owned();
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            drop(place);
            open.fetch_add(1, Ordering::Relaxed);
            while stream.read(&mut piece).await.is_ok_and(|length| length > 0) {}
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
    while open.load(Ordering::Relaxed) < wanted {
        tokio::time::sleep(SLOWLY).await;
    }
    open
}

/// Asks again and again, and reads each answer a few bytes at a time.
async fn read_slowly(address: SocketAddr, until: Instant) -> usize {
    let call = bytes_of(&Call::get("/v1/verifier", "nonce=00000000000000000000000000000000"), "x");
    let mut answers = 0;
    while Instant::now() < until {
        let mut line = Line::open(address).await.unwrap();
        line.send(&call).await.unwrap();
        let (mut stream, mut read, mut few) = (line.into_stream(), Vec::new(), [0; 64]);
        while Instant::now() < until && !read.windows(4).any(|end| end == b"\r\n\r\n") {
            let length = stream.read(&mut few).await.unwrap();
            read.extend_from_slice(&few[..length]);
            tokio::time::sleep(SLOWLY).await;
        }
        answers += usize::from(read.starts_with(b"HTTP/1.1 200"));
    }
    answers
}

/// Sends one call after the other and never reads: how many the server let it send.
async fn never_read(address: SocketAddr, until: Instant) -> usize {
    let call = bytes_of(&Call::get("/v1/verifier", "nonce=00000000000000000000000000000000"), "x");
    let mut line = Line::open(address).await.unwrap();
    let mut sent = 0;
    while Instant::now() < until {
        match tokio::time::timeout_at(until.into(), line.send(&call)).await {
            Ok(Ok(())) => sent += 1,
            // The server stopped reading, or hung up: either bounds what it keeps.
            _ => break,
        }
    }
    tokio::time::sleep_until(until.into()).await;
    sent
}
