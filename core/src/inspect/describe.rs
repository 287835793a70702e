//! The members of every object, by the names that the specification gives them.

use super::{Field, SignedBy};
use crate::engine::Placed as _;
use farthing_protocol::alias::AliasRecord;
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::{Object, Verified};
use farthing_protocol::details::Item;
use farthing_protocol::device::{DeviceCertificate, DeviceList, Scope};
use farthing_protocol::enrolment::Enrolment;
use farthing_protocol::fee_schedule::FeeSchedule;
use farthing_protocol::handle::{HandleBind, HandleCancel, HandleRegister};
use farthing_protocol::head::Head;
use farthing_protocol::id::{Epoch, Seq, VerifierId};
use farthing_protocol::invite::Invite;
use farthing_protocol::issue::Issue;
use farthing_protocol::key::PublicKey;
use farthing_protocol::money::Amount;
use farthing_protocol::order::{Body, Order};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::request::{Request, Usage};
use farthing_protocol::time::Time;
use farthing_protocol::verifier_certificate::VerifierCertificate;

/// Members with their names.
pub(super) type Fields = Vec<(&'static str, Field)>;

/// An object that can be shown.
pub(super) trait Described: Object {
    /// Which key signs it.
    fn signed_by(&self) -> SignedBy;

    /// What it claims. Secrets that an object carries are not repeated.
    fn fields(&self) -> Fields;

    /// The verifier that it names, for what a verifier signs.
    fn verifier(&self) -> Option<VerifierId> {
        None
    }

    /// True when a key with this certificate may sign it.
    fn is_within(&self, _certificate: &Verified<VerifierCertificate>) -> bool {
        true
    }
}

fn text(value: impl core::fmt::Display) -> Field {
    Field::Text(value.to_string())
}

fn text_or<T: core::fmt::Display>(value: Option<&T>) -> Field {
    value.map_or(Field::Absent, text)
}

fn key(value: &PublicKey) -> Field {
    text(value.thumbprint())
}

fn amount(value: Option<Amount>) -> Field {
    value.map_or(Field::Absent, Field::Amount)
}

fn time(value: Option<Time>) -> Field {
    value.map_or(Field::Absent, Field::Time)
}

fn items(values: Option<&Vec<Item>>) -> Field {
    let item = |i: &Item| Field::Members(vec![("name", text(&i.name)), ("amount", Field::Amount(i.amount))]);
    values.map_or(Field::Absent, |items| Field::List(items.iter().map(item).collect()))
}

fn amounts(values: Option<&Vec<Amount>>) -> Field {
    values.map_or(Field::Absent, |list| Field::List(list.iter().copied().map(Field::Amount).collect()))
}

fn scope(scope: &Scope) -> Field {
    let names = [(Scope::RECEIVE, "receive"), (Scope::PAY, "pay"), (Scope::ADMINISTER, "administer")];
    let allowed = names.iter().filter(|(bit, _)| scope.allows(*bit)).map(|(_, name)| text(name));
    let payees = scope.payees.as_ref().map_or(Field::Absent, |p| Field::List(p.iter().map(text).collect()));
    Field::Members(vec![
        ("allows", Field::List(allowed.collect())),
        ("per_order", amounts(scope.per_order.as_ref())),
        ("per_day", amounts(scope.per_day.as_ref())),
        ("payees", payees),
        ("expires", time(scope.expires)),
    ])
}

/// Writes an implementation: the signer, then each member's name and value.
macro_rules! described {
    ($type:ty, |$o:ident| $signer:expr $(, verifier $verifier:expr)? $(, places $certified:ident)? ; $($name:literal: $value:expr,)+) => {
        impl Described for $type {
            fn signed_by(&self) -> SignedBy {
                let $o = self;
                let _ = $o;
                $signer
            }
            fn fields(&self) -> Fields {
                let $o = self;
                vec![$(($name, $value)),+]
            }
            $(fn verifier(&self) -> Option<VerifierId> {
                let $o = self;
                Some($verifier)
            })?
            $(fn is_within(&self, certificate: &Verified<VerifierCertificate>) -> bool {
                $certified(self.place(), certificate)
            })?
        }
    };
}

mod tabs;

/// Wire decision 3: a key is certified for an epoch, from a position of the ledger on, and for a time.
fn certified((epoch, seq, time): (Epoch, Seq, Time), certificate: &Verified<VerifierCertificate>) -> bool {
    certificate.epoch == epoch
        && certificate.first_seq <= seq
        && certificate.not_before <= time
        && time < certificate.not_after
}

described! { Receipt, |o| SignedBy::Verifier, places certified;
    "epoch": Field::Number(o.epoch.get()),
    "seq": Field::Number(o.seq.get()),
    "checkpoint": text(o.checkpoint),
    "time": Field::Time(o.time),
    "amount": Field::Amount(o.amount),
    "payee_key": text(o.payee_key),
    "reference": text_or(o.reference.as_ref()),
    "order": text(o.order),
    "details": text(o.details),
}

described! { Refusal, |o| SignedBy::Verifier;
    "epoch": Field::Number(o.epoch.get()),
    "time": Field::Time(o.time),
    "order": text(o.order),
    "code": Field::Number(o.code.into()),
    "retryable": Field::Flag(o.retryable),
    "message": text(&o.message),
    "attachment_bytes": o.attachment.as_ref().map_or(Field::Absent, |a| Field::Number(a.as_slice().len() as u64)),
}

described! { Head, |o| SignedBy::Verifier;
    "epoch": Field::Number(o.epoch.get()),
    "seq": Field::Number(o.seq.get()),
    "time": Field::Time(o.time),
    "checkpoint": text(o.checkpoint),
    "nonce": text(o.nonce),
}

described! { Checkpoint, |o| SignedBy::Verifier, verifier o.verifier;
    "verifier": text(o.verifier),
    "epoch": Field::Number(o.epoch.get()),
    "first_seq": Field::Number(o.first_seq.get()),
    "previous": text_or(o.previous.as_ref()),
    "roots": Field::List(o.roots.iter().map(text).collect()),
    "time": Field::Time(o.time),
}

described! { FeeSchedule, |o| SignedBy::Verifier, verifier o.verifier;
    "verifier": text(o.verifier),
    "fee_version": Field::Number(o.fee_version.get()),
    "since": Field::Time(o.since),
    "terms": Field::List(o.terms.iter().map(|row| Field::Members(vec![
        ("asset", text(row.asset.code)),
        ("scale", Field::Number(row.asset.scale().into())),
        ("flat", Amount::new(row.flat, row.asset).map_or(Field::Absent, Field::Amount)),
        ("bps", Field::Number(row.bps)),
    ])).collect()),
}

described! { Invite, |o| SignedBy::Verifier, verifier o.verifier;
    "verifier": text(o.verifier),
    "url": text(&o.url),
    "has_code": Field::Flag(o.code.is_some()),
    "tls": text_or(o.tls.as_ref()),
    "expires": time(o.expires),
}

described! { Issue, |o| SignedBy::Verifier, verifier o.verifier;
    "id": text(o.id.to_uuid_text()),
    "verifier": text(o.verifier),
    "account": text(o.account),
    "amount": Field::Amount(o.amount),
    "reason": text(&o.reason),
    "created": Field::Time(o.created),
}

described! { VerifierCertificate, |o| SignedBy::Root(o.root);
    "root": key(&o.root),
    "serial": Field::Number(o.serial.get()),
    "signing": key(&o.signing),
    "hpke": text(o.hpke),
    "epoch": Field::Number(o.epoch.get()),
    "first_seq": Field::Number(o.first_seq.get()),
    "not_before": Field::Time(o.not_before),
    "not_after": Field::Time(o.not_after),
}

described! { Order, |o| SignedBy::Device;
    "id": text(o.id.to_uuid_text()),
    "verifier": text(o.verifier),
    "account": text(o.account),
    "device": text(o.device),
    "created": Field::Time(o.created),
    "expires": Field::Time(o.expires),
    "fee_version": Field::Number(o.fee_version.get()),
    "payment": {
        let Body::Payment(payment) = &o.body;
        Field::Members(vec![
            ("payee", text(payment.payee)),
            ("payee_key", text(payment.payee_key)),
            ("amount", Field::Amount(payment.amount)),
            ("reference", text_or(payment.reference.as_ref())),
            ("details", text(payment.details)),
            ("bundle", text_or(payment.bundle.as_ref())),
        ])
    },
}

described! { Request, |o| SignedBy::Itself(o.payee);
    "id": text(o.id),
    "verifier": text(o.verifier),
    "handle": text(o.handle),
    "payee_key": key(&o.payee),
    "hpke": text(o.hpke),
    "amount": amount(o.amount),
    "created": Field::Time(o.created),
    "expires": Field::Time(o.expires),
    "memo": text_or(o.memo.as_ref()),
    "items": items(o.items.as_ref()),
    "payee_name": text_or(o.payee_name.as_ref()),
    "usage": text(match o.usage { Usage::Single => "single", Usage::Standing => "standing" }),
}

described! { AliasRecord, |o| SignedBy::Itself(o.payee);
    "verifier": text(o.verifier),
    "alias": text(&o.alias),
    "payee_key": key(&o.payee),
    "hpke": text(o.hpke),
    "created": Field::Time(o.created),
}

described! { Enrolment, |o| SignedBy::Itself(o.account);
    "verifier": text(o.verifier),
    "account": text(o.account.account_id()),
    "counter": Field::Number(o.counter.get()),
    "has_invite": Field::Flag(o.invite.is_some()),
    "certificate": text(o.certificate),
    "list": text(o.list),
    "created": Field::Time(o.created),
}

described! { DeviceCertificate, |o| SignedBy::Itself(o.account);
    "verifier": text(o.verifier),
    "account": text(o.account.account_id()),
    "device": text(o.device()),
    "act": key(&o.act),
    "session": key(&o.session),
    "olm": text_or(o.olm.as_ref()),
    "scope": scope(&o.scope),
    "counter": Field::Number(o.counter.get()),
    "created": Field::Time(o.created),
}

described! { DeviceList, |o| SignedBy::Device;
    "verifier": text(o.verifier),
    "account": text(o.account),
    "counter": Field::Number(o.counter.get()),
    "devices": Field::List(o.devices.iter().map(|row| Field::Members(vec![
        ("device", text(row.device)),
        ("certificate", text(row.certificate)),
    ])).collect()),
    "created": Field::Time(o.created),
}

described! { HandleRegister, |o| SignedBy::Device;
    "id": text(o.id.to_uuid_text()),
    "verifier": text(o.verifier),
    "account": text(o.account),
    "device": text(o.device),
    "created": Field::Time(o.created),
    "handles": Field::List(o.handles.iter().map(|row| Field::Members(vec![
        ("handle", text(row.handle)),
        ("payee_key", key(&row.payee)),
    ])).collect()),
}

described! { HandleBind, |o| SignedBy::Device;
    "id": text(o.id.to_uuid_text()),
    "verifier": text(o.verifier),
    "account": text(o.account),
    "device": text(o.device),
    "created": Field::Time(o.created),
    "handle": text(o.handle),
    "amount": amount(o.amount),
    "expires": Field::Time(o.expires),
    "locator": text(o.locator),
    "content": text(o.content),
    "reference": text(o.reference),
}

described! { HandleCancel, |o| SignedBy::Device;
    "id": text(o.id.to_uuid_text()),
    "verifier": text(o.verifier),
    "account": text(o.account),
    "device": text(o.device),
    "created": Field::Time(o.created),
    "handle": text(o.handle),
}
