//! A person's yes to the draft of an allowance, and the signed order that it becomes.
//!
//! The order of writes: the key into the vault, the first anchor beside it, then the order into the database. So an order is never
//! sent whose vouchers cannot be signed; what the vault has of an order that was not stored is nobody's, and is forgotten with the next.

use super::draft::{AllowanceDraft, check, digest, stored};
use super::record::{AllowanceDraftRecord, AllowanceState, OwnAllowance, live, saved};
use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::keys::device::ActKey;
use crate::keys::spending::{AllowanceKeys, SpentSoFar};
use crate::keys::vault::{SecretName, Vault};
use crate::payment::authorise::verifiers_time;
use crate::store::{Change, PaymentId};
use crate::sync::Refresh;
use crate::tab::PendingOrder;
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::id::{Digest, OrderId};
use farthing_protocol::key::{BareKey, Ed25519Key, Signer as _};
use farthing_protocol::limits::ORDER_LIFE;
use farthing_protocol::offline::{AllowanceId, AllowanceOrder, Anchor};
use farthing_protocol::tab::reserve;
use farthing_protocol::time::{Moment, Time};
use std::sync::Arc;

/// A person's yes to one draft, as it was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowanceApproval {
    draft: PaymentId,
    shown: Digest,
}

impl AllowanceApproval {
    /// The person looked at `draft` and said yes.
    #[must_use]
    pub const fn of(draft: &AllowanceDraft) -> Self {
        Self { draft: draft.id, shown: draft.digest }
    }

    /// From a program that showed the draft elsewhere and brings back its digest.
    #[must_use]
    pub const fn from_parts(draft: PaymentId, shown: Digest) -> Self {
        Self { draft, shown }
    }
}

/// The operation: turns an approved draft into a stored, signed order. Sending it is another operation, `SendAllowance`.
pub struct AuthoriseAllowance {
    approval: AllowanceApproval,
    vault: Arc<dyn Vault>,
    refresh: Refresh,
}

impl AuthoriseAllowance {
    /// Acts on an approval. The allowance's key goes into `vault`.
    #[must_use]
    pub fn new(approval: AllowanceApproval, vault: Arc<dyn Vault>) -> Self {
        Self { approval, vault, refresh: Refresh::new() }
    }

    fn authorise(&self, engine: &mut Engine, time: Time) -> Result<AllowanceId, Error> {
        let draft = stored(engine, &self.approval.draft)?;
        // The same draft gives the same order, however often it is confirmed.
        if let Some(id) = draft.confirmed {
            return Ok(id);
        }
        if digest(&draft) != self.approval.shown {
            return Err(WalletError::NotWhatWasApproved.into());
        }
        check(engine, &draft, time)?;
        if !matches!(engine.keys().act(), ActKey::Here(_)) {
            return Err(WalletError::SignsElsewhere.into());
        }
        let live: Vec<OwnAllowance> = live(engine.store())?;
        let key = self.keep_key(engine, &live)?;
        crash::point(crash::ALLOWANCE_AFTER_KEY);
        let order = order(engine, &draft, key, time);
        let ActKey::Here(act) = engine.keys().act() else { return Err(WalletError::SignsElsewhere.into()) };
        let order = Signed::sign(order, act)?;
        let id = AllowanceId::of(&order);
        let mut spending = self.vault.spending()?.unwrap_or_default();
        spending.keep(|known| live.iter().any(|allowance| allowance.id == *known));
        self.vault.set_spending(&spending.with(&Anchor::begin(id)))?;
        crash::point(crash::ALLOWANCE_AFTER_ANCHOR);
        let changes = authorised(draft, &order, id, time)?;
        crash::point(crash::ORDER_BEFORE_STORE);
        engine.apply(changes)?;
        crash::point(crash::ORDER_AFTER_STORE);
        Ok(id)
    }

    /// A fresh key, in the vault. Keys of allowances that are over are forgotten.
    fn keep_key(&self, engine: &mut Engine, live: &[OwnAllowance]) -> Result<BareKey, Error> {
        let key = Ed25519Key::generate(engine.rng());
        let public = BareKey::of(key.public()).ok_or(WalletError::Internal)?;
        let mut keys = AllowanceKeys::from_secret(self.vault.get(SecretName::AllowanceKeys)?.as_ref())?;
        let wanted = |kept: &Ed25519Key| live.iter().any(|allowance| allowance.key.public() == *kept.public());
        keys.add(key, wanted);
        self.vault.put(SecretName::AllowanceKeys, &keys.to_secret())?;
        Ok(public)
    }
}

impl core::fmt::Debug for AuthoriseAllowance {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AuthoriseAllowance").field("approval", &self.approval).finish_non_exhaustive()
    }
}

fn order(engine: &mut Engine, draft: &AllowanceDraftRecord, key: BareKey, time: Time) -> AllowanceOrder {
    let id = OrderId::generate(time, engine.rng());
    let profile = engine.profile();
    let spend_until = time.plus(draft.lasts);
    AllowanceOrder {
        version: V1,
        id,
        verifier: profile.verifier,
        account: profile.account,
        device: profile.device,
        created: time,
        expires: time.plus(ORDER_LIFE),
        fee_version: draft.fee_version,
        cap: draft.cap,
        per_voucher: draft.per_voucher,
        spend_until,
        claim_until: spend_until.plus(draft.grace),
        key,
    }
}

/// The changes that leave the draft.
fn authorised(
    draft: AllowanceDraftRecord,
    order: &Signed<AllowanceOrder>,
    id: AllowanceId,
    time: Time,
) -> Result<Vec<Change>, Error> {
    let claims = order.claims();
    let reserved = reserve(&claims.cap, &draft.fees)?;
    let pending = PendingOrder {
        id: claims.id,
        hash: order.hash(),
        signed: SignedBytes::new(order.bytes().to_vec())?,
        bundle: None,
        created: claims.created,
        expires: claims.expires,
        cap: claims.cap,
        takes: reserved,
        held: false,
    };
    let allowance = OwnAllowance { order: Some(pending), reserved, ..OwnAllowance::ordered(claims, id, time) };
    let mut changes = Vec::from(saved(&allowance));
    changes.push(Change::put(&AllowanceDraftRecord { confirmed: Some(id), ..draft }));
    changes.push(Change::Event { at: time, kind: EventKind::AllowanceAuthorised(id) });
    Ok(changes)
}

impl OwnAllowance {
    /// As it is when its order was signed and nothing is known of it.
    pub(super) fn ordered(order: &AllowanceOrder, id: AllowanceId, at: Time) -> Self {
        Self {
            version: V1,
            id,
            state: AllowanceState::Ordering,
            cap: order.cap,
            per_voucher: order.per_voucher,
            spend_until: order.spend_until,
            claim_until: order.claim_until,
            key: order.key,
            reserved: order.cap,
            order: None,
            allowance: None,
            spent: SpentSoFar::from(Anchor::begin(id)),
            burnt: Vec::new(),
            frozen: false,
            revoke: None,
            settlement: None,
            fee: None,
            device: None,
            at,
            code: None,
            lost: None,
        }
    }
}

impl Operation for AuthoriseAllowance {
    type Output = AllowanceId;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<AllowanceId>, Error> {
        match verifiers_time(&mut self.refresh, engine, input, now)? {
            Step::Call(call) => Ok(Step::Call(call)),
            Step::Done(time) => self.authorise(engine, time).map(Step::Done),
        }
    }
}
