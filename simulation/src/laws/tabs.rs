//! Laws of tabs: in the verifier's database after each step, and for everybody at the end.

use super::{Broken, Ending, Law, hold};
use farthing_core::store::{Store, all_kept};
use farthing_core::tab::{EarnedTab, PaidTab, TabState};
use farthing_protocol::http::{Call, ClaimsBody, Method, OrderBody};
use farthing_protocol::tab::HoldId;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// The state of a hold that has ended, in the verifier's table.
const ENDED: i64 = 3;

/// A hold as the verifier has it, with what was posted over it.
struct Row {
    id: HoldId,
    payer: [u8; 16],
    payee: [u8; 16],
    state: i64,
    cap: i64,
    claimed: i64,
    /// What of it lies aside, and what payer and payee have of it.
    held: i64,
    paid: i64,
    earned: i64,
    /// The fee that was set aside, and what was taken of it.
    fee: i64,
    fees: i64,
}

/// The verifier's holds.
pub(crate) struct Holds(Vec<Row>);

impl Holds {
    pub(crate) fn read(db: &Connection) -> Result<Self, Broken> {
        let mut statement = db.prepare_cached(
            "SELECT h.hold, a.id, b.id, h.state, h.cap, h.claimed,
               coalesce(sum(CASE WHEN p.account = 0 THEN p.amount END), 0),
               coalesce(sum(CASE WHEN p.account = h.account THEN p.amount END), 0),
               coalesce(sum(CASE WHEN p.account = h.payee THEN p.amount END), 0),
               (SELECT x.fee FROM hold_positions x JOIN transactions t ON t.seq = x.seq WHERE x.hold = h.number AND t.kind = 4
                ORDER BY x.seq DESC LIMIT 1),
               (SELECT coalesce(sum(x.fee), 0) FROM hold_positions x JOIN transactions t ON t.seq = x.seq
                WHERE x.hold = h.number AND t.kind = 5)
             FROM holds h JOIN accounts a ON a.number = h.account JOIN accounts b ON b.number = h.payee
               JOIN hold_positions x ON x.hold = h.number LEFT JOIN postings p ON p.seq = x.seq
             GROUP BY h.number",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Row {
                id: HoldId::new(row.get(0)?),
                payer: row.get(1)?,
                payee: row.get(2)?,
                state: row.get(3)?,
                cap: row.get(4)?,
                claimed: row.get(5)?,
                held: row.get(6)?,
                paid: row.get(7)?,
                earned: row.get(8)?,
                fee: row.get(9)?,
                fees: row.get(10)?,
            })
        })?;
        Ok(Self(rows.collect::<Result<_, _>>()?))
    }

    /// True while one has not ended.
    pub(crate) fn live(&self) -> bool {
        self.0.iter().any(|row| row.state != ENDED)
    }

    /// Whom a hold pays.
    pub(crate) fn payee(&self, hold: &HoldId) -> Option<[u8; 16]> {
        self.0.iter().find(|row| row.id == *hold).map(|row| row.payee)
    }

    /// What was posted is what was agreed: nobody pays more than was signed for, by whichever copy.
    pub(crate) fn check(&self, signed: &BTreeMap<HoldId, u64>) -> Result<(), Broken> {
        for row in &self.0 {
            let aside = if row.state == ENDED { 0 } else { row.cap + row.fee - row.claimed - row.fees };
            hold(Law::Covered, row.held == aside && aside >= 0, || {
                format!("{} units of a hold lie aside, and not {aside}", row.held)
            })?;
            hold(Law::Covered, row.earned == row.claimed && row.paid == -(row.claimed + row.fees + row.held), || {
                format!("{} were claimed, {} got, {} paid", row.claimed, row.earned, -row.paid)
            })?;
            let signed = signed.get(&row.id).copied().unwrap_or(0);
            let within = u64::try_from(row.claimed).is_ok_and(|claimed| claimed <= signed);
            hold(Law::Covered, within && row.claimed <= row.cap && row.fees <= row.fee, || {
                format!("{} and {} of fees were claimed, and {signed} signed", row.claimed, row.fees)
            })?;
        }
        Ok(())
    }
}

/// What tabs have changed about a balance, by the receipts of them.
pub(crate) fn counted(store: &dyn Store) -> Result<i128, Broken> {
    let mut sum = 0;
    for tab in all_kept::<PaidTab>(store)? {
        let Some(standing) = &tab.standing else { continue };
        let taken = i128::from(standing.claimed.value()) + i128::from(standing.fees.value());
        sum -= if standing.ended.is_some() { taken } else { i128::from(standing.reserved.value()) };
    }
    for tab in all_kept::<EarnedTab>(store)? {
        sum += i128::from(tab.standing.claimed.value());
    }
    Ok(sum)
}

/// True when no act of a tab is without an answer.
pub(crate) fn nothing_waits(store: &dyn Store) -> bool {
    let paid = all_kept::<PaidTab>(store).unwrap_or_default();
    let earned = all_kept::<EarnedTab>(store).unwrap_or_default();
    let unsent = paid.iter().any(|tab| tab.order.is_some() || tab.closing().is_some());
    !unsent && !earned.iter().any(|tab| !tab.state.is_over() && (tab.claim.is_some() || tab.release.is_some()))
}

/// What goes out about a tab is in the store, whatever happens next.
pub(crate) fn stored(store: &dyn Store, call: &Call) -> Result<(), Broken> {
    if !call.path.starts_with("/v1/holds") || call.method == Method::Get {
        return Ok(());
    }
    let sent = match call.path.as_str() {
        "/v1/holds" => vec![OrderBody::decode(&call.body)?.order.as_slice().to_vec()],
        "/v1/holds/claims" => {
            ClaimsBody::decode(&call.body)?.claims.iter().map(|claim| claim.as_slice().to_vec()).collect()
        }
        _ => vec![call.body.clone()],
    };
    let (paid, earned): (Vec<PaidTab>, Vec<EarnedTab>) = (all_kept(store)?, all_kept(store)?);
    let orders = paid.iter().filter_map(|tab| tab.order.as_ref()).map(|order| &order.signed);
    let acts = earned.iter().flat_map(|tab| [&tab.claim, &tab.release]).chain(paid.iter().map(|tab| &tab.close));
    let kept: Vec<_> = orders.chain(acts.flatten().map(|act| &act.signed)).collect();
    let all = sent.iter().all(|sent| kept.iter().any(|kept| kept.as_slice() == sent.as_slice()));
    hold(Law::StoredBeforeSent, all, || "something of a tab goes out that is not stored".to_owned())
}

/// Everything has ended, and both sides know it as the verifier does. Who took vouchers has got what it took.
pub(crate) fn check_ending(
    end: &Ending<'_>,
    taken: &BTreeMap<HoldId, (u64, u64)>,
    db: &Connection,
) -> Result<(), Broken> {
    let holds = Holds::read(db)?;
    let (paid, earned): (Vec<PaidTab>, Vec<EarnedTab>) = (all_kept(end.store)?, all_kept(end.store)?);
    hold(Law::NoDeadEnd, nothing_waits(end.store), || format!("{}: something of a tab waits", end.name))?;
    let account = end.account.as_bytes();
    for row in &holds.0 {
        let claimed = u64::try_from(row.claimed).unwrap_or(0);
        if row.payer == *account {
            let tab = paid.iter().find(|tab| tab.hold == Some(row.id));
            let known = tab.and_then(|tab| tab.standing.as_ref().map(|standing| (tab.state, standing.claimed.value())));
            hold(Law::Agreement, known == Some((TabState::Ended, claimed)), || {
                format!("{}: a tab of which {claimed} were claimed is {known:?}", end.name)
            })?;
        }
        if row.payee == *account {
            let known = earned.iter().find(|tab| tab.hold == row.id);
            let known = known.map(|tab| (tab.state, tab.standing.claimed.value()));
            hold(Law::Agreement, known == Some((TabState::Ended, claimed)), || {
                format!("{}: a tab by which {claimed} were earned is {known:?}", end.name)
            })?;
            let took = taken.get(&row.id).map_or(0, |(total, _)| *total);
            // What was raised in an epoch that was lost is not covered.
            let covered = u64::try_from(row.cap).unwrap_or(0).min(took);
            hold(Law::TakenIsPaid, covered <= claimed, || {
                format!("{}: {took} were taken, and {claimed} claimed", end.name)
            })?;
        }
    }
    let is_there = |hold: &HoldId| holds.0.iter().any(|row| row.id == *hold);
    let gone = paid.iter().filter(|tab| tab.standing.is_some() && !tab.hold.is_some_and(|hold| is_there(&hold)));
    let gone = gone.count() + earned.iter().filter(|tab| tab.lost.is_none() && !is_there(&tab.hold)).count();
    hold(Law::Agreement, gone == 0, || format!("{}: {gone} tabs are not the verifier's", end.name))
}
