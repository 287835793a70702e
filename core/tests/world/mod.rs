//! A running verifier and wallets that use it over real HTTP, for tests.
#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "tests fail by panicking, and each uses a part of this"
)]

use farthing_core::enrol::EnrolOptions;
use farthing_core::keys::vault::{MemoryVault, Vault};
use farthing_core::payment::{Approval, MadeRequest, Outcome, RequestTerms, Target};
use farthing_core::store::PaymentId;
use farthing_core::sync::{CallFuture, HttpNetwork, Network};
use farthing_core::wallet::{Place, Wallet};
use farthing_protocol::cose::Signed;
use farthing_protocol::details::Memo;
use farthing_protocol::http::Call;
use farthing_protocol::invite::Invite;
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::pointer::Pointer;
use farthing_protocol::time::Span;
use farthing_verifier::server::{Folder, ServerConfig, ServerHandle, now, start};
use farthing_verifier::{Keys, Setup, Verifier};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const SECOND: Duration = Duration::from_secs(1);

pub fn usd() -> Asset {
    Asset::new(Code::new("USD").unwrap(), 6).unwrap()
}

pub fn amount(text: &str) -> Amount {
    Amount::parse(text, &[usd()]).unwrap()
}

pub fn memo(text: &str) -> Option<Memo> {
    Some(Memo::typed(text).unwrap())
}

/// A verifier with a folder of its own that gives every new account 20.00 USD.
pub struct World {
    pub dir: tempfile::TempDir,
    pub invite: Signed<Invite>,
    pub url: String,
    pub server: Option<ServerHandle>,
    pub vfs: Option<String>,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    pub async fn start_with(vfs: Option<&str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let data = dir.path().join("verifier");
        Folder::make(&data).unwrap();
        let keys = Keys::from_seeds([2; 32], [3; 32]);
        keys.save(&Folder::signing_key(&data)).unwrap();
        let setup = Setup { listen: format!("127.0.0.1:{port}"), ..Setup::open(&url, usd(), 20_000_000) };
        let root = Ed25519Key::from_seed([1; 32]);
        let db = Folder::connect(&data, vfs, true).unwrap();
        let verifier = Verifier::create(db, &setup, &root, keys, now()).unwrap();
        let invite = verifier.public_invite(None).unwrap();
        drop(verifier);
        let mut world = Self { dir, invite, url, server: None, vfs: vfs.map(str::to_owned) };
        world.run().await;
        world
    }

    pub fn data(&self) -> PathBuf {
        self.dir.path().join("verifier")
    }

    pub async fn run(&mut self) {
        let config = ServerConfig { vfs: self.vfs.clone(), ..ServerConfig::new(self.data()) };
        self.server = Some(start(config).await.unwrap());
    }

    pub async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.shutdown().await;
        }
    }

    pub fn place(&self, name: &str) -> Person {
        let dir = self.dir.path().join(name);
        std::fs::create_dir_all(&dir).unwrap();
        let vault: Arc<dyn Vault> = Arc::new(MemoryVault::new());
        let calls = Arc::new(Counted { http: HttpNetwork::new(&self.url, None).unwrap(), paths: Mutex::default() });
        let mut place = Place::new(&dir, vault);
        place.network = Some(Arc::clone(&calls) as Arc<dyn Network>);
        Person { place, calls }
    }

    pub async fn person(&self, name: &str) -> (Person, Wallet) {
        let person = self.place(name);
        let options = EnrolOptions { name: Some(farthing_protocol::text::Text::typed(name).unwrap()), alias: None };
        let (wallet, _) = Wallet::enrol(&person.place, &self.invite, options).await.unwrap();
        wallet.sync(Span::from_ms(0)).await.unwrap();
        (person, wallet)
    }
}

/// Where a wallet lives, and what it called.
pub struct Person {
    pub place: Place,
    pub calls: Arc<Counted>,
}

/// HTTP that remembers which paths were called.
pub struct Counted {
    http: HttpNetwork,
    paths: Mutex<Vec<String>>,
}

impl Counted {
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.paths.lock().unwrap())
    }
}

impl Network for Counted {
    fn call<'a>(&'a self, call: &'a Call) -> CallFuture<'a> {
        self.paths.lock().unwrap().push(format!("{} {}", call.method.as_str(), call.path));
        self.http.call(call)
    }
}

pub fn terms(text: Option<&str>) -> RequestTerms {
    RequestTerms { amount: text.map(amount), memo: memo("window two"), items: Vec::new(), life: Span::from_min(15) }
}

pub fn target(made: &MadeRequest) -> Target {
    Target::Request(Pointer::parse(&made.link).unwrap())
}

pub async fn pay(wallet: &Wallet, target: Target, sum: Option<&str>, text: &str) -> (PaymentId, Outcome) {
    let draft = wallet.prepare(target, sum.map(amount), memo(text)).await.unwrap();
    let id = wallet.confirm(Approval::of(&draft)).await.unwrap();
    (id, wallet.outcome(&id, 10 * SECOND).await.unwrap())
}

pub fn available(wallet: &Wallet) -> String {
    wallet.balances().unwrap().first().unwrap().available.to_string()
}
