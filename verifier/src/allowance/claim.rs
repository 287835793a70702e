//! Claims from allowances: kept until the settlement, by the account whose request it was (docs/protocol.md 20.7).

use super::{AllowanceCall, Known, object_of};
use crate::act;
use crate::context::Context;
use crate::fault::Fault;
use crate::store::allowances::{self, ClaimRow};
use crate::store::ledger::{self, GUARANTEE, Kind, Transaction};
use crate::store::tab_journal::{self, Outcome, TabKind};
use crate::store::{guarantees, int, uint};
use crate::tab::admit;
use crate::verifier::Done;
use farthing_protocol::cbor::V1;
use farthing_protocol::code::OfflineRefusalCode;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::{MEDIA_COSE, Reply};
use farthing_protocol::money::Units;
use farthing_protocol::offline::{
    AllowanceId, Claimed, OfflineClaim, OfflineFault, OfflineReceipt, OfflineRequest, OfflineVoucher, has_room,
};
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// A claim with a true signature, and what is in it: each checked by the key that must have signed it.
#[derive(Debug)]
pub(crate) struct ClaimCall {
    claim: Verified<OfflineClaim>,
    /// The allowance that the voucher names.
    allowance: AllowanceId,
    voucher: Result<Verified<OfflineVoucher>, OfflineRefusalCode>,
    request: Result<Verified<OfflineRequest>, OfflineRefusalCode>,
    /// The request's payee key says that it is the claiming account's.
    is_of_payee: bool,
}

/// Everything that can be checked outside the writer: most of what a claim costs.
pub(crate) fn prepare(db: &Connection, context: &Context, body: &[u8]) -> Result<AllowanceCall, Fault> {
    let claim = act::verify::<OfflineClaim>(db, context, body)?;
    let voucher = Signed::<OfflineVoucher>::parse(claim.voucher.as_slice())?;
    let request = Signed::<OfflineRequest>::parse(claim.request.as_slice())?;
    let allowance = voucher.claims().allowance;
    // The key of an allowance never changes, and an allowance is there before anybody can claim from it.
    let voucher = match allowances::find(db, &allowance)? {
        None => Err(OfflineRefusalCode::AllowanceUnknown),
        Some(row) => {
            let key = object_of(context, &row)?.key.public();
            voucher.verify(&key).map_err(|_| OfflineRefusalCode::NotOfAllowance)
        }
    };
    let request = OfflineRequest::verify(request).map_err(|_| OfflineRefusalCode::NotOfRequest);
    let is_of_payee = request.as_ref().is_ok_and(|request| claim.is_of_payee(&request.payee));
    Ok(AllowanceCall::Claim(Box::new(ClaimCall { claim, allowance, voucher, request, is_of_payee })))
}

/// Decides a claim, in the writer's transaction.
pub(super) fn decide(db: &Connection, context: &Context, call: &ClaimCall, time: Option<Time>) -> Result<Done, Fault> {
    let claim = &call.claim;
    let admitted = match admit(db, context, claim, TabKind::OfflineClaim, time)? {
        Ok(admitted) => admitted,
        Err(reply) => return Ok(Done::quietly(reply)),
    };
    let account = admitted.device.account;
    let judged = match judge(db, context, call, account, admitted.time)? {
        Ok(judged) => judged,
        Err(code) => return Ok(Done::quietly(admitted.refuse(db, context, code)?)),
    };
    if judged.before.is_some() {
        admitted.count(db, context)?;
    }
    let (known, claimed) = (&judged.known, &judged.claimed);
    let seq = ledger::next_seq(db)?;
    let receipt = OfflineReceipt {
        version: V1,
        epoch: context.epoch,
        seq,
        checkpoint: context.checkpoint,
        time: admitted.time,
        allowance: call.allowance,
        voucher: claimed.voucher,
        payee_key: claimed.payee_key,
        amount: claimed.amount.of(known.allowance.cap.asset()),
        guaranteed: claimed.guaranteed,
        claim: claim.hash(),
    };
    let receipt = Signed::sign(receipt, context.keys.signing())?;
    crate::crash::point(crate::crash::AFTER_REPLY_SIGN);
    let transaction = Transaction {
        seq,
        epoch: context.epoch,
        time: admitted.time,
        kind: Kind::OfflineClaim,
        receipt: receipt.bytes(),
    };
    let guaranteed = int(claimed.guaranteed.get());
    ledger::post(db, &transaction, known.row.asset, &[(GUARANTEE, -guaranteed), (account, guaranteed)])?;
    match &judged.before {
        None => allowances::insert_claim(db, known.row.number, account, claimed, seq)?,
        Some(before) if (claimed.seq, claimed.voucher) < (before.claimed.seq, before.claimed.voucher) => {
            allowances::replace_claim(db, before.number, claimed.seq, &claimed.voucher, seq)?;
        }
        Some(_) => {}
    }
    allowances::position(db, seq, account, known.row.number)?;
    ledger::show(db, account, seq, 10)?;
    tab_journal::insert(db, &admitted.row, &Outcome::Position(seq, None))?;
    let touched = vec![admitted.device.account_id.into()];
    Ok(Done { reply: Reply::ok(MEDIA_COSE, receipt.bytes().to_vec()), touched })
}

/// A claim that is kept.
struct Judged {
    known: Known,
    claimed: Claimed,
    /// What was claimed for the same request before.
    before: Option<ClaimRow>,
}

/// The rules in their order.
fn judge(
    db: &Connection,
    context: &Context,
    call: &ClaimCall,
    account: i64,
    time: Time,
) -> Result<Result<Judged, OfflineRefusalCode>, Fault> {
    let Some(known) = Known::find(db, context, &call.allowance)? else {
        return Ok(Err(OfflineRefusalCode::AllowanceUnknown));
    };
    if known.is_over(time) {
        return Ok(Err(OfflineRefusalCode::AllowanceEnded));
    }
    let request = match &call.request {
        Ok(request) if request.is_at(&context.verifier) => request,
        _ => return Ok(Err(OfflineRefusalCode::NotOfRequest)),
    };
    let before = allowances::claim(db, known.row.number, &request.hash())?;
    // The first whom the key has named keeps its request, should it name two.
    let is_anothers = before.as_ref().is_some_and(|before| before.account != account);
    if is_anothers || !call.is_of_payee {
        return Ok(Err(OfflineRefusalCode::OtherPayee));
    }
    let voucher = match &call.voucher {
        Ok(voucher) => voucher,
        Err(code) => return Ok(Err(*code)),
    };
    if let Err(fault) = known.allowance.covers(voucher, request) {
        return Ok(Err(refusal_of(fault)));
    }
    let mut claimed = Claimed {
        voucher: voucher.hash(),
        request: request.hash(),
        seq: voucher.seq,
        payee_key: request.payee.public().payee_key_hash(),
        amount: voucher.amount,
        guaranteed: Units::default(),
    };
    // Each request counts once: what is claimed for it again takes no room, and nothing more is paid for it.
    if before.is_none() {
        let own = allowances::claimed_by(db, known.row.number, account)?;
        let (all, guaranteed) = allowances::claimed_in_all(db, known.row.number)?;
        if let Err(code) = has_room(known.allowance.cap.units(), own, all, voucher.amount) {
            return Ok(Err(code));
        }
        claimed.guaranteed = guarantee(db, &known, account, voucher.amount, guaranteed)?;
    }
    Ok(Ok(Judged { known, claimed, before }))
}

/// Which refusal a fault is.
const fn refusal_of(fault: OfflineFault) -> OfflineRefusalCode {
    match fault {
        OfflineFault::OtherRequest | OfflineFault::OtherAmount => OfflineRefusalCode::NotOfRequest,
        OfflineFault::AboveLimit | OfflineFault::AboveCap => OfflineRefusalCode::AboveAllowance,
        _ => OfflineRefusalCode::NotOfAllowance,
    }
}

/// What the fund pays of a claim: within what the operator promised for one allowance, and what the fund has.
fn guarantee(db: &Connection, known: &Known, account: i64, amount: Units, paid: u64) -> Result<Units, Fault> {
    let promised = guarantees::promised(db, account, known.row.asset)?.saturating_sub(paid);
    let (fund, _) = ledger::balance(db, GUARANTEE, known.row.asset)?;
    Ok(Units::new(amount.get().min(promised).min(uint(fund))).unwrap_or_default())
}
