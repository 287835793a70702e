//! A running verifier, and folders that are phones.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "tests fail by panicking, and each uses a part of this"
)]

use farthing_ffi::failure::Failure;
use farthing_ffi::keys::{Keys, SealingFailure, SealingKey};
use farthing_ffi::opening::{Enrolled, Opened, enrol};
use farthing_ffi::records::Terms;
use farthing_ffi::tabs::OfferTerms;
use farthing_ffi::wallet::Wallet;
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::money::{Asset, Code};
use farthing_verifier::server::{Folder, ServerConfig, ServerHandle, now, start};
use std::sync::Arc;

/// A platform's key, or what it says instead.
pub struct Platform(pub Result<u64, SealingFailure>);

impl SealingKey for Platform {
    fn part(&self, index: u32) -> Result<u64, SealingFailure> {
        self.0.map(|key| key ^ u64::from(index))
    }
}

pub struct World {
    pub dir: tempfile::TempDir,
    pub server: ServerHandle,
    pub invite: String,
}

impl World {
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("verifier");
        Folder::make(&data).unwrap();
        let keys = farthing_verifier::Keys::from_seeds([2; 32], [3; 32]);
        keys.save(&Folder::signing_key(&data)).unwrap();
        let usd = Asset::new(Code::new("USD").unwrap(), 6).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = listener.local_addr().unwrap().to_string();
        drop(listener);
        let setup = farthing_verifier::Setup {
            listen: listen.clone(),
            ..farthing_verifier::Setup::open(&format!("http://{listen}"), usd, 20_000_000)
        };
        let db = Folder::connect(&data, None, true).unwrap();
        let root = Ed25519Key::from_seed([1; 32]);
        let verifier = farthing_verifier::Verifier::create(db, &setup, &root, keys, now()).unwrap();
        let invite = farthing_protocol::invite::link(&verifier.public_invite(None).unwrap());
        drop(verifier);
        Self { dir, server: start(ServerConfig::new(&data)).await.unwrap(), invite }
    }

    pub fn folder(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    pub fn keys(&self, name: &str, key: Result<u64, SealingFailure>) -> Arc<Keys> {
        let (file, state) = (self.folder(&format!("{name}.keys")), self.folder(&format!("{name}.state")));
        Arc::new(Keys::sealed(file, state, Arc::new(Platform(key))))
    }

    pub async fn enrolled(&self, name: &str) -> Enrolled {
        let keys = self.keys(name, Ok(7));
        enrol(self.folder(name), keys, self.invite.clone(), Some(name.to_owned()), None).await.unwrap()
    }
}

pub fn kind<T>(failed: Result<T, Failure>) -> String {
    failed.err().unwrap().info().kind.clone()
}

pub fn ready(opened: Opened) -> Arc<Wallet> {
    match opened {
        Opened::Ready { wallet } => wallet,
        Opened::Empty => panic!("nothing there"),
        Opened::NeedsRecovery { reason } => panic!("{reason:?}"),
    }
}

pub fn terms(amount: farthing_ffi::records::Money) -> Terms {
    Terms { amount: Some(amount), memo: None, items: Vec::new(), life_s: 600, standing: false }
}

/// Two cents for each article, five dollars in all.
pub async fn offered(wallet: &Wallet) -> OfferTerms {
    let day_ms = 86_400_000;
    OfferTerms {
        price: wallet.parse_money("0.02 usd".to_owned()).await.unwrap(),
        unit: "article".to_owned(),
        cap: wallet.parse_money("5 usd".to_owned()).await.unwrap(),
        lasts_ms: day_ms,
        grace_ms: 3 * day_ms,
        memo: Some("the paper".to_owned()),
        life_ms: 900_000,
        standing: false,
    }
}
