//! `farthing pay`: shows what would be paid, asks, pays, and waits for the outcome.

use super::agree::Agreement;
use super::{input, without};
use crate::args::Pay;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Operation;
use crate::operation::views::{DraftView, OutcomeView};
use crate::output::Output;
use crate::session::Session;
use crate::show;
use serde_json::json;
use std::time::Duration;

pub(super) async fn run(args: Pay, context: &Context) -> Result<Output, Failure> {
    if args.offline {
        return without::pay(args, context).await;
    }
    let target = input::text_of(&args.target)?;
    let mut session = Session::open(context).await?;
    let operation = Operation::Prepare { target, amount: args.amount, memo: args.memo };
    let done = match session.ask::<DraftView>(operation).await {
        Ok(draft) => decide(&mut session, &draft, args.target == "-", args.wait, context).await,
        Err(failure) => Err(failure),
    };
    session.close().await;
    done
}

async fn decide(
    session: &mut Session<'_>,
    draft: &DraftView,
    stdin_is_used: bool,
    wait: Duration,
    context: &Context,
) -> Result<Output, Failure> {
    let agreement = Agreement {
        shown: show::draft(draft),
        question: "Pay? [y/N] ",
        no_yes: "With --json nobody is asked: give --yes to authorise the payment",
        stdin_is_used,
        discard: Operation::Discard { id: draft.id.clone() },
        confirm: Operation::Confirm { id: draft.id.clone(), shown: draft.shown.clone() },
        outcome: Operation::Outcome {
            id: draft.id.clone(),
            wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
        },
        undecided: Failure::undecided().about(&draft.id),
    };
    ended(&agreement.settle::<OutcomeView>(session, context).await?, draft)
}

fn ended(outcome: &OutcomeView, draft: &DraftView) -> Result<Output, Failure> {
    let id = &outcome.payment.id;
    if let Some(failure) = outcome.failure.clone() {
        return Err(told_of_fee(failure.about(id), outcome));
    }
    let payment = &outcome.payment;
    let json = json!({
        "id": id, "state": payment.state, "amount": draft.amount, "fee": draft.fee, "total": draft.total,
        "payee": draft.payee, "request_memo": draft.request_memo, "memo": payment.memo, "items": payment.items, "at": payment.at,
        "order": payment.order, "expires": payment.expires, "seq": payment.seq,
    });
    Ok(Output::new(&json, show::outcome(outcome, draft)))
}

/// A refusal; where the fee has changed, with the new one.
pub(super) fn told_of_fee(failure: Failure, outcome: &OutcomeView) -> Failure {
    match &outcome.replacement {
        Some(new) => {
            let message = format!(
                "The fee has changed: the total would now be {} (fee {}). Nothing was paid; run the command again",
                new.total.text, new.fee.text
            );
            failure.with_message(&message)
        }
        None => failure,
    }
}
