//! A store in memory: nothing survives the process. For tests and the simulation.

use super::{
    ActRecord, AliasPin, ArtifactKind, Change, Cursor, HandleRecord, HandleState, PaymentId, PaymentRecord,
    PaymentState, Profile, Record, RequestRecord, Store, StoreError, Table, TrustRecord,
};
use crate::events::{Event, EventSeq};
use farthing_protocol::alias::Alias;
use farthing_protocol::id::{ActId, Digest, Handle, PayeeKeyHash};
use farthing_protocol::money::Asset;
use farthing_protocol::request::RequestId;
use std::collections::BTreeMap;
use std::ops::Bound;

/// A store in memory. A clone is a copy of the whole memory, as a copied wallet folder is.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    profile: Option<Profile>,
    trust: Option<TrustRecord>,
    cursor: Cursor,
    payments: BTreeMap<PaymentId, PaymentRecord>,
    artifacts: BTreeMap<(PaymentId, ArtifactKind), Record>,
    requests: BTreeMap<RequestId, RequestRecord>,
    handles: BTreeMap<Handle, HandleRecord>,
    pins: BTreeMap<Alias, AliasPin>,
    balances: BTreeMap<Asset, i64>,
    acts: BTreeMap<ActId, ActRecord>,
    smalls: BTreeMap<(Table, Vec<u8>), Record>,
    events: Vec<Event>,
    paused: bool,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn check_paused(&self) -> Result<(), StoreError> {
        if self.paused { Err(StoreError::Paused) } else { Ok(()) }
    }

    fn change(&mut self, change: &Change) -> Result<(), StoreError> {
        match change {
            Change::Profile(profile) => self.profile = Some(profile.clone()),
            Change::Trust(trust) => self.trust = Some(trust.clone()),
            Change::Cursor(cursor) => self.cursor = *cursor,
            Change::Payment(payment) => {
                let same_order = |p: &PaymentRecord| p.order.is_some() && p.order == payment.order;
                if self.payments.values().any(|p| p.id != payment.id && same_order(p)) {
                    return Err(StoreError::Conflict);
                }
                self.payments.insert(payment.id, payment.clone());
            }
            Change::Artifact { payment, kind, bytes } => {
                self.artifacts.insert((*payment, *kind), bytes.clone());
            }
            Change::DropArtifact { payment, kind } => {
                self.artifacts.remove(&(*payment, *kind));
            }
            Change::DropPayment(id) => {
                self.payments.remove(id);
                self.artifacts.retain(|(payment, _), _| payment != id);
            }
            Change::Request(request) => {
                self.requests.insert(request.id, request.clone());
            }
            Change::Handle(handle) => {
                self.handles.insert(handle.handle, handle.clone());
            }
            Change::Pin(pin) => {
                self.pins.insert(pin.alias.clone(), pin.clone());
            }
            Change::Balance { asset, delta } => {
                let balance = self.balances.entry(*asset).or_default();
                *balance = balance.checked_add(*delta).ok_or(StoreError::Conflict)?;
            }
            Change::Act(act) => {
                self.acts.insert(act.id, act.clone());
            }
            Change::DropAct(id) => {
                self.acts.remove(id);
            }
            Change::Put { table, key, record } => {
                if key.is_empty() {
                    return Err(StoreError::Conflict);
                }
                self.smalls.insert((*table, key.clone()), record.clone());
            }
            Change::Drop { table, key } => {
                self.smalls.remove(&(*table, key.clone()));
            }
            Change::Event { at, kind } => {
                let seq = EventSeq(self.events.len() as u64 + 1);
                self.events.push(Event { seq, at: *at, kind: kind.clone() });
            }
        }
        Ok(())
    }
}

impl Store for MemoryStore {
    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        self.check_paused()?;
        let before = self.clone();
        for change in changes {
            if let Err(error) = self.change(change) {
                *self = before;
                return Err(error);
            }
        }
        Ok(())
    }

    fn profile(&self) -> Result<Option<Profile>, StoreError> {
        self.check_paused()?;
        Ok(self.profile.clone())
    }

    fn trust(&self) -> Result<Option<TrustRecord>, StoreError> {
        self.check_paused()?;
        Ok(self.trust.clone())
    }

    fn cursor(&self) -> Result<Cursor, StoreError> {
        self.check_paused()?;
        Ok(self.cursor)
    }

    fn payment(&self, id: &PaymentId) -> Result<Option<PaymentRecord>, StoreError> {
        self.check_paused()?;
        Ok(self.payments.get(id).cloned())
    }

    fn payment_by_order(&self, order: &Digest) -> Result<Option<PaymentRecord>, StoreError> {
        self.check_paused()?;
        Ok(self.payments.values().find(|p| p.order.as_ref() == Some(order)).cloned())
    }

    fn unfinished(&self, limit: usize) -> Result<Vec<PaymentRecord>, StoreError> {
        self.check_paused()?;
        let open = |p: &&PaymentRecord| p.state != PaymentState::Draft && !p.is_over();
        Ok(self.payments.values().filter(open).take(limit).cloned().collect())
    }

    fn drafts(&self, before: &PaymentId, limit: usize) -> Result<Vec<PaymentId>, StoreError> {
        self.check_paused()?;
        let old = self.payments.range(..*before).filter(|(_, p)| p.state == PaymentState::Draft);
        Ok(old.map(|(id, _)| *id).take(limit).collect())
    }

    fn history(&self, before: Option<&PaymentId>, limit: usize) -> Result<Vec<PaymentRecord>, StoreError> {
        self.check_paused()?;
        let wanted = |p: &&PaymentRecord| p.state != PaymentState::Draft && before.is_none_or(|b| p.id < *b);
        Ok(self.payments.values().rev().filter(wanted).take(limit).cloned().collect())
    }

    fn artifact(&self, payment: &PaymentId, kind: ArtifactKind) -> Result<Option<Vec<u8>>, StoreError> {
        self.check_paused()?;
        Ok(self.artifacts.get(&(*payment, kind)).map(|bytes| bytes.as_slice().to_vec()))
    }

    fn request(&self, id: &RequestId) -> Result<Option<RequestRecord>, StoreError> {
        self.check_paused()?;
        Ok(self.requests.get(id).cloned())
    }

    fn request_by_payee_key(&self, key: &PayeeKeyHash) -> Result<Option<RequestRecord>, StoreError> {
        self.check_paused()?;
        Ok(self.requests.values().find(|r| r.payee_key == *key).cloned())
    }

    fn requests(&self, limit: usize) -> Result<Vec<RequestRecord>, StoreError> {
        self.check_paused()?;
        let mut all: Vec<_> = self.requests.values().cloned().collect();
        all.sort_by_key(|r| core::cmp::Reverse((r.created, r.id)));
        all.truncate(limit);
        Ok(all)
    }

    fn handle(&self, handle: &Handle) -> Result<Option<HandleRecord>, StoreError> {
        self.check_paused()?;
        Ok(self.handles.get(handle).cloned())
    }

    fn handle_by_payee_key(&self, key: &PayeeKeyHash) -> Result<Option<HandleRecord>, StoreError> {
        self.check_paused()?;
        Ok(self.handles.values().find(|h| h.payee_key == *key).cloned())
    }

    fn handles(&self, state: HandleState, limit: usize) -> Result<Vec<HandleRecord>, StoreError> {
        self.check_paused()?;
        Ok(self.handles.values().filter(|h| h.state == state).take(limit).cloned().collect())
    }

    fn pin(&self, alias: &Alias) -> Result<Option<AliasPin>, StoreError> {
        self.check_paused()?;
        Ok(self.pins.get(alias).cloned())
    }

    fn balances(&self) -> Result<Vec<(Asset, i64)>, StoreError> {
        self.check_paused()?;
        Ok(self.balances.iter().map(|(a, v)| (*a, *v)).collect())
    }

    fn acts(&self, limit: usize) -> Result<Vec<ActRecord>, StoreError> {
        self.check_paused()?;
        Ok(self.acts.values().take(limit).cloned().collect())
    }

    fn events(&self, after: EventSeq, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.check_paused()?;
        Ok(self.events.iter().filter(|e| e.seq > after).take(limit).cloned().collect())
    }

    fn small(&self, table: Table, key: &[u8]) -> Result<Option<Record>, StoreError> {
        self.check_paused()?;
        Ok(self.smalls.get(&(table, key.to_vec())).cloned())
    }

    fn smalls(&self, table: Table, after: &[u8], limit: usize) -> Result<Vec<Record>, StoreError> {
        self.check_paused()?;
        let following = self.smalls.range((Bound::Excluded((table, after.to_vec())), Bound::Unbounded));
        Ok(following.take_while(|((of, _), _)| *of == table).map(|(_, record)| record.clone()).take(limit).collect())
    }

    fn pause(&mut self) -> Result<(), StoreError> {
        self.paused = true;
        Ok(())
    }

    fn resume(&mut self) -> Result<(), StoreError> {
        self.paused = false;
        Ok(())
    }
}
