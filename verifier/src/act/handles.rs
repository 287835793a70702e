//! Acts on one-time handles: register, bind, cancel (wire decision 13).

use super::{ActCall, check_content, malformed, verify};
use crate::context::Context;
use crate::fault::Fault;
use crate::store::accounts::Device;
use crate::store::handles::{self, State};
use crate::store::ledger;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::handle::{HandleBind, HandleCancel, HandleRegister};
use farthing_protocol::http::BindBody;
use farthing_protocol::limits::{HANDLE_STOCK, REQUESTS_OPEN_MAX};
use farthing_protocol::time::Time;
use rusqlite::Connection;

pub(crate) fn prepare_bind(db: &Connection, context: &Context, body: &[u8]) -> Result<ActCall, Fault> {
    let body = BindBody::decode(body)?;
    let bind = verify::<HandleBind>(db, context, body.bind.as_slice())?;
    let content = body.content.into_vec();
    check_content(&content, &bind.content)?;
    Ok(ActCall::Bind(bind, content))
}

/// Puts handles in stock.
pub(super) fn stock(db: &Connection, account: i64, device: i64, act: &HandleRegister) -> Result<(), Fault> {
    if handles::stock(db, device)? + act.handles.len() as u64 > HANDLE_STOCK as u64 {
        return Err(ProblemCode::StockFull.into());
    }
    for stocked in &act.handles {
        if handles::find(db, &stocked.handle)?.is_some() {
            return Err(ProblemCode::HandleTaken.into());
        }
        handles::insert(db, &stocked.handle, &stocked.payee, account, device, false)?;
    }
    Ok(())
}

/// Binds amount, expiry and ciphertext to a handle from the stock: one call, before the QR is shown.
pub(super) fn bind(
    db: &Connection,
    device: &Device,
    act: &HandleBind,
    content: &[u8],
    time: Time,
) -> Result<(), Fault> {
    let handle = handles::find(db, &act.handle)?
        .filter(|found| found.device == device.number && found.state == State::Stock)
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
pub(super) fn cancel(db: &Connection, device: &Device, act: &HandleCancel) -> Result<(), Fault> {
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
