//! Tabs, kept for days: people offer and open them, pay by drops, take vouchers in any order and more than once, claim, raise,
//! close and release. Between their busy minutes lie nights, in which holds come to their end.

use crate::days::HOUR_MS;
use crate::errand::Errand;
use crate::event::{Event, Who};
use crate::family::Family;
use crate::laws::{Broken, Holds, Law, hold};
use crate::world::World;
use farthing_core::error::{Error, WalletError};
use farthing_core::payment::OfferWish;
use farthing_core::store::all_kept;
use farthing_core::tab::{
    self, Claimable, EarnedTab, PaidTab, TabApproval, TabDraft, TabId, TabOutcome, TabState, TabTarget, TabTerms,
    TakenVoucher,
};
use farthing_protocol::id::AccountId;
use farthing_protocol::money::Amount;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::{HoldId, OfferTerms};
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;
use std::collections::BTreeMap;

/// How often a voucher is shown to a payee that does not know its tab yet, and the pause between.
const SHOWN_TIMES: u32 = 4;
const SHOWN_PAUSE_MS: u64 = 8_000;
/// The longest that a voucher is under way, from screen to screen or by somebody who carries it.
const CARRIED_MS: u64 = 60_000;

/// What is known of tabs beside what wallets and the verifier know.
#[derive(Default)]
pub(crate) struct Tabs {
    /// Offers that were passed on, and whose they are.
    offers: Vec<(AccountId, Pointer)>,
    /// The total of the greatest voucher that was ever signed, by hold.
    signed: BTreeMap<HoldId, u64>,
    /// Up to which position the holds were looked at, and in which epoch.
    looked: (u64, i64),
}

impl World {
    /// What a person with tabs does.
    pub(crate) fn keep_tabs(&mut self, who: Who) -> Result<(), Broken> {
        // Without offers there is little to do.
        let choices = if self.tabs.offers.len() < 3 { 20 } else { 100 };
        match self.random.between(0, choices) {
            0..8 => self.offer_tab(who),
            8..16 => self.open_tab(who),
            16..66 => self.pay_drops(who),
            66..74 => self.raise_tab(who),
            74..86 => self.begin(who, Errand::claim(Claimable::All)),
            86..91 => self.close_tab(who),
            91..95 => self.release_tab(who),
            _ => self.sync(who),
        }
    }

    /// What the verifier's holds come to, after each step that changed them.
    pub(crate) fn check_tabs(&mut self) -> Result<(), Broken> {
        let now = (self.server.epochs(), self.server.ledger.seq());
        if self.family != Family::Tabs || now == self.tabs.looked {
            return Ok(());
        }
        self.tabs.looked = now;
        Holds::read(self.server.database())?.check(&self.tabs.signed)
    }

    fn offer_tab(&mut self, who: Who) -> Result<(), Broken> {
        let cap = Amount::new(self.random.between(50_000, 2_000_000), self.asset)?;
        let terms = OfferTerms {
            price: Amount::new(self.random.between(1, 50_000), self.asset)?,
            unit: Text::new("article")?,
            cap,
            lasts: Span::from_ms(self.random.between(HOUR_MS / 4, 12 * HOUR_MS)),
            grace: Span::from_ms(self.random.between(24 * HOUR_MS, 30 * HOUR_MS)),
            meter: None,
        };
        let usage = if self.random.chance(300) { Usage::Standing } else { Usage::Single };
        let life = Span::from_ms(self.random.between(HOUR_MS, 24 * HOUR_MS));
        self.begin(who, Errand::offer(OfferWish { terms, memo: None, life }, usage))
    }

    pub(crate) fn offered(&mut self, who: Who, link: &str) -> Result<(), Broken> {
        let account = self.purse(who).account;
        self.tabs.offers.push((account, Pointer::parse(link)?));
        Ok(())
    }

    fn open_tab(&mut self, who: Who) -> Result<(), Broken> {
        let own = self.purse(who).account;
        let mut offers = self.tabs.offers.clone();
        offers.retain(|(by, _)| *by != own);
        let newest = offers.last().cloned().filter(|_| self.random.chance(600));
        let offer = newest.or_else(|| self.random.pick(&offers).cloned());
        let (target, cap) = match offer.filter(|_| self.random.chance(900)) {
            Some((_, pointer)) => (TabTarget::Link(pointer), None),
            None => {
                let mut others = self.all();
                others.retain(|other| self.purse(*other).account != own);
                let payee = self.random.pick(&others).copied().unwrap_or(Who::Bob);
                let cap = Amount::new(self.random.between(50_000, 2_000_000), self.asset)?;
                (TabTarget::Alias(self.purse(payee).alias.clone()), Some(cap))
            }
        };
        self.begin(who, Errand::prepare_tab(target, TabTerms { cap, ..TabTerms::default() }))
    }

    pub(crate) fn look_at_tab_soon(&mut self, who: Who, tab: TabId) {
        let pause = self.random.between(500, 8_000);
        self.decide_in(pause, || Event::ChooseTab(who, tab));
    }

    /// A person looks at the draft of a tab, or of a change.
    pub(crate) fn choose_tab(&mut self, who: Who, id: &TabId) -> Result<(), Broken> {
        let (now, choice) = (self.queue.now_ms(), self.random.between(0, 100));
        let looked = self.purse(who).with(now, |engine, now| {
            let all: Vec<PaidTab> = all_kept(engine.store())?;
            let Some(found) = all.into_iter().find(|tab| tab.id == *id && tab.wish.is_some()) else { return Ok(None) };
            if choice < 5 {
                tab::discard(engine, id)?;
                return Ok(None);
            }
            TabDraft::of(engine, &found, now).map(Some)
        });
        match self.sound(who, looked)?.flatten().filter(|_| choice >= 8) {
            Some(draft) => self.begin(who, Errand::authorise_tab(TabApproval::of(&draft))),
            None => Ok(()),
        }
    }

    pub(crate) fn tab_sent(&mut self, who: Who, outcome: TabOutcome) -> Result<(), Broken> {
        match outcome {
            TabOutcome::Unknown { because, .. } => self.alarm(who, &because),
            TabOutcome::Done(tab) => {
                self.note(format!("{who:?}: tab {tab} is as it was asked for"));
                Ok(())
            }
            TabOutcome::Refused { tab, error } => {
                self.note(format!("{who:?}: tab {tab} is refused: {error}"));
                Ok(())
            }
        }
    }

    /// A tab that this wallet pays from.
    fn pick_paid(&mut self, who: Who) -> Option<PaidTab> {
        let mut all: Vec<PaidTab> = self.purse(who).disk().look(|store| all_kept(store)).ok()?;
        all.retain(|tab| tab.state == TabState::Open && tab.device.is_none());
        self.random.pick(&all).cloned()
    }

    /// Some drops, each of whose vouchers goes its own way: lost, doubled, overtaken by the next one.
    fn pay_drops(&mut self, who: Who) -> Result<(), Broken> {
        let Some(tab) = self.pick_paid(who) else { return self.open_tab(who) };
        for _ in 0..self.random.between(1, 6) {
            let amount = Amount::new(self.random.between(1, 120_000), self.asset)?;
            let now = self.queue.now_ms();
            let paid = self.purse(who).with(now, |engine, now| tab::pay(engine, &tab.id, &amount, now));
            let Some(paid) = self.sound(who, paid)? else { return Ok(()) };
            let Some(hold) = tab.hold else { return Ok(()) };
            let signed = self.tabs.signed.entry(hold).or_default();
            *signed = paid.total.value().max(*signed);
            self.note(format!("{who:?} pays from {}: {} in all", tab.id, paid.total));
            let Some(payee) = Holds::read(self.server.database())?.payee(&hold) else { continue };
            let mut screens = self.all();
            screens.retain(|other| *self.purse(*other).account.as_bytes() == payee && !self.purse(*other).is_revoked());
            let Some(to) = self.random.pick(&screens).copied() else { continue };
            let times = if self.happens(self.plan.loss) { 0 } else { 1 + u64::from(self.happens(self.plan.duplicate)) };
            for _ in 0..times {
                let late = self.random.chance(300);
                let delay = self.random.between(1, if late { CARRIED_MS } else { 2_000 });
                let voucher = paid.voucher.as_slice().to_vec();
                self.queue.plan(delay, Event::Voucher(to, who, voucher, 0));
            }
        }
        Ok(())
    }

    /// A payee is shown a voucher.
    pub(crate) fn take(&mut self, to: Who, from: Who, bytes: Vec<u8>, tries: u32) -> Result<(), Broken> {
        let now = self.queue.now_ms();
        let taken = self.purse(to).with(now, |engine, now| tab::take(engine, &bytes, now));
        let later = matches!(taken, Some(Err(Error::Wallet(WalletError::TabUnknown | WalletError::VoucherAhead))));
        let later = later || taken.is_none();
        let elsewhere = matches!(taken, Some(Err(Error::Wallet(WalletError::TabElsewhere))));
        match self.sound(to, taken)? {
            Some(TakenVoucher::Taken { tab, gained, total }) => self.took(to, &tab, &gained, &total),
            Some(TakenVoucher::Behind { newest, .. }) => {
                self.queue.plan(SHOWN_PAUSE_MS / 8, Event::ShownBack(from, newest.as_slice().to_vec()));
                Ok(())
            }
            None if elsewhere && tries < SHOWN_TIMES => {
                // Another phone of the same person takes it.
                let account = self.purse(to).account;
                let mut screens = self.all();
                screens.retain(|other| *other != to && self.purse(*other).account == account);
                let to = self.random.pick(&screens).copied().unwrap_or(to);
                self.queue.plan(1_000, Event::Voucher(to, from, bytes, tries + 1));
                Ok(())
            }
            None if later && tries < SHOWN_TIMES && !self.calm => {
                self.queue.plan(SHOWN_PAUSE_MS, Event::Voucher(to, from, bytes, tries + 1));
                self.sync(to)
            }
            None => Ok(()),
        }
    }

    fn took(&mut self, to: Who, tab: &TabId, gained: &Amount, total: &Amount) -> Result<(), Broken> {
        let all: Vec<EarnedTab> = self.purse(to).disk().look(|store| all_kept(store))?;
        let Some(found) = all.iter().find(|known| known.id == *tab) else { return Ok(()) };
        self.counts.vouchers += u64::from(!gained.is_zero());
        self.note(format!("{to:?} takes {gained} more of {tab}: {total} in all"));
        let (took, delivered) = self.purse(to).book.taken.entry(found.hold).or_default();
        (*took, *delivered) = (found.total.value().max(*took), *delivered + gained.value());
        let once = *delivered <= total.value();
        // An old copy does not know what was taken since, nor does the phone that takes over from one that was revoked.
        hold(Law::TakenIsPaid, once, || format!("{to:?} delivers again for what it took: {tab}"))
    }

    /// A payer that has forgotten is shown its own voucher.
    pub(crate) fn catch_up(&mut self, who: Who, bytes: &[u8]) -> Result<(), Broken> {
        let now = self.queue.now_ms();
        let caught = self.purse(who).with(now, |engine, now| tab::catch_up(engine, bytes, now));
        self.counts.caught_up += u64::from(self.sound(who, caught)? == Some(true));
        Ok(())
    }

    fn raise_tab(&mut self, who: Who) -> Result<(), Broken> {
        let Some(tab) = self.pick_paid(who) else { return Ok(()) };
        let more = self.random.between(0, 500_000);
        let cap =
            tab.standing.as_ref().and_then(|standing| standing.bounds().ok()).map(|bounds| bounds.cap.value() + more);
        let cap = cap.map(|cap| Amount::new(cap, self.asset)).transpose()?;
        let longer = Span::from_ms(self.random.between(0, 4 * HOUR_MS));
        self.begin(who, Errand::raise_tab(tab.id, cap, longer))
    }

    fn close_tab(&mut self, who: Who) -> Result<(), Broken> {
        match self.pick_paid(who) {
            Some(tab) => self.begin(who, Errand::close_tab(tab.id)),
            None => Ok(()),
        }
    }

    fn release_tab(&mut self, who: Who) -> Result<(), Broken> {
        let mut all: Vec<EarnedTab> = self.purse(who).disk().look(|store| all_kept(store)).unwrap_or_default();
        all.retain(|tab| !tab.state.is_over());
        match self.random.pick(&all).map(|tab| tab.id) {
            Some(tab) => self.begin(who, Errand::release(tab)),
            None => Ok(()),
        }
    }
}
