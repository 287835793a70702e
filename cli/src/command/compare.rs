//! What pairing shows, and how the six digits of two phones are compared.

use super::agree::answer;
use super::code;
use crate::args::Compare;
use crate::context::Context;
use crate::failure::Failure;
use crate::files::{self, Draft};
use crate::output::write_stderr;
use farthing_core::Error;
use farthing_core::error::WalletError;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// How long the two have for comparing (wire decision 16).
pub(super) const COMPARE_WITHIN: Duration = Duration::from_secs(120);
/// Between two looks at the other side's file.
const FILE_PAUSE: Duration = Duration::from_millis(100);
/// The other side's six digits, and a line's end.
const CODE_FILE_MAX: u64 = 64;

/// Refuses to begin where nobody could compare anything.
///
/// # Errors
/// With `--json` and without the other side's file.
pub(super) fn check(compare: &Compare, context: &Context) -> Result<(), Failure> {
    if context.json() && compare.expect_code_file.is_none() {
        let message =
            "With --json nobody is asked: give --code-out and --expect-code-file, so that the codes are compared";
        return Err(Failure::not_authorised(message));
    }
    Ok(())
}

/// Shows a pairing code.
pub(super) fn show(link: &str, picture: Option<Draft>) -> Result<(), Failure> {
    let qr = code::of(link)?;
    match picture {
        Some(picture) => {
            code::write(&qr, picture)?;
            write_stderr("The QR code is written. ");
        }
        None => write_stderr(&qr.to_terminal()),
    }
    write_stderr(&format!("Scan it with the other phone within two minutes.\nLink: {link}\n"));
    Ok(())
}

/// Whether both sides see the same digits: a person says so, or the other side's file.
pub(super) async fn same(
    compare: &Compare,
    stdin_is_used: bool,
    code: &str,
    context: &Context,
) -> Result<bool, Failure> {
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
