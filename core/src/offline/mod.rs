//! Money without network (wire decisions 25 to 28, docs/protocol.md chapter 20): a payer sets an allowance aside, signs a voucher for each
//! request that it is shown, and the payee claims it when it has network again. Which of the three ways to pay without network:
//! [`route`], by the rule of [`choose`].
//!
//! At the payer:
//!
//! ```text
//!  prepare         confirm: key, anchor, order          allowance
//!     │                        │                           │      look, pay: without network, as often as there is something left
//!     ▼                        ▼                           ▼      ┌────┐
//!   Draft ───────────────▶ Ordering ──────────────────▶ Open ─────┴────┘──revoke, or a proof──▶ Revoked ──┐
//!     │ discard                ├─ refusal ─▶ Refused       └───────────────────claim_until────────────────┴─▶ Settled
//!     ▼                        └─ made before an epoch that does not know it ─▶ Lost
//!   gone
//! ```
//!
//! | stored at the payer | after a kill | what the person can do |
//! |---|---|---|
//! | draft | dropped by a sync after a day | confirm, discard |
//! | key or anchor in the vault, no order | nobody's: forgotten with the next order | confirm |
//! | order, without an answer | the same bytes are posted (`SendAllowance`); the entry of it counts as well | wait |
//! | `Open` | vault and database are held against each other (`honest`): one number may be burnt | pay, revoke |
//! | a revocation without an answer | nothing is signed; the same bytes are posted | wait |
//! | `Revoked` | nothing: payees claim, and the settlement comes by the entries | wait |
//! | `Settled`, `Refused`, `Lost` | nothing | see what was taken |
//!
//! At the payee:
//!
//! ```text
//!  ask ─▶ request shown ─▶ examine: "You could lose up to X" ─▶ take ─▶ Taken ──claim──▶ Claimed ──claim_until──▶ Settled
//!                                                                         └──refusal──▶ Refused
//! ```
//!
//! | stored at the payee | after a kill | what the person can do |
//! |---|---|---|
//! | a request | taken for, or forgotten two days after it expired | show it again |
//! | `Taken` | claimed by a sync | connect before claim_until |
//! | a claim without an answer | the same bytes are sent | wait |
//! | `Claimed` | what is guaranteed is there; the rest comes by the entries | wait |
//! | a proof | shown to the verifier by a sync | nothing |
//!
//! The money: what is set aside leaves the payer's balance with the allowance, and comes back with the settlement. A payee's grows by
//! receipts and settlements alone; what was taken is shown apart, with what can be lost of it.

mod ask;
mod authorise;
mod choose;
mod claim;
mod draft;
pub(crate) mod entry;
mod honest;
mod lost;
mod pay;
mod payee;
mod record;
mod revoked;
mod risk;
mod send;
mod shares;
mod situation;
mod sums;
mod take;

pub use ask::{AskedOffline, OFFLINE_REQUEST_LIFE, OfflineWish, ask, asked};
pub use authorise::{
    AllowanceAgreed, AllowanceApproval, AllowanceProposal, AllowanceProposed, AuthoriseAllowance, ProposeAllowance,
};
pub use choose::{AllowanceAt, Chosen, HoldAt, OrderAt, Shown, Situation, Way, WhyNot, choose};
pub use claim::{ClaimOffline, ClaimedOffline, ReadShares};
pub use draft::{AllowanceDraft, AllowanceWish, PrepareAllowance, discard};
pub(crate) use draft::{forget_old, stored};
pub use honest::resume;
pub(crate) use lost::{is_ahead, judge_all};
pub use pay::{LookedOffline, OfflineApproval, OfflinePayment, OfflinePrompt, ShownRequest, look, pay};
pub use payee::{
    FoundProof, LossLimit, OfflineHandle, OwnOfflineRequest, RevokedList, TakenOffline, TakenState, UnreadSettlement,
};
pub use record::{AllowanceDraftRecord, AllowanceState, OwnAllowance, OwnVoucher, Said};
pub(crate) use record::{allowance, taken, vouchers};
pub use revoked::ReadRevoked;
pub use risk::{CouldLose, LOSS_LIMIT_DEFAULT, limit, set_limit, unsettled};
pub(crate) use send::outcome_of;
pub use send::{AllowanceOutcome, RevokeAllowance, SendAllowance};
pub use shares::{AllowanceEnd, TakenShare};
pub use situation::{OfflinePayee, OfflineRoute, OfflineWay, route};
pub(crate) use sums::{Sums, spent};
pub use sums::{is_used, unsent};
pub use take::{Examined, OfflineOffer, ShownPayment, TakeApproval, examine, take};
