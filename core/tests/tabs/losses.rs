//! A verifier that was restored from a backup: what of tabs it has lost.

use crate::shop::{Shop, amount, balance, confirm, earned, link, open, paid};
use farthing_core::error::WalletError;
use farthing_core::history;
use farthing_core::store::{self, RequestState};
use farthing_core::sync::Refresh;
use farthing_core::tab::{self, OfferRecord, PrepareChange, TabDraft, TabId, TabOutcome, TabState, TabTerms};
use farthing_protocol::request::Usage;
use farthing_protocol::time::Span;

struct Backup(tempfile::TempDir);

impl Backup {
    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("backup.db")
    }
}

fn backed_up(shop: Shop) -> (Shop, Backup) {
    let backup = Backup(tempfile::tempdir().unwrap());
    let Shop { town, paper, ann } = shop;
    (Shop { town: town.backed_up(&backup.path()), paper, ann }, backup)
}

fn restored(shop: Shop, backup: &Backup) -> Shop {
    let Shop { mut town, paper, ann } = shop;
    town.pass(Span::from_min(10));
    let mut shop = Shop { town: town.restored(&backup.path()), paper, ann };
    for phone in [&mut shop.ann, &mut shop.paper] {
        shop.town.drive(phone, Refresh::new()).ok();
    }
    shop
}

fn accept(shop: &mut Shop) {
    let at = shop.town.now.wall;
    history::accept(&mut shop.ann.engine, at).unwrap();
    history::accept(&mut shop.paper.engine, at).unwrap();
}

#[test]
fn a_claim_that_was_lost_is_made_again_with_the_same_voucher() {
    let (mut shop, id, tab) = Shop::open();
    shop.pay(&id, "1 USD").unwrap();
    let (mut shop, backup) = backed_up(shop);
    shop.claim();
    shop.sync_ann();
    assert_eq!((balance(&shop.ann)[1].as_str(), balance(&shop.paper)[0].as_str()), ("4.04", "101.00"));
    let mut shop = restored(shop, &backup);
    assert_eq!(
        (balance(&shop.ann), balance(&shop.paper)),
        (["94.94", "5.06", "0.00"].map(str::to_owned), ["100.00", "0.00", "1.00"].map(str::to_owned))
    );
    let refused = tab::pay(&mut shop.ann.engine, &id, &amount("0.02 USD"), shop.town.now);
    assert_eq!(refused.unwrap_err(), WalletError::HistoryLost.into(), "until the person has looked");
    accept(&mut shop);
    assert_eq!(shop.claim().tabs, [tab]);
    shop.sync_paper();
    shop.sync_ann();
    assert_eq!((balance(&shop.ann)[1].as_str(), balance(&shop.paper)[0].as_str()), ("4.04", "101.00"));
    shop.pay(&id, "1 USD").unwrap();
    shop.claim();
    shop.sync_paper();
    shop.release(&tab).unwrap();
    shop.sync_ann();
    assert_eq!((balance(&shop.ann)[0].as_str(), balance(&shop.paper)[0].as_str()), ("97.97", "102.00"));
}

/// Raises the cap to 8 USD, as Ann knows it.
fn raise(shop: &mut Shop, id: &TabId) {
    let change = PrepareChange::new(*id, Some(amount("8 USD")), Span::from_h(1));
    shop.town.drive(&mut shop.ann, change).unwrap();
    let draft = TabDraft::of(&shop.ann.engine, &paid(&shop.ann, id), shop.town.now).unwrap();
    assert_eq!(confirm(&mut shop.town, &mut shop.ann, &draft).unwrap(), TabOutcome::Done(*id));
}

#[test]
fn what_a_lost_raise_had_covered_is_claimed_as_far_as_the_cap_goes() {
    let (shop, id, tab) = Shop::open();
    let (mut shop, backup) = backed_up(shop);
    raise(&mut shop, &id);
    shop.sync_paper();
    shop.pay(&id, "7 USD").unwrap();
    let mut shop = restored(shop, &backup);
    accept(&mut shop);
    assert_eq!(balance(&shop.paper), ["100.00", "0.00", "5.00"], "no more is on its way than the cap");
    assert_eq!(shop.claim().tabs, [tab]);
    assert_eq!(balance(&shop.paper), ["105.00", "0.00", "0.00"]);
    // The rest follows when the payer raises it again, by the same voucher.
    shop.sync_ann();
    raise(&mut shop, &id);
    shop.sync_paper();
    assert_eq!(shop.claim().tabs, [tab]);
    assert_eq!(balance(&shop.paper)[0], "107.00");
}

#[test]
fn a_claim_counts_after_a_holds_time_where_the_verifier_was_away() {
    let (mut shop, id, tab) = Shop::open();
    shop.pay(&id, "1 USD").unwrap();
    let (mut shop, backup) = backed_up(shop);
    shop.claim();
    let bounds = paid(&shop.ann, &id).standing.unwrap().bounds().unwrap();
    shop.town.pass(bounds.claim_until.since(shop.town.now.wall));
    let mut shop = restored(shop, &backup);
    accept(&mut shop);
    assert_eq!(shop.claim().tabs, [tab], "a day from the new epoch's beginning");
    shop.sync_paper();
    shop.sync_ann();
    assert_eq!((balance(&shop.ann)[1].as_str(), balance(&shop.paper)[0].as_str()), ("4.04", "101.00"));
    shop.town.pass(Span::from_h(24));
    while shop.town.verifier.sweep(shop.town.now).unwrap() {}
    shop.sync_paper();
    shop.sync_ann();
    assert_eq!(balance(&shop.ann), ["98.98", "0.00", "0.00"].map(str::to_owned));
}

#[test]
fn a_claim_of_an_ended_tab_that_was_lost_is_made_again() {
    let (mut shop, id, tab) = Shop::open();
    shop.pay(&id, "1 USD").unwrap();
    let (mut shop, backup) = backed_up(shop);
    shop.claim();
    shop.release(&tab).unwrap();
    shop.sync_ann();
    assert_eq!((balance(&shop.ann)[0].as_str(), balance(&shop.paper)[0].as_str()), ("98.98", "101.00"));
    let mut shop = restored(shop, &backup);
    assert_eq!(earned(&shop.paper)[0].state, TabState::Open);
    assert_eq!(balance(&shop.paper), ["100.00", "0.00", "1.00"].map(str::to_owned));
    accept(&mut shop);
    assert_eq!(shop.claim().tabs, [tab]);
    shop.sync_paper();
    shop.sync_ann();
    assert_eq!((balance(&shop.ann)[1].as_str(), balance(&shop.paper)[0].as_str()), ("4.04", "101.00"));
}

#[test]
fn a_single_offer_whose_hold_was_lost_is_accepted_again() {
    let mut shop = Shop::new();
    let made = shop.offer(Usage::Single);
    let (mut shop, backup) = backed_up(shop);
    open(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap();
    shop.sync_paper();
    let mut shop = restored(shop, &backup);
    let offer = |shop: &Shop| store::all_kept::<OfferRecord>(shop.paper.engine.store()).unwrap().remove(0);
    assert_eq!((offer(&shop).tab, offer(&shop).published.state), (None, RequestState::Open));
    accept(&mut shop);
    let id = open(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap();
    shop.sync_paper();
    shop.pay(&id, "0.02 USD").unwrap();
    let open: Vec<_> = earned(&shop.paper).into_iter().filter(|tab| tab.state == TabState::Open).collect();
    assert_eq!((open.len(), offer(&shop).tab), (1, Some(open[0].id)));
    assert_eq!(offer(&shop).published.state, RequestState::Paid);
}

#[test]
fn a_closing_that_was_lost_is_made_again_and_nothing_is_paid_before() {
    let (shop, id, _) = Shop::open();
    let (mut shop, backup) = backed_up(shop);
    shop.close(&id);
    assert_eq!(paid(&shop.ann, &id).state, TabState::Closed);
    let mut shop = restored(shop, &backup);
    assert_eq!(paid(&shop.ann, &id).state, TabState::Open);
    accept(&mut shop);
    let refused = shop.pay(&id, "1 USD");
    assert_eq!(refused.unwrap_err(), WalletError::TabNotOpen.into());
    shop.sync_ann();
    assert_eq!(paid(&shop.ann, &id).state, TabState::Closed);
}

#[test]
fn a_hold_that_was_lost_is_gone_and_what_was_set_aside_is_back() {
    let (shop, backup) = backed_up(Shop::new());
    let mut shop = shop;
    let made = shop.offer(Usage::Standing);
    let id = open(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap();
    shop.sync_paper();
    shop.pay(&id, "1 USD").unwrap();
    shop.claim();
    shop.sync_ann();
    let mut shop = restored(shop, &backup);
    assert_eq!(
        (balance(&shop.ann), balance(&shop.paper)),
        (["100.00", "0.00", "0.00"].map(str::to_owned), ["100.00", "0.00", "0.00"].map(str::to_owned))
    );
    assert_eq!((paid(&shop.ann, &id).state, earned(&shop.paper)[0].state), (TabState::Lost, TabState::Lost));
    accept(&mut shop);
    let refused = shop.pay(&id, "1 USD");
    assert_eq!(refused.unwrap_err(), WalletError::TabNotOpen.into());
    for _ in 0..2 {
        shop.sync_ann();
        shop.sync_paper();
    }
    assert_eq!((balance(&shop.ann)[0].as_str(), balance(&shop.paper)[0].as_str()), ("100.00", "100.00"));
}
