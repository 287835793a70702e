//! Money without network: allowances, requests and payments that nobody carries. Rules are in [`crate::offline`].

use super::Wallet;
use super::inner::{Inner, SEND_PAUSE, SEND_TRIES};
use crate::error::{Error, WalletError};
use crate::generation::Contact as FirstContact;
use crate::keys::apart::wipe;
use crate::offline::{
    self, AllowanceAgreed, AllowanceApproval, AllowanceDraft, AllowanceOutcome, AllowanceProposed, AllowanceWish,
    AskedOffline, AuthoriseAllowance, ClaimOffline, ClaimedOffline, Examined, FoundProof, LookedOffline,
    OfflineApproval, OfflinePayee, OfflinePayment, OfflineRoute, OfflineWish, OwnAllowance, OwnVoucher,
    PrepareAllowance, ProposeAllowance, ReadRevoked, ReadShares, RevokeAllowance, SendAllowance, ShownPayment,
    ShownRequest, TakeApproval, TakenOffline,
};
use crate::store::{self, PaymentId};
use crate::sync::PullEntries;
use farthing_protocol::id::Digest;
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::offline::AllowanceId;
use std::sync::Arc;
use std::time::Duration;

impl Wallet {
    /// Reads everything that an allowance needs, and stores a draft.
    ///
    /// # Errors
    /// Why there can be none; nothing was signed.
    pub async fn prepare_allowance(&self, wish: AllowanceWish) -> Result<AllowanceDraft, Error> {
        let id = self.run_told(PrepareAllowance::new(wish)).await?;
        self.allowance_draft(&id)
    }

    /// What was prepared before.
    ///
    /// # Errors
    /// [`WalletError::AllowanceUnknown`], [`WalletError::NotADraft`].
    pub fn allowance_draft(&self, id: &PaymentId) -> Result<AllowanceDraft, Error> {
        AllowanceDraft::of(&offline::stored(&self.inner.engine(), id)?)
    }

    /// What a draft became; `None` while nobody has confirmed it.
    ///
    /// # Errors
    /// [`WalletError::AllowanceUnknown`].
    pub fn confirmed_allowance(&self, id: &PaymentId) -> Result<Option<AllowanceId>, Error> {
        Ok(offline::stored(&self.inner.engine(), id)?.confirmed)
    }

    /// Forgets the draft of an allowance.
    ///
    /// # Errors
    /// [`WalletError::NotADraft`] when it was confirmed.
    pub fn discard_allowance(&self, id: &PaymentId) -> Result<(), Error> {
        offline::discard(&mut self.inner.engine(), id)
    }

    /// Makes the key of an approved allowance, signs and stores its order, and begins to send it. Confirming again changes nothing.
    ///
    /// # Errors
    /// Why it was not signed; then it is still a draft.
    pub async fn confirm_allowance(&self, approval: AllowanceApproval) -> Result<AllowanceId, Error> {
        self.authorise_allowance(AuthoriseAllowance::new(approval, Arc::clone(&self.vault))).await
    }

    /// Makes the order of an approved allowance, to be signed by the key in hardware. Stores nothing.
    ///
    /// # Errors
    /// Why there can be none.
    pub async fn propose_allowance(&self, approval: AllowanceApproval) -> Result<AllowanceProposed, Error> {
        self.run_told(ProposeAllowance::new(approval)).await
    }

    /// Stores what was proposed and signed, and begins to send it.
    ///
    /// # Errors
    /// Why not; then it is still a draft.
    pub async fn confirm_allowance_signed(&self, agreed: AllowanceAgreed) -> Result<AllowanceId, Error> {
        self.authorise_allowance(AuthoriseAllowance::agreed(agreed, Arc::clone(&self.vault))).await
    }

    async fn authorise_allowance(&self, authorise: AuthoriseAllowance) -> Result<AllowanceId, Error> {
        let runtime = self.runtime.as_ref().ok_or(WalletError::Closed)?;
        let inner = Arc::clone(&self.inner);
        // Storing and sending belong together: both go on when the caller goes away.
        let done = runtime.spawn(async move {
            inner.drive(FirstContact::new()).await?;
            let id = inner.drive(authorise).await?;
            inner.send_allowance(id);
            Ok(id)
        });
        done.await.map_err(|_| WalletError::Internal)?
    }

    /// Waits up to `wait` for the outcome of what was confirmed about an allowance, or of its revocation. Stopping to wait changes
    /// nothing.
    ///
    /// # Errors
    /// [`WalletError::AllowanceUnknown`].
    pub async fn allowance_outcome(&self, id: &AllowanceId, wait: Duration) -> Result<AllowanceOutcome, Error> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let changed = self.inner.changed.notified();
            if let Some(outcome) = offline::outcome_of(&self.inner.engine(), id)? {
                return Ok(outcome);
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                return Ok(AllowanceOutcome::Unknown { allowance: *id, because: WalletError::OutcomeUnknown.into() });
            }
        }
    }

    /// Revokes an allowance: nothing more is signed from it, and payees that hear of it take nothing more. What was signed before stays
    /// good.
    ///
    /// # Errors
    /// [`WalletError::AllowanceNotOpen`]. Trouble on the way to the verifier is an outcome that is not known: the revocation is stored.
    pub async fn revoke_allowance(&self, id: &AllowanceId) -> Result<AllowanceOutcome, Error> {
        let id = self.run_told(RevokeAllowance::new(*id)).await?;
        self.run(SendAllowance::new(id)).await
    }

    /// Allowances of the account, newest first, at most `limit`.
    ///
    /// # Errors
    /// What the store says.
    pub fn allowances(&self, limit: usize) -> Result<Vec<OwnAllowance>, Error> {
        let mut all: Vec<OwnAllowance> = store::all_kept(self.inner.engine().store())?;
        all.sort_by_key(|own| core::cmp::Reverse((own.at, own.id)));
        all.truncate(limit);
        Ok(all)
    }

    /// An allowance of the account.
    ///
    /// # Errors
    /// [`WalletError::AllowanceUnknown`].
    pub fn allowance(&self, id: &AllowanceId) -> Result<OwnAllowance, Error> {
        Ok(offline::allowance(self.inner.engine().store(), id)?.ok_or(WalletError::AllowanceUnknown)?)
    }

    /// What was paid from an allowance, by number.
    ///
    /// # Errors
    /// What the store says.
    pub fn offline_payments(&self, id: &AllowanceId) -> Result<Vec<OwnVoucher>, Error> {
        Ok(offline::vouchers(self.inner.engine().store(), id)?)
    }

    /// Chooses how to pay without network: the first way that can be had, and why none before it. Calls nobody, and stores nothing.
    ///
    /// # Errors
    /// Why it cannot be paid in any way.
    pub fn route_offline(&self, payee: &OfflinePayee, amount: Option<Amount>) -> Result<OfflineRoute, Error> {
        let route = offline::route(&self.inner.engine(), payee, amount, self.inner.clocks.now());
        // Voucher keys were on this thread's stack.
        wipe();
        route
    }

    /// Looks at a request that a payee without network shows. Calls nobody.
    ///
    /// # Errors
    /// Why it cannot be paid.
    pub fn look_offline(&self, shown: &ShownRequest, from: Option<&AllowanceId>) -> Result<LookedOffline, Error> {
        offline::look(&self.inner.engine(), shown, from, self.inner.clocks.now())
    }

    /// Signs the payment of an approved request, to be shown to the payee. Calls nobody. Asked again, it is the same payment.
    ///
    /// # Errors
    /// Why not; nobody has seen anything then.
    pub async fn pay_offline(&self, approval: OfflineApproval) -> Result<OfflinePayment, Error> {
        let (inner, vault) = (Arc::clone(&self.inner), Arc::clone(&self.vault));
        let paid = super::place::blocking(move || {
            offline::pay(&mut inner.engine(), vault.as_ref(), &approval, inner.clocks.now())
        });
        let paid = paid.await;
        wipe();
        self.inner.changed.notify_waiters();
        paid
    }

    /// Makes a request that a payer without network can pay from an allowance. Calls nobody.
    ///
    /// # Errors
    /// [`WalletError::OfflineNotReady`] before this wallet was connected once, and what is wrong with what is asked for.
    pub fn ask_offline(&self, wish: &OfflineWish) -> Result<AskedOffline, Error> {
        offline::ask(&mut self.inner.engine(), wish, self.inner.clocks.now())
    }

    /// A request of ours, as it can be shown again.
    ///
    /// # Errors
    /// [`WalletError::RequestIdUnknown`].
    pub fn asked_offline(&self, id: &Digest) -> Result<AskedOffline, Error> {
        offline::asked(&self.inner.engine(), id)
    }

    /// Judges a payment that a payer shows. Calls nobody.
    ///
    /// # Errors
    /// Why it is not taken: deliver nothing for it.
    pub fn examine_offline(&self, shown: &ShownPayment) -> Result<Examined, Error> {
        offline::examine(&mut self.inner.engine(), shown, self.inner.clocks.now())
    }

    /// Takes an approved payment; it is stored when this returns. Calls nobody.
    ///
    /// # Errors
    /// As [`Wallet::examine_offline`]; [`WalletError::NotWhatWasApproved`] when more could be lost than the person was told.
    pub fn take_offline(&self, approval: &TakeApproval) -> Result<TakenOffline, Error> {
        let taken = offline::take(&mut self.inner.engine(), approval, self.inner.clocks.now());
        self.inner.changed.notify_waiters();
        taken
    }

    /// Claims what was taken without network, also what was refused before.
    ///
    /// # Errors
    /// Why nothing was heard; claims are stored, and sent again by `sync`.
    pub async fn claim_offline(&self) -> Result<ClaimedOffline, Error> {
        let claimed = self.run_told(ClaimOffline::again()).await?;
        // The receipts are enough; the entries come with the next sync otherwise.
        let _ = self.run(PullEntries::new()).await;
        Ok(claimed)
    }

    /// Payments that were taken without network, newest first, at most `limit`.
    ///
    /// # Errors
    /// What the store says.
    pub fn taken_offline(&self, limit: usize) -> Result<Vec<TakenOffline>, Error> {
        let mut all: Vec<TakenOffline> = store::all_kept(self.inner.engine().store())?;
        all.sort_by_key(|taken| core::cmp::Reverse((taken.at, taken.id)));
        all.truncate(limit);
        Ok(all)
    }

    /// One of them, by its voucher's hash.
    ///
    /// # Errors
    /// [`WalletError::TakenUnknown`].
    pub fn taken_payment(&self, id: &Digest) -> Result<TakenOffline, Error> {
        Ok(offline::taken(self.inner.engine().store(), id)?.ok_or(WalletError::TakenUnknown)?)
    }

    /// Proofs that a payer's phone signed two payments that cannot both be honest.
    ///
    /// # Errors
    /// What the store says.
    pub fn offline_proofs(&self) -> Result<Vec<FoundProof>, Error> {
        Ok(store::all_kept(self.inner.engine().store())?)
    }

    /// What was taken without network and is not settled, and how much of it has arrived.
    ///
    /// # Errors
    /// What the store says.
    pub fn unsettled_offline(&self, asset: Asset) -> Result<(Amount, Amount), Error> {
        offline::unsettled(&self.inner.engine(), asset)
    }

    /// What its person is ready to lose of an asset.
    ///
    /// # Errors
    /// What the store says.
    pub fn loss_limit(&self, asset: Asset) -> Result<Amount, Error> {
        offline::limit(self.inner.engine().store(), asset)
    }

    /// Sets what its person is ready to lose; zero takes nothing without network.
    ///
    /// # Errors
    /// What the store says.
    pub fn set_loss_limit(&self, most: Amount) -> Result<(), Error> {
        offline::set_limit(&mut self.inner.engine(), most)
    }
}

impl Inner {
    /// Sends what waits of an allowance, behind the caller's back; when that fails, the next sync goes on.
    fn send_allowance(self: &Arc<Self>, id: AllowanceId) {
        let inner = Arc::clone(self);
        tokio::spawn(async move {
            let mut pause = SEND_PAUSE;
            for _ in 0..SEND_TRIES {
                match inner.drive(SendAllowance::new(id)).await {
                    Ok(AllowanceOutcome::Unknown { because, .. }) if because.is_retryable() => {}
                    _ => break,
                }
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            inner.changed.notify_waiters();
        });
    }

    /// Sends what waits of all allowances.
    pub(super) async fn send_allowances(self: &Arc<Self>) -> Result<(), Error> {
        let waiting = offline::unsent(&self.engine())?;
        let mut first_error = Ok(());
        for id in waiting {
            match self.drive(SendAllowance::new(id)).await {
                Ok(_) => {}
                Err(error @ Error::Store(_)) => return Err(error),
                Err(error) => first_error = first_error.and(Err(error)),
            }
        }
        first_error
    }

    /// Claims what was taken, shows proofs, reads lines of settlements and the list of revoked allowances.
    pub(super) async fn settle_offline(self: &Arc<Self>) -> Result<(), Error> {
        let claimed = self.drive(ClaimOffline::new()).await.map(drop);
        if let Err(error @ Error::Store(_)) = claimed {
            return Err(error);
        }
        let read = self.drive(ReadShares::new()).await;
        if let Err(error @ Error::Store(_)) = read {
            return Err(error);
        }
        let listed = if offline::is_used(&self.engine())? { self.drive(ReadRevoked::new()).await } else { Ok(()) };
        claimed.and(read).and(listed)
    }
}
