//! What can be typed about payments.

use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct Pay {
    /// A contact's name, an alias, a request's link, a picture or text file with one (a name with an ending or a /, like
    /// ./name), or - for stdin; an alias is never taken for a file
    pub(crate) target: String,
    /// How much, where the payee does not say it
    #[arg(allow_negative_numbers = true)]
    pub(crate) amount: Option<String>,
    /// What the payee reads; nobody else can
    #[arg(long, value_name = "TEXT")]
    pub(crate) memo: Option<String>,
    /// How long to wait for the outcome
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = super::duration)]
    pub(crate) wait: Duration,
    /// Without network: sign for a whole request (`request --whole`), from a tab with this payee, or from an allowance, whichever can be
    /// had first, and show what the payee is to take
    #[arg(long, conflicts_with = "wait")]
    pub(crate) offline: bool,
    /// With --offline: write the QR code as a PNG picture, or into a FILE.gif an animation of smaller ones
    #[arg(long, value_name = "FILE", requires = "offline")]
    pub(crate) png: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Carry {
    /// What a payer's phone shows (FC:...), or the answer that a payee's phone shows (FS:...), as text, a picture or text file, or -
    /// for stdin; or the id of a payment of yours, to show it again
    pub(crate) input: String,
    /// Write the QR code as a PNG picture, or into a FILE.gif an animation of smaller ones
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
}
