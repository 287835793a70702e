//! Signed refusals: final, whatever is asked again.

use crate::context::Context;
use crate::fault::Fault;
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::code::{OfflineRefusalCode, RefusalCode, TabRefusalCode};
use farthing_protocol::cose::Signed;
use farthing_protocol::id::Digest;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::text::Text;
use farthing_protocol::time::Time;

/// Why something is refused, from any of the tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reason {
    number: u16,
    retryable: bool,
    message: &'static str,
}

impl From<RefusalCode> for Reason {
    fn from(code: RefusalCode) -> Self {
        Self { number: code.number(), retryable: code.is_retryable(), message: code.message() }
    }
}

impl From<TabRefusalCode> for Reason {
    fn from(code: TabRefusalCode) -> Self {
        Self { number: code.number(), retryable: code.is_retryable(), message: code.message() }
    }
}

impl From<OfflineRefusalCode> for Reason {
    fn from(code: OfflineRefusalCode) -> Self {
        Self { number: code.number(), retryable: code.is_retryable(), message: code.message() }
    }
}

/// The refusal of what has this hash; with the object that changed, if one did.
pub(crate) fn sign(
    context: &Context,
    of: Digest,
    reason: Reason,
    attachment: Option<Vec<u8>>,
    time: Time,
) -> Result<Vec<u8>, Fault> {
    let refusal = Refusal {
        version: V1,
        epoch: context.epoch,
        time,
        order: of,
        code: reason.number,
        retryable: reason.retryable,
        message: Text::new(reason.message)?,
        attachment: attachment.map(Bytes::new).transpose()?,
    };
    Ok(Signed::sign(refusal, context.keys.signing())?.bytes().to_vec())
}
