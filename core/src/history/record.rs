//! What is lost and was not accepted, as it is stored.

use crate::store::{Kept, PaymentId, Table};
use farthing_protocol::cbor::V1;
use farthing_protocol::id::Epoch;
use minicbor::{Decode, Encode};

/// A payment that the verifier does not have any more, until the person accepts that. It still counts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LostRecord {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The payment.
    #[n(1)]
    pub payment: PaymentId,
    /// The epoch that opened without it.
    #[n(2)]
    pub epoch: Epoch,
}

impl LostRecord {
    pub(super) const fn new(payment: PaymentId, epoch: Epoch) -> Self {
        Self { version: V1, payment, epoch }
    }
}

impl Kept for LostRecord {
    const TABLE: Table = Table::LOST;

    fn key(&self) -> Vec<u8> {
        self.payment.as_bytes().to_vec()
    }
}
