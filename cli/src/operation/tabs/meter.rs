//! What meters ask of a tab. They count in the smallest units, as machines do.

use super::direct;
use super::views::DirectDropView;
use crate::failure::Failure;
use farthing_core::export::tabs::MeterView;
use farthing_core::export::views::AmountView;
use farthing_core::tab::TabId;
use farthing_core::tab::meter::Tariff;
use farthing_core::{Error, Wallet};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::tab::{MeterMeasure, MeterTerms, Ticks};
use farthing_protocol::time::Span;
use serde::{Deserialize, Serialize};

/// A meter that is offered; ticks are milliseconds where there is no rate.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfferedMeter {
    pub(crate) rate: Option<u64>,
    pub(crate) unit: u64,
    pub(crate) free: u64,
    pub(crate) quantum: u64,
    pub(crate) grace_ms: u64,
}

impl OfferedMeter {
    pub(super) fn terms(&self) -> MeterTerms {
        MeterTerms {
            measure: self.rate.map_or(MeterMeasure::Time, |rate| MeterMeasure::Counted(Ticks::new(rate))),
            unit: Ticks::new(self.unit),
            free: Ticks::new(self.free),
            quantum: Ticks::new(self.quantum),
            grace: Span::from_ms(self.grace_ms),
        }
    }
}

impl From<&MeterView> for OfferedMeter {
    fn from(view: &MeterView) -> Self {
        Self {
            rate: view.rate,
            unit: view.unit_ticks,
            free: view.free_ticks,
            quantum: view.quantum_ticks,
            grace_ms: view.grace_ms,
        }
    }
}

/// What a meter goes by, from what was answered of its tab.
///
/// # Errors
/// When that is none.
pub(crate) fn tariff(price: &AmountView, cap: &AmountView, meter: &MeterView) -> Result<Tariff, Failure> {
    Ok(Tariff { price: amount(price)?, meter: OfferedMeter::from(meter).terms(), cap: amount(cap)? })
}

/// An amount that was answered.
///
/// # Errors
/// When it is none.
pub(crate) fn amount(view: &AmountView) -> Result<Amount, Failure> {
    let asset = Code::new(&view.asset).ok().and_then(|code| Asset::new(code, view.scale).ok());
    let asset = asset.ok_or_else(|| Failure::internal("an amount cannot be read"))?;
    units(&view.value, asset)
}

/// Signs what is missing to a total, or nothing, and offers the newest voucher.
pub(super) async fn pay_up_to(
    wallet: &Wallet,
    id: &TabId,
    total: &str,
    address: &str,
) -> Result<DirectDropView, Failure> {
    let tab = wallet.paid_tab(id)?;
    let total = units(total, tab.total.asset())?;
    let missing = total.checked_sub(&tab.total).ok().filter(|missing| !missing.is_zero());
    direct::offer(wallet, &tab, missing, address).await
}

pub(super) fn measured(wallet: &Wallet, id: &TabId, due: &str) -> Result<(), Failure> {
    let due = units(due, wallet.earned_tab(id)?.total.asset())?;
    Ok(wallet.tab_measured(id, due)?)
}

fn units(value: &str, asset: Asset) -> Result<Amount, Failure> {
    let value = value.parse().map_err(|_| Failure::internal("an amount cannot be read"))?;
    Ok(Amount::new(value, asset).map_err(Error::from)?)
}
