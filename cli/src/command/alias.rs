//! `farthing alias`: the names that the account can be paid at, and a further one.

use super::json;
use crate::args::Alias;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Operation, devices::AliasesView};
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: Alias, context: &Context) -> Result<Output, Failure> {
    // Found out before the wallet is unlocked.
    let register = super::init::alias(args.name.as_deref())?.map(|alias| alias.to_string());
    let mut session = Session::open(context).await?;
    let view = session.ask::<AliasesView>(Operation::Aliases { register }).await;
    session.close().await;
    let view = view?;
    Ok(Output::new(&json(&view)?, view.aliases.join("\n")))
}
