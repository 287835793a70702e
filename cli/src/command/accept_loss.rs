//! `farthing accept-loss`: goes on with what a restored verifier has.

use super::agree::answer;
use super::json;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Operation;
use crate::operation::views::{StatusView, SyncedView};
use crate::output::{Output, write_stderr};
use crate::session::Session;
use crate::show;
use farthing_core::export::views::LossView;

pub(super) async fn run(context: &Context) -> Result<Output, Failure> {
    let mut session = Session::open(context).await?;
    let accepted = accept(&mut session, context).await;
    session.close().await;
    let accepted = accepted?;
    Ok(Output::new(&json(&accepted)?, show::accepted(&accepted)))
}

async fn accept(session: &mut Session<'_>, context: &Context) -> Result<LossView, Failure> {
    // Whoever is asked sees all of it: what the verifier still has is fetched before.
    let synced = session.ask::<SyncedView>(Operation::Sync { wait_ms: 0 }).await.map(|synced| synced.loss);
    let loss = match synced {
        // The account itself is among what was lost.
        Err(failure) if failure.kind == "device_unknown" => session.ask::<StatusView>(Operation::Status).await?.loss,
        loss => loss?,
    };
    let standing = session.ask::<StatusView>(Operation::Status).await?.standing;
    if loss.is_some() || standing != "agreed" {
        authorise(loss.as_ref(), &standing, context).await?;
    }
    session.ask(Operation::AcceptLoss).await
}

async fn authorise(loss: Option<&LossView>, standing: &str, context: &Context) -> Result<(), Failure> {
    if context.yes() {
        return Ok(());
    }
    if context.json() {
        return Err(Failure::not_authorised("With --json nobody is asked: give --yes to accept the loss"));
    }
    write_stderr(&loss.map(show::loss).unwrap_or_default());
    write_stderr(show::standing(standing));
    write_stderr("Go on all the same? [y/N] ");
    let answer = tokio::task::spawn_blocking(|| answer(false));
    let answer = tokio::select! {
        answer = answer => answer.unwrap_or_default(),
        () = context.interrupted() => return Err(Failure::interrupted_before_anything()),
    };
    if ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) {
        Ok(())
    } else {
        Err(Failure::not_authorised("Not authorised; nothing was accepted"))
    }
}
