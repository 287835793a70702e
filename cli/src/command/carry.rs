//! `farthing carry`, and the part of `farthing pay --offline` before it: the payer has no network, the payee has.

use super::agree::Agreement;
use super::frame::Frame;
use super::{input, pay};
use crate::args::{Carry, Pay};
use crate::context::Context;
use crate::failure::Failure;
use crate::files::Draft;
use crate::operation::views::{DraftView, OutcomeView};
use crate::operation::{AnsweredView, CarriedOperation, CarriedView, Operation, RouteView};
use crate::output::Output;
use crate::session::Session;
use crate::show;
use serde_json::json;

/// Prepares, asks, and shows what the payee is to post. Calls nobody.
pub(super) async fn hand_over(
    session: &mut Session<'_>,
    request: String,
    args: Pay,
    route: &RouteView,
    picture: Option<Draft>,
    context: &Context,
) -> Result<Output, Failure> {
    let prepare = CarriedOperation::Prepare { request, amount: args.amount, memo: args.memo };
    let draft: DraftView = session.ask(Operation::Carried(prepare)).await?;
    let carried = signed(session, &draft, route, args.target == "-", context).await?;
    let frame = Frame::write(&carried.order, picture, args.png.as_deref()).map_err(|failure| {
        let message =
            format!("the payment is signed, but: {}; `farthing carry {}` shows it again", failure.message, draft.id);
        failure.with_message(&message).about(&draft.id)
    })?;
    let json = json!({
        "id": draft.id, "state": carried.payment.state, "amount": draft.amount, "fee": draft.fee, "total": draft.total,
        "payee": draft.payee, "memo": draft.memo, "expires": carried.payment.expires,
        "carried": carried.order, "qr_version": frame.version, "qr_codes": frame.codes, "png": args.png,
        "way": route.way, "passed": route.passed,
    });
    Ok(Output::new(&json, format!("{}{}", frame.shown, to_be_posted(&carried))))
}

async fn signed(
    session: &mut Session<'_>,
    draft: &DraftView,
    route: &RouteView,
    stdin_is_used: bool,
    context: &Context,
) -> Result<CarriedView, Failure> {
    let agreement = Agreement {
        shown: format!("{}{}", show::route(route), show::draft(draft)),
        question: "Sign it, for the payee to post? [y/N] ",
        no_yes: "With --json nobody is asked: give --yes to authorise the payment",
        stdin_is_used,
        discard: Operation::Discard { id: draft.id.clone() },
        confirm: Operation::Carried(CarriedOperation::Confirm { id: draft.id.clone(), shown: draft.shown.clone() }),
        outcome: Operation::Carried(CarriedOperation::Show { id: draft.id.clone() }),
        undecided: Failure::undecided().about(&draft.id),
    };
    agreement.settle::<CarriedView>(session, context).await
}

fn to_be_posted(carried: &CarriedView) -> String {
    format!(
        "Let the payee scan this, and scan what their phone shows then: `farthing carry ANSWER`.\nPayment {}: until {} it may be \
         made, once, whoever posts it; `farthing sync` posts it, too.",
        carried.payment.id,
        carried.payment.expires.as_deref().unwrap_or("it expires"),
    )
}

/// Posts another's order, takes the answer to one's own, or shows one's own order again.
pub(super) async fn run(args: Carry, context: &Context) -> Result<Output, Failure> {
    let text = input::text_of(&args.input)?;
    let picture = args.png.as_deref().map(|path| Draft::begin(path, 0o644)).transpose()?;
    let mut session = Session::open(context).await?;
    let done = match text.get(..3) {
        Some("FC:") => post(&mut session, text, picture, &args).await,
        Some("FS:") => take(&mut session, text).await,
        _ => again(&mut session, text, picture, &args).await,
    };
    session.close().await;
    done
}

async fn post(
    session: &mut Session<'_>,
    order: String,
    picture: Option<Draft>,
    args: &Carry,
) -> Result<Output, Failure> {
    let carry = Operation::Carried(CarriedOperation::Carry { order });
    let said = session.ask::<AnsweredView>(carry).await?;
    let frame = said.answer.as_deref().map(|answer| Frame::write(answer, picture, args.png.as_deref())).transpose()?;
    let json = json!({
        "state": if said.failure.is_some() { "refused" } else { "settled" }, "amount": said.amount, "to_us": said.to_us,
        "answer": said.answer, "png": args.png,
    });
    let shown = frame.map_or_else(String::new, |frame| frame.shown);
    match (&said.failure, &said.amount) {
        (None, Some(amount)) if said.to_us => {
            let text = format!("{shown}Paid: {} to you; the receipt is valid. Let the payer scan this.", amount.text);
            Ok(Output::new(&json, text))
        }
        (None, Some(amount)) => {
            let message = format!(
                "This pays {} to somebody else, not to this wallet: there is nothing to deliver for",
                amount.text
            );
            Err(Failure::not_for_us(message.clone()).with_details(json, format!("{shown}{message}.")))
        }
        (failure, _) => {
            let failure = failure.clone().unwrap_or_else(Failure::undecided);
            let text = format!("{shown}Not paid: {} Let the payer scan this.", failure.message);
            Err(failure.with_details(json, text))
        }
    }
}

async fn take(session: &mut Session<'_>, answer: String) -> Result<Output, Failure> {
    let outcome = session.ask::<OutcomeView>(Operation::Carried(CarriedOperation::Take { answer })).await?;
    let payment = &outcome.payment;
    if let Some(failure) = outcome.failure.clone() {
        return Err(pay::told_of_fee(failure.about(&payment.id), &outcome));
    }
    let json = json!({ "id": payment.id, "state": payment.state, "amount": payment.amount, "fee": payment.fee, "at": payment.at });
    Ok(Output::new(
        &json,
        format!("Paid {}. The receipt is stored, see `farthing receipt {}`.", payment.amount.text, payment.id),
    ))
}

async fn again(session: &mut Session<'_>, id: String, picture: Option<Draft>, args: &Carry) -> Result<Output, Failure> {
    let carried = session.ask::<CarriedView>(Operation::Carried(CarriedOperation::Show { id })).await?;
    let frame = Frame::write(&carried.order, picture, args.png.as_deref())?;
    let json = json!({
        "id": carried.payment.id, "state": carried.payment.state, "expires": carried.payment.expires,
        "carried": carried.order, "qr_version": frame.version, "qr_codes": frame.codes, "png": args.png,
    });
    Ok(Output::new(&json, format!("{}{}", frame.shown, to_be_posted(&carried))))
}
