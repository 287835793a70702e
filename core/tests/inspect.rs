//! Every signed type is recognised among all others, by the protocol's own vectors.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

use data_encoding::HEXLOWER;
use farthing_core::inspect::{Anchors, Verdict, begins_like_an_object, inspect};
use std::path::Path;

const TYPES: [&str; 26] = [
    "receipt",
    "refusal",
    "order",
    "request",
    "invite",
    "issue",
    "head",
    "checkpoint",
    "fee-schedule",
    "verifier-certificate",
    "device-certificate",
    "device-list",
    "enrolment",
    "alias-record",
    "handle-register",
    "handle-bind",
    "handle-cancel",
    "hold-offer",
    "hold-order",
    "hold-change",
    "hold-receipt",
    "voucher",
    "claim",
    "hold-release",
    "hold-close",
    "claim-receipt",
];

fn vectors(kind: &str, part: &str) -> Vec<(serde_json::Value, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/vectors").join(format!("{kind}.json"));
    let file: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let bytes = |v: &serde_json::Value| HEXLOWER.decode(v["bytes"].as_str().unwrap().as_bytes()).unwrap();
    file[part].as_array().unwrap().iter().map(|v| (v.clone(), bytes(v))).collect()
}

#[test]
fn each_type_is_recognised() {
    for kind in TYPES {
        let valid = vectors(kind, "valid");
        assert!(!valid.is_empty(), "{kind}");
        for (_, bytes) in valid {
            let found = inspect(&bytes, &Anchors::default()).unwrap_or_else(|| panic!("{kind} is not recognised"));
            assert_eq!(found.kind, kind);
            assert!(begins_like_an_object(&bytes) && found.verdict != Verdict::Altered, "{kind}");
            assert!(!found.fields.is_empty());
        }
    }
}

#[test]
fn nothing_invalid_is_valid() {
    for kind in TYPES {
        for (vector, bytes) in vectors(kind, "invalid") {
            if vector["error"] == "wrong_key" {
                // Good objects, which those vectors check with a key that is not theirs.
                continue;
            }
            if let Some(found) = inspect(&bytes, &Anchors::default()) {
                assert_ne!(found.verdict, Verdict::Valid, "{kind}: {}", vector["name"]);
            }
        }
    }
}
