//! The algorithms, without pointers.

use crate::registers::cleared;
use aes::Aes256;
use aes::cipher::{Block, BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::{hmac, pbkdf2};
use std::ffi::c_int;
use std::num::NonZeroU32;

/// Bytes of a key for AES-256.
pub(crate) const KEY: u8 = 32;
/// Bytes of a block of AES, and of the IV.
pub(crate) const BLOCK: u8 = 16;

/// A hash function, for HMAC and PBKDF2. Files of SQLCipher 4 have SHA-512; older ones and other settings the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// By SQLCipher's number, which HMAC and PBKDF2 share.
    pub(crate) const fn of(algorithm: c_int) -> Option<Self> {
        match algorithm {
            0 => Some(Self::Sha1),
            1 => Some(Self::Sha256),
            2 => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Bytes of a tag.
    pub(crate) const fn len(self) -> u8 {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }

    fn pbkdf2(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }
}

/// HMAC (RFC 2104) of parts that follow each other.
#[must_use]
pub fn mac(hash: Hash, key: &[u8], parts: &[&[u8]]) -> hmac::Tag {
    cleared(|| {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hash.hmac(), key));
        for part in parts {
            context.update(part);
        }
        context.sign()
    })
}

/// PBKDF2 (RFC 8018 §5.2) with HMAC; fills `key`.
pub fn derive(hash: Hash, password: &[u8], salt: &[u8], rounds: NonZeroU32, key: &mut [u8]) {
    cleared(|| pbkdf2::derive(hash.pbkdf2(), rounds, salt, password, key));
}

/// Encrypts whole blocks where they lie, by AES-256-CBC without padding. `None` when key, IV or data have not the length for it.
#[must_use]
pub fn encrypt(key: &[u8], iv: &[u8], data: &mut [u8]) -> Option<()> {
    cleared(|| {
        let mut mode = cbc::Encryptor::<Aes256>::new_from_slices(key, iv).ok()?;
        let (blocks, rest) = Block::<Aes256>::slice_as_chunks_mut(data);
        rest.is_empty().then(|| mode.encrypt_blocks(blocks))
    })
}

/// The inverse of [`encrypt`].
#[must_use]
pub fn decrypt(key: &[u8], iv: &[u8], data: &mut [u8]) -> Option<()> {
    cleared(|| {
        let mut mode = cbc::Decryptor::<Aes256>::new_from_slices(key, iv).ok()?;
        let (blocks, rest) = Block::<Aes256>::slice_as_chunks_mut(data);
        rest.is_empty().then(|| mode.decrypt_blocks(blocks))
    })
}

/// Fills `room` from the system's generator.
pub(crate) fn random(room: &mut [u8]) -> Option<()> {
    SystemRandom::new().fill(room).ok()
}
