//! `farthing revoke`: stops a device for ever.

use super::agree::answer;
use super::json;
use crate::args::Revoke;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::devices::{DevicesView, RevokedView, Words};
use crate::operation::{KeptView, Operation};
use crate::output::{Output, write_stderr};
use crate::secret;
use crate::session::Session;

pub(super) async fn run(args: Revoke, context: &Context) -> Result<Output, Failure> {
    let given = match &args.phrase_file {
        Some(file) => Some(secret::phrase(context, Some(file)).await?),
        None => None,
    };
    let mut session = Session::open(context).await?;
    let done = revoke(&mut session, context, args.device, given.as_ref().map(Words::of)).await;
    session.close().await;
    let view = done?;
    let text = if view.this {
        format!("This device ({}) is revoked: the wallet pays nothing any more, and keeps what it knows.", view.id)
    } else {
        format!("Device {} is revoked.", view.id)
    };
    Ok(Output::new(&json(&view)?, text))
}

/// Two times yes to the end of this wallet.
async fn authorise(context: &Context) -> Result<(), Failure> {
    if context.yes() {
        return Ok(());
    }
    if context.json() {
        let message = "With --json nobody is asked: give --yes to revoke the device that you are using";
        return Err(Failure::not_authorised(message));
    }
    for question in
        ["This is the device that you are using. Revoke it? [y/N] ", "It cannot be undone. Revoke it for ever? [y/N] "]
    {
        write_stderr(question);
        let answer = tokio::task::spawn_blocking(|| answer(false));
        let answer = tokio::select! {
            answer = answer => answer.unwrap_or_default(),
            () = context.interrupted() => return Err(Failure::interrupted_before_anything()),
        };
        if !["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) {
            return Err(Failure::not_authorised("Not authorised; nothing was changed"));
        }
    }
    Ok(())
}

async fn revoke(
    session: &mut Session<'_>,
    context: &Context,
    device: String,
    mut phrase: Option<Words>,
) -> Result<RevokedView, Failure> {
    let id = device.trim().to_ascii_lowercase();
    let devices = session.ask::<DevicesView>(Operation::Devices).await?.devices;
    if devices.iter().any(|known| known.this && known.active && known.id == id) {
        authorise(context).await?;
    }
    if phrase.is_none() && !session.ask::<KeptView>(Operation::KeepsPhrase).await?.kept {
        phrase = Some(Words::of(&secret::phrase(context, None).await?));
    }
    session.ask(Operation::Revoke { device, phrase }).await
}
