//! Tabs over the real verifier: from an offer to the last claim, and what comes between.

use crate::world::{Line, Person, SECOND, World, amount, memo};
use farthing_core::error::{Error, WalletError};
use farthing_core::events::EventSeq;
use farthing_core::payment::{MadeRequest, OfferWish};
use farthing_core::tab::{
    Claimable, TabApproval, TabDraft, TabId, TabOutcome, TabState, TabTarget, TabTerms, TakenVoucher,
};
use farthing_core::wallet::Wallet;
use farthing_protocol::money::Amount;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::OfferTerms;
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;
use std::time::Duration;

const NOW: Span = Span::from_ms(0);

fn wish() -> OfferWish {
    let terms = OfferTerms {
        price: amount("0.02 USD"),
        unit: Text::new("article").unwrap(),
        cap: amount("5 USD"),
        lasts: Span::from_h(24),
        grace: Span::from_h(24),
        meter: None,
    };
    OfferWish { terms, memo: memo("the paper"), life: Span::from_h(1) }
}

fn link(made: &MadeRequest) -> TabTarget {
    TabTarget::Link(Pointer::parse(&made.link).unwrap())
}

struct Scene {
    _world: World,
    /// Where the paper's wallet lives.
    office: Person,
    paper: Wallet,
    reader: Person,
    ann: Wallet,
}

async fn scene() -> Scene {
    let world = World::start().await;
    let (office, paper) = world.person("paper").await;
    let (reader, ann) = world.person("ann").await;
    Scene { _world: world, office, paper, reader, ann }
}

impl Scene {
    async fn draft(&self) -> TabDraft {
        let made = self.paper.offer(wish(), Usage::Single).await.unwrap();
        self.ann.prepare_tab(link(&made), TabTerms::default()).await.unwrap()
    }

    /// A tab of 5.00 USD, open on both sides.
    async fn open(&self) -> (TabId, TabId) {
        let draft = self.draft().await;
        let id = self.ann.confirm_tab(TabApproval::of(&draft)).await.unwrap();
        assert_eq!(self.ann.tab_outcome(&id, 10 * SECOND).await.unwrap(), TabOutcome::Done(id));
        self.paper.sync(NOW).await.unwrap();
        (id, self.paper.earned_tabs(1).unwrap()[0].id)
    }

    fn pay(&self, id: &TabId, drop: &str) -> TakenVoucher {
        let paid = self.ann.pay_tab(id, &amount(drop)).unwrap();
        self.paper.take_voucher(paid.voucher.as_slice()).unwrap()
    }

    /// The reader's wallet is gone without a word, and another process opens it.
    async fn reopened(mut self) -> Self {
        drop(self.ann);
        self.reader.calls.be_honest();
        self.ann = Wallet::open(&self.reader.place).await.unwrap();
        self
    }

    /// The same of the paper's.
    async fn paper_reopened(mut self) -> Self {
        drop(self.paper);
        self.office.calls.be_honest();
        self.paper = Wallet::open(&self.office.place).await.unwrap();
        self
    }
}

/// A call does not arrive for ever, is cut, or is done and not answered.
fn fails(person: &Person, path: &'static str, line: Line) {
    match line {
        Line::Up => person.calls.lie(path, |_, _| Err(farthing_core::sync::NetworkError::TimedOut)),
        line => person.calls.set_line(path, line),
    }
}

const LINES: [Line; 3] = [Line::Hanging, Line::Cut, Line::Up];

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_was_confirmed_is_opened_once_whenever_the_wallet_ends() {
    for line in LINES {
        let scene = scene().await;
        let draft = scene.draft().await;
        fails(&scene.reader, "/v1/holds", line);
        let id = scene.ann.confirm_tab(TabApproval::of(&draft)).await.unwrap();
        let waited = scene.ann.tab_outcome(&id, SECOND / 2).await.unwrap();
        assert!(matches!(waited, TabOutcome::Unknown { .. }), "{line:?}: {waited:?}");
        let scene = scene.reopened().await;
        assert_eq!(balance(&scene.ann), texts("15.00 USD", "5.00 USD", "0.00 USD"), "{line:?}");
        assert_eq!(scene.ann.confirm_tab(TabApproval::of(&draft)).await.unwrap(), id, "again is the same");
        scene.ann.sync(NOW).await.unwrap();
        scene.paper.sync(NOW).await.unwrap();
        assert_eq!(scene.ann.paid_tab(&id).unwrap().state, TabState::Open, "{line:?}");
        assert_eq!(scene.paper.earned_tabs(9).unwrap().len(), 1, "{line:?}");
        scene.pay(&id, "1 USD");
        // And the closing: from its storing on nothing is paid.
        fails(&scene.reader, "/v1/holds/closes", line);
        let closing = tokio::time::timeout(SECOND / 2, scene.ann.close_tab(&id)).await;
        assert!(!matches!(closing, Ok(Ok(TabOutcome::Done(_)))), "{line:?}: {closing:?}");
        let scene = scene.reopened().await;
        assert_eq!(wallet_error(scene.ann.pay_tab(&id, &amount("0.02 USD"))), WalletError::TabNotOpen, "{line:?}");
        scene.ann.sync(NOW).await.unwrap();
        assert_eq!(scene.ann.paid_tab(&id).unwrap().state, TabState::Closed, "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_claimed_and_released_comes_once_whenever_the_wallet_ends() {
    for line in LINES {
        let scene = scene().await;
        let (id, tab) = scene.open().await;
        scene.pay(&id, "1 USD");
        fails(&scene.office, "/v1/holds/claims", line);
        let claiming = tokio::time::timeout(SECOND / 2, scene.paper.claim_tabs(Claimable::All)).await;
        assert!(!matches!(claiming, Ok(Ok(_))), "{line:?}");
        let scene = scene.paper_reopened().await;
        assert_eq!(balance(&scene.paper), texts("20.00 USD", "0.00 USD", "1.00 USD"), "{line:?}");
        scene.paper.sync(NOW).await.unwrap();
        assert_eq!(balance(&scene.paper), texts("21.00 USD", "0.00 USD", "0.00 USD"), "{line:?}");
        fails(&scene.office, "/v1/holds/releases", line);
        let releasing = tokio::time::timeout(SECOND / 2, scene.paper.release_tab(&tab)).await;
        assert!(!matches!(releasing, Ok(Ok(()))), "{line:?}");
        let scene = scene.paper_reopened().await;
        scene.paper.sync(NOW).await.unwrap();
        assert_eq!(scene.paper.earned_tab(&tab).unwrap().state, TabState::Ended, "{line:?}");
        scene.ann.sync(NOW).await.unwrap();
        assert_eq!(balance(&scene.ann), texts("19.00 USD", "0.00 USD", "0.00 USD"), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_that_is_closed_remembers_what_it_signed_and_one_that_was_killed_is_shown() {
    let mut scene = scene().await;
    let (id, _) = scene.open().await;
    for _ in 0..10 {
        scene.pay(&id, "0.02 USD");
    }
    scene.ann.close().await.unwrap();
    scene.ann = Wallet::open(&scene.reader.place).await.unwrap();
    assert_eq!(scene.ann.paid_tab(&id).unwrap().total, amount("0.20 USD"));
    assert_eq!(total(&scene.pay(&id, "0.02 USD")), amount("0.22 USD"));
    scene.pay(&id, "0.02 USD");
    let scene = scene.reopened().await;
    let newest = match scene.pay(&id, "0.02 USD") {
        TakenVoucher::Behind { newest, .. } => newest,
        taken => panic!("{taken:?}"),
    };
    assert!(scene.ann.catch_up_tab(newest.as_slice()).unwrap());
    assert_eq!(total(&scene.pay(&id, "0.02 USD")), amount("0.26 USD"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_shown_again_looked_at_and_taken_back() {
    let scene = scene().await;
    let made = scene.paper.offer(wish(), Usage::Single).await.unwrap();
    assert_eq!(scene.paper.made_offer(&made.id).unwrap(), made);
    let offer = scene.ann.look_offer(Pointer::parse(&made.link).unwrap()).await.unwrap();
    assert_eq!((offer.id, offer.terms.price), (made.id, amount("0.02 USD")));
    assert!(scene.paper.requests(9).unwrap().is_empty(), "it is no request");
    let draft = scene.ann.prepare_tab(link(&made), TabTerms::default()).await.unwrap();
    scene.paper.cancel(made.id).await.unwrap();
    let id = scene.ann.confirm_tab(TabApproval::of(&draft)).await.unwrap();
    let outcome = scene.ann.tab_outcome(&id, 10 * SECOND).await.unwrap();
    let TabOutcome::Refused { error, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.kind(), "request_cancelled");
    assert_eq!(balance(&scene.ann), texts("20.00 USD", "0.00 USD", "0.00 USD"));
    let standing = scene.paper.offer(wish(), Usage::Standing).await.unwrap();
    assert!(scene.ann.prepare_tab(link(&standing), TabTerms::default()).await.is_ok());
    scene.paper.cancel(standing.id).await.unwrap();
    assert!(scene.ann.look_offer(Pointer::parse(&standing.link).unwrap()).await.is_err());
    assert_eq!(kinds(&scene.paper).await, ["offer_open", "offer_cancelled", "offer_open", "offer_cancelled"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_fails_holds_up_no_other() {
    let scene = scene().await;
    let tabs = [scene.open().await.1, scene.open().await.1];
    fails(&scene.office, "/v1/holds/releases", Line::Cut);
    for tab in &tabs {
        scene.paper.release_tab(tab).await.unwrap_err();
    }
    scene.office.calls.be_honest();
    let mut first = true;
    scene.office.calls.lie("/v1/holds/releases", move |_, answer| {
        if std::mem::take(&mut first) { Err(farthing_core::sync::NetworkError::TimedOut) } else { answer }
    });
    scene.paper.sync(NOW).await.unwrap_err();
    for tab in &tabs {
        assert_eq!(scene.paper.earned_tab(tab).unwrap().state, TabState::Ended);
    }
    scene.office.calls.be_honest();
    scene.paper.sync(NOW).await.unwrap();
}

fn balance(wallet: &Wallet) -> (String, String, String) {
    let all = wallet.balances().unwrap();
    let balance = all.first().unwrap();
    (balance.available.to_string(), balance.held.to_string(), balance.incoming.to_string())
}

fn texts(available: &str, held: &str, incoming: &str) -> (String, String, String) {
    (available.to_owned(), held.to_owned(), incoming.to_owned())
}

async fn kinds(wallet: &Wallet) -> Vec<&'static str> {
    let events = wallet.events(EventSeq(0), 1000, Duration::ZERO).await.unwrap();
    events
        .iter()
        .map(|event| event.kind.name())
        .filter(|name| name.starts_with("tab") || name.starts_with("offer"))
        .collect()
}

fn wallet_error<T: std::fmt::Debug>(result: Result<T, Error>) -> WalletError {
    match result.unwrap_err() {
        Error::Wallet(error) => error,
        other => panic!("{other:?}"),
    }
}

fn total(taken: &TakenVoucher) -> Amount {
    match taken {
        TakenVoucher::Taken { total, .. } => *total,
        TakenVoucher::Behind { .. } => panic!("{taken:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_drops_one_claim_and_the_rest_comes_back() {
    let scene = scene().await;
    let draft = scene.draft().await;
    assert_eq!((draft.cap, draft.fee, draft.total), (amount("5 USD"), amount("0 USD"), amount("5 USD")));
    assert_eq!(draft.terms.as_ref().unwrap().unit.as_str(), "article");
    let id = scene.ann.confirm_tab(TabApproval::of(&draft)).await.unwrap();
    assert_eq!(scene.ann.tab_outcome(&id, 10 * SECOND).await.unwrap(), TabOutcome::Done(id));
    assert_eq!(balance(&scene.ann), texts("15.00 USD", "5.00 USD", "0.00 USD"));
    // The entry of what the answer has told changes nothing.
    scene.ann.sync(NOW).await.unwrap();
    assert_eq!(balance(&scene.ann), texts("15.00 USD", "5.00 USD", "0.00 USD"));
    scene.paper.sync(NOW).await.unwrap();
    let earned = scene.paper.earned_tabs(1).unwrap().remove(0);
    assert_eq!((earned.state, earned.differs), (TabState::Open, false));
    assert_eq!(earned.details.as_ref().unwrap().payer.as_ref().unwrap().as_str(), "ann");
    assert_eq!(earned.offer, Some(scene.paper.offers(1).unwrap()[0].published.id));
    for n in 1..=100_u64 {
        assert_eq!(total(&scene.pay(&id, "0.02 USD")).value(), n * 20_000);
    }
    assert_eq!(balance(&scene.paper), texts("20.00 USD", "0.00 USD", "2.00 USD"));
    let claimed = scene.paper.claim_tabs(Claimable::All).await.unwrap();
    assert_eq!((claimed.tabs, claimed.refused.len(), claimed.waiting), (vec![earned.id], 0, 0));
    assert_eq!(balance(&scene.paper), texts("22.00 USD", "0.00 USD", "0.00 USD"));
    scene.paper.sync(NOW).await.unwrap();
    assert_eq!(balance(&scene.paper), texts("22.00 USD", "0.00 USD", "0.00 USD"));
    scene.ann.sync(NOW).await.unwrap();
    assert_eq!(balance(&scene.ann), texts("15.00 USD", "3.00 USD", "0.00 USD"));
    scene.pay(&id, "0.50 USD");
    assert_eq!(wallet_error(scene.paper.release_tab(&earned.id).await), WalletError::TabUnclaimed);
    assert_eq!(scene.ann.close_tab(&id).await.unwrap(), TabOutcome::Done(id));
    assert_eq!(wallet_error(scene.ann.pay_tab(&id, &amount("0.02 USD"))), WalletError::TabNotOpen);
    // The payee hears of the closing, and claims by itself.
    scene.paper.sync(NOW).await.unwrap();
    assert_eq!(balance(&scene.paper), texts("22.50 USD", "0.00 USD", "0.00 USD"));
    scene.paper.release_tab(&earned.id).await.unwrap();
    scene.ann.sync(NOW).await.unwrap();
    assert_eq!(balance(&scene.ann), texts("17.50 USD", "0.00 USD", "0.00 USD"));
    assert_eq!(scene.ann.paid_tab(&id).unwrap().state, TabState::Ended);
    assert_eq!(scene.paper.earned_tab(&earned.id).unwrap().state, TabState::Ended);
    let expected = ["tab_authorised", "tab_opened", "tab_claimed", "tab_closed", "tab_claimed", "tab_ended"];
    assert_eq!(kinds(&scene.ann).await, expected);
    let expected = ["offer_open", "tab_opened", "tab_claimed", "tab_closed", "tab_claimed", "tab_ended"];
    assert_eq!(kinds(&scene.paper).await, expected);
    assert_eq!(scene.ann.status().unwrap().standing, farthing_core::checkpoints::Standing::Agreed);
    // An offer is accepted once.
    let offer = scene.paper.offers(1).unwrap().remove(0);
    assert_eq!(offer.tab, Some(earned.id));
}
