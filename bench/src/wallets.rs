//! Wallets that have lived: enrolled at a real verifier, then given a past of settled payments, record by record as the
//! wallet itself would have stored them.

use crate::people::{amount, bytes, disclosure};
use farthing_core::Wallet;
use farthing_core::events::EventKind;
use farthing_core::keys::SystemEntropy;
use farthing_core::keys::passphrase::{Cost, PassphraseVault};
use farthing_core::keys::vault::{MemoryVault, SecretName, Vault};
use farthing_core::store::{
    ArtifactKind, Change, DatabaseKey, Direction, HandleRecord, HandleState, PayeeRecord, PaymentId, PaymentRecord,
    PaymentState, RequestRecord, RequestState, SqlCipherStore, Store as _, StoreLocation,
};
use farthing_core::wallet::{Line, Place, Watch};
use farthing_protocol::bundle::{Binding, Bundle};
use farthing_protocol::cbor::{self, V1};
use farthing_protocol::cose::Signed;
use farthing_protocol::details::Disclosure;
use farthing_protocol::id::{AccountId, DeviceId, Digest, Epoch, FeeVersion, Handle, OrderId, Seq, VerifierId};
use farthing_protocol::invite::Invite;
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::order::{Body, Order, Payment};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::request::{Request, RequestId, Usage, reference};
use farthing_protocol::sealed::HpkeKey;
use farthing_protocol::time::{Span, Time};
use std::path::Path;
use std::sync::Arc;

/// Payments that are stored at once while a past is made.
const AT_ONCE: usize = 500;

/// A wallet's place and its vault.
pub(crate) struct Home {
    pub(crate) place: Place,
    vault: Arc<dyn Vault>,
}

impl Home {
    pub(crate) fn new(dir: &Path) -> Self {
        Self::with(dir, Arc::new(MemoryVault::new()))
    }

    pub(crate) fn with(dir: &Path, vault: Arc<dyn Vault>) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        Self { place: Place::new(dir, Arc::clone(&vault)), vault }
    }

    /// A place that a shell can open: its secrets are in a file that is sealed by the key in another (the shells' `FileKey`).
    pub(crate) fn sealed_by_file(dir: &Path) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        let key = Digest::of(dir.as_os_str().as_encoded_bytes());
        std::fs::write(dir.join("key"), key.as_bytes()).unwrap();
        let (passphrase, mut rng) = (data_encoding::HEXLOWER.encode(key.as_bytes()), SystemEntropy::new());
        let vault = PassphraseVault::create(&dir.join("secrets"), &passphrase, Cost::FAST_FOR_TESTS, &mut rng).unwrap();
        Self::with(&dir.join("wallet"), Arc::new(vault.with_state_folder(&dir.join("state"))))
    }

    /// The same place with its secrets in memory: what a vault costs is not counted.
    pub(crate) fn without_vault(&self) -> Self {
        let memory = MemoryVault::new();
        for name in SecretName::ALL {
            memory.put(name, &self.vault.get(name).unwrap().unwrap()).unwrap();
        }
        memory.set_anchor(&self.vault.anchor().unwrap().unwrap()).unwrap();
        Self::with(&self.place.dir, Arc::new(memory))
    }

    /// The store, as the wallet opens it.
    pub(crate) fn store(&self) -> SqlCipherStore {
        SqlCipherStore::open(StoreLocation { path: Some(self.place.database()), vfs: None }, self.key()).unwrap()
    }

    pub(crate) fn key(&self) -> DatabaseKey {
        let secret = self.vault.get(SecretName::DatabaseKey).unwrap().unwrap();
        DatabaseKey::new(secret.as_bytes().try_into().unwrap())
    }

    /// Enrols a wallet here, and gives it a past of so many payments, half of them incoming. It is left closed.
    pub(crate) async fn lived(&self, invite: &Signed<Invite>, payments: usize) {
        let (wallet, _) = Wallet::enrol(&self.place, invite, Default::default()).await.unwrap();
        wallet.sync(Span::from_ms(0)).await.unwrap();
        let profile = wallet.profile();
        wallet.close().await.unwrap();
        let mut store = self.store();
        let past = Past::new(profile.verifier, profile.account, profile.device);
        let mut made = 0;
        while made < payments {
            let count = AT_ONCE.min(payments - made);
            let changes: Vec<Change> = (made..made + count).flat_map(|number| past.payment(number)).collect();
            store.apply(&changes).unwrap();
            made += count;
        }
    }
}

/// The wallet hears of what is new at once, as long as what comes back lives.
pub(crate) async fn listening(wallet: &Wallet) -> Watch {
    let mut watch = wallet.watch().unwrap();
    while watch.contact().line != Line::Stream {
        let known = watch.contact();
        watch.contact_other_than(&known).await;
    }
    watch
}

/// Makes the records of payments that were settled long ago.
struct Past {
    verifier: VerifierId,
    account: AccountId,
    device: DeviceId,
    signer: Ed25519Key,
    other: Ed25519Key,
    hpke: HpkeKey,
    /// Sealed once: what is stored of a bundle is a ciphertext of this size.
    bundle: Vec<u8>,
    disclosure: Disclosure,
}

/// When the past began: 2026.
const BEGAN_MS: u64 = 1_767_225_600_000;

impl Past {
    fn new(verifier: VerifierId, account: AccountId, device: DeviceId) -> Self {
        let (signer, other) = (Ed25519Key::from_seed([5; 32]), Ed25519Key::from_seed([6; 32]));
        let (hpke, disclosure) = (HpkeKey::from_seed(&[7; 32]), disclosure());
        let binding = Binding { order: OrderId::new([7; 16]), payee_key: other.public().payee_key_hash() };
        let sealed = Bundle::seal(&disclosure, hpke.public(), &binding, &mut SystemEntropy::new()).unwrap();
        Self { verifier, account, device, signer, other, hpke, bundle: cbor::encode(&sealed), disclosure }
    }

    /// Payments alternate: one out by a request, one in by a request, so that the balance is what it was.
    fn payment(&self, number: usize) -> Vec<Change> {
        let at = Time::from_ms(BEGAN_MS + number as u64 * 1000);
        let request = self.request(at, number);
        if number.is_multiple_of(2) { self.paid(at, number, &request) } else { self.received(at, number, request) }
    }

    fn request(&self, at: Time, number: usize) -> (Handle, Ed25519Key, Signed<Request>) {
        let key = Ed25519Key::from_seed(*Digest::of(&number.to_be_bytes()).as_bytes());
        let handle = Handle::generate(&mut SystemEntropy::new());
        let request = Request {
            version: V1,
            id: RequestId::generate(&mut SystemEntropy::new()),
            verifier: self.verifier,
            handle,
            payee: *key.public(),
            hpke: *self.hpke.public(),
            amount: Some(amount(1)),
            created: at,
            expires: at.plus(Span::from_s(600)),
            memo: None,
            items: None,
            payee_name: None,
            usage: Usage::Single,
        };
        let signed = Signed::sign(request, &key).unwrap();
        (handle, key, signed)
    }

    fn order(&self, at: Time, request: &(Handle, Ed25519Key, Signed<Request>)) -> Signed<Order> {
        let order = Order {
            version: V1,
            id: OrderId::generate(at, &mut SystemEntropy::new()),
            verifier: self.verifier,
            account: self.account,
            device: self.device,
            created: at,
            expires: at.plus(Span::from_s(120)),
            fee_version: FeeVersion::new(1),
            body: Body::Payment(Payment {
                payee: request.0,
                payee_key: request.1.public().payee_key_hash(),
                amount: amount(1),
                reference: Some(reference(&request.2)),
                details: self.disclosure.hash(),
                bundle: Some(Digest::of(&self.bundle)),
            }),
        };
        Signed::sign(order, &self.other).unwrap()
    }

    fn receipt(&self, at: Time, number: usize, order: &Signed<Order>) -> Signed<Receipt> {
        let Body::Payment(payment) = &order.claims().body;
        let receipt = Receipt {
            version: V1,
            epoch: Epoch::new(1),
            seq: Seq::new(number as u64 + 1),
            checkpoint: Digest::new([3; 32]),
            time: at,
            amount: payment.amount,
            payee_key: payment.payee_key,
            reference: payment.reference,
            order: order.hash(),
            details: payment.details,
        };
        Signed::sign(receipt, &self.signer).unwrap()
    }

    fn record(&self, id: PaymentId, direction: Direction, receipt: &Signed<Receipt>) -> PaymentRecord {
        PaymentRecord {
            version: V1,
            id,
            direction,
            state: PaymentState::Settled,
            amount: receipt.claims().amount,
            fee: None,
            fee_version: None,
            payee: None,
            request: None,
            details: Some(self.disclosure.details.clone()),
            salt: Some(self.disclosure.salt),
            order_id: None,
            order: Some(receipt.claims().order),
            expires: None,
            at: receipt.claims().time,
            seq: Some(receipt.claims().seq),
            code: None,
            replaced_by: None,
            reason: None,
            lost: None,
            device: None,
        }
    }

    fn paid(&self, at: Time, number: usize, request: &(Handle, Ed25519Key, Signed<Request>)) -> Vec<Change> {
        let order = self.order(at, request);
        let receipt = self.receipt(at, number, &order);
        let id = PaymentId::generate(at, &mut SystemEntropy::new());
        let artifact = |kind, bytes: &[u8]| Change::Artifact { payment: id, kind, bytes: bytes.to_vec().into() };
        let record = PaymentRecord {
            fee: Some(amount(0)),
            fee_version: Some(FeeVersion::new(1)),
            payee: Some(PayeeRecord {
                handle: request.0,
                key: request.1.public().payee_key_hash(),
                hpke: *self.hpke.public(),
                reference: Some(reference(&request.2)),
                alias: None,
                name: None,
                pinned: false,
                expires: Some(request.2.claims().expires),
            }),
            order_id: Some(order.claims().id),
            expires: Some(order.claims().expires),
            ..self.record(id, Direction::Out, &receipt)
        };
        let asset = record.amount.asset();
        vec![
            Change::Payment(record),
            artifact(ArtifactKind::Request, request.2.bytes()),
            artifact(ArtifactKind::Order, order.bytes()),
            artifact(ArtifactKind::Bundle, &self.bundle),
            artifact(ArtifactKind::Receipt, receipt.bytes()),
            Change::Balance { asset, delta: -1 },
            Change::Event { at, kind: EventKind::PaymentAuthorised(id) },
            Change::Event { at, kind: EventKind::PaymentSettled(id) },
        ]
    }

    fn received(&self, at: Time, number: usize, request: (Handle, Ed25519Key, Signed<Request>)) -> Vec<Change> {
        let order = self.order(at, &request);
        let receipt = self.receipt(at, number, &order);
        let id = PaymentId::of_receipt(at, &receipt.claims().order);
        let (handle, key, signed) = request;
        let payee_key = key.public().payee_key_hash();
        let kept = RequestRecord {
            version: V1,
            id: signed.claims().id,
            state: RequestState::Paid,
            handle,
            payee_key,
            reference: reference(&signed),
            bytes: bytes(signed.bytes()),
            created: at,
            expires: signed.claims().expires,
            code: None,
            payment: Some(id),
        };
        let record = PaymentRecord {
            request: Some(kept.id),
            order_id: Some(order.claims().id),
            ..self.record(id, Direction::In, &receipt)
        };
        let asset = record.amount.asset();
        vec![
            Change::Handle(HandleRecord { handle, payee_key, state: HandleState::Used }),
            Change::Event { at, kind: EventKind::RequestOpen(kept.id) },
            Change::Payment(record),
            Change::Artifact { payment: id, kind: ArtifactKind::Receipt, bytes: receipt.bytes().to_vec().into() },
            Change::Balance { asset, delta: 1 },
            Change::Event { at, kind: EventKind::Received(id) },
            Change::Event { at, kind: EventKind::RequestPaid(kept.id, id) },
            Change::Request(kept),
        ]
    }
}

/// An invite to the verifier whose server runs at this address.
pub(crate) fn invite(data: &Path, address: std::net::SocketAddr) -> Signed<Invite> {
    let keys = farthing_verifier::Keys::load(&farthing_verifier::server::Folder::signing_key(data)).unwrap();
    let db = farthing_verifier::server::Folder::connect(data, None, false).unwrap();
    let now = farthing_verifier::server::now();
    let mut verifier = farthing_verifier::Verifier::open(db, keys, now).unwrap();
    verifier.set_url(&format!("http://{address}")).unwrap();
    verifier.public_invite(None).unwrap()
}
