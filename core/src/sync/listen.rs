//! The verifier's stream of events (docs/protocol.md 10.11): a signed read that is answered with server-sent events
//! (WHATWG HTML, 9.2), parsed within bounds whatever arrives.
//!
//! An event is only a hint to read: money counts by signed receipts, which the hint does not carry.

use super::SignedRead;
use crate::engine::Engine;
use crate::error::Error;
use crate::sync::{Heard, NetworkError};
use farthing_protocol::http::{Call, Reply};
use farthing_protocol::id::{Epoch, Seq};
use farthing_protocol::time::Moment;
use std::future::Future;
use std::pin::Pin;

/// Longest line that is kept, and most data of one event; ours have about 40 bytes.
const LINE_MAX: usize = 4096;

/// One event as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerEvent {
    /// Its name; `message` when it has none.
    pub name: String,
    /// Its data, lines joined by LF.
    pub data: String,
}

impl ServerEvent {
    /// Where the account's ledger stands, when the event says so.
    #[must_use]
    pub(crate) fn entries(&self) -> Option<(Epoch, Seq)> {
        let (epoch, seq) = self.data.split_once(' ').filter(|_| self.name == "entries")?;
        Some((Epoch::new(epoch.parse().ok()?), Seq::new(seq.parse().ok()?)))
    }
}

/// The next event on its way; `None` when the verifier has ended the stream.
pub type EventFuture<'a> = Pin<Box<dyn Future<Output = Result<Option<ServerEvent>, NetworkError>> + Send + 'a>>;

/// An open stream.
pub trait EventStream: Send {
    /// Waits for the next event. A future that is dropped loses none.
    fn next(&mut self) -> EventFuture<'_>;
}

/// What came of trying to listen.
pub enum Listening {
    /// The stream.
    Stream(Box<dyn EventStream>),
    /// Another answer: a problem, or a proxy's page.
    Answered(Reply),
    /// This network carries calls only.
    NotSupported,
}

/// A stream being opened.
pub type ListenFuture<'a> = Pin<Box<dyn Future<Output = Result<Listening, NetworkError>> + Send + 'a>>;

/// The signed read that opens a stream.
#[derive(Debug)]
pub(crate) struct OpenStream(SignedRead);

impl OpenStream {
    /// The first try.
    ///
    /// # Errors
    /// When signing fails.
    pub(crate) fn new(engine: &mut Engine, now: Moment) -> Result<(Self, Call), Error> {
        let (read, call) = SignedRead::new(engine, "/v1/events", "", now)?;
        Ok((Self(read), call))
    }

    /// Takes an answer that is no stream: the call to try again with, or `None` when there is none.
    ///
    /// # Errors
    /// The verifier's problem.
    pub(crate) fn answered(&mut self, engine: &mut Engine, reply: Reply, now: Moment) -> Result<Option<Call>, Error> {
        match self.0.hear(engine, Ok(reply), now)? {
            Heard::Again(call) => Ok(Some(call)),
            Heard::Reply(_) => Ok(None),
        }
    }
}

/// Makes events of bytes, however they are cut. Holds at most one line and one event's data, each bounded: what is longer
/// is left out.
#[derive(Debug, Default)]
pub struct EventParser {
    line: Vec<u8>,
    /// The line is longer than is kept.
    line_is_long: bool,
    /// A LF that comes now belongs to the CR before it.
    after_cr: bool,
    begun: bool,
    name: String,
    data: String,
    has_data: bool,
    data_is_long: bool,
}

impl EventParser {
    /// At the beginning of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes; `event` is called for each event that they complete.
    pub fn take(&mut self, bytes: &[u8], mut event: impl FnMut(ServerEvent)) {
        for &byte in bytes {
            let after_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\n' if after_cr => {}
                b'\n' | b'\r' => {
                    if let Some(complete) = self.end_line() {
                        event(complete);
                    }
                }
                _ if self.line.len() < LINE_MAX => self.line.push(byte),
                _ => self.line_is_long = true,
            }
        }
    }

    fn end_line(&mut self) -> Option<ServerEvent> {
        let bytes = std::mem::take(&mut self.line);
        let first = !std::mem::replace(&mut self.begun, true);
        // Half a line says something else than the whole.
        if std::mem::take(&mut self.line_is_long) {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_prefix('\u{feff}').filter(|_| first).unwrap_or(&text);
        if text.is_empty() {
            return self.end_event();
        }
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => self.add(value),
            // A comment, or what is of no use here: we read on from our own position and set our own pace.
            _ => {}
        }
        None
    }

    fn add(&mut self, value: &str) {
        if self.data.len() + value.len() >= LINE_MAX {
            self.data_is_long = true;
            return;
        }
        if std::mem::replace(&mut self.has_data, true) {
            self.data.push('\n');
        }
        self.data.push_str(value);
    }

    fn end_event(&mut self) -> Option<ServerEvent> {
        let (name, data) = (std::mem::take(&mut self.name), std::mem::take(&mut self.data));
        let has_data = std::mem::take(&mut self.has_data);
        if std::mem::take(&mut self.data_is_long) || !has_data {
            return None;
        }
        Some(ServerEvent { name: if name.is_empty() { "message".to_owned() } else { name }, data })
    }
}
