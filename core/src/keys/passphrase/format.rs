//! The vault file's bytes and what is sealed in them; see the parent module for the layout.

use super::super::WALLET_ID_LEN;
use super::super::vault::{SECRET_MAX, Secret, SecretName, VaultError};
use super::Cost;
use farthing_protocol::{cbor, id::Digest, sealed};
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

#[cfg(test)]
mod wycheproof;

pub(super) const KEY_LEN: usize = 32;
pub(super) const SALT_LEN: usize = 16;

/// The key that the passphrase gives.
pub(super) type Key = sealed::Secret;

const MAGIC: &[u8] = b"farthing vault";
/// The version that is written: 2 when the wallet has an id.
const VERSION_WITH_ID: u8 = 2;
const VERSION_WITHOUT_ID: u8 = 1;
/// Part of what every seal is bound to, the same in both versions.
const SEAL_VERSION: u8 = 1;
/// The name under which the wallet's id is sealed; no [`SecretName`] has it.
const WALLET_ID: u8 = 0;
const DIGEST_LEN: usize = 32;

/// Largest file that is read: every secret at its limit, and framing.
pub(super) const FILE_MAX: usize = SecretName::ALL.len() * (SECRET_MAX + 256) + 1024;

/// What the key is derived from, and what every seal is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    cost: Cost,
    salt: [u8; SALT_LEN],
}

impl Header {
    pub(super) const fn new(cost: Cost, salt: [u8; SALT_LEN]) -> Self {
        Self { cost, salt }
    }

    pub(super) fn derive(&self, passphrase: &str) -> Result<Key, VaultError> {
        self.cost.derive(passphrase, &self.salt)
    }

    fn aad(&self, purpose: &[u8], rest: &[u8]) -> Vec<u8> {
        let header = cbor::encode(&(self.cost, minicbor::bytes::ByteArray::from(self.salt)));
        [&b"farthing/1/vault"[..], &[SEAL_VERSION], &header, purpose, rest].concat()
    }
}

/// The body, as it is written.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
struct Body {
    #[n(0)]
    cost: Cost,
    #[cbor(n(1), with = "minicbor::bytes")]
    salt: [u8; SALT_LEN],
    #[n(2)]
    check: Sealed,
    #[n(3)]
    inventory: Sealed,
    #[n(4)]
    secrets: BTreeMap<u8, Sealed>,
}

/// Everything that the file holds, sealed.
pub(super) struct Contents {
    header: Header,
    check: Sealed,
    inventory: Sealed,
    secrets: BTreeMap<u8, Sealed>,
}

impl Contents {
    pub(super) fn empty(header: Header, key: &Key, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Self, VaultError> {
        let check = Sealed::seal(key, &header.aad(b"check", &[]), &[], rng)?;
        Self::sealed(header, check, BTreeMap::new(), key, rng)
    }

    /// With an inventory over `secrets`.
    fn sealed(
        header: Header,
        check: Sealed,
        secrets: BTreeMap<u8, Sealed>,
        key: &Key,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, VaultError> {
        let inventory = Sealed::seal(key, &inventory_aad(&header, &secrets), &[], rng)?;
        Ok(Self { header, check, inventory, secrets })
    }

    pub(super) const fn header(&self) -> &Header {
        &self.header
    }

    /// The same contents with one secret put in place.
    pub(super) fn with(
        &self,
        key: &Key,
        name: SecretName,
        secret: &Secret,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, VaultError> {
        self.with_number(key, name.number(), secret.as_bytes(), rng)
    }

    /// The same contents with the wallet's id.
    pub(super) fn with_wallet_id(
        &self,
        key: &Key,
        id: &[u8; WALLET_ID_LEN],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, VaultError> {
        self.with_number(key, WALLET_ID, id, rng)
    }

    fn with_number(
        &self,
        key: &Key,
        number: u8,
        plaintext: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, VaultError> {
        let mut secrets = self.secrets.clone();
        let sealed = Sealed::seal(key, &self.header.aad(b"secret", &[number]), plaintext, rng)?;
        secrets.insert(number, sealed);
        Self::sealed(self.header.clone(), self.check.clone(), secrets, key, rng)
    }

    /// The same contents without one secret; `None` when it was not there.
    pub(super) fn without(
        &self,
        key: &Key,
        name: SecretName,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Option<Self>, VaultError> {
        let mut secrets = self.secrets.clone();
        if secrets.remove(&name.number()).is_none() {
            return Ok(None);
        }
        Self::sealed(self.header.clone(), self.check.clone(), secrets, key, rng).map(Some)
    }

    pub(super) fn secret(&self, key: &Key, name: SecretName) -> Result<Option<Secret>, VaultError> {
        let bytes = self.number(key, name.number())?;
        bytes.map(Secret::new).transpose().map_err(|_| VaultError::Damaged)
    }

    /// The wallet's id; a file of version 1 has none.
    pub(super) fn wallet_id(&self, key: &Key) -> Result<Option<[u8; WALLET_ID_LEN]>, VaultError> {
        let bytes = self.number(key, WALLET_ID)?;
        bytes.map(|bytes| bytes[..].try_into()).transpose().map_err(|_| VaultError::Damaged)
    }

    fn number(&self, key: &Key, number: u8) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let Some(sealed) = self.secrets.get(&number) else { return Ok(None) };
        sealed.open(key, &self.header.aad(b"secret", &[number])).map(Some).ok_or(VaultError::Damaged)
    }

    fn version(secrets: &BTreeMap<u8, Sealed>) -> u8 {
        if secrets.contains_key(&WALLET_ID) { VERSION_WITH_ID } else { VERSION_WITHOUT_ID }
    }

    /// Is this the key, and is everything there that was put there?
    pub(super) fn check(&self, key: &Key) -> Result<(), VaultError> {
        self.check.open(key, &self.header.aad(b"check", &[])).ok_or(VaultError::WrongPassphrase)?;
        let inventory = inventory_aad(&self.header, &self.secrets);
        self.inventory.open(key, &inventory).ok_or(VaultError::Damaged)?;
        Ok(())
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let body = cbor::encode(&Body {
            cost: self.header.cost,
            salt: self.header.salt,
            check: self.check.clone(),
            inventory: self.inventory.clone(),
            secrets: self.secrets.clone(),
        });
        let mut bytes = [MAGIC, &[Self::version(&self.secrets)], &body].concat();
        let digest = Digest::of(&bytes);
        bytes.extend_from_slice(digest.as_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, VaultError> {
        let (covered, digest) = bytes.split_last_chunk::<DIGEST_LEN>().ok_or(VaultError::Damaged)?;
        if Digest::of(covered).as_bytes() != digest {
            return Err(VaultError::Damaged);
        }
        let (version, body) =
            covered.strip_prefix(MAGIC).and_then(|rest| rest.split_first()).ok_or(VaultError::Damaged)?;
        if *version > VERSION_WITH_ID {
            return Err(VaultError::Newer { version: *version });
        }
        let body: Body = cbor::decode(body).map_err(|_| VaultError::Damaged)?;
        let known = |number: &u8| *number == WALLET_ID || SecretName::ALL.iter().any(|name| name.number() == *number);
        if *version == Self::version(&body.secrets) && body.cost.is_within_bounds() && body.secrets.keys().all(known) {
            let header = Header::new(body.cost, body.salt);
            Ok(Self { header, check: body.check, inventory: body.inventory, secrets: body.secrets })
        } else {
            Err(VaultError::Damaged)
        }
    }
}

fn inventory_aad(header: &Header, secrets: &BTreeMap<u8, Sealed>) -> Vec<u8> {
    header.aad(b"inventory", &cbor::encode(secrets))
}

/// A ciphertext with its nonce. Nonces are random: a vault is written a few times in its life, not 2^32 times.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
struct Sealed {
    #[cbor(n(0), with = "minicbor::bytes")]
    nonce: [u8; NONCE_LEN],
    #[cbor(n(1), with = "minicbor::bytes")]
    ciphertext: Vec<u8>,
}

impl Sealed {
    fn seal(key: &Key, aad: &[u8], plaintext: &[u8], rng: &mut (impl CryptoRng + ?Sized)) -> Result<Self, VaultError> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        // Full size at once: growing would leave the plaintext behind in freed memory.
        let mut ciphertext = Zeroizing::new(Vec::with_capacity(plaintext.len() + CHACHA20_POLY1305.tag_len()));
        ciphertext.extend_from_slice(plaintext);
        aead(key)
            .and_then(|aead| {
                aead.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut *ciphertext)
                    .ok()
            })
            .ok_or_else(|| VaultError::Unavailable("sealing failed".to_owned()))?;
        Ok(Self { nonce, ciphertext: core::mem::take(&mut *ciphertext) })
    }

    fn open(&self, key: &Key, aad: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut buffer = Zeroizing::new(self.ciphertext.clone());
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let length = aead(key)?.open_in_place(nonce, Aad::from(aad), &mut buffer).ok()?.len();
        buffer.truncate(length);
        Some(buffer)
    }
}

fn aead(key: &Key) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, &key[..]).ok().map(LessSafeKey::new)
}
