//! Paying, and what was paid.

use super::{Wallet, page};
use crate::convert;
use crate::failure::Failure;
use crate::records::{Draft, Money, Outcome, Payment};
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::payment::Target;
use farthing_core::scan::{Scanned, text};
use farthing_core::store::ArtifactKind;
use farthing_protocol::money::Amount;
use std::time::Duration;

#[uniffi::export]
impl Wallet {
    /// Reads an amount that was typed, in the verifier's currencies.
    pub async fn parse_money(&self, typed: String) -> Result<Money, Failure> {
        with_wallet!(self, |wallet| {
            if wallet.assets().is_empty() {
                wallet.refresh().await?;
            }
            Ok(convert::money(&Amount::parse(&typed, &wallet.assets())?))
        })
    }

    /// Reads and checks everything that a payment needs, and stores a draft. `payee` is a request's link or an alias; a
    /// contact is paid at its alias.
    pub async fn prepare(&self, payee: String, amount: Option<Money>, memo: Option<String>) -> Result<Draft, Failure> {
        with_wallet!(self, |wallet| {
            let amount = amount.as_ref().map(convert::amount).transpose()?;
            let target = target(&payee)?;
            let draft = wallet.prepare(target, amount, convert::text(memo.as_ref())?).await?;
            Ok(Draft::from(&draft))
        })
    }

    /// A draft that was prepared before.
    pub async fn draft(&self, id: String) -> Result<Draft, Failure> {
        with_wallet!(self, |wallet| Ok(Draft::from(&wallet.draft(&convert::payment_id(&id)?)?)))
    }

    /// Forgets a draft.
    pub async fn discard(&self, id: String) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.discard(&convert::payment_id(&id)?))
    }

    /// Waits for the outcome of a payment, so many milliseconds at most. Stopping to wait changes nothing.
    pub async fn outcome(&self, id: String, wait_ms: u64) -> Result<Outcome, Failure> {
        with_wallet!(self, while_wanted, |wallet| {
            let outcome = wallet.outcome(&convert::payment_id(&id)?, Duration::from_millis(wait_ms)).await?;
            convert::outcome(wallet, outcome)
        })
    }

    /// A payment by its id.
    pub async fn payment(&self, id: String) -> Result<Payment, Failure> {
        with_wallet!(self, |wallet| Ok(Payment::from(&wallet.payment(&convert::payment_id(&id)?)?)))
    }

    /// Payments, newest first, after the last of the page before.
    pub async fn history(&self, before: Option<String>, limit: u32) -> Result<Vec<Payment>, Failure> {
        with_wallet!(self, |wallet| {
            let before = before.map(|id| convert::payment_id(&id)).transpose()?;
            let found = wallet.history(before.as_ref(), page(limit))?;
            Ok(found.iter().map(Payment::from).collect())
        })
    }

    /// The signed receipt of a payment: it proves it to anybody who knows the verifier's root.
    pub async fn receipt(&self, id: String) -> Result<Vec<u8>, Failure> {
        with_wallet!(self, |wallet| {
            let id = convert::payment_id(&id)?;
            wallet.payment(&id)?;
            Ok(wallet.artifact(&id, ArtifactKind::Receipt)?.ok_or(WalletError::NoReceipt)?)
        })
    }
}

/// What can be paid. Our own names for contacts are none of it: a text that was scanned must not pay somebody whom we call so.
fn target(payee: &str) -> Result<Target, Error> {
    match text::recognise(payee)? {
        Scanned::Request(pointer) => Ok(Target::Request(pointer)),
        Scanned::Alias(alias) => Ok(Target::Alias(alias)),
        _ => Err(WalletError::NotAPayee.into()),
    }
}
