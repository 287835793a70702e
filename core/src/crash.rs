//! The instructions of a wallet at which a kill would hurt most; [`farthing_faults::crash_point`] is called there.

pub(crate) use farthing_faults::crash_point as point;

macro_rules! points {
    ($($(#[$meta:meta])* $name:ident = $text:literal;)+) => {
        $($(#[$meta])* pub const $name: &str = $text;)+
        /// All of them, so that a test can go through the list.
        pub const POINTS: &[&str] = &[$($name),+];
    };
}

points! {
    /// The vault has the keys, there is no database yet.
    ENROL_AFTER_VAULT = "enrol-after-vault";
    /// The enrolment is stored and not sent.
    ENROL_AFTER_STORE = "enrol-after-store";
    /// The verifier has opened the account; the wallet has not noted it.
    ENROL_AFTER_ANSWER = "enrol-after-answer";
    /// A draft is made and not stored.
    DRAFT_BEFORE_STORE = "draft-before-store";
    /// A draft is stored, nobody has seen it.
    DRAFT_AFTER_STORE = "draft-after-store";
    /// The order is signed and not stored.
    ORDER_BEFORE_STORE = "order-before-store";
    /// The order is stored and not sent.
    ORDER_AFTER_STORE = "order-after-store";
    /// The verifier has decided; the wallet has not read its answer.
    ANSWER_BEFORE_STORE = "answer-before-store";
    /// The receipt is stored; nobody was told.
    ANSWER_AFTER_STORE = "answer-after-store";
    /// A page of the ledger is read and not stored.
    ENTRIES_BEFORE_STORE = "entries-before-store";
    /// A page of the ledger is stored; nobody was told.
    ENTRIES_AFTER_STORE = "entries-after-store";
    /// A restored verifier's epoch is read and not stored.
    EPOCH_BEFORE_STORE = "epoch-before-store";
    /// The epoch and what it lost are stored; nobody was told.
    EPOCH_AFTER_STORE = "epoch-after-store";
    /// The person accepted a loss, which is not stored.
    LOSS_BEFORE_STORE = "loss-before-store";
    /// The loss is taken off the balance; nobody was told.
    LOSS_AFTER_STORE = "loss-after-store";
    /// A request is stored and not sent.
    REQUEST_AFTER_STORE = "request-after-store";
    /// The verifier has answered a session act; the wallet has not noted it.
    ACT_AFTER_ANSWER = "act-after-answer";
}
