//! Allowances as the real program keeps them: over HTTP, stopped and started again, and killed while it settles after a downtime.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::cose::Signed;
use farthing_protocol::device::Scope;
use farthing_protocol::http::{Call, EntriesPage, EntryKind, MEDIA_CBOR, MEDIA_COSE, MEDIA_ORDER, OrderBody, Problem};
use farthing_protocol::id::Nonce;
use farthing_protocol::key::Signer as _;
use farthing_protocol::offline::{Allowance, AllowanceId, AllowanceRevoke, OfflineReceipt, RevokedAllowances};
use farthing_protocol::refusal::Refusal;
use farthing_protocol::time::{Moment, Span, Time};
use farthing_verifier::crash::POINTS_OF_TIME;
use farthing_verifier::server::{Folder, ServerConfig, ServerHandle, now, start};
use farthing_verifier::{Setup, Verifier, audit};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::allowances::*;
use support::http::http;
use support::*;

const PROGRAM: &str = env!("CARGO_BIN_EXE_farthing-verifier");

fn folder(at: Moment) -> (tempfile::TempDir, Verifier) {
    let folder = tempfile::tempdir().unwrap();
    Folder::make(&folder.path().join("v")).unwrap();
    keys().save(&Folder::signing_key(&folder.path().join("v"))).unwrap();
    let db = Folder::connect(&folder.path().join("v"), None, true).unwrap();
    let setup = Setup::open("http://127.0.0.1:0", usd(), 10_000_000);
    let verifier = Verifier::create(db, &setup, &root(), keys(), at).unwrap();
    (folder, verifier)
}

/// A signed answer of the verifier's.
fn signed<T: farthing_protocol::cose::Object + Clone>(reply: &(u16, Vec<u8>)) -> T {
    let object = Signed::<T>::parse(&reply.1).unwrap_or_else(|_| panic!("{:?}", Problem::from_json(&reply.1)));
    object.clone().verify(keys().signing().public()).unwrap();
    object.claims().clone()
}

async fn entries(server: &ServerHandle, wallet: &Wallet, query: &str) -> EntriesPage {
    let mut call = Call::get("/v1/entries", query);
    let (authority, nonce) = (server.addr.to_string(), Nonce::generate(&mut Rng(now().wall.as_ms())));
    let id = root().public().verifier_id();
    farthing_protocol::http::signature::sign(
        &mut call,
        &authority,
        &id,
        &wallet.device(),
        now().wall,
        &nonce,
        &wallet.session,
    )
    .unwrap();
    EntriesPage::decode(&http(server, &call).await.1).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_a_cheater_is_listed_and_its_payees_claim() {
    let (folder, verifier) = folder(now());
    drop(verifier);
    let config = || ServerConfig::new(folder.path().join("v"));
    let server = start(config()).await.unwrap();
    let mut world = World::new();
    world.now = now();
    let mut wallets = Vec::new();
    for name in ["mal", "bob", "eve"] {
        let wallet = Wallet::new(name, world.id, Scope::full(), None, now().wall, &mut world.rng);
        let call = Call::post("/v1/enrolments", MEDIA_CBOR, wallet.enrolment.encode());
        assert_eq!(http(&server, &call).await.0, 204);
        wallets.push(wallet);
    }
    let [mal, bob, eve] = wallets.try_into().ok().unwrap();
    let (order, key) = world.allowance_order(&mal, 5_000_000);
    let order = Signed::sign(order, &mal.act).unwrap();
    let body = OrderBody { order: bytes(order.bytes()), bundle: None, code: None }.encode();
    let place = Call::post("/v1/allowances", MEDIA_ORDER, body.clone());
    let placed = http(&server, &place).await;
    let id = signed::<Allowance>(&placed).allowance;
    assert_eq!((placed.0, id), (200, AllowanceId::of(&order)));
    assert_eq!(http(&server, &place).await, placed);
    for (media, body) in [(MEDIA_CBOR, body), (MEDIA_ORDER, vec![7; 99]), (MEDIA_ORDER, Vec::new())] {
        let reply = http(&server, &Call::post("/v1/allowances", media, body)).await;
        assert!([400, 415].contains(&reply.0), "{}", reply.0);
    }

    // Without network: one number for two.
    let phone = Phone { id, key, signed: placed.1, seq: 0, total: 0, to: Default::default() };
    let requests = [world.ask(&bob, 4_000_000), world.ask(&eve, 3_000_000)];
    let vouchers = requests.each_ref().map(|request| phone.first(request));
    let mut claims = Vec::new();
    for (n, payee) in [&bob, &eve].into_iter().enumerate() {
        let claim = world.offline_claim(payee, &vouchers[n], &requests[n]).into_vec();
        let call = Call::post("/v1/allowances/claims", MEDIA_COSE, claim);
        let reply = http(&server, &call).await;
        assert_eq!(signed::<OfflineReceipt>(&reply).amount, requests[n].claims().amount);
        claims.push((call, reply));
    }
    let photographed = world.offline_claim(&eve, &vouchers[0], &requests[0]).into_vec();
    let reply = http(&server, &Call::post("/v1/allowances/claims", MEDIA_COSE, photographed)).await;
    assert_eq!((reply.0, signed::<Refusal>(&reply).code), (409, 146));

    let list = Call::get("/v1/allowances/revoked", "");
    assert!(signed::<RevokedAllowances>(&http(&server, &list).await).allowances.is_empty());
    let status = http(&server, &Call::get("/v1/verifier", "")).await;
    let status = farthing_protocol::http::VerifierStatus::decode(&status.1).unwrap();
    let proof = proof_of(status.certificates[0].clone(), &phone, &vouchers[0], &vouchers[1]);
    let reply = http(&server, &Call::post("/v1/allowances/proofs", MEDIA_CBOR, proof.encode())).await;
    assert_eq!(reply.0, 204, "{:?}", Problem::from_json(&reply.1));
    assert!(signed::<RevokedAllowances>(&http(&server, &list).await).names(&id));
    let revoke = mal.act(AllowanceRevoke::new(world.header(&mal), id)).into_vec();
    assert_eq!(http(&server, &Call::post("/v1/allowances/revocations", MEDIA_COSE, revoke)).await.0, 204);

    let page = entries(&server, &bob, "").await.entries;
    assert_eq!(page.iter().map(|entry| entry.kind).collect::<Vec<_>>(), [EntryKind::Issue, EntryKind::OfflineClaim]);
    assert_eq!(page[1].receipt.as_slice(), claims[0].1.1);
    server.shutdown().await;
    let server = start(config()).await.unwrap();
    for (call, reply) in &claims {
        assert_eq!(http(&server, call).await, *reply, "the same bytes, the same answer");
    }
    server.shutdown().await;
    let db = Folder::connect(&folder.path().join("v"), None, false).unwrap();
    let report = audit::audit(&db, farthing_protocol::id::Seq::new(0), &mut |_, _| ()).unwrap();
    assert_eq!((report.allowances, report.sums["USD"]), (1, 0));
}

fn run(data: &Path, point: &str) -> Child {
    let mut command = Command::new(PROGRAM);
    command.args(["run", "--json", "--data"]).arg(data).env("FARTHING_CRASH_POINT", point);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Of the ledger, whether or not somebody serves it.
fn settled(data: &Path) -> i64 {
    let db = Folder::connect(data, None, false).unwrap();
    db.query_row("SELECT count(settled_seq) FROM allowances", [], |row| row.get(0)).unwrap()
}

/// A verifier that was down at the end of claiming settles when it is back: once, wherever it is killed at it.
#[test]
fn killed_while_it_settles_it_has_settled_once() {
    for point in POINTS_OF_TIME {
        let wall = now().wall;
        let at = |wall: Time| Moment { wall, monotonic: Span::from_ms(wall.as_ms()) };
        let begin = at(wall.minus(SPENT).minus(CLAIMED).minus(Span::from_h(2)));
        let (folder, verifier) = folder(begin);
        let data = folder.path().join("v");
        let mut world = World::new();
        (world.verifier, world.now) = (verifier, begin);
        let (mal, bob, eve) = (world.wallet("mal"), world.wallet("bob"), world.wallet("eve"));
        let phone = world.allow(&mal, 5_000_000);
        for payee in [&bob, &eve] {
            let request = world.ask(payee, 5_000_000);
            let voucher = phone.first(&request);
            assert_eq!(world.claim_offline(payee, &voucher, &request).status, 200);
        }
        world.now = at(wall.minus(Span::from_h(3)));
        assert_eq!(world.revoke(&mal, phone.id).status, 204);
        drop(world);

        let mut killed = run(&data, point);
        assert!(!killed.wait().unwrap().success(), "{point}");
        assert_eq!(settled(&data), i64::from(point == farthing_verifier::crash::SETTLEMENT_AFTER_COMMIT));
        let (mut server, begun) = (run(&data, "none"), Instant::now());
        while settled(&data) == 0 && begun.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(20));
        }
        server.kill().unwrap();
        server.wait().unwrap();
        assert_eq!(settled(&data), 1, "{point}");
        let db = Folder::connect(&data, None, false).unwrap();
        let report = audit::audit(&db, farthing_protocol::id::Seq::new(0), &mut |_, _| ()).unwrap();
        assert_eq!((report.allowances, report.sums["USD"]), (1, 0));
        let balance = |account: i64| {
            let sql = "SELECT balance FROM balances WHERE account = ?1";
            db.query_row(sql, [account], |row| row.get::<_, i64>(0)).unwrap()
        };
        // The cap from what was set aside, and once more from the balance: all of it, and nothing twice.
        assert_eq!([3, 4, 5].map(balance), [0, 15_000_000, 15_000_000], "{point}");
    }
}
