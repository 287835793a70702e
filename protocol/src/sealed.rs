//! Sealing: padding, the one AEAD, key derivation and HPKE (RFC 9180) of the profile.
//!
//! - Padding: `length (2 bytes, big-endian) ‖ plaintext ‖ zeros`, so that the ciphertext with its 16-byte tag has 256,
//!   1024 or 4096 bytes. Who sees it learns the step, not the size. Messages and cards are padded likewise to sizes of their own.
//! - AEAD: ChaCha20-Poly1305 (RFC 8439) with a zero nonce, under keys that are used once.
//! - Derivation: HKDF-SHA256 (RFC 5869).
//! - HPKE: base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305; `info` = `farthing/1/<purpose>`.
//!
//! ```
//! use farthing_protocol::sealed::{derive, open_once, pad, seal_once, unpad};
//! let key = derive(&[], b"a secret", &[b"farthing/1/example"]);
//! let sealed = seal_once(&key, b"bound to this", &pad(b"tea")?);
//! assert_eq!(sealed.len(), 256);
//! assert_eq!(unpad(&open_once(&key, b"bound to this", &sealed)?)?[..], b"tea"[..]);
//! assert!(open_once(&key, b"bound to that", &sealed).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::error::Malformed;
use crate::key::HpkePublicKey;
use crate::limits::PADDED;
use hpke::{
    Deserializable as _, Kem as KemTrait, OpModeR, OpModeS, Serializable as _, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256, setup_receiver, setup_sender_with_rng, single_shot_open, single_shot_seal_with_rng,
};
use rand_core::CryptoRng;
use ring::{aead, hmac};
use zeroize::Zeroizing;

#[cfg(test)]
mod x25519;

type Kem = X25519HkdfSha256;

/// The authentication tag's length.
pub const TAG_LEN: usize = 16;
const LENGTH_LEN: usize = 2;
/// [`PADDED`], without the tag that sealing adds.
const SEALED_STEPS: [usize; 3] = [PADDED[0] - TAG_LEN, PADDED[1] - TAG_LEN, PADDED[2] - TAG_LEN];

/// Something sealed could not be opened: wrong key, altered bytes, or not for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sealed message cannot be opened with this key")]
pub struct CannotOpen;

impl From<CannotOpen> for Malformed {
    fn from(CannotOpen: CannotOpen) -> Self {
        Self::CannotOpen
    }
}

/// Pads a plaintext so that it has one of [`PADDED`]'s sizes once it is sealed.
///
/// # Errors
/// [`Malformed::TooLarge`] above the largest step.
pub fn pad(plaintext: &[u8]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    pad_to(plaintext, &SEALED_STEPS)
}

/// Takes the padding off.
///
/// # Errors
/// [`Malformed::Truncated`] when it ends before the plaintext does, [`Malformed::NotCanonical`] when [`pad`] would have
/// made something else.
pub fn unpad(padded: &[u8]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    unpad_from(padded, &SEALED_STEPS)
}

/// Pads a plaintext to the smallest of `steps`, ascending sizes, that holds it.
///
/// # Errors
/// [`Malformed::TooLarge`] above the largest step.
pub fn pad_to(plaintext: &[u8], steps: &[usize]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    let limit = steps.last().copied().unwrap_or_default().saturating_sub(LENGTH_LEN);
    let needed = plaintext.len() + LENGTH_LEN;
    let step = steps.iter().find(|step| needed <= **step).ok_or(Malformed::TooLarge { limit })?;
    let length = u16::try_from(plaintext.len()).map_err(|_| Malformed::TooLarge { limit })?;
    let mut out = Zeroizing::new(Vec::with_capacity(*step));
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(plaintext);
    out.resize(*step, 0);
    Ok(out)
}

/// Takes off what [`pad_to`] added.
///
/// # Errors
/// As [`unpad`].
pub fn unpad_from(padded: &[u8], steps: &[usize]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    let (length, rest) = padded.split_at_checked(LENGTH_LEN).ok_or(Malformed::Truncated)?;
    let length = length.iter().fold(0, |n, b| n * 256 + usize::from(*b));
    let (plaintext, zeros) = rest.split_at_checked(length).ok_or(Malformed::Truncated)?;
    let right_step = pad_to(plaintext, steps).is_ok_and(|again| again.len() == padded.len());
    if right_step && zeros.iter().all(|b| *b == 0) {
        Ok(Zeroizing::new(plaintext.to_vec()))
    } else {
        Err(Malformed::NotCanonical)
    }
}

/// HKDF-SHA256, extract and expand, to a 32-byte key. `info` is given in parts.
#[must_use]
pub fn derive(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    derive_len::<32>(salt, secret, info)
}

/// HKDF-SHA256 (RFC 5869) to `N` bytes; more than its 255 blocks do not compile.
///
/// Written over HMAC, which cannot fail: a derivation that could would have to give back a key nobody derived.
#[must_use]
pub fn derive_len<const N: usize>(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * 32, "HKDF-SHA256 gives at most 255 blocks") };
    let prk = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), secret);
    let prk = hmac::Key::new(hmac::HMAC_SHA256, prk.as_ref());
    let mut out = Zeroizing::new([0; N]);
    let mut previous: Option<hmac::Tag> = None;
    for (counter, block) in (1_u8..=255).zip(out.chunks_mut(32)) {
        let mut context = hmac::Context::with_key(&prk);
        if let Some(tag) = &previous {
            context.update(tag.as_ref());
        }
        info.iter().for_each(|part| context.update(part));
        context.update(&[counter]);
        let tag = context.sign();
        for (to, from) in block.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        previous = Some(tag);
    }
    out
}

fn aead_key(key: &[u8; 32]) -> Option<aead::LessSafeKey> {
    aead::UnboundKey::new(&aead::CHACHA20_POLY1305, key).ok().map(aead::LessSafeKey::new)
}

fn zero_nonce() -> aead::Nonce {
    aead::Nonce::assume_unique_for_key([0; 12])
}

/// Seals under a key that is used for nothing else.
///
/// The AEAD fails only above 256 GiB. Should it ever, the result is empty, which nobody can open: never the plaintext.
#[must_use]
pub fn seal_once(key: &[u8; 32], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    // With room for the tag, so that no copy of the plaintext is left behind when it grows.
    let mut out = Zeroizing::new(Vec::with_capacity(plaintext.len() + TAG_LEN));
    out.extend_from_slice(plaintext);
    let sealed =
        aead_key(key).map(|key| key.seal_in_place_append_tag(zero_nonce(), aead::Aad::from(aad), &mut *out).is_ok());
    if sealed == Some(true) { core::mem::take(&mut *out) } else { Vec::new() }
}

/// Opens what [`seal_once`] sealed.
///
/// # Errors
/// [`CannotOpen`].
pub fn open_once(key: &[u8; 32], aad: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let key = aead_key(key).ok_or(CannotOpen)?;
    let length = key.open_in_place(zero_nonce(), aead::Aad::from(aad), &mut buffer).map_err(|_| CannotOpen)?.len();
    buffer.truncate(length);
    Ok(buffer)
}

/// An HPKE private key, wiped when dropped.
pub struct HpkeKey {
    secret: Secret,
    public: HpkePublicKey,
}

impl HpkeKey {
    /// DeriveKeyPair of RFC 9180 §7.1.3 from input keying material.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let (secret, public) = Kem::derive_keypair(seed);
        let public = HpkePublicKey::new(public.to_bytes().into());
        Self { secret: Box::new(Zeroizing::new(secret.to_bytes().into())), public }
    }

    /// The public key.
    #[must_use]
    pub const fn public(&self) -> &HpkePublicKey {
        &self.public
    }

    /// Opens a single message.
    ///
    /// # Errors
    /// [`CannotOpen`].
    pub fn open(&self, info: &[u8], aad: &[u8], sealed: &HpkeSealed) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let secret = <Kem as KemTrait>::PrivateKey::from_bytes(&self.secret[..]).map_err(|_| CannotOpen)?;
        let enc = <Kem as KemTrait>::EncappedKey::from_bytes(&sealed.enc).map_err(|_| CannotOpen)?;
        single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeR::Base,
            &secret,
            &enc,
            info,
            &sealed.ciphertext,
            aad,
        )
        .map(Zeroizing::new)
        .map_err(|_| CannotOpen)
    }

    /// Opens the first message of a context and exports the secrets of these names (RFC 9180 §5.3).
    ///
    /// # Errors
    /// [`CannotOpen`].
    pub fn open_context<const N: usize>(
        &self,
        info: &[u8],
        aad: &[u8],
        sealed: &HpkeSealed,
        exports: [&[u8]; N],
    ) -> Result<(Zeroizing<Vec<u8>>, [Secret; N]), CannotOpen> {
        let secret = <Kem as KemTrait>::PrivateKey::from_bytes(&self.secret[..]).map_err(|_| CannotOpen)?;
        let enc = <Kem as KemTrait>::EncappedKey::from_bytes(&sealed.enc).map_err(|_| CannotOpen)?;
        let mut context = setup_receiver::<ChaCha20Poly1305, HkdfSha256, Kem>(&OpModeR::Base, &secret, &enc, info)
            .map_err(|_| CannotOpen)?;
        let plaintext = context.open(&sealed.ciphertext, aad).map(Zeroizing::new).map_err(|_| CannotOpen)?;
        Ok((plaintext, exported(exports, |name, out| context.export(name, out)).ok_or(CannotOpen)?))
    }
}

/// 32 secret bytes that stay for a while: wiped when dropped, and in a place of their own. Bytes that lie in a value itself are
/// copied with every move of it, and nobody wipes the copies.
pub type Secret = Box<Zeroizing<[u8; 32]>>;

fn exported<const N: usize, E>(
    names: [&[u8]; N],
    export: impl Fn(&[u8], &mut [u8]) -> Result<(), E>,
) -> Option<[Secret; N]> {
    let mut out = core::array::from_fn(|_| Secret::default());
    out.iter_mut().zip(names).try_for_each(|(to, name)| export(name, &mut to[..])).ok().map(|()| out)
}

impl core::fmt::Debug for HpkeKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "HpkeKey({}, secret redacted)", self.public)
    }
}

/// A single HPKE message: encapsulated key and ciphertext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HpkeSealed {
    /// The encapsulated key.
    pub enc: [u8; 32],
    /// The ciphertext with its tag.
    pub ciphertext: Vec<u8>,
}

/// Seals a single message to an HPKE key.
///
/// # Errors
/// [`Malformed::Key`] for a key of small order, which would give everyone the same secret.
pub fn hpke_seal(
    to: &HpkePublicKey,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    mut rng: &mut (impl CryptoRng + ?Sized),
) -> Result<HpkeSealed, Malformed> {
    let to = <Kem as KemTrait>::PublicKey::from_bytes(to.as_bytes()).map_err(|_| Malformed::Key)?;
    let (enc, ciphertext) = single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Kem>(
        &OpModeS::Base,
        &to,
        info,
        plaintext,
        aad,
        &mut rng,
    )
    .map_err(|_| Malformed::Key)?;
    Ok(HpkeSealed { enc: enc.to_bytes().into(), ciphertext })
}

/// Begins a context to an HPKE key: its first message, and the exported secrets of these names (RFC 9180 §5.3).
///
/// # Errors
/// [`Malformed::Key`] for a key of small order.
pub fn hpke_seal_context<const N: usize>(
    to: &HpkePublicKey,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    exports: [&[u8]; N],
    mut rng: &mut (impl CryptoRng + ?Sized),
) -> Result<(HpkeSealed, [Secret; N]), Malformed> {
    let to = <Kem as KemTrait>::PublicKey::from_bytes(to.as_bytes()).map_err(|_| Malformed::Key)?;
    let (enc, mut context) =
        setup_sender_with_rng::<ChaCha20Poly1305, HkdfSha256, Kem>(&OpModeS::Base, &to, info, &mut rng)
            .map_err(|_| Malformed::Key)?;
    let ciphertext = context.seal(plaintext, aad).map_err(|_| Malformed::Key)?;
    let secrets = exported(exports, |name, out| context.export(name, out)).ok_or(Malformed::Key)?;
    Ok((HpkeSealed { enc: enc.to_bytes().into(), ciphertext }, secrets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_shows_only_its_step() {
        for (len, padded) in [(0, 240), (238, 240), (239, 1008), (1006, 1008), (1007, 4080), (4078, 4080)] {
            let plaintext = vec![7; len];
            let out = pad(&plaintext).unwrap();
            assert_eq!(out.len(), padded, "{len}");
            assert_eq!(unpad(&out).unwrap()[..], plaintext[..]);
        }
        assert_eq!(pad(&[0; 4079]).unwrap_err(), Malformed::TooLarge { limit: 4078 });
        let mut altered = pad(b"x").unwrap();
        if let Some(last) = altered.last_mut() {
            *last = 1;
        }
        assert_eq!(unpad(&altered), Err(Malformed::NotCanonical));
        let longer = [&pad(b"x").unwrap()[..], &[0; 768]].concat();
        assert_eq!(unpad(&longer), Err(Malformed::NotCanonical));
    }
}
