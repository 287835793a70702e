//! Invite: how a wallet first learns of a verifier. It pins the root; there is no trust on first use.
//!
//! ```cddl
//! invite = {
//!   0: 1,
//!   1: bstr .size 32,         ; verifier
//!   2: tstr,                  ; URL, https, or http to loopback only; a hint, not an identity
//!   ? 3: bstr .size 16,       ; code; absent where the verifier is open to everyone
//!   ? 4: bstr .size 32,       ; SHA-256 of the TLS certificate (DER), when it is not of a public authority
//!   ? 5: time,                ; expires
//! }
//! ```
//!
//! Type `invite`, signed by the signing key. As text it is `<URL>/I#` + base32 (RFC 4648 §6, no
//! padding) of the signed bytes.
//!
//! ```
//! use farthing_protocol::{cbor::V1, cose::Signed, id::*, invite::{self, Invite}, key::Ed25519Key, text::Text};
//! let invite = Invite {
//!     version: V1, verifier: VerifierId::new([1; 32]), url: Text::new("https://pay.example.org")?, code: None, tls: None, expires: None,
//! };
//! let link = invite::link(&Signed::sign(invite, &Ed25519Key::from_seed([7; 32]))?);
//! assert!(link.starts_with("https://pay.example.org/I#"));
//! assert_eq!(invite::parse_link(&link)?.claims().verifier, VerifierId::new([1; 32]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::V1;
use crate::cose::{Object, Signed};
use crate::error::Malformed;
use crate::id::{InviteCode, TlsCertificateHash, VerifierId};
use crate::limits::URL_MAX;
use crate::text::Text;
use crate::time::Time;
use data_encoding::BASE32_NOPAD;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Invite {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The verifier to pin.
    #[n(1)]
    pub verifier: VerifierId,
    /// Where it listens, without a slash at the end.
    #[n(2)]
    pub url: Text<URL_MAX>,
    /// Proves that one is invited.
    #[n(3)]
    pub code: Option<InviteCode>,
    /// The TLS certificate to expect.
    #[n(4)]
    pub tls: Option<TlsCertificateHash>,
    /// Not to be used at this time or later.
    #[n(5)]
    pub expires: Option<Time>,
}

impl Object for Invite {
    const TYPE: &'static str = "invite";

    fn check(&self) -> Result<(), Malformed> {
        if is_verifier_url(self.url.as_str()) {
            Ok(())
        } else {
            Err(Malformed::Value("a verifier's URL is https, or http to this machine"))
        }
    }
}

/// True for `https://host[:port]`, and for `http://` with a loopback host. No path, no user.
#[must_use]
pub fn is_verifier_url(url: &str) -> bool {
    let host_shape = |rest: &str| {
        rest.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'[')
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
    };
    if let Some(rest) = url.strip_prefix("https://") {
        return host_shape(rest);
    }
    url.strip_prefix("http://").is_some_and(|rest| {
        let host = rest.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(rest, |(h, _)| h);
        matches!(host, "127.0.0.1" | "[::1]" | "localhost") && host_shape(rest)
    })
}

/// The link that people pass on.
#[must_use]
pub fn link(invite: &Signed<Invite>) -> String {
    format!("{}/I#{}", invite.claims().url.as_str(), BASE32_NOPAD.encode(invite.bytes()))
}

/// Reads an invite link. Nobody has vouched for it yet.
///
/// # Errors
/// [`Malformed`]; also when the link's URL is not the one inside.
pub fn parse_link(text: &str) -> Result<Signed<Invite>, Malformed> {
    let (url, code) = text.trim().split_once("/I#").ok_or(Malformed::Value("not an invite link"))?;
    let bytes = BASE32_NOPAD
        .decode(code.to_ascii_uppercase().as_bytes())
        .map_err(|_| Malformed::Value("the invite link is incomplete or altered"))?;
    let invite = Signed::<Invite>::parse(&bytes)?;
    if invite.claims().url.as_str() == url { Ok(invite) } else { Err(Malformed::Value("the invite link was altered")) }
}
