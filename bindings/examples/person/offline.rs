//! What a person can be told to do without network, and what is said of it.

use crate::Fault;
use crate::phone::Phone;
use crate::told;
use crate::verbs::money;
use farthing_ffi::offline::{
    Allowance, AllowanceDraft, AllowanceEnd, AllowanceOutcome, AllowanceState, AllowanceTerms, CarriedPayment,
    CarriedReply, ClaimedOffline, OfflineExamined, OfflineLook, OfflineOffer, OfflinePayment, OfflinePrompt,
    OfflineQuestion, OfflineRequest, OfflineTerms, PaidOffline, RefusedPayment, TakenPayment, TakenState, Unsettled,
};
use farthing_ffi::records::{Item, Money};
use farthing_ffi::scan::{CodeCollector, Collected, shown_codes};
use farthing_ffi::wallet::Wallet;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum OfflineVerb {
    Allow { cap: String, per_payment: Option<String>, lasts_s: Option<u64>, grace_s: Option<u64> },
    Discard { draft: String },
    Confirm { draft: String },
    Outcome { allowance: String, wait_ms: u64 },
    Revoke { allowance: String },
    Allowances { limit: Option<u32> },
    Payments { allowance: String },
    Look { text: String, from: Option<String> },
    Pay { text: String, from: Option<String> },
    Ask { amount: String, memo: Option<String>, expires_s: Option<u64> },
    Asked { request: String },
    Examine { text: String },
    Take { text: String },
    Claim {},
    Taken { limit: Option<u32> },
    Unsettled {},
    Limit { most: Option<String> },
    Codes { text: String },
    Film { codes: Vec<String> },
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum CarriedVerb {
    Whole { request: String },
    Prepare { request: String, amount: Option<String>, memo: Option<String> },
    Confirm { draft: String },
    Show { payment: String },
    Post { order: String },
    Answer { answer: String },
}

impl OfflineVerb {
    /// Does it, and says what came of it.
    pub(crate) async fn of(self, phone: &Phone) -> Result<Value, Fault> {
        match self {
            Self::Codes { text } => Ok(json!({"codes": shown_codes(&text)?})),
            Self::Film { codes } => film(&codes),
            allowing @ (Self::Allow { .. }
            | Self::Discard { .. }
            | Self::Confirm { .. }
            | Self::Outcome { .. }
            | Self::Revoke { .. }
            | Self::Allowances { .. }
            | Self::Payments { .. }) => allowing.allowing(&*phone.wallet()?).await,
            paying => paying.paying(&*phone.wallet()?).await,
        }
    }

    async fn allowing(self, wallet: &Wallet) -> Result<Value, Fault> {
        Ok(match self {
            Self::Allow { cap, per_payment, lasts_s, grace_s } => {
                let ms = |seconds: Option<u64>| seconds.map(|seconds| seconds * 1000);
                let terms = AllowanceTerms {
                    cap: wallet.parse_money(cap).await?,
                    per_payment: money(wallet, per_payment).await?,
                    lasts_ms: ms(lasts_s),
                    grace_ms: ms(grace_s),
                };
                draft(&wallet.prepare_allowance(terms).await?)
            }
            Self::Discard { draft } => {
                wallet.discard_allowance(draft).await?;
                json!({})
            }
            Self::Confirm { draft } => {
                let draft = wallet.allowance_draft(draft).await?;
                allowance(&wallet.confirm_allowance(draft.id, draft.shown).await?)
            }
            Self::Outcome { allowance, wait_ms } => outcome(&wallet.allowance_outcome(allowance, wait_ms).await?),
            Self::Revoke { allowance } => outcome(&wallet.revoke_allowance(allowance).await?),
            Self::Allowances { limit } => {
                json!({"allowances": all(&wallet.allowances(limit.unwrap_or(50)).await?, allowance)})
            }
            Self::Payments { allowance } => {
                json!({"payments": all(&wallet.allowance_payments(allowance).await?, made)})
            }
            _ => return Err(Fault::Wrong("that is not about allowances".to_owned())),
        })
    }

    async fn paying(self, wallet: &Wallet) -> Result<Value, Fault> {
        Ok(match self {
            Self::Look { text, from } => match wallet.look_offline(text, from).await? {
                OfflineLook::Again { payment } => json!({"payment": paid(&payment), "prompt": null}),
                OfflineLook::New { prompt: new } => json!({"payment": null, "prompt": prompt(&new)}),
            },
            Self::Pay { text, from } => match wallet.look_offline(text, from).await? {
                OfflineLook::Again { payment } => paid(&payment),
                OfflineLook::New { prompt: OfflinePrompt { request, allowance, shown, .. } } => {
                    paid(&wallet.pay_offline(request, allowance, shown).await?)
                }
            },
            Self::Ask { amount, memo, expires_s } => {
                let amount = wallet.parse_money(amount).await?;
                let life_ms = expires_s.unwrap_or(900) * 1000;
                asked(&wallet.ask_offline(OfflineTerms { amount, memo, items: Vec::new(), life_ms }).await?)
            }
            Self::Asked { request } => asked(&wallet.asked_offline(request).await?),
            Self::Examine { text } => match wallet.examine_offline(text).await? {
                OfflineExamined::Taken { payment } => json!({"taken": taken(&payment), "offer": null}),
                OfflineExamined::Good { offer: good } => json!({"taken": null, "offer": offer(&good)}),
            },
            Self::Take { text } => match wallet.examine_offline(text).await? {
                OfflineExamined::Taken { payment } => taken(&payment),
                OfflineExamined::Good { offer: OfflineOffer { payment, shown, .. } } => {
                    taken(&wallet.take_offline(payment, shown).await?)
                }
            },
            Self::Claim {} => claimed(&wallet.claim_offline().await?),
            Self::Taken { limit } => {
                json!({"taken": all(&wallet.taken_offline(limit.unwrap_or(50)).await?, taken)})
            }
            Self::Unsettled {} => {
                let told = |of: &Unsettled| json!({"amount": of.amount.text, "arrived": of.arrived.text});
                json!({"unsettled": all(&wallet.unsettled_offline().await?, told)})
            }
            Self::Limit { most } => {
                if let Some(most) = money(wallet, most).await? {
                    wallet.set_loss_limit(most).await?;
                }
                json!({"limits": all(&wallet.loss_limits().await?, |most: &Money| json!(most.text))})
            }
            _ => return Err(Fault::Wrong("that is about allowances".to_owned())),
        })
    }
}

impl CarriedVerb {
    /// Does it, and says what came of it.
    pub(crate) async fn of(self, phone: &Phone) -> Result<Value, Fault> {
        let wallet = phone.wallet()?;
        Ok(match self {
            Self::Whole { request } => json!({"text": wallet.whole_request(request).await?}),
            Self::Prepare { request, amount, memo } => {
                let amount = money(&wallet, amount).await?;
                told::draft(&wallet.prepare_whole(request, amount, memo).await?)
            }
            Self::Confirm { draft } => {
                let draft = wallet.draft(draft).await?;
                handed_over(&wallet.confirm_carried(draft.id, draft.shown).await?)
            }
            Self::Show { payment } => handed_over(&wallet.carried_payment(payment).await?),
            Self::Post { order } => match wallet.carry(order).await? {
                CarriedReply::Paid { amount, to_us, answer } => {
                    json!({"end": "paid", "amount": amount.text, "toUs": to_us, "why": null, "answer": answer})
                }
                CarriedReply::Refused { why, answer } => {
                    json!({"end": "refused", "amount": null, "toUs": false, "why": told::problem(&why), "answer": answer})
                }
            },
            Self::Answer { answer } => told::outcome(&wallet.take_answer(answer).await?),
        })
    }
}

/// What a camera makes of codes.
fn film(codes: &[String]) -> Result<Value, Fault> {
    let camera = CodeCollector::new();
    let mut seen = json!({"text": null, "have": 0, "of": 0});
    for code in codes {
        match camera.add(code)? {
            Collected::Missing { have, of } => seen = json!({"text": null, "have": have, "of": of}),
            Collected::Whole { text } => return Ok(json!({"text": text, "have": null, "of": null})),
        }
    }
    Ok(seen)
}

fn all<T>(of: &[T], told: impl Fn(&T) -> Value) -> Vec<Value> {
    of.iter().map(told).collect()
}

/// What is asked without network.
pub(crate) fn question(of: &OfflineQuestion) -> Value {
    match of {
        OfflineQuestion::Allow { draft: shown } => draft(shown),
        OfflineQuestion::Pay { prompt: shown } => prompt(shown),
        OfflineQuestion::Take { offer: shown } => offer(shown),
    }
}

fn draft(of: &AllowanceDraft) -> Value {
    json!({
        "id": of.id,
        "cap": of.cap.text,
        "perPayment": of.per_payment.text,
        "fee": of.fee.text,
        "setAside": of.set_aside.text,
        "atStake": of.at_stake.text,
        "lastsS": of.lasts_ms / 1000,
        "graceS": of.grace_ms / 1000,
    })
}

fn allowance(of: &Allowance) -> Value {
    let state = match of.state {
        AllowanceState::Ordering => "ordering",
        AllowanceState::Open => "open",
        AllowanceState::Revoked => "revoked",
        AllowanceState::Settled => "settled",
        AllowanceState::Refused => "refused",
        AllowanceState::Lost => "lost",
    };
    let end = |end: &AllowanceEnd| {
        json!({
            "claimed": end.claimed.text,
            "fromBalance": end.from_balance.text,
            "unpaid": end.unpaid.text,
            "contradicts": end.contradicts,
        })
    };
    json!({
        "id": of.id,
        "state": state,
        "cap": of.cap.text,
        "perPayment": of.per_payment.text,
        "spent": of.spent.text,
        "left": of.left.text,
        "frozen": of.frozen,
        "end": of.end.as_ref().map(end),
        "code": of.code,
    })
}

fn outcome(of: &AllowanceOutcome) -> Value {
    let (end, of, why) = match of {
        AllowanceOutcome::Done { allowance } => ("done", allowance, None),
        AllowanceOutcome::Refused { allowance, why } => ("refused", allowance, Some(why)),
        AllowanceOutcome::Unknown { allowance, because } => ("unknown", allowance, Some(because)),
    };
    json!({"end": end, "allowance": allowance(of), "why": why.map(told::problem)})
}

fn asked(of: &OfflineRequest) -> Value {
    json!({"id": of.id, "amount": of.amount.text, "text": of.text})
}

fn items(of: &[Item]) -> Vec<Value> {
    all(of, |item| json!({"name": item.name, "amount": item.amount.text}))
}

fn prompt(of: &OfflinePrompt) -> Value {
    json!({
        "amount": of.amount.text,
        "calledItself": of.payee_name,
        "memo": of.memo,
        "items": items(&of.items),
        "allowance": of.allowance,
        "left": of.left.text,
        "paidLately": of.paid_lately_ms.is_some(),
    })
}

fn paid(of: &OfflinePayment) -> Value {
    json!({"allowance": of.allowance, "number": of.number, "amount": of.amount.text, "text": of.text})
}

fn made(of: &PaidOffline) -> Value {
    json!({"number": of.number, "amount": of.amount.text, "calledItself": of.payee_name, "memo": of.memo})
}

fn offer(of: &OfflineOffer) -> Value {
    json!({
        "amount": of.amount.text,
        "memo": of.memo,
        "items": items(&of.items),
        "couldLose": of.could_lose.all.text,
        "ofPayer": of.could_lose.of_payer.text,
        "limit": of.could_lose.limit.text,
        "listed": of.list_of_ms.is_some(),
    })
}

fn taken(of: &TakenPayment) -> Value {
    let state = match of.state {
        TakenState::Taken => "taken",
        TakenState::Claimed => "claimed",
        TakenState::Settled => "settled",
        TakenState::Refused => "refused",
    };
    json!({
        "id": of.id,
        "state": state,
        "amount": of.amount.text,
        "guaranteed": of.guaranteed.text,
        "received": of.received.as_ref().map(|amount| &amount.text),
        "contradicts": of.contradicts,
        "allowance": of.allowance,
        "memo": of.memo,
        "items": items(&of.items),
        "code": of.code,
    })
}

fn claimed(of: &ClaimedOffline) -> Value {
    let refused =
        |refused: &RefusedPayment| json!({"payment": taken(&refused.payment), "why": told::problem(&refused.why)});
    json!({"claimed": all(&of.claimed, taken), "refused": all(&of.refused, refused)})
}

fn handed_over(of: &CarriedPayment) -> Value {
    json!({"payment": told::payment(&of.payment), "text": of.text})
}
