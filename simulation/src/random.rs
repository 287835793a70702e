//! The one source of chance: everything that a run decides by lot comes from its seed.

use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, Rng as _, SeedableRng as _};

/// A seeded generator.
#[derive(Clone, Debug)]
pub(crate) struct Random(ChaCha20Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    /// 32 fresh bytes, for keys.
    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A generator of its own, for a wallet's engine.
    pub(crate) fn generator(&mut self) -> ChaCha20Rng {
        ChaCha20Rng::from_seed(self.bytes())
    }

    /// Itself, where a generator is asked for.
    pub(crate) fn as_rng(&mut self) -> &mut (impl CryptoRng + Send + use<>) {
        &mut self.0
    }

    /// A number from `low` up to and without `high`; `low` when there is none.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        // The bias of a remainder is no matter here.
        low + self.0.next_u64().checked_rem(high.saturating_sub(low)).unwrap_or(0)
    }

    /// True so many times in a thousand.
    pub(crate) fn chance(&mut self, permille: u64) -> bool {
        self.between(0, 1000) < permille
    }

    /// One of the items.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let index = self.between(0, items.len() as u64);
        items.get(usize::try_from(index).unwrap_or(0))
    }
}
