//! Files about pairing: every step with what goes in, the link, and the grant.

use crate::json;
use crate::keys::{bytes, bytes_16, ed25519, es256, hex, hpke};
use crate::people::*;
use crate::samples::{URL, signed, text, verifier};
use farthing_protocol::cbor::encode;
use farthing_protocol::id::Digest;
use farthing_protocol::pairing::*;
use farthing_protocol::sealed::{hpke_seal_context, pad_to, seal_once};
use serde_json::{Value, json};

/// The files.
pub(crate) fn files() -> Vec<(String, Value)> {
    [("pairing", pairings()), ("pairing-link", links()), ("device-grant", grants())]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
}

/// The exported keys, in the order reveal, show, scan.
fn exported(met: &Met, info: &[u8]) -> [[u8; 32]; 3] {
    let names: [&[u8]; 3] = [b"farthing/1/reveal", b"farthing/1/show", b"farthing/1/scan"];
    let mut random = crate::keys::given(&[&bytes("ephemeral")]);
    let aad = met.offer.hash();
    let (_, keys) =
        hpke_seal_context(&met.offer.hpke, info, aad.as_bytes(), &bytes("n_scan"), names, &mut random).unwrap();
    keys.map(|key| **key)
}

fn info(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Contact => "farthing/1/pair-contact",
        Purpose::Device => "farthing/1/pair-device",
    }
}

/// What both sides put into their slots in the end.
fn cards(purpose: Purpose) -> [Vec<u8>; 2] {
    match purpose {
        Purpose::Contact => [
            signed(shower_card(), &ed25519("session")).bytes().to_vec(),
            signed(scanner_card(), &ed25519("friend session")).bytes().to_vec(),
        ],
        Purpose::Device => [grant().encode().to_vec(), signed(device_offer(), &es256("act es256")).bytes().to_vec()],
    }
}

fn pairing(name: &str, purpose: Purpose) -> Value {
    let met = met(purpose);
    let [reveal, show, scan] = exported(&met, info(purpose).as_bytes());
    let [shower, scanner] = cards(purpose);
    let offer_hash = met.offer.hash();
    json!({
        "name": name,
        "purpose": encode(&purpose)[0],
        "info": info(purpose),
        "url": URL,
        "verifier": verifier().to_hex(),
        "rendezvous": hex(&bytes_16("rendezvous")),
        "hpke_seed": hex(&bytes("pairing hpke")),
        "hpke_public": met.offer.hpke.to_hex(),
        "n_show": hex(&bytes("n_show")),
        "tls": met.offer.tls.map(|tls| tls.to_hex()),
        "offer": hex(&encode(&met.offer)),
        "offer_hash": offer_hash.to_hex(),
        "link": met.offer.link(&text(URL)),
        "n_scan": hex(&bytes("n_scan")),
        "ikm_e": hex(&bytes("ephemeral")),
        "message_1": hex(&met.message_1),
        "reveal_key": hex(&reveal),
        "show_key": hex(&show),
        "scan_key": hex(&scan),
        "message_2_aad": Digest::of_parts(&[offer_hash.as_bytes(), &met.message_1]).to_hex(),
        "message_2": hex(&met.message_2),
        "code": met.shower.code().to_string(),
        "transcript": met.shower.transcript().to_hex(),
        "slot_3_plaintext": hex(&shower),
        "slot_3": hex(&met.shower.seal(Role::Shower, &shower).unwrap()),
        "slot_4_plaintext": hex(&scanner),
        "slot_4": hex(&met.scanner.seal(Role::Scanner, &scanner).unwrap()),
    })
}

fn pairings() -> Value {
    json!({
        "valid": [pairing("two contacts", Purpose::Contact), pairing("a new device", Purpose::Device)],
        "invalid": ([wrong_answers(), wrong_reveals(), wrong_cards()].concat()),
    })
}

fn wrong_answers() -> Vec<Value> {
    let met = met(Purpose::Contact);
    let wrong = |name: &str, message: &[u8]| json!({"name": name, "step": "accept", "error": "cannot_open", "message_1": hex(message)});
    let flipped = |at: usize| {
        let mut bytes = met.message_1.clone();
        bytes[at] ^= 1;
        bytes
    };
    let offer_hash = met.offer.hash();
    let sealed = |info: &str, aad: &[u8], n_scan: &[u8]| {
        let mut random = crate::keys::given(&[&bytes("ephemeral")]);
        let (sealed, []) = hpke_seal_context(&met.offer.hpke, info.as_bytes(), aad, n_scan, [], &mut random).unwrap();
        [&sealed.enc[..], &sealed.ciphertext].concat()
    };
    let info = info(Purpose::Contact);
    vec![
        wrong("an altered enc", &flipped(3)),
        wrong("an altered ciphertext", &flipped(40)),
        wrong("79 bytes", &met.message_1[..79]),
        wrong("81 bytes", &[&met.message_1[..], &[0]].concat()),
        wrong("nothing", &[]),
        wrong("an enc of small order", &[&[0; 32], &met.message_1[32..]].concat()),
        wrong("an answer to another offer", &sealed(info, Digest::of(b"another offer").as_bytes(), &bytes("n_scan"))),
        wrong(
            "an answer to an offer of the other purpose",
            &sealed("farthing/1/pair-device", offer_hash.as_bytes(), &bytes("n_scan")),
        ),
        wrong("an n_scan of 31 bytes", &sealed(info, offer_hash.as_bytes(), &[7; 31])),
    ]
}

fn wrong_reveals() -> Vec<Value> {
    let met = met(Purpose::Contact);
    let [reveal, show, _] = exported(&met, info(Purpose::Contact).as_bytes());
    let offer_hash = met.offer.hash();
    let aad = |message_1: &[u8]| Digest::of_parts(&[offer_hash.as_bytes(), message_1]);
    let right = aad(&met.message_1);
    let wrong = |name: &str, message: &[u8]| json!({"name": name, "step": "learn", "error": "cannot_open", "message_2": hex(message)});
    let mut flipped = met.message_2.clone();
    flipped[0] ^= 1;
    vec![
        wrong("an altered reveal", &flipped),
        wrong("47 bytes", &met.message_2[..47]),
        wrong("nothing", &[]),
        wrong("not what the offer committed to", &seal_once(&reveal, right.as_bytes(), &bytes("another n_show"))),
        wrong("an n_show of 31 bytes", &seal_once(&reveal, right.as_bytes(), &bytes("n_show")[..31])),
        wrong("the reveal to another answer", &seal_once(&reveal, aad(b"another").as_bytes(), &bytes("n_show"))),
        wrong("sealed with another key", &seal_once(&show, right.as_bytes(), &bytes("n_show"))),
    ]
}

fn wrong_cards() -> Vec<Value> {
    let met = met(Purpose::Contact);
    let [_, show, scan] = exported(&met, info(Purpose::Contact).as_bytes());
    let transcript = met.shower.transcript().as_bytes();
    let [shower, scanner] = cards(Purpose::Contact);
    let wrong = |name: &str, error: &str, card: &[u8]| json!({"name": name, "step": "open", "error": error, "role": 1, "card": hex(card)});
    let right = met.shower.seal(Role::Shower, &shower).unwrap();
    let mut flipped = right.clone();
    flipped[500] ^= 1;
    let padded = pad_to(&shower, &[1008]).unwrap();
    let other = met.scanner.seal(Role::Scanner, &scanner).unwrap();
    vec![
        wrong("an altered card", "cannot_open", &flipped),
        wrong("cut by a byte", "cannot_open", &right[..1023]),
        wrong("nothing", "cannot_open", &[]),
        wrong("the other side's slot", "cannot_open", &other),
        wrong("one's own card given back", "cannot_open", &seal_once(&scan, transcript, &padded)),
        wrong("of another pairing", "cannot_open", &seal_once(&show, &[7; 32], &padded)),
        wrong("a shorter step", "not_canonical", &seal_once(&show, transcript, &pad_to(b"card", &[240]).unwrap())),
        wrong("no padding", "truncated", &seal_once(&show, transcript, &[0])),
    ]
}

fn links() -> Value {
    let [contact, device] = [Purpose::Contact, Purpose::Device].map(|purpose| met(purpose).offer);
    let shown = |name: &str, offer: &Offer| json!({"name": name, "offer": hex(&encode(offer)), "fields": json::of(&encode(offer)), "hash": offer.hash().to_hex(), "url": URL, "link": offer.link(&text(URL))});
    let link = contact.link(&text(URL));
    let code = link.split_once("/P#").unwrap().1;
    let wrong =
        |name: &str, error: &str, link: String| json!({"name": name, "step": "parse", "error": error, "link": link});
    let of = |bytes: &[u8]| format!("{URL}/P#{}", data_encoding::BASE32_NOPAD.encode(bytes));
    let bytes = encode(&contact);
    let replaced = |at: usize, byte: u8| of(&[&bytes[..at], &[byte], &bytes[at + 1..]].concat());
    let with_tls = [&[0xa7][..], &bytes[1..], &[0x06, 0x58, 0x20], &[7; 32]].concat();
    json!({
        "valid": [shown("two contacts", &contact), shown("a new device", &device)],
        "also_read": [
            format!("{URL}/P#{}", code.to_ascii_lowercase()),
            format!(" {}\n", link.replace("https://pay.", "HTTPS://PAY.")),
        ],
        "invalid": [
            wrong("version 2", "unknown_version", replaced(2, 2)),
            wrong("purpose 3", "cbor", replaced(4, 3)),
            wrong("purpose 0", "cbor", replaced(4, 0)),
            wrong("a TLS certificate for contacts", "value", of(&with_tls)),
            wrong("an unknown member", "not_canonical", of(&[&[0xa7][..], &bytes[1..], &[0x07, 0x01]].concat())),
            wrong("no commitment", "cbor", of(&[&[0xa5][..], &bytes[1..bytes.len() - 35]].concat())),
            wrong("a byte too many", "not_canonical", of(&[&bytes[..], &[0]].concat())),
            wrong("half of it", "truncated", format!("{URL}/P#{}", &code[..96])),
            wrong("a letter outside base32", "value", format!("{}1", &link[..link.len() - 1])),
            wrong("an invite link", "value", link.replace("/P#", "/I#")),
            wrong("a small p", "value", link.replace("/P#", "/p#")),
            wrong("plain HTTP to a host", "value", link.replace("https", "http")),
            wrong("a path", "value", link.replace("/P#", "/x/P#")),
            wrong("a URL of 129 bytes", "value", link.replace("pay.example.org", &"a".repeat(121))),
            wrong("nothing behind", "truncated", format!("{URL}/P#")),
        ],
    })
}

fn grants() -> Value {
    let right = grant();
    let bytes = right.encode().to_vec();
    let least = DeviceGrant { tls: None, alias: None, ..grant() };
    let shown = |name: &str, grant: &DeviceGrant| json!({"name": name, "fields": json::of(&grant.encode()), "bytes": hex(&grant.encode())});
    let wrong = |name: &str, error: &str, bytes: Vec<u8>| json!({"name": name, "step": "parse", "error": error, "bytes": hex(&bytes)});
    let change = |key: u8, value: Vec<u8>| crate::cose_bytes::with(&bytes, key, value);
    let x25519 = hpke("olm").public().as_bytes().to_vec();
    json!({
        "valid": [shown("to a cashier", &right), shown("without what may be absent", &least)],
        "invalid": [
            wrong("version 2", "unknown_version", change(0, vec![0x02])),
            wrong("a URL with a path", "value", change(4, [&[0x78, 0x19][..], b"https://pay.example.org/x"].concat())),
            wrong("a seed of 31 bytes", "value", change(6, [&[0x58, 0x1f][..], &[7; 31]].concat())),
            wrong("an HPKE key for the account key", "cbor", change(3, [&[0x58, 0x20][..], &x25519].concat())),
            wrong("an alias that is none", "value", change(7, [&[0x67][..], b"Truck 7"].concat())),
            wrong("an unknown member", "not_canonical", change(9, vec![0x01])),
            wrong("cut by a byte", "truncated", bytes[..bytes.len() - 1].to_vec()),
            wrong("a byte too many", "not_canonical", [&bytes[..], &[0]].concat()),
        ],
    })
}
