//! Frames that a command shows: in the terminal and as a picture one QR code, as dense as it must be; as an animation several, each easily
//! read. And animations that are read.

use super::code;
use crate::failure::Failure;
use crate::files::Draft;
use farthing_core::Error;
use farthing_core::scan::parts::{Collected, Collector, codes, is_part};
use farthing_core::scan::{ScanError, picture, render::Qr};
use image::codecs::gif::{GifDecoder, GifEncoder, Repeat};
use image::{
    AnimationDecoder as _, Delay, DynamicImage, Frame as Still, GrayImage, ImageDecoder as _, ImageError, ImageFormat,
    Limits, Luma,
};
use std::io::Cursor;
use std::path::Path;

/// Pixels of one module where codes come after each other.
const PIXELS: u32 = 6;
/// How long each code of an animation is shown: five a second, which phones' cameras follow.
const STILL_MS: u32 = 200;
/// Most pictures of an animation that is read: twice as many parts as are ever made.
const STILLS_MAX: u64 = 128;
/// GIF spends time on colours; here are two.
const FASTEST: i32 = 30;

/// How a frame is shown.
pub(super) struct Frame {
    /// The version of its code, or of the largest of its codes.
    pub(super) version: Option<u8>,
    /// How many codes there are.
    pub(super) codes: usize,
    /// What the terminal shows.
    pub(super) shown: String,
}

impl Frame {
    /// Writes the picture, if there is to be one: an animation where it is called `.gif`.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn write(text: &str, picture: Option<Draft>, path: Option<&Path>) -> Result<Self, Failure> {
        let qr = Qr::of(text).ok();
        let (Some(picture), Some(path)) = (picture, path) else {
            // One after the other is of no use in a terminal: one code, or the text.
            let shown = qr.as_ref().map_or_else(|| format!("{text}\n"), Qr::to_terminal);
            return Ok(Self { version: qr.map(|qr| qr.version()), codes: 1, shown });
        };
        if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gif")) {
            let qr = qr.ok_or_else(|| Failure::usage("no QR code holds this: name a FILE.gif, or leave --png out"))?;
            code::write(&qr, picture)?;
            return Ok(Self { version: Some(qr.version()), codes: 1, shown: code::shown_in(path) });
        }
        let texts = codes(text, true).map_err(Error::from)?;
        let codes = texts.iter().map(|text| code::of(text)).collect::<Result<Vec<_>, _>>()?;
        picture.finish(&animation(&codes)?)?;
        let shown = format!("An animation of {} QR codes is in {}.\n", codes.len(), path.display());
        Ok(Self { version: codes.iter().map(Qr::version).max(), codes: codes.len(), shown })
    }
}

fn grey(code: &Qr) -> Result<GrayImage, Failure> {
    let (side, pixels) = code.to_grey(PIXELS);
    GrayImage::from_raw(side, side, pixels).ok_or_else(not_drawn)
}

/// All codes one after the other, for ever.
fn animation(codes: &[Qr]) -> Result<Vec<u8>, Failure> {
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut gif, FASTEST);
    encoder.set_repeat(Repeat::Infinite).map_err(|_| not_drawn())?;
    let stills = codes.iter().map(grey).collect::<Result<Vec<_>, _>>()?;
    let side = stills.iter().map(GrayImage::width).max().unwrap_or(1);
    for still in stills {
        let mut whole = GrayImage::from_pixel(side, side, Luma([255]));
        let margin = i64::from((side - still.width()) / 2);
        image::imageops::replace(&mut whole, &still, margin, margin);
        let whole = DynamicImage::ImageLuma8(whole).into_rgba8();
        let still = Still::from_parts(whole, 0, 0, Delay::from_numer_denom_ms(STILL_MS, 1));
        encoder.encode_frame(still).map_err(|_| not_drawn())?;
    }
    drop(encoder);
    Ok(gif)
}

fn not_drawn() -> Failure {
    Failure::internal("the picture of the QR codes could not be made".to_owned())
}

/// The texts of all codes in all pictures of a GIF, each once.
///
/// # Errors
/// [`ScanError`]: it is none, or too large, or there is no code in it.
pub(super) fn texts_of_gif(bytes: &[u8]) -> Result<Vec<String>, ScanError> {
    const TOO_LARGE: ScanError = ScanError::TooLarge { what: "a picture in pixels", limit: picture::PIXELS_MAX };
    let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(|_| ScanError::NotAPicture)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    // The whole of it has as many pixels as one picture may have; room is made for a still before it is read.
    if pixels > picture::PIXELS_MAX {
        return Err(TOO_LARGE);
    }
    // A still can say that it is larger than the screen it is shown on.
    let mut limits = Limits::default();
    limits.max_alloc = Some(3 * picture::DECODED_BYTES_MAX);
    decoder.set_limits(limits).map_err(|_| TOO_LARGE)?;
    let mut texts = Vec::new();
    let mut fault = ScanError::NoCode;
    for (still, count) in decoder.into_frames().zip(1_u64..) {
        if pixels * count > picture::PIXELS_MAX || count > STILLS_MAX {
            return Err(TOO_LARGE);
        }
        let still = still
            .map_err(|fault| if matches!(fault, ImageError::Limits(_)) { TOO_LARGE } else { ScanError::NotAPicture })?;
        let still = DynamicImage::ImageRgba8(still.into_buffer());
        let mut png = Cursor::new(Vec::new());
        still.into_luma8().write_to(&mut png, ImageFormat::Png).map_err(|_| ScanError::NotAPicture)?;
        match picture::texts(&png.into_inner()) {
            Ok(found) => {
                for text in found {
                    if !texts.contains(&text) {
                        texts.push(text);
                    }
                }
            }
            Err(why) => fault = why,
        }
    }
    if texts.is_empty() { Err(fault) } else { Ok(texts) }
}

/// Puts the parts among these texts together; `None` where there are none.
///
/// # Errors
/// [`ScanError::Damaged`] when some are missing, or of something else.
pub(super) fn joined(texts: &[String]) -> Result<Option<String>, ScanError> {
    let mut collector = Collector::default();
    let mut parts = texts.iter().filter(|text| is_part(text)).peekable();
    if parts.peek().is_none() {
        return Ok(None);
    }
    for part in parts {
        if let Collected::Whole(text) = collector.add(part)? {
            return Ok(Some(text));
        }
    }
    Err(ScanError::Damaged { reason: "some of the codes that belong together are missing" })
}
