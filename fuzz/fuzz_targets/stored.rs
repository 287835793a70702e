//! Stored forms: what lies in the database and the vault is read as it was written, or not at all; and what was read can be used.
#![no_main]

use farthing_core::checkpoints::{ContradictionRecord, HeardCheckpoint, KnownCheckpoint, ToldCheckpoint};
use farthing_core::contacts::{Contact, DeviceListRecord};
use farthing_core::devices::{KnownDevice, OwnDevices, PendingChange};
use farthing_core::enrol::EnrolmentRecord;
use farthing_core::events::EventKind;
use farthing_core::generation::Opening;
use farthing_core::history::LostRecord;
use farthing_core::keys::device::DeviceKeys;
use farthing_core::keys::vault::{Anchor, Secret};
use farthing_core::messaging::{Mailbox, Note, OlmAccount, OlmSession, Outgoing, Peer, SeenBucket};
use farthing_core::payment::OwnAlias;
use farthing_core::store::{
    ActRecord, AliasPin, Cursor, HandleRecord, Kept, PaymentId, PaymentRecord, Profile, RequestRecord, TrustRecord,
};
use farthing_protocol::cbor::{decode, encode};
use farthing_protocol::pairing::Paired;

fn same<T>(bytes: &[u8]) -> Option<T>
where
    T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()>,
{
    let record = decode::<T>(bytes).ok()?;
    assert_eq!(encode(&record), bytes);
    Some(record)
}

/// A small record also has a key.
fn kept<T: Kept>(bytes: &[u8]) -> Option<T> {
    let record = same::<T>(bytes)?;
    assert!(!record.key().is_empty());
    Some(record)
}

fn payment(bytes: &[u8]) {
    let Some(payment) = same::<PaymentRecord>(bytes) else { return };
    assert!(payment.total().value() >= payment.amount.value());
    assert_eq!(PaymentId::parse(&payment.id.to_string()), Some(payment.id));
}

fn mailbox(bytes: &[u8]) {
    let Some(mailbox) = kept::<Mailbox>(bytes) else { return };
    let done = mailbox.done();
    assert!(mailbox.held.first().map_or(done == mailbox.read, |held| done <= *held));
}

fn peer(bytes: &[u8]) {
    for session in kept::<Peer>(bytes).iter().flat_map(|peer| &peer.sessions) {
        let _ = OlmSession::from_pickle(session).map(|session| session.pickle());
    }
}

fn device_keys(bytes: &[u8]) {
    let Ok(secret) = Secret::new(bytes.to_vec().into()) else { return };
    if let Ok(keys) = DeviceKeys::from_secret(&secret) {
        assert_eq!(keys.to_secret().as_bytes(), bytes);
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else { return };
    match kind % 31 {
        0 => payment(bytes),
        1 => _ = same::<RequestRecord>(bytes),
        2 => _ = same::<HandleRecord>(bytes),
        3 => _ = same::<AliasPin>(bytes),
        4 => _ = same::<ActRecord>(bytes),
        5 => _ = same::<Profile>(bytes),
        6 => _ = same::<TrustRecord>(bytes),
        7 => _ = same::<Cursor>(bytes),
        8 => _ = kept::<LostRecord>(bytes),
        9 => _ = same::<EventKind>(bytes),
        10 => _ = kept::<Opening>(bytes),
        11 => _ = kept::<KnownDevice>(bytes),
        12 => _ = kept::<OwnDevices>(bytes),
        13 => _ = kept::<PendingChange>(bytes),
        14 => _ = kept::<OwnAlias>(bytes),
        15 => mailbox(bytes),
        16 => _ = kept::<Note>(bytes),
        17 => _ = kept::<Outgoing>(bytes),
        18 => peer(bytes),
        19 => _ = kept::<SeenBucket>(bytes),
        20 => _ = kept::<OlmAccount>(bytes),
        21 => _ = kept::<DeviceListRecord>(bytes),
        22 => _ = kept::<KnownCheckpoint>(bytes),
        23 => _ = kept::<HeardCheckpoint>(bytes),
        24 => _ = kept::<ToldCheckpoint>(bytes),
        25 => _ = kept::<ContradictionRecord>(bytes),
        26 => _ = kept::<EnrolmentRecord>(bytes),
        27 => _ = kept::<Contact>(bytes).map(|contact| contact.alias_record()),
        28 => _ = same::<Paired>(bytes),
        29 => {
            if let Ok(anchor) = Anchor::decode(bytes, "here") {
                assert_eq!(anchor.encode(), bytes);
            }
        }
        _ => device_keys(bytes),
    }
});
