//! The operations on tabs.

mod agreeing;
mod direct;
mod earning;
pub(crate) mod meter;
mod offers;
mod paying;
pub(crate) mod views;

pub(crate) use offers::Offered;

use super::perform::value;
use crate::failure::Failure;
use farthing_core::Wallet;
use farthing_core::export::tabs::{TabOfferView, TabReceiptView, TabView};
use farthing_core::tab::TabId;
use farthing_protocol::time::Span;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use views::ShownTabView;

/// One operation on tabs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum TabOperation {
    /// Makes an offer: `TabOfferView`.
    Offer(Offered),
    /// Sends an offer of ours to a contact.
    SendOffer { contact: String, id: String },
    /// A list of `TabOfferView`.
    Offers,
    /// Stores the draft of a tab: `TabDraftView`.
    Prepare { target: String, cap: Option<String>, lasts_ms: Option<u64>, grace_ms: Option<u64>, memo: Option<String> },
    /// Stores the draft of a change: `TabDraftView`.
    Raise { id: String, cap: Option<String>, longer_ms: u64 },
    /// Forgets a draft.
    Discard { id: String },
    /// Signs, stores and begins to send what was shown.
    Confirm { id: String, shown: String },
    /// Waits for the outcome: `TabOutcomeView`.
    Outcome { id: String, wait_ms: u64 },
    /// Stores a closing, and sends it: `TabOutcomeView`.
    Close { id: String },
    /// Signs a voucher for so much more: `PaidDropView`.
    Pay { id: String, amount: String },
    /// The same, and calls nobody: `PaidDropView`.
    PayUnsent { id: String, amount: String },
    /// Signs a voucher for so much more, or none, and offers it to the payee at an address: `DirectDropView`.
    PayDirectly { id: String, amount: Option<String>, address: String },
    /// Signs up to a total, in the smallest units, and offers it to the payee at an address, as often as it is asked: `DirectDropView`.
    PayUpTo { id: String, total: String, address: String },
    /// Stores what a meter has measured, in the smallest units: no more is claimed.
    Measured { id: String, due: String },
    /// Answers what a payer has posted, in hex: `AnsweredView`.
    Answer { request: String },
    /// Takes a voucher, in hex: `TakenView`.
    Take { voucher: String },
    /// Claims what vouchers are good for: `ClaimedView`.
    Claim { id: Option<String> },
    /// Ends a tab that we earn by: `TabView`.
    Release { id: String },
    /// Newest first: a list of `TabView`.
    List { limit: usize },
    /// A tab with its receipts: `ShownTabView`.
    Show { id: String },
}

impl TabOperation {
    /// As [`super::Operation::is_safe_to_repeat`]: a drop that is paid again is paid twice.
    pub(super) const fn is_safe_to_repeat(&self) -> bool {
        !matches!(
            self,
            Self::Offer(_)
                | Self::SendOffer { .. }
                | Self::Pay { .. }
                | Self::PayUnsent { .. }
                | Self::PayDirectly { .. }
        )
    }

    /// As [`super::Operation::begins_something`].
    pub(super) const fn begins_something(&self) -> bool {
        matches!(
            self,
            Self::Offer(_)
                | Self::SendOffer { .. }
                | Self::Confirm { .. }
                | Self::Close { .. }
                | Self::Pay { .. }
                | Self::PayUnsent { .. }
                | Self::PayDirectly { .. }
                | Self::PayUpTo { .. }
                | Self::Measured { .. }
                | Self::Answer { .. }
                | Self::Take { .. }
                | Self::Claim { .. }
                | Self::Release { .. }
        )
    }

    /// As [`super::Operation::wait`].
    pub(super) const fn wait_ms(&self) -> u64 {
        match self {
            Self::Outcome { wait_ms, .. } => *wait_ms,
            _ => 0,
        }
    }
}

/// Carries out one of them.
pub(super) async fn perform(wallet: &Wallet, operation: TabOperation) -> Result<Value, Failure> {
    match operation {
        TabOperation::Offer(offered) => value(&offers::offer(wallet, offered).await?),
        TabOperation::SendOffer { contact, id } => offers::send(wallet, &contact, &id).await.map(|()| Value::Null),
        TabOperation::Offers => value(&wallet.read(TabOfferView::all)?),
        TabOperation::Prepare { target, cap, lasts_ms, grace_ms, memo } => {
            let (lasts, grace) = (lasts_ms.map(Span::from_ms), grace_ms.map(Span::from_ms));
            value(&agreeing::prepare(wallet, &target, cap.as_deref(), (lasts, grace), memo.as_deref()).await?)
        }
        TabOperation::Raise { id, cap, longer_ms } => {
            value(&agreeing::raise(wallet, &tab_id(&id)?, cap.as_deref(), Span::from_ms(longer_ms)).await?)
        }
        TabOperation::Discard { id } => {
            wallet.discard_tab(&tab_id(&id)?)?;
            Ok(Value::Null)
        }
        TabOperation::Confirm { id, shown } => agreeing::confirm(wallet, &id, &shown).await.map(|()| Value::Null),
        TabOperation::Outcome { id, wait_ms } => value(&agreeing::outcome(wallet, &tab_id(&id)?, wait_ms).await?),
        TabOperation::Close { id } => value(&agreeing::close(wallet, &tab_id(&id)?).await?),
        TabOperation::Pay { id, amount } => value(&paying::pay(wallet, &tab_id(&id)?, &amount).await?),
        TabOperation::PayUnsent { id, amount } => value(&paying::pay_unsent(wallet, &tab_id(&id)?, &amount)?),
        TabOperation::PayDirectly { id, amount, address } => {
            value(&direct::pay(wallet, &tab_id(&id)?, amount.as_deref(), &address).await?)
        }
        TabOperation::PayUpTo { id, total, address } => {
            value(&meter::pay_up_to(wallet, &tab_id(&id)?, &total, &address).await?)
        }
        TabOperation::Measured { id, due } => {
            meter::measured(wallet, &tab_id(&id)?, &due)?;
            Ok(Value::Null)
        }
        TabOperation::Answer { request } => value(&direct::answer(wallet, &request)?),
        TabOperation::Take { voucher } => value(&earning::take(wallet, &voucher).await?),
        TabOperation::Claim { id } => {
            let id = id.map(|id| tab_id(&id)).transpose()?;
            value(&earning::claim(wallet, id).await?)
        }
        TabOperation::Release { id } => value(&earning::release(wallet, &tab_id(&id)?).await?),
        TabOperation::List { limit } => value(&wallet.read(|engine| TabView::all(engine, limit))?),
        TabOperation::Show { id } => value(&show(wallet, &tab_id(&id)?)?),
    }
}

fn tab_id(text: &str) -> Result<TabId, Failure> {
    TabId::parse(text.trim()).ok_or_else(|| Failure::usage("a tab's id is a UUID, as `farthing tab list` shows it"))
}

/// A tab of either side.
pub(super) fn view(wallet: &Wallet, id: &TabId) -> Result<TabView, Failure> {
    Ok(TabView::from(&wallet.tab(id)?))
}

fn show(wallet: &Wallet, id: &TabId) -> Result<ShownTabView, Failure> {
    let tab = view(wallet, id)?;
    let receipts = wallet.tab_receipts(id)?;
    let voucher = match wallet.earned_tab(id) {
        Ok(tab) => tab.voucher.as_ref().map(views::hex),
        Err(_) => None,
    };
    Ok(ShownTabView { tab, voucher, receipts: receipts.iter().map(TabReceiptView::of).collect::<Result<_, _>>()? })
}
