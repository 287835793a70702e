//! Prepares a change of a tab: a higher cap, or later times. It is confirmed like a tab that is opened.

use super::draft::{enough, store};
use super::record::{PaidTab, TabId, TabState, TabWish, find};
use crate::devices::limits;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::sync::Refresh;
use farthing_protocol::limits::HOLD_SPEND_MAX;
use farthing_protocol::money::Amount;
use farthing_protocol::tab::Bounds;
use farthing_protocol::time::{Moment, Span};

/// The operation: prepares a higher cap or later times for a tab that is open. Ends with the draft's tab, which goes on meanwhile.
#[derive(Debug)]
pub struct PrepareChange {
    tab: TabId,
    cap: Option<Amount>,
    longer: Span,
    refresh: Refresh,
}

impl PrepareChange {
    /// Raises the cap of `tab` to `cap`, and moves its times later by `longer`.
    #[must_use]
    pub fn new(tab: TabId, cap: Option<Amount>, longer: Span) -> Self {
        Self { tab, cap, longer, refresh: Refresh::new() }
    }
}

impl Operation for PrepareChange {
    type Output = TabId;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<TabId>, Error> {
        if let Step::Call(call) = self.refresh.advance(engine, input, now)? {
            return Ok(Step::Call(call));
        }
        engine.check_can_pay()?;
        let time = engine.time(now).ok_or(WalletError::Internal)?;
        let tab: PaidTab = find(engine.store(), &self.tab)?.ok_or(WalletError::TabUnknown)?;
        let before = changeable(&tab)?;
        let cap = self.cap.unwrap_or(before.cap);
        let (spend_until, claim_until) = (before.spend_until.plus(self.longer), before.claim_until.plus(self.longer));
        let after = Bounds { version: before.version.next(), cap, spend_until, claim_until };
        if after.may_follow(&before).is_err() || spend_until.since(time) > HOLD_SPEND_MAX || spend_until <= time {
            return Err(WalletError::TabTerms.into());
        }
        let more = cap.checked_sub(&before.cap)?;
        limits::check(engine, &tab.payee.handle, &cap, &more, time)?;
        let tab = PaidTab { wish: Some(TabWish::Change { cap, spend_until, claim_until }), ..tab };
        if tab.fees.is_none() {
            return Err(WalletError::TabElsewhere.into());
        }
        if !enough(engine, &tab)? {
            return Err(WalletError::InsufficientBalance.into());
        }
        store(engine, &tab).map(Step::Done)
    }
}

/// The bounds of a tab that can be changed.
///
/// # Errors
/// [`WalletError::TabNotOpen`], [`WalletError::TabBusy`].
pub(super) fn changeable(tab: &PaidTab) -> Result<Bounds, Error> {
    if tab.order.is_some() {
        return Err(WalletError::TabBusy.into());
    }
    match &tab.standing {
        Some(standing) if tab.state == TabState::Open && tab.close.is_none() => standing.bounds(),
        _ => Err(WalletError::TabNotOpen.into()),
    }
}
