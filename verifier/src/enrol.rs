//! Enrolment: an account key opens its account, once, with its first device, handles and alias.

use crate::act;
use crate::context::{Context, clock_suspect};
use crate::fault::{Fault, rate_limited};
use crate::issue::{self, NewIssue};
use crate::store::accounts::{self, NewAccount};
use crate::store::invites::{self, OPEN_DOOR};
use crate::store::{ledger, rates};
use crate::verifier::Done;
use farthing_protocol::alias::AliasRecord;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::device::{DeviceCertificate, DeviceList};
use farthing_protocol::enrolment::Enrolment;
use farthing_protocol::handle::HandleRegister;
use farthing_protocol::http::{EnrolmentBody, Problem, Reply};
use farthing_protocol::id::Digest;
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// What the owner of an account sees as the reason of a grant.
const GRANT_REASON: &str = "Welcome";

/// Five objects that verify and belong together.
#[derive(Debug)]
pub(crate) struct EnrolmentCall {
    enrolment: Verified<Enrolment>,
    certificate: Verified<DeviceCertificate>,
    list: Verified<DeviceList>,
    handles: Verified<HandleRegister>,
    alias: Verified<AliasRecord>,
    /// Over all five: the same bytes are the same enrolment.
    hash: Digest,
}

/// Everything that can be checked outside the writer: that is all but the invite and what is taken.
pub(crate) fn prepare(context: &Context, body: &[u8]) -> Result<EnrolmentCall, Fault> {
    let hash = Digest::of(body);
    let body = EnrolmentBody::decode(body)?;
    let enrolment = Signed::<Enrolment>::parse(body.enrolment.as_slice())?;
    let certificate = Signed::<DeviceCertificate>::parse(body.certificate.as_slice())?;
    let list = Signed::<DeviceList>::parse(body.list.as_slice())?;
    let handles = Signed::<HandleRegister>::parse(body.handles.as_slice())?;
    let alias = Signed::<AliasRecord>::parse(body.alias.as_slice())?;
    for verifier in [
        enrolment.claims().verifier,
        certificate.claims().verifier,
        list.claims().verifier,
        handles.claims().verifier,
        alias.claims().verifier,
    ] {
        context.expect_verifier(&verifier)?;
    }
    let account = enrolment.claims().account;
    let session = certificate.claims().session;
    let payee = alias.claims().payee;
    let call = EnrolmentCall {
        enrolment: enrolment.verify(&account)?,
        certificate: certificate.verify(&account)?,
        list: list.verify(&account)?,
        handles: handles.verify(&session)?,
        alias: alias.verify(&payee)?,
        hash,
    };
    if call.belongs_together() {
        Ok(call)
    } else {
        Err(Problem::new(ProblemCode::Malformed)
            .with_detail("the objects of the enrolment do not belong together")
            .into())
    }
}

impl EnrolmentCall {
    fn belongs_together(&self) -> bool {
        let account = self.enrolment.account;
        let certificate_hash = self.certificate.signed().bytes_hash();
        let device = self.certificate.device();
        let listed = match self.list.devices.as_slice() {
            [only] => only.device == device && only.certificate == certificate_hash,
            _ => false,
        };
        listed
            && self.certificate.account == account
            && self.enrolment.certificate == certificate_hash
            && self.enrolment.list == self.list.signed().bytes_hash()
            && self.list.account == account.account_id()
            && self.handles.account == account.account_id()
            && self.handles.device == device
    }
}

/// Opens the account, in the writer's transaction.
pub(crate) fn decide(
    db: &Connection,
    context: &Context,
    call: &EnrolmentCall,
    time: Option<Time>,
) -> Result<Done, Fault> {
    let id = call.enrolment.account.account_id();
    if let Some((_, hash)) = accounts::enrolled(db, &id)? {
        return if hash == call.hash {
            Ok(Done::quietly(Reply::done()))
        } else {
            Err(ProblemCode::AccountConflict.into())
        };
    }
    let time = time.ok_or_else(clock_suspect)?;
    let invite = admit(db, call, time)?;
    let device_id = call.certificate.device();
    if accounts::device(db, &context.certificates, &device_id)?.is_some() {
        return Err(Problem::new(ProblemCode::AccountConflict)
            .with_detail("this device belongs to another account")
            .into());
    }
    let account = accounts::insert(
        db,
        &NewAccount {
            key: &call.enrolment.account,
            enrolment_hash: call.hash,
            enrolment: call.enrolment.bytes(),
            list: call.list.bytes(),
            opened: time,
        },
    )?;
    let device = accounts::insert_device(db, &device_id, account, call.certificate.bytes())?;
    act::register(db, account, device, &call.handles, time)?;
    act::give_alias(db, account, device, &call.alias)?;
    for (index, (asset, amount)) in invites::grants(db, invite)?.into_iter().enumerate() {
        let asset = ledger::asset(db, asset)?;
        let new = NewIssue::grant(&call.hash, index, account, asset, amount, GRANT_REASON, time)?;
        issue::apply(db, context, &new, time)?.ok_or_else(|| {
            Problem::new(ProblemCode::InviteUsed).with_detail("the operator's limit for grants is reached")
        })?;
    }
    Ok(Done { reply: Reply::done(), touched: vec![id.into()] })
}

/// Finds the invite and uses it.
fn admit(db: &Connection, call: &EnrolmentCall, time: Time) -> Result<i64, Fault> {
    let Some(code) = &call.enrolment.invite else {
        return if ledger::row(db)?.open { through_open_door(db, time) } else { Err(ProblemCode::InviteNeeded.into()) };
    };
    let invite = invites::find(db, code)?.ok_or(ProblemCode::InviteUnknown)?;
    if invite.expires.is_some_and(|expires| time >= expires) {
        return Err(ProblemCode::InviteExpired.into());
    }
    if invite.uses_left == 0 {
        return Err(ProblemCode::InviteUsed.into());
    }
    invites::use_once(db, invite.number)?;
    Ok(invite.number)
}

/// Anybody may come, but not everybody in one day: each may cost a grant.
fn through_open_door(db: &Connection, time: Time) -> Result<i64, Fault> {
    if let Some(cap) = invites::open_per_day(db)?
        && let Some(rest) = rates::count(db, OPEN_DOOR, time, cap)?
    {
        return Err(rate_limited(rest));
    }
    Ok(OPEN_DOOR)
}
