//! SQLCipher with this crate's cryptography, on its own files and on two of another build (SQLCipher 4.12 with OpenSSL 3.6; made by
//! `scripts/check-cipher --keep`, which otherwise exchanges fresh ones in both directions).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use farthing_cipher as _;
use rusqlite::Connection;
use std::path::Path;

/// As the wallet gives it.
const RAW: &str = r#""x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'""#;
/// From which SQLCipher derives a key by 256,000 rounds of PBKDF2.
const PASSWORD: &str = "'correct horse battery staple'";
/// Bytes of a page.
const PAGE: usize = 4096;

fn open(file: &Path, key: &str) -> Connection {
    let connection = Connection::open(file).unwrap();
    connection.execute_batch(&format!("PRAGMA cipher_log_level = NONE; PRAGMA key = {key};")).unwrap();
    connection
}

fn sum(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    connection.query_row("SELECT count(*), sum(n) FROM t", [], |row| Ok((row.get(0)?, row.get(1)?)))
}

#[test]
fn sqlcipher_computes_here() {
    let dir = tempfile::tempdir().unwrap();
    let connection = open(&dir.path().join("db"), RAW);
    let ask = |what| connection.query_row(what, [], |row| row.get::<_, String>(0));
    assert_eq!(ask("PRAGMA cipher_provider").unwrap(), "farthing");
    // Nothing can be loaded into the process by SQL.
    assert!(ask("SELECT load_extension('x')").unwrap_err().to_string().contains("no such function"));
}

#[test]
fn files_of_another_build_are_read_and_written() {
    let dir = tempfile::tempdir().unwrap();
    for (name, key) in [("raw", RAW), ("password", PASSWORD)] {
        let file = dir.path().join(name);
        std::fs::copy(Path::new("tests/data").join(name).with_extension("db"), &file).unwrap();
        let connection = open(&file, key);
        assert_eq!(sum(&connection).unwrap(), (200, 20100));
        connection.execute("DELETE FROM t WHERE n > 100", []).unwrap();
        drop(connection);
        assert_eq!(sum(&open(&file, key)).unwrap(), (100, 5050));
    }
}

#[test]
fn a_wrong_key_and_an_altered_page_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("db");
    let bytes = std::fs::read("tests/data/raw.db").unwrap();
    std::fs::write(&file, &bytes).unwrap();
    assert!(sum(&open(&file, PASSWORD)).is_err());
    assert!(sum(&open(&file, &RAW.replace("1f'", "1e'"))).is_err());

    // In the middle of an encrypted page, in its IV, in its tag: the last 80 bytes of a page are 16 of IV and 64 of tag.
    for at in [PAGE + 100, 2 * PAGE - 80, 2 * PAGE - 1] {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        std::fs::write(&file, &altered).unwrap();
        assert!(sum(&open(&file, RAW)).is_err(), "{at}");
    }
    std::fs::write(&file, &bytes).unwrap();
    assert_eq!(sum(&open(&file, RAW)).unwrap(), (200, 20100));
}

/// No two pages share an IV, also when what is written is the same.
#[test]
fn ivs_are_fresh() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("db");
    std::fs::copy("tests/data/raw.db", &file).unwrap();
    let connection = open(&file, RAW);
    let mut ivs = std::collections::HashSet::new();
    for round in 0..20 {
        connection.execute("UPDATE t SET text = 'same'", []).unwrap();
        connection.execute("VACUUM", []).unwrap();
        let bytes = std::fs::read(&file).unwrap();
        for page in bytes.chunks(PAGE) {
            assert!(ivs.insert(page[PAGE - 80..PAGE - 64].to_vec()), "round {round}");
        }
    }
    assert!(ivs.len() >= 40);
}
