//! Vouchers over a connection of payer and payee.

use super::paying::left;
use super::view;
use super::views::{AnsweredView, DirectDropView, PaidDropView, TakenView, hex};
use crate::failure::Failure;
use data_encoding::HEXLOWER;
use farthing_core::export::tabs::TabView;
use farthing_core::sync::{HttpNetwork, NetworkError};
use farthing_core::tab::{DirectAddress, DirectOutcome, DirectReply, PaidTab, TabId, TakenVoucher, Unheard};
use farthing_core::{Error, Wallet};
use farthing_protocol::money::Amount;
use farthing_protocol::tab::DirectRefusal;
use std::sync::Arc;

pub(super) async fn pay(
    wallet: &Wallet,
    id: &TabId,
    amount_text: Option<&str>,
    address: &str,
) -> Result<DirectDropView, Failure> {
    let tab = wallet.paid_tab(id)?;
    let parse = |text| Amount::parse(text, &[tab.total.asset()]);
    let amount = amount_text.map(parse).transpose().map_err(Error::from)?;
    offer(wallet, &tab, amount, address).await
}

/// Signs a drop, or none, and offers it.
pub(super) async fn offer(
    wallet: &Wallet,
    tab: &PaidTab,
    amount: Option<Amount>,
    address: &str,
) -> Result<DirectDropView, Failure> {
    let id = &tab.id;
    let address = DirectAddress::parse(address).ok_or_else(|| Failure::usage("give a host and a port"))?;
    let payee = Arc::new(HttpNetwork::direct(&address));
    let offered = wallet.pay_tab_directly(id, amount, payee).await?;
    let failure = match &offered.outcome {
        DirectOutcome::Taken => None,
        DirectOutcome::Refused(DirectRefusal::LookFirst) => {
            Some(Failure::payee_unheard("the payee has to ask the verifier about the tab first"))
        }
        DirectOutcome::Refused(why) => Some(Failure::payee_refused(refused(*why))),
        DirectOutcome::Unheard(why) => Some(Failure::payee_unheard(&unheard(why))),
    };
    let paid = offered.paid;
    Ok(DirectDropView {
        drop: PaidDropView {
            id: id.to_string(),
            total: (&paid.total).into(),
            left: (&left(tab, &paid.total)?).into(),
            voucher: hex(&paid.voucher),
            sent: false,
        },
        failure: failure.map(|failure| failure.about_tab(&id.to_string())),
    })
}

fn refused(why: DirectRefusal) -> &'static str {
    match why {
        DirectRefusal::NotOpen => "the tab is closed, or was released",
        DirectRefusal::TooLate => "the time of the tab is over, or nearly so",
        DirectRefusal::Differs => "the tab does not keep to the terms of its offer",
        DirectRefusal::Elsewhere => "another device of its takes this tab's vouchers",
        DirectRefusal::MayNot => "its device may not act any more",
        _ => "the voucher is not good for the tab",
    }
}

fn unheard(why: &Unheard) -> String {
    match why {
        Unheard::Network(NetworkError::TimedOut) => "the payee did not answer in time".to_owned(),
        Unheard::Network(NetworkError::Unreachable(why)) => format!("the payee cannot be reached: {why}"),
        Unheard::Network(_) | Unheard::NotThePayee => "what is at this address is not the payee".to_owned(),
        Unheard::Busy => "the payee has too much to do".to_owned(),
        Unheard::TabUnknown => "what is at this address does not know the tab".to_owned(),
    }
}

pub(super) fn answer(wallet: &Wallet, request: &str) -> Result<AnsweredView, Failure> {
    let request = HEXLOWER.decode(request.as_bytes()).map_err(|_| Failure::internal("the bytes cannot be read"))?;
    let nothing = |status| AnsweredView { status, answer: String::new(), taken: None, total: None };
    Ok(match wallet.answer_voucher(&request)? {
        DirectReply::Unreadable => nothing(400),
        DirectReply::TabUnknown => nothing(404),
        DirectReply::Answer { answer, taken } => {
            let answer = HEXLOWER.encode(&answer);
            let total = match &taken {
                Some(TakenVoucher::Taken { total, .. }) => Some(total.into()),
                _ => None,
            };
            AnsweredView { status: 200, answer, taken: gained(wallet, taken)?, total }
        }
    })
}

/// What brings nothing is nobody's news: anybody can post it again.
fn gained(wallet: &Wallet, taken: Option<TakenVoucher>) -> Result<Option<TakenView>, Failure> {
    match taken {
        Some(TakenVoucher::Taken { tab, gained, .. }) if !gained.is_zero() => {
            let TabView { id, direction, total, left, .. } = view(wallet, &tab)?;
            Ok(Some(TakenView { id, direction, total, added: (&gained).into(), left, newest: None }))
        }
        _ => Ok(None),
    }
}
