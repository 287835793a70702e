//! What the vectors hold: one small world of a verifier, an account with its device, and a payee.

use crate::keys::{Key, NOW, act_id, bytes, bytes_16, ed25519, es256, hpke, order_id};
use farthing_protocol::alias::{Alias, AliasRecord};
use farthing_protocol::bundle::{Binding, Bundle};
use farthing_protocol::cbor::{Bytes, V1};
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
use farthing_protocol::key::{OlmKey, Signer as _};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::order::{Body, Order, Payment};
use farthing_protocol::pointer::Pointer;
use farthing_protocol::receipt::Receipt;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::request::{self, Request, RequestId, Usage};
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;
use farthing_protocol::verifier_certificate::VerifierCertificate;

/// Where the verifier of the vectors listens.
pub(crate) const URL: &str = "https://pay.example.org";

/// Signs; the vectors' payloads and keys are right.
pub(crate) fn signed<T: Object>(payload: T, key: &Key) -> Signed<T> {
    Signed::sign(payload, key).unwrap()
}

pub(crate) fn text<const N: usize>(t: &str) -> Text<N> {
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

pub(crate) fn account_id() -> AccountId {
    ed25519("account").public().account_id()
}

pub(crate) fn certificate() -> VerifierCertificate {
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

pub(crate) fn checkpoint() -> Checkpoint {
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

/// The first periodic one: over seven entries and two accounts.
pub(crate) fn periodic() -> Checkpoint {
    let first_seq = Seq::new(crate::checkpoints::RECEIPTS.len() as u64 + 1);
    let roots = vec![crate::checkpoints::log_root(), crate::checkpoints::accounts_root()];
    Checkpoint { first_seq, previous: Some(checkpoint_hash()), roots, time: NOW, ..checkpoint() }
}

pub(crate) fn checkpoint_hash() -> Digest {
    signed(checkpoint(), &ed25519("signing")).hash()
}

pub(crate) fn head() -> Head {
    Head {
        version: V1,
        epoch: Epoch::new(1),
        seq: Seq::new(42),
        time: NOW,
        checkpoint: checkpoint_hash(),
        nonce: Nonce::new(bytes_16("nonce")),
    }
}

pub(crate) fn fee_schedule() -> FeeSchedule {
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

pub(crate) fn device() -> DeviceCertificate {
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

pub(crate) fn limited_device() -> DeviceCertificate {
    DeviceCertificate {
        act: *es256("act es256").public(),
        olm: Some(OlmKey::new(*hpke("olm").public().as_bytes())),
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

pub(crate) fn list() -> DeviceList {
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

pub(crate) fn enrolment() -> Enrolment {
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

pub(crate) fn register() -> HandleRegister {
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

pub(crate) fn bind() -> HandleBind {
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

pub(crate) fn cancel() -> HandleCancel {
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

pub(crate) fn alias_record() -> AliasRecord {
    AliasRecord {
        version: V1,
        verifier: verifier(),
        alias: Alias::new("truck-7").unwrap(),
        payee: *ed25519("alias payee").public(),
        hpke: *hpke("alias hpke").public(),
        created: NOW,
    }
}

pub(crate) fn request() -> Request {
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

/// The same bill with something that costs nothing.
pub(crate) fn with_a_gift() -> Vec<Item> {
    let mut items = request().items.unwrap_or_default();
    items.push(Item { name: text("Napkin"), amount: usd(0) });
    items
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

pub(crate) fn order() -> Order {
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

pub(crate) fn order_to_alias() -> Order {
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

pub(crate) fn receipt() -> Receipt {
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

pub(crate) fn issue_receipt() -> Receipt {
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

pub(crate) fn refusal() -> Refusal {
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

pub(crate) fn fee_refusal() -> Refusal {
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

pub(crate) fn issue() -> Issue {
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
