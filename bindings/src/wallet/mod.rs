//! An open wallet. Its calls are told apart by what they are about.

/// Awaits something with the open wallet, on our runtime, until the wallet is closed. What the core has begun goes on then as
/// far as it must. With `while_wanted` it ends when the caller goes away, too: for what only waits.
macro_rules! with_wallet {
    ($self:ident, |$wallet:ident| $work:expr) => {
        with_wallet!($self, finish, |$wallet| $work)
    };
    ($self:ident, $until:ident, |$wallet:ident| $work:expr) => {{
        let (open, mut closing) = (std::sync::Arc::clone(&$self.open), $self.closing.subscribe());
        $crate::runtime::$until(async move {
            let guard = open.read_owned().await;
            let Some($crate::wallet::Owned { wallet: $wallet, .. }) = guard.as_ref() else {
                return Err($crate::wallet::closed());
            };
            let work = async { $work };
            tokio::select! {
                biased;
                _ = closing.wait_for(|closing| *closing) => Err($crate::wallet::closed()),
                done = work => done.map_err(|error: farthing_core::Error| $crate::failure::Failure::from(error)),
            }
        })
        .await
    }};
}

mod account;
mod approval;
mod background;
mod carried;
mod diagnostics;
mod offline;
mod payments;
mod people;
mod requests;
mod tabs;

use crate::approval::Approver;
use crate::failure::Failure;
use crate::records::{Balance, Status};
use crate::runtime::{behind, finish};
use farthing_core as core;
use farthing_core::error::WalletError;
use farthing_core::wallet::FolderLock;
use std::sync::Arc;
use tokio::sync::{RwLock, watch};

pub use background::{Connection, Line, Watch};

/// Most entries of a page: what crosses is copied whole.
const PAGE_MAX: u32 = 500;

/// An open wallet. Its calls can be made at any time and from any thread; after `close` each fails with `closed`.
#[derive(uniffi::Object)]
pub struct Wallet {
    /// Read by each call for as long as it runs; `close` waits for them.
    open: Arc<RwLock<Option<Owned>>>,
    /// Ends calls that wait.
    closing: watch::Sender<bool>,
    /// Who is asked before a payment, or what is set aside, is signed, and before what can be lost is taken.
    approver: Option<Arc<dyn Approver>>,
}

/// Its folder is nobody else's.
struct Owned {
    wallet: core::Wallet,
    _lock: FolderLock,
}

impl Wallet {
    pub(crate) fn of(wallet: core::Wallet, lock: FolderLock, approver: Option<Arc<dyn Approver>>) -> Arc<Self> {
        let open = Arc::new(RwLock::new(Some(Owned { wallet, _lock: lock })));
        Arc::new(Self { open, closing: watch::Sender::new(false), approver })
    }
}

#[uniffi::export]
impl Wallet {
    /// How the wallet stands; asks nobody.
    pub async fn status(&self) -> Result<Status, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.status()?.into()))
    }

    /// What there is of each currency, by receipts alone.
    pub async fn balances(&self) -> Result<Vec<Balance>, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.balances()?.iter().map(Balance::from).collect()))
    }

    /// Ends calls that wait, lets what must not be cut off come to its end, and frees the folder. A second call does nothing.
    pub async fn close(&self) -> Result<(), Failure> {
        self.closing.send_replace(true);
        let open = Arc::clone(&self.open);
        finish(async move {
            let owned = open.write_owned().await.take();
            match owned {
                // The folder is let go of after the wallet.
                Some(Owned { wallet, _lock }) => Ok(wallet.close().await?),
                None => Ok(()),
            }
        })
        .await
    }
}

/// One that nobody closed is closed all the same, after the calls that go on: such as one that was being opened when its caller
/// went away. Not on the thread that lets go of it, which may be the one that draws.
impl Drop for Wallet {
    fn drop(&mut self) {
        self.closing.send_replace(true);
        let open = std::mem::take(&mut self.open);
        behind(async move {
            if let Some(Owned { wallet, _lock }) = open.write_owned().await.take() {
                // Nobody hears what the disk says.
                let _ = wallet.close().await;
            }
        });
    }
}

fn page(limit: u32) -> usize {
    usize::try_from(limit.clamp(1, PAGE_MAX)).unwrap_or(1)
}

fn closed() -> Failure {
    WalletError::Closed.into()
}
