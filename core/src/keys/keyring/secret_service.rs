//! The Secret Service of a Linux session.
//!
//! Its own errors are read, not those of a common layer above several stores, which fold locked, dismissed and absent into
//! one. Secrets travel as AES-128-CBC under a key agreed by Diffie-Hellman, so no message buffer holds one in the clear.

use super::super::vault::VaultError;
use super::{Entry, Surroundings};
use secret_service::{Collection, EncryptionType, Error, Item, SecretService};
use std::{collections::HashMap, future::Future, time::Duration};
use zeroize::Zeroizing;

/// Entries are bytes, not text.
const CONTENT_TYPE: &str = "application/octet-stream";
const NO_SERVICE: &str = "no keyring service (Secret Service) answers in this session; on a machine without one, keep the \
wallet's keys in a passphrase file";

/// A keyring that can be written: there is a default collection, and it is unlocked. Makes one where there is none.
pub(super) async fn prepare(around: &Surroundings) -> Result<(), VaultError> {
    let asked = Asked { around };
    let service = asked.connect().await?;
    let collection = match asked.answer(service.get_default_collection()).await {
        Err(VaultError::KeyringMissing) => asked.person(service.create_collection("Default", "default")).await?,
        found => found?,
    };
    asked.unlock_collection(&collection).await
}

/// `None` only when the keyring is unlocked and has no such entry.
pub(super) async fn read(entry: &Entry, around: &Surroundings) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    let asked = Asked { around };
    let service = asked.connect().await?;
    let Some(item) = asked.find(&service, entry).await?.into_iter().next() else { return Ok(None) };
    asked.unlock_item(&item).await?;
    asked.answer(item.get_secret()).await.map(|bytes| Some(Zeroizing::new(bytes)))
}

/// In place of the entry that is there; otherwise a new one in the default collection.
pub(super) async fn write(entry: &Entry, bytes: &[u8], around: &Surroundings) -> Result<(), VaultError> {
    let asked = Asked { around };
    let service = asked.connect().await?;
    if let Some(item) = asked.find(&service, entry).await?.into_iter().next() {
        asked.unlock_item(&item).await?;
        return asked.answer(item.set_secret(bytes, CONTENT_TYPE)).await;
    }
    let collection = asked.answer(service.get_default_collection()).await?;
    let attributes = HashMap::from(entry.attributes());
    asked.person(collection.create_item(&entry.label, attributes, bytes, true, CONTENT_TYPE)).await.map(drop)
}

/// Every entry of this name, should there be several.
pub(super) async fn remove(entry: &Entry, around: &Surroundings) -> Result<(), VaultError> {
    let asked = Asked { around };
    let service = asked.connect().await?;
    for item in asked.find(&service, entry).await? {
        asked.unlock_item(&item).await?;
        asked.person(item.delete()).await?;
    }
    Ok(())
}

/// Asks the service, and reads its answers.
struct Asked<'a> {
    around: &'a Surroundings,
}

impl Asked<'_> {
    async fn connect(&self) -> Result<SecretService<'static>, VaultError> {
        self.answer(async {
            let bus = match &self.around.bus {
                Some(address) => zbus::connection::Builder::address(address.as_str())?.build().await?,
                None => zbus::Connection::session().await?,
            };
            SecretService::connect_with_existing(EncryptionType::Dh, bus).await
        })
        .await
    }

    /// The entries of this name, the newest first. Before it says that there is none, the default collection is unlocked: some
    /// services do not show what lies in a locked one.
    async fn find<'s>(&self, service: &'s SecretService<'_>, entry: &Entry) -> Result<Vec<Item<'s>>, VaultError> {
        let mut found = self.search(service, entry).await?;
        if found.is_empty() {
            let collection = self.answer(service.get_default_collection()).await?;
            if self.answer(collection.is_locked()).await? {
                self.unlock_collection(&collection).await?;
                found = self.search(service, entry).await?;
            }
        }
        if found.len() > 1 {
            let mut dated = Vec::with_capacity(found.len());
            for item in found {
                dated.push((self.answer(item.get_modified()).await?, item));
            }
            dated.sort_by_key(|(modified, _)| core::cmp::Reverse(*modified));
            found = dated.into_iter().map(|(_, item)| item).collect();
        }
        Ok(found)
    }

    async fn search<'s>(&self, service: &'s SecretService<'_>, entry: &Entry) -> Result<Vec<Item<'s>>, VaultError> {
        let found = self.answer(service.search_items(HashMap::from(entry.attributes()))).await?;
        Ok(found.unlocked.into_iter().chain(found.locked).collect())
    }

    async fn unlock_collection(&self, collection: &Collection<'_>) -> Result<(), VaultError> {
        if self.answer(collection.is_locked()).await? {
            self.person(collection.unlock()).await?;
            self.answer(collection.ensure_unlocked()).await?;
        }
        Ok(())
    }

    async fn unlock_item(&self, item: &Item<'_>) -> Result<(), VaultError> {
        if self.answer(item.is_locked()).await? {
            self.person(item.unlock()).await?;
            self.answer(item.ensure_unlocked()).await?;
        }
        Ok(())
    }

    /// What the service does alone.
    async fn answer<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, VaultError> {
        self.within(self.around.answer_wait, work).await
    }

    /// What may ask the person.
    async fn person<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, VaultError> {
        self.within(self.around.person_wait, work).await
    }

    async fn within<T>(&self, wait: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, VaultError> {
        match tokio::time::timeout(wait, work).await {
            Ok(done) => done.map_err(|error| self.fault(error)),
            Err(_) => Err(VaultError::TimedOut),
        }
    }

    fn fault(&self, error: Error) -> VaultError {
        match error {
            Error::Locked => VaultError::Locked,
            // Without a screen the prompt was dismissed because nobody could be shown it.
            Error::Prompt if self.around.screen => VaultError::Cancelled,
            Error::Prompt => VaultError::Locked,
            Error::NoResult => VaultError::KeyringMissing,
            Error::Unavailable => VaultError::Unavailable(NO_SERVICE.to_owned()),
            Error::PromptDisconnected => VaultError::Unavailable("it went away while it was asking".to_owned()),
            Error::Zbus(error) => fault_of_bus(error),
            other => VaultError::Unavailable(other.to_string()),
        }
    }
}

fn fault_of_bus(error: zbus::Error) -> VaultError {
    match error {
        zbus::Error::InterfaceNotFound | zbus::Error::Address(_) => VaultError::Unavailable(NO_SERVICE.to_owned()),
        zbus::Error::InputOutput(error) | zbus::Error::Connection(error, _) => match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused => {
                VaultError::Unavailable(NO_SERVICE.to_owned())
            }
            _ => VaultError::Unavailable(error.to_string()),
        },
        zbus::Error::MethodError(name, why, _) => fault_of_method(name.as_str(), why),
        other => VaultError::Unavailable(other.to_string()),
    }
}

/// Source: D-Bus specification (standard errors), Secret Service API 0.2 (chapter "Errors").
fn fault_of_method(name: &str, why: Option<String>) -> VaultError {
    match name {
        "org.freedesktop.Secret.Error.IsLocked" => VaultError::Locked,
        "org.freedesktop.DBus.Error.ServiceUnknown" | "org.freedesktop.DBus.Error.NameHasNoOwner" => {
            VaultError::Unavailable(NO_SERVICE.to_owned())
        }
        name if name.starts_with("org.freedesktop.DBus.Error.Spawn.") => VaultError::Unavailable(NO_SERVICE.to_owned()),
        name => VaultError::Unavailable(why.unwrap_or_else(|| name.to_owned())),
    }
}
