//! Pictures as cameras and strangers make them: turned, scaled, blurred, compressed, cut, and not pictures at all.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test's own functions fail as the test does"
)]

use farthing_core::scan::{
    ScanError,
    picture::{BYTES_MAX, texts},
    render::Qr,
};
use image::{
    DynamicImage, GrayImage, ImageFormat, Luma, LumaA, Rgba, RgbaImage,
    codecs::jpeg::JpegEncoder,
    imageops::{self, FilterType},
};
use proptest::prelude::*;
use std::io::Cursor;

const LINK: &str = "https://verifier.example.org:8443/R#ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn code(text: &str, pixels_per_module: u32) -> GrayImage {
    image::load_from_memory(&Qr::of(text).unwrap().to_png(pixels_per_module).unwrap()).unwrap().to_luma8()
}

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn jpeg(picture: &GrayImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).unwrap();
    bytes
}

fn assert_read(bytes: &[u8], what: &str) {
    assert_eq!(texts(bytes), Ok(vec![LINK.to_owned()]), "{what}");
}

/// Reproducible noise (SplitMix64).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u8 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as u8
    }
}

#[test]
fn turned_mirrored_and_inverted() {
    let code = code(LINK, 4);
    assert_read(&png(imageops::rotate90(&code)), "90 degrees");
    assert_read(&png(imageops::rotate180(&code)), "180 degrees");
    assert_read(&png(imageops::rotate270(&code)), "270 degrees");
    assert_read(&png(imageops::flip_horizontal(&code)), "mirrored");
    let mut inverted = code;
    imageops::invert(&mut inverted);
    assert_read(&png(inverted), "inverted");
}

#[test]
fn scaled_from_half_to_threefold() {
    let code = code(LINK, 4);
    for percent in (50..=300).step_by(10) {
        let side = code.width() * percent / 100;
        for filter in [FilterType::Nearest, FilterType::Triangle] {
            let scaled = imageops::resize(&code, side, side, filter);
            assert_read(&png(scaled), &format!("{percent} %, {filter:?}"));
        }
    }
}

#[test]
fn blurred_compressed_noisy_and_unevenly_lit() {
    let code = code(LINK, 4);
    for sigma in [0.5, 1.0, 1.5] {
        assert_read(&png(imageops::blur(&code, sigma)), &format!("blur {sigma}"));
    }
    for quality in [90, 70, 40, 20] {
        assert_read(&jpeg(&code, quality), &format!("JPEG {quality}"));
        assert_read(&jpeg(&imageops::blur(&code, 1.0), quality), &format!("blurred, JPEG {quality}"));
    }
    let mut noise = Noise(1);
    let mut noisy = code.clone();
    noisy
        .pixels_mut()
        .for_each(|p| p.0[0] = (i32::from(p.0[0]) + i32::from(noise.next()) / 3 - 42).clamp(0, 255) as u8);
    assert_read(&png(noisy), "noisy");
    let width = code.width();
    let mut shaded = code;
    shaded
        .enumerate_pixels_mut()
        .for_each(|(x, _, p)| p.0[0] = (u32::from(p.0[0]) * (width - x * 3 / 4) / width) as u8 / 2);
    assert_read(&png(shaded), "in a shadow");
}

#[test]
fn small_in_a_large_photo() {
    let mut noise = Noise(2);
    let mut photo =
        GrayImage::from_fn(3000, 2000, |x, y| Luma([(120 + (x / 40 + y / 30) % 60) as u8 + noise.next() % 8]));
    imageops::overlay(&mut photo, &code(LINK, 5), 1700, 900);
    assert_read(&jpeg(&photo, 60), "in a photo");
}

#[test]
fn transparent_background() {
    let code = code(LINK, 4);
    let clear = RgbaImage::from_fn(code.width(), code.height(), |x, y| match code.get_pixel(x, y).0 {
        [0] => Rgba([0, 0, 0, 255]),
        _ => Rgba([0, 0, 0, 0]),
    });
    assert_read(&png(clear), "black on nothing");
    let half = image::ImageBuffer::from_fn(code.width(), code.height(), |x, y| LumaA([code.get_pixel(x, y).0[0], 200]));
    assert_read(&png(DynamicImage::ImageLumaA8(half)), "half transparent");
}

#[test]
fn all_codes_of_a_picture_each_once() {
    let mut sheet = GrayImage::from_pixel(900, 700, Luma([255]));
    for (text, x, y) in [("one", 10, 10), ("two", 480, 20), ("three", 20, 380), ("one", 500, 400)] {
        imageops::overlay(&mut sheet, &code(text, 6), x, y);
    }
    let mut found = texts(&png(sheet)).unwrap();
    found.sort();
    assert_eq!(found, ["one", "three", "two"]);
}

#[test]
fn a_cut_or_covered_code_is_damaged() {
    let whole = code(LINK, 6);
    let side = whole.width();
    for percent in [50, 60, 70, 80] {
        let kept = side * percent / 100;
        for (x, y) in [(0, 0), (side - kept, 0), (0, side - kept)] {
            let cut = imageops::crop_imm(&whole, x, y, kept, side.min(side - y)).to_image();
            let result = texts(&png(cut));
            assert!(matches!(result, Err(ScanError::Damaged { .. } | ScanError::NoCode)), "{percent} %: {result:?}");
        }
    }
    let half = imageops::crop_imm(&whole, 0, 0, side, side / 2).to_image();
    assert!(matches!(texts(&png(half)), Err(ScanError::Damaged { .. })), "two patterns are left");
    let mut covered = whole;
    imageops::overlay(
        &mut covered,
        &GrayImage::from_pixel(side / 2, side / 2, Luma([128])),
        i64::from(side / 4),
        i64::from(side / 4),
    );
    assert!(matches!(texts(&png(covered)), Err(ScanError::Damaged { .. })), "a hand over the middle");
}

#[test]
fn pictures_without_a_code() {
    for seed in 0..12 {
        let mut noise = Noise(seed);
        let grey = GrayImage::from_fn(300, 200, |_, _| Luma([noise.next()]));
        assert_eq!(texts(&png(grey.clone())), Err(ScanError::NoCode), "noise {seed}");
        let coarse = imageops::resize(&grey, 900, 600, FilterType::Nearest);
        assert_eq!(texts(&png(coarse)), Err(ScanError::NoCode), "coarse noise {seed}");
        assert_eq!(texts(&jpeg(&imageops::blur(&grey, 1.5), 60)), Err(ScanError::NoCode), "blurred noise {seed}");
    }
    for luma in [0, 128, 255] {
        for side in [1, 2, 7, 64] {
            assert_eq!(texts(&png(GrayImage::from_pixel(side, side, Luma([luma])))), Err(ScanError::NoCode));
        }
    }
}

#[test]
fn not_a_picture() {
    let whole = png(code(LINK, 4));
    let gif = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
    for bytes in [&b""[..], b"hello", b"\x89PNG\r\n\x1a\n", &whole[..whole.len() / 2], &gif[..], LINK.as_bytes()] {
        assert_eq!(texts(bytes), Err(ScanError::NotAPicture), "{} bytes", bytes.len());
    }
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    assert!(matches!(texts(&vec![0; BYTES_MAX + 1]), Err(ScanError::TooLarge { .. })));
    // A PNG header that claims a size; nothing of that size is ever made.
    for (width, height) in [(60_000, 60_000), (u32::MAX >> 1, 1), (16_000, 16_000)] {
        let mut bytes = png(GrayImage::new(1, 1));
        bytes[16..20].copy_from_slice(&u32::to_be_bytes(width));
        bytes[20..24].copy_from_slice(&u32::to_be_bytes(height));
        let checksum = crc(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
        let result = texts(&bytes);
        assert!(matches!(result, Err(ScanError::TooLarge { .. })), "{width} × {height}: {result:?}");
    }
}

/// CRC-32 of a PNG chunk (ISO/IEC 15948, annex D).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 })
    })
}

/// Finder patterns at random places: the reader alone would try all triples of them.
#[test]
fn a_picture_full_of_finder_patterns_ends_soon() {
    let pattern = imageops::crop_imm(&code("a", 3), 9, 9, 27, 27).to_image();
    for patterns in [90, 2000] {
        let mut noise = Noise(3);
        let mut at = || i64::from(noise.next()) * 7 + i64::from(noise.next() % 7);
        let mut picture = GrayImage::from_pixel(1820, 1820, Luma([255]));
        for _ in 0..patterns {
            imageops::overlay(&mut picture, &pattern, at(), at());
        }
        let started = std::time::Instant::now();
        let result = texts(&png(picture));
        assert!(matches!(result, Err(ScanError::Damaged { .. } | ScanError::TooLarge { .. })), "{result:?}");
        println!("{patterns} finder patterns: {} ms", started.elapsed().as_millis());
        assert!(started.elapsed().as_secs() < 60);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), png in any::<bool>()) {
        let start: &[u8] = if png { b"\x89PNG\r\n\x1a\n" } else { b"\xff\xd8\xff\xe0" };
        let _ = texts(&bytes);
        let _ = texts(&[start, &bytes].concat());
    }

    #[test]
    fn altered_pictures_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), quality in 1_u8..100) {
        for mut bytes in [png(code("altered", 2)), jpeg(&code("altered", 2), quality)] {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = texts(&bytes);
        }
    }

    #[test]
    fn arbitrary_pixels_never_panic(pixels in prop::collection::vec(prop::bool::ANY, 40 * 40), scale in 1_u32..5) {
        let picture = GrayImage::from_fn(40, 40, |x, y| Luma([if pixels[(y * 40 + x) as usize] { 255 } else { 0 }]));
        let _ = texts(&png(imageops::resize(&picture, 40 * scale, 40 * scale, FilterType::Nearest)));
    }
}
