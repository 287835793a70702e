//! What heals a lost session, on the side that noticed and on the other.

use super::olm::OlmAccount;
use super::queue::outgoing;
use super::records::{Outgoing, OutgoingState, Peer};
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::store::{self, Change, Store};
use farthing_protocol::envelope::Body;
use farthing_protocol::time::{Moment, Span, Time};

/// A new session is begun at most so often per device, and what was sent is sent again at most so often: two devices that
/// never understand each other, or one that is an enemy's, cost one message an hour.
const RENEWED_MAX: Span = Span::from_h(1);
/// What was sent longer ago is not sent again.
const RESENT_MAX: Span = Span::from_h(24);

/// The changes after something that cannot be read: a new session is begun, and what was sent goes out on it.
pub(super) fn unreadable(engine: &mut Engine, mut peer: Peer, now: Moment) -> Result<Vec<Change>, Error> {
    let time = engine.time_or_wall(now);
    if !due(peer.renewed, time) {
        return Ok(Vec::new());
    }
    (peer.renew, peer.renewed) = (true, Some(time));
    let mut changes = again(engine.store(), &mut peer, time)?;
    match outgoing(engine, peer.account, Some(peer.device), Body::Fresh, now) {
        Ok(fresh) => changes.push(Change::put(&fresh)),
        // What waits for this device goes out on the new session, too.
        Err(Error::Wallet(WalletError::OutboxFull)) => {}
        Err(error) => return Err(error),
    }
    changes.push(Change::put(&peer));
    Ok(changes)
}

/// The changes by which what was sent to a device is sent again, on the session that it has begun.
pub(super) fn again(store: &dyn Store, peer: &mut Peer, time: Time) -> Result<Vec<Change>, Error> {
    if !due(peer.resent, time) {
        return Ok(Vec::new());
    }
    peer.resent = Some(time);
    sent_again(store, time, |outgoing| outgoing.device == Some(peer.device))
}

/// The changes by which what was sent lately goes out again, also what a restored verifier may have lost.
pub(super) fn sent_again(store: &dyn Store, time: Time, to: impl Fn(&Outgoing) -> bool) -> Result<Vec<Change>, Error> {
    let wanted = |outgoing: &Outgoing| match &outgoing.state {
        OutgoingState::Made => false,
        OutgoingState::Encrypted { .. } => true,
        // What only began a session is not worth a repetition.
        OutgoingState::Sent(at) => time.since(*at) <= RESENT_MAX && outgoing.envelope.body != Body::Fresh,
    };
    let all: Vec<Outgoing> = store::all_kept(store)?;
    let again = all.into_iter().filter(|outgoing| to(outgoing) && wanted(outgoing));
    let made = |outgoing| Change::put(&Outgoing { state: OutgoingState::Made, tries: 0, not_before: None, ..outgoing });
    Ok(again.map(made).collect())
}

fn due(last: Option<Time>, time: Time) -> bool {
    last.is_none_or(|last| time.since(last) >= RENEWED_MAX)
}

/// The changes by which an old copy of a wallet's folder gives up what the newer one may have used: sessions, whose keys must
/// not encrypt twice, and prekeys. What waits is encrypted on new sessions; others notice with their next message.
///
/// The identity stays: the device's certificate names it, and both copies are of one owner.
///
/// # Errors
/// What the store says.
pub fn start_over(store: &dyn Store) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    let peers: Vec<Peer> = store::all_kept(store)?;
    for peer in peers {
        changes.push(Change::put(&Peer { sessions: Vec::new(), claim: None, renew: true, ..peer }));
    }
    let waiting: Vec<Outgoing> = store::all_kept(store)?;
    for outgoing in waiting.into_iter().filter(|o| matches!(o.state, OutgoingState::Encrypted { .. })) {
        changes.push(Change::put(&Outgoing { state: OutgoingState::Made, ..outgoing }));
    }
    if let Some(mut account) = store::kept::<OlmAccount>(store, OlmAccount::KEY)? {
        account.forget_prekeys();
        changes.push(Change::put(&account));
    }
    Ok(changes)
}
