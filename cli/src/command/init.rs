//! `farthing init`: a new wallet, enrolled. What an interrupted init left is taken up by the next one.

use super::input;
use crate::args::Init;
use crate::context::Context;
use crate::failure::Failure;
use crate::files;
use crate::output::Output;
use crate::session::take_lock;
use crate::vault::{self, Unlock};
use farthing_core::enrol::EnrolOptions;
use farthing_core::error::WalletError;
use farthing_core::keys::phrase::Phrase;
use farthing_core::scan::{Scanned, text};
use farthing_core::wallet::Place;
use farthing_core::{Error, Wallet};
use farthing_protocol::alias::Alias;
use farthing_protocol::cose::Signed;
use farthing_protocol::details::Name;
use farthing_protocol::invite::Invite;
use farthing_protocol::time::Span;
use serde_json::json;
use std::path::Path;
use zeroize::Zeroizing;

pub(super) async fn run(args: Init, context: &Context) -> Result<Output, Failure> {
    if context.json() && args.phrase_out.is_none() {
        return Err(Failure::usage("with --json, init needs --phrase-out FILE: the phrase is not printed among JSON"));
    }
    if let Some(path) = &args.phrase_out {
        check_new(path)?;
    }
    let invite = invite(&args.invite)?;
    let options = EnrolOptions { name: name(args.name.as_deref())?, alias: alias(args.alias.as_deref())? };
    let unlock = vault::choose(context).await?;
    let (wallet, phrase) =
        in_new_folder(context, unlock, async |place| Wallet::enrol(place, &invite, options).await).await?;
    let profile = wallet.profile();
    // Fetches what the operator gives to new accounts; when that fails, the next sync does it.
    let _ = wallet.sync(Span::from_ms(0)).await;
    let closed = wallet.close().await;
    if let Some(path) = &args.phrase_out {
        let words = Zeroizing::new(format!("{}\n", *words(&phrase)));
        files::write_new(path, words.as_bytes()).map_err(|failure| {
            let message = format!("the wallet was made, but: {}; `farthing phrase` shows the phrase", failure.message);
            failure.with_message(&message)
        })?;
    }
    closed?;
    let json = json!({
        "account": profile.account.to_hex(), "device": profile.device.to_hex(), "handle": profile.alias.as_str(),
        "verifier": profile.verifier.to_hex(), "url": profile.url.as_str(),
        "name": profile.name.as_ref().map(ToString::to_string), "phrase_out": args.phrase_out,
    });
    let made = format!("Your wallet is ready. You can be paid as {} at {}.\n", profile.alias, profile.url.as_str());
    let text = match &args.phrase_out {
        Some(path) => Zeroizing::new(format!("{made}The recovery phrase is in {}; keep it safe.", path.display())),
        None => Zeroizing::new(format!("{made}\n{}", *phrase_text(&phrase))),
    };
    Ok(Output::secret(Zeroizing::new(json.to_string()), text))
}

/// Makes what a wallet needs before there is one, and takes it away again when there is none in the end.
pub(super) async fn in_new_folder<T>(
    context: &Context,
    unlock: Unlock,
    make: impl AsyncFnOnce(&Place) -> Result<T, Error>,
) -> Result<T, Failure> {
    context.begin();
    let made_folder = files::private_folder(context.dir())?;
    let lock = take_lock(context.dir())?.ok_or_else(Failure::owner_silent)?;
    let made_vault = vault::there(context)?.is_none();
    let opened = match made_vault {
        true => vault::make(context, unlock).await,
        false => vault::open(context, &unlock).await,
    };
    let done = match opened {
        Ok(vault) => make(&Place::new(context.dir(), vault)).await,
        Err(failure) => {
            clear(context, made_vault, made_folder).await;
            return Err(failure);
        }
    };
    if done.is_err() {
        clear(context, made_vault, made_folder).await;
    }
    drop(lock);
    done.map_err(|error| match error {
        Error::Wallet(WalletError::AlreadyEnrolled) => Failure::from(error).with_message(&format!(
            "There is a wallet in {} already: `farthing phrase` shows its recovery phrase; for another wallet, name \
             another folder with --wallet",
            context.dir().display()
        )),
        error => error.into(),
    })
}

/// After a failure: without a database nothing was sent, so what this run has made goes again.
async fn clear(context: &Context, made_vault: bool, made_folder: bool) {
    if context.database().exists() || !made_vault {
        return;
    }
    vault::take_away(context).await;
    let _ = std::fs::remove_file(context.dir().join("lock"));
    if made_folder {
        let _ = std::fs::remove_dir(context.dir());
    }
}

fn check_new(path: &Path) -> Result<(), Failure> {
    if path.symlink_metadata().is_ok() {
        let exists = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
        return Err(Failure::exists(files::sentence(path, &exists)));
    }
    // Found out now, not after the account is open.
    drop(files::Draft::begin(path, 0o600)?);
    Ok(())
}

pub(super) fn invite(argument: &str) -> Result<Box<Signed<Invite>>, Failure> {
    match text::recognise(&input::text_of(argument)?).map_err(Error::from)? {
        Scanned::Invite(invite) => Ok(invite),
        _ => Err(Failure::usage("this is not an invite: give the link or picture that the verifier's operator made")),
    }
}

pub(super) fn name(text: Option<&str>) -> Result<Option<Name>, Failure> {
    let name = text.map(Name::typed).transpose();
    name.map_err(|_| Failure::usage("a name is text of 1 to 64 bytes, without control characters"))
}

pub(super) fn alias(text: Option<&str>) -> Result<Option<Alias>, Failure> {
    let alias = text.map(Alias::typed).transpose();
    alias.map_err(|fault| Failure::usage(fault.to_string()))
}

fn words(phrase: &Phrase) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(PHRASE_TEXT_MAX));
    for word in phrase.words() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// Enough for 24 numbered words and what stands around them, so that no copy is left in a buffer that was outgrown.
const PHRASE_TEXT_MAX: usize = 1024;

/// The words as one JSON object; a word of the list holds nothing that must be escaped.
pub(super) fn phrase_json(phrase: &Phrase) -> Zeroizing<String> {
    let mut json = Zeroizing::new(String::with_capacity(PHRASE_TEXT_MAX));
    json.push_str("{\"phrase\":\"");
    json.push_str(&words(phrase));
    json.push_str("\"}");
    json
}

/// Numbered, four in a row.
pub(super) fn phrase_text(phrase: &Phrase) -> Zeroizing<String> {
    use std::fmt::Write as _;
    let mut text = Zeroizing::new(String::with_capacity(PHRASE_TEXT_MAX));
    text.push_str("Your recovery phrase. Write it down and keep it safe: whoever has it has the account.\n\n");
    for (number, word) in (1..).zip(phrase.words()) {
        // Writing to a String does not fail.
        let _ = write!(text, "{number:>3}. {word:<9}{}", if number % 4 == 0 { "\n" } else { "" });
    }
    text
}
