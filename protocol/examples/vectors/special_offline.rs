//! As `special`, for the objects of money without network.

use crate::cose_bytes::{with, without};
use crate::keys::{NOW, ed25519, order_id};
use crate::samples::usd;
use crate::special::{Case, amount, array, bstr, handle_act, time, tstr, uint};
use farthing_protocol::cbor::encode;
use farthing_protocol::key::{BareKey, Signer as _};
use farthing_protocol::time::Span;

type Change<'a> = &'a dyn Fn(u8, Vec<u8>) -> Vec<u8>;

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;
const MOST: u64 = 1_000_000_000_000_000;

/// The wrong forms of this type, made by changing members of a right payload.
pub(crate) fn cases(kind: &str, payload: &[u8], change: Change<'_>) -> Vec<Case> {
    match kind {
        "allowance-order" => order(change),
        "allowance" => allowance(payload, change),
        "offline-request" => vec![
            ("a challenge of 15 bytes", "value", change(1, bstr(&[7; 15]))),
            ("a whole verifier", "value", change(2, bstr(&[7; 32]))),
            ("a COSE_Key for the payee key", "cbor", change(3, encode(ed25519("friend payee").public()))),
            ("a payee key of small order", "key", change(3, bstr(&[0; 32]))),
            ("a compressed point for the payee key", "value", change(3, bstr(&[2; 33]))),
            ("for nothing", "value", change(4, encode(&usd(0)))),
            ("more than 10^15 units", "value", change(4, amount(MOST + 1, "USD", 6))),
            ("units without an asset", "cbor", change(4, uint(4_500_000))),
            ("a time of 2^48", "value", change(5, uint(1 << 48))),
            ("null for no details", "not_canonical", change(6, vec![0xf6])),
            ("items, which the verifier would see", "not_canonical", change(7, array(&[]))),
        ],
        "offline-voucher" => vec![
            ("an allowance of 32 bytes", "value", change(1, bstr(&[7; 32]))),
            ("number 0", "value", change(2, uint(0))),
            ("number 257", "value", change(2, uint(257))),
            ("a negative number", "cbor", change(2, vec![0x20])),
            ("for nothing", "value", change(3, uint(0))),
            ("an asset", "cbor", change(3, encode(&usd(4_500_000)))),
            ("more than the payee's total", "value", change(3, uint(4_500_001))),
            ("more for the payee than in all", "value", change(5, uint(4_500_001))),
            ("a first one with something before it", "value", change(4, uint(4_500_001))),
            ("more than 10^15 units", "value", with(&change(2, uint(2)), 4, uint(MOST + 1))),
            ("a request of 16 bytes", "value", change(6, bstr(&[7; 16]))),
        ],
        "offline-claim" => [
            act(payload, change),
            vec![
                ("a voucher of 181 bytes", "too_large", change(6, bstr(&[7; 181]))),
                ("a request of 241 bytes", "too_large", change(7, bstr(&[7; 241]))),
                ("a voucher as text", "cbor", change(6, tstr("voucher"))),
                ("no request", "cbor", without(payload, 7)),
            ],
        ]
        .concat(),
        "offline-receipt" => vec![
            ("seq 0", "value", change(2, uint(0))),
            ("an allowance of 32 bytes", "value", change(5, bstr(&[7; 32]))),
            ("for nothing", "value", with(&change(8, encode(&usd(0))), 9, uint(0))),
            ("more guaranteed than claimed", "value", change(9, uint(4_500_001))),
            ("an asset for what is guaranteed", "cbor", change(9, encode(&usd(1)))),
            ("no claim", "cbor", without(payload, 10)),
        ],
        "allowance-revoke" => {
            [act(payload, change), vec![("an allowance of 8 bytes", "value", change(6, bstr(&[7; 8])))]].concat()
        }
        "revoked-allowances" => revoked(change),
        "settlement" => settlement(payload, change),
        _ => Vec::new(),
    }
}

fn act(payload: &[u8], change: Change<'_>) -> Vec<Case> {
    let mut out = handle_act("act", payload, change);
    out.truncate(2);
    out
}

fn ms(more: u64) -> Vec<u8> {
    time(NOW.plus(Span::from_ms(more)))
}

fn order(change: Change<'_>) -> Vec<Case> {
    let key = |name: &str| bstr(BareKey::of(ed25519(name).public()).unwrap().as_bytes());
    let ends = |spend: u64, claim: u64| with(&change(10, ms(spend)), 11, ms(claim));
    let as_root = with(&change(12, key("root")), 2, bstr(ed25519("root").public().verifier_id().as_bytes()));
    vec![
        (
            "an id of another time",
            "value",
            change(1, bstr(order_id("allowance", NOW.plus(Span::from_ms(1))).as_bytes())),
        ),
        ("expired when made", "value", change(6, time(NOW))),
        ("a life of more than 10 minutes", "value", change(6, ms(600_001))),
        ("a cap of nothing", "value", change(8, encode(&usd(0)))),
        ("vouchers of nothing", "value", change(9, uint(0))),
        ("vouchers above the cap", "value", change(9, uint(50_000_001))),
        ("an asset for the most of one voucher", "cbor", change(9, encode(&usd(1)))),
        ("spent from until it expires", "value", ends(120_000, 120_000 + 3 * DAY)),
        ("spent from for more than 31 days", "value", ends(31 * DAY + 1, 40 * DAY)),
        ("less than 72 hours to claim", "value", ends(DAY, 4 * DAY - 1)),
        ("more than 31 days to claim", "value", ends(DAY, 32 * DAY + 1)),
        ("claimed until before it is spent from", "value", ends(2 * DAY, DAY)),
        ("a COSE_Key for the allowance key", "cbor", change(12, encode(ed25519("allowance").public()))),
        ("an allowance key of small order", "key", change(12, bstr(&[0; 32]))),
        ("the act key as allowance key", "value", change(12, key("act"))),
        ("the account key as allowance key", "value", change(12, key("account"))),
        ("the verifier's root key as allowance key", "value", as_root),
        ("a payee", "not_canonical", change(13, bstr(&[7; 32]))),
    ]
}

fn allowance(payload: &[u8], change: Change<'_>) -> Vec<Case> {
    vec![
        ("seq 0", "value", change(2, uint(0))),
        ("an epoch of 2^63", "value", change(1, uint(1 << 63))),
        ("an allowance of 32 bytes", "value", change(4, bstr(&[7; 32]))),
        ("an allowance key of small order", "key", change(5, bstr(&[0; 32]))),
        ("an allowance key of 31 bytes", "value", change(5, bstr(&[7; 31]))),
        ("a cap of nothing", "value", change(6, encode(&usd(0)))),
        ("vouchers of nothing", "value", change(7, uint(0))),
        ("vouchers above the cap", "value", change(7, uint(50_000_001))),
        ("over when it begins", "value", with(payload, 8, ms(350))),
        ("less than 72 hours to claim", "value", change(9, uint(3 * DAY - 1))),
        ("more than 31 days to claim", "value", change(9, uint(31 * DAY + 1))),
        ("2^64 - 1 ms to claim", "value", change(9, uint(u64::MAX))),
        ("a payer", "not_canonical", change(10, bstr(&[7; 16]))),
    ]
}

fn revoked(change: Change<'_>) -> Vec<Case> {
    let prefix = |n: u16| bstr(&[[0; 6].as_slice(), &n.to_be_bytes()].concat());
    let many: Vec<Vec<u8>> = (0..513).map(prefix).collect();
    vec![
        ("a verifier of 16 bytes", "value", change(1, bstr(&[7; 16]))),
        ("out of order", "value", change(4, array(&[prefix(2), prefix(1)]))),
        ("one twice", "value", change(4, array(&[prefix(1), prefix(1)]))),
        ("a whole allowance", "value", change(4, array(&[bstr(&[7; 16])]))),
        ("513 of them", "value", change(4, array(&many))),
        ("null for none", "cbor", change(4, vec![0xf6])),
    ]
}

/// Of the payer's settlement: 60 USD claimed, 50 paid out of the cap, 4 out of the balance, some out of the fund.
fn settlement(payload: &[u8], change: Change<'_>) -> Vec<Case> {
    let of = |count: u64, claimed: u64, reserve: u64, balance: u64, fund: u64| {
        change(7, array(&[count, claimed, reserve, balance, fund].map(uint)))
    };
    let (usd, hash) = (1_000_000_u64, |n: u8| bstr(&[n; 32]));
    let line = |amount: u64, reserve: u64, balance: u64, fund: u64| {
        let units = [amount, reserve, balance, fund].map(uint);
        with(payload, 9, array(&[vec![hash(7), hash(8)], units.to_vec()].concat()))
    };
    vec![
        ("seq 0", "value", change(2, uint(0))),
        ("a cap of nothing", "value", change(6, encode(&crate::samples::usd(0)))),
        ("claims that come to nothing", "value", of(3, 0, 0, 0, 0)),
        ("something claimed by nobody", "value", of(0, usd, usd, 0, 0)),
        ("4097 claims", "value", of(4_097, 60 * usd, 50 * usd, 4 * usd, 0)),
        ("less than the cap out of it", "value", of(3, 60 * usd, 50 * usd - 1, 4 * usd, 0)),
        ("more than the cap out of it", "value", of(3, 60 * usd, 50 * usd + 1, 4 * usd, 0)),
        ("more than is missing out of the balance", "value", of(3, 60 * usd, 50 * usd, 10 * usd + 1, 0)),
        ("the cap once more, and more, out of the balance", "value", of(9, 160 * usd, 50 * usd, 50 * usd + 1, 0)),
        ("more than is missing out of the fund", "value", of(3, 60 * usd, 50 * usd, 4 * usd, 6 * usd + 1)),
        ("four sums", "cbor", change(7, array(&[3, 60 * usd, 50 * usd, 4 * usd].map(uint)))),
        ("a line for nothing", "value", line(0, 0, 0, 0)),
        ("a line above all claims", "value", line(61 * usd, 50 * usd, 4 * usd, 0)),
        ("a share that is too small", "value", line(20 * usd, 16_666_665, 1_333_333, 0)),
        ("a share that is too large", "value", line(20 * usd, 16_666_668, 1_333_333, 0)),
        ("a share of the balance that is too large", "value", line(20 * usd, 16_666_666, 1_333_335, 0)),
        ("more than the voucher", "value", line(20 * usd, 16_666_666, 1_333_333, 2_000_002)),
        ("more than the cap, and nothing says why", "value", without(payload, 10)),
        ("a voucher that contradicts itself", "value", change(10, array(&[hash(7), hash(7)]))),
        ("a contradiction the wrong way round", "value", change(10, array(&[hash(8), hash(7)]))),
        ("the payer's account", "not_canonical", change(11, bstr(&[7; 16]))),
    ]
}
