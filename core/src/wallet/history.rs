//! What a restored verifier does not have any more, and going on without it.

use super::Wallet;
use super::place::blocking;
use crate::error::{Error, WalletError};
use crate::history::{self, Loss};
use crate::store::PaymentRecord;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::time::Span;
use std::sync::Arc;

impl Wallet {
    /// What the verifier lost, while nothing is paid because of it; `None` when nothing is lost, or it was accepted. It can be
    /// empty: then the verifier lost something, and nothing of this wallet's.
    ///
    /// # Errors
    /// What the store says.
    pub fn loss(&self) -> Result<Option<Loss>, Error> {
        history::open(&self.inner.engine())
    }

    /// Everything that the verifier ever lost and does not have again; its receipts prove what is owed.
    ///
    /// # Errors
    /// What the store says.
    pub fn lost(&self) -> Result<Loss, Error> {
        history::ever(&self.inner.engine())
    }

    /// Whether the verifier has lost a payment, accepted or not.
    ///
    /// # Errors
    /// What the store says.
    pub fn is_lost(&self, payment: &PaymentRecord) -> Result<bool, Error> {
        history::is_lost(&self.inner.engine(), payment)
    }

    /// Goes on with what the verifier has; returns what does not count any more. Asks the verifier for everything first, so
    /// that nothing is given up that it still has. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`HistoryLost`](crate::error::WalletError::HistoryLost) while the verifier is behind within its epoch, and why it could not
    /// be asked; then nothing was accepted.
    pub async fn accept_loss(&self) -> Result<Loss, Error> {
        match self.sync(Span::from_ms(0)).await {
            Ok(_) => {}
            // The account itself is younger than the backup: there is nothing more to be read.
            Err(
                Error::Problem { code: ProblemCode::DeviceUnknown, .. } | Error::Wallet(WalletError::AccountForgotten),
            ) => {}
            Err(error) => return Err(error),
        }
        let inner = Arc::clone(&self.inner);
        let loss = blocking(move || {
            let now = inner.clocks.now();
            let mut engine = inner.engine();
            let at = engine.time_or_wall(now);
            history::accept(&mut engine, at)
        })
        .await?;
        self.inner.changed.notify_waiters();
        Ok(loss)
    }
}
