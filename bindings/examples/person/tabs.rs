//! What a person can be told to do with tabs, and what is said of them.

use crate::Fault;
use crate::phone::Phone;
use crate::told;
use crate::verbs::{aliased, money};
use data_encoding::HEXLOWER;
use farthing_ffi::records::Money;
use farthing_ffi::tabs::{
    Claimed, OfferTerms, PaidDrop, Tab, TabDraft, TabOffer, TabOutcome, TabPending, TabSide, TabState, TabTerms,
    TakenVoucher,
};
use farthing_ffi::wallet::Wallet;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum TabVerb {
    Offer(Offered),
    Offers {
        limit: Option<u32>,
    },
    CancelOffer {
        offer: String,
    },
    SendOffer {
        contact: String,
        offer: String,
    },
    Received {
        contact: String,
    },
    Read {
        link: String,
    },
    Prepare {
        payee: Option<String>,
        contact: Option<String>,
        offer: Option<String>,
        cap: Option<String>,
        lasts_s: Option<u64>,
        grace_s: Option<u64>,
        memo: Option<String>,
    },
    Raise {
        tab: String,
        cap: Option<String>,
        longer_s: Option<u64>,
    },
    Draft {
        tab: String,
    },
    Discard {
        tab: String,
    },
    Confirm {
        tab: String,
    },
    Outcome {
        tab: String,
        wait_ms: u64,
    },
    Pay {
        tab: String,
        amount: String,
    },
    Take {
        voucher: String,
    },
    CatchUp {
        voucher: String,
    },
    Close {
        tab: String,
    },
    Claim {
        tab: Option<String>,
    },
    Release {
        tab: String,
    },
    List {
        limit: Option<u32>,
    },
    Show {
        tab: String,
    },
    Receipts {
        tab: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Offered {
    price: String,
    unit: String,
    cap: String,
    lasts_s: Option<u64>,
    grace_s: Option<u64>,
    memo: Option<String>,
    expires_s: Option<u64>,
    #[serde(default)]
    standing: bool,
}

const DAY_S: u64 = 86_400;

impl TabVerb {
    /// Does it, and says what came of it.
    pub(crate) async fn of(self, phone: &Phone) -> Result<Value, Fault> {
        let wallet = phone.wallet()?;
        match self {
            paying @ (Self::Prepare { .. }
            | Self::Raise { .. }
            | Self::Draft { .. }
            | Self::Discard { .. }
            | Self::Confirm { .. }
            | Self::Outcome { .. }
            | Self::Pay { .. }
            | Self::CatchUp { .. }
            | Self::Close { .. }) => paying.paying(phone, &wallet).await,
            earning => earning.earning(&wallet).await,
        }
    }

    async fn paying(self, phone: &Phone, wallet: &Wallet) -> Result<Value, Fault> {
        Ok(match self {
            Self::Prepare { payee, contact, offer, cap, lasts_s, grace_s, memo } => {
                let ms = |seconds: Option<u64>| seconds.map(|seconds| seconds * 1000);
                let terms =
                    TabTerms { cap: money(wallet, cap).await?, lasts_ms: ms(lasts_s), grace_ms: ms(grace_s), memo };
                let draft = match (payee, contact, offer) {
                    (Some(payee), None, None) => wallet.prepare_tab(payee, terms).await?,
                    (None, Some(name), None) => wallet.prepare_tab(aliased(wallet, &name).await?, terms).await?,
                    (None, Some(name), Some(offer)) => wallet.prepare_received_tab(name, offer, terms).await?,
                    _ => return Err(Fault::Wrong("whom the tab is with is not clear".to_owned())),
                };
                shown(phone, &draft)
            }
            Self::Raise { tab, cap, longer_s } => {
                let cap = money(wallet, cap).await?;
                shown(phone, &wallet.prepare_tab_change(tab, cap, longer_s.unwrap_or(0) * 1000).await?)
            }
            Self::Draft { tab } => shown(phone, &wallet.tab_draft(tab).await?),
            Self::Discard { tab } => {
                wallet.discard_tab(tab).await?;
                json!({})
            }
            Self::Confirm { tab: id } => {
                let shown = match phone.seen(&id) {
                    Some(shown) => shown,
                    None => wallet.tab_draft(id.clone()).await?.shown,
                };
                tab(&wallet.confirm_tab(id, shown).await?)
            }
            Self::Outcome { tab, wait_ms } => outcome(&wallet.tab_outcome(tab, wait_ms).await?),
            Self::Pay { tab, amount } => {
                let amount = wallet.parse_money(amount).await?;
                drop_paid(&wallet.pay_tab(tab, amount).await?)
            }
            Self::CatchUp { voucher } => json!({"greater": wallet.catch_up_tab(voucher).await?}),
            Self::Close { tab } => outcome(&wallet.close_tab(tab).await?),
            _ => return Err(Fault::Wrong("that is not about paying from a tab".to_owned())),
        })
    }

    async fn earning(self, wallet: &Wallet) -> Result<Value, Fault> {
        Ok(match self {
            Self::Offer(of) => {
                let terms = OfferTerms {
                    price: wallet.parse_money(of.price).await?,
                    unit: of.unit,
                    cap: wallet.parse_money(of.cap).await?,
                    lasts_ms: of.lasts_s.unwrap_or(DAY_S) * 1000,
                    grace_ms: of.grace_s.unwrap_or(3 * DAY_S) * 1000,
                    memo: of.memo,
                    life_ms: of.expires_s.unwrap_or(900) * 1000,
                    standing: of.standing,
                };
                offer(&wallet.offer_tab(terms).await?)
            }
            Self::Offers { limit } => offers(&wallet.tab_offers(limit.unwrap_or(50)).await?),
            Self::CancelOffer { offer } => json!({"state": told::offer_state(wallet.cancel(offer).await?)}),
            Self::SendOffer { contact, offer } => {
                wallet.send_tab_offer(contact, offer).await?;
                json!({})
            }
            Self::Received { contact } => offers(&wallet.received_tab_offers(contact).await?),
            Self::Read { link } => offer(&wallet.read_tab_offer(link).await?),
            Self::Take { voucher } => taken(&wallet.take_voucher(voucher).await?),
            Self::Claim { tab } => claimed(&wallet.claim_tabs(tab).await?),
            Self::Release { tab: id } => tab(&wallet.release_tab(id).await?),
            Self::List { limit } => {
                json!({"tabs": wallet.tabs(limit.unwrap_or(50)).await?.iter().map(tab).collect::<Vec<_>>()})
            }
            Self::Show { tab: id } => tab(&wallet.tab(id).await?),
            Self::Receipts { tab } => {
                let receipts = wallet.tab_receipts(tab).await?;
                json!({"receipts": receipts.iter().map(|bytes| HEXLOWER.encode(bytes)).collect::<Vec<_>>()})
            }
            _ => return Err(Fault::Wrong("that is not about earning by a tab".to_owned())),
        })
    }
}

fn shown(phone: &Phone, of: &TabDraft) -> Value {
    phone.saw(&of.id, &of.shown);
    draft(of)
}

fn text(of: Option<&Money>) -> Option<&str> {
    of.map(|amount| amount.text.as_str())
}

pub(crate) fn draft(of: &TabDraft) -> Value {
    json!({
        "id": of.id,
        "changes": of.changes,
        "payee": told::payee(of.payee_name.as_ref(), of.contact.as_ref(), of.alias.as_ref(), of.trust),
        "price": text(of.price.as_ref()),
        "unit": of.unit,
        "cap": of.cap.text,
        "fee": of.fee.text,
        "setAside": of.set_aside.text,
        "lastsS": of.lasts_ms / 1000,
        "graceS": of.grace_ms / 1000,
        "offerMemo": of.offer_memo,
        "memo": of.memo,
        "expires": of.expires_ms.is_some(),
        "warnings": told::warnings(&of.warnings),
    })
}

fn offers(of: &[TabOffer]) -> Value {
    json!({"offers": of.iter().map(offer).collect::<Vec<_>>()})
}

fn offer(of: &TabOffer) -> Value {
    json!({
        "id": of.id,
        "state": of.state.map(told::offer_state),
        "link": of.link,
        "calledItself": of.payee_name,
        "price": of.price.text,
        "unit": of.unit,
        "cap": of.cap.text,
        "lastsS": of.lasts_ms / 1000,
        "graceS": of.grace_ms / 1000,
        "memo": of.memo,
        "standing": of.standing,
        "tab": of.tab,
        "code": of.code,
    })
}

fn tab(of: &Tab) -> Value {
    let side = match of.side {
        TabSide::Paid => "paid",
        TabSide::Earned => "earned",
    };
    let state = match of.state {
        TabState::Draft => "draft",
        TabState::Opening => "opening",
        TabState::Open => "open",
        TabState::Closed => "closed",
        TabState::Ended => "ended",
        TabState::Refused => "refused",
        TabState::Lost => "lost",
    };
    let pending = |pending: &TabPending| match pending {
        TabPending::Opening => "opening",
        TabPending::Change => "change",
        TabPending::Closing => "closing",
        TabPending::Claim => "claim",
        TabPending::Release => "release",
    };
    json!({
        "id": of.id,
        "side": side,
        "state": state,
        "name": of.name,
        "contact": of.contact,
        "alias": of.alias,
        "cap": text(of.cap.as_ref()),
        "total": of.total.text,
        "left": of.left.text,
        "claimed": of.claimed.text,
        "unclaimed": of.unclaimed.text,
        "fees": text(of.fees.as_ref()),
        "setAside": text(of.set_aside.as_ref()),
        "price": text(of.price.as_ref()),
        "unit": of.unit,
        "memo": of.memo,
        "offerMemo": of.offer_memo,
        "offer": of.offer,
        "differs": of.differs,
        "pending": of.pending.iter().map(pending).collect::<Vec<_>>(),
        "elsewhere": of.elsewhere,
        "code": of.code,
        "lost": of.lost,
    })
}

fn outcome(of: &TabOutcome) -> Value {
    match of {
        TabOutcome::Done { tab: done } => json!({"end": "done", "tab": tab(done), "why": null}),
        TabOutcome::Refused { tab: refused, why } => {
            json!({"end": "refused", "tab": tab(refused), "why": told::problem(why)})
        }
        TabOutcome::Unknown { tab: open, because } => {
            json!({"end": "unknown", "tab": tab(open), "why": told::problem(because)})
        }
    }
}

fn drop_paid(of: &PaidDrop) -> Value {
    json!({"tab": of.tab, "total": of.total.text, "voucher": of.voucher})
}

fn taken(of: &TakenVoucher) -> Value {
    match of {
        TakenVoucher::Taken { tab, gained, total } => {
            json!({"tab": tab, "gained": gained.text, "total": total.text, "newest": null})
        }
        TakenVoucher::Behind { tab, newest } => json!({"tab": tab, "gained": null, "total": null, "newest": newest}),
    }
}

fn claimed(of: &Claimed) -> Value {
    let refused: Vec<_> =
        of.refused.iter().map(|refused| json!({"tab": refused.tab, "why": told::problem(&refused.why)})).collect();
    json!({"tabs": of.tabs, "refused": refused, "waiting": of.waiting})
}
