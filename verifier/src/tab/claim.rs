//! Claims: each decided by itself, as if it had come alone (docs/protocol.md 19.4).

use super::{Admitted, Claimed, Known, TabCall, admit, amount_fault, known};
use crate::act;
use crate::context::Context;
use crate::fault::Fault;
use crate::store::holds;
use crate::store::ledger::{self, BALANCE_MAX};
use crate::store::savepoint::{begin, check_open, keep, undo};
use crate::store::tab_journal::{self, Outcome, TabKind};
use crate::topic::Topic;
use crate::verifier::Done;
use farthing_protocol::cbor::Bytes;
use farthing_protocol::code::{RefusalCode, TabRefusalCode};
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::{ClaimOutcome, ClaimOutcomes, ClaimsBody, MEDIA_CBOR, Problem, Reply};
use farthing_protocol::money::Amount;
use farthing_protocol::tab::{Claim, HoldError, Voucher};
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// A claim with a true signature, and the voucher in it, checked by the key of the hold that it names.
#[derive(Debug)]
pub(crate) struct ClaimCall {
    claim: Verified<Claim>,
    voucher: Result<Verified<Voucher>, TabRefusalCode>,
}

/// Everything that can be checked outside the writer: most of what a claim costs.
pub(crate) fn prepare_claims(db: &Connection, context: &Context, body: &[u8]) -> Result<TabCall, Fault> {
    let claims = ClaimsBody::decode(body)?.claims;
    let prepared = claims.iter().map(|bytes| match prepare(db, context, bytes.as_slice()) {
        Ok(claim) => Ok(claim),
        Err(fault) => Err(Box::new(fault.into_problem())),
    });
    Ok(TabCall::Claims(prepared.collect()))
}

fn prepare(db: &Connection, context: &Context, bytes: &[u8]) -> Result<ClaimCall, Fault> {
    let claim = act::verify::<Claim>(db, context, bytes)?;
    let voucher = Signed::<Voucher>::parse(claim.voucher.as_slice())?;
    // The key of a hold never changes, and a hold is there before anybody can claim from it.
    let voucher = match holds::find(db, &voucher.claims().hold)? {
        None => Err(TabRefusalCode::HoldUnknown),
        Some(row) => {
            let key = Known::of(db, context, row)?.hold.voucher_key;
            voucher.verify(&key).map_err(|_| TabRefusalCode::VoucherInvalid)
        }
    };
    Ok(ClaimCall { claim, voucher })
}

/// Decides all claims of a call, in the writer's transaction.
pub(super) fn decide_all(
    db: &Connection,
    context: &Context,
    claims: &[Result<ClaimCall, Box<Problem>>],
    time: Option<Time>,
) -> Result<Done, Fault> {
    let mut touched = Vec::new();
    let mut outcomes = Vec::with_capacity(claims.len());
    for claim in claims {
        outcomes.push(match claim {
            Ok(call) => {
                begin(db)?;
                match decide(db, context, call, time, &mut touched) {
                    Ok(reply) => {
                        keep(db)?;
                        outcome(reply)?
                    }
                    // A hold that is damaged holds up no other.
                    Err(fault) => {
                        let problem = fault.into_problem();
                        check_open(db)?;
                        undo(db)?;
                        ClaimOutcome::Problem(problem.code.number())
                    }
                }
            }
            Err(problem) => ClaimOutcome::Problem(problem.code.number()),
        });
    }
    touched.sort_unstable();
    touched.dedup();
    Ok(Done { reply: Reply::ok(MEDIA_CBOR, ClaimOutcomes { outcomes }.encode()), touched })
}

fn outcome(reply: Reply) -> Result<ClaimOutcome, Fault> {
    let bytes = Bytes::new(reply.body)?;
    Ok(if reply.status == 200 { ClaimOutcome::Receipt(bytes) } else { ClaimOutcome::Refusal(bytes) })
}

fn decide(
    db: &Connection,
    context: &Context,
    call: &ClaimCall,
    time: Option<Time>,
    touched: &mut Vec<Topic>,
) -> Result<Reply, Fault> {
    let claim = &call.claim;
    let admitted = match admit(db, context, claim, TabKind::Claim, time)? {
        Ok(admitted) => admitted,
        Err(reply) => return Ok(reply),
    };
    let voucher = match &call.voucher {
        Ok(voucher) => voucher,
        Err(code) => {
            // Whose hold it is comes first: it is nobody else's business what is wrong with a voucher.
            let theirs = is_theirs(db, context, &admitted, claim)?;
            let code = if theirs { *code } else { TabRefusalCode::HoldUnknown };
            return admitted.refuse(db, context, code);
        }
    };
    let account = admitted.device.account;
    let Some(found) = known(db, context, &voucher.hold, |hold| hold.payee == account)? else {
        return admitted.refuse(db, context, TabRefusalCode::HoldUnknown);
    };
    let (after, posting) = match found.hold.claim(&claim.total, voucher, admitted.time) {
        Ok(Some(claimed)) => claimed,
        Ok(None) => {
            let last = found.row.claim.ok_or(Fault::Damaged("a hold that was claimed from without a receipt"))?;
            return admitted.unchanged(db, context, last);
        }
        Err(HoldError::Refused(code)) => return admitted.refuse(db, context, code),
        Err(HoldError::Amount(error)) => return Err(amount_fault(error)),
    };
    let (balance, _) = ledger::balance(db, account, found.row.asset)?;
    if i128::from(balance) + i128::from(posting.amount.value()) > BALANCE_MAX {
        return admitted.refuse(db, context, RefusalCode::PayeeFull);
    }
    let claimed = Claimed {
        amount: posting.amount,
        fee: posting.fee,
        back: Amount::zero(posting.amount.asset()),
        cause: Some(claim.hash()),
        voucher: Some(voucher.hash()),
    };
    let (seq, receipt) = found.tell_claim(db, context, &after, &claimed, admitted.time)?;
    tab_journal::insert(db, &admitted.row, &Outcome::Position(seq, None))?;
    touched.extend(found.touched());
    Ok(found.done(receipt).reply)
}

/// Whether the hold that a claim's voucher names is for the claim's account.
fn is_theirs(db: &Connection, context: &Context, admitted: &Admitted<'_>, claim: &Claim) -> Result<bool, Fault> {
    let voucher = Signed::<Voucher>::parse(claim.voucher.as_slice())?;
    let account = admitted.device.account;
    Ok(known(db, context, &voucher.claims().hold, |hold| hold.payee == account)?.is_some())
}
