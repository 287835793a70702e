//! QR codes that a command shows, in the terminal or as a picture.

use crate::failure::Failure;
use crate::files::Draft;
use farthing_core::scan::render::Qr;
use std::path::Path;

/// Pixels of one module of the picture: a version 5 code comes out at 360 pixels, a version 11 code at 550, sharp on screens and
/// paper.
const PNG_PIXELS: u32 = 8;

/// The code that holds a text.
///
/// # Errors
/// For a text that is longer than any code holds.
pub(super) fn of(text: &str) -> Result<Qr, Failure> {
    Qr::of(text).map_err(|e| Failure::internal(e.to_string()))
}

/// Writes the picture, once it is sure that there is something to show.
///
/// # Errors
/// When the disk fails.
pub(super) fn write(qr: &Qr, picture: Draft) -> Result<(), Failure> {
    picture.finish(&qr.to_png(PNG_PIXELS).map_err(|e| Failure::internal(e.to_string()))?)
}

/// The code itself, or where its picture is.
pub(super) fn shown(qr: &Qr, png: Option<&Path>) -> String {
    match png {
        Some(path) => shown_in(path),
        None => qr.to_terminal(),
    }
}

/// Where the picture of one code is.
pub(super) fn shown_in(path: &Path) -> String {
    format!("The QR code is in {}.\n", path.display())
}
