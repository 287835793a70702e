//! Orders: applied exactly once, or refused for ever, each with its code.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::carried::CarriedOrder;
use farthing_protocol::code::{ProblemCode, RefusalCode};
use farthing_protocol::cose::Signed;
use farthing_protocol::device::Scope;
use farthing_protocol::fee_schedule::{FeeSchedule, Terms};
use farthing_protocol::http::{Call, EntryKind, MEDIA_CBOR, MEDIA_ORDER};
use farthing_protocol::id::*;
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::order::{Body, Order, Payment};
use farthing_protocol::sealed::HpkeKey;
use farthing_protocol::time::{Span, Time};
use farthing_verifier::Verifier;
use support::*;

const MIN: Span = Span::from_min(1);
const HOUR: Span = Span::from_h(1);

fn payment(order: &mut Order) -> &mut Payment {
    let Body::Payment(payment) = &mut order.body;
    payment
}

#[test]
fn a_payment_moves_money_once_whatever_is_repeated() {
    let mut world = World::new();
    let (ada, mut bob) = (world.wallet("ada"), world.wallet("bob"));
    let bound = world.request(&mut bob, Some(amount(4_500_000)), HOUR);
    let order = world.order(&ada, &bound, 4_500_000);
    let id = order.id;
    let body = ada.sign_with(order, &bundle());
    let first = world.send(&body);
    let receipt = receipt(&first);
    assert_eq!(receipt.claims().order, Signed::<Order>::parse(body.order.as_slice()).unwrap().hash());
    for _ in 0..3 {
        assert_eq!(world.send(&body), first, "the same bytes, the same reply");
    }
    // A crash between commit and reply: the wallet posts the same bytes to a verifier that was started again.
    let mut world = world.restart();
    world.pass(Span::from_h(2));
    assert_eq!(world.send(&body), first);
    assert_eq!(world.read(&ada, &format!("/v1/orders/{}", id.to_uuid_text()), ""), first);
    assert_eq!((world.balance(&ada), world.balance(&bob)), (95_500_000, 104_500_000));
    let (credits, debits) = (world.entries(&bob).entries, world.entries(&ada).entries);
    let (credit, debit) = (&credits[1], &debits[1]);
    assert_eq!((credit.kind, debit.kind), (EntryKind::Credit, EntryKind::Debit));
    assert!(credit.cause.is_none() && credit.fee.is_none(), "the payee learns nothing of the payer");
    assert_eq!((credit.order, credit.bundle.is_some(), debit.bundle.is_some()), (Some(id), true, false));
    assert_eq!(debit.cause.as_ref().unwrap(), &body.order);
    assert_eq!(credit.receipt.as_slice(), first.body);
    assert_eq!(world.audit().unwrap().sums["USD"], 0);
}

/// Whoever posts it, in whatever form, it is one order with one answer.
#[test]
fn a_carried_order_is_the_order_inside() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let order = world.order(&ada, &bob.by_alias(), 4_500_000);
    let verifier = order.verifier;
    let body = ada.sign_with(order, &bundle());
    let mut sealed = |to: &HpkeKey| CarriedOrder::seal(&body, &verifier, to.public(), &mut world.rng).unwrap();
    let (carried, other_key) = (sealed(keys().hpke()), sealed(&HpkeKey::from_seed(&[9; 32])));
    let mut post = |carried: &[u8]| world.post("/v1/carried-orders", MEDIA_CBOR, carried.to_vec());
    let elsewhere = CarriedOrder { verifier: VerifierId::new([7; 32]), ..carried.clone() };
    for (bytes, code) in [
        (other_key.encode(), ProblemCode::SealedElsewhere),
        (elsewhere.encode(), ProblemCode::WrongVerifier),
        (carried.encode()[1..].to_vec(), ProblemCode::Malformed),
        (body.encode(), ProblemCode::Malformed),
    ] {
        assert_eq!(problem(&post(&bytes)), code);
    }
    let first = post(&carried.encode());
    assert_eq!(receipt(&first).claims().amount, amount(4_500_000));
    assert_eq!(post(&carried.encode()), first);
    assert_eq!(world.send(&body), first, "also by its payer");
    assert_eq!((world.balance(&ada), world.balance(&bob)), (95_500_000, 104_500_000));
    assert_eq!(world.audit().unwrap().sums["USD"], 0);
}

#[test]
fn an_order_that_fails_half_way_takes_no_other_with_it() {
    let mut world = World::new();
    let (ada, eve, bob, carol) = (world.wallet("ada"), world.wallet("eve"), world.wallet("bob"), world.wallet("carol"));
    // Carol's rows cannot be written: what pays her fails after its first writes.
    let mut world = world.restart_with(&format!(
        "CREATE TEMP TRIGGER damaged BEFORE INSERT ON postings
         WHEN NEW.account = (SELECT number FROM accounts WHERE id = x'{}') AND NEW.amount > 0
         BEGIN SELECT raise(ABORT, 'damaged'); END",
        carol.account_id().to_hex()
    ));
    let paid = [(&ada, &bob), (&eve, &carol), (&eve, &bob)];
    let bodies = paid.map(|(payer, payee)| {
        let order = world.order(payer, &payee.by_alias(), 1_000_000);
        payer.sign_with(order, &bundle())
    });
    let calls = bodies.each_ref().map(|body| Call::post("/v1/orders", MEDIA_ORDER, body.encode()));
    let group = calls.map(|call| world.verifier.prepare(&call));
    let replies = world.verifier.answer_batch(&group, world.now);
    assert_eq!(
        replies.iter().map(|reply| reply.status).collect::<Vec<_>>(),
        [200, 500, 200],
        "the second is our fault"
    );
    let mut world = world.restart_with("DROP TRIGGER IF EXISTS temp.damaged");
    assert_eq!(
        [&ada, &eve, &bob, &carol].map(|of| world.balance(of)),
        [99_000_000, 99_000_000, 102_000_000, 100_000_000]
    );
    assert_eq!(world.send(&bodies[0]), replies[0], "decided once, whatever was tried twice");
    assert_eq!(world.send(&bodies[1]).status, 200, "nothing of it was decided");
    assert_eq!(world.audit().unwrap().sums["USD"], 0);
}

#[test]
fn of_two_payers_one_is_refused_for_ever() {
    let mut world = World::new();
    let (ada, eve, mut bob) = (world.wallet("ada"), world.wallet("eve"), world.wallet("bob"));
    let bound = world.request(&mut bob, None, HOUR);
    let (first, second) = (world.order(&ada, &bound, 1), world.order(&eve, &bound, 2));
    receipt(&world.pay(&ada, first));
    let body = eve.sign(second);
    let refused = world.send(&body);
    assert_eq!(refusal(&refused).code, RefusalCode::RequestUsed.number());
    assert_eq!(world.send(&body), refused);
    world.audit().unwrap();
}

#[test]
fn a_fee_comes_on_top_and_a_changed_one_is_refused_with_the_new_schedule() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let order = world.order(&ada, &bob.by_alias(), 1_000_000);
    world.verifier.set_fees(&[Terms { asset: usd(), flat: 100, bps: 10 }], world.now).unwrap();
    let refused = refusal(&world.pay(&ada, order.clone()));
    assert_eq!((refused.code, refused.retryable), (RefusalCode::FeeChanged.number(), true));
    let schedule = Signed::<FeeSchedule>::parse(refused.attachment.unwrap().as_slice()).unwrap();
    assert_eq!(schedule.claims().fee_version, FeeVersion::new(2));
    let id = OrderId::generate(world.now.wall, &mut world.rng);
    receipt(&world.pay(&ada, Order { id, fee_version: FeeVersion::new(2), ..order }));
    assert_eq!((world.balance(&ada), world.balance(&bob)), (98_998_900, 101_000_000));
    assert_eq!(world.entries(&ada).entries[1].fee, Some(amount(1_100)));
    world.audit().unwrap();
}

/// Every refusal that depends on the order or its payee.
#[test]
fn refusals_of_the_payee_and_the_money() {
    let mut world = World::new();
    let (ada, mut bob) = (world.wallet("ada"), world.wallet("bob"));
    let mut refused = |code: RefusalCode, change: &mut dyn FnMut(&mut World, &mut Order)| {
        let bound = world.request(&mut bob, Some(amount(500)), HOUR);
        let mut order = world.order(&ada, &bound, 500);
        change(&mut world, &mut order);
        let body = ada.sign(order);
        let reply = world.send(&body);
        let found = refusal(&reply);
        assert_eq!((found.code, found.retryable), (code.number(), code.is_retryable()), "{code:?}");
        world.pass(MIN);
        assert_eq!(world.send(&body).status, 409, "for ever");
    };
    let krw = Asset::new(Code::new("KRW").unwrap(), 4).unwrap();
    refused(RefusalCode::AssetUnknown, &mut |_, o| payment(o).amount = Amount::new(500, krw).unwrap());
    refused(RefusalCode::HandleUnknown, &mut |_, o| payment(o).payee = Handle::new([8; 16]));
    refused(RefusalCode::PayeeKeyMismatch, &mut |_, o| payment(o).payee_key = PayeeKeyHash::new([8; 32]));
    refused(RefusalCode::AmountMismatch, &mut |_, o| payment(o).amount = amount(499));
    refused(RefusalCode::RequestMismatch, &mut |_, o| payment(o).reference = None);
    let (own, key) = (ada.alias.handle(), ada.by_alias().payee_key);
    refused(RefusalCode::OwnHandle, &mut |_, o| (payment(o).payee, payment(o).payee_key) = (own, key));
    refused(RefusalCode::ExpiredNeverApplied, &mut |w, _| w.pass(Span::from_s(120)));
    assert_eq!(world.balance(&ada), 100_000_000, "nothing moved");
    let stocked = bob.stock.last().unwrap().0;
    let mut unbound = world.order(&ada, &bob.by_alias(), 1);
    payment(&mut unbound).payee = stocked;
    assert_eq!(refusal(&world.pay(&ada, unbound)).code, RefusalCode::HandleUnknown.number(), "only in stock");
    let bound = world.request(&mut bob, None, MIN);
    let cancelled = world.request(&mut bob, None, HOUR);
    let bytes = bob.cancel(world.id, cancelled.handle, world.now.wall, &mut world.rng);
    assert_eq!(world.post("/v1/cancellations", "application/cose", bytes).status, 204);
    let order = world.order(&ada, &cancelled, 1);
    assert_eq!(refusal(&world.pay(&ada, order)).code, RefusalCode::RequestCancelled.number());
    world.pass(MIN);
    let order = world.order(&ada, &bound, 1);
    assert_eq!(refusal(&world.pay(&ada, order)).code, RefusalCode::RequestExpired.number());
    let order = world.order(&ada, &bob.by_alias(), 100_000_001);
    assert_eq!(refusal(&world.pay(&ada, order)).code, RefusalCode::InsufficientFunds.number());
    world.audit().unwrap();
}

#[test]
fn nobody_is_paid_above_the_largest_balance() {
    let mut world = World::new();
    let (ann, mut truck) = (world.wallet("ann"), world.wallet("truck"));
    let bound = world.request(&mut truck, None, Span::from_h(1));
    // So much money is not made in a test: the database is told that it is there.
    let World { verifier, now, rng, id } = world;
    let connection = verifier.into_connection();
    let full = "UPDATE balances SET balance = 8999999999999999999
                WHERE account = (SELECT number FROM accounts WHERE id = ?1)";
    assert_eq!(connection.execute(full, [truck.account_id().as_bytes()]).unwrap(), 1);
    let mut world = World { verifier: Verifier::open(connection, keys(), now).unwrap(), now, rng, id };
    let two = world.order(&ann, &bound, 2);
    assert_eq!(refusal(&world.pay(&ann, two)).code, RefusalCode::PayeeFull.number());
    let one = world.order(&ann, &bound, 1);
    receipt(&world.pay(&ann, one));
}

#[test]
fn refusals_of_the_device() {
    let mut world = World::new();
    let bob = world.wallet("bob");
    let base = || Scope { permissions: Scope::PAY, ..Scope::default() };
    let cases = [
        (RefusalCode::ScopeForbids, Scope { permissions: Scope::RECEIVE, ..base() }),
        (RefusalCode::ScopeForbids, Scope { payees: Some(vec![Handle::new([1; 16])]), ..base() }),
        (RefusalCode::OrderLimit, Scope { per_order: Some(vec![amount(999)]), ..base() }),
        (RefusalCode::DayLimit, Scope { per_day: Some(vec![amount(999)]), ..base() }),
        (RefusalCode::DeviceExpired, Scope { expires: Some(Time::from_ms(START_MS)), ..base() }),
    ];
    for (index, (code, scope)) in cases.into_iter().enumerate() {
        let wallet = world.scoped(&format!("child-{index}"), scope);
        let order = world.order(&wallet, &bob.by_alias(), 1_000);
        assert_eq!(refusal(&world.pay(&wallet, order)).code, code.number(), "{code:?}");
    }
    let child = world.scoped("child", Scope { per_day: Some(vec![amount(1_500)]), ..base() });
    for expected in [200, 409] {
        let order = world.order(&child, &bob.by_alias(), 1_000);
        assert_eq!(world.pay(&child, order).status, expected);
    }
    // The hour that 24 hours ago lies in counts whole.
    world.pass(Span::from_ms(Span::from_h(25).as_ms() - 1));
    let order = world.order(&child, &bob.by_alias(), 1_000);
    assert_eq!(refusal(&world.pay(&child, order)).code, RefusalCode::DayLimit.number());
    world.pass(Span::from_ms(1));
    let order = world.order(&child, &bob.by_alias(), 1_000);
    receipt(&world.pay(&child, order));
    world.audit().unwrap();
}

/// What a device paid is added up as it pays: a decision reads an hour as one row.
#[test]
fn a_limit_per_day_is_judged_by_a_row_per_hour() {
    let mut world = World::new();
    let bob = world.wallet("bob");
    let child = world.scoped("child", Scope { per_day: Some(vec![amount(60)]), ..Scope::full() });
    for hour in 0..30 {
        for _ in 0..3 {
            let order = world.order(&child, &bob.by_alias(), 1);
            assert_eq!(world.pay(&child, order).status, if hour % 25 < 20 { 200 } else { 409 }, "hour {hour}");
        }
        world.pass(HOUR);
    }
    world.audit().unwrap();
    let rows = |sql: &str, db: &rusqlite::Connection| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let db = world.verifier.into_connection();
    assert_eq!(rows("SELECT count(*) FROM orders WHERE seq IS NOT NULL", &db), 75);
    assert!(rows("SELECT count(*) FROM spent", &db) <= 25);
}

#[test]
fn problems_decide_nothing() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let order = world.order(&ada, &bob.by_alias(), 1_000);
    let mut told = |expected: ProblemCode, body: farthing_protocol::http::OrderBody| {
        assert_eq!(problem(&world.send(&body)), expected);
    };
    told(ProblemCode::WrongVerifier, ada.sign(Order { verifier: VerifierId::new([0; 32]), ..order.clone() }));
    told(ProblemCode::DeviceUnknown, ada.sign(Order { account: bob.account_id(), ..order.clone() }));
    told(ProblemCode::DeviceUnknown, ada.sign(Order { device: DeviceId::new([0; 16]), ..order.clone() }));
    told(ProblemCode::BadSignature, bob.sign(order.clone()));
    let with_bundle = ada.sign_with(order.clone(), &bundle());
    told(ProblemCode::BundleMismatch, farthing_protocol::http::OrderBody { bundle: None, ..with_bundle.clone() });
    told(
        ProblemCode::BundleMismatch,
        farthing_protocol::http::OrderBody { bundle: with_bundle.bundle, ..ada.sign(order.clone()) },
    );
    let at = |created: Time, world: &mut World| {
        let id = OrderId::generate(created, &mut world.rng);
        let expires = created.plus(Span::from_s(120));
        problem(&world.pay(&ada, Order { id, created, expires, ..order.clone() }))
    };
    let wall = world.now.wall;
    assert_eq!(at(wall.plus(Span::from_s(121)), &mut world), ProblemCode::CreatedAhead);
    assert_eq!(at(wall.minus(Span::from_s(1)), &mut world), ProblemCode::BeforeEpoch);
    let path = format!("/v1/orders/{}", order.id);
    assert_eq!(problem(&world.read(&ada, &path, "")), ProblemCode::OrderUnknown);
    receipt(&world.pay(&ada, order.clone()));
    let other = Order { fee_version: FeeVersion::new(9), ..order };
    assert_eq!(problem(&world.pay(&ada, other)), ProblemCode::IdConflict);
    assert_eq!(world.balance(&ada), 99_999_000);
}

#[test]
fn while_the_clock_is_doubted_only_what_was_decided_is_answered() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let order = world.order(&ada, &bob.by_alias(), 1_000);
    let decided = ada.sign(order);
    let first = world.send(&decided);
    let order = world.order(&ada, &bob.by_alias(), 2_000);
    let undecided = ada.sign(order);
    let before = world.now;
    world.now.wall = world.now.wall.plus(Span::from_min(6));
    assert_eq!(problem(&world.send(&undecided)), ProblemCode::ClockSuspect);
    assert_eq!(world.send(&decided), first);
    assert_eq!(problem(&world.read(&ada, "/v1/account", "")), ProblemCode::ClockSuspect);
    assert!(!world.verifier.sweep(world.now).unwrap());
    world.now = before;
    assert_eq!(problem(&world.send(&undecided)), ProblemCode::ClockSuspect, "until somebody has looked");
    world.verifier.accept_clock(world.now).unwrap();
    receipt(&world.send(&undecided));
}

#[test]
fn a_refusal_is_swept_and_then_the_order_is_expired() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let order = world.order(&ada, &bob.by_alias(), 100_000_001);
    let body = ada.sign(order);
    assert_eq!(refusal(&world.send(&body)).code, RefusalCode::InsufficientFunds.number());
    world.pass(Span::from_h(24));
    world.verifier.sweep(world.now).unwrap();
    assert_eq!(refusal(&world.send(&body)).code, RefusalCode::InsufficientFunds.number(), "24 h after expires");
    world.pass(Span::from_min(2));
    world.verifier.sweep(world.now).unwrap();
    assert_eq!(refusal(&world.send(&body)).code, RefusalCode::ExpiredNeverApplied.number());
}
