//! Tabs: what is set aside, and what becomes of it (docs/protocol.md 19, wire decisions 20 to 22). The rules of the money are the
//! protocol's ([`farthing_protocol::tab::Hold`]); here they meet the tables.
//!
//! ```text
//! bytes ─parse, verifier, device, signature─▶ TabCall ─writer: journal, permission, own checks─▶ receipt | refusal | problem
//! ```
//!
//! Everything that is decided is journaled by (account, id) with its signed answer, refusals too. A hold whose time is over has ended
//! at once for everybody who asks; a sweep gives the rest back.
//!
//! | position | payer | payee | money |
//! |---|---|---|---|
//! | placed | entry 5 | entry 6 | cap + fee(cap) from the payer to the held account |
//! | changed | 5 | 6 | what the new cap needs more |
//! | closed | 5 | 6 | none |
//! | claimed | 8 | 7 | the difference to the payee, its fee to the fee account |
//! | released, ended | 8 | 7 | the rest back to the payer |

mod claim;
mod end;
mod place;

pub(crate) use end::{Ended, end_due};

use crate::act::{self, Admission};
use crate::context::{Context, clock_suspect};
use crate::fault::Fault;
use crate::order;
use crate::refusal::{self, Reason};
use crate::store::accounts::Device;
use crate::store::holds::{self, HoldRow, Told};
use crate::store::journal::Decided;
use crate::store::ledger::{self, Kind, Transaction};
use crate::store::tab_journal::{self, Outcome, TabKind, TabRow};
use crate::verifier::Done;
use farthing_protocol::act::Act;
use farthing_protocol::cbor::{V1, Yes};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::{MEDIA_COSE, Problem, Reply};
use farthing_protocol::id::{Digest, Seq};
use farthing_protocol::money::Amount;
use farthing_protocol::tab::{
    Bounds, ClaimReceipt, Hold, HoldChange, HoldClose, HoldOrder, HoldReceipt, HoldRelease, HoldState, kept_until,
};
use farthing_protocol::time::{Span, Time};
use rusqlite::Connection;
use std::sync::Arc;

pub(crate) use claim::{ClaimCall, prepare_claims};
pub(crate) use place::{PlaceCall, no_to, prepare as prepare_place, prepare_change};

/// How long an act stays in the journal that changed nothing.
pub(crate) const KEPT: Span = act::ACT_KEPT;

/// Something asked of a hold, with a true signature.
#[derive(Debug)]
pub(crate) enum TabCall {
    Place(Box<PlaceCall>),
    Change(Verified<HoldChange>),
    Close(Verified<HoldClose>),
    Release(Verified<HoldRelease>),
    /// Each that can be decided, or why it cannot.
    Claims(Vec<Result<ClaimCall, Box<Problem>>>),
}

impl TabCall {
    /// How many decisions it takes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Claims(claims) => claims.len(),
            _ => 1,
        }
    }
}

/// Checks a close or a release as far as it can be checked outside the writer.
pub(crate) fn prepare_act<T: Act>(
    db: &Connection,
    context: &Context,
    body: &[u8],
    made: fn(Verified<T>) -> TabCall,
) -> Result<TabCall, Fault> {
    Ok(made(act::verify(db, context, body)?))
}

/// Decides, in the writer's transaction. `time` is missing while the clock is doubted.
pub(crate) fn decide(db: &Connection, context: &Context, call: &TabCall, time: Option<Time>) -> Result<Done, Fault> {
    match call {
        TabCall::Place(call) => place::decide(db, context, call, time),
        TabCall::Change(change) => place::decide_change(db, context, change, time),
        TabCall::Close(close) => end::decide_close(db, context, close, time),
        TabCall::Release(release) => end::decide_release(db, context, release, time),
        TabCall::Claims(claims) => claim::decide_all(db, context, claims, time),
    }
}

/// The stored answer, when (account, id) was decided before.
pub(crate) fn decided_before(
    db: &Connection,
    account: i64,
    id: &[u8; 16],
    hash: Digest,
) -> Result<Option<Reply>, Fault> {
    match tab_journal::find(db, account, id)? {
        Some(Decided { hash: known, answer }) if known == hash => Ok(Some(order::reply(answer))),
        Some(_) => Err(ProblemCode::IdConflict.into()),
        None => Ok(None),
    }
}

/// A session act that is admitted: its device, its row in the journal, and the time.
pub(crate) struct Admitted<'a> {
    pub(crate) device: Device,
    pub(crate) row: TabRow<'a>,
    pub(crate) time: Time,
}

/// What every session act on a hold or an allowance must pass; or the answer that it had before.
pub(crate) fn admit<'a, T: Act>(
    db: &Connection,
    context: &Context,
    act: &'a Verified<T>,
    kind: TabKind,
    time: Option<Time>,
) -> Result<Result<Admitted<'a>, Reply>, Fault> {
    use farthing_protocol::device::Scope;
    let header = act.header();
    let device = context.device(db, &header.device, &header.account)?;
    let (id, hash) = (*header.id.as_bytes(), act.hash());
    if let Some(reply) = decided_before(db, device.account, &id, hash)? {
        return Ok(Err(reply));
    }
    // Closing and revoking change nothing the second time: a phone may do it as late as it comes online.
    let is_payers = matches!(kind, TabKind::Close | TabKind::Revoke);
    let permission = if is_payers { Scope::PAY } else { Scope::RECEIVE };
    let time = time.ok_or_else(clock_suspect)?;
    let counts = !needs_voucher(kind);
    let admission = Admission { permitted: device.may(permission, time), may_be_late: is_payers, counts };
    act::admit(db, context, &header, &device, admission, Some(time))?;
    let row =
        TabRow { account: device.account, id, hash, device: device.number, kind, signed: act.bytes(), decided: time };
    Ok(Ok(Admitted { device, row, time }))
}

/// A claim that brings something needs the payer's voucher: a payee with many tabs must be able to claim all of them.
const fn needs_voucher(kind: TabKind) -> bool {
    matches!(kind, TabKind::Claim | TabKind::OfflineClaim)
}

impl Admitted<'_> {
    /// A claim that brings nothing counts to the day after all.
    pub(crate) fn count(&self, db: &Connection, context: &Context) -> Result<(), Fault> {
        if needs_voucher(self.row.kind) { act::count(db, context, self.row.account) } else { Ok(()) }
    }

    /// Refuses, for ever.
    pub(crate) fn refuse(&self, db: &Connection, context: &Context, reason: impl Into<Reason>) -> Result<Reply, Fault> {
        self.count(db, context)?;
        refuse(db, context, &self.row, reason.into(), None, self.time.plus(KEPT))
    }

    /// Answers with a receipt that is there.
    pub(crate) fn unchanged(&self, db: &Connection, context: &Context, receipt: i64) -> Result<Reply, Fault> {
        self.count(db, context)?;
        tab_journal::insert(db, &self.row, &Outcome::Unchanged(receipt, self.time.plus(KEPT)))?;
        Ok(Reply::ok(MEDIA_COSE, holds::receipt(db, receipt)?))
    }
}

/// Journals a refusal until `until`.
pub(crate) fn refuse(
    db: &Connection,
    context: &Context,
    row: &TabRow<'_>,
    reason: Reason,
    attachment: Option<Vec<u8>>,
    until: Time,
) -> Result<Reply, Fault> {
    let refusal = refusal::sign(context, row.hash, reason, attachment, row.decided)?;
    crate::crash::point(crate::crash::AFTER_REPLY_SIGN);
    tab_journal::insert(db, row, &Outcome::Refused(&refusal, until))?;
    Ok(Reply::refused(refusal))
}

/// The order that placed a hold.
fn order_of(context: &Context, row: &HoldRow) -> Result<Arc<HoldOrder>, Fault> {
    context.holds.of(row.number, &row.order, |bytes| {
        Ok(Signed::<HoldOrder>::parse(bytes).map_err(Fault::damaged)?.claims().clone())
    })
}

/// A hold of the ledger, with the order that placed it.
struct Known {
    row: HoldRow,
    order: Arc<HoldOrder>,
    hold: Hold,
}

impl Known {
    fn of(db: &Connection, context: &Context, row: HoldRow) -> Result<Self, Fault> {
        let order = order_of(context, &row)?;
        let schedule = ledger::fees_of(db, &context.fees, order.fee_version)?;
        let asset = order.cap.asset();
        let amount = |value| Amount::new(value, asset).map_err(|_| Fault::Damaged("a hold above the largest amount"));
        let hold = Hold {
            id: row.id,
            voucher_key: order.voucher_key,
            fees: *schedule.claims().terms_of(asset).ok_or(Fault::Damaged("a hold in an asset without fees"))?,
            bounds: Bounds {
                version: row.version,
                cap: amount(row.cap)?,
                spend_until: row.spend_until,
                claim_until: row.claim_until,
            },
            claimed: amount(row.claimed)?,
            state: row.state,
            kept_until: kept_until(row.placed, context.epoch_opened),
        };
        Ok(Self { row, order, hold })
    }

    /// Writes a position with a hold receipt: what the hold is now, and what moves from the payer.
    fn tell_hold(
        &self,
        db: &Connection,
        context: &Context,
        now: &Hold,
        cause: Digest,
        moved: i64,
        time: Time,
    ) -> Result<(Seq, Vec<u8>), Fault> {
        let seq = ledger::next_seq(db)?;
        let placed = self.row.placed;
        let receipt = hold_receipt(context, &self.order, now, seq, placed, cause, time)?;
        let transaction = Transaction { seq, epoch: context.epoch, time, kind: Kind::Hold, receipt: receipt.bytes() };
        ledger::post(db, &transaction, self.row.asset, &[(self.row.account, -moved), (ledger::HELD, moved)])?;
        shown(db, &self.row, seq, [5, 6])?;
        holds::position(db, seq, self.row.number, fee_of_cap(now)?)?;
        holds::update(db, self.row.number, now, seq, Told::Hold)?;
        Ok((seq, receipt.bytes().to_vec()))
    }

    /// Writes a position with a claim receipt: what the hold is now, and the postings that the caller has made sure of.
    fn tell_claim(
        &self,
        db: &Connection,
        context: &Context,
        now: &Hold,
        claimed: &Claimed,
        time: Time,
    ) -> Result<(Seq, Vec<u8>), Fault> {
        let seq = ledger::next_seq(db)?;
        let receipt = ClaimReceipt {
            version: V1,
            epoch: context.epoch,
            seq,
            checkpoint: context.checkpoint,
            time,
            hold: now.id,
            payee_key: self.order.payee_key,
            total: now.claimed,
            amount: claimed.amount,
            cause: claimed.cause,
            voucher: claimed.voucher,
            ended: (now.state == HoldState::Ended).then_some(Yes),
        };
        let receipt = Signed::sign(receipt, context.keys.signing())?;
        crate::crash::point(crate::crash::AFTER_REPLY_SIGN);
        let transaction = Transaction { seq, epoch: context.epoch, time, kind: Kind::Claim, receipt: receipt.bytes() };
        let [to_payee, fee, back] = [claimed.amount, claimed.fee, claimed.back].map(|a| crate::store::int(a.value()));
        let postings = [
            (ledger::HELD, -(to_payee + fee + back)),
            (self.row.payee, to_payee),
            (ledger::FEES, fee),
            (self.row.account, back),
        ];
        ledger::post(db, &transaction, self.row.asset, &postings)?;
        shown(db, &self.row, seq, [8, 7])?;
        holds::position(db, seq, self.row.number, claimed.fee.value())?;
        holds::update(db, self.row.number, now, seq, Told::Claim)?;
        Ok((seq, receipt.bytes().to_vec()))
    }

    /// Answers with a receipt, and wakes both sides.
    fn done(&self, receipt: Vec<u8>) -> Done {
        Done { reply: Reply::ok(MEDIA_COSE, receipt), touched: self.touched() }
    }

    fn touched(&self) -> Vec<crate::topic::Topic> {
        vec![self.row.account_id.into(), self.row.payee_id.into()]
    }
}

/// What leaves the held account with a position.
struct Claimed {
    /// To the payee.
    amount: Amount,
    /// To the fee account.
    fee: Amount,
    /// To the payer.
    back: Amount,
    cause: Option<Digest>,
    voucher: Option<Digest>,
}

/// A signed hold receipt for a position.
fn hold_receipt(
    context: &Context,
    order: &HoldOrder,
    hold: &Hold,
    seq: Seq,
    placed: Time,
    cause: Digest,
    time: Time,
) -> Result<Signed<HoldReceipt>, Fault> {
    let receipt = HoldReceipt {
        version: V1,
        epoch: context.epoch,
        seq,
        checkpoint: context.checkpoint,
        time,
        hold: hold.id,
        placed,
        cause,
        payee_key: order.payee_key,
        voucher_key: hold.voucher_key,
        hold_version: hold.bounds.version,
        cap: hold.bounds.cap,
        spend_until: hold.bounds.spend_until,
        claim_until: hold.bounds.claim_until,
        reference: order.reference,
        details: order.details,
        closed: (hold.state == HoldState::Closed).then_some(Yes),
    };
    let receipt = Signed::sign(receipt, context.keys.signing())?;
    crate::crash::point(crate::crash::AFTER_REPLY_SIGN);
    Ok(receipt)
}

/// Shows a position to the payer and the payee.
fn shown(db: &Connection, row: &HoldRow, seq: Seq, [payer, payee]: [i64; 2]) -> rusqlite::Result<()> {
    ledger::show(db, row.account, seq, payer)?;
    ledger::show(db, row.payee, seq, payee)
}

fn fee_of_cap(hold: &Hold) -> Result<u64, Fault> {
    hold.fees.fee(&hold.bounds.cap).map(|fee| fee.value()).map_err(amount_fault)
}

/// Amounts of a hold that do not belong together.
fn amount_fault(_: farthing_protocol::money::AmountError) -> Fault {
    Fault::Damaged("a hold whose amounts do not belong together")
}

/// The hold with this name, when it is one of these accounts'.
fn known(
    db: &Connection,
    context: &Context,
    hold: &farthing_protocol::tab::HoldId,
    is_theirs: impl FnOnce(&HoldRow) -> bool,
) -> Result<Option<Known>, Fault> {
    match holds::find(db, hold)?.filter(is_theirs) {
        Some(row) => Known::of(db, context, row).map(Some),
        None => Ok(None),
    }
}
