//! Both clocks of this machine, read together.

use farthing_protocol::time::{Moment, Span, Time};

/// Now. The monotonic part counts sleep where the system can tell, so that a laptop that slept is not doubted.
#[must_use]
pub fn now() -> Moment {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let wall = Time::from_ms(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX));
    Moment { wall, monotonic: Span::from_ms(monotonic_ms()) }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn monotonic_ms() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let ms = i128::from(time.tv_sec) * 1000 + i128::from(time.tv_nsec) / 1_000_000;
    u64::try_from(ms).unwrap_or_default()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn monotonic_ms() -> u64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    u64::try_from(START.get_or_init(std::time::Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX)
}
