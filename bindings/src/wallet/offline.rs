//! Money without network: allowances, requests and payments that nobody carries.

use super::{Wallet, page};
use crate::convert;
use crate::failure::Failure;
use crate::offline::{
    self, Allowance, AllowanceDraft, AllowanceOutcome, AllowanceTerms, ClaimedOffline, OfflineExamined, OfflineLook,
    OfflineRequest, OfflineTerms, PaidOffline, TakenPayment, Unsettled, allowance_id, taken_id,
};
use crate::records::Money;
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::offline::{ShownPayment, ShownRequest};
use farthing_protocol::id::Digest;
use std::time::Duration;

#[uniffi::export]
impl Wallet {
    /// Reads everything that an allowance needs, and stores a draft: money that is set aside for whoever is paid without network.
    pub async fn prepare_allowance(&self, terms: AllowanceTerms) -> Result<AllowanceDraft, Failure> {
        with_wallet!(self, |wallet| {
            Ok(AllowanceDraft::from(&wallet.prepare_allowance(offline::terms(&terms)?).await?))
        })
    }

    /// The draft of an allowance that was prepared before.
    pub async fn allowance_draft(&self, id: String) -> Result<AllowanceDraft, Failure> {
        with_wallet!(self, |wallet| Ok(AllowanceDraft::from(&wallet.allowance_draft(&convert::payment_id(&id)?)?)))
    }

    /// Forgets the draft of an allowance.
    pub async fn discard_allowance(&self, id: String) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.discard_allowance(&convert::payment_id(&id)?))
    }

    /// Waits for the outcome of what was confirmed about an allowance, or of its revocation, so many milliseconds at most. Stopping
    /// to wait changes nothing.
    pub async fn allowance_outcome(&self, id: String, wait_ms: u64) -> Result<AllowanceOutcome, Failure> {
        with_wallet!(self, while_wanted, |wallet| {
            let outcome = wallet.allowance_outcome(&allowance_id(&id)?, Duration::from_millis(wait_ms)).await?;
            offline::outcome(wallet, outcome)
        })
    }

    /// Revokes an allowance: nothing more is paid from it. What was paid before stays good, and is claimed as before.
    pub async fn revoke_allowance(&self, id: String) -> Result<AllowanceOutcome, Failure> {
        with_wallet!(self, |wallet| {
            let outcome = wallet.revoke_allowance(&allowance_id(&id)?).await?;
            offline::outcome(wallet, outcome)
        })
    }

    /// Allowances of the account, newest first.
    pub async fn allowances(&self, limit: u32) -> Result<Vec<Allowance>, Failure> {
        with_wallet!(self, |wallet| wallet
            .allowances(page(limit))?
            .iter()
            .map(Allowance::of)
            .collect::<Result<Vec<_>, _>>())
    }

    /// An allowance by its id.
    pub async fn allowance(&self, id: String) -> Result<Allowance, Failure> {
        with_wallet!(self, |wallet| Allowance::of(&wallet.allowance(&allowance_id(&id)?)?))
    }

    /// What was paid from an allowance here, by number.
    pub async fn allowance_payments(&self, id: String) -> Result<Vec<PaidOffline>, Failure> {
        with_wallet!(self, |wallet| {
            let id = allowance_id(&id)?;
            wallet.allowance(&id)?;
            Ok(wallet.offline_payments(&id)?.iter().map(PaidOffline::from).collect::<Vec<_>>())
        })
    }

    /// Makes a request that a payer without network can pay from an allowance. Calls nobody.
    pub async fn ask_offline(&self, terms: OfflineTerms) -> Result<OfflineRequest, Failure> {
        with_wallet!(self, |wallet| OfflineRequest::of(&wallet.ask_offline(&offline::wish(&terms)?)?))
    }

    /// A request of ours that was made without network, to be shown again.
    pub async fn asked_offline(&self, id: String) -> Result<OfflineRequest, Failure> {
        with_wallet!(self, |wallet| {
            let id = Digest::from_hex(&id).ok_or(Error::Wallet(WalletError::RequestIdUnknown))?;
            OfflineRequest::of(&wallet.asked_offline(&id)?)
        })
    }

    /// Looks at a request that a payee without network shows. Calls nobody. `from` is the allowance that it is to be paid from;
    /// otherwise the first that it can be paid from.
    pub async fn look_offline(&self, shown: String, from: Option<String>) -> Result<OfflineLook, Failure> {
        with_wallet!(self, |wallet| {
            let from = from.as_deref().map(allowance_id).transpose()?;
            let looked = wallet.look_offline(&ShownRequest::parse(shown.trim())?, from.as_ref())?;
            offline::looked(&looked, shown)
        })
    }

    /// Judges a payment that a payer shows. Calls nobody. When it fails, deliver nothing.
    pub async fn examine_offline(&self, shown: String) -> Result<OfflineExamined, Failure> {
        with_wallet!(self, |wallet| {
            let examined = wallet.examine_offline(&ShownPayment::parse(shown.trim())?)?;
            offline::examined(&examined, shown)
        })
    }

    /// Claims what was taken without network, also what was refused before.
    pub async fn claim_offline(&self) -> Result<ClaimedOffline, Failure> {
        with_wallet!(self, |wallet| {
            let claimed = wallet.claim_offline().await?;
            ClaimedOffline::of(wallet, claimed)
        })
    }

    /// Payments that were taken without network, newest first.
    pub async fn taken_offline(&self, limit: u32) -> Result<Vec<TakenPayment>, Failure> {
        with_wallet!(self, |wallet| wallet
            .taken_offline(page(limit))?
            .iter()
            .map(TakenPayment::of)
            .collect::<Result<Vec<_>, _>>())
    }

    /// One of them by its id.
    pub async fn taken_payment(&self, id: String) -> Result<TakenPayment, Failure> {
        with_wallet!(self, |wallet| TakenPayment::of(&wallet.taken_payment(&taken_id(&id)?)?))
    }

    /// What was taken without network and is not settled, of each currency.
    pub async fn unsettled_offline(&self) -> Result<Vec<Unsettled>, Failure> {
        with_wallet!(self, |wallet| {
            let unsettled = wallet.assets().into_iter().map(|asset| {
                let (amount, arrived) = wallet.unsettled_offline(asset)?;
                Ok(Unsettled { amount: convert::money(&amount), arrived: convert::money(&arrived) })
            });
            unsettled.collect::<Result<Vec<_>, Error>>()
        })
    }

    /// What the person is ready to lose of what is taken without network, of each currency.
    pub async fn loss_limits(&self) -> Result<Vec<Money>, Failure> {
        with_wallet!(self, |wallet| {
            let limits = wallet.assets().into_iter().map(|asset| Ok(convert::money(&wallet.loss_limit(asset)?)));
            limits.collect::<Result<Vec<_>, Error>>()
        })
    }

    /// Sets what the person is ready to lose of a currency; zero takes nothing without network.
    pub async fn set_loss_limit(&self, most: Money) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.set_loss_limit(convert::amount(&most)?))
    }
}
