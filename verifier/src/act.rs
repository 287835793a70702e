//! Session acts on handles: register, bind, cancel (wire decision 13). Journaled by (account, id).

use crate::context::{Context, clock_suspect};
use crate::fault::{Fault, rate_limited};
use crate::store::accounts::{self, Device};
use crate::store::handles::{self, State};
use crate::store::{journal, ledger, rates};
use crate::verifier::Done;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Object, Signed, Verified};
use farthing_protocol::device::Scope;
use farthing_protocol::handle::{HandleBind, HandleCancel, HandleRegister};
use farthing_protocol::http::{BindBody, Problem, Reply};
use farthing_protocol::id::{AccountId, ActId, DeviceId, Digest, VerifierId};
use farthing_protocol::limits::{CREATED_AHEAD_MAX, HANDLE_STOCK, PADDED, REQUESTS_OPEN_MAX};
use farthing_protocol::time::{Span, Time};
use rusqlite::Connection;

/// Acts of one account in 24 hours of ledger time. A till that makes a request every ten seconds, day and night, stays
/// below it; a device that registers and cancels without end fills 20 MB a day at most, and most of that is swept.
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
}

/// What all acts say of themselves.
struct Header<'a> {
    verifier: &'a VerifierId,
    account: &'a AccountId,
    device: &'a DeviceId,
    id: &'a ActId,
    created: Time,
    bytes: &'a [u8],
}

/// Implemented for the three objects: their first members are the same.
trait Act: Object {
    fn header<'a>(&'a self, bytes: &'a [u8]) -> Header<'a>;
}

macro_rules! acts {
    ($($name:ident),+) => {$(
        impl Act for $name {
            fn header<'a>(&'a self, bytes: &'a [u8]) -> Header<'a> {
                Header {
                    verifier: &self.verifier,
                    account: &self.account,
                    device: &self.device,
                    id: &self.id,
                    created: self.created,
                    bytes,
                }
            }
        }
    )+};
}
acts!(HandleRegister, HandleBind, HandleCancel);

pub(crate) fn prepare_register(db: &Connection, context: &Context, body: &[u8]) -> Result<ActCall, Fault> {
    Ok(ActCall::Register(verify(db, context, body)?))
}

pub(crate) fn prepare_cancel(db: &Connection, context: &Context, body: &[u8]) -> Result<ActCall, Fault> {
    Ok(ActCall::Cancel(verify(db, context, body)?))
}

pub(crate) fn prepare_bind(db: &Connection, context: &Context, body: &[u8]) -> Result<ActCall, Fault> {
    let body = BindBody::decode(body)?;
    let bind = verify::<HandleBind>(db, context, body.bind.as_slice())?;
    let content = body.content.into_vec();
    if Digest::of(&content) != bind.content || !PADDED.contains(&content.len()) {
        return Err(malformed("the ciphertext is not the one that the act names, or has not a padded size"));
    }
    Ok(ActCall::Bind(bind, content))
}

fn verify<T: Act>(db: &Connection, context: &Context, bytes: &[u8]) -> Result<Verified<T>, Fault> {
    let act = Signed::<T>::parse(bytes)?;
    let header = act.claims().header(act.bytes());
    context.expect_verifier(header.verifier)?;
    let device = known_device(db, &header)?;
    Ok(act.verify(&device.certificate.session)?)
}

fn known_device(db: &Connection, header: &Header<'_>) -> Result<Device, Fault> {
    accounts::device(db, header.device)?
        .filter(|device| device.account_id == *header.account)
        .ok_or_else(|| ProblemCode::DeviceUnknown.into())
}

fn malformed(detail: &str) -> Fault {
    Problem::new(ProblemCode::Malformed).with_detail(detail).into()
}

impl ActCall {
    fn header(&self) -> Header<'_> {
        match self {
            Self::Register(act) => act.header(act.bytes()),
            Self::Bind(act, _) => act.header(act.bytes()),
            Self::Cancel(act) => act.header(act.bytes()),
        }
    }

    /// True for the act whose loss a kill test looks for.
    pub(crate) const fn is_bind(&self) -> bool {
        matches!(self, Self::Bind(..))
    }
}

/// Does an act, in the writer's transaction. `time` is missing while the clock is doubted; `ledger` never is.
pub(crate) fn decide(db: &Connection, call: &ActCall, time: Option<Time>, ledger: Time) -> Result<Done, Fault> {
    let header = call.header();
    let device = known_device(db, &header)?;
    if let Some(done) = journal::act(db, device.account, header.id)? {
        return if done == header.bytes {
            Ok(Done::quietly(Reply::done()))
        } else {
            Err(ProblemCode::IdConflict.into())
        };
    }
    if !device.may(Scope::RECEIVE, ledger) {
        return Err(ProblemCode::Forbidden.into());
    }
    if time.is_some_and(|time| header.created > time.plus(CREATED_AHEAD_MAX)) {
        return Err(ProblemCode::CreatedAhead.into());
    }
    // A cancellation is the same however often and late it is done.
    if ledger.since(header.created) > ACT_AGE_MAX && !matches!(call, ActCall::Cancel(_)) {
        return Err(malformed("an act is made at most 24 hours before it arrives"));
    }
    if let Some(rest) = rates::count(db, device.account, ledger, ACTS_PER_DAY)? {
        return Err(rate_limited(rest));
    }
    let sweep = ledger.plus(ACT_KEPT);
    match call {
        ActCall::Register(act) => stock(db, device.account, device.number, act, sweep)?,
        ActCall::Bind(act, content) => {
            bind(db, &device, act, content, time.ok_or_else(clock_suspect)?)?;
            journal::insert_act(db, device.account, header.id, device.number, header.bytes, sweep)?;
        }
        ActCall::Cancel(act) => {
            cancel(db, &device, act)?;
            journal::insert_act(db, device.account, header.id, device.number, header.bytes, sweep)?;
        }
    }
    Ok(Done::quietly(Reply::done()))
}

/// Puts handles in stock and journals the act; an enrolment does so too.
pub(crate) fn stock(
    db: &Connection,
    account: i64,
    device: i64,
    act: &Verified<HandleRegister>,
    sweep: Time,
) -> Result<(), Fault> {
    if handles::stock(db, device)? + act.handles.len() as u64 > HANDLE_STOCK as u64 {
        return Err(ProblemCode::StockFull.into());
    }
    for stocked in &act.handles {
        if handles::find(db, &stocked.handle)?.is_some() {
            return Err(ProblemCode::HandleTaken.into());
        }
        handles::insert(db, &stocked.handle, &stocked.payee, account, device, false)?;
    }
    Ok(journal::insert_act(db, account, &act.id, device, act.bytes(), sweep)?)
}

/// Binds amount, expiry and ciphertext to a handle from the stock: one call, before the QR is shown.
fn bind(db: &Connection, device: &Device, act: &HandleBind, content: &[u8], time: Time) -> Result<(), Fault> {
    let handle = handles::find(db, &act.handle)?
        .filter(|found| found.account == device.account && found.state == State::Stock)
        .ok_or(ProblemCode::HandleNotInStock)?;
    if act.expires <= time {
        return Err(malformed("the request has expired already"));
    }
    let asset = match &act.amount {
        None => None,
        Some(amount) => Some(
            ledger::asset_number(db, &amount.asset())?
                .ok_or_else(|| malformed("the request names an asset that this verifier does not have"))?,
        ),
    };
    if handles::content(db, &act.locator)?.is_some_and(|(stored, _)| stored != content) {
        return Err(ProblemCode::LocatorTaken.into());
    }
    if handles::open_requests(db, device.account, time)? >= REQUESTS_OPEN_MAX as u64 {
        return Err(ProblemCode::TooManyRequests.into());
    }
    handles::bind(db, handle.number, act, asset)?;
    Ok(handles::put_content(db, &act.locator, content, act.expires)?)
}

/// Nothing will be credited to the handle any more. What was paid stays paid.
fn cancel(db: &Connection, device: &Device, act: &HandleCancel) -> Result<(), Fault> {
    let handle = handles::find(db, &act.handle)?
        .filter(|found| found.account == device.account)
        .ok_or(ProblemCode::RequestUnknown)?;
    match handle.state {
        State::Stock | State::Bound => Ok(handles::cancel(db, handle.number)?),
        State::Cancelled => Ok(()),
        State::Used => Err(ProblemCode::RequestAlreadyUsed.into()),
        State::Alias => Err(ProblemCode::Forbidden.into()),
    }
}
