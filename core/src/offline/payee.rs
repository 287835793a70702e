//! What a payee stores: requests, what it took for them, proofs, the list of revoked allowances, and what it is ready to lose.

use super::record::Said;
use crate::messaging::PendingAct;
use crate::store::Cursor;
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::cose::SignedBytes;
use farthing_protocol::details::Disclosure;
use farthing_protocol::id::{DeviceId, Digest, Handle};
use farthing_protocol::limits::{PAYEE_ACCOUNT_MAX, PROOF_MAX};
use farthing_protocol::money::Amount;
use farthing_protocol::offline::AllowanceId;
use farthing_protocol::time::Time;
use minicbor::{Decode, Encode};

/// A request that we have made without network.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OwnOfflineRequest {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Its hash.
    #[n(1)]
    pub id: Digest,
    /// The signed object.
    #[n(2)]
    pub bytes: SignedBytes,
    /// What is shown with it.
    #[n(3)]
    pub details: Option<Disclosure>,
    /// How much it asks for.
    #[n(4)]
    pub amount: Amount,
    /// When it expires.
    #[n(5)]
    pub expires: Time,
    /// The voucher that paid it.
    #[n(6)]
    pub voucher: Option<Digest>,
    /// The word of its payee key that it is ours.
    #[n(7)]
    pub payee: Bytes<PAYEE_ACCOUNT_MAX>,
}

/// Where a payment stands that was taken without network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum TakenState {
    /// It is stored; the verifier does not know of it.
    #[n(1)]
    Taken,
    /// The verifier has it, and what is guaranteed of it is here.
    #[n(2)]
    Claimed,
    /// Its share is here.
    #[n(3)]
    Settled,
    /// The verifier's signed no to its claim.
    #[n(4)]
    Refused,
}

impl TakenState {
    /// As scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Claimed => "claimed",
            Self::Settled => "settled",
            Self::Refused => "refused",
        }
    }

    /// True when nothing further is expected.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Settled | Self::Refused)
    }
}

/// A payment that was taken without network, by this device or another of the account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TakenOffline {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The voucher's hash.
    #[n(1)]
    pub id: Digest,
    /// Where it stands.
    #[n(2)]
    pub state: TakenState,
    /// Of which allowance.
    #[n(3)]
    pub allowance: AllowanceId,
    /// The allowance as it was shown; unknown where another device has taken it.
    #[n(4)]
    pub shown: Option<SignedBytes>,
    /// The voucher.
    #[n(5)]
    pub voucher: SignedBytes,
    /// Our request.
    #[n(6)]
    pub request: SignedBytes,
    /// What was shown with it.
    #[n(7)]
    pub details: Option<Disclosure>,
    /// How much it is for.
    #[n(8)]
    pub amount: Amount,
    /// When it was taken, as far as this wallet knew the time.
    #[n(9)]
    pub at: Time,
    /// Claims are taken before.
    #[n(10)]
    pub claim_until: Option<Time>,
    /// A claim without a final answer.
    #[n(11)]
    pub claim: Option<PendingAct>,
    /// The verifier's receipt of the claim.
    #[n(12)]
    pub receipt: Option<Said>,
    /// The settlement with its line.
    #[n(13)]
    pub settlement: Option<Said>,
    /// The code of the last refusal.
    #[n(14)]
    pub code: Option<u16>,
    /// The device of our account that took it, where it is not this one.
    #[n(15)]
    pub device: Option<DeviceId>,
    /// The word of the request's payee key that it is ours.
    #[n(16)]
    pub payee: Bytes<PAYEE_ACCOUNT_MAX>,
}

/// Two vouchers of one allowance that cannot both be honest.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FoundProof {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Of which allowance.
    #[n(1)]
    pub allowance: AllowanceId,
    /// The proof's bytes.
    #[n(2)]
    pub proof: Bytes<PROOF_MAX>,
    /// The verifier was shown it.
    #[n(3)]
    pub told: bool,
}

/// The newest list of revoked allowances.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RevokedList {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The signed list.
    #[n(1)]
    pub bytes: SignedBytes,
    /// The ledger's time when it was made.
    #[n(2)]
    pub time: Time,
}

/// What its person is ready to lose of one asset.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LossLimit {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// At most so much, over all payments that are not settled.
    #[n(1)]
    pub most: Amount,
}

/// Which handle requests without network are for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OfflineHandle {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The handle.
    #[n(1)]
    pub handle: Handle,
    /// Since when.
    #[n(2)]
    pub since: Time,
}

/// A settlement of which not all our lines were read.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct UnreadSettlement {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Of which allowance.
    #[n(1)]
    pub allowance: AllowanceId,
    /// The settlement's place.
    #[n(2)]
    pub place: Cursor,
}
