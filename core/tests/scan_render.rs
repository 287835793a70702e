//! Codes that are drawn: how dense they are, and that they come back, also through somebody else's reader.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test's own functions fail as the test does"
)]

use farthing_core::scan::{
    picture::texts,
    render::{QUIET_ZONE, Qr, RenderError},
};
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use std::{io::Cursor, process::Command};

/// The longest request link there is: a host of 49 characters (wire decision 15).
fn longest_link() -> String {
    format!("https://{}.verifier.example:8443/R#{}", "v".repeat(49 - 22), "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
}

#[test]
fn a_request_is_version_5_or_less_at_level_m() {
    let link = longest_link();
    assert_eq!(link.len(), 8 + 49 + 3 + 32);
    let qr = Qr::of(&link).unwrap();
    assert!(qr.version() <= 5, "version {}", qr.version());
    assert_eq!(qr.modules(), 37);
    assert!(!format!("{qr:?}").contains("ABC"));
}

#[test]
fn what_is_drawn_is_read_again() {
    for text in ["a", "taco-truck", &longest_link(), "https://verifier.example/R#é€😀", &"x".repeat(2000)] {
        for pixels_per_module in [2, 3, 4, 10] {
            let png = Qr::of(text).unwrap().to_png(pixels_per_module).unwrap();
            assert_eq!(texts(&png).as_deref(), Ok(&[text.to_owned()][..]), "{pixels_per_module}");
        }
    }
}

#[test]
fn too_much_text_is_an_error_and_scale_is_bounded() {
    assert_eq!(Qr::of(&"é".repeat(2000)).unwrap_err(), RenderError::TooLong);
    let qr = Qr::of("a").unwrap();
    for (asked, given) in [(0, 1), (1, 1), (u32::MAX, 64)] {
        let picture = image::load_from_memory(&qr.to_png(asked).unwrap()).unwrap();
        assert_eq!(picture.width(), (21 + 2 * QUIET_ZONE) * given);
    }
}

/// Draws the terminal's text as a terminal would: light text on a dark background.
#[test]
fn the_terminal_shows_the_same_code() {
    let link = longest_link();
    let shown = Qr::of(&link).unwrap().to_terminal();
    let lines: Vec<Vec<char>> = shown.lines().map(|line| line.chars().collect()).collect();
    assert_eq!((lines.len(), lines[0].len()), (23, 45));
    assert!(lines.iter().all(|line| line.len() == 45));
    let scale = 4;
    let terminal = |light: u8, dark: u8| {
        GrayImage::from_fn(45 * scale, 46 * scale, |x, y| {
            let (x, y) = ((x / scale) as usize, (y / scale) as usize);
            let lit = match lines[y / 2][x] {
                '█' => true,
                '▀' => y % 2 == 0,
                '▄' => y % 2 == 1,
                _ => false,
            };
            Luma([if lit { light } else { dark }])
        })
    };
    for (light, dark) in [(230, 20), (20, 230)] {
        let mut png = Cursor::new(Vec::new());
        DynamicImage::from(terminal(light, dark)).write_to(&mut png, ImageFormat::Png).unwrap();
        assert_eq!(texts(&png.into_inner()), Ok(vec![link.clone()]));
    }
}

/// Needs zbarimg (Debian: zbar-tools). Where `CI` is set it must be there; elsewhere the test says that it was not run.
#[test]
fn zbarimg_reads_the_same_text() {
    let link = longest_link();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("request.png");
    std::fs::write(&path, Qr::of(&link).unwrap().to_png(4).unwrap()).unwrap();
    match Command::new("zbarimg").args(["--quiet", "--raw"]).arg(&path).output() {
        Ok(output) => assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), link),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            assert!(std::env::var_os("CI").is_none(), "zbarimg is missing; install the package zbar-tools");
            println!("not run: zbarimg is missing; install the package zbar-tools to compare with another reader");
        }
        Err(error) => panic!("zbarimg could not be started: {error}"),
    }
}
