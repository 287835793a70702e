//! What can happen.

use crate::cellar::Scene;
use crate::errand::Errand;
use farthing_core::store::PaymentId;
use farthing_core::sync::NetworkError;
use farthing_core::tab::TabId;
use farthing_protocol::http::{Call, Reply};

/// The wallets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Ann,
    Bob,
    /// A third wallet: another person's, or another one of Ann's account. Before there is one, Ann's is meant.
    Third,
    /// Ann's second phone, in worlds where she has one. Otherwise hers is meant.
    Fourth,
}

impl Who {
    /// Whom they pay.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Ann | Self::Third | Self::Fourth => Self::Bob,
            Self::Bob => Self::Ann,
        }
    }
}

/// Who waits for an answer: a call of an errand of one life of a wallet's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) who: Who,
    pub(crate) life: u64,
    pub(crate) errand: u64,
    pub(crate) call: u64,
}

/// What happens next.
pub(crate) enum Event {
    /// A call reaches the verifier's machine.
    Arrive(Envelope, Box<Call>),
    /// The verifier's writer takes what waits.
    Decide,
    /// An answer, or its absence, reaches a wallet.
    Answer(Envelope, Result<Box<Reply>, NetworkError>),
    /// A person does something.
    Act(Who),
    /// A person decides on a draft.
    Choose(Who, PaymentId),
    /// A person decides on the draft of a tab, or of a change.
    ChooseTab(Who, TabId),
    /// The payee's device is shown a voucher by its payer, for so many times already.
    Voucher(Who, Who, Vec<u8>, u32),
    /// The payer is shown a voucher of its own.
    ShownBack(Who, Vec<u8>),
    /// Somebody looks at an allowance, or at a payment without network.
    Cellar(Scene),
    /// A wallet's process begins.
    Open(Who),
    /// A payment is sent again, in the same life.
    Resend(Who, u64, PaymentId, u32),
    /// A wallet syncs.
    Sync(Who),
    /// An errand is begun once more, in the same life.
    Again(Who, u64, Box<Errand>),
    /// What the family is about.
    Turn,
    /// A person scans what another one shows.
    Scan(Who, String),
    /// The verifier's process begins.
    Start,
    /// The operator does something.
    Operate,
    /// Everything is put right; people stop.
    Heal,
    /// Looks whether all is done.
    Settle(u32),
}

impl Event {
    /// True for what waits for the morning.
    pub(crate) const fn can_wait(&self) -> bool {
        matches!(self, Self::Act(_) | Self::Sync(_) | Self::Turn | Self::Operate | Self::Heal)
    }
}
