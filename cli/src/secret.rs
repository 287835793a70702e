//! Passphrase and recovery phrase: from a file, or from the terminal without echo. Never from an argument, and wiped after use.

use crate::context::Context;
use crate::failure::Failure;
use crate::files;
use farthing_core::Error;
use farthing_core::keys::phrase::{Phrase, PhraseError};
use farthing_protocol::key::secret_eq;
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
        None => prompt_passphrase("Passphrase of the wallet: ").await,
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
    let first = prompt_passphrase("Choose a passphrase for the wallet: ").await?;
    let again = prompt_passphrase("The same passphrase again: ").await?;
    if secret_eq(again.as_bytes(), first.as_bytes()) {
        Ok(first)
    } else {
        Err(Failure::no_passphrase("the two passphrases differ; nothing was made"))
    }
}

/// A recovery phrase: from a file, from stdin (`-`), or from the terminal without echo. What is wrong with a word is said with
/// the words of the public list that are close to it.
///
/// # Errors
/// When there is none, and when it is not a phrase.
pub(crate) async fn phrase(context: &Context, file: Option<&Path>) -> Result<Phrase, Failure> {
    let text = match file {
        Some(file) => phrase_text(file)?,
        None if context.json() => {
            return Err(Failure::no_passphrase(
                "with --json nobody is asked for the recovery phrase: give --phrase-file",
            ));
        }
        None => prompt("The 24 words of the recovery phrase: ".to_owned(), "recovery phrase", "--phrase-file").await?,
    };
    Phrase::parse(&text).map_err(|error| {
        let near = match &error {
            PhraseError::UnknownWord { position } => Phrase::words_near(&text, *position),
            _ => Vec::new(),
        };
        let failure = Failure::from(Error::from(error));
        if near.is_empty() {
            return failure;
        }
        let message = format!("{}. Close to it are: {}", failure.message, near.join(", "));
        failure.with_message(&message)
    })
}

fn phrase_text(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(PASSPHRASE_MAX + 1));
    let failed = |e: std::io::Error| Failure::unreadable(files::sentence(file, &e));
    if file.as_os_str() == "-" {
        std::io::stdin().take(PASSPHRASE_MAX as u64).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let opened = OpenOptions::new().read(true).open(file).map_err(failed)?;
        opened.take(PASSPHRASE_MAX as u64).read_to_end(&mut bytes).map_err(failed)?;
    }
    let text =
        std::str::from_utf8(&bytes).map_err(|_| Failure::unreadable(format!("{} holds no text", file.display())))?;
    Ok(Zeroizing::new(text.to_owned()))
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

async fn prompt_passphrase(text: &str) -> Result<Zeroizing<String>, Failure> {
    prompt(text.to_owned(), "passphrase", "--passphrase-file or FARTHING_PASSPHRASE_FILE").await
}

async fn prompt(text: String, what: &str, option: &str) -> Result<Zeroizing<String>, Failure> {
    let terminal = std::io::stdin().is_terminal() || std::io::stderr().is_terminal();
    if !terminal || OpenOptions::new().read(true).write(true).open("/dev/tty").is_err() {
        return Err(Failure::no_passphrase(format!("there is no terminal to ask for the {what}: give {option}")));
    }
    let typed = tokio::task::spawn_blocking(move || rpassword::prompt_password(text)).await;
    match typed {
        Ok(Ok(passphrase)) => checked(Zeroizing::new(passphrase)),
        Ok(Err(error)) if error.kind() == ErrorKind::Interrupted => Err(Failure::interrupted_before_anything()),
        _ => Err(Failure::no_passphrase(format!("the {what} could not be read from the terminal"))),
    }
}

fn checked(passphrase: Zeroizing<String>) -> Result<Zeroizing<String>, Failure> {
    if passphrase.is_empty() || passphrase.len() > PASSPHRASE_MAX {
        return Err(Failure::no_passphrase("a passphrase has 1 to 4096 bytes"));
    }
    Ok(passphrase)
}
