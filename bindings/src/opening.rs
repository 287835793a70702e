//! Opening what is there, making what is not, and telling both from what needs its phrase.

use crate::approval::{Approver, spending_key};
use crate::convert;
use crate::failure::{Failure, FailureInfo};
use crate::keys::{Keys, PATIENCE};
use crate::phrase::{Words, WordsEntry};
use crate::runtime::{blocking, finish, patiently};
use crate::wallet::Wallet;
use farthing_core as core;
use farthing_core::Error;
use farthing_core::devices::RestoreOptions;
use farthing_core::enrol::EnrolOptions;
use farthing_core::error::{Action, WalletError};
use farthing_core::keys::vault::VaultError;
use farthing_core::scan::{ScanError, Scanned, text};
use farthing_core::store::{ProfileState, StoreError};
use farthing_core::wallet::{FolderLock, Place};
use farthing_protocol::alias::Alias;
use farthing_protocol::cose::Signed;
use farthing_protocol::invite::Invite;
use farthing_protocol::key::PublicKey;
use farthing_protocol::time::Span;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is in a folder.
#[derive(uniffi::Enum)]
pub enum Opened {
    /// A wallet.
    Ready {
        /// It, open.
        wallet: Arc<Wallet>,
    },
    /// Nothing, or an enrolment that was begun: `enrol`, or `restore`.
    Empty,
    /// An account whose keys or file are gone: `restore`, in an empty folder, or in the one where that was begun.
    NeedsRecovery {
        /// Why.
        reason: FailureInfo,
    },
}

/// A new account.
#[derive(uniffi::Record)]
pub struct Enrolled {
    /// Its wallet, open.
    pub wallet: Arc<Wallet>,
    /// Its recovery phrase, to be shown and written down.
    pub words: Arc<Words>,
}

/// Opens the wallet in a folder. Never makes one.
///
/// # Errors
/// What stands in the way for now: somebody else has it open, the platform's key is locked, the file is of a newer version.
#[uniffi::export]
pub async fn open(dir: String, keys: Arc<Keys>) -> Result<Opened, Failure> {
    finish(async move {
        let dir = PathBuf::from(dir);
        let folder = !matches!(dir.try_exists(), Ok(false));
        // A platform is not asked for the key of nothing.
        if !folder && !keys.were_used() {
            return Ok(Opened::Empty);
        }
        let lock = if folder { Some(locked(&dir)?) } else { None };
        let vault = match keys.vault(false).await {
            Err(missing) if is(&missing, &VaultError::Missing.into()) && !database(&dir).exists() => {
                return Ok(Opened::Empty);
            }
            Err(failure) => return lost(failure),
            Ok(vault) => vault,
        };
        let place = Place::new(&dir, vault);
        match core::Wallet::open(&place).await {
            Ok(wallet) => match wallet.profile().state {
                ProfileState::Enrolling(_) => closed(wallet).await.map(|()| Opened::Empty),
                ProfileState::Restoring => {
                    closed(wallet).await?;
                    lost(WalletError::NotRestored.into())
                }
                _ => {
                    let lock = lock.ok_or_else(|| Error::from(WalletError::Internal))?;
                    Ok(Opened::Ready { wallet: Wallet::of(wallet, lock, keys.approver()) })
                }
            },
            Err(Error::Wallet(WalletError::NotEnrolled)) if core::Wallet::is_database_lost(&place).await? => {
                lost(Error::from(StoreError::Missing).into())
            }
            Err(Error::Wallet(WalletError::NotEnrolled)) => Ok(Opened::Empty),
            Err(error) => lost(error.into()),
        }
    })
    .await
}

/// Opens an account with an invite's link. One that was interrupted here is taken up where it stopped.
///
/// # Errors
/// Why not; while it is not known whether the verifier took it, everything stays and a second call finishes it.
#[uniffi::export]
pub async fn enrol(
    dir: String,
    keys: Arc<Keys>,
    invite: String,
    name: Option<String>,
    alias: Option<String>,
) -> Result<Enrolled, Failure> {
    finish(async move {
        let invite = invited(&invite)?;
        let alias = alias.as_deref().map(Alias::typed).transpose().map_err(Error::from)?;
        let options = EnrolOptions { name: convert::text(name.as_ref())?, alias };
        let (place, lock) = place(&dir, &keys).await?;
        let (wallet, phrase) = core::Wallet::enrol(&place, &invite, options).await?;
        // Fetches what the operator gives to new accounts; when that fails, the next sync does it.
        let _ = wallet.sync(Span::from_ms(0)).await;
        Ok(Enrolled { wallet: Wallet::of(wallet, lock, keys.approver()), words: Arc::new(Words::of(&phrase)) })
    })
    .await
}

/// Restores the account of a phrase. The account's other devices are revoked, unless they are to stay.
///
/// # Errors
/// Why not; while it is not known whether the verifier took it, everything stays and a second call finishes it.
#[uniffi::export]
pub async fn restore(
    dir: String,
    keys: Arc<Keys>,
    invite: String,
    words: Arc<WordsEntry>,
    name: Option<String>,
    keep_devices: bool,
) -> Result<Arc<Wallet>, Failure> {
    finish(async move {
        let (invite, phrase) = (invited(&invite)?, words.phrase()?);
        let options = RestoreOptions { name: convert::text(name.as_ref())?, keep_devices, keep_phrase: false };
        let (place, lock) = place(&dir, &keys).await?;
        let wallet = core::Wallet::restore(&place, &invite, &phrase, options).await?;
        Ok(Wallet::of(wallet, lock, keys.approver()))
    })
    .await
}

/// A folder to make a wallet in, for us alone.
pub(crate) async fn place(dir: &str, keys: &Keys) -> Result<(Place, FolderLock), Failure> {
    let dir = PathBuf::from(dir);
    let made = std::fs::DirBuilder::new().recursive(true).create(&dir);
    made.map_err(|error| unusable(&dir, &error))?;
    let lock = locked(&dir)?;
    let mut place = Place::new(&dir, keys.vault(true).await?);
    place.act = asked_for_key(keys.approver()).await?;
    Ok((place, lock))
}

/// On a thread of its own: a platform that takes its time must not hold up others.
async fn asked_for_key(approver: Option<Arc<dyn Approver>>) -> Result<Option<PublicKey>, Failure> {
    patiently(blocking(move || spending_key(approver.as_ref())), PATIENCE).await
}

/// The folder for us alone.
fn locked(dir: &Path) -> Result<FolderLock, Failure> {
    let lock = FolderLock::take(dir).map_err(|error| unusable(dir, &error))?;
    lock.ok_or_else(|| Error::from(StoreError::Busy).into())
}

fn unusable(dir: &Path, error: &std::io::Error) -> Failure {
    Error::from(StoreError::Io(format!("{}: {error}", dir.display()))).into()
}

fn database(dir: &Path) -> PathBuf {
    dir.join("wallet.db")
}

async fn closed(wallet: core::Wallet) -> Result<(), Failure> {
    Ok(wallet.close().await?)
}

/// A failure that only the phrase helps against is a state of the wallet.
fn lost(failure: Failure) -> Result<Opened, Failure> {
    let restores = failure.info().action == crate::failure::Action::from(Action::Restore);
    if restores { Ok(Opened::NeedsRecovery { reason: failure.info().clone() }) } else { Err(failure) }
}

fn is(failure: &Failure, error: &Error) -> bool {
    failure.info().code == error.code()
}

fn invited(link: &str) -> Result<Signed<Invite>, Failure> {
    match text::recognise(link).map_err(Error::from)? {
        Scanned::Invite(invite) => Ok(*invite),
        _ => Err(Error::from(ScanError::Damaged { reason: "this is not an invite" }).into()),
    }
}
