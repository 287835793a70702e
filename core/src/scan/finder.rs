//! Counts finder patterns: the squares at three corners of a QR code, dark and light in the ratio 1:1:3:1:1
//! across their middle (ISO/IEC 18004 section 5.3.3.1), whichever way they are turned.
//!
//! Two uses. The reader tries all triples of patterns, so a picture full of them would keep it busy for hours: it is
//! counted first. And a picture with patterns but no readable code has a code that is cut off or covered.

use super::luma::Bitmap;

/// Runs of a finder pattern, in modules.
const RUNS: [usize; 5] = [1, 1, 3, 1, 1];
const MODULES: usize = 7;

/// A place with the pattern in both directions.
#[derive(Clone, Copy)]
struct Finder {
    x: usize,
    y: usize,
    size: usize,
}

/// Pixels of a module below which a pattern may be chance.
const CLEAR_MODULE: usize = 3;

/// How many places a reader could take for finder patterns, counted up to `most`.
pub(super) fn possible(bitmap: &Bitmap, most: usize) -> usize {
    count(bitmap, most, |_| true)
}

/// How many places are finder patterns beyond doubt, also along slanted lines, counted up to `most`.
pub(super) fn clear(bitmap: &Bitmap, most: usize) -> usize {
    count(bitmap, most, |finder| {
        finder.size >= CLEAR_MODULE * MODULES && SLANTS.iter().all(|slant| is_cut_alike(bitmap, finder, *slant))
    })
}

fn count(bitmap: &Bitmap, most: usize, is_good: impl Fn(&Finder) -> bool) -> usize {
    let mut found: Vec<Finder> = Vec::new();
    for y in 0..bitmap.height {
        let mut runs = Runs::default();
        // A light pixel past the end closes the last run.
        for (x, dark) in bitmap.row(y).iter().copied().chain([false]).enumerate() {
            let Some((centre, size)) = runs.advance(x, dark) else { continue };
            let near = |finder: &Finder| {
                finder.x.abs_diff(centre) <= finder.size / 2 && finder.y.abs_diff(y) <= finder.size / 2
            };
            let finder = Finder { x: centre, y, size };
            if found.iter().any(near) || !is_crossed(bitmap, &finder) || !is_good(&finder) {
                continue;
            }
            found.push(finder);
            if found.len() >= most {
                return most;
            }
        }
    }
    found.len()
}

/// The lengths of the last five runs of one line.
#[derive(Default)]
struct Runs {
    lengths: [usize; 5],
    dark: bool,
    length: usize,
}

impl Runs {
    /// Takes the next pixel; when a dark run ends a pattern with it, its centre and size.
    fn advance(&mut self, at: usize, dark: bool) -> Option<(usize, usize)> {
        if dark == self.dark {
            self.length += 1;
            return None;
        }
        self.lengths.rotate_left(1);
        if let Some(last) = self.lengths.last_mut() {
            *last = self.length;
        }
        self.length = 1;
        self.dark = dark;
        let size: usize = self.lengths.iter().sum();
        (!dark && is_pattern(&self.lengths)).then(|| (at.saturating_sub(size / 2 + 1), size))
    }
}

/// 1:1:3:1:1, each within half a module and a pixel's rounding.
fn is_pattern(lengths: &[usize; 5]) -> bool {
    let size: usize = lengths.iter().sum();
    lengths
        .iter()
        .zip(RUNS)
        .all(|(length, modules)| *length > 0 && (length * MODULES).abs_diff(modules * size) * 2 <= size + MODULES)
}

/// Does the pattern also run from top to bottom through its centre, at about the same size?
fn is_crossed(bitmap: &Bitmap, finder: &Finder) -> bool {
    let top = finder.y.saturating_sub(finder.size);
    let bottom = (finder.y + finder.size).min(bitmap.height);
    let mut runs = Runs::default();
    (top..=bottom).any(|at| {
        let crossing = runs.advance(at, at < bottom && bitmap.is_dark(finder.x, at));
        crossing.is_some_and(|(centre, height)| {
            centre.abs_diff(finder.y) <= finder.size / 4 + 1 && height.abs_diff(finder.size) <= finder.size / 3 + 2
        })
    })
}

/// Steps of the slanted lines that a clear pattern is checked along, and how long the cut may be, in tenths of the
/// pattern's size: it lies between 1/√2 and √2 times the size, over the step's own length.
const SLANTS: [(isize, isize, usize, usize); 6] =
    [(1, 1, 4, 11), (1, -1, 4, 11), (2, 1, 2, 8), (2, -1, 2, 8), (1, 2, 2, 8), (1, -2, 2, 8)];

/// The pattern is squares around one centre, so every line through it is cut in the same ratio, however it is turned.
fn is_cut_alike(bitmap: &Bitmap, finder: &Finder, slant: (isize, isize, usize, usize)) -> bool {
    let (right, down, least, most) = slant;
    let reach = finder.size.cast_signed();
    let dark = |step: isize| {
        let x = finder.x.checked_add_signed(step * right);
        let y = finder.y.checked_add_signed(step * down);
        x.zip(y).is_some_and(|(x, y)| bitmap.is_dark(x, y))
    };
    let mut runs = Runs::default();
    (-reach..=reach + 1).zip(0..).any(|(step, at)| {
        let cut = runs.advance(at, step <= reach && dark(step));
        cut.is_some_and(|(centre, length)| {
            let is_sized = (finder.size * least..=finder.size * most + 10).contains(&(length * 10));
            is_sized && centre.abs_diff(finder.size) <= finder.size / 8 + 1
        })
    })
}
