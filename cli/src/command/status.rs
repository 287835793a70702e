//! `farthing status`.

use super::json;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Operation, views::StatusView};
use crate::output::Output;
use crate::session::Session;
use crate::show;

pub(super) async fn run(context: &Context) -> Result<Output, Failure> {
    let mut session = Session::open(context).await?;
    let status = session.ask::<StatusView>(Operation::Status).await;
    session.close().await;
    let status = status?;
    Ok(Output::new(&json(&status)?, show::status(&status)))
}
