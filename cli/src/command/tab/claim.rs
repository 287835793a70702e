//! `farthing tab claim`, `tab release` and `tab close`.

use super::super::json;
use super::ask;
use crate::args::{TabClaim, TabId};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::TabOperation;
use crate::operation::tabs::views::{ClaimedView, TabOutcomeView};
use crate::output::Output;
use crate::show;
use farthing_core::export::tabs::TabView;

pub(super) async fn claim(args: TabClaim, context: &Context) -> Result<Output, Failure> {
    let claimed: ClaimedView = ask(context, TabOperation::Claim { id: args.id }).await?;
    Ok(Output::new(&json(&claimed)?, show::claimed(&claimed)))
}

pub(super) async fn release(args: TabId, context: &Context) -> Result<Output, Failure> {
    let tab: TabView = ask(context, TabOperation::Release { id: args.id }).await?;
    let text = format!("The tab has ended: you got {} in all, the rest went back.\nTab {}", tab.claimed.text, tab.id);
    Ok(Output::new(&json(&tab)?, text))
}

pub(super) async fn close(args: TabId, context: &Context) -> Result<Output, Failure> {
    let TabOutcomeView { tab, failure } = ask(context, TabOperation::Close { id: args.id }).await?;
    if let Some(failure) = failure {
        return Err(failure.about_tab(&tab.id));
    }
    Ok(Output::new(&json(&tab)?, show::closed(&tab)))
}
