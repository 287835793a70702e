//! `farthing tab`: money by the drop.

mod claim;
mod drops;
pub(super) mod listen;
mod offer;
pub(super) mod open;
pub(super) mod serve;
mod voucher;

pub(super) use drops::pay_chosen;

use super::json;
use crate::args::Tab;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::tabs::views::ShownTabView;
use crate::operation::{Operation, TabOperation};
use crate::output::Output;
use crate::session::Session;
use crate::show;
use farthing_core::export::tabs::TabView;
use serde::de::DeserializeOwned;

pub(super) async fn run(tab: Tab, context: &Context) -> Result<Output, Failure> {
    match tab {
        Tab::Offer(args) => offer::make(args, context).await,
        Tab::Offers => offer::list(context).await,
        Tab::Open(args) => open::open(args, context).await,
        Tab::Raise(args) => open::raise(args, context).await,
        Tab::Pay(args) => drops::pay(args, context).await,
        Tab::Serve(args) => serve::run(args, context).await,
        Tab::Take(args) => drops::take(args, context).await,
        Tab::List(args) => {
            let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
            let tabs: Vec<TabView> = ask(context, TabOperation::List { limit }).await?;
            Ok(Output::new(&serde_json::json!({ "tabs": json(&tabs)? }), show::tabs(&tabs)))
        }
        Tab::Show(args) => {
            let mut shown: ShownTabView = ask(context, TabOperation::Show { id: args.id }).await?;
            shown.voucher = shown.voucher.map(|hex| voucher::text(&hex)).transpose()?;
            Ok(Output::new(&json(&shown)?, show::tab(&shown)))
        }
        Tab::Claim(args) => claim::claim(args, context).await,
        Tab::Release(args) => claim::release(args, context).await,
        Tab::Close(args) => claim::close(args, context).await,
    }
}

/// One operation, in a session of its own.
async fn ask<T: DeserializeOwned>(context: &Context, operation: TabOperation) -> Result<T, Failure> {
    let mut session = Session::open(context).await?;
    let done = session.ask(Operation::Tab(operation)).await;
    session.close().await;
    done
}
