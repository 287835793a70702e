//! The server over real sockets: garbage, slowness, long polls, TLS, draining.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::code::ProblemCode;
use farthing_protocol::device::Scope;
use farthing_protocol::http::{
    Call, DevicesBody, EntriesPage, MEDIA_CBOR, MEDIA_OCTETS, MEDIA_ORDER, MessagesPage, Problem,
};
use farthing_protocol::id::VerifierId;
use farthing_protocol::key::Signer as _;
use farthing_protocol::pairing::{RendezvousId, slot_path};
use farthing_verifier::server::{Folder, ServerConfig, ServerHandle, StartError, now, start};
use farthing_verifier::{Setup, Verifier};
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::http::{http, talk};
use support::{Rng, Wallet, keys, root, usd};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

fn folder(setup: &Setup) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    keys().save(&Folder::signing_key(folder.path())).unwrap();
    let connection = Folder::connect(folder.path(), None, true).unwrap();
    drop(Verifier::create(connection, setup, &root(), keys(), now()).unwrap());
    folder
}

fn open_setup() -> Setup {
    Setup::open("http://127.0.0.1:0", usd(), 1_000)
}

async fn served(folder: &tempfile::TempDir) -> ServerHandle {
    start(ServerConfig::new(folder.path())).await.unwrap()
}

fn read(wallet: &Wallet, server: &ServerHandle, path: &str, query: &str, rng: &mut Rng) -> Call {
    let mut call = Call::get(path, query);
    let nonce = farthing_protocol::id::Nonce::generate(rng);
    let authority = server.addr.to_string();
    let verifier = root().public().verifier_id();
    farthing_protocol::http::signature::sign(
        &mut call,
        &authority,
        &verifier,
        &wallet.device(),
        now().wall,
        &nonce,
        &wallet.session,
    )
    .unwrap();
    call
}

async fn enrolled(server: &ServerHandle, alias: &str, rng: &mut Rng) -> Wallet {
    let wallet = Wallet::new(alias, verifier(), Scope::full(), None, now().wall, rng);
    let call = Call::post("/v1/enrolments", MEDIA_CBOR, wallet.enrolment.encode());
    assert_eq!(http(server, &call).await.0, 204);
    wallet
}

fn verifier() -> VerifierId {
    root().public().verifier_id()
}

fn order(payer: &Wallet, payee: &Wallet, value: u64, rng: &mut Rng) -> Vec<u8> {
    let mut world = support::World::new();
    world.now = now();
    std::mem::swap(&mut world.rng, rng);
    let order = world.order(payer, &payee.by_alias(), value);
    std::mem::swap(&mut world.rng, rng);
    payer.sign(order).encode()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_over_http_wakes_the_payee_and_survives_a_restart() {
    let folder = folder(&open_setup());
    let server = served(&folder).await;
    let mut rng = Rng(0);
    let (ada, bob) = (enrolled(&server, "ada", &mut rng).await, enrolled(&server, "bob", &mut rng).await);
    let poll = read(&bob, &server, "/v1/entries", "epoch=1&seq=2&max=10&wait=20000", &mut rng);
    let started = Instant::now();
    let body = order(&ada, &bob, 5, &mut rng);
    let call = Call::post("/v1/orders", MEDIA_ORDER, body);
    let (polled, paid) = tokio::join!(http(&server, &poll), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        http(&server, &call).await
    });
    assert_eq!((polled.0, paid.0), (200, 200));
    assert_eq!(EntriesPage::decode(&polled.1).unwrap().entries.len(), 1);
    assert!(started.elapsed() < Duration::from_secs(10), "woken, not timed out");
    let second = start(ServerConfig::new(folder.path())).await;
    assert!(second.err().unwrap().to_string().contains("in use by the server"));
    server.shutdown().await;
    let server = served(&folder).await;
    assert_eq!(http(&server, &call).await, paid, "the same bytes, the same reply");
    server.shutdown().await;
}

/// Two who have nothing but the id wait for each other, a device for its mail; who is revoked meanwhile is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_slot_a_message_and_a_revocation_end_the_long_polls_that_wait_for_them() {
    let folder = folder(&open_setup());
    let server = served(&folder).await;
    let mut rng = Rng(0);
    let (ada, bob) = (enrolled(&server, "ada", &mut rng).await, enrolled(&server, "bob", &mut rng).await);
    let started = Instant::now();
    let soon = |call: Call| {
        let server = &server;
        async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let reply = http(server, &call).await;
            assert!([200, 204].contains(&reply.0), "{:?}", Problem::from_json(&reply.1));
        }
    };
    let slot = slot_path(&RendezvousId::new([1; 16]), 1);
    let waiting = Call::get(slot.as_str(), "wait=20000");
    let written = Call::post(slot.as_str(), MEDIA_OCTETS, vec![7; 80]);
    let (found, ()) = tokio::join!(http(&server, &waiting), soon(written));
    assert_eq!(found, (200, vec![7; 80]));
    let nothing = http(&server, &Call::get(slot_path(&RendezvousId::new([1; 16]), 2), "wait=50")).await;
    assert_eq!(Problem::from_json(&nothing.1).unwrap().code, ProblemCode::SlotEmpty);

    let waiting = read(&bob, &server, "/v1/messages", "wait=20000", &mut rng);
    let header = ada.header(verifier(), now().wall, &mut rng);
    let sent = Call::post("/v1/messages", MEDIA_CBOR, ada.message(header, &bob, &[7; 256]));
    let (found, ()) = tokio::join!(http(&server, &waiting), soon(sent));
    let page = MessagesPage::decode(&found.1).unwrap();
    assert_eq!(page.messages.len(), 1);

    let query = format!("after={}&wait=20000", page.messages[0].number.get());
    let waiting = read(&bob, &server, "/v1/messages", &query, &mut rng);
    let phone = bob.phone(verifier(), Scope::full(), 2, now().wall, &mut rng);
    let list = bob.list(verifier(), 3, &[&phone], now().wall);
    let body = DevicesBody { list, certificates: vec![phone.enrolment.certificate.clone()], handles: None };
    let (told, ()) = tokio::join!(http(&server, &waiting), soon(Call::post("/v1/devices", MEDIA_CBOR, body.encode())));
    assert_eq!(Problem::from_json(&told.1).unwrap().code, ProblemCode::DeviceRevokedHere);
    assert!(started.elapsed() < Duration::from_secs(15), "woken, not timed out");
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_polls_hold_no_reader_and_end_with_the_server() {
    let folder = folder(&open_setup());
    let server = Arc::new(start(ServerConfig { readers: 1, ..ServerConfig::new(folder.path()) }).await.unwrap());
    let mut rng = Rng(0);
    let ada = enrolled(&server, "ada", &mut rng).await;
    let mut polls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let call = read(&ada, &server, "/v1/entries", "epoch=1&seq=9&wait=25000", &mut rng);
        let server = server.clone();
        polls.spawn(async move { http(&server, &call).await.0 });
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let started = Instant::now();
    assert_eq!(http(&server, &Call::get("/v1/verifier", "")).await.0, 200);
    assert!(started.elapsed() < Duration::from_secs(2));
    let (addr, probe) = (server.addr, TcpStream::connect(server.addr).await);
    assert!(probe.is_ok(), "{addr}");
    drop(probe);
    polls.abort_all();
    while polls.join_next().await.is_some() {}
    Arc::into_inner(server).unwrap().shutdown().await;
    assert!(started.elapsed() < Duration::from_secs(12));
}

#[tokio::test(flavor = "multi_thread")]
async fn money_from_the_operator_wakes_its_account() {
    use farthing_verifier::commands::{Command, Outcome};
    use farthing_verifier::server::{Asked, ask};
    let folder = folder(&open_setup());
    let server = served(&folder).await;
    let mut rng = Rng(0);
    let ada = enrolled(&server, "ada", &mut rng).await;
    let poll = read(&ada, &server, "/v1/entries", "epoch=1&seq=1&wait=20000", &mut rng);
    let fund = Command::Fund {
        id: farthing_protocol::id::OrderId::generate(now().wall, &mut rng).to_uuid_text(),
        target: "ada".to_owned(),
        amount: "0.01 USD".to_owned(),
        reason: "prize".to_owned(),
    };
    let data = folder.path().to_owned();
    let started = Instant::now();
    let funded = tokio::task::spawn_blocking(move || {
        std::thread::sleep(Duration::from_millis(300));
        ask(&data, &fund)
    });
    let (polled, funded) = tokio::join!(http(&server, &poll), funded);
    assert!(matches!(funded.unwrap(), Asked::Answered(Outcome::Done(_))));
    assert_eq!(EntriesPage::decode(&polled.1).unwrap().entries.len(), 1);
    assert!(started.elapsed() < Duration::from_secs(10), "woken, not timed out");
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_every_path_gets_a_problem() {
    let folder = folder(&open_setup());
    let server = served(&folder).await;
    let mut garbage = vec![0; 1 << 20];
    rand_core::Rng::fill_bytes(&mut Rng(9), &mut garbage);
    for path in [
        "/v1/orders",
        "/v1/enrolments",
        "/v1/devices",
        "/v1/handles",
        "/v1/requests",
        "/v1/cancellations",
        "/v1/aliases",
        "/v1/publications",
        "/v1/withdrawals",
        "/v1/generations",
        "/v1/prekeys",
        "/v1/claims",
        "/v1/messages",
        "/v1/acknowledgements",
        "/v1/rendezvous/00112233445566778899aabbccddeeff/1",
        "/v1/verifier",
        "/",
        "/R",
    ] {
        for (media, size) in [(MEDIA_ORDER, 1 << 20), (MEDIA_CBOR, 30_000), ("application/cose", 3)] {
            let call = Call::post(path, media, garbage[..size].to_vec());
            let (status, body) = http(&server, &call).await;
            let problem = Problem::from_json(&body).unwrap_or_else(|| panic!("{path} {size}: {status}"));
            assert_eq!(problem.code.status(), status);
        }
    }
    for raw in [
        "GET /v1/%ff%00 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "BREW /v1/orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        let (status, body) = talk(&mut stream, raw, &[]).await;
        assert_eq!(Problem::from_json(&body).unwrap().code.status(), status);
    }
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    assert_eq!(talk(&mut stream, "", &garbage[..4096]).await.0 / 100, 4);
    let (status, page) = http(&server, &Call::get("/R", "")).await;
    assert!(status == 200 && String::from_utf8(page).unwrap().contains("Farthing wallet"));
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_body_is_told_so() {
    let folder = folder(&open_setup());
    let server = served(&folder).await;
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    let head = "POST /v1/orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 100\r\n\r\n";
    let (status, body) = talk(&mut stream, head, b"slow").await;
    assert_eq!((status, Problem::from_json(&body).unwrap().code), (408, ProblemCode::TooSlow));
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_connects_and_says_nothing_loses_the_connection() {
    let folder = folder(&open_setup());
    let server = served(&folder).await;
    let addr = server.addr;
    let connections = [&b""[..], b"P", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"].map(|said| async move {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(said).await.unwrap();
        let mut heard = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(15), stream.read_to_end(&mut heard)).await;
        assert!(ended.is_ok(), "still there after {said:?}");
    });
    let [nothing, one_byte, preface] = connections;
    tokio::join!(nothing, one_byte, preface);
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_with_a_certificate_of_ones_own_and_none_without() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = tempfile::tempdir().unwrap();
    let (certificate, key) = (files.path().join("cert.pem"), files.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let folder = folder(&Setup { url: "https://localhost:0".to_owned(), ..open_setup() });
    let config = ServerConfig { tls: Some((certificate, key)), ..ServerConfig::new(folder.path()) };
    let server = start(config).await.unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.addr).await.unwrap();
    let name = "localhost".try_into().unwrap();
    let mut stream = tokio_rustls::TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap();
    let head = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    assert_eq!(talk(&mut stream, head, &[]).await, (200, b"ok\n".to_vec()));
    server.shutdown().await;
    let open = ServerConfig { listen: Some("0.0.0.0:0".parse().unwrap()), ..ServerConfig::new(folder.path()) };
    assert!(matches!(start(open).await, Err(StartError::PlainHttp(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_all_answered_or_told_to_come_back() {
    let folder = folder(&open_setup());
    let server = Arc::new(start(ServerConfig { queue: 1, ..ServerConfig::new(folder.path()) }).await.unwrap());
    let mut rng = Rng(0);
    let (ada, bob) = (enrolled(&server, "ada", &mut rng).await, enrolled(&server, "bob", &mut rng).await);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let call = Call::post("/v1/orders", MEDIA_ORDER, order(&ada, &bob, 1, &mut rng));
        let server = server.clone();
        calls.spawn(async move { http(&server, &call).await });
    }
    let mut paid = 0;
    while let Some(reply) = calls.join_next().await {
        let (status, body) = reply.unwrap();
        match status {
            200 => paid += 1,
            _ => assert_eq!(Problem::from_json(&body).unwrap().code, ProblemCode::Busy),
        }
    }
    assert!(paid > 0);
    // A backup while it runs, and the audit of both.
    let copy = folder.path().join("backup.db");
    let live = Folder::connect(folder.path(), None, false).unwrap();
    farthing_verifier::audit::copy(&live, &copy).unwrap();
    for db in [live, rusqlite::Connection::open(&copy).unwrap()] {
        let report = farthing_verifier::audit::audit(&db, farthing_protocol::id::Seq::new(0), &mut |_, _| ()).unwrap();
        assert_eq!((report.orders, report.seq), (paid, paid + 2));
    }
    Arc::into_inner(server).unwrap().shutdown().await;
}
