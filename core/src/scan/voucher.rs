//! A voucher as text: RFC 4648 base32 in capitals without padding, which a QR code packs tightly, as the secret of a link.

use data_encoding::BASE32_NOPAD;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::limits::VOUCHER_MAX;
use farthing_protocol::tab::Voucher;

/// The text of a voucher.
#[must_use]
pub fn text_of(voucher: &SignedBytes) -> String {
    BASE32_NOPAD.encode(voucher.as_slice())
}

/// The voucher of a text; programs that pass it on break lines and change the case. `None` for what is none, or incomplete. Nobody
/// has vouched for it yet.
#[must_use]
pub fn of_text(text: &[u8]) -> Option<SignedBytes> {
    if text.len() > 4 * VOUCHER_MAX {
        return None;
    }
    let plain: Vec<u8> = text.iter().filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_uppercase).collect();
    let bytes = BASE32_NOPAD.decode(&plain).ok()?;
    Signed::<Voucher>::parse(&bytes).ok()?;
    SignedBytes::new(bytes).ok()
}
