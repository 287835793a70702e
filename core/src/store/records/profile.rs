//! Who the wallet is, what it knows of its verifier, and how far it has read.

use farthing_protocol::alias::Alias;
use farthing_protocol::cbor::{V1, Yes};
use farthing_protocol::details::Name;
use farthing_protocol::http::SignedBytes;
use farthing_protocol::id::{AccountId, DeviceId, Epoch, PayeeKeyHash, Seq, VerifierId};
use farthing_protocol::key::PublicKey;
use farthing_protocol::limits::URL_MAX;
use farthing_protocol::text::Text;
use farthing_protocol::time::Time;
use minicbor::{Decode, Encode};

/// How far enrolment has come.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum ProfileState {
    /// These bytes were or will be sent; the verifier has not answered.
    #[n(1)]
    Enrolling(
        /// The enrolment call's body.
        #[cbor(n(0), with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// The account is open.
    #[n(2)]
    Ready,
    /// A change of devices that adds this one was or will be sent; the verifier has not answered.
    #[n(3)]
    Restoring,
    /// The account is ours again; nothing is paid before its ledger was read up to here.
    #[n(4)]
    Reading {
        /// The epoch.
        #[n(0)]
        epoch: Epoch,
        /// The entry of our own device list.
        #[n(1)]
        seq: Seq,
    },
    /// The device was revoked.
    #[n(5)]
    Revoked,
}

impl ProfileState {
    /// A stable name, as scripts see it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Enrolling(_) => "enrolling",
            Self::Restoring => "restoring",
            Self::Reading { .. } => "reading",
            Self::Ready => "ready",
            Self::Revoked => "revoked",
        }
    }
}

/// Who this wallet is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Profile {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The pinned verifier.
    #[n(1)]
    pub verifier: VerifierId,
    /// Where it listens.
    #[n(2)]
    pub url: Text<URL_MAX>,
    /// The pinned TLS certificate.
    #[n(3)]
    pub tls: Option<farthing_protocol::id::TlsCertificateHash>,
    /// The account.
    #[n(4)]
    pub account: AccountId,
    /// The account key; its thumbprint is the payee key of issues.
    #[n(5)]
    pub account_key: PublicKey,
    /// This device.
    #[n(6)]
    pub device: DeviceId,
    /// Our reusable address.
    #[n(7)]
    pub alias: Alias,
    /// What we call ourselves to payers and payees.
    #[n(8)]
    pub name: Option<Name>,
    /// How far enrolment has come.
    #[n(9)]
    pub state: ProfileState,
}

/// What is known of the verifier: everything in it was verified against the pinned root before it was stored.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TrustRecord {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Certificates, newest first.
    #[n(1)]
    pub certificates: Vec<SignedBytes>,
    /// The checkpoint that opened the epoch.
    #[n(2)]
    pub checkpoint: SignedBytes,
    /// The fee schedule.
    #[n(3)]
    pub fee_schedule: SignedBytes,
    /// The epoch of the highest head seen.
    #[n(4)]
    pub epoch: Epoch,
    /// The seq of the highest head seen.
    #[n(5)]
    pub seq: Seq,
    /// A lower head was seen, and none as high as the highest since: nothing is paid meanwhile.
    #[n(6)]
    pub behind: bool,
    /// The checkpoints that opened earlier epochs, as far as they were seen, newest first.
    #[n(7)]
    pub earlier: Option<Vec<SignedBytes>>,
    /// Whether this epoch began without something that was known.
    #[n(8)]
    pub loss: Option<LossState>,
}

/// What the person said to a loss of the verifier's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum LossState {
    /// Nothing yet: nothing is paid.
    #[n(1)]
    Open,
    /// Goes on with what the verifier has.
    #[n(2)]
    Accepted,
}

/// The position up to which the account's ledger was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct Cursor {
    /// The epoch.
    #[n(0)]
    pub epoch: Epoch,
    /// The last entry read.
    #[n(1)]
    pub seq: Seq,
}

/// The payee key of an alias, as it was when we first signed a payment to it or met who has it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AliasPin {
    /// The alias.
    #[n(0)]
    pub alias: Alias,
    /// Its payee key's hash.
    #[n(1)]
    pub payee_key: PayeeKeyHash,
    /// When it was pinned.
    #[n(2)]
    pub at: Time,
    /// Whether the alias is known: a payment to it was settled, or who has it was met. A slip of the finger is pinned, too.
    #[n(3)]
    pub known: Option<Yes>,
}
