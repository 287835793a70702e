//! Session acts: what a device asks for in its account's name. Journaled by (account, id): the same bytes, the same
//! answer (docs/protocol.md 10.5).
//!
//! ```text
//! bytes ─parse, verifier, device, signature─▶ ActCall ─writer: journal, permission, created, rate, own checks─▶ answer | problem
//! ```
//!
//! A refused act leaves nothing: it was journaled in a savepoint that is undone.

mod aliases;
mod generation;
mod handles;
mod messages;
mod prekeys;

use crate::context::{Context, clock_suspect};
use crate::fault::{Fault, rate_limited};
use crate::store::accounts::Device;
use crate::store::journal::{self, ActKind, ActRow};
use crate::store::rates;
use crate::verifier::Done;
use farthing_protocol::act::{Act, Header};
use farthing_protocol::alias::{AliasRecord, AliasRegister};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::device::Scope;
use farthing_protocol::generation::GenerationAct;
use farthing_protocol::handle::{HandleBind, HandleCancel, HandleRegister};
use farthing_protocol::http::{Problem, Reply};
use farthing_protocol::id::Digest;
use farthing_protocol::limits::{CREATED_AHEAD_MAX, PADDED};
use farthing_protocol::message::{Acknowledge, Message};
use farthing_protocol::prekeys::{PrekeyClaim, Prekeys};
use farthing_protocol::publication::{RequestPublish, RequestWithdraw};
use farthing_protocol::time::{Span, Time};
use rusqlite::Connection;

pub(crate) use aliases::{give as give_alias, prepare_alias, prepare_publish};
pub(crate) use handles::prepare_bind;
pub(crate) use messages::prepare_message;

/// Acts of one account in 24 hours of ledger time. A till that makes a request every ten seconds, day and night, stays
/// below it; a device that registers and cancels without end fills 20 MB a day at most, one that writes messages twice
/// that as far as mailboxes have room, and most of it is swept.
pub const ACTS_PER_DAY: u64 = 10_000;
/// How old an act may be when it first arrives; below [`ACT_KEPT`], so that what was forgotten is not done anew.
pub(crate) const ACT_AGE_MAX: Span = Span::from_h(24);
/// How long an act stays in the journal at least.
pub(crate) const ACT_KEPT: Span = Span::from_h(48);

/// An act with a true signature.
#[derive(Debug)]
pub(crate) enum ActCall {
    Register(Verified<HandleRegister>),
    Bind(Verified<HandleBind>, Vec<u8>),
    Cancel(Verified<HandleCancel>),
    Alias(Verified<AliasRegister>, Box<Verified<AliasRecord>>),
    Publish(Verified<RequestPublish>, Vec<u8>),
    Withdraw(Verified<RequestWithdraw>),
    Generation(Verified<GenerationAct>),
    Prekeys(Verified<Prekeys>),
    Claim(Verified<PrekeyClaim>),
    Message(Verified<Message>, Vec<u8>),
    Acknowledge(Verified<Acknowledge>),
}

/// Checks an act that comes alone, without a body of its own.
pub(crate) fn prepare<T: Act>(
    db: &Connection,
    context: &Context,
    body: &[u8],
    made: fn(Verified<T>) -> ActCall,
) -> Result<ActCall, Fault> {
    Ok(made(verify(db, context, body)?))
}

pub(crate) fn verify<T: Act>(db: &Connection, context: &Context, bytes: &[u8]) -> Result<Verified<T>, Fault> {
    let act = Signed::<T>::parse(bytes)?;
    let header = act.claims().header();
    context.expect_verifier(&header.verifier)?;
    let device = context.device(db, &header.device, &header.account)?;
    Ok(act.verify(&device.certificate.session)?)
}

/// A ciphertext beside its act: the one that the act names, of a size that says little.
fn check_content(content: &[u8], named: &Digest) -> Result<(), Fault> {
    if Digest::of(content) == *named && PADDED.contains(&content.len()) {
        Ok(())
    } else {
        Err(malformed("the ciphertext is not the one that the act names, or has not a padded size"))
    }
}

fn malformed(detail: &str) -> Fault {
    Problem::new(ProblemCode::Malformed).with_detail(detail).into()
}

impl ActCall {
    /// What it says of itself, its bytes, its kind.
    fn entry(&self) -> (Header, &[u8], ActKind) {
        fn of<T: Act>(act: &Verified<T>, kind: ActKind) -> (Header, &[u8], ActKind) {
            (act.header(), act.bytes(), kind)
        }
        match self {
            Self::Register(act) => of(act, ActKind::Handle),
            Self::Bind(act, _) => of(act, ActKind::Handle),
            Self::Cancel(act) => of(act, ActKind::Handle),
            Self::Alias(act, _) => of(act, ActKind::Alias),
            Self::Publish(act, _) => of(act, ActKind::Publish),
            Self::Withdraw(act) => of(act, ActKind::Withdraw),
            Self::Generation(act) => of(act, ActKind::Generation),
            Self::Prekeys(act) => of(act, ActKind::Prekeys),
            Self::Claim(act) => of(act, ActKind::Claim),
            Self::Message(act, _) => of(act, ActKind::Message),
            Self::Acknowledge(act) => of(act, ActKind::Acknowledge),
        }
    }

    /// The same however often and late it is done, so that nobody need remember it.
    const fn may_be_late(&self) -> bool {
        matches!(self, Self::Cancel(_) | Self::Withdraw(_) | Self::Generation(_) | Self::Acknowledge(_))
    }

    /// The point at which a kill test ends the process once this is committed.
    pub(crate) const fn point(&self) -> Option<&'static str> {
        match self {
            Self::Bind(..) => Some(crate::crash::BIND_AFTER_COMMIT),
            Self::Claim(_) => Some(crate::crash::CLAIM_AFTER_COMMIT),
            Self::Message(..) => Some(crate::crash::MESSAGE_AFTER_COMMIT),
            _ => None,
        }
    }
}

/// Does an act, in the writer's transaction. `time` is missing while the clock is doubted; the ledger's never is.
pub(crate) fn decide(db: &Connection, context: &Context, call: &ActCall, time: Option<Time>) -> Result<Done, Fault> {
    let ledger = context.clock.ledger();
    let (header, bytes, kind) = call.entry();
    let device = context.device(db, &header.device, &header.account)?;
    if let Some(done) = journal::act(db, device.account, &header.id)? {
        return if done == bytes { answered(db, &device, call) } else { Err(ProblemCode::IdConflict.into()) };
    }
    let admission =
        Admission { permitted: permitted(call, &device, ledger), may_be_late: call.may_be_late(), counts: true };
    admit(db, context, &header, &device, admission, time)?;
    let (account, number) = (device.account, device.number);
    let sweep = ledger.plus(ACT_KEPT);
    journal::insert_act(db, &ActRow { account, id: header.id, device: number, kind, signed: bytes, sweep })?;
    let now = || time.ok_or_else(clock_suspect);
    match call {
        ActCall::Register(act) => handles::stock(db, account, number, act)?,
        ActCall::Bind(act, content) => handles::bind(db, &device, act, content, now()?)?,
        ActCall::Cancel(act) => handles::cancel(db, &device, act)?,
        ActCall::Alias(_, record) => aliases::register(db, &device, record)?,
        ActCall::Publish(act, content) => aliases::publish(db, &device, act, content, now()?)?,
        ActCall::Withdraw(act) => aliases::withdraw(db, &device, act)?,
        ActCall::Generation(act) => generation::tell(db, &device, act)?,
        ActCall::Prekeys(act) => prekeys::add(db, &device, act)?,
        ActCall::Claim(act) => return prekeys::claim(db, context, &device, act, now()?),
        ActCall::Message(act, content) => return messages::send(db, context, &device, act, content, now()?),
        ActCall::Acknowledge(act) => messages::acknowledge(db, &device, act)?,
    }
    Ok(Done::quietly(Reply::done()))
}

/// The answer to an act that was done before.
fn answered(db: &Connection, device: &Device, call: &ActCall) -> Result<Done, Fault> {
    match call {
        ActCall::Claim(act) => prekeys::claimed(db, device, act),
        _ => Ok(Done::quietly(Reply::done())),
    }
}

/// What is asked of an act besides its making.
#[derive(Clone, Copy)]
pub(crate) struct Admission {
    /// The device's scope allows it.
    pub(crate) permitted: bool,
    /// It is the same however late it is done.
    pub(crate) may_be_late: bool,
    /// It counts to what an account may do in a day.
    pub(crate) counts: bool,
}

/// What every act must pass that is not in the journal. A revoked device is told so, and does nothing.
pub(crate) fn admit(
    db: &Connection,
    context: &Context,
    header: &Header,
    device: &Device,
    admission: Admission,
    time: Option<Time>,
) -> Result<(), Fault> {
    let ledger = context.clock.ledger();
    if device.revoked {
        return Err(ProblemCode::DeviceRevokedHere.into());
    }
    if !admission.permitted {
        return Err(ProblemCode::Forbidden.into());
    }
    if time.is_some_and(|time| header.created > time.plus(CREATED_AHEAD_MAX)) {
        return Err(ProblemCode::CreatedAhead.into());
    }
    if ledger.since(header.created) > ACT_AGE_MAX && !admission.may_be_late {
        return Err(malformed("an act is made at most 24 hours before it arrives"));
    }
    if admission.counts { count(db, context, device.account) } else { Ok(()) }
}

/// Counts one more act of an account.
pub(crate) fn count(db: &Connection, context: &Context, account: i64) -> Result<(), Fault> {
    match rates::count(db, account, context.clock.ledger(), ACTS_PER_DAY)? {
        Some(rest) => Err(rate_limited(rest)),
        None => Ok(()),
    }
}

/// Acts need the permission to receive; a device that only pays still tells its generation, for it can be copied as well, and
/// has a mailbox, which would stay full if it could only read it.
fn permitted(call: &ActCall, device: &Device, ledger: Time) -> bool {
    let for_payers = matches!(
        call,
        ActCall::Generation(_)
            | ActCall::Prekeys(_)
            | ActCall::Claim(_)
            | ActCall::Message(..)
            | ActCall::Acknowledge(_)
    );
    for_payers && device.may(Scope::PAY, ledger) || device.may(Scope::RECEIVE, ledger)
}

/// Journals a register that came with a device's certificate, and puts its handles in stock.
pub(crate) fn register(
    db: &Connection,
    account: i64,
    device: i64,
    act: &Verified<HandleRegister>,
    ledger: Time,
) -> Result<(), Fault> {
    if journal::act(db, account, &act.id)?.is_some() {
        return Err(ProblemCode::IdConflict.into());
    }
    let sweep = ledger.plus(ACT_KEPT);
    let kind = ActKind::Handle;
    journal::insert_act(db, &ActRow { account, id: act.id, device, kind, signed: act.bytes(), sweep })?;
    handles::stock(db, account, device, act)
}
