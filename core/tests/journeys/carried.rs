//! The payer has no network, the payee has: the order is carried, and so is its answer (wire decision 24).

use crate::world::forge::{altered, stranger};
use crate::world::{Line, Person, SECOND, World, amount, available, memo, terms};
use farthing_core::Wallet;
use farthing_core::error::{Error, WalletError};
use farthing_core::payment::{Approval, Carried, Outcome, Said};
use farthing_core::store::{PaymentId, PaymentState};
use farthing_protocol::carried::CarriedOrder;
use farthing_protocol::code::{ProblemCode, RefusalCode};
use farthing_protocol::cose::Signed;
use farthing_protocol::id::VerifierId;
use farthing_protocol::receipt::Receipt;
use farthing_protocol::request::Request;
use farthing_protocol::time::Span;

/// A truck that has network, and a customer whose phone was started in a cellar.
struct Cellar {
    world: World,
    truck: Wallet,
    person: Person,
    ann: Wallet,
}

impl Cellar {
    async fn new() -> Self {
        let world = World::start().await;
        let (_, truck) = world.person("truck").await;
        let (person, ann) = world.person("ann").await;
        ann.close().await.unwrap();
        person.calls.set_line("", Line::Cut);
        person.calls.take();
        let ann = Wallet::open(&person.place).await.unwrap();
        Self { world, truck, person, ann }
    }

    async fn asked(&self, sum: Option<&str>) -> Vec<u8> {
        let made = self.truck.request(terms(sum)).await.unwrap();
        self.truck.whole_request(&made.id).unwrap()
    }

    async fn signed(&self, request: &[u8]) -> (PaymentId, CarriedOrder) {
        let draft = self.ann.prepare_whole(request, None, memo("from below")).unwrap();
        let id = self.ann.confirm_carried(Approval::of(&draft)).await.unwrap();
        (id, self.ann.carried_order(&id).unwrap())
    }

    fn was_silent(&self) -> bool {
        self.person.calls.take().is_empty()
    }
}

fn refused(said: &Said) -> u16 {
    match said {
        Said::Refused(Error::Refused { code, .. }) => *code,
        other => panic!("{other:?}"),
    }
}

fn wallet_error<T: std::fmt::Debug>(result: Result<T, Error>) -> WalletError {
    match result.unwrap_err() {
        Error::Wallet(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_without_network_pays_a_payee_that_has_some() {
    let cellar = Cellar::new().await;
    let request = cellar.asked(Some("4.50 USD")).await;
    let (id, order) = cellar.signed(&request).await;
    assert_eq!(cellar.ann.payment(&id).unwrap().state, PaymentState::Sent);
    assert_eq!(available(&cellar.ann), "15.50 USD", "it may be paid at any moment");
    let Carried { answer, said } = cellar.truck.carry(order.clone()).await.unwrap();
    assert!(matches!(said, Said::Paid { amount: paid, to_us: true, .. } if paid == amount("4.50 USD")), "{said:?}");
    assert_eq!(available(&cellar.truck), "24.50 USD");
    let payment = cellar.truck.history(None, 1).unwrap().remove(0);
    assert_eq!(payment.details.unwrap().memo, memo("from below"), "the truck reads the message, from its entry");
    assert_eq!(cellar.ann.take_answer(&answer).unwrap(), Outcome::Settled(id));
    assert_eq!(cellar.ann.take_answer(&answer).unwrap(), Outcome::Settled(id), "twice is once");
    assert!(cellar.was_silent());
    // Brought again, sealed anew, and at last sent by its payer: it is one payment.
    let again = cellar.truck.carry(order).await.unwrap();
    assert_eq!(again.answer, answer);
    cellar.person.calls.be_honest();
    cellar.ann.sync(Span::from_ms(0)).await.unwrap();
    cellar.truck.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!((available(&cellar.ann), available(&cellar.truck)), ("15.50 USD".to_owned(), "24.50 USD".to_owned()));
    assert_eq!(wallet_error(cellar.ann.carried_order(&id)), WalletError::NotADraft);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_nobody_brought_is_sent_by_its_payer() {
    let cellar = Cellar::new().await;
    let request = cellar.asked(Some("4.50 USD")).await;
    let (id, first) = cellar.signed(&request).await;
    let second = cellar.ann.carried_order(&id).unwrap();
    assert_ne!(first, second, "sealed anew");
    cellar.person.calls.be_honest();
    cellar.ann.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!(cellar.ann.outcome(&id, 10 * SECOND).await.unwrap(), Outcome::Settled(id));
    let late = cellar.truck.carry(second).await.unwrap();
    assert!(matches!(late.said, Said::Paid { to_us: true, .. }), "the truck learns of it all the same");
    assert_eq!(available(&cellar.truck), "24.50 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_carried_back_and_ends_the_payment() {
    let cellar = Cellar::new().await;
    let request = cellar.asked(Some("4.50 USD")).await;
    let (_, first) = cellar.signed(&request).await;
    let (second, other) = cellar.signed(&request).await;
    cellar.truck.carry(first).await.unwrap();
    let carried = cellar.truck.carry(other).await.unwrap();
    assert_eq!(refused(&carried.said), RefusalCode::RequestUsed.number());
    let outcome = cellar.ann.take_answer(&carried.answer).unwrap();
    assert!(matches!(outcome, Outcome::Refused { payment, .. } if payment == second), "{outcome:?}");
    assert_eq!(available(&cellar.ann), "15.50 USD", "what was refused is there again");
    assert!(cellar.was_silent());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_verifiers_own_answer_to_this_order_counts() {
    let cellar = Cellar::new().await;
    let request = cellar.asked(Some("4.50 USD")).await;
    let (id, order) = cellar.signed(&request).await;
    let genuine = cellar.truck.carry(order).await.unwrap().answer;
    let forged = altered::<Receipt>(&genuine, &stranger(), |_| ());
    let less = altered::<Receipt>(&genuine, &stranger(), |receipt| receipt.amount = amount("0.01 USD"));
    for answer in [forged, less] {
        assert!(cellar.ann.take_answer(&answer).is_err());
        assert_eq!(cellar.ann.payment(&id).unwrap().state, PaymentState::Sent);
    }
    for nonsense in [&genuine[1..], &request, b""] {
        assert_eq!(wallet_error(cellar.ann.take_answer(nonsense)), WalletError::NotAnAnswer);
    }
    assert_eq!(
        wallet_error(cellar.truck.take_answer(&genuine)),
        WalletError::NotAnAnswer,
        "it is not the truck's order"
    );
    cellar.ann.take_answer(&genuine).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_pays_somebody_else_is_told_apart() {
    let cellar = Cellar::new().await;
    let (_, stall) = cellar.world.person("stall").await;
    let made = stall.request(terms(Some("1 USD"))).await.unwrap();
    let (_, order) = cellar.signed(&stall.whole_request(&made.id).unwrap()).await;
    let carried = cellar.truck.carry(order).await.unwrap();
    assert!(matches!(carried.said, Said::Paid { to_us: false, .. }), "{:?}", carried.said);
    assert_eq!(available(&cellar.truck), "20.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_posted_that_is_not_for_this_verifier_and_nothing_decided_that_it_cannot_open() {
    let cellar = Cellar::new().await;
    let request = cellar.asked(Some("4.50 USD")).await;
    let (_, order) = cellar.signed(&request).await;
    let elsewhere = CarriedOrder { verifier: VerifierId::new([9; 32]), ..order.clone() };
    assert_eq!(wallet_error(cellar.truck.carry(elsewhere).await), WalletError::ForeignOrder);
    let mut ciphertext = order.ciphertext.clone().into_vec();
    ciphertext[40] ^= 1;
    let altered =
        CarriedOrder { ciphertext: farthing_protocol::cbor::Bytes::new(ciphertext).unwrap(), ..order.clone() };
    let error = cellar.truck.carry(altered).await.unwrap_err();
    assert!(matches!(error, Error::Problem { code: ProblemCode::SealedElsewhere, .. }), "{error:?}");
    assert_eq!(available(&cellar.truck), "20.00 USD");
    cellar.truck.carry(order).await.unwrap();
    assert_eq!(available(&cellar.truck), "24.50 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_request_is_looked_at_as_one_that_was_fetched() {
    let cellar = Cellar::new().await;
    let request = cellar.asked(Some("4.50 USD")).await;
    let open = cellar.asked(None).await;
    let prepare = |bytes: &[u8], sum: Option<&str>| cellar.ann.prepare_whole(bytes, sum.map(amount), None);
    let forged = altered::<Request>(&request, &stranger(), |request| request.amount = Some(amount("1 USD")));
    assert_eq!(wallet_error(prepare(&forged, None)), WalletError::RequestAltered);
    assert_eq!(wallet_error(prepare(&request[..40], None)), WalletError::RequestAltered);
    assert_eq!(wallet_error(prepare(&request, Some("4 USD"))), WalletError::AmountFixed);
    assert_eq!(wallet_error(prepare(&open, None)), WalletError::AmountNeeded);
    assert_eq!(wallet_error(prepare(&open, Some("20.01 USD"))), WalletError::InsufficientBalance);
    assert_eq!(wallet_error(cellar.truck.prepare_whole(&request, None, None)), WalletError::OwnRequest);
    let draft = prepare(&open, Some("20 USD")).unwrap();
    assert_eq!((draft.total, draft.expires.is_some()), (amount("20 USD"), true));
    assert!(cellar.was_silent());
    let claims = Signed::<Request>::parse(&request).unwrap();
    assert_eq!(draft.payee_name, claims.claims().payee_name);
}
