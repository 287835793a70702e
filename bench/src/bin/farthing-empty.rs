//! The floor of `farthing balance`: a program that opens an encrypted database, reads one row, and ends.
#![allow(clippy::unwrap_used, reason = "a program for developers")]

use farthing_cipher as _;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (file, key) = (arguments.next().unwrap(), arguments.next().unwrap());
    let db = rusqlite::Connection::open(file).unwrap();
    db.execute_batch(&format!("PRAGMA key = \"x'{key}'\";")).unwrap();
    let units: i64 = db.query_row("SELECT coalesce(sum(units), 0) FROM balances", [], |row| row.get(0)).unwrap();
    assert!(units >= 0);
}
