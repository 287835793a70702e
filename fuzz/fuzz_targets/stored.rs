//! Stored forms: what lies in the database and the vault is read as it was written, or not at all.
#![no_main]

use farthing_core::contacts::DeviceListRecord;
use farthing_core::devices::{KnownDevice, OwnDevices, PendingChange};
use farthing_core::events::EventKind;
use farthing_core::generation::Opening;
use farthing_core::history::LostRecord;
use farthing_core::keys::device::DeviceKeys;
use farthing_core::keys::vault::Secret;
use farthing_core::messaging::{Mailbox, Note, OlmAccount, Outgoing, Peer, SeenBucket};
use farthing_core::payment::OwnAlias;
use farthing_core::store::{
    ActRecord, AliasPin, Cursor, HandleRecord, PaymentRecord, Profile, RequestRecord, TrustRecord,
};
use farthing_protocol::cbor::{decode, encode};
use farthing_protocol::pairing::Paired;

fn same<T>(bytes: &[u8])
where
    T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()>,
{
    if let Ok(record) = decode::<T>(bytes) {
        assert_eq!(encode(&record), bytes);
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else { return };
    match kind % 22 {
        0 => same::<PaymentRecord>(bytes),
        1 => same::<RequestRecord>(bytes),
        2 => same::<HandleRecord>(bytes),
        3 => same::<AliasPin>(bytes),
        4 => same::<ActRecord>(bytes),
        5 => same::<Profile>(bytes),
        6 => same::<TrustRecord>(bytes),
        7 => same::<Cursor>(bytes),
        8 => same::<LostRecord>(bytes),
        9 => same::<EventKind>(bytes),
        10 => same::<Opening>(bytes),
        11 => same::<KnownDevice>(bytes),
        12 => same::<OwnDevices>(bytes),
        13 => same::<PendingChange>(bytes),
        14 => same::<OwnAlias>(bytes),
        15 => same::<Mailbox>(bytes),
        16 => same::<Note>(bytes),
        17 => same::<Outgoing>(bytes),
        18 => same::<Peer>(bytes),
        19 => same::<SeenBucket>(bytes),
        20 => {
            same::<OlmAccount>(bytes);
            same::<DeviceListRecord>(bytes);
            same::<Paired>(bytes);
        }
        _ => {
            let Ok(secret) = Secret::new(bytes.to_vec().into()) else { return };
            if let Ok(keys) = DeviceKeys::from_secret(&secret) {
                assert_eq!(keys.to_secret().as_bytes(), bytes);
            }
        }
    }
});
