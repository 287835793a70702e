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

/// How many finder patterns there are whose modules have at least `module_min` pixels, counted up to `most`.
pub(super) fn count(bitmap: &Bitmap, module_min: usize, most: usize) -> usize {
    let mut found: Vec<Finder> = Vec::new();
    for y in 0..bitmap.height {
        let mut runs = Runs::default();
        // A light pixel past the end closes the last run.
        for (x, dark) in bitmap.row(y).iter().copied().chain([false]).enumerate() {
            let Some((centre, size)) = runs.advance(x, dark) else { continue };
            let near = |finder: &Finder| {
                finder.x.abs_diff(centre) <= finder.size / 2 && finder.y.abs_diff(y) <= finder.size / 2
            };
            if size < MODULES * module_min || found.iter().any(near) || !is_crossed(bitmap, centre, y, size) {
                continue;
            }
            found.push(Finder { x: centre, y, size });
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
fn is_crossed(bitmap: &Bitmap, x: usize, y: usize, size: usize) -> bool {
    let top = y.saturating_sub(size);
    let bottom = (y + size).min(bitmap.height);
    let mut runs = Runs::default();
    (top..=bottom).any(|at| {
        let crossing = runs.advance(at, at < bottom && bitmap.is_dark(x, at));
        crossing
            .is_some_and(|(centre, height)| centre.abs_diff(y) <= size / 4 + 1 && height.abs_diff(size) <= size / 3 + 2)
    })
}
