//! Tabs: money by the drop (wire decisions 20 to 22, chapter 19 of the specification). A payer sets a hold aside for one payee,
//! signs a voucher for each drop, and the payee claims when it likes.
//!
//! At the payer:
//!
//! ```text
//!  prepare            confirm: sign, store          hold-receipt
//!     │               order, voucher key               │        change: a further order, as often as its person likes
//!     ▼                                                ▼       ┌──────┐
//!   Draft ───────────────────────────▶ Opening ─────▶ Open ────┴──────┘──close──▶ Closed ──┐
//!     │ discard                          │              └──────────release, time───────────┴──▶ Ended
//!     ▼                                  ├─ refusal ─▶ Refused
//!   gone                                 └─ made before an epoch that does not know it ─▶ Lost
//! ```
//!
//! | stored at the payer | after a kill | what the person can do |
//! |---|---|---|
//! | `Draft`: payee, cap, times, fee | dropped by a sync after a day | confirm, discard |
//! | order or change, without an answer | the same bytes are posted (`SendTab`); the entry of it counts as well | wait |
//! | `Open`, and a ceiling | drops go on from the last total that was stored; the payee shows its newest voucher | pay, raise, close |
//! | a closing, without an answer or refused | no voucher is signed; the same bytes are posted | wait |
//! | `Closed` | nothing: what the payee claims, and the end, come by the entries | wait |
//! | `Ended`, `Refused` | nothing; the voucher key is forgotten | see the receipts |
//! | `Lost` | found again with a later epoch, or never | see the receipts |
//!
//! At the payee a tab begins with its entry, and is `Open`, `Closed`, `Ended` by entries alone:
//!
//! | stored at the payee | after a kill | what the person can do |
//! |---|---|---|
//! | the newest voucher alone | claimed by a sync once the tab is closed, or half of the grace is over | claim, release |
//! | a claim without an answer | the same bytes are sent (`claim`) | wait |
//! | a release without an answer | the same bytes are sent, and no voucher is taken | wait |
//! | `Ended` | nothing; the voucher is kept, should the verifier lose the claim (`lost`) | see the receipts |
//!
//! Which of an account's devices is the payee: `here`. Vouchers over a connection of the two: `direct`. What pays
//! and delivers by itself over one: `meter`.
//!
//! The money: what is set aside leaves the payer's balance with the hold-receipt, and comes back with the last claim-receipt; the
//! payee's grows with each claim-receipt. Every receipt is kept, counts once by its place, and the sums are folded from them alone
//! (`standing`): what an epoch lost is taken away again by folding those that are left.
//!
//! A reader who pays two cents for an article, and a paper that lets go of the rest:
//!
//! ```no_run
//! use farthing_core::scan::{Scanned, text::recognise};
//! use farthing_core::tab::{Claimable, TabApproval, TabTarget, TabTerms, TakenVoucher};
//! use farthing_core::wallet::Wallet;
//! use farthing_protocol::money::Amount;
//! use std::time::Duration;
//!
//! async fn read(reader: &Wallet, paper: &Wallet, link: &str) -> Result<(), Box<dyn std::error::Error>> {
//!     let Scanned::Request(pointer) = recognise(link)? else { return Ok(()) };
//!     let draft = reader.prepare_tab(TabTarget::Link(pointer), TabTerms::default()).await?;
//!     println!("at most {} and {} of fees", draft.cap, draft.fee);
//!     let id = reader.confirm_tab(TabApproval::of(&draft)).await?;
//!     reader.tab_outcome(&id, Duration::from_secs(10)).await?;
//!     // For each article:
//!     let paid = reader.pay_tab(&id, &Amount::parse("0.02 USD", &reader.assets())?)?;
//!     match paper.take_voucher(paid.voucher.as_slice())? {
//!         TakenVoucher::Taken { gained, .. } => println!("deliver for {gained}"),
//!         TakenVoucher::Behind { newest, .. } => drop(reader.catch_up_tab(newest.as_slice())?),
//!     }
//!     // In the evening:
//!     for tab in paper.claim_tabs(Claimable::All).await?.tabs {
//!         paper.release_tab(&tab).await?;
//!     }
//!     Ok(())
//! }
//! ```

mod authorise;
mod change;
mod claim;
mod direct;
mod draft;
mod earned;
pub(crate) mod entry;
mod here;
mod lost;
pub mod meter;
mod offer;
mod receipts;
mod record;
mod send;
mod shown;
mod standing;
mod sums;
mod voucher;

pub use authorise::{AuthoriseTab, ProposeTab, TabAgreed, TabApproval, TabProposal, TabProposed};
pub use change::PrepareChange;
pub(crate) use claim::unreleased;
pub use claim::{ClaimTabs, Claimable, Claimed, ReleaseTab};
pub use direct::{DirectAddress, DirectDrop, DirectOutcome, DirectReply, PayDirectly, Unheard, VOUCHERS_PATH, answer};
pub(crate) use draft::forget_old;
pub use draft::{PrepareTab, TabDraft, TabTarget, TabTerms, discard};
pub(crate) use lost::{held_back, judge_all};
pub(crate) use offer::received;
pub use offer::{LookOffer, OfferRecord, ReceivedOffer};
pub use receipts::{HoldOf, TabReceipt, VoucherKey};
pub use record::{EarnedTab, PaidTab, PendingOrder, TabId, TabState, TabWish};
pub(crate) use record::{find, live};
pub use send::{CloseTab, SendTab, TabOutcome};
pub(crate) use send::{TabAnswer, outcome_of};
pub use shown::{ShownTab, TabParty, TabPending, TabSide};
pub use standing::Standing;
pub(crate) use sums::{Sums, is_ahead, spent};
pub use voucher::{PaidDrop, TakenVoucher, catch_up, pay, show_again, take};
pub(crate) use voucher::{by_message, rest, totals};

use crate::engine::Engine;
use crate::error::Error;

/// Tabs of which something waits to be sent by their payer.
///
/// # Errors
/// What the store says.
pub fn unsent(engine: &Engine) -> Result<Vec<TabId>, Error> {
    let tabs = live::<PaidTab>(engine.store())?.into_iter();
    Ok(tabs.filter(|tab| tab.order.is_some() || tab.closing().is_some()).map(|tab| tab.id).collect())
}
