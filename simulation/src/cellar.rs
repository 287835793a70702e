//! Cellars without network, for days: people set allowances aside while they have it, show each other requests and payments when they
//! have none, claim, revoke and settle. Some put a whole phone back, and pay with it what they have paid before.

use crate::days::HOUR_MS;
use crate::errand::Errand;
use crate::event::{Event, Who};
use crate::family::Family;
use crate::laws::{Allowances, Broken, Law, Took, hold};
use crate::world::World;
use farthing_core::error::{Error, WalletError};
use farthing_core::offline::{
    self, AllowanceApproval, AllowanceDraft, AllowanceDraftRecord, AllowanceOutcome, AllowanceState, AllowanceWish,
    Examined, LookedOffline, OfflineApproval, OfflinePayment, OfflineWish, OwnAllowance, OwnVoucher, ShownPayment,
    ShownRequest, TakeApproval,
};
use farthing_core::store::{PaymentId, all_kept};
use farthing_protocol::cbor::Bytes;
use farthing_protocol::cose::Signed;
use farthing_protocol::details::Memo;
use farthing_protocol::money::Amount;
use farthing_protocol::offline::{AllowanceId, Frame, OfflineRequest, OfflineVoucher, contradict, contradict_at_payee};
use farthing_protocol::time::{Span, Time};
use std::collections::{BTreeMap, BTreeSet};

/// How often something is shown to a phone that is not ready for it, and the pause between.
const SHOWN_TIMES: u32 = 4;
const SHOWN_PAUSE_MS: u64 = 8_000;

/// What two people do in front of each other.
pub(crate) enum Scene {
    /// A person decides on the draft of an allowance.
    Choose(Who, PaymentId),
    /// The payer is shown a request by the payee, for so many times already.
    Request { payer: Who, payee: Who, text: String, tries: u32 },
    /// The payee is shown a payment, for so many times already.
    Payment { payee: Who, text: String, tries: u32 },
}

/// What is known of allowances beside what wallets and the verifier know.
#[derive(Default)]
pub(crate) struct Cellar {
    /// What was signed from each, and shown to somebody, with the request that it answers.
    signed: BTreeMap<AllowanceId, Vec<(OfflineVoucher, OfflineRequest)>>,
    /// Allowances whose phone was put back as a whole.
    pub(crate) cheated: BTreeSet<AllowanceId>,
    /// Up to which position allowances were looked at, and in which epoch.
    looked: (u64, i64),
}

impl World {
    /// What a person does who has no network, or expects to have none.
    pub(crate) fn go_down(&mut self, who: Who) -> Result<(), Broken> {
        match self.random.between(0, 100) {
            0..14 => self.set_aside(who),
            14..78 => self.sell(who),
            78..84 => self.begin(who, Errand::claim_offline()),
            84..87 => self.revoke_allowance(who),
            87..90 => self.set_limit(who),
            _ => self.sync(who),
        }
    }

    /// What the verifier's allowances come to, after each step that changed them.
    pub(crate) fn check_cellar(&mut self) -> Result<(), Broken> {
        let now = (self.server.epochs(), self.server.ledger.seq());
        if self.family != Family::Cellar || now == self.cellar.looked {
            return Ok(());
        }
        self.cellar.looked = now;
        let sum = |all: &Vec<(OfflineVoucher, OfflineRequest)>| {
            // One request counts once, however many vouchers answer it.
            let requests: BTreeMap<_, u64> = all.iter().map(|(v, _)| (v.request, v.amount.get())).collect();
            requests.values().sum()
        };
        let signed = self.cellar.signed.iter().map(|(id, all)| (*id, sum(all))).collect();
        Allowances::read(self.server.database())?.check(&signed, &self.cellar.cheated)
    }

    fn set_aside(&mut self, who: Who) -> Result<(), Broken> {
        let cap = Amount::new(self.random.between(100_000, 3_000_000), self.asset)?;
        let per_voucher = self.random.chance(300).then(|| self.random.between(50_000, cap.value()));
        let wish = AllowanceWish {
            cap,
            per_voucher: per_voucher.map(|units| Amount::new(units, self.asset)).transpose()?,
            lasts: Some(Span::from_ms(self.random.between(HOUR_MS, 40 * HOUR_MS))),
            grace: Some(Span::from_ms(self.random.between(72 * HOUR_MS, 80 * HOUR_MS))),
        };
        self.begin(who, Errand::allow(wish))
    }

    pub(crate) fn look_at_allowance_soon(&mut self, who: Who, draft: PaymentId) {
        let pause = self.random.between(500, 8_000);
        self.decide_in(pause, || Event::Cellar(Scene::Choose(who, draft)));
    }

    pub(crate) fn play_scene(&mut self, scene: Scene) -> Result<(), Broken> {
        match scene {
            Scene::Choose(who, draft) => self.choose_allowance(who, draft),
            Scene::Request { payer, payee, text, tries } => self.buy(payer, payee, text, tries),
            Scene::Payment { payee, text, tries } => self.accept(payee, text, tries),
        }
    }

    fn choose_allowance(&mut self, who: Who, id: PaymentId) -> Result<(), Broken> {
        let (now, choice) = (self.queue.now_ms(), self.random.between(0, 100));
        let looked = self.purse(who).with(now, |engine, _| {
            let all: Vec<AllowanceDraftRecord> = all_kept(engine.store())?;
            let Some(found) = all.into_iter().find(|draft| draft.id == id && draft.confirmed.is_none()) else {
                return Ok(None);
            };
            if choice < 5 {
                offline::discard(engine, &id)?;
                return Ok(None);
            }
            AllowanceDraft::of(&found).map(Some)
        });
        match self.sound(who, looked)?.flatten().filter(|_| choice >= 8) {
            Some(draft) => {
                let vault = self.purse(who).vault();
                self.begin(who, Errand::authorise_allowance(AllowanceApproval::of(&draft), vault))
            }
            None => Ok(()),
        }
    }

    pub(crate) fn allowance_sent(&mut self, who: Who, outcome: AllowanceOutcome) -> Result<(), Broken> {
        match outcome {
            AllowanceOutcome::Unknown { because, .. } => self.alarm(who, &because),
            AllowanceOutcome::Done(id) => {
                self.note(format!("{who:?}: allowance {id} is as it was asked for"));
                Ok(())
            }
            AllowanceOutcome::Refused { allowance, error } => {
                self.note(format!("{who:?}: allowance {allowance} is refused: {error}"));
                Ok(())
            }
        }
    }

    /// Somebody is asked for money, or two people are for the same.
    fn sell(&mut self, who: Who) -> Result<(), Broken> {
        let wish = OfflineWish {
            amount: Amount::new(self.random.between(1, 400_000), self.asset)?,
            memo: if self.random.chance(300) { Some(Memo::new("Soup")?) } else { None },
            items: Vec::new(),
            life: Span::from_ms(self.random.between(60_000, HOUR_MS)),
        };
        let now = self.queue.now_ms();
        let asked = self.purse(who).with(now, |engine, now| offline::ask(engine, &wish, now));
        let Some(asked) = self.sound(who, asked)? else { return Ok(()) };
        let text = asked.frame.text()?;
        let own = self.purse(who).account;
        let mut others = self.all();
        others.retain(|other| self.purse(*other).account != own);
        for _ in 0..=u64::from(self.random.chance(100)) {
            let Some(payer) = self.random.pick(&others).copied() else { return Ok(()) };
            let delay = self.random.between(500, 10_000);
            self.queue.plan(delay, Event::Cellar(Scene::Request { payer, payee: who, text: text.clone(), tries: 0 }));
        }
        Ok(())
    }

    /// A payer looks at a request, and pays it, or walks away.
    fn buy(&mut self, payer: Who, payee: Who, text: String, tries: u32) -> Result<(), Broken> {
        let (now, choice) = (self.queue.now_ms(), self.random.between(0, 100));
        let vault = self.purse(payer).vault();
        let paid = self.purse(payer).with(now, |engine, now| {
            let shown = ShownRequest::parse(&text)?;
            match offline::look(engine, &shown, None, now)? {
                LookedOffline::Again(payment) => Ok(Some(payment)),
                LookedOffline::New(_) if choice < 8 => Ok(None),
                LookedOffline::New(prompt) => {
                    offline::pay(engine, vault.as_ref(), &OfflineApproval::of(shown, &prompt), now).map(Some)
                }
            }
        });
        if paid.is_none() && tries < SHOWN_TIMES && !self.calm {
            let again = Scene::Request { payer, payee, text, tries: tries + 1 };
            self.queue.plan(SHOWN_PAUSE_MS, Event::Cellar(again));
            return Ok(());
        }
        let without = matches!(paid, Some(Err(Error::Wallet(WalletError::AllowanceUnknown))));
        let Some(payment) = self.sound(payer, paid)?.flatten() else {
            return if without && self.random.chance(300) { self.set_aside(payer) } else { Ok(()) };
        };
        self.signed(payer, &payment.allowance)?;
        let text = payment.frame.text()?;
        self.note(format!("{payer:?} pays {payee:?} {} from {}", payment.amount, payment.allowance));
        // Some leave before it was looked at, others show it twice.
        let times = if self.random.chance(80) { 0 } else { 1 + u64::from(self.random.chance(150)) };
        for _ in 0..times {
            let delay = self.random.between(500, 10_000);
            self.queue.plan(delay, Event::Cellar(Scene::Payment { payee, text: text.clone(), tries: 0 }));
        }
        // A phone that is asked twice shows the same.
        if self.random.chance(100) {
            let pause = self.random.between(1, 60_000);
            let Some(text) = self.request_of(payer, &payment)? else { return Ok(()) };
            self.queue.plan(pause, Event::Cellar(Scene::Request { payer, payee, text, tries: SHOWN_TIMES }));
        }
        Ok(())
    }

    /// The request that a payment answers, as it was shown, where it has no details.
    fn request_of(&mut self, payer: Who, payment: &OfflinePayment) -> Result<Option<String>, Broken> {
        let all: Vec<OwnVoucher> = self.purse(payer).disk().look(|store| all_kept(store))?;
        let found = all.into_iter().find(|v| (v.allowance, v.seq) == (payment.allowance, payment.seq));
        let Some(found) = found.filter(|voucher| voucher.details.is_none()) else { return Ok(None) };
        Ok(Frame::Request(Bytes::new(found.request.as_slice().to_vec())?).text().ok())
    }

    /// What a payer shows is on its disk, and agrees with all that it ever showed, unless its phone was put back as a whole.
    fn signed(&mut self, payer: Who, allowance: &AllowanceId) -> Result<(), Broken> {
        let all: Vec<OwnVoucher> = self.purse(payer).disk().look(|store| all_kept(store))?;
        for voucher in all.into_iter().filter(|voucher| voucher.allowance == *allowance) {
            let request = Signed::<OfflineRequest>::parse(voucher.request.as_slice())?.claims().clone();
            let voucher = Signed::<OfflineVoucher>::parse(voucher.voucher.as_slice())?.claims().clone();
            let before = self.cellar.signed.entry(*allowance).or_default();
            if before.iter().any(|(known, _)| *known == voucher) {
                continue;
            }
            self.counts.paid_offline += 1;
            if !self.cellar.cheated.contains(allowance) {
                let against = before.iter().find_map(|(known, asked)| {
                    let same = asked.payee == request.payee;
                    if same { contradict_at_payee(known, &voucher) } else { contradict(known, &voucher) }
                });
                hold(Law::NeverProvable, against.is_none(), || {
                    format!("{payer:?} contradicts itself in {allowance}: {against:?}")
                })?;
            }
            before.push((voucher, request));
        }
        Ok(())
    }

    /// A payee looks at a payment, and takes it.
    fn accept(&mut self, payee: Who, text: String, tries: u32) -> Result<(), Broken> {
        let (now, choice) = (self.queue.now_ms(), self.random.between(0, 100));
        let taken = self.purse(payee).with(now, |engine, now| {
            let shown = ShownPayment::parse(&text)?;
            match offline::examine(engine, &shown, now)? {
                Examined::Taken(_) => Ok(None),
                Examined::Good(_) if choice < 5 => Ok(None),
                Examined::Good(offer) => {
                    let most = offer.could_lose.all.value();
                    let taken = offline::take(engine, &TakeApproval::of(shown, &offer), now)?;
                    Ok(Some((taken, most)))
                }
            }
        });
        if taken.is_none() && tries < SHOWN_TIMES && !self.calm {
            let again = Scene::Payment { payee, text, tries: tries + 1 };
            self.queue.plan(SHOWN_PAUSE_MS, Event::Cellar(again));
            return Ok(());
        }
        self.is_no_blame(payee, &text, &taken)?;
        let Some((taken, most)) = self.sound(payee, taken)?.flatten() else { return Ok(()) };
        self.counts.taken_offline += 1;
        self.note(format!("{payee:?} takes {} of {}: {}", taken.amount, taken.allowance, taken.id));
        let in_time = self.is_in_time(&taken.allowance, now)?;
        let purse = self.purse(payee);
        let took = Took::now(purse.disk(), taken.id, most, in_time)?;
        purse.book.offline.push(took);
        Ok(())
    }

    /// Nobody is blamed for what it did not do.
    fn is_no_blame<T>(&mut self, payee: Who, text: &str, taken: &Option<Result<T, Error>>) -> Result<(), Broken> {
        let Some(Err(Error::Wallet(error))) = taken else { return Ok(()) };
        match error {
            WalletError::PayerContradicts => {
                self.counts.contradictions += 1;
                let ours = |id: &AllowanceId| self.cellar.cheated.contains(id);
                let named = Frame::parse(text).ok().and_then(|frame| match frame {
                    Frame::Payment(_, voucher) => {
                        let voucher = Signed::<OfflineVoucher>::parse(voucher.as_slice()).ok()?;
                        Some(voucher.claims().allowance)
                    }
                    _ => None,
                });
                hold(Law::NeverProvable, named.as_ref().is_some_and(ours), || format!("{payee:?} blames {named:?}"))
            }
            // A folder that was put back has forgotten its requests, and an epoch that was lost its allowances.
            WalletError::PaymentNotGood | WalletError::OfflineUnknownKey => {
                let known = self.plan.copies || self.plan.loses_disk || self.plan.certifies;
                hold(Law::NoFalseAlarm, known, || format!("{payee:?} takes no good payment: {error}"))
            }
            _ => Ok(()),
        }
    }

    /// Whether the time to spend is not over, by the verifier's clock: phones' own can be wrong by a year.
    fn is_in_time(&self, allowance: &AllowanceId, now_ms: u64) -> Result<bool, Broken> {
        let until = Allowances::read(self.server.database())?.spend_until(allowance);
        Ok(until.is_some_and(|until| self.server.wall(now_ms) < Time::from_ms(until)))
    }

    fn revoke_allowance(&mut self, who: Who) -> Result<(), Broken> {
        let mut all: Vec<OwnAllowance> = self.purse(who).disk().look(|store| all_kept(store)).unwrap_or_default();
        all.retain(|own| own.state == AllowanceState::Open);
        match self.random.pick(&all).map(|own| own.id) {
            Some(id) => self.begin(who, Errand::revoke_allowance(id)),
            None => Ok(()),
        }
    }

    fn set_limit(&mut self, who: Who) -> Result<(), Broken> {
        let most = Amount::new(self.random.between(0, 20_000_000), self.asset)?;
        let now = self.queue.now_ms();
        let set = self.purse(who).with(now, |engine, _| offline::set_limit(engine, most));
        self.sound(who, set).map(drop)
    }

    /// A phone is put back as a whole: its vault, too, has forgotten what it signed since.
    pub(crate) fn cheat(&mut self, who: Who) -> Result<(), Broken> {
        let before = self.purse(who).spending()?;
        self.purse(who).put_spending_back()?;
        let after = self.purse(who).spending()?;
        let ids: Vec<AllowanceId> = self.cellar.signed.keys().copied().collect();
        for id in ids {
            if before.anchor(&id) != after.anchor(&id) && self.cellar.cheated.insert(id) {
                self.note(format!("{who:?} puts back the whole phone: it signs from {id} what it has signed before"));
            }
        }
        Ok(())
    }
}
