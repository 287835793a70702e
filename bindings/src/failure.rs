//! The core's errors, as they cross.

use farthing_core::Error;
use farthing_core::error::{self as core, WalletError};

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Fault {
    /// What was given cannot be read.
    Malformed,
    /// The verifier or a payee broke the protocol.
    PeerMisbehaved,
    /// A rule forbids it.
    RefusedByPolicy,
    /// The network, or a busy verifier.
    TryLater,
    /// The program or person asked for what makes no sense now.
    Misuse,
    /// The disk or the database.
    Storage,
    /// The vault.
    Vault,
}

/// Whether money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum MoneyMoved {
    /// It did not, and will not by what was tried.
    No,
    /// It did.
    Yes,
    /// Not known yet; a sync finds out, and nothing is done twice.
    Unknown,
}

/// Whether and when to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Retry {
    /// It will not work.
    Never,
    /// At once.
    Now,
    /// Later: it is the network or the verifier.
    Later,
    /// After what the action says.
    AfterAction,
}

/// What the person or the program can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Action {
    /// Nothing.
    None,
    /// Correct the input.
    CorrectInput,
    /// Look at the new draft and confirm it.
    ConfirmAgain,
    /// Let a sync run.
    Sync,
    /// Unlock the vault.
    Unlock,
    /// Ask the payee for another request.
    AskPayee,
    /// Ask the verifier's operator.
    AskOperator,
    /// Add money first.
    AddMoney,
    /// Make room on the disk, or make the folder writable.
    FixStorage,
    /// Install a newer version.
    Update,
    /// Restore the account from its phrase.
    Restore,
    /// Finish the enrolment that was begun.
    Enrol,
}

/// What a failure is about.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FailureInfo {
    /// The stable number.
    pub code: u16,
    /// The stable name.
    pub kind: String,
    /// A sentence in English that says what to do.
    pub text: String,
    /// Whose fault it is.
    pub fault: Fault,
    /// Whether money moved.
    pub money_moved: MoneyMoved,
    /// Whether to try again.
    pub retry: Retry,
    /// What can be done.
    pub action: Action,
    /// When to try again, in seconds, when the verifier said so.
    pub retry_after_s: Option<u32>,
}

/// Why a call did not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum Failure {
    /// The one kind that there is: what it is about is in its members.
    #[error("{}", info.text)]
    Failed {
        /// What it is about.
        info: FailureInfo,
    },
}

impl Failure {
    /// What it is about.
    #[must_use]
    pub const fn info(&self) -> &FailureInfo {
        let Self::Failed { info } = self;
        info
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let retry_after_s = match error.cause() {
            Error::Problem { retry_after_s, .. } => *retry_after_s,
            _ => None,
        };
        let info = FailureInfo {
            code: error.code(),
            kind: error.kind().to_owned(),
            text: error.to_string(),
            fault: error.fault().into(),
            money_moved: error.money_moved().into(),
            retry: error.retry().into(),
            action: error.action().into(),
            retry_after_s,
        };
        Self::Failed { info }
    }
}

impl From<WalletError> for Failure {
    fn from(error: WalletError) -> Self {
        Error::from(error).into()
    }
}

macro_rules! same {
    ($($name:ident { $($variant:ident)+ })+) => { $(
        impl From<core::$name> for $name {
            fn from(of: core::$name) -> Self {
                match of { $(core::$name::$variant => Self::$variant,)+ }
            }
        }
    )+ };
}

same! {
    Fault { Malformed PeerMisbehaved RefusedByPolicy TryLater Misuse Storage Vault }
    MoneyMoved { No Yes Unknown }
    Retry { Never Now Later AfterAction }
    Action { None CorrectInput ConfirmAgain Sync Unlock AskPayee AskOperator AddMoney FixStorage Update Restore Enrol }
}
