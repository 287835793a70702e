//! Commit, answer, reveal: how two phones get keys that nobody between them has, and a code that shows it.
//!
//! ```text
//! message 1  = enc ‖ Seal(aad = offer hash, n_scan)             HPKE context, info = farthing/1/pair-contact or pair-device
//! K(name)    = Export(farthing/1/<name>, 32)                    names: reveal, show, scan
//! message 2  = AEAD(K(reveal), aad = SHA-256(offer hash ‖ message 1), n_show)
//! code       = HKDF(salt = offer hash, n_show ‖ n_scan, farthing/1/code ‖ pk ‖ enc, 8 bytes) mod 10^6
//! transcript = SHA-256(farthing/1/transcript ‖ offer hash ‖ SHA-256(message 1) ‖ SHA-256(message 2) ‖ n_show ‖ n_scan)
//! card       = AEAD(K(show) or K(scan), aad = transcript, pad to 1008)
//! ```

use super::{Offer, Purpose, RendezvousId, Role, TranscriptHash};
use crate::cbor::V1;
use crate::error::Malformed;
use crate::id::{Digest, TlsCertificateHash, VerifierId};
use crate::limits::CARD_PADDED;
use crate::sealed::{self, CannotOpen, HpkeKey, HpkeSealed, Secret, TAG_LEN};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// What an HPKE context gives both sides, in this order.
const EXPORTS: [&[u8]; 3] = [b"farthing/1/reveal", b"farthing/1/show", b"farthing/1/scan"];
/// A card's only size before it is sealed.
const CARD_STEPS: [usize; 1] = [CARD_PADDED - TAG_LEN];
const ENC_LEN: usize = 32;
const CODES: u64 = 1_000_000;

/// Six digits that two people compare.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CheckCode(u32);

impl CheckCode {
    pub(super) const fn number(self) -> u32 {
        self.0
    }

    pub(super) const fn from_number(number: u32) -> Option<Self> {
        if (number as u64) < CODES { Some(Self(number)) } else { None }
    }
}

impl core::fmt::Display for CheckCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

// Whoever knows it before both have said it could say it, too.
impl core::fmt::Debug for CheckCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("CheckCode(redacted)")
    }
}

/// The shower's side while its offer stands. In memory only: a restart burns the offer.
pub struct Offering {
    offer: Offer,
    key: HpkeKey,
    n_show: Secret,
}

impl Offering {
    /// A fresh offer.
    #[must_use]
    pub fn new(
        purpose: Purpose,
        verifier: VerifierId,
        tls: Option<TlsCertificateHash>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Self {
        let rendezvous = RendezvousId::generate(rng);
        let key = HpkeKey::from_seed(&random(rng));
        let n_show = random(rng);
        let commitment = Digest::of(&n_show[..]);
        // Contacts have pinned the verifier, and know how to reach it.
        let tls = tls.filter(|_| purpose == Purpose::Device);
        let offer = Offer { version: V1, purpose, verifier, rendezvous, hpke: *key.public(), commitment, tls };
        Self { offer, key, n_show }
    }

    /// What the QR code says.
    #[must_use]
    pub const fn offer(&self) -> &Offer {
        &self.offer
    }

    /// Accepts the first answer, and none after it: message 2, and what both sides then know.
    ///
    /// # Errors
    /// [`CannotOpen`] when the answer is not to this offer. The offer is burnt either way.
    pub fn accept(self, message_1: &[u8]) -> Result<(Vec<u8>, Paired), CannotOpen> {
        let (enc, ciphertext) = message_1.split_first_chunk::<ENC_LEN>().ok_or(CannotOpen)?;
        let sealed = HpkeSealed { enc: *enc, ciphertext: ciphertext.to_vec() };
        let offer_hash = self.offer.hash();
        let info = self.offer.purpose.info();
        let (n_scan, keys) = self.key.open_context(info, offer_hash.as_bytes(), &sealed, EXPORTS)?;
        let n_scan = <[u8; 32]>::try_from(&n_scan[..]).map(Zeroizing::new).map_err(|_| CannotOpen)?;
        let message_2 = sealed::seal_once(&keys[0], reveal_aad(&offer_hash, message_1).as_bytes(), &self.n_show[..]);
        let said = Said { message_1, message_2: &message_2, n_show: &self.n_show, n_scan: &n_scan, enc };
        let paired = Paired::new(&self.offer, &said, keys);
        Ok((message_2, paired))
    }
}

impl core::fmt::Debug for Offering {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Offering({}, secrets redacted)", self.offer.rendezvous)
    }
}

/// The scanner's side until the shower has revealed. In memory only.
pub struct Answering {
    offer: Offer,
    message_1: Vec<u8>,
    enc: [u8; ENC_LEN],
    keys: [Secret; 3],
    n_scan: Secret,
}

impl Answering {
    /// Answers an offer.
    ///
    /// # Errors
    /// [`Malformed::Key`] when the offer's HPKE key is of small order.
    pub fn new(offer: Offer, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Self, Malformed> {
        let n_scan = random(rng);
        let offer_hash = offer.hash();
        let info = offer.purpose.info();
        let (sealed, keys) =
            sealed::hpke_seal_context(&offer.hpke, info, offer_hash.as_bytes(), &n_scan[..], EXPORTS, rng)?;
        let message_1 = [&sealed.enc[..], &sealed.ciphertext].concat();
        Ok(Self { offer, message_1, enc: sealed.enc, keys, n_scan })
    }

    /// The offer that is answered.
    #[must_use]
    pub const fn offer(&self) -> &Offer {
        &self.offer
    }

    /// Message 1, the same however often it is sent.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message_1
    }

    /// Opens message 2 and checks that it reveals what the offer committed to.
    ///
    /// # Errors
    /// [`CannotOpen`] when it is anything else: somebody is in between. The offer is burnt either way.
    pub fn learn(self, message_2: &[u8]) -> Result<Paired, CannotOpen> {
        let Self { offer, message_1, enc, keys, n_scan } = self;
        let aad = reveal_aad(&offer.hash(), &message_1);
        let n_show = sealed::open_once(&keys[0], aad.as_bytes(), message_2)?;
        let n_show = <[u8; 32]>::try_from(&n_show[..]).map(Zeroizing::new).map_err(|_| CannotOpen)?;
        if Digest::of(&n_show[..]) != offer.commitment {
            return Err(CannotOpen);
        }
        let said = Said { message_1: &message_1, message_2, n_show: &n_show, n_scan: &n_scan, enc: &enc };
        Ok(Paired::new(&offer, &said, keys))
    }
}

impl core::fmt::Debug for Answering {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Answering({}, secrets redacted)", self.offer.rendezvous)
    }
}

/// All that was said until the code is known.
struct Said<'a> {
    message_1: &'a [u8],
    message_2: &'a [u8],
    n_show: &'a [u8; 32],
    n_scan: &'a [u8; 32],
    enc: &'a [u8; ENC_LEN],
}

/// What both sides know once the reveal has arrived. Nobody is vouched for before both people have compared the code.
///
/// Its stored form ([`minicbor::Encode`]) is for an encrypted store.
#[derive(Clone)]
pub struct Paired {
    pub(super) rendezvous: RendezvousId,
    pub(super) code: CheckCode,
    pub(super) transcript: TranscriptHash,
    pub(super) show: Secret,
    pub(super) scan: Secret,
}

impl Paired {
    fn new(offer: &Offer, said: &Said<'_>, [_, show, scan]: [Secret; 3]) -> Self {
        let offer_hash = offer.hash();
        let nonces = Zeroizing::new([&said.n_show[..], said.n_scan].concat());
        let info = [&b"farthing/1/code"[..], offer.hpke.as_bytes(), said.enc];
        let code = u64::from_be_bytes(*sealed::derive_len::<8>(offer_hash.as_bytes(), &nonces, &info)) % CODES;
        let transcript = Digest::of_parts(&[
            b"farthing/1/transcript",
            offer_hash.as_bytes(),
            Digest::of(said.message_1).as_bytes(),
            Digest::of(said.message_2).as_bytes(),
            said.n_show,
            said.n_scan,
        ]);
        Self {
            rendezvous: offer.rendezvous,
            code: CheckCode(u32::try_from(code).unwrap_or_default()),
            transcript: TranscriptHash::new(*transcript.as_bytes()),
            show,
            scan,
        }
    }

    /// Where they meet.
    #[must_use]
    pub const fn rendezvous(&self) -> &RendezvousId {
        &self.rendezvous
    }

    /// What both people must see alike.
    #[must_use]
    pub const fn code(&self) -> CheckCode {
        self.code
    }

    /// Names this pairing in everything that is signed for it.
    #[must_use]
    pub const fn transcript(&self) -> &TranscriptHash {
        &self.transcript
    }

    const fn key(&self, role: Role) -> &Secret {
        match role {
            Role::Shower => &self.show,
            Role::Scanner => &self.scan,
        }
    }

    /// Seals what this side says once its person has confirmed the code. Its key seals one message: keep the bytes and
    /// send them again.
    ///
    /// # Errors
    /// [`Malformed::TooLarge`] when it does not fit into a slot.
    pub fn seal(&self, role: Role, plaintext: &[u8]) -> Result<Vec<u8>, Malformed> {
        let padded = sealed::pad_to(plaintext, &CARD_STEPS)?;
        Ok(sealed::seal_once(self.key(role), self.transcript.as_bytes(), &padded))
    }

    /// Opens what the side with this role said.
    ///
    /// # Errors
    /// [`Malformed::CannotOpen`], and those of padding.
    pub fn open(&self, role: Role, card: &[u8]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
        let padded = sealed::open_once(self.key(role), self.transcript.as_bytes(), card)?;
        sealed::unpad_from(&padded, &CARD_STEPS)
    }
}

impl core::fmt::Debug for Paired {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Paired({}, secrets redacted)", self.rendezvous)
    }
}

fn reveal_aad(offer_hash: &Digest, message_1: &[u8]) -> Digest {
    Digest::of_parts(&[offer_hash.as_bytes(), message_1])
}

fn random(rng: &mut (impl CryptoRng + ?Sized)) -> Secret {
    let mut bytes = Secret::default();
    rng.fill_bytes(&mut bytes[..]);
    bytes
}
