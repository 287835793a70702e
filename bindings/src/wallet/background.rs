//! Staying current: events, syncs, the connection to the verifier, pauses.

use super::{Wallet, closed, page};
use crate::failure::{Failure, FailureInfo};
use crate::records::{Event, Synced};
use crate::runtime::while_wanted;
use farthing_core as core;
use farthing_core::events::EventSeq;
use farthing_protocol::time::Span;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

#[uniffi::export]
impl Wallet {
    /// Events after a position, in order; waits for a first one, so many milliseconds at most. They are kept on the disk: none is
    /// missed by a process that was killed.
    pub async fn events(&self, after: u64, limit: u32, wait_ms: u64) -> Result<Vec<Event>, Failure> {
        with_wallet!(self, while_wanted, |wallet| {
            let events = wallet.events(EventSeq(after), page(limit), Duration::from_millis(wait_ms)).await?;
            Ok(events.iter().map(Event::from).collect())
        })
    }

    /// Resolves what is pending and fetches what is new.
    pub async fn sync(&self) -> Result<Synced, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.sync(Span::from_ms(0)).await?.into()))
    }

    /// The same, but no longer than so many milliseconds: for the moment that a platform gives in the background. `None` when
    /// it was not done; what was done by then stays.
    pub async fn catch_up(&self, timeout_ms: u64) -> Result<Option<Synced>, Failure> {
        with_wallet!(self, while_wanted, |wallet| {
            match tokio::time::timeout(Duration::from_millis(timeout_ms), wallet.sync(Span::from_ms(0))).await {
                Ok(done) => Ok(Some(done?.into())),
                Err(_) => Ok(None),
            }
        })
    }

    /// Hears what is new at once, until what comes back is let go of.
    pub async fn watch(&self) -> Result<Arc<Watch>, Failure> {
        let closing = self.closing.subscribe();
        with_wallet!(self, |wallet| Ok(Watch::of(wallet.watch()?, closing)))
    }

    /// Lets go of files and locks until `resume`: a platform ends an app that keeps them in the background.
    pub async fn pause(&self) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.pause())
    }

    /// Takes files and locks again.
    pub async fn resume(&self) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.resume())
    }
}

/// How news come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Line {
    /// Not yet, or not any more, but no failure either.
    Connecting,
    /// At once, by a stream.
    Stream,
    /// Within seconds, by calls that wait.
    Polling,
    /// Not at all.
    Away,
}

/// How the wallet stands to its verifier while it stays current.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Connection {
    /// How news come in.
    pub line: Line,
    /// What went wrong last; with a line it is about something single, and the rest goes on.
    pub trouble: Option<FailureInfo>,
}

/// Keeps a wallet current while it lives; what happens is in the event log.
#[derive(uniffi::Object)]
pub struct Watch {
    watching: Arc<Mutex<core::wallet::Watch>>,
    closing: watch::Receiver<bool>,
}

impl Watch {
    fn of(watching: core::wallet::Watch, closing: watch::Receiver<bool>) -> Arc<Self> {
        Arc::new(Self { watching: Arc::new(Mutex::new(watching)), closing })
    }
}

#[uniffi::export]
impl Watch {
    /// How the wallet stands to its verifier, once that differs from `known`, or after so many milliseconds.
    pub async fn connection(&self, known: Option<Connection>, wait_ms: u64) -> Result<Connection, Failure> {
        let (watching, mut closing) = (Arc::clone(&self.watching), self.closing.clone());
        while_wanted(async move {
            let mut watching = watching.lock().await;
            let deadline = tokio::time::Instant::now() + Duration::from_millis(wait_ms);
            loop {
                let contact = watching.contact();
                let found = Connection::from(&contact);
                if known.as_ref() != Some(&found) || tokio::time::Instant::now() >= deadline {
                    return if *closing.borrow() { Err(closed()) } else { Ok(found) };
                }
                tokio::select! {
                    _ = closing.wait_for(|closing| *closing) => return Err(closed()),
                    _ = watching.contact_other_than(&contact) => {}
                    () = tokio::time::sleep_until(deadline) => {}
                }
            }
        })
        .await
    }
}

impl From<&core::wallet::Contact> for Connection {
    fn from(of: &core::wallet::Contact) -> Self {
        use core::wallet::Line as Of;
        let line = match of.line {
            Of::Connecting => Line::Connecting,
            Of::Stream => Line::Stream,
            Of::Polling => Line::Polling,
            Of::Away => Line::Away,
        };
        let trouble = of.trouble.clone().map(|error| Failure::from(error).info().clone());
        Self { line, trouble }
    }
}
