//! The verifier's machine: the real verifier over SQLite in memory, which can be killed before, during and after a commit.

use crate::clocks::Clocks;
use crate::event::Envelope;
use crate::laws::{Broken, Law, Ledger, hold, is_signed};
use crate::random::Random;
use farthing_protocol::cose::Signed;
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::http::{Call, Method, OrderBody, Reply};
use farthing_protocol::id::{Digest, OrderId};
use farthing_protocol::invite::Invite;
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::order::Order;
use farthing_protocol::text::Text;
use farthing_protocol::time::Time;
use farthing_verifier::operator::Fund;
use farthing_verifier::{Keys, OpenError, Prepared, Reopening, Setup, Verifier};
use rusqlite::{Connection, OpenFlags, backup};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Where wallets reach it.
pub(crate) const AUTHORITY: &str = "127.0.0.1:7878";
/// What each account gets at first.
const GRANT: u64 = 10_000_000;
/// Memory databases of one process need names of their own. The name decides nothing in a run.
static NAMES: AtomicU64 = AtomicU64::new(0);

/// An act that waits for the writer.
struct Waiting {
    prepared: Prepared,
    envelope: Envelope,
    /// The hash of the order in it.
    order: Option<Digest>,
}

/// How a group goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    None,
    /// The commit fails; the process lives on.
    FailedCommit,
    /// Killed before anything was decided.
    KilledBefore,
    /// Killed with the transaction open: it rolls back.
    KilledInside,
    /// Killed after the commit: nobody hears of it.
    KilledAfter,
}

/// A copy of the ledger, and what it knew.
struct Backup {
    path: String,
    /// Keeps the copy alive, and looks at it later.
    observer: Connection,
    ledger: Ledger,
}

/// The machine.
pub(crate) struct Server {
    path: String,
    root: [u8; 32],
    seeds: ([u8; 32], [u8; 32]),
    backup: Option<Backup>,
    epochs: u64,
    /// Reads for the laws; also keeps the memory database alive while no process has it open.
    observer: Connection,
    verifier: Option<Verifier>,
    refuse_commit: Arc<AtomicBool>,
    inbox: Vec<Waiting>,
    asset: Asset,
    /// Until when its disk has no space.
    pub(crate) full_until_ms: u64,
    pub(crate) clocks: Clocks,
    pub(crate) ledger: Ledger,
}

impl Server {
    /// A new ledger.
    pub(crate) fn new(random: &mut Random, asset: Asset) -> Result<Self, Broken> {
        let path = memory();
        let observer = connect(&path)?;
        let root = random.bytes();
        let seeds = (random.bytes(), random.bytes());
        let keys = Keys::from_seeds(seeds.0, seeds.1);
        let signing = *keys.signing().public();
        let refuse_commit = Arc::new(AtomicBool::new(false));
        let connection = breakable(&path, &refuse_commit)?;
        let clocks = Clocks::default();
        let setup = Setup::open(&format!("http://{AUTHORITY}"), asset, GRANT);
        let verifier = Verifier::create(connection, &setup, &Ed25519Key::from_seed(root), keys, clocks.read(0))?;
        Ok(Self {
            path,
            root,
            seeds,
            backup: None,
            epochs: 0,
            observer,
            verifier: Some(verifier),
            refuse_commit,
            inbox: Vec::new(),
            asset,
            full_until_ms: 0,
            clocks,
            ledger: Ledger::new(signing),
        })
    }

    /// The same machine in another world, where its process begins now.
    pub(crate) fn again(&self, now_ms: u64) -> Result<Self, Broken> {
        let path = memory();
        let mut observer = connect(&path)?;
        copy_pages(&self.observer, &mut observer)?;
        let mut again = Self {
            path,
            root: self.root,
            seeds: self.seeds,
            backup: None,
            epochs: self.epochs,
            observer,
            verifier: None,
            refuse_commit: Arc::default(),
            inbox: Vec::new(),
            asset: self.asset,
            full_until_ms: 0,
            clocks: Clocks::default(),
            ledger: self.ledger.clone(),
        };
        again.start(now_ms)?;
        Ok(again)
    }

    /// The database, to look at.
    pub(crate) const fn database(&self) -> &Connection {
        &self.observer
    }

    pub(crate) const fn asset(&self) -> Asset {
        self.asset
    }

    /// The invite that everybody has.
    pub(crate) fn invite(&self) -> Result<Signed<Invite>, Broken> {
        Ok(self.running()?.public_invite(None)?)
    }

    fn running(&self) -> Result<&Verifier, Broken> {
        self.verifier.as_ref().ok_or_else(|| Broken { law: Law::NoFalseAlarm, detail: "no verifier runs".to_owned() })
    }

    pub(crate) const fn is_up(&self) -> bool {
        self.verifier.is_some()
    }

    /// Killed: what it had not committed is gone, and with it what waited.
    pub(crate) fn kill(&mut self) {
        self.inbox.clear();
        self.verifier = None;
    }

    pub(crate) fn start(&mut self, now_ms: u64) -> Result<(), Broken> {
        if self.verifier.is_none() {
            self.clocks.restart(now_ms);
            let connection = breakable(&self.path, &self.refuse_commit)?;
            let keys = Keys::from_seeds(self.seeds.0, self.seeds.1);
            self.verifier = Some(Verifier::open(connection, keys, self.clocks.read(now_ms))?);
        }
        Ok(())
    }

    /// The operator makes a backup.
    pub(crate) fn back_up(&mut self) -> Result<(), Broken> {
        let path = memory();
        let mut observer = connect(&path)?;
        copy_pages(&self.observer, &mut observer)?;
        self.backup = Some(Backup { path, observer, ledger: self.ledger.clone() });
        Ok(())
    }

    /// How often it was restored.
    pub(crate) const fn epochs(&self) -> u64 {
        self.epochs
    }

    /// The certificate of the key that signs.
    pub(crate) fn certificate(&self) -> Result<Vec<u8>, Broken> {
        let newest = "SELECT signed FROM certificates ORDER BY serial DESC LIMIT 1";
        Ok(self.observer.prepare_cached(newest)?.query_row([], |row| row.get(0))?)
    }

    pub(crate) const fn has_backup(&self) -> bool {
        self.backup.is_some()
    }

    /// The disk is lost: the operator goes on from the backup, with new keys, in a new epoch. False without a backup.
    pub(crate) fn restore(&mut self, random: &mut Random, now_ms: u64) -> Result<bool, Broken> {
        let Some(backup) = self.backup.take() else { return Ok(false) };
        self.kill();
        (self.path, self.observer) = (backup.path, backup.observer);
        self.seeds = (random.bytes(), random.bytes());
        self.clocks.restart(now_ms);
        let keys = Keys::from_seeds(self.seeds.0, self.seeds.1);
        self.ledger = self.ledger.restored(backup.ledger, *keys.signing().public());
        let connection = breakable(&self.path, &self.refuse_commit)?;
        let root = Ed25519Key::from_seed(self.root);
        let now = self.clocks.read(now_ms);
        let (verifier, _) = Verifier::restore(connection, &root, keys, &Reopening::default(), now)?;
        self.verifier = Some(verifier);
        self.epochs += 1;
        Ok(true)
    }

    /// The operator replaces the signing key, in the same epoch. False when there are as many as there can be.
    pub(crate) fn certify(&mut self, random: &mut Random, now_ms: u64) -> Result<bool, Broken> {
        self.kill();
        self.clocks.restart(now_ms);
        let seeds = (random.bytes(), random.bytes());
        let keys = Keys::from_seeds(seeds.0, seeds.1);
        let signing = *keys.signing().public();
        let connection = breakable(&self.path, &self.refuse_commit)?;
        let root = Ed25519Key::from_seed(self.root);
        match Verifier::certify(connection, &root, keys, self.clocks.read(now_ms)) {
            Ok(verifier) => {
                self.verifier = Some(verifier);
                self.seeds = seeds;
                self.ledger.signs_with(signing);
                Ok(true)
            }
            Err(OpenError::CertificatesFull(_)) => self.start(now_ms).map(|()| false),
            Err(error) => Err(error.into()),
        }
    }

    /// A call arrives. A read is answered at once; an act waits for the writer, and then `None` is answered.
    pub(crate) fn arrive(&mut self, envelope: Envelope, call: &Call, now_ms: u64) -> Result<Option<Reply>, Broken> {
        let now = self.clocks.read(now_ms);
        let Some(verifier) = &mut self.verifier else { return Ok(None) };
        if call.method == Method::Get {
            return Ok(Some(verifier.answer(call, AUTHORITY, now)));
        }
        let prepared = verifier.prepare(call);
        self.inbox.push(Waiting { prepared, envelope, order: order_of(call)? });
        Ok(None)
    }

    /// Decides what waits, as one group. Answers with what leaves.
    pub(crate) fn decide(&mut self, mishap: Mishap, now_ms: u64) -> Result<Vec<(Envelope, Reply)>, Broken> {
        let now = self.clocks.read(now_ms);
        let waiting = std::mem::take(&mut self.inbox);
        let Some(verifier) = self.verifier.as_mut().filter(|_| mishap != Mishap::KilledBefore && !waiting.is_empty())
        else {
            return Ok(Vec::new());
        };
        let fails = matches!(mishap, Mishap::FailedCommit | Mishap::KilledInside);
        let (group, rest): (Vec<_>, Vec<_>) = waiting.into_iter().map(|w| (w.prepared, (w.envelope, w.order))).unzip();
        self.refuse_commit.store(fails, Ordering::Relaxed);
        let replies = verifier.answer_batch(&group, now);
        self.refuse_commit.store(false, Ordering::Relaxed);
        hold(Law::DecidedOnce, replies.len() == group.len(), || "a call of a group has no answer".to_owned())?;
        self.ledger.check(&self.observer)?;
        let mut leaving = Vec::new();
        for ((envelope, order), reply) in rest.into_iter().zip(replies) {
            hold(Law::NothingSignedUncommitted, !fails || !is_signed(&reply) && reply.status != 204, || {
                format!("status {} after a failed commit", reply.status)
            })?;
            if let Some(order) = order {
                self.ledger.answered(&order, &reply)?;
            }
            leaving.push((envelope, reply));
        }
        if matches!(mishap, Mishap::KilledInside | Mishap::KilledAfter) {
            leaving.clear();
        }
        Ok(leaving)
    }

    /// The operator gives money to an alias.
    pub(crate) fn fund(&mut self, target: &str, random: &mut Random, now_ms: u64) -> Result<(), Broken> {
        let now = self.clocks.read(now_ms);
        let amount = Amount::new(random.between(1, GRANT), self.asset)?;
        let fund = Fund {
            id: OrderId::generate(now.wall, random.as_rng()),
            target: target.to_owned(),
            amount,
            reason: Text::new("for the simulation")?,
        };
        if let Some(verifier) = &mut self.verifier {
            // Twice the same is once; unknown targets and a doubted clock are answers, too.
            let first = verifier.fund(&fund, now);
            if first.is_ok() && random.chance(300) {
                verifier.fund(&fund, now)?;
            }
        }
        self.ledger.check(&self.observer)
    }

    /// The operator puts money into the guarantee fund, and says what it promises of it to whom.
    pub(crate) fn guarantee(&mut self, payee: &str, random: &mut Random, now_ms: u64) -> Result<(), Broken> {
        let now = self.clocks.read(now_ms);
        let id = OrderId::generate(now.wall, random.as_rng());
        let amount = Amount::new(random.between(1, GRANT), self.asset)?;
        let promised = Amount::new(random.between(0, GRANT / 10), self.asset)?;
        if let Some(verifier) = &mut self.verifier {
            // A doubted clock and an unknown payee are answers, too.
            let funded = verifier.fund_guarantees(id, amount, now).is_ok();
            if funded || random.chance(500) {
                let _ = verifier.set_guarantees(&[promised], &[payee.to_owned()], &[]);
            }
        }
        self.ledger.check(&self.observer)
    }

    /// The verifier's time, as its clock has it.
    pub(crate) fn wall(&self, now_ms: u64) -> Time {
        self.clocks.read(now_ms).wall
    }

    /// The operator changes the fees.
    pub(crate) fn set_fees(&mut self, random: &mut Random, now_ms: u64) {
        let terms = Terms { asset: self.asset, flat: random.between(0, 20_000), bps: random.between(0, 200) };
        let now = self.clocks.read(now_ms);
        if let Some(verifier) = &mut self.verifier {
            // With a doubted clock they stay as they are.
            let _ = verifier.set_fees(&[terms], now);
        }
    }

    /// The operator looks at a doubted clock; half of them put it right first.
    pub(crate) fn look_at_clock(&mut self, random: &mut Random, now_ms: u64) -> Result<bool, Broken> {
        let Some(verifier) = &mut self.verifier else { return Ok(false) };
        // A doubt shows at the next reading.
        let _ = verifier.sweep(self.clocks.read(now_ms));
        if verifier.clock_doubt().is_none() {
            return Ok(false);
        }
        if random.chance(700) {
            self.clocks.ahead_ms = 0;
        }
        verifier.accept_clock(self.clocks.read(now_ms))?;
        Ok(true)
    }

    /// Forgets what may be forgotten.
    pub(crate) fn sweep(&mut self, now_ms: u64) -> Result<(), Broken> {
        let now = self.clocks.read(now_ms);
        if let Some(verifier) = &mut self.verifier {
            while verifier.sweep(now)? {}
        }
        self.ledger.check(&self.observer)
    }
}

/// A memory database that several connections share.
fn memory() -> String {
    let name = NAMES.fetch_add(1, Ordering::Relaxed);
    format!("file:farthing-simulation-{name}?mode=memory&cache=shared")
}

fn connect(path: &str) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

/// Copies a whole database.
fn copy_pages(from: &Connection, to: &mut Connection) -> Result<(), rusqlite::Error> {
    backup::Backup::new(from, to)?.step(-1).map(drop)
}

/// A connection whose commits become rollbacks while `refuse` is set.
fn breakable(path: &str, refuse: &Arc<AtomicBool>) -> Result<Connection, rusqlite::Error> {
    let mut connection = connect(path)?;
    let refuse = Arc::clone(refuse);
    connection.commit_hook(Some(move || refuse.load(Ordering::Relaxed)))?;
    Ok(connection)
}

/// The hash of the order that a call carries.
pub(crate) fn order_of(call: &Call) -> Result<Option<Digest>, Broken> {
    if call.path != "/v1/orders" || call.method == Method::Get {
        return Ok(None);
    }
    let body = OrderBody::decode(&call.body)?;
    Ok(Some(Signed::<Order>::parse(body.order.as_slice())?.hash()))
}
