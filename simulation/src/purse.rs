//! A wallet's machine: the real engine over a disk that outlives it, and the errands it is on.

use crate::clocks::Clocks;
use crate::disk::Disk;
use crate::errand::{Done, Errand};
use crate::event::{Envelope, Who};
use crate::laws::{Book, Broken, Law, hold};
use crate::random::Random;
use crate::server::{Server, order_of};
use farthing_core::engine::{Engine, Input, Step};
use farthing_core::enrol::{self, EnrolOptions};
use farthing_core::error::Error;
use farthing_core::keys::device::DeviceKeys;
use farthing_core::keys::phrase::Phrase;
use farthing_core::keys::vault::Secret;
use farthing_core::store::{DatabaseKey, MemoryStore, PaymentId, SqlCipherStore, Store, StoreError, StoreLocation};
use farthing_protocol::alias::Alias;
use farthing_protocol::details::{Memo, Name};
use farthing_protocol::http::Call;
use farthing_protocol::id::{AccountId, Nonce};
use farthing_protocol::time::Moment;
use std::collections::{BTreeMap, BTreeSet};

/// What came of one step of an errand.
pub(crate) enum Went {
    /// A call goes out.
    Out(Envelope, Call),
    /// It is over.
    Over(Done),
    /// It failed; the wallet is as it was.
    Failed(Error),
    /// Nobody waits for this any more, or the process died over it.
    Ignored,
}

/// The machine, and its owner's memory.
pub(crate) struct Purse {
    who: Who,
    disk: Disk,
    secret: Secret,
    engine: Option<Engine>,
    life: u64,
    errands: BTreeMap<u64, (Errand, u64)>,
    begun: u64,
    pub(crate) clocks: Clocks,
    pub(crate) book: Book,
    pub(crate) account: AccountId,
    pub(crate) alias: Alias,
    /// What the person wrote, by draft.
    pub(crate) written: BTreeMap<PaymentId, Option<Memo>>,
    /// Payments that are being sent in this life.
    pub(crate) sending: BTreeSet<PaymentId>,
}

impl Purse {
    /// A wallet with its enrolment stored and not yet sent.
    pub(crate) fn new(who: Who, server: &mut Server, random: &mut Random, encrypted: bool) -> Result<Self, Broken> {
        let invite = server.invite()?;
        let nonce = Nonce::generate(random.as_rng());
        let nobody = Envelope { who, life: 0, errand: 0, call: 0 };
        let greeting = server.arrive(nobody, &enrol::greeting(&nonce), 0)?;
        let greeting = greeting.ok_or(farthing_core::sync::NetworkError::TimedOut);
        let welcome = enrol::welcome(greeting, &invite, &nonce)?;
        let phrase = Phrase::generate(random.as_rng());
        let keys = DeviceKeys::of_phrase(&phrase, random.as_rng());
        let (name, alias) = match who {
            Who::Ann => ("Ann", "ann"),
            Who::Bob => ("Bob", "bob"),
        };
        let alias = Alias::new(alias)?;
        let options = EnrolOptions { name: Some(Name::new(name)?), alias: Some(alias.clone()) };
        let changes = enrol::begin(&welcome, &options, &phrase, &keys, random.as_rng())?;
        let mut store: Box<dyn Store> = if encrypted {
            let location = StoreLocation { path: None, vfs: None };
            Box::new(SqlCipherStore::create(location, DatabaseKey::new(random.bytes()))?)
        } else {
            Box::new(MemoryStore::new())
        };
        store.apply(&changes)?;
        let year_ms = 365 * 24 * 3_600_000;
        let ahead_ms = random.between(0, 2 * year_ms).cast_signed() - year_ms.cast_signed();
        let mut purse = Self {
            who,
            account: store.profile()?.map_or(AccountId::new([0; 16]), |profile| profile.account),
            disk: Disk::new(store),
            secret: keys.to_secret(),
            engine: None,
            life: 0,
            errands: BTreeMap::new(),
            begun: 0,
            clocks: Clocks::ahead(ahead_ms),
            book: Book::default(),
            alias,
            written: BTreeMap::new(),
            sending: BTreeSet::new(),
        };
        purse.open(random, 0)?;
        Ok(purse)
    }

    /// A process begins.
    pub(crate) fn open(&mut self, random: &mut Random, now_ms: u64) -> Result<(), Broken> {
        if self.engine.is_none() {
            self.life += 1;
            self.clocks.restart(now_ms);
            self.disk.revive();
            let keys = DeviceKeys::from_secret(&self.secret)?;
            self.engine = Some(Engine::open(Box::new(self.disk.clone()), keys, Box::new(random.generator()))?);
        }
        Ok(())
    }

    /// The process is killed: all that it was about to do is gone.
    pub(crate) fn kill(&mut self) {
        self.engine = None;
        self.errands.clear();
        self.sending.clear();
    }

    pub(crate) const fn is_open(&self) -> bool {
        self.engine.is_some()
    }

    /// Does something with the engine, at once. `None` when no process runs, or when it died over it.
    pub(crate) fn with<T>(
        &mut self,
        now_ms: u64,
        work: impl FnOnce(&mut Engine, Moment) -> Result<T, Error>,
    ) -> Option<Result<T, Error>> {
        let now = self.clocks.read(now_ms);
        let done = work(self.engine.as_mut()?, now);
        (!self.disk.is_dead()).then_some(done)
    }

    /// True once, after the process died at a write.
    pub(crate) fn bury(&mut self) -> bool {
        let died = self.disk.is_dead() && self.is_open();
        if died {
            self.kill();
        }
        died
    }

    pub(crate) const fn life(&self) -> u64 {
        self.life
    }

    pub(crate) const fn disk(&self) -> &Disk {
        &self.disk
    }

    /// True while a sync runs; there is one at a time.
    pub(crate) fn is_syncing(&self) -> bool {
        self.errands.values().any(|(errand, _)| errand.is_sync())
    }

    /// True while nothing is under way, and nothing waits for the verifier's word.
    pub(crate) fn is_done(&self) -> bool {
        let waits = self.disk.look(|store| Ok::<_, StoreError>((store.unfinished(1)?.len(), store.acts(1)?.len())));
        self.errands.is_empty() && waits == Ok((0, 0))
    }

    /// Sets out on an errand.
    pub(crate) fn begin(&mut self, errand: Errand, now_ms: u64) -> Result<Went, Broken> {
        self.begun += 1;
        let id = self.begun;
        self.go_on(id, errand, Input::Start, now_ms)
    }

    /// An answer arrives.
    pub(crate) fn answer(&mut self, envelope: &Envelope, input: Input, now_ms: u64) -> Result<Went, Broken> {
        let waits = envelope.life == self.life
            && self.errands.get(&envelope.errand).is_some_and(|(_, call)| *call == envelope.call);
        if !waits {
            return Ok(Went::Ignored);
        }
        match self.errands.remove(&envelope.errand) {
            Some((errand, _)) => self.go_on(envelope.errand, errand, input, now_ms),
            None => Ok(Went::Ignored),
        }
    }

    fn go_on(&mut self, id: u64, mut errand: Errand, input: Input, now_ms: u64) -> Result<Went, Broken> {
        let now = self.clocks.read(now_ms);
        let Some(engine) = &mut self.engine else { return Ok(Went::Ignored) };
        let step = errand.advance(engine, input, now);
        if self.disk.is_dead() {
            return Ok(Went::Ignored);
        }
        match step {
            Ok(Step::Done(done)) => Ok(Went::Over(done)),
            Ok(Step::Call(call)) => {
                self.check_stored(&call)?;
                self.begun += 1;
                let envelope = Envelope { who: self.who, life: self.life, errand: id, call: self.begun };
                self.errands.insert(id, (errand, envelope.call));
                Ok(Went::Out(envelope, call))
            }
            Err(error) => Ok(Went::Failed(error)),
        }
    }

    /// An order that goes out is in the store, whatever happens next.
    fn check_stored(&self, call: &Call) -> Result<(), Broken> {
        let Some(order) = order_of(call)? else { return Ok(()) };
        let stored = self.disk.payment_by_order(&order)?;
        hold(Law::StoredBeforeSent, stored.is_some(), || "an order goes out that is not stored".to_owned())
    }

    /// Looks at the wallet's laws. A dead process has the disk of its last write.
    pub(crate) fn check(&mut self, server: &Server) -> Result<(), Broken> {
        self.disk.look(|store| self.book.check(store, &server.ledger))
    }
}
