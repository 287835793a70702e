//! Rendezvous: two who have no account in common yet leave each other a few sealed bytes (docs/protocol.md 10.15).
//!
//! Nobody signs: who knows the id may write a slot that is empty and read those that are not. Each slot is written once,
//! so that of two who answer one offer the second is told.

use crate::context::clock_suspect;
use crate::fault::Fault;
use crate::read::Reading;
use crate::store::rendezvous;
use crate::topic::Topic;
use crate::verifier::Done;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::{MEDIA_OCTETS, Problem, Reply};
use farthing_protocol::limits::{RENDEZVOUS_KEPT, RENDEZVOUS_MAX, RENDEZVOUS_SLOT_MAX, RENDEZVOUS_SLOTS};
use farthing_protocol::pairing::RendezvousId;
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// All rendezvous are taken for a few minutes.
const FULL_RETRY_S: u32 = 60;

/// A place to write or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) rendezvous: RendezvousId,
    slot: u8,
}

/// A slot to be written.
#[derive(Debug)]
pub(crate) struct SlotCall {
    slot: Slot,
    content: Vec<u8>,
}

impl Slot {
    /// Reads a path below `/v1/rendezvous/`.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let (id, slot) = path.strip_prefix("/v1/rendezvous/")?.split_once('/')?;
        let slot: u8 = slot.parse().ok().filter(|n: &u8| n.to_string() == slot)?;
        let rendezvous = RendezvousId::from_hex(id)?;
        (1..=RENDEZVOUS_SLOTS).contains(&slot).then_some(Self { rendezvous, slot })
    }
}

pub(crate) fn prepare(slot: Slot, body: &[u8]) -> Result<SlotCall, Fault> {
    if body.len() > RENDEZVOUS_SLOT_MAX {
        return Err(ProblemCode::TooLarge.into());
    }
    if body.is_empty() {
        return Err(Problem::new(ProblemCode::Malformed).with_detail("a slot holds at least one byte").into());
    }
    Ok(SlotCall { slot, content: body.to_vec() })
}

/// Writes a slot, in the writer's transaction. The same bytes again change nothing.
pub(crate) fn decide(db: &Connection, call: &SlotCall, time: Option<Time>) -> Result<Done, Fault> {
    let time = time.ok_or_else(clock_suspect)?;
    let Slot { rendezvous: id, slot } = call.slot;
    match rendezvous::slot(db, &id, slot, time)? {
        Some(written) if written == call.content => return Ok(Done::quietly(Reply::done())),
        Some(_) => return Err(ProblemCode::SlotTaken.into()),
        None => {}
    }
    let number = match rendezvous::find(db, &id, time)? {
        Some(number) => number,
        None if rendezvous::count(db, time)? >= RENDEZVOUS_MAX as u64 => {
            return Err(Problem::new(ProblemCode::Busy).retry_after(FULL_RETRY_S).into());
        }
        None => rendezvous::insert(db, &id, time.plus(RENDEZVOUS_KEPT))?,
    };
    rendezvous::write(db, number, slot, &call.content)?;
    Ok(Done { reply: Reply::done(), touched: vec![Topic::Rendezvous(id)] })
}

/// What lies in a slot; nothing yet is worth waiting for.
pub(crate) fn read(db: &Connection, slot: Slot, time: Time) -> Result<Reading, Fault> {
    let found = rendezvous::slot(db, &slot.rendezvous, slot.slot, time)?;
    let nothing_yet = found.is_none();
    let reply = found
        .map_or_else(|| Reply::problem(&ProblemCode::SlotEmpty.into()), |content| Reply::ok(MEDIA_OCTETS, content));
    Ok(Reading { reply, nothing_yet })
}
