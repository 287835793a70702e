//! The guarantee fund: the operator's money, and what it promises of it (docs/protocol.md 20.7). Nothing, unless the operator says so.

use super::{Funded, OperatorError, target};
use crate::fault::Fault;
use crate::issue::NewIssue;
use crate::store::ledger::{self, GUARANTEE};
use crate::store::{guarantees, uint};
use crate::verifier::Verifier;
use farthing_protocol::id::{AccountId, OrderId};
use farthing_protocol::limits::AMOUNT_MAX;
use farthing_protocol::money::Amount;
use farthing_protocol::text::Text;
use farthing_protocol::time::Moment;

/// What the fund has and promises.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What it has, of each asset; shown up to the largest amount.
    pub fund: Vec<Amount>,
    /// The most that it pays of one allowance, of each asset that it promises anything in.
    pub per_allowance: Vec<Amount>,
    /// Whom it guarantees.
    pub payees: Vec<AccountId>,
}

impl Verifier {
    /// Puts money into the guarantee fund from the issuer's account. The same id again puts nothing more.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub fn fund_guarantees(&mut self, id: OrderId, amount: Amount, now: Moment) -> Result<Funded, OperatorError> {
        let reason = Text::new("guarantee fund").map_err(Fault::damaged)?;
        self.issue(&NewIssue { id, account: GUARANTEE, amount, reason }, now)
    }

    /// Sets the most that the fund pays of one allowance, for each of these assets, nothing with zero; and whom it guarantees. What was
    /// guaranteed stays so.
    ///
    /// # Errors
    /// [`OperatorError::TargetUnknown`], [`OperatorError::AssetUnknown`]: nothing was changed.
    pub fn set_guarantees(
        &mut self,
        per_allowance: &[Amount],
        add: &[String],
        remove: &[String],
    ) -> Result<(), OperatorError> {
        let tx = self.db.transaction()?;
        for amount in per_allowance {
            let asset = ledger::asset_number(&tx, &amount.asset())?.ok_or(OperatorError::AssetUnknown)?;
            guarantees::set(&tx, asset, amount.value())?;
        }
        for (names, guaranteed) in [(add, true), (remove, false)] {
            for name in names {
                let (account, _) = target(&tx, name)?.ok_or_else(|| OperatorError::TargetUnknown(name.clone()))?;
                guarantees::set_payee(&tx, account, guaranteed)?;
            }
        }
        Ok(tx.commit()?)
    }

    /// What the fund has and promises.
    ///
    /// # Errors
    /// [`OperatorError::Inside`].
    pub fn guarantees(&self) -> Result<Policy, OperatorError> {
        let of = |asset: i64, units: u64| -> Result<Amount, Fault> {
            Amount::new(units.min(AMOUNT_MAX), ledger::asset(&self.db, asset)?)
                .map_err(|_| Fault::Damaged("more than the largest amount"))
        };
        let mut fund = Vec::new();
        for asset in ledger::fees(&self.db, &self.context.fees)?.claims().assets() {
            let number = ledger::asset_number(&self.db, &asset)?.ok_or(OperatorError::AssetUnknown)?;
            fund.push(of(number, uint(ledger::balance(&self.db, GUARANTEE, number)?.0))?);
        }
        let mut per_allowance = Vec::new();
        for (asset, units) in guarantees::all(&self.db)? {
            per_allowance.push(of(asset, units)?);
        }
        Ok(Policy { fund, per_allowance, payees: guarantees::payees(&self.db)? })
    }
}
