//! As `properties`, for the objects of tabs: round trips, every bit, sizes.

use crate::kinds::{file, hex};
use crate::people_properties::header;
use crate::properties::*;
use crate::vectors::list;
use farthing_protocol::act::Header;
use farthing_protocol::cbor::{Bytes, V1, Yes, decode};
use farthing_protocol::code::{RefusalCode, TabRefusalCode};
use farthing_protocol::cose::{Object, Signed};
use farthing_protocol::http::{ClaimOutcome, ClaimOutcomes, ClaimsBody};
use farthing_protocol::id::*;
use farthing_protocol::key::{Ed25519Key, PublicKey, Signer as _};
use farthing_protocol::limits::{
    AMOUNT_MAX, CALL_BODY_MAX, CLAIM_GRACE_MAX, CLAIM_GRACE_MIN, CLAIMS_PER_CALL, HOLD_SPEND_MAX, METER_GRACE_MAX,
    METER_GRACE_MIN, METER_QUANTUM_MAX, METER_QUANTUM_MIN, METER_TICKS_MAX, ORDER_LIFE_MAX, VOUCHER_MAX,
};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::request::Usage;
use farthing_protocol::tab::*;
use farthing_protocol::time::{Span, Time};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn hold() -> impl Strategy<Value = HoldId> + Clone {
    any::<[u8; 32]>().prop_map(HoldId::new)
}

/// Created, expires, and bounds that an order made then may ask for.
fn asked() -> impl Strategy<Value = (Time, Time, Bounds)> + Clone {
    let spans = (0..1_u64 << 47, 1..=ORDER_LIFE_MAX.as_ms(), 0..=1_000_000_u64, grace(), 2..=64_u64, amount());
    spans.prop_map(|(created, life, part, grace, version, cap)| {
        let (created, latest) = (Time::from_ms(created), HOLD_SPEND_MAX.as_ms());
        // From one millisecond after it expires to the latest.
        let spend = life + 1 + (latest - life - 1) * part / 1_000_000;
        let spend_until = created.plus(Span::from_ms(spend));
        let bounds =
            Bounds { version: HoldVersion::new(version), cap, spend_until, claim_until: spend_until.plus(grace) };
        (created, created.plus(Span::from_ms(life)), bounds)
    })
}

/// A meter that fits to a price of at least its unit.
fn meter() -> impl Strategy<Value = MeterTerms> + Clone {
    let spans =
        (METER_QUANTUM_MIN.as_ms()..=METER_QUANTUM_MAX.as_ms(), METER_GRACE_MIN.as_ms()..=METER_GRACE_MAX.as_ms());
    (any::<bool>(), 1..=1_u64 << 40, 0..=METER_TICKS_MAX, spans).prop_map(|(time, rate, free, (quantum, grace))| {
        let measure = if time { MeterMeasure::Time } else { MeterMeasure::Counted(Ticks::new(rate)) };
        let quantum = Ticks::new(quantum);
        MeterTerms { measure, unit: quantum, free: Ticks::new(free), quantum, grace: Span::from_ms(grace) }
    })
}

fn grace() -> impl Strategy<Value = Span> + Clone {
    (CLAIM_GRACE_MIN.as_ms()..=CLAIM_GRACE_MAX.as_ms()).prop_map(Span::from_ms)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn offers(id in request_id(), verifier in verifier(), handle in handle(), payee in key(), hpke in hpke(), (created, random) in ids(), standing in any::<bool>(), price in amount(), more in 0..=AMOUNT_MAX, unit in text(12), lasts in ORDER_LIFE_MAX.as_ms() + 1..=HOLD_SPEND_MAX.as_ms(), grace in grace(), meter in option::of(meter()), memo in option::of(text(40)), payee_name in option::of(text(10))) {
        let cap = Amount::new((price.value() + more).min(AMOUNT_MAX), price.asset()).unwrap();
        let terms = OfferTerms { price, unit, cap, lasts: Span::from_ms(lasts), grace, meter };
        let usage = if standing { Usage::Standing } else { Usage::Single };
        let expires = created.plus(Span::from_ms(1 + u64::from(random[0]) * 10_000_000));
        object(&HoldOffer { version: V1, id, verifier, handle, payee, hpke, created, expires, terms, memo, payee_name, usage });
    }

    #[test]
    fn what_a_meter_costs(price in 1..=AMOUNT_MAX, unit in 1..=METER_TICKS_MAX, free in 0..=METER_TICKS_MAX, asset in amount(), ticks in 0..=METER_TICKS_MAX, more in 0..=METER_TICKS_MAX) {
        let price = Amount::new(price, asset.asset()).unwrap();
        let time = MeterMeasure::Time;
        let meter = MeterTerms { measure: time, unit: Ticks::new(unit), free: Ticks::new(free), quantum: Ticks::new(1), grace: METER_GRACE_MIN };
        let due = |ticks: u64| meter.due_for(&price, Ticks::new(ticks)).value();
        prop_assert_eq!(due(free), 0);
        prop_assert!(due(ticks) <= due(ticks + more), "what goes on costs no less");
        // What is covered is due no more, and a tick further is.
        let total = Amount::new(due(ticks), price.asset()).unwrap();
        let covered = meter.covered_by(&price, &total).get();
        if total.value() < AMOUNT_MAX {
            prop_assert!(covered >= ticks);
            prop_assert_eq!(due(covered), total.value());
            prop_assert!(due(covered + 1) > total.value());
        }
    }

    #[test]
    fn orders_and_changes(random in any::<[u8; 10]>(), verifier in verifier(), account in account(), device in device(), (created, expires, bounds) in asked(), fee_version in fee_version(), payee in handle(), payee_key in payee_key(), voucher_key in ed25519(), reference in option::of(reference()), details in details_hash(), bundle in option::of(digest()), hold in hold()) {
        let id = OrderId::new(uuid(created, random));
        let Bounds { version, cap, spend_until, claim_until } = bounds;
        object(&HoldOrder { version: V1, id, verifier, account, device, created, expires, fee_version, payee, payee_key, cap, spend_until, claim_until, voucher_key, reference, details, bundle });
        object(&HoldChange { version: V1, id, verifier, account, device, created, expires, hold, hold_version: version, cap, spend_until, claim_until });
    }

    #[test]
    fn hold_receipts(epoch in epoch(), seq in 1..=i64::MAX as u64, checkpoint in digest(), (placed, _, bounds) in asked(), after in 0..1_u64 << 40, hold in hold(), cause in digest(), payee_key in payee_key(), voucher_key in ed25519(), reference in option::of(reference()), details in details_hash(), closed in any::<bool>()) {
        let Bounds { version, cap, spend_until, claim_until } = bounds;
        let (seq, time, closed) = (Seq::new(seq), placed.plus(Span::from_ms(after)), closed.then_some(Yes));
        let of_change = HoldReceipt { version: V1, epoch, seq, checkpoint, time, hold, placed, cause, payee_key, voucher_key, hold_version: version, cap, spend_until, claim_until, reference, details, closed };
        object(&of_change);
        object(&HoldReceipt { time: placed, cause: Digest::new(*hold.as_bytes()), hold_version: HoldVersion::new(1), closed: None, ..of_change });
    }

    #[test]
    fn vouchers_claims_releases_closes(hold in hold(), version in 1..=64_u64, total in amount(), header in header(), bytes in bytes(VOUCHER_MAX)) {
        object(&Voucher { version: V1, hold, hold_version: HoldVersion::new(version), total });
        object(&Claim::new(header, bytes, total));
        object(&HoldRelease::new(header, hold, total));
        object(&HoldRelease::new(header, hold, Amount::zero(total.asset())));
        object(&HoldClose::new(header, hold));
    }

    #[test]
    fn claim_receipts(epoch in epoch(), seq in 1..=i64::MAX as u64, checkpoint in digest(), time in time(), hold in hold(), payee_key in payee_key(), total in amount(), part in 1..=AMOUNT_MAX, cause in digest(), voucher in digest(), by_time in any::<bool>()) {
        let amount = Amount::new(part.min(total.value()), total.asset()).unwrap();
        let claimed = ClaimReceipt { version: V1, epoch, seq: Seq::new(seq), checkpoint, time, hold, payee_key, total, amount, cause: Some(cause), voucher: Some(voucher), ended: None };
        object(&claimed);
        let cause = (!by_time).then_some(cause);
        object(&ClaimReceipt { amount: Amount::zero(total.asset()), cause, voucher: None, ended: Some(Yes), ..claimed });
    }

    #[test]
    fn bodies(claims in vec(bytes(300), 1..=64), number in 200..300_u16) {
        let outcomes = claims.iter().enumerate().map(|(n, part)| match n % 3 {
            0 => ClaimOutcome::Receipt(part.clone()),
            1 => ClaimOutcome::Refusal(part.clone()),
            _ => ClaimOutcome::Problem(number),
        });
        let outcomes = ClaimOutcomes { outcomes: outcomes.collect() };
        prop_assert_eq!(ClaimOutcomes::decode(&outcomes.encode()).unwrap(), outcomes);
        let body = ClaimsBody { claims };
        prop_assert_eq!(ClaimsBody::decode(&body.encode()).unwrap(), body);
    }
}

const TABS: [&str; 9] = [
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

#[test]
fn no_bit_can_be_turned() {
    TABS.into_iter().for_each(none_of_its_bits_can_be_turned);
}

/// Whatever bit of an object of this type is turned, it is not read, or its key does not vouch for it.
pub(crate) fn none_of_its_bits_can_be_turned(kind: &str) {
    for v in list(&file(kind), "valid") {
        let (bytes, key) = (hex(&v["bytes"]), decode::<PublicKey>(&hex(&v["public_key"])).unwrap());
        for bit in 0..bytes.len() * 8 {
            let mut turned = bytes.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            let believed = crate::kinds::parse(kind, &turned).is_ok_and(|object| object.verify(&key).is_ok());
            assert!(!believed, "{kind} {} bit {bit}", v["name"]);
        }
    }
}

/// A signature of a tab's object is of no other object, whatever the key would be asked for: its type is in what is signed.
#[test]
fn a_signature_is_for_one_type() {
    let payload = hex(&list(&file("voucher"), "valid")[0]["payload"]);
    let key = Ed25519Key::from_seed([7; 32]);
    let made = Signed::sign(decode::<Voucher>(&payload).unwrap(), &key).unwrap();
    for kind in crate::kinds::OBJECTS.into_iter().filter(|kind| *kind != "voucher") {
        let taken = crate::kinds::parse(kind, made.bytes()).is_ok_and(|object| object.verify(key.public()).is_ok());
        assert!(!taken, "{kind}");
    }
}

/// A number says one thing, whatever it answers.
#[test]
fn refusals_have_numbers_of_their_own() {
    for code in TabRefusalCode::ALL {
        assert_eq!(RefusalCode::from_number(code.number()), None, "{code:?}");
        assert!((100..200).contains(&code.number()), "{code:?}");
    }
}

/// The largest amount of an asset with the longest code, at the largest version.
fn largest_voucher() -> Signed<Voucher> {
    let asset = Asset::new(Code::new("ABCDEFGH").unwrap(), 12).unwrap();
    let voucher = Voucher {
        version: V1,
        hold: HoldId::new([0xff; 32]),
        hold_version: HoldVersion::new(64),
        total: Amount::new(AMOUNT_MAX, asset).unwrap(),
    };
    Signed::sign(voucher, &Ed25519Key::from_seed([7; 32])).unwrap()
}

#[test]
fn the_largest_voucher_and_64_of_its_claims_fit() {
    let voucher = largest_voucher();
    println!("a voucher has at most {} bytes", voucher.bytes().len());
    assert_eq!(voucher.bytes().len(), 146);
    let created = Time::from_ms((1 << 47) + 1);
    let header = Header {
        verifier: VerifierId::new([0xff; 32]),
        account: AccountId::new([0xff; 16]),
        device: DeviceId::new([0xff; 16]),
        id: ActId::new(uuid(created, [0xff; 10])),
        created,
    };
    // As if a voucher were as long as may be.
    let claim = Claim::new(header, Bytes::new(vec![0xff; VOUCHER_MAX]).unwrap(), voucher.claims().total);
    let claim = Signed::sign(claim, &Ed25519Key::from_seed([7; 32])).unwrap();
    println!("a claim has at most {} bytes", claim.bytes().len());
    let body = ClaimsBody { claims: vec![Bytes::new(claim.bytes().to_vec()).unwrap(); CLAIMS_PER_CALL] };
    println!("so many claims have at most {} bytes", body.encode().len());
    assert!(body.encode().len() <= CALL_BODY_MAX);
    assert_eq!(ClaimsBody::decode(&body.encode()).unwrap(), body);
}

/// The offer of the vectors, its first receipt, and ways in which a hold does not accept it.
#[test]
fn a_hold_accepts_the_offer_that_it_names() {
    let first = |kind: &str| hex(&list(&file(kind), "valid")[0]["bytes"]);
    let offer = Signed::<HoldOffer>::parse(&first("hold-offer")).unwrap();
    let receipt = Signed::<HoldReceipt>::parse(&first("hold-receipt")).unwrap().claims().clone();
    assert!(accepts(&receipt, &offer));
    let other = |change: &dyn Fn(&mut HoldReceipt)| {
        let mut receipt = receipt.clone();
        change(&mut receipt);
        receipt.check().unwrap();
        receipt
    };
    let terms = &offer.claims().terms;
    let another_asset = Asset::new(Code::new("EUR").unwrap(), 6).unwrap();
    for wrong in [
        other(&|r| r.reference = None),
        other(&|r| r.reference = Some(RequestRef::new([7; 32]))),
        other(&|r| r.payee_key = PayeeKeyHash::new([7; 32])),
        other(&|r| (r.placed, r.time) = (offer.claims().expires, offer.claims().expires)),
        other(&|r| r.cap = Amount::new(terms.price.value() - 1, terms.price.asset()).unwrap()),
        other(&|r| r.cap = Amount::new(r.cap.value(), another_asset).unwrap()),
        other(&|r| r.claim_until = r.spend_until.plus(Span::from_h(71))),
    ] {
        assert!(!accepts(&wrong, &offer), "{wrong:?}");
    }
}
