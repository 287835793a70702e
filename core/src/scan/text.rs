//! Text to a typed thing.
//!
//! Source: wire decision 15 (request link), `farthing_protocol::invite` (invite link), decision 13 (alias). URI schemes
//! by RFC 3986 section 3.1, decision 16 (pairing offer).
//!
//! ```
//! use farthing_core::scan::{ScanError, Scanned, text::recognise};
//! let link = format!("https://verifier.example/R#{}", "A".repeat(32));
//! assert!(matches!(recognise(&link)?, Scanned::Request(_)));
//! assert!(matches!(recognise("  Taco-Truck ")?, Scanned::Alias(_)));
//! assert!(matches!(recognise("WIFI:S:cafe;;"), Err(ScanError::OtherScheme { scheme }) if scheme == "wifi"));
//! # Ok::<(), ScanError>(())
//! ```

use super::{ScanError, parts, voucher};
use farthing_protocol::{
    alias::Alias,
    cose::{Signed, SignedBytes},
    error::Malformed,
    invite::{self, Invite},
    offline::Frame,
    pairing::Offer,
    pointer::Pointer,
};

/// Longest text: a carried order with the longest message. The largest QR code holds 4,296 characters (version 40-L, alphanumeric).
pub const TEXT_MAX: usize = 8_192;
/// Longest scheme that is repeated to the person.
const SCHEME_MAX: usize = 32;

/// What a text turned out to be. Well-formed; nobody has vouched for it yet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Scanned {
    /// A pointer to a payment request, or to the offer of a tab.
    Request(Pointer),
    /// An invite to a verifier.
    Invite(Box<Signed<Invite>>),
    /// Another phone's pairing code.
    Pairing(Box<Offer>),
    /// Somebody's alias, to be asked for at the wallet's own verifier.
    Alias(Alias),
    /// What a phone shows to one without network.
    Frame(Box<Frame>),
    /// A voucher of a tab.
    Voucher(SignedBytes),
}

/// Says what `text` is. White space around it does not matter, nor does the case of host and alias.
///
/// # Errors
/// [`ScanError::OtherScheme`] for what other programs understand, [`ScanError::Damaged`] for what looks like ours but
/// is cut or altered, [`ScanError::TooLarge`], [`ScanError::NotOurs`].
pub fn recognise(text: &str) -> Result<Scanned, ScanError> {
    if text.len() > TEXT_MAX {
        return Err(ScanError::TooLarge { what: "a text in bytes", limit: TEXT_MAX as u64 });
    }
    let text = text.trim();
    if is_frame(text) {
        return frame(text);
    }
    if parts::is_part(text) {
        return Err(ScanError::Damaged { reason: "this is one of several codes, which are read together" });
    }
    match scheme(text) {
        Some(scheme) if scheme == "https" || scheme == "http" => link(text, scheme),
        Some(scheme) => Err(ScanError::OtherScheme { scheme }),
        None => match (Alias::new(&text.to_ascii_lowercase()), voucher::of_text(text.as_bytes())) {
            (Ok(alias), _) => Ok(Scanned::Alias(alias)),
            (Err(_), Some(voucher)) => Ok(Scanned::Voucher(voucher)),
            (Err(_), None) => Err(ScanError::NotOurs),
        },
    }
}

/// Frames begin with `F`, another capital letter, and a colon. Their alphabet has blanks, which no scheme's address has.
fn is_frame(text: &str) -> bool {
    matches!(text.as_bytes(), [b'F', kind, b':', ..] if kind.is_ascii_uppercase())
}

fn frame(text: &str) -> Result<Scanned, ScanError> {
    match Frame::parse(text).map_err(damaged)? {
        Frame::TabVoucher(_) => {
            let damaged = ScanError::Damaged { reason: "the voucher is incomplete or altered" };
            voucher::of_text(text.as_bytes()).map(Scanned::Voucher).ok_or(damaged)
        }
        frame => Ok(Scanned::Frame(Box::new(frame))),
    }
}

/// A web address, ours or another.
fn link(text: &str, scheme: String) -> Result<Scanned, ScanError> {
    if let Some(link) = with_lower_case_host(text, "/R#") {
        return Pointer::parse(&link).map(Scanned::Request).map_err(damaged);
    }
    if let Some(link) = with_lower_case_host(text, "/I#") {
        return invite::parse_link(&link).map(|invite| Scanned::Invite(Box::new(invite))).map_err(damaged);
    }
    if let Some(link) = with_lower_case_host(text, "/P#") {
        return Offer::parse_link(&link).map(|(_, offer)| Scanned::Pairing(Box::new(offer))).map_err(damaged);
    }
    // Cut before its secret, or with '#' escaped by a program that passed it on.
    let path = text.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    if ["R", "I", "P"].contains(&path) || ["R%23", "I%23", "P%23"].iter().any(|start| path.starts_with(start)) {
        return Err(ScanError::Damaged { reason: "the link is incomplete or altered" });
    }
    Err(ScanError::OtherScheme { scheme })
}

/// Keyboards and QR programs change the case of scheme and host, which means nothing (RFC 3986 section 6.2.2.1).
fn with_lower_case_host(text: &str, mark: &str) -> Option<String> {
    let (url, secret) = text.split_once(mark)?;
    // The mark ends the host: further down it is part of somebody else's address.
    let is_host = url.split_once("://").is_some_and(|(_, host)| !host.contains(['/', '?', '#']));
    is_host.then(|| format!("{}{mark}{secret}", url.to_ascii_lowercase()))
}

fn damaged(fault: Malformed) -> ScanError {
    ScanError::Damaged {
        reason: match fault {
            Malformed::UnknownVersion => "the link is of a newer version than this program knows",
            Malformed::Value(reason) => reason,
            _ => "the link is incomplete or altered",
        },
    }
}

/// The scheme of a URI, or the name of a code format without one, in lower case.
fn scheme(text: &str) -> Option<String> {
    // Formats that begin with a fixed text: EMV QR codes, EPC069-12 (SEPA), Swiss QR-bill, bare Lightning invoices.
    let formats = [("000201", "emv"), ("BCD\n", "epc"), ("BCD\r", "epc"), ("SPC\n", "swiss"), ("SPC\r", "swiss")];
    if let Some((_, name)) = formats.iter().find(|(start, _)| text.starts_with(start)) {
        return Some((*name).to_owned());
    }
    if text.len() > 64 && text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("lnbc")) {
        return Some("lightning".to_owned());
    }
    let (scheme, _) = text.split_once(':')?;
    let is_scheme = scheme.len() <= SCHEME_MAX
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    is_scheme.then(|| scheme.to_ascii_lowercase())
}
