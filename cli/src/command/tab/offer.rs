//! `farthing tab offer` and `tab offers`.

use super::super::{code, json, request::life_ms};
use super::ask;
use crate::args::TabOffer;
use crate::context::Context;
use crate::failure::Failure;
use crate::files::Draft;
use crate::operation::{Offered, Operation, TabOperation};
use crate::output::Output;
use crate::session::Session;
use crate::show;
use farthing_core::export::tabs::TabOfferView;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) async fn make(args: TabOffer, context: &Context) -> Result<Output, Failure> {
    let life_ms = life_ms(args.expires, args.standing)?;
    let picture = args.png.as_deref().map(|path| Draft::begin(path, 0o644)).transpose()?;
    let offered = Offered {
        price: args.price,
        unit: args.unit,
        cap: args.cap,
        lasts_ms: ms(args.lasts),
        grace_ms: ms(args.grace),
        memo: args.memo,
        life_ms,
        standing: args.standing,
        meter: None,
    };
    let mut session = Session::open(context).await?;
    let offer = session.ask::<TabOfferView>(Operation::Tab(TabOperation::Offer(offered))).await;
    let sent = match (&offer, args.to) {
        (Ok(offer), Some(contact)) => {
            let send = TabOperation::SendOffer { contact, id: offer.id.clone() };
            session.ask::<Value>(Operation::Tab(send)).await.map_err(|failure| but(offer, "but not sent", &failure))
        }
        _ => Ok(Value::Null),
    };
    session.close().await;
    let offer = offer?;
    sent?;
    let link = offer.link.as_deref().ok_or_else(|| Failure::internal("the offer has no link"))?;
    let qr = code::of(link)?;
    if let Some(picture) = picture {
        code::write(&qr, picture).map_err(|failure| but(&offer, "but", &failure))?;
    }
    let json = json!({
        "id": offer.id, "link": link, "qr_text": link, "qr_version": qr.version(), "price": offer.price, "unit": offer.unit,
        "cap": offer.cap, "lasts_ms": offer.lasts_ms, "grace_ms": offer.grace_ms, "memo": offer.memo,
        "expires": offer.expires, "standing": offer.standing, "png": args.png,
    });
    let text = format!("{}{}", code::shown(&qr, args.png.as_deref()), show::offered(&offer));
    Ok(Output::new(&json, text))
}

fn but(offer: &TabOfferView, but: &str, failure: &Failure) -> Failure {
    let message = format!("the offer {} was made, {but}: {}", offer.id, failure.message);
    failure.clone().with_message(&message)
}

pub(super) async fn list(context: &Context) -> Result<Output, Failure> {
    let offers: Vec<TabOfferView> = ask(context, TabOperation::Offers).await?;
    Ok(Output::new(&json!({ "offers": json(&offers)? }), show::offers(&offers)))
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
