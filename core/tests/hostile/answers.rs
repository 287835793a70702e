//! Answers to an order that are none, or not to this order: the payment stays as it is until an honest one comes.

use crate::world::forge::{altered, signing, stranger, with_body};
use crate::world::{Answered, World, amount, available, until_sent};
use farthing_core::payment::{Approval, Target};
use farthing_core::store::{ArtifactKind, PaymentState};
use farthing_core::sync::NetworkError;
use farthing_protocol::cbor::V1;
use farthing_protocol::code::RefusalCode;
use farthing_protocol::cose::Signed;
use farthing_protocol::http::{MEDIA_COSE, Reply};
use farthing_protocol::id::{DetailsHash, Digest, Epoch, PayeeKeyHash, RequestRef};
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::receipt::Receipt;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::text::Text;
use farthing_protocol::time::{Span, Time};

type Lie = fn(Answered) -> Answered;

fn receipt(answer: Answered, change: fn(&mut Receipt)) -> Answered {
    with_body(answer, |body| altered(body, &signing(), change))
}

pub(super) fn refusal(order: Digest, key: &Ed25519Key) -> Answered {
    let code = RefusalCode::InsufficientFunds;
    let refusal = Refusal {
        version: V1,
        epoch: Epoch::new(1),
        time: Time::from_ms(1_800_000_000_000),
        order,
        code: code.number(),
        retryable: code.is_retryable(),
        message: Text::new(code.message()).unwrap(),
        attachment: None,
    };
    reply(409, MEDIA_COSE, Signed::sign(refusal, key).unwrap().bytes())
}

fn reply(status: u16, media_type: &str, body: &[u8]) -> Answered {
    Ok(Reply { status, media_type: media_type.to_owned(), retry_after_s: None, body: body.to_vec() })
}

fn order_of(answer: &Answered) -> Digest {
    Signed::<Receipt>::parse(&answer.as_ref().unwrap().body).unwrap().claims().order
}

const PORTAL: &[u8] = b"<!doctype html><title>Free wireless</title><p>Please accept our terms.";

/// What is answered, and whether it is proof against the verifier: signed by it, about our order, and untrue.
const LIES: &[(&str, Lie, bool)] = &[
    ("a receipt for more", |a| receipt(a, |r| r.amount = amount("0.11 USD")), true),
    ("a receipt for less", |a| receipt(a, |r| r.amount = amount("0.09 USD")), true),
    ("a receipt for another payee", |a| receipt(a, |r| r.payee_key = PayeeKeyHash::new([7; 32])), true),
    ("a receipt for another request", |a| receipt(a, |r| r.reference = Some(RequestRef::new([7; 32]))), true),
    ("a receipt for another message", |a| receipt(a, |r| r.details = DetailsHash::new([7; 32])), true),
    ("a receipt for another order", |a| receipt(a, |r| r.order = Digest::new([7; 32])), false),
    ("a receipt of another epoch than the certificate's", |a| receipt(a, |r| r.epoch = Epoch::new(2)), false),
    ("a receipt of a time after the certificate's", |a| receipt(a, |r| r.time = Time::MAX), false),
    (
        "a receipt by a key that nobody certified",
        |a| with_body(a, |body| altered::<Receipt>(body, &stranger(), |_| ())),
        false,
    ),
    (
        "a receipt with another's signature under the right key's name",
        |a| {
            with_body(a, |body| {
                let mut bytes = body.to_vec();
                *bytes.last_mut().unwrap() ^= 1;
                bytes
            })
        },
        false,
    ),
    ("a refusal of another order", |_| refusal(Digest::new([7; 32]), &signing()), false),
    ("a refusal by a key that nobody certified", |a| refusal(order_of(&a), &stranger()), false),
    ("a receipt that was cut", |a| with_body(a, |body| body[..body.len() - 1].to_vec()), false),
    ("a receipt and something behind it", |a| with_body(a, |body| [body, &[0]].concat()), false),
    ("garbage", |_| reply(200, MEDIA_COSE, &[0xfb; 300]), false),
    ("nothing", |_| reply(200, MEDIA_COSE, b""), false),
    ("done", |_| reply(204, "", b""), false),
    ("a captive portal", |_| reply(200, "text/html", PORTAL), false),
    ("a redirect", |_| reply(302, "text/html", b""), false),
    ("an error without a word", |_| reply(500, "", b""), false),
    ("an unsigned refusal", |_| reply(409, "application/problem+json", br#"{"code":104,"retryable":false}"#), false),
    ("an answer that is too large", |_| Err(NetworkError::TooLarge), false),
    ("silence", |_| Err(NetworkError::TimedOut), false),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn only_an_honest_answer_ends_a_payment() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    let to = Target::Alias(truck.profile().alias);
    for (paid, (name, lie, proof)) in LIES.iter().enumerate() {
        let draft = ann.prepare(to.clone(), Some(amount("0.10 USD")), None).await.unwrap();
        person.calls.lie("/v1/orders", |_, answer| lie(answer));
        let id = ann.confirm(Approval::of(&draft)).await.unwrap();
        until_sent(&ann, &id).await;
        let payment = ann.payment(&id).unwrap();
        assert_eq!(payment.state, PaymentState::Sent, "{name}");
        assert!(payment.code.is_some(), "{name}: it is noted why");
        assert!(ann.artifact(&id, ArtifactKind::Receipt).unwrap().is_none(), "{name}");
        assert!(ann.artifact(&id, ArtifactKind::Refusal).unwrap().is_none(), "{name}");
        assert_eq!(ann.artifact(&id, ArtifactKind::Contradiction).unwrap().is_some(), *proof, "{name}");
        let balance = ann.balances().unwrap()[0];
        let counted = 20_000_000 - 100_000 * paid as u64;
        assert_eq!(balance.held.value(), 100_000, "{name}: held back, not counted");
        assert_eq!(balance.available.value(), counted - 100_000, "{name}");

        person.calls.be_honest();
        ann.sync(Span::from_ms(0)).await.unwrap();
        let payment = ann.payment(&id).unwrap();
        assert_eq!((payment.state, payment.code), (PaymentState::Settled, None), "{name}");
        let balance = ann.balances().unwrap()[0];
        assert_eq!((balance.held.value(), balance.available.value()), (0, counted - 100_000), "{name}: once");
    }
    ann.sync(Span::from_ms(0)).await.unwrap();
    truck.sync(Span::from_ms(0)).await.unwrap();
    let spent = 100_000 * LIES.len() as u64;
    assert_eq!(available(&ann), amount_text(20_000_000 - spent));
    assert_eq!(available(&truck), amount_text(20_000_000 + spent));
}

fn amount_text(units: u64) -> String {
    farthing_protocol::money::Amount::new(units, crate::world::usd()).unwrap().to_string()
}
