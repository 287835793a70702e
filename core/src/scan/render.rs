//! A QR code as a picture, or as text for a terminal.
//!
//! Source: ISO/IEC 18004; wire decision 15: error correction level M, so that a request stays within version 5. The
//! text is split into segments optimally: the base32 part of a link costs 5.5 bits a character.
//!
//! ```
//! use farthing_core::scan::render::Qr;
//! let link = format!("https://{}/R#{}", "v".repeat(49), "A".repeat(32));
//! let qr = Qr::of(&link)?;
//! assert_eq!((qr.version(), qr.modules()), (5, 37));
//! println!("{}", qr.to_terminal());
//! # Ok::<(), farthing_core::scan::render::RenderError>(())
//! ```

use super::segments;
use image::{ExtendedColorType, ImageEncoder as _, codecs::png::PngEncoder};
use qrcode::{EcLevel, QrCode, Version, bits::Bits};

/// White modules around the code, which readers need (ISO/IEC 18004 section 5.3.8).
pub const QUIET_ZONE: u32 = 4;
/// Largest scale of a picture: with the largest code some 11,840 pixels a side.
pub const PIXELS_PER_MODULE_MAX: u32 = 64;

/// A QR code.
#[derive(Clone)]
pub struct Qr {
    dark: Vec<bool>,
    side: u32,
    version: u8,
}

impl Qr {
    /// The smallest code of level M that holds `text`.
    ///
    /// # Errors
    /// [`RenderError::TooLong`].
    pub fn of(text: &str) -> Result<Self, RenderError> {
        let code = smallest(text.as_bytes()).ok_or(RenderError::TooLong)?;
        let Version::Normal(version) = code.version() else { return Err(RenderError::TooLong) };
        let version = u8::try_from(version).map_err(|_| RenderError::TooLong)?;
        let dark = code.to_colors().into_iter().map(|color| color == qrcode::Color::Dark).collect();
        Ok(Self { dark, side: 17 + 4 * u32::from(version), version })
    }

    /// The version, 1 to 40, which says how dense the code is.
    #[must_use]
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// Modules of one side, without the quiet zone.
    #[must_use]
    pub const fn modules(&self) -> u32 {
        self.side
    }

    /// A greyscale PNG, dark on light, with the quiet zone. `pixels_per_module` is brought within 1 to
    /// [`PIXELS_PER_MODULE_MAX`].
    ///
    /// # Errors
    /// [`RenderError::Picture`] when the encoder fails, which memory alone can cause.
    pub fn to_png(&self, pixels_per_module: u32) -> Result<Vec<u8>, RenderError> {
        let (side, pixels) = self.to_grey(pixels_per_module);
        let mut png = Vec::new();
        PngEncoder::new(&mut png)
            .write_image(&pixels, side, side, ExtendedColorType::L8)
            .map_err(|_| RenderError::Picture)?;
        Ok(png)
    }

    /// Its picture, bare: how many pixels a side, and a byte for each, line by line, 0 for dark and 255 for light.
    #[must_use]
    pub fn to_grey(&self, pixels_per_module: u32) -> (u32, Vec<u8>) {
        let scale = pixels_per_module.clamp(1, PIXELS_PER_MODULE_MAX);
        let side = self.side_with_quiet_zone() * scale;
        let mut pixels = Vec::with_capacity((side * side) as usize);
        for y in 0..side {
            pixels.extend((0..side).map(|x| if self.is_dark(x / scale, y / scale) { 0 } else { 255_u8 }));
        }
        (side, pixels)
    }

    /// Half blocks, two modules a character, with the quiet zone; each line ends with a newline.
    ///
    /// Light modules are drawn in the text's colour, dark ones are left blank, so it is right on a dark background
    /// with light text. On a light background it comes out inverted, which most readers, ours included, read too.
    #[must_use]
    pub fn to_terminal(&self) -> String {
        let side = self.side_with_quiet_zone();
        let mut out = String::with_capacity((side * (side + 1) * 3 / 2) as usize);
        for y in (0..side).step_by(2) {
            for x in 0..side {
                // Below the last line is nothing to light up.
                let below = y + 1 >= side || self.is_dark(x, y + 1);
                out.push(match (self.is_dark(x, y), below) {
                    (false, false) => '█',
                    (false, true) => '▀',
                    (true, false) => '▄',
                    (true, true) => ' ',
                });
            }
            out.push('\n');
        }
        out
    }

    const fn side_with_quiet_zone(&self) -> u32 {
        self.side + 2 * QUIET_ZONE
    }

    /// Is the module dark? Coordinates include the quiet zone.
    fn is_dark(&self, x: u32, y: u32) -> bool {
        let inside = |at: u32| at.checked_sub(QUIET_ZONE).filter(|at| *at < self.side);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.dark.get((y * self.side + x) as usize).copied().unwrap_or(false),
            _ => false,
        }
    }
}

/// Ranges of versions whose segments cost the same (ISO/IEC 18004 table 3).
const VERSION_RANGES: [(i16, i16); 3] = [(1, 9), (10, 26), (27, 40)];
/// Most bytes of any QR code, which are digits: longer texts are not even tried.
const TEXT_MAX: usize = 7089;

fn smallest(text: &[u8]) -> Option<QrCode> {
    if text.len() > TEXT_MAX {
        return None;
    }
    for (first, last) in VERSION_RANGES {
        let segments = segments::cheapest(text, Version::Normal(last));
        let needed: usize = segments.iter().map(|segment| segment.encoded_len(Version::Normal(last))).sum();
        for version in (first..=last).map(Version::Normal) {
            let mut bits = Bits::new(version);
            if needed <= bits.max_len(EcLevel::M).ok()? {
                bits.push_segments(text, segments.into_iter()).ok()?;
                bits.push_terminator(EcLevel::M).ok()?;
                return QrCode::with_bits(bits, EcLevel::M).ok();
            }
        }
    }
    None
}

// The text may be a request's secret: only the size is shown.
impl core::fmt::Debug for Qr {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Qr(version {}-M)", self.version)
    }
}

/// A text that cannot be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// More than the largest QR code holds at level M.
    #[error("the text is too long for a QR code")]
    TooLong,
    /// The picture could not be encoded.
    #[error("the picture of the QR code could not be made")]
    Picture,
}
