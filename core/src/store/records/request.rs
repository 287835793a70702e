//! Requests of ours, the handles they use, and the session acts that tell the verifier.

use super::PaymentId;
use farthing_protocol::cbor::V1;
use farthing_protocol::http::SignedBytes;
use farthing_protocol::id::{ActId, Handle, PayeeKeyHash, RequestRef};
use farthing_protocol::request::RequestId;
use farthing_protocol::time::Time;
use minicbor::{Decode, Encode};

/// Where a request of ours stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum RequestState {
    /// Stored; the verifier has not yet confirmed it.
    #[n(1)]
    Binding,
    /// Can be paid until it expires.
    #[n(2)]
    Open,
    /// Paid.
    #[n(3)]
    Paid,
    /// We asked to cancel; the verifier has not yet answered.
    #[n(4)]
    Cancelling,
    /// Cannot be paid any more.
    #[n(5)]
    Cancelled,
    /// The verifier did not take it.
    #[n(6)]
    Failed,
}

impl RequestState {
    /// As scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Binding => "binding",
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// A request of ours.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RequestRecord {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Its id.
    #[n(1)]
    pub id: RequestId,
    /// Where it stands.
    #[n(2)]
    pub state: RequestState,
    /// Its handle.
    #[n(3)]
    pub handle: Handle,
    /// The key that signed it. A standing request is signed by its alias's, which signs others, too, and what is paid to it
    /// names none of them: here stands what nothing else has.
    #[n(4)]
    pub payee_key: PayeeKeyHash,
    /// What verifier and receipt see of it.
    #[n(5)]
    pub reference: RequestRef,
    /// The signed request.
    #[n(6)]
    pub bytes: SignedBytes,
    /// When it was made.
    #[n(7)]
    pub created: Time,
    /// When it expires.
    #[n(8)]
    pub expires: Time,
    /// Why the verifier did not take it.
    #[n(9)]
    pub code: Option<u16>,
    /// The payment that paid it.
    #[n(10)]
    pub payment: Option<PaymentId>,
}

/// Where a one-time handle stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum HandleState {
    /// Made; the verifier has not yet confirmed it.
    #[n(1)]
    Registering,
    /// In stock at the verifier.
    #[n(2)]
    Stocked,
    /// Given to a request, for ever.
    #[n(3)]
    Used,
    /// Our alias, which is used again and again.
    #[n(4)]
    Alias,
}

/// A handle of ours. Its private keys are derived from the device's payee seed when they are needed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HandleRecord {
    /// The handle.
    #[n(0)]
    pub handle: Handle,
    /// Its payee key's hash.
    #[n(1)]
    pub payee_key: PayeeKeyHash,
    /// Where it stands.
    #[n(2)]
    pub state: HandleState,
}

/// What a session act does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(flat)]
pub enum ActKind {
    /// Puts handles in stock.
    #[n(1)]
    Register,
    /// Binds a handle to a request.
    #[n(2)]
    Bind(#[n(0)] RequestId),
    /// Cancels a request.
    #[n(3)]
    Cancel(#[n(0)] RequestId),
    /// Registers a further alias, whose handle stands in the act's record.
    #[n(5)]
    Alias,
    /// Publishes a standing request.
    #[n(6)]
    Publish(#[n(0)] RequestId),
    /// Withdraws a standing request.
    #[n(7)]
    Withdraw(#[n(0)] RequestId),
    /// Uploads prekeys.
    #[n(4)]
    Prekeys,
}

/// A session act that the verifier has not answered: the same bytes are sent until it does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ActRecord {
    /// The act's id.
    #[n(0)]
    pub id: ActId,
    /// What it does.
    #[n(1)]
    pub kind: ActKind,
    /// The call's body.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub body: Vec<u8>,
    /// The handles of a register act.
    #[n(3)]
    pub handles: Vec<Handle>,
}
