//! Meters: their terms, and what they show.

use super::tab::span;
use farthing_core::export::tabs::MeterView;
use farthing_core::tab::meter::Stopped;
use farthing_protocol::tab::{MeterMeasure, MeterTerms, Ticks};
use std::fmt::Write as _;

/// What a person must see of a meter before being asked.
pub(crate) fn terms(meter: &MeterView) -> String {
    let is_time = meter.measure == "time";
    let amount = |ticks: u64| if is_time { time(ticks) } else { format!("{ticks} ticks") };
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = write!(
        out,
        "Paid:      by itself, {} for {} at a time, in advance",
        meter.quantum.text,
        amount(meter.quantum_ticks)
    );
    if let Some(rate) = meter.rate {
        let _ = write!(out, "; {} ticks are a unit, at most {rate} go by in a second", meter.unit_ticks);
    }
    out.push('\n');
    if meter.free_ticks > 0 {
        let _ = writeln!(out, "Free:      the first {}", amount(meter.free_ticks));
    }
    let _ = writeln!(
        out,
        "At stake:  {} at most, should the payee take it and not deliver; it stops when unheard for {}",
        meter.most_lost.text,
        time(meter.grace_ms)
    );
    out
}

/// What has gone by or through.
pub(crate) fn ticks(meter: &MeterTerms, ticks: Ticks) -> String {
    match meter.measure {
        MeterMeasure::Time => {
            let s = ticks.get() / 1000;
            let (h, min, s) = (s / 3600, s / 60 % 60, s % 60);
            if h > 0 { format!("{h}:{min:02}:{s:02}") } else { format!("{min}:{s:02}") }
        }
        MeterMeasure::Counted(_) => format!("{} ticks", ticks.get()),
    }
}

/// Why it has stopped.
pub(crate) const fn stopped(why: Stopped) -> &'static str {
    match why {
        Stopped::Told => "stopped",
        Stopped::Cap => "the cap is used up",
        Stopped::Silent => "the payee fell silent",
        Stopped::Refused => "the payee has ended it",
        Stopped::TooFast => "the payee counted faster than its terms allow",
        Stopped::Unpaid => "what was paid and the grace are used up",
        Stopped::Disturbed => "the tab was paid from beside the meter",
    }
}

/// Seconds, where they are what matters.
fn time(ms: u64) -> String {
    match (ms % 60_000, ms % 1000) {
        (0, _) if ms > 0 => span(ms),
        (_, 0) => format!("{} s", ms / 1000),
        _ => format!("{ms} ms"),
    }
}
