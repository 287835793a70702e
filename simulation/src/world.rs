//! The world: what happens next, to whom, and what is checked after it.

use crate::event::{Event, Who};
use crate::family::Family;
use crate::laws::{Broken, Ending, Law, check_ending, hold};
use crate::meeting::Meeting;
use crate::plan::Plan;
use crate::purse::Purse;
use crate::queue::Queue;
use crate::random::Random;
use crate::report::{Counts, Failure, Report};
use crate::server::Server;
use crate::trace::Trace;
use farthing_core::engine::Input;
use farthing_core::store::{Direction, PaymentState, Store as _};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::pointer::Pointer;
use std::collections::BTreeSet;

/// What a wallet's process takes to begin again.
const REOPEN_MS: u64 = 20_000;
/// The pause between two syncs of an open wallet.
const SYNC_MS: u64 = 60_000;
/// The pause between two things that the operator does.
const OPERATE_MS: u64 = 45_000;
/// Rounds after which everything must have settled: first one a minute, then, for a ledger whose time stands still
/// after a clock was put back, one every half hour.
const ROUNDS_MAX: u32 = 40;
const QUICK_ROUNDS: u32 = 15;
/// What a message takes once everything was put right.
const CALM_DELAY_MS: u64 = 20;
/// How long requests live that are made at the end.
const ENCORE_LIFE_MS: u64 = 3_600_000;
/// A run that does not end by itself is broken.
const STEPS_MAX: u64 = 100_000;

/// Wallets, a verifier, and what is between them.
pub(crate) struct World {
    seed: u64,
    pub(crate) family: Family,
    pub(crate) plan: Plan,
    pub(crate) random: Random,
    pub(crate) queue: Queue<Event>,
    trace: Trace,
    pub(crate) server: Server,
    ann: Purse,
    bob: Purse,
    pub(crate) third: Option<Purse>,
    pub(crate) meeting: Option<Meeting>,
    pub(crate) asset: Asset,
    /// Links that were passed on, with the amount where it is open.
    pub(crate) links: Vec<(Who, Pointer, Option<Amount>)>,
    pub(crate) counts: Counts,
    pub(crate) deciding: bool,
    /// Everything was put right.
    pub(crate) calm: bool,
    messages: u64,
    checked: [u64; 3],
    /// Wallets that have synced in this round, and what was written before it.
    pub(crate) synced: BTreeSet<Who>,
    round_writes: u64,
    /// Who has made a request after all had settled; nobody when they are asked to.
    pub(crate) encores: Option<BTreeSet<Who>>,
    settled: bool,
}

impl World {
    pub(crate) fn new(family: Family, seed: u64, sink: Option<fn(&str)>) -> Result<Self, Broken> {
        let mut random = Random::new(seed);
        let plan = Plan::draw(family, seed, &mut random);
        let asset = Asset::new(Code::new("USD")?, 6)?;
        let mut server = Server::new(&mut random, asset)?;
        let mut ann = Purse::new(Who::Ann, ("Ann", "ann"), &mut server, &mut random, plan.encrypted)?;
        let mut bob = Purse::new(Who::Bob, ("Bob", "bob"), &mut server, &mut random, plan.encrypted)?;
        // A third person: who photographs what others show, or wants the name that another one has.
        let mut third = match family {
            Family::Pairing => Some(("Cat", "cat")),
            Family::Enrolment => Some(("Cat", "ann")),
            _ => None,
        }
        .map(|names| Purse::new(Who::Third, names, &mut server, &mut random, false))
        .transpose()?;
        for purse in [&mut ann, &mut bob].into_iter().chain(&mut third) {
            purse.book.allows_loss = family == Family::Verifier;
            purse.book.allows_others = matches!(family, Family::Devices | Family::Restore | Family::Copies);
            purse.open(&mut random, 0)?;
        }
        Ok(Self {
            seed,
            family,
            plan,
            random,
            queue: Queue::new(),
            trace: Trace::new(sink),
            server,
            ann,
            bob,
            third,
            meeting: None,
            asset,
            links: Vec::new(),
            counts: Counts::default(),
            deciding: false,
            calm: false,
            messages: 0,
            checked: [0; 3],
            synced: BTreeSet::new(),
            round_writes: 0,
            encores: None,
            settled: false,
        })
    }

    /// Lives from the first event to the last.
    pub(crate) fn live(&mut self) -> Result<(), Broken> {
        self.note(format!("{:?}", self.plan));
        for who in self.all() {
            self.begins(who);
        }
        let first = self.random.between(1_000, self.plan.turn_ms);
        self.queue.plan(first, Event::Turn);
        self.queue.plan(OPERATE_MS, Event::Operate);
        self.queue.plan(self.plan.busy_ms, Event::Heal);
        while !self.settled {
            let event = self.queue.next();
            self.counts.steps += 1;
            hold(Law::NoDeadEnd, self.counts.steps < STEPS_MAX, || "the run does not end".to_owned())?;
            match event {
                Some(event) => self.happen(event)?,
                None => return Err(Broken { law: Law::NoDeadEnd, detail: "nothing happens any more".to_owned() }),
            }
            self.after_step()?;
        }
        self.tally();
        Ok(())
    }

    fn happen(&mut self, event: Event) -> Result<(), Broken> {
        match event {
            Event::Arrive(envelope, call) => {
                self.messages -= 1;
                self.arrive(envelope, &call)
            }
            Event::Decide => self.decide(),
            Event::Answer(envelope, answer) => {
                self.messages -= 1;
                let input = Input::Reply(answer.map(|reply| *reply));
                let now = self.queue.now_ms();
                let went = self.purse(envelope.who).answer(&envelope, input, now)?;
                self.went(envelope.who, went)
            }
            Event::Act(who) => self.act(who),
            Event::Choose(who, draft) => self.choose(who, &draft),
            Event::Open(who) => self.open(who),
            Event::Resend(who, life, payment, tries) => self.resend(who, life, payment, tries),
            Event::Sync(who) => self.sync_often(who),
            Event::Again(who, life, errand) => {
                let lives = self.purse(who).life() == life && self.purse(who).is_open();
                if lives { self.begin(who, *errand) } else { Ok(()) }
            }
            Event::Turn => self.turn(),
            Event::Scan(who, link) => self.scan(who, &link),
            Event::Start => {
                self.note("the verifier starts".to_owned());
                self.server.start(self.queue.now_ms())
            }
            Event::Operate => self.operate(),
            Event::Heal => {
                self.calm = true;
                for who in self.all() {
                    self.purse(who).disk().put_out_fuse();
                }
                self.note("all is put right".to_owned());
                self.queue.plan(1, Event::Settle(0));
                Ok(())
            }
            Event::Settle(round) => self.settle(round),
        }
    }

    fn open(&mut self, who: Who) -> Result<(), Broken> {
        if self.purse(who).is_open() {
            return Ok(());
        }
        self.note(format!("{who:?}'s wallet opens"));
        let now = self.queue.now_ms();
        match who {
            Who::Ann => self.ann.open(&mut self.random, now)?,
            Who::Bob => self.bob.open(&mut self.random, now)?,
            Who::Third => {
                if let Some(third) = &mut self.third {
                    third.open(&mut self.random, now)?;
                }
            }
        }
        self.sync(who)
    }

    fn sync_often(&mut self, who: Who) -> Result<(), Broken> {
        if self.calm {
            return Ok(());
        }
        let pause = self.random.between(SYNC_MS / 6, SYNC_MS);
        self.queue.plan(pause, Event::Sync(who));
        self.sync(who)
    }

    fn operate(&mut self) -> Result<(), Broken> {
        let now = self.queue.now_ms();
        let pause = self.random.between(OPERATE_MS / 10, OPERATE_MS);
        self.queue.plan(pause, Event::Operate);
        if self.server.look_at_clock(&mut self.random, now)? {
            self.counts.clocks_accepted += 1;
            self.note("the operator accepts the clock".to_owned());
        }
        if self.calm {
            return Ok(());
        }
        if self.happens(self.plan.clock_step) {
            self.counts.clock_steps += 1;
            self.server.clocks.ahead_ms = step_ms(&mut self.random);
            self.note(format!("the verifier's clock is ahead by {} ms", self.server.clocks.ahead_ms));
        }
        if self.happens(self.plan.fees) {
            self.server.set_fees(&mut self.random, now);
        }
        if self.happens(200) {
            let alias = self.purse(Who::Ann).alias.as_str().to_owned();
            self.server.fund(&alias, &mut self.random, now)?;
        }
        if self.happens(500) {
            self.server.sweep(now)?;
        }
        if self.happens(self.plan.verifier_crash) && self.server.is_up() {
            self.note("the verifier is killed".to_owned());
            self.kill_verifier();
        }
        Ok(())
    }

    /// One round after everything was put right: all sync, until a whole round changes nothing.
    fn settle(&mut self, round: u32) -> Result<(), Broken> {
        let now = self.queue.now_ms();
        self.server.start(now)?;
        self.server.look_at_clock(&mut self.random, now)?;
        let all = self.all();
        let mut writes = 0;
        let mut idle = self.messages == 0;
        let mut heard = true;
        for who in all.clone() {
            self.accept_loss(who)?;
            let purse = self.purse(who);
            writes += purse.disk().writes();
            let revoked = purse.is_revoked();
            idle &= if revoked { purse.is_idle() } else { purse.is_done() };
            heard &= revoked || self.synced.contains(&who);
        }
        let rest = idle && heard && writes == self.round_writes;
        let living: Vec<Who> = all.iter().copied().filter(|who| !self.purse(*who).is_revoked()).collect();
        if rest && self.encores.is_none() {
            // Whatever went wrong before, both can still ask for money.
            self.encores = Some(BTreeSet::new());
            for who in living {
                self.ask(who, ENCORE_LIFE_MS)?;
            }
            if self.family == Family::Pairing {
                self.meet()?;
            }
        } else if rest {
            let made = self.encores.clone().unwrap_or_default();
            let silent: Vec<Who> = living.into_iter().filter(|who| !made.contains(who)).collect();
            if silent.is_empty() && self.all_met()? {
                self.settled = true;
                return self.end();
            }
            // A stock that another copy used up is found out by using it, and made anew by the next sync.
            for who in silent {
                self.ask(who, ENCORE_LIFE_MS)?;
            }
        }
        if round == ROUNDS_MAX {
            let asked = self.encores.is_some();
            hold(Law::NoDeadEnd, !asked, || "a wallet can make no request any more".to_owned())?;
            self.end()?;
            return Err(Broken { law: Law::NoDeadEnd, detail: "wallets never come to rest".to_owned() });
        }
        self.synced.clear();
        self.round_writes = writes;
        for who in all {
            if self.purse(who).is_open() { self.sync(who)? } else { self.open(who)? }
        }
        self.queue.plan(if round < QUICK_ROUNDS { 60_000 } else { 1_800_000 }, Event::Settle(round + 1));
        Ok(())
    }

    fn end(&mut self) -> Result<(), Broken> {
        let shared = self.third.as_ref().is_some_and(|third| third.account == self.ann.account);
        let purses: Vec<&Purse> = [&self.ann, &self.bob].into_iter().chain(&self.third).collect();
        // A revoked one is told nothing any more; what it has counted was compared with the ledger as it came.
        for ours in purses.iter().filter(|purse| !purse.is_revoked()) {
            let others = purses.iter().filter(|other| other.account != ours.account && !other.is_revoked());
            let others = others.map(|other| -> &dyn farthing_core::store::Store { other.disk() }).collect();
            let (store, written) = (ours.disk(), &ours.written);
            let shared = shared || self.family == Family::Verifier;
            let end = Ending { store, account: ours.account, written, others, shared };
            check_ending(&end, self.server.database())?;
        }
        self.end_of_family()
    }

    /// Buries who died, and checks the laws of whatever was written.
    fn after_step(&mut self) -> Result<(), Broken> {
        for who in self.all() {
            if self.purse(who).bury() {
                self.note(format!("{who:?}'s wallet dies at a write"));
                self.plan_opening(who);
            }
        }
        let purses = [Some(&mut self.ann), Some(&mut self.bob), self.third.as_mut()];
        for (purse, checked) in purses.into_iter().zip(&mut self.checked) {
            let Some(purse) = purse else { continue };
            let writes = purse.disk().writes();
            if writes != *checked {
                purse.check(&self.server)?;
            }
            *checked = writes;
        }
        if self.family == Family::Pairing { self.check_contacts() } else { Ok(()) }
    }

    /// A wallet has died; some time later it is opened again.
    pub(crate) fn plan_opening(&mut self, who: Who) {
        self.counts.wallet_crashes += 1;
        let closed = self.random.between(100, REOPEN_MS);
        self.queue.plan(closed, Event::Open(who));
    }

    pub(crate) const fn purse(&mut self, who: Who) -> &mut Purse {
        match (who, &mut self.third) {
            (Who::Third, Some(third)) => third,
            (Who::Bob, _) => &mut self.bob,
            (Who::Ann | Who::Third, _) => &mut self.ann,
        }
    }

    /// Those who have a wallet.
    pub(crate) fn all(&self) -> Vec<Who> {
        let mut all = vec![Who::Ann, Who::Bob];
        all.extend(self.third.as_ref().map(|_| Who::Third));
        all
    }

    /// A wallet is there, and its person.
    pub(crate) fn begins(&mut self, who: Who) {
        self.queue.plan(1, Event::Sync(who));
        let first = self.random.between(1_000, self.plan.pause_ms);
        self.queue.plan(first, Event::Act(who));
    }

    /// Plans something that is on its way; the end waits for it.
    pub(crate) fn plan_message(&mut self, in_ms: u64, event: Event) {
        self.messages += 1;
        self.queue.plan(in_ms, event);
    }

    pub(crate) fn delay_ms(&mut self) -> u64 {
        if self.calm { CALM_DELAY_MS } else { self.plan.delay_ms(&mut self.random) }
    }

    /// True so many times in a thousand, until everything is put right.
    pub(crate) fn happens(&mut self, permille: u64) -> bool {
        !self.calm && self.random.chance(permille)
    }

    pub(crate) fn note(&mut self, line: String) {
        let line = format!("{:>5} {:>9} ms  {line}", self.counts.steps, self.queue.now_ms());
        self.trace.note(line);
    }

    fn tally(&mut self) {
        for purse in [&self.ann, &self.bob].into_iter().chain(&self.third) {
            let ended = |state| purse.book.ended(state, Direction::Out) as u64;
            self.counts.settled += ended(PaymentState::Settled);
            self.counts.refused += ended(PaymentState::Refused);
            self.counts.expired += ended(PaymentState::Expired);
            if self.family == Family::Payments {
                self.counts.key_events += ended(PaymentState::Settled);
            }
            self.counts.requests += purse.disk().requests(usize::MAX).map_or(0, |all| all.len()) as u64;
        }
    }

    pub(crate) fn report(&self) -> Report {
        Report { family: self.family, seed: self.seed, digest: self.trace.digest().to_hex(), counts: self.counts }
    }

    pub(crate) fn failure(&self, broken: Broken) -> Failure {
        Failure::new((self.family, self.seed), self.counts.steps, broken, self.trace.tail())
    }
}

/// How far a verifier's clock is off after it stepped: by minutes, which nobody notices, or by hours.
fn step_ms(random: &mut Random) -> i64 {
    let small = random.chance(400);
    let by = if small { random.between(1, 240_000) } else { random.between(301_000, 10_800_000) };
    if random.chance(500) { by.cast_signed() } else { -by.cast_signed() }
}
