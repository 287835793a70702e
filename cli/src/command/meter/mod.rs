//! `farthing meter`: a tab that is paid from by itself, as long as something is delivered (chapter 19.10 of the specification).
//!
//! The machines are [`farthing_core::tab::meter`]'s; here are their clock, their count, and what people and devices are told.

mod charge;
mod pay;

use crate::args::Meter;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, write_line, write_stderr};
use farthing_core::tab::meter::Tariff;
use farthing_core::wallet::{Clocks as _, SystemClocks};
use farthing_protocol::tab::{MeterMeasure, Ticks};
use farthing_protocol::time::Span;
use serde_json::Value;
use std::io::{BufRead as _, IsTerminal as _, stderr, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often the clock and the count are looked at: this much later than it should a meter stops at most.
const TICK: Duration = Duration::from_millis(100);

pub(super) async fn run(meter: Meter, context: &Context) -> Result<Output, Failure> {
    match meter {
        Meter::Charge(args) => charge::run(args, context).await,
        Meter::Pay(args) => pay::run(args, context).await,
    }
}

/// The clock that meters go by: it counts sleep, and nobody sets it.
fn now() -> Span {
    SystemClocks.now().monotonic
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What is counted beside us, as it comes in on stdin: the total so far, a line each.
struct Count(Option<Arc<AtomicU64>>);

impl Count {
    /// Listens, where something is counted.
    fn of(tariff: &Tariff) -> Self {
        if tariff.meter.measure == MeterMeasure::Time {
            return Self(None);
        }
        let newest = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&newest);
        // It reads until its end, or that of the process.
        std::thread::spawn(move || {
            for line in stdin().lock().lines().map_while(Result::ok) {
                match line.trim().parse() {
                    Ok(ticks) => drop(count.fetch_max(ticks, Ordering::Relaxed)),
                    Err(_) => write_stderr("A line on stdin is no number of ticks, and counts for nothing.\n"),
                }
            }
        });
        Self(Some(newest))
    }

    fn newest(&self) -> Ticks {
        Ticks::new(self.0.as_ref().map_or(0, |newest| newest.load(Ordering::Relaxed)))
    }
}

/// What is said while it goes on: lines of JSON for programs, one line that changes for a person, lines where there is no screen.
struct Live {
    as_json: bool,
    on_screen: bool,
    last: String,
}

impl Live {
    fn new(context: &Context) -> Self {
        Self { as_json: context.json(), on_screen: !context.json() && stderr().is_terminal(), last: String::new() }
    }

    /// Something has happened. False when whoever reads it has gone away.
    fn happened(&mut self, json: &Value, text: &str) -> bool {
        if self.as_json {
            write_line(&json.to_string())
        } else if self.on_screen {
            self.goes_on(text);
            true
        } else {
            write_line(text)
        }
    }

    /// It goes on: only a screen shows that.
    fn goes_on(&mut self, text: &str) {
        if self.on_screen && self.last != text {
            text.clone_into(&mut self.last);
            write_stderr(&format!("\r\u{1b}[K{text}"));
        }
    }

    /// What comes next begins a line of its own.
    fn ends(&mut self) {
        if !core::mem::take(&mut self.last).is_empty() {
            write_stderr("\n");
        }
    }
}
