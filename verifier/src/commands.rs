//! The operator's commands as data: run on the writer's connection, by the server or by a process that holds the lock.

mod checkpoint;
mod clock;
mod guarantee;

use crate::Verifier;
use crate::operator::{Fund, NewInvite, OperatorError};
use crate::store::ledger;
use data_encoding::HEXLOWER;
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::id::{AccountId, InviteCode, OrderId, TlsCertificateHash};
use farthing_protocol::invite;
use farthing_protocol::limits::{AMOUNT_MAX, FEE_BPS_MAX};
use farthing_protocol::money::{Amount, AmountError, Asset, Code};
use farthing_protocol::text::Text;
use farthing_protocol::time::{Moment, Span};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A command. Amounts are decimal text: only the ledger knows its assets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Command {
    /// Makes an invite link.
    Invite {
        /// 32 hex digits, made by the caller.
        code: String,
        /// How many accounts it opens.
        uses: u32,
        /// For how long, in milliseconds.
        life_ms: Option<u64>,
        /// What each account gets.
        grants: Vec<String>,
        /// SHA-256 of the TLS certificate to pin, in hex.
        tls: Option<String>,
    },
    /// Makes the link that an open verifier publishes.
    PublicInvite {
        /// SHA-256 of the TLS certificate to pin, in hex.
        tls: Option<String>,
    },
    /// Issues money.
    Fund {
        /// UUIDv7.
        id: String,
        /// Account in hex, or alias.
        target: String,
        /// Decimal text.
        amount: String,
        /// What the owner sees.
        reason: String,
    },
    /// Puts fees in force, one per asset, like `0.10 USD + 25 bps`.
    Fees {
        /// For each asset that changes.
        fees: Vec<String>,
    },
    /// Puts money into the guarantee fund, and shows it.
    GuaranteeFund {
        /// UUIDv7.
        id: String,
        /// Decimal text.
        amount: String,
    },
    /// Sets what the guarantee fund promises, and shows it.
    Guarantee {
        /// Per asset, the most of one allowance: decimal text; nothing with zero.
        per_allowance: Vec<String>,
        /// Accounts in hex, or aliases, that it guarantees from now on.
        add: Vec<String>,
        /// Those that it guarantees no longer.
        remove: Vec<String>,
    },
    /// Makes a periodic checkpoint now, when there is anything new, and shows the newest.
    Checkpoint,
    /// Lets time go on after a clock jump.
    ClockAccept {
        /// A step of more than 24 hours was confirmed.
        yes: bool,
    },
}

/// What came of a command.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done; the JSON that is shown.
    Done(Value),
    /// Not done.
    Not {
        /// The exit code of the command line.
        exit: u8,
        /// A stable name.
        kind: String,
        /// A sentence.
        message: String,
        /// True when the same command may succeed later.
        retryable: bool,
    },
}

impl Outcome {
    /// Wrong usage, exit code 2.
    #[must_use]
    pub fn misuse(message: &str) -> Self {
        Self::Not { exit: 2, kind: "usage".to_owned(), message: message.to_owned(), retryable: false }
    }

    /// Not now, exit code 1.
    #[must_use]
    pub fn failed(message: &str) -> Self {
        Self::Not { exit: 1, kind: "failed".to_owned(), message: message.to_owned(), retryable: true }
    }

    /// The account that money was issued to: it has something new to read.
    pub(crate) fn touched(&self) -> Option<AccountId> {
        match self {
            Self::Done(done) => done.get("account").and_then(Value::as_str).and_then(AccountId::from_hex),
            Self::Not { .. } => None,
        }
    }

    fn refused(kind: &str, message: String) -> Self {
        Self::Not { exit: 3, kind: kind.to_owned(), message, retryable: false }
    }
}

impl From<OperatorError> for Outcome {
    fn from(error: OperatorError) -> Self {
        let message = error.to_string();
        match error {
            OperatorError::TargetUnknown(_) => Self::refused(
                "target_unknown",
                format!(
                    "{message}, and nothing was changed; ask the owner what `farthing status` shows as the account or an alias"
                ),
            ),
            OperatorError::LimitReached => Self::refused("limit_reached", message),
            OperatorError::IdConflict => Self::refused("id_conflict", message),
            OperatorError::AssetUnknown | OperatorError::Terms | OperatorError::PortUnknown => Self::misuse(&message),
            OperatorError::ClockSuspect => {
                Self::Not { exit: 1, kind: "clock_suspect".to_owned(), message, retryable: true }
            }
            OperatorError::Inside(_) => Self::failed(&message),
        }
    }
}

impl Command {
    /// Carries the command out.
    #[must_use]
    pub fn run(&self, verifier: &mut Verifier, now: Moment) -> Outcome {
        self.try_run(verifier, now).map_or_else(|outcome| outcome, Outcome::Done)
    }

    fn try_run(&self, verifier: &mut Verifier, now: Moment) -> Result<Value, Outcome> {
        match self {
            Self::Invite { code, uses, life_ms, grants, tls } => {
                let code = InviteCode::from_hex(&code.to_ascii_lowercase())
                    .ok_or_else(|| Outcome::misuse("an invite code has 32 hex digits"))?;
                let expires = life_ms.map(|life| now.wall.plus(Span::from_ms(life)));
                let assets = assets(verifier)?;
                let grants = grants.iter().map(|text| amount(text, &assets)).collect::<Result<Vec<_>, _>>()?;
                if let Some(code) = twice(grants.iter().map(|grant| grant.asset().code)) {
                    return Err(Outcome::misuse(&format!("one grant per asset, {code} has two")));
                }
                let new = NewInvite { code, uses: *uses, expires, grants, tls: pin(tls.as_deref())? };
                Ok(json!({ "link": invite::link(&verifier.invite(&new)?), "uses": uses }))
            }
            Self::PublicInvite { tls } => {
                if !ledger::row(&verifier.db).map_err(OperatorError::from)?.open {
                    return Err(Outcome::misuse(
                        "this verifier takes invites only, so a public link would open nothing; leave --public out to \
                         make an invite",
                    ));
                }
                Ok(json!({ "link": invite::link(&verifier.public_invite(pin(tls.as_deref())?)?) }))
            }
            Self::Fund { id, target, amount: text, reason } => {
                let id = issue_id(id)?;
                let amount = amount(text, &assets(verifier)?)?;
                let reason = Text::typed(reason).map_err(|_| {
                    Outcome::misuse("the reason must be text of at most 256 bytes, without control characters")
                })?;
                let funded = verifier.fund(&Fund { id, target: target.clone(), amount, reason }, now)?;
                Ok(funded_json(&funded))
            }
            Self::Fees { fees } => {
                let schedule = verifier.fees()?;
                let terms = with_fees(&schedule.claims().terms, fees)?;
                let schedule = verifier.set_fees(&terms, now)?;
                Ok(json!({ "fee_version": schedule.claims().fee_version.get() }))
            }
            Self::GuaranteeFund { id, amount } => guarantee::fund(verifier, id, amount, now),
            Self::Guarantee { per_allowance, add, remove } => guarantee::set(verifier, per_allowance, add, remove),
            Self::Checkpoint => checkpoint::make(verifier, now),
            Self::ClockAccept { yes } => clock::accept(verifier, *yes, now),
        }
    }
}

fn issue_id(text: &str) -> Result<OrderId, Outcome> {
    OrderId::from_uuid_text(text)
        .filter(|id| id.time().is_some())
        .ok_or_else(|| Outcome::misuse("the id must be a UUIDv7"))
}

fn funded_json(funded: &crate::operator::Funded) -> Value {
    let (issue, receipt) = (funded.issue.claims(), funded.receipt.claims());
    json!({
        "entry": { "epoch": receipt.epoch.get(), "seq": receipt.seq.get() },
        "id": issue.id.to_uuid_text(),
        "account": issue.account.to_hex(),
        "amount": amount_json(&issue.amount),
        "issue": HEXLOWER.encode(funded.issue.bytes()),
        "receipt": HEXLOWER.encode(funded.receipt.bytes()),
    })
}

/// An amount as scripts read it.
#[must_use]
pub fn amount_json(amount: &Amount) -> Value {
    json!({
        "value": amount.value().to_string(),
        "asset": amount.asset().code.as_str(),
        "scale": amount.asset().scale(),
        "text": amount.to_string(),
    })
}

fn assets(verifier: &Verifier) -> Result<Vec<Asset>, Outcome> {
    Ok(verifier.fees()?.claims().assets())
}

fn amount(text: &str, assets: &[Asset]) -> Result<Amount, Outcome> {
    let shown = if text.trim().is_empty() { "an empty amount" } else { text };
    let amount = Amount::parse(text, assets).map_err(|error| Outcome::misuse(&format!("{shown}: {error}")))?;
    if amount.is_zero() { Err(Outcome::misuse("the amount must be more than zero")) } else { Ok(amount) }
}

/// The first that comes a second time.
pub fn twice(codes: impl Iterator<Item = Code>) -> Option<Code> {
    let mut seen = Vec::new();
    for code in codes {
        if seen.contains(&code) {
            return Some(code);
        }
        seen.push(code);
    }
    None
}

fn pin(hex: Option<&str>) -> Result<Option<TlsCertificateHash>, Outcome> {
    let Some(hex) = hex else { return Ok(None) };
    TlsCertificateHash::from_hex(&hex.to_ascii_lowercase())
        .map(Some)
        .ok_or_else(|| Outcome::misuse("a certificate's hash has 64 hex digits"))
}

/// The terms with some fees changed.
///
/// # Errors
/// [`Outcome::Not`] for text that is no fee of one of these assets.
pub fn with_fees(terms: &[Terms], fees: &[String]) -> Result<Vec<Terms>, Outcome> {
    let assets: Vec<Asset> = terms.iter().map(|row| row.asset).collect();
    let mut terms = terms.to_vec();
    for text in fees {
        let (asset, flat, bps) = fee(text, &assets)?;
        for row in terms.iter_mut().filter(|row| row.asset == asset) {
            (row.flat, row.bps) = (flat, bps);
        }
    }
    Ok(terms)
}

/// `0.10 USD + 25 bps`; the second part may be left out, and the currency where there is one.
fn fee(text: &str, assets: &[Asset]) -> Result<(Asset, u64, u64), Outcome> {
    let codes: Vec<&str> = assets.iter().map(|asset| asset.code.as_str()).collect();
    let wrong = || {
        let codes = codes.join(", ");
        let how = "a fee is written like `0.00 USD + 25 bps`, with the verifier's currency";
        Outcome::misuse(&format!("{text}: {how} ({codes})"))
    };
    let (flat, bps) = text.split_once('+').unwrap_or((text, "0 bps"));
    let flat = Amount::parse(flat, assets).map_err(|error| match error {
        AmountError::NotANumber | AmountError::UnknownAsset => wrong(),
        other => Outcome::misuse(&format!("{text}: {other}")),
    })?;
    let bps: u64 = bps.trim().strip_suffix("bps").and_then(|n| n.trim().parse().ok()).ok_or_else(wrong)?;
    if bps > FEE_BPS_MAX || flat.value() > AMOUNT_MAX {
        return Err(Outcome::misuse("a fee is at most 10,000 bps"));
    }
    Ok((flat.asset(), flat.value(), bps))
}
