//! Ways to be wrong that only some types have: limits, and checks between members.

use crate::cose_bytes::{Parts, cbor, map, members, with, without};
use crate::invalid::refused;
use crate::keys::{Key, NOW, bytes, bytes_16, ed25519, es256, hpke, order_id};
use crate::samples::usd;
use crate::{special_offline, special_people, special_tabs};
use farthing_protocol::cbor::encode;
use farthing_protocol::key::{PublicKey, Signer as _};
use farthing_protocol::time::{Span, Time};
use minicbor::Encoder;
use serde_json::Value;

/// The wrong forms of this type, made from a right payload.
pub(crate) fn of(kind: &str, payload: &[u8], key: &Key) -> Vec<Value> {
    let change = |key: u8, value: Vec<u8>| with(payload, key, value);
    cases(kind, payload, &change)
        .into_iter()
        .map(|(name, error, payload)| refused(name, error, &Parts::right(kind, &payload, key).signed(key)))
        .collect()
}

pub(crate) type Case = (&'static str, &'static str, Vec<u8>);

fn cases(kind: &str, payload: &[u8], change: &dyn Fn(u8, Vec<u8>) -> Vec<u8>) -> Vec<Case> {
    match kind {
        "verifier-certificate" => vec![
            ("never valid", "value", change(8, time(NOW.minus(Span::from_h(24))))),
            ("an HPKE key of 31 bytes", "value", change(4, bstr(&[1; 31]))),
            ("a key of small order", "key", change(3, ed25519_key(&[0; 32]))),
            ("the neutral key", "key", change(3, ed25519_key(&first_is(1)))),
            ("a key with y above the prime", "key", change(3, ed25519_key(&above_prime()))),
            ("a key with a kid in it", "key", change(3, key_with_kid())),
            ("an X25519 key for an Ed25519 one", "key", change(3, curve_4())),
            ("a serial of 2^63", "value", change(2, uint(1 << 63))),
            ("the neutral key with a sign bit", "key", change(3, ed25519_key(&neutral_with_sign()))),
            ("a key of an unknown type", "key", change(3, key_of_type_3())),
            ("a key's type as text", "key", change(3, key_with_text_type())),
            ("an array for a key", "cbor", change(3, array(&[]))),
        ],
        "checkpoint" => vec![
            ("five roots", "value", change(5, array(&vec![bstr(&[7; 32]); 5]))),
            ("null for no previous checkpoint", "not_canonical", change(4, vec![0xf6])),
            ("a previous hash of 31 bytes", "value", change(4, bstr(&[7; 31]))),
        ],
        "head" => vec![
            ("a nonce of 15 bytes", "value", change(5, bstr(&[7; 15]))),
            ("a time of 2^48", "value", change(3, uint(1 << 48))),
            ("a seq of 2^63", "value", change(2, uint(1 << 63))),
            ("a negative seq", "cbor", change(2, vec![0x20])),
            ("a negative time", "cbor", change(3, vec![0x38, 0x63])),
            ("text for the checkpoint", "cbor", change(4, tstr("checkpoint"))),
        ],
        "fee-schedule" => fee_schedule(change),
        "invite" => [
            "http://pay.example.org",
            "https://pay.example.org/",
            "https://a@b.example",
            "pay.example.org",
            "https://",
            "https://:443",
            "https://pay.example.org:",
            "https://pay.example.org:0",
            "https://pay.example.org:080",
            "https://pay.example.org:65536",
            "https://pay.example.org:80:80",
            "https://Pay.example.org",
            "https://pay..example.org",
            "https://pay.example.org.",
            "https://-pay.example.org",
            "https://2001:db8::1",
            "https://[2001:db8::1",
            "https://[2001:DB8::1]",
            "https://[pay.example.org]",
            "http://127.0.0.1.example.org",
        ]
        .into_iter()
        .map(|url| ("a URL that is not a verifier's", "value", change(2, tstr(url))))
        .chain([
            ("an empty URL", "text", change(2, tstr(""))),
            ("a URL of 129 bytes", "text", change(2, tstr(&format!("https://{}", "a".repeat(121))))),
        ])
        .collect(),
        "device-certificate" => device(change),
        "device-list" => vec![
            ("no devices", "value", change(4, array(&[]))),
            ("a device twice", "value", change(4, array(&vec![listed(1); 2]))),
            ("devices out of order", "value", change(4, array(&[listed(2), listed(1)]))),
            ("17 devices", "value", change(4, array(&(0..17).map(listed).collect::<Vec<_>>()))),
        ],
        "enrolment" => vec![("an invite code of 17 bytes", "value", change(4, bstr(&[7; 17])))],
        "handle-register" | "handle-bind" | "handle-cancel" => handle_act(kind, payload, change),
        "alias-record" => ["ab", "-ab", "ab-", "Truck", "truck_7", "a".repeat(33).leak()]
            .into_iter()
            .map(|alias| ("not an alias", "value", change(2, tstr(alias))))
            .collect(),
        "request" => request(change),
        "order" => order(payload, change),
        "receipt" => vec![
            ("a receipt for nothing", "value", change(5, encode(&usd(0)))),
            ("more than 10^15 units", "value", change(5, amount(1_000_000_000_000_001, "USD", 6))),
            ("a scale of 256", "value", change(5, amount(1, "USD", 256))),
            ("a negative amount", "cbor", change(5, array(&[vec![0x20], tstr("USD"), uint(6)]))),
            ("seq 0", "value", change(2, uint(0))),
        ],
        "refusal" => vec![
            ("code 99", "value", change(4, uint(99))),
            ("code 200", "value", change(4, uint(200))),
            ("code 65536", "value", change(4, uint(65_536))),
            ("code -1", "cbor", change(4, vec![0x20])),
            ("a message of 257 bytes", "text", change(6, tstr(&"a".repeat(257)))),
            ("an attachment of 4097 bytes", "too_large", change(7, bstr(&[0; 4097]))),
        ],
        "issue" => vec![
            ("an issue of nothing", "value", change(4, encode(&usd(0)))),
            ("no reason", "text", change(5, tstr(""))),
            ("an id that is no UUIDv7", "value", change(1, bstr(&bytes_16("no uuid")))),
        ],
        _ => [special_people::cases, special_tabs::cases, special_offline::cases]
            .map(|cases| cases(kind, payload, change))
            .concat(),
    }
}

fn fee_schedule(change: &dyn Fn(u8, Vec<u8>) -> Vec<u8>) -> Vec<Case> {
    let terms = |code: &str, scale: u64, flat: u64, bps: u64| array(&[tstr(code), uint(scale), uint(flat), uint(bps)]);
    let one = |terms: Vec<u8>| change(4, array(&[terms]));
    let many: Vec<Vec<u8>> = (0..33_u8).map(|n| terms(&format!("A{:02}", n), 2, 0, 0)).collect();
    vec![
        ("no assets", "value", change(4, array(&[]))),
        ("33 assets", "value", change(4, array(&many))),
        ("assets out of order", "value", change(4, array(&[terms("USD", 6, 0, 0), terms("KRW", 4, 0, 0)]))),
        ("an asset twice", "value", change(4, array(&[terms("USD", 4, 0, 0), terms("USD", 6, 0, 0)]))),
        ("a scale of 256", "value", one(terms("USD", 256, 0, 0))),
        ("a negative fee", "cbor", one(array(&[tstr("USD"), uint(6), vec![0x20], uint(0)]))),
        ("a rate of 10,001 basis points", "value", one(terms("USD", 6, 0, 10_001))),
        ("a flat fee above 10^15", "value", one(terms("USD", 6, 1_000_000_000_000_001, 0))),
        ("a scale of 13", "value", one(terms("USD", 13, 0, 0))),
        ("a code in small letters", "value", one(terms("usd", 6, 0, 0))),
        ("a code of two letters", "value", one(terms("US", 6, 0, 0))),
        ("a code that begins with a digit", "value", one(terms("1USD", 6, 0, 0))),
        ("a row of three", "cbor", one(array(&[tstr("USD"), uint(6), uint(0)]))),
    ]
}

fn device(change: &dyn Fn(u8, Vec<u8>) -> Vec<u8>) -> Vec<Case> {
    let scope = |more: &[(u8, Vec<u8>)]| {
        let mut scope = cbor(|e| {
            e.map(1).unwrap().u8(0).unwrap().u8(7).unwrap();
        });
        for (key, value) in more {
            scope = with(&scope, *key, value.clone());
        }
        change(6, scope)
    };
    let limit = |code: &str| amount(5, code, 6);
    let (account, act) = (encode(ed25519("account").public()), encode(ed25519("act").public()));
    vec![
        ("an ES256 session key", "value", change(4, encode(es256("act es256").public()))),
        ("the act key as session key", "value", change(4, act)),
        ("the account key as act key", "value", change(3, account)),
        ("a P-256 key that is not on the curve", "key", change(3, off_curve())),
        ("permissions of 8", "value", scope(&[(0, uint(8))])),
        ("permissions of 256", "value", scope(&[(0, uint(256))])),
        ("an empty list of limits", "value", scope(&[(1, array(&[]))])),
        ("limits out of order", "value", scope(&[(2, array(&[limit("USD"), limit("KRW")]))])),
        ("a limit twice", "value", scope(&[(1, array(&[limit("USD"), limit("USD")]))])),
        ("no payees", "value", scope(&[(3, array(&[]))])),
        ("nine payees", "value", scope(&[(3, array(&vec![bstr(&[7; 16]); 9]))])),
        ("an Olm identity of 33 bytes", "value", change(5, bstr(&[7; 33]))),
        ("an Olm identity of small order", "key", change(5, bstr(&first_is(1)))),
    ]
}

pub(crate) fn handle_act(kind: &str, payload: &[u8], change: &dyn Fn(u8, Vec<u8>) -> Vec<u8>) -> Vec<Case> {
    let mut out = vec![
        ("an id that is no UUIDv7", "value", change(4, bstr(&bytes_16("no uuid")))),
        ("an id of another time", "value", change(5, time(NOW.plus(Span::from_ms(1))))),
    ];
    let handle = |n: u8, payee: &str| array(&[bstr(&[n; 16]), encode(ed25519(payee).public())]);
    match kind {
        "handle-register" => out.extend([
            ("no handles", "value", change(6, array(&[]))),
            ("a handle twice", "value", change(6, array(&[handle(1, "a"), handle(1, "b")]))),
            ("a payee key twice", "value", change(6, array(&[handle(1, "a"), handle(2, "a")]))),
            ("21 handles", "value", change(6, array(&(0..21).map(|n| handle(n, &n.to_string())).collect::<Vec<_>>()))),
        ]),
        "handle-bind" => out.extend([
            ("an amount of nothing", "value", change(7, encode(&usd(0)))),
            ("expired when made", "value", change(8, time(NOW))),
            ("a life of more than 30 days", "value", change(8, time(month_and_a_bit()))),
        ]),
        _ => out.push(("a handle of 17 bytes", "value", with(payload, 6, bstr(&[7; 17])))),
    }
    out
}

fn request(change: &dyn Fn(u8, Vec<u8>) -> Vec<u8>) -> Vec<Case> {
    let item = |name: &str, value: u64, code: &str| array(&[tstr(name), amount(value, code, 6)]);
    let memo = |text: &str| change(9, tstr(text));
    let standing = change(12, uint(1));
    let open = |items: &[Vec<u8>]| without(&change(10, array(items)), 6);
    vec![
        ("a memo that is not NFC", "text", memo("cafe\u{301}")),
        ("a memo with a bidirectional override", "text", memo("pay \u{202e}005 DSU")),
        ("a memo with an isolate", "text", memo("\u{2066}x\u{2069}")),
        ("a memo with a line break", "text", memo("one\ntwo")),
        ("a memo with an escape", "text", memo("\u{1b}[2J")),
        ("a memo with a byte order mark", "text", memo("\u{feff}x")),
        ("an empty memo", "text", memo("")),
        ("a memo of 1025 bytes", "text", memo(&"a".repeat(1025))),
        ("a memo that is not UTF-8", "cbor", change(9, vec![0x62, 0xc3, 0x28])),
        ("a memo in pieces", "cbor", change(9, vec![0x7f, 0x61, 0x61, 0xff])),
        ("a name of 65 bytes", "text", change(11, tstr(&"a".repeat(65)))),
        ("an amount of nothing", "value", change(6, encode(&usd(0)))),
        ("more than 10^15 units", "value", change(6, amount(1_000_000_000_000_001, "USD", 6))),
        ("null for an open amount", "not_canonical", change(6, vec![0xf6])),
        ("expired when made", "value", change(8, time(NOW))),
        ("a life of more than 30 days", "value", change(8, time(month_and_a_bit()))),
        ("a standing life of more than 366 days", "value", with(&standing, 8, time(leap_year_and_a_bit()))),
        ("no items", "value", change(10, array(&[]))),
        ("items that do not add up", "value", change(10, array(&[item("Tea", 4_499_999, "USD")]))),
        ("items of another asset than the amount", "value", change(10, array(&[item("Tea", 4_500_000, "EUR")]))),
        (
            "items that add up to more than 10^15",
            "value",
            open(&[item("a", 1_000_000_000_000_000, "USD"), item("b", 1, "USD")]),
        ),
        ("items of two assets", "value", change(10, array(&[item("Tea", 1, "USD"), item("Tea", 1, "EUR")]))),
        ("65 items", "value", change(10, array(&vec![item("a", 1, "USD"); 65]))),
        ("an item without a name", "text", change(10, array(&[item("", 4_500_000, "USD")]))),
        ("a usage of 2", "cbor", change(12, uint(2))),
        ("a handle of 15 bytes", "value", change(3, bstr(&[7; 15]))),
        ("an HPKE key as payee key", "cbor", change(4, bstr(hpke("payee hpke").public().as_bytes()))),
    ]
}

fn order(payload: &[u8], change: &dyn Fn(u8, Vec<u8>) -> Vec<u8>) -> Vec<Case> {
    let body = members(payload).pop().unwrap().1;
    let payment = body[2..].to_vec();
    let pays = |key: u8, value: Vec<u8>| change(8, array(&[uint(1), with(&payment, key, value)]));
    let uuid_v4 = {
        let mut id = *order_id("order", NOW).as_bytes();
        id[6] = 0x40 | (id[6] & 0x0f);
        id
    };
    vec![
        ("an id that is a UUIDv4", "value", change(1, bstr(&uuid_v4))),
        ("an id of another time", "value", change(1, bstr(order_id("order", NOW.plus(Span::from_ms(1))).as_bytes()))),
        ("expired when made", "value", change(6, time(NOW))),
        ("a life of more than 10 minutes", "value", change(6, time(NOW.plus(Span::from_ms(600_001))))),
        ("an amount of nothing", "value", pays(2, encode(&usd(0)))),
        ("more than 10^15 units", "value", pays(2, amount(1_000_000_000_000_001, "USD", 6))),
        ("a handle of 15 bytes", "value", pays(0, bstr(&[7; 15]))),
        ("an unknown member of the payment", "not_canonical", pays(6, uint(0))),
        ("null for no bundle", "not_canonical", pays(5, vec![0xf6])),
        ("an unknown kind of order", "cbor", change(8, array(&[uint(2), map(&members(&payment))]))),
        ("a body of three", "not_canonical", change(8, array(&[uint(1), payment.clone(), uint(0)]))),
    ]
}

fn leap_year_and_a_bit() -> Time {
    NOW.plus(Span::from_ms(366 * 24 * 3_600_000 + 1))
}

fn month_and_a_bit() -> Time {
    NOW.plus(Span::from_ms(30 * 24 * 3_600_000 + 1))
}

fn one(f: impl FnOnce(&mut Encoder<Vec<u8>>)) -> Vec<u8> {
    cbor(f)
}

pub(crate) fn uint(n: u64) -> Vec<u8> {
    one(|e| {
        e.u64(n).unwrap();
    })
}

pub(crate) fn time(t: Time) -> Vec<u8> {
    uint(t.as_ms())
}

pub(crate) fn bstr(b: &[u8]) -> Vec<u8> {
    one(|e| {
        e.bytes(b).unwrap();
    })
}

pub(crate) fn tstr(t: &str) -> Vec<u8> {
    one(|e| {
        e.str(t).unwrap();
    })
}

pub(crate) fn array(items: &[Vec<u8>]) -> Vec<u8> {
    let head = one(|e| {
        e.array(items.len() as u64).unwrap();
    });
    [head, items.concat()].concat()
}

pub(crate) fn amount(value: u64, code: &str, scale: u64) -> Vec<u8> {
    array(&[uint(value), tstr(code), uint(scale)])
}

fn listed(n: u8) -> Vec<u8> {
    array(&[bstr(&[n; 16]), bstr(&[n; 32])])
}

fn ed25519_key(x: &[u8; 32]) -> Vec<u8> {
    encode(&PublicKey::Ed25519(*x))
}

fn first_is(n: u8) -> [u8; 32] {
    let mut x = [0; 32];
    x[0] = n;
    x
}

fn neutral_with_sign() -> [u8; 32] {
    let mut x = first_is(1);
    x[31] = 0x80;
    x
}

/// y = 2^255 − 19 + 3: another encoding of y = 3, which is a point.
fn above_prime() -> [u8; 32] {
    let mut x = [0xff; 32];
    x[0] = 0xf0;
    x[31] = 0x7f;
    x
}

fn key_with_kid() -> Vec<u8> {
    one(|e| {
        e.map(4).unwrap().u8(1).unwrap().u8(1).unwrap().u8(2).unwrap().bytes(&[7; 8]).unwrap();
        e.i8(-1).unwrap().u8(6).unwrap().i8(-2).unwrap().bytes(&bytes("x")).unwrap();
    })
}

fn curve_4() -> Vec<u8> {
    one(|e| {
        e.map(3).unwrap().u8(1).unwrap().u8(1).unwrap().i8(-1).unwrap().u8(4).unwrap();
        e.i8(-2).unwrap().bytes(hpke("olm").public().as_bytes()).unwrap();
    })
}

fn key_of_type_3() -> Vec<u8> {
    one(|e| {
        e.map(3).unwrap().u8(1).unwrap().u8(3).unwrap().i8(-1).unwrap().u8(6).unwrap();
        e.i8(-2).unwrap().bytes(&bytes("x")).unwrap();
    })
}

fn key_with_text_type() -> Vec<u8> {
    one(|e| {
        e.map(3).unwrap().u8(1).unwrap().str("OKP").unwrap().i8(-1).unwrap().u8(6).unwrap();
        e.i8(-2).unwrap().bytes(&bytes("x")).unwrap();
    })
}

fn off_curve() -> Vec<u8> {
    encode(&PublicKey::Es256 { x: [1; 32], y: [1; 32] })
}
