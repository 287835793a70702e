//! Tabs, from the core's types to what crosses, and back.

use super::{
    Claimed, OfferTerms, PaidDrop, RefusedClaim, Tab, TabDraft, TabOffer, TabOutcome, TabPending, TabSide, TabState,
    TabTerms, TakenVoucher,
};
use crate::convert::{amount, money, text};
use crate::failure::{Failure, FailureInfo};
use farthing_core as core;
use farthing_core::error::WalletError;
use farthing_core::payment::OfferWish;
use farthing_core::scan::voucher;
use farthing_core::tab::{OfferRecord, ReceivedOffer, ShownTab, TabId, TabParty};
use farthing_core::{Error, Wallet};
use farthing_protocol::cose::Signed;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::HoldOffer;
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;

pub(crate) fn tab_id(id: &str) -> Result<TabId, Error> {
    TabId::parse(id).ok_or_else(|| WalletError::TabUnknown.into())
}

/// What is offered, and to how many.
pub(crate) fn wish(of: &OfferTerms) -> Result<(OfferWish, Usage), Error> {
    let terms = farthing_protocol::tab::OfferTerms {
        price: amount(&of.price)?,
        unit: Text::typed(&of.unit)?,
        cap: amount(&of.cap)?,
        lasts: Span::from_ms(of.lasts_ms),
        grace: Span::from_ms(of.grace_ms),
        meter: None,
    };
    let usage = if of.standing { Usage::Standing } else { Usage::Single };
    Ok((OfferWish { terms, memo: text(of.memo.as_ref())?, life: Span::from_ms(of.life_ms) }, usage))
}

pub(crate) fn terms(of: &TabTerms) -> Result<core::tab::TabTerms, Error> {
    Ok(core::tab::TabTerms {
        cap: of.cap.as_ref().map(amount).transpose()?,
        lasts: of.lasts_ms.map(Span::from_ms),
        grace: of.grace_ms.map(Span::from_ms),
        memo: text(of.memo.as_ref())?,
    })
}

impl From<&HoldOffer> for TabOffer {
    fn from(of: &HoldOffer) -> Self {
        Self {
            id: of.id.to_hex(),
            state: None,
            link: None,
            payee_name: of.payee_name.as_ref().map(ToString::to_string),
            price: money(&of.terms.price),
            unit: of.terms.unit.to_string(),
            cap: money(&of.terms.cap),
            lasts_ms: of.terms.lasts.as_ms(),
            grace_ms: of.terms.grace.as_ms(),
            memo: of.memo.as_ref().map(ToString::to_string),
            standing: of.usage == Usage::Standing,
            expires_ms: of.expires.as_ms(),
            tab: None,
            code: None,
        }
    }
}

impl TabOffer {
    /// One of ours.
    pub(crate) fn made(wallet: &Wallet, of: &OfferRecord) -> Result<Self, Error> {
        Ok(Self {
            state: Some(of.published.state.into()),
            link: Some(wallet.made_offer(&of.published.id)?.link),
            tab: of.tab.as_ref().map(ToString::to_string),
            code: of.published.code,
            ..Self::from(&of.offer()?)
        })
    }
}

/// What a contact has sent.
pub(crate) fn received(of: &ReceivedOffer) -> Result<TabOffer, Error> {
    Ok(TabOffer::from(Signed::<HoldOffer>::parse(of.offer.as_slice())?.claims()))
}

impl From<&core::tab::TabDraft> for TabDraft {
    fn from(of: &core::tab::TabDraft) -> Self {
        Self {
            id: of.id.to_string(),
            shown: of.digest.to_hex(),
            changes: of.changes,
            trust: of.trust.into(),
            payee_name: of.payee_name.as_ref().map(ToString::to_string),
            contact: of.contact.as_ref().map(ToString::to_string),
            alias: of.alias.as_ref().map(ToString::to_string),
            price: of.terms.as_ref().map(|terms| money(&terms.price)),
            unit: of.terms.as_ref().map(|terms| terms.unit.to_string()),
            cap: money(&of.cap),
            fee: money(&of.fee),
            set_aside: money(&of.total),
            lasts_ms: of.lasts.as_ms(),
            grace_ms: of.grace.as_ms(),
            offer_memo: of.offer_memo.as_ref().map(ToString::to_string),
            memo: of.memo.as_ref().map(ToString::to_string),
            expires_ms: of.expires.map(|time| time.as_ms()),
            warnings: of.warnings.iter().map(Into::into).collect(),
        }
    }
}

macro_rules! same {
    ($($name:ident { $($variant:ident)+ })+) => { $(
        impl From<core::tab::$name> for $name {
            fn from(of: core::tab::$name) -> Self {
                match of { $(core::tab::$name::$variant => Self::$variant,)+ }
            }
        }
    )+ };
}

same! {
    TabSide { Paid Earned }
    TabState { Draft Opening Open Closed Ended Refused Lost }
    TabPending { Opening Change Closing Claim Release }
}

impl From<&ShownTab> for Tab {
    fn from(of: &ShownTab) -> Self {
        let (name, contact, alias) = match &of.party {
            TabParty::Contact(contact) => (contact.calls_itself.as_ref(), Some(&contact.name), Some(&contact.alias)),
            TabParty::Stranger { name, alias, .. } => (name.as_ref(), None, alias.as_ref()),
        };
        Self {
            id: of.id.to_string(),
            side: of.side.into(),
            state: of.state.into(),
            name: name.map(ToString::to_string),
            contact: contact.map(ToString::to_string),
            alias: alias.map(ToString::to_string),
            cap: of.cap.as_ref().map(money),
            total: money(&of.total),
            left: money(&of.left),
            claimed: money(&of.claimed),
            unclaimed: money(&of.unclaimed),
            fees: of.fees.as_ref().map(money),
            set_aside: of.set_aside.as_ref().map(money),
            spend_until_ms: of.bounds.map(|bounds| bounds.spend_until.as_ms()),
            claim_until_ms: of.bounds.map(|bounds| bounds.claim_until.as_ms()),
            price: of.terms.as_ref().map(|terms| money(&terms.price)),
            unit: of.terms.as_ref().map(|terms| terms.unit.to_string()),
            memo: of.memo.as_ref().map(ToString::to_string),
            offer_memo: of.offer_memo.as_ref().map(ToString::to_string),
            offer: of.offer.map(|offer| offer.to_hex()),
            differs: of.differs,
            at_ms: of.at.as_ms(),
            pending: of.pending.iter().map(|pending| (*pending).into()).collect(),
            elsewhere: of.elsewhere,
            code: of.code,
            lost: of.lost,
        }
    }
}

/// An outcome with the tab as it is stored now.
pub(crate) fn outcome(wallet: &Wallet, of: core::tab::TabOutcome) -> Result<TabOutcome, Error> {
    use core::tab::TabOutcome as Of;
    let tab = |id: &TabId| wallet.tab(id).map(|tab| Tab::from(&tab));
    Ok(match of {
        Of::Done(id) => TabOutcome::Done { tab: tab(&id)? },
        Of::Refused { tab: id, error } => TabOutcome::Refused { tab: tab(&id)?, why: info(error) },
        Of::Unknown { tab: id, because } => TabOutcome::Unknown { tab: tab(&id)?, because: info(because) },
    })
}

fn info(error: Error) -> FailureInfo {
    Failure::from(error).info().clone()
}

impl From<&core::tab::PaidDrop> for PaidDrop {
    fn from(of: &core::tab::PaidDrop) -> Self {
        Self { tab: of.tab.to_string(), total: money(&of.total), voucher: voucher::text_of(&of.voucher) }
    }
}

impl From<&core::tab::TakenVoucher> for TakenVoucher {
    fn from(of: &core::tab::TakenVoucher) -> Self {
        use core::tab::TakenVoucher as Of;
        match of {
            Of::Taken { tab, gained, total } => {
                Self::Taken { tab: tab.to_string(), gained: money(gained), total: money(total) }
            }
            Of::Behind { tab, newest } => Self::Behind { tab: tab.to_string(), newest: voucher::text_of(newest) },
        }
    }
}

impl From<core::tab::Claimed> for Claimed {
    fn from(of: core::tab::Claimed) -> Self {
        let refused = |(tab, error): (TabId, Error)| RefusedClaim { tab: tab.to_string(), why: info(error) };
        Self {
            tabs: of.tabs.iter().map(ToString::to_string).collect(),
            refused: of.refused.into_iter().map(refused).collect(),
            waiting: of.waiting,
        }
    }
}
