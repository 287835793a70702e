//! What an app hears of the wallet's work, and what a sink that does not behave does to a payment: nothing.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests fail by panicking")]

mod world;

use farthing_ffi::log::{LogFailure, LogLevel, LogLine, LogSink, remove_log_sink, set_log_sink};
use farthing_ffi::records::Outcome;
use farthing_ffi::wallet::Wallet;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tokio::sync::Mutex as Turn;
use world::{World, terms};

/// The sink is the process's: one test after another.
static TURN: Turn<()> = Turn::const_new(());

/// Keeps lines, once it may.
#[derive(Default)]
struct Kept {
    lines: Mutex<Vec<LogLine>>,
    held_up: Mutex<bool>,
    may_go_on: Condvar,
    answers: Option<Result<u32, LogFailure>>,
}

impl LogSink for Kept {
    fn take(&self, line: LogLine) -> Result<u32, LogFailure> {
        let held_up = self.held_up.lock().unwrap();
        drop(self.may_go_on.wait_while(held_up, |held_up| *held_up).unwrap());
        self.lines.lock().unwrap().push(line);
        self.answers.unwrap_or(Ok(1))
    }
}

impl Kept {
    fn hold_up(&self, held_up: bool) {
        *self.held_up.lock().unwrap() = held_up;
        self.may_go_on.notify_all();
    }

    fn texts(&self) -> Vec<String> {
        self.lines.lock().unwrap().iter().map(|line| line.text.clone()).collect()
    }

    /// Waits for a line with this in it.
    async fn heard(&self, part: &str) -> String {
        for _ in 0..1000 {
            if let Some(text) = self.texts().into_iter().find(|text| text.contains(part)) {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{part} is not in\n{}", self.texts().join("\n"));
    }
}

async fn pay(ann: &Wallet, truck: &Wallet) {
    let request = truck.request(terms(truck.parse_money("1 usd".to_owned()).await.unwrap())).await.unwrap();
    let draft = ann.prepare(request.link, None, None).await.unwrap();
    let payment = ann.confirm(draft.id, draft.shown).await.unwrap();
    assert!(matches!(ann.outcome(payment.id, 20_000).await.unwrap(), Outcome::Settled { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_told_until_the_sink_is_removed() {
    let _turn = TURN.lock().await;
    let world = World::start().await;
    let (ann, truck) = (world.enrolled("Ann").await.wallet, world.enrolled("Truck").await.wallet);
    let (first, second) = (Arc::new(Kept::default()), Arc::new(Kept::default()));
    let ended = set_log_sink(LogLevel::Trace, Arc::clone(&first) as _).unwrap();
    let number = set_log_sink(LogLevel::Debug, Arc::clone(&second) as _).unwrap();
    // Of the one whose place was taken: nothing happens.
    remove_log_sink(ended);
    pay(&ann, &truck).await;
    second.heard("payment state=settled").await;
    second.heard("answered method=POST path=/v1/orders status=200").await;
    second.heard("operation done name=Prepare ms=").await;
    remove_log_sink(number);
    // The line that is being told is told to its end.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let told = second.lines.lock().unwrap().clone();
    assert!(told.iter().all(|line| line.level == LogLevel::Debug && line.target.starts_with("farthing_core")));
    pay(&ann, &truck).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(second.texts().len(), told.len());
    assert_eq!(first.texts(), Vec::<String>::new());
    let (status, text) = (ann.status().await.unwrap(), second.texts().join("\n"));
    for secret in [&status.account, &status.device, &status.alias, &status.verifier, "127.0.0.1", "Ann", "Truck", "USD"]
    {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
    world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_is_stuck_holds_up_nothing_and_is_told_what_it_missed() {
    let _turn = TURN.lock().await;
    let world = World::start().await;
    let (ann, truck) = (world.enrolled("Ann").await.wallet, world.enrolled("Truck").await.wallet);
    let stuck = Arc::new(Kept::default());
    stuck.hold_up(true);
    let number = set_log_sink(LogLevel::Trace, Arc::clone(&stuck) as _).unwrap();
    for _ in 0..10 {
        pay(&ann, &truck).await;
    }
    assert_eq!(stuck.texts(), Vec::<String>::new());
    stuck.hold_up(false);
    ann.sync().await.unwrap();
    let missed = stuck.heard("lines missed here: ").await;
    assert!(missed.rsplit(' ').next().unwrap().parse::<u64>().unwrap() > 0, "{missed}");
    ann.sync().await.unwrap();
    stuck.heard("operation done name=Refresh").await;
    remove_log_sink(number);
    world.server.shutdown().await;
}

/// As an exception does, and an error that generated code lets through, which arrives as 0.
#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_takes_nothing_breaks_nothing() {
    let _turn = TURN.lock().await;
    let world = World::start().await;
    let (ann, truck) = (world.enrolled("Ann").await.wallet, world.enrolled("Truck").await.wallet);
    for answer in [Err(LogFailure::NotTaken), Ok(0)] {
        let sink = Arc::new(Kept { answers: Some(answer), ..Kept::default() });
        let number = set_log_sink(LogLevel::Debug, Arc::clone(&sink) as _).unwrap();
        pay(&ann, &truck).await;
        sink.heard("lines missed here: 1").await;
        sink.heard("payment state=settled").await;
        remove_log_sink(number);
    }
    world.server.shutdown().await;
}
