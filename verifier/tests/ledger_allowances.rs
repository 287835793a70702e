//! The ledger of allowances: money conserved whatever happens, audited row by row, damaged, and restored.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::code::OfflineRefusalCode as Code;
use farthing_protocol::cose::Signed;
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::http::{Entry, EntryKind, Reply};
use farthing_protocol::id::{Digest, OrderId, Seq};
use farthing_protocol::issue::Issue;
use farthing_protocol::offline::{Allowance, OfflineReceipt, OfflineRequest, OfflineVoucher, Settlement};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::time::Span;
use proptest::prelude::*;
use std::collections::BTreeMap;
use support::allowances::*;
use support::tabs::{HOUR, told, with_fees};
use support::*;

#[derive(Clone, Debug)]
enum Act {
    Allow { payer: usize, cap: u64 },
    Sale { phone: usize, payee: usize, value: u64 },
    Cheat { phone: usize, payee: usize, number: u64, value: u64 },
    Claim { sale: usize },
    Late { sale: usize },
    Pay { from: usize, to: usize, value: u64 },
    Revoke { phone: usize },
    Again,
    Restart,
    Pass(u64),
    Sweep,
}

fn acts() -> impl Strategy<Value = Act> {
    let (phone, who, sale) = (0..4_usize, 0..3_usize, 0..16_usize);
    let value = prop_oneof![1..50_u64, 1..2_000_000_u64];
    prop_oneof![
        3 => (who.clone(), prop_oneof![1..1_000_u64, 1..40_000_000_u64]).prop_map(|(payer, cap)| Act::Allow { payer, cap }),
        8 => (phone.clone(), who.clone(), value.clone()).prop_map(|(phone, payee, value)| Act::Sale { phone, payee, value }),
        3 => (phone.clone(), who.clone(), 1..4_u64, value.clone())
            .prop_map(|(phone, payee, number, value)| Act::Cheat { phone, payee, number, value }),
        10 => sale.clone().prop_map(|sale| Act::Claim { sale }),
        1 => sale.prop_map(|sale| Act::Late { sale }),
        1 => (who.clone(), who, 1..90_000_000_u64).prop_map(|(from, to, value)| Act::Pay { from, to, value }),
        1 => phone.prop_map(|phone| Act::Revoke { phone }),
        1 => Just(Act::Again),
        1 => Just(Act::Restart),
        2 => (0..40_u64).prop_map(Act::Pass),
        1 => Just(Act::Sweep),
    ]
}

struct Sale {
    phone: usize,
    payee: usize,
    request: Signed<OfflineRequest>,
    voucher: Signed<OfflineVoucher>,
    taken: bool,
}

/// What one who only reads its entries knows that it has, as a wallet adds it up.
fn by_entries(world: &mut World, wallet: &Wallet, request_of: &BTreeMap<Digest, Digest>) -> i128 {
    let (mut sum, mut guaranteed, mut page) = (0_i128, BTreeMap::<Digest, i128>::new(), Vec::<Entry>::new());
    loop {
        let after = page.last().map_or((0, 0), |entry| (entry.epoch.get(), entry.seq.get()));
        let reply = world.read(wallet, "/v1/entries", &format!("epoch={}&seq={}", after.0, after.1));
        let next = farthing_protocol::http::EntriesPage::decode(&reply.body).unwrap();
        page.extend(next.entries);
        if !next.more {
            break;
        }
    }
    let mut set_aside: BTreeMap<_, i128> = BTreeMap::new();
    for entry in &page {
        let (bytes, fee) = (entry.receipt.as_slice(), entry.fee.map_or(0, |fee| i128::from(fee.value())));
        let mut lines = Vec::new();
        match entry.kind {
            EntryKind::Issue => {
                let cause = entry.cause.as_ref().unwrap();
                sum += i128::from(Signed::<Issue>::parse(cause.as_slice()).unwrap().claims().amount.value());
            }
            EntryKind::Credit => sum += i128::from(Signed::<Receipt>::parse(bytes).unwrap().claims().amount.value()),
            EntryKind::Debit => {
                sum -= i128::from(Signed::<Receipt>::parse(bytes).unwrap().claims().amount.value()) + fee;
            }
            EntryKind::Allowance => {
                let allowance = Signed::<Allowance>::parse(bytes).unwrap().claims().clone();
                let reserve = i128::from(allowance.cap.value()) + fee;
                sum -= reserve;
                set_aside.insert(allowance.allowance, reserve);
            }
            EntryKind::OfflineClaim => {
                let receipt = Signed::<OfflineReceipt>::parse(bytes).unwrap().claims().clone();
                let units = i128::from(receipt.guaranteed.get());
                sum += units;
                *guaranteed.entry(request_of[&receipt.voucher]).or_default() += units;
            }
            EntryKind::Settled => {
                let settled = Signed::<Settlement>::parse(bytes).unwrap().claims().clone();
                let cost = i128::from(settled.totals.reserve) + fee;
                let reserve = set_aside[&settled.allowance];
                // Never more than what was set aside, and the cap once more.
                assert!(cost <= reserve && settled.totals.balance <= settled.cap.value());
                sum += reserve - cost - i128::from(settled.totals.balance);
                // Its own lines, where it paid itself.
                let reply = world.read(wallet, "/v1/allowances/settlements", &format!("seq={}", entry.seq.get()));
                if reply.status == 200 {
                    lines = world.settlements(wallet, entry.seq);
                }
            }
            EntryKind::Share => lines = world.settlements(wallet, entry.seq),
            _ => {}
        }
        for line in lines.iter().map(|settlement| settlement.line.unwrap()) {
            let paid = line.reserve.get() + line.balance.get() + line.fund.get();
            sum += i128::from(paid) - guaranteed.get(&request_of[&line.voucher]).copied().unwrap_or_default();
        }
    }
    sum
}

/// Some money in the fund, which knows bob and promises a little.
fn guarantee(world: &mut World) {
    let id = OrderId::generate(world.now.wall, &mut world.rng);
    world.verifier.fund_guarantees(id, amount(500_000), world.now).unwrap();
    world.verifier.set_guarantees(&[amount(100_000)], &["bob".to_owned()], &[]).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Over any sequence: everybody has what its entries say, a payer loses its cap twice at most, who was paid by an honest phone and
    /// claimed in time has all, nothing is lost or made, and the audit holds.
    #[test]
    fn money_is_conserved_over_random_allowances(acts in proptest::collection::vec(acts(), 1..50)) {
        let mut world = World::new();
        world.verifier.set_fees(&[Terms { asset: usd(), flat: 3, bps: 25 }], world.now).unwrap();
        let wallets = [world.wallet("ada"), world.wallet("bob"), world.wallet("eve")];
        guarantee(&mut world);
        let mut phones: Vec<(Phone, u64, bool)> = Vec::new();
        let mut sales: Vec<Sale> = Vec::new();
        let mut sent: Vec<(farthing_protocol::cose::SignedBytes, Reply)> = Vec::new();
        for act in acts {
            match act {
                Act::Allow { payer, cap } => {
                    let (order, key) = world.allowance_order(&wallets[payer], cap);
                    let reply = world.post_allowance(&wallets[payer], order);
                    if reply.status == 200 {
                        let id = told::<Allowance>(&reply).claims().allowance;
                        let phone = Phone { id, key, signed: reply.body, seq: 0, total: 0, to: BTreeMap::new() };
                        phones.push((phone, cap, true));
                    }
                }
                Act::Sale { phone, payee, value } => {
                    let Some((one, ..)) = phones.get_mut(phone).filter(|(p, cap, _)| p.total + value <= *cap) else { continue };
                    let request = world.ask(&wallets[payee], value);
                    let voucher = one.pay(&request);
                    sales.push(Sale { phone, payee, request, voucher, taken: false });
                }
                Act::Cheat { phone, payee, number, value } => {
                    let Some((one, cap, honest)) = phones.get_mut(phone).filter(|(_, cap, _)| value <= *cap) else { continue };
                    let request = world.ask(&wallets[payee], value);
                    let total = if number == 1 { value } else { *cap };
                    let voucher = one.voucher(&request, number, total, value);
                    *honest = false;
                    sales.push(Sale { phone, payee, request, voucher, taken: false });
                }
                Act::Claim { sale } => {
                    let Some(sale) = sales.get_mut(sale) else { continue };
                    let claim = world.offline_claim(&wallets[sale.payee], &sale.voucher, &sale.request);
                    let reply = world.post_offline_claim(&claim);
                    sale.taken |= reply.status == 200;
                    let refused = [Code::AllowanceEnded, Code::AboveAllowance].map(Code::number);
                    prop_assert!(reply.status == 200 || refused.contains(&refusal(&reply).code));
                    prop_assert!(reply.status == 200 || !phones[sale.phone].2 || refusal(&reply).code == refused[0]);
                    sent.push((claim, reply));
                }
                Act::Late { sale } => {
                    let Some(sale) = sales.get(sale) else { continue };
                    let thief = (sale.payee + 1) % 3;
                    let reply = world.claim_offline(&wallets[thief], &sale.voucher, &sale.request);
                    prop_assert_eq!(reply.status, 409, "another's");
                }
                Act::Pay { from, to, value } => {
                    let order = world.order(&wallets[from], &wallets[to].by_alias(), value);
                    world.pay(&wallets[from], order);
                }
                Act::Revoke { phone } => {
                    let Some((one, ..)) = phones.get(phone) else { continue };
                    let revoked = wallets.iter().filter(|wallet| world.revoke(wallet, one.id).status == 204).count();
                    let allowance = Signed::<Allowance>::parse(&one.signed).unwrap().claims().clone();
                    prop_assert_eq!(revoked == 1, allowance.may_claim(world.now.wall), "by its payer alone");
                    let listed = revoked == 1 && world.now.wall < allowance.spend_until;
                    prop_assert_eq!(world.revoked().names(&one.id), listed);
                }
                Act::Again => {
                    for (claim, reply) in &sent {
                        prop_assert_eq!(&world.post_offline_claim(claim), reply);
                    }
                }
                Act::Restart => {
                    world = world.restart();
                    // It was down for long.
                    world.verifier.accept_clock(world.now).unwrap();
                }
                Act::Pass(hours) => world.pass(Span::from_h(hours)),
                Act::Sweep => world.sweep_all(),
            }
        }
        world.settle_all();
        let request_of: BTreeMap<Digest, Digest> =
            sales.iter().map(|sale| (sale.voucher.hash(), sale.request.hash())).collect();
        for wallet in &wallets {
            let (has, told) = (world.balance(wallet), by_entries(&mut world, wallet, &request_of));
            prop_assert_eq!(i128::from(has), told);
        }
        // Who was paid by an honest phone has all.
        for sale in sales.iter().filter(|sale| sale.taken && phones[sale.phone].2) {
            let entries = world.entries(&wallets[sale.payee]).entries;
            let ends = entries.iter().filter(|e| matches!(e.kind, EntryKind::Share | EntryKind::Settled));
            let ends: Vec<Seq> = ends.map(|entry| entry.seq).collect();
            let mut paid = None;
            for seq in ends {
                let reply = world.read(&wallets[sale.payee], "/v1/allowances/settlements", &format!("seq={}", seq.get()));
                let own = if reply.status == 200 { world.settlements(&wallets[sale.payee], seq) } else { Vec::new() };
                let line = own.iter().filter_map(|s| s.line).find(|line| line.voucher == sale.voucher.hash());
                paid = paid.or(line.map(|line| line.reserve));
            }
            prop_assert_eq!(paid, Some(sale.request.claims().amount.units()));
        }
        let report = world.audit().unwrap();
        prop_assert_eq!(report.sums["USD"], 0);
        prop_assert_eq!(report.allowances, phones.len() as u64);
        prop_assert!(report.fund["USD"] >= 0);
    }

    /// Whatever order claims come in, everybody gets the same.
    #[test]
    fn the_order_of_claims_changes_nothing(
        asked in proptest::collection::vec((0..2_usize, 1..4_u64, 1..250_000_u64), 1..9),
        order in any::<u64>(),
    ) {
        let mut world = World::new();
        let (mal, wallets) = (world.wallet("mal"), [world.wallet("bob"), world.wallet("eve")]);
        let phone = world.allow(&mal, 1_000_000);
        let left = world.order(&mal, &wallets[0].by_alias(), 98_600_000);
        prop_assert_eq!(world.pay(&mal, left).status, 200);
        let mut claims = Vec::new();
        for (payee, number, value) in &asked {
            if claims.iter().filter(|(_, of)| of == payee).count() == 4 {
                continue;
            }
            let request = world.ask(&wallets[*payee], *value);
            let total = if *number == 1 { *value } else { 1_000_000 };
            let voucher = phone.voucher(&request, *number, total, *value);
            claims.push((world.offline_claim(&wallets[*payee], &voucher, &request), *payee));
        }
        let mut shuffled = claims.clone();
        let key = |claim: &(farthing_protocol::cose::SignedBytes, usize)| {
            Digest::of_parts(&[&order.to_be_bytes(), claim.0.as_slice()])
        };
        shuffled.sort_by_key(key);
        let copy = backup(&mut world);
        let mut outcomes = Vec::new();
        for (db, claims) in [(None, claims), (Some(copy), shuffled)] {
            if let Some(db) = db {
                world.verifier = farthing_verifier::Verifier::open(db, keys(), world.now).unwrap();
            }
            for (claim, _) in &claims {
                told::<OfflineReceipt>(&world.post_offline_claim(claim));
            }
            let start = world.now;
            world.settle_all();
            let entry = world.entries(&mal).entries.pop().unwrap();
            let leaf = Signed::<Settlement>::parse(entry.receipt.as_slice()).unwrap().claims().clone();
            let balances = [&mal, &wallets[0], &wallets[1]].map(|wallet| world.balance(wallet));
            prop_assert!(world.audit().is_ok());
            outcomes.push((leaf.totals, leaf.lines, leaf.conflict.is_some(), balances));
            world.now = start;
        }
        prop_assert_eq!(&outcomes[0], &outcomes[1]);
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

/// The code of a refusal, whoever signed it.
fn code_of(reply: &Reply) -> u16 {
    Signed::<farthing_protocol::refusal::Refusal>::parse(&reply.body).unwrap().claims().code
}

/// Claims that a restore lost are made again; what was set aside in the lost part is unknown; and payees have a day.
#[test]
fn a_restore_leaves_payees_a_day_and_forgets_what_it_lost() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let mut phone = world.allow(&ada, 1_000);
    let asked = [world.ask(&bob, 600), world.ask(&bob, 100)];
    let vouchers: Vec<_> = asked.iter().map(|request| phone.pay(request)).collect();
    let backup = backup(&mut world);
    told::<OfflineReceipt>(&world.claim_offline(&bob, &vouchers[0], &asked[0]));
    let lost = world.allow(&ada, 1_000);
    world.pass(SPENT);
    world.pass(CLAIMED);
    world.pass(HOUR);
    restored(&mut world, backup);
    world.sweep_all();
    assert_eq!(world.balance(&ada), 100_000_000 - 1_000, "nothing goes back yet");
    world.pass(Span::from_h(23));
    let again = world.claim_offline(&bob, &vouchers[0], &asked[0]);
    assert_eq!(again.status, 200);
    let of_the_lost = lost.first(&asked[1]);
    let unknown = world.claim_offline(&bob, &of_the_lost, &asked[1]);
    assert_eq!(code_of(&unknown), Code::AllowanceUnknown.number());
    world.pass(HOUR);
    let late = world.claim_offline(&bob, &vouchers[1], &asked[1]);
    assert_eq!(code_of(&late), Code::AllowanceEnded.number());
    world.sweep_all();
    assert_eq!((world.balance(&ada), world.balance(&bob)), (100_000_000 - 600, 100_000_600));
    farthing_verifier::audit::audit(&world.verifier.into_connection(), Seq::new(0), &mut |_, _| ()).unwrap();
}

/// After a downtime many are due at once: in slices, which a stop in between does not disturb.
#[test]
fn many_allowances_are_settled_in_slices_that_can_be_interrupted() {
    let mut world = World::new();
    let bob = world.wallet("bob");
    let payers: Vec<_> = (0..20).map(|n| world.wallet(&format!("ada{n}"))).collect();
    for payer in &payers {
        for _ in 0..8 {
            let mut phone = world.allow(payer, 1_000);
            let request = world.ask(&bob, 10);
            let voucher = phone.pay(&request);
            told::<OfflineReceipt>(&world.claim_offline(&bob, &voucher, &request));
        }
    }
    world.pass(SPENT);
    world.pass(CLAIMED);
    assert!(world.verifier.sweep(world.now).unwrap(), "more than a slice is due");
    let some = world.balance(&bob);
    assert!(some > 100_000_000 && some < 100_001_600, "{some}");
    world.audit().unwrap();
    let mut world = world.restart();
    world.sweep_all();
    assert_eq!(world.balance(&bob), 100_001_600);
    assert!(payers.iter().all(|payer| world.balance(payer) == 100_000_000 - 80));
    assert_eq!(world.audit().unwrap().sums["USD"], 0);
}

/// What one damaged row holds up is its own allowance, not the settlement of others.
#[test]
fn an_allowance_that_is_damaged_holds_up_no_other() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    for _ in 0..3 {
        let mut phone = world.allow(&ada, 1_000);
        let request = world.ask(&bob, 10);
        let voucher = phone.pay(&request);
        told::<OfflineReceipt>(&world.claim_offline(&bob, &voucher, &request));
    }
    let sql = "UPDATE transactions SET receipt = zeroblob(9) WHERE seq = (SELECT min(seq) FROM allowances)";
    let mut world = world.restart_with(sql);
    world.settle_all();
    assert_eq!((world.balance(&ada), world.balance(&bob)), (100_000_000 - 1_020, 100_000_020));
    assert!(world.audit().is_err(), "somebody has to look");
}

/// Every row about allowances can be tampered with, and is caught.
#[test]
fn the_audit_catches_a_tampered_row_of_an_allowance() {
    let mut world = with_fees();
    let (ada, bob, eve) = (world.wallet("ada"), world.wallet("bob"), world.wallet("eve"));
    guarantee(&mut world);
    let cheating = world.allow(&ada, 1_000_000);
    for payee in [&bob, &eve] {
        let request = world.ask(payee, 900_000);
        let voucher = cheating.first(&request);
        told::<OfflineReceipt>(&world.claim_offline(payee, &voucher, &request));
        let (second, again) = (cheating.voucher(&request, 2, 1_000_000, 900_000), request);
        told::<OfflineReceipt>(&world.claim_offline(payee, &second, &again));
    }
    assert_eq!(world.revoke(&ada, cheating.id).status, 204);
    world.settle_all();
    let mut open = world.allow(&ada, 7_000);
    let request = world.ask(&bob, 20);
    let voucher = open.pay(&request);
    told::<OfflineReceipt>(&world.claim_offline(&bob, &voucher, &request));
    assert_eq!(refusal(&world.claim_offline(&eve, &voucher, &request)).code, Code::OtherPayee.number());
    assert_eq!(world.revoke(&ada, open.id).status, 204);
    world.audit().unwrap();
    let sound = world.verifier.into_connection();
    let audited = |db: &rusqlite::Connection| farthing_verifier::audit::audit(db, Seq::new(0), &mut |_, _| ());
    for tampering in [
        "UPDATE allowances SET allowance = zeroblob(16) WHERE number = 1",
        "UPDATE allowances SET account = 2 WHERE number = 1",
        "UPDATE allowances SET fee_version = 1",
        "UPDATE allowances SET spend_until_ms = spend_until_ms + 1",
        "UPDATE allowances SET claim_until_ms = claim_until_ms + 1",
        "UPDATE allowances SET listed = 2 WHERE number = 1",
        "UPDATE allowances SET listed_by = (SELECT listed_by FROM allowances WHERE number = 1) WHERE number = 2",
        "UPDATE allowances SET listed = NULL, listed_by = NULL WHERE number = 2",
        "UPDATE allowances SET settled_seq = NULL",
        "DELETE FROM allowances WHERE number = 2",
        "DELETE FROM allowance_positions WHERE seq = (SELECT max(seq) FROM allowance_positions)",
        "DELETE FROM allowance_positions WHERE account = (SELECT max(account) FROM allowance_positions)",
        "UPDATE allowance_positions SET allowance = 1 WHERE allowance = 2",
        "UPDATE offline_claims SET guaranteed = guaranteed + 1 WHERE guaranteed < amount",
        "UPDATE offline_claims SET amount = amount - 1 WHERE guaranteed < amount",
        "UPDATE offline_claims SET account = 3 WHERE account <> 3",
        "UPDATE offline_claims SET voucher_seq = 2",
        "UPDATE offline_claims SET voucher = zeroblob(32)",
        "UPDATE offline_claims SET request = randomblob(32)",
        "DELETE FROM offline_claims WHERE allowance = 2",
        "UPDATE settlement_lines SET account = 3 WHERE account = 4",
        "UPDATE settlement_lines SET signed = (SELECT signed FROM settlement_lines LIMIT 1)",
        "DELETE FROM settlement_lines WHERE account = 4",
        "UPDATE tab_journal SET decided_ms = decided_ms + 1 WHERE kind = 7 AND seq IS NOT NULL",
        "UPDATE tab_journal SET hash = zeroblob(32) WHERE kind = 8",
        "UPDATE tab_journal SET answer = 1 WHERE kind = 8",
        "UPDATE tab_journal SET refusal = zeroblob(9) WHERE refusal IS NOT NULL",
        "DELETE FROM tab_journal WHERE kind = 7 AND seq IS NOT NULL",
        "DELETE FROM tab_journal WHERE kind = 6",
        "UPDATE entries SET kind = 12 WHERE kind = 11",
        "UPDATE entries SET kind = 9 WHERE kind = 10",
        "DELETE FROM entries WHERE kind = 12",
        "UPDATE postings SET amount = amount + 1 WHERE account = -1",
        "UPDATE balances SET balance = balance + 1 WHERE account = -1",
        "UPDATE transactions SET kind = 7 WHERE kind = 6",
        "UPDATE transactions SET receipt = (SELECT receipt FROM transactions WHERE kind = 6 LIMIT 1) WHERE kind = 6",
        "UPDATE spent SET amount = amount - 1",
        "UPDATE accounts SET role = 2 WHERE number = -1",
        "UPDATE handles SET payee_key = zeroblob(1) WHERE payee_key = (SELECT payee_key FROM handles WHERE account = 4 ORDER BY number LIMIT 1)",
    ] {
        let copy = support::copy::copied(&sound);
        copy.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        assert!(copy.execute(tampering, []).unwrap() > 0, "{tampering}");
        assert!(audited(&copy).is_err(), "{tampering}");
    }
}
