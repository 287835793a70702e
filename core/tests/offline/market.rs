//! A market in a valley without network: a payer with an allowance, stalls that take it, and a verifier beyond the hills.

use crate::safe::Safe;
use crate::town::{Phone, Town, usd};
use farthing_core::engine::Balance;
use farthing_core::error::{Error, WalletError};
use farthing_core::events::EventSeq;
use farthing_core::keys::vault::Vault;
use farthing_core::offline::*;
use farthing_core::store;
use farthing_core::sync::{FlushActs, PullEntries, Refresh};
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::money::Amount;
use farthing_protocol::offline::AllowanceId;
use farthing_protocol::time::Span;
use std::sync::Arc;

pub fn amount(text: &str) -> Amount {
    Amount::parse(text, &[usd()]).unwrap()
}

pub fn wish(cap: &str) -> AllowanceWish {
    AllowanceWish { cap: amount(cap), per_voucher: None, lasts: Some(Span::from_h(48)), grace: None }
}

pub fn asks(sum: &str) -> OfflineWish {
    OfflineWish { amount: amount(sum), memo: None, items: Vec::new(), life: OFFLINE_REQUEST_LIFE }
}

pub struct Market {
    pub town: Town,
    pub ann: Phone,
    pub safe: Arc<Safe>,
    pub stall: Phone,
    pub other: Phone,
}

impl Market {
    /// A cent and a hundredth of each payment is the fee. Everybody has 100.00 USD.
    pub fn new() -> Self {
        let mut town = Town::new();
        let terms = [Terms { asset: usd(), flat: 10_000, bps: 100 }];
        town.verifier.set_fees(&terms, town.now).unwrap();
        let (ann, stall, other) = (town.phone("ann"), town.phone("stall"), town.phone("other"));
        Self { town, ann, safe: Arc::default(), stall, other }
    }

    /// With an allowance.
    pub fn open(cap: &str) -> (Self, AllowanceId) {
        let mut market = Self::new();
        let id = market.order(wish(cap)).unwrap();
        (market, id)
    }

    pub fn order(&mut self, wish: AllowanceWish) -> Result<AllowanceId, Error> {
        let Self { town, ann, safe, .. } = self;
        let draft = town.drive(ann, PrepareAllowance::new(wish))?;
        let draft = draft_of(ann, &draft)?;
        let vault: Arc<dyn Vault> = safe.clone();
        let id = town.drive(ann, AuthoriseAllowance::new(AllowanceApproval::of(&draft), vault))?;
        match town.drive(ann, SendAllowance::new(id))? {
            AllowanceOutcome::Done(id) => Ok(id),
            AllowanceOutcome::Refused { error, .. } | AllowanceOutcome::Unknown { because: error, .. } => Err(error),
        }
    }

    /// What a stall shows.
    pub fn asks(&mut self, sum: &str) -> ShownRequest {
        shown(&ask(&mut self.stall.engine, &asks(sum), self.town.now).unwrap())
    }

    /// What the payer shows after a person's yes.
    pub fn pays(&mut self, shown: &ShownRequest) -> Result<ShownPayment, Error> {
        let now = self.town.now;
        let prompt = match look(&self.ann.engine, shown, None, now)? {
            LookedOffline::Again(paid) => return Ok(seen(&paid)),
            LookedOffline::New(prompt) => prompt,
        };
        let approval = OfflineApproval::of(shown.clone(), &prompt);
        pay(&mut self.ann.engine, self.safe.as_ref(), &approval, now).map(|paid| seen(&paid))
    }

    /// What the stall does with it after a person's yes.
    pub fn takes(&mut self, payment: &ShownPayment) -> Result<TakenOffline, Error> {
        takes(&self.town, &mut self.stall, payment)
    }

    /// A sale, from the request to the delivery.
    pub fn sells(&mut self, sum: &str) -> Result<TakenOffline, Error> {
        let request = self.asks(sum);
        let payment = self.pays(&request)?;
        self.takes(&payment)
    }

    pub fn sync_all(&mut self) {
        for phone in [&mut self.ann, &mut self.stall, &mut self.other] {
            sync(&mut self.town, phone).unwrap();
        }
    }

    /// Everything is claimed, the time is over, and everybody hears of it.
    pub fn settle(&mut self) {
        self.sync_all();
        self.town.pass(Span::from_h(48 + 72));
        while self.town.verifier.sweep(self.town.now).unwrap() {}
        self.sync_all();
    }

    /// The payer's process ends, and another one begins.
    pub fn restart(&mut self) {
        *self.safe.death.lock().unwrap() = None;
        self.ann.restart();
        resume(&mut self.ann.engine, self.safe.as_ref(), self.town.now.wall).unwrap();
    }

    pub fn own(&self, id: &AllowanceId) -> OwnAllowance {
        owned(&self.ann).into_iter().find(|own| own.id == *id).unwrap()
    }
}

pub fn draft_of(phone: &Phone, id: &store::PaymentId) -> Result<AllowanceDraft, Error> {
    AllowanceDraft::of(&store::kept::<AllowanceDraftRecord>(phone.engine.store(), id.as_bytes())?.unwrap())
}

pub fn shown(asked: &AskedOffline) -> ShownRequest {
    ShownRequest::parse(&asked.frame.text().unwrap()).unwrap()
}

pub fn seen(paid: &OfflinePayment) -> ShownPayment {
    ShownPayment::parse(&paid.frame.text().unwrap()).unwrap()
}

pub fn takes(town: &Town, phone: &mut Phone, payment: &ShownPayment) -> Result<TakenOffline, Error> {
    match examine(&mut phone.engine, payment, town.now)? {
        Examined::Taken(before) => Ok(*before),
        Examined::Good(offer) => take(&mut phone.engine, &TakeApproval::of(payment.clone(), &offer), town.now),
    }
}

/// What the wallet's sync does, as far as money without network is concerned.
pub fn sync(town: &mut Town, phone: &mut Phone) -> Result<(), Error> {
    town.drive(phone, Refresh::new())?;
    for own in owned(phone).iter().filter(|own| own.order.is_some() || own.revoking().is_some()) {
        town.drive(phone, SendAllowance::new(own.id))?;
    }
    town.drive(phone, FlushActs::new())?;
    town.drive(phone, PullEntries::new())?;
    town.drive(phone, ClaimOffline::new())?;
    town.drive(phone, ReadShares::new())?;
    town.drive(phone, ReadRevoked::new())?;
    town.drive(phone, PullEntries::new()).map(drop)
}

pub fn owned(phone: &Phone) -> Vec<OwnAllowance> {
    store::all_kept(phone.engine.store()).unwrap()
}

pub fn taken(phone: &Phone) -> Vec<TakenOffline> {
    store::all_kept(phone.engine.store()).unwrap()
}

/// What can be spent, and what is held, in dollars.
pub fn balance(phone: &Phone) -> [String; 2] {
    let Balance { available, held, incoming } = phone.engine.balances().unwrap()[0];
    assert!(incoming.is_zero(), "what was taken without network counts for nothing");
    [available, held].map(|amount| amount.number_text())
}

pub fn names(phone: &Phone) -> Vec<&'static str> {
    let events = phone.engine.store().events(EventSeq(0), 100_000).unwrap();
    let names = events.iter().map(|event| event.kind.name());
    let ours = ["allowance", "paid_offline", "taken", "offline", "payer", "entry"];
    names.filter(|name| ours.iter().any(|begin| name.starts_with(begin))).collect()
}

pub fn wallet_error<T: std::fmt::Debug>(result: Result<T, Error>) -> WalletError {
    match result.unwrap_err() {
        Error::Wallet(error) => error,
        other => panic!("{other:?}"),
    }
}
