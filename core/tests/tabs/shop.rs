//! A newspaper that offers tabs, and a reader.

use crate::town::{Phone, Town, usd};
use farthing_core::engine::Balance;
use farthing_core::error::{Error, WalletError};
use farthing_core::events::EventSeq;
use farthing_core::messaging::{KeepPrekeys, ReadMessages, SendMessages};
use farthing_core::payment::{Asked, MadeRequest, MakeRequest, OfferWish};
use farthing_core::store;
use farthing_core::sync::{FlushActs, PullEntries, Refresh};
use farthing_core::tab::{
    self, AuthoriseTab, ClaimTabs, Claimable, CloseTab, EarnedTab, PaidTab, PrepareTab, ReleaseTab, SendTab,
    TabApproval, TabDraft, TabId, TabOutcome, TabTarget, TabTerms, TakenVoucher,
};
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::money::Amount;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::OfferTerms;
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;

/// What everybody has in the beginning: 100.00 USD.
pub const GRANT: u64 = 100_000_000;

pub fn amount(text: &str) -> Amount {
    Amount::parse(text, &[usd()]).unwrap()
}

pub fn wish() -> OfferWish {
    let terms = OfferTerms {
        price: amount("0.02 USD"),
        unit: Text::new("article").unwrap(),
        cap: amount("5 USD"),
        lasts: Span::from_h(48),
        grace: Span::from_h(30),
        meter: None,
    };
    OfferWish { terms, memo: None, life: Span::from_h(1) }
}

pub struct Shop {
    pub town: Town,
    pub paper: Phone,
    pub ann: Phone,
}

impl Shop {
    /// A cent and a hundredth of each payment is the fee.
    pub fn new() -> Self {
        let mut town = Town::new();
        let terms = [Terms { asset: usd(), flat: 10_000, bps: 100 }];
        town.verifier.set_fees(&terms, town.now).unwrap();
        let (paper, ann) = (town.phone("paper"), town.phone("ann"));
        Self { town, paper, ann }
    }

    /// With a tab of 5.00 USD, known to both.
    pub fn open() -> (Self, TabId, TabId) {
        let mut shop = Self::new();
        let made = shop.offer(Usage::Single);
        let id = open(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap();
        shop.sync_paper();
        let earned = earned(&shop.paper)[0].id;
        (shop, id, earned)
    }

    /// With 70 tabs of a standing offer, and a voucher of 0.10 USD from each.
    pub fn crowded() -> Self {
        let mut shop = Self::new();
        let made = shop.offer(Usage::Standing);
        let mut readers: Vec<_> = (0..10).map(|n| shop.town.phone(&format!("reader-{n}"))).collect();
        let terms = TabTerms { cap: Some(amount("0.10 USD")), ..TabTerms::default() };
        for reader in &mut readers {
            for _ in 0..7 {
                let id = open(&mut shop.town, reader, link(&made), terms.clone()).unwrap();
                let paid = tab::pay(&mut reader.engine, &id, &amount("0.10 USD"), shop.town.now).unwrap();
                shop.sync_paper();
                tab::take(&mut shop.paper.engine, paid.voucher.as_slice(), shop.town.now).unwrap();
            }
        }
        shop
    }

    pub fn offer(&mut self, usage: Usage) -> MadeRequest {
        self.town.drive(&mut self.paper, MakeRequest::asking(Asked::Offer(wish()), usage)).unwrap()
    }

    pub fn sync_paper(&mut self) {
        sync(&mut self.town, &mut self.paper).unwrap();
    }

    pub fn sync_ann(&mut self) {
        sync(&mut self.town, &mut self.ann).unwrap();
    }

    /// Signs a voucher, and hands it over.
    pub fn pay(&mut self, id: &TabId, drop: &str) -> Result<TakenVoucher, Error> {
        let paid = tab::pay(&mut self.ann.engine, id, &amount(drop), self.town.now)?;
        tab::take(&mut self.paper.engine, paid.voucher.as_slice(), self.town.now)
    }

    pub fn close(&mut self, id: &TabId) -> TabOutcome {
        let id = self.town.drive(&mut self.ann, CloseTab::new(*id)).unwrap();
        self.town.drive(&mut self.ann, SendTab::new(id)).unwrap()
    }

    pub fn claim(&mut self) -> tab::Claimed {
        self.town.drive(&mut self.paper, ClaimTabs::new(Claimable::All)).unwrap()
    }

    pub fn release(&mut self, id: &TabId) -> Result<(), Error> {
        self.town.drive(&mut self.paper, ReleaseTab::new(*id))
    }
}

pub fn link(made: &MadeRequest) -> TabTarget {
    TabTarget::Link(Pointer::parse(&made.link).unwrap())
}

pub fn draft(town: &mut Town, phone: &mut Phone, target: TabTarget, terms: TabTerms) -> Result<TabDraft, Error> {
    let id = town.drive(phone, PrepareTab::new(target, terms))?;
    TabDraft::of(&phone.engine, &paid(phone, &id), town.now)
}

/// Prepares and confirms a tab, and sends its order.
pub fn open(town: &mut Town, phone: &mut Phone, target: TabTarget, terms: TabTerms) -> Result<TabId, Error> {
    let draft = draft(town, phone, target, terms)?;
    match confirm(town, phone, &draft)? {
        TabOutcome::Done(id) => Ok(id),
        TabOutcome::Refused { error, .. } | TabOutcome::Unknown { because: error, .. } => Err(error),
    }
}

pub fn confirm(town: &mut Town, phone: &mut Phone, draft: &TabDraft) -> Result<TabOutcome, Error> {
    let id = town.drive(phone, AuthoriseTab::new(TabApproval::of(draft)))?;
    town.drive(phone, SendTab::new(id))
}

/// What the wallet's sync does, as far as tabs are concerned.
pub fn sync(town: &mut Town, phone: &mut Phone) -> Result<(), Error> {
    town.drive(phone, Refresh::new())?;
    for tab in all_paid(phone).iter().filter(|tab| tab.order.is_some() || tab.closing().is_some()) {
        town.drive(phone, SendTab::new(tab.id))?;
    }
    town.drive(phone, KeepPrekeys::new())?;
    town.drive(phone, FlushActs::new())?;
    town.drive(phone, SendMessages::new())?;
    town.drive(phone, PullEntries::new())?;
    town.drive(phone, ClaimTabs::new(Claimable::Due))?;
    for tab in earned(phone).iter().filter(|tab| tab.release.is_some()) {
        match town.drive(phone, ReleaseTab::again(tab.id)) {
            Ok(()) | Err(Error::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    town.drive(phone, PullEntries::new())?;
    town.drive(phone, ReadMessages::new())?;
    town.drive(phone, SendMessages::new()).map(drop)
}

pub fn all_paid(phone: &Phone) -> Vec<PaidTab> {
    store::all_kept(phone.engine.store()).unwrap()
}

pub fn paid(phone: &Phone, id: &TabId) -> PaidTab {
    all_paid(phone).into_iter().find(|tab| tab.id == *id).unwrap()
}

pub fn earned(phone: &Phone) -> Vec<EarnedTab> {
    store::all_kept(phone.engine.store()).unwrap()
}

/// What can be spent, what is held, what is coming, in dollars.
pub fn balance(phone: &Phone) -> [String; 3] {
    let Balance { available, held, incoming } = phone.engine.balances().unwrap()[0];
    [available, held, incoming].map(|amount| amount.number_text())
}

pub fn names(phone: &Phone) -> Vec<&'static str> {
    let events = phone.engine.store().events(EventSeq(0), 100_000).unwrap();
    let names = events.iter().map(|event| event.kind.name());
    names.filter(|name| name.starts_with("tab") || name.starts_with("entry")).collect()
}

pub fn wallet_error<T: std::fmt::Debug>(result: Result<T, Error>) -> WalletError {
    match result.unwrap_err() {
        Error::Wallet(error) => error,
        other => panic!("{other:?}"),
    }
}
