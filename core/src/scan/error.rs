//! Why something could not be scanned, and what the person can do.

/// Nothing usable was scanned. Each sentence says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// Not PNG or JPEG, or an incomplete file.
    #[error("this is not a complete PNG or JPEG picture; save it again as one of these")]
    NotAPicture,
    /// Above a limit, so it was not decoded.
    #[error("this is too large: {what} of at most {limit} can be read; use a smaller picture or only the code")]
    TooLarge {
        /// What is limited.
        what: &'static str,
        /// The limit, in that unit.
        limit: u64,
    },
    /// A picture without a QR code.
    #[error("there is no QR code in this picture; show the whole code with a white margin, sharp and well lit")]
    NoCode,
    /// A QR code, or a text of ours, that is cut or altered; the text says how.
    #[error("{reason}; ask for it again, whole")]
    Damaged {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A QR code that holds bytes, not text.
    #[error("this QR code holds no text; it is not one of Farthing's")]
    NotText,
    /// A text that belongs to other programs.
    #[error(
        "this is {}, not a Farthing request, invite or alias; open it with the program it is for",
        scheme_name(scheme)
    )]
    OtherScheme {
        /// The scheme, in lower case: `https`, `bitcoin`, `wifi`.
        scheme: String,
    },
    /// A text without a known shape.
    #[error("this text is not a Farthing request, invite or alias; scan or paste it whole")]
    NotOurs,
}

impl ScanError {
    pub(super) const fn damaged_code() -> Self {
        Self::Damaged { reason: "there is a QR code, but it is cut off, covered or too blurred to read" }
    }
}

/// How a person calls a scheme.
fn scheme_name(scheme: &str) -> String {
    let known = match scheme {
        "http" | "https" => "a web address",
        "bitcoin" => "a Bitcoin address",
        "lightning" => "a Lightning invoice",
        "ethereum" => "an Ethereum address",
        "upi" => "a UPI payment",
        "emv" => "a bank's payment code",
        "epc" => "a SEPA transfer",
        "swiss" => "a Swiss QR-bill",
        "otpauth" => "a one-time password's secret",
        "wifi" => "a Wi-Fi network's access",
        "mailto" => "an e-mail address",
        "tel" | "sms" | "smsto" => "a telephone number",
        "geo" => "a place",
        "begin" | "mecard" => "a contact or calendar entry",
        _ => return format!("a code of the scheme \"{scheme}\""),
    };
    known.to_owned()
}
