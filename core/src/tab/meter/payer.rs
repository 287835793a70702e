//! The payer's end of a meter: what is paid next, and when nothing more is.

use super::{Stopped, Tariff, after, elapsed};
use farthing_protocol::money::Amount;
use farthing_protocol::tab::Ticks;
use farthing_protocol::time::Span;

/// How long a meter is tried to be begun: until its payee has heard of the tab.
const BEGIN_WITHIN: Span = Span::from_s(30);
/// What was not heard is offered again after so long, or after a part of the grace, if that is less.
const AGAIN_AFTER: Span = Span::from_ms(500);
/// A payee that was heard is asked again so many times within the grace: one lost answer is not yet silence.
const ASKED_PER_GRACE: u64 = 3;

/// What the payer's side does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayerStep {
    /// Signs a voucher over this total, and offers it.
    Pay {
        /// What is paid in all.
        total: Amount,
    },
    /// Offers what was signed last once more: it was not heard of, or the payee is to show that it is there.
    Again,
    /// Nothing, until then, on the clock that is passed in.
    Wait {
        /// When to ask again.
        until: Span,
    },
    /// Nothing more, ever.
    Stop(Stopped),
}

/// The payer. It signs for no more than what it has measured itself, the free ticks, and a quantum.
#[derive(Clone, Debug)]
pub struct Payer {
    tariff: Tariff,
    /// When the first payment was tried.
    tried: Span,
    /// When the payee was first heard to take something: it delivers from then on, for all that we know.
    began: Option<Span>,
    /// When that was asked which it answered last: it was there then, or later.
    heard: Span,
    /// When something was offered last.
    offered: Option<Span>,
    counted: Ticks,
    signed: Amount,
    taken: Amount,
    stopped: Option<Stopped>,
}

impl Payer {
    /// Begins to pay, from a tab of which nothing was paid yet.
    #[must_use]
    pub const fn new(tariff: Tariff, now: Span) -> Self {
        let none = Amount::zero(tariff.price.asset());
        Self {
            tariff,
            tried: now,
            began: None,
            heard: now,
            offered: None,
            counted: Ticks::new(0),
            signed: none,
            taken: none,
            stopped: None,
        }
    }

    /// What is to be done now. What it says is done at once, or not at all: the next call supposes that it was tried.
    pub fn next(&mut self, now: Span) -> PayerStep {
        let measured = self.measured(now);
        let covered = self.tariff.covered(&self.taken);
        let is_used = self.began.is_none() || measured >= covered;
        if let Some(why) = self.stopped_by(now, measured, is_used) {
            self.stop(why, now);
        }
        if let Some(why) = self.stopped {
            return PayerStep::Stop(why);
        }
        if self.signed != self.taken {
            // Nothing more is signed before this was heard to be taken.
            return self.again(now, self.pause());
        }
        if is_used {
            self.signed = self.next_total(measured);
            self.offered = Some(now);
            return PayerStep::Pay { total: self.signed };
        }
        let asked = Span::from_ms(self.tariff.meter.grace.as_ms() / ASKED_PER_GRACE);
        match (self.again(now, asked), self.used_at()) {
            (PayerStep::Wait { until }, Some(used)) => PayerStep::Wait { until: until.min(used) },
            (step, _) => step,
        }
    }

    /// The payee has answered what was offered last: it has this total. An answer that comes late, to less, says nothing.
    pub fn taken(&mut self, total: Amount, now: Span) {
        if total == self.signed {
            self.taken = total;
            // Not when the answer came: that may have been long on its way.
            self.heard = self.offered.unwrap_or(self.heard);
            self.began = self.began.or(Some(now));
        } else if total.asset() != self.signed.asset() || total.value() > self.signed.value() {
            self.stop(Stopped::Disturbed, now);
        }
    }

    /// The payee was heard to say that it takes nothing from this tab.
    pub fn refused(&mut self, now: Span) {
        self.stop(Stopped::Refused, now);
    }

    /// A person wants it to end, or what acts for it.
    pub fn told(&mut self, now: Span) {
        self.stop(Stopped::Told, now);
    }

    /// So many ticks were counted from the beginning on: by ourselves, or as the payee shows them. Of time nothing is counted.
    pub fn counted(&mut self, ticks: Ticks, now: Span) {
        let Some(began) = self.began.filter(|_| !self.tariff.is_time()) else { return };
        let meter = &self.tariff.meter;
        // It may begin with what is paid at a time.
        let most = meter.within(elapsed(now, began)).get().saturating_add(meter.quantum.get());
        if ticks.get() > most {
            self.stop(Stopped::TooFast, now);
        } else if ticks > self.tariff.bearable(&self.signed) {
            self.stop(Stopped::Unpaid, now);
        } else {
            self.counted = self.counted.max(ticks);
        }
    }

    /// What was delivered, as far as we know ourselves, until it stopped.
    #[must_use]
    pub fn measured(&self, now: Span) -> Ticks {
        match self.began {
            Some(began) if self.tariff.is_time() && self.stopped.is_none() => {
                self.tariff.meter.within(elapsed(now, began))
            }
            _ => self.counted,
        }
    }

    /// What was signed in all.
    #[must_use]
    pub const fn signed(&self) -> Amount {
        self.signed
    }

    /// What of it the payee was heard to have.
    #[must_use]
    pub const fn taken_total(&self) -> Amount {
        self.taken
    }

    /// Until when an answer that is awaited is of use.
    #[must_use]
    pub fn patience(&self) -> Span {
        match self.began {
            Some(_) => after(self.heard, self.tariff.meter.grace),
            None => after(self.tried, BEGIN_WITHIN),
        }
    }

    fn stop(&mut self, why: Stopped, now: Span) {
        if self.stopped.is_none() {
            self.counted = self.measured(now);
            self.stopped = Some(why);
        }
    }

    fn stopped_by(&self, now: Span, measured: Ticks, is_used: bool) -> Option<Stopped> {
        if now > self.patience() {
            Some(Stopped::Silent)
        } else if self.began.is_some() && is_used && self.taken.value() >= self.tariff.cap.value() {
            Some(Stopped::Cap)
        } else if self.began.is_some() && measured > self.tariff.bearable(&self.signed) {
            Some(Stopped::Unpaid)
        } else {
            None
        }
    }

    /// Pays for all quanta that have begun; at most the cap.
    fn next_total(&self, measured: Ticks) -> Amount {
        let meter = &self.tariff.meter;
        let quantum = meter.quantum.get().max(1);
        let charged = measured.get().saturating_sub(meter.free.get());
        let begun = (charged / quantum).saturating_add(1).saturating_mul(quantum);
        let total = meter.price_of(&self.tariff.price, Ticks::new(begun));
        if total.value() < self.tariff.cap.value() { total } else { self.tariff.cap }
    }

    /// When what is paid is used up; `None` where that is no matter of time.
    fn used_at(&self) -> Option<Span> {
        let began = self.began.filter(|_| self.tariff.is_time())?;
        Some(after(began, Span::from_ms(self.tariff.covered(&self.taken).get())))
    }

    fn pause(&self) -> Span {
        AGAIN_AFTER.min(Span::from_ms(self.tariff.meter.grace.as_ms() / ASKED_PER_GRACE))
    }

    fn again(&mut self, now: Span, pause: Span) -> PayerStep {
        let at = self.offered.map_or(now, |offered| after(offered, pause));
        if now < at {
            return PayerStep::Wait { until: at };
        }
        self.offered = Some(now);
        PayerStep::Again
    }
}
