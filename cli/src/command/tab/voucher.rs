//! A voucher in an argument, and in what operations answer, which have it in hex.

use super::super::input;
use crate::failure::Failure;
use data_encoding::HEXLOWER;
use farthing_core::scan::voucher;
use farthing_protocol::cose::SignedBytes;

/// The text of a voucher that operations have in hex.
///
/// # Errors
/// When it is none.
pub(super) fn text(hex: &str) -> Result<String, Failure> {
    let bytes = SignedBytes::new(bytes(hex)?).map_err(|_| Failure::internal("the voucher cannot be read"))?;
    Ok(voucher::text_of(&bytes))
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
    match voucher::of_text(text.as_bytes()) {
        Some(voucher) => Ok(HEXLOWER.encode(voucher.as_slice())),
        None => Err(Failure::unreadable("this is no voucher, or it is incomplete")),
    }
}
