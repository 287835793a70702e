//! `farthing devices`: what may act for the account.

use super::json;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Operation, devices::DevicesView};
use crate::output::Output;
use crate::session::Session;
use crate::show;

pub(super) async fn run(context: &Context) -> Result<Output, Failure> {
    let mut session = Session::open(context).await?;
    let view = session.ask::<DevicesView>(Operation::Devices).await;
    session.close().await;
    let view = view?;
    Ok(Output::new(&json(&view)?, show::devices(&view)))
}
