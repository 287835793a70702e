//! The arguments, with an example on every level.

use clap::{Args, Parser, Subcommand};
use farthing_protocol::time::Span;
use farthing_verifier::OPEN_PER_DAY;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The server of Farthing: keeps the ledger, decides payments, carries sealed messages.
#[derive(Debug, Parser)]
#[command(
    name = "farthing-verifier",
    version,
    propagate_version = true,
    after_help = "Example:\n  farthing-verifier init --data shop --asset USD --open --grant '20.00 USD'\n  farthing-verifier run --data shop"
)]
pub(crate) struct Arguments {
    /// One JSON object on stdout, nothing else; errors as JSON on stderr.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Sub,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sub {
    /// Makes a new ledger with its keys.
    Init(Init),
    /// Serves until SIGTERM or SIGINT.
    Run(Run),
    /// Makes an invite link.
    Invite(Invite),
    /// Issues money to an account or alias, as a signed entry.
    Fund(Fund),
    /// Shows the guarantee fund and what it promises; puts money into it, and says what it guarantees to whom.
    Guarantee(Guarantee),
    /// Puts new fees in force.
    Fee(Fee),
    /// Recomputes every balance and checks every stored signature.
    Audit(Audit),
    /// Copies the ledger into a file, while the server runs or not.
    Backup(Backup),
    /// Goes on from a backup, in a new epoch with a new signing key.
    Restore(Restore),
    /// Puts a new signing key in place of the one in use.
    Certify(Certify),
    /// Shows the public root key and its check phrase.
    Key(KeyOf),
    /// Makes a checkpoint of the ledger now, and shows it.
    Checkpoint(CheckpointOf),
    /// What to do after a clock jump.
    #[command(subcommand, after_help = "Example:\n  farthing-verifier clock accept --data shop")]
    Clock(Clock),
    /// Prints a shell's completions.
    #[command(after_help = "Example:\n  farthing-verifier completions bash > /etc/bash_completion.d/farthing-verifier")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Data {
    /// The verifier's folder.
    #[arg(long, value_name = "DIR", env = "FARTHING_VERIFIER_DATA")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  farthing-verifier init --data shop --asset USD --asset KRW --fee '0.00 USD + 10 bps' --invite-only"
)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Where the root key is written; keep it offline [default: root.key in the folder].
    #[arg(long, value_name = "FILE")]
    pub(crate) root_out: Option<PathBuf>,
    /// Where `run` listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7878")]
    pub(crate) listen: SocketAddr,
    /// Where wallets reach the verifier [default: from --listen].
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// A currency (ISO 4217), or CODE:SCALE for anything else; may be repeated.
    #[arg(long, value_name = "CODE", default_value = "USD")]
    pub(crate) asset: Vec<String>,
    /// Opens accounts without an invite.
    #[arg(long, conflicts_with = "invite_only")]
    pub(crate) open: bool,
    /// Opens accounts with an invite only; the default.
    #[arg(long)]
    pub(crate) invite_only: bool,
    /// How many accounts are opened without an invite in 24 hours; 0 is no cap.
    #[arg(long, value_name = "N", default_value_t = OPEN_PER_DAY)]
    pub(crate) open_per_day: u32,
    /// What a payment costs, per asset: `0.10 USD + 25 bps`.
    #[arg(long, value_name = "FEE")]
    pub(crate) fee: Vec<String>,
    /// What an account gets that comes without an invite; needs --open.
    #[arg(long, value_name = "AMOUNT", requires = "open")]
    pub(crate) grant: Vec<String>,
    /// The most that may be issued, per asset.
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) issuer_limit: Vec<String>,
    /// The TLS certificate chain (PEM) that `run` uses.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The TLS key (PEM) that `run` uses.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  farthing-verifier run --data shop --log-json 2>>shop.log")]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Listens here instead of where `init` said.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Is reached here instead of where `init` said.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The TLS certificate chain (PEM), instead of that of `init`.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The TLS key (PEM), instead of that of `init`.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Logs as JSON lines; FARTHING_LOG sets the level, as in `FARTHING_LOG=debug`.
    #[arg(long)]
    pub(crate) log_json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  farthing-verifier invite --data shop --grant '20.00 USD' --uses 50 --expires 7d --png invite.png"
)]
pub(crate) struct Invite {
    #[command(flatten)]
    pub(crate) data: Data,
    /// What each account gets; once per asset.
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) grant: Vec<String>,
    /// How many accounts it opens.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) uses: u32,
    /// How long it can be used, like 12h or 7d [default: without end].
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) expires: Option<Span>,
    /// The public link of an open verifier, without a code; not where accounts need an invite.
    #[arg(long, conflicts_with_all = ["grant", "uses", "expires"])]
    pub(crate) public: bool,
    /// Pins this TLS certificate (PEM), when no public authority signed it.
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_tls: Option<PathBuf>,
    /// Writes the QR code as a picture.
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  farthing-verifier fund --data shop ada '20.00 USD' --reason 'prize of the raffle'")]
pub(crate) struct Fund {
    #[command(flatten)]
    pub(crate) data: Data,
    /// An account in hex, or an alias.
    pub(crate) target: String,
    /// How much, like 4.50 USD.
    #[arg(required = true, num_args = 1..=2, allow_negative_numbers = true)]
    pub(crate) amount: Vec<String>,
    /// Why; the account's owner sees it.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Makes a repeated call harmless; printed when it is made here.
    #[arg(long, value_name = "UUID")]
    pub(crate) id: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  farthing-verifier guarantee --data shop --fund '100.00 USD'\n  farthing-verifier guarantee --data shop --per-allowance '5.00 USD' --add bakery"
)]
pub(crate) struct Guarantee {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Puts so much into the fund, from the issuer's account.
    #[arg(long, value_name = "AMOUNT", conflicts_with_all = ["per_allowance", "add", "remove"])]
    pub(crate) fund: Option<String>,
    /// Makes a repeated --fund harmless; printed when it is made here.
    #[arg(long, value_name = "UUID", requires = "fund")]
    pub(crate) id: Option<String>,
    /// The most that the fund pays of one allowance, per asset; 0 ends the promise.
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) per_allowance: Vec<String>,
    /// Guarantees this payee, an account in hex or an alias, from now on; may be repeated.
    #[arg(long, value_name = "PAYEE")]
    pub(crate) add: Vec<String>,
    /// Guarantees this payee no longer; what it was paid stays its own.
    #[arg(long, value_name = "PAYEE")]
    pub(crate) remove: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  farthing-verifier fee --data shop '0.10 USD + 25 bps'")]
pub(crate) struct Fee {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The fee of each asset that changes.
    #[arg(required = true, value_name = "FEE")]
    pub(crate) fees: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  farthing-verifier audit --data shop --json")]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Goes on from an earlier audit: signatures of positions up to this one are not checked again.
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    pub(crate) since: u64,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  farthing-verifier backup --data shop shop-2030-01-01.db")]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) data: Data,
    /// A file that does not exist yet.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  farthing-verifier restore --data shop-again --root /media/offline/root.key shop-2030-01-01.db"
)]
pub(crate) struct Restore {
    /// A new or empty folder for the ledger that goes on.
    #[arg(long, value_name = "DIR", env = "FARTHING_VERIFIER_DATA")]
    pub(crate) data: PathBuf,
    /// The root key's file; it certifies the new signing key.
    #[arg(long, value_name = "FILE")]
    pub(crate) root: PathBuf,
    /// The backup.
    #[arg(value_name = "IN")]
    pub(crate) file: PathBuf,
    /// An epoch beyond every one that ever served [default: the one after the backup's].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    pub(crate) epoch: Option<u64>,
    /// Where `run` listens, instead of where the backup says.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where wallets reach the verifier, instead of where the backup says.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The TLS certificate chain (PEM) that `run` uses, instead of the backup's.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The TLS key (PEM) that `run` uses, instead of the backup's.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  farthing-verifier certify --data shop --root /media/offline/root.key")]
pub(crate) struct Certify {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The root key's file; it certifies the new signing key.
    #[arg(long, value_name = "FILE")]
    pub(crate) root: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  farthing-verifier key --data shop")]
pub(crate) struct KeyOf {
    #[command(flatten)]
    pub(crate) data: Data,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  farthing-verifier checkpoint --data shop\n\nCheckpoints are made by themselves. Publish one now and then where everybody sees the same: whoever\nholds it against what a wallet was told (`farthing checkpoint FILE`) knows that both are of one ledger."
)]
pub(crate) struct CheckpointOf {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Writes the signed checkpoint to a new file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Clock {
    /// Says that the clock is right now: expiries go on.
    #[command(after_help = "Example:\n  farthing-verifier clock accept --data shop")]
    Accept(ClockAccept),
}

#[derive(Debug, Args)]
pub(crate) struct ClockAccept {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Lets time go on by more than 24 hours; it never goes back.
    #[arg(long)]
    pub(crate) yes: bool,
}

/// A time like 90s, 15m, 12h or 7d.
fn span(text: &str) -> Result<Span, String> {
    let wrong = || "write a time like 90s, 15m, 12h or 7d".to_owned();
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let count: u64 = text.strip_suffix(unit).and_then(|n| n.parse().ok()).filter(|n| *n > 0).ok_or_else(wrong)?;
    count.checked_mul(seconds).map(Span::from_s).ok_or_else(wrong)
}
