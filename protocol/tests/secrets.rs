//! Secrets are compared by one function, in constant time: looked for in the sources of all crates.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use farthing_protocol::key::secret_eq;
use std::path::{Path, PathBuf};

/// What other crates offer for it.
const OTHER_WAYS: [&str; 4] = [".ct_eq(", "ConstantTimeEq", "verify_slices_are_equal", "constant_time_eq"];

#[test]
fn the_function_compares() {
    assert!(secret_eq(b"", b"") && secret_eq(b"tea", b"tea"));
    assert!(!secret_eq(b"tea", b"ten") && !secret_eq(b"tea", b"te") && !secret_eq(b"", b"t"));
}

#[test]
fn secrets_are_compared_by_one_function() {
    let home = "protocol/src/key.rs";
    let (mut written, mut wiped) = (0, 0);
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        let shown = path.display().to_string();
        if !shown.ends_with(home) {
            assert!(!OTHER_WAYS.iter().any(|way| text.contains(way)), "{shown} compares in a way of its own");
        }
        // Equality is written by hand where deriving it would compare byte by byte, so by this function.
        for part in text.split("impl PartialEq for ").skip(1) {
            let body = part.split("\n}").next().unwrap_or_default();
            assert!(body.contains("secret_eq("), "{shown} compares by itself");
            written += 1;
        }
        // What wipes itself is secret: it does not derive how it is compared.
        for (before, after) in text.match_indices("struct ").map(|(at, _)| text.split_at(at)) {
            let holds = after.split(['{', ';']).next().unwrap_or_default();
            let attributes = before.rsplit("\n\n").next().unwrap_or_default();
            if holds.contains("Zeroizing<") || holds.ends_with("Secret)") {
                assert!(!attributes.contains("PartialEq"), "{shown} derives how a secret is compared");
                wiped += 1;
            }
        }
    }
    assert!(written >= 4 && wiped >= 4, "nothing was looked at: {written} and {wiped}");
}

fn sources() -> Vec<PathBuf> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders: Vec<_> = ["protocol", "core", "verifier", "cli"].map(|name| top.join(name).join("src")).into();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}
