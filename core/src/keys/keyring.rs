//! The vault in the operating system's keyring: what it holds is open for as long as the person is logged in.
//!
//! Sources: design.md section 8 (locked, dismissed and absent are told apart by the store's own error; each call has a
//! thread and a time of its own); on Linux the freedesktop.org Secret Service API 0.2, which GNOME Keyring,
//! KWallet and KeePassXC answer. Other systems' keyrings have no store here yet: [`VaultError::Unavailable`] says so.
//!
//! The wallet's folder has a small file, `farthing keyring 1 <wallet id in hex>`: it says that the keys are in the keyring and under
//! which id, and holds no secret. It is written before anything goes into the keyring. Each secret is an entry of its own, with
//! the attributes `application` = `farthing`, `wallet` = the id and `name` = [`SecretName`]'s number; so is the [`Anchor`], with
//! `name` = `anchor`, and its [`Spending`], with `name` = `spending`. The keyring is not copied with the folder, so an older copy of
//! the folder meets the newer anchor.
//!
//! | the keyring says | the vault says |
//! |---|---|
//! | unlocked, no such entry | `Ok(None)`; with a database beside it the wallet is recovered, never made anew |
//! | locked, and the person unlocks it | what was asked for |
//! | locked, and the person dismisses the prompt | [`VaultError::Cancelled`] |
//! | locked, and there is no screen to ask on | [`VaultError::Locked`] |
//! | locked, and nobody answers | [`VaultError::TimedOut`] |
//! | no default collection | [`VaultError::KeyringMissing`] |
//! | no service, no bus, or it went away | [`VaultError::Unavailable`] |
//!
//! No lock is held while a person decides: a call connects, asks, and is forgotten when its time is over.
//!
//! ```no_run
//! use farthing_core::keys::{SystemEntropy, keyring::{KeyringVault, Surroundings}, vault::{SecretName, Vault}};
//! let file = std::path::Path::new("/home/ada/.farthing/keyring");
//! let vault = KeyringVault::create(file, Surroundings::of_this_process(), &mut SystemEntropy::new())?;
//! assert!(vault.get(SecretName::DatabaseKey)?.is_none());
//! # Ok::<(), farthing_core::keys::vault::VaultError>(())
//! ```

#[cfg_attr(target_os = "linux", path = "keyring/secret_service.rs")]
#[cfg_attr(not(target_os = "linux"), path = "keyring/elsewhere.rs")]
mod service;

use super::vault::{Anchor, Secret, SecretName, Spending, Vault, VaultError};
use super::{WALLET_ID_LEN, file, random_wallet_id};
use data_encoding::HEXLOWER;
use rand_core::CryptoRng;
use std::{
    future::Future,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};
use zeroize::Zeroizing;

/// What the file begins with; its format's version and the id follow.
const MAGIC: &str = "farthing keyring ";
const VERSION: u8 = 1;
/// Longest file that is read: ours has 52 bytes.
const FILE_MAX: usize = 1024;
/// The anchor's name among the entries; secrets are named by number.
const ANCHOR: &str = "anchor";
/// The name of what was spent from allowances.
const SPENDING: &str = "spending";
/// How much longer than its steps a whole call may take before it is given up.
const GRACE: Duration = Duration::from_secs(5);

/// Where the keyring is reached, and how long it is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// The bus of the person's session; the one that the environment names when it is absent.
    pub bus: Option<String>,
    /// Whether a prompt can be seen. When not, a prompt that comes back dismissed was never shown.
    pub screen: bool,
    /// How long the service may take for what needs no person.
    pub answer_wait: Duration,
    /// How long a person may take for a prompt.
    pub person_wait: Duration,
}

impl Surroundings {
    /// For what needs no person: far above the milliseconds that it takes, also on a busy machine.
    pub const ANSWER_WAIT: Duration = Duration::from_secs(10);
    /// For a person: time to find and type a password.
    pub const PERSON_WAIT: Duration = Duration::from_secs(120);

    /// As this process's environment says.
    #[must_use]
    pub fn of_this_process() -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            bus: None,
            screen: is_set("WAYLAND_DISPLAY") || is_set("DISPLAY"),
            answer_wait: Self::ANSWER_WAIT,
            person_wait: Self::PERSON_WAIT,
        }
    }

    /// Longest that a whole call takes: a call asks the person at most twice, for the collection and for the entry.
    fn call_wait(&self) -> Duration {
        self.answer_wait.saturating_mul(8).saturating_add(self.person_wait.saturating_mul(2))
    }
}

/// A wallet's keys in the keyring. Holds no secret itself.
#[derive(Clone, Debug)]
pub struct KeyringVault {
    path: PathBuf,
    wallet: [u8; WALLET_ID_LEN],
    surroundings: Surroundings,
}

impl KeyringVault {
    /// Begins a new, empty vault: looks whether there is a keyring that can be written, which may ask the person to unlock or
    /// to make one, and then writes the file.
    ///
    /// # Errors
    /// [`VaultError::Exists`] when there is a file already; otherwise why the keyring cannot be used, and then there is no file.
    pub fn create(
        path: &Path,
        surroundings: Surroundings,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, VaultError> {
        if path.try_exists().map_err(|e| file::fault(&e))? {
            return Err(VaultError::Exists);
        }
        apart(&surroundings, |around| async move { service::prepare(&around).await })?;
        let wallet = random_wallet_id(rng);
        let text = format!("{MAGIC}{VERSION} {}\n", HEXLOWER.encode(&wallet));
        file::replace(path, text.as_bytes())?;
        Ok(Self { path: path.to_owned(), wallet, surroundings })
    }

    /// Reads the file. The keyring itself is asked when something is needed from it.
    ///
    /// # Errors
    /// [`VaultError::Missing`], [`VaultError::Damaged`], [`VaultError::Newer`], [`VaultError::Unavailable`].
    pub fn open(path: &Path, surroundings: Surroundings) -> Result<Self, VaultError> {
        let wallet = read_id(&file::read(path, FILE_MAX)?)?;
        Ok(Self { path: path.to_owned(), wallet, surroundings })
    }

    /// Takes the wallet's entries out of the keyring, and then the file away: for a wallet that was never used.
    ///
    /// # Errors
    /// [`VaultError`]; what is left can be erased by another call.
    pub fn erase(self) -> Result<(), VaultError> {
        for name in SecretName::ALL {
            self.remove(name)?;
        }
        self.remove_entry(self.anchor_entry())?;
        self.remove_entry(self.spending_entry())?;
        std::fs::remove_file(&self.path).map_err(|e| file::fault(&e))
    }

    fn entry(&self, name: SecretName) -> Entry {
        let what = match name {
            SecretName::DatabaseKey => "database key",
            SecretName::DeviceKeys => "device keys",
            SecretName::Phrase => "recovery phrase",
            SecretName::AllowanceKeys => "allowance keys",
        };
        Entry::new(&self.wallet, name.number().to_string(), what)
    }

    fn anchor_entry(&self) -> Entry {
        Entry::new(&self.wallet, ANCHOR.to_owned(), "last opening")
    }

    fn spending_entry(&self) -> Entry {
        Entry::new(&self.wallet, SPENDING.to_owned(), "allowances")
    }

    fn read_entry(&self, entry: Entry) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        apart(&self.surroundings, |around| async move { service::read(&entry, &around).await })
    }

    fn write_entry(&self, entry: Entry, bytes: Zeroizing<Vec<u8>>) -> Result<(), VaultError> {
        apart(&self.surroundings, |around| async move { service::write(&entry, &bytes, &around).await })
    }

    fn remove_entry(&self, entry: Entry) -> Result<(), VaultError> {
        apart(&self.surroundings, |around| async move { service::remove(&entry, &around).await })
    }
}

impl Vault for KeyringVault {
    fn get(&self, name: SecretName) -> Result<Option<Secret>, VaultError> {
        let bytes = self.read_entry(self.entry(name))?;
        bytes.map(Secret::new).transpose().map_err(|_| VaultError::Damaged)
    }

    fn put(&self, name: SecretName, secret: &Secret) -> Result<(), VaultError> {
        self.write_entry(self.entry(name), Zeroizing::new(secret.as_bytes().to_vec()))
    }

    fn remove(&self, name: SecretName) -> Result<(), VaultError> {
        self.remove_entry(self.entry(name))
    }

    fn anchor(&self) -> Result<Option<Anchor>, VaultError> {
        let entry = self.anchor_entry();
        let place = format!("the entry “{}” from the keyring", entry.label);
        let bytes = self.read_entry(entry)?;
        bytes.map(|bytes| Anchor::decode(&bytes, &place)).transpose()
    }

    fn set_anchor(&self, anchor: &Anchor) -> Result<(), VaultError> {
        self.write_entry(self.anchor_entry(), Zeroizing::new(anchor.encode()))
    }

    fn spending(&self) -> Result<Option<Spending>, VaultError> {
        let entry = self.spending_entry();
        let place = format!("the entry “{}” from the keyring", entry.label);
        let bytes = self.read_entry(entry)?;
        bytes.map(|bytes| Spending::decode(&bytes, &place)).transpose()
    }

    fn set_spending(&self, spending: &Spending) -> Result<(), VaultError> {
        self.write_entry(self.spending_entry(), Zeroizing::new(spending.encode()))
    }
}

/// What one entry is found by, and what a person sees of it in the keyring's own program.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "no other system's keyring is asked yet"))]
struct Entry {
    wallet: String,
    name: String,
    label: String,
}

#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "no other system's keyring is asked yet"))]
impl Entry {
    fn new(wallet: &[u8], name: String, what: &str) -> Self {
        let wallet = HEXLOWER.encode(wallet);
        let short = wallet.get(..8).unwrap_or_default();
        Self { label: format!("Farthing wallet {short}: {what}"), wallet, name }
    }

    fn attributes(&self) -> [(&str, &str); 3] {
        [("application", "farthing"), ("wallet", &self.wallet), ("name", &self.name)]
    }
}

fn read_id(bytes: &[u8]) -> Result<[u8; WALLET_ID_LEN], VaultError> {
    let text = std::str::from_utf8(bytes).map_err(|_| VaultError::Damaged)?;
    let (version, id) = text
        .strip_prefix(MAGIC)
        .and_then(|rest| rest.strip_suffix('\n'))
        .and_then(|rest| rest.split_once(' '))
        .ok_or(VaultError::Damaged)?;
    let version: u8 = version.parse().map_err(|_| VaultError::Damaged)?;
    if version > VERSION {
        return Err(VaultError::Newer { version });
    }
    let id = HEXLOWER.decode(id.as_bytes()).map_err(|_| VaultError::Damaged)?;
    if version == VERSION { id.try_into().map_err(|_| VaultError::Damaged) } else { Err(VaultError::Damaged) }
}

/// Does something with the keyring on a thread of its own, which nobody waits for longer than a call may take. When its time
/// is over the connection is dropped, and with it the service's prompt.
fn apart<T, F>(around: &Surroundings, work: impl FnOnce(Surroundings) -> F + Send + 'static) -> Result<T, VaultError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, VaultError>>,
{
    let wait = around.call_wait();
    let around = around.clone();
    let (send, answer) = mpsc::sync_channel(1);
    let failed = |error: std::io::Error| VaultError::Unavailable(error.to_string());
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let timed = async { tokio::time::timeout(wait, work(around)).await.unwrap_or(Err(VaultError::TimedOut)) };
        let done = runtime.block_on(timed);
        runtime.shutdown_background();
        done
    };
    let thread = thread::Builder::new().name("farthing-keyring".to_owned());
    // Nobody may be waiting any more.
    thread.spawn(move || drop(send.send(run()))).map_err(failed)?;
    match answer.recv_timeout(wait.saturating_add(GRACE)) {
        Ok(done) => done,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(VaultError::TimedOut),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(VaultError::Unavailable("its thread ended".to_owned())),
    }
}
