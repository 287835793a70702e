//! Files that are neither objects nor sealed: keys, bodies, signed reads, amounts, problems.

use crate::keys::{Key, NOW, bytes, bytes_16, ed25519, es256, hex};
use crate::samples::{account_id, device_id, usd, verifier};
use crate::{bodies, bodies_people, json};
use farthing_protocol::cbor::encode;
use farthing_protocol::code::{OfflineRefusalCode, ProblemCode, RefusalCode, TabRefusalCode};
use farthing_protocol::http::{Call, Problem, SignatureHeaders, signature};
use farthing_protocol::id::{KeyId, Nonce};
use farthing_protocol::key::Signer as _;
use farthing_protocol::money::{Amount, Asset, Code};
use serde_json::{Value, json};

/// The files.
pub(crate) fn files() -> Vec<(String, Value)> {
    [
        ("keys", keys()),
        ("bodies", body_file()),
        ("signed-reads", reads()),
        ("amounts", amounts()),
        ("problems", problems()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn keys() -> Value {
    let shown = |name: &str, key: &Key| {
        let public = key.public();
        json!({
            "name": name,
            "signer": key.shown(),
            "public_key": hex(&encode(public)),
            "thumbprint": public.thumbprint().to_hex(),
            "kid": public.kid().to_hex(),
            "first_16": hex(&public.thumbprint().as_bytes()[..16]),
        })
    };
    let hpke = |name: &str| {
        let key = crate::keys::hpke(name);
        json!({"name": name, "seed": hex(&bytes(name)), "public": key.public().to_hex()})
    };
    json!({
        "how": "a seed, private key or other random value is SHA-256 of the text \"farthing vector: \" and its name; 16 bytes are the first 16",
        "signing": (["root", "signing", "account", "act", "session", "payee", "alias payee", "friend account", "friend act", "friend session", "friend payee", "voucher", "allowance", "second payee"].map(|n| shown(n, &ed25519(n)))),
        "es256": (["act es256", "payee es256", "signing es256"].map(|n| shown(n, &es256(n)))),
        "hpke": (["verifier hpke", "payee hpke", "alias hpke", "friend hpke", "pairing hpke"].map(hpke)),
    })
}

fn body_file() -> Value {
    let all = [bodies::all(), bodies_people::all()].concat();
    let valid: Vec<Value> = all
        .iter()
        .map(|(body, name, bytes)| json!({"body": body, "name": name, "fields": json::of(bytes), "bytes": hex(bytes)}))
        .collect();
    let mut invalid = Vec::new();
    let mut wrong = |body: &str, name: &str, error: &str, bytes: Vec<u8>| {
        invalid.push(json!({"body": body, "name": name, "step": "parse", "error": error, "bytes": hex(&bytes)}));
    };
    for (body, _, bytes) in &all {
        // These write absence as null, and so count their members.
        let counted =
            ["order-body", "account-status", "devices-body", "devices-status", "claimed-prekey", "checkpoint-status"]
                .contains(body);
        wrong(body, "cut by a byte", "truncated", bytes[..bytes.len() - 1].to_vec());
        wrong(body, "a byte too many", "not_canonical", [&bytes[..], &[0]].concat());
        wrong(
            body,
            "an array of indefinite length",
            if counted { "cbor" } else { "not_canonical" },
            [&[0x9f][..], &bytes[1..], &[0xff]].concat(),
        );
    }
    let order = &all[3].2;
    wrong("order-body", "nulls left out", "cbor", [&[0x81][..], &order[1..order.len() - 2]].concat());
    wrong("order-body", "a fourth member", "cbor", [&[0x84][..], &order[1..], &[0xf6]].concat());
    wrong("order-body", "a code of 5 digits", "value", [&order[..order.len() - 1], &[0x65], b"12345"].concat());
    wrong("order-body", "a code of letters", "value", [&order[..order.len() - 1], &[0x66], b"abcdef"].concat());
    wrong("order-body", "a code of 9 digits", "value", [&order[..order.len() - 1], &[0x69], b"123456789"].concat());
    wrong(
        "order-body",
        "a code that is a number",
        "cbor",
        [&order[..order.len() - 1], &[0x1a, 0, 1, 0xe2, 0x40]].concat(),
    );
    wrong(
        "order-body",
        "an embedded object of 8193 bytes",
        "too_large",
        [&[0x83, 0x59, 0x20, 0x01][..], &[0; 8193], &[0xf6, 0xf6]].concat(),
    );
    let content = [&[0x82, 0x40, 0x59, 0x10, 0x01][..], &[0; 4097]].concat();
    wrong("bind-body", "a ciphertext of 4097 bytes", "too_large", content);
    let entry_of_kind = |kind| [&[0x83, 0x40, 0x81, 0x8a, 0x01, 0x01, kind, 0x40][..], &[0xf6; 6], &[0xf4]].concat();
    wrong("entries-page", "an entry of kind 0", "cbor", entry_of_kind(0));
    wrong("entries-page", "an entry of kind 13", "cbor", entry_of_kind(13));
    wrong("claims-body", "no claims", "value", vec![0x81, 0x80]);
    wrong("claims-body", "65 claims", "value", [&[0x81, 0x98, 65][..], &[0x40; 65]].concat());
    wrong("claim-outcomes", "no outcomes", "value", vec![0x81, 0x80]);
    wrong("claim-outcomes", "an outcome of a fourth kind", "cbor", vec![0x81, 0x81, 0x82, 0x04, 0x40]);
    wrong("claim-outcomes", "a refusal's number as a problem's", "value", vec![0x81, 0x81, 0x82, 0x03, 0x18, 0x65]);
    wrong("claim-outcomes", "a problem of 65,736", "value", vec![0x81, 0x81, 0x82, 0x03, 0x1a, 0, 1, 0, 0xc8]);
    wrong("order-body", "more than 32 KiB", "too_large", vec![0x83; 32 * 1024 + 1]);
    json!({"valid": valid, "invalid": invalid})
}

/// A signed read that is right.
pub(crate) fn read(path: &str, query: &str) -> Call {
    read_by(path, query, KeyId::from(&device_id()), "session")
}

fn read_by(path: &str, query: &str, keyid: KeyId, signer: &str) -> Call {
    let mut call = Call::get(path, query);
    let nonce = Nonce::new(bytes_16("nonce"));
    signature::sign(&mut call, AUTHORITY, &verifier(), keyid, NOW, &nonce, &ed25519(signer)).unwrap();
    call
}

const AUTHORITY: &str = "pay.example.org";

/// What is signed, written out by the rules and not by the library.
pub(crate) fn base(call: &Call) -> String {
    let headers = call.signature.as_ref().unwrap();
    format!(
        "\"@method\": {}\n\"@path\": {}\n\"@query\": ?{}\n\"@authority\": {AUTHORITY}\n\"content-digest\": {}\n\"@signature-params\": {}",
        call.method.as_str(),
        call.path,
        call.query,
        headers.content_digest,
        headers.signature_input.strip_prefix("sig=").unwrap(),
    )
}

fn reads() -> Value {
    let shown_by = |name: &str, path: &str, query: &str, keyid: KeyId, signer: &str| {
        let call = read_by(path, query, keyid, signer);
        json!({
            "name": name,
            "signer": ed25519(signer).shown(),
            "public_key": hex(&encode(ed25519(signer).public())),
            "verifier": verifier().to_hex(),
            "keyid": keyid.to_hex(),
            "created": NOW.as_s(),
            "nonce": hex(&bytes_16("nonce")),
            "call": shown_call(&call),
            "signature_base": base(&call),
        })
    };
    let shown = |name: &str, path: &str, query: &str| shown_by(name, path, query, KeyId::from(&device_id()), "session");
    json!({
        "authority": AUTHORITY,
        "valid": [
            shown("entries", "/v1/entries", "epoch=1&seq=0&max=100&wait=0"),
            shown("the account, no query", "/v1/account", ""),
            shown("an alias", "/v1/aliases/truck-7", ""),
            shown("a mailbox", "/v1/messages", "after=12&max=100&wait=25000"),
            shown_by("by the account key", "/v1/devices", "", KeyId::from(&account_id()), "account"),
        ],
        "invalid": wrong_reads(),
    })
}

fn shown_call(call: &Call) -> Value {
    let headers = call.signature.as_ref().unwrap();
    json!({
        "method": call.method.as_str(),
        "path": call.path,
        "query": call.query,
        "body": hex(&call.body),
        "content-digest": headers.content_digest,
        "signature-input": headers.signature_input,
        "signature": headers.signature,
    })
}

fn wrong_reads() -> Vec<Value> {
    let right = read("/v1/entries", "epoch=1&seq=0&max=100&wait=0");
    let changed = |name: &str, step: &str, error: &str, change: &dyn Fn(&mut Call, &mut SignatureHeaders)| {
        let mut call = right.clone();
        let mut headers = call.signature.clone().unwrap();
        change(&mut call, &mut headers);
        call.signature = Some(headers);
        json!({"name": name, "step": step, "error": error, "verifier": verifier().to_hex(), "public_key": hex(&encode(ed25519("session").public())), "call": shown_call(&call)})
    };
    let input = |from: &'static str, to: &'static str| {
        move |_: &mut Call, h: &mut SignatureHeaders| {
            assert!(h.signature_input.contains(from), "{from}");
            h.signature_input = h.signature_input.replace(from, to);
        }
    };
    let other_verifier = hex(&bytes("another verifier"));
    vec![
        changed("the query left out of what is covered", "parse", "value", &input(" \"@query\"", "")),
        changed("covered in another order", "parse", "value", &input("\"@method\" \"@path\"", "\"@path\" \"@method\"")),
        changed("something more is covered", "parse", "value", &input("\"@method\"", "\"@method\" \"date\"")),
        changed("a further parameter", "parse", "value", &input(";tag=", ";expires=1900000000;tag=")),
        changed("parameters in another order", "parse", "value", &input(";alg=\"ed25519\"", "")),
        changed("another algorithm", "parse", "value", &input("ed25519", "hmac-sha256")),
        changed("another label", "parse", "value", &input("sig=", "sig1=")),
        changed("a space more", "parse", "value", &input(";created", "; created")),
        changed("a second signature", "parse", "value", &|_, h| {
            h.signature_input = format!("{}, sig2={}", h.signature_input, &h.signature_input[4..]);
            h.signature = format!("{}, sig2={}", h.signature, &h.signature[4..]);
        }),
        changed("the tag of another verifier", "parse", "value", &|_, h| {
            h.signature_input = h.signature_input.replace(&verifier().to_hex(), &other_verifier);
        }),
        changed("no signature", "parse", "value", &|_, h| h.signature = String::new()),
        changed("a signature of 63 bytes", "parse", "value", &|_, h| {
            h.signature = format!("sig=:{}:", data_encoding::BASE64.encode(&[7; 63]));
        }),
        changed("the digest of another body", "parse", "value", &|_, h| {
            h.content_digest = signature::content_digest(b"x")
        }),
        changed("a body that is not digested", "parse", "value", &|c, _| c.body = b"x".to_vec()),
        changed("a line break in the path", "parse", "value", &|c, _| c.path = "/v1/entries\n".to_owned()),
        changed("a space in the path", "parse", "value", &|c, _| c.path = "/v1/ entries".to_owned()),
        changed("a letter outside ASCII in the query", "parse", "value", &|c, _| c.query = "max=１".to_owned()),
        changed("a time beyond 2^48 ms", "parse", "value", &|_, h| {
            h.signature_input = h.signature_input.replace(&NOW.as_s().to_string(), "281474976711");
        }),
        changed("a time with a zero in front", "parse", "value", &|_, h| {
            h.signature_input = h.signature_input.replace(&NOW.as_s().to_string(), &format!("0{}", NOW.as_s()));
        }),
        changed("headers that are too long", "parse", "too_large", &|_, h| h.signature = "a".repeat(1025)),
        changed("another path", "verify", "bad_signature", &|c, _| c.path = "/v1/account".to_owned()),
        changed("another query", "verify", "bad_signature", &|c, _| {
            c.query = "epoch=1&seq=1&max=100&wait=0".to_owned()
        }),
        changed("another nonce", "verify", "bad_signature", &|_, h| {
            h.signature_input = h.signature_input.replace(&hex(&bytes_16("nonce")), &hex(&[7; 16]));
        }),
        changed("another time", "verify", "bad_signature", &|_, h| {
            h.signature_input = h.signature_input.replace(&NOW.as_s().to_string(), &(NOW.as_s() + 1).to_string());
        }),
        {
            let key = es256("act es256");
            let call = read_by("/v1/devices", "", KeyId::from(&account_id()), "account");
            json!({"name": "by a key that is not Ed25519", "step": "verify", "error": "wrong_algorithm", "verifier": verifier().to_hex(), "public_key": hex(&encode(key.public())), "call": shown_call(&call)})
        },
        changed("another signature", "verify", "bad_signature", &|_, h| {
            h.signature = format!("sig=:{}:", data_encoding::BASE64.encode(&[7; 64]));
        }),
    ]
}

fn amounts() -> Value {
    let asset = |code: &str, scale| Asset::new(Code::new(code).unwrap(), scale).unwrap();
    let (dollar, won) = (asset("USD", 6), asset("KRW", 4));
    let valid: Vec<Value> = [
        ("4.50 USD", vec![dollar]),
        ("4.5", vec![dollar]),
        ("0.000001 usd", vec![dollar]),
        ("12 USD", vec![dollar]),
        ("0.0230 USD", vec![dollar]),
        ("0 USD", vec![dollar]),
        ("007.10 USD", vec![dollar]),
        ("1500 KRW", vec![dollar, won]),
        ("1500.0001 KRW", vec![dollar, won]),
        ("1000000000 USD", vec![dollar]),
        ("  4.5 \t Usd\n", vec![dollar]),
        ("1\u{a0}USD", vec![dollar]),
        ("0000000000000000000000001", vec![dollar]),
        ("0", vec![dollar]),
    ]
    .into_iter()
    .map(|(text, assets)| {
        let amount = Amount::parse(text, &assets).unwrap();
        json!({"text": text, "assets": shown_assets(&assets), "value": amount.value(), "code": amount.asset().code.as_str(), "shown": amount.to_string(), "cbor": hex(&encode(&amount))})
    })
    .collect();
    let invalid: Vec<Value> = [
        "",
        "four",
        "1.",
        ".5",
        "+1",
        "1e3",
        "1,5",
        "-1 USD",
        "-0 USD",
        "-x",
        "- 1",
        "1 EUR",
        "four EUR",
        "1 EUR USD",
        "1.0000000",
        "4.50USD",
        "1 USD USD",
        "1.2.3",
        "0x10",
        "1_000",
        "1000000000.000001",
        "99999999999999999999",
        "0.0000001",
        "NaN",
        "∞",
        "１",
    ]
    .into_iter()
    .map(|text| (text, vec![dollar]))
    .chain([("1", vec![dollar, won]), ("4.50USD", vec![dollar, won]), ("", vec![dollar, won])])
    .map(|(text, assets)| {
        let error = Amount::parse(text, &assets).unwrap_err();
        json!({"text": text, "assets": shown_assets(&assets), "step": "read", "error": error.kind()})
    })
    .collect();
    let schedule = usd(0).asset();
    let fees: Vec<Value> = [(0_u64, 0_u64, 4_500_000_u64), (10_000, 30, 4_500_000), (0, 1, 9_999), (0, 1, 10_000), (5, 10_000, 1)]
        .into_iter()
        .map(|(flat, bps, value)| {
            let fee = u128::from(flat) + u128::from(value) * u128::from(bps) / 10_000;
            json!({"code": schedule.code.as_str(), "scale": schedule.scale(), "flat": flat, "bps": bps, "value": value, "fee": fee as u64})
        })
        .collect();
    json!({"valid": valid, "invalid": invalid, "fees": fees})
}

fn shown_assets(assets: &[Asset]) -> Value {
    json!(assets.iter().map(|a| json!({"code": a.code.as_str(), "scale": a.scale()})).collect::<Vec<_>>())
}

fn problems() -> Value {
    let mut valid: Vec<Value> = ProblemCode::ALL
        .iter()
        .map(|code| json!({"code": code.number(), "kind": code.kind(), "status": code.status(), "retryable": code.is_retryable(), "message": code.message(), "json": Problem::new(*code).to_json()}))
        .collect();
    let detailed = Problem::new(ProblemCode::Malformed).with_detail("the order's id is not a UUIDv7");
    let code = ProblemCode::StaleSignature;
    let stale = Problem { head: Some(vec![1, 2, 3]), ..Problem::new(code) };
    valid.push(json!({"name": "with a detail", "code": 200, "json": detailed.to_json(), "detail": detailed.detail}));
    valid.push(json!({"name": "with a head", "code": code.number(), "json": stale.to_json(), "head": "010203"}));
    let text = detailed.to_json();
    let ignored = |name: &str, json: String| json!({"name": name, "code": 200, "json": json, "detail": null});
    valid.push(ignored("a detail that could deceive is ignored", text.replace("UUIDv7", "\\u202e7vDIUU")));
    valid.push(ignored(
        "an unknown member is ignored",
        Problem::new(ProblemCode::Malformed).to_json().replace("{\"type\"", "{\"more\":1,\"type\""),
    ));
    valid.push(ignored("only a code: what else is absent is ignored", "{\"code\":200}".to_owned()));
    valid.push(ignored(
        "members of a wrong type are ignored",
        "{\"status\":\"x\",\"title\":1,\"detail\":[],\"code\":200}".to_owned(),
    ));
    valid
        .push(ignored("null for what is absent is ignored", "{\"code\":200,\"detail\":null,\"head\":null}".to_owned()));
    let unreadable = |name: &str, json: String| json!({"name": name, "step": "parse", "error": "value", "json": json});
    let refusals: Vec<Value> = RefusalCode::ALL
        .iter()
        .map(|c| json!({"code": c.number(), "kind": c.kind(), "retryable": c.is_retryable(), "message": c.message()}))
        .collect();
    let of_tabs: Vec<Value> = TabRefusalCode::ALL
        .iter()
        .map(|c| json!({"code": c.number(), "kind": c.kind(), "retryable": c.is_retryable(), "message": c.message()}))
        .collect();
    let offline: Vec<Value> = OfflineRefusalCode::ALL
        .iter()
        .map(|c| json!({"code": c.number(), "kind": c.kind(), "retryable": c.is_retryable(), "message": c.message()}))
        .collect();
    json!({
        "refusals": ([refusals, of_tabs, offline].concat()),
        "valid": valid,
        "invalid": [
            unreadable("not JSON", "<html>502</html>".to_owned()),
            unreadable("an array", format!("[{text}]")),
            unreadable("an unknown code", text.replace("\"code\":200", "\"code\":999")),
            unreadable("a code beyond 65535", text.replace("\"code\":200", "\"code\":65736")),
            unreadable("a code as text", text.replace("\"code\":200", "\"code\":\"200\"")),
            unreadable("a code with a point", text.replace("\"code\":200", "\"code\":200.0")),
            unreadable("a refusal's code", text.replace("\"code\":200", "\"code\":101")),
            unreadable("no code", text.replace("\"code\":200,", "")),
            unreadable("the code twice", text.replace("\"code\":200", "\"code\":200,\"code\":200")),
            unreadable("a head that is not base64url", stale.to_json().replace("AQID", "AQ+D")),
            unreadable("a head that is a number", stale.to_json().replace("\"AQID\"", "1")),
            unreadable("cut", text[..text.len() - 1].to_owned()),
            unreadable("something follows", format!("{text}x")),
            unreadable("nothing", String::new()),
        ],
    })
}
