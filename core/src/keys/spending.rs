//! What keeps an honest phone from signing a number of an allowance twice (wire decision 28, docs/protocol.md 20.5): the keys of
//! allowances, which lie in the vault, and an anchor for each, which lies where a copy of the wallet's folder does not carry it along.
//!
//! Neither is in any backup or export, and neither can be made again from the recovery phrase: a restored wallet signs nothing from old
//! allowances.
//!
//! Stored forms, deterministic CBOR:
//!
//! ```cddl
//! spending       = { 0: 1, 1: [* spent-so-far] }
//! spent-so-far   = [allowance: bstr .size 16, next: uint, total: uint, last: promised / null]
//! promised       = [payee-key: bstr .size 32, total: uint]
//! allowance-keys = [* seed]
//! seed           = bstr .size 32
//! ```
//!
//! ```
//! use farthing_core::keys::vault::{MemoryVault, Spending, SpentSoFar, Vault};
//! use farthing_protocol::offline::{AllowanceId, Anchor};
//! let vault = MemoryVault::new();
//! assert_eq!(vault.spending()?, None);
//! let anchor = Anchor::begin(AllowanceId::new([7; 16]));
//! vault.set_spending(&Spending::default().with(&anchor))?;
//! assert_eq!(vault.spending()?.unwrap_or_default().anchor(&anchor.allowance), Some(anchor));
//! # Ok::<(), farthing_core::keys::vault::VaultError>(())
//! ```

use super::anchor::version;
use super::vault::{Secret, VaultError};
use farthing_protocol::cbor;
use farthing_protocol::key::{BareKey, Ed25519Key, Signer as _};
use farthing_protocol::money::Units;
use farthing_protocol::offline::{AllowanceId, Anchor, PaidLast, VoucherSeq};
use minicbor::{Decode, Decoder, Encode, Encoder};
use zeroize::Zeroizing;

/// The stored form's version.
const VERSION: u8 = 1;
/// Longest stored form that is read, of an anchor too: ours has at most 115 bytes for each of a few allowances.
pub(super) const ENCODED_LEN_MAX: usize = 16 * 1024;
/// Keys that are kept, live ones first: a verifier has far fewer open allowances of an account.
const KEYS_MAX: usize = 64;

/// An [`Anchor`] as it is stored, in the vault and in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SpentSoFar {
    /// Of which allowance.
    #[n(0)]
    pub allowance: AllowanceId,
    /// The number of the next voucher.
    #[n(1)]
    pub next: VoucherSeq,
    /// What all before come to.
    #[n(2)]
    pub total: Units,
    /// The payee of the last one.
    #[n(3)]
    pub last: Option<Promised>,
}

/// What a payee was promised in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Promised {
    /// Its key.
    #[n(0)]
    pub payee: BareKey,
    /// All vouchers for it together.
    #[n(1)]
    pub total: Units,
}

impl From<Anchor> for SpentSoFar {
    fn from(anchor: Anchor) -> Self {
        let last = anchor.last.map(|last| Promised { payee: last.payee, total: last.total });
        Self { allowance: anchor.allowance, next: anchor.next, total: anchor.total, last }
    }
}

impl From<SpentSoFar> for Anchor {
    fn from(spent: SpentSoFar) -> Self {
        let last = spent.last.map(|last| PaidLast { payee: last.payee, total: last.total });
        Self { allowance: spent.allowance, next: spent.next, total: spent.total, last }
    }
}

/// Where a wallet stands with all its allowances, as its vault knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spending(Vec<SpentSoFar>);

#[derive(Encode, Decode)]
#[cbor(map)]
struct Stored {
    #[n(0)]
    version: u8,
    #[n(1)]
    spent: Vec<SpentSoFar>,
}

impl Spending {
    /// The anchor of an allowance.
    #[must_use]
    pub fn anchor(&self, allowance: &AllowanceId) -> Option<Anchor> {
        self.0.iter().find(|spent| spent.allowance == *allowance).map(|spent| Anchor::from(*spent))
    }

    /// The same with this anchor in place of its allowance's.
    #[must_use]
    pub fn with(mut self, anchor: &Anchor) -> Self {
        self.0.retain(|spent| spent.allowance != anchor.allowance);
        self.0.push(SpentSoFar::from(*anchor));
        self
    }

    /// Without the allowances that are not wanted any more; true when there were some.
    pub fn keep(&mut self, wanted: impl Fn(&AllowanceId) -> bool) -> bool {
        let before = self.0.len();
        self.0.retain(|spent| wanted(&spent.allowance));
        self.0.len() < before
    }

    /// The stored form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(&Stored { version: VERSION, spent: self.0.clone() })
    }

    /// Reads the stored form; `place` is for the sentence when it is not one.
    ///
    /// # Errors
    /// [`VaultError::AnchorDamaged`], [`VaultError::Newer`].
    pub fn decode(bytes: &[u8], place: &str) -> Result<Self, VaultError> {
        let version = version(bytes).filter(|version| *version > 0);
        match (version, cbor::decode::<Stored>(bytes)) {
            (Some(version), _) if version > VERSION => Err(VaultError::Newer { version }),
            (Some(_), Ok(stored)) => Ok(Self(stored.spent)),
            _ => Err(VaultError::AnchorDamaged { place: place.to_owned() }),
        }
    }
}

/// The keys that sign vouchers of allowances, wiped when dropped.
#[derive(Default)]
pub struct AllowanceKeys(Vec<Ed25519Key>);

impl AllowanceKeys {
    /// From a vault, which may have none.
    ///
    /// # Errors
    /// [`VaultError::Damaged`].
    pub fn from_secret(secret: Option<&Secret>) -> Result<Self, VaultError> {
        let Some(secret) = secret else { return Ok(Self::default()) };
        let damaged = |_| VaultError::Damaged;
        let mut decoder = Decoder::new(secret.as_bytes());
        let count = decoder.array().map_err(damaged)?.ok_or(VaultError::Damaged)?;
        let mut keys = Vec::new();
        for _ in 0..count {
            let seed: [u8; 32] = decoder.bytes().map_err(damaged)?.try_into().map_err(|_| VaultError::Damaged)?;
            let seed = Zeroizing::new(seed);
            keys.push(Ed25519Key::from_seed(*seed));
        }
        Ok(Self(keys))
    }

    /// For a vault.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        // Enough room, so that no smaller buffer is left behind unwiped.
        let mut out = Zeroizing::new(Vec::with_capacity(16 + 34 * self.0.len()));
        let mut encoder = Encoder::new(&mut *out);
        // Writing to a Vec is infallible.
        let _ = encoder.array(self.0.len() as u64);
        for key in &self.0 {
            let _ = encoder.bytes(&key.seed()[..]);
        }
        Secret::of_known_size(out)
    }

    /// The one with this public half.
    #[must_use]
    pub fn find(&self, public: &BareKey) -> Option<&Ed25519Key> {
        self.0.iter().find(|key| *key.public() == public.public())
    }

    /// Adds one, and forgets those that are not wanted any more.
    pub fn add(&mut self, key: Ed25519Key, wanted: impl Fn(&Ed25519Key) -> bool) {
        self.0.retain(wanted);
        self.0.truncate(KEYS_MAX - 1);
        self.0.push(key);
    }
}

impl core::fmt::Debug for AllowanceKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "AllowanceKeys({}, redacted)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_by_their_public_halves() {
        let keys = [1, 2, 3].map(|n| Ed25519Key::from_seed([n; 32]));
        let publics = keys.each_ref().map(|key| BareKey::of(key.public()).unwrap());
        let mut kept = AllowanceKeys::default();
        for key in keys {
            kept.add(key, |_| true);
        }
        let kept = AllowanceKeys::from_secret(Some(&kept.to_secret())).unwrap();
        assert!(publics.iter().all(|public| kept.find(public).is_some()));
        let mut kept = kept;
        kept.add(Ed25519Key::from_seed([4; 32]), |key| *key.public() == publics[1].public());
        assert_eq!(publics.map(|public| kept.find(&public).is_some()), [false, true, false]);
        assert_eq!(format!("{kept:?}"), "AllowanceKeys(2, redacted)");
        assert!(AllowanceKeys::from_secret(Some(&Secret::copy_of(&[7; 9]))).is_err());
        assert!(AllowanceKeys::from_secret(None).unwrap().find(&publics[0]).is_none());
    }
}
