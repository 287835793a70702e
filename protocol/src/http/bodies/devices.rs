//! Devices of an account: what is changed, and what is shown.
//!
//! ```cddl
//! devices-body = [list: signed, certificates: [0*16 signed], handles: signed / null]
//! devices-status = [head: signed, account: public-key, list: signed, certificates: [1*16 signed], former: [0*256 signed],
//!                   counter: uint]
//! ```

use super::{decodes, members};
use crate::cose::SignedBytes;
use crate::id::Counter;
use crate::key::PublicKey;
use crate::limits::{CALL_BODY_MAX, DEVICES_EVER_MAX, DEVICES_MAX, REPLY_BODY_MAX};
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

/// A new device list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicesBody {
    /// A signed `device-list`.
    pub list: SignedBytes,
    /// A signed `device-certificate` of each device that is new, and of no other, in the list's order.
    pub certificates: Vec<SignedBytes>,
    /// A signed `handle-register` of one of the new devices.
    pub handles: Option<SignedBytes>,
}

/// The devices of an account, one's own or another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicesStatus {
    /// The head; its nonce is the call signature's.
    pub head: SignedBytes,
    /// The account key, which signed all that follows.
    pub account: PublicKey,
    /// The signed `device-list`.
    pub list: SignedBytes,
    /// The signed `device-certificate` of each device on it, in its order.
    pub certificates: Vec<SignedBytes>,
    /// The certificates of one's own account's revoked devices: what they paid once must stay verifiable. Of another's none.
    pub former: Vec<SignedBytes>,
    /// The highest counter of the account key that was seen.
    pub counter: Counter,
}

impl<C> Encode<C> for DevicesBody {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(3)?.encode(&self.list)?.encode(&self.certificates)?.encode(&self.handles)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for DevicesBody {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        members(d, 3)?;
        Ok(Self { list: d.decode()?, certificates: d.decode()?, handles: d.decode()? })
    }
}

impl<C> Encode<C> for DevicesStatus {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(6)?.encode(&self.head)?.encode(self.account)?.encode(&self.list)?;
        e.encode(&self.certificates)?.encode(&self.former)?.encode(self.counter)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for DevicesStatus {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        members(d, 6)?;
        Ok(Self {
            head: d.decode()?,
            account: d.decode()?,
            list: d.decode()?,
            certificates: d.decode()?,
            former: d.decode()?,
            counter: d.decode()?,
        })
    }
}

decodes! {
    DevicesBody (CALL_BODY_MAX): |b| b.certificates.len() <= DEVICES_MAX;
    DevicesStatus (REPLY_BODY_MAX): |b| {
        (1..=DEVICES_MAX).contains(&b.certificates.len()) && b.former.len() <= DEVICES_EVER_MAX
    };
}
