//! Storms: everything that families are about, in one world.
//!
//! Three people with four phones pay each other. Meanwhile networks part, disks fill up and fail, folders are put back from old
//! copies, a phone revokes the other, people meet under the eyes of a relay that swaps and replays, and the verifier's disk is
//! lost, its key replaced, its space used up. Each seed draws which of these it has.

use crate::event::{Event, Who};
use crate::family::Family;
use crate::laws::Broken;
use crate::world::World;

/// The longest that a phone is cut off.
const PARTED_MS: u64 = 90_000;
/// The longest that the verifier finds no space.
const FULL_MS: u64 = 30_000;
/// How long it takes at most until all have heard of another key of the verifier.
const KEY_FRESH_MS: u64 = 120_000;
/// What each world has at least: calls that reached the verifier, and orders that it applied.
pub(crate) const DELIVERIES_MIN: u64 = 100;
pub(crate) const PAYMENTS_MIN: u64 = 8;
/// How often each pays at the end when there were fewer.
const ENCORES: u32 = 3;
/// How much longer people go on while there is less than that, and until when.
const LONGER_MS: u64 = 5_000;
const LONGEST_MS: u64 = 240_000;

impl World {
    /// Something happens that not every family knows.
    pub(crate) fn storm(&mut self) -> Result<(), Broken> {
        match self.random.between(0, 100) {
            0..25 => {
                self.part();
                Ok(())
            }
            25..45 if self.plan.copies => self.put_back(),
            45..60 if self.plan.loses_disk => self.lose_the_disk(),
            60..75 if self.plan.meets => self.meet(),
            75..82 if self.plan.revokes => self.revoke(),
            82..90 if self.plan.certifies => self.certify(),
            90..95 if self.plan.failed_commit > 0 => {
                self.server.full_until_ms = self.queue.now_ms() + self.random.between(1_000, FULL_MS);
                self.note("the verifier's disk is full".to_owned());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A phone has no network for a while; what is on its way is lost.
    fn part(&mut self) {
        let all = self.all();
        if let Some(who) = self.random.pick(&all).copied().filter(|_| self.plan.parts) {
            let until = self.queue.now_ms() + self.random.between(1_000, PARTED_MS);
            self.counts.partitions += 1;
            self.note(format!("{who:?} has no network until {until} ms"));
            self.parted.insert(who, until);
        }
    }

    /// True while a phone has no network.
    pub(crate) fn is_parted(&self, who: Who) -> bool {
        !self.calm && self.parted.get(&who).is_some_and(|until| self.queue.now_ms() < *until)
    }

    /// First somebody's folder is copied, later it is put back in its place.
    fn put_back(&mut self) -> Result<(), Broken> {
        let all = self.all();
        let Some(who) = self.random.pick(&all).copied() else { return Ok(()) };
        if !self.purse(who).is_ready() {
            return Ok(());
        }
        if !self.purse(who).has_copy() {
            self.note(format!("{who:?}'s folder is copied"));
            return self.purse(who).make_copy();
        }
        if self.plan.cheats && self.random.chance(800) {
            self.cheat(who)?;
        }
        self.note(format!("{who:?}'s folder is put back from the copy"));
        self.counts.folders_put_back += 1;
        self.purse(who).put_back()?;
        self.plan_opening(who);
        Ok(())
    }

    /// The operator replaces the signing key.
    fn certify(&mut self) -> Result<(), Broken> {
        let now = self.queue.now_ms();
        if self.server.is_up() && self.server.certify(&mut self.random, now)? {
            self.counts.keys_replaced += 1;
            self.key_replaced_ms = Some(now);
            self.note("the operator replaces the signing key".to_owned());
        }
        Ok(())
    }

    /// Answers by an earlier key, and news of the newest, can still be on their way.
    pub(crate) fn is_key_fresh(&self) -> bool {
        self.key_replaced_ms.is_some_and(|at| self.queue.now_ms() < at + KEY_FRESH_MS)
    }

    /// People have been at it long enough; a storm goes on until enough has happened.
    pub(crate) fn heal(&mut self) {
        if let Some(later) = self.days.busy_until_ms.checked_sub(self.queue.now_ms()).filter(|later| *later > 0) {
            return self.queue.plan(later, Event::Heal);
        }
        let little = self.counts.deliveries < DELIVERIES_MIN || self.server.ledger.applied() < PAYMENTS_MIN;
        if self.family == Family::Storm && little && self.queue.now_ms() < LONGEST_MS {
            return self.queue.plan(LONGER_MS, Event::Heal);
        }
        self.calm = true;
        for who in self.all() {
            self.purse(who).disk().put_right();
        }
        self.note(format!("all is put right, after {} deliveries", self.counts.deliveries));
        self.queue.plan(1, Event::Settle(0));
    }

    /// True when enough has happened; else everybody pays once more, in peace.
    pub(crate) fn has_enough(&mut self) -> Result<bool, Broken> {
        let enough = self.counts.deliveries >= DELIVERIES_MIN && self.server.ledger.applied() >= PAYMENTS_MIN;
        if self.family != Family::Storm || enough {
            return Ok(true);
        }
        let now = self.queue.now_ms();
        for who in self.all() {
            if self.purse(who).is_revoked() {
                continue;
            }
            let alias = self.purse(who).alias.as_str().to_owned();
            self.server.fund(&alias, &mut self.random, now)?;
            for _ in 0..ENCORES {
                self.pay_alias(who)?;
            }
        }
        Ok(false)
    }
}
