//! Base45 (RFC 9285): bytes as the characters that QR codes hold most densely.

use crate::error::Malformed;

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// The text of these bytes.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(2) * 3);
    for group in bytes.chunks(2) {
        let mut number = group.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
        for _ in 0..=group.len() {
            text.extend(ALPHABET.get(number % 45).map(|letter| char::from(*letter)));
            number /= 45;
        }
    }
    text
}

/// The bytes of this text.
///
/// # Errors
/// [`Malformed::Value`] when it is none.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, Malformed> {
    const WRONG: Malformed = Malformed::Value("not base45");
    let mut bytes = Vec::with_capacity(text.len() / 3 * 2 + 1);
    for group in text.as_bytes().chunks(3) {
        let mut number = 0_usize;
        for letter in group.iter().rev() {
            number = number * 45 + ALPHABET.iter().position(|known| known == letter).ok_or(WRONG)?;
        }
        match (group.len(), u16::try_from(number), u8::try_from(number)) {
            (3, Ok(two), _) => bytes.extend(two.to_be_bytes()),
            (2, _, Ok(one)) => bytes.push(one),
            _ => return Err(WRONG),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_9285() {
        for (bytes, text) in
            [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("ietf!", "QED8WEX0"), ("", "")]
        {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text), Ok(bytes.as_bytes().to_vec()));
        }
        // 65536, 256, a single letter, and what is not of the alphabet.
        for wrong in ["GGW", ":::", "::", "6", "BB8A", "bb8", "B_8"] {
            assert!(decode(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn all_pairs_of_bytes_come_back() {
        for pair in 0..=u16::MAX {
            let bytes = pair.to_be_bytes();
            assert_eq!(decode(&encode(&bytes)), Ok(bytes.to_vec()));
        }
    }
}
