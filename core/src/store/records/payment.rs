//! Payments, and the bytes that belong to them.

use farthing_protocol::alias::Alias;
use farthing_protocol::cbor::V1;
use farthing_protocol::details::{Details, Name, Salt};
use farthing_protocol::id::{DeviceId, Digest, Epoch, FeeVersion, Handle, OrderId, PayeeKeyHash, RequestRef, Seq};
use farthing_protocol::key::HpkePublicKey;
use farthing_protocol::money::Amount;
use farthing_protocol::request::RequestId;
use farthing_protocol::text::Text;
use farthing_protocol::time::Time;
use minicbor::{Decode, Encode};

/// A payment's id in this wallet: made when its draft is made, the same through all states. Time-ordered (UUIDv7).
///
/// An incoming payment's id comes from its receipt's time and order hash, so that reading the ledger twice
/// finds the same payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct PaymentId(#[n(0)] OrderId);

impl PaymentId {
    /// A fresh id for something made at `time`.
    #[must_use]
    pub fn generate(time: Time, rng: &mut (impl rand_core::CryptoRng + ?Sized)) -> Self {
        Self(OrderId::generate(time, rng))
    }

    /// The id of the payment that a receipt at `time` over the order `order` proves.
    #[must_use]
    pub fn of_receipt(time: Time, order: &Digest) -> Self {
        let mut bytes = order.first_16();
        let ms = time.as_ms().to_be_bytes();
        for (to, from) in bytes.iter_mut().zip(ms.iter().skip(2)) {
            *to = *from;
        }
        // Version 7 and the variant of RFC 9562, in the bits that are left.
        if let Some(version) = bytes.get_mut(6) {
            *version = (*version & 0x0f) | 0x70;
        }
        if let Some(variant) = bytes.get_mut(8) {
            *variant = (*variant & 0x3f) | 0x80;
        }
        Self(OrderId::new(bytes))
    }

    /// Stands before every payment that was made at `time` or later.
    #[must_use]
    pub fn first_at(time: Time) -> Self {
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(time.as_ms().to_be_bytes().iter().skip(2)) {
            *to = *from;
        }
        Self(OrderId::new(bytes))
    }

    /// From stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(OrderId::new(bytes))
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        OrderId::from_uuid_text(text.trim()).map(Self)
    }
}

impl core::fmt::Display for PaymentId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0.to_uuid_text())
    }
}

/// Which way money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Direction {
    /// We paid.
    #[n(1)]
    Out,
    /// We were paid.
    #[n(2)]
    In,
    /// The operator issued money to us.
    #[n(3)]
    Issue,
}

/// Where a payment stands; see `payment/saga.rs` for the diagram and what resumes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum PaymentState {
    /// Prepared; nothing was signed.
    #[n(1)]
    Draft,
    /// Signed and stored; perhaps on its way.
    #[n(2)]
    Authorised,
    /// Sent at least once, without a final answer.
    #[n(3)]
    Sent,
    /// A receipt proves it.
    #[n(4)]
    Settled,
    /// A signed refusal ended it.
    #[n(5)]
    Refused,
    /// The verifier's signed word that it was never applied.
    #[n(6)]
    Expired,
}

impl PaymentState {
    /// As scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Authorised => "authorised",
            Self::Sent => "sent",
            Self::Settled => "settled",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }

    /// True when nothing further can happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Settled | Self::Refused | Self::Expired)
    }
}

/// Whom a draft pays, and what is needed to do it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PayeeRecord {
    /// Where the money goes.
    #[n(0)]
    pub handle: Handle,
    /// Whose it must be.
    #[n(1)]
    pub key: PayeeKeyHash,
    /// Whom the message is sealed to.
    #[n(2)]
    pub hpke: HpkePublicKey,
    /// The request that it answers.
    #[n(3)]
    pub reference: Option<RequestRef>,
    /// The alias that was typed.
    #[n(4)]
    pub alias: Option<Alias>,
    /// What the payee calls itself; nobody has checked it.
    #[n(5)]
    pub name: Option<Name>,
    /// True when the alias was paid before with the same key.
    #[n(6)]
    pub pinned: bool,
    /// When the request expires.
    #[n(7)]
    pub expires: Option<Time>,
}

/// A payment, either way.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PaymentRecord {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Its id.
    #[n(1)]
    pub id: PaymentId,
    /// Which way.
    #[n(2)]
    pub direction: Direction,
    /// Where it stands.
    #[n(3)]
    pub state: PaymentState,
    /// What the payee gets.
    #[n(4)]
    pub amount: Amount,
    /// What comes on top; unknown to a payee.
    #[n(5)]
    pub fee: Option<Amount>,
    /// The fee schedule that the fee is from.
    #[n(6)]
    pub fee_version: Option<FeeVersion>,
    /// Whom we pay.
    #[n(7)]
    pub payee: Option<PayeeRecord>,
    /// Our request that was paid.
    #[n(8)]
    pub request: Option<RequestId>,
    /// Memo, items and what the payer calls itself.
    #[n(9)]
    pub details: Option<Details>,
    /// The salt of the details hash.
    #[n(10)]
    pub salt: Option<Salt>,
    /// The order's id, once it is signed.
    #[n(11)]
    pub order_id: Option<OrderId>,
    /// The order's hash, once it is signed, or the issue's.
    #[n(12)]
    pub order: Option<Digest>,
    /// When the order expires.
    #[n(13)]
    pub expires: Option<Time>,
    /// When it was made; when it was applied, once it is settled.
    #[n(14)]
    pub at: Time,
    /// Its position in the ledger, once it is settled.
    #[n(15)]
    pub seq: Option<Seq>,
    /// The code of the refusal, or of the last problem while it is not final.
    #[n(16)]
    pub code: Option<u16>,
    /// The draft that replaces it, after a changed fee.
    #[n(17)]
    pub replaced_by: Option<PaymentId>,
    /// The operator's reason for an issue.
    #[n(18)]
    pub reason: Option<Text<256>>,
    /// The epoch that opened without it, once the person has accepted that: it counts for nothing any more. Its receipt stays.
    #[n(19)]
    pub lost: Option<Epoch>,
    /// The device of our account that paid, where it is not this one.
    #[n(20)]
    pub device: Option<DeviceId>,
}

impl PaymentRecord {
    /// True when nothing is waited for: final by a signed word, or lost by the verifier.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.state.is_final() || self.lost.is_some()
    }

    /// Amount and fee together, as far as the fee is known.
    #[must_use]
    pub fn total(&self) -> Amount {
        // Both were checked when the draft was made.
        self.fee.and_then(|fee| self.amount.checked_add(&fee).ok()).unwrap_or(self.amount)
    }
}

/// Bytes that belong to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ArtifactKind {
    /// The signed order.
    Order = 1,
    /// The sealed bundle.
    Bundle = 2,
    /// The signed receipt.
    Receipt = 3,
    /// The signed refusal.
    Refusal = 4,
    /// The signed request that was paid.
    Request = 5,
    /// The operator's signed issue.
    Issue = 6,
    /// A word of the verifier's about this payment's order that cannot be true: proof against it.
    Contradiction = 7,
}

impl ArtifactKind {
    /// All kinds, with the names that their exported files have.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Order, "order"),
        (Self::Bundle, "bundle"),
        (Self::Receipt, "receipt"),
        (Self::Refusal, "refusal"),
        (Self::Request, "request"),
        (Self::Issue, "issue"),
        (Self::Contradiction, "contradiction"),
    ];
}
