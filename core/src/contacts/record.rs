//! A contact as it is stored.

use crate::store::{Kept, Table};
use farthing_protocol::alias::{Alias, AliasRecord};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::details::Name;
use farthing_protocol::error::Malformed;
use farthing_protocol::http::SignedBytes;
use farthing_protocol::id::{AccountId, Digest};
use farthing_protocol::key::PublicKey;
use farthing_protocol::time::Time;
use minicbor::{Decode, Encode};

/// Contacts of one wallet: a large school's parents, and a list that a phone still shows at once.
pub const CONTACTS_MAX: usize = 5_000;

/// How sure we are that a contact is who we met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ContactState {
    /// We compared the codes; the other side's yes has not come yet.
    #[n(1)]
    Met,
    /// Both sides compared the codes.
    #[n(2)]
    Verified,
}

impl ContactState {
    /// A stable name, as scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Verified => "verified",
        }
    }
}

/// Somebody one knows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Contact {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Their account.
    #[n(1)]
    pub account: AccountId,
    /// Its key, from the card: what their devices are certified by.
    #[n(2)]
    pub account_key: PublicKey,
    /// Where they are paid.
    #[n(3)]
    pub alias: Alias,
    /// Our own name for them; no two contacts have the same.
    #[n(4)]
    pub name: Name,
    /// What they call themselves.
    #[n(5)]
    pub calls_itself: Option<Name>,
    /// How sure we are.
    #[n(6)]
    pub state: ContactState,
    /// Not paid, not listened to.
    #[n(7)]
    pub blocked: bool,
    /// Stands for the pairing's two cards and roles: their confirmation must name it.
    #[n(8)]
    pub expected: Digest,
    /// When we met.
    #[n(9)]
    pub met: Time,
    /// When their confirmation came.
    #[n(10)]
    pub verified: Option<Time>,
    /// The signed record of their alias, from the card.
    #[n(11)]
    pub alias_record: SignedBytes,
}

impl Contact {
    /// Their alias record; it was verified before it was stored.
    ///
    /// # Errors
    /// [`Malformed`] when the store was altered.
    pub fn alias_record(&self) -> Result<Verified<AliasRecord>, Malformed> {
        let record = Signed::<AliasRecord>::parse(self.alias_record.as_slice())?;
        let key = record.claims().payee;
        record.verify(&key).map_err(|_| Malformed::Value("a contact's alias record is signed by its payee key"))
    }
}

impl Kept for Contact {
    const TABLE: Table = Table::CONTACTS;

    fn key(&self) -> Vec<u8> {
        self.account.as_bytes().to_vec()
    }
}
