//! Points in the operator's commands that replace keys or ledgers. A running server never comes by them.

/// A new signing key is in the folder, not yet certified: the old one goes on.
pub const CERTIFY_KEY_WRITTEN: &str = "certify-key-written";
/// The certificate is in the ledger, the key's file not yet in its place: the new key goes on.
pub const CERTIFY_COMMITTED: &str = "certify-committed";
/// A backup was copied into the folder under another name: there is no ledger yet.
pub const RESTORE_COPIED: &str = "restore-copied";
/// The copy has its new epoch and key, under other names: there is no ledger yet.
pub const RESTORE_OPENED: &str = "restore-opened";
/// The ledger is in its place, its key's file not yet: it is whole.
pub const RESTORE_IN_PLACE: &str = "restore-in-place";

/// All of them.
pub const POINTS: [&str; 5] =
    [CERTIFY_KEY_WRITTEN, CERTIFY_COMMITTED, RESTORE_COPIED, RESTORE_OPENED, RESTORE_IN_PLACE];
