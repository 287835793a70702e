//! What a payee asks before it delivers, in the order of 20.4, and what it is told that it could lose.

use crate::disk::Death;
use crate::market::{Market, amount, asks, balance, shown, sync, taken, takes, wallet_error};
use farthing_core::error::{Error, WalletError};
use farthing_core::offline::*;
use farthing_core::store;
use farthing_protocol::offline::Frame;
use farthing_protocol::time::{Moment, Span};

fn offer(market: &mut Market, payment: &ShownPayment) -> Result<OfflineOffer, Error> {
    match examine(&mut market.stall.engine, payment, market.town.now)? {
        Examined::Good(offer) => Ok(*offer),
        Examined::Taken(_) => panic!("it is new"),
    }
}

#[test]
fn it_is_told_what_it_could_lose_and_what_of_this_payer() {
    let (mut market, _) = Market::open("40 USD");
    market.sells("4 USD").unwrap();
    let request = market.asks("6 USD");
    let payment = market.pays(&request).unwrap();
    let told = offer(&mut market, &payment).unwrap();
    let CouldLose { all, of_payer, limit } = told.could_lose;
    assert_eq!([all, of_payer, limit], ["10 USD", "10 USD", "25 USD"].map(amount));
    // Another sale meanwhile: the person was told less than what could be lost now.
    market.sells("1 USD").unwrap();
    let stale = TakeApproval::of(payment.clone(), &told);
    assert_eq!(wallet_error(take(&mut market.stall.engine, &stale, market.town.now)), WalletError::NotWhatWasApproved);
    market.takes(&payment).unwrap();
    assert_eq!(wallet_error(market.sells("14.01 USD")), WalletError::LossLimit);
    set_limit(&mut market.stall.engine, amount("30 USD")).unwrap();
    market.sells("14.01 USD").unwrap();
    set_limit(&mut market.stall.engine, amount("0 USD")).unwrap();
    assert_eq!(wallet_error(market.sells("0.01 USD")), WalletError::LossLimit, "nothing is taken any more");
    market.settle();
    set_limit(&mut market.stall.engine, amount("1 USD")).unwrap();
    assert_eq!(balance(&market.stall), ["125.01", "0.00"]);
}

#[test]
fn it_takes_only_what_its_own_request_asked_for() {
    let (mut market, _) = Market::open("20 USD");
    let request = market.asks("4 USD");
    let payment = market.pays(&request).unwrap();
    // Another payee's wallet, which saw it over the shoulder.
    let other = takes(&market.town, &mut market.other, &payment);
    assert_eq!(wallet_error(other), WalletError::PaymentNotGood);
    market.takes(&payment).unwrap();
    assert!(taken(&market.other).is_empty());
}

#[test]
fn it_takes_nothing_too_late_and_nothing_twice() {
    let (mut market, _) = Market::open("20 USD");
    let request = market.asks("4 USD");
    let payment = market.pays(&request).unwrap();
    market.town.pass(OFFLINE_REQUEST_LIFE);
    assert_eq!(wallet_error(market.takes(&payment)), WalletError::RequestExpired);
    let late = ask(&mut market.stall.engine, &OfflineWish { life: Span::from_h(24), ..asks("1 USD") }, market.town.now);
    let late = shown(&late.unwrap());
    market.town.pass(Span::from_h(23));
    let again = market.pays(&late).unwrap();
    market.takes(&again).unwrap();
    let end = ask(&mut market.stall.engine, &OfflineWish { life: Span::from_h(24), ..asks("1 USD") }, market.town.now);
    let end = shown(&end.unwrap());
    let payment = market.pays(&end).unwrap();
    market.town.pass(Span::from_h(23));
    market.town.pass(Span::from_h(1));
    market.town.pass(Span::from_min(41));
    assert_eq!(wallet_error(market.takes(&payment)), WalletError::RequestExpired);
    let soon = market.asks("1 USD");
    assert_eq!(wallet_error(market.pays(&soon)), WalletError::AllowanceTooLate);
}

#[test]
fn a_clock_that_is_wrong_moves_no_money() {
    let (mut market, id) = Market::open("20 USD");
    let request = market.asks("4 USD");
    // A phone that was started in the valley, and whose clock is a year ahead, or behind.
    market.ann.restart();
    let year = Span::from_h(24 * 365);
    let at = |wall| Moment { wall, monotonic: Span::from_ms(0) };
    let ahead = look(&market.ann.engine, &request, None, at(market.town.now.wall.plus(year)));
    assert_eq!(wallet_error(ahead), WalletError::RequestExpired);
    let behind = look(&market.ann.engine, &request, None, at(market.town.now.wall.minus(year)));
    assert_eq!(wallet_error(behind), WalletError::ClockBehind);
    assert_eq!(market.own(&id).spent.next.get(), 1);
}

#[test]
fn caps_are_kept() {
    let mut market = Market::new();
    let id =
        market.order(AllowanceWish { per_voucher: Some(amount("5 USD")), ..crate::market::wish("8 USD") }).unwrap();
    assert_eq!(wallet_error(market.sells("5.01 USD")), WalletError::AllowanceLimit);
    market.sells("5 USD").unwrap();
    assert_eq!(wallet_error(market.sells("3.01 USD")), WalletError::AllowanceUsedUp);
    market.sells("3 USD").unwrap();
    assert_eq!(wallet_error(market.sells("0.01 USD")), WalletError::AllowanceUsedUp);
    assert_eq!(market.own(&id).spent.total, amount("8 USD").units());
}

#[test]
fn an_allowance_by_a_key_that_is_not_known_is_nothing() {
    let (mut market, _) = Market::open("20 USD");
    let request = market.asks("4 USD");
    let payment = market.pays(&request).unwrap();
    let text = |payment: &OfflinePayment| payment.frame.text().unwrap();
    let LookedOffline::Again(paid) = look(&market.ann.engine, &request, None, market.town.now).unwrap() else {
        panic!("it was answered");
    };
    let Frame::Payment(allowance, voucher) = &paid.frame else { panic!("both") };
    let mut forged = allowance.as_slice().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let forged = Frame::Payment(farthing_protocol::cbor::Bytes::new(forged).unwrap(), voucher.clone());
    let forged = ShownPayment::parse(&forged.text().unwrap()).unwrap();
    assert_eq!(wallet_error(market.takes(&forged)), WalletError::OfflineUnknownKey);
    // The voucher alone, for a payee that does not know the allowance; and for one that does.
    let alone = ShownPayment::parse(&Frame::Voucher(voucher.clone()).text().unwrap()).unwrap();
    assert_eq!(wallet_error(market.takes(&alone)), WalletError::PaymentNotGood);
    market.takes(&payment).unwrap();
    let second = market.asks("1 USD");
    market.pays(&second).unwrap();
    let LookedOffline::Again(paid) = look(&market.ann.engine, &second, None, market.town.now).unwrap() else {
        panic!("it was answered");
    };
    let Frame::Payment(_, voucher) = &paid.frame else { panic!("both") };
    let alone = ShownPayment::parse(&Frame::Voucher(voucher.clone()).text().unwrap()).unwrap();
    market.takes(&alone).unwrap();
    for nonsense in [text(&paid).split_at(9).0.to_owned(), "FR:".to_owned(), String::new(), "hello".to_owned()] {
        assert_eq!(wallet_error(ShownPayment::parse(&nonsense)), WalletError::NotAnOfflinePayment);
    }
    assert_eq!(wallet_error(ShownRequest::parse(&text(&paid))), WalletError::NotAnOfflineRequest);
}

#[test]
fn who_was_never_connected_cannot_be_paid() {
    let mut market = Market::new();
    let stock = market.stall.engine.store().handles(store::HandleState::Stocked, 1_000).unwrap();
    for handle in stock {
        let used = store::HandleRecord { state: store::HandleState::Used, ..handle };
        market.stall.engine.apply(vec![store::Change::Handle(used)]).unwrap();
    }
    let asked = ask(&mut market.stall.engine, &asks("1 USD"), market.town.now);
    assert_eq!(wallet_error(asked), WalletError::OfflineNotReady);
}

#[test]
fn a_payee_that_dies_has_taken_it_or_not() {
    for death in [Death::Before(0), Death::After(0)] {
        let (mut market, _) = Market::open("20 USD");
        let request = market.asks("4 USD");
        let payment = market.pays(&request).unwrap();
        market.stall.dies(death);
        assert!(matches!(market.takes(&payment), Err(Error::Store(_))));
        market.stall.restart();
        assert_eq!(taken(&market.stall).len(), usize::from(death == Death::After(0)));
        market.takes(&payment).unwrap();
        market.settle();
        assert_eq!(balance(&market.stall), ["104.00", "0.00"], "once");
    }
}

#[test]
fn claims_survive_whatever_happens_on_the_way() {
    use crate::town::Fate;
    for (fate, death) in [
        (Fate::Lost, None),
        (Fate::Unanswered, None),
        (Fate::Twice, None),
        (Fate::Fine, Some(Death::Before(0))),
        (Fate::Fine, Some(Death::After(0))),
        (Fate::Fine, Some(Death::Before(1))),
        (Fate::Fine, Some(Death::After(1))),
    ] {
        let (mut market, _) = Market::open("20 USD");
        market.sells("4 USD").unwrap();
        market.town.line = Box::new(move |call| if call.path == "/v1/allowances/claims" { fate } else { Fate::Fine });
        if let Some(death) = death {
            market.stall.dies(death);
        }
        let _ = sync(&mut market.town, &mut market.stall);
        market.town.behave();
        market.stall.restart();
        market.settle();
        assert_eq!(balance(&market.stall), ["104.00", "0.00"], "{fate:?} {death:?}");
        assert_eq!(taken(&market.stall)[0].state, TakenState::Settled);
    }
}
