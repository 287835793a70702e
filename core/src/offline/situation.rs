//! What a payer without network has to choose from, by its own records: the [`Situation`] for [`choose`], and what comes of it. Calls
//! nobody and stores nothing; the way that comes out asks everything once more before it signs.
//!
//! | the payee | carried order | hold | allowance |
//! |---|---|---|---|
//! | shows a whole request | where the balance covers it | of the alias that the request is for | none: it asked for no voucher |
//! | shows a request to be paid without network | none: it has none | none: its key is of a one-time handle, and names nobody | the first that answers |
//! | is a contact or an alias | none: it shows nothing to answer | of this alias, or by an offer that the contact sent | none, likewise |
//!
//! Of several holds or allowances the one that ends first is taken.

use super::choose::{AllowanceAt, HoldAt, OrderAt, Shown, Situation, Way, WhyNot, choose};
use super::pay::{ShownRequest, answered, in_order, spendable};
use super::record::OwnAllowance;
use crate::contacts;
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::payment::carried::{look_whole, own_time};
use crate::payment::draft::check_amount;
use crate::tab::{self, PaidTab, TabId};
use farthing_protocol::alias::Alias;
use farthing_protocol::limits::ALLOWANCE_VOUCHERS_MAX;
use farthing_protocol::money::Amount;
use farthing_protocol::offline::{AllowanceId, OfflineRequest};
use farthing_protocol::time::{Moment, Time};

/// Whom a payer without network is to pay.
#[derive(Clone, Debug)]
pub enum OfflinePayee {
    /// One that has network: the whole request that it shows.
    Whole(Vec<u8>),
    /// One that has none either: what it shows.
    Request(ShownRequest),
    /// Whoever is paid at this alias. A contact is meant by its alias.
    Alias(Alias),
}

/// The way that was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfflineWay {
    /// An order that the payee posts: [`crate::wallet::Wallet::prepare_whole`].
    Carried,
    /// A voucher of this tab: [`crate::wallet::Wallet::pay_tab_unsent`].
    Tab(TabId),
    /// A voucher of this allowance: [`crate::wallet::Wallet::look_offline`].
    Allowance(AllowanceId),
}

impl OfflineWay {
    /// A stable name, as scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Carried => "carried",
            Self::Tab(_) => "tab",
            Self::Allowance(_) => "allowance",
        }
    }
}

/// How it is paid, and why no other way before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineRoute {
    /// How much.
    pub amount: Amount,
    /// Which way; where there is none, the error that says what to do.
    pub way: Result<OfflineWay, WalletError>,
    /// Why those before it cannot be had, in their order; all of them where none can. Empty, too, for a request that was answered
    /// before: the same payment is shown again, and nothing is chosen.
    pub passed: Vec<WhyNot>,
}

/// What the records say.
struct Gathered {
    amount: Amount,
    shown: Shown,
    /// Why no order can be made.
    order: Option<WalletError>,
    holds: Vec<(TabId, HoldAt)>,
    allowances: Vec<(AllowanceId, AllowanceAt)>,
}

/// Chooses how `payee` is paid without network. `amount` is needed where the payee does not say how much.
///
/// # Errors
/// Why it cannot be paid in any way: what was shown is not genuine, expired, or for another verifier, the payee is blocked, no amount
/// was given, or this wallet may not pay.
pub fn route(
    engine: &Engine,
    payee: &OfflinePayee,
    amount: Option<Amount>,
    now: Moment,
) -> Result<OfflineRoute, Error> {
    let time = || {
        engine.check_can_pay()?;
        own_time(engine, now)
    };
    let gathered = match payee {
        OfflinePayee::Whole(request) => of_whole(engine, request, amount, time()?),
        OfflinePayee::Request(shown) => {
            let request = shown.genuine(engine)?;
            if let Some((own, before)) = answered(engine, &request)? {
                let way = Ok(OfflineWay::Allowance(own.id));
                return Ok(OfflineRoute { amount: before.amount, way, passed: Vec::new() });
            }
            of_request(engine, &request, amount, time()?)
        }
        OfflinePayee::Alias(alias) => of_alias(engine, alias, amount, time()?),
    };
    gathered?.choose()
}

impl Gathered {
    fn choose(&self) -> Result<OfflineRoute, Error> {
        let holds: Vec<HoldAt> = self.holds.iter().map(|(_, at)| *at).collect();
        let allowances: Vec<AllowanceAt> = self.allowances.iter().map(|(_, at)| *at).collect();
        let chosen = choose(&Situation { shown: self.shown, holds: &holds, allowances: &allowances });
        let way = match chosen.way {
            Some(Way::Carried) => Some(OfflineWay::Carried),
            Some(Way::Hold(place)) => self.holds.get(place).map(|(id, _)| OfflineWay::Tab(*id)),
            Some(Way::Allowance(place)) => self.allowances.get(place).map(|(id, _)| OfflineWay::Allowance(*id)),
            None => return Ok(self.routed(Err(self.why_not(&chosen.passed)), chosen.passed)),
        };
        Ok(self.routed(Ok(way.ok_or(WalletError::Internal)?), chosen.passed))
    }

    const fn routed(&self, way: Result<OfflineWay, WalletError>, passed: Vec<WhyNot>) -> OfflineRoute {
        OfflineRoute { amount: self.amount, way, passed }
    }

    /// What stands in the way that fits what the payee shows; where there is nothing to mend about it, that another way has to be found.
    fn why_not(&self, passed: &[WhyNot]) -> WalletError {
        let of = |why_not: &WhyNot| match why_not {
            WhyNot::NotCovered | WhyNot::OrderNotAllowed => self.order,
            WhyNot::HoldTooSmall => Some(WalletError::TabLimit),
            WhyNot::HoldTooLate => Some(WalletError::TabTooLate),
            WhyNot::AllowanceLimit => Some(WalletError::AllowanceLimit),
            WhyNot::AllowanceUsedUp => Some(WalletError::AllowanceUsedUp),
            WhyNot::AllowanceTooLate => Some(WalletError::AllowanceTooLate),
            _ => None,
        };
        passed.iter().find_map(of).unwrap_or(WalletError::NoOfflineWay)
    }
}

fn of_whole(engine: &Engine, request: &[u8], amount: Option<Amount>, time: Time) -> Result<Gathered, Error> {
    let looked = look_whole(engine, request, amount, time)?;
    let order = match looked.why_not {
        None => OrderAt::Covered,
        Some(WalletError::InsufficientBalance) => OrderAt::NotCovered,
        Some(_) => OrderAt::NotAllowed,
    };
    let (payee, amount) = (looked.payee(), looked.amount());
    let is_for = |tab: &PaidTab| tab.payee.handle == payee.handle && tab.payee.key == payee.key;
    Ok(Gathered {
        amount,
        shown: Shown::Whole(order),
        order: looked.why_not,
        holds: holds(engine, is_for, &amount, time)?,
        allowances: Vec::new(),
    })
}

fn of_request(
    engine: &Engine,
    request: &OfflineRequest,
    amount: Option<Amount>,
    time: Time,
) -> Result<Gathered, Error> {
    if amount.is_some_and(|given| given != request.amount) {
        return Err(WalletError::AmountFixed.into());
    }
    if request.expires <= time {
        return Err(WalletError::RequestExpired.into());
    }
    let amount = check_amount(engine, request.amount)?;
    let mut allowances = Vec::new();
    for own in in_order(engine.store())?.iter().filter(|own| own.cap.asset() == amount.asset()) {
        allowances.push((own.id, allowance_at(engine, own, &amount, time)?));
    }
    Ok(Gathered { amount, shown: Shown::Request, order: None, holds: Vec::new(), allowances })
}

fn of_alias(engine: &Engine, alias: &Alias, amount: Option<Amount>, time: Time) -> Result<Gathered, Error> {
    if *alias == engine.profile().alias {
        return Err(WalletError::OwnRequest.into());
    }
    let amount = check_amount(engine, amount.ok_or(WalletError::AmountNeeded)?)?;
    let contact = contacts::list(engine.store())?.into_iter().find(|contact| contact.alias == *alias);
    contact.as_ref().map_or(Ok(()), |contact| contact.check_payable())?;
    let (handle, pin) = (alias.handle(), engine.store().pin(alias)?);
    let is_for = |tab: &PaidTab| {
        let of_contact = contact.as_ref().is_some_and(|contact| tab.contact == Some(contact.account));
        // An alias whose key has changed since is not the payee that the tab was opened for.
        let same_key = pin.as_ref().is_none_or(|pin| pin.payee_key == tab.payee.key);
        tab.payee.handle == handle && same_key || tab.payee.handle != handle && of_contact
    };
    Ok(Gathered {
        amount,
        shown: Shown::Nothing,
        order: None,
        holds: holds(engine, is_for, &amount, time)?,
        allowances: Vec::new(),
    })
}

/// The tabs with a payee that this device can pay from, those that end first before the others. One that a meter pays from is for what
/// that measures: its payee claims no more.
fn holds(
    engine: &Engine,
    is_for: impl Fn(&PaidTab) -> bool,
    amount: &Amount,
    time: Time,
) -> Result<Vec<(TabId, HoldAt)>, Error> {
    let mut found = Vec::new();
    for tab in tab::live::<PaidTab>(engine.store())?.iter().filter(|tab| is_for(tab)) {
        let Some(rest) = tab::rest(engine, tab)?.filter(|rest| rest.left.asset() == amount.asset()) else { continue };
        let in_time = rest.bounds.may_spend(time);
        found.push((
            rest.bounds.spend_until,
            tab.id,
            HoldAt { left: rest.left.value(), amount: amount.value(), in_time },
        ));
    }
    found.sort_by_key(|(until, id, _)| (*until, *id));
    Ok(found.into_iter().map(|(_, id, at)| (id, at)).collect())
}

fn allowance_at(engine: &Engine, own: &OwnAllowance, amount: &Amount, time: Time) -> Result<AllowanceAt, Error> {
    let word = match spendable(engine, own) {
        Ok(word) => Some(word),
        Err(Error::Wallet(_)) => None,
        Err(error) => return Err(error),
    };
    // Numbers are used up, too.
    let has_numbers = own.spent.next.get() <= ALLOWANCE_VOUCHERS_MAX;
    let left = if has_numbers { own.cap.units().less(own.spent.total).get() } else { 0 };
    Ok(AllowanceAt {
        left,
        per_voucher: own.per_voucher.get(),
        amount: amount.value(),
        in_time: word.as_ref().is_some_and(|word| word.may_spend(time)),
        usable: word.is_some(),
    })
}
