//! How holds end: closed by the payer, released by the payee, or by time (docs/protocol.md 19.5).

use super::{Claimed, Known, admit, amount_fault, known};
use crate::context::Context;
use crate::fault::Fault;
use crate::store::holds;
use crate::store::savepoint::{begin, check_open, keep, undo};
use crate::store::tab_journal::{self, Outcome, TabKind};
use crate::topic::Topic;
use crate::verifier::Done;
use farthing_protocol::code::TabRefusalCode;
use farthing_protocol::cose::Verified;
use farthing_protocol::id::{Digest, Seq};
use farthing_protocol::money::Amount;
use farthing_protocol::tab::{Hold, HoldClose, HoldError, HoldRelease, HoldState};
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// Holds that one slice ends: a few milliseconds of the writer's time.
const SLICE: usize = 64;
const NOT_ENDED: Fault = Fault::Damaged("a hold that cannot be ended");

/// The payer closes a hold.
pub(super) fn decide_close(
    db: &Connection,
    context: &Context,
    close: &Verified<HoldClose>,
    time: Option<Time>,
) -> Result<Done, Fault> {
    let admitted = match admit(db, context, close, TabKind::Close, time)? {
        Ok(admitted) => admitted,
        Err(reply) => return Ok(Done::quietly(reply)),
    };
    let account = admitted.device.account;
    let Some(found) = known(db, context, &close.hold, |hold| hold.account == account)? else {
        return Ok(Done::quietly(admitted.refuse(db, context, TabRefusalCode::HoldUnknown)?));
    };
    let after = match found.hold.close(admitted.time) {
        Ok(after) => after,
        Err(HoldError::Refused(code)) => return Ok(Done::quietly(admitted.refuse(db, context, code)?)),
        Err(HoldError::Amount(error)) => return Err(amount_fault(error)),
    };
    if found.hold.state == HoldState::Closed {
        return Ok(Done::quietly(admitted.unchanged(db, context, found.row.receipt)?));
    }
    let (seq, receipt) = found.tell_hold(db, context, &after, close.hash(), 0, admitted.time)?;
    tab_journal::insert(db, &admitted.row, &Outcome::Position(seq, None))?;
    Ok(found.done(receipt))
}

/// The payee lets go of the rest.
pub(super) fn decide_release(
    db: &Connection,
    context: &Context,
    release: &Verified<HoldRelease>,
    time: Option<Time>,
) -> Result<Done, Fault> {
    let admitted = match admit(db, context, release, TabKind::Release, time)? {
        Ok(admitted) => admitted,
        Err(reply) => return Ok(Done::quietly(reply)),
    };
    let account = admitted.device.account;
    let Some(found) = known(db, context, &release.hold, |hold| hold.payee == account)? else {
        return Ok(Done::quietly(admitted.refuse(db, context, TabRefusalCode::HoldUnknown)?));
    };
    let (after, back) = match found.hold.release(&release.total, admitted.time) {
        Ok(released) => released,
        Err(HoldError::Refused(code)) => return Ok(Done::quietly(admitted.refuse(db, context, code)?)),
        Err(HoldError::Amount(error)) => return Err(amount_fault(error)),
    };
    let (seq, receipt) = end(db, context, &found, &after, back, Some(release.hash()), admitted.time)?;
    tab_journal::insert(db, &admitted.row, &Outcome::Position(seq, None))?;
    Ok(found.done(receipt))
}

/// What ending a slice led to.
pub(crate) struct Ended {
    /// There may be more to end.
    pub(crate) more: bool,
    /// Who has something new to read.
    pub(crate) touched: Vec<Topic>,
}

/// Ends up to one slice of the holds whose time is over. One that cannot be ended holds up no other: it stays as it is until somebody
/// has looked.
pub(crate) fn end_due(db: &Connection, context: &Context, time: Time) -> Result<Ended, Fault> {
    let due = holds::due(db, time, SLICE)?;
    let mut touched = Vec::new();
    let mut ended = 0;
    for number in &due {
        begin(db)?;
        match end_one(db, context, *number, time) {
            Ok(topics) => {
                keep(db)?;
                ended += 1;
                touched.extend(topics);
            }
            Err(fault) => {
                check_open(db)?;
                undo(db)?;
                tracing::error!(error = %fault, hold = number, "a hold could not be ended");
            }
        }
    }
    Ok(Ended { more: ended == SLICE, touched })
}

fn end_one(db: &Connection, context: &Context, number: i64, time: Time) -> Result<Vec<Topic>, Fault> {
    let found = Known::of(db, context, holds::get(db, number)?)?;
    let Some((after, back)) = found.hold.end(time).map_err(|_| NOT_ENDED)? else { return Ok(Vec::new()) };
    end(db, context, &found, &after, back, None, time)?;
    Ok(found.touched())
}

/// Gives the rest back.
fn end(
    db: &Connection,
    context: &Context,
    found: &Known,
    after: &Hold,
    back: Amount,
    cause: Option<Digest>,
    time: Time,
) -> Result<(Seq, Vec<u8>), Fault> {
    let nothing = Amount::zero(back.asset());
    let claimed = Claimed { amount: nothing, fee: nothing, back, cause, voucher: None };
    found.tell_claim(db, context, after, &claimed, time)
}
