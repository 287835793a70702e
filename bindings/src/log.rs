//! What the wallet says of its work, line by line, for whoever looks for a fault: calls, operations, states, connections. No line
//! has ids, names, addresses, amounts, keys or texts in it.
//!
//! Lines are said anywhere, under locks too, so that nobody waits for the sink: they go into a queue, and a thread that does nothing
//! else carries them over. What does not fit into the queue is counted, and the count is told.

use crate::failure::Failure;
use farthing_core::error::WalletError;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::subscriber::{Interest, Subscriber};
use tracing_core::{Dispatch, Event, Level, LevelFilter, Metadata, callsite, dispatcher};

/// Lines that wait for the sink: a payment says about fifty. A sink that is slower for longer than that misses some.
const QUEUE: usize = 256;
/// Whose lines are told. Other libraries' have what passes through them.
const TARGET: &str = "farthing_core";

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum LogLevel {
    /// Something is wrong.
    Error,
    /// Something may be wrong.
    Warn,
    /// What a person may want to know.
    Info,
    /// Each call, operation and state.
    Debug,
    /// Each step.
    Trace,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// Where in the library it was said.
    pub target: String,
    /// What was said.
    pub text: String,
}

/// A sink did not take a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum LogFailure {
    /// The one way that there is.
    #[error("the line was not taken")]
    NotTaken,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for LogFailure {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::NotTaken
    }
}

/// Where lines go.
#[uniffi::export(foreign)]
pub trait LogSink: Send + Sync {
    /// Takes a line, and says 1. (What generated code cannot catch arrives as 0.) Lines come one after another, on one thread; a sink
    /// that holds it up holds up nothing else.
    ///
    /// # Errors
    /// When it did not take it; the line is counted as missed.
    fn take(&self, line: LogLine) -> Result<u32, LogFailure>;
}

/// Tells each line of this level, or one that matters more, to a sink, which takes the place of the one before. The number that
/// comes back ends it.
///
/// # Errors
/// `internal` where the process has another log of all Rust code, or can make no thread.
#[uniffi::export]
pub fn set_log_sink(level: LogLevel, sink: Arc<dyn LogSink>) -> Result<u64, Failure> {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    if !INSTALLED.get_or_init(|| dispatcher::set_global_default(Dispatch::new(Lines)).is_ok()) {
        return Err(WalletError::Internal.into());
    }
    let (sender, lines) = sync_channel(QUEUE);
    let (missed, ended) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let carrier = Carrier { lines, sink, missed: Arc::clone(&missed), ended: Arc::clone(&ended) };
    let thread = std::thread::Builder::new().name("farthing-log".to_owned()).spawn(move || carrier.carry());
    thread.map_err(|_| WalletError::Internal)?;
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    replace(Some(Sink { number, level: level.into(), sender, missed, ended }), |_| true);
    Ok(number)
}

/// Ends what `set_log_sink` began. Lines that it was not told by then are dropped. Nothing happens when another has taken its place.
#[uniffi::export]
pub fn remove_log_sink(number: u64) {
    replace(None, |sink| sink.number == number);
}

/// The sink that is told lines now.
struct Sink {
    number: u64,
    level: LevelFilter,
    sender: SyncSender<LogLine>,
    missed: Arc<AtomicU64>,
    ended: Arc<AtomicBool>,
}

static SINK: RwLock<Option<Sink>> = RwLock::new(None);

fn sink() -> RwLockReadGuard<'static, Option<Sink>> {
    SINK.read().unwrap_or_else(PoisonError::into_inner)
}

/// Puts another sink, or none, in the place of one that fits.
fn replace(new: Option<Sink>, fits: impl FnOnce(&Sink) -> bool) {
    let mut sink = SINK.write().unwrap_or_else(PoisonError::into_inner);
    if sink.as_ref().is_none_or(fits)
        && let Some(old) = std::mem::replace(&mut *sink, new)
    {
        old.ended.store(true, Ordering::Relaxed);
    }
    // It asks for the new level.
    drop(sink);
    callsite::rebuild_interest_cache();
}

/// Carries lines to a sink, on a thread of its own.
struct Carrier {
    lines: Receiver<LogLine>,
    sink: Arc<dyn LogSink>,
    missed: Arc<AtomicU64>,
    ended: Arc<AtomicBool>,
}

impl Carrier {
    fn carry(self) {
        for line in &self.lines {
            let missed = self.missed.swap(0, Ordering::Relaxed);
            if missed > 0 {
                let text = format!("lines missed here: {missed}");
                self.tell(LogLine { level: LogLevel::Warn, target: module_path!().to_owned(), text }, missed);
            }
            self.tell(line, 1);
        }
    }

    /// `stands_for` lines are missed when it is not taken.
    fn tell(&self, line: LogLine, stands_for: u64) {
        if !self.ended.load(Ordering::Relaxed) && self.sink.take(line) != Ok(1) {
            self.missed.fetch_add(stands_for, Ordering::Relaxed);
        }
    }
}

/// Makes lines of the core's events.
struct Lines;

impl Subscriber for Lines {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Which level is wanted changes.
        if metadata.target().starts_with(TARGET) { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let wanted = sink().as_ref().is_some_and(|sink| *metadata.level() <= sink.level);
        wanted && metadata.is_event() && metadata.target().starts_with(TARGET)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(sink().as_ref().map_or(LevelFilter::OFF, |sink| sink.level))
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let metadata = event.metadata();
        let line = LogLine {
            level: (*metadata.level()).into(),
            target: metadata.target().to_owned(),
            text: text.message + &text.members,
        };
        if let Some(sink) = sink().as_ref()
            && sink.sender.try_send(line).is_err()
        {
            sink.missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    // There are no spans.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// An event as text: `operation done name=Prepare ms=12`.
#[derive(Default)]
struct Text {
    message: String,
    members: String,
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing to a String does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.members, " {name}={value:?}"),
        };
    }
}

impl From<LogLevel> for LevelFilter {
    fn from(of: LogLevel) -> Self {
        match of {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

impl From<Level> for LogLevel {
    fn from(of: Level) -> Self {
        match of {
            Level::ERROR => Self::Error,
            Level::WARN => Self::Warn,
            Level::INFO => Self::Info,
            Level::DEBUG => Self::Debug,
            Level::TRACE => Self::Trace,
        }
    }
}
