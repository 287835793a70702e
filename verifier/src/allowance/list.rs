//! The list of revoked allowances: what is revoked by its payer, or proven against it, is named there as long as it can be spent from
//! (docs/protocol.md 6.37, 7.12, 20.9). It voids no voucher.

use super::{AllowanceCall, Known};
use crate::act;
use crate::context::Context;
use crate::fault::Fault;
use crate::store::allowances::{self, Listed};
use crate::store::tab_journal::{self, Outcome, TabKind};
use crate::tab::{KEPT, admit};
use crate::verifier::Done;
use farthing_protocol::cbor::V1;
use farthing_protocol::code::{OfflineRefusalCode, ProblemCode};
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::{MEDIA_COSE, Problem, Reply};
use farthing_protocol::limits::REVOKED_MAX;
use farthing_protocol::offline::{AllowanceRevoke, Proof, Proven, RevokedAllowances, Unproven};
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// Checks a revocation as far as it can be checked outside the writer.
pub(crate) fn prepare_revoke(db: &Connection, context: &Context, body: &[u8]) -> Result<AllowanceCall, Fault> {
    Ok(AllowanceCall::Revoke(Box::new(act::verify(db, context, body)?)))
}

/// Checks a proof: all of it but whether the allowance is still in the ledger.
pub(crate) fn prepare_proof(context: &Context, body: &[u8]) -> Result<AllowanceCall, Fault> {
    match Proof::decode(body)?.prove(&context.verifier) {
        Ok(proven) => Ok(AllowanceCall::Proof(Box::new(proven), body.to_vec())),
        Err(Unproven::Malformed(malformed)) => Err(malformed.into()),
        Err(Unproven::NotSigned) => Err(ProblemCode::BadSignature.into()),
        Err(error @ Unproven::NoContradiction) => {
            Err(Problem::new(ProblemCode::Malformed).with_detail(error.to_string()).into())
        }
    }
}

/// Decides a revocation, in the writer's transaction.
pub(super) fn decide_revoke(
    db: &Connection,
    context: &Context,
    revoke: &Verified<AllowanceRevoke>,
    time: Option<Time>,
) -> Result<Done, Fault> {
    let admitted = match admit(db, context, revoke, TabKind::Revoke, time)? {
        Ok(admitted) => admitted,
        Err(reply) if reply.status == 200 => return Ok(Done::quietly(Reply::done())),
        Err(reply) => return Ok(Done::quietly(reply)),
    };
    let account = admitted.device.account;
    let found = Known::find(db, context, &revoke.allowance)?.filter(|known| known.row.account == account);
    let Some(known) = found else {
        return Ok(Done::quietly(admitted.refuse(db, context, OfflineRefusalCode::AllowanceUnknown)?));
    };
    if known.is_over(admitted.time) {
        return Ok(Done::quietly(admitted.refuse(db, context, OfflineRefusalCode::AllowanceEnded)?));
    }
    allowances::list(db, known.row.number, Listed::Revoked, revoke.bytes())?;
    // It makes no position: what it is about answers it.
    tab_journal::insert(db, &admitted.row, &Outcome::Unchanged(known.row.seq, admitted.time.plus(KEPT)))?;
    Ok(Done::quietly(Reply::done()))
}

/// A proof that holds lists its allowance. Nobody signed it and nothing is journaled: the same again changes nothing.
pub(super) fn decide_proof(db: &Connection, proven: &Proven, bytes: &[u8]) -> Result<Done, Fault> {
    let known = allowances::find(db, &proven.allowance.allowance)?;
    // Of one that was set aside in a lost part of the ledger there is nothing to list, and of its place another may have been signed.
    let known = known.filter(|row| row.signed == proven.allowance.bytes()).ok_or(ProblemCode::NotFound)?;
    if !known.listed && !known.settled {
        allowances::list(db, known.number, Listed::Proven, bytes)?;
    }
    Ok(Done::quietly(Reply::done()))
}

/// The signed list, as it is now.
pub(crate) fn revoked(db: &Connection, context: &Context, time: Time) -> Result<Reply, Fault> {
    let mut allowances = allowances::listed(db, time, REVOKED_MAX)?;
    allowances.sort_unstable();
    allowances.dedup();
    let list = RevokedAllowances { version: V1, verifier: context.verifier, epoch: context.epoch, time, allowances };
    Ok(Reply::ok(MEDIA_COSE, Signed::sign(list, context.keys.signing())?.bytes().to_vec()))
}
