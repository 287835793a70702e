//! One file per object type: right ones with all that is needed to make them again, and wrong ones.

use crate::keys::{Key, NOW, act_id, bytes, bytes_16, ed25519, es256, hex, hpke, order_id};
use crate::{invalid, json, special};
use farthing_protocol::alias::{Alias, AliasRecord};
use farthing_protocol::bundle::{Binding, Bundle};
use farthing_protocol::cbor::{Bytes, V1, encode};
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::code::RefusalCode;
use farthing_protocol::cose::{Object, Signed};
use farthing_protocol::details::{Details, Disclosure, Item, Salt};
use farthing_protocol::device::{DeviceCertificate, DeviceList, ListedDevice, Scope};
use farthing_protocol::enrolment::Enrolment;
use farthing_protocol::fee_schedule::{FeeSchedule, Terms};
use farthing_protocol::handle::{HandleBind, HandleCancel, HandleRegister, StockedHandle};
use farthing_protocol::head::Head;
use farthing_protocol::id::*;
use farthing_protocol::invite::Invite;
use farthing_protocol::issue::{self, Issue};
use farthing_protocol::key::{HpkePublicKey, Signer as _};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::order::{Body, Order, Payment};
use farthing_protocol::pointer::Pointer;
use farthing_protocol::receipt::Receipt;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::request::{self, Request, RequestId, Usage};
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;
use farthing_protocol::verifier_certificate::VerifierCertificate;
use serde_json::{Value, json};

/// Where the verifier of the vectors listens.
pub(crate) const URL: &str = "https://pay.example.org";

/// The file of each object type.
pub(crate) fn files() -> Vec<(String, Value)> {
    let (root, signing, account, act, session) =
        (ed25519("root"), ed25519("signing"), ed25519("account"), ed25519("act"), ed25519("session"));
    let (act_es256, payee, payee_es256) = (es256("act es256"), ed25519("payee"), es256("payee es256"));
    let alias_payee = ed25519("alias payee");
    vec![
        file(
            &root,
            &[
                ("from init", certificate()),
                (
                    "an ES256 signing key",
                    VerifierCertificate {
                        serial: Counter::new(2),
                        signing: *es256("signing es256").public(),
                        ..certificate()
                    },
                ),
            ],
        ),
        file(
            &signing,
            &[
                ("the first", checkpoint()),
                (
                    "after a restore",
                    Checkpoint {
                        epoch: Epoch::new(2),
                        first_seq: Seq::new(43),
                        previous: Some(signed(checkpoint(), &signing).hash()),
                        ..checkpoint()
                    },
                ),
            ],
        ),
        file(&signing, &[("of an empty ledger", Head { seq: Seq::new(0), ..head() }), ("later", head())]),
        file(&signing, &[("two assets", fee_schedule())]),
        file(
            &signing,
            &[
                ("with a code", invite()),
                (
                    "of an open verifier",
                    Invite {
                        code: None,
                        expires: None,
                        url: text("http://127.0.0.1:8420"),
                        tls: Some(TlsCertificateHash::new(bytes("tls"))),
                        ..invite()
                    },
                ),
            ],
        ),
        file(
            &account,
            &[("a person's own phone", device()), ("a limited one with an ES256 act key", limited_device())],
        ),
        file(&account, &[("one device", list())]),
        file(
            &account,
            &[("with an invite", enrolment()), ("at an open verifier", Enrolment { invite: None, ..enrolment() })],
        ),
        file(&session, &[("three handles", register())]),
        file(&session, &[("an exact amount", bind()), ("any amount", HandleBind { amount: None, ..bind() })]),
        file(&session, &[("cancelled", cancel())]),
        file(&alias_payee, &[("truck-7", alias_record())]),
        with_more(
            file(
                &payee,
                &[
                    ("4.50 USD, two items", request()),
                    (
                        "open, standing",
                        Request {
                            amount: None,
                            items: None,
                            memo: None,
                            payee_name: None,
                            usage: Usage::Standing,
                            ..request()
                        },
                    ),
                ],
            ),
            &payee_es256,
            &[("an ES256 payee key", Request { payee: *payee_es256.public(), ..request() })],
        ),
        with_more(
            file(&act, &[("pays a request", order()), ("pays an alias", order_to_alias())]),
            &act_es256,
            &[("an ES256 act key", Order { device: act_es256.public().device_id(), ..order() })],
        ),
        file(&signing, &[("of a request's order", receipt()), ("of an issue", issue_receipt())]),
        file(&signing, &[("insufficient funds", refusal()), ("fee changed, with the schedule", fee_refusal())]),
        file(&signing, &[("a grant", issue())]),
    ]
}

fn file<T: Object>(key: &Key, valid: &[(&str, T)]) -> (String, Value)
where
    T: Clone,
{
    let shown: Vec<Value> = valid.iter().map(|(name, payload)| vector(name, payload.clone(), key)).collect();
    let first = encode(&valid[0].1);
    let wrong = [invalid::general(T::TYPE, &first, key), special::of(T::TYPE, &first, key)].concat();
    let value = json!({
        "type": T::TYPE,
        "external_aad": format!("farthing/1/{}", T::TYPE),
        "valid": shown,
        "invalid": wrong,
    });
    (T::TYPE.to_owned(), value)
}

fn with_more<T: Object + Clone>((name, mut value): (String, Value), key: &Key, more: &[(&str, T)]) -> (String, Value) {
    let valid = value["valid"].as_array_mut().unwrap();
    valid.extend(more.iter().map(|(name, payload)| vector(name, payload.clone(), key)));
    let wrong = value["invalid"].as_array_mut().unwrap();
    wrong.push(invalid::high_s(&signed(more[0].1.clone(), key), key));
    (name, value)
}

fn vector<T: Object>(name: &str, payload: T, key: &Key) -> Value {
    let payload_bytes = encode(&payload);
    let object = signed(payload, key);
    json!({
        "name": name,
        "signer": key.shown(),
        "public_key": hex(&encode(key.public())),
        "kid": object.kid().to_hex(),
        "fields": json::of(&payload_bytes),
        "payload": hex(&payload_bytes),
        "to_be_signed": hex(object.to_be_signed()),
        "signature": object.signature().to_hex(),
        "bytes": hex(object.bytes()),
        "hash": object.hash().to_hex(),
        "bytes_hash": object.bytes_hash().to_hex(),
    })
}

fn signed<T: Object>(payload: T, key: &Key) -> Signed<T> {
    Signed::sign(payload, key).unwrap()
}

fn text<const N: usize>(t: &str) -> Text<N> {
    Text::new(t).unwrap()
}

/// 10^-6 USD.
pub(crate) fn usd(value: u64) -> Amount {
    Amount::new(value, Asset::new(Code::new("USD").unwrap(), 6).unwrap()).unwrap()
}

/// The verifier of the vectors.
pub(crate) fn verifier() -> VerifierId {
    ed25519("root").public().verifier_id()
}

/// The device of the vectors.
pub(crate) fn device_id() -> DeviceId {
    ed25519("act").public().device_id()
}

fn account_id() -> AccountId {
    ed25519("account").public().account_id()
}

fn certificate() -> VerifierCertificate {
    VerifierCertificate {
        version: V1,
        root: *ed25519("root").public(),
        serial: Counter::new(1),
        signing: *ed25519("signing").public(),
        hpke: *hpke("verifier hpke").public(),
        epoch: Epoch::new(1),
        first_seq: Seq::new(1),
        not_before: NOW.minus(Span::from_h(24)),
        not_after: NOW.plus(Span::from_h(24 * 365)),
    }
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        version: V1,
        verifier: verifier(),
        epoch: Epoch::new(1),
        first_seq: Seq::new(1),
        previous: None,
        roots: Vec::new(),
        time: NOW.minus(Span::from_h(24)),
    }
}

fn checkpoint_hash() -> Digest {
    signed(checkpoint(), &ed25519("signing")).hash()
}

fn head() -> Head {
    Head {
        version: V1,
        epoch: Epoch::new(1),
        seq: Seq::new(42),
        time: NOW,
        checkpoint: checkpoint_hash(),
        nonce: Nonce::new(bytes_16("nonce")),
    }
}

fn fee_schedule() -> FeeSchedule {
    let asset = |code: &str, scale| Asset::new(Code::new(code).unwrap(), scale).unwrap();
    FeeSchedule {
        version: V1,
        verifier: verifier(),
        fee_version: FeeVersion::new(1),
        since: NOW.minus(Span::from_h(24)),
        terms: vec![
            Terms { asset: asset("KRW", 4), flat: 0, bps: 25 },
            Terms { asset: asset("USD", 6), flat: 10_000, bps: 30 },
        ],
    }
}

/// An invite with a code.
pub(crate) fn invite() -> Invite {
    Invite {
        version: V1,
        verifier: verifier(),
        url: text(URL),
        code: Some(InviteCode::new(bytes_16("invite"))),
        tls: None,
        expires: Some(NOW.plus(Span::from_h(24))),
    }
}

fn device() -> DeviceCertificate {
    DeviceCertificate {
        version: V1,
        verifier: verifier(),
        account: *ed25519("account").public(),
        act: *ed25519("act").public(),
        session: *ed25519("session").public(),
        olm: None,
        scope: Scope::full(),
        counter: Counter::new(1),
        created: NOW,
    }
}

fn limited_device() -> DeviceCertificate {
    DeviceCertificate {
        act: *es256("act es256").public(),
        olm: Some(HpkePublicKey::new(*hpke("olm").public().as_bytes())),
        scope: Scope {
            permissions: Scope::PAY,
            per_order: Some(vec![usd(20_000_000)]),
            per_day: Some(vec![usd(50_000_000)]),
            payees: Some(vec![Alias::new("truck-7").unwrap().handle()]),
            expires: Some(NOW.plus(Span::from_h(24 * 30))),
        },
        counter: Counter::new(4),
        ..device()
    }
}

fn list() -> DeviceList {
    DeviceList {
        version: V1,
        verifier: verifier(),
        account: account_id(),
        counter: Counter::new(2),
        devices: vec![ListedDevice {
            device: device_id(),
            certificate: signed(device(), &ed25519("account")).bytes_hash(),
        }],
        created: NOW,
    }
}

fn enrolment() -> Enrolment {
    let account = ed25519("account");
    Enrolment {
        version: V1,
        verifier: verifier(),
        account: *account.public(),
        counter: Counter::new(3),
        invite: Some(InviteCode::new(bytes_16("invite"))),
        certificate: signed(device(), &account).bytes_hash(),
        list: signed(list(), &account).bytes_hash(),
        created: NOW,
    }
}

fn register() -> HandleRegister {
    let handle = |name: &str, payee: &str| StockedHandle {
        handle: Handle::new(bytes_16(name)),
        payee: *ed25519(payee).public(),
    };
    HandleRegister {
        version: V1,
        verifier: verifier(),
        account: account_id(),
        device: device_id(),
        id: act_id("register", NOW),
        created: NOW,
        handles: vec![handle("handle", "payee"), handle("handle 2", "payee 2"), handle("handle 3", "payee 3")],
    }
}

fn bind() -> HandleBind {
    let request = signed_request();
    let pointer = Pointer::to(URL, &request).unwrap();
    HandleBind {
        version: V1,
        verifier: verifier(),
        account: account_id(),
        device: device_id(),
        id: act_id("bind", NOW),
        created: NOW,
        handle: Handle::new(bytes_16("handle")),
        amount: Some(usd(4_500_000)),
        expires: NOW.plus(Span::from_min(15)),
        locator: pointer.locator(),
        content: Digest::of(&pointer.seal(&request).unwrap()),
        reference: request::reference(&request),
    }
}

fn cancel() -> HandleCancel {
    HandleCancel {
        version: V1,
        verifier: verifier(),
        account: account_id(),
        device: device_id(),
        id: act_id("cancel", NOW),
        created: NOW,
        handle: Handle::new(bytes_16("handle 2")),
    }
}

fn alias_record() -> AliasRecord {
    AliasRecord {
        version: V1,
        verifier: verifier(),
        alias: Alias::new("truck-7").unwrap(),
        payee: *ed25519("alias payee").public(),
        hpke: *hpke("alias hpke").public(),
        created: NOW,
    }
}

fn request() -> Request {
    let item = |name: &str, value| Item { name: text(name), amount: usd(value) };
    Request {
        version: V1,
        id: RequestId::new(bytes_16("request")),
        verifier: verifier(),
        handle: Handle::new(bytes_16("handle")),
        payee: *ed25519("payee").public(),
        hpke: *hpke("payee hpke").public(),
        amount: Some(usd(4_500_000)),
        created: NOW,
        expires: NOW.plus(Span::from_min(15)),
        memo: Some(text("Lunch at the truck, 김밥 and tea")),
        items: Some(vec![item("Gimbap", 3_500_000), item("Tea", 1_000_000)]),
        payee_name: Some(text("Truck 7")),
        usage: Usage::Single,
    }
}

/// The request that everything is about.
pub(crate) fn signed_request() -> Signed<Request> {
    signed(request(), &ed25519("payee"))
}

/// What the payer tells the payee.
pub(crate) fn disclosure() -> Disclosure {
    let details = Details { memo: Some(text("For lunch, thank you")), items: None, payer: Some(text("Mina")) };
    Disclosure { version: V1, salt: Salt::new(bytes("salt")), details }
}

/// What the bundle belongs to.
pub(crate) fn binding() -> Binding {
    Binding { order: order_id("order", NOW), payee_key: ed25519("payee").public().payee_key_hash() }
}

/// The bundle of the order.
pub(crate) fn bundle() -> Bundle {
    let mut random = crate::keys::given(&[&bytes("bundle key"), &bytes("ephemeral")]);
    Bundle::seal(&disclosure(), hpke("payee hpke").public(), &binding(), &mut random).unwrap()
}

fn order() -> Order {
    Order {
        version: V1,
        id: binding().order,
        verifier: verifier(),
        account: account_id(),
        device: device_id(),
        created: NOW,
        expires: NOW.plus(Span::from_s(120)),
        fee_version: FeeVersion::new(1),
        body: Body::Payment(Payment {
            payee: Handle::new(bytes_16("handle")),
            payee_key: binding().payee_key,
            amount: usd(4_500_000),
            reference: Some(request::reference(&signed_request())),
            details: disclosure().hash(),
            bundle: Some(bundle().hash()),
        }),
    }
}

fn order_to_alias() -> Order {
    let empty = Disclosure { details: Details::default(), ..disclosure() };
    Order {
        id: order_id("order to an alias", NOW),
        body: Body::Payment(Payment {
            payee: Alias::new("truck-7").unwrap().handle(),
            payee_key: ed25519("alias payee").public().payee_key_hash(),
            amount: usd(20_000),
            reference: None,
            details: empty.hash(),
            bundle: None,
        }),
        ..order()
    }
}

fn receipt() -> Receipt {
    let order = signed(order(), &ed25519("act"));
    let Body::Payment(payment) = &order.claims().body;
    Receipt {
        version: V1,
        epoch: Epoch::new(1),
        seq: Seq::new(42),
        checkpoint: checkpoint_hash(),
        time: NOW.plus(Span::from_ms(350)),
        amount: payment.amount,
        payee_key: payment.payee_key,
        reference: payment.reference,
        order: order.hash(),
        details: payment.details,
    }
}

fn issue_receipt() -> Receipt {
    let issue = signed(issue(), &ed25519("signing"));
    Receipt {
        seq: Seq::new(1),
        time: NOW,
        amount: issue.claims().amount,
        payee_key: ed25519("account").public().payee_key_hash(),
        reference: None,
        order: issue.hash(),
        details: issue::details_hash(&issue),
        ..receipt()
    }
}

fn refusal() -> Refusal {
    let code = RefusalCode::InsufficientFunds;
    Refusal {
        version: V1,
        epoch: Epoch::new(1),
        time: NOW.plus(Span::from_ms(350)),
        order: receipt().order,
        code: code.number(),
        retryable: code.is_retryable(),
        message: text(code.message()),
        attachment: None,
    }
}

fn fee_refusal() -> Refusal {
    let code = RefusalCode::FeeChanged;
    let new = FeeSchedule { fee_version: FeeVersion::new(2), ..fee_schedule() };
    Refusal {
        code: code.number(),
        retryable: code.is_retryable(),
        message: text(code.message()),
        attachment: Some(Bytes::new(signed(new, &ed25519("signing")).bytes().to_vec()).unwrap()),
        ..refusal()
    }
}

fn issue() -> Issue {
    Issue {
        version: V1,
        id: order_id("issue", NOW),
        verifier: verifier(),
        account: account_id(),
        amount: usd(25_000_000),
        reason: text("Welcome"),
        created: NOW,
    }
}

/// Bodies need the bytes of signed objects; these are the first valid ones of each type.
pub(crate) mod bodies {
    use super::*;
    use farthing_protocol::http::*;

    fn bytes_of<T: Object, const N: usize>(payload: T, key: &Key) -> Bytes<N> {
        Bytes::new(signed(payload, key).bytes().to_vec()).unwrap()
    }

    /// Each body's name and bytes.
    pub(crate) fn all() -> Vec<(&'static str, &'static str, Vec<u8>)> {
        let (signing, account, session) = (ed25519("signing"), ed25519("account"), ed25519("session"));
        let order_bytes: SignedBytes = bytes_of(order(), &ed25519("act"));
        let bundle_bytes = Bytes::new(encode(&bundle())).unwrap();
        let pointer = Pointer::to(URL, &signed_request()).unwrap();
        let status = VerifierStatus {
            certificates: vec![bytes_of(certificate(), &ed25519("root"))],
            checkpoint: bytes_of(checkpoint(), &signing),
            fee_schedule: bytes_of(fee_schedule(), &signing),
            head: bytes_of(head(), &signing),
        };
        let enrol = EnrolmentBody {
            enrolment: bytes_of(enrolment(), &account),
            certificate: bytes_of(device(), &account),
            list: bytes_of(list(), &account),
            handles: bytes_of(register(), &session),
            alias: bytes_of(alias_record(), &ed25519("alias payee")),
        };
        let bind_body = BindBody {
            bind: bytes_of(bind(), &session),
            content: Bytes::new(pointer.seal(&signed_request()).unwrap()).unwrap(),
        };
        let plain = OrderBody { order: order_bytes.clone(), bundle: None, code: None };
        let full =
            OrderBody { order: order_bytes.clone(), bundle: Some(bundle_bytes.clone()), code: Some(text("123456")) };
        let entry = |seq, kind, receipt: Receipt| Entry {
            epoch: Epoch::new(1),
            seq: Seq::new(seq),
            kind,
            receipt: bytes_of(receipt, &signing),
            cause: None,
            bundle: None,
            order: None,
            fee: None,
        };
        let issued = Entry { cause: Some(bytes_of(issue(), &signing)), ..entry(1, EntryKind::Issue, issue_receipt()) };
        let debit =
            Entry { cause: Some(order_bytes), fee: Some(usd(23_500)), ..entry(42, EntryKind::Debit, receipt()) };
        let credit = Entry {
            bundle: Some(bundle_bytes),
            order: Some(binding().order),
            ..entry(42, EntryKind::Credit, receipt())
        };
        let page = |entries| EntriesPage { head: bytes_of(head(), &signing), entries, more: false };
        let status_of_account = AccountStatus {
            head: bytes_of(head(), &signing),
            balances: vec![AssetBalance { asset: usd(0).asset(), balance: 20_476_500 }],
            stock: 19,
            list: bytes_of(list(), &account),
        };
        vec![
            ("verifier-status", "one certificate", status.encode()),
            ("enrolment-body", "enrols", enrol.encode()),
            ("bind-body", "binds", bind_body.encode()),
            ("order-body", "an order alone", plain.encode()),
            ("order-body", "with bundle and code", full.encode()),
            ("entries-page", "none", page(Vec::new()).encode()),
            ("entries-page", "the payer's: an issue and a debit", page(vec![issued, debit]).encode()),
            ("entries-page", "the payee's: a credit", page(vec![credit]).encode()),
            ("account-status", "one asset", status_of_account.encode()),
        ]
    }
}
