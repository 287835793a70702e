//! The command line: arguments in, one outcome out (text or JSON), and an exit code that scripts can rely on.

mod arguments;
mod certify;
mod init;
mod inspect;
mod open_files;
mod output;
mod picture;
mod random;
mod restore;
mod run;

use arguments::{Arguments, Clock, Sub};
use clap::{CommandFactory as _, Parser as _};
use data_encoding::HEXLOWER;
use farthing_protocol::id::{Digest, InviteCode, OrderId};
use farthing_verifier::commands::{Command, Outcome};
use farthing_verifier::server::{Asked, Folder, ask, now};
use output::{Failure, Shown};
use std::path::Path;
use std::process::ExitCode;

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error),
    };
    let json = arguments.json;
    match execute(arguments) {
        Ok(shown) => output::show(&shown, json),
        Err(failure) => output::fail(&failure, json),
    }
}

fn execute(arguments: Arguments) -> Result<Shown, Failure> {
    let json = arguments.json;
    match arguments.command {
        Sub::Init(init) => init::init(&init, json),
        Sub::Run(run) => run::run(&run, json),
        Sub::Invite(invite) => make_invite(&invite),
        Sub::Fund(fund) => make_fund(&fund),
        Sub::Guarantee(of) => guarantee(&of),
        Sub::Fee(fee) => {
            let done = operate(&fee.data.data, &Command::Fees { fees: fee.fees })?;
            Ok(Shown::new(format!("fee schedule {} is in force", member(&done, "/fee_version")), done))
        }
        Sub::Checkpoint(of) => make_checkpoint(&of),
        Sub::Clock(Clock::Accept(accept)) => {
            let done = operate(&accept.data.data, &Command::ClockAccept { yes: accept.yes })?;
            Ok(Shown::new(accepted(&done), done))
        }
        Sub::Audit(audit) => inspect::audit(&audit),
        Sub::Backup(backup) => inspect::backup(&backup),
        Sub::Restore(new) => restore::restore(&new, json),
        Sub::Certify(new) => certify::certify(&new),
        Sub::Key(at) => inspect::key(&at.data.data),
        Sub::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "farthing-verifier", &mut script);
            Ok(Shown::text(String::from_utf8_lossy(&script).into_owned()))
        }
    }
}

fn make_invite(invite: &arguments::Invite) -> Result<Shown, Failure> {
    if let Some(png) = &invite.png
        && png.exists()
    {
        return Err(Failure::usage(format!("{} exists already", png.display())));
    }
    let tls = invite.pin_tls.as_deref().map(certificate_hash).transpose()?;
    let command = if invite.public {
        Command::PublicInvite { tls }
    } else {
        Command::Invite {
            code: InviteCode::generate(&mut random::rng()).to_hex(),
            uses: invite.uses,
            life_ms: invite.expires.map(|span| span.as_ms()),
            grants: invite.grant.clone(),
            tls,
        }
    };
    let done = operate(&invite.data.data, &command)?;
    let link = &member(&done, "/link");
    let mut text = format!("{link}\n\n{}", picture::terminal(link)?);
    if let Some(png) = &invite.png {
        picture::png(link, png)?;
        text.push_str(&format!("\nthe QR code is in {}", png.display()));
    }
    Ok(Shown::new(text, done))
}

/// SHA-256 of the first certificate of a PEM file, as invites pin it.
fn certificate_hash(path: &Path) -> Result<String, Failure> {
    use rustls::pki_types::pem::PemObject as _;
    let certificate = rustls::pki_types::CertificateDer::from_pem_file(path)
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    Ok(HEXLOWER.encode(Digest::of(&certificate).as_bytes()))
}

fn make_fund(fund: &arguments::Fund) -> Result<Shown, Failure> {
    let id = match &fund.id {
        Some(id) => id.clone(),
        None => OrderId::generate(now().wall, &mut random::rng()).to_uuid_text(),
    };
    let command = Command::Fund {
        id: id.clone(),
        target: fund.target.clone(),
        amount: fund.amount.join(" "),
        reason: fund.reason.clone(),
    };
    let done = operate(&fund.data.data, &command)
        .map_err(|failure| failure.with_hint(&format!("repeat with --id {id} to be sure that it is done once")))?;
    let text = format!(
        "{} issued to {} as entry {}, id {id}",
        member(&done, "/amount/text"),
        member(&done, "/account"),
        member(&done, "/entry/seq")
    );
    Ok(Shown::new(text, done))
}

fn guarantee(of: &arguments::Guarantee) -> Result<Shown, Failure> {
    let done = match &of.fund {
        Some(amount) => {
            let made = || OrderId::generate(now().wall, &mut random::rng()).to_uuid_text();
            let id = of.id.clone().unwrap_or_else(made);
            let command = Command::GuaranteeFund { id: id.clone(), amount: amount.clone() };
            let hint = format!("repeat with --id {id} to be sure that it is done once");
            operate(&of.data.data, &command).map_err(|failure| failure.with_hint(&hint))?
        }
        None => {
            let (per_allowance, add, remove) = (of.per_allowance.clone(), of.add.clone(), of.remove.clone());
            operate(&of.data.data, &Command::Guarantee { per_allowance, add, remove })?
        }
    };
    let list = |name: &str| done.get(name).and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let said = |name: &str, nothing: &str| {
        let texts: Vec<String> = list(name).iter().map(|amount| member(amount, "/text")).collect();
        if texts.is_empty() { nothing.to_owned() } else { texts.join(", ") }
    };
    let text = format!(
        "the guarantee fund has {}\nof one allowance it pays at most {}\nit guarantees {}",
        said("fund", "nothing"),
        said("per_allowance", "nothing"),
        inspect::counted(list("payees").len() as u64, "payee", "payees"),
    );
    Ok(Shown::new(text, done))
}

fn make_checkpoint(of: &arguments::CheckpointOf) -> Result<Shown, Failure> {
    if let Some(out) = &of.out
        && out.exists()
    {
        return Err(Failure::usage(format!("{} exists already", out.display())));
    }
    let done = operate(&of.data.data, &Command::Checkpoint)?;
    if let Some(out) = &of.out {
        let bytes = HEXLOWER.decode(member(&done, "/cose").as_bytes()).unwrap_or_default();
        std::fs::write(out, bytes).map_err(|error| Failure::new(1, "not_written", error.to_string()))?;
    }
    let text = format!(
        "{} entries in epoch {}, {}\nroot {}\nhash {}",
        member(&done, "/entries"),
        member(&done, "/epoch"),
        member(&done, "/time_text"),
        member(&done, "/log_root"),
        member(&done, "/hash")
    );
    Ok(Shown::new(text, done))
}

/// What accepting the clock changed. Ledger time can be ahead of the clock: it never goes back.
fn accepted(done: &serde_json::Value) -> String {
    let ms = |name: &str| done.get(name).and_then(serde_json::Value::as_u64).unwrap_or_default();
    let verdict = match done.get("doubt").and_then(serde_json::Value::as_str) {
        Some(doubt) => format!("this was doubted, and is accepted: {doubt}"),
        None => "nothing was doubted".to_owned(),
    };
    let mut text = format!(
        "{verdict}\nledger time before {}\nwall clock {}\ntime goes on at {} ({} ms since 1970)",
        member(done, "/before_text"),
        member(done, "/wall_text"),
        member(done, "/time_text"),
        ms("time")
    );
    if ms("time") > ms("wall") {
        text.push_str("\nit stands still until the wall clock has caught up");
    }
    text
}

/// A member of an outcome as text.
fn member(done: &serde_json::Value, pointer: &str) -> String {
    match done.pointer(pointer) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

/// Has the running server do it, or takes the lock and does it here.
fn operate(data: &Path, command: &Command) -> Result<serde_json::Value, Failure> {
    let outcome = match ask(data, command) {
        Asked::Answered(outcome) => outcome,
        Asked::Failed(error) => {
            return Err(Failure::new(1, "no_answer", format!("the running server did not answer: {error}")).retryable());
        }
        Asked::NotRunning => {
            let folder = Folder::lock(data, "an operator's command")?;
            let mut verifier = folder.open_ledger(None, now())?;
            command.run(&mut verifier, now())
        }
    };
    match outcome {
        Outcome::Done(value) => Ok(value),
        Outcome::Not { exit, kind, message, retryable } => Err(Failure { exit, kind, message, retryable, hint: None }),
    }
}
