//! The keys of this device: `act` for what moves value, `session` for reads, and the seeds of its payee keys.
//!
//! Source: wire decision 5 (two signing keys); [`super::receive`] for what payee keys come from. A device that was made with
//! the phrase has the account's receive seed, too: it reads what is paid to aliases and to other devices. One that was
//! made without (a cashier's, a child's) has its own seed alone.
//!
//! Stored form, deterministic CBOR:
//!
//! ```cddl
//! device-keys   = { 0: 2, 1: seed, 2: seed, 3: seed, ? 4: seed }      ; act, session, device receive, receive
//! device-keys-3 = { 0: 3, 1: cose-key, 2: seed, 3: seed, ? 4: seed }  ; the act key is kept elsewhere
//! device-keys-1 = { 0: 1, 1: seed, 2: seed, 3: seed }                 ; act, session, one seed for handles of all kinds
//! seed          = bstr .size 32
//! ```
//!
//! Version 1 is of wallets made before payee keys came from the phrase. It stays what it is: its alias is known by that key.
//! Version 3 is of wallets whose act key is in a phone's hardware; the others go on being written as version 2.
//!
//! ```
//! use farthing_core::keys::{SystemEntropy, device::DeviceKeys, phrase::Phrase};
//! use farthing_protocol::{id::Handle, key::Signer as _};
//! let mut rng = SystemEntropy::new();
//! let keys = DeviceKeys::of_phrase(&Phrase::generate(&mut rng), &mut rng);
//! let handle = Handle::generate(&mut rng);
//! let again = DeviceKeys::from_secret(&keys.to_secret())?;
//! assert_eq!(keys.payee_key(&handle).public(), again.payee_key(&handle).public());
//! # Ok::<(), farthing_core::keys::device::DeviceKeysError>(())
//! ```

use super::derivation::receive_seed;
use super::phrase::Phrase;
use super::receive::{DeviceReceiveSeed, ReceiveSeed, SEED_LEN};
use super::vault::Secret;
use farthing_protocol::{
    id::{DeviceId, Handle},
    key::{Ed25519Key, PublicKey, Signer as _, secret_eq},
    sealed::HpkeKey,
};
use minicbor::{Decoder, Encoder};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// The stored form's version.
const VERSION: u8 = 2;
/// The version whose act key is elsewhere.
const VERSION_OF_ELSEWHERE: u8 = 3;
/// The version of before, with one seed for everything.
const VERSION_OF_ONE_SEED: u8 = 1;
/// Room for the stored form, at most 185 bytes, so that no smaller buffer is left behind unwiped.
const ENCODED_LEN_MAX: usize = 256;

/// The key that signs what moves value.
pub enum ActKey {
    /// In this process, wiped when dropped.
    Here(Ed25519Key),
    /// In hardware that signs when its owner agrees; here is what checks its signatures.
    Elsewhere(PublicKey),
}

impl ActKey {
    /// What checks its signatures.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        match self {
            Self::Here(key) => key.public(),
            Self::Elsewhere(public) => public,
        }
    }
}

/// This device's keys, wiped when dropped.
pub struct DeviceKeys {
    act: ActKey,
    session: Ed25519Key,
    receiving: Receiving,
}

/// What payee keys come from.
enum Receiving {
    /// Version 1: one seed, made here, for one-time handles and the alias.
    OneSeed(DeviceReceiveSeed),
    /// The device's own seed alone.
    Device(DeviceReceiveSeed),
    /// Both.
    Account(DeviceReceiveSeed, ReceiveSeed),
}

impl DeviceKeys {
    /// Keys of a device that is made with the phrase: fresh ones to sign, derived ones to receive.
    #[must_use]
    pub fn of_phrase(phrase: &Phrase, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let act = ActKey::Here(Ed25519Key::generate(rng));
        Self::with_act(act, phrase, rng)
    }

    /// The same with an act key that is there already.
    #[must_use]
    pub fn with_act(act: ActKey, phrase: &Phrase, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let session = Ed25519Key::generate(rng);
        let receive = receive_seed(phrase);
        let device = receive.device(&act.public().device_id());
        Self { act, session, receiving: Receiving::Account(device, receive) }
    }

    /// Keys of a device that is made without the phrase: those that it made to sign, and the seed that it was given.
    #[must_use]
    pub const fn granted(act: Ed25519Key, session: Ed25519Key, seed: DeviceReceiveSeed) -> Self {
        Self { act: ActKey::Here(act), session, receiving: Receiving::Device(seed) }
    }

    /// Signs orders: what moves value.
    #[must_use]
    pub const fn act(&self) -> &ActKey {
        &self.act
    }

    /// Signs reads, handle and request acts; never value.
    #[must_use]
    pub const fn session(&self) -> &Ed25519Key {
        &self.session
    }

    /// The key that payments to `handle`, a one-time handle of this device, name, and that signs its request.
    #[must_use]
    pub fn payee_key(&self, handle: &Handle) -> Ed25519Key {
        self.own_seed().key(handle)
    }

    /// The key that messages to `handle`, a one-time handle of this device, are sealed to.
    #[must_use]
    pub fn payee_hpke(&self, handle: &Handle) -> HpkeKey {
        self.own_seed().hpke(handle)
    }

    /// The key that payments to an alias name, and that signs its record. `None` on a device without the account's seed.
    #[must_use]
    pub fn alias_key(&self, handle: &Handle) -> Option<Ed25519Key> {
        match &self.receiving {
            Receiving::OneSeed(seed) => Some(seed.key(handle)),
            Receiving::Account(_, seed) => Some(seed.key(handle)),
            Receiving::Device(_) => None,
        }
    }

    /// The key that messages to an alias are sealed to. `None` on a device without the account's seed.
    #[must_use]
    pub fn alias_hpke(&self, handle: &Handle) -> Option<HpkeKey> {
        match &self.receiving {
            Receiving::OneSeed(seed) => Some(seed.hpke(handle)),
            Receiving::Account(_, seed) => Some(seed.hpke(handle)),
            Receiving::Device(_) => None,
        }
    }

    /// [`Self::payee_key`] for a one-time handle of `device`, of this account. `None` when it is another device and its seed is
    /// not known here.
    #[must_use]
    pub fn payee_key_of(&self, device: &DeviceId, handle: &Handle) -> Option<Ed25519Key> {
        self.seed_of(device).map(|seed| seed.key(handle))
    }

    /// [`Self::payee_hpke`] for a one-time handle of `device`, as [`Self::payee_key_of`].
    #[must_use]
    pub fn payee_hpke_of(&self, device: &DeviceId, handle: &Handle) -> Option<HpkeKey> {
        self.seed_of(device).map(|seed| seed.hpke(handle))
    }

    /// The seed for a device of this account; `None` when it is another one and the account's seed is not here.
    #[must_use]
    pub fn seed_of(&self, device: &DeviceId) -> Option<DeviceReceiveSeed> {
        match &self.receiving {
            _ if *device == self.act.public().device_id() => Some(self.own_seed().clone()),
            Receiving::Account(_, seed) => Some(seed.device(device)),
            Receiving::OneSeed(_) | Receiving::Device(_) => None,
        }
    }

    const fn own_seed(&self) -> &DeviceReceiveSeed {
        match &self.receiving {
            Receiving::OneSeed(seed) | Receiving::Device(seed) | Receiving::Account(seed, _) => seed,
        }
    }

    /// For a vault.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        Secret::of_known_size(self.encode())
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(ENCODED_LEN_MAX));
        let mut encoder = Encoder::new(&mut *out);
        let version = match (&self.act, &self.receiving) {
            (ActKey::Elsewhere(_), _) => VERSION_OF_ELSEWHERE,
            (ActKey::Here(_), Receiving::OneSeed(_)) => VERSION_OF_ONE_SEED,
            (ActKey::Here(_), _) => VERSION,
        };
        let receive = match &self.receiving {
            Receiving::OneSeed(_) | Receiving::Device(_) => None,
            Receiving::Account(_, receive) => Some(receive),
        };
        // Writing to a Vec is infallible.
        let _ = encoder.map(if receive.is_some() { 5 } else { 4 }).and_then(|e| {
            e.u8(0)?.u8(version)?;
            match &self.act {
                ActKey::Here(key) => e.u8(1)?.bytes(&key.seed()[..])?,
                ActKey::Elsewhere(public) => e.u8(1)?.encode(public)?,
            };
            e.u8(2)?.bytes(&self.session.seed()[..])?;
            e.u8(3)?.bytes(self.own_seed().as_bytes())?;
            if let Some(receive) = receive {
                e.u8(4)?.bytes(receive.as_bytes())?;
            }
            Ok(())
        });
        out
    }

    /// From a vault.
    ///
    /// # Errors
    /// [`DeviceKeysError`]: damaged, or written by a newer program.
    pub fn from_secret(secret: &Secret) -> Result<Self, DeviceKeysError> {
        let mut decoder = Decoder::new(secret.as_bytes());
        let damaged = |_| DeviceKeysError::Damaged;
        let members = decoder.map().map_err(damaged)?;
        let version = member(&mut decoder, 0)?.u32().map_err(damaged)?;
        if version > u32::from(VERSION_OF_ELSEWHERE) {
            return Err(DeviceKeysError::Newer { version });
        }
        let act = member(&mut decoder, 1)?;
        let act = if version == u32::from(VERSION_OF_ELSEWHERE) {
            ActKey::Elsewhere(act.decode().map_err(damaged)?)
        } else {
            ActKey::Here(Ed25519Key::from_seed(*seed(act)?))
        };
        let session = Ed25519Key::from_seed(*seed(member(&mut decoder, 2)?)?);
        let own = DeviceReceiveSeed::new(seed(member(&mut decoder, 3)?)?);
        let receiving = match (version >= u32::from(VERSION), members) {
            (true, Some(5)) => Receiving::Account(own, ReceiveSeed::new(seed(member(&mut decoder, 4)?)?)),
            (true, _) => Receiving::Device(own),
            (false, _) => Receiving::OneSeed(own),
        };
        let keys = Self { act, session, receiving };
        // What is not the one deterministic encoding differs from it; compared without telling where.
        if secret_eq(&keys.encode(), secret.as_bytes()) { Ok(keys) } else { Err(DeviceKeysError::Damaged) }
    }
}

fn member<'d, 'b>(decoder: &'d mut Decoder<'b>, label: u8) -> Result<&'d mut Decoder<'b>, DeviceKeysError> {
    match decoder.u8() {
        Ok(found) if found == label => Ok(decoder),
        _ => Err(DeviceKeysError::Damaged),
    }
}

fn seed(decoder: &mut Decoder<'_>) -> Result<Zeroizing<[u8; SEED_LEN]>, DeviceKeysError> {
    let bytes = decoder.bytes().map_err(|_| DeviceKeysError::Damaged)?;
    bytes.try_into().map(Zeroizing::new).map_err(|_| DeviceKeysError::Damaged)
}

impl core::fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (act, session) = (self.act.public().kid(), self.session.public().kid());
        write!(f, "DeviceKeys(act {act}, session {session}, secrets redacted)")
    }
}

/// A vault's secret that is not this program's device keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceKeysError {
    /// Not what was stored.
    #[error("the stored device keys are damaged; restore the wallet with its recovery phrase")]
    Damaged,
    /// Written by a newer program.
    #[error("the stored device keys have format {version}; a newer Farthing can read them")]
    Newer {
        /// Their format.
        version: u32,
    },
}
