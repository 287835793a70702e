//! A voucher as text: RFC 4648 base32 in capitals without padding, which a QR code packs tightly, as the secret of a link.

use super::super::input;
use crate::failure::Failure;
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use farthing_protocol::cose::Signed;
use farthing_protocol::limits::VOUCHER_MAX;
use farthing_protocol::tab::Voucher;

/// The text of a voucher that operations have in hex.
///
/// # Errors
/// When it is none.
pub(super) fn text(hex: &str) -> Result<String, Failure> {
    Ok(BASE32_NOPAD.encode(&bytes(hex)?))
}

/// The bytes of a voucher that operations have in hex.
///
/// # Errors
/// When it is none.
pub(super) fn bytes(hex: &str) -> Result<Vec<u8>, Failure> {
    HEXLOWER.decode(hex.as_bytes()).map_err(|_| Failure::internal("the voucher cannot be read"))
}

/// The voucher in an argument, for an operation: its text, a picture or file with it, or what stdin holds.
///
/// # Errors
/// When nothing readable is there.
pub(super) fn read(argument: &str) -> Result<String, Failure> {
    let text = input::text_of(argument)?;
    match bytes_of_text(text.as_bytes()) {
        Some(bytes) => Ok(HEXLOWER.encode(&bytes)),
        None => Err(Failure::unreadable("this is no voucher, or it is incomplete")),
    }
}

/// The bytes of a voucher from its text; programs that pass it on break lines and change the case.
pub(in super::super) fn bytes_of_text(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > 4 * VOUCHER_MAX {
        return None;
    }
    let plain: Vec<u8> = text.iter().filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_uppercase).collect();
    BASE32_NOPAD.decode(&plain).ok().filter(|bytes| Signed::<Voucher>::parse(bytes).is_ok())
}
