//! Laws of allowances: in the verifier's database after each step, and for everybody at the end.

use super::{Broken, Ending, Law, hold};
use farthing_core::offline::{AllowanceState, OwnAllowance, Said, TakenOffline, TakenState, UnreadSettlement};
use farthing_core::store::{Store, all_kept};
use farthing_protocol::cose::Signed;
use farthing_protocol::http::{Call, Method, OrderBody};
use farthing_protocol::id::Digest;
use farthing_protocol::offline::{Allowance, AllowanceId, OfflineReceipt, Settlement};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// Why an allowance is on the list of revoked ones: a proof against its payer.
const PROVEN: i64 = 2;

/// An allowance as the verifier has it, with what was posted over it.
struct Row {
    id: AllowanceId,
    payer: [u8; 16],
    listed: Option<i64>,
    spend_until: u64,
    allowance: Allowance,
    settlement: Option<(Vec<u8>, Settlement)>,
    /// What was claimed, and what of it the fund has promised.
    claimed: i64,
    guaranteed: i64,
    /// What lies aside, what all people have of it, what the fund and who collects fees have.
    held: i64,
    people: i64,
    fund: i64,
    fees: i64,
    /// What lay aside at first.
    reserved: i64,
}

/// The verifier's allowances.
pub(crate) struct Allowances(Vec<Row>);

const ROWS: &str = "WITH moved AS (
    SELECT x.allowance, c.role, sum(p.amount) AS units
    FROM (SELECT DISTINCT seq, allowance FROM allowance_positions) x
      JOIN postings p ON p.seq = x.seq JOIN accounts c ON c.number = p.account
    GROUP BY x.allowance, c.role)
  SELECT a.allowance, c.id, a.listed, a.spend_until_ms, t.receipt, s.receipt,
    (SELECT coalesce(sum(o.amount), 0) FROM offline_claims o WHERE o.allowance = a.number),
    (SELECT coalesce(sum(o.guaranteed), 0) FROM offline_claims o WHERE o.allowance = a.number),
    coalesce((SELECT units FROM moved m WHERE m.allowance = a.number AND m.role = 4), 0),
    coalesce((SELECT units FROM moved m WHERE m.allowance = a.number AND m.role = 3), 0),
    coalesce((SELECT units FROM moved m WHERE m.allowance = a.number AND m.role = 5), 0),
    coalesce((SELECT units FROM moved m WHERE m.allowance = a.number AND m.role = 2), 0),
    (SELECT sum(p.amount) FROM postings p JOIN accounts h ON h.number = p.account WHERE p.seq = a.seq AND h.role = 4)
  FROM allowances a JOIN accounts c ON c.number = a.account JOIN transactions t ON t.seq = a.seq
    LEFT JOIN transactions s ON s.seq = a.settled_seq";

impl Allowances {
    pub(crate) fn read(db: &Connection) -> Result<Self, Broken> {
        let mut statement = db.prepare_cached(ROWS)?;
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let settlement: Option<Vec<u8>> = row.get(5)?;
            let settlement = settlement.map(|bytes| -> Result<_, Broken> {
                let parsed = Signed::<Settlement>::parse(&bytes)?.claims().clone();
                Ok((bytes, parsed))
            });
            all.push(Row {
                id: AllowanceId::new(row.get(0)?),
                payer: row.get(1)?,
                listed: row.get(2)?,
                spend_until: u64::try_from(row.get::<_, i64>(3)?)?,
                allowance: Signed::<Allowance>::parse(&row.get::<_, Vec<u8>>(4)?)?.claims().clone(),
                settlement: settlement.transpose()?,
                claimed: row.get(6)?,
                guaranteed: row.get(7)?,
                held: row.get(8)?,
                people: row.get(9)?,
                fund: row.get(10)?,
                fees: row.get(11)?,
                reserved: row.get(12)?,
            });
        }
        Ok(Self(all))
    }

    /// True while one is not settled.
    pub(crate) fn live(&self) -> bool {
        self.0.iter().any(|row| row.settlement.is_none())
    }

    /// Until when one is spent from.
    pub(crate) fn spend_until(&self, id: &AllowanceId) -> Option<u64> {
        self.0.iter().find(|row| row.id == *id).map(|row| row.spend_until)
    }

    /// What was posted is what was agreed: `signed` is what payers promised of each, by whichever copy of their phones.
    pub(crate) fn check(
        &self,
        signed: &BTreeMap<AllowanceId, u64>,
        cheated: &BTreeSet<AllowanceId>,
    ) -> Result<(), Broken> {
        for row in &self.0 {
            let honest = !cheated.contains(&row.id);
            let cap = signed_units(row.allowance.cap.value())?;
            let promised = signed_units(signed.get(&row.id).copied().unwrap_or(0))?;
            hold(Law::WithinAllowance, row.claimed <= promised, || {
                format!("{} are claimed of {}, and {promised} were signed", row.claimed, row.id)
            })?;
            hold(Law::NeverProvable, !honest || row.listed != Some(PROVEN), || {
                format!("{} is listed for a proof, and its payer is honest", row.id)
            })?;
            let Some((_, settlement)) = &row.settlement else {
                let even = row.held == row.reserved && row.people == row.guaranteed - row.reserved;
                hold(Law::WithinAllowance, even && row.fund == -row.guaranteed && row.fees == 0, || {
                    format!("{} of {} lie aside, people have {}", row.held, row.reserved, row.people)
                })?;
                continue;
            };
            let totals = &settlement.totals;
            let (reserve, balance) = (signed_units(totals.reserve)?, signed_units(totals.balance)?);
            let fund = signed_units(totals.fund)?;
            let even = row.held == 0 && row.fund == -fund && row.people == fund - row.fees;
            hold(Law::WithinAllowance, even, || {
                format!("of {} {} lie aside, the fund has {}, people {}", row.id, row.held, row.fund, row.people)
            })?;
            hold(Law::WithinAllowance, reserve == row.claimed.min(cap) && balance <= cap, || {
                format!("{reserve} and {balance} were paid of {cap}, for {}", row.claimed)
            })?;
            hold(Law::WithinAllowance, (0..=row.reserved - cap).contains(&row.fees), || {
                format!("a fee of {}, and {} were shown", row.fees, row.reserved - cap)
            })?;
            let plain = row.claimed <= cap && balance == 0 && fund == 0 && settlement.conflict.is_none();
            hold(Law::AsShown, !honest || plain, || {
                format!("an honest payer of {cap} is charged {balance} more, for {}", row.claimed)
            })?;
        }
        Ok(())
    }
}

fn signed_units(units: u64) -> Result<i64, Broken> {
    Ok(i64::try_from(units)?)
}

/// A payment that somebody took without network.
#[derive(Clone, Debug)]
pub(crate) struct Took {
    id: Digest,
    /// What it was told that it could lose, and of which payments.
    most: u64,
    of: Vec<Digest>,
    /// What of them had arrived: the fund's, which the ledger that was lost said.
    arrived: u64,
    /// The time to spend was not over.
    in_time: bool,
}

impl Took {
    /// What is at stake in the moment of the taking.
    pub(crate) fn now(disk: &dyn Store, id: Digest, most: u64, in_time: bool) -> Result<Self, Broken> {
        let all: Vec<TakenOffline> = all_kept(disk)?;
        let (mut of, mut sum) = (Vec::new(), 0);
        for taken in all.iter().filter(|taken| !taken.state.is_over()) {
            of.push(taken.id);
            sum += arrived(taken)?;
        }
        Ok(Self { id, most, of, arrived: sum, in_time })
    }
}

/// What counts of a receipt.
fn counts(said: &Option<Said>) -> Option<&Said> {
    said.as_ref().filter(|said| said.counts)
}

/// What of a payment has arrived.
fn arrived(taken: &TakenOffline) -> Result<u64, Broken> {
    if let Some(said) = counts(&taken.settlement) {
        let line = Signed::<Settlement>::parse(said.bytes.as_slice())?.claims().line;
        return Ok(line.map_or(0, |line| line.reserve.get() + line.balance.get() + line.fund.get()));
    }
    match counts(&taken.receipt) {
        Some(said) => Ok(Signed::<OfflineReceipt>::parse(said.bytes.as_slice())?.claims().guaranteed.get()),
        None => Ok(0),
    }
}

/// What allowances have changed about a balance, by the receipts of them.
pub(crate) fn counted(store: &dyn Store) -> Result<i128, Broken> {
    let mut sum = 0;
    for own in all_kept::<OwnAllowance>(store)? {
        if counts(&own.allowance).is_none() {
            continue;
        }
        let Some(said) = counts(&own.settlement) else {
            sum -= i128::from(own.reserved.value());
            continue;
        };
        let totals = Signed::<Settlement>::parse(said.bytes.as_slice())?.claims().totals;
        let fee = own.fee.map_or(0, |fee| fee.value());
        sum -= i128::from(totals.reserve) + i128::from(totals.balance) + i128::from(fee);
    }
    for taken in all_kept::<TakenOffline>(store)? {
        sum += i128::from(arrived(&taken)?);
    }
    Ok(sum)
}

/// True when nothing that was signed about an allowance is without an answer.
pub(crate) fn nothing_waits(store: &dyn Store) -> bool {
    let own = all_kept::<OwnAllowance>(store).unwrap_or_default();
    let taken = all_kept::<TakenOffline>(store).unwrap_or_default();
    let unread = all_kept::<UnreadSettlement>(store).unwrap_or_default();
    let unsent = own.iter().any(|own| own.order.is_some() || own.revoking().is_some());
    !unsent && unread.is_empty() && !taken.iter().any(|taken| taken.claim.is_some() && !taken.state.is_over())
}

/// What goes out about an allowance is in the store, whatever happens next.
pub(crate) fn stored(store: &dyn Store, call: &Call) -> Result<(), Broken> {
    let is_act =
        matches!(call.path.as_str(), "/v1/allowances" | "/v1/allowances/revocations" | "/v1/allowances/claims");
    if !is_act || call.method == Method::Get {
        return Ok(());
    }
    let sent = match call.path.as_str() {
        "/v1/allowances" => OrderBody::decode(&call.body)?.order.as_slice().to_vec(),
        _ => call.body.clone(),
    };
    let (own, taken): (Vec<OwnAllowance>, Vec<TakenOffline>) = (all_kept(store)?, all_kept(store)?);
    let orders = own.iter().filter_map(|own| own.order.as_ref()).map(|order| &order.signed);
    let revokes = own.iter().filter_map(|own| own.revoke.as_ref()).map(|act| &act.signed);
    let claims = taken.iter().filter_map(|taken| taken.claim.as_ref()).map(|act| &act.signed);
    let kept = orders.chain(revokes).chain(claims).any(|kept| kept.as_slice() == sent.as_slice());
    hold(Law::StoredBeforeSent, kept, || "something of an allowance goes out that is not stored".to_owned())
}

/// Everything is settled, and both sides know it as the verifier does. Who took payments lost no more than it was shown, and
/// nothing by honest payers.
pub(crate) fn check_ending(
    end: &Ending<'_>,
    took: &[Took],
    cheated: &BTreeSet<AllowanceId>,
    was_restored: bool,
    db: &Connection,
) -> Result<(), Broken> {
    let rows = Allowances::read(db)?.0;
    let (own, taken): (Vec<OwnAllowance>, Vec<TakenOffline>) = (all_kept(end.store)?, all_kept(end.store)?);
    hold(Law::NoDeadEnd, nothing_waits(end.store), || format!("{}: something of an allowance waits", end.name))?;
    for own in &own {
        hold(Law::NoDeadEnd, own.state.is_over(), || format!("{}: {} is {:?}", end.name, own.id, own.state))?;
    }
    for row in rows.iter().filter(|row| row.payer == *end.account.as_bytes()) {
        let known = own.iter().find(|own| own.id == row.id);
        let theirs = row.settlement.as_ref().map(|(bytes, _)| bytes.as_slice());
        let ours = known.and_then(|own| counts(&own.settlement)).map(|said| said.bytes.as_slice());
        let state = known.map(|own| own.state);
        let agree = ours.is_some() && ours == theirs && state == Some(AllowanceState::Settled);
        hold(Law::Agreement, agree, || format!("{}: {} is {state:?} here, and settled there", end.name, row.id))?;
    }
    for taken in &taken {
        let row = rows.iter().find(|row| row.id == taken.allowance);
        let ours = took.iter().find(|took| took.id == taken.id);
        let (amount, here) = (taken.amount.value(), arrived(taken)?);
        hold(Law::WithinAllowance, here <= amount, || format!("{}: {here} came for {amount}", end.name))?;
        let safe = row.is_some() && !cheated.contains(&taken.allowance) && ours.is_some_and(|took| took.in_time);
        hold(Law::AsShown, !safe || (here == amount && taken.state == TakenState::Settled), || {
            format!("{}: {here} came for {amount} of an honest payer, and it is {:?}", end.name, taken.state)
        })?;
    }
    for took in took {
        let mut lost = 0;
        for taken in taken.iter().filter(|taken| took.of.contains(&taken.id)) {
            lost += taken.amount.value().saturating_sub(arrived(taken)?);
        }
        // What had arrived can be gone with a history that was lost: signed, named as lost, and the operator's debt.
        let most = took.most + if was_restored { took.arrived } else { 0 };
        hold(Law::AsShown, lost <= most, || {
            format!("{}: lost {lost}, and was shown that it could lose {most}", end.name)
        })?;
    }
    lines(end, &taken, db)
}

/// The lines of settlements that the verifier has for an account are known to it.
fn lines(end: &Ending<'_>, taken: &[TakenOffline], db: &Connection) -> Result<(), Broken> {
    let mut statement = db.prepare_cached(
        "SELECT l.voucher, l.signed FROM settlement_lines l JOIN accounts a ON a.number = l.account WHERE a.id = ?1",
    )?;
    let mut rows = statement.query([end.account.as_bytes()])?;
    while let Some(row) = rows.next()? {
        let (voucher, bytes): ([u8; 32], Vec<u8>) = (row.get(0)?, row.get(1)?);
        let known = taken.iter().find(|taken| *taken.id.as_bytes() == voucher);
        let ours = known.and_then(|taken| counts(&taken.settlement)).map(|said| said.bytes.as_slice());
        hold(Law::Agreement, ours == Some(bytes.as_slice()), || {
            format!("{}: a share is not as the verifier has it", end.name)
        })?;
    }
    Ok(())
}
