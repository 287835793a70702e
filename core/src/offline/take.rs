//! Taking a payment without network, at the payee (docs/protocol.md 20.4). Everything that is asked of it is asked here, and it is
//! stored before anybody delivers.
//!
//! ```text
//!  payment, as a frame ─▶ examine ─▶ OfflineOffer: "You could lose up to X" ── person ──▶ take ─▶ stored
//! ```

use super::payee::{FoundProof, OwnOfflineRequest, TakenOffline, TakenState};
use super::record::{saved, taken};
use super::revoked::newest;
use super::risk::CouldLose;
use crate::crash;
use crate::engine::{Engine, Trust};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::payment::carried::own_time;
use crate::store::{self, Change};
use farthing_protocol::cbor::{self, Bytes, V1};
use farthing_protocol::cose::{Signed, SignedBytes, Verified};
use farthing_protocol::details::Details;
use farthing_protocol::id::{Digest, VerifierId};
use farthing_protocol::key::BareKey;
use farthing_protocol::money::Amount;
use farthing_protocol::offline::{Allowance, AllowanceId, Frame, OfflineFault, OfflineRequest, OfflineVoucher, Proof};
use farthing_protocol::time::{Moment, Time};

const NOT_GOOD: Error = Error::Wallet(WalletError::PaymentNotGood);

/// A payment as it was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownPayment {
    allowance: Option<SignedBytes>,
    voucher: SignedBytes,
}

impl ShownPayment {
    /// Reads what a payer shows.
    ///
    /// # Errors
    /// [`WalletError::NotAnOfflinePayment`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        const NOT_ONE: Error = Error::Wallet(WalletError::NotAnOfflinePayment);
        let (allowance, voucher) = match Frame::parse(text).map_err(|_| NOT_ONE)? {
            Frame::Payment(allowance, voucher) => (Some(SignedBytes::new(allowance.into_vec())?), voucher),
            Frame::Voucher(voucher) => (None, voucher),
            _ => return Err(NOT_ONE),
        };
        Ok(Self { allowance, voucher: SignedBytes::new(voucher.into_vec())? })
    }
}

/// What a payee must see before it says yes.
#[derive(Clone, Debug)]
pub struct OfflineOffer {
    /// How much.
    pub amount: Amount,
    /// What we have shown with the request.
    pub details: Option<Details>,
    /// What can be lost, this payment included.
    pub could_lose: CouldLose,
    /// Claims are taken before: connect until then.
    pub claim_until: Time,
    /// When the list of revoked allowances was made that this was held against; none was ever read when it is absent.
    pub list_of: Option<Time>,
    /// Stands for all of the above: an approval names it.
    pub digest: Digest,
}

/// What a payment is to this wallet.
#[derive(Clone, Debug)]
pub enum Examined {
    /// It was taken before, and brings nothing.
    Taken(Box<TakenOffline>),
    /// It waits for a person.
    Good(Box<OfflineOffer>),
}

/// A person's yes to one payment, with what could be lost then.
#[derive(Clone, Debug)]
pub struct TakeApproval {
    shown: ShownPayment,
    digest: Digest,
}

impl TakeApproval {
    /// The person looked at `offer`, which `shown` led to, and said yes.
    #[must_use]
    pub const fn of(shown: ShownPayment, offer: &OfflineOffer) -> Self {
        Self { shown, digest: offer.digest }
    }

    /// From a program that showed it elsewhere and brings back its digest.
    #[must_use]
    pub const fn from_parts(shown: ShownPayment, digest: Digest) -> Self {
        Self { shown, digest }
    }
}

/// A payment that is good.
struct Good {
    allowance: Verified<Allowance>,
    voucher: Verified<OfflineVoucher>,
    request: OwnOfflineRequest,
    could_lose: CouldLose,
    list_of: Option<Time>,
    time: Time,
}

/// Judges a payment; calls nobody. Of two that cannot both be honest the proof is stored.
///
/// # Errors
/// Why it is not taken: deliver nothing for it.
pub fn examine(engine: &mut Engine, shown: &ShownPayment, now: Moment) -> Result<Examined, Error> {
    if let Some(before) = known(engine, shown)? {
        return Ok(Examined::Taken(Box::new(before)));
    }
    let good = judge(engine, shown, now)?;
    let digest = good.digest();
    Ok(Examined::Good(Box::new(OfflineOffer {
        amount: good.request.amount,
        details: good.request.details.map(|shown| shown.details),
        could_lose: good.could_lose,
        claim_until: good.allowance.claim_until(),
        list_of: good.list_of,
        digest,
    })))
}

impl Good {
    /// What an approval covers: the payment, and what could be lost.
    fn digest(&self) -> Digest {
        let parts = (self.voucher.hash(), self.could_lose.all, self.could_lose.of_payer);
        Digest::of_parts(&[b"farthing/1/offline-offer", &cbor::encode(&parts)])
    }
}

fn known(engine: &Engine, shown: &ShownPayment) -> Result<Option<TakenOffline>, Error> {
    let voucher = Signed::<OfflineVoucher>::parse(shown.voucher.as_slice()).map_err(|_| NOT_GOOD)?;
    let known = taken(engine.store(), &voucher.hash())?;
    Ok(known.filter(|known| known.voucher == shown.voucher))
}

/// All that a payee asks, in the order of 20.4.
fn judge(engine: &mut Engine, shown: &ShownPayment, now: Moment) -> Result<Good, Error> {
    engine.check_can_pay()?;
    let voucher = Signed::<OfflineVoucher>::parse(shown.voucher.as_slice()).map_err(|_| NOT_GOOD)?;
    let of_allowance = of_allowance(engine, &voucher.claims().allowance)?;
    let bytes = match &shown.allowance {
        Some(bytes) => bytes.clone(),
        None => of_allowance.iter().find_map(|taken| taken.shown.clone()).ok_or(NOT_GOOD)?,
    };
    let trust = engine.trust().ok_or(WalletError::OfflineNotReady)?;
    let allowance = certified(trust, &bytes)?;
    let voucher = voucher.verify(&allowance.key.public()).map_err(|_| NOT_GOOD)?;
    // A request was made by this wallet, is stored, and has no voucher yet.
    let request: OwnOfflineRequest = store::kept(engine.store(), voucher.request.as_bytes())?.ok_or(NOT_GOOD)?;
    let asked = OfflineRequest::verify(Signed::parse(request.bytes.as_slice())?)?;
    let mut held = Vec::new();
    for taken in &of_allowance {
        held.push((parsed(taken)?, payee(taken)?));
    }
    let revoked = newest(engine.store())?;
    let time = own_time(engine, now)?;
    match allowance.takes(&voucher, &asked, &held, revoked.as_ref(), time) {
        Err(OfflineFault::Contradicts(_)) => {
            let proof = proof(&engine.profile().verifier, trust, &allowance, &voucher, &request, &of_allowance)?;
            keep_proof(engine, proof, time)?;
            return Err(WalletError::PayerContradicts.into());
        }
        Err(OfflineFault::TooLate) if asked.expires <= time => return Err(WalletError::RequestExpired.into()),
        Err(OfflineFault::TooLate) => return Err(WalletError::AllowanceTooLate.into()),
        Err(OfflineFault::Revoked) => return Err(WalletError::PayerRevoked.into()),
        Err(_) => return Err(NOT_GOOD),
        Ok(()) => {}
    }
    if request.voucher.is_some() {
        return Err(WalletError::OfflinePaidAlready.into());
    }
    let could_lose = CouldLose::with(engine.store(), &allowance.allowance, &request.amount)?;
    if could_lose.is_too_much() {
        return Err(WalletError::LossLimit.into());
    }
    Ok(Good { allowance, voucher, request, could_lose, list_of: revoked.map(|list| list.time), time })
}

/// The verifier's word for an allowance, by a key that is known here, of a history that is.
fn certified(trust: &Trust, bytes: &SignedBytes) -> Result<Verified<Allowance>, Error> {
    const UNKNOWN: Error = Error::Wallet(WalletError::OfflineUnknownKey);
    Signed::<Allowance>::parse(bytes.as_slice()).map_err(|_| NOT_GOOD)?;
    let allowance = trust.verify_placed::<Allowance>(bytes.as_slice()).map_err(|_| UNKNOWN)?;
    if trust.lineage().has(allowance.epoch, allowance.seq) { Ok(allowance) } else { Err(UNKNOWN) }
}

/// What was taken of this allowance, settled or not, or refused: its signature holds all the same.
fn of_allowance(engine: &Engine, allowance: &AllowanceId) -> Result<Vec<TakenOffline>, Error> {
    let mut all: Vec<TakenOffline> = store::all_kept(engine.store())?;
    all.retain(|taken| taken.allowance == *allowance);
    Ok(all)
}

fn parsed(taken: &TakenOffline) -> Result<OfflineVoucher, Error> {
    Ok(Signed::<OfflineVoucher>::parse(taken.voucher.as_slice())?.claims().clone())
}

fn payee(taken: &TakenOffline) -> Result<BareKey, Error> {
    Ok(Signed::<OfflineRequest>::parse(taken.request.as_slice())?.claims().payee)
}

/// The proof that two vouchers cannot both be honest. Requests are in it where only the payee's totals contradict each other.
fn proof(
    verifier: &VerifierId,
    trust: &Trust,
    allowance: &Verified<Allowance>,
    voucher: &Verified<OfflineVoucher>,
    request: &OwnOfflineRequest,
    held: &[TakenOffline],
) -> Result<FoundProof, Error> {
    let bytes = |signed: &SignedBytes| signed.as_slice().to_vec();
    let covers = |c: &&Verified<_>| allowance.is_within(c);
    let certificate = trust.certificates().iter().find(covers).ok_or(WalletError::Internal)?;
    for other in held {
        for with_requests in [false, true] {
            let proof = Proof {
                version: V1,
                certificate: SignedBytes::new(certificate.bytes().to_vec())?,
                allowance: Bytes::new(allowance.bytes().to_vec())?,
                one: Bytes::new(bytes(&other.voucher))?,
                other: Bytes::new(voucher.bytes().to_vec())?,
                one_request: with_requests.then(|| Bytes::new(bytes(&other.request))).transpose()?,
                other_request: with_requests.then(|| Bytes::new(bytes(&request.bytes))).transpose()?,
            };
            if proof.prove(verifier).is_ok() {
                let proof = Bytes::new(proof.encode())?;
                return Ok(FoundProof { version: V1, allowance: allowance.allowance, proof, told: false });
            }
        }
    }
    Err(WalletError::Internal.into())
}

fn keep_proof(engine: &mut Engine, proof: FoundProof, at: Time) -> Result<(), Error> {
    let allowance = proof.allowance;
    if store::kept::<FoundProof>(engine.store(), allowance.as_bytes())?.is_some() {
        // One is proof enough.
        return Ok(());
    }
    engine.apply(vec![Change::put(&proof), Change::Event { at, kind: EventKind::PayerContradicts(allowance) }])
}

/// Takes an approved payment: voucher, request and allowance are stored when this returns, so that the payee may deliver. Taken again,
/// it is the same one.
///
/// # Errors
/// As [`examine`]; [`WalletError::NotWhatWasApproved`] when more could be lost than the person was told.
pub fn take(engine: &mut Engine, approval: &TakeApproval, now: Moment) -> Result<TakenOffline, Error> {
    if let Some(before) = known(engine, &approval.shown)? {
        return Ok(before);
    }
    let good = judge(engine, &approval.shown, now)?;
    if good.digest() != approval.digest {
        return Err(WalletError::NotWhatWasApproved.into());
    }
    let Good { allowance, voucher, request, time, .. } = good;
    let id = voucher.hash();
    let taken = TakenOffline {
        version: V1,
        id,
        state: TakenState::Taken,
        allowance: allowance.allowance,
        shown: Some(SignedBytes::new(allowance.bytes().to_vec())?),
        voucher: approval.shown.voucher.clone(),
        request: request.bytes.clone(),
        details: request.details.clone(),
        amount: request.amount,
        at: time,
        claim_until: Some(allowance.claim_until()),
        claim: None,
        receipt: None,
        settlement: None,
        code: None,
        device: None,
        payee: request.payee.clone(),
    };
    let mut changes = Vec::from(saved(&taken));
    changes.push(Change::put(&OwnOfflineRequest { voucher: Some(id), ..request }));
    changes.push(Change::Event { at: time, kind: EventKind::TakenOffline(id) });
    crash::point(crash::OFFLINE_BEFORE_TAKEN);
    engine.apply(changes)?;
    crash::point(crash::OFFLINE_AFTER_TAKEN);
    Ok(taken)
}
