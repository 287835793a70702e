//! `exchange DATABASE PASS SCRIPT`: runs SQL on a file that SQLCipher encrypts with the cryptography of this crate, and prints each
//! row, its columns joined by `|`. `PASS` is what follows `PRAGMA key =`. For `scripts/check-cipher`, whose other side is another build of
//! SQLCipher.
#![allow(clippy::print_stdout, reason = "what it is for")]

use farthing_cipher as _;
use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::Value;
use rusqlite::{Batch, Connection, Result, Row};
use std::process::ExitCode;

fn text(row: &Row<'_>, columns: usize) -> Result<String> {
    let of = |column| {
        Ok(match row.get::<_, Value>(column)? {
            Value::Null => String::new(),
            Value::Integer(n) => n.to_string(),
            Value::Real(n) => n.to_string(),
            Value::Text(text) => text,
            Value::Blob(bytes) => format!("{bytes:02x?}"),
        })
    };
    Ok((0..columns).map(of).collect::<Result<Vec<_>>>()?.join("|"))
}

fn run(file: &str, pass: &str, script: &str) -> Result<()> {
    let connection = Connection::open(file)?;
    connection.execute_batch(&format!("PRAGMA cipher_log_level = NONE; PRAGMA key = {pass};"))?;
    let mut batch = Batch::new(&connection, script);
    while let Some(mut statement) = batch.next()? {
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            println!("{}", text(row, columns)?);
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, pass, script] = &arguments[..] else {
        eprintln!("usage: exchange DATABASE PASS SCRIPT");
        return ExitCode::from(2);
    };
    match run(file, pass, script) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("exchange: {error}");
            ExitCode::FAILURE
        }
    }
}
