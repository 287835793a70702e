//! Answering a request without network, at the payer (docs/protocol.md 20.3 and 20.5).
//!
//! ```text
//!  request, as a frame ─▶ look ─▶ OfflinePrompt ── person ──▶ pay: anchor ─▶ database ─▶ shown
//!                          └─ one that was answered before ─▶ shown again, as it is
//! ```
//!
//! | killed | afterwards |
//! |---|---|
//! | before the anchor is written | nothing happened |
//! | between anchor and database | that number is burnt: nobody has seen its voucher, and its amount stays counted |
//! | after the database | the voucher is shown again when the same request is |

use super::honest::check_anchor;
use super::record::{AllowanceState, OwnAllowance, OwnVoucher, live, saved, vouchers};
use super::revoked::is_listed;
use crate::crash;
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::keys::apart::apart;
use crate::keys::spending::{AllowanceKeys, Promised, SpentSoFar};
use crate::keys::vault::{SecretName, Vault};
use crate::payment::carried::own_time;
use crate::store::{Change, Store};
use farthing_protocol::cbor::{self, Bytes, V1};
use farthing_protocol::cose::{Signed, SignedBytes, Verified};
use farthing_protocol::details::{Details, Disclosure, Item};
use farthing_protocol::id::Digest;
use farthing_protocol::key::BareKey;
use farthing_protocol::limits::SAME_PAYEE_NOTICE;
use farthing_protocol::money::{Amount, Units};
use farthing_protocol::offline::{
    Allowance, AllowanceId, Anchor, Frame, OfflineFault, OfflineRequest, OfflineVoucher, VoucherSeq,
};
use farthing_protocol::time::{Moment, Time};

/// A request as it was shown, with its details, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownRequest {
    request: SignedBytes,
    details: Option<Disclosure>,
}

impl ShownRequest {
    /// Reads what a payee shows.
    ///
    /// # Errors
    /// [`WalletError::NotAnOfflineRequest`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        const NOT_ONE: Error = Error::Wallet(WalletError::NotAnOfflineRequest);
        let (request, details) = match Frame::parse(text).map_err(|_| NOT_ONE)? {
            Frame::Request(request) => (request, None),
            Frame::Detailed(request, details) => {
                let details = Disclosure::decode(details.as_slice()).map_err(|_| NOT_ONE)?;
                (request, Some(details))
            }
            _ => return Err(NOT_ONE),
        };
        Ok(Self { request: SignedBytes::new(request.into_vec())?, details })
    }

    /// Its signature, its verifier, and its details.
    pub(super) fn genuine(&self, engine: &Engine) -> Result<Verified<OfflineRequest>, Error> {
        const ALTERED: Error = Error::Wallet(WalletError::RequestAltered);
        let request = Signed::<OfflineRequest>::parse(self.request.as_slice())
            .map_err(|_| Error::Wallet(WalletError::NotAnOfflineRequest))?;
        let request = OfflineRequest::verify(request).map_err(|_| ALTERED)?;
        if !request.is_at(&engine.profile().verifier) {
            return Err(WalletError::ForeignRequest.into());
        }
        if engine.store().handle_by_payee_key(&request.payee.public().payee_key_hash())?.is_some() {
            return Err(WalletError::OwnRequest.into());
        }
        if request.details != self.details.as_ref().map(Disclosure::hash) {
            return Err(ALTERED);
        }
        if let Some(items) = self.details.as_ref().and_then(|shown| shown.details.items.as_ref()) {
            Item::check_bill(items, Some(request.amount)).map_err(|_| ALTERED)?;
        }
        Ok(request)
    }
}

/// What a person must see before it pays without network.
#[derive(Clone, Debug)]
pub struct OfflinePrompt {
    /// How much.
    pub amount: Amount,
    /// What the payee shows with it, and calls itself: nobody has checked that.
    pub details: Option<Details>,
    /// The payee's key.
    pub payee: BareKey,
    /// When the request expires.
    pub expires: Time,
    /// From which allowance.
    pub allowance: AllowanceId,
    /// What is left of it afterwards.
    pub left: Amount,
    /// When the same payee was paid within the last ten minutes.
    pub paid_lately: Option<Time>,
    /// Stands for all of the above: an approval names it.
    pub digest: Digest,
}

/// A payment that was signed without network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflinePayment {
    /// From which allowance.
    pub allowance: AllowanceId,
    /// Its number.
    pub seq: VoucherSeq,
    /// How much it is for.
    pub amount: Amount,
    /// What the payee is to see: allowance and voucher.
    pub frame: Frame,
}

/// What a request is to this wallet.
#[derive(Clone, Debug)]
pub enum LookedOffline {
    /// It was answered before: the same bytes are shown again.
    Again(OfflinePayment),
    /// It waits for a person.
    New(OfflinePrompt),
}

/// A person's yes to one request, out of one allowance.
#[derive(Clone, Debug)]
pub struct OfflineApproval {
    shown: ShownRequest,
    allowance: AllowanceId,
    digest: Digest,
}

impl OfflineApproval {
    /// The person looked at `prompt`, which `shown` led to, and said yes.
    #[must_use]
    pub const fn of(shown: ShownRequest, prompt: &OfflinePrompt) -> Self {
        Self { shown, allowance: prompt.allowance, digest: prompt.digest }
    }

    /// From a program that showed the prompt elsewhere and brings back its digest.
    #[must_use]
    pub const fn from_parts(shown: ShownRequest, allowance: AllowanceId, digest: Digest) -> Self {
        Self { shown, allowance, digest }
    }
}

/// Looks at a request; calls nobody. `from` is the allowance that the payer wants; otherwise the first that it can be paid from.
///
/// # Errors
/// Why it cannot be paid from any allowance.
pub fn look(
    engine: &Engine,
    shown: &ShownRequest,
    from: Option<&AllowanceId>,
    now: Moment,
) -> Result<LookedOffline, Error> {
    let request = shown.genuine(engine)?;
    if let Some((own, before)) = answered(engine, &request)? {
        return payment(&own, &before).map(LookedOffline::Again);
    }
    engine.check_can_pay()?;
    let time = own_time(engine, now)?;
    let mut why_not = None;
    for own in in_order(engine.store())?.into_iter().filter(|own| from.is_none_or(|wanted| own.id == *wanted)) {
        match fits(engine, &own, &request, Anchor::from(own.spent), time) {
            Ok((voucher, _)) => return prompt(engine, shown, &own, &request, &voucher, time).map(LookedOffline::New),
            // Of several reasons the one of the allowance that ends last counts: it could be the one for another day.
            Err(Error::Wallet(error)) => why_not = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(why_not.unwrap_or(WalletError::AllowanceUnknown).into())
}

fn prompt(
    engine: &Engine,
    shown: &ShownRequest,
    own: &OwnAllowance,
    request: &Verified<OfflineRequest>,
    voucher: &OfflineVoucher,
    time: Time,
) -> Result<OfflinePrompt, Error> {
    Ok(OfflinePrompt {
        amount: request.amount,
        details: shown.details.as_ref().map(|shown| shown.details.clone()),
        payee: request.payee,
        expires: request.expires,
        allowance: own.id,
        left: own.cap.units().less(voucher.total).of(own.cap.asset()),
        paid_lately: paid_lately(engine, &request.payee, time)?,
        digest: digest(own, request),
    })
}

/// What an approval covers: which request, and from which allowance. How much is left by then is no part of the person's yes.
fn digest(own: &OwnAllowance, request: &Verified<OfflineRequest>) -> Digest {
    let parts = (own.id, request.hash(), request.details);
    Digest::of_parts(&[b"farthing/1/offline-draft", &cbor::encode(&parts)])
}

/// When this payee key was paid last, if that is not long ago.
fn paid_lately(engine: &Engine, payee: &BareKey, time: Time) -> Result<Option<Time>, Error> {
    let mut last = None;
    for own in live::<OwnAllowance>(engine.store())? {
        let paid = vouchers(engine.store(), &own.id)?.into_iter().filter(|voucher| voucher.promised.payee == *payee);
        last = paid.map(|voucher| voucher.at).chain(last).max();
    }
    Ok(last.filter(|at| time.since(*at) <= SAME_PAYEE_NOTICE))
}

/// The allowances that are not over. What ends first is spent first.
pub(super) fn in_order(store: &dyn Store) -> Result<Vec<OwnAllowance>, Error> {
    let mut all: Vec<OwnAllowance> = live(store)?;
    all.sort_by_key(|own| (own.spend_until, own.id));
    Ok(all)
}

/// What was answered to this request before.
pub(super) fn answered(
    engine: &Engine,
    request: &Verified<OfflineRequest>,
) -> Result<Option<(OwnAllowance, OwnVoucher)>, Error> {
    for own in live::<OwnAllowance>(engine.store())? {
        let all = vouchers(engine.store(), &own.id)?;
        if let Some(before) = all.into_iter().find(|voucher| voucher.asked == request.hash()) {
            return Ok(Some((own, before)));
        }
    }
    Ok(None)
}

/// The voucher for this request, and the anchor that comes with it, when the allowance answers for it.
fn fits(
    engine: &Engine,
    own: &OwnAllowance,
    request: &Verified<OfflineRequest>,
    anchor: Anchor,
    time: Time,
) -> Result<(OfflineVoucher, Anchor), Error> {
    let allowance = spendable(engine, own)?;
    let promised = promised(engine, own, &request.payee)?;
    Ok(anchor.voucher(&allowance, request, promised, time).map_err(|fault| match fault {
        OfflineFault::AboveLimit => WalletError::AllowanceLimit,
        OfflineFault::AboveCap => WalletError::AllowanceUsedUp,
        OfflineFault::TooLate if request.expires <= time => WalletError::RequestExpired,
        OfflineFault::TooLate => WalletError::AllowanceTooLate,
        OfflineFault::OtherAllowance => WalletError::AllowanceFrozen,
        _ => WalletError::AllowanceUnknown,
    })?)
}

/// The verifier's word for an allowance that may be signed from here.
pub(super) fn spendable(engine: &Engine, own: &OwnAllowance) -> Result<Allowance, Error> {
    let word = own.allowance.as_ref().filter(|said| said.counts && own.state == AllowanceState::Open);
    let word = word.filter(|_| own.revoke.is_none()).ok_or(WalletError::AllowanceNotOpen)?;
    if own.frozen || own.device.is_some() {
        return Err(WalletError::AllowanceFrozen.into());
    }
    if is_listed(engine.store(), &own.id)? {
        return Err(WalletError::AllowanceNotOpen.into());
    }
    // It was verified when it was stored.
    Ok(Signed::<Allowance>::parse(word.bytes.as_slice())?.claims().clone())
}

/// What a payee was promised before, with what numbers that are burnt may have promised it.
fn promised(engine: &Engine, own: &OwnAllowance, payee: &BareKey) -> Result<Units, Error> {
    let signed = vouchers(engine.store(), &own.id)?.into_iter().map(|voucher| voucher.promised);
    let of_payee = signed.chain(own.burnt.iter().copied()).filter(|promised| promised.payee == *payee);
    Ok(of_payee.map(|promised| promised.total).max().unwrap_or_default())
}

/// Signs the voucher for an approved request: the anchor is written, then the database, and then it is returned, to be shown. Calls
/// nobody. Asked again, it returns the same bytes.
///
/// # Errors
/// Why it cannot be paid; then nothing was signed, or nobody has seen it. [`WalletError::AllowanceFrozen`] when vault and database do
/// not tell the same.
pub fn pay(
    engine: &mut Engine,
    vault: &dyn Vault,
    approval: &OfflineApproval,
    now: Moment,
) -> Result<OfflinePayment, Error> {
    let request = approval.shown.genuine(engine)?;
    if let Some((own, before)) = answered(engine, &request)? {
        return payment(&own, &before);
    }
    engine.check_can_pay()?;
    let time = own_time(engine, now)?;
    let spending = vault.spending()?.unwrap_or_default();
    let own = check_anchor(engine, &approval.allowance, &spending, time)?;
    if digest(&own, &request) != approval.digest {
        return Err(WalletError::NotWhatWasApproved.into());
    }
    let (voucher, anchor) = fits(engine, &own, &request, Anchor::from(own.spent), time)?;
    let seq = voucher.seq;
    let promised = Promised { payee: request.payee, total: voucher.payee_total };
    let voucher = signed(vault, &own, voucher)?;
    let record = OwnVoucher {
        version: V1,
        allowance: own.id,
        seq,
        voucher: SignedBytes::new(voucher.bytes().to_vec())?,
        request: approval.shown.request.clone(),
        details: approval.shown.details.clone(),
        at: time,
        promised,
        amount: request.amount,
        asked: request.hash(),
    };
    let paid = OwnAllowance { spent: SpentSoFar::from(anchor), ..own };
    let shown = payment(&paid, &record)?;
    let mut changes = Vec::from(saved(&paid));
    changes.push(Change::put(&record));
    changes.push(Change::Event { at: time, kind: EventKind::PaidOffline(paid.id, seq.get()) });
    vault.set_spending(&spending.with(&anchor))?;
    crash::point(crash::OFFLINE_AFTER_ANCHOR);
    engine.apply(changes)?;
    crash::point(crash::OFFLINE_AFTER_STORE);
    Ok(shown)
}

/// Signs by the key in the vault, and leaves nothing of it on this thread.
fn signed(vault: &dyn Vault, own: &OwnAllowance, voucher: OfflineVoucher) -> Result<Signed<OfflineVoucher>, Error> {
    let signed = apart(|| {
        let keys = AllowanceKeys::from_secret(vault.get(SecretName::AllowanceKeys)?.as_ref())?;
        let key = keys.find(&own.key).ok_or(WalletError::AllowanceFrozen)?;
        Ok(Signed::sign(voucher, key)?)
    });
    signed.map_err(|_| WalletError::Internal)?
}

/// What the payee is to see of a voucher that is stored.
fn payment(own: &OwnAllowance, voucher: &OwnVoucher) -> Result<OfflinePayment, Error> {
    let word = own.allowance.as_ref().ok_or(WalletError::AllowanceNotOpen)?;
    let frame =
        Frame::Payment(Bytes::new(word.bytes.as_slice().to_vec())?, Bytes::new(voucher.voucher.as_slice().to_vec())?);
    Ok(OfflinePayment { allowance: own.id, seq: voucher.seq, amount: voucher.amount, frame })
}
