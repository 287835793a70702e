//! One file for each thing that is derived or sealed.

use crate::cose_bytes::{cbor, with, without};
use crate::json;
use crate::keys::{bytes, ed25519, given, hex, hpke};
use crate::samples::{URL, binding, bundle, disclosure, invite, order, signed, signed_request, verifier};
use farthing_protocol::alias::Alias;
use farthing_protocol::carried::CarriedOrder;
use farthing_protocol::cbor::{Bytes, encode};
use farthing_protocol::cose::Signed;
use farthing_protocol::http::OrderBody;
use farthing_protocol::id::Digest;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::sealed::{hpke_seal, pad, pad_to, seal_once};
use farthing_protocol::{invite as invites, request};
use serde_json::{Value, json};

/// The files.
pub(crate) fn files() -> Vec<(String, Value)> {
    [
        ("pad", pads()),
        ("bundle", bundles()),
        ("carried-order", carried_orders()),
        ("direct", crate::direct::direct()),
        ("pointer", pointers()),
        ("request-reference", references()),
        ("details-hash", details()),
        ("alias-handle", aliases()),
        ("invite-link", invite_links()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn pads() -> Value {
    let valid: Vec<Value> = [0, 1, 238, 239, 1006, 1007, 4078]
        .into_iter()
        .map(|len| {
            let plaintext = vec![0xab_u8; len];
            let padded = pad(&plaintext).unwrap();
            json!({"plaintext_length": len, "plaintext_byte": "ab", "padded_length": padded.len(), "padded_sha256": Digest::of(&padded).to_hex()})
        })
        .collect();
    let short = pad(b"tea").unwrap();
    let mut dirty = short.to_vec();
    dirty[239] = 1;
    let longer = [&short[..], &[0; 768]].concat();
    let wrong = |name: &str, error: &str, padded: &[u8]| json!({"name": name, "step": "open", "error": error, "padded": hex(padded)});
    json!({
        "example": {"plaintext": hex(b"tea"), "padded": hex(&short)},
        "valid": valid,
        "invalid": [
            wrong("a byte that is not zero", "not_canonical", &dirty),
            wrong("a longer step than needed", "not_canonical", &longer),
            wrong("a length beyond the end", "truncated", &[&[0x00, 0xef][..], &[0; 238]].concat()),
            wrong("one byte", "truncated", &[0]),
            wrong("nothing", "truncated", &[]),
            wrong("a length and nothing behind", "truncated", &[0x00, 0x01]),
            wrong("an empty plaintext without zeros", "not_canonical", &[0x00, 0x00]),
            wrong("between two steps", "not_canonical", &short[..239]),
        ],
        "too_large": {"plaintext_length": 4079, "error": "too_large"},
    })
}

fn bundles() -> Value {
    let (bundle, binding) = (bundle(), binding());
    let encoded = encode(&bundle);
    let aad = [&binding.order.as_bytes()[..], binding.payee_key.as_bytes()].concat();
    let plaintext = encode(&disclosure());
    let recipient = json::of(&encoded)["map"][2][1][0].clone();
    let malformed = |name: &str, error: &str, bytes: Vec<u8>| json!({"name": name, "step": "parse", "error": error, "bytes": hex(&bytes)});
    let cannot_open = |name: &str, bytes: &[u8], seed: &str, order: &[u8], payee: &[u8]| json!({"name": name, "step": "open", "error": "cannot_open", "bytes": hex(bytes), "hpke_seed": hex(&self::bytes(seed)), "order_id": hex(order), "payee_key_hash": hex(payee)});
    let (order, payee) = (binding.order.as_bytes(), binding.payee_key.as_bytes());
    let flipped = |at: usize| {
        let mut bytes = encoded.clone();
        bytes[at] ^= 1;
        bytes
    };
    let last = encoded.len() - 1;
    // a3 00 01 01 59 0100 <256> 02 81 83 01 …
    let body_end = 7 + 256;
    let with_body = |key: &[u8; 32], plaintext: &[u8]| {
        [&encoded[..7], &seal_once(key, &aad, &pad(plaintext).unwrap()), &encoded[body_end..]].concat()
    };
    let newer = [&plaintext[..2], &[0x02][..], &plaintext[3..]].concat();
    json!({
        "valid": [{
            "name": "one recipient",
            "hpke_seed": hex(&self::bytes("payee hpke")),
            "hpke_public": hpke("payee hpke").public().to_hex(),
            "order_id": hex(order),
            "payee_key_hash": hex(payee),
            "aad": hex(&aad),
            "info": "farthing/1/bundle",
            "disclosure": hex(&plaintext),
            "body_key": hex(&self::bytes("bundle key")),
            "ikm_e": hex(&self::bytes("ephemeral")),
            "enc": recipient[1]["hex"],
            "wrapped": recipient[2]["hex"],
            "fields": json::of(&encoded),
            "bytes": hex(&encoded),
            "hash": bundle.hash().to_hex(),
        }],
        "invalid": [
            malformed("no recipients", "value", [&encoded[..body_end], &[0x02, 0x80]].concat()),
            malformed("a body of 255 bytes", "value", [&[0xa3, 0x00, 0x01, 0x01, 0x58, 0xff][..], &encoded[7..body_end - 1], &encoded[body_end..]].concat()),
            malformed("a body of 4097 bytes", "value", [&[0xa3, 0x00, 0x01, 0x01, 0x59, 0x10, 0x01][..], &[0; 4097], &encoded[body_end..]].concat()),
            malformed("a wrapped key of 47 bytes", "value", [&encoded[..encoded.len() - 50], &[0x58, 0x2f][..], &[0; 47]].concat()),
            malformed("a wrapped key of 49 bytes", "value", [&encoded[..encoded.len() - 50], &[0x58, 0x31][..], &[0; 49]].concat()),
            malformed("an unknown kind of recipient", "cbor", [&encoded[..body_end + 3], &[0x02], &encoded[body_end + 4..]].concat()),
            malformed("version 2", "unknown_version", [&[0xa3, 0x00, 0x02][..], &encoded[3..]].concat()),
            malformed("an indefinite map", "not_canonical", [&[0xbf][..], &encoded[1..], &[0xff]].concat()),
            malformed("cut by a byte", "truncated", encoded[..last].to_vec()),
            malformed("a byte too many", "not_canonical", [&encoded[..], &[0]].concat()),
            malformed("more than 8192 bytes", "too_large", vec![0xa3; 8193]),
            cannot_open("an altered body", &flipped(20), "payee hpke", order, payee),
            cannot_open("the body of another bundle", &with_body(&[0; 32], &plaintext), "payee hpke", order, payee),
            cannot_open("a body that holds no disclosure", &with_body(&self::bytes("bundle key"), &[0xa0]), "payee hpke", order, payee),
            cannot_open("a disclosure of version 2", &with_body(&self::bytes("bundle key"), &newer), "payee hpke", order, payee),
            cannot_open("an altered wrapped key", &flipped(last), "payee hpke", order, payee),
            cannot_open("another recipient's key", &encoded, "alias hpke", order, payee),
            cannot_open("moved to another order", &encoded, "payee hpke", &[7; 16], payee),
            cannot_open("moved to another payee", &encoded, "payee hpke", order, &[7; 32]),
        ],
    })
}

/// The sample order, for the verifier, to be carried: alone, or with its bundle.
pub(crate) fn carried_body(with_bundle: bool) -> OrderBody {
    OrderBody {
        order: Bytes::new(signed(order(), &ed25519("act")).bytes().to_vec()).unwrap(),
        bundle: with_bundle.then(|| Bytes::new(encode(&bundle())).unwrap()),
        code: None,
    }
}

/// It, sealed.
pub(crate) fn carried(body: &OrderBody) -> CarriedOrder {
    let mut random = given(&[&self::bytes("ephemeral")]);
    CarriedOrder::seal(body, &verifier(), hpke("verifier hpke").public(), &mut random).unwrap()
}

fn carried_orders() -> Value {
    let (alone, with_bundle) = (carried_body(false), carried_body(true));
    let to = hpke("verifier hpke");
    let shown = |name: &str, body: &OrderBody| {
        let carried = carried(body);
        json!({
            "name": name,
            "verifier": verifier().to_hex(),
            "hpke_seed": hex(&self::bytes("verifier hpke")),
            "hpke_public": to.public().to_hex(),
            "info": "farthing/1/carried-order",
            "order_body": hex(&body.encode()),
            "ikm_e": hex(&self::bytes("ephemeral")),
            "fields": json::of(&carried.encode()),
            "bytes": hex(&carried.encode()),
        })
    };
    let right = carried(&alone).encode();
    let aad = verifier();
    // Sealed rightly, but not what it should be.
    let sealed_as = |plaintext: &[u8]| {
        let mut random = given(&[&self::bytes("ephemeral")]);
        let sealed =
            hpke_seal(to.public(), b"farthing/1/carried-order", aad.as_bytes(), plaintext, &mut random).unwrap();
        CarriedOrder { ciphertext: Bytes::new(sealed.ciphertext).unwrap(), ..carried(&alone) }.encode()
    };
    let malformed = |name: &str, error: &str, bytes: Vec<u8>| json!({"name": name, "step": "parse", "error": error, "bytes": hex(&bytes)});
    let cannot_open = |name: &str, bytes: &[u8], seed: &str| json!({"name": name, "step": "open", "error": "cannot_open", "bytes": hex(bytes), "hpke_seed": hex(&self::bytes(seed))});
    let flipped = |at: usize| {
        let mut bytes = right.clone();
        bytes[at] ^= 1;
        bytes
    };
    let with_ciphertext = |n: usize| {
        with(
            &right,
            3,
            cbor(|e| {
                e.bytes(&vec![7; n]).unwrap();
            }),
        )
    };
    let mut dirty = pad_to(&alone.encode(), &[496]).unwrap().to_vec();
    dirty[495] = 1;
    json!({
        "valid": [shown("an order alone", &alone), shown("with a bundle", &with_bundle)],
        "invalid": [
            malformed("a ciphertext of 511 bytes", "value", with_ciphertext(511)),
            malformed("a ciphertext of 4096 bytes", "value", with_ciphertext(4096)),
            malformed("an encapsulated key of 31 bytes", "value", with(&right, 2, cbor(|e| {
                e.bytes(&[7; 31]).unwrap();
            }))),
            malformed("version 2", "unknown_version", with(&right, 0, vec![2])),
            malformed("an unknown member", "not_canonical", with(&right, 4, vec![0])),
            malformed("no verifier", "cbor", without(&right, 1)),
            malformed("an indefinite map", "not_canonical", [&[0xbf][..], &right[1..], &[0xff]].concat()),
            malformed("cut by a byte", "truncated", right[..right.len() - 1].to_vec()),
            malformed("a byte too many", "not_canonical", [&right[..], &[0]].concat()),
            malformed("more than 5248 bytes", "too_large", vec![0xa4; 5249]),
            cannot_open("altered", &flipped(right.len() - 1), "verifier hpke"),
            cannot_open("another encapsulated key", &flipped(45), "verifier hpke"),
            cannot_open("moved to another verifier", &flipped(10), "verifier hpke"),
            cannot_open("another verifier's key", &right, "alias hpke"),
            cannot_open("a larger step than needed", &sealed_as(&pad_to(&alone.encode(), &[1008]).unwrap()), "verifier hpke"),
            cannot_open("padding that is not zeros", &sealed_as(&dirty), "verifier hpke"),
            cannot_open("no order-body", &sealed_as(&pad_to(&[0x80], &[496]).unwrap()), "verifier hpke"),
        ],
    })
}

fn pointers() -> Value {
    let request = signed_request();
    let pointer = Pointer::to(URL, &request).unwrap();
    let content = pointer.seal(&request).unwrap();
    let secret = &request.bytes_hash().as_bytes()[..20].to_vec();
    let key = farthing_protocol::sealed::derive(&[], secret, &[b"farthing/1/content"]);
    let link = pointer.link();
    let code = link.split_once("/R#").unwrap().1;
    let mut flipped = content.clone();
    flipped[100] ^= 1;
    // Sealed rightly, but another request than the link's hash says.
    let other = seal_once(&key, pointer.locator().as_bytes(), &pad(&request.bytes()[1..]).unwrap());
    let bare = seal_once(&key, pointer.locator().as_bytes(), &[0]);
    let wrong_link = |name: &str, link: String| json!({"name": name, "step": "parse", "error": "value", "link": link});
    json!({
        "valid": [{
            "name": "a request",
            "url": URL,
            "request": hex(request.bytes()),
            "secret": hex(secret),
            "link": link,
            "locator": pointer.locator().to_hex(),
            "key": hex(&key[..]),
            "content": hex(&content),
            "content_sha256": Digest::of(&content).to_hex(),
        }],
        "also_read": [format!("{URL}/R#{}", code.to_ascii_lowercase()), format!("  {link}\n"), link.replace("https://pay.", "HTTPS://Pay."), format!("\u{a0}{link}\u{2028}")],
        "invalid": [
            wrong_link("a letter missing", link[..link.len() - 1].to_owned()),
            wrong_link("a letter too many", format!("{link}A")),
            wrong_link("a letter outside base32", link.replace(&code[..1], "1")),
            wrong_link("padding", format!("{link}=")),
            wrong_link("an invite link", link.replace("/R#", "/I#")),
            wrong_link("plain HTTP to a host", format!("http://pay.example.org/R#{code}")),
            wrong_link("a path before /R#", format!("https://pay.example.org/x/R#{code}")),
            wrong_link("a user", format!("https://a@pay.example.org/R#{code}")),
            wrong_link("a host of 50 characters", format!("https://{}/R#{code}", "a".repeat(50))),
            wrong_link("another scheme", format!("bitcoin:{code}")),
            wrong_link("nothing", String::new()),
            wrong_link("a small r", link.replace("/R#", "/r#")),
            wrong_link("port 0", format!("https://pay.example.org:0/R#{code}")),
            wrong_link("two ports", format!("https://pay.example.org:1:2/R#{code}")),
            {"name": "an altered ciphertext", "step": "open", "error": "cannot_open", "link": link, "content": hex(&flipped)},
            {"name": "sealed rightly, without padding", "step": "open", "error": "truncated", "link": link, "content": hex(&bare)},
            {"name": "another request, sealed rightly", "step": "open", "error": "value", "link": link, "content": hex(&other)},
            {"name": "an empty ciphertext", "step": "open", "error": "cannot_open", "link": link, "content": ""},
            {"name": "more than 4096 bytes", "step": "open", "error": "too_large", "link": link, "content": hex(&vec![0; 4097])},
        ],
    })
}

fn references() -> Value {
    let request = signed_request();
    json!({"valid": [{
        "request": hex(request.bytes()),
        "bytes_hash": request.bytes_hash().to_hex(),
        "info": "farthing/1/request-ref",
        "reference": request::reference(&request).to_hex(),
    }]})
}

fn details() -> Value {
    let full = disclosure();
    let empty = farthing_protocol::details::Disclosure { details: Default::default(), ..disclosure() };
    let shown = |name: &str, d: &farthing_protocol::details::Disclosure| {
        json!({
            "name": name,
            "salt": hex(d.salt.as_bytes()),
            "details": hex(&encode(&d.details)),
            "disclosure": hex(&encode(d)),
            "fields": json::of(&encode(d)),
            "hash": d.hash().to_hex(),
        })
    };
    let bytes = encode(&full);
    let wrong = |name: &str, error: &str, bytes: Vec<u8>| json!({"name": name, "step": "parse", "error": error, "disclosure": hex(&bytes)});
    json!({
        "valid": [shown("memo and payer", &full), shown("empty", &empty)],
        "invalid": [
            wrong("version 2", "unknown_version", [&[0xa3, 0x00, 0x02][..], &bytes[3..]].concat()),
            wrong("cut", "truncated", bytes[..bytes.len() - 1].to_vec()),
            wrong("a byte too many", "not_canonical", [&bytes[..], &[0]].concat()),
            wrong("a salt of 31 bytes", "value", [&[0xa3, 0x00, 0x01, 0x01, 0x58, 0x1f][..], &bytes[7..]].concat()),
        ],
    })
}

fn aliases() -> Value {
    let valid: Vec<Value> = ["truck-7", "abc", "a1234567890123456789012345678901"]
        .into_iter()
        .map(|alias| json!({"alias": alias, "handle": Alias::new(alias).unwrap().handle().to_hex()}))
        .collect();
    let wrong = ["ab", "-abc", "abc-", "Truck", "truck_7", "truck 7", "träck", "a12345678901234567890123456789012", ""];
    json!({"valid": valid, "invalid": (wrong.map(|alias| json!({"alias": alias, "step": "parse", "error": "value"})))})
}

fn invite_links() -> Value {
    let signed = Signed::sign(invite(), &crate::keys::ed25519("signing")).unwrap();
    let link = invites::link(&signed);
    let wrong =
        |name: &str, error: &str, link: String| json!({"name": name, "step": "parse", "error": error, "link": link});
    json!({
        "valid": [{"invite": hex(signed.bytes()), "link": link}],
        "also_read": [
            format!("{URL}/I#{}", link.split_once("/I#").unwrap().1.to_ascii_lowercase()),
            format!("\t{}\n", link.replace("https://pay.", "HTTPS://PAY.")),
        ],
        "invalid": [
            wrong("another URL in front", "value", link.replace("pay.", "pay2.")),
            wrong("a letter outside base32", "value", format!("{}1", &link[..link.len() - 1])),
            wrong("half of it", "truncated", format!("{URL}/I#{}", &link.split_once("/I#").unwrap().1[..160])),
            wrong("a request link", "value", link.replace("/I#", "/R#")),
            wrong("a small i", "value", link.replace("/I#", "/i#")),
            wrong("white space inside", "value", link.replace("/I#", "/I# ")),
            wrong("nothing behind", "truncated", format!("{URL}/I#")),
        ],
    })
}
