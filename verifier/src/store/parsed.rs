//! Signed objects that are read from the ledger again and again, parsed once.
//!
//! A device's certificate is read twice for each of its orders, and reading three keys of it costs more than the whole
//! of the money's way through the tables. What is kept is only believed for the very bytes it was made of, which are
//! read from the ledger each time: a row that changed, in a transaction that goes on or is rolled back, is parsed anew.

use crate::fault::Fault;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Objects that are kept; then all are forgotten. At about a kilobyte each that is 8 MiB.
const KEPT_MAX: usize = 8192;

/// Parsed objects, by the number of their row.
pub(crate) struct Parsed<T>(Mutex<Kept<T>>);

/// The bytes of a row, and the object that they are.
type Kept<T> = HashMap<i64, (Vec<u8>, Arc<T>)>;

impl<T> Default for Parsed<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> core::fmt::Debug for Parsed<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Parsed")
    }
}

impl<T> Parsed<T> {
    /// The object that these bytes are.
    ///
    /// # Errors
    /// What `parse` says of them.
    pub(crate) fn of(
        &self,
        row: i64,
        bytes: &[u8],
        parse: impl FnOnce(&[u8]) -> Result<T, Fault>,
    ) -> Result<Arc<T>, Fault> {
        if let Some((of, object)) = self.kept().get(&row)
            && of == bytes
        {
            return Ok(Arc::clone(object));
        }
        let object = Arc::new(parse(bytes)?);
        let mut kept = self.kept();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(row, (bytes.to_vec(), Arc::clone(&object)));
        Ok(object)
    }

    fn kept(&self) -> MutexGuard<'_, Kept<T>> {
        // Each change is whole: what a panicking thread left is right.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn other_bytes_in_the_same_row_are_parsed_anew_and_nothing_grows_without_bound() {
        let parsed = Parsed::default();
        let of = |row, bytes: &[u8]| parsed.of(row, bytes, |bytes| Ok(bytes.to_vec())).unwrap();
        let first = of(1, b"one");
        assert!(Arc::ptr_eq(&first, &of(1, b"one")), "parsed once");
        assert_eq!(*of(1, b"two"), b"two");
        assert_eq!(*of(1, b"one"), b"one", "as after a transaction that was rolled back");
        assert!(parsed.of(2, b"bad", |_| Err(Fault::Damaged("as it is"))).is_err());
        for row in 0..3 * KEPT_MAX as i64 {
            of(row, b"some");
        }
        assert!(parsed.kept().len() <= KEPT_MAX);
    }
}
