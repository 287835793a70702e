//! What crosses of tabs: money by the drop, for a price that the payee offers.

mod convert;

pub(crate) use convert::{outcome, received, tab_id, terms, wish};

use crate::failure::FailureInfo;
use crate::records::{Money, RequestState, Trust, Warning};

/// What a payee offers.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct OfferTerms {
    /// The price of one unit.
    pub price: Money,
    /// What the price is for: a minute, an article.
    pub unit: String,
    /// The cap that it suggests; the payer may set another.
    pub cap: Money,
    /// For how long it suggests that the tab is paid from.
    pub lasts_ms: u64,
    /// How long it needs at least to claim after that.
    pub grace_ms: u64,
    /// What the payer reads.
    pub memo: Option<String>,
    /// For how long it can be accepted.
    pub life_ms: u64,
    /// Any number of people may accept it, on our alias.
    pub standing: bool,
}

/// An offer of a tab: ours, or somebody's.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TabOffer {
    /// Its id.
    pub id: String,
    /// Where it stands, *paid* meaning accepted; `None` for one that is not ours.
    pub state: Option<RequestState>,
    /// Its link, which is also the QR's text; `None` for one that is not ours.
    pub link: Option<String>,
    /// What the payee calls itself; show it as such.
    pub payee_name: Option<String>,
    /// The price of one unit.
    pub price: Money,
    /// What the price is for.
    pub unit: String,
    /// The cap that it suggests.
    pub cap: Money,
    /// For how long it suggests that the tab is paid from.
    pub lasts_ms: u64,
    /// How long the payee needs at least to claim after that.
    pub grace_ms: u64,
    /// What the payee wrote.
    pub memo: Option<String>,
    /// Any number of people may accept it.
    pub standing: bool,
    /// From then on it cannot be accepted.
    pub expires_ms: u64,
    /// The tab that accepted it, where it is ours and for one payer.
    pub tab: Option<String>,
    /// Why the verifier did not take it.
    pub code: Option<u16>,
}

/// What a payer wants; what is left out is as the offer suggests.
#[derive(Clone, Debug, Default, PartialEq, Eq, uniffi::Record)]
pub struct TabTerms {
    /// The most that the payee gets in all; needed without an offer.
    pub cap: Option<Money>,
    /// For how long it is paid from; a day without an offer.
    pub lasts_ms: Option<u64>,
    /// How long the payee may claim after that; as long as it needs at least, a day without an offer.
    pub grace_ms: Option<u64>,
    /// What we write to the payee.
    pub memo: Option<String>,
}

/// What a person must see before it is asked whether to open or to change a tab.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TabDraft {
    /// The tab that it would become, or change.
    pub id: String,
    /// Stands for all that is shown; `confirm_tab` takes it, so that what is signed is what was seen.
    pub shown: String,
    /// It changes a tab that is there.
    pub changes: bool,
    /// How sure we are of the payee.
    pub trust: Trust,
    /// What the payee calls itself; show it as such.
    pub payee_name: Option<String>,
    /// The contact that is paid, by our own name.
    pub contact: Option<String>,
    /// The alias that is paid.
    pub alias: Option<String>,
    /// The price of one unit, where there is an offer.
    pub price: Option<Money>,
    /// What the price is for.
    pub unit: Option<String>,
    /// The most that the payee gets in all.
    pub cap: Money,
    /// The most that comes on top.
    pub fee: Money,
    /// What is set aside by this: cap and fee, or so much more than before.
    pub set_aside: Money,
    /// For how long it is paid from, from the person's yes on; of a change, from now on.
    pub lasts_ms: u64,
    /// How long the payee may claim after that.
    pub grace_ms: u64,
    /// What the offer says.
    pub offer_memo: Option<String>,
    /// What we write to the payee.
    pub memo: Option<String>,
    /// When the offer expires.
    pub expires_ms: Option<u64>,
    /// What to notice.
    pub warnings: Vec<Warning>,
}

/// On which side of a tab we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum TabSide {
    /// We pay from it.
    Paid,
    /// We earn by it.
    Earned,
}

/// Where a tab stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum TabState {
    /// Prepared; nothing was signed.
    Draft,
    /// The order of its hold is signed and stored, without a final answer.
    Opening,
    /// Money is set aside for it.
    Open,
    /// Nothing more is paid from it; the payee may claim.
    Closed,
    /// What was not claimed went back.
    Ended,
    /// The verifier's signed word that there is none.
    Refused,
    /// The verifier lost it.
    Lost,
}

/// What the verifier has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum TabPending {
    /// The order of its hold.
    Opening,
    /// A higher cap, or later times.
    Change,
    /// The payer's closing.
    Closing,
    /// The payee's claim.
    Claim,
    /// The payee lets go of the rest.
    Release,
}

/// A tab, of either side.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Tab {
    /// Its id in this wallet.
    pub id: String,
    /// On which side we are.
    pub side: TabSide,
    /// Where it stands.
    pub state: TabState,
    /// What the other side calls itself.
    pub name: Option<String>,
    /// The contact that it is with, by our own name.
    pub contact: Option<String>,
    /// The alias that is paid.
    pub alias: Option<String>,
    /// The most that the payee gets in all; `None` for what was refused.
    pub cap: Option<Money>,
    /// What vouchers were signed for, or taken.
    pub total: Money,
    /// What can still be paid from it.
    pub left: Money,
    /// What the payee got.
    pub claimed: Money,
    /// What vouchers are good for and was not claimed.
    pub unclaimed: Money,
    /// What we paid on top; `None` for what we earn by.
    pub fees: Option<Money>,
    /// What lies aside now, with the fee; `None` for what we earn by.
    pub set_aside: Option<Money>,
    /// Vouchers are taken until shortly before.
    pub spend_until_ms: Option<u64>,
    /// Claims are applied before.
    pub claim_until_ms: Option<u64>,
    /// The price of one unit, where there is an offer.
    pub price: Option<Money>,
    /// What the price is for.
    pub unit: Option<String>,
    /// What the payer wrote.
    pub memo: Option<String>,
    /// What the offer says.
    pub offer_memo: Option<String>,
    /// The offer of ours that it accepts.
    pub offer: Option<String>,
    /// It does not keep to that offer's terms: no voucher of it is taken.
    pub differs: bool,
    /// When it was made or placed.
    pub at_ms: u64,
    /// What the verifier has not answered.
    pub pending: Vec<TabPending>,
    /// Another device of the account pays from it.
    pub elsewhere: bool,
    /// Why something was refused, or why there is no answer yet.
    pub code: Option<u16>,
    /// The verifier does not have it any more.
    pub lost: bool,
}

/// How what was sent about a tab ended, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum TabOutcome {
    /// A receipt proves it.
    Done {
        /// The tab.
        tab: Tab,
    },
    /// A signed refusal ended it.
    Refused {
        /// The tab.
        tab: Tab,
        /// Why.
        why: FailureInfo,
    },
    /// Not known yet; it is stored, and a sync finishes it.
    Unknown {
        /// The tab.
        tab: Tab,
        /// What stood in the way.
        because: FailureInfo,
    },
}

/// A drop that was paid.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PaidDrop {
    /// From which tab.
    pub tab: String,
    /// What all drops come to.
    pub total: Money,
    /// The voucher as text, for the payee: a QR code's, or what is sent.
    pub voucher: String,
}

/// What became of a voucher that somebody has shown.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum TakenVoucher {
    /// It is stored. Deliver for what was gained: nothing, when it was known.
    Taken {
        /// Of which tab.
        tab: String,
        /// What it brings to the total before.
        gained: Money,
        /// What all drops come to.
        total: Money,
    },
    /// It is for less than the newest. Deliver nothing, and show the newest to the payer, who has forgotten.
    Behind {
        /// Of which tab.
        tab: String,
        /// The newest voucher as text; `catch_up_tab` takes it, at the payer.
        newest: String,
    },
}

/// What was claimed.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Claimed {
    /// Tabs from which something came.
    pub tabs: Vec<String>,
    /// Tabs whose claim was refused, and why.
    pub refused: Vec<RefusedClaim>,
    /// Claims that are not decided; they are stored, and sent again by a sync.
    pub waiting: u64,
}

/// A claim that was refused.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RefusedClaim {
    /// Of which tab.
    pub tab: String,
    /// Why.
    pub why: FailureInfo,
}
