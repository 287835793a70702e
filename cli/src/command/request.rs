//! `farthing request`: a signed request as QR code and link.

use crate::args::Request;
use crate::context::Context;
use crate::failure::Failure;
use crate::files::Draft;
use crate::operation::{Operation, views::RequestView};
use crate::output::Output;
use crate::session::Session;
use farthing_core::scan::render::Qr;
use farthing_protocol::limits::{REQUEST_LIFE_MAX, STANDING_LIFE_MAX};
use serde_json::{Value, json};
use std::time::Duration;

/// Pixels of one module of the picture: a version 5 code comes out at 360 pixels, sharp on screens and paper.
const PNG_PIXELS: u32 = 8;

pub(super) async fn run(args: Request, context: &Context) -> Result<Output, Failure> {
    if args.expires.is_zero() {
        return Err(Failure::usage("--expires must be more than nothing"));
    }
    let life_max = if args.standing { STANDING_LIFE_MAX } else { REQUEST_LIFE_MAX };
    if args.expires > Duration::from_millis(life_max.as_ms()) {
        return Err(Failure::usage(
            "a request can be paid for at most 30 days, a standing one for 366: give a shorter --expires",
        ));
    }
    let items = args.items.iter().map(|text| item(text)).collect::<Result<Vec<_>, _>>()?;
    let picture = args.png.as_deref().map(|path| Draft::begin(path, 0o644)).transpose()?;
    let life_ms = u64::try_from(args.expires.as_millis()).unwrap_or(u64::MAX);
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
    session.close().await;
    let request = request?;
    sent?;
    let qr = Qr::of(&request.link).map_err(|e| Failure::internal(e.to_string()))?;
    if let Some(picture) = picture {
        let png = qr.to_png(PNG_PIXELS).map_err(|e| Failure::internal(e.to_string()))?;
        picture.finish(&png).map_err(|failure| {
            let message = format!("the request {} was made, but: {}", request.id, failure.message);
            failure.with_message(&message)
        })?;
    }
    let json = json!({
        "id": request.id, "link": request.link, "qr_text": request.link, "qr_version": qr.version(),
        "amount": request.amount, "expires": request.expires, "standing": standing, "png": args.png,
    });
    Ok(Output::new(&json, text(&request, standing, &qr, args.png.as_deref())))
}

/// `Taco=3.00 USD`; the name may hold `=`.
fn item(text: &str) -> Result<(String, String), Failure> {
    let (name, amount) =
        text.rsplit_once('=').ok_or_else(|| Failure::usage("write an item like --item 'Taco=3.00 USD'"))?;
    Ok((name.to_owned(), amount.to_owned()))
}

fn text(request: &RequestView, standing: bool, qr: &Qr, png: Option<&std::path::Path>) -> String {
    let what = request.amount.as_ref().map_or("an amount that the payer chooses", |amount| &amount.text);
    let picture = match png {
        Some(path) => format!("The QR code is in {}.\n", path.display()),
        None => qr.to_terminal(),
    };
    let often = if standing { ", again and again" } else { "" };
    format!(
        "{picture}Asks for {what}{often}, until {}.\nLink: {}\nRequest {}",
        request.expires, request.link, request.id
    )
}
