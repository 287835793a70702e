//! Who is in a world at its beginning: fresh, or cloned from a world in which they have opened their accounts already.
//!
//! Opening an account costs more than all that a world is about, and is always the same. So each thread prepares one world, in
//! which nothing goes wrong, and worlds begin with copies of its disks: memory or files of wallets, the pages of the verifier's
//! database, and what the laws have seen of them.

use crate::content::Storage;
use crate::event::Who;
use crate::family::Family;
use crate::laws::Broken;
use crate::play::Play;
use crate::purse::Purse;
use crate::random::Random;
use crate::server::Server;
use crate::world::World;
use farthing_protocol::money::{Asset, Code};
use std::cell::RefCell;

/// The wallets and the verifier of a world.
pub(crate) struct Cast {
    pub(crate) server: Server,
    pub(crate) ann: Purse,
    pub(crate) bob: Purse,
    pub(crate) third: Option<Purse>,
    pub(crate) fourth: Option<Purse>,
    /// How long the world has gone on already.
    pub(crate) now_ms: u64,
}

thread_local! {
    /// What this thread has prepared, by what wallets are kept in.
    static PREPARED: RefCell<Vec<(Storage, Cast)>> = const { RefCell::new(Vec::new()) };
}

/// The world that is prepared is always the same.
const SEED: u64 = 0;

impl Cast {
    /// Wallets with their enrolments stored and not yet sent. `third`: name and wish of a third person.
    pub(crate) fn fresh(third: (&str, &str), random: &mut Random, storage: Storage) -> Result<Self, Broken> {
        let mut server = Server::new(random, Asset::new(Code::new("USD")?, 6)?)?;
        let ann = Purse::new(Who::Ann, ("Ann", "ann"), &mut server, random, storage)?;
        let bob = Purse::new(Who::Bob, ("Bob", "bob"), &mut server, random, storage)?;
        let third = Some(Purse::new(Who::Third, third, &mut server, random, storage)?);
        Ok(Self { server, ann, bob, third, fourth: None, now_ms: 0 })
    }

    /// Wallets of three people who have opened their accounts, the first of them on two phones. No process runs but the
    /// verifier's.
    pub(crate) fn prepared(storage: Storage) -> Result<Self, Broken> {
        PREPARED.with_borrow_mut(|prepared| {
            if let Some((_, cast)) = prepared.iter().find(|(of, _)| *of == storage) {
                return cast.again();
            }
            let mut random = Random::new(SEED);
            let mut cast = Self::fresh(("Cat", "cat"), &mut random, storage)?;
            cast.open(&mut random)?;
            let cast = World::calm(Play { family: Family::Payments, seed: SEED, storage }, random, cast).prepare()?;
            let again = cast.again();
            prepared.push((storage, cast));
            again
        })
    }

    fn again(&self) -> Result<Self, Broken> {
        Ok(Self {
            server: self.server.again(self.now_ms)?,
            ann: self.ann.again()?,
            bob: self.bob.again()?,
            third: self.third.as_ref().map(Purse::again).transpose()?,
            fourth: self.fourth.as_ref().map(Purse::again).transpose()?,
            now_ms: self.now_ms,
        })
    }

    /// Those who have a wallet.
    pub(crate) fn purses(&mut self) -> impl Iterator<Item = &mut Purse> {
        [&mut self.ann, &mut self.bob].into_iter().chain(&mut self.third).chain(&mut self.fourth)
    }

    /// Every wallet's process begins.
    pub(crate) fn open(&mut self, random: &mut Random) -> Result<(), Broken> {
        let now_ms = self.now_ms;
        self.purses().try_for_each(|purse| purse.open(random, now_ms))
    }
}
