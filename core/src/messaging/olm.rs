//! Olm, behind small types of our own (wire decision 18; <https://gitlab.matrix.org/matrix-org/olm/-/blob/master/docs/olm.md>).
//!
//! - **Version 2** of Olm's session configuration, whose authentication codes are whole (32 bytes) instead of cut to 8: both
//!   ends are always this program, so nothing is lost by it. vodozemac calls it experimental; its bytes are those of Olm
//!   with another version number and a longer code. A message of version 1 is refused.
//! - **The account's keys are ours.** vodozemac's account draws its own randomness and keeps up to 5,000 one-time keys. Here the
//!   identity, one-time and fallback keys come from the wallet's generator and lie in a record of a few kilobytes, oldest
//!   one-time keys dropped first; vodozemac gets the identity and the one key that a message names, in the stored form of
//!   its version, which Cargo.toml pins. So an enrolment is the same for the same seed.
//! - **Sessions are vodozemac's**, stored as it writes them. Their ratchet keys come from the operating system, whatever
//!   generator the wallet has: what a session encrypts differs from run to run, also in the simulation.
//!
//! A session that failed to decrypt is thrown away and read again from the store, so that a forged message changes nothing.

use super::OlmError;
use crate::store::{Kept, Table};
use farthing_protocol::cbor::V1;
use farthing_protocol::key::{OlmKey, secret_eq};
use farthing_protocol::limits::PREKEYS_STOCK;
use farthing_protocol::message::{Content, OlmType};
use farthing_protocol::sealed::Secret;
use farthing_protocol::time::{Span, Time};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use rand_core::{CryptoRng, Rng as _};
use serde::Serialize;
use std::collections::BTreeMap;
use vodozemac::olm::{Account, AccountPickle, OlmMessage, PreKeyMessage, Session, SessionConfig, SessionPickle};
use vodozemac::{Curve25519PublicKey, Curve25519SecretKey};
use zeroize::Zeroizing;

/// One-time keys that are kept: the verifier's stock, and as many again that were claimed and whose message is on its way.
pub const ONE_TIME_KEYS_MAX: usize = 2 * PREKEYS_STOCK;
/// A stored session: five chains of forty skipped keys, each of which JSON writes with about 170 letters.
const PICKLE_MAX: usize = 64 * 1024;
/// Two blocks of the thread's generator.
const DRAWN_MAX: usize = 512;
/// The stored form of an account with one key.
const ACCOUNT_JSON_MAX: usize = 1024;

/// 32 secret bytes, wiped when dropped.
#[derive(Clone)]
struct OlmSecret(Secret);

impl OlmSecret {
    fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut bytes = Secret::default();
        rng.fill_bytes(&mut bytes[..]);
        Self(bytes)
    }

    fn public(&self) -> OlmKey {
        OlmKey::new(Curve25519PublicKey::from(&Curve25519SecretKey::from_slice(&self.0)).to_bytes())
    }
}

impl core::fmt::Debug for OlmSecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("OlmSecret(redacted)")
    }
}

impl PartialEq for OlmSecret {
    fn eq(&self, other: &Self) -> bool {
        secret_eq(&self.0[..], &other.0[..])
    }
}

impl<C> Encode<C> for OlmSecret {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.0[..])?.ok()
    }
}

impl<'b, C> Decode<'b, C> for OlmSecret {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let bytes: [u8; 32] = d.bytes()?.try_into().map_err(|_| decode::Error::message("a secret has 32 bytes"))?;
        Ok(Self(Box::new(Zeroizing::new(bytes))))
    }
}

/// A prekey with its secret.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
struct Prekey {
    #[n(0)]
    public: OlmKey,
    #[n(1)]
    secret: OlmSecret,
    /// When it was made.
    #[n(2)]
    made: Time,
}

impl Prekey {
    fn generate(now: Time, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let secret = OlmSecret::generate(rng);
        Self { public: secret.public(), secret, made: now }
    }
}

/// This device's Olm account: its identity, and the prekeys that others may still use.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct OlmAccount {
    #[n(0)]
    version: V1,
    #[n(1)]
    identity: OlmSecret,
    /// Oldest first.
    #[n(2)]
    one_time: Vec<Prekey>,
    /// The newest fallback key, and the one before: a message under it may still be on its way.
    #[n(3)]
    fallback: Option<Prekey>,
    #[n(4)]
    previous: Option<Prekey>,
}

impl Kept for OlmAccount {
    const TABLE: Table = Table::OLM_ACCOUNT;

    fn key(&self) -> Vec<u8> {
        Self::KEY.to_vec()
    }
}

impl OlmAccount {
    /// The key of the one record.
    pub const KEY: &'static [u8] = &[0];

    /// An account with a fresh identity and no prekeys.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let identity = OlmSecret::generate(rng);
        Self { version: V1, identity, one_time: Vec::new(), fallback: None, previous: None }
    }

    /// The identity key, as the device's certificate names it.
    #[must_use]
    pub fn identity(&self) -> OlmKey {
        self.identity.public()
    }

    /// When the fallback key was made; `None` before the first.
    #[must_use]
    pub fn fallback_made(&self) -> Option<Time> {
        self.fallback.as_ref().map(|key| key.made)
    }

    /// Makes `count` one-time keys, and returns their public parts. Beyond [`ONE_TIME_KEYS_MAX`] the oldest go: whoever claimed
    /// one of those and wrote only now is not understood, and begins anew.
    pub fn make_one_time(&mut self, count: usize, now: Time, rng: &mut (impl CryptoRng + ?Sized)) -> Vec<OlmKey> {
        let made: Vec<Prekey> = (0..count).map(|_| Prekey::generate(now, rng)).collect();
        let keys = made.iter().map(|key| key.public).collect();
        self.one_time.extend(made);
        let surplus = self.one_time.len().saturating_sub(ONE_TIME_KEYS_MAX);
        self.one_time.drain(..surplus);
        keys
    }

    /// The fallback key; a fresh one when there is none, or it is older than `life`.
    pub fn make_fallback(&mut self, life: Span, now: Time, rng: &mut (impl CryptoRng + ?Sized)) -> OlmKey {
        if let Some(key) = self.fallback.as_ref().filter(|key| now.since(key.made) < life) {
            return key.public;
        }
        let fresh = Prekey::generate(now, rng);
        let public = fresh.public;
        self.previous = self.fallback.replace(fresh);
        public
    }

    /// Forgets all prekeys; messages under them are not understood any more.
    pub fn forget_prekeys(&mut self) {
        self.one_time.clear();
        self.fallback = None;
        self.previous = None;
    }

    /// One-time keys that nobody has used.
    #[must_use]
    pub fn one_time_left(&self) -> usize {
        self.one_time.len()
    }

    /// Begins a session to a device with this identity, by a prekey of its.
    ///
    /// # Errors
    /// [`OlmError::Key`] for keys of small order.
    pub fn outbound(&self, identity: &OlmKey, prekey: &OlmKey) -> Result<OlmSession, OlmError> {
        let session =
            self.vodozemac(None)?.create_outbound_session(SessionConfig::version_2(), curve(identity), curve(prekey));
        forget_drawn();
        Ok(OlmSession(session.map_err(|_| OlmError::Key)?))
    }

    /// Takes the first message of a session that the device with this identity began. The one-time key that it used is gone
    /// then; a fallback key stays.
    ///
    /// # Errors
    /// [`OlmError`]; then nothing has changed.
    pub fn inbound(
        &mut self,
        identity: &OlmKey,
        message: &OlmText,
    ) -> Result<(OlmSession, Zeroizing<Vec<u8>>), OlmError> {
        let OlmMessage::PreKey(message) = &message.0 else { return Err(OlmError::NoSession) };
        let named = OlmKey::new(message.one_time_key().to_bytes());
        let all = self.one_time.iter().chain(&self.fallback).chain(&self.previous);
        let prekey = all.into_iter().find(|key| key.public == named).ok_or(OlmError::PrekeyGone)?;
        let created = self
            .vodozemac(Some(&prekey.secret))?
            .create_inbound_session(SessionConfig::version_2(), curve(identity), message)
            .map_err(|_| OlmError::Forged)?;
        self.one_time.retain(|key| key.public != named);
        Ok((OlmSession(created.session), Zeroizing::new(created.plaintext)))
    }

    /// vodozemac's account with our identity and at most one prekey. It never signs, so its signing key is nothing.
    fn vodozemac(&self, prekey: Option<&OlmSecret>) -> Result<Account, OlmError> {
        let pickle = AccountJson {
            signing_key: SigningJson { normal: [0; 32] },
            diffie_hellman_key: &self.identity.0,
            one_time_keys: PrekeysJson {
                next_key_id: 1,
                public_keys: BTreeMap::new(),
                private_keys: prekey.map(|secret| (0, &**secret.0)).into_iter().collect(),
            },
            fallback_keys: FallbackJson { key_id: 0, fallback_key: None, previous_fallback_key: None },
        };
        let json = to_json(&pickle, ACCOUNT_JSON_MAX)?;
        let pickle: AccountPickle = serde_json::from_slice(&json).map_err(|_| OlmError::Damaged)?;
        Ok(Account::from_pickle(pickle))
    }
}

/// vodozemac's stored form of an account, as version 0.11.1 reads it.
#[derive(Serialize)]
struct AccountJson<'a> {
    signing_key: SigningJson,
    diffie_hellman_key: &'a [u8; 32],
    one_time_keys: PrekeysJson<'a>,
    fallback_keys: FallbackJson,
}

#[derive(Serialize)]
struct SigningJson {
    #[serde(rename = "Normal")]
    normal: [u8; 32],
}

#[derive(Serialize)]
struct PrekeysJson<'a> {
    next_key_id: u64,
    public_keys: BTreeMap<u64, ()>,
    private_keys: BTreeMap<u64, &'a [u8; 32]>,
}

#[derive(Serialize)]
struct FallbackJson {
    key_id: u64,
    fallback_key: Option<()>,
    previous_fallback_key: Option<()>,
}

/// A ciphertext of Olm's.
#[derive(Debug)]
pub struct OlmText(OlmMessage);

impl OlmText {
    /// Reads what a message carries.
    ///
    /// # Errors
    /// [`OlmError::Forged`].
    pub fn of(content: &Content) -> Result<Self, OlmError> {
        let message = match content.kind {
            OlmType::PreKey => PreKeyMessage::from_bytes(content.olm.as_slice()).map(OlmMessage::PreKey),
            OlmType::Normal => vodozemac::olm::Message::from_bytes(content.olm.as_slice()).map(OlmMessage::Normal),
        };
        message.map(Self).map_err(|_| OlmError::Forged)
    }

    /// True when its recipient may not have the session yet.
    #[must_use]
    pub const fn is_prekey(&self) -> bool {
        matches!(self.0, OlmMessage::PreKey(_))
    }
}

/// One end of a session.
pub struct OlmSession(Session);

impl OlmSession {
    /// Encrypts, and moves the ratchet on: to be stored before the ciphertext is sent.
    ///
    /// # Errors
    /// [`OlmError::Key`] when the other side's ratchet key is of small order, [`OlmError::TooLarge`].
    pub fn encrypt(&mut self, plaintext: &[u8]) -> Result<Content, OlmError> {
        let message = self.0.encrypt(plaintext).map_err(|_| OlmError::Key)?;
        forget_drawn();
        let (kind, bytes) = match &message {
            OlmMessage::PreKey(message) => (OlmType::PreKey, message.to_bytes()),
            OlmMessage::Normal(message) => (OlmType::Normal, message.to_bytes()),
        };
        let olm = farthing_protocol::cbor::Bytes::new(bytes).map_err(|_| OlmError::TooLarge)?;
        Ok(Content { kind, olm })
    }

    /// Decrypts, and moves the ratchet on.
    ///
    /// # Errors
    /// [`OlmError::NoSession`] for another session's first message, [`OlmError::Forged`]: this session is then to be
    /// thrown away, not stored.
    pub fn decrypt(&mut self, message: &OlmText) -> Result<Zeroizing<Vec<u8>>, OlmError> {
        if let OlmMessage::PreKey(first) = &message.0
            && first.session_keys() != self.0.session_keys()
        {
            return Err(OlmError::NoSession);
        }
        self.0.decrypt(&message.0).map(Zeroizing::new).map_err(|_| OlmError::Forged)
    }

    /// To be stored.
    ///
    /// # Errors
    /// [`OlmError::TooLarge`], which no session reaches.
    pub fn pickle(&self) -> Result<Pickle, OlmError> {
        Ok(Pickle(to_json(&self.0.pickle(), PICKLE_MAX)?))
    }

    /// As it was stored.
    ///
    /// # Errors
    /// [`OlmError::Damaged`].
    pub fn from_pickle(pickle: &Pickle) -> Result<Self, OlmError> {
        let pickle: SessionPickle = serde_json::from_slice(&pickle.0).map_err(|_| OlmError::Damaged)?;
        Ok(Self(Session::from_pickle(pickle)))
    }
}

impl core::fmt::Debug for OlmSession {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "OlmSession({})", self.0.session_id())
    }
}

/// A stored session, wiped when dropped.
#[derive(Clone)]
pub struct Pickle(Zeroizing<Vec<u8>>);

impl PartialEq for Pickle {
    fn eq(&self, other: &Self) -> bool {
        secret_eq(&self.0, &other.0)
    }
}

impl Eq for Pickle {}

impl Pickle {
    /// From what was stored.
    #[must_use]
    pub const fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl core::fmt::Debug for Pickle {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Pickle({} bytes, redacted)", self.0.len())
    }
}

impl<C> Encode<C> for Pickle {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Pickle {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Ok(Self(Zeroizing::new(d.bytes()?.to_vec())))
    }
}

/// JSON in memory that is wiped. It does not grow beyond `max`, so that no unwiped copy is left behind.
fn to_json(value: &impl Serialize, max: usize) -> Result<Zeroizing<Vec<u8>>, OlmError> {
    let mut json = Zeroizing::new(Vec::with_capacity(max));
    serde_json::to_writer(&mut *json, value).map_err(|_| OlmError::Damaged)?;
    if json.len() <= max { Ok(json) } else { Err(OlmError::TooLarge) }
}

/// vodozemac draws its keys from this thread's generator, which keeps what it gave out until it needs the room, and could
/// make it again: it gets another seed, and its room is filled.
fn forget_drawn() {
    let mut generator = rand::rng();
    // Without the system's randomness it goes on with the seed that it has.
    let _ = generator.reseed();
    generator.fill_bytes(&mut [0; DRAWN_MAX]);
}

fn curve(key: &OlmKey) -> Curve25519PublicKey {
    Curve25519PublicKey::from_bytes(*key.as_bytes())
}
