//! Recovery phrases as people meet them: entered with mistakes, and never shown in a log.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test's own functions fail as the test does"
)]

use farthing_core::keys::{
    SystemEntropy, derivation,
    phrase::{Phrase, PhraseError},
    vault::Secret,
};
use farthing_protocol::key::Signer as _;
use proptest::prelude::*;

/// Trezor's vector with 32 zero bytes of entropy.
fn zeros() -> String {
    format!("{} art", ["abandon"; 23].join(" "))
}

#[test]
fn a_generated_phrase_comes_back_from_its_words_and_from_a_vault() {
    let phrase = Phrase::generate(&mut SystemEntropy::new());
    assert_eq!(phrase.words().count(), 24);
    let written = phrase.words().collect::<Vec<_>>().join(" ");
    assert_eq!(Phrase::parse(&written).unwrap(), phrase);
    assert_eq!(Phrase::parse(&format!("\n\t{}  ", written.to_uppercase().replace(' ', " \r\n "))).unwrap(), phrase);
    assert_eq!(Phrase::from_secret(&phrase.to_secret()).unwrap(), phrase);
    assert_eq!(phrase.to_secret().as_bytes().len(), 32);
    assert_ne!(Phrase::generate(&mut SystemEntropy::new()), phrase);
}

#[test]
fn mistakes_are_named_by_position_and_never_by_word() {
    assert_eq!(Phrase::parse(""), Err(PhraseError::WordCount { found: 0 }));
    assert_eq!(Phrase::parse("abandon ability able"), Err(PhraseError::WordCount { found: 3 }));
    assert_eq!(Phrase::parse(&format!("{} art", zeros())), Err(PhraseError::WordCount { found: 25 }));
    assert_eq!(Phrase::parse(&zeros().replace("art", "able")), Err(PhraseError::Checksum));
    let words: Vec<String> = zeros().split(' ').map(str::to_owned).collect();
    for position in 1..=24 {
        for wrong in ["abandonn", "sekret", "аbandon", &"x".repeat(100_000)] {
            let mut words = words.clone();
            words[position - 1] = wrong.to_owned();
            let error = Phrase::parse(&words.join(" ")).unwrap_err();
            assert_eq!(error, PhraseError::UnknownWord { position });
            assert!(!format!("{error} {error:?}").contains(wrong));
        }
    }
    assert_eq!(Phrase::from_secret(&Secret::copy_of(&[1; 31])), Err(PhraseError::Damaged));
}

#[test]
fn debug_shows_no_word() {
    assert_eq!(format!("{:?}", Phrase::parse(&zeros()).unwrap()), "Phrase(redacted)");
}

/// These keys are on people's paper: whatever changes them loses accounts.
#[test]
fn derived_keys_never_change() {
    let phrase = Phrase::parse(&zeros()).unwrap();
    let account = derivation::account_key(&phrase);
    let hex = data_encoding::HEXLOWER;
    assert_eq!(derivation::ACCOUNT_PATH, [1_179_800_648, 1, 0]);
    assert_eq!(account.public().thumbprint().to_hex(), ACCOUNT_THUMBPRINT);
    assert_eq!(hex.encode(&derivation::backup_key(&phrase)[..]), BACKUP_KEY);
    let other = Phrase::generate(&mut SystemEntropy::new());
    assert_ne!(derivation::account_key(&other).public(), account.public());
    assert_ne!(derivation::backup_key(&other), derivation::backup_key(&phrase));
}

const ACCOUNT_THUMBPRINT: &str = "39ecf3c5b2f04a11e9e1c0df182aa69b34351ac4d41db882b99f4937c00c00cd";
const BACKUP_KEY: &str = "521043b32548a57ce8831ae12c51b9aa8de8192d5e8fad91238f72879d3cc185";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parsing_never_panics(text in "\\PC{0,300}") {
        let _ = Phrase::parse(&text);
    }
}

#[test]
fn a_mistyped_word_is_told_with_what_is_close_to_it() {
    let text = |first: &str| format!("{first} {}art", "abandon ".repeat(22));
    assert_eq!(Phrase::words_near(&text("abandom"), 1), ["abandon", "random"]);
    assert!(Phrase::words_near(&text("Appel"), 1).contains(&"apple"));
    assert!(Phrase::words_near(&text("xxxxxxxx"), 1).is_empty());
    assert!(Phrase::words_near(&text(&"z".repeat(500)), 1).is_empty());
    assert!(Phrase::words_near(&text("abandom"), 0).is_empty() && Phrase::words_near(&text("abandom"), 25).is_empty());
}
