//! What only the operator does: invites, issues, fees. Each in a transaction of its own, between two groups.

mod guarantees;

pub use guarantees::Policy;

use crate::fault::Fault;
use crate::issue::{self, NewIssue};
use crate::seal;
use crate::setup;
use crate::store::{OpenError, accounts, handles, invites, journal, ledger};
use crate::verifier::Verifier;
use farthing_protocol::alias::Alias;
use farthing_protocol::cbor::V1;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::Signed;
use farthing_protocol::fee_schedule::{FeeSchedule, Terms};
use farthing_protocol::id::{AccountId, InviteCode, OrderId, TlsCertificateHash};
use farthing_protocol::invite::Invite;
use farthing_protocol::issue::Issue;
use farthing_protocol::limits::REASON_MAX;
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::text::Text;
use farthing_protocol::time::{Moment, Time};

/// Why an operator's command was not carried out. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorError {
    /// No such account or alias.
    #[error("no account or alias {0} is known here")]
    TargetUnknown(String),
    /// An asset that the verifier does not have.
    #[error("the verifier does not have this currency")]
    AssetUnknown,
    /// The issuer's limit, or the account's bound.
    #[error("the issuer's limit would be passed, or the account cannot hold that much")]
    LimitReached,
    /// The id was used for another issue.
    #[error("another issue with this id was made before")]
    IdConflict,
    /// The clock is doubted.
    #[error("the clock is doubted; look at it, then run `farthing-verifier clock accept`")]
    ClockSuspect,
    /// Terms that cannot be a schedule: other assets than the ledger has, or too high fees.
    #[error("a fee schedule names each of the verifier's assets once")]
    Terms,
    /// `init --listen …:0`: the port is taken when the server runs.
    #[error("the port is not known before the server runs; run it first, or give `init` a port or a URL")]
    PortUnknown,
    /// The database or the signing key failed.
    #[error("{0}")]
    Inside(String),
}

impl From<Fault> for OperatorError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Problem(problem) if problem.code == ProblemCode::ClockSuspect => Self::ClockSuspect,
            other => Self::Inside(other.to_string()),
        }
    }
}

impl From<rusqlite::Error> for OperatorError {
    fn from(error: rusqlite::Error) -> Self {
        Fault::from(error).into()
    }
}

/// An invite to be made.
#[derive(Clone, Debug)]
pub struct NewInvite {
    /// Fresh random bytes.
    pub code: InviteCode,
    /// How many accounts it opens.
    pub uses: u32,
    /// Not to be used at this time or later.
    pub expires: Option<Time>,
    /// What each account gets.
    pub grants: Vec<Amount>,
    /// The TLS certificate that wallets should expect.
    pub tls: Option<TlsCertificateHash>,
}

/// An issue by the operator.
#[derive(Clone, Debug)]
pub struct Fund {
    /// Made once; the same id again issues nothing more.
    pub id: OrderId,
    /// An account in hex, or an alias.
    pub target: String,
    /// How much.
    pub amount: Amount,
    /// What the account's owner sees.
    pub reason: Text<REASON_MAX>,
}

/// An issue as it stands in the ledger.
#[derive(Clone, Debug)]
pub struct Funded {
    /// The signed issue.
    pub issue: Signed<Issue>,
    /// Its receipt.
    pub receipt: Signed<Receipt>,
}

impl Verifier {
    /// Makes an invite with a code.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub fn invite(&mut self, new: &NewInvite) -> Result<Signed<Invite>, OperatorError> {
        // Signed first: what cannot be signed must not stand in the ledger.
        let invite = self.sign_invite(Some(new.code), new.expires, new.tls)?;
        let tx = self.db.transaction()?;
        let number = invites::insert(&tx, &new.code, new.uses, new.expires)?;
        for grant in &new.grants {
            let asset = ledger::asset_number(&tx, &grant.asset())?.ok_or(OperatorError::AssetUnknown)?;
            invites::insert_grant(&tx, number, asset, grant.value())?;
        }
        tx.commit()?;
        Ok(invite)
    }

    /// The invite that an open verifier publishes: it pins the root and lets everybody in.
    ///
    /// # Errors
    /// [`OperatorError::Inside`].
    pub fn public_invite(&self, tls: Option<TlsCertificateHash>) -> Result<Signed<Invite>, OperatorError> {
        self.sign_invite(None, None, tls)
    }

    fn sign_invite(
        &self,
        code: Option<InviteCode>,
        expires: Option<Time>,
        tls: Option<TlsCertificateHash>,
    ) -> Result<Signed<Invite>, OperatorError> {
        if self.context.url.ends_with(":0") {
            return Err(OperatorError::PortUnknown);
        }
        let url = Text::new(&self.context.url).map_err(Fault::damaged)?;
        let invite = Invite { version: V1, verifier: self.context.verifier, url, code, tls, expires };
        Signed::sign(invite, self.context.keys.signing()).map_err(|fault| Fault::from(fault).into())
    }

    /// Puts money into an account from the issuer's. Answers with the accounts' new entry.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub fn fund(&mut self, fund: &Fund, now: Moment) -> Result<Funded, OperatorError> {
        let (account, _) =
            target(&self.db, &fund.target)?.ok_or_else(|| OperatorError::TargetUnknown(fund.target.clone()))?;
        self.issue(&NewIssue { id: fund.id, account, amount: fund.amount, reason: fund.reason.clone() }, now)
    }

    /// Makes an issue, once.
    fn issue(&mut self, new: &NewIssue, now: Moment) -> Result<Funded, OperatorError> {
        let time = self.context.clock.read(now).map_err(|_| OperatorError::ClockSuspect)?;
        let tx = self.db.transaction()?;
        if let Some((issue, receipt)) = journal::issue(&tx, &new.id)? {
            let issue = Signed::<Issue>::parse(&issue).map_err(Fault::damaged)?;
            let receipt = Signed::<Receipt>::parse(&receipt).map_err(Fault::damaged)?;
            let same = accounts::account_id(&tx, new.account)? == issue.claims().account
                && issue.claims().amount == new.amount
                && issue.claims().reason == new.reason;
            return if same { Ok(Funded { issue, receipt }) } else { Err(OperatorError::IdConflict) };
        }
        ledger::asset_number(&tx, &new.amount.asset())?.ok_or(OperatorError::AssetUnknown)?;
        let issued = issue::apply(&tx, &self.context, new, time)?.ok_or(OperatorError::LimitReached)?;
        ledger::persist_time(&tx, time)?;
        seal::if_due(&tx, &self.context, time)?;
        tx.commit()?;
        Ok(Funded { issue: issued.issue, receipt: issued.receipt })
    }

    /// Puts a new fee schedule in force. Orders that name the old one are refused with the new one enclosed.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub fn set_fees(&mut self, terms: &[Terms], now: Moment) -> Result<Signed<FeeSchedule>, OperatorError> {
        let time = self.context.clock.read(now).map_err(|_| OperatorError::ClockSuspect)?;
        let tx = self.db.transaction()?;
        let current = ledger::fees(&tx, &self.context.fees)?;
        let mut assets: Vec<Asset> = terms.iter().map(|row| row.asset).collect();
        assets.sort();
        if assets != current.claims().assets() {
            return Err(OperatorError::Terms);
        }
        let version = current.claims().fee_version.next();
        let schedule = setup::fee_schedule(terms, self.context.verifier, version, time, &self.context.keys)
            .map_err(|error: OpenError| OperatorError::Inside(error.to_string()))?;
        setup::write_fees(&tx, &schedule)?;
        tx.commit()?;
        Ok(schedule)
    }

    /// The fee schedule in force: the verifier's assets, too.
    ///
    /// # Errors
    /// [`OperatorError::Inside`].
    pub fn fees(&self) -> Result<Signed<FeeSchedule>, OperatorError> {
        Ok(ledger::fees(&self.db, &self.context.fees)?.as_ref().clone())
    }
}

/// The account behind an account id in hex, or an alias.
fn target(db: &rusqlite::Connection, text: &str) -> Result<Option<(i64, AccountId)>, Fault> {
    if let Some(id) = AccountId::from_hex(&text.to_ascii_lowercase()) {
        return Ok(accounts::enrolled(db, &id)?.map(|(number, _)| (number, id)));
    }
    let Ok(alias) = Alias::new(text) else { return Ok(None) };
    let found = handles::find(db, &alias.handle())?.filter(|row| row.state == handles::State::Alias);
    Ok(found.map(|row| (row.account, row.account_id)))
}
