//! A running verifier and wallets that use it over real HTTP, for tests.
#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "tests fail by panicking, and each uses a part of this"
)]

pub mod forge;

use farthing_core::enrol::EnrolOptions;
use farthing_core::keys::vault::{MemoryVault, Vault};
use farthing_core::payment::{Approval, MadeRequest, Outcome, RequestTerms, Target};
use farthing_core::store::{PaymentId, PaymentState};
use farthing_core::sync::{CallFuture, HttpNetwork, ListenFuture, Network, NetworkError};
use farthing_core::wallet::{Place, Wallet};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::Signed;
use farthing_protocol::details::Memo;
use farthing_protocol::http::{Call, Problem, Reply};
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

    /// A verifier with another root key.
    pub async fn start_as(root: [u8; 32]) -> Self {
        Self::start_from(root, None).await
    }

    pub async fn start_with(vfs: Option<&str>) -> Self {
        Self::start_from([1; 32], vfs).await
    }

    async fn start_from(root: [u8; 32], vfs: Option<&str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let data = dir.path().join("verifier");
        Folder::make(&data).unwrap();
        let keys = Keys::from_seeds([2; 32], [3; 32]);
        keys.save(&Folder::signing_key(&data)).unwrap();
        let setup = Setup { listen: format!("127.0.0.1:{port}"), ..Setup::open(&url, usd(), 20_000_000) };
        let root = Ed25519Key::from_seed(root);
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

    /// Does something to the verifier's ledger while the server is down for a moment.
    pub async fn operate<T>(&mut self, act: impl FnOnce(&mut Verifier) -> T) -> T {
        self.stop().await;
        let keys = Keys::load(&Folder::signing_key(&self.data())).unwrap();
        let db = Folder::connect(&self.data(), None, false).unwrap();
        let done = act(&mut Verifier::open(db, keys, now()).unwrap());
        self.run().await;
        done
    }

    pub fn place(&self, name: &str) -> Person {
        let dir = self.dir.path().join(name);
        std::fs::create_dir_all(&dir).unwrap();
        let vault: Arc<dyn Vault> = Arc::new(MemoryVault::new());
        let calls = Arc::new(Counted::new(HttpNetwork::new(&self.url, None)));
        let mut place = Place::new(&dir, vault);
        place.network = Some(Arc::clone(&calls) as Arc<dyn Network>);
        Person { place, calls }
    }

    pub async fn person(&self, name: &str) -> (Person, Wallet) {
        self.person_in(name, name).await
    }

    /// A person whose wallet lies in a folder of another name.
    pub async fn person_in(&self, folder: &str, name: &str) -> (Person, Wallet) {
        let person = self.place(folder);
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

/// What a wallet gets to see instead of what the verifier answered.
pub type Rewrite = Box<dyn FnMut(&Call, Answered) -> Answered + Send>;
/// What came of a call.
pub type Answered = Result<Reply, NetworkError>;

/// How far a call gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// To the verifier and back.
    Up,
    /// Not to the verifier.
    Cut,
    /// To nowhere, for ever.
    Hanging,
}

/// HTTP that remembers which paths were called, and lies when it is told to: the verifier hears every call, the wallet
/// hears what a script makes of the answer.
pub struct Counted {
    http: HttpNetwork,
    paths: Mutex<Vec<String>>,
    rewrite: Mutex<Option<Rewrite>>,
    line: Mutex<(&'static str, Line)>,
    kept_back: Mutex<Option<(&'static str, ProblemCode)>>,
}

impl Counted {
    pub fn new(http: HttpNetwork) -> Self {
        Self {
            http,
            paths: Mutex::default(),
            rewrite: Mutex::default(),
            line: Mutex::new(("", Line::Up)),
            kept_back: Mutex::default(),
        }
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.paths.lock().unwrap())
    }

    /// From now on answers to calls of paths that begin with `path` are what `rewrite` makes of them.
    pub fn lie(&self, path: &'static str, mut rewrite: impl FnMut(&Call, Answered) -> Answered + Send + 'static) {
        let script: Rewrite =
            Box::new(move |call, answer| if call.path.starts_with(path) { rewrite(call, answer) } else { answer });
        *self.rewrite.lock().unwrap() = Some(script);
    }

    /// From now on calls of paths that begin with `path` get this far.
    pub fn set_line(&self, path: &'static str, line: Line) {
        *self.line.lock().unwrap() = (path, line);
    }

    /// From now on calls of paths that begin with `path` do not reach the verifier, and are answered with this.
    pub fn keep_back(&self, path: &'static str, code: ProblemCode) {
        *self.kept_back.lock().unwrap() = Some((path, code));
    }

    /// From now on answers arrive as they were given.
    pub fn be_honest(&self) {
        *self.rewrite.lock().unwrap() = None;
        *self.kept_back.lock().unwrap() = None;
        self.set_line("", Line::Up);
    }
}

impl Counted {
    /// Notes a call; whether it gets through is what the line says now.
    async fn pass(&self, call: &Call) -> Result<(), NetworkError> {
        self.paths.lock().unwrap().push(format!("{} {}", call.method.as_str(), call.path));
        let (path, line) = *self.line.lock().unwrap();
        match line {
            Line::Cut if call.path.starts_with(path) => Err(NetworkError::Unreachable("the line is cut".to_owned())),
            Line::Hanging if call.path.starts_with(path) => std::future::pending().await,
            _ => Ok(()),
        }
    }
}

impl Network for Counted {
    fn call<'a>(&'a self, call: &'a Call) -> CallFuture<'a> {
        Box::pin(async move {
            self.pass(call).await?;
            let kept_back = *self.kept_back.lock().unwrap();
            if let Some((_, code)) = kept_back.filter(|(path, _)| call.path.starts_with(path)) {
                return Ok(Reply::problem(&Problem::new(code)));
            }
            let answer = self.http.call(call).await;
            match self.rewrite.lock().unwrap().as_mut() {
                Some(rewrite) => rewrite(call, answer),
                None => answer,
            }
        })
    }

    fn listen<'a>(&'a self, call: &'a Call) -> ListenFuture<'a> {
        Box::pin(async move {
            self.pass(call).await?;
            self.http.listen(call).await
        })
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

/// Waits until the payment was sent and its first answer, or silence, was heard.
pub async fn until_sent(wallet: &Wallet, id: &PaymentId) {
    for _ in 0..500 {
        let payment = wallet.payment(id).unwrap();
        if payment.state != PaymentState::Authorised {
            return;
        }
        tokio::time::sleep(SECOND / 50).await;
    }
    unreachable!("the payment was not sent within ten seconds");
}
