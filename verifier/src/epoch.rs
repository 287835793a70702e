//! Signing keys and epochs: how one follows the other (wire decisions 3 and 4).
//!
//! ```text
//! init                     certify                      restore of a backup that ends at seq 7
//! epoch 1, serial 1  ───▶  epoch 1, serial 2      ───▶  epoch 2, serial 66
//! from seq 1               from the last seq + 1        from seq 8; a checkpoint that names the one before
//! ```
//!
//! A backup does not know what was certified after it was made, and wallets take no certificate with a lower serial
//! than one that they saw. So a restore leaves room for the serials that may have been used since: a ledger has at most
//! [`CERTIFICATES_MAX`] certificates, hence that many for each epoch that it goes on.
//!
//! So it is with fees: an order names the version that its payer was shown, and another schedule under the same number would
//! take what nobody agreed to. A restore puts the backup's terms in force under a version that leaves room for
//! [`FEE_VERSIONS`] since the backup.
//!
//! An epoch opens once. Restoring the same backup a second time, after the first restore has served, needs an epoch
//! beyond that one: wallets have seen it, and would find another history in it.

use crate::keys::Keys;
use crate::setup;
use crate::store::parsed::Parsed;
use crate::store::{OpenError, int, ledger, prekeys};
use crate::verifier::Verifier;
use farthing_protocol::cbor::V1;
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::id::{Counter, Digest, Epoch, FeeVersion, Seq, VerifierId};
use farthing_protocol::key::{Ed25519Key, Kid, Signer as _};
use farthing_protocol::limits::CERTIFICATES_MAX;
use farthing_protocol::time::{Moment, Span, Time};
use farthing_protocol::verifier_certificate::{VerifierCertificate, verify_chain};
use rusqlite::{Connection, TransactionBehavior, params};

/// How long a signing key's certificate lasts; `certify` makes the next one. Ten years: an operator who forgets
/// must not lock everybody out, and a lost key is superseded, not waited for.
const CERTIFICATE_LIFE: Span = Span::from_h(24 * 3652);
/// Certificates up to which a key is replaced by choice. All that a ledger has are shown to every wallet, for receipts
/// of the first key stay checkable, so their number is bounded; the rest is for restores, which nobody chooses.
pub const CERTIFY_MAX: usize = CERTIFICATES_MAX - 16;
/// Versions of the fee schedule that an epoch has for itself; more changes than an operator makes.
const FEE_VERSIONS: u64 = 1_000_000;

/// What a restore changes of what the backup says. By default nothing, and the next epoch opens.
#[derive(Clone, Debug, Default)]
pub struct Reopening {
    /// An epoch beyond all that ever served; where a restore of the same backup has served before.
    pub epoch: Option<Epoch>,
    /// Where wallets reach the verifier.
    pub url: Option<String>,
    /// Where `run` listens.
    pub listen: Option<String>,
    /// TLS certificate and key (PEM files), for `run`.
    pub tls: Option<(String, String)>,
}

/// An epoch that a restore opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The epoch.
    pub epoch: Epoch,
    /// Its first position; what the backup does not have from here on is lost.
    pub first_seq: Seq,
    /// When it opened: orders made earlier that are not in the ledger are not decided any more.
    pub time: Time,
    /// The last time that the backup knows.
    pub backup_time: Time,
    /// The key that signs from now on.
    pub kid: Kid,
    /// Where wallets reach the verifier.
    pub url: String,
    /// TLS certificate and key (PEM files), for `run`.
    pub tls: Option<(String, String)>,
}

impl Verifier {
    /// Goes on from a backup, in a new epoch with new keys: what was decided after the backup is not in the ledger, and
    /// everybody can see that. `root` certifies the keys and is not kept.
    ///
    /// # Errors
    /// [`OpenError::WrongRoot`], [`OpenError::CertificatesFull`], [`OpenError::Setup`], or what [`Verifier::open`] says.
    pub fn restore(
        mut connection: Connection,
        root: &Ed25519Key,
        keys: Keys,
        new: &Reopening,
        now: Moment,
    ) -> Result<(Self, Opened), OpenError> {
        crate::store::open(&mut connection)?;
        let opened = reopen(&mut connection, root, &keys, new, now.wall)?;
        Ok((Self::started(connection, keys, now)?, opened))
    }

    /// Goes on in the same epoch with new keys; the earlier ones sign nothing any more. `root` certifies the keys and is
    /// not kept. The earlier keys are not needed.
    ///
    /// # Errors
    /// [`OpenError::WrongRoot`], [`OpenError::CertificatesFull`], or what [`Verifier::open`] says.
    pub fn certify(mut connection: Connection, root: &Ed25519Key, keys: Keys, now: Moment) -> Result<Self, OpenError> {
        crate::store::open(&mut connection)?;
        certify(&mut connection, root, &keys, now.wall)?;
        Self::started(connection, keys, now)
    }
}

/// Refuses before anything is written.
pub(crate) fn may_certify(db: &Connection, root: &Ed25519Key) -> Result<(), OpenError> {
    succeeded(db, &ledger::row(db)?.verifier, root, CERTIFY_MAX).map(drop)
}

pub(crate) fn certify(db: &mut Connection, root: &Ed25519Key, keys: &Keys, wall: Time) -> Result<(), OpenError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let row = ledger::row(&tx)?;
    let before = succeeded(&tx, &row.verifier, root, CERTIFY_MAX)?;
    // The stored time, not the clock's: no head may be earlier than the certificate of the key that signs it.
    let term = Term { serial: before.serial.next(), epoch: row.epoch, first_seq: row.seq.next(), since: row.time };
    write_certificate(&tx, root, keys, &term, wall)?;
    Ok(tx.commit()?)
}

fn reopen(
    db: &mut Connection,
    root: &Ed25519Key,
    keys: &Keys,
    new: &Reopening,
    wall: Time,
) -> Result<Opened, OpenError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let row = ledger::row(&tx)?;
    let before = succeeded(&tx, &row.verifier, root, CERTIFICATES_MAX)?;
    let epoch = new.epoch.unwrap_or_else(|| row.epoch.next());
    if epoch <= row.epoch {
        return Err(OpenError::Setup("a restore opens an epoch beyond that of the backup"));
    }
    if let Some(url) = &new.url {
        setup::check_url(url)?;
    }
    // Ledger time never goes back, also when the clock of this machine does.
    let (first_seq, time) = (row.seq.next(), wall.max(row.time));
    let epochs = epoch.get().saturating_sub(row.epoch.get());
    // Counters stay below 2^63.
    let later =
        |before: u64, room: u64| before.saturating_add(epochs.saturating_mul(room)).min(i64::MAX.unsigned_abs());
    let serial = Counter::new(later(before.serial.get(), CERTIFICATES_MAX as u64));
    write_certificate(&tx, root, keys, &Term { serial, epoch, first_seq, since: time }, wall)?;
    let opening = Opening { verifier: row.verifier, epoch, first_seq, previous: Some(row.checkpoint), time };
    let checkpoint = write_checkpoint(&tx, keys, opening)?;
    tx.execute(
        "UPDATE ledger SET epoch = ?1, epoch_opened_ms = ?2, time_ms = ?2, checkpoint = ?3, url = coalesce(?4, url),
           listen = coalesce(?5, listen), tls_certificate = coalesce(?6, tls_certificate), tls_key = coalesce(?7, tls_key)",
        params![
            int(epoch.get()),
            int(time.as_ms()),
            checkpoint.hash().as_bytes(),
            new.url,
            new.listen,
            new.tls.as_ref().map(|(certificate, _)| certificate),
            new.tls.as_ref().map(|(_, key)| key),
        ],
    )?;
    let fees = ledger::fees(&tx, &Parsed::default())
        .map_err(|_| OpenError::Damaged("its fee schedule cannot be read".to_owned()))?;
    let version = FeeVersion::new(later(fees.claims().fee_version.get(), FEE_VERSIONS));
    setup::write_fees(&tx, &setup::fee_schedule(&fees.claims().terms, row.verifier, version, time, keys)?)?;
    prekeys::forget_one_time(&tx)?;
    // The epoch's first entry is sealed at once.
    let sealed = crate::store::seals::row(&tx)?.sealed;
    crate::store::seals::set_sealed(&tx, sealed, 0)?;
    let (url, tls) = tx.query_row("SELECT url, tls_certificate, tls_key FROM ledger", [], |row| {
        Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.zip(row.get::<_, Option<String>>(2)?)))
    })?;
    tx.commit()?;
    let kid = keys.signing().public().kid();
    Ok(Opened { epoch, first_seq, time, backup_time: row.time, kid, url, tls })
}

/// The newest certificate, when `root` may make the next one.
fn succeeded(
    db: &Connection,
    verifier: &VerifierId,
    root: &Ed25519Key,
    max: usize,
) -> Result<Verified<VerifierCertificate>, OpenError> {
    if root.public().verifier_id() != *verifier {
        return Err(OpenError::WrongRoot(*verifier));
    }
    let count: i64 = db.query_row("SELECT count(*) FROM certificates", [], |row| row.get(0))?;
    if count >= max as i64 {
        return Err(OpenError::CertificatesFull(max));
    }
    newest(db, verifier)
}

/// The certificate in force, checked against the root that the ledger names.
pub(crate) fn newest(db: &Connection, verifier: &VerifierId) -> Result<Verified<VerifierCertificate>, OpenError> {
    let newest: Vec<u8> =
        db.query_row("SELECT signed FROM certificates ORDER BY serial DESC LIMIT 1", [], |row| row.get(0))?;
    let damaged = |_| OpenError::Damaged("its certificate cannot be read".to_owned());
    let certificate = Signed::<VerifierCertificate>::parse(&newest).map_err(damaged)?;
    verify_chain(certificate, verifier)
        .map_err(|_| OpenError::Damaged("its certificate is not signed by its root".to_owned()))
}

/// True when the certificate names these keys.
pub(crate) fn names(certificate: &VerifierCertificate, keys: &Keys) -> bool {
    certificate.signing == *keys.signing().public() && certificate.hpke == *keys.hpke().public()
}

/// From where on a signing key signs.
pub(crate) struct Term {
    pub(crate) serial: Counter,
    pub(crate) epoch: Epoch,
    pub(crate) first_seq: Seq,
    pub(crate) since: Time,
}

pub(crate) fn write_certificate(
    db: &Connection,
    root: &Ed25519Key,
    keys: &Keys,
    term: &Term,
    wall: Time,
) -> Result<(), OpenError> {
    let certificate = VerifierCertificate {
        version: V1,
        root: *root.public(),
        serial: term.serial,
        signing: *keys.signing().public(),
        hpke: *keys.hpke().public(),
        epoch: term.epoch,
        first_seq: term.first_seq,
        not_before: term.since,
        not_after: wall.max(term.since).plus(CERTIFICATE_LIFE),
    };
    let certificate = Signed::sign(certificate, root)?;
    db.execute(
        "INSERT INTO certificates (serial, signed) VALUES (?1, ?2)",
        params![int(term.serial.get()), certificate.bytes()],
    )?;
    Ok(())
}

/// What an opening checkpoint says.
pub(crate) struct Opening {
    pub(crate) verifier: VerifierId,
    pub(crate) epoch: Epoch,
    pub(crate) first_seq: Seq,
    pub(crate) previous: Option<Digest>,
    pub(crate) time: Time,
}

pub(crate) fn write_checkpoint(
    db: &Connection,
    keys: &Keys,
    opening: Opening,
) -> Result<Signed<Checkpoint>, OpenError> {
    let Opening { verifier, epoch, first_seq, previous, time } = opening;
    let checkpoint = Checkpoint { version: V1, verifier, epoch, first_seq, previous, roots: Vec::new(), time };
    let checkpoint = Signed::sign(checkpoint, keys.signing())?;
    db.execute(
        "INSERT INTO checkpoints (epoch, first_seq, signed) VALUES (?1, ?2, ?3)",
        params![int(epoch.get()), int(first_seq.get()), checkpoint.bytes()],
    )?;
    Ok(checkpoint)
}
