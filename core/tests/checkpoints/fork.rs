//! Two real verifiers with the same keys and the same past: a copy of the data folder, each of which serves some people, while
//! messages are passed on between them so that nobody misses one.

use farthing_core::checkpoints::Standing;
use farthing_core::contacts::Contact;
use farthing_core::enrol::EnrolOptions;
use farthing_core::events::EventSeq;
use farthing_core::keys::vault::{MemoryVault, Vault};
use farthing_core::payment::{Approval, Outcome, Target};
use farthing_core::sync::{CallFuture, Network};
use farthing_core::wallet::{Place, Wallet};
use farthing_protocol::alias::Alias;
use farthing_protocol::cose::Signed;
use farthing_protocol::http::{Call, Reply};
use farthing_protocol::id::VerifierId;
use farthing_protocol::invite::Invite;
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::text::Text;
use farthing_protocol::time::{Moment, Span};
use farthing_verifier::{Keys, Reopening, Setup, Verifier};
use rusqlite::Connection;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const AUTHORITY: &str = "127.0.0.1:7878";
pub(crate) const NO_WAIT: Span = Span::from_ms(0);

fn root() -> Ed25519Key {
    Ed25519Key::from_seed([1; 32])
}

fn keys() -> Keys {
    Keys::from_seeds([2; 32], [3; 32])
}

pub(crate) fn verifier_id() -> VerifierId {
    root().public().verifier_id()
}

type Lie = Box<dyn FnMut(&Call, Reply) -> Reply + Send>;

/// The verifiers behind one address.
pub(crate) struct Servers {
    dir: tempfile::TempDir,
    verifiers: Mutex<Vec<Verifier>>,
    copies: AtomicUsize,
    /// What the clocks of verifiers are ahead of this machine's, in milliseconds.
    ahead: AtomicU64,
    pub(crate) invite: Signed<Invite>,
}

impl Servers {
    pub(crate) fn one() -> Arc<Self> {
        let dir = tempfile::tempdir().unwrap();
        let usd = Asset::new(Code::new("USD").unwrap(), 6).unwrap();
        let setup = Setup::open("http://127.0.0.1:7878", usd, 20_000_000);
        let db = Connection::open(dir.path().join("ledger-0")).unwrap();
        let verifier = Verifier::create(db, &setup, &root(), keys(), farthing_verifier::server::now()).unwrap();
        let invite = verifier.public_invite(None).unwrap();
        let verifiers = Mutex::new(vec![verifier]);
        Arc::new(Self { dir, verifiers, copies: AtomicUsize::new(1), ahead: AtomicU64::new(0), invite })
    }

    fn now(&self) -> Moment {
        let now = farthing_verifier::server::now();
        let ahead = Span::from_ms(self.ahead.load(Ordering::SeqCst));
        Moment { wall: now.wall.plus(ahead), monotonic: Span::from_ms(now.monotonic.as_ms() + ahead.as_ms()) }
    }

    pub(crate) fn pass(&self, span: Span) {
        self.ahead.fetch_add(span.as_ms(), Ordering::SeqCst);
    }

    /// A copy of a verifier's file, as it is now.
    pub(crate) fn backup(&self, of: usize) -> Connection {
        let number = self.copies.fetch_add(1, Ordering::SeqCst);
        let path = self.dir.path().join(format!("ledger-{number}"));
        let mut verifiers = self.verifiers.lock().unwrap();
        let db = verifiers.remove(of).into_connection();
        db.execute("VACUUM INTO ?1", [path.to_str().unwrap()]).unwrap();
        verifiers.insert(of, Verifier::open(db, keys(), self.now()).unwrap());
        Connection::open(path).unwrap()
    }

    /// A second verifier goes on from here with the same keys; answers with its number.
    pub(crate) fn fork(&self) -> usize {
        let copy = self.backup(0);
        let mut verifiers = self.verifiers.lock().unwrap();
        verifiers.push(Verifier::open(copy, keys(), self.now()).unwrap());
        verifiers.len() - 1
    }

    /// The disk is gone; the verifier goes on from a backup, in a new epoch.
    pub(crate) fn restore(&self, backup: Connection) {
        let keys = Keys::from_seeds([4; 32], [5; 32]);
        let (verifier, _) = Verifier::restore(backup, &root(), keys, &Reopening::default(), self.now()).unwrap();
        self.verifiers.lock().unwrap()[0] = verifier;
    }

    /// Killed and started again: what was committed is there.
    pub(crate) fn restart(&self) {
        let mut verifiers = self.verifiers.lock().unwrap();
        let db = verifiers.remove(0).into_connection();
        verifiers.insert(0, Verifier::open(db, keys(), self.now()).unwrap());
    }

    /// Alters a ledger behind its verifier's back.
    pub(crate) fn tamper(&self, of: usize, sql: &str) {
        let mut verifiers = self.verifiers.lock().unwrap();
        let db = verifiers.remove(of).into_connection();
        assert!(db.execute(sql, []).unwrap() > 0);
        verifiers.insert(of, Verifier::open(db, keys(), self.now()).unwrap());
    }

    /// A checkpoint over everything so far.
    pub(crate) fn seal(&self, of: usize) {
        assert!(self.verifiers.lock().unwrap()[of].seal(self.now(), true).unwrap(), "there was nothing new");
    }
}

/// A wallet's way to one of the verifiers.
pub(crate) struct Way {
    servers: Arc<Servers>,
    pub(crate) to: AtomicUsize,
    pub(crate) lie: Mutex<Option<Lie>>,
    pub(crate) calls: Mutex<Vec<String>>,
}

impl Network for Way {
    fn call<'a>(&'a self, call: &'a Call) -> CallFuture<'a> {
        Box::pin(async move {
            self.calls.lock().unwrap().push(call.path.clone());
            let (to, now) = (self.to.load(Ordering::SeqCst), self.servers.now());
            let mut verifiers = self.servers.verifiers.lock().unwrap();
            let mut reply = None;
            for (number, verifier) in verifiers.iter_mut().enumerate() {
                // What people write to each other is passed on, or they would notice.
                if number == to {
                    reply = Some(verifier.answer(call, AUTHORITY, now));
                } else if call.path == "/v1/messages" && !call.body.is_empty() {
                    verifier.answer(call, AUTHORITY, now);
                }
            }
            let reply = reply.unwrap();
            let mut lie = self.lie.lock().unwrap();
            Ok(match lie.as_mut() {
                Some(lie) => lie(call, reply),
                None => reply,
            })
        })
    }
}

pub(crate) struct Person {
    pub(crate) wallet: Wallet,
    pub(crate) way: Arc<Way>,
    pub(crate) place: Place,
}

impl Person {
    pub(crate) async fn new(servers: &Arc<Servers>, name: &str) -> Self {
        let dir = servers.dir.path().join(name);
        std::fs::create_dir_all(&dir).unwrap();
        let vault: Arc<dyn Vault> = Arc::new(MemoryVault::new());
        let way = Arc::new(Way {
            servers: Arc::clone(servers),
            to: AtomicUsize::new(0),
            lie: Mutex::default(),
            calls: Mutex::default(),
        });
        let mut place = Place::new(&dir, vault);
        place.network = Some(Arc::clone(&way) as Arc<dyn Network>);
        let options = EnrolOptions { name: Some(Text::typed(name).unwrap()), alias: Some(Alias::new(name).unwrap()) };
        let (wallet, _) = Wallet::enrol(&place, &servers.invite, options).await.unwrap();
        let person = Self { wallet, way, place };
        person.sync().await;
        person
    }

    /// Ends the wallet and opens it again.
    pub(crate) async fn reopened(self) -> Self {
        let Self { wallet, way, place } = self;
        wallet.close().await.unwrap();
        Self { wallet: Wallet::open(&place).await.unwrap(), way, place }
    }

    pub(crate) async fn sync(&self) {
        self.wallet.sync(NO_WAIT).await.unwrap();
    }

    pub(crate) fn moves_to(&self, server: usize) {
        self.way.to.store(server, Ordering::SeqCst);
    }

    pub(crate) fn lies(&self, path: &'static str, lie: impl Fn(Reply) -> Reply + Send + 'static) {
        let lie: Lie = Box::new(move |call, reply| if call.path == path { lie(reply) } else { reply });
        *self.way.lie.lock().unwrap() = Some(lie);
    }

    pub(crate) fn is_told_the_truth(&self) {
        *self.way.lie.lock().unwrap() = None;
    }

    /// Pays somebody's alias; what came of it.
    pub(crate) async fn pay(&self, alias: &str, sum: &str) -> Result<(), farthing_core::Error> {
        let usd = Asset::new(Code::new("USD").unwrap(), 6).unwrap();
        let amount = Amount::parse(sum, &[usd]).unwrap();
        let target = Target::Alias(Alias::new(alias).unwrap());
        let draft = self.wallet.prepare(target, Some(amount), None).await?;
        let id = self.wallet.confirm(Approval::of(&draft)).await?;
        match self.wallet.outcome(&id, Duration::from_secs(20)).await? {
            Outcome::Settled(_) => Ok(()),
            other => panic!("not settled: {other:?}"),
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        self.wallet.standing().unwrap()
    }

    pub(crate) async fn events(&self) -> Vec<&'static str> {
        let events = self.wallet.events(EventSeq(0), 1_000, Duration::ZERO).await.unwrap();
        events.iter().map(|event| event.kind.name()).collect()
    }

    pub(crate) fn contact(&self) -> Contact {
        self.wallet.contacts().unwrap().remove(0)
    }
}

/// Both have met.
pub(crate) async fn meet(one: &Person, other: &Person) {
    let patience = Duration::from_secs(60);
    let offer = one.wallet.pair_show().await.unwrap();
    other.wallet.pair_scan(&offer.link).await.unwrap();
    for person in [one, other] {
        person.wallet.pair_code(&offer.id, patience).await.unwrap().unwrap();
    }
    for person in [one, other] {
        person.wallet.pair_confirm(&offer.id, true).await.unwrap();
    }
    let (a, b) =
        tokio::join!(one.wallet.pair_contact(&offer.id, patience), other.wallet.pair_contact(&offer.id, patience));
    a.unwrap().unwrap();
    b.unwrap().unwrap();
    for person in [one, other, one, other] {
        person.sync().await;
    }
}

/// Two people who know each other at one verifier that has made a checkpoint.
pub(crate) async fn two() -> (Arc<Servers>, Person, Person) {
    let servers = Servers::one();
    let (ada, ben) = (Person::new(&servers, "ada").await, Person::new(&servers, "ben").await);
    meet(&ada, &ben).await;
    ada.pay("ben", "1.00").await.unwrap();
    for person in [&ada, &ben] {
        person.sync().await;
        assert_eq!(person.standing(), Standing::Agreed);
        assert!(person.wallet.checkpoint().unwrap().is_some());
    }
    (servers, ada, ben)
}

/// A note between contacts, sent at once.
pub(crate) async fn note(from: &Person) {
    let to = from.contact().name;
    from.wallet.write_note(&to, Text::new("how are you?").unwrap()).await.unwrap();
}
