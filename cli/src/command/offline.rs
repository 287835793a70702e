//! `farthing offline`: allowances, and payments that neither side needs network for.

use super::agree::Agreement;
use super::frame::Frame;
use super::{input, json};
use crate::args::{Offline, OfflineAccept, OfflineAllow, OfflinePay, OfflineRequest, Pay};
use crate::context::Context;
use crate::failure::Failure;
use crate::files::Draft;
use crate::operation::offline::{
    AllowanceDraftView, AllowedView, AskedView, ClaimedOfflineView, ExaminedView, LookedView, OfferedPaymentView,
    OfflineListView, PaidView, PromptView,
};
use crate::operation::{OfflineOperation, Operation, RouteView};
use crate::output::{Output, write_stderr};
use crate::session::Session;
use crate::show;
use farthing_core::export::offline::TakenView;
use farthing_core::export::views::AmountView;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

pub(super) async fn run(offline: Offline, context: &Context) -> Result<Output, Failure> {
    match offline {
        Offline::Allow(args) => allow(args, context).await,
        Offline::Request(args) => request(args, context).await,
        Offline::Pay(args) => pay(args, context).await,
        Offline::Accept(args) => accept(args, context).await,
        Offline::Claim => {
            let claimed: ClaimedOfflineView = ask(context, OfflineOperation::Claim).await?;
            Ok(Output::new(&json(&claimed)?, show::claimed_offline(&claimed)))
        }
        Offline::Revoke(args) => {
            let AllowedView { allowance, failure } = ask(context, OfflineOperation::Revoke { id: args.id }).await?;
            match failure {
                Some(failure) => Err(failure),
                None => Ok(Output::new(&json(&allowance)?, show::revoked_allowance(&allowance))),
            }
        }
        Offline::Limit(args) => {
            let limits: Vec<AmountView> = ask(context, OfflineOperation::Limit { amount: args.amount }).await?;
            Ok(Output::new(&json!({ "limits": json(&limits)? }), show::loss_limits(&limits)))
        }
        Offline::List => {
            let list: OfflineListView = ask(context, OfflineOperation::List).await?;
            Ok(Output::new(&json(&list)?, show::offline(&list)))
        }
    }
}

/// One operation, in a session of its own.
async fn ask<T: DeserializeOwned>(context: &Context, operation: OfflineOperation) -> Result<T, Failure> {
    let mut session = Session::open(context).await?;
    let done = session.ask(Operation::Offline(operation)).await;
    session.close().await;
    done
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

async fn allow(args: OfflineAllow, context: &Context) -> Result<Output, Failure> {
    let prepare = OfflineOperation::Prepare {
        cap: args.cap,
        per_payment: args.per_payment,
        lasts_ms: ms(args.lasts),
        grace_ms: ms(args.grace),
    };
    let mut session = Session::open(context).await?;
    let done = match session.ask::<AllowanceDraftView>(Operation::Offline(prepare)).await {
        Ok(draft) => decide(&mut session, &draft, args.wait, context).await,
        Err(failure) => Err(failure),
    };
    session.close().await;
    done
}

async fn decide(
    session: &mut Session<'_>,
    draft: &AllowanceDraftView,
    wait: Duration,
    context: &Context,
) -> Result<Output, Failure> {
    let id = || draft.id.clone();
    let agreement = Agreement {
        shown: show::allowance_draft(draft),
        question: "Set it aside? [y/N] ",
        no_yes: "With --json nobody is asked: give --yes to authorise what is set aside",
        stdin_is_used: false,
        discard: Operation::Offline(OfflineOperation::Discard { id: id() }),
        confirm: Operation::Offline(OfflineOperation::Confirm { id: id(), shown: draft.shown.clone() }),
        outcome: Operation::Offline(OfflineOperation::Outcome { id: id(), wait_ms: ms(wait) }),
        undecided: Failure::tab_undecided(),
    };
    let AllowedView { allowance, failure } = agreement.settle(session, context).await?;
    match failure {
        Some(failure) => Err(failure),
        None => Ok(Output::new(&json(&allowance)?, show::allowed(&allowance))),
    }
}

async fn request(args: OfflineRequest, context: &Context) -> Result<Output, Failure> {
    let picture = begin(args.png.as_deref())?;
    let operation = OfflineOperation::Ask { amount: args.amount, memo: args.memo, life_ms: ms(args.expires) };
    let asked: AskedView = ask(context, operation).await?;
    let frame = Frame::write(&asked.request, picture, args.png.as_deref())?;
    let json = json!({
        "id": asked.id, "amount": asked.amount, "expires": asked.expires, "request": asked.request,
        "qr_version": frame.version, "qr_codes": frame.codes, "png": args.png,
    });
    Ok(Output::new(&json, format!("{}{}", frame.shown, show::asked_offline(&asked))))
}

async fn pay(args: OfflinePay, context: &Context) -> Result<Output, Failure> {
    let text = input::text_of(&args.request)?;
    let picture = begin(args.png.as_deref())?;
    let mut session = Session::open(context).await?;
    let said = Said { before: String::new(), stdin_is_used: args.request == "-" };
    let done = answer(&mut session, text, args.from, said, context).await;
    session.close().await;
    let (json, paid) = shown(done?, picture, args.png.as_deref(), context)?;
    // Alone, so that it can be piped.
    Ok(Output::new(&json, paid.payment))
}

/// As `farthing offline pay`, from the allowance that was chosen.
pub(super) async fn pay_chosen(
    session: &mut Session<'_>,
    request: String,
    args: &Pay,
    route: &RouteView,
    picture: Option<Draft>,
    context: &Context,
) -> Result<Output, Failure> {
    let said = Said { before: show::route(route), stdin_is_used: args.target == "-" };
    let paid = answer(session, request, route.allowance.clone(), said, context).await?;
    let (mut json, paid) = shown(paid, picture, args.png.as_deref(), context)?;
    if let Some(json) = json.as_object_mut() {
        json.insert("way".to_owned(), json!(route.way));
        json.insert("passed".to_owned(), json!(route.passed));
    }
    Ok(Output::new(&json, paid.payment))
}

/// What a person has seen before it is asked to pay.
struct Said {
    before: String,
    stdin_is_used: bool,
}

/// What was paid before, or is now.
async fn answer(
    session: &mut Session<'_>,
    request: String,
    from: Option<String>,
    said: Said,
    context: &Context,
) -> Result<PaidView, Failure> {
    let look = OfflineOperation::Look { request: request.clone(), from };
    match session.ask::<LookedView>(Operation::Offline(look)).await? {
        LookedView { paid: Some(paid), .. } => Ok(paid),
        LookedView { prompt: Some(prompt), .. } => sign(session, request, &prompt, said, context).await,
        LookedView { .. } => Err(Failure::internal("a request is paid or not")),
    }
}

/// Shows what was signed: whoever cannot write the picture is given its text all the same.
fn shown(
    paid: PaidView,
    picture: Option<Draft>,
    png: Option<&Path>,
    context: &Context,
) -> Result<(Value, PaidView), Failure> {
    let frame = Frame::write(&paid.payment, picture, png).map_err(|failure| {
        let message = format!("the payment is signed, it is {}, but: {}", paid.payment, failure.message);
        failure.with_message(&message)
    })?;
    let json = json!({
        "allowance": paid.allowance, "number": paid.number, "amount": paid.amount, "payment": paid.payment,
        "qr_version": frame.version, "qr_codes": frame.codes, "png": png,
    });
    if !context.json() {
        write_stderr(&format!("{}{}", frame.shown, show::paid_offline(&paid)));
    }
    Ok((json, paid))
}

async fn sign(
    session: &mut Session<'_>,
    request: String,
    prompt: &PromptView,
    said: Said,
    context: &Context,
) -> Result<PaidView, Failure> {
    let (allowance, shown) = (prompt.allowance.clone(), prompt.shown.clone());
    // Signed again, it is the same payment.
    let pay = Operation::Offline(OfflineOperation::Pay { request, allowance, shown });
    let agreement = Agreement {
        shown: format!("{}{}", said.before, show::offline_prompt(prompt)),
        question: "Pay it? [y/N] ",
        no_yes: "With --json nobody is asked: give --yes to authorise the payment",
        stdin_is_used: said.stdin_is_used,
        discard: Operation::Offline(OfflineOperation::Nothing),
        confirm: pay.clone(),
        outcome: pay,
        undecided: Failure::tab_undecided(),
    };
    agreement.settle(session, context).await
}

async fn accept(args: OfflineAccept, context: &Context) -> Result<Output, Failure> {
    let text = input::text_of(&args.payment)?;
    let mut session = Session::open(context).await?;
    let examine = OfflineOperation::Examine { payment: text.clone() };
    let done = match session.ask::<ExaminedView>(Operation::Offline(examine)).await {
        Ok(ExaminedView { taken: Some(taken), .. }) => Ok((taken, false)),
        Ok(ExaminedView { offer: Some(offer), .. }) => {
            take(&mut session, text, &offer, args.payment == "-", context).await.map(|taken| (taken, true))
        }
        Ok(_) => Err(Failure::internal("a payment is taken or not")),
        Err(failure) => Err(failure),
    };
    session.close().await;
    let (taken, is_new) = done?;
    let mut json = json(&taken)?;
    if let Some(json) = json.as_object_mut() {
        json.insert("new".to_owned(), is_new.into());
    }
    Ok(Output::new(&json, show::taken_offline(&taken, is_new)))
}

async fn take(
    session: &mut Session<'_>,
    payment: String,
    offer: &OfferedPaymentView,
    stdin_is_used: bool,
    context: &Context,
) -> Result<TakenView, Failure> {
    // Taken again, it is the same one.
    let take = Operation::Offline(OfflineOperation::Take { payment, shown: offer.shown.clone() });
    let agreement = Agreement {
        shown: show::offered_payment(offer),
        question: "Take it? [y/N] ",
        no_yes: "With --json nobody is asked: give --yes to take what you could lose",
        stdin_is_used,
        discard: Operation::Offline(OfflineOperation::Nothing),
        confirm: take.clone(),
        outcome: take,
        undecided: Failure::tab_undecided(),
    };
    agreement.settle(session, context).await
}

fn begin(png: Option<&Path>) -> Result<Option<Draft>, Failure> {
    png.map(|path| Draft::begin(path, 0o644)).transpose()
}
