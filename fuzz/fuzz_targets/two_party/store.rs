//! A store in memory of which a copy can be taken while an engine has it.

use farthing_core::events::{Event, EventSeq};
use farthing_core::store::{
    ActRecord, AliasPin, ArtifactKind, Change, Cursor, HandleRecord, HandleState, MemoryStore, PaymentId,
    PaymentRecord, Profile, Record, RequestRecord, Store, StoreError, Table, TrustRecord,
};
use farthing_protocol::alias::Alias;
use farthing_protocol::id::{Digest, Handle, PayeeKeyHash};
use farthing_protocol::money::Asset;
use farthing_protocol::request::RequestId;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
pub struct SharedStore(Arc<Mutex<MemoryStore>>);

impl SharedStore {
    pub fn copy(&self) -> MemoryStore {
        self.0.lock().unwrap().clone()
    }
}

macro_rules! passed_on {
    ($(fn $name:ident(&self $(, $argument:ident: $type:ty)*) -> $found:ty;)*) => {
        $(fn $name(&self $(, $argument: $type)*) -> Result<$found, StoreError> {
            self.0.lock().unwrap().$name($($argument),*)
        })*
    };
}

impl Store for SharedStore {
    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        self.0.lock().unwrap().apply(changes)
    }

    fn pause(&mut self) -> Result<(), StoreError> {
        self.0.lock().unwrap().pause()
    }

    fn resume(&mut self) -> Result<(), StoreError> {
        self.0.lock().unwrap().resume()
    }

    passed_on! {
        fn profile(&self) -> Option<Profile>;
        fn trust(&self) -> Option<TrustRecord>;
        fn cursor(&self) -> Cursor;
        fn payment(&self, id: &PaymentId) -> Option<PaymentRecord>;
        fn payment_by_order(&self, order: &Digest) -> Option<PaymentRecord>;
        fn unfinished(&self, limit: usize) -> Vec<PaymentRecord>;
        fn drafts(&self, before: &PaymentId, limit: usize) -> Vec<PaymentId>;
        fn history(&self, before: Option<&PaymentId>, limit: usize) -> Vec<PaymentRecord>;
        fn artifact(&self, payment: &PaymentId, kind: ArtifactKind) -> Option<Vec<u8>>;
        fn request(&self, id: &RequestId) -> Option<RequestRecord>;
        fn request_by_payee_key(&self, key: &PayeeKeyHash) -> Option<RequestRecord>;
        fn requests(&self, limit: usize) -> Vec<RequestRecord>;
        fn handle(&self, handle: &Handle) -> Option<HandleRecord>;
        fn handle_by_payee_key(&self, key: &PayeeKeyHash) -> Option<HandleRecord>;
        fn handles(&self, state: HandleState, limit: usize) -> Vec<HandleRecord>;
        fn pin(&self, alias: &Alias) -> Option<AliasPin>;
        fn balances(&self) -> Vec<(Asset, i64)>;
        fn acts(&self, limit: usize) -> Vec<ActRecord>;
        fn events(&self, after: EventSeq, limit: usize) -> Vec<Event>;
        fn small(&self, table: Table, key: &[u8]) -> Option<Record>;
        fn smalls(&self, table: Table, after: &[u8], limit: usize) -> Vec<Record>;
    }
}
