//! Worlds that go on for days: between their busy minutes lie nights, in which what was set aside comes to its end.

use crate::family::Family;
use crate::laws::{Allowances, Broken, Holds};
use crate::world::World;

/// An hour.
pub(crate) const HOUR_MS: u64 = 3_600_000;
/// The longest night. Whoever looks at its phone each morning does so twice within each half of a day, also when the verifier's
/// clock steps by hours meanwhile.
const NIGHT_MS: u64 = 5 * HOUR_MS;
/// The same at the end, when nothing goes wrong any more.
pub(crate) const SHIFT_MS: u64 = 8 * HOUR_MS;

/// What day it is.
#[derive(Default)]
pub(crate) struct Days {
    /// Something that was set aside has not ended.
    pub(crate) live: bool,
    /// Until when it is night.
    night_until_ms: u64,
    /// Until when people are at it: longer by each night.
    pub(crate) busy_until_ms: u64,
}

impl World {
    /// A turn of such a world: a night, once everybody has looked at their phones; or what happens in storms.
    pub(crate) fn day(&mut self) -> Result<(), Broken> {
        let awake = self.all().into_iter().all(|who| {
            let rests = self.purse(who).is_open() && self.synced.contains(&who) && !self.is_parted(who);
            rests || self.purse(who).is_revoked()
        });
        if !awake || !self.server.is_up() || !self.random.chance(800) {
            return self.storm();
        }
        let night = self.random.between(HOUR_MS, NIGHT_MS);
        self.days.night_until_ms = self.queue.now_ms() + night;
        self.synced.clear();
        self.days.busy_until_ms += night;
        self.counts.nights += 1;
        self.note(format!("night, for {night} ms"));
        Ok(())
    }

    /// How long it is night still.
    pub(crate) fn rest_ms(&self) -> Option<u64> {
        self.days.night_until_ms.checked_sub(self.queue.now_ms()).filter(|rest| *rest > 0)
    }

    /// The verifier ends what was set aside and whose time is over; whether something is left.
    pub(crate) fn end_days(&mut self, now_ms: u64) -> Result<(), Broken> {
        if self.family.lasts_days() {
            self.server.sweep(now_ms)?;
            let db = self.server.database();
            self.days.live = match self.family {
                Family::Cellar => Allowances::read(db)?.live(),
                _ => Holds::read(db)?.live(),
            };
        }
        Ok(())
    }
}
