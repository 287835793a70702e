//! What a person can be told to do, with the arguments of each.

use crate::Fault;
use crate::approver::Answer;
use crate::phone::{Phone, Says};
use crate::told;
use farthing_ffi::opening::{Opened, enrol, open, restore};
use farthing_ffi::phrase::WordsEntry;
use farthing_ffi::records::{Item, Money, Terms};
use farthing_ffi::scan::{Scanned, draw_qr, recognise};
use farthing_ffi::wallet::Wallet;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Events of a page.
const PAGE: u32 = 100;
/// Between two looks whether a pause is over.
const PAUSED: Duration = Duration::from_millis(50);

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum Verb {
    Key {
        says: Says,
        seed: Option<u64>,
    },
    Open {},
    Enrol {
        invite: String,
        name: Option<String>,
        alias: Option<String>,
    },
    Restore {
        invite: String,
        words: Vec<u16>,
        name: Option<String>,
        keep_devices: Option<bool>,
        into: Option<PathBuf>,
    },
    TypePhrase {
        words: Vec<u16>,
    },
    RevealPhrase {},
    Close {},
    Status {},
    Balances {},
    Parse {
        text: String,
    },
    Prepare {
        payee: Option<String>,
        contact: Option<String>,
        amount: Option<String>,
        memo: Option<String>,
    },
    Draft {
        draft: String,
    },
    Discard {
        draft: String,
    },
    Confirm {
        draft: String,
        shown_like: Option<String>,
    },
    Outcome {
        payment: String,
        wait_ms: u64,
    },
    Payment {
        payment: String,
    },
    History {
        before: Option<String>,
        limit: Option<u32>,
    },
    Receipt {
        payment: String,
    },
    Request {
        amount: Option<String>,
        memo: Option<String>,
        items: Option<Vec<Sold>>,
        expires_s: Option<u64>,
        standing: Option<bool>,
    },
    Requests {
        limit: Option<u32>,
    },
    CancelRequest {
        request: String,
    },
    Events {
        after: u64,
        until: Option<String>,
        count: Option<usize>,
        wait_ms: u64,
    },
    Sync {},
    CatchUp {
        wait_ms: u64,
    },
    Pause {},
    Resume {},
    PairShow {
        pairing: Option<String>,
    },
    PairScan {
        link: String,
        pairing: Option<String>,
    },
    PairCode {
        wait_ms: u64,
        pairing: Option<String>,
    },
    PairAnswer {
        same: bool,
        pairing: Option<String>,
    },
    PairContact {
        wait_ms: u64,
        pairing: Option<String>,
    },
    Contacts {},
    Rename {
        contact: String,
        name: String,
    },
    Block {
        contact: String,
    },
    Unblock {
        contact: String,
    },
    Recognise {
        text: String,
    },
    DrawQr {
        text: String,
    },
    Approver {
        answer: Option<Answer>,
        seed: Option<u64>,
    },
    Asked {},
    KeepsPhrase {},
    ConfirmPhrase {
        words: Vec<u16>,
    },
    Connection {
        until: Option<String>,
        wait_ms: u64,
    },
    Diagnostics {},
    WatchRequest {
        request: String,
        wait_ms: u64,
    },
    Loss {},
    AcceptLoss {},
    Checkpoint {},
    CompareCheckpoint {
        checkpoint: String,
    },
    WriteNote {
        contact: String,
        text: String,
    },
    SendRequest {
        contact: String,
        request: String,
    },
    Notes {
        contact: String,
    },
    PrepareNote {
        contact: String,
        note: String,
        memo: Option<String>,
    },
    Aliases {},
    Register {
        alias: String,
    },
    Devices {},
    Revoke {
        device: String,
        words: Option<Vec<u16>>,
    },
    DeviceShow {
        words: Option<Vec<u16>>,
    },
    DeviceCode {
        wait_ms: u64,
    },
    DeviceConfirm {
        scope: Wanted,
    },
    DeviceReject {},
    Join {
        link: String,
    },
    JoinConfirm {
        name: Option<String>,
    },
    JoinReject {},
}

/// What a device that is added may do.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Wanted {
    #[serde(default)]
    pub(crate) pay: bool,
    #[serde(default)]
    pub(crate) per_order: Vec<String>,
    #[serde(default)]
    pub(crate) per_day: Vec<String>,
    #[serde(default)]
    pub(crate) payees: Vec<String>,
    pub(crate) life_s: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sold {
    name: String,
    amount: String,
}

impl Verb {
    /// Does it, and says what came of it.
    pub(crate) async fn of(self, phone: &Phone) -> Result<Value, Fault> {
        match self {
            Self::Key { says, seed } => {
                phone.set_key(says, seed);
                Ok(json!({}))
            }
            Self::Open {} => opened(phone).await,
            Self::Enrol { invite, name, alias } => {
                let made = enrol(phone.dir(), phone.keys(), invite, name, alias).await?;
                phone.take(made.wallet);
                Ok(json!({}))
            }
            Self::Restore { invite, words, name, keep_devices, into } => {
                if let Some(folder) = into {
                    phone.move_to(folder);
                }
                let (words, keep) = (typed(&words)?, keep_devices.unwrap_or(false));
                phone.take(restore(phone.dir(), phone.keys(), invite, words, name, keep).await?);
                Ok(json!({}))
            }
            Self::TypePhrase { words } => {
                typed(&words)?.check()?;
                Ok(json!({}))
            }
            Self::Recognise { text } => Ok(json!({"is": match recognise(&text)? {
                Scanned::Request => "request",
                Scanned::Invite => "invite",
                Scanned::Pairing => "pairing",
                Scanned::Alias => "alias",
                Scanned::Voucher => "voucher",
                Scanned::OfflineRequest => "offline_request",
                Scanned::OfflinePayment => "offline_payment",
                Scanned::WholeRequest => "whole_request",
                Scanned::CarriedOrder => "carried_order",
                Scanned::CarriedAnswer => "carried_answer",
            }})),
            Self::DrawQr { text } => Ok(json!({"side": draw_qr(&text, 4)?.side})),
            Self::Approver { answer, seed } => {
                phone.approver()?.set(answer, seed).map_err(Fault::Wrong)?;
                Ok(json!({}))
            }
            Self::Asked {} => Ok(phone.approver()?.asked()),
            joining @ (Self::Join { .. } | Self::JoinConfirm { .. } | Self::JoinReject {}) => {
                joining.joining(phone).await
            }
            open => open.with(phone, &*phone.wallet()?).await,
        }
    }

    /// The same, for what needs a wallet.
    async fn with(self, phone: &Phone, wallet: &Wallet) -> Result<Value, Fault> {
        Ok(match self {
            Self::Close {} => {
                wallet.close().await?;
                json!({})
            }
            Self::RevealPhrase {} => {
                let words = wallet.phrase().await?;
                json!({"words": (1..=words.count()).map(|n| words.word(n)).collect::<Result<Vec<_>, _>>()?})
            }
            Self::Status {} => told::status(&wallet.status().await?),
            Self::Balances {} => {
                json!({"balances": wallet.balances().await?.iter().map(told::balance).collect::<Vec<_>>()})
            }
            Self::Parse { text } => json!({"money": wallet.parse_money(text).await?.text}),
            Self::History { before, limit } => {
                let payments = wallet.history(before, limit.unwrap_or(50)).await?;
                json!({"payments": payments.iter().map(told::payment).collect::<Vec<_>>()})
            }
            Self::Events { after, until, count, wait_ms } => events(wallet, after, until, count, wait_ms).await?,
            Self::Sync {} => told::synced(&wallet.sync().await?),
            Self::CatchUp { wait_ms } => {
                let synced = wallet.catch_up(wait_ms).await?;
                json!({"done": synced.is_some()})
            }
            Self::Pause {} => {
                // As the shells do: said before it is so, and taken back after it ended.
                phone.paused().send_replace(true);
                if let Err(failure) = wallet.pause().await {
                    phone.paused().send_replace(false);
                    return Err(failure.into());
                }
                json!({})
            }
            Self::Resume {} => {
                wallet.resume().await?;
                phone.paused().send_replace(false);
                json!({})
            }
            Self::Contacts {} => {
                json!({"contacts": wallet.contacts().await?.iter().map(told::contact).collect::<Vec<_>>()})
            }
            Self::Rename { contact, name } => told::contact(&wallet.rename_contact(contact, name).await?),
            Self::Block { contact } => told::contact(&wallet.block_contact(contact, true).await?),
            Self::Unblock { contact } => told::contact(&wallet.block_contact(contact, false).await?),
            paying @ (Self::Prepare { .. }
            | Self::Draft { .. }
            | Self::Discard { .. }
            | Self::Confirm { .. }
            | Self::Outcome { .. }
            | Self::Payment { .. }
            | Self::Receipt { .. }) => paying.paying(phone, wallet).await?,
            asking @ (Self::Request { .. } | Self::Requests { .. } | Self::CancelRequest { .. }) => {
                asking.asking(wallet).await?
            }
            meeting @ (Self::PairShow { .. }
            | Self::PairScan { .. }
            | Self::PairCode { .. }
            | Self::PairAnswer { .. }
            | Self::PairContact { .. }) => meeting.meeting(phone, wallet).await?,
            devices @ (Self::Devices {}
            | Self::Revoke { .. }
            | Self::DeviceShow { .. }
            | Self::DeviceCode { .. }
            | Self::DeviceConfirm { .. }
            | Self::DeviceReject {}) => devices.devices(phone, wallet).await?,
            account => account.account(phone, wallet).await?,
        })
    }

    async fn paying(self, phone: &Phone, wallet: &Wallet) -> Result<Value, Fault> {
        Ok(match self {
            Self::Prepare { payee, contact, amount, memo } => {
                let payee = match contact {
                    Some(name) => aliased(wallet, &name).await?,
                    None => payee.ok_or_else(|| Fault::Wrong("nobody to pay".to_owned()))?,
                };
                let draft = wallet.prepare(payee, money(wallet, amount).await?, memo).await?;
                phone.saw(&draft.id, &draft.shown);
                told::draft(&draft)
            }
            Self::Draft { draft } => {
                let draft = wallet.draft(draft).await?;
                phone.saw(&draft.id, &draft.shown);
                told::draft(&draft)
            }
            Self::Discard { draft } => {
                wallet.discard(draft).await?;
                json!({})
            }
            Self::Confirm { draft, shown_like } => {
                let shown = match phone.seen(shown_like.as_ref().unwrap_or(&draft)) {
                    Some(shown) => shown,
                    None => wallet.draft(draft.clone()).await?.shown,
                };
                told::payment(&wallet.confirm(draft, shown).await?)
            }
            Self::Outcome { payment, wait_ms } => told::outcome(&wallet.outcome(payment, wait_ms).await?),
            Self::Payment { payment } => told::payment(&wallet.payment(payment).await?),
            Self::Receipt { payment } => {
                let receipt = wallet.receipt(payment).await?;
                json!({"receipt": data_encoding::HEXLOWER.encode(&receipt)})
            }
            _ => return Err(Fault::Wrong("that is not about paying".to_owned())),
        })
    }

    async fn asking(self, wallet: &Wallet) -> Result<Value, Fault> {
        Ok(match self {
            Self::Request { amount, memo, items, expires_s, standing } => {
                let mut sold = Vec::new();
                for item in items.unwrap_or_default() {
                    sold.push(Item { name: item.name, amount: wallet.parse_money(item.amount).await? });
                }
                let amount = money(wallet, amount).await?;
                let (life_s, standing) = (expires_s.unwrap_or(900), standing.unwrap_or(false));
                told::request(&wallet.request(Terms { amount, memo, items: sold, life_s, standing }).await?)
            }
            Self::Requests { limit } => {
                let requests = wallet.requests(limit.unwrap_or(50)).await?;
                json!({"requests": requests.iter().map(told::request).collect::<Vec<_>>()})
            }
            Self::CancelRequest { request } => json!({"state": told::request_state(wallet.cancel(request).await?)}),
            _ => return Err(Fault::Wrong("that is not about asking".to_owned())),
        })
    }

    async fn meeting(self, phone: &Phone, wallet: &Wallet) -> Result<Value, Fault> {
        let named = |pairing: Option<String>| pairing.unwrap_or_default();
        Ok(match self {
            Self::PairShow { pairing } => {
                let offer = wallet.pair_show().await?;
                phone.pair(named(pairing), offer.id);
                json!({"offer": offer.link})
            }
            Self::PairScan { link, pairing } => {
                phone.pair(named(pairing), wallet.pair_scan(link).await?);
                json!({})
            }
            Self::PairCode { wait_ms, pairing } => {
                json!({"digits": wallet.pair_code(phone.pairing(&named(pairing))?, wait_ms).await?})
            }
            Self::PairAnswer { same, pairing } => {
                wallet.pair_confirm(phone.pairing(&named(pairing))?, same).await?;
                json!({})
            }
            Self::PairContact { wait_ms, pairing } => {
                let contact = wallet.pair_contact(phone.pairing(&named(pairing))?, wait_ms).await?;
                json!({"contact": contact.as_ref().map(told::contact)})
            }
            _ => return Err(Fault::Wrong("that is not about meeting".to_owned())),
        })
    }
}

async fn opened(phone: &Phone) -> Result<Value, Fault> {
    Ok(match open(phone.dir(), phone.keys()).await? {
        Opened::Ready { wallet } => {
            phone.take(wallet);
            json!({"opened": "ready", "reason": null})
        }
        Opened::Empty => json!({"opened": "empty", "reason": null}),
        Opened::NeedsRecovery { reason } => json!({"opened": "needs_recovery", "reason": told::problem(&reason)}),
    })
}

pub(crate) fn typed(words: &[u16]) -> Result<Arc<WordsEntry>, Fault> {
    let entry = Arc::new(WordsEntry::new());
    for number in words {
        entry.add(*number)?;
    }
    Ok(entry)
}

pub(crate) async fn money(wallet: &Wallet, typed: Option<String>) -> Result<Option<Money>, Fault> {
    Ok(match typed {
        Some(typed) => Some(wallet.parse_money(typed).await?),
        None => None,
    })
}

pub(crate) async fn aliased(wallet: &Wallet, name: &str) -> Result<String, Fault> {
    let contacts = wallet.contacts().await?;
    let found = contacts.into_iter().find(|contact| contact.name == name);
    Ok(found.ok_or_else(|| Fault::Wrong(format!("there is no contact {name:?}")))?.alias)
}

/// What happens after a position, with the wallet kept current meanwhile, up to what is awaited.
async fn events(
    wallet: &Wallet,
    after: u64,
    until: Option<String>,
    count: Option<usize>,
    wait_ms: u64,
) -> Result<Value, Fault> {
    let _watch = wallet.watch().await?;
    let end = Instant::now() + Duration::from_millis(wait_ms);
    let (mut cursor, mut seen) = (after, Vec::new());
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let page = match wallet.events(cursor, PAGE, u64::try_from(left.as_millis()).unwrap_or(0)).await {
            // As the shells do: whoever listens waits for the end of a pause.
            Err(failure) if failure.info().kind == "paused" && !left.is_zero() => {
                tokio::time::sleep(PAUSED).await;
                continue;
            }
            page => page?,
        };
        for event in page {
            cursor = event.seq;
            seen.push(told::event(&event));
            if until.as_ref() == Some(&event.name) || count == Some(seen.len()) {
                return Ok(json!({"events": seen}));
            }
        }
        if left.is_zero() {
            return Ok(json!({"events": seen}));
        }
    }
}
