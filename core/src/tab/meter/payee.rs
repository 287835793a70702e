//! The payee's end of a meter: whether to deliver.

use super::{Stopped, Tariff, after, elapsed};
use farthing_protocol::money::Amount;
use farthing_protocol::tab::Ticks;
use farthing_protocol::time::Span;

/// A payer that opens and has paid nothing after so long will not: its own side has given up by then.
const FIRST_WITHIN: Span = Span::from_s(60);
/// What is counted stands still when nobody draws. So much beyond the grace without a voucher, new or again, and the payer is gone.
const HEARD_MARGIN: Span = Span::from_s(5);

/// Whether to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayeeStep {
    /// Nothing was paid yet.
    Idle,
    /// Deliver.
    Deliver {
        /// So many ticks in all, from the beginning on, and none beyond them unless more is paid.
        up_to: Ticks,
        /// When time alone comes to that, on the clock that is passed in; `None` where something is counted.
        until: Option<Span>,
    },
    /// Deliver nothing more, ever.
    Stop(Stopped),
}

/// The payee. It delivers for no more than what is paid and the grace, and nothing that the cap does not pay for.
#[derive(Clone, Debug)]
pub struct Payee {
    tariff: Tariff,
    /// When the payer was heard last; at first, when its tab was seen.
    heard: Span,
    /// When something was first paid.
    began: Option<Span>,
    counted: Ticks,
    paid: Amount,
    stopped: Option<Stopped>,
}

impl Payee {
    /// Waits for the first payment, from a tab that is seen now.
    #[must_use]
    pub const fn new(tariff: Tariff, now: Span) -> Self {
        let none = Amount::zero(tariff.price.asset());
        Self { tariff, heard: now, began: None, counted: Ticks::new(0), paid: none, stopped: None }
    }

    /// Whether to deliver now.
    pub fn look(&mut self, now: Span) -> PayeeStep {
        if self.is_left(now) {
            self.stop(Stopped::Unpaid, now);
        }
        let Some(began) = self.began else { return self.stopped.map_or(PayeeStep::Idle, PayeeStep::Stop) };
        let up_to = self.tariff.bearable(&self.paid);
        if self.stopped.is_none() && self.went(now) >= up_to {
            let is_at_cap = self.paid.value() >= self.tariff.cap.value();
            self.stop(if is_at_cap { Stopped::Cap } else { Stopped::Unpaid }, now);
        }
        match self.stopped {
            Some(why) => PayeeStep::Stop(why),
            None => {
                let ends = after(began, Span::from_ms(up_to.get()));
                PayeeStep::Deliver { up_to, until: self.tariff.is_time().then_some(ends) }
            }
        }
    }

    /// A voucher over this total is stored, now or since before: whoever posts it is there. One that comes after the end delivers
    /// nothing: look first, and take none then.
    pub fn paid(&mut self, total: Amount, now: Span) {
        if matches!(self.look(now), PayeeStep::Stop(_)) || total.asset() != self.paid.asset() {
            return;
        }
        self.heard = now;
        if total.value() > self.paid.value() {
            self.paid = total;
            self.began = self.began.or(Some(now));
        }
    }

    /// So many ticks were delivered from the beginning on. Where time is measured nothing is counted.
    pub fn counted(&mut self, ticks: Ticks, now: Span) {
        if self.stopped.is_none() && !self.tariff.is_time() {
            self.counted = self.counted.max(ticks);
            self.look(now);
        }
    }

    /// A person wants it to end, or the tab was closed.
    pub fn told(&mut self, now: Span) {
        self.look(now);
        self.stop(Stopped::Told, now);
    }

    /// What was delivered.
    #[must_use]
    pub fn delivered(&self, now: Span) -> Ticks {
        if self.stopped.is_some() { self.counted } else { self.went(now).min(self.tariff.bearable(&self.paid)) }
    }

    /// What is owed for it: never more than was paid.
    #[must_use]
    pub fn due(&self, now: Span) -> Amount {
        let due = self.tariff.meter.due_for(&self.tariff.price, self.delivered(now));
        if due.value() < self.paid.value() { due } else { self.paid }
    }

    /// What vouchers come to.
    #[must_use]
    pub const fn total(&self) -> Amount {
        self.paid
    }

    /// Nothing was ever paid, or the payer of what is counted is not heard any more. Time ends by itself.
    fn is_left(&self, now: Span) -> bool {
        let patience = match self.began {
            None => FIRST_WITHIN,
            Some(_) if self.tariff.is_time() => return false,
            Some(_) => after(self.tariff.meter.grace, HEARD_MARGIN),
        };
        elapsed(now, self.heard) > patience
    }

    /// What has gone by or through, whether or not it is paid for.
    fn went(&self, now: Span) -> Ticks {
        match self.began {
            Some(began) if self.tariff.is_time() => self.tariff.meter.within(elapsed(now, began)),
            _ => self.counted,
        }
    }

    fn stop(&mut self, why: Stopped, now: Span) {
        if self.stopped.is_none() {
            // From here on the clock counts for nothing.
            self.counted = self.delivered(now);
            self.stopped = Some(why);
        }
    }
}
