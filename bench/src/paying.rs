//! One pays another who asked: from the request that is there to the payee who holds receipt and memo, everything durable.

use crate::floors::{BareCommit, BareObjects};
use crate::line::{Line, Target};
use crate::people::amount;
use crate::rounds::{Beside, Times};
use crate::server::{self, Process, new_ledger};
use crate::wallets::{Home, invite, listening};
use farthing_core::Wallet;
use farthing_core::events::{EventKind, EventSeq};
use farthing_core::payment::{self, Approval, RequestTerms};
use farthing_core::sync::{HttpNetwork, Network as _};
use farthing_core::wallet::Watch;
use farthing_protocol::http::Call;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;
use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

/// How many payments each wallet of a pair has, and the line's name.
const PASTS: [(usize, &str); 4] = [(0, "pay"), (1_000, "pay-1000"), (10_000, "pay-10000"), (100_000, "pay-100000")];
const ROUNDS: usize = 60;
const WARM_UP: usize = 5;
const WAIT: Duration = Duration::from_secs(20);

/// One who pays, and one who is paid and listens.
pub(crate) struct Pair {
    payer: Wallet,
    payee: Wallet,
    _watch: Watch,
    /// The payee's last event that was seen.
    seen: Cell<EventSeq>,
}

pub(crate) fn lines(only: &dyn Fn(&str) -> bool) -> Vec<Line> {
    let wanted: Vec<(usize, &'static str)> = PASTS.into_iter().filter(|(_, name)| only(name)).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let folder = server::folder();
    let data = folder.path().join("verifier");
    drop(new_ledger(&data));
    let process = Process::start("serve", &data);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let measured = runtime.block_on(async {
        let mut pairs = Vec::new();
        for (payments, name) in &wanted {
            let homes = ["payer", "payee"].map(|who| Home::new(&folder.path().join(name).join(who)));
            pairs.push(Pair::lived(homes, &data, &process, *payments).await);
        }
        let mut measured: Vec<Times> = vec![Times::default(); pairs.len()];
        let mut floor = Times::default();
        let bare = HttpNetwork::new(&format!("http://{}", process.address), None);
        let commit = BareCommit::new(&folder.path().join("bare.db"));
        let objects = BareObjects::new();
        for round in 0..WARM_UP + ROUNDS {
            let mut took = Vec::new();
            for pair in &pairs {
                took.push(pair.pay().await);
            }
            let began = Instant::now();
            for _ in 0..3 {
                commit.once();
                assert_eq!(bare.call(&Call::get("/healthz", "")).await.unwrap().status, 200);
            }
            objects.once();
            let at_least = began.elapsed();
            if round >= WARM_UP {
                floor.add(at_least);
                measured.iter_mut().zip(took).for_each(|(times, took)| times.add(took));
            }
        }
        measured.into_iter().map(|thing| Beside { thing, floor: floor.clone() }).collect::<Vec<_>>()
    });
    process.stop();
    let first = measured.first().cloned();
    let lines = wanted.iter().zip(measured).map(|((payments, name), measured)| match (payments, &first) {
        (0, _) => Line::beside(name, "pay and receive; floor: 3 commits, 3 calls, the signatures", &measured, 1.5),
        (_, Some(first)) => {
            let what = format!("the same with {payments} payments in both; floor: the first");
            Line::beside(name, &what, &Beside { thing: measured.thing, floor: first.thing.clone() }, 1.2)
        }
        _ => Line::plain(name, "", 0.0, "us", Target::Reported),
    });
    lines.collect()
}

impl Pair {
    /// Two wallets, the payer's and the payee's, each with so many payments, the payee listening.
    pub(crate) async fn lived(homes: [Home; 2], data: &Path, process: &Process, payments: usize) -> Self {
        let mut wallets = Vec::new();
        for home in homes {
            home.lived(&invite(data, process.address), payments).await;
            let wallet = Wallet::open(&home.place).await.unwrap();
            wallet.sync(Span::from_ms(0)).await.unwrap();
            wallets.push(wallet);
        }
        let (payee, payer) = (wallets.pop().unwrap(), wallets.pop().unwrap());
        let watch = listening(&payee).await;
        Self { payer, payee, _watch: watch, seen: Cell::new(EventSeq(0)) }
    }

    /// A link of the payee's to be paid.
    pub(crate) async fn request(&self) -> String {
        let terms = RequestTerms { amount: Some(amount(1)), memo: None, items: Vec::new(), life: Span::from_s(600) };
        let made = self.payee.request(terms).await.unwrap();
        // What a request leaves to be done (its stock is filled up) is not part of the payment.
        self.payee.sync(Span::from_ms(0)).await.unwrap();
        made.link
    }

    /// So many pages of the payer's history, of so many payments each: what one took, in nanoseconds.
    pub(crate) fn pages_ns(&self, payments: usize, times: usize) -> f64 {
        let began = Instant::now();
        for _ in 0..times {
            assert_eq!(self.payer.history(None, payments).unwrap().len(), payments);
        }
        began.elapsed().as_nanos() as f64 / times as f64
    }

    /// One payment, from the request that is there to the payee's event, with the memo.
    pub(crate) async fn pay(&self) -> Duration {
        let link = self.request().await;
        let mut after = self.last_event().await;
        let target = payment::Target::Request(Pointer::parse(&link).unwrap());
        let began = Instant::now();
        let memo = Some(Text::new("two tacos, no onions").unwrap());
        let draft = self.payer.prepare(target, None, memo).await.unwrap();
        self.payer.confirm(Approval::of(&draft)).await.unwrap();
        let took = loop {
            let events = self.payee.events(after, 10, WAIT).await.unwrap();
            let at = began.elapsed();
            after = events.last().unwrap().seq;
            if let Some(id) = events.iter().find_map(|event| match event.kind {
                EventKind::Received(id) => Some(id),
                _ => None,
            }) {
                assert!(self.payee.payment(&id).unwrap().details.unwrap().memo.is_some());
                break at;
            }
        };
        self.payer.outcome(&draft.id, WAIT).await.unwrap();
        took
    }

    async fn last_event(&self) -> EventSeq {
        while let Some(last) = self.payee.events(self.seen.get(), 10_000, Duration::ZERO).await.unwrap().last() {
            self.seen.set(last.seq);
        }
        self.seen.get()
    }
}
