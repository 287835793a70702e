//! What a payee does by itself once it has network: it claims what it took, shows proofs to the verifier, and reads its lines of
//! settlements.
//!
//! | stored | the verifier | at the next `sync` |
//! |---|---|---|
//! | payment | knows nothing | claimed |
//! | payment, claim | perhaps has taken it | the same claim is sent, and answered alike; after half a day another one, which counts once |
//! | proof | perhaps has it | it is shown again, which changes nothing |
//! | a settlement of which lines are missing | has them | they are read |

use super::entry::{claimed, settled};
use super::payee::{FoundProof, TakenOffline, TakenState, UnreadSettlement};
use super::record::{live, saved, taken};
use super::risk::is_unclaimed;
use super::send::ACT_LIFE;
use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::messaging::PendingAct;
use crate::payment::authorise::verifiers_time;
use crate::payment::{refusal_of, reply_of};
use crate::store::{self, Change};
use crate::sync::{Certify, Heard, Refresh, SignedRead, header, problem_of};
use crate::tab::TabAnswer;
use farthing_protocol::cbor::Bytes;
use farthing_protocol::code::{OfflineRefusalCode, RefusalCode};
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::{Call, MEDIA_CBOR, MEDIA_COSE, Reply, SettlementsPage};
use farthing_protocol::id::Digest;
use farthing_protocol::offline::{OfflineClaim, OfflineReceipt, Settlement};
use farthing_protocol::refusal::Refusal;
use farthing_protocol::time::Moment;
use std::collections::VecDeque;

const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);

/// What came of claiming.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClaimedOffline {
    /// Payments whose claim the verifier has taken.
    pub claimed: Vec<Digest>,
    /// Payments whose claim was refused, and why.
    pub refused: Vec<(Digest, Error)>,
}

/// What is to be sent.
#[derive(Debug)]
enum Wanted {
    Claim(Digest),
    Proof(FoundProof),
}

#[derive(Debug)]
enum Stage {
    Refreshing(Refresh),
    Posting,
    Certifying(Certify),
    Showing(FoundProof),
}

/// The operation: proofs, then claims.
#[derive(Debug)]
pub struct ClaimOffline {
    /// Also what was refused before.
    again: bool,
    stage: Stage,
    queue: VecDeque<Wanted>,
    /// Which payment, and the hash of the claim that is on its way.
    sent: Option<(Digest, Digest)>,
    claimed: ClaimedOffline,
    /// An answer did not hold: said when all others were heard.
    trouble: Option<Error>,
}

impl ClaimOffline {
    /// Claims what was taken.
    #[must_use]
    pub fn new() -> Self {
        Self {
            again: false,
            stage: Stage::Refreshing(Refresh::new()),
            queue: VecDeque::new(),
            sent: None,
            claimed: ClaimedOffline::default(),
            trouble: None,
        }
    }

    /// Also what the verifier refused before: it may know the allowance again.
    #[must_use]
    pub fn again() -> Self {
        Self { again: true, ..Self::new() }
    }

    fn begin(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<ClaimedOffline>, Error> {
        let proofs: Vec<FoundProof> = store::all_kept(engine.store())?;
        self.queue.extend(proofs.into_iter().filter(|proof| !proof.told).map(Wanted::Proof));
        let mut all: Vec<TakenOffline> =
            if self.again { store::all_kept(engine.store())? } else { live(engine.store())? };
        let refused = |taken: &TakenOffline| self.again && taken.state == TakenState::Refused;
        // Also what another device of the account took, whose claim was lost with an epoch: a request counts once, whoever claims it.
        all.retain(|taken| is_unclaimed(taken) || refused(taken));
        all.sort_by_key(|taken| (taken.claim_until, taken.id));
        self.queue.extend(all.iter().map(|taken| Wanted::Claim(taken.id)));
        self.next(engine, now)
    }

    fn next(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<ClaimedOffline>, Error> {
        match self.queue.pop_front() {
            Some(Wanted::Proof(proof)) => {
                let body = proof.proof.as_slice().to_vec();
                self.stage = Stage::Showing(proof);
                Ok(Step::Call(Call::post("/v1/allowances/proofs", MEDIA_CBOR, body)))
            }
            Some(Wanted::Claim(id)) => {
                let act = self.claim(engine, &id, now)?;
                self.sent = Some((id, act.hash()));
                crash::point(crash::OFFLINE_CLAIM_AFTER_STORE);
                self.stage = Stage::Posting;
                Ok(Step::Call(Call::post("/v1/allowances/claims", MEDIA_COSE, act.bytes().to_vec())))
            }
            None => match self.trouble.take() {
                Some(error) => Err(error),
                None => Ok(Step::Done(core::mem::take(&mut self.claimed))),
            },
        }
    }

    /// The claim of a payment: stored before it is sent, and the same until it is answered.
    fn claim(&self, engine: &mut Engine, id: &Digest, now: Moment) -> Result<Signed<OfflineClaim>, Error> {
        let taken = taken(engine.store(), id)?.ok_or(WalletError::TakenUnknown)?;
        let stored = taken.claim.as_ref().filter(|act| engine.time_or_wall(now).since(act.created) < ACT_LIFE);
        if let Some(act) = stored {
            return Ok(Signed::parse(act.signed.as_slice())?);
        }
        let header = header(engine, now)?;
        let bytes = |signed: &[u8]| signed.to_vec();
        let claim = OfflineClaim::new(
            header,
            Bytes::new(bytes(taken.voucher.as_slice()))?,
            Bytes::new(bytes(taken.request.as_slice()))?,
            taken.payee.clone(),
        );
        let claim = Signed::sign(claim, engine.keys().session())?;
        engine.apply(Vec::from(saved(&TakenOffline { claim: Some(PendingAct::new(&claim)?), ..taken })))?;
        Ok(claim)
    }

    fn read(
        &mut self,
        engine: &mut Engine,
        reply: Reply,
        first: bool,
        now: Moment,
    ) -> Result<Step<ClaimedOffline>, Error> {
        if let Some(problem) = problem_of(&reply) {
            if problem.code.is_retryable() {
                return Err(problem.into());
            }
            // One claim's trouble does not hold up the others.
            self.trouble = Some(problem.into());
            return self.next(engine, now);
        }
        let Some(answer) = TabAnswer::<OfflineReceipt>::parse(&reply.body) else { return Err(MISBEHAVED) };
        if first && Certify::is_needed(engine, answer.kid()) {
            let (certify, call) = Certify::begin(engine, reply, now)?;
            self.stage = Stage::Certifying(certify);
            return Ok(Step::Call(call));
        }
        crash::point(crash::OFFLINE_CLAIM_AFTER_ANSWER);
        match self.believe(engine, &answer) {
            Ok(()) => {}
            Err(error @ Error::Wallet(WalletError::VerifierMisbehaved)) => self.trouble = Some(error),
            Err(error) => return Err(error),
        }
        self.next(engine, now)
    }

    fn believe(&mut self, engine: &mut Engine, answer: &TabAnswer<OfflineReceipt>) -> Result<(), Error> {
        let (id, sent) = self.sent.take().ok_or(WalletError::Internal)?;
        let mut taken = taken(engine.store(), &id)?.ok_or(WalletError::Internal)?;
        let trust = engine.trust().ok_or(WalletError::Internal)?;
        match answer {
            TabAnswer::Receipt(receipt) => {
                let receipt = trust.verify_placed::<OfflineReceipt>(receipt.bytes())?;
                if receipt.claim != sent || !trust.lineage().has(receipt.epoch, receipt.seq) {
                    return Err(MISBEHAVED);
                }
                let changes = claimed(taken, &receipt)?;
                engine.apply(changes)?;
                self.claimed.claimed.push(id);
            }
            TabAnswer::Refusal(refusal) => {
                let refusal: Verified<Refusal> = trust.verify(refusal.bytes())?;
                if refusal.order != sent {
                    return Err(MISBEHAVED);
                }
                if taken.state == TakenState::Claimed || taken.state == TakenState::Settled {
                    // The entries were faster.
                    return Ok(());
                }
                let may_pass = RefusalCode::from_number(refusal.code).is_some_and(RefusalCode::is_retryable)
                    || OfflineRefusalCode::from_number(refusal.code).is_some_and(OfflineRefusalCode::is_retryable);
                taken.state = if may_pass { TakenState::Taken } else { TakenState::Refused };
                (taken.claim, taken.code) = (None, Some(refusal.code));
                let mut changes = Vec::from(saved(&taken));
                changes.push(Change::Event { at: refusal.time, kind: EventKind::OfflineRefused(id, refusal.code) });
                engine.apply(changes)?;
                self.claimed.refused.push((id, refusal_of(refusal.code, Some(&refusal))));
            }
        }
        Ok(())
    }

    /// What the verifier has no use for, as of an allowance that it has lost, is not shown again; the proof holds all the same, and is kept.
    fn shown(&mut self, engine: &mut Engine, proof: FoundProof, reply: &Reply) -> Result<(), Error> {
        match problem_of(reply) {
            Some(problem) if problem.code.is_retryable() => {
                self.trouble = Some(problem.into());
                Ok(())
            }
            _ => engine.apply(vec![Change::put(&FoundProof { told: true, ..proof })]),
        }
    }
}

impl Default for ClaimOffline {
    fn default() -> Self {
        Self::new()
    }
}

impl Operation for ClaimOffline {
    type Output = ClaimedOffline;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<ClaimedOffline>, Error> {
        match core::mem::replace(&mut self.stage, Stage::Posting) {
            Stage::Refreshing(mut refresh) => match verifiers_time(&mut refresh, engine, input, now)? {
                Step::Call(call) => {
                    self.stage = Stage::Refreshing(refresh);
                    Ok(Step::Call(call))
                }
                Step::Done(_) => self.begin(engine, now),
            },
            Stage::Posting => {
                let reply = reply_of(input)??;
                self.read(engine, reply, true, now)
            }
            Stage::Certifying(certify) => {
                let reply = certify.hear(engine, reply_of(input)?, now)?;
                self.read(engine, reply, false, now)
            }
            Stage::Showing(proof) => {
                let reply = reply_of(input)??;
                self.shown(engine, proof, &reply)?;
                self.next(engine, now)
            }
        }
    }
}

/// The operation: reads our lines of settlements of which the entries told one alone.
#[derive(Debug, Default)]
pub struct ReadShares {
    queue: VecDeque<UnreadSettlement>,
    /// What stood in the way of one; the others are read all the same.
    trouble: Option<Error>,
    reading: Option<(UnreadSettlement, u64, SignedRead)>,
}

impl ReadShares {
    /// Reads what is missing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn ask(&mut self, engine: &mut Engine, after: u64, now: Moment) -> Result<Step<()>, Error> {
        let Some(next) = self.queue.pop_front() else { return self.trouble.take().map_or(Ok(Step::Done(())), Err) };
        let query = format!("seq={}&after={after}", next.place.seq);
        let (read, call) = SignedRead::new(engine, "/v1/allowances/settlements", query, now)?;
        self.reading = Some((next, after, read));
        Ok(Step::Call(call))
    }

    /// Takes a page; what it brings counts once, by its voucher.
    fn take(engine: &mut Engine, unread: &UnreadSettlement, reply: &Reply) -> Result<(u64, bool), Error> {
        let page = SettlementsPage::decode(&reply.body).map_err(|_| MISBEHAVED)?;
        let mut changes = Vec::new();
        for bytes in &page.settlements {
            let trust = engine.trust().ok_or(WalletError::Internal)?;
            let settlement = trust.verify_placed::<Settlement>(bytes.as_slice())?;
            let fits = settlement.allowance == unread.allowance
                && (settlement.epoch, settlement.seq) == (unread.place.epoch, unread.place.seq)
                && trust.lineage().has(settlement.epoch, settlement.seq);
            let line = settlement.line.as_ref().filter(|_| fits).ok_or(MISBEHAVED)?;
            let record = taken(engine.store(), &line.voucher)?.ok_or(MISBEHAVED)?;
            changes.extend(settled(record, &settlement)?);
        }
        if !page.more {
            changes.push(Change::forget::<UnreadSettlement>(unread.allowance.as_bytes()));
        } else if page.settlements.is_empty() {
            return Err(MISBEHAVED);
        }
        engine.apply(changes)?;
        Ok((page.settlements.len() as u64, page.more))
    }
}

impl Operation for ReadShares {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<()>, Error> {
        let Some((unread, after, mut read)) = self.reading.take() else {
            self.queue = store::all_kept::<UnreadSettlement>(engine.store())?.into();
            return self.ask(engine, 0, now);
        };
        let reply = match read.hear(engine, reply_of(input)?, now)? {
            Heard::Again(call) => {
                self.reading = Some((unread, after, read));
                return Ok(Step::Call(call));
            }
            Heard::Reply(reply) => reply,
        };
        let page = match problem_of(&reply) {
            Some(problem) if problem.code.is_retryable() => return Err(problem.into()),
            Some(problem) => Err(problem.into()),
            None => Self::take(engine, &unread, &reply),
        };
        match page {
            Ok((count, true)) => {
                self.queue.push_front(unread);
                return self.ask(engine, after.saturating_add(count), now);
            }
            Ok((_, false)) => {}
            Err(error @ Error::Store(_)) => return Err(error),
            Err(error) => self.trouble = Some(error),
        }
        self.ask(engine, 0, now)
    }
}
