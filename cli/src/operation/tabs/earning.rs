//! Vouchers that are taken, claims, releases.

use super::paying::catch_up;
use super::view;
use super::views::{ClaimedTabView, ClaimedView, RefusedClaimView, TakenView, hex};
use crate::failure::Failure;
use data_encoding::HEXLOWER;
use farthing_core::error::WalletError;
use farthing_core::export::tabs::TabView;
use farthing_core::tab::{Claimable, EarnedTab, TabId, TakenVoucher};
use farthing_core::{Error, Wallet};
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::time::Span;
use std::collections::BTreeMap;

/// Takes a payer's voucher, or one of our own that was shown back. The verifier is asked only for a tab, or a change of it, that is
/// not known here yet.
pub(super) async fn take(wallet: &Wallet, voucher: &str) -> Result<TakenView, Failure> {
    let bytes = HEXLOWER.decode(voucher.as_bytes()).map_err(|_| Failure::internal("the bytes cannot be read"))?;
    let first = take_known(wallet, &bytes);
    let Err(failure) = &first else { return first };
    let later = [WalletError::TabUnknown, WalletError::VoucherAhead].map(|error| Error::from(error).code());
    if later.contains(&failure.code) && wallet.sync(Span::from_ms(0)).await.is_ok() {
        return take_known(wallet, &bytes);
    }
    first
}

fn take_known(wallet: &Wallet, bytes: &[u8]) -> Result<TakenView, Failure> {
    let (id, added, newest) = match wallet.take_voucher(bytes) {
        Ok(TakenVoucher::Taken { tab, gained, .. }) => (tab, gained, None),
        Ok(TakenVoucher::Behind { tab, newest }) => {
            let none = Amount::zero(wallet.earned_tab(&tab)?.total.asset());
            (tab, none, Some(hex(&newest)))
        }
        Err(Error::Wallet(WalletError::TabUnknown)) => return catch_up(wallet, bytes),
        Err(error) => return Err(error.into()),
    };
    let TabView { id, direction, total, left, .. } = view(wallet, &id)?;
    Ok(TakenView { id, direction, total, added: (&added).into(), left, newest })
}

/// Claims from one tab, or from all.
pub(super) async fn claim(wallet: &Wallet, id: Option<TabId>) -> Result<ClaimedView, Failure> {
    let claimed = |tab: &EarnedTab| (tab.id, tab.standing.claimed);
    let before: BTreeMap<TabId, Amount> = wallet.earned_tabs(usize::MAX)?.iter().map(claimed).collect();
    let outcome = match wallet.claim_tabs(id.map_or(Claimable::All, Claimable::Tab)).await {
        Ok(outcome) => outcome,
        Err(error) => {
            let waits = |tab: &EarnedTab| tab.claim.is_some() && id.is_none_or(|id| id == tab.id);
            let sent = wallet.earned_tabs(usize::MAX)?.iter().any(waits);
            return Err(unless_sent(error, sent, id.as_ref()));
        }
    };
    if let (Some(_), [(tab, error)]) = (id, outcome.refused.as_slice()) {
        return Err(Failure::from(error.clone()).about_tab(&tab.to_string()));
    }
    if let (Some(id), true) = (id, outcome.waiting > 0) {
        return Err(Failure::tab_undecided().about_tab(&id.to_string()));
    }
    let mut sums: BTreeMap<Asset, Amount> = BTreeMap::new();
    let mut tabs = Vec::new();
    for id in &outcome.tabs {
        let total = wallet.earned_tab(id)?.standing.claimed;
        let none = Amount::zero(total.asset());
        let amount = total.checked_sub(before.get(id).unwrap_or(&none)).map_err(Error::from)?;
        let sum = sums.entry(total.asset()).or_insert(none);
        *sum = sum.checked_add(&amount).map_err(Error::from)?;
        tabs.push(ClaimedTabView { id: id.to_string(), amount: (&amount).into(), total: (&total).into() });
    }
    let refused = outcome.refused.iter().map(|(tab, error)| RefusedClaimView {
        id: tab.to_string(),
        code: error.code(),
        kind: error.kind().to_owned(),
        message: error.to_string(),
    });
    Ok(ClaimedView {
        amounts: sums.values().map(Into::into).collect(),
        claimed: tabs,
        refused: refused.collect(),
        waiting: outcome.waiting,
    })
}

/// Ends a tab that we earn by.
pub(super) async fn release(wallet: &Wallet, id: &TabId) -> Result<TabView, Failure> {
    if let Err(error) = wallet.release_tab(id).await {
        let sent = wallet.earned_tab(id).is_ok_and(|tab| tab.release.is_some());
        return Err(unless_sent(error, sent, Some(id)));
    }
    view(wallet, id)
}

/// What was stored and perhaps sent is not known to have failed.
fn unless_sent(error: Error, sent: bool, id: Option<&TabId>) -> Failure {
    let is_final = matches!(error, Error::Refused { .. } | Error::Wallet(_));
    let failure = if sent && !is_final {
        let unknown = Failure::tab_undecided();
        let message = format!("{} ({error})", unknown.message);
        unknown.with_message(&message)
    } else {
        Failure::from(error)
    };
    match id {
        Some(id) => failure.about_tab(&id.to_string()),
        None => failure,
    }
}
