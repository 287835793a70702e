//! Greyscale, size and contrast: the same picture in several forms, until one can be read.

use image::{DynamicImage, GrayImage, imageops::FilterType};

/// A picture of black and white only, as finder and reader see it.
pub(super) struct Bitmap {
    pub(super) width: usize,
    pub(super) height: usize,
    dark: Vec<bool>,
}

impl Bitmap {
    /// Is the pixel dark? Outside the picture nothing is.
    pub(super) fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.width && self.dark.get(y * self.width + x).copied().unwrap_or(false)
    }

    /// The pixels of one row.
    pub(super) fn row(&self, y: usize) -> &[bool] {
        self.dark.get(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    /// Light on dark instead of dark on light.
    pub(super) fn inverted(&self) -> Self {
        Self { width: self.width, height: self.height, dark: self.dark.iter().map(|dark| !dark).collect() }
    }
}

/// Greyscale, with what is transparent laid on white, as a viewer shows it.
pub(super) fn greyscale(picture: &DynamicImage) -> GrayImage {
    if !picture.color().has_alpha() {
        return picture.to_luma8();
    }
    let with_alpha = picture.to_luma_alpha8();
    let on_white = with_alpha.pixels().map(|pixel| {
        let [luma, alpha] = pixel.0.map(u32::from);
        u8::try_from((luma * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    });
    let (width, height) = with_alpha.dimensions();
    GrayImage::from_raw(width, height, on_white.collect()).unwrap_or_default()
}

/// The picture with its longer side brought to `longest` pixels.
pub(super) fn scaled(grey: &GrayImage, longest: u32) -> GrayImage {
    let (width, height) = grey.dimensions();
    let from = width.max(height).max(1);
    let to = |side: u32| {
        let side = u64::from(side) * u64::from(longest) / u64::from(from);
        u32::try_from(side).unwrap_or(longest).max(1)
    };
    image::imageops::resize(grey, to(width), to(height), FilterType::Triangle)
}

/// One threshold for the whole picture, by Otsu (1979): the one that separates two classes best. For even light.
pub(super) fn by_otsu(grey: &GrayImage) -> Bitmap {
    let threshold = otsu(grey);
    bitmap(grey, |_, _, luma| luma <= threshold)
}

fn otsu(grey: &GrayImage) -> u8 {
    let mut histogram = [0_u64; 256];
    for luma in grey.as_raw() {
        if let Some(count) = histogram.get_mut(usize::from(*luma)) {
            *count += 1;
        }
    }
    let total: u64 = histogram.iter().sum();
    let sum: u64 = histogram.iter().zip(0..).map(|(count, luma)| count * luma).sum();
    let (mut below, mut sum_below) = (0_u64, 0_u64);
    let mut best = (0_u128, 0_u8);
    for (count, luma) in histogram.iter().zip(0_u8..=255) {
        below += count;
        sum_below += count * u64::from(luma);
        let above = total - below;
        if below == 0 || above == 0 {
            continue;
        }
        // Between-class variance, multiplied by total²; at 16 bits a pixel count it stays far below 2^127.
        let difference = i128::from(sum_below) * i128::from(above) - i128::from(sum - sum_below) * i128::from(below);
        let variance = difference.unsigned_abs().pow(2) / (u128::from(below) * u128::from(above));
        if variance > best.0 {
            best = (variance, luma);
        }
    }
    best.1
}

/// A threshold for each place, by the mean around it (Bradley and Roth, 2007). For shadows and uneven light.
pub(super) fn by_surroundings(grey: &GrayImage) -> Bitmap {
    let width = grey.width() as usize;
    let height = grey.height() as usize;
    // Sums over everything above and left, one row and column larger than the picture.
    let stride = width + 1;
    let mut sums = vec![0_u64; stride * (height + 1)];
    for (y, row) in grey.as_raw().chunks(width.max(1)).enumerate() {
        let mut in_row = 0;
        for (x, luma) in row.iter().enumerate() {
            in_row += u64::from(*luma);
            let above = sums.get(y * stride + x + 1).copied().unwrap_or_default();
            if let Some(sum) = sums.get_mut((y + 1) * stride + x + 1) {
                *sum = above + in_row;
            }
        }
    }
    let sum = |x: usize, y: usize| sums.get(y * stride + x).copied().unwrap_or_default();
    let reach = (width.max(height) / 16).max(4);
    bitmap(grey, |x, y, luma| {
        let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(width));
        let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(height));
        let pixels = ((right - left) * (bottom - top)) as u64;
        let around = sum(right, bottom) + sum(left, top) - sum(right, top) - sum(left, bottom);
        // A little darker than the mean, so that the noise of plain paper stays light.
        u64::from(luma) * pixels * 100 < around * 92
    })
}

fn bitmap(grey: &GrayImage, is_dark: impl Fn(usize, usize, u8) -> bool) -> Bitmap {
    let width = grey.width() as usize;
    let rows = grey.as_raw().chunks(width.max(1)).enumerate();
    let dark = rows.flat_map(|(y, row)| row.iter().enumerate().map(move |(x, luma)| (x, y, *luma)));
    Bitmap { width, height: grey.height() as usize, dark: dark.map(|(x, y, luma)| is_dark(x, y, luma)).collect() }
}
