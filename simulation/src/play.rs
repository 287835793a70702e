//! What is played: a family, a seed, and what wallets are kept in.

use crate::content::Storage;
use crate::family::Family;

/// A world is played by these three, and the same three are the same world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Play {
    /// What the world is about.
    pub family: Family,
    /// Everything that is left to chance.
    pub seed: u64,
    /// What wallets are kept in.
    pub storage: Storage,
}

impl core::fmt::Display for Play {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let storage = if self.storage == Storage::Files { " --files" } else { "" };
        write!(f, "--family {} --seed {}{storage}", self.family.name(), self.seed)
    }
}
