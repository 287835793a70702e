//! What messaging remembers, record by record.

use super::OlmError;
use super::olm::{OlmSession, Pickle};
use crate::store::{Kept, Table};
use farthing_protocol::Malformed;
use farthing_protocol::act::Act;
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::envelope::{Envelope, EnvelopeId};
use farthing_protocol::id::{AccountId, ActId, DeviceId, Epoch, MessageNumber};
use farthing_protocol::limits::{MESSAGE_CONTENT_MAX, NOTE_MAX};
use farthing_protocol::text::Text;
use farthing_protocol::time::Time;
use minicbor::{Decode, Encode};

/// Sessions kept per device: when both begin at once there are two, and a lost one is replaced; older ones only read what is late.
pub const SESSIONS_MAX: usize = 4;

/// A signed act that was or will be sent: the same bytes until it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PendingAct {
    /// Its id.
    #[n(0)]
    pub id: ActId,
    /// When it was made: the verifier takes no act that is older than a day.
    #[n(1)]
    pub created: Time,
    /// The signed act.
    #[n(2)]
    pub signed: SignedBytes,
}

impl PendingAct {
    /// What will be sent.
    ///
    /// # Errors
    /// Only for an act that is larger than one can be.
    pub(crate) fn new<T: Act>(act: &Signed<T>) -> Result<Self, Malformed> {
        let header = act.claims().header();
        Ok(Self { id: header.id, created: header.created, signed: SignedBytes::new(act.bytes().to_vec())? })
    }
}

/// A device that we exchange messages with.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Peer {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Its account.
    #[n(1)]
    pub account: AccountId,
    /// The device.
    #[n(2)]
    pub device: DeviceId,
    /// Its sessions; the first is used to send: the one that was begun or decrypted last.
    #[n(3)]
    pub sessions: Vec<Pickle>,
    /// A claim for a prekey that is not answered.
    #[n(4)]
    pub claim: Option<PendingAct>,
    /// A new session is to be begun before anything is sent.
    #[n(5)]
    pub renew: bool,
    /// When a new session was last begun because something could not be read.
    #[n(6)]
    pub renewed: Option<Time>,
    /// When what was sent was last sent again.
    #[n(7)]
    pub resent: Option<Time>,
}

impl Kept for Peer {
    const TABLE: Table = Table::OLM_SESSIONS;

    fn key(&self) -> Vec<u8> {
        self.device.as_bytes().to_vec()
    }
}

impl Peer {
    /// A device without a session.
    #[must_use]
    pub const fn new(account: AccountId, device: DeviceId) -> Self {
        let (claim, renew, renewed, resent) = (None, false, None, None);
        Self { version: V1, account, device, sessions: Vec::new(), claim, renew, renewed, resent }
    }

    /// Puts a session first: in place of `from`, where it was read from, or as a new one.
    pub(super) fn put_first(&mut self, session: &OlmSession, from: Option<usize>) -> Result<(), OlmError> {
        let pickle = session.pickle()?;
        if let Some(index) = from.filter(|index| *index < self.sessions.len()) {
            self.sessions.remove(index);
        }
        self.sessions.insert(0, pickle);
        self.sessions.truncate(SESSIONS_MAX);
        Ok(())
    }
}

/// Where a message to one device stands; see the module's diagram.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum OutgoingState {
    /// Not encrypted.
    #[n(1)]
    Made,
    /// Encrypted, perhaps on its way.
    #[n(2)]
    Encrypted {
        /// The act that says to whom.
        #[n(0)]
        act: PendingAct,
        /// The ciphertext.
        #[n(1)]
        content: Bytes<MESSAGE_CONTENT_MAX>,
    },
    /// In the recipient's mailbox since then; kept for a day in case the recipient lost its session.
    #[n(3)]
    Sent(#[n(0)] Time),
}

/// A message that waits to be sent, or was sent lately.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Outgoing {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// To this account.
    #[n(1)]
    pub account: AccountId,
    /// To this device; to all of the account's before its list was read.
    #[n(2)]
    pub device: Option<DeviceId>,
    /// What it says, with the id that it keeps however often it is sent.
    #[n(3)]
    pub envelope: Envelope,
    /// Where it stands.
    #[n(4)]
    pub state: OutgoingState,
    /// How often it was tried without success.
    #[n(5)]
    pub tries: u32,
    /// It is not tried again before this time.
    #[n(6)]
    pub not_before: Option<Time>,
}

impl Kept for Outgoing {
    const TABLE: Table = Table::OUTBOX;

    /// By the time it was made, so that what was written first is sent first.
    fn key(&self) -> Vec<u8> {
        let device = self.device.map_or([0; 16], |device| *device.as_bytes());
        [&self.envelope.time.as_ms().to_be_bytes()[..], self.envelope.id.as_bytes(), &device].concat()
    }
}

/// How far this device's mailbox was read.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Mailbox {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The epoch that the numbers are of: a restored verifier counts from an earlier one.
    #[n(1)]
    pub epoch: Epoch,
    /// The highest number read.
    #[n(2)]
    pub read: MessageNumber,
    /// The highest number that the verifier was told to forget.
    #[n(3)]
    pub acknowledged: MessageNumber,
    /// Numbers that were read and wait: for a payment that is not here yet, or a contact who is just being met. Ascending.
    #[n(4)]
    pub held: Vec<MessageNumber>,
    /// Messages of people whom we do not know.
    #[n(5)]
    pub strangers: u64,
    /// Messages that could not be read.
    #[n(6)]
    pub unreadable: u64,
    /// When the verifier was last asked how many prekeys it has.
    #[n(7)]
    pub prekeys_asked: Option<Time>,
}

impl Mailbox {
    /// The key of the one record.
    pub const KEY: &'static [u8] = &[0];

    /// Nothing was read.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            version: V1,
            epoch: Epoch::new(0),
            read: MessageNumber::new(0),
            acknowledged: MessageNumber::new(0),
            held: Vec::new(),
            strangers: 0,
            unreadable: 0,
            prekeys_asked: None,
        }
    }

    /// All messages up to this number are done with.
    #[must_use]
    pub fn done(&self) -> MessageNumber {
        self.held.first().map_or(self.read, |held| MessageNumber::new(held.get().saturating_sub(1)))
    }
}

impl Default for Mailbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Kept for Mailbox {
    const TABLE: Table = Table::MAILBOX;

    fn key(&self) -> Vec<u8> {
        Self::KEY.to_vec()
    }
}

/// Where a note stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum NoteState {
    /// It came from the contact.
    #[n(1)]
    Received,
    /// Ours; it is not in any of the contact's mailboxes yet.
    #[n(2)]
    Waiting,
    /// Ours; at least one of the contact's devices can fetch it.
    #[n(3)]
    Sent,
    /// Ours; it reached none of the contact's devices.
    #[n(4)]
    Undelivered,
}

impl NoteState {
    /// As scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Undelivered => "undelivered",
        }
    }
}

/// What a note says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum NoteBody {
    /// A few sentences.
    #[n(1)]
    Text(#[n(0)] Text<NOTE_MAX>),
    /// A signed request, to be paid.
    #[n(2)]
    Request(#[n(0)] SignedBytes),
}

/// What a contact wrote, or we to the contact.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Note {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The contact's account.
    #[n(1)]
    pub account: AccountId,
    /// When it came into the mailbox, or was written here.
    #[n(2)]
    pub at: Time,
    /// The envelope's id.
    #[n(3)]
    pub id: EnvelopeId,
    /// Where it stands.
    #[n(4)]
    pub state: NoteState,
    /// What it says.
    #[n(5)]
    pub body: NoteBody,
}

impl Note {
    /// The key of a note.
    #[must_use]
    pub fn key_of(account: &AccountId, at: Time, id: &EnvelopeId) -> Vec<u8> {
        [&account.as_bytes()[..], &at.as_ms().to_be_bytes(), id.as_bytes()].concat()
    }
}

impl Kept for Note {
    const TABLE: Table = Table::NOTES;

    fn key(&self) -> Vec<u8> {
        Self::key_of(&self.account, self.at, &self.id)
    }
}
