//! Debits that this wallet did not make: only its own device can have signed them.

use crate::world::forge::{Poser, signing, stranger, with_page};
use crate::world::{World, amount, available, pay};
use farthing_core::events::{EventKind, EventSeq};
use farthing_core::payment::Target;
use farthing_core::store::{Direction, PaymentState};
use farthing_core::wallet::Wallet;
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::Signed;
use farthing_protocol::http::{Entry, EntryKind, SignedBytes};
use farthing_protocol::id::{DetailsHash, DeviceId, FeeVersion, Handle, OrderId, PayeeKeyHash};
use farthing_protocol::key::Signer as _;
use farthing_protocol::money::Amount;
use farthing_protocol::order::{Body, Order, Payment};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::time::{Span, Time};
use std::time::Duration;

const NOW: Span = Span::from_ms(0);

fn uuid_at(time: Time) -> OrderId {
    let mut bytes = [7; 16];
    bytes[..6].copy_from_slice(&time.as_ms().to_be_bytes()[2..]);
    bytes[6] = 0x77;
    bytes[8] = 0x87;
    OrderId::new(bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debit_that_this_device_did_not_sign_is_not_counted() {
    let world = World::start().await;
    let (person, ann) = world.person("ann").await;
    let profile = ann.profile();
    let own = ann.read(|engine| *engine.keys().act().public());
    let theirs = *stranger().public();
    let forgeries = [
        (profile.device, own),
        (profile.device, theirs),
        (theirs.device_id(), theirs),
        (DeviceId::new([0; 16]), theirs),
    ];
    for (n, (device, key)) in forgeries.into_iter().enumerate() {
        // Something is in the ledger at this place, though not ours.
        let (_, other) = world.person(&format!("other {n}")).await;
        pay(&other, Target::Alias(ann.profile().alias), Some("1 USD"), "x").await;
        let profile = profile.clone();
        person.calls.lie("/v1/entries", move |_, answer| {
            with_page(answer, |page| {
                let Some(entry) = page.entries.last_mut() else { return };
                let receipt = Signed::<Receipt>::parse(entry.receipt.as_slice()).unwrap().claims().clone();
                let order = Order {
                    version: V1,
                    id: uuid_at(receipt.time),
                    verifier: profile.verifier,
                    account: profile.account,
                    device,
                    created: receipt.time,
                    expires: receipt.time.plus(Span::from_min(2)),
                    fee_version: FeeVersion::new(1),
                    body: Body::Payment(Payment {
                        payee: Handle::new([1; 16]),
                        payee_key: PayeeKeyHash::new([2; 32]),
                        amount: amount("5 USD"),
                        reference: None,
                        details: DetailsHash::new([3; 32]),
                        bundle: None,
                    }),
                };
                let order = Signed::sign(order, &Poser(key)).unwrap();
                let receipt = Receipt {
                    amount: amount("5 USD"),
                    payee_key: PayeeKeyHash::new([2; 32]),
                    reference: None,
                    details: DetailsHash::new([3; 32]),
                    order: order.hash(),
                    ..receipt
                };
                let signed = |bytes: &[u8]| SignedBytes::new(bytes.to_vec()).unwrap();
                *entry = Entry {
                    kind: EntryKind::Debit,
                    receipt: signed(Signed::sign(receipt, &signing()).unwrap().bytes()),
                    cause: Some(signed(order.bytes())),
                    bundle: None,
                    order: None,
                    fee: Some(Amount::zero(crate::world::usd())),
                    ..entry.clone()
                };
            })
        });
        ann.sync(NOW).await.unwrap();
        assert_eq!(available(&ann), "20.00 USD");
    }
    assert!(ann.history(None, 100).unwrap().iter().all(|p| p.direction != Direction::Out));
    let events = ann.events(EventSeq(0), 100, Duration::ZERO).await.unwrap();
    assert_eq!(events.iter().filter(|e| matches!(e.kind, EventKind::EntryRejected(_))).count(), forgeries.len());
}

/// A wallet whose folder was put back from a copy finds its later payments in the ledger.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_copy_of_this_wallet_paid_is_taken_from_the_ledger() {
    for fee in [None, Some("0.50 USD")] {
        let world = World::start().await;
        let (_, truck) = world.person("truck").await;
        let (person, ann) = world.person("ann").await;
        ann.close().await.unwrap();
        let copy = std::fs::read(person.place.database()).unwrap();
        let ann = Wallet::open(&person.place).await.unwrap();
        pay(&ann, Target::Alias(truck.profile().alias), Some("3 USD"), "x").await;
        ann.close().await.unwrap();
        std::fs::write(person.place.database(), copy).unwrap();
        let ann = Wallet::open(&person.place).await.unwrap();
        assert_eq!(available(&ann), "20.00 USD");
        if let Some(fee) = fee {
            // What came on top is not signed; but under the fees that were agreed it can be worked out.
            person.calls.lie("/v1/entries", move |_, answer| {
                with_page(answer, |page| page.entries.iter_mut().for_each(|e| e.fee = Some(amount(fee))))
            });
        }
        ann.sync(NOW).await.unwrap();
        let expected = if fee.is_none() { "17.00 USD" } else { "20.00 USD" };
        assert_eq!(available(&ann), expected);
        let events = ann.events(EventSeq(0), 100, Duration::ZERO).await.unwrap();
        let elsewhere = events.iter().filter(|e| matches!(e.kind, EventKind::PaidElsewhere(_))).count();
        assert_eq!(elsewhere, usize::from(fee.is_none()));
        let paid = ann.history(None, 1).unwrap();
        assert_eq!((paid[0].direction == Direction::Out, paid[0].state), (fee.is_none(), PaymentState::Settled));
    }
}

/// The payer was shown the fee, and no entry says later that another one was taken.
#[tokio::test(flavor = "multi_thread")]
async fn another_fee_than_the_payer_was_shown_is_told() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    pay(&ann, Target::Alias(truck.profile().alias), Some("3 USD"), "x").await;
    person.calls.lie("/v1/entries", move |_, answer| {
        with_page(answer, |page| {
            page.entries.iter_mut().filter(|e| e.fee.is_some()).for_each(|e| e.fee = Some(amount("0.50 USD")));
        })
    });
    ann.sync(NOW).await.unwrap();
    assert_eq!(available(&ann), "17.00 USD");
    let events = ann.events(EventSeq(0), 100, Duration::ZERO).await.unwrap();
    assert_eq!(events.iter().filter(|e| matches!(e.kind, EventKind::EntryRejected(_))).count(), 1);
}
