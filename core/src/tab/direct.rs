//! Vouchers over a connection between payer and payee (chapter 19.9 of the specification): sealed to the payee's HPKE key, and
//! answered by whoever has that key alone.
//!
//! ```text
//! payer                                              payee
//!  sign, seal ──────── POST /v1/vouchers ──────────▶  find the tab's key, open, judge
//!                                                     store ●
//!  taken      ◀────────────── taken: total ─────────  answer
//!  catch up, sign anew ◀── behind: the newest one ──
//! ```
//!
//! | what happens | why nothing is paid twice or lost |
//! |---|---|
//! | no answer, or none that the payee made | the total stays signed: [`PayDirectly::again`] posts it once more, and the next drop covers it |
//! | a request comes twice, or late | totals only rise: the answer is the same, or shows the newest, to the payer alone |
//! | the payee dies between storing and answering | the voucher is there: what comes again is taken, and brings nothing |
//! | two drops overtake each other | the later one covers both |
//! | the payer has forgotten | the newest one is of its own key: it goes on from there, and the drop is added to that |

use super::record::{EarnedTab, PaidTab, TabId, find, of_hold};
use super::voucher::{PaidDrop, TakenVoucher, catch_up, pay, show_again, take};
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::keys::apart::wipe;
use crate::payment::reply_of;
use crate::store::Ahead;
use crate::sync::NetworkError;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::http::{Call, MEDIA_CBOR, Reply};
use farthing_protocol::money::Amount;
use farthing_protocol::sealed::HpkeKey;
use farthing_protocol::tab::{DirectContext, DirectRefusal, DirectRequest, DirectSaid, Voucher};
use farthing_protocol::time::Moment;

/// Where a payee takes vouchers.
pub const VOUCHERS_PATH: &str = "/v1/vouchers";

/// A drop that was offered to its payee over a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectDrop {
    /// What was signed.
    pub paid: PaidDrop,
    /// What became of it.
    pub outcome: DirectOutcome,
}

/// What became of it. Whatever it is, the payee may hold the voucher, which is good for its total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectOutcome {
    /// The payee has stored it, or a greater one.
    Taken,
    /// The payee's word that it delivers nothing for it.
    Refused(DirectRefusal),
    /// Nothing that the payee said: it may have stored it, or not.
    Unheard(Unheard),
}

impl DirectOutcome {
    /// True when the same voucher may be taken a moment later.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Refused(DirectRefusal::LookFirst) | Self::Unheard(Unheard::Busy | Unheard::TabUnknown))
    }
}

/// Why a payee was not heard. Anybody on the way can bring these about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unheard {
    /// No answer.
    Network(NetworkError),
    /// Something at this address has too much to do.
    Busy,
    /// What is at this address knows no such tab, or not yet.
    TabUnknown,
    /// What answered is not the payee.
    NotThePayee,
}

/// Where a payee is reached: a host or an address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectAddress(String);

impl DirectAddress {
    /// Reads `HOST:PORT`.
    ///
    /// ```
    /// use farthing_core::tab::DirectAddress;
    /// assert!(DirectAddress::parse("192.168.1.7:7300").is_some() && DirectAddress::parse("[::1]:7300").is_some());
    /// for other in ["meter", "http://meter:7300", "meter:7300/a", "me@meter:7300", "meter:0", "meter:7300?a"] {
    ///     assert_eq!(DirectAddress::parse(other), None, "{other}");
    /// }
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        let is_port = port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
        let url = url::Url::parse(&format!("http://{text}")).ok()?;
        (is_port && !host.is_empty() && host.chars().all(plain) && url.path() == "/").then(|| Self(text.to_owned()))
    }
}

impl core::fmt::Display for DirectAddress {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The operation: signs a drop, or nothing more than before, and offers it to the payee. Its calls go to the payee, not to the
/// verifier.
#[derive(Debug)]
pub struct PayDirectly {
    tab: TabId,
    /// `None`: what was signed before.
    drop: Option<Amount>,
    sent: Option<(PaidDrop, DirectContext)>,
    caught_up: bool,
}

impl PayDirectly {
    /// Pays a drop.
    #[must_use]
    pub const fn new(tab: TabId, drop: Amount) -> Self {
        Self { tab, drop: Some(drop), sent: None, caught_up: false }
    }

    /// Offers the newest voucher once more. Pays nothing.
    #[must_use]
    pub const fn again(tab: TabId) -> Self {
        Self { tab, drop: None, sent: None, caught_up: false }
    }

    fn send(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<DirectDrop>, Error> {
        let paid = match &self.drop {
            Some(drop) => pay(engine, &self.tab, drop, now)?,
            None => show_again(engine, &self.tab)?,
        };
        let tab: PaidTab = find(engine.store(), &self.tab)?.ok_or(WalletError::TabUnknown)?;
        let voucher = Signed::<Voucher>::parse(paid.voucher.as_slice())?;
        let (request, context) = DirectRequest::seal(&voucher, &tab.payee.hpke, engine.rng())?;
        self.sent = Some((paid, context));
        Ok(Step::Call(Call::post(VOUCHERS_PATH, MEDIA_CBOR, request.encode())))
    }

    /// The payee has a greater voucher than this one.
    fn behind(
        &mut self,
        engine: &mut Engine,
        paid: PaidDrop,
        newest: &SignedBytes,
        now: Moment,
    ) -> Result<Step<DirectDrop>, Error> {
        let done = |outcome| Ok(Step::Done(DirectDrop { paid: paid.clone(), outcome }));
        let forgotten = match catch_up(engine, newest.as_slice(), now) {
            Ok(forgotten) => forgotten,
            Err(error @ Error::Store(_)) => return Err(error),
            Err(_) => return done(DirectOutcome::Unheard(Unheard::NotThePayee)),
        };
        if forgotten && self.drop.is_some() && !self.caught_up {
            // What was signed just now is for less than was signed once, and so for nothing: the drop comes on top of that.
            self.caught_up = true;
            return self.send(engine, now);
        }
        // Otherwise the greater one was signed after this one, and covers it.
        let newest = Signed::<Voucher>::parse(newest.as_slice())?;
        let covers = newest.claims().total.value() >= paid.total.value();
        done(if covers { DirectOutcome::Taken } else { DirectOutcome::Unheard(Unheard::NotThePayee) })
    }
}

impl Operation for PayDirectly {
    type Output = DirectDrop;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<DirectDrop>, Error> {
        let step = match self.sent.take() {
            None => self.send(engine, now),
            Some((paid, context)) => match heard(&context, reply_of(input)?) {
                Ok(DirectSaid::Behind(newest)) => self.behind(engine, paid, &newest, now),
                Ok(DirectSaid::Taken(total)) if covers(&total, &paid.total) => {
                    Ok(Step::Done(DirectDrop { paid, outcome: DirectOutcome::Taken }))
                }
                Ok(DirectSaid::Taken(_)) => {
                    Ok(Step::Done(DirectDrop { paid, outcome: DirectOutcome::Unheard(Unheard::NotThePayee) }))
                }
                Ok(DirectSaid::Refused(why)) => {
                    Ok(Step::Done(DirectDrop { paid, outcome: DirectOutcome::Refused(why) }))
                }
                Err(why) => Ok(Step::Done(DirectDrop { paid, outcome: DirectOutcome::Unheard(why) })),
            },
        };
        // The voucher key was on this thread's stack, and what the answer's key is made of.
        wipe();
        step
    }
}

fn covers(total: &Amount, signed: &Amount) -> bool {
    total.asset() == signed.asset() && total.value() >= signed.value()
}

/// What the payee said. A status is nobody's word: it only tells what kind of nothing was heard.
fn heard(context: &DirectContext, reply: Result<Reply, NetworkError>) -> Result<DirectSaid, Unheard> {
    let reply = reply.map_err(Unheard::Network)?;
    match reply.status {
        200 => context.hear(&reply.body).map_err(|_| Unheard::NotThePayee),
        404 => Err(Unheard::TabUnknown),
        503 => Err(Unheard::Busy),
        _ => Err(Unheard::NotThePayee),
    }
}

/// What a payee makes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectReply {
    /// It is none, or cannot be opened.
    Unreadable,
    /// No such tab is known here.
    TabUnknown,
    /// The answer.
    Answer {
        /// Its bytes.
        answer: Vec<u8>,
        /// What became of the voucher; `None` when it was not taken.
        taken: Option<TakenVoucher>,
    },
}

/// Answers a request: a voucher that is taken is stored when this returns.
///
/// # Errors
/// What kept it from being judged: what the store says. Answer nothing then.
pub fn answer(engine: &mut Engine, request: &[u8], now: Moment) -> Result<DirectReply, Error> {
    let Ok(request) = DirectRequest::decode(request) else { return Ok(DirectReply::Unreadable) };
    let Some(tab) = of_hold::<EarnedTab>(&Ahead::new(engine.store(), &[]), &request.hold)? else {
        return Ok(DirectReply::TabUnknown);
    };
    let Some(key) = sealed_to(engine, &tab) else { return Ok(DirectReply::TabUnknown) };
    let Ok((voucher, context)) = request.open(&key) else { return Ok(DirectReply::Unreadable) };
    let (said, taken) = match take(engine, voucher.bytes(), now) {
        Ok(TakenVoucher::Behind { tab, newest }) => {
            (DirectSaid::Behind(newest.clone()), Some(TakenVoucher::Behind { tab, newest }))
        }
        Ok(taken @ TakenVoucher::Taken { total, .. }) => (DirectSaid::Taken(total), Some(taken)),
        Err(error) => (DirectSaid::Refused(refusal(error)?), None),
    };
    let answer = context.answer(&said, engine.rng())?.encode();
    Ok(DirectReply::Answer { answer, taken })
}

/// The key that the payer's messages of this tab are sealed to; `None` on a device that cannot have it.
fn sealed_to(engine: &Engine, tab: &EarnedTab) -> Option<HpkeKey> {
    match &tab.device {
        Some(device) => engine.keys().payee_hpke_of(device, &tab.handle),
        None => engine.keys().alias_hpke(&tab.handle),
    }
}

/// What a payer is told of an error; what is none of its business stays here.
fn refusal(error: Error) -> Result<DirectRefusal, Error> {
    match error {
        Error::Wallet(WalletError::VoucherNotGood) => Ok(DirectRefusal::NotGood),
        Error::Wallet(WalletError::VoucherAhead) => Ok(DirectRefusal::LookFirst),
        Error::Wallet(WalletError::TabNotOpen) => Ok(DirectRefusal::NotOpen),
        Error::Wallet(WalletError::TabTooLate) => Ok(DirectRefusal::TooLate),
        Error::Wallet(WalletError::TabDiffers) => Ok(DirectRefusal::Differs),
        Error::Wallet(WalletError::TabElsewhere) => Ok(DirectRefusal::Elsewhere),
        Error::Wallet(WalletError::Revoked | WalletError::DeviceExpired) => Ok(DirectRefusal::MayNot),
        other => Err(other),
    }
}
