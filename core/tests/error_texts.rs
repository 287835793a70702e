//! Each error has its text in each language, and both phones have them: the table, what is written from it, and the
//! catalogue agree.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's own functions fail as the test does"
)]

use farthing_core::Error;
use farthing_core::error::{Action, MoneyMoved, WalletError, catalogue};
use farthing_core::keys::phrase::PhraseError;
use farthing_core::keys::vault::VaultError;
use farthing_core::scan::ScanError;
use farthing_core::store::StoreError;
use farthing_core::sync::NetworkError;
use farthing_protocol::code::{ProblemCode, RefusalCode, TabRefusalCode};
use farthing_protocol::money::AmountError;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const LANGUAGES: [(&str, &str); 3] = [("en", "values"), ("ko", "values-ko"), ("es", "values-es")];

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn table() -> Value {
    serde_json::from_str(&file("texts/errors.json")).unwrap()
}

/// The names in a section of the table.
fn names(table: &Value, section: &str) -> BTreeSet<String> {
    table[section].as_object().unwrap().keys().cloned().collect()
}

/// The numbers of each name, as the core gives them.
fn numbers() -> BTreeMap<&'static str, Vec<u64>> {
    let mut all = BTreeMap::<_, Vec<u64>>::new();
    for (number, kind) in catalogue() {
        all.entry(kind).or_default().extend(number.map(u64::from));
    }
    all
}

/// Defines a name for each variant. A new one does not compile until it has a name, and then needs a text.
macro_rules! named {
    ($function:ident, $all:ident, $type:ident: $($variant:ident = $name:literal;)+) => {
        const $all: &[&str] = &[$($name,)+];

        const fn $function(of: $type) -> &'static str {
            match of { $($type::$variant => $name,)+ }
        }
    };
}

named! { action_name, ACTIONS, Action:
    None = "none";
    CorrectInput = "correct_input";
    ConfirmAgain = "confirm_again";
    Sync = "sync";
    Unlock = "unlock";
    AskPayee = "ask_payee";
    AskOperator = "ask_operator";
    AddMoney = "add_money";
    FixStorage = "fix_storage";
    Update = "update";
    Restore = "restore";
    Enrol = "enrol";
}

named! { money_name, MONEY_MOVED, MoneyMoved:
    No = "no";
    Yes = "yes";
    Unknown = "unknown";
}

/// Errors of each origin, with what none of them names: fall-backs, and a refusal of a later version.
fn errors() -> Vec<Error> {
    let refusal = |code| Error::Refused { code, retryable: false, message: String::new() };
    let problem = |code| Error::Problem { code, detail: None, retry_after_s: None };
    let mut errors = vec![refusal(199), Error::Phrase(PhraseError::Checksum)];
    errors.extend(RefusalCode::ALL.iter().map(|code| refusal(code.number())));
    errors.extend(TabRefusalCode::ALL.iter().map(|code| refusal(code.number())));
    errors.extend(ProblemCode::ALL.iter().map(|code| problem(*code)));
    errors.extend(WalletError::ALL.iter().map(|own| Error::from(*own)));
    errors.extend([ScanError::NotAPicture, ScanError::NotOurs].map(Error::from));
    errors.extend([AmountError::NotANumber, AmountError::AssetMismatch].map(Error::from));
    errors.extend([VaultError::Locked, VaultError::KeyringMissing].map(Error::from));
    errors.extend([StoreError::Paused, StoreError::Io(String::new())].map(Error::from));
    errors.extend([NetworkError::TimedOut, NetworkError::TooLarge].map(Error::from));
    errors.push(Error::Unsettled(Box::new(NetworkError::TimedOut.into())));
    errors
}

/// The value of an Android string, and only if it is there once.
fn android<'a>(resources: &'a str, name: &str) -> &'a str {
    let start = format!("<string name=\"{name}\">");
    let mut found = resources.split(start.as_str()).skip(1);
    let rest = found.next().unwrap_or_else(|| panic!("{name} is missing"));
    assert!(found.next().is_none(), "{name} is there twice");
    rest.split_once("</string>").unwrap().0
}

#[test]
fn the_catalogue_has_what_errors_give() {
    let catalogue = catalogue();
    for error in errors() {
        let number = (error.kind() != "refused").then(|| error.code());
        assert!(catalogue.contains(&(number, error.kind())), "{} {}", error.code(), error.kind());
    }
    let numbers: BTreeSet<_> = catalogue.iter().map(|(number, _)| number).collect();
    assert_eq!(numbers.len(), catalogue.len(), "no number is of two errors");
}

#[test]
fn each_error_is_in_the_table_with_its_numbers() {
    let (table, numbers) = (table(), numbers());
    let expected: BTreeSet<_> = numbers.keys().map(|kind| (*kind).to_owned()).collect();
    let found = names(&table, "errors");
    assert_eq!(found.symmetric_difference(&expected).collect::<Vec<_>>(), <[&String; 0]>::default());
    for (kind, numbers) in numbers {
        let found: Vec<_> = table["errors"][kind]["numbers"].as_array().unwrap().iter().map(Value::as_u64).collect();
        assert_eq!(found, numbers.into_iter().map(Some).collect::<Vec<_>>(), "{kind}");
    }
}

#[test]
fn what_a_screen_shows_beside_an_error_is_in_the_table() {
    let table = table();
    for (section, all) in [("action", ACTIONS), ("money_moved", MONEY_MOVED)] {
        assert_eq!(names(&table, section), all.iter().map(|name| (*name).to_owned()).collect());
    }
    for error in errors() {
        assert!(ACTIONS.contains(&action_name(error.action())), "{error:?}");
        assert!(MONEY_MOVED.contains(&money_name(error.money_moved())), "{error:?}");
    }
}

#[test]
fn both_phones_have_each_text_in_each_language() {
    let table = table();
    let catalog: Value = serde_json::from_str(&file("ios/Sources/Farthing/Resources/Errors.xcstrings")).unwrap();
    assert_eq!(catalog["sourceLanguage"], "en");
    let sections = [("errors", "error"), ("money_moved", "money_moved"), ("action", "action")];
    let count: usize = sections.iter().map(|(section, _)| names(&table, section).len()).sum();
    // None is there that the table does not have; `ios` are those of the library for Swift alone.
    assert_eq!(catalog["strings"].as_object().unwrap().len(), count + names(&table, "ios").len());
    for (language, folder) in LANGUAGES {
        let resources = file(&format!("android/farthing-android/src/main/res/{folder}/farthing_errors.xml"));
        assert_eq!(resources.matches("<string ").count(), count, "{folder}");
        for (section, prefix) in sections {
            for name in names(&table, section) {
                let text = table[section][&name][language].as_str().unwrap();
                assert!(!text.trim().is_empty(), "{name} has no text in {language}");

                let unit = &catalog["strings"][format!("{prefix}.{name}")]["localizations"][language]["stringUnit"];
                assert_eq!(unit["value"], text, "{name} in {language}");
                assert_eq!(unit["state"], "translated", "{name} in {language}");

                // The escapes of a text with an apostrophe, a quotation mark or an ampersand, taken back.
                let escaped = android(&resources, &format!("farthing_{prefix}_{name}"));
                let plain = escaped.replace("\\'", "'").replace("\\\"", "\"").replace("&amp;", "&");
                assert_eq!(plain, text, "{name} in {language}");
                assert_eq!(escaped.matches('\'').count(), escaped.matches("\\'").count(), "{escaped}");
            }
        }
    }
}
