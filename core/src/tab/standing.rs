//! What the verifier has said of a hold, folded from its receipts: of several hold-receipts the highest place counts, and claims
//! add up.

use super::receipts::TabReceipt;
use crate::error::{Error, WalletError};
use crate::store::Cursor;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::money::Amount;
use farthing_protocol::tab::{Bounds, ClaimReceipt, HoldReceipt};
use farthing_protocol::time::Time;
use minicbor::{Decode, Encode};

/// How a hold stands by its receipts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Standing {
    /// The newest hold-receipt.
    #[n(0)]
    pub receipt: SignedBytes,
    /// Its place in the ledger.
    #[n(1)]
    pub place: Cursor,
    /// What was set aside in all: cap and fee. A payee knows the cap alone.
    #[n(2)]
    pub reserved: Amount,
    /// What the payee got in all.
    #[n(3)]
    pub claimed: Amount,
    /// What was paid in fees for that; nothing, as far as a payee knows.
    #[n(4)]
    pub fees: Amount,
    /// The place of the newest claim-receipt.
    #[n(5)]
    pub claim_place: Cursor,
    /// When the rest went back.
    #[n(6)]
    pub ended: Option<Time>,
}

const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);

impl Standing {
    /// After the receipt that placed it.
    pub(crate) fn placed(receipt: &Signed<HoldReceipt>, reserved: Amount) -> Result<Self, Error> {
        let claims = receipt.claims();
        let none = Amount::zero(claims.cap.asset());
        Ok(Self {
            receipt: SignedBytes::new(receipt.bytes().to_vec())?,
            place: Cursor { epoch: claims.epoch, seq: claims.seq },
            reserved,
            claimed: none,
            fees: none,
            claim_place: Cursor::default(),
            ended: None,
        })
    }

    /// The newest hold-receipt, which was verified before it was stored.
    ///
    /// # Errors
    /// When the stored bytes cannot be read.
    pub fn hold(&self) -> Result<HoldReceipt, Error> {
        Ok(Signed::<HoldReceipt>::parse(self.receipt.as_slice())?.claims().clone())
    }

    /// The bounds in force.
    ///
    /// # Errors
    /// When the stored bytes cannot be read.
    pub fn bounds(&self) -> Result<Bounds, Error> {
        Ok(self.hold()?.bounds())
    }

    /// What of it still lies aside.
    #[must_use]
    pub fn left(&self) -> Amount {
        let none = Amount::zero(self.reserved.asset());
        if self.ended.is_some() {
            return none;
        }
        let taken = self.claimed.checked_add(&self.fees);
        taken.and_then(|taken| self.reserved.checked_sub(&taken)).unwrap_or(none)
    }

    /// What it changes about the payer's balance, in units: what was set aside, in the end what was taken.
    pub(crate) fn paid_units(&self) -> Result<i64, Error> {
        let gone = if self.ended.is_some() { self.claimed.checked_add(&self.fees)? } else { self.reserved };
        Ok(-i64::try_from(gone.value()).map_err(|_| WalletError::Internal)?)
    }

    /// What it changes about the payee's balance, in units.
    pub(crate) fn earned_units(&self) -> Result<i64, Error> {
        Ok(i64::try_from(self.claimed.value()).map_err(|_| WalletError::Internal)?)
    }

    /// As if nothing had been claimed: of a hold that the verifier lost.
    pub(crate) fn unclaimed(self) -> Self {
        let none = Amount::zero(self.reserved.asset());
        Self { claimed: none, fees: none, claim_place: Cursor::default(), ended: None, ..self }
    }

    /// With a newer hold-receipt.
    pub(crate) fn changed(self, receipt: &Signed<HoldReceipt>, reserved: Amount) -> Result<Self, Error> {
        let (claims, receipt) = (receipt.claims(), SignedBytes::new(receipt.bytes().to_vec())?);
        Ok(Self { receipt, place: Cursor { epoch: claims.epoch, seq: claims.seq }, reserved, ..self })
    }

    /// With a further claim-receipt, in any order: what a place moved counts once, and the caller sees to that.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`] when its amounts do not fit to what is known.
    pub(crate) fn claimed(mut self, receipt: &ClaimReceipt, fee: Amount) -> Result<Self, Error> {
        let place = Cursor { epoch: receipt.epoch, seq: receipt.seq };
        let before = receipt.total.checked_sub(&receipt.amount).map_err(|_| MISBEHAVED)?;
        let newest = place > self.claim_place;
        let fits = receipt.total.asset() == self.claimed.asset()
            && receipt.total.value() <= self.hold()?.cap.value()
            && (if newest {
                before.value() >= self.claimed.value() && self.ended.is_none()
            } else {
                receipt.total.value() <= self.claimed.value() && receipt.ended.is_none()
            });
        if !fits {
            return Err(MISBEHAVED);
        }
        if newest {
            (self.claimed, self.claim_place) = (receipt.total, place);
            self.ended = receipt.ended.map(|_| receipt.time);
        }
        self.fees = self.fees.checked_add(&fee).map_err(|_| MISBEHAVED)?;
        Ok(self)
    }

    /// Folds receipts, in the order of the ledger; `None` without the one that placed the hold.
    pub(crate) fn of(receipts: &[TabReceipt]) -> Result<Option<Self>, Error> {
        let mut standing: Option<Self> = None;
        for receipt in receipts {
            let known = receipt.of_payer;
            standing = match (standing, Signed::<HoldReceipt>::parse(receipt.receipt.as_slice())) {
                (None, Ok(hold)) => Some(Self::placed(&hold, known.unwrap_or(hold.claims().cap))?),
                (Some(before), Ok(hold)) => Some(before.changed(&hold, known.unwrap_or(hold.claims().cap))?),
                (Some(before), Err(_)) => {
                    let claim = Signed::<ClaimReceipt>::parse(receipt.receipt.as_slice())?;
                    let fee = known.unwrap_or(Amount::zero(before.fees.asset()));
                    Some(before.claimed(claim.claims(), fee)?)
                }
                (None, Err(_)) => None,
            };
        }
        Ok(standing)
    }
}

/// Whether a hold-receipt may follow another of the same hold: the next version, or the payer's closing.
pub(crate) fn follows(before: &HoldReceipt, next: &HoldReceipt) -> bool {
    let same = next.hold == before.hold
        && next.payee_key == before.payee_key
        && next.voucher_key == before.voucher_key
        && next.placed == before.placed
        && next.reference == before.reference
        && next.details == before.details
        && next.time >= before.time;
    let bounds = if next.closed.is_some() {
        next.bounds() == before.bounds().closed(next.time)
    } else {
        next.bounds().may_follow(&before.bounds()).is_ok()
    };
    same && before.closed.is_none() && bounds
}
