//! What can be typed about tabs.

use clap::{Args, Subcommand};
use farthing_core::tab::DirectAddress;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum Tab {
    /// Offer a tab: so much for each unit, as QR code and link
    ///
    /// Whoever accepts it sets the cap aside for you, and pays by vouchers that you take. `cancel` takes an offer back.
    #[command(after_help = "Example:\n  farthing tab offer '0.02 USD' --unit article --cap '5.00 USD' --png offer.png")]
    Offer(TabOffer),
    /// Offers of yours, and those that contacts have sent you
    #[command(after_help = "Example:\n  farthing tab offers")]
    Offers,
    /// Open a tab: money is set aside for one payee, and nothing of it is paid yet
    ///
    /// Shows payee, price, cap, fee, what is set aside and until when, then asks. What is not claimed comes back. When the
    /// outcome is not known after --wait, the exit code is 4, the order is stored and never made twice, `farthing sync` finds
    /// the outcome; with --json the error object on stderr has the tab's `id`.
    #[command(
        after_help = "Example:\n  farthing tab open offer.png\n  farthing tab open Ann '10.00 USD' --lasts 7d --yes --json"
    )]
    Open(TabOpen),
    /// Pay a drop from a tab: signs a voucher for so much more, without network
    ///
    /// The voucher's text alone goes to stdout. Show it to the payee, or pipe it; where the payee is a contact, it is sent there, too.
    /// With --direct it is posted to the payee's `farthing tab serve`, and the exit code says what became of it: 0 when the payee has
    /// stored it, 1 when it said no, 4 when it was not heard. What was signed stays signed: --again offers it once more.
    #[command(
        after_help = "Example:\n  farthing tab pay 0198c0de-… 0.02\n  farthing tab pay 0198c0de-… 0.02 --png voucher.png\n  \
                      farthing tab pay 0198c0de-… 0.02 --direct 192.168.1.7:7300\n  \
                      farthing tab pay 0198c0de-… --again --direct 192.168.1.7:7300"
    )]
    Pay(TabPay),
    /// Take a voucher that somebody shows, without network
    ///
    /// Deliver for what is `added`. A voucher that was taken before adds nothing; for one that is behind the newest, the newest is
    /// printed: show it to the payer, whose `farthing tab take` then goes on from there.
    #[command(
        after_help = "Example:\n  farthing tab take voucher.png\n  farthing tab pay 0198c0de-… 0.02 | farthing --wallet shop tab take -"
    )]
    Take(TabTake),
    /// Take vouchers over the network, as a meter or a content server does
    ///
    /// Says where it listens, then one line for each voucher that brings something: it is stored by then, deliver for what is `added`.
    /// What passes is sealed to the key of your offer, so that it needs no TLS, and nobody else can read or answer it. Meanwhile the
    /// wallet stays current with the verifier and claims what is due. Ctrl-C and SIGTERM end it.
    #[command(
        after_help = "Example:\n  farthing tab serve 0.0.0.0:7300\n  farthing tab serve 127.0.0.1:0 --json | while read -r line; do …"
    )]
    Serve(TabServe),
    /// Tabs that you pay from and earn by, newest first
    #[command(after_help = "Example:\n  farthing tab list --limit 20")]
    List(TabList),
    /// A tab with its receipts, and the newest voucher that you took
    #[command(after_help = "Example:\n  farthing tab show 0198c0de-… --json")]
    Show(TabId),
    /// Claim what vouchers are good for, of one tab or of all
    ///
    /// `sync` claims by itself once a tab is closed, or half of the time for it is over.
    #[command(after_help = "Example:\n  farthing tab claim\n  farthing tab claim 0198c0de-…")]
    Claim(TabClaim),
    /// End a tab that you earn by: what was not claimed goes back to the payer at once
    #[command(after_help = "Example:\n  farthing tab claim 0198c0de-… && farthing tab release 0198c0de-…")]
    Release(TabId),
    /// Close a tab that you pay from: nothing more is paid from it, and the payee has its time to claim
    #[command(after_help = "Example:\n  farthing tab close 0198c0de-…")]
    Close(TabId),
    /// Raise the cap of a tab that you pay from, or let it last longer
    #[command(after_help = "Example:\n  farthing tab raise 0198c0de-… '20.00 USD' --longer 1d")]
    Raise(TabRaise),
}

#[derive(Debug, Args)]
pub(crate) struct TabOffer {
    /// The price of one unit, like '0.02 USD'
    #[arg(allow_negative_numbers = true)]
    pub(crate) price: String,
    /// What the price is for: article, minute
    #[arg(long, value_name = "TEXT")]
    pub(crate) unit: String,
    /// How much you suggest to set aside
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    pub(crate) cap: String,
    /// For how long you suggest that it is spent from: more than 10 minutes, at most 31d
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = super::duration)]
    pub(crate) lasts: Duration,
    /// How long you need at least to claim after that: 1d to 31d
    #[arg(long, value_name = "TIME", default_value = "3d", value_parser = super::duration)]
    pub(crate) grace: Duration,
    /// What the payer reads
    #[arg(long, value_name = "TEXT")]
    pub(crate) memo: Option<String>,
    /// How long it can be accepted: 90s, 15m, 2h, 7d; at most 30d, with --standing 366d
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = super::duration)]
    pub(crate) expires: Duration,
    /// Can be accepted by any number of people, on your alias
    #[arg(long)]
    pub(crate) standing: bool,
    /// Send it to a contact, too, who sees it in `farthing tab offers`
    #[arg(long, value_name = "CONTACT")]
    pub(crate) to: Option<String>,
    /// Write the QR code as a PNG picture
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TabOpen {
    /// An offer's link, a picture or text file with one (a name with an ending or a /, like ./name), the id of an offer that a contact
    /// sent, a contact's name, an alias, or - for stdin
    pub(crate) target: String,
    /// The most that the payee gets in all; as the offer suggests when it is left out
    #[arg(allow_negative_numbers = true)]
    pub(crate) cap: Option<String>,
    /// For how long it is spent from [default: as the offer suggests, or 1d]
    #[arg(long, value_name = "TIME", value_parser = super::duration)]
    pub(crate) lasts: Option<Duration>,
    /// How long the payee may claim after that [default: as long as the offer needs, or 1d]
    #[arg(long, value_name = "TIME", value_parser = super::duration)]
    pub(crate) grace: Option<Duration>,
    /// What the payee reads; nobody else can
    #[arg(long, value_name = "TEXT")]
    pub(crate) memo: Option<String>,
    /// How long to wait for the outcome
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = super::duration)]
    pub(crate) wait: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct TabPay {
    /// The tab's id, as `farthing tab list` shows it
    pub(crate) id: String,
    /// How much more; the currency may be left out
    #[arg(allow_negative_numbers = true, required_unless_present = "again")]
    pub(crate) amount: Option<String>,
    /// Offer it to the payee at this address, where its `farthing tab serve` listens
    #[arg(long, value_name = "HOST:PORT", value_parser = address)]
    pub(crate) direct: Option<DirectAddress>,
    /// Pay nothing more: offer what was signed last once more
    #[arg(long, requires = "direct", conflicts_with = "amount")]
    pub(crate) again: bool,
    /// Write the voucher's QR code as a PNG picture
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
    /// Write the signed bytes to a file
    #[arg(long, value_name = "FILE")]
    pub(crate) cose: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TabTake {
    /// The voucher's text, a picture of its QR code, a text file with it, or - for stdin
    pub(crate) voucher: String,
}

pub(super) fn address(text: &str) -> Result<DirectAddress, String> {
    DirectAddress::parse(text).ok_or_else(|| "give a host or an address, and a port, like 192.168.1.7:7300".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct TabServe {
    /// Where to listen: an address of this machine and a port, or port 0 for any that is free
    #[arg(value_name = "ADDRESS:PORT")]
    pub(crate) listen: std::net::SocketAddr,
}

#[derive(Debug, Args)]
pub(crate) struct TabList {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct TabId {
    /// The tab's id, as `farthing tab list` shows it
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct TabClaim {
    /// The tab's id; all tabs when it is left out
    pub(crate) id: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TabRaise {
    /// The tab's id, as `farthing tab list` shows it
    pub(crate) id: String,
    /// The cap from then on; as it is when it is left out
    #[arg(allow_negative_numbers = true)]
    pub(crate) cap: Option<String>,
    /// So much longer than now
    #[arg(long, value_name = "TIME", value_parser = super::duration)]
    pub(crate) longer: Option<Duration>,
    /// How long to wait for the outcome
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = super::duration)]
    pub(crate) wait: Duration,
}
