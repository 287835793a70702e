//! Errors, classed by whose fault they are. Each says whether money moved, whether to retry, and what to do.
//!
//! Numbers are stable: 100 to 199 are the verifier's signed refusals, 200 to 299 its unsigned problems
//! ([`farthing_protocol::code`]), and from 300 on a wallet's own, in the table below.

use crate::keys::phrase::PhraseError;
use crate::keys::vault::VaultError;
use crate::scan::ScanError;
use crate::store::StoreError;
use crate::sync::NetworkError;
use farthing_protocol::code::{OfflineRefusalCode, ProblemCode, RefusalCode, TabRefusalCode};
use farthing_protocol::money::AmountError;
use farthing_protocol::{Malformed, SignError, Unverified};
use std::collections::BTreeSet;

/// Whether money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyMoved {
    /// It did not, and will not by what was tried.
    No,
    /// It did.
    Yes,
    /// Not known yet; `sync` finds out, and nothing is done twice.
    Unknown,
}

/// Whether and when to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It will not work.
    Never,
    /// At once.
    Now,
    /// Later: it is the network or the verifier.
    Later,
    /// After what [`Action`] says.
    AfterAction,
}

/// What the person or the program can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    None,
    /// Correct the input.
    CorrectInput,
    /// Look at the new draft and confirm it.
    ConfirmAgain,
    /// Let `sync` run.
    Sync,
    /// Unlock the vault.
    Unlock,
    /// Ask the payee for another request.
    AskPayee,
    /// Ask the verifier's operator.
    AskOperator,
    /// Add money first.
    AddMoney,
    /// Make room on the disk, or make the folder writable.
    FixStorage,
    /// Install a newer version.
    Update,
    /// Restore the account from its phrase.
    Restore,
    /// Finish the enrolment that was begun.
    Enrol,
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What was given cannot be read.
    Malformed,
    /// The verifier or a payee broke the protocol.
    PeerMisbehaved,
    /// A rule forbids it.
    RefusedByPolicy,
    /// The network, or a busy verifier.
    TryLater,
    /// The program or person asked for what makes no sense now.
    Misuse,
    /// The disk or the database.
    Storage,
    /// The vault.
    Vault,
}

/// Everything that can go wrong in a wallet.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A picture or text is not something that Farthing reads.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// An amount cannot be read or used.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// A recovery phrase is wrong.
    #[error(transparent)]
    Phrase(#[from] PhraseError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What went wrong while payments were without a final answer: these may have moved money, or may yet.
    #[error("{0}")]
    Unsettled(Box<Self>),
    /// The network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// An object or a text is malformed.
    #[error("{0}")]
    Malformed(#[from] Malformed),
    /// The verifier's signed, final no.
    #[error("{message}")]
    Refused {
        /// The refusal's number.
        code: u16,
        /// A new order could succeed.
        retryable: bool,
        /// The verifier's sentence, or ours for the code.
        message: String,
    },
    /// The verifier's unsigned answer, which decides nothing.
    #[error("{}", problem_text(.code, .detail.as_deref()))]
    Problem {
        /// What is wrong.
        code: ProblemCode,
        /// More about it.
        detail: Option<String>,
        /// When to try again, in seconds.
        retry_after_s: Option<u32>,
    },
    /// One of the wallet's own.
    #[error("{0}")]
    Wallet(WalletError),
}

fn problem_text(code: &ProblemCode, detail: Option<&str>) -> String {
    detail.map_or_else(|| code.message().to_owned(), |d| format!("{} ({d})", code.message()))
}

/// Defines the wallet's own errors with number, name, fault, retry, action and sentence.
macro_rules! wallet_errors {
    ($($variant:ident = $number:literal, $kind:literal, $fault:ident, $retry:ident, $action:ident, $text:literal;)+) => {
        /// A wallet's own errors. Their numbers never travel.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum WalletError { $(#[doc = $text] $variant = $number,)+ }

        impl WalletError {
            /// All of them, by ascending number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name.
            #[must_use]
            pub const fn kind(self) -> &'static str {
                match self { $(Self::$variant => $kind,)+ }
            }

            const fn class(self) -> (Fault, Retry, Action) {
                match self { $(Self::$variant => (Fault::$fault, Retry::$retry, Action::$action),)+ }
            }
        }

        impl core::fmt::Display for WalletError {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(match self { $(Self::$variant => $text,)+ })
            }
        }
    };
}

wallet_errors! {
    AmountNeeded = 320, "amount_needed", Misuse, AfterAction, CorrectInput, "This payee did not say how much: give an amount.";
    AmountFixed = 321, "amount_fixed", Misuse, AfterAction, CorrectInput, "The request asks for another amount; leave the amount out to pay what it asks for.";
    RequestExpired = 322, "request_expired", RefusedByPolicy, AfterAction, AskPayee, "This request has expired; ask for a new one.";
    RequestAltered = 323, "request_altered", PeerMisbehaved, AfterAction, AskPayee, "This request was altered or its signature does not match; do not pay it.";
    ForeignRequest = 324, "foreign_request", RefusedByPolicy, Never, None, "This request is for another verifier than your wallet's; it cannot be paid from here.";
    OwnRequest = 325, "own_handle", RefusedByPolicy, Never, None, "That is your own address; there is nothing to pay.";
    PayeeKeyChanged = 326, "payee_key_changed", PeerMisbehaved, Never, AskPayee, "The key behind this alias is not the one you paid before. Do not pay until the payee has explained it to you in person.";
    InsufficientBalance = 327, "insufficient_balance", RefusedByPolicy, AfterAction, AddMoney, "There is not enough money for the amount and its fee.";
    PaymentUnknown = 328, "payment_unknown", Misuse, AfterAction, CorrectInput, "There is no payment with this id in this wallet.";
    RequestIdUnknown = 329, "request_id_unknown", Misuse, AfterAction, CorrectInput, "There is no request with this id in this wallet.";
    NotADraft = 330, "not_a_draft", Misuse, Never, None, "This payment was confirmed before; it is not made twice.";
    NotWhatWasApproved = 331, "not_what_was_approved", Misuse, AfterAction, ConfirmAgain, "The draft is not the one that was approved; look at it again.";
    NoReceipt = 332, "no_receipt", Misuse, Later, Sync, "There is no receipt for this payment, because it is not settled.";
    RequestNotOpen = 333, "request_not_open", Misuse, Never, None, "This request cannot be cancelled: it was paid, cancelled or never opened.";
    OutcomeUnknown = 334, "outcome_unknown", TryLater, Later, Sync, "The verifier has not answered yet. The payment is stored; it is finished by sync and never made twice.";
    NotAPayee = 335, "not_a_payee", Malformed, AfterAction, CorrectInput, "This cannot be paid: give a request link, a picture of one, or an alias.";
    SignsElsewhere = 336, "signs_elsewhere", Misuse, Never, None, "The key that signs this wallet's payments is in the phone's hardware; pay there.";
    ApprovalUnsigned = 337, "approval_unsigned", Vault, Now, None, "The phone's key gave no signature that fits the payment. Nothing was paid; try again.";
    NotAnAnswer = 338, "not_an_answer", Malformed, AfterAction, CorrectInput, "This is not the verifier's answer to a payment of this wallet; scan what the payee shows after it has sent yours.";
    ForeignOrder = 339, "foreign_order", RefusedByPolicy, Never, None, "This payment is for another verifier than your wallet's; only a wallet of that one can post it.";
    WrongRoot = 340, "wrong_root", PeerMisbehaved, Never, AskOperator, "The server at this address is not the verifier that this wallet trusts.";
    HistoryLost = 341, "history_lost", PeerMisbehaved, Never, AskOperator, "The verifier lost history: it knows less than it did before. Nothing is paid until it knows all of it again, or you have looked at what is lost and accepted it; your receipts are kept.";
    VerifierMisbehaved = 342, "verifier_misbehaved", PeerMisbehaved, Later, AskOperator, "The verifier's answer does not hold: it was ignored, and nothing was decided by it.";
    TwoHistories = 343, "two_histories", PeerMisbehaved, Never, AskOperator, "The verifier signed two different histories of its ledger: it told you and somebody else different things. Nothing is paid until you have looked at it and accepted it; the proof is kept, and `export` writes it.";
    CheckpointUnaccounted = 344, "checkpoint_unaccounted", PeerMisbehaved, Later, AskOperator, "The verifier does not account for a checkpoint that it signed: it may be telling others something else. Nothing is paid until it does, or you have accepted it; run sync to ask it again.";
    NotACheckpoint = 345, "not_a_checkpoint", Malformed, AfterAction, CorrectInput, "This is not a checkpoint of your verifier; nothing follows from it.";
    ClockBehind = 346, "clock_behind", RefusedByPolicy, AfterAction, CorrectInput, "This device's clock is behind what the verifier has signed; set it, or connect to the network, and try again.";
    NotEnrolled = 350, "not_enrolled", Misuse, AfterAction, Enrol, "This wallet has not finished its enrolment; run init again with the same invite.";
    AlreadyEnrolled = 351, "already_enrolled", Misuse, Never, None, "There is a wallet in this folder already.";
    OtherInvite = 352, "other_invite", Misuse, AfterAction, CorrectInput, "The enrolment that was begun here is for another verifier; use its invite, or another folder.";
    InviteExpired = 353, "invite_expired", RefusedByPolicy, AfterAction, AskOperator, "This invite has expired; ask for a new one.";
    InviteForged = 354, "invite_forged", PeerMisbehaved, Never, AskOperator, "This invite was not made by the verifier that it names.";
    KeyGone = 355, "key_gone", Vault, AfterAction, Restore, "The wallet's database is here, but its key is gone from the vault. Restore the account from its recovery phrase; do not delete the folder.";
    PhraseGone = 356, "phrase_gone", Misuse, Never, None, "The recovery phrase is not kept on this device.";
    Closed = 357, "closed", Misuse, Never, None, "The wallet was closed.";
    MessageTooLong = 358, "message_too_long", Malformed, AfterAction, CorrectInput, "Memo and items are too long together; shorten them.";
    Internal = 399, "internal", Misuse, Later, None, "Something went wrong inside the wallet; nothing was decided by it.";
    ContactUnknown = 600, "contact_unknown", Misuse, AfterAction, CorrectInput, "There is no contact with this name; `contacts` lists those you have.";
    ContactNameTaken = 601, "contact_name_taken", Misuse, AfterAction, CorrectInput, "Another contact has this name; choose another one.";
    ContactBlocked = 602, "contact_blocked", RefusedByPolicy, AfterAction, CorrectInput, "You have blocked this contact; unblock it before you pay.";
    ContactsFull = 603, "contacts_full", Misuse, Never, None, "There is no room for another contact.";
    PairingBurnt = 604, "pairing_burnt", PeerMisbehaved, Now, None, "Somebody else has used this pairing code, or what came through it does not fit. Nobody was added; show a new code.";
    PairingExpired = 605, "pairing_expired", RefusedByPolicy, Now, None, "Pairing took too long, and nobody was added; show a new code.";
    CodesDiffer = 606, "codes_differ", PeerMisbehaved, Now, None, "The check codes are not the same: somebody may be between the two phones. Nobody was added; show a new code and try again.";
    PairingUnknown = 607, "pairing_unknown", Misuse, AfterAction, CorrectInput, "This pairing is not under way any more; begin a new one.";
    OwnPairing = 608, "own_pairing", Misuse, AfterAction, CorrectInput, "That is your own account; pair with somebody else's phone.";
    ForeignPairing = 609, "foreign_pairing", RefusedByPolicy, Never, None, "The other phone uses another verifier than yours; you cannot be paired.";
    OtherPurpose = 610, "other_purpose", Misuse, AfterAction, CorrectInput, "This pairing code is for something else: one is to meet a person, the other to add a device.";
    PairingBusy = 611, "pairing_busy", Misuse, Later, None, "There are enough pairings under way; end one first.";
    NotForThisDevice = 612, "not_for_this_device", RefusedByPolicy, Never, None, "This device acts for somebody else's account within limits; meeting people is for that person's own phone.";
    AliasOfAnother = 613, "alias_of_another", PeerMisbehaved, Never, None, "The other phone says that it is paid at an alias that you know as somebody else's, or with another key. Nobody was added; ask both in person whose it is.";
    OtherPhrase = 630, "other_phrase", Misuse, AfterAction, CorrectInput, "This recovery phrase is of another account.";
    NoAccountHere = 631, "no_account_here", Misuse, AfterAction, CorrectInput, "There is no account with this phrase at this verifier; check the phrase and the invite.";
    DeviceUnknownHere = 632, "device_not_listed", Misuse, AfterAction, CorrectInput, "There is no device with this id that may act for the account; `devices` lists them.";
    Revoked = 633, "revoked", RefusedByPolicy, Never, None, "This device was revoked: it cannot act for the account any more. What it knows stays here; `export` writes it.";
    NotRestored = 634, "not_restored", Misuse, AfterAction, Restore, "Restoring this account was not finished; run restore again with the same invite and phrase.";
    StillReading = 635, "still_reading", TryLater, Later, Sync, "The restored account is still being read; run sync, then try again.";
    LastDevice = 636, "last_device", Misuse, AfterAction, CorrectInput, "This is the account's only device, and an account has at least one. Restore the account on another device first; that revokes this one.";
    OtherCopyInUse = 638, "other_copy_in_use", TryLater, Later, Sync, "Another copy of this wallet may have sent this payment: it waits until it has expired, then the verifier says what became of it.";
    MayNotPay = 639, "may_not_pay", RefusedByPolicy, Never, None, "This device may not pay; its owner has allowed it to receive alone.";
    PayeeNotAllowed = 640, "payee_not_allowed_here", RefusedByPolicy, Never, None, "This device may pay only the payees that its owner has allowed, and this is none of them.";
    OverOrderLimit = 641, "over_order_limit", RefusedByPolicy, AfterAction, CorrectInput, "This is more than this device may pay at once.";
    OverDayLimit = 642, "over_day_limit", RefusedByPolicy, Later, None, "With this, the device would pay more than it may within 24 hours.";
    DeviceExpired = 643, "device_has_expired", RefusedByPolicy, Never, None, "The time that this device was allowed for is over.";
    NoAliasKey = 645, "no_alias_key", Misuse, Never, None, "This device was made without the recovery phrase: it has no aliases of its own.";
    CountersUsedUp = 646, "counters_used_up", RefusedByPolicy, Never, AskOperator, "The account's device lists are numbered so high that no further one can be signed. Whoever did that has your recovery phrase: move what you have to a new account.";
    AccountForgotten = 647, "account_forgotten", PeerMisbehaved, Later, AskOperator, "The verifier was restored from a backup that is older than your account, so it does not know the account, and its invite did not open it again. Nothing can be paid. Your receipts prove what you had: export them, show them to the operator, and ask for a new invite; it opens a new account in another folder.";
    OutboxFull = 660, "outbox_full", TryLater, Later, Sync, "Too many messages wait to be sent; run sync, then try again.";
    AllowanceUnknown = 661, "no_such_allowance", Misuse, AfterAction, CorrectInput, "There is no such allowance in this wallet, or none that this can be paid from.";
    AllowanceNotOpen = 662, "allowance_not_open", Misuse, Never, None, "Nothing can be paid from this allowance: it is not set aside yet, was revoked, or was settled.";
    AllowanceFrozen = 663, "allowance_frozen", Misuse, Never, None, "Nothing more can be paid from this allowance here: the wallet's memory was put back, or it is another device's. What is left comes back when it is settled.";
    AllowanceTerms = 664, "allowance_terms", Misuse, AfterAction, CorrectInput, "An allowance cannot have these terms: one payment is at most the whole, it can be spent from for more than 10 minutes and at most 31 days, and payees have 72 hours to 31 days to claim after that.";
    AllowanceTooLate = 665, "allowance_too_late", RefusedByPolicy, AfterAction, CorrectInput, "The time of this allowance is over, or nearly so, as far as this device's clock says.";
    AllowanceLimit = 666, "allowance_limit", RefusedByPolicy, AfterAction, CorrectInput, "That is more than one payment from this allowance may be.";
    AllowanceUsedUp = 667, "allowance_used_up", RefusedByPolicy, AfterAction, CorrectInput, "There is not enough left in this allowance.";
    OfflineNotReady = 668, "offline_not_ready", TryLater, Later, Sync, "This wallet has to connect once before it can be paid without network.";
    OfflineUnknownKey = 669, "offline_unknown_key", TryLater, Later, Sync, "The allowance is not signed by a key of your verifier that this wallet knows: deliver nothing for it. Run sync when there is network, then take it again.";
    PaymentNotGood = 670, "payment_not_good", PeerMisbehaved, Never, None, "This is no payment for what you asked for: deliver nothing for it.";
    OfflinePaidAlready = 671, "offline_paid_already", PeerMisbehaved, Never, None, "What you asked for was paid already, by another payment. Deliver nothing for this one; ask again.";
    PayerContradicts = 672, "payer_contradicts", PeerMisbehaved, Never, None, "This payer's phone has signed two payments that cannot both be honest: deliver nothing for it. The proof is kept, and shown to the verifier.";
    PayerRevoked = 673, "payer_revoked", RefusedByPolicy, Never, None, "This allowance was revoked: deliver nothing for it, and ask for another way to pay.";
    LossLimit = 674, "loss_limit", RefusedByPolicy, AfterAction, CorrectInput, "With this payment you could lose more than the limit that you have set. Connect to claim what you have, or raise the limit.";
    TakenUnknown = 675, "taken_unknown", Misuse, AfterAction, CorrectInput, "There is no such payment in this wallet that was taken without network.";
    NotAnOfflineRequest = 676, "not_an_offline_request", Malformed, AfterAction, CorrectInput, "This is nothing that can be paid from an allowance: scan what the payee shows.";
    NotAnOfflinePayment = 677, "not_an_offline_payment", Malformed, AfterAction, CorrectInput, "This is no payment without network: scan what the payer shows.";
    NoOfflineWay = 678, "no_offline_way", RefusedByPolicy, AfterAction, AskPayee, "There is no way to pay this without network. Let a payee that has network show its whole request, or one that has none a request to be paid from an allowance; for the next time set an allowance aside, or open a tab with this payee.";
    TabUnknown = 680, "tab_unknown", Misuse, AfterAction, CorrectInput, "There is no such tab in this wallet.";
    TabNotOpen = 681, "tab_not_open", Misuse, Never, None, "This tab is not open: it was closed, has ended, or was never placed.";
    TabElsewhere = 682, "tab_elsewhere", Misuse, Never, None, "This tab is another device's, or from before this one was restored: nothing can be paid from it or taken for it here. One that you pay from can be closed.";
    TabLimit = 683, "tab_limit", RefusedByPolicy, AfterAction, CorrectInput, "That is more than the tab's limit; raise it first.";
    TabTooLate = 684, "tab_too_late", RefusedByPolicy, AfterAction, CorrectInput, "Nothing more can be paid from this tab: its time is over, or nearly so. Prolong it first, or open another one.";
    TabBusy = 685, "tab_busy", TryLater, Later, Sync, "The last change of this tab is not answered yet; run sync, then try again.";
    TabTerms = 686, "tab_terms", Misuse, AfterAction, CorrectInput, "A tab cannot have these terms: its limit buys at least one unit, it lasts more than 10 minutes and at most 31 days, the payee has 24 hours to 31 days to claim after that, as long as its offer says, and limit and times are only ever raised.";
    OffersTab = 687, "offers_tab", Misuse, AfterAction, CorrectInput, "This link offers a tab and asks for no payment; open the tab.";
    TabUnclaimed = 688, "tab_unclaimed", Misuse, AfterAction, Sync, "There is something left to claim from this tab; claim it before the rest goes back.";
    TabDiffers = 689, "tab_differs", PeerMisbehaved, Never, None, "This tab does not keep to the terms of your offer: nothing is taken from it. Release it, and make another offer.";
    VoucherNotGood = 690, "voucher_not_good", PeerMisbehaved, Never, None, "This voucher is not good for the tab that it names; deliver nothing for it.";
    VoucherAhead = 691, "voucher_ahead", TryLater, Later, Sync, "The tab is not known to be good for this voucher yet; run sync, then take it again.";
}

impl Error {
    /// What went wrong, whether or not payments were without a final answer meanwhile.
    #[must_use]
    pub fn cause(&self) -> &Self {
        match self {
            Self::Unsettled(cause) => cause.cause(),
            cause => cause,
        }
    }

    /// The stable number.
    #[must_use]
    pub fn code(&self) -> u16 {
        match self {
            Self::Refused { code, .. } => *code,
            Self::Problem { code, .. } => code.number(),
            Self::Wallet(own) => *own as u16,
            Self::Scan(e) => scan_number(e),
            Self::Amount(e) => amount_number(e),
            Self::Malformed(_) => MALFORMED.0,
            Self::Phrase(_) => WRONG_PHRASE.0,
            Self::Vault(e) => vault_number(e),
            Self::Store(e) => store_number(e),
            Self::Network(e) => network_number(e),
            Self::Unsettled(cause) => cause.code(),
        }
    }

    /// The stable name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refused { code, .. } => RefusalCode::from_number(*code)
                .map(RefusalCode::kind)
                .or_else(|| TabRefusalCode::from_number(*code).map(TabRefusalCode::kind))
                .or_else(|| OfflineRefusalCode::from_number(*code).map(OfflineRefusalCode::kind))
                .unwrap_or(REFUSED),
            Self::Problem { code, .. } => code.kind(),
            Self::Wallet(own) => own.kind(),
            Self::Scan(e) => scan_kind(e),
            Self::Amount(e) => amount_kind(e),
            Self::Malformed(_) => MALFORMED.1,
            Self::Phrase(_) => WRONG_PHRASE.1,
            Self::Vault(e) => vault_kind(e),
            Self::Store(e) => store_kind(e),
            Self::Network(e) => network_kind(e),
            Self::Unsettled(cause) => cause.kind(),
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Scan(_) | Self::Amount(_) | Self::Malformed(_) | Self::Phrase(_) => Fault::Malformed,
            Self::Vault(_) => Fault::Vault,
            Self::Store(_) => Fault::Storage,
            Self::Network(_) => Fault::TryLater,
            Self::Refused { .. } => Fault::RefusedByPolicy,
            Self::Problem { code, .. } if code.is_retryable() => Fault::TryLater,
            Self::Problem { .. } => Fault::RefusedByPolicy,
            Self::Wallet(own) => own.class().0,
            Self::Unsettled(cause) => cause.fault(),
        }
    }

    /// Whether money moved by what failed.
    #[must_use]
    pub const fn money_moved(&self) -> MoneyMoved {
        match self {
            Self::Wallet(WalletError::OutcomeUnknown) | Self::Unsettled(_) => MoneyMoved::Unknown,
            // Any other error ends an operation before an order was stored, or is a signed no.
            _ => MoneyMoved::No,
        }
    }

    /// Whether to try again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Refused { retryable: false, .. } => Retry::Never,
            // A limit that frees itself with time, or a code of a later version: nothing can be done but wait.
            Self::Refused { .. } if self.action() == Action::None => Retry::Later,
            Self::Refused { .. } => Retry::AfterAction,
            Self::Problem { code, .. } if code.is_retryable() => Retry::Later,
            Self::Problem { .. } => Retry::Never,
            Self::Network(_) | Self::Store(StoreError::Busy | StoreError::Paused) => Retry::Later,
            Self::Wallet(own) => own.class().1,
            Self::Unsettled(cause) => cause.retry(),
            _ => Retry::AfterAction,
        }
    }

    /// What can be done.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Self::Scan(_) | Self::Amount(_) | Self::Malformed(_) | Self::Phrase(_) => Action::CorrectInput,
            Self::Vault(
                VaultError::Missing | VaultError::KeyInvalidated | VaultError::KeyringMissing | VaultError::Damaged,
            ) => Action::Restore,
            Self::Vault(VaultError::Newer { .. }) => Action::Update,
            Self::Vault(VaultError::Full | VaultError::NoStateFolder | VaultError::AnchorDamaged { .. }) => {
                Action::FixStorage
            }
            Self::Vault(VaultError::Exists) => Action::CorrectInput,
            Self::Vault(_) => Action::Unlock,
            Self::Store(StoreError::Newer { .. }) => Action::Update,
            Self::Store(StoreError::Damaged(_) | StoreError::Missing) => Action::Restore,
            Self::Store(StoreError::Busy | StoreError::Paused) => Action::None,
            Self::Store(_) => Action::FixStorage,
            Self::Network(_) => Action::Sync,
            Self::Refused { code, .. } => refusal_action(*code),
            Self::Problem { code: ProblemCode::BeforeEpoch | ProblemCode::ClockSuspect, .. } => Action::AskOperator,
            // The payee may not have finished making it; more often it has expired, or was cancelled.
            Self::Problem { code: ProblemCode::RequestUnknown, .. } => Action::AskPayee,
            Self::Problem { .. } => Action::None,
            Self::Wallet(own) => own.class().2,
            Self::Unsettled(cause) => cause.action(),
        }
    }

    /// True when the same thing could succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retry() != Retry::Never
    }
}

fn refusal_action(code: u16) -> Action {
    match RefusalCode::from_number(code) {
        Some(RefusalCode::InsufficientFunds) => Action::AddMoney,
        Some(RefusalCode::FeeChanged | RefusalCode::ExpiredNeverApplied) => Action::ConfirmAgain,
        Some(RefusalCode::RequestUsed | RefusalCode::RequestExpired | RefusalCode::RequestCancelled) => {
            Action::AskPayee
        }
        _ => match TabRefusalCode::from_number(code) {
            Some(TabRefusalCode::HoldVersion | TabRefusalCode::OtherTotal | TabRefusalCode::AboveCap) => Action::Sync,
            _ => Action::None,
        },
    }
}

/// The name of a refusal whose number is of a later version than this.
const REFUSED: &str = "refused";
const MALFORMED: (u16, &str) = (319, "malformed_input");
const WRONG_PHRASE: (u16, &str) = (359, "wrong_phrase");

/// Each number and name that [`Error::code`] and [`Error::kind`] give, by ascending number: what needs a text in each
/// language.
///
/// Some names have two numbers: the verifier's, and the wallet's for what it saw by itself. The one name without a number,
/// `refused`, is for refusals of a later version: any other number from 100 to 199 can come with it.
///
/// ```
/// let catalogue = farthing_core::error::catalogue();
/// assert!(catalogue.contains(&(Some(370), "unreachable")));
/// assert_eq!(catalogue.first(), Some(&(None, "refused")));
/// ```
#[must_use]
pub fn catalogue() -> Vec<(Option<u16>, &'static str)> {
    let own = WalletError::ALL.iter().map(|e| (*e as u16, e.kind()));
    let refusals = RefusalCode::ALL.iter().map(|c| (c.number(), c.kind()));
    let tabs = TabRefusalCode::ALL.iter().map(|c| (c.number(), c.kind()));
    let offline = OfflineRefusalCode::ALL.iter().map(|c| (c.number(), c.kind()));
    let problems = ProblemCode::ALL.iter().map(|c| (c.number(), c.kind()));
    let others = [AMOUNTS, SCANS, VAULTS, STORES, NETWORKS, &[MALFORMED, WRONG_PHRASE]].concat();
    let numbered = own
        .chain(refusals)
        .chain(tabs)
        .chain(offline)
        .chain(problems)
        .chain(others)
        .map(|(number, kind)| (Some(number), kind));
    // A table's fall-back may be an error of its own, too.
    let all: BTreeSet<_> = numbered.chain([(None, REFUSED)]).collect();
    all.into_iter().collect()
}

/// Defines the numbers and names of another module's errors, and the list of them.
macro_rules! numbered {
    ($list:ident, $number:ident, $kind:ident, $type:ty, $other:literal, $other_kind:literal: $($pattern:pat => $n:literal, $k:literal;)+) => {
        const $list: &[(u16, &str)] = &[$(($n, $k),)+ ($other, $other_kind)];

        const fn $number(e: &$type) -> u16 {
            #[allow(unreachable_patterns, reason = "the enums are non-exhaustive for later variants")]
            match e { $($pattern => $n,)+ _ => $other }
        }
        const fn $kind(e: &$type) -> &'static str {
            #[allow(unreachable_patterns, reason = "the enums are non-exhaustive for later variants")]
            match e { $($pattern => $k,)+ _ => $other_kind }
        }
    };
}

numbered! { AMOUNTS, amount_number, amount_kind, AmountError, 319, "malformed_input":
    AmountError::NotANumber => 310, "not_an_amount";
    AmountError::Negative => 311, "negative_amount";
    AmountError::TooManyDecimals { .. } => 312, "too_many_decimals";
    AmountError::TooLarge => 313, "amount_too_large";
    AmountError::Zero => 314, "zero_amount";
    AmountError::UnknownAsset => 315, "unknown_currency";
    AmountError::AssetMismatch => 316, "currencies_mixed";
}

numbered! { SCANS, scan_number, scan_kind, ScanError, 309, "unreadable":
    ScanError::NotAPicture => 300, "not_a_picture";
    ScanError::TooLarge { .. } => 301, "too_large_to_scan";
    ScanError::NoCode => 302, "no_code_found";
    ScanError::Damaged { .. } => 303, "code_damaged";
    ScanError::NotText => 304, "not_text";
    ScanError::OtherScheme { .. } => 305, "other_scheme";
    ScanError::NotOurs => 306, "not_recognised";
}

numbered! { VAULTS, vault_number, vault_kind, VaultError, 369, "vault":
    VaultError::WrongPassphrase => 360, "wrong_passphrase";
    VaultError::Cancelled => 361, "vault_cancelled";
    VaultError::TimedOut => 362, "vault_timed_out";
    VaultError::Locked => 363, "vault_locked";
    VaultError::KeyInvalidated => 364, "key_invalidated";
    VaultError::Unavailable(_) => 365, "vault_unavailable";
    VaultError::Damaged => 366, "vault_damaged";
    VaultError::Newer { .. } => 367, "vault_newer";
    VaultError::Full => 368, "vault_disk_full";
    VaultError::Missing => 389, "vault_missing";
    VaultError::Exists => 390, "vault_exists";
    VaultError::NoStateFolder => 391, "no_state_folder";
    VaultError::AnchorDamaged { .. } => 392, "anchor_damaged";
    VaultError::KeyringMissing => 393, "keyring_missing";
}

numbered! { STORES, store_number, store_kind, StoreError, 387, "storage":
    StoreError::Damaged(_) => 380, "database_damaged";
    StoreError::Newer { .. } => 381, "database_newer";
    StoreError::ReadOnly => 382, "read_only";
    StoreError::Full => 383, "disk_full";
    StoreError::Busy => 384, "database_busy";
    StoreError::Paused => 385, "paused";
    StoreError::Missing => 386, "database_missing";
    StoreError::Conflict => 388, "record_conflict";
}

numbered! { NETWORKS, network_number, network_kind, NetworkError, 379, "network":
    NetworkError::Unreachable(_) => 370, "unreachable";
    NetworkError::TimedOut => 371, "timed_out";
    NetworkError::Tls(_) => 372, "tls";
    NetworkError::NotHttp(_) => 373, "bad_answer";
    NetworkError::TooLarge => 374, "answer_too_large";
}

impl From<WalletError> for Error {
    fn from(own: WalletError) -> Self {
        Self::Wallet(own)
    }
}

impl From<SignError> for Error {
    fn from(_: SignError) -> Self {
        Self::Wallet(WalletError::Internal)
    }
}

impl From<Unverified> for Error {
    fn from(_: Unverified) -> Self {
        Self::Wallet(WalletError::VerifierMisbehaved)
    }
}
