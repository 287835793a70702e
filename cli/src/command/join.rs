//! `farthing join`: this place becomes a device of somebody's account.
//!
//! | ends | before the yes | after it |
//! |---|---|---|
//! | no, Ctrl-C, 120 s, killed | nothing was made | nothing was made, unless the owner has granted it: then the wallet is there |

use super::compare::{check, same};
use super::init::{in_new_folder, name};
use super::input;
use crate::args::Join;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, write_stderr};
use crate::vault;
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::keys::vault::MemoryVault;
use farthing_core::wallet::{Joining, Place};
use serde_json::json;
use std::sync::Arc;

pub(super) async fn run(args: Join, context: &Context) -> Result<Output, Failure> {
    check(&args.compare, context)?;
    let link = input::text_of(&args.input)?;
    let name = name(args.name.as_deref())?;
    // Before the code is answered: while a person types, its two minutes would run.
    let unlock = vault::choose(context).await?;
    context.end_myself();
    // Nothing is kept before both sides have said yes.
    let before = Place::new(context.dir(), Arc::new(MemoryVault::new()));
    let joining = tokio::select! {
        joining = Joining::scan(&before, &link) => joining?,
        () = context.interrupted() => return Err(Failure::interrupted_before_anything()),
    };
    let code = joining.code().to_string();
    if !same(&args.compare, args.input == "-", &code, context).await? {
        return Err(Error::from(WalletError::CodesDiffer).into());
    }
    write_stderr("Waiting for the account's owner…\n");
    let wallet = in_new_folder(context, unlock, async |place| joining.finish(place, true, name).await).await?;
    let profile = wallet.profile();
    wallet.close().await?;
    let json = json!({
        "account": profile.account.to_hex(), "device": profile.device.to_hex(), "handle": profile.alias.as_str(),
        "verifier": profile.verifier.to_hex(), "url": profile.url.as_str(), "check_code": code,
        "name": profile.name.as_ref().map(ToString::to_string),
    });
    let text = format!(
        "This is now a device of the account that is paid as {}. `farthing devices` says what it may do.",
        profile.alias
    );
    Ok(Output::new(&json, text))
}
