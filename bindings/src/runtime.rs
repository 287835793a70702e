//! Where the work of exported calls is done: uniffi polls their futures on the caller's thread.

use crate::failure::Failure;
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::keys::vault::VaultError;
use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;
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

/// Does work on our runtime for as long as the caller waits for it.
pub(crate) async fn while_wanted<T: Send + 'static>(
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    let mut set = tokio::task::JoinSet::new();
    set.spawn_on(work, runtime()?.handle());
    // Dropped before that, it ends what it was given.
    set.join_next().await.and_then(Result::ok).ok_or(WalletError::Internal)?
}

/// Does work on our runtime that nobody waits for.
pub(crate) fn behind(work: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = runtime() {
        runtime.spawn(work);
    }
}

/// Does work on a thread that may wait for a disk.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Failure> {
    let done = runtime()?.spawn_blocking(work).await.map_err(|_| WalletError::Internal)?;
    Ok(done?)
}

/// Waits so long at most for what a platform does.
pub(crate) async fn patiently<T: Send + 'static>(
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    patience: Duration,
) -> Result<T, Failure> {
    finish(async move {
        let timed_out = |_| Failure::from(Error::from(VaultError::TimedOut));
        tokio::time::timeout(patience, work).await.map_err(timed_out)?
    })
    .await
}
