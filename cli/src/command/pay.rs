//! `farthing pay`: shows what would be paid, asks, pays, and waits for the outcome.
//!
//! | ends | before the yes | after it |
//! |---|---|---|
//! | no, Ctrl-C | the draft is discarded, exit 5 or 1 | exit 4, the payment goes on |
//! | killed | a draft that does nothing | `sync` finds the outcome |

use super::input;
use crate::args::Pay;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Operation;
use crate::operation::views::{DraftView, OutcomeView};
use crate::output::{Output, write_stderr};
use crate::session::Session;
use crate::show;
use farthing_core::Error;
use farthing_core::error::WalletError;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead as _, BufReader, IsTerminal as _, stdin};
use std::time::Duration;

pub(super) async fn run(args: Pay, context: &Context) -> Result<Output, Failure> {
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
    context.end_myself();
    if let Err(no) = authorise(draft, stdin_is_used, context).await {
        // The draft is of no use to anybody; that it could not be forgotten is no news to the person.
        let _ = session.ask::<Value>(Operation::Discard { id: draft.id.clone() }).await;
        return Err(no);
    }
    let confirm = Operation::Confirm { id: draft.id.clone(), shown: draft.shown.clone() };
    if let Err(failure) = session.ask::<Value>(confirm).await {
        // The wallet's own no is sure. Without an answer the payment may have been stored and sent.
        return Err(if session.has_lost_an_answer() { undecided(failure, &draft.id) } else { failure });
    }
    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    let outcome = tokio::select! {
        outcome = session.ask::<OutcomeView>(Operation::Outcome { id: draft.id.clone(), wait_ms }) => outcome,
        () = context.interrupted() => Err(Error::from(WalletError::OutcomeUnknown).into()),
    };
    ended(&outcome.map_err(|failure| undecided(failure, &draft.id))?, draft)
}

/// A yes to exactly this draft.
async fn authorise(draft: &DraftView, stdin_is_used: bool, context: &Context) -> Result<(), Failure> {
    if context.json() {
        let message = "With --json nobody is asked: give --yes to authorise the payment";
        return if context.yes() { Ok(()) } else { Err(Failure::not_authorised(message)) };
    }
    write_stderr(&show::draft(draft));
    if context.yes() {
        return Ok(());
    }
    write_stderr("Pay? [y/N] ");
    let answer = tokio::task::spawn_blocking(move || answer(stdin_is_used));
    let answer = tokio::select! {
        answer = answer => answer.unwrap_or_default(),
        () = context.interrupted() => return Err(Failure::interrupted_before_anything()),
    };
    if ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) {
        Ok(())
    } else {
        Err(Failure::not_authorised("Not authorised; nothing was kept"))
    }
}

/// One line; nothing when there is nobody to answer.
pub(super) fn answer(stdin_is_used: bool) -> String {
    let mut line = String::new();
    // What cannot be read is no yes.
    if stdin_is_used {
        if let Ok(terminal) = File::open("/dev/tty") {
            let _ = BufReader::new(terminal).read_line(&mut line);
        }
    } else {
        let _ = stdin().lock().read_line(&mut line);
        if !stdin().is_terminal() {
            // Nobody pressed Enter here.
            write_stderr("\n");
        }
    }
    line
}

/// After the yes every trouble on this side leaves the outcome open.
fn undecided(failure: Failure, id: &str) -> Failure {
    let unknown = Failure::from(Error::from(WalletError::OutcomeUnknown)).about(id);
    let message = format!("{} ({})", unknown.message, failure.message);
    if failure.code == unknown.code { unknown } else { unknown.with_message(&message) }
}

fn ended(outcome: &OutcomeView, draft: &DraftView) -> Result<Output, Failure> {
    let id = &outcome.payment.id;
    if let Some(failure) = outcome.failure.clone() {
        let failure = failure.about(id);
        return Err(match &outcome.replacement {
            Some(new) => {
                let message = format!(
                    "The fee has changed: the total would now be {} (fee {}). Nothing was paid; run the command again",
                    new.total.text, new.fee.text
                );
                failure.with_message(&message)
            }
            None => failure,
        });
    }
    let payment = &outcome.payment;
    let json = json!({
        "id": id, "state": payment.state, "amount": draft.amount, "fee": draft.fee, "total": draft.total,
        "payee": draft.payee, "request_memo": draft.request_memo, "memo": payment.memo, "items": payment.items, "at": payment.at,
        "order": payment.order, "expires": payment.expires, "seq": payment.seq,
    });
    Ok(Output::new(&json, show::outcome(outcome, draft)))
}
