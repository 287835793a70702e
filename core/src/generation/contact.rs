//! The first contact after an opening: the verifier says whether another copy has been there, and is told of this one.

use super::opening::another;
use super::{Copies, Opening, above, is_anothers};
use crate::crash;
use crate::devices::relist;
use crate::engine::{Engine, Input, Operation, Step, Trust};
use crate::enrol;
use crate::error::{Error, WalletError};
use crate::messaging;
use crate::payment::aliases;
use crate::store::{ActKind, Change, HandleRecord, HandleState, ProfileState};
use crate::sync::{Heard, PullEntries, Refresh, SignedRead, header, undone};
use farthing_protocol::cbor::Yes;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::Signed;
use farthing_protocol::generation::{Generation, GenerationAct};
use farthing_protocol::head::Head;
use farthing_protocol::http::{AccountStatus, Call, MEDIA_COSE, Reply};
use farthing_protocol::limits::HANDLE_STOCK;
use farthing_protocol::time::Moment;

/// Copies that take turns at the verifier while one of them makes its first contact: after so many it gives up.
const TURNS_MAX: u32 = 3;
/// Generations that are kept while no answer comes.
const SENT_MAX: usize = 32;
/// Acts that are looked through for handles that are dropped.
const ACTS_MAX: usize = 1_000;

#[derive(Debug)]
enum Stage {
    Idle,
    Refreshing(Refresh),
    Asking(Box<SignedRead>),
    /// Another copy was found: first everything that it did is read.
    Reading(Box<PullEntries>),
    Telling(Generation),
}

/// The operation. Does nothing once the verifier was told of this opening.
#[derive(Debug)]
pub struct Contact {
    stage: Stage,
    /// What the verifier said last.
    verifier: Option<Generation>,
    turns: u32,
    /// Only looks whether the account is there.
    probe: bool,
}

impl Default for Contact {
    fn default() -> Self {
        Self::new()
    }
}

impl Contact {
    /// A contact that was not made yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { stage: Stage::Idle, verifier: None, turns: 0, probe: false }
    }

    /// A contact that tells nothing, and looks whether the verifier knows the account and its newest list of devices.
    #[must_use]
    pub const fn probe() -> Self {
        Self { stage: Stage::Idle, verifier: None, turns: 0, probe: true }
    }

    fn begin(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<()>, Error> {
        let account_is_open = matches!(engine.profile().state, ProfileState::Ready | ProfileState::Reading { .. });
        let told = Opening::of(engine.store())?.is_none_or(|opening| opening.is_told());
        // While history is lost nothing is sent, so nothing has to be told; whether it is there again is for others to find out.
        let lost = engine.trust().is_some_and(Trust::lost_history);
        if !account_is_open || ((told || lost) && !self.probe) {
            return Ok(Step::Done(()));
        }
        if engine.time(now).is_some() {
            return self.ask(engine, now);
        }
        let mut refresh = Refresh::new();
        let step = refresh.advance(engine, Input::Start, now)?;
        self.stage = Stage::Refreshing(refresh);
        Ok(step)
    }

    fn ask(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<()>, Error> {
        let (read, call) = SignedRead::new(engine, "/v1/account", "", now)?;
        self.stage = Stage::Asking(Box::new(read));
        Ok(Step::Call(call))
    }

    fn judge(&mut self, engine: &mut Engine, read: &SignedRead, reply: &Reply, now: Moment) -> Result<Step<()>, Error> {
        let status = AccountStatus::decode(&reply.body).map_err(|_| WalletError::VerifierMisbehaved)?;
        let head = engine.trust().ok_or(WalletError::Internal)?.verify::<Head>(status.head.as_slice())?;
        engine.take_head(&head, read.asked(), now)?;
        self.verifier = status.generation;
        let mut known = aliases::known(engine, &status.aliases)?;
        known.extend(relist::if_older(engine, &status.list)?);
        known.extend(enrol::known_again(engine.store())?);
        if !known.is_empty() {
            engine.apply(known)?;
        }
        // That history is lost may have been found out by this very answer: as in `begin`.
        if self.probe || engine.trust().is_some_and(Trust::lost_history) {
            return Ok(Step::Done(()));
        }
        let mut opening = opening(engine)?;
        if is_anothers(opening.told, &opening.sent, self.verifier) {
            let mut changes = another(&mut opening, engine.store(), head.time)?;
            changes.push(Change::put(&opening));
            engine.apply(changes)?;
        }
        if opening.copies != Copies::Found {
            return self.tell(engine, now);
        }
        let mut pull = PullEntries::new();
        let step = pull.advance(engine, Input::Start, now)?;
        self.stage = Stage::Reading(Box::new(pull));
        match step {
            Step::Call(call) => Ok(Step::Call(call)),
            Step::Done(_) => Err(WalletError::Internal.into()),
        }
    }

    /// Stored before it is sent, so that it is known again at the verifier.
    fn tell(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<()>, Error> {
        let mut opening = opening(engine)?;
        let mut changes = Vec::new();
        let copied = opening.copies == Copies::Found;
        if copied {
            changes = messaging::start_over(engine.store())?;
        }
        // A stock that is not what it should be is made anew, whoever is to blame: a copy, or a restored verifier.
        let renew = copied || opening.doubted;
        if renew {
            changes.extend(without_stock(engine)?);
        }
        // What the verifier knows already changes nothing there. The next opening raises the anchor, too.
        let known = self.verifier;
        if known.is_some_and(|known| !opening.current.may_follow(&known) || (renew && opening.current == known)) {
            opening.current = above(&[Some(opening.current), self.verifier], engine.rng());
        }
        let current = opening.current;
        if !opening.sent.contains(&current) {
            // What cannot be told for so many openings is no longer on its way.
            let surplus = (opening.sent.len() + 1).saturating_sub(SENT_MAX);
            opening.sent.drain(..surplus);
            opening.sent.push(current);
        }
        changes.push(Change::put(&opening));
        engine.apply(changes)?;
        let header = header(engine, now)?;
        let act = GenerationAct::new(header, current.number, current.mark, renew.then_some(Yes));
        let body = Signed::sign(act, engine.keys().session())?.bytes().to_vec();
        self.stage = Stage::Telling(current);
        Ok(Step::Call(Call::post("/v1/generations", MEDIA_COSE, body)))
    }

    fn told(&mut self, engine: &mut Engine, sent: Generation, reply: &Reply, now: Moment) -> Result<Step<()>, Error> {
        if let Some(problem) = undone(reply) {
            self.turns += 1;
            // Another copy told its own between our question and this.
            let again = problem.code == ProblemCode::OldCopy && self.turns < TURNS_MAX;
            return if again { self.ask(engine, now) } else { Err(problem.into()) };
        }
        crash::point(crash::GENERATION_AFTER_ANSWER);
        let opening = opening(engine)?;
        let copies = if opening.copies == Copies::Found { Copies::Known } else { opening.copies };
        // It keeps the highest: of what came before it nothing will be shown.
        let mut left = opening.sent.clone();
        left.retain(|other| other.number > sent.number);
        let told = Opening { told: Some(sent), sent: left, copies, doubted: false, ..opening };
        engine.apply(vec![Change::put(&told)])?;
        Ok(Step::Done(()))
    }
}

impl Operation for Contact {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<()>, Error> {
        match core::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Idle => self.begin(engine, now),
            Stage::Refreshing(mut refresh) => match refresh.advance(engine, input, now)? {
                Step::Call(call) => {
                    self.stage = Stage::Refreshing(refresh);
                    Ok(Step::Call(call))
                }
                Step::Done(()) => self.ask(engine, now),
            },
            Stage::Asking(mut read) => {
                let Input::Reply(reply) = input else { return Err(WalletError::Internal.into()) };
                match read.hear(engine, reply, now)? {
                    Heard::Again(call) => {
                        self.stage = Stage::Asking(read);
                        Ok(Step::Call(call))
                    }
                    Heard::Reply(reply) => self.judge(engine, &read, &reply, now),
                }
            }
            Stage::Reading(mut pull) => match pull.advance(engine, input, now)? {
                Step::Call(call) => {
                    self.stage = Stage::Reading(pull);
                    Ok(Step::Call(call))
                }
                Step::Done(_) => self.tell(engine, now),
            },
            Stage::Telling(sent) => {
                let Input::Reply(reply) = input else { return Err(WalletError::Internal.into()) };
                self.told(engine, sent, &reply?, now)
            }
        }
    }
}

fn opening(engine: &Engine) -> Result<Opening, Error> {
    Ok(Opening::of(engine.store())?.ok_or(WalletError::Internal)?)
}

/// Takes the stock out of use: the other copy may have used any of it. What is registered and not answered goes with it.
fn without_stock(engine: &Engine) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for state in [HandleState::Stocked, HandleState::Registering] {
        for handle in engine.store().handles(state, HANDLE_STOCK * 2)? {
            changes.push(Change::Handle(HandleRecord { state: HandleState::Used, ..handle }));
        }
    }
    let acts = engine.store().acts(ACTS_MAX)?;
    changes.extend(acts.iter().filter(|act| act.kind == ActKind::Register).map(|act| Change::DropAct(act.id)));
    Ok(changes)
}
