//! Drops, and our own vouchers that a payee shows back.

use super::views::{PaidDropView, TakenView, hex};
use crate::failure::Failure;
use farthing_core::error::WalletError;
use farthing_core::store::all_kept;
use farthing_core::tab::{PaidDrop, PaidTab, TabId};
use farthing_core::{Error, Wallet};
use farthing_protocol::cose::Signed;
use farthing_protocol::money::Amount;
use farthing_protocol::tab::Voucher;

pub(super) async fn pay(wallet: &Wallet, id: &TabId, amount_text: &str) -> Result<PaidDropView, Failure> {
    let tab = wallet.paid_tab(id)?;
    let paid = wallet.pay_tab(id, &drop_of(&tab, amount_text)?)?;
    // A drop that is paid is told, whatever becomes of its message.
    let sent = wallet.send_drop(&paid).await.unwrap_or(false);
    Ok(PaidDropView { sent, ..view(&tab, &paid)? })
}

/// As [`pay`], and calls nobody.
pub(super) fn pay_unsent(wallet: &Wallet, id: &TabId, amount_text: &str) -> Result<PaidDropView, Failure> {
    let tab = wallet.paid_tab(id)?;
    let paid = wallet.pay_tab_unsent(id, &drop_of(&tab, amount_text)?)?;
    Ok(view(&tab, &paid)?)
}

/// A tab has one currency.
fn drop_of(tab: &PaidTab, text: &str) -> Result<Amount, Error> {
    Ok(Amount::parse(text, &[tab.total.asset()])?)
}

fn view(tab: &PaidTab, paid: &PaidDrop) -> Result<PaidDropView, Error> {
    Ok(PaidDropView {
        id: paid.tab.to_string(),
        total: (&paid.total).into(),
        left: (&left(tab, &paid.total)?).into(),
        voucher: hex(&paid.voucher),
        sent: false,
    })
}

/// Takes over a voucher of our own that the payee has shown back.
pub(super) fn catch_up(wallet: &Wallet, bytes: &[u8]) -> Result<TakenView, Failure> {
    let unknown = || Error::from(WalletError::TabUnknown);
    let voucher = Signed::<Voucher>::parse(bytes).map_err(|_| Error::from(WalletError::VoucherNotGood))?;
    let all: Vec<PaidTab> = wallet.read(|engine| all_kept(engine.store())).map_err(Error::from)?;
    let tab = all.iter().find(|tab| tab.hold == Some(voucher.claims().hold)).ok_or_else(unknown)?;
    let before = wallet.paid_tab(&tab.id)?.total;
    wallet.catch_up_tab(bytes)?;
    let tab = wallet.paid_tab(&tab.id)?;
    let added = tab.total.checked_sub(&before).map_err(Error::from)?;
    Ok(TakenView {
        id: tab.id.to_string(),
        direction: "out".to_owned(),
        total: (&tab.total).into(),
        added: (&added).into(),
        left: (&left(&tab, &tab.total)?).into(),
        newest: None,
    })
}

/// What can still be paid.
pub(super) fn left(tab: &PaidTab, total: &Amount) -> Result<Amount, Error> {
    let standing = tab.standing.as_ref().ok_or(WalletError::TabNotOpen)?;
    Ok(standing.bounds()?.cap.checked_sub(total)?)
}
