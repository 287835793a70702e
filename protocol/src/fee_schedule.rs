//! Fee schedule: a verifier's assets, and what a payment costs in each.
//!
//! ```cddl
//! fee-schedule = {
//!   0: 1,
//!   1: bstr .size 32,         ; verifier
//!   2: uint,                  ; version; orders name it
//!   3: time,                  ; in force since
//!   4: [1*32 terms],          ; ascending by code, each code once
//! }
//! terms = [code: tstr, scale: 0..12, flat: uint, bps: 0..10000]
//! ```
//!
//! Type `fee-schedule`, signed by the signing key. Fee = flat + floor(value × bps / 10^4), on top of
//! the amount, paid by the payer (wire decision 12).
//!
//! ```
//! use farthing_protocol::{cbor::V1, fee_schedule::{FeeSchedule, Terms}, id::*, money::*, time::Time};
//! let usd = Asset::new(Code::new("USD")?, 6)?;
//! let schedule = FeeSchedule {
//!     version: V1, verifier: VerifierId::new([1; 32]), fee_version: FeeVersion::new(1), since: Time::from_ms(0),
//!     terms: vec![Terms { asset: usd, flat: 10_000, bps: 30 }],
//! };
//! assert_eq!(schedule.fee(&Amount::parse("4.50 USD", &[usd])?)?.to_string(), "0.0235 USD");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::V1;
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{FeeVersion, VerifierId};
use crate::limits::{AMOUNT_MAX, ASSETS_MAX, FEE_BPS_MAX};
use crate::money::{Amount, AmountError, Asset, Code};
use crate::time::Time;
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FeeSchedule {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Whose fees they are.
    #[n(1)]
    pub verifier: VerifierId,
    /// Orders name it, so that nobody pays a fee that was not shown.
    #[n(2)]
    pub fee_version: FeeVersion,
    /// In force since.
    #[n(3)]
    pub since: Time,
    /// One row per asset.
    #[n(4)]
    pub terms: Vec<Terms>,
}

/// What a payment in one asset costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The asset.
    pub asset: Asset,
    /// Per payment, in units.
    pub flat: u64,
    /// Per 10,000 of the amount, rounded down.
    pub bps: u64,
}

impl Object for FeeSchedule {
    const TYPE: &'static str = "fee-schedule";

    fn check(&self) -> Result<(), Malformed> {
        if self.terms.is_empty() || self.terms.len() > ASSETS_MAX {
            return Err(Malformed::Value("a fee schedule has 1 to 32 assets"));
        }
        let ascending = self.terms.iter().zip(self.terms.iter().skip(1)).all(|(a, b)| a.asset.code < b.asset.code);
        if ascending { Ok(()) } else { Err(Malformed::Value("assets are listed once each, in ascending order")) }
    }
}

impl FeeSchedule {
    /// The fee for paying `amount`.
    ///
    /// # Errors
    /// [`AmountError::UnknownAsset`] for an asset the verifier does not have, [`AmountError::TooLarge`].
    pub fn fee(&self, amount: &Amount) -> Result<Amount, AmountError> {
        self.terms_of(amount.asset()).ok_or(AmountError::UnknownAsset)?.fee(amount)
    }

    /// The fees of an asset.
    #[must_use]
    pub fn terms_of(&self, asset: Asset) -> Option<&Terms> {
        self.terms.iter().find(|terms| terms.asset == asset)
    }

    /// The verifier's assets.
    #[must_use]
    pub fn assets(&self) -> Vec<Asset> {
        self.terms.iter().map(|t| t.asset).collect()
    }
}

impl Terms {
    /// The fee for paying `amount`.
    ///
    /// # Errors
    /// [`AmountError::AssetMismatch`] for another asset than the row's, [`AmountError::TooLarge`].
    pub fn fee(&self, amount: &Amount) -> Result<Amount, AmountError> {
        if amount.asset() != self.asset {
            return Err(AmountError::AssetMismatch);
        }
        let share = u128::from(amount.value()) * u128::from(self.bps) / 10_000;
        let fee = u64::try_from(share + u128::from(self.flat)).map_err(|_| AmountError::TooLarge)?;
        Amount::new(fee, self.asset)
    }
}

impl<C> Encode<C> for Terms {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(4)?.str(self.asset.code.as_str())?.u8(self.asset.scale())?.u64(self.flat)?.u64(self.bps)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Terms {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        if d.array()? != Some(4) {
            return Err(Malformed::Cbor.into());
        }
        let code = Code::new(d.str()?)?;
        let terms = Self { asset: Asset::new(code, crate::cbor::number(d, &mut ())?)?, flat: d.u64()?, bps: d.u64()? };
        if terms.flat > AMOUNT_MAX || terms.bps > FEE_BPS_MAX {
            return Err(Malformed::Value("a fee is at most 10^15 units and 10,000 basis points").into());
        }
        Ok(terms)
    }
}
