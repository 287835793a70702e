//! What was asked of holds and allowances, as the journal has it: signed by the device that it names, and answered by what belongs to it.

use super::{Authority, Finding, expect, parse, signed_by};
use crate::act::ACT_KEPT;
use crate::store::ledger::Kind;
use crate::store::tab_journal::TabKind;
use crate::store::uint;
use farthing_protocol::act::Act;
use farthing_protocol::cose::{Object, Verified};
use farthing_protocol::device::DeviceCertificate;
use farthing_protocol::id::{AccountId, DeviceId, Digest, VerifierId};
use farthing_protocol::key::PublicKey;
use farthing_protocol::limits::REFUSAL_KEPT;
use farthing_protocol::offline::{AllowanceOrder, AllowanceRevoke, OfflineClaim};
use farthing_protocol::refusal::Refusal;
use farthing_protocol::tab::{Claim, HoldChange, HoldClose, HoldId, HoldOrder, HoldRelease, Voucher};
use farthing_protocol::time::Time;
use rusqlite::{Connection, Row, params};

/// What stands in the journal for a position, whoever signed it.
pub(in crate::audit) struct Asked {
    pub(in crate::audit) kind: TabKind,
    signed: Vec<u8>,
    act: PublicKey,
    session: PublicKey,
    /// Account row, account, id, hash, device.
    pub(in crate::audit) who: (i64, AccountId, [u8; 16], Digest, DeviceId),
    /// Asset and amount that count to the device's limit per day.
    pub(in crate::audit) counted: (Option<i64>, Option<i64>),
    pub(in crate::audit) decided: Time,
}

const ASKED: &str =
    "SELECT j.kind, j.signed, d.certificate, j.account, a.id, j.id, j.hash, d.id, j.amount, j.decided_ms, j.asset
     FROM tab_journal j JOIN accounts a ON a.number = j.account JOIN devices d ON d.number = j.device";

impl Asked {
    /// What made a position; nothing for one that time made.
    pub(in crate::audit) fn at(db: &Connection, seq: i64) -> Result<Option<Self>, Finding> {
        let mut statement = db.prepare_cached(&format!("{ASKED} WHERE j.seq = ?1"))?;
        let mut found = statement.query([seq])?;
        found.next()?.map(Self::read).transpose()
    }

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
            counted: (row.get(10)?, row.get(8)?),
            decided: Time::from_ms(uint(row.get(9)?)),
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
        expect(same, || "what was asked is another's".to_owned())
    }

    pub(super) fn order(&self, at: &Authority) -> Result<Verified<HoldOrder>, Finding> {
        let order = signed_by::<HoldOrder>(&self.signed, &self.act, "a hold's order")?;
        self.same(order.verifier, order.hash(), *order.id.as_bytes(), order.account, order.device, at)?;
        Ok(order)
    }

    pub(super) fn change(&self, at: &Authority) -> Result<Verified<HoldChange>, Finding> {
        let change = signed_by::<HoldChange>(&self.signed, &self.act, "a hold's change")?;
        self.same(change.verifier, change.hash(), *change.id.as_bytes(), change.account, change.device, at)?;
        Ok(change)
    }

    pub(in crate::audit) fn allowance_order(&self, at: &Authority) -> Result<Verified<AllowanceOrder>, Finding> {
        let order = signed_by::<AllowanceOrder>(&self.signed, &self.act, "an allowance's order")?;
        self.same(order.verifier, order.hash(), *order.id.as_bytes(), order.account, order.device, at)?;
        Ok(order)
    }

    pub(in crate::audit) fn of<T: Act + Object>(&self, at: &Authority) -> Result<Verified<T>, Finding> {
        let act = signed_by::<T>(&self.signed, &self.session, "an act on a hold or an allowance")?;
        let header = act.header();
        self.same(header.verifier, act.hash(), *header.id.as_bytes(), header.account, header.device, at)?;
        Ok(act)
    }
}

/// What made no position: refused, or answered by a receipt of the hold that it names; a revocation by that of its allowance.
pub(super) fn without_position(db: &Connection, authority: &Authority) -> Result<(), Finding> {
    let mut statement = db.prepare(&format!(
        "{} WHERE j.seq IS NULL",
        ASKED.replacen("j.asset", "j.asset, j.refusal, j.answer, j.sweep_ms", 1)
    ))?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let asked = Asked::read(row)?;
        let act_kept = asked.decided.plus(ACT_KEPT);
        // What it names, of an order when it was made, and until when the row is kept.
        let (name, created, until) = match asked.kind {
            TabKind::Place => {
                let order = asked.order(authority)?;
                (HoldId::of(order.signed()).as_bytes().to_vec(), Some(order.created), order.expires.plus(REFUSAL_KEPT))
            }
            TabKind::Change => {
                let change = asked.change(authority)?;
                (change.hold.as_bytes().to_vec(), Some(change.created), change.expires.plus(REFUSAL_KEPT))
            }
            TabKind::Close => (asked.of::<HoldClose>(authority)?.hold.as_bytes().to_vec(), None, act_kept),
            TabKind::Release => (asked.of::<HoldRelease>(authority)?.hold.as_bytes().to_vec(), None, act_kept),
            TabKind::Claim => {
                let claim = asked.of::<Claim>(authority)?;
                let voucher = parse::<Voucher>(claim.voucher.as_slice(), "a voucher")?;
                (voucher.claims().hold.as_bytes().to_vec(), None, act_kept)
            }
            TabKind::Allow => {
                let order = asked.allowance_order(authority)?;
                (Vec::new(), Some(order.created), order.expires.plus(REFUSAL_KEPT))
            }
            TabKind::OfflineClaim => {
                asked.of::<OfflineClaim>(authority)?;
                (Vec::new(), None, act_kept)
            }
            TabKind::Revoke => (asked.of::<AllowanceRevoke>(authority)?.allowance.as_bytes().to_vec(), None, act_kept),
        };
        let kept = until.as_ms() == uint(row.get(13)?);
        expect(kept, || "what was asked is not kept as long as it must be".to_owned())?;
        let holds = match (row.get::<_, Option<Vec<u8>>>(11)?, row.get::<_, Option<i64>>(12)?) {
            (Some(refusal), None) => {
                let refusal = authority.signed::<Refusal>(&refusal, "a refusal")?;
                if let Some(created) = created {
                    crate::audit::ledger::of_its_epoch(authority, created, refusal.epoch)?;
                }
                refusal.order == asked.who.3 && refusal.time == asked.decided
            }
            (None, Some(answer)) if asked.kind == TabKind::Revoke => db
                .prepare_cached("SELECT 1 FROM allowances WHERE seq = ?1 AND allowance = ?2 AND listed IS NOT NULL")?
                .exists(params![answer, name])?,
            (None, Some(answer)) => db
                .prepare_cached(
                    "SELECT 1 FROM hold_positions p JOIN holds h ON h.number = p.hold JOIN transactions t ON t.seq = p.seq
                     WHERE p.seq = ?1 AND h.hold = ?2 AND t.kind = ?3",
                )?
                .exists(params![answer, name, answered_by(asked.kind)])?,
            _ => false,
        };
        expect(holds, || "what was asked was answered by another's answer".to_owned())?;
    }
    Ok(())
}

/// The kind of position whose receipt answers what changed nothing; none for what always changes something.
const fn answered_by(kind: TabKind) -> i64 {
    match kind {
        TabKind::Close => Kind::Hold as i64,
        TabKind::Claim => Kind::Claim as i64,
        TabKind::Place
        | TabKind::Change
        | TabKind::Release
        | TabKind::Allow
        | TabKind::OfflineClaim
        | TabKind::Revoke => 0,
    }
}
