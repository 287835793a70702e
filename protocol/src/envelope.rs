//! Envelope: what one device says to another, inside Olm.
//!
//! ```cddl
//! envelope = {
//!   0: 1,
//!   1: bstr .size 16,         ; id, random; what comes twice counts once
//!   2: time,                  ; when it was written, by the writer's clock
//!   3: [1, pair-confirm: bstr] / [2, told] / [3, request: bstr] / [4, tstr] / [5] / [6, checkpoint: bstr]
//!    / [7, hold-offer: bstr] / [8, voucher: bstr],
//! }
//! told = { 0: bstr .size 32, 1: bstr .size 32, 2: details }  ; order hash, salt
//! ```
//!
//! Not signed: Olm vouches for the sending device. Padded before it is encrypted, so that the mailbox learns a step of the
//! size only.
//!
//! ```
//! use farthing_protocol::{cbor::V1, envelope::{Body, Envelope, EnvelopeId}, limits::ENVELOPE_PADDED, text::Text, time::Time};
//! let note = Body::Note(Text::new("I am at the corner")?);
//! let envelope = Envelope { version: V1, id: EnvelopeId::new([7; 16]), time: Time::from_ms(1_800_000_000_000), body: note };
//! let plaintext = envelope.to_plaintext()?;
//! assert_eq!(plaintext.len(), ENVELOPE_PADDED[1]);
//! assert_eq!(Envelope::from_plaintext(&plaintext)?, envelope);
//! # Ok::<(), farthing_protocol::Malformed>(())
//! ```

use crate::cbor::{self, V1, byte_newtype};
use crate::cose::SignedBytes;
use crate::details::{Details, Disclosure, Salt};
use crate::error::Malformed;
use crate::id::{DetailsHash, Digest, random};
use crate::limits::{ENVELOPE_PADDED, NOTE_MAX};
use crate::sealed;
use crate::text::Text;
use crate::time::Time;
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

byte_newtype!(
    /// An envelope's id: 16 random bytes, the same however often it is sent.
    EnvelopeId, 16
);

random!(EnvelopeId);

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Envelope {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// What comes twice counts once.
    #[n(1)]
    pub id: EnvelopeId,
    /// When it was written, by the writer's clock: for display.
    #[n(2)]
    pub time: Time,
    /// What it says.
    #[n(3)]
    pub body: Body,
}

/// What an envelope says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Body {
    /// The last word of a pairing: both cards were seen.
    #[n(1)]
    PairConfirm(
        /// A signed `pair-confirm`.
        #[n(0)]
        SignedBytes,
    ),
    /// A memo that only the sending device could open, for a device of the same account.
    #[n(2)]
    Told(#[n(0)] Told),
    /// A request for money.
    #[n(3)]
    Request(
        /// A signed `request`.
        #[n(0)]
        SignedBytes,
    ),
    /// A few sentences.
    #[n(4)]
    Note(#[n(0)] Text<NOTE_MAX>),
    /// Nothing: the session is new, because the one before was lost.
    #[n(5)]
    Fresh,
    /// What the verifier says to the sender that its ledger was: for the recipient to compare.
    #[n(6)]
    Checkpoint(
        /// A signed `checkpoint`.
        #[n(0)]
        SignedBytes,
    ),
    /// Terms of a tab.
    #[n(7)]
    Offer(
        /// A signed `hold-offer`.
        #[n(0)]
        SignedBytes,
    ),
    /// From the payer: what a tab's drops come to so far. From the payee: the greatest that it has, for a payer that forgot.
    #[n(8)]
    Voucher(
        /// A signed `voucher`.
        #[n(0)]
        SignedBytes,
    ),
}

/// A disclosure with the order it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Told {
    /// The hash of the order that was paid.
    #[n(0)]
    pub order: Digest,
    /// The details' salt.
    #[n(1)]
    pub salt: Salt,
    /// The details.
    #[n(2)]
    pub details: Details,
}

impl Told {
    /// The hash that the order's receipt must hold.
    #[must_use]
    pub fn hash(&self) -> DetailsHash {
        Disclosure { version: V1, salt: self.salt, details: self.details.clone() }.hash()
    }
}

impl Envelope {
    /// The padded plaintext that Olm encrypts.
    ///
    /// # Errors
    /// [`Malformed::TooLarge`] when a request or a memo is larger than a message can be.
    pub fn to_plaintext(&self) -> Result<Zeroizing<Vec<u8>>, Malformed> {
        sealed::pad_to(&cbor::encode_secret(self), &ENVELOPE_PADDED)
    }

    /// Reads what Olm decrypted.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn from_plaintext(plaintext: &[u8]) -> Result<Self, Malformed> {
        let envelope: Self = cbor::decode(&sealed::unpad_from(plaintext, &ENVELOPE_PADDED)?)?;
        match &envelope.body {
            Body::Told(told) => told.details.check()?,
            Body::PairConfirm(_)
            | Body::Request(_)
            | Body::Note(_)
            | Body::Fresh
            | Body::Checkpoint(_)
            | Body::Offer(_)
            | Body::Voucher(_) => {}
        }
        Ok(envelope)
    }
}
