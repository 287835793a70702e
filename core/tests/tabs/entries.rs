//! Entries of tabs that cannot be: signed by the verifier's own key, and not counted.

use crate::shop::{Shop, balance, confirm, draft, earned, link, names, paid};
use crate::town::{Fate, Phone, Town};
use farthing_core::sync::{PullEntries, Refresh};
use farthing_core::tab::{PrepareChange, TabDraft, TabId, TabState, TabTerms};
use farthing_protocol::cose::{Object, Signed, SignedBytes};
use farthing_protocol::http::{EntriesPage, Entry, EntryKind};
use farthing_protocol::id::{Digest, PayeeKeyHash, Seq};
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::money::Amount;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::{ClaimReceipt, HoldId, HoldReceipt, Voucher};
use farthing_protocol::time::{Span, Time};

/// The verifier's certified key.
pub fn signing() -> Ed25519Key {
    Ed25519Key::from_seed([2; 32])
}

/// An object with other contents, by a key.
pub fn altered<T: Object + Clone>(bytes: &[u8], key: &Ed25519Key, change: impl FnOnce(&mut T)) -> SignedBytes {
    let mut claims = Signed::<T>::parse(bytes).unwrap().claims().clone();
    change(&mut claims);
    SignedBytes::new(Signed::sign(claims, key).unwrap().bytes().to_vec()).unwrap()
}

type Lie = fn(&mut Entry);

fn hold(entry: &mut Entry, change: impl FnOnce(&mut HoldReceipt)) {
    entry.receipt = altered(entry.receipt.as_slice(), &signing(), change);
}

fn claim(entry: &mut Entry, change: impl FnOnce(&mut ClaimReceipt)) {
    entry.receipt = altered(entry.receipt.as_slice(), &signing(), change);
}

fn usd(units: u64) -> Amount {
    Amount::new(units, crate::town::usd()).unwrap()
}

/// Reads the ledger, in which entries of this kind are lies.
fn read(town: &mut Town, phone: &mut Phone, kind: EntryKind, lie: Lie) {
    town.lie = Box::new(move |call, mut reply| {
        if call.path == "/v1/entries" && reply.status == 200 {
            let mut page = EntriesPage::decode(&reply.body).unwrap();
            page.entries.iter_mut().filter(|entry| entry.kind == kind).for_each(lie);
            reply.body = page.encode();
        }
        reply
    });
    town.drive(phone, Refresh::new()).unwrap();
    town.drive(phone, PullEntries::new()).unwrap();
    town.behave();
}

fn is_rejected(phone: &Phone) -> bool {
    names(phone).contains(&"entry_rejected")
}

/// The hold is placed, and its payer has not heard of it.
fn placed() -> (Shop, TabId) {
    let mut shop = Shop::new();
    let made = shop.offer(Usage::Single);
    let draft = draft(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap();
    shop.town.line = Box::new(|call| if call.path == "/v1/holds" { Fate::Unanswered } else { Fate::Fine });
    confirm(&mut shop.town, &mut shop.ann, &draft).unwrap();
    shop.town.behave();
    (shop, draft.id)
}

#[test]
fn a_hold_that_its_payer_did_not_order() {
    let lies: [(&str, Lie); 9] = [
        ("another fee", |entry| entry.fee = Some(usd(70_000))),
        ("no fee", |entry| entry.fee = None),
        ("another cap", |entry| hold(entry, |receipt| receipt.cap = usd(4_000_000))),
        ("another payee", |entry| hold(entry, |receipt| receipt.payee_key = PayeeKeyHash::new([1; 32]))),
        ("another voucher key", |entry| {
            hold(entry, |receipt| receipt.voucher_key = *Ed25519Key::from_seed([9; 32]).public());
        }),
        ("a later end", |entry| hold(entry, |receipt| receipt.claim_until = receipt.claim_until.plus(Span::from_h(1)))),
        ("no order", |entry| entry.cause = None),
        ("another place", |entry| hold(entry, |receipt| receipt.seq = Seq::new(receipt.seq.get() + 1))),
        ("nobody's key", |entry| {
            entry.receipt = altered::<HoldReceipt>(entry.receipt.as_slice(), &Ed25519Key::from_seed([66; 32]), |_| {});
        }),
    ];
    for (name, lie) in lies {
        let (mut shop, id) = placed();
        read(&mut shop.town, &mut shop.ann, EntryKind::Hold, lie);
        assert!(is_rejected(&shop.ann), "{name}");
        assert_eq!((paid(&shop.ann, &id).state, paid(&shop.ann, &id).standing), (TabState::Opening, None), "{name}");
        // The answer to the same bytes is the truth.
        shop.sync_ann();
        assert_eq!((paid(&shop.ann, &id).state, balance(&shop.ann)[1].as_str()), (TabState::Open, "5.06"), "{name}");
    }
    let (mut shop, id) = placed();
    read(&mut shop.town, &mut shop.ann, EntryKind::Hold, |_| {});
    assert_eq!((paid(&shop.ann, &id).state, is_rejected(&shop.ann)), (TabState::Open, false));
}

#[test]
fn a_claim_that_rests_on_no_voucher_of_its_payer() {
    let lies: [(&str, Lie); 10] = [
        ("another fee", |entry| entry.fee = Some(usd(20_001))),
        ("more than the voucher", |entry| claim(entry, |r| (r.total, r.amount) = (usd(2_000_000), usd(2_000_000)))),
        ("a part of the total", |entry| claim(entry, |receipt| receipt.amount = usd(500_000))),
        ("more than the cap", |entry| claim(entry, |r| (r.total, r.amount) = (usd(6_000_000), usd(6_000_000)))),
        ("no voucher", |entry| entry.cause = None),
        ("a voucher by another key", |entry| {
            let cause = entry.cause.as_ref().unwrap();
            entry.cause = Some(altered::<Voucher>(cause.as_slice(), &Ed25519Key::from_seed([9; 32]), |_| {}));
        }),
        ("another voucher's hash", |entry| claim(entry, |receipt| receipt.voucher = Some(Digest::new([7; 32])))),
        ("another payee", |entry| claim(entry, |receipt| receipt.payee_key = PayeeKeyHash::new([1; 32]))),
        ("a hold that is not there", |entry| claim(entry, |receipt| receipt.hold = HoldId::new([5; 32]))),
        ("after the end", |entry| claim(entry, |receipt| receipt.time = receipt.time.plus(Span::from_h(100)))),
    ];
    for (name, lie) in lies {
        let (mut shop, id, _) = Shop::open();
        shop.sync_ann();
        shop.pay(&id, "1 USD").unwrap();
        shop.claim();
        read(&mut shop.town, &mut shop.ann, EntryKind::Spent, lie);
        assert!(is_rejected(&shop.ann), "{name}");
        assert!(paid(&shop.ann, &id).standing.unwrap().claimed.is_zero(), "{name}");
        assert_eq!(balance(&shop.ann), ["94.94", "5.06", "0.00"], "{name}");
    }
}

#[test]
fn an_end_that_is_none() {
    let lies: [(&str, Lie); 3] = [
        ("with a claim inside", |entry| claim(entry, |receipt| receipt.total = usd(1_000_000))),
        ("by time, too early", |entry| claim(entry, |receipt| receipt.cause = None)),
        ("with a fee", |entry| entry.fee = Some(usd(1))),
    ];
    for (name, lie) in lies {
        let (mut shop, id, tab) = Shop::open();
        shop.sync_ann();
        shop.release(&tab).unwrap();
        read(&mut shop.town, &mut shop.ann, EntryKind::Spent, lie);
        assert!(is_rejected(&shop.ann), "{name}");
        assert_eq!((paid(&shop.ann, &id).state, balance(&shop.ann)[0].as_str()), (TabState::Open, "94.94"), "{name}");
    }
}

#[test]
fn a_hold_that_is_not_for_its_payee() {
    let lies: [(&str, Lie); 3] = [
        ("another's key", |entry| hold(entry, |receipt| receipt.payee_key = PayeeKeyHash::new([1; 32]))),
        ("a second version first", |entry| {
            hold(entry, |receipt| {
                receipt.hold_version = receipt.hold_version.next();
                receipt.cause = Digest::new([3; 32]);
            });
        }),
        ("no handle and no known key", |entry| {
            entry.handle = None;
            hold(entry, |receipt| receipt.payee_key = PayeeKeyHash::new([1; 32]));
        }),
    ];
    for (name, lie) in lies {
        let (mut shop, _) = placed();
        read(&mut shop.town, &mut shop.paper, EntryKind::Tab, lie);
        assert!(is_rejected(&shop.paper), "{name}");
        assert!(earned(&shop.paper).is_empty(), "{name}");
    }
}

#[test]
fn a_change_that_takes_something_from_the_payee() {
    let lies: [(&str, Lie); 4] = [
        ("a lower cap", |entry| hold(entry, |receipt| receipt.cap = usd(4_000_000))),
        ("a shorter grace", |entry| {
            hold(entry, |receipt| receipt.spend_until = receipt.spend_until.plus(Span::from_ms(1)));
        }),
        ("another voucher key", |entry| {
            hold(entry, |receipt| receipt.voucher_key = *Ed25519Key::from_seed([9; 32]).public());
        }),
        ("a version left out", |entry| hold(entry, |receipt| receipt.hold_version = receipt.hold_version.next())),
    ];
    for (name, lie) in lies {
        let (mut shop, id, _) = Shop::open();
        shop.town.drive(&mut shop.ann, PrepareChange::new(id, Some(usd(6_000_000)), Span::from_h(1))).unwrap();
        let draft = TabDraft::of(&shop.ann.engine, &paid(&shop.ann, &id), shop.town.now).unwrap();
        confirm(&mut shop.town, &mut shop.ann, &draft).unwrap();
        let before = earned(&shop.paper);
        read(&mut shop.town, &mut shop.paper, EntryKind::Tab, lie);
        assert!(is_rejected(&shop.paper), "{name}");
        assert_eq!(earned(&shop.paper), before, "{name}");
    }
    // A closing leaves the whole grace.
    let (mut shop, id, _) = Shop::open();
    shop.close(&id);
    read(&mut shop.town, &mut shop.paper, EntryKind::Tab, |entry| {
        hold(entry, |receipt| {
            let until = Time::from_ms(receipt.claim_until.as_ms() - 1);
            (receipt.spend_until, receipt.claim_until) = (receipt.spend_until.minus(Span::from_ms(1)), until);
        });
    });
    assert!(is_rejected(&shop.paper));
    assert_eq!(earned(&shop.paper)[0].state, TabState::Open);
}

#[test]
fn a_claim_that_its_payee_did_not_make() {
    let lies: [(&str, Lie); 5] = [
        ("another total", |entry| claim(entry, |r| (r.total, r.amount) = (usd(2_000_000), usd(2_000_000)))),
        ("above the cap", |entry| claim(entry, |r| (r.total, r.amount) = (usd(6_000_000), usd(6_000_000)))),
        ("without the claim", |entry| entry.cause = None),
        ("of another hold", |entry| claim(entry, |receipt| receipt.hold = HoldId::new([5; 32]))),
        ("another payee", |entry| claim(entry, |receipt| receipt.payee_key = PayeeKeyHash::new([1; 32]))),
    ];
    for (name, lie) in lies {
        let (mut shop, id, _) = Shop::open();
        shop.pay(&id, "1 USD").unwrap();
        shop.town.line = Box::new(|call| if call.path == "/v1/holds/claims" { Fate::Unanswered } else { Fate::Fine });
        let claims = farthing_core::tab::ClaimTabs::new(farthing_core::tab::Claimable::All);
        assert!(shop.town.drive(&mut shop.paper, claims).is_err());
        shop.town.behave();
        read(&mut shop.town, &mut shop.paper, EntryKind::Claim, lie);
        assert!(is_rejected(&shop.paper), "{name}");
        assert_eq!(balance(&shop.paper), ["100.00", "0.00", "1.00"], "{name}");
        // The answer to the same claim is the truth, and counts once.
        shop.sync_paper();
        assert_eq!(balance(&shop.paper), ["101.00", "0.00", "0.00"], "{name}");
    }
}
