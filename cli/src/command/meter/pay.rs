//! `farthing meter pay`: shows the terms, asks, opens the tab, and pays from it by itself.
//!
//! | ends | with |
//! |---|---|
//! | Ctrl-C, SIGTERM; the cap; the payee | 0: nothing more is paid, the tab is closed, what is not claimed comes back |
//! | the payee falls silent | 4, closed all the same |
//! | the payee does what the terms do not allow | 1, closed all the same |
//! | the verifier does not answer the closing | 4: it is stored, `sync` sends it |
//! | killed | nothing more is paid; the tab stays open until `farthing tab close` |

use super::super::input;
use super::super::tab::open::settled;
use super::{Count, Live, TICK, now};
use crate::args::MeterPay;
use crate::context::Context;
use crate::failure::{EXIT_REFUSED, Failure};
use crate::operation::tabs::meter::{amount, tariff};
use crate::operation::tabs::views::{DirectDropView, ShownTabView, TabDraftView, TabOutcomeView};
use crate::operation::{Operation, TabOperation};
use crate::output::Output;
use crate::session::Session;
use crate::show;
use farthing_core::export::tabs::TabView;
use farthing_core::export::views::AmountView;
use farthing_core::tab::meter::{Payer, PayerStep, Stopped, Tariff};
use serde_json::{Value, json};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// What a payee's no is called among the failures of a drop.
const PAYEE_REFUSED: u16 = 415;
/// A closing after Ctrl-C, within what an interrupted command has.
const CLOSE_WITHIN: Duration = Duration::from_millis(1300);
/// What became of a tab whose closing was refused.
const ASKED_WITHIN: Duration = Duration::from_secs(5);
const LAST_WORDS: Duration = Duration::from_millis(300);

pub(super) async fn run(args: MeterPay, context: &Context) -> Result<Output, Failure> {
    let prepare = TabOperation::Prepare {
        target: input::text_of(&args.target)?,
        cap: args.cap.clone(),
        lasts_ms: None,
        grace_ms: None,
        memo: args.memo.clone(),
    };
    // Two, so that no closing waits for the payee.
    let mut paying = Session::open(context).await?;
    let mut closing = Session::open(context).await?;
    let paid = match paying.ask::<TabDraftView>(Operation::Tab(prepare)).await {
        Ok(draft) => agreed(&args, &draft, (&mut paying, &mut closing), context).await,
        Err(failure) => Err(failure),
    };
    let _ = timeout(LAST_WORDS, closing.close()).await;
    let _ = timeout(LAST_WORDS, paying.close()).await;
    paid
}

async fn agreed(
    args: &MeterPay,
    draft: &TabDraftView,
    (paying, closing): (&mut Session<'_>, &mut Session<'_>),
    context: &Context,
) -> Result<Output, Failure> {
    let (Some(price), Some(meter)) = (&draft.price, &draft.meter) else {
        let discard = TabOperation::Discard { id: draft.id.clone() };
        let _ = paying.ask::<Value>(Operation::Tab(discard)).await;
        return Err(Failure::usage("this offer has no meter: use `farthing tab open`, and `farthing tab pay`"));
    };
    let tariff = tariff(price, &draft.cap, meter)?;
    let question = ("Start paying? [y/N] ", args.target == "-");
    let tab = settled(paying, draft, question, args.wait, context).await?;
    let mut live = Live::new(context);
    let opened = json!({
        "state": "open", "id": tab.id, "payee": tab.counterparty, "price": tab.price, "unit": tab.unit, "cap": tab.cap,
        "fee": draft.fee, "set_aside": tab.set_aside, "meter": meter,
    });
    live.happened(&opened, &format!("A tab is open: {}", tab.id));
    let mut ride = Ride {
        id: tab.id,
        address: args.address.to_string(),
        tariff,
        count: Count::of(&tariff),
        payer: Payer::new(tariff, now()),
        cause: None,
        live,
    };
    let ended = ride.pay(paying, context).await;
    ride.live.ends();
    let closed = ride.close(closing, context).await;
    ride.said(ended, closed)
}

struct Ride {
    id: String,
    address: String,
    tariff: Tariff,
    count: Count,
    payer: Payer,
    /// Why nothing more can be paid, in the words of who said so.
    cause: Option<Failure>,
    live: Live,
}

impl Ride {
    /// Pays until it is over.
    async fn pay(&mut self, session: &mut Session<'_>, context: &Context) -> Result<Stopped, Failure> {
        loop {
            self.payer.counted(self.count.newest(), now());
            let step = self.payer.next(now());
            self.live.goes_on(&self.line());
            match step {
                PayerStep::Stop(why) => return Ok(why),
                PayerStep::Wait { until } => {
                    let left = Duration::from_millis(until.as_ms().saturating_sub(now().as_ms()));
                    tokio::select! {
                        () = sleep(left.min(TICK)) => {}
                        () = context.interrupted() => self.payer.told(now()),
                    }
                }
                PayerStep::Pay { .. } | PayerStep::Again => {
                    let (id, total) = (self.id.clone(), self.payer.signed().value().to_string());
                    let offer = TabOperation::PayUpTo { id, total, address: self.address.clone() };
                    let offered = tokio::select! {
                        offered = session.ask::<DirectDropView>(Operation::Tab(offer)) => Some(offered),
                        // An answer that comes later is of no use: the next step says so, and the session is not asked again.
                        () = past(self.payer.patience()) => None,
                        () = context.interrupted() => {
                            self.payer.told(now());
                            None
                        }
                    };
                    if let Some(offered) = offered {
                        self.heard(offered)?;
                    }
                }
            }
        }
    }

    fn heard(&mut self, offered: Result<DirectDropView, Failure>) -> Result<(), Failure> {
        match offered {
            Ok(DirectDropView { drop, failure: None }) => {
                let before = self.payer.taken_total();
                self.payer.taken(amount(&drop.total)?, now());
                if self.payer.taken_total() != before {
                    let json = json!({
                        "state": "paying", "id": self.id, "total": drop.total, "left": drop.left,
                        "measured": self.payer.measured(now()).get(),
                    });
                    if !self.live.happened(&json, &self.line()) {
                        // Nobody looks on any more.
                        self.payer.told(now());
                    }
                }
                Ok(())
            }
            Ok(DirectDropView { failure: Some(failure), .. }) if failure.code == PAYEE_REFUSED => {
                self.payer.refused(now());
                Ok(())
            }
            // Not heard; it is offered again for as long as the grace lasts.
            Ok(_) => Ok(()),
            // The payee has let go of the tab, or its time is over.
            Err(failure) if failure.exit == EXIT_REFUSED => {
                self.cause = Some(failure);
                self.payer.refused(now());
                Ok(())
            }
            Err(failure) => Err(failure),
        }
    }

    /// Lets the rest come back.
    async fn close(&self, session: &mut Session<'_>, context: &Context) -> Result<Option<TabView>, Failure> {
        let close = Operation::Tab(TabOperation::Close { id: self.id.clone() });
        let late = async {
            context.interrupted().await;
            sleep(CLOSE_WITHIN).await;
        };
        let mut late = pin!(late);
        let closed = tokio::select! {
            closed = session.ask::<TabOutcomeView>(close) => closed,
            () = late.as_mut() => return Err(Failure::tab_undecided()),
        };
        match closed {
            Ok(TabOutcomeView { tab, failure: None }) => Ok(Some(tab)),
            Ok(TabOutcomeView { failure: Some(failure), .. }) | Err(failure) if failure.exit == EXIT_REFUSED => {
                let is_over = tokio::select! {
                    is_over = timeout(ASKED_WITHIN, self.is_over(session)) => is_over.unwrap_or(false),
                    () = late => false,
                };
                if is_over { Ok(None) } else { Err(failure) }
            }
            Ok(TabOutcomeView { failure: Some(failure), .. }) | Err(failure) => Err(failure),
        }
    }

    /// Whether the tab is known to be over: by what the verifier says, if it says something.
    async fn is_over(&self, session: &mut Session<'_>) -> bool {
        let _ = session.ask::<Value>(Operation::Sync { wait_ms: 0 }).await;
        let show = TabOperation::Show { id: self.id.clone() };
        let shown = session.ask::<ShownTabView>(Operation::Tab(show)).await;
        shown.is_ok_and(|shown| shown.tab.lost || matches!(shown.tab.state.as_str(), "closed" | "ended" | "lost"))
    }

    fn said(
        &self,
        ended: Result<Stopped, Failure>,
        closed: Result<Option<TabView>, Failure>,
    ) -> Result<Output, Failure> {
        let about = |failure: Failure| failure.about_tab(&self.id);
        let why = ended.map_err(about)?;
        let closed = closed.map_err(about)?;
        // By the verifier's word it has let go of the tab: it had ended, and could not say so here any more.
        let why = if why == Stopped::Silent && closed.is_none() { Stopped::Refused } else { why };
        let (total, text) = (AmountView::from(&self.payer.taken_total()), self.line());
        match why {
            Stopped::Told | Stopped::Cap => {}
            Stopped::Refused if !self.payer.taken_total().is_zero() => {}
            Stopped::Refused => {
                let cause = self.cause.clone();
                return Err(about(cause.unwrap_or_else(|| Failure::payee_refused("it delivers nothing"))));
            }
            Stopped::Silent => {
                let message = format!("the payee fell silent; nothing more is paid ({text})");
                return Err(about(Failure::payee_unheard("the payee fell silent").with_message(&message)));
            }
            Stopped::TooFast | Stopped::Unpaid | Stopped::Disturbed => {
                let message = format!("{}; nothing more is paid ({text})", show::meter::stopped(why));
                return Err(about(Failure::meter_stopped(&message)));
            }
        }
        let json = json!({
            "state": "stopped", "id": self.id, "why": why.kind(), "total": total,
            "measured": self.payer.measured(now()).get(), "tab": closed.map_or("ended".to_owned(), |tab| tab.state),
        });
        let text = format!(
            "{}: {text}. What was not delivered for comes back once the payee has claimed.\nTab {}",
            show::meter::stopped(why),
            self.id
        );
        Ok(Output::new(&json, text))
    }

    fn line(&self) -> String {
        let measured = show::meter::ticks(&self.tariff.meter, self.payer.measured(now()));
        format!("{measured}  {} of {} paid", self.payer.taken_total(), self.tariff.cap)
    }
}

/// Comes back when this is over, by the clock that counts sleep.
async fn past(time: farthing_protocol::time::Span) {
    while now() <= time {
        sleep(TICK).await;
    }
}
