//! Allowances: money for payments without network (docs/protocol.md 20, wire decisions 26 to 28). The rules are the protocol's
//! ([`farthing_protocol::offline`]); here they meet the tables.
//!
//! ```text
//! bytes ─parse, verifier, device, signature─▶ AllowanceCall ─writer: journal, permission, own checks─▶ allowance | receipt | refusal | problem
//! ```
//!
//! What is decided is journaled with what is asked of tabs, by (account, id), with its signed answer. An allowance whose time is over
//! takes no claim any more, whether or not a sweep has settled it.
//!
//! | position | payer | payee | money |
//! |---|---|---|---|
//! | set aside | entry 9 | | cap + fee(cap) from the payer to the held account |
//! | claimed | | entry 10 | what the guarantee fund pays of it, if anything |
//! | settled | 11 | 12 | reserve and balance by their shares, what the fund gets back, the fee, and the rest back to the payer |

mod claim;
mod list;
mod place;
mod settle;

pub(crate) use claim::{ClaimCall, prepare as prepare_claim};
pub(crate) use list::{prepare_proof, prepare_revoke, revoked};
pub(crate) use place::prepare as prepare_place;
pub(crate) use settle::{lines, settle_due};

use crate::context::Context;
use crate::fault::Fault;
use crate::store::allowances::{self, AllowanceRow};
use crate::store::ledger;
use crate::verifier::Done;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::offline::{Allowance, AllowanceId, AllowanceOrder, AllowanceRevoke, Proven};
use farthing_protocol::tab::kept_until;
use farthing_protocol::time::Time;
use rusqlite::Connection;
use std::sync::Arc;

/// Something asked of an allowance, truly signed.
#[derive(Debug)]
pub(crate) enum AllowanceCall {
    Place(Box<Verified<AllowanceOrder>>),
    Claim(Box<ClaimCall>),
    Revoke(Box<Verified<AllowanceRevoke>>),
    /// That its payer signed what cannot both be honest, with the bytes that show it.
    Proof(Box<Proven>, Vec<u8>),
}

impl AllowanceCall {
    /// The point at which a kill test ends the process once this is committed.
    pub(crate) const fn point(&self) -> Option<&'static str> {
        match self {
            Self::Claim(_) => Some(crate::crash::OFFLINE_CLAIM_AFTER_COMMIT),
            Self::Place(_) | Self::Revoke(_) | Self::Proof(..) => None,
        }
    }
}

/// Decides, in the writer's transaction. `time` is missing while the clock is doubted.
pub(crate) fn decide(
    db: &Connection,
    context: &Context,
    call: &AllowanceCall,
    time: Option<Time>,
) -> Result<Done, Fault> {
    match call {
        AllowanceCall::Place(order) => place::decide(db, context, order, time),
        AllowanceCall::Claim(call) => claim::decide(db, context, call, time),
        AllowanceCall::Revoke(revoke) => list::decide_revoke(db, context, revoke, time),
        AllowanceCall::Proof(proven, bytes) => list::decide_proof(db, proven, bytes),
    }
}

/// The allowance that a row's bytes are.
fn object_of(context: &Context, row: &AllowanceRow) -> Result<Arc<Allowance>, Fault> {
    context.allowances.of(row.number, &row.signed, |bytes| {
        Ok(Signed::<Allowance>::parse(bytes).map_err(Fault::damaged)?.claims().clone())
    })
}

/// An allowance of the ledger.
struct Known {
    row: AllowanceRow,
    allowance: Arc<Allowance>,
    /// Claims are taken before: in an epoch's first day also of what was set aside before it and would be over, for claims may have
    /// been lost.
    ends: Time,
}

impl Known {
    fn of(context: &Context, row: AllowanceRow) -> Result<Self, Fault> {
        let allowance = object_of(context, &row)?;
        let kept = kept_until(row.placed, context.epoch_opened);
        let ends = kept.map_or(row.claim_until, |kept| kept.max(row.claim_until));
        Ok(Self { row, allowance, ends })
    }

    fn find(db: &Connection, context: &Context, id: &AllowanceId) -> Result<Option<Self>, Fault> {
        allowances::find(db, id)?.map(|row| Self::of(context, row)).transpose()
    }

    fn is_over(&self, time: Time) -> bool {
        self.row.settled || time >= self.ends
    }

    /// The fees that the order named: they are the allowance's as long as it lives.
    fn terms(&self, db: &Connection, context: &Context) -> Result<Terms, Fault> {
        let schedule = ledger::fees_of(db, &context.fees, self.row.fee_version)?;
        let terms = schedule.claims().terms_of(self.allowance.cap.asset());
        Ok(*terms.ok_or(Fault::Damaged("an allowance in an asset without fees"))?)
    }
}

/// Amounts of an allowance that do not belong together.
fn amount_fault(_: farthing_protocol::money::AmountError) -> Fault {
    Fault::Damaged("an allowance whose amounts do not belong together")
}
