//! What of a phone outlives the app: its folder, and the key that the platform keeps. And the app: what it has open.

use crate::Fault;
use crate::approver::{Kind, Person};
use farthing_ffi::failure::Failure;
use farthing_ffi::joining::Joining;
use farthing_ffi::keys::{Keys, SealingFailure, SealingKey};
use farthing_ffi::wallet::Wallet;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// What the platform does when it is asked for its key.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Says {
    /// Gives it.
    Kept,
    /// The device is locked.
    Locked,
    /// The person dismissed the prompt.
    Cancelled,
    /// It threw the key away.
    Invalidated,
    /// Says that it cannot.
    Unavailable,
    /// Gives another one each time.
    Garbage,
    /// Fails in a way that nobody declared.
    Throws,
    /// Never answers.
    Hangs,
}

/// The key of a platform.
struct Kept {
    seed: Mutex<u64>,
    says: Mutex<Says>,
}

impl SealingKey for Kept {
    fn part(&self, index: u32) -> Result<u64, SealingFailure> {
        let said = *held(&self.says);
        match said {
            Says::Kept => {
                Ok((*held(&self.seed)).wrapping_add(1).wrapping_mul(0x1000_0000_0000_0061).wrapping_add(index.into()))
            }
            Says::Locked => Err(SealingFailure::Locked),
            Says::Cancelled => Err(SealingFailure::Cancelled),
            Says::Invalidated => Err(SealingFailure::Invalidated),
            Says::Unavailable => Err(SealingFailure::Unavailable),
            Says::Garbage => Ok(u64::from(std::time::SystemTime::now().elapsed().map_or(1, |d| d.subsec_nanos())) + 99),
            // What a throw of another language becomes on its way here.
            Says::Throws => Err(uniffi::UnexpectedUniFFICallbackError::new("thrown").into()),
            Says::Hangs => {
                std::thread::sleep(Duration::from_secs(45));
                Err(SealingFailure::Unavailable)
            }
        }
    }
}

pub(crate) struct Phone {
    folder: Mutex<PathBuf>,
    key: Arc<Kept>,
    approver: Option<Arc<Person>>,
    wallet: Mutex<Option<Arc<Wallet>>>,
    /// What was shown of each draft.
    shown: Mutex<HashMap<String, String>>,
    /// Pairings under way, by the scenario's names.
    pairings: Mutex<HashMap<String, String>>,
    /// The pairing by which a device is being added, with the phrase where it is not kept.
    adding: Mutex<Option<(String, Option<Vec<u16>>)>>,
    /// The account that this phone is about to become a device of.
    joining: Mutex<Option<Arc<Joining>>>,
    /// Whether the app is in the background.
    paused: watch::Sender<bool>,
}

impl Phone {
    pub(crate) fn new(folder: PathBuf, seed: u64, asked: Kind) -> Result<Self, String> {
        Ok(Self {
            folder: Mutex::new(folder),
            key: Arc::new(Kept { seed: Mutex::new(seed), says: Mutex::new(Says::Kept) }),
            approver: Person::of(asked, seed)?,
            wallet: Mutex::new(None),
            shown: Mutex::default(),
            pairings: Mutex::default(),
            adding: Mutex::default(),
            joining: Mutex::default(),
            paused: watch::Sender::new(false),
        })
    }

    /// The wallet's folder.
    pub(crate) fn dir(&self) -> String {
        text(&held(&self.folder).join("wallet"))
    }

    pub(crate) fn keys(&self) -> Arc<Keys> {
        let folder = held(&self.folder);
        let key: Arc<dyn SealingKey> = Arc::clone(&self.key) as _;
        let keys = Keys::sealed(text(&folder.join("keys")), text(&folder.join("state")), key);
        Arc::new(match &self.approver {
            Some(approver) => keys.approved_by(Arc::clone(approver) as _),
            None => keys,
        })
    }

    /// From now on, another folder.
    pub(crate) fn move_to(&self, folder: PathBuf) {
        *held(&self.folder) = folder;
    }

    pub(crate) fn set_key(&self, says: Says, seed: Option<u64>) {
        *held(&self.key.says) = says;
        if let Some(seed) = seed {
            *held(&self.key.seed) = seed;
        }
    }

    /// Who is asked before a payment is signed.
    pub(crate) fn approver(&self) -> Result<&Person, Fault> {
        self.approver.as_deref().ok_or_else(|| Fault::Wrong("nobody is asked on this phone".to_owned()))
    }

    pub(crate) fn take(&self, wallet: Arc<Wallet>) {
        *held(&self.wallet) = Some(wallet);
    }

    /// The wallet, also one that was closed: what it says then is the scenario's to see.
    pub(crate) fn wallet(&self) -> Result<Arc<Wallet>, Fault> {
        held(&self.wallet).clone().ok_or_else(|| Fault::Wrong("no wallet was opened".to_owned()))
    }

    pub(crate) async fn close(&self) -> Result<(), Failure> {
        let wallet = held(&self.wallet).clone();
        match wallet {
            Some(wallet) => wallet.close().await,
            None => Ok(()),
        }
    }

    pub(crate) fn saw(&self, id: &str, shown: &str) {
        held(&self.shown).insert(id.to_owned(), shown.to_owned());
    }

    pub(crate) fn seen(&self, id: &str) -> Option<String> {
        held(&self.shown).get(id).cloned()
    }

    pub(crate) fn pair(&self, name: String, id: String) {
        held(&self.pairings).insert(name, id);
    }

    pub(crate) fn pairing(&self, name: &str) -> Result<String, Fault> {
        let found = held(&self.pairings).get(name).cloned();
        found.ok_or_else(|| Fault::Wrong(format!("there is no pairing {name:?}")))
    }

    pub(crate) fn add(&self, pairing: String, words: Option<Vec<u16>>) {
        *held(&self.adding) = Some((pairing, words));
    }

    pub(crate) fn adding(&self) -> Result<(String, Option<Vec<u16>>), Fault> {
        held(&self.adding).clone().ok_or_else(|| Fault::Wrong("no device is being added".to_owned()))
    }

    pub(crate) fn joins(&self, joining: Arc<Joining>) {
        *held(&self.joining) = Some(joining);
    }

    pub(crate) fn joining(&self) -> Result<Arc<Joining>, Fault> {
        held(&self.joining).clone().ok_or_else(|| Fault::Wrong("no account is being joined".to_owned()))
    }

    pub(crate) const fn paused(&self) -> &watch::Sender<bool> {
        &self.paused
    }
}

/// What a panic left is as good as before: each value is set in one step.
pub(crate) fn held<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
