//! A wallet's disk: survives its process, and can be the place where the process dies.

use farthing_core::events::{Event, EventSeq};
use farthing_core::store::{
    ActRecord, AliasPin, ArtifactKind, Change, Cursor, HandleRecord, HandleState, MemoryStore, PaymentId,
    PaymentRecord, Profile, RequestRecord, SqlCipherStore, Store, StoreError, Table, TrustRecord,
};
use farthing_protocol::alias::Alias;
use farthing_protocol::id::{Digest, Handle, PayeeKeyHash};
use farthing_protocol::money::Asset;
use farthing_protocol::request::RequestId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// On which side of a write the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dies {
    /// Nothing was written.
    Before,
    /// Everything was written, and nobody heard of it.
    After,
}

/// What a disk holds.
pub(crate) enum Content {
    Memory(Box<MemoryStore>),
    Encrypted(Box<SqlCipherStore>),
}

impl Content {
    fn store(&self) -> &dyn Store {
        match self {
            Self::Memory(store) => store.as_ref(),
            Self::Encrypted(store) => store.as_ref(),
        }
    }

    fn store_mut(&mut self) -> &mut dyn Store {
        match self {
            Self::Memory(store) => store.as_mut(),
            Self::Encrypted(store) => store.as_mut(),
        }
    }
}

struct State {
    content: Content,
    fuse: Option<(u64, Dies)>,
    dead: bool,
    writes: u64,
}

/// The disk. Its clones are the same disk; a process has one of them as its store.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Mutex<State>>);

/// What a process sees of its store once it is dead: it does not see anything, but this is what the code returns.
const DEAD: &str = "the process is dead";

impl Disk {
    pub(crate) fn new(content: Content) -> Self {
        Self(Arc::new(Mutex::new(State { content, fuse: None, dead: false, writes: 0 })))
    }

    /// Another disk with the same on it, as when a folder is copied; only what is kept in memory can be.
    pub(crate) fn copied(&self) -> Option<Self> {
        match &self.state().content {
            Content::Memory(store) => Some(Self::new(Content::Memory(store.clone()))),
            Content::Encrypted(_) => None,
        }
    }

    /// The process will die at its `writes`th write from now.
    pub(crate) fn light_fuse(&self, writes: u64, dies: Dies) {
        self.state().fuse = Some((writes, dies));
    }

    /// The process will not die at a write after all.
    pub(crate) fn put_out_fuse(&self) {
        self.state().fuse = None;
    }

    /// True when the process died at a write.
    pub(crate) fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// How often something was written.
    pub(crate) fn writes(&self) -> u64 {
        self.state().writes
    }

    /// A new process takes the disk.
    pub(crate) fn revive(&self) {
        let mut state = self.state();
        state.dead = false;
        state.fuse = None;
    }

    /// Looks at what is written, whether or not a process is alive.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&dyn Store) -> T) -> T {
        look(self.state().content.store())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, read: impl FnOnce(&dyn Store) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let state = self.state();
        if state.dead { Err(StoreError::Io(DEAD.to_owned())) } else { read(state.content.store()) }
    }
}

impl Store for Disk {
    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let dead = || StoreError::Io(DEAD.to_owned());
        let mut state = self.state();
        if state.dead {
            return Err(dead());
        }
        let dies = match state.fuse.take() {
            Some((1, dies)) => Some(dies),
            Some((more, dies)) => {
                state.fuse = Some((more.saturating_sub(1), dies));
                None
            }
            None => None,
        };
        if dies != Some(Dies::Before) {
            state.content.store_mut().apply(changes)?;
            state.writes += 1;
        }
        state.dead = dies.is_some();
        if state.dead { Err(dead()) } else { Ok(()) }
    }

    fn profile(&self) -> Result<Option<Profile>, StoreError> {
        self.read(|s| s.profile())
    }

    fn trust(&self) -> Result<Option<TrustRecord>, StoreError> {
        self.read(|s| s.trust())
    }

    fn cursor(&self) -> Result<Cursor, StoreError> {
        self.read(|s| s.cursor())
    }

    fn payment(&self, id: &PaymentId) -> Result<Option<PaymentRecord>, StoreError> {
        self.read(|s| s.payment(id))
    }

    fn payment_by_order(&self, order: &Digest) -> Result<Option<PaymentRecord>, StoreError> {
        self.read(|s| s.payment_by_order(order))
    }

    fn unfinished(&self, limit: usize) -> Result<Vec<PaymentRecord>, StoreError> {
        self.read(|s| s.unfinished(limit))
    }

    fn drafts(&self, before: &PaymentId, limit: usize) -> Result<Vec<PaymentId>, StoreError> {
        self.read(|s| s.drafts(before, limit))
    }

    fn history(&self, before: Option<&PaymentId>, limit: usize) -> Result<Vec<PaymentRecord>, StoreError> {
        self.read(|s| s.history(before, limit))
    }

    fn artifact(&self, payment: &PaymentId, kind: ArtifactKind) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|s| s.artifact(payment, kind))
    }

    fn request(&self, id: &RequestId) -> Result<Option<RequestRecord>, StoreError> {
        self.read(|s| s.request(id))
    }

    fn request_by_payee_key(&self, key: &PayeeKeyHash) -> Result<Option<RequestRecord>, StoreError> {
        self.read(|s| s.request_by_payee_key(key))
    }

    fn requests(&self, limit: usize) -> Result<Vec<RequestRecord>, StoreError> {
        self.read(|s| s.requests(limit))
    }

    fn handle(&self, handle: &Handle) -> Result<Option<HandleRecord>, StoreError> {
        self.read(|s| s.handle(handle))
    }

    fn handle_by_payee_key(&self, key: &PayeeKeyHash) -> Result<Option<HandleRecord>, StoreError> {
        self.read(|s| s.handle_by_payee_key(key))
    }

    fn handles(&self, state: HandleState, limit: usize) -> Result<Vec<HandleRecord>, StoreError> {
        self.read(|s| s.handles(state, limit))
    }

    fn pin(&self, alias: &Alias) -> Result<Option<AliasPin>, StoreError> {
        self.read(|s| s.pin(alias))
    }

    fn balances(&self) -> Result<Vec<(Asset, i64)>, StoreError> {
        self.read(|s| s.balances())
    }

    fn acts(&self, limit: usize) -> Result<Vec<ActRecord>, StoreError> {
        self.read(|s| s.acts(limit))
    }

    fn events(&self, after: EventSeq, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.read(|s| s.events(after, limit))
    }

    fn small(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|s| s.small(table, key))
    }

    fn smalls(&self, table: Table, after: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        self.read(|s| s.smalls(table, after, limit))
    }

    fn pause(&mut self) -> Result<(), StoreError> {
        self.state().content.store_mut().pause()
    }

    fn resume(&mut self) -> Result<(), StoreError> {
        self.state().content.store_mut().resume()
    }
}
