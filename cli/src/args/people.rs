//! What can be typed about people and devices.

use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum Pair {
    /// Show a pairing code
    #[command(after_help = "Example:\n  farthing pair show --png pair.png")]
    Show {
        /// Write the QR code as a PNG picture
        #[arg(long, value_name = "FILE")]
        png: Option<PathBuf>,
        #[command(flatten)]
        compare: Compare,
    },
    /// Scan the other phone's pairing code
    #[command(after_help = "Example:\n  farthing pair scan pair.png")]
    Scan {
        /// The code's link, a picture of it, or - for stdin
        input: String,
        #[command(flatten)]
        compare: Compare,
    },
}

/// How scripts compare check codes; people are asked.
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Write the check code to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) code_out: Option<PathBuf>,
    /// Confirm only if this file comes to hold the same code within 120 s
    #[arg(long, value_name = "FILE")]
    pub(crate) expect_code_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Contacts {
    #[command(subcommand)]
    pub(crate) action: Option<ContactsAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ContactsAction {
    /// Give a contact another name
    #[command(after_help = "Example:\n  farthing contacts rename Ada 'Ada Lovelace'")]
    Rename {
        /// The name it has
        name: String,
        /// The name it gets
        new: String,
    },
    /// Neither pay nor listen to a contact any more
    #[command(after_help = "Example:\n  farthing contacts block Mallory")]
    Block {
        /// The contact's name
        name: String,
    },
    /// Take a block back
    #[command(after_help = "Example:\n  farthing contacts unblock Mallory")]
    Unblock {
        /// The contact's name
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Devices {
    #[command(subcommand)]
    pub(crate) action: Option<DevicesAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DevicesAction {
    /// Let another phone act for the account, within limits
    ///
    /// Shows a code for `farthing join` on the other phone; compare the digits. Needs the recovery phrase, as `revoke`. Without
    /// limits the phone may pay any amount to anybody, and is asked for no phrase.
    #[command(
        after_help = "Example:\n  farthing devices add --receive-only --png add.png\n  farthing devices add --per-order '5.00 USD' --per-day '20.00 USD' --expires 30d"
    )]
    Add(Box<AddDevice>),
}

#[derive(Debug, Args)]
pub(crate) struct AddDevice {
    /// It may ask for money and see what comes in, and never pay
    #[arg(long, conflicts_with_all = ["per_order", "per_day", "payee"])]
    pub(crate) receive_only: bool,
    /// The most that one payment may move; once per currency, others are not allowed then
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) per_order: Vec<String>,
    /// The most that 24 hours may move; likewise
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) per_day: Vec<String>,
    /// The only aliases that may be paid; may be repeated
    #[arg(long, value_name = "ALIAS")]
    pub(crate) payee: Vec<String>,
    /// When its permission ends: 12h, 30d
    #[arg(long, value_name = "TIME", value_parser = super::duration)]
    pub(crate) expires: Option<Duration>,
    /// A file with the 24 words, or - for stdin
    #[arg(long, value_name = "FILE|-")]
    pub(crate) phrase_file: Option<PathBuf>,
    /// Write the QR code as a PNG picture
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) compare: Compare,
}

#[derive(Debug, Args)]
pub(crate) struct Join {
    /// The code's link, a picture of it, or - for stdin
    pub(crate) input: String,
    /// What this device calls itself to payers and payees
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) compare: Compare,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The device's id, as `farthing devices` shows it
    pub(crate) device: String,
    /// A file with the 24 words, or - for stdin
    #[arg(long, value_name = "FILE|-")]
    pub(crate) phrase_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Alias {
    /// The alias to register: 3 to 32 of a-z, 0-9 and '-'
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// An invite of the account's verifier: its link, a picture of its QR code, or - for stdin
    #[arg(long, value_name = "LINK|PICTURE|-")]
    pub(crate) invite: String,
    /// A file with the 24 words, or - for stdin; asked for otherwise
    #[arg(long, value_name = "FILE|-")]
    pub(crate) phrase_file: Option<PathBuf>,
    /// What you call yourself to payers and payees
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Leave the account's other devices as they are
    #[arg(long)]
    pub(crate) keep_devices: bool,
    /// Keep the phrase on this device
    #[arg(long)]
    pub(crate) keep_phrase: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Write {
    /// The contact's name
    pub(crate) contact: String,
    /// What to write: at most 1024 bytes, one line
    pub(crate) text: String,
}
