//! Parts: what is too much for one QR code, as several codes, shown one after the other or side by side.
//!
//! Source: BCR-2020-005 (Uniform Resources) and BCR-2024-001 (its fountain codes), by the crate `ur`; docs/protocol.md 7.13. A part says
//! how many there are, so that their order does not matter; and after the parts that are needed come mixed ones, any of which stands in
//! for one that a camera missed.
//!
//! ```
//! use farthing_core::scan::parts::{Collected, Collector, codes};
//! use farthing_protocol::{cbor::Bytes, offline::Frame};
//! let frame = Frame::Carried(Bytes::new(vec![7; 1101])?).text()?;
//! let shown = codes(&frame, true)?;
//! let mut camera = Collector::default();
//! // Every third code is missed.
//! let seen = shown.iter().enumerate().filter(|(at, _)| at % 3 != 1).map(|(_, code)| camera.add(code));
//! let seen = seen.collect::<Result<Vec<_>, _>>()?;
//! assert!(matches!(seen[0], Collected::Missing { have: 1, of: 10 }));
//! assert!(seen.contains(&Collected::Whole(frame)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::{ScanError, render::Qr};
use farthing_protocol::offline::Frame;
use ur::ur::{Decoder, Encoder, Error};

/// Version of the densest code that is shown alone: phones read it from another's screen at a glance.
pub const VERSION_MAX: u8 = 10;
/// Most bytes of a part, so that its code is of that version, unless there were too many parts.
const PART_BYTES: usize = 120;
/// As many parts as are wanted at most; then they are larger. All fit into one picture ([`super::picture::CODES_MAX`]).
const PARTS_WANTED: usize = 24;
/// More parts than anything that fits into a frame is cut into.
const PARTS_MAX: usize = 64;
/// Parts that are looked at: who shows more, and never all, shows something else.
const TAKEN_MAX: usize = 16 * PARTS_MAX;
const SCHEME: &str = "ur:farthing-";

/// The texts of the codes that show a frame's text: itself, or its parts. With `spare`, as many mixed parts follow, for an animation.
///
/// # Errors
/// [`ScanError`] when it needs several codes and is no frame.
pub fn codes(text: &str, spare: bool) -> Result<Vec<String>, ScanError> {
    if Qr::of(text).is_ok_and(|code| code.version() <= VERSION_MAX) {
        return Ok(vec![text.to_owned()]);
    }
    let (kind, bytes) = Frame::parse(text).and_then(|frame| frame.encoded()).map_err(|_| ScanError::NotOurs)?;
    let longest = PART_BYTES.max(bytes.len().div_ceil(PARTS_WANTED));
    let kind = format!("farthing-{}", kind.to_ascii_lowercase());
    let mut encoder = Encoder::new(&bytes, longest, &kind).map_err(|_| ScanError::NotOurs)?;
    let count = encoder.fragment_count() * if spare { 2 } else { 1 };
    let parts = (0..count).map(|_| encoder.next_part().map(|part| part.to_ascii_uppercase()));
    parts.collect::<Result<_, _>>().map_err(|_| ScanError::NotOurs)
}

/// Whether a text says that it is a part.
#[must_use]
pub fn is_part(text: &str) -> bool {
    text.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
}

/// How far the parts go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Collected {
    /// Not yet enough.
    Missing {
        /// Parts that are known.
        have: usize,
        /// Parts in all.
        of: usize,
    },
    /// All: the frame's text.
    Whole(String),
}

/// Puts parts together, in any order, each as often as it comes.
#[derive(Default)]
pub struct Collector {
    decoder: Decoder,
    taken: usize,
}

impl Collector {
    /// Takes what a code said. An error leaves what was collected as it was, so that a code beside it does no harm; but when all parts are
    /// there and do not fit together, everything begins anew.
    ///
    /// # Errors
    /// [`ScanError::Damaged`] for a part that is none, or of something else; [`ScanError::NotOurs`] for another text.
    pub fn add(&mut self, text: &str) -> Result<Collected, ScanError> {
        if !is_part(text) {
            return Err(ScanError::NotOurs);
        }
        // The decoder sets room aside for as many parts as the first one claims.
        if count_of(text).is_none_or(|count| count > PARTS_MAX) {
            return Err(DAMAGED);
        }
        self.taken += 1;
        if self.taken > TAKEN_MAX {
            *self = Self::default();
            return Err(OTHER);
        }
        self.decoder.receive(text).map_err(|fault| why(&fault))?;
        if !self.decoder.complete() {
            let have = self.decoder.resolved_fragment_count().unwrap_or_default();
            return Ok(Collected::Missing { have, of: self.decoder.fragment_count() });
        }
        self.whole().inspect_err(|_| *self = Self::default()).map(Collected::Whole)
    }

    fn whole(&self) -> Result<String, ScanError> {
        let kind = self.decoder.ur_type().and_then(|kind| kind.strip_prefix("farthing-")).ok_or(DAMAGED)?;
        let bytes = self.decoder.message().ok().flatten().ok_or(DAMAGED)?;
        let frame = Frame::of(&kind.to_ascii_uppercase(), bytes).map_err(|_| DAMAGED)?;
        frame.text().map_err(|_| DAMAGED)
    }
}

const DAMAGED: ScanError = ScanError::Damaged { reason: "one of the codes is incomplete or altered" };
const OTHER: ScanError = ScanError::Damaged { reason: "these codes do not belong together" };

/// How many parts there are, as the part says: `ur:TYPE/7-10/…`.
fn count_of(text: &str) -> Option<usize> {
    text.split('/').nth(1)?.split_once('-')?.1.parse().ok()
}

const fn why(fault: &Error) -> ScanError {
    match fault {
        Error::UnexpectedType | Error::Fountain(ur::fountain::Error::InconsistentPart) => OTHER,
        _ => DAMAGED,
    }
}

impl core::fmt::Debug for Collector {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let have = self.decoder.resolved_fragment_count().unwrap_or_default();
        write!(f, "Collector({have} of {})", self.decoder.fragment_count())
    }
}
