//! Two wallets and a verifier, by their own operations: each byte decides who does what next, and which message arrives, gets
//! lost, comes twice or late. Afterwards the line is well again, and both must know what the ledger says.
#![no_main]

#[path = "two_party/store.rs"]
mod store;

use farthing_core::engine::{Engine, Input, Operation, Step};
use farthing_core::enrol::{self, Enrol, EnrolOptions};
use farthing_core::error::Error;
use farthing_core::generation;
use farthing_core::keys::device::DeviceKeys;
use farthing_core::keys::phrase::Phrase;
use farthing_core::keys::vault::{MemoryVault, Secret};
use farthing_core::payment::{
    Approval, Authorise, CancelRequest, Draft, MakeRequest, Outcome, Prepare, RequestTerms, SendOrder, Target,
};
use farthing_core::store::{Direction, MemoryStore, PaymentId, PaymentState, Store as _};
use farthing_core::sync::{FlushActs, NetworkError, PullEntries, Refresh};
use farthing_protocol::alias::Alias;
use farthing_protocol::http::{Call, Reply};
use farthing_protocol::id::{AccountId, Digest, Nonce, Seq};
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::RequestId;
use farthing_protocol::time::{Moment, Span, Time};
use farthing_verifier::{Keys, Setup, Verifier};
use rusqlite::Connection;
use rusqlite::backup::Backup;
use std::collections::{BTreeMap, BTreeSet};
use store::SharedStore;

const AUTHORITY: &str = "127.0.0.1:7878";
const GRANT: u64 = 10_000_000;
const START_MS: u64 = 1_800_000_000_000;
/// What a run does at most: more finds nothing new, and takes long.
const STEPS_MAX: usize = 200;
const IN_FLIGHT_MAX: usize = 16;

/// Randomness that is the same in every run.
#[derive(Clone)]
struct Counted(u64);
impl rand_core::TryRng for Counted {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.try_next_u64()? as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(32) {
            self.0 += 1;
            chunk.copy_from_slice(&Digest::of(&self.0.to_le_bytes()).as_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}
impl rand_core::TryCryptoRng for Counted {}

enum Doing {
    Prepare(Prepare),
    Authorise(Authorise),
    Send(SendOrder),
    Request(MakeRequest),
    Cancel(CancelRequest),
    Flush(FlushActs),
    Pull(PullEntries),
}

struct Person {
    engine: Engine,
    doing: BTreeMap<u64, Doing>,
    account: AccountId,
    requests: Vec<RequestId>,
    links: Vec<Pointer>,
}

enum Message {
    Call(usize, u64, Call),
    Answer(usize, u64, Reply),
}

struct World {
    verifier: Verifier,
    people: Vec<Person>,
    flying: Vec<Message>,
    begun: u64,
    now_ms: u64,
}

fn usd(units: u64) -> Amount {
    Amount::new(units, Asset::new(Code::new("USD").unwrap(), 6).unwrap()).unwrap()
}

fn at(ms: u64) -> Moment {
    Moment { wall: Time::from_ms(START_MS + ms), monotonic: Span::from_ms(ms) }
}

fn keys() -> Keys {
    Keys::from_seeds([2; 32], [3; 32])
}

/// Drives an operation on a line that is well.
fn finish<O: Operation>(
    engine: &mut Engine,
    mut operation: O,
    now: Moment,
    line: &mut impl FnMut(&Call) -> Reply,
) -> Result<O::Output, Error> {
    let mut input = Input::Start;
    loop {
        match operation.advance(engine, input, now)? {
            Step::Done(done) => return Ok(done),
            Step::Call(call) => input = Input::Reply(Ok(line(&call))),
        }
    }
}

/// A ledger with two open accounts: made once, since that takes longer than what comes then, and copied for each run.
struct Opened {
    ledger: Connection,
    wallets: [(MemoryStore, Secret); 2],
}

impl Opened {
    fn new() -> Self {
        let setup = Setup::open(&format!("http://{AUTHORITY}"), usd(1).asset(), GRANT);
        let root = Ed25519Key::from_seed([1; 32]);
        let ledger = Connection::open_in_memory().unwrap();
        let mut verifier = Verifier::create(ledger, &setup, &root, keys(), at(0)).unwrap();
        let invite = verifier.public_invite(None).unwrap();
        let wallets = [("ann", 1), ("bob", 2)].map(|(name, number)| {
            let mut rng = Counted(number << 32);
            let nonce = Nonce::generate(&mut rng);
            let greeting = verifier.answer(&enrol::greeting(&nonce), AUTHORITY, at(0));
            let welcome = enrol::welcome(Ok(greeting), &invite, &nonce).unwrap();
            let phrase = Phrase::generate(&mut rng);
            let device = DeviceKeys::of_phrase(&phrase, &mut rng);
            let secret = device.to_secret();
            let options = EnrolOptions { name: None, alias: Some(Alias::new(name).unwrap()) };
            let mut changes = enrol::begin(&welcome, &options, &phrase, &device, &mut rng).unwrap();
            changes.push(generation::first(&MemoryVault::new(), &mut rng).unwrap());
            let mut store = SharedStore::default();
            store.apply(&changes).unwrap();
            let mut engine = Engine::open(Box::new(store.clone()), device, Box::new(rng)).unwrap();
            let mut line = |call: &Call| verifier.answer(call, AUTHORITY, at(0));
            finish(&mut engine, Enrol::new(), at(0), &mut line).unwrap();
            finish(&mut engine, Refresh::new(), at(0), &mut line).unwrap();
            finish(&mut engine, PullEntries::new(), at(0), &mut line).unwrap();
            (store.copy(), secret)
        });
        Self { ledger: verifier.into_connection(), wallets }
    }

    fn world(&self) -> World {
        let mut ledger = Connection::open_in_memory().unwrap();
        Backup::new(&self.ledger, &mut ledger).unwrap().step(-1).unwrap();
        let mut verifier = Verifier::open(ledger, keys(), at(0)).unwrap();
        let people = self.wallets.iter().zip(1..).map(|((store, secret), number)| {
            let rng = Counted(number << 40);
            let keys = DeviceKeys::from_secret(secret).unwrap();
            let mut engine = Engine::open(Box::new(store.clone()), keys, Box::new(rng)).unwrap();
            finish(&mut engine, Refresh::new(), at(0), &mut |call| verifier.answer(call, AUTHORITY, at(0))).unwrap();
            let account = engine.profile().account;
            Person { engine, doing: BTreeMap::new(), account, requests: Vec::new(), links: Vec::new() }
        });
        let people = people.collect();
        World { verifier, people, flying: Vec::new(), begun: 0, now_ms: 1 }
    }
}

thread_local! {
    static OPENED: Opened = Opened::new();
}

impl World {
    fn begin(&mut self, who: usize, doing: Doing) {
        self.begun += 1;
        let id = self.begun;
        self.people[who].doing.insert(id, doing);
        self.go_on(who, id, Input::Start);
    }

    fn go_on(&mut self, who: usize, id: u64, input: Input) {
        let now = at(self.now_ms);
        let person = &mut self.people[who];
        // Nobody waits for an answer that came twice.
        let Some(mut doing) = person.doing.remove(&id) else { return };
        let engine = &mut person.engine;
        let mut next = None;
        let called = match &mut doing {
            Doing::Prepare(o) => o.advance(engine, input, now).map(|step| {
                step_of(step, |payment| {
                    let payment = engine.store().payment(&payment).unwrap().unwrap();
                    let draft = Draft::of(engine, &payment, now).unwrap();
                    next = Some(Doing::Authorise(Authorise::new(Approval::of(&draft))));
                })
            }),
            Doing::Authorise(o) => o
                .advance(engine, input, now)
                .map(|step| step_of(step, |payment| next = Some(Doing::Send(SendOrder::new(payment))))),
            Doing::Request(o) => o.advance(engine, input, now).map(|step| {
                step_of(step, |made| {
                    person.requests.push(made.id);
                    person.links.push(Pointer::parse(&made.link).unwrap());
                })
            }),
            Doing::Send(o) => o.advance(engine, input, now).map(|step| step_of(step, |_: Outcome| ())),
            Doing::Cancel(o) => o.advance(engine, input, now).map(|step| step_of(step, |_| ())),
            Doing::Flush(o) => o.advance(engine, input, now).map(|step| step_of(step, |_| ())),
            Doing::Pull(o) => o.advance(engine, input, now).map(|step| step_of(step, |_| ())),
        };
        match called {
            Ok(Some(call)) => {
                person.doing.insert(id, doing);
                if self.flying.len() < IN_FLIGHT_MAX {
                    self.flying.push(Message::Call(who, id, call));
                }
            }
            Ok(None) => {}
            Err(error) => assert!(!is_ours(&error), "{error:?}"),
        }
        if let Some(next) = next {
            self.begin(who, next);
        }
    }

    fn arrive(&mut self, which: u8, twice: bool) {
        if self.flying.is_empty() {
            return;
        }
        let message = self.flying.remove(usize::from(which) % self.flying.len());
        match message {
            Message::Call(who, id, call) => {
                let reply = self.verifier.answer(&call, AUTHORITY, at(self.now_ms));
                assert_ne!(reply.status, 500);
                if twice {
                    self.flying.push(Message::Call(who, id, call));
                }
                self.flying.push(Message::Answer(who, id, reply));
            }
            Message::Answer(who, id, reply) => self.go_on(who, id, Input::Reply(Ok(reply))),
        }
    }

    fn lose(&mut self, which: u8) {
        if !self.flying.is_empty() {
            let which = usize::from(which) % self.flying.len();
            let (Message::Call(who, id, _) | Message::Answer(who, id, _)) = self.flying.remove(which);
            self.go_on(who, id, Input::Reply(Err(NetworkError::TimedOut)));
        }
    }

    /// One thing that happens: what, and with which.
    fn step(&mut self, what: u8, which: u8) {
        let who = usize::from(which & 1);
        let terms = |amount| RequestTerms { amount, memo: None, items: Vec::new(), life: Span::from_s(900) };
        match what % 12 {
            0 => {
                let amount = (which & 2 == 0).then(|| usd(u64::from(which) * 30_000 + 1));
                self.begin(who, Doing::Request(MakeRequest::new(terms(amount))));
            }
            1 | 2 => {
                let links = &self.people[1 - who].links;
                let Some(link) = links.get(usize::from(which >> 1) % links.len().max(1)).cloned() else { return };
                let amount = (what % 12 == 2).then(|| usd(u64::from(which) + 1));
                self.begin(who, Doing::Prepare(Prepare::new(Target::Request(link), amount, None)));
            }
            3 => self.begin(who, Doing::Pull(PullEntries::new())),
            4 => self.begin(who, Doing::Flush(FlushActs::new())),
            5 => {
                let requests = &self.people[who].requests;
                let Some(id) = requests.get(usize::from(which >> 1) % requests.len().max(1)).copied() else { return };
                self.begin(who, Doing::Cancel(CancelRequest::new(id)));
            }
            6 => {
                let open = self.people[who].engine.store().unfinished(4).unwrap();
                for payment in open {
                    self.begin(who, Doing::Send(SendOrder::new(payment.id)));
                }
            }
            7 => self.lose(which),
            8 => self.arrive(which, true),
            9 => self.now_ms += u64::from(which) * 1_000,
            _ => self.arrive(which, false),
        }
    }

    /// What is open ends, once the line is well.
    fn calm(&mut self) {
        self.flying.clear();
        for _ in 0..2 {
            self.now_ms += 700_000;
            let now = at(self.now_ms);
            for person in &mut self.people {
                person.doing.clear();
                let verifier = &mut self.verifier;
                let mut line = |call: &Call| verifier.answer(call, AUTHORITY, now);
                let engine = &mut person.engine;
                finish(engine, Refresh::new(), now, &mut line).unwrap();
                let open: Vec<PaymentId> = engine.store().unfinished(1_000).unwrap().iter().map(|p| p.id).collect();
                for payment in open {
                    finish(engine, SendOrder::new(payment), now, &mut line).unwrap();
                }
                finish(engine, FlushActs::new(), now, &mut line).unwrap();
                finish(engine, PullEntries::new(), now, &mut line).unwrap();
            }
        }
    }

    /// Nothing is lost, doubled or made from nothing, and everybody knows the same.
    fn check(self) {
        let ledger = self.verifier.into_connection();
        let report = farthing_verifier::audit::audit(&ledger, Seq::new(0), &mut |_, _| ()).unwrap();
        assert!(report.sums.values().all(|sum| *sum == 0));
        let mut paid = BTreeSet::new();
        let mut got = BTreeSet::new();
        for person in &self.people {
            let store = person.engine.store();
            assert!(store.unfinished(10).unwrap().is_empty(), "every order has an outcome");
            assert!(store.acts(10).unwrap().is_empty(), "every act has an answer");
            let theirs: i64 = ledger
                .query_row(
                    "SELECT sum(b.balance) FROM balances b JOIN accounts a ON a.number = b.account WHERE a.id = ?1",
                    [person.account.as_bytes()],
                    |row| row.get(0),
                )
                .unwrap();
            let ours: i64 = store.balances().unwrap().iter().map(|(_, units)| units).sum();
            assert_eq!(ours, theirs, "the wallet knows what the ledger says");
            for payment in store.history(None, 1_000).unwrap() {
                let settled = payment.state == PaymentState::Settled;
                let is_new = match payment.direction {
                    Direction::Out if settled => paid.insert((payment.order, payment.amount.value())),
                    Direction::In => got.insert((payment.order, payment.amount.value())),
                    _ => true,
                };
                assert!(is_new, "an order counts once");
            }
        }
        assert_eq!(paid, got, "what one paid the other got");
    }
}

fn step_of<T>(step: Step<T>, done: impl FnOnce(T)) -> Option<Call> {
    match step {
        Step::Call(call) => Some(call),
        Step::Done(output) => {
            done(output);
            None
        }
    }
}

/// Errors that no message may bring about.
fn is_ours(error: &Error) -> bool {
    use farthing_core::error::WalletError::{Internal, VerifierMisbehaved};
    matches!(error, Error::Store(_) | Error::Wallet(Internal | VerifierMisbehaved))
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut world = OPENED.with(Opened::world);
    for step in data.chunks_exact(2).take(STEPS_MAX) {
        world.step(step[0], step[1]);
    }
    world.calm();
    world.check();
});
