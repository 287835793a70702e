//! Frames in parts: as several QR codes, by Uniform Resources.

use crate::sealing;
use farthing_protocol::cbor::Bytes;
use farthing_protocol::offline::*;
use serde_json::{Value, json};
use ur::ur::{Decoder, Encoder};

/// Bytes of a part, at most: what the document recommends.
const PART_BYTES: usize = 120;

fn carried(with_bundle: bool) -> Frame {
    Frame::Carried(Bytes::new(sealing::carried(&sealing::carried_body(with_bundle)).encode()).unwrap())
}

/// Its parts, and as many mixed ones.
fn codes(frame: &Frame, longest: usize) -> Vec<String> {
    let (kind, bytes) = frame.encoded().unwrap();
    let kind = format!("farthing-{}", kind.to_lowercase());
    let mut encoder = Encoder::new(&bytes, longest, &kind).unwrap();
    (0..2 * encoder.fragment_count()).map(|_| encoder.next_part().unwrap().to_uppercase()).collect()
}

/// A camera that misses every other code sees enough of them.
fn enough(codes: &[String]) -> Vec<usize> {
    let mut camera = Decoder::default();
    let mut seen = Vec::new();
    for at in (0..codes.len()).step_by(2).chain((0..codes.len()).rev()) {
        if !camera.complete() {
            camera.receive(&codes[at]).unwrap();
            seen.push(at);
        }
    }
    seen
}

/// The file's content.
pub(crate) fn parts() -> Value {
    let (order, message) = (codes(&carried(false), PART_BYTES), codes(&carried(true), PART_BYTES));
    let shown = |name: &str, frame: Frame, codes: &[String]| json!({"name": name, "text": frame.text().unwrap(), "codes": codes, "enough": enough(codes)});
    let wrong = |name: &str, codes: &[&str]| json!({"name": name, "step": "join", "error": "value", "codes": codes});
    let first = order[0].as_str();
    let (body, last) = first.split_at(first.len() - 2);
    let altered = format!("{body}{}", if last == "AE" { "AD" } else { "AE" });
    let renumbered = first.replace("/1-", "/2-");
    let other_kind = order[1].replace("FARTHING-FC", "FARTHING-FS");
    let many = codes(&carried(false), 9);
    let unknown: Vec<String> = order.iter().map(|code| code.replace("FARTHING-FC", "FARTHING-FX")).collect();
    let unknown: Vec<&str> = unknown.iter().map(String::as_str).collect();
    json!({
        "valid": [
            shown("a carried order", carried(false), &order),
            shown("a carried order with its message", carried(true), &message),
        ],
        "invalid": [
            wrong("a letter", &[&altered]),
            wrong("a number that is not its own", &[&renumbered]),
            wrong("parts of two things", &[first, &message[1]]),
            wrong("parts of two kinds", &[first, &other_kind]),
            wrong("more than 64 parts", &[&many[0]]),
            wrong("another kind", &unknown),
            wrong("no part", &["FC:"]),
        ],
    })
}
