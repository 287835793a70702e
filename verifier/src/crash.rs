//! Named points at which a kill test ends this process, to see that nothing is lost or done twice.
//!
//! Inert unless `FARTHING_CRASH_POINT` names one of [`POINTS`]. Then the process sends itself SIGKILL there, which nothing
//! can catch: what was not yet on the disk is gone, as with a power cut. With `FARTHING_CRASH_LOG` it first appends
//! the point's name to that file, so that hits can be counted.

use std::io::Write as _;
use std::sync::OnceLock;

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

/// All of them, so that a test can go through the list.
pub const POINTS: [&str; 5] =
    [WRITER_BEFORE_COMMIT, WRITER_AFTER_COMMIT, AFTER_REPLY_SIGN, ENROLMENT_BEFORE_COMMIT, BIND_AFTER_COMMIT];

/// Ends the process when this point was asked for.
pub fn point(name: &str) {
    static WANTED: OnceLock<Option<String>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| std::env::var("FARTHING_CRASH_POINT").ok());
    if wanted.as_deref() == Some(name) {
        log(name);
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

fn log(name: &str) {
    let Ok(path) = std::env::var("FARTHING_CRASH_LOG") else { return };
    if let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(path) {
        // The test sees a missing line; there is nobody else to tell.
        let _ = writeln!(file, "{name}").and_then(|()| file.sync_all());
    }
}
