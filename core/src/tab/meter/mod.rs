//! Meters: a tab that is paid from by itself, as long as something is delivered (wire decision 23, chapter 19.10 of the specification).
//!
//! Two machines, one at each end. Neither has a clock, a network or a store: what it measures by, and what it heard, is passed in. Each
//! measures for itself; neither believes what the other measured.
//!
//! ```text
//!  payer                                              payee
//!    │  Pay: the first quantum                          │ idle
//!    ├──────────────── voucher ──────────────────────▶  │ delivers, and measures from here on
//!    │  measures from here on  ◀──── taken ───────────  │
//!    │  Again: still there?    ◀───────────────────▶    │
//!    │  Pay: the next one, once what is paid is used    │
//!    ├──────────────── voucher ──────────────────────▶  │
//!    ▼                                                  ▼
//!  stops: told, at the cap, not heard for the grace,  stops: told, at the cap, delivered for what is paid and the grace
//!  asked for more than can be
//! ```
//!
//! | what goes wrong | what each loses at most |
//! |---|---|
//! | the payee takes a payment, and is not heard again | the payer: what it had signed for beyond its measure, a quantum, and the grace in which it waited |
//! | the payer is not heard again | the payee: what it delivers within the grace |
//! | a message is lost, or comes late or twice | nothing: totals only rise, and what was not heard is offered again |
//! | either process stands still | the same as when it is not heard: the clock counts on, and the first look stops it |
//! | either clock is fast or slow | the meter stops when both are a grace apart |
//! | the payee counts faster than its terms allow, or beyond what is paid and the grace | the payer stops at the first such count |
//!
//! Nothing is stored but what a tab stores, and at the payee what is due so far, with each voucher ([`measured`]): after a kill the tab is
//! open, its newest voucher is known at both ends, and nothing is paid or delivered. Its payer closes it, its payee claims what was due.
//!
//! ```
//! use farthing_core::tab::meter::{Payee, PayeeStep, Payer, PayerStep, Stopped, Tariff};
//! use farthing_protocol::{money::*, tab::*, time::Span};
//! let usd = Asset::new(Code::new("USD")?, 6)?;
//! let amount = |text| Amount::parse(text, &[usd]);
//! let meter = MeterTerms {
//!     measure: MeterMeasure::Time, unit: Ticks::new(1000), free: Ticks::new(0), quantum: Ticks::new(10_000), grace: Span::from_s(5),
//! };
//! let tariff = Tariff { price: amount("0.01 USD")?, meter, cap: amount("5.00 USD")? };
//! let (mut rider, mut scooter) = (Payer::new(tariff, Span::from_s(0)), Payee::new(tariff, Span::from_s(0)));
//!
//! let PayerStep::Pay { total } = rider.next(Span::from_s(0)) else { return Ok(()) };
//! assert_eq!(total, amount("0.10 USD")?);
//! scooter.paid(total, Span::from_s(0));
//! rider.taken(total, Span::from_s(0));
//! assert_eq!(scooter.look(Span::from_s(9)), PayeeStep::Deliver { up_to: Ticks::new(15_000), until: Some(Span::from_s(15)) });
//! // Nothing more comes: the scooter stops, and so does the rider, to whom it said nothing more.
//! assert_eq!(scooter.look(Span::from_s(16)), PayeeStep::Stop(Stopped::Unpaid));
//! assert_eq!(rider.next(Span::from_s(16)), PayerStep::Stop(Stopped::Silent));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod payee;
mod payer;

pub use payee::{Payee, PayeeStep};
pub use payer::{Payer, PayerStep};

use super::record::{EarnedTab, TabId, find, saved};
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use farthing_protocol::money::{Amount, AmountError};
use farthing_protocol::tab::{MeterMeasure, MeterTerms, OfferTerms, Ticks};
use farthing_protocol::time::Span;

/// What was agreed to, as far as a meter goes by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tariff {
    /// The price of a unit.
    pub price: Amount,
    /// How the meter goes.
    pub meter: MeterTerms,
    /// The tab's cap: no more is paid in all.
    pub cap: Amount,
}

impl Tariff {
    /// That of an offer and the cap that its payer set; `None` where the offer has no meter.
    #[must_use]
    pub fn of(terms: &OfferTerms, cap: Amount) -> Option<Self> {
        terms.meter.map(|meter| Self { price: terms.price, meter, cap })
    }

    /// What may be delivered for this total, without any grace.
    fn covered(&self, total: &Amount) -> Ticks {
        self.meter.covered_by(&self.price, total)
    }

    /// The same with the grace; nothing beyond what the cap pays for.
    fn bearable(&self, total: &Amount) -> Ticks {
        let grace = self.meter.within(self.meter.grace).get();
        Ticks::new(self.covered(total).get().saturating_add(grace)).min(self.covered(&self.cap))
    }

    fn is_time(&self) -> bool {
        self.meter.measure == MeterMeasure::Time
    }
}

/// Why a meter has stopped. It never goes on: whoever wants more begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// A person, or what acts for it, said so.
    Told,
    /// The cap is used up.
    Cap,
    /// The payee was not heard for longer than the grace.
    Silent,
    /// The payee said that it takes nothing more.
    Refused,
    /// The payee counted faster than the terms allow.
    TooFast,
    /// What was paid and the grace are used up; or nothing was paid for a minute, or the payer of what is counted was not heard.
    Unpaid,
    /// The tab was paid from beside the meter.
    Disturbed,
}

impl Stopped {
    /// The stable name, in snake case.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Cap => "cap",
            Self::Silent => "silent",
            Self::Refused => "refused",
            Self::TooFast => "too_fast",
            Self::Unpaid => "unpaid",
            Self::Disturbed => "disturbed",
        }
    }
}

/// Stores what was delivered on a tab that we earn by costs, so far: with each voucher, and at the end. No more than that is claimed,
/// but for vouchers that are taken after it; and nothing by itself until half of the grace is over: whoever measures claims, in one claim,
/// and lets go of the rest.
///
/// # Errors
/// [`WalletError::TabUnknown`]; [`AmountError::AssetMismatch`].
pub fn measured(engine: &mut Engine, id: &TabId, due: Amount) -> Result<(), Error> {
    let tab: EarnedTab = find(engine.store(), id)?.ok_or(WalletError::TabUnknown)?;
    if due.asset() != tab.total.asset() {
        return Err(AmountError::AssetMismatch.into());
    }
    if tab.due == Some(due) || tab.state.is_over() {
        return Ok(());
    }
    engine.apply(Vec::from(saved(&EarnedTab { due: Some(due), ..tab })))
}

fn elapsed(now: Span, since: Span) -> Span {
    Span::from_ms(now.as_ms().saturating_sub(since.as_ms()))
}

fn after(since: Span, more: Span) -> Span {
    Span::from_ms(since.as_ms().saturating_add(more.as_ms()))
}
