//! `farthing request`: a signed request as QR code and link.

use super::frame::Frame;
use crate::args::Request;
use crate::context::Context;
use crate::failure::Failure;
use crate::files::Draft;
use crate::operation::{CarriedOperation, Operation, views::RequestView};
use crate::output::Output;
use crate::session::Session;
use farthing_protocol::limits::{REQUEST_LIFE_MAX, STANDING_LIFE_MAX};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) async fn run(args: Request, context: &Context) -> Result<Output, Failure> {
    let life_ms = life_ms(args.expires, args.standing)?;
    let items = args.items.iter().map(|text| item(text)).collect::<Result<Vec<_>, _>>()?;
    let picture = args.png.as_deref().map(|path| Draft::begin(path, 0o644)).transpose()?;
    let mut session = Session::open(context).await?;
    let Request { amount, memo, standing, .. } = args;
    let operation = Operation::Request { amount, memo, items, life_ms, standing };
    let request = session.ask::<RequestView>(operation).await;
    let sent = match (&request, args.to) {
        (Ok(request), Some(contact)) => {
            session.ask::<Value>(Operation::SendRequest { contact, id: request.id.clone() }).await.map_err(|failure| {
                let message = format!("the request {} was made, but not sent: {}", request.id, failure.message);
                failure.with_message(&message)
            })
        }
        _ => Ok(Value::Null),
    };
    let whole = match &request {
        Ok(request) if args.whole => {
            let whole = Operation::Carried(CarriedOperation::Whole { id: request.id.clone() });
            Some(session.ask::<String>(whole).await)
        }
        _ => None,
    };
    session.close().await;
    let request = request?;
    sent?;
    let whole = whole.transpose()?;
    let shown = whole.as_ref().unwrap_or(&request.link);
    let frame = Frame::write(shown, picture, args.png.as_deref()).map_err(|failure| {
        let message = format!("the request {} was made, but: {}", request.id, failure.message);
        failure.with_message(&message)
    })?;
    let json = json!({
        "id": request.id, "link": request.link, "qr_text": shown, "whole": whole, "qr_version": frame.version, "qr_codes": frame.codes,
        "amount": request.amount, "expires": request.expires, "standing": standing, "png": args.png,
    });
    Ok(Output::new(&json, text(&request, standing, &frame.shown)))
}

/// How long a request or an offer is there.
///
/// # Errors
/// When that is nothing, or longer than the protocol allows.
pub(super) fn life_ms(expires: Duration, standing: bool) -> Result<u64, Failure> {
    if expires.is_zero() {
        return Err(Failure::usage("--expires must be more than nothing"));
    }
    let life_max = if standing { STANDING_LIFE_MAX } else { REQUEST_LIFE_MAX };
    if expires > Duration::from_millis(life_max.as_ms()) {
        return Err(Failure::usage("--expires is at most 30 days, with --standing 366: give a shorter one"));
    }
    Ok(u64::try_from(expires.as_millis()).unwrap_or(u64::MAX))
}

/// `Taco=3.00 USD`; the name may hold `=`.
fn item(text: &str) -> Result<(String, String), Failure> {
    let (name, amount) =
        text.rsplit_once('=').ok_or_else(|| Failure::usage("write an item like --item 'Taco=3.00 USD'"))?;
    Ok((name.to_owned(), amount.to_owned()))
}

fn text(request: &RequestView, standing: bool, picture: &str) -> String {
    let what = request.amount.as_ref().map_or("an amount that the payer chooses", |amount| &amount.text);
    let often = if standing { ", again and again" } else { "" };
    format!(
        "{picture}Asks for {what}{often}, until {}.\nLink: {}\nRequest {}",
        request.expires, request.link, request.id
    )
}
