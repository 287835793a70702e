//! Tabs between contacts: offers and vouchers go by message.

use crate::shop::{Shop, amount, balance, earned, open, paid, wish};
use farthing_core::events::EventKind;
use farthing_core::messaging::{self, Body};
use farthing_core::payment::{Asked, MakeRequest};
use farthing_core::store;
use farthing_core::tab::{self, OfferRecord, ReceivedOffer, TabTarget, TabTerms};
use farthing_protocol::cose::SignedBytes;
use farthing_protocol::request::Usage;

/// Contacts with a tab of 5.00 USD that was offered by message.
fn met() -> (Shop, tab::TabId) {
    let mut shop = Shop::new();
    shop.ann.meets(&shop.paper);
    shop.paper.meets(&shop.ann);
    shop.town.drive(&mut shop.paper, MakeRequest::asking(Asked::Offer(wish()), Usage::Single)).unwrap();
    let offer: OfferRecord = store::all_kept(shop.paper.engine.store()).unwrap().remove(0);
    let body = Body::Offer(offer.published.bytes);
    let changes = messaging::queue(&mut shop.paper.engine, shop.ann.account(), body, shop.town.now).unwrap();
    shop.paper.engine.apply(changes).unwrap();
    shop.sync_paper();
    shop.sync_ann();
    let received: Vec<ReceivedOffer> = store::all_kept(shop.ann.engine.store()).unwrap();
    assert_eq!((received.len(), received[0].from), (1, shop.paper.account()));
    assert_eq!(shop.ann.events(|kind| matches!(kind, EventKind::OfferReceived(..))), 1);
    let target = TabTarget::Sent(received[0].offer.clone(), received[0].from);
    let id = open(&mut shop.town, &mut shop.ann, target, TabTerms::default()).unwrap();
    shop.sync_paper();
    (shop, id)
}

#[test]
fn of_many_drops_one_message_goes() {
    let (mut shop, id) = met();
    for _ in 0..20 {
        tab::pay(&mut shop.ann.engine, &id, &amount("0.02 USD"), shop.town.now).unwrap();
    }
    assert_eq!(paid(&shop.ann, &id).total, amount("0.40 USD"), "each drop is stored with its message");
    let waiting =
        |shop: &Shop| shop.ann.outbox().iter().filter(|o| matches!(o.envelope.body, Body::Voucher(_))).count();
    assert_eq!(waiting(&shop), 1, "of one tab only the greatest is sent");
    shop.sync_ann();
    shop.sync_paper();
    assert_eq!(earned(&shop.paper)[0].total, amount("0.40 USD"));
    assert_eq!(earned(&shop.paper)[0].payer, Some(shop.ann.account()));
    assert_eq!(balance(&shop.paper), ["100.00", "0.00", "0.40"]);
    assert_eq!(shop.paper.events(|kind| matches!(kind, EventKind::VoucherReceived(_))), 1);
}

#[test]
fn a_payer_put_back_from_an_old_copy_is_told_by_message() {
    let (mut shop, id) = met();
    let copy = shop.ann.disk.memory.lock().unwrap().clone();
    tab::pay(&mut shop.ann.engine, &id, &amount("1 USD"), shop.town.now).unwrap();
    let newest = tab::pay(&mut shop.ann.engine, &id, &amount("1 USD"), shop.town.now).unwrap();
    // It came by hand; of who pays the payee learns with the lower one that comes by message.
    tab::take(&mut shop.paper.engine, newest.voucher.as_slice(), shop.town.now).unwrap();
    *shop.ann.disk.memory.lock().unwrap() = copy;
    shop.ann.restart();
    let low = tab::pay(&mut shop.ann.engine, &id, &amount("0.02 USD"), shop.town.now).unwrap();
    assert_eq!(low.total, amount("0.02 USD"));
    for _ in 0..3 {
        shop.sync_ann();
        shop.sync_paper();
    }
    shop.sync_ann();
    assert_eq!(shop.ann.events(|kind| matches!(kind, EventKind::TabCaughtUp(_))), 1);
    assert_eq!(paid(&shop.ann, &id).total, amount("2 USD"));
    let next = tab::pay(&mut shop.ann.engine, &id, &amount("0.02 USD"), shop.town.now).unwrap();
    assert_eq!(next.total, amount("2.02 USD"));
}

#[test]
fn what_a_contact_may_not_say_changes_nothing() {
    let (mut shop, id) = met();
    let drop = tab::pay(&mut shop.ann.engine, &id, &amount("0.02 USD"), shop.town.now).unwrap();
    let mut altered = drop.voucher.as_slice().to_vec();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    let before = earned(&shop.paper);
    for bytes in [altered, b"nothing".to_vec(), Vec::new()] {
        for body in
            [Body::Voucher(SignedBytes::new(bytes.clone()).unwrap()), Body::Offer(SignedBytes::new(bytes).unwrap())]
        {
            let changes = messaging::queue(&mut shop.ann.engine, shop.paper.account(), body, shop.town.now).unwrap();
            // Not the good one that waits.
            shop.ann.engine.apply(changes).unwrap();
        }
    }
    let good =
        shop.ann.outbox().into_iter().find(|o| matches!(&o.envelope.body, Body::Voucher(v) if *v == drop.voucher));
    shop.ann
        .engine
        .apply(vec![farthing_core::store::Change::forget::<messaging::Outgoing>(&store::Kept::key(&good.unwrap()))])
        .unwrap();
    shop.sync_ann();
    shop.sync_paper();
    assert_eq!(earned(&shop.paper), before);
    assert_eq!(
        shop.paper.events(|kind| matches!(kind, EventKind::OfferReceived(..) | EventKind::VoucherReceived(_))),
        0
    );
}
