//! A person's yes to the draft of an allowance, and the signed order that it becomes.
//!
//! As of a payment (`payment/authorise.rs`): the act key is here, or in a phone's hardware, which signs what is proposed. The
//! allowance's own key is made with its order, and is only in memory until that is signed.
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
use crate::keys::vault::{SecretName, Vault, VaultError};
use crate::payment::authorise::{APPROVAL_TIME, verifiers_time};
use crate::store::{Change, PaymentId};
use crate::sync::Refresh;
use crate::tab::PendingOrder;
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes, Unsigned};
use farthing_protocol::id::{Digest, OrderId};
use farthing_protocol::key::{BareKey, Ed25519Key, Signer as _, normalise_es256};
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

/// An order with the key of its vouchers, signed or not.
#[derive(Debug)]
struct Made<O> {
    order: O,
    key: Ed25519Key,
}

/// An order that waits for the signature of a key in hardware.
#[derive(Debug)]
pub struct AllowanceProposal {
    approval: AllowanceApproval,
    made: Made<Unsigned<AllowanceOrder>>,
}

impl AllowanceProposal {
    /// The bytes to be signed.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.made.order.to_be_signed()
    }

    /// With the signature that the hardware gave: DER, or r‖s.
    ///
    /// # Errors
    /// [`WalletError::ApprovalUnsigned`] when it does not fit.
    pub fn signed(self, signature: &[u8]) -> Result<AllowanceAgreed, Error> {
        let Self { approval, made: Made { order, key } } = self;
        let signature = normalise_es256(signature).map_err(|_| WalletError::ApprovalUnsigned)?;
        let order = order.signed(signature).map_err(|_| WalletError::ApprovalUnsigned)?;
        Ok(AllowanceAgreed { approval, made: Made { order, key } })
    }
}

/// A proposal that was signed.
#[derive(Debug)]
pub struct AllowanceAgreed {
    approval: AllowanceApproval,
    made: Made<Signed<AllowanceOrder>>,
}

/// What became of a wish to propose.
#[derive(Debug)]
pub enum AllowanceProposed {
    /// It was confirmed before.
    Already(AllowanceId),
    /// It has to be signed.
    ToSign(Box<AllowanceProposal>),
}

/// The operation: makes the order of an approved draft, for a key that signs elsewhere. Stores nothing.
#[derive(Debug)]
pub struct ProposeAllowance {
    approval: AllowanceApproval,
    refresh: Refresh,
}

impl ProposeAllowance {
    /// Acts on an approval.
    #[must_use]
    pub fn new(approval: AllowanceApproval) -> Self {
        Self { approval, refresh: Refresh::new() }
    }
}

impl Operation for ProposeAllowance {
    type Output = AllowanceProposed;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<AllowanceProposed>, Error> {
        let time = match verifiers_time(&mut self.refresh, engine, input, now)? {
            Step::Call(call) => return Ok(Step::Call(call)),
            Step::Done(time) => time,
        };
        let approval = self.approval;
        let draft = match Found::of(engine, &approval, time)? {
            Found::Confirmed(id) => return Ok(Step::Done(AllowanceProposed::Already(id))),
            Found::Draft(draft) => draft,
        };
        let act = *engine.keys().act().public();
        let Made { order, key } = make(engine, &draft, time, time.plus(ORDER_LIFE).plus(APPROVAL_TIME))?;
        let made = Made { order: Unsigned::new(order, &act)?, key };
        Ok(Step::Done(AllowanceProposed::ToSign(Box::new(AllowanceProposal { approval, made }))))
    }
}

/// The operation: turns an approved draft into a stored, signed order. Sending it is another operation, `SendAllowance`.
pub struct AuthoriseAllowance {
    approval: AllowanceApproval,
    agreed: Option<Made<Signed<AllowanceOrder>>>,
    vault: Arc<dyn Vault>,
    refresh: Refresh,
}

impl AuthoriseAllowance {
    /// Acts on an approval, with the key that is here. The allowance's own goes into `vault`.
    #[must_use]
    pub fn new(approval: AllowanceApproval, vault: Arc<dyn Vault>) -> Self {
        Self { approval, agreed: None, vault, refresh: Refresh::new() }
    }

    /// Stores what was signed elsewhere.
    #[must_use]
    pub fn agreed(agreed: AllowanceAgreed, vault: Arc<dyn Vault>) -> Self {
        Self { approval: agreed.approval, agreed: Some(agreed.made), vault, refresh: Refresh::new() }
    }

    fn authorise(&mut self, engine: &mut Engine, time: Time) -> Result<AllowanceId, Error> {
        let draft = match Found::of(engine, &self.approval, time)? {
            // The same draft gives the same order, however often it is confirmed.
            Found::Confirmed(id) => return Ok(id),
            Found::Draft(draft) => draft,
        };
        let Made { order, key } = match self.agreed.take() {
            Some(made) if time >= made.order.claims().created.plus(APPROVAL_TIME) => {
                return Err(VaultError::TimedOut.into());
            }
            Some(made) => made,
            None => make(engine, &draft, time, time.plus(ORDER_LIFE))?.sign(engine)?,
        };
        let live: Vec<OwnAllowance> = live(engine.store())?;
        self.keep_key(key, &live)?;
        crash::point(crash::ALLOWANCE_AFTER_KEY);
        let id = AllowanceId::of(&order);
        let mut spending = self.vault.spending()?.unwrap_or_default();
        spending.keep(|known| live.iter().any(|allowance| allowance.id == *known));
        self.vault.set_spending(&spending.with(&Anchor::begin(id)))?;
        crash::point(crash::ALLOWANCE_AFTER_ANCHOR);
        let changes = authorised(*draft, &order, id, time)?;
        crash::point(crash::ORDER_BEFORE_STORE);
        engine.apply(changes)?;
        crash::point(crash::ORDER_AFTER_STORE);
        Ok(id)
    }

    /// The key into the vault. Those of allowances that are over are forgotten.
    fn keep_key(&self, key: Ed25519Key, live: &[OwnAllowance]) -> Result<(), Error> {
        let mut keys = AllowanceKeys::from_secret(self.vault.get(SecretName::AllowanceKeys)?.as_ref())?;
        let wanted = |kept: &Ed25519Key| live.iter().any(|allowance| allowance.key.public() == *kept.public());
        keys.add(key, wanted);
        Ok(self.vault.put(SecretName::AllowanceKeys, &keys.to_secret())?)
    }
}

/// What an approval is for, as it is now.
enum Found {
    /// It was acted on before.
    Confirmed(AllowanceId),
    /// A draft that is as it was shown, and may be ordered.
    Draft(Box<AllowanceDraftRecord>),
}

impl Found {
    fn of(engine: &Engine, approval: &AllowanceApproval, time: Time) -> Result<Self, Error> {
        let draft = stored(engine, &approval.draft)?;
        if let Some(id) = draft.confirmed {
            return Ok(Self::Confirmed(id));
        }
        if digest(&draft) != approval.shown {
            return Err(WalletError::NotWhatWasApproved.into());
        }
        check(engine, &draft, time)?;
        Ok(Self::Draft(Box::new(draft)))
    }
}

impl core::fmt::Debug for AuthoriseAllowance {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AuthoriseAllowance").field("approval", &self.approval).finish_non_exhaustive()
    }
}

/// The order that is to be signed, and the key of its vouchers: both are made once.
fn make(
    engine: &mut Engine,
    draft: &AllowanceDraftRecord,
    time: Time,
    expires: Time,
) -> Result<Made<AllowanceOrder>, Error> {
    let key = Ed25519Key::generate(engine.rng());
    let id = OrderId::generate(time, engine.rng());
    let profile = engine.profile();
    let spend_until = time.plus(draft.lasts);
    let order = AllowanceOrder {
        version: V1,
        id,
        verifier: profile.verifier,
        account: profile.account,
        device: profile.device,
        created: time,
        expires,
        fee_version: draft.fee_version,
        cap: draft.cap,
        per_voucher: draft.per_voucher,
        spend_until,
        claim_until: spend_until.plus(draft.grace),
        key: BareKey::of(key.public()).ok_or(WalletError::Internal)?,
    };
    Ok(Made { order, key })
}

impl Made<AllowanceOrder> {
    fn sign(self, engine: &Engine) -> Result<Made<Signed<AllowanceOrder>>, Error> {
        let ActKey::Here(act) = engine.keys().act() else { return Err(WalletError::SignsElsewhere.into()) };
        Ok(Made { order: Signed::sign(self.order, act)?, key: self.key })
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
