//! An honest phone (20.5): killed at any write, of the vault or of the database, it never signs what can be proven against it; and a memory
//! that was put back stops it.

use crate::disk::Death;
use crate::market::{Market, amount, balance, names, wallet_error};
use crate::safe::Safe;
use farthing_core::error::{Error, WalletError};
use farthing_core::keys::vault::Vault as _;
use farthing_core::offline::*;
use farthing_core::store::{self, MemoryStore};
use farthing_protocol::cose::Signed;
use farthing_protocol::key::BareKey;
use farthing_protocol::offline::{OfflineRequest, OfflineVoucher, contradict, contradict_at_payee};
use proptest::prelude::*;

/// Everything that was ever signed: what was shown, and what burnt numbers may have been.
fn signed(market: &Market) -> Vec<(OfflineVoucher, BareKey)> {
    let all: Vec<OwnVoucher> = store::all_kept(market.ann.engine.store()).unwrap();
    let parse = |voucher: &OwnVoucher| {
        let request = Signed::<OfflineRequest>::parse(voucher.request.as_slice()).unwrap();
        (Signed::<OfflineVoucher>::parse(voucher.voucher.as_slice()).unwrap().claims().clone(), request.claims().payee)
    };
    all.iter().map(parse).collect()
}

fn assert_honest(seen: &[(OfflineVoucher, BareKey)]) {
    for (one, payee) in seen {
        for (other, of) in seen {
            let found = if payee == of { contradict_at_payee(one, other) } else { contradict(one, other) };
            assert_eq!(found, None, "{one:?} {other:?}");
        }
    }
}

#[test]
fn a_number_is_burnt_when_the_phone_dies_between_vault_and_database() {
    let (mut market, id) = Market::open("20 USD");
    market.sells("1 USD").unwrap();
    let request = market.asks("2 USD");
    market.ann.dies(Death::Before(0));
    assert!(matches!(market.pays(&request), Err(Error::Store(_))));
    market.restart();
    let own = market.own(&id);
    assert_eq!((own.spent.next.get(), own.spent.total, own.frozen), (3, amount("3 USD").units(), false));
    assert_eq!(own.burnt.len(), 1);
    // The same request is answered by another number, on top of what is burnt.
    market.sells("4 USD").unwrap();
    let payment = market.pays(&request).unwrap();
    market.takes(&payment).unwrap();
    let numbers: Vec<u64> = signed(&market).iter().map(|(voucher, _)| voucher.seq.get()).collect();
    assert_eq!(numbers, [1, 3, 4]);
    market.settle();
    assert_eq!(balance(&market.stall), ["107.00", "0.00"]);
    assert_eq!(market.own(&id).settled().unwrap().unwrap().totals.claimed, 7_000_000, "what was burnt is back");
}

#[test]
fn nothing_happened_when_it_dies_before_the_vault_and_all_when_after_the_database() {
    let (mut market, id) = Market::open("20 USD");
    let request = market.asks("2 USD");
    *market.safe.death.lock().unwrap() = Some(Death::Before(0));
    assert!(matches!(market.pays(&request), Err(Error::Vault(_))));
    market.restart();
    assert_eq!(market.own(&id).spent.next.get(), 1);
    // A vault that says that it failed, and has written.
    *market.safe.death.lock().unwrap() = Some(Death::After(0));
    assert!(matches!(market.pays(&request), Err(Error::Vault(_))));
    market.restart();
    assert_eq!(market.own(&id).spent.next.get(), 2, "burnt");
    market.ann.dies(Death::After(0));
    assert!(matches!(market.pays(&request), Err(Error::Store(_))));
    market.restart();
    let payment = market.pays(&request).unwrap();
    assert_eq!(market.own(&id).spent.next.get(), 3, "shown again as it is");
    market.takes(&payment).unwrap();
}

/// A copy of what lies in the folder, and in the vault.
fn copies(market: &Market) -> (MemoryStore, Option<farthing_core::keys::vault::Spending>) {
    (market.ann.disk.memory.lock().unwrap().clone(), market.safe.spending().unwrap())
}

#[test]
fn a_folder_put_back_by_one_payment_burns_it_and_by_more_freezes() {
    for (more, frozen) in [(0, false), (1, true), (2, true)] {
        let (mut market, id) = Market::open("20 USD");
        market.sells("1 USD").unwrap();
        let (folder, _) = copies(&market);
        let mut seen = signed(&market);
        for _ in 0..=more {
            market.sells("2 USD").unwrap();
        }
        seen.extend(signed(&market));
        *market.ann.disk.memory.lock().unwrap() = folder;
        market.restart();
        assert_eq!(market.own(&id).frozen, frozen, "{more}");
        let next = market.sells("3 USD");
        if frozen {
            assert_eq!(wallet_error(next), WalletError::AllowanceFrozen);
            assert!(names(&market.ann).contains(&"allowance_frozen"));
        } else {
            next.unwrap();
        }
        seen.extend(signed(&market));
        assert_honest(&seen);
        let claimed = 3 + 2 * more + if frozen { 0 } else { 3 };
        market.settle();
        let own = market.own(&id);
        assert_eq!(own.settled().unwrap().unwrap().totals.claimed, claimed * 1_000_000);
    }
}

#[test]
fn a_vault_put_back_alone_or_gone_freezes() {
    for gone in [false, true] {
        let (mut market, id) = Market::open("20 USD");
        let (_, before) = copies(&market);
        market.sells("1 USD").unwrap();
        market.safe.set_spending(&if gone { Default::default() } else { before.unwrap() }).unwrap();
        // Also without a new opening: it is looked at before anything is signed.
        let request = market.asks("1 USD");
        assert_eq!(wallet_error(market.pays(&request)), WalletError::AllowanceFrozen);
        market.restart();
        assert!(market.own(&id).frozen);
        assert_eq!(wallet_error(market.pays(&request)), WalletError::AllowanceFrozen, "for good");
        // What is left comes back with the settlement.
        market.settle();
        assert_eq!(balance(&market.ann), ["98.98", "0.00"]);
    }
}

#[test]
fn a_restored_wallet_signs_nothing_from_old_allowances() {
    let (mut market, id) = Market::open("20 USD");
    market.sells("1 USD").unwrap();
    // Another vault, as on another machine: neither key nor anchor is there.
    market.safe = std::sync::Arc::new(Safe::default());
    market.restart();
    assert!(market.own(&id).frozen);
}

#[test]
fn an_order_survives_a_kill_at_any_write() {
    let deaths = |n| [Death::Before(n), Death::After(n)];
    for (of_vault, death) in (0..4).flat_map(|n| {
        deaths(n).map(|death| (false, death)).into_iter().chain([(true, deaths(n)[0]), (true, deaths(n)[1])])
    }) {
        let mut market = Market::new();
        if of_vault {
            *market.safe.death.lock().unwrap() = Some(death);
        } else {
            market.ann.dies(death);
        }
        let ordered = market.order(crate::market::wish("20 USD"));
        market.restart();
        crate::market::sync(&mut market.town, &mut market.ann).unwrap();
        let known = crate::market::owned(&market.ann);
        assert!(known.len() <= 1 && ordered.is_ok() <= (known.len() == 1));
        if known.is_empty() {
            market.order(crate::market::wish("20 USD")).unwrap();
        }
        market.sells("1 USD").unwrap();
        market.settle();
        assert_eq!(balance(&market.ann), ["98.98", "0.00"], "{of_vault} {death:?}");
    }
}

/// What a payer's day can be made of.
#[derive(Clone, Debug)]
enum Deed {
    Sale { stall: bool, cents: u64 },
    Dies { vault: bool, after: bool },
    PutBackByOne,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (any::<bool>(), 1_u64..300).prop_map(|(stall, cents)| Deed::Sale { stall, cents }),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(vault, after)| Deed::Dies { vault, after }),
        1 => Just(Deed::PutBackByOne),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever an honest phone goes through, nothing that anybody has ever seen of it proves anything against it, and its payees get all.
    #[test]
    fn an_honest_payer_is_never_provable(deeds in prop::collection::vec(deed(), 1..24)) {
        let (mut market, _) = Market::open("20 USD");
        let mut seen: Vec<(OfflineVoucher, BareKey)> = Vec::new();
        let mut before = copies(&market).0;
        let mut sold = 0;
        for deed in deeds {
            match deed {
                Deed::Sale { stall, cents } => {
                    let now = market.town.now;
                    let sum = format!("{}.{:02} USD", cents / 100, cents % 100);
                    let phone = if stall { &mut market.stall } else { &mut market.other };
                    let asked = ask(&mut phone.engine, &crate::market::asks(&sum), now).unwrap();
                    let folder = copies(&market).0;
                    let payment = match market.pays(&crate::market::shown(&asked)) {
                        Ok(payment) => payment,
                        Err(Error::Store(_) | Error::Vault(_)) => {
                            market.restart();
                            continue;
                        }
                        Err(Error::Wallet(WalletError::AllowanceUsedUp | WalletError::AllowanceFrozen)) => continue,
                        Err(error) => panic!("{error:?}"),
                    };
                    before = folder;
                    seen.extend(signed(&market));
                    let phone = if stall { &mut market.stall } else { &mut market.other };
                    let limit = set_limit(&mut phone.engine, amount("100 USD"));
                    limit.unwrap();
                    crate::market::takes(&market.town, phone, &payment).unwrap();
                    sold += cents;
                }
                Deed::Dies { vault: true, after } => {
                    let death = if after { Death::After(0) } else { Death::Before(0) };
                    *market.safe.death.lock().unwrap() = Some(death);
                }
                Deed::Dies { vault: false, after } => {
                    market.ann.dies(if after { Death::After(0) } else { Death::Before(0) });
                }
                Deed::PutBackByOne => {
                    *market.ann.disk.memory.lock().unwrap() = before.clone();
                    market.restart();
                }
            }
        }
        market.restart();
        seen.extend(signed(&market));
        assert_honest(&seen);
        market.settle();
        let got = [&market.stall, &market.other].map(|phone| phone.engine.balances().unwrap()[0].available.value());
        prop_assert_eq!(got.iter().sum::<u64>(), 200_000_000 + sold * 10_000);
    }
}
