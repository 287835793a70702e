//! `farthing meter charge`: offers a price, delivers while it is paid, and says when to stop.
//!
//! | ends | with |
//! |---|---|
//! | nothing more is paid; the cap; the payer closes; Ctrl-C, SIGTERM | 0: what was delivered is claimed, the rest goes back |
//! | Ctrl-C before anybody came | 0: the offer is taken back |
//! | the verifier does not answer the claim | 4: `farthing tab claim`, then `farthing tab release` |
//! | the verifier does not answer the release | 4: it is stored, `sync` sends it |
//! | the wallet fails, or what it asks | as that failure says, after a `stop`: the claim was tried once |
//! | killed | whoever delivers stops when the last `for_ms` is over; `farthing tab claim` claims what was due with the last voucher |

use super::super::tab::listen::{self, Posted, WAITING_MAX};
use super::super::tab::serve::{self, Judged};
use super::super::watch::{ROUND, round};
use super::super::{code, request::life_ms};
use super::{Count, Live, TICK, millis, now};
use crate::args::MeterCharge;
use crate::context::Context;
use crate::failure::Failure;
use crate::files::Draft;
use crate::operation::tabs::meter::{OfferedMeter, amount, tariff};
use crate::operation::tabs::views::ClaimedView;
use crate::operation::{Offered, Operation, TabOperation};
use crate::output::{Output, write_stdout};
use crate::session::Session;
use crate::show;
use farthing_core::export::tabs::{TabOfferView, TabView};
use farthing_core::export::views::AmountView;
use farthing_core::tab::meter::{Payee, PayeeStep, Stopped, Tariff};
use farthing_protocol::tab::{DirectRequest, Ticks};
use serde_json::{Value, json};
use std::pin::pin;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

/// Claim and release after Ctrl-C, within what an interrupted command has.
const SETTLE_WITHIN: Duration = Duration::from_millis(1100);
/// The same after something else has failed.
const BROKEN_OFF_WITHIN: Duration = Duration::from_secs(5);
/// How long the payer is told, once it is over, that it is.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
const LAST_WORDS: Duration = Duration::from_millis(250);
/// A day to spend from, and a day to claim: a meter claims at its end, and its tab has no other use.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

pub(super) async fn run(args: MeterCharge, context: &Context) -> Result<Output, Failure> {
    context.end_myself();
    let offered = offered(&args)?;
    let picture = args.png.as_deref().map(|path| Draft::begin(path, 0o644)).transpose()?;
    let no = |error| Failure::not_listening(format!("cannot listen on {}: {error}", args.listen));
    let listener = TcpListener::bind(args.listen).await.map_err(no)?;
    let (mut watching, mut answering) = tokio::select! {
        opened = serve::open(context) => opened?,
        () = context.interrupted() => return Ok(Output::nothing()),
    };
    let charged = charge(listener, offered, (&args, picture), (&mut watching, &mut answering), context).await;
    let _ = timeout(LAST_WORDS, answering.close()).await;
    let _ = timeout(LAST_WORDS, watching.close()).await;
    charged
}

/// The offer that was typed.
fn offered(args: &MeterCharge) -> Result<Offered, Failure> {
    let time = match args.per.as_str() {
        "second" => Some(1000),
        "minute" => Some(60_000),
        "hour" => Some(60 * 60_000),
        "day" => Some(DAY_MS),
        _ => None,
    };
    let ticks = |text: &str| match time {
        Some(_) => crate::args::duration(text).map(millis).map_err(Failure::usage),
        None => text.parse().map_err(|_| Failure::usage("of what is counted, give a number of ticks")),
    };
    let of = |text: &Option<String>, otherwise: u64| text.as_deref().map_or(Ok(otherwise), ticks);
    let (unit, otherwise) = match (time, args.rate) {
        (Some(_), _) if args.rate.is_some() || args.ticks.is_some() => {
            return Err(Failure::usage("--rate and --ticks are for what is counted; time is measured"));
        }
        (Some(unit), _) => (unit, 10_000),
        (None, None) => {
            return Err(Failure::usage(
                "give second, minute, hour or day after --per, or --rate: how many ticks there are at most in a second",
            ));
        }
        (None, Some(_)) => (args.ticks.unwrap_or(1), args.ticks.unwrap_or(1)),
    };
    Ok(Offered {
        price: args.price.clone(),
        unit: args.per.clone(),
        cap: args.cap.clone(),
        lasts_ms: DAY_MS,
        grace_ms: DAY_MS,
        memo: args.memo.clone(),
        life_ms: life_ms(args.expires, false)?,
        standing: false,
        meter: Some(OfferedMeter {
            rate: args.rate,
            unit,
            free: of(&args.free, 0)?,
            quantum: of(&args.quantum, otherwise)?,
            grace_ms: millis(args.grace),
        }),
    })
}

async fn charge(
    listener: TcpListener,
    offered: Offered,
    (args, picture): (&MeterCharge, Option<Draft>),
    (watching, answering): (&mut Session<'_>, &mut Session<'_>),
    context: &Context,
) -> Result<Output, Failure> {
    let address = listener.local_addr().map_err(|e| Failure::internal(format!("a socket without an address: {e}")))?;
    // From here on its log is followed, so that it hears of the tab.
    let mut known = None;
    let after = round(watching, None, &mut known, ROUND).await?.last;
    let offer: TabOfferView = answering.ask(Operation::Tab(TabOperation::Offer(offered))).await?;
    let link = offer.link.as_deref().ok_or_else(|| Failure::internal("the offer has no link"))?;
    let qr = code::of(link)?;
    if let Some(picture) = picture {
        code::write(&qr, picture)?;
    }
    let mut live = Live::new(context);
    let first = json!({
        "state": "offered", "listening": address, "offer": offer.id, "link": link, "qr_text": link, "price": offer.price,
        "unit": offer.unit, "cap": offer.cap, "meter": offer.meter, "memo": offer.memo, "expires": offer.expires, "png": args.png,
    });
    if !context.json() {
        write_stdout(&code::shown(&qr, args.png.as_deref()), "");
    }
    live.happened(&first, &format!("{}\nListening on {address}", show::offered(&offer)));
    live.ends();

    let (posted, waiting) = mpsc::channel(WAITING_MAX);
    let (tell, told) = mpsc::channel(WAITING_MAX);
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(listen::serve(listener, posted, stopped));
    let mut charge = Charge { offer: &offer, waiting, told, live, ride: None };
    let ended = {
        let mut current = pin!(follow(watching, after, known, &offer.id, tell));
        let ended = charge.deliver(answering, current.as_mut(), context).await;
        charge.live.ends();
        match ended {
            Ok(Some(why)) => charge.settle(answering, why, context).await,
            Ok(None) => charge.take_back(answering).await,
            Err(failure) => Err(charge.break_off(answering, failure).await),
        }
    };
    let _ = stop.send(true);
    drop(charge);
    let _ = timeout(LAST_WORDS, server).await;
    ended
}

/// Stays current, and tells what becomes of the offer's tab.
async fn follow(
    session: &mut Session<'_>,
    mut after: u64,
    mut known: Option<crate::operation::watching::ContactView>,
    offer: &str,
    tell: mpsc::Sender<TabView>,
) -> Failure {
    loop {
        match round(session, Some(after), &mut known, ROUND).await {
            Ok(watched) => {
                after = watched.last;
                let tabs = watched.events.into_iter().filter_map(|event| event.tab);
                for tab in tabs.filter(|tab| tab.offer.as_deref() == Some(offer)) {
                    // Whoever does not listen any more has ended.
                    let _ = tell.send(tab).await;
                }
            }
            Err(failure) => return failure,
        }
    }
}

struct Charge<'o> {
    offer: &'o TabOfferView,
    waiting: mpsc::Receiver<Posted>,
    told: mpsc::Receiver<TabView>,
    live: Live,
    ride: Option<Ride>,
}

/// The tab that accepted the offer.
struct Ride {
    id: String,
    hold: String,
    tariff: Tariff,
    payee: Payee,
    count: Count,
    is_open: bool,
    /// What was said last: deliver so many ticks in all.
    said: Option<Ticks>,
}

impl Charge<'_> {
    /// Until it is over, and why; nothing when nobody came.
    async fn deliver(
        &mut self,
        session: &mut Session<'_>,
        mut current: core::pin::Pin<&mut impl Future<Output = Failure>>,
        context: &Context,
    ) -> Result<Option<Stopped>, Failure> {
        loop {
            tokio::select! {
                Some(posted) = self.waiting.recv() => self.answer(session, posted).await?,
                Some(tab) = self.told.recv() => self.hear(session, &tab).await?,
                () = sleep(TICK) => {}
                failure = current.as_mut() => return Err(failure),
                () = context.interrupted() => match &mut self.ride {
                    Some(ride) => ride.payee.told(now()),
                    None => return Ok(None),
                },
            }
            if let Some(why) = self.look() {
                return Ok(Some(why));
            }
        }
    }

    /// What the verifier says of the tab.
    async fn hear(&mut self, session: &mut Session<'_>, tab: &TabView) -> Result<(), Failure> {
        if tab.differs {
            // Anybody can name the offer: what does not keep to it neither begins a ride nor ends one.
            return Ok(());
        }
        let is_open = tab.state == "open";
        if let Some(ride) = &mut self.ride {
            if ride.id != tab.id {
                return Ok(());
            }
            ride.is_open = is_open;
            if !is_open {
                ride.payee.told(now());
            }
            return Ok(());
        }
        let (Some(hold), Some(cap), Some(meter)) = (&tab.hold, &tab.cap, &self.offer.meter) else { return Ok(()) };
        let tariff = tariff(&self.offer.price, cap, meter)?;
        let none = AmountView { value: "0".to_owned(), ..cap.clone() };
        // Before anything is taken: from here on no more is claimed than is measured.
        measured(session, &tab.id, &none.value).await?;
        let mut payee = Payee::new(tariff, now());
        if !is_open {
            payee.told(now());
        }
        let (id, hold, count) = (tab.id.clone(), hold.clone(), Count::of(&tariff));
        self.ride = Some(Ride { id, hold, tariff, payee, count, is_open, said: None });
        Ok(())
    }

    /// Judges what was posted. What is of another tab is none of this meter's business.
    async fn answer(&mut self, session: &mut Session<'_>, posted: Posted) -> Result<(), Failure> {
        let named = DirectRequest::decode(&posted.body).ok().map(|request| request.hold.to_hex());
        let ride = self.ride.as_mut().filter(|ride| named.as_ref() == Some(&ride.hold));
        let Some(ride) = ride else {
            // Who is gone comes again, and so does a payer that we have not heard of yet.
            let _ = posted.answer.send((404, Vec::new()));
            return Ok(());
        };
        if let PayeeStep::Stop(_) = ride.payee.look(now()) {
            // What comes too late is not taken. The answer follows once the tab is let go of.
            return Ok(());
        }
        match serve::judge(session, &posted.body).await {
            Ok(Judged { total, status, bytes, .. }) => {
                if let Some(total) = total {
                    // Every one that is answered as taken: one may have been stored before, and its answer lost on the way here.
                    let before = ride.payee.total();
                    ride.payee.paid(amount(&total)?, now());
                    if ride.payee.total() != before {
                        measured(session, &ride.id, &ride.payee.due(now()).value().to_string()).await?;
                    }
                }
                self.look();
                let _ = posted.answer.send((status, bytes));
                Ok(())
            }
            // Nothing is answered: the payer comes again.
            Err(failure) => {
                crate::output::write_stderr(&format!("A voucher was not looked at: {}\n", failure.message));
                Ok(())
            }
        }
    }

    /// Says what is to be delivered, and why nothing more is.
    fn look(&mut self) -> Option<Stopped> {
        let ride = self.ride.as_mut()?;
        ride.payee.counted(ride.count.newest(), now());
        match ride.payee.look(now()) {
            PayeeStep::Idle => None,
            PayeeStep::Deliver { up_to, until } => {
                let text = ride.line();
                if ride.said == Some(up_to) {
                    self.live.goes_on(&text);
                    return None;
                }
                ride.said = Some(up_to);
                let for_ms = until.map(|until| until.as_ms().saturating_sub(now().as_ms()));
                let json = json!({
                    "state": "deliver", "id": ride.id, "up_to": up_to.get(), "for_ms": for_ms,
                    "delivered": ride.payee.delivered(now()).get(), "due": AmountView::from(&ride.payee.due(now())),
                    "paid": AmountView::from(&ride.payee.total()),
                });
                if !self.live.happened(&json, &text) {
                    // Whoever delivers has gone away.
                    ride.payee.told(now());
                }
                None
            }
            PayeeStep::Stop(why) => Some(why),
        }
    }

    /// Claims what is due, and lets go of the rest.
    async fn settle(&mut self, session: &mut Session<'_>, why: Stopped, context: &Context) -> Result<Output, Failure> {
        let Some(ride) = &self.ride else { return Ok(Output::nothing()) };
        let (due, text) = (ride.payee.due(now()), ride.line());
        let mut json = ride.stops(&mut self.live, why);
        let id = ride.id.clone();
        let late = async {
            context.interrupted().await;
            sleep(SETTLE_WITHIN).await;
        };
        let settled = tokio::select! {
            settled = claimed(session, &id, due.value()) => settled,
            () = late => Err(Failure::tab_undecided()),
        };
        let tab = settled.map_err(|failure| failure.about_tab(&id))?;
        if ride.is_open {
            let _ = timeout(LAST_ANSWERS, self.say_it_is_over(session, context)).await;
        }
        if let Some(json) = json.as_object_mut() {
            json.insert("state".to_owned(), "ended".into());
            json.insert("claimed".to_owned(), super::super::json(&tab.claimed)?);
        }
        let why = show::meter::stopped(why);
        let text = format!("Ended, {why}: {text}. {} claimed, the rest has gone back.\nTab {id}", tab.claimed.text);
        Ok(Output::new(&json, text))
    }

    /// The wallet, or what it asks, fails in the middle: whoever delivers hears that nothing more is to be delivered, and the claim is
    /// tried once. What failed first is what is said.
    async fn break_off(&mut self, session: &mut Session<'_>, failure: Failure) -> Failure {
        let Some(ride) = &mut self.ride else { return failure };
        ride.payee.told(now());
        let PayeeStep::Stop(why) = ride.payee.look(now()) else { return failure };
        ride.stops(&mut self.live, why);
        let _ = timeout(BROKEN_OFF_WITHIN, claimed(session, &ride.id, ride.payee.due(now()).value())).await;
        failure.about_tab(&ride.id)
    }

    /// A payer that asks once more hears that the tab is not open, and does not wait for its grace to end.
    async fn say_it_is_over(&mut self, session: &mut Session<'_>, context: &Context) {
        loop {
            let posted = tokio::select! {
                Some(posted) = self.waiting.recv() => posted,
                () = context.interrupted() => return,
            };
            if let Ok(Judged { status, bytes, .. }) = serve::judge(session, &posted.body).await {
                let is_answered = status == 200;
                if posted.answer.send((status, bytes)).is_ok() && is_answered {
                    return;
                }
            }
        }
    }

    /// Nobody came: nobody is to find the offer, and no meter behind it.
    async fn take_back(&self, session: &mut Session<'_>) -> Result<Output, Failure> {
        let cancel = Operation::Cancel { id: self.offer.id.clone() };
        session.ask::<Value>(cancel).await.map(|_| Output::nothing())
    }
}

impl Ride {
    /// Says that nothing more is to be delivered.
    fn stops(&self, live: &mut Live, why: Stopped) -> Value {
        let json = json!({
            "state": "stop", "id": self.id, "why": why.kind(), "delivered": self.payee.delivered(now()).get(),
            "due": AmountView::from(&self.payee.due(now())), "paid": AmountView::from(&self.payee.total()),
        });
        live.happened(&json, &format!("Stop: {}", show::meter::stopped(why)));
        json
    }

    fn line(&self) -> String {
        format!(
            "{} delivered, {} due, {} of {} paid",
            show::meter::ticks(&self.tariff.meter, self.payee.delivered(now())),
            self.payee.due(now()),
            self.payee.total(),
            self.tariff.cap
        )
    }
}

async fn measured(session: &mut Session<'_>, id: &str, due: &str) -> Result<(), Failure> {
    let measured = TabOperation::Measured { id: id.to_owned(), due: due.to_owned() };
    session.ask::<Value>(Operation::Tab(measured)).await.map(drop)
}

/// One claim, of what was delivered, and the release.
async fn claimed(session: &mut Session<'_>, id: &str, due: u64) -> Result<TabView, Failure> {
    measured(session, id, &due.to_string()).await?;
    if due > 0 {
        let claim = TabOperation::Claim { id: Some(id.to_owned()) };
        session.ask::<ClaimedView>(Operation::Tab(claim)).await?;
    }
    session.ask(Operation::Tab(TabOperation::Release { id: id.to_owned() })).await
}
