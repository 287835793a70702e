//! The life of a hold, lived again.

use super::journal::Asked;
use super::{Authority, Finding, expect, mismatch, parse, signed_by};
use crate::audit::ledger::{asset_number, of_its_epoch, postings, shown};
use crate::store::holds::state_number;
use crate::store::ledger::{FEES, HELD, Kind};
use crate::store::tab_journal::TabKind;
use crate::store::{int, uint};
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::id::{Digest, Epoch, Handle};
use farthing_protocol::money::Amount;
use farthing_protocol::tab::{
    Claim, ClaimReceipt, Hold, HoldClose, HoldError, HoldId, HoldOrder, HoldReceipt, HoldRelease, HoldState, Voucher,
    kept_until,
};
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::BTreeSet;

/// A hold's row, and what it says it came to.
pub(super) struct Life {
    number: i64,
    id: HoldId,
    account: i64,
    payee: i64,
    handle: i64,
    pub(super) asset: i64,
    /// Where it was placed.
    seq: i64,
    /// State, version, cap, claimed, spend_until, claim_until, receipt_seq, claim_seq.
    now: [i64; 8],
}

/// What a position did, as far as the rest has to know.
struct Lived {
    hold: Hold,
    /// Into the held account, from the payer.
    set_aside: Amount,
    /// Out of it: to the payee, as its fee, back to the payer.
    out: [Amount; 3],
    /// What was asked for it.
    cause: Option<Digest>,
    /// What a claim rests on.
    voucher: Option<Digest>,
}

impl Life {
    pub(super) fn of(db: &Connection, number: i64) -> Result<Self, Finding> {
        Ok(db
            .prepare_cached(
                "SELECT hold, account, payee, handle, asset, seq, state, version, cap, claimed, spend_until_ms, claim_until_ms, receipt_seq,
                   coalesce(claim_seq, 0) FROM holds WHERE number = ?1",
            )?
            .query_row([number], |row| {
                let mut now = [0; 8];
                for (place, value) in now.iter_mut().enumerate() {
                    *value = row.get(place + 6)?;
                }
                Ok(Self {
                    number,
                    id: HoldId::new(row.get(0)?),
                    account: row.get(1)?,
                    payee: row.get(2)?,
                    handle: row.get(3)?,
                    asset: row.get(4)?,
                    seq: row.get(5)?,
                    now,
                })
            })?)
    }

    fn what(&self) -> String {
        format!("hold {}", self.id.to_hex())
    }

    /// Goes through the positions. Answers with what is left in the held account.
    pub(super) fn live(&self, db: &Connection, authority: &Authority) -> Result<Amount, Finding> {
        let positions = db
            .prepare_cached(
                "SELECT p.seq, p.fee, t.kind, t.time_ms, t.receipt, t.epoch FROM hold_positions p JOIN transactions t ON t.seq = p.seq
                 WHERE p.hold = ?1 ORDER BY p.seq",
            )?
            .query_map([self.number], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?)))?
            .collect::<Result<Vec<(i64, i64, i64, i64, Vec<u8>, i64)>, _>>()?;
        let mut lived: Option<(Verified<HoldOrder>, Time, Hold)> = None;
        let (mut told, mut claimed) = (0, 0);
        for (seq, fee, kind, time, receipt, epoch) in positions {
            let asked = Asked::at(db, seq)?;
            let time = Time::from_ms(uint(time));
            if let Some(asked) = &asked {
                expect(asked.decided == time, || format!("the journal has another time for {seq}"))?;
            }
            let at = (seq, Epoch::new(uint(epoch)));
            let (order, placed, step) = match lived {
                None => {
                    let (order, step) = self.placed(db, authority, at, asked.as_ref(), time)?;
                    (order, time, step)
                }
                Some((order, placed, hold)) => {
                    let opening = authority.opening(at.1);
                    let opened = opening.ok_or_else(|| mismatch(format!("position {seq} is of no epoch")))?.time;
                    let hold = Hold { kept_until: kept_until(placed, opened), ..hold };
                    let step = self.step(authority, at, &hold, asked.as_ref(), time)?;
                    (order, placed, step)
                }
            };
            let fits = if kind == Kind::Hold as i64 {
                told = seq;
                let fee_of_cap = step.hold.fees.fee(&step.hold.bounds.cap).map_err(|e| mismatch(e.to_string()))?;
                fee == int(fee_of_cap.value()) && says_hold(&parse(&receipt, "a hold receipt")?, &order, &step, placed)
            } else {
                claimed = seq;
                fee == int(step.out[1].value()) && says_claim(&parse(&receipt, "a claim receipt")?, &order, &step)
            };
            expect(fits, || format!("the receipt of {seq} is not what was asked of {}", self.what()))?;
            self.moved(db, uint(seq), &step)?;
            let kinds = if kind == Kind::Hold as i64 { [5, 6] } else { [8, 7] };
            shown(db, uint(seq), &[(self.account, kinds[0]), (self.payee, kinds[1])])?;
            lived = Some((order, placed, step.hold));
        }
        let (_, _, hold) = lived.ok_or_else(|| mismatch(format!("{} was never placed", self.what())))?;
        let bounds = hold.bounds;
        let [version, cap, total, spend, claim] = [
            bounds.version.get(),
            bounds.cap.value(),
            hold.claimed.value(),
            bounds.spend_until.as_ms(),
            bounds.claim_until.as_ms(),
        ]
        .map(int);
        expect(self.now == [state_number(hold.state), version, cap, total, spend, claim, told, claimed], || {
            format!("{} is not what its positions made it", self.what())
        })?;
        hold.held().map_err(|e| mismatch(e.to_string()))
    }

    /// It is the payer's, or the payee's, that asked.
    fn by(&self, account: i64, asked: &Asked, seq: i64) -> Result<(), Finding> {
        expect(asked.who.0 == account, || format!("{} was changed at {seq} by somebody else", self.what()))
    }

    /// The first position: the order, and what the rules say that it does.
    fn placed(
        &self,
        db: &Connection,
        authority: &Authority,
        (seq, epoch): (i64, Epoch),
        asked: Option<&Asked>,
        time: Time,
    ) -> Result<(Verified<HoldOrder>, Lived), Finding> {
        expect(seq == self.seq, || format!("{} was placed at another position", self.what()))?;
        let asked = asked.filter(|asked| asked.kind == TabKind::Place);
        let asked = asked.ok_or_else(|| mismatch(format!("{} was not placed by an order", self.what())))?;
        self.by(self.account, asked, seq)?;
        let order = asked.order(authority)?;
        let hold = self.place(db, authority, seq, &order, time)?;
        of_its_epoch(authority, order.created, epoch)?;
        let counted = asked.counted == (Some(self.asset), Some(int(order.cap.value())));
        expect(counted, || format!("the journal has another cap for {seq}"))?;
        let set_aside = hold.held().map_err(|e| mismatch(e.to_string()))?;
        let nothing = Amount::zero(order.cap.asset());
        let cause = Some(order.hash());
        Ok((order, Lived { hold, set_aside, out: [nothing; 3], cause, voucher: None }))
    }

    /// What the rules say that a later position does.
    fn step(
        &self,
        authority: &Authority,
        (seq, epoch): (i64, Epoch),
        hold: &Hold,
        asked: Option<&Asked>,
        time: Time,
    ) -> Result<Lived, Finding> {
        let wrong = |error: HoldError| mismatch(format!("{} at {seq}: {error}", self.what()));
        let nothing = Amount::zero(hold.claimed.asset());
        let lived = |hold: Hold, cause: Option<Digest>| Lived {
            hold,
            set_aside: nothing,
            out: [nothing; 3],
            cause,
            voucher: None,
        };
        let Some(asked) = asked else {
            let end = hold.end(time).map_err(wrong)?;
            let (after, back) =
                end.ok_or_else(|| mismatch(format!("{} was ended at {seq} before its time", self.what())))?;
            return Ok(Lived { out: [nothing, nothing, back], ..lived(after, None) });
        };
        Ok(match asked.kind {
            TabKind::Place => return Err(mismatch(format!("{} was placed twice", self.what()))),
            TabKind::Change => {
                self.by(self.account, asked, seq)?;
                let change = asked.change(authority)?;
                of_its_epoch(authority, change.created, epoch)?;
                expect(time < change.expires, || format!("{} was changed too late", self.what()))?;
                let (after, more) = hold.change(&change, time).map_err(wrong)?;
                let added = change.cap.value().saturating_sub(hold.bounds.cap.value());
                let counted = asked.counted == (Some(self.asset), Some(int(added)));
                expect(counted, || format!("the journal has another amount for {seq}"))?;
                Lived { set_aside: more, ..lived(after, Some(change.hash())) }
            }
            TabKind::Close => {
                self.by(self.account, asked, seq)?;
                let close = asked.of::<HoldClose>(authority)?;
                let once = close.hold == self.id && hold.state == HoldState::Open;
                expect(once, || format!("{} was closed twice", self.what()))?;
                lived(hold.close(time).map_err(wrong)?, Some(close.hash()))
            }
            TabKind::Release => {
                self.by(self.payee, asked, seq)?;
                let release = asked.of::<HoldRelease>(authority)?;
                expect(release.hold == self.id, || format!("{} was released by another's act", self.what()))?;
                let (after, back) = hold.release(&release.total, time).map_err(wrong)?;
                Lived { out: [nothing, nothing, back], ..lived(after, Some(release.hash())) }
            }
            TabKind::Claim => {
                self.by(self.payee, asked, seq)?;
                let claim = asked.of::<Claim>(authority)?;
                let voucher = signed_by::<Voucher>(claim.voucher.as_slice(), &hold.voucher_key, "a voucher")?;
                let claimed = hold.claim(&claim.total, &voucher, time).map_err(wrong)?;
                let (after, posting) =
                    claimed.ok_or_else(|| mismatch(format!("position {seq} claims what was claimed before")))?;
                Lived {
                    out: [posting.amount, posting.fee, nothing],
                    voucher: Some(voucher.hash()),
                    ..lived(after, Some(claim.hash()))
                }
            }
            TabKind::Allow | TabKind::OfflineClaim | TabKind::Revoke => {
                return Err(mismatch(format!("{} was changed at {seq} by an act on an allowance", self.what())));
            }
        })
    }

    /// The hold that an order placed, for the account that its handle belongs to.
    fn place(
        &self,
        db: &Connection,
        authority: &Authority,
        seq: i64,
        order: &Verified<HoldOrder>,
        time: Time,
    ) -> Result<Hold, Finding> {
        let (handle, payee, key, state, used): ([u8; 16], i64, Vec<u8>, i64, Option<i64>) = db
            .prepare_cached("SELECT handle, account, payee_key, state, seq FROM handles WHERE number = ?1")?
            .query_row([self.handle], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))?;
        let theirs = order.payee == Handle::new(handle)
            && payee == self.payee
            && Digest::of(&key).as_bytes() == order.payee_key.as_bytes()
            && (state == 5 || (state == 3 && used == Some(seq)));
        expect(theirs, || format!("{} is not for the handle of its order", self.what()))?;
        let id = HoldId::of(order.signed());
        expect(id == self.id, || format!("{} has another order", self.what()))?;
        expect(time < order.expires, || format!("{} was placed too late", self.what()))?;
        let asset = asset_number(db, &order.cap.asset())?;
        expect(asset == self.asset, || format!("{} is in another asset", self.what()))?;
        let schedule =
            authority.fees.get(&order.fee_version.get()).ok_or_else(|| mismatch("an unknown fee schedule"))?;
        let terms = schedule.terms_of(order.cap.asset());
        let terms = *terms.ok_or_else(|| mismatch("an asset without fees"))?;
        let bundle: Option<Vec<u8>> = db
            .prepare_cached("SELECT bundle FROM bundles WHERE seq = ?1")?
            .query_row([seq], |r| r.get(0))
            .optional()?;
        expect(bundle.as_deref().map(Digest::of) == order.bundle, || {
            format!("the sealed message of {seq} is another")
        })?;
        Hold::place(order, terms).map_err(|e| mismatch(e.to_string()))
    }

    /// The postings are exactly those of the step.
    fn moved(&self, db: &Connection, seq: u64, step: &Lived) -> Result<(), Finding> {
        let [to_payee, fee, back] = step.out.map(|amount| int(amount.value()));
        let set_aside = int(step.set_aside.value());
        let moved = [
            (self.account, back - set_aside),
            (self.payee, to_payee),
            (FEES, fee),
            (HELD, set_aside - to_payee - fee - back),
        ];
        let expected: BTreeSet<_> =
            moved.into_iter().filter(|(_, amount)| *amount != 0).map(|(of, amount)| (of, self.asset, amount)).collect();
        postings(db, seq, &expected)
    }
}

fn says_hold(receipt: &Signed<HoldReceipt>, order: &HoldOrder, step: &Lived, placed: Time) -> bool {
    let (says, hold) = (receipt.claims(), &step.hold);
    says.hold == hold.id
        && says.placed == placed
        && Some(says.cause) == step.cause
        && says.payee_key == order.payee_key
        && says.voucher_key == order.voucher_key
        && says.bounds() == hold.bounds
        && says.reference == order.reference
        && says.details == order.details
        && says.closed.is_some() == (hold.state == HoldState::Closed)
}

fn says_claim(receipt: &Signed<ClaimReceipt>, order: &HoldOrder, step: &Lived) -> bool {
    let says = receipt.claims();
    says.hold == step.hold.id
        && says.payee_key == order.payee_key
        && says.total == step.hold.claimed
        && says.amount == step.out[0]
        && says.cause == step.cause
        && says.voucher == step.voucher
        && says.ended.is_some() == (step.hold.state == HoldState::Ended)
}
