//! One process owns a wallet folder. A session is either that process or goes through it.
//!
//! ```text
//!            socket answers            lock free
//!  open ─┬────────────────▶ Through    ┌────────▶ Own: opens the wallet, listens, drains others at its end
//!        └─ nobody there ──▶ passphrase ┴ taken ─▶ looks for the socket again
//!
//!  Through ── owner closes or dies ──▶ open again, and once more what is safe to repeat
//! ```
//!
//! The folder holds `wallet.db`, `vault` or `keyring`, `lock` (held by the owner for as long as it lives), and `socket` (mode 0600,
//! left over after a kill; the next owner replaces it). Whoever may open the socket acts with the owner's unlocked
//! wallet, as with ssh-agent: the folder is closed to other people, and the passphrase is asked for once.

mod client;
mod owner;
mod place;
mod wire;

use crate::context::Context;
use crate::failure::Failure;
use crate::files;
use crate::operation::Operation;
use crate::operation::views::StatusView;
use crate::vault::{self, Unlock};
use client::{Client, Lost};
use farthing_core::error::WalletError;
use farthing_core::wallet::{FolderLock, Place};
use farthing_core::{Error, Wallet};
use owner::Owner;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// How long a folder may be locked without a socket that answers: opening a wallet takes an Argon2id and a database,
/// ending one takes as long as what it still does for others.
const TAKE_OVER_WAIT: Duration = Duration::from_secs(40);
/// Between two looks.
const TAKE_OVER_PAUSE: Duration = Duration::from_millis(40);
/// How often an operation is asked again after owners that went away.
const OWNERS_MAX: usize = 5;

/// Access to the wallet.
pub(crate) struct Session<'c> {
    context: &'c Context,
    access: Option<Access>,
    lost_an_answer: bool,
}

enum Access {
    Own(Owner),
    Through(Client),
}

impl<'c> Session<'c> {
    /// Reaches the wallet of the context's folder.
    ///
    /// # Errors
    /// Without a wallet there, when it cannot be unlocked, or when its owner does not answer.
    pub(crate) async fn open(context: &'c Context) -> Result<Self, Failure> {
        // Also when somebody else has it open: what --vault says is checked.
        vault::there(context)?;
        let access = reach(context).await?;
        Ok(Self { context, access: Some(access), lost_an_answer: false })
    }

    /// Has an operation carried out.
    ///
    /// # Errors
    /// The operation's own, with its code; [`Failure::owner_gone`] and [`Failure::owner_silent`].
    pub(crate) async fn ask<T: DeserializeOwned>(&mut self, operation: Operation) -> Result<T, Failure> {
        if operation.begins_something() {
            self.context.begin();
        }
        for _ in 0..OWNERS_MAX {
            let access = match self.access.take() {
                Some(access) => self.access.insert(access),
                None => self.access.insert(reach(self.context).await?),
            };
            let value = match access {
                Access::Own(owner) => {
                    let performed = owner.perform(operation.clone()).await;
                    self.lost_an_answer = false;
                    performed?
                }
                Access::Through(client) => match client.ask(&operation).await {
                    Ok(value) => {
                        self.lost_an_answer = false;
                        value
                    }
                    Err(Lost::Failed(failure)) => {
                        self.lost_an_answer = false;
                        return Err(failure);
                    }
                    Err(Lost::Closing) => {
                        self.access = None;
                        continue;
                    }
                    Err(Lost::Silent) => {
                        self.access = None;
                        self.lost_an_answer = true;
                        return Err(Failure::owner_silent());
                    }
                    Err(Lost::Gone) => {
                        self.access = None;
                        self.lost_an_answer = true;
                        if operation.is_safe_to_repeat() {
                            continue;
                        }
                        return Err(Failure::owner_gone());
                    }
                },
            };
            return serde_json::from_value(value)
                .map_err(|_| Failure::internal("the command that holds the wallet folder is of another version"));
        }
        Err(Failure::owner_silent())
    }

    /// True when the last operation was sent to an owner that never answered it, and to nobody after: it may have been done.
    pub(crate) const fn has_lost_an_answer(&self) -> bool {
        self.lost_an_answer
    }

    /// What the wallet is, and where its keys are kept.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub(crate) async fn status(&mut self) -> Result<StatusView, Failure> {
        let status: StatusView = self.ask(Operation::Status).await?;
        Ok(StatusView { vault: vault::name(self.context)?, ..status })
    }

    /// Ends the session. An owner first finishes what it does for others.
    pub(crate) async fn close(mut self) {
        if let Some(Access::Own(owner)) = self.access.take() {
            owner.close().await;
        }
    }
}

/// The lock of a wallet's folder; `None` when another process has it.
pub(crate) fn take_lock(dir: &Path) -> Result<Option<FolderLock>, Failure> {
    FolderLock::take(dir).map_err(|e| Failure::not_written(files::sentence(&dir.join("lock"), &e)))
}

async fn reach(context: &Context) -> Result<Access, Failure> {
    // A folder that cannot be looked into may hold a wallet.
    let there = context.database().try_exists();
    if !there.map_err(|e| Failure::unreadable(files::sentence(context.dir(), &e)))? {
        return Err(Failure::from(Error::from(WalletError::NotEnrolled)).with_message(&format!(
            "There is no wallet in {}, or its init was not finished",
            context.dir().display()
        )));
    }
    let deadline = Instant::now() + TAKE_OVER_WAIT;
    let mut unlock: Option<Unlock> = None;
    loop {
        if let Some(client) = Client::connect(context.dir()).await? {
            return Ok(Access::Through(client));
        }
        if unlock.is_none() {
            unlock = Some(vault::unlock(context).await?);
        }
        if let (Some(lock), Some(unlock)) = (take_lock(context.dir())?, &unlock) {
            let wallet = open(context, unlock).await?;
            return Owner::start(context.dir(), wallet, lock).map(Access::Own);
        }
        if Instant::now() >= deadline {
            return Err(Failure::owner_silent());
        }
        tokio::time::sleep(TAKE_OVER_PAUSE).await;
    }
}

async fn open(context: &Context, unlock: &Unlock) -> Result<Wallet, Failure> {
    let vault = vault::open(context, unlock).await?;
    Ok(Wallet::open(&Place::new(context.dir(), vault)).await?)
}
