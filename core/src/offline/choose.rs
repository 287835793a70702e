//! Which of the three ways to pay without network (docs/protocol.md 20.1): the first that can be had, and why none before it. What it is
//! told is gathered by [`super::route`].
//!
//! ```
//! use farthing_core::offline::{AllowanceAt, Shown, Situation, Way, WhyNot, choose};
//! let nothing = Situation { shown: Shown::Request, holds: &[], allowances: &[] };
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
    /// A hold for this payee that was placed before, by its place among those that were looked at: nothing within its cap can be lost,
    /// it cannot be spent twice.
    Hold(usize),
    /// An allowance, by its place among those that were looked at: the payee can lose all of it, and is told before.
    Allowance(usize),
}

/// Defines the reasons with their names and sentences.
macro_rules! reasons {
    ($($variant:ident = $name:literal, $text:literal;)+) => {
        /// Why a way was passed over.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum WhyNot { $(#[doc = $text] $variant,)+ }

        impl WhyNot {
            /// A stable name, as scripts see it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        impl core::fmt::Display for WhyNot {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(match self { $(Self::$variant => $text,)+ })
            }
        }
    };
}

reasons! {
    PayeeWithoutNetwork = "payee_without_network", "No carried order: the payee has no network either, it asks to be paid without.";
    NoWholeRequest = "no_whole_request", "No carried order: the payee shows no whole request.";
    NotCovered = "not_covered", "No carried order: the balance does not cover the amount and its fee.";
    OrderNotAllowed = "order_not_allowed", "No carried order: this device's owner does not allow it.";
    NoHold = "no_hold", "No tab: none that can be paid from is known to be with this payee.";
    HoldTooSmall = "hold_too_small", "No tab: not enough is left of the one with this payee.";
    HoldTooLate = "hold_too_late", "No tab: the time of the one with this payee is over, or nearly so.";
    NoOfflineRequest = "no_offline_request", "No allowance: the payee shows no request to be paid from one.";
    NoAllowance = "no_allowance", "No allowance: there is none in this currency that can be paid from here.";
    AllowanceLimit = "allowance_limit", "No allowance: this is more than one payment from it may be.";
    AllowanceUsedUp = "allowance_used_up", "No allowance: not enough is left of it.";
    AllowanceTooLate = "allowance_too_late", "No allowance: its time is over, or nearly so.";
}

/// What the payee shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A whole request: it has network, and could post an order for it.
    Whole(OrderAt),
    /// A request to be paid from an allowance: it has no network either.
    Request,
    /// Nothing: it is known by its alias, or as a contact.
    Nothing,
}

/// How an order for a whole request stands towards the payer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderAt {
    /// It can be made.
    Covered,
    /// The balance does not cover it.
    NotCovered,
    /// The device may not make it.
    NotAllowed,
}

/// A hold for this payee as it stands towards an amount of its asset, in units. It is open, and this device can sign vouchers of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldAt {
    /// What is left of it.
    pub left: u64,
    /// What is to be paid.
    pub amount: u64,
    /// Its time is not over.
    pub in_time: bool,
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
    /// What the payee shows.
    pub shown: Shown,
    /// The holds for this payee in the amount's asset.
    pub holds: &'a [HoldAt],
    /// The allowances in the amount's asset.
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
    match order(situation.shown) {
        Ok(way) => return Chosen { way: Some(way), passed },
        Err(why_not) => passed.push(why_not),
    }
    match hold(situation.holds) {
        Ok(way) => return Chosen { way: Some(way), passed },
        Err(why_not) => passed.push(why_not),
    }
    match allowance(situation.shown, situation.allowances) {
        Ok(way) => return Chosen { way: Some(way), passed },
        Err(why_not) => passed.push(why_not),
    }
    Chosen { way: None, passed }
}

const fn order(shown: Shown) -> Result<Way, WhyNot> {
    match shown {
        Shown::Whole(OrderAt::Covered) => Ok(Way::Carried),
        Shown::Whole(OrderAt::NotCovered) => Err(WhyNot::NotCovered),
        Shown::Whole(OrderAt::NotAllowed) => Err(WhyNot::OrderNotAllowed),
        Shown::Request => Err(WhyNot::PayeeWithoutNetwork),
        Shown::Nothing => Err(WhyNot::NoWholeRequest),
    }
}

/// Of several the last one's reason counts.
fn hold(holds: &[HoldAt]) -> Result<Way, WhyNot> {
    let mut why_not = WhyNot::NoHold;
    for (place, hold) in holds.iter().enumerate() {
        why_not = if hold.amount > hold.left {
            WhyNot::HoldTooSmall
        } else if !hold.in_time {
            WhyNot::HoldTooLate
        } else {
            return Ok(Way::Hold(place));
        };
    }
    Err(why_not)
}

/// In the order of 20.3; of several the last one's reason counts. A voucher of an allowance is for a request that the payee has signed.
fn allowance(shown: Shown, allowances: &[AllowanceAt]) -> Result<Way, WhyNot> {
    if shown != Shown::Request {
        return Err(WhyNot::NoOfflineRequest);
    }
    let mut why_not = WhyNot::NoAllowance;
    for (place, allowance) in allowances.iter().enumerate().filter(|(_, allowance)| allowance.usable) {
        why_not = if allowance.amount > allowance.per_voucher {
            WhyNot::AllowanceLimit
        } else if allowance.amount > allowance.left {
            WhyNot::AllowanceUsedUp
        } else if !allowance.in_time {
            WhyNot::AllowanceTooLate
        } else {
            return Ok(Way::Allowance(place));
        };
    }
    Err(why_not)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLD: HoldAt = HoldAt { left: 10, amount: 5, in_time: true };
    const GOOD: AllowanceAt = AllowanceAt { left: 10, per_voucher: 5, amount: 5, in_time: true, usable: true };

    #[test]
    fn the_first_way_that_can_be_had() {
        let all = Situation { shown: Shown::Whole(OrderAt::Covered), holds: &[HOLD], allowances: &[GOOD] };
        assert_eq!(choose(&all), Chosen { way: Some(Way::Carried), passed: Vec::new() });
        let offline = Situation { shown: Shown::Request, ..all };
        assert_eq!(choose(&offline), Chosen { way: Some(Way::Hold(0)), passed: vec![WhyNot::PayeeWithoutNetwork] });
        let small = Situation { holds: &[HoldAt { left: 4, ..HOLD }], ..offline };
        assert_eq!(choose(&small).way, Some(Way::Allowance(0)));
        assert_eq!(choose(&small).passed, [WhyNot::PayeeWithoutNetwork, WhyNot::HoldTooSmall]);
        for (order, why_not) in
            [(OrderAt::NotCovered, WhyNot::NotCovered), (OrderAt::NotAllowed, WhyNot::OrderNotAllowed)]
        {
            assert_eq!(choose(&Situation { shown: Shown::Whole(order), ..all }).passed, [why_not]);
        }
    }

    #[test]
    fn a_hold_says_why_not() {
        let known = |holds: &[HoldAt]| choose(&Situation { shown: Shown::Nothing, holds, allowances: &[GOOD] });
        let none = [WhyNot::NoWholeRequest, WhyNot::NoHold, WhyNot::NoOfflineRequest];
        assert_eq!(known(&[]), Chosen { way: None, passed: none.to_vec() });
        let late = HoldAt { in_time: false, ..HOLD };
        assert_eq!(known(&[late]).passed[1], WhyNot::HoldTooLate);
        let all_of_it = HoldAt { amount: 10, ..HOLD };
        assert_eq!(known(&[late, all_of_it]).way, Some(Way::Hold(1)));
    }

    #[test]
    fn an_allowance_says_why_not() {
        let none = Situation { shown: Shown::Request, holds: &[], allowances: &[] };
        let why = |allowances: &[AllowanceAt]| *choose(&Situation { allowances, ..none }).passed.last().unwrap();
        assert_eq!(why(&[AllowanceAt { usable: false, ..GOOD }]), WhyNot::NoAllowance);
        assert_eq!(why(&[AllowanceAt { amount: 6, ..GOOD }]), WhyNot::AllowanceLimit);
        assert_eq!(why(&[AllowanceAt { left: 4, ..GOOD }]), WhyNot::AllowanceUsedUp);
        assert_eq!(why(&[AllowanceAt { in_time: false, ..GOOD }]), WhyNot::AllowanceTooLate);
        let second = [AllowanceAt { left: 4, ..GOOD }, GOOD];
        assert_eq!(choose(&Situation { allowances: &second, ..none }).way, Some(Way::Allowance(1)));
        let whole = Situation { shown: Shown::Whole(OrderAt::NotCovered), allowances: &[GOOD], ..none };
        assert_eq!(choose(&whole).passed.last(), Some(&WhyNot::NoOfflineRequest), "it is for the payee to ask");
    }
}
