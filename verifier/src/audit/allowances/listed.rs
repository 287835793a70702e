//! Why an allowance is on the list of revoked ones.

use super::life::Life;
use super::{Authority, Finding, expect, mismatch, parse, signed_by};
use farthing_protocol::act::Act as _;
use farthing_protocol::device::DeviceCertificate;
use farthing_protocol::id::AccountId;
use farthing_protocol::offline::{AllowanceRevoke, Proof};
use rusqlite::{Connection, OptionalExtension as _};

/// Its payer revoked it, or a proof holds.
pub(super) fn check(db: &Connection, authority: &Authority, life: &Life, allowance: &[u8]) -> Result<(), Finding> {
    let Some((why, by)) = &life.listed else { return Ok(()) };
    let wrong = || mismatch(format!("{} is listed as revoked, and nothing says why", life.what()));
    if *why != 1 {
        let proof = Proof::decode(by).map_err(|_| wrong())?;
        let proven = proof.prove(&authority.verifier).map_err(|_| wrong())?;
        return expect(proven.allowance.bytes() == allowance, || {
            format!("{} is proven by another's proof", life.what())
        });
    }
    let header = parse::<AllowanceRevoke>(by, "a revocation")?.claims().header();
    let found: Option<(Vec<u8>, [u8; 16])> = db
        .prepare_cached(
            "SELECT d.certificate, a.id FROM devices d JOIN accounts a ON a.number = d.account WHERE d.id = ?1 AND d.account = ?2",
        )?
        .query_row((header.device.as_bytes(), life.account), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (certificate, account) = found.ok_or_else(wrong)?;
    let session = parse::<DeviceCertificate>(&certificate, "a device")?.claims().session;
    let revoke = signed_by::<AllowanceRevoke>(by, &session, "a revocation")?;
    let theirs = header.account == AccountId::new(account)
        && header.verifier == authority.verifier
        && revoke.allowance == life.id;
    expect(theirs, || format!("{} is revoked by somebody else", life.what()))
}
