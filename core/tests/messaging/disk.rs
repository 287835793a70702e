//! A store that several lives of a process share, and that dies before or after a chosen commit.

use farthing_core::events::{Event, EventSeq};
use farthing_core::store::*;
use farthing_protocol::alias::Alias;
use farthing_protocol::id::{Digest, Handle, PayeeKeyHash};
use farthing_protocol::money::Asset;
use farthing_protocol::request::RequestId;
use std::sync::{Arc, Mutex};

/// When the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// At the commit with this number, counted down; nothing of it is kept.
    Before(u32),
    /// Right after it.
    After(u32),
}

#[derive(Clone, Default)]
pub struct Disk {
    pub memory: Arc<Mutex<MemoryStore>>,
    pub death: Arc<Mutex<Option<Death>>>,
}

impl Disk {
    fn dead() -> StoreError {
        StoreError::Io("killed".to_owned())
    }
}

macro_rules! reads {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $out:ty;)+) => {
        $(fn $name(&self, $($arg: $kind),*) -> Result<$out, StoreError> {
            self.memory.lock().unwrap().$name($($arg),*)
        })+
    };
}

impl Store for Disk {
    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let mut death = self.death.lock().unwrap();
        match *death {
            Some(Death::Before(0)) => return Err(Self::dead()),
            Some(Death::Before(n)) => *death = Some(Death::Before(n - 1)),
            Some(Death::After(0)) => {
                // Everything afterwards fails, too.
                *death = Some(Death::Before(0));
                self.memory.lock().unwrap().apply(changes)?;
                return Err(Self::dead());
            }
            Some(Death::After(n)) => *death = Some(Death::After(n - 1)),
            None => {}
        }
        self.memory.lock().unwrap().apply(changes)
    }

    reads! {
        profile() -> Option<Profile>;
        trust() -> Option<TrustRecord>;
        cursor() -> Cursor;
        payment(id: &PaymentId) -> Option<PaymentRecord>;
        payment_by_order(order: &Digest) -> Option<PaymentRecord>;
        unfinished(limit: usize) -> Vec<PaymentRecord>;
        drafts(before: &PaymentId, limit: usize) -> Vec<PaymentId>;
        history(before: Option<&PaymentId>, limit: usize) -> Vec<PaymentRecord>;
        artifact(payment: &PaymentId, kind: ArtifactKind) -> Option<Vec<u8>>;
        request(id: &RequestId) -> Option<RequestRecord>;
        request_by_payee_key(key: &PayeeKeyHash) -> Option<RequestRecord>;
        requests(limit: usize) -> Vec<RequestRecord>;
        handle(handle: &Handle) -> Option<HandleRecord>;
        handle_by_payee_key(key: &PayeeKeyHash) -> Option<HandleRecord>;
        handles(state: HandleState, limit: usize) -> Vec<HandleRecord>;
        pin(alias: &Alias) -> Option<AliasPin>;
        balances() -> Vec<(Asset, i64)>;
        acts(limit: usize) -> Vec<ActRecord>;
        events(after: EventSeq, limit: usize) -> Vec<Event>;
        small(table: Table, key: &[u8]) -> Option<Record>;
        smalls(table: Table, after: &[u8], limit: usize) -> Vec<Record>;
    }

    fn pause(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn resume(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}
