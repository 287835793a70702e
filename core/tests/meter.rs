//! Meters, against everything that lies between their two ends: what is signed, delivered and lost stays within the terms.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use farthing_core::tab::meter::{Payee, PayeeStep, Payer, PayerStep, Stopped, Tariff};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::tab::{MeterMeasure, MeterTerms, Ticks};
use farthing_protocol::time::Span;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn usd(value: u64) -> Amount {
    Amount::new(value, Asset::new(Code::new("USD").unwrap(), 6).unwrap()).unwrap()
}

fn ms(ms: u64) -> Span {
    Span::from_ms(ms)
}

/// A cent for a second, paid by the second, with two of grace and three free; 20 seconds in all.
fn ride() -> Tariff {
    let meter = MeterTerms {
        measure: MeterMeasure::Time,
        unit: Ticks::new(1000),
        free: Ticks::new(3000),
        quantum: Ticks::new(1000),
        grace: ms(2000),
    };
    Tariff { price: usd(10_000), meter, cap: usd(200_000) }
}

/// Ten cents a page, one page at a time, at most two in a second.
fn copier() -> Tariff {
    let meter = MeterTerms {
        measure: MeterMeasure::Counted(Ticks::new(2)),
        unit: Ticks::new(1),
        free: Ticks::new(0),
        quantum: Ticks::new(1),
        grace: ms(1000),
    };
    Tariff { price: usd(100_000), meter, cap: usd(500_000) }
}

/// What the payer does next is offered, and taken at once.
fn pay(payer: &mut Payer, payee: &mut Payee, now: u64) -> PayerStep {
    let step = payer.next(ms(now));
    if let PayerStep::Pay { .. } | PayerStep::Again = step {
        payee.paid(payer.signed(), ms(now));
        if !matches!(payee.look(ms(now)), PayeeStep::Stop(_)) {
            payer.taken(payer.signed(), ms(now));
        }
    }
    step
}

#[test]
fn a_ride_is_paid_by_the_second_until_its_cap() {
    let tariff = ride();
    let (mut payer, mut payee) = (Payer::new(tariff, ms(0)), Payee::new(tariff, ms(0)));
    assert_eq!(payee.look(ms(0)), PayeeStep::Idle);
    let mut totals = Vec::new();
    let ended = (0..60_000).step_by(50).find_map(|now| match pay(&mut payer, &mut payee, now) {
        PayerStep::Pay { total } => {
            totals.push((now, total.value()));
            None
        }
        PayerStep::Stop(why) => Some((now, why)),
        PayerStep::Again | PayerStep::Wait { .. } => None,
    });
    // The first second is paid at once, and each further one once the free ones and those that are paid are over.
    let expected = (0..20).map(|n: u64| (if n == 0 { 0 } else { 3000 + n * 1000 }, 10_000 * (n + 1)));
    assert_eq!(totals, expected.collect::<Vec<_>>());
    assert_eq!(ended, Some((23_000, Stopped::Cap)));
    assert_eq!(payee.look(ms(23_000)), PayeeStep::Stop(Stopped::Cap), "nothing beyond the cap, no grace either");
    assert_eq!((payee.delivered(ms(90_000)).get(), payee.due(ms(90_000))), (23_000, usd(200_000)));
}

#[test]
fn the_last_payment_is_what_the_cap_leaves() {
    let tariff = Tariff { cap: usd(25_000), ..ride() };
    let (mut payer, mut payee) = (Payer::new(tariff, ms(0)), Payee::new(tariff, ms(0)));
    let ended = (0..60_000).step_by(50).find(|now| matches!(pay(&mut payer, &mut payee, *now), PayerStep::Stop(_)));
    assert_eq!((ended, payer.signed()), (Some(5500), usd(25_000)), "half a second more, and no grace");
    assert_eq!(payee.look(ms(5500)), PayeeStep::Stop(Stopped::Cap));
}

#[test]
fn it_stops_at_once_when_told_and_never_goes_on() {
    let tariff = ride();
    let (mut payer, mut payee) = (Payer::new(tariff, ms(0)), Payee::new(tariff, ms(0)));
    pay(&mut payer, &mut payee, 0);
    payer.told(ms(700));
    payee.told(ms(700));
    for now in [700, 5000, 50_000] {
        assert_eq!(payer.next(ms(now)), PayerStep::Stop(Stopped::Told));
        payee.paid(usd(90_000), ms(now));
        assert_eq!(payee.look(ms(now)), PayeeStep::Stop(Stopped::Told));
        assert_eq!((payee.delivered(ms(now)).get(), payee.total()), (700, usd(10_000)));
    }
    assert_eq!(payee.due(ms(50_000)), usd(0), "nothing beyond what is free was delivered");
}

#[test]
fn silence_is_measured_from_what_was_asked() {
    let tariff = ride();
    let mut payer = Payer::new(tariff, ms(0));
    assert_eq!(payer.next(ms(0)), PayerStep::Pay { total: usd(10_000) });
    payer.taken(usd(10_000), ms(100));
    // It asks within the grace whether anybody is there, and hears of it late.
    assert_eq!(payer.next(ms(700)), PayerStep::Again);
    payer.taken(usd(10_000), ms(1900));
    assert_eq!(payer.patience(), ms(2700));
    assert_eq!(payer.next(ms(2701)), PayerStep::Stop(Stopped::Silent));
    // A machine that slept finds out at once, and signs nothing first.
    let mut payer = Payer::new(tariff, ms(0));
    payer.next(ms(0));
    payer.taken(usd(10_000), ms(10));
    assert_eq!(payer.next(ms(3_600_000)), PayerStep::Stop(Stopped::Silent));
    assert_eq!(payer.signed(), usd(10_000));
    // A payee that was never heard: the first quantum is all that was signed.
    let mut payer = Payer::new(tariff, ms(0));
    assert_eq!(payer.next(ms(0)), PayerStep::Pay { total: usd(10_000) });
    for now in (500..=30_000).step_by(500) {
        assert_eq!(payer.next(ms(now)), PayerStep::Again);
    }
    assert_eq!((payer.next(ms(30_001)), payer.signed()), (PayerStep::Stop(Stopped::Silent), usd(10_000)));
}

#[test]
fn answers_late_doubled_and_beside_it() {
    let mut payer = Payer::new(ride(), ms(0));
    payer.next(ms(0));
    payer.taken(usd(10_000), ms(0));
    payer.next(ms(1000));
    payer.taken(usd(10_000), ms(1000));
    payer.next(ms(2500));
    payer.taken(usd(10_000), ms(2500));
    assert_eq!(payer.next(ms(4000)), PayerStep::Pay { total: usd(20_000) });
    payer.taken(usd(10_000), ms(4001));
    assert!(
        matches!(payer.next(ms(4002)), PayerStep::Wait { .. }),
        "what came late is no answer to what was offered last"
    );
    payer.taken(usd(30_000), ms(4003));
    assert_eq!(payer.next(ms(4004)), PayerStep::Stop(Stopped::Disturbed));
    let mut payer = Payer::new(ride(), ms(0));
    payer.next(ms(0));
    payer.refused(ms(0));
    assert_eq!(payer.next(ms(1)), PayerStep::Stop(Stopped::Refused));
}

#[test]
fn pages_are_paid_as_they_are_counted() {
    let tariff = copier();
    let (mut payer, mut payee) = (Payer::new(tariff, ms(0)), Payee::new(tariff, ms(0)));
    assert_eq!(pay(&mut payer, &mut payee, 0), PayerStep::Pay { total: usd(100_000) });
    // Two pages of grace.
    assert_eq!(payee.look(ms(0)), PayeeStep::Deliver { up_to: Ticks::new(3), until: None });
    for page in 1..=4_u64 {
        let now = page * 500;
        payee.counted(Ticks::new(page), ms(now));
        payer.counted(Ticks::new(page), ms(now));
        assert_eq!(pay(&mut payer, &mut payee, now), PayerStep::Pay { total: usd(100_000 * (page + 1)) });
    }
    // Fewer than before are none less.
    payer.counted(Ticks::new(1), ms(2100));
    assert_eq!(payer.measured(ms(2100)), Ticks::new(4));
    payee.counted(Ticks::new(5), ms(2500));
    payer.counted(Ticks::new(5), ms(2500));
    assert_eq!(pay(&mut payer, &mut payee, 2500), PayerStep::Stop(Stopped::Cap));
    assert_eq!(payee.look(ms(2500)), PayeeStep::Stop(Stopped::Cap));
}

#[test]
fn a_payer_that_never_pays_or_leaves_is_not_waited_for() {
    for tariff in [ride(), copier()] {
        let mut payee = Payee::new(tariff, ms(1000));
        assert_eq!(payee.look(ms(61_000)), PayeeStep::Idle);
        assert_eq!(payee.look(ms(61_001)), PayeeStep::Stop(Stopped::Unpaid));
        payee.paid(usd(10_000), ms(61_002));
        assert_eq!((payee.total(), payee.due(ms(70_000))), (usd(0), usd(0)));
    }
    // Nobody draws: for as long as its payer says that it is there, that is well.
    let mut payee = Payee::new(copier(), ms(0));
    for now in (59_000..600_000).step_by(6000) {
        payee.paid(usd(100_000), ms(now));
        assert_eq!(payee.look(ms(now + 6000)), PayeeStep::Deliver { up_to: Ticks::new(3), until: None });
    }
    payee.counted(Ticks::new(1), ms(600_000));
    assert_eq!(payee.look(ms(605_001)), PayeeStep::Stop(Stopped::Unpaid));
    assert_eq!(payee.due(ms(700_000)), usd(100_000));
}

#[test]
fn a_meter_that_overcharges_is_noticed() {
    let mut payer = Payer::new(copier(), ms(0));
    payer.next(ms(0));
    payer.taken(usd(100_000), ms(0));
    // Two in a second, and the one that it may begin with.
    payer.counted(Ticks::new(4), ms(1000));
    assert_eq!(payer.next(ms(1000)), PayerStep::Stop(Stopped::TooFast));
    assert_eq!(payer.signed(), usd(100_000));
    // One that runs on, at a lawful pace, beyond what it was paid for and its grace.
    let mut payer = Payer::new(copier(), ms(0));
    payer.next(ms(0));
    payer.taken(usd(100_000), ms(0));
    payer.counted(Ticks::new(4), ms(60_000));
    assert_eq!(payer.next(ms(500)), PayerStep::Stop(Stopped::Unpaid));
    // Nothing that it says moves a meter of time.
    let mut payer = Payer::new(ride(), ms(0));
    payer.next(ms(0));
    payer.taken(usd(10_000), ms(0));
    payer.counted(Ticks::new(19_000), ms(100));
    assert_eq!((payer.measured(ms(100)), payer.signed()), (Ticks::new(100), usd(10_000)));
    assert!(matches!(payer.next(ms(100)), PayerStep::Wait { .. }));
}

/// What happens between the two ends; times in ms.
#[derive(Clone, Debug)]
enum Event {
    /// So much goes by.
    Passes(u64),
    /// The payer is looked after. What it offers gets there, and the answer back, after so long each.
    Heard(u64, u64),
    /// It gets there, and the answer does not come back.
    Unanswered(u64),
    /// It does not get there.
    Lost,
    /// Something that was offered before gets there now, again or for the first time.
    Late(prop::sample::Index),
    /// The payee is looked after.
    Look,
    /// So much more is counted, or seems to be, at the payer and at the payee.
    Counts(u64, u64),
    PayerTold,
    PayeeTold,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => (1..1500_u64).prop_map(Event::Passes),
        1 => (1500..20_000_u64).prop_map(Event::Passes),
        12 => (0..300_u64, 0..300_u64).prop_map(|(there, back)| Event::Heard(there, back)),
        1 => (0..3000_u64, 0..3000_u64).prop_map(|(there, back)| Event::Heard(there, back)),
        2 => (0..2000_u64).prop_map(Event::Unanswered),
        2 => Just(Event::Lost),
        2 => any::<prop::sample::Index>().prop_map(Event::Late),
        4 => Just(Event::Look),
        3 => (0..4_u64, 0..4_u64).prop_map(|(payer, payee)| Event::Counts(payer, payee)),
        1 => Just(Event::PayerTold),
        1 => Just(Event::PayeeTold),
    ]
}

fn tariff(time: impl Strategy<Value = bool>) -> impl Strategy<Value = Tariff> {
    let numbers = (1..50_000_u64, 1..4000_u64, 0..8000_u64, 1000..5000_u64, 1000..4000_u64, 1..8_u64);
    (time, numbers).prop_map(|(time, (price, unit, free, quantum, grace, quanta))| {
        let (measure, unit, free, quantum) = if time {
            (MeterMeasure::Time, unit, free, quantum)
        } else {
            (MeterMeasure::Counted(Ticks::new(3)), 1 + unit % 5, free % 9, 1 + quantum % 4)
        };
        // A quantum costs something.
        let price = usd(price.max(unit));
        let (unit, free, quantum) = (Ticks::new(unit), Ticks::new(free), Ticks::new(quantum));
        let meter = MeterTerms { measure, unit, free, quantum, grace: ms(grace) };
        let cap = usd(meter.price_of(&price, quantum).value() * (quanta * 8 + price.value() % 8) / 8);
        Tariff { price, meter, cap }
    })
}

/// A clock that is fast or slow, by thousandths, and began anywhere.
#[derive(Clone, Copy, Debug)]
struct Clock {
    since: u64,
    rate: u64,
}

impl Clock {
    fn at(self, time: u64) -> Span {
        ms(self.since + time * self.rate / 1000)
    }
}

fn clock(rates: core::ops::RangeInclusive<u64>) -> impl Strategy<Value = Clock> {
    (0..1_u64 << 40, rates).prop_map(|(since, rate)| Clock { since, rate })
}

/// Both ends, and what is between them.
struct Street {
    tariff: Tariff,
    payer: (Payer, Clock),
    payee: (Payee, Clock),
    time: u64,
    /// What was ever offered.
    offered: Vec<Amount>,
    /// What each has counted, or claims to.
    counts: (u64, u64),
    /// What the payee really delivered, by its own measure: it stops when it is told to, and is looked after when that comes.
    delivered: u64,
}

impl Street {
    fn new(tariff: Tariff, payer: Clock, payee: Clock) -> Self {
        let machine = Payer::new(tariff, payer.at(0));
        Self {
            tariff,
            payer: (machine, payer),
            payee: (Payee::new(tariff, payee.at(0)), payee),
            time: 0,
            offered: Vec::new(),
            counts: (0, 0),
            delivered: 0,
        }
    }

    fn happens(&mut self, event: &Event) -> Result<(), TestCaseError> {
        match event {
            Event::Passes(time) => self.time += time,
            Event::Heard(there, back) => {
                if self.offers()? {
                    self.time += there;
                    if self.arrives(self.payer.0.signed()) {
                        self.time += back;
                        self.payer.0.taken(self.payer.0.signed(), self.payer.1.at(self.time));
                    } else {
                        self.time += back;
                        self.payer.0.refused(self.payer.1.at(self.time));
                    }
                }
            }
            Event::Unanswered(there) => {
                if self.offers()? {
                    self.time += there;
                    self.arrives(self.payer.0.signed());
                }
            }
            Event::Lost => drop(self.offers()?),
            Event::Late(which) => {
                if !self.offered.is_empty() {
                    self.arrives(self.offered[which.index(self.offered.len())]);
                }
            }
            Event::Look => drop(self.payee.0.look(self.payee.1.at(self.time))),
            Event::Counts(payer, payee) => {
                self.counts.0 += payer;
                let now = self.payee.1.at(self.time);
                // Counted things are delivered one by one, none unless it may.
                if let PayeeStep::Deliver { up_to, until: None } = self.payee.0.look(now) {
                    self.counts.1 = (self.counts.1 + payee).min(up_to.get());
                    self.payee.0.counted(Ticks::new(self.counts.1), now);
                }
                self.payer.0.counted(Ticks::new(self.counts.0), self.payer.1.at(self.time));
            }
            Event::PayerTold => self.payer.0.told(self.payer.1.at(self.time)),
            Event::PayeeTold => self.payee.0.told(self.payee.1.at(self.time)),
        }
        self.laws()
    }

    /// The payer's next step; true when it offers something.
    fn offers(&mut self) -> Result<bool, TestCaseError> {
        let now = self.payer.1.at(self.time);
        let before = self.payer.0.signed();
        let step = self.payer.0.next(now);
        let signed = self.payer.0.signed();
        if let PayerStep::Pay { total } = step {
            let meter = &self.tariff.meter;
            prop_assert!(total == signed && total.value() > before.value(), "each is for more");
            let measured = self.payer.0.measured(now).get();
            let most = measured.saturating_sub(meter.free.get()) + meter.quantum.get();
            let most = meter.price_of(&self.tariff.price, Ticks::new(most));
            prop_assert!(total.value() <= most.value(), "its own measure, less what is free, and a quantum");
            self.offered.push(total);
        } else {
            prop_assert_eq!(before, signed, "nothing else signs");
        }
        prop_assert!(signed.value() <= self.tariff.cap.value(), "the cap");
        Ok(matches!(step, PayerStep::Pay { .. } | PayerStep::Again))
    }

    /// A voucher at the payee; false when it has ended.
    fn arrives(&mut self, total: Amount) -> bool {
        let now = self.payee.1.at(self.time);
        self.payee.0.paid(total, now);
        !matches!(self.payee.0.look(now), PayeeStep::Stop(_))
    }

    fn laws(&mut self) -> Result<(), TestCaseError> {
        let (tariff, now) = (&self.tariff, self.payee.1.at(self.time));
        let (delivered, paid) = (self.payee.0.delivered(now), self.payee.0.total());
        prop_assert!(paid.value() <= self.payer.0.signed().value(), "nobody but the payer signs");
        prop_assert!(delivered.get() >= self.delivered, "what was delivered stays delivered");
        self.delivered = delivered.get();
        let grace = tariff.meter.within(tariff.meter.grace).get();
        let covered = tariff.meter.covered_by(&tariff.price, &paid).get();
        if paid.is_zero() {
            prop_assert_eq!(delivered.get(), 0, "nothing before the first payment");
        }
        prop_assert!(delivered.get() <= covered + grace, "what is paid, and the grace");
        prop_assert!(delivered.get() <= tariff.meter.covered_by(&tariff.price, &tariff.cap).get(), "the cap");
        let due = tariff.meter.due_for(&tariff.price, delivered);
        let unpaid = due.value().saturating_sub(paid.value());
        prop_assert!(unpaid <= tariff.meter.most_lost(&tariff.price).value(), "the payee's loss: {unpaid}");
        prop_assert!(self.payee.0.due(now).value() <= paid.value().min(due.value()), "what it says is due");
        Ok(())
    }

    /// What the payer signed for that was not delivered.
    fn loss(&self) -> u64 {
        let delivered = self.payee.0.delivered(self.payee.1.at(self.time));
        let due = self.tariff.meter.due_for(&self.tariff.price, delivered);
        self.payer.0.signed().value().saturating_sub(due.value())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn within_the_terms_whatever_happens(tariff in tariff(any::<bool>()), payer in clock(500..=2000), payee in clock(500..=2000), events in prop::collection::vec(event(), 1..120)) {
        let mut street = Street::new(tariff, payer, payee);
        for event in &events {
            street.happens(event)?;
        }
        // Nobody does anything any more: both find out, each by itself.
        street.time += 400_000;
        let (payer_now, payee_now) = (street.payer.1.at(street.time), street.payee.1.at(street.time));
        prop_assert!(matches!(street.payer.0.next(payer_now), PayerStep::Stop(_)));
        prop_assert!(matches!(street.payee.0.look(payee_now), PayeeStep::Stop(_)));
        street.laws()?;
    }

    #[test]
    fn neither_loses_more_than_the_terms_say(tariff in tariff(Just(true)), since in (0..1_u64 << 40, 0..1_u64 << 40), events in prop::collection::vec(event(), 1..120)) {
        // Clocks that go alike: what one measures is what the other delivers.
        let clock = |since| Clock { since, rate: 1000 };
        let mut street = Street::new(tariff, clock(since.0), clock(since.1));
        let most = tariff.meter.most_lost(&tariff.price).value();
        for event in &events {
            street.happens(event)?;
            prop_assert!(street.loss() <= most, "the payer's loss: {} of {most}", street.loss());
        }
    }
}
