//! Text that a person will read: NFC, bounded, without control or bidirectional characters.
//!
//! Bidirectional controls could show "pay 5" as something else; control characters could
//! rewrite a terminal's line (wire decision 1).
//!
//! ```
//! use farthing_protocol::text::Text;
//! assert_eq!(Text::<16>::typed("  cafe\u{301} ")?.as_str(), "caf\u{e9}");
//! assert!(Text::<16>::new("cafe\u{301}").is_err(), "what arrives must already be NFC");
//! assert!(Text::<16>::new("pay \u{202e}5").is_err(), "no bidirectional controls");
//! # Ok::<(), farthing_protocol::Malformed>(())
//! ```

use crate::error::Malformed;
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// Text of 1 to `MAX` bytes of UTF-8.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// Takes text that already has the right form, as what arrives must.
    ///
    /// # Errors
    /// [`Malformed::Text`].
    pub fn new(text: &str) -> Result<Self, Malformed> {
        let fits = !text.is_empty() && text.len() <= MAX;
        if fits && is_nfc(text) && !text.chars().any(is_forbidden) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::Text)
        }
    }

    /// Takes what a person typed: brings it into NFC and trims it first.
    ///
    /// # Errors
    /// [`Malformed::Text`] when it is empty, too long, or holds a forbidden character.
    pub fn typed(text: &str) -> Result<Self, Malformed> {
        Self::new(&text.trim().nfc().collect::<String>())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control, bidirectional and line-separating characters.
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl<const MAX: usize> core::fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

// What people write to each other does not reach logs by way of Debug.
impl<const MAX: usize> core::fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

impl<C, const MAX: usize> Encode<C> for Text<MAX> {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C, const MAX: usize> Decode<'b, C> for Text<MAX> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        Ok(Self::new(d.str()?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_could_deceive() {
        for bad in ["", "a\u{202e}b", "line\nbreak", "e\u{301}", "\u{feff}x", &"x".repeat(9)] {
            assert_eq!(Text::<8>::new(bad), Err(Malformed::Text), "{bad:?}");
        }
        assert_eq!(Text::<8>::typed(" e\u{301} ").unwrap().as_str(), "\u{e9}");
    }
}
