//! The other side's last word of a pairing.

use super::by_account;
use super::record::ContactState;
use crate::error::Error;
use crate::events::EventKind;
use crate::store::{Change, Store};
use farthing_protocol::cbor;
use farthing_protocol::cose::Signed;
use farthing_protocol::id::{AccountId, Digest};
use farthing_protocol::key::PublicKey;
use farthing_protocol::pairing::PairConfirm;
use farthing_protocol::time::Time;

/// What a confirmation from this account changes, when its device's session key signed the very one that is expected: it
/// names both cards of the pairing. Any other changes nothing, and neither does the same one again.
///
/// # Errors
/// What the store says.
pub(crate) fn confirmed(
    store: &dyn Store,
    from: &AccountId,
    session: &PublicKey,
    confirmation: &[u8],
    at: Time,
) -> Result<Vec<Change>, Error> {
    let Some(mut contact) = by_account(store, from)? else { return Ok(Vec::new()) };
    let Ok(signed) = Signed::<PairConfirm>::parse(confirmation) else { return Ok(Vec::new()) };
    let Ok(said) = signed.verify(session) else { return Ok(Vec::new()) };
    let expected = Digest::of(&cbor::encode(&*said)) == contact.expected;
    if !expected || contact.state == ContactState::Verified {
        return Ok(Vec::new());
    }
    contact.state = ContactState::Verified;
    contact.verified = Some(at);
    Ok(vec![Change::put(&contact), Change::Event { at, kind: EventKind::ContactVerified(contact.account) }])
}
