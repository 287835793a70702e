//! Tabs as they are stored: what we pay from, and what we earn by.
//!
//! Live tabs stand before ended ones in the order of their keys, so that whoever looks after the live ones reads no others.

use super::receipts::HoldOf;
use super::standing::Standing;
use crate::messaging::PendingAct;
use crate::store::{self, Ahead, Change, Kept, PayeeRecord, PaymentId, Store, StoreError, Table};
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::cose::SignedBytes;
use farthing_protocol::details::{Details, Salt};
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::id::{AccountId, DeviceId, Digest, Epoch, FeeVersion, Handle, OrderId};
use farthing_protocol::limits::BUNDLE_MAX;
use farthing_protocol::money::Amount;
use farthing_protocol::request::RequestId;
use farthing_protocol::tab::{HoldId, Voucher};
use farthing_protocol::time::{Span, Time};
use minicbor::{Decode, Encode};

/// A tab's id in this wallet: made with its draft, the same through all states; of a tab that was not drafted here, from when
/// its hold was placed and the hold's name. Time-ordered, as a [`PaymentId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct TabId(#[n(0)] PaymentId);

impl TabId {
    /// A fresh id for something made at `time`.
    #[must_use]
    pub fn generate(time: Time, rng: &mut (impl rand_core::CryptoRng + ?Sized)) -> Self {
        Self(PaymentId::generate(time, rng))
    }

    /// The id of the tab whose hold was placed at this time, not drafted here.
    #[must_use]
    pub fn of_hold(placed: Time, hold: &HoldId) -> Self {
        Self(PaymentId::of_receipt(placed, &Digest::new(*hold.as_bytes())))
    }

    /// From stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(PaymentId::from_bytes(bytes))
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        PaymentId::parse(text).map(Self)
    }
}

impl core::fmt::Display for TabId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a tab stands; see the module's diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum TabState {
    /// Prepared; nothing was signed.
    #[n(1)]
    Draft,
    /// The hold's order is signed and stored, without a final answer.
    #[n(2)]
    Opening,
    /// The hold is placed.
    #[n(3)]
    Open,
    /// Nothing more is spent from it; the payee may claim.
    #[n(4)]
    Closed,
    /// What was not claimed went back.
    #[n(5)]
    Ended,
    /// The verifier's signed word that there is no hold.
    #[n(6)]
    Refused,
    /// The verifier lost the hold.
    #[n(7)]
    Lost,
}

impl TabState {
    /// As scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Opening => "opening",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Ended => "ended",
            Self::Refused => "refused",
            Self::Lost => "lost",
        }
    }

    /// True when nothing further is expected.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Ended | Self::Refused | Self::Lost)
    }

    /// The stored key: what is over comes behind what is not.
    fn key(self, id: &TabId) -> Vec<u8> {
        key_of(self.is_over(), id)
    }
}

fn key_of(is_over: bool, id: &TabId) -> Vec<u8> {
    [&[u8::from(is_over) + 1][..], id.as_bytes()].concat()
}

/// What a person is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum TabWish {
    /// To place a hold.
    #[n(1)]
    Open {
        /// The most that the payee gets in all.
        #[n(0)]
        cap: Amount,
        /// For how long it is spent from, from the order's making on.
        #[n(1)]
        lasts: Span,
        /// How long the payee may claim after that.
        #[n(2)]
        grace: Span,
    },
    /// To raise or prolong it.
    #[n(2)]
    Change {
        /// The cap from then on.
        #[n(0)]
        cap: Amount,
        /// The end of spending from then on.
        #[n(1)]
        spend_until: Time,
        /// The end of claiming from then on.
        #[n(2)]
        claim_until: Time,
    },
}

/// A hold order or a hold change that was signed and has no final answer: the same bytes are sent until it has.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PendingOrder {
    /// Its id.
    #[n(0)]
    pub id: OrderId,
    /// Its hash.
    #[n(1)]
    pub hash: Digest,
    /// The signed object.
    #[n(2)]
    pub signed: SignedBytes,
    /// What comes with a hold's order.
    #[n(3)]
    pub bundle: Option<Bytes<BUNDLE_MAX>>,
    /// When it was made.
    #[n(4)]
    pub created: Time,
    /// Never applied at this time or later.
    #[n(5)]
    pub expires: Time,
    /// The cap that it asks for.
    #[n(6)]
    pub cap: Amount,
    /// What it takes from what can be spent.
    #[n(7)]
    pub takes: Amount,
    /// It was open when another copy of the folder was found, and waits until it has expired.
    #[n(8)]
    pub held: bool,
}

/// A tab that we pay from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PaidTab {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Its id.
    #[n(1)]
    pub id: TabId,
    /// Where it stands.
    #[n(2)]
    pub state: TabState,
    /// Whom it pays.
    #[n(3)]
    pub payee: PayeeRecord,
    /// What a person has not decided.
    #[n(4)]
    pub wish: Option<TabWish>,
    /// The signed offer that it accepts.
    #[n(5)]
    pub offer: Option<SignedBytes>,
    /// Memo and what we call ourselves.
    #[n(6)]
    pub details: Option<Details>,
    /// The salt of the details hash.
    #[n(7)]
    pub salt: Option<Salt>,
    /// The fee schedule that its fees are from.
    #[n(8)]
    pub fee_version: FeeVersion,
    /// Its fees as long as it lives; unknown where another device placed it under an older schedule.
    #[n(9)]
    pub fees: Option<Terms>,
    /// The hold's name, once its order is signed.
    #[n(10)]
    pub hold: Option<HoldId>,
    /// An order or change without a final answer.
    #[n(11)]
    pub order: Option<PendingOrder>,
    /// The closing that was made. From then on no voucher is signed, also when the verifier has lost it: it is sent until the hold
    /// is closed.
    #[n(12)]
    pub close: Option<PendingAct>,
    /// What the verifier has said of the hold.
    #[n(13)]
    pub standing: Option<Standing>,
    /// The total of the greatest voucher that is known to be signed.
    #[n(14)]
    pub total: Amount,
    /// Up to here vouchers may have been signed that this record does not know.
    #[n(15)]
    pub ceiling: Amount,
    /// When it was made.
    #[n(16)]
    pub at: Time,
    /// The code of the last refusal or problem.
    #[n(17)]
    pub code: Option<u16>,
    /// The contact that vouchers are sent to.
    #[n(18)]
    pub contact: Option<AccountId>,
    /// The device of our account that placed it, where it is not this one.
    #[n(19)]
    pub device: Option<DeviceId>,
    /// The epoch that opened without the hold.
    #[n(20)]
    pub lost: Option<Epoch>,
}

/// A tab that we earn by.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EarnedTab {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Its id.
    #[n(1)]
    pub id: TabId,
    /// Where it stands.
    #[n(2)]
    pub state: TabState,
    /// The hold's name.
    #[n(3)]
    pub hold: HoldId,
    /// The handle that it is for.
    #[n(4)]
    pub handle: Handle,
    /// The device of ours whose one-time handle that is.
    #[n(5)]
    pub device: Option<DeviceId>,
    /// Our offer that it accepts.
    #[n(6)]
    pub offer: Option<RequestId>,
    /// It does not keep to that offer's terms: no voucher of it is taken.
    #[n(7)]
    pub differs: bool,
    /// Memo and what the payer calls itself.
    #[n(8)]
    pub details: Option<Details>,
    /// What the verifier has said of the hold.
    #[n(9)]
    pub standing: Standing,
    /// The newest voucher. It is kept when the tab is over: a claim that the verifier loses is made again.
    #[n(10)]
    pub voucher: Option<SignedBytes>,
    /// Its total.
    #[n(11)]
    pub total: Amount,
    /// A claim without a final answer.
    #[n(12)]
    pub claim: Option<PendingAct>,
    /// A release without a final answer.
    #[n(13)]
    pub release: Option<PendingAct>,
    /// The contact whose vouchers came by message.
    #[n(14)]
    pub payer: Option<AccountId>,
    /// The code of the last refusal.
    #[n(15)]
    pub code: Option<u16>,
    /// The epoch that opened without the hold.
    #[n(16)]
    pub lost: Option<Epoch>,
    /// Of one that a meter pays from: what was delivered costs, as far as it was measured. No more is claimed, whatever was paid.
    #[n(17)]
    pub due: Option<Amount>,
}

impl PaidTab {
    /// A closing without a final answer.
    #[must_use]
    pub fn closing(&self) -> Option<&PendingAct> {
        self.close.as_ref().filter(|_| self.state == TabState::Open)
    }
}

impl EarnedTab {
    /// What vouchers are good for and was not claimed.
    #[must_use]
    pub fn unclaimed(&self) -> Amount {
        let none = Amount::zero(self.total.asset());
        if self.state.is_over() || self.voucher.is_none() {
            none
        } else {
            self.covered().checked_sub(&self.standing.claimed).unwrap_or(none)
        }
    }

    /// What the newest voucher can be claimed for in all: its total; or the cap, where a restored verifier has lost a raise; or what
    /// a meter has measured.
    pub(crate) fn covered(&self) -> Amount {
        let cap = self.standing.bounds().ok().map(|bounds| bounds.cap);
        [cap, self.due]
            .into_iter()
            .flatten()
            .fold(self.total, |most, one| if one.value() < most.value() { one } else { most })
    }

    /// The newest voucher, taken apart.
    #[must_use]
    pub(crate) fn newest(&self) -> Option<Voucher> {
        let bytes = self.voucher.as_ref()?;
        Some(farthing_protocol::cose::Signed::<Voucher>::parse(bytes.as_slice()).ok()?.claims().clone())
    }
}

impl Kept for PaidTab {
    const TABLE: Table = Table::PAID_TABS;

    fn key(&self) -> Vec<u8> {
        self.state.key(&self.id)
    }
}

impl Kept for EarnedTab {
    const TABLE: Table = Table::EARNED_TABS;

    fn key(&self) -> Vec<u8> {
        self.state.key(&self.id)
    }
}

/// A tab of either side.
pub(crate) trait Stored: Kept {
    /// We earn by it.
    const EARNED: bool;

    /// Its id, and whether it is over.
    fn place(&self) -> (TabId, bool);
}

impl Stored for PaidTab {
    const EARNED: bool = false;

    fn place(&self) -> (TabId, bool) {
        (self.id, self.state.is_over())
    }
}

impl Stored for EarnedTab {
    const EARNED: bool = true;

    fn place(&self) -> (TabId, bool) {
        (self.id, self.state.is_over())
    }
}

/// The changes by which a tab is as it is now, among the live ones or those that are over.
pub(crate) fn saved<T: Stored>(tab: &T) -> [Change; 2] {
    let (id, is_over) = tab.place();
    [Change::forget::<T>(&key_of(!is_over, &id)), Change::put(tab)]
}

/// The change by which a draft is gone.
pub(crate) fn dropped(tab: &PaidTab) -> Change {
    Change::forget::<PaidTab>(&tab.key())
}

/// A tab by its id.
///
/// # Errors
/// What the store says.
pub(crate) fn find<T: Stored>(store: &dyn Store, id: &TabId) -> Result<Option<T>, StoreError> {
    find_ahead(&Ahead::new(store, &[]), id)
}

fn find_ahead<T: Stored>(store: &Ahead<'_>, id: &TabId) -> Result<Option<T>, StoreError> {
    match store.kept(&key_of(false, id))? {
        Some(live) => Ok(Some(live)),
        None => store.kept(&key_of(true, id)),
    }
}

/// The tab of this hold, on the side that `T` is.
///
/// # Errors
/// What the store says.
pub(crate) fn of_hold<T: Stored>(store: &Ahead<'_>, hold: &HoldId) -> Result<Option<T>, StoreError> {
    match store.kept::<HoldOf>(hold.as_bytes())?.filter(|of| of.earned == T::EARNED) {
        Some(of) => find_ahead(store, &of.tab),
        None => Ok(None),
    }
}

/// Tabs that are not over, oldest first.
///
/// # Errors
/// What the store says.
pub(crate) fn live<T: Stored>(store: &dyn Store) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    let mut after = Vec::new();
    loop {
        let page: Vec<T> = store::kept_after(store, &after, PAGE)?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.key();
        let full = page.len() == PAGE;
        let before = found.len() + page.len();
        found.extend(page.into_iter().filter(|tab| !tab.place().1));
        if !full || found.len() < before {
            return Ok(found);
        }
    }
}

/// Tabs that are read at once.
pub(super) const PAGE: usize = 100;
