//! Phones and tills of one account.

use crate::Fault;
use crate::phone::Phone;
use crate::told;
use crate::verbs::{Verb, Wanted, typed};
use farthing_ffi::failure::Failure;
use farthing_ffi::joining::join;
use farthing_ffi::phrase::WordsEntry;
use farthing_ffi::records::{Money, Scope};
use farthing_ffi::wallet::Wallet;
use serde_json::{Value, json};
use std::sync::Arc;

impl Verb {
    /// On the owner's phone.
    pub(super) async fn devices(self, phone: &Phone, wallet: &Wallet) -> Result<Value, Fault> {
        Ok(match self {
            Self::Devices {} => {
                json!({"devices": wallet.devices().await?.iter().map(told::device).collect::<Vec<_>>()})
            }
            Self::Revoke { device, words } => {
                wallet.revoke(device, given(words.as_deref())?).await?;
                json!({})
            }
            Self::DeviceShow { words } => {
                let offer = wallet.device_show(given(words.as_deref())?).await?;
                phone.add(offer.id, words);
                json!({"offer": offer.link})
            }
            Self::DeviceCode { wait_ms } => json!({"digits": wallet.pair_code(phone.adding()?.0, wait_ms).await?}),
            Self::DeviceConfirm { scope } => {
                let ((id, words), scope) = (phone.adding()?, scope.read(wallet).await?);
                json!({"device": wallet.device_confirm(id, true, scope, given(words.as_deref())?).await?})
            }
            Self::DeviceReject {} => {
                let (id, words) = phone.adding()?;
                let nothing =
                    Wanted { pay: false, per_order: Vec::new(), per_day: Vec::new(), payees: Vec::new(), life_s: None };
                let nothing = nothing.read(wallet).await?;
                rejected(wallet.device_confirm(id, false, nothing, given(words.as_deref())?).await)?
            }
            _ => return Err(Fault::Wrong("that is not about devices".to_owned())),
        })
    }

    /// On the other one.
    pub(super) async fn joining(self, phone: &Phone) -> Result<Value, Fault> {
        Ok(match self {
            Self::Join { link } => {
                let joining = join(phone.dir(), phone.keys(), link).await?;
                let digits = joining.code();
                phone.joins(joining);
                json!({"digits": digits})
            }
            Self::JoinConfirm { name } => {
                phone.take(phone.joining()?.finish(true, name).await?);
                json!({})
            }
            Self::JoinReject {} => rejected(phone.joining()?.finish(false, None).await)?,
            _ => return Err(Fault::Wrong("that is not about joining".to_owned())),
        })
    }
}

impl Wanted {
    async fn read(self, wallet: &Wallet) -> Result<Scope, Fault> {
        let (per_order, per_day) = (amounts(wallet, self.per_order).await?, amounts(wallet, self.per_day).await?);
        Ok(Scope { pay: self.pay, per_order, per_day, payees: self.payees, life_s: self.life_s })
    }
}

async fn amounts(wallet: &Wallet, typed: Vec<String>) -> Result<Vec<Money>, Failure> {
    let mut read = Vec::new();
    for typed in typed {
        read.push(wallet.parse_money(typed).await?);
    }
    Ok(read)
}

fn given(words: Option<&[u16]>) -> Result<Option<Arc<WordsEntry>>, Fault> {
    words.map(typed).transpose()
}

/// As the shells do: a no is answered as such, and that nothing was added is what was wanted.
fn rejected<T>(said: Result<T, Failure>) -> Result<Value, Fault> {
    match said {
        Err(failure) if failure.info().kind != "codes_differ" => Err(failure.into()),
        _ => Ok(json!({})),
    }
}
