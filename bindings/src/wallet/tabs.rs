//! Tabs: offering them, paying from them, earning by them.

use super::{Wallet, page};
use crate::convert;
use crate::failure::Failure;
use crate::records::Money;
use crate::tabs::{
    self, Claimed, OfferTerms, PaidDrop, Tab, TabDraft, TabOffer, TabOutcome, TabTerms, TakenVoucher, tab_id,
};
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::scan::{ScanError, Scanned, text, voucher};
use farthing_core::tab::{Claimable, TabTarget};
use farthing_protocol::details::Name;
use farthing_protocol::time::Span;
use std::time::Duration;

#[uniffi::export]
impl Wallet {
    /// Offers a tab; it can be accepted when this returns. `cancel` takes it back.
    pub async fn offer_tab(&self, terms: OfferTerms) -> Result<TabOffer, Failure> {
        with_wallet!(self, |wallet| {
            let (wish, usage) = tabs::wish(&terms)?;
            let made = wallet.offer(wish, usage).await?;
            TabOffer::made(wallet, &wallet.own_offer(&made.id)?)
        })
    }

    /// Our offers, newest first.
    pub async fn tab_offers(&self, limit: u32) -> Result<Vec<TabOffer>, Failure> {
        with_wallet!(self, |wallet| {
            wallet.offers(page(limit))?.iter().map(|offer| TabOffer::made(wallet, offer)).collect::<Result<Vec<_>, _>>()
        })
    }

    /// An offer of ours.
    pub async fn tab_offer(&self, id: String) -> Result<TabOffer, Failure> {
        with_wallet!(self, |wallet| TabOffer::made(wallet, &wallet.own_offer(&convert::request_id(&id)?)?))
    }

    /// Sends an offer of ours to a contact, who can accept it without scanning anything.
    pub async fn send_tab_offer(&self, contact: String, offer: String) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.send_offer(&Name::typed(&contact)?, &convert::request_id(&offer)?).await)
    }

    /// Offers that a contact has sent, oldest first.
    pub async fn received_tab_offers(&self, contact: String) -> Result<Vec<TabOffer>, Failure> {
        with_wallet!(self, |wallet| {
            let offers = wallet.received_offers(&Name::typed(&contact)?)?;
            offers.iter().map(tabs::received).collect::<Result<Vec<_>, _>>()
        })
    }

    /// Reads the offer that a link points to, without accepting it: fetched, opened, its signature checked.
    pub async fn read_tab_offer(&self, link: String) -> Result<TabOffer, Failure> {
        with_wallet!(self, |wallet| {
            let Scanned::Request(pointer) = text::recognise(&link)? else {
                return Err(WalletError::NotAPayee.into());
            };
            Ok(TabOffer::from(&*wallet.look_offer(pointer).await?))
        })
    }

    /// Reads and checks everything that a tab needs, and stores a draft. `payee` is an offer's link or an alias; a contact is paid
    /// at its alias.
    pub async fn prepare_tab(&self, payee: String, terms: TabTerms) -> Result<TabDraft, Failure> {
        with_wallet!(self, |wallet| {
            let target = match text::recognise(&payee)? {
                Scanned::Request(pointer) => TabTarget::Link(pointer),
                Scanned::Alias(alias) => TabTarget::Alias(alias),
                _ => return Err(WalletError::NotAPayee.into()),
            };
            Ok(TabDraft::from(&wallet.prepare_tab(target, tabs::terms(&terms)?).await?))
        })
    }

    /// As `prepare_tab`, for an offer that a contact has sent.
    pub async fn prepare_received_tab(
        &self,
        contact: String,
        offer: String,
        terms: TabTerms,
    ) -> Result<TabDraft, Failure> {
        with_wallet!(self, |wallet| {
            let id = convert::request_id(&offer)?;
            let sent = wallet.received_offers(&Name::typed(&contact)?)?.into_iter().find(|sent| sent.id == id);
            let sent = sent.ok_or(WalletError::RequestIdUnknown)?;
            let target = TabTarget::Sent(sent.offer, sent.from);
            Ok(TabDraft::from(&wallet.prepare_tab(target, tabs::terms(&terms)?).await?))
        })
    }

    /// Prepares a higher cap for a tab that is open, and times that are later by so many milliseconds. The tab goes on meanwhile.
    pub async fn prepare_tab_change(
        &self,
        id: String,
        cap: Option<Money>,
        longer_ms: u64,
    ) -> Result<TabDraft, Failure> {
        with_wallet!(self, |wallet| {
            let cap = cap.as_ref().map(convert::amount).transpose()?;
            Ok(TabDraft::from(&wallet.prepare_tab_change(&tab_id(&id)?, cap, Span::from_ms(longer_ms)).await?))
        })
    }

    /// The draft of a tab, or of a change, that was prepared before.
    pub async fn tab_draft(&self, id: String) -> Result<TabDraft, Failure> {
        with_wallet!(self, |wallet| Ok(TabDraft::from(&wallet.tab_draft(&tab_id(&id)?)?)))
    }

    /// Forgets the draft of a tab, or of a change.
    pub async fn discard_tab(&self, id: String) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.discard_tab(&tab_id(&id)?))
    }

    /// Waits for the outcome of what was confirmed about a tab, or of its closing, so many milliseconds at most. Stopping to wait
    /// changes nothing.
    pub async fn tab_outcome(&self, id: String, wait_ms: u64) -> Result<TabOutcome, Failure> {
        with_wallet!(self, while_wanted, |wallet| {
            let outcome = wallet.tab_outcome(&tab_id(&id)?, Duration::from_millis(wait_ms)).await?;
            tabs::outcome(wallet, outcome)
        })
    }

    /// Pays a drop from a tab, without network: so much more than before. The voucher is for the payee; where that is a contact, it
    /// is sent there, too.
    pub async fn pay_tab(&self, id: String, amount: Money) -> Result<PaidDrop, Failure> {
        with_wallet!(self, |wallet| {
            let amount = convert::amount(&amount)?;
            Ok(PaidDrop::from(&wallet.pay_tab(&tab_id(&id)?, &amount)?))
        })
    }

    /// Takes a voucher that the payer has shown, without network; it is stored when this returns. Sync before the first one.
    pub async fn take_voucher(&self, shown: String) -> Result<TakenVoucher, Failure> {
        with_wallet!(self, |wallet| Ok(TakenVoucher::from(&wallet.take_voucher(&bytes(&shown)?)?)))
    }

    /// Takes over the newest voucher of our own, which the payee has shown back. True when it is greater than what was known here.
    pub async fn catch_up_tab(&self, shown: String) -> Result<bool, Failure> {
        with_wallet!(self, |wallet| wallet.catch_up_tab(&bytes(&shown)?))
    }

    /// Closes a tab that we pay from: nothing more is paid from it, and the payee has its time to claim.
    pub async fn close_tab(&self, id: String) -> Result<TabOutcome, Failure> {
        with_wallet!(self, |wallet| {
            let outcome = wallet.close_tab(&tab_id(&id)?).await?;
            tabs::outcome(wallet, outcome)
        })
    }

    /// Claims what vouchers are good for, of one tab or of all.
    pub async fn claim_tabs(&self, id: Option<String>) -> Result<Claimed, Failure> {
        with_wallet!(self, |wallet| {
            let which = id.as_deref().map(tab_id).transpose()?.map_or(Claimable::All, Claimable::Tab);
            Ok(Claimed::from(wallet.claim_tabs(which).await?))
        })
    }

    /// Ends a tab that we earn by: what was not claimed goes back to the payer at once. Claim first.
    pub async fn release_tab(&self, id: String) -> Result<Tab, Failure> {
        with_wallet!(self, |wallet| {
            let id = tab_id(&id)?;
            wallet.release_tab(&id).await?;
            Ok(Tab::from(&wallet.tab(&id)?))
        })
    }

    /// Tabs of both sides that somebody has agreed to, newest first.
    pub async fn tabs(&self, limit: u32) -> Result<Vec<Tab>, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.tabs(page(limit))?.iter().map(Tab::from).collect()))
    }

    /// A tab by its id.
    pub async fn tab(&self, id: String) -> Result<Tab, Failure> {
        with_wallet!(self, |wallet| Ok(Tab::from(&wallet.tab(&tab_id(&id)?)?)))
    }

    /// The signed receipts of a tab, in the order of the ledger: they prove what became of it to anybody who knows the verifier's
    /// root.
    pub async fn tab_receipts(&self, id: String) -> Result<Vec<Vec<u8>>, Failure> {
        with_wallet!(self, |wallet| {
            let id = tab_id(&id)?;
            wallet.tab(&id)?;
            Ok(wallet.tab_receipts(&id)?.into_iter().map(|receipt| receipt.receipt.as_slice().to_vec()).collect())
        })
    }
}

fn bytes(shown: &str) -> Result<Vec<u8>, Error> {
    let voucher = voucher::of_text(shown.as_bytes()).ok_or(ScanError::NotOurs)?;
    Ok(voucher.as_slice().to_vec())
}
