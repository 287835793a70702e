//! The verifier: one writing connection, one signing key, synchronous decisions.

use crate::call::{self, Prepared, Step};
use crate::clock::{Clock, Doubt};
use crate::context::Context;
use crate::fault::{Fault, store_problem};
use crate::keys::Keys;
use crate::read;
use crate::setup::{self, Setup};
use crate::store::savepoint::{begin, check_open, keep, undo};
use crate::store::{self, OpenError, ledger};
use crate::topic::Topic;
use crate::{act, allowance, crash, devices, enrol, epoch, order, rendezvous, seal, tab};
use farthing_protocol::http::{Call, Reply};
use farthing_protocol::id::VerifierId;
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::time::{Moment, Time};
use rusqlite::{Connection, TransactionBehavior};

/// Owns the ledger. Every decision is made by this type, on the connection it was given.
#[derive(Debug)]
pub struct Verifier {
    pub(crate) db: Connection,
    pub(crate) context: Context,
}

/// What deciding one act led to.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) reply: Reply,
    /// What has something new to read.
    pub(crate) touched: Vec<Topic>,
}

impl Done {
    /// Nobody has anything new to read.
    pub(crate) const fn quietly(reply: Reply) -> Self {
        Self { reply, touched: Vec::new() }
    }
}

/// What deciding a group led to.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) replies: Vec<Reply>,
    pub(crate) touched: Vec<Topic>,
}

impl Verifier {
    /// Makes a new ledger in an empty database: schema, certificate, opening checkpoint, fees.
    ///
    /// `root` certifies the signing key and is not kept.
    ///
    /// # Errors
    /// [`OpenError::NotEmpty`], [`OpenError::Setup`], or the database's own.
    pub fn create(
        mut connection: Connection,
        setup: &Setup,
        root: &Ed25519Key,
        keys: Keys,
        now: Moment,
    ) -> Result<Self, OpenError> {
        store::create(&mut connection)?;
        setup::write(&mut connection, setup, root, &keys, now.wall)?;
        Self::started(connection, keys, now)
    }

    /// Opens a ledger: refuses a damaged or foreign database, an unknown schema, another's signing key.
    ///
    /// # Errors
    /// [`OpenError`], which says which.
    pub fn open(mut connection: Connection, keys: Keys, now: Moment) -> Result<Self, OpenError> {
        store::open(&mut connection)?;
        Self::started(connection, keys, now)
    }

    pub(crate) fn started(db: Connection, keys: Keys, now: Moment) -> Result<Self, OpenError> {
        let row = ledger::row(&db)?;
        let certificate = epoch::newest(&db, &row.verifier)?;
        if !epoch::names(&certificate, &keys) {
            return Err(OpenError::WrongKey);
        }
        seal::keep_secret(&db, &keys)?;
        let clock = Clock::start(row.time, now);
        if let Some(doubt) = clock.doubt() {
            tracing::warn!(%doubt, "the clock is doubted; look at it, then run `farthing-verifier clock accept`");
        }
        Ok(Self { context: Context::new(keys, clock, &row), db })
    }

    /// Answers one call: a read, or an act as a group of one. `authority` is the host and port it reached.
    pub fn answer(&mut self, call: &Call, authority: &str, now: Moment) -> Reply {
        if call::is_read(call) {
            return self.answer_read(call, authority, now);
        }
        let prepared = self.prepare(call);
        self.answer_batch(&[prepared], now).pop().unwrap_or_else(Reply::done)
    }

    /// Checks an act as far as it can be checked outside the writer.
    #[must_use]
    pub fn prepare(&self, call: &Call) -> Prepared {
        call::prepare(&self.db, &self.context, call)
    }

    fn answer_read(&self, call: &Call, authority: &str, now: Moment) -> Reply {
        let time = self.context.clock.read(now).ok();
        read::authorise(&self.db, &self.context, call, authority, time)
            .and_then(|(read, _)| read.answer(&self.db, &self.context, time))
            .map_or_else(Fault::into_reply, |reading| reading.reply)
    }

    /// Decides a group in one transaction: ledger time read once, one commit, then the answers.
    /// After a failed commit nothing that was signed leaves (wire decision 11).
    pub fn answer_batch(&mut self, group: &[Prepared], now: Moment) -> Vec<Reply> {
        self.decide(group, now).replies
    }

    pub(crate) fn decide(&mut self, group: &[Prepared], now: Moment) -> Batch {
        let mut batch = Batch::default();
        if let Err(error) = self.try_decide(group, now, &mut batch) {
            let problem = Reply::problem(&store_problem(&error));
            return Batch { replies: vec![problem; group.len()], touched: Vec::new() };
        }
        crash::point(crash::WRITER_AFTER_COMMIT);
        group.iter().filter_map(|prepared| prepared.0.point()).for_each(crash::point);
        batch
    }

    fn try_decide(&mut self, group: &[Prepared], now: Moment, batch: &mut Batch) -> rusqlite::Result<()> {
        let time = self.context.clock.read(now).ok();
        for guard in [Guard::AllButOrders, Guard::All] {
            let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if let Some(time) = time {
                ledger::persist_time(&tx, time)?;
            }
            let Some(decided) = decide_each(&tx, &self.context, group, time, guard)? else { continue };
            if let Some(time) = time {
                seal::group(&tx, &self.context, time)?;
            }
            crash::point(crash::WRITER_BEFORE_COMMIT);
            if group.iter().any(|prepared| matches!(prepared.0, Step::Enrolment(_))) {
                crash::point(crash::ENROLMENT_BEFORE_COMMIT);
            }
            tx.commit()?;
            *batch = decided;
            return Ok(());
        }
        // Not reached: with savepoints for all, each act is taken back alone. Were it, nothing was decided.
        Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_INTERNAL), None))
    }

    /// Why the clock is doubted, if it is.
    #[must_use]
    pub fn clock_doubt(&self) -> Option<Doubt> {
        self.context.clock.doubt()
    }

    /// The operator has looked at the clock: time goes on. Answers with the ledger time.
    ///
    /// # Errors
    /// The database's own.
    pub fn accept_clock(&mut self, now: Moment) -> rusqlite::Result<Time> {
        let time = self.context.clock.accept(now);
        ledger::persist_time(&self.db, time)?;
        Ok(time)
    }

    /// The verifier's identity: the hash of its root key.
    #[must_use]
    pub const fn id(&self) -> VerifierId {
        self.context.verifier
    }

    /// Where wallets reach it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.context.url
    }

    /// Gives the connection back, for tests that go on with the same database.
    #[must_use]
    pub fn into_connection(self) -> Connection {
        self.db
    }
}

/// What has a savepoint of its own, to be taken back alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guard {
    /// Everything but orders: each savepoint copies all pages that are changed after it, and an order fails before it writes
    /// anything, unless the ledger is damaged.
    AllButOrders,
    /// Everything.
    All,
}

/// Decides a group. `None` when an order failed half-way and only the whole group can be taken back.
fn decide_each(
    tx: &Connection,
    context: &Context,
    group: &[Prepared],
    time: Option<Time>,
    guard: Guard,
) -> rusqlite::Result<Option<Batch>> {
    let mut batch = Batch::default();
    for prepared in group {
        let guarded = guard == Guard::All || !matches!(prepared.0, Step::Order(_));
        let before = tx.total_changes();
        if guarded {
            begin(tx)?;
        }
        match decide_one(tx, context, prepared, time) {
            Ok(done) => {
                if guarded {
                    keep(tx)?;
                }
                batch.replies.push(done.reply);
                batch.touched.extend(done.touched);
            }
            Err(fault) => {
                let problem = fault.into_reply();
                check_open(tx)?;
                if guarded {
                    undo(tx)?;
                } else if tx.total_changes() != before {
                    return Ok(None);
                }
                batch.replies.push(problem);
            }
        }
    }
    Ok(Some(batch))
}

fn decide_one(db: &Connection, context: &Context, prepared: &Prepared, time: Option<Time>) -> Result<Done, Fault> {
    match &prepared.0 {
        Step::Answered(reply) => Ok(Done::quietly(reply.clone())),
        Step::Order(call) => order::decide(db, context, call, time),
        Step::Enrolment(call) => enrol::decide(db, context, call, time),
        Step::Devices(call) => devices::decide(db, context, call, time),
        Step::Slot(call) => rendezvous::decide(db, call, time),
        Step::Act(call) => act::decide(db, context, call, time),
        Step::Tab(call) => tab::decide(db, context, call, time),
        Step::Allowance(call) => allowance::decide(db, context, call, time),
    }
}
