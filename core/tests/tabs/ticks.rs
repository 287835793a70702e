//! Money by the drop costs nobody by the drop: however many there are, one hold and one claim are in the ledger, and nothing grows.

use crate::shop::{Shop, amount, balance, earned, paid};
use crate::town::Phone;
use farthing_core::events::EventSeq;
use farthing_core::store::Table;
use farthing_core::tab::{TabState, TakenVoucher};
use farthing_protocol::id::Seq;
use farthing_verifier::audit::audit;

/// So many with the other tests; `FARTHING_TICKS=100000` makes it longer.
const TICKS: u64 = 20_000;

/// Where a drop could leave something.
const TABLES: [Table; 7] = [
    Table::OUTBOX,
    Table::PAID_TABS,
    Table::EARNED_TABS,
    Table::HOLDS,
    Table::TAB_RECEIPTS,
    Table::VOUCHER_KEYS,
    Table::OFFERS,
];

/// What a wallet keeps: records, their bytes, events.
fn kept(phone: &Phone) -> (usize, usize, usize) {
    let store = phone.engine.store();
    let small = TABLES.into_iter().flat_map(|table| store.smalls(table, &[], usize::MAX).unwrap());
    let sizes: Vec<usize> = small.map(|record| record.as_slice().len()).collect();
    (sizes.len(), sizes.iter().sum(), store.events(EventSeq(0), usize::MAX).unwrap().len())
}

#[test]
fn however_many_drops_are_one_hold_and_one_claim() {
    let ticks = std::env::var("FARTHING_TICKS").map_or(TICKS, |ticks| ticks.parse().unwrap());
    let (mut shop, id, tab) = Shop::open();
    // The first drop stores a ceiling and a voucher; what comes later takes their places.
    let drop = "0.00001 USD";
    shop.pay(&id, drop).unwrap();
    let (ann, paper) = (kept(&shop.ann), kept(&shop.paper));
    for nth in 2..=ticks {
        match shop.pay(&id, drop).unwrap() {
            TakenVoucher::Taken { gained, total, .. } => {
                assert_eq!((gained, total.value()), (amount(drop), 10 * nth));
            }
            TakenVoucher::Behind { .. } => panic!("drop {nth} was paid before"),
        }
    }
    // Totals take some bytes more than the first one.
    for (before, after) in [(ann, kept(&shop.ann)), (paper, kept(&shop.paper))] {
        assert_eq!((after.0, after.2), (before.0, before.2), "records and events");
        assert!(after.1 <= before.1 + 64, "{} bytes were {}", after.1, before.1);
    }
    assert_eq!(shop.claim().tabs, [tab]);
    shop.release(&tab).unwrap();
    shop.sync_ann();
    shop.sync_paper();
    assert_eq!(earned(&shop.paper)[0].standing.claimed.value(), 10 * ticks);
    assert_eq!(paid(&shop.ann, &id).state, TabState::Ended);
    assert_eq!(balance(&shop.paper)[1..], ["0.00".to_owned(), "0.00".to_owned()]);
    let ledger = shop.town.verifier.into_connection();
    audit(&ledger, Seq::new(0), &mut |_, _| {}).unwrap();
    let count = |sql: &str| -> i64 { ledger.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(count("SELECT count(*) FROM holds"), 1);
    let kinds = "SELECT count(*) FROM tab_journal WHERE seq IS NOT NULL AND kind =";
    assert_eq!([1, 2, 3, 4, 5].map(|kind| count(&format!("{kinds} {kind}"))), [1, 0, 0, 1, 1]);
}
