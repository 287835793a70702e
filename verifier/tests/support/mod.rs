//! A verifier on in-memory SQLite, and wallets that sign real objects for it.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "each test file uses its part"
)]

pub mod allowances;
pub mod copy;
pub mod http;
pub mod people;
pub mod tabs;

use farthing_protocol::alias::{Alias, AliasRecord};
use farthing_protocol::bundle::Bundle;
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::cose::Signed;
use farthing_protocol::device::{DeviceCertificate, DeviceList, ListedDevice, Scope};
use farthing_protocol::enrolment::Enrolment;
use farthing_protocol::handle::{HandleBind, HandleCancel, HandleRegister, StockedHandle};
use farthing_protocol::http::{
    AccountStatus, BindBody, Call, EnrolmentBody, EntriesPage, MEDIA_CBOR, MEDIA_COSE, MEDIA_ORDER, OrderBody, Problem,
    Reply, signature,
};
use farthing_protocol::id::*;
use farthing_protocol::key::{Ed25519Key, HpkePublicKey, Signer as _};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::order::{Body, Order, Payment};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::time::{Moment, Span, Time};
use farthing_verifier::{Keys, Setup, Verifier};
use rusqlite::Connection;

pub const URL: &str = "http://127.0.0.1:7878";
pub const AUTHORITY: &str = "127.0.0.1:7878";
pub const START_MS: u64 = 1_800_000_000_000;

/// Randomness that is the same in every run.
pub struct Rng(pub u64);
impl rand_core::TryRng for Rng {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(32) {
            self.0 += 1;
            chunk.copy_from_slice(&Digest::of(&self.0.to_le_bytes()).as_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}
impl rand_core::TryCryptoRng for Rng {}

pub fn usd() -> Asset {
    Asset::new(Code::new("USD").unwrap(), 6).unwrap()
}

pub fn amount(value: u64) -> Amount {
    Amount::new(value, usd()).unwrap()
}

pub fn keys() -> Keys {
    Keys::from_seeds([2; 32], [3; 32])
}

pub fn root() -> Ed25519Key {
    Ed25519Key::from_seed([1; 32])
}

pub struct World {
    pub verifier: Verifier,
    pub now: Moment,
    pub rng: Rng,
    pub id: VerifierId,
}

impl World {
    /// Open, one asset, no fee, everybody gets 100 USD.
    pub fn new() -> Self {
        Self::with(&Setup::open(URL, usd(), 100_000_000))
    }

    pub fn with(setup: &Setup) -> Self {
        Self::on(Connection::open_in_memory().unwrap(), setup)
    }

    pub fn on(connection: Connection, setup: &Setup) -> Self {
        let now = Moment { wall: Time::from_ms(START_MS), monotonic: Span::from_ms(0) };
        let verifier = Verifier::create(connection, setup, &root(), keys(), now).unwrap();
        let id = verifier.id();
        Self { verifier, now, rng: Rng(0), id }
    }

    pub fn pass(&mut self, span: Span) {
        self.now = Moment {
            wall: self.now.wall.plus(span),
            monotonic: Span::from_ms(self.now.monotonic.as_ms() + span.as_ms()),
        };
    }

    pub fn restart(self) -> Self {
        let Self { verifier, now, rng, id } = self;
        let verifier = Verifier::open(verifier.into_connection(), keys(), now).unwrap();
        Self { verifier, now, rng, id }
    }

    /// As [`Self::restart`], with something done to the database in between.
    pub fn restart_with(self, sql: &str) -> Self {
        let Self { verifier, now, rng, id } = self;
        let connection = verifier.into_connection();
        connection.execute_batch(sql).unwrap();
        Self { verifier: Verifier::open(connection, keys(), now).unwrap(), now, rng, id }
    }

    pub fn post(&mut self, path: &str, media: &str, body: Vec<u8>) -> Reply {
        let reply = self.verifier.answer(&Call::post(path, media, body), AUTHORITY, self.now);
        assert_ne!(reply.status, 500, "{path}: whatever comes, nothing goes wrong inside");
        reply
    }

    pub fn wallet(&mut self, alias: &str) -> Wallet {
        let wallet = Wallet::new(alias, self.id, Scope::full(), None, self.now.wall, &mut self.rng);
        let reply = self.post("/v1/enrolments", MEDIA_CBOR, wallet.enrolment.encode());
        assert_eq!(reply.status, 204, "{:?}", Problem::from_json(&reply.body));
        wallet
    }

    pub fn scoped(&mut self, alias: &str, scope: Scope) -> Wallet {
        let wallet = Wallet::new(alias, self.id, scope, None, self.now.wall, &mut self.rng);
        assert_eq!(self.post("/v1/enrolments", MEDIA_CBOR, wallet.enrolment.encode()).status, 204);
        wallet
    }

    /// Binds the wallet's next handle to a request.
    pub fn request(&mut self, wallet: &mut Wallet, asked: Option<Amount>, life: Span) -> Bound {
        let bound = wallet.bind(self.id, asked, self.now.wall, self.now.wall.plus(life), &mut self.rng);
        let reply = self.post("/v1/requests", MEDIA_CBOR, bound.body.encode());
        assert_eq!(reply.status, 204, "{:?}", Problem::from_json(&reply.body));
        bound
    }

    pub fn order(&mut self, wallet: &Wallet, bound: &Bound, value: u64) -> Order {
        Order {
            version: V1,
            id: OrderId::generate(self.now.wall, &mut self.rng),
            verifier: self.id,
            account: wallet.account_id(),
            device: wallet.device(),
            created: self.now.wall,
            expires: self.now.wall.plus(Span::from_s(120)),
            fee_version: self.verifier.fees().unwrap().claims().fee_version,
            body: Body::Payment(Payment {
                payee: bound.handle,
                payee_key: bound.payee_key,
                amount: amount(value),
                reference: bound.reference,
                details: DetailsHash::new([4; 32]),
                bundle: None,
            }),
        }
    }

    pub fn send(&mut self, body: &OrderBody) -> Reply {
        self.post("/v1/orders", MEDIA_ORDER, body.encode())
    }

    pub fn pay(&mut self, wallet: &Wallet, order: Order) -> Reply {
        let body = wallet.sign(order);
        self.send(&body)
    }

    pub fn read(&mut self, wallet: &Wallet, path: &str, query: &str) -> Reply {
        let call = wallet.read(self.id, path, query, self.now.wall, &mut self.rng);
        self.verifier.answer(&call, AUTHORITY, self.now)
    }

    pub fn balance(&mut self, wallet: &Wallet) -> u64 {
        let reply = self.read(wallet, "/v1/account", "");
        AccountStatus::decode(&reply.body).unwrap().balances[0].balance
    }

    pub fn entries(&mut self, wallet: &Wallet) -> EntriesPage {
        let reply = self.read(wallet, "/v1/entries", "epoch=0&seq=0");
        EntriesPage::decode(&reply.body).unwrap()
    }

    pub fn audit(&mut self) -> Result<farthing_verifier::audit::Report, farthing_verifier::audit::Finding> {
        // The audit works on a connection of its own; here there is only this one.
        let Self { verifier, now, rng, id } =
            std::mem::replace(self, Self::on(Connection::open_in_memory().unwrap(), &Setup::open(URL, usd(), 1)));
        let connection = verifier.into_connection();
        let report = farthing_verifier::audit::audit(&connection, Seq::new(0), &mut |_, _| ());
        *self = Self { verifier: Verifier::open(connection, keys(), now).unwrap(), now, rng, id };
        report
    }
}

/// A handle bound to a request, or an alias.
pub struct Bound {
    pub handle: Handle,
    pub payee_key: PayeeKeyHash,
    pub reference: Option<RequestRef>,
    pub locator: Locator,
    pub body: BindBody,
}

pub struct Wallet {
    pub account: Ed25519Key,
    pub act: Ed25519Key,
    pub session: Ed25519Key,
    pub alias: Alias,
    pub alias_key: Ed25519Key,
    pub stock: Vec<(Handle, Ed25519Key)>,
    pub enrolment: EnrolmentBody,
}

pub fn bytes<const MAX: usize>(bytes: &[u8]) -> Bytes<MAX> {
    Bytes::new(bytes.to_vec()).unwrap()
}

impl Wallet {
    pub fn new(
        alias: &str,
        verifier: VerifierId,
        scope: Scope,
        invite: Option<InviteCode>,
        now: Time,
        rng: &mut Rng,
    ) -> Self {
        let (account, act, session, alias_key) = (
            Ed25519Key::generate(rng),
            Ed25519Key::generate(rng),
            Ed25519Key::generate(rng),
            Ed25519Key::generate(rng),
        );
        let certificate = DeviceCertificate {
            version: V1,
            verifier,
            account: *account.public(),
            act: *act.public(),
            session: *session.public(),
            olm: None,
            scope,
            counter: Counter::new(1),
            created: now,
        };
        let certificate = Signed::sign(certificate, &account).unwrap();
        let device = act.public().device_id();
        let list = DeviceList {
            version: V1,
            verifier,
            account: account.public().account_id(),
            counter: Counter::new(1),
            devices: vec![ListedDevice { device, certificate: certificate.bytes_hash() }],
            created: now,
        };
        let list = Signed::sign(list, &account).unwrap();
        let enrolment = Enrolment {
            version: V1,
            verifier,
            account: *account.public(),
            counter: Counter::new(1),
            invite,
            certificate: certificate.bytes_hash(),
            list: list.bytes_hash(),
            created: now,
        };
        let enrolment = Signed::sign(enrolment, &account).unwrap();
        let stock: Vec<_> = (0..20).map(|_| (Handle::generate(rng), Ed25519Key::generate(rng))).collect();
        let handles = HandleRegister {
            version: V1,
            verifier,
            account: account.public().account_id(),
            device,
            id: ActId::generate(now, rng),
            created: now,
            handles: stock.iter().map(|(h, k)| StockedHandle { handle: *h, payee: *k.public() }).collect(),
        };
        let handles = Signed::sign(handles, &session).unwrap();
        let alias = Alias::new(alias).unwrap();
        let record = AliasRecord {
            version: V1,
            verifier,
            alias: alias.clone(),
            payee: *alias_key.public(),
            hpke: HpkePublicKey::new([9; 32]),
            created: now,
        };
        let record = Signed::sign(record, &alias_key).unwrap();
        let enrolment = EnrolmentBody {
            enrolment: bytes(enrolment.bytes()),
            certificate: bytes(certificate.bytes()),
            list: bytes(list.bytes()),
            handles: bytes(handles.bytes()),
            alias: bytes(record.bytes()),
        };
        Self { account, act, session, alias, alias_key, stock, enrolment }
    }

    pub fn account_id(&self) -> AccountId {
        self.account.public().account_id()
    }

    pub fn device(&self) -> DeviceId {
        self.act.public().device_id()
    }

    pub fn by_alias(&self) -> Bound {
        Bound {
            handle: self.alias.handle(),
            payee_key: self.alias_key.public().payee_key_hash(),
            reference: None,
            locator: Locator::new([0; 16]),
            body: BindBody { bind: bytes(&[]), content: bytes(&[]) },
        }
    }

    pub fn bind(
        &mut self,
        verifier: VerifierId,
        amount: Option<Amount>,
        now: Time,
        expires: Time,
        rng: &mut Rng,
    ) -> Bound {
        let (handle, key) = self.stock.pop().unwrap();
        self.bind_handle(verifier, handle, key.public().payee_key_hash(), amount, now, expires, rng)
    }

    #[allow(clippy::too_many_arguments, reason = "a test's own")]
    pub fn bind_handle(
        &self,
        verifier: VerifierId,
        handle: Handle,
        payee_key: PayeeKeyHash,
        amount: Option<Amount>,
        now: Time,
        expires: Time,
        rng: &mut Rng,
    ) -> Bound {
        let content = vec![7; 256];
        let locator = Locator::new(*Nonce::generate(rng).as_bytes());
        let reference = RequestRef::new(*Digest::of(handle.as_bytes()).as_bytes());
        let bind = HandleBind {
            version: V1,
            verifier,
            account: self.account_id(),
            device: self.device(),
            id: ActId::generate(now, rng),
            created: now,
            handle,
            amount,
            expires,
            locator,
            content: Digest::of(&content),
            reference,
        };
        let bind = Signed::sign(bind, &self.session).unwrap();
        Bound {
            handle,
            payee_key,
            reference: Some(reference),
            locator,
            body: BindBody { bind: bytes(bind.bytes()), content: bytes(&content) },
        }
    }

    pub fn cancel(&self, verifier: VerifierId, handle: Handle, now: Time, rng: &mut Rng) -> Vec<u8> {
        let cancel = HandleCancel {
            version: V1,
            verifier,
            account: self.account_id(),
            device: self.device(),
            id: ActId::generate(now, rng),
            created: now,
            handle,
        };
        Signed::sign(cancel, &self.session).unwrap().bytes().to_vec()
    }

    pub fn sign(&self, order: Order) -> OrderBody {
        let order = Signed::sign(order, &self.act).unwrap();
        OrderBody { order: bytes(order.bytes()), bundle: None, code: None }
    }

    pub fn sign_with(&self, mut order: Order, bundle: &Bundle) -> OrderBody {
        let encoded = farthing_protocol::cbor::encode(bundle);
        let Body::Payment(payment) = &mut order.body;
        payment.bundle = Some(Digest::of(&encoded));
        OrderBody { bundle: Some(bytes(&encoded)), ..self.sign(order) }
    }

    pub fn read(&self, verifier: VerifierId, path: &str, query: &str, now: Time, rng: &mut Rng) -> Call {
        let mut call = Call::get(path, query);
        let nonce = Nonce::generate(rng);
        signature::sign(&mut call, AUTHORITY, &verifier, &self.device(), now, &nonce, &self.session).unwrap();
        call
    }
}

pub fn bundle() -> Bundle {
    use farthing_protocol::bundle::Recipient;
    Bundle {
        version: V1,
        body: bytes(&[5; 256]),
        recipients: vec![Recipient::Hpke(HpkePublicKey::new([6; 32]), bytes(&[7; 48]))],
    }
}

pub fn receipt(reply: &Reply) -> Signed<Receipt> {
    assert_eq!((reply.status, reply.media_type.as_str()), (200, MEDIA_COSE), "{:?}", Problem::from_json(&reply.body));
    let receipt = Signed::<Receipt>::parse(&reply.body).unwrap();
    receipt.clone().verify(keys().signing().public()).unwrap();
    receipt
}

pub fn refusal(reply: &Reply) -> Refusal {
    assert_eq!((reply.status, reply.media_type.as_str()), (409, MEDIA_COSE), "{:?}", Problem::from_json(&reply.body));
    let refusal = Signed::<Refusal>::parse(&reply.body).unwrap();
    (*refusal.verify(keys().signing().public()).unwrap()).clone()
}

pub fn problem(reply: &Reply) -> farthing_protocol::code::ProblemCode {
    let problem = Problem::from_json(&reply.body).unwrap();
    assert_eq!(reply.status, problem.code.status());
    problem.code
}
