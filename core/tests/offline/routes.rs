//! How a payer without network pays (20.1): the first way that can be had, by the wallet's own records, and why none before it.

use crate::market::{Market, amount, asks, shown, wallet_error, wish};
use farthing_core::contacts::Contact;
use farthing_core::error::{Error, WalletError};
use farthing_core::offline::*;
use farthing_core::payment::carried::prepare_whole;
use farthing_core::payment::{Asked, MakeRequest, OfferWish, RequestTerms};
use farthing_core::store::{self, AliasPin, Change, PaymentState};
use farthing_core::tab::{
    self, AuthoriseTab, CloseTab, OfferRecord, PrepareTab, SendTab, TabApproval, TabDraft, TabId, TabOutcome,
    TabTarget, TabTerms, VoucherKey,
};
use farthing_protocol::alias::Alias;
use farthing_protocol::id::PayeeKeyHash;
use farthing_protocol::limits::SPEND_MARGIN;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::{MeterMeasure, MeterTerms, OfferTerms, Ticks};
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;

impl Market {
    /// What the payer's wallet chooses. It calls nobody.
    fn route(&mut self, payee: &OfflinePayee, sum: Option<&str>) -> Result<OfflineRoute, Error> {
        let calls = self.town.calls.len();
        let route = route(&self.ann.engine, payee, sum.map(amount), self.town.now);
        assert_eq!(self.town.calls.len(), calls, "nobody is called");
        route
    }

    /// A whole request of the stall.
    fn whole(&mut self, usage: Usage, sum: Option<&str>) -> OfflinePayee {
        let terms = RequestTerms { amount: sum.map(amount), memo: None, items: Vec::new(), life: Span::from_h(24) };
        let made = self.town.drive(&mut self.stall, MakeRequest::asking(Asked::Request(terms), usage)).unwrap();
        OfflinePayee::Whole(self.stall.engine.store().request(&made.id).unwrap().unwrap().bytes.into_vec())
    }

    fn asked(&mut self, sum: &str) -> OfflinePayee {
        OfflinePayee::Request(self.asks(sum))
    }

    /// A tab with the stall.
    fn tab(&mut self, target: TabTarget, cap: &str, lasts: Span) -> TabId {
        let terms = TabTerms { cap: Some(amount(cap)), lasts: Some(lasts), ..TabTerms::default() };
        let id = self.town.drive(&mut self.ann, PrepareTab::new(target, terms)).unwrap();
        let tab = store::all_kept(self.ann.engine.store()).unwrap().into_iter().find(|tab: &tab::PaidTab| tab.id == id);
        let draft = TabDraft::of(&self.ann.engine, &tab.unwrap(), self.town.now).unwrap();
        let id = self.town.drive(&mut self.ann, AuthoriseTab::new(TabApproval::of(&draft))).unwrap();
        assert_eq!(self.town.drive(&mut self.ann, SendTab::new(id)).unwrap(), TabOutcome::Done(id));
        id
    }

    fn tab_at_alias(&mut self, cap: &str) -> TabId {
        self.tab(TabTarget::Alias(stall()), cap, Span::from_h(24))
    }

    /// An offer of the stall, as a message brings it.
    fn offer(&mut self, meter: Option<MeterTerms>) -> TabTarget {
        let terms = OfferTerms {
            price: amount("0.01 USD"),
            unit: Text::new("second").unwrap(),
            cap: amount("5 USD"),
            lasts: Span::from_h(24),
            grace: Span::from_h(24),
            meter,
        };
        let wish = OfferWish { terms, memo: None, life: Span::from_h(1) };
        let made = self.town.drive(&mut self.stall, MakeRequest::asking(Asked::Offer(wish), Usage::Single)).unwrap();
        let offer: Option<OfferRecord> = store::kept(self.stall.engine.store(), made.id.as_bytes()).unwrap();
        TabTarget::Sent(offer.unwrap().published.bytes, self.stall.account())
    }
}

fn stall() -> Alias {
    Alias::new("stall").unwrap()
}

fn known() -> OfflinePayee {
    OfflinePayee::Alias(stall())
}

/// The way's name, or the error's, and why not before.
fn said(route: Result<OfflineRoute, Error>) -> (&'static str, Vec<&'static str>) {
    let route = route.unwrap();
    (
        route.way.map_or_else(WalletError::kind, OfflineWay::as_str),
        route.passed.iter().map(|why| why.as_str()).collect(),
    )
}

const NEITHER: [&str; 3] = ["no_whole_request", "no_hold", "no_offline_request"];

#[test]
fn what_the_payee_shows_decides() {
    let (mut market, id) = Market::open("20 USD");
    let tab = market.tab_at_alias("5 USD");
    let whole = market.whole(Usage::Single, Some("4.50 USD"));
    assert_eq!(said(market.route(&whole, None)), ("carried", vec![]));
    let asked = market.asked("4.50 USD");
    let chosen = market.route(&asked, None).unwrap();
    assert_eq!((chosen.way, chosen.amount), (Ok(OfflineWay::Allowance(id)), amount("4.50 USD")));
    // There is a tab with this payee, and nobody can tell by the key of a one-time handle.
    assert_eq!(chosen.passed, [WhyNot::PayeeWithoutNetwork, WhyNot::NoHold]);
    let chosen = market.route(&known(), Some("4.50 USD")).unwrap();
    assert_eq!((chosen.way, chosen.passed), (Ok(OfflineWay::Tab(tab)), vec![WhyNot::NoWholeRequest]));
    assert_eq!(said(market.route(&OfflinePayee::Alias(Alias::new("other").unwrap()), Some("1 USD"))).1, NEITHER);
    let stored = store::all_kept::<OwnVoucher>(market.ann.engine.store()).unwrap();
    let open = market.ann.engine.store().unfinished(10).unwrap();
    assert!(stored.is_empty() && open.iter().all(|payment| payment.state != PaymentState::Draft), "nothing is stored");
}

#[test]
fn a_whole_request_that_is_not_covered() {
    let (mut market, _) = Market::open("20 USD");
    let whole = market.whole(Usage::Single, Some("90 USD"));
    let none = ("insufficient_balance", vec!["not_covered", "no_hold", "no_offline_request"]);
    assert_eq!(said(market.route(&whole, None)), none, "an allowance answers what the payee asked to be paid by one");
    // What a tab has taken from the balance is there for its payee; a standing request is for the alias.
    let tab = market.tab_at_alias("70 USD");
    let standing = market.whole(Usage::Standing, None);
    assert_eq!(said(market.route(&standing, Some("60 USD"))), ("tab", vec!["not_covered"]));
    assert_eq!(market.route(&standing, Some("60 USD")).unwrap().way, Ok(OfflineWay::Tab(tab)));
    assert_eq!(said(market.route(&standing, Some("71 USD"))).0, "insufficient_balance");
    assert_eq!(said(market.route(&standing, Some("1 USD"))).0, "carried");
    assert_eq!(wallet_error(market.route(&standing, None)), WalletError::AmountNeeded);
}

#[test]
fn of_what_is_shown_the_wallet_believes_as_little_as_ever() {
    let (mut market, _) = Market::open("20 USD");
    let whole = market.whole(Usage::Single, Some("4.50 USD"));
    let OfflinePayee::Whole(mut bytes) = whole.clone() else { panic!("a whole request") };
    assert_eq!(wallet_error(market.route(&whole, Some("4 USD"))), WalletError::AmountFixed);
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert_eq!(wallet_error(market.route(&OfflinePayee::Whole(bytes), None)), WalletError::RequestAltered);
    let asked = market.asked("4.50 USD");
    assert_eq!(wallet_error(market.route(&asked, Some("4 USD"))), WalletError::AmountFixed);
    assert_eq!(said(market.route(&asked, Some("4.50 USD"))).0, "allowance");
    let now = market.town.now;
    let own = OfflinePayee::Request(shown(&ask(&mut market.ann.engine, &asks("1 USD"), now).unwrap()));
    assert_eq!(wallet_error(market.route(&own, None)), WalletError::OwnRequest);
    let own = OfflinePayee::Alias(Alias::new("ann").unwrap());
    assert_eq!(wallet_error(market.route(&own, Some("1 USD"))), WalletError::OwnRequest);
    assert_eq!(wallet_error(market.route(&known(), None)), WalletError::AmountNeeded);
    assert!(matches!(market.route(&known(), Some("0 USD")), Err(Error::Amount(_))));
    market.town.pass(Span::from_h(24));
    assert_eq!(wallet_error(market.route(&asked, None)), WalletError::RequestExpired);
    assert_eq!(wallet_error(market.route(&whole, None)), WalletError::RequestExpired);
    // A clock that is behind what the verifier has signed decides nothing.
    market.restart();
    market.town.now.wall = market.town.now.wall.minus(Span::from_h(48));
    assert_eq!(wallet_error(market.route(&known(), Some("1 USD"))), WalletError::ClockBehind);
}

#[test]
fn a_tab_is_taken_while_enough_is_left_and_in_time() {
    let mut market = Market::new();
    let tab = market.tab_at_alias("5 USD");
    assert_eq!(said(market.route(&known(), Some("5 USD"))).0, "tab", "all of it");
    assert_eq!(said(market.route(&known(), Some("5.01 USD"))), {
        ("tab_limit", vec!["no_whole_request", "hold_too_small", "no_offline_request"])
    });
    let now = market.town.now;
    tab::pay(&mut market.ann.engine, &tab, &amount("4 USD"), now).unwrap();
    assert_eq!(said(market.route(&known(), Some("1 USD"))).0, "tab", "what is left");
    assert_eq!(said(market.route(&known(), Some("1.01 USD"))).0, "tab_limit");
    // Of two that are enough the one that ends first.
    let later = market.tab(TabTarget::Alias(stall()), "9 USD", Span::from_h(30));
    assert_eq!(market.route(&known(), Some("1 USD")).unwrap().way, Ok(OfflineWay::Tab(tab)));
    assert_eq!(market.route(&known(), Some("2 USD")).unwrap().way, Ok(OfflineWay::Tab(later)));
    market.town.pass(Span::from_ms(Span::from_h(24).as_ms() - SPEND_MARGIN.as_ms()));
    assert_eq!(market.route(&known(), Some("1 USD")).unwrap().way, Ok(OfflineWay::Tab(later)));
    market.town.pass(Span::from_h(6));
    assert_eq!(said(market.route(&known(), Some("1 USD"))), {
        ("tab_too_late", vec!["no_whole_request", "hold_too_late", "no_offline_request"])
    });
}

#[test]
fn a_tab_that_nothing_can_be_paid_from_is_none() {
    let mut market = Market::new();
    let none = ("no_offline_way", NEITHER.to_vec());
    let tab = market.tab_at_alias("5 USD");
    assert_eq!(market.route(&known(), Some("1 USD")).unwrap().way, Ok(OfflineWay::Tab(tab)));
    // Its key is not here, as on a phone that was restored.
    let key: VoucherKey = store::kept(market.ann.engine.store(), tab.as_bytes()).unwrap().unwrap();
    market.ann.engine.apply(vec![Change::forget::<VoucherKey>(tab.as_bytes())]).unwrap();
    assert_eq!(said(market.route(&known(), Some("1 USD"))), none);
    market.ann.engine.apply(vec![Change::put(&key)]).unwrap();
    assert_eq!(said(market.route(&known(), Some("1 USD"))).0, "tab");
    // The alias is somebody else's now, as far as this wallet knows.
    let pin = market.ann.engine.store().pin(&stall()).unwrap().unwrap();
    let other = AliasPin { payee_key: PayeeKeyHash::new([7; 32]), ..pin.clone() };
    market.ann.engine.apply(vec![Change::Pin(other)]).unwrap();
    assert_eq!(said(market.route(&known(), Some("1 USD"))), none);
    market.ann.engine.apply(vec![Change::Pin(pin)]).unwrap();
    // From the moment of closing, with or without an answer.
    let id = market.town.drive(&mut market.ann, CloseTab::new(tab)).unwrap();
    assert_eq!(said(market.route(&known(), Some("1 USD"))), none);
    market.town.drive(&mut market.ann, SendTab::new(id)).unwrap();
    assert_eq!(said(market.route(&known(), Some("1 USD"))), none);
}

#[test]
fn a_contacts_offer_is_a_tab_with_it_unless_a_meter_pays_from_it() {
    let mut market = Market::new();
    market.ann.meets(&market.stall);
    let ticks = Ticks::new(1_000);
    let meter = MeterTerms {
        measure: MeterMeasure::Time,
        unit: ticks,
        free: Ticks::new(0),
        quantum: ticks,
        grace: Span::from_s(5),
    };
    let metered = market.offer(Some(meter));
    market.tab(metered, "5 USD", Span::from_h(24));
    assert_eq!(said(market.route(&known(), Some("1 USD"))).1, NEITHER, "the payee claims what it has measured");
    let by_hand = market.offer(None);
    let tab = market.tab(by_hand, "5 USD", Span::from_h(24));
    assert_eq!(market.route(&known(), Some("1 USD")).unwrap().way, Ok(OfflineWay::Tab(tab)));
    let contact: Contact = store::kept(market.ann.engine.store(), market.stall.account().as_bytes()).unwrap().unwrap();
    market.ann.engine.apply(vec![Change::put(&Contact { blocked: true, ..contact })]).unwrap();
    assert_eq!(wallet_error(market.route(&known(), Some("1 USD"))), WalletError::ContactBlocked);
}

/// The choice and the code that pays agree, whatever is left of two allowances.
#[test]
fn an_allowance_is_chosen_where_one_can_be_paid_from() {
    let mut market = Market::new();
    let small = AllowanceWish { per_voucher: Some(amount("3 USD")), ..wish("10 USD") };
    market.order(small).unwrap();
    let later = AllowanceWish { lasts: Some(Span::from_h(60)), ..wish("12 USD") };
    market.order(later).unwrap();
    let mut kinds = Vec::new();
    for sum in ["2 USD", "4 USD", "13 USD", "3 USD", "3 USD", "9 USD", "5 USD", "8 USD", "4 USD", "0.10 USD"] {
        let asked = market.asks(sum);
        let chosen = market.route(&OfflinePayee::Request(asked.clone()), None).unwrap();
        match (chosen.way, look(&market.ann.engine, &asked, None, market.town.now)) {
            (Ok(OfflineWay::Allowance(id)), Ok(LookedOffline::New(prompt))) => {
                assert_eq!((id, chosen.amount), (prompt.allowance, prompt.amount));
                market.pays(&asked).unwrap();
                // Asked again, it is the same one, and nothing is chosen.
                let again = market.route(&OfflinePayee::Request(asked), None).unwrap();
                assert_eq!((again.way, again.passed), (Ok(OfflineWay::Allowance(id)), Vec::new()));
                kinds.push("paid");
            }
            (Err(error), Err(Error::Wallet(why_not))) => {
                assert_eq!(error, why_not);
                kinds.push(error.kind());
            }
            other => panic!("{sum}: {other:?}"),
        }
    }
    assert!(kinds.contains(&"paid") && kinds.contains(&"allowance_used_up") && kinds.contains(&"allowance_limit"));
}

#[test]
fn an_allowance_that_nothing_can_be_paid_from_says_why() {
    let (mut market, id) = Market::open("20 USD");
    let limits = AllowanceWish { per_voucher: Some(amount("1 USD")), ..wish("5 USD") };
    let before = market.asked("2 USD");
    assert_eq!(market.route(&before, None).unwrap().way, Ok(OfflineWay::Allowance(id)));
    let other = market.asks("19 USD");
    market.pays(&other).unwrap();
    assert_eq!(said(market.route(&before, None)).0, "allowance_used_up");
    market.town.drive(&mut market.ann, RevokeAllowance::new(id)).unwrap();
    let none = vec!["payee_without_network", "no_hold", "no_allowance"];
    assert_eq!(said(market.route(&before, None)), ("no_offline_way", none.clone()));
    market.order(limits).unwrap();
    assert_eq!(said(market.route(&before, None)).0, "allowance_limit");
    market.town.pass(Span::from_h(48));
    let late = market.asked("1 USD");
    assert_eq!(said(market.route(&late, None)).0, "allowance_too_late");
    // Vault and folder do not tell the same: nothing is signed any more.
    market.safe = std::sync::Arc::default();
    market.restart();
    assert_eq!(said(market.route(&late, None)), ("no_offline_way", none));
}

#[test]
fn the_order_that_was_chosen_can_be_made() {
    let mut market = Market::new();
    let whole = market.whole(Usage::Single, Some("98 USD"));
    assert_eq!(said(market.route(&whole, None)).0, "carried");
    let OfflinePayee::Whole(bytes) = &whole else { panic!("a whole request") };
    prepare_whole(&mut market.ann.engine, bytes, None, None, market.town.now).unwrap();
    // A cent and a hundredth are the fee.
    let more = market.whole(Usage::Single, Some("99.01 USD"));
    assert_eq!(said(market.route(&more, None)).0, "insufficient_balance");
}
