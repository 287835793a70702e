//! Tabs: what is set aside, claimed, given back; each decided once, whatever comes again, late, or from an enemy.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::code::{ProblemCode, RefusalCode, TabRefusalCode as Code};
use farthing_protocol::cose::Signed;
use farthing_protocol::device::Scope;
use farthing_protocol::http::{ClaimOutcome, EntryKind, MEDIA_CBOR, MEDIA_COSE, MEDIA_ORDER, OrderBody};
use farthing_protocol::id::{FeeVersion, Handle, PayeeKeyHash};
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::tab::{Bounds, ClaimReceipt, HoldId, HoldReceipt, HoldVersion, Voucher};
use farthing_protocol::time::Span;
use support::tabs::*;
use support::*;

#[test]
fn a_tab_from_the_offer_to_its_end() {
    let mut world = with_fees();
    let (ada, mut bob) = (world.wallet("ada"), world.wallet("bob"));
    let offer = world.request(&mut bob, None, HOUR);
    let (order, key) = world.hold_order(&ada, &offer, 1_000_000);
    let id = order.id;
    let signed = Signed::sign(order.clone(), &ada.act).unwrap();
    let body = OrderBody { order: bytes(signed.bytes()), bundle: None, code: None }.encode();
    let first = world.post("/v1/holds", MEDIA_ORDER, body.clone());
    let receipt = told::<HoldReceipt>(&first);
    let receipt = receipt.claims();
    assert_eq!((receipt.hold, receipt.cause), (HoldId::of(&signed), signed.hash()));
    assert_eq!((receipt.bounds(), receipt.placed, receipt.reference), (order.bounds(), receipt.time, offer.reference));
    // cap + 100 + 1 %
    assert_eq!((world.balance(&ada), world.balance(&bob)), (100_000_000 - 1_010_100, 100_000_000));
    let mut world = world.restart();
    assert_eq!(world.post("/v1/holds", MEDIA_ORDER, body), first, "the same bytes, the same answer");
    let mut tab = Tab { id: receipt.hold, key, bounds: order.bounds() };

    let first = claimed(&world.claim(&bob, &tab, 200_000));
    assert_eq!((first.total, first.amount, first.ended), (amount(200_000), amount(200_000), None));
    assert_eq!(world.balance(&bob), 100_200_000);

    tab.bounds = next(&tab, 3_000_000, HOUR);
    let change = world.change(&ada, &tab, tab.bounds);
    let changed = world.post_change(&ada, change.clone());
    assert_eq!(told::<HoldReceipt>(&changed).claims().bounds(), tab.bounds);
    assert_eq!(world.post_change(&ada, change), changed);
    // All that it costs is set aside, but what was taken.
    assert_eq!(world.balance(&ada), 100_000_000 - 3_030_100);
    let second = claimed(&world.claim(&bob, &tab, 2_500_000));
    assert_eq!((second.total, second.amount), (amount(2_500_000), amount(2_300_000)));

    let closed = told::<HoldReceipt>(&world.close(&ada, tab.id));
    let closed = closed.claims();
    assert!(closed.closed.is_some());
    assert_eq!((closed.spend_until, closed.claim_until), (world.now.wall, world.now.wall.plus(GRACE)));
    assert_eq!(told::<HoldReceipt>(&world.close(&ada, tab.id)).claims(), closed, "closing again changes nothing");
    world.pass(HOUR);
    let third = claimed(&world.claim(&bob, &tab, 2_600_000));
    assert_eq!(third.amount, amount(100_000), "the payee has its grace");
    let released = world.release(&bob, tab.id, 2_600_000);
    let last = told::<ClaimReceipt>(&released);
    assert_eq!((last.claims().total, last.claims().amount), (amount(2_600_000), amount(0)));
    assert!(last.claims().ended.is_some());
    // 2,600,000 + 100 + 26,000
    assert_eq!((world.balance(&ada), world.balance(&bob)), (100_000_000 - 2_626_100, 102_600_000));

    let (payer, payee) = (world.entries(&ada).entries, world.entries(&bob).entries);
    let kinds = |entries: &[farthing_protocol::http::Entry]| entries[1..].iter().map(|e| e.kind).collect::<Vec<_>>();
    use EntryKind::{Claim, Hold, Spent, Tab as Placed};
    assert_eq!(kinds(&payer), [Hold, Spent, Hold, Spent, Hold, Spent, Spent]);
    assert_eq!(kinds(&payee), [Placed, Claim, Placed, Claim, Placed, Claim, Claim]);
    let fees: Vec<_> = payer[1..].iter().map(|e| e.fee.unwrap().value()).collect();
    assert_eq!(fees, [10_100, 2_100, 30_100, 23_000, 30_100, 1_000, 0]);
    assert_eq!(payer[1].cause.as_ref().unwrap().as_slice(), signed.bytes());
    let voucher = Signed::<Voucher>::parse(payer[2].cause.as_ref().unwrap().as_slice()).unwrap();
    assert_eq!((voucher.claims().total, Some(voucher.hash())), (amount(200_000), first.voucher));
    assert!(payer[7].cause.is_none() && payee[7].cause.is_some(), "the release names the payee's device");
    assert_eq!((payee[1].order, payee[3].order), (Some(id), None));
    assert!(payee[1].cause.is_none() && payee[1].fee.is_none(), "the payee learns nothing of the payer");
    for entry in payee[1..].iter().filter(|entry| entry.kind == Placed) {
        assert_eq!((entry.handle, entry.device), (Some(offer.handle), Some(bob.device())));
    }
    assert_eq!(world.audit().unwrap().sums["USD"], 0);
}

/// Whether or not anybody has swept: at `claim_until` nothing can be claimed, and the rest is the payer's.
#[test]
fn a_hold_ends_by_time_and_the_rest_comes_back() {
    let mut world = with_fees();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let tab = world.hold(&ada, &bob.by_alias(), 1_000_000);
    let untouched = world.hold(&ada, &bob.by_alias(), 500_000);
    world.pass(SPEND);
    world.pass(Span::from_ms(GRACE.as_ms() - 1));
    let claim = world.claim_of(&bob, &tab.voucher(400_000), 400_000);
    let in_time = world.post_claims(vec![claim.clone()]);
    assert_eq!(claimed(&in_time[0]).amount, amount(400_000));
    world.pass(Span::from_ms(1));
    assert_eq!(refused(&world.claim(&bob, &tab, 500_000)), Code::HoldEnded.number());
    assert_eq!(world.post_claims(vec![claim.clone()]), in_time, "decided is decided");
    assert_eq!(refusal(&world.close(&ada, tab.id)).code, Code::HoldEnded.number());
    assert_eq!(refusal(&world.release(&bob, tab.id, 400_000)).code, Code::HoldEnded.number());
    let change = world.change(&ada, &tab, next(&tab, 2_000_000, Span::from_h(48)));
    assert_eq!(refusal(&world.post_change(&ada, change)).code, Code::HoldEnded.number());
    world.audit().unwrap();
    world.sweep_all();
    // Of the one 400,000 + 100 + 4,000 are gone; of the other nothing.
    assert_eq!((world.balance(&ada), world.balance(&bob)), (100_000_000 - 404_100, 100_400_000));
    let last = world.entries(&bob).entries.pop().unwrap();
    let last = Signed::<ClaimReceipt>::parse(last.receipt.as_slice()).unwrap();
    assert!(last.claims().ended.is_some() && last.claims().cause.is_none());
    // What is no more than was claimed is answered as before, at any time: now by the last receipt.
    let again = claimed(&world.claim(&bob, &tab, 400_000));
    assert!(again.ended.is_some() && again.total == amount(400_000));
    assert_eq!(refused(&world.claim(&bob, &untouched, 1)), Code::HoldEnded.number());
    assert_eq!(world.audit().unwrap().sums["USD"], 0);
}

/// The end of a hold is news for both, and sealed like every other position.
#[test]
fn many_holds_end_in_slices_that_can_be_interrupted() {
    let mut world = World::new();
    let bobs: Vec<_> = (0..10).map(|n| world.wallet(&format!("bob{n}"))).collect();
    let ada = world.wallet("ada");
    for _ in 0..8 {
        for bob in &bobs {
            world.hold(&ada, &bob.by_alias(), 1_000_000);
        }
    }
    assert_eq!(world.balance(&ada), 20_000_000);
    world.pass(SPEND);
    world.pass(GRACE);
    assert!(world.verifier.sweep(world.now).unwrap(), "a slice is 64");
    assert_eq!(world.balance(&ada), 84_000_000);
    world.audit().unwrap();
    let mut world = world.restart();
    world.sweep_all();
    assert_eq!(world.balance(&ada), 100_000_000);
    assert_eq!(world.audit().unwrap().sums["USD"], 0);
}

#[test]
fn a_hold_is_refused_as_a_payment_is() {
    let mut world = with_fees();
    let (ada, mut bob) = (world.wallet("ada"), world.wallet("bob"));
    let mut refused = |code: u16, change: &mut dyn FnMut(&mut World, &mut farthing_protocol::tab::HoldOrder)| {
        let (mut order, _) = world.hold_order(&ada, &bob.by_alias(), 1_000_000);
        change(&mut world, &mut order);
        let reply = world.post_hold(&ada, order.clone());
        assert_eq!(refusal(&reply).code, code);
        world.pass(MIN);
        assert_eq!(world.post_hold(&ada, order), reply, "for ever");
    };
    refused(RefusalCode::HandleUnknown.number(), &mut |_, o| o.payee = Handle::new([8; 16]));
    refused(RefusalCode::PayeeKeyMismatch.number(), &mut |_, o| o.payee_key = PayeeKeyHash::new([8; 32]));
    refused(RefusalCode::FeeChanged.number(), &mut |_, o| o.fee_version = FeeVersion::new(1));
    refused(RefusalCode::InsufficientFunds.number(), &mut |_, o| o.cap = amount(100_000_000));
    // cap + fee(cap) is one more than there is.
    refused(RefusalCode::InsufficientFunds.number(), &mut |_, o| o.cap = amount(99_009_803));
    // A request with an amount wants that, not a hold.
    let asked = world.request(&mut bob, Some(amount(1_000_000)), HOUR);
    let (order, _) = world.hold_order(&ada, &asked, 1_000_000);
    assert_eq!(refusal(&world.post_hold(&ada, order)).code, RefusalCode::AmountMismatch.number());
    let offer = world.request(&mut bob, None, HOUR);
    let (mut order, _) = world.hold_order(&ada, &offer, 1_000_000);
    order.reference = None;
    assert_eq!(refusal(&world.post_hold(&ada, order)).code, RefusalCode::RequestMismatch.number());
    world.hold(&ada, &offer, 1_000_000);
    let (order, _) = world.hold_order(&ada, &offer, 1_000_000);
    assert_eq!(refusal(&world.post_hold(&ada, order)).code, RefusalCode::RequestUsed.number());
    let (order, _) = world.hold_order(&bob, &bob.by_alias(), 1_000_000);
    assert_eq!(refusal(&world.post_hold(&bob, order)).code, RefusalCode::OwnHandle.number());
    // As much as there is can be set aside, to the last unit.
    let rest = world.balance(&ada);
    let cap = (rest - 100) * 100 / 101;
    let (mut order, _) = world.hold_order(&ada, &bob.by_alias(), cap);
    order.cap = amount(cap);
    told::<HoldReceipt>(&world.post_hold(&ada, order));
    assert!(world.balance(&ada) < 2);
    let (order, _) = world.hold_order(&ada, &bob.by_alias(), 1);
    let late = Signed::sign(order, &ada.act).unwrap();
    world.pass(Span::from_s(120));
    let late = world.post(
        "/v1/holds",
        MEDIA_ORDER,
        OrderBody { order: bytes(late.bytes()), bundle: None, code: None }.encode(),
    );
    assert_eq!(refusal(&late).code, RefusalCode::ExpiredNeverApplied.number());
    world.audit().unwrap();
}

#[test]
fn holds_of_a_payer_and_of_a_pair_are_limited() {
    let mut world = World::new();
    let (ada, bob, eve) = (world.wallet("ada"), world.wallet("bob"), world.wallet("eve"));
    let tabs: Vec<_> = (0..8).map(|_| world.hold(&ada, &bob.by_alias(), 1)).collect();
    let (order, _) = world.hold_order(&ada, &bob.by_alias(), 1);
    assert_eq!(refusal(&world.post_hold(&ada, order)).code, Code::TooManyHolds.number());
    world.hold(&ada, &eve.by_alias(), 1);
    world.hold(&eve, &bob.by_alias(), 1);
    told::<ClaimReceipt>(&world.release(&bob, tabs[0].id, 0));
    world.hold(&ada, &bob.by_alias(), 1);
    // Their time being over is enough.
    world.pass(SPEND);
    world.pass(GRACE);
    world.hold(&ada, &bob.by_alias(), 1);
    world.audit().unwrap();
}

/// Whoever places holds on one handle learns nothing of another handle of the same account.
#[test]
fn how_many_holds_are_open_tells_nobody_whose_handles_they_are() {
    let mut world = World::new();
    let (ada, mut bob) = (world.wallet("ada"), world.wallet("bob"));
    (0..8).for_each(|_| drop(world.hold(&ada, &bob.by_alias(), 1)));
    let other = world.request(&mut bob, None, HOUR);
    let (order, _) = world.hold_order(&ada, &other, 200_000_000);
    assert_eq!(refusal(&world.post_hold(&ada, order)).code, RefusalCode::InsufficientFunds.number());
    world.hold(&ada, &other, 1);
    world.audit().unwrap();
}

#[test]
fn a_change_only_raises_and_only_the_payer_makes_it() {
    let mut world = World::new();
    let (ada, bob, eve) = (world.wallet("ada"), world.wallet("bob"), world.wallet("eve"));
    let tab = world.hold(&ada, &bob.by_alias(), 1_000_000);
    let mut code = |payer: &Wallet, bounds: Bounds| {
        let change = world.change(payer, &tab, bounds);
        refusal(&world.post_change(payer, change)).code
    };
    let right = next(&tab, 2_000_000, HOUR);
    assert_eq!(code(&eve, right), Code::HoldUnknown.number());
    assert_eq!(code(&bob, right), Code::HoldUnknown.number());
    assert_eq!(code(&ada, Bounds { version: HoldVersion::new(3), ..right }), Code::HoldVersion.number());
    assert_eq!(code(&ada, Bounds { cap: amount(999_999), ..right }), Code::HoldLowered.number());
    let shorter = Bounds {
        spend_until: tab.bounds.spend_until.plus(MIN),
        claim_until: tab.bounds.claim_until.plus(HOUR),
        ..right
    };
    let longer_spend = Bounds { spend_until: shorter.claim_until.minus(GRACE), ..shorter };
    assert_eq!(
        code(&ada, Bounds { cap: amount(200_000_000), ..longer_spend }),
        RefusalCode::InsufficientFunds.number()
    );
    told::<HoldReceipt>(&world.close(&ada, tab.id));
    let change = world.change(&ada, &tab, right);
    assert_eq!(refusal(&world.post_change(&ada, change)).code, Code::HoldClosed.number());
    assert_eq!(refusal(&world.close(&eve, tab.id)).code, Code::HoldUnknown.number());
    assert_eq!(refusal(&world.close(&bob, tab.id)).code, Code::HoldUnknown.number());
    assert_eq!(refusal(&world.release(&ada, tab.id, 0)).code, Code::HoldUnknown.number());
    world.audit().unwrap();
}

/// A device's limits bound the cap in every version, and what is set aside in a day.
#[test]
fn a_hold_stays_within_its_devices_scope() {
    let mut world = World::new();
    let bob = world.wallet("bob");
    let payees = Some(vec![bob.alias.handle()]);
    let limits = |value| Some(vec![amount(value)]);
    let scope = Scope { per_order: limits(1_000_000), per_day: limits(2_500_000), payees, ..Scope::full() };
    let (ada, eve) = (world.scoped("ada", scope), world.wallet("eve"));
    let mut code = |bound: &Bound, cap: u64| {
        let (order, _) = world.hold_order(&ada, bound, cap);
        refusal(&world.post_hold(&ada, order)).code
    };
    assert_eq!(code(&eve.by_alias(), 1), RefusalCode::ScopeForbids.number());
    assert_eq!(code(&bob.by_alias(), 1_000_001), RefusalCode::OrderLimit.number());
    let mut tab = world.hold(&ada, &bob.by_alias(), 900_000);
    world.hold(&ada, &bob.by_alias(), 1_000_000);
    let change = world.change(&ada, &tab, next(&tab, 1_000_001, HOUR));
    assert_eq!(refusal(&world.post_change(&ada, change)).code, RefusalCode::OrderLimit.number());
    tab.bounds = next(&tab, 1_000_000, HOUR);
    let change = world.change(&ada, &tab, tab.bounds);
    told::<HoldReceipt>(&world.post_change(&ada, change));
    // 2,000,000 are counted: what goes back is not taken off again.
    told::<ClaimReceipt>(&world.release(&bob, tab.id, 0));
    let (order, _) = world.hold_order(&ada, &bob.by_alias(), 500_001);
    assert_eq!(refusal(&world.post_hold(&ada, order)).code, RefusalCode::DayLimit.number());
    world.hold(&ada, &bob.by_alias(), 500_000);
    let order = world.order(&ada, &bob.by_alias(), 1);
    assert_eq!(refusal(&world.pay(&ada, order)).code, RefusalCode::DayLimit.number(), "payments and holds add up");
    world.audit().unwrap();
}

#[test]
fn a_claim_rests_on_its_holds_voucher_and_is_its_payees() {
    let mut world = with_fees();
    let (ada, bob, eve) = (world.wallet("ada"), world.wallet("bob"), world.wallet("eve"));
    let (tab, other) = (world.hold(&ada, &bob.by_alias(), 1_000_000), world.hold(&ada, &bob.by_alias(), 5_000_000));
    let mut code = |payee: &Wallet, voucher: farthing_protocol::cose::SignedBytes, total: u64| {
        let claim = world.claim_of(payee, &voucher, total);
        let outcome = world.post_claims(vec![claim.clone()]);
        assert_eq!(world.post_claims(vec![claim]), outcome, "for ever");
        refused(&outcome[0])
    };
    assert_eq!(code(&eve, tab.voucher(5), 5), Code::HoldUnknown.number(), "a voucher that was found");
    assert_eq!(code(&ada, tab.voucher(5), 5), Code::HoldUnknown.number());
    let forged = Tab { id: tab.id, key: Ed25519Key::from_seed([77; 32]), bounds: tab.bounds };
    assert_eq!(code(&bob, forged.voucher(5), 5), Code::VoucherInvalid.number());
    assert_eq!(code(&eve, forged.voucher(5), 5), Code::HoldUnknown.number(), "nobody else's business");
    assert_eq!(code(&bob, tab.voucher_of(tab.bounds.version, 5, &other.key), 5), Code::VoucherInvalid.number());
    let nowhere = Tab { id: HoldId::new([9; 32]), key: Ed25519Key::from_seed([77; 32]), bounds: tab.bounds };
    assert_eq!(code(&bob, nowhere.voucher(5), 5), Code::HoldUnknown.number());
    assert_eq!(code(&bob, tab.voucher(1_000_001), 1_000_001), Code::AboveCap.number());
    assert_eq!(code(&bob, tab.voucher(5), 6), Code::AboveVoucher.number());
    // Of a version that only a lost epoch knew: covered all the same, as far as the cap goes.
    let later = world.claim_of(&bob, &tab.voucher_of(HoldVersion::new(2), 1_500_000, &tab.key), 100_000);
    assert_eq!(claimed(&world.post_claims(vec![later])[0]).amount, amount(100_000));
    // The payee may charge less; an older voucher, or the same once more, moves nothing.
    let part = world.claim_of(&bob, &tab.voucher(500_000), 300_000);
    assert_eq!(claimed(&world.post_claims(vec![part])[0]).amount, amount(200_000));
    let older = claimed(&world.claim(&bob, &tab, 200_000));
    assert_eq!((older.total, older.amount), (amount(300_000), amount(200_000)), "the last receipt");
    assert_eq!(world.balance(&bob), 100_300_000);
    assert_eq!(
        refusal(&world.release(&bob, tab.id, 0)).code,
        Code::OtherTotal.number(),
        "another phone claimed meanwhile"
    );
    world.audit().unwrap();
}

#[test]
fn claims_of_one_call_are_decided_each_by_itself() {
    let mut world = World::new();
    let (ada, bob, eve) = (world.wallet("ada"), world.wallet("bob"), world.wallet("eve"));
    let tabs: Vec<_> = (0..3).map(|_| world.hold(&ada, &bob.by_alias(), 1_000)).collect();
    let hers = world.hold(&ada, &eve.by_alias(), 1_000);
    let first = world.claim_of(&bob, &tabs[0].voucher(10), 10);
    let greater = world.claim_of(&bob, &tabs[0].voucher(30), 30);
    let of_two_accounts = world.claim_of(&eve, &hers.voucher(7), 7);
    let too_much = world.claim_of(&bob, &tabs[1].voucher(2_000), 2_000);
    let last = world.claim_of(&bob, &tabs[2].voucher(1_000), 1_000);
    let garbage = bytes(&[1, 2, 3]);
    let outcomes = world.post_claims(vec![
        first.clone(),
        first.clone(),
        garbage,
        greater,
        of_two_accounts,
        too_much.clone(),
        last.clone(),
    ]);
    assert_eq!(outcomes[0], outcomes[1]);
    let amounts: Vec<_> = [0, 3, 4, 6].map(|n: usize| claimed(&outcomes[n]).amount.value()).to_vec();
    assert_eq!(amounts, [10, 20, 7, 1_000]);
    assert_eq!(outcomes[2], ClaimOutcome::Problem(ProblemCode::Malformed.number()));
    assert_eq!(refused(&outcomes[5]), Code::AboveCap.number());
    assert_eq!((world.balance(&bob), world.balance(&eve)), (100_001_030, 100_000_007));
    // In other company, the same answers.
    let again = world.post_claims(vec![last, too_much, first]);
    assert_eq!(again, [outcomes[6].clone(), outcomes[5].clone(), outcomes[0].clone()]);
    let many: Vec<_> = (0..64).map(|n| world.claim_of(&bob, &tabs[1].voucher(n + 1), n + 1)).collect();
    assert!(world.post_claims(many).iter().all(|outcome| matches!(outcome, ClaimOutcome::Receipt(_))));
    assert_eq!(world.post("/v1/holds/claims", MEDIA_CBOR, vec![0x81, 0x80]).status, 400);
    world.audit().unwrap();
}

#[test]
fn devices_that_may_not_do_not() {
    let mut world = World::new();
    let bob = world.wallet("bob");
    let only = |permissions| Scope { permissions, ..Scope::full() };
    let (payer, till) = (world.scoped("payer", only(Scope::PAY)), world.scoped("till", only(Scope::RECEIVE)));
    let tab = world.hold(&payer, &till.by_alias(), 1_000);
    let problem_of = |reply| problem(&reply);
    assert_eq!(problem_of(world.release(&payer, tab.id, 0)), ProblemCode::Forbidden);
    assert_eq!(problem_of(world.close(&till, tab.id)), ProblemCode::Forbidden);
    let claim = world.claim_of(&payer, &tab.voucher(1), 1);
    assert_eq!(world.post_claims(vec![claim]), [ClaimOutcome::Problem(ProblemCode::Forbidden.number())]);
    let (order, _) = world.hold_order(&till, &bob.by_alias(), 1);
    assert_eq!(refusal(&world.post_hold(&till, order)).code, RefusalCode::ScopeForbids.number());
    assert_eq!(claimed(&world.claim(&till, &tab, 5)).amount, amount(5));
    // Old acts are not taken, but for a close, which is the same however late it comes.
    let (late, closing) = (
        world.claim_of(&till, &tab.voucher(9), 9),
        payer.act(farthing_protocol::tab::HoldClose::new(world.header(&payer), tab.id)),
    );
    world.pass(Span::from_h(25));
    assert_eq!(world.post_claims(vec![late]), [ClaimOutcome::Problem(ProblemCode::Malformed.number())]);
    told::<HoldReceipt>(&world.post("/v1/holds/closes", MEDIA_COSE, closing.into_vec()));
    world.audit().unwrap();
}
