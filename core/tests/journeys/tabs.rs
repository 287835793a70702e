//! Tabs over the real verifier: from an offer to the last claim, and what comes between.

use crate::world::{Person, SECOND, World, amount, available, memo, usd};
use farthing_core::error::{Error, WalletError};
use farthing_core::events::{EventKind, EventSeq};
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
    };
    OfferWish { terms, memo: memo("the paper"), life: Span::from_h(1) }
}

fn link(made: &MadeRequest) -> TabTarget {
    TabTarget::Link(Pointer::parse(&made.link).unwrap())
}

struct Scene {
    world: World,
    paper: Wallet,
    reader: Person,
    ann: Wallet,
}

async fn scene() -> Scene {
    let world = World::start().await;
    let (_, paper) = world.person("paper").await;
    let (reader, ann) = world.person("ann").await;
    Scene { world, paper, reader, ann }
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

    async fn reopened(&self, wallet: Wallet) -> Wallet {
        drop(wallet);
        self.reader.calls.be_honest();
        Wallet::open(&self.reader.place).await.unwrap()
    }
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
    assert!(scene.world.server.is_some() && usd().scale() == 6);
}
