//! `farthing tab pay` and `tab take`: a drop from one side to the other.

use super::super::code;
use super::{ask, voucher};
use crate::args::{TabPay, TabTake};
use crate::context::Context;
use crate::failure::Failure;
use crate::files::Draft;
use crate::operation::TabOperation;
use crate::operation::tabs::views::{PaidDropView, TakenView};
use crate::output::{Output, write_stderr};
use crate::show;
use serde_json::json;

pub(super) async fn pay(args: TabPay, context: &Context) -> Result<Output, Failure> {
    let begin = |path| Draft::begin(path, 0o644);
    let picture = args.png.as_deref().map(begin).transpose()?;
    let file = args.cose.as_deref().map(begin).transpose()?;
    let paid: PaidDropView = ask(context, TabOperation::Pay { id: args.id, amount: args.amount }).await?;
    let text = voucher::text(&paid.voucher)?;
    let qr = code::of(&text)?;
    // The drop is paid: whoever cannot write the files is given its voucher all the same.
    let but = |failure: Failure| {
        let message = format!("the drop was paid, its voucher is {text}, but: {}", failure.message);
        failure.with_message(&message).about_tab(&paid.id)
    };
    if let Some(picture) = picture {
        code::write(&qr, picture).map_err(but)?;
    }
    if let Some(file) = file {
        file.finish(&voucher::bytes(&paid.voucher)?).map_err(but)?;
    }
    if !context.json() {
        let shown = code::shown(&qr, args.png.as_deref());
        write_stderr(&format!("{shown}{}", show::paid_drop(&paid)));
    }
    let json = json!({
        "id": paid.id, "total": paid.total, "left": paid.left, "voucher": text, "sent": paid.sent, "qr_version": qr.version(),
        "png": args.png,
    });
    // Alone, so that it can be piped.
    Ok(Output::new(&json, text))
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
