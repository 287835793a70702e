//! What the families are about: the acts that only one of them has, and what must hold when it ends.

use crate::content::Storage;
use crate::errand::Errand;
use crate::event::{Envelope, Event, Who};
use crate::family::Family;
use crate::laws::{Broken, Law, hold};
use crate::purse::Purse;
use crate::world::World;
use farthing_core::devices::{self, FoundAccount};
use farthing_core::error::Error;
use farthing_core::history;
use farthing_core::store::{ProfileState, Store as _};
use farthing_core::sync::{CallFuture, Network, NetworkError};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::{Call, Reply};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

impl World {
    /// The family's next act.
    pub(crate) fn turn(&mut self) -> Result<(), Broken> {
        if self.calm {
            return Ok(());
        }
        let pause = self.random.between(self.plan.turn_ms / 6, self.plan.turn_ms);
        self.queue.plan(pause, Event::Turn);
        match self.family {
            Family::Storm => self.storm(),
            Family::Tabs | Family::Cellar => self.day(),
            Family::Payments => Ok(()),
            Family::Enrolment => {
                self.kill_who_enrols();
                Ok(())
            }
            Family::Pairing => self.meet(),
            Family::Devices if self.third.is_some() => self.revoke(),
            Family::Devices => self.another_phone(Who::Third, true),
            Family::Restore => self.another_phone(Who::Third, false),
            Family::Copies => self.copy(),
            Family::Verifier => self.lose_the_disk(),
        }
    }

    fn kill_who_enrols(&mut self) {
        for who in self.all() {
            let enrols = matches!(self.purse(who).state(), Some(ProfileState::Enrolling(_)));
            if enrols && self.purse(who).is_open() && self.happens(300) {
                self.counts.key_events += 1;
                self.note(format!("{who:?}'s wallet is killed while it enrols"));
                self.purse(who).kill();
                self.plan_opening(who);
            }
        }
    }

    /// Whoever cannot have a name, or was overtaken, begins anew. True when it did.
    pub(crate) fn begins_anew(&mut self, who: Who, error: &Error) -> Result<bool, Broken> {
        let Error::Problem { code, .. } = error else { return Ok(false) };
        let enrols = matches!(self.purse(who).state(), Some(ProfileState::Enrolling(_)));
        if self.family == Family::Enrolment && who != Who::Bob && enrols && *code == ProblemCode::AliasTaken {
            let alias = if who == Who::Third { "cat" } else { "anna" };
            let now = self.queue.now_ms();
            if !self.server.is_up() {
                return Ok(true);
            }
            let mut purse = Purse::new(who, ("Another", alias), &mut self.server, &mut self.random, Storage::Memory)?;
            purse.open(&mut self.random, now)?;
            self.note(format!("{who:?} begins anew as {alias}"));
            self.counts.key_events += 1;
            *self.purse(who) = purse;
            return Ok(true);
        }
        Ok(false)
    }

    /// Ann's account on another phone; the first one stays, or is lost.
    pub(crate) fn another_phone(&mut self, who: Who, keep: bool) -> Result<(), Broken> {
        let there = if who == Who::Third { &self.third } else { &self.fourth };
        if there.is_some() || !self.server.is_up() || !self.purse(Who::Ann).is_ready() {
            return Ok(());
        }
        let now = self.queue.now_ms();
        let Some(found) = self.find()? else { return Ok(()) };
        let mut random = self.random.clone();
        let mut phone = Purse::restoring(who, self.purse(Who::Ann), &found, keep, &mut random)?;
        phone.book.allows_others = true;
        phone.open(&mut random, now)?;
        self.random = random;
        *if who == Who::Third { &mut self.third } else { &mut self.fourth } = Some(phone);
        self.note("Ann restores her account on another phone".to_owned());
        self.begins(who);
        Ok(())
    }

    /// Asks the verifier for the account, as a restore does before there is a wallet: with fast answers, or none.
    fn find(&mut self) -> Result<Option<FoundAccount>, Broken> {
        let invite = self.server.invite()?;
        let key = self.purse(Who::Ann).account_key();
        let nobody = Envelope { who: Who::Third, life: 0, errand: 0, call: 0 };
        let begin = self.random.generator();
        let mut told = Vec::new();
        loop {
            let network = Told { answers: Mutex::new(told.clone().into_iter().collect()), asked: Mutex::new(None) };
            // The same randomness each time: the same calls, and one more of them is answered.
            let mut rng = begin.clone();
            let found = {
                let mut search = std::pin::pin!(devices::find(&network, &invite, &key, &mut rng));
                search.as_mut().poll(&mut Context::from_waker(Waker::noop()))
            };
            let asked = network.asked.into_inner().unwrap_or_else(PoisonError::into_inner);
            match (found, asked) {
                (_, Some(call)) => match self.server.arrive(nobody, &call, self.queue.now_ms())? {
                    Some(reply) => told.push(reply),
                    None => return Ok(None),
                },
                (Poll::Ready(Ok(found)), None) => return Ok(Some(found)),
                (Poll::Ready(Err(Error::Problem { .. })), None) => return Ok(None),
                (Poll::Ready(Err(error)), None) => return Err(error.into()),
                (Poll::Pending, None) => return Ok(None),
            }
        }
    }

    /// One of Ann's phones revokes the other.
    pub(crate) fn revoke(&mut self) -> Result<(), Broken> {
        let second = if self.plan.is_storm { Who::Fourth } else { Who::Third };
        let (by, gone) = if self.random.chance(500) { (Who::Ann, second) } else { (second, Who::Ann) };
        let sure = self.purse(by).is_open() && self.purse(by).is_ready() && self.purse(gone).is_ready();
        if !sure || !self.happens(500) {
            return Ok(());
        }
        let Some(device) = self.purse(gone).disk().profile().ok().flatten().map(|profile| profile.device) else {
            return Ok(());
        };
        let key = self.purse(by).account_key();
        self.note(format!("{by:?} revokes {gone:?}"));
        self.begin(by, Errand::revoke(key, device))
    }

    /// Ann's folder is copied, and the copy is opened: beside the first one, or on another machine.
    fn copy(&mut self) -> Result<(), Broken> {
        if self.third.is_some() {
            // People put their phones away, and take them out again.
            let who = if self.random.chance(500) { Who::Ann } else { Who::Third };
            if self.purse(who).is_open() && self.happens(400) {
                self.note(format!("{who:?}'s wallet is closed"));
                self.purse(who).kill();
                self.plan_opening(who);
            }
            return Ok(());
        }
        if !self.purse(Who::Ann).is_ready() {
            return Ok(());
        }
        let here = self.random.chance(500);
        let mut copy = self.purse(Who::Ann).copy(Who::Third, here)?;
        copy.book.allows_others = true;
        self.third = Some(copy);
        self.note(format!("Ann's folder is copied; opened in the same place: {here}"));
        let later = self.random.between(1, 90_000);
        self.queue.plan(later, Event::Open(Who::Third));
        self.begins(Who::Third);
        Ok(())
    }

    /// First a backup, later the loss.
    pub(crate) fn lose_the_disk(&mut self) -> Result<(), Broken> {
        let now = self.queue.now_ms();
        // Whose account was opened after the backup has none any more, and enrols again: that is another story.
        if !self.purse(Who::Ann).is_ready() || !self.purse(Who::Bob).is_ready() {
            return Ok(());
        }
        if !self.server.has_backup() {
            self.note("the operator makes a backup".to_owned());
            return self.server.back_up();
        }
        if self.happens(600) {
            let mut random = self.random.clone();
            self.server.restore(&mut random, now)?;
            self.random = random;
            self.note("the verifier's disk is lost, and restored from the backup".to_owned());
        }
        Ok(())
    }

    /// A person who is told of a loss goes on with it, once everything was read.
    pub(crate) fn accept_loss(&mut self, who: Who) -> Result<(), Broken> {
        // A device that was revoked reads nothing any more, and its person may well accept what it knows to be lost.
        let read = self.synced.contains(&who) || self.purse(who).is_revoked();
        if !self.plan.loses_disk || !read {
            return Ok(());
        }
        let now = self.queue.now_ms();
        let accepted = self.purse(who).with(now, |engine, now| {
            let Some(loss) = history::open(engine)? else { return Ok(None) };
            let at = engine.time_or_wall(now);
            history::accept(engine, at)?;
            Ok(Some(loss.payments.len()))
        });
        if let Some(lost) = self.sound(who, accepted)?.flatten() {
            self.counts.key_events += u64::from(self.family == Family::Verifier);
            self.note(format!("{who:?} accepts the loss of {lost} payments"));
        }
        Ok(())
    }

    /// What must hold in the end, by family.
    pub(crate) fn end_of_family(&mut self) -> Result<(), Broken> {
        match self.family {
            Family::Storm | Family::Payments | Family::Verifier | Family::Tabs | Family::Cellar => Ok(()),
            Family::Enrolment => self.one_account_each(),
            Family::Pairing => self.end_of_meetings(),
            Family::Devices => {
                let revoked = [Who::Ann, Who::Third].into_iter().filter(|who| self.purse(*who).is_revoked()).count();
                self.counts.key_events += revoked as u64;
                Ok(())
            }
            Family::Restore if self.third.is_some() => {
                let restored = self.purse(Who::Third).is_ready();
                hold(Law::NoDeadEnd, restored, || "the account was not restored".to_owned())?;
                self.counts.key_events += 1;
                Ok(())
            }
            Family::Restore => Ok(()),
            Family::Copies => {
                let found: u64 = [Who::Ann, Who::Third].into_iter().map(|who| self.purse(who).book.copies_found).sum();
                self.counts.key_events += found;
                Ok(())
            }
        }
    }

    fn one_account_each(&self) -> Result<(), Broken> {
        let db = self.server.database();
        let count = |sql: &str| -> Result<i64, rusqlite::Error> { db.query_row(sql, [], |row| row.get(0)) };
        let people = i64::try_from(self.all().len()).unwrap_or(0);
        let accounts = count("SELECT count(*) FROM accounts WHERE role = 3")?;
        hold(Law::OneAccount, accounts == people, || format!("{accounts} accounts of {people} people"))?;
        let grants = count(
            "SELECT count(*) FROM accounts a WHERE a.role = 3 AND NOT EXISTS
             (SELECT 1 FROM issues i WHERE i.account = a.number)",
        )?;
        hold(Law::OneAccount, grants == 0, || format!("{grants} accounts without a grant"))
    }
}

/// A network that has its answers: those that were given before, and a question that has none yet.
struct Told {
    answers: Mutex<std::collections::VecDeque<Reply>>,
    asked: Mutex<Option<Call>>,
}

impl Network for Told {
    fn call<'a>(&'a self, call: &'a Call) -> CallFuture<'a> {
        let answer = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        if answer.is_none() {
            *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(call.clone());
        }
        Box::pin(async move { answer.ok_or(NetworkError::TimedOut) })
    }
}
