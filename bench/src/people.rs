//! People as a verifier knows them: accounts with keys, and what they send.

use farthing_core::keys::SystemEntropy;
use farthing_protocol::alias::{Alias, AliasRecord};
use farthing_protocol::bundle::{Binding, Bundle};
use farthing_protocol::cbor::{self, Bytes, V1};
use farthing_protocol::cose::Signed;
use farthing_protocol::details::{Details, Disclosure};
use farthing_protocol::device::{DeviceCertificate, DeviceList, ListedDevice, Scope};
use farthing_protocol::enrolment::Enrolment;
use farthing_protocol::handle::{HandleRegister, StockedHandle};
use farthing_protocol::http::{Call, EnrolmentBody, MEDIA_CBOR, MEDIA_ORDER, OrderBody, signature};
use farthing_protocol::id::{
    AccountId, ActId, Counter, DeviceId, Digest, FeeVersion, Handle, Nonce, OrderId, PayeeKeyHash, VerifierId,
};
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::order::{Body, Order, Payment};
use farthing_protocol::sealed::HpkeKey;
use farthing_protocol::text::Text;
use farthing_protocol::time::{Span, Time};

/// How long a prepared order can be sent: the protocol's most.
const ORDER_LIFE: Span = Span::from_s(600);

pub(crate) fn usd() -> Asset {
    Asset::new(Code::new("USD").unwrap(), 6).unwrap()
}

pub(crate) fn amount(value: u64) -> Amount {
    Amount::new(value, usd()).unwrap()
}

/// An account with one device that may do everything.
pub(crate) struct Person {
    pub(crate) account: Ed25519Key,
    pub(crate) act: Ed25519Key,
    pub(crate) session: Ed25519Key,
    pub(crate) alias: Alias,
    pub(crate) alias_key: Ed25519Key,
    pub(crate) hpke: HpkeKey,
}

impl Person {
    pub(crate) fn new(alias: &str) -> Self {
        let mut rng = SystemEntropy::new();
        Self {
            account: Ed25519Key::generate(&mut rng),
            act: Ed25519Key::generate(&mut rng),
            session: Ed25519Key::generate(&mut rng),
            alias: Alias::new(alias).unwrap(),
            alias_key: Ed25519Key::generate(&mut rng),
            hpke: HpkeKey::from_seed(Digest::of(alias.as_bytes()).as_bytes()),
        }
    }

    pub(crate) fn id(&self) -> AccountId {
        self.account.public().account_id()
    }

    pub(crate) fn device(&self) -> DeviceId {
        self.act.public().device_id()
    }

    pub(crate) fn payee_key(&self) -> PayeeKeyHash {
        self.alias_key.public().payee_key_hash()
    }

    pub(crate) fn certificate(&self, verifier: VerifierId, now: Time) -> Signed<DeviceCertificate> {
        let certificate = DeviceCertificate {
            version: V1,
            verifier,
            account: *self.account.public(),
            act: *self.act.public(),
            session: *self.session.public(),
            olm: None,
            scope: Scope::full(),
            counter: Counter::new(1),
            created: now,
        };
        Signed::sign(certificate, &self.account).unwrap()
    }

    /// The call that opens the account, with `stock` one-time handles.
    pub(crate) fn enrolment(&self, verifier: VerifierId, now: Time, stock: usize) -> Call {
        let mut rng = SystemEntropy::new();
        let certificate = self.certificate(verifier, now);
        let list = DeviceList {
            version: V1,
            verifier,
            account: self.id(),
            counter: Counter::new(1),
            devices: vec![ListedDevice { device: self.device(), certificate: certificate.bytes_hash() }],
            created: now,
        };
        let list = Signed::sign(list, &self.account).unwrap();
        let enrolment = Enrolment {
            version: V1,
            verifier,
            account: *self.account.public(),
            counter: Counter::new(1),
            invite: None,
            certificate: certificate.bytes_hash(),
            list: list.bytes_hash(),
            created: now,
        };
        let enrolment = Signed::sign(enrolment, &self.account).unwrap();
        let handles = (0..stock).map(|_| {
            let payee = *Ed25519Key::generate(&mut rng).public();
            StockedHandle { handle: Handle::generate(&mut rng), payee }
        });
        let handles = HandleRegister {
            version: V1,
            verifier,
            account: self.id(),
            device: self.device(),
            handles: handles.collect(),
            id: ActId::generate(now, &mut rng),
            created: now,
        };
        let handles = Signed::sign(handles, &self.session).unwrap();
        let alias = AliasRecord {
            version: V1,
            verifier,
            alias: self.alias.clone(),
            payee: *self.alias_key.public(),
            hpke: *self.hpke.public(),
            created: now,
        };
        let alias = Signed::sign(alias, &self.alias_key).unwrap();
        let body = EnrolmentBody {
            enrolment: bytes(enrolment.bytes()),
            certificate: bytes(certificate.bytes()),
            list: bytes(list.bytes()),
            handles: bytes(handles.bytes()),
            alias: bytes(alias.bytes()),
        };
        Call::post("/v1/enrolments", MEDIA_CBOR, body.encode())
    }

    /// A payment of one unit to the other's alias, not signed.
    pub(crate) fn payment(&self, verifier: VerifierId, payee: &Self, bundle: &SealedOnce, now: Time) -> Order {
        Order {
            version: V1,
            id: OrderId::generate(now, &mut SystemEntropy::new()),
            verifier,
            account: self.id(),
            device: self.device(),
            created: now,
            expires: now.plus(ORDER_LIFE),
            fee_version: FeeVersion::new(1),
            body: Body::Payment(Payment {
                payee: payee.alias.handle(),
                payee_key: payee.payee_key(),
                amount: amount(1),
                reference: None,
                details: bundle.details,
                bundle: Some(bundle.hash),
            }),
        }
    }

    /// The body of `POST /v1/orders`.
    pub(crate) fn signed(&self, order: Order, bundle: &SealedOnce) -> OrderBody {
        let order = Signed::sign(order, &self.act).unwrap();
        OrderBody { order: bytes(order.bytes()), bundle: Some(bytes(&bundle.bytes)), code: None }
    }

    /// The call that pays.
    pub(crate) fn pay(&self, verifier: VerifierId, payee: &Self, bundle: &SealedOnce, now: Time) -> Call {
        let order = self.payment(verifier, payee, bundle, now);
        Call::post("/v1/orders", MEDIA_ORDER, self.signed(order, bundle).encode())
    }

    /// A signed read.
    pub(crate) fn read(&self, verifier: VerifierId, authority: &str, path: &str, query: &str, now: Time) -> Call {
        let mut call = Call::get(path, query);
        let nonce = Nonce::generate(&mut SystemEntropy::new());
        signature::sign(&mut call, authority, &verifier, &self.device(), now, &nonce, &self.session).unwrap();
        call
    }
}

/// A sealed memo of the usual size. The verifier sees neither for which order it was sealed nor what it says, so that one
/// serves for many orders.
#[derive(Clone)]
pub(crate) struct SealedOnce {
    pub(crate) bytes: Vec<u8>,
    hash: Digest,
    details: farthing_protocol::id::DetailsHash,
}

impl SealedOnce {
    pub(crate) fn to(payee: &Person) -> Self {
        let mut rng = SystemEntropy::new();
        let disclosure = disclosure();
        let binding = Binding { order: OrderId::new([7; 16]), payee_key: payee.payee_key() };
        let bundle = Bundle::seal(&disclosure, payee.hpke.public(), &binding, &mut rng).unwrap();
        Self { bytes: cbor::encode(&bundle), hash: bundle.hash(), details: disclosure.hash() }
    }
}

/// What a payer tells: a memo.
pub(crate) fn disclosure() -> Disclosure {
    let details = Details { memo: Some(Text::new("two tacos, no onions").unwrap()), ..Details::default() };
    Disclosure::new(details, &mut SystemEntropy::new())
}

pub(crate) fn bytes<const MAX: usize>(bytes: &[u8]) -> Bytes<MAX> {
    Bytes::new(bytes.to_vec()).unwrap()
}
