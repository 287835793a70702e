//! `farthing cancel`: a request that was not paid, or an offer that was not accepted.

use super::json;
use crate::args::Cancel;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Operation, views::CancelledView};
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: Cancel, context: &Context) -> Result<Output, Failure> {
    let mut session = Session::open(context).await?;
    let cancelled = session.ask::<CancelledView>(Operation::Cancel { id: args.id }).await;
    session.close().await;
    let cancelled = cancelled?;
    Ok(Output::new(&json(&cancelled)?, format!("{} is {}.", cancelled.id, cancelled.state)))
}
