//! Epochs and signing keys: what a restore opens, what `certify` replaces, and what the audit makes of both.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::cbor::V1;
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::code::{ProblemCode, RefusalCode};
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::head::Head;
use farthing_protocol::http::{Call, EntriesPage, Reply, VerifierStatus};
use farthing_protocol::id::{Counter, Digest, Epoch, OrderId, Seq};
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::limits::CERTIFICATES_MAX;
use farthing_protocol::order::Order;
use farthing_protocol::receipt::Receipt;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::time::{Moment, Span, Time};
use farthing_protocol::verifier_certificate::{VerifierCertificate, verify_chain};
use farthing_verifier::audit::{Finding, audit};
use farthing_verifier::{CERTIFY_MAX, Keys, OpenError, Reopening, Verifier};
use rusqlite::Connection;
use support::copy::copied;
use support::*;

fn other_keys(seed: u8) -> Keys {
    Keys::from_seeds([seed; 32], [seed + 100; 32])
}

/// A copy of the ledger as it is, as `backup` makes one.
fn backup(world: World) -> (World, Connection) {
    let World { verifier, now, rng, id } = world;
    let connection = verifier.into_connection();
    let copy = copied(&connection);
    (World { verifier: Verifier::open(connection, keys(), now).unwrap(), now, rng, id }, copy)
}

fn restore(copy: Connection, keys: Keys, world: &World) -> World {
    let (verifier, _) = Verifier::restore(copy, &root(), keys, &Reopening::default(), world.now).unwrap();
    World { verifier, now: world.now, rng: Rng(1 << 32), id: world.id }
}

fn certify(world: World, keys: Keys) -> World {
    let World { verifier, now, rng, id } = world;
    let verifier = Verifier::certify(verifier.into_connection(), &root(), keys, now).unwrap();
    World { verifier, now, rng, id }
}

fn audited(world: World) -> Result<farthing_verifier::audit::Report, Finding> {
    audit(&world.verifier.into_connection(), Seq::new(0), &mut |_, _| ())
}

/// The status as a wallet reads it: every certificate by the root, the rest by any of their keys.
struct Status {
    certificates: Vec<Verified<VerifierCertificate>>,
    checkpoint: Verified<Checkpoint>,
    head: Verified<Head>,
}

fn status(world: &mut World) -> Status {
    let reply = world.verifier.answer(&Call::get("/v1/verifier", ""), AUTHORITY, world.now);
    let status = VerifierStatus::decode(&reply.body).unwrap();
    let certificates: Vec<_> = status
        .certificates
        .iter()
        .map(|bytes| verify_chain(Signed::parse(bytes.as_slice()).unwrap(), &world.id).unwrap())
        .collect();
    let checkpoint = Signed::<Checkpoint>::parse(status.checkpoint.as_slice()).unwrap();
    let head = Signed::<Head>::parse(status.head.as_slice()).unwrap();
    let key = |kid| certificates.iter().map(|c| c.signing).find(|key| key.kid() == kid).unwrap();
    let checkpoint = {
        let key = key(checkpoint.kid());
        checkpoint.verify(&key).unwrap()
    };
    // The head is by the newest key, and within its certificate.
    let newest = &certificates[0];
    let head = head.verify(&newest.signing).unwrap();
    assert!(newest.epoch == head.epoch && newest.not_before <= head.time && head.time < newest.not_after);
    assert_eq!((checkpoint.epoch, checkpoint.hash()), (head.epoch, head.checkpoint));
    Status { certificates, checkpoint, head }
}

fn receipt_by(reply: &Reply, keys: &Keys) -> Verified<Receipt> {
    assert_eq!(reply.status, 200);
    Signed::<Receipt>::parse(&reply.body).unwrap().verify(keys.signing().public()).unwrap()
}

#[test]
fn a_restore_goes_on_in_a_new_epoch_and_decides_nothing_of_the_lost_one() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let order = world.order(&ada, &bob.by_alias(), 5);
    let kept = ada.sign(order);
    let kept_reply = world.send(&kept);
    let before = status(&mut world);
    let (mut world, copy) = backup(world);
    world.pass(Span::from_s(30));
    let lost: Vec<_> = (0..3)
        .map(|value| {
            let order = world.order(&ada, &bob.by_alias(), 7 + value);
            let body = ada.sign(order);
            assert_eq!(world.send(&body).status, 200);
            body
        })
        .collect();
    world.pass(Span::from_s(10));
    let mut restored = restore(copy, other_keys(5), &world);
    let now = status(&mut restored);
    assert_eq!((now.head.epoch, now.head.seq), (Epoch::new(2), Seq::new(3)), "positions go on");
    assert_eq!((now.checkpoint.epoch, now.checkpoint.first_seq), (Epoch::new(2), Seq::new(4)));
    assert_eq!((now.checkpoint.previous, now.checkpoint.time), (Some(before.checkpoint.hash()), world.now.wall));
    assert_eq!((now.certificates.len(), now.certificates[0].first_seq), (2, Seq::new(4)));
    assert!(now.certificates[0].serial > now.certificates[1].serial);
    // Decided before the backup: decided. After it: nobody knows, and nobody decides again.
    assert_eq!(restored.send(&kept), kept_reply);
    for body in &lost {
        assert_eq!(problem(&restored.send(body)), ProblemCode::BeforeEpoch);
    }
    assert_eq!(restored.balance(&bob), 100_000_005);
    // The wallet that read up to the lost position 6 hears of position 4 of the new epoch.
    let order = restored.order(&ada, &bob.by_alias(), 11);
    let receipt = receipt_by(&restored.pay(&ada, order), &other_keys(5));
    assert_eq!((receipt.epoch, receipt.seq, receipt.checkpoint), (Epoch::new(2), Seq::new(4), now.checkpoint.hash()));
    let page = EntriesPage::decode(&restored.read(&bob, "/v1/entries", "epoch=1&seq=6").body).unwrap();
    assert_eq!(page.entries.iter().map(|e| (e.epoch, e.seq)).collect::<Vec<_>>(), [(Epoch::new(2), Seq::new(4))]);
    let report = audited(restored).unwrap();
    assert_eq!((report.orders, report.seq), (2, 4));
}

#[test]
fn fees_and_issues_of_every_key_and_epoch_hold() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    for seed in 5..8 {
        world.pass(Span::from_s(60));
        let order = world.order(&ada, &bob.by_alias(), 5);
        assert_eq!(world.pay(&ada, order).status, 200);
        world = certify(world, other_keys(seed));
    }
    let World { verifier, now, .. } = world;
    let db = verifier.into_connection();
    assert!(matches!(Verifier::open(copied(&db), keys(), now), Err(OpenError::WrongKey)), "superseded");
    let (verifier, opened) = Verifier::restore(
        db,
        &root(),
        other_keys(9),
        &Reopening { epoch: Some(Epoch::new(7)), ..Reopening::default() },
        now,
    )
    .unwrap();
    assert_eq!((opened.epoch, opened.first_seq), (Epoch::new(7), Seq::new(6)));
    let mut world = World { verifier, now, rng: Rng(1 << 32), id: root().public().verifier_id() };
    let order = world.order(&ada, &bob.by_alias(), 5);
    receipt_by(&world.pay(&ada, order), &other_keys(9));
    world = certify(world, other_keys(10));
    let eve = world.wallet("eve");
    let order = world.order(&eve, &bob.by_alias(), 5);
    receipt_by(&world.pay(&eve, order), &other_keys(10));
    let found = status(&mut world);
    assert_eq!((found.head.epoch, found.head.seq, found.certificates.len()), (Epoch::new(7), Seq::new(8), 6));
    assert_eq!(audited(world).unwrap().seq, 8);
}

/// An order names the fees that its payer saw by their version alone.
#[test]
fn fees_that_a_restore_lost_are_not_charged_by_the_version_of_others() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let (mut world, copy) = backup(world);
    let set = |world: &mut World, flat| {
        world.verifier.set_fees(&[Terms { asset: usd(), flat, bps: 0 }], world.now).unwrap().claims().fee_version
    };
    let lost = set(&mut world, 100);
    let mut restored = restore(copy, other_keys(5), &world);
    let found = set(&mut restored, 7);
    restored.pass(Span::from_s(1));
    for (fee_version, status) in [(lost, 409), (found, 200)] {
        let order = restored.order(&ada, &bob.by_alias(), 5);
        assert_eq!(restored.pay(&ada, Order { fee_version, ..order }).status, status);
    }
    assert_eq!(restored.balance(&ada), 100_000_000 - 12);
    assert_eq!(set(&mut restored, 8), found.next());
    audited(restored).unwrap();
}

/// Wallets take no certificate with a serial below one that they saw: those that a backup does not know of included.
#[test]
fn a_restored_certificate_is_newer_than_all_that_the_backup_does_not_know() {
    let (mut world, copy) = backup(World::new());
    let again = copied(&copy);
    for seed in 5..8 {
        world = certify(world, other_keys(seed));
    }
    let serial = |world: &mut World| status(world).certificates[0].serial;
    let lost = serial(&mut world);
    let mut first = restore(copy, other_keys(8), &world);
    assert!(serial(&mut first) > lost);
    let mut first = certify(certify(first, other_keys(9)), other_keys(10));
    let reopening = Reopening { epoch: Some(Epoch::new(3)), ..Reopening::default() };
    let (verifier, _) = Verifier::restore(again, &root(), other_keys(11), &reopening, world.now).unwrap();
    let mut second = World { verifier, ..World::new() };
    assert!(serial(&mut second) > serial(&mut first));
    assert_eq!(status(&mut second).head.epoch, Epoch::new(3));
}

/// An order names the version that its payer was shown: other fees under the same number would take what nobody agreed to.
#[test]
fn restored_fees_have_a_version_that_no_order_of_the_lost_history_names() {
    let (mut world, copy) = backup(World::new());
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let (mut restored, later) = (restore(copy, other_keys(5), &world), world.now);
    for flat in [100, 200] {
        world.verifier.set_fees(&[Terms { asset: usd(), flat, bps: 0 }], later).unwrap();
        restored.verifier.set_fees(&[Terms { asset: usd(), flat: 10 * flat, bps: 0 }], later).unwrap();
        let (lost, now) = (world.verifier.fees().unwrap(), restored.verifier.fees().unwrap());
        assert!(now.claims().fee_version > lost.claims().fee_version);
    }
    let shown = world.order(&ada, &bob.by_alias(), 5);
    let (ada, bob) = (restored.wallet("ada"), restored.wallet("bob"));
    let order = restored.order(&ada, &bob.by_alias(), 5);
    let old = Order { fee_version: shown.fee_version, ..order.clone() };
    let refused = Signed::<Refusal>::parse(&restored.pay(&ada, old).body).unwrap();
    assert_eq!(refused.claims().code, RefusalCode::FeeChanged.number());
    let id = OrderId::generate(restored.now.wall, &mut restored.rng);
    receipt_by(&restored.pay(&ada, Order { id, ..order }), &other_keys(5));
    audited(restored).unwrap();
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let (world, copy) = backup(World::new());
    let tried = |root: &Ed25519Key, reopening: Reopening| {
        Verifier::restore(copied(&copy), root, other_keys(5), &reopening, world.now).err().unwrap()
    };
    let stranger = Ed25519Key::from_seed([9; 32]);
    assert!(matches!(tried(&stranger, Reopening::default()), OpenError::WrongRoot(id) if id == world.id));
    let epoch = |n| Reopening { epoch: Some(Epoch::new(n)), ..Reopening::default() };
    assert!(matches!(tried(&root(), epoch(1)), OpenError::Setup(_)));
    let url = Reopening { url: Some("http://example.org".to_owned()), ..Reopening::default() };
    assert!(matches!(tried(&root(), url), OpenError::Setup(_)));
    let refused = Verifier::certify(copied(&copy), &stranger, other_keys(5), world.now);
    assert!(matches!(refused, Err(OpenError::WrongRoot(_))));
    Verifier::open(copy, keys(), world.now).unwrap();
}

#[test]
fn certificates_are_bounded_and_restores_have_the_last_ones() {
    let mut world = World::new();
    let mut db = std::mem::replace(&mut world, World::new()).verifier.into_connection();
    for n in 1..CERTIFY_MAX {
        db = Verifier::certify(db, &root(), other_keys(n as u8), world.now).unwrap().into_connection();
    }
    let full = Verifier::certify(copied(&db), &root(), other_keys(70), world.now);
    assert!(matches!(full, Err(OpenError::CertificatesFull(CERTIFY_MAX))));
    for n in CERTIFY_MAX..CERTIFICATES_MAX {
        let restored = Verifier::restore(db, &root(), other_keys(n as u8), &Reopening::default(), world.now);
        db = restored.unwrap().0.into_connection();
    }
    let full = Verifier::restore(copied(&db), &root(), other_keys(71), &Reopening::default(), world.now);
    assert!(matches!(full, Err(OpenError::CertificatesFull(CERTIFICATES_MAX))));
    let last = other_keys(CERTIFICATES_MAX as u8 - 1);
    let mut world = World { verifier: Verifier::open(db, last, world.now).unwrap(), ..world };
    assert_eq!(status(&mut world).certificates.len(), CERTIFICATES_MAX, "all of them are shown");
    audited(world).unwrap();
}

#[test]
fn time_does_not_go_back_with_the_clock_of_another_machine() {
    let (world, copy) = backup(World::new());
    let early = Moment { wall: Time::from_ms(START_MS - 5_000), monotonic: Span::from_ms(0) };
    let (verifier, opened) = Verifier::restore(copy, &root(), other_keys(5), &Reopening::default(), early).unwrap();
    assert_eq!((opened.time, opened.backup_time), (world.now.wall, world.now.wall));
    assert!(verifier.clock_doubt().is_some(), "somebody has to look");
}

/// A backup of last month is no doubt about the clock: the operator who restores it has looked.
#[test]
fn an_old_backup_serves_at_once() {
    let (mut world, copy) = backup(World::new());
    world.pass(Span::from_h(24 * 30));
    let mut restored = restore(copy, other_keys(5), &world);
    assert!(restored.verifier.clock_doubt().is_none());
    assert_eq!(status(&mut restored).head.time, world.now.wall);
}

/// Which were given away since the backup nobody knows, and a key that two conversations begin with breaks one of them.
#[test]
fn one_time_keys_of_a_backup_are_not_given_away_again() {
    let mut world = World::new();
    world.wallet("ada");
    let (world, copy) = backup(world);
    copy.execute_batch("INSERT INTO prekeys (device, account, act, place) SELECT device, account, id, 0 FROM acts")
        .unwrap();
    let count = |db: &Connection| db.query_row("SELECT count(*) FROM prekeys", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count(&copy), 1);
    assert_eq!(count(&restore(copy, other_keys(5), &world).verifier.into_connection()), 0);
}

#[test]
fn the_audit_sees_a_key_that_was_not_in_force_and_an_order_of_a_lost_epoch() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let (mut world, copy) = backup(world);
    let old = world.order(&ada, &bob.by_alias(), 3);
    world.pass(Span::from_s(5));
    let restored = restore(copy, other_keys(5), &world);
    let old = Order { fee_version: restored.verifier.fees().unwrap().claims().fee_version, ..old };
    let sound = restored.verifier.into_connection();
    let found = |db: &Connection| match audit(db, Seq::new(0), &mut |_, _| ()) {
        Err(Finding::Mismatch(what)) => what,
        other => panic!("{other:?}"),
    };
    // A verifier that was made to forget when its epoch opened.
    let (opened, forgetful) = (world.now.wall.as_ms() as i64, copied(&sound));
    forgetful.execute_batch("UPDATE ledger SET epoch_opened_ms = 0").unwrap();
    let verifier = Verifier::open(forgetful, other_keys(5), world.now).unwrap();
    let mut world = World { verifier, ..world };
    assert_eq!(world.pay(&ada, old).status, 200);
    let db = world.verifier.into_connection();
    db.execute("UPDATE ledger SET epoch_opened_ms = ?1", [opened]).unwrap();
    assert!(found(&db).contains("is older"));
    // A certificate that puts another key in force from the first position on.
    let db = copied(&sound);
    let certificate = VerifierCertificate {
        version: V1,
        root: *root().public(),
        serial: Counter::new(2),
        signing: *other_keys(6).signing().public(),
        hpke: *other_keys(6).hpke().public(),
        epoch: Epoch::new(1),
        first_seq: Seq::new(1),
        not_before: Time::from_ms(START_MS),
        not_after: Time::MAX,
    };
    let certificate = Signed::sign(certificate, &root()).unwrap();
    db.execute("INSERT INTO certificates (serial, signed) VALUES (2, ?1)", [certificate.bytes()]).unwrap();
    assert!(found(&db).contains("not in force"));
    // An epoch that does not follow.
    let db = copied(&sound);
    let opening = |previous, epoch, first_seq| Checkpoint {
        version: V1,
        verifier: root().public().verifier_id(),
        epoch: Epoch::new(epoch),
        first_seq: Seq::new(first_seq),
        previous,
        roots: Vec::new(),
        time: Time::from_ms(START_MS),
    };
    for (checkpoint, what) in [
        (opening(Some(Digest::of(b"another")), 2, 3), "does not follow"),
        (opening(None, 2, 3), "does not follow"),
        (opening(None, 2, 2), "is another"),
        (opening(None, 3, 3), "is another"),
    ] {
        let signed = Signed::sign(checkpoint, other_keys(5).signing()).unwrap();
        db.execute("UPDATE checkpoints SET signed = ?1 WHERE epoch = 2", [signed.bytes()]).unwrap();
        assert!(found(&db).contains(what), "{what}");
    }
}
