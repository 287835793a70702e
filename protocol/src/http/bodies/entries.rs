//! Entries of an account's ledger.
//!
//! ```cddl
//! entries-page = [head: signed, [0*100 entry], more: bool]
//! entry = [epoch: uint, seq: uint, kind: 1 / 2 / 3 / 4, receipt: signed, cause: signed / null, bundle: sealed / null,
//!          order: bstr .size 16 / null, fee: amount / null, handle: bstr .size 16 / null, device: bstr .size 16 / null]
//! ```
//!
//! An entry's kind: 1 credit, 2 debit, 3 issue, 4 devices. `receipt` is a list receipt in the last, a receipt otherwise.
//! `cause` is the signed order of a debit, the signed issue of an issue, the signed device list. `order` is the id of the order
//! behind a credit, which the bundle is bound to. `fee` is what a debit cost on top. `handle` is what a credit was paid to, `device`
//! whose one-time handle that is, null for an alias's.

use super::{decodes, members};
use crate::cbor::Bytes;
use crate::cose::SignedBytes;
use crate::id::{DeviceId, Epoch, Handle, OrderId, Seq};
use crate::limits::{BUNDLE_MAX, ENTRIES_PAGE_MAX, REPLY_BODY_MAX};
use crate::money::Amount;
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

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
    /// The account has a new device list.
    #[n(4)]
    Devices,
    /// This account has set money aside: a hold was placed, changed or closed.
    #[n(5)]
    Hold,
    /// Somebody has set money aside for this account, changed that, or closed it.
    #[n(6)]
    Tab,
    /// This account has claimed from a tab, or the tab has ended.
    #[n(7)]
    Claim,
    /// What this account set aside was claimed from, or the rest of it came back.
    #[n(8)]
    Spent,
    /// This account has set an allowance aside, for whoever it will be.
    #[n(9)]
    Allowance,
    /// This account has claimed what it was given without network.
    #[n(10)]
    OfflineClaim,
    /// An allowance of this account was settled.
    #[n(11)]
    Settled,
    /// An allowance that this account claimed from was settled.
    #[n(12)]
    Share,
}

/// One entry of an account's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The epoch it is of.
    pub epoch: Epoch,
    /// Its position.
    pub seq: Seq,
    /// What it is.
    pub kind: EntryKind,
    /// What the verifier signed at this position: a receipt of its kind, an allowance, or a settlement without a line.
    pub receipt: SignedBytes,
    /// The signed order of a debit, the signed issue of an issue, the signed list of devices; of a hold its order, change or close; of
    /// a claim that or the release; of what was spent the voucher that was claimed by; of an allowance its order; of an offline claim
    /// that; of a share the settlement with the first own line.
    pub cause: Option<SignedBytes>,
    /// The sealed message of a credit, or of the order that placed a tab.
    pub bundle: Option<Bytes<BUNDLE_MAX>>,
    /// The order's id, of a credit, or where a tab was placed: the bundle is bound to it.
    pub order: Option<OrderId>,
    /// What was paid on top, of a debit; of a hold or an allowance the fee that is set aside with the cap; of what was spent or settled the fee
    /// that moved.
    pub fee: Option<Amount>,
    /// The handle that was paid, of a credit; that it is for, of a tab: with the device it tells which payee key it must be.
    pub handle: Option<Handle>,
    /// The device whose one-time handle it is, of a credit or a tab; none for an alias's.
    pub device: Option<DeviceId>,
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

impl<C> Encode<C> for Entry {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(10)?.encode(self.epoch)?.encode(self.seq)?.encode(self.kind)?.encode(&self.receipt)?;
        e.encode(&self.cause)?.encode(&self.bundle)?.encode(self.order)?.encode(self.fee)?;
        e.encode(self.handle)?.encode(self.device)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Entry {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        members(d, 10)?;
        Ok(Self {
            epoch: d.decode()?,
            seq: d.decode()?,
            kind: d.decode()?,
            receipt: d.decode()?,
            cause: d.decode()?,
            bundle: d.decode()?,
            order: d.decode()?,
            fee: d.decode()?,
            handle: d.decode()?,
            device: d.decode()?,
        })
    }
}

decodes! {
    EntriesPage (REPLY_BODY_MAX): |b| {
        let place = |e: &Entry| (e.epoch, e.seq);
        b.entries.len() as u64 <= ENTRIES_PAGE_MAX
            && b.entries.iter().zip(b.entries.iter().skip(1)).all(|(a, b)| place(a) < place(b))
    };
}
