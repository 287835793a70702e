//! Claims: the payee asks for what vouchers are good for, many tabs in one call; and lets go of the rest.
//!
//! | stored | the verifier | at the next `sync` |
//! |---|---|---|
//! | voucher | knows nothing | claimed when the tab is closed, or half of its grace is over |
//! | voucher, claim | perhaps has applied it | the same claim is sent, and answered alike; after half a day another one, which moves nothing twice |
//! | release | perhaps has applied it | the same release is sent; no voucher is taken meanwhile |
//!
//! An answer counts when it goes on from what is known. Another one, by another device's claim or after one, waits until the entries
//! have told of what lies between.

use super::earned::credited;
use super::here::check_here;
use super::receipts::TabReceipt;
use super::record::{EarnedTab, TabId, TabState, find, live, saved};
use super::send::{ACT_LIFE, TabAnswer};
use super::standing::half_of_grace;
use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::messaging::PendingAct;
use crate::payment::authorise::verifiers_time;
use crate::payment::{refusal_of, reply_of};
use crate::store::{self, Change};
use crate::sync::{Certify, Refresh, header, problem_of};
use farthing_protocol::cbor::Bytes;
use farthing_protocol::code::{RefusalCode, TabRefusalCode};
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::{Call, ClaimOutcome, ClaimOutcomes, ClaimsBody, MEDIA_CBOR, MEDIA_COSE, Reply};
use farthing_protocol::id::Digest;
use farthing_protocol::key::Kid;
use farthing_protocol::limits::CLAIMS_PER_CALL;
use farthing_protocol::money::Amount;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::tab::{Claim, ClaimReceipt, HoldRelease};
use farthing_protocol::time::{Moment, Time};
use std::collections::VecDeque;

const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);

/// What is to be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimable {
    /// What should not wait: of tabs that are closed, or whose grace is half over; and claims without an answer.
    Due,
    /// All that there is.
    All,
    /// One tab's.
    Tab(TabId),
}

/// What was claimed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claimed {
    /// Tabs from which something came.
    pub tabs: Vec<TabId>,
    /// Tabs whose claim was refused, and why.
    pub refused: Vec<(TabId, Error)>,
    /// Claims that were not decided, or of whose answer the entries have not told yet; they are stored, and sent again by `sync`.
    pub waiting: u64,
}

#[derive(Debug)]
struct Sent {
    tab: TabId,
    hash: Digest,
    total: Amount,
}

#[derive(Debug)]
enum Stage {
    Refreshing(Refresh),
    Posting,
    Certifying(Certify),
}

/// The operation.
#[derive(Debug)]
pub struct ClaimTabs {
    which: Claimable,
    stage: Stage,
    queue: VecDeque<TabId>,
    sent: Vec<Sent>,
    claimed: Claimed,
    /// An answer did not hold: said when all others were heard.
    misbehaved: bool,
}

impl ClaimTabs {
    /// Claims these.
    #[must_use]
    pub fn new(which: Claimable) -> Self {
        let (queue, sent, claimed) = (VecDeque::new(), Vec::new(), Claimed::default());
        Self { which, stage: Stage::Refreshing(Refresh::new()), queue, sent, claimed, misbehaved: false }
    }

    fn begin(&mut self, engine: &mut Engine, time: Time, now: Moment) -> Result<Step<Claimed>, Error> {
        if let Claimable::Tab(id) = self.which {
            find::<EarnedTab>(engine.store(), &id)?.ok_or(WalletError::TabUnknown)?;
        }
        for tab in live::<EarnedTab>(engine.store())? {
            let wanted = match self.which {
                Claimable::Due => is_due(&tab, time)?,
                Claimable::All => true,
                Claimable::Tab(id) => tab.id == id,
            };
            if wanted && (tab.claim.is_some() || !tab.unclaimed().is_zero()) {
                self.queue.push_back(tab.id);
            }
        }
        self.next(engine, now)
    }

    /// Signs and stores the next claims, and sends them together.
    fn next(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<Claimed>, Error> {
        let (mut claims, mut changes) = (Vec::new(), Vec::new());
        self.sent.clear();
        while claims.len() < CLAIMS_PER_CALL {
            let Some(id) = self.queue.pop_front() else { break };
            let Some(tab) = find::<EarnedTab>(engine.store(), &id)?.filter(|tab| !tab.state.is_over()) else {
                continue;
            };
            let act = match tab.claim.clone().filter(|act| engine.time_or_wall(now).since(act.created) < ACT_LIFE) {
                Some(act) => act,
                None if tab.unclaimed().is_zero() => {
                    // Forgotten by the verifier's journal, and counted since by its entry.
                    changes.extend(saved(&EarnedTab { claim: None, ..tab }));
                    continue;
                }
                None => {
                    // Without a voucher nothing is unclaimed.
                    let Some(voucher) = &tab.voucher else { continue };
                    let header = header(engine, now)?;
                    let claim = Claim::new(header, Bytes::new(voucher.as_slice().to_vec())?, tab.covered());
                    let act = PendingAct::new(&Signed::sign(claim, engine.keys().session())?)?;
                    changes.extend(saved(&EarnedTab { claim: Some(act.clone()), ..tab }));
                    act
                }
            };
            let claim = Signed::<Claim>::parse(act.signed.as_slice())?;
            self.sent.push(Sent { tab: id, hash: claim.hash(), total: claim.claims().total });
            claims.push(act.signed);
        }
        if !changes.is_empty() {
            engine.apply(changes)?;
        }
        if claims.is_empty() {
            let claimed = core::mem::take(&mut self.claimed);
            return if self.misbehaved { Err(MISBEHAVED) } else { Ok(Step::Done(claimed)) };
        }
        crash::point(crash::TAB_CLAIM_AFTER_STORE);
        self.stage = Stage::Posting;
        Ok(Step::Call(Call::post("/v1/holds/claims", MEDIA_CBOR, ClaimsBody { claims }.encode())))
    }

    fn read(&mut self, engine: &mut Engine, reply: Reply, first: bool, now: Moment) -> Result<Step<Claimed>, Error> {
        if let Some(problem) = problem_of(&reply) {
            return Err(problem.into());
        }
        let outcomes = ClaimOutcomes::decode(&reply.body).map_err(|_| MISBEHAVED)?.outcomes;
        if outcomes.len() != self.sent.len() {
            return Err(MISBEHAVED);
        }
        if first && outcomes.iter().filter_map(signer).any(|kid| Certify::is_needed(engine, kid)) {
            let (certify, call) = Certify::begin(engine, reply, now)?;
            self.stage = Stage::Certifying(certify);
            return Ok(Step::Call(call));
        }
        crash::point(crash::TAB_CLAIM_AFTER_ANSWER);
        let mut changes = Vec::new();
        for (sent, outcome) in core::mem::take(&mut self.sent).into_iter().zip(outcomes) {
            match self.believe(engine, &sent, &outcome) {
                Ok(more) => changes.extend(more),
                // One claim's trouble does not hold up the others, those of later calls among them.
                Err(Error::Wallet(WalletError::VerifierMisbehaved)) => self.misbehaved = true,
                Err(error) => return Err(error),
            }
        }
        if !changes.is_empty() {
            engine.apply(changes)?;
        }
        self.next(engine, now)
    }

    fn believe(&mut self, engine: &Engine, sent: &Sent, outcome: &ClaimOutcome) -> Result<Vec<Change>, Error> {
        let trust = engine.trust().ok_or(WalletError::Internal)?;
        let tab: EarnedTab = find(engine.store(), &sent.tab)?.ok_or(WalletError::Internal)?;
        let is_waiting = tab.claim.as_ref().is_some_and(|act| is_act::<Claim>(act, &sent.hash));
        let bytes = match outcome {
            ClaimOutcome::Problem(_) => {
                self.claimed.waiting += 1;
                return Ok(Vec::new());
            }
            ClaimOutcome::Refusal(bytes) => {
                let refusal: Verified<Refusal> = trust.verify(bytes.as_slice())?;
                if refusal.order != sent.hash {
                    return Err(MISBEHAVED);
                }
                self.claimed.refused.push((tab.id, refusal_of(refusal.code, Some(&refusal))));
                return Ok(if is_waiting { refused(EarnedTab { claim: None, ..tab }, &refusal) } else { Vec::new() });
            }
            ClaimOutcome::Receipt(bytes) => bytes,
        };
        let receipt = trust.verify_placed::<ClaimReceipt>(bytes.as_slice())?;
        let is_answer = receipt.cause == Some(sent.hash);
        let fits = receipt.hold == tab.hold
            && receipt.total.asset() == sent.total.asset()
            && (if is_answer { receipt.total == sent.total } else { receipt.total.value() >= sent.total.value() });
        if !fits || !trust.lineage().has(receipt.epoch, receipt.seq) {
            return Err(MISBEHAVED);
        }
        let place = super::entry::position(&receipt);
        let is_known = store::kept::<TabReceipt>(engine.store(), &TabReceipt::key_of(&tab.id, &place))?.is_some();
        let goes_on = tab.standing.claimed.checked_add(&receipt.amount) == Ok(receipt.total);
        if !(is_known || is_answer && goes_on) {
            if engine.store().cursor()? >= place {
                // The entries were read, and do not say so.
                return Err(MISBEHAVED);
            }
            self.claimed.waiting += 1;
            return Ok(Vec::new());
        }
        let id = tab.id;
        if tab.total.value() > receipt.total.value() && receipt.ended.is_none() {
            // A greater voucher came since this claim was made.
            self.queue.push_back(id);
        }
        let tab = if is_waiting { EarnedTab { claim: None, code: None, ..tab } } else { tab };
        let changes = counted(engine, tab, &receipt)?;
        if !self.claimed.tabs.contains(&id) {
            self.claimed.tabs.push(id);
        }
        Ok(changes)
    }
}

/// Whether a stored act is the one that was sent.
fn is_act<T: farthing_protocol::cose::Object>(act: &PendingAct, hash: &Digest) -> bool {
    Signed::<T>::parse(act.signed.as_slice()).is_ok_and(|signed| signed.hash() == *hash)
}

/// The changes that an answer brings: its receipt counts, unless its entry came first.
fn counted(engine: &Engine, tab: EarnedTab, receipt: &Verified<ClaimReceipt>) -> Result<Vec<Change>, Error> {
    let key = TabReceipt::key_of(&tab.id, &super::entry::position(receipt));
    match store::kept::<TabReceipt>(engine.store(), &key)? {
        Some(known) if known.receipt.as_slice() == receipt.bytes() => Ok(Vec::from(saved(&tab))),
        Some(_) => Err(MISBEHAVED),
        None => credited(engine, tab, receipt),
    }
}

fn refused(tab: EarnedTab, refusal: &Refusal) -> Vec<Change> {
    let (id, code) = (tab.id, Some(refusal.code));
    let mut changes = Vec::from(saved(&EarnedTab { code, ..tab }));
    changes.push(Change::Event { at: refusal.time, kind: EventKind::TabRefused(id, refusal.code) });
    changes
}

fn signer(outcome: &ClaimOutcome) -> Option<Kid> {
    match outcome {
        ClaimOutcome::Receipt(bytes) => Some(Signed::<ClaimReceipt>::parse(bytes.as_slice()).ok()?.kid()),
        ClaimOutcome::Refusal(bytes) => Some(Signed::<Refusal>::parse(bytes.as_slice()).ok()?.kid()),
        ClaimOutcome::Problem(_) => None,
    }
}

/// Whether a claim should not wait any longer. One that was refused for good is left to the person.
fn is_due(tab: &EarnedTab, time: Time) -> Result<bool, Error> {
    if tab.claim.is_some() {
        return Ok(true);
    }
    let may_pass = |code: u16| {
        RefusalCode::from_number(code).is_some_and(RefusalCode::is_retryable)
            || TabRefusalCode::from_number(code).is_some_and(TabRefusalCode::is_retryable)
    };
    let bounds = tab.standing.bounds()?;
    // What a meter pays for is claimed by whoever measures it, in one claim, unless that was killed.
    let soon = (tab.state == TabState::Closed && tab.due.is_none())
        || time >= bounds.claim_until.minus(half_of_grace(&bounds));
    Ok(soon && !tab.unclaimed().is_zero() && tab.code.is_none_or(may_pass))
}

impl Operation for ClaimTabs {
    type Output = Claimed;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Claimed>, Error> {
        match core::mem::replace(&mut self.stage, Stage::Posting) {
            Stage::Refreshing(mut refresh) => match verifiers_time(&mut refresh, engine, input, now)? {
                Step::Call(call) => {
                    self.stage = Stage::Refreshing(refresh);
                    Ok(Step::Call(call))
                }
                Step::Done(time) => self.begin(engine, time, now),
            },
            Stage::Posting => {
                let reply = reply_of(input)??;
                self.read(engine, reply, true, now)
            }
            Stage::Certifying(certify) => {
                let reply = certify.hear(engine, reply_of(input)?, now)?;
                self.read(engine, reply, false, now)
            }
        }
    }
}

/// The operation: ends a tab that we earn by, and lets what was not claimed go back at once.
#[derive(Debug)]
pub struct ReleaseTab {
    tab: TabId,
    /// Only what was asked for before is sent.
    again: bool,
    /// The hash and the total of what is on its way.
    sent: Option<(Digest, Amount)>,
    stage: Stage,
}

impl ReleaseTab {
    /// Releases `tab`.
    #[must_use]
    pub fn new(tab: TabId) -> Self {
        Self { tab, again: false, sent: None, stage: Stage::Refreshing(Refresh::new()) }
    }

    /// Sends the release of `tab` that has no answer: one for what was claimed by then. When more was claimed since, the verifier
    /// refuses it, and the tab goes on until its person releases it anew.
    #[must_use]
    pub fn again(tab: TabId) -> Self {
        Self { again: true, ..Self::new(tab) }
    }

    fn post(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<()>, Error> {
        let tab: EarnedTab = find(engine.store(), &self.tab)?.ok_or(WalletError::TabUnknown)?;
        if tab.state == TabState::Ended {
            return Ok(Step::Done(()));
        }
        if tab.state.is_over() {
            return Err(WalletError::TabNotOpen.into());
        }
        if !self.again {
            check_here(engine, &tab, now)?;
        }
        let stored = tab.release.as_ref().map(|act| Signed::<HoldRelease>::parse(act.signed.as_slice())).transpose()?;
        let total = match &stored {
            Some(stored) if self.again => stored.claims().total,
            None if self.again => return Ok(Step::Done(())),
            _ if tab.claim.is_some() || !tab.unclaimed().is_zero() => return Err(WalletError::TabUnclaimed.into()),
            _ => tab.standing.claimed,
        };
        let time = engine.time_or_wall(now);
        let is_good = |stored: &Signed<HoldRelease>| {
            stored.claims().total == total && time.since(stored.claims().created) < ACT_LIFE
        };
        let release = if let Some(stored) = stored.filter(is_good) {
            stored
        } else {
            let release = HoldRelease::new(header(engine, now)?, tab.hold, total);
            let release = Signed::sign(release, engine.keys().session())?;
            engine.apply(Vec::from(saved(&EarnedTab { release: Some(PendingAct::new(&release)?), ..tab })))?;
            release
        };
        crash::point(crash::TAB_CLAIM_AFTER_STORE);
        self.sent = Some((release.hash(), total));
        self.stage = Stage::Posting;
        Ok(Step::Call(Call::post("/v1/holds/releases", MEDIA_COSE, release.bytes().to_vec())))
    }

    fn read(&mut self, engine: &mut Engine, reply: Reply, first: bool, now: Moment) -> Result<Step<()>, Error> {
        if let Some(problem) = problem_of(&reply) {
            return Err(problem.into());
        }
        let answer = TabAnswer::<ClaimReceipt>::parse(&reply.body).ok_or(MISBEHAVED)?;
        if first && Certify::is_needed(engine, answer.kid()) {
            let (certify, call) = Certify::begin(engine, reply, now)?;
            self.stage = Stage::Certifying(certify);
            return Ok(Step::Call(call));
        }
        crash::point(crash::TAB_CLAIM_AFTER_ANSWER);
        let (sent, total) = self.sent.ok_or(WalletError::Internal)?;
        let tab: EarnedTab = find(engine.store(), &self.tab)?.ok_or(WalletError::Internal)?;
        let trust = engine.trust().ok_or(WalletError::Internal)?;
        match answer {
            TabAnswer::Receipt(receipt) => {
                let receipt = trust.verify_placed::<ClaimReceipt>(receipt.bytes())?;
                let fits = receipt.hold == tab.hold
                    && receipt.cause == Some(sent)
                    && receipt.total == total
                    && receipt.ended.is_some();
                if !fits || !trust.lineage().has(receipt.epoch, receipt.seq) {
                    return Err(MISBEHAVED);
                }
                let changes = counted(engine, tab, &receipt)?;
                engine.apply(changes)?;
                Ok(Step::Done(()))
            }
            TabAnswer::Refusal(refusal) => {
                let refusal: Verified<Refusal> = trust.verify(refusal.bytes())?;
                if refusal.order != sent {
                    return Err(MISBEHAVED);
                }
                engine.apply(refused(EarnedTab { release: None, ..tab }, &refusal))?;
                Err(refusal_of(refusal.code, Some(&refusal)))
            }
        }
    }
}

impl Operation for ReleaseTab {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<()>, Error> {
        match core::mem::replace(&mut self.stage, Stage::Posting) {
            Stage::Refreshing(mut refresh) => match verifiers_time(&mut refresh, engine, input, now)? {
                Step::Call(call) => {
                    self.stage = Stage::Refreshing(refresh);
                    Ok(Step::Call(call))
                }
                Step::Done(_) => self.post(engine, now),
            },
            Stage::Posting => {
                let reply = reply_of(input)??;
                self.read(engine, reply, true, now)
            }
            Stage::Certifying(certify) => {
                let reply = certify.hear(engine, reply_of(input)?, now)?;
                self.read(engine, reply, false, now)
            }
        }
    }
}

/// What tabs the next sync goes on with: releases that have no answer.
pub(crate) fn unreleased(engine: &Engine) -> Result<Vec<TabId>, Error> {
    let tabs = live::<EarnedTab>(engine.store())?.into_iter();
    Ok(tabs.filter(|tab| tab.release.is_some()).map(|tab| tab.id).collect())
}
