//! Prekeys: a device leaves them, others claim one each (wire decision 18).

use crate::context::Context;
use crate::fault::{Fault, rate_limited};
use crate::store::accounts::{self, Device};
use crate::store::journal;
use crate::store::prekeys::{self, Prekey};
use crate::verifier::Done;
use farthing_protocol::cbor::Bytes;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::{ClaimedPrekey, MEDIA_CBOR, Reply};
use farthing_protocol::limits::{CLAIMS_PER_DAY, PREKEYS_STOCK};
use farthing_protocol::prekeys::{PrekeyClaim, Prekeys};
use farthing_protocol::time::{Span, Time};
use rusqlite::Connection;

const DAY: Span = Span::from_h(24);

pub(super) fn add(db: &Connection, device: &Device, act: &Prekeys) -> Result<(), Fault> {
    Ok(prekeys::add(db, device.number, device.account, &act.id, act.one_time.len(), PREKEYS_STOCK)?)
}

/// Gives one prekey of another device away, for good.
pub(super) fn claim(
    db: &Connection,
    context: &Context,
    device: &Device,
    act: &PrekeyClaim,
    time: Time,
) -> Result<Done, Fault> {
    let of = accounts::device(db, &context.certificates, &act.of_device)?
        .filter(|of| of.account_id == act.of_account && !of.revoked)
        .ok_or(ProblemCode::RecipientUnknown)?;
    let oldest = prekeys::claimed_since(db, device.account, of.number, time.minus(DAY), CLAIMS_PER_DAY)?;
    if let Some(oldest) = oldest {
        return Err(rate_limited(oldest.plus(DAY).since(time)));
    }
    let prekey = prekeys::take(db, of.number)?.ok_or(ProblemCode::NoPrekeys)?;
    prekeys::insert_claim(db, device.account, &act.id, of.number, &prekey, time)?;
    answer(db, &prekey)
}

/// What a claim was answered with.
pub(super) fn claimed(db: &Connection, device: &Device, act: &PrekeyClaim) -> Result<Done, Fault> {
    let prekey = prekeys::claim(db, device.account, &act.id)?.ok_or(Fault::Damaged("a claim without its answer"))?;
    answer(db, &prekey)
}

fn answer(db: &Connection, prekey: &Prekey) -> Result<Done, Fault> {
    let upload = journal::act(db, prekey.account, &prekey.act)?.ok_or(Fault::Damaged("a prekey without its upload"))?;
    let claimed = ClaimedPrekey { prekeys: Bytes::new(upload)?, index: prekey.place };
    Ok(Done::quietly(Reply::ok(MEDIA_CBOR, claimed.encode())))
}
