//! `farthing devices`: what may act for the account; `devices add` lets another phone do so.

use super::compare::{COMPARE_WITHIN, check, same, show};
use super::json as as_json;
use crate::args::{AddDevice, Devices, DevicesAction};
use crate::context::Context;
use crate::failure::Failure;
use crate::files::Draft;
use crate::operation::devices::DevicesView;
use crate::operation::views::OfferView;
use crate::operation::{AddedView, KeptView, Operation, ScopeWish, Words};
use crate::output::{Output, write_stderr};
use crate::secret;
use crate::session::Session;
use crate::show as shown;
use farthing_core::Error;
use farthing_core::error::WalletError;
use serde_json::{Value, json};

pub(super) async fn run(args: Devices, context: &Context) -> Result<Output, Failure> {
    match args.action {
        None => list(context).await,
        Some(DevicesAction::Add(args)) => add(*args, context).await,
    }
}

async fn list(context: &Context) -> Result<Output, Failure> {
    let mut session = Session::open(context).await?;
    let view = session.ask::<DevicesView>(Operation::Devices).await;
    session.close().await;
    let view = view?;
    Ok(Output::new(&as_json(&view)?, shown::devices(&view)))
}

async fn add(args: AddDevice, context: &Context) -> Result<Output, Failure> {
    check(&args.compare, context)?;
    let given = match &args.phrase_file {
        Some(file) => Some(Words::of(&secret::phrase(context, Some(file)).await?)),
        None => None,
    };
    let picture = args.png.as_deref().map(|path| Draft::begin(path, 0o600)).transpose()?;
    let mut session = Session::open(context).await?;
    let done = compared(&mut session, &args, given, picture, context).await;
    session.close().await;
    let (view, code) = done?;
    let json = json!({ "id": view.id, "check_code": code });
    Ok(Output::new(
        &json,
        format!("Device {} acts for the account now; `farthing devices` shows what it may do.", view.id),
    ))
}

async fn compared(
    session: &mut Session<'_>,
    args: &AddDevice,
    mut phrase: Option<Words>,
    picture: Option<Draft>,
    context: &Context,
) -> Result<(AddedView, String), Failure> {
    if phrase.is_none() && !session.ask::<KeptView>(Operation::KeepsPhrase).await?.kept {
        phrase = Some(Words::of(&secret::phrase(context, None).await?));
    }
    let scope = ScopeWish {
        receive_only: args.receive_only,
        per_order: args.per_order.clone(),
        per_day: args.per_day.clone(),
        payees: args.payee.clone(),
        expires_ms: args.expires.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
    };
    context.end_myself();
    let offer =
        session.ask::<OfferView>(Operation::DeviceShow { scope: scope.clone(), phrase: phrase.clone() }).await?;
    if let Some(link) = &offer.link {
        show(link, picture)?;
    }
    let id = offer.id;
    let wait_ms = u64::try_from(COMPARE_WITHIN.as_millis()).unwrap_or(u64::MAX);
    let code = tokio::select! {
        code = session.ask::<Option<String>>(Operation::PairCode { id: id.clone(), wait_ms }) => code?,
        () = context.interrupted() => None,
    };
    let Some(code) = code else {
        let _ = session.ask::<Value>(Operation::PairConfirm { id, same: false }).await;
        return Err(Error::from(WalletError::PairingExpired).into());
    };
    let same = match same(&args.compare, false, &code, context).await {
        Ok(same) => same,
        Err(failure) => {
            let _ = session.ask::<Value>(Operation::PairConfirm { id, same: false }).await;
            return Err(failure);
        }
    };
    write_stderr("Waiting for the other phone to confirm…\n");
    let confirm = Operation::DeviceConfirm { id, same, scope, phrase };
    let added = tokio::select! {
        added = session.ask::<AddedView>(confirm) => added?,
        () = context.interrupted() => return Err(Failure::interrupted()),
    };
    Ok((added, code))
}
