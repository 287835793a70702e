//! What a wallet knows of its verifier, every part of it verified against the pinned root (wire decision 3).

use crate::error::{Error, WalletError};
use crate::history::Lineage;
use crate::store::{LossState, TrustRecord};
use farthing_protocol::cbor::V1;
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::{Object, Signed, Verified};
use farthing_protocol::fee_schedule::FeeSchedule;
use farthing_protocol::head::Head;
use farthing_protocol::http::{SignedBytes, VerifierStatus};
use farthing_protocol::id::{Counter, Digest, Epoch, FeeVersion, Nonce, Seq, VerifierId};
use farthing_protocol::limits::CERTIFICATES_MAX;
use farthing_protocol::offline::{Allowance, OfflineReceipt, Settlement};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::tab::{ClaimReceipt, HoldReceipt};
use farthing_protocol::time::Time;
use farthing_protocol::verifier_certificate::{VerifierCertificate, verify_chain};

/// What is known of the verifier.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Newest first.
    certificates: Vec<Verified<VerifierCertificate>>,
    checkpoint: Verified<Checkpoint>,
    /// Those of earlier epochs, newest first.
    earlier: Vec<Verified<Checkpoint>>,
    fees: Verified<FeeSchedule>,
    highest: (Epoch, Seq),
    behind: bool,
    loss: Option<LossState>,
    dirty: bool,
}

/// A receipt, which has its place in the ledger.
pub trait Placed: Object {
    /// Epoch, seq and ledger time.
    fn place(&self) -> (Epoch, Seq, Time);
}

macro_rules! placed {
    ($($receipt:ty),+) => {
        $(impl Placed for $receipt {
            fn place(&self) -> (Epoch, Seq, Time) {
                (self.epoch, self.seq, self.time)
            }
        })+
    };
}

placed!(Receipt, HoldReceipt, ClaimReceipt, Allowance, OfflineReceipt, Settlement);

/// What a head says beside the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heads {
    /// As much as before, or more.
    Fits,
    /// As much as ever, after heads that were lower.
    CaughtUp,
    /// Less than before.
    Lower,
}

impl Trust {
    /// Believes a status: chain to the pinned root, then everything by a certified key, then the head's nonce. What is `known`
    /// to be signed is not verified a second time: a status repeats everything but its head.
    ///
    /// # Errors
    /// [`WalletError::WrongRoot`] for another verifier, [`WalletError::VerifierMisbehaved`] for what does not hold.
    pub fn from_status(
        status: &VerifierStatus,
        pinned: &VerifierId,
        nonce: &Nonce,
        known: Option<&Self>,
    ) -> Result<(Self, Verified<Head>), Error> {
        let certificates = chain(&status.certificates, pinned, known.map_or(&[], |known| &known.certificates))?;
        let head = by_any::<Head>(&certificates, status.head.as_slice())?;
        let checkpoint = match known.map(|known| &known.checkpoint) {
            Some(same) if same.bytes() == status.checkpoint.as_slice() => same.clone(),
            _ => by_any::<Checkpoint>(&certificates, status.checkpoint.as_slice())?,
        };
        let fees = match known.map(|known| &known.fees) {
            Some(same) if same.bytes() == status.fee_schedule.as_slice() => same.clone(),
            _ => by_any::<FeeSchedule>(&certificates, status.fee_schedule.as_slice())?,
        };
        let newest = certificates.first().ok_or(WalletError::WrongRoot)?;
        let holds = head.nonce == *nonce
            && head.signed().kid() == newest.signing.kid()
            && newest.not_before <= head.time
            && head.time < newest.not_after
            && head.epoch == newest.epoch
            && head.checkpoint == checkpoint.hash()
            && checkpoint.verifier == *pinned
            && checkpoint.epoch == head.epoch
            && opens(&checkpoint, &certificates)
            && fees.verifier == *pinned;
        if !holds {
            return Err(WalletError::VerifierMisbehaved.into());
        }
        let highest = head.position();
        let earlier = Vec::new();
        Ok((Self { certificates, checkpoint, earlier, fees, highest, behind: false, loss: None, dirty: true }, head))
    }

    /// What was stored, which was verified before.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`] when the stored objects do not hold any more: the file was altered.
    pub fn from_record(record: &TrustRecord, pinned: &VerifierId) -> Result<Self, Error> {
        let certificates = chain(&record.certificates, pinned, &[])?;
        let checkpoint = by_any(&certificates, record.checkpoint.as_slice())?;
        let earlier = record.earlier.iter().flatten().map(|bytes| by_any(&certificates, bytes.as_slice()));
        let earlier = earlier.collect::<Result<_, _>>()?;
        let fees = by_any(&certificates, record.fee_schedule.as_slice())?;
        let highest = (record.epoch, record.seq);
        let (behind, loss) = (record.behind, record.loss);
        Ok(Self { certificates, checkpoint, earlier, fees, highest, behind, loss, dirty: false })
    }

    /// The record to store.
    ///
    /// # Errors
    /// Only when an object is larger than one can be, which parsing excluded.
    pub fn to_record(&self) -> Result<TrustRecord, Error> {
        let certificates = self.certificates.iter().map(|c| SignedBytes::new(c.bytes().to_vec()));
        let earlier = self.earlier.iter().map(|c| SignedBytes::new(c.bytes().to_vec()));
        let earlier: Vec<SignedBytes> = earlier.collect::<Result<_, _>>()?;
        Ok(TrustRecord {
            version: V1,
            certificates: certificates.collect::<Result<_, _>>()?,
            checkpoint: SignedBytes::new(self.checkpoint.bytes().to_vec())?,
            fee_schedule: SignedBytes::new(self.fees.bytes().to_vec())?,
            epoch: self.highest.0,
            seq: self.highest.1,
            behind: self.behind,
            earlier: (!earlier.is_empty()).then_some(earlier),
            loss: self.loss,
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
    /// [`WalletError::VerifierMisbehaved`] when certificate or fees are older than those of `floor`, and when the epoch was opened
    /// by another checkpoint than before: one epoch has one history.
    pub(crate) fn replace(self, mut newer: Self, floor: (Option<Counter>, FeeVersion)) -> Result<Self, Error> {
        let (known, found) = (self.versions(), newer.versions());
        if found.0 < floor.0 || found.1 < floor.1 || newer.checkpoint.hash() != self.checkpoint.hash() {
            return Err(WalletError::VerifierMisbehaved.into());
        }
        if found.0 < known.0 || found.1 < known.1 {
            return Ok(self);
        }
        let same = self.certificates.len() == newer.certificates.len()
            && self.certificates.iter().zip(&newer.certificates).all(|(a, b)| a.bytes() == b.bytes())
            && self.fees.bytes() == newer.fees.bytes();
        newer.keep_certificates(self.certificates);
        newer.earlier = self.earlier;
        newer.highest = self.highest;
        newer.behind = self.behind;
        newer.loss = self.loss;
        newer.dirty = self.dirty || !same;
        Ok(newer)
    }

    /// Goes over into an epoch that a restore has opened. What was lost by that is for [`crate::history`] to find out.
    ///
    /// The fees may be older ones, of a verifier that counts them on from its backup.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`] when the epoch does not follow from what was known: the root must have certified
    /// a new key for it, and its checkpoint must name one that was seen, or be later than an epoch that was not.
    pub(crate) fn enter(self, mut newer: Self) -> Result<Self, Error> {
        let newest = |trust: &Self| trust.certificates.first().map(|c| c.serial);
        let previous = newer.checkpoint.previous;
        newer.keep_certificates(self.certificates.clone());
        let known: Vec<&Verified<Checkpoint>> = core::iter::once(&self.checkpoint).chain(&self.earlier).collect();
        let unseen = |c: &Verified<VerifierCertificate>| {
            c.epoch < newer.checkpoint.epoch && !known.iter().any(|checkpoint| checkpoint.epoch == c.epoch)
        };
        let follows = known.iter().any(|checkpoint| previous == Some(checkpoint.hash()))
            || (previous.is_some() && newer.certificates.iter().any(unseen));
        let holds = follows
            && newer.highest.0 > self.highest.0
            && newest(&newer) > newest(&self)
            && newer.checkpoint.time >= self.checkpoint.time;
        if !holds {
            return Err(WalletError::VerifierMisbehaved.into());
        }
        newer.earlier = core::iter::once(self.checkpoint).chain(self.earlier).take(CERTIFICATES_MAX).collect();
        // What was lost before and not accepted is still to be accepted.
        newer.loss = self.loss.filter(|loss| *loss == LossState::Open);
        newer.dirty = true;
        Ok(newer)
    }

    /// Receipts of earlier keys stay checkable even when the verifier stops listing them.
    fn keep_certificates(&mut self, known: Vec<Verified<VerifierCertificate>>) {
        for old in known {
            if self.certificates.len() < CERTIFICATES_MAX && !self.certificates.iter().any(|c| c.hash() == old.hash()) {
                self.certificates.push(old);
            }
        }
    }

    /// Raises the highest head seen, unless `head` is below `floor`. It is of an epoch that was entered.
    ///
    /// A verifier that was behind has caught up when its head is as high as the highest ever seen. Going on is safe then:
    /// the balance is what receipts prove, so nothing that was known is given up or counted anew, and an order that the
    /// verifier should not be able to pay is refused. That its ledger is another one by now, receipts and later
    /// checkpoints prove, not heads.
    pub(crate) fn raise(&mut self, head: &Head, floor: (Epoch, Seq)) -> Heads {
        let position = head.position();
        if position < floor {
            self.dirty |= !self.behind;
            self.behind = true;
            return Heads::Lower;
        }
        let caught_up = self.behind && position >= self.highest;
        self.behind &= !caught_up;
        // A higher head is stored with the next change: on its own it is not worth a sync.
        self.dirty |= position > self.highest;
        self.highest = self.highest.max(position);
        if caught_up { Heads::CaughtUp } else { Heads::Fits }
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
        self.verify_placed(bytes)
    }

    /// The same for a receipt of any kind.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`].
    pub fn verify_placed<T: Placed>(&self, bytes: &[u8]) -> Result<Verified<T>, Error> {
        const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);
        let receipt = Signed::<T>::parse(bytes).map_err(|_| MISBEHAVED)?;
        let (epoch, seq, time) = receipt.claims().place();
        let covers = |c: &&Verified<VerifierCertificate>| {
            c.signing.kid() == receipt.kid()
                && c.epoch == epoch
                && c.first_seq <= seq
                && c.not_before <= time
                && time < c.not_after
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

    /// When this epoch opened, if it is one that the wallet has seen.
    pub(crate) fn opened(&self, epoch: Epoch) -> Option<Time> {
        let mut seen = core::iter::once(&self.checkpoint).chain(&self.earlier);
        seen.find(|opening| opening.epoch == epoch).map(|opening| opening.time)
    }

    /// The highest head seen.
    #[must_use]
    pub const fn highest(&self) -> (Epoch, Seq) {
        self.highest
    }

    /// True while nothing is paid, because the verifier knows less than it did: it is behind, or the person has not
    /// accepted what it lost.
    #[must_use]
    pub fn lost_history(&self) -> bool {
        self.behind || self.loss == Some(LossState::Open)
    }

    /// True when the newest heads were lower than earlier ones.
    #[must_use]
    pub const fn is_behind(&self) -> bool {
        self.behind
    }

    /// What the person said to what this epoch began without.
    #[must_use]
    pub const fn loss(&self) -> Option<LossState> {
        self.loss
    }

    pub(crate) fn set_loss(&mut self, loss: LossState) {
        self.dirty |= self.loss != Some(loss);
        self.loss = Some(loss);
    }

    /// The epochs that led to the present one.
    #[must_use]
    pub fn lineage(&self) -> Lineage {
        Lineage::of(&self.checkpoint, &self.earlier, &self.certificates)
    }

    pub(crate) const fn is_dirty(&self) -> bool {
        self.dirty
    }

    pub(crate) fn mark_stored(&mut self) {
        self.dirty = false;
    }
}

/// All certificates, checked against the pinned root, newest first. Those that are `known` were checked against it before.
fn chain(
    certificates: &[SignedBytes],
    pinned: &VerifierId,
    known: &[Verified<VerifierCertificate>],
) -> Result<Vec<Verified<VerifierCertificate>>, Error> {
    let mut found = Vec::new();
    for bytes in certificates {
        if let Some(same) = known.iter().find(|known| known.bytes() == bytes.as_slice()) {
            found.push(same.clone());
            continue;
        }
        let certificate = Signed::<VerifierCertificate>::parse(bytes.as_slice())
            .map_err(|_| Error::Wallet(WalletError::VerifierMisbehaved))?;
        found.push(verify_chain(certificate, pinned).map_err(|_| Error::Wallet(WalletError::WrongRoot))?);
    }
    found.sort_by_key(|c| core::cmp::Reverse(c.serial));
    Ok(found)
}

/// Whether a checkpoint opens its epoch where the root has said that it opens: neither earlier nor later.
fn opens(checkpoint: &Checkpoint, certificates: &[Verified<VerifierCertificate>]) -> bool {
    let of_epoch = certificates.iter().filter(|c| c.epoch == checkpoint.epoch);
    of_epoch.map(|c| c.first_seq).min() == Some(checkpoint.first_seq)
}

/// Checks an object by whichever certified key it names.
fn by_any<T: Object>(certificates: &[Verified<VerifierCertificate>], bytes: &[u8]) -> Result<Verified<T>, Error> {
    const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);
    let signed = Signed::<T>::parse(bytes).map_err(|_| MISBEHAVED)?;
    let key = certificates.iter().map(|c| c.signing).find(|key| key.kid() == signed.kid()).ok_or(MISBEHAVED)?;
    signed.verify(&key).map_err(|_| MISBEHAVED)
}
