//! A payer who shows one number to two payees: what each gets, and what everybody is told (20.6 to 20.8).

use crate::market::{Market, amount, balance, names, shown, sync, taken, takes, wallet_error};
use farthing_core::error::WalletError;
use farthing_core::keys::vault::Vault as _;
use farthing_core::offline::*;
use farthing_protocol::offline::Proof;
use farthing_protocol::time::Span;

impl Market {
    /// The payer's whole disk, vault and all, as it was before a payment: what no software notices.
    fn paid_twice(&mut self, first: &str, second: &str) {
        let before = (self.ann.disk.memory.lock().unwrap().clone(), self.safe.spending().unwrap().unwrap());
        self.sells(first).unwrap();
        *self.ann.disk.memory.lock().unwrap() = before.0;
        self.safe.set_spending(&before.1).unwrap();
        self.restart();
        let asked = ask(&mut self.other.engine, &crate::market::asks(second), self.town.now).unwrap();
        let payment = self.pays(&shown(&asked)).unwrap();
        takes(&self.town, &mut self.other, &payment).unwrap();
    }
}

#[test]
fn two_payments_of_one_number_within_the_cap_are_both_paid() {
    let (mut market, id) = Market::open("20 USD");
    market.paid_twice("8 USD", "9 USD");
    market.settle();
    assert_eq!([balance(&market.stall)[0].as_str(), &balance(&market.other)[0]], ["108.00", "109.00"]);
    assert_eq!(market.own(&id).settled().unwrap().unwrap().totals.balance, 0);
}

#[test]
fn above_the_cap_the_balance_answers_and_what_is_missing_is_shared() {
    let mut market = Market::new();
    let id = market.order(crate::market::wish("24 USD")).unwrap();
    market.paid_twice("24 USD", "20 USD");
    // 100 less 24 and its fee of 0.25 is left on the balance: 20 of it are taken.
    market.settle();
    assert_eq!([balance(&market.stall)[0].as_str(), &balance(&market.other)[0]], ["124.00", "120.00"]);
    let settlement = market.own(&id).settled().unwrap().unwrap();
    assert_eq!((settlement.totals.reserve, settlement.totals.balance), (24_000_000, 20_000_000));
    assert!(settlement.conflict.is_some(), "and it says why");
    assert_eq!(balance(&market.ann), ["55.75", "0.00"]);
    assert!(taken(&market.stall).iter().all(|taken| taken.settled().unwrap().unwrap().conflict.is_some()));
}

#[test]
fn what_nobody_has_is_shared_in_proportion() {
    let mut market = Market::new();
    let id = market.order(crate::market::wish("24 USD")).unwrap();
    // Of the rest all but 5.04 is bound for an hour longer.
    let longer = AllowanceWish { lasts: Some(Span::from_h(49)), ..crate::market::wish("70 USD") };
    market.order(longer).unwrap();
    market.paid_twice("24 USD", "24 USD");
    market.settle();
    let settlement = market.own(&id).settled().unwrap().unwrap();
    let shares = [&market.stall, &market.other].map(|phone| {
        let line = taken(phone)[0].settled().unwrap().unwrap().line.unwrap();
        line.reserve.get() + line.balance.get()
    });
    assert_eq!(shares, [14_520_000; 2], "both gave as much");
    assert_eq!(settlement.totals.balance, 5_040_000, "all that there is");
    let got = |phone| balance(phone)[0].clone();
    assert_eq!(got(&market.stall), got(&market.other));
}

#[test]
fn a_payee_that_sees_two_of_them_takes_neither_more_and_proves_it() {
    let (mut market, id) = Market::open("20 USD");
    let before = (market.ann.disk.memory.lock().unwrap().clone(), market.safe.spending().unwrap().unwrap());
    market.sells("8 USD").unwrap();
    *market.ann.disk.memory.lock().unwrap() = before.0;
    market.safe.set_spending(&before.1).unwrap();
    market.restart();
    assert_eq!(wallet_error(market.sells("9 USD")), WalletError::PayerContradicts);
    assert_eq!(taken(&market.stall).len(), 1, "deliver nothing for it");
    let proofs: Vec<FoundProof> = farthing_core::store::all_kept(market.stall.engine.store()).unwrap();
    let proof = Proof::decode(proofs[0].proof.as_slice()).unwrap();
    proof.prove(&market.stall.engine.profile().verifier).unwrap();
    // The stall shows it to the verifier, which lists the allowance; the other one hears of it.
    sync(&mut market.town, &mut market.stall).unwrap();
    sync(&mut market.town, &mut market.other).unwrap();
    assert!(names(&market.stall).contains(&"payer_contradicts"));
    let asked = ask(&mut market.other.engine, &crate::market::asks("1 USD"), market.town.now).unwrap();
    let payment = market.pays(&shown(&asked)).unwrap();
    assert_eq!(wallet_error(takes(&market.town, &mut market.other, &payment)), WalletError::PayerRevoked);
    // And the payer's own wallet signs nothing more once it hears.
    sync(&mut market.town, &mut market.ann).unwrap();
    assert_eq!(market.own(&id).state, AllowanceState::Revoked);
    assert_eq!(wallet_error(market.sells("1 USD")), WalletError::AllowanceNotOpen);
    market.settle();
    assert_eq!(balance(&market.stall), ["108.00", "0.00"], "{}", amount("8 USD"));
}
