//! Which of the three ways to pay without network (docs/protocol.md 20.1): the first that can be had, and why none before it.
//!
//! ```
//! use farthing_core::offline::{AllowanceAt, Way, WhyNot, choose, Situation};
//! let nothing = Situation { carries: false, fits_order: true, hold: None, allowances: &[] };
//! let chosen = choose(&nothing);
//! assert_eq!(chosen.way, None);
//! assert_eq!(chosen.passed, [WhyNot::PayeeWithoutNetwork, WhyNot::NoHold, WhyNot::NoAllowance]);
//! let allowances = [AllowanceAt { left: 0, per_voucher: 5, amount: 5, in_time: true, usable: true }];
//! let chosen = choose(&Situation { allowances: &allowances, ..nothing });
//! assert_eq!(chosen.passed.last(), Some(&WhyNot::AllowanceUsedUp));
//! ```

/// A way to pay while the payer has no network. What the payee can lose grows from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The payee posts the payer's order, and sees the receipt before it delivers: nothing can be lost.
    Carried,
    /// A hold for this payee that was placed before: nothing within its cap can be lost, it cannot be spent twice.
    Hold,
    /// An allowance, by its place among those that were looked at: the payee can lose all of it, and is told before.
    Allowance(usize),
}

/// Why a way was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// The payee has no network either: it shows a request for an allowance.
    PayeeWithoutNetwork,
    /// The amount is not covered by the balance, or the payee showed no whole request.
    NotCovered,
    /// There is no open hold for this payee.
    NoHold,
    /// The hold's cap is not enough, or its time is over.
    HoldTooSmall,
    /// There is no allowance in this asset that can be spent from here.
    NoAllowance,
    /// The amount is above the most of one payment.
    AllowanceLimit,
    /// Not enough is left.
    AllowanceUsedUp,
    /// Its time is over.
    AllowanceTooLate,
}

impl WhyNot {
    /// A stable name, as scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PayeeWithoutNetwork => "payee_without_network",
            Self::NotCovered => "not_covered",
            Self::NoHold => "no_hold",
            Self::HoldTooSmall => "hold_too_small",
            Self::NoAllowance => "no_allowance",
            Self::AllowanceLimit => "allowance_limit",
            Self::AllowanceUsedUp => "allowance_used_up",
            Self::AllowanceTooLate => "allowance_too_late",
        }
    }
}

/// An allowance as it stands towards an amount of its asset, in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowanceAt {
    /// What is left of it.
    pub left: u64,
    /// The most of one payment.
    pub per_voucher: u64,
    /// What is to be paid.
    pub amount: u64,
    /// Its time is not over.
    pub in_time: bool,
    /// It is open, of this device, and not frozen.
    pub usable: bool,
}

/// What is known when somebody asks for money and the payer has no network.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The payee has network: it shows a whole request.
    pub carries: bool,
    /// An order for it would be covered by the balance.
    pub fits_order: bool,
    /// A hold for this payee is open; true when it is enough, and in time.
    pub hold: Option<bool>,
    /// The allowances of the request's asset.
    pub allowances: &'a [AllowanceAt],
}

/// The way, and why none before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The first way that can be had; none when there is none.
    pub way: Option<Way>,
    /// Why those before it cannot, in their order.
    pub passed: Vec<WhyNot>,
}

/// Chooses the first way that can be had.
#[must_use]
pub fn choose(situation: &Situation<'_>) -> Chosen {
    let mut passed = Vec::new();
    match (situation.carries, situation.fits_order) {
        (true, true) => return Chosen { way: Some(Way::Carried), passed },
        (true, false) => passed.push(WhyNot::NotCovered),
        (false, _) => passed.push(WhyNot::PayeeWithoutNetwork),
    }
    match situation.hold {
        Some(true) => return Chosen { way: Some(Way::Hold), passed },
        Some(false) => passed.push(WhyNot::HoldTooSmall),
        None => passed.push(WhyNot::NoHold),
    }
    let mut why_not = WhyNot::NoAllowance;
    for (place, allowance) in situation.allowances.iter().enumerate().filter(|(_, allowance)| allowance.usable) {
        // In the order of 20.3; of several the last one's reason counts.
        why_not = if allowance.amount > allowance.per_voucher {
            WhyNot::AllowanceLimit
        } else if allowance.amount > allowance.left {
            WhyNot::AllowanceUsedUp
        } else if !allowance.in_time {
            WhyNot::AllowanceTooLate
        } else {
            return Chosen { way: Some(Way::Allowance(place)), passed };
        };
    }
    passed.push(why_not);
    Chosen { way: None, passed }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: AllowanceAt = AllowanceAt { left: 10, per_voucher: 5, amount: 5, in_time: true, usable: true };

    #[test]
    fn the_first_way_that_can_be_had() {
        let all = Situation { carries: true, fits_order: true, hold: Some(true), allowances: &[GOOD] };
        assert_eq!(choose(&all), Chosen { way: Some(Way::Carried), passed: Vec::new() });
        let offline = Situation { carries: false, ..all };
        assert_eq!(choose(&offline), Chosen { way: Some(Way::Hold), passed: vec![WhyNot::PayeeWithoutNetwork] });
        let small = Situation { hold: Some(false), ..offline };
        assert_eq!(choose(&small).way, Some(Way::Allowance(0)));
        assert_eq!(choose(&small).passed, [WhyNot::PayeeWithoutNetwork, WhyNot::HoldTooSmall]);
        assert_eq!(choose(&Situation { fits_order: false, ..all }).passed, [WhyNot::NotCovered]);
    }

    #[test]
    fn an_allowance_says_why_not() {
        let none = Situation { carries: false, fits_order: true, hold: None, allowances: &[] };
        let why = |allowances: &[AllowanceAt]| *choose(&Situation { allowances, ..none }).passed.last().unwrap();
        assert_eq!(why(&[AllowanceAt { usable: false, ..GOOD }]), WhyNot::NoAllowance);
        assert_eq!(why(&[AllowanceAt { amount: 6, ..GOOD }]), WhyNot::AllowanceLimit);
        assert_eq!(why(&[AllowanceAt { left: 4, ..GOOD }]), WhyNot::AllowanceUsedUp);
        assert_eq!(why(&[AllowanceAt { in_time: false, ..GOOD }]), WhyNot::AllowanceTooLate);
        let second = [AllowanceAt { left: 4, ..GOOD }, GOOD];
        assert_eq!(choose(&Situation { allowances: &second, ..none }).way, Some(Way::Allowance(1)));
    }
}
