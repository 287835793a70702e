//! Where the work of exported calls is done: uniffi polls their futures on the caller's thread.

use crate::failure::Failure;
use farthing_core::Error;
use farthing_core::error::WalletError;
use std::future::Future;
use std::sync::OnceLock;
use tokio::runtime::Runtime;

/// Threads: wallets have their own, and what blocks gets more.
const WORKERS: usize = 2;

fn runtime() -> Result<&'static Runtime, Failure> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("farthing-calls")
            .enable_all()
            .build()
            .ok()
    });
    made.as_ref().ok_or_else(|| WalletError::Internal.into())
}

/// Does work on our runtime, to its end even when the caller goes away.
pub(crate) async fn finish<T: Send + 'static>(
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    runtime()?.spawn(work).await.map_err(|_| WalletError::Internal)?
}

/// Does work on a thread that may wait for a disk.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Failure> {
    let done = runtime()?.spawn_blocking(work).await.map_err(|_| WalletError::Internal)?;
    Ok(done?)
}
