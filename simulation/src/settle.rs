//! The end: everything was put right, and all must come to rest and know the same.

use crate::days::SHIFT_MS;
use crate::event::{Event, Who};
use crate::family::Family;
use crate::laws::{Broken, Ending, Law, check_cellar_ending, check_ending, check_tabs_ending, hold};
use crate::purse::Purse;
use crate::world::World;
use std::collections::BTreeSet;

/// Rounds after which everything must have settled: first one a minute, then, for a ledger whose time stands still
/// after a clock was put back, one every half hour, until there is nothing left to wait for.
const ROUNDS_MAX: u32 = 60;
const QUICK_ROUNDS: u32 = 15;
/// How long requests live that are made at the end.
const ENCORE_LIFE_MS: u64 = 3_600_000;

impl World {
    /// One round after everything was put right: all sync, until a whole round changes nothing.
    pub(crate) fn settle(&mut self, round: u32) -> Result<(), Broken> {
        let now = self.queue.now_ms();
        self.server.start(now)?;
        self.server.look_at_clock(&mut self.random, now)?;
        self.end_days(now)?;
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
        let waits = writes - self.round_writes;
        self.note(format!("round {round}: {waits} writes, all idle: {idle}, all have synced: {heard}"));
        // Of a hold that a restored verifier has with a lower cap, the payee claims again at each sync, until it ends.
        let rest = idle && heard && (writes == self.round_writes || self.days.live);
        let living: Vec<Who> = all.iter().copied().filter(|who| !self.purse(*who).is_revoked()).collect();
        let ready = if self.plan.is_storm { heard } else { rest };
        if ready && self.encores.is_none() {
            // Whatever went wrong before, everybody can still ask for money.
            self.encores = Some(BTreeSet::new());
            for who in living {
                self.ask(who, ENCORE_LIFE_MS)?;
            }
            self.has_enough()?;
            if self.family == Family::Pairing {
                self.meet()?;
            }
        } else if rest {
            let made = self.encores.clone().unwrap_or_default();
            let silent: Vec<Who> = living.into_iter().filter(|who| !made.contains(who)).collect();
            if silent.is_empty() && self.all_met()? && self.has_enough()? && !self.days.live {
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
        let quick = idle || round < QUICK_ROUNDS;
        let pause = if rest && self.days.live {
            SHIFT_MS
        } else if quick {
            60_000
        } else {
            1_800_000
        };
        self.queue.plan(pause, Event::Settle(round + 1));
        Ok(())
    }

    fn end(&mut self) -> Result<(), Broken> {
        let shared = self.third.as_ref().is_some_and(|third| third.account == self.ann.account);
        let purses: Vec<&Purse> = [&self.ann, &self.bob].into_iter().chain(&self.third).chain(&self.fourth).collect();
        // A revoked one is told nothing any more; what it has counted was compared with the ledger as it came.
        for ours in purses.iter().filter(|purse| !purse.is_revoked()) {
            let others = purses.iter().filter(|other| other.account != ours.account && !other.is_revoked());
            let others = others.map(|other| -> &dyn farthing_core::store::Store { other.disk() }).collect();
            let (store, written) = (ours.disk(), &ours.written);
            let own = [Who::Ann, Who::Fourth].contains(&ours.who()) && self.plan.shares;
            let shared = shared || own || self.plan.loses_disk || self.plan.copies || self.family.lasts_days();
            let name = format!("{:?}", ours.who());
            let end = Ending { name, store, account: ours.account, written, others, shared };
            check_ending(&end, self.server.database())?;
            if self.family == Family::Tabs {
                check_tabs_ending(&end, &ours.book.taken, self.server.database())?;
            }
            if self.family == Family::Cellar {
                let (took, cheated) = (&ours.book.offline, &self.cellar.cheated);
                check_cellar_ending(&end, took, cheated, self.server.epochs() > 0, self.server.database())?;
            }
        }
        self.end_of_family()
    }
}
