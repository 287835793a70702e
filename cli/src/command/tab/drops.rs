//! `farthing tab pay` and `tab take`: a drop from one side to the other.

use super::super::code;
use super::super::frame::Frame;
use super::{ask, voucher};
use crate::args::{TabPay, TabTake};
use crate::context::Context;
use crate::failure::Failure;
use crate::files::Draft;
use crate::operation::tabs::views::{DirectDropView, PaidDropView, TakenView};
use crate::operation::{Operation, RouteView, TabOperation};
use crate::output::{Output, write_stderr};
use crate::session::Session;
use crate::show;
use serde_json::json;
use std::path::Path;

pub(super) async fn pay(args: TabPay, context: &Context) -> Result<Output, Failure> {
    let begin = |path| Draft::begin(path, 0o644);
    let picture = args.png.as_deref().map(begin).transpose()?;
    let file = args.cose.as_deref().map(begin).transpose()?;
    let (paid, failure) = offered(&args, context).await?;
    let text = voucher::text(&paid.voucher)?;
    let qr = code::of(&text)?;
    let but = |failure| but(&text, &paid, failure);
    if let Some(picture) = picture {
        code::write(&qr, picture).map_err(but)?;
    }
    if let Some(file) = file {
        file.finish(&voucher::bytes(&paid.voucher)?).map_err(but)?;
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    let is_direct = args.direct.is_some();
    let mut json = json!({
        "id": paid.id, "total": paid.total, "left": paid.left, "voucher": text, "sent": paid.sent, "qr_version": qr.version(),
        "png": args.png,
    });
    if let (true, Some(json)) = (is_direct, json.as_object_mut()) {
        json.insert("taken".to_owned(), true.into());
        return Ok(Output::new(&json!(json), show::taken_directly(&paid)));
    }
    if !context.json() {
        let shown = code::shown(&qr, args.png.as_deref());
        write_stderr(&format!("{shown}{}", show::paid_drop(&paid)));
    }
    // Alone, so that it can be piped.
    Ok(Output::new(&json, text))
}

/// As `farthing tab pay`, from the tab that was chosen; calls nobody.
pub(in crate::command) async fn pay_chosen(
    session: &mut Session<'_>,
    route: &RouteView,
    png: Option<&Path>,
    picture: Option<Draft>,
    context: &Context,
) -> Result<Output, Failure> {
    let tab = route.tab.as_ref().ok_or_else(|| Failure::internal("a tab was chosen"))?;
    let pay = TabOperation::PayUnsent { id: tab.id.clone(), amount: route.amount.text.clone() };
    let paid: PaidDropView = session.ask(Operation::Tab(pay)).await?;
    let text = voucher::text(&paid.voucher)?;
    let frame = Frame::write(&text, picture, png).map_err(|failure| but(&text, &paid, failure))?;
    let json = json!({
        "id": paid.id, "amount": route.amount, "total": paid.total, "left": paid.left, "voucher": text, "sent": paid.sent,
        "qr_version": frame.version, "qr_codes": frame.codes, "png": png, "way": route.way, "passed": route.passed,
    });
    if !context.json() {
        write_stderr(&format!("{}{}", frame.shown, show::paid_drop(&paid)));
    }
    Ok(Output::new(&json, text))
}

/// The drop is paid: whoever cannot write the files is given its voucher all the same.
fn but(text: &str, paid: &PaidDropView, failure: Failure) -> Failure {
    let message = format!("the drop was paid, its voucher is {text}, but: {}", failure.message);
    failure.with_message(&message).about_tab(&paid.id)
}

/// The drop, and why its payee did not take it where it was offered.
async fn offered(args: &TabPay, context: &Context) -> Result<(PaidDropView, Option<Failure>), Failure> {
    let (id, amount) = (args.id.clone(), args.amount.clone());
    match (&args.direct, amount) {
        (Some(address), amount) => {
            let operation = TabOperation::PayDirectly { id, amount, address: address.to_string() };
            let DirectDropView { drop, failure } = ask(context, operation).await?;
            Ok((drop, failure))
        }
        (None, Some(amount)) => Ok((ask(context, TabOperation::Pay { id, amount }).await?, None)),
        (None, None) => Err(Failure::usage("say how much")),
    }
}

pub(super) async fn take(args: TabTake, context: &Context) -> Result<Output, Failure> {
    let given = voucher::read(&args.voucher)?;
    let taken: TakenView = ask(context, TabOperation::Take { voucher: given }).await?;
    let newest = taken.newest.as_deref().map(voucher::text).transpose()?;
    let json = json!({
        "id": taken.id, "direction": taken.direction, "total": taken.total, "added": taken.added, "left": taken.left,
        "newest": newest,
    });
    let Some(newest) = newest else { return Ok(Output::new(&json, show::taken(&taken))) };
    if !context.json() {
        write_stderr(&format!("{}{}\n", code::of(&newest)?.to_terminal(), show::taken(&taken)));
    }
    Ok(Output::new(&json, newest))
}
