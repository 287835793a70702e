//! What was read already, so that nothing counts twice: neither an envelope, however often it was encrypted anew, nor a
//! ciphertext that is played again.
//!
//! Marks of 16 bytes lie in buckets of a few hundred. The newest bucket is written again with each message; the oldest goes
//! when there are too many.

use crate::store::{self, Change, Kept, Store, StoreError, Table};
use farthing_protocol::cbor::V1;
use farthing_protocol::envelope::EnvelopeId;
use farthing_protocol::id::{AccountId, DeviceId, Digest};
use farthing_protocol::limits::ENVELOPE_IDS_KEPT;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

/// Marks of one bucket: 9 KB, which is what a message costs to remember.
const BUCKET: usize = 500;
/// Buckets that are kept: each message leaves two marks.
const BUCKETS_MAX: usize = 2 * ENVELOPE_IDS_KEPT / BUCKET;

/// Some of the marks.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SeenBucket {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Ascending.
    #[n(1)]
    pub number: u64,
    /// The marks.
    #[n(2)]
    pub marks: Vec<ByteArray<16>>,
}

impl Kept for SeenBucket {
    const TABLE: Table = Table::READ_MESSAGES;

    fn key(&self) -> Vec<u8> {
        self.number.to_be_bytes().to_vec()
    }
}

/// Stands for an envelope or a ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark([u8; 16]);

impl Mark {
    /// Of an envelope: an id counts among those of one account, so that nobody can use up another's.
    pub(super) fn envelope(account: &AccountId, id: &EnvelopeId) -> Self {
        Self(Digest::of_parts(&[b"envelope", account.as_bytes(), id.as_bytes()]).first_16())
    }

    /// Of a ciphertext.
    pub(super) fn content(device: &DeviceId, content: &[u8]) -> Self {
        Self(Digest::of_parts(&[b"content", device.as_bytes(), content]).first_16())
    }
}

/// All marks, in memory while a mailbox is read.
#[derive(Debug)]
pub(super) struct Seen {
    marks: BTreeSet<[u8; 16]>,
    newest: SeenBucket,
    oldest: u64,
}

impl Seen {
    pub(super) fn load(store: &dyn Store) -> Result<Self, StoreError> {
        let buckets: Vec<SeenBucket> = store::all_kept(store)?;
        let marks = buckets.iter().flat_map(|bucket| bucket.marks.iter().map(|mark| **mark)).collect();
        let oldest = buckets.first().map_or(0, |bucket| bucket.number);
        let empty = SeenBucket { version: V1, number: 0, marks: Vec::new() };
        Ok(Self { marks, newest: buckets.into_iter().next_back().unwrap_or(empty), oldest })
    }

    /// Takes what another reading has noted since; in the same step as what is decided by it, or one would write over the
    /// other's marks.
    pub(super) fn refresh(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        let newest: Option<SeenBucket> = store::kept(store, &self.newest.key())?;
        let later: Vec<SeenBucket> = store::kept_after(store, &self.newest.key(), BUCKETS_MAX)?;
        for bucket in newest.into_iter().chain(later) {
            self.marks.extend(bucket.marks.iter().map(|mark| **mark));
            self.newest = bucket;
        }
        Ok(())
    }

    pub(super) fn contains(&self, mark: Mark) -> bool {
        self.marks.contains(&mark.0)
    }

    /// Notes marks, and says what is to be stored.
    pub(super) fn add(&mut self, marks: &[Mark]) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.newest.marks.len() + marks.len() > BUCKET {
            self.newest = SeenBucket { version: V1, number: self.newest.number + 1, marks: Vec::new() };
        }
        for mark in marks {
            if self.marks.insert(mark.0) {
                self.newest.marks.push(ByteArray::from(mark.0));
            }
        }
        changes.push(Change::put(&self.newest));
        while self.newest.number - self.oldest >= BUCKETS_MAX as u64 {
            changes.push(Change::forget::<SeenBucket>(&self.oldest.to_be_bytes()));
            self.oldest += 1;
        }
        changes
    }
}
