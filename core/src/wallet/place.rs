//! Where a wallet is kept and by what means it works; making its keys, and opening what is there.

use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::generation;
use crate::keys::SystemEntropy;
use crate::keys::apart::apart;
use crate::keys::device::{ActKey, DeviceKeys};
use crate::keys::phrase::Phrase;
use crate::keys::vault::{Secret, SecretName, Vault};
use crate::offline;
use crate::store::{Change, DatabaseKey, ProfileState, SqlCipherStore, Store as _, StoreError, StoreLocation};
use crate::sync::{HttpNetwork, LoggedNetwork, Network};
use farthing_protocol::id::TlsCertificateHash;
use farthing_protocol::key::{Ed25519Key, PublicKey};
use farthing_protocol::time::{Moment, Span, Time};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Both clocks of a machine.
pub trait Clocks: Send + Sync {
    /// Reads them.
    fn now(&self) -> Moment;
}

/// This machine's clocks. The monotonic one counts sleep: what a head said is older after a night with the lid closed.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClocks;

impl Clocks for SystemClocks {
    fn now(&self) -> Moment {
        let ms = |d: Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Moment { wall: Time::from_ms(ms(wall)), monotonic: Span::from_ms(ms(since_boot())) }
    }
}

fn since_boot() -> Duration {
    // Apple's `CLOCK_MONOTONIC` counts sleep; Linux has a clock of its own for that.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = rustix::time::ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = rustix::time::ClockId::Monotonic;
    let time = rustix::time::clock_gettime(clock);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Where a wallet is kept, and by what means it works.
#[derive(Clone)]
pub struct Place {
    /// The wallet's folder.
    pub dir: PathBuf,
    /// Keeps its keys.
    pub vault: Arc<dyn Vault>,
    /// The clocks.
    pub clocks: Arc<dyn Clocks>,
    /// The network; HTTP to the pinned verifier when it is absent.
    pub network: Option<Arc<dyn Network>>,
    /// The VFS that SQLite uses; its own when it is absent.
    pub vfs: Option<String>,
    /// The key in hardware that is to sign the payments of a wallet that is made here; one in the vault when it is absent.
    pub act: Option<PublicKey>,
}

impl Place {
    /// A folder with a vault, this machine's clocks, HTTP, and SQLite's own VFS.
    #[must_use]
    pub fn new(dir: &Path, vault: Arc<dyn Vault>) -> Self {
        Self { dir: dir.to_owned(), vault, clocks: Arc::new(SystemClocks), network: None, vfs: None, act: None }
    }

    /// The database's file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.dir.join("wallet.db")
    }

    pub(super) fn location(&self) -> StoreLocation {
        StoreLocation { path: Some(self.database()), vfs: self.vfs.clone() }
    }
}

pub(super) fn network(place: &Place, url: &str, tls: Option<TlsCertificateHash>) -> Arc<dyn Network> {
    let network = place.network.clone().unwrap_or_else(|| Arc::new(HttpNetwork::new(url, tls)));
    Arc::new(LoggedNetwork(network))
}

/// Runs what may wait for a disk or a prompt on a thread for it, and what it does with keys leaves nothing there.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(|| apart(work)).await.map_err(|_| WalletError::Internal)?;
    done.map_err(|_| WalletError::Internal)?
}

/// The keys of a wallet that has no database yet.
pub(super) struct MadeKeys {
    pub(super) database: DatabaseKey,
    pub(super) device: DeviceKeys,
    pub(super) phrase: Phrase,
    /// They were made just now, so nobody else can depend on them.
    pub(super) fresh: bool,
}

/// Keys, in the vault before anything else exists. Those that are there are never replaced: they are of an attempt that was
/// interrupted, or of a wallet whose database somebody has moved away.
///
/// `given` is the phrase of an account that is restored; a fresh one is made otherwise. Until [`settle`] the vault says that nothing
/// depends on the keys, and, with `forgetting`, that the phrase is to be forgotten then.
pub(super) fn make_keys(place: &Place, given: Option<&Phrase>, forgetting: bool) -> Result<MadeKeys, Error> {
    use rand_core::Rng as _;
    let mut rng = SystemEntropy::new();
    let get = |name| place.vault.get(name);
    let (phrase, device, database) =
        (get(SecretName::Phrase)?, get(SecretName::DeviceKeys)?, get(SecretName::DatabaseKey)?);
    let fresh = phrase.is_none();
    let depended_on = database.as_ref().is_some_and(|key| split(key).1.is_none());
    if depended_on || fresh && (device.is_some() || database.is_some()) {
        return Err(StoreError::Missing.into());
    }
    // The phrase is stored first: with it alone the others were never used.
    let phrase = match phrase {
        Some(secret) => Phrase::from_secret(&secret)?,
        None => {
            let phrase = given.cloned().unwrap_or_else(|| Phrase::generate(&mut rng));
            place.vault.put(SecretName::Phrase, &phrase.to_secret())?;
            phrase
        }
    };
    if given.is_some_and(|given| *given != phrase) {
        return Err(WalletError::OtherPhrase.into());
    }
    let device = match device {
        Some(secret) => DeviceKeys::from_secret(&secret).map_err(|_| WalletError::KeyGone)?,
        None => {
            let act = place.act.map_or_else(|| ActKey::Here(Ed25519Key::generate(&mut rng)), ActKey::Elsewhere);
            let keys = DeviceKeys::with_act(act, &phrase, &mut rng);
            place.vault.put(SecretName::DeviceKeys, &keys.to_secret())?;
            keys
        }
    };
    let database = match database {
        Some(secret) => database_key(&secret)?,
        None => {
            let mut key = zeroize::Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut key[..]);
            put_unsettled(place, &key, if forgetting { FORGETTING } else { UNSETTLED })?;
            DatabaseKey::new(*key)
        }
    };
    Ok(MadeKeys { database, device, phrase, fresh })
}

fn database_key(secret: &Secret) -> Result<DatabaseKey, Error> {
    let (key, _) = split(secret);
    Ok(DatabaseKey::new(<[u8; 32]>::try_from(key).map_err(|_| WalletError::KeyGone)?))
}

pub(super) fn open_engine(place: &Place) -> Result<Engine, Error> {
    // A folder that cannot be looked into is not an empty one.
    if matches!(place.database().try_exists(), Ok(false)) {
        return Err(WalletError::NotEnrolled.into());
    }
    let secret = place.vault.get(SecretName::DatabaseKey)?.ok_or(WalletError::KeyGone)?;
    let database = database_key(&secret)?;
    let mut store = SqlCipherStore::open(place.location(), database.clone())?;
    let keys = place.vault.get(SecretName::DeviceKeys)?.ok_or(WalletError::KeyGone)?;
    let keys = DeviceKeys::from_secret(&keys).map_err(|_| WalletError::KeyGone)?;
    if let Some(profile) = store.profile()? {
        if !matches!(profile.state, ProfileState::Enrolling(_) | ProfileState::Restoring) {
            settle(place.vault.as_ref())?;
        }
        let wall = place.clocks.now().wall;
        generation::raise(&mut store, place.vault.as_ref(), wall, &mut SystemEntropy::new())?;
    }
    let mut engine = Engine::open(Box::new(store), keys, Box::new(SystemEntropy::new()))?;
    offline::resume(&mut engine, place.vault.as_ref(), place.clocks.now().wall)?;
    Ok(engine)
}

/// Whether the vault has the keys of a wallet whose database is not here: it was lost, or moved away.
pub(super) fn is_database_lost(place: &Place) -> Result<bool, Error> {
    if !matches!(place.database().try_exists(), Ok(false)) {
        return Ok(false);
    }
    Ok(place.vault.get(SecretName::DatabaseKey)?.is_some_and(|key| split(&key).1.is_none()))
}

/// Refuses a vault with a wallet's keys: its database was moved away, and what a join keeps would take their place. The keys of a
/// join that was interrupted are nobody's.
pub(super) fn check_vacant(place: &Place) -> Result<(), Error> {
    let phrase = place.vault.get(SecretName::Phrase)?;
    let database = place.vault.get(SecretName::DatabaseKey)?;
    if phrase.is_some() || database.is_some_and(|key| split(&key).1.is_none()) {
        return Err(StoreError::Missing.into());
    }
    Ok(())
}

/// The keys of a device that was granted, in the vault before its database exists; and the database's key. Until
/// [`settle`] the vault says that nothing depends on them.
pub(super) fn keep_granted(place: &Place, keys: &DeviceKeys) -> Result<DatabaseKey, Error> {
    use rand_core::Rng as _;
    check_vacant(place)?;
    let mut key = zeroize::Zeroizing::new([0; 32]);
    SystemEntropy::new().fill_bytes(&mut key[..]);
    put_unsettled(place, &key, UNSETTLED)?;
    place.vault.put(SecretName::DeviceKeys, &keys.to_secret())?;
    Ok(DatabaseKey::new(*key))
}

fn put_unsettled(place: &Place, key: &[u8; 32], mark: u8) -> Result<(), Error> {
    let mut marked = zeroize::Zeroizing::new([mark; 33]);
    marked.iter_mut().zip(key.iter()).for_each(|(to, from)| *to = *from);
    Ok(place.vault.put(SecretName::DatabaseKey, &Secret::copy_of(&marked))?)
}

/// The verifier knows the device: its keys are a wallet's from now on. Forgets a phrase that was only there for that.
pub(super) fn settle(vault: &dyn Vault) -> Result<(), Error> {
    let Some(secret) = vault.get(SecretName::DatabaseKey)? else { return Ok(()) };
    let (key, mark) = split(&secret);
    let key = zeroize::Zeroizing::new(<[u8; 32]>::try_from(key).map_err(|_| WalletError::KeyGone)?);
    match mark {
        None => return Ok(()),
        Some(FORGETTING) => vault.remove(SecretName::Phrase)?,
        Some(_) => {}
    }
    Ok(vault.put(SecretName::DatabaseKey, &Secret::copy_of(&key))?)
}

/// Follows the database's key in the vault until the verifier knows the device: what has no database then is nobody's.
const UNSETTLED: u8 = 1;
/// The same of a restore after which the phrase is forgotten.
const FORGETTING: u8 = 2;

/// The database's key, and what follows it.
fn split(secret: &Secret) -> (&[u8], Option<u8>) {
    match secret.as_bytes() {
        [key @ .., mark @ (UNSETTLED | FORGETTING)] if key.len() == 32 => (key, Some(*mark)),
        key => (key, None),
    }
}

/// The engine over a new database that begins with these changes.
pub(super) fn create_engine(
    place: &Place,
    database: DatabaseKey,
    keys: DeviceKeys,
    mut changes: Vec<Change>,
) -> Result<Engine, Error> {
    let mut rng = SystemEntropy::new();
    changes.push(generation::first(place.vault.as_ref(), &mut rng)?);
    let mut store = SqlCipherStore::create(place.location(), database)?;
    store.apply(&changes)?;
    generation::raise(&mut store, place.vault.as_ref(), place.clocks.now().wall, &mut rng)?;
    Engine::open(Box::new(store), keys, Box::new(rng))
}

/// Takes back the database of an enrolment that came to nothing, and the keys too where they were made for it.
pub(super) fn forget(place: &Place, keys_too: bool) -> Result<(), Error> {
    for suffix in ["", "-wal", "-shm"] {
        let file = place.dir.join(format!("wallet.db{suffix}"));
        match std::fs::remove_file(&file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(StoreError::Io(e.to_string()).into()),
            _ => {}
        }
    }
    if keys_too {
        for name in SecretName::ALL {
            place.vault.remove(name)?;
        }
    }
    Ok(())
}
