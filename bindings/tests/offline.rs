//! Money without network, as a shell sees it, over a real server and real files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests fail by panicking"
)]

mod world;

use farthing_ffi::offline::{
    Allowance, AllowanceOutcome, AllowanceState, AllowanceTerms, CarriedReply, OfflineExamined, OfflineLook,
    OfflinePayment, OfflineRequest, OfflineTerms, TakenState,
};
use farthing_ffi::records::{Balance, Item, Outcome};
use farthing_ffi::scan::{CodeCollector, Collected, Scanned, recognise, shown_codes};
use farthing_ffi::wallet::Wallet;
use std::sync::Arc;
use world::{World, kind, terms};

struct Scene {
    world: World,
    ann: Arc<Wallet>,
    stall: Arc<Wallet>,
}

async fn balance(wallet: &Wallet) -> [String; 3] {
    let Balance { available, held, incoming } = wallet.balances().await.unwrap().remove(0);
    [available, held, incoming].map(|amount| amount.text)
}

async fn set_aside(wallet: &Wallet, cap: &str) -> AllowanceTerms {
    let cap = wallet.parse_money(cap.to_owned()).await.unwrap();
    AllowanceTerms { cap, per_payment: None, lasts_ms: None, grace_ms: None }
}

/// As a camera sees what is shown again and again, and misses every third code.
fn filmed(text: &str) -> String {
    let (camera, mut progress) = (CodeCollector::new(), 0);
    let shown = shown_codes(text).unwrap();
    // Others in each round.
    let rounds = (0..3).flat_map(|round| shown.iter().enumerate().filter(move |(at, _)| at % 3 != round));
    for (_, code) in rounds {
        match camera.add(code).unwrap() {
            Collected::Whole { text } => return text,
            Collected::Missing { have, of } => {
                assert!(progress <= have && have < of, "{have} of {of} after {progress}");
                progress = have;
            }
        }
        // What hangs on the wall beside it does no harm.
        assert_eq!(kind(camera.add("ur:farthing-fp/1-1/aaaa")), "code_damaged");
    }
    panic!("not all was seen")
}

impl Scene {
    async fn start() -> Self {
        let world = World::start().await;
        let (ann, stall) = (world.enrolled("Ann").await.wallet, world.enrolled("Stall").await.wallet);
        ann.sync().await.unwrap();
        stall.sync().await.unwrap();
        Self { world, ann, stall }
    }

    async fn allowed(&self, cap: &str) -> Allowance {
        let draft = self.ann.prepare_allowance(set_aside(&self.ann, cap).await).await.unwrap();
        let ordered = self.ann.confirm_allowance(draft.id, draft.shown).await.unwrap();
        match self.ann.allowance_outcome(ordered.id, 20_000).await.unwrap() {
            AllowanceOutcome::Done { allowance } => allowance,
            other => panic!("{other:?}"),
        }
    }

    async fn asks(&self, amount: &str) -> OfflineRequest {
        let amount = self.stall.parse_money(amount.to_owned()).await.unwrap();
        let items = vec![Item { name: "Taco".to_owned(), amount: amount.clone() }];
        let terms = OfflineTerms { amount, memo: Some("lunch".to_owned()), items, life_ms: 900_000 };
        self.stall.ask_offline(terms).await.unwrap()
    }

    async fn pays(&self, text: &str) -> OfflinePayment {
        let OfflineLook::New { prompt } = self.ann.look_offline(text.to_owned(), None).await.unwrap() else {
            panic!("paid before")
        };
        self.ann.pay_offline(text.to_owned(), prompt.allowance, prompt.shown).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowance_is_paid_without_network_and_claimed() {
    let scene = Scene::start().await;
    let (ann, stall) = (&scene.ann, &scene.stall);
    let draft = ann.prepare_allowance(set_aside(ann, "5 usd").await).await.unwrap();
    assert_eq!(
        [&draft.cap, &draft.set_aside, &draft.at_stake].map(|of| of.text.as_str()),
        ["5.00 USD", "5.00 USD", "10.00 USD"]
    );
    assert_eq!(ann.allowance_draft(draft.id.clone()).await.unwrap(), draft);
    assert_eq!(kind(ann.confirm_allowance(draft.id.clone(), "00".repeat(32)).await), "not_what_was_approved");
    let ordered = ann.confirm_allowance(draft.id.clone(), draft.shown.clone()).await.unwrap();
    assert_eq!(ann.confirm_allowance(draft.id.clone(), draft.shown).await.unwrap().id, ordered.id);
    let AllowanceOutcome::Done { allowance } = ann.allowance_outcome(ordered.id.clone(), 20_000).await.unwrap() else {
        panic!("not set aside")
    };
    assert_eq!((allowance.state, allowance.left.text.as_str()), (AllowanceState::Open, "5.00 USD"));
    assert_eq!(kind(ann.discard_allowance(draft.id).await), "not_a_draft");
    assert_eq!(balance(ann).await, ["15.00 USD", "5.00 USD", "0.00 USD"]);

    // From here on nobody calls the verifier until the stall claims.
    let asked = scene.asks("2 usd").await;
    assert_eq!(recognise(&asked.text).unwrap(), Scanned::OfflineRequest);
    assert_eq!(stall.asked_offline(asked.id.clone()).await.unwrap(), asked);
    let shown = filmed(&asked.text);
    let OfflineLook::New { prompt } = ann.look_offline(shown.clone(), None).await.unwrap() else { panic!("paid") };
    assert_eq!((prompt.payee_name.as_deref(), prompt.memo.as_deref()), (Some("Stall"), Some("lunch")));
    assert_eq!((prompt.items[0].name.as_str(), prompt.left.text.as_str()), ("Taco", "3.00 USD"));
    assert_eq!(prompt.allowance, allowance.id);
    let wrong = ann.pay_offline(shown.clone(), allowance.id.clone(), "00".repeat(32)).await;
    assert_eq!(kind(wrong), "not_what_was_approved");
    let paid = ann.pay_offline(shown.clone(), prompt.allowance, prompt.shown.clone()).await.unwrap();
    assert_eq!((paid.number, paid.amount.text.as_str()), (1, "2.00 USD"));
    // Looked at or paid once more, it is the same payment.
    assert_eq!(ann.look_offline(shown.clone(), None).await.unwrap(), OfflineLook::Again { payment: paid.clone() });
    assert_eq!(ann.pay_offline(shown, allowance.id.clone(), prompt.shown).await.unwrap(), paid);
    assert_eq!(recognise(&paid.text).unwrap(), Scanned::OfflinePayment);

    let seen = filmed(&paid.text);
    let OfflineExamined::Good { offer } = stall.examine_offline(seen.clone()).await.unwrap() else { panic!("taken") };
    let lose = &offer.could_lose;
    assert_eq!(
        [&lose.all, &lose.of_payer, &lose.limit].map(|of| of.text.as_str()),
        ["2.00 USD", "2.00 USD", "25.00 USD"]
    );
    assert_eq!((offer.memo.as_deref(), offer.items.len()), (Some("lunch"), 1));
    assert_eq!(kind(stall.take_offline(seen.clone(), "00".repeat(32)).await), "not_what_was_approved");
    let taken = stall.take_offline(seen.clone(), offer.shown.clone()).await.unwrap();
    assert_eq!(
        (taken.state, taken.amount.text.as_str(), taken.allowance.clone()),
        (TakenState::Taken, "2.00 USD", allowance.id.clone())
    );
    assert_eq!(stall.examine_offline(seen.clone()).await.unwrap(), OfflineExamined::Taken { payment: taken.clone() });
    assert_eq!(stall.take_offline(seen, offer.shown).await.unwrap(), taken);
    assert_eq!(stall.unsettled_offline().await.unwrap()[0].amount.text, "2.00 USD");
    assert_eq!(balance(stall).await[0], "20.00 USD");

    let claimed = stall.claim_offline().await.unwrap();
    assert_eq!((claimed.claimed.len(), claimed.refused.len()), (1, 0));
    assert_eq!((claimed.claimed[0].id.clone(), claimed.claimed[0].state), (taken.id.clone(), TakenState::Claimed));
    assert_eq!(stall.taken_payment(taken.id).await.unwrap(), claimed.claimed[0]);
    assert_eq!(stall.taken_offline(50).await.unwrap(), claimed.claimed);
    let made = ann.allowance_payments(allowance.id.clone()).await.unwrap();
    assert_eq!((made.len(), made[0].number, made[0].payee_name.as_deref()), (1, 1, Some("Stall")));
    let open = ann.allowances(50).await.unwrap().remove(0);
    assert_eq!((open.spent.text.as_str(), open.left.text.as_str(), open.end), ("2.00 USD", "3.00 USD", None));
    scene.world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_is_not_paid_from_and_what_was_signed_stays_good() {
    let scene = Scene::start().await;
    let (ann, stall) = (&scene.ann, &scene.stall);
    let allowance = scene.allowed("5 usd").await;
    let first = scene.pays(&scene.asks("1 usd").await.text).await;
    let AllowanceOutcome::Done { allowance: revoked } = ann.revoke_allowance(allowance.id.clone()).await.unwrap()
    else {
        panic!("not revoked")
    };
    assert_eq!((revoked.state, revoked.left.text.as_str()), (AllowanceState::Revoked, "0.00 USD"));
    let second = scene.asks("1 usd").await;
    assert_eq!(kind(ann.look_offline(second.text, None).await), "allowance_not_open");
    // The stall has not heard of it.
    let OfflineExamined::Good { offer } = stall.examine_offline(first.text.clone()).await.unwrap() else {
        panic!("taken")
    };
    stall.take_offline(first.text, offer.shown).await.unwrap();
    assert_eq!(stall.claim_offline().await.unwrap().claimed.len(), 1);
    assert_eq!(kind(ann.revoke_allowance("00".repeat(16)).await), "no_such_allowance");
    assert_eq!(kind(ann.allowance_payments("nothing".to_owned()).await), "no_such_allowance");
    scene.world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_more_than_it_is_ready_to_lose() {
    let scene = Scene::start().await;
    let stall = &scene.stall;
    scene.allowed("10 usd").await;
    assert_eq!(stall.loss_limits().await.unwrap()[0].text, "25.00 USD");
    let most = stall.parse_money("3 usd".to_owned()).await.unwrap();
    stall.set_loss_limit(most.clone()).await.unwrap();
    assert_eq!(stall.loss_limits().await.unwrap(), [most]);
    let first = scene.pays(&scene.asks("2 usd").await.text).await.text;
    let OfflineExamined::Good { offer } = stall.examine_offline(first.clone()).await.unwrap() else { panic!("taken") };
    let second = scene.pays(&scene.asks("1.50 usd").await.text).await.text;
    assert_eq!(kind(scene.ann.examine_offline(second.clone()).await), "payment_not_good");
    stall.take_offline(first, offer.shown).await.unwrap();
    assert_eq!(kind(stall.examine_offline(second.clone()).await), "loss_limit");
    assert_eq!(kind(stall.examine_offline("FP:nothing".to_owned()).await), "not_an_offline_payment");
    assert_eq!(kind(scene.ann.look_offline(second, None).await), "not_an_offline_request");
    let large = scene.asks("8 usd").await.text;
    assert_eq!(kind(scene.ann.look_offline(large, None).await), "allowance_used_up");
    scene.ann.close().await.unwrap();
    assert_eq!(kind(scene.ann.allowances(1).await), "closed");
    scene.world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payee_posts_what_the_payer_has_signed() {
    let scene = Scene::start().await;
    let (ann, stall) = (&scene.ann, &scene.stall);
    let price = stall.parse_money("4.50 usd".to_owned()).await.unwrap();
    let request = stall.request(terms(price)).await.unwrap();
    let whole = stall.whole_request(request.id).await.unwrap();
    assert_eq!(recognise(&whole).unwrap(), Scanned::WholeRequest);
    let draft = ann.prepare_whole(filmed(&whole), None, Some("two tacos".to_owned())).await.unwrap();
    assert_eq!((draft.payee_name.as_deref(), draft.total.text.as_str()), (Some("Stall"), "4.50 USD"));
    assert_eq!(kind(ann.confirm_carried(draft.id.clone(), "00".repeat(32)).await), "not_what_was_approved");
    let carried = ann.confirm_carried(draft.id.clone(), draft.shown.clone()).await.unwrap();
    assert_eq!(carried.payment.id, draft.id);
    assert_eq!(recognise(&carried.text).unwrap(), Scanned::CarriedOrder);
    assert_eq!(ann.carried_payment(draft.id.clone()).await.unwrap().payment, carried.payment);
    assert_eq!(ann.confirm_carried(draft.id.clone(), draft.shown).await.unwrap().payment, carried.payment);
    let CarriedReply::Paid { amount, to_us, answer } = stall.carry(filmed(&carried.text)).await.unwrap() else {
        panic!("refused")
    };
    assert_eq!((amount.text.as_str(), to_us), ("4.50 USD", true));
    let answer = answer.unwrap();
    assert_eq!(recognise(&answer).unwrap(), Scanned::CarriedAnswer);
    let outcome = ann.take_answer(filmed(&answer)).await.unwrap();
    assert!(matches!(&outcome, Outcome::Settled { payment } if payment.id == draft.id), "{outcome:?}");
    assert_eq!([balance(ann).await[0].as_str(), balance(stall).await[0].as_str()], ["15.50 USD", "24.50 USD"]);
    assert_eq!(kind(ann.carried_payment(draft.id).await), "not_a_draft");
    assert_eq!(kind(stall.take_answer(answer).await), "not_an_answer");
    // A second order for the same request is refused, and the payer is shown that.
    let again = ann.prepare_whole(whole.clone(), None, None).await.unwrap();
    let again = ann.confirm_carried(again.id, again.shown).await.unwrap();
    let CarriedReply::Refused { why, answer } = stall.carry(again.text).await.unwrap() else { panic!("paid twice") };
    assert_eq!(why.kind, "request_used");
    let outcome = ann.take_answer(answer.unwrap()).await.unwrap();
    assert!(matches!(&outcome, Outcome::Refused { why, .. } if why.kind == "request_used"), "{outcome:?}");
    assert_eq!(kind(ann.prepare_whole("ann".to_owned(), None, None).await), "not_recognised");
    assert_eq!(kind(stall.carry(whole).await), "not_a_payee");
    scene.world.server.shutdown().await;
}
