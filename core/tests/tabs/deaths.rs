//! A process that dies at any commit, before or after it, and another that goes on with what was stored; and a line that fails at any
//! call. In the end the payee has what it was to get, once, and the payer the rest.

use crate::disk::Death;
use crate::shop::{Shop, all_paid, amount, balance, confirm, earned, link, sync, wish};
use crate::town::{Fate, Phone};
use farthing_core::error::Error;
use farthing_core::payment::{Asked, MadeRequest, MakeRequest};
use farthing_core::store::{self, RequestState, StoreError};
use farthing_core::tab::{
    self, ClaimTabs, Claimable, CloseTab, OfferRecord, PaidTab, PrepareTab, ReleaseTab, SendTab, TabDraft, TabState,
    TabTerms, TakenVoucher,
};
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::Usage;
use farthing_protocol::time::Span;

/// What the payee is to get.
const WHOLE: &str = "3 USD";

fn is_death(error: &Error) -> bool {
    matches!(error, Error::Store(StoreError::Io(why)) if why == "killed")
}

impl Shop {
    /// One step on the way from an offer to a tab that has ended; true when that is reached.
    fn step(&mut self) -> Result<bool, Error> {
        let Self { town, paper, ann } = self;
        sync(town, paper)?;
        sync(town, ann)?;
        let offers: Vec<OfferRecord> = store::all_kept(paper.engine.store())?;
        let usable = |offer: &OfferRecord| matches!(offer.published.state, RequestState::Open | RequestState::Paid);
        let Some(offer) = offers.iter().find(|offer| usable(offer)) else {
            town.drive(paper, MakeRequest::asking(Asked::Offer(wish()), Usage::Single))?;
            return Ok(false);
        };
        let over = |tab: &PaidTab| matches!(tab.state, TabState::Refused | TabState::Lost);
        let Some(tab) = all_paid(ann).into_iter().find(|tab| !over(tab)) else {
            let signed = farthing_protocol::cose::Signed::parse(offer.published.bytes.as_slice())?;
            let pointer: Pointer =
                Pointer::to::<farthing_protocol::tab::HoldOffer>(paper.engine.profile().url.as_str(), &signed)?;
            let made = MadeRequest { id: offer.published.id, link: pointer.link(), expires: offer.published.expires };
            town.drive(ann, PrepareTab::new(link(&made), TabTerms::default()))?;
            return Ok(false);
        };
        let known = earned(paper).into_iter().next();
        match (tab.state, known) {
            (TabState::Draft, _) => {
                let draft = TabDraft::of(&ann.engine, &tab, town.now)?;
                confirm(town, ann, &draft)?;
            }
            (TabState::Open, Some(known)) if known.total.value() < amount(WHOLE).value() => {
                let paid = tab::pay(&mut ann.engine, &tab.id, &amount("0.50 USD"), town.now)?;
                match tab::take(&mut paper.engine, paid.voucher.as_slice(), town.now)? {
                    TakenVoucher::Behind { newest, .. } => {
                        tab::catch_up(&mut ann.engine, newest.as_slice(), town.now)?;
                    }
                    TakenVoucher::Taken { total, .. } if total == amount("1.50 USD") => {
                        town.drive(paper, ClaimTabs::new(Claimable::All))?;
                    }
                    TakenVoucher::Taken { .. } => {}
                }
            }
            (TabState::Open, Some(_)) => {
                let id = town.drive(ann, CloseTab::new(tab.id))?;
                town.drive(ann, SendTab::new(id))?;
            }
            (TabState::Closed, Some(known)) if known.state == TabState::Closed => {
                town.drive(paper, ClaimTabs::new(Claimable::All))?;
                town.drive(paper, ReleaseTab::new(known.id))?;
            }
            (TabState::Ended, Some(known)) => return Ok(known.state == TabState::Ended),
            _ => {}
        }
        town.pass(Span::from_ms(10));
        Ok(false)
    }

    /// Goes on until the tab has ended; how often somebody died, or a call failed.
    fn live(&mut self) -> usize {
        let mut trouble = 0;
        for _ in 0..80 {
            match self.step() {
                Ok(true) => return trouble,
                Ok(false) => {}
                Err(error) => {
                    trouble += 1;
                    let dead = is_death(&error);
                    assert!(dead || error.is_retryable(), "{error:?}");
                    if dead {
                        self.paper.restart();
                        self.ann.restart();
                    }
                }
            }
        }
        panic!("the tab has not ended: {:?} {:?}", all_paid(&self.ann), earned(&self.paper));
    }

    fn check(&self, what: &str) {
        assert_eq!(balance(&self.paper), ["103.00", "0.00", "0.00"], "{what}");
        assert_eq!(balance(&self.ann), ["96.96", "0.00", "0.00"], "{what}");
        assert_eq!(all_paid(&self.ann).iter().filter(|tab| tab.state == TabState::Ended).count(), 1, "{what}");
        let keys = |phone: &Phone| phone.engine.store().smalls(farthing_core::store::Table::VOUCHER_KEYS, &[], 9);
        assert_eq!(keys(&self.ann).unwrap().len(), 0, "{what}: the key is forgotten");
    }
}

#[test]
fn whoever_dies_at_whatever_commit() {
    for payer in [true, false] {
        for after in [true, false] {
            for nth in 0.. {
                let mut shop = Shop::new();
                let who = if payer { &shop.ann } else { &shop.paper };
                who.dies(if after { Death::After(nth) } else { Death::Before(nth) });
                let died = shop.live();
                shop.check(&format!("payer {payer}, after {after}, commit {nth}"));
                if died == 0 {
                    assert!(nth > 8, "there are more commits than {nth}");
                    break;
                }
            }
        }
    }
}

#[test]
fn whatever_call_fails() {
    // Each call once, by one of the three.
    for (first, fate) in [Fate::Lost, Fate::Unanswered, Fate::Twice].into_iter().enumerate() {
        for nth in (first..).step_by(3) {
            let mut shop = Shop::new();
            let mut count = 0;
            let hit = std::rc::Rc::new(std::cell::Cell::new(false));
            let seen = std::rc::Rc::clone(&hit);
            shop.town.line = Box::new(move |_| {
                count += 1;
                seen.set(count > nth);
                if count == nth + 1 { fate } else { Fate::Fine }
            });
            shop.live();
            shop.check(&format!("{fate:?} at call {nth}"));
            if !hit.get() {
                assert!(nth > 20);
                break;
            }
        }
    }
}
