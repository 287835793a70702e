//! Measuring in turns: a round of the thing, a round of its floor, again and again, so that whatever else the machine
//! does hits both alike. What is reported is the median; the spread is that of the rounds' own ratios.

use std::time::{Duration, Instant};

/// How often something took how long, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took.as_nanos() as f64);
    }

    pub(crate) fn add_ns(&mut self, ns: f64) {
        self.0.push(ns);
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The value below which this share of all lies; 0.5 is the median.
    pub(crate) fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let index = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
        sorted.get(index).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn median_ns(&self) -> f64 {
        self.at(0.5)
    }
}

/// A thing and its floor, measured in turns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    pub(crate) thing: Times,
    pub(crate) floor: Times,
}

impl Beside {
    /// One turn of the two, unless it only warms caches up.
    pub(crate) fn add(&mut self, counts: bool, thing: Duration, floor: Duration) {
        if counts {
            self.thing.add(thing);
            self.floor.add(floor);
        }
    }

    /// The ratio that half of the rounds stay below, and the spread between their tenth and ninetieth percentile.
    pub(crate) fn ratio(&self) -> (f64, (f64, f64)) {
        let ratios = Times(self.thing.0.iter().zip(&self.floor.0).map(|(thing, floor)| thing / floor).collect());
        (ratios.median_ns(), (ratios.at(0.1), ratios.at(0.9)))
    }
}

/// Measures `thing` and `floor` in `rounds` turns of `times` calls each.
pub(crate) fn beside(rounds: usize, times: usize, mut thing: impl FnMut(), mut floor: impl FnMut()) -> Beside {
    let mut measured = Beside::default();
    // The first turns warm caches and branch predictors, and do not count.
    for round in 0..rounds + rounds / 10 + 1 {
        let one = turn(times, &mut thing);
        let other = turn(times, &mut floor);
        if round > rounds / 10 {
            measured.thing.add_ns(one);
            measured.floor.add_ns(other);
        }
    }
    measured
}

fn turn(times: usize, work: &mut impl FnMut()) -> f64 {
    let began = Instant::now();
    for _ in 0..times {
        work();
    }
    began.elapsed().as_nanos() as f64 / times as f64
}
