//! Lives of holds: whatever is done in whatever order, the money is there, nobody pays more than was agreed, and what comes twice
//! or late changes nothing.

use farthing_protocol::cbor::V1;
use farthing_protocol::code::TabRefusalCode;
use farthing_protocol::cose::{Object, Signed, Verified};
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::id::*;
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::tab::*;
use farthing_protocol::time::{Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use rand_core::UnwrapErr;

const BEGIN: Time = Time::from_ms(1_772_366_400_000);

fn asset() -> Asset {
    Asset::new(Code::new("USD").unwrap(), 6).unwrap()
}

fn usd(value: u64) -> Amount {
    Amount::new(value, asset()).unwrap()
}

fn by<T: Object>(payload: T, seed: u8) -> Verified<T> {
    let key = Ed25519Key::from_seed([seed; 32]);
    Signed::sign(payload, &key).unwrap().verify(key.public()).unwrap()
}

const ACT: u8 = 1;
const VOUCHER: u8 = 2;

fn order_id(time: Time) -> OrderId {
    OrderId::generate(time, &mut UnwrapErr(crate::vectors::Given(vec![7; 10])))
}

fn placed(cap: u64, fees: Terms) -> Hold {
    let order = HoldOrder {
        version: V1,
        id: order_id(BEGIN),
        verifier: VerifierId::new([1; 32]),
        account: AccountId::new([2; 16]),
        device: DeviceId::new([3; 16]),
        created: BEGIN,
        expires: BEGIN.plus(Span::from_s(120)),
        fee_version: FeeVersion::new(1),
        payee: Handle::new([4; 16]),
        payee_key: PayeeKeyHash::new([5; 32]),
        cap: usd(cap),
        spend_until: BEGIN.plus(Span::from_h(24)),
        claim_until: BEGIN.plus(Span::from_h(48)),
        voucher_key: *Ed25519Key::from_seed([VOUCHER; 32]).public(),
        reference: None,
        details: DetailsHash::new([6; 32]),
        bundle: None,
    };
    Hold::place(&by(order, ACT), fees).unwrap()
}

fn voucher(hold: &Hold, version: u64, total: u64) -> Verified<Voucher> {
    by(Voucher { version: V1, hold: hold.id, hold_version: HoldVersion::new(version), total: usd(total) }, VOUCHER)
}

fn change(hold: &Hold, bounds: Bounds, now: Time) -> Verified<HoldChange> {
    let change = HoldChange {
        version: V1,
        id: order_id(now),
        verifier: VerifierId::new([1; 32]),
        account: AccountId::new([2; 16]),
        device: DeviceId::new([3; 16]),
        created: now,
        expires: now.plus(Span::from_s(120)),
        hold: hold.id,
        hold_version: bounds.version,
        cap: bounds.cap,
        spend_until: bounds.spend_until,
        claim_until: bounds.claim_until,
    };
    by(change, ACT)
}

/// What somebody does; numbers are parts of what is there, above it included.
#[derive(Clone, Debug)]
enum Act {
    Change { version: u64, cap: u64, spend_h: u64, grace_h: u64 },
    Claim { version: u64, voucher: u64, total: u64 },
    Close,
    Release { right: bool },
    End,
    Wait { min: u64 },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => (0..3_u64, 1..3_000_000_u64, 1..60_u64, 24..30_u64)
            .prop_map(|(version, cap, spend_h, grace_h)| Act::Change { version, cap, spend_h, grace_h }),
        6 => (1..3_u64, 1..3_000_000_u64, 1..3_000_000_u64)
            .prop_map(|(version, voucher, total)| Act::Claim { version, voucher, total }),
        1 => Just(Act::Close),
        1 => any::<bool>().prop_map(|right| Act::Release { right }),
        2 => Just(Act::End),
        3 => (1..600_u64).prop_map(|min| Act::Wait { min }),
    ]
}

/// Accounts beside a hold.
#[derive(Debug, Default)]
struct Books {
    payer: i128,
    held: i128,
    payee: i128,
    fees: i128,
}

impl Books {
    fn set_aside(&mut self, amount: &Amount) {
        self.payer -= i128::from(amount.value());
        self.held += i128::from(amount.value());
    }

    fn claimed(&mut self, posting: &Posting) {
        self.held -= i128::from(posting.amount.value()) + i128::from(posting.fee.value());
        self.payee += i128::from(posting.amount.value());
        self.fees += i128::from(posting.fee.value());
    }

    fn back(&mut self, amount: &Amount) {
        self.held -= i128::from(amount.value());
        self.payer += i128::from(amount.value());
    }

    /// The laws.
    fn hold_with(&self, hold: &Hold) {
        assert_eq!(self.payer + self.held + self.payee + self.fees, 0, "money is conserved");
        assert_eq!(self.held, i128::from(hold.held().unwrap().value()), "what is held is what the rule says");
        assert_eq!(self.payee, i128::from(hold.claimed.value()));
        assert_eq!(self.fees, i128::from(fee_of_claimed(&hold.claimed, &hold.fees).unwrap().value()));
        assert!(hold.claimed.value() <= hold.bounds.cap.value(), "never above the cap");
        let most = reserve(&hold.bounds.cap, &hold.fees).unwrap();
        assert!(-self.payer <= i128::from(most.value()), "the payer never pays more than cap + fee(cap)");
        if hold.state == HoldState::Ended {
            assert_eq!(self.held, 0, "nothing stays behind");
        }
    }
}

/// One thing done: what the hold is afterwards, and the books with it.
fn done(hold: Hold, act: &Act, now: &mut Time, books: &mut Books) -> Hold {
    match act {
        Act::Wait { min } => {
            *now = now.plus(Span::from_min(*min));
            hold
        }
        Act::Change { version, cap, spend_h, grace_h } => {
            let spend_until = now.plus(Span::from_h(*spend_h));
            let bounds = Bounds {
                version: HoldVersion::new((hold.bounds.version.get() + version).clamp(2, 64)),
                cap: usd(*cap),
                spend_until,
                claim_until: spend_until.plus(Span::from_h(*grace_h)),
            };
            let Ok((after, more)) = hold.change(&change(&hold, bounds, *now), *now) else { return hold };
            assert!(
                hold.state == HoldState::Open && hold.bounds.may_claim(*now),
                "an open hold whose time is not over"
            );
            assert_eq!(after.bounds.version, hold.bounds.version.next());
            assert!(after.bounds.cap.value() >= hold.bounds.cap.value(), "never down");
            assert!(after.bounds.spend_until >= hold.bounds.spend_until, "never earlier");
            assert!(after.bounds.claim_until >= hold.bounds.claim_until, "never earlier");
            assert!(after.bounds.grace() >= hold.bounds.grace(), "never a shorter grace");
            books.set_aside(&more);
            after
        }
        Act::Claim { version, voucher: on, total } => {
            let voucher = voucher(&hold, *version, *on);
            let Ok(Some((after, posting))) = hold.claim(&usd(*total), &voucher, *now) else { return hold };
            assert!(hold.state != HoldState::Ended && *now < hold.bounds.claim_until, "in time");
            assert!(total <= on && *total <= hold.bounds.cap.value(), "covered, of whatever version");
            assert!(posting.amount.value() > 0, "a claim that moves nothing is no claim");
            // The same again, and whatever is not more, changes nothing at any later time.
            for (total, later) in [(*total, *now), (1, *now), (*total, now.plus(Span::from_h(1000)))] {
                assert_eq!(after.claim(&usd(total), &voucher, later), Ok(None));
            }
            books.claimed(&posting);
            after
        }
        Act::Close => {
            let Ok(after) = hold.close(*now) else { return hold };
            assert_eq!(after.state, HoldState::Closed);
            assert!(after.bounds.claim_until <= hold.bounds.claim_until, "no later than the payee was told");
            let kept = hold.bounds.spend_until <= *now || hold.state == HoldState::Closed;
            assert!(kept || after.bounds.claim_until == now.plus(hold.bounds.grace()), "the whole grace from now");
            let later = now.plus(Span::from_min(1));
            assert!(!after.bounds.may_claim(later) || after.close(later) == Ok(after.clone()), "closed once");
            after
        }
        Act::Release { right } => {
            let total = if *right { hold.claimed } else { usd(hold.claimed.value() + 1) };
            let Ok((after, back)) = hold.release(&total, *now) else { return hold };
            assert!(*right, "what another device claimed is not let go");
            books.back(&back);
            after
        }
        Act::End => {
            let Some((after, back)) = hold.end(*now).unwrap() else { return hold };
            assert!(*now >= hold.bounds.claim_until, "not before its time");
            books.back(&back);
            after
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_every_life_the_laws_hold(cap in 1..2_000_000_u64, flat in 0..50_000_u64, bps in 0..=10_000_u64, acts in vec(act(), 1..40)) {
        let fees = Terms { asset: asset(), flat, bps };
        let (mut now, mut books) = (BEGIN, Books::default());
        let mut hold = placed(cap, fees);
        books.set_aside(&hold.held().unwrap());
        books.hold_with(&hold);
        for act in &acts {
            let ended = hold.state == HoldState::Ended;
            let after = done(hold.clone(), act, &mut now, &mut books);
            prop_assert!(!ended || after == hold, "what has ended stays as it is");
            hold = after;
            books.hold_with(&hold);
        }
        // In the end it ends, whoever is away.
        let end = hold.bounds.claim_until;
        if let Some((after, back)) = hold.end(end).unwrap() {
            books.back(&back);
            hold = after;
        }
        prop_assert_eq!(hold.state, HoldState::Ended);
        books.hold_with(&hold);
        let paid = usd(u64::try_from(-books.payer).unwrap());
        prop_assert_eq!(paid.value(), hold.claimed.value() + fee_of_claimed(&hold.claimed, &fees).unwrap().value());
    }

    /// However a total is split, its fees are those of one claim, which are those of one payment.
    #[test]
    fn claims_in_parts_cost_what_one_costs(flat in 0..50_000_u64, bps in 0..=10_000_u64, mut totals in vec(1..1_000_000_u64, 1..12)) {
        let fees = Terms { asset: asset(), flat, bps };
        let begun = placed(1_000_000, fees);
        totals.sort_unstable();
        totals.dedup();
        let (mut hold, mut paid) = (begun.clone(), 0);
        for total in &totals {
            let (after, posting) = hold.claim(&usd(*total), &voucher(&hold, 1, *total), BEGIN).unwrap().unwrap();
            paid += posting.fee.value();
            hold = after;
        }
        let most = *totals.last().unwrap();
        let (_, at_once) = begun.claim(&usd(most), &voucher(&begun, 1, most), BEGIN).unwrap().unwrap();
        prop_assert_eq!(paid, at_once.fee.value());
        prop_assert_eq!(paid, fees.fee(&usd(most)).unwrap().value());
    }

    /// In whatever order vouchers come, the greatest is left; and which they are does not depend on the order.
    #[test]
    fn of_vouchers_the_greatest_is_left(totals in vec(1..1_000_u64, 1..20)) {
        let hold = placed(1_000, Terms { asset: asset(), flat: 0, bps: 0 });
        let mut newest: Option<Verified<Voucher>> = None;
        for total in &totals {
            let next = voucher(&hold, 1, *total);
            let replaces = newest.as_ref().is_none_or(|newest| next.supersedes(newest));
            prop_assert_eq!(replaces, newest.as_ref().is_none_or(|newest| next.total.value() > newest.total.value()));
            if replaces {
                newest = Some(next);
            }
        }
        prop_assert_eq!(newest.unwrap().total.value(), *totals.iter().max().unwrap());
    }
}

/// The edges: one unit, the largest amount, one unit more than there is.
#[test]
fn the_smallest_and_the_largest() {
    let largest = 1_000_000_000_000_000;
    let free = Terms { asset: asset(), flat: 0, bps: 0 };
    let hold = placed(largest, free);
    let (after, posting) = hold.claim(&usd(1), &voucher(&hold, 1, largest), BEGIN).unwrap().unwrap();
    assert_eq!((posting.amount.value(), after.held().unwrap().value()), (1, largest - 1));
    let (after, posting) = after.claim(&usd(largest), &voucher(&hold, 1, largest), BEGIN).unwrap().unwrap();
    assert_eq!((posting.amount.value(), after.held().unwrap().value()), (largest - 1, 0));
    let small = placed(5, free);
    assert_eq!(small.claim(&usd(6), &voucher(&small, 1, 6), BEGIN), Err(TabRefusalCode::AboveCap.into()));
    assert!(small.claim(&usd(5), &voucher(&small, 1, 5), BEGIN).is_ok());
    // A raise was lost: what the cap covers is paid all the same.
    assert!(small.claim(&usd(5), &voucher(&small, 2, 6), BEGIN).unwrap().is_some());
    // Cap and fee together are more than the largest amount.
    assert!(reserve(&usd(largest), &Terms { flat: 1, ..free }).is_err());
    // The last moment, and the first that is too late.
    let end = small.bounds.claim_until;
    let last = end.minus(Span::from_ms(1));
    assert!(small.claim(&usd(5), &voucher(&small, 1, 5), last).unwrap().is_some());
    assert_eq!(small.claim(&usd(5), &voucher(&small, 1, 5), end), Err(TabRefusalCode::HoldEnded.into()));
    assert_eq!(small.end(last), Ok(None));
    assert_eq!(small.end(end).unwrap().unwrap().1, usd(5));
}

/// A voucher counts for the hold that it names and by that hold's key, and a change for the hold that it names.
#[test]
fn nothing_of_one_hold_serves_another() {
    let fees = Terms { asset: asset(), flat: 0, bps: 0 };
    let (hold, other) = (placed(100, fees), placed(101, fees));
    assert_ne!(hold.id, other.id, "holds of one id and another cap");
    assert_eq!(other.claim(&usd(5), &voucher(&hold, 1, 5), BEGIN), Err(TabRefusalCode::HoldUnknown.into()));
    let mut stolen = voucher(&hold, 1, 5).signed().claims().clone();
    stolen.hold = other.id;
    let by_act_key = by(stolen, ACT);
    assert_eq!(other.claim(&usd(5), &by_act_key, BEGIN), Err(TabRefusalCode::VoucherInvalid.into()));
    let raised = Bounds { version: HoldVersion::new(2), cap: usd(200), ..hold.bounds };
    assert_eq!(other.change(&change(&hold, raised, BEGIN), BEGIN), Err(TabRefusalCode::HoldUnknown.into()));
    let won = Amount::new(5, Asset::new(Code::new("KRW").unwrap(), 4).unwrap()).unwrap();
    let in_won = by(Voucher { version: V1, hold: hold.id, hold_version: HoldVersion::new(1), total: won }, VOUCHER);
    assert_eq!(hold.claim(&won, &in_won, BEGIN), Err(TabRefusalCode::VoucherInvalid.into()));
    assert_eq!(hold.claim(&won, &voucher(&hold, 1, 5), BEGIN), Err(TabRefusalCode::VoucherInvalid.into()));
}
