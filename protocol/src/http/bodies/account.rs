//! An account as the verifier has it.
//!
//! ```cddl
//! account-status = [head: signed, [0*32 [code: tstr, scale: 0..12, balance: uint]], stock: uint, list: signed,
//!                   generation: [number: uint, mark: bstr .size 16] / null, prekeys: uint, aliases: [0*8 signed]]
//! ```

use super::{decodes, members};
use crate::cose::SignedBytes;
use crate::error::Malformed;
use crate::generation::Generation;
use crate::limits::{ALIASES_MAX, ASSETS_MAX, REPLY_BODY_MAX};
use crate::money::{Asset, Code};
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

/// What an account holds in one asset. Only the issuer's can be negative, and nobody reads that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetBalance {
    /// The asset.
    pub asset: Asset,
    /// Units.
    pub balance: u64,
}

/// An account as the verifier has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountStatus {
    /// The head; its nonce is the call signature's.
    pub head: SignedBytes,
    /// Balances, by ascending asset.
    pub balances: Vec<AssetBalance>,
    /// One-time handles of the calling device that are still in stock.
    pub stock: u64,
    /// The signed device list.
    pub list: SignedBytes,
    /// The calling device's generation, once it has told one.
    pub generation: Option<Generation>,
    /// One-time prekeys of the calling device that are still in stock.
    pub prekeys: u64,
    /// The signed records of the account's aliases, in ascending order: a restored wallet learns its names from them.
    pub aliases: Vec<SignedBytes>,
}

impl<C> Encode<C> for AccountStatus {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(7)?.encode(&self.head)?.encode(&self.balances)?.u64(self.stock)?.encode(&self.list)?;
        e.encode(self.generation)?.u64(self.prekeys)?.encode(&self.aliases)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for AccountStatus {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        members(d, 7)?;
        Ok(Self {
            head: d.decode()?,
            balances: d.decode()?,
            stock: d.u64()?,
            list: d.decode()?,
            generation: d.decode()?,
            prekeys: d.u64()?,
            aliases: d.decode()?,
        })
    }
}

decodes! {
    AccountStatus (REPLY_BODY_MAX): |b| {
        b.balances.len() <= ASSETS_MAX
            && b.balances.iter().zip(b.balances.iter().skip(1)).all(|(a, b)| a.asset < b.asset)
            && b.aliases.len() <= ALIASES_MAX
    };
}

impl<C> Encode<C> for AssetBalance {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(3)?.str(self.asset.code.as_str())?.u8(self.asset.scale())?.u64(self.balance)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for AssetBalance {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        members(d, 3)?;
        let code = Code::new(d.str()?)?;
        let asset = Asset::new(code, crate::cbor::number(d, &mut ())?)?;
        let balance = d.u64()?;
        // Stored as SQLite integers, which are signed.
        if i64::try_from(balance).is_ok() {
            Ok(Self { asset, balance })
        } else {
            Err(Malformed::Value("a balance is below 2^63").into())
        }
    }
}
