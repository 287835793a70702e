//! Every way to fail: what happened, whether money moved, what to do, and the exit code that scripts act on.
//!
//! Stable numbers up to 399 are the verifier's and the wallet core's. From 400 on they are this program's:
//!
//! | number | kind | exit |
//! |---|---|---|
//! | 400 | usage | 2 |
//! | 401 | unreadable_file | 2 |
//! | 402 | not_authorised | 5 |
//! | 403 | no_passphrase | 5 |
//! | 404 | vault_not_available | 5 |
//! | 405 | owner_silent | 1 |
//! | 406 | exists_already | 2 |
//! | 407 | signer_unknown | 6 |
//! | 408 | altered | 6 |
//! | 409 | file_not_written | 1 |
//! | 410 | interrupted | 1 |
//! | 411 | not_an_object | 2 |
//! | 412 | owner_gone | 1 |
//! | 413 | internal | 1 |
//! | 414 | payee_unheard | 4 |
//! | 415 | payee_refused | 1 |
//! | 416 | not_listening | 1 |
//! | 417 | not_for_us | 1 |
//! | 418 | meter_stopped | 1 |

use crate::args::VaultKind;
use farthing_core::error::{Action, Error, Fault, MoneyMoved, WalletError};
use farthing_core::keys::phrase::PhraseError;
use farthing_core::keys::vault::VaultError;
use farthing_core::store::StoreError;
use farthing_protocol::code::ProblemCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The rest.
pub(crate) const EXIT_FAILED: u8 = 1;
/// Wrong usage or unreadable input.
pub(crate) const EXIT_USAGE: u8 = 2;
/// Refused, final, no money moved.
pub(crate) const EXIT_REFUSED: u8 = 3;
/// Outcome not known yet.
pub(crate) const EXIT_UNKNOWN: u8 = 4;
/// Locked, not authorised, or the vault cannot be reached.
pub(crate) const EXIT_LOCKED: u8 = 5;
/// Damaged or tampered data.
pub(crate) const EXIT_DAMAGED: u8 = 6;

/// A failure as it is printed, and as it passes through the owner's socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) exit: u8,
    pub(crate) code: u16,
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) retryable: bool,
    pub(crate) moved: Moved,
    /// A stable name of what can be done.
    pub(crate) action: String,
    /// What it is about, where a script has to follow it.
    pub(crate) about: Option<Subject>,
    /// What is known all the same, for scripts and for people.
    #[serde(skip)]
    pub(crate) details: Option<Box<(serde_json::Value, String)>>,
}

/// A payment or a tab, by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Subject {
    Payment(String),
    Tab(String),
}

/// Whether money moved by what failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Moved {
    No,
    Yes,
    Unknown,
}

impl Failure {
    fn own(exit: u8, code: u16, kind: &str, message: impl Into<String>, action: &str) -> Self {
        Self {
            exit,
            code,
            kind: kind.to_owned(),
            message: message.into(),
            retryable: matches!(code, 405 | 409 | 410 | 412),
            moved: Moved::No,
            action: action.to_owned(),
            about: None,
            details: None,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::own(EXIT_USAGE, 400, "usage", message, "correct_input")
    }

    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self::own(EXIT_USAGE, 401, "unreadable_file", message, "correct_input")
    }

    pub(crate) fn not_authorised(message: impl Into<String>) -> Self {
        Self::own(EXIT_LOCKED, 402, "not_authorised", message, "authorise")
    }

    pub(crate) fn no_passphrase(message: impl Into<String>) -> Self {
        Self::own(EXIT_LOCKED, 403, "no_passphrase", message, "unlock")
    }

    pub(crate) fn other_vault(there: VaultKind) -> Self {
        let message = format!("This wallet's keys are kept another way ({}); leave --vault out.", there.name());
        Self::own(EXIT_LOCKED, 404, "vault_not_available", message, "correct_input")
    }

    pub(crate) fn owner_silent() -> Self {
        let message = "Another farthing command holds this wallet folder and does not answer. End it, then try again.";
        Self::own(EXIT_FAILED, 405, "owner_silent", message, "retry")
    }

    pub(crate) fn exists(message: impl Into<String>) -> Self {
        Self::own(EXIT_USAGE, 406, "exists_already", message, "correct_input")
    }

    pub(crate) fn signer_unknown(message: impl Into<String>) -> Self {
        Self::own(EXIT_DAMAGED, 407, "signer_unknown", message, "correct_input")
    }

    pub(crate) fn altered(message: impl Into<String>) -> Self {
        Self::own(EXIT_DAMAGED, 408, "altered", message, "none")
    }

    pub(crate) fn not_for_us(message: impl Into<String>) -> Self {
        Self { moved: Moved::Yes, ..Self::own(EXIT_FAILED, 417, "not_for_us", message, "none") }
    }

    pub(crate) fn not_written(message: impl Into<String>) -> Self {
        Self::own(EXIT_FAILED, 409, "file_not_written", message, "fix_storage")
    }

    pub(crate) fn no_folder(message: impl Into<String>) -> Self {
        Self::own(EXIT_FAILED, 409, "file_not_written", message, "correct_input")
    }

    /// When something may have been stored by then.
    pub(crate) fn interrupted() -> Self {
        let message = "Interrupted. What was stored stays; `farthing sync` finishes what was begun.";
        Self::own(EXIT_FAILED, 410, "interrupted", message, "sync")
    }

    pub(crate) fn interrupted_before_anything() -> Self {
        Self::own(EXIT_FAILED, 410, "interrupted", "Interrupted. Nothing was done.", "none")
    }

    pub(crate) fn not_an_object() -> Self {
        let message = "This is not a signed Farthing object.";
        Self::own(EXIT_USAGE, 411, "not_an_object", message, "correct_input")
    }

    pub(crate) fn owner_gone() -> Self {
        let message = "The command that held the wallet folder ended before it answered. What it stored stays; \
             run `farthing sync`, look whether it was done, and try again if not.";
        Self::own(EXIT_FAILED, 412, "owner_gone", message, "sync")
    }

    /// After the yes, while the verifier's answer is not known.
    pub(crate) fn undecided() -> Self {
        Error::from(WalletError::OutcomeUnknown).into()
    }

    /// The same of a tab's order, change, closing, claim or release.
    pub(crate) fn tab_undecided() -> Self {
        Self::undecided().with_message(
            "The verifier has not answered yet. What was signed is stored; it is finished by sync and never done twice.",
        )
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::own(EXIT_FAILED, 413, "internal", message, "none")
    }

    /// A drop was signed, and its payee not heard.
    pub(crate) fn payee_unheard(why: &str) -> Self {
        let message = format!(
            "{why}. The drop is signed, and the payee may have taken it; the next drop covers it, or offer it once more with --again"
        );
        Self {
            moved: Moved::Unknown,
            retryable: true,
            ..Self::own(EXIT_UNKNOWN, 414, "payee_unheard", message, "none")
        }
    }

    /// A drop was signed, and its payee delivers nothing for it. Not final: only the verifier's word is.
    pub(crate) fn payee_refused(why: &str) -> Self {
        let message =
            format!("the payee does not take the drop: {why}. It was signed all the same, and stays part of the total");
        Self { moved: Moved::Unknown, ..Self::own(EXIT_FAILED, 415, "payee_refused", message, "none") }
    }

    /// A meter that ended by something that its terms do not allow.
    pub(crate) fn meter_stopped(message: &str) -> Self {
        Self { moved: Moved::Unknown, ..Self::own(EXIT_FAILED, 418, "meter_stopped", message, "none") }
    }

    pub(crate) fn not_listening(message: impl Into<String>) -> Self {
        Self::own(EXIT_FAILED, 416, "not_listening", message, "correct_input")
    }

    /// The same failure, with a sentence of the caller's.
    pub(crate) fn with_message(mut self, message: &str) -> Self {
        self.message = message.to_owned();
        self
    }

    /// The same failure, with other advice.
    pub(crate) fn with_action(mut self, action: &str) -> Self {
        self.action = action.to_owned();
        self
    }

    /// The same failure, naming the payment it is about.
    pub(crate) fn about(mut self, id: &str) -> Self {
        self.about = Some(Subject::Payment(id.to_owned()));
        self
    }

    /// The same failure, naming the tab it is about.
    pub(crate) fn about_tab(mut self, id: &str) -> Self {
        self.about = Some(Subject::Tab(id.to_owned()));
        self
    }

    /// The same failure, with what is known about its object all the same.
    pub(crate) fn with_details(mut self, json: serde_json::Value, text: String) -> Self {
        self.details = Some(Box::new((json, text)));
        self
    }

    /// For scripts.
    pub(crate) fn to_json(&self) -> String {
        let mut error = json!({
            "code": self.code, "kind": self.kind, "message": self.message, "retryable": self.retryable,
            "moved": self.moved, "action": self.action,
        });
        if let (Some(Subject::Payment(id) | Subject::Tab(id)), Some(error)) = (&self.about, error.as_object_mut()) {
            error.insert("id".to_owned(), json!(id));
        }
        if let (Some(details), Some(error)) = (&self.details, error.as_object_mut()) {
            error.insert("object".to_owned(), details.0.clone());
        }
        json!({ "error": error }).to_string()
    }

    /// For a person: what happened, whether money moved, what to do.
    pub(crate) fn to_text(&self) -> String {
        let moved = match self.moved {
            Moved::No => "No money moved.",
            Moved::Yes => "Money moved.",
            Moved::Unknown => "It is not known yet whether money moved.",
        };
        let details = self.details.as_ref().map(|details| format!("{}\n", details.1)).unwrap_or_default();
        let mut text = format!("{details}Error: {}\n{moved}", sentence(&self.message));
        match &self.about {
            Some(Subject::Payment(id)) => text.push_str(&format!(" The payment is {id}.")),
            Some(Subject::Tab(id)) => text.push_str(&format!(" The tab is {id}.")),
            None => {}
        }
        let todo = todo(&self.action);
        if !todo.is_empty() {
            text.push('\n');
            text.push_str(todo);
        }
        text
    }
}

/// Sentences begin with a capital and end with a point, wherever they come from. What may be a file's name stays.
fn sentence(message: &str) -> String {
    let word = message.split_whitespace().next().unwrap_or_default();
    let plain = word.trim_end_matches(',').bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'\''));
    let mut chars = message.chars();
    let first: String = match chars.next() {
        Some(c) if plain => c.to_uppercase().collect(),
        first => first.into_iter().collect(),
    };
    let ended = message.trim_end_matches(')').ends_with(['.', '!', '?']);
    format!("{first}{}{}", chars.as_str(), if ended { "" } else { "." })
}

fn todo(action: &str) -> &'static str {
    match action {
        "correct_input" => "Correct what was given, and run the command again. `--help` shows examples.",
        "confirm_again" => "Run the command again and look at the new total.",
        "sync" => "Run `farthing sync`.",
        "unlock" => "Give the right passphrase, or --passphrase-file.",
        "ask_payee" => "Ask the payee for another request.",
        "ask_operator" => "Ask the verifier's operator.",
        "add_money" => "Add money to the wallet first.",
        "fix_storage" => "Make room on the disk, or make the folder writable, and try again.",
        "update" => "Install a newer version of Farthing.",
        "restore" => {
            "Run `farthing restore` with the recovery phrase and an invite, in another folder (--wallet); keep this one."
        }
        "enrol" => "Run `farthing init` with the invite.",
        "authorise" => "Run it again and answer yes, or give --yes.",
        "retry" => "Try again.",
        "see_status" => "`farthing status` shows what is lost and how to go on.",
        "check_connection" => "Check the connection, and run the command again.",
        _ => "",
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let moved = match error.money_moved() {
            MoneyMoved::No => Moved::No,
            MoneyMoved::Yes => Moved::Yes,
            MoneyMoved::Unknown => Moved::Unknown,
        };
        let exit = exit_of(&error);
        let moved = if exit == EXIT_UNKNOWN { Moved::Unknown } else { moved };
        Self {
            exit,
            code: error.code(),
            kind: error.kind().to_owned(),
            message: error.to_string(),
            retryable: error.is_retryable(),
            moved,
            // A sync would not get through either. A payment that was stored says so by another error.
            action: match error.cause() {
                Error::Network(_) => "check_connection",
                Error::Wallet(
                    WalletError::HistoryLost | WalletError::TwoHistories | WalletError::CheckpointUnaccounted,
                ) => "see_status",
                _ => action_name(error.action()),
            }
            .to_owned(),
            about: None,
            details: None,
        }
    }
}

/// The exit code of every error of the wallet core.
fn exit_of(error: &Error) -> u8 {
    match error.cause() {
        Error::Phrase(PhraseError::Damaged) => EXIT_DAMAGED,
        Error::Refused { .. } => EXIT_REFUSED,
        // The verifier cannot say what became of an order: it stays open until its operator can.
        Error::Problem { code: ProblemCode::BeforeEpoch, .. } => EXIT_UNKNOWN,
        Error::Problem { code, .. } => {
            if code.is_retryable() {
                EXIT_FAILED
            } else {
                EXIT_REFUSED
            }
        }
        Error::Vault(VaultError::Damaged | VaultError::AnchorDamaged { .. }) => EXIT_DAMAGED,
        Error::Vault(VaultError::Newer { .. } | VaultError::Full | VaultError::NoStateFolder) => EXIT_FAILED,
        Error::Vault(VaultError::Exists) => EXIT_REFUSED,
        Error::Store(StoreError::Damaged(_) | StoreError::Missing | StoreError::Conflict) => EXIT_DAMAGED,
        Error::Wallet(own) => exit_of_own(*own, error.fault()),
        _ => match error.fault() {
            Fault::Malformed => EXIT_USAGE,
            Fault::Vault => EXIT_LOCKED,
            _ => EXIT_FAILED,
        },
    }
}

fn exit_of_own(own: WalletError, fault: Fault) -> u8 {
    match own {
        WalletError::OutcomeUnknown => EXIT_UNKNOWN,
        WalletError::RequestAltered
        | WalletError::InviteForged
        | WalletError::VerifierMisbehaved
        | WalletError::PaymentNotGood
        | WalletError::PayerContradicts
        | WalletError::VoucherNotGood => EXIT_DAMAGED,
        // What was typed does not fit: another amount, id, folder or invite.
        WalletError::AmountNeeded
        | WalletError::AmountFixed
        | WalletError::PaymentUnknown
        | WalletError::RequestIdUnknown
        | WalletError::NotEnrolled
        | WalletError::OtherPhrase
        | WalletError::NoAccountHere
        | WalletError::DeviceUnknownHere
        | WalletError::NotRestored
        | WalletError::ContactUnknown
        | WalletError::ContactNameTaken
        | WalletError::PairingUnknown
        | WalletError::OwnPairing
        | WalletError::OtherPurpose
        | WalletError::TabUnknown
        | WalletError::TabTerms
        | WalletError::AllowanceUnknown
        | WalletError::AllowanceTerms
        | WalletError::TakenUnknown
        | WalletError::OffersTab
        | WalletError::OtherInvite => EXIT_USAGE,
        // Goes on once the loss is accepted, or the verifier has caught up.
        WalletError::HistoryLost
        | WalletError::AccountForgotten
        | WalletError::CheckpointUnaccounted
        | WalletError::PairingBusy
        | WalletError::Closed
        | WalletError::Internal => EXIT_FAILED,
        WalletError::TwoHistories => EXIT_DAMAGED,
        _ => match fault {
            Fault::Malformed => EXIT_USAGE,
            Fault::RefusedByPolicy | Fault::Misuse | Fault::PeerMisbehaved => EXIT_REFUSED,
            Fault::Vault => EXIT_LOCKED,
            Fault::Storage | Fault::TryLater => EXIT_FAILED,
        },
    }
}

const fn action_name(action: Action) -> &'static str {
    match action {
        Action::None => "none",
        Action::CorrectInput => "correct_input",
        Action::ConfirmAgain => "confirm_again",
        Action::Sync => "sync",
        Action::Unlock => "unlock",
        Action::AskPayee => "ask_payee",
        Action::AskOperator => "ask_operator",
        Action::AddMoney => "add_money",
        Action::FixStorage => "fix_storage",
        Action::Update => "update",
        Action::Restore => "restore",
        Action::Enrol => "enrol",
    }
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
