//! Two phones and a verifier on one line, and what they have told people: that must never be untrue later.

use crate::machine::{AUTHORITY, Bank, KEY, Kept, Machine, Phone, bank_keys};
use farthing_core::engine::{Input, Operation, Step};
use farthing_core::enrol::{self, Enrol, EnrolOptions};
use farthing_core::error::Error;
use farthing_core::generation::{self, Contact};
use farthing_core::keys::SystemEntropy;
use farthing_core::keys::device::DeviceKeys;
use farthing_core::keys::phrase::Phrase;
use farthing_core::keys::vault::{MemoryVault, Vault as _};
use farthing_core::messaging::KeepPrekeys;
use farthing_core::payment::SendOrder;
use farthing_core::store::{DatabaseKey, PaymentState, SqlCipherStore, Store as _, all_kept};
use farthing_core::sync::{FlushActs, NetworkError, PullEntries, Refresh};
use farthing_core::tab::{PaidTab, SendTab};
use farthing_faults::vfs::Image;
use farthing_protocol::alias::Alias;
use farthing_protocol::cose::Signed;
use farthing_protocol::http::{Call, OrderBody};
use farthing_protocol::id::{Digest, Nonce};
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::money::{Asset, Code};
use farthing_protocol::order::Order;
use farthing_protocol::time::{Moment, Span, Time};
use farthing_verifier::{Setup, Verifier};
use std::path::Path;

pub const GRANT: u64 = 100_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    Ann,
    Bob,
    Bank,
}

impl Who {
    pub const ALL: [Self; 3] = [Self::Ann, Self::Bob, Self::Bank];
}

/// When the power of the machine is cut whose disk fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// As soon as something failed; what was sent by then was sent.
    AtOnce,
    /// Only after people have gone on with it, and everything is done.
    Later,
}

/// What ends an attempt.
#[derive(Debug)]
pub enum Trouble {
    Told(Error),
    /// The power of a machine is gone.
    Dark,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Told(error)
    }
}

/// What left a machine, and must be known to it ever after.
#[derive(Clone, Default)]
pub struct Book {
    /// Calls that carried an order, its hash, and the verifier's signed answer.
    pub orders: Vec<(Call, Digest, Option<Vec<u8>>)>,
    /// The same of what was signed about tabs.
    pub tabs: Vec<(Call, Option<Vec<u8>>)>,
    /// Orders whose receipt the payer was shown.
    pub settled: Vec<Digest>,
    /// The highest position of the ledger that was audited.
    pub seq: u64,
}

pub struct Street {
    pub ann: Phone,
    pub bob: Phone,
    pub bank: Bank,
    pub now: Moment,
    pub book: Book,
    pub cut: Cut,
    /// A disk has failed as it was to.
    pub struck: bool,
}

/// A street at one moment; nobody has anything open.
#[derive(Clone)]
pub struct Still {
    ann: Kept,
    bob: Kept,
    bank: Image,
    now: Moment,
    book: Book,
}

pub fn usd() -> Asset {
    Asset::new(Code::new("USD").unwrap(), 6).unwrap()
}

impl Street {
    /// Ann and Bob have accounts and handles in stock.
    pub fn new(folder: &Path, name: &str) -> Self {
        let now = Moment { wall: Time::from_ms(1_800_000_000_000), monotonic: Span::from_ms(0) };
        let machine = |who: &str| Machine::new(folder, &format!("{name}-{who}"));
        let bank = machine("bank");
        let setup = Setup::open("http://127.0.0.1:7878", usd(), GRANT);
        let root = Ed25519Key::from_seed([1; 32]);
        let verifier = Verifier::create(bank.connect().unwrap(), &setup, &root, bank_keys(), now).unwrap();
        let mut bank = Bank { machine: bank, verifier: Some(verifier) };
        let (ann, bob) =
            (enrolled(&mut bank, machine("ann"), "ann", now), enrolled(&mut bank, machine("bob"), "bob", now));
        let mut street = Self { ann, bob, bank, now, book: Book::default(), cut: Cut::AtOnce, struck: false };
        street.run(Who::Ann, Enrol::new()).unwrap();
        street.run(Who::Bob, Enrol::new()).unwrap();
        street.sync(Who::Ann).unwrap();
        street.sync(Who::Bob).unwrap();
        street
    }

    pub fn close(&mut self) {
        (self.ann.engine, self.bob.engine, self.bank.verifier) = (None, None, None);
    }

    pub fn still(&mut self) -> Still {
        self.close();
        let bank = self.bank.machine.disk.image();
        Still { ann: self.ann.kept(), bob: self.bob.kept(), bank, now: self.now, book: self.book.clone() }
    }

    pub fn become_again(&mut self, still: &Still) {
        self.close();
        self.ann.become_again(&still.ann);
        self.bob.become_again(&still.bob);
        self.bank.machine.disk.load(&still.bank).unwrap();
        (self.now, self.book, self.struck) = (still.now, still.book.clone(), false);
    }

    pub fn phone(&mut self, who: Who) -> &mut Phone {
        if who == Who::Ann { &mut self.ann } else { &mut self.bob }
    }

    pub fn machine(&self, who: Who) -> &Machine {
        match who {
            Who::Ann => &self.ann.machine,
            Who::Bob => &self.bob.machine,
            Who::Bank => &self.bank.machine,
        }
    }

    /// Opens what is not open.
    pub fn open(&mut self) -> Result<(), Trouble> {
        self.pass(Span::from_s(1));
        let now = self.now;
        if self.bank.verifier.is_none() {
            // An operator reads why, and starts it again.
            let _ = self.bank.open(now);
            self.darken(Who::Bank)?;
        }
        for who in [Who::Ann, Who::Bob] {
            if self.phone(who).engine.is_none() {
                let opened = self.phone(who).open(now);
                self.darken(who)?;
                opened?;
            }
        }
        Ok(())
    }

    pub fn pass(&mut self, span: Span) {
        self.now.wall = self.now.wall.plus(span);
        self.now.monotonic = Span::from_ms(self.now.monotonic.as_ms() + span.as_ms());
    }

    /// Cuts the power where it is to be cut now.
    pub fn darken(&mut self, who: Who) -> Result<(), Trouble> {
        let disk = &self.machine(who).disk;
        if disk.has_struck() && self.cut == Cut::AtOnce {
            disk.cut_power();
        }
        if !disk.is_dead() {
            return Ok(());
        }
        match who {
            Who::Bank => self.bank.verifier = None,
            Who::Ann | Who::Bob => self.phone(who).engine = None,
        }
        Err(Trouble::Dark)
    }

    /// A wallet's operation, as its shell drives it. What goes out goes out, even when the phone is dark afterwards.
    pub fn run<O: Operation>(&mut self, who: Who, mut operation: O) -> Result<O::Output, Trouble> {
        let mut input = Input::Start;
        loop {
            self.pass(Span::from_ms(1));
            let now = self.now;
            let Some(engine) = &mut self.phone(who).engine else { return Err(Trouble::Dark) };
            let step = operation.advance(engine, input, now);
            match step {
                Ok(Step::Call(call)) => {
                    let answer = self.call(&call);
                    self.darken(who)?;
                    input = Input::Reply(answer);
                }
                Ok(Step::Done(output)) => {
                    // It was told before the power was cut.
                    let _ = self.darken(who);
                    return Ok(output);
                }
                Err(error) => {
                    let _ = self.darken(who);
                    return Err(Trouble::Told(error));
                }
            }
        }
    }

    fn call(&mut self, call: &Call) -> Result<farthing_protocol::http::Reply, NetworkError> {
        let order = (call.path == "/v1/orders")
            .then(|| Signed::<Order>::parse(OrderBody::decode(&call.body).unwrap().order.as_slice()).unwrap().hash());
        let reply = self.bank.answer(call, self.now);
        let signed = reply.as_ref().filter(|reply| reply.media_type == farthing_protocol::http::MEDIA_COSE);
        let signed = signed.map(|reply| reply.body.clone());
        if call.path.starts_with("/v1/holds") {
            match self.book.tabs.iter_mut().find(|(known, _)| known.body == call.body) {
                Some(known) => known.1 = known.1.take().or(signed),
                None => self.book.tabs.push((call.clone(), signed)),
            }
        } else if let Some(hash) = order {
            if let Some(known) = self.book.orders.iter_mut().find(|(_, known, _)| *known == hash) {
                known.2 = known.2.take().or(signed);
            } else {
                self.book.orders.push((call.clone(), hash, signed));
            }
        }
        let _ = self.darken(Who::Bank);
        reply.ok_or_else(|| NetworkError::Unreachable("it is down".to_owned()))
    }

    /// What a wallet's sync does, as far as it writes here.
    pub fn sync(&mut self, who: Who) -> Result<(), Trouble> {
        self.run(who, Refresh::new())?;
        self.run(who, Contact::new())?;
        let Some(engine) = &self.phone(who).engine else { return Err(Trouble::Dark) };
        let unfinished = engine.store().unfinished(100).map_err(Error::from)?;
        for payment in unfinished {
            self.run(who, SendOrder::new(payment.id))?;
        }
        let tabs: Vec<PaidTab> = all_kept(self.phone(who).engine().store()).map_err(Error::from)?;
        for tab in tabs.iter().filter(|tab| tab.order.is_some() || tab.closing().is_some()) {
            self.run(who, SendTab::new(tab.id))?;
        }
        self.run(who, KeepPrekeys::new())?;
        self.run(who, FlushActs::new())?;
        self.run(who, PullEntries::new())?;
        Ok(())
    }

    /// The power is back where it was gone; everything is there that somebody was told.
    pub fn light_up(&mut self) {
        for who in Who::ALL {
            let disk = self.machine(who).disk.clone();
            self.struck |= disk.has_struck();
            disk.make_room();
            if !disk.is_dead() {
                continue;
            }
            disk.restore_power().unwrap();
            match who {
                Who::Bank => self.check_bank(),
                Who::Ann | Who::Bob => self.phone(who).check_file(),
            }
        }
    }

    /// The verifier still has, word for word, what it has answered.
    pub fn check_bank(&mut self) {
        let mine = self.bank.verifier.is_none();
        if mine {
            let now = self.now;
            self.bank.open(now).unwrap();
        }
        let orders = self.book.orders.iter().rev().take(4).map(|(call, _, signed)| (call.clone(), signed.clone()));
        let told: Vec<_> = orders.chain(self.book.tabs.iter().rev().take(4).cloned()).collect();
        for (call, signed) in told {
            if let Some(signed) = signed {
                let again = self.bank.answer(&call, self.now).unwrap();
                assert!(again.body == signed, "the verifier answers otherwise than before: {}", again.status);
            }
        }
        if mine {
            self.bank.verifier = None;
        }
    }

    /// The wallet still has the orders that it sent and the receipts that it showed.
    pub fn check_payer(&self) {
        let store = self.ann.engine().store();
        for (_, hash, _) in &self.book.orders {
            assert!(store.payment_by_order(hash).unwrap().is_some(), "an order was sent that the wallet does not know");
        }
        for hash in &self.book.settled {
            let payment = store.payment_by_order(hash).unwrap().unwrap();
            assert_eq!(payment.state, PaymentState::Settled, "a receipt that was shown is gone");
        }
    }

    pub fn balance(&self, who: Who) -> i64 {
        let phone = if who == Who::Ann { &self.ann } else { &self.bob };
        phone.engine().store().balances().unwrap().first().map_or(0, |(_, units)| *units)
    }
}

/// A phone whose enrolment is stored and not sent.
fn enrolled(bank: &mut Bank, machine: Machine, alias: &str, now: Moment) -> Phone {
    let mut rng = SystemEntropy::new();
    let nonce = Nonce::generate(&mut rng);
    let invite = bank.verifier.as_ref().unwrap().public_invite(None).unwrap();
    let greeting = bank.verifier.as_mut().unwrap().answer(&enrol::greeting(&nonce), AUTHORITY, now);
    let welcome = enrol::welcome(Ok(greeting), &invite, &nonce).unwrap();
    let phrase = Phrase::generate(&mut rng);
    let keys = DeviceKeys::of_phrase(&phrase, &mut rng);
    let options = EnrolOptions { name: None, alias: Some(Alias::new(alias).unwrap()) };
    let mut changes = enrol::begin(&welcome, &options, &phrase, &keys, &mut rng).unwrap();
    let vault = MemoryVault::new();
    changes.push(generation::first(&vault, &mut rng).unwrap());
    let mut store = SqlCipherStore::create(machine.location(), DatabaseKey::new(KEY)).unwrap();
    store.apply(&changes).unwrap();
    drop(store);
    let mut phone = Phone { machine, vault, secret: keys.to_secret(), engine: None };
    phone.open(now).unwrap();
    assert!(phone.vault.anchor().unwrap().is_some());
    phone
}

impl Still {
    /// Up to where its ledger was audited.
    pub const fn seq(&self) -> u64 {
        self.book.seq
    }
}
