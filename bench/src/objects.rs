//! Orders: made and checked, beside the bare signatures.

use crate::floors;
use crate::line::Line;
use crate::people::{Person, SealedOnce};
use crate::rounds::beside;
use farthing_protocol::cose::Signed;
use farthing_protocol::device::DeviceCertificate;
use farthing_protocol::http::OrderBody;
use farthing_protocol::id::VerifierId;
use farthing_protocol::key::Signer as _;
use farthing_protocol::order::Order;
use farthing_verifier::server::now;
use std::hint::black_box;

const ROUNDS: usize = 300;
const TIMES: usize = 20;

/// Build, sign, encode; decode, verify; the same with the device's certificate.
pub(crate) fn lines(only: &dyn Fn(&str) -> bool) -> Vec<Line> {
    let verifier = VerifierId::new([1; 32]);
    let (payer, payee) = (Person::new("payer-of-all"), Person::new("payee-of-all"));
    let sealed = SealedOnce::to(&payee);
    let now = now().wall;
    let make = || payer.signed(payer.payment(verifier, &payee, &sealed, now), &sealed).encode();
    let body = make();
    let read = |body: &[u8]| {
        let body = OrderBody::decode(body).unwrap();
        Signed::<Order>::parse(body.order.as_slice()).unwrap()
    };
    let signed = read(&body);
    let (message, signature) = (signed.to_be_signed().to_vec(), *signed.signature());
    let certificate = payer.certificate(verifier, now);
    let (key, account) = (*payer.act.public(), *payer.account.public());
    let bare = floors::bare_signer(&payer.act);
    let mut lines = Vec::new();
    if only("order-make") {
        let measured = beside(
            ROUNDS,
            TIMES,
            || drop(black_box(make())),
            || assert_ne!(floors::bare_sign(&bare, black_box(&message)), [0; 64]),
        );
        lines.push(Line::beside("order-make", "build, sign and encode an order; floor: a bare sign", &measured, 1.25));
    }
    if only("order-check") {
        let measured = beside(
            ROUNDS,
            TIMES,
            || drop(black_box(read(black_box(&body)).verify(&key).unwrap())),
            || floors::bare_verify(&key, black_box(&message), &signature),
        );
        lines.push(Line::beside("order-check", "decode and verify an order; floor: a bare verify", &measured, 1.25));
    }
    if only("order-check-new") {
        let signed = Signed::<DeviceCertificate>::parse(certificate.bytes()).unwrap();
        let (named, by_account) = (signed.to_be_signed().to_vec(), *signed.signature());
        let measured = beside(
            ROUNDS,
            TIMES,
            || {
                let certificate = Signed::<DeviceCertificate>::parse(black_box(certificate.bytes())).unwrap();
                let certificate = certificate.verify(&account).unwrap();
                drop(black_box(read(black_box(&body)).verify(&certificate.act).unwrap()));
            },
            || {
                floors::bare_verify(&account, black_box(&named), &by_account);
                floors::bare_verify(&key, black_box(&message), &signature);
            },
        );
        let what = "the same with the device's certificate; floor: two verifies";
        lines.push(Line::beside("order-check-new", what, &measured, 1.25));
    }
    lines
}
