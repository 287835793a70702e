//! The table of errors.

use farthing_core::error::{Action, Error, MoneyMoved, Retry, WalletError};
use farthing_core::keys::phrase::PhraseError;
use farthing_core::keys::vault::VaultError;
use farthing_core::scan::ScanError;
use farthing_core::store::StoreError;
use farthing_core::sync::NetworkError;
use farthing_protocol::Malformed;
use farthing_protocol::code::{OfflineRefusalCode, ProblemCode, RefusalCode, TabRefusalCode};
use farthing_protocol::money::{AmountError, Code};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One error of each number, and more where a number has several sentences.
fn all() -> Vec<Error> {
    let refusals = RefusalCode::ALL.iter().map(|code| Error::Refused {
        code: code.number(),
        retryable: code.is_retryable(),
        message: code.message().to_owned(),
    });
    let problems =
        ProblemCode::ALL.iter().map(|code| Error::Problem { code: *code, detail: None, retry_after_s: None });
    let tabs = TabRefusalCode::ALL.iter().map(|code| Error::Refused {
        code: code.number(),
        retryable: code.is_retryable(),
        message: code.message().to_owned(),
    });
    let offline = OfflineRefusalCode::ALL.iter().map(|code| Error::Refused {
        code: code.number(),
        retryable: code.is_retryable(),
        message: code.message().to_owned(),
    });
    let mut all: Vec<Error> = refusals.chain(tabs).chain(offline).chain(problems).collect();
    all.extend(WalletError::ALL.iter().map(|own| Error::Wallet(*own)));
    let reason = "there is a QR code, but it is cut off";
    all.extend(
        [
            ScanError::NotAPicture,
            ScanError::TooLarge { what: "a picture", limit: 1 },
            ScanError::NoCode,
            ScanError::Damaged { reason },
            ScanError::NotText,
            ScanError::OtherScheme { scheme: "bitcoin".to_owned() },
            ScanError::NotOurs,
        ]
        .map(Error::from),
    );
    all.extend(
        [
            AmountError::NotANumber,
            AmountError::Negative,
            AmountError::TooManyDecimals { code: Code::new("USD").unwrap(), scale: 6 },
            AmountError::TooLarge,
            AmountError::Zero,
            AmountError::UnknownAsset,
            AmountError::AssetMismatch,
        ]
        .map(Error::from),
    );
    all.push(Malformed::Cbor.into());
    all.extend(
        [
            PhraseError::WordCount { found: 23 },
            PhraseError::UnknownWord { position: 2 },
            PhraseError::Checksum,
            PhraseError::Damaged,
        ]
        .map(Error::from),
    );
    all.extend(
        [
            VaultError::WrongPassphrase,
            VaultError::Cancelled,
            VaultError::TimedOut,
            VaultError::Locked,
            VaultError::KeyInvalidated,
            VaultError::Unavailable("why".to_owned()),
            VaultError::Damaged,
            VaultError::Newer { version: 9 },
            VaultError::Full,
            VaultError::Missing,
            VaultError::Exists,
            VaultError::NoStateFolder,
            VaultError::KeyringMissing,
            VaultError::AnchorDamaged { place: "here".to_owned() },
        ]
        .map(Error::from),
    );
    all.extend(
        [
            StoreError::Damaged("how".to_owned()),
            StoreError::Newer { found: 9, known: 1 },
            StoreError::ReadOnly,
            StoreError::Full,
            StoreError::Busy,
            StoreError::Paused,
            StoreError::Missing,
            StoreError::Io("why".to_owned()),
            StoreError::Conflict,
        ]
        .map(Error::from),
    );
    all.extend(
        [
            NetworkError::Unreachable("why".to_owned()),
            NetworkError::TimedOut,
            NetworkError::Tls("why".to_owned()),
            NetworkError::NotHttp("why".to_owned()),
            NetworkError::TooLarge,
        ]
        .map(Error::from),
    );
    all.sort_by_key(Error::code);
    all
}

#[test]
fn the_table_is_as_it_was() {
    let mut table = String::from("# number, name, fault, money moved, retry, action: sentence\n");
    for e in all() {
        let (moved, retry) = (e.money_moved(), e.retry());
        let class = format!("{:?} {moved:?} {retry:?} {:?}", e.fault(), e.action());
        writeln!(table, "{} {} {class}: {e}", e.code(), e.kind()).unwrap();
    }
    super::same_as("errors.txt", &table);
}

#[test]
fn a_number_means_one_thing() {
    let mut numbers: BTreeMap<u16, &str> = BTreeMap::new();
    for error in all() {
        let known = numbers.insert(error.code(), error.kind());
        // Only recovery phrases have one number for several sentences.
        assert!(known.is_none_or(|kind| kind == "wrong_phrase" && kind == error.kind()), "{}", error.code());
        // From 400 to 599 are the programs' own.
        let range = match error {
            Error::Refused { .. } => 100..200,
            Error::Problem { .. } => 200..300,
            _ if error.code() < 400 => 300..400,
            _ => 600..700,
        };
        assert!(range.contains(&error.code()), "{error:?}");
    }
    // Where a name stands at two numbers, wallet and verifier found out the same.
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    numbers.values().for_each(|kind| *names.entry(kind).or_default() += 1);
    let twice: Vec<&str> = names.into_iter().filter(|(_, n)| *n > 1).map(|(kind, _)| kind).collect();
    assert_eq!(twice, ["internal", "invite_expired", "own_handle", "request_expired"]);
}

#[test]
fn every_sentence_can_be_read() {
    for error in all() {
        let text = error.to_string();
        let first = text.chars().next().unwrap();
        // A whole sentence, or a clause that a program puts behind what it was doing.
        assert_eq!(first.is_uppercase(), text.ends_with('.'), "{text}");
        assert!(text.split_whitespace().count() >= 4, "{text}");
        assert!(!text.contains("  ") && text.trim() == text, "{text}");
        let name = error.kind();
        assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
    }
}

#[test]
fn what_to_do_fits_together() {
    for error in all() {
        assert_eq!(error.is_retryable(), error.retry() != Retry::Never, "{error:?}");
        if error.retry() == Retry::AfterAction {
            assert_ne!(error.action(), Action::None, "{error:?}: after which action?");
        }
        match &error {
            Error::Refused { retryable, .. } => assert_eq!(error.is_retryable(), *retryable, "{error:?}"),
            Error::Problem { code, .. } => assert_eq!(error.is_retryable(), code.is_retryable(), "{error:?}"),
            _ => {}
        }
        let unknown = error == Error::Wallet(WalletError::OutcomeUnknown);
        assert_eq!(error.money_moved(), if unknown { MoneyMoved::Unknown } else { MoneyMoved::No }, "{error:?}");
    }
}

#[test]
fn nothing_says_that_no_money_moved_while_a_payment_is_open() {
    for error in all() {
        let open = Error::Unsettled(Box::new(error.clone()));
        assert_eq!(open.money_moved(), MoneyMoved::Unknown);
        assert_eq!((open.code(), open.kind(), open.fault()), (error.code(), error.kind(), error.fault()));
        assert_eq!((open.retry(), open.action(), open.to_string()), (error.retry(), error.action(), error.to_string()));
    }
}

#[test]
fn a_refusal_of_a_later_version_is_still_one() {
    let later = |retryable| Error::Refused { code: 199, retryable, message: "Come back tomorrow.".to_owned() };
    assert_eq!((later(true).kind(), later(true).is_retryable()), ("refused", true));
    assert_eq!((later(false).code(), later(false).is_retryable()), (199, false));
    assert_eq!(later(true).to_string(), "Come back tomorrow.");
}
