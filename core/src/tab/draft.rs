//! Prepare: what a person is asked for before a hold is placed, raised or prolonged. Nothing is signed (wire decision 10).
//!
//! ```text
//! Start ─▶ Refreshing ─▶ Looking (offer or alias) ─▶ [Pulling, when the balance looks too low] ─▶ Draft stored
//! ```

use super::offer::{LookOffer, genuine};
use super::record::{PaidTab, TabId, TabState, TabWish, dropped, find, saved};
use crate::contacts;
use crate::crash;
use crate::devices::limits;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::payment::draft::check_amount;
use crate::payment::{Look, Looked, Target, Trustworthiness, Warning};
use crate::store::{Change, PayeeRecord};
use crate::sync::{PullEntries, Refresh};
use farthing_protocol::alias::{Alias, AliasRecord};
use farthing_protocol::cbor::{self, V1};
use farthing_protocol::cose::{SignedBytes, Verified};
use farthing_protocol::details::{Details, Memo, Name};
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::id::{AccountId, Digest};
use farthing_protocol::limits::{CLAIM_GRACE_MAX, CLAIM_GRACE_MIN, HOLD_SPEND_MAX, ORDER_LIFE_MAX};
use farthing_protocol::money::Amount;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::{HoldOffer, OfferTerms, offer_reference, reserve};
use farthing_protocol::time::{Moment, Span, Time};

/// For whom a hold is placed.
#[derive(Clone, Debug)]
pub enum TabTarget {
    /// An offer, by its link.
    Link(Pointer),
    /// An offer that a contact sent, and the contact.
    Sent(SignedBytes, AccountId),
    /// A reusable alias, without an offer.
    Alias(Alias),
}

/// What the payer wants; what is left out is as the offer suggests.
#[derive(Clone, Debug, Default)]
pub struct TabTerms {
    /// The most that the payee gets in all; needed without an offer.
    pub cap: Option<Amount>,
    /// For how long it is spent from; a day without an offer.
    pub lasts: Option<Span>,
    /// How long the payee may claim after that; as long as it needs at least, a day without an offer.
    pub grace: Option<Span>,
    /// What we write to the payee.
    pub memo: Option<Memo>,
}

/// What a person must see before it is asked, and what its yes covers.
#[derive(Clone, Debug)]
pub struct TabDraft {
    /// The tab that it would become, or change.
    pub id: TabId,
    /// It changes a tab that is there.
    pub changes: bool,
    /// How sure we are of the payee.
    pub trust: Trustworthiness,
    /// What the payee calls itself; show it as such.
    pub payee_name: Option<Name>,
    /// The contact that is paid, by our own name.
    pub contact: Option<Name>,
    /// The alias that is paid.
    pub alias: Option<Alias>,
    /// Price, unit and what else the offer says.
    pub terms: Option<OfferTerms>,
    /// The most that the payee gets in all.
    pub cap: Amount,
    /// The most that comes on top.
    pub fee: Amount,
    /// What is set aside by this: cap and fee, or so much more than before.
    pub total: Amount,
    /// For how long it is spent from, from the person's yes on; of a change, from now on.
    pub lasts: Span,
    /// How long the payee may claim after that.
    pub grace: Span,
    /// What the offer says.
    pub offer_memo: Option<Memo>,
    /// What we write to the payee.
    pub memo: Option<Memo>,
    /// When the offer expires.
    pub expires: Option<Time>,
    /// What to notice.
    pub warnings: Vec<Warning>,
    /// Stands for all of the above: an approval names it.
    pub digest: Digest,
}

impl TabDraft {
    /// The draft that a stored tab is, or has.
    ///
    /// # Errors
    /// [`WalletError::NotADraft`] when there is nothing to be decided.
    pub fn of(engine: &Engine, tab: &PaidTab, now: Moment) -> Result<Self, Error> {
        let wish = tab.wish.ok_or(WalletError::NotADraft)?;
        let time = engine.time_or_wall(now);
        let (cap, lasts, grace) = match wish {
            TabWish::Open { cap, lasts, grace } => (cap, lasts, grace),
            TabWish::Change { cap, spend_until, claim_until } => {
                (cap, spend_until.since(time), claim_until.since(spend_until))
            }
        };
        let contact = match &tab.payee.alias {
            Some(alias) => contacts::by_payee(engine.store(), alias, &tab.payee.key)?,
            None => tab.contact.map(|account| contacts::by_account(engine.store(), &account)).transpose()?.flatten(),
        };
        let trust = Trustworthiness::of(&tab.payee, contact.as_ref());
        let offer = tab.offer.as_ref().map(|bytes| genuine(bytes.as_slice())).transpose()?;
        let fees = tab.fees.ok_or(WalletError::TabElsewhere)?;
        // Whoever changes a tab has accepted its offer.
        let expires = tab.payee.expires.filter(|_| tab.state == TabState::Draft);
        Ok(Self {
            id: tab.id,
            changes: matches!(wish, TabWish::Change { .. }),
            trust,
            payee_name: tab.payee.name.clone(),
            contact: contact.map(|contact| contact.name),
            alias: tab.payee.alias.clone(),
            terms: offer.as_ref().map(|offer| offer.terms.clone()),
            cap,
            fee: fees.fee(&cap)?,
            total: takes(tab, &cap, &fees)?,
            lasts,
            grace,
            offer_memo: offer.as_ref().and_then(|offer| offer.memo.clone()),
            memo: tab.details.as_ref().and_then(|details| details.memo.clone()),
            expires,
            warnings: Warning::of(trust, expires, engine.time(now)),
            digest: digest(tab),
        })
    }
}

/// What an approval covers: all of a tab but what goes on meanwhile.
pub(super) fn digest(tab: &PaidTab) -> Digest {
    let none = Amount::zero(tab.total.asset());
    let still = PaidTab {
        order: None,
        close: None,
        standing: None,
        total: none,
        ceiling: none,
        code: None,
        contact: None,
        state: TabState::Draft,
        ..tab.clone()
    };
    Digest::of_parts(&[b"farthing/1/tab-draft", &cbor::encode(&still)])
}

/// What a cap takes from what can be spent, beside what is set aside already.
pub(super) fn takes(tab: &PaidTab, cap: &Amount, fees: &Terms) -> Result<Amount, Error> {
    let all = reserve(cap, fees)?;
    Ok(tab.standing.as_ref().map_or(Ok(all), |standing| all.checked_sub(&standing.reserved))?)
}

#[derive(Debug)]
enum Stage {
    Refreshing(Refresh),
    Offer(LookOffer),
    Alias(Look),
    Pulling(PullEntries, Box<PaidTab>),
}

/// The operation. Ends with the id of a stored draft.
#[derive(Debug)]
pub struct PrepareTab {
    target: TabTarget,
    terms: TabTerms,
    stage: Stage,
}

impl PrepareTab {
    /// Prepares a tab with `target`.
    #[must_use]
    pub fn new(target: TabTarget, terms: TabTerms) -> Self {
        Self { target, terms, stage: Stage::Refreshing(Refresh::new()) }
    }

    fn look(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<TabId>, Error> {
        engine.check_can_pay()?;
        match &self.target {
            TabTarget::Sent(bytes, from) => {
                let (offer, from) = (genuine(bytes.as_slice())?, *from);
                let contact = contacts::by_account(engine.store(), &from)?;
                contact.as_ref().map_or(Ok(()), |contact| contact.check_payable())?;
                self.offered(engine, &offer, Some(from), now)
            }
            TabTarget::Link(pointer) => {
                let mut look = LookOffer::new(pointer.clone());
                let step = look.advance(engine, Input::Start, now)?;
                self.stage = Stage::Offer(look);
                call_of(step)
            }
            TabTarget::Alias(alias) if *alias == engine.profile().alias => Err(WalletError::OwnRequest.into()),
            TabTarget::Alias(alias) => {
                let mut look = Look::new(Target::Alias(alias.clone()));
                let step = look.advance(engine, Input::Start, now)?;
                self.stage = Stage::Alias(look);
                call_of(step)
            }
        }
    }

    fn offered(
        &mut self,
        engine: &mut Engine,
        offer: &Verified<HoldOffer>,
        from: Option<AccountId>,
        now: Moment,
    ) -> Result<Step<TabId>, Error> {
        let time = engine.time(now).ok_or(WalletError::Internal)?;
        let key = offer.payee.payee_key_hash();
        if engine.store().handle_by_payee_key(&key)?.is_some() {
            return Err(WalletError::OwnRequest.into());
        }
        if offer.verifier != engine.profile().verifier {
            return Err(WalletError::ForeignRequest.into());
        }
        if offer.expires <= time {
            return Err(WalletError::RequestExpired.into());
        }
        let cap = self.terms.cap.unwrap_or(offer.terms.cap);
        if cap.asset() != offer.terms.price.asset() || cap.value() < offer.terms.price.value() {
            return Err(WalletError::TabTerms.into());
        }
        if offer
            .terms
            .meter
            .is_some_and(|meter| meter.price_of(&offer.terms.price, meter.quantum).value() > cap.value())
        {
            return Err(WalletError::TabTerms.into());
        }
        let grace = self.terms.grace.unwrap_or(offer.terms.grace);
        if grace < offer.terms.grace {
            return Err(WalletError::TabTerms.into());
        }
        let payee = PayeeRecord {
            handle: offer.handle,
            key,
            hpke: offer.hpke,
            // As of a request: what is offered again and again is for an alias, whose orders have no reference.
            reference: (offer.usage == Usage::Single).then(|| offer_reference(offer.signed())),
            alias: None,
            name: offer.payee_name.clone(),
            pinned: false,
            expires: Some(offer.expires),
        };
        let wish = TabWish::Open { cap, lasts: self.terms.lasts.unwrap_or(offer.terms.lasts), grace };
        let bytes = SignedBytes::new(offer.bytes().to_vec())?;
        self.draft(engine, payee, wish, Some(bytes), from, now)
    }

    fn known(
        &mut self,
        engine: &mut Engine,
        record: &Verified<AliasRecord>,
        known: bool,
        now: Moment,
    ) -> Result<Step<TabId>, Error> {
        let key = record.payee.payee_key_hash();
        let contact = contacts::by_payee(engine.store(), &record.alias, &key)?;
        contact.as_ref().map_or(Ok(()), |contact| contact.check_payable())?;
        let payee = PayeeRecord {
            handle: record.alias.handle(),
            key,
            hpke: record.hpke,
            reference: None,
            alias: Some(record.alias.clone()),
            name: None,
            pinned: known,
            expires: None,
        };
        let wish = TabWish::Open {
            cap: self.terms.cap.ok_or(WalletError::AmountNeeded)?,
            lasts: self.terms.lasts.unwrap_or(DAY),
            grace: self.terms.grace.unwrap_or(CLAIM_GRACE_MIN),
        };
        self.draft(engine, payee, wish, None, contact.map(|contact| contact.account), now)
    }

    fn draft(
        &mut self,
        engine: &mut Engine,
        payee: PayeeRecord,
        wish: TabWish,
        offer: Option<SignedBytes>,
        contact: Option<AccountId>,
        now: Moment,
    ) -> Result<Step<TabId>, Error> {
        let time = engine.time(now).ok_or(WalletError::Internal)?;
        let TabWish::Open { cap, lasts, grace } = wish else { return Err(WalletError::Internal.into()) };
        check_times(lasts, grace)?;
        let cap = check_amount(engine, cap)?;
        // The verifier would refuse it; a person is told before anything is signed.
        limits::check(engine, &payee.handle, &cap, &cap, time)?;
        let schedule = engine.trust().ok_or(WalletError::Internal)?.fees();
        let (fee_version, fees) =
            (schedule.fee_version, schedule.terms.iter().find(|t| t.asset == cap.asset()).copied());
        let none = Amount::zero(cap.asset());
        let memo = self.terms.memo.clone();
        let tab = PaidTab {
            version: V1,
            id: TabId::generate(time, engine.rng()),
            state: TabState::Draft,
            payee,
            wish: Some(wish),
            offer,
            details: Some(Details { memo, items: None, payer: engine.profile().name.clone() }),
            salt: None,
            fee_version,
            fees,
            hold: None,
            order: None,
            close: None,
            standing: None,
            total: none,
            ceiling: none,
            at: time,
            code: None,
            contact,
            device: None,
            lost: None,
        };
        if enough(engine, &tab)? {
            return store(engine, &tab).map(Step::Done);
        }
        // Perhaps we were paid meanwhile.
        let mut pull = PullEntries::new();
        let step = pull.advance(engine, Input::Start, now)?;
        self.stage = Stage::Pulling(pull, Box::new(tab));
        call_of(step)
    }
}

/// For how long a tab without an offer is spent from, unless its payer says.
const DAY: Span = Span::from_h(24);

fn call_of<T, O>(step: Step<T>) -> Result<Step<O>, Error> {
    match step {
        Step::Call(call) => Ok(Step::Call(call)),
        Step::Done(_) => Err(WalletError::Internal.into()),
    }
}

fn check_times(lasts: Span, grace: Span) -> Result<(), Error> {
    let fits =
        lasts > ORDER_LIFE_MAX && lasts <= HOLD_SPEND_MAX && (CLAIM_GRACE_MIN..=CLAIM_GRACE_MAX).contains(&grace);
    if fits { Ok(()) } else { Err(WalletError::TabTerms.into()) }
}

pub(super) fn enough(engine: &Engine, tab: &PaidTab) -> Result<bool, Error> {
    let (Some(TabWish::Open { cap, .. } | TabWish::Change { cap, .. }), Some(fees)) = (tab.wish, tab.fees) else {
        return Err(WalletError::Internal.into());
    };
    Ok(engine.available(cap.asset())?.value() >= takes(tab, &cap, &fees)?.value())
}

pub(super) fn store(engine: &mut Engine, tab: &PaidTab) -> Result<TabId, Error> {
    crash::point(crash::DRAFT_BEFORE_STORE);
    engine.apply(Vec::from(saved(tab)))?;
    crash::point(crash::DRAFT_AFTER_STORE);
    Ok(tab.id)
}

impl Operation for PrepareTab {
    type Output = TabId;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<TabId>, Error> {
        match &mut self.stage {
            Stage::Refreshing(refresh) => match refresh.advance(engine, input, now)? {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(()) => self.look(engine, now),
            },
            Stage::Offer(look) => match look.advance(engine, input, now)? {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(offer) => self.offered(engine, &offer, None, now),
            },
            Stage::Alias(look) => match look.advance(engine, input, now)? {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(Looked::Alias { record, known }) => self.known(engine, &record, known, now),
                Step::Done(Looked::Request(_)) => Err(WalletError::Internal.into()),
            },
            Stage::Pulling(pull, tab) => match pull.advance(engine, input, now)? {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(_) if enough(engine, tab)? => store(engine, tab).map(Step::Done),
                Step::Done(_) => Err(WalletError::InsufficientBalance.into()),
            },
        }
    }
}

/// Forgets what a person has not confirmed: the draft of a tab, or of a change.
///
/// # Errors
/// [`WalletError::TabUnknown`], [`WalletError::NotADraft`].
pub fn discard(engine: &mut Engine, id: &TabId) -> Result<(), Error> {
    let tab: PaidTab = find(engine.store(), id)?.ok_or(WalletError::TabUnknown)?;
    match (tab.state, tab.wish) {
        (TabState::Draft, _) => engine.apply(vec![dropped(&tab)]),
        (_, Some(_)) => engine.apply(Vec::from(saved(&PaidTab { wish: None, ..tab }))),
        (_, None) => Err(WalletError::NotADraft.into()),
    }
}

/// Drops drafts that nobody confirmed since `before`.
///
/// # Errors
/// What the store says.
pub(crate) fn forget_old(engine: &mut Engine, before: Time) -> Result<(), Error> {
    let old: Vec<PaidTab> = super::record::live(engine.store())?;
    let old = old.iter().filter(|tab| tab.state == TabState::Draft && tab.at < before);
    let changes: Vec<Change> = old.map(dropped).collect();
    if changes.is_empty() { Ok(()) } else { engine.apply(changes) }
}
