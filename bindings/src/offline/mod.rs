//! What crosses of money without network: allowances, requests and payments that nobody carries, and orders that the payee posts.

mod carried;
mod convert;

pub use carried::{CarriedPayment, CarriedReply};
pub(crate) use carried::{frame, reply, shown};
pub(crate) use convert::{allowance_id, examined, looked, outcome, taken_id, terms, wish};

use crate::failure::FailureInfo;
use crate::records::{Item, Money};

/// What a payer wants to set aside.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct AllowanceTerms {
    /// The most that all payees get of what is set aside.
    pub cap: Money,
    /// The most of one payment; all of it where it is left out.
    pub per_payment: Option<Money>,
    /// For how long it is spent from; a week where it is left out.
    pub lasts_ms: Option<u64>,
    /// How long payees may claim after that; 72 hours where it is left out.
    pub grace_ms: Option<u64>,
}

/// What a person must see before it is asked whether to set an allowance aside.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct AllowanceDraft {
    /// The draft.
    pub id: String,
    /// Stands for all that is shown; `confirm_allowance` takes it, so that what is signed is what was seen.
    pub shown: String,
    /// The most that all payees get of what is set aside.
    pub cap: Money,
    /// The most of one payment.
    pub per_payment: Money,
    /// The most that comes on top.
    pub fee: Money,
    /// What is set aside.
    pub set_aside: Money,
    /// What a thief with this phone can cost, revoked or not: what is set aside, and the cap once more out of the balance.
    pub at_stake: Money,
    /// For how long it is spent from, from the person's yes on.
    pub lasts_ms: u64,
    /// How long payees may claim after that; then what is left comes back.
    pub grace_ms: u64,
}

/// Where an allowance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum AllowanceState {
    /// Its order is signed and stored, without a final answer.
    Ordering,
    /// It is set aside, and is paid from.
    Open,
    /// Nothing more is signed from it; payees claim.
    Revoked,
    /// Who claimed has its share; the rest is back.
    Settled,
    /// The verifier's signed word that there is none.
    Refused,
    /// The verifier lost it.
    Lost,
}

/// What became of an allowance that is settled.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct AllowanceEnd {
    /// What payees got of what was set aside.
    pub claimed: Money,
    /// What was taken from the balance, because payments of one number were claimed for more than the cap.
    pub from_balance: Money,
    /// What payees lack all the same: a debt.
    pub unpaid: Money,
    /// Two payments contradict each other.
    pub contradicts: bool,
}

/// An allowance of the account.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Allowance {
    /// Its name.
    pub id: String,
    /// Where it stands.
    pub state: AllowanceState,
    /// The most that all payees get of what is set aside.
    pub cap: Money,
    /// The most of one payment.
    pub per_payment: Money,
    /// What was paid from it here, with what may have been.
    pub spent: Money,
    /// What can still be paid from it here.
    pub left: Money,
    /// Payments are made until shortly before.
    pub spend_until_ms: u64,
    /// What was not claimed comes back then.
    pub claim_until_ms: u64,
    /// Nothing more is signed from it here: the wallet's memory was put back, or it is another device's.
    pub frozen: bool,
    /// What became of it, once it is settled.
    pub end: Option<AllowanceEnd>,
    /// When it was ordered.
    pub at_ms: u64,
    /// Why something was refused, or why there is no answer yet.
    pub code: Option<u16>,
}

/// How what was sent about an allowance ended, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum AllowanceOutcome {
    /// The verifier's signed word proves it.
    Done {
        /// The allowance.
        allowance: Allowance,
    },
    /// A signed refusal ended it.
    Refused {
        /// The allowance.
        allowance: Allowance,
        /// Why.
        why: FailureInfo,
    },
    /// Not known yet; it is stored, and a sync finishes it.
    Unknown {
        /// The allowance.
        allowance: Allowance,
        /// What stood in the way.
        because: FailureInfo,
    },
}

/// What a payee asks for without network.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct OfflineTerms {
    /// How much.
    pub amount: Money,
    /// A few sentences, shown beside the request.
    pub memo: Option<String>,
    /// What is sold; must add up to the amount.
    pub items: Vec<Item>,
    /// How long it can be paid, in milliseconds; a day at most.
    pub life_ms: u64,
}

/// A request that a payer without network can pay.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct OfflineRequest {
    /// Its id.
    pub id: String,
    /// How much it asks for.
    pub amount: Money,
    /// When it expires.
    pub expires_ms: u64,
    /// What is shown to the payer: text, of which `shown_codes` makes QR codes.
    pub text: String,
}

/// What a person must see before it pays without network.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct OfflinePrompt {
    /// The request, as it was shown; `pay_offline` takes it.
    pub request: String,
    /// Stands for what is shown, but for what is left; `pay_offline` takes it, so that what is paid is what was seen.
    pub shown: String,
    /// How much.
    pub amount: Money,
    /// What the payee calls itself: nobody has checked that.
    pub payee_name: Option<String>,
    /// What the payee wrote.
    pub memo: Option<String>,
    /// What is bought.
    pub items: Vec<Item>,
    /// From which allowance.
    pub allowance: String,
    /// What is left of it afterwards.
    pub left: Money,
    /// When the request expires.
    pub expires_ms: u64,
    /// When the same payee was paid, if that was within the last ten minutes.
    pub paid_lately_ms: Option<u64>,
}

/// A payment that was signed without network.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct OfflinePayment {
    /// From which allowance.
    pub allowance: String,
    /// Its number there.
    pub number: u64,
    /// How much it is for.
    pub amount: Money,
    /// What is shown to the payee: text, of which `shown_codes` makes QR codes.
    pub text: String,
}

/// What a request is to this wallet.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum OfflineLook {
    /// It was paid before: the same payment is shown again.
    Again {
        /// That payment.
        payment: OfflinePayment,
    },
    /// It waits for a person.
    New {
        /// What the person must see.
        prompt: OfflinePrompt,
    },
}

/// A payment that was made from an allowance.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PaidOffline {
    /// Its number.
    pub number: u64,
    /// How much it is for.
    pub amount: Money,
    /// What the payee calls itself: nobody has checked that.
    pub payee_name: Option<String>,
    /// What the payee wrote.
    pub memo: Option<String>,
    /// When it was signed, by this device's clock.
    pub at_ms: u64,
}

/// What can be lost of payments that are not settled.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CouldLose {
    /// Of all payers.
    pub all: Money,
    /// Of it, of this payer.
    pub of_payer: Money,
    /// What the person is ready to lose.
    pub limit: Money,
}

/// What a person must see before it takes a payment without network.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct OfflineOffer {
    /// The payment, as it was shown; `take_offline` takes it.
    pub payment: String,
    /// Stands for it and for what could be lost; `take_offline` takes it.
    pub shown: String,
    /// How much.
    pub amount: Money,
    /// What we wrote beside the request.
    pub memo: Option<String>,
    /// What is sold.
    pub items: Vec<Item>,
    /// What could be lost, this payment included.
    pub could_lose: CouldLose,
    /// Claims are taken before: connect until then.
    pub claim_until_ms: u64,
    /// When the list of revoked allowances was made that this was held against; none was ever read when it is absent.
    pub list_of_ms: Option<u64>,
}

/// Where a payment stands that was taken without network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum TakenState {
    /// It is stored; the verifier does not know of it.
    Taken,
    /// The verifier has it, and what is guaranteed of it is here.
    Claimed,
    /// Its share is here.
    Settled,
    /// The verifier's signed no to its claim.
    Refused,
}

/// A payment that was taken without network.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TakenPayment {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: TakenState,
    /// How much it is for.
    pub amount: Money,
    /// What of it is guaranteed, and has arrived.
    pub guaranteed: Money,
    /// What its share was, once it is settled.
    pub received: Option<Money>,
    /// The settlement says that two payments of its allowance contradict each other.
    pub contradicts: bool,
    /// The payer's allowance.
    pub allowance: String,
    /// Claims are taken before.
    pub claim_until_ms: Option<u64>,
    /// What we wrote beside the request.
    pub memo: Option<String>,
    /// What was sold.
    pub items: Vec<Item>,
    /// When it was taken, by this device's clock.
    pub at_ms: u64,
    /// Why its claim was refused.
    pub code: Option<u16>,
}

/// What a payment is to this wallet.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum OfflineExamined {
    /// It was taken before, and brings nothing: deliver nothing for it.
    Taken {
        /// As it is stored.
        payment: TakenPayment,
    },
    /// It waits for a person.
    Good {
        /// What the person must see.
        offer: OfflineOffer,
    },
}

/// What was claimed.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ClaimedOffline {
    /// Payments whose claim the verifier has taken.
    pub claimed: Vec<TakenPayment>,
    /// Payments whose claim was refused, and why.
    pub refused: Vec<RefusedPayment>,
}

/// A payment whose claim was refused.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RefusedPayment {
    /// Which one.
    pub payment: TakenPayment,
    /// Why.
    pub why: FailureInfo,
}

/// What was taken without network and is not settled, of a currency.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Unsettled {
    /// So much.
    pub amount: Money,
    /// Of which so much is guaranteed, and has arrived.
    pub arrived: Money,
}

/// What the person is asked about money without network.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum OfflineQuestion {
    /// Whether to set an allowance aside.
    Allow {
        /// What is shown.
        draft: AllowanceDraft,
    },
    /// Whether to pay from one.
    Pay {
        /// What is shown.
        prompt: OfflinePrompt,
    },
    /// Whether to take a payment, which can be lost.
    Take {
        /// What is shown.
        offer: OfflineOffer,
    },
}
