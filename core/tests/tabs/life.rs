//! The lives of a tab when everybody keeps to the rules.

use crate::shop::{Shop, amount, balance, confirm, draft, earned, link, names, open, paid, wallet_error};
use crate::town::Phone;
use farthing_core::error::WalletError;
use farthing_core::payment::{Asked, MakeRequest, Prepare, RequestTerms, Target, saga};
use farthing_core::tab::{
    self, ClaimTabs, Claimable, CloseTab, PrepareChange, ShownTab, TabDraft, TabId, TabOutcome, TabPending, TabState,
    TabTarget, TabTerms, TakenVoucher,
};
use farthing_protocol::code::{RefusalCode, TabRefusalCode};
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::Usage;
use farthing_protocol::time::Span;

#[test]
fn fees_are_set_aside_for_the_cap_and_paid_for_what_was_claimed() {
    let (mut shop, id, tab) = Shop::open();
    // 5.00 and 0.06 of fees.
    assert_eq!(balance(&shop.ann), ["94.94", "5.06", "0.00"]);
    shop.sync_ann();
    assert_eq!(balance(&shop.ann), ["94.94", "5.06", "0.00"], "an answer and its entry count once");
    shop.pay(&id, "1 USD").unwrap();
    assert_eq!(balance(&shop.paper), ["100.00", "0.00", "1.00"]);
    assert_eq!(shop.claim().tabs, [tab]);
    shop.pay(&id, "0.50 USD").unwrap();
    shop.claim();
    shop.sync_paper();
    assert_eq!(balance(&shop.paper), ["101.50", "0.00", "0.00"]);
    shop.release(&tab).unwrap();
    shop.sync_ann();
    // The flat part once, and a hundredth of 1.50.
    assert_eq!(balance(&shop.ann), ["98.475", "0.00", "0.00"]);
    assert_eq!(names(&shop.ann), ["tab_authorised", "tab_opened", "tab_claimed", "tab_claimed", "tab_ended"]);
    assert_eq!(paid(&shop.ann, &id).state, TabState::Ended);
    let late = tab::pay(&mut shop.ann.engine, &id, &amount("0.02 USD"), shop.town.now);
    assert_eq!(wallet_error(late), WalletError::TabNotOpen);
    shop.release(&tab).unwrap();
}

#[test]
fn a_hold_of_which_nothing_is_claimed_costs_nothing_and_ends_by_time() {
    let (mut shop, id, tab) = Shop::open();
    shop.town.pass(Span::from_h(78));
    while shop.town.verifier.sweep(shop.town.now).unwrap() {}
    shop.sync_ann();
    shop.sync_paper();
    assert_eq!(
        (balance(&shop.ann), balance(&shop.paper)[0].as_str()),
        (["100.00", "0.00", "0.00"].map(str::to_owned), "100.00")
    );
    assert_eq!((paid(&shop.ann, &id).state, earned(&shop.paper)[0].state), (TabState::Ended, TabState::Ended));
    assert_eq!(earned(&shop.paper)[0].id, tab);
    assert_eq!(names(&shop.paper), ["tab_opened", "tab_ended"]);
}

#[test]
fn a_payee_that_only_syncs_claims_before_it_is_too_late() {
    let (mut shop, id, _) = Shop::open();
    shop.pay(&id, "2 USD").unwrap();
    shop.town.pass(Span::from_h(62));
    shop.sync_paper();
    assert_eq!(balance(&shop.paper), ["100.00", "0.00", "2.00"], "half of the grace is not over");
    shop.town.pass(Span::from_h(2));
    shop.sync_paper();
    assert_eq!(balance(&shop.paper), ["102.00", "0.00", "0.00"]);
    // And once its payer has closed it, at once.
    let (mut shop, id, tab) = Shop::open();
    shop.pay(&id, "2 USD").unwrap();
    assert_eq!(shop.close(&id), TabOutcome::Done(id));
    assert_eq!(shop.close(&id), TabOutcome::Done(id), "again changes nothing");
    shop.sync_paper();
    assert_eq!(balance(&shop.paper), ["102.00", "0.00", "0.00"]);
    assert_eq!(earned(&shop.paper)[0].state, TabState::Closed);
    let late = tab::pay(&mut shop.ann.engine, &id, &amount("1 USD"), shop.town.now);
    assert_eq!(wallet_error(late), WalletError::TabNotOpen);
    shop.release(&tab).unwrap();
    shop.sync_ann();
    assert_eq!(balance(&shop.ann), ["97.97", "0.00", "0.00"]);
}

#[test]
fn a_tab_is_raised_and_prolonged_by_a_further_yes() {
    let (mut shop, id, _) = Shop::open();
    shop.pay(&id, "5 USD").unwrap();
    let over = tab::pay(&mut shop.ann.engine, &id, &amount("0.02 USD"), shop.town.now);
    assert_eq!(wallet_error(over), WalletError::TabLimit);
    let change = |cap, longer| PrepareChange::new(id, Some(amount(cap)), longer);
    let lower = shop.town.drive(&mut shop.ann, change("4 USD", Span::from_h(1)));
    assert_eq!(wallet_error(lower), WalletError::TabTerms);
    let beyond = shop.town.drive(&mut shop.ann, change("500 USD", Span::from_h(1)));
    assert_eq!(wallet_error(beyond), WalletError::InsufficientBalance);
    let month = shop.town.drive(&mut shop.ann, change("6 USD", Span::from_h(24 * 31)));
    assert_eq!(wallet_error(month), WalletError::TabTerms);
    shop.town.drive(&mut shop.ann, change("8 USD", Span::from_h(24))).unwrap();
    let draft = TabDraft::of(&shop.ann.engine, &paid(&shop.ann, &id), shop.town.now).unwrap();
    assert!(draft.changes);
    assert_eq!((draft.cap, draft.fee, draft.total), (amount("8 USD"), amount("0.09 USD"), amount("3.03 USD")));
    // A change that nobody confirmed is forgotten, and the tab goes on.
    tab::discard(&mut shop.ann.engine, &id).unwrap();
    assert!(confirm(&mut shop.town, &mut shop.ann, &draft).is_ok(), "nothing is left to be confirmed");
    assert_eq!(balance(&shop.ann), ["94.94", "5.06", "0.00"]);
    shop.town.drive(&mut shop.ann, change("8 USD", Span::from_h(24))).unwrap();
    assert_eq!(confirm(&mut shop.town, &mut shop.ann, &draft).unwrap(), TabOutcome::Done(id));
    assert_eq!(balance(&shop.ann), ["91.91", "8.09", "0.00"]);
    let paid = tab::pay(&mut shop.ann.engine, &id, &amount("1 USD"), shop.town.now).unwrap();
    let ahead = tab::take(&mut shop.paper.engine, paid.voucher.as_slice(), shop.town.now);
    assert_eq!(wallet_error(ahead), WalletError::VoucherAhead, "the payee has not heard of the raise");
    shop.sync_paper();
    let taken = tab::take(&mut shop.paper.engine, paid.voucher.as_slice(), shop.town.now).unwrap();
    assert!(
        matches!(taken, TakenVoucher::Taken { gained, total, .. } if (gained, total) == (amount("1 USD"), amount("6 USD")))
    );
    assert_eq!(names(&shop.paper), ["tab_opened", "tab_changed"]);
    shop.sync_ann();
    assert_eq!(balance(&shop.ann), ["91.91", "8.09", "0.00"]);
}

#[test]
fn a_closing_waits_for_an_answer_until_there_is_one() {
    let (mut shop, id, tab) = Shop::open();
    let waits = |phone: &Phone, id: &TabId| {
        let all = ShownTab::unanswered(&phone.engine).unwrap();
        (ShownTab::paid(&phone.engine, &paid(phone, id)).unwrap().pending, all.len())
    };
    shop.town.drive(&mut shop.ann, CloseTab::new(id)).unwrap();
    assert_eq!(waits(&shop.ann, &id), (vec![TabPending::Closing], 1));
    shop.sync_ann();
    assert_eq!(waits(&shop.ann, &id), (Vec::new(), 0));
    shop.sync_paper();
    shop.release(&tab).unwrap();
    shop.sync_ann();
    assert_eq!(waits(&shop.ann, &id), (Vec::new(), 0));
}

#[test]
fn an_offer_for_one_is_accepted_once_and_a_standing_one_by_many() {
    let mut shop = Shop::new();
    let mut bob = shop.town.phone("bob");
    let made = shop.offer(Usage::Single);
    let anns = draft(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap();
    open(&mut shop.town, &mut bob, link(&made), TabTerms::default()).unwrap();
    let outcome = confirm(&mut shop.town, &mut shop.ann, &anns).unwrap();
    let TabOutcome::Refused { tab, error } = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.code(), RefusalCode::RequestUsed.number());
    assert_eq!((paid(&shop.ann, &tab).state, balance(&shop.ann)[0].as_str()), (TabState::Refused, "100.00"));
    let standing = shop.offer(Usage::Standing);
    let of_ann = open(&mut shop.town, &mut shop.ann, link(&standing), TabTerms::default()).unwrap();
    open(&mut shop.town, &mut bob, link(&standing), TabTerms::default()).unwrap();
    shop.sync_paper();
    assert_eq!(earned(&shop.paper).len(), 3);
    shop.pay(&of_ann, "0.02 USD").unwrap();
    // And without any offer, by the alias.
    let alias = TabTarget::Alias(shop.paper.engine.profile().alias.clone());
    let no_cap = draft(&mut shop.town, &mut bob, alias.clone(), TabTerms::default());
    assert_eq!(wallet_error(no_cap), WalletError::AmountNeeded);
    let terms = TabTerms { cap: Some(amount("1 USD")), ..TabTerms::default() };
    open(&mut shop.town, &mut bob, alias, terms).unwrap();
    shop.sync_paper();
    assert_eq!(earned(&shop.paper).len(), 4);
}

#[test]
fn what_cannot_be_is_said_before_anything_is_signed() {
    let mut shop = Shop::new();
    let made = shop.offer(Usage::Single);
    let with = |cap: &str, lasts, grace| TabTerms {
        cap: Some(amount(cap)),
        lasts: Some(lasts),
        grace: Some(grace),
        memo: None,
    };
    let (day, hour) = (Span::from_h(24), Span::from_h(1));
    for (terms, expected) in [
        (with("0.01 USD", day, day), WalletError::TabTerms),
        (with("1 USD", Span::from_min(10), day), WalletError::TabTerms),
        (with("1 USD", Span::from_h(24 * 32), day), WalletError::TabTerms),
        (with("1 USD", day, day), WalletError::TabTerms),
        (with("100 USD", day, Span::from_h(30)), WalletError::InsufficientBalance),
    ] {
        let refused = draft(&mut shop.town, &mut shop.ann, link(&made), terms);
        assert_eq!(wallet_error(refused), expected);
    }
    let own = draft(&mut shop.town, &mut shop.paper, link(&made), TabTerms::default());
    assert_eq!(wallet_error(own), WalletError::OwnRequest);
    let pointer = Pointer::parse(&made.link).unwrap();
    let payment = shop.town.drive(&mut shop.ann, Prepare::new(Target::Request(pointer), None, None));
    assert_eq!(wallet_error(payment), WalletError::OffersTab);
    let terms = RequestTerms { amount: None, memo: None, items: Vec::new(), life: hour };
    let request = shop.town.drive(&mut shop.paper, MakeRequest::asking(Asked::Request(terms), Usage::Single)).unwrap();
    let tab = draft(&mut shop.town, &mut shop.ann, link(&request), TabTerms::default());
    assert_eq!(wallet_error(tab), WalletError::RequestAltered);
    shop.town.pass(hour);
    let late = draft(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default());
    assert!(late.is_err());
    // Drafts are dropped after a day, and confirmed ones stay.
    let made = shop.offer(Usage::Single);
    let id = draft(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap().id;
    shop.town.pass(Span::from_h(25));
    saga::forget_old_drafts(&mut shop.ann.engine, shop.town.now).unwrap();
    assert!(crate::shop::all_paid(&shop.ann).iter().all(|tab| tab.id != id));
    assert_eq!(balance(&shop.ann)[0], "100.00");
}

#[test]
fn fees_stay_as_they_were_when_the_tab_was_opened() {
    let (mut shop, id, tab) = Shop::open();
    let dearer = [Terms { asset: crate::town::usd(), flat: 1_000_000, bps: 1_000 }];
    let made = shop.offer(Usage::Single);
    let old = draft(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap();
    shop.town.verifier.set_fees(&dearer, shop.town.now).unwrap();
    let outcome = confirm(&mut shop.town, &mut shop.ann, &old).unwrap();
    assert!(matches!(outcome, TabOutcome::Refused { error, .. } if error.code() == RefusalCode::FeeChanged.number()));
    let new = draft(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap();
    assert_eq!(new.fee, amount("1.50 USD"));
    shop.town.drive(&mut shop.ann, PrepareChange::new(id, Some(amount("6 USD")), Span::from_ms(0))).unwrap();
    let change = TabDraft::of(&shop.ann.engine, &paid(&shop.ann, &id), shop.town.now).unwrap();
    assert_eq!((change.fee, change.total), (amount("0.07 USD"), amount("1.01 USD")));
    confirm(&mut shop.town, &mut shop.ann, &change).unwrap();
    shop.sync_paper();
    shop.pay(&id, "1 USD").unwrap();
    shop.claim();
    shop.sync_paper();
    shop.release(&tab).unwrap();
    shop.sync_ann();
    assert_eq!(balance(&shop.ann), ["98.98", "0.00", "0.00"]);
}

#[test]
fn in_the_last_minutes_nothing_is_paid_or_taken() {
    let (mut shop, id, _) = Shop::open();
    let last = tab::pay(&mut shop.ann.engine, &id, &amount("0.02 USD"), shop.town.now).unwrap();
    shop.town.pass(Span::from_ms(Span::from_h(48).as_ms() - Span::from_min(5).as_ms()));
    let (now, voucher) = (shop.town.now, last.voucher.as_slice());
    assert_eq!(wallet_error(tab::take(&mut shop.paper.engine, voucher, now)), WalletError::TabTooLate);
    assert_eq!(wallet_error(tab::pay(&mut shop.ann.engine, &id, &amount("0.02 USD"), now)), WalletError::TabTooLate);
}

#[test]
fn a_payer_that_forgot_is_shown_where_it_stands() {
    let (mut shop, id, tab) = Shop::open();
    let copy = shop.ann.disk.memory.lock().unwrap().clone();
    for _ in 0..100 {
        shop.pay(&id, "0.02 USD").unwrap();
    }
    let commits = paid(&shop.ann, &id);
    assert!(commits.ceiling.value() >= 2_000_000 && commits.total.value() < 2_000_000, "{commits:?}");
    // Killed, or put back from an old copy: it signs less than before, which costs it nothing.
    for old in [None, Some(copy)] {
        if let Some(old) = old {
            *shop.ann.disk.memory.lock().unwrap() = old;
        }
        shop.ann.restart();
        let newest = match shop.pay(&id, "0.02 USD").unwrap() {
            TakenVoucher::Behind { newest, tab: of } if of == tab => newest,
            other => panic!("{other:?}"),
        };
        assert!(tab::catch_up(&mut shop.ann.engine, newest.as_slice(), shop.town.now).unwrap());
        assert!(!tab::catch_up(&mut shop.ann.engine, newest.as_slice(), shop.town.now).unwrap(), "once");
        let before = earned(&shop.paper)[0].total;
        let taken = shop.pay(&id, "0.02 USD").unwrap();
        assert!(
            matches!(taken, TakenVoucher::Taken { total, .. } if total == before.checked_add(&amount("0.02 USD")).unwrap())
        );
    }
    shop.claim();
    shop.sync_ann();
    assert_eq!(balance(&shop.paper)[0], "102.04");
    // What was claimed tells it as well.
    shop.ann.restart();
    let paid = tab::pay(&mut shop.ann.engine, &id, &amount("0.02 USD"), shop.town.now).unwrap();
    assert_eq!(paid.total, amount("2.06 USD"));
}

#[test]
fn many_tabs_are_claimed_in_few_calls() {
    let mut shop = Shop::crowded();
    shop.town.calls.clear();
    let claimed = shop.town.drive(&mut shop.paper, ClaimTabs::new(Claimable::All)).unwrap();
    assert_eq!((claimed.tabs.len(), claimed.refused.len(), claimed.waiting), (70, 0, 0));
    assert_eq!(shop.town.calls.iter().filter(|path| *path == "/v1/holds/claims").count(), 2);
    assert_eq!(balance(&shop.paper), ["107.00", "0.00", "0.00"]);
}

#[test]
fn one_payer_places_so_many_holds_for_one_payee() {
    let mut shop = Shop::new();
    let made = shop.offer(Usage::Standing);
    let terms = TabTerms { cap: Some(amount("0.10 USD")), ..TabTerms::default() };
    for _ in 0..8 {
        open(&mut shop.town, &mut shop.ann, link(&made), terms.clone()).unwrap();
    }
    let over = open(&mut shop.town, &mut shop.ann, link(&made), terms).unwrap_err();
    assert_eq!(over.code(), TabRefusalCode::TooManyHolds.number());
}

#[test]
fn who_restores_closes_its_holds() {
    let mut shop = Shop::new();
    let made = shop.offer(Usage::Single);
    let before = shop.ann.disk.memory.lock().unwrap().clone();
    let id = open(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap();
    shop.sync_paper();
    shop.pay(&id, "1 USD").unwrap();
    // A folder from before the tab: the ledger tells of it, and the key of its vouchers is gone.
    *shop.ann.disk.memory.lock().unwrap() = before;
    shop.ann.restart();
    shop.sync_ann();
    let found = crate::shop::all_paid(&shop.ann).remove(0);
    assert_eq!((found.state, balance(&shop.ann)[1].as_str()), (TabState::Open, "5.06"));
    let refused = tab::pay(&mut shop.ann.engine, &found.id, &amount("0.02 USD"), shop.town.now);
    assert_eq!(wallet_error(refused), WalletError::TabElsewhere);
    // The closing waits for a day without network: then another act says the same.
    shop.town.drive(&mut shop.ann, tab::CloseTab::new(found.id)).unwrap();
    shop.town.pass(Span::from_h(25));
    shop.sync_ann();
    assert_eq!(paid(&shop.ann, &found.id).state, TabState::Closed);
    shop.sync_paper();
    assert_eq!(balance(&shop.paper)[0], "101.00");
    shop.release(&earned(&shop.paper)[0].id).unwrap();
    shop.sync_ann();
    assert_eq!(balance(&shop.ann), ["98.98", "0.00", "0.00"]);
}

#[test]
fn a_whole_life_is_read_from_one_page() {
    let mut shop = Shop::new();
    let made = shop.offer(Usage::Single);
    let before = [&shop.ann, &shop.paper].map(|phone| phone.disk.memory.lock().unwrap().clone());
    let id = open(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap();
    shop.sync_paper();
    shop.pay(&id, "1 USD").unwrap();
    shop.claim();
    shop.town.drive(&mut shop.ann, PrepareChange::new(id, Some(amount("6 USD")), Span::from_h(1))).unwrap();
    let change = TabDraft::of(&shop.ann.engine, &paid(&shop.ann, &id), shop.town.now).unwrap();
    confirm(&mut shop.town, &mut shop.ann, &change).unwrap();
    shop.sync_paper();
    shop.pay(&id, "2 USD").unwrap();
    shop.claim();
    shop.close(&id);
    shop.sync_paper();
    shop.release(&earned(&shop.paper)[0].id).unwrap();
    for _ in 0..2 {
        shop.sync_ann();
        shop.sync_paper();
    }
    let ended = [&shop.ann, &shop.paper].map(balance);
    assert_eq!(ended, [["96.96", "0.00", "0.00"], ["103.00", "0.00", "0.00"]]);
    for (phone, memory) in [&mut shop.ann, &mut shop.paper].into_iter().zip(before) {
        *phone.disk.memory.lock().unwrap() = memory;
        phone.restart();
    }
    shop.sync_ann();
    shop.sync_paper();
    assert_eq!([&shop.ann, &shop.paper].map(balance), ended);
    assert_eq!(crate::shop::all_paid(&shop.ann)[0].state, TabState::Ended);
    assert_eq!(earned(&shop.paper)[0].state, TabState::Ended);
    let life = ["tab_opened", "tab_claimed", "tab_changed", "tab_claimed", "tab_closed", "tab_ended"];
    assert_eq!((names(&shop.ann), names(&shop.paper)), (life.to_vec(), life.to_vec()));
}
