//! What a wallet knows of its verifier, every part of it verified against the pinned root (wire decision 3).

use crate::error::{Error, WalletError};
use crate::store::TrustRecord;
use farthing_protocol::cbor::V1;
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::{Object, Signed, Verified};
use farthing_protocol::fee_schedule::FeeSchedule;
use farthing_protocol::head::Head;
use farthing_protocol::http::{SignedBytes, VerifierStatus};
use farthing_protocol::id::{Counter, Digest, Epoch, FeeVersion, Nonce, Seq, VerifierId};
use farthing_protocol::limits::CERTIFICATES_MAX;
use farthing_protocol::receipt::Receipt;
use farthing_protocol::time::Time;
use farthing_protocol::verifier_certificate::{VerifierCertificate, verify_chain};

/// What is known of the verifier.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Newest first.
    certificates: Vec<Verified<VerifierCertificate>>,
    checkpoint: Verified<Checkpoint>,
    fees: Verified<FeeSchedule>,
    highest: (Epoch, Seq),
    lost_history: bool,
    dirty: bool,
}

impl Trust {
    /// Believes a status: chain to the pinned root, then everything by a certified key, then the head's nonce.
    ///
    /// # Errors
    /// [`WalletError::WrongRoot`] for another verifier, [`WalletError::VerifierMisbehaved`] for what does not hold.
    pub fn from_status(
        status: &VerifierStatus,
        pinned: &VerifierId,
        nonce: &Nonce,
    ) -> Result<(Self, Verified<Head>), Error> {
        let certificates = chain(&status.certificates, pinned)?;
        let head = by_any::<Head>(&certificates, status.head.as_slice())?;
        let checkpoint = by_any::<Checkpoint>(&certificates, status.checkpoint.as_slice())?;
        let fees = by_any::<FeeSchedule>(&certificates, status.fee_schedule.as_slice())?;
        let newest = certificates.first().ok_or(WalletError::WrongRoot)?;
        let holds = head.nonce == *nonce
            && head.signed().kid() == newest.signing.kid()
            && newest.not_before <= head.time
            && head.time < newest.not_after
            && head.epoch == newest.epoch
            && head.checkpoint == checkpoint.hash()
            && checkpoint.verifier == *pinned
            && checkpoint.epoch == head.epoch
            && fees.verifier == *pinned;
        if !holds {
            return Err(WalletError::VerifierMisbehaved.into());
        }
        let highest = head.position();
        Ok((Self { certificates, checkpoint, fees, highest, lost_history: false, dirty: true }, head))
    }

    /// What was stored, which was verified before.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`] when the stored objects do not hold any more: the file was altered.
    pub fn from_record(record: &TrustRecord, pinned: &VerifierId) -> Result<Self, Error> {
        let certificates = chain(&record.certificates, pinned)?;
        let checkpoint = by_any(&certificates, record.checkpoint.as_slice())?;
        let fees = by_any(&certificates, record.fee_schedule.as_slice())?;
        let highest = (record.epoch, record.seq);
        Ok(Self { certificates, checkpoint, fees, highest, lost_history: record.lost_history, dirty: false })
    }

    /// The record to store.
    ///
    /// # Errors
    /// Only when an object is larger than one can be, which parsing excluded.
    pub fn to_record(&self) -> Result<TrustRecord, Error> {
        let certificates = self.certificates.iter().map(|c| SignedBytes::new(c.bytes().to_vec()));
        Ok(TrustRecord {
            version: V1,
            certificates: certificates.collect::<Result<_, _>>()?,
            checkpoint: SignedBytes::new(self.checkpoint.bytes().to_vec())?,
            fee_schedule: SignedBytes::new(self.fees.bytes().to_vec())?,
            epoch: self.highest.0,
            seq: self.highest.1,
            lost_history: self.lost_history,
        })
    }

    /// The newest certificate and the fees that are known: what is asked for now must be answered with these or newer ones.
    pub(crate) fn versions(&self) -> (Option<Counter>, FeeVersion) {
        (self.certificates.first().map(|c| c.serial), self.fees.fee_version)
    }

    /// Goes from what was known to something newer; what must not go down does not. `floor` was known when the call was made:
    /// answers can overtake each other, so one that is older than what is known now may still be true, and changes nothing.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`] when certificate or fees are older than those of `floor`.
    pub(crate) fn replace(self, mut newer: Self, floor: (Option<Counter>, FeeVersion)) -> Result<Self, Error> {
        let (known, found) = (self.versions(), newer.versions());
        if found.0 < floor.0 || found.1 < floor.1 {
            return Err(WalletError::VerifierMisbehaved.into());
        }
        if found.0 < known.0 || found.1 < known.1 {
            return Ok(self);
        }
        let same = self.certificates.len() == newer.certificates.len()
            && self.certificates.iter().zip(&newer.certificates).all(|(a, b)| a.bytes() == b.bytes())
            && self.checkpoint.bytes() == newer.checkpoint.bytes()
            && self.fees.bytes() == newer.fees.bytes();
        for old in self.certificates {
            // Receipts of earlier keys stay checkable even when the verifier stops listing them.
            if newer.certificates.len() < CERTIFICATES_MAX && !newer.certificates.iter().any(|c| c.hash() == old.hash())
            {
                newer.certificates.push(old);
            }
        }
        newer.highest = self.highest;
        newer.lost_history = self.lost_history;
        newer.dirty = self.dirty || !same;
        Ok(newer)
    }

    /// Raises the highest head seen; `false` when `head` is below `floor`, or of another epoch.
    pub(crate) fn raise(&mut self, head: &Head, floor: (Epoch, Seq)) -> bool {
        if head.position() < floor || head.epoch != self.highest.0 {
            return false;
        }
        // A higher head is stored with the next change: on its own it is not worth a sync.
        self.dirty |= head.position() > self.highest;
        self.highest = self.highest.max(head.position());
        true
    }

    /// Takes a newer fee schedule that came with a refusal. An older one changes nothing: the same order gets the same
    /// refusal for ever, also after the fees have changed again.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`] when it does not hold.
    pub(crate) fn take_fees(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let fees: Verified<FeeSchedule> = self.verify(bytes)?;
        if fees.verifier != self.fees.verifier {
            return Err(WalletError::VerifierMisbehaved.into());
        }
        if fees.fee_version > self.fees.fee_version {
            self.fees = fees;
            self.dirty = true;
        }
        Ok(())
    }

    /// Checks an object that the verifier signed.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`].
    pub fn verify<T: Object>(&self, bytes: &[u8]) -> Result<Verified<T>, Error> {
        by_any(&self.certificates, bytes)
    }

    /// Checks a receipt by the certificate that covers its place in the ledger and its time.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`].
    pub fn verify_receipt(&self, bytes: &[u8]) -> Result<Verified<Receipt>, Error> {
        const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);
        let receipt = Signed::<Receipt>::parse(bytes).map_err(|_| MISBEHAVED)?;
        let claims = receipt.claims();
        let covers = |c: &&Verified<VerifierCertificate>| {
            c.signing.kid() == receipt.kid()
                && c.epoch == claims.epoch
                && c.first_seq <= claims.seq
                && c.not_before <= claims.time
                && claims.time < c.not_after
        };
        let key = self.certificates.iter().find(covers).ok_or(MISBEHAVED)?.signing;
        receipt.verify(&key).map_err(|_| MISBEHAVED)
    }

    /// True when one of the certified keys has this kid.
    #[must_use]
    pub fn knows(&self, kid: farthing_protocol::key::Kid) -> bool {
        self.certificates.iter().any(|c| c.signing.kid() == kid)
    }

    /// The certificates, newest first.
    #[must_use]
    pub fn certificates(&self) -> &[Verified<VerifierCertificate>] {
        &self.certificates
    }

    /// Assets and fees.
    #[must_use]
    pub const fn fees(&self) -> &Verified<FeeSchedule> {
        &self.fees
    }

    /// The hash of the checkpoint that opened the epoch.
    #[must_use]
    pub fn checkpoint_hash(&self) -> Digest {
        self.checkpoint.hash()
    }

    /// When the epoch opened.
    #[must_use]
    pub fn epoch_opened(&self) -> Time {
        self.checkpoint.time
    }

    /// The highest head seen.
    #[must_use]
    pub const fn highest(&self) -> (Epoch, Seq) {
        self.highest
    }

    /// True when the verifier was seen to know less than before.
    #[must_use]
    pub const fn lost_history(&self) -> bool {
        self.lost_history
    }

    pub(crate) fn set_lost_history(&mut self) {
        self.lost_history = true;
        self.dirty = true;
    }

    pub(crate) const fn is_dirty(&self) -> bool {
        self.dirty
    }

    pub(crate) fn mark_stored(&mut self) {
        self.dirty = false;
    }
}

/// All certificates, checked against the pinned root, newest first.
fn chain(certificates: &[SignedBytes], pinned: &VerifierId) -> Result<Vec<Verified<VerifierCertificate>>, Error> {
    let mut found = Vec::new();
    for bytes in certificates {
        let certificate = Signed::<VerifierCertificate>::parse(bytes.as_slice())
            .map_err(|_| Error::Wallet(WalletError::VerifierMisbehaved))?;
        found.push(verify_chain(certificate, pinned).map_err(|_| Error::Wallet(WalletError::WrongRoot))?);
    }
    found.sort_by_key(|c| core::cmp::Reverse(c.serial));
    Ok(found)
}

/// Checks an object by whichever certified key it names.
fn by_any<T: Object>(certificates: &[Verified<VerifierCertificate>], bytes: &[u8]) -> Result<Verified<T>, Error> {
    const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);
    let signed = Signed::<T>::parse(bytes).map_err(|_| MISBEHAVED)?;
    let key = certificates.iter().map(|c| c.signing).find(|key| key.kid() == signed.kid()).ok_or(MISBEHAVED)?;
    signed.verify(&key).map_err(|_| MISBEHAVED)
}
