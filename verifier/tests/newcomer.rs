//! What the program says to somebody who gets a command wrong for the first time, and that the next try works.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

use std::path::Path;
use std::process::Command;

/// Exit code, standard output, standard error.
fn run(data: &Path, arguments: &[&str]) -> (i32, String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_farthing-verifier")).args(arguments).arg("--data").arg(data).output();
    let out = out.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

fn refused(data: &Path, arguments: &[&str], exit: i32, words: &str) {
    let (code, out, err) = run(data, arguments);
    assert_eq!(code, exit, "{arguments:?}: {err}");
    assert!(out.is_empty() && err.contains(words), "{arguments:?}: {err}");
}

#[test]
fn a_refused_init_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("v");
    let long = format!("https://{}.example", "a".repeat(60));
    for wrong in [
        &["--url", "http://example.org"][..],
        &["--url", &long],
        &["--asset", "NOPE"],
        &["--asset", "USD", "--asset", "USD"],
        &["--fee", "25 bps"],
        &["--open", "--grant", "0 USD"],
        &["--open", "--grant", "1 USD", "--grant", "2 USD"],
        &["--open", "--grant", "1 EUR"],
        &["--issuer-limit", "1 USD", "--issuer-limit", "2 USD"],
    ] {
        refused(&data, &[&["init"], wrong].concat(), 2, "");
        assert!(!data.exists(), "{wrong:?} left something behind");
    }
    let (code, out, err) = run(&data, &["init"]);
    assert_eq!(code, 0, "{err}");
    let (_, key, _) = run(&data, &["key"]);
    let verifier = key.lines().find(|line| line.starts_with("verifier ")).unwrap();
    assert!(out.contains(verifier), "{out}");
}

#[test]
fn an_init_that_fails_later_removes_what_it_wrote_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("v");
    let nowhere = folder.path().join("nowhere/root.key");
    refused(&data, &["init", "--root-out", nowhere.to_str().unwrap()], 5, "nowhere");
    assert!(!data.join("signing.key").exists());
    // A root key in the ledger's place stops the run after both keys are written, and before or after the ledger is.
    for name in ["ledger.db.new", "ledger.db"] {
        let (code, _, err) = run(&data, &["init", "--root-out", data.join(name).to_str().unwrap()]);
        assert_ne!(code, 0, "{err}");
        let left: Vec<_> = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["lock"], "{err}");
    }
    let root = folder.path().join("root.key");
    std::fs::write(&root, "another ledger's").unwrap();
    refused(&data, &["init", "--root-out", root.to_str().unwrap()], 2, "never overwritten");
    assert_eq!(std::fs::read_to_string(&root).unwrap(), "another ledger's");
    assert_eq!(run(&data, &["init"]).0, 0);
}

#[test]
fn errors_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("v");
    assert_eq!(run(&data, &["init"]).0, 0);
    refused(&data, &["fund", "ada", "--reason", "x"], 2, "<AMOUNT>");
    refused(&data, &["fund", "ada", "", "--reason", "x"], 2, "an empty amount: ");
    refused(&data, &["fund", "adda", "1 USD", "--reason", "x"], 3, "farthing status");
    refused(&data, &["fee", "25 bps"], 2, "`0.00 USD + 25 bps`");
    refused(&data, &["fee", "1 EUR + 25 bps"], 2, "(USD)");
    refused(&data, &["invite", "--public"], 2, "invites only");
    refused(&data, &["audit", "--since", "1"], 2, "ends at position 0");
    let backup = folder.path().join("backup.db");
    let backup = backup.to_str().unwrap();
    let (code, out, _) = run(&data, &["backup", backup]);
    assert!(code == 0 && out.starts_with("0 orders of epoch 1 in "), "{out}");
    refused(&data, &["backup", backup], 2, "never overwrites, name another file");
    let (code, out, _) = run(&data, &["clock", "accept"]);
    assert!(code == 0 && out.starts_with("nothing was doubted\n") && out.contains("Z ("), "{out}");
}
