//! One tab from the offer to its end, on disks that fail: who took a voucher gets what it took.

use crate::deed::Doing;
use crate::street::{GRANT, Street, Trouble, Who, usd};
use farthing_core::error::{Error, WalletError};
use farthing_core::generation::Contact;
use farthing_core::payment::{Asked, MadeRequest, MakeRequest, OfferWish};
use farthing_core::store::{Kept, all_kept};
use farthing_core::tab::{
    self, AuthoriseTab, ClaimTabs, Claimable, CloseTab, EarnedTab, PaidTab, PrepareTab, ReleaseTab, SendTab,
    TabApproval, TabDraft, TabId, TabOutcome, TabState, TabTarget, TabTerms, TakenVoucher,
};
use farthing_protocol::money::Amount;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::OfferTerms;
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;

const DROP: u64 = 20_000;
const DROPS: u64 = 3;

/// How far the two have come.
pub struct TabDeed {
    number: usize,
    offer: Option<MadeRequest>,
    /// So much Bob has delivered for, as he was told.
    taken: u64,
}

fn units(units: u64) -> Amount {
    Amount::new(units, usd()).unwrap()
}

fn all<T: Kept>(street: &Street, who: Who) -> Result<Vec<T>, Trouble> {
    let phone = if who == Who::Ann { &street.ann } else { &street.bob };
    let engine = phone.engine.as_ref().ok_or(Trouble::Dark)?;
    Ok(all_kept(engine.store()).map_err(Error::from)?)
}

impl Doing for TabDeed {
    fn new(number: usize) -> Self {
        Self { number, offer: None, taken: 0 }
    }

    fn go_on(&mut self, street: &mut Street) -> Result<(), Trouble> {
        street.open()?;
        street.sync(Who::Ann)?;
        street.sync(Who::Bob)?;
        let paid: Vec<PaidTab> = all(street, Who::Ann)?;
        let ended = paid.iter().filter(|tab| tab.state == TabState::Ended).count();
        assert!(ended <= self.number + 1, "a tab was opened twice");
        if ended == self.number {
            let tab = match paid.into_iter().find(|tab| tab.state != TabState::Draft && !tab.state.is_over()) {
                Some(tab) => tab.id,
                None => self.begin(street)?,
            };
            self.drops(street, &tab)?;
            street.run(Who::Bob, ClaimTabs::new(Claimable::All))?;
            street.run(Who::Ann, CloseTab::new(tab))?;
            outcome(street.run(Who::Ann, SendTab::new(tab))?)?;
            street.sync(Who::Bob)?;
        }
        let live: Vec<EarnedTab> = all(street, Who::Bob)?;
        for tab in live.iter().filter(|tab| !tab.state.is_over()) {
            street.run(Who::Bob, ClaimTabs::new(Claimable::All))?;
            street.run(Who::Bob, ReleaseTab::new(tab.id))?;
        }
        street.sync(Who::Ann)?;
        let mut earned: Vec<EarnedTab> = all(street, Who::Bob)?;
        earned.sort_by_key(|tab| tab.id);
        let newest = earned.last().expect("a tab that has ended");
        assert!(newest.standing.claimed.value() >= self.taken, "{} were taken of {newest:?}", self.taken);
        Ok(())
    }

    fn check(street: &Street, deeds: usize) {
        let paid: Vec<PaidTab> = all(street, Who::Ann).unwrap();
        let earned: Vec<EarnedTab> = all(street, Who::Bob).unwrap();
        let ended = paid.iter().filter(|tab| tab.state == TabState::Ended).count();
        assert_eq!((ended, earned.len()), (deeds, deeds));
        let moved: u64 = earned.iter().map(|tab| tab.standing.claimed.value()).sum();
        let signed: u64 = paid.iter().map(|tab| tab.total.value().max(tab.ceiling.value())).sum();
        assert!(moved >= DROP * DROPS * deeds as u64 && moved <= signed, "{moved} units of {signed}");
        let (grant, moved) = (i64::try_from(GRANT).unwrap(), i64::try_from(moved).unwrap());
        assert_eq!((street.balance(Who::Ann), street.balance(Who::Bob)), (grant - moved, grant + moved));
    }
}

impl TabDeed {
    fn begin(&mut self, street: &mut Street) -> Result<TabId, Trouble> {
        if self.offer.is_none() {
            street.run(Who::Bob, Contact::new())?;
            let terms = OfferTerms {
                price: units(DROP),
                unit: Text::new("article").unwrap(),
                cap: units(100 * DROP),
                lasts: Span::from_h(24),
                grace: Span::from_h(24),
                meter: None,
            };
            let wish = OfferWish { terms, memo: None, life: Span::from_h(1) };
            self.offer = Some(street.run(Who::Bob, MakeRequest::asking(Asked::Offer(wish), Usage::Single))?);
        }
        let link = self.offer.as_ref().map(|made| Pointer::parse(&made.link).unwrap()).unwrap();
        street.run(Who::Ann, Contact::new())?;
        let id = street.run(Who::Ann, PrepareTab::new(TabTarget::Link(link), TabTerms::default()))?;
        let drafted = all::<PaidTab>(street, Who::Ann)?.into_iter().find(|tab| tab.id == id);
        let now = street.now;
        let engine = street.ann.engine.as_ref().ok_or(Trouble::Dark)?;
        let draft = TabDraft::of(engine, &drafted.expect("a draft that was shown"), now)?;
        let id = street.run(Who::Ann, AuthoriseTab::new(TabApproval::of(&draft)))?;
        outcome(street.run(Who::Ann, SendTab::new(id))?)?;
        Ok(id)
    }

    /// Pays drops and takes them, until there are enough.
    fn drops(&mut self, street: &mut Street, id: &TabId) -> Result<(), Trouble> {
        let known = all::<EarnedTab>(street, Who::Bob)?.into_iter().find(|tab| !tab.state.is_over());
        let mut taken = known.map_or(0, |tab| tab.total.value());
        assert!(taken >= self.taken, "a voucher that was taken is gone");
        let closed = |error: &Error| matches!(error, Error::Wallet(WalletError::TabNotOpen));
        while taken < DROP * DROPS {
            street.sync(Who::Bob)?;
            street.pass(Span::from_ms(1));
            let now = street.now;
            let engine = street.ann.engine.as_mut().ok_or(Trouble::Dark)?;
            let paid = tab::pay(engine, id, &units(DROP), now);
            street.darken(Who::Ann)?;
            let paid = match paid {
                // A closing is stored by then.
                Err(error) if closed(&error) => unreachable!("it was closed before enough was taken"),
                paid => paid?,
            };
            let engine = street.bob.engine.as_mut().ok_or(Trouble::Dark)?;
            let took = tab::take(engine, paid.voucher.as_slice(), now);
            if let Ok(TakenVoucher::Taken { total, .. }) = &took {
                (taken, self.taken) = (total.value(), total.value());
            }
            street.darken(Who::Bob)?;
            if let TakenVoucher::Behind { newest, .. } = took? {
                let engine = street.ann.engine.as_mut().ok_or(Trouble::Dark)?;
                let caught = tab::catch_up(engine, newest.as_slice(), now);
                street.darken(Who::Ann)?;
                caught?;
            }
        }
        Ok(())
    }
}

fn outcome(outcome: TabOutcome) -> Result<(), Trouble> {
    match outcome {
        TabOutcome::Done(_) => Ok(()),
        TabOutcome::Refused { error, .. } => unreachable!("it was refused: {error}"),
        TabOutcome::Unknown { because, .. } => Err(Trouble::Told(because)),
    }
}
