//! Problems: unsigned answers (RFC 9457) that decide nothing.

use crate::code::ProblemCode;
use crate::limits::{PROBLEM_DETAIL_MAX, PROBLEM_MAX};
use crate::text::Text;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A problem.
///
/// As JSON: `type` (`about:blank`), `title` (the code's sentence), `status`, and the members
/// `code` (number), `kind` (name), `retryable`, and when there is more to say `detail` (text) and
/// `head` (a signed head, base64url).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub code: ProblemCode,
    /// More about this occurrence; never secret, never about somebody else.
    pub detail: Option<String>,
    /// With `stale_signature`: a signed head, so that the caller learns the time.
    pub head: Option<Vec<u8>>,
    /// When to try again, in seconds.
    pub retry_after_s: Option<u32>,
}

/// A problem as it is written.
#[derive(Serialize)]
struct Json {
    #[serde(rename = "type")]
    kind_uri: String,
    title: String,
    status: u16,
    code: u16,
    kind: String,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
}

/// What a reader goes by: the other members follow from the code, and a proxy may add its own.
#[derive(Deserialize)]
struct Essence {
    code: u16,
    detail: Option<Value>,
    head: Option<String>,
}

impl Problem {
    /// A problem without further members.
    #[must_use]
    pub const fn new(code: ProblemCode) -> Self {
        Self { code, detail: None, head: None, retry_after_s: None }
    }

    /// With a detail.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With a time to try again.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let json = Json {
            kind_uri: "about:blank".to_owned(),
            title: self.code.message().to_owned(),
            status: self.code.status(),
            code: self.code.number(),
            kind: self.code.kind().to_owned(),
            retryable: self.code.is_retryable(),
            detail: self.detail.clone(),
            head: self.head.as_ref().map(|h| BASE64URL_NOPAD.encode(h)),
        };
        // Strings and numbers always serialise.
        serde_json::to_string(&json).unwrap_or_default()
    }

    /// Reads a problem; `None` when it is not one of ours, as from a proxy in between.
    ///
    /// A detail that is too long, or that could deceive a person or a terminal, is left out: nobody vouches for it.
    #[must_use]
    pub fn from_json(body: &[u8]) -> Option<Self> {
        if body.len() > PROBLEM_MAX {
            return None;
        }
        let json: Essence = serde_json::from_slice(body).ok()?;
        let head = match json.head {
            Some(text) => Some(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?),
            None => None,
        };
        let detail = json.detail.as_ref().and_then(Value::as_str).map(str::to_owned);
        let detail = detail.filter(|d| Text::<PROBLEM_DETAIL_MAX>::new(d).is_ok());
        Some(Self { code: ProblemCode::from_number(json.code)?, detail, head, retry_after_s: None })
    }
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self::new(code)
    }
}
