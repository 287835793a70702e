//! What every command is given: the options, where the wallet lies, and whether somebody wants it to end.

use crate::args::{Global, VaultKind};
use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// Options and surroundings of one command.
pub(crate) struct Context {
    global: Global,
    dir: PathBuf,
    interrupted: watch::Receiver<bool>,
    ends_itself: AtomicBool,
    began: AtomicBool,
}

impl Context {
    /// Finds the wallet's folder.
    ///
    /// # Errors
    /// Without HOME, when no folder is named.
    pub(crate) fn new(global: Global, interrupted: watch::Receiver<bool>) -> Result<Self, Failure> {
        let dir = match (&global.wallet, std::env::var_os("HOME")) {
            (Some(dir), _) => dir.clone(),
            (None, Some(home)) => PathBuf::from(home).join(".farthing"),
            (None, None) => return Err(Failure::usage("name the wallet's folder with --wallet: HOME is not set")),
        };
        let dir = std::path::absolute(&dir).map_err(|_| Failure::usage("--wallet must not be empty"))?;
        Ok(Self { global, dir, interrupted, ends_itself: AtomicBool::new(false), began: AtomicBool::new(false) })
    }

    /// The wallet's folder, from the root on.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The wallet's database, as the core names it.
    pub(crate) fn database(&self) -> PathBuf {
        self.dir.join("wallet.db")
    }

    pub(crate) fn json(&self) -> bool {
        self.global.json
    }

    pub(crate) fn yes(&self) -> bool {
        self.global.yes
    }

    pub(crate) fn passphrase_file(&self) -> Option<&Path> {
        self.global.passphrase_file.as_deref()
    }

    /// Where the keys are said to be kept; the folder remembers it after init.
    pub(crate) fn vault(&self) -> Option<VaultKind> {
        self.global.vault
    }

    /// Says that this command has something to put in order when it is interrupted, and does so promptly.
    pub(crate) fn end_myself(&self) {
        self.ends_itself.store(true, Ordering::Relaxed);
    }

    pub(crate) fn ends_itself(&self) -> bool {
        self.ends_itself.load(Ordering::Relaxed)
    }

    /// Says that from here on something may be stored.
    pub(crate) fn begin(&self) {
        self.began.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.began.load(Ordering::Relaxed)
    }

    /// Comes back when somebody pressed Ctrl-C or asked the process to end.
    pub(crate) async fn interrupted(&self) {
        let mut interrupted = self.interrupted.clone();
        if interrupted.wait_for(|yes| *yes).await.is_err() {
            // Nobody is left to say so.
            std::future::pending::<()>().await;
        }
    }
}
