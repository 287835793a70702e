//! Meter terms: what an offer adds where a tab is paid from by itself, as long as something is delivered (wire decision 23).
//!
//! ```cddl
//! meter-terms = {
//!   0: [1] / [2, uint],       ; measured: time; or counted, at most so many ticks in a second
//!   1: uint,                  ; ticks of one unit; the price is for so many
//!   2: uint,                  ; free: so many ticks, the first ones, cost nothing
//!   3: uint,                  ; quantum: so many ticks are paid at a time, in advance
//!   4: uint,                  ; grace: delivered for, unpaid, for at most so many ms
//! }
//! ```
//!
//! A *tick* is what is counted with: of time a millisecond, otherwise whatever the unit is made of: a byte, a page, a pulse of a meter
//! for electricity. So a price by the minute can be paid by ten seconds, and one by the megabyte by the kilobyte.
//!
//! What ticks cost is rounded once, from the beginning on: that of all together, never that of each quantum.
//!
//! ```
//! use farthing_protocol::{money::*, tab::*, time::Span};
//! let usd = Asset::new(Code::new("USD")?, 6)?;
//! let price = Amount::parse("0.25 USD", &[usd])?;
//! // A scooter: by the minute, ten seconds at a time, the first minute free.
//! let minute = Ticks::new(60_000);
//! let scooter = MeterTerms {
//!     measure: MeterMeasure::Time, unit: minute, free: minute, quantum: Ticks::new(10_000), grace: Span::from_s(10),
//! };
//! assert_eq!(scooter.price_of(&price, Ticks::new(90_000)).to_string(), "0.375 USD");
//! // Who has paid for ninety seconds is driven for them, and for the minute.
//! assert_eq!(scooter.covered_by(&price, &scooter.price_of(&price, Ticks::new(90_000))), Ticks::new(150_000));
//! assert_eq!(scooter.most_lost(&price).to_string(), "0.083334 USD");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::counter_newtype;
use crate::error::Malformed;
use crate::limits::{
    AMOUNT_MAX, METER_GRACE_MAX, METER_GRACE_MIN, METER_QUANTUM_MAX, METER_QUANTUM_MIN, METER_TICKS_MAX,
};
use crate::money::Amount;
use crate::time::Span;
use minicbor::{Decode, Encode};

counter_newtype!(
    /// What a meter counts with: a millisecond, or the smallest thing of which there is a number.
    Ticks
);

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MeterTerms {
    /// What is measured, and how fast it can go.
    #[n(0)]
    pub measure: MeterMeasure,
    /// Ticks of one unit.
    #[n(1)]
    pub unit: Ticks,
    /// So many, the first ones, cost nothing.
    #[n(2)]
    pub free: Ticks,
    /// Paid at a time, in advance.
    #[n(3)]
    pub quantum: Ticks,
    /// How long the payee delivers without being paid, and the payer waits without hearing.
    #[n(4)]
    pub grace: Span,
}

/// What a meter measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum MeterMeasure {
    /// Time, in milliseconds, by the own clock of either side.
    #[n(1)]
    Time,
    /// What is counted, at most so many ticks in a second.
    #[n(2)]
    Counted(#[n(0)] Ticks),
}

impl MeterTerms {
    /// What holds for the terms of a meter at this price, with this cap.
    pub(super) fn check(&self, price: &Amount, cap: &Amount) -> Result<(), Malformed> {
        let fits = |ticks: Ticks| (1..=METER_TICKS_MAX).contains(&ticks.get());
        let quantum = Span::from_ms(self.quantum.get());
        let measured = match self.measure {
            MeterMeasure::Time => (METER_QUANTUM_MIN..=METER_QUANTUM_MAX).contains(&quantum),
            MeterMeasure::Counted(rate) => fits(rate),
        };
        if !(measured && fits(self.unit) && fits(self.quantum) && self.free.get() <= METER_TICKS_MAX) {
            return Err(Malformed::Value("a meter counts with 1 to 2^48 ticks, and is paid for 1 s to 1 h at a time"));
        }
        if !(METER_GRACE_MIN..=METER_GRACE_MAX).contains(&self.grace) {
            return Err(Malformed::Value("a meter's grace is 1 s to 10 min"));
        }
        let quantum = self.price_of(price, self.quantum);
        if quantum.is_zero() || quantum.value() > cap.value() {
            return Err(Malformed::Value("a meter's quantum costs something, and the cap buys one"));
        }
        Ok(())
    }

    /// What so many ticks cost after the free ones, rounded down; at most the largest amount.
    #[must_use]
    pub fn price_of(&self, price: &Amount, ticks: Ticks) -> Amount {
        amount(price, u128::from(price.value()) * u128::from(ticks.get()) / self.unit())
    }

    /// What was delivered costs, of which the first ticks are free.
    #[must_use]
    pub fn due_for(&self, price: &Amount, delivered: Ticks) -> Amount {
        self.price_of(price, Ticks::new(delivered.get().saturating_sub(self.free.get())))
    }

    /// What may be delivered for this total of vouchers, the free ticks among it: the most that is due no more.
    #[must_use]
    pub fn covered_by(&self, price: &Amount, total: &Amount) -> Ticks {
        let least_above = (u128::from(total.value()) + 1) * self.unit();
        let most = (least_above - 1).checked_div(u128::from(price.value())).unwrap_or(0);
        Ticks::new(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(self.free.get()))
    }

    /// How far a meter can go within this time.
    #[must_use]
    pub fn within(&self, time: Span) -> Ticks {
        match self.measure {
            MeterMeasure::Time => Ticks::new(time.as_ms()),
            MeterMeasure::Counted(rate) => {
                let ticks = u128::from(rate.get()) * u128::from(time.as_ms()) / 1000;
                Ticks::new(u64::try_from(ticks).unwrap_or(u64::MAX))
            }
        }
    }

    /// The most that either side can lose by the other: a quantum and what goes within the grace, rounded up.
    #[must_use]
    pub fn most_lost(&self, price: &Amount) -> Amount {
        let ticks = self.quantum.get().saturating_add(self.within(self.grace).get());
        amount(price, (u128::from(price.value()) * u128::from(ticks)).div_ceil(self.unit()))
    }

    fn unit(&self) -> u128 {
        u128::from(self.unit.get().max(1))
    }
}

fn amount(like: &Amount, value: u128) -> Amount {
    let value = u64::try_from(value).unwrap_or(AMOUNT_MAX).min(AMOUNT_MAX);
    Amount::new(value, like.asset()).unwrap_or(Amount::zero(like.asset()))
}
