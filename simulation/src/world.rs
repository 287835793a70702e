//! The world: what happens next, to whom, and what is checked after it.

use crate::cast::Cast;
use crate::cellar::Cellar;
use crate::days::Days;
use crate::event::{Event, Who};
use crate::family::Family;
use crate::laws::{Broken, Law, hold};
use crate::meeting::Meeting;
use crate::operator::OPERATE_MS;
use crate::plan::Plan;
use crate::play::Play;
use crate::purse::Purse;
use crate::queue::Queue;
use crate::random::Random;
use crate::report::{Counts, Failure, Report};
use crate::server::Server;
use crate::tabs::Tabs;
use crate::trace::Trace;
use farthing_core::engine::Input;
use farthing_core::store::{Direction, PaymentState, Store as _};
use farthing_protocol::http::Call;
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::pointer::Pointer;
use std::collections::{BTreeMap, BTreeSet};

/// What a wallet's process takes to begin again.
const REOPEN_MS: u64 = 20_000;
/// The pause between two syncs of an open wallet.
const SYNC_MS: u64 = 60_000;
/// Rounds in which the world that others begin with comes to rest.
const PREPARED_ROUNDS: u32 = 5;
/// A year, by which a phone's clock can be off.
const YEAR_MS: u64 = 365 * 24 * 3_600_000;
/// What a message takes once everything was put right.
const CALM_DELAY_MS: u64 = 20;
/// Within which people get up.
const MORNING_MS: u64 = 5_000;
/// A run that does not end by itself is broken.
const STEPS_MAX: u64 = 100_000;

/// Wallets, a verifier, and what is between them.
pub(crate) struct World {
    play: Play,
    pub(crate) family: Family,
    pub(crate) plan: Plan,
    pub(crate) random: Random,
    pub(crate) queue: Queue<Event>,
    trace: Trace,
    pub(crate) server: Server,
    pub(crate) ann: Purse,
    pub(crate) bob: Purse,
    pub(crate) third: Option<Purse>,
    pub(crate) fourth: Option<Purse>,
    pub(crate) meeting: Option<Meeting>,
    pub(crate) asset: Asset,
    /// Links that were passed on, with the amount where it is open.
    pub(crate) links: Vec<(Who, Pointer, Option<Amount>)>,
    pub(crate) counts: Counts,
    pub(crate) deciding: bool,
    /// Everything was put right.
    pub(crate) calm: bool,
    pub(crate) messages: u64,
    pub(crate) checked: [u64; 4],
    /// Wallets that have synced in this round, and what was written before it.
    pub(crate) synced: BTreeSet<Who>,
    pub(crate) round_writes: u64,
    /// Who has made a request after all had settled; nobody when they are asked to.
    pub(crate) encores: Option<BTreeSet<Who>>,
    pub(crate) settled: bool,
    /// Until when phones have no network.
    pub(crate) parted: BTreeMap<Who, u64>,
    /// When the verifier's key was replaced last.
    pub(crate) key_replaced_ms: Option<u64>,
    /// What was written to places where people meet, for a relay to swap and to replay.
    pub(crate) overheard: Vec<Call>,
    pub(crate) days: Days,
    pub(crate) tabs: Tabs,
    pub(crate) cellar: Cellar,
}

impl World {
    pub(crate) fn new(play: Play, sink: Option<fn(&str)>) -> Result<Self, Broken> {
        let mut random = Random::new(play.seed);
        let plan = Plan::draw(play.family, &mut random);
        let mut cast = if play.family == Family::Enrolment {
            let mut fresh = Cast::fresh(("cat", "ann"), &mut random, play.storage)?;
            fresh.open(&mut random)?;
            fresh
        } else {
            Cast::prepared(play.storage)?
        };
        if !matches!(play.family, Family::Storm | Family::Tabs | Family::Cellar | Family::Pairing | Family::Enrolment) {
            cast.third = None;
        }
        if !plan.is_storm {
            cast.fourth = None;
        }
        for purse in cast.purses() {
            purse.book.allows_loss = plan.loses_disk;
            purse.book.allows_others = plan.shares;
            purse.book.allows_copies = plan.copies;
            purse.book.allows_cheats = plan.cheats;
            purse.clocks.ahead_ms = off_ms(&mut random);
        }
        cast.open(&mut random)?;
        Ok(Self::of(play, plan, random, cast, sink))
    }

    /// A world in which nothing goes wrong.
    pub(crate) fn calm(play: Play, random: Random, cast: Cast) -> Self {
        Self { calm: true, ..Self::of(play, Plan::calm(), random, cast, None) }
    }

    /// Opens the accounts, in peace, and another phone of the first one.
    pub(crate) fn prepare(mut self) -> Result<Cast, Broken> {
        for round in 0..PREPARED_ROUNDS {
            for who in self.all() {
                self.sync(who)?;
            }
            while let Some(event) = self.queue.next() {
                self.happen(event)?;
                self.after_step()?;
            }
            if round == 1 {
                self.another_phone(Who::Fourth, true)?;
            }
        }
        for who in self.all() {
            hold(Law::NoDeadEnd, self.purse(who).is_ready(), || format!("{who:?} has no account"))?;
            self.purse(who).kill();
        }
        hold(Law::NoDeadEnd, self.fourth.is_some(), || "there is no second phone".to_owned())?;
        self.server.kill();
        let Self { server, ann, bob, third, fourth, queue, .. } = self;
        Ok(Cast { server, ann, bob, third, fourth, now_ms: queue.now_ms() })
    }

    fn of(play: Play, plan: Plan, random: Random, cast: Cast, sink: Option<fn(&str)>) -> Self {
        let Cast { server, ann, bob, third, fourth, now_ms } = cast;
        let asset = server.asset();
        Self {
            play,
            family: play.family,
            plan,
            random,
            queue: Queue::new(now_ms),
            trace: Trace::new(sink),
            server,
            ann,
            bob,
            third,
            fourth,
            asset,
            meeting: None,
            links: Vec::new(),
            counts: Counts::default(),
            deciding: false,
            calm: false,
            messages: 0,
            checked: [0; 4],
            synced: BTreeSet::new(),
            round_writes: 0,
            encores: None,
            settled: false,
            parted: BTreeMap::new(),
            key_replaced_ms: None,
            overheard: Vec::new(),
            days: Days::default(),
            tabs: Tabs::default(),
            cellar: Cellar::default(),
        }
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
        self.days.busy_until_ms = self.queue.now_ms() + self.plan.busy_ms;
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
        if let Some(rest) = self.rest_ms().filter(|_| event.can_wait()) {
            let later = rest + self.random.between(1, MORNING_MS);
            self.queue.plan(later, event);
            return Ok(());
        }
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
            Event::ChooseTab(who, tab) => self.choose_tab(who, &tab),
            Event::Voucher(to, from, bytes, tries) => self.take(to, from, bytes, tries),
            Event::ShownBack(who, bytes) => self.catch_up(who, &bytes),
            Event::Cellar(scene) => self.play_scene(scene),
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
                self.heal();
                Ok(())
            }
            Event::Settle(round) => self.settle(round),
        }
    }

    pub(crate) fn open(&mut self, who: Who) -> Result<(), Broken> {
        if self.purse(who).is_open() {
            return Ok(());
        }
        self.note(format!("{who:?}'s wallet opens"));
        let now = self.queue.now_ms();
        match who {
            Who::Ann => self.ann.open(&mut self.random, now)?,
            Who::Bob => self.bob.open(&mut self.random, now)?,
            Who::Third | Who::Fourth => {
                let purse = if who == Who::Third { &mut self.third } else { &mut self.fourth };
                if let Some(purse) = purse {
                    purse.open(&mut self.random, now)?;
                }
            }
        }
        self.sync(who)
    }

    fn sync_often(&mut self, who: Who) -> Result<(), Broken> {
        if self.calm {
            return Ok(());
        }
        let most = match self.family {
            Family::Storm => 4 * SYNC_MS,
            // Whoever was not heard tries again soon: there is a night to come.
            _ if self.family.lasts_days() && !self.synced.contains(&who) => SYNC_MS / 4,
            _ => SYNC_MS,
        };
        let pause = self.random.between(most / 6, most);
        self.queue.plan(pause, Event::Sync(who));
        self.sync(who)
    }

    /// Buries who died, and checks the laws of whatever was written.
    fn after_step(&mut self) -> Result<(), Broken> {
        for who in self.all() {
            if self.purse(who).bury() {
                self.note(format!("{who:?}'s wallet dies at a write"));
                self.plan_opening(who);
            }
        }
        let purses = [Some(&mut self.ann), Some(&mut self.bob), self.third.as_mut(), self.fourth.as_mut()];
        for (purse, checked) in purses.into_iter().zip(&mut self.checked) {
            let Some(purse) = purse else { continue };
            let writes = purse.disk().writes();
            if writes != *checked {
                purse.check(&self.server)?;
            }
            *checked = writes;
        }
        self.check_tabs()?;
        self.check_cellar()?;
        if self.plan.meets { self.check_contacts() } else { Ok(()) }
    }

    /// A wallet has died; some time later it is opened again.
    pub(crate) fn plan_opening(&mut self, who: Who) {
        self.counts.wallet_crashes += 1;
        let closed = self.random.between(100, REOPEN_MS);
        self.queue.plan(closed, Event::Open(who));
    }

    pub(crate) const fn purse(&mut self, who: Who) -> &mut Purse {
        let other = match who {
            Who::Ann => None,
            Who::Bob => return &mut self.bob,
            Who::Third => self.third.as_mut(),
            Who::Fourth => self.fourth.as_mut(),
        };
        match other {
            Some(purse) => purse,
            None => &mut self.ann,
        }
    }

    /// Those who have a wallet.
    pub(crate) fn all(&self) -> Vec<Who> {
        let mut all = vec![Who::Ann, Who::Bob];
        all.extend(self.third.as_ref().map(|_| Who::Third));
        all.extend(self.fourth.as_ref().map(|_| Who::Fourth));
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
        self.counts.payments = self.server.ledger.applied();
        self.counts.disks_lost = self.server.epochs();
        (self.counts.holds, self.counts.claims) = self.server.ledger.tabs();
        let offline = self.server.ledger.offline();
        (self.counts.allowances, self.counts.offline_claims, self.counts.settlements) = offline;
        match self.family {
            Family::Tabs => self.counts.key_events = self.counts.claims,
            Family::Cellar => self.counts.key_events = self.counts.offline_claims,
            _ => {}
        }
        for purse in [&self.ann, &self.bob].into_iter().chain(&self.third).chain(&self.fourth) {
            let ended = |state| purse.book.ended(state, Direction::Out) as u64;
            self.counts.settled += ended(PaymentState::Settled);
            self.counts.refused += ended(PaymentState::Refused);
            self.counts.expired += ended(PaymentState::Expired);
            if matches!(self.family, Family::Storm | Family::Payments) {
                self.counts.key_events += ended(PaymentState::Settled);
            }
            self.counts.failed_writes += purse.disk().failed();
            self.counts.requests += purse.disk().requests(usize::MAX).map_or(0, |all| all.len()) as u64;
        }
    }

    pub(crate) fn report(&self) -> Report {
        Report { play: self.play, digest: self.trace.digest().to_hex(), counts: self.counts }
    }

    pub(crate) fn failure(&self, broken: Broken) -> Failure {
        Failure::new(self.play, self.counts.steps, broken, self.trace.tail())
    }
}

/// How far a phone's clock is off: by up to a year, either way.
pub(crate) fn off_ms(random: &mut Random) -> i64 {
    random.between(0, 2 * YEAR_MS).cast_signed() - YEAR_MS.cast_signed()
}
