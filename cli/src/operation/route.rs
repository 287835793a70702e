//! How a payer without network pays: what was typed becomes what the wallet chooses by. Calls nobody.

use super::offline::heard;
use super::perform::alias_of_contact;
use super::tabs;
use crate::failure::Failure;
use farthing_core::error::WalletError;
use farthing_core::export::tabs::TabView;
use farthing_core::export::views::AmountView;
use farthing_core::offline::{OfflinePayee, OfflineWay, ShownRequest};
use farthing_core::scan::{Scanned, text};
use farthing_core::{Error, Wallet};
use farthing_protocol::offline::Frame;
use serde::{Deserialize, Serialize};

/// Which way, and why none before it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RouteView {
    pub(crate) amount: AmountView,
    /// `carried`, `tab`, `allowance`; absent where there is none.
    pub(crate) way: Option<String>,
    /// Of a tab.
    pub(crate) tab: Option<TabView>,
    /// Of an allowance: which one.
    pub(crate) allowance: Option<String>,
    /// The names of what was passed over, in their order.
    pub(crate) passed: Vec<String>,
    /// The same in sentences.
    pub(crate) why_not: Vec<String>,
    /// Where there is no way.
    pub(crate) failure: Option<Failure>,
}

pub(super) fn route(wallet: &Wallet, target: &str, amount: Option<&str>) -> Result<RouteView, Failure> {
    let amount = amount.map(|text| heard(wallet, text)).transpose()?;
    let route = wallet.route_offline(&payee(wallet, target)?, amount)?;
    let (tab, allowance) = match route.way {
        Ok(OfflineWay::Tab(id)) => (Some(tabs::view(wallet, &id)?), None),
        Ok(OfflineWay::Allowance(id)) => (None, Some(id.to_hex())),
        _ => (None, None),
    };
    Ok(RouteView {
        amount: (&route.amount).into(),
        way: route.way.ok().map(|way| way.as_str().to_owned()),
        tab,
        allowance,
        passed: route.passed.iter().map(|why_not| why_not.as_str().to_owned()).collect(),
        why_not: route.passed.iter().map(ToString::to_string).collect(),
        failure: route.way.err().map(|error| Error::from(error).into()),
    })
}

fn payee(wallet: &Wallet, typed: &str) -> Result<OfflinePayee, Failure> {
    if let Some(alias) = alias_of_contact(wallet, typed)? {
        return Ok(OfflinePayee::Alias(alias));
    }
    match text::recognise(typed).map_err(Error::from)? {
        Scanned::Alias(alias) => Ok(OfflinePayee::Alias(alias)),
        Scanned::Frame(frame) => match *frame {
            Frame::Whole(request) => Ok(OfflinePayee::Whole(request.into_vec())),
            Frame::Request(_) | Frame::Detailed(..) => Ok(OfflinePayee::Request(ShownRequest::parse(typed.trim())?)),
            _ => Err(Error::from(WalletError::NotAPayee).into()),
        },
        Scanned::Request(_) => Err(Failure::usage(
            "what this link leads to lies at the verifier; without network the payee shows the whole request (`request --whole`), \
             or one without network (`offline request`)",
        )),
        _ => Err(Error::from(WalletError::NotAPayee).into()),
    }
}
