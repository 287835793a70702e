//! A wallet that ends right after each step, and another one that takes over at the same place: the tables of
//! `payment/saga.rs` and `enrol.rs`, row by row. (Ends at any instruction: `scripts/crash`.)

use crate::world::{Line, Person, SECOND, World, amount, available, pay, terms, until_sent};
use farthing_core::error::{Error, MoneyMoved};
use farthing_core::keys::vault::{Secret, SecretName};
use farthing_core::payment::{Approval, Draft, Target, Trustworthiness};
use farthing_core::store::{
    ArtifactKind, DatabaseKey, Direction, PaymentState, ProfileState, RequestState, SqlCipherStore, StoreError,
    StoreLocation,
};
use farthing_core::wallet::Wallet;
use farthing_protocol::http::Reply;
use farthing_protocol::time::Span;

const NOW: Span = Span::from_ms(0);

struct Scene {
    world: World,
    truck: Wallet,
    person: Person,
}

async fn scene() -> (Scene, Wallet, Draft) {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    let to = Target::Alias(truck.profile().alias);
    let draft = ann.prepare(to, Some(amount("3 USD")), None).await.unwrap();
    (Scene { world, truck, person }, ann, draft)
}

impl Scene {
    /// The wallet is gone without a word, and another process opens it.
    async fn reopened(&self, wallet: Wallet) -> Wallet {
        drop(wallet);
        self.person.calls.be_honest();
        Wallet::open(&self.person.place).await.unwrap()
    }

    async fn check(&self, ann: &Wallet, payments: usize) {
        for _ in 0..2 {
            ann.sync(NOW).await.unwrap();
            self.truck.sync(NOW).await.unwrap();
        }
        let count = |wallet: &Wallet, direction| {
            wallet.history(None, 100).unwrap().iter().filter(|p| p.direction == direction).count()
        };
        assert_eq!((count(ann, Direction::Out), count(&self.truck, Direction::In)), (payments, payments));
        let expected = if payments == 1 { ("17.00 USD", "23.00 USD") } else { ("20.00 USD", "20.00 USD") };
        assert_eq!((available(ann).as_str(), available(&self.truck).as_str()), expected);
        assert_eq!(ann.balances().unwrap()[0].held.value(), 0);
        assert_eq!(ann.status().unwrap().unfinished, 0);
        assert!(self.world.server.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_stays_a_draft() {
    let (scene, ann, draft) = scene().await;
    let ann = scene.reopened(ann).await;
    scene.check(&ann, 0).await;
    let again = ann.draft(&draft.id).unwrap();
    assert_eq!(again.digest, draft.digest, "what was approved before the end holds after it");
    let ann = scene.reopened(ann).await;
    ann.confirm(Approval::of(&draft)).await.unwrap();
    ann.outcome(&draft.id, 10 * SECOND).await.unwrap();
    scene.check(&ann, 1).await;
    // Discarded, it is gone for good.
    let to = Target::Alias(scene.truck.profile().alias);
    let other = ann.prepare(to, Some(amount("1 USD")), None).await.unwrap();
    ann.discard(&other.id).unwrap();
    let ann = scene.reopened(ann).await;
    assert!(ann.draft(&other.id).is_err());
    scene.check(&ann, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn authorised_and_never_sent_it_is_sent_once() {
    let (scene, ann, draft) = scene().await;
    scene.person.calls.set_line("/v1/orders", Line::Hanging);
    ann.confirm(Approval::of(&draft)).await.unwrap();
    let ann = scene.reopened(ann).await;
    assert_eq!(ann.payment(&draft.id).unwrap().state, PaymentState::Authorised);
    assert_eq!(ann.confirm(Approval::of(&draft)).await.unwrap(), draft.id, "again is the same");
    scene.check(&ann, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_and_never_arrived_it_is_sent_again() {
    let (scene, ann, draft) = scene().await;
    scene.person.calls.set_line("/v1/orders", Line::Cut);
    ann.confirm(Approval::of(&draft)).await.unwrap();
    until_sent(&ann, &draft.id).await;
    let ann = scene.reopened(ann).await;
    assert_eq!(ann.payment(&draft.id).unwrap().state, PaymentState::Sent);
    scene.check(&ann, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applied_without_an_answer_it_is_not_applied_again() {
    let (scene, ann, draft) = scene().await;
    scene.person.calls.lie("/v1/orders", |_, _| Err(farthing_core::sync::NetworkError::TimedOut));
    ann.confirm(Approval::of(&draft)).await.unwrap();
    until_sent(&ann, &draft.id).await;
    // The payee has it already.
    scene.truck.sync(NOW).await.unwrap();
    assert_eq!(available(&scene.truck), "23.00 USD");
    let ann = scene.reopened(ann).await;
    assert_eq!(ann.payment(&draft.id).unwrap().state, PaymentState::Sent);
    scene.check(&ann, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_fails_says_that_money_may_have_moved_and_an_alias_is_known_once_it_was_paid() {
    let (scene, ann, draft) = scene().await;
    let to = || Target::Alias(scene.truck.profile().alias);
    scene.person.calls.set_line("/v1/orders", Line::Cut);
    ann.confirm(Approval::of(&draft)).await.unwrap();
    until_sent(&ann, &draft.id).await;
    let again = ann.prepare(to(), Some(amount("1 USD")), None).await.unwrap();
    assert_eq!(again.trust, Trustworthiness::UnverifiedAlias, "nobody was paid on it");
    scene.person.calls.set_line("/", Line::Cut);
    let failed = ann.sync(NOW).await.unwrap_err();
    assert_eq!((failed.kind(), failed.money_moved()), ("unreachable", MoneyMoved::Unknown));

    let ann = scene.reopened(ann).await;
    scene.check(&ann, 1).await;
    assert!(ann.artifact(&draft.id, ArtifactKind::Bundle).unwrap().is_none(), "it will never be sent again");
    let again = ann.prepare(to(), Some(amount("1 USD")), None).await.unwrap();
    assert_eq!(again.trust, Trustworthiness::KnownAlias);
    scene.person.calls.set_line("/", Line::Cut);
    assert_eq!(ann.sync(NOW).await.unwrap_err().money_moved(), MoneyMoved::No);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_settles_what_no_answer_did() {
    let (scene, ann, draft) = scene().await;
    scene.person.calls.lie("/v1/orders", |_, _| Err(farthing_core::sync::NetworkError::TimedOut));
    ann.confirm(Approval::of(&draft)).await.unwrap();
    until_sent(&ann, &draft.id).await;
    drop(ann);
    // Orders are still not answered; entries are.
    let ann = Wallet::open(&scene.person.place).await.unwrap();
    ann.sync(NOW).await.unwrap();
    assert_eq!(ann.payment(&draft.id).unwrap().state, PaymentState::Settled);
    let ann = scene.reopened(ann).await;
    scene.check(&ann, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settled_it_stays_settled() {
    let (scene, ann, draft) = scene().await;
    ann.confirm(Approval::of(&draft)).await.unwrap();
    ann.outcome(&draft.id, 10 * SECOND).await.unwrap();
    let ann = scene.reopened(ann).await;
    assert_eq!(ann.payment(&draft.id).unwrap().state, PaymentState::Settled);
    assert_eq!(ann.confirm(Approval::of(&draft)).await.unwrap(), draft.id);
    scene.check(&ann, 1).await;
}

/// Begins to enrol and is gone before the answer is stored.
async fn interrupted(world: &World, person: &Person, line: Line) {
    match line {
        Line::Up => person.calls.lie("/v1/enrolments", |_, _| Err(farthing_core::sync::NetworkError::TimedOut)),
        line => person.calls.set_line("/v1/enrolments", line),
    }
    let enrolling = Wallet::enrol(&person.place, &world.invite, Default::default());
    let ended = tokio::time::timeout(SECOND, enrolling).await;
    assert!(!matches!(ended, Ok(Ok(_))));
    person.calls.be_honest();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_enrolment_is_finished() {
    // Never sent, sent in vain, sent and taken without an answer.
    for line in [Line::Hanging, Line::Cut, Line::Up] {
        let world = World::start().await;
        let person = world.place("ann");
        interrupted(&world, &person, line).await;
        let ann = Wallet::open(&person.place).await.unwrap();
        assert!(matches!(ann.profile().state, ProfileState::Enrolling(_)), "{line:?}");
        let before = ann.profile();
        ann.sync(NOW).await.unwrap();
        assert_eq!(ann.profile().state, ProfileState::Ready, "{line:?}");
        assert_eq!((ann.profile().account, ann.profile().alias), (before.account, before.alias), "{line:?}");
        ann.sync(NOW).await.unwrap();
        assert_eq!(available(&ann), "20.00 USD", "{line:?}: the grant came once");
        let (_, truck) = world.person("truck").await;
        pay(&ann, Target::Alias(truck.profile().alias), Some("1 USD"), "x").await;
        assert_eq!(available(&ann), "19.00 USD", "{line:?}");
    }
    // The same by enrolling again with the same invite.
    let world = World::start().await;
    let person = world.place("ann");
    interrupted(&world, &person, Line::Cut).await;
    let phrase = person.place.vault.get(SecretName::Phrase).unwrap().unwrap();
    let (ann, again) = Wallet::enrol(&person.place, &world.invite, Default::default()).await.unwrap();
    assert_eq!(again.to_secret().as_bytes(), phrase.as_bytes(), "with the same phrase");
    ann.sync(NOW).await.unwrap();
    assert_eq!(available(&ann), "20.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_a_profile_is_begun_anew() {
    let world = World::start().await;
    for empty_file in [true, false] {
        let person = world.place(if empty_file { "empty" } else { "schema" });
        // As the end came between making the file and the first record. The keys are in the vault before, and the byte behind
        // the database's says that nothing depends on them yet.
        let mut key = [5; 33];
        key[32] = 1;
        let key = Secret::copy_of(&key);
        interrupted(&world, &person, Line::Cut).await;
        let path = person.place.database();
        std::fs::remove_file(&path).unwrap();
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(person.place.dir.join(format!("wallet.db{suffix}")));
        }
        if empty_file {
            std::fs::write(&path, b"").unwrap();
        } else {
            person.place.vault.put(SecretName::DatabaseKey, &key).unwrap();
            let location = StoreLocation { path: Some(path), vfs: None };
            drop(SqlCipherStore::create(location, DatabaseKey::new([5; 32])).unwrap());
        }
        let opened = Wallet::open(&person.place).await.map(drop).unwrap_err();
        assert_eq!(opened.kind(), "not_enrolled");
        let (ann, _) = Wallet::enrol(&person.place, &world.invite, Default::default()).await.unwrap();
        ann.sync(NOW).await.unwrap();
        assert_eq!(available(&ann), "20.00 USD", "{empty_file}");
    }
    let nothing = world.place("nothing");
    assert!(matches!(Wallet::open(&nothing.place).await.map(drop), Err(Error::Wallet(_))));
}

/// What is left of a wallet is used for nothing else: its database may come back.
#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_a_wallet_whose_database_is_gone_open_nothing_else() {
    let world = World::start().await;
    let (person, ann) = world.person("ann").await;
    let phrase = ann.phrase().unwrap();
    ann.close().await.unwrap();
    assert!(!Wallet::is_database_lost(&person.place).await.unwrap());
    let (database, aside) = (person.place.database(), person.place.dir.join("aside"));
    std::fs::rename(&database, &aside).unwrap();
    assert!(Wallet::is_database_lost(&person.place).await.unwrap());
    let missing = Error::Store(StoreError::Missing);
    let refused = Wallet::enrol(&person.place, &world.invite, Default::default()).await.map(drop);
    assert_eq!(refused.unwrap_err(), missing);
    let refused = Wallet::restore(&person.place, &world.invite, &phrase, Default::default()).await.map(drop);
    assert_eq!(refused.unwrap_err(), missing);
    std::fs::rename(&aside, &database).unwrap();
    let ann = Wallet::open(&person.place).await.unwrap();
    assert_eq!(available(&ann), "20.00 USD");
    ann.close().await.unwrap();
    assert!(!Wallet::is_database_lost(&world.place("nothing").place).await.unwrap());
}

fn portal() -> crate::world::Answered {
    let body = b"<!doctype html><title>Free wireless</title>".to_vec();
    Ok(Reply { status: 200, media_type: "text/html".to_owned(), retry_after_s: None, body })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_says_yes_to_everything_opens_no_account_and_no_request() {
    let world = World::start().await;
    let person = world.place("ann");
    person.calls.lie("/v1/enrolments", |_, _| portal());
    let error = Wallet::enrol(&person.place, &world.invite, Default::default()).await.map(drop).unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), ("internal", true));
    person.calls.be_honest();
    let ann = Wallet::open(&person.place).await.unwrap();
    assert!(matches!(ann.profile().state, ProfileState::Enrolling(_)));
    ann.sync(NOW).await.unwrap();

    person.calls.lie("/v1/requests", |call, answer| if call.body.is_empty() { answer } else { portal() });
    let made = ann.request(terms(Some("1 USD"))).await;
    assert!(made.is_err(), "{made:?}");
    assert_eq!(ann.requests(1).unwrap()[0].state, RequestState::Binding, "it is not shown before it can be paid");
    person.calls.be_honest();
    ann.sync(NOW).await.unwrap();
    assert_eq!(ann.requests(1).unwrap()[0].state, RequestState::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_after_the_enrolment_does_not_undo_it() {
    let world = World::start().await;
    let person = world.place("ann");
    let mut statuses = 0;
    person.calls.lie("/v1/verifier", move |_, answer| {
        statuses += 1;
        if statuses == 1 { answer } else { portal() }
    });
    let (ann, phrase) = Wallet::enrol(&person.place, &world.invite, Default::default()).await.unwrap();
    person.calls.be_honest();
    ann.sync(NOW).await.unwrap();
    assert_eq!(available(&ann), "20.00 USD");
    assert_eq!(ann.phrase().unwrap().to_secret().as_bytes(), phrase.to_secret().as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_refused_after_an_interruption_leaves_the_way_to_another_invite() {
    let world = World::start().await;
    let person = world.place("ann");
    interrupted(&world, &person, Line::Cut).await;
    let phrase = person.place.vault.get(SecretName::Phrase).unwrap().unwrap();
    // Meanwhile others have used the invite up.
    let used = farthing_protocol::http::Problem::new(farthing_protocol::code::ProblemCode::InviteUsed);
    let no = Reply::problem(&used);
    person.calls.lie("/v1/enrolments", move |_, _| Ok(no.clone()));
    let error = Wallet::enrol(&person.place, &world.invite, Default::default()).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), "invite_used");
    assert!(!person.place.database().exists(), "nothing of the attempt stands in the way");
    person.calls.be_honest();
    // The lie above reached an account that the verifier had opened: the keys are still those of that account.
    let error = Wallet::enrol(&person.place, &world.invite, Default::default()).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), "account_conflict");
    let kept = person.place.vault.get(SecretName::Phrase).unwrap().unwrap();
    assert_eq!(kept.as_bytes(), phrase.as_bytes(), "a no that was a lie costs no keys");
}
