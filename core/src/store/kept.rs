//! Small records: one table for all of them, each kind with a number of its own and typed where it is used.
//!
//! What is searched by more than its key (payments, requests, handles) has a table of its own; contacts, sessions, messages
//! under way and the like are found by their key alone, so that the room that knows such a record also defines it.
//!
//! ```
//! use farthing_core::store::{self, Change, Kept, MemoryStore, Store, Table};
//! use minicbor::{Decode, Encode};
//!
//! #[derive(Debug, PartialEq, Encode, Decode)]
//! #[cbor(array)]
//! struct Seen(#[n(0)] u8, #[n(1)] bool);
//! impl Kept for Seen {
//!     const TABLE: Table = Table::GENERATION;
//!     fn key(&self) -> Vec<u8> {
//!         vec![self.0]
//!     }
//! }
//! let mut store = MemoryStore::new();
//! store.apply(&[Change::put(&Seen(7, true))])?;
//! assert_eq!(store::kept::<Seen>(&store, &[7])?, Some(Seen(7, true)));
//! store.apply(&[Change::forget::<Seen>(&[7])])?;
//! assert!(store::all_kept::<Seen>(&store)?.is_empty());
//! # Ok::<(), farthing_core::store::StoreError>(())
//! ```

use super::rows::record;
use super::{Change, Store, StoreError};
use farthing_protocol::cbor;
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

/// The number of a kind of small records. Stored: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Table(u8);

impl Table {
    /// How often this store was opened to write.
    pub const GENERATION: Self = Self(1);
    /// People one knows.
    pub const CONTACTS: Self = Self(2);
    /// Pairings under way.
    pub const PAIRINGS: Self = Self(3);
    /// The Olm account of this device.
    pub const OLM_ACCOUNT: Self = Self(4);
    /// Olm sessions, by device.
    pub const OLM_SESSIONS: Self = Self(5);
    /// Messages that wait to be sent.
    pub const OUTBOX: Self = Self(6);
    /// Ids of messages that were read, so that none counts twice.
    pub const READ_MESSAGES: Self = Self(7);
    /// How far the mailbox was read.
    pub const MAILBOX: Self = Self(8);
    /// Certificates of devices, also of revoked ones.
    pub const DEVICES: Self = Self(9);
    /// A change of the account's devices that is not answered.
    pub const DEVICES_CHANGE: Self = Self(10);
    /// Own aliases beside the first.
    pub const ALIASES: Self = Self(11);
    /// Payments that the verifier lost.
    pub const LOST: Self = Self(12);
    /// Messages that a person may read.
    pub const NOTES: Self = Self(13);
    /// Device lists of accounts.
    pub const DEVICE_LISTS: Self = Self(14);
    /// The newest periodic checkpoint.
    pub const CHECKPOINT: Self = Self(15);
    /// Checkpoints that others told us.
    pub const HEARD_CHECKPOINTS: Self = Self(16);
    /// Which checkpoint others were told.
    pub const TOLD_CHECKPOINTS: Self = Self(17);
    /// Proofs that the verifier signed two histories.
    pub const CONTRADICTIONS: Self = Self(18);
    /// The device list of one's own account.
    pub const OWN_DEVICES: Self = Self(20);
    /// The enrolment, for a verifier that lost the account.
    pub const ENROLMENT: Self = Self(21);
    /// Tabs that we pay from.
    pub const PAID_TABS: Self = Self(22);
    /// Tabs that we earn by.
    pub const EARNED_TABS: Self = Self(23);
    /// Which tab a hold is.
    pub const HOLDS: Self = Self(24);
    /// Receipts of tabs.
    pub const TAB_RECEIPTS: Self = Self(25);
    /// The keys of our vouchers.
    pub const VOUCHER_KEYS: Self = Self(26);
    /// Offers of ours.
    pub const OFFERS: Self = Self(27);
    /// Offers of contacts.
    pub const RECEIVED_OFFERS: Self = Self(28);
    /// Allowances that nobody confirmed yet.
    pub const ALLOWANCE_DRAFTS: Self = Self(29);
    /// Allowances of the account.
    pub const ALLOWANCES: Self = Self(30);
    /// Vouchers that were signed from allowances.
    pub const OFFLINE_VOUCHERS: Self = Self(31);
    /// Requests that were made without network.
    pub const OFFLINE_REQUESTS: Self = Self(32);
    /// Payments that were taken without network.
    pub const OFFLINE_TAKEN: Self = Self(33);
    /// Proofs that payers signed what contradicts itself.
    pub const OFFLINE_PROOFS: Self = Self(34);
    /// The newest list of revoked allowances.
    pub const REVOKED_ALLOWANCES: Self = Self(35);
    /// What may be lost at most.
    pub const LOSS_LIMITS: Self = Self(36);
    /// The handle that requests without network are for.
    pub const OFFLINE_HANDLE: Self = Self(37);
    /// Settlements of which not every line was read.
    pub const UNREAD_SETTLEMENTS: Self = Self(38);

    /// The stored number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// A small record: canonical CBOR, found by its key.
pub trait Kept: Encode<()> + for<'b> Decode<'b, ()> {
    /// Its kind.
    const TABLE: Table;

    /// Its key among its kind. What is listed comes in the order of the keys' bytes.
    fn key(&self) -> Vec<u8>;
}

/// A record's bytes. Some hold keys (Olm's account and sessions, pairings), so all are wiped when dropped and redacted in `Debug`.
#[derive(Clone)]
pub struct Record(Zeroizing<Vec<u8>>);

impl Record {
    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Record {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl core::fmt::Debug for Record {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Record({} bytes, redacted)", self.0.len())
    }
}

impl Change {
    /// Adds or replaces a small record.
    #[must_use]
    pub fn put<T: Kept>(record: &T) -> Self {
        Self::Put { table: T::TABLE, key: record.key(), record: Record(cbor::encode_secret(record)) }
    }

    /// Forgets the small record with this key; one that is not there is no error.
    #[must_use]
    pub fn forget<T: Kept>(key: &[u8]) -> Self {
        Self::Drop { table: T::TABLE, key: key.to_vec() }
    }
}

/// The small record with this key.
///
/// # Errors
/// [`StoreError`].
pub fn kept<T: Kept>(store: &dyn Store, key: &[u8]) -> Result<Option<T>, StoreError> {
    store.small(T::TABLE, key)?.map(|found| record(found.as_slice())).transpose()
}

/// A store as it will be once some changes are applied, which were made and are not.
#[derive(Clone, Copy)]
pub(crate) struct Ahead<'a> {
    store: &'a dyn Store,
    changes: &'a [Change],
}

impl<'a> Ahead<'a> {
    /// `store` with `changes`.
    pub(crate) const fn new(store: &'a dyn Store, changes: &'a [Change]) -> Self {
        Self { store, changes }
    }

    /// The small record with this key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn kept<T: Kept>(&self, key: &[u8]) -> Result<Option<T>, StoreError> {
        for change in self.changes.iter().rev() {
            match change {
                Change::Put { table, key: put, record: found } if *table == T::TABLE && put == key => {
                    return record(found.as_slice()).map(Some);
                }
                Change::Drop { table, key: dropped } if *table == T::TABLE && dropped == key => return Ok(None),
                _ => {}
            }
        }
        kept(self.store, key)
    }

    /// The small records of this kind that the changes put, some of them perhaps more than once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn put<T: Kept>(&self) -> Result<Vec<T>, StoreError> {
        let puts = self.changes.iter().filter_map(|change| match change {
            Change::Put { table, record: found, .. } if *table == T::TABLE => Some(record(found.as_slice())),
            _ => None,
        });
        puts.collect()
    }
}

/// Small records whose keys follow `after`, in the order of their keys, at most `limit`.
///
/// # Errors
/// [`StoreError`].
pub fn kept_after<T: Kept>(store: &dyn Store, after: &[u8], limit: usize) -> Result<Vec<T>, StoreError> {
    store.smalls(T::TABLE, after, limit)?.iter().map(|found| record(found.as_slice())).collect()
}

/// All small records of a kind that is bounded by whoever writes it. Keys are not empty.
///
/// # Errors
/// [`StoreError`].
pub fn all_kept<T: Kept>(store: &dyn Store) -> Result<Vec<T>, StoreError> {
    kept_after(store, &[], usize::MAX)
}
