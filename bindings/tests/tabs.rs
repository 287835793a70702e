//! Money by the drop, as a shell sees it, over a real server and real files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests fail by panicking"
)]

mod world;

use farthing_ffi::records::{Balance, RequestState};
use farthing_ffi::scan::{Scanned, recognise};
use farthing_ffi::tabs::{PaidDrop, TabOutcome, TabSide, TabState, TabTerms, TakenVoucher};
use farthing_ffi::wallet::Wallet;
use std::sync::Arc;
use world::{World, kind, offered};

struct Scene {
    world: World,
    reader: Arc<Wallet>,
    paper: Arc<Wallet>,
    /// The same in both wallets' words.
    paid: String,
    earned: String,
}

async fn balance(wallet: &Wallet) -> [String; 3] {
    let Balance { available, held, incoming } = wallet.balances().await.unwrap().remove(0);
    [available, held, incoming].map(|amount| amount.text)
}

impl Scene {
    /// A tab of five dollars.
    async fn start() -> Self {
        let world = World::start().await;
        let (reader, paper) = (world.enrolled("Reader").await.wallet, world.enrolled("Paper").await.wallet);
        let link = paper.offer_tab(offered(&paper).await).await.unwrap().link.unwrap();
        let seen = reader.read_tab_offer(link.clone()).await.unwrap();
        assert_eq!((seen.unit.as_str(), seen.payee_name.as_deref(), seen.state), ("article", Some("Paper"), None));
        let draft = reader.prepare_tab(link, TabTerms::default()).await.unwrap();
        assert_eq!((draft.cap.text.as_str(), draft.set_aside.text.as_str()), ("5.00 USD", "5.00 USD"));
        assert_eq!(draft.offer_memo.as_deref(), Some("the paper"));
        assert_eq!(kind(reader.confirm_tab(draft.id.clone(), "00".repeat(32)).await), "not_what_was_approved");
        reader.confirm_tab(draft.id.clone(), draft.shown).await.unwrap();
        let TabOutcome::Done { tab } = reader.tab_outcome(draft.id.clone(), 20_000).await.unwrap() else {
            panic!("not opened")
        };
        assert_eq!((tab.state, tab.side, tab.left.text.as_str()), (TabState::Open, TabSide::Paid, "5.00 USD"));
        paper.sync().await.unwrap();
        let earned = paper.tabs(50).await.unwrap().remove(0);
        assert_eq!((earned.side, earned.name.as_deref()), (TabSide::Earned, Some("Reader")));
        assert_eq!(paper.tab_offer(earned.offer.clone().unwrap()).await.unwrap().state, Some(RequestState::Paid));
        Self { world, reader, paper, paid: draft.id, earned: earned.id }
    }

    async fn pay(&self, amount: &str) -> PaidDrop {
        let amount = self.reader.parse_money(amount.to_owned()).await.unwrap();
        self.reader.pay_tab(self.paid.clone(), amount).await.unwrap()
    }

    /// What is to be delivered for a voucher.
    async fn take(&self, voucher: &str) -> String {
        match self.paper.take_voucher(voucher.to_owned()).await.unwrap() {
            TakenVoucher::Taken { gained, .. } => gained.text,
            TakenVoucher::Behind { .. } => panic!("behind"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn drops_are_paid_taken_once_and_claimed() {
    let scene = Scene::start().await;
    assert_eq!(balance(&scene.reader).await, ["15.00 USD", "5.00 USD", "0.00 USD"]);
    let first = scene.pay("0.02 usd").await;
    assert_eq!(recognise(&first.voucher).unwrap(), Scanned::Voucher);
    assert_eq!(scene.take(&first.voucher).await, "0.02 USD");
    // The same again delivers nothing, also when a program has broken its lines.
    assert_eq!(scene.take(&first.voucher).await, "0.00 USD");
    let broken = first.voucher.to_lowercase();
    let (start, end) = broken.split_at(40);
    assert_eq!(scene.take(&format!(" {start}\n{end}\n")).await, "0.00 USD");
    let second = scene.pay("0.04 usd").await;
    assert_eq!((second.tab.clone(), second.total.text.as_str()), (scene.paid.clone(), "0.06 USD"));
    assert_eq!(scene.take(&second.voucher).await, "0.04 USD");
    // Who comes with an older one is shown the newest, and knows that one already.
    let behind = scene.paper.take_voucher(first.voucher.clone()).await.unwrap();
    let TakenVoucher::Behind { newest, .. } = behind else { panic!("{behind:?}") };
    assert_eq!(newest, second.voucher);
    assert!(!scene.reader.catch_up_tab(newest).await.unwrap());
    assert_eq!(balance(&scene.paper).await, ["20.00 USD", "0.00 USD", "0.06 USD"]);
    let claimed = scene.paper.claim_tabs(None).await.unwrap();
    assert_eq!((claimed.tabs, claimed.refused.len(), claimed.waiting), (vec![scene.earned.clone()], 0, 0));
    assert_eq!(balance(&scene.paper).await, ["20.06 USD", "0.00 USD", "0.00 USD"]);
    let TabOutcome::Done { tab } = scene.reader.close_tab(scene.paid.clone()).await.unwrap() else { panic!("open") };
    assert_eq!(tab.state, TabState::Closed);
    scene.paper.sync().await.unwrap();
    let tab = scene.paper.release_tab(scene.earned.clone()).await.unwrap();
    assert_eq!(
        (tab.state, tab.claimed.text.as_str(), tab.unclaimed.text.as_str()),
        (TabState::Ended, "0.06 USD", "0.00 USD")
    );
    scene.reader.sync().await.unwrap();
    assert_eq!(balance(&scene.reader).await, ["19.94 USD", "0.00 USD", "0.00 USD"]);
    assert!(scene.reader.tab_receipts(scene.paid.clone()).await.unwrap().len() >= 3);
    let told = scene.reader.events(0, 100, 0).await.unwrap();
    let told: Vec<_> = told.iter().filter(|e| e.tab.as_ref() == Some(&scene.paid)).map(|e| e.name.as_str()).collect();
    assert_eq!(told, ["tab_authorised", "tab_opened", "tab_closed", "tab_claimed", "tab_ended"]);
    scene.world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_tab_can_do_is_refused() {
    let scene = Scene::start().await;
    let (reader, paper) = (&scene.reader, &scene.paper);
    let six = reader.parse_money("6 usd".to_owned()).await.unwrap();
    assert_eq!(kind(reader.pay_tab(scene.paid.clone(), six.clone()).await), "tab_limit");
    assert_eq!(kind(reader.pay_tab(scene.earned.clone(), six).await), "tab_unknown");
    let voucher = scene.pay("1 usd").await.voucher;
    assert_eq!(kind(reader.take_voucher(voucher.clone()).await), "tab_unknown");
    assert_eq!(kind(paper.take_voucher(voucher[1..].to_owned()).await), "not_recognised");
    // Another total under the same signature.
    let altered = format!("{}AA", &voucher[..voucher.len() - 2]);
    let refused = kind(paper.take_voucher(altered).await);
    assert!(["voucher_not_good", "not_recognised"].contains(&refused.as_str()), "{refused}");
    assert_eq!(scene.take(&voucher).await, "1.00 USD");
    assert_eq!(kind(paper.release_tab(scene.earned.clone()).await), "tab_unclaimed");
    assert_eq!(kind(paper.prepare_tab("no such text".to_owned(), TabTerms::default()).await), "not_recognised");
    // An offer that was taken back can be accepted by nobody.
    let offer = paper.offer_tab(offered(paper).await).await.unwrap();
    assert_eq!(paper.tab_offers(1).await.unwrap().remove(0), offer);
    assert_eq!(paper.cancel(offer.id.clone()).await.unwrap(), RequestState::Cancelled);
    assert_eq!(paper.tab_offer(offer.id).await.unwrap().state, Some(RequestState::Cancelled));
    let draft = reader.prepare_tab(offer.link.unwrap(), TabTerms::default()).await.unwrap();
    reader.confirm_tab(draft.id.clone(), draft.shown).await.unwrap();
    let outcome = reader.tab_outcome(draft.id, 20_000).await.unwrap();
    let TabOutcome::Refused { why, tab } = outcome else { panic!("{outcome:?}") };
    assert_eq!((why.kind.as_str(), tab.state), ("request_cancelled", TabState::Refused));
    reader.close().await.unwrap();
    assert_eq!(kind(reader.tabs(1).await), "closed");
    assert_eq!(kind(reader.tab_outcome(scene.paid.clone(), 0).await), "closed");
    scene.world.server.shutdown().await;
}
