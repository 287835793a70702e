//! Pages of the ledger that are out of order, count twice, or are not ours.

use crate::world::forge::{moved_back, with_page, with_receipt};
use crate::world::{Person, World, available, memo, pay, target, terms};
use farthing_core::error::{Error, WalletError};
use farthing_core::events::{EventKind, EventSeq};
use farthing_core::payment::Target;
use farthing_core::store::{Direction, PaymentRecord};
use farthing_core::wallet::Wallet;
use farthing_protocol::cbor::Bytes;
use farthing_protocol::http::{EntriesPage, EntryKind};
use farthing_protocol::id::{DetailsHash, Digest, OrderId, PayeeKeyHash, RequestRef, Seq};
use farthing_protocol::time::{Span, Time};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const NOW: Span = Span::from_ms(0);

type Change = fn(&mut EntriesPage);

/// A verifier, a payer, and a payee that has not read its last credits yet; before each of them something happened
/// elsewhere in the ledger, so that there is room for lies.
struct Unread {
    world: World,
    person: Person,
    truck: Wallet,
}

async fn unread(credits: usize, by_request: bool) -> Unread {
    let world = World::start().await;
    let (person, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    for n in 0..credits {
        world.person(&format!("someone else {n}")).await;
        if by_request {
            let made = truck.request(terms(Some("1 USD"))).await.unwrap();
            pay(&ann, target(&made), None, "hello").await;
        } else {
            pay(&ann, Target::Alias(truck.profile().alias), Some("1 USD"), "hello").await;
        }
    }
    Unread { world, person, truck }
}

impl Unread {
    fn lie(&self, change: impl Fn(&mut EntriesPage) + Send + 'static) {
        self.person.calls.lie("/v1/entries", move |_, answer| {
            with_page(answer, |page| {
                // Only pages that have something to lie about.
                if !page.entries.is_empty() {
                    change(page);
                }
            })
        });
    }

    fn credits(&self) -> Vec<PaymentRecord> {
        let all = self.truck.history(None, 100).unwrap();
        all.into_iter().filter(|p| p.direction == Direction::In).collect()
    }

    async fn rejected(&self) -> usize {
        let events = self.truck.events(EventSeq(0), 100, Duration::ZERO).await.unwrap();
        events.iter().filter(|e| matches!(e.kind, EventKind::EntryRejected(_))).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_out_of_order_is_refused_whole_and_an_honest_one_counts_once() {
    let unread = unread(2, false).await;
    let lies: [(&str, Change); 4] = [
        ("out of order", |page| page.entries.reverse()),
        ("one entry twice", |page| page.entries.insert(0, page.entries[0].clone())),
        ("beyond the head", |page| {
            let last = page.entries.last_mut().unwrap();
            last.seq = Seq::new(last.seq.get() + 100);
            let seq = last.seq;
            with_receipt(last, |r| r.seq = seq);
        }),
        ("for ever more of nothing", |page| {
            page.entries.clear();
            page.more = true;
        }),
    ];
    for (name, change) in lies {
        unread.lie(change);
        let error = unread.truck.sync(NOW).await.unwrap_err();
        assert_eq!(error, Error::Wallet(WalletError::VerifierMisbehaved), "{name}");
        assert_eq!((available(&unread.truck), unread.credits().len()), ("20.00 USD".to_owned(), 0), "{name}");
    }
    unread.person.calls.be_honest();
    assert_eq!(unread.truck.sync(NOW).await.unwrap().received, 2);
    unread.truck.sync(NOW).await.unwrap();
    assert_eq!((available(&unread.truck), unread.rejected().await), ("22.00 USD".to_owned(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_counts_once_wherever_it_stands() {
    // The same order at another place of the same page, at the same time and at another.
    let lies: [Change; 2] = [
        |page| page.entries.insert(0, moved_back(&page.entries[0], 1)),
        |page| {
            let mut again = moved_back(&page.entries[0], 1);
            with_receipt(&mut again, |r| r.time = Time::from_ms(r.time.as_ms() - 1));
            page.entries.insert(0, again);
        },
    ];
    for change in lies {
        let unread = unread(1, false).await;
        unread.lie(change);
        assert_eq!(unread.truck.sync(NOW).await.unwrap().received, 1);
        assert_eq!((available(&unread.truck), unread.credits().len()), ("21.00 USD".to_owned(), 1));
        assert_eq!(unread.rejected().await, 1);
    }
    // And on a later page, under another time.
    let unread = unread(2, false).await;
    let first = std::sync::Mutex::new(None);
    unread.person.calls.lie("/v1/entries", move |_, answer| {
        with_page(answer, |page| {
            let mut first = first.lock().unwrap();
            match (first.take(), page.entries.is_empty()) {
                (None, false) => {
                    page.entries.truncate(1);
                    page.more = true;
                    *first = page.entries.first().cloned();
                }
                (Some(old), false) => {
                    let place = page.entries[0].seq;
                    page.entries[0] = old;
                    page.entries[0].seq = place;
                    with_receipt(&mut page.entries[0], |r| {
                        r.seq = place;
                        r.time = Time::from_ms(r.time.as_ms() - 1);
                    });
                }
                _ => {}
            }
        })
    });
    assert_eq!(unread.truck.sync(NOW).await.unwrap().received, 1);
    assert_eq!((available(&unread.truck), unread.credits().len()), ("21.00 USD".to_owned(), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_paid_once() {
    for on_one_page in [true, false] {
        let unread = unread(1, true).await;
        let told = AtomicBool::new(false);
        unread.lie(move |page| {
            if told.swap(true, Ordering::Relaxed) {
                return;
            }
            // By another order, at the place before; then by the true one.
            let mut other = moved_back(&page.entries[0], 1);
            with_receipt(&mut other, |r| r.order = Digest::new([7; 32]));
            page.entries.insert(0, other);
            if !on_one_page {
                page.entries.truncate(1);
                page.more = true;
            }
        });
        unread.truck.sync(NOW).await.unwrap();
        assert_eq!((available(&unread.truck), unread.rejected().await), ("21.00 USD".to_owned(), 1), "{on_one_page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_is_not_ours_is_not_counted() {
    let lies: [(&str, Change); 9] = [
        ("another payee's key", |p| with_receipt(&mut p.entries[0], |r| r.payee_key = PayeeKeyHash::new([7; 32]))),
        ("another request", |p| with_receipt(&mut p.entries[0], |r| r.reference = Some(RequestRef::new([7; 32])))),
        ("no request", |p| with_receipt(&mut p.entries[0], |r| r.reference = None)),
        ("more than was asked for", |p| {
            with_receipt(&mut p.entries[0], |r| r.amount = crate::world::amount("2 USD"));
        }),
        ("less than was asked for", |p| {
            with_receipt(&mut p.entries[0], |r| r.amount = crate::world::amount("0.50 USD"));
        }),
        ("a receipt of another place", |p| with_receipt(&mut p.entries[0], |r| r.seq = Seq::new(r.seq.get() - 1))),
        ("a receipt by nobody's key", |p| {
            let forged = crate::world::forge::altered_part(
                &p.entries[0].receipt,
                &crate::world::forge::stranger(),
                |_: &mut farthing_protocol::receipt::Receipt| (),
            );
            p.entries[0].receipt = forged;
        }),
        ("said to be an issue", |p| p.entries[0].kind = EntryKind::Issue),
        ("said to be a debit", |p| p.entries[0].kind = EntryKind::Debit),
    ];
    for (name, change) in lies {
        let unread = unread(1, true).await;
        unread.lie(change);
        assert_eq!(unread.truck.sync(NOW).await.unwrap().received, 0, "{name}");
        assert_eq!((available(&unread.truck), unread.credits().len()), ("20.00 USD".to_owned(), 0), "{name}");
        assert_eq!(unread.rejected().await, 1, "{name}");
        drop(unread.world);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_opened_is_left_out_and_the_money_counts() {
    let lies: [(&str, Change); 5] = [
        ("no message", |p| p.entries[0].bundle = None),
        ("garbage", |p| p.entries[0].bundle = Some(Bytes::new(vec![0xfb; 300]).unwrap())),
        ("an altered message", |p| {
            let mut bytes = p.entries[0].bundle.as_ref().unwrap().as_slice().to_vec();
            *bytes.last_mut().unwrap() ^= 1;
            p.entries[0].bundle = Some(Bytes::new(bytes).unwrap());
        }),
        ("a message of another order", |p| p.entries[0].order = Some(OrderId::new([7; 16]))),
        ("other words than the receipt's", |p| {
            with_receipt(&mut p.entries[0], |r| r.details = DetailsHash::new([7; 32]));
        }),
    ];
    for (name, change) in lies {
        let unread = unread(1, false).await;
        unread.lie(change);
        assert_eq!(unread.truck.sync(NOW).await.unwrap().received, 1, "{name}");
        assert_eq!(available(&unread.truck), "21.00 USD", "{name}");
        assert_eq!(unread.credits()[0].details, None, "{name}");
    }
    let unread = unread(1, false).await;
    unread.truck.sync(NOW).await.unwrap();
    assert_eq!(unread.credits()[0].details.as_ref().unwrap().memo, memo("hello"), "an honest one is read");
}
