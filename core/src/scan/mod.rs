//! QR codes and links: from a picture to text, from text to a typed thing, and back to a picture.
//!
//! - [`picture`]: the texts of all QR codes in a PNG or JPEG.
//! - [`parts`]: what is too much for one code, as several.
//! - [`text`]: what a text is: a request, an invite, an alias, a voucher, or something of another scheme.
//! - [`voucher`]: a voucher as text.
//! - [`render`]: a QR code as PNG or for a terminal.
//!
//! Whatever is scanned comes from strangers: sizes are bounded before anything is decoded, and nothing that is
//! recognised here has been vouched for yet. The caller verifies signatures.
//!
//! ```
//! use farthing_core::scan::{Scanned, picture, render::Qr, text};
//! let png = Qr::of("taco-truck")?.to_png(4)?;
//! let texts = picture::texts(&png)?;
//! assert!(matches!(text::recognise(&texts[0])?, Scanned::Alias(alias) if alias.as_str() == "taco-truck"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod finder;
mod luma;
pub mod parts;
pub mod picture;
pub mod render;
mod segments;
pub mod text;
pub mod voucher;

pub use error::ScanError;
pub use text::Scanned;
