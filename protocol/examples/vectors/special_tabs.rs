//! As `special`, for the objects of tabs.

use crate::cose_bytes::with;
use crate::keys::{NOW, ed25519, es256, order_id};
use crate::samples::usd;
use crate::special::{Case, amount, array, bstr, handle_act, time, tstr, uint};
use farthing_protocol::cbor::encode;
use farthing_protocol::key::Signer as _;
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::time::{Span, Time};

type Change<'a> = &'a dyn Fn(u8, Vec<u8>) -> Vec<u8>;

/// The wrong forms of this type, made by changing members of a right payload.
pub(crate) fn cases(kind: &str, payload: &[u8], change: Change<'_>) -> Vec<Case> {
    match kind {
        "hold-offer" => offer(payload, change),
        "hold-order" => order(payload, change),
        "hold-change" => hold_change(payload, change),
        "hold-receipt" => receipt(payload, change),
        "voucher" => vec![
            ("a hold of 16 bytes", "value", change(1, bstr(&[7; 16]))),
            ("version 0 of the hold", "value", change(2, uint(0))),
            ("version 65 of the hold", "value", change(2, uint(65))),
            ("a negative version of the hold", "cbor", change(2, vec![0x20])),
            ("for nothing", "value", change(3, encode(&usd(0)))),
            ("more than 10^15 units", "value", change(3, amount(1_000_000_000_000_001, "USD", 6))),
            ("a number for the total", "cbor", change(3, uint(20_000))),
        ],
        "claim" | "hold-release" | "hold-close" => act(kind, payload, change),
        "claim-receipt" => claim_receipt(payload, change),
        _ => Vec::new(),
    }
}

fn ms(time: Time, more: u64) -> Vec<u8> {
    self::time(time.plus(Span::from_ms(more)))
}

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

fn euros(value: u64) -> Vec<u8> {
    encode(&Amount::new(value, Asset::new(Code::new("EUR").unwrap(), 6).unwrap()).unwrap())
}

fn offer(payload: &[u8], change: Change<'_>) -> Vec<Case> {
    let all = crate::cose_bytes::members(payload);
    let terms = all.iter().find(|(key, _)| key == &[0x08]).unwrap().1.clone();
    let term = |key: u8, value: Vec<u8>| change(8, with(&terms, key, value));
    vec![
        ("a price of nothing", "value", term(0, encode(&usd(0)))),
        ("a unit without a name", "text", term(1, tstr(""))),
        ("a unit of 65 bytes", "text", term(1, tstr(&"a".repeat(65)))),
        ("a cap below the price", "value", term(2, encode(&usd(19_999)))),
        ("a cap of another asset than the price", "value", term(2, euros(5_000_000))),
        ("a hold of 10 minutes", "value", term(3, uint(600_000))),
        ("a hold of more than 31 days", "value", term(3, uint(31 * DAY + 1))),
        ("a grace of less than 24 hours", "value", term(4, uint(DAY - 1))),
        ("a grace of more than 31 days", "value", term(4, uint(31 * DAY + 1))),
        ("a grace of 2^64 - 1 ms", "value", term(4, uint(u64::MAX))),
        ("a meter among the terms", "cbor", term(5, uint(10_000))),
        ("an unknown member of the terms", "not_canonical", term(6, uint(10_000))),
        ("expired when made", "value", change(7, time(NOW))),
        ("a standing life of more than 366 days", "value", change(7, ms(NOW, 366 * DAY + 1))),
        ("a single life of more than 30 days", "value", with(&change(7, ms(NOW, 30 * DAY + 1)), 11, uint(0))),
        ("a usage of 2", "cbor", change(11, uint(2))),
        ("a memo with a bidirectional override", "text", change(9, tstr("pay \u{202e}005 DSU"))),
    ]
    .into_iter()
    .chain(meters(&term))
    .collect()
}

/// Members of a meter by which one that is in order, of 10 s at a time, is not.
fn meters(term: &dyn Fn(u8, Vec<u8>) -> Vec<u8>) -> Vec<Case> {
    let scooter = encode(&crate::tabs::scooter().terms.meter.unwrap());
    let meter = |key: u8, value: Vec<u8>| term(5, with(&scooter, key, value));
    let counted = |rate: u64| array(&[uint(2), uint(rate)]);
    let of = |quantum: u64| term(5, with(&with(&scooter, 0, counted(1000)), 3, uint(quantum)));
    vec![
        ("a meter of an unknown kind", "cbor", meter(0, array(&[uint(3)]))),
        ("a meter that counts without a rate", "cbor", meter(0, array(&[uint(2)]))),
        ("a meter of time with a rate", "cbor", meter(0, array(&[uint(1), uint(1000)]))),
        ("a meter that counts nothing", "value", meter(0, counted(0))),
        ("a meter that counts faster than 2^48", "value", meter(0, counted((1 << 48) + 1))),
        ("a meter whose unit has no ticks", "value", meter(1, uint(0))),
        ("a meter whose unit has more than 2^48 ticks", "value", meter(1, uint((1 << 48) + 1))),
        ("a meter with more than 2^48 free ticks", "value", meter(2, uint((1 << 48) + 1))),
        ("a meter that is paid for less than a second", "value", meter(3, uint(999))),
        ("a meter that is paid for more than an hour", "value", meter(3, uint(HOUR + 1))),
        ("a meter that is paid for no ticks", "value", of(0)),
        ("a meter whose quantum costs nothing", "value", of(2)),
        ("a meter whose quantum is above the cap", "value", of(1 << 40)),
        ("a meter with a grace of less than a second", "value", meter(4, uint(999))),
        ("a meter with a grace of more than 10 minutes", "value", meter(4, uint(600_001))),
        ("a meter with an unknown member", "not_canonical", meter(5, uint(0))),
        ("a meter without a grace", "cbor", term(5, crate::cose_bytes::without(&scooter, 4))),
    ]
}

fn order(payload: &[u8], change: Change<'_>) -> Vec<Case> {
    let public = |name: &str| encode(ed25519(name).public());
    let to = |payee: &str| change(9, bstr(ed25519(payee).public().payee_key_hash().as_bytes()));
    let ends = |spend: u64, claim: u64| with(&change(11, ms(NOW, spend)), 12, ms(NOW, claim));
    let as_root = with(&change(13, public("root")), 2, bstr(ed25519("root").public().verifier_id().as_bytes()));
    vec![
        ("an id of another time", "value", change(1, bstr(order_id("hold", NOW.plus(Span::from_ms(1))).as_bytes()))),
        ("expired when made", "value", change(6, time(NOW))),
        ("a life of more than 10 minutes", "value", change(6, ms(NOW, 600_001))),
        ("a cap of nothing", "value", change(10, encode(&usd(0)))),
        ("a cap of more than 10^15 units", "value", change(10, amount(1_000_000_000_000_001, "USD", 6))),
        ("spent from until it expires", "value", ends(120_000, 120_000 + DAY)),
        ("spent from for more than 31 days", "value", ends(31 * DAY + 1, 33 * DAY)),
        ("a grace of less than 24 hours", "value", ends(DAY, 2 * DAY - 1)),
        ("a grace of more than 31 days", "value", ends(DAY, 32 * DAY + 1)),
        ("claimed until before it is spent from", "value", ends(2 * DAY, DAY)),
        ("times of 2^48", "value", change(12, uint(1 << 48))),
        ("an ES256 voucher key", "value", change(13, encode(es256("act es256").public()))),
        (
            "a voucher key of small order",
            "key",
            change(13, encode(&farthing_protocol::key::PublicKey::Ed25519([0; 32]))),
        ),
        ("the act key as voucher key", "value", change(13, public("act"))),
        ("the account key as voucher key", "value", change(13, public("account"))),
        ("the verifier's root key as voucher key", "value", as_root),
        ("the payee's key as voucher key", "value", to("voucher")),
        ("a payee key hash of 16 bytes", "value", change(9, bstr(&[7; 16]))),
        ("null for no offer", "not_canonical", change(14, vec![0xf6])),
        (
            "an order's body",
            "not_canonical",
            crate::cose_bytes::map(&[crate::cose_bytes::members(payload), vec![(vec![0x11], array(&[]))]].concat()),
        ),
    ]
}

fn hold_change(payload: &[u8], change: Change<'_>) -> Vec<Case> {
    let made = NOW.plus(Span::from_h(12));
    let ends = |spend: u64, claim: u64| with(&change(10, ms(made, spend)), 11, ms(made, claim));
    vec![
        ("an id of another time", "value", change(1, bstr(order_id("hold change", NOW).as_bytes()))),
        ("expired when made", "value", change(6, time(made))),
        ("a hold of 16 bytes", "value", change(7, bstr(&[7; 16]))),
        ("version 1, which is the order's", "value", change(8, uint(1))),
        ("version 65", "value", change(8, uint(65))),
        ("a cap of nothing", "value", change(9, encode(&usd(0)))),
        ("spent from until it expires", "value", ends(120_000, 120_000 + DAY)),
        ("spent from for more than 31 days", "value", ends(31 * DAY + 1, 33 * DAY)),
        ("a grace of less than 24 hours", "value", ends(DAY, 2 * DAY - 1)),
        ("another voucher key", "not_canonical", with(payload, 12, encode(ed25519("somebody else").public()))),
    ]
}

fn receipt(payload: &[u8], change: Change<'_>) -> Vec<Case> {
    let other = bstr(&[7; 32]);
    let closed = |payload: &[u8]| with(payload, 16, vec![0xf5]);
    vec![
        ("seq 0", "value", change(2, uint(0))),
        ("version 0", "value", change(10, uint(0))),
        ("version 65", "value", with(&change(10, uint(65)), 7, other.clone())),
        ("version 1 that answers something else", "value", change(7, other.clone())),
        ("version 2 that answers the order", "value", change(10, uint(2))),
        ("closed by the order", "value", closed(payload)),
        ("placed before it was applied", "value", change(6, time(NOW))),
        ("placed after a change of it", "value", with(&with(&change(10, uint(2)), 7, other), 6, ms(NOW, 351))),
        ("a cap of nothing", "value", change(11, encode(&usd(0)))),
        ("a grace of less than 24 hours", "value", change(13, ms(NOW, 2 * DAY - 1))),
        ("an ES256 voucher key", "value", change(9, encode(es256("act es256").public()))),
        (
            "the payee's key as voucher key",
            "value",
            change(8, bstr(ed25519("voucher").public().payee_key_hash().as_bytes())),
        ),
        ("false for what is absent", "value", change(16, vec![0xf4])),
        ("a fee", "not_canonical", change(17, encode(&usd(10_000)))),
    ]
}

fn act(kind: &str, payload: &[u8], change: Change<'_>) -> Vec<Case> {
    let mut out = handle_act("act", payload, change);
    out.truncate(2);
    match kind {
        "claim" => out.extend([
            ("for nothing", "value", change(7, encode(&usd(0)))),
            ("a voucher of 193 bytes", "too_large", change(6, bstr(&[7; 193]))),
            ("a voucher as text", "cbor", change(6, tstr("voucher"))),
            ("no voucher", "cbor", crate::cose_bytes::without(payload, 6)),
        ]),
        "hold-release" => out.extend([
            ("a hold of 31 bytes", "value", change(6, bstr(&[7; 31]))),
            ("a total of more than 10^15 units", "value", change(7, amount(1_000_000_000_000_001, "USD", 6))),
            ("no total", "cbor", crate::cose_bytes::without(payload, 7)),
        ]),
        _ => out.push(("a hold of 33 bytes", "value", change(6, bstr(&[7; 33])))),
    }
    out
}

fn claim_receipt(payload: &[u8], change: Change<'_>) -> Vec<Case> {
    let nothing = encode(&usd(0));
    vec![
        ("seq 0", "value", change(2, uint(0))),
        ("more than the total", "value", change(8, encode(&usd(1_240_001)))),
        ("another asset than the total's", "value", change(8, euros(1))),
        ("a claim of nothing", "value", change(8, nothing.clone())),
        ("a claim without a voucher", "value", crate::cose_bytes::without(payload, 10)),
        ("a claim that nobody made", "value", crate::cose_bytes::without(payload, 9)),
        ("a claim that ends the hold", "value", change(11, vec![0xf5])),
        ("an end with a voucher", "value", with(&change(8, nothing), 11, vec![0xf5])),
        ("false for what is absent", "value", change(11, vec![0xf4])),
        ("a payer", "not_canonical", change(12, bstr(&[7; 16]))),
    ]
}
