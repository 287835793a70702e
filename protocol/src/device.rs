//! Device certificate and device list: what may act for an account (wire decision 5).
//!
//! ```cddl
//! device-certificate = {
//!   0: 1,
//!   1: bstr .size 32,         ; verifier
//!   2: public-key,            ; account key
//!   3: public-key,            ; act key: signs what moves value; its thumbprint names the device
//!   4: public-key,            ; session key, Ed25519: signs reads, handle and request acts; never value
//!   ? 5: bstr .size 32,       ; Olm identity (Curve25519)
//!   6: scope,
//!   7: uint,                  ; counter of the account key
//!   8: time,                  ; created
//! }
//! scope = {
//!   0: uint,                  ; 1 receive + 2 pay + 4 administer
//!   ? 1: [1*32 amount],       ; most per order, at most one per asset
//!   ? 2: [1*32 amount],       ; most per day (the last 24 h)
//!   ? 3: [1*8 bstr .size 16], ; the only payee handles that may be paid
//!   ? 4: time,                ; expires
//! }
//! device-list = {
//!   0: 1,
//!   1: bstr .size 32,         ; verifier
//!   2: bstr .size 16,         ; account
//!   3: uint,                  ; counter: the list's version; a lower one is refused
//!   4: [1*16 [device: bstr .size 16, certificate: bstr .size 32]],   ; by SHA-256 of its bytes
//!   5: time,                  ; created
//! }
//! ```
//!
//! Types `device-certificate` and `device-list`, both signed by the account key. A device may act while it is on the list in
//! force: a list that leaves it out revokes it, for ever.
//!
//! ```
//! use farthing_protocol::device::Scope;
//! let till = Scope { permissions: Scope::RECEIVE, ..Scope::default() };
//! assert!(till.allows(Scope::RECEIVE) && !till.allows(Scope::PAY));
//! assert!(Scope::full().allows(Scope::PAY | Scope::ADMINISTER));
//!
//! // What a person allows somebody else's phone.
//! use farthing_protocol::{device::{Allowance, Limited}, time::{Span, Time}};
//! let hour = Allowance { pay: true, life: Some(Span::from_min(60)), ..Allowance::default() };
//! let scope = Limited::new(hour)?.scope(Time::from_ms(0));
//! assert!(scope.allows(Scope::PAY) && !scope.allows(Scope::ADMINISTER));
//! assert_eq!(scope.expires, Some(Time::from_ms(3_600_000)));
//! # Ok::<(), farthing_protocol::Malformed>(())
//! ```

use crate::alias::Alias;
use crate::cbor::V1;
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{AccountId, Counter, DeviceId, Digest, Handle, VerifierId};
use crate::key::{Algorithm, OlmKey, PublicKey};
use crate::limits::{ASSETS_MAX, DEVICES_MAX, SCOPE_ALIASES_MAX};
use crate::money::Amount;
use crate::time::{Span, Time};
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceCertificate {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// For use at this verifier only.
    #[n(1)]
    pub verifier: VerifierId,
    /// The account key.
    #[n(2)]
    pub account: PublicKey,
    /// Signs what moves value; in hardware where possible.
    #[n(3)]
    pub act: PublicKey,
    /// Signs reads, handle and request acts; always Ed25519 in software.
    #[n(4)]
    pub session: PublicKey,
    /// The device's Olm identity key, once it has one.
    #[n(5)]
    pub olm: Option<OlmKey>,
    /// What the device may do.
    #[n(6)]
    pub scope: Scope,
    /// The account key's counter.
    #[n(7)]
    pub counter: Counter,
    /// When it was made.
    #[n(8)]
    pub created: Time,
}

impl DeviceCertificate {
    /// The device that it is about.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.act.device_id()
    }
}

impl Object for DeviceCertificate {
    const TYPE: &'static str = "device-certificate";

    fn check(&self) -> Result<(), Malformed> {
        if self.session.algorithm() != Algorithm::Ed25519 {
            return Err(Malformed::Value("a session key is Ed25519"));
        }
        if self.session == self.act || self.session == self.account || self.act == self.account {
            return Err(Malformed::Value("account, act and session keys differ"));
        }
        self.scope.check()
    }
}

/// What a device may do; the verifier enforces it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Scope {
    /// The sum of [`Scope::RECEIVE`], [`Scope::PAY`], [`Scope::ADMINISTER`].
    #[n(0)]
    #[cbor(decode_with = "crate::cbor::number")]
    pub permissions: u8,
    /// The most that one order may move, by asset; an asset that is not listed is not allowed.
    #[n(1)]
    pub per_order: Option<Vec<Amount>>,
    /// The most that 24 hours may move, by asset; an asset that is not listed is not allowed.
    #[n(2)]
    pub per_day: Option<Vec<Amount>>,
    /// The only handles that may be paid.
    #[n(3)]
    pub payees: Option<Vec<Handle>>,
    /// The device may do nothing at this time or later.
    #[n(4)]
    pub expires: Option<Time>,
}

impl Scope {
    /// May make requests and handles, and read the account.
    pub const RECEIVE: u8 = 1;
    /// May pay.
    pub const PAY: u8 = 2;
    /// May change the account's settings.
    pub const ADMINISTER: u8 = 4;

    /// Everything, without limits: a person's own phone.
    #[must_use]
    pub fn full() -> Self {
        Self { permissions: Self::RECEIVE | Self::PAY | Self::ADMINISTER, ..Self::default() }
    }

    /// True when all of `permission` is given.
    #[must_use]
    pub const fn allows(&self, permission: u8) -> bool {
        self.permissions & permission == permission
    }

    fn check(&self) -> Result<(), Malformed> {
        if self.permissions > 7 {
            return Err(Malformed::Value("a scope has permissions 1, 2 and 4"));
        }
        for limits in [&self.per_order, &self.per_day].into_iter().flatten() {
            let ascending = limits.iter().zip(limits.iter().skip(1)).all(|(a, b)| a.asset() < b.asset());
            if limits.is_empty() || limits.len() > ASSETS_MAX || !ascending {
                return Err(Malformed::Value("a scope lists an asset once, in ascending order"));
            }
        }
        match &self.payees {
            Some(payees) if payees.is_empty() || payees.len() > SCOPE_ALIASES_MAX => {
                Err(Malformed::Value("a scope lists 1 to 8 payees"))
            }
            _ => Ok(()),
        }
    }
}

/// Limits of one kind that a person can set: with more, what the new phone is granted may not fit its slot (protocol, 7.7).
const LIMITS_MAX: usize = 8;

/// What a person allows somebody else's device. An empty list is no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// It may pay, not only be paid.
    pub pay: bool,
    /// The most that one order may move, one amount per asset.
    pub per_order: Vec<Amount>,
    /// The most that 24 hours may move, likewise.
    pub per_day: Vec<Amount>,
    /// The only payees.
    pub payees: Vec<Alias>,
    /// How long it may do anything.
    pub life: Option<Span>,
}

/// An [`Allowance`] that fits a certificate, while its beginning is not known: so that what does not fit is refused before
/// anything is asked or sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    /// Without its end.
    scope: Scope,
    life: Option<Span>,
}

impl Limited {
    /// Composes the scope.
    ///
    /// # Errors
    /// [`Malformed::Value`] says what does not fit: a life of nothing, two limits in one asset, too many limits or payees.
    pub fn new(allowance: Allowance) -> Result<Self, Malformed> {
        let Allowance { pay, per_order, per_day, payees, life } = allowance;
        if life.is_some_and(|life| life.as_ms() == 0) {
            return Err(Malformed::Value("the time that a device may act for is more than nothing"));
        }
        if payees.len() > SCOPE_ALIASES_MAX {
            return Err(Malformed::Value("a device is limited to at most 8 payees"));
        }
        let payees = (!payees.is_empty()).then(|| payees.iter().map(Alias::handle).collect());
        let permissions = if pay { Scope::RECEIVE | Scope::PAY } else { Scope::RECEIVE };
        let (per_order, per_day) = (limits(per_order)?, limits(per_day)?);
        Ok(Self { scope: Scope { permissions, per_order, per_day, payees, expires: None }, life })
    }

    /// From `now` on, by the verifier's time.
    #[must_use]
    pub fn scope(self, now: Time) -> Scope {
        Scope { expires: self.life.map(|life| now.plus(life)), ..self.scope }
    }
}

/// In the order that a certificate has.
fn limits(mut limits: Vec<Amount>) -> Result<Option<Vec<Amount>>, Malformed> {
    limits.sort_by_key(Amount::asset);
    if limits.windows(2).any(|pair| matches!(pair, [a, b] if a.asset() == b.asset())) {
        return Err(Malformed::Value("give one limit per currency"));
    }
    if limits.len() > LIMITS_MAX {
        return Err(Malformed::Value("give limits in at most 8 currencies"));
    }
    Ok((!limits.is_empty()).then_some(limits))
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceList {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// At this verifier.
    #[n(1)]
    pub verifier: VerifierId,
    /// Of this account.
    #[n(2)]
    pub account: AccountId,
    /// The list's version.
    #[n(3)]
    pub counter: Counter,
    /// The devices that may act.
    #[n(4)]
    pub devices: Vec<ListedDevice>,
    /// When it was made.
    #[n(5)]
    pub created: Time,
}

/// One row of a device list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ListedDevice {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// SHA-256 of its certificate's bytes.
    #[n(1)]
    pub certificate: Digest,
}

impl Object for DeviceList {
    const TYPE: &'static str = "device-list";

    fn check(&self) -> Result<(), Malformed> {
        let ascending = self.devices.iter().zip(self.devices.iter().skip(1)).all(|(a, b)| a.device < b.device);
        if self.devices.is_empty() || self.devices.len() > DEVICES_MAX || !ascending {
            return Err(Malformed::Value("a device list has 1 to 16 devices, each once, in ascending order"));
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use crate::money::{Asset, Code};

    fn amounts(codes: &[&str]) -> Vec<Amount> {
        let asset = |code| Asset::new(Code::new(code).unwrap(), 2).unwrap();
        codes.iter().map(|code| Amount::new(100, asset(*code)).unwrap()).collect()
    }

    fn aliases(count: usize) -> Vec<Alias> {
        (0..count).map(|n| Alias::new(&format!("truck-{n}")).unwrap()).collect()
    }

    #[test]
    fn what_a_person_can_set_makes_a_scope_that_a_certificate_takes() {
        let currencies = ["USD", "EUR", "KRW", "MXN", "CHF", "JPY", "GBP", "CAD"];
        let allowance = Allowance {
            pay: true,
            per_order: amounts(&currencies),
            per_day: amounts(&["USD"]),
            payees: aliases(SCOPE_ALIASES_MAX),
            life: Some(Span::from_s(u64::MAX)),
        };
        let scope = Limited::new(allowance).unwrap().scope(Time::from_ms(1));
        scope.check().unwrap();
        assert_eq!(scope.expires, Some(Time::MAX));
        let nothing = Limited::new(Allowance::default()).unwrap().scope(Time::from_ms(1));
        assert_eq!(nothing, Scope { permissions: Scope::RECEIVE, ..Scope::default() });
    }

    #[test]
    fn what_no_certificate_can_say_is_refused() {
        let nine = ["USD", "EUR", "KRW", "MXN", "CHF", "JPY", "GBP", "CAD", "AUD"];
        let none = Allowance::default;
        for allowance in [
            Allowance { per_order: amounts(&["USD", "EUR", "USD"]), ..none() },
            Allowance { per_day: amounts(&["USD", "USD"]), ..none() },
            Allowance { per_day: amounts(&nine), ..none() },
            Allowance { payees: aliases(SCOPE_ALIASES_MAX + 1), ..none() },
            Allowance { life: Some(Span::from_ms(0)), ..none() },
        ] {
            assert!(matches!(Limited::new(allowance), Err(Malformed::Value(_))));
        }
    }
}
