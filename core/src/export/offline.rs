//! The JSON of money without network: allowances that we pay from, and payments that were taken. What was signed is in it, in hex: it says
//! what is owed. Keys and anchors of allowances are not.

use super::views::AmountView;
use crate::engine::Engine;
use crate::error::Error;
use crate::offline::{AllowanceEnd, CouldLose, OwnAllowance, OwnVoucher, Said, TakenOffline};
use crate::store;
use data_encoding::HEXLOWER;
use farthing_protocol::details::Disclosure;
use farthing_protocol::money::{Amount, Units};
use serde::{Deserialize, Serialize};

/// An allowance of the account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AllowanceView {
    /// Its name, in hex.
    pub id: String,
    /// `ordering`, `open`, `revoked`, `settled`, `refused`, `lost`.
    pub state: String,
    /// The most that all payees get of what is set aside.
    pub cap: AmountView,
    /// The most of one payment.
    pub per_payment: AmountView,
    /// What was paid from it here, with what burnt numbers may have been.
    pub spent: AmountView,
    /// What can still be paid from it here.
    pub left: AmountView,
    /// Payments are made until shortly before.
    pub spend_until: String,
    /// What was not claimed comes back then.
    pub claim_until: String,
    /// Nothing more is signed from it here: the wallet's memory was put back, or it is another device's.
    pub frozen: bool,
    /// What payees got of what was set aside, once it is settled.
    pub claimed: Option<AmountView>,
    /// What the settlement took from the balance, because the payments of one number were claimed for more than the cap.
    pub taken_from_balance: Option<AmountView>,
    /// What payees lack all the same: a debt.
    pub unpaid: Option<AmountView>,
    /// Two payments contradict each other.
    pub contradicts: bool,
    /// When it was ordered.
    pub at: String,
    /// The code of the last refusal or problem.
    pub code: Option<u16>,
    /// What was signed from it.
    pub payments: Vec<OfflinePaymentView>,
    /// The verifier's word for it, in hex.
    pub allowance: Option<String>,
    /// Its settlement, in hex.
    pub settlement: Option<String>,
}

/// A payment that was made without network.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OfflinePaymentView {
    /// Its number.
    pub number: u64,
    /// How much it is for.
    pub amount: AmountView,
    /// What the payee calls itself: nobody has checked that.
    pub payee_name: Option<String>,
    /// What the payee wrote.
    pub memo: Option<String>,
    /// When it was signed, by this device's clock.
    pub at: String,
}

/// A payment that was taken without network.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakenView {
    /// Its voucher's hash, in hex.
    pub id: String,
    /// `taken`, `claimed`, `settled`, `refused`.
    pub state: String,
    /// How much it is for.
    pub amount: AmountView,
    /// What of it is guaranteed, and has arrived.
    pub guaranteed: AmountView,
    /// What its share was, once it is settled.
    pub received: Option<AmountView>,
    /// The settlement says that two payments of its allowance contradict each other.
    pub contradicts: bool,
    /// The payer's allowance, in hex.
    pub allowance: String,
    /// Claims are taken before.
    pub claim_until: Option<String>,
    /// What we wrote beside the request.
    pub memo: Option<String>,
    /// When it was taken, by this device's clock.
    pub at: String,
    /// The code of the last refusal.
    pub code: Option<u16>,
    /// The allowance as it was shown, in hex.
    pub shown: Option<String>,
    /// The voucher, in hex.
    pub voucher: String,
    /// Our request, in hex.
    pub request: String,
    /// The verifier's receipt of the claim, in hex.
    pub receipt: Option<String>,
    /// The settlement with our line, in hex.
    pub settlement: Option<String>,
}

/// What can be lost of payments that are not settled.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CouldLoseView {
    /// Of all payers.
    pub all: AmountView,
    /// Of it, of this payer.
    pub of_payer: AmountView,
    /// What its person is ready to lose.
    pub limit: AmountView,
}

impl From<&CouldLose> for CouldLoseView {
    fn from(could_lose: &CouldLose) -> Self {
        let CouldLose { all, of_payer, limit } = could_lose;
        Self { all: all.into(), of_payer: of_payer.into(), limit: limit.into() }
    }
}

fn hex(said: Option<&Said>) -> Option<String> {
    said.map(|said| HEXLOWER.encode(said.bytes.as_slice()))
}

fn name(shown: Option<&Disclosure>) -> Option<String> {
    Some(shown?.details.payer.as_ref()?.to_string())
}

fn memo(shown: Option<&Disclosure>) -> Option<String> {
    Some(shown?.details.memo.as_ref()?.to_string())
}

impl AllowanceView {
    /// All of them, newest first.
    ///
    /// # Errors
    /// What the store says.
    pub fn all(engine: &Engine) -> Result<Vec<Self>, Error> {
        let mut all: Vec<OwnAllowance> = store::all_kept(engine.store())?;
        all.sort_by_key(|own| core::cmp::Reverse((own.at, own.id)));
        all.iter().map(|own| Self::of(engine, own)).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// What the store says.
    pub fn of(engine: &Engine, own: &OwnAllowance) -> Result<Self, Error> {
        let asset = own.cap.asset();
        let view = |units: Units| AmountView::from(&units.of(asset));
        let ended = own.ended()?;
        let of = |of: fn(&AllowanceEnd) -> &Amount| ended.as_ref().map(of).map(AmountView::from);
        let payments = crate::offline::vouchers(engine.store(), &own.id)?;
        Ok(Self {
            id: own.id.to_hex(),
            state: own.state.as_str().to_owned(),
            cap: (&own.cap).into(),
            per_payment: view(own.per_voucher),
            spent: view(own.spent.total),
            left: (&own.left()).into(),
            spend_until: own.spend_until.to_rfc3339(),
            claim_until: own.claim_until.to_rfc3339(),
            frozen: own.is_frozen(),
            claimed: of(|ended| &ended.claimed),
            taken_from_balance: of(|ended| &ended.from_balance),
            unpaid: of(|ended| &ended.unpaid),
            contradicts: ended.is_some_and(|ended| ended.contradicts),
            at: own.at.to_rfc3339(),
            code: own.code,
            payments: payments.iter().map(OfflinePaymentView::from).collect(),
            allowance: hex(own.allowance.as_ref()),
            settlement: hex(own.settlement.as_ref()),
        })
    }
}

impl From<&OwnVoucher> for OfflinePaymentView {
    fn from(voucher: &OwnVoucher) -> Self {
        Self {
            number: voucher.seq.get(),
            amount: (&voucher.amount).into(),
            payee_name: name(voucher.details.as_ref()),
            memo: memo(voucher.details.as_ref()),
            at: voucher.at.to_rfc3339(),
        }
    }
}

impl TakenView {
    /// All of them, newest first.
    ///
    /// # Errors
    /// What the store says.
    pub fn all(engine: &Engine) -> Result<Vec<Self>, Error> {
        let mut all: Vec<TakenOffline> = store::all_kept(engine.store())?;
        all.sort_by_key(|taken| core::cmp::Reverse((taken.at, taken.id)));
        all.iter().map(Self::of).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// When the record is damaged.
    pub fn of(taken: &TakenOffline) -> Result<Self, Error> {
        let share = taken.share()?;
        Ok(Self {
            id: taken.id.to_hex(),
            state: taken.state.as_str().to_owned(),
            amount: (&taken.amount).into(),
            guaranteed: (&share.guaranteed).into(),
            received: share.received.as_ref().map(AmountView::from),
            contradicts: share.contradicts,
            allowance: taken.allowance.to_hex(),
            claim_until: taken.claim_until.map(|until| until.to_rfc3339()),
            memo: memo(taken.details.as_ref()),
            at: taken.at.to_rfc3339(),
            code: taken.code,
            shown: taken.shown.as_ref().map(|bytes| HEXLOWER.encode(bytes.as_slice())),
            voucher: HEXLOWER.encode(taken.voucher.as_slice()),
            request: HEXLOWER.encode(taken.request.as_slice()),
            receipt: hex(taken.receipt.as_ref()),
            settlement: hex(taken.settlement.as_ref()),
        })
    }
}
