//! Picture to text: all QR codes of a PNG or JPEG.
//!
//! Source: ISO/IEC 18004 for the codes (read by `rqrr`). Pictures come from cameras, screens and strangers: bytes,
//! pixels and memory are bounded before anything is decoded, and a fault of a decoder is an error, not a crash.
//!
//! The picture is tried at several sizes, from full size down and then enlarged; each with a threshold by
//! surroundings and with one for all (Otsu); each dark on light and then light on dark. The first form in which
//! every code that is seen can be read ends the search.
//!
//! ```
//! use farthing_core::scan::{ScanError, picture::texts, render::Qr};
//! assert_eq!(texts(&Qr::of("a text")?.to_png(3)?)?, ["a text"]);
//! assert_eq!(texts(b"not a picture"), Err(ScanError::NotAPicture));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::{
    ScanError, finder,
    luma::{self, Bitmap},
};
use image::{DynamicImage, GrayImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits};
use rqrr::{DeQRError, PreparedImage};
use std::{
    borrow::Cow,
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Largest file: a photo of 50 megapixels as JPEG has about this size.
pub const BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most pixels: phones' photos have 12 to 50 million.
pub const PIXELS_MAX: u64 = 64 * 1000 * 1000;
/// Longest side.
pub const SIDE_MAX: u32 = 16 * 1024;
/// Most memory that decoding may take: [`PIXELS_MAX`] with four bytes each.
pub const DECODED_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Codes of one picture: a sheet of tickets. The reader's work grows with the cube.
pub const CODES_MAX: usize = 32;

/// Three finder patterns a code; see `finder` for what more of them would cost.
const PATTERNS_MAX: usize = 3 * CODES_MAX;
/// Places that only resemble finder patterns: print and foliage have some, and the reader tells most at a glance.
const LIKENESSES_MAX: usize = 256;

/// Pixels above which full size is not tried: a code that needs more of them is too small for any camera.
const FULL_SIZE_PIXELS_MAX: u64 = 16 * 1000 * 1000;
/// The longer side that such a picture is brought down to first.
const FULL_SIDE: u32 = 4000;
/// Longer sides that a larger picture is brought down to.
const SMALLER: [u32; 3] = [1600, 800, 400];
/// How often a picture is enlarged, for codes with a pixel or two per module.
const LARGER: [u32; 2] = [2, 3];
/// Longest side after enlarging.
const ENLARGED_MAX: u32 = 2400;

/// The texts of all QR codes in the picture, each once.
///
/// # Errors
/// [`ScanError::NotAPicture`], [`ScanError::TooLarge`], [`ScanError::NoCode`], [`ScanError::Damaged`],
/// [`ScanError::NotText`].
pub fn texts(bytes: &[u8]) -> Result<Vec<String>, ScanError> {
    let grey = luma::greyscale(&decode(bytes)?);
    let mut seen = Seen::default();
    for size in sizes(&grey) {
        for bitmap in [luma::by_surroundings, luma::by_otsu].map(|by| by(&size)) {
            if read(&bitmap, &mut seen) || read(&bitmap.inverted(), &mut seen) {
                return Ok(seen.texts);
            }
        }
    }
    if !seen.texts.is_empty() {
        Ok(seen.texts)
    } else if seen.not_text {
        Err(ScanError::NotText)
    } else {
        Err(why_nothing(&grey))
    }
}

/// Clear finder patterns are of a code that could not be read: cut off, covered or blurred. One alone may be chance.
fn why_nothing(grey: &GrayImage) -> ScanError {
    let even = luma::by_otsu(grey);
    let forms = [even.inverted(), even, luma::by_surroundings(grey)];
    match forms.iter().map(|bitmap| finder::clear(bitmap, PATTERNS_MAX + 1)).max().unwrap_or_default() {
        0 | 1 => ScanError::NoCode,
        2..=PATTERNS_MAX => ScanError::damaged_code(),
        _ => ScanError::TooLarge { what: "a picture with QR codes", limit: CODES_MAX as u64 },
    }
}

/// What all attempts together have seen.
#[derive(Default)]
struct Seen {
    texts: Vec<String>,
    not_text: bool,
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, ScanError> {
    if bytes.len() > BYTES_MAX {
        return Err(ScanError::TooLarge { what: "a file in bytes", limit: BYTES_MAX as u64 });
    }
    // By content: what a file is called says nothing.
    let format = image::guess_format(bytes).map_err(|_| ScanError::NotAPicture)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg) {
        return Err(ScanError::NotAPicture);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits);
    sheltered(|| {
        let decoder = reader.into_decoder().map_err(|e| fault(&e))?;
        let (width, height) = decoder.dimensions();
        if u64::from(width) * u64::from(height) > PIXELS_MAX || decoder.total_bytes() > DECODED_BYTES_MAX {
            return Err(too_many_pixels());
        }
        DynamicImage::from_decoder(decoder).map_err(|e| fault(&e))
    })
    .unwrap_or(Err(ScanError::NotAPicture))
}

const fn too_many_pixels() -> ScanError {
    ScanError::TooLarge { what: "a picture in pixels", limit: PIXELS_MAX }
}

const fn fault(error: &ImageError) -> ScanError {
    match error {
        ImageError::Limits(_) => too_many_pixels(),
        _ => ScanError::NotAPicture,
    }
}

/// The sizes to try, in order.
fn sizes(grey: &GrayImage) -> impl Iterator<Item = Cow<'_, GrayImage>> {
    let (width, height) = grey.dimensions();
    let longest = width.max(height);
    let full = u64::from(width) * u64::from(height) <= FULL_SIZE_PIXELS_MAX;
    let full = if full { Cow::Borrowed(grey) } else { Cow::Owned(luma::scaled(grey, FULL_SIDE)) };
    let smaller = SMALLER.into_iter().filter(move |side| *side < longest);
    let larger = LARGER.into_iter().map(move |times| longest.saturating_mul(times));
    let larger = larger.filter(|side| *side <= ENLARGED_MAX);
    std::iter::once(full).chain(smaller.chain(larger).map(|side| Cow::Owned(luma::scaled(grey, side))))
}

/// Reads one form of the picture. True when something was read, and nothing was seen that could not be read.
fn read(bitmap: &Bitmap, seen: &mut Seen) -> bool {
    let too_many = finder::clear(bitmap, PATTERNS_MAX + 1) > PATTERNS_MAX
        || finder::possible(bitmap, LIKENESSES_MAX + 1) > LIKENESSES_MAX;
    if too_many {
        return false;
    }
    let Some(results) = sheltered(|| {
        let mut prepared = PreparedImage::prepare_from_bitmap(bitmap.width, bitmap.height, |x, y| bitmap.is_dark(x, y));
        prepared.detect_grids().iter().map(|grid| grid.decode().map(|(_, text)| text)).collect::<Vec<_>>()
    }) else {
        return false;
    };
    let mut all_read = !results.is_empty();
    for result in results {
        match result {
            Ok(text) if !seen.texts.contains(&text) => seen.texts.push(text),
            Ok(_) => {}
            Err(DeQRError::EncodingError) => seen.not_text = true,
            Err(_) => all_read = false,
        }
    }
    all_read
}

/// Runs a decoder on a stranger's bytes. A panic inside it is a fault of the picture for us, not the wallet's end.
/// Nothing that it could leave half done outlives it.
fn sheltered<T>(decoder: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(decoder)).ok()
}
