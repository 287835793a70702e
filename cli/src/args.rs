//! What can be typed.

mod meter;
mod offline;
mod pay;
mod people;
mod tab;

pub(crate) use meter::{Meter, MeterCharge, MeterPay};
pub(crate) use offline::{Offline, OfflineAccept, OfflineAllow, OfflinePay, OfflineRequest};
pub(crate) use pay::{Carry, Pay};
pub(crate) use people::{
    AddDevice, Alias, Compare, Contacts, ContactsAction, Devices, DevicesAction, Join, Pair, Restore, Revoke, Write,
};

pub(crate) use tab::{Tab, TabClaim, TabId, TabOffer, TabOpen, TabPay, TabRaise, TabServe, TabTake};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Farthing: money in a message.
#[derive(Debug, Parser)]
#[command(
    name = "farthing",
    version,
    after_help = "Example:\n  farthing init --invite 'https://verifier.example/I#…' --name 'Taco Truck'\n  farthing request '4.50 USD' --memo 'Two tacos' --png request.png\n  farthing pay request.png\n\nExit codes: 0 done; 2 wrong usage or unreadable input; 3 refused, no money moved; 4 outcome not known yet, \
`farthing sync` finds out; 5 locked or not authorised; 6 damaged or tampered data; 1 anything else.\n\n`FARTHING_LOG=debug`, or `trace`: what it does, on stderr, without ids, names and amounts."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// The wallet's folder [default: ~/.farthing]
    #[arg(long, global = true, value_name = "DIR", env = "FARTHING_WALLET")]
    pub(crate) wallet: Option<PathBuf>,
    /// Where the wallet's keys are kept, for init, which remembers it [default: passphrase]
    #[arg(long, global = true, value_enum)]
    pub(crate) vault: Option<VaultKind>,
    /// A file with the passphrase, instead of being asked for it
    #[arg(long, global = true, value_name = "FILE", env = "FARTHING_PASSPHRASE_FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Authorise without asking
    #[arg(long, global = true)]
    pub(crate) yes: bool,
    /// One JSON object on stdout, errors as JSON on stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// Where keys are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VaultKind {
    /// The operating system's keyring, unlocked by logging in
    Keyring,
    /// A file, sealed with a passphrase
    Passphrase,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a new wallet and open its account at a verifier
    ///
    /// The recovery phrase is shown once; write it down. An init that was interrupted is finished by running it again.
    #[command(after_help = "Example:\n  farthing init --invite invite.png --name 'Ada' --phrase-out phrase.txt")]
    Init(Init),
    /// What this wallet is, and what is pending
    #[command(after_help = "Example:\n  farthing status --json")]
    Status,
    /// Go on without what a restored verifier has lost
    ///
    /// A verifier that was restored from a backup does not know later payments. `status` and `sync` name them, and nothing is
    /// paid until this says that the wallet may go on: they then count for nothing. Receipts are kept and exported, as proof.
    /// The same for a verifier that signed two histories, or does not account for a checkpoint: the proof stays, and the next
    /// checkpoint is taken as the first.
    #[command(after_help = "Example:\n  farthing export proof && farthing accept-loss")]
    AcceptLoss,
    /// Whether the verifier tells you what it tells others
    ///
    /// Without FILE it shows the newest checkpoint of the ledger that this wallet was told; --out writes it, to be given to somebody
    /// by another way than through the verifier. With FILE, somebody else's, it asks whether both are of one ledger. When
    /// they are not, the proof is kept, nothing is paid any more, and the exit code is 6; `farthing export` writes the proof.
    #[command(after_help = "Example:\n  farthing checkpoint --out mine.cose\n  farthing checkpoint theirs.cose")]
    Checkpoint(Checkpoint),
    /// What can be spent, what is held, what is on its way
    #[command(after_help = "Example:\n  farthing balance")]
    Balance,
    /// Ask for money: a signed request as QR code and link
    #[command(
        after_help = "Example:\n  farthing request --item 'Taco=3.00 USD' --item 'Soda=1.50 USD' --png request.png"
    )]
    Request(Request),
    /// Money by the drop: set aside once, paid in small amounts without network, claimed together
    ///
    /// The payee offers a tab, or the payer opens one for a contact or alias. Each drop is a voucher over the total so far, shown as a QR
    /// code, piped as text, or sent to a contact. The payee claims what its newest voucher is good for; what is left comes back.
    #[command(
        subcommand,
        after_help = "Example:\n  farthing tab offer '0.02 USD' --unit article --cap '5.00 USD' --png offer.png\n  farthing tab open offer.png\n  farthing tab pay 0198c0de-… 0.02 --png voucher.png\n  farthing tab take voucher.png\n  farthing tab claim"
    )]
    Tab(Tab),
    /// Money without network on both sides: set aside once, paid by a signed word for each request
    ///
    /// A payee can lose what it takes, since a payer can show one payment to many: it says how much before it asks. Where the payee has
    /// network, `farthing pay --offline` risks nothing; where the payee is known before, a tab.
    #[command(
        subcommand,
        after_help = "Example:\n  farthing offline allow '50.00 USD'\n  farthing offline request '4.50 USD' --png request.png\n  farthing offline pay request.png --png payment.png\n  farthing offline accept payment.png"
    )]
    Offline(Offline),
    /// Pay by the second, by bytes, by readings: as long as something is delivered, and no longer
    ///
    /// The payee offers a price for each unit and delivers while it is paid; the payer agrees once, to a cap and to the most that can be
    /// lost, and then pays by itself, a quantum at a time. Either side ends it with Ctrl-C; it ends by itself at the cap, and when the
    /// other falls silent. Each measures for itself. It costs one claim, and what was not delivered comes back.
    #[command(
        subcommand,
        after_help = "Example:\n  farthing meter charge 0.0.0.0:7300 '0.01 USD' --per second --cap '5.00 USD' --png offer.png\n  farthing meter pay offer.png 192.168.1.7:7300"
    )]
    Meter(Meter),
    /// Say what something is and whether it is genuine; does nothing
    #[command(after_help = "Example:\n  farthing scan request.png")]
    Scan(Scan),
    /// Pay a contact, a request or an alias
    ///
    /// Shows payee, amount, fee and total, then asks. When the outcome is not known after --wait, the exit code is 4, the
    /// payment is stored and never made twice, `farthing sync` finds the outcome; with --json the error object on stderr
    /// has the payment's `id`.
    ///
    /// With --offline nobody is called, and the wallet chooses the first way that can be had: an order that a payee with network
    /// posts, for the whole request that it shows; a tab with this payee that was opened before, for a contact or an alias with an
    /// amount; an allowance, for what `farthing offline request` shows. It says which, and why none before it, then asks; with --json
    /// that is `way` (carried, tab, allowance) and `passed`.
    #[command(
        after_help = "Example:\n  farthing pay request.png\n  farthing pay taco-truck '4.50 USD' --memo 'Thank you' --yes --json\n  farthing pay request.png --offline --png payment.png\n  farthing pay Ann '4.50 USD' --offline"
    )]
    Pay(Pay),
    /// Post the payment of somebody without network, or take the answer to your own
    ///
    /// The payee shows `farthing request --whole`; the payer, without network, scans it with `farthing pay --offline` and shows what it
    /// signed; the payee posts that with `carry`, sees that it was paid, and shows the answer, which the payer takes with `carry`. The
    /// payee can neither read nor change what it posts, and whoever posts it, it is paid once. A payment that was not to this wallet is
    /// an error: then there is nothing to deliver for.
    #[command(
        after_help = "Example:\n  farthing request '4.50 USD' --whole --png request.png\n  farthing pay request.png --offline --png order.png\n  farthing carry order.png --png answer.png\n  farthing carry answer.png"
    )]
    Carry(Carry),
    /// Meet somebody: both phones show six digits, and each becomes the other's contact
    ///
    /// One shows a QR code, the other scans it within two minutes. Compare the digits by looking at both screens; when they
    /// differ, say no. For scripts, --code-out writes the digits and --expect-code-file waits for the other side's file.
    #[command(subcommand, after_help = "Example:\n  farthing pair show --png pair.png\n  farthing pair scan pair.png")]
    Pair(Pair),
    /// People you know: list, rename, block
    #[command(after_help = "Example:\n  farthing contacts\n  farthing contacts rename Ada 'Ada Lovelace'")]
    Contacts(Contacts),
    /// Write a few sentences to a contact, end-to-end encrypted
    #[command(after_help = "Example:\n  farthing write Ada 'See you at seven'")]
    Write(Write),
    /// What you and a contact wrote to each other, and the requests that one sent the other
    #[command(after_help = "Example:\n  farthing notes Ada")]
    Notes {
        /// The contact's name
        contact: String,
    },
    /// Cancel a request that was not paid, or an offer that was not accepted
    #[command(after_help = "Example:\n  farthing cancel 3f2a9c4be1d04c6f8a7b5c3d2e1f0a9b")]
    Cancel(Cancel),
    /// Payments, newest first
    #[command(after_help = "Example:\n  farthing history --limit 20")]
    History(History),
    /// Show a payment's receipt, checked again
    #[command(after_help = "Example:\n  farthing receipt 0198c0de-… --cose receipt.cose")]
    Receipt(Receipt),
    /// Check any signed Farthing object, without network
    ///
    /// `valid` only when its signatures lead to the wallet's verifier or to the root that is given. Requests and alias
    /// records are signed by their payee's own key: for them it means that they are unaltered, not who made them. An unknown
    /// signer or an altered object ends with exit code 6 (the error says what the object is all the same, with --json as `object`),
    /// something else with 2. Works without a wallet.
    /// So is the proof that a verifier signed two histories, as `export` writes it: it is valid when it holds against the root.
    #[command(
        after_help = "Example:\n  farthing verify receipt.cose --root 9f86d0… --certificate verifier-certificate-1.cose"
    )]
    Verify(Verify),
    /// Resolve what is pending, and fetch what has arrived
    #[command(after_help = "Example:\n  farthing sync --wait 20s")]
    Sync(Sync),
    /// Stay current, and say what happens as it happens
    ///
    /// One line for each event, from the wallet's log: with --json an object with its `seq`, and the payment or tab it is about. --after
    /// with the last `seq` goes on there; what was printed just before a kill may come once more. When the verifier goes away
    /// and comes back is said on stderr. Other commands go on meanwhile. Ends with 0 when it is interrupted.
    #[command(after_help = "Example:\n  farthing watch --json --after 17\n  farthing watch --count 1 --for 30s")]
    Watch(Watch),
    /// The same account on this device, from its recovery phrase
    ///
    /// The account's other devices are revoked, as a lost phone must be; --keep-devices keeps them. What the account paid and
    /// received before is read first, then it can pay. A restore that was interrupted is finished by running it again. The
    /// invite says which verifier; it may be an old one.
    #[command(after_help = "Example:\n  farthing restore --invite invite.png --phrase-file phrase.txt")]
    Restore(Restore),
    /// What may act for the account, and what it may do
    #[command(after_help = "Example:\n  farthing devices")]
    Devices(Devices),
    /// Become a device of somebody's account: a cashier's till, a child's phone
    ///
    /// The account's owner runs `farthing devices add` and shows a code; scan it here and compare the digits. This device has keys
    /// of its own, no recovery phrase, and does what the owner allows.
    #[command(after_help = "Example:\n  farthing join add.png --name 'Till 2'")]
    Join(Join),
    /// Stop a device for ever: a lost phone, a cashier who left
    ///
    /// Needs the recovery phrase: the one that this wallet still keeps, else --phrase-file, else it is asked for. It cannot be
    /// undone; the same phone can only join as another device.
    #[command(after_help = "Example:\n  farthing revoke 3f2a9c4be1d04c6f8a7b5c3d2e1f0a9b --phrase-file phrase.txt")]
    Revoke(Revoke),
    /// The names that you can be paid at; with NAME, register a further one
    ///
    /// At most 8. An alias is yours for ever: nobody else can get it, and it cannot be given back.
    #[command(after_help = "Example:\n  farthing alias taco-truck")]
    Alias(Alias),
    /// Show the recovery phrase again, or confirm that it is written down
    ///
    /// Asks for the passphrase. Once the backup is confirmed (--confirm-file), the phrase is forgotten here unless --keep is
    /// given: then only the paper has it, and `revoke` asks for it.
    #[command(after_help = "Example:\n  farthing phrase\n  farthing phrase --confirm-file typed-again.txt")]
    Phrase(Phrase),
    /// Write everything the wallet knows into a folder: JSON and the signed files, no private keys
    #[command(after_help = "Example:\n  farthing export farthing-export")]
    Export(Export),
    /// Print completions for a shell
    #[command(
        after_help = "Example:\n  farthing completions bash > ~/.local/share/bash-completion/completions/farthing"
    )]
    Completions(Completions),
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The verifier's invite: its link, a picture of its QR code, or - for stdin
    #[arg(long, value_name = "LINK|PICTURE|-")]
    pub(crate) invite: String,
    /// What you call yourself to payers and payees
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The alias you want to be paid at; a random one otherwise
    #[arg(long)]
    pub(crate) alias: Option<String>,
    /// Write the recovery phrase to a new file instead of showing it
    #[arg(long, value_name = "FILE")]
    pub(crate) phrase_out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Checkpoint {
    /// Another's checkpoint, or - for stdin
    #[arg(value_name = "FILE|-")]
    pub(crate) file: Option<PathBuf>,
    /// Write the newest one that this wallet believes to a new file
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Phrase {
    /// A file with the phrase, typed from the paper, or - for stdin: confirms the backup
    #[arg(long, value_name = "FILE|-")]
    pub(crate) confirm_file: Option<PathBuf>,
    /// Keep the phrase here after the backup is confirmed
    #[arg(long, requires = "confirm_file")]
    pub(crate) keep: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Request {
    /// How much, like '4.50 USD'; the payer chooses when it is left out and there are no items
    #[arg(allow_negative_numbers = true)]
    pub(crate) amount: Option<String>,
    /// What the payer reads
    #[arg(long, value_name = "TEXT")]
    pub(crate) memo: Option<String>,
    /// One line of the bill; may be repeated
    #[arg(long = "item", value_name = "NAME=AMOUNT")]
    pub(crate) items: Vec<String>,
    /// How long it can be paid: 90s, 15m, 2h, 7d; at most 30d, with --standing 366d
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration)]
    pub(crate) expires: Duration,
    /// Can be paid again and again, on your alias, for up to 366d; `cancel` takes it back
    #[arg(long)]
    pub(crate) standing: bool,
    /// Send it to a contact, too, who sees it in `farthing notes`
    #[arg(long, value_name = "CONTACT")]
    pub(crate) to: Option<String>,
    /// Show the whole request instead of a link, for a payer without network
    #[arg(long)]
    pub(crate) whole: bool,
    /// Write the QR code as a PNG picture; with --whole and a FILE.gif an animation of smaller ones
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// A link, an alias, a picture or text file (a name with an ending or a /, like ./name), or - for stdin
    pub(crate) input: String,
}

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// The id of the request or offer
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) limit: u32,
    /// Only payments before this one
    #[arg(long, value_name = "ID")]
    pub(crate) before: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Receipt {
    /// The payment's id
    pub(crate) id: String,
    /// Write the signed bytes to a file
    #[arg(long, value_name = "FILE")]
    pub(crate) cose: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The object's bytes, a voucher's text, or - for stdin
    pub(crate) file: PathBuf,
    /// The verifier to trust: 64 hex digits
    #[arg(long, value_name = "HEX")]
    pub(crate) root: Option<String>,
    /// A certificate of the verifier's signing key; may be repeated
    #[arg(long = "certificate", value_name = "FILE")]
    pub(crate) certificates: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// Wait for something to arrive
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    pub(crate) wait: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// Begin after this event; 0 begins with the first. What happens from now on otherwise
    #[arg(long, value_name = "SEQ")]
    pub(crate) after: Option<u64>,
    /// End after this time
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub(crate) for_time: Option<Duration>,
    /// End after so many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// A new or empty folder
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// Longest duration that is read; the protocol's own limits are far below.
const DURATION_MAX: Duration = Duration::from_secs(400 * 24 * 3600);

/// A whole number with its unit: `500ms`, `10s`, `15m`, `2h`, `7d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a time like 10s, 15m, 2h or 7d".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    let duration = number.checked_mul(unit_ms).map(Duration::from_millis).filter(|d| *d <= DURATION_MAX);
    duration.ok_or_else(|| "at most 400 days".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_tree_is_sound() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn durations() {
        assert_eq!(duration("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        for bad in ["", "10", "s", "-1s", "1.5s", "10 s", "1w", "99999999999999999999s", "401d"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
