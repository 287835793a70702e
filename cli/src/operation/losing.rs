//! The operations about what a verifier has lost.

use super::payments;
use super::views::{AmountView, PaymentView};
use crate::failure::Failure;
use farthing_core::Wallet;
use farthing_core::history::{Loss, Owed};
use serde::{Deserialize, Serialize};

/// What the verifier does not have any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LossView {
    pub(crate) payments: Vec<PaymentView>,
    /// By receipts, per currency.
    pub(crate) owed: Vec<OwedView>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OwedView {
    /// What we had received.
    pub(crate) received: AmountView,
    /// What we had paid, with fees.
    pub(crate) paid: AmountView,
}

impl From<&Owed> for OwedView {
    fn from(owed: &Owed) -> Self {
        Self { received: (&owed.received).into(), paid: (&owed.paid).into() }
    }
}

/// What is to be accepted, while nothing is paid because of it.
pub(super) fn open(wallet: &Wallet) -> Result<Option<LossView>, Failure> {
    wallet.loss()?.map(|loss| view(wallet, &loss)).transpose()
}

/// All that was ever lost.
pub(super) fn ever(wallet: &Wallet) -> Result<LossView, Failure> {
    view(wallet, &wallet.lost()?)
}

pub(super) async fn accept(wallet: &Wallet) -> Result<LossView, Failure> {
    view(wallet, &wallet.accept_loss().await?)
}

fn view(wallet: &Wallet, loss: &Loss) -> Result<LossView, Failure> {
    let payments = loss.payments.iter().map(|payment| payments::view(wallet, payment));
    let owed = loss.owed.iter().map(OwedView::from).collect();
    Ok(LossView { payments: payments.collect::<Result<_, _>>()?, owed })
}
