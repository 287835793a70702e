//! Splits a text into segments of a QR code so that it takes the fewest bits (ISO/IEC 18004 annex J).
//!
//! By dynamic programming over all ways to split. The drawing crate's own way is greedy: it starts a numeric segment
//! for a port number and so lifts the longest request link to version 6. It also takes pairs of UTF-8 bytes for
//! kanji, which readers would show as something else; here bytes stay bytes.

use qrcode::{
    optimize::Segment,
    types::{Mode, Version},
};

const MODES: [Mode; 3] = [Mode::Byte, Mode::Alphanumeric, Mode::Numeric];
/// Costs are in sixths of a bit, so that 10/3 and 11/2 bits a character are whole.
const BIT: u32 = 6;
/// More than any text costs, and far from overflow.
const IMPOSSIBLE: u32 = u32::MAX / 4;

/// The cheapest segments for codes of `version`; its range of versions has the same costs.
pub(super) fn cheapest(text: &[u8], version: Version) -> Vec<Segment> {
    let header = |mode: Mode| bits(version.mode_bits_count() + mode.length_bits_count(version));
    let mut costs = MODES.map(header);
    let mut steps = Vec::with_capacity(text.len());
    for byte in text {
        let step = MODES.map(|to| {
            let from = MODES.into_iter().zip(costs).map(|(from, cost)| {
                let switched = if from == to { cost } else { whole_bits(cost).saturating_add(header(to)) };
                (switched, from)
            });
            let (cost, from) = from.min_by_key(|(cost, _)| *cost).unwrap_or((IMPOSSIBLE, to));
            (character(to, *byte).map_or(IMPOSSIBLE, |more| cost.saturating_add(more)), from)
        });
        costs = step.map(|(cost, _)| cost);
        steps.push(step.map(|(_, from)| from));
    }
    let last = MODES.into_iter().zip(costs).min_by_key(|(_, cost)| whole_bits(*cost));
    trace(&steps, last.map_or(Mode::Byte, |(mode, _)| mode))
}

/// Walks back from the last character's mode, and joins neighbours of one mode.
fn trace(steps: &[[Mode; 3]], last: Mode) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut mode = last;
    for (at, step) in steps.iter().enumerate().rev() {
        match segments.last_mut() {
            Some(segment) if segment.mode == mode => segment.begin = at,
            _ => segments.push(Segment { mode, begin: at, end: at + 1 }),
        }
        mode = MODES.into_iter().zip(step).find(|(to, _)| *to == mode).map_or(mode, |(_, from)| *from);
    }
    segments.reverse();
    segments
}

/// What one character costs in a mode that has it.
fn character(mode: Mode, byte: u8) -> Option<u32> {
    let is_alphanumeric = byte.is_ascii_digit() || byte.is_ascii_uppercase() || b" $%*+-./:".contains(&byte);
    match mode {
        Mode::Numeric => byte.is_ascii_digit().then_some(10 * BIT / 3),
        Mode::Alphanumeric => is_alphanumeric.then_some(11 * BIT / 2),
        _ => Some(8 * BIT),
    }
}

fn bits(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(IMPOSSIBLE).saturating_mul(BIT)
}

/// A segment ends on a whole bit.
const fn whole_bits(cost: u32) -> u32 {
    cost.div_ceil(BIT) * BIT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modes(text: &str) -> Vec<(Mode, usize)> {
        let segments = cheapest(text.as_bytes(), Version::Normal(5));
        let mut at = 0;
        for segment in &segments {
            assert_eq!(segment.begin, at);
            at = segment.end;
        }
        assert_eq!(at, text.len());
        segments.iter().map(|segment| (segment.mode, segment.end - segment.begin)).collect()
    }

    #[test]
    fn segments_change_only_where_it_pays() {
        let link = "https://verifier.example:8443/R#ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        assert_eq!(modes(link), [(Mode::Byte, 32), (Mode::Alphanumeric, 32)]);
        assert_eq!(modes("0123456789"), [(Mode::Numeric, 10)]);
        assert_eq!(modes("abcdefghij01234567890123456789"), [(Mode::Byte, 10), (Mode::Numeric, 20)]);
        assert_eq!(modes("日本語"), [(Mode::Byte, 9)]);
        assert_eq!(modes(""), []);
    }
}
