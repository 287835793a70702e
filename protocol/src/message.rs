//! Messages between devices, by the verifier's mailbox (wire decision 18).
//!
//! ```cddl
//! message = { act,
//!   6: bstr .size 16,         ; recipient's account
//!   7: bstr .size 16,         ; recipient's device
//!   8: bstr .size 32,         ; SHA-256 of the content
//! }
//! acknowledge = { act, 6: uint }                ; all messages up to this number are done with
//! content = [type: 0 / 1, olm: bstr]            ; 0 a session's first message, 1 a later one; padded
//! ```
//!
//! Types `message`, `acknowledge`, session acts ([`crate::act`]). The content travels beside its act, padded to 256, 1024
//! or 4096 bytes; what Olm encrypts is an [`crate::envelope`].
//!
//! ```
//! use farthing_protocol::{cbor::Bytes, message::{Content, OlmType}};
//! let content = Content { kind: OlmType::PreKey, olm: Bytes::new(vec![7; 80])? };
//! let sent = content.to_bytes()?;
//! assert_eq!(sent.len(), 256);
//! assert_eq!(Content::from_bytes(&sent)?, content);
//! # Ok::<(), farthing_protocol::Malformed>(())
//! ```

use crate::act::act;
use crate::cbor::{self, Bytes};
use crate::error::Malformed;
use crate::id::{AccountId, DeviceId, Digest, MessageNumber};
use crate::limits::{MESSAGE_CONTENT_MAX, PADDED};
use crate::sealed;
use minicbor::{Decode, Encode};

act! {
    /// Puts a message into another device's mailbox.
    Message = "message", |act| {
        if act.to_device == act.device {
            return Err(Malformed::Value("a device does not write to itself"));
        }
        Ok(())
    };
    {
        /// The recipient's account.
        #[n(6)]
        to_account: AccountId,
        /// The recipient.
        #[n(7)]
        to_device: DeviceId,
        /// SHA-256 of the content.
        #[n(8)]
        content: Digest,
    }
}

act! {
    /// Says up to where the device is done with its mailbox; those messages are deleted.
    Acknowledge = "acknowledge", |_| Ok(());
    {
        /// The last message that is done with.
        #[n(6)]
        upto: MessageNumber,
    }
}

/// What Olm calls its two kinds of messages, by their numbers there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum OlmType {
    /// Of a session that its recipient may not have yet.
    #[n(0)]
    PreKey,
    /// Of a session that both have.
    #[n(1)]
    Normal,
}

/// A message as the mailbox keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Content {
    /// Of which kind the ciphertext is.
    #[n(0)]
    pub kind: OlmType,
    /// Olm's ciphertext.
    #[n(1)]
    pub olm: Bytes<MESSAGE_CONTENT_MAX>,
}

impl Content {
    /// The padded bytes that are sent.
    ///
    /// # Errors
    /// [`Malformed::TooLarge`] above 4 KiB, which no padded envelope reaches.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Malformed> {
        Ok(sealed::pad_to(&cbor::encode(self), &PADDED)?.to_vec())
    }

    /// Reads what arrived.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MESSAGE_CONTENT_MAX {
            return Err(Malformed::TooLarge { limit: MESSAGE_CONTENT_MAX });
        }
        cbor::decode(&sealed::unpad_from(bytes, &PADDED)?)
    }
}
