//! A tab of either side, as people see it: what its record, its offer and the contacts say together.

use super::offer::OfferRecord;
use super::record::{EarnedTab, PaidTab, TabId, TabState, TabWish, find, live};
use crate::contacts::{self, Contact};
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::payment::Trustworthiness;
use crate::store;
use farthing_protocol::alias::Alias;
use farthing_protocol::cose::Signed;
use farthing_protocol::details::{Memo, Name};
use farthing_protocol::money::Amount;
use farthing_protocol::request::RequestId;
use farthing_protocol::tab::{Bounds, HoldId, HoldOffer, HoldOrder, OfferTerms};
use farthing_protocol::time::Time;

/// On which side of a tab we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TabSide {
    /// We pay from it.
    Paid,
    /// We earn by it.
    Earned,
}

/// What the verifier has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TabPending {
    /// The order of the hold.
    Opening,
    /// A higher cap, or later times.
    Change,
    /// The payer's closing.
    Closing,
    /// The payee's claim.
    Claim,
    /// The payee lets go of the rest.
    Release,
}

impl TabPending {
    /// As scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Change => "change",
            Self::Closing => "closing",
            Self::Claim => "claim",
            Self::Release => "release",
        }
    }
}

/// Who is at the other end.
#[derive(Clone, Debug)]
pub enum TabParty {
    /// A contact: one that sent the offer or vouchers, or that is paid by its alias.
    Contact(Box<Contact>),
    /// Anybody else.
    Stranger {
        /// What they call themselves.
        name: Option<Name>,
        /// The alias that is paid.
        alias: Option<Alias>,
        /// How sure we are of them.
        trust: Trustworthiness,
    },
}

/// A tab, of either side.
#[derive(Clone, Debug)]
pub struct ShownTab {
    /// Its id.
    pub id: TabId,
    /// On which side we are.
    pub side: TabSide,
    /// Where it stands.
    pub state: TabState,
    /// The hold's name; `None` before its order is signed.
    pub hold: Option<HoldId>,
    /// Who is at the other end.
    pub party: TabParty,
    /// The most that the payee gets in all; `None` for what was refused.
    pub cap: Option<Amount>,
    /// What vouchers were signed for, or taken.
    pub total: Amount,
    /// What can still be paid from it.
    pub left: Amount,
    /// What the payee got.
    pub claimed: Amount,
    /// What vouchers are good for and was not claimed.
    pub unclaimed: Amount,
    /// What we paid on top; `None` for what we earn by.
    pub fees: Option<Amount>,
    /// What lies aside now, with the fee; `None` for what we earn by.
    pub set_aside: Option<Amount>,
    /// Until when it is paid and claimed from.
    pub bounds: Option<Bounds>,
    /// Price and unit, where there is an offer.
    pub terms: Option<OfferTerms>,
    /// What the payer wrote.
    pub memo: Option<Memo>,
    /// What the offer says.
    pub offer_memo: Option<Memo>,
    /// The offer of ours that it accepts.
    pub offer: Option<RequestId>,
    /// It does not keep to that offer's terms: no voucher of it is taken.
    pub differs: bool,
    /// When it was made or placed.
    pub at: Time,
    /// What the verifier has not answered.
    pub pending: Vec<TabPending>,
    /// Another device of the account pays from it.
    pub elsewhere: bool,
    /// Why something was refused, or why there is no answer yet.
    pub code: Option<u16>,
    /// The verifier does not have it any more.
    pub lost: bool,
}

impl ShownTab {
    /// A tab that we pay from.
    ///
    /// # Errors
    /// What the store says; [`Error::Malformed`] when what is stored is damaged.
    pub fn paid(engine: &Engine, tab: &PaidTab) -> Result<Self, Error> {
        let none = Amount::zero(tab.total.asset());
        let bounds = bounds_of(tab)?;
        let wished = tab.wish.as_ref().map(|(TabWish::Open { cap, .. } | TabWish::Change { cap, .. })| *cap);
        let cap = bounds.map(|bounds| bounds.cap).or(wished);
        let total = engine.total_of(tab);
        let offer = tab.offer.as_ref().map(|offer| Signed::<HoldOffer>::parse(offer.as_slice())).transpose()?;
        let standing = tab.standing.as_ref();
        let claimed = standing.map_or(none, |standing| standing.claimed);
        let unclaimed = if tab.state.is_over() { none } else { total.checked_sub(&claimed).unwrap_or(none) };
        Ok(Self {
            id: tab.id,
            side: TabSide::Paid,
            state: tab.state,
            hold: tab.hold,
            party: payee(engine, tab)?,
            cap,
            total,
            left: left(tab.state, cap, total).unwrap_or(none),
            claimed,
            unclaimed,
            fees: Some(standing.map_or(none, |standing| standing.fees)),
            set_aside: Some(standing.map_or(none, |standing| standing.left())),
            bounds,
            memo: tab.details.as_ref().and_then(|details| details.memo.clone()),
            offer: None,
            differs: false,
            at: tab.at,
            pending: those(&[
                (TabPending::Opening, tab.order.is_some() && standing.is_none()),
                (TabPending::Change, tab.order.is_some() && standing.is_some()),
                (TabPending::Closing, tab.closing().is_some()),
            ]),
            elsewhere: tab.device.is_some(),
            code: tab.code,
            lost: tab.lost.is_some(),
            terms: offer.as_ref().map(|offer| offer.claims().terms.clone()),
            offer_memo: offer.as_ref().and_then(|offer| offer.claims().memo.clone()),
        })
    }

    /// A tab that we earn by.
    ///
    /// # Errors
    /// As [`Self::paid`].
    pub fn earned(engine: &Engine, tab: &EarnedTab) -> Result<Self, Error> {
        let none = Amount::zero(tab.total.asset());
        let hold = tab.standing.hold()?;
        let bounds = hold.bounds();
        let offer = match &tab.offer {
            Some(id) => store::kept::<OfferRecord>(engine.store(), id.as_bytes())?,
            None => None,
        };
        let offer = offer.map(|offer| offer.offer()).transpose()?;
        Ok(Self {
            id: tab.id,
            side: TabSide::Earned,
            state: tab.state,
            hold: Some(tab.hold),
            party: payer(engine, tab)?,
            cap: Some(bounds.cap),
            total: tab.total,
            left: left(tab.state, Some(bounds.cap), tab.total).unwrap_or(none),
            claimed: tab.standing.claimed,
            unclaimed: tab.unclaimed(),
            fees: None,
            set_aside: None,
            bounds: Some(bounds),
            memo: tab.details.as_ref().and_then(|details| details.memo.clone()),
            offer: tab.offer,
            differs: tab.differs,
            at: hold.placed,
            pending: those(&[(TabPending::Claim, tab.claim.is_some()), (TabPending::Release, tab.release.is_some())]),
            elsewhere: false,
            code: tab.code,
            lost: tab.lost.is_some(),
            terms: offer.as_ref().map(|offer| offer.terms.clone()),
            offer_memo: offer.as_ref().and_then(|offer| offer.memo.clone()),
        })
    }

    /// The tab of this id, of either side.
    ///
    /// # Errors
    /// [`WalletError::TabUnknown`]; as [`Self::paid`].
    pub fn of(engine: &Engine, id: &TabId) -> Result<Self, Error> {
        if let Some(tab) = find::<PaidTab>(engine.store(), id)? {
            return Self::paid(engine, &tab);
        }
        let tab: EarnedTab = find(engine.store(), id)?.ok_or(WalletError::TabUnknown)?;
        Self::earned(engine, &tab)
    }

    /// Tabs of both sides that somebody has agreed to, newest first, at most `limit`.
    ///
    /// # Errors
    /// As [`Self::paid`].
    pub fn all(engine: &Engine, limit: usize) -> Result<Vec<Self>, Error> {
        let mut paid: Vec<PaidTab> = store::all_kept(engine.store())?;
        paid.retain(|tab| tab.state != TabState::Draft);
        let earned: Vec<EarnedTab> = store::all_kept(engine.store())?;
        newest(engine, &paid, &earned, limit)
    }

    /// Of those that are not over: what waits for an answer of the verifier.
    ///
    /// # Errors
    /// As [`Self::paid`].
    pub fn unanswered(engine: &Engine) -> Result<Vec<Self>, Error> {
        let mut paid: Vec<PaidTab> = live(engine.store())?;
        paid.retain(|tab| tab.order.is_some() || tab.closing().is_some());
        let mut earned: Vec<EarnedTab> = live(engine.store())?;
        earned.retain(|tab| tab.claim.is_some() || tab.release.is_some());
        newest(engine, &paid, &earned, usize::MAX)
    }
}

/// Ids are ordered by time.
fn newest(engine: &Engine, paid: &[PaidTab], earned: &[EarnedTab], limit: usize) -> Result<Vec<ShownTab>, Error> {
    let paid = paid.iter().map(|tab| ShownTab::paid(engine, tab));
    let mut all: Vec<ShownTab> =
        paid.chain(earned.iter().map(|tab| ShownTab::earned(engine, tab))).collect::<Result<_, _>>()?;
    all.sort_by_key(|tab| core::cmp::Reverse(tab.id));
    all.truncate(limit);
    Ok(all)
}

/// What is in force, or was asked for.
fn bounds_of(tab: &PaidTab) -> Result<Option<Bounds>, Error> {
    match (&tab.standing, &tab.order) {
        (Some(standing), _) => standing.bounds().map(Some),
        (None, Some(order)) => Ok(Some(Signed::<HoldOrder>::parse(order.signed.as_slice())?.claims().bounds())),
        (None, None) => Ok(None),
    }
}

fn left(state: TabState, cap: Option<Amount>, total: Amount) -> Option<Amount> {
    if state == TabState::Open { cap?.checked_sub(&total).ok() } else { None }
}

fn those(all: &[(TabPending, bool)]) -> Vec<TabPending> {
    all.iter().filter(|(_, waits)| *waits).map(|(what, _)| *what).collect()
}

fn payee(engine: &Engine, tab: &PaidTab) -> Result<TabParty, Error> {
    let store = engine.store();
    let contact = match (&tab.payee.alias, &tab.contact) {
        (Some(alias), _) => contacts::by_payee(store, alias, &tab.payee.key)?.filter(|_| tab.payee.pinned),
        (None, Some(account)) => contacts::by_account(store, account)?,
        (None, None) => None,
    };
    Ok(contact.map_or_else(
        || TabParty::Stranger {
            name: tab.payee.name.clone(),
            alias: tab.payee.alias.clone(),
            trust: Trustworthiness::of(&tab.payee, None),
        },
        |contact| TabParty::Contact(Box::new(contact)),
    ))
}

fn payer(engine: &Engine, tab: &EarnedTab) -> Result<TabParty, Error> {
    let contact = tab.payer.map(|account| contacts::by_account(engine.store(), &account)).transpose()?.flatten();
    Ok(contact.map_or_else(
        || TabParty::Stranger {
            name: tab.details.as_ref().and_then(|details| details.payer.clone()),
            alias: None,
            trust: Trustworthiness::UnverifiedAlias,
        },
        |contact| TabParty::Contact(Box::new(contact)),
    ))
}
