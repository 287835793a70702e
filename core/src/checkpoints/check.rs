//! Asks the verifier how its newest checkpoint follows from the known one, whether it holds a receipt of ours and our balance, and
//! how what contacts told leads to it. A few small reads; most often one.

use super::compare::{Genuine, Judged, genuine, judge};
use super::record::{ContradictionRecord, HeardCheckpoint, KnownCheckpoint};
use super::steps::{Ours, Subject, accounted, ask, balance, status, trust, unaccounted};
use super::{known, tell};
use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::store::{self, ArtifactKind, Change, Kept as _, PaymentId, ProfileState};
use crate::sync::{Heard, Refresh, SignedRead};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::contradiction::Contradiction;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::http::{AccountProof, EntryProof, Reply};
use farthing_protocol::merkle;
use farthing_protocol::receipt::Receipt;
use farthing_protocol::time::Moment;
use std::collections::VecDeque;

/// Payments of which one is looked for in a new log: which one, the verifier cannot foresee.
const RECENT: usize = 50;
/// Questions after which what is left waits for the next sync; the verifier may make checkpoints meanwhile.
const QUESTIONS_MAX: usize = 64;

/// What a check found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Checkpoints of others that fit to ours.
    pub agreed: u64,
    /// Proofs that are new.
    pub contradictions: u64,
}

/// What is asked.
#[derive(Debug)]
enum Stage {
    Idle,
    /// How the newest follows from the one that is known.
    Newest(SignedRead),
    /// Whether the log has this receipt.
    Entry(SignedRead, Ours),
    /// What the verifier says of our account.
    Account(SignedRead),
    /// How what somebody told leads to the newest.
    Told(SignedRead, Subject),
    /// Whether the verifier was restored meanwhile, which explains much.
    Refreshing(Refresh),
}

/// The operation.
#[derive(Debug)]
pub struct CheckCheckpoints {
    stage: Stage,
    subjects: VecDeque<Subject>,
    asked: usize,
    /// The verifier's status was read after it had failed to account for something.
    refreshed: bool,
    /// Whose receipt it did not show before that.
    doubted: Option<PaymentId>,
    checked: Checked,
}

impl Default for CheckCheckpoints {
    fn default() -> Self {
        Self::new()
    }
}

impl CheckCheckpoints {
    /// A check that has not begun.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            stage: Stage::Idle,
            subjects: VecDeque::new(),
            asked: 0,
            refreshed: false,
            doubted: None,
            checked: Checked { agreed: 0, contradictions: 0 },
        }
    }

    fn begin(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<Checked>, Error> {
        if engine.profile().state != ProfileState::Ready || engine.trust().is_none() {
            return Ok(Step::Done(self.checked));
        }
        let heard: Vec<HeardCheckpoint> = store::all_kept(engine.store())?;
        self.subjects = heard.into_iter().map(Subject::Contact).collect();
        let known = known(engine.store())?;
        self.subjects.extend(known.unaccounted.map(Subject::Unaccounted));
        let (read, call) = ask(engine, known.newest.as_ref(), now)?;
        self.stage = Stage::Newest(read);
        Ok(Step::Call(call))
    }

    /// The newest one: taken when it follows from what is known.
    fn newest(&mut self, engine: &mut Engine, reply: Option<&Reply>, now: Moment) -> Result<Step<Checked>, Error> {
        let known = known(engine.store())?;
        let answer = reply.map(status).transpose()?;
        let (trust, verifier) = (trust(engine)?, engine.profile().verifier);
        let newest = answer.as_ref().and_then(|answer| answer.newest.as_ref());
        let newest = newest.and_then(|bytes| genuine(trust, &verifier, bytes.as_slice()));
        if newest.is_none() && answer.as_ref().is_some_and(|answer| answer.newest.is_some()) {
            // Signed by a key that is not known yet, or by nobody's.
            return self.refresh(engine, now)?.ok_or(Error::Wallet(WalletError::VerifierMisbehaved));
        }
        let before = known.newest.as_ref().and_then(|bytes| genuine(trust, &verifier, bytes.as_slice()));
        let judged = match (&before, &answer) {
            (None, _) => Judged::Fits,
            (Some(before), Some(answer)) => judge(trust, &verifier, before, answer, newest.as_ref()),
            (Some(_), None) => Judged::Unaccounted,
        };
        match (judged, newest) {
            (Judged::Fits | Judged::Lost, Some(newest)) => {
                let bytes = SignedBytes::new(newest.checkpoint.bytes().to_vec())?;
                let is_new = known.newest.as_ref() != Some(&bytes);
                if is_new {
                    crash::point(crash::CHECKPOINT_BEFORE_STORE);
                    engine.apply(vec![Change::put(&KnownCheckpoint { newest: Some(bytes), ..known.clone() })])?;
                    crash::point(crash::CHECKPOINT_AFTER_STORE);
                }
                if is_new || known.missing.or(self.doubted).is_some() {
                    self.look_for_ours(engine, &known, &newest, now)
                } else {
                    self.next(engine, now)
                }
            }
            // None was made yet, or none since a restore.
            (Judged::Fits, None) | (Judged::Unsealed, _) => self.next(engine, now),
            (Judged::Contradicted(proof), _) => {
                self.contradicted(engine, *proof, None, now)?;
                self.next(engine, now)
            }
            (Judged::Unaccounted | Judged::Lost, _) => {
                if let Some(step) = self.refresh(engine, now)? {
                    return Ok(step);
                }
                let of = known.newest.clone();
                unaccounted(engine, &KnownCheckpoint { unaccounted: of, ..known.clone() }, &known, now)?;
                Ok(Step::Done(self.checked))
            }
        }
    }

    /// One receipt of ours must be in the log.
    fn look_for_ours(
        &mut self,
        engine: &mut Engine,
        known: &KnownCheckpoint,
        newest: &Genuine,
        now: Moment,
    ) -> Result<Step<Checked>, Error> {
        let lineage = trust(engine)?.lineage();
        let wanted = known.missing.or(self.doubted);
        let payments = match &wanted {
            Some(missing) => engine.store().payment(missing)?.into_iter().collect(),
            None => engine.store().history(None, RECENT)?,
        };
        let mut receipts = Vec::new();
        for payment in payments {
            let Some(bytes) = engine.store().artifact(&payment.id, ArtifactKind::Receipt)? else { continue };
            let Ok(receipt) = Signed::<Receipt>::parse(&bytes) else { continue };
            let (epoch, seq) = (receipt.claims().epoch, receipt.claims().seq);
            if seq.get() <= newest.sealed.size && lineage.has(epoch, seq) {
                receipts.push((payment.id, seq, bytes));
            }
        }
        if receipts.is_empty() {
            // What was missing is of an end that the verifier says it lost.
            if known.missing.is_some() {
                accounted(engine, &KnownCheckpoint { missing: None, ..super::known(engine.store())? }, now)?;
            }
            return self.account(engine, now);
        }
        let drawn = usize::try_from(engine.rng().next_u32()).unwrap_or_default() % receipts.len();
        let (payment, seq, bytes) = receipts.swap_remove(drawn);
        let query = format!("seq={seq}&size={}", newest.sealed.size);
        let (read, call) = SignedRead::new(engine, "/v1/checkpoints/entry", query, now)?;
        self.stage = Stage::Entry(read, Ours { payment, seq, receipt: bytes });
        Ok(Step::Call(call))
    }

    fn entry(
        &mut self,
        engine: &mut Engine,
        ours: &Ours,
        reply: Option<&Reply>,
        now: Moment,
    ) -> Result<Step<Checked>, Error> {
        let known = known(engine.store())?;
        let (Some(bytes), Some(index)) = (&known.newest, ours.seq.get().checked_sub(1)) else {
            return Err(WalletError::Internal.into());
        };
        let newest = genuine(trust(engine)?, &engine.profile().verifier, bytes.as_slice());
        let newest = newest.ok_or(WalletError::Internal)?.sealed;
        let proof = reply.and_then(|reply| EntryProof::decode(&reply.body).ok());
        let holds = proof.is_some_and(|proof| {
            merkle::includes(&newest.log, newest.size, index, &merkle::leaf(&ours.receipt), &proof.path)
        });
        if !holds {
            // It signed a log that it cannot show our receipt in.
            self.doubted = Some(ours.payment);
            if let Some(step) = self.refresh(engine, now)? {
                return Ok(step);
            }
            let without = KnownCheckpoint { missing: Some(ours.payment), ..known.clone() };
            unaccounted(engine, &without, &known, now)?;
            return Ok(Step::Done(self.checked));
        }
        if known.missing == Some(ours.payment) {
            accounted(engine, &KnownCheckpoint { missing: None, ..known.clone() }, now)?;
        }
        self.account(engine, now)
    }

    fn account(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<Checked>, Error> {
        let (read, call) = SignedRead::new(engine, "/v1/checkpoints/account", "", now)?;
        self.stage = Stage::Account(read);
        Ok(Step::Call(call))
    }

    /// The leaf must be in a checkpoint that leads to the newest; that is looked at like a contact's.
    fn leaf(&mut self, engine: &mut Engine, reply: Option<&Reply>, now: Moment) -> Result<Step<Checked>, Error> {
        // Without a proof there is nothing to compare: no checkpoint speaks of us yet.
        if let Some(reply) = reply {
            let proof = AccountProof::decode(&reply.body).map_err(|_| WalletError::VerifierMisbehaved)?;
            let holds = proof.leaf.account == engine.profile().account
                && genuine(trust(engine)?, &engine.profile().verifier, proof.checkpoint.as_slice()).is_some_and(|of| {
                    let hash = proof.leaf.hash();
                    merkle::includes(&of.sealed.accounts, proof.size, proof.index, &hash, &proof.path)
                });
            if !holds {
                return Err(WalletError::VerifierMisbehaved.into());
            }
            self.subjects.push_front(Subject::Account(proof.checkpoint, proof.leaf));
        }
        self.next(engine, now)
    }

    fn next(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<Checked>, Error> {
        self.asked += 1;
        let Some(subject) = self.subjects.pop_front().filter(|_| self.asked < QUESTIONS_MAX) else {
            return Ok(Step::Done(self.checked));
        };
        let (read, call) = ask(engine, Some(subject.bytes()), now)?;
        self.stage = Stage::Told(read, subject);
        Ok(Step::Call(call))
    }

    fn told(
        &mut self,
        engine: &mut Engine,
        subject: Subject,
        reply: Option<&Reply>,
        now: Moment,
    ) -> Result<Step<Checked>, Error> {
        let known = known(engine.store())?;
        let answer = reply.map(status).transpose()?;
        let (trust, verifier) = (trust(engine)?, engine.profile().verifier);
        let forget = match &subject {
            Subject::Contact(heard) => vec![Change::forget::<HeardCheckpoint>(&heard.key())],
            Subject::Account(..) | Subject::Unaccounted(_) => Vec::new(),
        };
        let Some(one) = genuine(trust, &verifier, subject.bytes().as_slice()) else {
            engine.apply(forget)?;
            return self.next(engine, now);
        };
        let answered = answer.as_ref().and_then(|answer| answer.newest.as_ref());
        if answered.is_some() && answered != known.newest.as_ref() {
            // A newer one was made meanwhile: it must follow from ours first.
            self.subjects.push_front(subject);
            let (read, call) = ask(engine, known.newest.as_ref(), now)?;
            self.asked += 1;
            self.stage = Stage::Newest(read);
            return if self.asked < QUESTIONS_MAX { Ok(Step::Call(call)) } else { Ok(Step::Done(self.checked)) };
        }
        let newest = answered.and_then(|bytes| genuine(trust, &verifier, bytes.as_slice()));
        let judged = answer.as_ref().map(|answer| judge(trust, &verifier, &one, answer, newest.as_ref()));
        match judged.unwrap_or(Judged::Unaccounted) {
            Judged::Fits | Judged::Lost => {
                match &subject {
                    Subject::Contact(_) => self.checked.agreed += 1,
                    Subject::Account(_, leaf) => balance(engine, leaf, now)?,
                    Subject::Unaccounted(_) => {
                        accounted(engine, &KnownCheckpoint { unaccounted: None, ..known }, now)?;
                    }
                }
                if !forget.is_empty() {
                    engine.apply(forget)?;
                }
            }
            Judged::Unsealed => {}
            Judged::Contradicted(proof) => self.contradicted(engine, *proof, Some(subject), now)?,
            Judged::Unaccounted => {
                if let Some(step) = self.refresh(engine, now)? {
                    return Ok(step);
                }
                let of = Some(subject.bytes().clone());
                unaccounted(engine, &KnownCheckpoint { unaccounted: of, ..known.clone() }, &known, now)?;
            }
        }
        self.next(engine, now)
    }

    /// Before the verifier is accused of not accounting for something: its status, once. It may have been restored since it was
    /// read, and a restored verifier knows less and says so.
    fn refresh(&mut self, engine: &mut Engine, now: Moment) -> Result<Option<Step<Checked>>, Error> {
        if core::mem::replace(&mut self.refreshed, true) {
            return Ok(None);
        }
        let mut refresh = Refresh::new();
        let Step::Call(call) = refresh.advance(engine, Input::Start, now)? else { return Ok(None) };
        self.stage = Stage::Refreshing(refresh);
        Ok(Some(Step::Call(call)))
    }

    /// Keeps the proof, stops paying, and lets who told it find out as well.
    fn contradicted(
        &mut self,
        engine: &mut Engine,
        contradiction: Contradiction,
        by: Option<Subject>,
        now: Moment,
    ) -> Result<(), Error> {
        let at = engine.time_or_wall(now);
        let record = ContradictionRecord { contradiction, accepted: false };
        let mut changes = Vec::new();
        if store::kept::<ContradictionRecord>(engine.store(), &record.key())?.is_none() {
            self.checked.contradictions += 1;
            changes.push(Change::put(&record));
            changes.push(Change::Event { at, kind: EventKind::TwoHistories });
        }
        if let Some(Subject::Contact(heard)) = by {
            changes.push(Change::forget::<HeardCheckpoint>(&heard.key()));
            if heard.from != engine.profile().account {
                changes.extend(tell(engine, heard.from, at)?);
            }
        }
        engine.apply(changes)
    }
}

impl Operation for CheckCheckpoints {
    type Output = Checked;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Checked>, Error> {
        let Input::Reply(reply) = input else { return self.begin(engine, now) };
        let mut stage = core::mem::replace(&mut self.stage, Stage::Idle);
        if let Stage::Refreshing(refresh) = &mut stage {
            return match refresh.advance(engine, Input::Reply(reply), now)? {
                Step::Call(call) => {
                    self.stage = stage;
                    Ok(Step::Call(call))
                }
                Step::Done(()) => self.begin(engine, now),
            };
        }
        let (Stage::Newest(read) | Stage::Entry(read, ..) | Stage::Account(read) | Stage::Told(read, _)) = &mut stage
        else {
            return Err(WalletError::Internal.into());
        };
        let reply = match read.hear(engine, reply, now) {
            Ok(Heard::Again(call)) => {
                self.stage = stage;
                return Ok(Step::Call(call));
            }
            Ok(Heard::Reply(reply)) => Some(reply),
            // It says that it has no such thing.
            Err(Error::Problem { code: ProblemCode::NotFound, .. }) => None,
            Err(error) => return Err(error),
        };
        match stage {
            Stage::Newest(_) => self.newest(engine, reply.as_ref(), now),
            Stage::Entry(_, ours) => self.entry(engine, &ours, reply.as_ref(), now),
            Stage::Account(_) => self.leaf(engine, reply.as_ref(), now),
            Stage::Told(_, subject) => self.told(engine, subject, reply.as_ref(), now),
            Stage::Idle | Stage::Refreshing(_) => Err(WalletError::Internal.into()),
        }
    }
}
