//! Streams over real sockets: what is told and when, one per device, and clients that do not read.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::code::ProblemCode;
use farthing_protocol::device::Scope;
use farthing_protocol::http::{Call, DevicesBody, MEDIA_CBOR, MEDIA_ORDER, Problem};
use farthing_protocol::id::Nonce;
use farthing_protocol::key::Signer as _;
use farthing_protocol::time::Span;
use farthing_verifier::server::{Folder, ServerConfig, ServerHandle, now, start};
use farthing_verifier::{Setup, Verifier};
use std::time::{Duration, Instant};
use support::http::http;
use support::{Rng, Wallet, keys, root, usd};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

struct Served {
    folder: tempfile::TempDir,
    server: Option<ServerHandle>,
    rng: Rng,
}

impl Served {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        keys().save(&Folder::signing_key(folder.path())).unwrap();
        let db = Folder::connect(folder.path(), None, true).unwrap();
        let setup = Setup::open("http://127.0.0.1:0", usd(), 1_000_000);
        drop(Verifier::create(db, &setup, &root(), keys(), now()).unwrap());
        let server = start(ServerConfig::new(folder.path())).await.unwrap();
        Self { folder, server: Some(server), rng: Rng(0) }
    }

    fn server(&self) -> &ServerHandle {
        self.server.as_ref().unwrap()
    }

    async fn enrolled(&mut self, alias: &str, scope: Scope) -> Wallet {
        let verifier = root().public().verifier_id();
        let wallet = Wallet::new(alias, verifier, scope, None, now().wall, &mut self.rng);
        let call = Call::post("/v1/enrolments", MEDIA_CBOR, wallet.enrolment.encode());
        assert_eq!(http(self.server(), &call).await.0, 204);
        wallet
    }

    async fn pay(&mut self, payer: &Wallet, payee: &Wallet) {
        let mut world = support::World::new();
        world.now = now();
        std::mem::swap(&mut world.rng, &mut self.rng);
        let order = world.order(payer, &payee.by_alias(), 1);
        std::mem::swap(&mut world.rng, &mut self.rng);
        let call = Call::post("/v1/orders", MEDIA_ORDER, payer.sign(order).encode());
        assert_eq!(http(self.server(), &call).await.0, 200);
    }

    fn call(&mut self, wallet: &Wallet) -> Call {
        let mut call = Call::get("/v1/events", "");
        let (nonce, authority) = (Nonce::generate(&mut self.rng), self.server().addr.to_string());
        let (verifier, device) = (root().public().verifier_id(), wallet.device());
        let time = now().wall;
        farthing_protocol::http::signature::sign(
            &mut call,
            &authority,
            &verifier,
            &device,
            time,
            &nonce,
            &wallet.session,
        )
        .unwrap();
        call
    }

    async fn listen(&mut self, wallet: &Wallet) -> Stream {
        let call = self.call(wallet);
        let signature = call.signature.unwrap();
        let head = format!(
            "GET /v1/events HTTP/1.1\r\nhost: {}\r\ncontent-digest: {}\r\nsignature-input: {}\r\nsignature: {}\r\n\r\n",
            self.server().addr,
            signature.content_digest,
            signature.signature_input,
            signature.signature
        );
        let mut socket = TcpStream::connect(self.server().addr).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        Stream { socket, heard: String::new() }
    }
}

/// A client that reads by hand: headers and chunks as they come.
struct Stream {
    socket: TcpStream,
    heard: String,
}

impl Stream {
    /// What is heard until `text` is, or until the stream ends.
    async fn until(&mut self, text: &str) -> String {
        let within = tokio::time::timeout(Duration::from_secs(25), async {
            let mut bytes = [0; 4096];
            while !self.heard.contains(text) {
                let read = self.socket.read(&mut bytes).await.unwrap();
                self.heard.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
                if read == 0 {
                    break;
                }
            }
        });
        within.await.unwrap_or_else(|_| panic!("{text:?} did not come, only {:?}", self.heard));
        std::mem::take(&mut self.heard)
    }

    /// What is heard until the last chunk, which is empty.
    async fn all_that_is_left(&mut self) -> String {
        let heard = self.until("\r\n0\r\n\r\n").await;
        assert!(heard.ends_with("0\r\n\r\n"), "{heard:?}");
        heard
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_position_comes_at_once_and_then_with_each_change() {
    let mut served = Served::new().await;
    let (ada, bob) = (served.enrolled("ada", Scope::full()).await, served.enrolled("bob", Scope::full()).await);
    let mut stream = served.listen(&bob).await;
    let first = stream.until("event: devices\ndata: ").await;
    for expected in [
        "HTTP/1.1 200",
        "content-type: text/event-stream\r\n",
        "cache-control: no-store, no-transform\r\n",
        "x-accel-buffering: no\r\n",
        "event: entries\ndata: 1 2\n\n",
    ] {
        assert!(first.contains(expected), "{expected}: {first}");
    }
    served.pay(&ada, &bob).await;
    let next = stream.until("event: entries\ndata: 1 3\n\n").await;
    assert!(!next.contains("event: devices"), "only what has changed: {next:?}");
    // What is not Bob's is not his to hear of: before it comes a comment.
    let cy = served.enrolled("cyd", Scope::full()).await;
    served.pay(&ada, &cy).await;
    let started = Instant::now();
    let quiet = stream.until(":\n\r\n").await;
    assert!(!quiet.contains("event"), "{quiet:?}");
    assert!(started.elapsed() < Duration::from_secs(20), "proxies would have cut it");
    let posted = http(served.server(), &Call::post("/v1/events", MEDIA_CBOR, Vec::new())).await;
    assert_eq!(Problem::from_json(&posted.1).unwrap().code, ProblemCode::MethodNotAllowed);
    let unsigned = http(served.server(), &Call::get("/v1/events", "")).await;
    assert_eq!(Problem::from_json(&unsigned.1).unwrap().code, ProblemCode::BadSignature);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_told_to_its_device_and_a_revoked_one_hears_no_more() {
    let mut served = Served::new().await;
    let (ada, bob) = (served.enrolled("ada", Scope::full()).await, served.enrolled("bob", Scope::full()).await);
    let verifier = root().public().verifier_id();
    let mut stream = served.listen(&bob).await;
    let first = stream.until("event: devices").await;
    assert!(first.contains("event: messages\ndata: 0\n\n"), "{first:?}");
    let header = ada.header(verifier, now().wall, &mut served.rng);
    let call = Call::post("/v1/messages", MEDIA_CBOR, ada.message(header, &bob, &[7; 256]));
    assert_eq!(http(served.server(), &call).await.0, 204);
    let told = stream.until("event: messages\ndata: ").await;
    assert!(!told.contains("event: entries"), "{told:?}");
    let phone = bob.phone(verifier, Scope::full(), 2, now().wall, &mut served.rng);
    let body = DevicesBody {
        list: bob.list(verifier, 3, &[&phone], now().wall),
        certificates: vec![phone.enrolment.certificate.clone()],
        handles: None,
    };
    assert_eq!(http(served.server(), &Call::post("/v1/devices", MEDIA_CBOR, body.encode())).await.0, 200);
    stream.all_that_is_left().await;
    served.listen(&bob).await.until("HTTP/1.1 403").await;
    served.listen(&phone).await.until("event: devices\ndata: 3\n\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_has_one_stream_and_the_newer_one_goes_on() {
    let mut served = Served::new().await;
    let (ada, bob) = (served.enrolled("ada", Scope::full()).await, served.enrolled("bob", Scope::full()).await);
    let mut other = served.listen(&ada).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = served.listen(&bob).await;
        stream.until("event: devices").await;
        streams.push(stream);
    }
    let mut newest = streams.pop().unwrap();
    for mut older in streams {
        older.all_that_is_left().await;
    }
    served.pay(&ada, &bob).await;
    newest.until("event: entries\ndata: 1 3").await;
    other.until("event: entries\ndata: 1 3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_expires_hears_no_more() {
    let mut served = Served::new().await;
    let ada = served.enrolled("ada", Scope::full()).await;
    let expires = Some(now().wall.plus(Span::from_s(3)));
    let bob = served.enrolled("bob", Scope { expires, ..Scope::full() }).await;
    let mut stream = served.listen(&bob).await;
    stream.until("event: devices").await;
    tokio::time::sleep(Duration::from_millis(3200)).await;
    served.pay(&ada, &bob).await;
    let heard = stream.all_that_is_left().await;
    assert!(!heard.contains("entries"), "{heard:?}");
    let mut refused = served.listen(&bob).await;
    refused.until("HTTP/1.1 403").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_at_once_when_the_server_stops_also_those_that_nobody_reads() {
    let mut served = Served::new().await;
    let (ada, bob) = (served.enrolled("ada", Scope::full()).await, served.enrolled("bob", Scope::full()).await);
    let mut reading = served.listen(&ada).await;
    reading.until("event: devices").await;
    let _unread = served.listen(&bob).await;
    // Who does not read holds up nobody.
    for _ in 0..20 {
        served.pay(&ada, &bob).await;
    }
    reading.until("data: 1 22").await;
    let started = Instant::now();
    served.server.take().unwrap().shutdown().await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    reading.all_that_is_left().await;
    let server = start(ServerConfig::new(served.folder.path())).await.unwrap();
    served.server = Some(server);
    let mut again = served.listen(&bob).await;
    again.until("event: entries\ndata: 1 22").await;
}
