//! Aliases, and the standing requests that are published on them (docs/protocol.md 10.12).

use super::{ActCall, check_content, malformed, verify};
use crate::context::Context;
use crate::fault::Fault;
use crate::store::accounts::Device;
use crate::store::handles::{self, State};
use farthing_protocol::alias::{AliasRecord, AliasRegister};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::{AliasBody, Problem, PublishBody};
use farthing_protocol::limits::{ALIASES_MAX, REQUESTS_OPEN_MAX};
use farthing_protocol::publication::{RequestPublish, RequestWithdraw};
use farthing_protocol::time::Time;
use rusqlite::Connection;

pub(crate) fn prepare_alias(db: &Connection, context: &Context, body: &[u8]) -> Result<ActCall, Fault> {
    let body = AliasBody::decode(body)?;
    let record = Signed::<AliasRecord>::parse(body.record.as_slice())?;
    let register = verify::<AliasRegister>(db, context, body.register.as_slice())?;
    context.expect_verifier(&record.claims().verifier)?;
    if record.bytes_hash() != register.record {
        return Err(malformed("the alias record is not the one that the act names"));
    }
    let payee = record.claims().payee;
    Ok(ActCall::Alias(register, Box::new(record.verify(&payee)?)))
}

pub(crate) fn prepare_publish(db: &Connection, context: &Context, body: &[u8]) -> Result<ActCall, Fault> {
    let body = PublishBody::decode(body)?;
    let publish = verify::<RequestPublish>(db, context, body.publish.as_slice())?;
    let content = body.content.into_vec();
    check_content(&content, &publish.content)?;
    Ok(ActCall::Publish(publish, content))
}

pub(super) fn register(db: &Connection, device: &Device, record: &Verified<AliasRecord>) -> Result<(), Fault> {
    if handles::aliases(db, device.account)? >= ALIASES_MAX as u64 {
        return Err(ProblemCode::TooManyAliases.into());
    }
    give(db, device.account, device.number, record)
}

/// An alias is given once and for ever (wire decision 13).
pub(crate) fn give(db: &Connection, account: i64, device: i64, record: &Verified<AliasRecord>) -> Result<(), Fault> {
    let handle = record.alias.handle();
    if handles::find(db, &handle)?.is_some() {
        return Err(ProblemCode::AliasTaken.into());
    }
    let number = handles::insert(db, &handle, &record.payee, account, device, true)?;
    Ok(handles::insert_alias(db, record.alias.as_str(), number, record.bytes())?)
}

/// Puts a standing request's ciphertext at its locator. Who published it alone may publish it for longer, or withdraw it.
pub(super) fn publish(
    db: &Connection,
    device: &Device,
    act: &RequestPublish,
    content: &[u8],
    time: Time,
) -> Result<(), Fault> {
    let alias = handles::find(db, &act.handle)?;
    if !alias.is_some_and(|found| found.account == device.account && found.state == State::Alias) {
        return Err(Problem::new(ProblemCode::Forbidden)
            .with_detail("the handle is not an alias of the account")
            .into());
    }
    if act.expires <= time {
        return Err(malformed("the request has expired already"));
    }
    let published = handles::publication(db, &act.locator)?;
    let free = match (handles::content(db, &act.locator)?, published) {
        (None, _) => true,
        (Some((stored, _)), Some((account, _))) => stored == content && account == device.account,
        (Some(_), None) => false,
    };
    if !free {
        return Err(ProblemCode::LocatorTaken.into());
    }
    if published.is_some_and(|(_, expires)| expires >= act.expires) {
        return Ok(());
    }
    if published.is_none() && handles::open_requests(db, device.account, time)? >= REQUESTS_OPEN_MAX as u64 {
        return Err(ProblemCode::TooManyRequests.into());
    }
    handles::publish(db, &act.locator, device.account, &act.id, act.expires)?;
    Ok(handles::put_content(db, &act.locator, content, act.expires)?)
}

/// Takes a standing request away; one that is gone already stays gone. The alias can still be paid.
pub(super) fn withdraw(db: &Connection, device: &Device, act: &RequestWithdraw) -> Result<(), Fault> {
    match handles::publication(db, &act.locator)? {
        Some((account, _)) if account == device.account => Ok(handles::withdraw(db, &act.locator)?),
        None if handles::content(db, &act.locator)?.is_none() => Ok(()),
        _ => Err(ProblemCode::Forbidden.into()),
    }
}
