//! A wallet's disk: survives its process, and can be the place where the process dies.

use crate::content::Content;
use crate::laws::Broken;
use farthing_core::events::{Event, EventSeq};
use farthing_core::store::{
    ActRecord, AliasPin, ArtifactKind, Change, Cursor, HandleRecord, HandleState, PaymentId, PaymentRecord, Profile,
    Record, RequestRecord, Store, StoreError, Table, TrustRecord,
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

/// What becomes of the writes that come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The process dies at one of them.
    Dies(Dies),
    /// The next ones find no space.
    Full,
    /// The next ones fail, also those that had begun: nothing of them is there.
    Fails,
}

struct State {
    content: Content,
    /// After how many writes it begins, what it is, and for how many.
    trouble: Option<(u64, Trouble, u64)>,
    dead: bool,
    writes: u64,
    failed: u64,
}

/// The disk. Its clones are the same disk; a process has one of them as its store.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Mutex<State>>);

/// What a process sees of its store once it is dead: it does not see anything, but this is what the code returns.
const DEAD: &str = "the process is dead";

impl Disk {
    pub(crate) fn new(content: Content) -> Self {
        Self(Arc::new(Mutex::new(State { content, trouble: None, dead: false, writes: 0, failed: 0 })))
    }

    /// Another disk with the same on it, as when a folder is copied.
    pub(crate) fn copied(&self) -> Result<Self, Broken> {
        Ok(Self::new(self.state().content.copied()?))
    }

    /// What is on `other` is now on this one, too: an old folder was put back.
    pub(crate) fn put_back(&self, other: &Self) -> Result<(), Broken> {
        let content = other.state().content.copied()?;
        let mut state = self.state();
        state.content = content;
        state.writes += 1;
        Ok(())
    }

    /// After `writes` writes from now there will be trouble, for `lasts` writes.
    pub(crate) fn expect(&self, writes: u64, trouble: Trouble, lasts: u64) {
        self.state().trouble = Some((writes, trouble, lasts));
    }

    /// There will be no trouble after all.
    pub(crate) fn put_right(&self) {
        self.state().trouble = None;
    }

    /// True when the process died at a write.
    pub(crate) fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// How often something was written.
    pub(crate) fn writes(&self) -> u64 {
        self.state().writes
    }

    /// How often something could not be written, and the process was told.
    pub(crate) fn failed(&self) -> u64 {
        self.state().failed
    }

    /// A new process takes the disk.
    pub(crate) fn revive(&self) -> Result<(), Broken> {
        let mut state = self.state();
        state.dead = false;
        state.trouble = None;
        Ok(state.content.reopen()?)
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
        if state.dead { Err(dead()) } else { read(state.content.store()) }
    }
}

fn dead() -> StoreError {
    StoreError::Io(DEAD.to_owned())
}

impl State {
    /// What becomes of this write.
    fn next(&mut self) -> Option<Trouble> {
        let (before, trouble, lasts) = self.trouble.take()?;
        if before > 1 {
            self.trouble = Some((before - 1, trouble, lasts));
            return None;
        }
        if lasts > 1 {
            self.trouble = Some((0, trouble, lasts - 1));
        }
        Some(trouble)
    }

    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        if self.dead {
            return Err(dead());
        }
        let trouble = self.next();
        match trouble {
            Some(Trouble::Full | Trouble::Fails) => {
                self.failed += 1;
                let full = trouble == Some(Trouble::Full);
                return Err(if full { StoreError::Full } else { StoreError::Io("the write failed".to_owned()) });
            }
            Some(Trouble::Dies(Dies::Before)) => {}
            Some(Trouble::Dies(Dies::After)) | None => {
                self.content.store_mut().apply(changes)?;
                self.writes += 1;
            }
        }
        self.dead = trouble.is_some();
        if self.dead { Err(dead()) } else { Ok(()) }
    }
}

impl Store for Disk {
    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        self.state().apply(changes)
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

    fn small(&self, table: Table, key: &[u8]) -> Result<Option<Record>, StoreError> {
        self.read(|s| s.small(table, key))
    }

    fn smalls(&self, table: Table, after: &[u8], limit: usize) -> Result<Vec<Record>, StoreError> {
        self.read(|s| s.smalls(table, after, limit))
    }

    fn pause(&mut self) -> Result<(), StoreError> {
        self.state().content.store_mut().pause()
    }

    fn resume(&mut self) -> Result<(), StoreError> {
        self.state().content.store_mut().resume()
    }
}
