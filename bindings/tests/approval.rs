//! A person who is asked before each payment, and a key in hardware that signs it: as the shells give them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests fail by panicking"
)]

mod world;

use farthing_ffi::approval::{ApprovalFailure, Approved, Approver};
use farthing_ffi::offline::{
    AllowanceOutcome, AllowanceTerms, CarriedReply, OfflineExamined, OfflineLook, OfflineQuestion, OfflineTerms,
};
use farthing_ffi::opening::{Opened, enrol, open};
use farthing_ffi::records::{Draft, Outcome, PaymentState};
use farthing_ffi::tabs::{TabDraft, TabOutcome, TabState, TabTerms};
use farthing_ffi::wallet::Wallet;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use world::{World, kind, offered, ready, terms};

/// What a person does, and what the hardware then gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No(ApprovalFailure),
    /// Signs something else.
    Wrong,
    /// Says yes without signing, or signs where nothing was to be signed.
    Mixed,
    /// Never answers.
    Silent,
}

/// A phone with or without a key in hardware, and its owner.
struct Person {
    hardware: Option<SigningKey>,
    answer: Mutex<Answer>,
    shown: Mutex<Vec<Draft>>,
    shown_tabs: Mutex<Vec<TabDraft>>,
    shown_offline: Mutex<Vec<OfflineQuestion>>,
    asked: Notify,
    dismissed: Arc<Notify>,
}

/// Tells that nobody waits for an answer any more.
struct Prompt(Arc<Notify>);

impl Drop for Prompt {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[async_trait::async_trait]
impl Approver for Person {
    fn spending_key(&self) -> Result<Option<Vec<u8>>, ApprovalFailure> {
        let point = |key: &SigningKey| key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        Ok(self.hardware.as_ref().map(point))
    }

    async fn approve(&self, draft: Draft, message: Option<Vec<u8>>) -> Result<Approved, ApprovalFailure> {
        self.shown.lock().unwrap().push(draft);
        self.said(message).await
    }

    async fn approve_tab(&self, draft: TabDraft, message: Option<Vec<u8>>) -> Result<Approved, ApprovalFailure> {
        self.shown_tabs.lock().unwrap().push(draft);
        self.said(message).await
    }

    async fn approve_offline(
        &self,
        question: OfflineQuestion,
        message: Option<Vec<u8>>,
    ) -> Result<Approved, ApprovalFailure> {
        self.shown_offline.lock().unwrap().push(question);
        self.said(message).await
    }
}

impl Person {
    async fn said(&self, message: Option<Vec<u8>>) -> Result<Approved, ApprovalFailure> {
        let prompt = Prompt(Arc::clone(&self.dismissed));
        self.asked.notify_one();
        let answer = *self.answer.lock().unwrap();
        let sign = |message: &[u8]| {
            let signature: p256::ecdsa::Signature = self.hardware.as_ref().unwrap().sign(message);
            Approved::Signed { signature: DerSignature::from(signature).as_bytes().to_vec() }
        };
        let said = match (answer, message) {
            (Answer::No(why), _) => Err(why),
            (Answer::Yes, None) | (Answer::Mixed, Some(_)) => Ok(Approved::Confirmed),
            (Answer::Yes, Some(message)) => Ok(sign(&message)),
            (Answer::Wrong, Some(_)) => Ok(sign(b"something else")),
            (Answer::Wrong | Answer::Mixed, None) => Ok(Approved::Signed { signature: vec![1; 64] }),
            (Answer::Silent, _) => std::future::pending().await,
        };
        drop(prompt);
        said
    }
}

struct Scene {
    world: World,
    person: Arc<Person>,
    ann: Arc<Wallet>,
    truck: Arc<Wallet>,
}

impl Scene {
    async fn start(hardware: bool) -> Self {
        let world = World::start().await;
        let person = Arc::new(Person {
            hardware: hardware.then(|| SigningKey::from_slice(&[9; 32]).unwrap()),
            answer: Mutex::new(Answer::Yes),
            shown: Mutex::default(),
            shown_tabs: Mutex::default(),
            shown_offline: Mutex::default(),
            asked: Notify::new(),
            dismissed: Arc::new(Notify::new()),
        });
        let truck = world.enrolled("Taco Truck").await.wallet;
        let keys = Arc::new(world.keys("ann", Ok(7)).approved_by(Arc::clone(&person) as _));
        let ann = enrol(world.folder("ann"), keys, world.invite.clone(), Some("Ann".to_owned()), None).await.unwrap();
        Self { world, person, ann: ann.wallet, truck }
    }

    fn will(&self, answer: Answer) {
        *self.person.answer.lock().unwrap() = answer;
    }

    async fn draft(&self) -> Draft {
        let price = self.truck.parse_money("4.50 usd".to_owned()).await.unwrap();
        let request = self.truck.request(terms(price)).await.unwrap();
        self.ann.prepare(request.link, None, None).await.unwrap()
    }

    async fn is_draft(&self, draft: &Draft) -> bool {
        self.ann.payment(draft.id.clone()).await.unwrap().state == PaymentState::Draft
    }

    async fn pay(&self, draft: &Draft) {
        let payment = self.ann.confirm(draft.id.clone(), draft.shown.clone()).await.unwrap();
        assert!(matches!(self.ann.outcome(payment.id, 20_000).await.unwrap(), Outcome::Settled { .. }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_leaves_the_draft_and_a_later_yes_pays_it() {
    for hardware in [false, true] {
        let scene = Scene::start(hardware).await;
        let draft = scene.draft().await;
        for (answer, expected) in [
            (Answer::No(ApprovalFailure::Declined), "vault_cancelled"),
            (Answer::No(ApprovalFailure::TimedOut), "vault_timed_out"),
            (Answer::No(ApprovalFailure::Locked), "vault_locked"),
            (Answer::No(ApprovalFailure::Unavailable), "vault_unavailable"),
            (Answer::No(ApprovalFailure::Invalidated), "key_invalidated"),
            (Answer::Wrong, "approval_unsigned"),
            (Answer::Mixed, "approval_unsigned"),
        ] {
            scene.will(answer);
            let refused = kind(scene.ann.confirm(draft.id.clone(), draft.shown.clone()).await);
            assert_eq!(refused, expected, "{answer:?}, hardware {hardware}");
            assert!(scene.is_draft(&draft).await, "{answer:?}");
        }
        scene.will(Answer::Yes);
        scene.pay(&draft).await;
        let asked = scene.person.shown.lock().unwrap().len();
        assert_eq!(asked, 8);
        assert!(scene.person.shown.lock().unwrap().iter().all(|shown| *shown == draft), "what was asked was shown");
        // A payment that is made is not asked for again.
        scene.pay(&draft).await;
        assert_eq!(scene.person.shown.lock().unwrap().len(), asked);
        // Nor about what cannot be paid.
        let other = scene.draft().await;
        assert_eq!(kind(scene.ann.confirm(other.id, "00".repeat(32)).await), "not_what_was_approved");
        assert_eq!(scene.person.shown.lock().unwrap().len(), asked);
        scene.world.server.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_goes_away_takes_the_question_along() {
    for hardware in [false, true] {
        let scene = Scene::start(hardware).await;
        let draft = scene.draft().await;
        scene.will(Answer::Silent);
        let confirming = tokio::spawn({
            let (ann, draft) = (Arc::clone(&scene.ann), draft.clone());
            async move { ann.confirm(draft.id, draft.shown).await }
        });
        scene.person.asked.notified().await;
        confirming.abort();
        tokio::time::timeout(Duration::from_secs(20), scene.person.dismissed.notified()).await.unwrap();
        assert!(scene.is_draft(&draft).await);
        scene.will(Answer::Yes);
        scene.pay(&draft).await;
        scene.world.server.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_ends_the_question_and_the_next_process_asks_anew() {
    let scene = Scene::start(true).await;
    let draft = scene.draft().await;
    scene.will(Answer::Silent);
    let confirming = tokio::spawn({
        let (ann, draft) = (Arc::clone(&scene.ann), draft.clone());
        async move { ann.confirm(draft.id, draft.shown).await }
    });
    scene.person.asked.notified().await;
    scene.ann.close().await.unwrap();
    assert_eq!(kind(confirming.await.unwrap()), "closed");
    scene.person.dismissed.notified().await;
    // Without whoever asks, nothing signs.
    let keys = scene.world.keys("ann", Ok(7));
    let ann = ready(open(scene.world.folder("ann"), keys).await.unwrap());
    assert_eq!(kind(ann.confirm(draft.id.clone(), draft.shown.clone()).await), "signs_elsewhere");
    ann.close().await.unwrap();
    let keys = Arc::new(scene.world.keys("ann", Ok(7)).approved_by(Arc::clone(&scene.person) as _));
    let Opened::Ready { wallet } = open(scene.world.folder("ann"), keys).await.unwrap() else { panic!("not there") };
    scene.will(Answer::Yes);
    let payment = wallet.confirm(draft.id, draft.shown).await.unwrap();
    assert!(matches!(wallet.outcome(payment.id, 20_000).await.unwrap(), Outcome::Settled { .. }));
    scene.world.server.shutdown().await;
}

/// A platform that gives something else than a key makes no account.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_none_is_noticed_before_anything_is_made() {
    struct Broken(Result<Option<Vec<u8>>, ApprovalFailure>);
    #[async_trait::async_trait]
    impl Approver for Broken {
        fn spending_key(&self) -> Result<Option<Vec<u8>>, ApprovalFailure> {
            self.0.clone()
        }
        async fn approve(&self, _: Draft, _: Option<Vec<u8>>) -> Result<Approved, ApprovalFailure> {
            Err(ApprovalFailure::Unavailable)
        }
        async fn approve_tab(&self, _: TabDraft, _: Option<Vec<u8>>) -> Result<Approved, ApprovalFailure> {
            Err(ApprovalFailure::Unavailable)
        }

        async fn approve_offline(&self, _: OfflineQuestion, _: Option<Vec<u8>>) -> Result<Approved, ApprovalFailure> {
            Err(ApprovalFailure::Unavailable)
        }
    }
    let world = World::start().await;
    for (said, expected) in [
        (Ok(Some(vec![4; 65])), "approval_unsigned"),
        (Ok(Some(Vec::new())), "approval_unsigned"),
        (Err(ApprovalFailure::Locked), "vault_locked"),
    ] {
        let keys = Arc::new(world.keys("ann", Ok(7)).approved_by(Arc::new(Broken(said))));
        let dir = world.folder("ann");
        assert_eq!(kind(enrol(dir.clone(), keys, world.invite.clone(), None, None).await), expected);
        assert!(matches!(open(dir, world.keys("ann", Ok(7))).await.unwrap(), Opened::Empty));
    }
    world.server.shutdown().await;
}

/// What is set aside for a tab is asked for as a payment is, when it is opened and when it is raised.
#[tokio::test(flavor = "multi_thread")]
async fn a_tab_is_opened_and_raised_with_a_yes_alone() {
    for hardware in [false, true] {
        let scene = Scene::start(hardware).await;
        let offer = scene.truck.offer_tab(offered(&scene.truck).await).await.unwrap();
        let draft = scene.ann.prepare_tab(offer.link.unwrap(), TabTerms::default()).await.unwrap();
        let confirm = |draft: &TabDraft| scene.ann.confirm_tab(draft.id.clone(), draft.shown.clone());
        for (answer, expected) in [
            (Answer::No(ApprovalFailure::Declined), "vault_cancelled"),
            (Answer::Wrong, "approval_unsigned"),
            (Answer::Mixed, "approval_unsigned"),
        ] {
            scene.will(answer);
            assert_eq!(kind(confirm(&draft).await), expected, "{answer:?}, hardware: {hardware}");
            assert_eq!(scene.ann.tab(draft.id.clone()).await.unwrap().state, TabState::Draft);
        }
        scene.will(Answer::Yes);
        confirm(&draft).await.unwrap();
        let opened = scene.ann.tab_outcome(draft.id.clone(), 20_000).await.unwrap();
        assert!(matches!(opened, TabOutcome::Done { .. }), "{opened:?}");
        let asked = scene.person.shown_tabs.lock().unwrap().len();
        // Once more: the same tab, and nobody is asked.
        assert_eq!(confirm(&draft).await.unwrap().id, draft.id);
        assert_eq!(scene.person.shown_tabs.lock().unwrap().len(), asked);
        let cap = scene.ann.parse_money("7 usd".to_owned()).await.unwrap();
        let raised = scene.ann.prepare_tab_change(draft.id.clone(), Some(cap), 0).await.unwrap();
        assert_eq!((raised.changes, raised.set_aside.text.as_str()), (true, "2.00 USD"));
        confirm(&raised).await.unwrap();
        let TabOutcome::Done { tab } = scene.ann.tab_outcome(draft.id.clone(), 20_000).await.unwrap() else {
            panic!("not raised")
        };
        assert_eq!(tab.cap.unwrap().text, "7.00 USD");
        let asked = scene.person.shown_tabs.lock().unwrap().last().map(|asked| asked.shown.clone());
        assert_eq!(asked, Some(raised.shown));
        scene.world.server.shutdown().await;
    }
}

/// Of an allowance, a payment from it, a payment that is taken, and an order that the payee posts: what is asked is what was shown, and
/// a no changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn money_without_network_is_asked_for_whoever_signs() {
    let no = Answer::No(ApprovalFailure::Declined);
    for hardware in [false, true] {
        let scene = Scene::start(hardware).await;
        let (ann, truck) = (&scene.ann, &scene.truck);
        ann.sync().await.unwrap();
        truck.sync().await.unwrap();
        let money = async |typed: &str| truck.parse_money(typed.to_owned()).await.unwrap();
        let asked = || std::mem::take(&mut *scene.person.shown_offline.lock().unwrap());
        let terms = AllowanceTerms { cap: money("5 usd").await, per_payment: None, lasts_ms: None, grace_ms: None };
        let draft = ann.prepare_allowance(terms).await.unwrap();
        for (answer, kind_of) in [(no, "vault_cancelled"), (Answer::Mixed, "approval_unsigned")] {
            scene.will(answer);
            assert_eq!(kind(ann.confirm_allowance(draft.id.clone(), draft.shown.clone()).await), kind_of);
            assert_eq!(ann.allowance_draft(draft.id.clone()).await.unwrap(), draft);
        }
        scene.will(Answer::Yes);
        let id = ann.confirm_allowance(draft.id.clone(), draft.shown.clone()).await.unwrap().id;
        assert!(matches!(ann.allowance_outcome(id.clone(), 20_000).await.unwrap(), AllowanceOutcome::Done { .. }));
        // Once more: nobody is asked.
        assert_eq!(ann.confirm_allowance(draft.id.clone(), draft.shown.clone()).await.unwrap().id, id);
        assert_eq!(asked(), vec![OfflineQuestion::Allow { draft }; 3]);

        let request = OfflineTerms { amount: money("2 usd").await, memo: None, items: Vec::new(), life_ms: 900_000 };
        let request = truck.ask_offline(request).await.unwrap().text;
        let OfflineLook::New { prompt } = ann.look_offline(request.clone(), None).await.unwrap() else {
            panic!("paid")
        };
        let pay = || ann.pay_offline(request.clone(), id.clone(), prompt.shown.clone());
        assert_eq!(kind(ann.pay_offline(request.clone(), id.clone(), "00".repeat(32)).await), "not_what_was_approved");
        scene.will(no);
        assert_eq!(kind(pay().await), "vault_cancelled");
        assert!(ann.allowance_payments(id.clone()).await.unwrap().is_empty());
        scene.will(Answer::Yes);
        let paid = pay().await.unwrap();
        scene.will(no);
        assert_eq!(pay().await.unwrap(), paid);
        assert_eq!(asked(), vec![OfflineQuestion::Pay { prompt }; 2]);
        scene.will(Answer::Yes);

        // The other way: who takes is asked, too, and nothing is signed for it.
        let terms = AllowanceTerms { cap: money("5 usd").await, per_payment: None, lasts_ms: None, grace_ms: None };
        let draft = truck.prepare_allowance(terms).await.unwrap();
        let other = truck.confirm_allowance(draft.id, draft.shown).await.unwrap().id;
        truck.allowance_outcome(other.clone(), 20_000).await.unwrap();
        let request = OfflineTerms { amount: money("1 usd").await, memo: None, items: Vec::new(), life_ms: 900_000 };
        let request = ann.ask_offline(request).await.unwrap().text;
        let OfflineLook::New { prompt } = truck.look_offline(request.clone(), None).await.unwrap() else { panic!() };
        let shown = truck.pay_offline(request, other, prompt.shown).await.unwrap().text;
        let OfflineExamined::Good { offer } = ann.examine_offline(shown.clone()).await.unwrap() else {
            panic!("taken")
        };
        scene.will(no);
        assert_eq!(kind(ann.take_offline(shown.clone(), offer.shown.clone()).await), "vault_cancelled");
        assert!(ann.taken_offline(1).await.unwrap().is_empty());
        scene.will(Answer::Yes);
        ann.take_offline(shown, offer.shown.clone()).await.unwrap();
        assert_eq!(asked(), vec![OfflineQuestion::Take { offer }; 2]);

        let request = truck.request(world::terms(money("3 usd").await)).await.unwrap();
        let whole = truck.whole_request(request.id).await.unwrap();
        let draft = ann.prepare_whole(whole, None, None).await.unwrap();
        scene.will(no);
        assert_eq!(kind(ann.confirm_carried(draft.id.clone(), draft.shown.clone()).await), "vault_cancelled");
        scene.will(Answer::Yes);
        let carried = ann.confirm_carried(draft.id.clone(), draft.shown.clone()).await.unwrap();
        assert_eq!(scene.person.shown.lock().unwrap().as_slice(), [draft.clone(), draft]);
        let reply = truck.carry(carried.text).await.unwrap();
        assert!(matches!(reply, CarriedReply::Paid { to_us: true, .. }), "{reply:?}");
        scene.world.server.shutdown().await;
    }
}
