//! Tabs: offers, holds, vouchers, claims. Rules are in [`crate::tab`].

use super::Wallet;
use super::inner::{Inner, SEND_PAUSE, SEND_TRIES};
use crate::contacts;
use crate::error::{Error, WalletError};
use crate::generation::Contact as FirstContact;
use crate::keys::apart::wipe;
use crate::messaging::{self, Body, Hurry, SendMessages};
use crate::payment::published::Published;
use crate::payment::request::shown;
use crate::payment::{Asked, MadeRequest, MakeRequest, OfferWish};
use crate::store::{self, RequestState};
use crate::sync::{FlushActs, PullEntries};
use crate::tab::{
    self, AuthoriseTab, ClaimTabs, Claimable, Claimed, CloseTab, EarnedTab, LookOffer, OfferRecord, PaidDrop, PaidTab,
    PrepareChange, PrepareTab, ProposeTab, ReceivedOffer, ReleaseTab, SendTab, ShownTab, TabAgreed, TabApproval,
    TabDraft, TabId, TabOutcome, TabProposed, TabReceipt, TabTarget, TabTerms, TakenVoucher,
};
use farthing_protocol::cose::Verified;
use farthing_protocol::details::Name;
use farthing_protocol::money::Amount;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::{RequestId, Usage};
use farthing_protocol::tab::HoldOffer;
use farthing_protocol::time::Span;
use std::sync::Arc;
use std::time::Duration;

impl Wallet {
    /// Offers a tab: once, to whoever accepts first, or again and again on the account's alias. It can be accepted when this
    /// returns; its link is shown like a request's, and [`Wallet::cancel`] takes it back.
    ///
    /// # Errors
    /// Why not. When the verifier did not answer, the offer is kept and opened by `sync`.
    pub async fn offer(&self, wish: OfferWish, usage: Usage) -> Result<MadeRequest, Error> {
        let made = self.run_told(MakeRequest::asking(Asked::Offer(wish), usage)).await?;
        if let Some(runtime) = &self.runtime {
            // The stock is filled up behind the caller's back; when that fails, the next sync does it.
            let inner = Arc::clone(&self.inner);
            runtime.spawn(async move {
                let _ = inner.drive(FlushActs::new()).await;
            });
        }
        Ok(made)
    }

    /// Our offers, newest first, at most `limit`.
    ///
    /// # Errors
    /// What the store says.
    pub fn offers(&self, limit: usize) -> Result<Vec<OfferRecord>, Error> {
        let mut all = OfferRecord::all(self.inner.engine().store())?;
        all.truncate(limit);
        Ok(all)
    }

    /// An offer of ours, as it is stored.
    ///
    /// # Errors
    /// [`WalletError::RequestIdUnknown`].
    pub fn own_offer(&self, id: &RequestId) -> Result<OfferRecord, Error> {
        let record = store::kept::<OfferRecord>(self.inner.engine().store(), id.as_bytes())?;
        Ok(record.ok_or(WalletError::RequestIdUnknown)?)
    }

    /// An offer of ours, as it can be shown again.
    ///
    /// # Errors
    /// [`WalletError::RequestIdUnknown`].
    pub fn made_offer(&self, id: &RequestId) -> Result<MadeRequest, Error> {
        let engine = self.inner.engine();
        match Published::of(engine.store(), id)? {
            Some(offer @ Published::Offer(_)) => shown(&engine, &offer),
            _ => Err(WalletError::RequestIdUnknown.into()),
        }
    }

    /// Sends an offer of ours to a contact, who can accept it without scanning anything.
    ///
    /// # Errors
    /// As [`Wallet::write_note`]; [`WalletError::RequestIdUnknown`], [`WalletError::RequestNotOpen`].
    pub async fn send_offer(&self, contact: &Name, offer: &RequestId) -> Result<(), Error> {
        let record = self.own_offer(offer)?.published;
        if !matches!(record.state, RequestState::Binding | RequestState::Open) {
            return Err(WalletError::RequestNotOpen.into());
        }
        self.write(contact, Body::Offer(record.bytes)).await
    }

    /// Offers that a contact has sent, oldest first; accept one as [`TabTarget::Sent`].
    ///
    /// # Errors
    /// [`WalletError::ContactUnknown`].
    pub fn received_offers(&self, contact: &Name) -> Result<Vec<ReceivedOffer>, Error> {
        let engine = self.inner.engine();
        let contact = contacts::by_name(engine.store(), contact)?.ok_or(WalletError::ContactUnknown)?;
        let mut all: Vec<ReceivedOffer> = store::all_kept(engine.store())?;
        all.retain(|offer| offer.from == contact.account);
        Ok(all)
    }

    /// Looks at an offer without accepting it: fetched, opened, its signature checked.
    ///
    /// # Errors
    /// [`WalletError::RequestAltered`], [`WalletError::ForeignRequest`], and why nothing could be fetched.
    pub async fn look_offer(&self, pointer: Pointer) -> Result<Verified<HoldOffer>, Error> {
        self.run(LookOffer::new(pointer)).await
    }

    /// Reads everything that a tab with `target` needs, and stores a draft.
    ///
    /// # Errors
    /// Why there can be none; nothing was signed.
    pub async fn prepare_tab(&self, target: TabTarget, terms: TabTerms) -> Result<TabDraft, Error> {
        let id = self.run_told(PrepareTab::new(target, terms)).await?;
        self.tab_draft(&id)
    }

    /// Prepares a higher cap for a tab that is open, and times that are later by `longer`. The tab goes on meanwhile.
    ///
    /// # Errors
    /// [`WalletError::TabNotOpen`], [`WalletError::TabBusy`], [`WalletError::TabTerms`], and why it cannot be paid.
    pub async fn prepare_tab_change(&self, id: &TabId, cap: Option<Amount>, longer: Span) -> Result<TabDraft, Error> {
        let id = self.run_told(PrepareChange::new(*id, cap, longer)).await?;
        self.tab_draft(&id)
    }

    /// What was prepared before.
    ///
    /// # Errors
    /// [`WalletError::TabUnknown`], [`WalletError::NotADraft`].
    pub fn tab_draft(&self, id: &TabId) -> Result<TabDraft, Error> {
        let tab = self.paid_tab(id)?;
        TabDraft::of(&self.inner.engine(), &tab, self.inner.clocks.now())
    }

    /// Forgets the draft of a tab, or of a change.
    ///
    /// # Errors
    /// [`WalletError::NotADraft`] when it was confirmed.
    pub fn discard_tab(&self, id: &TabId) -> Result<(), Error> {
        tab::discard(&mut self.inner.engine(), id)
    }

    /// Signs and stores the approved tab or change, and begins to send it. Confirming again changes nothing.
    ///
    /// # Errors
    /// Why it was not signed; then it is still a draft.
    pub async fn confirm_tab(&self, approval: TabApproval) -> Result<TabId, Error> {
        self.authorise_tab(AuthoriseTab::new(approval)).await
    }

    /// Makes the order of an approved tab or change, to be signed by the key in hardware. Stores nothing.
    ///
    /// # Errors
    /// Why there can be none.
    pub async fn propose_tab(&self, approval: TabApproval) -> Result<TabProposed, Error> {
        self.run_told(ProposeTab::new(approval)).await
    }

    /// Stores what was proposed and signed, and begins to send it.
    ///
    /// # Errors
    /// Why not; then it is still a draft.
    pub async fn confirm_tab_signed(&self, agreed: TabAgreed) -> Result<TabId, Error> {
        self.authorise_tab(AuthoriseTab::agreed(agreed)).await
    }

    async fn authorise_tab(&self, authorise: AuthoriseTab) -> Result<TabId, Error> {
        let runtime = self.runtime.as_ref().ok_or(WalletError::Closed)?;
        let inner = Arc::clone(&self.inner);
        // Storing and sending belong together: both go on when the caller goes away.
        let done = runtime.spawn(async move {
            inner.drive(FirstContact::new()).await?;
            let id = inner.drive(authorise).await?;
            inner.send_tab(id);
            Ok(id)
        });
        done.await.map_err(|_| WalletError::Internal)?
    }

    /// Waits up to `wait` for the outcome of what was confirmed about a tab, or of its closing. Stopping to wait changes nothing.
    ///
    /// # Errors
    /// [`WalletError::TabUnknown`].
    pub async fn tab_outcome(&self, id: &TabId, wait: Duration) -> Result<TabOutcome, Error> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let changed = self.inner.changed.notified();
            if let Some(outcome) = tab::outcome_of(&self.inner.engine(), id)? {
                return Ok(outcome);
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                return Ok(TabOutcome::Unknown { tab: *id, because: WalletError::OutcomeUnknown.into() });
            }
        }
    }

    /// Pays a drop from a tab: so much more than before. The voucher is for the payee; where that is a contact, it is sent there, too.
    ///
    /// # Errors
    /// As [`tab::pay`]; nothing was signed.
    pub fn pay_tab(&self, id: &TabId, amount: &Amount) -> Result<PaidDrop, Error> {
        let paid = self.pay_tab_unsent(id, amount)?;
        let by_message = tab::find::<PaidTab>(self.inner.engine().store(), id)?.and_then(|tab| tab.contact);
        if let (Some(account), Some(runtime)) = (by_message, &self.runtime) {
            let inner = Arc::clone(&self.inner);
            runtime.spawn(async move {
                let _ = inner.send_messages(Hurry::To(account)).await;
            });
        }
        Ok(paid)
    }

    /// As [`Wallet::pay_tab`], and calls nobody: the voucher is to be shown. Where the payee is a contact, it waits for `sync`, too.
    ///
    /// # Errors
    /// As [`tab::pay`]; nothing was signed.
    pub fn pay_tab_unsent(&self, id: &TabId, amount: &Amount) -> Result<PaidDrop, Error> {
        let paid = tab::pay(&mut self.inner.engine(), id, amount, self.inner.clocks.now());
        // The voucher key was on this thread's stack.
        wipe();
        paid
    }

    /// Sends a drop's voucher where its payee is a contact; true when it is in the contact's mailbox. Otherwise it waits for `sync`,
    /// or is shown to the payee.
    ///
    /// # Errors
    /// What the store says. Trouble on the way to the verifier is none.
    pub async fn send_drop(&self, paid: &PaidDrop) -> Result<bool, Error> {
        let contact = tab::find::<PaidTab>(self.inner.engine().store(), &paid.tab)?.and_then(|tab| tab.contact);
        let Some(account) = contact else { return Ok(false) };
        // Nothing is sent before the verifier was heard.
        if let Err(error @ Error::Store(_)) = self.check_in().await {
            return Err(error);
        }
        match self.run(SendMessages::hurrying(Hurry::To(account))).await {
            Err(error @ Error::Store(_)) => Err(error),
            _ => Ok(messaging::has_arrived(self.inner.engine().store(), account, &paid.voucher)?),
        }
    }

    /// Takes a voucher that the payer has shown; it is stored when this returns. One that is not the newest is answered with that.
    /// Sync before the first one, and at least twice within each grace: a closing is heard of by its entry alone.
    ///
    /// # Errors
    /// As [`tab::take`]: deliver nothing for it.
    pub fn take_voucher(&self, voucher: &[u8]) -> Result<TakenVoucher, Error> {
        let taken = tab::take(&mut self.inner.engine(), voucher, self.inner.clocks.now());
        self.inner.changed.notify_waiters();
        taken
    }

    /// Takes over the newest voucher of our own, which the payee has shown because it has a greater one than we signed last. True
    /// when that is so.
    ///
    /// # Errors
    /// [`WalletError::TabUnknown`], [`WalletError::VoucherNotGood`].
    pub fn catch_up_tab(&self, voucher: &[u8]) -> Result<bool, Error> {
        tab::catch_up(&mut self.inner.engine(), voucher, self.inner.clocks.now())
    }

    /// Closes a tab that we pay from: nothing more is paid from it, and the payee has its grace to claim.
    ///
    /// # Errors
    /// [`WalletError::TabNotOpen`]. Trouble on the way to the verifier is an outcome that is not known: the closing is stored.
    pub async fn close_tab(&self, id: &TabId) -> Result<TabOutcome, Error> {
        let id = self.run_told(CloseTab::new(*id)).await?;
        self.run(SendTab::new(id)).await
    }

    /// Claims what vouchers are good for.
    ///
    /// # Errors
    /// Why nothing was heard; claims are stored, and sent again by `sync`.
    pub async fn claim_tabs(&self, which: Claimable) -> Result<Claimed, Error> {
        self.run_told(ClaimTabs::new(which)).await
    }

    /// Ends a tab that we earn by: what was not claimed goes back to the payer at once. Claim first.
    ///
    /// # Errors
    /// [`WalletError::TabUnclaimed`], [`WalletError::TabNotOpen`], and the verifier's no. When it was not heard, the release is
    /// stored, and sent again by `sync`.
    pub async fn release_tab(&self, id: &TabId) -> Result<(), Error> {
        self.run_told(ReleaseTab::new(*id)).await
    }

    /// Tabs that we pay from, newest first, drafts among them.
    ///
    /// # Errors
    /// What the store says.
    pub fn paid_tabs(&self, limit: usize) -> Result<Vec<PaidTab>, Error> {
        let mut all: Vec<PaidTab> = store::all_kept(self.inner.engine().store())?;
        all.sort_by_key(|tab| core::cmp::Reverse(tab.id));
        all.truncate(limit);
        Ok(all)
    }

    /// Tabs that we earn by, newest first.
    ///
    /// # Errors
    /// What the store says.
    pub fn earned_tabs(&self, limit: usize) -> Result<Vec<EarnedTab>, Error> {
        let mut all: Vec<EarnedTab> = store::all_kept(self.inner.engine().store())?;
        all.sort_by_key(|tab| core::cmp::Reverse(tab.id));
        all.truncate(limit);
        Ok(all)
    }

    /// A tab that we pay from, with the total of what was signed as far as it is known.
    ///
    /// # Errors
    /// [`WalletError::TabUnknown`].
    pub fn paid_tab(&self, id: &TabId) -> Result<PaidTab, Error> {
        let engine = self.inner.engine();
        let tab: PaidTab = tab::find(engine.store(), id)?.ok_or(WalletError::TabUnknown)?;
        Ok(PaidTab { total: engine.total_of(&tab), ..tab })
    }

    /// A tab that we earn by.
    ///
    /// # Errors
    /// [`WalletError::TabUnknown`].
    pub fn earned_tab(&self, id: &TabId) -> Result<EarnedTab, Error> {
        Ok(tab::find(self.inner.engine().store(), id)?.ok_or(WalletError::TabUnknown)?)
    }

    /// Tabs of both sides that somebody has agreed to, newest first, at most `limit`.
    ///
    /// # Errors
    /// What the store says.
    pub fn tabs(&self, limit: usize) -> Result<Vec<ShownTab>, Error> {
        ShownTab::all(&self.inner.engine(), limit)
    }

    /// A tab of either side.
    ///
    /// # Errors
    /// [`WalletError::TabUnknown`].
    pub fn tab(&self, id: &TabId) -> Result<ShownTab, Error> {
        ShownTab::of(&self.inner.engine(), id)
    }

    /// The signed receipts of a tab, in the order of the ledger.
    ///
    /// # Errors
    /// What the store says.
    pub fn tab_receipts(&self, id: &TabId) -> Result<Vec<TabReceipt>, Error> {
        Ok(TabReceipt::all(self.inner.engine().store(), id)?)
    }
}

impl Inner {
    /// Sends what waits of a tab, behind the caller's back; when that fails, the next sync goes on.
    fn send_tab(self: &Arc<Self>, id: TabId) {
        let inner = Arc::clone(self);
        tokio::spawn(async move {
            let mut pause = SEND_PAUSE;
            for _ in 0..SEND_TRIES {
                match inner.drive(SendTab::new(id)).await {
                    Ok(TabOutcome::Unknown { because, .. }) if because.is_retryable() => {}
                    _ => break,
                }
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            inner.changed.notify_waiters();
        });
    }

    /// Sends what waits of all tabs that we pay from.
    pub(super) async fn send_tabs(self: &Arc<Self>) -> Result<(), Error> {
        let unsent = tab::unsent(&self.engine())?;
        let mut first_error = None;
        for id in unsent {
            match self.drive(SendTab::new(id)).await {
                Ok(_) => {}
                Err(error @ Error::Store(_)) => return Err(error),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    /// Claims what is due of the tabs that we earn by, and sends releases again.
    pub(super) async fn settle_tabs(self: &Arc<Self>) -> Result<(), Error> {
        self.engine().store_totals()?;
        let mut first_error = None;
        let mut is_news = true;
        // One tab's trouble does not hold up the others.
        match self.drive(ClaimTabs::new(Claimable::Due)).await {
            Ok(claimed) => is_news = claimed != Claimed::default(),
            Err(error @ Error::Store(_)) => return Err(error),
            Err(error) => first_error = Some(error),
        }
        let unreleased = tab::unreleased(&self.engine())?;
        for id in unreleased {
            is_news = true;
            match self.drive(ReleaseTab::again(id)).await {
                // The entries tell what stands in the way.
                Ok(()) | Err(Error::Refused { .. }) => {}
                Err(error @ Error::Store(_)) => return Err(error),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        if is_news {
            self.drive(PullEntries::new()).await?;
        }
        first_error.map_or(Ok(()), Err)
    }
}
