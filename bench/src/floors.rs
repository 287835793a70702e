//! The floors: what nothing could do without, by the same crates, without anything of Farthing's around it.

use farthing_core::keys::SystemEntropy;
use farthing_protocol::http::{Call, MEDIA_ORDER};
use farthing_protocol::key::{Ed25519Key, PublicKey, Signature, Signer as _};
use farthing_protocol::sealed::{self, HpkeKey};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

// Signatures.

/// A signing key, bare.
pub(crate) fn bare_signer(key: &Ed25519Key) -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&key.seed())
}

/// A signature over a message that is there.
pub(crate) fn bare_sign(key: &ed25519_dalek::SigningKey, message: &[u8]) -> [u8; 64] {
    use ed25519_dalek::Signer as _;
    key.sign(message).to_bytes()
}

/// A signature checked over a message that is there.
pub(crate) fn bare_verify(key: &PublicKey, message: &[u8], signature: &Signature) {
    let PublicKey::Ed25519(key) = key else { panic!("the benchmarks have Ed25519 keys") };
    let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, key);
    key.verify(message, signature.as_bytes()).unwrap();
}

// Sessions.

/// Two accounts of vodozemac's, the second with a one-time key.
pub(crate) struct BareOlm {
    ann: vodozemac::olm::Account,
    bob: vodozemac::olm::Account,
}

impl BareOlm {
    pub(crate) fn new() -> Self {
        Self { ann: vodozemac::olm::Account::new(), bob: vodozemac::olm::Account::new() }
    }

    /// A session made, its first message encrypted, taken and decrypted at the other side.
    pub(crate) fn session(&mut self, plaintext: &[u8]) -> (vodozemac::olm::Session, vodozemac::olm::Session) {
        use vodozemac::olm::{OlmMessage, SessionConfig};
        self.bob.generate_one_time_keys(1);
        let key = *self.bob.one_time_keys().values().next().unwrap();
        self.bob.mark_keys_as_published();
        let config = SessionConfig::version_2();
        let mut ours = self.ann.create_outbound_session(config, self.bob.curve25519_key(), key).unwrap();
        let OlmMessage::PreKey(first) = ours.encrypt(plaintext).unwrap() else { panic!("a first message") };
        let theirs = self.bob.create_inbound_session(config, self.ann.curve25519_key(), &first).unwrap();
        assert_eq!(theirs.plaintext, plaintext);
        (ours, theirs.session)
    }
}

/// A message encrypted and decrypted.
pub(crate) fn bare_message(
    from: &mut vodozemac::olm::Session,
    to: &mut vodozemac::olm::Session,
    plaintext: &[u8],
) -> usize {
    let message = from.encrypt(plaintext).unwrap();
    to.decrypt(&message).unwrap().len()
}

// A payment.

/// One commit to an encrypted database: about what a wallet stores of a payment, in one row.
pub(crate) struct BareCommit(rusqlite::Connection);

impl BareCommit {
    pub(crate) fn new(file: &Path) -> Self {
        let db = rusqlite::Connection::open(file).unwrap();
        db.execute_batch(&format!("PRAGMA key = \"x'{}'\";", "5a".repeat(32))).unwrap();
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE rows (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT",
        )
        .unwrap();
        Self(db)
    }

    pub(crate) fn once(&self) {
        self.0.prepare_cached("INSERT INTO rows (bytes) VALUES (?1)").unwrap().execute([[7_u8; 1500]]).unwrap();
    }
}

/// What must be signed, checked, sealed and opened in a payment by a request: the order, its receipt, the payee's read and
/// the head that answers it are signed and checked, the request is checked, the memo is sealed and opened.
pub(crate) struct BareObjects {
    signer: Ed25519Key,
    bare: ed25519_dalek::SigningKey,
    payee: HpkeKey,
    request: Signature,
}

impl BareObjects {
    pub(crate) fn new() -> Self {
        let signer = Ed25519Key::from_seed([8; 32]);
        let bare = bare_signer(&signer);
        let request = Signature::new(bare_sign(&bare, &[7; 330]));
        Self { bare, signer, payee: HpkeKey::from_seed(&[9; 32]), request }
    }

    pub(crate) fn once(&self) {
        let message = [7_u8; 330];
        for _ in 0..4 {
            let signature = Signature::new(bare_sign(&self.bare, &message));
            bare_verify(self.signer.public(), &message, &signature);
        }
        // The request was signed before.
        bare_verify(self.signer.public(), &message, &self.request);
        let mut rng = SystemEntropy::new();
        let sealed = sealed::hpke_seal(self.payee.public(), b"floor", b"", &[7; 32], &mut rng).unwrap();
        let opened = self.payee.open(b"floor", b"", &sealed).unwrap();
        let body = sealed::seal_once(&[7; 32], &opened, &[7; 240]);
        assert!(sealed::open_once(&[7; 32], &opened, &body).is_ok());
    }
}

// A verifier.

/// The same server without the rest: the same HTTP, one signature checked and one made per payment, one row of the same
/// size, grouped commits. What it is sent is `key (32) ‖ signature (64) ‖ length (2) ‖ message ‖ anything`.
pub(crate) fn serve(data: &Path) {
    let (queue, jobs) = sync_channel::<Job>(1024);
    let file = data.join("floor.db");
    let writer = std::thread::spawn(move || write(&file, &jobs));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        let accepting = async {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let queue = queue.clone();
                let service = hyper::service::service_fn(move |request| answer(queue.clone(), request));
                tokio::spawn(async move {
                    let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        };
        tokio::select! {
            () = accepting => {}
            () = crate::server::until_the_end() => {}
        }
    });
    drop(runtime);
    drop(queue);
    writer.join().unwrap();
}

type Job = (Vec<u8>, tokio::sync::oneshot::Sender<Vec<u8>>);

async fn answer(queue: SyncSender<Job>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes().to_vec();
    let (key, signature) = (&body[..32], &body[32..96]);
    let length = usize::from(u16::from_be_bytes([body[96], body[97]]));
    let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, key);
    key.verify(&body[98..98 + length], signature).unwrap();
    let (answer, answered) = tokio::sync::oneshot::channel();
    queue.try_send((body, answer)).unwrap();
    Ok(Response::new(Full::new(answered.await.unwrap().into())))
}

fn write(file: &Path, jobs: &Receiver<Job>) {
    let mut db = rusqlite::Connection::open(file).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE IF NOT EXISTS payments (number INTEGER PRIMARY KEY, body BLOB NOT NULL, receipt BLOB NOT NULL) STRICT",
    )
    .unwrap();
    let signer = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
    while let Ok(first) = jobs.recv() {
        let group: Vec<Job> = std::iter::once(first).chain(jobs.try_iter().take(255)).collect();
        let tx = db.transaction().unwrap();
        let mut receipts = Vec::with_capacity(group.len());
        for (body, _) in &group {
            let mut receipt = vec![7; RECEIPT_BYTES];
            let signature = bare_sign(&signer, &receipt);
            receipt.extend_from_slice(&signature);
            let mut insert = tx.prepare_cached("INSERT INTO payments (body, receipt) VALUES (?1, ?2)").unwrap();
            insert.execute((body, &receipt)).unwrap();
            receipts.push(receipt);
        }
        tx.commit().unwrap();
        for ((_, answer), receipt) in group.into_iter().zip(receipts) {
            let _ = answer.send(receipt);
        }
    }
}

/// A receipt without its signature.
const RECEIPT_BYTES: usize = 230;

/// A payment as the floor takes it, of the same size as the call it stands for.
pub(crate) fn floor_call(key: &ed25519_dalek::SigningKey, size: usize) -> Call {
    let message = [7_u8; 330];
    let mut body = key.verifying_key().to_bytes().to_vec();
    body.extend_from_slice(&bare_sign(key, &message));
    body.extend_from_slice(&u16::try_from(message.len()).unwrap().to_be_bytes());
    body.extend_from_slice(&message);
    body.resize(size.max(body.len()), 7);
    Call::post("/v1/orders", MEDIA_ORDER, body)
}
