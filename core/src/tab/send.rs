//! Posts what a payer has signed and stored about a tab: the hold's order, a change, a closing. Believes only a signed answer.
//! Also what resumes them: the same bytes again are always answered alike.

use super::entry::held;
use super::receipts::VoucherKey;
use super::record::{PaidTab, TabId, TabState, find, saved};
use crate::crash;
use crate::devices::revoked;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::messaging::PendingAct;
use crate::payment::authorise::verifiers_time;
use crate::payment::{refusal_of, reply_of};
use crate::store::{AliasPin, Change, Cursor, ProfileState};
use crate::sync::{Certify, Refresh, header, problem_of};
use farthing_protocol::cbor::Yes;
use farthing_protocol::code::{ProblemCode, RefusalCode};
use farthing_protocol::cose::{Object, Signed, Verified};
use farthing_protocol::http::{Call, MEDIA_COSE, MEDIA_ORDER, OrderBody, Reply};
use farthing_protocol::id::Digest;
use farthing_protocol::key::Kid;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::tab::{HoldChange, HoldClose, HoldOrder, HoldReceipt};
use farthing_protocol::time::{Moment, Span};

/// How what was sent about a tab stands.
#[derive(Clone, Debug, PartialEq)]
pub enum TabOutcome {
    /// A receipt proves it.
    Done(TabId),
    /// A signed refusal ended it.
    Refused {
        /// The tab.
        tab: TabId,
        /// Why.
        error: Error,
    },
    /// Not known yet; it is stored, and finished by `sync`.
    Unknown {
        /// The tab.
        tab: TabId,
        /// What stood in the way.
        because: Error,
    },
}

/// A session act that was made longer ago is made anew: the verifier takes none that is older than a day.
pub(super) const ACT_LIFE: Span = Span::from_h(12);

#[derive(Debug)]
enum Stage {
    Idle,
    Posting,
    /// The answer names a key that we do not know: ask for the verifier's certificates, then read it again.
    Certifying(Certify),
}

/// The operation.
#[derive(Debug)]
pub struct SendTab {
    tab: TabId,
    /// The hash of what is on its way.
    sent: Option<Digest>,
    stage: Stage,
}

impl SendTab {
    /// Sends what waits of this tab: its order or change, then its closing.
    #[must_use]
    pub const fn new(tab: TabId) -> Self {
        Self { tab, sent: None, stage: Stage::Idle }
    }

    fn post(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<TabOutcome>, Error> {
        let tab = self.tab(engine)?;
        if let Some(order) = &tab.order {
            let expired = engine.time(now).is_some_and(|time| order.expires <= time);
            if order.held && !expired {
                return Ok(Step::Done(TabOutcome::Unknown {
                    tab: tab.id,
                    because: WalletError::OtherCopyInUse.into(),
                }));
            }
            self.sent = Some(order.hash);
            self.stage = Stage::Posting;
            return Ok(Step::Call(match &order.bundle {
                Some(_) => {
                    let body =
                        OrderBody { order: order.signed.clone(), bundle: order.bundle.clone(), code: None }.encode();
                    Call::post("/v1/holds", MEDIA_ORDER, body)
                }
                None => Call::post("/v1/holds/changes", MEDIA_COSE, order.signed.as_slice().to_vec()),
            }));
        }
        match tab.closing() {
            Some(act) if engine.time(now).is_some_and(|time| time.since(act.created) >= ACT_LIFE) => {
                // Too old to be taken. Another one does the same, and whichever comes second changes nothing.
                store_close(engine, tab, now)?;
                self.post(engine, now)
            }
            Some(act) => {
                let act = Signed::<HoldClose>::parse(act.signed.as_slice())?;
                self.sent = Some(act.hash());
                self.stage = Stage::Posting;
                Ok(Step::Call(Call::post("/v1/holds/closes", MEDIA_COSE, act.bytes().to_vec())))
            }
            None => Ok(Step::Done(ended(&tab)?)),
        }
    }

    fn tab(&self, engine: &Engine) -> Result<PaidTab, Error> {
        Ok(find(engine.store(), &self.tab)?.ok_or(WalletError::TabUnknown)?)
    }

    /// Keeps what is pending, and notes what stood in the way.
    fn undecided(&self, engine: &mut Engine, because: Error) -> Result<Step<TabOutcome>, Error> {
        let mut tab = self.tab(engine)?;
        let lost = matches!(because, Error::Problem { code: ProblemCode::BeforeEpoch, .. });
        let opened = engine.trust().map(|trust| (trust.epoch_opened(), trust.highest().0));
        // The problem is not signed, but when the epoch opened is: what is younger is never given up for it.
        if let (true, Some((opened, epoch)), Some(order)) = (lost, opened, &tab.order)
            && order.created < opened
        {
            tab.order = None;
            tab.code = Some(because.code());
            if tab.state == TabState::Opening {
                (tab.state, tab.lost) = (TabState::Lost, Some(epoch));
            }
            let mut changes = Vec::from(saved(&tab));
            changes.push(Change::Event { at: opened, kind: EventKind::TabLost(tab.id) });
            engine.apply(changes)?;
        } else if tab.code != Some(because.code()) {
            tab.code = Some(because.code());
            engine.apply(Vec::from(saved(&tab)))?;
        }
        Ok(Step::Done(TabOutcome::Unknown { tab: self.tab, because }))
    }

    fn read(&mut self, engine: &mut Engine, reply: Reply, first: bool, now: Moment) -> Result<Step<TabOutcome>, Error> {
        if let Some(problem) = problem_of(&reply) {
            return self.undecided(engine, problem.into());
        }
        let Some(answer) = TabAnswer::<HoldReceipt>::parse(&reply.body) else {
            return self.undecided(engine, WalletError::VerifierMisbehaved.into());
        };
        if first && Certify::is_needed(engine, answer.kid()) {
            let (certify, call) = Certify::begin(engine, reply, now)?;
            self.stage = Stage::Certifying(certify);
            return Ok(Step::Call(call));
        }
        crash::point(crash::TAB_BEFORE_STORE);
        let believed = self.believe(engine, &answer);
        crash::point(crash::TAB_AFTER_STORE);
        match believed {
            Ok(Answered::GoesOn) => self.post(engine, now),
            Ok(Answered::NotClosed) => Ok(Step::Done(ended(&self.tab(engine)?)?)),
            Err(error @ Error::Wallet(WalletError::VerifierMisbehaved | WalletError::TabBusy)) => {
                self.undecided(engine, error)
            }
            Err(error) => Err(error),
        }
    }

    /// Checks a signed answer against what was sent, and takes it over.
    fn believe(&self, engine: &mut Engine, answer: &TabAnswer<HoldReceipt>) -> Result<Answered, Error> {
        let sent = self.sent.ok_or(WalletError::Internal)?;
        let tab = self.tab(engine)?;
        let order = tab.order.as_ref().is_some_and(|order| order.hash == sent);
        let close = tab.closing().map(|act| Signed::<HoldClose>::parse(act.signed.as_slice())).transpose()?;
        let close = close.is_some_and(|close| close.hash() == sent);
        if !order && !close {
            // The entries were faster.
            return Ok(Answered::GoesOn);
        }
        let trust = engine.trust().ok_or(WalletError::Internal)?;
        match answer {
            TabAnswer::Receipt(receipt) => {
                let receipt = trust.verify_placed::<HoldReceipt>(receipt.bytes())?;
                // A hold that was closed before answers with what closed it. What is not closed would raise what nobody asked for.
                let answers = if close {
                    receipt.closed.is_some()
                } else {
                    receipt.cause == sent && self.is_asked(&tab, &receipt)
                };
                let fits = receipt.hold == tab.hold.ok_or(WalletError::Internal)? && answers;
                if !fits || !trust.lineage().has(receipt.epoch, receipt.seq) {
                    return Err(WalletError::VerifierMisbehaved.into());
                }
                let known = known_now(engine, &tab)?;
                let is_unread = engine.store().cursor()? < Cursor { epoch: receipt.epoch, seq: receipt.seq };
                let mut changes = match held(tab.clone(), &receipt, None) {
                    Ok(Some(changes)) => changes,
                    // Between lies perhaps another device's change, which the entries tell of first.
                    Err(Error::Wallet(WalletError::VerifierMisbehaved)) if close && is_unread => {
                        return Err(WalletError::TabBusy.into());
                    }
                    Err(error) => return Err(error),
                    // An older closing, of what is open by its newest receipt.
                    Ok(None) if close => return Err(WalletError::VerifierMisbehaved.into()),
                    Ok(None) => Vec::from(saved(&PaidTab { order: None, ..tab })),
                };
                changes.extend(known);
                engine.apply(changes)?;
                Ok(Answered::GoesOn)
            }
            TabAnswer::Refusal(refusal) => {
                let refusal: Verified<Refusal> = trust.verify(refusal.bytes())?;
                if refusal.order != sent {
                    return Err(WalletError::VerifierMisbehaved.into());
                }
                refused(engine, tab, order, &refusal)?;
                Ok(if close { Answered::NotClosed } else { Answered::GoesOn })
            }
        }
    }

    /// Whether a hold is as it was ordered.
    fn is_asked(&self, tab: &PaidTab, receipt: &HoldReceipt) -> bool {
        let Some(bytes) = tab.order.as_ref().map(|order| order.signed.as_slice()) else { return false };
        if let Ok(order) = Signed::<HoldOrder>::parse(bytes) {
            let order = order.claims();
            return order.payee_key == receipt.payee_key
                && order.voucher_key == receipt.voucher_key
                && order.bounds() == receipt.bounds()
                && order.reference == receipt.reference
                && order.details == receipt.details;
        }
        let change = Signed::<HoldChange>::parse(bytes);
        change.is_ok_and(|change| change.claims().bounds() == receipt.bounds())
    }
}

/// An alias is known once a hold for the key that is pinned for it was placed.
fn known_now(engine: &Engine, tab: &PaidTab) -> Result<Option<Change>, Error> {
    let Some(alias) = &tab.payee.alias else { return Ok(None) };
    let pin = engine.store().pin(alias)?.filter(|pin| pin.payee_key == tab.payee.key && pin.known.is_none());
    Ok(pin.map(|pin| Change::Pin(AliasPin { known: Some(Yes), ..pin })))
}

fn refused(engine: &mut Engine, mut tab: PaidTab, of_order: bool, refusal: &Verified<Refusal>) -> Result<(), Error> {
    let code = RefusalCode::from_number(refusal.code);
    if let (Some(RefusalCode::FeeChanged), Some(fees), Some(mut trust)) =
        (code, &refusal.attachment, engine.trust().cloned())
    {
        // The next draft is made with them.
        trust.take_fees(fees.as_slice())?;
        engine.set_trust(trust);
    }
    let mut changes = Vec::new();
    // A closing that is refused stays: the hold has ended, or is lost, which the entries or the next epoch tell, and no voucher is
    // signed until then.
    if of_order {
        tab.order = None;
        if tab.state == TabState::Opening {
            tab.state = TabState::Refused;
            changes.push(Change::forget::<VoucherKey>(tab.id.as_bytes()));
        }
    } else if tab.code == Some(refusal.code) {
        // Said before.
        return Ok(());
    }
    tab.code = Some(refusal.code);
    changes.extend(saved(&tab));
    changes.push(Change::Event { at: refusal.time, kind: EventKind::TabRefused(tab.id, refusal.code) });
    if code == Some(RefusalCode::DeviceRevoked) && engine.profile().state != ProfileState::Revoked {
        changes.extend(revoked(engine, refusal.time));
    }
    engine.apply(changes)
}

/// How what was sent goes on after a signed answer.
enum Answered {
    /// With what waits next.
    GoesOn,
    /// Not now: the closing was refused.
    NotClosed,
}

/// How a tab of which nothing waits, or whose closing was refused, came out.
fn ended(tab: &PaidTab) -> Result<TabOutcome, Error> {
    Ok(match (tab.state, tab.code) {
        (TabState::Draft, _) => return Err(WalletError::NotADraft.into()),
        (TabState::Lost, _) => TabOutcome::Unknown { tab: tab.id, because: WalletError::HistoryLost.into() },
        (_, Some(code)) if (100..200).contains(&code) => {
            TabOutcome::Refused { tab: tab.id, error: refusal_of(code, None) }
        }
        _ => TabOutcome::Done(tab.id),
    })
}

/// The outcome of what was confirmed about a tab; `None` while it is not known.
///
/// # Errors
/// [`WalletError::TabUnknown`].
pub(crate) fn outcome_of(engine: &Engine, id: &TabId) -> Result<Option<TabOutcome>, Error> {
    let tab: PaidTab = find(engine.store(), id)?.ok_or(WalletError::TabUnknown)?;
    if tab.order.is_some() || tab.closing().is_some() { Ok(None) } else { ended(&tab).map(Some) }
}

/// A signed answer about a tab: final, either way.
#[derive(Clone, Debug)]
pub(crate) enum TabAnswer<T> {
    /// It was applied.
    Receipt(Signed<T>),
    /// It was refused.
    Refusal(Signed<Refusal>),
}

impl<T: Object> TabAnswer<T> {
    /// Reads either object: their members differ, so at most one of them parses.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        match Signed::<T>::parse(bytes) {
            Ok(receipt) => Some(Self::Receipt(receipt)),
            Err(_) => Signed::<Refusal>::parse(bytes).ok().map(Self::Refusal),
        }
    }

    pub(crate) const fn kid(&self) -> Kid {
        match self {
            Self::Receipt(receipt) => receipt.kid(),
            Self::Refusal(refusal) => refusal.kid(),
        }
    }
}

impl Operation for SendTab {
    type Output = TabOutcome;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<TabOutcome>, Error> {
        match core::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Idle => self.post(engine, now),
            Stage::Posting => match reply_of(input)? {
                Ok(reply) => self.read(engine, reply, true, now),
                Err(error) => self.undecided(engine, error.into()),
            },
            Stage::Certifying(certify) => match certify.hear(engine, reply_of(input)?, now) {
                Ok(reply) => self.read(engine, reply, false, now),
                Err(error) => self.undecided(engine, error),
            },
        }
    }
}

/// The operation: stores a closing, so that no voucher is signed from then on. Sending it is [`SendTab`].
#[derive(Debug)]
pub struct CloseTab {
    tab: TabId,
    refresh: Refresh,
}

impl CloseTab {
    /// Closes `tab`.
    #[must_use]
    pub fn new(tab: TabId) -> Self {
        Self { tab, refresh: Refresh::new() }
    }
}

impl Operation for CloseTab {
    type Output = TabId;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<TabId>, Error> {
        let step = verifiers_time(&mut self.refresh, engine, input, now)?;
        if let Step::Call(call) = step {
            return Ok(Step::Call(call));
        }
        let tab: PaidTab = find(engine.store(), &self.tab)?.ok_or(WalletError::TabUnknown)?;
        match (tab.state, &tab.close) {
            (TabState::Closed, _) => return Ok(Step::Done(tab.id)),
            (TabState::Open, Some(act)) if engine.time_or_wall(now).since(act.created) < ACT_LIFE => {
                return Ok(Step::Done(tab.id));
            }
            (TabState::Open, _) => {}
            _ => return Err(WalletError::TabNotOpen.into()),
        }
        let id = tab.id;
        store_close(engine, tab, now)?;
        crash::point(crash::CLOSE_AFTER_STORE);
        Ok(Step::Done(id))
    }
}

/// Signs a closing, and stores it.
fn store_close(engine: &mut Engine, tab: PaidTab, now: Moment) -> Result<(), Error> {
    let hold = tab.hold.ok_or(WalletError::Internal)?;
    let header = header(engine, now)?;
    let close = Signed::sign(HoldClose::new(header, hold), engine.keys().session())?;
    let total = engine.total_of(&tab);
    let tab = PaidTab { close: Some(PendingAct::new(&close)?), wish: None, code: None, total, ..tab };
    engine.apply(Vec::from(saved(&tab)))
}
