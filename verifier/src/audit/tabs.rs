//! The part of the audit that is about tabs: the life of each hold is lived again by the protocol's own rules, from what was signed, and
//! must lead to the receipts, postings and rows that are there.

use super::{Authority, Finding, Position, expect, has_tabs, mismatch, parse, rows, signed_by};
use crate::act::ACT_KEPT;
use crate::store::ledger::{FEES, HELD, Kind};
use crate::store::tab_journal::TabKind;
use crate::store::{int, uint};
use farthing_protocol::act::Act;
use farthing_protocol::cose::{Object, Signed, Verified};
use farthing_protocol::device::DeviceCertificate;
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::id::{AccountId, DeviceId, Digest, Epoch, Handle, VerifierId};
use farthing_protocol::key::Kid;
use farthing_protocol::limits::REFUSAL_KEPT;
use farthing_protocol::money::Amount;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::tab::{
    Claim, ClaimReceipt, Hold, HoldChange, HoldClose, HoldError, HoldId, HoldOrder, HoldReceipt, HoldRelease,
    HoldState, Voucher,
};
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::collections::{BTreeMap, BTreeSet};

/// The signed receipt of a position that is a hold's.
pub(super) fn position(
    db: &Connection,
    authority: &Authority,
    seq: u64,
    kind: i64,
    receipt: &[u8],
) -> Result<(Kid, Position), Finding> {
    let what = format!("the receipt of {seq}");
    let of_a_hold = db.prepare_cached("SELECT 1 FROM hold_positions WHERE seq = ?1")?.exists([int(seq)])?;
    expect(of_a_hold, || format!("position {seq} belongs to no hold"))?;
    if kind == Kind::Hold as i64 {
        let receipt = authority.signed::<HoldReceipt>(receipt, &what)?;
        let at =
            Position { epoch: receipt.epoch, seq: receipt.seq, checkpoint: receipt.checkpoint, time: receipt.time };
        return Ok((receipt.signed().kid(), at));
    }
    let receipt = authority.signed::<ClaimReceipt>(receipt, &what)?;
    let at = Position { epoch: receipt.epoch, seq: receipt.seq, checkpoint: receipt.checkpoint, time: receipt.time };
    Ok((receipt.signed().kid(), at))
}

/// Lives each hold again. What lies in the held account is what they have left.
pub(super) fn check(db: &Connection, authority: &Authority) -> Result<(), Finding> {
    if !has_tabs(db)? {
        return Ok(());
    }
    let mut held: BTreeMap<i64, i128> = BTreeMap::new();
    for number in rows::<i64>(db, "SELECT number FROM holds ORDER BY number", |r| r.get(0))? {
        let life = Life::of(db, number)?;
        let (asset, left) = (life.asset, life.live(db, authority)?);
        *held.entry(asset).or_default() += i128::from(left.value());
    }
    let balances = "SELECT asset, balance FROM balances WHERE account = ?1";
    for (asset, balance) in db
        .prepare(balances)?
        .query_map([HELD], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?
    {
        let due = held.remove(&asset).unwrap_or_default();
        expect(due == i128::from(balance), || format!("{balance} is set aside for holds that have {due} left"))?;
    }
    expect(held.values().all(|left| *left == 0), || "holds have money left that is not set aside".to_owned())?;
    undecided(db, authority)?;
    nothing_extra(db)
}

fn nothing_extra(db: &Connection) -> Result<(), Finding> {
    for (what, sql) in [
        (
            "a position of a hold",
            "SELECT 1 FROM hold_positions p JOIN transactions t ON t.seq = p.seq WHERE t.kind NOT IN (4, 5)",
        ),
        (
            "what was asked of a hold",
            "SELECT 1 FROM tab_journal j LEFT JOIN hold_positions p ON p.seq = j.seq WHERE j.seq IS NOT NULL AND p.seq IS NULL",
        ),
        (
            "an entry",
            "SELECT 1 FROM entries e JOIN transactions t ON t.seq = e.seq WHERE (e.kind IN (5, 6)) <> (t.kind = 4) OR (e.kind IN (7, 8)) <> (t.kind = 5)",
        ),
    ] {
        expect(!db.prepare(sql)?.exists([])?, || format!("{what} belongs to no position"))?;
    }
    Ok(())
}

/// A hold's row, and what it says it came to.
struct Life {
    number: i64,
    id: HoldId,
    account: i64,
    payee: i64,
    handle: i64,
    asset: i64,
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
}

/// What stands in the journal for a position, whoever signed it.
struct Asked {
    kind: TabKind,
    signed: Vec<u8>,
    act: farthing_protocol::key::PublicKey,
    session: farthing_protocol::key::PublicKey,
    /// Account row, account, id, hash, device.
    who: (i64, AccountId, [u8; 16], Digest, DeviceId),
    amount: Option<i64>,
    asset: Option<i64>,
    decided: Time,
}

const ASKED: &str =
    "SELECT j.kind, j.signed, d.certificate, j.account, a.id, j.id, j.hash, d.id, j.amount, j.decided_ms, j.asset
     FROM tab_journal j JOIN accounts a ON a.number = j.account JOIN devices d ON d.number = j.device";

impl Asked {
    fn read(row: &Row<'_>) -> Result<Self, Finding> {
        let certificate = parse::<DeviceCertificate>(&row.get::<_, Vec<u8>>(2)?, "a device")?;
        let certificate = certificate.claims();
        Ok(Self {
            kind: TabKind::of_number(row.get(0)?),
            signed: row.get(1)?,
            act: certificate.act,
            session: certificate.session,
            who: (
                row.get(3)?,
                AccountId::new(row.get(4)?),
                row.get(5)?,
                Digest::new(row.get(6)?),
                DeviceId::new(row.get(7)?),
            ),
            amount: row.get(8)?,
            decided: Time::from_ms(uint(row.get(9)?)),
            asset: row.get(10)?,
        })
    }

    fn same(
        &self,
        verifier: VerifierId,
        hash: Digest,
        id: [u8; 16],
        account: AccountId,
        device: DeviceId,
        at: &Authority,
    ) -> Result<(), Finding> {
        let (_, known_account, known_id, known_hash, known_device) = self.who;
        let same = (known_account, known_id, known_hash, known_device) == (account, id, hash, device)
            && verifier == at.verifier;
        expect(same, || "what was asked of a hold is another's".to_owned())
    }

    fn order(&self, at: &Authority) -> Result<Verified<HoldOrder>, Finding> {
        let order = signed_by::<HoldOrder>(&self.signed, &self.act, "a hold's order")?;
        self.same(order.verifier, order.hash(), *order.id.as_bytes(), order.account, order.device, at)?;
        Ok(order)
    }

    fn change(&self, at: &Authority) -> Result<Verified<HoldChange>, Finding> {
        let change = signed_by::<HoldChange>(&self.signed, &self.act, "a hold's change")?;
        self.same(change.verifier, change.hash(), *change.id.as_bytes(), change.account, change.device, at)?;
        Ok(change)
    }

    fn of<T: Act + Object>(&self, at: &Authority) -> Result<Verified<T>, Finding> {
        let act = signed_by::<T>(&self.signed, &self.session, "an act on a hold")?;
        let header = act.header();
        self.same(header.verifier, act.hash(), *header.id.as_bytes(), header.account, header.device, at)?;
        Ok(act)
    }
}

impl Life {
    fn of(db: &Connection, number: i64) -> Result<Self, Finding> {
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
    fn live(&self, db: &Connection, authority: &Authority) -> Result<Amount, Finding> {
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
            let asked = self.asked(db, seq)?;
            let time = Time::from_ms(uint(time));
            if let Some(asked) = &asked {
                expect(asked.decided == time, || format!("the journal has another time for {seq}"))?;
            }
            if lived.is_none() {
                expect(seq == self.seq, || format!("{} was placed at another position", self.what()))?;
            }
            let epoch = Epoch::new(uint(epoch));
            let (step, cause, voucher) =
                self.step(db, authority, (seq, epoch), lived.as_ref(), asked.as_ref(), time)?;
            let (order, placed) = match lived {
                Some((order, placed, _)) => (order, placed),
                None => (asked.ok_or_else(|| mismatch(self.what()))?.order(authority)?, time),
            };
            let fits = if kind == Kind::Hold as i64 {
                told = seq;
                let fee_of_cap = step.hold.fees.fee(&step.hold.bounds.cap).map_err(|e| mismatch(e.to_string()))?;
                fee == int(fee_of_cap.value())
                    && says_hold(&parse(&receipt, "a hold receipt")?, &order, &step.hold, placed, cause)
            } else {
                claimed = seq;
                fee == int(step.out[1].value())
                    && says_claim(&parse(&receipt, "a claim receipt")?, &order, &step, cause, voucher)
            };
            expect(fits, || format!("the receipt of {seq} is not what was asked of {}", self.what()))?;
            self.moved(db, uint(seq), &step)?;
            let shown = if kind == Kind::Hold as i64 { [5, 6] } else { [8, 7] };
            super::ledger::shown(db, uint(seq), &[(self.account, shown[0]), (self.payee, shown[1])])?;
            lived = Some((order, placed, step.hold));
        }
        let (_, _, hold) = lived.ok_or_else(|| mismatch(format!("{} was never placed", self.what())))?;
        let state = match hold.state {
            HoldState::Open => 1,
            HoldState::Closed => 2,
            HoldState::Ended => 3,
        };
        let bounds = hold.bounds;
        let [version, cap, total, spend, claim] = [
            bounds.version.get(),
            bounds.cap.value(),
            hold.claimed.value(),
            bounds.spend_until.as_ms(),
            bounds.claim_until.as_ms(),
        ]
        .map(int);
        expect(self.now == [state, version, cap, total, spend, claim, told, claimed], || {
            format!("{} is not what its positions made it", self.what())
        })?;
        hold.held().map_err(|e| mismatch(e.to_string()))
    }

    fn asked(&self, db: &Connection, seq: i64) -> Result<Option<Asked>, Finding> {
        let mut statement = db.prepare_cached(&format!("{ASKED} WHERE j.seq = ?1"))?;
        let mut found = statement.query([seq])?;
        found.next()?.map(Asked::read).transpose()
    }

    /// What the rules say that a position does.
    fn step(
        &self,
        db: &Connection,
        authority: &Authority,
        (seq, epoch): (i64, Epoch),
        before: Option<&(Verified<HoldOrder>, Time, Hold)>,
        asked: Option<&Asked>,
        time: Time,
    ) -> Result<(Lived, Option<Digest>, Option<Digest>), Finding> {
        let wrong = |error: HoldError| mismatch(format!("{} at {seq}: {error}", self.what()));
        let by = |account: i64| {
            let theirs = asked.is_none_or(|asked| asked.who.0 == account);
            expect(theirs, || format!("{} was changed at {seq} by somebody else", self.what()))
        };
        let Some((order, _, hold)) = before else {
            let asked = asked.filter(|asked| asked.kind == TabKind::Place);
            let asked = asked.ok_or_else(|| mismatch(format!("{} was not placed by an order", self.what())))?;
            by(self.account)?;
            let order = asked.order(authority)?;
            let hold = self.place(db, authority, seq, &order, time)?;
            super::ledger::of_its_epoch(authority, order.created, epoch)?;
            let counted = (asked.asset, asked.amount) == (Some(self.asset), Some(int(order.cap.value())));
            expect(counted, || format!("the journal has another cap for {seq}"))?;
            let set_aside = hold.held().map_err(|e| mismatch(e.to_string()))?;
            return Ok((
                Lived { hold, set_aside, out: [Amount::zero(order.cap.asset()); 3] },
                Some(order.hash()),
                None,
            ));
        };
        let nothing = Amount::zero(order.cap.asset());
        let ended = |(hold, back): (Hold, Amount)| Lived { hold, set_aside: nothing, out: [nothing, nothing, back] };
        let Some(asked) = asked else {
            let end = hold.end(time).map_err(wrong)?;
            let end = end.ok_or_else(|| mismatch(format!("{} was ended at {seq} before its time", self.what())))?;
            return Ok((ended(end), None, None));
        };
        Ok(match asked.kind {
            TabKind::Place => return Err(mismatch(format!("{} was placed twice", self.what()))),
            TabKind::Change => {
                by(self.account)?;
                let change = asked.change(authority)?;
                super::ledger::of_its_epoch(authority, change.created, epoch)?;
                expect(time < change.expires, || format!("{} was changed too late", self.what()))?;
                let (after, more) = hold.change(&change, time).map_err(wrong)?;
                let added = change.cap.value().saturating_sub(hold.bounds.cap.value());
                let counted = (asked.asset, asked.amount) == (Some(self.asset), Some(int(added)));
                expect(counted, || format!("the journal has another amount for {seq}"))?;
                (Lived { hold: after, set_aside: more, out: [nothing; 3] }, Some(change.hash()), None)
            }
            TabKind::Close => {
                by(self.account)?;
                let close = asked.of::<HoldClose>(authority)?;
                expect(close.hold == self.id && hold.state == HoldState::Open, || {
                    format!("{} was closed twice", self.what())
                })?;
                let after = hold.close(time).map_err(wrong)?;
                (Lived { hold: after, set_aside: nothing, out: [nothing; 3] }, Some(close.hash()), None)
            }
            TabKind::Release => {
                by(self.payee)?;
                let release = asked.of::<HoldRelease>(authority)?;
                expect(release.hold == self.id, || format!("{} was released by another's act", self.what()))?;
                (ended(hold.release(&release.total, time).map_err(wrong)?), Some(release.hash()), None)
            }
            TabKind::Claim => {
                by(self.payee)?;
                let claim = asked.of::<Claim>(authority)?;
                let voucher = signed_by::<Voucher>(claim.voucher.as_slice(), &hold.voucher_key, "a voucher")?;
                let claimed = hold.claim(&claim.total, &voucher, time).map_err(wrong)?;
                let (after, posting) =
                    claimed.ok_or_else(|| mismatch(format!("position {seq} claims what was claimed before")))?;
                let lived = Lived { hold: after, set_aside: nothing, out: [posting.amount, posting.fee, nothing] };
                (lived, Some(claim.hash()), Some(voucher.hash()))
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
        let asset = super::ledger::asset_number(db, &order.cap.asset())?;
        expect(asset == self.asset, || format!("{} is in another asset", self.what()))?;
        let schedule =
            authority.fees.get(&order.fee_version.get()).ok_or_else(|| mismatch("an unknown fee schedule"))?;
        let terms: Option<&Terms> = schedule.terms.iter().find(|terms| terms.asset == order.cap.asset());
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
        let postings = [
            (self.account, back - set_aside),
            (self.payee, to_payee),
            (FEES, fee),
            (HELD, set_aside - to_payee - fee - back),
        ];
        let expected: BTreeSet<_> = postings
            .into_iter()
            .filter(|(_, amount)| *amount != 0)
            .map(|(of, amount)| (of, self.asset, amount))
            .collect();
        super::ledger::postings(db, seq, &expected)
    }
}

fn says_hold(
    receipt: &Signed<HoldReceipt>,
    order: &HoldOrder,
    hold: &Hold,
    placed: Time,
    cause: Option<Digest>,
) -> bool {
    let says = receipt.claims();
    says.hold == hold.id
        && says.placed == placed
        && Some(says.cause) == cause
        && says.payee_key == order.payee_key
        && says.voucher_key == order.voucher_key
        && says.bounds() == hold.bounds
        && says.reference == order.reference
        && says.details == order.details
        && says.closed.is_some() == (hold.state == HoldState::Closed)
}

fn says_claim(
    receipt: &Signed<ClaimReceipt>,
    order: &HoldOrder,
    step: &Lived,
    cause: Option<Digest>,
    voucher: Option<Digest>,
) -> bool {
    let says = receipt.claims();
    says.hold == step.hold.id
        && says.payee_key == order.payee_key
        && says.total == step.hold.claimed
        && says.amount == step.out[0]
        && says.cause == cause
        && says.voucher == voucher
        && says.ended.is_some() == (step.hold.state == HoldState::Ended)
}

/// What made no position: refused, or answered by a receipt of the hold that it names.
fn undecided(db: &Connection, authority: &Authority) -> Result<(), Finding> {
    let mut statement = db.prepare(&format!(
        "{} WHERE j.seq IS NULL",
        ASKED.replacen("j.asset", "j.asset, j.refusal, j.answer, j.sweep_ms", 1)
    ))?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let asked = Asked::read(row)?;
        // Of an order when it was made, and until when the row is kept.
        let (hold, created, until) = match asked.kind {
            TabKind::Place => {
                let order = asked.order(authority)?;
                (HoldId::of(order.signed()), Some(order.created), order.expires.plus(REFUSAL_KEPT))
            }
            TabKind::Change => {
                let change = asked.change(authority)?;
                (change.hold, Some(change.created), change.expires.plus(REFUSAL_KEPT))
            }
            TabKind::Close => (asked.of::<HoldClose>(authority)?.hold, None, asked.decided.plus(ACT_KEPT)),
            TabKind::Release => (asked.of::<HoldRelease>(authority)?.hold, None, asked.decided.plus(ACT_KEPT)),
            TabKind::Claim => {
                let claim = asked.of::<Claim>(authority)?;
                let voucher = parse::<Voucher>(claim.voucher.as_slice(), "a voucher")?;
                (voucher.claims().hold, None, asked.decided.plus(ACT_KEPT))
            }
        };
        let kept = until.as_ms() == uint(row.get(13)?);
        expect(kept, || "what was asked of a hold is not kept as long as it must be".to_owned())?;
        let holds = match (row.get::<_, Option<Vec<u8>>>(11)?, row.get::<_, Option<i64>>(12)?) {
            (Some(refusal), None) => {
                let refusal = authority.signed::<Refusal>(&refusal, "a refusal")?;
                if let Some(created) = created {
                    super::ledger::of_its_epoch(authority, created, refusal.epoch)?;
                }
                refusal.order == asked.who.3 && refusal.time == asked.decided
            }
            (None, Some(answer)) => db
                .prepare_cached(
                    "SELECT 1 FROM hold_positions p JOIN holds h ON h.number = p.hold JOIN transactions t ON t.seq = p.seq
                     WHERE p.seq = ?1 AND h.hold = ?2 AND t.kind = ?3",
                )?
                .exists(params![answer, hold.as_bytes(), answered_by(asked.kind)])?,
            _ => false,
        };
        expect(holds, || "what was asked of a hold was answered by another's answer".to_owned())?;
    }
    Ok(())
}

/// The kind of position whose receipt answers what changed nothing; none for what always changes something.
const fn answered_by(kind: TabKind) -> i64 {
    match kind {
        TabKind::Close => Kind::Hold as i64,
        TabKind::Claim => Kind::Claim as i64,
        TabKind::Place | TabKind::Change | TabKind::Release => 0,
    }
}

/// True for a position of a hold.
pub(super) const fn is_one(kind: i64) -> bool {
    kind == Kind::Hold as i64 || kind == Kind::Claim as i64
}
