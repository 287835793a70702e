//! What is shown: text for people or one JSON object, and errors with their exit codes.

use farthing_protocol::code::ProblemCode;
use farthing_verifier::KeyFileError;
use farthing_verifier::OpenError;
use farthing_verifier::server::{FolderError, StartError};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::ExitCode;

/// Something done.
pub(crate) struct Shown {
    text: String,
    json: Value,
}

impl Shown {
    pub(crate) fn new(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json }
    }

    /// Text that is itself the product, as completions are.
    pub(crate) fn text(text: String) -> Self {
        let json = json!({ "text": text });
        Self { text, json }
    }

    /// Nothing more to say.
    pub(crate) const fn nothing() -> Self {
        Self { text: String::new(), json: Value::Null }
    }
}

/// Something not done.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: u8,
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) retryable: bool,
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: u8, kind: &str, message: impl Into<String>) -> Self {
        Self { exit, kind: kind.to_owned(), message: message.into(), retryable: false, hint: None }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(2, "usage", message)
    }

    pub(crate) fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        if self.retryable {
            self.hint = Some(hint.to_owned());
        }
        self
    }
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Self {
        match error {
            KeyFileError::File { .. } => Self::new(5, "key_file", error.to_string()),
            KeyFileError::NotAKey(_) => Self::new(6, "key_file", error.to_string()),
        }
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::InUse { .. } => Self::new(1, "in_use", error.to_string()).retryable(),
            FolderError::NoLedger(_) => Self::new(2, "no_ledger", error.to_string()),
            FolderError::Key(key) => key.into(),
            other => Self::new(1, "folder", other.to_string()),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let (exit, kind) = match &error {
            OpenError::Empty => (2, "no_ledger"),
            OpenError::NotEmpty => (2, "not_empty"),
            OpenError::Setup(_) => (2, "usage"),
            OpenError::Foreign => (6, "foreign"),
            OpenError::Damaged(_) => (6, "damaged"),
            OpenError::UnknownSchema(_) => (6, "unknown_schema"),
            OpenError::WrongKey | OpenError::WrongRoot(_) => (6, "wrong_key"),
            OpenError::CertificatesFull(_) => (3, "limit_reached"),
            OpenError::Newer { .. } => (1, "newer"),
            _ => (1, "storage"),
        };
        Self::new(exit, kind, error.to_string())
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Folder(folder) => folder.into(),
            StartError::Open(open) => open.into(),
            StartError::PlainHttp(_) | StartError::Tls(_) => Self::new(2, "tls", error.to_string()),
            StartError::Listen { .. } => Self::new(1, "listen", error.to_string()).retryable(),
            other => Self::new(1, "start", other.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(1, "file", error.to_string())
    }
}

/// Writes to stdout. A reader that went away is no reason to fail what was done.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
}

pub(crate) fn show(shown: &Shown, json: bool) -> ExitCode {
    match (json, &shown.json) {
        (true, Value::Null) => {}
        (true, value) => line(&value.to_string()),
        (false, _) if shown.text.is_empty() => {}
        (false, _) => line(&shown.text),
    }
    ExitCode::SUCCESS
}

/// Something that was done and should be looked at.
pub(crate) fn warn(message: &str, json: bool) {
    let mut err = std::io::stderr().lock();
    let _ = if json {
        writeln!(err, "{}", json!({ "warning": message }))
    } else {
        writeln!(err, "farthing-verifier: warning: {message}")
    };
}

pub(crate) fn fail(failure: &Failure, json: bool) -> ExitCode {
    let mut message = failure.message.clone();
    if let Some(hint) = &failure.hint {
        message.push_str("; ");
        message.push_str(hint);
    }
    let mut err = std::io::stderr().lock();
    // There is nowhere left to tell that stderr is gone.
    let _ = if json {
        let error = json!({ "error": {
            "code": number(&failure.kind), "kind": failure.kind, "message": message, "retryable": failure.retryable,
        } });
        writeln!(err, "{error}")
    } else {
        writeln!(err, "farthing-verifier: {message}")
    };
    ExitCode::from(failure.exit)
}

/// The stable number of every kind of error that the program has of its own. A wallet's begin at 300 and 400.
const NUMBERS: [(&str, u16); 26] = [
    ("usage", 500),
    ("no_ledger", 501),
    ("not_empty", 502),
    ("in_use", 503),
    ("folder", 504),
    ("file", 505),
    ("key_file", 506),
    ("foreign", 507),
    ("damaged", 508),
    ("unknown_schema", 509),
    ("wrong_key", 510),
    ("newer", 511),
    ("storage", 512),
    ("tls", 513),
    ("listen", 514),
    ("start", 515),
    ("no_answer", 516),
    ("mismatch", 517),
    ("invite", 518),
    ("target_unknown", 519),
    ("limit_reached", 520),
    ("qr", 521),
    ("png", 522),
    ("failed", 523),
    ("writer_failed", 524),
    ("not_confirmed", 525),
];

/// The number of a kind; kinds that the wire has too keep the wire's number.
fn number(kind: &str) -> u16 {
    let wire = ProblemCode::ALL.iter().find(|code| code.kind() == kind).map(|code| code.number());
    let own = NUMBERS.iter().find(|(name, _)| *name == kind).map(|(_, number)| *number);
    // Something that a newer server said over the operator's socket.
    wire.or(own).unwrap_or(599)
}

/// Wrong arguments, or help and version, which are no errors.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        line(&error.to_string());
        return ExitCode::SUCCESS;
    }
    let json = std::env::args_os().any(|argument| argument == "--json");
    if json {
        return fail(&Failure::usage(error.to_string().trim_end()), true);
    }
    let _ = error.print();
    ExitCode::from(2)
}
