//! A few threads, each with a connection that only reads, for everything that the writer need not do.
//!
//! They take what waits one after the other: as long as there is more, nobody has to be woken for it.

use super::{Folder, StartError};
use crate::OpenError;
use crate::fault::Fault;
use crate::store::configure_reader;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::Problem;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Calls that wait for a reader, per reader: at a millisecond each the last waits a quarter of a second.
const WAITING_PER_READER: usize = 256;

type Work = Box<dyn FnOnce(&Connection) + Send>;

/// A way to the readers. They end when the last of these is gone.
#[derive(Clone)]
pub(super) struct Readers(SyncSender<Work>);

impl core::fmt::Debug for Readers {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Readers")
    }
}

impl Readers {
    pub(super) fn start(
        folder: &Folder,
        vfs: Option<&str>,
        count: usize,
    ) -> Result<(Self, Vec<JoinHandle<()>>), StartError> {
        let (sender, receiver) = sync_channel(count * WAITING_PER_READER);
        let waiting = Arc::new(Mutex::new(receiver));
        let threads = (0..count).map(|_| {
            let connection = Folder::connect(folder.path(), vfs, false)?;
            configure_reader(&connection).map_err(OpenError::from)?;
            let waiting = Arc::clone(&waiting);
            let thread =
                std::thread::Builder::new().name("reader".to_owned()).spawn(move || work(&connection, &waiting));
            thread.map_err(|e| StartError::Io("a reader's thread", e))
        });
        Ok((Self(sender), threads.collect::<Result<_, _>>()?))
    }

    /// Has `work` done on a connection, off the async threads. Too many that wait are told to come back.
    pub(super) fn pass(&self, work: impl FnOnce(&Connection) + Send + 'static) -> Result<(), Fault> {
        self.0.try_send(Box::new(work)).map_err(|error| match error {
            TrySendError::Full(_) => busy(),
            TrySendError::Disconnected(_) => ProblemCode::Internal.into(),
        })
    }

    /// Runs `read` on a connection and waits for what it found.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let (answer, answered) = oneshot::channel();
        self.pass(move |connection| {
            // A caller that went away does not want it any more.
            let _ = answer.send(read(connection));
        })?;
        answered.await.map_err(|_| ProblemCode::Internal.into())
    }
}

fn work(connection: &Connection, waiting: &Mutex<Receiver<Work>>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(next) = next else { return };
        // What panics answers nobody: its caller is told that it is our fault. Statements were finished on the way out, and a
        // connection that only reads has nothing that could be half done.
        let _ = catch_unwind(AssertUnwindSafe(|| next(connection)));
    }
}

/// Too much at once: nothing was done, come back in a second.
pub(super) fn busy() -> Fault {
    Problem::new(ProblemCode::Busy).retry_after(1).into()
}
