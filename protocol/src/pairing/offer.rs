//! Offer: what the shower's QR code says.
//!
//! ```cddl
//! pairing-offer = {
//!   0: 1,
//!   1: 1 / 2,                 ; purpose: contact, device
//!   2: bstr .size 32,         ; verifier
//!   3: bstr .size 16,         ; rendezvous, random
//!   4: bstr .size 32,         ; HPKE key of this offer
//!   5: bstr .size 32,         ; commitment: SHA-256(n_show)
//!   ? 6: bstr .size 32,       ; SHA-256 of the TLS certificate (DER), as in an invite; only for a device
//! }
//! ```
//!
//! Not signed: the code that both people compare covers it. Its link is `<URL>/P#` + base32 of these bytes.

use super::RendezvousId;
use crate::cbor::{self, V1};
use crate::error::Malformed;
use crate::id::{Digest, TlsCertificateHash, VerifierId};
use crate::invite::is_verifier_url;
use crate::key::HpkePublicKey;
use crate::limits::URL_MAX;
use crate::text::Text;
use data_encoding::BASE32_NOPAD;
use minicbor::{Decode, Encode};

/// What a pairing is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Purpose {
    /// Two people become each other's contacts.
    #[n(1)]
    Contact,
    /// The scanner becomes a device of the shower's account.
    #[n(2)]
    Device,
}

impl Purpose {
    /// The `info` of its HPKE context.
    pub(super) const fn info(self) -> &'static [u8] {
        match self {
            Self::Contact => b"farthing/1/pair-contact",
            Self::Device => b"farthing/1/pair-device",
        }
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Offer {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// What the pairing is for.
    #[n(1)]
    pub purpose: Purpose,
    /// Where both are, or will be.
    #[n(2)]
    pub verifier: VerifierId,
    /// Where they meet.
    #[n(3)]
    pub rendezvous: RendezvousId,
    /// The key that the answer is sealed to.
    #[n(4)]
    pub hpke: HpkePublicKey,
    /// SHA-256 of what the shower reveals later.
    #[n(5)]
    pub commitment: Digest,
    /// The TLS certificate to expect: a new device has no invite that would say it.
    #[n(6)]
    pub tls: Option<TlsCertificateHash>,
}

impl Offer {
    /// Reads an offer.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let offer: Self = cbor::decode(bytes)?;
        if offer.tls.is_some() && offer.purpose == Purpose::Contact {
            return Err(Malformed::Value("contacts know their verifier's certificate already"));
        }
        Ok(offer)
    }

    /// SHA-256 of the offer's bytes.
    #[must_use]
    pub fn hash(&self) -> Digest {
        Digest::of(&cbor::encode(self))
    }

    /// The link that the QR code holds, for a verifier with this URL.
    #[must_use]
    pub fn link(&self, url: &Text<URL_MAX>) -> String {
        format!("{}/P#{}", url.as_str(), BASE32_NOPAD.encode(&cbor::encode(self)))
    }

    /// Reads a link: the verifier's URL, which is a hint, and the offer.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse_link(text: &str) -> Result<(Text<URL_MAX>, Self), Malformed> {
        const NO_LINK: &str = "not a pairing link";
        let faults = [NO_LINK, "the pairing link is incomplete or altered"];
        let (url, bytes) = crate::link::read(text, "/P#", faults)?;
        let url = Text::new(&url).map_err(|_| Malformed::Value(NO_LINK))?;
        if is_verifier_url(url.as_str()) {
            Ok((url, Self::decode(&bytes)?))
        } else {
            Err(Malformed::Value("a pairing link begins with a verifier's URL"))
        }
    }
}
