//! What can have something new that somebody waits for.

use farthing_protocol::id::AccountId;
use farthing_protocol::pairing::RendezvousId;

/// Something that long polls and streams wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// An account's ledger, device list, or a mailbox of its devices.
    Account(AccountId),
    /// A slot of a rendezvous.
    Rendezvous(RendezvousId),
}

impl From<AccountId> for Topic {
    fn from(account: AccountId) -> Self {
        Self::Account(account)
    }
}
