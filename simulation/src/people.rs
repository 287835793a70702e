//! What people do with their wallets, and what a wallet's program does by itself.

use crate::disk::{Dies, Trouble};
use crate::errand::{Done, Errand};
use crate::event::{Event, Who};
use crate::family::Family;
use crate::laws::{Broken, Law, hold};
use crate::purse::Went;
use crate::trace::short;
use crate::world::{World, off_ms};
use farthing_core::error::{Error, WalletError};
use farthing_core::payment::request::made;
use farthing_core::payment::{Approval, Draft, Outcome, RequestTerms, Target, saga};
use farthing_core::store::{PaymentId, PaymentState, RequestState, Store as _, StoreError};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::details::{Item, Memo};
use farthing_protocol::id::Digest;
use farthing_protocol::money::Amount;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;

/// How often a payment is sent before it is left to sync, and the first pause, as in the wallet.
const SEND_TRIES: u32 = 6;
const SEND_PAUSE_MS: u64 = 250;
/// The pause before a call to the rendezvous is made again, as in the wallet.
const AGAIN_MS: u64 = 500;

impl World {
    /// A person does something, and something may happen to the phone.
    pub(crate) fn act(&mut self, who: Who) -> Result<(), Broken> {
        if self.calm {
            return Ok(());
        }
        let pause = self.random.between(self.plan.pause_ms / 10, self.plan.pause_ms);
        self.queue.plan(pause, Event::Act(who));
        if !self.purse(who).is_open() {
            return Ok(());
        }
        if self.happens(self.plan.clock_step) {
            self.counts.clock_steps += 1;
            let ahead = off_ms(&mut self.random);
            self.purse(who).clocks.ahead_ms = ahead;
        }
        if self.happens(self.plan.store_crash) {
            let (writes, before) = (self.random.between(1, 5), self.random.chance(500));
            let dies = if before { Dies::Before } else { Dies::After };
            self.purse(who).disk().expect(writes, Trouble::Dies(dies), 1);
        }
        if self.happens(self.plan.disk_trouble) {
            let (writes, lasts) = (self.random.between(1, 5), self.random.between(1, 5));
            let trouble = if self.random.chance(500) { Trouble::Full } else { Trouble::Fails };
            self.purse(who).disk().expect(writes, trouble, lasts);
        }
        if self.family.lasts_days() && self.random.chance(800) {
            if self.family == Family::Tabs {
                self.keep_tabs(who)?
            } else {
                self.go_down(who)?
            }
            return self.is_killed(who);
        }
        // In a storm people pay, and do little else.
        let most = if self.plan.is_storm && self.random.chance(500) { (40, 75) } else { (0, 100) };
        match self.random.between(most.0, most.1) {
            0..26 => {
                let short = self.random.chance(250);
                let (from, to) = if short { (1_000, 30_000) } else { (60_000, 3_600_000) };
                let life_ms = self.random.between(from, to);
                self.ask(who, life_ms)
            }
            26..56 => self.pay_link(who),
            56..75 => self.pay_alias(who),
            75..79 => self.cancel(who),
            79..83 => self.confirm_again(who),
            83..90 => self.pass_on(who),
            90..94 => self.begin(who, Errand::pull()),
            _ => self.sync(who),
        }?;
        self.is_killed(who)
    }

    fn is_killed(&mut self, who: Who) -> Result<(), Broken> {
        if self.happens(self.plan.wallet_crash) && self.purse(who).is_open() {
            self.note(format!("{who:?}'s wallet is killed"));
            self.purse(who).kill();
            self.plan_opening(who);
        }
        Ok(())
    }

    pub(crate) fn ask(&mut self, who: Who, life_ms: u64) -> Result<(), Broken> {
        let amount = if self.random.chance(700) { Some(self.amount()?) } else { None };
        let memo = self.memo()?;
        let items = match amount.filter(|_| self.random.chance(300)) {
            Some(amount) => vec![Item { name: Text::new("one of everything")?, amount }],
            None => Vec::new(),
        };
        self.begin(who, Errand::request(RequestTerms { amount, memo, items, life: Span::from_ms(life_ms) }))
    }

    fn pay_link(&mut self, who: Who) -> Result<(), Broken> {
        let mut links = self.links.clone();
        // Now and then somebody scans what they made themselves.
        let own = self.random.chance(50);
        links.retain(|(by, ..)| (*by == who) == own);
        // What was made last is paid most; the rest late.
        let newest = links.last().cloned().filter(|_| self.random.chance(600));
        let Some((_, pointer, open)) = newest.or_else(|| self.random.pick(&links).cloned()) else { return Ok(()) };
        // Two scans of one request can both become drafts, and both be confirmed.
        let scans = if self.random.chance(200) { 2 } else { 1 };
        for _ in 0..scans {
            let memo = self.memo()?;
            self.begin(who, Errand::prepare(Target::Request(pointer.clone()), open, memo))?;
        }
        Ok(())
    }

    pub(crate) fn pay_alias(&mut self, who: Who) -> Result<(), Broken> {
        let payee = self.payee_of(who);
        let alias = self.purse(payee).alias.clone();
        let (amount, memo) = (self.amount()?, self.memo()?);
        self.begin(who, Errand::prepare(Target::Alias(alias), Some(amount), memo))
    }

    fn cancel(&mut self, who: Who) -> Result<(), Broken> {
        let requests = self.purse(who).disk().requests(usize::MAX).unwrap_or_default();
        match self.random.pick(&requests).map(|request| request.id) {
            Some(id) => self.begin(who, Errand::cancel(id)),
            None => Ok(()),
        }
    }

    /// Confirms what was confirmed before, as a program does that was not told.
    fn confirm_again(&mut self, who: Who) -> Result<(), Broken> {
        let history = self.purse(who).disk().history(None, usize::MAX).unwrap_or_default();
        match self.random.pick(&history).map(|payment| payment.id) {
            Some(id) => self.begin(who, Errand::authorise(Approval::from_parts(id, Digest::of(b"")))),
            None => Ok(()),
        }
    }

    /// Shows a request again, for example one that was opened by a sync.
    fn pass_on(&mut self, who: Who) -> Result<(), Broken> {
        let mut requests = self.purse(who).disk().requests(usize::MAX).unwrap_or_default();
        requests.retain(|request| request.state == RequestState::Open);
        let Some(request) = self.random.pick(&requests).cloned() else { return Ok(()) };
        let now = self.queue.now_ms();
        match self.purse(who).with(now, |engine, _| made(engine, &request)) {
            Some(made) => self.link(who, &made?.link),
            None => Ok(()),
        }
    }

    /// Somebody with another account.
    fn payee_of(&mut self, who: Who) -> Who {
        if !self.plan.is_storm {
            return who.other();
        }
        let own = self.purse(who).account;
        let mut others = self.all();
        others.retain(|other| self.purse(*other).account != own);
        self.random.pick(&others).copied().unwrap_or(Who::Bob)
    }

    /// What was done at once: a disk in trouble is no alarm, and nothing was done.
    pub(crate) fn sound<T>(&mut self, who: Who, done: Option<Result<T, Error>>) -> Result<Option<T>, Broken> {
        match done {
            Some(Ok(done)) => Ok(Some(done)),
            Some(Err(error)) => self.alarm(who, &error).map(|()| None),
            None => Ok(None),
        }
    }

    fn link(&mut self, who: Who, link: &str) -> Result<(), Broken> {
        // What the payee leaves open the payer fills in; where it does not, the amount must be left out.
        let open = if self.random.chance(300) { Some(self.amount()?) } else { None };
        self.links.push((who, Pointer::parse(link)?, open));
        Ok(())
    }

    fn amount(&mut self) -> Result<Amount, Broken> {
        let all = self.random.chance(80);
        let units = if all { self.random.between(5_000_000, 30_000_000) } else { self.random.between(1, 1_500_000) };
        Ok(Amount::new(units, self.asset)?)
    }

    fn memo(&mut self) -> Result<Option<Memo>, Broken> {
        let length = self.random.between(0, 200);
        let word = short(&self.random.bytes());
        let text = format!("{word} {}", "and ".repeat(usize::try_from(length).unwrap_or(0))).trim().to_owned();
        Ok(if self.random.chance(800) { Some(Memo::new(&text)?) } else { None })
    }

    /// A person looks at a draft.
    pub(crate) fn choose(&mut self, who: Who, id: &PaymentId) -> Result<(), Broken> {
        let now = self.queue.now_ms();
        let choice = self.random.between(0, 100);
        let looked = self.purse(who).with(now, |engine, now| {
            let payment = engine.store().payment(id)?.filter(|payment| payment.state == PaymentState::Draft);
            let Some(payment) = payment else { return Ok(None) };
            if choice < 8 {
                saga::discard(engine, id)?;
                return Ok(None);
            }
            Draft::of(engine, &payment, now).map(Some)
        });
        let Some(draft) = self.sound(who, looked)?.flatten() else { return Ok(()) };
        if choice < 12 {
            // Looked at and left: the draft stays, as when a person puts the phone away.
            return Ok(());
        }
        self.begin(who, Errand::authorise(Approval::of(&draft)))?;
        if choice > 85 { self.begin(who, Errand::authorise(Approval::of(&draft))) } else { Ok(()) }
    }

    /// Sets out on an errand, when a process runs.
    pub(crate) fn begin(&mut self, who: Who, errand: Errand) -> Result<(), Broken> {
        let now = self.queue.now_ms();
        self.note(format!("{who:?} begins {}", errand.name()));
        let went = self.purse(who).begin(errand, now)?;
        self.went(who, went)
    }

    /// One sync at a time, as in the wallet.
    pub(crate) fn sync(&mut self, who: Who) -> Result<(), Broken> {
        if self.purse(who).is_syncing() { Ok(()) } else { self.begin(who, Errand::sync()) }
    }

    pub(crate) fn resend(&mut self, who: Who, life: u64, payment: PaymentId, tries: u32) -> Result<(), Broken> {
        if self.purse(who).life() == life && self.purse(who).is_open() {
            self.begin(who, Errand::send(payment, tries))
        } else {
            Ok(())
        }
    }

    /// What came of a step of an errand.
    pub(crate) fn went(&mut self, who: Who, went: Went) -> Result<(), Broken> {
        match went {
            Went::Out(envelope, call) => {
                self.send(envelope, call);
                Ok(())
            }
            Went::Over(done) => self.over(who, done),
            Went::Failed(error) => {
                self.note(format!("{who:?} fails: {} {error}", error.code()));
                if self.begins_anew(who, &error)? {
                    return Ok(());
                }
                self.alarm(who, &error)
            }
            Went::Ignored => Ok(()),
        }
    }

    fn over(&mut self, who: Who, done: Done) -> Result<(), Broken> {
        match done {
            Done::Prepared(id, memo) => {
                self.note(format!("{who:?} has draft {id}"));
                self.purse(who).written.insert(id, memo);
                self.look_soon(who, id);
            }
            Done::Authorised(id) => {
                if self.purse(who).sending.insert(id) {
                    return self.begin(who, Errand::send(id, 0));
                }
            }
            Done::Sent(outcome, tries) => return self.sent(who, outcome, tries),
            Done::Requested(made) => {
                if let Some(encores) = &mut self.encores {
                    encores.insert(who);
                }
                self.link(who, &made.link)?;
                return self.begin(who, Errand::flush());
            }
            Done::Offered(made) => {
                self.offered(who, &made.link)?;
                return self.begin(who, Errand::flush());
            }
            Done::TabPrepared(tab) => self.look_at_tab_soon(who, tab),
            Done::TabSigned(tab) => return self.begin(who, Errand::send_tab(tab)),
            Done::TabSent(outcome) => return self.tab_sent(who, outcome),
            Done::AllowancePrepared(draft) => self.look_at_allowance_soon(who, draft),
            Done::AllowanceSigned(id) => return self.begin(who, Errand::send_allowance(id)),
            Done::AllowanceSent(outcome) => return self.allowance_sent(who, outcome),
            Done::Synced => {
                self.synced.insert(who);
                if self.family.lasts_days() {
                    self.accept_loss(who)?;
                }
            }
            Done::Again(errand) => {
                let life = self.purse(who).life();
                self.queue.plan(AGAIN_MS, Event::Again(who, life, errand));
            }
            Done::Comparing(compare) => return self.compared(who, *compare),
            Done::Changed => {
                self.note(format!("{who:?} has changed the devices"));
            }
            Done::Nothing => {}
        }
        Ok(())
    }

    /// People take their time; some take it twice.
    fn look_soon(&mut self, who: Who, id: PaymentId) {
        let late = self.happens(100);
        let pause = if late { self.random.between(60_000, 400_000) } else { self.random.between(500, 15_000) };
        self.decide_in(pause, || Event::Choose(who, id));
    }

    /// A person decides on something after a while; some look at it twice.
    pub(crate) fn decide_in(&mut self, pause: u64, decision: impl Fn() -> Event) {
        self.queue.plan(pause, decision());
        if self.random.chance(150) {
            self.queue.plan(pause + 1, decision());
        }
    }

    fn sent(&mut self, who: Who, outcome: Outcome, tries: u32) -> Result<(), Broken> {
        match outcome {
            Outcome::Settled(id) => {
                self.note(format!("{who:?}: {id} is settled"));
                self.purse(who).sending.remove(&id);
            }
            Outcome::Refused { payment, error, replaced_by } => {
                self.note(format!("{who:?}: {payment} is refused: {error}"));
                self.purse(who).sending.remove(&payment);
                if let Some(draft) = replaced_by {
                    self.look_soon(who, draft);
                }
            }
            Outcome::Unknown { payment, because } => {
                self.note(format!("{who:?}: {payment} is not known: {because}"));
                self.alarm(who, &because)?;
                if because.is_retryable() && tries + 1 < SEND_TRIES {
                    let life = self.purse(who).life();
                    let pause = SEND_PAUSE_MS << tries;
                    self.queue.plan(pause, Event::Resend(who, life, payment, tries + 1));
                } else {
                    self.purse(who).sending.remove(&payment);
                }
            }
        }
        Ok(())
    }
}

impl World {
    /// Trouble that the family makes is none; whatever else an honest verifier never causes is.
    pub(crate) fn alarm(&mut self, who: Who, error: &Error) -> Result<(), Broken> {
        let newest = self.server.certificate()?;
        let heard = self.purse(who).disk().look(|store| store.trust())?;
        let unheard = heard.is_some_and(|trust| trust.certificates.iter().all(|known| known.as_slice() != newest));
        let own = match error {
            Error::Wallet(WalletError::HistoryLost) | Error::Problem { code: ProblemCode::BeforeEpoch, .. } => {
                self.plan.loses_disk
            }
            // Before a wallet has heard of a new key, it does not know who signs.
            Error::Wallet(WalletError::VerifierMisbehaved) => unheard || self.is_key_fresh(),
            // A stock that another copy has used, or that a restored verifier does not have, is found out by its use.
            Error::Problem { code: ProblemCode::HandleNotInStock | ProblemCode::StockFull, .. } => {
                self.plan.copies || self.plan.loses_disk
            }
            // A change that was agreed to late, or after another one.
            Error::Wallet(WalletError::NotWhatWasApproved) => self.family.lasts_days(),
            Error::Store(StoreError::Full | StoreError::Io(_)) => self.purse(who).disk().failed() > 0,
            _ => false,
        };
        if own { Ok(()) } else { no_false_alarm(error) }
    }
}

/// Errors that an honest verifier, an honest peer and a working disk never cause.
fn no_false_alarm(error: &Error) -> Result<(), Broken> {
    let alarm = match error {
        Error::Wallet(own) => matches!(
            own,
            WalletError::VerifierMisbehaved
                | WalletError::HistoryLost
                | WalletError::WrongRoot
                | WalletError::Internal
                | WalletError::RequestAltered
                | WalletError::ForeignRequest
                | WalletError::PayeeKeyChanged
                | WalletError::NotWhatWasApproved
        ),
        Error::Problem { code, .. } => matches!(
            code,
            ProblemCode::BadSignature
                | ProblemCode::WrongVerifier
                | ProblemCode::IdConflict
                | ProblemCode::BundleMismatch
                | ProblemCode::MediaType
                | ProblemCode::TooLarge
                | ProblemCode::BeforeEpoch
                | ProblemCode::NotFound
                | ProblemCode::MethodNotAllowed
                | ProblemCode::AccountConflict
                | ProblemCode::AliasTaken
                | ProblemCode::HandleTaken
                | ProblemCode::HandleNotInStock
                | ProblemCode::StockFull
                | ProblemCode::LocatorTaken
        ),
        Error::Network(_) | Error::Refused { .. } | Error::Amount(_) => false,
        _ => true,
    };
    hold(Law::NoFalseAlarm, !alarm, || format!("an alarm without a cause: {} {error}", error.code()))
}
