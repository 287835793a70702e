//! QR codes, in a terminal and as a picture.

use super::output::Failure;
use qrcode::{Color, EcLevel, QrCode};
use std::path::Path;

/// Light modules around the code, as its standard asks for.
const QUIET: usize = 4;
/// Pixels per module.
const MODULE: u32 = 8;

fn code(text: &str) -> Result<QrCode, Failure> {
    QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|_| Failure::new(1, "qr", "the link is too long for a QR code"))
}

/// Two modules per character; dark on light whatever the terminal's colours.
pub(crate) fn terminal(text: &str) -> Result<String, Failure> {
    let code = code(text)?;
    Ok(code
        .render::<qrcode::render::unicode::Dense1x2>()
        .dark_color(qrcode::render::unicode::Dense1x2::Light)
        .light_color(qrcode::render::unicode::Dense1x2::Dark)
        .build())
}

/// Writes a PNG. Never overwrites.
pub(crate) fn png(text: &str, path: &Path) -> Result<(), Failure> {
    let code = code(text)?;
    let width = code.width();
    let side = u32::try_from(width + 2 * QUIET).unwrap_or_default() * MODULE;
    let picture = image::GrayImage::from_fn(side, side, |x, y| {
        let module = |pixel: u32| (pixel / MODULE) as usize;
        let inside = |at: usize| (QUIET..QUIET + width).contains(&at);
        let (x, y) = (module(x), module(y));
        let dark = inside(x) && inside(y) && code[(x - QUIET, y - QUIET)] == Color::Dark;
        image::Luma([if dark { 0 } else { 255 }])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).map_err(|e| Failure::new(1, "png", e.to_string()))?;
    let mut file = std::fs::File::options()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(|e| Failure::new(1, "file", format!("{}: {e}", path.display())))?;
    std::io::Write::write_all(&mut file, bytes.get_ref()).map_err(Failure::from)
}
