//! `farthing status`.

use super::json;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::show;

pub(super) async fn run(context: &Context) -> Result<Output, Failure> {
    let mut session = Session::open(context).await?;
    let status = session.status().await;
    session.close().await;
    let status = status?;
    Ok(Output::new(&json(&status)?, show::status(&status)))
}
