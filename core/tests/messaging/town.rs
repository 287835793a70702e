//! A verifier in memory, phones with the wallet's operations, and a line between them that can do anything.

use crate::disk::{Death, Disk};
use farthing_core::contacts::{Contact, ContactState};
use farthing_core::engine::{Engine, Input, Operation, Step};
use farthing_core::enrol::{self, Enrol, EnrolOptions};
use farthing_core::error::Error;
use farthing_core::events::{EventKind, EventSeq};
use farthing_core::keys::SystemEntropy;
use farthing_core::keys::device::DeviceKeys;
use farthing_core::keys::phrase::Phrase;
use farthing_core::keys::vault::Secret;
use farthing_core::messaging::{
    self, Body, Dispatched, KeepPrekeys, Mailbox, Note, NoteBody, Outgoing, ReadMessages, Received, SendMessages,
};
use farthing_core::store::{self, Change, Store as _};
use farthing_core::sync::{FlushActs, NetworkError, PullEntries, Refresh};
use farthing_protocol::alias::Alias;
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::http::{AccountStatus, Call, Reply, signature};
use farthing_protocol::id::{AccountId, DeviceId, Digest, Nonce};
use farthing_protocol::invite::Invite;
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::money::{Asset, Code};
use farthing_protocol::text::Text;
use farthing_protocol::time::{Moment, Span, Time};
use farthing_verifier::{Keys, Reopening, Setup, Verifier};
use rusqlite::Connection;
use std::path::Path;

const START_MS: u64 = 1_800_000_000_000;
const AUTHORITY: &str = "127.0.0.1:7878";

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Fine,
    /// The verifier never hears of it.
    Lost,
    /// The verifier decides; the wallet never hears of that.
    Unanswered,
    /// The verifier gets it twice.
    Twice,
}

type Line = Box<dyn FnMut(&Call) -> Fate>;
type Lie = Box<dyn FnMut(&Call, Reply) -> Reply>;

pub struct Town {
    pub verifier: Verifier,
    pub now: Moment,
    invite: Signed<Invite>,
    /// What happens to calls of the phone that is being driven.
    pub line: Line,
    /// What the wallet gets to see.
    pub lie: Lie,
    /// Calls by path.
    pub calls: Vec<String>,
}

pub struct Phone {
    pub engine: Engine,
    pub disk: Disk,
    pub phrase: Phrase,
    secret: Secret,
}

pub fn usd() -> Asset {
    Asset::new(Code::new("USD").unwrap(), 6).unwrap()
}

impl Town {
    pub fn new() -> Self {
        let now = Moment { wall: Time::from_ms(START_MS), monotonic: Span::from_ms(0) };
        let setup = Setup::open("http://127.0.0.1:7878", usd(), 100_000_000);
        let root = Ed25519Key::from_seed([1; 32]);
        let keys = Keys::from_seeds([2; 32], [3; 32]);
        let verifier = Verifier::create(Connection::open_in_memory().unwrap(), &setup, &root, keys, now).unwrap();
        let invite = verifier.public_invite(None).unwrap();
        let (line, lie) = (Box::new(|_: &Call| Fate::Fine), Box::new(|_: &Call, reply| reply));
        Self { verifier, now, invite, line, lie, calls: Vec::new() }
    }

    /// A backup is written, and the verifier goes on.
    pub fn backed_up(self, path: &Path) -> Self {
        let Self { verifier, now, invite, line, lie, calls } = self;
        let connection = verifier.into_connection();
        connection.execute("VACUUM INTO ?1", [path.to_str().unwrap()]).unwrap();
        let verifier = Verifier::open(connection, Keys::from_seeds([2; 32], [3; 32]), now).unwrap();
        Self { verifier, now, invite, line, lie, calls }
    }

    /// The verifier's disk is gone; it goes on from the backup, in a new epoch.
    pub fn restored(self, path: &Path) -> Self {
        let (root, keys) = (Ed25519Key::from_seed([1; 32]), Keys::from_seeds([4; 32], [5; 32]));
        let connection = Connection::open(path).unwrap();
        let (verifier, _) = Verifier::restore(connection, &root, keys, &Reopening::default(), self.now).unwrap();
        Self { verifier, ..self }
    }

    pub fn pass(&mut self, span: Span) {
        self.now.wall = self.now.wall.plus(span);
        self.now.monotonic = Span::from_ms(self.now.monotonic.as_ms() + span.as_ms());
    }

    pub fn behave(&mut self) {
        self.line = Box::new(|_| Fate::Fine);
        self.lie = Box::new(|_, reply| reply);
    }

    pub fn call(&mut self, call: &Call) -> Result<Reply, NetworkError> {
        self.calls.push(call.path.clone());
        let fate = (self.line)(call);
        if fate == Fate::Lost {
            return Err(NetworkError::TimedOut);
        }
        let mut reply = self.verifier.answer(call, AUTHORITY, self.now);
        if fate == Fate::Twice {
            reply = self.verifier.answer(call, AUTHORITY, self.now);
        }
        self.pass(Span::from_ms(1));
        if fate == Fate::Unanswered { Err(NetworkError::TimedOut) } else { Ok((self.lie)(call, reply)) }
    }

    pub fn drive<O: Operation>(&mut self, phone: &mut Phone, mut operation: O) -> Result<O::Output, Error> {
        let mut input = Input::Start;
        loop {
            match operation.advance(&mut phone.engine, input, self.now)? {
                Step::Call(call) => input = Input::Reply(self.call(&call)),
                Step::Done(output) => return Ok(output),
            }
        }
    }

    /// A phone with an account of its own, whose prekeys are at the verifier.
    pub fn phone(&mut self, name: &str) -> Phone {
        let mut rng = SystemEntropy::new();
        let nonce = Nonce::generate(&mut rng);
        let greeting = self.call(&enrol::greeting(&nonce));
        let welcome = enrol::welcome(greeting, &self.invite, &nonce).unwrap();
        let phrase = Phrase::generate(&mut rng);
        let keys = DeviceKeys::of_phrase(&phrase, &mut rng);
        let options = EnrolOptions { name: None, alias: Some(Alias::new(name).unwrap()) };
        let disk = Disk::default();
        let changes = enrol::begin(&welcome, &options, &phrase, &keys, &mut rng).unwrap();
        let mut phone = Phone::on(disk, keys.to_secret(), phrase, &changes);
        self.drive(&mut phone, Enrol::new()).unwrap();
        self.sync(&mut phone).unwrap();
        phone
    }

    /// What the wallet's sync does, as far as messages are concerned.
    pub fn sync(&mut self, phone: &mut Phone) -> Result<(Received, Dispatched), Error> {
        self.drive(phone, Refresh::new())?;
        self.drive(phone, KeepPrekeys::new())?;
        self.drive(phone, FlushActs::new())?;
        let first = self.drive(phone, SendMessages::new())?;
        self.drive(phone, PullEntries::new())?;
        let received = self.drive(phone, ReadMessages::new())?;
        let second = self.drive(phone, SendMessages::new())?;
        let given_up = first.given_up + second.given_up;
        let sent = Dispatched { sent: first.sent + second.sent, given_up, waiting: second.waiting };
        Ok((received, sent))
    }

    /// Everybody syncs, a few times.
    pub fn settle(&mut self, phones: &mut [&mut Phone]) {
        for _ in 0..4 {
            for phone in phones.iter_mut() {
                self.sync(phone).unwrap();
            }
            self.pass(Span::from_min(3));
        }
    }

    /// One-time keys of a phone that are in stock.
    pub fn prekeys_left(&mut self, phone: &mut Phone) -> u64 {
        let mut call = Call::get("/v1/account", "");
        let (verifier, device) = (phone.engine.profile().verifier, phone.device());
        let nonce = Nonce::generate(&mut SystemEntropy::new());
        let session = phone.engine.keys().session();
        signature::sign(&mut call, AUTHORITY, &verifier, &device, self.now.wall, &nonce, session).unwrap();
        let reply = self.verifier.answer(&call, AUTHORITY, self.now);
        AccountStatus::decode(&reply.body).unwrap().prekeys
    }

    pub fn write(&mut self, phone: &mut Phone, to: AccountId, text: &str) -> Result<(), Error> {
        let body = Body::Note(Text::typed(text).unwrap());
        let changes = messaging::queue(&mut phone.engine, to, body, self.now)?;
        phone.engine.apply(changes)?;
        self.pass(Span::from_ms(1));
        Ok(())
    }
}

impl Phone {
    pub fn on(disk: Disk, secret: Secret, phrase: Phrase, changes: &[Change]) -> Self {
        disk.memory.lock().unwrap().apply(changes).unwrap();
        let keys = DeviceKeys::from_secret(&secret).unwrap();
        let engine = Engine::open(Box::new(disk.clone()), keys, Box::new(SystemEntropy::new())).unwrap();
        Self { engine, disk, phrase, secret }
    }

    /// The process ends, and another one begins with what was stored.
    pub fn restart(&mut self) {
        *self.disk.death.lock().unwrap() = None;
        let keys = DeviceKeys::from_secret(&self.secret).unwrap();
        self.engine = Engine::open(Box::new(self.disk.clone()), keys, Box::new(SystemEntropy::new())).unwrap();
    }

    pub fn dies(&self, death: Death) {
        *self.disk.death.lock().unwrap() = Some(death);
    }

    pub fn account(&self) -> AccountId {
        self.engine.profile().account
    }

    pub fn device(&self) -> DeviceId {
        self.engine.profile().device
    }

    /// From now on the other is a contact.
    pub fn meets(&mut self, other: &Phone) {
        let profile = other.engine.profile();
        let name = Text::typed(&profile.alias.to_string()).unwrap();
        let contact = Contact {
            version: V1,
            account: profile.account,
            account_key: profile.account_key,
            alias: profile.alias.clone(),
            name,
            calls_itself: None,
            state: ContactState::Verified,
            blocked: false,
            expected: Digest::of(b"not looked at here"),
            met: Time::from_ms(START_MS),
            verified: None,
            alias_record: SignedBytes::default(),
        };
        self.engine.apply(vec![Change::put(&contact)]).unwrap();
    }

    /// What this contact wrote, oldest first.
    pub fn heard(&self, from: &Phone) -> Vec<String> {
        let notes: Vec<Note> = store::all_kept(self.engine.store()).unwrap();
        notes
            .into_iter()
            .filter(|note| note.account == from.account() && note.state == messaging::NoteState::Received)
            .filter_map(|note| match note.body {
                NoteBody::Text(text) => Some(text.as_str().to_owned()),
                NoteBody::Request(_) => None,
            })
            .collect()
    }

    pub fn events(&self, wanted: impl Fn(&EventKind) -> bool) -> usize {
        let events = self.engine.store().events(EventSeq(0), 100_000).unwrap();
        events.iter().filter(|event| wanted(&event.kind)).count()
    }

    pub fn outbox(&self) -> Vec<Outgoing> {
        store::all_kept(self.engine.store()).unwrap()
    }

    pub fn mailbox(&self) -> Mailbox {
        store::kept(self.engine.store(), Mailbox::KEY).unwrap().unwrap_or_default()
    }
}

/// Two phones of people who have met.
pub fn two() -> (Town, Phone, Phone) {
    let mut town = Town::new();
    let (mut ann, mut bob) = (town.phone("ann"), town.phone("bob"));
    ann.meets(&bob);
    bob.meets(&ann);
    (town, ann, bob)
}
