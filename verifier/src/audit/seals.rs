//! The part of the audit that is about periodic checkpoints: each is recomputed from the receipts and postings under it.

use super::{Authority, Finding, expect, mismatch, rows};
use crate::seal::leaf_of;
use crate::store::seals::{self, Changed};
use crate::store::{int, uint};
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::Verified;
use farthing_protocol::http::AssetBalance;
use farthing_protocol::id::{Digest, Seq};
use farthing_protocol::merkle::{self, Leaves};
use farthing_protocol::money::{Asset, Code};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Every checkpoint follows the one before it in its epoch, and its roots are those of the ledger below it.
pub(super) fn check(db: &Connection, authority: &Authority) -> Result<(), Finding> {
    if !db.table_exists(None, "seals")? {
        return Ok(());
    }
    let secret = seals::secret(db)?;
    let assets = assets(db)?;
    let (mut log, mut balances, mut sealed) = (Frontier::default(), Balances::default(), 0);
    let mut last: Option<Verified<Checkpoint>> = None;
    for (first, epoch, signed, stored) in rows::<(i64, i64, Vec<u8>, Vec<u8>)>(
        db,
        "SELECT first_seq, epoch, signed, leaves FROM seals ORDER BY first_seq",
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
    )? {
        let what = format!("the checkpoint before position {first}");
        let checkpoint = authority.signed::<Checkpoint>(&signed, &what)?;
        let size = uint(first).saturating_sub(1);
        let place = checkpoint.place() == (farthing_protocol::id::Epoch::new(uint(epoch)), Seq::new(uint(first)));
        expect(place && checkpoint.verifier == authority.verifier, || format!("{what} is another"))?;
        follows(authority, &checkpoint, last.as_ref(), &what)?;
        log.grow(db, sealed, size)?;
        balances.grow(db, sealed, size)?;
        let mut hashes = Vec::new();
        for account in seals::changed(db, sealed, size)? {
            hashes.push(leaf_of(&secret, &account, Seq::new(uint(first)), balances.of(&account, &assets)).hash());
        }
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.as_bytes().iter().copied()).collect();
        expect(bytes == stored, || format!("{what} has other accounts than the ledger below it"))?;
        let accounts = merkle::root(hashes.len() as u64, &mut Leaves(&hashes)).map_err(|_| mismatch(what.clone()))?;
        let found = checkpoint.sealed().ok_or_else(|| mismatch(format!("{what} has no roots")))?;
        expect(found.log == log.root(), || format!("{what} has another root than its receipts"))?;
        expect(found.accounts == accounts, || format!("{what} has another root than its accounts"))?;
        sealed = size;
        last = Some(checkpoint);
    }
    let nodes = db.query_row("SELECT count(*) FROM log_nodes", [], |row| row.get::<_, i64>(0)).map(uint)?;
    expect(nodes == log.stored, || "the log has a node of nothing".to_owned())?;
    let known: i64 = db.query_row("SELECT sealed_seq FROM ledger", [], |row| row.get(0))?;
    expect(uint(known) == sealed, || "the ledger is not sealed as far as it says".to_owned())
}

/// It is signed by a key of its epoch, and names the one before it there.
fn follows(
    authority: &Authority,
    checkpoint: &Verified<Checkpoint>,
    last: Option<&Verified<Checkpoint>>,
    what: &str,
) -> Result<(), Finding> {
    let kid = checkpoint.signed().kid();
    let certified = authority.certificates.iter().any(|c| c.signing.kid() == kid && checkpoint.is_within(c));
    expect(certified, || format!("{what} is signed by a key that was not in force"))?;
    let opening = authority.opening(checkpoint.epoch).ok_or_else(|| mismatch(format!("{what} is of no epoch")))?;
    let before = last.filter(|last| last.epoch == checkpoint.epoch).map_or(opening, |last| last);
    let holds = checkpoint.previous == Some(before.hash())
        && before.first_seq < checkpoint.first_seq
        && before.time <= checkpoint.time;
    expect(holds, || format!("{what} does not follow the one before"))
}

fn assets(db: &Connection) -> Result<BTreeMap<i64, Asset>, Finding> {
    let found = rows::<(i64, String, u8)>(db, "SELECT number, code, scale FROM assets", |r| {
        Ok((r.get(0)?, r.get(1)?, r.get(2)?))
    })?;
    let asset = |(number, code, scale): (i64, String, u8)| {
        let asset = Code::new(&code).and_then(|code| Asset::new(code, scale));
        Ok((number, asset.map_err(|error| mismatch(format!("asset {number}: {error}")))?))
    };
    found.into_iter().map(asset).collect()
}

/// The complete subtrees on the left side of a log that grows, from the largest to the smallest.
#[derive(Default)]
struct Frontier {
    trees: Vec<(u32, u64, Digest)>,
    /// Nodes that the ledger stores of it.
    stored: u64,
}

impl Frontier {
    fn grow(&mut self, db: &Connection, from: u64, to: u64) -> Result<(), Finding> {
        let mut statement = db.prepare("SELECT receipt FROM transactions WHERE seq > ?1 AND seq <= ?2 ORDER BY seq")?;
        let mut found = statement.query(params![int(from), int(to)])?;
        let mut number = from;
        while let Some(row) = found.next()? {
            self.push(db, (0, number, merkle::leaf(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)))?;
            number += 1;
        }
        expect(number == to, || format!("positions are missing below {to}"))
    }

    fn push(&mut self, db: &Connection, mut tree: (u32, u64, Digest)) -> Result<(), Finding> {
        while let Some(left) = self.trees.pop_if(|left| left.0 == tree.0) {
            tree = (tree.0 + 1, left.1 / 2, merkle::node(&left.2, &tree.2));
            if tree.0.is_multiple_of(8) {
                let stored: [u8; 32] = db
                    .prepare_cached("SELECT hash FROM log_nodes WHERE height = ?1 AND number = ?2")?
                    .query_row(params![tree.0, int(tree.1)], |row| row.get(0))?;
                expect(stored == *tree.2.as_bytes(), || "a node of the log is another".to_owned())?;
                self.stored += 1;
            }
        }
        self.trees.push(tree);
        Ok(())
    }

    fn root(&self) -> Digest {
        let mut trees = self.trees.iter().rev();
        let Some(last) = trees.next() else { return merkle::empty() };
        trees.fold(last.2, |right, left| merkle::node(&left.2, &right))
    }
}

/// Balances as the postings add up, up to a position.
#[derive(Default)]
struct Balances(BTreeMap<(i64, i64), i128>);

impl Balances {
    fn grow(&mut self, db: &Connection, from: u64, to: u64) -> Result<(), Finding> {
        let mut statement = db.prepare("SELECT account, asset, amount FROM postings WHERE seq > ?1 AND seq <= ?2")?;
        let mut found = statement.query(params![int(from), int(to)])?;
        while let Some(row) = found.next()? {
            *self.0.entry((row.get(0)?, row.get(1)?)).or_default() += i128::from(row.get::<_, i64>(2)?);
        }
        Ok(())
    }

    fn of(&self, account: &Changed, assets: &BTreeMap<i64, Asset>) -> Vec<AssetBalance> {
        let own = self.0.range((account.number, i64::MIN)..=(account.number, i64::MAX)).filter(|(_, sum)| **sum != 0);
        own.filter_map(|((_, asset), sum)| {
            Some(AssetBalance { asset: *assets.get(asset)?, balance: u64::try_from(*sum).ok()? })
        })
        .collect()
    }
}
