//! The verifier's machine and a phone, each with a disk of its own that can fail.

use farthing_core::engine::Engine;
use farthing_core::error::Error;
use farthing_core::generation;
use farthing_core::keys::SystemEntropy;
use farthing_core::keys::device::DeviceKeys;
use farthing_core::keys::vault::{Anchor, MemoryVault, Secret, Vault as _};
use farthing_core::store::{DatabaseKey, SqlCipherStore, StoreLocation};
use farthing_faults::vfs::{Disk, Image};
use farthing_protocol::http::{Call, Reply};
use farthing_protocol::id::Seq;
use farthing_protocol::time::Moment;
use farthing_verifier::audit::audit;
use farthing_verifier::{Keys, Verifier};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};

pub const AUTHORITY: &str = "127.0.0.1:7878";
pub const KEY: [u8; 32] = [9; 32];

/// A disk that SQLite finds by name.
pub struct Machine {
    pub disk: Disk,
    vfs: String,
}

impl Machine {
    pub fn new(folder: &Path, vfs: &str) -> Self {
        let folder = folder.join(vfs);
        std::fs::create_dir(&folder).unwrap();
        Self { disk: Disk::register(vfs, &folder).unwrap(), vfs: vfs.to_owned() }
    }

    fn file(&self) -> PathBuf {
        self.disk.folder().join("it.db")
    }

    pub fn location(&self) -> StoreLocation {
        StoreLocation { path: Some(self.file()), vfs: Some(self.vfs.clone()) }
    }

    pub fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        Connection::open_with_flags_and_vfs(self.file(), flags, self.vfs.as_str())
    }
}

/// The verifier's machine.
pub struct Bank {
    pub machine: Machine,
    pub verifier: Option<Verifier>,
}

pub fn bank_keys() -> Keys {
    Keys::from_seeds([2; 32], [3; 32])
}

impl Bank {
    pub fn open(&mut self, now: Moment) -> Result<(), String> {
        let connection = self.machine.connect().map_err(|e| e.to_string())?;
        self.verifier = Some(Verifier::open(connection, bank_keys(), now).map_err(|e| e.to_string())?);
        Ok(())
    }

    pub fn answer(&mut self, call: &Call, now: Moment) -> Option<Reply> {
        self.verifier.as_mut().map(|verifier| verifier.answer(call, AUTHORITY, now))
    }

    /// The whole ledger holds: file, balances, what is signed since `since`; money sums to zero.
    pub fn audit(&self, since: u64) -> u64 {
        let report = audit(&self.machine.connect().unwrap(), Seq::new(since), &mut |_, _| ()).unwrap();
        assert!(report.sums.values().all(|sum| *sum == 0), "{report:?}");
        report.seq
    }
}

/// A wallet, without its network. The vault is not on this disk.
pub struct Phone {
    pub machine: Machine,
    pub vault: MemoryVault,
    pub secret: Secret,
    pub engine: Option<Engine>,
}

/// What a phone is, at one moment.
#[derive(Clone)]
pub struct Kept {
    image: Image,
    anchor: Option<Anchor>,
    secret: Secret,
}

impl Phone {
    pub fn open(&mut self, now: Moment) -> Result<(), Error> {
        let mut store = SqlCipherStore::open(self.machine.location(), DatabaseKey::new(KEY))?;
        generation::raise(&mut store, &self.vault, now.wall, &mut SystemEntropy::new())?;
        let keys = DeviceKeys::from_secret(&self.secret).unwrap();
        self.engine = Some(Engine::open(Box::new(store), keys, Box::new(SystemEntropy::new()))?);
        Ok(())
    }

    pub fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    /// The file opens, and every page and index of it is right.
    pub fn check_file(&self) {
        let db = self.machine.connect().unwrap();
        let key = data_encoding::HEXLOWER.encode(&KEY);
        db.execute_batch(&format!("PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'{key}'\";")).unwrap();
        let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
    }

    pub fn kept(&self) -> Kept {
        let anchor = self.vault.anchor().unwrap();
        Kept { image: self.machine.disk.image(), anchor, secret: self.secret.clone() }
    }

    pub fn become_again(&mut self, kept: &Kept) {
        self.engine = None;
        self.machine.disk.load(&kept.image).unwrap();
        self.vault = MemoryVault::new();
        kept.anchor.iter().for_each(|anchor| self.vault.set_anchor(anchor).unwrap());
        self.secret = kept.secret.clone();
    }
}
