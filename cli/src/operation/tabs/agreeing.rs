//! What a payer agrees to: a tab, a change of it, its closing.

use super::super::perform::{amount, memo, target};
use super::super::views::warnings;
use super::views::{TabDraftView, TabOutcomeView};
use super::{tab_id, view};
use crate::failure::Failure;
use farthing_core::error::WalletError;
use farthing_core::export::tabs::MeterView;
use farthing_core::payment::{Looked, Target};
use farthing_core::store::all_kept;
use farthing_core::tab::{ReceivedOffer, TabApproval, TabDraft, TabId, TabOutcome, TabTarget, TabTerms};
use farthing_core::{Error, Wallet};
use farthing_protocol::id::Digest;
use farthing_protocol::money::Amount;
use farthing_protocol::request::RequestId;
use farthing_protocol::time::{Span, Time};
use std::time::Duration;

pub(super) async fn prepare(
    wallet: &Wallet,
    target_text: &str,
    cap_text: Option<&str>,
    (lasts, grace): (Option<Span>, Option<Span>),
    memo_text: Option<&str>,
) -> Result<TabDraftView, Failure> {
    let target = match sent(wallet, target_text)? {
        Some(sent) => TabTarget::Sent(sent.offer, sent.from),
        None => match target(wallet, target_text)? {
            Target::Request(pointer) => TabTarget::Link(pointer),
            Target::Alias(alias) => TabTarget::Alias(alias),
        },
    };
    let cap = match cap_text {
        Some(text) => Some(amount(wallet, text).await?),
        None => None,
    };
    let terms = TabTerms { cap, lasts, grace, memo: memo_text.map(memo).transpose()? };
    match (wallet.prepare_tab(target.clone(), terms).await, target) {
        (Ok(draft), _) => drafted(wallet, &draft),
        (Err(Error::Wallet(altered @ WalletError::RequestAltered)), TabTarget::Link(pointer)) => {
            match wallet.look(Target::Request(pointer)).await {
                Ok(Looked::Request(_)) => Err(Failure::usage("this link asks for a payment: use `farthing pay`")),
                _ => Err(Error::from(altered).into()),
            }
        }
        (Err(error), _) => Err(error.into()),
    }
}

/// The offer of this id that a contact has sent.
fn sent(wallet: &Wallet, text: &str) -> Result<Option<ReceivedOffer>, Failure> {
    let Some(id) = RequestId::from_hex(&text.trim().to_ascii_lowercase()) else { return Ok(None) };
    let all: Vec<ReceivedOffer> = wallet.read(|engine| all_kept(engine.store())).map_err(Error::from)?;
    Ok(all.into_iter().find(|offer| offer.id == id))
}

pub(super) async fn raise(
    wallet: &Wallet,
    id: &TabId,
    cap_text: Option<&str>,
    longer: Span,
) -> Result<TabDraftView, Failure> {
    let tab = wallet.paid_tab(id)?;
    let cap = cap_text.map(|text| Amount::parse(text, &[tab.total.asset()])).transpose().map_err(Error::from)?;
    drafted(wallet, &wallet.prepare_tab_change(id, cap, longer).await?)
}

fn drafted(wallet: &Wallet, draft: &TabDraft) -> Result<TabDraftView, Failure> {
    let tab = view(wallet, &draft.id)?;
    Ok(TabDraftView {
        id: draft.id.to_string(),
        changes: draft.changes,
        payee: tab.counterparty,
        price: draft.terms.as_ref().map(|terms| (&terms.price).into()),
        unit: draft.terms.as_ref().map(|terms| terms.unit.to_string()),
        meter: draft.terms.as_ref().and_then(MeterView::of),
        cap: (&draft.cap).into(),
        fee: (&draft.fee).into(),
        set_aside: (&draft.total).into(),
        lasts_ms: draft.lasts.as_ms(),
        grace_ms: draft.grace.as_ms(),
        offer_memo: draft.offer_memo.as_ref().map(ToString::to_string),
        memo: draft.memo.as_ref().map(ToString::to_string),
        expires: draft.expires.map(Time::to_rfc3339),
        warnings: warnings(&draft.warnings),
        shown: draft.digest.to_hex(),
    })
}

pub(super) async fn confirm(wallet: &Wallet, id: &str, shown: &str) -> Result<(), Failure> {
    let shown = Digest::from_hex(shown).ok_or(Error::Wallet(WalletError::NotWhatWasApproved))?;
    wallet.confirm_tab(TabApproval::from_parts(tab_id(id)?, shown)).await?;
    Ok(())
}

pub(super) async fn outcome(wallet: &Wallet, id: &TabId, wait_ms: u64) -> Result<TabOutcomeView, Failure> {
    let outcome = wallet.tab_outcome(id, Duration::from_millis(wait_ms)).await?;
    ended(wallet, id, outcome)
}

pub(super) async fn close(wallet: &Wallet, id: &TabId) -> Result<TabOutcomeView, Failure> {
    let outcome = wallet.close_tab(id).await?;
    ended(wallet, id, outcome)
}

fn ended(wallet: &Wallet, id: &TabId, outcome: TabOutcome) -> Result<TabOutcomeView, Failure> {
    let tab = view(wallet, id)?;
    let failure = match outcome {
        TabOutcome::Done(_) => None,
        TabOutcome::Refused { error, .. } => Some(Failure::from(error)),
        // It was lost with an epoch: no sync finds it.
        TabOutcome::Unknown { because: because @ Error::Wallet(WalletError::HistoryLost), .. } => Some(because.into()),
        TabOutcome::Unknown { .. } => {
            let mut failure = Failure::tab_undecided();
            if let Some(code) = tab.code {
                failure.message.push_str(&format!(" (The last try ended with code {code}.)"));
            }
            Some(failure)
        }
    };
    Ok(TabOutcomeView { tab, failure })
}
