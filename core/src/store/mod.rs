//! What a wallet remembers, behind one trait.
//!
//! A state machine computes what changes and hands it over as a list of [`Change`]s; [`Store::apply`] makes all of
//! them durable at once, or none. So one decision is one commit, and every implementation
//! keeps the same promises: the encrypted file ([`SqlCipherStore`]) and memory ([`MemoryStore`], for tests and the simulation).

mod database_key;
mod kept;
mod memory;
mod records;
mod rows;
mod schema;
mod sqlcipher;
mod wiping;

pub use database_key::DatabaseKey;
pub(crate) use kept::Ahead;
pub use kept::{Kept, Record, Table, all_kept, kept, kept_after};
pub use memory::MemoryStore;
pub use records::{
    ActKind, ActRecord, AliasPin, ArtifactKind, Cursor, Direction, HandleRecord, HandleState, LossState, PayeeRecord,
    PaymentId, PaymentRecord, PaymentState, Profile, ProfileState, RequestRecord, RequestState, TrustRecord,
};
pub(crate) use sqlcipher::file_error;
pub use sqlcipher::{SqlCipherStore, StoreLocation};

use crate::events::{Event, EventKind, EventSeq};
use farthing_protocol::alias::Alias;
use farthing_protocol::id::{ActId, Digest, Handle, PayeeKeyHash};
use farthing_protocol::money::Asset;
use farthing_protocol::request::RequestId;
use farthing_protocol::time::Time;

/// Why something cannot be stored or read. Nothing of the change that failed was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file is damaged, was tampered with, or its key is another's.
    #[error("the wallet's database is damaged, or belongs to another key: {0}")]
    Damaged(String),
    /// The file was written by a newer program.
    #[error("the wallet's database has version {found}; this program knows versions up to {known}: update it")]
    Newer {
        /// The file's version.
        found: i64,
        /// The highest version that this program knows.
        known: i64,
    },
    /// The file cannot be written.
    #[error("the wallet's folder cannot be written: check its permissions")]
    ReadOnly,
    /// No space is left.
    #[error("the disk is full: free some space and try again")]
    Full,
    /// Another process holds the file.
    #[error("another program is using the wallet's database")]
    Busy,
    /// The store is paused.
    #[error("the wallet is paused")]
    Paused,
    /// There is no file where one must be: the wallet's keys are there, its database is not.
    #[error(
        "there is no wallet database at this place, though its keys are here: put the database back, or use another folder to restore or to join"
    )]
    Missing,
    /// Two records claim what only one may have.
    #[error("a record contradicts what is stored already")]
    Conflict,
    /// Any other failure of the storage.
    #[error("the storage failed: {0}")]
    Io(String),
}

/// One change; several are applied together.
///
/// Lists of changes are short and live for one call, so a large variant costs nothing worth a `Box`.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "see above")]
pub enum Change {
    /// Sets who this wallet is.
    Profile(Profile),
    /// Sets what is known of the verifier.
    Trust(TrustRecord),
    /// Moves the position up to which the account's ledger was read.
    Cursor(Cursor),
    /// Adds or replaces a payment.
    Payment(PaymentRecord),
    /// Adds or replaces bytes that belong to a payment.
    Artifact {
        /// The payment.
        payment: PaymentId,
        /// Which bytes.
        kind: ArtifactKind,
        /// The bytes.
        bytes: Record,
    },
    /// Forgets bytes that belong to a payment and that nobody needs any more.
    DropArtifact {
        /// The payment.
        payment: PaymentId,
        /// Which bytes.
        kind: ArtifactKind,
    },
    /// Forgets a draft that was never confirmed.
    DropPayment(PaymentId),
    /// Adds or replaces a request of ours.
    Request(RequestRecord),
    /// Adds or replaces a one-time handle.
    Handle(HandleRecord),
    /// Pins the payee key of an alias.
    Pin(AliasPin),
    /// Adds units to a balance, or takes them off.
    Balance {
        /// The asset.
        asset: Asset,
        /// Units, negative to take off.
        delta: i64,
    },
    /// Keeps a session act until the verifier has answered it.
    Act(ActRecord),
    /// Forgets a session act that was answered.
    DropAct(ActId),
    /// Adds or replaces a small record; made by [`Change::put`].
    Put {
        /// Its kind.
        table: Table,
        /// Its key, not empty.
        key: Vec<u8>,
        /// Its bytes.
        record: Record,
    },
    /// Forgets a small record; made by [`Change::forget`].
    Drop {
        /// Its kind.
        table: Table,
        /// Its key.
        key: Vec<u8>,
    },
    /// Appends to the event log.
    Event {
        /// When it happened, by the verifier's time as far as known.
        at: Time,
        /// What happened.
        kind: EventKind,
    },
}

/// A wallet's memory. Reads see every applied change.
pub trait Store: Send {
    /// Makes all changes durable together, or none.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreError>;

    /// Who this wallet is; `None` before enrolment began.
    ///
    /// # Errors
    /// [`StoreError`].
    fn profile(&self) -> Result<Option<Profile>, StoreError>;

    /// What is known of the verifier.
    ///
    /// # Errors
    /// [`StoreError`].
    fn trust(&self) -> Result<Option<TrustRecord>, StoreError>;

    /// How far the account's ledger was read.
    ///
    /// # Errors
    /// [`StoreError`].
    fn cursor(&self) -> Result<Cursor, StoreError>;

    /// A payment by its id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn payment(&self, id: &PaymentId) -> Result<Option<PaymentRecord>, StoreError>;

    /// A payment by its order's hash; outgoing and incoming ones have hashes of their own.
    ///
    /// # Errors
    /// [`StoreError`].
    fn payment_by_order(&self, order: &Digest) -> Result<Option<PaymentRecord>, StoreError>;

    /// Payments that are authorised or sent and not final, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn unfinished(&self, limit: usize) -> Result<Vec<PaymentRecord>, StoreError>;

    /// Drafts that are older than `before`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn drafts(&self, before: &PaymentId, limit: usize) -> Result<Vec<PaymentId>, StoreError>;

    /// Payments, newest first, before `before` when it is given, at most `limit`. Drafts are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    fn history(&self, before: Option<&PaymentId>, limit: usize) -> Result<Vec<PaymentRecord>, StoreError>;

    /// Bytes that belong to a payment.
    ///
    /// # Errors
    /// [`StoreError`].
    fn artifact(&self, payment: &PaymentId, kind: ArtifactKind) -> Result<Option<Vec<u8>>, StoreError>;

    /// A request of ours.
    ///
    /// # Errors
    /// [`StoreError`].
    fn request(&self, id: &RequestId) -> Result<Option<RequestRecord>, StoreError>;

    /// The request of ours that this payee key signed.
    ///
    /// # Errors
    /// [`StoreError`].
    fn request_by_payee_key(&self, key: &PayeeKeyHash) -> Result<Option<RequestRecord>, StoreError>;

    /// Our requests, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn requests(&self, limit: usize) -> Result<Vec<RequestRecord>, StoreError>;

    /// A handle of ours.
    ///
    /// # Errors
    /// [`StoreError`].
    fn handle(&self, handle: &Handle) -> Result<Option<HandleRecord>, StoreError>;

    /// The handle of ours with this payee key.
    ///
    /// # Errors
    /// [`StoreError`].
    fn handle_by_payee_key(&self, key: &PayeeKeyHash) -> Result<Option<HandleRecord>, StoreError>;

    /// Handles in a state, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn handles(&self, state: HandleState, limit: usize) -> Result<Vec<HandleRecord>, StoreError>;

    /// The pinned key of an alias.
    ///
    /// # Errors
    /// [`StoreError`].
    fn pin(&self, alias: &Alias) -> Result<Option<AliasPin>, StoreError>;

    /// Units per asset, by receipts alone, ascending.
    ///
    /// # Errors
    /// [`StoreError`].
    fn balances(&self) -> Result<Vec<(Asset, i64)>, StoreError>;

    /// Session acts that the verifier has not answered, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn acts(&self, limit: usize) -> Result<Vec<ActRecord>, StoreError>;

    /// Events after `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn events(&self, after: EventSeq, limit: usize) -> Result<Vec<Event>, StoreError>;

    /// The bytes of a small record; [`kept`] reads them.
    ///
    /// # Errors
    /// [`StoreError`].
    fn small(&self, table: Table, key: &[u8]) -> Result<Option<Record>, StoreError>;

    /// The bytes of small records whose keys follow `after`, in the order of their keys, at most `limit`; [`kept_after`] reads them.
    ///
    /// # Errors
    /// [`StoreError`].
    fn smalls(&self, table: Table, after: &[u8], limit: usize) -> Result<Vec<Record>, StoreError>;

    /// Lets go of files and locks until [`Store::resume`]. iOS kills an app that holds a database lock in the background.
    ///
    /// # Errors
    /// [`StoreError`].
    fn pause(&mut self) -> Result<(), StoreError>;

    /// Takes files and locks again.
    ///
    /// # Errors
    /// [`StoreError`].
    fn resume(&mut self) -> Result<(), StoreError>;
}
