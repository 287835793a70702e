//! A recovery phrase, word by word and as numbers: a text would stay in memory wherever it went.

use crate::failure::Failure;
use farthing_core::Error;
use farthing_core::keys::phrase::{Phrase, PhraseError};
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// Words of a phrase.
const WORDS: usize = 24;
/// Words of the list.
const LIST: u16 = 2048;

/// A recovery phrase to be shown. Wiped when it is let go of.
#[derive(uniffi::Object)]
pub struct Words(Zeroizing<Vec<u16>>);

impl Words {
    pub(crate) fn of(phrase: &Phrase) -> Self {
        let mut numbers = Zeroizing::new(Vec::with_capacity(WORDS));
        numbers.extend(phrase.numbers());
        Self(numbers)
    }
}

#[uniffi::export]
impl Words {
    /// How many there are: 24.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or_default()
    }

    /// The number of a word in the list, 0 to 2047. The first word is 1.
    ///
    /// # Errors
    /// When there is no such word.
    pub fn word(&self, position: u32) -> Result<u16, Failure> {
        let index = usize::try_from(position).ok().and_then(|position| position.checked_sub(1));
        let found = index.and_then(|index| self.0.get(index).copied());
        found.ok_or_else(|| Error::from(PhraseError::WordCount { found: self.0.len() }).into())
    }
}

/// The public list of words (BIP-39, English), by number.
#[uniffi::export]
#[must_use]
pub fn word_list() -> Vec<String> {
    Phrase::word_list().iter().map(|word| (*word).to_owned()).collect()
}

/// A recovery phrase that is being typed. Wiped when it is let go of.
#[derive(Default, uniffi::Object)]
pub struct WordsEntry(Mutex<Zeroizing<Vec<u16>>>);

#[uniffi::export]
impl WordsEntry {
    /// Nothing yet.
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Self {
        Self(Mutex::new(Zeroizing::new(Vec::with_capacity(WORDS))))
    }

    /// Adds the next word, by its number in the list.
    ///
    /// # Errors
    /// When there are enough, or the list has no such word.
    pub fn add(&self, number: u16) -> Result<(), Failure> {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Never grown: what it was would stay behind.
        let fault = match numbers.len() {
            found if found >= WORDS => Some(PhraseError::WordCount { found: found + 1 }),
            found if number >= LIST => Some(PhraseError::UnknownWord { position: found + 1 }),
            _ => None,
        };
        match fault {
            Some(fault) => Err(Error::from(fault).into()),
            None => {
                numbers.push(number);
                Ok(())
            }
        }
    }

    /// Takes the last word away; does nothing when there is none.
    pub fn remove_last(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
    }

    /// Checks what was typed: 24 words whose checksum is right.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), Failure> {
        self.phrase().map(drop)
    }
}

impl WordsEntry {
    pub(crate) fn phrase(&self) -> Result<Phrase, Failure> {
        let numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Phrase::from_numbers(&numbers).map_err(Error::from)?)
    }
}
