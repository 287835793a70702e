//! The JSON of tabs: what we pay from, what we earn by, offers and receipts.

use super::FileName;
use super::views::{AmountView, PartyView};
use crate::contacts::{self, Contact};
use crate::engine::Engine;
use crate::error::Error;
use crate::payment::request::shown;
use crate::store;
use crate::tab::{EarnedTab, OfferRecord, ReceivedOffer, ShownTab, TabParty, TabReceipt, TabSide};
use data_encoding::HEXLOWER;
use farthing_protocol::cose::Signed;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::{ClaimReceipt, HoldOffer, HoldReceipt, MeterMeasure, OfferTerms};
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
    /// How it is paid from by itself, where there is an offer with a meter.
    #[serde(default)]
    pub meter: Option<MeterView>,
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
    /// Tabs of both sides that somebody has agreed to, newest first, at most `limit`.
    ///
    /// # Errors
    /// What the store says; [`Error::Malformed`] when what is stored is damaged.
    pub fn all(engine: &Engine, limit: usize) -> Result<Vec<Self>, Error> {
        Ok(ShownTab::all(engine, limit)?.iter().map(Self::from).collect())
    }

    /// Of those that are not over: what waits for an answer of the verifier.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn unanswered(engine: &Engine) -> Result<Vec<Self>, Error> {
        Ok(ShownTab::unanswered(engine)?.iter().map(Self::from).collect())
    }
}

impl From<&ShownTab> for TabView {
    fn from(tab: &ShownTab) -> Self {
        let direction = match tab.side {
            TabSide::Paid => "out",
            TabSide::Earned => "in",
        };
        Self {
            id: tab.id.to_string(),
            direction: direction.to_owned(),
            state: tab.state.as_str().to_owned(),
            hold: tab.hold.map(|hold| hold.to_hex()),
            counterparty: (&tab.party).into(),
            cap: tab.cap.as_ref().map(Into::into),
            total: (&tab.total).into(),
            left: (&tab.left).into(),
            claimed: (&tab.claimed).into(),
            fees: tab.fees.as_ref().map(Into::into),
            set_aside: tab.set_aside.as_ref().map(Into::into),
            spend_until: tab.bounds.map(|bounds| bounds.spend_until.to_rfc3339()),
            claim_until: tab.bounds.map(|bounds| bounds.claim_until.to_rfc3339()),
            price: tab.terms.as_ref().map(|terms| (&terms.price).into()),
            unit: tab.terms.as_ref().map(|terms| terms.unit.to_string()),
            meter: tab.terms.as_ref().and_then(MeterView::of),
            memo: tab.memo.as_ref().map(ToString::to_string),
            offer_memo: tab.offer_memo.as_ref().map(ToString::to_string),
            offer: tab.offer.map(|offer| offer.to_hex()),
            differs: tab.differs,
            at: tab.at.to_rfc3339(),
            pending: tab.pending.iter().map(|pending| pending.as_str().to_owned()).collect(),
            elsewhere: tab.elsewhere,
            code: tab.code,
            lost: tab.lost,
        }
    }
}

/// A contact is called as we call it.
impl From<&TabParty> for PartyView {
    fn from(of: &TabParty) -> Self {
        match of {
            TabParty::Contact(contact) => party(contact),
            TabParty::Stranger { name, alias, trust } => Self {
                name: name.as_ref().map(ToString::to_string),
                alias: alias.as_ref().map(ToString::to_string),
                trust: trust.as_str().to_owned(),
            },
        }
    }
}

fn party(contact: &Contact) -> PartyView {
    PartyView {
        name: Some(contact.name.to_string()),
        alias: Some(contact.alias.to_string()),
        trust: contact.state.as_str().to_owned(),
    }
}

/// How a tab is paid from by itself. Ticks are milliseconds where time is measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MeterView {
    /// `time` or `counted`.
    pub measure: String,
    /// Of what is counted, at most so many ticks in a second.
    pub rate: Option<u64>,
    /// Ticks of one unit.
    pub unit_ticks: u64,
    /// So many, the first ones, cost nothing.
    pub free_ticks: u64,
    /// Paid at a time, in advance.
    pub quantum_ticks: u64,
    /// What that costs.
    pub quantum: AmountView,
    /// How long the payee delivers without being paid, and the payer waits without hearing.
    pub grace_ms: u64,
    /// The most that either side can lose by the other.
    pub most_lost: AmountView,
}

impl MeterView {
    /// What an offer says of it; `None` where it has no meter.
    #[must_use]
    pub fn of(terms: &OfferTerms) -> Option<Self> {
        let meter = terms.meter?;
        let (measure, rate) = match meter.measure {
            MeterMeasure::Time => ("time", None),
            MeterMeasure::Counted(rate) => ("counted", Some(rate.get())),
        };
        Some(Self {
            measure: measure.to_owned(),
            rate,
            unit_ticks: meter.unit.get(),
            free_ticks: meter.free.get(),
            quantum_ticks: meter.quantum.get(),
            quantum: (&meter.price_of(&terms.price, meter.quantum)).into(),
            grace_ms: meter.grace.as_ms(),
            most_lost: (&meter.most_lost(&terms.price)).into(),
        })
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
    /// How the tab is paid from by itself.
    #[serde(default)]
    pub meter: Option<MeterView>,
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
            meter: MeterView::of(terms),
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
