//! decode(encode(x)) = x and encode(decode(b)) = b, for any value of every object and body.

use farthing_protocol::alias::{Alias, AliasRecord};
use farthing_protocol::bundle::{Bundle, Recipient};
use farthing_protocol::cbor::{self, Bytes, V1, encode};
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::{Object, Signed};
use farthing_protocol::details::{Details, Disclosure, Item, Salt};
use farthing_protocol::device::{DeviceCertificate, DeviceList, ListedDevice, Scope};
use farthing_protocol::enrolment::Enrolment;
use farthing_protocol::fee_schedule::{FeeSchedule, Terms};
use farthing_protocol::generation::{Generation, GenerationNumber, Mark};
use farthing_protocol::handle::{HandleBind, HandleCancel, HandleRegister, StockedHandle};
use farthing_protocol::head::Head;
use farthing_protocol::http::*;
use farthing_protocol::id::*;
use farthing_protocol::invite::Invite;
use farthing_protocol::issue::Issue;
use farthing_protocol::key::{Ed25519Key, HpkePublicKey, OlmKey, PublicKey, Signer as _};
use farthing_protocol::limits::AMOUNT_MAX;
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::order::{Body, Order, Payment};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::request::{Request, RequestId, Usage};
use farthing_protocol::text::Text;
use farthing_protocol::time::{Span, Time};
use farthing_protocol::verifier_certificate::VerifierCertificate;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

/// Signs, parses, compares.
pub(crate) fn object<T: Object + PartialEq + Clone + core::fmt::Debug>(value: &T) {
    let key = Ed25519Key::from_seed([7; 32]);
    let made = Signed::sign(value.clone(), &key).unwrap();
    let read = Signed::<T>::parse(made.bytes()).unwrap();
    assert_eq!(read.claims(), value);
    assert_eq!(read.bytes(), made.bytes());
    assert_eq!(read.hash(), made.hash());
    assert_eq!(encode(&cbor::decode::<T>(&encode(value)).unwrap()), encode(value));
    assert_eq!(read.verify(key.public()).unwrap().hash(), made.hash());
}

macro_rules! newtypes {
    ($($f:ident: $t:ident, $n:literal;)+) => {$(
        pub(crate) fn $f() -> impl Strategy<Value = $t> + Clone {
            any::<[u8; $n]>().prop_map($t::new)
        }
    )+};
}
newtypes! {
    digest: Digest, 32;
    verifier: VerifierId, 32;
    account: AccountId, 16;
    device: DeviceId, 16;
    handle: Handle, 16;
    locator: Locator, 16;
    payee_key: PayeeKeyHash, 32;
    reference: RequestRef, 32;
    details_hash: DetailsHash, 32;
    nonce: Nonce, 16;
    invite_code: InviteCode, 16;
    tls: TlsCertificateHash, 32;
    hpke: HpkePublicKey, 32;
    olm: OlmKey, 32;
    salt: Salt, 32;
    request_id: RequestId, 16;
}

macro_rules! counters {
    ($($f:ident: $t:ident;)+) => {$(
        pub(crate) fn $f() -> impl Strategy<Value = $t> + Clone {
            (0..=i64::MAX as u64).prop_map($t::new)
        }
    )+};
}
counters! { epoch: Epoch; seq: Seq; fee_version: FeeVersion; counter: Counter; }

pub(crate) fn time() -> impl Strategy<Value = Time> + Clone {
    (0..=Time::MAX.as_ms()).prop_map(Time::from_ms)
}

/// Created, and how long it lives; late enough that nothing reaches the end of time.
fn life(max: Span) -> impl Strategy<Value = (Time, Time)> + Clone {
    (0..1_u64 << 47, 1..=max.as_ms()).prop_map(|(t, s)| (Time::from_ms(t), Time::from_ms(t).plus(Span::from_ms(s))))
}

pub(crate) fn ed25519() -> impl Strategy<Value = PublicKey> + Clone {
    any::<[u8; 32]>().prop_map(|seed| *Ed25519Key::from_seed(seed).public())
}

fn es256() -> impl Strategy<Value = PublicKey> + Clone {
    any::<[u8; 31]>().prop_map(|scalar| {
        let secret = p256::ecdsa::SigningKey::from_slice(&[&[1][..], &scalar].concat()).unwrap();
        PublicKey::es256_from_sec1(secret.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
    })
}

pub(crate) fn key() -> impl Strategy<Value = PublicKey> + Clone {
    prop_oneof![ed25519(), es256()]
}

fn asset() -> impl Strategy<Value = Asset> + Clone {
    ("[A-Z][A-Z0-9]{2,7}", 0_u8..=12).prop_map(|(code, scale)| Asset::new(Code::new(&code).unwrap(), scale).unwrap())
}

pub(crate) fn amount() -> impl Strategy<Value = Amount> + Clone {
    (1..=AMOUNT_MAX, asset()).prop_map(|(value, asset)| Amount::new(value, asset).unwrap())
}

pub(crate) fn text<const N: usize>(most: usize) -> impl Strategy<Value = Text<N>> + Clone {
    let allowed = proptest::char::any();
    vec(allowed, 1..most).prop_filter_map("forbidden characters", |chars| {
        let kept: String = chars.into_iter().filter(|c| Text::<8>::typed(&c.to_string()).is_ok()).collect();
        Text::<N>::typed(&kept).ok()
    })
}

fn alias() -> impl Strategy<Value = Alias> + Clone {
    "[a-z0-9][a-z0-9-]{1,30}[a-z0-9]".prop_map(|t| Alias::new(&t).unwrap())
}

pub(crate) fn ids() -> impl Strategy<Value = (Time, [u8; 10])> + Clone {
    (0..1_u64 << 47, any::<[u8; 10]>()).prop_map(|(t, r)| (Time::from_ms(t), r))
}

/// A UUIDv7 of this time.
pub(crate) fn uuid(time: Time, random: [u8; 10]) -> [u8; 16] {
    uuid::Builder::from_unix_timestamp_millis(time.as_ms(), &random).into_uuid().into_bytes()
}

fn limits() -> impl Strategy<Value = Vec<Amount>> + Clone {
    btree_map(asset(), 0..=AMOUNT_MAX, 1..4)
        .prop_map(|map| map.into_iter().map(|(asset, value)| Amount::new(value, asset).unwrap()).collect())
}

fn scope() -> impl Strategy<Value = Scope> + Clone {
    (0_u8..8, option::of(limits()), option::of(limits()), option::of(vec(handle(), 1..=8)), option::of(time()))
        .prop_map(|(permissions, per_order, per_day, payees, expires)| Scope {
            permissions,
            per_order,
            per_day,
            payees,
            expires,
        })
}

fn items() -> impl Strategy<Value = Vec<Item>> + Clone {
    (asset(), vec((text::<64>(12), 0..1_000_000_000_u64), 1..6)).prop_map(|(asset, items)| {
        let item = |(name, value)| Item { name, amount: Amount::new(value, asset).unwrap() };
        items.into_iter().map(item).collect()
    })
}

pub(crate) fn bytes<const N: usize>(most: usize) -> impl Strategy<Value = Bytes<N>> + Clone {
    vec(any::<u8>(), 0..most).prop_map(|b| Bytes::new(b).unwrap())
}

fn payment() -> impl Strategy<Value = Payment> + Clone {
    (handle(), payee_key(), amount(), option::of(reference()), details_hash(), option::of(digest())).prop_map(
        |(payee, payee_key, amount, reference, details, bundle)| Payment {
            payee,
            payee_key,
            amount,
            reference,
            details,
            bundle,
        },
    )
}

pub(crate) fn disclosure() -> impl Strategy<Value = Disclosure> + Clone {
    (salt(), option::of(text(40)), option::of(items()), option::of(text(10))).prop_map(|(salt, memo, items, payer)| {
        Disclosure { version: V1, salt, details: Details { memo, items, payer } }
    })
}

fn entries() -> impl Strategy<Value = Vec<Entry>> + Clone {
    let kind = prop::sample::select(vec![
        EntryKind::Credit,
        EntryKind::Debit,
        EntryKind::Issue,
        EntryKind::Devices,
        EntryKind::Hold,
        EntryKind::Tab,
        EntryKind::Claim,
        EntryKind::Spent,
        EntryKind::Allowance,
        EntryKind::OfflineClaim,
        EntryKind::Settled,
        EntryKind::Share,
    ]);
    let order = any::<[u8; 16]>().prop_map(OrderId::new);
    let of = (option::of(order), option::of(amount()), option::of(handle()), option::of(device()));
    let rest = (kind, bytes(50), option::of(bytes(50)), option::of(bytes(50)), of);
    btree_map((epoch(), seq()), rest, 0..5).prop_map(|map| {
        let entry = |((epoch, seq), (kind, receipt, cause, bundle, (order, fee, handle, device)))| Entry {
            epoch,
            seq,
            kind,
            receipt,
            cause,
            bundle,
            order,
            fee,
            handle,
            device,
        };
        map.into_iter().map(entry).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn verifier_certificates(root in key(), serial in counter(), signing in key(), hpke in hpke(), epoch in epoch(), first_seq in seq(), (not_before, not_after) in life(Span::from_h(1000))) {
        object(&VerifierCertificate { version: V1, root, serial, signing, hpke, epoch, first_seq, not_before, not_after });
    }

    #[test]
    fn checkpoints(verifier in verifier(), epoch in epoch(), first_seq in seq(), previous in option::of(digest()), roots in vec(digest(), 0..=4), time in time()) {
        object(&Checkpoint { version: V1, verifier, epoch, first_seq, previous, roots, time });
    }

    #[test]
    fn heads(epoch in epoch(), seq in seq(), time in time(), checkpoint in digest(), nonce in nonce()) {
        object(&Head { version: V1, epoch, seq, time, checkpoint, nonce });
    }

    #[test]
    fn fee_schedules(verifier in verifier(), fee_version in fee_version(), since in time(), rows in btree_map("[A-Z][A-Z0-9]{2,7}", (0_u8..=12, 0..=AMOUNT_MAX, 0_u64..=10_000), 1..=32)) {
        let terms = rows.into_iter().map(|(code, (scale, flat, bps))| Terms { asset: Asset::new(Code::new(&code).unwrap(), scale).unwrap(), flat, bps }).collect();
        object(&FeeSchedule { version: V1, verifier, fee_version, since, terms });
    }

    #[test]
    fn invites(verifier in verifier(), host in "([a-z0-9]{1,9}(-[a-z0-9]{1,9})?(\\.[a-z0-9]{1,9}){0,2}|\\[::[0-9a-f]{1,4}\\])(:[1-9][0-9]{0,3})?", code in option::of(invite_code()), tls in option::of(tls()), expires in option::of(time())) {
        object(&Invite { version: V1, verifier, url: Text::new(&format!("https://{host}")).unwrap(), code, tls, expires });
    }

    #[test]
    fn device_certificates(verifier in verifier(), account in key(), act in key(), session in ed25519(), olm in option::of(olm()), scope in scope(), counter in counter(), created in time()) {
        object(&DeviceCertificate { version: V1, verifier, account, act, session, olm, scope, counter, created });
    }

    #[test]
    fn device_lists(verifier in verifier(), account in account(), counter in counter(), devices in btree_map(device(), digest(), 1..=16), created in time()) {
        let devices = devices.into_iter().map(|(device, certificate)| ListedDevice { device, certificate }).collect();
        object(&DeviceList { version: V1, verifier, account, counter, devices, created });
    }

    #[test]
    fn enrolments(verifier in verifier(), account in key(), counter in counter(), invite in option::of(invite_code()), certificate in digest(), list in digest(), created in time()) {
        object(&Enrolment { version: V1, verifier, account, counter, invite, certificate, list, created });
    }

    #[test]
    fn handle_acts(verifier in verifier(), account in account(), device in device(), (created, random) in ids(), handles in btree_set(handle(), 1..=20), payees in any::<[u8; 32]>(), amount in option::of(amount()), life in 1..=30_u64 * 24 * 3_600_000, locator in locator(), content in digest(), reference in reference()) {
        let id = ActId::new(uuid(created, random));
        let first = *handles.first().unwrap();
        let stocked = handles.iter().enumerate().map(|(n, handle)| {
            let mut seed = payees;
            seed[0] = n as u8;
            StockedHandle { handle: *handle, payee: *Ed25519Key::from_seed(seed).public() }
        });
        object(&HandleRegister { version: V1, verifier, account, device, id, created, handles: stocked.collect() });
        object(&HandleBind { version: V1, verifier, account, device, id, created, handle: first, amount, expires: created.plus(Span::from_ms(life)), locator, content, reference });
        object(&HandleCancel { version: V1, verifier, account, device, id, created, handle: first });
    }

    #[test]
    fn alias_records(verifier in verifier(), alias in alias(), payee in key(), hpke in hpke(), created in time()) {
        object(&AliasRecord { version: V1, verifier, alias, payee, hpke, created });
    }

    #[test]
    fn requests(id in request_id(), verifier in verifier(), handle in handle(), payee in key(), hpke in hpke(), items in option::of(items()), open in option::of(amount()), (created, expires) in life(Span::from_h(720)), memo in option::of(text(60)), payee_name in option::of(text(12)), standing in any::<bool>()) {
        let total = |items: &Vec<Item>| items.iter().skip(1).try_fold(items[0].amount, |sum, i| sum.checked_add(&i.amount)).unwrap();
        let amount = items.as_ref().map(total).filter(|t| !t.is_zero()).or(if items.is_none() { open } else { None });
        let usage = if standing { Usage::Standing } else { Usage::Single };
        object(&Request { version: V1, id, verifier, handle, payee, hpke, amount, created, expires, memo, items, payee_name, usage });
    }

    #[test]
    fn orders(verifier in verifier(), account in account(), device in device(), (created, random) in ids(), life in 1..=600_000_u64, fee_version in fee_version(), payment in payment()) {
        let id = OrderId::new(uuid(created, random));
        object(&Order { version: V1, id, verifier, account, device, created, expires: created.plus(Span::from_ms(life)), fee_version, body: Body::Payment(payment) });
    }

    #[test]
    fn receipts(epoch in epoch(), seq in seq(), checkpoint in digest(), time in time(), amount in amount(), payee_key in payee_key(), reference in option::of(reference()), order in digest(), details in details_hash()) {
        object(&Receipt { version: V1, epoch, seq, checkpoint, time, amount, payee_key, reference, order, details });
    }

    #[test]
    fn refusals(epoch in epoch(), time in time(), order in digest(), code in 100_u16..200, retryable in any::<bool>(), message in text(40), attachment in option::of(bytes(4096))) {
        object(&Refusal { version: V1, epoch, time, order, code, retryable, message, attachment });
    }

    #[test]
    fn issues(verifier in verifier(), account in account(), (created, random) in ids(), amount in amount(), reason in text(40)) {
        object(&Issue { version: V1, id: OrderId::new(uuid(created, random)), verifier, account, amount, reason, created });
    }

    #[test]
    fn disclosures(disclosure in disclosure()) {
        let made = encode(&disclosure);
        let read = Disclosure::decode(&made).unwrap();
        prop_assert_eq!(encode(&read), made);
        prop_assert_eq!(read, disclosure);
    }

    #[test]
    fn bundles(step in 0_usize..3, fill in any::<u8>(), recipients in vec((hpke(), any::<[u8; 48]>()), 1..=16)) {
        let body = Bytes::new(vec![fill; [256, 1024, 4096][step]]).unwrap();
        let recipient = |(enc, wrapped): (HpkePublicKey, [u8; 48])| Recipient::Hpke(enc, Bytes::new(wrapped.to_vec()).unwrap());
        let bundle = Bundle { version: V1, body, recipients: recipients.into_iter().map(recipient).collect() };
        let made = encode(&bundle);
        prop_assert_eq!(Bundle::decode(&made).unwrap(), bundle);
    }

    #[test]
    fn bodies(parts in vec(bytes(200), 5), content in bytes(1000), bundle in option::of(bytes(1000)), code in option::of("[0-9]{6,8}"), entries in entries(), more in any::<bool>(), balances in btree_map(asset(), 0..=i64::MAX as u64, 0..5), stock in any::<u64>(), generation in option::of((0..=i64::MAX as u64, any::<[u8; 16]>())), certificates in vec(bytes(100), 1..=64)) {
        let part = |n: usize| parts[n].clone();
        let status = VerifierStatus { certificates, checkpoint: part(0), fee_schedule: part(1), head: part(2) };
        prop_assert_eq!(VerifierStatus::decode(&status.encode()).unwrap(), status);
        let enrol = EnrolmentBody { enrolment: part(0), certificate: part(1), list: part(2), handles: part(3), alias: part(4) };
        prop_assert_eq!(EnrolmentBody::decode(&enrol.encode()).unwrap(), enrol);
        let bind = BindBody { bind: part(0), content };
        prop_assert_eq!(BindBody::decode(&bind.encode()).unwrap(), bind);
        let order = OrderBody { order: part(0), bundle, code: code.map(|c| Text::new(&c).unwrap()) };
        prop_assert_eq!(OrderBody::decode(&order.encode()).unwrap(), order);
        let page = EntriesPage { head: part(0), entries, more };
        prop_assert_eq!(EntriesPage::decode(&page.encode()).unwrap(), page);
        let balances = balances.into_iter().map(|(asset, balance)| AssetBalance { asset, balance }).collect();
        let generation = generation.map(|(number, mark)| Generation { number: GenerationNumber::new(number), mark: Mark::new(mark) });
        let aliases = parts.clone();
        let account = AccountStatus { head: part(0), balances, stock, list: part(1), generation, prekeys: stock, aliases };
        prop_assert_eq!(AccountStatus::decode(&account.encode()).unwrap(), account);
    }

    #[test]
    fn amounts_as_text(amount in amount()) {
        prop_assert_eq!(Amount::parse(&amount.to_string(), &[amount.asset()]), Ok(amount));
        prop_assert_eq!(cbor::decode::<Amount>(&encode(&amount)), Ok(amount));
    }

    /// Any bytes at all: never a panic, and what is accepted is canonical.
    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..600)) {
        for kind in crate::kinds::OBJECTS {
            crate::kinds::accepts_exactly(kind, &bytes);
        }
    }
}
