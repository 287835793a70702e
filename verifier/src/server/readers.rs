//! A few connections that only read, for everything that the writer need not do.

use super::{Folder, StartError};
use crate::OpenError;
use crate::fault::Fault;
use crate::store::configure_reader;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::Problem;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Calls that wait for a reader, per reader: at a millisecond each the last waits a quarter of a second.
const WAITING_PER_READER: usize = 256;

/// The pool.
#[derive(Clone, Debug)]
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    ready: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn open(folder: &Folder, vfs: Option<&str>, count: usize) -> Result<Self, StartError> {
        let mut idle = Vec::with_capacity(count);
        for _ in 0..count {
            let connection = Folder::connect(folder.path(), vfs, false)?;
            configure_reader(&connection).map_err(OpenError::from)?;
            idle.push(connection);
        }
        Ok(Self {
            idle: Arc::new(Mutex::new(idle)),
            ready: Arc::new(Semaphore::new(count)),
            waiting: Arc::new(Semaphore::new(count * WAITING_PER_READER)),
        })
    }

    /// Runs `read` on a connection, off the async threads. Too many that wait are told to come back.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let _place = self.waiting.clone().try_acquire_owned().map_err(|_| busy())?;
        let permit = self.ready.clone().acquire_owned().await.map_err(|_| Fault::from(ProblemCode::ShuttingDown))?;
        let idle = self.idle.clone();
        let ran = tokio::task::spawn_blocking(move || {
            let connection = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let answer = connection.map(|connection| {
                let answer = read(&connection);
                idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
                answer
            });
            drop(permit);
            answer
        });
        // A panic in a read loses its connection; the others go on.
        ran.await.ok().flatten().ok_or_else(|| ProblemCode::Internal.into())
    }
}

/// Too much at once: nothing was done, come back in a second.
pub(super) fn busy() -> Fault {
    Problem::new(ProblemCode::Busy).retry_after(1).into()
}
