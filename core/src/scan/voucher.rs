//! A voucher as text: RFC 4648 base32 in capitals without padding, which a QR code packs tightly, as the secret of a link.

use data_encoding::BASE32_NOPAD;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::limits::VOUCHER_MAX;
use farthing_protocol::offline::Frame;
use farthing_protocol::tab::Voucher;

/// The text of a voucher.
#[must_use]
pub fn text_of(voucher: &SignedBytes) -> String {
    BASE32_NOPAD.encode(voucher.as_slice())
}

/// The voucher of a text, this one or a frame (docs/protocol.md 7.13); programs that pass base32 on break lines and change the case. `None`
/// for what is none, or incomplete. Nobody has vouched for it yet.
#[must_use]
pub fn of_text(text: &[u8]) -> Option<SignedBytes> {
    if text.len() > 4 * VOUCHER_MAX {
        return None;
    }
    let frame = core::str::from_utf8(text).ok().and_then(|text| Frame::parse(text.trim()).ok());
    let bytes = match frame {
        Some(Frame::TabVoucher(voucher)) => voucher.into_vec(),
        Some(_) => return None,
        None => {
            let plain = text.iter().filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_uppercase);
            BASE32_NOPAD.decode(&plain.collect::<Vec<u8>>()).ok()?
        }
    };
    Signed::<Voucher>::parse(&bytes).ok()?;
    SignedBytes::new(bytes).ok()
}
