//! Frames: what two phones without network show each other as QR codes.
//!
//! ```abnf
//! frame = kind ":" *base45
//! kind  = %s"FR" / %s"FD" / %s"FA" / %s"FV" / %s"FP" / %s"FT" / %s"FQ" / %s"FC" / %s"FS"
//! ```
//!
//! The bytes are: FR a signed `offline-request`; FD `[offline-request, disclosure]`, with its details; FA a signed `allowance`; FV a signed
//! `offline-voucher`; FP `[allowance, offline-voucher]`; FT a signed
//! `voucher` of a tab; FQ a signed `request`, whole; FC a `carried-order`; FS the signed answer to it. All characters are of the kind that
//! QR codes hold most densely.

use super::base45;
use crate::cbor::{self, Bytes};
use crate::error::Malformed;
use crate::limits::{ALLOWANCE_MAX, CARRIED_MAX, FRAME_MAX, OFFLINE_REQUEST_MAX, OFFLINE_VOUCHER_MAX, VOUCHER_MAX};

/// What one QR code says. Nobody has looked inside yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A payee asks.
    Request(Bytes<OFFLINE_REQUEST_MAX>),
    /// A payee asks, and says what for.
    Detailed(Bytes<OFFLINE_REQUEST_MAX>, Bytes<FRAME_MAX>),
    /// A payer shows what it may spend.
    Allowance(Bytes<ALLOWANCE_MAX>),
    /// A payer pays a payee that knows the allowance.
    Voucher(Bytes<OFFLINE_VOUCHER_MAX>),
    /// A payer pays.
    Payment(Bytes<ALLOWANCE_MAX>, Bytes<OFFLINE_VOUCHER_MAX>),
    /// A payer pays out of a hold that it placed before.
    TabVoucher(Bytes<VOUCHER_MAX>),
    /// A payee that has network asks a payer that has none.
    Whole(Bytes<FRAME_MAX>),
    /// A payer that has no network hands over its order.
    Carried(Bytes<CARRIED_MAX>),
    /// What the verifier answered to it: a receipt or a refusal.
    Answer(Bytes<FRAME_MAX>),
}

impl Frame {
    /// Its text.
    ///
    /// # Errors
    /// [`Malformed::TooLarge`] when details do not fit.
    pub fn text(&self) -> Result<String, Malformed> {
        let (kind, bytes) = self.encoded()?;
        Ok(format!("{kind}:{}", base45::encode(&bytes)))
    }

    /// Reads a text.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let (kind, encoded) = text.split_at_checked(3).ok_or(NOT_A_FRAME)?;
        let kind = kind.strip_suffix(':').ok_or(NOT_A_FRAME)?;
        let limit = most(kind);
        if encoded.len() > limit / 2 * 3 {
            return Err(Malformed::TooLarge { limit });
        }
        Self::of(kind, base45::decode(encoded)?)
    }

    /// The two letters of its kind, and its bytes, which are CBOR.
    ///
    /// # Errors
    /// [`Malformed::TooLarge`] when details do not fit.
    pub fn encoded(&self) -> Result<(&'static str, Vec<u8>), Malformed> {
        let (kind, bytes) = match self {
            Self::Request(request) => ("FR", request.as_slice().to_vec()),
            Self::Detailed(request, disclosure) => ("FD", cbor::encode(&(request.clone(), disclosure.clone()))),
            Self::Allowance(allowance) => ("FA", allowance.as_slice().to_vec()),
            Self::Voucher(voucher) => ("FV", voucher.as_slice().to_vec()),
            Self::TabVoucher(voucher) => ("FT", voucher.as_slice().to_vec()),
            Self::Payment(allowance, voucher) => ("FP", cbor::encode(&(allowance.clone(), voucher.clone()))),
            Self::Whole(request) => ("FQ", request.as_slice().to_vec()),
            Self::Carried(order) => ("FC", order.as_slice().to_vec()),
            Self::Answer(answer) => ("FS", answer.as_slice().to_vec()),
        };
        let limit = most(kind);
        if bytes.len() > limit { Err(Malformed::TooLarge { limit }) } else { Ok((kind, bytes)) }
    }

    /// The frame of this kind, two capital letters, with these bytes.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn of(kind: &str, bytes: Vec<u8>) -> Result<Self, Malformed> {
        let limit = most(kind);
        if bytes.len() > limit {
            return Err(Malformed::TooLarge { limit });
        }
        match kind {
            "FR" => Bytes::new(bytes).map(Self::Request),
            "FD" => cbor::decode(&bytes).map(|(request, disclosure)| Self::Detailed(request, disclosure)),
            "FA" => Bytes::new(bytes).map(Self::Allowance),
            "FV" => Bytes::new(bytes).map(Self::Voucher),
            "FT" => Bytes::new(bytes).map(Self::TabVoucher),
            "FP" => cbor::decode(&bytes).map(|(allowance, voucher)| Self::Payment(allowance, voucher)),
            "FQ" => Bytes::new(bytes).map(Self::Whole),
            "FC" => Bytes::new(bytes).map(Self::Carried),
            "FS" => Bytes::new(bytes).map(Self::Answer),
            _ => Err(NOT_A_FRAME),
        }
    }
}

const NOT_A_FRAME: Malformed = Malformed::Value("not a frame");

/// How many bytes a frame of this kind may have. The larger steps of a carried order are for text, or for several QR codes.
fn most(kind: &str) -> usize {
    if kind == "FC" { CARRIED_MAX } else { FRAME_MAX }
}
