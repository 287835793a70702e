//! `farthing pay --offline`: the wallet chooses how to pay without network, and says why. The rest is as in `carry`, `tab pay` and
//! `offline pay`.

use super::agree::Asked;
use super::{carry, input, offline, tab};
use crate::args::Pay;
use crate::context::Context;
use crate::failure::Failure;
use crate::files::Draft;
use crate::operation::{Operation, RouteView};
use crate::output::Output;
use crate::session::Session;
use crate::show;
use serde_json::json;

/// Chooses, asks, and shows what the payee is to take. Calls nobody.
pub(super) async fn pay(args: Pay, context: &Context) -> Result<Output, Failure> {
    let text = input::text_of(&args.target)?;
    let picture = args.png.as_deref().map(|path| Draft::begin(path, 0o644)).transpose()?;
    let mut session = Session::open(context).await?;
    let done = by_some_way(&mut session, text, args, picture, context).await;
    session.close().await;
    done
}

async fn by_some_way(
    session: &mut Session<'_>,
    text: String,
    args: Pay,
    picture: Option<Draft>,
    context: &Context,
) -> Result<Output, Failure> {
    let route = Operation::Route { target: text.clone(), amount: args.amount.clone() };
    let route: RouteView = session.ask(route).await?;
    if let Some(failure) = &route.failure {
        let json = json!({ "way": null, "passed": route.passed });
        return Err(failure.clone().with_details(json, show::passed(&route).trim_end().to_owned()));
    }
    if args.memo.is_some() && route.way.as_deref() != Some("carried") {
        let message = "This is paid without an order, and a memo goes with an order alone: leave --memo out";
        return Err(Failure::usage(message));
    }
    match (&route.tab, &route.allowance) {
        (Some(_), _) => {
            let shown = show::from_tab(&route);
            let asked = Asked {
                shown: &shown,
                question: "Pay it? [y/N] ",
                no_yes: "With --json nobody is asked: give --yes to authorise the payment",
                stdin_is_used: args.target == "-",
            };
            asked.authorise(context).await?;
            tab::pay_chosen(session, &route, args.png.as_deref(), picture, context).await
        }
        (None, Some(_)) => offline::pay_chosen(session, text, &args, &route, picture, context).await,
        (None, None) => carry::hand_over(session, text, args, &route, picture, context).await,
    }
}
