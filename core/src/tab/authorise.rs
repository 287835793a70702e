//! A person's yes to the draft of a tab or of a change, and the signed order that it becomes. As of a payment
//! (`payment/authorise.rs`): the act key is here, or in a phone's hardware, which signs what is proposed.

use super::change::changeable;
use super::draft::{TabDraft, digest, takes};
use super::receipts::{HoldOf, VoucherKey};
use super::record::{PaidTab, PendingOrder, TabId, TabState, TabWish, find, saved};
use crate::contacts;
use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::keys::device::ActKey;
use crate::keys::vault::VaultError;
use crate::payment::authorise::{APPROVAL_TIME, verifiers_time};
use crate::store::{AliasPin, Change};
use crate::sync::Refresh;
use farthing_protocol::bundle::{Binding, Bundle};
use farthing_protocol::cbor::{self, Bytes, V1};
use farthing_protocol::cose::{Object, Signed, SignedBytes, Unsigned};
use farthing_protocol::details::{Disclosure, Salt};
use farthing_protocol::id::{Digest, OrderId};
use farthing_protocol::key::{Ed25519Key, Signer as _, normalise_es256};
use farthing_protocol::limits::ORDER_LIFE;
use farthing_protocol::money::Amount;
use farthing_protocol::tab::{HoldChange, HoldId, HoldOrder};
use farthing_protocol::time::{Moment, Time};

/// A person's yes to one draft, as it was shown. Only made from a [`TabDraft`], so what is signed is what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TabApproval {
    tab: TabId,
    shown: Digest,
}

impl TabApproval {
    /// The person looked at `draft` and said yes.
    #[must_use]
    pub const fn of(draft: &TabDraft) -> Self {
        Self { tab: draft.id, shown: draft.digest }
    }

    /// From a program that showed the draft elsewhere and brings back its digest.
    #[must_use]
    pub const fn from_parts(tab: TabId, shown: Digest) -> Self {
        Self { tab, shown }
    }

    /// Which tab it is for.
    #[must_use]
    pub const fn tab(&self) -> TabId {
        self.tab
    }
}

/// What comes with a hold's order, and is made with it.
#[derive(Debug)]
struct Beside {
    bundle: Bundle,
    salt: Salt,
    key: VoucherKey,
}

/// An order or a change, signed or not.
#[derive(Debug)]
enum Made<O, C> {
    Order(O, Beside),
    Change(C),
}

/// An order that waits for the signature of a key in hardware.
#[derive(Debug)]
pub struct TabProposal {
    approval: TabApproval,
    made: Made<Unsigned<HoldOrder>, Unsigned<HoldChange>>,
}

impl TabProposal {
    /// Which tab it is for.
    #[must_use]
    pub const fn tab(&self) -> TabId {
        self.approval.tab
    }

    /// The bytes to be signed.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        match &self.made {
            Made::Order(order, _) => order.to_be_signed(),
            Made::Change(change) => change.to_be_signed(),
        }
    }

    /// With the signature that the hardware gave: DER, or r‖s.
    ///
    /// # Errors
    /// [`WalletError::ApprovalUnsigned`] when it does not fit.
    pub fn signed(self, signature: &[u8]) -> Result<TabAgreed, Error> {
        const UNSIGNED: Error = Error::Wallet(WalletError::ApprovalUnsigned);
        let signature = normalise_es256(signature).map_err(|_| UNSIGNED)?;
        let made = match self.made {
            Made::Order(order, beside) => Made::Order(order.signed(signature).map_err(|_| UNSIGNED)?, beside),
            Made::Change(change) => Made::Change(change.signed(signature).map_err(|_| UNSIGNED)?),
        };
        Ok(TabAgreed { approval: self.approval, made })
    }
}

/// A proposal that was signed.
#[derive(Debug)]
pub struct TabAgreed {
    approval: TabApproval,
    made: Made<Signed<HoldOrder>, Signed<HoldChange>>,
}

/// What became of a wish to propose.
#[derive(Debug)]
pub enum TabProposed {
    /// It was confirmed before.
    Already(TabId),
    /// It has to be signed.
    ToSign(Box<TabProposal>),
}

/// The operation: makes the order of an approved draft, for a key that signs elsewhere. Stores nothing.
#[derive(Debug)]
pub struct ProposeTab {
    approval: TabApproval,
    refresh: Refresh,
}

impl ProposeTab {
    /// Acts on an approval.
    #[must_use]
    pub fn new(approval: TabApproval) -> Self {
        Self { approval, refresh: Refresh::new() }
    }
}

impl Operation for ProposeTab {
    type Output = TabProposed;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<TabProposed>, Error> {
        let time = match verifiers_time(&mut self.refresh, engine, input, now)? {
            Step::Call(call) => return Ok(Step::Call(call)),
            Step::Done(time) => time,
        };
        let approval = self.approval;
        let Some(tab) = approved(engine, &approval, time)? else {
            return Ok(Step::Done(TabProposed::Already(approval.tab)));
        };
        let key = *engine.keys().act().public();
        let made = match make(engine, &tab, time, time.plus(ORDER_LIFE).plus(APPROVAL_TIME))? {
            Made::Order(order, beside) => Made::Order(Unsigned::new(order, &key)?, beside),
            Made::Change(change) => Made::Change(Unsigned::new(change, &key)?),
        };
        Ok(Step::Done(TabProposed::ToSign(Box::new(TabProposal { approval, made }))))
    }
}

/// The operation: turns an approved draft into a stored, signed order or change. Sending it is another operation, `SendTab`.
#[derive(Debug)]
pub struct AuthoriseTab {
    approval: TabApproval,
    agreed: Option<Made<Signed<HoldOrder>, Signed<HoldChange>>>,
    refresh: Refresh,
}

impl AuthoriseTab {
    /// Acts on an approval, with the key that is here.
    #[must_use]
    pub fn new(approval: TabApproval) -> Self {
        Self { approval, agreed: None, refresh: Refresh::new() }
    }

    /// Stores what was signed elsewhere.
    #[must_use]
    pub fn agreed(agreed: TabAgreed) -> Self {
        Self { approval: agreed.approval, agreed: Some(agreed.made), refresh: Refresh::new() }
    }

    fn authorise(&mut self, engine: &mut Engine, time: Time) -> Result<TabId, Error> {
        // The same draft gives the same order, however often it is confirmed.
        let Some(tab) = approved(engine, &self.approval, time)? else { return Ok(self.approval.tab) };
        let made = match self.agreed.take() {
            Some(made) if time >= made.created().plus(APPROVAL_TIME) => return Err(VaultError::TimedOut.into()),
            Some(made) => made,
            None => match make(engine, &tab, time, time.plus(ORDER_LIFE))? {
                Made::Order(order, beside) => Made::Order(sign(engine, order)?, beside),
                Made::Change(change) => Made::Change(sign(engine, change)?),
            },
        };
        let (id, changes) = (tab.id, authorised(tab, made, time)?);
        crash::point(crash::ORDER_BEFORE_STORE);
        engine.apply(changes)?;
        crash::point(crash::ORDER_AFTER_STORE);
        Ok(id)
    }
}

impl Operation for AuthoriseTab {
    type Output = TabId;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<TabId>, Error> {
        match verifiers_time(&mut self.refresh, engine, input, now)? {
            Step::Call(call) => Ok(Step::Call(call)),
            Step::Done(time) => self.authorise(engine, time).map(Step::Done),
        }
    }
}

fn sign<T: Object>(engine: &Engine, object: T) -> Result<Signed<T>, Error> {
    let ActKey::Here(key) = engine.keys().act() else { return Err(WalletError::SignsElsewhere.into()) };
    Ok(Signed::sign(object, key)?)
}

/// A draft that is as it was shown and may be acted on; `None` when it was confirmed before.
fn approved(engine: &Engine, approval: &TabApproval, time: Time) -> Result<Option<PaidTab>, Error> {
    let tab: PaidTab = find(engine.store(), &approval.tab)?.ok_or(WalletError::TabUnknown)?;
    let Some(wish) = tab.wish else { return Ok(None) };
    engine.check_can_pay()?;
    if digest(&tab) != approval.shown {
        return Err(WalletError::NotWhatWasApproved.into());
    }
    let cap = match wish {
        TabWish::Open { cap, .. } => cap,
        TabWish::Change { cap, spend_until, claim_until } => {
            let before = changeable(&tab)?;
            let kept = cap.value() >= before.cap.value()
                && spend_until >= before.spend_until
                && claim_until >= before.claim_until
                && spend_until > time.plus(ORDER_LIFE);
            if !kept {
                return Err(WalletError::NotWhatWasApproved.into());
            }
            cap
        }
    };
    let fees = tab.fees.ok_or(WalletError::TabElsewhere)?;
    if engine.available(cap.asset())?.value() < takes(&tab, &cap, &fees)?.value() {
        return Err(WalletError::InsufficientBalance.into());
    }
    if tab.state == TabState::Draft && tab.payee.expires.is_some_and(|expires| expires <= time) {
        return Err(WalletError::RequestExpired.into());
    }
    if let Some(alias) = &tab.payee.alias {
        let contact = contacts::by_payee(engine.store(), alias, &tab.payee.key)?;
        // Blocked since the draft was made.
        contact.as_ref().map_or(Ok(()), |contact| contact.check_payable())?;
        // Pinned since the draft was made, by another payment.
        if engine.store().pin(alias)?.is_some_and(|pin| pin.payee_key != tab.payee.key) {
            return Err(WalletError::PayeeKeyChanged.into());
        }
    }
    Ok(Some(tab))
}

/// The object that is to be signed, which is made once.
fn make(engine: &mut Engine, tab: &PaidTab, time: Time, expires: Time) -> Result<Made<HoldOrder, HoldChange>, Error> {
    let id = OrderId::generate(time, engine.rng());
    let profile = engine.profile();
    let (verifier, account, device) = (profile.verifier, profile.account, profile.device);
    let (cap, lasts, grace) = match tab.wish.ok_or(WalletError::Internal)? {
        TabWish::Open { cap, lasts, grace } => (cap, lasts, grace),
        TabWish::Change { cap, spend_until, claim_until } => {
            let hold_version = changeable(tab)?.version.next();
            let hold = tab.hold.ok_or(WalletError::Internal)?;
            return Ok(Made::Change(HoldChange {
                version: V1,
                id,
                verifier,
                account,
                device,
                created: time,
                expires,
                hold,
                hold_version,
                cap,
                spend_until,
                claim_until,
            }));
        }
    };
    let disclosure = Disclosure::new(tab.details.clone().unwrap_or_default(), engine.rng());
    let binding = Binding { order: id, payee_key: tab.payee.key };
    let bundle = Bundle::seal(&disclosure, &tab.payee.hpke, &binding, engine.rng())
        .map_err(|_| Error::Wallet(WalletError::MessageTooLong))?;
    let key = Ed25519Key::generate(engine.rng());
    let spend_until = time.plus(lasts);
    let order = HoldOrder {
        version: V1,
        id,
        verifier,
        account,
        device,
        created: time,
        expires,
        fee_version: tab.fee_version,
        payee: tab.payee.handle,
        payee_key: tab.payee.key,
        cap,
        spend_until,
        claim_until: spend_until.plus(grace),
        voucher_key: *key.public(),
        reference: tab.payee.reference,
        details: disclosure.hash(),
        bundle: Some(bundle.hash()),
    };
    Ok(Made::Order(order, Beside { bundle, salt: disclosure.salt, key: VoucherKey::new(tab.id, &key) }))
}

impl Made<Signed<HoldOrder>, Signed<HoldChange>> {
    fn created(&self) -> Time {
        match self {
            Self::Order(order, _) => order.claims().created,
            Self::Change(change) => change.claims().created,
        }
    }
}

/// The changes that leave the draft.
fn authorised(
    mut tab: PaidTab,
    made: Made<Signed<HoldOrder>, Signed<HoldChange>>,
    time: Time,
) -> Result<Vec<Change>, Error> {
    let fees = tab.fees.ok_or(WalletError::Internal)?;
    let takes = |tab: &PaidTab, cap: &Amount| takes(tab, cap, &fees);
    let mut changes = Vec::new();
    match made {
        Made::Order(order, beside) => {
            let claims = order.claims();
            tab.order = Some(PendingOrder {
                id: claims.id,
                hash: order.hash(),
                signed: SignedBytes::new(order.bytes().to_vec())?,
                bundle: Some(Bytes::new(cbor::encode(&beside.bundle))?),
                created: claims.created,
                expires: claims.expires,
                cap: claims.cap,
                takes: takes(&tab, &claims.cap)?,
                held: false,
            });
            let hold = HoldId::of(&order);
            changes.push(Change::put(&HoldOf { version: V1, hold, tab: tab.id, earned: false }));
            tab.hold = Some(hold);
            tab.salt = Some(beside.salt);
            (tab.state, tab.at) = (TabState::Opening, time);
            changes.push(Change::put(&beside.key));
            changes.push(Change::Event { at: time, kind: EventKind::TabAuthorised(tab.id) });
            if let Some(alias) = tab.payee.alias.clone().filter(|_| !tab.payee.pinned) {
                changes.push(Change::Pin(AliasPin { alias, payee_key: tab.payee.key, at: time, known: None }));
            }
        }
        Made::Change(change) => {
            let claims = change.claims();
            tab.order = Some(PendingOrder {
                id: claims.id,
                hash: change.hash(),
                signed: SignedBytes::new(change.bytes().to_vec())?,
                bundle: None,
                created: claims.created,
                expires: claims.expires,
                cap: claims.cap,
                takes: takes(&tab, &claims.cap)?,
                held: false,
            });
        }
    }
    tab.wish = None;
    changes.extend(saved(&tab));
    Ok(changes)
}
