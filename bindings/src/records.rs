//! What crosses: copies of what the core knows, as plain data. Ids are texts, times are milliseconds since 1970 (UTC) by the
//! verifier's clock.

/// An amount: `value` units of 10^-scale of the currency.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Money {
    /// So many units.
    pub value: u64,
    /// The currency (ISO 4217), or the verifier's own code.
    pub code: String,
    /// Digits after the point that a unit is.
    pub scale: u8,
    /// As a person reads it in English, without digits that say nothing.
    pub text: String,
}

/// Something that is sold.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Item {
    /// What it is.
    pub name: String,
    /// What it costs.
    pub amount: Money,
}

/// What can be spent of a currency, what is held, what is coming.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Balance {
    /// Can be spent now.
    pub available: Money,
    /// Authorised, without a final answer, or set aside for tabs.
    pub held: Money,
    /// Vouchers of tabs that are not claimed: counts for nothing yet.
    pub incoming: Money,
}

/// How sure we are of a payee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Trust {
    /// The request is genuine; who made it is not known.
    Request,
    /// An alias that was typed, never paid before.
    UnverifiedAlias,
    /// An alias that was paid before, with the same key.
    KnownAlias,
    /// A contact whose codes we compared; their own yes has not come yet.
    MetContact,
    /// A contact: both sides compared the codes.
    VerifiedContact,
}

/// What a person should notice before confirming.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Warning {
    /// Nobody has checked who the payee is.
    UnverifiedPayee,
    /// The request expires soon.
    ExpiresSoon {
        /// In so many seconds.
        seconds: u64,
    },
}

/// What a person must see before it is asked.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Draft {
    /// The payment that it would become.
    pub id: String,
    /// Stands for all that is shown; `confirm` takes it, so that what is signed is what was seen.
    pub shown: String,
    /// How sure we are of the payee.
    pub trust: Trust,
    /// What the payee calls itself; show it as such.
    pub payee_name: Option<String>,
    /// The contact that is paid, by our own name.
    pub contact: Option<String>,
    /// The alias that is paid.
    pub alias: Option<String>,
    /// What the payee gets.
    pub amount: Money,
    /// What comes on top.
    pub fee: Money,
    /// Both.
    pub total: Money,
    /// What the request says.
    pub request_memo: Option<String>,
    /// What is bought.
    pub items: Vec<Item>,
    /// What we write to the payee.
    pub memo: Option<String>,
    /// When the request expires.
    pub expires_ms: Option<u64>,
    /// What to notice.
    pub warnings: Vec<Warning>,
}

/// Which way money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Direction {
    /// We paid.
    Out,
    /// We were paid.
    In,
    /// The operator issued money to us.
    Issue,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum PaymentState {
    /// Prepared; nothing was signed.
    Draft,
    /// Signed and stored; perhaps on its way.
    Authorised,
    /// Sent at least once, without a final answer.
    Sent,
    /// A receipt proves it.
    Settled,
    /// A signed refusal ended it.
    Refused,
    /// The verifier's signed word that it was never applied.
    Expired,
}

/// A payment, either way.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Payment {
    /// Its id in this wallet: the same through all states, and the cursor of the history.
    pub id: String,
    /// Which way.
    pub direction: Direction,
    /// Where it stands.
    pub state: PaymentState,
    /// What the payee gets.
    pub amount: Money,
    /// What comes on top; unknown to a payee.
    pub fee: Option<Money>,
    /// What the payee or payer calls itself.
    pub name: Option<String>,
    /// The alias that was paid.
    pub alias: Option<String>,
    /// What was written with it.
    pub memo: Option<String>,
    /// What was bought.
    pub items: Vec<Item>,
    /// Our request that was paid.
    pub request: Option<String>,
    /// When it was made; when it was applied, once it is settled.
    pub at_ms: u64,
    /// Its position in the ledger, once it is settled.
    pub seq: Option<u64>,
    /// The number of the refusal, or of the last problem while it is not final.
    pub code: Option<u16>,
    /// The draft that replaces it, after a changed fee.
    pub replaced_by: Option<String>,
    /// The operator's reason for an issue.
    pub reason: Option<String>,
    /// The verifier has lost it, and the person has accepted that: it counts for nothing. Its receipt stays.
    pub lost: bool,
}

/// How a payment ended, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Outcome {
    /// A receipt proves it.
    Settled {
        /// The payment.
        payment: Payment,
    },
    /// A signed refusal ended it.
    Refused {
        /// The payment.
        payment: Payment,
        /// Why.
        why: crate::failure::FailureInfo,
    },
    /// Not known yet; it is stored, and a sync finishes it. Never pay it again.
    Unknown {
        /// The payment.
        payment: Payment,
        /// What stood in the way.
        because: crate::failure::FailureInfo,
    },
}

/// What a payee asks for.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Terms {
    /// How much; the payer chooses when it is absent.
    pub amount: Option<Money>,
    /// A few sentences.
    pub memo: Option<String>,
    /// What is sold; must add up to the amount.
    pub items: Vec<Item>,
    /// How long it can be paid, in seconds.
    pub life_s: u64,
    /// Can be paid again and again, until it expires or is cancelled.
    pub standing: bool,
}

/// Where a request of ours stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum RequestState {
    /// Stored; the verifier has not yet confirmed it.
    Binding,
    /// Can be paid until it expires.
    Open,
    /// Paid.
    Paid,
    /// We asked to cancel; the verifier has not yet answered.
    Cancelling,
    /// Cannot be paid any more.
    Cancelled,
    /// The verifier did not take it.
    Failed,
}

/// A request of ours.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Request {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: RequestState,
    /// Its link, which is also the QR's text.
    pub link: String,
    /// When it expires.
    pub expires_ms: u64,
    /// The payment that paid it.
    pub payment: Option<String>,
}

/// Something that happened, from the durable log.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Event {
    /// Its position; the cursor.
    pub seq: u64,
    /// When.
    pub at_ms: u64,
    /// What: one of the stable names of `docs/cli.md`. Later versions have more of them.
    pub name: String,
    /// The payment that it is about.
    pub payment: Option<String>,
    /// The request that it is about.
    pub request: Option<String>,
    /// The account of the contact that it is about.
    pub account: Option<String>,
    /// The device that it is about.
    pub device: Option<String>,
    /// The tab that it is about.
    pub tab: Option<String>,
    /// The offer of a tab that it is about: ours, or the contact's.
    pub offer: Option<String>,
    /// The number of a problem or refusal.
    pub code: Option<u16>,
}

/// What a sync did.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Synced {
    /// Payments that became final.
    pub resolved: Vec<String>,
    /// Credits and issues that were new.
    pub received: u64,
    /// Messages that were new.
    pub messages: u64,
    /// Payments that still have no final answer.
    pub unfinished: u64,
}

/// How the wallet stands.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Status {
    /// The verifier's identity.
    pub verifier: String,
    /// Where it is.
    pub url: String,
    /// The account.
    pub account: String,
    /// This device.
    pub device: String,
    /// Our own reusable address.
    pub alias: String,
    /// What we call ourselves.
    pub name: Option<String>,
    /// The verifier's time, once it was heard.
    pub verifier_time_ms: Option<u64>,
    /// How far this device's clock is ahead of it.
    pub clock_offset_ms: Option<i64>,
    /// Payments without a final answer.
    pub unfinished: u64,
    /// The verifier lost history, and nothing is paid.
    pub history_lost: bool,
    /// The verifier told this wallet something else than others, or does not account for what it said: nothing is paid.
    pub doubted: bool,
    /// Other copies of this wallet's folder are or were in use.
    pub copied: bool,
    /// This device was revoked.
    pub revoked: bool,
}

/// A pairing code to show.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PairingOffer {
    /// The pairing.
    pub id: String,
    /// What the QR code holds.
    pub link: String,
}

/// Somebody one knows.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Contact {
    /// Our own name for them.
    pub name: String,
    /// What they call themselves.
    pub own_name: Option<String>,
    /// Their account.
    pub account: String,
    /// Where they are paid.
    pub alias: String,
    /// Both sides have compared the codes.
    pub verified: bool,
    /// Neither paid nor listened to.
    pub blocked: bool,
}

/// Where a note stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum NoteState {
    /// It came from the contact.
    Received,
    /// Ours; it is not in any of the contact's mailboxes yet.
    Waiting,
    /// Ours; at least one of the contact's devices can fetch it.
    Sent,
    /// Ours; it reached none of the contact's devices.
    Undelivered,
}

/// What a contact wrote, or we to the contact.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Note {
    /// Its id.
    pub id: String,
    /// When it came into the mailbox, or was written here.
    pub at_ms: u64,
    /// Where it stands.
    pub state: NoteState,
    /// What it says; `None` for a request, which `prepare_note` takes.
    pub text: Option<String>,
}

/// What a device may do; the verifier enforces it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Scope {
    /// It may pay, not only be paid.
    pub pay: bool,
    /// The most that one payment may move, by currency; others are not allowed. None is no limit.
    pub per_order: Vec<Money>,
    /// The most that 24 hours may move, likewise.
    pub per_day: Vec<Money>,
    /// The only aliases that may be paid. None is no limit.
    pub payees: Vec<String>,
    /// How long it may do anything, in seconds.
    pub life_s: Option<u64>,
}

/// A device of the account.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Device {
    /// Its id.
    pub id: String,
    /// It is the one that asks.
    pub this: bool,
    /// It may act for the account; one that is revoked never may again.
    pub active: bool,
    /// It may pay.
    pub pays: bool,
    /// It may change the account's settings: a person's own phone.
    pub administers: bool,
    /// The most that one payment may move, by currency; none is no limit.
    pub per_order: Vec<Money>,
    /// The most that 24 hours may move, likewise.
    pub per_day: Vec<Money>,
    /// From then on it may do nothing.
    pub expires_ms: Option<u64>,
    /// When its certificate was made.
    pub created_ms: u64,
    /// Since when it was seen to be revoked.
    pub revoked_ms: Option<u64>,
}

/// What an export consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Exported {
    /// Files in the folder.
    pub files: u64,
    /// Payments among what they say, drafts too.
    pub payments: u64,
    /// Requests of ours.
    pub requests: u64,
}

/// What a restored verifier does not have any more.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Loss {
    /// The payments, newest first. Those without a receipt were under way.
    pub payments: Vec<Payment>,
    /// Sums of those with a receipt, by currency.
    pub owed: Vec<Owed>,
}

/// Sums of one currency that the verifier has lost.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Owed {
    /// What we had received.
    pub received: Money,
    /// What we had paid, with the fees.
    pub paid: Money,
}

/// Whether the verifier tells this wallet what it tells others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Standing {
    /// All that is known fits together.
    Agreed,
    /// The verifier does not account for a checkpoint that it signed: nothing is paid until it does.
    Unaccounted,
    /// The verifier signed two histories: nothing is paid until the person has accepted it.
    Contradicted,
}
