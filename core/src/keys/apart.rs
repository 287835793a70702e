//! Work with keys, on a thread of its own, so that nothing of it stays behind.
//!
//! Keys that stay for a while lie in memory of their own, which is wiped when they go. While they are used, copies of them and
//! of what is computed from them (an expanded key, a cipher's state) lie in the frames of functions and in registers. Many of
//! these functions are not ours and wipe nothing, and a thread that idles keeps its frames and registers as they were. So
//! such work is done by a thread that wipes its stack when it is done, and ends.

use core::hint::black_box;
use std::io;
use std::panic::resume_unwind;
use std::thread::{Builder, scope};

/// More than any work with keys needs: opening a database takes the most, some 30 KiB.
const DEPTH: usize = 128 * 1024;

/// Does work with keys. What it gives back is moved, so keys in it are to have places of their own.
///
/// # Errors
/// When the system has no thread for it; then nothing was done.
pub(crate) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    scope(|scope| {
        let thread = Builder::new().name("farthing-keys".to_owned()).spawn_scoped(scope, || {
            let done = below(work);
            wipe();
            done
        })?;
        Ok(thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// A frame of its own, so that all of the work lies where [`wipe`] wipes.
#[inline(never)]
fn below<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Overwrites what dead frames left below the caller's.
#[inline(never)]
pub(crate) fn wipe() {
    let mut below = [0_u8; DEPTH];
    // As far as the compiler knows, somebody reads it.
    black_box(&mut below);
}
