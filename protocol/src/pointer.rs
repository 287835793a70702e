//! Pointer: the short text of a request, in QR and link (wire decision 15).
//!
//! ```text
//! link    = <verifier URL> "/R#" base32(h)        ; h: first 20 bytes of SHA-256(request's bytes)
//! PRK     = HKDF-Extract("", h)
//! locator = HKDF-Expand(PRK, "farthing/1/locator", 16)
//! key     = HKDF-Expand(PRK, "farthing/1/content", 32)
//! content = ChaCha20-Poly1305(key, zero nonce, AAD = locator, pad(request's bytes))
//! ```
//!
//! Whoever has the link can read the request; the verifier, which stores `content` at `locator`, cannot. A tab's offer is pointed to
//! in the same way.
//! base32 is RFC 4648 §6 in capitals without padding: 32 characters, which a QR code packs tightly.
//!
//! ```
//! use farthing_protocol::pointer::Pointer;
//! let pointer = Pointer::parse("https://pay.example.org/R#AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQT")?;
//! assert_eq!(pointer.url(), "https://pay.example.org");
//! assert_eq!(pointer.link(), "https://pay.example.org/R#AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQT");
//! assert!(!format!("{pointer:?}").contains("AAAQ"), "a pointer opens its request");
//! # Ok::<(), farthing_protocol::Malformed>(())
//! ```

use crate::cbor::byte_newtype;
use crate::cose::Signed;
use crate::error::Malformed;
use crate::id::{Digest, Locator};
use crate::key::secret_eq;
use crate::limits::{LINK_HOST_MAX, REQUEST_CONTENT_MAX};
use crate::request::Request;
use crate::sealed;
use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

byte_newtype!(secret
    /// The first 20 bytes of a request's hash: secret, for it opens the request.
    PointerSecret, 20
);

/// A pointer to a request: where, and the secret that opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pointer {
    url: String,
    secret: PointerSecret,
}

impl Pointer {
    /// The pointer to `request`, or to an offer, which lies at the verifier with this URL.
    ///
    /// # Errors
    /// [`Malformed::Value`] when the URL is not one of a verifier or longer than a QR code of version 5-M holds.
    pub fn to<T>(url: &str, request: &Signed<T>) -> Result<Self, Malformed> {
        let digest = Digest::of(request.bytes());
        let secret = PointerSecret::from_slice(digest.as_bytes().get(..20).unwrap_or_default());
        Self::new(url, secret.ok_or(Malformed::Truncated)?)
    }

    fn new(url: &str, secret: PointerSecret) -> Result<Self, Malformed> {
        let host_len = url.split_once("://").map_or(0, |(_, host)| host.len());
        if crate::invite::is_verifier_url(url) && host_len <= LINK_HOST_MAX {
            Ok(Self { url: url.to_owned(), secret })
        } else {
            Err(Malformed::Value("a request link begins with a verifier's URL of at most 49 characters"))
        }
    }

    /// Reads a link.
    ///
    /// # Errors
    /// [`Malformed::Value`] when it is not a request link, or was cut or altered.
    pub fn parse(link: &str) -> Result<Self, Malformed> {
        const ALTERED: &str = "the request link is incomplete or altered";
        let (url, bytes) = crate::link::read(link, "/R#", ["not a request link", ALTERED])?;
        Self::new(&url, PointerSecret::from_slice(&bytes).ok_or(Malformed::Value(ALTERED))?)
    }

    /// The link's text.
    #[must_use]
    pub fn link(&self) -> String {
        format!("{}/R#{}", self.url, BASE32_NOPAD.encode(self.secret.as_bytes()))
    }

    /// The verifier's URL, in small letters.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the ciphertext lies.
    #[must_use]
    pub fn locator(&self) -> Locator {
        Locator::new(*sealed::derive_len::<16>(&[], self.secret.as_bytes(), &[b"farthing/1/locator"]))
    }

    fn key(&self) -> Zeroizing<[u8; 32]> {
        sealed::derive(&[], self.secret.as_bytes(), &[b"farthing/1/content"])
    }

    /// The ciphertext of the request or offer that this pointer is to.
    ///
    /// # Errors
    /// [`Malformed::TooLarge`] when memo and items do not fit into 4 KiB.
    pub fn seal<T>(&self, request: &Signed<T>) -> Result<Vec<u8>, Malformed> {
        let padded = sealed::pad(request.bytes())?;
        let content = sealed::seal_once(&self.key(), self.locator().as_bytes(), &padded);
        // Empty only if the AEAD failed, which it does not at this size.
        if content.is_empty() { Err(Malformed::TooLarge { limit: REQUEST_CONTENT_MAX }) } else { Ok(content) }
    }

    /// Opens a ciphertext and checks that it is the very request that was pointed to. The signature is
    /// the caller's next step.
    ///
    /// # Errors
    /// [`Malformed::CannotOpen`] when it was altered, otherwise [`Malformed`] when it is not that request.
    pub fn open(&self, content: &[u8]) -> Result<Signed<Request>, Malformed> {
        Signed::<Request>::parse(&self.reveal(content)?)
    }

    /// The bytes of what was pointed to, whatever it is: a request, or an offer. They are read, and their signature is checked, by
    /// the caller.
    ///
    /// # Errors
    /// As [`Pointer::open`].
    pub fn reveal(&self, content: &[u8]) -> Result<Vec<u8>, Malformed> {
        if content.len() > REQUEST_CONTENT_MAX {
            return Err(Malformed::TooLarge { limit: REQUEST_CONTENT_MAX });
        }
        let padded = sealed::open_once(&self.key(), self.locator().as_bytes(), content)?;
        let bytes = sealed::unpad(&padded)?;
        let found = Digest::of(&bytes);
        let same = found.as_bytes().get(..20).is_some_and(|found| secret_eq(found, self.secret.as_bytes()));
        if same {
            Ok(bytes.to_vec())
        } else {
            Err(Malformed::Value("the request is not the one that the link points to"))
        }
    }
}

// A pointer opens its request: it does not belong into logs.
impl core::fmt::Debug for Pointer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Pointer({}, secret redacted)", self.url)
    }
}
