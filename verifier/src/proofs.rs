//! What proves that something is under a checkpoint (docs/protocol.md 10.17). Paths consist of hashes alone, which say nothing of
//! whose neighbours they are.

use crate::fault::Fault;
use crate::seal;
use crate::store::log::{self, Log};
use crate::store::seals;
use farthing_protocol::cbor::Bytes;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::{AccountProof, Around, CheckpointStatus, EntryProof, MEDIA_CBOR, Reply};
use farthing_protocol::id::{Digest, Epoch, Seq};
use farthing_protocol::merkle::{self, Leaves};
use rusqlite::Connection;

/// How a place leads to the newest checkpoint.
pub(crate) fn checkpoints(db: &Connection, epoch: Epoch, first: Seq) -> Result<Reply, Fault> {
    let newest = seals::newest(db)?;
    let at = seals::at(db, epoch, first)?;
    let around = if at.is_none() && first > Seq::new(0) { around(db, epoch, first)? } else { None };
    let older = first.get().saturating_sub(1);
    let size = newest.as_ref().map_or(0, |(first, _)| first.get().saturating_sub(1));
    let status = CheckpointStatus {
        newest: newest.map(|(_, bytes)| Bytes::new(bytes)).transpose()?,
        at: at.map(|(_, bytes)| Bytes::new(bytes)).transpose()?,
        around,
        consistency: merkle::consistency(older, size, &mut Log(db))?,
    };
    Ok(Reply::ok(MEDIA_CBOR, status.encode()))
}

/// The two checkpoints of an epoch between which a place lies.
fn around(db: &Connection, epoch: Epoch, first: Seq) -> Result<Option<Around>, Fault> {
    let Some((next, after)) = seals::after(db, epoch, first)? else { return Ok(None) };
    let Some((_, before)) = seals::before(db, epoch, next)?.filter(|(place, _)| *place < first) else {
        return Ok(None);
    };
    Ok(Some(Around { before: Bytes::new(before)?, after: Bytes::new(after)? }))
}

/// The path of one of the account's own receipts in the log of a size that was sealed.
pub(crate) fn entry(db: &Connection, account: i64, seq: Seq, size: u64) -> Result<Reply, Fault> {
    let sealed = seals::row(db)?.sealed;
    let index = seq.get().checked_sub(1).filter(|index| *index < size && size <= sealed);
    let index = index.ok_or(ProblemCode::NotFound)?;
    if !log::is_shown(db, account, seq)? {
        return Err(ProblemCode::NotFound.into());
    }
    let proof = EntryProof { path: merkle::inclusion(index, size, &mut Log(db))? };
    Ok(Reply::ok(MEDIA_CBOR, proof.encode()))
}

/// What the newest checkpoint before which the account changed says of it.
pub(crate) fn account(db: &Connection, account: i64) -> Result<Reply, Fault> {
    let sealed = seals::row(db)?.sealed;
    let last = log::last_shown(db, account, sealed)?.ok_or(ProblemCode::NotFound)?;
    let covering = seals::covering(db, last)?.ok_or(ProblemCode::NotFound)?;
    let changed = seals::changed(db, covering.from, covering.first.get().saturating_sub(1))?;
    let place = changed.iter().position(|other| other.number == account).ok_or(ProblemCode::NotFound)?;
    let missing = || Fault::Damaged("a checkpoint without the accounts that it speaks of");
    let this = changed.get(place).ok_or_else(missing)?;
    let leaf = seal::leaf(db, &seals::secret(db)?, this, covering.first, Some(covering.first))?;
    let hashes: Vec<Digest> = covering.leaves.as_chunks::<32>().0.iter().map(|hash| Digest::new(*hash)).collect();
    if hashes.len() != changed.len() || hashes.get(place) != Some(&leaf.hash()) {
        return Err(missing());
    }
    let (index, size) = (place as u64, hashes.len() as u64);
    let proof = AccountProof {
        checkpoint: Bytes::new(covering.signed)?,
        leaf,
        index,
        size,
        path: merkle::inclusion(index, size, &mut Leaves(&hashes)).map_err(|_| missing())?,
    };
    Ok(Reply::ok(MEDIA_CBOR, proof.encode()))
}
