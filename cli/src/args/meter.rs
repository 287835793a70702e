//! What can be typed about meters.

use super::tab::address;
use clap::{Args, Subcommand};
use farthing_core::tab::DirectAddress;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum Meter {
    /// Deliver as long as it is paid for: offers a price, takes vouchers at a port, says when to deliver and when to stop
    ///
    /// Shows the offer's QR code and waits for one payer. With --json each line is for what delivers: `deliver` up to so many ticks in
    /// all, which of time is for `for_ms` from now, and `stop`. Time is measured here, by a clock that counts sleep, too. Anything else
    /// is counted by what delivers: it writes the total so far to stdin, a line each, and never delivers beyond `up_to`. At the end it
    /// claims what was delivered and lets go of the rest. Ctrl-C and SIGTERM end it.
    #[command(
        after_help = "Example:\n  farthing meter charge 0.0.0.0:7300 '0.01 USD' --per second --cap '5.00 USD' --png offer.png\n  \
                      farthing meter charge 0.0.0.0:7300 '0.30 USD' --per kWh --ticks 1000 --rate 2 --quantum 10 --cap '9.00 USD' --json"
    )]
    Charge(MeterCharge),
    /// Pay by itself for what is delivered, within terms that you see first
    ///
    /// Shows payee, price, cap and the most that can be lost, then asks, sets the cap aside, and pays a quantum at a time, by this
    /// machine's own clock. What is counted is written to stdin by whatever counts it on this side: the total so far, a line each.
    /// Ends with 0 when it was told to by Ctrl-C or SIGTERM, at the cap, and when the payee ended it; with 4 when the payee fell silent;
    /// with 1 when it counted or delivered what the terms do not allow. In each case nothing more is paid, and what was not claimed comes
    /// back.
    #[command(after_help = "Example:\n  farthing meter pay offer.png 192.168.1.7:7300\n  \
                      farthing meter pay offer.png 192.168.1.7:7300 '2.00 USD' --yes --json")]
    Pay(MeterPay),
}

#[derive(Debug, Args)]
pub(crate) struct MeterCharge {
    /// Where to listen: an address of this machine and a port, or port 0 for any that is free
    #[arg(value_name = "ADDRESS:PORT")]
    pub(crate) listen: std::net::SocketAddr,
    /// The price of one unit, like '0.01 USD'
    #[arg(allow_negative_numbers = true)]
    pub(crate) price: String,
    /// The unit: second, minute, hour, day; anything else is counted, and needs --rate
    #[arg(long, value_name = "UNIT")]
    pub(crate) per: String,
    /// Of what is counted: so many ticks are one unit [default: 1]
    #[arg(long, value_name = "TICKS")]
    pub(crate) ticks: Option<u64>,
    /// Of what is counted: at most so many ticks in a second
    #[arg(long, value_name = "TICKS")]
    pub(crate) rate: Option<u64>,
    /// So much, in the beginning, costs nothing: a time, or ticks
    #[arg(long, value_name = "TIME|TICKS")]
    pub(crate) free: Option<String>,
    /// So much is paid at a time, in advance: a time, or ticks [default: 10s; of what is counted, a unit]
    #[arg(long, value_name = "TIME|TICKS")]
    pub(crate) quantum: Option<String>,
    /// How long you deliver without being paid, and the payer waits without hearing you: 1s to 10m
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = super::duration)]
    pub(crate) grace: Duration,
    /// How much you suggest to set aside
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    pub(crate) cap: String,
    /// What the payer reads
    #[arg(long, value_name = "TEXT")]
    pub(crate) memo: Option<String>,
    /// How long it can be accepted: 90s, 15m, 2h, 7d; at most 30d
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = super::duration)]
    pub(crate) expires: Duration,
    /// Write the QR code as a PNG picture
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct MeterPay {
    /// An offer's link, a picture or text file with one (a name with an ending or a /, like ./name), or - for stdin
    pub(crate) target: String,
    /// Where the payee's `farthing meter charge` listens
    #[arg(value_name = "HOST:PORT", value_parser = address)]
    pub(crate) address: DirectAddress,
    /// The most that is paid in all; as the offer suggests when it is left out
    #[arg(allow_negative_numbers = true)]
    pub(crate) cap: Option<String>,
    /// What the payee reads; nobody else can
    #[arg(long, value_name = "TEXT")]
    pub(crate) memo: Option<String>,
    /// How long to wait for the tab to be open
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = super::duration)]
    pub(crate) wait: Duration,
}
