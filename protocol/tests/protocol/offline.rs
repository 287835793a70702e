//! As `properties`, for the objects of money without network: round trips, every bit, sizes, proofs, frames.

use crate::kinds::{file, hex};
use crate::people_properties::header;
use crate::properties::*;
use crate::tabs::none_of_its_bits_can_be_turned;
use crate::vectors::{array, list};
use farthing_protocol::cbor::{Bytes, V1, decode, encode};
use farthing_protocol::code::{OfflineRefusalCode, RefusalCode, TabRefusalCode};
use farthing_protocol::cose::{Object, Signed};
use farthing_protocol::id::*;
use farthing_protocol::key::{BareKey, Ed25519Key, PublicKey, Signer as _};
use farthing_protocol::limits::{
    ALLOWANCE_GRACE_MAX, ALLOWANCE_GRACE_MIN, ALLOWANCE_MAX, ALLOWANCE_SPEND_MAX, ALLOWANCE_VOUCHERS_MAX, AMOUNT_MAX,
    FRAME_MAX, OFFLINE_REQUEST_MAX, OFFLINE_VOUCHER_MAX, ORDER_LIFE_MAX, PAYEE_ACCOUNT_MAX, PROOF_MAX, REVOKED_MAX,
    SIGNED_MAX, VOUCHER_MAX,
};
use farthing_protocol::money::Units;
use farthing_protocol::offline::*;
use farthing_protocol::time::{Span, Time};
use proptest::collection::btree_set;
use proptest::option;
use proptest::prelude::*;

fn allowance_id() -> impl Strategy<Value = AllowanceId> + Clone {
    any::<[u8; 16]>().prop_map(AllowanceId::new)
}

fn bare() -> impl Strategy<Value = BareKey> + Clone {
    ed25519().prop_map(|key| BareKey::of(&key).unwrap())
}

fn grace() -> impl Strategy<Value = Span> + Clone {
    (ALLOWANCE_GRACE_MIN.as_ms()..=ALLOWANCE_GRACE_MAX.as_ms()).prop_map(Span::from_ms)
}

fn units(value: u64) -> Units {
    Units::new(value).unwrap()
}

/// Part of a whole, at least one unit.
fn part(whole: u64, millionths: u64) -> u64 {
    1 + (u128::from(whole - 1) * u128::from(millionths) / 1_000_000) as u64
}

const MILLIONTHS: core::ops::RangeInclusive<u64> = 0..=1_000_000;

/// How long an object is once it is signed.
fn length<T: Object>(payload: T) -> usize {
    Signed::sign(payload, &Ed25519Key::from_seed([7; 32])).unwrap().bytes().len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn orders((created, random) in ids(), verifier in verifier(), account in account(), device in device(), life in 1..=ORDER_LIFE_MAX.as_ms(), later in MILLIONTHS, grace in grace(), fee_version in fee_version(), cap in amount(), most in MILLIONTHS, key in bare()) {
        let (id, expires) = (OrderId::new(uuid(created, random)), created.plus(Span::from_ms(life)));
        let spend = life + 1 + (ALLOWANCE_SPEND_MAX.as_ms() - life - 1) * later / 1_000_000;
        let spend_until = created.plus(Span::from_ms(spend));
        let per_voucher = units(part(cap.value(), most));
        object(&AllowanceOrder { version: V1, id, verifier, account, device, created, expires, fee_version, cap, per_voucher, spend_until, claim_until: spend_until.plus(grace), key });
    }

    /// Whatever stands in it, an allowance can be shown in one code.
    #[test]
    fn allowances(epoch in epoch(), seq in 1..=i64::MAX as u64, time in 0..1_u64 << 47, allowance in allowance_id(), key in bare(), cap in amount(), most in MILLIONTHS, spend in 1..1_u64 << 47, grace in grace()) {
        let (seq, per_voucher) = (Seq::new(seq), units(part(cap.value(), most)));
        let (time, spend_until) = (Time::from_ms(time), Time::from_ms(time + spend));
        let made = Allowance { version: V1, epoch, seq, time, allowance, key, cap, per_voucher, spend_until, grace };
        object(&made);
        prop_assert!(length(made) <= 217);
    }

    #[test]
    fn requests(challenge in any::<[u8; 16]>(), verifier in verifier(), payee in bare(), amount in amount(), expires in time(), details in option::of(details_hash())) {
        let made = OfflineRequest { version: V1, challenge: Challenge::new(challenge), verifier: VerifierPrefix::from(&verifier), payee, amount, expires, details };
        object(&made);
        let most = if made.details.is_some() { 224 } else { 189 };
        prop_assert!(length(made) <= most);
    }

    #[test]
    fn vouchers(allowance in allowance_id(), seq in 1..=ALLOWANCE_VOUCHERS_MAX, total in 1..=AMOUNT_MAX, of_payee in MILLIONTHS, of_it in MILLIONTHS, request in digest()) {
        let payee_total = part(total, of_payee);
        let amount = part(payee_total, of_it);
        let total = if seq == 1 { amount } else { total };
        let payee_total = payee_total.min(total);
        let made = OfflineVoucher { version: V1, allowance, seq: VoucherSeq::new(seq), amount: units(amount), total: units(total), payee_total: units(payee_total), request };
        object(&made);
        prop_assert!(length(made) <= 174);
    }

    #[test]
    fn claims_and_revocations(header in header(), voucher in bytes(OFFLINE_VOUCHER_MAX), request in bytes(OFFLINE_REQUEST_MAX), payee in bytes(PAYEE_ACCOUNT_MAX), allowance in allowance_id()) {
        let word = PayeeAccount { version: V1, verifier: header.verifier, account: header.account };
        object(&word);
        prop_assert_eq!(length(word), 140);
        object(&OfflineClaim::new(header, voucher, request, payee));
        object(&AllowanceRevoke::new(header, allowance));
    }

    #[test]
    fn receipts(epoch in epoch(), seq in 1..=i64::MAX as u64, checkpoint in digest(), time in time(), allowance in allowance_id(), voucher in digest(), payee_key in payee_key(), amount in amount(), sure in MILLIONTHS, claim in digest()) {
        let (seq, guaranteed) = (Seq::new(seq), units(part(amount.value(), sure)));
        object(&OfflineReceipt { version: V1, epoch, seq, checkpoint, time, allowance, voucher, payee_key, amount, guaranteed, claim });
    }

    #[test]
    fn lists_of_revoked(verifier in verifier(), epoch in epoch(), time in time(), names in btree_set(any::<[u8; 8]>(), 0..40), asked in allowance_id()) {
        let allowances: Vec<AllowancePrefix> = names.into_iter().map(AllowancePrefix::new).collect();
        let list = RevokedAllowances { version: V1, verifier, epoch, time, allowances };
        object(&list);
        prop_assert_eq!(list.names(&asked), list.allowances.contains(&AllowancePrefix::from(&asked)));
        for prefix in &list.allowances {
            let beginning = AllowanceId::new([*prefix.as_bytes(), [7; 8]].concat().try_into().unwrap());
            prop_assert!(list.names(&beginning));
        }
    }

    #[test]
    fn frames(request in bytes(OFFLINE_REQUEST_MAX), details in bytes::<FRAME_MAX>(1700), allowance in bytes(ALLOWANCE_MAX), voucher in bytes(OFFLINE_VOUCHER_MAX), of_tab in bytes(VOUCHER_MAX)) {
        for frame in [
            Frame::Request(request.clone()),
            Frame::Detailed(request, details),
            Frame::Allowance(allowance.clone()),
            Frame::Voucher(voucher.clone()),
            Frame::Payment(allowance, voucher),
            Frame::TabVoucher(of_tab),
        ] {
            let text = frame.text().unwrap();
            prop_assert_eq!(Frame::parse(&text), Ok(frame));
        }
    }

    /// What is read as a frame is the one text of it.
    #[test]
    fn a_frame_has_one_text(kind in "F[RDAVPT]:", letters in "[0-9A-Z $%*+./:-]{0,40}") {
        let text = format!("{kind}{letters}");
        if let Ok(frame) = Frame::parse(&text) {
            prop_assert_eq!(frame.text().unwrap(), text);
        }
    }
}

const OFFLINE: [&str; 9] = [
    "allowance-order",
    "allowance",
    "offline-request",
    "offline-voucher",
    "offline-claim",
    "offline-receipt",
    "allowance-revoke",
    "revoked-allowances",
    "settlement",
];

#[test]
fn no_bit_can_be_turned() {
    OFFLINE.into_iter().for_each(none_of_its_bits_can_be_turned);
}

/// A tab's voucher and an allowance's are of different types, whatever key signs both.
#[test]
fn a_signature_is_for_one_type() {
    let payload = hex(&list(&file("offline-voucher"), "valid")[0]["payload"]);
    let key = Ed25519Key::from_seed([7; 32]);
    let made = Signed::sign(decode::<OfflineVoucher>(&payload).unwrap(), &key).unwrap();
    for kind in crate::kinds::OBJECTS.into_iter().filter(|kind| *kind != "offline-voucher") {
        let taken = crate::kinds::parse(kind, made.bytes()).is_ok_and(|object| object.verify(key.public()).is_ok());
        assert!(!taken, "{kind}");
    }
}

/// A number says one thing, whatever it answers.
#[test]
fn refusals_have_numbers_of_their_own() {
    for code in OfflineRefusalCode::ALL {
        assert_eq!(RefusalCode::from_number(code.number()), None, "{code:?}");
        assert_eq!(TabRefusalCode::from_number(code.number()), None, "{code:?}");
        assert!((100..200).contains(&code.number()), "{code:?}");
    }
}

/// The longest of each: what is promised of their lengths is not only true by chance, and the limits leave them room.
#[test]
fn the_longest_fit() {
    let lengths =
        |kind: &str| -> Vec<usize> { list(&file(kind), "valid").iter().map(|v| hex(&v["bytes"]).len()).collect() };
    assert_eq!(lengths("allowance").into_iter().max(), Some(217));
    assert_eq!(lengths("offline-voucher").into_iter().max(), Some(174));
    assert_eq!(lengths("offline-request")[2..], [189, 224]);
    const { assert!(217 <= ALLOWANCE_MAX && 174 <= OFFLINE_VOUCHER_MAX && 224 <= OFFLINE_REQUEST_MAX) };
    let list = RevokedAllowances {
        version: V1,
        verifier: VerifierId::new([0xff; 32]),
        epoch: Epoch::new(Epoch::MAX),
        time: Time::MAX,
        allowances: (0..REVOKED_MAX as u64).map(|n| AllowancePrefix::new(n.to_be_bytes())).collect(),
    };
    assert!(length(list) <= SIGNED_MAX);
    // The longest certificate has two ES256 keys.
    let certificate = hex(&crate::vectors::list(&file("verifier-certificate"), "valid")[1]["bytes"]).len() + 100;
    assert!(certificate + ALLOWANCE_MAX + 2 * (OFFLINE_VOUCHER_MAX + OFFLINE_REQUEST_MAX) + 30 <= PROOF_MAX);
}

#[test]
fn proofs() {
    let file = file("proof");
    for v in list(&file, "valid") {
        let proof = Proof::decode(&hex(&v["bytes"])).unwrap();
        assert_eq!(proof.encode(), hex(&v["bytes"]));
        let proven = proof.prove(&VerifierId::new(array(&v["verifier"]))).unwrap();
        assert_eq!(v["found"], proven.contradiction.kind(), "{}", v["name"]);
        assert_eq!(proof.prove(&VerifierId::new([9; 32])).unwrap_err(), Unproven::NotSigned, "{}", v["name"]);
    }
    for v in list(&file, "invalid") {
        let (step, found) = match Proof::decode(&hex(&v["bytes"])) {
            Err(malformed) => ("parse", malformed.kind()),
            Ok(proof) => match proof.prove(&VerifierId::new(array(&v["verifier"]))).unwrap_err() {
                Unproven::Malformed(malformed) => ("verify", malformed.kind()),
                Unproven::NotSigned => ("verify", "wrong_key"),
                Unproven::NoContradiction => ("verify", "value"),
            },
        };
        assert_eq!((v["step"].as_str(), v["error"].as_str()), (Some(step), Some(found)), "{}", v["name"]);
    }
}

/// Of a proof, too, no bit can be turned, but for what it proves by: it still proves, or not at all.
#[test]
fn an_altered_proof_proves_nothing_else() {
    let proof = hex(&list(&file("proof"), "valid")[2]["bytes"]);
    let verifier = VerifierId::new(array(&list(&file("proof"), "valid")[2]["verifier"]));
    for bit in 0..proof.len() * 8 {
        let mut turned = proof.clone();
        turned[bit / 8] ^= 1 << (bit % 8);
        let believed = Proof::decode(&turned).is_ok_and(|proof| proof.prove(&verifier).is_ok());
        assert!(!believed, "bit {bit}");
    }
}

#[test]
fn frames_of_the_vectors() {
    let file = file("frames");
    for v in list(&file, "valid") {
        let frame = Frame::parse(v["text"].as_str().unwrap()).unwrap();
        let parts: Vec<Vec<u8>> = match &frame {
            Frame::Request(one) => vec![one.as_slice().to_vec()],
            Frame::Allowance(one) => vec![one.as_slice().to_vec()],
            Frame::Voucher(one) => vec![one.as_slice().to_vec()],
            Frame::TabVoucher(one) => vec![one.as_slice().to_vec()],
            Frame::Whole(one) | Frame::Answer(one) => vec![one.as_slice().to_vec()],
            Frame::Carried(one) => vec![one.as_slice().to_vec()],
            Frame::Detailed(one, two) => vec![one.as_slice().to_vec(), two.as_slice().to_vec()],
            Frame::Payment(one, two) => vec![one.as_slice().to_vec(), two.as_slice().to_vec()],
        };
        assert_eq!(parts, list(v, "parts").iter().map(hex).collect::<Vec<_>>(), "{}", v["name"]);
        assert_eq!(v["text"], frame.text().unwrap());
    }
    for v in list(&file, "invalid") {
        assert_eq!(
            Frame::parse(v["text"].as_str().unwrap()).unwrap_err().kind(),
            v["error"].as_str().unwrap(),
            "{}",
            v["name"]
        );
    }
    // Whatever stands in them, one code holds each, and its version is one that phones read at arm's length.
    let largest = |name: &str| list(&file, "valid").iter().find(|v| v["name"] == name).unwrap()["qr"].as_u64();
    assert_eq!(largest("the longest request"), Some(10));
    assert_eq!(largest("the longest allowance"), Some(11));
    assert_eq!(largest("the longest voucher"), Some(10));
    assert_eq!(largest("the longest payment"), Some(15));
    // Details that fit into an object do not fit into a code.
    let long = Bytes::<FRAME_MAX>::new(vec![7; FRAME_MAX]).unwrap();
    assert!(Frame::Detailed(Bytes::new(vec![7; 200]).unwrap(), long).text().is_err());
}

/// A bare key is the key that it was made of, and of one kind only.
#[test]
fn bare_keys() {
    let key = *Ed25519Key::from_seed([7; 32]).public();
    let bare = BareKey::of(&key).unwrap();
    assert_eq!(bare.public(), key);
    let hardware: PublicKey = decode(&hex(&list(&file("keys"), "es256")[0]["public_key"])).unwrap();
    assert_eq!(BareKey::of(&hardware), None);
    assert_eq!(decode::<BareKey>(&[&[0x58, 0x20][..], &[0; 32]].concat()).unwrap_err().kind(), "key");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Units are what an amount has without its asset.
    #[test]
    fn units_are_amounts_without_an_asset(amount in amount(), other in 0..=AMOUNT_MAX) {
        let of = amount.units();
        prop_assert_eq!(of.of(amount.asset()), amount);
        prop_assert_eq!(of.less(units(other)).get(), amount.value().saturating_sub(other));
        let sum = amount.value() + other;
        prop_assert_eq!(of.checked_add(units(other)).ok().map(Units::get), (sum <= AMOUNT_MAX).then_some(sum));
        prop_assert_eq!(decode::<Units>(&encode(&of)), Ok(of));
    }
}
