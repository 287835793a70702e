//! Operations on the account's devices, aliases and phrase.

use crate::failure::Failure;
use farthing_core::export::views::AmountView;
use farthing_core::keys::phrase::Phrase;
use farthing_core::wallet::Device;
use farthing_core::{Error, Wallet};
use farthing_protocol::alias::Alias;
use farthing_protocol::device::Scope;
use farthing_protocol::id::DeviceId;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A recovery phrase on its way to the process that owns the wallet, through its own socket. Never shown.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub(crate) struct Words(Zeroizing<String>);

impl From<Words> for String {
    fn from(words: Words) -> Self {
        words.0.to_string()
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl Words {
    pub(crate) fn of(phrase: &Phrase) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(PHRASE_TEXT_MAX));
        for word in phrase.words() {
            text.push_str(word);
            text.push(' ');
        }
        Self(text)
    }

    pub(super) fn phrase(&self) -> Result<Phrase, Failure> {
        Ok(Phrase::parse(&self.0).map_err(Error::from)?)
    }
}

/// 24 words of at most 8 letters, each with a space.
const PHRASE_TEXT_MAX: usize = 24 * 9;

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Words(redacted)")
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DevicesView {
    /// The active ones first.
    pub(crate) devices: Vec<DeviceView>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DeviceView {
    pub(crate) id: String,
    pub(crate) scope: ScopeView,
    pub(crate) active: bool,
    /// It is the one that is asked.
    pub(crate) this: bool,
    pub(crate) created: String,
    /// When it was seen to be revoked.
    pub(crate) revoked: Option<String>,
}

/// What a device may do. A limit that is `null` does not exist.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ScopeView {
    /// `receive`, `pay`, `administer`.
    pub(crate) permissions: Vec<String>,
    pub(crate) per_order: Option<Vec<AmountView>>,
    pub(crate) per_day: Option<Vec<AmountView>>,
    /// The only handles that may be paid, in hex.
    pub(crate) payees: Option<Vec<String>>,
    pub(crate) expires: Option<String>,
}

impl From<&Scope> for ScopeView {
    fn from(scope: &Scope) -> Self {
        let names = [(Scope::RECEIVE, "receive"), (Scope::PAY, "pay"), (Scope::ADMINISTER, "administer")];
        let allowed = names.iter().filter(|(permission, _)| scope.allows(*permission));
        let amounts = |limits: &Option<Vec<_>>| limits.as_ref().map(|l| l.iter().map(AmountView::from).collect());
        Self {
            permissions: allowed.map(|(_, name)| (*name).to_owned()).collect(),
            per_order: amounts(&scope.per_order),
            per_day: amounts(&scope.per_day),
            payees: scope.payees.as_ref().map(|payees| payees.iter().map(|handle| handle.to_hex()).collect()),
            expires: scope.expires.map(|time| time.to_rfc3339()),
        }
    }
}

impl From<&Device> for DeviceView {
    fn from(device: &Device) -> Self {
        Self {
            id: device.id.to_hex(),
            scope: (&device.scope).into(),
            active: device.active,
            this: device.this,
            created: device.created.to_rfc3339(),
            revoked: device.revoked.map(|time| time.to_rfc3339()),
        }
    }
}

pub(super) async fn list(wallet: &Wallet) -> Result<DevicesView, Failure> {
    Ok(DevicesView { devices: wallet.devices().await?.iter().map(Into::into).collect() })
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RevokedView {
    pub(crate) id: String,
    pub(crate) active: bool,
    /// It was the one that was asked: this wallet is at its end.
    pub(crate) this: bool,
}

pub(super) async fn revoke(wallet: &Wallet, device: &str, phrase: Option<Words>) -> Result<RevokedView, Failure> {
    let id = DeviceId::from_hex(&device.trim().to_ascii_lowercase())
        .ok_or_else(|| Failure::usage("a device's id has 32 hex digits, as `farthing devices` shows it"))?;
    let phrase = phrase.map(|words| words.phrase()).transpose()?;
    wallet.revoke(id, phrase.as_ref()).await?;
    Ok(RevokedView { id: id.to_hex(), active: false, this: id == wallet.profile().device })
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AliasesView {
    /// The first one is what requests and contacts use.
    pub(crate) aliases: Vec<String>,
}

pub(super) async fn aliases(wallet: &Wallet, register: Option<&str>) -> Result<AliasesView, Failure> {
    if let Some(text) = register {
        let alias = Alias::typed(text);
        wallet.register_alias(alias.map_err(|fault| Failure::usage(fault.to_string()))?).await?;
    }
    Ok(AliasesView { aliases: wallet.aliases()?.iter().map(ToString::to_string).collect() })
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptView {
    pub(crate) kept: bool,
}

pub(super) fn keeps_phrase(wallet: &Wallet) -> Result<KeptView, Failure> {
    Ok(KeptView { kept: wallet.keeps_phrase()? })
}

pub(super) fn forget_phrase(wallet: &Wallet) -> Result<(), Failure> {
    Ok(wallet.forget_phrase()?)
}
