//! The network between wallets and verifier: loses, doubles, delays and reorders.

use crate::event::{Envelope, Event, Who};
use crate::laws::Broken;
use crate::server::Mishap;
use crate::trace::short;
use crate::world::World;
use farthing_core::sync::NetworkError;
use farthing_protocol::http::{Call, Reply};

/// A group gathers for so long at most.
const GROUP_MS: u64 = 40;
/// Where wallets meet.
const RENDEZVOUS: &str = "/v1/rendezvous/";
/// How long the verifier waits for a slot that is empty.
const EMPTY_MS: u64 = 2_000;
/// How often in a thousand a relay alters what is written to a slot.
const ALTERED: u64 = 40;
/// Who repeats what others wrote, and waits for no answer.
const NOBODY: Envelope = Envelope { who: Who::Third, life: 0, errand: 0, call: 0 };
/// How long a verifier is down at most.
const DOWN_MS: u64 = 25_000;

impl World {
    /// A call goes out; its wallet waits for an answer, up to a time.
    pub(crate) fn send(&mut self, envelope: Envelope, call: Call) {
        let call = self.relay(call);
        let shown = if draws_its_own(&call.path) { String::new() } else { short(&call.body) };
        self.note(format!("{:?} calls {} {} {shown}", envelope.who, envelope.call, call.path));
        let silent = Event::Answer(envelope, Err(NetworkError::TimedOut));
        self.plan_message(self.plan.timeout_ms, silent);
        if self.happens(self.plan.duplicate) {
            self.counts.doubled += 1;
            let delay = self.delay_ms();
            self.plan_message(delay, Event::Arrive(envelope, Box::new(call.clone())));
        }
        if self.is_parted(envelope.who) || self.happens(self.plan.loss) {
            self.counts.lost += 1;
            return self.note(format!("call {} is lost", envelope.call));
        }
        let delay = self.delay_ms();
        self.plan_message(delay, Event::Arrive(envelope, Box::new(call)));
    }

    /// A call arrives.
    pub(crate) fn arrive(&mut self, envelope: Envelope, call: &Call) -> Result<(), Broken> {
        if !self.server.is_up() {
            self.counts.unreachable += 1;
            let nobody = NetworkError::Unreachable("nobody listens".to_owned());
            self.plan_message(1, Event::Answer(envelope, Err(nobody)));
            return Ok(());
        }
        self.counts.deliveries += 1;
        match self.server.arrive(envelope, call, self.queue.now_ms())? {
            Some(reply) => self.reply(envelope, reply, &call.path),
            None if self.deciding => {}
            None => {
                self.deciding = true;
                let wait = self.random.between(0, GROUP_MS);
                self.queue.plan(wait, Event::Decide);
            }
        }
        Ok(())
    }

    fn reply(&mut self, envelope: Envelope, reply: Reply, path: &str) {
        let shown = if draws_its_own(path) { String::new() } else { short(&reply.body) };
        self.note(format!("call {} is answered {} {shown}", envelope.call, reply.status));
        if self.is_parted(envelope.who) || self.happens(self.plan.loss) {
            self.counts.lost += 1;
            return self.note(format!("answer {} is lost", envelope.call));
        }
        let waited = if reply.status == 404 && path.starts_with(RENDEZVOUS) { EMPTY_MS } else { 0 };
        let delay = self.delay_ms() + waited;
        self.plan_message(delay, Event::Answer(envelope, Ok(Box::new(reply))));
    }

    /// Who is in between can alter what two wallets that meet write to each other, swap it for what they wrote before, there or
    /// elsewhere, and write it again.
    fn relay(&mut self, mut call: Call) -> Call {
        if !call.path.starts_with(RENDEZVOUS) || call.body.is_empty() {
            return call;
        }
        self.overheard.push(call.clone());
        if self.happens(ALTERED) {
            self.note("somebody in between swaps the call's content".to_owned());
            let other = self.random.pick(&self.overheard).map(|other| other.body.clone());
            call.body = other.unwrap_or_default();
        }
        if self.happens(ALTERED) {
            self.note("somebody in between repeats an earlier call".to_owned());
            if let Some(other) = self.random.pick(&self.overheard).cloned() {
                let delay = self.delay_ms();
                self.plan_message(delay, Event::Arrive(NOBODY, Box::new(other)));
            }
        }
        if !self.happens(ALTERED) {
            return call;
        }
        self.note("somebody in between alters the call".to_owned());
        let at = self.random.between(0, call.body.len() as u64);
        if let Some(byte) = usize::try_from(at).ok().and_then(|at| call.body.get_mut(at)) {
            *byte ^= 1;
        }
        call
    }

    /// The verifier's writer takes what waits.
    pub(crate) fn decide(&mut self) -> Result<(), Broken> {
        self.deciding = false;
        let mishap = self.mishap();
        let replies = self.server.decide(mishap, self.queue.now_ms())?;
        if mishap != Mishap::None {
            self.note(format!("the verifier: {mishap:?}"));
        }
        for (envelope, reply) in replies {
            self.reply(envelope, reply, "");
        }
        match mishap {
            Mishap::None => {}
            Mishap::FailedCommit => self.counts.failed_commits += 1,
            Mishap::KilledBefore | Mishap::KilledInside | Mishap::KilledAfter => self.kill_verifier(),
        }
        Ok(())
    }

    fn mishap(&mut self) -> Mishap {
        if !self.calm && self.queue.now_ms() < self.server.full_until_ms || self.happens(self.plan.failed_commit) {
            return Mishap::FailedCommit;
        }
        if !self.happens(self.plan.verifier_crash) {
            return Mishap::None;
        }
        let ways = [Mishap::KilledBefore, Mishap::KilledInside, Mishap::KilledAfter];
        self.random.pick(&ways).copied().unwrap_or(Mishap::None)
    }

    pub(crate) fn kill_verifier(&mut self) {
        self.server.kill();
        self.counts.verifier_crashes += 1;
        let down = self.random.between(50, DOWN_MS);
        self.queue.plan(down, Event::Start);
    }
}

/// Olm's sessions draw their own randomness, so that what messages consist of differs between two runs of one seed. Their
/// lengths do not, and nothing is decided by their bytes: the trace names such calls without them.
fn draws_its_own(path: &str) -> bool {
    path == "/v1/messages"
}
