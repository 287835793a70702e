//! Issue: the operator puts money into an account, from the issuer's. Grants of invites are issues too.
//!
//! ```cddl
//! issue = {
//!   0: 1,
//!   1: bstr .size 16,         ; id, a UUIDv7 of any time; the same id again issues nothing more
//!   2: bstr .size 32,         ; verifier
//!   3: bstr .size 16,         ; account
//!   4: amount,                ; more than zero
//!   5: tstr,                  ; reason, which the account's owner sees
//!   6: time,                  ; created
//! }
//! ```
//!
//! Type `issue`, signed by the signing key. The receipt that follows names the account key as payee key, this object's
//! hash as order hash, and as details hash SHA-256 of its bytes.
//!
//! ```
//! use farthing_protocol::{cbor::V1, cose::Signed, id::*, issue::{self, Issue}, key::Ed25519Key, money::*, text::Text, time::Time};
//! let usd = Asset::new(Code::new("USD")?, 6)?;
//! let grant = Issue {
//!     version: V1, id: OrderId::from_uuid_text("019ca945-0a00-7ea3-bbb1-2436b6d38827").ok_or("no UUID")?, verifier: VerifierId::new([2; 32]), account: AccountId::new([3; 16]),
//!     amount: Amount::new(25_000_000, usd)?, reason: Text::new("Welcome")?, created: Time::from_ms(1),
//! };
//! let signed = Signed::sign(grant, &Ed25519Key::from_seed([7; 32]))?;
//! assert_eq!(issue::details_hash(&signed).as_bytes(), signed.bytes_hash().as_bytes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::V1;
use crate::cose::{Object, Signed};
use crate::error::Malformed;
use crate::id::{AccountId, DetailsHash, OrderId, VerifierId};
use crate::limits::REASON_MAX;
use crate::money::Amount;
use crate::text::Text;
use crate::time::Time;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Issue {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Made once.
    #[n(1)]
    pub id: OrderId,
    /// By this verifier.
    #[n(2)]
    pub verifier: VerifierId,
    /// To this account.
    #[n(3)]
    pub account: AccountId,
    /// How much.
    #[n(4)]
    pub amount: Amount,
    /// Why.
    #[n(5)]
    pub reason: Text<REASON_MAX>,
    /// When it was made.
    #[n(6)]
    pub created: Time,
}

impl Object for Issue {
    const TYPE: &'static str = "issue";

    fn check(&self) -> Result<(), Malformed> {
        if self.amount.is_zero() {
            return Err(Malformed::Value("an issue moves more than zero"));
        }
        // Not of `created`: the operator chooses it before, so that a repeated call is harmless.
        if self.id.time().is_none() {
            return Err(Malformed::Value("an issue's id is a UUIDv7"));
        }
        Ok(())
    }
}

/// The details hash of an issue's receipt: there is nothing to hide in it, so nothing salts it.
#[must_use]
pub fn details_hash(issue: &Signed<Issue>) -> DetailsHash {
    DetailsHash::new(*issue.bytes_hash().as_bytes())
}
