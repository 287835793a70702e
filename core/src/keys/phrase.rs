//! The recovery phrase: 24 English words of BIP-39, which are 256 bits of entropy and 8 of checksum.
//!
//! Source: [BIP-39](https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki). Farthing uses no BIP-39
//! passphrase: what is written on paper is all that is needed.
//!
//! ```
//! use farthing_core::keys::{SystemEntropy, phrase::Phrase};
//! let phrase = Phrase::generate(&mut SystemEntropy::new());
//! let written: Vec<&str> = phrase.words().collect();
//! let entered = Phrase::parse(&written.join("  ").to_uppercase())?;
//! assert!(phrase.words().eq(entered.words()));
//! assert_eq!(format!("{phrase:?}"), "Phrase(redacted)");
//! # Ok::<(), farthing_core::keys::phrase::PhraseError>(())
//! ```

use super::vault::Secret;
use bip39::{Language, Mnemonic};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Words of a phrase.
pub const WORDS: usize = 24;
/// Bytes of entropy behind the words.
const ENTROPY_LEN: usize = 32;
/// Longest text that is read as a phrase: 24 words of 8 letters take 215 characters; the rest is spaces and mistakes.
const TEXT_MAX: usize = 4096;

/// The recovery phrase. Wiped when dropped, and in a place of its own, so that a move leaves no copy behind.
#[derive(Clone, PartialEq, Eq)]
pub struct Phrase(Box<Mnemonic>);

impl Phrase {
    /// A fresh phrase from 32 bytes of `rng`.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut entropy = Zeroizing::new([0; ENTROPY_LEN]);
        rng.fill_bytes(&mut entropy[..]);
        Self::from_entropy(&entropy)
    }

    #[allow(clippy::expect_used, reason = "BIP-39 gives 24 words to every 32 bytes; the only error is another length")]
    fn from_entropy(entropy: &[u8; ENTROPY_LEN]) -> Self {
        Self(Box::new(Mnemonic::from_entropy_in(Language::English, entropy).expect("32 bytes are 24 words")))
    }

    /// Reads what a person entered: any case, any white space between words.
    ///
    /// # Errors
    /// [`PhraseError`], which names positions and never a word.
    pub fn parse(text: &str) -> Result<Self, PhraseError> {
        let found = text.split_whitespace().count();
        if found != WORDS {
            return Err(PhraseError::WordCount { found });
        }
        if let Some(position) = text.split_whitespace().position(|word| word.len() > TEXT_MAX / WORDS) {
            return Err(PhraseError::UnknownWord { position: position + 1 });
        }
        let mut normal = Zeroizing::new(String::with_capacity(TEXT_MAX + WORDS));
        for word in text.split_whitespace() {
            if !normal.is_empty() {
                normal.push(' ');
            }
            normal.push_str(word);
        }
        normal.make_ascii_lowercase();
        let read = Mnemonic::parse_in_normalized(Language::English, &normal);
        read.map(|read| Self(Box::new(read))).map_err(|error| match error {
            bip39::Error::UnknownWord(index) => PhraseError::UnknownWord { position: index + 1 },
            bip39::Error::BadWordCount(found) => PhraseError::WordCount { found },
            _ => PhraseError::Checksum,
        })
    }

    /// Words of the list that are close to the word at `position` (counted from 1) of a text that is no phrase: for the person
    /// who typed it, never for a log. At most three, the closest first.
    #[must_use]
    pub fn words_near(text: &str, position: usize) -> Vec<&'static str> {
        let Some(typed) = position.checked_sub(1).and_then(|index| text.split_whitespace().nth(index)) else {
            return Vec::new();
        };
        let typed: Zeroizing<Vec<u8>> = Zeroizing::new(typed.bytes().map(|b| b.to_ascii_lowercase()).collect());
        if typed.len() > NEAR_LEN_MAX {
            return Vec::new();
        }
        let mut near: Vec<(usize, &'static str)> = Language::English
            .word_list()
            .iter()
            .map(|word| (distance(&typed, word.as_bytes()), *word))
            .filter(|(distance, _)| *distance <= NEAR_MAX)
            .collect();
        near.sort_unstable();
        near.into_iter().take(3).map(|(_, word)| word).collect()
    }

    /// The 24 words, in order. Each is a word of the public list; only their order is secret.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.words()
    }

    /// The public list that phrases are made of, in its order.
    #[must_use]
    pub fn word_list() -> &'static [&'static str; 2048] {
        Language::English.word_list()
    }

    /// The words as numbers in the list, 0 to 2047, in order: for where text would be left behind in memory.
    pub fn numbers(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.word_indices().map(|index| u16::try_from(index).unwrap_or_default())
    }

    /// From the words' numbers.
    ///
    /// # Errors
    /// [`PhraseError`], as when they were typed; a number above 2047 is an unknown word.
    pub fn from_numbers(numbers: &[u16]) -> Result<Self, PhraseError> {
        let mut text = Zeroizing::new(String::with_capacity(numbers.len() * (WORD_LEN_MAX + 1)));
        for (at, number) in numbers.iter().enumerate() {
            let word = Language::English.word_list().get(usize::from(*number));
            text.push_str(word.ok_or(PhraseError::UnknownWord { position: at + 1 })?);
            text.push(' ');
        }
        Self::parse(&text)
    }

    /// The 64-byte seed (PBKDF2 with 2048 rounds of HMAC-SHA512, empty passphrase). Takes about a millisecond.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; 64]> {
        Zeroizing::new(self.0.to_seed_normalized(""))
    }

    /// For a vault: the entropy, when the person asked to keep the phrase.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        let entropy = Zeroizing::new(self.0.to_entropy_array().0);
        Secret::of_known_size(Zeroizing::new(entropy.iter().copied().take(ENTROPY_LEN).collect()))
    }

    /// From a vault.
    ///
    /// # Errors
    /// [`PhraseError::Damaged`] when it is not what [`Self::to_secret`] made.
    pub fn from_secret(secret: &Secret) -> Result<Self, PhraseError> {
        let entropy: &[u8; ENTROPY_LEN] = secret.as_bytes().try_into().map_err(|_| PhraseError::Damaged)?;
        Ok(Self::from_entropy(entropy))
    }
}

/// Letters that may differ for a word to be close: a slip or two.
const NEAR_MAX: usize = 2;
/// The list's longest word.
const WORD_LEN_MAX: usize = 8;
/// What is longer than it by more than slips is close to none.
const NEAR_LEN_MAX: usize = WORD_LEN_MAX + NEAR_MAX;

/// How many letters must be changed, added or left out to come from one to the other (Levenshtein).
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (done, a) in one.iter().enumerate() {
        let mut diagonal = done;
        let mut left = done + 1;
        for (above, b) in row.iter_mut().skip(1).zip(other) {
            let here = (diagonal + usize::from(a != b)).min(*above + 1).min(left + 1);
            diagonal = core::mem::replace(above, here);
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = done + 1;
        }
    }
    row.last().copied().unwrap_or(one.len())
}

impl core::fmt::Debug for Phrase {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Phrase(redacted)")
    }
}

/// Text that is not a recovery phrase. Holds no word, so it may be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhraseError {
    /// Not 24 words.
    #[error("a recovery phrase has 24 words, this has {found}; check that none is missing")]
    WordCount {
        /// How many there are.
        found: usize,
    },
    /// A word that is not on BIP-39's English list.
    #[error("word {position} is not a word of recovery phrases; check its spelling")]
    UnknownWord {
        /// Which word, counted from 1.
        position: usize,
    },
    /// All words are on the list, but the checksum says that some are wrong or in another order.
    #[error("these 24 words do not belong together; check each word and their order")]
    Checksum,
    /// What the vault holds is not a phrase.
    #[error("the stored recovery phrase is damaged; use the one on paper")]
    Damaged,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct File {
        vectors: Vec<Vector>,
    }

    #[derive(serde::Deserialize)]
    struct Vector {
        entropy: String,
        mnemonic: String,
        seed: String,
    }

    /// Trezor's published vectors: those of 24 words through `Phrase`, the shorter ones refused by it and
    /// checked on the library underneath.
    #[test]
    fn the_published_vectors_hold() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/bip39_english.json")).unwrap();
        let hex = data_encoding::HEXLOWER;
        let mut full = 0;
        for vector in &file.vectors {
            let entropy = hex.decode(vector.entropy.as_bytes()).unwrap();
            let mnemonic = Mnemonic::from_entropy_in(Language::English, &entropy).unwrap();
            assert_eq!(mnemonic.to_string(), vector.mnemonic);
            assert_eq!(hex.encode(&mnemonic.to_seed_normalized("TREZOR")), vector.seed);
            let found = vector.mnemonic.split(' ').count();
            match Phrase::parse(&vector.mnemonic) {
                Ok(phrase) => {
                    full += 1;
                    assert_eq!(found, WORDS);
                    assert_eq!(phrase.to_secret().as_bytes(), entropy);
                    assert_eq!(hex.encode(&phrase.0.to_seed_normalized("TREZOR")), vector.seed);
                    assert_eq!(Phrase::from_secret(&Secret::new(Zeroizing::new(entropy)).unwrap()).unwrap(), phrase);
                }
                Err(error) => assert_eq!(error, PhraseError::WordCount { found }),
            }
        }
        assert_eq!((file.vectors.len(), full), (24, 8));
    }
}
