//! Sends what waits: reads lists of devices, begins sessions, encrypts, posts. See the module for the states.
//!
//! Of the messages to one device only the first is encrypted; the next follows when that one is in the mailbox. So the
//! order is kept, and a mailbox that is full holds no keys of messages that were never sent.

use super::olm::{OlmAccount, OlmSession};
use super::queue::{Hurry, SENT_MAX, given_up, peer, sent};
use super::records::{Outgoing, OutgoingState, Peer, PendingAct};
use crate::contacts::{ReadList, listed};
use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::store::{self, Change, Kept as _, ProfileState};
use crate::sync::{header, problem_of, undone};
use farthing_protocol::cbor::Bytes;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::device::{DeviceCertificate, Scope};
use farthing_protocol::envelope::Body;
use farthing_protocol::http::{Call, ClaimedPrekey, MEDIA_CBOR, MEDIA_COSE, MessageBody, Problem, Reply};
use farthing_protocol::id::{AccountId, ActId, DeviceId, Digest};
use farthing_protocol::key::OlmKey;
use farthing_protocol::limits::MESSAGE_KEPT;
use farthing_protocol::message::Message;
use farthing_protocol::prekeys::{PrekeyClaim, Prekeys};
use farthing_protocol::time::{Moment, Span};
use std::collections::{BTreeSet, VecDeque};

/// How long a sent message is kept for a recipient that lost its session.
const SENT_KEPT: Span = Span::from_h(24);
/// An act that was made longer ago is made anew: the verifier takes none that is older than a day.
const ACT_LIFE: Span = Span::from_h(12);
/// The first pause after a failed try; each is twice the one before.
const PAUSE: Span = Span::from_min(1);
/// Doublings of the pause: it becomes a little above four hours.
const PAUSES_MAX: u32 = 8;

/// What was done with the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// Messages that are in a device's mailbox now.
    pub sent: u64,
    /// Messages that will not be tried again.
    pub given_up: u64,
    /// Messages that wait for a later try.
    pub waiting: u64,
}

/// The call that is under way.
#[derive(Debug)]
enum Stage {
    Idle,
    List(ReadList),
    Claiming(Outgoing, PendingAct),
    Posting(Outgoing, ActId),
}

/// The operation.
#[derive(Debug)]
pub struct SendMessages {
    stage: Stage,
    hurry: Hurry,
    queue: VecDeque<Outgoing>,
    /// Accounts whose list was read: whoever left it gets nothing any more.
    read: BTreeSet<AccountId>,
    /// Devices that a message could not be sent to: the later ones wait.
    stuck: BTreeSet<DeviceId>,
    dispatched: Dispatched,
    /// A list that does not hold, or a prekey.
    trouble: Option<Error>,
}

impl Default for SendMessages {
    fn default() -> Self {
        Self::new()
    }
}

impl SendMessages {
    /// Sends all that waits and whose pause is over.
    #[must_use]
    pub const fn new() -> Self {
        Self::hurrying(Hurry::None)
    }

    /// The same, and what is in a hurry.
    #[must_use]
    pub const fn hurrying(hurry: Hurry) -> Self {
        Self {
            stage: Stage::Idle,
            hurry,
            queue: VecDeque::new(),
            read: BTreeSet::new(),
            stuck: BTreeSet::new(),
            dispatched: Dispatched { sent: 0, given_up: 0, waiting: 0 },
            trouble: None,
        }
    }

    fn begin(&mut self, engine: &mut Engine, now: Moment) -> Result<(), Error> {
        let Some(time) = engine.time(now).filter(|_| engine.profile().state == ProfileState::Ready) else {
            return Ok(());
        };
        let all: Vec<Outgoing> = store::all_kept(engine.store())?;
        let (kept, waiting): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|outgoing| matches!(outgoing.state, OutgoingState::Sent(_)));
        let surplus = kept.len().saturating_sub(SENT_MAX);
        let old = |n: usize, outgoing: &Outgoing| match outgoing.state {
            OutgoingState::Sent(at) => n < surplus || time.since(at) > SENT_KEPT,
            _ => false,
        };
        let forgotten: Vec<Change> = kept
            .iter()
            .enumerate()
            .filter(|(n, outgoing)| old(*n, outgoing))
            .map(|(_, outgoing)| Change::forget::<Outgoing>(&outgoing.key()))
            .collect();
        if !forgotten.is_empty() {
            engine.apply(forgotten)?;
        }
        self.queue = waiting.into();
        Ok(())
    }

    /// Looks at the next message.
    fn go_on(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<Dispatched>, Error> {
        while let Some(queued) = self.queue.pop_front() {
            // Another sending may have been here meanwhile.
            let Some(outgoing) = store::kept::<Outgoing>(engine.store(), &queued.key())? else { continue };
            if let Some(call) = self.look(engine, outgoing, now)? {
                return Ok(Step::Call(call));
            }
        }
        self.trouble.take().map_or(Ok(Step::Done(self.dispatched)), Err)
    }

    fn look(&mut self, engine: &mut Engine, outgoing: Outgoing, now: Moment) -> Result<Option<Call>, Error> {
        let time = engine.time_or_wall(now);
        let stuck = outgoing.device.is_some_and(|device| self.stuck.contains(&device));
        if stuck || matches!(outgoing.state, OutgoingState::Sent(_)) {
            self.dispatched.waiting += u64::from(stuck);
            return Ok(None);
        }
        if time.since(outgoing.envelope.time) > MESSAGE_KEPT {
            return self.give_up(engine, &outgoing, ProblemCode::MailboxFull, now).map(|()| None);
        }
        let pauses = outgoing.not_before.is_some_and(|not_before| time < not_before);
        if pauses && !self.hurry.includes(&outgoing.account) {
            self.stick(&outgoing);
            return Ok(None);
        }
        if matches!(outgoing.state, OutgoingState::Encrypted { .. }) {
            return self.post_again(engine, outgoing, now).map(Some);
        }
        if self.read.insert(outgoing.account) {
            let (list, call) = ReadList::new(engine, outgoing.account, now)?;
            self.queue.push_front(outgoing);
            self.stage = Stage::List(list);
            return Ok(Some(call));
        }
        let devices = listed(engine, &outgoing.account)?;
        let Some(device) = outgoing.device else { return self.address(engine, &outgoing, &devices, now) };
        if !devices.iter().any(|known| known.device() == device && known.olm.is_some()) {
            return self.give_up(engine, &outgoing, ProblemCode::RecipientUnknown, now).map(|()| None);
        }
        let peer = peer(engine.store(), outgoing.account, device)?;
        if peer.renew || peer.sessions.is_empty() {
            return self.claim(engine, outgoing, peer, now).map(Some);
        }
        self.encrypt(engine, outgoing, peer, now)
    }

    /// One message per device, in place of the one to all.
    fn address(
        &mut self,
        engine: &mut Engine,
        to_all: &Outgoing,
        devices: &[Verified<DeviceCertificate>],
        now: Moment,
    ) -> Result<Option<Call>, Error> {
        let this = engine.profile().device;
        let memo = matches!(to_all.envelope.body, Body::Told(_));
        let wanted = devices.iter().filter(|known| known.device() != this && known.olm.is_some());
        // Whoever may administer was made with the phrase, and reads memos with keys of its own.
        let wanted = wanted.filter(|known| !(memo && known.scope.allows(Scope::ADMINISTER)));
        let each: Vec<Outgoing> =
            wanted.map(|known| Outgoing { device: Some(known.device()), ..to_all.clone() }).collect();
        if each.is_empty() {
            return self.give_up(engine, to_all, ProblemCode::RecipientUnknown, now).map(|()| None);
        }
        let forget = Change::forget::<Outgoing>(&to_all.key());
        engine.apply(each.iter().map(Change::put).chain([forget]).collect())?;
        each.into_iter().rev().for_each(|outgoing| self.queue.push_front(outgoing));
        Ok(None)
    }

    /// Asks for a prekey; the same act until it is answered, so that a kill uses up no second one.
    fn claim(&mut self, engine: &mut Engine, outgoing: Outgoing, peer: Peer, now: Moment) -> Result<Call, Error> {
        let fresh = |act: &PendingAct| engine.time_or_wall(now).since(act.created) < ACT_LIFE;
        let act = if let Some(act) = peer.claim.clone().filter(fresh) {
            act
        } else {
            let header = header(engine, now)?;
            let claim = PrekeyClaim::new(header, peer.account, peer.device);
            let act = PendingAct::new(&Signed::sign(claim, engine.keys().session())?)?;
            engine.apply(vec![Change::put(&Peer { claim: Some(act.clone()), ..peer })])?;
            act
        };
        crash::point(crash::CLAIM_AFTER_STORE);
        let call = Call::post("/v1/claims", MEDIA_COSE, act.signed.as_slice().to_vec());
        self.stage = Stage::Claiming(outgoing, act);
        Ok(call)
    }

    /// Begins a session with the prekey that a claim was answered with.
    fn claimed(
        &mut self,
        engine: &mut Engine,
        outgoing: Outgoing,
        act: &PendingAct,
        reply: &Reply,
        now: Moment,
    ) -> Result<(), Error> {
        let device = outgoing.device.ok_or(WalletError::Internal)?;
        let mut peer = peer(engine.store(), outgoing.account, device)?;
        if peer.claim.as_ref() != Some(act) {
            // Answered before: another sending was here.
            self.queue.push_front(outgoing);
            return Ok(());
        }
        if let Some(problem) = problem_of(reply) {
            if !may_pass(&problem) {
                peer.claim = None;
                engine.apply(vec![Change::put(&peer)])?;
            }
            return self.failed(engine, outgoing, &problem, now);
        }
        let Some(session) = begun(engine, &outgoing.account, &device, &reply.body)? else {
            // Either of them is to blame; the others' messages go out all the same.
            self.trouble = Some(WalletError::VerifierMisbehaved.into());
            peer.claim = None;
            return self.pause(engine, outgoing, &[Change::put(&peer)], now);
        };
        peer.put_first(&session, None)?;
        (peer.claim, peer.renew) = (None, false);
        crash::point(crash::CLAIM_AFTER_ANSWER);
        engine.apply(vec![Change::put(&peer)])?;
        self.queue.push_front(outgoing);
        Ok(())
    }

    /// Encrypts: ratchet and bytes become durable together, before anything is sent.
    fn encrypt(
        &mut self,
        engine: &mut Engine,
        outgoing: Outgoing,
        mut peer: Peer,
        now: Moment,
    ) -> Result<Option<Call>, Error> {
        let session = peer.sessions.first().map(OlmSession::from_pickle).ok_or(WalletError::Internal)?;
        let Ok(mut session) = session else {
            // Written by another version of this program.
            return self.claim(engine, outgoing, Peer { sessions: Vec::new(), ..peer }, now).map(Some);
        };
        let Ok(content) = session.encrypt(&outgoing.envelope.to_plaintext()?) else {
            // The other side has sent a ratchet key with which no secret can be agreed on: this session is at its end.
            peer.sessions.drain(..1);
            return self.pause(engine, outgoing, &[Change::put(&peer)], now).map(|()| None);
        };
        let content = Bytes::new(content.to_bytes()?)?;
        peer.put_first(&session, Some(0))?;
        let act = act(engine, &outgoing, content.as_slice(), now)?;
        let outgoing = Outgoing { state: OutgoingState::Encrypted { act: act.clone(), content }, ..outgoing };
        crash::point(crash::MESSAGE_BEFORE_STORE);
        engine.apply(vec![Change::put(&peer), Change::put(&outgoing)])?;
        crash::point(crash::MESSAGE_AFTER_STORE);
        self.post(outgoing).map(Some)
    }

    /// Posts what is encrypted. An act that is too old for the verifier is made anew, over the same ciphertext: should the old
    /// one have arrived, the recipient knows the envelope.
    fn post_again(&mut self, engine: &mut Engine, outgoing: Outgoing, now: Moment) -> Result<Call, Error> {
        let OutgoingState::Encrypted { act: made, content } = &outgoing.state else {
            return Err(WalletError::Internal.into());
        };
        if engine.time_or_wall(now).since(made.created) < ACT_LIFE {
            return self.post(outgoing);
        }
        let act = act(engine, &outgoing, content.as_slice(), now)?;
        let outgoing = Outgoing { state: OutgoingState::Encrypted { act, content: content.clone() }, ..outgoing };
        engine.apply(vec![Change::put(&outgoing)])?;
        self.post(outgoing)
    }

    fn post(&mut self, outgoing: Outgoing) -> Result<Call, Error> {
        let OutgoingState::Encrypted { act, content } = &outgoing.state else {
            return Err(WalletError::Internal.into());
        };
        let (id, body) = (act.id, MessageBody { message: act.signed.clone(), content: content.clone() });
        self.stage = Stage::Posting(outgoing, id);
        Ok(Call::post("/v1/messages", MEDIA_CBOR, body.encode()))
    }

    fn posted(
        &mut self,
        engine: &mut Engine,
        posted: &Outgoing,
        id: ActId,
        reply: &Reply,
        now: Moment,
    ) -> Result<(), Error> {
        // Another sending, or a session begun anew, may have been here.
        let current = store::kept::<Outgoing>(engine.store(), &posted.key())?;
        let same =
            |outgoing: &Outgoing| matches!(&outgoing.state, OutgoingState::Encrypted { act, .. } if act.id == id);
        let Some(outgoing) = current.filter(same) else { return Ok(()) };
        if let Some(problem) = undone(reply) {
            return self.failed(engine, outgoing, &problem, now);
        }
        let changes = sent(engine.store(), outgoing, engine.time_or_wall(now))?;
        crash::point(crash::MESSAGE_AFTER_ANSWER);
        engine.apply(changes)?;
        self.dispatched.sent += 1;
        Ok(())
    }

    fn failed(&mut self, engine: &mut Engine, outgoing: Outgoing, problem: &Problem, now: Moment) -> Result<(), Error> {
        if !may_pass(problem) {
            return self.give_up(engine, &outgoing, problem.code, now);
        }
        self.pause(engine, outgoing, &[], now)
    }

    /// The message is tried again later, and what waits for the same device after it.
    fn pause(&mut self, engine: &mut Engine, outgoing: Outgoing, changes: &[Change], now: Moment) -> Result<(), Error> {
        self.stick(&outgoing);
        let pause = Span::from_ms(PAUSE.as_ms() << outgoing.tries.min(PAUSES_MAX));
        let not_before = Some(engine.time_or_wall(now).plus(pause));
        let outgoing = Outgoing { tries: outgoing.tries.saturating_add(1), not_before, ..outgoing };
        engine.apply([changes, &[Change::put(&outgoing)]].concat())
    }

    fn give_up(
        &mut self,
        engine: &mut Engine,
        outgoing: &Outgoing,
        code: ProblemCode,
        now: Moment,
    ) -> Result<(), Error> {
        let mut changes = given_up(engine.store(), outgoing, code.number(), engine.time_or_wall(now))?;
        if let (ProblemCode::RecipientUnknown, Some(device)) = (code, outgoing.device) {
            changes.push(Change::forget::<Peer>(device.as_bytes()));
        }
        engine.apply(changes)?;
        self.dispatched.given_up += 1;
        Ok(())
    }

    fn stick(&mut self, outgoing: &Outgoing) {
        self.dispatched.waiting += 1;
        self.stuck.extend(outgoing.device);
    }
}

impl Operation for SendMessages {
    type Output = Dispatched;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Dispatched>, Error> {
        match (core::mem::replace(&mut self.stage, Stage::Idle), input) {
            (Stage::Idle, _) => self.begin(engine, now)?,
            (Stage::List(mut list), input) => match list.hear(engine, input, now) {
                Ok(Some(call)) => {
                    self.stage = Stage::List(list);
                    return Ok(Step::Call(call));
                }
                Ok(None) => {}
                // Without the newest list nothing is encrypted for this account: its messages wait.
                Err(Error::Problem { .. } | Error::Wallet(WalletError::ContactUnknown)) => {
                    self.skip(&list.account());
                }
                // The others' messages go out first.
                Err(error @ Error::Wallet(WalletError::VerifierMisbehaved)) => {
                    self.skip(&list.account());
                    self.trouble = Some(error);
                }
                Err(error) => return Err(error),
            },
            (Stage::Claiming(outgoing, act), Input::Reply(reply)) => {
                self.claimed(engine, outgoing, &act, &reply?, now)?;
            }
            (Stage::Posting(outgoing, id), Input::Reply(reply)) => {
                self.posted(engine, &outgoing, id, &reply?, now)?;
            }
            _ => return Err(WalletError::Internal.into()),
        }
        self.go_on(engine, now)
    }
}

impl SendMessages {
    fn skip(&mut self, account: &AccountId) {
        let before = self.queue.len();
        self.queue.retain(|outgoing| outgoing.account != *account);
        self.dispatched.waiting += (before - self.queue.len()) as u64;
    }
}

/// A problem that says nothing about the message itself.
fn may_pass(problem: &Problem) -> bool {
    problem.code.is_retryable() || problem.code == ProblemCode::CreatedAhead
}

/// The signed act that says where a ciphertext goes.
fn act(engine: &mut Engine, outgoing: &Outgoing, content: &[u8], now: Moment) -> Result<PendingAct, Error> {
    let header = header(engine, now)?;
    let device = outgoing.device.ok_or(WalletError::Internal)?;
    let message = Message::new(header, outgoing.account, device, Digest::of(content));
    Ok(PendingAct::new(&Signed::sign(message, engine.keys().session())?)?)
}

/// The session that a claim's answer begins; `None` when the answer, or the key in it, does not hold.
fn begun(engine: &Engine, account: &AccountId, device: &DeviceId, answer: &[u8]) -> Result<Option<OlmSession>, Error> {
    let listed = listed(engine, account)?;
    let known = listed.iter().find(|known| known.device() == *device);
    let Some((identity, prekey)) = known.and_then(|known| Some((known.olm?, prekey(engine, known, answer)?))) else {
        return Ok(None);
    };
    let own = store::kept::<OlmAccount>(engine.store(), OlmAccount::KEY)?.ok_or(WalletError::Internal)?;
    Ok(own.outbound(&identity, &prekey).ok())
}

/// The prekey in an answer to a claim, when the device itself has signed it.
fn prekey(engine: &Engine, device: &DeviceCertificate, answer: &[u8]) -> Option<OlmKey> {
    let claimed = ClaimedPrekey::decode(answer).ok()?;
    let prekeys = Signed::<Prekeys>::parse(claimed.prekeys.as_slice()).ok()?.verify(&device.session).ok()?;
    let fits = prekeys.verifier == engine.profile().verifier
        && prekeys.account == device.account.account_id()
        && prekeys.device == device.device();
    prekeys.key_at(claimed.index).filter(|_| fits)
}
