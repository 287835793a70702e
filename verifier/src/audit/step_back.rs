//! Payments come first: what only reads takes the processors when a server beside it leaves them.

#![cfg_attr(target_os = "linux", allow(unsafe_code, reason = "no crate of ours wraps sched_setscheduler"))]

/// This process comes after others of its session. Where the system refuses that, it runs as others do.
pub fn step_back() {
    let _ = rustix::process::nice(19);
}

/// This process runs only on processors that nobody else wants: not while it holds what others wait for, since it may wait for
/// long itself. Where the system refuses that, it runs as others do.
pub fn wait_for_idle_processors() {
    step_back();
    #[cfg(target_os = "linux")]
    {
        // SAFETY: zero is valid for a structure of integers.
        let none: libc::sched_param = unsafe { core::mem::zeroed() };
        // SAFETY: process 0 is the caller, and the parameter outlives the call.
        let _ = unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const none) };
    }
}
