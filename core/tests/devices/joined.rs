//! Devices that were made without the phrase: a cashier's that receives, a child's with limits.

use crate::world::{World, amount, available, memo, pay, target, terms};
use farthing_core::devices::join::{self, OfferedKeys};
use farthing_core::enrol::EnrolOptions;
use farthing_core::error::{Error, WalletError};
use farthing_core::keys::SystemEntropy;
use farthing_core::offline::{OfflinePayee, WhyNot};
use farthing_core::payment::{Outcome, Target};
use farthing_core::wallet::Wallet;
use farthing_protocol::device::Scope;
use farthing_protocol::pairing::TranscriptHash;
use farthing_protocol::time::{Span, Time};

const NOW: Span = Span::from_ms(0);

/// What two phones do once their codes were confirmed, without the channel between them.
async fn added(world: &World, owner: &Wallet, name: &str, scope: Scope) -> Wallet {
    let keys = OfferedKeys::generate(&mut SystemEntropy::new());
    let (transcript, device) = (TranscriptHash::new([9; 32]), keys.device());
    let offer = keys.offer(transcript, Time::from_ms(1_800_000_000_000)).unwrap();
    let key = offer.claims().act;
    owner.add_device(join::sign_device(&offer.verify(&key).unwrap(), scope), None).await.unwrap();
    let grant = owner.grant(&device, transcript).unwrap();
    let verifier = owner.profile().verifier;
    Wallet::join(&world.place(name).place, &grant, &verifier, keys, None).await.unwrap()
}

async fn owner(world: &World) -> Wallet {
    let (owner, _) = Wallet::enrol(&world.place("owner").place, &world.invite, EnrolOptions::default()).await.unwrap();
    owner.sync(NOW).await.unwrap();
    owner
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cashiers_phone_receives_for_the_account_and_pays_nothing() {
    let world = World::start().await;
    let (_, ann) = world.person("ann").await;
    let owner = owner(&world).await;
    let till = added(&world, &owner, "till", Scope { permissions: Scope::RECEIVE, ..Scope::default() }).await;
    assert_eq!((till.profile().account, till.profile().alias), (owner.profile().account, owner.profile().alias));
    assert_eq!(available(&till), "20.00 USD", "the account's ledger tells it");
    let made = till.request(terms(Some("1.50 USD"))).await.unwrap();
    pay(&ann, target(&made), None, "one coffee").await;
    pay(&ann, Target::Alias(owner.profile().alias), Some("1 USD"), "for the owner").await;
    for wallet in [&till, &owner] {
        wallet.sync(NOW).await.unwrap();
        assert_eq!(available(wallet), "22.50 USD");
    }
    let texts = |wallet: &Wallet| {
        let found = wallet.history(None, 2).unwrap();
        found.into_iter().map(|payment| payment.details.and_then(|details| details.memo)).collect::<Vec<_>>()
    };
    assert_eq!(texts(&owner), [memo("for the owner"), memo("one coffee")]);
    assert_eq!(texts(&till), [None, memo("one coffee")], "what is paid to the alias is the owner's to read");
    let pays = till.prepare(Target::Alias(ann.profile().alias), Some(amount("1 USD")), None).await;
    assert_eq!(pays.unwrap_err(), Error::Wallet(WalletError::MayNotPay));
    assert_eq!(till.phrase().unwrap_err(), Error::Wallet(WalletError::PhraseGone));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_childs_phone_is_told_its_limits_before_it_sends() {
    let world = World::start().await;
    let (_, ann) = world.person("ann").await;
    let (_, bob) = world.person("bob").await;
    let owner = owner(&world).await;
    let scope = Scope {
        permissions: Scope::RECEIVE | Scope::PAY,
        per_order: Some(vec![amount("3 USD")]),
        per_day: Some(vec![amount("5 USD")]),
        payees: Some(vec![ann.profile().alias.handle()]),
        expires: None,
    };
    let child = added(&world, &owner, "child", scope).await;
    let to_ann = || Target::Alias(ann.profile().alias);
    let refused = |error: Result<_, Error>| error.map(|_: farthing_core::payment::Draft| ()).unwrap_err();
    let over = child.prepare(to_ann(), Some(amount("3.01 USD")), None).await;
    assert_eq!(refused(over), Error::Wallet(WalletError::OverOrderLimit));
    let other = child.prepare(Target::Alias(bob.profile().alias), Some(amount("1 USD")), None).await;
    assert_eq!(refused(other), Error::Wallet(WalletError::PayeeNotAllowed));
    let (_, outcome) = pay(&child, to_ann(), Some("3 USD"), "sweets").await;
    assert!(matches!(outcome, Outcome::Settled(_)), "{outcome:?}");
    // Without network it is told the same.
    let made = ann.request(terms(Some("2.01 USD"))).await.unwrap();
    let whole = OfflinePayee::Whole(ann.whole_request(&made.id).unwrap());
    let route = child.route_offline(&whole, None).unwrap();
    let none = [WhyNot::OrderNotAllowed, WhyNot::NoHold, WhyNot::NoOfflineRequest];
    assert_eq!((route.way, &route.passed[..]), (Err(WalletError::PayeeNotAllowed), &none[..]));
    let day = child.prepare(to_ann(), Some(amount("2.01 USD")), None).await;
    assert_eq!(refused(day), Error::Wallet(WalletError::OverDayLimit));
    // The owner's own payments do not use up the child's day.
    pay(&owner, to_ann(), Some("4 USD"), "by the owner").await;
    child.sync(NOW).await.unwrap();
    let (_, outcome) = pay(&child, to_ann(), Some("2 USD"), "more sweets").await;
    assert!(matches!(outcome, Outcome::Settled(_)), "{outcome:?}");
    owner.sync(NOW).await.unwrap();
    assert_eq!(available(&owner), "11.00 USD");
}
