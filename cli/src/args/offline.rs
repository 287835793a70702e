//! What can be typed about money without network.

use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum Offline {
    /// Set an allowance aside, to pay whomever without network
    ///
    /// Shows what is set aside, until when, and what a thief with this device could cost, then asks. What is not spent comes back.
    /// When the outcome is not known after --wait, the exit code is 4, the order is stored and never made twice, `farthing sync` finds
    /// the outcome.
    #[command(after_help = "Example:\n  farthing offline allow '50.00 USD' --lasts 7d")]
    Allow(OfflineAllow),
    /// Ask for money, when neither side has network; calls nobody
    #[command(after_help = "Example:\n  farthing offline request '4.50 USD' --memo 'two tacos' --png request.png")]
    Request(OfflineRequest),
    /// Pay what a payee shows, from an allowance; calls nobody
    ///
    /// Shows payee and amount, then asks. The payment's text alone goes to stdout: show it to the payee. Asked again for the same
    /// request, it shows the same payment.
    #[command(after_help = "Example:\n  farthing offline pay request.png --png payment.png")]
    Pay(OfflinePay),
    /// Take what a payer shows; calls nobody
    ///
    /// Says what you could lose, then asks. Deliver when this says that it is taken. `farthing sync` claims it.
    #[command(after_help = "Example:\n  farthing offline accept payment.png")]
    Accept(OfflineAccept),
    /// Claim what was taken, also what was refused before
    #[command(after_help = "Example:\n  farthing offline claim")]
    Claim,
    /// Revoke an allowance: nothing more is signed from it
    ///
    /// What was signed before stays good.
    #[command(after_help = "Example:\n  farthing offline revoke 1f0c…")]
    Revoke(OfflineRevoke),
    /// What you are ready to lose without network; another amount sets it
    #[command(after_help = "Example:\n  farthing offline limit\n  farthing offline limit '30.00 USD'")]
    Limit(OfflineLimit),
    /// Allowances, and what was taken without network, newest first
    #[command(after_help = "Example:\n  farthing offline list --json")]
    List,
}

#[derive(Debug, Args)]
pub(crate) struct OfflineAllow {
    /// The most that all payees get of what is set aside, like '50.00 USD'
    #[arg(allow_negative_numbers = true)]
    pub(crate) cap: String,
    /// The most of one payment [default: all of it]
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    pub(crate) per_payment: Option<String>,
    /// For how long it is spent from: more than 10 minutes, at most 31d
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = super::duration)]
    pub(crate) lasts: Duration,
    /// How long payees may claim after that: 3d to 31d
    #[arg(long, value_name = "TIME", default_value = "3d", value_parser = super::duration)]
    pub(crate) grace: Duration,
    /// How long to wait for the outcome
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = super::duration)]
    pub(crate) wait: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct OfflineRequest {
    /// How much, like '4.50 USD'
    #[arg(allow_negative_numbers = true)]
    pub(crate) amount: String,
    /// What the payer reads
    #[arg(long, value_name = "TEXT")]
    pub(crate) memo: Option<String>,
    /// How long it can be paid; at most 1d
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = super::duration)]
    pub(crate) expires: Duration,
    /// Write the QR code as a PNG picture, or into a FILE.gif an animation of smaller ones
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct OfflinePay {
    /// What the payee shows: its text, a picture or text file with it, or - for stdin
    pub(crate) request: String,
    /// From which allowance [default: the first that it can be paid from]
    #[arg(long, value_name = "ID")]
    pub(crate) from: Option<String>,
    /// Write the QR code as a PNG picture, or into a FILE.gif an animation of smaller ones
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct OfflineAccept {
    /// What the payer shows: its text, a picture or text file with it, or - for stdin
    pub(crate) payment: String,
}

#[derive(Debug, Args)]
pub(crate) struct OfflineRevoke {
    /// The allowance's name, as `farthing offline list` shows it
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct OfflineLimit {
    /// At most so much may be lost, over all payments that are not settled; 0 takes nothing
    #[arg(allow_negative_numbers = true)]
    pub(crate) amount: Option<String>,
}
