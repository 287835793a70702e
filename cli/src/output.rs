//! What a command ends with, for a person and for a script. Wiped when dropped: it can hold the recovery phrase.

use serde_json::Value;
use zeroize::Zeroizing;

/// Both forms of an answer.
pub(crate) struct Output {
    json: Zeroizing<String>,
    text: Zeroizing<String>,
}

impl Output {
    /// An object, and the text that says the same.
    pub(crate) fn new(json: &Value, text: impl Into<String>) -> Self {
        Self { json: Zeroizing::new(json.to_string()), text: Zeroizing::new(text.into()) }
    }

    /// When everything was said already.
    pub(crate) fn nothing() -> Self {
        Self { json: Zeroizing::default(), text: Zeroizing::default() }
    }

    /// Text of JSON that was made without leaving copies.
    pub(crate) fn secret(json: Zeroizing<String>, text: Zeroizing<String>) -> Self {
        Self { json, text }
    }

    /// The form that was asked for, with a newline at its end.
    pub(crate) fn print(&self, json: bool) {
        let text = if json { &self.json } else { &self.text };
        let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
        write_stdout(text, end);
    }
}

/// A reader that went away (`| head`) is no reason to fail: what was asked is done.
pub(crate) fn write_stdout(text: &str, end: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.write_all(end.as_bytes())).and_then(|()| out.flush());
}

/// One line of a stream; false when its reader has gone away.
pub(crate) fn write_line(line: &str) -> bool {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).is_ok()
}

/// Lines for a person, beside the answer.
pub(crate) fn write_stderr(text: &str) {
    use std::io::Write as _;
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}
