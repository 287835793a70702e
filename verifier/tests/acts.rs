//! What one can do without end elsewhere is limited here: acts on handles, accounts without an invite. Acts are
//! forgotten in time, and never done anew.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::code::ProblemCode;
use farthing_protocol::device::Scope;
use farthing_protocol::http::{MEDIA_CBOR, MEDIA_COSE, Problem};
use farthing_protocol::time::Span;
use farthing_verifier::{ACTS_PER_DAY, Setup, Verifier};
use rusqlite::Connection;
use support::*;

const HOUR: Span = Span::from_h(1);
const DAY: Span = Span::from_h(24);

/// Does something to the ledger behind the verifier's back.
fn with_ledger(world: World, change: impl FnOnce(&Connection)) -> World {
    let World { verifier, now, rng, id } = world;
    let connection = verifier.into_connection();
    change(&connection);
    World { verifier: Verifier::open(connection, keys(), now).unwrap(), now, rng, id }
}

fn acts(world: World) -> (World, i64) {
    let mut found = 0;
    let world = with_ledger(world, |db| {
        found = db.query_row("SELECT count(*) FROM acts", [], |row| row.get(0)).unwrap();
    });
    (world, found)
}

#[test]
fn an_account_does_so_many_acts_a_day_and_no_more() {
    let mut world = World::new();
    let mut ada = world.wallet("ada");
    let bound = world.request(&mut ada, None, HOUR);
    world.pass(HOUR);
    let mut world = with_ledger(world, |db| {
        let changed = db
            .execute("UPDATE rates SET done = ?1 WHERE subject <> 0", [i64::try_from(ACTS_PER_DAY).unwrap()])
            .unwrap();
        assert_eq!(changed, 1, "one row counts for the account");
    });
    let cancel = ada.cancel(world.id, bound.handle, world.now.wall, &mut world.rng);
    let refused = world.post("/v1/cancellations", MEDIA_COSE, cancel.clone());
    assert_eq!(problem(&refused), ProblemCode::RateLimited);
    assert_eq!(refused.retry_after_s, Some(23 * 3600), "when the day that was counted is over");
    let again = world.post("/v1/requests", MEDIA_CBOR, bound.body.encode());
    assert_eq!(again.status, 204, "what was done is answered all the same");
    let mut eve = world.wallet("eve");
    world.request(&mut eve, None, HOUR);
    world.pass(Span::from_h(23));
    assert_eq!(world.post("/v1/cancellations", MEDIA_COSE, cancel).status, 204);
}

#[test]
fn acts_on_handles_that_nobody_can_pay_are_swept_and_the_audit_holds() {
    let mut world = World::new();
    let (ada, mut bob) = (world.wallet("ada"), world.wallet("bob"));
    let paid = world.request(&mut bob, None, HOUR);
    let order = world.order(&ada, &paid, 5);
    receipt(&world.pay(&ada, order));
    let expired = world.request(&mut bob, None, HOUR);
    let cancelled = world.request(&mut bob, None, Span::from_h(24 * 20));
    let cancel = bob.cancel(world.id, cancelled.handle, world.now.wall, &mut world.rng);
    assert_eq!(world.post("/v1/cancellations", MEDIA_COSE, cancel.clone()).status, 204);
    let open = world.request(&mut bob, None, Span::from_h(24 * 20));
    let (mut world, before) = acts(world);
    assert_eq!(before, 7, "two enrolments, four requests, one cancellation");
    world.pass(Span::from_h(47));
    world.verifier.sweep(world.now).unwrap();
    let (mut world, kept) = acts(world);
    assert_eq!(kept, 7);
    for _ in 0..20 {
        world.pass(DAY);
        world.verifier.sweep(world.now).unwrap();
        world.audit().unwrap();
    }
    for _ in 0..3 {
        world.pass(DAY);
        world.verifier.sweep(world.now).unwrap();
    }
    let (mut world, kept) = acts(world);
    assert_eq!(kept, 3, "what put the paid handle and stock there, and what bound the paid one");
    world.audit().unwrap();
    for swept in [&expired, &cancelled, &open] {
        let again = world.post("/v1/requests", MEDIA_CBOR, swept.body.encode());
        assert_eq!(problem(&again), ProblemCode::Malformed, "too old to be done anew");
    }
    assert_eq!(world.post("/v1/requests", MEDIA_CBOR, paid.body.encode()).status, 204, "kept, so answered");
    assert_eq!(world.post("/v1/cancellations", MEDIA_COSE, cancel).status, 204, "the same however often it is done");
}

#[test]
fn an_act_that_arrives_a_day_late_is_refused() {
    let mut world = World::new();
    let mut ada = world.wallet("ada");
    let wall = world.now.wall;
    let late = ada.bind(world.id, None, wall, wall.plus(Span::from_h(100)), &mut world.rng);
    world.pass(Span::from_h(24));
    assert_eq!(world.post("/v1/requests", MEDIA_CBOR, late.body.encode()).status, 204, "a day is allowed");
    let late = ada.bind(world.id, None, wall, wall.plus(Span::from_h(100)), &mut world.rng);
    world.pass(Span::from_s(1));
    let refused = world.post("/v1/requests", MEDIA_CBOR, late.body.encode());
    assert_eq!(problem(&refused), ProblemCode::Malformed);
    assert!(Problem::from_json(&refused.body).unwrap().detail.unwrap().contains("24 hours"));
}

#[test]
fn a_request_of_30_days_is_bound_while_ledger_time_stands_still() {
    let mut world = World::new();
    let mut ada = world.wallet("ada");
    let ahead = world.now.wall.plus(Span::from_min(2));
    let bound = ada.bind(world.id, None, ahead, ahead.plus(Span::from_h(24 * 30)), &mut world.rng);
    let reply = world.post("/v1/requests", MEDIA_CBOR, bound.body.encode());
    assert_eq!(reply.status, 204, "{:?}", Problem::from_json(&reply.body));
}

#[test]
fn an_open_door_lets_so_many_in_a_day_and_an_invite_is_not_counted() {
    use farthing_protocol::id::InviteCode;
    use farthing_verifier::operator::NewInvite;
    let mut world = World::with(&Setup { open_per_day: 2, ..Setup::open(URL, usd(), 1_000) });
    let first = world.wallet("first");
    world.pass(HOUR);
    world.wallet("second");
    let code = InviteCode::new([5; 16]);
    world.verifier.invite(&NewInvite { code, uses: 1, expires: None, grants: vec![], tls: None }).unwrap();
    let enrol = |world: &mut World, alias: &str, code: Option<InviteCode>| {
        let wallet = Wallet::new(alias, world.id, Scope::full(), code, world.now.wall, &mut world.rng);
        world.post("/v1/enrolments", MEDIA_CBOR, wallet.enrolment.encode())
    };
    let refused = enrol(&mut world, "third", None);
    assert_eq!(problem(&refused), ProblemCode::RateLimited);
    assert_eq!(refused.retry_after_s, Some(23 * 3600));
    assert_eq!(enrol(&mut world, "guest", Some(code)).status, 204, "an invite is counted by its uses");
    assert_eq!(world.post("/v1/enrolments", MEDIA_CBOR, first.enrolment.encode()).status, 204, "was opened before");
    world.pass(Span::from_h(23));
    assert_eq!(enrol(&mut world, "third", None).status, 204);
    let mut without_cap = World::with(&Setup { open_per_day: 0, ..Setup::open(URL, usd(), 1_000) });
    for index in 0..5 {
        assert_eq!(enrol(&mut without_cap, &format!("guest-{index}"), None).status, 204);
    }
}
