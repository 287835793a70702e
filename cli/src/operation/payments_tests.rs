//! An operation is asked again when the process that carried it out died before its answer.

use super::payments::{confirm, outcome, prepare};
use farthing_core::Wallet;
use farthing_core::keys::vault::MemoryVault;
use farthing_core::wallet::Place;
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::money::{Asset, Code};
use farthing_verifier::commands::{Command, Outcome};
use farthing_verifier::server::{Folder, ServerConfig, ask, now, start};
use farthing_verifier::{Keys, Setup, Verifier};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_that_is_asked_for_twice_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("verifier");
    Folder::make(&data).unwrap();
    let keys = || Keys::from_seeds([2; 32], [3; 32]);
    keys().save(&Folder::signing_key(&data)).unwrap();
    let usd = Asset::new(Code::new("USD").unwrap(), 6).unwrap();
    let setup = Setup::open("http://127.0.0.1:0", usd, 20_000_000);
    let db = Folder::connect(&data, None, true).unwrap();
    let mut verifier = Verifier::create(db, &setup, &Ed25519Key::from_seed([1; 32]), keys(), now()).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    verifier.set_url(&format!("http://{port}")).unwrap();
    let invite = verifier.public_invite(None).unwrap();
    drop(verifier);
    let server = start(ServerConfig { listen: Some(port), ..ServerConfig::new(&data) }).await.unwrap();
    let mut wallets = Vec::new();
    for name in ["ann", "bob"] {
        let dir = folder.path().join(name);
        Folder::make(&dir).unwrap();
        let place = Place::new(&dir, Arc::new(MemoryVault::new()));
        let (wallet, _) = Wallet::enrol(&place, &invite, Default::default()).await.unwrap();
        wallet.sync(farthing_protocol::time::Span::from_ms(0)).await.unwrap();
        wallets.push(wallet);
    }
    let (ann, bob) = (&wallets[0], &wallets[1]);
    let draft = prepare(ann, bob.profile().alias.as_str(), Some("1 USD"), None).await.unwrap();
    let fees = Command::Fees { fees: vec!["0.10 USD".to_owned()] };
    let asked = tokio::task::spawn_blocking(move || ask(&data, &fees)).await.unwrap();
    assert!(matches!(asked, farthing_verifier::server::Asked::Answered(Outcome::Done(_))), "{asked:?}");
    confirm(ann, &draft.id, &draft.shown).await.unwrap();
    for _ in 0..2 {
        let outcome = outcome(ann, &draft.id, 10_000).await.unwrap();
        assert_eq!(outcome.failure.unwrap().kind, "fee_changed");
    }
    server.shutdown().await;
}
