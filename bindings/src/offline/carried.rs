//! Carried orders: the payer has no network, the payee has, and posts what the payer has signed.

use crate::convert::money;
use crate::failure::{Failure, FailureInfo};
use crate::records::{Money, Payment};
use farthing_core::Error;
use farthing_core::payment::{Carried, Said};
use farthing_core::scan::{ScanError, Scanned, text};
use farthing_protocol::cbor::Bytes;
use farthing_protocol::offline::Frame;

/// A payment that waits for the payee to post it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CarriedPayment {
    /// The payment: a sync posts it, too.
    pub payment: Payment,
    /// What is shown to the payee: text, of which `shown_codes` makes QR codes.
    pub text: String,
}

/// What the verifier said to a payer's order.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum CarriedReply {
    /// It was paid.
    Paid {
        /// How much the payee got.
        amount: Money,
        /// Whether it was us. If not, there is nothing to deliver for.
        to_us: bool,
        /// What is shown to the payer; absent for an answer that no frame holds.
        answer: Option<String>,
    },
    /// It will never be.
    Refused {
        /// Why.
        why: FailureInfo,
        /// What is shown to the payer.
        answer: Option<String>,
    },
}

/// What was shown, as a frame.
pub(crate) fn frame(shown: &str) -> Result<Frame, Error> {
    match text::recognise(shown)? {
        Scanned::Frame(frame) => Ok(*frame),
        _ => Err(ScanError::NotOurs.into()),
    }
}

/// A frame, as it is shown.
pub(crate) fn shown(frame: &Frame) -> Result<String, Error> {
    Ok(frame.text()?)
}

pub(crate) fn reply(of: Carried) -> CarriedReply {
    let answer = Bytes::new(of.answer).ok().and_then(|answer| shown(&Frame::Answer(answer)).ok());
    match of.said {
        Said::Paid { amount, to_us, .. } => CarriedReply::Paid { amount: money(&amount), to_us, answer },
        Said::Refused(error) => CarriedReply::Refused { why: Failure::from(error).info().clone(), answer },
    }
}
