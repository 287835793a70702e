//! Named points at which a kill test ends this process, to see that nothing is lost or done twice.
//!
//! Inert unless one of [`POINTS`], [`POINTS_OF_TIME`] or [`operator::POINTS`] is asked for: see [`farthing_faults::crash_point`].

pub mod operator;

pub use farthing_faults::crash_point as point;

/// Decided and signed, not yet committed: the caller never learns of it, and nothing may have happened.
pub const WRITER_BEFORE_COMMIT: &str = "writer-before-commit";
/// Committed, not yet answered: the same bytes again get the same reply.
pub const WRITER_AFTER_COMMIT: &str = "writer-after-commit-before-reply";
/// One answer is signed, others of the group may follow.
pub const AFTER_REPLY_SIGN: &str = "after-reply-sign";
/// An enrolment is decided, not yet committed.
pub const ENROLMENT_BEFORE_COMMIT: &str = "enrolment-before-commit";
/// A handle is bound to a request, which the payee does not know yet.
pub const BIND_AFTER_COMMIT: &str = "bind-after-commit";

/// A list of devices is in force, and who signed it does not know: the same bytes get the same receipt.
pub const DEVICES_AFTER_COMMIT: &str = "devices-after-commit";
/// A prekey is given away, and who claimed it does not have it: the same claim gets the same key.
pub const CLAIM_AFTER_COMMIT: &str = "claim-after-commit";
/// A message is queued, and its sender does not know: the same bytes are not queued twice.
pub const MESSAGE_AFTER_COMMIT: &str = "message-after-commit";
/// A claim from an allowance is kept, and its payee has no receipt: the same bytes get the same one.
pub const OFFLINE_CLAIM_AFTER_COMMIT: &str = "offline-claim-after-commit";
/// A periodic checkpoint is signed and not committed: nobody has seen it.
pub const SEAL_BEFORE_COMMIT: &str = "seal-before-commit";

/// Allowances are settled, not yet committed: nobody has anything of it, and they are settled the next time.
pub const SETTLEMENT_BEFORE_COMMIT: &str = "settlement-before-commit";
/// They are, and nobody has heard: they are not settled twice.
pub const SETTLEMENT_AFTER_COMMIT: &str = "settlement-after-commit";

/// What only time brings about, without a call.
pub const POINTS_OF_TIME: [&str; 2] = [SETTLEMENT_BEFORE_COMMIT, SETTLEMENT_AFTER_COMMIT];

/// All that a server comes by over calls, so that a test can go through the list.
pub const POINTS: [&str; 10] = [
    WRITER_BEFORE_COMMIT,
    WRITER_AFTER_COMMIT,
    AFTER_REPLY_SIGN,
    ENROLMENT_BEFORE_COMMIT,
    BIND_AFTER_COMMIT,
    DEVICES_AFTER_COMMIT,
    CLAIM_AFTER_COMMIT,
    MESSAGE_AFTER_COMMIT,
    OFFLINE_CLAIM_AFTER_COMMIT,
    SEAL_BEFORE_COMMIT,
];
