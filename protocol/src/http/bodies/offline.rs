//! Body of a settlement's reading (`GET /v1/allowances/settlements`).
//!
//! ```cddl
//! settlements-page = [[0*100 settlement: signed], more: bool]
//! ```

use super::decodes;
use crate::cose::SignedBytes;
use crate::limits::{REPLY_BODY_MAX, SETTLEMENTS_PAGE_MAX};
use minicbor::{Decode, Encode};

/// The settlements of one position with the reader's own lines, ascending by voucher.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SettlementsPage {
    /// At most 100.
    #[n(0)]
    pub settlements: Vec<SignedBytes>,
    /// There are further ones.
    #[n(1)]
    pub more: bool,
}

decodes! {
    SettlementsPage (REPLY_BODY_MAX): |b| b.settlements.len() as u64 <= SETTLEMENTS_PAGE_MAX;
}
