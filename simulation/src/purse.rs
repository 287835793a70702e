//! A wallet's machine: the real engine over a disk that outlives it, and the errands it is on.

use crate::clocks::Clocks;
use crate::content::{Content, Storage};
use crate::disk::Disk;
use crate::errand::{Done, Errand};
use crate::event::{Envelope, Who};
use crate::laws::{
    Book, Broken, Law, hold, nothing_of_allowances_waits, nothing_of_tabs_waits, stored_of_allowances, stored_of_tabs,
};
use crate::random::Random;
use crate::server::{Server, order_of};
use farthing_core::devices::{self, FoundAccount, RestoreOptions};
use farthing_core::engine::{Engine, Input, Step};
use farthing_core::enrol::{self, EnrolOptions};
use farthing_core::error::{Error, WalletError};
use farthing_core::generation;
use farthing_core::keys::derivation::account_key;
use farthing_core::keys::device::DeviceKeys;
use farthing_core::keys::phrase::Phrase;
use farthing_core::keys::vault::{MemoryVault, Secret, Spending, Vault};
use farthing_core::offline;
use farthing_core::store::{Change, PaymentId, ProfileState, Store, StoreError};
use farthing_protocol::alias::Alias;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::details::{Memo, Name};
use farthing_protocol::http::Call;
use farthing_protocol::id::{AccountId, Nonce};
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::time::Moment;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
    /// Where the anchor is.
    vault: Arc<MemoryVault>,
    phrase: Phrase,
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
    /// A copy of the folder, and what was known of it then.
    copied: Option<(Disk, Book, Spending)>,
}

impl Purse {
    /// A wallet with its enrolment stored and not yet sent.
    pub(crate) fn new(
        who: Who,
        (name, alias): (&str, &str),
        server: &mut Server,
        random: &mut Random,
        storage: Storage,
    ) -> Result<Self, Broken> {
        let invite = server.invite()?;
        let nonce = Nonce::generate(random.as_rng());
        let nobody = Envelope { who, life: 0, errand: 0, call: 0 };
        let greeting = server.arrive(nobody, &enrol::greeting(&nonce), 0)?;
        let greeting = greeting.ok_or(farthing_core::sync::NetworkError::TimedOut);
        let welcome = enrol::welcome(greeting, &invite, &nonce)?;
        let phrase = Phrase::generate(random.as_rng());
        let keys = DeviceKeys::of_phrase(&phrase, random.as_rng());
        let options = EnrolOptions { name: Some(Name::new(name)?), alias: Some(Alias::new(alias)?) };
        let changes = enrol::begin(&welcome, &options, &phrase, &keys, random.as_rng())?;
        Self::create(who, phrase, &keys, changes, random, storage)
    }

    /// Another device of an account, with what takes it there stored and not yet sent.
    pub(crate) fn restoring(
        who: Who,
        lost: &Self,
        found: &FoundAccount,
        keep_devices: bool,
        random: &mut Random,
    ) -> Result<Self, Broken> {
        let phrase = lost.phrase.clone();
        let keys = DeviceKeys::of_phrase(&phrase, random.as_rng());
        let options = RestoreOptions { name: None, keep_devices, keep_phrase: false };
        let changes = devices::begin(found, &options, &account_key(&phrase), &keys, random.as_rng())?;
        Self::create(who, phrase, &keys, changes, random, Storage::Memory)
    }

    fn create(
        who: Who,
        phrase: Phrase,
        keys: &DeviceKeys,
        mut changes: Vec<Change>,
        random: &mut Random,
        storage: Storage,
    ) -> Result<Self, Broken> {
        let vault = Arc::new(MemoryVault::new());
        changes.push(generation::first(vault.as_ref(), random.as_rng())?);
        let mut disk = Disk::new(Content::new(storage, random.bytes())?);
        disk.apply(&changes)?;
        Self::over(who, disk, keys.to_secret(), vault, phrase, Clocks::default())
    }

    /// The same wallet once more: its folder copied while nobody had it open, or from under a running process. `here`: opened
    /// beside the first one, with the same anchor.
    pub(crate) fn copy(&self, who: Who, here: bool) -> Result<Self, Broken> {
        let vault = if here { Arc::clone(&self.vault) } else { Arc::new(MemoryVault::new()) };
        let mut copy = self.on(who, vault)?;
        copy.written.clone_from(&self.written);
        Ok(copy)
    }

    /// The same wallet in another world.
    pub(crate) fn again(&self) -> Result<Self, Broken> {
        let vault = MemoryVault::new();
        if let Some(anchor) = self.vault.anchor()? {
            vault.set_anchor(&anchor)?;
        }
        let mut again = self.on(self.who, Arc::new(vault))?;
        again.book = self.book.clone();
        Ok(again)
    }

    /// The folder is copied to somewhere.
    pub(crate) fn make_copy(&mut self) -> Result<(), Broken> {
        self.copied = Some((self.disk.copied()?, self.book.clone(), self.spending()?));
        Ok(())
    }

    pub(crate) const fn who(&self) -> Who {
        self.who
    }

    pub(crate) const fn has_copy(&self) -> bool {
        self.copied.is_some()
    }

    /// The folder is what it was when it was copied; whatever the anchor says.
    pub(crate) fn put_back(&mut self) -> Result<(), Broken> {
        if let Some((disk, book, _)) = self.copied.take() {
            self.kill();
            self.disk.put_back(&disk)?;
            self.book = book;
        }
        Ok(())
    }

    /// Where it stands with its allowances, as its vault knows it.
    pub(crate) fn spending(&self) -> Result<Spending, Broken> {
        Ok(self.vault.spending()?.unwrap_or_default())
    }

    /// The vault, too, is what it was when the folder was copied, as far as allowances go.
    pub(crate) fn put_spending_back(&self) -> Result<(), Broken> {
        match &self.copied {
            Some((_, _, spending)) => Ok(self.vault.set_spending(spending)?),
            None => Ok(()),
        }
    }

    /// Where keys and anchors are.
    pub(crate) fn vault(&self) -> Arc<dyn Vault> {
        Arc::clone(&self.vault) as Arc<dyn Vault>
    }

    fn on(&self, who: Who, vault: Arc<MemoryVault>) -> Result<Self, Broken> {
        let secret = DeviceKeys::from_secret(&self.secret)?.to_secret();
        Self::over(who, self.disk.copied()?, secret, vault, self.phrase.clone(), self.clocks)
    }

    fn over(
        who: Who,
        disk: Disk,
        secret: Secret,
        vault: Arc<MemoryVault>,
        phrase: Phrase,
        clocks: Clocks,
    ) -> Result<Self, Broken> {
        let profile = disk.profile()?.ok_or(Error::Wallet(WalletError::NotEnrolled))?;
        Ok(Self {
            who,
            account: profile.account,
            disk,
            secret,
            vault,
            phrase,
            engine: None,
            life: 0,
            errands: BTreeMap::new(),
            begun: 0,
            clocks,
            book: Book::default(),
            alias: profile.alias,
            written: BTreeMap::new(),
            sending: BTreeSet::new(),
            copied: None,
        })
    }

    /// A process begins.
    pub(crate) fn open(&mut self, random: &mut Random, now_ms: u64) -> Result<(), Broken> {
        if self.engine.is_none() {
            self.life += 1;
            self.clocks.restart(now_ms);
            self.disk.revive()?;
            let keys = DeviceKeys::from_secret(&self.secret)?;
            let wall = self.clocks.read(now_ms).wall;
            generation::raise(&mut self.disk.clone(), self.vault.as_ref(), wall, random.as_rng())?;
            let mut engine = Engine::open(Box::new(self.disk.clone()), keys, Box::new(random.generator()))?;
            offline::resume(&mut engine, self.vault.as_ref(), wall)?;
            self.engine = Some(engine);
        }
        Ok(())
    }

    /// How far its account is open to it.
    pub(crate) fn state(&self) -> Option<ProfileState> {
        self.disk.look(|store| store.profile().ok().flatten()).map(|profile| profile.state)
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.state() == Some(ProfileState::Ready)
    }

    pub(crate) fn is_revoked(&self) -> bool {
        self.state() == Some(ProfileState::Revoked)
    }

    pub(crate) fn account_key(&self) -> Ed25519Key {
        account_key(&self.phrase)
    }

    /// True while a meeting is waited for.
    pub(crate) fn is_meeting(&self) -> bool {
        self.errands.values().any(|(errand, _)| errand.is_meeting())
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

    /// True while nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.errands.is_empty()
    }

    /// True while nothing is under way, and nothing waits for the verifier's word.
    pub(crate) fn is_done(&self) -> bool {
        let waits = self.disk.look(|store| Ok::<_, StoreError>((store.unfinished(1)?.len(), store.acts(1)?.len())));
        self.errands.is_empty()
            && waits == Ok((0, 0))
            && self.disk.look(|store| nothing_of_tabs_waits(store) && nothing_of_allowances_waits(store))
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
            Err(error) => {
                let error = noted(engine, error, now);
                Ok(if self.disk.is_dead() { Went::Ignored } else { Went::Failed(error) })
            }
        }
    }

    /// An order that goes out is in the store, whatever happens next.
    fn check_stored(&self, call: &Call) -> Result<(), Broken> {
        self.disk.look(|store| stored_of_tabs(store, call).and_then(|()| stored_of_allowances(store, call)))?;
        let Some(order) = order_of(call)? else { return Ok(()) };
        let stored = self.disk.payment_by_order(&order)?;
        hold(Law::StoredBeforeSent, stored.is_some(), || "an order goes out that is not stored".to_owned())
    }

    /// Looks at the wallet's laws. A dead process has the disk of its last write.
    pub(crate) fn check(&mut self, server: &Server) -> Result<(), Broken> {
        self.disk.look(|store| self.book.check(store, &server.ledger))
    }
}

/// An answer that this device was revoked is noted, as in the wallet.
fn noted(engine: &mut Engine, error: Error, now: Moment) -> Error {
    let told = matches!(&error, Error::Problem { code: ProblemCode::DeviceRevokedHere, .. });
    if !told || !matches!(engine.profile().state, ProfileState::Ready | ProfileState::Reading { .. }) {
        return error;
    }
    let changes = devices::revoked(engine, engine.time_or_wall(now));
    engine.apply(changes).err().unwrap_or_else(|| WalletError::Revoked.into())
}
