//! What is stored of allowances at the payer, and how records of both sides are found.
//!
//! What is not over stands before what is, in the order of the keys, so that whoever looks after the live ones reads no others.

use super::payee::{
    FoundProof, LossLimit, OfflineHandle, OwnOfflineRequest, RevokedList, TakenOffline, UnreadSettlement,
};
use crate::keys::spending::{Promised, SpentSoFar};
use crate::messaging::PendingAct;
use crate::store::{self, Ahead, Change, Cursor, Kept, PaymentId, Store, StoreError, Table};
use crate::tab::PendingOrder;
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::SignedBytes;
use farthing_protocol::details::Disclosure;
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::id::{DeviceId, Digest, Epoch, FeeVersion};
use farthing_protocol::key::BareKey;
use farthing_protocol::money::{Amount, Units};
use farthing_protocol::offline::{AllowanceId, VoucherSeq};
use farthing_protocol::time::{Span, Time};
use minicbor::{Decode, Encode};

/// An allowance that a person has not confirmed, or has.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AllowanceDraftRecord {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Its id.
    #[n(1)]
    pub id: PaymentId,
    /// The most that all payees get of what is set aside.
    #[n(2)]
    pub cap: Amount,
    /// The most of one payment.
    #[n(3)]
    pub per_voucher: Units,
    /// For how long it is spent from, from the order's making on.
    #[n(4)]
    pub lasts: Span,
    /// How long payees may claim after that.
    #[n(5)]
    pub grace: Span,
    /// The fee schedule that its fees are from.
    #[n(6)]
    pub fee_version: FeeVersion,
    /// Its fees.
    #[n(7)]
    pub fees: Terms,
    /// When it was made.
    #[n(8)]
    pub at: Time,
    /// What it became.
    #[n(9)]
    pub confirmed: Option<AllowanceId>,
}

/// Where an allowance stands; see the module's diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum AllowanceState {
    /// Its order is signed and stored, without a final answer.
    #[n(1)]
    Ordering,
    /// It is set aside.
    #[n(2)]
    Open,
    /// Nothing more is signed from it; payees claim.
    #[n(3)]
    Revoked,
    /// Who claimed has its share; the rest is back.
    #[n(4)]
    Settled,
    /// The verifier's signed word that there is no allowance.
    #[n(5)]
    Refused,
    /// The verifier lost it.
    #[n(6)]
    Lost,
}

impl AllowanceState {
    /// As scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ordering => "ordering",
            Self::Open => "open",
            Self::Revoked => "revoked",
            Self::Settled => "settled",
            Self::Refused => "refused",
            Self::Lost => "lost",
        }
    }

    /// True when nothing further is expected.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Settled | Self::Refused | Self::Lost)
    }
}

/// What the verifier signed, with its place in the ledger. All of it is kept; what an epoch has lost does not count.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Said {
    /// The signed object.
    #[n(0)]
    pub bytes: SignedBytes,
    /// Its place.
    #[n(1)]
    pub place: Cursor,
    /// The ledger has it.
    #[n(2)]
    pub counts: bool,
}

/// An allowance of the account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OwnAllowance {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Its name.
    #[n(1)]
    pub id: AllowanceId,
    /// Where it stands.
    #[n(2)]
    pub state: AllowanceState,
    /// The most that all payees get of what is set aside.
    #[n(3)]
    pub cap: Amount,
    /// The most of one payment.
    #[n(4)]
    pub per_voucher: Units,
    /// Payments are made before.
    #[n(5)]
    pub spend_until: Time,
    /// Claims are taken before.
    #[n(6)]
    pub claim_until: Time,
    /// The key of its vouchers. The other half lies in the vault.
    #[n(7)]
    pub key: BareKey,
    /// Cap and fee: what is set aside.
    #[n(8)]
    pub reserved: Amount,
    /// An order without a final answer.
    #[n(9)]
    pub order: Option<PendingOrder>,
    /// The verifier's word, which is shown to payees.
    #[n(10)]
    pub allowance: Option<Said>,
    /// How far it was spent, as the vault has it, too.
    #[n(11)]
    pub spent: SpentSoFar,
    /// What payees may have been promised by numbers that are burnt.
    #[n(12)]
    pub burnt: Vec<Promised>,
    /// Nothing more is signed from it here.
    #[n(13)]
    pub frozen: bool,
    /// A revocation that was made. From then on nothing is signed, whatever the verifier says to it.
    #[n(14)]
    pub revoke: Option<PendingAct>,
    /// Who got what.
    #[n(15)]
    pub settlement: Option<Said>,
    /// What the settlement took as a fee.
    #[n(16)]
    pub fee: Option<Amount>,
    /// The device of our account that ordered it, where it is not this one.
    #[n(17)]
    pub device: Option<DeviceId>,
    /// When it was ordered.
    #[n(18)]
    pub at: Time,
    /// The code of the last refusal or problem.
    #[n(19)]
    pub code: Option<u16>,
    /// The epoch that opened without it.
    #[n(20)]
    pub lost: Option<Epoch>,
}

/// A voucher that we have signed, and what for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OwnVoucher {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Of which allowance.
    #[n(1)]
    pub allowance: AllowanceId,
    /// Its number.
    #[n(2)]
    pub seq: VoucherSeq,
    /// Its bytes: shown again as they are.
    #[n(3)]
    pub voucher: SignedBytes,
    /// The request that it answers.
    #[n(4)]
    pub request: SignedBytes,
    /// What was shown with it.
    #[n(5)]
    pub details: Option<Disclosure>,
    /// When it was signed, as far as this wallet knew the time.
    #[n(6)]
    pub at: Time,
    /// Who got it.
    #[n(7)]
    pub promised: Promised,
    /// How much it is for.
    #[n(8)]
    pub amount: Amount,
    /// The request's hash: one request, one voucher.
    #[n(9)]
    pub asked: Digest,
}

/// There is one record of some kinds, and a key is not empty.
pub(super) const ONE: &[u8] = &[1];

/// A record that stands among the live ones, or among those that are over.
pub(crate) trait Living: Kept {
    /// Whether it is over, and its name.
    fn place(&self) -> (bool, Vec<u8>);
}

fn key_of(is_over: bool, name: &[u8]) -> Vec<u8> {
    [&[u8::from(is_over) + 1][..], name].concat()
}

impl Living for OwnAllowance {
    fn place(&self) -> (bool, Vec<u8>) {
        (self.state.is_over(), self.id.as_bytes().to_vec())
    }
}

impl Living for TakenOffline {
    fn place(&self) -> (bool, Vec<u8>) {
        (self.state.is_over(), self.id.as_bytes().to_vec())
    }
}

macro_rules! kept {
    ($($record:ident = $table:ident, |$this:ident| $key:expr;)+) => {
        $(impl Kept for $record {
            const TABLE: Table = Table::$table;

            fn key(&self) -> Vec<u8> {
                let $this = self;
                $key
            }
        })+
    };
}

kept! {
    AllowanceDraftRecord = ALLOWANCE_DRAFTS, |it| it.id.as_bytes().to_vec();
    OwnAllowance = ALLOWANCES, |it| { let (over, name) = it.place(); key_of(over, &name) };
    OwnVoucher = OFFLINE_VOUCHERS, |it| [&it.allowance.as_bytes()[..], &it.seq.get().to_be_bytes()].concat();
    OwnOfflineRequest = OFFLINE_REQUESTS, |it| it.id.as_bytes().to_vec();
    TakenOffline = OFFLINE_TAKEN, |it| { let (over, name) = it.place(); key_of(over, &name) };
    FoundProof = OFFLINE_PROOFS, |it| it.allowance.as_bytes().to_vec();
    RevokedList = REVOKED_ALLOWANCES, |_it| ONE.to_vec();
    LossLimit = LOSS_LIMITS, |it| it.most.asset().code.as_str().as_bytes().to_vec();
    OfflineHandle = OFFLINE_HANDLE, |_it| ONE.to_vec();
    UnreadSettlement = UNREAD_SETTLEMENTS, |it| it.allowance.as_bytes().to_vec();
}

/// The changes by which a record is as it is now, among the live ones or those that are over.
pub(crate) fn saved<T: Living>(record: &T) -> [Change; 2] {
    let (over, name) = record.place();
    [Change::forget::<T>(&key_of(!over, &name)), Change::put(record)]
}

/// A record by its name.
///
/// # Errors
/// What the store says.
pub(crate) fn find<T: Living>(store: &Ahead<'_>, name: &[u8]) -> Result<Option<T>, StoreError> {
    match store.kept(&key_of(false, name))? {
        Some(live) => Ok(Some(live)),
        None => store.kept(&key_of(true, name)),
    }
}

/// An allowance by its name.
///
/// # Errors
/// What the store says.
pub(crate) fn allowance(store: &dyn Store, id: &AllowanceId) -> Result<Option<OwnAllowance>, StoreError> {
    find(&Ahead::new(store, &[]), id.as_bytes())
}

/// A payment that was taken, by its voucher's hash.
///
/// # Errors
/// What the store says.
pub(crate) fn taken(store: &dyn Store, id: &Digest) -> Result<Option<TakenOffline>, StoreError> {
    find(&Ahead::new(store, &[]), id.as_bytes())
}

/// Records that are not over.
///
/// # Errors
/// What the store says.
pub(crate) fn live<T: Living>(store: &dyn Store) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    let mut after = Vec::new();
    loop {
        let page: Vec<T> = store::kept_after(store, &after, PAGE)?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.key();
        let more = page.len() == PAGE && !last.place().0;
        found.extend(page.into_iter().filter(|record| !record.place().0));
        if !more {
            return Ok(found);
        }
    }
}

/// What was signed from an allowance, by number.
///
/// # Errors
/// What the store says.
pub(crate) fn vouchers(store: &dyn Store, allowance: &AllowanceId) -> Result<Vec<OwnVoucher>, StoreError> {
    let mut found = Vec::new();
    let mut after = allowance.as_bytes().to_vec();
    loop {
        let page: Vec<OwnVoucher> = store::kept_after(store, &after, PAGE)?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.key();
        let more = page.len() == PAGE && last.allowance == *allowance;
        found.extend(page.into_iter().filter(|voucher| voucher.allowance == *allowance));
        if !more {
            return Ok(found);
        }
    }
}

/// Records that are read at once.
const PAGE: usize = 100;
