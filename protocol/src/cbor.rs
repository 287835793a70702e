//! Deterministic CBOR: RFC 8949 §4.2.1, without floats, tags and indefinite lengths.
//!
//! Types encode themselves in the one allowed form. [`decode`] reads liberally, encodes what it
//! read again and compares: whatever is not canonical, unknown or twice there differs, and is
//! refused. So `encode(decode(b)) = b` holds for everything that is accepted.
//!
//! ```
//! use farthing_protocol::{Malformed, cbor, time::Time};
//! let time = Time::from_ms(24);
//! assert_eq!(cbor::encode(&time), [0x18, 24]);
//! assert_eq!(cbor::decode::<Time>(&[0x18, 24]), Ok(time));
//! // The same number in a longer form is another encoding, and refused.
//! assert_eq!(cbor::decode::<Time>(&[0x19, 0, 24]), Err(Malformed::NotCanonical));
//! ```

use crate::error::Malformed;
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};
use zeroize::Zeroizing;

/// Encodes a value in its canonical form.
#[must_use]
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    // Writing to a Vec is infallible, and no type of this crate fails to encode itself.
    minicbor::to_vec(value).unwrap_or_default()
}

/// Decodes exactly one canonical value that fills `bytes`.
///
/// # Errors
/// [`Malformed`], by the first thing that is wrong.
pub fn decode<T>(bytes: &[u8]) -> Result<T, Malformed>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    let mut decoder = Decoder::new(bytes);
    let value: T = decoder.decode().map_err(|e| fault(&e))?;
    let mut left = Expected(bytes);
    let same = minicbor::encode(&value, &mut left).is_ok() && left.0.is_empty();
    if same { Ok(value) } else { Err(Malformed::NotCanonical) }
}

/// Encodes what holds a secret, into memory that is wiped. With room for all of it from the start, so that no copy is left
/// behind when it grows.
#[must_use]
pub fn encode_secret<T: Encode<()>>(value: &T) -> Zeroizing<Vec<u8>> {
    // Neither writer fails, and no type of this crate fails to encode itself.
    let mut length = Length(0);
    let _ = minicbor::encode(value, &mut length);
    let mut out = Zeroizing::new(Vec::with_capacity(length.0));
    let _ = minicbor::encode(value, &mut *out);
    out
}

/// What is still to be written. It takes nothing else, so that what was read is compared without another copy of it.
struct Expected<'a>(&'a [u8]);

impl Write for Expected<'_> {
    type Error = Malformed;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        self.0 = self.0.strip_prefix(bytes).ok_or(Malformed::NotCanonical)?;
        Ok(())
    }
}

/// How many bytes were written.
struct Length(usize);

impl Write for Length {
    type Error = core::convert::Infallible;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(())
    }
}

/// The fault behind a decoder's error: ours where one of our types raised it.
fn fault(error: &DecodeError) -> Malformed {
    if error.is_end_of_input() {
        return Malformed::Truncated;
    }
    let source: Option<&(dyn core::error::Error + 'static)> = core::error::Error::source(error);
    source.and_then(|s| s.downcast_ref::<Malformed>()).copied().unwrap_or(Malformed::Cbor)
}

/// The version member of every object: the integer 1, nothing else.
///
/// A new member is a new version (wire decision 1), so that no program skips what it does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct V1;

impl<C> Encode<C> for V1 {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.u8(1)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for V1 {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        match d.u64()? {
            1 => Ok(Self),
            _ => Err(Malformed::UnknownVersion.into()),
        }
    }
}

/// A member that says something by being there: `true`, nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Yes;

impl<C> Encode<C> for Yes {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bool(true)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Yes {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        if d.bool()? { Ok(Self) } else { Err(Malformed::Value("a mark that is not meant is left out").into()) }
    }
}

/// Reads an unsigned integer whose type is smaller than CBOR's: one that does not fit is outside its limits, not malformed.
pub(crate) fn number<T: TryFrom<u64>, C>(d: &mut Decoder<'_>, _: &mut C) -> Result<T, DecodeError> {
    T::try_from(d.u64()?).map_err(|_| Malformed::Value("a number is outside its limits").into())
}

/// A byte string of bounded length that carries another object's encoding, or a ciphertext.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Bytes<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> Bytes<MAX> {
    /// Takes `bytes`, at most `MAX` of them.
    ///
    /// # Errors
    /// [`Malformed::TooLarge`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, Malformed> {
        if bytes.len() <= MAX { Ok(Self(bytes)) } else { Err(Malformed::TooLarge { limit: MAX }) }
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, given away.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl<const MAX: usize> core::fmt::Debug for Bytes<MAX> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}

impl<C, const MAX: usize> Encode<C> for Bytes<MAX> {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C, const MAX: usize> Decode<'b, C> for Bytes<MAX> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        Ok(Self::new(d.bytes()?.to_vec())?)
    }
}

/// Defines a byte-string newtype of one exact length, with hex as its text. With `secret` in front,
/// `Debug` does not show it; with `short`, only the beginning, for what may be in logs but not in full.
macro_rules! byte_newtype {
    (secret $(#[$meta:meta])* $name:ident, $len:literal) => {
        $crate::cbor::byte_newtype!(@common $(#[$meta])* $name, $len);
        $crate::cbor::byte_newtype!(@decode $name);

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
    (short $(#[$meta:meta])* $name:ident, $len:literal) => {
        $crate::cbor::byte_newtype!(@common $(#[$meta])* $name, $len);
        $crate::cbor::byte_newtype!(@decode $name);

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "({:.8}…)"), self.to_hex())
            }
        }
    };
    // Not every value is one: how it is decoded is written beside it.
    (partial $(#[$meta:meta])* $name:ident, $len:literal) => {
        $crate::cbor::byte_newtype!(@common $(#[$meta])* $name, $len);
        $crate::cbor::byte_newtype!(@debug $name);
    };
    ($(#[$meta:meta])* $name:ident, $len:literal) => {
        $crate::cbor::byte_newtype!(@common $(#[$meta])* $name, $len);
        $crate::cbor::byte_newtype!(@decode $name);

        $crate::cbor::byte_newtype!(@debug $name);
    };
    (@debug $name:ident) => {
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.to_hex())
            }
        }
    };
    (@common $(#[$meta:meta])* $name:ident, $len:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Its length in bytes.
            pub const LEN: usize = $len;

            /// Takes the bytes as they are.
            #[must_use]
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// Takes a slice of exactly the right length.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                <[u8; $len]>::try_from(bytes).ok().map(Self)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Lower-case hex.
            #[must_use]
            pub fn to_hex(&self) -> String {
                data_encoding::HEXLOWER.encode(&self.0)
            }

            /// Reads lower-case hex: bytes have one text, so that a path or a log names them in one way. What a person
            /// types is made lower-case before.
            #[must_use]
            pub fn from_hex(text: &str) -> Option<Self> {
                data_encoding::HEXLOWER
                    .decode(text.as_bytes())
                    .ok()
                    .and_then(|b| Self::from_slice(&b))
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&self.to_hex())
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }
    };
    (@decode $name:ident) => {
        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                Self::from_slice(d.bytes()?)
                    .ok_or_else(|| $crate::error::Malformed::Value(concat!(stringify!($name), " of the wrong length")).into())
            }
        }
    };
}
pub(crate) use byte_newtype;

/// Defines a counter newtype over `u64`.
macro_rules! counter_newtype {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u64);

        impl $name {
            /// The largest that travels: numbers are stored as SQLite integers, which are signed.
            pub const MAX: u64 = i64::MAX.unsigned_abs();

            /// Takes the number as it is.
            #[must_use]
            pub const fn new(value: u64) -> Self {
                Self(value)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The next number; the last one follows itself, which 2^64 increments do not reach.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.u64(self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                d.u64().and_then(|n| {
                    if n <= Self::MAX { Ok(Self(n)) } else {
                        Err($crate::error::Malformed::Value(concat!(stringify!($name), " is too large")).into())
                    }
                })
            }
        }
    };
}
pub(crate) use counter_newtype;
