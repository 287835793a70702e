//! The operations about what a verifier has lost.

use crate::failure::Failure;
use farthing_core::Wallet;
use farthing_core::export::views::LossView;
use farthing_core::history::Loss;

/// What is to be accepted, while nothing is paid because of it.
pub(super) fn open(wallet: &Wallet) -> Result<Option<LossView>, Failure> {
    wallet.loss()?.map(|loss| view(wallet, &loss)).transpose()
}

pub(super) async fn accept(wallet: &Wallet) -> Result<LossView, Failure> {
    view(wallet, &wallet.accept_loss().await?)
}

fn view(wallet: &Wallet, loss: &Loss) -> Result<LossView, Failure> {
    Ok(wallet.read(|engine| LossView::of(engine, loss))?)
}
