//! `farthing pair`: two people meet, compare six digits, and become each other's contacts.
//!
//! | ends | before the yes | after it |
//! |---|---|---|
//! | no, Ctrl-C, 120 s | the code is burnt, nobody was added | exit 1; `sync` finishes what can be finished |
//! | killed | as a no | as above |

use super::compare::{COMPARE_WITHIN, check, same, show};
use super::contacts::line;
use super::input;
use super::json;
use crate::args::{Compare, Pair};
use crate::context::Context;
use crate::failure::Failure;
use crate::files::Draft;
use crate::operation::Operation;
use crate::operation::views::{ContactView, OfferView, PairedView};
use crate::output::{Output, write_stderr};
use crate::session::Session;
use farthing_core::Error;
use farthing_core::error::WalletError;
use serde::Serialize;
use serde_json::Value;

/// How long the other side's card, and then its confirmation, is waited for.
const CARD_WAIT_MS: u64 = 130_000;

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
    check(&compare, context)?;
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
