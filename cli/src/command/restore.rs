//! `farthing restore`: the same account on this device, from its recovery phrase.

use super::init::{in_new_folder, invite, name};
use crate::args::Restore;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::{secret, vault};
use farthing_core::Wallet;
use farthing_core::devices::RestoreOptions;
use farthing_core::store::ProfileState;
use serde_json::json;

pub(super) async fn run(args: Restore, context: &Context) -> Result<Output, Failure> {
    if args.invite == "-" && args.phrase_file.as_deref().is_some_and(|file| file.as_os_str() == "-") {
        return Err(Failure::usage("only one of invite and phrase can come from stdin"));
    }
    let invite = invite(&args.invite)?;
    let options = RestoreOptions {
        name: name(args.name.as_deref())?,
        keep_devices: args.keep_devices,
        keep_phrase: args.keep_phrase,
    };
    let phrase = secret::phrase(context, args.phrase_file.as_deref()).await?;
    let unlock = vault::choose(context).await?;
    let restored =
        in_new_folder(context, unlock, async |place| Wallet::restore(place, &invite, &phrase, options).await);
    let wallet = restored.await?;
    let profile = wallet.profile();
    let devices = wallet.device_count()?;
    wallet.close().await?;
    let ready = profile.state == ProfileState::Ready;
    let json = json!({
        "account": profile.account.to_hex(), "device": profile.device.to_hex(), "handle": profile.alias.as_str(),
        "verifier": profile.verifier.to_hex(), "url": profile.url.as_str(),
        "name": profile.name.as_ref().map(ToString::to_string), "ready": ready, "devices": devices,
    });
    let others = match args.keep_devices {
        true => "The account's other devices go on as before.",
        false => "The account's other devices are revoked.",
    };
    let then = match ready {
        true => format!("You can be paid as {} at {}.", profile.alias, profile.url.as_str()),
        false => "What it did before is still being read: run `farthing sync` before you pay.".to_owned(),
    };
    Ok(Output::new(&json, format!("The account is restored on this device. {others}\n{then}")))
}
