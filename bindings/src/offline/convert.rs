//! Money without network, from the core's types to what crosses, and back.

use super::{
    Allowance, AllowanceDraft, AllowanceEnd, AllowanceOutcome, AllowanceState, AllowanceTerms, ClaimedOffline,
    CouldLose, OfflineExamined, OfflineLook, OfflineOffer, OfflinePayment, OfflinePrompt, OfflineRequest, OfflineTerms,
    PaidOffline, RefusedPayment, TakenPayment, TakenState,
};
use crate::convert::{amount, item, item_back, money, text};
use crate::failure::{Failure, FailureInfo};
use crate::records::Item;
use farthing_core as core;
use farthing_core::error::WalletError;
use farthing_core::offline::{
    AllowanceWish, Examined, LookedOffline, OfflineWish, OwnAllowance, OwnVoucher, TakenOffline,
};
use farthing_core::{Error, Wallet};
use farthing_protocol::details::Details;
use farthing_protocol::id::Digest;
use farthing_protocol::offline::AllowanceId;
use farthing_protocol::time::Span;

pub(crate) fn allowance_id(id: &str) -> Result<AllowanceId, Error> {
    AllowanceId::from_hex(id).ok_or_else(|| WalletError::AllowanceUnknown.into())
}

/// The id of a payment that was taken.
pub(crate) fn taken_id(id: &str) -> Result<Digest, Error> {
    Digest::from_hex(id).ok_or_else(|| WalletError::TakenUnknown.into())
}

pub(crate) fn terms(of: &AllowanceTerms) -> Result<AllowanceWish, Error> {
    Ok(AllowanceWish {
        cap: amount(&of.cap)?,
        per_voucher: of.per_payment.as_ref().map(amount).transpose()?,
        lasts: of.lasts_ms.map(Span::from_ms),
        grace: of.grace_ms.map(Span::from_ms),
    })
}

pub(crate) fn wish(of: &OfflineTerms) -> Result<OfflineWish, Error> {
    Ok(OfflineWish {
        amount: amount(&of.amount)?,
        memo: text(of.memo.as_ref())?,
        items: of.items.iter().map(item_back).collect::<Result<_, _>>()?,
        life: Span::from_ms(of.life_ms),
    })
}

impl From<&core::offline::AllowanceDraft> for AllowanceDraft {
    fn from(of: &core::offline::AllowanceDraft) -> Self {
        Self {
            id: of.id.to_string(),
            shown: of.digest.to_hex(),
            cap: money(&of.cap),
            per_payment: money(&of.per_voucher),
            fee: money(&of.fee),
            set_aside: money(&of.total),
            at_stake: money(&of.at_stake),
            lasts_ms: of.lasts.as_ms(),
            grace_ms: of.grace.as_ms(),
        }
    }
}

macro_rules! same {
    ($($name:ident { $($variant:ident)+ })+) => { $(
        impl From<core::offline::$name> for $name {
            fn from(of: core::offline::$name) -> Self {
                match of { $(core::offline::$name::$variant => Self::$variant,)+ }
            }
        }
    )+ };
}

same! {
    AllowanceState { Ordering Open Revoked Settled Refused Lost }
    TakenState { Taken Claimed Settled Refused }
}

impl From<&core::offline::AllowanceEnd> for AllowanceEnd {
    fn from(of: &core::offline::AllowanceEnd) -> Self {
        Self {
            claimed: money(&of.claimed),
            from_balance: money(&of.from_balance),
            unpaid: money(&of.unpaid),
            contradicts: of.contradicts,
        }
    }
}

impl Allowance {
    pub(crate) fn of(of: &OwnAllowance) -> Result<Self, Error> {
        let asset = of.cap.asset();
        Ok(Self {
            id: of.id.to_hex(),
            state: of.state.into(),
            cap: money(&of.cap),
            per_payment: money(&of.per_voucher.of(asset)),
            spent: money(&of.spent.total.of(asset)),
            left: money(&of.left()),
            spend_until_ms: of.spend_until.as_ms(),
            claim_until_ms: of.claim_until.as_ms(),
            frozen: of.is_frozen(),
            end: of.ended()?.as_ref().map(AllowanceEnd::from),
            at_ms: of.at.as_ms(),
            code: of.code,
        })
    }
}

/// An outcome with the allowance as it is stored now.
pub(crate) fn outcome(wallet: &Wallet, of: core::offline::AllowanceOutcome) -> Result<AllowanceOutcome, Error> {
    use core::offline::AllowanceOutcome as Of;
    let allowance = |id: &AllowanceId| Allowance::of(&wallet.allowance(id)?);
    Ok(match of {
        Of::Done(id) => AllowanceOutcome::Done { allowance: allowance(&id)? },
        Of::Refused { allowance: id, error } => {
            AllowanceOutcome::Refused { allowance: allowance(&id)?, why: info(error) }
        }
        Of::Unknown { allowance: id, because } => {
            AllowanceOutcome::Unknown { allowance: allowance(&id)?, because: info(because) }
        }
    })
}

fn info(error: Error) -> FailureInfo {
    Failure::from(error).info().clone()
}

impl OfflineRequest {
    pub(crate) fn of(of: &core::offline::AskedOffline) -> Result<Self, Error> {
        Ok(Self {
            id: of.id.to_hex(),
            amount: money(&of.amount),
            expires_ms: of.expires.as_ms(),
            text: super::shown(&of.frame)?,
        })
    }
}

impl OfflinePayment {
    pub(crate) fn of(of: &core::offline::OfflinePayment) -> Result<Self, Error> {
        Ok(Self {
            allowance: of.allowance.to_hex(),
            number: of.seq.get(),
            amount: money(&of.amount),
            text: super::shown(&of.frame)?,
        })
    }
}

fn memo(of: Option<&Details>) -> Option<String> {
    Some(of?.memo.as_ref()?.to_string())
}

fn name(of: Option<&Details>) -> Option<String> {
    Some(of?.payer.as_ref()?.to_string())
}

fn items(of: Option<&Details>) -> Vec<Item> {
    of.and_then(|details| details.items.as_ref()).into_iter().flatten().map(item).collect()
}

impl OfflinePrompt {
    pub(crate) fn of(of: &core::offline::OfflinePrompt, request: String) -> Self {
        let details = of.details.as_ref();
        Self {
            request,
            shown: of.digest.to_hex(),
            amount: money(&of.amount),
            payee_name: name(details),
            memo: memo(details),
            items: items(details),
            allowance: of.allowance.to_hex(),
            left: money(&of.left),
            expires_ms: of.expires.as_ms(),
            paid_lately_ms: of.paid_lately.map(|at| at.as_ms()),
        }
    }
}

/// What was looked at, of the request that was shown.
pub(crate) fn looked(of: &LookedOffline, request: String) -> Result<OfflineLook, Error> {
    Ok(match of {
        LookedOffline::Again(payment) => OfflineLook::Again { payment: OfflinePayment::of(payment)? },
        LookedOffline::New(prompt) => OfflineLook::New { prompt: OfflinePrompt::of(prompt, request) },
    })
}

impl From<&OwnVoucher> for PaidOffline {
    fn from(of: &OwnVoucher) -> Self {
        let details = of.details.as_ref().map(|shown| &shown.details);
        Self {
            number: of.seq.get(),
            amount: money(&of.amount),
            payee_name: name(details),
            memo: memo(details),
            at_ms: of.at.as_ms(),
        }
    }
}

impl From<&core::offline::CouldLose> for CouldLose {
    fn from(of: &core::offline::CouldLose) -> Self {
        Self { all: money(&of.all), of_payer: money(&of.of_payer), limit: money(&of.limit) }
    }
}

impl OfflineOffer {
    pub(crate) fn of(of: &core::offline::OfflineOffer, payment: String) -> Self {
        Self {
            payment,
            shown: of.digest.to_hex(),
            amount: money(&of.amount),
            memo: memo(of.details.as_ref()),
            items: items(of.details.as_ref()),
            could_lose: (&of.could_lose).into(),
            claim_until_ms: of.claim_until.as_ms(),
            list_of_ms: of.list_of.map(|time| time.as_ms()),
        }
    }
}

/// What was examined, of the payment that was shown.
pub(crate) fn examined(of: &Examined, payment: String) -> Result<OfflineExamined, Error> {
    Ok(match of {
        Examined::Taken(taken) => OfflineExamined::Taken { payment: TakenPayment::of(taken)? },
        Examined::Good(offer) => OfflineExamined::Good { offer: OfflineOffer::of(offer, payment) },
    })
}

impl TakenPayment {
    pub(crate) fn of(of: &TakenOffline) -> Result<Self, Error> {
        let share = of.share()?;
        let details = of.details.as_ref().map(|shown| &shown.details);
        Ok(Self {
            id: of.id.to_hex(),
            state: of.state.into(),
            amount: money(&of.amount),
            guaranteed: money(&share.guaranteed),
            received: share.received.as_ref().map(money),
            contradicts: share.contradicts,
            allowance: of.allowance.to_hex(),
            claim_until_ms: of.claim_until.map(|until| until.as_ms()),
            memo: memo(details),
            items: items(details),
            at_ms: of.at.as_ms(),
            code: of.code,
        })
    }
}

impl ClaimedOffline {
    /// What was claimed, with the payments as they are stored now.
    pub(crate) fn of(wallet: &Wallet, of: core::offline::ClaimedOffline) -> Result<Self, Error> {
        let payment = |id: &Digest| TakenPayment::of(&wallet.taken_payment(id)?);
        let refused = |(id, error): (Digest, Error)| Ok(RefusedPayment { payment: payment(&id)?, why: info(error) });
        Ok(Self {
            claimed: of.claimed.iter().map(payment).collect::<Result<_, Error>>()?,
            refused: of.refused.into_iter().map(refused).collect::<Result<_, Error>>()?,
        })
    }
}
