//! `farthing history`: payments, newest first.

use super::json;
use crate::args::History;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Operation;
use crate::output::Output;
use crate::session::Session;
use crate::show;
use farthing_core::export::views::PaymentView;

pub(super) async fn run(args: History, context: &Context) -> Result<Output, Failure> {
    let mut session = Session::open(context).await?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let payments = session.ask::<Vec<PaymentView>>(Operation::History { before: args.before, limit }).await;
    session.close().await;
    let payments = payments?;
    Ok(Output::new(&serde_json::json!({ "payments": json(&payments)? }), show::history(&payments)))
}
