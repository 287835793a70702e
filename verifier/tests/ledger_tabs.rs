//! The ledger of tabs: money conserved whatever happens, audited row by row, damaged, and restored.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::code::{ProblemCode, TabRefusalCode as Code};
use farthing_protocol::cose::Signed;
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::http::ClaimOutcome;
use farthing_protocol::id::Seq;
use farthing_protocol::tab::{ClaimReceipt, HoldId, HoldReceipt};
use farthing_protocol::time::Span;
use proptest::prelude::*;
use support::tabs::*;
use support::*;

/// What one damaged row holds up is its own hold, neither the end of others nor their claims.
#[test]
fn a_hold_that_is_damaged_holds_up_no_other() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let tabs: Vec<_> = (0..3).map(|_| world.hold(&ada, &bob.by_alias(), 1_000_000)).collect();
    let sql = "UPDATE tab_journal SET signed = zeroblob(9) WHERE seq = (SELECT min(seq) FROM holds)";
    let mut world = world.restart_with(sql);
    let claims: Vec<_> = tabs.iter().map(|tab| world.claim_of(&bob, &tab.voucher(500), 500)).collect();
    let outcomes = world.post_claims(claims);
    assert_eq!(outcomes[0], ClaimOutcome::Problem(ProblemCode::Internal.number()));
    assert_eq!(outcomes[1..].iter().map(|outcome| claimed(outcome).amount.value()).sum::<u64>(), 1_000);
    world.pass(SPEND);
    world.pass(GRACE);
    world.sweep_all();
    assert_eq!((world.balance(&ada), world.balance(&bob)), (99_000_000 - 1_000, 100_001_000));
    assert!(world.audit().is_err(), "somebody has to look");
}

#[derive(Clone, Debug)]
enum Act {
    Hold { payer: usize, payee: usize, cap: u64 },
    Change { tab: usize, more: u64 },
    Claim { tab: usize, parts: u64 },
    Close { tab: usize },
    Release { tab: usize },
    Again,
    Restart,
    Pass(u64),
    Sweep,
}

fn acts() -> impl Strategy<Value = Act> {
    let tab = 0..6_usize;
    prop_oneof![
        4 => (0..3_usize, 0..3_usize, prop_oneof![1..1_000_u64, 1..60_000_000_u64])
            .prop_map(|(payer, payee, cap)| Act::Hold { payer, payee, cap }),
        2 => (tab.clone(), 0..1_000_000_u64).prop_map(|(tab, more)| Act::Change { tab, more }),
        8 => (tab.clone(), 0..=1_000_u64).prop_map(|(tab, parts)| Act::Claim { tab, parts }),
        1 => tab.clone().prop_map(|tab| Act::Close { tab }),
        1 => tab.prop_map(|tab| Act::Release { tab }),
        1 => Just(Act::Again),
        1 => Just(Act::Restart),
        2 => (0..40_u64).prop_map(Act::Pass),
        1 => Just(Act::Sweep),
    ]
}

/// What one who only adds up knows of a hold.
struct Model {
    tab: Tab,
    payer: usize,
    payee: usize,
    greatest: u64,
}

fn fee(total: u64) -> u64 {
    if total == 0 { 0 } else { 3 + total * 25 / 10_000 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Over any sequence: a payer pays no more than its caps with their fees, a payee gets what it claimed in time, nothing is lost or
    /// made, and the audit holds.
    #[test]
    fn money_is_conserved_over_random_tabs(acts in proptest::collection::vec(acts(), 1..40)) {
        let mut world = World::new();
        world.verifier.set_fees(&[Terms { asset: usd(), flat: 3, bps: 25 }], world.now).unwrap();
        let wallets = [world.wallet("ada"), world.wallet("bob"), world.wallet("eve")];
        let mut tabs: Vec<Model> = Vec::new();
        let mut sent = Vec::new();
        for act in acts {
            match act {
                Act::Hold { payer, payee, cap } => {
                    let (order, key) = world.hold_order(&wallets[payer], &wallets[payee].by_alias(), cap);
                    let bounds = order.bounds();
                    let id = HoldId::of(&Signed::sign(order.clone(), &wallets[payer].act).unwrap());
                    if world.post_hold(&wallets[payer], order).status == 200 {
                        tabs.push(Model { tab: Tab { id, key, bounds }, payer, payee, greatest: 0 });
                    }
                }
                Act::Change { tab, more } if !tabs.is_empty() => {
                    let at = tab % tabs.len();
                    let (now, model) = (world.now.wall, &tabs[at]);
                    let bounds = next(&model.tab, model.tab.bounds.cap.value() + more, HOUR);
                    if bounds.spend_until <= now.plus(Span::from_s(120)) {
                        continue;
                    }
                    let change = world.change(&wallets[model.payer], &model.tab, bounds);
                    if world.post_change(&wallets[model.payer], change).status == 200 {
                        tabs[at].tab.bounds = bounds;
                    }
                }
                Act::Claim { tab, parts } if !tabs.is_empty() => {
                    let at = tab % tabs.len();
                    let model = &tabs[at];
                    let total = (model.tab.bounds.cap.value() * parts / 1_000).max(1);
                    let claim = world.claim_of(&wallets[model.payee], &model.tab.voucher(total), total);
                    let outcome = world.post_claims(vec![claim.clone()]).remove(0);
                    if let ClaimOutcome::Receipt(_) = &outcome {
                        tabs[at].greatest = tabs[at].greatest.max(total);
                    }
                    sent.push((claim, outcome));
                }
                Act::Close { tab } if !tabs.is_empty() => {
                    let model = &tabs[tab % tabs.len()];
                    world.close(&wallets[model.payer], model.tab.id);
                }
                Act::Release { tab } if !tabs.is_empty() => {
                    let model = &tabs[tab % tabs.len()];
                    world.release(&wallets[model.payee], model.tab.id, model.greatest);
                }
                Act::Change { .. } | Act::Claim { .. } | Act::Close { .. } | Act::Release { .. } => {}
                Act::Again => {
                    for (claim, outcome) in sent.clone() {
                        prop_assert_eq!(world.post_claims(vec![claim]), vec![outcome]);
                    }
                }
                Act::Restart => {
                    world = world.restart();
                    // A day may have passed since anything was stored.
                    world.verifier.accept_clock(world.now).unwrap();
                }
                Act::Pass(minutes) => {
                    world.pass(Span::from_min(minutes * minutes));
                    sent.clear();
                }
                Act::Sweep => world.sweep_all(),
            }
        }
        let report = world.audit();
        prop_assert!(report.is_ok(), "{:?}", report);
        // It has been opened again for the audit, and a day may have passed since anything was stored.
        world.verifier.accept_clock(world.now).unwrap();
        // In the end everybody has what was claimed, and not a unit else.
        world.pass(Span::from_h(24 * 70));
        world.sweep_all();
        let mut due = [100_000_000_u64; 3];
        for model in &tabs {
            prop_assert!(model.greatest <= model.tab.bounds.cap.value());
            due[model.payer] -= model.greatest + fee(model.greatest);
            due[model.payee] += model.greatest;
        }
        let found = [0, 1, 2].map(|n: usize| world.balance(&wallets[n]));
        prop_assert_eq!(found, due);
        let report = world.audit();
        prop_assert!(report.is_ok(), "{:?}", report);
    }
}

/// Every row about tabs can be tampered with, and is caught.
#[test]
fn the_audit_catches_a_tampered_row_of_a_tab() {
    let mut world = with_fees();
    let (ada, mut bob) = (world.wallet("ada"), world.wallet("bob"));
    let offer = world.request(&mut bob, None, HOUR);
    let mut tab = world.hold(&ada, &offer, 1_000_000);
    claimed(&world.claim(&bob, &tab, 10));
    claimed(&world.claim(&bob, &tab, 5));
    assert_eq!(refused(&world.claim(&bob, &tab, 2_000_000)), Code::AboveCap.number());
    tab.bounds = next(&tab, 1_500_000, HOUR);
    let change = world.change(&ada, &tab, tab.bounds);
    told::<HoldReceipt>(&world.post_change(&ada, change));
    told::<HoldReceipt>(&world.close(&ada, tab.id));
    let open = world.hold(&ada, &bob.by_alias(), 7_000);
    claimed(&world.claim(&bob, &open, 20));
    told::<ClaimReceipt>(&world.release(&bob, tab.id, 10));
    world.audit().unwrap();
    let sound = world.verifier.into_connection();
    let audited = |db: &rusqlite::Connection| farthing_verifier::audit::audit(db, Seq::new(0), &mut |_, _| ());
    for tampering in [
        "UPDATE holds SET cap = cap + 1 WHERE state = 1",
        "UPDATE holds SET claimed = claimed + 1 WHERE state = 1",
        "UPDATE holds SET state = 2 WHERE state = 1",
        "UPDATE holds SET state = 1 WHERE state = 3",
        "UPDATE holds SET version = version + 1",
        "UPDATE holds SET spend_until_ms = spend_until_ms + 1",
        "UPDATE holds SET claim_until_ms = claim_until_ms + 1",
        "UPDATE holds SET account = payee, payee = account",
        "UPDATE holds SET hold = zeroblob(32) WHERE state = 1",
        "UPDATE holds SET handle = 1 WHERE state = 1",
        "UPDATE holds SET receipt_seq = claim_seq",
        "UPDATE holds SET seq = seq + 1 WHERE state = 3",
        "UPDATE devices SET revoked_seq = 1 WHERE number = 1",
        "UPDATE tab_journal SET sweep_ms = sweep_ms - 1 WHERE refusal IS NOT NULL",
        "UPDATE tab_journal SET sweep_ms = sweep_ms - 1 WHERE answer IS NOT NULL",
        "UPDATE tab_journal SET answer = (SELECT seq FROM tab_journal WHERE kind = 2) WHERE answer IS NOT NULL",
        "UPDATE tab_journal SET asset = 9 WHERE kind = 1",
        "DELETE FROM holds WHERE state = 3",
        "UPDATE hold_positions SET fee = fee + 1",
        "UPDATE hold_positions SET hold = 2 WHERE hold = 1",
        "DELETE FROM hold_positions WHERE seq = (SELECT max(seq) FROM hold_positions)",
        "UPDATE tab_journal SET amount = amount + 1 WHERE kind = 2",
        "UPDATE tab_journal SET amount = amount + 1 WHERE kind = 1",
        "UPDATE tab_journal SET id = zeroblob(16) WHERE kind = 3",
        "UPDATE tab_journal SET hash = zeroblob(32) WHERE kind = 4",
        "UPDATE tab_journal SET decided_ms = decided_ms + 1 WHERE kind = 5 AND seq IS NOT NULL",
        "UPDATE tab_journal SET signed = (SELECT signed FROM tab_journal WHERE kind = 5 ORDER BY number LIMIT 1) WHERE kind = 5",
        "UPDATE tab_journal SET refusal = zeroblob(9) WHERE refusal IS NOT NULL",
        "UPDATE tab_journal SET answer = 1 WHERE answer IS NOT NULL",
        "UPDATE tab_journal SET kind = 3 WHERE kind = 4",
        "DELETE FROM tab_journal WHERE kind = 5 AND seq IS NOT NULL",
        "DELETE FROM tab_journal WHERE kind = 1",
        "UPDATE entries SET kind = 8 WHERE kind = 5",
        "UPDATE entries SET kind = 6 WHERE kind = 7",
        "DELETE FROM entries WHERE kind = 8",
        "UPDATE postings SET amount = amount + 1 WHERE account = 0",
        "UPDATE balances SET balance = balance + 1 WHERE account = 0",
        "UPDATE transactions SET kind = 5 WHERE kind = 4",
        "UPDATE transactions SET receipt = (SELECT receipt FROM transactions WHERE kind = 4 LIMIT 1) WHERE kind = 4",
        "UPDATE handles SET state = 2, seq = NULL WHERE state = 3",
        "UPDATE spent SET amount = amount - 1",
        "UPDATE accounts SET role = 2 WHERE number = 0",
    ] {
        let copy = support::copy::copied(&sound);
        copy.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        assert!(copy.execute(tampering, []).unwrap() > 0, "{tampering}");
        assert!(audited(&copy).is_err(), "{tampering}");
    }
}

/// A ledger as it is now, beside the verifier that goes on.
fn backup(world: &mut World) -> rusqlite::Connection {
    let db = std::mem::replace(&mut world.verifier, World::new().verifier).into_connection();
    let copy = support::copy::copied(&db);
    world.verifier = farthing_verifier::Verifier::open(db, keys(), world.now).unwrap();
    copy
}

fn restored(world: &mut World, backup: rusqlite::Connection) {
    let new = farthing_verifier::Keys::from_seeds([5; 32], [6; 32]);
    let (verifier, _) =
        farthing_verifier::Verifier::restore(backup, &root(), new, &Default::default(), world.now).unwrap();
    world.verifier = verifier;
}

/// The code of a refused claim, whoever signed it.
fn code_of(outcome: &ClaimOutcome) -> u16 {
    let ClaimOutcome::Refusal(refusal) = outcome else { panic!("{outcome:?}") };
    Signed::<farthing_protocol::refusal::Refusal>::parse(refusal.as_slice()).unwrap().claims().code
}

/// What was lost with an epoch can be claimed again, by the same voucher.
#[test]
fn a_claim_that_a_restore_lost_is_made_again() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let tab = world.hold(&ada, &bob.by_alias(), 1_000);
    let backup = backup(&mut world);
    let claim = world.claim_of(&bob, &tab.voucher(600), 600);
    claimed(&world.post_claims(vec![claim.clone()])[0]);
    let lost = world.hold(&ada, &bob.by_alias(), 1_000);
    world.pass(HOUR);
    restored(&mut world, backup);
    let outcomes = world.post_claims(vec![claim]);
    assert!(matches!(outcomes[0], ClaimOutcome::Receipt(_)), "{outcomes:?}");
    assert_eq!(world.balance(&bob), 100_000_600);
    let of_the_lost = world.claim_of(&bob, &lost.voucher(5), 5);
    assert_eq!(code_of(&world.post_claims(vec![of_the_lost])[0]), Code::HoldUnknown.number());
    farthing_verifier::audit::audit(&world.verifier.into_connection(), Seq::new(0), &mut |_, _| ()).unwrap();
}

/// Also when the hold's time was over before the verifier came back: its payee has a day from the opening, and not an hour more.
#[test]
fn a_restored_verifier_leaves_payees_a_day() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let (tab, late) = (world.hold(&ada, &bob.by_alias(), 1_000), world.hold(&ada, &bob.by_alias(), 2_000));
    let backup = backup(&mut world);
    let claim = world.claim_of(&bob, &tab.voucher(600), 600);
    claimed(&world.post_claims(vec![claim])[0]);
    world.pass(SPEND);
    world.pass(GRACE);
    world.pass(HOUR);
    restored(&mut world, backup);
    world.sweep_all();
    assert_eq!(world.balance(&ada), 100_000_000 - 3_000, "nothing goes back yet");
    world.pass(Span::from_h(23));
    let again = world.claim_of(&bob, &tab.voucher(600), 600);
    assert!(matches!(world.post_claims(vec![again])[0], ClaimOutcome::Receipt(_)));
    world.pass(HOUR);
    let too_late = world.claim_of(&bob, &late.voucher(600), 600);
    assert_eq!(code_of(&world.post_claims(vec![too_late])[0]), Code::HoldEnded.number());
    world.sweep_all();
    assert_eq!((world.balance(&ada), world.balance(&bob)), (100_000_000 - 600, 100_000_600));
    farthing_verifier::audit::audit(&world.verifier.into_connection(), Seq::new(0), &mut |_, _| ()).unwrap();
}
