//! The CBOR bodies of calls and answers. Each is an array, canonical like everything else.
//!
//! ```cddl
//! verifier-status = [certificates: [1*64 signed], checkpoint: signed, fee-schedule: signed, head: signed]   ; newest certificate first
//! enrolment-body = [enrolment: signed, certificate: signed, list: signed, handles: signed, alias: signed]
//! bind-body = [handle-bind: signed, content: bstr .size (0..4096)]
//! order-body = [order: signed, bundle: sealed / null, code: tstr .regexp "[0-9]{6,8}" / null]
//! entries-page = [head: signed, [0*100 entry], more: bool]
//! entry = [epoch: uint, seq: uint, kind: 1 / 2 / 3, receipt: signed, cause: signed / null, bundle: sealed / null,
//!          order: bstr .size 16 / null, fee: amount / null]
//! account-status = [head: signed, [0*32 [code: tstr, scale: 0..12, balance: uint]], stock: uint, list: signed]
//! signed = bstr .size (0..8192)
//! sealed = bstr .size (0..8192)
//! ```
//!
//! An entry's kind: 1 credit, 2 debit, 3 issue. `cause` is the signed order of a debit, or the signed issue of an issue.
//! `order` is the id of the order behind a credit, which the bundle is bound to. `fee` is what a debit cost on top.

use crate::cbor::{self, Bytes};
use crate::error::Malformed;
use crate::id::{Epoch, OrderId, Seq};
use crate::limits::{
    ASSETS_MAX, BUNDLE_MAX, CALL_BODY_MAX, CERTIFICATES_MAX, ENTRIES_PAGE_MAX, REPLY_BODY_MAX, REQUEST_CONTENT_MAX,
    SIGNED_MAX,
};
use crate::money::{Amount, Asset, Code};
use crate::text::Text;
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

/// The bytes of a signed object.
pub type SignedBytes = Bytes<SIGNED_MAX>;

/// What everyone may know of a verifier: unsigned read, signed contents.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct VerifierStatus {
    /// Certificates, newest first: receipts may still be signed by an earlier key.
    #[n(0)]
    pub certificates: Vec<SignedBytes>,
    /// The last checkpoint.
    #[n(1)]
    pub checkpoint: SignedBytes,
    /// The fee schedule in force.
    #[n(2)]
    pub fee_schedule: SignedBytes,
    /// The head, with the caller's nonce.
    #[n(3)]
    pub head: SignedBytes,
}

/// Opens an account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EnrolmentBody {
    /// A signed `enrolment`.
    #[n(0)]
    pub enrolment: SignedBytes,
    /// A signed `device-certificate`.
    #[n(1)]
    pub certificate: SignedBytes,
    /// A signed `device-list`.
    #[n(2)]
    pub list: SignedBytes,
    /// A signed `handle-register`.
    #[n(3)]
    pub handles: SignedBytes,
    /// A signed `alias-record`.
    #[n(4)]
    pub alias: SignedBytes,
}

/// Binds a handle to a request and stores the request's ciphertext.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BindBody {
    /// A signed `handle-bind`.
    #[n(0)]
    pub bind: SignedBytes,
    /// The ciphertext.
    #[n(1)]
    pub content: Bytes<REQUEST_CONTENT_MAX>,
}

/// An order, its bundle, and a second factor's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderBody {
    /// A signed `order`.
    pub order: SignedBytes,
    /// The bundle that the order names.
    pub bundle: Option<Bytes<BUNDLE_MAX>>,
    /// A one-time code (RFC 6238), where one was asked for: 6 to 8 digits.
    pub code: Option<Text<8>>,
}

/// What an entry is to the account that reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum EntryKind {
    /// Somebody paid this account.
    #[n(1)]
    Credit,
    /// This account paid.
    #[n(2)]
    Debit,
    /// The operator issued money to this account.
    #[n(3)]
    Issue,
}

/// One entry of an account's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The epoch it is of.
    pub epoch: Epoch,
    /// Its position.
    pub seq: Seq,
    /// Credit, debit or issue.
    pub kind: EntryKind,
    /// The signed receipt.
    pub receipt: SignedBytes,
    /// The signed order of a debit, the signed issue of an issue.
    pub cause: Option<SignedBytes>,
    /// The sealed message of a credit.
    pub bundle: Option<Bytes<BUNDLE_MAX>>,
    /// The order's id, of a credit: the bundle is bound to it.
    pub order: Option<OrderId>,
    /// What was paid on top, of a debit.
    pub fee: Option<Amount>,
}

/// A page of an account's ledger, in ascending order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EntriesPage {
    /// The head; its nonce is the call signature's.
    #[n(0)]
    pub head: SignedBytes,
    /// At most 100 entries.
    #[n(1)]
    pub entries: Vec<Entry>,
    /// There are further ones.
    #[n(2)]
    pub more: bool,
}

/// What an account holds in one asset. Only the issuer's can be negative, and nobody reads that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetBalance {
    /// The asset.
    pub asset: Asset,
    /// Units.
    pub balance: u64,
}

/// An account as the verifier has it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AccountStatus {
    /// The head; its nonce is the call signature's.
    #[n(0)]
    pub head: SignedBytes,
    /// Balances, by ascending asset.
    #[n(1)]
    pub balances: Vec<AssetBalance>,
    /// One-time handles of the calling device that are still in stock.
    #[n(2)]
    pub stock: u64,
    /// The signed device list.
    #[n(3)]
    pub list: SignedBytes,
}

/// An array of exactly so many members. A derived array would leave out nulls at its end, so that the
/// same body had two forms; here absence is always written as null.
fn members(d: &mut Decoder<'_>, count: u64) -> Result<(), DecodeError> {
    if d.array()? == Some(count) { Ok(()) } else { Err(Malformed::Cbor.into()) }
}

impl<C> Encode<C> for OrderBody {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(3)?.encode(&self.order)?.encode(&self.bundle)?.encode(&self.code)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for OrderBody {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        members(d, 3)?;
        Ok(Self { order: d.decode()?, bundle: d.decode()?, code: one_time_code(d)? })
    }
}

fn one_time_code(d: &mut Decoder<'_>) -> Result<Option<Text<8>>, DecodeError> {
    let Some(code) = d.decode::<Option<&str>>()? else { return Ok(None) };
    if (6..=8).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()) {
        Ok(Some(Text::new(code)?))
    } else {
        Err(Malformed::Value("a one-time code has 6 to 8 digits").into())
    }
}

impl<C> Encode<C> for Entry {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(8)?.encode(self.epoch)?.encode(self.seq)?.encode(self.kind)?.encode(&self.receipt)?;
        e.encode(&self.cause)?.encode(&self.bundle)?.encode(self.order)?.encode(self.fee)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Entry {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        members(d, 8)?;
        Ok(Self {
            epoch: d.decode()?,
            seq: d.decode()?,
            kind: d.decode()?,
            receipt: d.decode()?,
            cause: d.decode()?,
            bundle: d.decode()?,
            order: d.decode()?,
            fee: d.decode()?,
        })
    }
}

macro_rules! decodes {
    ($($name:ident ($max:ident): $check:expr;)+) => {$(
        impl $name {
            /// Reads the body.
            ///
            /// # Errors
            /// [`Malformed`].
            pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
                if bytes.len() > $max {
                    return Err(Malformed::TooLarge { limit: $max });
                }
                let body: Self = cbor::decode(bytes)?;
                let check: fn(&Self) -> bool = $check;
                if check(&body) { Ok(body) } else { Err(Malformed::Value("a part of the body is out of its limits or its order")) }
            }

            /// The body's bytes.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                cbor::encode(self)
            }
        }
    )+};
}
decodes! {
    VerifierStatus (REPLY_BODY_MAX): |b| (1..=CERTIFICATES_MAX).contains(&b.certificates.len());
    EnrolmentBody (CALL_BODY_MAX): |_| true;
    BindBody (CALL_BODY_MAX): |_| true;
    OrderBody (CALL_BODY_MAX): |_| true;
    EntriesPage (REPLY_BODY_MAX): |b| {
        let place = |e: &Entry| (e.epoch, e.seq);
        b.entries.len() as u64 <= ENTRIES_PAGE_MAX
            && b.entries.iter().zip(b.entries.iter().skip(1)).all(|(a, b)| place(a) < place(b))
    };
    AccountStatus (REPLY_BODY_MAX): |b| {
        b.balances.len() <= ASSETS_MAX && b.balances.iter().zip(b.balances.iter().skip(1)).all(|(a, b)| a.asset < b.asset)
    };
}

impl<C> Encode<C> for AssetBalance {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(3)?.str(self.asset.code.as_str())?.u8(self.asset.scale())?.u64(self.balance)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for AssetBalance {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        members(d, 3)?;
        let code = Code::new(d.str()?)?;
        let asset = Asset::new(code, cbor::number(d, &mut ())?)?;
        let balance = d.u64()?;
        // Stored as SQLite integers, which are signed.
        if i64::try_from(balance).is_ok() {
            Ok(Self { asset, balance })
        } else {
            Err(Malformed::Value("a balance is below 2^63").into())
        }
    }
}
