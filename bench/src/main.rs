//! Farthing beside the floors under it: one table, each line measured in turns with what nothing could do without.
//!
//! `scripts/bench` builds and runs it; docs/performance.md has the method and the last table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "a program for developers: what goes wrong ends it"
)]

mod floors;
mod http;
mod line;
mod load;
mod objects;
mod people;
mod rounds;
mod server;
mod sessions;
mod verifying;
mod wallets;

use std::path::Path;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = args.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve", data] => server::serve(Path::new(data)),
        ["serve-floor", data] => floors::serve(Path::new(data)),
        ["grow", data, payments] => verifying::grow(Path::new(data), payments.parse().unwrap()),
        ["audit", data] => server::audit(Path::new(data)),
        ["backup", data, to] => server::backup(Path::new(data), Path::new(to)),
        _ => table(&arguments),
    }
}

/// What of the table is asked for.
struct Asked {
    json: bool,
    full: bool,
    only: Vec<String>,
}

fn table(arguments: &[&str]) {
    let mut asked = Asked { json: false, full: false, only: Vec::new() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--json" => asked.json = true,
            "--full" => asked.full = true,
            "--only" => asked.only.push((*rest.next().expect("--only NAME")).to_owned()),
            other => panic!("unknown: {other}; known are --json, --full, --only NAME"),
        }
    }
    let only = |name: &str| asked.only.is_empty() || asked.only.iter().any(|wanted| name.starts_with(wanted.as_str()));
    if !asked.json {
        line::print_head();
    }
    let show = |lines: Vec<line::Line>| lines.iter().for_each(|line| line.print(asked.json));
    show(objects::lines(&only));
    show(sessions::lines(&only));
    show(verifying::lines(&only));
}
