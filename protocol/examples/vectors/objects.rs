//! One file per object type: right ones with all that is needed to make them again, and wrong ones.

use crate::keys::{Key, NOW, bytes, ed25519, es256, hex, order_id};
use crate::people::*;
use crate::samples::*;
use crate::tabs::*;
use crate::{invalid, json, offline, special};
use farthing_protocol::cbor::encode;
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::Object;
use farthing_protocol::enrolment::Enrolment;
use farthing_protocol::handle::HandleBind;
use farthing_protocol::head::Head;
use farthing_protocol::id::*;
use farthing_protocol::invite::Invite;
use farthing_protocol::issue::Issue;
use farthing_protocol::key::{Algorithm, Signer as _};
use farthing_protocol::offline::{AllowanceOrder, OfflineReceipt, RevokedAllowances};
use farthing_protocol::order::Order;
use farthing_protocol::pairing::DeviceOffer;
use farthing_protocol::prekeys::Prekeys;
use farthing_protocol::request::{Request, Usage};
use farthing_protocol::tab::{HoldChange, HoldOffer, HoldOrder};
use farthing_protocol::time::Span;
use farthing_protocol::verifier_certificate::VerifierCertificate;
use serde_json::{Value, json};

/// The file of each object type.
pub(crate) fn files() -> Vec<(String, Value)> {
    let (root, signing, account, act, session) =
        (ed25519("root"), ed25519("signing"), ed25519("account"), ed25519("act"), ed25519("session"));
    let (act_es256, payee, payee_es256) = (es256("act es256"), ed25519("payee"), es256("payee es256"));
    let alias_payee = ed25519("alias payee");
    vec![
        file(
            &root,
            &[
                ("from init", certificate()),
                (
                    "an ES256 signing key",
                    VerifierCertificate {
                        serial: Counter::new(2),
                        signing: *es256("signing es256").public(),
                        ..certificate()
                    },
                ),
            ],
        ),
        file(
            &signing,
            &[
                ("the first", checkpoint()),
                (
                    "after a restore",
                    Checkpoint {
                        epoch: Epoch::new(2),
                        first_seq: Seq::new(43),
                        previous: Some(signed(checkpoint(), &signing).hash()),
                        ..checkpoint()
                    },
                ),
                ("a periodic one", periodic()),
            ],
        ),
        file(&signing, &[("of an empty ledger", Head { seq: Seq::new(0), ..head() }), ("later", head())]),
        file(&signing, &[("two assets", fee_schedule())]),
        file(
            &signing,
            &[
                ("with a code", invite()),
                (
                    "of an open verifier",
                    Invite {
                        code: None,
                        expires: None,
                        url: text("http://127.0.0.1:8420"),
                        tls: Some(TlsCertificateHash::new(bytes("tls"))),
                        ..invite()
                    },
                ),
            ],
        ),
        file(
            &account,
            &[("a person's own phone", device()), ("a limited one with an ES256 act key", limited_device())],
        ),
        file(&account, &[("one device", list())]),
        file(
            &account,
            &[("with an invite", enrolment()), ("at an open verifier", Enrolment { invite: None, ..enrolment() })],
        ),
        file(&session, &[("three handles", register())]),
        file(&session, &[("an exact amount", bind()), ("any amount", HandleBind { amount: None, ..bind() })]),
        file(&session, &[("cancelled", cancel())]),
        file(&alias_payee, &[("truck-7", alias_record())]),
        with_more(
            file(
                &payee,
                &[
                    ("4.50 USD, two items", request()),
                    (
                        "open, standing",
                        Request {
                            amount: None,
                            items: None,
                            memo: None,
                            payee_name: None,
                            usage: Usage::Standing,
                            ..request()
                        },
                    ),
                    (
                        "standing, for 366 days",
                        Request { usage: Usage::Standing, expires: NOW.plus(Span::from_h(366 * 24)), ..request() },
                    ),
                    ("an item for nothing", Request { items: Some(with_a_gift()), ..request() }),
                ],
            ),
            &payee_es256,
            &[("an ES256 payee key", Request { payee: *payee_es256.public(), ..request() })],
        ),
        with_more(
            file(&act, &[("pays a request", order()), ("pays an alias", order_to_alias())]),
            &act_es256,
            &[("an ES256 act key", Order { device: act_es256.public().device_id(), ..order() })],
        ),
        file(&signing, &[("of a request's order", receipt()), ("of an issue", issue_receipt())]),
        file(&signing, &[("insufficient funds", refusal()), ("fee changed, with the schedule", fee_refusal())]),
        file(
            &signing,
            &[
                ("a grant", issue()),
                ("an id of another time", Issue { id: order_id("issue", NOW.plus(Span::from_min(1))), ..issue() }),
            ],
        ),
        file(&signing, &[("of a list with a second device", list_receipt())]),
        file(&session, &[("a second alias", alias_register())]),
        file(&session, &[("for a year", publish())]),
        file(&session, &[("withdrawn", withdraw())]),
        file(&session, &[("opened seven times", generation()), ("of an old copy", generation_of_an_old_copy())]),
        file(
            &session,
            &[("three keys", prekeys()), ("a fallback key alone", Prekeys { one_time: Vec::new(), ..prekeys() })],
        ),
        file(&session, &[("of a friend's device", claim())]),
        file(&session, &[("to a friend", message())]),
        file(&session, &[("up to the twelfth", acknowledge())]),
        with_more(
            file(&session, &[("the shower's", shower_card())]),
            &ed25519("friend session"),
            &[("the scanner's", scanner_card())],
        ),
        file(&session, &[("the shower's", confirm())]),
        with_more(
            file(&act, &[("an Ed25519 act key", DeviceOffer { act: *act.public(), ..device_offer() })]),
            &act_es256,
            &[("an ES256 act key", device_offer())],
        ),
    ]
    .into_iter()
    .chain(tabs())
    .chain(without_network())
    .collect()
}

fn tabs() -> Vec<(String, Value)> {
    let (signing, act, act_es256) = (ed25519("signing"), ed25519("act"), es256("act es256"));
    let (session, payee_session, alias_payee) = (ed25519("session"), ed25519("friend session"), ed25519("alias payee"));
    let hardware = act_es256.public().device_id();
    vec![
        file(
            &alias_payee,
            &[
                ("two cents an article", offer()),
                (
                    "for one payer",
                    HoldOffer {
                        memo: None,
                        payee_name: None,
                        expires: NOW.plus(Span::from_min(15)),
                        usage: Usage::Single,
                        ..offer()
                    },
                ),
                ("a ride by the minute", scooter()),
                ("a download by the megabyte", download()),
            ],
        ),
        with_more(
            file(&act, &[("accepts an offer", hold_order()), ("for an alias", plain_hold_order())]),
            &act_es256,
            &[("an ES256 act key", HoldOrder { device: hardware, ..hold_order() })],
        ),
        with_more(
            file(&act, &[("more, and a day longer", hold_change())]),
            &act_es256,
            &[("an ES256 act key", HoldChange { device: hardware, ..hold_change() })],
        ),
        file(
            &signing,
            &[("of the order", hold_receipt()), ("of a change", changed_receipt()), ("closed", closed_receipt())],
        ),
        file(&ed25519("voucher"), &[("for sixty-two articles", voucher()), ("of version 2", later_voucher())]),
        file(&payee_session, &[("all of a voucher", full_claim()), ("less than the voucher", smaller_claim())]),
        file(&payee_session, &[("released", hold_release())]),
        file(&session, &[("closed", hold_close())]),
        file(
            &signing,
            &[
                ("of a claim", claim_receipt()),
                ("of a release", released_receipt()),
                ("ended by time, nothing claimed", unclaimed_receipt()),
            ],
        ),
    ]
}

fn without_network() -> Vec<(String, Value)> {
    let (signing, act, act_es256) = (ed25519("signing"), ed25519("act"), es256("act es256"));
    let (session, payee_session) = (ed25519("session"), ed25519("friend session"));
    let (friend, key) = (ed25519(offline::FRIEND), ed25519("allowance"));
    let order = offline::allowance_order();
    vec![
        with_more(
            file(&act, &[("fifty dollars for a week", order.clone())]),
            &act_es256,
            &[("an ES256 act key", AllowanceOrder { device: act_es256.public().device_id(), ..order })],
        ),
        file(&signing, &[("of the order", offline::allowance()), ("the longest", offline::largest_allowance())]),
        file(
            &friend,
            &[
                ("4.50 USD", offline::offline_request()),
                ("with details", offline::detailed_request()),
                ("the longest without details", offline::largest_request()),
                ("the longest", offline::largest_detailed_request()),
            ],
        ),
        file(
            &key,
            &[
                ("the first", offline::offline_voucher()),
                ("the second, of the same payee", offline::second_voucher()),
                ("the second once more, of another", offline::cheating_voucher()),
                ("the longest", offline::largest_voucher()),
            ],
        ),
        file(&ed25519(offline::FRIEND), &[("the friend's", offline::payee_account())]),
        file(&payee_session, &[("of the first voucher", offline::offline_claim())]),
        file(
            &signing,
            &[
                ("a part is guaranteed", offline::offline_receipt()),
                ("nothing is", OfflineReceipt { guaranteed: offline::units(0), ..offline::offline_receipt() }),
            ],
        ),
        file(&session, &[("revoked", offline::allowance_revoke())]),
        file(
            &signing,
            &[
                ("three", offline::revoked()),
                ("none", RevokedAllowances { allowances: Vec::new(), ..offline::revoked() }),
            ],
        ),
        file(
            &signing,
            &[
                ("of claims that contradict each other, to the payer", offline::settlement()),
                ("the same, to a payee", offline::settlement_of(0)),
                ("the same, to the second", offline::settlement_of(1)),
                ("the same, to the third", offline::settlement_of(2)),
                ("of an honest payer, to a payee", offline::honest_settlement()),
                ("of an allowance that nobody claimed from", offline::empty_settlement()),
            ],
        ),
    ]
}

fn file<T: Object + Clone>(key: &Key, valid: &[(&str, T)]) -> (String, Value) {
    let shown: Vec<Value> = valid.iter().map(|(name, payload)| vector(name, payload.clone(), key)).collect();
    let first = encode(&valid[0].1);
    let wrong = [invalid::general(T::TYPE, &first, key), special::of(T::TYPE, &first, key)].concat();
    let value = json!({
        "type": T::TYPE,
        "external_aad": format!("farthing/1/{}", T::TYPE),
        "valid": shown,
        "invalid": wrong,
    });
    (T::TYPE.to_owned(), value)
}

fn with_more<T: Object + Clone>((name, mut value): (String, Value), key: &Key, more: &[(&str, T)]) -> (String, Value) {
    let valid = value["valid"].as_array_mut().unwrap();
    valid.extend(more.iter().map(|(name, payload)| vector(name, payload.clone(), key)));
    if key.public().algorithm() == Algorithm::Esp256 {
        let wrong = value["invalid"].as_array_mut().unwrap();
        wrong.push(invalid::high_s(&signed(more[0].1.clone(), key), key));
    }
    (name, value)
}

fn vector<T: Object>(name: &str, payload: T, key: &Key) -> Value {
    let payload_bytes = encode(&payload);
    let object = signed(payload, key);
    json!({
        "name": name,
        "signer": key.shown(),
        "public_key": hex(&encode(key.public())),
        "kid": object.kid().to_hex(),
        "fields": json::of(&payload_bytes),
        "payload": hex(&payload_bytes),
        "to_be_signed": hex(object.to_be_signed()),
        "signature": object.signature().to_hex(),
        "bytes": hex(object.bytes()),
        "hash": object.hash().to_hex(),
        "bytes_hash": object.bytes_hash().to_hex(),
    })
}
