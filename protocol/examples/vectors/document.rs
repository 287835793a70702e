//! Puts the examples into the specification, so that they are true.

use crate::others::{base, read};
use crate::{json, keys};
use farthing_protocol::code::{OfflineRefusalCode, ProblemCode, RefusalCode, TabRefusalCode};
use serde_json::Value;

/// The page with what stands between its marks made anew.
pub(crate) fn filled(page: &str, files: &[(String, Value)]) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("<!-- begin example ") {
        let (name, after) = after.split_once(" -->\n").unwrap();
        let (_, after) = after.split_once("<!-- end example -->").unwrap();
        out.push_str(&format!("{before}<!-- begin example {name} -->\n{}<!-- end example -->", example(name, files)));
        rest = after;
    }
    out + rest
}

fn example(name: &str, files: &[(String, Value)]) -> String {
    let file = |name: &str| &files.iter().find(|(n, _)| n == name).unwrap().1;
    match name {
        "alias" => {
            let handle = file("alias-handle")["valid"][0]["handle"].as_str().unwrap();
            block("text", &format!("SHA-256(\"farthing/1/alias\" ‖ \"truck-7\")[..16] = {handle}"))
        }
        "keys" => key_examples(file("keys")),
        "sig_structure" => {
            let v = &file("checkpoint")["valid"][0];
            let lines = [
                ("seed", &v["signer"]["seed"]),
                ("public key", &v["public_key"]),
                ("kid", &v["kid"]),
                ("payload", &v["payload"]),
                ("Sig_structure", &v["to_be_signed"]),
                ("signature", &v["signature"]),
                ("object", &v["bytes"]),
                ("hash", &v["hash"]),
                ("bytes hash", &v["bytes_hash"]),
            ];
            block("text", &lines.map(|(n, v)| labelled(n, v.as_str().unwrap())).join("\n"))
        }
        "sealing" => sealing(file("pointer"), file("request-reference"), file("bundle"), file("details-hash")),
        "pairing" => pairing(file("pairing")),
        "signed_read" => signed_read(file("signed-reads")),
        "refusals" => refusals(),
        "tab-refusals" => tab_refusals(),
        "offline-refusals" => offline_refusals(),
        "frames" => frames(file("frames")),
        "problems" => problems(),
        _ => object(&file(name)["valid"][0]),
    }
}

fn object(v: &Value) -> String {
    let payload = data_encoding::HEXLOWER.decode(v["payload"].as_str().unwrap().as_bytes()).unwrap();
    let shown = block("text", &json::diagnostic(&payload));
    let bytes = block("text", &labelled("bytes", v["bytes"].as_str().unwrap()));
    format!("Example “{}”:\n\n{shown}\n{bytes}", v["name"].as_str().unwrap())
}

fn key_examples(keys: &Value) -> String {
    let mut lines = Vec::new();
    for v in [&keys["signing"][2], &keys["es256"][0]] {
        lines.push(format!("{} ({})", v["name"].as_str().unwrap(), v["signer"]["algorithm"].as_str().unwrap()));
        for member in ["public_key", "thumbprint", "kid"] {
            lines.push(labelled(member, v[member].as_str().unwrap()));
        }
    }
    block("text", &lines.join("\n"))
}

fn sealing(pointer: &Value, reference: &Value, bundle: &Value, details: &Value) -> String {
    let (p, r, b, d) = (&pointer["valid"][0], &reference["valid"][0], &bundle["valid"][0], &details["valid"][0]);
    let lines = [
        ("request's SHA-256", &r["bytes_hash"]),
        ("reference", &r["reference"]),
        ("h", &p["secret"]),
        ("link", &p["link"]),
        ("locator", &p["locator"]),
        ("content key", &p["key"]),
        ("content's SHA-256", &p["content_sha256"]),
        ("salt", &d["salt"]),
        ("encode(details)", &d["details"]),
        ("details hash", &d["hash"]),
        ("disclosure", &b["disclosure"]),
        ("aad", &b["aad"]),
        ("K", &b["body_key"]),
        ("ikmE (RFC 9180 §7.1.3)", &b["ikm_e"]),
        ("enc", &b["enc"]),
        ("wrapped", &b["wrapped"]),
        ("bundle's SHA-256", &b["hash"]),
    ];
    let text = lines.map(|(n, v)| labelled(n, v.as_str().unwrap())).join("\n");
    format!(
        "The example's request and order (6.11, 6.12) sealed; the long values are in `pointer.json` and `bundle.json`:\n\n{}",
        block("text", &text)
    )
}

fn pairing(file: &Value) -> String {
    let v = &file["valid"][0];
    let lines = [
        ("offer", &v["offer"]),
        ("offer hash", &v["offer_hash"]),
        ("link", &v["link"]),
        ("pk's ikm (RFC 9180 §7.1.3)", &v["hpke_seed"]),
        ("n_show", &v["n_show"]),
        ("n_scan", &v["n_scan"]),
        ("ikmE", &v["ikm_e"]),
        ("message 1", &v["message_1"]),
        ("K(reveal)", &v["reveal_key"]),
        ("K(show)", &v["show_key"]),
        ("K(scan)", &v["scan_key"]),
        ("message 2", &v["message_2"]),
        ("code", &v["code"]),
        ("transcript hash", &v["transcript"]),
    ];
    let text = lines.map(|(n, v)| labelled(n, v.as_str().unwrap())).join("\n");
    format!(
        "A pairing of two contacts; its slots 3 and 4, and a new device's, are in `pairing.json`:\n\n{}",
        block("text", &text)
    )
}

fn signed_read(file: &Value) -> String {
    let call = read("/v1/entries", "epoch=1&seq=0&max=100&wait=0");
    let headers = call.signature.as_ref().unwrap();
    let v = &file["valid"][0];
    let keys =
        format!("seed    {}\npublic  {}", keys::hex(&keys::bytes("session")), &v["public_key"].as_str().unwrap()[16..]);
    let request = format!(
        "GET {}?{} HTTP/1.1\nHost: pay.example.org\nContent-Digest: {}\nSignature-Input: {}\nSignature: {}",
        call.path, call.query, headers.content_digest, headers.signature_input, headers.signature
    );
    format!(
        "{}\n{}\nIts signature base:\n\n{}",
        block("text", &keys),
        block("http", &request),
        block("text", &base(&call))
    )
}

fn refusals() -> String {
    refusal_table(RefusalCode::ALL.iter().map(|c| (c.number(), c.kind(), c.is_retryable(), c.message())))
}

fn tab_refusals() -> String {
    refusal_table(TabRefusalCode::ALL.iter().map(|c| (c.number(), c.kind(), c.is_retryable(), c.message())))
}

fn offline_refusals() -> String {
    refusal_table(OfflineRefusalCode::ALL.iter().map(|c| (c.number(), c.kind(), c.is_retryable(), c.message())))
}

/// What QR codes hold, by what they are drawn for.
fn frames(file: &Value) -> String {
    let row = |frame: &Value| {
        let bytes: usize = frame["parts"].as_array().unwrap().iter().map(|part| part.as_str().unwrap().len() / 2).sum();
        let (text, qr) = (frame["text"].as_str().unwrap().len(), frame["qr"].as_u64().unwrap());
        format!("| {} | {bytes} | {text} | {qr}-M | {} |\n", frame["name"].as_str().unwrap(), 17 + 4 * qr)
    };
    let rows: String = file["valid"].as_array().unwrap().iter().map(row).collect();
    format!("| what | signed bytes | characters | QR version | modules a side |\n|---|---|---|---|---|\n{rows}")
}

fn refusal_table(codes: impl Iterator<Item = (u16, &'static str, bool, &'static str)>) -> String {
    let rows: String = codes
        .map(|(number, kind, retryable, message)| format!("| {number} | `{kind}` | {} | {message} |\n", yes(retryable)))
        .collect();
    format!("| code | kind | new order | sentence |\n|---|---|---|---|\n{rows}")
}

fn problems() -> String {
    let rows = ProblemCode::ALL.iter().map(|c| {
        format!("| {} | `{}` | {} | {} | {} |\n", c.number(), c.kind(), c.status(), yes(c.is_retryable()), c.message())
    });
    format!("| code | kind | status | retryable | sentence |\n|---|---|---|---|---|\n{}", rows.collect::<String>())
}

fn yes(b: bool) -> &'static str {
    if b { "yes" } else { "no" }
}

/// A name and a value, the value in lines of 96 characters.
fn labelled(name: &str, value: &str) -> String {
    let lines: Vec<&str> = value.as_bytes().chunks(96).map(|c| core::str::from_utf8(c).unwrap()).collect();
    format!("{name}\n  {}", lines.join("\n  "))
}

fn block(language: &str, text: &str) -> String {
    format!("```{language}\n{text}\n```\n")
}
