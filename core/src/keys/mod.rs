//! Keys: from the recovery phrase on paper to the device's keys in a vault.
//!
//! A tour, in the order in which a wallet meets them:
//!
//! - [`SystemEntropy`]: the operating system's randomness, for every function that asks for a generator.
//! - [`phrase`]: the 24 words (BIP-39) that are the account. Not kept on the device unless the person asks.
//! - [`derivation`]: the account key (SLIP-0010), the backup key and the receive seed (HKDF), made from the phrase when needed.
//! - [`device`]: the keys that this device signs and receives with. Those that sign are fresh on each device, never derived
//!   from the phrase, so that a revoked device knows nothing of the next one's.
//! - [`receive`]: the seeds of payee keys, which come from the phrase: what was paid can be read after a phone was lost.
//! - [`spending`]: the keys of allowances, and what keeps a number from being signed twice.
//! - [`vault`]: where secrets rest, with errors that never take "cannot be read" for "not there".
//! - [`keyring`]: the vault in the operating system's keyring, which the person unlocks by logging in.
//! - [`passphrase`]: the vault that needs nothing but a file and a passphrase; for machines without a keyring.
//!
//! ```
//! use farthing_core::keys::{
//!     SystemEntropy, derivation, device::DeviceKeys, phrase::Phrase,
//!     vault::{MemoryVault, SecretName, Vault},
//! };
//! let mut rng = SystemEntropy::new();
//! let phrase = Phrase::generate(&mut rng);
//! let account = derivation::account_key(&phrase);
//! let keys = DeviceKeys::of_phrase(&phrase, &mut rng);
//! let vault = MemoryVault::new();
//! vault.put(SecretName::DeviceKeys, &keys.to_secret())?;
//! # let _ = account;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod anchor;
pub(crate) mod apart;
pub mod derivation;
pub mod device;
mod file;
pub mod keyring;
pub mod passphrase;
pub mod phrase;
pub mod receive;
pub mod spending;
pub mod vault;

use rand_core::{CryptoRng, TryCryptoRng, TryRng};
use ring::rand::{SecureRandom as _, SystemRandom};

/// Length of the random id that a vault gives its wallet, to name the wallet's anchor and entries by.
const WALLET_ID_LEN: usize = 16;

fn random_wallet_id(rng: &mut (impl CryptoRng + ?Sized)) -> [u8; WALLET_ID_LEN] {
    let mut id = [0; WALLET_ID_LEN];
    rng.fill_bytes(&mut id);
    id
}

/// The operating system's random generator, as ring reaches it.
///
/// ```
/// use rand_core::Rng as _;
/// let mut bytes = [0; 32];
/// farthing_core::keys::SystemEntropy::new().fill_bytes(&mut bytes);
/// assert_ne!(bytes, [0; 32]);
/// ```
#[derive(Clone, Debug)]
pub struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    /// The generator. It holds no state of its own.
    #[must_use]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl TryRng for SystemEntropy {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    #[allow(clippy::panic, reason = "without randomness every key and nonce would be wrong; nothing sane can go on")]
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
        match self.0.fill(dst) {
            Ok(()) => Ok(()),
            Err(ring::error::Unspecified) => panic!("the operating system gives no random bytes"),
        }
    }
}

impl TryCryptoRng for SystemEntropy {}
