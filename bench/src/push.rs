//! How long from the verifier's commit to the payee's event, beside a floor measured in the same run.
//!
//! One process has the verifier's server and two wallets, each with its own runtime, files and connections; they speak
//! TLS over loopback. A measurement begins when the verifier says that it has decided a group, which is right after its
//! commit, and ends when the event log hands the payee its event, which is right after the wallet's own commit. In
//! between lie the hint by the stream, one signed read, and the wallet's commit.
//!
//! The floor is what no wallet could do without: one bare call over the same TLS and HTTP, and one write of a page to the
//! same disk with fsync, measured in turn with the payments.

use crate::line::{Line, Target};
use crate::rounds::Times;
use crate::server::folder;
use crate::wallets::listening;
use farthing_core::events::{EventKind, EventSeq};
use farthing_core::keys::vault::MemoryVault;
use farthing_core::payment::{self, Approval};
use farthing_core::sync::{HttpNetwork, Network as _};
use farthing_core::wallet::{Place, Wallet};
use farthing_protocol::http::Call;
use farthing_protocol::id::{Digest, TlsCertificateHash};
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::time::Span;
use farthing_verifier::server::{Folder, ServerConfig, ServerHandle, now, start};
use farthing_verifier::{Keys, Setup, Verifier};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tracing::field::{Field, Visit};

const PAYMENTS: usize = 200;
const WARM_UP: usize = 10;

/// The line, when it is asked for.
pub(crate) fn lines(only: &dyn Fn(&str) -> bool) -> Vec<Line> {
    if !only("push") {
        return Vec::new();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (heard, floor) = runtime.block_on(measured());
    let line = |name, what: &str, share, target| {
        let line = Line::plain(name, what, heard.at(share) / 1e6, "ms", target).over(floor.at(share) / 1e6);
        Line { spread: Some((heard.at(0.1) / 1e6, heard.at(0.9) / 1e6)), ..line }
    };
    vec![
        line("push", "verifier's commit to payee's event, median; floor: call, fsync", 0.5, Target::Reported),
        line("push-p99", "the same, p99", 0.99, Target::AtMost(10.0)),
    ]
}

async fn measured() -> (Times, Times) {
    let commits = Commits::default();
    tracing::subscriber::set_global_default(commits.clone()).unwrap();
    let dir = folder();
    let (server, pin, invite) = verifier(dir.path()).await;
    let mut wallets = Vec::new();
    for name in ["payer", "payee"] {
        let place = dir.path().join(name);
        std::fs::create_dir(&place).unwrap();
        let place = Place::new(&place, Arc::new(MemoryVault::new()));
        let (wallet, _) = Wallet::enrol(&place, &invite, Default::default()).await.unwrap();
        wallet.sync(Span::from_ms(0)).await.unwrap();
        wallets.push(wallet);
    }
    let (payee, payer) = (wallets.pop().unwrap(), wallets.pop().unwrap());
    let _watch = listening(&payee).await;
    let bare = HttpNetwork::new(&server.url, Some(pin));
    let mut page = std::fs::File::create(dir.path().join("page")).unwrap();
    let (mut heard, mut floor) = (Times::default(), Times::default());
    for round in 0..WARM_UP + PAYMENTS {
        let event = one_payment(&payer, &payee).await;
        let took = event.duration_since(commits.last_before(event));
        let at_least = bare_call(&bare).await + one_sync(&mut page);
        if round >= WARM_UP {
            heard.add(took);
            floor.add(at_least);
        }
    }
    server.shutdown().await;
    (heard, floor)
}

/// Pays, and says when the payee's event was there.
async fn one_payment(payer: &Wallet, payee: &Wallet) -> Instant {
    let usd = Asset::new(Code::new("USD").unwrap(), 6).unwrap();
    let amount = Amount::new(1, usd).unwrap();
    let draft = payer.prepare(payment::Target::Alias(payee.profile().alias), Some(amount), None).await.unwrap();
    let last = payee.read(|engine| engine.store().events(EventSeq(0), usize::MAX)).unwrap();
    let mut after = last.last().unwrap().seq;
    payer.confirm(Approval::of(&draft)).await.unwrap();
    loop {
        let events = payee.events(after, 10, Duration::from_secs(30)).await.unwrap();
        let at = Instant::now();
        after = events.last().unwrap().seq;
        if events.iter().any(|event| matches!(event.kind, EventKind::Received(_))) {
            payer.outcome(&draft.id, Duration::from_secs(30)).await.unwrap();
            return at;
        }
    }
}

async fn bare_call(network: &HttpNetwork) -> Duration {
    let began = Instant::now();
    assert_eq!(network.call(&Call::get("/healthz", "")).await.unwrap().status, 200);
    began.elapsed()
}

fn one_sync(file: &mut std::fs::File) -> Duration {
    let began = Instant::now();
    file.write_all(&[0x5a; 4096]).unwrap();
    file.sync_data().unwrap();
    began.elapsed()
}

/// A verifier with TLS whose accounts begin with a thousand.
async fn verifier(
    dir: &Path,
) -> (ServerHandle, TlsCertificateHash, farthing_protocol::cose::Signed<farthing_protocol::invite::Invite>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (pem, key) = (dir.join("cert.pem"), dir.join("key.pem"));
    std::fs::write(&pem, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let pin = TlsCertificateHash::new(*Digest::of(made.cert.der()).as_bytes());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let data = dir.join("verifier");
    Folder::make(&data).unwrap();
    let keys = Keys::from_seeds([2; 32], [3; 32]);
    keys.save(&Folder::signing_key(&data)).unwrap();
    let usd = Asset::new(Code::new("USD").unwrap(), 6).unwrap();
    let url = format!("https://localhost:{port}");
    let setup = Setup { listen: format!("127.0.0.1:{port}"), ..Setup::open(&url, usd, 1_000_000_000) };
    let db = Folder::connect(&data, None, true).unwrap();
    let verifier = Verifier::create(db, &setup, &Ed25519Key::from_seed([1; 32]), keys, now()).unwrap();
    let invite = verifier.public_invite(Some(pin)).unwrap();
    drop(verifier);
    let config = ServerConfig { tls: Some((pem, key)), ..ServerConfig::new(&data) };
    (start(config).await.unwrap(), pin, invite)
}

/// Notes when the verifier's writer has decided a group: it says so right after its commit.
#[derive(Clone, Default)]
struct Commits(Arc<Mutex<Vec<Instant>>>);

impl Commits {
    fn last_before(&self, event: Instant) -> Instant {
        *self.0.lock().unwrap().iter().rfind(|commit| **commit < event).unwrap()
    }
}

/// True when an event's message is `decided`.
struct IsDecided(bool);

impl Visit for IsDecided {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0 |= field.name() == "message" && format!("{value:?}") == "decided";
    }
}

impl tracing::Subscriber for Commits {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "farthing_verifier::server::writer"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let at = Instant::now();
        let mut decided = IsDecided(false);
        event.record(&mut decided);
        if decided.0 {
            self.0.lock().unwrap().push(at);
        }
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
