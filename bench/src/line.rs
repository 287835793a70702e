//! One line of the table: what was measured, beside its floor, and whether its target is met.

use crate::rounds::{Beside, Times};

/// What a line must reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// At most so many times the floor.
    TimesFloor(f64),
    /// At least this share of the floor: for rates, where more is better.
    ShareOfFloor(f64),
    /// At most so much more than the floor, by the rounds' own ratios.
    MoreThanFloor(f64),
    /// At most so much.
    AtMost(f64),
    /// Nothing: the figure is there to be read.
    Reported,
}

/// A line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) floor: Option<f64>,
    pub(crate) ratio: Option<f64>,
    /// The ratio's tenth and ninetieth percentile over the rounds, or the value's.
    pub(crate) spread: Option<(f64, f64)>,
    pub(crate) target: Target,
}

impl Line {
    /// A time beside its floor, in microseconds, that may be so many times as long.
    pub(crate) fn beside(name: &str, what: &str, measured: &Beside, at_most: f64) -> Self {
        Self::with_floor(name, what, measured, Target::TimesFloor(at_most))
    }

    /// A time beside its floor, in microseconds.
    pub(crate) fn with_floor(name: &str, what: &str, measured: &Beside, target: Target) -> Self {
        let (ratio, spread) = measured.ratio();
        Self {
            name: name.to_owned(),
            what: what.to_owned(),
            value: measured.thing.median_ns() / 1e3,
            unit: "us",
            floor: Some(measured.floor.median_ns() / 1e3),
            ratio: Some(ratio),
            spread: Some(spread),
            target,
        }
    }

    /// A time with a limit, in milliseconds: the median.
    pub(crate) fn median_ms(name: &str, what: &str, times: &Times, target: Target) -> Self {
        let spread = Some((times.at(0.1) / 1e6, times.at(0.9) / 1e6));
        Self { spread, ..Self::plain(name, what, times.median_ns() / 1e6, "ms", target) }
    }

    /// A figure without a floor.
    pub(crate) fn plain(name: &str, what: &str, value: f64, unit: &'static str, target: Target) -> Self {
        let (name, what) = (name.to_owned(), what.to_owned());
        Self { name, what, value, unit, floor: None, ratio: None, spread: None, target }
    }

    /// A figure beside another of the same run.
    pub(crate) fn over(self, floor: f64) -> Self {
        Self { floor: Some(floor), ratio: Some(self.value / floor), ..self }
    }

    /// Whether the target is met; `None` when there is none.
    pub(crate) fn ok(&self) -> Option<bool> {
        match (self.target, self.ratio) {
            (Target::TimesFloor(most), Some(ratio)) => Some(ratio <= most),
            (Target::ShareOfFloor(least), Some(ratio)) => Some(ratio >= least),
            (Target::MoreThanFloor(most), Some(ratio)) => self.floor.map(|floor| (ratio - 1.0) * floor <= most),
            (Target::AtMost(most), _) => Some(self.value <= most),
            _ => None,
        }
    }

    fn target_text(&self) -> String {
        match self.target {
            Target::TimesFloor(most) => format!("<= {most} x"),
            Target::ShareOfFloor(least) => format!(">= {least} x"),
            Target::MoreThanFloor(most) => format!("<= + {most} {}", self.unit),
            Target::AtMost(most) => format!("<= {most} {}", self.unit),
            Target::Reported => "reported".to_owned(),
        }
    }

    pub(crate) fn print(&self, as_json: bool) {
        if as_json {
            let target = self.target_text();
            let line = serde_json::json!({
                "name": self.name, "value": rounded(self.value), "unit": self.unit, "floor": self.floor.map(rounded),
                "ratio": self.ratio.map(rounded), "target": target, "ok": self.ok(),
            });
            println!("{line}");
            return;
        }
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), text);
        let spread = self.spread.map_or_else(String::new, |(low, high)| format!("{} to {}", text(low), text(high)));
        let ok = self.ok().map_or("", |ok| if ok { "yes" } else { "NO" });
        println!(
            "{:<20} {:<58} {:>10} {:<6} {:>10} {:>7}  {:<18} {:<12} {ok}",
            self.name,
            self.what,
            text(self.value),
            self.unit,
            number(self.floor),
            number(self.ratio),
            spread,
            self.target_text(),
        );
    }
}

/// The table's head.
pub(crate) fn print_head() {
    println!(
        "{:<20} {:<58} {:>10} {:<6} {:>10} {:>7}  {:<18} {:<12} met",
        "name", "what", "value", "unit", "floor", "ratio", "p10 to p90", "target"
    );
}

/// Three digits that mean something.
fn text(value: f64) -> String {
    match value.abs() {
        big if big >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
