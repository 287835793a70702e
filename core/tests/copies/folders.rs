//! A wallet folder that can be copied as `cp -r` does, and opened with the state folder of one machine or another.

use crate::world::{Counted, World};
use farthing_core::enrol::EnrolOptions;
use farthing_core::keys::SystemEntropy;
use farthing_core::keys::passphrase::{Cost, PassphraseVault};
use farthing_core::sync::{HttpNetwork, Network};
use farthing_core::wallet::{Place, Wallet};
use farthing_protocol::time::Span;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

const PASSPHRASE: &str = "correct horse";

/// A wallet's folder on a machine.
#[derive(Clone)]
pub struct Folder {
    pub dir: PathBuf,
    state: PathBuf,
    url: String,
    pub calls: Arc<Counted>,
}

impl Folder {
    fn new(world: &World, name: &str, machine: &str) -> Self {
        let calls = Arc::new(Counted::new(HttpNetwork::new(&world.url, None)));
        let state = world.dir.path().join(machine);
        Self { dir: world.dir.path().join(name), state, url: world.url.clone(), calls }
    }

    /// A wallet that is enrolled, read and closed.
    pub async fn enrolled(world: &World, name: &str) -> Self {
        let folder = Self::new(world, name, "machine");
        fs::create_dir_all(&folder.dir).unwrap();
        let cost = Cost::new(8, 1, 1).unwrap();
        let made = PassphraseVault::create(&folder.dir.join("vault"), PASSPHRASE, cost, &mut SystemEntropy::new());
        drop(made.unwrap());
        let options = EnrolOptions::default();
        let (wallet, _) = Wallet::enrol(&folder.place(), &world.invite, options).await.unwrap();
        wallet.sync(Span::from_ms(0)).await.unwrap();
        wallet.close().await.unwrap();
        folder
    }

    /// `cp -r`, on the same machine or carried to another one.
    pub fn copied(&self, world: &World, name: &str, machine: &str) -> Self {
        let copy = Self::new(world, name, machine);
        fs::create_dir_all(&copy.dir).unwrap();
        for file in fs::read_dir(&self.dir).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.dir.join(file.file_name())).unwrap();
        }
        copy
    }

    pub fn place(&self) -> Place {
        let vault = PassphraseVault::open(&self.dir.join("vault"), PASSPHRASE).unwrap();
        let mut place = Place::new(&self.dir, Arc::new(vault.with_state_folder(&self.state)));
        place.network = Some(Arc::clone(&self.calls) as Arc<dyn Network>);
        place
    }

    pub async fn open(&self) -> Wallet {
        assert!(!self.url.is_empty());
        Wallet::open(&self.place()).await.unwrap()
    }
}
