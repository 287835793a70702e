//! Money: whole units of an asset, never a float, never without its asset.
//!
//! ```cddl
//! amount = [value: 0..1000000000000000, code: tstr, scale: 0..12]
//! ```
//!
//! `value` counts units of 10^-scale, in the manner of Open Payments: 4.50 USD at scale 6 is
//! `[4500000, "USD", 6]`. An asset is a verifier's (code, scale); its scale never changes.
//!
//! ```
//! use farthing_protocol::money::{Amount, AmountError, Asset, Code};
//! let usd = Asset::new(Code::new("USD")?, 6)?;
//! let amount = Amount::parse("4.5 usd", &[usd])?;
//! assert_eq!((amount.value(), amount.to_string().as_str()), (4_500_000, "4.50 USD"));
//! assert_eq!(Amount::parse("-1", &[usd]), Err(AmountError::Negative));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor;
use crate::error::Malformed;
use crate::limits::{AMOUNT_MAX, SCALE_MAX};
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

/// An asset's code: 3 to 8 capital letters or digits, a letter first. Currencies use ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    bytes: [u8; 8],
    len: u8,
}

impl Code {
    /// Reads a code.
    ///
    /// # Errors
    /// [`Malformed::Value`] when it has not the shape of one.
    pub fn new(text: &str) -> Result<Self, Malformed> {
        let shape = (3..=8).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && text.as_bytes().first().is_some_and(u8::is_ascii_uppercase);
        if !shape {
            return Err(Malformed::Value("an asset code has 3 to 8 capital letters or digits"));
        }
        let mut bytes = [0; 8];
        for (to, from) in bytes.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        Ok(Self { bytes, len: text.len() as u8 })
    }

    /// The code's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let used = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        core::str::from_utf8(used).unwrap_or_default()
    }
}

impl core::fmt::Display for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::fmt::Debug for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An asset of a verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Asset {
    /// Its code.
    pub code: Code,
    /// Units per whole, as a power of ten: 0 to 12.
    scale: u8,
}

/// An amount of an asset: 0 to 10^15 units.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    value: u64,
    asset: Asset,
}

/// Units of an asset that something else names, 0 to 10^15: where bytes are dear, the asset stands once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Units(u64);

/// Why an amount cannot be read or computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// Not decimal digits with at most one point.
    #[error("not an amount: write it like 4.50 USD")]
    NotANumber,
    /// A minus sign.
    #[error("an amount cannot be negative")]
    Negative,
    /// More decimals than the asset has.
    #[error("too many decimals: {code} has at most {scale}")]
    TooManyDecimals {
        /// The asset's code.
        code: Code,
        /// How many decimals it has.
        scale: u8,
    },
    /// More than 10^15 units.
    #[error("more than the largest amount")]
    TooLarge,
    /// Zero where money must move.
    #[error("the amount must be more than zero")]
    Zero,
    /// Two amounts of different assets.
    #[error("amounts of different assets cannot be mixed")]
    AssetMismatch,
    /// A currency that the verifier does not have, or none where it has several.
    #[error("name one of the verifier's assets, as in 4.50 USD")]
    UnknownAsset,
}

impl AmountError {
    /// The stable name, in snake case, by which vectors know the fault.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotANumber => "not_a_number",
            Self::Negative => "negative",
            Self::TooManyDecimals { .. } => "too_many_decimals",
            Self::TooLarge => "too_large",
            Self::Zero => "zero",
            Self::AssetMismatch => "asset_mismatch",
            Self::UnknownAsset => "unknown_asset",
        }
    }
}

impl Asset {
    /// An asset of `code` with 10^`scale` units per whole.
    ///
    /// # Errors
    /// [`Malformed::Value`] when the scale is above 12.
    pub fn new(code: Code, scale: u8) -> Result<Self, Malformed> {
        if scale <= SCALE_MAX { Ok(Self { code, scale }) } else { Err(Malformed::Value("a scale is at most 12")) }
    }

    /// Units per whole, as a power of ten.
    #[must_use]
    pub const fn scale(&self) -> u8 {
        self.scale
    }

    /// Decimals that are always shown: currencies have 4 more for small payments than people use.
    #[must_use]
    pub const fn decimals_shown(&self) -> u8 {
        self.scale.saturating_sub(4)
    }
}

impl Amount {
    /// So many units.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] above 10^15.
    pub const fn new(value: u64, asset: Asset) -> Result<Self, AmountError> {
        if value <= AMOUNT_MAX { Ok(Self { value, asset }) } else { Err(AmountError::TooLarge) }
    }

    /// No units.
    #[must_use]
    pub const fn zero(asset: Asset) -> Self {
        Self { value: 0, asset }
    }

    /// Units of 10^-scale.
    #[must_use]
    pub const fn value(&self) -> u64 {
        self.value
    }

    /// The units alone, for where the asset stands elsewhere.
    #[must_use]
    pub const fn units(&self) -> Units {
        Units(self.value)
    }

    /// The asset.
    #[must_use]
    pub const fn asset(&self) -> Asset {
        self.asset
    }

    /// True for no units.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.value == 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`AmountError::AssetMismatch`], [`AmountError::TooLarge`].
    pub fn checked_add(&self, other: &Self) -> Result<Self, AmountError> {
        if self.asset != other.asset {
            return Err(AmountError::AssetMismatch);
        }
        Self::new(self.value.checked_add(other.value).ok_or(AmountError::TooLarge)?, self.asset)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`AmountError::AssetMismatch`], [`AmountError::Negative`].
    pub fn checked_sub(&self, other: &Self) -> Result<Self, AmountError> {
        if self.asset != other.asset {
            return Err(AmountError::AssetMismatch);
        }
        Self::new(self.value.checked_sub(other.value).ok_or(AmountError::Negative)?, self.asset)
    }

    /// Reads decimal text such as `4.50 USD`. The currency may be left out when there is one asset.
    ///
    /// # Errors
    /// [`AmountError`], by what is wrong with the text.
    pub fn parse(text: &str, assets: &[Asset]) -> Result<Self, AmountError> {
        let mut words = text.split_whitespace();
        let number = words.next().ok_or(AmountError::NotANumber)?;
        let asset = match (words.next(), assets) {
            (None, [only]) => *only,
            (None, _) => return Err(AmountError::UnknownAsset),
            (Some(code), _) => {
                *assets.iter().find(|a| a.code.as_str().eq_ignore_ascii_case(code)).ok_or(AmountError::UnknownAsset)?
            }
        };
        if words.next().is_some() {
            return Err(AmountError::NotANumber);
        }
        Self::parse_number(number, asset)
    }

    fn parse_number(number: &str, asset: Asset) -> Result<Self, AmountError> {
        if number.starts_with('-') {
            return Err(AmountError::Negative);
        }
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) || number.ends_with('.') {
            return Err(AmountError::NotANumber);
        }
        let missing = usize::from(asset.scale)
            .checked_sub(decimals.len())
            .ok_or(AmountError::TooManyDecimals { code: asset.code, scale: asset.scale })?;
        let units = format!("{whole}{decimals}{}", "0".repeat(missing));
        // Only the number of digits can be wrong now.
        let value = units.parse::<u64>().map_err(|_| AmountError::TooLarge)?;
        Self::new(value, asset)
    }

    /// The number alone, without the currency: at least the currency's own decimals.
    #[must_use]
    pub fn number_text(&self) -> String {
        let scale = usize::from(self.asset.scale);
        let digits = format!("{:0>width$}", self.value, width = scale + 1);
        let (whole, decimals) = digits.split_at(digits.len() - scale);
        let mut decimals = decimals.to_owned();
        while decimals.len() > usize::from(self.asset.decimals_shown()) && decimals.ends_with('0') {
            decimals.pop();
        }
        if decimals.is_empty() { whole.to_owned() } else { format!("{whole}.{decimals}") }
    }
}

impl Units {
    /// So many units.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] above 10^15.
    pub const fn new(value: u64) -> Result<Self, AmountError> {
        if value <= AMOUNT_MAX { Ok(Self(value)) } else { Err(AmountError::TooLarge) }
    }

    /// The number of units.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// True for none.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`].
    pub const fn checked_add(self, other: Self) -> Result<Self, AmountError> {
        Self::new(self.0.saturating_add(other.0))
    }

    /// The difference; none when `other` is more.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// So many units of this asset.
    #[must_use]
    pub const fn of(self, asset: Asset) -> Amount {
        Amount { value: self.0, asset }
    }
}

impl core::fmt::Display for Amount {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} {}", self.number_text(), self.asset.code)
    }
}

impl core::fmt::Debug for Amount {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Amount({self})")
    }
}

impl<C> Encode<C> for Amount {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(3)?.u64(self.value)?.str(self.asset.code.as_str())?.u8(self.asset.scale)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Amount {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        if d.array()? != Some(3) {
            return Err(Malformed::Cbor.into());
        }
        let value = d.u64()?;
        let code = Code::new(d.str()?)?;
        let asset = Asset::new(code, cbor::number(d, &mut ())?)?;
        Self::new(value, asset).map_err(|_| Malformed::Value("an amount is at most 10^15 units").into())
    }
}

impl<C> Encode<C> for Units {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.u64(self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Units {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        Self::new(d.u64()?).map_err(|_| Malformed::Value("an amount is at most 10^15 units").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd() -> Asset {
        Asset::new(Code::new("USD").unwrap(), 6).unwrap()
    }

    #[test]
    fn text_and_units() {
        for (text, value, shown) in [
            ("4.50 USD", 4_500_000, "4.50 USD"),
            ("4.5", 4_500_000, "4.50 USD"),
            ("0.000001 usd", 1, "0.000001 USD"),
            ("12 USD", 12_000_000, "12.00 USD"),
            ("0.0230", 23_000, "0.023 USD"),
        ] {
            let amount = Amount::parse(text, &[usd()]).unwrap();
            assert_eq!((amount.value(), amount.to_string().as_str()), (value, shown));
        }
        let krw = Asset::new(Code::new("KRW").unwrap(), 4).unwrap();
        assert_eq!(Amount::parse("1500 KRW", &[usd(), krw]).unwrap().to_string(), "1500 KRW");
    }

    #[test]
    fn bad_text_says_why() {
        for (text, why) in [
            ("", AmountError::NotANumber),
            ("four", AmountError::NotANumber),
            ("1.", AmountError::NotANumber),
            (".5", AmountError::NotANumber),
            ("+1", AmountError::NotANumber),
            ("1e3", AmountError::NotANumber),
            ("1,5", AmountError::NotANumber),
            ("-1 USD", AmountError::Negative),
            ("1 EUR", AmountError::UnknownAsset),
            ("1 USD USD", AmountError::NotANumber),
            ("1000000000.000001", AmountError::TooLarge),
            ("99999999999999999999", AmountError::TooLarge),
            ("0.0000001", AmountError::TooManyDecimals { code: Code::new("USD").unwrap(), scale: 6 }),
        ] {
            assert_eq!(Amount::parse(text, &[usd()]), Err(why), "{text:?}");
        }
    }
}
