//! Forms that must not change unnoticed: numbers and sentences of errors, and what is stored.
//!
//! Each is compared with a text file, to the letter. When a form is to change, the files are written anew with
//! `FARTHING_WRITE_FORMS=1 cargo test -p farthing-core --test forms`, and the difference is looked at.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod errors;
mod messages;
mod offline;
mod stored;
mod tabs;

/// Compares `found` with the file of that name, line by line.
fn same_as(file: &str, found: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
    if std::env::var_os("FARTHING_WRITE_FORMS").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    for (line, (expected, found)) in expected.lines().zip(found.lines()).enumerate() {
        assert_eq!(expected, found, "line {} of {file}", line + 1);
    }
    assert_eq!(expected.lines().count(), found.lines().count(), "{file} has more lines than there are, or fewer");
}
