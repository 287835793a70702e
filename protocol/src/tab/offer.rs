//! Hold offer: a payee's terms for a tab.
//!
//! ```cddl
//! hold-offer = {
//!   0: 1,
//!   1: bstr .size 16,         ; id: 16 random bytes, so that the reference cannot be guessed
//!   2: bstr .size 32,         ; verifier
//!   3: bstr .size 16,         ; handle
//!   4: public-key,            ; payee key: this offer's own, or an alias's
//!   5: bstr .size 32,         ; HPKE key: likewise
//!   6: time, 7: time,         ; created, expires
//!   8: offer-terms,
//!   ? 9: tstr,                ; memo
//!   ? 10: tstr,               ; what the payee calls itself
//!   11: 0 / 1,                ; single, standing
//! }
//! offer-terms = {
//!   0: amount,                ; price of one unit
//!   1: tstr,                  ; the unit
//!   2: amount,                ; suggested cap
//!   3: uint,                  ; suggested: spend_until so many ms after the order's making
//!   4: uint,                  ; the least that claim_until may lie after spend_until, in ms
//!   ? 5: meter-terms,         ; where it is paid from by itself
//! }
//! ```
//!
//! Type `hold-offer`, signed by the payee key. Order and receipt name an offer by a reference that is made like a request's, with another
//! label: HKDF-SHA256(salt "", SHA-256 of its whole bytes, `farthing/1/offer-ref`). So the order of a hold never fits a request's handle.
//! Who does not know of meters refuses an offer with one: an unknown member is not canonical.

use super::bounds::check_grace;
use super::meter::MeterTerms;
use super::receipt::HoldReceipt;
use crate::cbor::V1;
use crate::cose::{Object, Signed};
use crate::details::{Memo, Name};
use crate::error::Malformed;
use crate::id::{Handle, RequestRef, VerifierId};
use crate::key::{HpkePublicKey, PublicKey};
use crate::limits::{HOLD_SPEND_MAX, ITEM_NAME_MAX, ORDER_LIFE_MAX};
use crate::money::Amount;
use crate::request::{RequestId, Usage};
use crate::sealed;
use crate::text::Text;
use crate::time::{Span, Time};
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HoldOffer {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// 16 random bytes.
    #[n(1)]
    pub id: RequestId,
    /// Where the hold is to be placed.
    #[n(2)]
    pub verifier: VerifierId,
    /// Whom it is for.
    #[n(3)]
    pub handle: Handle,
    /// The key that signs the offer, and that the hold's receipt must name.
    #[n(4)]
    pub payee: PublicKey,
    /// The key that the payer's message is sealed to.
    #[n(5)]
    pub hpke: HpkePublicKey,
    /// When it was made.
    #[n(6)]
    pub created: Time,
    /// A hold that is placed at this time or later does not accept it.
    #[n(7)]
    pub expires: Time,
    /// What is offered.
    #[n(8)]
    pub terms: OfferTerms,
    /// A few sentences.
    #[n(9)]
    pub memo: Option<Memo>,
    /// What the payee calls itself; nobody has checked it.
    #[n(10)]
    pub payee_name: Option<Name>,
    /// For one payer, or for any number of them.
    #[n(11)]
    pub usage: Usage,
}

/// What a payee offers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OfferTerms {
    /// The price of one unit.
    #[n(0)]
    pub price: Amount,
    /// What the price is for: a minute, an article.
    #[n(1)]
    pub unit: Text<ITEM_NAME_MAX>,
    /// The cap that the payee suggests. The payer may set another.
    #[n(2)]
    pub cap: Amount,
    /// For how long it suggests that the hold is spent from. The payer may set another time.
    #[n(3)]
    pub lasts: Span,
    /// The least grace that it needs for its claims.
    #[n(4)]
    pub grace: Span,
    /// How a meter goes, where the payer's side pays by itself.
    #[n(5)]
    pub meter: Option<MeterTerms>,
}

impl Object for HoldOffer {
    const TYPE: &'static str = "hold-offer";

    fn check(&self) -> Result<(), Malformed> {
        self.usage.check_life(self.created, self.expires)?;
        let terms = &self.terms;
        if terms.price.is_zero() {
            return Err(Malformed::Value("an offer's price is more than zero"));
        }
        if terms.cap.asset() != terms.price.asset() || terms.cap.value() < terms.price.value() {
            return Err(Malformed::Value("an offer's cap buys at least one unit"));
        }
        if terms.lasts <= ORDER_LIFE_MAX || terms.lasts > HOLD_SPEND_MAX {
            return Err(Malformed::Value("an offer's hold lasts more than 10 minutes and at most 31 days"));
        }
        if let Some(meter) = &terms.meter {
            meter.check(&terms.price, &terms.cap)?;
        }
        check_grace(terms.grace)
    }
}

/// The reference of an offer: what orders, receipts and the verifier see instead of its hash.
#[must_use]
pub fn offer_reference(offer: &Signed<HoldOffer>) -> RequestRef {
    RequestRef::new(*sealed::derive(&[], offer.bytes_hash().as_bytes(), &[b"farthing/1/offer-ref"]))
}

/// Whether the hold of a verified receipt accepts this offer of the payee's own: it refers to it, was placed before it expired, is
/// for its key and in its asset, buys at least one unit and leaves the grace that was asked for.
#[must_use]
pub fn accepts(receipt: &HoldReceipt, offer: &Signed<HoldOffer>) -> bool {
    let (claims, terms, bounds) = (offer.claims(), &offer.claims().terms, receipt.bounds());
    receipt.reference == Some(offer_reference(offer))
        && receipt.placed < claims.expires
        && receipt.payee_key == claims.payee.payee_key_hash()
        && bounds.cap.asset() == terms.price.asset()
        && bounds.cap.value() >= terms.price.value()
        && bounds.grace() >= terms.grace
}
