//! Device lists: what may act for an account from a position of the ledger on (docs/protocol.md 10.13).
//!
//! A list that leaves a device out revokes it. Lists are in order by the account key's counter, and a revoked device is
//! never listed again, so that a list which was signed earlier and comes late brings nobody back.

use crate::act;
use crate::context::{Context, clock_suspect};
use crate::fault::{Fault, rate_limited};
use crate::store::accounts::{self, Known};
use crate::store::ledger::{self, Kind, Transaction};
use crate::store::{handles, messages, prekeys, rates};
use crate::verifier::Done;
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::device::{DeviceCertificate, DeviceList, ListedDevice};
use farthing_protocol::enrolment::Enrolment;
use farthing_protocol::handle::HandleRegister;
use farthing_protocol::http::{DevicesBody, DevicesStatus, MEDIA_CBOR, MEDIA_COSE, Problem, Reply};
use farthing_protocol::id::{AccountId, Digest, MessageNumber, Nonce};
use farthing_protocol::limits::{COUNTER_AHEAD_MAX, DEVICES_EVER_MAX};
use farthing_protocol::list_receipt::ListReceipt;
use farthing_protocol::time::{Span, Time};
use rusqlite::Connection;

/// Lists of one account in 24 hours, each a position in the ledger: far more than a family with new phones needs.
/// Not counted with the acts, or a thief could use those up and nobody could revoke his device.
pub(crate) const LISTS_PER_DAY: u64 = 100;
const DAY: Span = Span::from_h(24);

/// A list with the certificates of its new devices, all truly signed, that belong together.
#[derive(Debug)]
pub(crate) struct DevicesCall {
    list: Verified<DeviceList>,
    /// In the list's order.
    certificates: Vec<Verified<DeviceCertificate>>,
    handles: Option<Verified<HandleRegister>>,
}

/// Everything that can be checked outside the writer: all but which devices are known.
pub(crate) fn prepare(db: &Connection, context: &Context, body: &[u8]) -> Result<DevicesCall, Fault> {
    let body = DevicesBody::decode(body)?;
    let list = Signed::<DeviceList>::parse(body.list.as_slice())?;
    let certificates = body
        .certificates
        .iter()
        .map(|bytes| Signed::<DeviceCertificate>::parse(bytes.as_slice()))
        .collect::<Result<Vec<_>, _>>()?;
    let handles = body.handles.map(|bytes| Signed::<HandleRegister>::parse(bytes.as_slice())).transpose()?;
    context.expect_verifier(&list.claims().verifier)?;
    for certificate in &certificates {
        context.expect_verifier(&certificate.claims().verifier)?;
    }
    if let Some(handles) = &handles {
        context.expect_verifier(&handles.claims().verifier)?;
    }
    let (account, _) = accounts::enrolled(db, &list.claims().account)?.ok_or(ProblemCode::AccountUnknown)?;
    let key = accounts::account_key(db, account)?;
    let list = list.verify(&key)?;
    let certificates = certificates.into_iter().map(|signed| signed.verify(&key)).collect::<Result<Vec<_>, _>>()?;
    if certificates.iter().any(|certificate| certificate.account != key) {
        return Err(malformed("a certificate is another account's"));
    }
    check_listed(&list, &certificates)?;
    let handles = handles.map(|register| verify_handles(register, &list, &certificates)).transpose()?;
    Ok(DevicesCall { list, certificates, handles })
}

/// Each certificate is that of a device on the list, and they come in its order.
fn check_listed(list: &DeviceList, certificates: &[Verified<DeviceCertificate>]) -> Result<(), Fault> {
    let mut rest = list.devices.iter();
    for certificate in certificates {
        let listed = ListedDevice { device: certificate.device(), certificate: certificate.signed().bytes_hash() };
        if !rest.any(|device| *device == listed) {
            return Err(malformed("a certificate is not on the list, or not in its order"));
        }
        // It was signed before the list that names it, so the list's counter is the highest of the key.
        if certificate.counter > list.counter {
            return Err(malformed("a certificate has a higher counter than the list"));
        }
    }
    Ok(())
}

/// The handles are those of one of the new devices.
fn verify_handles(
    register: Signed<HandleRegister>,
    list: &DeviceList,
    certificates: &[Verified<DeviceCertificate>],
) -> Result<Verified<HandleRegister>, Fault> {
    let claims = register.claims();
    let device = certificates.iter().find(|certificate| certificate.device() == claims.device);
    let device = device.filter(|_| claims.account == list.account);
    let device = device.ok_or_else(|| malformed("the handles are not of a new device"))?;
    Ok(register.verify(&device.session)?)
}

fn malformed(detail: &str) -> Fault {
    Problem::new(ProblemCode::Malformed).with_detail(detail).into()
}

fn conflict(detail: &str) -> Fault {
    Problem::new(ProblemCode::AccountConflict).with_detail(detail).into()
}

/// Puts the list in force, in the writer's transaction. The list in force again gets the same receipt again.
pub(crate) fn decide(
    db: &Connection,
    context: &Context,
    call: &DevicesCall,
    time: Option<Time>,
) -> Result<Done, Fault> {
    let (account, _) = accounts::enrolled(db, &call.list.account)?.ok_or(ProblemCode::AccountUnknown)?;
    let current = accounts::list(db, account)?;
    if current == call.list.bytes()
        && let Some(receipt) = accounts::list_receipt(db, account)?
    {
        return Ok(Done::quietly(Reply::ok(MEDIA_COSE, receipt)));
    }
    let time = time.ok_or_else(clock_suspect)?;
    let current = Signed::<DeviceList>::parse(&current).map_err(Fault::damaged)?;
    if call.list.counter <= current.claims().counter {
        return Err(ProblemCode::ListConflict.into());
    }
    if call.list.counter.get() - current.claims().counter.get() > COUNTER_AHEAD_MAX {
        return Err(malformed("the list's counter is too far ahead of the one in force"));
    }
    if let Some(oldest) = accounts::listed_since(db, account, time.minus(DAY), LISTS_PER_DAY)? {
        return Err(rate_limited(oldest.plus(DAY).since(time)));
    }
    check_devices(db, account, call)?;
    apply(db, context, account, call, time)
}

/// Devices that are known are the account's, in force, and as they were certified; all others are certified now.
fn check_devices(db: &Connection, account: i64, call: &DevicesCall) -> Result<(), Fault> {
    let mut listed = Vec::new();
    for device in &call.list.devices {
        let known = accounts::known(db, &device.device)?;
        check_known(account, known.as_ref())?;
        listed.push((device, known));
    }
    let mut new = 0;
    for (device, known) in listed {
        let certified = call.certificates.iter().any(|certificate| certificate.device() == device.device);
        match known {
            None if certified => new += 1,
            None => return Err(malformed("a new device has no certificate")),
            Some(_) if certified => return Err(malformed("a certificate is of a device that is not new")),
            Some(known) if Digest::of(&known.certificate) == device.certificate => {}
            Some(_) => return Err(malformed("a device has another certificate than the list says")),
        }
    }
    if accounts::devices_ever(db, account)? + new > DEVICES_EVER_MAX as u64 {
        return Err(ProblemCode::TooManyDevices.into());
    }
    Ok(())
}

fn check_known(account: i64, known: Option<&Known>) -> Result<(), Fault> {
    match known {
        Some(known) if known.account != account => Err(conflict("a device belongs to another account")),
        Some(known) if known.revoked => Err(conflict("a device was revoked, and is not listed again")),
        _ => Ok(()),
    }
}

/// Everything that belongs to a list, at a position of its own: revocations take effect there (wire decision 11).
fn apply(db: &Connection, context: &Context, account: i64, call: &DevicesCall, time: Time) -> Result<Done, Fault> {
    let seq = ledger::next_seq(db)?;
    let receipt = ListReceipt {
        version: V1,
        epoch: context.epoch,
        seq,
        checkpoint: context.checkpoint,
        time,
        list: call.list.signed().bytes_hash(),
    };
    let receipt = Signed::sign(receipt, context.keys.signing())?;
    let transaction = Transaction { seq, epoch: context.epoch, time, kind: Kind::List, receipt: receipt.bytes() };
    ledger::insert(db, &transaction)?;
    ledger::show(db, account, seq, 4)?;
    accounts::insert_list(db, seq, account, call.list.bytes())?;
    for (device, id) in accounts::active(db, account)? {
        if !call.list.devices.iter().any(|listed| listed.device == id) {
            accounts::revoke(db, device, seq)?;
            // Requests stay payable: who scanned one pays in good faith, and the money is the account's.
            handles::cancel_stock(db, device)?;
            prekeys::remove(db, device)?;
            // Nobody can fetch them any more.
            messages::remove(db, device, MessageNumber::MAX)?;
            // A thief may have used up the account's acts of this day. Devices are few, so this does not happen often.
            rates::forget(db, account)?;
        }
    }
    for certificate in &call.certificates {
        let device = accounts::insert_device(db, &certificate.device(), account, certificate.bytes())?;
        if let Some(handles) = call.handles.as_ref().filter(|handles| handles.device == certificate.device()) {
            act::register(db, account, device, handles, time)?;
        }
    }
    let reply = Reply::ok(MEDIA_COSE, receipt.bytes().to_vec());
    Ok(Done { reply, touched: vec![call.list.account.into()] })
}

/// The devices of an account; those of the past only to itself.
pub(crate) fn show(
    db: &Connection,
    context: &Context,
    account: &AccountId,
    own: bool,
    nonce: Nonce,
    time: Time,
) -> Result<Reply, Fault> {
    let (account, _) = accounts::enrolled(db, account)?.ok_or(ProblemCode::AccountUnknown)?;
    let list = accounts::list(db, account)?;
    let signed = Signed::<DeviceList>::parse(&list).map_err(Fault::damaged)?;
    let mut certificates = Vec::new();
    for listed in &signed.claims().devices {
        let known = accounts::known(db, &listed.device)?.ok_or(Fault::Damaged("a listed device is missing"))?;
        certificates.push(Bytes::new(known.certificate)?);
    }
    let former = if own { accounts::former(db, account)? } else { Vec::new() };
    let enrolment = accounts::enrolment(db, account)?;
    let enrolment = Signed::<Enrolment>::parse(&enrolment).map_err(Fault::damaged)?;
    let status = DevicesStatus {
        head: Bytes::new(context.head(db, time, nonce)?)?,
        account: accounts::account_key(db, account)?,
        counter: signed.claims().counter.max(enrolment.claims().counter),
        list: Bytes::new(list)?,
        certificates,
        former: former.into_iter().map(Bytes::new).collect::<Result<_, _>>()?,
    };
    Ok(Reply::ok(MEDIA_CBOR, status.encode()))
}
