//! The rules of tabs: names, references, reserves, bounds that may follow, what a payee takes, and lives of holds step by step.

use crate::keys::{NOW, ed25519, hex, order_id};
use crate::samples::{signed, usd};
use crate::tabs::{download, hold_change, hold_receipt, offer, scooter, signed_hold, voucher};
use farthing_protocol::cbor::encode;
use farthing_protocol::cose::Verified;
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::id::Digest;
use farthing_protocol::key::Signer as _;
use farthing_protocol::money::AmountError;
use farthing_protocol::tab::*;
use farthing_protocol::time::{Span, Time};
use serde_json::{Value, json};

/// The file.
pub(crate) fn files() -> Vec<(String, Value)> {
    let value = json!({
        "names": names(),
        "references": references(),
        "reserves": reserves(),
        "follows": follows(),
        "closes": closes(),
        "takes": takes(),
        "lives": lives(),
        "meters": meters(),
    });
    vec![("tab-rules".to_owned(), value)]
}

fn names() -> Value {
    let order = signed_hold();
    json!([{"order": hex(order.bytes()), "hold": HoldId::of(&order).to_hex()}])
}

fn references() -> Value {
    let offer = signed(offer(), &ed25519("alias payee"));
    json!([{"offer": hex(offer.bytes()), "info": "farthing/1/offer-ref", "reference": offer_reference(&offer).to_hex()}])
}

/// What was delivered costs, and what a total covers.
fn meters() -> Vec<Value> {
    let cases = [
        (0, 0),
        (1, 1),
        (60_000, 250_000),
        (60_001, 41_666),
        (70_000, 41_667),
        (999_999_999, 5_000_000),
        (1 << 48, 10),
    ];
    let of = |offer: HoldOffer| {
        let (meter, price) = (offer.terms.meter.unwrap(), offer.terms.price);
        cases.map(|(delivered, total)| {
            let (delivered, total) = (Ticks::new(delivered), usd(total));
            json!({
                "meter": hex(&encode(&meter)),
                "price": price.value(),
                "delivered": delivered.get(),
                "due": meter.due_for(&price, delivered).value(),
                "total": total.value(),
                "covered": meter.covered_by(&price, &total).get(),
                "most_lost": meter.most_lost(&price).value(),
            })
        })
    };
    [of(scooter()), of(download())].concat()
}

fn hours(hours: u64) -> Time {
    NOW.plus(Span::from_h(hours))
}

/// A version with its cap, and its times in hours.
fn bounds(version: u64, cap: u64, spend: u64, claim: u64) -> Bounds {
    let version = HoldVersion::new(version);
    Bounds { version, cap: usd(cap), spend_until: hours(spend), claim_until: hours(claim) }
}

fn shown(bounds: &Bounds) -> Value {
    json!([bounds.version.get(), bounds.cap.value(), bounds.spend_until.as_ms(), bounds.claim_until.as_ms()])
}

fn fees(flat: u64, bps: u64) -> Terms {
    Terms { asset: usd(0).asset(), flat, bps }
}

fn reserves() -> Vec<Value> {
    [
        (10_000, 30, 5_000_000),
        (0, 0, 1),
        (0, 10_000, 500_000_000_000_000),
        (0, 10_000, 500_000_000_000_001),
        (1_000_000_000_000_000, 0, 1),
        (0, 1, 9_999),
        (0, 1, 10_000),
    ]
    .into_iter()
    .map(|(flat, bps, cap)| {
        let reserve = reserve(&usd(cap), &fees(flat, bps)).ok().map(|r| r.value());
        json!({"flat": flat, "bps": bps, "cap": cap, "reserve": reserve})
    })
    .collect()
}

fn follows() -> Vec<Value> {
    let before = bounds(3, 5_000_000, 24, 96);
    [
        ("more", bounds(4, 5_000_001, 24, 96)),
        ("the same once more", bounds(4, 5_000_000, 24, 96)),
        ("longer, with the same grace", bounds(4, 5_000_000, 25, 97)),
        ("claimed until later", bounds(4, 5_000_000, 24, 97)),
        ("the same version", bounds(3, 6_000_000, 24, 96)),
        ("a version left out", bounds(5, 6_000_000, 24, 96)),
        ("an earlier version", bounds(2, 6_000_000, 24, 96)),
        ("less", bounds(4, 4_999_999, 24, 96)),
        ("spent from until earlier", bounds(4, 6_000_000, 23, 96)),
        ("claimed until earlier", bounds(4, 6_000_000, 24, 95)),
        ("spent from until later with a shorter grace", bounds(4, 6_000_000, 48, 96)),
    ]
    .into_iter()
    .map(|(name, after)| {
        let error = after.may_follow(&before).err().map(|code| code.kind());
        json!({"name": name, "before": shown(&before), "after": shown(&after), "error": error})
    })
    .collect()
}

fn closes() -> Vec<Value> {
    let open = bounds(1, 5_000_000, 24, 96);
    [("at once", NOW), ("half-way", hours(12)), ("at its end", hours(24)), ("after its end", hours(30))]
        .into_iter()
        .map(|(name, time)| json!({"name": name, "bounds": shown(&open), "time": time.as_ms(), "closed": shown(&open.closed(time))}))
        .collect()
}

/// A voucher of the hold of these vectors, or what is wrong with it.
struct Given {
    version: u64,
    total: u64,
    /// Of another hold.
    foreign: bool,
    /// By another key.
    forged: bool,
}

impl Given {
    const fn of(version: u64, total: u64) -> Self {
        Self { version, total, foreign: false, forged: false }
    }

    fn verified(&self) -> Verified<Voucher> {
        let key = ed25519(if self.forged { "somebody else" } else { "voucher" });
        let mut given = Voucher { hold_version: HoldVersion::new(self.version), total: usd(self.total), ..voucher() };
        if self.foreign {
            given.hold = HoldId::new(*Digest::of(b"another hold").as_bytes());
        }
        signed(given, &key).verify(key.public()).unwrap()
    }

    fn shown(&self) -> Value {
        json!({"version": self.version, "total": self.total, "foreign": self.foreign, "forged": self.forged})
    }
}

fn takes() -> Vec<Value> {
    let receipt = hold_receipt();
    let margin = receipt.spend_until.minus(Span::from_min(5));
    let before_margin = margin.minus(Span::from_ms(1));
    [
        ("the first", Given::of(1, 20_000), None, NOW),
        ("the whole cap", Given::of(1, 5_000_000), Some(20_000), NOW),
        ("a greater one", Given::of(1, 40_000), Some(20_000), NOW),
        ("at the last moment", Given::of(1, 40_000), Some(20_000), before_margin),
        ("too near the end of spending", Given::of(1, 40_000), Some(20_000), margin),
        ("the same again", Given::of(1, 20_000), Some(20_000), NOW),
        ("an older one", Given::of(1, 20_000), Some(40_000), NOW),
        ("above the cap", Given::of(1, 5_000_001), None, NOW),
        ("of a version that was not seen", Given::of(2, 20_000), None, NOW),
        ("of another hold", Given { foreign: true, ..Given::of(1, 20_000) }, None, NOW),
        ("by another key", Given { forged: true, ..Given::of(1, 20_000) }, None, NOW),
    ]
    .into_iter()
    .map(|(name, given, newest, time)| {
        let before = newest.map(|total| Voucher { total: usd(total), ..voucher() });
        let fault = receipt.takes(&given.verified(), before.as_ref(), time).err().map(|fault| fault.kind());
        json!({"name": name, "bounds": shown(&receipt.bounds()), "voucher": given.shown(), "newest": newest, "time": time.as_ms(), "fault": fault})
    })
    .collect()
}

enum Step {
    Claim(u64, Given),
    Change(Bounds),
    Close,
    Release(u64),
    End,
}

/// What is done to a hold, at these hours and milliseconds, and what comes of it.
fn life(name: &str, fees: Terms, steps: Vec<(u64, u64, Step)>) -> Value {
    let key = ed25519("act");
    let mut hold = Hold::place(&signed_hold().verify(key.public()).unwrap(), fees).unwrap();
    let begun = json!({"bounds": shown(&hold.bounds), "held": hold.held().unwrap().value()});
    let steps: Vec<Value> = steps
        .into_iter()
        .map(|(hour, ms, step)| {
            let now = hours(hour).plus(Span::from_ms(ms));
            let (what, outcome) = done(&hold, &step, now);
            let outcome = match outcome {
                Ok((after, moved)) => {
                    hold = after;
                    moved
                }
                Err(HoldError::Refused(code)) => json!({"refused": code.number()}),
                Err(HoldError::Amount(AmountError::TooLarge)) => json!({"refused": 101}),
                Err(HoldError::Amount(other)) => panic!("{other}"),
            };
            let state = match hold.state {
                HoldState::Open => "open",
                HoldState::Closed => "closed",
                HoldState::Ended => "ended",
            };
            let after = json!({"bounds": shown(&hold.bounds), "held": hold.held().unwrap().value(), "claimed": hold.claimed.value(), "state": state});
            json!({"time": now.as_ms(), "do": what, "outcome": outcome, "after": after})
        })
        .collect();
    json!({"name": name, "flat": fees.flat, "bps": fees.bps, "begun": begun, "steps": steps})
}

fn done(hold: &Hold, step: &Step, now: Time) -> (Value, Result<(Hold, Value), HoldError>) {
    match step {
        Step::Claim(total, given) => {
            let outcome = hold.claim(&usd(*total), &given.verified(), now).map(|moved| match moved {
                Some((after, posting)) => {
                    (after, json!({"amount": posting.amount.value(), "fee": posting.fee.value()}))
                }
                None => (hold.clone(), json!({"before": true})),
            });
            (json!({"claim": total, "voucher": given.shown()}), outcome)
        }
        Step::Change(bounds) => {
            let key = ed25519("act");
            let change = HoldChange {
                id: order_id("a change", now),
                created: now,
                expires: now.plus(Span::from_s(120)),
                hold_version: bounds.version,
                cap: bounds.cap,
                spend_until: bounds.spend_until,
                claim_until: bounds.claim_until,
                ..hold_change()
            };
            let change = signed(change, &key).verify(key.public()).unwrap();
            let outcome = hold.change(&change, now).map(|(after, more)| (after, json!({"more": more.value()})));
            (json!({"change": shown(bounds)}), outcome)
        }
        Step::Close => (json!({"close": true}), hold.close(now).map(|after| (after, json!({})))),
        Step::Release(total) => {
            let outcome = hold.release(&usd(*total), now).map(|(after, back)| (after, json!({"back": back.value()})));
            (json!({"release": total}), outcome)
        }
        Step::End => {
            let outcome = hold.end(now).map(|ended| match ended {
                Some((after, back)) => (after, json!({"back": back.value()})),
                None => (hold.clone(), json!({"before": true})),
            });
            (json!({"end": true}), outcome)
        }
    }
}

fn lives() -> Vec<Value> {
    use Step::*;
    let usual = fees(10_000, 30);
    let (by, later) = (|total| Given::of(1, total), |total| Given::of(2, total));
    vec![
        life(
            "claimed in parts, the rest released",
            usual,
            vec![
                (1, 0, Claim(20_000, by(20_000))),
                (2, 0, Claim(20_000, by(20_000))),
                (3, 0, Claim(333, by(333))),
                (4, 0, Claim(1_000_001, by(1_240_000))),
                (5, 0, Claim(1_240_000, by(1_240_000))),
                (6, 0, Release(20_000)),
                (7, 0, Release(1_240_000)),
                (8, 0, Claim(1_240_000, by(1_240_000))),
                (8, 0, Claim(1_240_001, by(2_000_000))),
                (9, 0, Close),
                (9, 0, Release(1_240_000)),
                (200, 0, End),
            ],
        ),
        life(
            "raised, and claimed to the last",
            usual,
            vec![
                (1, 0, Claim(5_000_001, later(5_000_001))),
                (2, 0, Change(bounds(2, 8_000_000, 48, 120))),
                (2, 0, Change(bounds(2, 8_000_000, 48, 120))),
                (3, 0, Change(bounds(3, 7_999_999, 48, 120))),
                (3, 0, Change(bounds(3, 9_000_000, 72, 120))),
                (4, 0, Claim(8_000_000, by(8_000_000))),
                (119, 3_599_999, End),
                (120, 0, Claim(8_000_000, by(8_000_000))),
                (120, 0, End),
            ],
        ),
        life(
            "closed early: the payee has its grace from then on",
            usual,
            vec![
                (2, 0, Close),
                (3, 0, Close),
                (4, 0, Change(bounds(2, 8_000_000, 48, 120))),
                (5, 0, Claim(40_000, by(40_000))),
                (73, 3_599_999, Claim(60_000, by(60_000))),
                (74, 0, Claim(80_000, by(80_000))),
                (74, 0, Claim(60_000, by(60_000))),
                (74, 0, Change(bounds(2, 8_000_000, 96, 168))),
                (74, 0, Release(60_000)),
                (74, 0, End),
                (74, 0, End),
            ],
        ),
        life(
            "nothing claimed costs nothing",
            usual,
            vec![(95, 3_599_999, End), (96, 0, Claim(20_000, by(20_000))), (96, 0, Close), (96, 0, End)],
        ),
        life(
            "vouchers that do not belong",
            usual,
            vec![
                (1, 0, Claim(20_000, Given { foreign: true, ..by(20_000) })),
                (1, 0, Claim(20_000, Given { forged: true, ..by(20_000) })),
                (1, 0, Claim(20_001, by(20_000))),
                (1, 0, Claim(20_000, by(5_000_001))),
                (1, 0, Claim(20_000, later(20_000))),
                (1, 0, Claim(5_000_000, by(5_000_000))),
            ],
        ),
        life(
            "a fee of the whole amount",
            fees(0, 10_000),
            vec![
                (1, 0, Claim(1, by(1))),
                (2, 0, Claim(5_000_000, by(5_000_000))),
                (3, 0, Change(bounds(2, 500_000_000_000_001, 48, 120))),
                (3, 0, Change(bounds(2, 500_000_000_000_000, 48, 120))),
                (4, 0, Release(5_000_000)),
            ],
        ),
    ]
}
