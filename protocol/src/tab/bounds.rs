//! What bounds a hold, and how it may be changed: upwards and later, never otherwise.

use crate::cbor::counter_newtype;
use crate::code::TabRefusalCode;
use crate::error::Malformed;
use crate::limits::{CLAIM_GRACE_MAX, CLAIM_GRACE_MIN, HOLD_SPEND_MAX, HOLD_VERSIONS_MAX, SPEND_MARGIN};
use crate::money::Amount;
use crate::time::{Span, Time};

counter_newtype!(
    /// Counts the versions of a hold: 1 is the order's, each change makes the next. At most 64.
    HoldVersion
);

impl HoldVersion {
    /// What holds for a version wherever it stands.
    pub(super) fn check(self) -> Result<(), Malformed> {
        if (1..=HOLD_VERSIONS_MAX).contains(&self.get()) {
            Ok(())
        } else {
            Err(Malformed::Value("a hold has versions 1 to 64"))
        }
    }
}

/// What holds for a grace, asked for or given.
pub(super) fn check_grace(grace: Span) -> Result<(), Malformed> {
    if (CLAIM_GRACE_MIN..=CLAIM_GRACE_MAX).contains(&grace) {
        Ok(())
    } else {
        Err(Malformed::Value("a payee has 24 hours to 31 days after the end of spending to claim"))
    }
}

/// The bounds of a hold in one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Which version they are of.
    pub version: HoldVersion,
    /// The most that the payee gets in all; the fee comes on top.
    pub cap: Amount,
    /// Vouchers are for payments made before.
    pub spend_until: Time,
    /// Claims are applied before, by ledger time.
    pub claim_until: Time,
}

impl Bounds {
    /// How long the payee may claim after the end of spending, also when the payer closes the hold.
    #[must_use]
    pub const fn grace(&self) -> Span {
        self.claim_until.since(self.spend_until)
    }

    /// True when a claim decided at this ledger time is in time, whether or not anybody has ended the hold.
    #[must_use]
    pub fn may_claim(&self, ledger: Time) -> bool {
        ledger < self.claim_until
    }

    /// True when a payee still takes vouchers: not in the last 5 min before the end of spending.
    #[must_use]
    pub fn may_spend(&self, now: Time) -> bool {
        now < self.spend_until.minus(SPEND_MARGIN)
    }

    /// Whether these bounds may follow `before`: the next version, with no lower cap, no earlier times and no shorter grace. A payee
    /// counts on all four.
    ///
    /// # Errors
    /// [`TabRefusalCode::HoldVersion`], [`TabRefusalCode::HoldLowered`].
    pub fn may_follow(&self, before: &Self) -> Result<(), TabRefusalCode> {
        if self.version != before.version.next() {
            return Err(TabRefusalCode::HoldVersion);
        }
        let kept = self.cap.asset() == before.cap.asset()
            && self.cap.value() >= before.cap.value()
            && self.spend_until >= before.spend_until
            && self.claim_until >= before.claim_until
            && self.grace() >= before.grace();
        if kept { Ok(()) } else { Err(TabRefusalCode::HoldLowered) }
    }

    /// As the payer's closing at this ledger time leaves them: nothing more is spent, and the payee has its whole grace from now on.
    #[must_use]
    pub fn closed(&self, ledger: Time) -> Self {
        if ledger >= self.spend_until {
            return *self;
        }
        Self { spend_until: ledger, claim_until: ledger.plus(self.grace()), ..*self }
    }

    /// What holds for the bounds of every version.
    pub(super) fn check(&self) -> Result<(), Malformed> {
        if self.cap.is_zero() {
            return Err(Malformed::Value("a hold's cap is more than zero"));
        }
        self.version.check()?;
        check_grace(self.grace())
    }

    /// What holds, further, for bounds that somebody asks for in an order.
    pub(super) fn check_asked(&self, created: Time, expires: Time) -> Result<(), Malformed> {
        // Otherwise it could be applied when nothing may be spent any more.
        if self.spend_until <= expires {
            return Err(Malformed::Value("a hold can be spent from after its order expires"));
        }
        if self.spend_until.since(created) > HOLD_SPEND_MAX {
            return Err(Malformed::Value("a hold is spent from for at most 31 days"));
        }
        self.check()
    }
}
