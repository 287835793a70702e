//! The operations of money without network.

use super::payments::payment_id;
use super::perform::{amount, memo, value};
use crate::failure::Failure;
use farthing_core::error::WalletError;
use farthing_core::export::offline::{AllowanceView, CouldLoseView, TakenView};
use farthing_core::export::views::AmountView;
use farthing_core::offline::{
    AllowanceApproval, AllowanceOutcome, AllowanceWish, Examined, LookedOffline, OfflineApproval, OfflinePayment,
    OfflineWish, ShownPayment, ShownRequest, TakeApproval,
};
use farthing_core::{Error, Wallet};
use farthing_protocol::id::Digest;
use farthing_protocol::money::Amount;
use farthing_protocol::offline::AllowanceId;
use farthing_protocol::time::Span;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// One of them. Those of requests and payments call nobody.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum OfflineOperation {
    /// Does nothing: what a no to a prompt leaves behind.
    Nothing,
    /// Stores the draft of an allowance: `AllowanceDraftView`.
    Prepare { cap: String, per_payment: Option<String>, lasts_ms: u64, grace_ms: u64 },
    /// Forgets it.
    Discard { id: String },
    /// Signs, stores and begins to send what was shown.
    Confirm { id: String, shown: String },
    /// Waits for the outcome: `AllowedView`.
    Outcome { id: String, wait_ms: u64 },
    /// Makes a request: `AskedView`.
    Ask { amount: String, memo: Option<String>, life_ms: u64 },
    /// Looks at a request: `LookedView`.
    Look { request: String, from: Option<String> },
    /// Signs the payment of what was shown: `PaidView`.
    Pay { request: String, allowance: String, shown: String },
    /// Judges a payment: `ExaminedView`.
    Examine { payment: String },
    /// Takes the payment that was shown: `TakenView`.
    Take { payment: String, shown: String },
    /// Claims what was taken: `ClaimedOfflineView`.
    Claim,
    /// Revokes an allowance: `AllowedView`.
    Revoke { id: String },
    /// What may be lost; sets it when there is an amount: a list of `AmountView`.
    Limit { amount: Option<String> },
    /// `OfflineListView`.
    List,
}

impl OfflineOperation {
    pub(super) const fn is_safe_to_repeat(&self) -> bool {
        !matches!(self, Self::Ask { .. })
    }

    pub(super) const fn begins_something(&self) -> bool {
        matches!(
            self,
            Self::Confirm { .. }
                | Self::Ask { .. }
                | Self::Pay { .. }
                | Self::Take { .. }
                | Self::Claim
                | Self::Revoke { .. }
        )
    }

    pub(super) const fn wait_ms(&self) -> u64 {
        match self {
            Self::Outcome { wait_ms, .. } => *wait_ms,
            _ => 0,
        }
    }
}

/// What is asked for before an allowance is set aside.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AllowanceDraftView {
    pub(crate) id: String,
    pub(crate) cap: AmountView,
    pub(crate) per_payment: AmountView,
    pub(crate) fee: AmountView,
    pub(crate) set_aside: AmountView,
    pub(crate) at_stake: AmountView,
    pub(crate) lasts_ms: u64,
    pub(crate) grace_ms: u64,
    pub(crate) shown: String,
}

/// An allowance, and why it was refused or is not known.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AllowedView {
    pub(crate) allowance: AllowanceView,
    pub(crate) failure: Option<Failure>,
}

/// A request that can be shown.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AskedView {
    pub(crate) id: String,
    pub(crate) amount: AmountView,
    pub(crate) expires: String,
    /// The frame.
    pub(crate) request: String,
}

/// A payment that was signed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PaidView {
    pub(crate) allowance: String,
    pub(crate) number: u64,
    pub(crate) amount: AmountView,
    /// The frame.
    pub(crate) payment: String,
}

/// What a request is to the payer: paid before, or to be decided.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LookedView {
    pub(crate) paid: Option<PaidView>,
    pub(crate) prompt: Option<PromptView>,
}

/// What a payer must see.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PromptView {
    pub(crate) amount: AmountView,
    pub(crate) payee_name: Option<String>,
    pub(crate) memo: Option<String>,
    pub(crate) items: Vec<(String, AmountView)>,
    pub(crate) allowance: String,
    pub(crate) left: AmountView,
    pub(crate) expires: String,
    pub(crate) paid_lately: Option<String>,
    pub(crate) shown: String,
}

/// What a payment is to the payee: taken before, or to be decided.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExaminedView {
    pub(crate) taken: Option<TakenView>,
    pub(crate) offer: Option<OfferedPaymentView>,
}

/// What a payee must see.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OfferedPaymentView {
    pub(crate) amount: AmountView,
    pub(crate) could_lose: CouldLoseView,
    pub(crate) claim_until: String,
    pub(crate) list_of: Option<String>,
    pub(crate) shown: String,
}

/// What came of claiming.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ClaimedOfflineView {
    pub(crate) claimed: Vec<TakenView>,
    pub(crate) refused: Vec<(TakenView, Failure)>,
}

/// Both sides.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OfflineListView {
    pub(crate) allowances: Vec<AllowanceView>,
    pub(crate) taken: Vec<TakenView>,
    /// What was taken and is not settled, of each asset.
    pub(crate) unsettled: Vec<AmountView>,
    /// What may be lost, of each asset.
    pub(crate) limits: Vec<AmountView>,
}

pub(super) async fn perform(wallet: &Wallet, operation: OfflineOperation) -> Result<Value, Failure> {
    match operation {
        OfflineOperation::Nothing => Ok(Value::Null),
        OfflineOperation::Prepare { cap, per_payment, lasts_ms, grace_ms } => {
            let cap = amount(wallet, &cap).await?;
            let read = |text: &String| Amount::parse(text, &[cap.asset()]).map_err(Error::from);
            let per_voucher = per_payment.as_ref().map(read).transpose()?;
            let (lasts, grace) = (Some(Span::from_ms(lasts_ms)), Some(Span::from_ms(grace_ms)));
            let draft = wallet.prepare_allowance(AllowanceWish { cap, per_voucher, lasts, grace }).await?;
            value(&AllowanceDraftView {
                id: draft.id.to_string(),
                cap: (&draft.cap).into(),
                per_payment: (&draft.per_voucher).into(),
                fee: (&draft.fee).into(),
                set_aside: (&draft.total).into(),
                at_stake: (&draft.at_stake).into(),
                lasts_ms: draft.lasts.as_ms(),
                grace_ms: draft.grace.as_ms(),
                shown: draft.digest.to_hex(),
            })
        }
        OfflineOperation::Discard { id } => {
            wallet.discard_allowance(&payment_id(&id)?)?;
            Ok(Value::Null)
        }
        OfflineOperation::Confirm { id, shown } => {
            wallet.confirm_allowance(AllowanceApproval::from_parts(payment_id(&id)?, digest(&shown)?)).await?;
            Ok(Value::Null)
        }
        OfflineOperation::Outcome { id, wait_ms } => {
            let id = wallet.confirmed_allowance(&payment_id(&id)?)?.ok_or(Error::Wallet(WalletError::NotADraft))?;
            value(&allowed(wallet, &wallet.allowance_outcome(&id, Duration::from_millis(wait_ms)).await?)?)
        }
        OfflineOperation::Ask { amount: sum, memo: memo_text, life_ms } => {
            let memo = memo_text.as_deref().map(memo).transpose()?;
            let wish =
                OfflineWish { amount: heard(wallet, &sum)?, memo, items: Vec::new(), life: Span::from_ms(life_ms) };
            let asked = wallet.ask_offline(&wish)?;
            let request = asked.frame.text().map_err(Error::from)?;
            let (id, expires) = (asked.id.to_hex(), asked.expires.to_rfc3339());
            value(&AskedView { id, amount: (&asked.amount).into(), expires, request })
        }
        OfflineOperation::Look { request, from } => {
            let from = from.map(|id| allowance_id(&id)).transpose()?;
            value(&looked(&wallet.look_offline(&ShownRequest::parse(&request)?, from.as_ref())?)?)
        }
        OfflineOperation::Pay { request, allowance, shown } => {
            let request = ShownRequest::parse(&request)?;
            let approval = OfflineApproval::from_parts(request, allowance_id(&allowance)?, digest(&shown)?);
            value(&paid(&wallet.pay_offline(approval).await?)?)
        }
        OfflineOperation::Examine { payment } => {
            value(&examined(wallet.examine_offline(&ShownPayment::parse(&payment)?)?)?)
        }
        OfflineOperation::Take { payment, shown } => {
            let approval = TakeApproval::from_parts(ShownPayment::parse(&payment)?, digest(&shown)?);
            value(&TakenView::of(&wallet.take_offline(&approval)?)?)
        }
        OfflineOperation::Claim => {
            let done = wallet.claim_offline().await?;
            let view = |id: &Digest| -> Result<TakenView, Failure> { Ok(TakenView::of(&wallet.taken_payment(id)?)?) };
            let claimed = done.claimed.iter().map(view).collect::<Result<_, _>>()?;
            let refused = done.refused.into_iter().map(|(id, error)| Ok::<_, Failure>((view(&id)?, error.into())));
            value(&ClaimedOfflineView { claimed, refused: refused.collect::<Result<_, _>>()? })
        }
        OfflineOperation::Revoke { id } => {
            value(&allowed(wallet, &wallet.revoke_allowance(&allowance_id(&id)?).await?)?)
        }
        OfflineOperation::Limit { amount } => {
            if let Some(text) = amount {
                wallet.set_loss_limit(heard(wallet, &text)?)?;
            }
            value(&limits(wallet)?)
        }
        OfflineOperation::List => {
            let (allowances, taken) =
                wallet.read(|engine| Ok::<_, Error>((AllowanceView::all(engine)?, TakenView::all(engine)?)))?;
            let unsettled = wallet.assets().into_iter().map(|asset| Ok((&wallet.unsettled_offline(asset)?.0).into()));
            let unsettled = unsettled.collect::<Result<_, Error>>()?;
            value(&OfflineListView { allowances, taken, unsettled, limits: limits(wallet)? })
        }
    }
}

/// An amount of an asset that this wallet has heard of: nobody is asked.
pub(super) fn heard(wallet: &Wallet, text: &str) -> Result<Amount, Failure> {
    Ok(Amount::parse(text, &wallet.assets()).map_err(Error::from)?)
}

fn digest(text: &str) -> Result<Digest, Error> {
    Digest::from_hex(text).ok_or(Error::Wallet(WalletError::NotWhatWasApproved))
}

fn allowance_id(text: &str) -> Result<AllowanceId, Error> {
    AllowanceId::from_hex(&text.trim().to_ascii_lowercase()).ok_or(Error::Wallet(WalletError::AllowanceUnknown))
}

fn limits(wallet: &Wallet) -> Result<Vec<AmountView>, Error> {
    wallet.assets().into_iter().map(|asset| Ok((&wallet.loss_limit(asset)?).into())).collect()
}

fn allowed(wallet: &Wallet, outcome: &AllowanceOutcome) -> Result<AllowedView, Failure> {
    let (id, failure) = match outcome {
        AllowanceOutcome::Done(id) => (id, None),
        AllowanceOutcome::Refused { allowance, error } => (allowance, Some(error.clone().into())),
        AllowanceOutcome::Unknown { allowance, .. } => (allowance, Some(Failure::tab_undecided())),
    };
    let own = wallet.allowance(id)?;
    Ok(AllowedView { allowance: wallet.read(|engine| AllowanceView::of(engine, &own))?, failure })
}

fn paid(paid: &OfflinePayment) -> Result<PaidView, Failure> {
    Ok(PaidView {
        allowance: paid.allowance.to_hex(),
        number: paid.seq.get(),
        amount: (&paid.amount).into(),
        payment: paid.frame.text().map_err(Error::from)?,
    })
}

fn looked(found: &LookedOffline) -> Result<LookedView, Failure> {
    let prompt = match found {
        LookedOffline::Again(before) => return Ok(LookedView { paid: Some(paid(before)?), prompt: None }),
        LookedOffline::New(prompt) => prompt,
    };
    let details = prompt.details.clone().unwrap_or_default();
    let items = details.items.unwrap_or_default();
    let prompt = PromptView {
        amount: (&prompt.amount).into(),
        payee_name: details.payer.map(|name| name.to_string()),
        memo: details.memo.map(|memo| memo.to_string()),
        items: items.iter().map(|item| (item.name.to_string(), (&item.amount).into())).collect(),
        allowance: prompt.allowance.to_hex(),
        left: (&prompt.left).into(),
        expires: prompt.expires.to_rfc3339(),
        paid_lately: prompt.paid_lately.map(|at| at.to_rfc3339()),
        shown: prompt.digest.to_hex(),
    };
    Ok(LookedView { paid: None, prompt: Some(prompt) })
}

fn examined(found: Examined) -> Result<ExaminedView, Failure> {
    let offer = match found {
        Examined::Taken(taken) => return Ok(ExaminedView { taken: Some(TakenView::of(&taken)?), offer: None }),
        Examined::Good(offer) => offer,
    };
    let offer = OfferedPaymentView {
        amount: (&offer.amount).into(),
        could_lose: (&offer.could_lose).into(),
        claim_until: offer.claim_until.to_rfc3339(),
        list_of: offer.list_of.map(|time| time.to_rfc3339()),
        shown: offer.digest.to_hex(),
    };
    Ok(ExaminedView { taken: None, offer: Some(offer) })
}
