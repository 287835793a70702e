//! Ways to fail on purpose, so that tests can see that nothing is lost or done twice.
//!
//! Wallet and verifier name the instructions at which a kill would hurt most and call [`crash_point`] there. Each keeps the list
//! of its own names, so that a test can go through all of them and count what was hit.
//!
//! ```
//! // Does nothing, since nobody asked for it.
//! farthing_faults::crash_point("an-example");
//! ```

#[cfg(feature = "vfs")]
pub mod vfs;

use std::io::Write as _;
use std::sync::OnceLock;

/// Ends the process when `FARTHING_CRASH_POINT` names this point; otherwise does nothing.
///
/// The process sends itself SIGKILL, which nothing can catch: what was not yet on the disk is gone. With `FARTHING_CRASH_LOG` it
/// first appends the point's name to that file.
pub fn crash_point(name: &str) {
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
        // In one write: two processes may die at the same time. A test that finds no line fails; there is nobody else to tell.
        let _ = file.write_all(format!("{name}\n").as_bytes()).and_then(|()| file.sync_all());
    }
}
