//! Messages between devices: to contacts' phones, and to one's own (wire decision 18).
//!
//! ```text
//!   queue        list read           session there      204
//!  ──────▶ Made ───────────▶ Made ──────────────▶ Encrypted ─────▶ Sent ──▶ forgotten after a day
//!        to all   one per      │ no session: claim    │              │
//!        devices   device      │ a prekey, begin one  │              │ the recipient lost its session:
//!                              ▼                      ▼              ▼ encrypted anew, with the same id
//!                          given up: the recipient is gone, or a month has passed
//! ```
//!
//! What a kill leaves, and what goes on with it:
//!
//! | stored | the verifier | at the next `sync` |
//! |---|---|---|
//! | message to an account | knows nothing | the list of devices is read, one message per device made |
//! | message to a device, Made | knows nothing | encrypted, when those made earlier are sent |
//! | claim | perhaps gave a prekey | the same claim is sent, and answered with the same prekey |
//! | session, message Made | gave a prekey | encrypted |
//! | session, message Encrypted | perhaps has the message | the same bytes are sent; after half a day the same ciphertext under a new act |
//! | message Sent | has the message | nothing |
//! | mailbox read up to n | has messages after n | they are read; n is acknowledged if it was not |
//! | prekeys act | perhaps has the prekeys | the same bytes are sent (`sync/acts.rs`) |
//!
//! What may come from others:
//!
//! | a message that | |
//! |---|---|
//! | comes twice, also encrypted anew | counts once: its envelope's id was read |
//! | is played again by the verifier | is recognised by its bytes, and changes nothing |
//! | is late or out of order | is read: a session keeps forty skipped keys, and there are four sessions |
//! | is from a stranger, or from a contact who is blocked | is thrown away and counted; while a pairing is under way, kept for its end |
//! | cannot be read | is thrown away and counted, and a new session begun, once an hour per device: the other side sees it and sends again what it sent within a day |
//! | tells of a payment that is not here yet | waits for it |
//! | a restored verifier has lost, or shows again | what was sent within a day is sent again; what was read is known by its marks |
//!
//! So a lost session heals by itself. A restored wallet has a device of its own, with a mailbox of its own; an old copy of a
//! wallet's folder shares the mailbox with the newer one and gives up its sessions ([`start_over`]).
//!
//! Everything is bounded: the outbox ([`OUTBOX_MAX`]), sessions ([`SESSIONS_MAX`]) and their skipped keys, one-time keys
//! ([`ONE_TIME_KEYS_MAX`]), read marks, notes per contact ([`NOTES_MAX`]), messages that wait ([`HELD_MAX`]).

mod effects;
mod inbox;
mod olm;
mod outbox;
mod prekeys;
mod queue;
mod records;
mod renew;
mod seen;

pub use effects::NOTES_MAX;
pub use farthing_protocol::envelope::Body;
pub use inbox::{HELD_MAX, ReadMessages, Received};
pub use olm::{ONE_TIME_KEYS_MAX, OlmAccount, OlmSession, OlmText, Pickle};
pub use outbox::{Dispatched, SendMessages};
pub use prekeys::KeepPrekeys;
pub use queue::{Hurry, OUTBOX_MAX, queue};
pub(crate) use queue::{checkpoint_to, has_arrived, tell_others, voucher_to};
pub use records::{Mailbox, Note, NoteBody, NoteState, Outgoing, OutgoingState, Peer, PendingAct, SESSIONS_MAX};
pub use renew::start_over;
pub use seen::SeenBucket;

/// Why Olm did not do something. Which of them a peer's message met is told to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OlmError {
    /// A key with which no secret can be agreed on.
    #[error("a key is not a good one")]
    Key,
    /// The message is of a session that is not here.
    #[error("there is no session for this message")]
    NoSession,
    /// The prekey that the message names was used, or is none of ours.
    #[error("the prekey of this message is gone")]
    PrekeyGone,
    /// The message does not hold, or was read before.
    #[error("the message cannot be read")]
    Forged,
    /// Larger than it can be.
    #[error("a session or message is too large")]
    TooLarge,
    /// What was stored is not what was written.
    #[error("a stored session is damaged")]
    Damaged,
}

impl From<OlmError> for crate::Error {
    fn from(_: OlmError) -> Self {
        Self::Wallet(crate::error::WalletError::Internal)
    }
}
