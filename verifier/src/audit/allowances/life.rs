//! The life of an allowance, lived again.

use super::settled::{self, Settling};
use super::{Asked, Authority, Finding, expect, listed, mismatch, parse, seen, signed_by};
use crate::audit::ledger::{asset_number, of_its_epoch, postings};
use crate::store::ledger::{GUARANTEE, HELD, Kind};
use crate::store::tab_journal::TabKind;
use crate::store::{int, uint};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::Signed;
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::id::{Digest, Epoch, Seq};
use farthing_protocol::money::{Amount, Units};
use farthing_protocol::offline::{
    Allowance, AllowanceId, Claimed, OfflineClaim, OfflineReceipt, OfflineRequest, OfflineVoucher, has_room,
};
use farthing_protocol::tab::{kept_until, reserve};
use farthing_protocol::time::Time;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// An allowance's row.
pub(super) struct Life {
    pub(super) number: i64,
    pub(super) id: AllowanceId,
    pub(super) account: i64,
    pub(super) asset: i64,
    seq: i64,
    /// Fee version, spend_until, claim_until.
    columns: [i64; 3],
    pub(super) listed: Option<(i64, Vec<u8>)>,
    settled: Option<i64>,
}

/// A position of it.
pub(super) struct At {
    pub(super) seq: i64,
    kind: i64,
    pub(super) time: Time,
    pub(super) epoch: Epoch,
    pub(super) receipt: Vec<u8>,
}

/// The claim that counts for a request.
pub(super) struct Counted {
    pub(super) account: i64,
    pub(super) claimed: Claimed,
    /// Where it stands.
    pub(super) seq: i64,
    pub(super) voucher: OfflineVoucher,
}

/// An allowance as it is on the way.
pub(super) struct Lived {
    pub(super) allowance: Allowance,
    pub(super) terms: Terms,
    pub(super) claims: BTreeMap<Digest, Counted>,
}

impl Life {
    pub(super) fn of(db: &Connection, number: i64) -> Result<Self, Finding> {
        Ok(db
            .prepare_cached(
                "SELECT allowance, account, asset, seq, fee_version, spend_until_ms, claim_until_ms, listed, listed_by, settled_seq
                 FROM allowances WHERE number = ?1",
            )?
            .query_row([number], |row| {
                Ok(Self {
                    number,
                    id: AllowanceId::new(row.get(0)?),
                    account: row.get(1)?,
                    asset: row.get(2)?,
                    seq: row.get(3)?,
                    columns: [row.get(4)?, row.get(5)?, row.get(6)?],
                    listed: row.get::<_, Option<i64>>(7)?.zip(row.get(8)?),
                    settled: row.get(9)?,
                })
            })?)
    }

    pub(super) fn what(&self) -> String {
        format!("allowance {}", self.id.to_hex())
    }

    /// Goes through the positions. Answers with what is left in the held account.
    pub(super) fn live(
        &self,
        db: &Connection,
        authority: &Authority,
        balances: &BTreeMap<i64, i128>,
    ) -> Result<Amount, Finding> {
        let positions = db
            .prepare_cached(
                "SELECT DISTINCT p.seq, t.kind, t.time_ms, t.epoch, t.receipt FROM allowance_positions p
                 JOIN transactions t ON t.seq = p.seq WHERE p.allowance = ?1 ORDER BY p.seq",
            )?
            .query_map([self.number], |r| {
                let (time, epoch) = (uint(r.get(2)?), uint(r.get(3)?));
                let (seq, kind, receipt) = (r.get(0)?, r.get(1)?, r.get(4)?);
                Ok(At { seq, kind, time: Time::from_ms(time), epoch: Epoch::new(epoch), receipt })
            })?
            .collect::<Result<Vec<At>, _>>()?;
        let mut positions = positions.into_iter();
        let first = positions.next().ok_or_else(|| mismatch(format!("{} was never set aside", self.what())))?;
        let mut lived = self.placed(db, authority, &first)?;
        let mut settled = None;
        for at in positions {
            expect(settled.is_none(), || format!("{} goes on at {} after its end", self.what(), at.seq))?;
            let opened = authority.opening(at.epoch).map(|opening| opening.time);
            let opened = opened.ok_or_else(|| mismatch(format!("position {} is of no epoch", at.seq)))?;
            let ends = lived.allowance.claim_until();
            let ends = kept_until(lived.allowance.time, opened).map_or(ends, |kept| kept.max(ends));
            if at.kind == Kind::OfflineClaim as i64 {
                expect(at.time < ends, || format!("a claim of {} at {} came too late", self.what(), at.seq))?;
                self.claimed(db, authority, &at, &mut lived)?;
            } else {
                let due = at.kind == Kind::Settlement as i64 && at.time >= ends;
                expect(due, || format!("{} was settled too early, or at {} it is another's", self.what(), at.seq))?;
                let balance = balances.get(&at.seq).copied().unwrap_or_default();
                settled::check(&Settling { db, authority, life: self, lived: &lived, at: &at, balance })?;
                settled = Some(at.seq);
            }
        }
        expect(settled == self.settled, || format!("{} is not settled where it says", self.what()))?;
        self.counted(db, &lived)?;
        listed::check(db, authority, self, &first.receipt)?;
        let held = reserve(&lived.allowance.cap, &lived.terms).map_err(|e| mismatch(e.to_string()))?;
        Ok(if settled.is_some() { Amount::zero(held.asset()) } else { held })
    }

    /// The first position: the order, and what the rules say that it does.
    fn placed(&self, db: &Connection, authority: &Authority, at: &At) -> Result<Lived, Finding> {
        let wrong = || mismatch(format!("{} was not set aside by its order", self.what()));
        let asked = Asked::at(db, at.seq)?.filter(|asked| asked.kind == TabKind::Allow).ok_or_else(wrong)?;
        let order = asked.allowance_order(authority)?;
        of_its_epoch(authority, order.created, at.epoch)?;
        let allowance = Allowance {
            version: V1,
            epoch: at.epoch,
            seq: Seq::new(uint(at.seq)),
            time: at.time,
            allowance: AllowanceId::of(order.signed()),
            key: order.key,
            cap: order.cap,
            per_voucher: order.per_voucher,
            spend_until: order.spend_until,
            grace: order.claim_until.since(order.spend_until),
        };
        let says = parse::<Allowance>(&at.receipt, "an allowance")?;
        let columns = [order.fee_version.get(), order.spend_until.as_ms(), order.claim_until.as_ms()].map(int);
        let same = at.kind == Kind::Allowance as i64
            && (at.seq, allowance.allowance, asked.who.0) == (self.seq, self.id, self.account)
            && *says.claims() == allowance
            && columns == self.columns
            && asset_number(db, &order.cap.asset())? == self.asset
            && asked.decided == at.time
            && at.time < order.expires
            && asked.counted == (Some(self.asset), Some(int(order.cap.value())));
        expect(same, || format!("{} is not what its order says", self.what()))?;
        let schedule =
            authority.fees.get(&order.fee_version.get()).ok_or_else(|| mismatch("an unknown fee schedule"))?;
        let terms = schedule.terms_of(order.cap.asset());
        let terms = *terms.ok_or_else(|| mismatch("an asset without fees"))?;
        let held = int(reserve(&order.cap, &terms).map_err(|e| mismatch(e.to_string()))?.value());
        let moved = BTreeSet::from([(self.account, self.asset, -held), (HELD, self.asset, held)]);
        postings(db, uint(at.seq), &moved)?;
        seen(db, at.seq, &BTreeSet::from([(self.account, 9)]))?;
        Ok(Lived { allowance, terms, claims: BTreeMap::new() })
    }

    /// A claim: its payee's, covered, within the room that there was, and told as it was.
    fn claimed(&self, db: &Connection, authority: &Authority, at: &At, lived: &mut Lived) -> Result<(), Finding> {
        let what = || format!("the claim of {} at {}", self.what(), at.seq);
        let wrong = || mismatch(format!("{} is not its payee's", what()));
        let asked = Asked::at(db, at.seq)?.filter(|asked| asked.kind == TabKind::OfflineClaim).ok_or_else(wrong)?;
        let claim = asked.of::<OfflineClaim>(authority)?;
        let key = lived.allowance.key.public();
        let voucher = signed_by::<OfflineVoucher>(claim.voucher.as_slice(), &key, &what())?;
        let request: Signed<OfflineRequest> = parse(claim.request.as_slice(), &what())?;
        let request = OfflineRequest::verify(request).map_err(|error| mismatch(format!("{}: {error}", what())))?;
        let (account, payee) = (asked.who.0, request.payee.public());
        let theirs = request.is_at(&authority.verifier) && claim.is_of_payee(&request.payee);
        expect(theirs, || format!("{} is not its payee's", what()))?;
        lived.allowance.covers(&voucher, &request).map_err(|fault| mismatch(format!("{}: {fault}", what())))?;

        let says = parse::<OfflineReceipt>(&at.receipt, "an offline receipt")?;
        let says = says.claims();
        let counted = lived.claims.get(&request.hash());
        let before = counted.map(|counted| counted.claimed.guaranteed);
        expect(counted.is_none_or(|counted| counted.account == account), || format!("{} was another's", what()))?;
        let told = says.allowance == self.id
            && says.voucher == voucher.hash()
            && says.payee_key == payee.payee_key_hash()
            && says.amount == request.amount
            && says.claim == claim.hash()
            && (before.is_none() || says.guaranteed == Units::default())
            && asked.decided == at.time;
        expect(told, || format!("{} was answered by another's receipt", what()))?;
        if before.is_none() {
            let own = lived.claims.values().filter(|c| c.account == account).map(|c| c.claimed.amount);
            let room = has_room(lived.allowance.cap.units(), own, lived.claims.len() as u64, voucher.amount);
            expect(room.is_ok(), || format!("{} is above what there was room for", what()))?;
        }
        let units = int(says.guaranteed.get());
        let moved = [(GUARANTEE, self.asset, -units), (account, self.asset, units)];
        postings(db, uint(at.seq), &moved.into_iter().filter(|(.., units)| *units != 0).collect())?;
        seen(db, at.seq, &BTreeSet::from([(account, 10)]))?;

        let claimed = Claimed {
            voucher: voucher.hash(),
            request: request.hash(),
            seq: voucher.seq,
            payee_key: payee.payee_key_hash(),
            amount: voucher.amount,
            guaranteed: before.unwrap_or(says.guaranteed),
        };
        let counts = lived
            .claims
            .get(&claimed.request)
            .is_none_or(|other| (claimed.seq, claimed.voucher) < (other.claimed.seq, other.claimed.voucher));
        if counts {
            let counted = Counted { account, claimed, seq: at.seq, voucher: (*voucher).clone() };
            lived.claims.insert(claimed.request, counted);
        }
        Ok(())
    }

    /// The rows of claims are those that count.
    fn counted(&self, db: &Connection, lived: &Lived) -> Result<(), Finding> {
        let found = crate::store::allowances::claims(db, self.number)?;
        let same = found.len() == lived.claims.len()
            && found.iter().all(|row| {
                lived
                    .claims
                    .get(&row.claimed.request)
                    .is_some_and(|c| (c.claimed, c.account, c.seq) == (row.claimed, row.account, row.seq))
            });
        expect(same, || format!("the claims of {} are not those that count", self.what()))
    }
}
