//! The JSON of tabs: what we pay from, what we earn by, offers and receipts.

use super::FileName;
use super::views::{AmountView, PartyView};
use crate::contacts::{self, Contact};
use crate::engine::Engine;
use crate::error::Error;
use crate::payment::Trustworthiness;
use crate::payment::request::shown;
use crate::store;
use crate::tab::{EarnedTab, OfferRecord, PaidTab, ReceivedOffer, TabReceipt, TabState, TabWish, live};
use data_encoding::HEXLOWER;
use farthing_protocol::cose::Signed;
use farthing_protocol::money::Amount;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::{Bounds, ClaimReceipt, HoldOffer, HoldOrder, HoldReceipt};
use farthing_protocol::time::Time;
use serde::{Deserialize, Serialize};

/// A tab, of either side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TabView {
    /// Its id.
    pub id: String,
    /// `out`: we pay from it. `in`: we earn by it.
    pub direction: String,
    /// `draft`, `opening`, `open`, `closed`, `ended`, `refused`, `lost`.
    pub state: String,
    /// The hold's name, in hex; `null` before its order is signed.
    pub hold: Option<String>,
    /// Who is at the other end.
    pub counterparty: PartyView,
    /// The most that the payee gets in all; `null` for what was refused.
    pub cap: Option<AmountView>,
    /// What vouchers were signed for, or taken.
    pub total: AmountView,
    /// What can still be paid from it.
    pub left: AmountView,
    /// What the payee got.
    pub claimed: AmountView,
    /// What we paid on top; `null` for what we earn by.
    pub fees: Option<AmountView>,
    /// What lies aside now, with the fee; `null` for what we earn by.
    pub set_aside: Option<AmountView>,
    /// Vouchers are taken until shortly before.
    pub spend_until: Option<String>,
    /// Claims are applied before.
    pub claim_until: Option<String>,
    /// The price of a unit, where there is an offer.
    pub price: Option<AmountView>,
    /// What the price is for.
    pub unit: Option<String>,
    /// What the payer wrote.
    pub memo: Option<String>,
    /// What the offer says.
    pub offer_memo: Option<String>,
    /// The offer of ours that it accepts.
    pub offer: Option<String>,
    /// It does not keep to that offer's terms: no voucher of it is taken.
    pub differs: bool,
    /// When it was made or placed.
    pub at: String,
    /// What the verifier has not answered: `opening`, `change`, `closing`, `claim`, `release`.
    pub pending: Vec<String>,
    /// Another device of the account pays from it.
    pub elsewhere: bool,
    /// Why something was refused, or why there is no answer yet.
    pub code: Option<u16>,
    /// The verifier does not have it any more.
    pub lost: bool,
}

impl TabView {
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
        let pending = [
            ("opening", tab.order.is_some() && standing.is_none()),
            ("change", tab.order.is_some() && standing.is_some()),
            ("closing", tab.closing().is_some()),
        ];
        Ok(Self {
            id: tab.id.to_string(),
            direction: "out".to_owned(),
            state: tab.state.as_str().to_owned(),
            hold: tab.hold.map(|hold| hold.to_hex()),
            counterparty: payee(engine, tab)?,
            cap: cap.as_ref().map(Into::into),
            total: (&total).into(),
            left: (&left(tab.state, cap, total).unwrap_or(none)).into(),
            claimed: standing.map_or((&none).into(), |standing| (&standing.claimed).into()),
            fees: Some(standing.map_or((&none).into(), |standing| (&standing.fees).into())),
            set_aside: Some(standing.map_or((&none).into(), |standing| (&standing.left()).into())),
            spend_until: bounds.map(|bounds| bounds.spend_until.to_rfc3339()),
            claim_until: bounds.map(|bounds| bounds.claim_until.to_rfc3339()),
            memo: tab.details.as_ref().and_then(|details| details.memo.as_ref()).map(ToString::to_string),
            offer: None,
            differs: false,
            at: tab.at.to_rfc3339(),
            pending: names(&pending),
            elsewhere: tab.device.is_some(),
            code: tab.code,
            lost: tab.lost.is_some(),
            price: offer.as_ref().map(|offer| (&offer.claims().terms.price).into()),
            unit: offer.as_ref().map(|offer| offer.claims().terms.unit.to_string()),
            offer_memo: offer.as_ref().and_then(|offer| offer.claims().memo.as_ref()).map(ToString::to_string),
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
        let pending = [("claim", tab.claim.is_some()), ("release", tab.release.is_some())];
        Ok(Self {
            id: tab.id.to_string(),
            direction: "in".to_owned(),
            state: tab.state.as_str().to_owned(),
            hold: Some(tab.hold.to_hex()),
            counterparty: payer(engine, tab)?,
            cap: Some((&bounds.cap).into()),
            total: (&tab.total).into(),
            left: (&left(tab.state, Some(bounds.cap), tab.total).unwrap_or(none)).into(),
            claimed: (&tab.standing.claimed).into(),
            fees: None,
            set_aside: None,
            spend_until: Some(bounds.spend_until.to_rfc3339()),
            claim_until: Some(bounds.claim_until.to_rfc3339()),
            memo: tab.details.as_ref().and_then(|details| details.memo.as_ref()).map(ToString::to_string),
            offer: tab.offer.map(|offer| offer.to_hex()),
            differs: tab.differs,
            at: hold.placed.to_rfc3339(),
            pending: names(&pending),
            elsewhere: false,
            code: tab.code,
            lost: tab.lost.is_some(),
            price: offer.as_ref().map(|offer| (&offer.terms.price).into()),
            unit: offer.as_ref().map(|offer| offer.terms.unit.to_string()),
            offer_memo: offer.as_ref().and_then(|offer| offer.memo.as_ref()).map(ToString::to_string),
        })
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
fn newest(engine: &Engine, paid: &[PaidTab], earned: &[EarnedTab], limit: usize) -> Result<Vec<TabView>, Error> {
    let paid = paid.iter().map(|tab| TabView::paid(engine, tab));
    let mut all: Vec<TabView> =
        paid.chain(earned.iter().map(|tab| TabView::earned(engine, tab))).collect::<Result<_, _>>()?;
    all.sort_by(|one, other| other.id.cmp(&one.id));
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

fn names(all: &[(&str, bool)]) -> Vec<String> {
    all.iter().filter(|(_, waits)| *waits).map(|(name, _)| (*name).to_owned()).collect()
}

/// A contact that sent the offer, or that is paid by its alias, is called as we call it.
fn payee(engine: &Engine, tab: &PaidTab) -> Result<PartyView, Error> {
    let store = engine.store();
    let contact = match (&tab.payee.alias, &tab.contact) {
        (Some(alias), _) => contacts::by_payee(store, alias, &tab.payee.key)?.filter(|_| tab.payee.pinned),
        (None, Some(account)) => contacts::by_account(store, account)?,
        (None, None) => None,
    };
    Ok(contact.as_ref().map_or_else(
        || PartyView {
            name: tab.payee.name.as_ref().map(ToString::to_string),
            alias: tab.payee.alias.as_ref().map(ToString::to_string),
            trust: Trustworthiness::of(&tab.payee, None).as_str().to_owned(),
        },
        party,
    ))
}

fn payer(engine: &Engine, tab: &EarnedTab) -> Result<PartyView, Error> {
    let contact = tab.payer.map(|account| contacts::by_account(engine.store(), &account)).transpose()?.flatten();
    Ok(contact.as_ref().map_or_else(
        || PartyView {
            name: tab.details.as_ref().and_then(|details| details.payer.as_ref()).map(ToString::to_string),
            alias: None,
            trust: Trustworthiness::UnverifiedAlias.as_str().to_owned(),
        },
        party,
    ))
}

fn party(contact: &Contact) -> PartyView {
    PartyView {
        name: Some(contact.name.to_string()),
        alias: Some(contact.alias.to_string()),
        trust: contact.state.as_str().to_owned(),
    }
}

/// The files of tabs and offers.
pub(super) fn files(engine: &Engine) -> Result<Vec<FileName>, Error> {
    let receipts: Vec<TabReceipt> = store::all_kept(engine.store())?;
    let earned: Vec<EarnedTab> = store::all_kept(engine.store())?;
    let vouchers = earned.iter().filter(|tab| tab.voucher.is_some()).map(|tab| FileName::Voucher(tab.id));
    let offers = OfferRecord::all(engine.store())?;
    let receipts = receipts.iter().map(|receipt| FileName::TabReceipt(receipt.tab, receipt.place));
    Ok(receipts.chain(vouchers).chain(offers.iter().map(|offer| FileName::Offer(offer.published.id))).collect())
}

/// An offer of a tab: ours, or one that a contact sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TabOfferView {
    /// Its id.
    pub id: String,
    /// We made it.
    pub own: bool,
    /// Of ours: `binding`, `open`, `paid` (accepted), `cancelling`, `cancelled`, `failed`. Otherwise `received`.
    pub state: String,
    /// The contact that sent it.
    pub from: Option<PartyView>,
    /// What its QR code holds; `null` for one that was sent.
    pub link: Option<String>,
    /// The price of a unit.
    pub price: AmountView,
    /// What the price is for.
    pub unit: String,
    /// The cap that it suggests.
    pub cap: AmountView,
    /// For how long it suggests that the tab is spent from.
    pub lasts_ms: u64,
    /// How long the payee needs at least to claim after that.
    pub grace_ms: u64,
    /// What the payee wrote.
    pub memo: Option<String>,
    /// What the payee calls itself.
    pub payee_name: Option<String>,
    /// Any number of people may accept it.
    pub standing: bool,
    /// When it was made.
    pub created: String,
    /// From then on it cannot be accepted.
    pub expires: String,
    /// The tab that accepted it.
    pub tab: Option<String>,
    /// Why the verifier did not take it.
    pub code: Option<u16>,
}

impl TabOfferView {
    /// What an offer says, by itself.
    #[must_use]
    pub fn of(offer: &HoldOffer) -> Self {
        let terms = &offer.terms;
        Self {
            id: offer.id.to_hex(),
            own: false,
            state: "received".to_owned(),
            from: None,
            link: None,
            price: (&terms.price).into(),
            unit: terms.unit.to_string(),
            cap: (&terms.cap).into(),
            lasts_ms: terms.lasts.as_ms(),
            grace_ms: terms.grace.as_ms(),
            memo: offer.memo.as_ref().map(ToString::to_string),
            payee_name: offer.payee_name.as_ref().map(ToString::to_string),
            standing: offer.usage == Usage::Standing,
            created: offer.created.to_rfc3339(),
            expires: offer.expires.to_rfc3339(),
            tab: None,
            code: None,
        }
    }

    fn made(engine: &Engine, record: &OfferRecord) -> Result<Self, Error> {
        let published = crate::payment::published::Published::Offer(record.clone());
        Ok(Self {
            own: true,
            state: record.published.state.as_str().to_owned(),
            link: shown(engine, &published).ok().map(|made| made.link),
            tab: record.tab.map(|tab| tab.to_string()),
            code: record.published.code,
            ..Self::of(&record.offer()?)
        })
    }

    /// Ours and those that contacts sent, newest first.
    ///
    /// # Errors
    /// What the store says; [`Error::Malformed`] when what is stored is damaged.
    pub fn all(engine: &Engine) -> Result<Vec<Self>, Error> {
        let own = OfferRecord::all(engine.store())?;
        let mut all: Vec<(Time, Self)> = own
            .iter()
            .map(|record| Ok((record.published.created, Self::made(engine, record)?)))
            .collect::<Result<_, Error>>()?;
        for sent in store::all_kept::<ReceivedOffer>(engine.store())? {
            let offer = Signed::<HoldOffer>::parse(sent.offer.as_slice())?;
            let from = contacts::by_account(engine.store(), &sent.from)?.as_ref().map(party);
            all.push((sent.at, Self { from, ..Self::of(offer.claims()) }));
        }
        all.sort_by_key(|(at, _)| core::cmp::Reverse(*at));
        Ok(all.into_iter().map(|(_, offer)| offer).collect())
    }
}

/// A signed receipt of a tab.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TabReceiptView {
    /// `hold-receipt` or `claim-receipt`.
    pub kind: String,
    /// When it was applied.
    pub at: String,
    /// The ledger's epoch.
    pub epoch: u64,
    /// The position in the ledger.
    pub seq: u64,
    /// The cap from then on; `null` for a claim.
    pub cap: Option<AmountView>,
    /// What the payee got by it; `null` for a hold.
    pub amount: Option<AmountView>,
    /// What the payee got in all; `null` for a hold.
    pub claimed: Option<AmountView>,
    /// Nothing more is paid from the tab since.
    pub closed: bool,
    /// The rest went back.
    pub ended: bool,
    /// The signed bytes.
    pub cose: String,
}

impl TabReceiptView {
    /// What a receipt says.
    ///
    /// # Errors
    /// [`Error::Malformed`] when what is stored is damaged.
    pub fn of(receipt: &TabReceipt) -> Result<Self, Error> {
        let bytes = receipt.receipt.as_slice();
        let (epoch, seq, cose) = (receipt.place.epoch.get(), receipt.place.seq.get(), HEXLOWER.encode(bytes));
        if let Ok(hold) = Signed::<HoldReceipt>::parse(bytes) {
            let hold = hold.claims();
            return Ok(Self {
                kind: "hold-receipt".to_owned(),
                at: hold.time.to_rfc3339(),
                epoch,
                seq,
                cap: Some((&hold.cap).into()),
                amount: None,
                claimed: None,
                closed: hold.closed.is_some(),
                ended: false,
                cose,
            });
        }
        let claim = Signed::<ClaimReceipt>::parse(bytes)?;
        let claim = claim.claims();
        Ok(Self {
            kind: "claim-receipt".to_owned(),
            at: claim.time.to_rfc3339(),
            epoch,
            seq,
            cap: None,
            amount: Some((&claim.amount).into()),
            claimed: Some((&claim.total).into()),
            closed: false,
            ended: claim.ended.is_some(),
            cose,
        })
    }
}
