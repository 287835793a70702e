//! Stays current: hears of news at once, by the verifier's stream of events, by long polls where no stream gets through.
//!
//! ```text
//!            first event in time ─▶ catches up ─▶ Stream ──▶ pulls at each event ─┐
//!  Connecting ┤                                     └───────◀────────────────────┘
//!      ▲      ├ refused, silent, or often cut ─▶ Polling ─── for five minutes ──▶ Connecting
//!      │      └ no connection ─▶ Away
//!      └── after a pause ── the stream ended, or any of these failed
//! ```
//!
//! | what happens | why nothing is lost or counted twice |
//! |---|---|
//! | news before the stream is open, or between two | each stream begins with a catch-up, which reads from the stored cursor on |
//! | an event is lost, comes twice or late, or lies | it is a hint: what counts is read, signed, from the cursor on |
//! | killed | the cursor and what was counted up to it are one commit |
//! | a person's own commands at the same time | a page that was read meanwhile is passed over |

use super::Wallet;
use super::inner::Inner;
use crate::error::{Error, WalletError};
use crate::messaging::Hurry;
use crate::store::Cursor;
use crate::sync::{EventStream, Listening, NetworkError, OpenStream, PullEntries, ServerEvent};
use farthing_protocol::limits::LONG_POLL_MAX;
use farthing_protocol::time::Span;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch::{Receiver, Sender};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// A stream whose first event takes longer than this is held back by something on the way.
const FIRST_EVENT_WAIT: Duration = Duration::from_secs(5);
/// How long calls that wait stand in before a stream is tried again.
const STREAM_AGAIN: Duration = Duration::from_secs(300);
/// A stream that ends sooner was cut, or another device with our keys listens, too.
const STREAM_SHORT: Duration = Duration::from_secs(60);
/// So many short streams after each other, and calls that wait stand in.
const STREAMS_SHORT_MAX: u32 = 3;
/// How often a look is taken whether something is unfinished, and calls that wait are made at most when answered at once.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// How often everything is resolved anew, when nothing else happens.
const SYNC_EVERY: Duration = Duration::from_secs(300);
/// The first pause before connecting again; each is twice the one before.
const PAUSE_MIN: Duration = Duration::from_millis(250);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// How long it goes on after the last [`Watch`] is gone: a screen that is turned asks again at once.
const LINGER: Duration = Duration::from_secs(5);

/// How news come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Line {
    /// Not yet, or not any more, but no failure either.
    #[default]
    Connecting,
    /// At once, by the stream.
    Stream,
    /// Within seconds, by calls that wait.
    Polling,
    /// Not at all.
    Away,
}

/// How the wallet stands to its verifier while it stays current.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contact {
    /// How news come in.
    pub line: Line,
    /// What went wrong last; with a line it is about something single, and the rest goes on.
    pub trouble: Option<Error>,
}

/// Keeps the wallet current while it lives. What happens is in the event log.
pub struct Watch {
    /// Not the wallet: whoever still holds this after the wallet was closed keeps none of its keys.
    watching: Arc<Watching>,
    contact: Receiver<Contact>,
}

impl Watch {
    /// How the wallet stands to its verifier now.
    #[must_use]
    pub fn contact(&self) -> Contact {
        self.contact.borrow().clone()
    }

    /// Comes back when that differs from `known`.
    pub async fn contact_other_than(&mut self, known: &Contact) -> Contact {
        let changed = self.contact.wait_for(|contact| contact != known).await.map(|contact| contact.clone());
        match changed {
            Ok(contact) => contact,
            // The sender lives in `watching`, as long as we do.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.watching.wanted.send_modify(|wanted| *wanted -= 1);
    }
}

impl Wallet {
    /// Stays current with the verifier, reconnecting as often as it takes, until the value is dropped. Several share one
    /// stream. [`Wallet::events`] tells what happens.
    ///
    /// # Errors
    /// [`WalletError::Closed`].
    pub fn watch(&self) -> Result<Watch, Error> {
        let runtime = self.runtime.as_ref().ok_or(WalletError::Closed)?;
        let watching = Arc::clone(&self.inner.watching);
        let mut running = watching.running.lock().unwrap_or_else(PoisonError::into_inner);
        watching.wanted.send_modify(|wanted| *wanted += 1);
        if !std::mem::replace(&mut *running, true) {
            runtime.spawn(run(Arc::clone(&self.inner)));
        }
        drop(running);
        Ok(Watch { contact: watching.contact.subscribe(), watching })
    }
}

/// What all that watch share.
#[derive(Default)]
pub(super) struct Watching {
    wanted: Sender<usize>,
    running: Mutex<bool>,
    contact: Sender<Contact>,
}

async fn run(inner: Arc<Inner>) {
    let mut watcher = Watcher { inner: &inner, pause: PAUSE_MIN, short_streams: 0 };
    tokio::select! {
        () = unwanted(&inner.watching) => {}
        () = watcher.keep_current() => {}
    }
}

/// Comes back when nobody has wanted it for a while; from then on it does not run.
async fn unwanted(watching: &Watching) {
    let mut wanted = watching.wanted.subscribe();
    loop {
        // The sender is borrowed, so that it cannot be gone.
        let _ = wanted.wait_for(|wanted| *wanted == 0).await;
        if timeout(LINGER, wanted.wait_for(|wanted| *wanted > 0)).await.is_ok() {
            continue;
        }
        let mut running = watching.running.lock().unwrap_or_else(PoisonError::into_inner);
        if *watching.wanted.borrow() == 0 {
            *running = false;
            watching.contact.send_replace(Contact::default());
            return;
        }
    }
}

struct Watcher<'a> {
    inner: &'a Arc<Inner>,
    pause: Duration,
    short_streams: u32,
}

/// Why a stream, or trying to have one, ended.
enum Ended {
    /// There is none to be had; calls may do.
    NoStream,
    /// It was one, and ended.
    Cut,
    /// No connection, or no store to work with.
    Failed(Error),
}

impl Watcher<'_> {
    async fn keep_current(&mut self) {
        loop {
            let began = Instant::now();
            let mut ended = if self.short_streams < STREAMS_SHORT_MAX { self.listen().await } else { Ended::NoStream };
            match &ended {
                Ended::NoStream => {
                    self.short_streams = 0;
                    if let Err(error) = self.poll(began + STREAM_AGAIN).await {
                        ended = Ended::Failed(error);
                    }
                }
                Ended::Cut if began.elapsed() < STREAM_SHORT => self.short_streams += 1,
                _ => self.short_streams = 0,
            }
            if began.elapsed() >= STREAM_SHORT {
                self.pause = PAUSE_MIN;
            }
            match ended {
                Ended::Failed(error) => self.say(Line::Away, Some(error)),
                Ended::NoStream | Ended::Cut => self.say(Line::Connecting, None),
            }
            sleep(self.jittered()).await;
            self.pause = (self.pause * 2).min(PAUSE_MAX);
        }
    }

    /// Between half of the pause and all of it, so that wallets do not come back all at once.
    fn jittered(&self) -> Duration {
        let share = self.inner.engine().rng().next_u32() >> 16;
        self.pause / 2 + self.pause / 2 * share / 0x1_0000
    }

    fn say(&self, line: Line, trouble: Option<Error>) {
        let new = Contact { line, trouble };
        self.inner.watching.contact.send_if_modified(|contact| {
            let changed = *contact != new;
            if changed {
                tracing::debug!(line = ?new.line, trouble = new.trouble.as_ref().map(Error::kind), "connection");
            }
            *contact = new;
            changed
        });
    }

    /// Opens a stream and follows it to its end.
    async fn listen(&mut self) -> Ended {
        let mut stream = match self.open().await {
            Ok(Some(stream)) => stream,
            Ok(None) => return Ended::NoStream,
            Err(error) => return Ended::Failed(error),
        };
        match timeout(FIRST_EVENT_WAIT, stream.next()).await {
            Ok(Ok(Some(_))) => {}
            Ok(Ok(None) | Err(_)) => return Ended::Cut,
            Err(_) => return Ended::NoStream,
        }
        match self.follow(stream.as_mut()).await {
            Ok(()) => Ended::Cut,
            Err(error) => Ended::Failed(error),
        }
    }

    /// A stream; `None` when the verifier, or something on the way, has none to give.
    async fn open(&self) -> Result<Option<Box<dyn EventStream>>, Error> {
        let now = self.inner.clocks.now();
        let (mut read, mut call) = OpenStream::new(&mut self.inner.engine(), now)?;
        loop {
            match timeout(FIRST_EVENT_WAIT, self.inner.network.listen(&call)).await {
                Ok(Ok(Listening::Stream(stream))) => return Ok(Some(stream)),
                // Held back on the way, or nobody there: the calls that come next tell which.
                Err(_) | Ok(Err(NetworkError::TimedOut) | Ok(Listening::NotSupported)) => return Ok(None),
                Ok(Err(error)) => return Err(error.into()),
                Ok(Ok(Listening::Answered(reply))) => {
                    let now = self.inner.clocks.now();
                    match read.answered(&mut self.inner.engine(), reply, now) {
                        Ok(Some(again)) => call = again,
                        // Whatever is wrong, the calls that come next say it, too.
                        Ok(None) | Err(_) => return Ok(None),
                    }
                }
            }
        }
    }

    /// Catches up, then reads whatever the stream hints at. Ends when the stream does.
    async fn follow(&mut self, stream: &mut dyn EventStream) -> Result<(), Error> {
        let mut told = BTreeMap::new();
        let trouble = self.sync().await?;
        self.say(Line::Stream, trouble);
        let mut synced = Instant::now();
        let mut look_at = synced + LOOK_EVERY;
        loop {
            let trouble = tokio::select! {
                event = stream.next() => match event {
                    Ok(Some(event)) => self.heard(&event, &mut told).await?,
                    Ok(None) | Err(_) => return Ok(()),
                },
                () = sleep_until(look_at) => {
                    look_at = Instant::now() + LOOK_EVERY;
                    if synced.elapsed() < SYNC_EVERY && self.inner.is_settled()? {
                        continue;
                    }
                    synced = Instant::now();
                    Some(self.sync().await?)
                }
            };
            if let Some(trouble) = trouble {
                self.say(Line::Stream, trouble);
            }
        }
    }

    /// Reads what an event hints at; `None` when it hints at nothing new.
    async fn heard(
        &self,
        event: &ServerEvent,
        told: &mut BTreeMap<String, String>,
    ) -> Result<Option<Option<Error>>, Error> {
        if let Some((epoch, seq)) = event.entries() {
            // Also when it is lower: then the verifier has lost history, and reading finds out.
            if self.inner.engine().store().cursor()? == (Cursor { epoch, seq }) {
                return Ok(None);
            }
            let pulled = passing(self.inner.drive(PullEntries::new()).await)?;
            // A tab that was closed is claimed from at once.
            let settled = passing(self.inner.settle_tabs().await)?;
            return Ok(Some(pulled.or(settled)));
        }
        if !["messages", "devices"].contains(&event.name.as_str()) {
            return Ok(None);
        }
        // The first one of a stream is older than the catch-up that it began with.
        let before = told.insert(event.name.clone(), event.data.clone());
        if before.is_none_or(|before| before == event.data) { Ok(None) } else { self.sync().await.map(Some) }
    }

    /// Calls that wait, until it is time to try a stream again.
    async fn poll(&self, until: Instant) -> Result<(), Error> {
        loop {
            let trouble = self.sync().await?;
            self.say(Line::Polling, trouble);
            if Instant::now() >= until {
                return Ok(());
            }
            let began = Instant::now();
            // Not by `sync`, which would hold up a person's own.
            let wait = Span::from_ms(LONG_POLL_MAX.as_ms());
            let pulled = match self.inner.drive(PullEntries::waiting(wait)).await {
                Ok(pulled) => pulled.received + pulled.settled + pulled.rejected > 0,
                Err(error) => passing::<()>(Err(error)).map(|_| false)?,
            };
            if !pulled && began.elapsed() < LOOK_EVERY {
                // A verifier that has no place to let us wait, or a trouble that stays.
                sleep_until((began + LOOK_EVERY).min(until)).await;
            }
        }
    }

    async fn sync(&self) -> Result<Option<Error>, Error> {
        passing(self.inner.sync(Span::from_ms(0), Hurry::None).await)
    }
}

/// What ends a line, told apart from what it goes on with.
fn passing<T>(done: Result<T, Error>) -> Result<Option<Error>, Error> {
    match done {
        Ok(_) => Ok(None),
        Err(error) if matches!(error.cause(), Error::Network(_) | Error::Store(_)) => Err(error),
        Err(error) => Ok(Some(error)),
    }
}
