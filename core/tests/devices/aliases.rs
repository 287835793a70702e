//! Further aliases, and requests that are paid again and again.

use crate::world::{Line, World, amount, available, memo, pay, target, terms};
use farthing_core::error::Error;
use farthing_core::payment::{Outcome, RequestTerms, Target};
use farthing_core::store::{Direction, RequestState};
use farthing_protocol::alias::Alias;
use farthing_protocol::time::Span;

const NOW: Span = Span::from_ms(0);

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_paid_on_each_of_its_aliases() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    let further = Alias::new("taco-truck").unwrap();
    truck.register_alias(further.clone()).await.unwrap();
    truck.register_alias(further.clone()).await.unwrap();
    assert_eq!(truck.aliases().unwrap(), [truck.profile().alias, further.clone()]);
    for alias in truck.aliases().unwrap() {
        pay(&ann, Target::Alias(alias), Some("1 USD"), "to an alias").await;
    }
    truck.sync(NOW).await.unwrap();
    assert_eq!(available(&truck), "22.00 USD");
    for payment in truck.history(None, 2).unwrap() {
        assert_eq!(payment.details.unwrap().memo, memo("to an alias"));
    }
    // Taken is taken, and the ninth is one too many.
    let Err(Error::Problem { code, .. }) = ann.register_alias(further.clone()).await else { panic!() };
    assert_eq!(code.kind(), "alias_taken");
    assert_eq!(ann.aliases().unwrap(), [ann.profile().alias]);
    for n in 0..6 {
        truck.register_alias(Alias::new(&format!("taco-truck-{n}")).unwrap()).await.unwrap();
    }
    let Err(Error::Problem { code, .. }) = truck.register_alias(Alias::new("one-more").unwrap()).await else {
        panic!()
    };
    assert_eq!(code.kind(), "too_many_aliases");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standing_request_is_paid_again_and_again_until_it_is_withdrawn() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    let (_, bob) = world.person("bob").await;
    let long = RequestTerms { life: Span::from_h(24 * 300), ..terms(Some("1.50 USD")) };
    let made = truck.standing_request(long).await.unwrap();
    let open = truck.standing_request(terms(None)).await.unwrap();
    for (payer, text) in [(&ann, "monday"), (&bob, "tuesday"), (&ann, "wednesday")] {
        let (_, outcome) = pay(payer, target(&made), None, text).await;
        assert!(matches!(outcome, Outcome::Settled(_)), "{outcome:?}");
    }
    let (_, outcome) = pay(&bob, target(&open), Some("2 USD"), "a tip").await;
    assert!(matches!(outcome, Outcome::Settled(_)), "{outcome:?}");
    truck.sync(NOW).await.unwrap();
    let memos: Vec<_> = truck.history(None, 10).unwrap().into_iter().filter(|p| p.direction == Direction::In).collect();
    let texts: Vec<String> = memos.into_iter().map(|p| p.details.unwrap().memo.unwrap().to_string()).collect();
    assert_eq!(texts, ["a tip", "wednesday", "tuesday", "monday"]);
    assert_eq!(available(&truck), "26.50 USD");
    assert!(truck.requests(10).unwrap().iter().all(|request| request.state == RequestState::Open));

    assert_eq!(truck.cancel(made.id).await.unwrap(), RequestState::Cancelled);
    let gone = ann.prepare(target(&made), None, None).await.unwrap_err();
    assert_eq!(gone.kind(), "request_unknown");
    assert!(truck.prepare(target(&open), Some(amount("1 USD")), None).await.is_err(), "it is one's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_that_was_asked_for_twice_stays_ones_own() {
    let world = World::start().await;
    let (line, truck) = world.person("truck").await;
    let further = Alias::new("taco-truck").unwrap();
    line.calls.set_line("/v1/aliases", Line::Cut);
    assert!(matches!(truck.register_alias(further.clone()).await, Err(Error::Network(_))));
    line.calls.be_honest();
    truck.register_alias(further.clone()).await.unwrap();
    truck.sync(NOW).await.unwrap();
    assert_eq!(truck.aliases().unwrap(), [truck.profile().alias, further]);
    let acts = line.calls.take().iter().filter(|call| *call == "POST /v1/aliases").count();
    assert_eq!(acts, 2, "the first act, twice");
}
