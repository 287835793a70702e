//! One contract for every store: each test here runs on the encrypted file and on memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use farthing_core::events::{EventKind, EventSeq};
use farthing_core::store::{
    ArtifactKind, Change, Cursor, DatabaseKey, Direction, HandleRecord, HandleState, Kept, MemoryStore, PaymentId,
    PaymentRecord, PaymentState, SqlCipherStore, Store, StoreError, StoreLocation, Table, all_kept, kept, kept_after,
};
use farthing_protocol::cbor::V1;
use farthing_protocol::id::{Digest, Epoch, Handle, PayeeKeyHash, Seq};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::time::Time;
use minicbor::{Decode, Encode};
use proptest::prelude::*;

fn usd() -> Asset {
    Asset::new(Code::new("USD").unwrap(), 6).unwrap()
}

fn id(n: u8) -> PaymentId {
    PaymentId::of_receipt(Time::from_ms(1_000 + u64::from(n)), &Digest::of(&[n]))
}

fn payment(n: u8, state: PaymentState) -> PaymentRecord {
    PaymentRecord {
        version: V1,
        id: id(n),
        direction: Direction::Out,
        state,
        amount: Amount::new(u64::from(n) + 1, usd()).unwrap(),
        fee: None,
        fee_version: None,
        payee: None,
        request: None,
        details: None,
        salt: None,
        order_id: None,
        order: (state != PaymentState::Draft).then(|| Digest::of(&[n, 1])),
        expires: None,
        at: Time::from_ms(1_000 + u64::from(n)),
        seq: None,
        code: None,
        replaced_by: None,
        reason: None,
        device: None,
        lost: None,
    }
}

/// Every implementation, each empty.
fn stores(dir: &tempfile::TempDir) -> Vec<(&'static str, Box<dyn Store>)> {
    let location = StoreLocation { path: Some(dir.path().join("wallet.db")), vfs: None };
    let file = SqlCipherStore::create(location, DatabaseKey::new([7; 32])).unwrap();
    vec![("memory", Box::new(MemoryStore::new())), ("sqlcipher", Box::new(file))]
}

fn on_each(test: impl Fn(&str, &mut dyn Store)) {
    let dir = tempfile::tempdir().unwrap();
    for (name, mut store) in stores(&dir) {
        test(name, store.as_mut());
    }
}

#[test]
fn an_empty_store_has_nothing() {
    on_each(|name, store| {
        assert!(store.profile().unwrap().is_none(), "{name}");
        assert!(store.trust().unwrap().is_none(), "{name}");
        assert_eq!(store.cursor().unwrap(), Cursor::default(), "{name}");
        assert!(store.history(None, 10).unwrap().is_empty(), "{name}");
        assert!(store.balances().unwrap().is_empty(), "{name}");
        assert!(store.events(EventSeq(0), 10).unwrap().is_empty(), "{name}");
    });
}

#[test]
fn changes_apply_together_or_not_at_all() {
    on_each(|name, store| {
        store.apply(&[Change::Payment(payment(1, PaymentState::Sent))]).unwrap();
        let mut twin = payment(2, PaymentState::Sent);
        twin.order = payment(1, PaymentState::Sent).order;
        let cursor = Cursor { epoch: Epoch::new(1), seq: Seq::new(9) };
        let both = [Change::Cursor(cursor), Change::Balance { asset: usd(), delta: 5 }, Change::Payment(twin)];
        assert_eq!(store.apply(&both), Err(StoreError::Conflict), "{name}: two payments claim one order");
        assert_eq!(store.cursor().unwrap(), Cursor::default(), "{name}");
        assert!(store.balances().unwrap().is_empty(), "{name}");
        assert!(store.payment(&id(2)).unwrap().is_none(), "{name}");
    });
}

#[test]
fn history_is_newest_first_by_pages_and_without_drafts() {
    on_each(|name, store| {
        for n in [3, 1, 4, 2] {
            let state = if n == 4 { PaymentState::Draft } else { PaymentState::Settled };
            store.apply(&[Change::Payment(payment(n, state))]).unwrap();
        }
        let first = store.history(None, 2).unwrap();
        assert_eq!(first.iter().map(|p| p.id).collect::<Vec<_>>(), [id(3), id(2)], "{name}");
        let next = store.history(Some(&id(2)), 2).unwrap();
        assert_eq!(next.iter().map(|p| p.id).collect::<Vec<_>>(), [id(1)], "{name}");
    });
}

#[test]
fn unfinished_are_authorised_and_sent_only() {
    on_each(|name, store| {
        use PaymentState::{Authorised, Draft, Expired, Refused, Sent, Settled};
        for (n, state) in [Draft, Authorised, Sent, Settled, Refused, Expired].into_iter().enumerate() {
            store.apply(&[Change::Payment(payment(n as u8, state))]).unwrap();
        }
        let found: Vec<_> = store.unfinished(10).unwrap().into_iter().map(|p| p.state).collect();
        assert_eq!(found, [Authorised, Sent], "{name}");
        assert_eq!(store.unfinished(1).unwrap().len(), 1, "{name}");
        assert!(store.payment_by_order(&Digest::of(&[2, 1])).unwrap().is_some(), "{name}");
        assert!(store.payment_by_order(&Digest::of(b"other")).unwrap().is_none(), "{name}");
    });
}

#[test]
fn bytes_that_nobody_needs_are_forgotten_alone() {
    on_each(|name, store| {
        use ArtifactKind::{Bundle, Order};
        let artifact = |kind| Change::Artifact { payment: id(1), kind, bytes: b"bytes".to_vec().into() };
        let payment = Change::Payment(payment(1, PaymentState::Sent));
        store.apply(&[payment, artifact(Order), artifact(Bundle)]).unwrap();
        store.apply(&[Change::DropArtifact { payment: id(1), kind: Bundle }]).unwrap();
        let is_there = |kind| store.artifact(&id(1), kind).unwrap().is_some();
        assert_eq!((is_there(Order), is_there(Bundle)), (true, false), "{name}");
    });
}

#[test]
fn a_discarded_draft_leaves_nothing() {
    on_each(|name, store| {
        let bytes = b"a request".to_vec();
        let artifact = Change::Artifact { payment: id(1), kind: ArtifactKind::Request, bytes: bytes.into() };
        store.apply(&[Change::Payment(payment(1, PaymentState::Draft)), artifact]).unwrap();
        assert!(store.artifact(&id(1), ArtifactKind::Request).unwrap().is_some(), "{name}");
        store.apply(&[Change::DropPayment(id(1))]).unwrap();
        assert!(store.payment(&id(1)).unwrap().is_none(), "{name}");
        assert!(store.artifact(&id(1), ArtifactKind::Request).unwrap().is_none(), "{name}");
    });
}

#[test]
fn old_drafts_are_found_by_their_age() {
    on_each(|name, store| {
        for (n, state) in [(1, PaymentState::Draft), (2, PaymentState::Sent), (3, PaymentState::Draft)] {
            store.apply(&[Change::Payment(payment(n, state))]).unwrap();
        }
        let before = |ms| PaymentId::first_at(Time::from_ms(ms));
        assert!(store.drafts(&before(1_001), 10).unwrap().is_empty(), "{name}");
        assert_eq!(store.drafts(&before(1_002), 10).unwrap(), [id(1)], "{name}");
        assert_eq!(store.drafts(&before(9_999), 10).unwrap(), [id(1), id(3)], "{name}");
        assert_eq!(store.drafts(&before(9_999), 1).unwrap(), [id(1)], "{name}");
    });
}

#[test]
fn handles_move_between_states() {
    on_each(|name, store| {
        let record =
            |n: u8, state| HandleRecord { handle: Handle::new([n; 16]), payee_key: PayeeKeyHash::new([n; 32]), state };
        let fresh: Vec<_> = (0..3).map(|n| Change::Handle(record(n, HandleState::Registering))).collect();
        store.apply(&fresh).unwrap();
        store.apply(&[Change::Handle(record(1, HandleState::Stocked))]).unwrap();
        assert_eq!(store.handles(HandleState::Registering, 10).unwrap().len(), 2, "{name}");
        assert_eq!(store.handles(HandleState::Stocked, 10).unwrap(), [record(1, HandleState::Stocked)], "{name}");
        let found = store.handle_by_payee_key(&PayeeKeyHash::new([2; 32])).unwrap().unwrap();
        assert_eq!(found.handle, Handle::new([2; 16]), "{name}");
    });
}

#[test]
fn a_paused_store_answers_nothing_and_comes_back_whole() {
    on_each(|name, store| {
        store.apply(&[Change::Payment(payment(1, PaymentState::Sent))]).unwrap();
        store.pause().unwrap();
        store.pause().unwrap();
        assert_eq!(store.payment(&id(1)), Err(StoreError::Paused), "{name}");
        assert_eq!(store.apply(&[Change::Cursor(Cursor::default())]), Err(StoreError::Paused), "{name}");
        store.resume().unwrap();
        assert!(store.payment(&id(1)).unwrap().is_some(), "{name}");
    });
}

/// A small record of the tests' own.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Note(#[n(0)] u8, #[n(1)] u64);

impl Kept for Note {
    const TABLE: Table = Table::NOTES;
    fn key(&self) -> Vec<u8> {
        vec![self.0]
    }
}

#[test]
fn small_records_are_found_by_kind_and_key_and_listed_in_order() {
    on_each(|name, store| {
        for n in [3, 1, 2] {
            store.apply(&[Change::put(&Note(n, 0))]).unwrap();
        }
        store.apply(&[Change::put(&Note(2, 7)), Change::forget::<Note>(&[9])]).unwrap();
        let other = Change::Put { table: Table::CONTACTS, key: vec![1], record: vec![0x80].into() };
        store.apply(&[other]).unwrap();
        assert_eq!(kept::<Note>(store, &[2]).unwrap(), Some(Note(2, 7)), "{name}");
        assert_eq!(all_kept::<Note>(store).unwrap(), [Note(1, 0), Note(2, 7), Note(3, 0)], "{name}");
        assert_eq!(kept_after::<Note>(store, &[1], 1).unwrap(), [Note(2, 7)], "{name}");
        store.apply(&[Change::forget::<Note>(&[2])]).unwrap();
        assert_eq!(kept::<Note>(store, &[2]).unwrap(), None, "{name}");
        let nameless = Change::Put { table: Table::NOTES, key: Vec::new(), record: vec![0x80].into() };
        let kept_from_this_list = Change::put(&Note(9, 9));
        assert_eq!(store.apply(&[kept_from_this_list, nameless]), Err(StoreError::Conflict), "{name}");
        assert_eq!(kept::<Note>(store, &[9]).unwrap(), None, "{name}: all or nothing");
        let cut = Change::Put { table: Table::NOTES, key: vec![4], record: vec![0x82, 4].into() };
        store.apply(&[cut]).unwrap();
        assert!(matches!(kept::<Note>(store, &[4]), Err(StoreError::Damaged(_))), "{name}: never taken for absent");
    });
}

/// What is stored may be a key or what was written: none of it shows, in what is logged of a change or of a store.
#[test]
fn debug_of_changes_shows_no_bytes() {
    let record = || vec![0xab_u8; 40].into();
    let changes = [
        Change::Put { table: Table::OLM_ACCOUNT, key: vec![0], record: record() },
        Change::Artifact { payment: id(1), kind: ArtifactKind::Request, bytes: record() },
    ];
    let mut store = MemoryStore::new();
    store.apply(&changes).unwrap();
    let shown = format!("{changes:?} {store:?} {:#?}", store.small(Table::OLM_ACCOUNT, &[0]).unwrap());
    assert!(!shown.contains("171") && !shown.to_lowercase().contains("abab"), "{shown}");
    assert_eq!(shown.matches("Record(40 bytes, redacted)").count(), 5, "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Both stores say the same after any list of changes.
    #[test]
    fn both_stores_agree(steps in prop::collection::vec((0_u8..12, 0_u8..6, -50_i64..50), 1..40)) {
        let dir = tempfile::tempdir().unwrap();
        let mut all = stores(&dir);
        for (n, kind, delta) in steps {
            let states = [
                PaymentState::Draft, PaymentState::Authorised, PaymentState::Sent,
                PaymentState::Settled, PaymentState::Refused, PaymentState::Expired,
            ];
            let changes = [
                Change::Payment(payment(n, states[usize::from(kind)])),
                Change::Balance { asset: usd(), delta },
                Change::Event { at: Time::from_ms(5), kind: EventKind::Received(id(n)) },
            ];
            let results: Vec<_> = all.iter_mut().map(|(_, store)| store.apply(&changes)).collect();
            prop_assert_eq!(&results[0], &results[1]);
        }
        let seen: Vec<_> = all.iter().map(|(_, store)| (
            store.history(None, 100).unwrap(),
            store.unfinished(100).unwrap(),
            store.balances().unwrap(),
            store.events(EventSeq(3), 7).unwrap(),
        )).collect();
        prop_assert_eq!(&seen[0], &seen[1]);
    }
}
