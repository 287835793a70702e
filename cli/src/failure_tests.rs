use super::*;
use farthing_core::keys::vault::VaultError;
use farthing_core::scan::ScanError;
use farthing_core::sync::NetworkError;
use farthing_protocol::Malformed;
use farthing_protocol::code::{RefusalCode, TabRefusalCode};
use farthing_protocol::money::AmountError;

/// Every error of the core, by number.
fn all() -> Vec<Error> {
    let refused = |code: &RefusalCode| Error::Refused {
        code: code.number(),
        retryable: code.is_retryable(),
        message: code.message().to_owned(),
    };
    let problem = |code: &ProblemCode| Error::Problem { code: *code, detail: None, retry_after_s: None };
    let mut all: Vec<Error> = RefusalCode::ALL.iter().map(refused).collect();
    all.extend(TabRefusalCode::ALL.iter().map(|code| Error::Refused {
        code: code.number(),
        retryable: code.is_retryable(),
        message: code.message().to_owned(),
    }));
    all.extend(ProblemCode::ALL.iter().map(problem));
    all.extend(WalletError::ALL.iter().map(|own| Error::from(*own)));
    all.extend(
        [
            ScanError::NotAPicture,
            ScanError::TooLarge { what: "a file", limit: 1 },
            ScanError::NoCode,
            ScanError::Damaged { reason: "cut" },
            ScanError::NotText,
            ScanError::OtherScheme { scheme: "wifi".to_owned() },
            ScanError::NotOurs,
        ]
        .map(Error::from),
    );
    all.extend(
        [
            AmountError::NotANumber,
            AmountError::Negative,
            AmountError::TooLarge,
            AmountError::Zero,
            AmountError::UnknownAsset,
            AmountError::AssetMismatch,
        ]
        .map(Error::from),
    );
    all.extend([Error::from(Malformed::Cbor), Error::from(PhraseError::Checksum), Error::from(PhraseError::Damaged)]);
    all.extend(
        [
            VaultError::WrongPassphrase,
            VaultError::Cancelled,
            VaultError::TimedOut,
            VaultError::Locked,
            VaultError::KeyInvalidated,
            VaultError::Missing,
            VaultError::Exists,
            VaultError::Unavailable("x".to_owned()),
            VaultError::Damaged,
            VaultError::Newer { version: 9 },
            VaultError::Full,
            VaultError::NoStateFolder,
            VaultError::KeyringMissing,
            VaultError::AnchorDamaged { place: "x".to_owned() },
        ]
        .map(Error::from),
    );
    all.extend(
        [
            StoreError::Damaged("x".to_owned()),
            StoreError::Newer { found: 9, known: 1 },
            StoreError::ReadOnly,
            StoreError::Full,
            StoreError::Busy,
            StoreError::Paused,
            StoreError::Missing,
            StoreError::Conflict,
            StoreError::Io("x".to_owned()),
        ]
        .map(Error::from),
    );
    all.extend(
        [
            NetworkError::Unreachable("x".to_owned()),
            NetworkError::TimedOut,
            NetworkError::Tls("x".to_owned()),
            NetworkError::NotHttp("x".to_owned()),
            NetworkError::TooLarge,
        ]
        .map(Error::from),
    );
    all
}

/// The promise to scripts, number by number: what is not listed ends with 1.
#[test]
fn every_code_has_its_exit() {
    for error in all() {
        let exit = match error.code() {
            216 | 215 | 213 | 209..=211 | 232..=235 | 243..=245 => EXIT_FAILED,
            207 => EXIT_UNKNOWN,
            100..=299 => EXIT_REFUSED,
            300..=321 | 328 | 329 | 335 | 338 | 345 | 350 | 352 | 358 => EXIT_USAGE,
            600 | 601 | 607 | 608 | 610 | 630..=632 | 634 | 680 | 686 | 687 => EXIT_USAGE,
            661 | 664 | 675..=677 => EXIT_USAGE,
            322 | 324..=327 | 330..=333 | 336 | 339 | 340 | 346 | 351 | 353 | 356 => EXIT_REFUSED,
            602..=606 | 609 | 612 | 613 | 633 | 636 | 639..=646 | 681..=684 | 688 | 689 => EXIT_REFUSED,
            662 | 663 | 665..=667 | 671 | 673 | 674 | 678 => EXIT_REFUSED,
            334 => EXIT_UNKNOWN,
            323 | 342 | 343 | 354 | 366 | 380 | 386 | 388 | 392 | 670 | 672 | 690 => EXIT_DAMAGED,
            359 if matches!(error, Error::Phrase(PhraseError::Damaged)) => EXIT_DAMAGED,
            359 => EXIT_USAGE,
            337 | 355 | 360..=365 | 389 | 393 => EXIT_LOCKED,
            390 => EXIT_REFUSED,
            _ => EXIT_FAILED,
        };
        assert_eq!(exit_of(&error), exit, "{} {}", error.code(), error.kind());
    }
}

/// Code 3 says "final, no money moved", code 4 "not known": neither may be said wrongly.
#[test]
fn exits_and_money_agree() {
    for error in all() {
        let failure = Failure::from(error);
        assert!(failure.exit != EXIT_REFUSED || failure.moved == Moved::No, "{failure:?}");
        assert!(failure.moved != Moved::Unknown || failure.exit == EXIT_UNKNOWN, "{failure:?}");
        let text = failure.to_text();
        assert!(text.starts_with("Error: ") && text.lines().count() >= 2, "{text}");
        let json: serde_json::Value = serde_json::from_str(&failure.to_json()).unwrap();
        assert_eq!(json["error"]["code"], failure.code);
        assert!(json["error"]["retryable"].is_boolean());
    }
}

#[test]
fn a_failure_survives_the_socket() {
    let failure = Failure::owner_gone().about("x");
    let line = serde_json::to_string(&failure).unwrap();
    assert_eq!(serde_json::from_str::<Failure>(&line).unwrap(), failure);
}

#[test]
fn messages_become_sentences_and_names_stay() {
    for (message, text) in [
        ("there is no terminal", "There is no terminal."),
        ("with --json, init needs it", "With --json, init needs it."),
        ("nofile.png: there is no such file", "nofile.png: there is no such file."),
        ("nofile: it is a folder", "nofile: it is a folder."),
        ("./a b: it is a folder", "./a b: it is a folder."),
        ("It is stored. (The last try ended with code 370.)", "It is stored. (The last try ended with code 370.)"),
        ("", "."),
    ] {
        assert_eq!(sentence(message), text);
    }
}

#[test]
fn a_sync_is_advised_only_where_it_helps() {
    let unreachable = Failure::from(Error::from(NetworkError::TimedOut));
    assert!(unreachable.to_text().ends_with("Check the connection, and run the command again."), "{unreachable:?}");
    assert!(Failure::from(Error::from(WalletError::OutcomeUnknown)).to_text().contains("farthing sync"));
}
