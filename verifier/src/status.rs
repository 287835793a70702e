//! What the verifier says of itself, and of an account to its owner.

use crate::context::Context;
use crate::fault::Fault;
use crate::store::{accounts, handles, ledger, prekeys, uint};
use farthing_protocol::cbor::Bytes;
use farthing_protocol::http::{AccountStatus, AssetBalance, MEDIA_CBOR, Reply, VerifierStatus};
use farthing_protocol::id::Nonce;
use farthing_protocol::limits::CERTIFICATES_MAX;
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// Certificates, checkpoint, fees and head: all signed, so anybody may pass them on.
pub(crate) fn verifier(db: &Connection, context: &Context, nonce: Nonce, time: Time) -> Result<Reply, Fault> {
    let certificates = db
        .prepare_cached("SELECT signed FROM certificates ORDER BY serial DESC LIMIT ?1")?
        .query_map([CERTIFICATES_MAX as i64], |row| row.get::<_, Vec<u8>>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    let checkpoint: Vec<u8> = db
        .prepare_cached("SELECT signed FROM checkpoints ORDER BY epoch DESC, first_seq DESC LIMIT 1")?
        .query_row([], |row| row.get(0))?;
    let status = VerifierStatus {
        certificates: certificates.into_iter().map(Bytes::new).collect::<Result<_, _>>()?,
        checkpoint: Bytes::new(checkpoint)?,
        fee_schedule: Bytes::new(ledger::fees(db, &context.fees)?.bytes().to_vec())?,
        head: Bytes::new(context.head(db, time, nonce)?)?,
    };
    Ok(Reply::ok(MEDIA_CBOR, status.encode()))
}

/// What an account holds, and its device list.
pub(crate) fn account(
    db: &Connection,
    context: &Context,
    account: i64,
    device: i64,
    nonce: Nonce,
    time: Time,
) -> Result<Reply, Fault> {
    let mut balances = Vec::new();
    for asset in ledger::fees(db, &context.fees)?.claims().assets() {
        let number = ledger::asset_number(db, &asset)?.ok_or(Fault::Damaged("an asset without a number"))?;
        let (balance, _) = ledger::balance(db, account, number)?;
        balances.push(AssetBalance { asset, balance: uint(balance) });
    }
    balances.sort_by_key(|row| row.asset);
    let status = AccountStatus {
        head: Bytes::new(context.head(db, time, nonce)?)?,
        balances,
        stock: handles::stock(db, device)?,
        list: Bytes::new(accounts::list(db, account)?)?,
        generation: accounts::generation(db, device)?,
        prekeys: prekeys::stock(db, device)?,
        aliases: handles::alias_records(db, account)?.into_iter().map(Bytes::new).collect::<Result<_, _>>()?,
    };
    Ok(Reply::ok(MEDIA_CBOR, status.encode()))
}
