//! The samples of a tab: the account of the other samples reads at the alias's, for two cents an article.

use crate::bodies::{bytes_of, entry};
use crate::keys::{NOW, act_id, bytes, bytes_16, ed25519, given, hpke, order_id};
use crate::samples::*;
use farthing_protocol::act::Header;
use farthing_protocol::alias::Alias;
use farthing_protocol::bundle::{Binding, Bundle};
use farthing_protocol::cbor::{Bytes, V1, Yes, encode};
use farthing_protocol::code::TabRefusalCode;
use farthing_protocol::cose::{Object, Signed};
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::http::{ClaimOutcome, ClaimOutcomes, ClaimsBody, EntriesPage, Entry, EntryKind};
use farthing_protocol::id::*;
use farthing_protocol::key::Signer as _;
use farthing_protocol::money::Amount;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::request::{RequestId, Usage};
use farthing_protocol::tab::*;
use farthing_protocol::time::Span;

pub(crate) fn offer() -> HoldOffer {
    HoldOffer {
        version: V1,
        id: RequestId::new(bytes_16("offer")),
        verifier: verifier(),
        handle: Alias::new("truck-7").unwrap().handle(),
        payee: *ed25519("alias payee").public(),
        hpke: *hpke("alias hpke").public(),
        created: NOW,
        expires: NOW.plus(Span::from_h(24 * 365)),
        terms: OfferTerms {
            price: usd(20_000),
            unit: text("article"),
            cap: usd(5_000_000),
            lasts: Span::from_h(24),
            grace: Span::from_h(72),
            meter: None,
        },
        memo: Some(text("Read as long as you like")),
        payee_name: Some(text("Truck 7")),
        usage: Usage::Standing,
    }
}

/// A scooter: by the minute, ten seconds at a time, the first minute free.
pub(crate) fn scooter() -> HoldOffer {
    let meter = MeterTerms {
        measure: MeterMeasure::Time,
        unit: Ticks::new(60_000),
        free: Ticks::new(60_000),
        quantum: Ticks::new(10_000),
        grace: Span::from_s(10),
    };
    metered("minute", 250_000, meter)
}

/// A download: by the megabyte, a quarter of it at a time.
pub(crate) fn download() -> HoldOffer {
    let meter = MeterTerms {
        measure: MeterMeasure::Counted(Ticks::new(20_000_000)),
        unit: Ticks::new(1_000_000),
        free: Ticks::new(0),
        quantum: Ticks::new(250_000),
        grace: Span::from_s(5),
    };
    metered("megabyte", 4_000, meter)
}

fn metered(unit: &str, price: u64, meter: MeterTerms) -> HoldOffer {
    let terms = OfferTerms { price: usd(price), unit: text(unit), meter: Some(meter), ..offer().terms };
    HoldOffer { terms, memo: None, ..offer() }
}

fn hold_binding() -> Binding {
    Binding { order: order_id("hold", NOW), payee_key: offer().payee.payee_key_hash() }
}

/// The sealed message that comes with the hold's order.
fn hold_bundle() -> Bundle {
    let mut random = given(&[&bytes("hold bundle key"), &bytes("hold ephemeral")]);
    Bundle::seal(&disclosure(), hpke("alias hpke").public(), &hold_binding(), &mut random).unwrap()
}

pub(crate) fn hold_order() -> HoldOrder {
    HoldOrder {
        version: V1,
        id: hold_binding().order,
        verifier: verifier(),
        account: account_id(),
        device: device_id(),
        created: NOW,
        expires: NOW.plus(Span::from_s(120)),
        fee_version: FeeVersion::new(1),
        payee: offer().handle,
        payee_key: hold_binding().payee_key,
        cap: usd(5_000_000),
        spend_until: NOW.plus(Span::from_h(24)),
        claim_until: NOW.plus(Span::from_h(24 + 72)),
        voucher_key: *ed25519("voucher").public(),
        reference: Some(offer_reference(&signed(offer(), &ed25519("alias payee")))),
        details: disclosure().hash(),
        bundle: Some(hold_bundle().hash()),
    }
}

/// A hold for an alias, without an offer and a message.
pub(crate) fn plain_hold_order() -> HoldOrder {
    HoldOrder { id: order_id("plain hold", NOW), reference: None, bundle: None, ..hold_order() }
}

pub(crate) fn signed_hold() -> Signed<HoldOrder> {
    signed(hold_order(), &ed25519("act"))
}

pub(crate) fn hold_change() -> HoldChange {
    let made = NOW.plus(Span::from_h(12));
    HoldChange {
        version: V1,
        id: order_id("hold change", made),
        verifier: verifier(),
        account: account_id(),
        device: device_id(),
        created: made,
        expires: made.plus(Span::from_s(120)),
        hold: HoldId::of(&signed_hold()),
        hold_version: HoldVersion::new(2),
        cap: usd(8_000_000),
        spend_until: NOW.plus(Span::from_h(48)),
        claim_until: NOW.plus(Span::from_h(48 + 72)),
    }
}

pub(crate) fn hold_receipt() -> HoldReceipt {
    let (order, placed) = (signed_hold(), NOW.plus(Span::from_ms(350)));
    let asked = order.claims();
    HoldReceipt {
        version: V1,
        epoch: Epoch::new(1),
        seq: Seq::new(44),
        checkpoint: checkpoint_hash(),
        time: placed,
        hold: HoldId::of(&order),
        placed,
        cause: order.hash(),
        payee_key: asked.payee_key,
        voucher_key: asked.voucher_key,
        hold_version: HoldVersion::new(1),
        cap: asked.cap,
        spend_until: asked.spend_until,
        claim_until: asked.claim_until,
        reference: asked.reference,
        details: asked.details,
        closed: None,
    }
}

pub(crate) fn changed_receipt() -> HoldReceipt {
    let change = signed(hold_change(), &ed25519("act"));
    let bounds = change.claims().bounds();
    HoldReceipt {
        seq: Seq::new(51),
        time: change.claims().created.plus(Span::from_ms(350)),
        cause: change.hash(),
        hold_version: bounds.version,
        cap: bounds.cap,
        spend_until: bounds.spend_until,
        claim_until: bounds.claim_until,
        ..hold_receipt()
    }
}

pub(crate) fn closed_receipt() -> HoldReceipt {
    let close = signed(hold_close(), &ed25519("session"));
    let time = close.claims().created.plus(Span::from_ms(350));
    let bounds = changed_receipt().bounds().closed(time);
    HoldReceipt {
        seq: Seq::new(53),
        time,
        cause: close.hash(),
        spend_until: bounds.spend_until,
        claim_until: bounds.claim_until,
        closed: Some(Yes),
        ..changed_receipt()
    }
}

pub(crate) fn voucher() -> Voucher {
    Voucher { version: V1, hold: HoldId::of(&signed_hold()), hold_version: HoldVersion::new(1), total: usd(1_240_000) }
}

pub(crate) fn later_voucher() -> Voucher {
    Voucher { hold_version: HoldVersion::new(2), total: usd(7_980_000), ..voucher() }
}

fn later(hours: u64) -> farthing_protocol::time::Time {
    NOW.plus(Span::from_h(hours))
}

/// The header of an act of a payee's device, of the friend's account.
fn payee_header(name: &str, hours: u64) -> Header {
    Header {
        verifier: verifier(),
        account: ed25519("friend account").public().account_id(),
        device: ed25519("friend act").public().device_id(),
        id: act_id(name, later(hours)),
        created: later(hours),
    }
}

pub(crate) fn full_claim() -> Claim {
    Claim::new(payee_header("claim", 20), bytes_of(voucher(), &ed25519("voucher")), usd(1_240_000))
}

/// The payee charges less than the voucher would allow.
pub(crate) fn smaller_claim() -> Claim {
    Claim::new(payee_header("smaller claim", 20), bytes_of(voucher(), &ed25519("voucher")), usd(1_200_000))
}

pub(crate) fn hold_release() -> HoldRelease {
    HoldRelease::new(payee_header("release", 21), voucher().hold, usd(1_240_000))
}

pub(crate) fn hold_close() -> HoldClose {
    let created = later(22);
    let header = Header {
        verifier: verifier(),
        account: account_id(),
        device: device_id(),
        id: act_id("close", created),
        created,
    };
    HoldClose::new(header, voucher().hold)
}

pub(crate) fn claim_receipt() -> ClaimReceipt {
    let claim = signed(full_claim(), &ed25519("friend session"));
    ClaimReceipt {
        version: V1,
        epoch: Epoch::new(1),
        seq: Seq::new(52),
        checkpoint: checkpoint_hash(),
        time: claim.claims().created.plus(Span::from_ms(350)),
        hold: voucher().hold,
        payee_key: hold_order().payee_key,
        total: claim.claims().total,
        amount: claim.claims().total,
        cause: Some(claim.hash()),
        voucher: Some(signed(voucher(), &ed25519("voucher")).hash()),
        ended: None,
    }
}

pub(crate) fn released_receipt() -> ClaimReceipt {
    let release = signed(hold_release(), &ed25519("friend session"));
    ClaimReceipt {
        seq: Seq::new(54),
        time: release.claims().created.plus(Span::from_ms(350)),
        amount: usd(0),
        cause: Some(release.hash()),
        voucher: None,
        ended: Some(Yes),
        ..claim_receipt()
    }
}

/// Nothing was claimed of it, and its time was over.
pub(crate) fn unclaimed_receipt() -> ClaimReceipt {
    ClaimReceipt {
        seq: Seq::new(55),
        time: closed_receipt().claim_until,
        total: usd(0),
        cause: None,
        ..released_receipt()
    }
}

fn claim_refusal() -> Refusal {
    let code = TabRefusalCode::HoldEnded;
    Refusal {
        time: later(121),
        order: signed(smaller_claim(), &ed25519("friend session")).hash(),
        code: code.number(),
        retryable: code.is_retryable(),
        message: text(code.message()),
        ..refusal()
    }
}

/// Each body's name and bytes.
pub(crate) fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let (signing, session) = (ed25519("signing"), ed25519("friend session"));
    let claims = [full_claim(), smaller_claim()].map(|claim| bytes_of(claim, &session)).to_vec();
    let outcomes = vec![
        ClaimOutcome::Receipt(bytes_of(claim_receipt(), &signing)),
        ClaimOutcome::Refusal(bytes_of(claim_refusal(), &signing)),
        ClaimOutcome::Problem(210),
    ];
    vec![
        ("claims-body", "two", ClaimsBody { claims }.encode()),
        ("claim-outcomes", "one of each", ClaimOutcomes { outcomes }.encode()),
        ("entries-page", "a hold's payer's: placed, raised, claimed from, closed, let go", page(of_payer())),
        ("entries-page", "a hold's payee's: placed, raised, claimed, closed, let go", page(of_payee())),
        (
            "entries-page",
            "a hold's end by time, as its payer sees it",
            page(vec![ended(EntryKind::Spent, Some(usd(0)))]),
        ),
        ("entries-page", "a hold's end by time, as its payee sees it", page(vec![ended(EntryKind::Claim, None)])),
    ]
}

fn page(entries: Vec<Entry>) -> Vec<u8> {
    EntriesPage { head: bytes_of(head(), &ed25519("signing")), entries, more: false }.encode()
}

/// An entry of a tab's, without what only some kinds have.
fn of_tab(kind: EntryKind, seq: Seq, receipt: impl Object) -> Entry {
    Entry { receipt: bytes_of(receipt, &ed25519("signing")), ..entry(seq.get(), kind, self::receipt()) }
}

/// What is on top of so much, by the fee schedule of the samples.
fn on_top(amount: &Amount) -> Option<Amount> {
    let fees = Terms { asset: amount.asset(), flat: 10_000, bps: 30 };
    Some(fee_of_claimed(amount, &fees).unwrap())
}

fn of_payer() -> Vec<Entry> {
    let (act, session) = (ed25519("act"), ed25519("session"));
    let placed = |receipt: HoldReceipt, cause| Entry {
        cause: Some(cause),
        fee: on_top(&receipt.cap),
        ..of_tab(EntryKind::Hold, receipt.seq, receipt)
    };
    let spent = |receipt: ClaimReceipt, cause| Entry {
        cause,
        fee: on_top(&receipt.amount),
        ..of_tab(EntryKind::Spent, receipt.seq, receipt)
    };
    vec![
        placed(hold_receipt(), bytes_of(hold_order(), &act)),
        placed(changed_receipt(), bytes_of(hold_change(), &act)),
        spent(claim_receipt(), Some(bytes_of(voucher(), &ed25519("voucher")))),
        placed(closed_receipt(), bytes_of(hold_close(), &session)),
        spent(released_receipt(), None),
    ]
}

fn of_payee() -> Vec<Entry> {
    let session = ed25519("friend session");
    let tab = |receipt: HoldReceipt| Entry {
        handle: Some(hold_order().payee),
        ..of_tab(EntryKind::Tab, receipt.seq, receipt)
    };
    let claimed =
        |receipt: ClaimReceipt, cause| Entry { cause: Some(cause), ..of_tab(EntryKind::Claim, receipt.seq, receipt) };
    let placed = Entry {
        bundle: Some(Bytes::new(encode(&hold_bundle())).unwrap()),
        order: Some(hold_order().id),
        ..tab(hold_receipt())
    };
    vec![
        placed,
        tab(changed_receipt()),
        claimed(claim_receipt(), bytes_of(full_claim(), &session)),
        tab(closed_receipt()),
        claimed(released_receipt(), bytes_of(hold_release(), &session)),
    ]
}

fn ended(kind: EntryKind, fee: Option<Amount>) -> Entry {
    Entry { fee, ..of_tab(kind, unclaimed_receipt().seq, unclaimed_receipt()) }
}
