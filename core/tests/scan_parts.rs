//! Frames as several codes: missed, doubled, mixed up and damaged ones; and pictures of them as cameras make them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test's own functions fail as the test does"
)]

use farthing_core::scan::parts::{Collected, Collector, VERSION_MAX, codes, is_part};
use farthing_core::scan::{ScanError, Scanned, picture, render::Qr, text::recognise};
use farthing_protocol::cbor::Bytes;
use farthing_protocol::limits::CARRIED_MAX;
use farthing_protocol::offline::Frame;
use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use proptest::prelude::*;
use serde_json::Value;
use std::io::Cursor;
use std::process::Command;

fn frame(length: usize, byte: u8) -> String {
    let bytes = (0..length).map(|at| (at as u8).wrapping_mul(31).wrapping_add(byte)).collect();
    Frame::Carried(Bytes::new(bytes).unwrap()).text().unwrap()
}

fn collected<'a>(codes: impl IntoIterator<Item = &'a String>) -> Option<String> {
    let mut collector = Collector::default();
    codes.into_iter().find_map(|code| match collector.add(code).unwrap() {
        Collected::Whole(text) => Some(text),
        Collected::Missing { .. } => None,
    })
}

#[test]
fn the_published_parts_are_these() {
    let file = std::fs::read_to_string("../protocol/vectors/frame-parts.json").unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    for case in file["valid"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let published: Vec<String> = serde_json::from_value(case["codes"].clone()).unwrap();
        assert_eq!(codes(text, true).unwrap(), published);
        let enough = case["enough"].as_array().unwrap().iter().map(|at| &published[at.as_u64().unwrap() as usize]);
        assert_eq!(collected(enough).as_deref(), Some(text));
        let count = published.len() / 2;
        assert_eq!(collected(&published[1..count]), None, "one is missing");
    }
    for case in file["invalid"].as_array().unwrap() {
        let mut collector = Collector::default();
        let refused =
            case["codes"].as_array().unwrap().iter().any(|code| collector.add(code.as_str().unwrap()).is_err());
        assert!(refused, "{}", case["name"]);
    }
}

#[test]
fn what_one_code_holds_is_one_and_the_rest_is_cut_into_codes_of_that_size() {
    assert_eq!(codes(&frame(200, 1), true), Ok(vec![frame(200, 1)]));
    for length in [300, 589, 1101, 2125] {
        let parts = codes(&frame(length, 2), true).unwrap();
        assert!(parts.len() > 2 && parts.iter().all(|part| is_part(part)));
        assert!(parts.iter().all(|part| Qr::of(part).unwrap().version() <= VERSION_MAX), "{length}");
    }
    // The largest is still one sheet of codes, somewhat denser.
    let parts = codes(&frame(CARRIED_MAX, 3), false).unwrap();
    assert!(parts.len() <= picture::CODES_MAX);
    assert!(parts.iter().all(|part| Qr::of(part).unwrap().version() <= 15));
    assert_eq!(codes(&"x".repeat(2000), false), Err(ScanError::NotOurs));
}

#[test]
fn one_part_alone_is_no_payment() {
    let part = &codes(&frame(600, 4), false).unwrap()[0];
    for text in [part.clone(), part.to_lowercase()] {
        assert!(matches!(recognise(&text), Err(ScanError::Damaged { .. })));
    }
    assert!(matches!(recognise("ur:crypto-psbt/1-2/aa"), Err(ScanError::OtherScheme { scheme }) if scheme == "ur"));
    assert!(matches!(recognise(&frame(600, 4)), Ok(Scanned::Frame(_))));
}

#[test]
fn a_code_that_does_not_belong_to_them_does_no_harm() {
    let (ours, other) = (codes(&frame(600, 5), false).unwrap(), codes(&frame(600, 6), false).unwrap());
    let mut collector = Collector::default();
    collector.add(&ours[0]).unwrap();
    assert_eq!(collector.add("https://example.org"), Err(ScanError::NotOurs));
    assert!(matches!(collector.add(&other[1]), Err(ScanError::Damaged { reason }) if reason.contains("belong")));
    assert!(matches!(collector.add(&ours[1].replace("/2-", "/3-")), Err(ScanError::Damaged { .. })));
    let count = ours.len();
    assert_eq!(collector.add(&ours[1]), Ok(Collected::Missing { have: 2, of: count }));
    assert_eq!(collector.add(&ours[1]), Ok(Collected::Missing { have: 2, of: count }));
    let last = ours[2..].iter().map(|code| collector.add(code).unwrap()).last();
    assert_eq!(last, Some(Collected::Whole(frame(600, 5))));
}

/// A part that claims millions of others would have the decoder set room aside for each.
#[test]
fn a_claim_of_millions_of_parts_is_refused_unread() {
    let mut encoder = ur::ur::Encoder::new(&vec![1; 70_000], 1, "farthing-fc").unwrap();
    let part = encoder.next_part().unwrap();
    assert!(part.starts_with("ur:farthing-fc/1-70000/"));
    assert!(matches!(Collector::default().add(&part), Err(ScanError::Damaged { .. })));
    for text in
        ["ur:farthing-fc", "ur:farthing-fc/", "ur:farthing-fc/1-99999999999999999999/ae", "UR:FARTHING-FC/1-2/É"]
    {
        assert!(matches!(Collector::default().add(text), Err(ScanError::Damaged { .. })), "{text}");
    }
}

fn code(text: &str, pixels_per_module: u32) -> GrayImage {
    let (side, pixels) = Qr::of(text).unwrap().to_grey(pixels_per_module);
    GrayImage::from_raw(side, side, pixels).unwrap()
}

fn png(picture: GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A bright spot, as a lamp makes on a screen: it hides about a twentieth of the code.
fn with_glare(mut picture: GrayImage) -> GrayImage {
    let (side, radius) = (picture.width() as i64, picture.width() as i64 / 8);
    let (at_x, at_y) = (side / 2, side * 3 / 5);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let far = (i64::from(x) - at_x).pow(2) + (i64::from(y) - at_y).pow(2);
        if far < radius * radius {
            *pixel = Luma([255]);
        }
    }
    picture
}

type Seen = fn(GrayImage) -> GrayImage;

/// What a camera makes of a code.
const SEEN: [(&str, Seen); 6] = [
    ("as it is", |picture| picture),
    ("smaller", |picture| {
        let side = picture.width() * 6 / 10;
        imageops::resize(&picture, side, side, FilterType::Triangle)
    }),
    ("larger", |picture| {
        let side = picture.width() * 17 / 10;
        imageops::resize(&picture, side, side, FilterType::Triangle)
    }),
    ("turned", |picture| imageops::rotate90(&picture)),
    ("blurred", |picture| imageops::blur(&picture, 1.5)),
    ("with glare", with_glare),
];

fn by_zbarimg(png: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("code.png");
    std::fs::write(&path, png).unwrap();
    match Command::new("zbarimg").args(["--quiet", "--raw"]).arg(&path).output() {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap().trim_end().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            assert!(std::env::var_os("CI").is_none(), "zbarimg is missing; install the package zbar-tools");
            println!("not run: zbarimg is missing; install the package zbar-tools to compare with another reader");
            None
        }
        Err(error) => panic!("zbarimg could not be started: {error}"),
    }
}

/// By our reader, and by another program.
#[test]
fn each_part_is_read_as_cameras_see_it() {
    let whole = frame(589, 7);
    for (how, seen) in SEEN {
        let pictures: Vec<Vec<u8>> =
            codes(&whole, false).unwrap().iter().map(|part| png(seen(code(part, 5)))).collect();
        let ours: Vec<String> =
            pictures.iter().flat_map(|png| picture::texts(png).unwrap_or_else(|e| panic!("{how}: {e}"))).collect();
        assert_eq!(collected(&ours).as_ref(), Some(&whole), "{how}");
        let theirs: Option<Vec<String>> = pictures.iter().map(|png| by_zbarimg(png)).collect();
        if let Some(theirs) = theirs {
            assert_eq!(collected(&theirs).as_ref(), Some(&whole), "{how}, zbarimg");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_with_any_gaps_comes_to_the_same(
        length in 260_usize..CARRIED_MAX, byte: u8, order in Just((0..400_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let whole = frame(length, byte);
        let shown = codes(&whole, true).unwrap();
        // A camera sees them in any order, some twice, and most of the spare ones.
        let seen = order.iter().map(|at| &shown[at % shown.len()]);
        prop_assert_eq!(collected(seen), Some(whole));
    }

    #[test]
    fn altered_parts_never_come_to_something_else(
        at in any::<prop::sample::Index>(), letter in "[A-Z0-9/:-]", which in any::<prop::sample::Index>(),
    ) {
        let whole = frame(589, 8);
        let mut shown = codes(&whole, false).unwrap();
        let which = which.index(shown.len());
        let at = at.index(shown[which].len());
        shown[which].replace_range(at..=at, &letter);
        let mut collector = Collector::default();
        for code in &shown {
            if let Ok(Collected::Whole(text)) = collector.add(code) {
                prop_assert_eq!(&text, &whole);
            }
        }
    }

    #[test]
    fn arbitrary_texts_never_panic(text in "(?i)(ur:farthing-f[a-z]/[0-9]{1,3}-[0-9]{1,3}/)?([a-z]{2}){0,40}.{0,10}") {
        let mut collector = Collector::default();
        let _ = collector.add(&text);
        let _ = collector.add(&text);
    }
}
