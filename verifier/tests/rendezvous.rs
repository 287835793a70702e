//! Rendezvous: slots that anybody writes once, for a few minutes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::{Call, MEDIA_CBOR, MEDIA_OCTETS, Reply};
use farthing_protocol::limits::{RENDEZVOUS_KEPT, RENDEZVOUS_MAX, RENDEZVOUS_SLOT_MAX};
use farthing_protocol::pairing::{RendezvousId, slot_path};
use farthing_protocol::time::Span;
use support::people::done;
use support::*;

fn write(world: &mut World, id: &RendezvousId, slot: u8, content: &[u8]) -> Reply {
    world.post(&slot_path(id, slot), MEDIA_OCTETS, content.to_vec())
}

fn read(world: &mut World, id: &RendezvousId, slot: u8) -> Reply {
    world.verifier.answer(&Call::get(slot_path(id, slot), ""), AUTHORITY, world.now)
}

#[test]
fn a_slot_is_written_once_and_gone_after_ten_minutes() {
    let mut world = World::new();
    let (id, other) = (RendezvousId::new([1; 16]), RendezvousId::new([2; 16]));
    let empty = read(&mut world, &id, 1);
    assert_eq!((problem(&empty), ProblemCode::SlotEmpty.is_retryable()), (ProblemCode::SlotEmpty, true));
    done(&write(&mut world, &id, 1, b"first"));
    done(&write(&mut world, &id, 1, b"first"));
    assert_eq!(problem(&write(&mut world, &id, 1, b"second")), ProblemCode::SlotTaken, "somebody answered before");
    let found = read(&mut world, &id, 1);
    assert_eq!((found.media_type.as_str(), found.body.as_slice()), (MEDIA_OCTETS, &b"first"[..]));
    assert_eq!(problem(&read(&mut world, &other, 1)), ProblemCode::SlotEmpty);
    world.pass(Span::from_min(9));
    done(&write(&mut world, &id, 8, &[7; RENDEZVOUS_SLOT_MAX]));
    world.verifier.sweep(world.now).unwrap();
    assert_eq!(read(&mut world, &id, 1).body, b"first");
    world.audit().unwrap();
    world.pass(Span::from_min(1));
    for slot in [1, 8] {
        assert_eq!(problem(&read(&mut world, &id, slot)), ProblemCode::SlotEmpty, "from the first write on");
    }
    done(&write(&mut world, &id, 1, b"anew"));
    world.pass(RENDEZVOUS_KEPT);
    world.verifier.sweep(world.now).unwrap();
    world.audit().unwrap();
    let db = world.verifier.into_connection();
    let slots: i64 = db.query_row("SELECT count(*) FROM slots", [], |row| row.get(0)).unwrap();
    assert_eq!(slots, 0);
}

#[test]
fn what_is_no_slot_is_refused() {
    let mut world = World::new();
    let id = RendezvousId::new([1; 16]);
    assert_eq!(problem(&write(&mut world, &id, 1, &[])), ProblemCode::Malformed);
    assert_eq!(problem(&write(&mut world, &id, 1, &[0; RENDEZVOUS_SLOT_MAX + 1])), ProblemCode::TooLarge);
    assert_eq!(problem(&world.post(&slot_path(&id, 1), MEDIA_CBOR, vec![1])), ProblemCode::MediaType);
    for path in ["/0", "/9", "/01", "/+1", "/", ""] {
        let path = format!("/v1/rendezvous/{id}{path}");
        assert_eq!(problem(&world.post(&path, MEDIA_OCTETS, vec![1])), ProblemCode::NotFound, "{path}");
        let read = world.verifier.answer(&Call::get(path.as_str(), ""), AUTHORITY, world.now);
        assert_eq!(problem(&read), ProblemCode::NotFound, "{path}");
    }
    let wait = world.verifier.answer(&Call::get(slot_path(&id, 1), "wait=x"), AUTHORITY, world.now);
    assert_eq!(problem(&wait), ProblemCode::Malformed);
    world.pass(Span::from_h(1));
    let jumped = farthing_protocol::time::Moment { wall: world.now.wall.plus(Span::from_h(1)), ..world.now };
    let call = Call::post(slot_path(&id, 1), MEDIA_OCTETS, vec![1]);
    assert_eq!(problem(&world.verifier.answer(&call, AUTHORITY, jumped)), ProblemCode::ClockSuspect);
}

#[test]
fn there_are_so_many_at_once_and_those_that_began_go_on() {
    let mut world = World::new();
    let id = |n: usize| RendezvousId::new((n as u128).to_be_bytes());
    for group in (0..RENDEZVOUS_MAX).collect::<Vec<_>>().chunks(256) {
        let prepared: Vec<_> = group
            .iter()
            .map(|n| world.verifier.prepare(&Call::post(slot_path(&id(*n), 1), MEDIA_OCTETS, vec![1])))
            .collect();
        world.verifier.answer_batch(&prepared, world.now).iter().for_each(done);
    }
    let refused = write(&mut world, &id(RENDEZVOUS_MAX), 1, &[1]);
    assert_eq!((problem(&refused), refused.retry_after_s.is_some()), (ProblemCode::Busy, true));
    done(&write(&mut world, &id(0), 2, &[1]));
    world.pass(RENDEZVOUS_KEPT);
    done(&write(&mut world, &id(RENDEZVOUS_MAX), 1, &[1]));
}
