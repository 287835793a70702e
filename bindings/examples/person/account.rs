//! What the account is, what its people write to each other, and what shows how it stands.

use crate::Fault;
use crate::phone::Phone;
use crate::told;
use crate::verbs::{Verb, typed};
use data_encoding::HEXLOWER;
use farthing_ffi::records::RequestState;
use farthing_ffi::wallet::Wallet;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

impl Verb {
    pub(super) async fn account(self, phone: &Phone, wallet: &Wallet) -> Result<Value, Fault> {
        Ok(match self {
            Self::KeepsPhrase {} => json!({"kept": wallet.keeps_phrase().await?}),
            Self::ConfirmPhrase { words } => {
                wallet.confirm_phrase(typed(&words)?).await?;
                json!({})
            }
            Self::Connection { until, wait_ms } => connection(phone, wallet, until, wait_ms).await?,
            Self::Diagnostics {} => json!({"text": wallet.diagnostics().await?}),
            Self::WatchRequest { request, wait_ms } => watch_request(wallet, request, wait_ms).await?,
            Self::Loss {} => json!({"loss": wallet.loss().await?.as_ref().map(told::loss)}),
            Self::AcceptLoss {} => json!({"loss": told::loss(&wallet.accept_loss().await?)}),
            Self::Checkpoint {} => {
                json!({"checkpoint": wallet.checkpoint().await?.map(|bytes| HEXLOWER.encode(&bytes))})
            }
            Self::CompareCheckpoint { checkpoint } => {
                let bytes = HEXLOWER.decode(checkpoint.as_bytes()).map_err(|error| Fault::Wrong(error.to_string()))?;
                json!({"standing": told::standing(wallet.compare_checkpoint(bytes).await?)})
            }
            Self::WriteNote { contact, text } => {
                wallet.write_note(contact, text).await?;
                json!({})
            }
            Self::SendRequest { contact, request } => {
                wallet.send_request(contact, request).await?;
                json!({})
            }
            Self::Notes { contact } => {
                json!({"notes": wallet.notes(contact).await?.iter().map(told::note).collect::<Vec<_>>()})
            }
            Self::PrepareNote { contact, note, memo } => {
                let draft = wallet.prepare_note(contact, note, memo).await?;
                phone.saw(&draft.id, &draft.shown);
                told::draft(&draft)
            }
            Self::Aliases {} => json!({"aliases": wallet.aliases().await?}),
            Self::Register { alias } => {
                wallet.register_alias(alias).await?;
                json!({})
            }
            _ => return Err(Fault::Wrong("that is not about the account".to_owned())),
        })
    }
}

/// How the wallet stands to its verifier, each time that this changes, up to what is awaited.
async fn connection(phone: &Phone, wallet: &Wallet, until: Option<String>, wait_ms: u64) -> Result<Value, Fault> {
    let end = Instant::now() + Duration::from_millis(wait_ms);
    let mut paused = phone.paused().subscribe();
    let mut seen: Vec<Value> = Vec::new();
    let is_last = |state: &Value| until.as_deref().is_some_and(|line| state.get("line") == Some(&line.into()));
    while Instant::now() < end {
        // As the shells do: a pause is a state of the line.
        if *paused.borrow_and_update() {
            seen.push(json!({"line": "paused", "trouble": null}));
            if seen.last().is_some_and(is_last) {
                break;
            }
            let _ = tokio::time::timeout_at(end, paused.changed()).await;
            continue;
        }
        let watch = wallet.watch().await?;
        let mut known = None;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let next = watch.connection(known.clone(), u64::try_from(left.as_millis()).unwrap_or(0));
            let found = tokio::select! {
                _ = paused.changed() => break,
                found = next => found?,
            };
            if known.as_ref() != Some(&found) {
                seen.push(told::connection(&found));
            }
            if left.is_zero() || seen.last().is_some_and(is_last) {
                return Ok(json!({"states": seen}));
            }
            known = Some(found);
        }
    }
    Ok(json!({"states": seen}))
}

/// A request of ours, each time that its state changes, until it cannot change any more.
async fn watch_request(wallet: &Wallet, request: String, wait_ms: u64) -> Result<Value, Fault> {
    let _watch = wallet.watch().await?;
    let end = Instant::now() + Duration::from_millis(wait_ms);
    let (mut known, mut seen) = (None, Vec::new());
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let found = wallet.request_state(request.clone(), known, u64::try_from(left.as_millis()).unwrap_or(0)).await?;
        if known != Some(found.state) {
            seen.push(told::request(&found));
        }
        known = Some(found.state);
        let changes = matches!(found.state, RequestState::Binding | RequestState::Open | RequestState::Cancelling);
        if !changes || left.is_zero() {
            return Ok(json!({"states": seen}));
        }
    }
}
