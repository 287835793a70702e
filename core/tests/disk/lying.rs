//! A disk that says it has synced, and has not: after a power cut the newest is gone. Nothing can prevent that; it is noticed,
//! and nothing is paid twice.

use crate::deed::{Deed, Doing as _, SUM};
use crate::street::{Cut, GRANT, Street, Trouble, Who};
use farthing_core::error::{Error, WalletError};
use farthing_core::events::{EventKind, EventSeq};
use farthing_core::store::Direction;
use farthing_faults::vfs::Fault;

/// Payments before the disk begins to lie, and while it lies: each begins with an opening.
const HONEST: usize = 3;
const LIED: usize = 3;

fn pay(street: &mut Street, numbers: std::ops::Range<usize>) {
    for number in numbers {
        Deed::new(number).go_on(street).unwrap();
        street.close();
    }
}

/// From the `at`th sync on this machine's disk lies; then its power is cut. False when there are not so many syncs.
fn lied_to(street: &mut Street, who: Who, at: u64) -> bool {
    let disk = street.machine(who).disk.clone();
    street.cut = Cut::Later;
    disk.plan(Fault::LyingSync, at, at);
    pay(street, HONEST..HONEST + LIED);
    let lied = disk.has_struck();
    disk.cut_power();
    disk.restore_power().unwrap();
    lied
}

fn moved(deeds: usize) -> (i64, i64) {
    let moved = i64::try_from(SUM * deeds as u64).unwrap();
    let grant = i64::try_from(GRANT).unwrap();
    (grant - moved, grant + moved)
}

#[test]
fn a_wallet_whose_disk_lied_notices_it_and_pays_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let mut street = Street::new(dir.path(), "lied-wallet");
    pay(&mut street, 0..HONEST);
    let still = street.still();
    let (mut lost, mut by_anchor) = (0, 0);
    for (who, at) in [Who::Ann, Who::Bob].into_iter().flat_map(|who| (1..).map(move |at| (who, at)).take(40)) {
        street.become_again(&still);
        if !lied_to(&mut street, who, at) {
            continue;
        }
        street.phone(who).check_file();
        street.open().unwrap();
        let gone = |street: &Street| {
            let store = street.ann.engine().store();
            street.book.orders.iter().filter(|(_, hash, _)| store.payment_by_order(hash).unwrap().is_none()).count()
        };
        let told = street.phone(who).engine().store().events(EventSeq(0), 10_000).unwrap();
        let found = told.iter().any(|event| matches!(event.kind, EventKind::OldCopy));
        let orders = gone(&street);
        lost += usize::from(orders > 0);
        by_anchor += usize::from(found && orders > 0);
        // More than the newest payment belongs to an earlier opening, and the anchor knows of a later one.
        assert!(found || orders <= 1, "{orders} orders are gone, and nobody noticed");
        // What the anchor cannot see is in the ledger: each payment is in the history, once.
        street.sync(who).unwrap();
        street.sync(who).unwrap();
        assert_eq!(gone(&street), 0, "a payment is missing from the history");
        Deed::new(HONEST + LIED).go_on(&mut street).unwrap();
        street.sync(Who::Ann).unwrap();
        let expected = HONEST + LIED + 1;
        assert_eq!((street.balance(Who::Ann), street.balance(Who::Bob)), moved(expected), "{who:?} {at}");
        let history = street.ann.engine().store().history(None, 100).unwrap();
        assert_eq!(history.iter().filter(|payment| payment.direction == Direction::Out).count(), expected);
        street.close();
        street.bank.audit(0);
    }
    assert!(lost > 5 && by_anchor > 0, "{lost} orders were lost, {by_anchor} noticed by the anchor");
}

#[test]
fn wallets_notice_a_verifier_whose_disk_lied_and_keep_their_receipts() {
    let dir = tempfile::tempdir().unwrap();
    let mut street = Street::new(dir.path(), "lied-bank");
    pay(&mut street, 0..HONEST);
    let still = street.still();
    let mut noticed = 0;
    for at in 1.. {
        street.become_again(&still);
        let full = street.bank.audit(0) + LIED as u64;
        if !lied_to(&mut street, Who::Bank, at) {
            break;
        }
        let paid = street.book.settled.len();
        let after = street.bank.audit(0);
        street.open().unwrap();
        for who in [Who::Ann, Who::Bob] {
            let (_, highest) = street.phone(who).engine().trust().unwrap().highest();
            // Bob has read up to his newest entry; Ann has seen a head before her newest payment.
            assert!(who == Who::Ann || highest.get() == full, "{highest:?}");
            let synced = street.sync(who);
            if after >= highest.get() {
                continue;
            }
            noticed += 1;
            let Err(Trouble::Told(error)) = synced else {
                unreachable!("the ledger ends at {after}, below {highest:?}, and {who:?} did not notice")
            };
            assert_eq!(error, Error::Wallet(WalletError::HistoryLost));
            if who == Who::Ann {
                // She does not pay while it is so.
                assert!(Deed::new(HONEST + LIED).go_on(&mut street).is_err());
            }
        }
        street.check_payer();
        assert_eq!((street.balance(Who::Ann), paid), (moved(HONEST + LIED).0, HONEST + LIED));
        street.close();
    }
    assert!(noticed > 5, "{noticed}");
}
