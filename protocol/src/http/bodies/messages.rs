//! Messages: what is sent, what lies in a mailbox, and the prekey that a claim is answered with.
//!
//! ```cddl
//! message-body = [message: signed, content: bstr .size (0..4096)]
//! messages-page = [head: signed, [0*100 queued-message], more: bool]
//! queued-message = [number: uint, account: bstr .size 16, device: bstr .size 16, time, content: bstr .size (0..4096)]
//! claimed-prekey = [prekeys: signed, index: uint / null]
//! ```

use super::{decodes, members};
use crate::cbor::Bytes;
use crate::cose::SignedBytes;
use crate::id::{AccountId, DeviceId, MessageNumber};
use crate::limits::{CALL_BODY_MAX, MESSAGE_CONTENT_MAX, MESSAGES_PAGE_MAX, REPLY_BODY_MAX};
use crate::time::Time;
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

/// A message to another device.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct MessageBody {
    /// A signed `message`.
    #[n(0)]
    pub message: SignedBytes,
    /// The padded content that it names.
    #[n(1)]
    pub content: Bytes<MESSAGE_CONTENT_MAX>,
}

/// A message that waits.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct QueuedMessage {
    /// Its position in this mailbox.
    #[n(0)]
    pub number: MessageNumber,
    /// Whose device sent it.
    #[n(1)]
    pub account: AccountId,
    /// The device that sent it.
    #[n(2)]
    pub device: DeviceId,
    /// Ledger time when it came.
    #[n(3)]
    pub time: Time,
    /// The padded content.
    #[n(4)]
    pub content: Bytes<MESSAGE_CONTENT_MAX>,
}

/// A page of a device's mailbox, in ascending order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct MessagesPage {
    /// The head; its nonce is the call signature's.
    #[n(0)]
    pub head: SignedBytes,
    /// At most 100 messages.
    #[n(1)]
    pub messages: Vec<QueuedMessage>,
    /// There are further ones.
    #[n(2)]
    pub more: bool,
}

/// A prekey that nobody else gets, or the fallback key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedPrekey {
    /// The signed `prekeys` that it stands in.
    pub prekeys: SignedBytes,
    /// Which of the one-time keys it is; none: the fallback key.
    pub index: Option<u64>,
}

impl<C> Encode<C> for ClaimedPrekey {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(2)?.encode(&self.prekeys)?.encode(self.index)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for ClaimedPrekey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        members(d, 2)?;
        Ok(Self { prekeys: d.decode()?, index: d.decode()? })
    }
}

decodes! {
    MessageBody (CALL_BODY_MAX): |_| true;
    MessagesPage (REPLY_BODY_MAX): |b| {
        b.messages.len() as u64 <= MESSAGES_PAGE_MAX
            && b.messages.iter().zip(b.messages.iter().skip(1)).all(|(a, b)| a.number < b.number)
    };
    ClaimedPrekey (REPLY_BODY_MAX): |_| true;
}
