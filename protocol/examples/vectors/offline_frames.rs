//! Frames: what phones without network show each other, and how large it is as a QR code.

use crate::keys::{Key, ed25519, hex};
use crate::offline::*;
use crate::samples::*;
use crate::sealing;
use farthing_protocol::cbor::{Bytes, encode};
use farthing_protocol::cose::Object;
use farthing_protocol::offline::*;
use qrcode::{EcLevel, QrCode, Version};
use serde_json::{Value, json};

/// The name of a kind of frame, its bytes one after the other, and the frame.
fn frame_of(frame: Frame) -> (&'static str, Vec<String>) {
    match frame {
        Frame::Request(request) => ("FR", vec![hex(request.as_slice())]),
        Frame::Detailed(request, details) => ("FD", vec![hex(request.as_slice()), hex(details.as_slice())]),
        Frame::Allowance(allowance) => ("FA", vec![hex(allowance.as_slice())]),
        Frame::Voucher(voucher) => ("FV", vec![hex(voucher.as_slice())]),
        Frame::TabVoucher(voucher) => ("FT", vec![hex(voucher.as_slice())]),
        Frame::Payment(allowance, voucher) => ("FP", vec![hex(allowance.as_slice()), hex(voucher.as_slice())]),
        Frame::Whole(request) => ("FQ", vec![hex(request.as_slice())]),
        Frame::Carried(order) => ("FC", vec![hex(order.as_slice())]),
        Frame::Answer(answer) => ("FS", vec![hex(answer.as_slice())]),
    }
}

/// The smallest QR code of correction level M for a text.
fn version(text: &str) -> i16 {
    match QrCode::with_error_correction_level(text, EcLevel::M).unwrap().version() {
        Version::Normal(number) | Version::Micro(number) => number,
    }
}

/// The file's content.
pub(crate) fn frames() -> Value {
    let friend = || ed25519(FRIEND);
    let request = |request: OfflineRequest| Bytes::new(bytes_signed(request, &friend())).unwrap();
    let allowed = |allowance: Allowance| Bytes::new(bytes_signed(allowance, &ed25519("signing"))).unwrap();
    let voucher = |voucher: OfflineVoucher| Bytes::new(bytes_signed(voucher, &ed25519("allowance"))).unwrap();
    let of_tab = Bytes::new(bytes_signed(crate::tabs::voucher(), &ed25519("voucher"))).unwrap();
    let details = Bytes::new(encode(&disclosure())).unwrap();
    let carried = |with_bundle| {
        Frame::Carried(Bytes::new(sealing::carried(&sealing::carried_body(with_bundle)).encode()).unwrap())
    };
    let answer = |bytes| Frame::Answer(Bytes::new(bytes).unwrap());
    let shown = |name: &str, frame: Frame| {
        let text = frame.text().unwrap();
        assert_eq!(Frame::parse(&text), Ok(frame.clone()));
        let (kind, parts) = frame_of(frame);
        json!({"name": name, "kind": kind, "parts": parts, "text": text, "qr": version(&text)})
    };
    let wrong = |name: &str, error: &str, text: &str| {
        assert_eq!(Frame::parse(text).unwrap_err().kind(), error, "{name}");
        json!({"name": name, "step": "parse", "error": error, "text": text})
    };
    let right = Frame::Voucher(voucher(offline_voucher())).text().unwrap();
    json!({
        "valid": [
            shown("a request", Frame::Request(request(offline_request()))),
            shown("the longest request", Frame::Request(request(largest_request()))),
            shown("a request with a memo", Frame::Detailed(request(detailed_request()), details.clone())),
            shown("an allowance", Frame::Allowance(allowed(allowance()))),
            shown("the longest allowance", Frame::Allowance(allowed(largest_allowance()))),
            shown("a voucher", Frame::Voucher(voucher(offline_voucher()))),
            shown("the longest voucher", Frame::Voucher(voucher(largest_voucher()))),
            shown("a tab's voucher", Frame::TabVoucher(of_tab)),
            shown("a payment", Frame::Payment(allowed(allowance()), voucher(offline_voucher()))),
            shown("the longest payment", Frame::Payment(allowed(largest_allowance()), voucher(largest_voucher()))),
            shown("a whole request", Frame::Whole(Bytes::new(signed_request().bytes().to_vec()).unwrap())),
            shown("a carried order", carried(false)),
            shown("a carried order with its message", carried(true)),
            shown("a receipt", answer(bytes_signed(receipt(), &ed25519("signing")))),
            shown("a refusal", answer(bytes_signed(refusal(), &ed25519("signing")))),
        ],
        "invalid": [
            wrong("small letters", "value", &right.to_lowercase()),
            wrong("another kind", "value", &right.replace("FV:", "FX:")),
            wrong("no kind", "value", &right[3..]),
            wrong("nothing", "value", ""),
            wrong("a last group of one character", "value", &right[..right.len() - 2]),
            wrong("a character of no code", "value", &right.replace("FV:", "FV:_")),
            wrong("a group above 65535", "value", "FV:GGW"),
            wrong("a last group above 255", "value", "FV:::"),
            wrong("a voucher of 181 bytes", "too_large", &format!("FV:{}00", "000".repeat(90))),
            wrong("a payment of one part", "cbor", "FP:DFG"),
            wrong("more than 2048 bytes", "too_large", &format!("FD:{}", "0".repeat(3_073))),
            wrong("a carried order of more than 5248 bytes", "too_large", &format!("FC:{}", "0".repeat(7_873))),
        ],
    })
}

fn bytes_signed<T: Object>(payload: T, key: &Key) -> Vec<u8> {
    signed(payload, key).bytes().to_vec()
}
