//! Vouchers over a connection between payer and payee. Rules are in [`crate::tab`].

use super::Wallet;
use crate::error::{Error, WalletError};
use crate::keys::apart::wipe;
use crate::sync::Network;
use crate::tab::{self, DirectDrop, DirectReply, PayDirectly, TabId};
use farthing_protocol::money::Amount;
use std::sync::Arc;
use std::time::Duration;

/// How often a voucher is offered that may be taken a moment later: a payee hears of a tab, or of a higher cap, within seconds.
const TRIES: u32 = 5;
/// The first pause between two tries; each is twice the one before.
const PAUSE: Duration = Duration::from_millis(200);

impl Wallet {
    /// Pays a drop from a tab and offers it to its payee over `payee`, or offers the newest voucher once more where there is no
    /// drop. See [`HttpNetwork::direct`](crate::sync::HttpNetwork::direct).
    ///
    /// # Errors
    /// As [`tab::pay`]; nothing was signed.
    pub async fn pay_tab_directly(
        &self,
        id: &TabId,
        drop: Option<Amount>,
        payee: Arc<dyn Network>,
    ) -> Result<DirectDrop, Error> {
        let runtime = self.runtime.as_ref().ok_or(WalletError::Closed)?;
        let (inner, id) = (Arc::clone(&self.inner), *id);
        // What is signed is offered, also when the caller goes away.
        let offered = runtime.spawn(async move {
            let mut operation = drop.map_or(PayDirectly::again(id), |drop| PayDirectly::new(id, drop));
            let mut pause = PAUSE;
            for _ in 1..TRIES {
                let offered = inner.drive_over(payee.as_ref(), operation).await?;
                if !offered.outcome.is_passing() {
                    return Ok(offered);
                }
                tokio::time::sleep(pause).await;
                pause *= 2;
                operation = PayDirectly::again(id);
            }
            inner.drive_over(payee.as_ref(), operation).await
        });
        offered.await.map_err(|_| WalletError::Internal)?
    }

    /// Stores what a meter has measured of a tab that we earn by. See [`tab::meter::measured`].
    ///
    /// # Errors
    /// As [`tab::meter::measured`].
    pub fn tab_measured(&self, id: &TabId, due: Amount) -> Result<(), Error> {
        tab::meter::measured(&mut self.inner.engine(), id, due)
    }

    /// Answers what a payer has posted to us. A voucher that is taken is stored when this returns. [`Wallet::watch`] meanwhile: a
    /// closing is heard of by its entry alone.
    ///
    /// # Errors
    /// As [`tab::answer`]: answer nothing then.
    pub fn answer_voucher(&self, request: &[u8]) -> Result<DirectReply, Error> {
        let answered = tab::answer(&mut self.inner.engine(), request, self.inner.clocks.now());
        // The payee's key was on this thread's stack.
        wipe();
        self.inner.changed.notify_waiters();
        answered
    }
}
