//! Allowances: set aside, spent from without network, claimed, shared; each decided once, whatever comes again, late, or from an enemy.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::code::{OfflineRefusalCode as Code, ProblemCode, RefusalCode};
use farthing_protocol::cose::Signed;
use farthing_protocol::device::Scope;
use farthing_protocol::http::{EntryKind, MEDIA_ORDER, OrderBody};
use farthing_protocol::id::FeeVersion;
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::offline::{Allowance, AllowanceId, OfflineReceipt, Settlement, VerifierPrefix};
use farthing_protocol::time::Span;
use support::allowances::*;
use support::tabs::{MIN, told, with_fees};
use support::*;

#[test]
fn an_allowance_from_its_order_to_its_settlement() {
    let mut world = with_fees();
    let (ada, bob, eve) = (world.wallet("ada"), world.wallet("bob"), world.wallet("eve"));
    let (order, key) = world.allowance_order(&ada, 10_000_000);
    let signed = Signed::sign(order.clone(), &ada.act).unwrap();
    let body = OrderBody { order: bytes(signed.bytes()), bundle: None, code: None }.encode();
    let first = world.post("/v1/allowances", MEDIA_ORDER, body.clone());
    let allowance = told::<Allowance>(&first).claims().clone();
    assert!(first.body.len() <= 220);
    assert_eq!((allowance.allowance, allowance.cap), (AllowanceId::of(&signed), order.cap));
    assert_eq!((allowance.key, allowance.claim_until()), (order.key, order.claim_until));
    // cap + 100 + 1 %
    assert_eq!(world.balance(&ada), 100_000_000 - 10_100_100);
    let mut world = world.restart();
    assert_eq!(world.post("/v1/allowances", MEDIA_ORDER, body), first, "the same bytes, the same answer");
    let mut phone =
        Phone { id: allowance.allowance, key, signed: first.body, seq: 0, total: 0, to: Default::default() };

    // Without network; the claims come later, in any order.
    let asked = [world.ask(&bob, 3_000_000), world.ask(&eve, 1_000_000), world.ask(&bob, 500_000)];
    let vouchers: Vec<_> = asked.iter().map(|request| phone.pay(request)).collect();
    for n in [2, 0, 1] {
        let payee = if n == 1 { &eve } else { &bob };
        let claim = world.offline_claim(payee, &vouchers[n], &asked[n]);
        let reply = world.post_offline_claim(&claim);
        let receipt = told::<OfflineReceipt>(&reply).claims().clone();
        assert_eq!((receipt.allowance, receipt.voucher), (phone.id, vouchers[n].hash()));
        assert_eq!((receipt.amount, receipt.guaranteed), (asked[n].claims().amount, units(0)));
        assert_eq!(world.post_offline_claim(&claim), reply, "the same bytes, the same answer");
    }
    assert_eq!((world.balance(&bob), world.balance(&eve)), (100_000_000, 100_000_000), "nobody has anything yet");
    world.audit().unwrap();
    world.settle_all();
    // 4,500,000 + 100 + 45,000
    assert_eq!(world.balance(&ada), 100_000_000 - 4_545_100);
    assert_eq!((world.balance(&bob), world.balance(&eve)), (103_500_000, 101_000_000));

    let kinds = |entries: &[farthing_protocol::http::Entry]| entries[1..].iter().map(|e| e.kind).collect::<Vec<_>>();
    let (payer, payee) = (world.entries(&ada).entries, world.entries(&bob).entries);
    use EntryKind::{OfflineClaim, Settled, Share};
    assert_eq!(kinds(&payer), [EntryKind::Allowance, Settled]);
    assert_eq!(kinds(&payee), [OfflineClaim, OfflineClaim, Share]);
    assert_eq!(payer[1].cause.as_ref().unwrap().as_slice(), signed.bytes());
    assert_eq!((payer[1].fee, payer[2].fee), (Some(amount(100_100)), Some(amount(45_100))));
    assert!(payer[2].cause.is_none() && payee[3].fee.is_none(), "the payer learns no line, the payee no fee");
    assert_eq!(payer[2].receipt, payee[3].receipt, "all are told the same");
    let leaf = Signed::<Settlement>::parse(payer[2].receipt.as_slice()).unwrap();
    assert_eq!((leaf.claims().totals.count, leaf.claims().totals.claimed), (3, 4_500_000));
    assert!(leaf.claims().line.is_none() && leaf.claims().conflict.is_none());
    let mut own = world.settlements(&bob, payee[3].seq);
    assert_eq!(own.iter().map(|s| s.line.unwrap().reserve.get()).sum::<u64>(), 3_500_000);
    assert!(own.is_sorted_by_key(|s| s.line.unwrap().voucher));
    let told_first = Signed::<Settlement>::parse(payee[3].cause.as_ref().unwrap().as_slice()).unwrap();
    assert_eq!(*told_first.claims(), own[0]);
    own.iter_mut().for_each(|settlement| settlement.line = None);
    assert!(own.iter().all(|settlement| settlement == leaf.claims()));
    // Nobody reads another's lines.
    let reply = world.read(&ada, "/v1/allowances/settlements", &format!("seq={}", payee[3].seq.get()));
    assert_eq!(problem(&reply), ProblemCode::NotFound);
    assert_eq!(world.audit().unwrap().sums["USD"], 0);
}

/// One number for two payees: what is there is shared, and the payer's balance answers for the rest, up to the cap once more.
#[test]
fn a_cheater_pays_out_of_its_balance_and_what_is_missing_is_shared() {
    let mut world = with_fees();
    let (mal, bob, eve) = (world.wallet("mal"), world.wallet("bob"), world.wallet("eve"));
    let phone = world.allow(&mal, 30_000_000);
    let (for_bob, for_eve) = (world.ask(&bob, 30_000_000), world.ask(&eve, 15_000_000));
    let (one, other) = (phone.first(&for_bob), phone.first(&for_eve));
    told::<OfflineReceipt>(&world.claim_offline(&bob, &one, &for_bob));
    told::<OfflineReceipt>(&world.claim_offline(&eve, &other, &for_eve));
    // The cheater carries its money away: 40,000,000 − 30,300,100 are left after this.
    let order = world.order(&mal, &eve.by_alias(), 60_000_000);
    assert_eq!(world.pay(&mal, order).status, 200);
    let left = world.balance(&mal);
    world.settle_all();
    let missing = 15_000_000 - left;
    assert_eq!(world.balance(&mal), 0);
    let (got_bob, got_eve) = (world.balance(&bob) - 100_000_000, world.balance(&eve) - 160_000_000);
    assert_eq!(got_bob + got_eve, 45_000_000 - missing);
    assert!(got_bob.abs_diff(2 * got_eve) <= 3, "{got_bob} {got_eve}: in proportion");
    let entry = world.entries(&mal).entries.pop().unwrap();
    let leaf = Signed::<Settlement>::parse(entry.receipt.as_slice()).unwrap();
    let (a, b) = (one.hash().min(other.hash()), one.hash().max(other.hash()));
    let conflict = leaf.claims().conflict.unwrap();
    assert_eq!((conflict.one, conflict.other), (a, b), "the reason is told");
    assert_eq!(leaf.claims().totals.balance, left);
    assert_eq!(world.audit().unwrap().sums["USD"], 0);
}

/// Whether or not anybody has swept: from `claim_until` on nothing is claimed.
#[test]
fn claiming_ends_by_time_and_the_rest_comes_back() {
    let mut world = with_fees();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let mut phone = world.allow(&ada, 1_000_000);
    let asked = [world.ask(&bob, 100_000), world.ask(&bob, 200_000)];
    let vouchers: Vec<_> = asked.iter().map(|request| phone.pay(request)).collect();
    world.pass(SPENT);
    world.pass(Span::from_ms(CLAIMED.as_ms() - 1));
    let claim = world.offline_claim(&bob, &vouchers[0], &asked[0]);
    let in_time = world.post_offline_claim(&claim);
    told::<OfflineReceipt>(&in_time);
    world.pass(Span::from_ms(1));
    let late = world.claim_offline(&bob, &vouchers[1], &asked[1]);
    assert_eq!(refusal(&late).code, Code::AllowanceEnded.number());
    assert_eq!(world.post_offline_claim(&claim), in_time, "decided is decided");
    assert_eq!(refusal(&world.revoke(&ada, phone.id)).code, Code::AllowanceEnded.number());
    assert_eq!(world.balance(&bob), 100_000_000);
    world.audit().unwrap();
    let mut world = world.restart();
    world.sweep_all();
    assert_eq!((world.balance(&ada), world.balance(&bob)), (100_000_000 - 101_100, 100_100_000));
    let late = world.claim_offline(&bob, &vouchers[1], &asked[1]);
    assert_eq!(refusal(&late).code, Code::AllowanceEnded.number());
    assert_eq!(world.audit().unwrap().sums["USD"], 0);
}

/// Nobody asked for anything: all of it comes back, the fee too.
#[test]
fn an_allowance_that_nobody_claims_from_costs_nothing() {
    let mut world = with_fees();
    let ada = world.wallet("ada");
    world.allow(&ada, 1_000_000);
    world.settle_all();
    assert_eq!(world.balance(&ada), 100_000_000);
    assert_eq!(world.audit().unwrap().allowances, 1);
}

#[test]
fn an_allowance_is_refused_as_a_payment_is() {
    let mut world = with_fees();
    let ada = world.wallet("ada");
    let mut refused = |code: u16, change: &mut dyn FnMut(&mut farthing_protocol::offline::AllowanceOrder)| {
        let (mut order, _) = world.allowance_order(&ada, 1_000_000);
        change(&mut order);
        let reply = world.post_allowance(&ada, order.clone());
        assert_eq!(refusal(&reply).code, code);
        world.pass(MIN);
        assert_eq!(world.post_allowance(&ada, order), reply, "for ever");
    };
    refused(RefusalCode::FeeChanged.number(), &mut |o| o.fee_version = FeeVersion::new(1));
    refused(RefusalCode::InsufficientFunds.number(), &mut |o| o.cap = amount(100_000_000));
    // cap + fee(cap) is one more than there is.
    refused(RefusalCode::InsufficientFunds.number(), &mut |o| o.cap = amount(99_009_803));
    for _ in 0..8 {
        world.allow(&ada, 1);
    }
    let (order, _) = world.allowance_order(&ada, 1);
    assert_eq!(refusal(&world.post_allowance(&ada, order)).code, Code::TooManyAllowances.number());
    world.pass(SPENT);
    world.pass(CLAIMED);
    // By ledger time they are over, whoever sweeps.
    world.allow(&ada, 1);
    let (order, _) = world.allowance_order(&ada, 1);
    let late = Signed::sign(order, &ada.act).unwrap();
    world.pass(Span::from_s(120));
    let body = OrderBody { order: bytes(late.bytes()), bundle: None, code: None }.encode();
    assert_eq!(
        refusal(&world.post("/v1/allowances", MEDIA_ORDER, body)).code,
        RefusalCode::ExpiredNeverApplied.number()
    );
    world.audit().unwrap();
}

#[test]
fn a_devices_scope_bounds_what_it_sets_aside() {
    let mut world = World::new();
    let scoped = |scope: Scope| Scope { per_order: None, per_day: None, ..scope };
    let bob = world.wallet("bob");
    let only = world.scoped("only", Scope { payees: Some(vec![bob.alias.handle()]), ..scoped(Scope::full()) });
    let small = world.scoped("small", Scope { per_order: Some(vec![amount(5)]), ..scoped(Scope::full()) });
    let daily = world.scoped("daily", Scope { per_day: Some(vec![amount(10)]), ..scoped(Scope::full()) });
    for (wallet, cap, code) in [
        (&only, 1, Some(RefusalCode::ScopeForbids)),
        (&small, 6, Some(RefusalCode::OrderLimit)),
        (&small, 5, None),
        (&daily, 7, None),
        (&daily, 4, Some(RefusalCode::DayLimit)),
        (&daily, 3, None),
    ] {
        let (order, _) = world.allowance_order(wallet, cap);
        let reply = world.post_allowance(wallet, order);
        assert_eq!((reply.status == 409).then(|| refusal(&reply).code), code.map(RefusalCode::number));
    }
    world.audit().unwrap();
}

#[test]
fn a_claim_is_taken_from_its_payee_alone_and_for_what_was_asked() {
    let mut world = World::new();
    let (ada, bob, eve) = (world.wallet("ada"), world.wallet("bob"), world.wallet("eve"));
    let (mut phone, stranger) = (world.allow(&ada, 1_000_000), world.allow(&eve, 1_000_000));
    let request = world.ask(&bob, 100_000);
    let voucher = phone.pay(&request);
    let code = |reply: &farthing_protocol::http::Reply| refusal(reply).code;
    // Who photographed it, also when it makes the payee's key its own, and with the payee's word from another claim.
    assert_eq!(code(&world.claim_offline(&eve, &voucher, &request)), Code::OtherPayee.number());
    let stolen = farthing_protocol::handle::StockedHandle {
        handle: farthing_protocol::id::Handle::new([77; 16]),
        payee: *bob.stock[0].1.public(),
    };
    let cancelled = eve.cancel(world.id, eve.stock[0].0, world.now.wall, &mut world.rng);
    support::people::done(&world.post("/v1/cancellations", "application/cose", cancelled));
    let header = world.header(&eve);
    let register = eve.act(farthing_protocol::handle::HandleRegister {
        version: farthing_protocol::cbor::V1,
        verifier: header.verifier,
        account: header.account,
        device: header.device,
        id: header.id,
        created: header.created,
        handles: vec![stolen],
    });
    support::people::done(&world.post("/v1/handles", "application/cose", register.into_vec()));
    assert_eq!(code(&world.claim_offline(&eve, &voucher, &request)), Code::OtherPayee.number());
    let header = world.header(&eve);
    let words = world.word(&bob, &request);
    let seen = eve.act(farthing_protocol::offline::OfflineClaim::new(
        header,
        bytes(voucher.bytes()),
        bytes(request.bytes()),
        words,
    ));
    assert_eq!(code(&world.post_offline_claim(&seen)), Code::OtherPayee.number());

    let other = world.ask(&bob, 100_000);
    assert_eq!(code(&world.claim_offline(&bob, &voucher, &other)), Code::NotOfRequest.number());
    let nobodys = world.ask_by(&Ed25519Key::from_seed([8; 32]), 100_000);
    let for_nobody = phone.first(&nobodys);
    assert_eq!(code(&world.claim_offline(&bob, &for_nobody, &nobodys)), Code::OtherPayee.number());
    let mut elsewhere = request.claims().clone();
    elsewhere.verifier = VerifierPrefix::new([7; 16]);
    let elsewhere = Signed::sign(elsewhere, &bob.stock[0].1).unwrap();
    let voucher_elsewhere = phone.first(&elsewhere);
    assert_eq!(code(&world.claim_offline(&bob, &voucher_elsewhere, &elsewhere)), Code::NotOfRequest.number());
    let forged = Signed::sign(request.claims().clone(), &eve.stock[0].1).unwrap();
    assert_eq!(code(&world.claim_offline(&bob, &voucher, &forged)), Code::NotOfRequest.number());
    // A voucher by another key, of another allowance, of none.
    let by_eve = Phone { key: Ed25519Key::from_seed([9; 32]), id: phone.id, ..world.allow(&eve, 1) };
    let by_eve = by_eve.first(&request);
    assert_eq!(code(&world.claim_offline(&bob, &by_eve, &request)), Code::NotOfAllowance.number());
    let mut unknown = world.allow(&eve, 1);
    unknown.id = AllowanceId::new([5; 16]);
    let unknown = unknown.first(&request);
    assert_eq!(code(&world.claim_offline(&bob, &unknown, &request)), Code::AllowanceUnknown.number());
    // For more than one voucher may be, and than the cap.
    let dear = world.ask(&bob, 1_000_001);
    let dear_voucher = phone.first(&dear);
    assert_eq!(code(&world.claim_offline(&bob, &dear_voucher, &dear)), Code::AboveAllowance.number());
    let above = phone.voucher(&other, 2, 1_000_001, 200_000);
    assert_eq!(code(&world.claim_offline(&bob, &above, &other)), Code::AboveAllowance.number());
    // One that only pays claims nothing.
    let meter = world.scoped("meter", Scope { permissions: Scope::PAY, ..Scope::full() });
    let reply = world.claim_offline(&meter, &voucher, &request);
    assert_eq!(problem(&reply), ProblemCode::Forbidden);
    told::<OfflineReceipt>(&world.claim_offline(&bob, &voucher, &request));
    world.settle_all();
    assert_eq!((world.balance(&bob), world.balance(&ada)), (100_100_000, 99_900_000));
    assert_eq!(world.balance(&eve), 100_000_000);
    drop(stranger);
    world.audit().unwrap();
}

/// A payer that signs to its own accounts gets no more weight than its cap for each, and leaves room for others.
#[test]
fn an_account_claims_no_more_than_the_cap_of_other_requests() {
    let mut world = World::new();
    let (mal, own, bob) = (world.wallet("mal"), world.wallet("own"), world.wallet("bob"));
    let phone = world.allow(&mal, 1_000_000);
    let request = world.ask(&bob, 1_000_000);
    let voucher = phone.first(&request);
    told::<OfflineReceipt>(&world.claim_offline(&bob, &voucher, &request));
    let mut taken = 0;
    for _ in 0..5 {
        let request = world.ask(&own, 300_000);
        let voucher = phone.first(&request);
        let reply = world.claim_offline(&own, &voucher, &request);
        match reply.status {
            200 => taken += 1,
            _ => assert_eq!(refusal(&reply).code, Code::AboveAllowance.number()),
        }
    }
    assert_eq!(taken, 3, "up to the cap");
    // As many as it likes are refused for their number, too: beside one of another account there is room for 255.
    for n in 0..260 {
        let request = world.ask(&own, 1);
        let voucher = phone.first(&request);
        let reply = world.claim_offline(&own, &voucher, &request);
        assert_eq!(reply.status == 200, n < 252, "{n}");
    }
    let order = world.order(&mal, &own.by_alias(), 99_000_000);
    assert_eq!(world.pay(&mal, order).status, 200);
    world.settle_all();
    assert!(world.balance(&bob) - 100_000_000 >= 500_000, "half of it at least");
    world.audit().unwrap();
}

/// Of one request one claim counts, the one of the lowest number; each is answered for itself.
#[test]
fn a_request_is_paid_once_however_often_it_is_claimed() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let phone = world.allow(&ada, 1_000_000);
    let request = world.ask(&bob, 100_000);
    let vouchers = [phone.voucher(&request, 2, 200_000, 200_000), phone.first(&request)];
    for voucher in [&vouchers[0], &vouchers[1], &vouchers[0]] {
        let receipt = told::<OfflineReceipt>(&world.claim_offline(&bob, voucher, &request));
        assert_eq!(receipt.claims().voucher, voucher.hash());
    }
    // An act's id that comes with other bytes.
    let header = world.header(&bob);
    let word = world.word(&bob, &request);
    let claim = |header, voucher: &Signed<farthing_protocol::offline::OfflineVoucher>| {
        let word = word.clone();
        let (voucher, request) = (bytes(voucher.bytes()), bytes(request.bytes()));
        let claim = farthing_protocol::offline::OfflineClaim::new(header, voucher, request, word);
        bob.act(claim)
    };
    assert_eq!(world.post_offline_claim(&claim(header, &vouchers[0])).status, 200);
    assert_eq!(problem(&world.post_offline_claim(&claim(header, &vouchers[1]))), ProblemCode::IdConflict);
    world.audit().unwrap();
    world.settle_all();
    assert_eq!((world.balance(&ada), world.balance(&bob)), (99_900_000, 100_100_000));
    let entry = world.entries(&bob).entries.pop().unwrap();
    assert_eq!(world.settlements(&bob, entry.seq)[0].line.unwrap().voucher, vouchers[1].hash());
    world.audit().unwrap();
}

/// Who has revoked pays what it signed all the same.
#[test]
fn a_revocation_lists_and_voids_nothing() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let (mut phone, other) = (world.allow(&ada, 1_000_000), world.allow(&ada, 5));
    let request = world.ask(&bob, 400_000);
    let voucher = phone.pay(&request);
    assert!(world.revoked().allowances.is_empty());
    assert_eq!(refusal(&world.revoke(&bob, phone.id)).code, Code::AllowanceUnknown.number());
    let header = world.header(&ada);
    let revoke = ada.act(farthing_protocol::offline::AllowanceRevoke::new(header, phone.id)).into_vec();
    let post = |world: &mut World| world.post("/v1/allowances/revocations", "application/cose", revoke.clone());
    // However old it is when it comes.
    world.pass(Span::from_h(23));
    world.pass(Span::from_min(50));
    support::people::done(&post(&mut world));
    support::people::done(&post(&mut world));
    support::people::done(&world.revoke(&ada, phone.id));
    let list = world.revoked();
    assert!(list.names(&phone.id) && !list.names(&other.id));
    assert_eq!((list.verifier, list.time), (world.id, world.now.wall));
    let receive = world.scoped("till", Scope { permissions: Scope::RECEIVE, ..Scope::full() });
    assert_eq!(problem(&world.revoke(&receive, phone.id)), ProblemCode::Forbidden);
    world.audit().unwrap();
    world.pass(Span::from_min(10));
    assert!(world.revoked().allowances.is_empty(), "nobody can spend from it any more");
    told::<OfflineReceipt>(&world.claim_offline(&bob, &voucher, &request));
    world.settle_all();
    assert_eq!((world.balance(&ada), world.balance(&bob)), (99_600_000, 100_400_000));
    world.audit().unwrap();
}

#[test]
fn a_proof_lists_its_allowance_and_nothing_else_does() {
    let mut world = World::new();
    let (mal, bob, eve) = (world.wallet("mal"), world.wallet("bob"), world.wallet("eve"));
    let (phone, mut honest) = (world.allow(&mal, 1_000_000), world.allow(&mal, 1_000_000));
    let (for_bob, for_eve) = (world.ask(&bob, 100_000), world.ask(&eve, 100_000));
    let (one, other) = (phone.first(&for_bob), phone.first(&for_eve));
    let sound = [honest.pay(&for_bob), honest.pay(&for_eve)];
    let no_proof = world.proof(&honest, &sound[0], &sound[1]);
    assert_eq!(problem(&world.post_proof(&no_proof)), ProblemCode::Malformed);
    let proof = world.proof(&phone, &one, &other);
    let forged = farthing_protocol::offline::Proof { allowance: bytes(&honest.signed), ..proof.clone() };
    assert_eq!(problem(&world.post_proof(&forged)), ProblemCode::BadSignature);
    for garbage in [vec![], vec![7; 100], vec![7; 3_000], proof.encode()[1..].to_vec()] {
        let reply = world.post("/v1/allowances/proofs", "application/cbor", garbage);
        assert!([ProblemCode::Malformed, ProblemCode::TooLarge].contains(&problem(&reply)));
    }
    assert!(world.revoked().allowances.is_empty());
    support::people::done(&world.post_proof(&proof));
    support::people::done(&world.post_proof(&proof));
    assert!(world.revoked().names(&phone.id) && !world.revoked().names(&honest.id));
    // It voids nothing: whoever took one gets its share.
    told::<OfflineReceipt>(&world.claim_offline(&bob, &one, &for_bob));
    world.audit().unwrap();
    world.settle_all();
    support::people::done(&world.post_proof(&proof));
    assert_eq!(world.balance(&bob), 100_100_000);
    world.audit().unwrap();
}

/// The fund pays at once whom it knows, within what it promised and has, and gets back what the shares cover.
#[test]
fn the_fund_pays_what_it_promised_and_gets_it_back() {
    let mut world = World::new();
    let (mal, bob, eve) = (world.wallet("mal"), world.wallet("bob"), world.wallet("eve"));
    let fund = |world: &World| world.verifier.guarantees().unwrap().fund[0].value();
    let phone = world.allow(&mal, 10_000_000);
    let claim = |world: &mut World, payee: &Wallet, value| {
        let request = world.ask(payee, value);
        let voucher = phone.first(&request);
        told::<OfflineReceipt>(&world.claim_offline(payee, &voucher, &request)).claims().guaranteed.get()
    };
    world.verifier.set_guarantees(&[amount(3_000_000)], &["bob".to_owned()], &[]).unwrap();
    assert_eq!(claim(&mut world, &bob, 1_000_000), 0, "the fund is empty");
    let id = farthing_protocol::id::OrderId::generate(world.now.wall, &mut world.rng);
    for _ in 0..2 {
        world.verifier.fund_guarantees(id, amount(2_500_000), world.now).unwrap();
        assert_eq!(fund(&world), 2_500_000, "once");
    }
    assert_eq!(claim(&mut world, &eve, 4_000_000), 0, "nobody promised eve anything");
    assert_eq!(claim(&mut world, &bob, 2_000_000), 2_000_000);
    assert_eq!(world.balance(&bob), 102_000_000, "it has it whatever comes");
    assert_eq!(claim(&mut world, &bob, 2_000_000), 500_000, "as far as the fund goes");
    assert_eq!(claim(&mut world, &eve, 6_000_000), 0);
    world.audit().unwrap();
    // 15,000,000 are claimed of a cap of 10,000,000, and the cheater has nothing else.
    let order = world.order(&mal, &eve.by_alias(), 90_000_000);
    assert_eq!(world.pay(&mal, order).status, 200);
    world.settle_all();
    // Two thirds of each; what was guaranteed above it stays bob's, and is the fund's loss.
    assert_eq!(world.balance(&bob), 100_000_000 + 666_667 + 2_000_000 + 1_333_333);
    assert_eq!(fund(&world), 2_500_000 - 666_667);
    let entry = world.entries(&bob).entries.pop().unwrap();
    let own = world.settlements(&bob, entry.seq);
    assert_eq!(own.iter().map(|s| s.line.unwrap().fund.get()).sum::<u64>(), 666_667);
    let report = world.audit().unwrap();
    assert_eq!((report.sums["USD"], report.fund["USD"]), (0, i128::from(2_500_000 - 666_667)));
    world.verifier.set_guarantees(&[amount(0)], &[], &["bob".to_owned()]).unwrap();
    let policy = world.verifier.guarantees().unwrap();
    assert!(policy.per_allowance.is_empty() && policy.payees.is_empty());
    assert!(world.verifier.set_guarantees(&[], &["nobody".to_owned()], &[]).is_err());
}
