//! The floor of a call from another language: an object without anything in it, by uniffi alone. `scripts/bench --shells` builds it.

uniffi::setup_scaffolding!();

/// Has nothing, and does nothing.
#[derive(Debug, Default, uniffi::Object)]
pub struct Empty;

#[uniffi::export]
impl Empty {
    /// An object as any other.
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    /// Returns.
    pub fn call(&self) {}

    /// Returns when it is first polled.
    pub async fn call_later(&self) {}
}
