//! One module per command. A command reads what it was given, asks the wallet, and says how it ended.

mod accept_loss;
mod agree;
mod alias;
mod balance;
mod cancel;
mod carry;
mod checkpoint;
mod code;
mod compare;
mod completions;
mod contacts;
mod devices;
mod export;
mod frame;
mod history;
mod init;
mod input;
mod join;
mod meter;
mod notes;
mod offline;
mod pair;
mod pay;
mod phrase;
mod receipt;
mod request;
mod restore;
mod revoke;
mod scan;
mod status;
mod sync;
mod tab;
mod verify;
mod watch;
mod without;

use crate::args::Command;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

/// Runs a command to its end.
///
/// # Errors
/// Why it was not done; nothing was printed then.
pub(crate) async fn run(command: Command, context: &Context) -> Result<Output, Failure> {
    match command {
        Command::Init(args) => init::run(args, context).await,
        Command::Status => status::run(context).await,
        Command::AcceptLoss => accept_loss::run(context).await,
        Command::Checkpoint(args) => checkpoint::run(args, context).await,
        Command::Balance => balance::run(context).await,
        Command::Request(args) => request::run(args, context).await,
        Command::Scan(args) => scan::run(args, context).await,
        Command::Pair(args) => pair::run(args, context).await,
        Command::Write(args) => notes::write(args, context).await,
        Command::Notes { contact } => notes::list(contact, context).await,
        Command::Contacts(args) => contacts::run(args, context).await,
        Command::Pay(args) => pay::run(args, context).await,
        Command::Carry(args) => carry::run(args, context).await,
        Command::Cancel(args) => cancel::run(args, context).await,
        Command::History(args) => history::run(args, context).await,
        Command::Receipt(args) => receipt::run(args, context).await,
        Command::Verify(args) => verify::run(args, context).await,
        Command::Tab(tab) => tab::run(tab, context).await,
        Command::Offline(offline) => offline::run(offline, context).await,
        Command::Meter(meter) => meter::run(meter, context).await,
        Command::Sync(args) => sync::run(args, context).await,
        Command::Watch(args) => watch::run(args, context).await,
        Command::Restore(args) => restore::run(args, context).await,
        Command::Devices(args) => devices::run(args, context).await,
        Command::Join(args) => join::run(args, context).await,
        Command::Revoke(args) => revoke::run(args, context).await,
        Command::Alias(args) => alias::run(args, context).await,
        Command::Phrase(args) => phrase::run(args, context).await,
        Command::Export(args) => export::run(args, context).await,
        Command::Completions(args) => Ok(completions::run(&args)),
    }
}

/// An answer as JSON.
///
/// # Errors
/// Never for the views of this program.
fn json<T: serde::Serialize>(view: &T) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(view).map_err(|e| Failure::internal(format!("the answer cannot be written: {e}")))
}
