//! Every record of the store, in each shape, as the bytes that lie in the database; and the tables.

use farthing_core::checkpoints::{ContradictionRecord, HeardCheckpoint, KnownCheckpoint, ToldCheckpoint};
use farthing_core::contacts::{Contact, ContactState};
use farthing_core::devices::{KnownDevice, OwnDevices, PendingChange, Purpose};
use farthing_core::enrol::EnrolmentRecord;
use farthing_core::events::EventKind;
use farthing_core::generation::{Copies, Opening};
use farthing_core::history::LostRecord;
use farthing_core::payment::{AliasState, OwnAlias};
use farthing_core::store::{
    ActKind, ActRecord, AliasPin, ArtifactKind, Cursor, DatabaseKey, Direction, HandleRecord, HandleState, LossState,
    PayeeRecord, PaymentId, PaymentRecord, PaymentState, Profile, ProfileState, RequestRecord, RequestState,
    SqlCipherStore, StoreLocation, TrustRecord,
};
use farthing_protocol::alias::Alias;
use farthing_protocol::cbor::{self, V1, Yes};
use farthing_protocol::contradiction::Contradiction;
use farthing_protocol::details::{Details, Item, Memo, Salt};
use farthing_protocol::generation::{Generation, GenerationNumber, Mark};
use farthing_protocol::http::SignedBytes;
use farthing_protocol::id::{
    AccountId, ActId, Counter, DeviceId, Digest, Epoch, FeeVersion, Handle, OrderId, PayeeKeyHash, RequestRef, Seq,
    TlsCertificateHash, VerifierId,
};
use farthing_protocol::key::{Ed25519Key, HpkePublicKey, Signer as _};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::request::RequestId;
use farthing_protocol::text::Text;
use farthing_protocol::time::Time;
use std::fmt::Write as _;

/// The forms, one line each.
#[derive(Default)]
pub(super) struct Forms(String);

impl Forms {
    pub(super) fn add<T>(&mut self, name: &str, record: &T)
    where
        T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> + PartialEq + std::fmt::Debug,
    {
        let bytes = cbor::encode(record);
        assert_eq!(&cbor::decode::<T>(&bytes).unwrap(), record, "{name} is read as it was written");
        writeln!(self.0, "{name}: {}", data_encoding::HEXLOWER.encode(&bytes)).unwrap();
    }
}

pub(super) fn usd(units: u64) -> Amount {
    Amount::new(units, Asset::new(Code::new("USD").unwrap(), 6).unwrap()).unwrap()
}

pub(super) fn payment_id(n: u8) -> PaymentId {
    PaymentId::from_bytes([n; 16])
}

pub(super) fn signed(n: u8) -> SignedBytes {
    SignedBytes::new(vec![n; 3]).unwrap()
}

pub(super) fn payee(full: bool) -> PayeeRecord {
    PayeeRecord {
        handle: Handle::new([1; 16]),
        key: PayeeKeyHash::new([2; 32]),
        hpke: HpkePublicKey::new([3; 32]),
        reference: full.then(|| RequestRef::new([4; 32])),
        alias: full.then(|| Alias::new("taco-truck").unwrap()),
        name: full.then(|| Text::new("Taco Truck").unwrap()),
        pinned: full,
        expires: full.then(|| Time::from_ms(1_800_000_000_000)),
    }
}

fn payment(full: bool, direction: Direction, state: PaymentState) -> PaymentRecord {
    let details = Details {
        memo: Some(Memo::new("two tacos").unwrap()),
        items: Some(vec![Item { name: Text::new("taco").unwrap(), amount: usd(2_250_000) }]),
        payer: Some(Text::new("Ann").unwrap()),
    };
    PaymentRecord {
        version: V1,
        id: payment_id(5),
        direction,
        state,
        amount: usd(4_500_000),
        fee: full.then(|| usd(23_500)),
        fee_version: full.then(|| FeeVersion::new(2)),
        payee: full.then(|| payee(true)),
        request: full.then(|| RequestId::new([6; 16])),
        details: full.then_some(details),
        salt: full.then(|| Salt::new([7; 32])),
        order_id: full.then(|| OrderId::new([8; 16])),
        order: full.then(|| Digest::new([9; 32])),
        expires: full.then(|| Time::from_ms(1_800_000_120_000)),
        at: Time::from_ms(1_800_000_000_000),
        seq: full.then(|| Seq::new(42)),
        code: full.then_some(110),
        replaced_by: full.then(|| payment_id(10)),
        reason: full.then(|| Text::new("Welcome").unwrap()),
        device: None,
        lost: None,
    }
}

fn request(full: bool, state: RequestState) -> RequestRecord {
    RequestRecord {
        version: V1,
        id: RequestId::new([6; 16]),
        state,
        handle: Handle::new([1; 16]),
        payee_key: PayeeKeyHash::new([2; 32]),
        reference: RequestRef::new([4; 32]),
        bytes: signed(11),
        created: Time::from_ms(1_800_000_000_000),
        expires: Time::from_ms(1_800_000_900_000),
        code: full.then_some(225),
        payment: full.then(|| payment_id(5)),
    }
}

fn profile(full: bool, state: ProfileState) -> Profile {
    let account = *Ed25519Key::from_seed([12; 32]).public();
    Profile {
        version: V1,
        verifier: VerifierId::new([13; 32]),
        url: Text::new("https://pay.example").unwrap(),
        tls: full.then(|| TlsCertificateHash::new([14; 32])),
        account: AccountId::new([15; 16]),
        account_key: account,
        device: DeviceId::new([16; 16]),
        alias: Alias::new("ann-1").unwrap(),
        name: full.then(|| Text::new("Ann").unwrap()),
        state,
    }
}

#[test]
fn records_are_as_they_were() {
    let mut forms = Forms::default();
    use PaymentState::{Authorised, Draft, Expired, Refused, Sent, Settled};
    forms.add("payee, least", &payee(false));
    for state in [Draft, Authorised, Sent, Settled, Refused, Expired] {
        forms.add(&format!("payment out, full, {}", state.as_str()), &payment(true, Direction::Out, state));
    }
    forms.add("payment in, least", &payment(false, Direction::In, Settled));
    forms.add("payment issue, least", &payment(false, Direction::Issue, Settled));
    use RequestState::{Binding, Cancelled, Cancelling, Failed, Open, Paid};
    forms.add("request, least", &request(false, Binding));
    for state in [Binding, Open, Paid, Cancelling, Cancelled, Failed] {
        forms.add(&format!("request, full, {}", state.as_str()), &request(true, state));
    }
    for state in [HandleState::Registering, HandleState::Stocked, HandleState::Used, HandleState::Alias] {
        let (handle, payee_key) = (Handle::new([1; 16]), PayeeKeyHash::new([2; 32]));
        forms.add(&format!("handle, {state:?}"), &HandleRecord { handle, payee_key, state });
    }
    let at = Time::from_ms(1_800_000_000_000);
    let pin = AliasPin {
        alias: Alias::new("taco-truck").unwrap(),
        payee_key: PayeeKeyHash::new([2; 32]),
        at,
        known: Some(Yes),
    };
    forms.add("pin", &pin);
    for kind in [ActKind::Register, ActKind::Bind(RequestId::new([6; 16])), ActKind::Cancel(RequestId::new([6; 16]))] {
        let handles = if kind == ActKind::Register { vec![Handle::new([1; 16]); 2] } else { Vec::new() };
        let name = format!("act, {}", format!("{kind:?}").split('(').next().unwrap_or_default());
        forms.add(&name, &ActRecord { id: ActId::new([17; 16]), kind, body: vec![18; 3], handles });
    }
    forms.add("profile, least, ready", &profile(false, ProfileState::Ready));
    forms.add("profile, full, enrolling", &profile(true, ProfileState::Enrolling(vec![19; 3])));
    let (epoch, seq) = (Epoch::new(1), Seq::new(42));
    for state in [ProfileState::Restoring, ProfileState::Reading { epoch, seq }, ProfileState::Revoked] {
        let name = format!("{state:?}").split(' ').next().unwrap_or_default().to_lowercase();
        forms.add(&format!("profile, least, {name}"), &profile(false, state));
    }
    let elsewhere = PaymentRecord { device: Some(DeviceId::new([16; 16])), ..payment(true, Direction::Out, Settled) };
    forms.add("payment out, full, by another device", &elsewhere);
    for kind in [
        ActKind::Prekeys,
        ActKind::Alias,
        ActKind::Publish(RequestId::new([6; 16])),
        ActKind::Withdraw(RequestId::new([6; 16])),
    ] {
        let name = format!("act, {}", format!("{kind:?}").split('(').next().unwrap_or_default());
        forms.add(&name, &ActRecord { id: ActId::new([17; 16]), kind, body: vec![18; 3], handles: Vec::new() });
    }
    people(&mut forms, at);
    let trust = TrustRecord {
        version: V1,
        certificates: vec![signed(20), signed(21)],
        checkpoint: signed(22),
        fee_schedule: signed(23),
        epoch: Epoch::new(1),
        seq: Seq::new(42),
        behind: false,
        earlier: None,
        loss: None,
    };
    forms.add("trust", &trust);
    forms.add("trust, behind", &TrustRecord { behind: true, ..trust.clone() });
    let earlier = Some(vec![signed(24)]);
    for loss in [LossState::Open, LossState::Accepted] {
        let trust = TrustRecord { earlier: earlier.clone(), loss: Some(loss), ..trust.clone() };
        forms.add(&format!("trust, second epoch, loss {loss:?}"), &trust);
    }
    let lost = LostRecord { version: V1, payment: payment_id(5), epoch: Epoch::new(2) };
    forms.add("lost", &lost);
    for (shape, body, forgotten) in
        [("kept", vec![18; 3], None), ("of another device, forgotten", Vec::new(), Some(at))]
    {
        forms.add(&format!("enrolment, {shape}"), &EnrolmentRecord { version: V1, body, forgotten });
    }
    let accepted = PaymentRecord { lost: Some(Epoch::new(2)), ..payment(false, Direction::In, Settled) };
    forms.add("payment in, least, lost", &accepted);
    forms.add("cursor", &Cursor { epoch: Epoch::new(1), seq: Seq::new(42) });
    super::messages::add(&mut forms, at);
    super::tabs::add(&mut forms, at);
    super::offline::add(&mut forms, at);
    let others =
        super::messages::events(payment_id(5)).into_iter().chain(super::tabs::events()).chain(super::offline::events());
    for kind in events().into_iter().chain(others) {
        forms.add(&format!("event, {}", kind.name()), &kind);
    }
    for (kind, name) in ArtifactKind::ALL {
        writeln!(forms.0, "artifact, {name}: {}", kind as i64).unwrap();
    }
    super::same_as("stored_forms.txt", &forms.0);
}

/// What belongs to several devices of an account, and to copies of a folder.
fn people(forms: &mut Forms, at: Time) {
    let generation = |n: u8| Generation { number: GenerationNumber::new(u64::from(n)), mark: Mark::new([n; 16]) };
    for (copies, full) in [(Copies::Alone, false), (Copies::Found, true), (Copies::Known, true)] {
        let opening = Opening {
            version: V1,
            current: generation(3),
            told: full.then(|| generation(1)),
            sent: full.then(|| generation(2)).into_iter().collect(),
            copies,
            found_at: full.then_some(at),
            held: if full { vec![payment_id(5)] } else { Vec::new() },
            doubted: full,
        };
        forms.add(&format!("opening, {copies:?}"), &opening);
    }
    for revoked in [None, Some(at)] {
        let device = KnownDevice { version: V1, device: DeviceId::new([16; 16]), certificate: signed(25), revoked };
        forms.add(&format!("device, revoked {}", revoked.is_some()), &device);
    }
    for known in [
        KnownCheckpoint::default(),
        KnownCheckpoint {
            newest: Some(signed(34)),
            unaccounted: Some(signed(35)),
            differs: Some(true),
            missing: Some(payment_id(5)),
        },
    ] {
        forms.add(&format!("known checkpoint, unaccounted {}", known.is_unaccounted()), &known);
    }
    let account = AccountId::new([21; 16]);
    forms.add("heard checkpoint", &HeardCheckpoint { from: account, checkpoint: signed(34) });
    forms.add("told checkpoint", &ToldCheckpoint { to: account, bytes: Digest::new([36; 32]) });
    let (one, other, certificates) = (signed(34), signed(35), vec![signed(37)]);
    let contradiction = Contradiction { version: V1, certificates, one, other, before: Some(signed(38)) };
    forms.add("contradiction", &ContradictionRecord { contradiction, accepted: false });
    let counter = Counter::new;
    let own = OwnDevices { version: V1, list: signed(26), counter: counter(5), highest: counter(6), incomplete: false };
    forms.add("own devices", &own);
    for purpose in [Purpose::Restore, Purpose::Revoke, Purpose::Add, Purpose::Again] {
        let (list, certificates) = (signed(26), vec![signed(25)]);
        let change = PendingChange { version: V1, purpose, list, certificates, body: vec![19; 3] };
        forms.add(&format!("change of devices, {purpose:?}"), &change);
    }
    for (state, full) in [(ContactState::Met, false), (ContactState::Verified, true)] {
        let contact = Contact {
            version: V1,
            account,
            account_key: *Ed25519Key::from_seed([12; 32]).public(),
            alias: Alias::new("bob").unwrap(),
            name: Text::new("Bob").unwrap(),
            calls_itself: full.then(|| Text::new("Robert").unwrap()),
            state,
            blocked: full,
            expected: Digest::new([39; 32]),
            met: at,
            verified: full.then_some(at),
            alias_record: signed(40),
        };
        forms.add(&format!("contact, {}", state.as_str()), &contact);
    }
    for state in [AliasState::Registering, AliasState::Registered, AliasState::Refused(234)] {
        let alias = OwnAlias { version: V1, alias: Alias::new("taco-truck").unwrap(), state, created: at };
        forms.add(&format!("alias, {state:?}"), &alias);
    }
}

/// All of them, by their numbers.
fn events() -> Vec<EventKind> {
    let (payment, request) = (payment_id(5), RequestId::new([6; 16]));
    vec![
        EventKind::Enrolled,
        EventKind::PaymentAuthorised(payment),
        EventKind::PaymentSettled(payment),
        EventKind::PaymentRefused(payment, 103),
        EventKind::PaymentExpired(payment),
        EventKind::Received(payment),
        EventKind::Issued(payment),
        EventKind::RequestOpen(request),
        EventKind::RequestPaid(request, payment),
        EventKind::RequestCancelled(request),
        EventKind::RequestFailed(request, 225),
        EventKind::HistoryLost,
        EventKind::EntryRejected(42),
        EventKind::PaidElsewhere(payment),
        EventKind::EpochChanged(2),
        EventKind::PaymentLost(payment),
        EventKind::PaymentFound(payment),
        EventKind::LossAccepted,
        EventKind::HistoryBack,
        EventKind::TwoHistories,
        EventKind::CheckpointUnaccounted,
        EventKind::CheckpointAccounted,
        EventKind::BalanceDiffers,
        EventKind::OldCopy,
        EventKind::Revoked,
        EventKind::DeviceAdded(DeviceId::new([16; 16])),
        EventKind::DeviceRevoked(DeviceId::new([16; 16])),
        EventKind::Restored,
        EventKind::AliasRegistered(Handle::new([1; 16])),
        EventKind::AliasRefused(Handle::new([1; 16]), 234),
    ]
}

/// A table that changes needs a migration of its own, never another text of one that was released.
#[test]
fn tables_are_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("wallet.db");
    let location = StoreLocation { path: Some(path.clone()), vfs: None };
    drop(SqlCipherStore::create(location, DatabaseKey::new([3; 32])).unwrap());
    let database = rusqlite::Connection::open(&path).unwrap();
    database.execute_batch(&format!("PRAGMA key = \"x'{}'\";", "03".repeat(32))).unwrap();
    let version: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let mut tables = format!("version {version}\n");
    let mut found = database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
    for sql in found.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        let sql = sql.unwrap();
        writeln!(tables, "{}", sql.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap();
    }
    super::same_as("tables.txt", &tables);
}
