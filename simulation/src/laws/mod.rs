//! The laws: what must hold after each step, whatever went wrong before it.

mod cellar;
mod ending;
mod ledger;
mod tabs;
mod wallet;

pub(crate) use cellar::{
    Allowances, Took, check_ending as check_cellar_ending, nothing_waits as nothing_of_allowances_waits,
    stored as stored_of_allowances,
};
pub(crate) use ending::{Ending, check as check_ending};
pub(crate) use ledger::{Ledger, is_signed};
pub(crate) use tabs::{
    Holds, check_ending as check_tabs_ending, nothing_waits as nothing_of_tabs_waits, stored as stored_of_tabs,
};
pub(crate) use wallet::Book;

/// What was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Law {
    /// Law 5.
    #[error("per asset all postings and all balances sum to zero, and balances are what was posted")]
    Conservation,
    /// Wire decision 12.
    #[error("no account but the issuer's is negative")]
    NoDebt,
    /// Law 2.
    #[error("an order is decided once, and the word on it never changes")]
    DecidedOnce,
    /// Law 2.
    #[error("an order is never applied at or after its expiry")]
    NeverAfterExpiry,
    /// Wire decision 13.
    #[error("a one-time handle is paid at most once")]
    OneReceiptPerHandle,
    /// Wire decision 11.
    #[error("after a failed commit nothing signed leaves")]
    NothingSignedUncommitted,
    /// Law 2.
    #[error("an order is stored before it is sent, and its bytes never change")]
    StoredBeforeSent,
    /// Law 3.
    #[error("a wallet's balance is what its receipts say, and each of them stands in the ledger")]
    ReceiptsRule,
    /// Law 2.
    #[error("a wallet's final state of a payment is the verifier's word, and never changes")]
    FinalIsFinal,
    /// Design, section 6.
    #[error("a wallet's event log has no gaps, and tells each ending once")]
    EventsWhole,
    /// An honest verifier is never taken for a cheat, and nothing fails inside.
    #[error("nothing fails but what was made to fail")]
    NoFalseAlarm,
    /// Law 6.
    #[error("once the network is well and everyone has synced, nothing is unfinished")]
    NoDeadEnd,
    /// Everyone knows the same in the end.
    #[error("in the end wallets and verifier agree")]
    Agreement,
    /// Wire decision 11.
    #[error("after the list that leaves a device out, nothing of it is applied")]
    RevokedIsRevoked,
    /// Wire decision 16.
    #[error("a contact is verified when both people said yes to the same digits, and is who was met")]
    MetIsMet,
    /// Wire decisions 3 and 13.
    #[error("each person has one account, with one grant")]
    OneAccount,
    /// Wire decision 21.
    #[error(
        "of a tab no more is paid than was signed for, with its fee, and what was set aside is there until it ends"
    )]
    Covered,
    /// Wire decision 20.
    #[error("who took a voucher, and looks at its tabs, gets what it took; and delivers for it once")]
    TakenIsPaid,
    /// Wire decision 27.
    #[error(
        "of an allowance no more is paid than was signed for, out of what was set aside unless its payer cheats, with its fee"
    )]
    WithinAllowance,
    /// Wire decision 27.
    #[error("who takes a payment without network loses nothing by an honest payer, and never more than it was shown")]
    AsShown,
    /// Wire decision 28.
    #[error("an honest payer, killed anywhere and with whichever copy of its folder, never contradicts itself")]
    NeverProvable,
    /// A panic.
    #[error("nothing panics")]
    NoPanic,
}

/// A law that was found broken.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) law: Law,
    pub(crate) detail: String,
}

/// The law holds, or is broken.
pub(crate) fn hold(law: Law, holds: bool, detail: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken { law, detail: detail() }) }
}

/// The simulation could not look, or something failed that nothing made fail.
impl<E: std::error::Error> From<E> for Broken {
    fn from(error: E) -> Self {
        Self { law: Law::NoFalseAlarm, detail: error.to_string() }
    }
}
