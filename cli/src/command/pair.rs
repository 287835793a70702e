//! `farthing pair`: two people meet, compare six digits, and become each other's contacts.
//!
//! | ends | before the yes | after it |
//! |---|---|---|
//! | no, Ctrl-C, 120 s | the code is burnt, nobody was added | exit 1; `sync` finishes what can be finished |
//! | killed | as a no | as above |

use super::contacts::line;
use super::input;
use super::json;
use super::pay::answer;
use crate::args::{Compare, Pair};
use crate::context::Context;
use crate::failure::Failure;
use crate::files::{self, Draft};
use crate::operation::Operation;
use crate::operation::views::{ContactView, OfferView, PairedView};
use crate::output::{Output, write_stderr};
use crate::session::Session;
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::scan::render::Qr;
use serde::Serialize;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// How long the two have for comparing (wire decision 16).
const COMPARE_WITHIN: Duration = Duration::from_secs(120);
/// How long the other side's card, and then its confirmation, is waited for.
const CARD_WAIT_MS: u64 = 130_000;
/// Between two looks at the other side's file.
const FILE_PAUSE: Duration = Duration::from_millis(100);
/// Pixels of one module of the picture: a version 11 code comes out at 500 pixels.
const PNG_PIXELS: u32 = 8;
/// The other side's six digits, and a line's end.
const CODE_FILE_MAX: u64 = 64;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Paired {
    contact: ContactView,
    check_code: String,
    verified: bool,
}

pub(super) async fn run(args: Pair, context: &Context) -> Result<Output, Failure> {
    let (compare, begin, png, stdin_is_used) = match args {
        Pair::Show { png, compare } => (compare, Operation::PairShow, png, false),
        Pair::Scan { input, compare } => {
            (compare, Operation::PairScan { link: input::text_of(&input)? }, None, input == "-")
        }
    };
    if context.json() && compare.expect_code_file.is_none() {
        let message = "With --json nobody is asked: give --code-out and --expect-code-file, so that the codes are compared";
        return Err(Failure::not_authorised(message));
    }
    let picture = png.as_deref().map(|path| Draft::begin(path, 0o600)).transpose()?;
    let mut session = Session::open(context).await?;
    let done = meet(&mut session, begin, picture, &compare, stdin_is_used, context).await;
    session.close().await;
    let (contact, check_code) = done?;
    let text = format!("{}\nPay with: farthing pay '{}' AMOUNT", line(&contact), contact.name);
    let verified = contact.verified;
    Ok(Output::new(&json(&Paired { contact, check_code, verified })?, text))
}

async fn meet(
    session: &mut Session<'_>,
    begin: Operation,
    picture: Option<Draft>,
    compare: &Compare,
    stdin_is_used: bool,
    context: &Context,
) -> Result<(ContactView, String), Failure> {
    context.end_myself();
    let offer = session.ask::<OfferView>(begin).await?;
    if let Some(link) = &offer.link {
        show(link, picture)?;
    }
    let wait_ms = u64::try_from(COMPARE_WITHIN.as_millis()).unwrap_or(u64::MAX);
    let code = tokio::select! {
        code = session.ask::<Option<String>>(Operation::PairCode { id: offer.id.clone(), wait_ms }) => code?,
        () = context.interrupted() => return give_up(session, &offer.id, Failure::interrupted_before_anything()).await,
    };
    let code = code.ok_or(Error::Wallet(WalletError::PairingExpired))?;
    let same = match same(compare, stdin_is_used, &code, context).await {
        Ok(same) => same,
        Err(failure) => return give_up(session, &offer.id, failure).await,
    };
    session.ask::<Value>(Operation::PairConfirm { id: offer.id.clone(), same }).await?;
    write_stderr("Waiting for the other side to confirm…\n");
    let paired = session.ask::<PairedView>(Operation::PairContact { id: offer.id.clone(), wait_ms: CARD_WAIT_MS });
    let paired = tokio::select! {
        paired = paired => paired?,
        () = context.interrupted() => return Err(Failure::interrupted()),
    };
    let contact = paired.contact.ok_or(Error::Wallet(WalletError::PairingExpired))?;
    Ok((contact, code))
}

/// Says no, so that the code cannot be used any more, and why this side said so.
async fn give_up<T>(session: &mut Session<'_>, id: &str, failure: Failure) -> Result<T, Failure> {
    // The wallet answers a no with what it means; this command's own reason says more.
    let _ = session.ask::<Value>(Operation::PairConfirm { id: id.to_owned(), same: false }).await;
    Err(failure)
}

fn show(link: &str, picture: Option<Draft>) -> Result<(), Failure> {
    let qr = Qr::of(link).map_err(|e| Failure::internal(e.to_string()))?;
    match picture {
        Some(picture) => {
            picture.finish(&qr.to_png(PNG_PIXELS).map_err(|e| Failure::internal(e.to_string()))?)?;
            write_stderr("The QR code is written. ");
        }
        None => write_stderr(&qr.to_terminal()),
    }
    write_stderr(&format!("Scan it with the other phone within two minutes.\nLink: {link}\n"));
    Ok(())
}

/// Whether both sides see the same digits: a person says so, or the other side's file.
async fn same(compare: &Compare, stdin_is_used: bool, code: &str, context: &Context) -> Result<bool, Failure> {
    if let Some(path) = &compare.code_out {
        Draft::begin(path, 0o600)?.finish(format!("{code}\n").as_bytes())?;
    }
    if let Some(path) = &compare.expect_code_file {
        let theirs = tokio::select! {
            theirs = their_code(path) => theirs?,
            () = context.interrupted() => return Err(Failure::interrupted_before_anything()),
        };
        return Ok(theirs.trim() == code);
    }
    let (left, right) = code.split_at_checked(3).unwrap_or((code, ""));
    write_stderr(&format!("\nCheck code:  {left} {right}\nDoes the other phone show the same digits? [y/N] "));
    let answer = tokio::task::spawn_blocking(move || answer(stdin_is_used));
    let answer = tokio::select! {
        answer = answer => answer.unwrap_or_default(),
        () = context.interrupted() => return Err(Failure::interrupted_before_anything()),
    };
    Ok(["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()))
}

/// Waits for the file that the other side writes.
async fn their_code(path: &Path) -> Result<String, Failure> {
    let deadline = Instant::now() + COMPARE_WITHIN;
    while Instant::now() < deadline {
        match tokio::fs::metadata(path).await {
            Ok(found) if found.len() > CODE_FILE_MAX => {
                return Err(Failure::unreadable("the file of --expect-code-file is not a check code"));
            }
            Ok(_) => {
                let text = tokio::fs::read_to_string(path).await.unwrap_or_default();
                // The line's end comes last: without it the file is still being written.
                if text.ends_with('\n') {
                    return Ok(text);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::unreadable(files::sentence(path, &error))),
        }
        tokio::time::sleep(FILE_PAUSE).await;
    }
    Err(Error::from(WalletError::PairingExpired).into())
}
