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
    /// A newer checkpoint is proven and not stored.
    CHECKPOINT_BEFORE_STORE = "checkpoint-before-store";
    /// The newer checkpoint is stored; nobody was told.
    CHECKPOINT_AFTER_STORE = "checkpoint-after-store";
    /// A request is stored and not sent.
    REQUEST_AFTER_STORE = "request-after-store";
    /// The verifier has answered a session act; the wallet has not noted it.
    ACT_AFTER_ANSWER = "act-after-answer";
    /// The store was opened and counts it; the anchor does not know.
    GENERATION_AFTER_STORE = "generation-after-store";
    /// Store and anchor count the opening; the verifier was not told.
    GENERATION_AFTER_ANCHOR = "generation-after-anchor";
    /// The verifier was told of the opening; the wallet has not noted it.
    GENERATION_AFTER_ANSWER = "generation-after-answer";
    /// The vault has the keys of a restored account, there is no database yet.
    RESTORE_AFTER_VAULT = "restore-after-vault";
    /// The new device is stored and not sent.
    RESTORE_AFTER_STORE = "restore-after-store";
    /// A change of the account's devices is stored and not sent.
    DEVICES_AFTER_STORE = "devices-after-store";
    /// The verifier has taken a change of devices, of a restore too; the wallet has not noted it.
    DEVICES_AFTER_ANSWER = "devices-after-answer";
    /// The restored account is read to the end; its phrase is still in the vault.
    RESTORE_AFTER_READING = "restore-after-reading";
    /// The codes are the same; the card to send is not stored.
    PAIRING_BEFORE_STORE = "pairing-before-store";
    /// The card is stored and not sent.
    PAIRING_AFTER_STORE = "pairing-after-store";
    /// The other's card is read and not stored.
    CARD_BEFORE_STORE = "card-before-store";
    /// The contact and the confirmation are stored, nothing is sent.
    CARD_AFTER_STORE = "card-after-store";
    /// A claim for a prekey is stored and not sent.
    CLAIM_AFTER_STORE = "claim-after-store";
    /// The verifier has given a prekey; the session is not stored.
    CLAIM_AFTER_ANSWER = "claim-after-answer";
    /// A message is encrypted; neither it nor the session is stored.
    MESSAGE_BEFORE_STORE = "message-before-store";
    /// A message is encrypted and stored, and not sent.
    MESSAGE_AFTER_STORE = "message-after-store";
    /// The verifier has a message; the wallet has not noted it.
    MESSAGE_AFTER_ANSWER = "message-after-answer";
    /// A message is decrypted; nothing that it changes is stored.
    INBOX_BEFORE_STORE = "inbox-before-store";
    /// What a message changes is stored; the verifier was not told that it was read.
    INBOX_AFTER_STORE = "inbox-after-store";
    /// The verifier has decided a tab's order, change or closing; the wallet has not read its answer.
    TAB_BEFORE_STORE = "tab-before-store";
    /// What the verifier said of a tab is stored; nobody was told.
    TAB_AFTER_STORE = "tab-after-store";
    /// A tab's closing is stored and not sent.
    CLOSE_AFTER_STORE = "close-after-store";
    /// A voucher's ceiling is stored; the voucher was given to nobody.
    VOUCHER_AFTER_STORE = "voucher-after-store";
    /// A voucher is verified and not stored.
    VOUCHER_BEFORE_TAKEN = "voucher-before-taken";
    /// A voucher is stored; nobody was told.
    VOUCHER_AFTER_TAKEN = "voucher-after-taken";
    /// Claims on tabs, or a release, are stored and not sent.
    TAB_CLAIM_AFTER_STORE = "tab-claim-after-store";
    /// The verifier has answered claims on tabs, or a release; the wallet has not noted it.
    TAB_CLAIM_AFTER_ANSWER = "tab-claim-after-answer";
    /// The vault has the key of an allowance; its order is not stored.
    ALLOWANCE_AFTER_KEY = "allowance-after-key";
    /// The vault has an allowance's first anchor; its order is not stored.
    ALLOWANCE_AFTER_ANCHOR = "allowance-after-anchor";
    /// An allowance's order or revocation is decided; the wallet has not read the answer.
    ALLOWANCE_BEFORE_STORE = "allowance-before-store";
    /// What the verifier said of an allowance is stored; nobody was told.
    ALLOWANCE_AFTER_STORE = "allowance-after-store";
    /// The vault counts a payment without network; the database does not know it.
    OFFLINE_AFTER_ANCHOR = "offline-after-anchor";
    /// Vault and database have a payment without network; nobody has seen it.
    OFFLINE_AFTER_STORE = "offline-after-store";
    /// A payment without network is judged and not stored.
    OFFLINE_BEFORE_TAKEN = "offline-before-taken";
    /// A payment without network is stored; nobody was told.
    OFFLINE_AFTER_TAKEN = "offline-after-taken";
    /// The claim of a payment without network is stored and not sent.
    OFFLINE_CLAIM_AFTER_STORE = "offline-claim-after-store";
    /// The verifier has answered the claim of a payment without network; the wallet has not noted it.
    OFFLINE_CLAIM_AFTER_ANSWER = "offline-claim-after-answer";
}
