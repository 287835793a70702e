//! The file: refused when it is damaged, foreign or newer; audited row by row; money conserved whatever happens.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::id::Seq;
use farthing_protocol::time::{Moment, Span, Time};
use farthing_verifier::audit::{Finding, audit};
use farthing_verifier::{Keys, OpenError, Reopening, Setup, Verifier};
use proptest::prelude::*;
use rusqlite::Connection;
use support::copy::{copied, earlier_schema};
use support::*;

fn now() -> Moment {
    Moment { wall: Time::from_ms(START_MS), monotonic: Span::from_ms(0) }
}

fn open(connection: Connection) -> Result<Verifier, OpenError> {
    Verifier::open(connection, keys(), now())
}

#[test]
fn what_is_not_our_ledger_is_refused_with_its_reason() {
    let fresh = || World::new().verifier.into_connection();
    assert!(matches!(open(Connection::open_in_memory().unwrap()), Err(OpenError::Empty)));
    let foreign = Connection::open_in_memory().unwrap();
    foreign.execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    assert!(matches!(open(foreign), Err(OpenError::Foreign)));
    let newer = fresh();
    newer.execute_batch("PRAGMA user_version = 99").unwrap();
    assert!(matches!(open(newer), Err(OpenError::Newer { found: 99, .. })));
    let unknown = fresh();
    unknown.execute_batch("PRAGMA user_version = 0").unwrap();
    assert!(matches!(open(unknown), Err(OpenError::UnknownSchema(0))));
    let wrong_key = Verifier::open(fresh(), Keys::from_seeds([8; 32], [3; 32]), now());
    assert!(matches!(wrong_key, Err(OpenError::WrongKey)));
    let again = Verifier::create(fresh(), &Setup::open(URL, usd(), 0), &root(), keys(), now());
    assert!(matches!(again, Err(OpenError::NotEmpty)));
}

/// A verifier whose links do not fit would take payments by alias only, and find out when the first request is made.
#[test]
fn a_url_that_request_links_cannot_hold_is_refused() {
    let made = |url: &str| {
        let connection = Connection::open_in_memory().unwrap();
        Verifier::create(connection, &Setup::open(url, usd(), 0), &root(), keys(), now()).map(drop)
    };
    let host = |len: usize| format!("https://{}.example.org", "a".repeat(len - ".example.org".len()));
    made(&host(49)).unwrap();
    for long in [host(50), format!("{}:0", host(44))] {
        let refused = made(&long).err().unwrap();
        assert!(matches!(refused, OpenError::Setup(_)) && refused.to_string().contains("49 characters"), "{refused}");
    }
}

#[test]
fn a_damaged_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    drop(World::on(Connection::open(&path).unwrap(), &Setup::open(URL, usd(), 0)));
    let sound = std::fs::read(&path).unwrap();
    let damaged = |at: usize, len: usize| {
        let mut bytes = sound.clone();
        bytes[at..at + len].fill(0xa5);
        std::fs::write(&path, bytes).unwrap();
        Connection::open(&path).map_err(OpenError::from).and_then(open)
    };
    assert!(matches!(damaged(0, 16), Err(OpenError::Damaged(_))));
    for page in 1..8 {
        assert!(damaged(page * 4096, 4096).is_err(), "page {page}");
    }
}

/// A ledger with a row in every table.
fn busy_ledger() -> Connection {
    let mut world = World::new();
    let (ada, mut bob) = (world.wallet("ada"), world.wallet("bob"));
    let bound = world.request(&mut bob, Some(amount(5)), Span::from_h(1));
    let order = world.order(&ada, &bound, 5);
    let body = ada.sign_with(order, &bundle());
    receipt(&world.send(&body));
    let order = world.order(&ada, &bob.by_alias(), 100_000_001);
    assert_eq!(world.pay(&ada, order).status, 409);
    let open = world.request(&mut bob, None, Span::from_h(1));
    let cancel = bob.cancel(world.id, open.handle, world.now.wall, &mut world.rng);
    assert_eq!(world.post("/v1/cancellations", "application/cose", cancel).status, 204);
    world.verifier.into_connection()
}

#[test]
fn the_audit_catches_a_tampered_row_of_each_table() {
    let sound = busy_ledger();
    let report = audit(&sound, Seq::new(0), &mut |_, _| ()).unwrap();
    assert_eq!((report.accounts, report.orders, report.entries, report.seq), (2, 2, 4, 3));
    for tampering in [
        "UPDATE ledger SET seq = seq + 1",
        "UPDATE ledger SET checkpoint = zeroblob(32)",
        "UPDATE ledger SET verifier = zeroblob(32)",
        "UPDATE certificates SET signed = zeroblob(200)",
        "UPDATE checkpoints SET signed = zeroblob(100)",
        "UPDATE fee_schedules SET version = 2",
        "UPDATE assets SET scale = 5",
        "UPDATE accounts SET id = zeroblob(16) WHERE number = 3",
        "UPDATE accounts SET list = (SELECT list FROM accounts WHERE number = 4) WHERE number = 3",
        "UPDATE balances SET balance = balance + 1 WHERE account = 3",
        "UPDATE devices SET revoked_seq = 1 WHERE number = 1",
        "UPDATE devices SET id = zeroblob(16) WHERE number = 1",
        "UPDATE transactions SET time_ms = time_ms + 1 WHERE seq = 3",
        "UPDATE transactions SET receipt = (SELECT receipt FROM transactions WHERE seq = 1) WHERE seq = 3",
        "UPDATE postings SET amount = amount * 2 WHERE seq = 3",
        "DELETE FROM postings WHERE seq = 3",
        "DELETE FROM entries WHERE seq = 3 AND kind = 1",
        "INSERT INTO entries VALUES (3, 2, 3)",
        "UPDATE bundles SET bundle = zeroblob(10)",
        "DELETE FROM bundles",
        "UPDATE orders SET amount = amount + 1 WHERE seq IS NOT NULL",
        "UPDATE orders SET account = 4 WHERE seq IS NULL",
        "UPDATE orders SET refusal = zeroblob(10) WHERE seq IS NULL",
        "UPDATE orders SET sweep_ms = sweep_ms + 1 WHERE seq IS NULL",
        "UPDATE spent SET amount = amount - 1",
        "DELETE FROM spent",
        "UPDATE issues SET account = 4 WHERE account = 3",
        "UPDATE issues SET id = zeroblob(16) WHERE seq = 1",
        "UPDATE handles SET state = 2, seq = NULL WHERE state = 3",
        "UPDATE handles SET amount = 6 WHERE amount = 5",
        "UPDATE handles SET state = 1 WHERE state = 4",
        "UPDATE handles SET account = 3, payee_key = zeroblob(5) WHERE state = 1 AND account = 4",
        "UPDATE aliases SET alias = 'eve' WHERE alias = 'ada'",
        "UPDATE request_contents SET content = zeroblob(256)",
        "UPDATE acts SET id = zeroblob(16) WHERE account = 3",
    ] {
        let copy = copied(&sound);
        copy.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        assert!(copy.execute(tampering, []).unwrap() > 0, "{tampering}");
        let found = audit(&copy, Seq::new(0), &mut |_, _| ());
        assert!(matches!(found, Err(Finding::Mismatch(_))), "{tampering}: {found:?}");
    }
}

/// A ledger of schema 1, as the first version of this program left it.
#[test]
fn a_ledger_of_the_earlier_schema_is_brought_up_to_date() {
    let old = earlier_schema(&busy_ledger(), 1);
    // An old backup is audited as it is, and restored.
    audit(&old, Seq::new(0), &mut |_, _| ()).unwrap();
    let new = Keys::from_seeds([5; 32], [6; 32]);
    let (restored, opened) = Verifier::restore(copied(&old), &root(), new, &Reopening::default(), now()).unwrap();
    assert_eq!(opened.epoch.get(), 2);
    audit(&restored.into_connection(), Seq::new(0), &mut |_, _| ()).unwrap();
    let db = open(old).unwrap().into_connection();
    audit(&db, Seq::new(0), &mut |_, _| ()).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT sum(amount) FROM spent"), 5, "what was paid today still counts");
    assert_eq!(count("SELECT count(*) FROM acts WHERE sweep_ms IS NULL"), 0);
}

/// Backups of each schema are audited as they are, with their checkpoints, and restored.
#[test]
fn a_ledger_of_any_schema_is_audited_restored_and_brought_up_to_date() {
    for schema in 1..=5 {
        let old = earlier_schema(&busy_ledger(), schema);
        let sealed = old.prepare("SELECT 1 FROM seals").is_ok_and(|mut seals| seals.exists([]).unwrap());
        assert_eq!(sealed, schema >= 4);
        audit(&old, Seq::new(0), &mut |_, _| ()).unwrap();
        let new = Keys::from_seeds([5; 32], [6; 32]);
        let (restored, _) = Verifier::restore(copied(&old), &root(), new, &Reopening::default(), now()).unwrap();
        audit(&restored.into_connection(), Seq::new(0), &mut |_, _| ()).unwrap();
        audit(&open(old).unwrap().into_connection(), Seq::new(0), &mut |_, _| ()).unwrap();
    }
}

/// Two of its tables are made anew; what they hold, and what refers to them, stays.
#[test]
fn a_ledger_of_the_second_schema_keeps_every_row() {
    let old = earlier_schema(&busy_ledger(), 2);
    audit(&old, Seq::new(0), &mut |_, _| ()).unwrap();
    let rows = |db: &Connection, sql: &str| -> Vec<Vec<rusqlite::types::Value>> {
        let mut statement = db.prepare(sql).unwrap();
        let columns = statement.column_count();
        let read = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
        statement.query_map([], read).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let kept = [
        "SELECT * FROM transactions ORDER BY seq",
        "SELECT * FROM entries ORDER BY account, seq",
        "SELECT account, id, device, signed, sweep_ms FROM acts ORDER BY account, id",
        "SELECT number, id, account, certificate, revoked_seq FROM devices ORDER BY number",
    ];
    let before = kept.map(|sql| rows(&old, sql));
    assert!(before.iter().all(|rows| !rows.is_empty()));
    let db = open(old).unwrap().into_connection();
    assert_eq!(kept.map(|sql| rows(&db, sql)), before);
    audit(&db, Seq::new(0), &mut |_, _| ()).unwrap();
    assert!(db.execute("INSERT INTO entries VALUES (3, 99, 4)", []).is_err(), "references hold again");
    assert!(db.execute("DELETE FROM transactions WHERE seq = 3", []).is_err());
    db.execute("INSERT INTO transactions VALUES (4, 1, 0, 3, x'00')", []).unwrap();
    db.execute("INSERT INTO entries VALUES (3, 4, 4)", []).unwrap();
    let dangling = earlier_schema(&busy_ledger(), 2);
    dangling.execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM transactions WHERE seq = 3").unwrap();
    assert!(matches!(open(dangling), Err(OpenError::Damaged(_))), "not passed on in silence");
}

#[derive(Clone, Debug)]
enum Act {
    Alias { payer: usize, payee: usize, value: u64 },
    Request { payer: usize, payee: usize, value: u64 },
    Again,
    Restart,
    Pass(u64),
}

fn acts() -> impl Strategy<Value = Act> {
    let value = prop_oneof![1..1_000_u64, 1..200_000_000_u64];
    prop_oneof![
        4 => (0..3_usize, 0..3_usize, value.clone())
            .prop_map(|(payer, payee, value)| Act::Alias { payer, payee, value }),
        4 => (0..3_usize, 0..3_usize, value).prop_map(|(payer, payee, value)| Act::Request { payer, payee, value }),
        2 => Just(Act::Again),
        1 => Just(Act::Restart),
        1 => (0..200_u64).prop_map(Act::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn money_is_conserved_over_random_acts(acts in proptest::collection::vec(acts(), 1..24)) {
        let mut world = World::new();
        world.verifier.set_fees(
            &[farthing_protocol::fee_schedule::Terms { asset: usd(), flat: 3, bps: 25 }], world.now).unwrap();
        let mut wallets = [world.wallet("ada"), world.wallet("bob"), world.wallet("eve")];
        let mut sent = Vec::new();
        for act in acts {
            match act {
                Act::Alias { payer, payee, value } => {
                    let mut order = world.order(&wallets[payer], &wallets[payee].by_alias(), value);
                    order.fee_version = farthing_protocol::id::FeeVersion::new(2);
                    let body = wallets[payer].sign(order);
                    let reply = world.send(&body);
                    sent.push((body, reply));
                }
                Act::Request { payer, payee, value } if !wallets[payee].stock.is_empty() => {
                    let bound = world.request(&mut wallets[payee], None, Span::from_h(1));
                    let mut order = world.order(&wallets[payer], &bound, value);
                    order.fee_version = farthing_protocol::id::FeeVersion::new(2);
                    let body = wallets[payer].sign(order);
                    let reply = world.send(&body);
                    sent.push((body, reply));
                }
                Act::Request { .. } => {}
                Act::Again => {
                    for (body, reply) in sent.clone() {
                        prop_assert_eq!(world.send(&body), reply);
                    }
                }
                Act::Restart => world = world.restart(),
                Act::Pass(seconds) => world.pass(Span::from_s(seconds)),
            }
        }
        let report = world.audit();
        prop_assert!(report.is_ok(), "{:?}", report);
    }
}
