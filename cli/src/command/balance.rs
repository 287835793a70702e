//! `farthing balance`: by receipts alone, without asking the verifier.

use super::json;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Operation, views::BalancesView};
use crate::output::Output;
use crate::session::Session;
use crate::show;

pub(super) async fn run(context: &Context) -> Result<Output, Failure> {
    let mut session = Session::open(context).await?;
    let balances = session.ask::<BalancesView>(Operation::Balances).await;
    session.close().await;
    let balances = balances?;
    Ok(Output::new(&json(&balances)?, show::balances(&balances)))
}
