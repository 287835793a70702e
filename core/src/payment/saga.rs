//! The saga of an outgoing payment (wire decisions 7 to 10).
//!
//! ```text
//!          prepare
//!             │            confirm: sign, store            no answer, or an
//!             ▼           order, bundle, state              unsigned problem
//!          Draft ───────────────────────────▶ Authorised ───────────────────▶ Sent ──┐
//!             │ discard                           │                            │ ▲   │ again
//!             ▼                                   │ signed answer              │ └───┘
//!           gone                                  ├──────────────┬─────────────┤
//!                                                 ▼              ▼             ▼
//!                                              Settled        Refused       Expired
//!                                                                │ fee_changed
//!                                                                ▼
//!                                                        a new Draft, another id
//! ```
//!
//! What resumes each state after a kill at any instruction:
//!
//! | state | what is stored | what happens next | what the person can do |
//! |---|---|---|---|
//! | `Draft` | payee, amount, fee, memo | dropped by a sync after a day | confirm, discard |
//! | `Authorised` | also order, bundle, order hash | the same bytes are posted (`SendOrder`) | wait; ask for the outcome |
//! | `Sent` | the same | the same; past `expires` this can only learn the outcome, never pay | wait |
//! | `Settled` | also the receipt | nothing | see the receipt |
//! | `Refused` | also the refusal | nothing | what the code says |
//! | `Expired` | also the refusal | nothing | prepare again |
//!
//! `authorise` leaves `Draft`. The order's id and bytes are made once, in the transaction that leaves `Draft`. A second `confirm` finds another
//! state and changes nothing; so does a kill before the commit. Posting stored bytes is always safe: the verifier's journal
//! answers the same bytes with the same word, and after `expires` it never applies them.

use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::store::{Change, PaymentId, PaymentState};
use farthing_protocol::time::{Moment, Span};

/// How long a draft is kept that nobody confirms: its fee and its request are long out of date by then.
pub const DRAFT_KEPT: Span = Span::from_h(24);
/// Drafts that one [`forget_old_drafts`] drops at most; the next one goes on.
const DRAFTS_DROPPED_MAX: usize = 100;

/// Drops drafts that nobody confirmed within [`DRAFT_KEPT`].
///
/// # Errors
/// What the store says.
pub fn forget_old_drafts(engine: &mut Engine, now: Moment) -> Result<(), Error> {
    let Some(time) = engine.time(now) else { return Ok(()) };
    crate::tab::forget_old(engine, time.minus(DRAFT_KEPT))?;
    crate::offline::forget_old(engine, time.minus(DRAFT_KEPT))?;
    let before = PaymentId::first_at(time.minus(DRAFT_KEPT));
    let old = engine.store().drafts(&before, DRAFTS_DROPPED_MAX)?;
    if old.is_empty() { Ok(()) } else { engine.apply(old.into_iter().map(Change::DropPayment).collect()) }
}

/// Forgets a draft. What was confirmed cannot be discarded.
///
/// # Errors
/// [`WalletError::PaymentUnknown`], [`WalletError::NotADraft`].
pub fn discard(engine: &mut Engine, id: &PaymentId) -> Result<(), Error> {
    let payment = engine.store().payment(id)?.ok_or(WalletError::PaymentUnknown)?;
    if payment.state != PaymentState::Draft {
        return Err(WalletError::NotADraft.into());
    }
    engine.apply(vec![Change::DropPayment(*id)])
}
