//! The passphrase: from a file, or from the terminal without echo. Never from an argument, and wiped after use.

use crate::context::Context;
use crate::failure::Failure;
use crate::files;
use std::fs::OpenOptions;
use std::io::{ErrorKind, IsTerminal as _, Read as _};
use std::path::Path;
use zeroize::Zeroizing;

/// Longest passphrase file; nobody types more.
const PASSPHRASE_MAX: usize = 4096;

/// The passphrase of a wallet that is there.
///
/// # Errors
/// [`Failure::no_passphrase`] without file and terminal.
pub(crate) async fn ask(context: &Context) -> Result<Zeroizing<String>, Failure> {
    match context.passphrase_file() {
        Some(file) => from_file(file),
        None => prompt("Passphrase of the wallet: ".to_owned()).await,
    }
}

/// A new passphrase, asked for twice at the terminal.
///
/// # Errors
/// As [`ask`], and when the two differ.
pub(crate) async fn choose(context: &Context) -> Result<Zeroizing<String>, Failure> {
    if let Some(file) = context.passphrase_file() {
        return from_file(file);
    }
    let first = prompt("Choose a passphrase for the wallet: ".to_owned()).await?;
    if *prompt("The same passphrase again: ".to_owned()).await? == *first {
        Ok(first)
    } else {
        Err(Failure::no_passphrase("the two passphrases differ; nothing was made"))
    }
}

fn from_file(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let failed = |e: std::io::Error| {
        Failure::no_passphrase(match e.kind() {
            ErrorKind::NotFound => format!("the passphrase file {} is missing", file.display()),
            _ => format!("the passphrase file {}", files::sentence(file, &e)),
        })
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(PASSPHRASE_MAX + 2));
    let opened = OpenOptions::new().read(true).open(file).map_err(failed)?;
    opened.take(PASSPHRASE_MAX as u64 + 2).read_to_end(&mut bytes).map_err(failed)?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::no_passphrase(format!("the passphrase file {} holds no text", file.display())))?;
    // Editors end a file with a line break; it is not part of the passphrase.
    let text = text.strip_suffix('\n').unwrap_or(text);
    checked(Zeroizing::new(text.strip_suffix('\r').unwrap_or(text).to_owned()))
}

async fn prompt(text: String) -> Result<Zeroizing<String>, Failure> {
    let terminal = std::io::stdin().is_terminal() || std::io::stderr().is_terminal();
    if !terminal || OpenOptions::new().read(true).write(true).open("/dev/tty").is_err() {
        return Err(Failure::no_passphrase(
            "there is no terminal to ask for the passphrase: give --passphrase-file or FARTHING_PASSPHRASE_FILE",
        ));
    }
    let typed = tokio::task::spawn_blocking(move || rpassword::prompt_password(text)).await;
    match typed {
        Ok(Ok(passphrase)) => checked(Zeroizing::new(passphrase)),
        Ok(Err(error)) if error.kind() == ErrorKind::Interrupted => Err(Failure::interrupted_before_anything()),
        _ => Err(Failure::no_passphrase("the passphrase could not be read from the terminal")),
    }
}

fn checked(passphrase: Zeroizing<String>) -> Result<Zeroizing<String>, Failure> {
    if passphrase.is_empty() || passphrase.len() > PASSPHRASE_MAX {
        return Err(Failure::no_passphrase("a passphrase has 1 to 4096 bytes"));
    }
    Ok(passphrase)
}
