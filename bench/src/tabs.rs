//! Tabs: a drop made and checked, and the claims of a thousand tabs while others pay.

use crate::floors;
use crate::http::{self, Line as Connection};
use crate::line::{Line, Target};
use crate::load::{Pair, open_loop, signed};
use crate::people::{Person, amount, bytes};
use crate::rounds::{Beside, Times, beside};
use crate::server::{self, Process, decide, new_ledger, verifier_id};
use farthing_core::keys::SystemEntropy;
use farthing_protocol::act::Header;
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::Signed;
use farthing_protocol::http::{Call, ClaimOutcome, ClaimOutcomes, ClaimsBody, MEDIA_CBOR, MEDIA_ORDER, OrderBody};
use farthing_protocol::id::{ActId, DetailsHash, FeeVersion, OrderId};
use farthing_protocol::key::{Ed25519Key, Signature, Signer as _};
use farthing_protocol::limits::{CLAIMS_PER_CALL, HOLDS_PAIR_MAX};
use farthing_protocol::tab::{Claim, HoldId, HoldOrder, HoldVersion, Voucher};
use farthing_protocol::time::{Span, Time};
use farthing_verifier::Verifier;
use farthing_verifier::server::now;
use std::hint::black_box;
use std::time::{Duration, Instant};

const TICK_ROUNDS: usize = 300;
const TICKS: usize = 20;

const TABS: usize = 1_000;
/// What a payee's phone has open to its verifier.
const CONNECTIONS: usize = 2;
const CLAIM_ROUNDS: usize = 5;
/// Others who pay meanwhile, and how fast.
const OTHERS: usize = 16;
const OTHERS_PER_SECOND: f64 = 500.0;
const OTHERS_EACH: usize = 60;

pub(crate) fn lines(only: &dyn Fn(&str) -> bool) -> Vec<Line> {
    let mut lines = Vec::new();
    if only("tab-tick") {
        lines.push(tick());
    }
    if only("tab-claims") || only("tab-claims-p99") {
        lines.extend(claims().into_iter().filter(|line| only(&line.name)));
    }
    lines
}

/// A voucher over a total, as it travels.
fn voucher(hold: HoldId, key: &Ed25519Key, total: u64) -> Vec<u8> {
    let voucher = Voucher { version: V1, hold, hold_version: HoldVersion::new(1), total: amount(total) };
    Signed::sign(voucher, key).unwrap().bytes().to_vec()
}

fn tick() -> Line {
    let (hold, key) = (HoldId::new([3; 32]), Ed25519Key::generate(&mut SystemEntropy::new()));
    let (bare, mut total) = (floors::bare_signer(&key), 0);
    let message = Signed::<Voucher>::parse(&voucher(hold, &key, 1)).unwrap().to_be_signed().to_vec();
    let measured = beside(
        TICK_ROUNDS,
        TICKS,
        || {
            total += 1;
            let seen = Signed::<Voucher>::parse(black_box(&voucher(hold, &key, total))).unwrap();
            assert_eq!(seen.verify(key.public()).unwrap().total.value(), total);
        },
        || {
            let signature = Signature::new(floors::bare_sign(&bare, black_box(&message)));
            floors::bare_verify(key.public(), black_box(&message), &signature);
        },
    );
    Line::beside("tab-tick", "a voucher made and verified; floor: a bare sign and verify", &measured, 1.25)
}

/// A tab as its payee knows it, and the payer's key of it.
struct Tab {
    hold: HoldId,
    key: Ed25519Key,
}

/// A payee with a thousand tabs: as many as one payer may have for it, of each of many payers.
fn tabs(verifier: &mut Verifier, payee: &Person) -> Vec<Tab> {
    let time = now().wall;
    let payers: Vec<Person> =
        (0..TABS.div_ceil(HOLDS_PAIR_MAX as usize)).map(|n| Person::new(&format!("rider{n:06}"))).collect();
    let enrolments: Vec<Call> =
        payers.iter().chain([payee]).map(|person| person.enrolment(verifier_id(), time, 1)).collect();
    decide(verifier, &enrolments);
    let mut tabs = Vec::new();
    let calls: Vec<Call> = (0..TABS)
        .map(|n| {
            let key = Ed25519Key::generate(&mut SystemEntropy::new());
            let payer = &payers[n / HOLDS_PAIR_MAX as usize];
            let order = Signed::sign(order(payer, payee, &key, time), &payer.act).unwrap();
            tabs.push(Tab { hold: HoldId::of(&order), key });
            let body = OrderBody { order: bytes(order.bytes()), bundle: None, code: None };
            Call::post("/v1/holds", MEDIA_ORDER, body.encode())
        })
        .collect();
    calls.chunks(256).for_each(|calls| decide(verifier, calls));
    tabs
}

fn order(payer: &Person, payee: &Person, key: &Ed25519Key, time: Time) -> HoldOrder {
    let spend_until = time.plus(Span::from_h(24));
    HoldOrder {
        version: V1,
        id: OrderId::generate(time, &mut SystemEntropy::new()),
        verifier: verifier_id(),
        account: payer.id(),
        device: payer.device(),
        created: time,
        expires: time.plus(Span::from_s(120)),
        fee_version: FeeVersion::new(1),
        payee: payee.alias.handle(),
        payee_key: payee.payee_key(),
        cap: amount(1_000),
        spend_until,
        claim_until: spend_until.plus(Span::from_h(24)),
        voucher_key: *key.public(),
        reference: None,
        details: DetailsHash::new([4; 32]),
        bundle: None,
    }
}

/// The calls that claim `total` of each tab.
fn calls(payee: &Person, tabs: &[Tab], total: u64) -> Vec<Vec<u8>> {
    let time = now().wall;
    let claim = |tab: &Tab| {
        let id = ActId::generate(time, &mut SystemEntropy::new());
        let (verifier, account, device) = (verifier_id(), payee.id(), payee.device());
        let header = Header { verifier, account, device, id, created: time };
        let claim = Claim::new(header, bytes(&voucher(tab.hold, &tab.key, total)), amount(total));
        bytes(Signed::sign(claim, &payee.session).unwrap().bytes())
    };
    let body = |tabs: &[Tab]| ClaimsBody { claims: tabs.iter().map(claim).collect() }.encode();
    let call = |tabs: &[Tab]| http::bytes_of(&Call::post("/v1/holds/claims", MEDIA_CBOR, body(tabs)), "x");
    tabs.chunks(CLAIMS_PER_CALL).map(call).collect()
}

fn claims() -> Vec<Line> {
    let folder = server::folder();
    let mut verifier = new_ledger(folder.path());
    let payee = Person::new("scooters");
    let tabs = tabs(&mut verifier, &payee);
    let others = Pair::enrolled(&mut verifier, OTHERS);
    drop(verifier);
    let process = Process::start("serve", folder.path());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut measured, mut paid) = (Beside::default(), Times::default());
    for round in 1..=CLAIM_ROUNDS {
        measured.floor.add(verified_by_all(&tabs));
        let calls = calls(&payee, &tabs, round as u64);
        let payments = signed(&others, OTHERS_EACH);
        let (took, answered) = runtime.block_on(async {
            tokio::join!(claimed(process.address, calls), open_loop(process.address, payments, OTHERS_PER_SECOND))
        });
        assert_eq!(answered.statuses.len(), 1, "nothing but receipts: {:?}", answered.statuses);
        measured.thing.add(took);
        paid.extend(answered.latencies);
    }
    process.stop();
    let what = "1,000 tabs claimed, others paying; floor: 1,000 verifies on all cores";
    let p99 =
        Line::plain("tab-claims-p99", "p99 of who pays meanwhile", paid.at(0.99) / 1e6, "ms", Target::AtMost(20.0));
    vec![Line::beside("tab-claims", what, &measured, 1.5), p99]
}

/// Posts all calls over a few connections; how long until the last is answered.
async fn claimed(address: std::net::SocketAddr, calls: Vec<Vec<u8>>) -> Duration {
    let began = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let calls: Vec<Vec<u8>> = calls.iter().skip(number).step_by(CONNECTIONS).cloned().collect();
            tokio::spawn(async move {
                let mut line = Connection::open(address).await.unwrap();
                for call in calls {
                    let (status, body) = line.call(&call).await.unwrap();
                    assert_eq!(status, 200);
                    let outcomes = ClaimOutcomes::decode(&body).unwrap().outcomes;
                    assert!(outcomes.iter().all(|outcome| matches!(outcome, ClaimOutcome::Receipt(_))));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    began.elapsed()
}

/// As many bare verifies as there are tabs, on all cores.
fn verified_by_all(tabs: &[Tab]) -> Duration {
    let message = [7; 120];
    let signed: Vec<(Ed25519Key, Signature)> = tabs
        .iter()
        .map(|tab| {
            let bare = floors::bare_signer(&tab.key);
            (Ed25519Key::from_seed(*tab.key.seed()), Signature::new(floors::bare_sign(&bare, &message)))
        })
        .collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for part in signed.chunks(signed.len().div_ceil(cores)) {
            scope.spawn(|| part.iter().for_each(|(key, by)| floors::bare_verify(key.public(), &message, by)));
        }
    });
    began.elapsed()
}
