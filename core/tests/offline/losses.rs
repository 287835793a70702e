//! A verifier that goes on from a backup (20.10): what it lost of allowances, and that claims are made again.

use crate::market::{Market, balance, names, sync, taken};
use farthing_core::error::{Error, WalletError};
use farthing_core::history;
use farthing_core::offline::*;

/// Syncs, and accepts what is lost.
fn hears(market: &mut Market) {
    let Market { town, ann, stall, other, .. } = market;
    for phone in [ann, stall, other] {
        match sync(town, phone) {
            Ok(()) => {}
            Err(Error::Wallet(WalletError::HistoryLost)) => {
                history::accept(&mut phone.engine, town.now.wall).unwrap();
                sync(town, phone).unwrap();
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[test]
fn a_claim_that_was_lost_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("backup");
    let (mut market, _) = Market::open("20 USD");
    market.sells("4 USD").unwrap();
    market.town = market.town.backed_up(&path);
    market.sync_all();
    assert_eq!(taken(&market.stall)[0].state, TakenState::Claimed);
    market.town = market.town.restored(&path);
    hears(&mut market);
    assert!(names(&market.stall).contains(&"offline_lost"));
    hears(&mut market);
    assert_eq!(taken(&market.stall)[0].state, TakenState::Claimed, "by another act");
    market.settle();
    assert_eq!(balance(&market.stall), ["104.00", "0.00"]);
    assert_eq!(balance(&market.ann), ["95.95", "0.00"]);
}

#[test]
fn of_an_allowance_that_was_lost_payees_keep_what_says_what_they_are_owed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("backup");
    let mut market = Market::new();
    market.town = market.town.backed_up(&path);
    let id = market.order(crate::market::wish("20 USD")).unwrap();
    market.sells("4 USD").unwrap();
    market.town = market.town.restored(&path);
    hears(&mut market);
    hears(&mut market);
    let own = market.own(&id);
    assert_eq!(own.state, AllowanceState::Lost);
    assert!(own.allowance.is_some_and(|said| !said.counts), "its word is kept");
    assert_eq!(balance(&market.ann), ["100.00", "0.00"]);
    let taken = taken(&market.stall).remove(0);
    assert_eq!((taken.state, taken.code), (TakenState::Refused, Some(140)));
    assert!(taken.shown.is_some());
    assert_eq!(balance(&market.stall), ["100.00", "0.00"]);
}
