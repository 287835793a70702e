//! A settlement gives away what there is, no more, in proportion, whatever order the claims came in.

use crate::kinds::file;
use crate::offline_rules::{BEGIN, NAME, asset, number, pairs, units};
use crate::vectors::{array, list};
use farthing_protocol::cbor::{V1, encode};
use farthing_protocol::cose::Object as _;
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::id::*;
use farthing_protocol::limits::AMOUNT_MAX;
use farthing_protocol::merkle;
use farthing_protocol::money::{Amount, Units};
use farthing_protocol::offline::*;
use farthing_protocol::tab;
use proptest::collection::vec;
use proptest::prelude::*;

/// Claims, some of them of one request.
fn claims() -> impl Strategy<Value = Vec<Claimed>> + Clone {
    let value = prop_oneof![3 => 1..50_u64, 1 => 1..=AMOUNT_MAX];
    vec((value, 0..60_u64, 1..6_u64, prop_oneof![4 => Just(None), 1 => (0..4_u8).prop_map(Some)]), 0..12).prop_map(
        |all| {
            all.into_iter()
                .enumerate()
                .map(|(n, (amount, guaranteed, seq, shared))| Claimed {
                    voucher: Digest::of(&n.to_be_bytes()),
                    request: shared.map_or(Digest::of(&[n as u8, 1]), |n| Digest::new([n; 32])),
                    seq: VoucherSeq::new(seq),
                    payee_key: PayeeKeyHash::new([n as u8; 32]),
                    amount: units(amount),
                    guaranteed: units(guaranteed),
                })
                .collect()
        },
    )
}

fn money() -> impl Strategy<Value = u64> + Clone {
    prop_oneof![3 => 1..200_u64, 1 => 1..=AMOUNT_MAX]
}

/// The exact share, rounded down and up.
fn around(pot: u64, part: u64, whole: u64) -> (u64, u64) {
    let product = u128::from(pot) * u128::from(part);
    let whole = u128::from(whole.max(1));
    ((product / whole) as u64, product.div_ceil(whole) as u64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Conservation; nobody gets more than its voucher; what is there is given away as far as it goes.
    #[test]
    fn a_settlement_gives_away_what_there_is(cap in money(), balance in money(), claims in claims()) {
        let settled = settle(units(cap), units(balance), &claims);
        let totals = settled.totals;
        let mut sums = [0_u64; 4];
        for share in &settled.shares {
            let (amount, guaranteed) = (share.claim.amount.get(), share.claim.guaranteed.get());
            let [reserve, from_balance, fund, lost] = [share.reserve, share.balance, share.fund, share.lost()].map(Units::get);
            prop_assert_eq!(reserve + from_balance + fund + lost, amount);
            prop_assert_eq!(share.paid().get(), amount - lost);
            // What was paid at once is kept, and comes back out of the shares first.
            prop_assert!(share.paid().get() >= guaranteed && guaranteed <= amount);
            prop_assert_eq!(fund, guaranteed.saturating_sub(reserve + from_balance));
            prop_assert_eq!(share.back_to_fund().get() + fund, guaranteed);
            for (sum, part) in sums.iter_mut().zip([amount, reserve, from_balance, fund]) {
                *sum += part;
            }
        }
        prop_assert_eq!(sums, [totals.claimed, totals.reserve, totals.balance, totals.fund]);
        prop_assert_eq!(totals.count, settled.shares.len() as u64);
        prop_assert_eq!(totals.reserve, cap.min(totals.claimed));
        prop_assert_eq!(totals.balance, balance.min(cap).min(totals.claimed - totals.reserve));
    }

    /// One for each request, whatever order they came in, and however often.
    #[test]
    fn a_settlement_does_not_depend_on_the_order(cap in money(), balance in money(), claims in claims(), turn in 0..12_usize, again in 0..12_usize) {
        let settled = settle(units(cap), units(balance), &claims);
        let mut other = claims.clone();
        other.reverse();
        other.rotate_left(turn.min(claims.len()));
        other.extend(claims.iter().take(again));
        prop_assert_eq!(&settle(units(cap), units(balance), &other), &settled);
        let mut requests: Vec<Digest> = settled.shares.iter().map(|share| share.claim.request).collect();
        requests.sort_unstable();
        requests.dedup();
        prop_assert_eq!(requests.len(), settled.shares.len());
        prop_assert!(claims.iter().all(|claim| requests.contains(&claim.request)));
    }

    /// Each pot is shared in proportion, to a unit; more is never given for less.
    #[test]
    fn shares_are_in_proportion(cap in money(), balance in money(), claims in claims()) {
        let claims: Vec<Claimed> = claims.into_iter().map(|claim| Claimed { guaranteed: units(0), ..claim }).collect();
        let settled = settle(units(cap), units(balance), &claims);
        let totals = settled.totals;
        for share in &settled.shares {
            let (low, high) = around(totals.reserve, share.claim.amount.get(), totals.claimed);
            prop_assert!((low..=high).contains(&share.reserve.get()));
            let missing = share.claim.amount.less(share.reserve).get();
            let (low, high) = around(totals.balance, missing, totals.claimed - totals.reserve);
            prop_assert!((low..=high).contains(&share.balance.get()));
        }
        for (a, b) in pairs(&settled.shares) {
            let (more, less) = if a.claim.amount >= b.claim.amount { (a, b) } else { (b, a) };
            prop_assert!(more.claim.amount == less.claim.amount || more.paid() >= less.paid(), "{more:?} {less:?}");
        }
    }

    /// Claims within the cap are paid in full out of what was set aside, and nobody else is asked.
    #[test]
    fn honest_claims_are_paid_in_full(claims in claims(), more in 0..1_000_u64, balance in money()) {
        let sum: u64 = settle(units(1), units(0), &claims).totals.claimed;
        prop_assume!(sum + more <= AMOUNT_MAX && sum + more > 0);
        let settled = settle(units(sum + more), units(balance), &claims);
        prop_assert!(settled.shares.iter().all(|share| share.reserve == share.claim.amount && share.lost().is_zero()));
        prop_assert_eq!((settled.totals.balance, settled.totals.fund), (0, 0));
    }

    /// What a settlement says can be signed, for the payer and for each payee, and a line is in the tree whose root it names.
    #[test]
    fn what_was_settled_can_be_said(cap in money(), balance in money(), claims in claims()) {
        let settled = settle(units(cap), units(balance), &claims);
        let leaves: Vec<Digest> = settled.shares.iter().map(|share| merkle::leaf(&encode(&share.line()))).collect();
        let said = |line: Option<Line>| Settlement {
            version: V1,
            epoch: Epoch::new(1),
            seq: Seq::new(9),
            checkpoint: Digest::new([7; 32]),
            time: BEGIN,
            allowance: NAME,
            cap: units(cap).of(asset()),
            totals: settled.totals,
            lines: settled.root(),
            line,
            conflict: (settled.totals.claimed > cap).then_some(Conflict { one: Digest::new([1; 32]), other: Digest::new([2; 32]) }),
        };
        crate::properties::object(&said(None));
        for (n, share) in settled.shares.iter().enumerate() {
            crate::properties::object(&said(Some(share.line())));
            let path = merkle::inclusion(n as u64, leaves.len() as u64, &mut merkle::Leaves(&leaves)).unwrap();
            prop_assert!(merkle::includes(&settled.root(), leaves.len() as u64, n as u64, &leaves[n], &path));
            // A line with a unit more or less of what was set aside is not said.
            let (low, high) = around(settled.totals.reserve, share.claim.amount.get(), settled.totals.claimed);
            for wrong in [low.checked_sub(1), Some(high + 1).filter(|more| *more <= AMOUNT_MAX)].into_iter().flatten() {
                let said = said(Some(Line { reserve: units(wrong), ..share.line() }));
                prop_assert!(said.check().is_err());
            }
        }
        if settled.totals.claimed > cap {
            let unexplained = Settlement { conflict: None, ..said(None) };
            prop_assert!(unexplained.check().is_err());
        }
    }

    /// A payer that signs vouchers to one account of its own, however many, leaves honest payees half of their claims and more: what
    /// that account claims is bounded by the cap.
    #[test]
    fn one_account_does_not_take_the_shares_of_others(honest in vec(1..100_u64, 1..6), greedy in vec(1..600_u64, 0..40)) {
        let claim = |n: usize, amount: u64| Claimed {
            voucher: Digest::of(&n.to_be_bytes()),
            request: Digest::of(&[n as u8, 1]),
            seq: VoucherSeq::new(1),
            payee_key: PayeeKeyHash::new([n as u8; 32]),
            amount: units(amount),
            guaranteed: units(0),
        };
        let cap = units(honest.iter().sum());
        let mut claims: Vec<Claimed> = honest.iter().enumerate().map(|(n, amount)| claim(n, *amount)).collect();
        let mut own: Vec<Units> = Vec::new();
        for (n, amount) in greedy.iter().enumerate() {
            if has_room(cap, own.iter().copied(), claims.len() as u64, units(*amount)).is_ok() {
                own.push(units(*amount));
                claims.push(claim(100 + n, *amount));
            }
        }
        let settled = settle(cap, units(0), &claims);
        for share in settled.shares.iter().filter(|share| share.claim.payee_key.as_bytes()[0] < 100) {
            prop_assert!(share.reserve.get() >= share.claim.amount.get() / 2, "{share:?}");
        }
    }

    /// What was set aside is what payees, fees and the payer get, to the unit.
    #[test]
    fn what_is_set_aside_is_all_accounted_for(cap in 1..1_000_000_000_u64, paid in 0..1_000_000_000_u64, flat in 0..100_000_u64, bps in 0..10_000_u64) {
        let (cap, paid) = (cap.max(paid), paid.min(cap.max(paid)));
        let fees = Terms { asset: asset(), flat, bps };
        let amount = |value: u64| Amount::new(value, asset()).unwrap();
        let back = goes_back(&amount(cap), units(paid), &fees).unwrap();
        let fee = tab::fee_of_claimed(&amount(paid), &fees).unwrap();
        prop_assert_eq!(back.value() + fee.value() + paid, tab::reserve(&amount(cap), &fees).unwrap().value());
        prop_assert!(paid > 0 || fee.is_zero());
    }
}

#[test]
fn what_is_at_risk_is_what_nobody_guarantees() {
    let vouchers = [(20, 0), (20, 19), (5, 5), (AMOUNT_MAX, 0)].map(|(amount, sure)| (units(amount), units(sure)));
    assert_eq!(at_risk(vouchers), 21 + AMOUNT_MAX);
    assert_eq!(at_risk([]), 0);
}

#[test]
fn settlements_of_the_vectors() {
    let file = file("offline-rules");
    for v in list(&file, "settles") {
        let claims: Vec<Claimed> = list(v, "claims")
            .iter()
            .map(|claim| Claimed {
                voucher: Digest::new(array(&claim["voucher"])),
                request: Digest::new(array(&claim["request"])),
                seq: VoucherSeq::new(number(&claim["seq"])),
                payee_key: PayeeKeyHash::new(array(&claim["payee_key"])),
                amount: units(number(&claim["amount"])),
                guaranteed: units(number(&claim["guaranteed"])),
            })
            .collect();
        let settled = settle(units(number(&v["cap"])), units(number(&v["balance"])), &claims);
        assert_eq!(v["root"], settled.root().to_hex(), "{}", v["name"]);
        let totals = settled.totals;
        let sums = [totals.count, totals.claimed, totals.reserve, totals.balance, totals.fund];
        assert_eq!(list(v, "totals").iter().map(number).collect::<Vec<_>>(), sums, "{}", v["name"]);
    }
    for v in list(&file, "rooms") {
        let own: Vec<Units> = list(v, "own").iter().map(|amount| units(number(amount))).collect();
        let found = has_room(units(number(&v["cap"])), own, number(&v["all"]), units(number(&v["amount"]))).err();
        assert_eq!(found.map(|code| u64::from(code.number())), v["refused"].as_u64(), "{}", v["name"]);
    }
    for v in list(&file, "goes_back") {
        let fees = Terms { asset: asset(), flat: number(&v["flat"]), bps: number(&v["bps"]) };
        let back = goes_back(&units(number(&v["cap"])).of(asset()), units(number(&v["paid"])), &fees).unwrap();
        assert_eq!(back.value(), number(&v["back"]));
    }
}
