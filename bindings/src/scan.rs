//! QR codes and links. All of it is computing: no disk, no network.

use crate::failure::Failure;
use farthing_core::Error;
use farthing_core::scan::render::Qr;
use farthing_core::scan::{ScanError, text};

/// What a text turned out to be. Well-formed; nobody has vouched for it yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Scanned {
    /// A payment request, which `prepare` takes, or the offer of a tab, which `prepare_tab` takes: its link does not say which.
    Request,
    /// An invite to a verifier: `enrol` and `restore` take it.
    Invite,
    /// Another phone's pairing code: `pair_scan` takes it.
    Pairing,
    /// Somebody's alias: `prepare` takes it.
    Alias,
    /// A voucher of a tab: `take_voucher` takes it.
    Voucher,
}

/// Says what a text from a QR code, a link or a keyboard is.
///
/// # Errors
/// What is wrong with it.
#[uniffi::export]
pub fn recognise(scanned: &str) -> Result<Scanned, Failure> {
    use farthing_core::scan::Scanned as Found;
    let unknown = || Error::from(ScanError::NotOurs);
    Ok(match text::recognise(scanned).map_err(Error::from)? {
        Found::Request(_) => Scanned::Request,
        Found::Invite(_) => Scanned::Invite,
        Found::Pairing(_) => Scanned::Pairing,
        Found::Alias(_) => Scanned::Alias,
        Found::Voucher(_) => Scanned::Voucher,
        _ => return Err(unknown().into()),
    })
}

/// A QR code, as rows of modules.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct QrPicture {
    /// Modules of one side, without the quiet zone of four.
    pub side: u32,
    /// The picture with its quiet zone, a PNG.
    pub png: Vec<u8>,
}

/// Draws a text as a QR code, `scale` pixels to a module.
///
/// # Errors
/// When it is too long.
#[uniffi::export]
pub fn draw_qr(shown: &str, scale: u32) -> Result<QrPicture, Failure> {
    let too_long = |_| Error::from(ScanError::TooLarge { what: "a text for a QR code", limit: text::TEXT_MAX as u64 });
    let qr = Qr::of(shown).map_err(too_long)?;
    Ok(QrPicture { side: qr.modules(), png: qr.to_png(scale).map_err(too_long)? })
}
