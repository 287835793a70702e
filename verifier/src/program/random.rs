//! The system's randomness, in the form that the protocol takes.

use rand_core::{TryCryptoRng, TryRng, UnwrapErr};
use ring::rand::{SecureRandom as _, SystemRandom};

/// ring's randomness as a generator.
pub(crate) struct System(SystemRandom);

/// A generator. It ends the program when the system has no randomness: no key may be made then.
pub(crate) fn rng() -> UnwrapErr<System> {
    UnwrapErr(System(SystemRandom::new()))
}

/// The system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no randomness")]
pub(crate) struct NoRandomness;

impl TryRng for System {
    type Error = NoRandomness;

    fn try_next_u32(&mut self) -> Result<u32, NoRandomness> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, NoRandomness> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        self.0.fill(bytes).map_err(|_| NoRandomness)
    }
}

impl TryCryptoRng for System {}
