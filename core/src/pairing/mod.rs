//! Pairing: two people meet, compare six digits, and become each other's contacts (wire decision 16).
//!
//! ```text
//!  shower    Show ───answer came────▶ Compare ──codes are the same──▶ Agreed ──other's card──▶ contact: met
//!  scanner   Scan ───reveal came────▶    │                             │stored               │ confirmation in the outbox
//!                                        └─ no, 120 s, restart ─▶ burnt └─ 10 min ─▶ burnt    ▼
//!                                                                             other's confirmation ─▶ contact: verified
//! ```
//!
//! | state | kept | after a kill | ends |
//! |---|---|---|---|
//! | show, scan | in memory only | the offer is burnt: nobody knows its secrets any more | 120 s after it was shown or scanned |
//! | compare | in memory only | burnt; the other side waits for a card that never comes | the person's yes or no; 120 s |
//! | agreed | the sealed card to send, and what opens the other's | the same bytes are sent again, the other's card is read | the other's card; what does not fit; 10 min |
//! | met | a contact, and a message with this side's confirmation | the message is sent by the outbox | |
//! | verified | the contact | | |
//!
//! A relay that swaps, replays or delays a message changes the code or burns the offer; so does whoever photographs the QR
//! code and answers first: of one offer only one answer is accepted, and the person at the other end sees another code,
//! or none. The decisions are operations, driven by the wallet and by the simulation alike; the cryptographic steps
//! are [`farthing_protocol::pairing`]'s.

mod agreed;
mod card;
mod compare;
mod scan;
mod show;

pub use agreed::{Exchange, Exchanged, under_way};
pub use compare::{Compare, Progress};
pub use farthing_protocol::pairing::{CheckCode, RendezvousId as PairingId};
pub use scan::Scan;
pub use show::Show;

use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::payment::reply_of;
use crate::store::ProfileState;
use crate::sync::{Network, NetworkError, problem_of};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::{Call, MEDIA_OCTETS, Reply};
use farthing_protocol::limits::OFFER_LIFE;
use farthing_protocol::pairing::{RendezvousId, slot_path};
use farthing_protocol::time::{Moment, Span};
use std::time::Duration;

/// Writes a slot; the same bytes may be written again.
pub(crate) fn write(rendezvous: &RendezvousId, slot: u8, bytes: Vec<u8>) -> Call {
    Call::post(slot_path(rendezvous, slot), MEDIA_OCTETS, bytes)
}

/// Reads a slot, waiting for it at most so long.
pub(crate) fn read(rendezvous: &RendezvousId, slot: u8, wait: Span) -> Call {
    Call::get(slot_path(rendezvous, slot), format!("wait={}", wait.as_ms()))
}

/// What came of a call to a slot.
enum Slot {
    /// Written, or read.
    Done(Vec<u8>),
    /// Nothing is there yet.
    Empty,
    /// The network or the verifier is in the way.
    Later,
}

/// Between two tries when the network was in the way, or nothing was there yet.
const PAUSE: Duration = Duration::from_millis(500);

/// Makes a call to a slot until it is answered, for as long as `in_time` allows.
///
/// # Errors
/// What `in_time` says, [`WalletError::PairingBurnt`], and problems that do not pass.
pub(crate) async fn until_said(
    network: &dyn Network,
    call: &Call,
    in_time: impl Fn() -> Result<(), Error>,
) -> Result<Vec<u8>, Error> {
    loop {
        in_time()?;
        if let Slot::Done(bytes) = heard(network.call(call).await)? {
            return Ok(bytes);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Reads an answer from the rendezvous.
///
/// # Errors
/// [`WalletError::PairingBurnt`] when somebody else has written what we were to write.
fn heard(reply: Result<Reply, NetworkError>) -> Result<Slot, Error> {
    let Ok(reply) = reply else { return Ok(Slot::Later) };
    match problem_of(&reply) {
        None => Ok(Slot::Done(reply.body)),
        Some(problem) if problem.code == ProblemCode::SlotEmpty => Ok(Slot::Empty),
        Some(problem) if problem.code == ProblemCode::SlotTaken => Err(WalletError::PairingBurnt.into()),
        Some(problem) if problem.code.is_retryable() => Ok(Slot::Later),
        Some(problem) => Err(problem.into()),
    }
}

/// Only a wallet whose account is open can meet anybody, and only one that has the keys of its alias: a card names it.
fn check_open(engine: &Engine) -> Result<(), Error> {
    match engine.profile().state {
        ProfileState::Ready => {}
        ProfileState::Revoked => return Err(WalletError::Revoked.into()),
        ProfileState::Reading { .. } => return Err(WalletError::StillReading.into()),
        ProfileState::Enrolling(_) | ProfileState::Restoring => return Err(WalletError::NotEnrolled.into()),
    }
    if engine.keys().alias_key(&engine.profile().alias.handle()).is_some() {
        Ok(())
    } else {
        Err(WalletError::NotForThisDevice.into())
    }
}

/// Refuses to go on when the two took too long, by this side's own clock.
pub(crate) fn in_time(since: Span, now: Moment) -> Result<(), Error> {
    if now.monotonic.as_ms().saturating_sub(since.as_ms()) < OFFER_LIFE.as_ms() {
        Ok(())
    } else {
        Err(WalletError::PairingExpired.into())
    }
}
