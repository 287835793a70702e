//! The rules of money without network: names, what contradicts what, what a payee takes, anchors, settlements.

use crate::frame_parts::parts;
use crate::keys::{Key, ed25519, hex};
use crate::offline::*;
use crate::offline_frames::frames;
use crate::offline_proofs::proofs;
use crate::samples::*;
use farthing_protocol::cbor::encode;
use farthing_protocol::cose::{Object, Verified};
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::id::*;
use farthing_protocol::key::Signer as _;
use farthing_protocol::offline::*;
use farthing_protocol::time::{Span, Time};
use serde_json::{Value, json};

/// The files.
pub(crate) fn files() -> Vec<(String, Value)> {
    let rules = json!({
        "names": names(),
        "contradictions": contradictions(),
        "takes": takes(),
        "resumes": resumes(),
        "vouchers": vouchers(),
        "settles": settles(),
        "rooms": rooms(),
        "goes_back": back(),
    });
    [("offline-rules", rules), ("proof", proofs()), ("frames", frames()), ("frame-parts", parts())]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
}

fn verified<T: Object>(payload: T, key: &Key) -> Verified<T> {
    signed(payload, key).verify(key.public()).unwrap()
}

fn names() -> Value {
    let order = signed_allowance_order();
    json!([{"order": hex(order.bytes()), "allowance": AllowanceId::of(&order).to_hex()}])
}

fn contradictions() -> Vec<Value> {
    let voucher = |(seq, amount, total, payee_total): (u64, u64, u64, u64)| OfflineVoucher {
        seq: VoucherSeq::new(seq),
        amount: units(amount),
        total: units(total),
        payee_total: units(payee_total),
        request: Digest::of(&[seq, amount, total, payee_total].map(u64::to_be_bytes).concat()),
        ..offline_voucher()
    };
    // Number, amount, total, payee's total.
    [
        ("one and the same", (2, 5, 9, 5), (2, 5, 9, 5)),
        ("one number, another amount", (2, 5, 9, 5), (2, 4, 9, 4)),
        ("one number, another request", (2, 5, 9, 5), (2, 5, 9, 6)),
        ("the next", (2, 5, 9, 5), (3, 1, 10, 6)),
        ("the next, that leaves the one before out", (2, 5, 9, 5), (3, 1, 5, 1)),
        ("the next, with something in between", (2, 5, 9, 5), (3, 1, 11, 6)),
        ("a later one, with something in between", (2, 5, 9, 5), (4, 1, 12, 7)),
        ("a later one, with nothing in between", (2, 5, 9, 5), (4, 1, 10, 6)),
        ("a later one that leaves the earlier out", (2, 5, 9, 5), (4, 1, 9, 1)),
        ("the next, that leaves out what this payee got", (2, 5, 9, 5), (3, 1, 10, 1)),
        ("the next, with something in between for this payee", (2, 5, 9, 5), (3, 1, 10, 7)),
        ("a later one that leaves out what this payee got", (2, 5, 9, 5), (7, 3, 20, 7)),
        ("the first, and all of the cap", (1, 4, 4, 4), (256, 1_000, 1_000_000_000_000_000, 1_004)),
    ]
    .into_iter()
    .map(|(name, one, other)| {
        let (a, b) = (voucher(one), voucher(other));
        let found = contradict(&a, &b).map(Contradiction::kind);
        assert_eq!(found, contradict(&b, &a).map(Contradiction::kind));
        let at_payee = contradict_at_payee(&a, &b).map(Contradiction::kind);
        assert_eq!(at_payee, contradict_at_payee(&b, &a).map(Contradiction::kind));
        let shown = |v: (u64, u64, u64, u64)| [v.0, v.1, v.2, v.3];
        json!({"name": name, "one": shown(one), "other": shown(other), "found": found, "found_at_payee": at_payee})
    })
    .collect()
}

fn takes() -> Vec<Value> {
    let (key, forger) = (ed25519("allowance"), ed25519("somebody else"));
    let (asked, second, other) = ((offline_request(), FRIEND), second_request(), other_request());
    let euros = farthing_protocol::money::Asset::new(farthing_protocol::money::Code::new("EUR").unwrap(), 6).unwrap();
    let in_euros = (OfflineRequest { amount: units(4_500_000).of(euros), ..offline_request() }, FRIEND);
    let large = (request_of("large", FRIEND, 20_000_001), FRIEND);
    let last = (request_of("last", FRIEND, 2_500_001), FRIEND);
    let first_held = (offline_voucher(), bare(FRIEND));
    let (usual, margin) = (later(24), later(7 * 24).minus(Span::from_min(5)));
    let long = |asked: &Asked| (OfflineRequest { expires: later(9 * 24), ..asked.0.clone() }, asked.1);
    let foreign = OfflineVoucher { allowance: another_allowance(), ..offline_voucher() };
    let less = OfflineVoucher { amount: units(4_499_999), ..voucher_for(2, 9_000_000, 4_499_999, &asked) };
    let leaves_out = voucher_for(2, 7_500_000, 3_000_000, &second);
    let (none, list) = (None, Some(revoked()));
    let elsewhere = RevokedAllowances { allowances: Vec::new(), ..revoked() };
    let cases = [
        ("the first", offline_voucher(), &key, asked.clone(), vec![], none.clone(), usual),
        ("the second", second_voucher(), &key, second.clone(), vec![first_held.clone()], none.clone(), usual),
        ("with a list that does not name it", offline_voucher(), &key, asked.clone(), vec![], Some(elsewhere), usual),
        ("of another allowance", foreign, &key, asked.clone(), vec![], none.clone(), usual),
        ("by another key", offline_voucher(), &forger, asked.clone(), vec![], none.clone(), usual),
        ("for another request", offline_voucher(), &key, other.clone(), vec![], none.clone(), usual),
        ("for another amount", less, &key, asked.clone(), vec![], none.clone(), usual),
        (
            "for another asset",
            voucher_for(1, 4_500_000, 4_500_000, &in_euros),
            &key,
            in_euros,
            vec![],
            none.clone(),
            usual,
        ),
        (
            "above the most of one voucher",
            voucher_for(1, 20_000_001, 20_000_001, &large),
            &key,
            large,
            vec![],
            none.clone(),
            usual,
        ),
        ("above the cap", voucher_for(9, 50_000_001, 2_500_001, &last), &key, last, vec![], none.clone(), usual),
        (
            "of a number that was used",
            cheating_voucher(),
            &key,
            other,
            vec![(second_voucher(), bare(FRIEND))],
            none.clone(),
            usual,
        ),
        ("that leaves out what this payee got", leaves_out, &key, second, vec![first_held], none.clone(), usual),
        ("when the request has expired", offline_voucher(), &key, asked.clone(), vec![], none.clone(), later(25)),
        (
            "at the last moment",
            voucher_for(1, 4_500_000, 4_500_000, &long(&asked)),
            &key,
            long(&asked),
            vec![],
            none.clone(),
            margin.minus(Span::from_ms(1)),
        ),
        (
            "too near the end of spending",
            voucher_for(1, 4_500_000, 4_500_000, &long(&asked)),
            &key,
            long(&asked),
            vec![],
            none,
            margin,
        ),
        ("of a revoked allowance", offline_voucher(), &key, asked, vec![], list, usual),
    ];
    cases
        .into_iter()
        .map(|(name, voucher, key, asked, held, list, now)| take(name, (voucher, key), &asked, &held, list, now))
        .collect()
}

fn take(
    name: &str,
    (voucher, key): (OfflineVoucher, &Key),
    asked: &Asked,
    held: &[(OfflineVoucher, farthing_protocol::key::BareKey)],
    list: Option<RevokedAllowances>,
    now: Time,
) -> Value {
    let (voucher, request) = (verified(voucher, key), verified_request(asked));
    let fault = allowance().takes(&voucher, &request, held, list.as_ref(), now).err().map(|fault| fault.kind());
    let held: Vec<Value> = held
        .iter()
        .map(|(voucher, payee)| json!({"voucher": hex(signed(voucher.clone(), key).bytes()), "payee": payee.to_hex()}))
        .collect();
    json!({
        "name": name,
        "allowance": hex(signed(allowance(), &ed25519("signing")).bytes()),
        "voucher": hex(voucher.bytes()),
        "request": hex(request.bytes()),
        "held": held,
        "revoked": list.map(|list| hex(signed(list, &ed25519("signing")).bytes())),
        "time": now.as_ms(),
        "fault": fault,
    })
}

fn shown_anchor(anchor: &Anchor) -> Value {
    let last = anchor.last.map(|last| json!([last.payee.to_hex(), last.total.get()]));
    json!({"allowance": anchor.allowance.to_hex(), "next": anchor.next.get(), "total": anchor.total.get(), "last": last})
}

fn anchor_at(next: u64, total: u64) -> Anchor {
    let last = Some(PaidLast { payee: bare(FRIEND), total: units(total) });
    Anchor { next: VoucherSeq::new(next), total: units(total), last, ..Anchor::begin(allowance().allowance) }
}

fn resumes() -> Vec<Value> {
    let begun = Anchor::begin(allowance().allowance);
    [
        ("before the first", begun, begun),
        ("equal", anchor_at(3, 7), anchor_at(3, 7)),
        ("the vault one ahead", anchor_at(4, 9), anchor_at(3, 7)),
        ("the first of all", anchor_at(2, 4), begun),
        ("the vault two ahead", anchor_at(5, 9), anchor_at(3, 7)),
        ("the database ahead", anchor_at(3, 7), anchor_at(4, 9)),
        ("one number, another total", anchor_at(3, 7), anchor_at(3, 8)),
        ("one ahead, with no more in all", anchor_at(4, 7), anchor_at(3, 7)),
        ("of another allowance", anchor_at(3, 7), Anchor { allowance: another_allowance(), ..anchor_at(3, 7) }),
    ]
    .into_iter()
    .map(|(name, anchor, stored)| {
        let resume = match anchor.resume(&stored) {
            Resume::GoOn => "go_on",
            Resume::Burnt => "burnt",
            Resume::Frozen => "frozen",
        };
        json!({"name": name, "anchor": shown_anchor(&anchor), "stored": shown_anchor(&stored), "resume": resume})
    })
    .collect()
}

fn vouchers() -> Vec<Value> {
    let begun = Anchor::begin(allowance().allowance);
    let (asked, usual) = ((offline_request(), FRIEND), later(24));
    [
        ("the first", begun, asked.clone(), 0, usual),
        ("after a burnt number of the same payee", anchor_at(3, 7_500_000), second_request(), 4_500_000, usual),
        ("after one of another payee", anchor_at(3, 7_500_000), other_request(), 0, usual),
        ("the last of the cap", anchor_at(30, 45_500_000), asked.clone(), 45_500_000, usual),
        ("above the cap", anchor_at(30, 45_500_001), asked.clone(), 45_500_001, usual),
        ("after the last number", anchor_at(257, 45_000_000), asked.clone(), 45_000_000, usual),
        ("above the most of one voucher", begun, (request_of("large", FRIEND, 20_000_001), FRIEND), 0, usual),
        ("when the request has expired", begun, asked.clone(), 0, later(25)),
        ("of another allowance", Anchor::begin(another_allowance()), asked, 0, usual),
    ]
    .into_iter()
    .map(|(name, anchor, asked, promised, now)| {
        let outcome = match anchor.voucher(&allowance(), &verified_request(&asked), units(promised), now) {
            Ok((voucher, after)) => json!({"voucher": hex(&encode(&voucher)), "anchor": shown_anchor(&after)}),
            Err(fault) => json!({"fault": fault.kind()}),
        };
        json!({
            "name": name,
            "allowance": hex(signed(allowance(), &ed25519("signing")).bytes()),
            "anchor": shown_anchor(&anchor),
            "request": hex(verified_request(&asked).bytes()),
            "promised": promised,
            "time": now.as_ms(),
            "outcome": outcome,
        })
    })
    .collect()
}

fn claim(name: &str, seq: u64, amount: u64, guaranteed: u64) -> Claimed {
    Claimed {
        voucher: Digest::of(name.as_bytes()),
        request: Digest::of(format!("request of {name}").as_bytes()),
        seq: VoucherSeq::new(seq),
        payee_key: PayeeKeyHash::new(*Digest::of(format!("payee of {name}").as_bytes()).as_bytes()),
        amount: units(amount),
        guaranteed: units(guaranteed),
    }
}

fn settles() -> Vec<Value> {
    const MOST: u64 = 1_000_000_000_000_000;
    let same_request = |first: Claimed, second: Claimed| vec![first, Claimed { request: first.request, ..second }];
    [
        ("nobody claims", 100, 50, vec![]),
        ("honest", 100, 50, vec![claim("a", 1, 60, 0), claim("b", 2, 40, 0)]),
        ("one number for two", 100, 0, vec![claim("a", 1, 100, 0), claim("b", 1, 100, 0)]),
        ("an odd unit, by the hash", 101, 0, vec![claim("a", 1, 101, 0), claim("b", 1, 101, 0)]),
        ("the largest remainder", 10, 0, vec![claim("a", 1, 7, 0), claim("b", 1, 7, 0), claim("c", 1, 3, 0)]),
        ("the balance answers for the rest", 100, 80, vec![claim("a", 1, 100, 0), claim("b", 1, 50, 0)]),
        ("the balance answers for some", 100, 30, vec![claim("a", 1, 100, 0), claim("b", 1, 50, 0)]),
        ("the balance answers for the cap at most", 100, 1_000, vec![claim("a", 1, 100, 0), claim("b", 1, 100, 0), claim("c", 1, 100, 0)]),
        ("the fund paid before, and gets it back", 100, 50, vec![claim("a", 1, 60, 60), claim("b", 2, 40, 10)]),
        ("the fund bears what it guaranteed", 100, 10, vec![claim("a", 1, 100, 90), claim("b", 1, 100, 20)]),
        ("two vouchers for one request", 100, 50, same_request(claim("a", 2, 60, 0), claim("b", 1, 60, 30))),
        ("the same claim twice", 100, 50, same_request(claim("a", 1, 60, 5), claim("a", 1, 60, 5))),
        ("the largest amounts", MOST, MOST, vec![claim("a", 1, MOST, 0), claim("b", 1, MOST, MOST), claim("c", 1, MOST - 1, 0)]),
        ("of a settlement's example", 50_000_000, 4_000_000, overspent()),
    ]
    .into_iter()
    .map(|(name, cap, balance, claims)| {
        let settled = settle(units(cap), units(balance), &claims);
        let claims: Vec<Value> = claims.iter().map(|c| json!({"voucher": c.voucher.to_hex(), "request": c.request.to_hex(), "seq": c.seq.get(), "payee_key": c.payee_key.to_hex(), "amount": c.amount.get(), "guaranteed": c.guaranteed.get()})).collect();
        let shares: Vec<Value> = settled.shares.iter().map(|s| json!({"voucher": s.claim.voucher.to_hex(), "reserve": s.reserve.get(), "balance": s.balance.get(), "fund": s.fund.get(), "back_to_fund": s.back_to_fund().get(), "lost": s.lost().get()})).collect();
        let t = settled.totals;
        json!({"name": name, "cap": cap, "balance": balance, "claims": claims, "shares": shares, "totals": [t.count, t.claimed, t.reserve, t.balance, t.fund], "root": settled.root().to_hex()})
    })
    .collect()
}

fn rooms() -> Vec<Value> {
    let many = |count: usize, each: u64| vec![each; count];
    [
        ("the first", 100, vec![], 0, 100),
        ("as much as the cap", 100, vec![60], 1, 40),
        ("more than the cap for one account", 100, vec![60], 1, 41),
        ("the 256th of one account", 1_000, many(255, 1), 255, 1),
        ("a 257th", 1_000, many(256, 1), 256, 1),
        ("beside another account with 256, the 240th", 1_000, many(239, 1), 495, 1),
        ("the 241st", 1_000, many(240, 1), 496, 1),
        ("among the last 48, the third of one account", 1_000, many(2, 1), 4_050, 1),
        ("the fourth", 1_000, many(3, 1), 4_051, 1),
        ("the last of all", 100, vec![], 4_095, 1),
        ("one more than there may be", 100, vec![], 4_096, 1),
        ("the largest amounts", 1_000_000_000_000_000, many(2, 1_000_000_000_000_000), 2, 1_000_000_000_000_000),
    ]
    .into_iter()
    .map(|(name, cap, own, all, amount)| {
        let refused = has_room(units(cap), own.iter().map(|amount| units(*amount)), all, units(amount)).err();
        json!({"name": name, "cap": cap, "own": own, "all": all, "amount": amount, "refused": refused.map(|code| code.number())})
    })
    .collect()
}

fn back() -> Vec<Value> {
    [
        (10_000, 30, 50_000_000, 0),
        (10_000, 30, 50_000_000, 4_500_000),
        (10_000, 30, 50_000_000, 50_000_000),
        (0, 1, 9_999, 9_999),
    ]
    .into_iter()
    .map(|(flat, bps, cap, paid)| {
        let fees = Terms { asset: usd(0).asset(), flat, bps };
        let back = goes_back(&usd(cap), units(paid), &fees).unwrap().value();
        json!({"flat": flat, "bps": bps, "cap": cap, "paid": paid, "back": back})
    })
    .collect()
}
