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
use core::net::Ipv6Addr;
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

/// True for `https://host[:port]`, and for `http://` with a loopback host (chapter 6.5): in small letters, without path,
/// user, or slash at the end, so that a verifier's URL has one form only.
#[must_use]
pub fn is_verifier_url(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    // The colons within brackets are the address's own.
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let host_fits = match scheme {
        "https" => is_host(host),
        "http" => matches!(host, "127.0.0.1" | "[::1]" | "localhost"),
        _ => false,
    };
    host_fits && port.is_none_or(is_port)
}

/// A name or IPv4 address, or an IPv6 address in brackets.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok() && !address.bytes().any(|b| b.is_ascii_uppercase());
    }
    host.split('.').all(|label| {
        let letters = label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        !label.is_empty() && letters && !label.starts_with('-') && !label.ends_with('-')
    })
}

/// 1 to 65535, in digits alone.
fn is_port(port: &str) -> bool {
    port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0') && port.parse::<u16>().is_ok()
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
    let faults = ["not an invite link", "the invite link is incomplete or altered"];
    let (url, bytes) = crate::link::read(text, "/I#", faults)?;
    let invite = Signed::<Invite>::parse(&bytes)?;
    if invite.claims().url.as_str() == url { Ok(invite) } else { Err(Malformed::Value("the invite link was altered")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifiers_url_has_one_form() {
        for right in [
            "https://pay.example.org",
            "https://pay.example.org:8443",
            "https://a",
            "https://xn--bcher-kva.example:1",
            "https://192.0.2.7:65535",
            "https://[2001:db8::1]",
            "https://[2001:db8::1]:443",
            "http://127.0.0.1",
            "http://localhost:8420",
            "http://[::1]:8420",
        ] {
            assert!(is_verifier_url(right), "{right}");
        }
        for wrong in [
            "",
            "pay.example.org",
            "https://",
            "https://:443",
            "https://pay.example.org/",
            "https://pay.example.org:",
            "https://pay.example.org:0",
            "https://pay.example.org:080",
            "https://pay.example.org:+80",
            "https://pay.example.org:65536",
            "https://pay.example.org:80:80",
            "https://2001:db8::1",
            "https://[2001:db8::1",
            "https://[2001:db8::1]x",
            "https://[2001:DB8::1]",
            "https://[pay.example.org]",
            "https://[]",
            "https://a..b",
            "https://a.",
            "https://.a",
            "https://-a",
            "https://a-",
            "https://a_b",
            "https://a@b",
            "https://Pay.example.org",
            "HTTPS://pay.example.org",
            "http://pay.example.org",
            "http://127.0.0.1.example.org",
            "http://127.0.0.1:0",
            "ftp://127.0.0.1",
        ] {
            assert!(!is_verifier_url(wrong), "{wrong}");
        }
    }
}
