//! Alias record: a reusable address, with the keys to seal to and be paid by.
//!
//! ```cddl
//! alias-record = {
//!   0: 1,
//!   1: bstr .size 32,         ; verifier
//!   2: tstr,                  ; alias: 3 to 32 of a-z, 0-9, '-'; a letter or digit at both ends
//!   3: public-key,            ; payee key
//!   4: bstr .size 32,         ; HPKE key
//!   5: time,                  ; created
//! }
//! alias-register = { act, 6: bstr .size 32 }    ; SHA-256 of the alias record's bytes
//! ```
//!
//! Type `alias-register`, a session act ([`crate::act`]). Type `alias-record`, signed by its payee key. The verifier never gives an alias to another account. A wallet
//! pins the payee key with its first payment; a change blocks until verified (wire decisions 13 and 17).
//! On the wire an alias is the handle `SHA-256("farthing/1/alias" ‖ alias)[..16]`.
//!
//! ```
//! use farthing_protocol::alias::Alias;
//! let alias = Alias::new("truck-7")?;
//! assert_eq!(alias.handle().to_hex(), "88037e59ee2ccc82a6b51581cb19290c");
//! assert!(Alias::new("Truck-7").is_err());
//! assert_eq!(Alias::typed(" Truck-7 ")?, alias);
//! # Ok::<(), farthing_protocol::Malformed>(())
//! ```

use crate::act::act;
use crate::cbor::V1;
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{Digest, Handle, VerifierId};
use crate::key::{HpkePublicKey, PublicKey};
use crate::time::Time;
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

/// An alias's text, valid once it exists.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Alias(String);

impl Alias {
    /// Reads an alias.
    ///
    /// # Errors
    /// [`Malformed::Value`] when it has not the shape of one.
    pub fn new(text: &str) -> Result<Self, Malformed> {
        let shape = (3..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        if shape {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::Value("an alias has 3 to 32 of a-z, 0-9 and '-', none of them '-' at the ends"))
        }
    }

    /// Reads an alias as a person types it: in any case, with blanks around it.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn typed(text: &str) -> Result<Self, Malformed> {
        Self::new(&text.trim().to_ascii_lowercase())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The handle that orders address.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle::new(Digest::of_parts(&[b"farthing/1/alias", self.0.as_bytes()]).first_16())
    }
}

impl core::fmt::Display for Alias {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<C> Encode<C> for Alias {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Alias {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        Ok(Self::new(d.str()?)?)
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AliasRecord {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// At this verifier.
    #[n(1)]
    pub verifier: VerifierId,
    /// The alias.
    #[n(2)]
    pub alias: Alias,
    /// The key that payments name.
    #[n(3)]
    pub payee: PublicKey,
    /// The key that messages are sealed to.
    #[n(4)]
    pub hpke: HpkePublicKey,
    /// When it was made.
    #[n(5)]
    pub created: Time,
}

impl Object for AliasRecord {
    const TYPE: &'static str = "alias-record";
}

act! {
    /// Gives the account a further alias.
    AliasRegister = "alias-register", |_| Ok(());
    {
        /// SHA-256 of the alias record's bytes.
        #[n(6)]
        record: Digest,
    }
}
