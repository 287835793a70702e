//! How long from the verifier's commit to the payee's event, beside a floor measured in the same run.
//!
//! One process has the verifier's server and two wallets, each with its own runtime, files and connections; they speak
//! TLS over loopback. A measurement begins when the verifier says that it has decided a group, which is right after its
//! commit, and ends when the event log hands the payee its event, which is right after the wallet's own commit. In
//! between lie the hint by the stream, one signed read, and the wallet's commit.
//!
//! The floor is what no wallet could do without: one bare call over the same TLS and HTTP, and one write of a page to the
//! same disk with fsync, measured in turn with the payments.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::float_arithmetic, reason = "a program for developers")]

use farthing_core::events::{EventKind, EventSeq};
use farthing_core::keys::vault::MemoryVault;
use farthing_core::payment::{Approval, Target};
use farthing_core::sync::{HttpNetwork, Network as _};
use farthing_core::wallet::{Line, Place, Wallet};
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

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let given = args.iter().position(|arg| arg == "--payments").and_then(|at| args.get(at + 1));
    let payments = given.map_or(PAYMENTS, |count| count.parse().unwrap());
    let commits = Commits::default();
    tracing::subscriber::set_global_default(commits.clone()).unwrap();
    // Beside the program: a temporary folder may be memory, where a sync costs nothing.
    let dir = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
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
    let mut watch = payee.watch().unwrap();
    while watch.contact().line != Line::Stream {
        let known = watch.contact();
        watch.contact_other_than(&known).await;
    }
    let bare = HttpNetwork::new(&server.url, Some(pin)).unwrap();
    let mut page = std::fs::File::create(dir.path().join("page")).unwrap();
    let (mut heard, mut floor, mut calls, mut syncs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..WARM_UP + payments {
        let event = one_payment(&payer, &payee).await;
        let took = event.duration_since(commits.last_before(event));
        let call = bare_call(&bare).await;
        let sync = one_sync(&mut page);
        if round >= WARM_UP {
            heard.push(took);
            calls.push(call);
            syncs.push(sync);
            floor.push(call + sync);
        }
    }
    server.shutdown().await;
    report(args.iter().any(|arg| arg == "--json"), [heard, floor, calls, syncs]);
}

/// Pays, and says when the payee's event was there.
async fn one_payment(payer: &Wallet, payee: &Wallet) -> Instant {
    let usd = Asset::new(Code::new("USD").unwrap(), 6).unwrap();
    let amount = Amount::new(1, usd).unwrap();
    let draft = payer.prepare(Target::Alias(payee.profile().alias), Some(amount), None).await.unwrap();
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

/// Prints what was measured.
fn report(as_json: bool, measured: [Vec<Duration>; 4]) {
    let rows = measured.map(|mut times| {
        times.sort();
        let at = |share: usize| times.get((times.len() * share / 100).min(times.len() - 1)).unwrap().as_micros();
        (at(50), at(99), times.len())
    });
    let [heard, floor, call, sync] = rows;
    let ratio = |a: u128, b: u128| (a as f64 / b.max(1) as f64 * 100.0).round() / 100.0;
    let (at_p50, at_p99) = (ratio(heard.0, floor.0), ratio(heard.1, floor.1));
    if as_json {
        let row =
            |(p50, p99, _): (u128, u128, usize)| serde_json::json!({ "p50_us": p50 as u64, "p99_us": p99 as u64 });
        let all = serde_json::json!({
            "payments": heard.2, "commit_to_event": row(heard), "floor": row(floor), "bare_call": row(call),
            "fsync": row(sync), "ratio": { "p50": at_p50, "p99": at_p99 },
        });
        println!("{all}");
        return;
    }
    println!("{} payments, one after the other    p50 us    p99 us", heard.2);
    for (name, (p50, p99, _)) in [
        ("verifier's commit to payee's event", heard),
        ("floor: a bare call and one fsync", floor),
        ("  the bare call", call),
        ("  the fsync", sync),
    ] {
        println!("{name:<36}{p50:>8}  {p99:>8}");
    }
    println!("{:<36}{at_p50:>8.2}  {at_p99:>8.2}", "ratio");
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
