//! Load: payments that were signed before, sent over many connections, either as fast as they are answered or at a pace.

use crate::http::{self, Line};
use crate::people::{Person, SealedOnce};
use crate::rounds::Times;
use crate::server::{decide, verifier_id};
use farthing_protocol::time::Time;
use farthing_verifier::Verifier;
use farthing_verifier::server::now;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Who pays over one connection, and who is paid.
pub(crate) struct Pair {
    pub(crate) payer: Person,
    pub(crate) payee: Person,
    sealed: SealedOnce,
}

impl Pair {
    /// So many pairs, enrolled.
    pub(crate) fn enrolled(verifier: &mut Verifier, count: usize) -> Vec<Self> {
        let time = now().wall;
        let pairs: Vec<Self> = (0..count)
            .map(|number| {
                let (payer, payee) =
                    (Person::new(&format!("payer{number:06}")), Person::new(&format!("payee{number:06}")));
                Self { sealed: SealedOnce::to(&payee), payer, payee }
            })
            .collect();
        let calls: Vec<_> = pairs
            .iter()
            .flat_map(|pair| [&pair.payer, &pair.payee])
            .map(|person| person.enrolment(verifier_id(), time, 1))
            .collect();
        decide(verifier, &calls);
        pairs
    }

    /// The call that pays the payee once more.
    pub(crate) fn payment(&self, time: Time) -> farthing_protocol::http::Call {
        self.payer.pay(verifier_id(), &self.payee, &self.sealed, time)
    }
}

/// Has so many payments decided, without a network.
pub(crate) fn grow(verifier: &mut Verifier, pairs: &[Pair], payments: usize) {
    let mut made = 0;
    while made < payments {
        let time = now().wall;
        let calls: Vec<_> =
            pairs.iter().cycle().take(256.min(payments - made)).map(|pair| pair.payment(time)).collect();
        decide(verifier, &calls);
        made += calls.len();
    }
}

/// Payments for each pair, ready to be sent; made on two threads.
pub(crate) fn signed(pairs: &[Pair], each: usize) -> Vec<Vec<Vec<u8>>> {
    let time = now().wall;
    let make = |pairs: &[Pair]| -> Vec<Vec<Vec<u8>>> {
        let one = |pair: &Pair| (0..each).map(|_| http::bytes_of(&pair.payment(time), "x")).collect();
        pairs.iter().map(one).collect()
    };
    let (first, second) = pairs.split_at(pairs.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| make(second));
        let mut all = make(first);
        all.extend(other.join().unwrap());
        all
    })
}

/// The calls of many people over fewer connections, in turns.
pub(crate) fn spread(of_people: Vec<Vec<Vec<u8>>>, connections: usize) -> Vec<Vec<Vec<u8>>> {
    let mut all: Vec<Vec<Vec<u8>>> = (0..connections).map(|_| Vec::new()).collect();
    for (number, calls) in of_people.into_iter().enumerate() {
        all[number % connections].extend(calls);
    }
    // One person's calls follow each other now; sorting by their end, which is random, mixes them.
    all.iter_mut().for_each(|calls| calls.sort_by(|a, b| a.iter().rev().cmp(b.iter().rev())));
    all
}

/// What came of a load.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    /// How often each status came.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// From the moment that a call was due to its answer.
    pub(crate) latencies: Times,
    /// How long it all took.
    pub(crate) took: Duration,
}

impl Answered {
    /// Payments that were receipted.
    pub(crate) fn paid(&self) -> u64 {
        self.statuses.get(&200).copied().unwrap_or(0)
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.paid() as f64 / self.took.as_secs_f64()
    }

    fn take(&mut self, other: Self) {
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.latencies.extend(other.latencies);
    }
}

/// Sends each connection's calls one after the other, each when the one before is answered, until `stop`.
pub(crate) async fn closed_loop(address: SocketAddr, calls: Vec<Vec<Vec<u8>>>, last: Duration) -> Answered {
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = Vec::new();
    let began = Instant::now();
    for calls in calls {
        let stop = Arc::clone(&stop);
        tasks.push(tokio::spawn(async move {
            let mut line = Line::open(address).await.unwrap();
            let mut answered = Answered::default();
            for call in calls {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let sent = Instant::now();
                let (status, _) = line.call(&call).await.unwrap();
                answered.latencies.add(sent.elapsed());
                *answered.statuses.entry(status).or_default() += 1;
            }
            (answered, began.elapsed())
        }));
    }
    tokio::time::sleep(last).await;
    stop.store(true, Ordering::Relaxed);
    let mut all = Answered::default();
    let mut ended = Vec::new();
    for task in tasks {
        let (answered, end) = task.await.unwrap();
        all.take(answered);
        ended.push(end);
    }
    all.took = ended.into_iter().max().unwrap_or_default();
    all
}

/// Sends calls at a pace, whether or not those before were answered, and counts a call's latency from the moment at
/// which it was due: one that waits for a free connection has waited.
pub(crate) async fn open_loop(address: SocketAddr, calls: Vec<Vec<Vec<u8>>>, per_second: f64) -> Answered {
    let lines = calls.len();
    let began = Instant::now() + Duration::from_millis(20);
    let mut tasks = Vec::new();
    for (number, calls) in calls.into_iter().enumerate() {
        tasks.push(tokio::spawn(async move {
            let mut line = Line::open(address).await.unwrap();
            let mut answered = Answered::default();
            for (turn, call) in calls.into_iter().enumerate() {
                let due = began + Duration::from_secs_f64((turn * lines + number) as f64 / per_second);
                tokio::time::sleep_until(due.into()).await;
                let (status, _) = line.call(&call).await.unwrap();
                answered.latencies.add(due.elapsed());
                *answered.statuses.entry(status).or_default() += 1;
            }
            answered
        }));
    }
    let mut all = Answered::default();
    for task in tasks {
        all.take(task.await.unwrap());
    }
    all.took = began.elapsed();
    all
}
