//! What a meter measured: no more than that is claimed, whatever was paid, and by nobody but whoever measures.

use crate::shop::{Shop, amount, balance, draft, earned, link, paid, wallet_error, wish};
use farthing_core::error::{Error, WalletError};
use farthing_core::payment::{Asked, MakeRequest};
use farthing_core::tab::meter::measured;
use farthing_core::tab::{ClaimTabs, Claimable, TabId, TabState, TabTerms};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::request::Usage;
use farthing_protocol::tab::{MeterMeasure, MeterTerms, Ticks};
use farthing_protocol::time::Span;

fn due(shop: &mut Shop, tab: &TabId, text: &str) {
    measured(&mut shop.paper.engine, tab, amount(text)).unwrap();
}

#[test]
fn what_was_delivered_is_claimed_and_not_what_was_paid() {
    let (mut shop, id, tab) = Shop::open();
    due(&mut shop, &tab, "0");
    shop.pay(&id, "0.30 USD").unwrap();
    due(&mut shop, &tab, "0.10");
    // Closed: a sync leaves it to the meter.
    shop.close(&id);
    shop.sync_paper();
    assert_eq!(earned(&shop.paper)[0].standing.claimed, amount("0"));
    assert_eq!(balance(&shop.paper), ["100.00", "0.00", "0.10"], "what is coming is what is due");
    assert_eq!(wallet_error(shop.release(&tab)), WalletError::TabUnclaimed);
    due(&mut shop, &tab, "0.23");
    assert_eq!(shop.claim().tabs, [tab]);
    // Nothing more is claimed, and the rest goes back.
    assert!(shop.claim().tabs.is_empty());
    shop.release(&tab).unwrap();
    shop.sync_ann();
    let ann = paid(&shop.ann, &id);
    assert_eq!((ann.state, ann.standing.unwrap().claimed), (TabState::Ended, amount("0.23")));
    assert_eq!(balance(&shop.paper), ["100.23", "0.00", "0.00"]);
    // It is over: what is measured now is nothing to anybody.
    due(&mut shop, &tab, "0.30");
    assert!(shop.claim().tabs.is_empty());
}

#[test]
fn nothing_due_is_no_claim_and_no_fee() {
    let (mut shop, id, tab) = Shop::open();
    due(&mut shop, &tab, "0");
    shop.pay(&id, "0.30 USD").unwrap();
    due(&mut shop, &tab, "0");
    assert!(shop.claim().tabs.is_empty());
    shop.release(&tab).unwrap();
    shop.sync_ann();
    assert_eq!(balance(&shop.ann), ["100.00", "0.00", "0.00"]);
}

#[test]
fn a_meter_that_was_killed_claims_what_was_due_by_then() {
    let (mut shop, id, tab) = Shop::open();
    due(&mut shop, &tab, "0");
    shop.pay(&id, "0.30 USD").unwrap();
    due(&mut shop, &tab, "0.20");
    shop.close(&id);
    shop.town.pass(Span::from_h(20));
    shop.sync_paper();
    assert_eq!(earned(&shop.paper)[0].standing.claimed, amount("0.20"), "half of the grace is over");
    // More than vouchers are for is never claimed.
    due(&mut shop, &tab, "5.00");
    let claimed = shop.town.drive(&mut shop.paper, ClaimTabs::new(Claimable::Tab(tab))).unwrap();
    assert_eq!((claimed.tabs, earned(&shop.paper)[0].standing.claimed), (vec![tab], amount("0.30")));
}

#[test]
fn what_is_taken_beside_a_meter_is_delivered_for() {
    let (mut shop, id, tab) = Shop::open();
    due(&mut shop, &tab, "0");
    shop.pay(&id, "0.30 USD").unwrap();
    due(&mut shop, &tab, "0.10");
    // The meter is gone; somebody takes a voucher by hand.
    shop.pay(&id, "0.05 USD").unwrap();
    shop.claim();
    assert_eq!(earned(&shop.paper)[0].standing.claimed, amount("0.15"));
}

#[test]
fn what_is_measured_is_of_a_tab_that_is_earned_by_and_its_money() {
    let (mut shop, id, tab) = Shop::open();
    assert_eq!(wallet_error(measured(&mut shop.ann.engine, &id, amount("1"))), WalletError::TabUnknown);
    let eur = Amount::zero(Asset::new(Code::new("EUR").unwrap(), 2).unwrap());
    assert!(matches!(measured(&mut shop.paper.engine, &tab, eur), Err(Error::Amount(_))));
    assert_eq!(earned(&shop.paper)[0].due, None);
}

#[test]
fn a_cap_buys_a_quantum() {
    let mut shop = Shop::new();
    let (measure, unit, free) = (MeterMeasure::Counted(Ticks::new(1)), Ticks::new(1), Ticks::new(0));
    let meter = MeterTerms { measure, unit, free, quantum: Ticks::new(10), grace: Span::from_s(10) };
    let mut wish = wish();
    wish.terms.meter = Some(meter);
    let made = shop.town.drive(&mut shop.paper, MakeRequest::asking(Asked::Offer(wish), Usage::Single)).unwrap();
    let mut with = |cap: &str| {
        let terms = TabTerms { cap: Some(amount(cap)), ..TabTerms::default() };
        draft(&mut shop.town, &mut shop.ann, link(&made), terms)
    };
    assert_eq!(wallet_error(with("0.10 USD")), WalletError::TabTerms);
    assert_eq!(with("0.20 USD").unwrap().terms.unwrap().meter, Some(meter));
}
