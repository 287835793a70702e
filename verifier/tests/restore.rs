//! `backup`, `restore` and `certify` as operators run them: under load, with wrong files, and killed half way.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::Signed;
use farthing_protocol::device::Scope;
use farthing_protocol::fee_schedule::FeeSchedule;
use farthing_protocol::http::{Call, MEDIA_CBOR, MEDIA_ORDER, Problem, VerifierStatus};
use farthing_protocol::id::OrderId;
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::order::Order;
use farthing_protocol::receipt::Receipt;
use farthing_verifier::crash::operator as points;
use farthing_verifier::server::{Folder, ServerConfig, now, start};
use farthing_verifier::{Keys, Setup, Verifier, save_root};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use support::http::http;
use support::{Rng, Wallet, World, keys, root, usd};

const PROGRAM: &str = env!("CARGO_BIN_EXE_farthing-verifier");
const CLIENTS: usize = 64;

/// A folder with a served ledger in `v`, its root key in `root.key`, and room for more.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let data = place.at("v");
        Folder::make(&data).unwrap();
        keys().save(&Folder::signing_key(&data)).unwrap();
        save_root(&root(), &place.at("root.key")).unwrap();
        let setup = Setup::open("http://127.0.0.1:0", usd(), 1_000_000);
        let connection = Folder::connect(&data, None, true).unwrap();
        drop(Verifier::create(connection, &setup, &root(), keys(), now()).unwrap());
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.killed_at("none", arguments)
    }

    fn killed_at(&self, point: &str, arguments: &[&str]) -> Output {
        let command = &mut Command::new(PROGRAM);
        command.env("FARTHING_CRASH_POINT", point).current_dir(self.0.path()).args(arguments).output().unwrap()
    }

    /// What a command answers, in JSON.
    fn done(&self, arguments: &[&str]) -> Value {
        let out = self.run(&[arguments, &["--json"]].concat());
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap()
    }

    /// Exit code and kind of a command that fails.
    fn refused(&self, arguments: &[&str]) -> (i32, String, String) {
        let out = self.run(&[arguments, &["--json"]].concat());
        assert!(out.stdout.is_empty());
        let error: Value = serde_json::from_slice(&out.stderr).unwrap();
        let text = |name: &str| error["error"][name].as_str().unwrap().to_owned();
        (out.status.code().unwrap(), text("kind"), text("message"))
    }
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Something that a client sent, and what it got.
struct Sent {
    call: Call,
    reply: (u16, Vec<u8>),
}

async fn client(
    mut world: World,
    wallet: Arc<Wallet>,
    payee: Arc<Wallet>,
    server: Arc<farthing_verifier::server::ServerHandle>,
    stop: Arc<AtomicBool>,
    number: usize,
) -> Vec<Sent> {
    let mut sent = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        world.now = now();
        let mut order = world.order(&wallet, &payee.by_alias(), 1);
        order.id = OrderId::generate(world.now.wall, &mut Rng((number as u64) << 32 | sent.len() as u64));
        let call = Call::post("/v1/orders", MEDIA_ORDER, wallet.sign(order).encode());
        let reply = http(&server, &call).await;
        assert_eq!(reply.0, 200, "{:?}", Problem::from_json(&reply.1));
        sent.push(Sent { call, reply });
    }
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_while_64_clients_pay_restores_to_a_ledger_that_holds() {
    let place = Place::new();
    let server = Arc::new(start(ServerConfig::new(place.at("v"))).await.unwrap());
    let mut rng = Rng(0);
    let id = root().public().verifier_id();
    let mut wallets = Vec::new();
    for n in 0..CLIENTS {
        let wallet = Wallet::new(&format!("client-{n}"), id, Scope::full(), None, now().wall, &mut rng);
        let call = Call::post("/v1/enrolments", MEDIA_CBOR, wallet.enrolment.encode());
        assert_eq!(http(&server, &call).await.0, 204);
        wallets.push(Arc::new(wallet));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = tokio::task::JoinSet::new();
    // Made before anybody pays: all of them pay from the beginning.
    let worlds: Vec<World> = wallets.iter().map(|_| World::new()).collect();
    for (n, (wallet, world)) in wallets.iter().zip(worlds).enumerate() {
        let payee = wallets[(n + 1) % CLIENTS].clone();
        clients.spawn(client(world, wallet.clone(), payee, server.clone(), stop.clone(), n));
    }
    let seconds = |s| tokio::time::sleep(std::time::Duration::from_secs(s));
    seconds(1).await;
    let backup = {
        let (program, folder) = (PROGRAM, place.at(""));
        tokio::task::spawn_blocking(move || {
            let backup = ["backup", "--data", "v", "b.db", "--json"];
            Command::new(program).current_dir(folder).args(backup).output().unwrap()
        })
    };
    let backup: Value = serde_json::from_slice(&backup.await.unwrap().stdout).unwrap();
    seconds(1).await;
    stop.store(true, Ordering::Relaxed);
    let sent: Vec<Sent> = clients.join_all().await.into_iter().flatten().collect();
    Arc::into_inner(server).unwrap().shutdown().await;

    let restored = place.done(&["restore", "--data", "again", "--root", "root.key", "b.db"]);
    assert_eq!((restored["orders"].clone(), restored["epoch"].as_u64()), (backup["orders"].clone(), Some(2)));
    let (kept, first_seq) = (restored["orders"].as_u64().unwrap(), restored["first_seq"].as_u64().unwrap());
    assert!(kept > 0 && kept < sent.len() as u64, "taken in the middle: {kept} of {}", sent.len());
    assert_eq!(first_seq, kept + CLIENTS as u64 + 1);
    let audit = place.done(&["audit", "--data", "again"]);
    assert_eq!((audit["orders"].as_u64(), audit["sums"]["USD"].as_str()), (Some(kept), Some("0")));

    // Every order is decided as it was, or not at all.
    let server = start(ServerConfig::new(place.at("again"))).await.unwrap();
    let (mut known, mut lost) = (0, 0);
    for Sent { call, reply } in &sent {
        let again = http(&server, call).await;
        if Signed::<Receipt>::parse(&reply.1).unwrap().claims().seq.get() < first_seq {
            assert_eq!(again, *reply);
            known += 1;
        } else {
            assert_eq!(Problem::from_json(&again.1).unwrap().code, ProblemCode::BeforeEpoch);
            lost += 1;
        }
    }
    assert_eq!((known, lost), (kept, sent.len() as u64 - kept));
    let mut world = World::new();
    world.now = now();
    let order = world.order(&wallets[0], &wallets[1].by_alias(), 1);
    let status = VerifierStatus::decode(&http(&server, &Call::get("/v1/verifier", "")).await.1).unwrap();
    let fees = Signed::<FeeSchedule>::parse(status.fee_schedule.as_slice()).unwrap();
    let order = Order { fee_version: fees.claims().fee_version, ..order };
    let call = Call::post("/v1/orders", MEDIA_ORDER, wallets[0].sign(order).encode());
    let receipt = Signed::<Receipt>::parse(&http(&server, &call).await.1).unwrap();
    assert_eq!((receipt.claims().epoch.get(), receipt.claims().seq.get()), (2, first_seq));
    server.shutdown().await;
    assert_eq!(place.done(&["audit", "--data", "again"])["orders"].as_u64(), Some(kept + 1));
}

#[test]
fn what_is_no_backup_of_this_root_is_refused_and_leaves_nothing() {
    let place = Place::new();
    place.done(&["backup", "--data", "v", "b.db"]);
    let backup = std::fs::read(place.at("b.db")).unwrap();
    std::fs::write(place.at("half.db"), &backup[..backup.len() / 2]).unwrap();
    std::fs::write(place.at("garbage.db"), [0xa5; 9000]).unwrap();
    std::fs::write(place.at("empty.db"), []).unwrap();
    let altered = |name: &str, sql: &str| {
        std::fs::copy(place.at("b.db"), place.at(name)).unwrap();
        rusqlite::Connection::open(place.at(name)).unwrap().execute_batch(sql).unwrap();
    };
    altered("newer.db", "PRAGMA user_version = 99");
    altered("tampered.db", "UPDATE accounts SET opened_ms = 1; UPDATE ledger SET seq = 1");
    altered("recipes.db", "PRAGMA application_id = 7");
    save_root(&Ed25519Key::from_seed([9; 32]), &place.at("stranger.key")).unwrap();
    std::fs::write(place.at("no.key"), "key").unwrap();
    Folder::make(&place.at("used")).unwrap();
    std::fs::write(place.at("used/signing.key"), "somebody's").unwrap();
    for (data, root, file, exit, kind, says) in [
        ("new", "root.key", "nowhere.db", 2, "file", "No such file"),
        ("new", "root.key", "v", 2, "file", "not a file"),
        ("new", "root.key", "empty.db", 6, "damaged", "empty"),
        ("new", "root.key", "garbage.db", 6, "damaged", "not an SQLite database"),
        ("new", "root.key", "half.db", 6, "damaged", "half.db"),
        ("new", "root.key", "recipes.db", 6, "foreign", "another program"),
        ("new", "root.key", "newer.db", 1, "newer", "schema 99"),
        ("new", "root.key", "tampered.db", 6, "mismatch", "does not hold"),
        ("new", "stranger.key", "b.db", 6, "wrong_key", "another verifier's"),
        ("new", "no.key", "b.db", 6, "key_file", "not a key file"),
        ("new", "nowhere.key", "b.db", 5, "key_file", "No such file"),
        ("used", "root.key", "b.db", 2, "not_empty", "used/signing.key is in the way"),
        ("v", "root.key", "b.db", 2, "not_empty", "in the way"),
        ("root.key", "root.key", "b.db", 2, "usage", "Not a directory"),
    ] {
        let refused = place.refused(&["restore", "--data", data, "--root", root, file]);
        assert_eq!((refused.0, refused.1.as_str()), (exit, kind), "{file}: {}", refused.2);
        assert!(refused.2.contains(says), "{file}: {}", refused.2);
        assert!(!place.at("new").exists(), "{file}");
    }
    assert_eq!(place.refused(&["restore", "--data", "new", "--root", "root.key", "b.db", "--epoch", "1"]).0, 2);
    let long = format!("https://{}.example.org", "a".repeat(50));
    assert_eq!(place.refused(&["restore", "--data", "new", "--root", "root.key", "b.db", "--url", &long]).0, 2);
    assert_eq!(files(&place.at("used")), ["signing.key"], "untouched");
    // An empty folder that was there is not removed.
    Folder::make(&place.at("mine")).unwrap();
    assert_eq!(place.refused(&["restore", "--data", "mine", "--root", "root.key", "tampered.db"]).0, 6);
    assert_eq!(files(&place.at("mine")), ["lock"]);
    place.done(&["restore", "--data", "mine", "--root", "root.key", "b.db"]);
}

#[test]
fn a_restore_says_what_follows_and_can_move_the_verifier() {
    let place = Place::new();
    place.done(&["backup", "--data", "v", "b.db"]);
    let restore = ["restore", "--root", "root.key", "b.db"];
    let out = place.run(&[&restore[..], &["--data", "a"]].concat());
    let text = String::from_utf8(out.stdout).unwrap();
    for said in ["epoch 2 is open", "lost history", "not decided any more", "farthing-verifier fund", "--epoch"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let moved = [
        "--data",
        "b",
        "--epoch",
        "9",
        "--url",
        "https://pay.example.org",
        "--listen",
        "127.0.0.1:0",
        "--tls-cert",
        "no.pem",
        "--tls-key",
        "no.key",
    ];
    let out = place.run(&[&restore[..], &moved, &["--json"]].concat());
    let done: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((done["epoch"].as_u64(), done["url"].as_str()), (Some(9), Some("https://pay.example.org")));
    let warned = String::from_utf8(out.stderr).unwrap();
    assert!(warned.contains("no.pem is not there") && warned.contains("no.key is not there"), "{warned}");
    assert_eq!(files(&place.at("b")), ["ledger.db", "lock", "signing.key"]);
    for private in ["ledger.db", "signing.key"] {
        let mode = std::fs::metadata(place.at("b").join(private)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{private}");
    }
    assert_eq!(std::fs::metadata(place.at("b")).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(place.refused(&["run", "--data", "b"]).1, "tls");
}

/// Ends a command at a point, and looks that it came by it.
fn kill(place: &Place, point: &str, arguments: &[&str]) {
    use std::os::unix::process::ExitStatusExt as _;
    let out = place.killed_at(point, arguments);
    assert_eq!(out.status.signal(), Some(9), "{point}: {}", String::from_utf8_lossy(&out.stderr));
}

fn opens(data: &Path) -> Keys {
    let folder = Folder::lock(data, "a test").unwrap();
    drop(folder.open_ledger(None, now()).unwrap());
    assert!(!Folder::next_signing_key(data).exists(), "healed");
    Keys::load(&Folder::signing_key(data)).unwrap()
}

#[test]
fn killed_at_each_point_a_command_leaves_the_old_state_or_the_new_one() {
    for point in points::POINTS {
        let place = Place::new();
        let data = place.at("v");
        place.done(&["backup", "--data", "v", "b.db"]);
        let (restore, certify) = (
            ["restore", "--data", "new", "--root", "root.key", "b.db"],
            ["certify", "--data", "v", "--root", "root.key"],
        );
        match point {
            points::CERTIFY_KEY_WRITTEN | points::CERTIFY_COMMITTED => {
                kill(&place, point, &certify);
                let kept = opens(&data).signing().public() == keys().signing().public();
                assert_eq!(kept, point == points::CERTIFY_KEY_WRITTEN, "{point}");
                // Again and again, and nobody opens the ledger in between.
                kill(&place, points::CERTIFY_COMMITTED, &certify);
                kill(&place, points::CERTIFY_KEY_WRITTEN, &certify);
                opens(&data);
                kill(&place, point, &certify);
                let kid = place.done(&certify)["kid"].clone();
                assert_eq!(kid, opens(&data).signing().public().kid().to_string(), "{point}");
                place.done(&["audit", "--data", "v"]);
            }
            points::RESTORE_IN_PLACE => {
                kill(&place, point, &restore);
                place.done(&["audit", "--data", "new"]);
                assert_eq!(place.refused(&restore).1, "not_empty", "it is whole");
                opens(&place.at("new"));
            }
            _ => {
                kill(&place, point, &restore);
                assert_eq!(place.refused(&["run", "--data", "new"]).1, "no_ledger", "{point}");
                kill(&place, point, &restore);
                assert_eq!(place.done(&restore)["epoch"].as_u64(), Some(2), "{point}");
                assert_eq!(files(&place.at("new")), ["ledger.db", "lock", "signing.key"], "{point}");
                place.done(&["audit", "--data", "new"]);
                opens(&place.at("new"));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certify_needs_a_stopped_server_and_no_old_key() {
    let place = Place::new();
    let certify = ["certify", "--data", "v", "--root", "root.key"];
    let server = start(ServerConfig::new(place.at("v"))).await.unwrap();
    let (exit, kind, message) = place.refused(&certify);
    assert_eq!((exit, kind.as_str()), (1, "in_use"));
    assert!(message.contains("the server") && message.contains("stop it first"), "{message}");
    server.shutdown().await;
    save_root(&Ed25519Key::from_seed([9; 32]), &place.at("stranger.key")).unwrap();
    let refused = place.refused(&["certify", "--data", "v", "--root", "stranger.key"]);
    assert_eq!((refused.0, refused.1.as_str()), (6, "wrong_key"));
    assert!(!Folder::next_signing_key(&place.at("v")).exists());
    // The disk kept the ledger, and lost the key.
    std::fs::remove_file(Folder::signing_key(&place.at("v"))).unwrap();
    assert_eq!(place.refused(&["run", "--data", "v"]).0, 5);
    let kid = place.done(&certify)["kid"].clone();
    assert_eq!(kid, opens(&place.at("v")).signing().public().kid().to_string());
    assert_eq!(place.refused(&["certify", "--data", "nowhere", "--root", "root.key"]).1, "no_ledger");
}

#[test]
fn two_grants_of_one_asset_are_wrong_usage() {
    let place = Place::new();
    let moved = ["restore", "--data", "m", "--root", "root.key", "b.db", "--url", "http://127.0.0.1:9"];
    place.done(&["backup", "--data", "v", "b.db"]);
    place.done(&moved);
    let refused = place.refused(&["invite", "--data", "m", "--grant", "1 USD", "--grant", "2 USD"]);
    assert_eq!((refused.0, refused.2.contains("USD has two")), (2, true), "{}", refused.2);
}
