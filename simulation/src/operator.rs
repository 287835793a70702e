//! What the operator does.

use crate::event::{Event, Who};
use crate::family::Family;
use crate::laws::Broken;
use crate::random::Random;
use crate::world::World;

/// The pause between two things that the operator does.
pub(crate) const OPERATE_MS: u64 = 45_000;

impl World {
    pub(crate) fn operate(&mut self) -> Result<(), Broken> {
        let now = self.queue.now_ms();
        if self.calm && self.family.lasts_days() {
            // The days that are left are looked at in rounds.
            return Ok(());
        }
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
        if self.family == Family::Cellar && self.happens(150) {
            let payee = self.purse(Who::Bob).alias.as_str().to_owned();
            self.server.guarantee(&payee, &mut self.random, now)?;
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
}

/// How far a verifier's clock is off after it stepped: by minutes, which nobody notices, or by hours.
fn step_ms(random: &mut Random) -> i64 {
    let small = random.chance(400);
    let by = if small { random.between(1, 240_000) } else { random.between(301_000, 10_800_000) };
    if random.chance(500) { by.cast_signed() } else { -by.cast_signed() }
}
