//! Reading and changing the contacts.

use super::alike::look_alike;
use super::record::{CONTACTS_MAX, Contact};
use crate::error::{Error, WalletError};
use crate::store::{self, AliasPin, Change, Store};
use farthing_protocol::alias::{Alias, AliasRecord};
use farthing_protocol::cbor::Yes;
use farthing_protocol::details::Name;
use farthing_protocol::id::{AccountId, PayeeKeyHash};
use farthing_protocol::time::Time;

/// What a person changes about a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContactChange {
    /// Another name of one's own.
    Rename(Name),
    /// Neither paid nor listened to any more.
    Block,
    /// As before it was blocked.
    Unblock,
}

/// All contacts, by account.
///
/// # Errors
/// What the store says.
pub fn list(store: &dyn Store) -> Result<Vec<Contact>, Error> {
    Ok(store::all_kept(store)?)
}

/// The contact with this account.
///
/// # Errors
/// What the store says.
pub fn by_account(store: &dyn Store, account: &AccountId) -> Result<Option<Contact>, Error> {
    Ok(store::kept(store, account.as_bytes())?)
}

/// The contact with this name of one's own.
///
/// # Errors
/// What the store says.
pub fn by_name(store: &dyn Store, name: &Name) -> Result<Option<Contact>, Error> {
    Ok(list(store)?.into_iter().find(|contact| contact.name == *name))
}

/// The contact who is paid at this alias with this key: an alias alone is whatever a card says.
///
/// # Errors
/// What the store says.
pub fn by_payee(store: &dyn Store, alias: &Alias, key: &PayeeKeyHash) -> Result<Option<Contact>, Error> {
    let is_paid = |contact: &Contact| {
        contact.alias == *alias && contact.alias_record().is_ok_and(|record| record.payee.payee_key_hash() == *key)
    };
    Ok(list(store)?.into_iter().find(is_paid))
}

/// What a person's change comes to.
///
/// # Errors
/// [`WalletError::ContactUnknown`], [`WalletError::ContactNameTaken`].
pub fn change(store: &dyn Store, name: &Name, change: ContactChange) -> Result<(Contact, Vec<Change>), Error> {
    let mut contact = by_name(store, name)?.ok_or(WalletError::ContactUnknown)?;
    match change {
        ContactChange::Rename(new) => {
            if list(store)?.iter().any(|other| other.account != contact.account && look_alike(&other.name, &new)) {
                return Err(WalletError::ContactNameTaken.into());
            }
            contact.name = new;
        }
        ContactChange::Block => contact.blocked = true,
        ContactChange::Unblock => contact.blocked = false,
    }
    let changes = vec![Change::put(&contact)];
    Ok((contact, changes))
}

/// Stores who was met. Whoever is met again keeps the name that we gave, and is blocked as before; the keys are the new card's.
///
/// # Errors
/// [`WalletError::AliasOfAnother`], [`WalletError::ContactsFull`], and what the store says.
pub(crate) fn from_card(store: &dyn Store, mut met: Contact) -> Result<(Contact, Vec<Change>), Error> {
    let record = met.alias_record()?;
    check_alias(store, &met.account, &record)?;
    if let Some(known) = by_account(store, &met.account)? {
        met.name = known.name;
        met.blocked = known.blocked;
    } else {
        let all = list(store)?;
        if all.len() >= CONTACTS_MAX {
            return Err(WalletError::ContactsFull.into());
        }
        met.name = free_name(&all, met.name)?;
    }
    let changes = vec![Change::put(&met), pin(&record, met.met)];
    Ok((met, changes))
}

/// Refuses an alias that is another contact's, or was paid with another key before we knew whose it is. The record on a card is
/// signed by the key that it names itself, so it takes nothing away from anybody.
fn check_alias(store: &dyn Store, account: &AccountId, record: &AliasRecord) -> Result<(), Error> {
    let all = list(store)?;
    let (mut own, mut others) = (false, false);
    for contact in all.iter().filter(|contact| contact.alias == record.alias) {
        own |= contact.account == *account;
        others |= contact.account != *account;
    }
    let pinned = store.pin(&record.alias)?;
    let changed = pinned.is_some_and(|pin| pin.payee_key != record.payee.payee_key_hash());
    if others || (changed && !own) { Err(WalletError::AliasOfAnother.into()) } else { Ok(()) }
}

/// From now on the alias is paid with this key only.
fn pin(record: &AliasRecord, at: Time) -> Change {
    let payee_key = record.payee.payee_key_hash();
    Change::Pin(AliasPin { alias: record.alias.clone(), payee_key, at, known: Some(Yes) })
}

/// Two people may call themselves the same, or so that it looks the same; their names here may not be.
fn free_name(all: &[Contact], wanted: Name) -> Result<Name, Error> {
    let taken = |name: &Name| all.iter().any(|contact| look_alike(&contact.name, name));
    if !taken(&wanted) {
        return Ok(wanted);
    }
    // One of so many numbers is free, since there are not so many contacts.
    for number in 2..=CONTACTS_MAX + 1 {
        let suffix = format!(" {number}");
        let mut text = wanted.as_str().to_owned();
        while text.len() + suffix.len() > farthing_protocol::limits::NAME_MAX {
            text.pop();
        }
        let name = Name::typed(&format!("{text}{suffix}"))?;
        if !taken(&name) {
            return Ok(name);
        }
    }
    Err(WalletError::ContactsFull.into())
}

impl Contact {
    /// Refuses to pay whom a person blocked.
    ///
    /// # Errors
    /// [`WalletError::ContactBlocked`].
    pub fn check_payable(&self) -> Result<(), Error> {
        if self.blocked { Err(WalletError::ContactBlocked.into()) } else { Ok(()) }
    }
}
