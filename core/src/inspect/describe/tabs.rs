//! The members of what tabs consist of.

use super::{Described, Field, Fields, SignedBy, certified, key, text, text_or};
use crate::engine::Placed as _;
use farthing_protocol::cose::Verified;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::{
    Claim, ClaimReceipt, HoldChange, HoldClose, HoldOffer, HoldOrder, HoldReceipt, HoldRelease, MeterMeasure,
    MeterTerms, Voucher,
};
use farthing_protocol::time::Span;
use farthing_protocol::verifier_certificate::VerifierCertificate;

fn span(value: Span) -> Field {
    Field::Number(value.as_ms())
}

fn meter(of: &MeterTerms) -> Field {
    let rate = match of.measure {
        MeterMeasure::Time => Field::Absent,
        MeterMeasure::Counted(rate) => Field::Number(rate.get()),
    };
    Field::Members(vec![
        ("rate", rate),
        ("unit_ticks", Field::Number(of.unit.get())),
        ("free_ticks", Field::Number(of.free.get())),
        ("quantum_ticks", Field::Number(of.quantum.get())),
        ("grace_ms", span(of.grace)),
    ])
}

described! { HoldOffer, |o| SignedBy::Itself(o.payee);
    "id": text(o.id),
    "verifier": text(o.verifier),
    "handle": text(o.handle),
    "payee_key": key(&o.payee),
    "hpke": text(o.hpke),
    "created": Field::Time(o.created),
    "expires": Field::Time(o.expires),
    "terms": Field::Members(vec![
        ("price", Field::Amount(o.terms.price)),
        ("unit", text(&o.terms.unit)),
        ("cap", Field::Amount(o.terms.cap)),
        ("lasts_ms", span(o.terms.lasts)),
        ("grace_ms", span(o.terms.grace)),
        ("meter", o.terms.meter.as_ref().map_or(Field::Absent, meter)),
    ]),
    "memo": text_or(o.memo.as_ref()),
    "payee_name": text_or(o.payee_name.as_ref()),
    "usage": text(match o.usage { Usage::Single => "single", Usage::Standing => "standing" }),
}

described! { HoldOrder, |o| SignedBy::Device;
    "id": text(o.id.to_uuid_text()),
    "verifier": text(o.verifier),
    "account": text(o.account),
    "device": text(o.device),
    "created": Field::Time(o.created),
    "expires": Field::Time(o.expires),
    "fee_version": Field::Number(o.fee_version.get()),
    "payee": text(o.payee),
    "payee_key": text(o.payee_key),
    "cap": Field::Amount(o.cap),
    "spend_until": Field::Time(o.spend_until),
    "claim_until": Field::Time(o.claim_until),
    "voucher_key": key(&o.voucher_key),
    "reference": text_or(o.reference.as_ref()),
    "details": text(o.details),
    "bundle": text_or(o.bundle.as_ref()),
}

described! { HoldChange, |o| SignedBy::Device;
    "id": text(o.id.to_uuid_text()),
    "verifier": text(o.verifier),
    "account": text(o.account),
    "device": text(o.device),
    "created": Field::Time(o.created),
    "expires": Field::Time(o.expires),
    "hold": text(o.hold),
    "hold_version": Field::Number(o.hold_version.get()),
    "cap": Field::Amount(o.cap),
    "spend_until": Field::Time(o.spend_until),
    "claim_until": Field::Time(o.claim_until),
}

described! { HoldReceipt, |o| SignedBy::Verifier, places certified;
    "epoch": Field::Number(o.epoch.get()),
    "seq": Field::Number(o.seq.get()),
    "checkpoint": text(o.checkpoint),
    "time": Field::Time(o.time),
    "hold": text(o.hold),
    "placed": Field::Time(o.placed),
    "cause": text(o.cause),
    "payee_key": text(o.payee_key),
    "voucher_key": key(&o.voucher_key),
    "hold_version": Field::Number(o.hold_version.get()),
    "cap": Field::Amount(o.cap),
    "spend_until": Field::Time(o.spend_until),
    "claim_until": Field::Time(o.claim_until),
    "reference": text_or(o.reference.as_ref()),
    "details": text(o.details),
    "closed": Field::Flag(o.closed.is_some()),
}

// Its key stands in the hold's order and receipts.
described! { Voucher, |o| SignedBy::Device;
    "hold": text(o.hold),
    "hold_version": Field::Number(o.hold_version.get()),
    "total": Field::Amount(o.total),
}

described! { Claim, |o| SignedBy::Device;
    "id": text(o.id.to_uuid_text()),
    "verifier": text(o.verifier),
    "account": text(o.account),
    "device": text(o.device),
    "created": Field::Time(o.created),
    "voucher_bytes": Field::Number(o.voucher.as_slice().len() as u64),
    "total": Field::Amount(o.total),
}

described! { HoldRelease, |o| SignedBy::Device;
    "id": text(o.id.to_uuid_text()),
    "verifier": text(o.verifier),
    "account": text(o.account),
    "device": text(o.device),
    "created": Field::Time(o.created),
    "hold": text(o.hold),
    "total": Field::Amount(o.total),
}

described! { HoldClose, |o| SignedBy::Device;
    "id": text(o.id.to_uuid_text()),
    "verifier": text(o.verifier),
    "account": text(o.account),
    "device": text(o.device),
    "created": Field::Time(o.created),
    "hold": text(o.hold),
}

described! { ClaimReceipt, |o| SignedBy::Verifier, places certified;
    "epoch": Field::Number(o.epoch.get()),
    "seq": Field::Number(o.seq.get()),
    "checkpoint": text(o.checkpoint),
    "time": Field::Time(o.time),
    "hold": text(o.hold),
    "payee_key": text(o.payee_key),
    "total": Field::Amount(o.total),
    "amount": Field::Amount(o.amount),
    "cause": text_or(o.cause.as_ref()),
    "voucher": text_or(o.voucher.as_ref()),
    "ended": Field::Flag(o.ended.is_some()),
}
