//! Tabs as they are given out: in `wallet.json`, and each receipt as a file.

use super::views::AmountView;
use super::{FileName, Moments};
use crate::engine::Engine;
use crate::error::Error;
use crate::store;
use crate::tab::{EarnedTab, PaidTab, Standing, TabId, TabReceipt, TabState};
use farthing_protocol::money::Amount;
use serde::{Deserialize, Serialize};

/// A tab, on either side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TabView {
    /// Its id.
    pub id: String,
    /// `paid`, `earned`.
    pub side: String,
    /// Where it stands.
    pub state: String,
    /// The hold's name, in hex; `null` for a draft.
    pub hold: Option<String>,
    /// The most that the payee gets in all; `null` before the hold is placed.
    pub cap: Option<AmountView>,
    /// The total of the newest voucher that is known.
    pub total: AmountView,
    /// What the payee got in all.
    pub claimed: AmountView,
    /// What was paid in fees; `null` for what was earned: the payer paid it.
    pub fees: Option<AmountView>,
    /// What of it still lies aside; `null` for what was earned.
    pub left: Option<AmountView>,
    /// The end of spending.
    pub spend_until: Option<String>,
    /// The end of claiming.
    pub claim_until: Option<String>,
    /// What the payee calls itself.
    pub payee: Option<String>,
    /// What the payer wrote.
    pub memo: Option<String>,
    /// The offer of ours that it accepts.
    pub offer: Option<String>,
    /// The number of the last refusal or problem.
    pub code: Option<u16>,
}

impl TabView {
    /// A tab that we pay from.
    ///
    /// # Errors
    /// When stored bytes cannot be read.
    pub fn of_paid(engine: &Engine, tab: &PaidTab) -> Result<Self, Error> {
        let none = Amount::zero(tab.total.asset());
        let standing = tab.standing.as_ref();
        let fees = standing.map_or(none, |standing| standing.fees);
        let left = standing.map_or(none, Standing::left);
        let memo = tab.details.as_ref().and_then(|details| details.memo.as_ref());
        Ok(Self {
            side: "paid".to_owned(),
            hold: tab.hold.map(|hold| hold.to_hex()),
            fees: Some((&fees).into()),
            left: Some((&left).into()),
            payee: tab.payee.name.as_ref().map(ToString::to_string),
            memo: memo.map(ToString::to_string),
            code: tab.code,
            ..Self::of(&tab.id, tab.state, standing, &engine.total_of(tab))?
        })
    }

    /// A tab that we earn by.
    ///
    /// # Errors
    /// When stored bytes cannot be read.
    pub fn of_earned(tab: &EarnedTab) -> Result<Self, Error> {
        let memo = tab.details.as_ref().and_then(|details| details.memo.as_ref());
        Ok(Self {
            side: "earned".to_owned(),
            hold: Some(tab.hold.to_hex()),
            memo: memo.map(ToString::to_string),
            offer: tab.offer.map(|offer| offer.to_hex()),
            code: tab.code,
            ..Self::of(&tab.id, tab.state, Some(&tab.standing), &tab.total)?
        })
    }

    fn of(id: &TabId, state: TabState, standing: Option<&Standing>, total: &Amount) -> Result<Self, Error> {
        let bounds = standing.map(Standing::bounds).transpose()?;
        let claimed = standing.map_or(Amount::zero(total.asset()), |standing| standing.claimed);
        Ok(Self {
            id: id.to_string(),
            side: String::new(),
            state: state.as_str().to_owned(),
            hold: None,
            cap: bounds.map(|bounds| (&bounds.cap).into()),
            total: total.into(),
            claimed: (&claimed).into(),
            fees: None,
            left: None,
            spend_until: bounds.map(|bounds| bounds.spend_until.to_rfc3339()),
            claim_until: bounds.map(|bounds| bounds.claim_until.to_rfc3339()),
            payee: None,
            memo: None,
            offer: None,
            code: None,
        })
    }
}

/// All tabs, oldest first.
pub(super) fn all(of: &impl Moments) -> Result<Vec<TabView>, Error> {
    of.look(|engine| {
        let mut paid: Vec<PaidTab> = store::all_kept(engine.store())?;
        let mut earned: Vec<EarnedTab> = store::all_kept(engine.store())?;
        paid.sort_by_key(|tab| tab.id);
        earned.sort_by_key(|tab| tab.id);
        let paid = paid.iter().map(|tab| TabView::of_paid(engine, tab));
        paid.chain(earned.iter().map(TabView::of_earned)).collect()
    })
}

/// The files of all receipts of tabs.
pub(super) fn files(of: &impl Moments) -> Result<Vec<FileName>, Error> {
    let receipts: Vec<TabReceipt> = of.look(|engine| store::all_kept(engine.store()))?;
    Ok(receipts.into_iter().map(|receipt| FileName::TabReceipt(receipt.tab, receipt.place)).collect())
}
