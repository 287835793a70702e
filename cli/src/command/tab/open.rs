//! `farthing tab open` and `tab raise`: show what would be set aside, ask, and wait for the outcome.

use super::super::agree::Agreement;
use super::super::input;
use crate::args::{TabOpen, TabRaise};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::tabs::views::{TabDraftView, TabOutcomeView};
use crate::operation::{Operation, TabOperation};
use crate::output::Output;
use crate::session::Session;
use crate::show;
use farthing_core::export::tabs::TabView;
use serde_json::json;
use std::time::Duration;

pub(super) async fn open(args: TabOpen, context: &Context) -> Result<Output, Failure> {
    let prepare = TabOperation::Prepare {
        target: input::text_of(&args.target)?,
        cap: args.cap,
        lasts_ms: args.lasts.map(ms),
        grace_ms: args.grace.map(ms),
        memo: args.memo,
    };
    agree(prepare, args.target == "-", args.wait, context).await
}

pub(super) async fn raise(args: TabRaise, context: &Context) -> Result<Output, Failure> {
    if args.cap.is_none() && args.longer.is_none() {
        return Err(Failure::usage("say what is to be raised: give a higher cap, --longer, or both"));
    }
    let raise = TabOperation::Raise { id: args.id, cap: args.cap, longer_ms: args.longer.map_or(0, ms) };
    agree(raise, false, args.wait, context).await
}

async fn agree(
    prepare: TabOperation,
    stdin_is_used: bool,
    wait: Duration,
    context: &Context,
) -> Result<Output, Failure> {
    let mut session = Session::open(context).await?;
    let done = match session.ask::<TabDraftView>(Operation::Tab(prepare)).await {
        Ok(draft) => decide(&mut session, &draft, stdin_is_used, wait, context).await,
        Err(failure) => Err(failure),
    };
    session.close().await;
    done
}

async fn decide(
    session: &mut Session<'_>,
    draft: &TabDraftView,
    stdin_is_used: bool,
    wait: Duration,
    context: &Context,
) -> Result<Output, Failure> {
    let question = if draft.changes { "Raise the tab? [y/N] " } else { "Open the tab? [y/N] " };
    let tab = settled(session, draft, (question, stdin_is_used), wait, context).await?;
    let json = json!({
        "id": tab.id, "state": tab.state, "cap": tab.cap, "fee": draft.fee, "set_aside": tab.set_aside,
        "added": draft.set_aside, "spend_until": tab.spend_until, "claim_until": tab.claim_until,
        "payee": tab.counterparty, "price": tab.price, "unit": tab.unit, "total": tab.total, "left": tab.left,
        "memo": tab.memo, "offer_memo": tab.offer_memo, "at": tab.at,
    });
    Ok(Output::new(&json, show::tab_agreed(&tab, draft)))
}

/// Asks, and waits for the tab to be open.
///
/// # Errors
/// The person's no, the wallet's, the verifier's, and that nothing was heard.
pub(in crate::command) async fn settled(
    session: &mut Session<'_>,
    draft: &TabDraftView,
    (question, stdin_is_used): (&'static str, bool),
    wait: Duration,
    context: &Context,
) -> Result<TabView, Failure> {
    let id = || draft.id.clone();
    let agreement = Agreement {
        shown: show::tab_draft(draft),
        question,
        no_yes: "With --json nobody is asked: give --yes to authorise what is set aside",
        stdin_is_used,
        discard: Operation::Tab(TabOperation::Discard { id: id() }),
        confirm: Operation::Tab(TabOperation::Confirm { id: id(), shown: draft.shown.clone() }),
        outcome: Operation::Tab(TabOperation::Outcome { id: id(), wait_ms: ms(wait) }),
        undecided: Failure::tab_undecided().about_tab(&draft.id),
    };
    let TabOutcomeView { tab, failure } = agreement.settle(session, context).await?;
    failure.map_or(Ok(tab), |failure| Err(failure.about_tab(&draft.id)))
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
