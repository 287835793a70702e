//! The anchor: which opening of the wallet's database was the last, kept where a copy of the folder does not carry it along.
//!
//! Source: wire decision 19. Each opening that may write gives the database the next number and a fresh mark, and then the
//! anchor the same; a database whose number or mark is not the anchor's is an older copy. The rules are not here: this is what
//! vaults keep. It is no secret.
//!
//! Stored form, deterministic CBOR:
//!
//! ```cddl
//! anchor = { 0: 1, 1: uint, 2: bstr .size 16 }   ; version, number, mark
//! ```
//!
//! ```
//! use farthing_core::keys::vault::{Anchor, MemoryVault, Vault};
//! let vault = MemoryVault::new();
//! assert_eq!(vault.anchor()?, None);
//! vault.set_anchor(&Anchor { number: 1, mark: [7; 16] })?;
//! assert_eq!(vault.anchor()?.map(|anchor| anchor.number), Some(1));
//! # Ok::<(), farthing_core::keys::vault::VaultError>(())
//! ```

use super::vault::VaultError;
use farthing_protocol::cbor;
use minicbor::{Decode, Encode};

/// The stored form's version.
const VERSION: u8 = 1;

/// Which opening of the database was the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Counts the openings; it only rises.
    pub number: u64,
    /// Random, so that two copies that were opened equally often differ.
    pub mark: [u8; 16],
}

/// As it is written.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Stored {
    #[n(0)]
    version: u8,
    #[n(1)]
    number: u64,
    #[cbor(n(2), with = "minicbor::bytes")]
    mark: [u8; 16],
}

impl Anchor {
    /// The stored form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(&Stored { version: VERSION, number: self.number, mark: self.mark })
    }

    /// Reads the stored form; `place` is for the sentence when it is not one.
    ///
    /// # Errors
    /// [`VaultError::AnchorDamaged`], [`VaultError::Newer`].
    pub fn decode(bytes: &[u8], place: &str) -> Result<Self, VaultError> {
        let version = version(bytes).filter(|version| *version > 0);
        match (version, cbor::decode::<Stored>(bytes)) {
            (Some(version), _) if version > VERSION => Err(VaultError::Newer { version }),
            (Some(_), Ok(stored)) => Ok(Self { number: stored.number, mark: stored.mark }),
            _ => Err(VaultError::AnchorDamaged { place: place.to_owned() }),
        }
    }
}

/// Member 0, which is first in every version.
pub(super) fn version(bytes: &[u8]) -> Option<u8> {
    let mut decoder = minicbor::Decoder::new(bytes);
    decoder.map().ok()?;
    (decoder.u8().ok()? == 0).then(|| decoder.u8().ok()).flatten()
}
