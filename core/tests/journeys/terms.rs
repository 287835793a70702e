//! Fees that change between looking and confirming.

use crate::world::{SECOND, World, amount, available, memo};
use farthing_core::error::{Action, MoneyMoved};
use farthing_core::payment::{Approval, Outcome, Target};
use farthing_core::store::{ArtifactKind, Direction, PaymentState};
use farthing_core::sync::{HttpNetwork, Network as _};
use farthing_protocol::code::RefusalCode;
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::time::Span;
use farthing_verifier::server::now;
use std::sync::{Arc, Mutex};

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_fee_is_shown_before_it_is_paid() {
    let mut world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (at_ann, ann) = world.person("ann").await;
    let to = Target::Alias(truck.profile().alias);
    let old = ann.prepare(to, Some(amount("2 USD")), memo("lunch")).await.unwrap();
    assert!(old.fee.is_zero());
    let terms = [Terms { asset: crate::world::usd(), flat: 100_000, bps: 100 }];
    world.operate(|verifier| verifier.set_fees(&terms, now()).map(drop)).await.unwrap();

    let posted = Arc::new(Mutex::new(None));
    let first = Arc::clone(&posted);
    at_ann.calls.lie("/v1/orders", move |call, answer| {
        first.lock().unwrap().get_or_insert(call.clone());
        answer
    });
    let id = ann.confirm(Approval::of(&old)).await.unwrap();
    let outcome = ann.outcome(&id, 10 * SECOND).await.unwrap();
    let Outcome::Refused { error, replaced_by: Some(next), .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!((error.code(), error.money_moved()), (RefusalCode::FeeChanged.number(), MoneyMoved::No));
    assert_eq!((error.action(), error.is_retryable()), (Action::ConfirmAgain, true));
    let refused = ann.payment(&id).unwrap();
    assert_eq!((refused.state, refused.replaced_by), (PaymentState::Refused, Some(next)));
    assert_eq!(available(&ann), "20.00 USD");

    // What was approved was the old total: that approval is worth nothing for the new draft.
    let new = ann.draft(&next).unwrap();
    assert_ne!(new.id, old.id);
    assert_eq!((new.fee.to_string(), new.total.to_string()), ("0.12 USD".to_owned(), "2.12 USD".to_owned()));
    assert_eq!((new.amount, new.memo.clone()), (old.amount, old.memo.clone()));
    assert!(ann.confirm(Approval::from_parts(next, old.digest)).await.is_err());
    assert_eq!(ann.confirm(Approval::of(&old)).await.unwrap(), id, "the refused payment stays what it is");

    ann.confirm(Approval::of(&new)).await.unwrap();
    assert_eq!(ann.outcome(&next, 10 * SECOND).await.unwrap(), Outcome::Settled(next));
    let call = posted.lock().unwrap().take().unwrap();
    let again = HttpNetwork::new(&world.url, None).call(&call).await.unwrap();
    let refusal = ann.artifact(&id, ArtifactKind::Refusal).unwrap().unwrap();
    assert_eq!(again.body, refusal, "the same order gets the same word");
    ann.sync(Span::from_ms(0)).await.unwrap();
    truck.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!((available(&ann), available(&truck)), ("17.88 USD".to_owned(), "22.00 USD".to_owned()));
    let received = truck.history(None, 100).unwrap().into_iter().filter(|p| p.direction == Direction::In).count();
    assert_eq!(received, 1);
}
