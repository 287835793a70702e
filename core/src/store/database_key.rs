//! The key of the encrypted file, and how SQLCipher is told it.

use data_encoding::HEXLOWER;
use farthing_protocol::sealed::Secret;
use zeroize::Zeroizing;

/// The database's raw key, wiped when dropped.
#[derive(Clone)]
pub struct DatabaseKey(Secret);

impl DatabaseKey {
    /// Takes the key.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Box::new(Zeroizing::new(bytes)))
    }

    /// The key's bytes, to be sealed by a vault.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The statement that tells it. With room for all of it from the start, so that no copy is left behind when it grows.
    pub(super) fn statement(&self) -> Zeroizing<String> {
        const BEFORE: &str = "PRAGMA key = \"x'";
        const AFTER: &str = "'\";";
        let length = BEFORE.len() + HEXLOWER.encode_len(self.0.len()) + AFTER.len();
        let mut statement = Zeroizing::new(String::with_capacity(length));
        statement.push_str(BEFORE);
        HEXLOWER.encode_append(&self.0[..], &mut statement);
        statement.push_str(AFTER);
        statement
    }
}

impl core::fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("DatabaseKey(redacted)")
    }
}
